"""Names the mistake behind a wrong gradient, from the numbers alone.

Every rule must hold on every card that came out wrong: one coincidence is no diagnosis. Where
nothing fits, the cause is called unknown; a wrong diagnosis is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Any, Literal

import numpy as np

from course.messages import say
from course.verdict import Diagnosis

Subject = Literal["gradient", "value", "measured"]
"""What a result is: what a backward pass returned, a plain value, or a slope got by measuring."""


@dataclass(frozen=True)
class Evidence:
    """One wrong result: yours and expected, and the other quantities of the same card by name.

    `expected` is nan where an entry leaves a choice, as a slope at a corner does: it is left out.
    `others` are of the same kind as it; `values` are what the forward pass makes, where it is a
    gradient. `sizes` are those of the card's arrays, by name. `spread` is how far right values may
    lie apart, as a share of their size.
    """

    yours: np.ndarray
    expected: np.ndarray
    inputs: Mapping[str, Any] = field(default_factory=dict)
    upstream: tuple[Any, ...] = ()
    others: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    spread: float = 0.0


def diagnose(evidence: Sequence[Evidence], subject: Subject = "gradient") -> Diagnosis:
    """The first signature that fits all of the evidence; where none does, the cause is unknown."""
    usable = _distinct(e for e in evidence if np.any(_settled(e)))
    if any(np.any(e.expected[_settled(e)]) for e in usable):
        for signature in _SIGNATURES[subject]:
            for found in signature(usable):
                return found if subject == "gradient" else _looking(found, subject)
    return named(f"unknown_{subject}")


def named(key: str, **values: object) -> Diagnosis:
    """The diagnosis of this key, its sentences from the catalogue of messages."""
    return Diagnosis(key, say(f"{key}.why", **values), say(f"{key}.look", **values))


def _looking(found: Diagnosis, subject: Subject) -> Diagnosis:
    """The same cause with a question that speaks of values or of measuring, not of derivatives."""
    own = f"{found.code}_{subject}"
    if own in _OWN_WORDS:
        return named(own)
    return replace(found, look=say(f"of_{subject}.look"))


def _distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence without repetitions: the same numbers on another card tell nothing new."""
    seen = {(e.yours.tobytes(), e.expected.tobytes()): e for e in evidence}
    return list(seen.values())


def _several(evidence: Sequence[Evidence]) -> bool:
    """Whether there are two numbers to go by: a single one fits too many stories."""
    return sum(int(np.sum(_settled(e))) for e in evidence) > 1


def _settled(e: Evidence) -> np.ndarray:
    """Which entries have one right answer only."""
    return ~np.isnan(e.expected)


def _everywhere(evidence: Sequence[Evidence], guess: Callable[[Evidence], Any]) -> bool:
    """Whether the guess reproduces every wrong result, and isn't the right answer itself."""
    try:
        return all(_same(e.yours, guess(e), _settled(e), 1e-6 + e.spread) for e in evidence)
    except ValueError:  # quantities whose shapes don't combine
        return False


def _same(mine: np.ndarray, guess: Any, settled: np.ndarray, tolerance: float) -> bool:
    """Whether a guess gives mine in every entry that is settled."""
    if guess is None:
        return False
    try:
        guess = np.asarray(guess, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    if guess.shape != mine.shape:
        return False
    mine, guess = mine[settled], guess[settled]
    if not np.all(np.isfinite(guess)):
        return False
    size = max(float(np.max(np.abs(guess))), float(np.max(np.abs(mine))))
    return bool(np.all(np.abs(mine - guess) <= tolerance * size))


def _zero(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if all(not np.any(e.yours) for e in evidence):
        yield named("zero")


def _sign(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if _everywhere(evidence, lambda e: -e.expected):
        yield named("sign")


def _swapped(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    for name in evidence[0].others if _several(evidence) else ():
        if _telling(evidence, name) and _everywhere(evidence, partial(_other, name=name)):
            yield named("swapped", other=name)


def _value_of(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    for name in evidence[0].values if _several(evidence) else ():
        if _everywhere(evidence, partial(_value, name=name)):
            yield named("value_of", other=name)


def _other(e: Evidence, name: str) -> Any:
    return e.others.get(name)


def _value(e: Evidence, name: str) -> Any:
    return e.values.get(name)


def _telling(evidence: Sequence[Evidence], name: str) -> bool:
    """A quantity that was equal to the right answer, or all zero, would tell nothing."""
    return any(name in e.others and np.any(np.asarray(e.others[name])) for e in evidence)


def _upstream(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if not _several(evidence):
        return
    if all(len(e.upstream) == 2 for e in evidence):
        for which, place in (("the first", 0), ("the second", 1)):
            if _everywhere(evidence, partial(_upstream_at, place=place)):
                yield named("one_upstream", which=which)
        return
    if any(len(e.upstream) != 1 for e in evidence):
        return
    if _everywhere(evidence, lambda e: e.upstream[0]):
        yield named("upstream")
    elif _everywhere(evidence, lambda e: e.expected / np.asarray(e.upstream[0])):
        yield named("no_upstream")
    elif _everywhere(evidence, lambda e: e.expected * np.asarray(e.upstream[0])):
        yield named("upstream_squared")


def _upstream_at(e: Evidence, place: int) -> Any:
    return e.upstream[place]


def _transposed(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    square = [e for e in evidence if e.expected.ndim == 2]
    if len(square) == len(evidence) and _everywhere(evidence, lambda e: e.expected.T):
        yield named("transposed")


def _factor(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """One simple factor on all cards."""
    if not _several(evidence):
        return
    for factor in (Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 3), Fraction(4)):
        if _everywhere(evidence, partial(_scaled, factor=factor)):
            yield named("factor", factor=factor)


def _size_factor(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """A factor that is the size of something on each card, and so differs from card to card."""
    if not _several(evidence):
        return
    for size in evidence[0].sizes:
        for key, power in (("over_size", -1), ("times_size", 1)):
            if _everywhere(evidence, partial(_resized, size=size, power=power)):
                counts = sorted({e.sizes[size] for e in evidence})
                yield named(key, size=size, count=" or ".join(map(str, counts)))
                return


def _resized(e: Evidence, size: str, power: int) -> Any:
    return e.expected * float(e.sizes[size]) ** power if e.sizes.get(size, 1) > 1 else None


def _path_missing(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """What is missing is the upstream gradient itself: a way on which the slope is 1."""
    if not _several(evidence) or any(len(e.upstream) != 1 for e in evidence):
        return
    if _everywhere(evidence, _without_upstream):
        yield named("path_missing")


def _without_upstream(e: Evidence) -> np.ndarray:
    rest = e.expected - np.asarray(e.upstream[0])
    # What was measured leaves its rounding behind where nothing should be left.
    return np.where(np.abs(rest) < 1e-6 * np.max(np.abs(e.expected)), 0.0, rest)


def _input_factor(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if not _several(evidence):
        return
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


Signature = Callable[[Sequence[Evidence]], Iterator[Diagnosis]]
_SIGNATURES: Mapping[Subject, tuple[Signature, ...]] = {
    "gradient": (
        _zero,
        _sign,
        _upstream,
        _swapped,
        _value_of,
        _transposed,
        _factor,
        _size_factor,
        _input_factor,
        _path_missing,
    ),
    "value": (_zero, _sign, _swapped, _transposed, _factor, _size_factor, _input_factor),
    "measured": (_zero, _sign, _transposed, _factor),
}
_OWN_WORDS = {"zero_measured", "zero_value"}
