"""A class graded by the workers of a Dask cluster: the same marks, whatever becomes of a worker."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from course.grading import cluster
from course.grading.cluster import Cluster, Parcel
from course.grading.crew import grade_class
from course.grading.folder import Course
from course.grading.material import CannotGrade, Sources
from course.grading.records import Records
from course.grading.result import Result
from tests.grading.conftest import Import
from tests.wall.test_wall import NAMESPACES, refusing

pytest.importorskip("distributed")
pytestmark = [pytest.mark.wall, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "grader_tests"
CHAPTER = "ch1_computational_graphs"
FILE = f"{CHAPTER}.ipynb"
WRONG = ("student02", "student05")
STUDENTS = tuple(f"student{number:02}" for number in range(10))
DESERVED = {name: 0.0 if name in WRONG else 10.0 for name in STUDENTS}
PATIENCE = 60.0


@contextmanager
def program(
    folder: Path, *words: str, before: Callable[[], None] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Dask's that runs until the block ends."""
    with open(folder / "log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=folder, stdout=log, stderr=log, preexec_fn=before
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler of its own process: its address, and the process."""
    about = folder / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(about))
    with program(folder, "distributed.cli.dask_scheduler", *words) as process:
        pause, deadline = threading.Event(), time.monotonic() + PATIENCE
        while not (about.exists() and about.read_text().endswith("}")):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            assert process.poll() is None, (folder / "log").read_text()
            pause.wait(0.05)
        yield json.loads(about.read_text())["address"], process


def worker(folder: Path, address: str, before: Callable[[], None] | None = None) -> Any:
    words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder))
    return program(folder, "distributed.cli.dask_worker", address, *words, before=before)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as (address, _), worker(folder, address), worker(folder, address):
        yield address


@pytest.fixture
def root(tmp_path: Path, fresh: Callable[[bool], Any], lay_out: Callable[..., Path]) -> Path:
    """A class of ten, two of whom have answered nothing. Each notebook takes a while."""
    books = {student: fresh(student not in WRONG) for student in STUDENTS}
    for book in books.values():
        book.add("import time\ntime.sleep(0.5)", below="given-imports")
    return lay_out(tmp_path / "class", books)


def marks(root: Path) -> dict[str, float]:
    with Course.at(root).book() as book:
        return {name: sum(found.values()) for name, found in book.scores(CHAPTER).items()}


def verdicts(root: Path) -> dict[str, list[dict[str, Any]]]:
    records = Records(Course.at(root), CHAPTER)
    found = {name: records.of(name) for name in STUDENTS}
    return {name: [v.to_json() for v in r.verdicts] for name, r in found.items() if r is not None}


def test_beside_the_threads_of_a_cluster_nothing_large_is_imported(
    address: str, root: Path, imports: Callable[..., list[Import]]
) -> None:
    found = imports(root, "--scheduler", address)
    assert any("IO loop" in each.threads for each in found)
    late = {each.module for each in found if "IO loop" in each.threads}
    assert not {name.partition(".")[0] for name in late} & {"sqlalchemy", "alembic", "nbconvert"}


def test_a_cluster_gives_the_grades_that_this_machine_gives(address: str, root: Path) -> None:
    here = root.parent / "here"
    shutil.copytree(root, here)
    for place in (here, root):  # the same secret: the same cards
        (place / "gradebook.secret").write_text("5e" * 32)
    there = grade_class(root, CHAPTER, tests=TESTS, scheduler=address)
    local = grade_class(here, CHAPTER, tests=TESTS)
    assert marks(root) == marks(here) == DESERVED
    assert verdicts(root) == verdicts(here)
    assert {r.tier for r in there.results} == {r.tier for r in local.results}
    assert (root / "autograded" / "student00" / CHAPTER / FILE).is_file()


def test_what_a_cluster_graded_is_not_graded_again(address: str, root: Path) -> None:
    grade_class(root, CHAPTER, tests=TESTS, scheduler=address)
    assert grade_class(root, CHAPTER, tests=TESTS, scheduler=address).as_before == set(STUDENTS)
    assert grade_class(root, CHAPTER, tests=TESTS).as_before == set(STUDENTS)


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path, root: Path) -> None:
    heard: list[str] = []
    with (
        scheduler(tmp_path) as (address, _),
        worker(tmp_path, address) as victim,
        worker(tmp_path, address),
    ):

        def kill(result: Result) -> None:
            heard.append(result.student)
            if len(heard) == 2:
                victim.send_signal(signal.SIGKILL)
                victim.wait()

        grading = grade_class(root, CHAPTER, tests=TESTS, scheduler=address, on_result=kill)
    assert sorted(heard) == list(STUDENTS)
    assert {result.reason for result in grading.results} == {""}
    assert marks(root) == DESERVED


def test_a_scheduler_that_is_killed_costs_no_grade_that_was_given(
    tmp_path: Path, root: Path
) -> None:
    with scheduler(tmp_path) as (address, process), worker(tmp_path, address):

        def kill(_: Result) -> None:
            process.send_signal(signal.SIGKILL)

        with pytest.raises(CannotGrade, match="the same command grades the rest"):
            grade_class(root, CHAPTER, tests=TESTS, scheduler=address, on_result=kill)
    before = set(marks(root))
    assert before
    assert grade_class(root, CHAPTER, tests=TESTS).as_before == before
    assert marks(root) == DESERVED


# Refusals, before anything is graded


def sources() -> Sources:
    return Sources(CHAPTER, ROOT / "release" / CHAPTER / FILE, TESTS)


def test_an_address_at_which_nothing_listens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 1)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(CannotGrade, match=f"No scheduler answers at {address}"):
            Cluster(address, sources()).__enter__()


@pytest.mark.parametrize("address", ["nowhere", "ftp://x:1", ""])
def test_an_address_that_is_none_is_named(address: str) -> None:
    with pytest.raises(CannotGrade, match=f"No scheduler answers at {address}"):
        Cluster(address, sources()).__enter__()


def test_a_cluster_without_workers_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_JOIN", 1)
    with (
        scheduler(tmp_path) as (address, _),
        pytest.raises(CannotGrade, match=f"No worker has joined .* `dask worker {address}"),
    ):
        Cluster(address, sources()).__enter__()


def test_a_worker_with_another_version_is_named(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "versions", lambda _: {"grader": "another"})
    with pytest.raises(CannotGrade, match=r"The worker tcp://.* another version .*here another"):
        Cluster(address, sources()).__enter__()


def test_a_worker_that_has_no_box_is_named_with_the_reason(tmp_path: Path) -> None:
    nothing = refusing(*NAMESPACES, "landlock_create_ruleset")
    with (
        scheduler(tmp_path) as (address, _),
        worker(tmp_path, address, before=nothing),
        pytest.raises(CannotGrade, match=r"The worker tcp://\S+ can't grade \(No box can be had: "),
    ):
        Cluster(address, sources()).__enter__()


# What travels


def test_the_same_files_make_the_same_parcel_wherever_they_lie(tmp_path: Path) -> None:
    parcel = Parcel.of(sources())
    unpacked = parcel.unpack(tmp_path)
    assert Parcel.of(unpacked) == parcel
    assert Parcel.of(unpacked).digest == parcel.digest
    assert unpacked.load().grader == sources().load().grader
    assert len(parcel.zipped) < 3 * 2**20


def test_a_parcel_with_another_draw_is_another_one(tmp_path: Path) -> None:
    parcel = Parcel.of(sources())
    unpacked = parcel.unpack(tmp_path)
    with open(tmp_path / "grader_tests" / "draws" / "ch1.py", "a") as file:
        file.write("# mended\n")
    assert Parcel.of(unpacked).digest != parcel.digest
    assert unpacked.load().grader != sources().load().grader
