"""Signatures that say where the numbers are wrong, and in which order they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from course.diagnosis.evidence import Evidence, everywhere, named, quantity, same, several
from course.verdict import Diagnosis

SIDES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "{name} is 0": lambda q: q == 0,
    "{name} is below 0": lambda q: q < 0,
    "{name} is above 0": lambda q: q > 0,
    "{name} is 0 or below": lambda q: q <= 0,
    "{name} is 0 or above": lambda q: q >= 0,
}
LARGE = 300.0
"""Beyond it an exponential leaves the numbers, or comes close."""
LEAST_RIGHT = 2
"""So many entries must be right beyond a border for the border to tell something."""


def wrong_side_of_a_quantity(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """Wrong on one side of a quantity only; and what stands there instead."""
    for where, inside in _sides(evidence):
        told = _instead(evidence, inside)
        if told:
            yield named("wrong_where_is", where=where, instead=told)


def wrong_where(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """The same where nothing can be said of what stands there."""
    for where, _ in _sides(evidence):
        yield named("wrong_where", where=where)


Mask = Callable[[Evidence], np.ndarray]


def _sides(evidence: Sequence[Evidence]) -> Iterator[tuple[str, Mask]]:
    """Every side of a quantity that holds all wrong entries, and hardly any others."""
    if sum(int(np.sum(e.settled & ~e.off)) for e in evidence) < LEAST_RIGHT:
        return
    first = evidence[0]
    for name, value in first.fitting.items():
        wrong = value[first.off]
        if wrong.size and np.min(wrong) < 0 < np.max(wrong):
            continue  # on either side
        for words, side in SIDES.items():
            mask = partial(_on_side, name=name, side=side)
            if _holds_what_is_wrong(evidence, mask):
                yield words.format(name=name), mask


def _on_side(e: Evidence, name: str, side: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    value = quantity(e, name)
    return np.zeros(e.yours.shape, dtype=bool) if value is None else side(value)


def _holds_what_is_wrong(evidence: Sequence[Evidence], mask: Mask) -> bool:
    wrong, inside, right = 0, 0, 0
    for e in evidence:
        held = mask(e) & e.settled
        if np.any(e.off & ~held):
            return False
        wrong += int(np.sum(e.off))
        inside += int(np.sum(held))
        right += int(np.sum(e.settled & ~held))
    return (
        wrong >= LEAST_RIGHT and right >= max(LEAST_RIGHT, 0.2 * wrong) and wrong >= 0.75 * inside
    )


def _instead(evidence: Sequence[Evidence], mask: Mask) -> str:
    """What the entries under a mask are, where that is simple."""
    for words, guess in (
        ("0", lambda e: np.zeros(e.yours.shape)),
        ("1", lambda e: np.ones(e.yours.shape)),
        ("the right one with the other sign", lambda e: -e.expected),
        ("twice the right one", lambda e: 2.0 * e.expected),
        ("half of the right one", lambda e: 0.5 * e.expected),
    ):
        if all(same(e.yours, guess(e), mask(e) & e.settled) for e in evidence):
            return words
    for name in evidence[0].fitting:
        for words, sign in ((name, 1.0), (f"{name} with a minus", -1.0)):
            if all(_is_quantity(e, name, sign, mask) for e in evidence):
                return words
    return ""


def _is_quantity(e: Evidence, name: str, sign: float, mask: Mask) -> bool:
    value = quantity(e, name)
    return value is not None and same(e.yours, sign * value, mask(e) & e.settled)


def rows_and_columns(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """Wrong in one row, one column or one entry only, the first or the last; or on a diagonal."""
    for where, mask in (
        ("the first row", partial(_line, axis=0, place=0)),
        ("the last row", partial(_line, axis=0, place=-1)),
        ("the first column", partial(_line, axis=1, place=0)),
        ("the last column", partial(_line, axis=1, place=-1)),
        ("the first entry", partial(_entry, place=0)),
        ("the last entry", partial(_entry, place=-1)),
        ("the diagonal", _diagonal),
        ("the entries of the right class", partial(_label, inside=True)),
        ("the entries of the wrong classes", partial(_label, inside=False)),
    ):
        found = [(e, mask(e)) for e in evidence]
        masks = [(e, m) for e, m in found if m is not None]
        if len(masks) < len(found) or any(np.any(e.off & ~m) for e, m in masks):
            continue
        if sum(int(np.sum(~m & e.settled)) for e, m in masks) >= LEAST_RIGHT:
            yield named("wrong_in", where=where)


def _line(e: Evidence, axis: int, place: int) -> np.ndarray | None:
    if e.expected.ndim != 2 or e.expected.shape[axis] < 2:
        return None
    mask = np.zeros(e.expected.shape, dtype=bool)
    mask[(place, slice(None)) if axis == 0 else (slice(None), place)] = True
    return mask


def _entry(e: Evidence, place: int) -> np.ndarray | None:
    if e.expected.ndim != 1 or e.expected.size < 2:
        return None
    mask = np.zeros(e.expected.shape, dtype=bool)
    mask[place] = True
    return mask


def _diagonal(e: Evidence) -> np.ndarray | None:
    square = e.expected.ndim == 2 and len(set(e.expected.shape)) == 1
    return np.eye(len(e.expected), dtype=bool) if square else None


def _label(e: Evidence, inside: bool) -> np.ndarray | None:
    """One-hot or numbered labels t beside a table with one row a sample."""
    t = e.inputs.get("t")
    if not isinstance(t, np.ndarray) or e.expected.ndim != 2 or len(t) != len(e.expected):
        return None
    if t.ndim == 1 and t.dtype.kind in "iu":
        mask = t[:, None] == np.arange(e.expected.shape[1])
    elif t.shape == e.expected.shape and np.all((t == 0) | (t == 1)):
        mask = t == 1
    else:
        return None
    return mask if inside else ~mask


def other_order(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """The right numbers in other places."""
    if not several(evidence, 3) or any(np.any(~e.settled) for e in evidence):
        return
    if any(e.expected.ndim == 0 for e in evidence):
        return
    if everywhere(evidence, lambda e: e.expected[::-1]):
        yield named("reversed")
    elif all(_same_numbers(e) for e in evidence):
        yield named("permuted")


def _same_numbers(e: Evidence) -> bool:
    different = len(np.unique(e.expected)) >= 3
    return different and same(
        np.sort(e.yours, axis=None),
        np.sort(e.expected, axis=None),
        np.ones(e.expected.size, dtype=bool),
    )


def constant(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """One number for all entries, for all rows, or for all cards."""
    if all(e.yours.size > 1 and np.ptp(e.yours) == 0 for e in evidence):
        yield named("all_alike", which="entries")
    elif all(e.yours.ndim == 2 and len(e.yours) > 1 and not np.any(np.ptp(e.yours, axis=0))
             for e in evidence):  # fmt: skip
        yield named("all_alike", which="rows")
    elif len(evidence) > 2 and all(_equal(e.yours, evidence[0].yours) for e in evidence):
        yield named("all_alike", which="cards")


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.all(one == other))


def diagnose_not_finite(evidence: Sequence[Evidence]) -> Diagnosis:
    """Where nan and infinities stand: where something is 0, where it is large, or everywhere."""
    for name in evidence[0].fitting:
        for key, side in (("nan_at_zero", _is_zero), ("nan_at_large", _is_large)):
            if all(_exactly(e, _on_side(e, name, side)) for e in evidence):
                return named(key, name=name)
    if all(not np.any(np.isfinite(e.yours)) for e in evidence):
        return named("nan_everywhere")
    return named("nan_somewhere")


def _exactly(e: Evidence, mask: np.ndarray) -> bool:
    broken = ~np.isfinite(e.yours) & (e.yours != e.expected)
    return bool(np.any(broken) and np.array_equal(mask, broken))


def _is_zero(value: np.ndarray) -> np.ndarray:
    return value == 0


def _is_large(value: np.ndarray) -> np.ndarray:
    return np.abs(value) > LARGE
