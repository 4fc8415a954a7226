"""The check of a numeric gradient: any shape, the step it is given, and x put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from course.cards import Card
from course.checks.compare import Comparison, compare, compare_layers, failed, in_words, told
from course.checks.function import spread
from course.checks.observe import Observation, Observed, remark_on
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
        x = card.inputs["x"]
        back = Comparison("right")
        if 1 in reply.after:
            back = _put_back("x", x, reply.after[1], observed)
        if back.ok and not gradient.ok:
            # Leaving x alone is worth something only to those who measured with it.
            back = Comparison("blocked", say("gradient_first"))
        return {leaf: gradient, "x put back": back}


def _put_back(name: str, before: Value, now: Value, observed: Observed) -> Comparison:
    """Whether what was moved stands where it stood, up to rounding."""
    if compare(now, before, noise=np.inf).kind == "type":
        came = in_words(now)
        return told(
            "value", "not_restored", name=name, where="its kind", before="numbers", after=came
        )
    before, now = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    if before.shape == now.shape:
        with np.errstate(invalid="ignore", over="ignore"):
            off = np.abs(before - now)
        off = np.where(np.isnan(off), np.inf, off)
        if np.all(off <= 1e-12 * (1 + np.abs(before))):
            observed.remark(f"{name} put back", say("rounding_restored", name=name))
            return Comparison("right")
        worst = tuple(np.argwhere(off == np.max(off))[0])
        numbers = pair(now[worst], before[worst])
        where, after, was = place(worst), numbers["yours"], numbers["expected"]
    else:
        where, after, was = "its shape", str(now.shape), str(before.shape)
    return told("value", "not_restored", name=name, where=where, before=was, after=after)


def _step_is_used(card: Card, value: Value) -> Comparison:
    """Compare the error of the answer with that of a central difference of the same step."""
    slope, h = np.asarray(card.expected["gradient"], dtype=np.float64), card.inputs["h"]
    shape_only = compare(value, slope, noise=np.inf)
    if not shape_only.ok:
        return shape_only
    off = np.max(np.abs(np.asarray(value, dtype=np.float64) - slope))
    central = float(card.expected["error"])
    if not off <= 1.05 * central:
        return told("value", "too_crude", yours=off, h=h, expected=central)
    # A stencil of more points comes to a thousandth of that at best; a step of its own goes lower.
    if off < 1e-4 * central:
        return told("value", "ignores_h", h=h)
    return Comparison("right")


@dataclass(frozen=True)
class LayerDifferences:
    """A function that measures the gradient of a loss in every parameter of a net of lists.

    `inputs` are the names of its arguments; those in `moved` are lists of parameters, which it
    nudges, and `leaves` are the lists of gradients it returns. Where a card has h, the step is so
    small that rounding shows: `rounding` is its size, and an answer without any never used h.
    """

    name: str
    inputs: Sequence[str]
    moved: Sequence[str]
    leaves: Sequence[str]

    def parts(self) -> Mapping[str, Sequence[str]]:
        return {part: [part] for part in (*self.leaves, "the step h", "parameters put back")}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for card in cards:
            passed = [card.inputs[key] for key in self.inputs if key in card.inputs]
            reply = observed.heard(session.call(self.name, None, *passed))
            found = self._found(card, reply)
            for leaf, comparisons in found.items():
                for where, comparison in comparisons:
                    observed.observations.append(
                        Observation(leaf, card, comparison, measured=True, place=where)
                    )
            remark_on(observed, reply, self.inputs, self.name, but=self.moved)
            back = self._back(card, reply, observed)
            if back.ok and not all(c.ok for each in found.values() for _, c in each):
                back = Comparison("blocked", say("gradient_first"))
            if reply.error is not None:
                back = failed(reply.error, self.name)
            observed.observations.append(Observation("parameters put back", card, back))
        return observed

    def _found(self, card: Card, reply: Reply) -> dict[str, list[tuple[str, Comparison]]]:
        wanted = ["the step h"] if "h" in card.inputs else list(self.leaves)
        if reply.error is not None:
            return {leaf: [("", failed(reply.error, self.name))] for leaf in wanted}
        spread_out = spread(reply.value, tuple(self.leaves))
        if wanted == ["the step h"]:
            return {"the step h": [("", self._rounding_shows(card, spread_out))]}
        return {
            leaf: [("", spread_out[leaf])]
            if isinstance(spread_out[leaf], Comparison)
            else compare_layers(spread_out[leaf], card.expected[leaf], card.noise[leaf])
            for leaf in wanted
        }

    def _rounding_shows(self, card: Card, found: Mapping[str, Value]) -> Comparison:
        rounding = float(card.expected["rounding"])
        for leaf in self.leaves:
            off = 0.0
            if isinstance(found[leaf], Comparison):
                return found[leaf]
            for where, compared in compare_layers(found[leaf], card.expected[leaf], np.inf):
                if not compared.ok:
                    return replace(compared, text=f"{leaf}{where}: {compared.text}")
                off = max(
                    off, float(np.max(np.abs(compared.yours - compared.expected), initial=0.0))
                )
            if off > 50 * rounding:
                crude = told("value", "too_crude", yours=off, h=card.inputs["h"], expected=rounding)
                return replace(crude, text=f"{leaf}: {crude.text}")
            if off < 3e-5 * rounding:
                fixed = told("value", "ignores_h", h=card.inputs["h"])
                return replace(fixed, text=f"{leaf}: {fixed.text}")
        return Comparison("right")

    def _back(self, card: Card, reply: Reply, observed: Observed) -> Comparison:
        for position, key in enumerate(self.inputs):
            if key not in self.moved or position not in reply.after:
                continue
            now = reply.after[position]
            if not isinstance(now, list) or len(now) != len(card.inputs[key]):
                return told("value", "changed_list", name=key)
            for layer, (before, after) in enumerate(zip(card.inputs[key], now, strict=True)):
                back = _put_back(f"{key}[{layer}]", before, after, observed)
                if not back.ok:
                    return back
        return Comparison("right")
