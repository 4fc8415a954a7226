"""Grades the same notebooks by stock nbgrader and by `course grade`, in one run.

    uv run python benchmarks/grade_vs_nbgrader.py --students 100 --stock 100

Stock is nbgrader's own `autograde`, without this course's exporter: it starts a kernel for each
notebook and runs all of its cells, the checks among them. Processor time is that of the whole
machine while a command runs, so nothing else should. `--stock` is how many of the notebooks it
gets, from the first on; it takes them one after the other. It grades one half before `course
grade` begins, and the other behind it: a machine's speed changes meanwhile.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.classes import CHAPTER, ROOT, write_class

TESTS = str(ROOT / "grader_tests")


@dataclass(frozen=True)
class Cost:
    """What a command cost: seconds on the wall, seconds of processor time, MiB at its highest."""

    wall: float
    processor: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--stock", type=int, default=10)
    options = parser.parse_args()
    if options.stock < 2:
        parser.error("--stock is at least 2: one notebook before, and one behind")
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        half = options.stock // 2
        before = by_stock_nbgrader(folder / "before", 0, half)
        rows: dict[str, tuple[Cost, int]] = {}
        cores = os.cpu_count() or 1
        for what, words in {
            "`course grade`, one core": ("--workers", "1", "--no-feedback"),
            f"`course grade`, {cores} cores": ("--no-feedback",),
            f"`course grade`, {cores} cores, pages": (),
            "`course grade --cold`, one core": ("--workers", "1", "--no-feedback", "--cold"),
        }.items():
            place = folder / str(len(rows))
            write_class(place, options.students)
            command = [sys.executable, "-m", "course.cli", "grade", CHAPTER, "--tests", TESTS]
            rows[what] = (run([*command, *words], place), options.students)
        script = Path(__file__).with_name("own_code.py")
        count = ["--students", str(options.students)]
        own = subprocess.check_output([sys.executable, str(script), str(place), *count], text=True)
        behind = by_stock_nbgrader(folder / "behind", half, options.stock - half)
    stock = Cost(
        before.wall + behind.wall,
        before.processor + behind.processor,
        max(before.memory, behind.memory),
    )
    rows = {"stock `nbgrader autograde`": (stock, options.stock), **rows}
    print(f"\nThe students' own code: {float(own):.3f} s of processor time a notebook.")
    print("\n| | wall (s) | processor (s) | memory (MiB) | times faster |\n|---|--:|--:|--:|--:|")
    for what, (cost, students) in rows.items():
        faster = (stock.wall / options.stock) / (cost.wall / students)
        print(
            f"| {what}, {students} notebooks | {cost.wall / students:.3f} "
            f"| {cost.processor / students:.3f} | {cost.memory:.0f} | {faster:.1f} |"
        )


def by_stock_nbgrader(folder: Path, first: int, students: int) -> Cost:
    """nbgrader as it comes: the release is its source, and the checks are its tests."""
    write_class(folder, students, first=first)
    shutil.copytree(folder / "release" / CHAPTER, folder / "source" / CHAPTER)
    shutil.rmtree(folder / "release")
    nbgrader = [sys.executable, "-m", "nbgrader"]
    run([*nbgrader, "generate_assignment", CHAPTER], folder)
    return run([*nbgrader, "autograde", CHAPTER], folder)


def run(command: list[str], folder: Path) -> Cost:
    """Run a command to its end; it may complain of notebooks, but not fail."""
    beside = Path(sys.executable).parent  # nbgrader calls Alembic's command by its name
    words = {**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}
    began, before = time.monotonic(), processor_seconds()
    process = subprocess.Popen(
        command, cwd=folder, env=words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watch = Watch(process.pid)
    watch.start()
    told, _ = process.communicate()
    watch.over.set()
    watch.join()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{told}")
    processor = processor_seconds() - before - watch.seconds
    return Cost(time.monotonic() - began, processor, watch.highest)


def processor_seconds() -> float:
    """What all cores have worked since they were started."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Looks at the memory that a process and all below it hold together, shared pages once each:
    `highest`, in MiB. Looking takes `seconds` of processor time, which aren't that process's."""

    def __init__(self, pid: int):
        super().__init__()
        self.pid, self.over = pid, threading.Event()
        self.highest = self.seconds = 0.0

    def run(self) -> None:
        while not self.over.wait(0.2):
            held = sum(map(proportional, family(self.pid))) / 1024
            self.highest = max(self.highest, held)
            self.seconds = time.thread_time()


def family(pid: int) -> list[int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, more = {pid}, {pid}
    while more:
        more = {child for child, parent in parents.items() if parent in more} - found
        found |= more
    return sorted(found)


def proportional(pid: int) -> int:
    """KiB of a process; what it shares is divided among those that share it."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def machine() -> str:
    """What was measured, and on what."""
    cpu = next(
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    return (
        f"{os.cpu_count()} cores of {cpu}, load {os.getloadavg()[0]:.1f}; Python "
        f"{platform.python_version()}, NumPy {np.__version__}, nbgrader "
        f"{metadata.version('nbgrader')}{'; no bytecode kept' if sys.dont_write_bytecode else ''}"
    )


if __name__ == "__main__":
    main()
