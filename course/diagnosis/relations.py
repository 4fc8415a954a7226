"""Signatures that relate the wrong numbers to the right ones, or to others on the card."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from course.diagnosis.evidence import Evidence, Sample, everywhere, named, quantity, several
from course.messages import number
from course.verdict import Diagnosis

FUNCTIONS: Mapping[str, Callable[[np.ndarray], Any]] = {
    "the right one without its sign": np.abs,
    "the square of the right one": np.square,
    "the square root of the right one": np.sqrt,
    "the right one, with 0 where that is negative": lambda y: np.maximum(y, 0.0),
    "1 divided by the right one": np.reciprocal,
    "1 minus the right one": lambda y: 1.0 - y,
    "1 plus the right one": lambda y: 1.0 + y,
    "the right one minus 1": lambda y: y - 1.0,
    "the exponential of the right one": np.exp,
    "the logarithm of the right one": np.log,
    "the right one without what stands after the point": np.trunc,
    "the right one rounded down": np.floor,
    "the right one rounded": np.round,
    "the sign of the right one": np.sign,
}
OF_A_QUANTITY: Mapping[str, Callable[[np.ndarray], Any]] = {
    "(1 - {name})": lambda q: 1.0 - q,
    "(1 + {name})": lambda q: 1.0 + q,
    "{name} (1 - {name})": lambda q: q * (1.0 - q),
    "{name} squared": np.square,
    "(1 - {name} squared)": lambda q: 1.0 - q**2,
    "(1 - {name}) squared": lambda q: (1.0 - q) ** 2,
    "1 over {name}": lambda q: 1.0 / q,
    "1 over {name} squared": lambda q: q**-2.0,
    "exp({name})": np.exp,
    "exp(-{name})": lambda q: np.exp(-q),
    "log({name})": np.log,
    "sqrt({name})": np.sqrt,
    "tanh({name})": np.tanh,
    "sigmoid({name})": lambda q: 1.0 / (1.0 + np.exp(-q)),
    "the slope of a sigmoid at {name}": lambda q: 1.0 / (2.0 + np.exp(q) + np.exp(-q)),
    "{name} without its sign": np.abs,
    "the sign of {name}": np.sign,
    "the smaller of {name} and 0": lambda q: np.minimum(q, 0.0),
    "the larger of {name} and 0": lambda q: np.maximum(q, 0.0),
    "1 where {name} is above 0, else 0": lambda q: (q > 0) * 1.0,
    "1 where {name} is 0 or below, else 0": lambda q: (q <= 0) * 1.0,
}
ENOUGH = 3
"""Numbers it takes to believe a relation that has many rivals."""
NEAR = 1e-2


def function_of_the_right_one(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """Its square, 1 minus it, it without its sign."""
    if several(evidence, ENOUGH):
        for words, function in FUNCTIONS.items():
            if everywhere(evidence, partial(_applied, function=function)):
                yield named("function_of", function=words)


def _applied(e: Evidence, function: Callable[[np.ndarray], Any]) -> Any:
    return function(e.expected)


def times_a_quantity(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """A factor too many, or one missing, that is known by name."""
    if not several(evidence):
        return
    sample = Sample.of(evidence)
    for key, guess in TIMES.items():
        for name in _names(sample, guess(sample.expected, sample.table)):
            if everywhere(evidence, partial(_times, name=name, guess=guess)):
                yield named(key, name=name)


TIMES: Mapping[str, Callable[[np.ndarray, np.ndarray], Any]] = {
    "times_input": lambda right, q: right * q,
    "over_input": lambda right, q: right / q,
    "times_rest": lambda right, q: right * (1.0 - q),
}


def _names(sample: Sample, guesses: np.ndarray) -> list[str]:
    """The quantities for which a guess holds, as far as a sample tells."""
    return [sample.names[place] for place in np.flatnonzero(sample.fits(guesses))]


def _times(e: Evidence, name: str, guess: Callable[[np.ndarray, np.ndarray], Any]) -> Any:
    factor = quantity(e, name)
    # A factor of 1 everywhere can't be told from no factor at all.
    if factor is None or np.all(np.abs(guess(np.ones(1), factor)) == 1):
        return None
    return guess(e.expected, factor)


def equals_a_quantity(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """Something else that stands on the card, as it is or with a minus."""
    if not several(evidence, ENOUGH):
        return
    sample = Sample.of(evidence)
    for words, sign in (("{name}", 1.0), ("{name} with a minus", -1.0)):
        for name in _names(sample, sign * sample.table):
            if everywhere(evidence, partial(_multiple, name=name, factor=sign)):
                yield named("is_quantity", other=words.format(name=name))


def _multiple(e: Evidence, name: str, factor: float) -> Any:
    value = quantity(e, name)
    return None if value is None or not np.any(value) else factor * value


def one_factor(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """The same factor on all cards, whatever it is."""
    if not several(evidence, ENOUGH):
        return
    factor = _factor_of(evidence[0])
    if factor is not None and everywhere(evidence, lambda e: factor * e.expected):
        yield named("factor", factor=number(factor))


def factor_of_each_card(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """One factor for all entries of a card, another on another card."""
    factors = [_factor_of(e) for e in evidence]
    enough = all(np.sum(e.settled & (e.expected != 0)) >= ENOUGH for e in evidence)
    if enough and all(factor is not None for factor in factors):
        different = dict.fromkeys(number(factor) for factor in factors if factor is not None)
        told = ", ".join(list(different)[:3])
        yield named("card_factor", factors=told)


def _factor_of(e: Evidence) -> float | None:
    """The factor between right and wrong, from the largest entry, if all others have it too."""
    right, mine = e.expected[e.settled], e.yours[e.settled]
    place = int(np.argmax(np.abs(right)))
    if right[place] == 0 or mine[place] == 0:
        return None
    factor = float(mine[place] / right[place])
    return factor if everywhere([e], lambda e: factor * e.expected) else None


def factor_of_each_row(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """Each row, or each column, has a factor of its own."""
    tables = [e for e in evidence if _is_table(e)]
    rest = [e for e in evidence if not _is_table(e)]
    if not tables or any(np.any(~e.settled) for e in evidence):
        return
    for key, rebuilt in (("row_factor", _rescaled), ("row_shift", _reshifted)):
        # What isn't a table is one row.
        if not everywhere(rest, partial(rebuilt, axis=-1)):
            continue
        for which, axis in (("row", 1), ("column", 0)):
            if everywhere(tables, partial(rebuilt, axis=axis)):
                yield named(key, which=which)


def _rescaled(e: Evidence, axis: int) -> np.ndarray | None:
    if e.expected.ndim == 0 or e.expected.size == 0:
        return None
    strongest = np.argmax(np.abs(e.expected), axis=axis, keepdims=True)
    factor = np.take_along_axis(e.yours, strongest, axis) / np.take_along_axis(
        e.expected, strongest, axis
    )
    return e.expected * factor


def _reshifted(e: Evidence, axis: int) -> np.ndarray | None:
    if e.expected.ndim == 0:
        return None
    return e.expected + np.mean(e.yours - e.expected, axis=axis, keepdims=True)


def down_the_net(cards: Sequence[Sequence[Evidence]]) -> Diagnosis | None:
    """Each layer further down is too small by one more factor, the size of something on the card.

    `cards` has, for each card, the evidence of its wrong layers from the last to the first.
    """
    if not any(len(layers) > 1 for layers in cards):
        return None
    for size in cards[0][0].sizes:
        counts = {layers[0].sizes.get(size, 1) for layers in cards}
        if 1 not in counts and all(_shrinks(layers, size) for layers in cards):
            told = " or ".join(map(str, sorted(counts)))
            return named("over_each", size=size, count=told)
    return None


def _shrinks(layers: Sequence[Evidence], size: str) -> bool:
    """Whether layers are too small by growing powers of a size; some may be all 0 and missing."""
    powers = []
    for e in layers:
        factor = _factor_of(e)
        if factor is None or factor <= 0:
            return False
        powers.append(-np.log(factor) / np.log(e.sizes[size]))
    whole = np.allclose(powers, np.round(powers), atol=1e-5)
    return whole and powers[0] > 0.5 and bool(np.all(np.diff(powers) > 0.5))


def off_by_a_quantity(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """What is too much, or missing, is known by name."""
    if not several(evidence, ENOUGH):
        return
    sample = Sample.of(evidence)
    for key, sign in (("too_much", 1.0), ("too_little", -1.0)):
        if everywhere(evidence, partial(_shifted, name="", by=sign)):
            yield named(key, other="1")
        for much, factor in (("", 1.0), ("twice ", 2.0), ("half of ", 0.5)):
            by = sign * factor
            for name in _names(sample, sample.expected + by * sample.table):
                if everywhere(evidence, partial(_shifted, name=name, by=by)):
                    yield named(key, other=f"{much}{name}")


def _shifted(e: Evidence, name: str, by: float) -> Any:
    value = quantity(e, name) if name else np.ones(e.yours.shape)
    return None if value is None or not np.any(value) else e.expected + by * value


TWO: Mapping[str, Callable[..., Any]] = {
    "{0} times {1}": np.multiply,
    "{0} divided by {1}": np.divide,
    "{0} plus {1}": np.add,
    "{0} minus {1}": np.subtract,
}


def product_of_two(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """Two quantities of the card multiplied, divided, added or subtracted."""
    if not several(evidence, ENOUGH):
        return
    sample = Sample.of(evidence)
    for words, operation in TWO.items():
        guesses = operation(sample.table[:, None, :], sample.table[None, :, :])
        for places in np.argwhere(sample.fits(guesses)):
            names = sample.names[places[0]], sample.names[places[1]]
            if everywhere(evidence, partial(_combined, names=names, operation=operation)):
                yield named("is_quantity", other=words.format(*names))


def function_of_a_quantity(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """A simple function of one quantity, perhaps times the upstream gradient."""
    if not several(evidence, ENOUGH):
        return
    sample = Sample.of(evidence)
    douts = [name for name in sample.names if name.startswith("dout")]
    for words, function in OF_A_QUANTITY.items():
        made = function(sample.table)
        for dout in ("", *douts):
            factor = sample.table[sample.names.index(dout)] if dout else 1.0
            for name in _names(sample, made * factor):
                guess = partial(_made_of, name=name, function=function, dout=dout)
                if name != dout and everywhere(evidence, guess):
                    told = words.format(name=name)
                    yield named("is_quantity", other=f"{dout} times {told}" if dout else told)


def _made_of(e: Evidence, name: str, function: Callable[..., Any], dout: str) -> Any:
    value, factor = quantity(e, name), quantity(e, dout) if dout else 1.0
    return None if value is None or factor is None else function(value) * factor


def _combined(e: Evidence, names: tuple[str, str], operation: Callable[..., Any]) -> Any:
    one, other = (quantity(e, name) for name in names)
    return None if one is None or other is None else operation(one, other)


def wrong_sums(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """Rows or columns that must add up to 0 or 1, and don't."""
    tables = [e for e in evidence if _is_table(e)]
    if len(tables) < 2:  # on one card alone a sum may come to 0 by chance
        return
    for which, axis in (("row", 1), ("column", 0)):
        for total in (0.0, 1.0):
            wanted = all(_adds_up(e.expected, axis, total) for e in tables)
            if wanted and sum(_adds_up(e.yours, axis, total) for e in tables) <= len(tables) / 4:
                yield named("wrong_sums", which=which, total=number(total))


def _is_table(e: Evidence) -> bool:
    return e.expected.ndim == 2 and min(e.expected.shape) > 1


def _adds_up(table: np.ndarray, axis: int, total: float) -> bool:
    size = float(np.max(np.abs(table), initial=1e-300))
    return bool(np.all(np.abs(np.sum(table, axis=axis) - total) <= 1e-6 * size))


def nearly(evidence: Sequence[Evidence]) -> Iterator[Diagnosis]:
    """Right but for a little: a small constant, a step, a rounding."""
    worst = 0.0
    for e in evidence:
        size = float(np.max(np.abs(e.expected[e.settled]), initial=0.0))
        apart = float(np.max(np.abs(e.yours - e.expected)[e.settled], initial=0.0))
        worst = max(worst, apart / size if size else np.inf)
    if worst < NEAR:
        yield named("nearly", share=f"{worst:.1e}")
