"""What a signature has to go by: wrong numbers, right ones, and all that surrounds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from course.messages import SENTENCES, say
from course.verdict import Diagnosis

Subject = Literal["gradient", "value", "measured"]
"""What a result is: what a backward pass returned, a plain value, or a slope got by measuring."""

MOST_QUANTITIES = 40
SAMPLED = 4


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

    @cached_property
    def settled(self) -> np.ndarray:
        """Which entries have one right answer only."""
        return ~np.isnan(self.expected)

    @cached_property
    def off(self) -> np.ndarray:
        """Which entries are wrong."""
        size = max(_largest(self.expected[self.settled]), 1e-300)
        with np.errstate(invalid="ignore"):
            return self.settled & ~(np.abs(self.yours - self.expected) <= 1e-6 * size)

    @cached_property
    def quantities(self) -> dict[str, np.ndarray]:
        """Everything numeric on the card, by the name a learner knows it by."""
        named: dict[str, np.ndarray] = {}
        single = len(self.upstream) == 1
        douts = {"dout" if single else f"dout{k}": d for k, d in enumerate(self.upstream, 1)}
        forward = {"the output" if k == "forward" else k: v for k, v in self.values.items()}
        for name, value in {**self.inputs, **douts, **forward, **self.others}.items():
            if isinstance(value, list):
                layers = {
                    f"{name}[{k}]": each
                    for k, each in enumerate(value)
                    if _is_numeric(each) and np.ndim(each)
                }
            else:
                layers = {name: value}
            for key, layer in layers.items():
                if len(named) < MOST_QUANTITIES and _is_numeric(layer):
                    named[key] = np.asarray(layer, dtype=np.float64)
        return named

    @cached_property
    def fitting(self) -> dict[str, np.ndarray]:
        """The quantities that have the shape of the result, or fit into it."""
        return {
            name: np.broadcast_to(value, self.yours.shape)
            for name, value in self.quantities.items()
            if _fits_into(value.shape, self.yours.shape)
        }


def named(key: str, **values: object) -> Diagnosis:
    """The diagnosis of this key, its sentences from the catalogue of messages."""
    brief = f"{key}.brief"
    return Diagnosis(
        key,
        say(f"{key}.why", **values),
        say(f"{key}.look", **values),
        say(brief) if brief in SENTENCES else "",
    )


def distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence without repetitions: the same numbers on another card tell nothing new."""
    seen = {(e.yours.tobytes(), e.expected.tobytes()): e for e in evidence}
    return list(seen.values())


def several(evidence: Sequence[Evidence], least: int = 2) -> bool:
    """Whether there are several numbers to go by: a single one fits too many stories."""
    return sum(int(np.sum(e.settled)) for e in evidence) >= least


def everywhere(evidence: Sequence[Evidence], guess: Callable[[Evidence], Any]) -> bool:
    """Whether the guess reproduces every wrong result."""
    with np.errstate(all="ignore"):
        try:
            return all(same(e.yours, guess(e), e.settled, 1e-6 + e.spread) for e in evidence)
        except ValueError:  # quantities whose shapes don't combine
            return False


def same(mine: np.ndarray, guess: Any, settled: np.ndarray, tolerance: float = 1e-6) -> bool:
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
    size = max(_largest(guess), _largest(mine))
    return bool(np.all(np.abs(mine - guess) <= tolerance * size))


def quantity(e: Evidence, name: str) -> np.ndarray | None:
    """A quantity of the card in the shape of the result, where it fits into that."""
    return e.fitting.get(name)


@dataclass(frozen=True)
class Sample:
    """A few entries of the first wrong result, and all quantities of its card at these places.

    Guesses that fail here need not be tried on all cards; those that hold here must be.
    """

    names: tuple[str, ...]
    table: np.ndarray
    yours: np.ndarray
    expected: np.ndarray

    @classmethod
    def of(cls, evidence: Sequence[Evidence]) -> Sample:
        first = evidence[0]
        places = np.flatnonzero(first.settled)
        strongest = np.argsort(-np.abs(first.yours.ravel()[places]), kind="stable")[:SAMPLED]
        places = places[strongest]
        rows = [value.ravel()[places] for value in first.fitting.values()]
        table = np.array(rows, dtype=np.float64).reshape(len(rows), len(places))
        yours, expected = first.yours.ravel()[places], first.expected.ravel()[places]
        return cls(tuple(first.fitting), table, yours, expected)

    def fits(self, guesses: Any) -> np.ndarray:
        """Which of many guesses, each a last axis of entries, hold for this sample."""
        size = np.maximum(np.max(np.abs(guesses), axis=-1), np.max(np.abs(self.yours)))
        off = np.max(np.abs(guesses - self.yours), axis=-1)
        return np.asarray(off <= 1e-5 * size)


def _fits_into(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether NumPy would repeat an array of one shape to fill the other."""
    pairs = zip(shape[::-1], other[::-1], strict=False)
    return len(shape) <= len(other) and all(one in (1, two) for one, two in pairs)


def _largest(numbers: np.ndarray) -> float:
    return float(np.max(np.abs(numbers), initial=0.0))


def _is_numeric(value: Any) -> bool:
    if isinstance(value, bool | np.bool_ | str):
        return False
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu" and value.size > 0
    return isinstance(value, int | float)
