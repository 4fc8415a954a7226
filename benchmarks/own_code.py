"""How much processor time of grading is the students' own code, submission by submission.

    uv run python benchmarks/own_code.py FOLDER --students 12

FOLDER is a class's folder with notebooks that can be trusted: nothing walls them in here. They are
graded with the code of `course grade`, but in this very process, and a clock runs while cells run
and while the answers' functions are called, as long as a box would let them. What is left of a
submission's cost is the grader's.
"""

from __future__ import annotations

import argparse
import math
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.classes import CHAPTER, ROOT
from course.grading.asking import LIMITS
from course.grading.box import BoxLost, Limits
from course.grading.grader import grade, load_material
from course.grading.worker import Worker, make_shell
from course.session import Chain, LocalSession, Reply, Value, Way


class Clocked(LocalSession):
    """A session that clocks the calls of the answers' functions, and nothing around them; it is
    lost where one takes too long."""

    seconds_of_students = 0.0
    lost: BoxLost | None = None

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Add the time of what is done meanwhile, up to a box's limit."""
        began = time.process_time()
        signal.setitimer(signal.ITIMER_REAL, LIMITS.seconds_per_request)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.seconds_of_students += time.process_time() - began

    def lose(self, *_: Any) -> None:
        """Stop what runs: it has taken too long."""
        self.lost = BoxLost("time", "no answer in time")
        raise self.lost

    def _run(self, function: Callable[..., Any], passed: Sequence[Any]) -> Any:
        with self.clock():
            return super()._run(function, passed)

    def _ask(
        self, find: Callable[[], Any], arguments: tuple[Value, ...], keep: bool = False
    ) -> Reply:
        reply = super()._ask(find, arguments, keep)
        if self.lost is not None:
            raise self.lost
        return reply

    def sweep(
        self,
        chain: Chain,
        points: np.ndarray,
        ways: Sequence[Way] = ((),),
        seconds: float = math.inf,
    ) -> list[np.ndarray] | None:
        found = super().sweep(chain, points, ways, seconds)
        if self.lost is not None:
            raise self.lost
        return found


class Here:
    """A session without a box; `seconds_of_students` is the time of the cells and of the calls."""

    def __init__(self, worker: Worker):
        self.worker = worker
        self.session = Clocked(worker.shell.user_ns)
        signal.signal(signal.SIGALRM, self.session.lose)
        self.make, self.call, self.get = self.session.make, self.session.call, self.session.get
        self.build, self.sweep = self.session.build, self.session.sweep
        self.ahead, self.seconds = self.session.ahead, self.session.seconds

    @property
    def seconds_of_students(self) -> float:
        return self.session.seconds_of_students

    def hear(self) -> None:
        """Nothing comes here that wasn't asked for."""

    def run(self, source: str, name: str) -> Any:
        with self.session.clock():
            result = self.worker.run(source, name)
        if self.session.lost is not None:
            raise self.session.lost
        return result


def own_seconds(folder: Path, students: int) -> list[float]:
    """Processor seconds of each submission's own code, a first one left out: it loads libraries."""
    released = folder / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    material = load_material(CHAPTER, released, ROOT / "grader_tests")
    shell = make_shell()
    taken = []
    files = sorted((folder / "submitted").glob(f"*/{CHAPTER}/*.ipynb"))[:students]
    for path in [files[0], *files]:
        sessions: list[Here] = []

        @contextmanager
        def box(limits: Limits, sessions: list[Here] = sessions) -> Iterator[Here]:
            shell.reset(new_session=False)
            sessions.append(Here(Worker(limits.output_bytes, {}, shell)))
            yield sessions[-1]

        grade(path.read_bytes(), student="any", material=material, seed=b"s" * 32, box=box)
        taken.append(sum(session.seconds_of_students for session in sessions))
    return taken[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=12)
    options = parser.parse_args()
    screen = sys.stdout
    taken = own_seconds(options.folder, options.students)
    print(f"{statistics.mean(taken):.4f}", file=screen)


if __name__ == "__main__":
    main()
