"""How long a check takes, exercise by exercise: `uv run python benchmarks/check_latency.py`.

Each solved answer is judged on the public cards; the figure is the median of 50 checks. The last
line is the first check in a fresh interpreter, imports included.
"""

from __future__ import annotations

import contextlib
import io
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from course import cards
from course.authoring import source
from course.checks import judge
from course.session import LocalSession

ROOT = Path(__file__).parents[1]
WARM = 50
COLD = """
import time
import numpy as np
start = time.perf_counter()
from course import check
class MulLayer:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y
    def backward(self, dout):
        return dout * self.y, dout * self.x
check("mul_layer", MulLayer)
print(time.perf_counter() - start)
"""


def solved(chapter: str) -> dict[str, Any]:
    """What a chapter defines when its given cells and its solved answers have run, in order."""
    names: dict[str, Any] = {}
    for cell in source.read(ROOT / "source_notebooks" / f"{chapter}.py").cells:
        if cell.role in ("code", "answer") and "check_all()" not in cell.source:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(source.solved(cell.source), names)
    return names


def milliseconds(exercise: cards.Exercise, names: dict[str, Any]) -> float:
    """The median time of a warm check of this exercise."""
    times = []
    for _ in range(WARM):
        start = time.perf_counter()
        judge(exercise, LocalSession(names))
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


def main() -> None:
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    for chapter in cards.chapters():
        names = solved(chapter.name)
        for exercise in chapter.exercises.values():
            print(
                f"{exercise.number:>5}  {exercise.id:<20} {milliseconds(exercise, names):6.1f} ms"
            )
    cold = [
        float(subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True).stdout)
        for _ in range(5)
    ]
    print(f"first check, its imports beyond NumPy's included: {1000 * median(cold):.0f} ms")


if __name__ == "__main__":
    main()
