"""The check of functions: values, and gradients in a named place of what is returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from course import gradients
from course.cards import Card
from course.checks.compare import Comparison, compare, compare_layers, failed, in_words, out_of_row
from course.checks.method import Watch, entries, entries_of
from course.checks.observe import (
    NoGradient,
    Observation,
    Observed,
    reconsider,
    remark_on,
    room_of,
)
from course.messages import number, say
from course.session import Coming, Each, Session, Value, Way


@dataclass(frozen=True)
class Function:
    """Functions called with the named inputs of a card.

    `calls` maps each function to its arguments; `returns` maps it to a nest of tuples, lists and
    dicts whose texts name the leaves of what it returns. `parts` groups the leaves (default: each
    its own part). `objective` is the leaf whose slope the gradients are, and `target` an input:
    where it is given, the slope is that of (objective - target)**2. `upstream` is an input too: an
    objective of many entries is weighted with it and summed.

    Where a card expects a list, the leaf has one array for each layer. A leaf that a card doesn't
    expect counts as the one that `otherwise` names: so one result can belong to one part or the
    other. `moved` names the arguments that a function changes in place, and the leaf that their new
    value is. The arrays of the leaves in `rows` may stand in a row of their own: (1, C) for (C,).
    `axes` says how the arrays of a card grow (see `course.checks.method`).
    """

    calls: Mapping[str, Sequence[str]]
    returns: Mapping[str, Any]
    grouped: Mapping[str, Sequence[str]] = field(default_factory=dict)
    objective: str = ""
    target: str = ""
    upstream: str = ""
    otherwise: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[str] = ()
    axes: Mapping[str, Any] = field(default_factory=dict)

    def parts(self) -> Mapping[str, Sequence[str]]:
        return self.grouped or {leaf: [leaf] for leaf in self._leaves()}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        asked = [(n, card) for card in cards for n in self.calls if card.about in ("", n)]
        chains = [[Coming("call", None, n, self._passed(n, card.inputs))] for n, card in asked]
        for place, (name, card) in enumerate(asked):
            session.ahead(*chains[place:])
            self._ask(session, name, card, observed)
        self._tell_none_as_a_value(observed, cards)
        if self.objective:
            slopes = {leaf for card in cards for leaf in card.noise}
            reconsider(
                observed,
                [leaf for leaf in self._leaves() if leaf not in slopes],
                [leaf for leaf in self._leaves() if leaf in slopes],
                self.objective,
                lambda o: self._own_gradient(session, o.card, o.leaf),
            )
        return observed

    def seconds(self, session: Session, card: Card) -> float | None:
        """The time of the functions that return gradients; None where one raises, or returns more
        than it was handed: it wasn't made for so many samples."""
        watch = Watch(session)
        for name in self.calls:
            if card.noise.keys().isdisjoint(leaves_of(self.returns[name])):
                continue
            passed = self._passed(name, card.inputs)
            reply = watch.time(partial(session.call, name, None, *passed))
            if entries(reply.value) > 2 * entries_of(card):
                return None
        return watch.result

    def _tell_none_as_a_value(self, observed: Observed, cards: Sequence[Card]) -> None:
        """Where None is right on some card, it is an answer, and no missing return."""
        may = {leaf for card in cards for leaf, value in card.expected.items() if value is None}
        for place, o in enumerate(observed.observations):
            if o.leaf in may and o.comparison.cause == "nothing":
                text = say("truth", yours="None", expected=number(o.card.expected[o.leaf]))
                told = replace(o, comparison=Comparison("value", text))
                observed.observations[place] = told

    def _leaves(self) -> list[str]:
        return [leaf for nest in self.returns.values() for leaf in leaves_of(nest)]

    def _passed(self, name: str, inputs: Mapping[str, Value]) -> tuple[Value, ...]:
        """What a function is handed."""
        return tuple(inputs[key] for key in self.calls[name] if key in inputs)

    def _ask(self, session: Session, name: str, card: Card, observed: Observed) -> None:
        inputs = [key for key in self.calls[name] if key in card.inputs]
        reply = observed.heard(session.call(name, None, *self._passed(name, card.inputs)))
        moved = [self.moved[key] for key in inputs if key in self.moved]
        wanted = [*leaves_of(self.returns[name]), *moved]
        if card.may_refuse and reply.error is not None:
            found: dict[str, Any] = dict.fromkeys(wanted, Comparison("right"))
        elif reply.error is not None:
            found = dict.fromkeys(wanted, failed(reply.error, name))
        else:
            found = spread(reply.value, self.returns[name])
            for place, key in enumerate(inputs):
                if key in self.moved:
                    found[self.moved[key]] = reply.after.get(place, card.inputs[key])
            remark_on(observed, reply, inputs, name, but=self.moved)
        for leaf in wanted:
            self._note(observed, card, leaf, found[leaf])

    def _note(self, observed: Observed, card: Card, leaf: str, found: Any) -> None:
        """One result, or one of each layer, against what the card expects."""
        leaf = leaf if leaf in card.expected else self.otherwise.get(leaf, leaf)
        expected, noise = card.expected[leaf], card.noise.get(leaf)
        if isinstance(found, Comparison):
            compared = [("", found)]
        elif isinstance(expected, list):
            same_length = isinstance(found, tuple | list) and len(found) == len(expected)
            if leaf in self.rows and same_length:
                found = [out_of_row(*two) for two in zip(found, expected, strict=True)]
            compared = compare_layers(found, expected, noise)
        else:
            found = out_of_row(found, expected) if leaf in self.rows else found
            compared = [("", compare(found, expected, noise, between=card.between.get(leaf)))]
        observed.observations += [
            Observation(leaf, card, comparison, place=place) for place, comparison in compared
        ]

    def _own_gradient(self, session: Session, card: Card, leaf: str) -> tuple[Any, float] | None:
        """The slope of the student's own objective along a leaf's input, or its directions."""
        source = next(n for n in self.calls if self.objective in leaves_of(self.returns[n]))
        way = way_to(self.objective, self.returns[source])
        largest = 0.0

        def objectives(inputs: Mapping[str, Value], points: np.ndarray) -> np.ndarray:
            """At these inputs, with each of the points in the place of `Each()`."""
            nonlocal largest
            chain = [Coming("call", None, source, self._passed(source, inputs))]
            found = session.sweep(chain, points, [way])
            if found is None:
                raise NoGradient
            values = np.array([self._objective(row, inputs) for row in found[0]])
            largest = max(largest, float(np.max(np.abs(values))))
            return values

        directions, key = card.along.get(leaf), leaf.removeprefix("d")
        inputs, once = dict(card.inputs), np.zeros(1)
        at: Any = inputs.get(key)
        gradient: Any
        try:
            if directions is not None:
                gradient = gradients.central_differences(
                    lambda t: objectives(_nudged(inputs, directions, float(t)), once).item(), 0.0
                )
            elif isinstance(at, list):
                moving = [[*at[:k], Each(), *at[k + 1 :]] for k in range(len(at))]
                gradient = [
                    gradients.central_differences_at_once(
                        partial(objectives, inputs | {key: layers}), layer
                    )
                    for layers, layer in zip(moving, at, strict=True)
                ]
            else:
                gradient = gradients.central_differences_at_once(
                    partial(objectives, inputs | {key: Each()}), at
                )
        except NoGradient:
            return None
        return gradient, gradients.noise(largest) + room_of(card, leaf, gradient)

    def _objective(self, result: np.ndarray, inputs: Mapping[str, Value]) -> float:
        """The number whose slope is asked for, of a result. Raises NoGradient."""
        with np.errstate(invalid="ignore", over="ignore"):
            if self.upstream:
                try:
                    result = np.sum(result * inputs.get(self.upstream, 1.0))
                except ValueError:  # of a shape that doesn't fit
                    raise NoGradient from None
            if self.target:
                result = (result - inputs[self.target]) ** 2
        if result.size != 1 or not np.all(np.isfinite(result)):
            raise NoGradient
        return float(result.item())


def _nudged(
    inputs: Mapping[str, Value], directions: Mapping[str, Value], t: float
) -> dict[str, Value]:
    moved = {key: inputs[key] + t * np.asarray(way) for key, way in directions.items()}
    return dict(inputs) | moved


def leaves_of(nest: Any) -> list[str]:
    """The names of the leaves in a nest of tuples, lists and dicts, in order."""
    if isinstance(nest, str):
        return [nest]
    items = nest.values() if isinstance(nest, Mapping) else nest
    return [leaf for item in items for leaf in leaves_of(item)]


def way_to(leaf: str, nest: Any) -> Way:
    """The way to a leaf in what a function returns."""
    if isinstance(nest, str):
        return ()
    pairs = nest.items() if isinstance(nest, Mapping) else enumerate(nest)
    key, inner = next((key, inner) for key, inner in pairs if leaf in leaves_of(inner))
    return (key if isinstance(key, str) else (key, len(nest)), *way_to(leaf, inner))


def spread(value: Value, nest: Any) -> dict[str, Any]:
    """Leaf -> its part of the result, or the Comparison that says why there is none."""
    if isinstance(nest, str):
        return {nest: value}
    if isinstance(nest, Mapping):
        return _spread_dict(value, nest)
    came = in_words(value)
    if isinstance(value, np.ndarray) and value.ndim > 0:
        value = list(value)
    if not isinstance(value, tuple | list) or len(value) != len(nest):
        text = say("structure", got=came, wanted=pattern(nest))
        return dict.fromkeys(leaves_of(nest), Comparison("type", text))
    return {
        leaf: item
        for mine, inner in zip(value, nest, strict=True)
        for leaf, item in spread(mine, inner).items()
    }


def _spread_dict(value: Value, nest: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict):
        text = say("structure", got=in_words(value), wanted=pattern(nest))
        return dict.fromkeys(leaves_of(nest), Comparison("type", text))
    found: dict[str, Any] = {}
    for key, inner in nest.items():
        if key in value:
            found |= spread(value[key], inner)
        else:
            text = say("missing_key", missing=key, keys=", ".join(map(repr, value)) or "none")
            found |= dict.fromkeys(leaves_of(inner), Comparison("type", text))
    return found


def pattern(nest: Any) -> str:
    """A nest of leaf names as a learner writes it: (price, (dapple, dnum, dtax))."""
    if isinstance(nest, str):
        return nest
    if isinstance(nest, Mapping):
        return "{" + ", ".join(f"{key!r}: {pattern(item)}" for key, item in nest.items()) + "}"
    return "(" + ", ".join(pattern(item) for item in nest) + ")"
