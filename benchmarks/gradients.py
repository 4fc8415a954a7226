"""Ways of measuring a gradient: how long each takes, and how wrong it is.

    uv run --with scipy --with autograd python benchmarks/gradients.py

Each way measures the gradient of the same number in the same array, at the same points. Times are
processor time, and quoted as multiples of this course's in the same round; medians of the rounds.
The error is the largest of |measured - exact| / max(|measured|, |exact|) over all entries. Exact is
autograd's reverse mode, which follows the operations and measures nothing. The last table counts
the points at which an entry is wrong by more than 1 %, as where a corner of ReLU lies in a step.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from statistics import median
from typing import Any

import autograd
import autograd.numpy as traced_numpy
import numpy as np
import scipy
from autograd.test_util import check_grads, make_numerical_jvp
from scipy.differentiate import jacobian
from scipy.optimize import approx_fprime

from course.gradients import central_differences

SHAPES = ((4, 3), (16, 12), (40, 25))
ENOUGH = 0.02
"""Seconds of processor time for which a way is repeated, so that the clock's grain is nothing."""

Number = Callable[[np.ndarray], Any]


@dataclass(frozen=True)
class Problem:
    """The number `f` of an array, the same in autograd's NumPy, and the point to stand at."""

    name: str
    f: Number
    traced: Number
    at: np.ndarray


def affine_relu(xp: Any, shape: tuple[int, int], rng: np.random.Generator) -> Number:
    """W -> the sum of dout * relu(x @ W + b)."""
    rows, columns = shape
    x, b = rng.normal(size=(20, rows)), rng.normal(size=columns)
    dout = rng.normal(size=(20, columns))
    return lambda W: xp.sum(dout * xp.maximum(xp.dot(x, W) + b, 0.0))


def softmax_with_loss(xp: Any, shape: tuple[int, int], rng: np.random.Generator) -> Number:
    """Scores -> the cross-entropy of their softmax by rows, averaged over the rows."""
    return _cross_entropy(xp, one_hot(shape, rng))


def mean_squared_error(xp: Any, shape: tuple[int, int], rng: np.random.Generator) -> Number:
    """h -> half the mean of (h - y)^2."""
    y = rng.normal(size=shape)
    return lambda h: xp.sum((h - y) ** 2) / (2 * y.size)


def two_layer_net(xp: Any, shape: tuple[int, int], rng: np.random.Generator) -> Number:
    """W1 -> the loss of affine, ReLU, affine, softmax."""
    rows, hidden = shape
    x, W2 = rng.normal(size=(20, rows)), rng.normal(size=(hidden, 10)) / np.sqrt(hidden)
    b1, b2 = rng.normal(size=hidden), rng.normal(size=10)
    loss = _cross_entropy(xp, one_hot((20, 10), rng))
    return lambda W1: loss(xp.dot(xp.maximum(xp.dot(x, W1) + b1, 0.0), W2) + b2)


def _cross_entropy(xp: Any, t: np.ndarray) -> Number:
    def loss(scores: np.ndarray) -> Any:
        shifted = scores - xp.max(scores, axis=1, keepdims=True)
        log_sums = xp.log(xp.sum(xp.exp(shifted), axis=1))
        return xp.mean(log_sums - xp.sum(t * shifted, axis=1))

    return loss


def one_hot(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Rows with a single 1."""
    return np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]


def problems(point: int) -> Iterator[Problem]:
    """Every number, with arrays of every size; the numbers follow from `point`."""
    for make in (affine_relu, softmax_with_loss, mean_squared_error, two_layer_net):
        for shape in SHAPES:
            yield made(make, shape, point)


def made(make: Callable[..., Number], shape: tuple[int, int], point: int) -> Problem:
    """One number and one point; all of it follows from `point`."""
    f, traced = (make(xp, shape, np.random.default_rng(point)) for xp in (np, traced_numpy))
    at = np.random.default_rng([point, 1]).normal(size=shape)
    return Problem(make.__name__, f, traced, at)


def loop(h: float) -> Callable[[Problem], np.ndarray]:
    """The loop known from courses and books: the array is nudged in place, and put back."""

    def measured(problem: Problem) -> np.ndarray:
        x, gradient = problem.at.copy(), np.zeros_like(problem.at)
        it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
        while not it.finished:
            index = it.multi_index
            old = x[index]
            x[index] = old + h
            up = problem.f(x)
            x[index] = old - h
            down = problem.f(x)
            gradient[index] = (up - down) / (2 * h)
            x[index] = old
            it.iternext()
        return gradient

    return measured


def scipy_forward(problem: Problem) -> np.ndarray:
    """SciPy's forward differences, with the step it chooses."""
    shape = problem.at.shape
    return approx_fprime(problem.at.ravel(), lambda x: problem.f(x.reshape(shape))).reshape(shape)


def scipy_jacobian(problem: Problem) -> np.ndarray:
    """SciPy's adaptive differences of eighth order, with the steps it chooses."""
    shape = problem.at.shape

    def f(x: np.ndarray) -> np.ndarray:
        return np.apply_along_axis(lambda one: [problem.f(one.reshape(shape))], 0, x)

    return jacobian(f, problem.at.ravel()).df.reshape(shape)


def autograd_numeric(problem: Problem) -> np.ndarray:
    """The numeric derivative of autograd's own tests, along every entry in turn."""
    along, unit = make_numerical_jvp(problem.f, problem.at), np.zeros_like(problem.at)
    gradient = np.empty_like(problem.at)
    for index in np.ndindex(unit.shape):
        unit[index] = 1.0
        gradient[index] = along(unit)
        unit[index] = 0.0
    return gradient


def autograd_check(problem: Problem) -> None:
    """autograd's own check of a reverse mode: one random direction, whatever the size."""
    check_grads(problem.traced, modes=["rev"], order=1)(problem.at)


def exact(problem: Problem) -> np.ndarray:
    """autograd's reverse mode."""
    return autograd.grad(problem.traced)(problem.at)


COURSE = "`central_differences`"
WAYS: dict[str, Callable[[Problem], np.ndarray | None]] = {
    COURSE: lambda problem: central_differences(problem.f, problem.at),
    "loop, h = 1e-4": loop(1e-4),
    "loop, h = 1e-5": loop(1e-5),
    "`approx_fprime`": scipy_forward,
    "`jacobian`": scipy_jacobian,
    "autograd, numeric": autograd_numeric,
    "`check_grads`": autograd_check,
    "`autograd.grad`": exact,
}
COMPARED = [way for way in WAYS if way not in ("`check_grads`", "`autograd.grad`")]


def seconds(way: Callable[[Problem], Any], problem: Problem) -> float:
    """Processor time of one measurement."""
    times, start = 0, time.process_time()
    while (spent := time.process_time() - start) < ENOUGH:
        way(problem)
        times += 1
    return spent / times


def error(measured: np.ndarray, right: np.ndarray) -> float:
    """The largest error of an entry, as a share of the entry."""
    size = np.maximum(np.abs(measured), np.abs(right))
    return float(np.max(np.abs(measured - right) / np.where(size == 0.0, 1.0, size)))


@dataclass
class Row:
    """One number of an array of one size: in each round, what every way took and how it erred."""

    name: str
    entries: int
    times: list[dict[str, float]]
    errors: list[dict[str, float]]

    def ratio(self, way: str) -> float:
        """The median of this way's time as a multiple of the course's in the same round."""
        return median(turn[way] / turn[COURSE] for turn in self.times)

    def typical(self, way: str) -> float:
        return median(turn[way] for turn in self.errors)

    def worst(self, way: str) -> float:
        return max(turn[way] for turn in self.errors)


def measured(points: int) -> list[Row]:
    """A row for every problem, with a round at each point."""
    rows = [Row(p.name, p.at.size, [], []) for p in problems(0)]
    for point in range(points):
        for row, problem in zip(rows, problems(point), strict=True):
            right = exact(problem)
            row.times.append({name: seconds(way, problem) for name, way in WAYS.items()})
            row.errors.append({name: error(WAYS[name](problem), right) for name in COMPARED})
    return rows


def spoilt(points: int) -> dict[str, int]:
    """At how many points each way gets an entry of `affine_relu` wrong by more than 1 %."""
    ways = [way for way in COMPARED if way != "`jacobian`"]  # its steps of 0.5 cross most corners
    found = dict.fromkeys(ways, 0)
    for point in range(points):
        problem = made(affine_relu, SHAPES[1], point)
        right = exact(problem)
        for way in ways:
            found[way] += error(WAYS[way](problem), right) > 0.01
    return found


def print_table(heads: list[str], lines: list[list[str]]) -> None:
    print(f"\n| {' | '.join(heads)} |\n|---{'|--:' * (len(heads) - 1)}|")
    for line in lines:
        print(f"| {' | '.join(line)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=9, help="points, and rounds, of each number")
    parser.add_argument("--corners", type=int, default=1000, help="points of the last table")
    asked = parser.parse_args()
    rows = measured(asked.points)
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"autograd {metadata.version('autograd')}, {platform.machine()}"
    )
    others = [way for way in WAYS if way != COURSE]
    print_table(
        ["time", "entries", f"{COURSE}, ms", *others],
        [
            [
                f"`{row.name}`",
                str(row.entries),
                f"{1000 * median(turn[COURSE] for turn in row.times):.2f}",
                *(f"{row.ratio(way):.2g}" for way in others),
            ]
            for row in rows
        ],
    )
    print_table(
        ["error: median (largest)", "entries", *COMPARED],
        [
            [
                f"`{row.name}`",
                str(row.entries),
                *(f"{row.typical(way):.0e} ({row.worst(way):.0e})" for way in COMPARED),
            ]
            for row in rows
        ],
    )
    found = spoilt(asked.corners)
    print_table(
        [f"`affine_relu`, 192 entries, {asked.corners} points", *found],
        [["an entry wrong by over 1 %", *map(str, found.values())]],
    )


if __name__ == "__main__":
    main()
