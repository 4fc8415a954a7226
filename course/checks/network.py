"""The check of a network: its loss, its accuracy, the gradient of every parameter, and training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from course import data, gradients
from course.cards import Card
from course.checks.compare import Comparison, compare, failed, in_words, out_of_row, told, with_line
from course.checks.initialisation import as_drawn
from course.checks.method import Watch
from course.checks.observe import NoGradient, Observation, Observed, reconsider, remark_on
from course.checks.training import reads
from course.givens import Given
from course.messages import say
from course.session import Coming, Each, Handle, Session, Value, made_by

ASSIGN = Given("assign")
EPOCHS, HOPELESS = 30, 5
"""How often at most a net sees the digits it learns from: weights that begin too large take long.
One that can't tell half of the others after five times never will."""


def _assigned(wanted: Mapping[str, Value]) -> list[Coming]:
    """Requests, the second and third of a chain, that set the parameters of the net that the first
    one makes."""
    assign = Coming("build", None, None, (ASSIGN,))
    return [assign, Coming("call", None, made_by(1), (made_by(0), wanted))]


@dataclass(frozen=True)
class Network:
    """A class made from sizes, with `params` (a dict that may be set in place), `loss(x, t)`,
    `predict(x)`, `accuracy(x, t)` and `gradient(x, t)` (a dict with the same keys).

    A card's inputs are x, t and the parameters; its `arguments` are the sizes. A card that expects
    no gradients asks for loss and accuracy only; one without parameters, for the net as it is made.
    `trained` is the share of the shipped digits' test images that a net of `sizes` must come to
    read within `EPOCHS`. `axes` says how the arrays of a card grow (see `course.checks.method`).
    """

    name: str
    parameters: Sequence[str]
    sizes: Sequence[int]
    trained: float
    axes: Mapping[str, Any] = field(default_factory=dict)

    def parts(self) -> Mapping[str, Sequence[str]]:
        leaves = ("first loss", "loss", "accuracy", *self.parameters, "training")
        return {leaf: [leaf] for leaf in leaves}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        """Put every card to the student's net; what `train` finds is left out."""
        observed = Observed.empty()
        asked = [_Asked(self, card) for card in cards]
        for place, one in enumerate(asked):
            session.ahead(*(each.chain for each in asked[place:]))
            if one.wanted:
                self._with_parameters(session, one, observed)
            else:
                self._as_made(session, one.card, observed)
        reconsider(
            observed,
            ["loss"],
            self.parameters,
            "loss",
            lambda o: self._own_gradient(session, o.card, o.leaf),
        )
        return observed

    def train(self, session: Session, observed: Observed) -> None:
        """Train one net on the shipped digits until it reads enough of the others, if nothing that
        was observed is wrong with its gradient.

        A right one needs two epochs. In loops over single numbers, too, half of one is a request of
        a few seconds.
        """
        asked = Card("the handwritten digits", {}, {}, arguments=tuple(self.sizes))
        right = [o.comparison for o in observed.observations if o.leaf in self.parameters]
        stub = next((c for c in right if c.kind == "not attempted"), None)
        if stub is not None or not right or not all(c.ok for c in right):
            waits = stub or Comparison("blocked", say("blocked", waits_for="the gradient"))
            self._put(observed, asked, "training", waits)
            return
        made = self._made(session, asked, ("training",), observed)
        if made is None:
            return
        digits, train = data.digits(), session.build(Given("training")).value
        for epoch in range(EPOCHS):
            for second in (False, True):
                reply = session.call(train, None, made, epoch, second)
                if reply.error is not None:
                    self._put(observed, asked, "training", failed(reply.error, self.name))
                    return
            scores = session.call(made, "predict", digits.x_test)
            if scores.error is not None:
                comparison = failed(scores.error, self.name, "predict")
                break
            comparison = reads(scores.value, digits.t_test, self.trained)
            hopeless = epoch + 1 == HOPELESS and not reads(scores.value, digits.t_test, 0.5).ok
            if comparison.kind != "value" or hopeless:
                break
        if comparison.kind in ("type", "shape"):
            comparison = replace(comparison, text=f"predict {comparison.text}")
        self._put(observed, asked, "training", comparison)

    def seconds(self, session: Session, card: Card) -> float | None:
        """The time of one call of gradient on a card; None where it raises."""
        watch = Watch(session)
        wanted = {name: card.inputs[name] for name in self.parameters}
        session.ahead([Coming("make", self.name, None, card.arguments), *_assigned(wanted)])
        made = watch.note(session.make(self.name, *card.arguments)).value
        if watch.failed:
            return None
        watch.note(session.call(session.build(ASSIGN).value, None, made, wanted))
        inputs = (card.inputs[name] for name in ("x", "t"))
        watch.time(partial(session.call, made, "gradient", *inputs))
        return watch.result

    def _as_made(self, session: Session, card: Card, observed: Observed) -> None:
        made = self._made(session, card, ("first loss",), observed)
        if made is None:
            return
        if "first loss" in card.expected:
            reply = session.call(made, "loss", card.inputs["x"], card.inputs["t"])
            self._put(observed, card, "first loss", self._compared(card, "first loss", reply))
        else:
            params = session.get(made, "params")
            for name, size in card.expected.items():
                held = params.value.get(name) if isinstance(params.value, dict) else None
                if params.error is not None and params.error.line:
                    size_of = failed(params.error, self.name)
                elif isinstance(held, np.ndarray) and held.ndim == 2:
                    size_of = as_drawn(held, float(size))
                else:
                    size_of = told("type", "no_table", got=in_words(held))
                text = f"{name} as it is made: {size_of.text}" if size_of.text else ""
                self._put(observed, card, "first loss", replace(size_of, text=text))

    def _with_parameters(self, session: Session, asked: _Asked, observed: Observed) -> None:
        card, wanted, before = asked.card, asked.wanted, asked.before
        leaves = [leaf for leaf in ("loss", "accuracy", *self.parameters) if leaf in card.expected]
        x, t = card.inputs["x"], card.inputs["t"]
        made = self._made(session, card, leaves, observed)
        if made is None or not self._assigned(session, made, wanted, card, leaves, observed):
            return
        reply = observed.heard(session.call(made, "loss", x, t))
        remark_on(observed, reply, ("x", "t"), "loss")
        loss = self._compared(card, "loss", reply)
        self._put(observed, card, "loss", loss)
        reply = observed.heard(session.call(made, "accuracy", x, t))
        remark_on(observed, reply, ("x", "t"), "accuracy")
        # Shares of few samples are alike by chance: no cause is read from their values, and where
        # the scores themselves are wrong, none from where they are right.
        accuracy = replace(self._compared(card, "accuracy", reply), yours=None)
        self._put(observed, card, "accuracy", replace(accuracy, by_chance=not loss.ok))
        if self.parameters[0] not in card.expected:
            return
        for method in ("loss", "gradient"):
            session.call(made, method, *before)
        params = session.get(made, "params").value
        reply = observed.heard(session.call(made, "gradient", x, t))
        remark_on(observed, reply, ("x", "t"), "gradient")
        for name in self.parameters:
            self._note_slope(observed, card, name, reply)
        now = session.get(made, "params").value
        if isinstance(now, dict) and isinstance(params, dict):
            for name in self.parameters:
                if not np.array_equal(now.get(name, 0), params.get(name, 0)):
                    observed.note_change("gradient: parameters", f"params[{name!r}]")
                    observed.remark("gradient: parameters", say("moved_parameters"))

    def _made(
        self, session: Session, card: Card, leaves: Sequence[str], observed: Observed
    ) -> Handle | None:
        reply = observed.heard(session.make(self.name, *card.arguments))
        if reply.error is None:
            return reply.value
        for leaf in leaves:
            self._put(observed, card, leaf, failed(reply.error, self.name))
        return None

    def _assigned(
        self,
        session: Session,
        made: Handle,
        wanted: Mapping[str, Value],
        card: Card,
        leaves: Sequence[str],
        observed: Observed,
    ) -> bool:
        """Set the parameters in place; where that fails, say so of every leaf."""
        assign = session.build(ASSIGN).value
        reply = session.call(assign, None, made, wanted)
        held = session.get(made, "params").value
        lost = [name for name in wanted if not _stays(held, name, wanted[name])]
        if reply.error is None and not lost:
            return True
        if reply.error is None:
            refusal = told("type", "assign_lost", name=lost[0])
        else:
            error = reply.error
            refusal = told("type", "cannot_assign", type=error.type, message=error.message)
            refusal = replace(refusal, text=with_line(refusal.text, error), error=error)
        for leaf in leaves:
            self._put(observed, card, leaf, refusal)
        return False

    def _compared(self, card: Card, leaf: str, reply: Any) -> Comparison:
        if reply.error is not None:
            return failed(reply.error, self.name, "accuracy" if leaf == "accuracy" else "loss")
        return compare(reply.value, card.expected[leaf], between=card.between.get(leaf))

    def _note_slope(self, observed: Observed, card: Card, name: str, reply: Any) -> None:
        if reply.error is not None:
            comparison = failed(reply.error, self.name, "gradient")
        elif not isinstance(reply.value, dict):
            comparison = told("type", "no_dict", got=in_words(reply.value))
        elif name not in reply.value:
            keys = ", ".join(map(repr, reply.value)) or "none"
            comparison = told("type", "missing_key", missing=name, keys=keys)
        else:
            # A bias gradient may stand in a row of its own, as the affine layer's may.
            mine = out_of_row(reply.value[name], card.expected[name])
            comparison = compare(mine, card.expected[name], card.noise[name])
        self._put(observed, card, name, comparison)

    def _own_gradient(
        self, session: Session, card: Card, name: str
    ) -> tuple[np.ndarray, float] | None:
        """Central differences of the student's own loss in one parameter."""
        largest = 0.0
        wanted = {key: card.inputs[key] for key in self.parameters} | {name: Each()}
        make = Coming("make", self.name, None, card.arguments)
        loss = Coming("call", "loss", made_by(0), (card.inputs["x"], card.inputs["t"]))
        chain = [make, *_assigned(wanted), loss]

        def losses(points: np.ndarray) -> np.ndarray:
            nonlocal largest
            found = session.sweep(chain, points)
            if found is None or found[0].size != len(points) or not np.all(np.isfinite(found[0])):
                raise NoGradient
            largest = max(largest, float(np.abs(found[0]).max()))
            return found[0].reshape(len(points))

        try:
            gradient = gradients.central_differences_at_once(losses, card.inputs[name])
        except NoGradient:
            return None
        # The loss may hold a small number in its logarithm, at shares that only the student knows.
        room = 5e-3 * float(np.max(np.abs(gradient), initial=0.0))
        return gradient, gradients.noise(largest) + room

    def _put(self, observed: Observed, card: Card, leaf: str, comparison: Comparison) -> None:
        observed.observations.append(Observation(leaf, card, comparison))


class _Asked:
    """A card, and what it is asked: the parameters `wanted` in the net, if any, and what goes
    through it `before`. What gradient asks for must be its own forward, not one that came before.
    """

    def __init__(self, kind: Network, card: Card):
        self.card = card
        self.wanted = {n: card.inputs[n] for n in kind.parameters if n in card.inputs}
        self.before = (card.inputs["x"] / 2, card.inputs["t"]) if self.wanted else ()
        self.chain = [Coming("make", kind.name, None, card.arguments), *self._rest(kind)]

    def _rest(self, kind: Network) -> list[Coming]:
        """What is asked of the net, where all goes well."""
        net, expected = made_by(0), self.card.expected
        params = Coming("get", "params", net)
        if not self.wanted and "first loss" not in expected:
            return [params]
        inputs = (self.card.inputs["x"], self.card.inputs["t"])
        loss = Coming("call", "loss", net, inputs)
        if not self.wanted:
            return [loss]
        forwards = [*_assigned(self.wanted), params, loss, Coming("call", "accuracy", net, inputs)]
        if kind.parameters[0] not in expected:
            return forwards
        first = [Coming("call", method, net, self.before) for method in ("loss", "gradient")]
        return [*forwards, *first, params, Coming("call", "gradient", net, inputs), params]


def _stays(params: Value, name: str, wanted: np.ndarray) -> bool:
    """Whether a parameter holds what was put into it; single precision rounds it."""
    held = params.get(name) if isinstance(params, dict) else None
    return (
        isinstance(held, np.ndarray)
        and np.shape(held) == np.shape(wanted)
        and ((held == wanted).all() or np.allclose(held, wanted, rtol=1e-6, atol=0))
    )
