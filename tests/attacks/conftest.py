"""A class of attackers with honest students among them, graded once by each route."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from course.grading.folder import Course
from tests.attacks.attack import CH1, CH3, CH4, CH5, ROOT, Attack
from tests.attacks.catalogue import class_of

CHAPTERS = (CH1, CH3, CH4, CH5)
LAUNCH = Path(__file__).with_name("launch.py")
COLD = bool(os.environ.get("COLD"))
"""Whether `course grade` starts a fresh interpreter for each box: the scores must be the same."""
WRITTEN = (
    "autograded",
    "feedback",
    "records",
    "source",
    "gradebook.db",
    "gradebook.secret",
    ".grading-",
    "report",
)
"""What grading may write in a class's folder."""


@dataclass
class Graded:
    """What came out of grading the class by one route."""

    route: str
    root: Path
    home: Path
    words: Mapping[str, str]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    printed: str = ""
    changed: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def autograded(self, attack: Attack) -> str:
        """The text of a student's autograded notebook, empty where there is none."""
        path = self.root / "autograded" / attack.student / attack.chapter
        try:
            return (path / f"{attack.chapter}.ipynb").read_text("utf-8")
        except FileNotFoundError:
            return ""

    def page(self, attack: Attack) -> str:
        """A student's feedback page, empty where there is none."""
        path = self.root / "feedback" / attack.student / attack.chapter
        try:
            return (path / f"{attack.chapter}.html").read_text("utf-8")
        except FileNotFoundError:
            return ""

    def told(self, attack: Attack) -> str:
        """All that student and instructor are told of a submission."""
        result = dict(self.results.get(attack.student, {}))
        # Every exercise has its parts; what is told of the attack stands where something is wrong.
        result["verdicts"] = [v for v in result.get("verdicts", ()) if v["state"] == "wrong"]
        notebook = self.autograded(attack)
        outputs = []
        for one in json.loads(notebook)["cells"] if notebook else []:
            own = one["metadata"].get("course", {}).get("from")
            outputs.append(json.dumps(one.get("outputs", ""), ensure_ascii=False))
            outputs.append("".join(one["source"]) if own == "grader" else "")
        names = (f" {attack.student}: ", repr(attack.student))
        lines = [line for line in self.printed.splitlines() if any(name in line for name in names)]
        return "\n".join([json.dumps(result, ensure_ascii=False), *outputs, *lines])

    def run(self, program: str, *words: str) -> str:
        """Run a command on the class; what it printed."""
        report = self.root / "report"
        environment = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONIOENCODING": "utf-8:strict",  # as where the locale is a language's own
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": str(self.root.parent / "matplotlib"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CLASS_TOKEN": self.words["TOKEN"],
        }
        done = subprocess.run(
            [sys.executable, str(LAUNCH), str(report), program, *words],
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        text = os.fsdecode(done.stdout + done.stderr)
        assert report.exists(), text
        self.runs.append(json.loads(report.read_text()) | {"words": words})
        report.unlink()
        self.printed += text
        return os.fsdecode(done.stdout)


def grade_by(route: str, folder: Path) -> Graded:
    """Make the class, grade it by one route, and look at what is left."""
    root, home = folder / "class", folder / "home"
    for place in (root / "submitted", home / ".ipython/profile_default/startup", home / ".jupyter"):
        place.mkdir(parents=True)
    for place in (home / ".ssh", home / "private"):
        place.mkdir()
    (home / ".bashrc").write_text("# nothing\n")
    (home / ".jupyter" / "migrated").touch()  # Jupyter makes it where it is missing
    for name in ("exam.ipynb", "grades.ipynb"):
        (home / "private" / name).write_text("{}")
    secret, token = f"KEY-{secrets.token_hex(16)}", f"TOKEN-{secrets.token_hex(16)}"
    (home / ".ssh" / "id_secret").write_text(f"{secret}\n")
    canary = Path(f"{folder}-canary")
    canary.write_text("sings\n")
    (root / "nbgrader_config.py").write_text(
        f"c = get_config()\nload_subconfig('nbgrader_config.py', path={str(ROOT)!r})\n"
        f"c.GradingExporter.tests = {str(ROOT / 'grader_tests')!r}\n"
    )
    with listening(folder) as (heard, places):
        words = {"REPO": ROOT, "CLASS": root, "HOME": home, "CANARY": canary, "TMP": folder}
        words |= {"PID": os.getpid(), "TOKEN": token, "SECRET": secret, **places}
        graded = Graded(
            route, root, home, {key: str(value) for key, value in words.items()}, heard=heard
        )
        for attack in class_of(route):
            attack.hand_in(root / "submitted", graded.words)
        before = fingerprints(graded)
        for chapter in CHAPTERS:
            ROUTES[route](graded, chapter)
    after = fingerprints(graded)
    graded.changed = sorted(p for p in before | after if before.get(p) != after.get(p))
    with Course.at(root).book() as book:
        for chapter in CHAPTERS:
            for student, scores in book.scores(chapter).items():
                graded.scores[student] = sum(scores.values())
    return graded


def by_course(graded: Graded, chapter: str) -> None:
    """`course grade`; the table once more for those whose names or refusals a terminal shows."""
    tests = ("--tests", str(ROOT / "grader_tests"), *(("--cold",) if COLD else ()))
    found = json.loads(graded.run("course", "grade", chapter, *tests, "--json"))
    graded.results |= {result["student"]: result for result in found}
    shown = [
        one
        for one in class_of("course")
        if one.chapter == chapter and one.name.startswith(("id_", "place_"))
    ]
    students = [word for a in shown for word in ("--student", a.student)]
    if students:
        graded.run("course", "grade", chapter, *tests, *students)


def by_nbgrader(graded: Graded, chapter: str) -> None:
    """`nbgrader autograde`, and feedback for those whose text is the attack."""
    graded.run("nbgrader", "autograde", chapter)
    if chapter == CH1:
        graded.run("nbgrader", "generate_feedback", chapter, "--student", "script_*")


ROUTES = {"course": by_course, "nbgrader": by_nbgrader}


@contextmanager
def listening(folder: Path) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Listeners on the loopback, in a file and under an abstract name, and what they heard."""
    abstract, path = f"attacks-{secrets.token_hex(8)}", folder / "listener"
    listeners = [socket.socket(), *(socket.socket(socket.AF_UNIX) for _ in range(2))]
    here = os.getcwd()
    os.chdir(folder)  # the address of a socket has 108 bytes at most
    try:
        for one, address in zip(
            listeners, (("127.0.0.1", 0), f"\0{abstract}", path.name), strict=True
        ):
            one.bind(address)
            one.listen()
    finally:
        os.chdir(here)
    heard: list[str] = []

    def hear(listener: socket.socket) -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            heard.append(f"{listener.family.name} {address!r}")
            connection.close()

    threads = [threading.Thread(target=hear, args=(one,)) for one in listeners]
    for thread in threads:
        thread.start()
    port = listeners[0].getsockname()[1]
    try:
        yield heard, {"PORT": port, "ABSTRACT": abstract, "SOCKET": path}
    finally:
        for one in listeners:
            one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in threads:
            thread.join()


def fingerprints(graded: Graded) -> dict[str, str]:
    """Every file that no grading may touch: what it is, its rights, and what it holds."""
    site = Path(pytest.__file__).parents[1]
    packages = [site / name / "__init__.py" for name in ("numpy", "nbgrader", "IPython")]
    places = [graded.root, graded.home, Path(graded.words["CANARY"]), site / "sitecustomize.py"]
    places += [ROOT / name for name in ("course", "grader_tests", "release", "solutions")]
    found: dict[str, str] = {"site-packages": " ".join(sorted(os.listdir(site)))}
    for place in (*places, *packages):
        for path in (place, *place.rglob("*")):
            ours = path.parts[len(graded.root.parts) :][:1]
            if path.is_relative_to(graded.root) and (not ours or ours[0].startswith(WRITTEN)):
                continue
            if "__pycache__" not in path.parts and os.path.lexists(path):
                found[os.fsencode(path).decode("utf-8", "replace")] = fingerprint(path)
    return found


def fingerprint(path: Path) -> str:
    about = path.lstat()
    held = ""
    if path.is_symlink():
        held = os.readlink(path)
    elif path.is_file() and about.st_size < 2**27:
        held = hashlib.sha256(path.read_bytes()).hexdigest()
    when = 0 if path.is_dir() else about.st_mtime_ns
    return f"{about.st_mode:o} {about.st_uid} {about.st_size if held else ''} {when} {held}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each attack of a route's class is a test of its own."""
    if "attack" in metafunc.fixturenames:
        attacks = class_of(metafunc.cls.route)
        metafunc.parametrize("attack", attacks, ids=[attack.name for attack in attacks])


@pytest.fixture(scope="session")
def graded_by(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Grades the class by a route, once."""
    known: dict[str, Graded] = {}

    def grade(route: str) -> Graded:
        if route not in known:
            folder = tmp_path_factory.mktemp(route)
            known[route] = grade_by(route, folder)
            shutil.rmtree(folder / "home" / ".cache", ignore_errors=True)
        return known[route]

    return grade
