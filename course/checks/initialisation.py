"""The check of random weights: their shape, their size, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.cards import Card
from course.checks.compare import Comparison, compare, failed, told
from course.checks.function import Function
from course.checks.observe import Observation, Observed
from course.givens import Given
from course.messages import say
from course.session import Session


@dataclass(frozen=True)
class Initialisation:
    """A function (n_in, n_out, rng) -> weights (n_out, n_in), and functions that look at weights.

    A card about `name` has n_in, n_out and a seed; `expected` is the standard deviation. The others
    are asked as `Function` asks, by the settings in `beside`.
    """

    name: str
    beside: Mapping[str, Any]

    def parts(self) -> Mapping[str, Sequence[str]]:
        own = {leaf: [leaf] for leaf in ("shape", "size", "drawn from rng")}
        return own | dict(Function(**self.beside).parts())

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for card in cards:
            if card.about == self.name:
                for leaf, comparison in self._asked(session, card, observed).items():
                    observed.observations.append(Observation(leaf, card, comparison))
        rest = Function(**self.beside).ask(session, [c for c in cards if c.about != self.name])
        observed.observations += rest.observations
        observed.remarks += rest.remarks
        observed.changed += rest.changed
        observed.printed = observed.printed or rest.printed
        return observed

    def _asked(self, session: Session, card: Card, observed: Observed) -> dict[str, Comparison]:
        n_in, n_out, seed = (card.inputs[key] for key in ("n_in", "n_out", "seed"))
        rng = session.build(Given("generator", {"seed": seed})).value
        again = session.build(Given("generator", {"seed": seed})).value
        drawn = []
        for source in ([rng], [rng], [again], [], []):
            reply = observed.heard(session.call(self.name, None, n_in, n_out, *source))
            if reply.error is not None:
                return dict.fromkeys(
                    ("shape", "size", "drawn from rng"), failed(reply.error, self.name)
                )
            drawn.append(reply.value)
        shapes = [compare(weights, np.zeros((n_out, n_in)), noise=np.inf) for weights in drawn]
        wrong = next((shape for shape in shapes if not shape.ok), None)
        if wrong is not None:
            waits = Comparison("blocked", say("shape_first"))
            return {"shape": wrong, "size": waits, "drawn from rng": waits}
        drawn = [shape.yours for shape in shapes]
        sizes = [self._size(weights, float(card.expected["size"])) for weights in drawn]
        return {
            "shape": shapes[0],
            "size": next((size for size in sizes if not size.ok), sizes[0]),
            "drawn from rng": self._drawn(*drawn),
        }

    def _size(self, weights: np.ndarray, wanted: float) -> Comparison:
        """The right size, and no row or column that repeats another."""
        std = float(np.std(weights))
        for axis in (0, 1):
            # Rows that repeat one another have the right size and make units that never differ.
            means = np.mean(weights, axis=axis)
            if np.std(means) > 3 * std / np.sqrt(weights.shape[axis]):
                return told("value", "weights_alike", which=("rows", "columns")[axis])
        if weights.shape[1] >= 100 and weights.shape[0] <= 50:
            with np.errstate(invalid="ignore", divide="ignore"):
                alike = np.abs(np.corrcoef(weights)) - np.eye(len(weights))
            if np.any(alike > 0.9):
                return told("value", "weights_parallel")
        return as_drawn(weights, wanted)

    def _drawn(
        self,
        first: np.ndarray,
        second: np.ndarray,
        again: np.ndarray,
        fresh: np.ndarray,
        other: np.ndarray,
    ) -> Comparison:
        """Two draws from one rng, one from its twin, and two without any."""
        if np.array_equal(first, second):
            return told("value", "same_weights")
        if not np.array_equal(first, again):
            return told("value", "own_rng")
        if np.array_equal(fresh, other):
            return told("value", "fixed_seed")
        return Comparison("right")


def as_drawn(weights: np.ndarray, wanted: float) -> Comparison:
    """Whether mean and standard deviation are 0 and `wanted`, to five times what chance does."""
    finite = compare(weights, np.zeros(weights.shape), noise=np.inf)
    if not finite.ok:
        return finite
    mean, std = float(np.mean(weights)), float(np.std(weights))
    chance = wanted / float(np.sqrt(weights.size))
    if not abs(mean) <= 5 * max(std, wanted) / float(np.sqrt(weights.size)):
        return told("value", "weights_mean", yours=mean)
    if not abs(std - wanted) <= 5 * chance / np.sqrt(2):
        return told("value", "weights_std", yours=std, expected=wanted)
    return Comparison("right")
