"""Where submissions are graded: a chapter's material stands ready, in this process or in workers'.

A worker returns results and writes nothing. One that dies takes nothing with it: its submission is
graded again by another. Here workers are processes of this machine; `cluster` has others.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

from pebble import ProcessExpired, ProcessPool, concurrent

from course.checks.judge import KINDS
from course.grading.asking import LIMITS, open_box
from course.grading.box import Limits, NoBox, Tier
from course.grading.grader import grade
from course.grading.material import Material, Sources
from course.grading.result import Result

MOST_DEATHS = 2
"""As often may the worker of one submission die before that is said to be the submission's."""

_DIE_WITH_PARENT = 1  # a word of prctl
_LATER = (
    "course.checks.causes",
    "course.grading.wall",
    "numpy.random",
    "packaging.requirements",
    "typer",  # of `course.cli`, each process's main module
)
"""What workers come to import, besides this and the kinds of check."""
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """One submission to grade: all that a worker is told of it.

    `name` is what messages call the file. Exercises that aren't in `only`, if anything is, keep
    their verdict of `before`.
    """

    student: str
    name: str
    data: bytes = field(repr=False)
    seed: bytes = field(repr=False)
    notes: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    before: Result | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Bench:
    """All that is the same for every submission: the chapter's material, the wall, the limits."""

    material: Material
    tier: Tier
    limits: Limits = LIMITS

    def grade(self, job: Job) -> Result:
        """Grade one submission; never raises for anything it may hold."""
        try:
            result = grade(
                job.data,
                student=job.student,
                material=self.material,
                seed=job.seed,
                name=job.name,
                notes=job.notes,
                tier=self.tier.name,
                only=job.only,
                before={} if job.before is None else {v.exercise: v for v in job.before.verdicts},
                box=partial(open_box, self.tier),
                limits=self.limits,
            )
            if job.before is None or result.status != "graded":
                return result
            then = job.before.versions
            others = then.get("grader_of_the_others", then.get("grader", ""))
            return replace(result, versions={**result.versions, "grader_of_the_others": others})
        except NoBox as error:
            reason = f"Nothing was graded. {error}"
        except Exception as error:
            reason = (
                f"The grader failed on this submission ({type(error).__name__}: {error}); nothing "
                f"was written for it. Grade it again, and report this if it stays."
            )
        chapter = self.material.chapter
        return Result(job.student, chapter, "error", reason, tier=self.tier.name)


class Workers(Protocol):
    """Whoever grades: `tier` is what results call the wall, of all of them."""

    @property
    def tier(self) -> str: ...

    def graded(self, jobs: Iterable[Job]) -> Generator[tuple[Job, Result]]:
        """Each job with its result, as they come; jobs are asked for when a worker is about to be
        free. Closing the iterator stops what is being graded."""


def get_ready() -> None:
    """Have everything that workers import loaded by a process of its own, which they are forked
    from: it takes a second, in which this one may do something else."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return
    from multiprocessing import forkserver

    here = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if here else None  # it inherits that
    try:
        kinds = sorted({f"course.checks.{module}" for module in KINDS.values()})
        forkserver.set_forkserver_preload([__name__, *kinds, *_LATER])
        forkserver.ensure_running()
    finally:
        if here:
            signal.signal(signal.SIGINT, before)


def aside(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Begin a call in a process of its own. In a thread it could stop this process for ever: where
    two threads import at once, CPython before 3.11.4 can let each wait for the other."""
    apart: Any = concurrent.process(context=_processes())  # type: ignore[call-overload]
    begun: Future[T] = apart(function)(*args, **kwargs)
    return begun


def _processes() -> Any:
    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


class Processes:
    """Workers on this machine, and their boxes; a context manager, at whose beginning they start to
    get ready."""

    def __init__(self, sources: Sources, wall: Tier, number: int):
        self.sources, self.wall, self.number = sources, wall, number
        self._pool: Any = None

    def __enter__(self) -> Processes:
        get_ready()
        self._pool = ProcessPool(
            self.number,
            initializer=_set_up,
            initargs=[self.sources, self.wall, LIMITS.shared(self.number)],
            context=_processes(),
        )
        self._pool.schedule(_nothing)  # it starts with the first task
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()
        self._pool.join()

    @property
    def tier(self) -> str:
        return self.wall.name

    def graded(self, jobs: Iterable[Job]) -> Generator[tuple[Job, Result]]:
        pool = self._pool
        waiting: dict[Future[Result], tuple[Job, int]] = {}
        for job in jobs:
            waiting[pool.schedule(_grade, args=[job])] = (job, 1)
            if len(waiting) >= 2 * self.number:
                yield from _ended(waiting, pool, self.sources.chapter)
        while waiting:
            yield from _ended(waiting, pool, self.sources.chapter)


def _ended(
    waiting: dict[Future[Result], tuple[Job, int]], pool: ProcessPool, chapter: str
) -> Iterator[tuple[Job, Result]]:
    """Wait for a worker, and give what results have come; a job whose worker died waits again."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        job, deaths = waiting.pop(future)
        try:
            yield job, future.result()
        except ProcessExpired as death:
            if deaths < MOST_DEATHS:
                waiting[pool.schedule(_grade, args=[job])] = (job, deaths + 1)
                continue
            yield job, ended_too_often(job, chapter, str(death))


def ended_too_often(job: Job, chapter: str, how: str) -> Result:
    """The result of a submission that took its workers with it."""
    reason = (
        f"The process that graded this submission ended again and again ({how}); nothing was "
        f"written for it. Grade it again, and report this if it stays."
    )
    return Result(job.student, chapter, "error", reason)


# In a worker


_bench: Bench | None = None


def _set_up(sources: Sources, tier: Tier, limits: Limits) -> None:
    """Load the material once for all submissions of this worker, which ends with its parent."""
    global _bench
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's to answer
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    tier.get_ready()
    _bench = Bench(sources.load(), tier, limits)


def _nothing() -> None:
    """A task that starts the workers."""


def _grade(job: Job) -> Result:
    assert _bench is not None
    return _bench.grade(job)
