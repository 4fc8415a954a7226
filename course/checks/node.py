"""The check of layers and nodes: a class with forward and backward, one or several inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, pairwise, zip_longest
from typing import Any

import numpy as np

from course import gradients
from course.cards import Card
from course.checks.compare import Comparison, Kind, compare, failed, in_words, out_of_row
from course.checks.method import Watch
from course.checks.observe import (
    NoGradient,
    Observation,
    Observed,
    Step,
    reconsider,
    remark_on,
    remark_on_results,
    room_of,
)
from course.messages import say
from course.session import Chain, Coming, Each, Handle, Reply, Session, Value, Way, made_by


@dataclass(frozen=True)
class Node:
    """Classes whose forward takes the named inputs and whose backward returns a gradient for each.

    `inputs` maps each class to the names of its forward's arguments, of which those in `fixed` have
    no gradient; `parameters` maps it to the names of its constructor's arguments that backward sets
    a gradient for, as an attribute. `outputs` is how many results forward has, and how many
    upstream gradients backward takes. `asked` are the leaves that count (default: all). One class:
    a part for each leaf. Several: a part for each class.

    `slack` is how far beyond its tolerance the value of a class may lie, where a small number
    inside a logarithm is as good as none. The leaves in `rows` may stand in a row of their own:
    (1, C) for (C,). `fresh` results that share memory with an argument, and float32 that isn't
    `kept`, are remarked on. `axes`, for one class alone, says how its arrays grow (see
    `course.checks.method`).
    """

    inputs: Mapping[str, Sequence[str]]
    outputs: int = 1
    slack: Mapping[str, float] = field(default_factory=dict)
    fixed: Sequence[str] = ()
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rows: Sequence[str] = ()
    asked: Sequence[str] = ()
    fresh: bool = False
    kept: bool = False
    axes: Mapping[str, Any] = field(default_factory=dict)

    def parts(self) -> dict[str, list[str]]:
        leaves = {
            name: [self.leaf(name, leaf) for leaf in self.own_leaves(name)] for name in self.inputs
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

    def seconds(self, session: Session, card: Card) -> float | None:
        """The time of one backward pass on a card; None where it raises.

        Where backward isn't handed an upstream gradient, forward can do its work: it counts too.
        """
        watch = Watch(session)
        (name,) = self.inputs
        inputs = tuple(card.inputs.values())
        forward = Coming("call", "forward", made_by(0), inputs)
        make = Coming("make", name, None, card.arguments)
        session.ahead([make, forward] if card.upstream else [make])
        made = watch.note(session.make(name, *card.arguments)).value
        if watch.failed:
            return None
        if card.upstream:
            watch.note(session.call(made, "forward", *inputs))
        slopes = [f"d{parameter}" for parameter in self.parameters.get(name, ())]
        rest = [replace(forward, target=made)] if not card.upstream else []
        rest.append(Coming("call", "backward", made, card.upstream))
        rest += [Coming("get", slope, made) for slope in slopes]
        watch.ahead(rest)
        if not card.upstream:
            watch.time(partial(session.call, made, "forward", *inputs))
        watch.time(partial(session.call, made, "backward", *card.upstream))
        for slope in slopes:
            watch.time(partial(session.get, made, slope))
        return watch.result

    def slopes(self, name: str) -> list[str]:
        """The gradients that backward returns, in order."""
        return [f"d{argument}" for argument in self.inputs[name] if argument not in self.fixed]

    def own_leaves(self, name: str) -> list[str]:
        """The leaves of one class that count."""
        owned = [f"d{parameter}" for parameter in self.parameters.get(name, ())]
        every = ["forward", *self.slopes(name), *owned]
        return [leaf for leaf in every if not self.asked or leaf in self.asked]

    def leaf(self, name: str, leaf: str) -> str:
        """A leaf's name, with its class's where there are several."""
        return leaf if len(self.inputs) == 1 else f"{name} {leaf}"


class _Asking:
    """One class being asked about its cards."""

    def __init__(self, kind: Node, session: Session, name: str, observed: Observed):
        self.kind, self.session, self.name, self.observed = kind, session, name, observed
        self.arguments = list(kind.inputs[name])
        self.slopes = kind.slopes(name)
        self.owned = [f"d{parameter}" for parameter in kind.parameters.get(name, ())]
        counted = kind.own_leaves(name)
        self.asks_backward = counted != ["forward"]

    def all(self, cards: Sequence[Card]) -> None:
        """Each card with a fresh object; then one object twice; then two objects in turn."""
        stages = [(self._one(card), partial(self._alone, card)) for card in cards]
        for one, other in _pairs([card for card in cards if not card.may_refuse]):
            stages.append((self._twice(one, other), partial(self._one_object_twice, one, other)))
            stages.append((self._two(one, other), partial(self._two_objects, one, other)))
        unlike = (two for two in pairwise(cards) if not _same(two[0].arguments, two[1].arguments))
        for one, other in islice(unlike, 1):
            stages.append((self._two(one, other), partial(self._two_objects, one, other)))
        for place, (_, ask) in enumerate(stages):
            self.session.ahead(*(chain for chain, _ in stages[place:]))
            ask()
        reconsider(
            self.observed,
            [self._leaf("forward")],
            [self._leaf(leaf) for leaf in (*self.slopes, *self.owned)],
            "forward",
            lambda o: self._own_gradient(o.card, o.expected_leaf.removeprefix("d")),
        )

    def _made(self, card: Card) -> Coming:
        return Coming("make", self.name, None, card.arguments)

    def _run(self, card: Card, place: int = 0) -> Coming:
        return Coming("call", "forward", made_by(place), tuple(card.inputs.values()))

    def _back(self, card: Card) -> list[Coming]:
        if not self.asks_backward:
            return []
        held = [Coming("get", leaf, made_by(0)) for leaf in self.owned]
        return [Coming("call", "backward", made_by(0), card.upstream), *held]

    def _one(self, card: Card) -> Chain:
        return [self._made(card), self._run(card), *self._back(card)]

    def _twice(self, one: Card, other: Card) -> Chain:
        parameters = self.kind.parameters.get(self.name, ()) if self.asks_backward else ()
        held = [Coming("get", name, made_by(0)) for name in parameters]
        first = [self._made(one), self._run(one), *self._back(one)[:1], *held]
        return [*first, self._run(other), *self._back(other), *self._back(other)]

    def _two(self, one: Card, other: Card) -> Chain:
        at_last = self._back(one) or [self._run(one)]
        made = [self._made(one), self._made(other)]
        return [*made, self._run(one), self._run(other, 1), *at_last]

    def _alone(self, card: Card) -> None:
        made = self._make(card)
        if made is not None and self._forward(made, card, "first"):
            self._backward(made, card, "first")

    def _one_object_twice(self, one: Card, other: Card) -> None:
        made = self._make(one)
        if made is None:
            return
        self.session.call(made, "forward", *one.inputs.values())
        if self.asks_backward:
            self.session.call(made, "backward", *one.upstream)
            if self._moved(made, one):
                self.observed.remark("backward: parameters", say("backward_moved"))
                return
        self._forward(made, other, "second")
        if self._backward(made, other, "second"):
            self._backward(made, other, "twice")

    def _moved(self, made: Handle, card: Card) -> bool:
        """Whether backward has changed a parameter: from then on the layer is another one."""
        names = self.kind.parameters.get(self.name, ())
        held = [self.session.get(made, name).value for name in names]
        return any(
            isinstance(now, np.ndarray) and now.shape == np.shape(was) and np.any(now != was)
            for now, was in zip(held, card.arguments, strict=False)
        )

    def _two_objects(self, one: Card, other: Card) -> None:
        first, second = self._make(one), self._make(other)
        if first is None or second is None:
            return
        before = self.session.call(first, "forward", *one.inputs.values())
        self.session.call(second, "forward", *other.inputs.values())
        if before.error is not None:
            return
        if self.asks_backward:
            self._backward(first, one, "two objects")
        else:
            self._forward(first, one, "two objects")

    def _make(self, card: Card) -> Handle | None:
        reply = self.observed.heard(self.session.make(self.name, *card.arguments))
        if reply.error is None:
            return reply.value
        if not self._refused(reply, card):
            self._note_all(card, failed(reply.error, self.name), "first")
        return None

    def _refused(self, reply: Reply, card: Card) -> bool:
        """Whether the answer turned a card down out loud, where it may."""
        if not card.may_refuse or reply.error is None:
            return False
        self._note_all(card, Comparison("right"), "first")
        return True

    def _forward(self, made: Handle, card: Card, step: Step) -> bool:
        """Ask forward; False where that settles the card."""
        reply = self.session.call(made, "forward", *card.inputs.values())
        self.observed.heard(reply)
        if self._refused(reply, card):
            return False
        if reply.error is not None:
            comparison = failed(reply.error, self.name, "forward")
            self._note("forward", card, comparison, step)
            return True
        counts = self._counts("forward")
        remark_on(self.observed, reply, self.arguments, "forward", counts=counts)
        if counts:
            if self.kind.outputs == 1 and isinstance(reply.value, tuple):
                self.observed.remark("forward: tuple", say("tuple_of_one"))
            self._remark_on_results(reply, card, "forward")
        results = _unpack(reply.value, self.kind.outputs)
        wanted = _unpack(card.expected["forward"], self.kind.outputs)
        if isinstance(results, Comparison):
            self._note("forward", card, results, step)
            return True
        slack = self.kind.slack.get(self.name, 0.0)
        between = card.between.get("forward")
        compared = [
            compare(mine, right, slack=slack, between=between)
            for mine, right in zip(results, wanted, strict=True)
        ]
        self._note("forward", card, _first_bad(compared), step)
        return True

    def _backward(self, made: Handle, card: Card, step: Step) -> bool:
        """Ask backward; False where it gave no answer."""
        if not self.asks_backward or self._stuck(card, step):
            return False
        reply = self.session.call(made, "backward", *card.upstream)
        self.observed.heard(reply)
        if reply.error is not None:
            # Memory that is given up with its first use is an honest economy.
            if step != "twice":
                comparison = failed(reply.error, self.name, "backward")
                self._note_slopes(card, comparison, step)
            return False
        upstream_names = ["the upstream gradient"] * len(card.upstream)
        remark_on(self.observed, reply, upstream_names, "backward")
        if len(self.slopes) == 1 and isinstance(reply.value, tuple):
            self.observed.remark("backward: tuple", say("tuple_of_one"))
        self._remark_on_results(reply, card, "backward")
        results = _unpack(reply.value, len(self.slopes))
        for place, leaf in enumerate(self.slopes):
            mine = results if isinstance(results, Comparison) else results[place]
            self._note(leaf, card, self._compared(mine, card, leaf), step)
        for leaf in self.owned:
            held = self.session.get(made, leaf)
            mine = held.value
            if held.error is not None and (held.error.line or held.error.type != "AttributeError"):
                mine = failed(held.error, self.name)
            elif mine is None:
                mine = Comparison("type", say("unset", name=leaf), cause="unset")
            self._note(leaf, card, self._compared(mine, card, leaf), step)
        return True

    def _compared(self, mine: Any, card: Card, leaf: str) -> Comparison:
        if isinstance(mine, Comparison):
            return mine
        expected = card.expected[leaf]
        if leaf in self.kind.rows:
            mine = out_of_row(mine, expected)
        return compare(mine, expected, card.noise[leaf], between=card.between.get(leaf))

    def _stuck(self, card: Card, step: Step) -> bool:
        """Whether forward never ran, so that backward can't be asked; says so of every gradient."""
        before = [o for o in self.observed.observations if o.card is card and o.step == step]
        forward = next((o for o in before if o.leaf == self._leaf("forward")), None)
        kinds = ("raised", "undefined", "not attempted")
        if forward is None or forward.comparison.kind not in kinds:
            return False
        kind: Kind = "not attempted" if forward.comparison.kind == "not attempted" else "blocked"
        comparison = Comparison(kind, say("blocked", waits_for="forward"))
        self._note_slopes(card, comparison, step)
        return True

    def _remark_on_results(self, reply: Reply, card: Card, part: str) -> None:
        fresh, kept = self.kind.fresh, self.kind.kept
        if fresh or kept:
            given = card.inputs.values() if part == "forward" else card.upstream
            remark_on_results(self.observed, reply, given, part, fresh=fresh, kept=kept)

    def _own_gradient(self, card: Card, name: str) -> tuple[np.ndarray, float] | None:
        """Central differences of the student's own forward, weighted with the upstream gradient.

        `name` is an input of forward or a parameter of the constructor.
        """
        largest = 0.0
        parameters = list(self.kind.parameters.get(self.name, ()))
        several = self.kind.outputs
        upstream = card.upstream or (1.0,) * several
        shapes = [np.shape(r) for r in _unpack(card.expected["forward"], several)]
        ways: list[Way] = [[(k, several)] if several > 1 else [] for k in range(several)]
        arguments = tuple(
            Each() if key == name else value
            for key, value in zip_longest(parameters, card.arguments)
        )
        inputs = tuple(Each() if key == name else value for key, value in card.inputs.items())
        make = Coming("make", self.name, None, arguments)
        chain = [make, Coming("call", "forward", made_by(0), inputs)]

        def weighted(points: np.ndarray) -> np.ndarray:
            nonlocal largest
            results = self.session.sweep(chain, points, ways)
            if results is None:
                raise NoGradient
            if several == 1 and results[0].shape[1:] == (1, *shapes[0]):  # a tuple of one
                results = [results[0][:, 0]]
            if [r.shape[1:] for r in results] != shapes:
                raise NoGradient
            with np.errstate(invalid="ignore", over="ignore"):
                weighed = (r * d for r, d in zip(results, upstream, strict=True))
                terms = np.array([np.sum(w.reshape(len(w), -1), axis=1) for w in weighed])
            if not np.all(np.isfinite(terms)):
                raise NoGradient
            largest = max(largest, float(np.max(np.abs(terms))))
            return np.sum(terms, axis=0)

        at = card.inputs[name] if name in card.inputs else card.arguments[parameters.index(name)]
        try:
            gradient = gradients.central_differences_at_once(weighted, at)
        except NoGradient:
            return None
        return gradient, gradients.noise(largest) + room_of(card, f"d{name}", gradient)

    def _leaf(self, leaf: str) -> str:
        return self.kind.leaf(self.name, leaf)

    def _counts(self, leaf: str) -> bool:
        return not self.kind.asked or leaf in self.kind.asked

    def _note(self, leaf: str, card: Card, comparison: Comparison, step: Step) -> None:
        names = self.kind.parameters.get(self.name, ())
        made_with = dict(zip(names, card.arguments, strict=False))
        self.observed.observations.append(
            Observation(self._leaf(leaf), card, comparison, step, key=leaf, made_with=made_with)
        )

    def _note_slopes(self, card: Card, comparison: Comparison, step: Step) -> None:
        for leaf in (*self.slopes, *self.owned):
            self._note(leaf, card, comparison, step)

    def _note_all(self, card: Card, comparison: Comparison, step: Step) -> None:
        self._note("forward", card, comparison, step)
        self._note_slopes(card, comparison, step)


def _unpack(value: Any, count: int) -> Any:
    """The results as a list of `count`, or the Comparison that says why they aren't."""
    if count == 1:
        return [value[0]] if isinstance(value, tuple) and len(value) == 1 else [value]
    if isinstance(value, tuple | list) and len(value) == count:
        return list(value)
    if isinstance(value, np.ndarray) and value.ndim > 0 and len(value) == count:
        return list(value)
    if value is None:
        return Comparison("type", say("nothing"), cause="nothing")
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
