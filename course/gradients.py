"""Numeric derivatives, and the tolerance they deserve.

A gradient is measured with central differences in float64. How far a right gradient may lie from
the measured one follows from the scale of both: there is no fixed absolute tolerance anywhere,
because one that is kind to large gradients accepts any small one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

STEP = 1e-5
GRADIENT_TOLERANCE = 1e-6
VALUE_TOLERANCE = 1e-6
FLOAT32_TOLERANCE = 1e-4
AT_ONCE = 128  # entries
EPS = float(np.finfo(np.float64).eps)


def step(x: float | np.ndarray, h: float = STEP) -> np.ndarray:
    """The step for each entry of x: h, or a billionth of the entry where h would be lost in it."""
    return np.maximum(h, 1e-9 * np.abs(x))


def central_differences(
    f: Callable[[np.ndarray], float], x: float | np.ndarray, h: float = STEP
) -> np.ndarray:
    """The gradient of the number f(x), in the shape of x (any shape, () included); 2 calls an
    entry.

    f gets a fresh float64 array each time, so it may keep or change what it is given.
    """
    return central_differences_at_once(
        lambda points: np.array([f(point.copy()) for point in points]), x, h
    )


def central_differences_at_once(
    f: Callable[[np.ndarray], np.ndarray], x: float | np.ndarray, h: float = STEP
) -> np.ndarray:
    """The same gradient, where f gives the numbers of many points at once.

    f gets an array with a point in each row, of shape (2 * entries, *x.shape), for at most
    `AT_ONCE` entries of x; it returns a number for each row.
    """
    x = np.asarray(x, dtype=np.float64)
    steps, gradient = step(x, h).reshape(-1), np.empty(x.size)
    for begin in range(0, x.size, AT_ONCE):
        some = np.arange(begin, min(begin + AT_ONCE, x.size))
        points = np.tile(x.reshape(-1), (2 * some.size, 1))
        up, down = points[::2], points[1::2]
        row = np.arange(some.size)
        up[row, some] += steps[some]
        down[row, some] -= steps[some]
        width = up[row, some] - down[row, some]
        values = f(points.reshape(-1, *x.shape))
        gradient[some] = (values[::2] - values[1::2]) / width
    return gradient.reshape(x.shape)


def central_differences_each(
    f: Callable[[list[np.ndarray]], float], layers: Sequence[np.ndarray], h: float = STEP
) -> list[np.ndarray]:
    """The gradient of the number f(layers) in every array of a list; 2 calls an entry."""

    def moving(place: int) -> Callable[[np.ndarray], float]:
        return lambda moved: f([*layers[:place], moved, *layers[place + 1 :]])

    return [central_differences(moving(place), at, h) for place, at in enumerate(layers)]


def noise(value: float | np.ndarray, h: float = STEP) -> float:
    """How far rounding alone can move a central difference of a function of this value."""
    return float(50 * EPS * np.max(np.abs(value), initial=0.0) / h)


def gradient_allowance(expected: np.ndarray, noise: float) -> np.ndarray:
    """How far each entry of a right gradient may lie from the measured one."""
    size = np.abs(expected)
    return GRADIENT_TOLERANCE * (size + np.max(size, initial=0.0)) + noise


def value_allowance(expected: np.ndarray) -> np.ndarray:
    """How far each entry of a right value may lie from the reference."""
    size = np.abs(expected)
    return VALUE_TOLERANCE * (size + np.max(size, initial=0.0))


def float32_allowance(expected: np.ndarray) -> np.ndarray:
    """The allowance for results that were computed in single precision."""
    return np.full(np.shape(expected), FLOAT32_TOLERANCE * np.max(np.abs(expected), initial=0.0))


def corners(f: Callable[[np.ndarray], float], x: float | np.ndarray, h: float = STEP) -> np.ndarray:
    """Bool, the shape of x: where f has a corner within one step, so that no slope can be measured.

    Curvature bends f around x as much as it does a little further on, to either side; a corner
    bends it in one place only. 7 calls an entry.
    """
    x = np.asarray(x, dtype=np.float64)
    steps, found = step(x, h), np.zeros(x.shape, dtype=bool)
    for index in np.ndindex(x.shape):
        values = []
        for k in range(-3, 4):
            moved = x.copy()
            moved[index] += k * steps[index]
            values.append(f(moved))
        rises = np.diff(values)
        left, here, right = np.abs(np.diff(rises))[[0, 2, 4]]
        slope = np.max(np.abs(rises)) / steps[index]
        rounding = 50 * EPS * (np.max(np.abs(values)) + slope * abs(x[index]))
        found[index] = here > 2 * max(left, right) + rounding
    return found
