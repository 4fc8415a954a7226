"""The check of a numeric gradient: any shape, the step it is given, and x put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from course.cards import Card
from course.checks.compare import Comparison, compare, failed
from course.checks.observe import Observation, Observed
from course.messages import pair, place, say
from course.session import Reply, Session, Value


@dataclass(frozen=True)
class NumericGradient:
    """A function `numeric_gradient(f, x, h)`, asked about given functions.

    A card's inputs are f (a given), x and perhaps h. `gradient` is the measured one, compared at
    the tolerance of gradients. Where a card has h, `error` is how far a central difference with
    this large step lies from the slope: an answer that is further off is too crude, and one that is
    not off at all never used h. Better stencils lie between.
    """

    name: str = "numeric_gradient"

    def parts(self) -> Mapping[str, Sequence[str]]:
        return {
            "gradient": ["gradient"],
            "any shape": ["any shape"],
            "the step h": ["the step h"],
            "x put back": ["x put back"],
        }

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for card in cards:
            reply = observed.heard(session.call(self.name, None, *card.inputs.values()))
            for leaf, comparison in self._compared(card, reply, observed).items():
                observed.observations.append(
                    Observation(leaf, card, comparison, key="gradient", measured=True)
                )
        return observed

    def _compared(self, card: Card, reply: Reply, observed: Observed) -> dict[str, Comparison]:
        leaf = "gradient" if np.ndim(card.inputs["x"]) == 1 else "any shape"
        leaf = "the step h" if "h" in card.inputs else leaf
        if reply.error is not None:
            broken = failed(reply.error, self.name)
            return {leaf: broken, "x put back": broken}
        if leaf == "the step h":
            gradient = _step_is_used(card, reply.value)
        else:
            gradient = compare(reply.value, card.expected["gradient"], card.noise["gradient"])
        back = self._put_back(card.inputs["x"], reply, observed)
        if back.ok and not gradient.ok:
            # Leaving x alone is worth something only to those who measured with it.
            back = Comparison("blocked", say("gradient_first"))
        return {leaf: gradient, "x put back": back}

    def _put_back(self, x: Value, reply: Reply, observed: Observed) -> Comparison:
        if 1 not in reply.after:
            return Comparison("right")
        before, now = np.asarray(x, dtype=np.float64), np.asarray(reply.after[1], dtype=np.float64)
        if before.shape == now.shape:
            off = np.abs(before - now)
            if np.all(off <= 1e-12 * (1 + np.abs(before))):
                observed.remark("x put back", say("rounding_restored"))
                return Comparison("right")
            worst = tuple(np.argwhere(off == np.max(off))[0])
            numbers = pair(now[worst], before[worst])
            where, after, was = place(worst), numbers["yours"], numbers["expected"]
        else:
            where, after, was = "its shape", str(now.shape), str(before.shape)
        return Comparison("value", say("not_restored", where=where, before=was, after=after))


def _step_is_used(card: Card, value: Value) -> Comparison:
    """Compare the error of the answer with that of a central difference of the same step."""
    slope, h = np.asarray(card.expected["gradient"], dtype=np.float64), card.inputs["h"]
    shape_only = compare(value, slope, noise=np.inf)
    if not shape_only.ok:
        return shape_only
    off = np.max(np.abs(np.asarray(value, dtype=np.float64) - slope))
    central = float(card.expected["error"])
    if not off <= 1.05 * central:
        return Comparison("value", say("too_crude", yours=off, h=h, expected=central))
    # A stencil of more points comes to a thousandth of that at best; a step of its own goes lower.
    if off < 1e-4 * central:
        return Comparison("value", say("ignores_h", h=h))
    return Comparison("right")
