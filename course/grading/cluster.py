"""Workers of a Dask cluster, by the address of its scheduler: the same grading on other machines.

What a worker needs of the course's folder travels once, as a zip named by its hash. Submissions
travel as bytes, results as JSON. Only the process that asked writes: a worker that is lost costs
time, and what it was grading goes to another one.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import tempfile
import threading
import time
import zipfile
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from distributed import Client, Future, as_completed
from distributed.scheduler import KilledWorker

from course import draws
from course.grading.asking import LIMITS
from course.grading.bench import Bench, Job, ended_too_often
from course.grading.box import NoBox
from course.grading.material import CannotGrade, Sources, versions
from course.grading.result import Result
from course.grading.wall import choose

SECONDS_TO_CONNECT, SECONDS_TO_JOIN = 15, 60
SECONDS_BETWEEN_COUNTS = 5.0  # of the workers' threads: workers come and go
A_THREAD_HAS = 3
"""Submissions sent to a thread of a worker: the one at work, and what keeps it from waiting."""


@dataclass(frozen=True)
class Parcel:
    """All that a worker needs of the course's folder to grade a chapter, as a zip. The same files
    make the same bytes."""

    chapter: str
    zipped: bytes = field(repr=False)

    @classmethod
    def of(cls, sources: Sources) -> Parcel:
        """Raises CannotGrade where something can't be read."""
        content = io.BytesIO()
        try:
            with zipfile.ZipFile(content, "w") as file:
                for name, path in sorted(_files(sources)):
                    about = zipfile.ZipInfo(name)  # of no date
                    file.writestr(about, path.read_bytes(), zipfile.ZIP_DEFLATED)
        except (draws.NoDraws, OSError) as error:
            raise CannotGrade(str(error)) from error
        return cls(sources.chapter, content.getvalue())

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.zipped).hexdigest()

    def unpack(self, folder: Path) -> Sources:
        """Put the files into a folder."""
        with zipfile.ZipFile(io.BytesIO(self.zipped)) as file:
            file.extractall(folder)
        release = folder / "release" / f"{self.chapter}.ipynb"
        return Sources(self.chapter, release, folder / "grader_tests")


def _files(sources: Sources) -> Iterator[tuple[str, Path]]:
    tests = draws.find(sources.tests)
    yield f"release/{sources.chapter}.ipynb", sources.released
    for folder, name, pattern in (
        (tests, "grader_tests", "*.py"),
        (tests, "grader_tests", "*.json"),
        (tests.parent / "solutions", "solutions", "*.ipynb"),
    ):
        for path in folder.rglob(pattern):
            yield f"{name}/{path.relative_to(folder).as_posix()}", path


class Cluster:
    """A cluster's workers, as a context manager. Raises CannotGrade where there are none, or one of
    them couldn't grade."""

    def __init__(
        self, address: str, sources: Sources, trust_students: bool = False, cold: bool = False
    ):
        self.address = address
        self.chapter = sources.chapter
        self.tier = ""
        self._grader = versions(sources.load())["grader"]
        self._parcel = Parcel.of(sources)
        self._options = (trust_students, cold)

    def __enter__(self) -> Cluster:
        try:
            self._client = Client(self.address, timeout=SECONDS_TO_CONNECT)
        except (OSError, ValueError) as error:
            raise CannotGrade(
                f"No scheduler answers at {self.address} ({error}); start one with `dask scheduler`"
                f", or correct the address."
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=SECONDS_TO_JOIN)
            # Its name is made from its hash: a scheduler that has it already isn't sent it again.
            (self._sent,) = self._client.scatter([self._parcel], broadcast=True, hash=True)
            self.tier = ", ".join(sorted(self._probe()))
        except TimeoutError:
            self._client.close()
            raise CannotGrade(
                f"No worker has joined the scheduler at {self.address} within {SECONDS_TO_JOIN} s; "
                f"start some with `dask worker {self.address} --nthreads 1`."
            ) from None
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _probe(self) -> set[str]:
        """The tiers of the workers. Raises CannotGrade for one that can't grade."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        asked = {
            worker: self._client.submit(
                _facts, self._sent, *self._options, workers=[worker], pure=False
            )
            for worker in workers
        }
        tiers = set()
        for worker, future in asked.items():
            try:
                facts = future.result()
            except Exception as error:
                facts = {"why": f"{type(error).__name__}: {error}"}
            if "why" in facts:
                raise CannotGrade(
                    f"The worker {worker} can't grade ({facts['why']}); mend it, or end it."
                )
            if facts["grader"] != self._grader:
                raise CannotGrade(
                    f"The worker {worker} has another version of the course "
                    f"({facts['grader']}, here {self._grader}); install the same one there."
                )
            tiers.add(facts["tier"])
        return tiers

    def graded(self, jobs: Iterable[Job]) -> Generator[tuple[Job, Result]]:
        """Each job with its result, as they come. Raises CannotGrade if the scheduler is lost."""
        waiting: dict[str, Job] = {}
        coming = as_completed()
        jobs, numbers = iter(jobs), itertools.count()
        run, room, count_at = os.urandom(8).hex(), 0, 0.0
        try:
            while True:
                if time.monotonic() >= count_at:
                    room = A_THREAD_HAS * max(1, sum(self._client.nthreads().values()))
                    count_at = time.monotonic() + SECONDS_BETWEEN_COUNTS
                for job in itertools.islice(jobs, max(0, room - len(waiting))):
                    key = f"grade-{run}-{next(numbers)}"
                    future = self._client.submit(_grade, self._sent, job, *self._options, key=key)
                    waiting[key] = job
                    coming.add(future)
                if not waiting:
                    return
                future = next(coming)
                yield (job := waiting.pop(str(future.key))), self._result(future, job)
                del future  # the scheduler forgets what nobody holds
        except (CancelledError, OSError) as lost:
            raise CannotGrade(
                f"The scheduler at {self.address} is gone ({type(lost).__name__}); what is graded "
                f"is kept, and the same command grades the rest."
            ) from lost
        finally:
            coming.clear()

    def _result(self, future: Future, job: Job) -> Result:
        try:
            result = Result.from_record(json.loads(future.result()))
        except KilledWorker as death:
            return ended_too_often(job, self.chapter, f"the worker {death.last_worker.address}")
        except (CancelledError, OSError):
            raise
        except Exception as error:
            reason = f"A worker of the cluster failed ({type(error).__name__}: {error})."
            return Result(job.student, self.chapter, "error", reason)
        if result.status != "error" and result.versions.get("grader") != self._grader:
            reason = (
                "It was graded by another version of the course than the one here, on a worker "
                "that joined later; nothing was written for it. Install the same one there."
            )
            return Result(job.student, self.chapter, "error", reason, tier=result.tier)
        return result


# On a worker

_ONE_AT_A_TIME = threading.Lock()
"""A worker with several threads grades as one with one."""


def _facts(parcel: Parcel, trust_students: bool, cold: bool) -> dict[str, Any]:
    """What this worker grades with: its version and its wall, or why it can't."""
    with _ONE_AT_A_TIME:
        try:
            bench = _bench(parcel, trust_students, cold)
        except (CannotGrade, NoBox) as error:
            return {"why": str(error)}
        return {"grader": versions(bench.material)["grader"], "tier": bench.tier.name}


def _grade(parcel: Parcel, job: Job, trust_students: bool, cold: bool) -> str:
    """A job's result as JSON."""
    with _ONE_AT_A_TIME:
        try:
            result = _bench(parcel, trust_students, cold).grade(job)
        except (CannotGrade, NoBox) as error:
            reason = f"Nothing was graded. {error}"
            result = Result(job.student, parcel.chapter, "error", reason)
    return json.dumps({**result.to_record(), "notebook": result.notebook})


def _bench(parcel: Parcel, trust_students: bool, cold: bool) -> Bench:
    return _unpacked(parcel, trust_students, cold)[1]


@lru_cache(maxsize=4)
def _unpacked(
    parcel: Parcel, trust_students: bool, cold: bool
) -> tuple[tempfile.TemporaryDirectory[str], Bench]:
    """A bench, and the folder that it was loaded from, which ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="course-")
    material = parcel.unpack(Path(folder.name)).load()
    tier = choose(Path(folder.name), trust_students, cold)
    return folder, Bench(material, tier, LIMITS.shared(os.cpu_count() or 1))
