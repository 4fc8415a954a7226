"""How the time of a backward pass grows: `uv run python benchmarks/method_probe.py`.

Every style of the probed exercises, and every answer that differentiates, is timed on growing
cards as the method probe does it. Of each group: the largest growth of two doublings, as their mean
factor, and the seconds that the probe took. `--box` times them across the wall.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np

from course import draws
from course.checks import method
from course.grading.box import Box
from course.grading.session import BoxSession
from course.grading.wall import choose
from course.session import LocalSession, Session

ROOT = Path(__file__).parents[1]
DRAWS = draws.load(ROOT / "grader_tests")

from grader_tests.differentiating import ANSWERS  # noqa: E402  (`load` makes it importable)
from grader_tests.styles import Style, catalogue  # noqa: E402

TELLING = 2e-3
"""Seconds below which the growth of a time says little."""


class Noted(method.Passes):
    """Passes that remember the least time at each size."""

    least: dict[int, float]

    def took(self, n: int, fold: int = 1) -> float | None:
        seconds = super().took(n, fold)
        if seconds is not None and fold == 1:
            self.least[n] = min(seconds, self.least.get(n, seconds))
        return seconds


@contextmanager
def session_with(answer: Style, box: bool) -> Iterator[Session]:
    """The answer's objects, here or in a box."""
    if not box:
        names: dict[str, object] = {"np": np, "__name__": "answer"}
        exec(compile(answer.code, "<answer>", "exec", dont_inherit=True), names)
        yield LocalSession(names)
        return
    with Box(choose()) as opened:
        session = BoxSession(opened)
        session.run(f"import numpy as np\n{answer.code}", "<answer>")
        yield session


def measured(answer: Style, box: bool) -> tuple[bool, float, float]:
    """(found to differentiate, largest mean growth where times tell, seconds of the probe)."""
    draw = DRAWS[answer.exercise]
    small = method.smallest(draw.public(), draw.kind.axes)
    if small is None:
        raise LookupError(f"{answer.exercise} has no public card that can grow.")
    with session_with(answer, box) as session:
        passes = Noted(draw.kind, session, small)
        passes.least = {}
        began = time.perf_counter()
        found = method.grows_too_fast(passes)
        seconds = time.perf_counter() - began
    return found, largest_growth(list(passes.least.values())), seconds


def largest_growth(times: Sequence[float]) -> float:
    """The largest geometric mean of a doubling and of the one that began a step before."""
    growth = [
        (times[k] / times[k - 2] * times[k - 1] / times[k - 3]) ** 0.5
        for k in range(4, len(times))
        if times[k] > TELLING
    ]
    return max(growth, default=float("nan"))


def row(name: str, results: Sequence[tuple[bool, float, float]]) -> str:
    growth = [g for _, g, _ in results if not np.isnan(g)]
    seconds = [s for _, _, s in results]
    found = f"{sum(f for f, _, _ in results)} of {len(results)}"
    grown = f"{min(growth):.1f} {median(growth):.1f} {max(growth):.1f}" if growth else "too fast"
    cost = f"{min(seconds):.2f} {median(seconds):.2f} {max(seconds):.2f}"
    return f"| {name} | {found} | {grown} | {cost} |"


def main() -> None:
    box = "--box" in sys.argv
    probed = {name for name, draw in DRAWS.items() if getattr(draw.kind, "axes", None)}
    styles = [s for s in catalogue() if s.exercise in probed - {"affine_forward"}]
    print("| answers | found | growth (min, median, max) | seconds (min, median, max) |")
    print("|---|--:|---|---|")
    for name, answers in (("honest", styles), ("differentiating", ANSWERS)):
        for exercise in dict.fromkeys(answer.exercise for answer in answers):
            results = [measured(a, box) for a in answers if a.exercise == exercise]
            print(row(f"{name}, `{exercise}`", results), flush=True)


if __name__ == "__main__":
    main()
