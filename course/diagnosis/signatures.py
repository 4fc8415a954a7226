"""Names a cause from the numbers alone, where no known mistake leaves them.

Every signature is a fact that holds on every card that came out wrong: one coincidence is no
diagnosis. They are asked in order, the most telling first, and the first that holds is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from course.diagnosis import places, relations
from course.diagnosis.evidence import (
    Evidence,
    Subject,
    distinct,
    everywhere,
    named,
    several,
)
from course.messages import SENTENCES, say
from course.verdict import Diagnosis


def diagnose(evidence: Sequence[Evidence], subject: Subject = "gradient") -> Diagnosis:
    """The first signature that fits all of the evidence; where none does, the cause is unknown."""
    usable = distinct(e for e in evidence if np.any(e.settled))
    if any(np.any(e.expected[e.settled]) for e in usable):
        with np.errstate(all="ignore"):
            for signature in _SIGNATURES[subject]:
                for found in signature(usable):
                    return found if subject == "gradient" else _looking(found, subject)
    return named(f"unknown_{subject}")


def _looking(found: Diagnosis, subject: Subject) -> Diagnosis:
    """The same cause with a question that speaks of values or of measuring, not of derivatives."""
    own = f"{found.code}_{subject}"
    if f"{own}.why" in SENTENCES:
        return named(own)
    return replace(found, look=say(f"of_{subject}.look"))


def _zero(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if all(not np.any(e.yours) for e in evidence):
        yield named("zero")


def _sign(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if everywhere(evidence, lambda e: -e.expected):
        yield named("sign")


def _swapped(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    for name in evidence[0].others if several(evidence) else ():
        if _telling(evidence, name) and everywhere(evidence, partial(_other, name=name)):
            yield named("swapped", other=name)


def _value_of(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    for name in evidence[0].values if several(evidence) else ():
        if everywhere(evidence, partial(_value, name=name)):
            yield named("value_of", other=name)


def _other(e: Evidence, name: str) -> Any:
    return e.others.get(name)


def _value(e: Evidence, name: str) -> Any:
    return e.values.get(name)


def _telling(evidence: Sequence[Evidence], name: str) -> bool:
    """A quantity that was equal to the right answer, or all zero, would tell nothing."""
    return any(name in e.others and np.any(np.asarray(e.others[name])) for e in evidence)


def _upstream(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    if not several(evidence):
        return
    if all(len(e.upstream) == 2 for e in evidence):
        for which, place in (("the first", 0), ("the second", 1)):
            if everywhere(evidence, partial(_upstream_at, place=place)):
                yield named("one_upstream", which=which)
        return
    if any(len(e.upstream) != 1 for e in evidence):
        return
    if everywhere(evidence, lambda e: e.upstream[0]):
        yield named("upstream")
    elif everywhere(evidence, lambda e: e.expected / np.asarray(e.upstream[0])):
        yield named("no_upstream")
    elif everywhere(evidence, lambda e: e.expected * np.asarray(e.upstream[0])):
        yield named("upstream_squared")


def _upstream_at(e: Evidence, place: int) -> Any:
    return e.upstream[place]


def _transposed(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    square = [e for e in evidence if e.expected.ndim == 2]
    if len(square) == len(evidence) and everywhere(evidence, lambda e: e.expected.T):
        yield named("transposed")


def _factor(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """One simple factor on all cards."""
    if not several(evidence):
        return
    for factor in (Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 3), Fraction(4)):
        if everywhere(evidence, partial(_scaled, factor=factor)):
            yield named("factor", factor=factor)


def _size_factor(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """A factor that is the size of something on each card, and so differs from card to card."""
    if not several(evidence):
        return
    for size in evidence[0].sizes:
        for key, power in (("over_size", -1), ("times_size", 1)):
            if everywhere(evidence, partial(_resized, size=size, power=power)):
                counts = sorted({e.sizes[size] for e in evidence})
                yield named(key, size=size, count=" or ".join(map(str, counts)))
                return


def _resized(e: Evidence, size: str, power: int) -> Any:
    return e.expected * float(e.sizes[size]) ** power if e.sizes.get(size, 1) > 1 else None


def _path_missing(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """What is missing is the upstream gradient itself: a way on which the slope is 1."""
    if not several(evidence) or any(len(e.upstream) != 1 for e in evidence):
        return
    if everywhere(evidence, _without_upstream):
        yield named("path_missing")


def _without_upstream(e: Evidence) -> np.ndarray:
    rest = e.expected - np.asarray(e.upstream[0])
    # What was measured leaves its rounding behind where nothing should be left.
    return np.where(np.abs(rest) < 1e-6 * np.max(np.abs(e.expected)), 0.0, rest)


def _scaled(e: Evidence, factor: Fraction) -> np.ndarray:
    return float(factor) * e.expected


Signature = Callable[[Sequence[Evidence]], Iterator[Diagnosis]]
_ALSO: tuple[Signature, ...] = (
    relations.times_a_quantity,
    relations.function_of_the_right_one,
    relations.equals_a_quantity,
    relations.one_factor,
    relations.off_by_a_quantity,
    relations.product_of_two,
    relations.function_of_a_quantity,
    places.wrong_side_of_a_quantity,
    places.rows_and_columns,
    relations.factor_of_each_card,
    relations.factor_of_each_row,
    places.other_order,
    relations.wrong_sums,
    places.constant,
    places.wrong_where,
    relations.nearly,
)
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
        _path_missing,
        *_ALSO,
    ),
    "value": (_zero, _sign, _swapped, _transposed, _factor, _size_factor, *_ALSO),
    "measured": (_zero, _sign, _transposed, _factor, relations.one_factor, relations.nearly),
}
