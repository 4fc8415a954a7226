"""What befalls a machine while a class is graded: nothing is lost, and the same command goes on."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from course.grading import asking, bench
from course.grading.box import Box
from course.grading.crew import Grading, grade_class
from course.grading.folder import Course
from course.grading.material import CannotGrade
from course.grading.records import Records
from course.grading.wall import choose
from tests.grading.conftest import Import

pytestmark = [pytest.mark.wall, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "grader_tests"
CHAPTER = "ch1_computational_graphs"
FILE = f"{CHAPTER}.ipynb"
STUDENTS = ("ann", "ben", "zed")
TAKES_A_WHILE = "import time\ntime.sleep(4)"
PATIENCE = 60.0

COMMAND = """
import os, signal, sys
from course import cli
from course.grading import crew

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell put behind it
pipe = int(sys.argv[1])

def telling(*arguments, on_result=None, real=crew.grade_class, **options):
    def told(result):
        os.write(pipe, f"{result.student}\\n".encode())
        if on_result is not None:
            on_result(result)
    return real(*arguments, on_result=told, **options)

crew.grade_class = telling
sys.argv = ["course", *sys.argv[2:]]
cli.main()
"""


@pytest.fixture
def root(tmp_path: Path, fresh: Callable[[bool], Any], lay_out: Callable[..., Path]) -> Path:
    """A class of three who are right; zed's notebook takes a few seconds."""
    books = {student: fresh(True) for student in STUDENTS}
    books["zed"].add(TAKES_A_WHILE, below="given-imports")
    return lay_out(tmp_path / "class", books)


@dataclass
class Running:
    """`course grade` in a process of its own, and what it tells while it runs."""

    process: subprocess.Popen[str]
    told: int

    def wait_for(self, students: int) -> None:
        """Until so many students are graded."""
        heard = b""
        while heard.count(b"\n") < students:
            assert select.select([self.told], [], [], PATIENCE)[0], "nothing comes any more"
            block = os.read(self.told, 1000)
            assert block, self.process.communicate()[1]
            heard += block

    def processes(self) -> dict[int, tuple[int, str]]:
        """Every process it has started, directly or not: its parent and its name."""
        found: dict[int, tuple[int, str]] = {}
        everyone = dict(_everyone())
        for pid in everyone:
            above = pid
            while above in everyone and above != self.process.pid:
                above = everyone[above][0]
            if above == self.process.pid and pid != above:
                found[pid] = everyone[pid]
        return found

    def box_and_worker(self, other_than: int = 0) -> tuple[int, int]:
        """The process of a student's code, once it is there, and that of the worker."""

        def look() -> tuple[int, int] | None:
            family = self.processes()
            for box in family.keys() - {other_than}:
                line = [box]  # the box, the warm parent, bubblewrap, the worker
                while line[-1] in family:
                    line.append(family[line[-1]][0])
                names = [family[pid][1] == "bwrap" for pid in line if pid in family]
                if names[:3] == [False, False, True] and line[3] in family:
                    return box, line[3]
            return None

        found = until(look)
        assert found is not None
        return found

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def _everyone() -> Iterator[tuple[int, tuple[int, str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            head, _, rest = (folder / "stat").read_text("utf-8", "replace").rpartition(")")
            yield int(folder.name), (int(rest.split()[1]), head.partition("(")[2])
        except OSError:
            continue


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives as soon as it gives something."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        pause.wait(0.01)
    return condition()


@pytest.fixture
def start(root: Path) -> Iterator[Callable[..., Running]]:
    """Starts `course grade` for the class; what is still running at the end is ended."""
    running: list[Running] = []

    def go(*options: str, before: tuple[str, ...] = ()) -> Running:
        reads, writes = os.pipe()
        words = ["grade", CHAPTER, "--course-dir", str(root), "--tests", str(TESTS), *options]
        process = subprocess.Popen(
            [*before, sys.executable, "-c", COMMAND, str(writes), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[writes],
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(writes)
        running.append(Running(process, reads))
        return running[-1]

    yield go
    for each in running:
        each.process.kill()
        each.process.communicate()
        os.close(each.told)


def again(root: Path, **options: Any) -> Grading:
    return grade_class(root, CHAPTER, tests=TESTS, **options)


def hurried(root: Path) -> str:
    """The gradebook's address, with little patience for another program's lock."""
    return f"sqlite:///{root / 'gradebook.db'}?timeout=0.3"


def marks(root: Path) -> dict[str, float]:
    with Course.at(root).book() as book:
        return {name: sum(found.values()) for name, found in book.scores(CHAPTER).items()}


def all_is_there(root: Path) -> bool:
    """Whether everyone has full marks, a record, a notebook and a page, and nothing else lies
    about."""
    for student in STUDENTS:
        book = json.loads((root / "autograded" / student / CHAPTER / FILE).read_text("utf-8"))
        assert book["metadata"]["course"]["grade"]["points"] == 10
        page = root / "feedback" / student / CHAPTER / f"{CHAPTER}.html"
        assert "10 of 10 points" in page.read_text("utf-8")
        record = Records(Course.at(root), CHAPTER).of(student)
        assert record is not None
        assert record.points == 10
    assert not list(root.rglob(".*.new"))
    assert marks(root) == dict.fromkeys(STUDENTS, 10.0)
    return True


def ended(processes: dict[int, tuple[int, str]]) -> bool:
    return bool(until(lambda: not processes.keys() & dict(_everyone()).keys()))


def test_a_parent_that_is_killed_takes_its_workers_and_boxes_with_it(
    root: Path, start: Callable[..., Running]
) -> None:
    running = start("--workers", "1")
    running.wait_for(2)
    running.box_and_worker()
    family = running.processes()
    running.process.kill()
    assert running.end()[0] == -signal.SIGKILL
    assert ended(family)
    assert again(root).as_before == {"ann", "ben"}
    assert all_is_there(root)


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_grading_is_told_what_is_left_and_how_to_go_on(
    root: Path, start: Callable[..., Running], word: signal.Signals
) -> None:
    running = start("--workers", "1")
    running.wait_for(2)
    running.box_and_worker()
    family = running.processes()
    running.process.send_signal(word)
    code, out, err = running.end()
    assert code == 130
    assert "stopped with 1 to go; the same command grades them." in err
    assert "Traceback" not in err
    assert "ann" in out
    assert ended(family)
    assert again(root).as_before == {"ann", "ben"}
    assert all_is_there(root)


@pytest.mark.parametrize("words", [(), ("--trust-students",)], ids=["walled", "trusted"])
def test_one_thread_alone_imports_so_that_no_two_wait_for_each_other(
    root: Path, imports: Callable[..., list[Import]], words: tuple[str, ...]
) -> None:
    assert not [found for found in imports(root, *words) if found.thread != "MainThread"]


def test_the_submission_of_a_worker_that_is_killed_is_graded_by_another(
    root: Path, start: Callable[..., Running]
) -> None:
    running = start("--workers", "2")
    running.wait_for(2)
    box, worker = running.box_and_worker()
    os.kill(worker, signal.SIGKILL)
    assert running.end()[0] == 0
    assert ended({box: (worker, "")})
    assert all_is_there(root)


def test_who_hands_in_code_that_hangs_holds_up_nobody(
    tmp_path: Path,
    fresh: Callable[[bool], Any],
    lay_out: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    books = {student: fresh(True) for student in ("ann", "ben", "cat", "dan", "eve")}
    books["ann"].add("while True:\n    pass", below="given-imports")
    monkeypatch.setattr(bench, "LIMITS", replace(bench.LIMITS, seconds_per_request=5.0))
    graded: list[str] = []
    grading = grade_class(
        lay_out(tmp_path / "class", books),
        CHAPTER,
        TESTS,
        workers=2,
        on_result=lambda result: graded.append(result.student),
    )
    assert graded[-1] == "ann"
    assert [result.points for result in grading.results] == [10.0] * 5
    assert "left out" in " ".join(grading.results[0].flags)


def test_a_submission_whose_worker_dies_twice_is_an_error_and_no_zero(
    root: Path, start: Callable[..., Running]
) -> None:
    running = start("--workers", "1")
    running.wait_for(2)
    box, worker = running.box_and_worker()
    os.kill(worker, signal.SIGKILL)
    _, worker = running.box_and_worker(other_than=box)
    os.kill(worker, signal.SIGKILL)
    code, out, _ = running.end()
    assert code == 1
    assert "not graded" in out
    assert "zed" not in marks(root)
    assert again(root).as_before == {"ann", "ben"}
    assert all_is_there(root)


def test_a_box_that_is_killed_costs_its_student_nothing(
    root: Path, start: Callable[..., Running]
) -> None:
    running = start("--workers", "1")
    running.wait_for(2)
    box, _ = running.box_and_worker()
    os.kill(box, signal.SIGKILL)
    assert running.end()[0] == 0
    assert all_is_there(root)


@dataclass
class Killer:
    """Makes boxes that are killed, as if by the machine, whenever they reach a cell."""

    source: str
    kills: int = 0

    @contextmanager
    def __call__(self, limits: Any) -> Iterator[Any]:
        with Box(choose(), limits) as box:
            session = asking.BoxSession(box)
            real = session.run

            def run(source: str, name: str) -> Any:
                if source == self.source:
                    assert box._inmate is not None
                    box._inmate._kill()
                    self.kills += 1
                return real(source, name)

            session.run = run  # type: ignore[method-assign]
            yield session


def test_a_box_that_is_killed_at_an_experiment_costs_no_answer(
    fresh: Callable[[bool], Any], graded: Callable[..., Any]
) -> None:
    killer = Killer("the_end = 1")
    result = graded(fresh(True).add("the_end = 1", below="given-imports"), box=killer)
    assert killer.kills == 1
    assert result.points == 10
    assert any("cell 3 was left out" in flag for flag in result.flags)


def test_a_cell_that_keeps_all_memory_costs_the_answers_below_nothing(
    fresh: Callable[[bool], Any], graded: Callable[..., Any]
) -> None:
    """Where memory runs out is chance: what runs there isn't to blame."""
    hoard = (
        "kept, size = [], 2**26\nwhile size:\n    try:\n        kept.append(bytearray(size))\n"
        "    except MemoryError:\n        size //= 2\nimport numpy as np"
    )
    box = partial(asking.open_box, choose())
    result = graded(fresh(True).add(hoard, below="given-imports"), box=box)
    assert result.points == 10


def test_a_box_that_is_killed_twice_at_the_same_cell_is_that_cells_doing(
    fresh: Callable[[bool], Any], graded: Callable[..., Any]
) -> None:
    killer = Killer("nothing = 0")
    book = fresh(True).add("nothing = 0", below="given-imports")
    book.change(["answer_AddLayer"], lambda source: source.replace("x + y", "x + y + nothing"))
    result = graded(book, box=killer)
    assert killer.kills == 2
    assert result.points == 7
    assert any("was left out" in flag for flag in result.flags)


def test_two_at_once_are_not_at_work_on_one_chapter(
    root: Path, start: Callable[..., Running]
) -> None:
    running = start("--workers", "1")
    running.wait_for(1)
    with pytest.raises(CannotGrade, match=rf"already \(process {running.process.pid}\)"):
        again(root)
    assert running.end()[0] == 0
    assert again(root).as_before == set(STUDENTS)
    assert all_is_there(root)


def test_a_gradebook_that_another_program_holds_is_named_before_anything_is_graded(
    root: Path,
) -> None:
    again(root, students=["ann"])
    with sqlite3.connect(root / "gradebook.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CannotGrade, match=r"gradebook\.db can't be written to .*locked"):
            again(root)
        other.rollback()
    other.close()
    again(root)
    assert all_is_there(root)


def test_what_cannot_be_entered_while_another_program_holds_the_gradebook_is_kept(
    root: Path,
) -> None:
    other = sqlite3.connect(root / "gradebook.db", check_same_thread=False)

    def hold(_: Any) -> None:
        if not other.in_transaction:
            other.execute("BEGIN EXCLUSIVE")

    grading = again(root, on_result=hold, workers=1, db=hurried(root))
    said = {result.student: result.reason for result in grading.results}
    assert said["ann"] == ""
    for student in ("ben", "zed"):
        assert said[student].startswith("The grade is kept, and not entered yet")
        assert said[student].endswith("`course grade` again enters it.")
    other.rollback()
    other.close()
    assert again(root).as_before == set(STUDENTS)
    assert all_is_there(root)


def test_what_is_late_is_entered_when_the_other_program_has_ended(root: Path) -> None:
    other = sqlite3.connect(root / "gradebook.db", check_same_thread=False)
    heard: list[str] = []

    def hold_for_a_while(result: Any) -> None:
        heard.append(result.student)
        if len(heard) == 1:
            other.execute("BEGIN EXCLUSIVE")
        if len(heard) == 3:
            other.rollback()

    grading = again(root, on_result=hold_for_a_while, workers=1, db=hurried(root))
    other.close()
    assert [result.reason for result in grading.results] == [""] * 3
    assert sorted(heard) == sorted(STUDENTS)
    assert all_is_there(root)


def with_little_room(folder: Path, size: str, read_only: bool = False) -> tuple[str, ...]:
    """The words before a command that give it a small disk, or a read-only one, at a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = f'mount -t tmpfs -o size={size},mode=0777 none "{folder}"'
    if read_only:
        mount = f'mount --bind "{folder}" "{folder}" && mount -o remount,bind,ro "{folder}"'
    whose = () if os.geteuid() == 0 else ("--map-root-user",)
    return ("unshare", "--mount", *whose, "sh", "-c", f'{mount} && exec "$@"', "sh")


needs_unshare = pytest.mark.skipif(
    shutil.which("unshare") is None, reason="a small disk is made with util-linux's unshare"
)


@needs_unshare
def test_a_disk_that_is_full_of_feedback_costs_no_grade(
    root: Path, start: Callable[..., Running]
) -> None:
    running = start(before=with_little_room(root / "feedback", "4k"))
    code, out, _ = running.end()
    assert code == 0
    assert "The feedback page could not be made" in out.replace("\n", " ")
    assert marks(root) == dict.fromkeys(STUDENTS, 10.0)
    assert again(root).as_before == set(STUDENTS)
    assert all_is_there(root)


@needs_unshare
@pytest.mark.parametrize("name", ["autograded", "records"])
def test_a_disk_that_is_full_of_notebooks_or_records_is_an_error_and_no_zero(
    root: Path, start: Callable[..., Running], name: str
) -> None:
    running = start(before=with_little_room(root / name, "4k,nr_inodes=1"))
    code, out, err = running.end()
    assert code == 1
    assert "not graded" in out or "not entered" in out
    assert "Traceback" not in err
    assert marks(root) == {}
    assert again(root).as_before == set()
    assert all_is_there(root)


@needs_unshare
def test_a_folder_that_may_not_be_written_is_named_before_anything_is_graded(
    root: Path, start: Callable[..., Running]
) -> None:
    running = start(before=with_little_room(root, "", read_only=True))
    code, _, err = running.end()
    assert code == 1
    assert err.startswith(f"course: {root}")
    assert len(err.splitlines()) == 1
    again(root)
    assert all_is_there(root)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_a_gradebook_that_is_read_only_is_named_before_anything_is_graded(root: Path) -> None:
    again(root, students=["ann"])
    (root / "gradebook.db").chmod(0o444)
    with pytest.raises(CannotGrade, match=r"gradebook\.db can't be written to .*readonly"):
        again(root)
    (root / "gradebook.db").chmod(0o644)
    assert again(root).as_before == {"ann"}
    assert all_is_there(root)
