"""The check of optimizers: the way that parameters take under gradients which are laid down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course.cards import Card
from course.checks.compare import Comparison, compare, failed, in_words, told
from course.checks.observe import Observation, Observed
from course.givens import Given
from course.messages import say
from course.session import Handle, Reply, Session, Value


@dataclass(frozen=True)
class Optimizer:
    """Classes with `update(params, grads)`, which changes params, a dict of arrays, in place.

    A card's inputs are start, gradients and looks (see `course.givens.Descent`), and perhaps that
    another object is asked in turn; its `arguments` are the constructor's. `expected` maps each
    honest form of the update rule (where eps stands, say) to the ways it leads: one dict a look,
    name -> start minus now. An answer keeps to one form throughout. `tolerance` is how far each way
    may lie off, as a share of its longest entry.

    One class: a part for constant gradients, and one for all others. Several: a part for each.
    """

    names: Sequence[str]
    tolerance: float = 1e-6

    def parts(self) -> Mapping[str, Sequence[str]]:
        leaves = self.names if len(self.names) > 1 else ("constant gradient", "varying gradients")
        return {leaf: [leaf] for leaf in leaves}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for name in self.names:
            mine = [card for card in cards if card.about in ("", name)]
            for card in mine:
                self._ask(session, name, card, observed)
        return observed

    def _ask(self, session: Session, name: str, card: Card, observed: Observed) -> None:
        leaf = name
        if len(self.names) == 1:
            steady = len(card.inputs["gradients"]) == 1
            leaf = "constant gradient" if steady else "varying gradients"
        made = observed.heard(session.make(name, *card.arguments))
        if made.error is not None:
            settled = Comparison("right") if card.may_refuse else failed(made.error, name)
            observed.observations.append(Observation(leaf, card, settled))
            return
        # Another one with another rate: what an object was told is its own.
        session.make(name, 0.77)
        inputs = dict(card.inputs)
        beside = [session.make(name, *card.arguments).value] if inputs.pop("in turn", False) else []
        descent = session.build(Given("descent", inputs)).value
        reply = observed.heard(session.call(descent, "run", made.value, *beside))
        if reply.error is not None:
            broken = failed(reply.error, name, "update")
            observed.observations.append(Observation(leaf, card, broken))
            return
        self._remark(session, descent, reply, observed)
        history = session.get(descent, "history").value
        ways = self._ways(history, card)
        if isinstance(ways, Comparison):
            observed.observations.append(Observation(leaf, card, ways))
            return
        for place, comparison in self._nearest(ways, _in_single_precision(history), card):
            observed.observations.append(Observation(leaf, card, comparison, place=place))

    def _remark(self, session: Session, descent: Handle, reply: Reply, observed: Observed) -> None:
        for attribute, sentence in (("changed", "changed_grads"), ("rebound", "rebound")):
            names = session.get(descent, attribute).value
            if isinstance(names, list) and names:
                name = str(names[0])[:40]
                observed.remark(attribute, say(sentence, name=name))
                if attribute == "changed" and not observed.changed:
                    observed.note_change(attribute, f"the gradient of {name}")
        if reply.warnings:
            observed.remark("update: warning", say("warned", text=reply.warnings[0]))

    def _ways(self, history: Value, card: Card) -> Any:
        """Start minus now, look by look and name by name; or what is wrong with the params."""
        if not isinstance(history, list) or len(history) != len(card.inputs["looks"]):
            return told("type", "lost_params")
        ways = []
        for params in history:
            if not isinstance(params, dict):
                return told("type", "lost_params")
            way = {}
            for name, start in card.inputs["start"].items():
                if name not in params:
                    keys = ", ".join(map(repr, params)) or "none"
                    return told("type", "missing_key", missing=name, keys=keys)
                now = params[name]
                if isinstance(now, np.ndarray) and now.shape == start.shape and _all_finite(now):
                    way[name] = start - now
                    continue
                same = compare(now, start, noise=np.inf)
                if same.kind in ("type", "shape"):
                    got, wanted = in_words(now), in_words(start)
                    return told("type", "param_lost", name=name, got=got, wanted=wanted)
                if not same.ok:
                    return replace(same, text=f"params[{name!r}]: {same.text}")
                way[name] = start - np.asarray(now, dtype=np.float64)
            ways.append(way)
        return ways

    def _nearest(
        self, ways: Sequence[Mapping[str, np.ndarray]], narrow: Sequence[str], card: Card
    ) -> list[tuple[str, Comparison]]:
        """Every look and name against the form that fits best."""
        nearest: list[tuple[str, Comparison]] = []
        most = -1
        for form in card.expected.values():
            compared = self._against(ways, form, narrow, card)
            fits = sum(comparison.ok for _, comparison in compared)
            if fits == len(compared):
                return compared
            if fits > most:
                nearest, most = compared, fits
        return nearest

    def _against(
        self,
        ways: Sequence[Mapping[str, np.ndarray]],
        form: Sequence[Mapping[str, np.ndarray]],
        narrow: Sequence[str],
        card: Card,
    ) -> list[tuple[str, Comparison]]:
        compared = []
        for look, way, right in zip(card.inputs["looks"], ways, form, strict=True):
            for name, wanted in right.items():
                longest = float(np.max(np.abs(wanted), initial=0.0))
                # The parameters themselves are rounded, however short the way is.
                rounding = 1e-15 * look * float(np.max(np.abs(card.inputs["start"][name])))
                slack = self.tolerance * longest + rounding
                if name in narrow:
                    slack += (1e-4 + 1e-7 * look) * longest + 1e8 * rounding
                calls = "call" if look == 1 else "calls"
                place = f"the way of {name} in {look} {calls}"
                compared.append((place, compare(way[name], wanted, slack=slack)))
        return compared


def _all_finite(numbers: np.ndarray) -> bool:
    return numbers.dtype == np.float64 and bool(np.all(np.isfinite(numbers)))


def _in_single_precision(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """The parameters that an optimizer has turned into single precision: they are rounded."""
    return [k for k, v in history[-1].items() if getattr(v, "dtype", None) == np.float32]
