"""Names the mistake behind a wrong gradient, from the numbers alone.

Every rule must hold on every card that came out wrong: one coincidence is no diagnosis. Where
nothing fits, the cause is called unknown; a wrong diagnosis is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from course.messages import say
from course.verdict import Diagnosis


@dataclass(frozen=True)
class Evidence:
    """One wrong result: yours and expected, and the other quantities of the same card by name."""

    yours: np.ndarray
    expected: np.ndarray
    inputs: Mapping[str, Any] = field(default_factory=dict)
    upstream: tuple[Any, ...] = ()
    others: Mapping[str, Any] = field(default_factory=dict)


def diagnose(evidence: Sequence[Evidence]) -> Diagnosis | None:
    """The first signature that fits all of the evidence, or None."""
    usable = [e for e in evidence if e.yours.size and np.any(e.expected)]
    if not usable:
        return None
    return next((rule for signature in _SIGNATURES for rule in signature(usable)), None)


def unknown(is_gradient: bool) -> Diagnosis:
    """What is said where no signature fits."""
    key = "unknown_gradient" if is_gradient else "unknown_value"
    return named(key)


def named(key: str, **values: object) -> Diagnosis:
    """The diagnosis of this key, its sentences from the catalogue of messages."""
    return Diagnosis(key, say(f"{key}.why", **values), say(f"{key}.look", **values))


def _everywhere(evidence: Sequence[Evidence], guess: Callable[[Evidence], Any]) -> bool:
    """Whether the guess reproduces every wrong result, and isn't the right answer itself."""
    return all(_same(e.yours, guess(e)) for e in evidence)


def _same(mine: np.ndarray, guess: Any) -> bool:
    if guess is None:
        return False
    try:
        guess = np.asarray(guess, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    if guess.shape != mine.shape or not np.all(np.isfinite(guess)):
        return False
    size = max(float(np.max(np.abs(guess))), float(np.max(np.abs(mine))))
    return bool(np.all(np.abs(mine - guess) <= 1e-6 * size))


def _zero(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if all(not np.any(e.yours) for e in evidence):
        yield named("zero")


def _sign(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if _everywhere(evidence, lambda e: -e.expected):
        yield named("sign")


def _swapped(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    for name in evidence[0].others:
        if _telling(evidence, name) and _everywhere(evidence, partial(_other, name=name)):
            yield named("swapped", other=name)


def _other(e: Evidence, name: str) -> Any:
    return e.others.get(name)


def _telling(evidence: Sequence[Evidence], name: str) -> bool:
    """A quantity that was equal to the right answer, or all zero, would tell nothing."""
    return any(name in e.others and np.any(np.asarray(e.others[name])) for e in evidence)


def _upstream(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if any(len(e.upstream) != 1 for e in evidence):
        return
    if _everywhere(evidence, lambda e: e.upstream[0]):
        yield named("upstream")
    elif _everywhere(evidence, lambda e: e.expected / np.asarray(e.upstream[0])):
        yield named("no_upstream")
    elif _everywhere(evidence, lambda e: e.expected * np.asarray(e.upstream[0])):
        yield named("upstream_squared")


def _transposed(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    square = [e for e in evidence if e.expected.ndim == 2]
    if len(square) == len(evidence) and _everywhere(evidence, lambda e: e.expected.T):
        yield named("transposed")


def _factor(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """One simple factor on all cards."""
    for factor in (Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 3), Fraction(4)):
        if _everywhere(evidence, partial(_scaled, factor=factor)):
            yield named("factor", factor=factor)


def _input_factor(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    with np.errstate(divide="ignore", invalid="ignore"):
        for name in evidence[0].inputs:
            if _everywhere(evidence, partial(_times, name=name, power=1)):
                yield named("times_input", name=name)
            elif _everywhere(evidence, partial(_times, name=name, power=-1)):
                yield named("over_input", name=name)


def _scaled(e: Evidence, factor: Fraction) -> np.ndarray:
    return float(factor) * e.expected


def _times(e: Evidence, name: str, power: int) -> Any:
    value = e.inputs.get(name)
    if not isinstance(value, int | float | np.ndarray) or isinstance(value, bool):
        return None
    factor = np.asarray(value, dtype=np.float64) ** power
    # A factor of 1 everywhere can't be told from no factor at all.
    return None if np.all(np.abs(factor) == 1) else e.expected * factor


_SIGNATURES: tuple[Callable[[Sequence[Evidence]], Iterator[Diagnosis]], ...] = (
    _zero,
    _sign,
    _swapped,
    _upstream,
    _transposed,
    _factor,
    _input_factor,
)
