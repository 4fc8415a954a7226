"""What the scheduler, the gradebook and the process that writes would do with a very large class.

    uv run python benchmarks/simulate_cluster.py --submissions 100000

A scheduler, its workers and the one process that asks and writes are real, and so are the bytes:
every task takes a submission and gives back the result of one that was graded before. No student
code runs in them. Each part is measured for some seconds; from the processor time that a result
takes in each process follows how many cores that grade keep it busy. PostgreSQL is measured where
its programs are installed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.classes import CHAPTER, ROOT, submission
from benchmarks.grade_vs_nbgrader import machine, processor_seconds, proportional
from course.grading import cluster, crew
from course.grading.bench import Bench, Job
from course.grading.cluster import Cluster, Parcel
from course.grading.gradebook import Book
from course.grading.grader import digest_of
from course.grading.material import Sources
from course.grading.result import Result
from course.grading.wall import choose

TESTS = ROOT / "grader_tests"
CORES = (10, 50, 100, 250, 500, 1000)
SECRET, STUDENT, DIGEST = b"simulation", "@student@", "@digest@"


@dataclass(frozen=True)
class Sample:
    """A submission, and its result as a worker would send it, with marks where names belong."""

    data: bytes
    sent: str

    def result(self, job: Job) -> str:
        named = self.sent.replace(f'"{STUDENT}"', json.dumps(job.student))
        return named.replace(DIGEST, digest_of(job.data))


@dataclass(frozen=True)
class Part:
    """What was measured of one part: how many results came in how many seconds, and the seconds of
    processor time in the process that writes and in the scheduler."""

    what: str
    results: int
    wall: float
    client: float
    scheduler: float = 0.0

    def row(self) -> str:
        scheduler = f"{1e3 * self.scheduler / self.results:.2f}" if self.scheduler else ""
        return (
            f"| {self.what} | {self.results:,} | {self.results / self.wall:.0f} "
            f"| {1e3 * self.wall / self.results:.1f} | {1e3 * self.client / self.results:.2f} "
            f"| {scheduler} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=100_000, help="of the class computed")
    parser.add_argument("--chapter", default=CHAPTER)
    parser.add_argument("--seconds", type=float, default=60, help="for which a part is measured")
    parser.add_argument("--workers", type=int, default=16, help="workers, all in one process")
    parser.add_argument(
        "--processor",
        type=float,
        help="seconds of a submission, as grade_scale.py measures (default: what the machine works "
        "for each of the samples, so nothing else should run)",
    )
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        address, number, folder = options.work
        asyncio.run(work(address, int(number), Path(folder)))
        return
    print(machine() + f", distributed {metadata.version('distributed')}")
    sources = Sources(
        options.chapter, ROOT / "release" / options.chapter / f"{options.chapter}.ipynb", TESTS
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples, processor = grade_samples(sources, folder)
        simulate(options, sources, folder, samples, options.processor or processor)


def simulate(
    options: argparse.Namespace,
    sources: Sources,
    folder: Path,
    samples: list[Sample],
    processor: float,
) -> None:
    """Measure each part, print what was measured, and what follows for the whole class."""
    seconds = options.seconds
    print(
        f"{sources.chapter}: a submission has {mean(len(s.data) for s in samples) / 1024:.0f} KiB, "
        f"its result {mean(len(s.sent) for s in samples) / 1024:.0f} KiB, and takes "
        f"{processor:.2f} s of a core; the parcel has {len(Parcel.of(sources).zipped) / 1024:.0f} "
        f"KiB and is sent once a worker"
    )
    cluster._grade = stand_in  # type: ignore[assignment]
    books = {"SQLite": f"sqlite:///{folder / 'gradebook.db'}"}
    with (
        a_scheduler(folder, samples, options.workers) as (address, scheduler, workers),
        postgres() as url,
    ):
        books |= {"PostgreSQL": url} if url else {}
        passed, wire = passing(address, sources, samples, seconds, scheduler)
        memory = {"scheduler": proportional(scheduler), "workers": proportional(workers)}
        entered = {
            name: entering(name, where, sources, samples, seconds / 2)
            for name, where in books.items()
        }
        whole = {
            pages: grading(address, sources, samples, folder, seconds, scheduler, pages)
            for pages in (False, True)
        }
        memory["process that writes"] = proportional(os.getpid())
    print("\n| part | results | a second | ms | ms processor, writing | ms processor, scheduler |")
    print("|---|--:|--:|--:|--:|--:|")
    parts = [passed, *entered.values(), *whole.values()]
    print("\n".join(part.row() for part in parts))
    print(f"\n{wire / 1024:.0f} KiB go over the wire for a result, in all directions together.")
    print("Memory: " + ", ".join(f"{name} {kib / 1024:.0f} MiB" for name, kib in memory.items()))
    print(f"\n{options.submissions:,} submissions, if the cores that grade are as fast as here:\n")
    print("\n".join(outlook(options.submissions, processor, limits(passed, whole))))


def limits(passed: Part, whole: dict[bool, Part]) -> dict[str, float]:
    """Seconds of processor time that a result takes where there is only one process: the scheduler,
    and the one that writes. What the latter waits for its disk comes on top."""
    return {
        "the scheduler": passed.scheduler / passed.results,
        "writing, without pages": whole[False].client / whole[False].results,
        "writing, with pages": whole[True].client / whole[True].results,
    }


def outlook(submissions: int, processor: float, single: dict[str, float]) -> Iterator[str]:
    """Lines of a table: the time a class takes, by how many cores grade it."""
    for name, seconds in single.items():
        yield (
            f"- {name} passes {1 / seconds:.0f} results a second, all in "
            f"{time_of(submissions * seconds)}: {processor / seconds:.0f} cores keep it busy"
        )
    yield ""
    yield "| cores | grading | without pages | bound by | with pages | bound by |"
    yield "|--:|--:|--:|---|--:|---|"
    names = list(single)
    for cores in CORES:
        line = f"| {cores} | {time_of(submissions * processor / cores)} "
        for pages in (1, 2):
            needs = {"grading": processor / cores}
            needs |= {name: single[name] for name in (names[0], names[pages])}
            slowest = max(needs, key=needs.__getitem__)
            line += f"| {time_of(submissions * needs[slowest])} | {slowest.split(',')[0]} "
        yield line + "|"


def time_of(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def mean(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return sum(found) / len(found)


# What tasks bring and take


def grade_samples(sources: Sources, folder: Path, number: int = 8) -> tuple[list[Sample], float]:
    """Some submissions and their results; the seconds of processor time that one takes, those of
    the whole machine."""
    bench = Bench(sources.load(), choose(folder, False, False))
    books = (submission(sources.chapter, random.Random(place)) for place in range(number))
    jobs = [Job(STUDENT, "", json.dumps(book).encode(), SECRET) for book in books]
    bench.grade(jobs[0])  # what is done only once
    before = processor_seconds()
    results = [bench.grade(job) for job in jobs]
    processor = (processor_seconds() - before) / number
    return [
        Sample(
            job.data,
            json.dumps(
                replace(result, submission=DIGEST).to_record() | {"notebook": result.notebook}
            ),
        )
        for job, result in zip(jobs, results, strict=True)
    ], processor


def jobs_of(samples: list[Sample], seconds: float) -> Iterator[Job]:
    """Jobs without end, for some seconds."""
    ends = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > ends:
            return
        yield Job(student(number), "", samples[number % len(samples)].data, SECRET)


def student(number: int) -> str:
    return f"student{number:06}"


# Workers that have the result of every submission at hand


_samples: dict[str, Sample] = {}


def stand_in(parcel: Parcel, job: Job, *_: bool) -> str:
    """What a worker does here in place of grading."""
    return _samples[digest_of(job.data)].result(job)


async def work(address: str, number: int, folder: Path) -> None:
    """Be as many workers, until this process is ended."""
    from distributed import Worker

    for data, sent in json.loads((folder / "samples.json").read_text()):
        _samples[digest_of(data.encode())] = Sample(data.encode(), sent)
    async with contextlib.AsyncExitStack() as running:
        for _ in range(number):
            worker = Worker(address, nthreads=1, local_directory=str(folder), dashboard=False)
            await running.enter_async_context(worker)
        await worker.finished()


@contextlib.contextmanager
def a_scheduler(
    folder: Path, samples: list[Sample], workers: int
) -> Iterator[tuple[str, int, int]]:
    """A scheduler with workers: its address, and the two processes."""
    pairs = [(sample.data.decode(), sample.sent) for sample in samples]
    (folder / "samples.json").write_text(json.dumps(pairs))
    about = folder / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(about))
    itself = ("benchmarks.simulate_cluster", "--work")
    with running(folder, "distributed.cli.dask_scheduler", *words) as scheduler:
        while not (about.exists() and about.read_text().endswith("}")):
            if scheduler.poll() is not None:
                raise SystemExit((folder / "log").read_text())
            time.sleep(0.1)
        address = json.loads(about.read_text())["address"]
        with running(folder, *itself, address, str(workers), str(folder)) as process:
            yield address, scheduler.pid, process.pid


@contextlib.contextmanager
def running(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with open(folder / "log", "ab") as log:
        command = [sys.executable, "-m", *words]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database on a server of its own, or nothing where none can be had."""
    try:
        from tests.grading.server import Server, programs
    except ImportError:
        yield ""
        return
    found = programs()
    if found is None:
        yield ""
        return
    server = Server(found)
    try:
        server.start()
        yield server.new_database()
    finally:
        server.remove()


# The parts


def passing(
    address: str, sources: Sources, samples: list[Sample], seconds: float, scheduler: int
) -> tuple[Part, float]:
    """Results that are asked for and dropped; and the bytes that each takes on the wire."""
    with Cluster(address, sources) as crew:
        list(crew.graded(jobs_of(samples, 2)))  # what is done only once
        wire, clock = bytes_on_loopback(), Clock(scheduler)
        results = 0
        for job, result in crew.graded(jobs_of(samples, seconds)):
            if (result.student, result.status) != (job.student, "graded"):
                raise SystemExit(f"{job.student}: {result.reason}")
            results += 1
        return clock.part("scheduler", results), (bytes_on_loopback() - wire) / results


def entering(name: str, url: str, sources: Sources, samples: list[Sample], seconds: float) -> Part:
    """Results that are entered into a gradebook, and nothing else."""
    results = [Result.from_record(without_notebook(sample)) for sample in samples]
    with Book(url) as book:
        book.register(sources.load().released)
        clock, ends = Clock(), time.monotonic() + seconds
        for number in itertools.count():
            book.write(replace(results[number % len(results)], student=student(number)))
            if time.monotonic() > ends:
                return clock.part(f"gradebook, {name}", number + 1)
    raise AssertionError("counting has no end")


def without_notebook(sample: Sample) -> dict[str, Any]:
    return json.loads(sample.sent) | {"notebook": {}}


def grading(
    address: str,
    sources: Sources,
    samples: list[Sample],
    folder: Path,
    seconds: float,
    scheduler: int,
    pages: bool,
) -> Part:
    """All that `course grade` does with a class on a cluster: it is stopped after some seconds."""
    place = folder / f"class-{pages}"
    write_class(place, sources, samples, int(seconds * 150))
    clock, ends, results = Clock(scheduler), 0.0, 0

    def heard(result: Result) -> None:
        nonlocal clock, ends, results
        if result.status == "error":
            raise SystemExit(f"{result.student}: {result.reason}")
        if not ends:  # the first has waited for what is done only once
            clock, ends = Clock(scheduler), time.monotonic() + seconds
            return
        results += 1
        if time.monotonic() > ends:
            raise KeyboardInterrupt

    with contextlib.suppress(crew.Interrupted):
        crew.grade_class(
            place, sources.chapter, TESTS, on_result=heard, feedback=pages, scheduler=address
        )
    part = clock.part(f"`course grade`, {'with' if pages else 'without'} pages", results)
    shutil.rmtree(place)
    return part


def write_class(folder: Path, sources: Sources, samples: list[Sample], students: int) -> None:
    chapter, first = sources.chapter, []
    (folder / "release" / chapter).mkdir(parents=True)
    shutil.copy(sources.released, folder / "release" / chapter)
    for number in range(students):
        place = folder / "submitted" / student(number) / chapter / f"{chapter}.ipynb"
        place.parent.mkdir(parents=True)
        if number < len(samples):
            place.write_bytes(samples[number].data)
            first.append(place)
        else:
            os.link(first[number % len(first)], place)


class Clock:
    """Seconds on the wall, and of processor time in this process and in the scheduler's."""

    def __init__(self, scheduler: int = 0):
        self._scheduler = scheduler
        self._began = self._read()

    def _read(self) -> tuple[float, float, float]:
        return time.monotonic(), time.process_time(), processor_of(self._scheduler)

    def part(self, what: str, results: int) -> Part:
        if not results:
            raise SystemExit(f"{what}: no result came; give it more --seconds.")
        spent = [now - before for now, before in zip(self._read(), self._began, strict=True)]
        return Part(what, results, *spent)


def processor_of(pid: int) -> float:
    """Seconds of processor time that a process has had; 0 for none."""
    if not pid:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bytes_on_loopback() -> int:
    lines = Path("/proc/net/dev").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.strip().startswith("lo:"))


if __name__ == "__main__":
    from benchmarks import simulate_cluster  # under the name by which workers know what is here

    simulate_cluster.main()
