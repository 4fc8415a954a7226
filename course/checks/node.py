"""The check of layers and nodes: a class with forward and backward, one or several inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

import numpy as np

from course import gradients
from course.cards import Card
from course.checks.compare import Comparison, Kind, compare, failed, in_words
from course.checks.observe import Observation, Observed, Step, reconsider, remark_on
from course.messages import say
from course.session import Handle, Reply, Session, Value


@dataclass(frozen=True)
class Node:
    """Classes whose forward takes the named inputs and whose backward returns a gradient for each.

    `inputs` maps each class to the names of its forward's arguments; `outputs` is how many results
    forward has, and how many upstream gradients backward takes. One class: a part for forward and
    for each gradient. Several: a part for each class. `slack` is how far beyond its tolerance the
    value of a class may lie, where a small number inside a logarithm is as good as none.
    """

    inputs: Mapping[str, Sequence[str]]
    outputs: int = 1
    slack: Mapping[str, float] = field(default_factory=dict)

    def parts(self) -> dict[str, list[str]]:
        leaves = {
            name: [self._leaf(name, leaf) for leaf in self._own(name)] for name in self.inputs
        }
        if len(leaves) > 1:
            return leaves
        return {leaf: [leaf] for leaf in next(iter(leaves.values()))}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for name in self.inputs:
            mine = [card for card in cards if card.about in ("", name)]
            _Asking(self, session, name, observed).all(mine)
        return observed

    def _own(self, name: str) -> list[str]:
        return ["forward", *(f"d{argument}" for argument in self.inputs[name])]

    def _leaf(self, name: str, leaf: str) -> str:
        return leaf if len(self.inputs) == 1 else f"{name} {leaf}"


class _Asking:
    """One class being asked about its cards."""

    def __init__(self, kind: Node, session: Session, name: str, observed: Observed):
        self.kind, self.session, self.name, self.observed = kind, session, name, observed
        self.arguments = list(kind.inputs[name])
        self.gradient_leaves = [f"d{argument}" for argument in self.arguments]

    def all(self, cards: Sequence[Card]) -> None:
        """Each card with a fresh object; then one object twice; then two objects in turn."""
        for card in cards:
            made = self._make(card)
            if made is not None:
                self._forward(made, card, "first")
                self._backward(made, card, "first")
        for one, other in _pairs(cards):
            self._one_object_twice(one, other)
            self._two_objects(one, other)
        unlike = (two for two in pairwise(cards) if not _same(two[0].arguments, two[1].arguments))
        for one, other in islice(unlike, 1):
            self._two_objects(one, other)
        reconsider(
            self.observed,
            [self._leaf("forward")],
            [self._leaf(leaf) for leaf in self.gradient_leaves],
            lambda o: self._own_gradient(o.card, o.expected_leaf.removeprefix("d")),
        )

    def _one_object_twice(self, one: Card, other: Card) -> None:
        made = self._make(one)
        if made is None:
            return
        self._quiet(made, "forward", *one.inputs.values())
        self._quiet(made, "backward", *one.upstream)
        self._forward(made, other, "second")
        self._backward(made, other, "second")
        self._backward(made, other, "twice")

    def _two_objects(self, one: Card, other: Card) -> None:
        first, second = self._make(one), self._make(other)
        if first is None or second is None:
            return
        self._quiet(first, "forward", *one.inputs.values())
        self._quiet(second, "forward", *other.inputs.values())
        self._backward(first, one, "two objects")

    def _make(self, card: Card) -> Handle | None:
        reply = self.observed.heard(self.session.make(self.name, *card.arguments))
        if reply.error is None:
            return reply.value
        for leaf in ["forward", *self.gradient_leaves]:
            self._note(leaf, card, failed(reply.error, self.name), "first")
        return None

    def _quiet(self, made: Handle, method: str, *arguments: Value) -> Reply:
        return self.session.call(made, method, *arguments)

    def _forward(self, made: Handle, card: Card, step: Step) -> None:
        reply = self.session.call(made, "forward", *card.inputs.values())
        self.observed.heard(reply)
        if reply.error is not None:
            comparison = failed(reply.error, self.name, "forward")
            self._note("forward", card, comparison, step)
            return
        remark_on(self.observed, reply, self.arguments, "forward")
        results = _unpack(reply.value, self.kind.outputs)
        wanted = _unpack(card.expected["forward"], self.kind.outputs)
        if isinstance(results, Comparison):
            self._note("forward", card, results, step)
            return
        slack = self.kind.slack.get(self.name, 0.0)
        compared = [
            compare(mine, right, slack=slack) for mine, right in zip(results, wanted, strict=True)
        ]
        self._note("forward", card, _first_bad(compared), step)

    def _backward(self, made: Handle, card: Card, step: Step) -> None:
        before = [o for o in self.observed.observations if o.card is card and o.step == step]
        stuck = next((o for o in before if o.leaf == self._leaf("forward")), None)
        if stuck is not None and stuck.comparison.kind in ("raised", "undefined", "not attempted"):
            kind: Kind = "not attempted" if stuck.comparison.kind == "not attempted" else "blocked"
            for leaf in self.gradient_leaves:
                self._note(leaf, card, Comparison(kind, say("blocked", waits_for="forward")), step)
            return
        reply = self.session.call(made, "backward", *card.upstream)
        self.observed.heard(reply)
        if reply.error is not None:
            # Memory that is given up with its first use is an honest economy.
            for leaf in self.gradient_leaves if step != "twice" else ():
                self._note(leaf, card, failed(reply.error, self.name, "backward"), step)
            return
        upstream_names = ["the upstream gradient"] * len(card.upstream)
        remark_on(self.observed, reply, upstream_names, "backward")
        results = _unpack(reply.value, len(self.gradient_leaves))
        for place, leaf in enumerate(self.gradient_leaves):
            if isinstance(results, Comparison):
                self._note(leaf, card, results, step)
                continue
            comparison = compare(results[place], card.expected[leaf], card.noise[leaf])
            self._note(leaf, card, comparison, step)

    def _own_gradient(self, card: Card, argument: str) -> tuple[np.ndarray, float] | None:
        """Central differences of the student's own forward, weighted with the upstream gradient."""
        largest = 0.0

        def weighted(x: np.ndarray) -> float:
            nonlocal largest
            made = self.session.make(self.name, *card.arguments)
            inputs = dict(card.inputs) | {argument: x if x.ndim else float(x)}
            reply = self.session.call(made.value, "forward", *inputs.values())
            results = _unpack(reply.value, self.kind.outputs)
            if reply.error is not None or isinstance(results, Comparison):
                raise _NoGradient
            try:
                terms = [
                    np.sum(np.asarray(r, dtype=np.float64) * d)
                    for r, d in zip(results, card.upstream, strict=True)
                ]
            except (TypeError, ValueError):
                raise _NoGradient from None
            largest = max(largest, float(np.max(np.abs(terms))))
            return float(np.sum(terms))

        try:
            gradient = gradients.central_differences(weighted, card.inputs[argument])
        except _NoGradient:
            return None
        return gradient, gradients.noise(largest)

    def _leaf(self, leaf: str) -> str:
        return self.kind._leaf(self.name, leaf)

    def _note(self, leaf: str, card: Card, comparison: Comparison, step: Step) -> None:
        self.observed.observations.append(
            Observation(self._leaf(leaf), card, comparison, step, key=leaf)
        )


class _NoGradient(Exception):
    """The student's forward can't be measured."""


def _unpack(value: Any, count: int) -> Any:
    """The results as a list of `count`, or the Comparison that says why they aren't."""
    if count == 1:
        if isinstance(value, tuple) and len(value) == 1:
            return [value[0]]
        return [value]
    if isinstance(value, tuple | list) and len(value) == count:
        return list(value)
    if isinstance(value, np.ndarray) and value.ndim > 0 and len(value) == count:
        return list(value)
    if value is None:
        return Comparison("type", say("nothing"))
    wanted = f"{count} results" if count != 2 else "two results"
    return Comparison("type", say("structure", got=in_words(value), wanted=wanted))


def _pairs(cards: Sequence[Card]) -> list[tuple[Card, Card]]:
    """Neighbours for a second call: two, and one that ends in arrays, which can change in place."""
    pairs = [
        (one, other) for one, other in pairwise(cards) if _same(one.arguments, other.arguments)
    ]
    arrays = [pair for pair in pairs[2:] if any(map(np.ndim, pair[1].inputs.values()))]
    return pairs[:2] + arrays[:1]


def _first_bad(compared: Sequence[Comparison]) -> Comparison:
    return next((c for c in compared if not c.ok), compared[0])


def _same(one: tuple[Value, ...], other: tuple[Value, ...]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(a, b) for a, b in zip(one, other, strict=True)
    )
