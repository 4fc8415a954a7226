"""What `course grade` costs a submission as a class grows.

    uv run python benchmarks/grade_scale.py --sizes 100 1000 5000
    uv run python benchmarks/grade_scale.py --chapter ch2_activation_layers --sizes 10 40

The cost is the processor time of the whole machine, as boxes are no children of the command, so
nothing else should run. Memory is that of the command and all its processes, shared pages once. The
slope between two sizes leaves out what a command does once, such as starting its workers.

Where a machine's speed changes from minute to minute, a small class is over before a large one has
seen both. So the smallest is graded anew behind each of the others, and its median stands.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.classes import CHAPTER, write_class
from benchmarks.grade_vs_nbgrader import TESTS, Cost, machine, run

MOST = 1.10
"""As many times as in the smallest class may a submission cost in the largest."""


@dataclass(frozen=True)
class Size:
    """A class of so many submissions: its cost, and the bytes of its gradebook."""

    submissions: int
    cost: Cost
    book: int

    @property
    def each(self) -> float:
        """Seconds of processor time of a submission."""
        return self.cost.processor / self.submissions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--chapter", default=CHAPTER)
    parser.add_argument("--workers", type=int, help="default: one a core")
    parser.add_argument("--no-feedback", action="store_true", help="make no pages")
    options = parser.parse_args()
    words = ["--no-feedback"] if options.no_feedback else []
    words += ["--workers", str(options.workers)] if options.workers else []
    print(f"{machine()}; {options.chapter} {' '.join(words)}\n", flush=True)
    least, *larger = sorted(options.sizes)
    small = [measure(least, options.chapter, words)]
    large = []
    for number in larger:
        large.append(measure(number, options.chapter, words))
        small.append(measure(least, options.chapter, words))
    found = [sorted(small, key=lambda size: size.each)[len(small) // 2], *large]
    print()
    print(
        "| submissions | wall (s) | processor (s) each | MiB | gradebook (MiB) | bytes each | × |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for size in found:
        print(row(size, found[0]))
    print("\n".join(["", *slopes(found)]))
    if found[-1].each > MOST * found[0].each:
        raise SystemExit(f"A submission costs over {MOST:g} times what it costs in a small class.")


def measure(submissions: int, chapter: str, words: Sequence[str]) -> Size:
    """Grade a new class."""
    folder = Path(tempfile.mkdtemp(prefix="grade-scale-"))
    try:
        write_class(folder, submissions, chapter)
        command = [sys.executable, "-m", "course.cli", "grade", chapter, "--tests", TESTS]
        cost = run([*command, *words], folder)
        size = Size(submissions, cost, (folder / "gradebook.db").stat().st_size)
        print(f"{submissions:,} submissions: {size.each:.3f} s of processor time each", flush=True)
        return size
    finally:
        shutil.rmtree(folder)


def row(size: Size, smallest: Size) -> str:
    return (
        f"| {size.submissions:,} | {size.cost.wall:.0f} | {size.each:.3f} | {size.cost.memory:.0f} "
        f"| {size.book / 2**20:.1f} | {size.book / size.submissions:.0f} "
        f"| {size.each / smallest.each:.2f} |"
    )


def slopes(sizes: Sequence[Size]) -> Iterator[str]:
    """A line for each step between two sizes: what one more submission took."""
    for small, large in pairwise(sizes):
        more = large.submissions - small.submissions
        each = (large.cost.processor - small.cost.processor) / more
        start = small.cost.processor - each * small.submissions
        kib = 1024 * (large.cost.memory - small.cost.memory) / more
        yield (
            f"From {small.submissions:,} to {large.submissions:,}: {each:.3f} s of a core and "
            f"{kib:.1f} KiB one more submission, {start:.1f} s at the start."
        )


if __name__ == "__main__":
    main()
