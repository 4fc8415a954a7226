"""Signatures of results that have another shape than the one that is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course.diagnosis.evidence import Evidence, named, same
from course.verdict import Diagnosis


def diagnose_shape(evidence: Sequence[Evidence]) -> Diagnosis:
    """What the right numbers would have to go through to become these, or that it is unknown."""
    if any(e.yours.size == 0 or e.expected.size == 0 for e in evidence):
        return named("unknown_shape")
    if all(e.yours.ndim == 2 and _is(e, e.yours.T) for e in evidence):
        return named("turned")
    as_many = all(e.yours.size == e.expected.size for e in evidence)
    if as_many and all(_is(e, e.yours.reshape(e.expected.shape)) for e in evidence):
        return named("reshaped")
    if all(_is(e, _column_of(e)) for e in evidence):
        return named("repeated")
    for axes in ((0,), (1,), (-1,), (0, 1), (1, 2), (2, 3)):
        for key, reduction in (("not_summed", np.sum), ("not_averaged", np.mean)):
            if all(_reduces(e.yours, e.expected, axes, reduction) for e in evidence):
                return named(key, axis=_axes(axes))
            if all(_reduces(e.expected, e.yours, axes, reduction) for e in evidence):
                told = "summed_away" if reduction is np.sum else "averaged_away"
                return named(told, axis=_axes(axes))
    return named("unknown_shape")


def _axes(axes: tuple[int, ...]) -> str:
    return " and ".join(map(str, axes)) if axes != (-1,) else "-1"


def _is(e: Evidence, guess: np.ndarray | None) -> bool:
    return guess is not None and same(e.expected, guess, e.settled)


def _reduces(
    large: np.ndarray, small: np.ndarray, axes: tuple[int, ...], reduction: object
) -> bool:
    """Whether the large one, reduced along the axes, has the numbers of the small one."""
    if not all(-large.ndim <= axis < large.ndim for axis in axes) or large.size <= small.size:
        return False
    reduced = np.asarray(reduction(large, axis=axes))  # type: ignore[operator]
    if reduced.size != small.size:
        return False
    everything = np.ones(small.size, dtype=bool)
    return same(reduced.ravel(), small.ravel(), everything)


def _column_of(e: Evidence) -> np.ndarray | None:
    """One slice of a result that repeats itself along an axis."""
    for axis in range(e.yours.ndim):
        first = np.take(e.yours, [0], axis=axis)
        if first.size == e.expected.size and np.all(first == e.yours):
            return first.reshape(e.expected.shape)
    return None
