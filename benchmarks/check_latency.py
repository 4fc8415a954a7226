"""How long a check takes, exercise by exercise, and how long the course takes to start.

    uv run python benchmarks/check_latency.py

Each solved answer is judged on the public cards. *Warm* is a check in an interpreter that has made
it before; *first* is the first check of a fresh interpreter, which has run the chapter's cells;
*with imports* adds `from course import check`, NumPy being there. All are medians, in milliseconds
of processor time, which is what the wall's clock shows where nothing else runs.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from course import cards
from course.authoring import source
from course.checks import judge
from course.session import LocalSession

ROOT = Path(__file__).parents[1]
HELP, IMPORT, FIRST, WARM = 300, 60, 200, 10
"""What is aimed at, in milliseconds: `course --help`, imports beyond NumPy's, the first check with
imports, a warm one."""

FIRST_CHECK = """
import contextlib, io, json, sys, time
import numpy
cells, exercise, objects = json.load(sys.stdin)
start = time.process_time()
from course import check
imports = time.process_time() - start
names = {"__name__": "__main__"}
with contextlib.redirect_stdout(io.StringIO()):
    for cell in cells:
        exec(cell, names)
start = time.process_time()
check(exercise, *(names[name] for name in objects))
print(json.dumps([imports, time.process_time() - start]))
"""
IMPORTS = """
import time
import numpy
start = time.perf_counter(), time.process_time()
{}
print(time.perf_counter() - start[0], time.process_time() - start[1])
"""


@dataclass(frozen=True)
class Times:
    """Milliseconds of a check: warm, the first of an interpreter, and that with its imports."""

    warm: float
    first: float
    with_imports: float


def cells_of(chapter: str) -> list[str]:
    """A chapter's given cells and its solved answers, in order."""
    return [
        source.solved(cell.source)
        for cell in source.read(ROOT / "source_notebooks" / f"{chapter}.py").cells
        if cell.role in ("code", "answer") and "check_all()" not in cell.source
    ]


def names_of(cells: list[str]) -> dict[str, Any]:
    """What these cells define."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            exec(cell, names)
    return names


def typical(seconds: Iterable[float]) -> float:
    """The median of these, in milliseconds."""
    return 1000 * median(seconds)


def warm(exercise: cards.Exercise, names: dict[str, Any]) -> float:
    """Seconds of a check."""
    start = time.process_time()
    judge(exercise, LocalSession(names))
    return time.process_time() - start


def interpreter(code: str, stdin: str = "") -> str:
    """What this code prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code], input=stdin, capture_output=True, text=True, check=True
    )
    return done.stdout


def first(exercise: cards.Exercise, cells: list[str]) -> tuple[float, float]:
    """Seconds of the imports, and of the first check after them."""
    told = json.dumps([cells, exercise.id, exercise.objects])
    imports, check = json.loads(interpreter(FIRST_CHECK, told))
    return imports, check


def measured(warm_checks: int, interpreters: int) -> Iterator[tuple[cards.Exercise, Times]]:
    """Every exercise with its times."""
    for chapter in cards.chapters():
        cells = cells_of(chapter.name)
        names = names_of(cells)
        for exercise in chapter.exercises.values():
            warm(exercise, names)
            again = [warm(exercise, names) for _ in range(warm_checks)]
            firsts = [first(exercise, cells) for _ in range(interpreters)]
            yield (
                exercise,
                Times(
                    warm=typical(again),
                    first=typical(check for _, check in firsts),
                    with_imports=typical(imports + check for imports, check in firsts),
                ),
            )


def help_page() -> tuple[float, float]:
    """Seconds of `course --help`: on the wall, and of processor time."""
    before, start = os.times(), time.perf_counter()
    command = Path(sys.executable).with_name("course")
    subprocess.run([command, "--help"], stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - start, os.times()
    user = after.children_user - before.children_user
    return wall, user + after.children_system - before.children_system


def importing(statement: str) -> tuple[float, float]:
    """Seconds of an import where NumPy is loaded: on the wall, and of processor time."""
    wall, processor = map(float, interpreter(IMPORTS.format(statement)).split())
    return wall, processor


def print_starts(rounds: int) -> None:
    starts: tuple[tuple[str, int, Callable[[], tuple[float, float]]], ...] = (
        ("`course --help`", HELP, help_page),
        ("`import course`", IMPORT, lambda: importing("import course")),
        ("`from course import check`", IMPORT, lambda: importing("from course import check")),
    )
    print("| start | wall | processor | aimed at |\n|---|--:|--:|--:|")
    for what, most, start in starts:
        walls, processors = zip(*(start() for _ in range(rounds)), strict=True)
        print(f"| {what} | {typical(walls):.1f} | {typical(processors):.1f} | < {most} |")


def print_checks(found: list[tuple[cards.Exercise, Times]]) -> None:
    print("\n| exercise | | warm | first | with imports |\n|--:|---|--:|--:|--:|")
    for exercise, times in found:
        figures = (f"{ms:.1f}" for ms in (times.warm, times.first, times.with_imports))
        print(f"| {exercise.number} | `{exercise.id}` | {' | '.join(figures)} |")
    columns = zip(*((t.warm, t.first, t.with_imports) for _, t in found), strict=True)
    print(f"| | median of {len(found)} | {' | '.join(f'{median(c):.1f}' for c in columns)} |")
    slow = [e.id for e, t in found if t.warm > WARM]
    late = [e.id for e, t in found if t.with_imports > FIRST]
    print(f"\nwarm, over {WARM} ms: {', '.join(slow) or 'none'}")
    print(f"first with imports, over {FIRST} ms: {', '.join(late) or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warm", type=int, default=20, help="warm checks of each exercise")
    parser.add_argument("--first", type=int, default=3, help="fresh interpreters for each")
    parser.add_argument("--starts", type=int, default=15, help="starts of the command and imports")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}\n")
    print_starts(asked.starts)
    print_checks(list(measured(asked.warm, asked.first)))


if __name__ == "__main__":
    main()
