"""The checks of what goes round a training loop: the loop, its minibatches, nets trained by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any

import numpy as np

from course import data
from course.cards import Card
from course.checks.compare import Comparison, compare, failed, in_words, told, with_line
from course.checks.observe import Observation, Observed, remark_on
from course.givens import Given
from course.messages import say
from course.session import Handle, Reply, Session, Value


@dataclass(frozen=True)
class Training:
    """A function (net, optimizer, batches) -> losses, one for each batch, from before its update.

    A card's inputs are W and b of the net (see `course.givens.Bowl`), the rate of the optimizer
    (`RootSteps`), the batches, a list of pairs, and whether they come as a stream.
    """

    name: str

    def parts(self) -> Mapping[str, Sequence[str]]:
        return {"losses": ["losses"], "parameters": ["parameters"]}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for card in cards:
            inputs = card.inputs
            net = session.build(Given("bowl", {"W": inputs["W"], "b": inputs["b"]})).value
            optimizer = session.build(Given("root_steps", {"rate": inputs["rate"]})).value
            batches = inputs["batches"]
            if inputs["stream"]:
                batches = session.build(Given("stream", {"pairs": batches})).value
            reply = observed.heard(session.call(self.name, None, net, optimizer, batches))
            if reply.error is not None:
                for leaf in self.parts():
                    self._put(observed, card, leaf, failed(reply.error, self.name))
                continue
            remark_on(observed, reply, ("net", "optimizer", "batches"), self.name)
            self._put(observed, card, "losses", compare(reply.value, card.expected["losses"]))
            params = session.get(net, "params").value
            for name in ("W", "b"):
                mine = params.get(name) if isinstance(params, dict) else None
                compared = compare(mine, card.expected[name])
                self._put(observed, card, "parameters", compared, f"{name} at the end")
        return observed

    def _put(
        self, observed: Observed, card: Card, leaf: str, comparison: Comparison, place: str = ""
    ) -> None:
        observed.observations.append(Observation(leaf, card, comparison, place=place))


@dataclass(frozen=True)
class Minibatches:
    """A function (x, t, batch_size, rng) that yields pairs; a card's inputs are x, t, batch_size
    and the seed of the rng. No two rows of x are alike, and no two of t.
    """

    name: str

    def parts(self) -> Mapping[str, Sequence[str]]:
        leaves = ("sizes", "every sample once", "pairs", "shuffled with rng")
        return {leaf: [leaf] for leaf in leaves}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for card in cards:
            rng = session.build(Given("generator", {"seed": card.inputs["seed"]})).value
            first = self._batches(session, card, rng, observed)
            found = first if isinstance(first, Comparison) else self._found(first, card)
            if isinstance(found, Comparison):
                found = dict.fromkeys(self.parts(), found)
            elif found["every sample once"].ok and len(first) > 1:
                again = session.build(Given("generator", {"seed": card.inputs["seed"]})).value
                found["shuffled with rng"] = self._shuffled(
                    first,
                    self._batches(session, card, rng, observed),
                    self._batches(session, card, again, observed),
                    card,
                )
            observed.observations += [
                Observation(leaf, card, comparison) for leaf, comparison in found.items()
            ]
        return observed

    def _batches(self, session: Session, card: Card, rng: Handle, observed: Observed) -> Any:
        """The pairs of one epoch in a list, or the comparison that says why there are none."""
        x, t, size = (card.inputs[key] for key in ("x", "t", "batch_size"))
        held = session.build(Given("samples", {"x": x, "t": t})).value
        halves = [replace(held, attribute=name) for name in ("x", "t")]
        made = observed.heard(session.make(self.name, *halves, size, rng))
        if made.error is not None:
            return failed(made.error, self.name)
        collect = session.build(Given("collect", {"most": 2 * len(x) + 2})).value
        reply = observed.heard(session.call(collect, None, made.value))
        for name in ("x", "t"):
            if not np.array_equal(session.get(held, name).value, card.inputs[name]):
                observed.note_change(f"{name} afterwards", name)
                observed.remark(f"{name} afterwards", say("changed_input", name=name))
        if reply.error is not None:
            if reply.error.type == "TypeError" and not reply.error.line:
                return told("type", "no_pairs")
            return failed(reply.error, self.name)
        if not isinstance(reply.value, list):
            return told("type", "no_pairs")
        batches = []
        for pair in reply.value:
            halves = [_numbers(half) for half in pair] if isinstance(pair, tuple | list) else []
            if len(halves) != 2 or any(half is None for half in halves):
                return told("type", "no_pair", got=in_words(pair))
            batches.append(halves)
        return batches

    def _found(self, batches: Sequence[Any], card: Card) -> Any:
        x, t, size = (card.inputs[key] for key in ("x", "t", "batch_size"))
        for mine, held in ((pair[half], (x, t)[half]) for pair in batches for half in (0, 1)):
            if mine.shape[1:] != held.shape[1:] or mine.ndim != held.ndim:
                wanted = f"({', '.join(['n', *map(str, held.shape[1:])])})"
                return Comparison("shape", say("shape", got=mine.shape, wanted=wanted))
            finite = compare(mine, np.zeros(mine.shape), noise=np.inf)
            if not finite.ok:
                return replace(finite, text=say("in_a_batch", text=finite.text))
        found = {"sizes": Comparison("right")}
        sizes = [len(pair[0]) for pair in batches]
        full = [min(size, len(x) - start) for start in range(0, len(x), size)]
        if sizes != full:
            yours, expected = _listed(sizes), _listed(full)
            found["sizes"] = told("value", "batch_sizes", yours=yours, expected=expected)
        order = _order(batches, x, 0)
        found["every sample once"] = _each_once(order, len(x))
        targets = _order(batches, t, 1)
        found["pairs"] = Comparison("right")
        if np.any(targets < 0):
            found["pairs"] = told("value", "no_row", name="t")
        elif len(order) != len(targets) or np.any(order != targets):
            found["pairs"] = told("value", "torn_pairs")
        found["shuffled with rng"] = Comparison("right")
        if not found["every sample once"].ok:
            found["shuffled with rng"] = Comparison("blocked", say("samples_first"))
        return found

    def _shuffled(self, first: Value, second: Any, again: Any, card: Card) -> Comparison:
        x = card.inputs["x"]
        for other in (second, again):
            if isinstance(other, Comparison):
                return other
        orders = [_order(batches, x, 0) for batches in (first, second, again)]
        for order in orders[1:]:
            once = _each_once(order, len(x))
            if not once.ok:
                return once
        if np.array_equal(orders[0], np.arange(len(x))):
            return told("value", "not_shuffled")
        if np.array_equal(orders[0], orders[1]):
            return told("value", "same_order")
        if not np.array_equal(orders[0], orders[2]):
            return told("value", "own_rng")
        size = card.inputs["batch_size"]
        together = [
            {frozenset(order[start : start + size]) for start in range(0, len(x), size)}
            for order in orders[:2]
        ]
        if size > 1 and together[0] == together[1]:
            return told("value", "same_company")
        if len(x) >= 100 and not all(map(_well_mixed, orders[:2])):
            return told("value", "hardly_shuffled")
        return Comparison("right")


def _numbers(half: Value) -> np.ndarray | None:
    """One half of a pair as an array, or None where it isn't numbers."""
    try:
        return np.asarray(half, dtype=np.float64) if np.ndim(half) else None
    except (TypeError, ValueError):
        return None


def _order(batches: Sequence[Any], held: np.ndarray, half: int) -> np.ndarray:
    """For each row that came, which row of `held` it is; -1 for none. Where far too many came, only
    the first are looked at."""
    # In single precision, which is enough to tell the rows of a card apart.
    rows = {row.astype(np.float32).tobytes(): place for place, row in enumerate(held)}
    came = (row.astype(np.float32) for pair in batches for row in pair[half])
    found = [rows.get(row.tobytes(), -1) for row in islice(came, 100 * len(held))]
    return np.array(found, dtype=np.int64)


def _each_once(order: np.ndarray, count: int) -> Comparison:
    """Whether each of so many rows came, once, and nothing else."""
    if np.any(order < 0):
        return told("value", "no_row", name="x")
    seen = np.bincount(order, minlength=count)
    if np.any(seen != 1):
        row = int(np.argmax(seen != 1))
        return told("value", "sample_seen", row=row, times=int(seen[row]))
    return Comparison("right")


def _well_mixed(order: np.ndarray) -> bool:
    """Whether few samples keep their place or their neighbour, and the others go as far as chance
    takes them: a third of the way on average, to six times what varies."""
    places = np.arange(len(order))
    kept = int(np.sum(order == places)), int(np.sum(np.diff(order) == 1))
    far = float(np.mean(np.abs(order - places))) / len(order)
    return max(kept) <= 12 and abs(far - 1 / 3) < 6 * 0.24 / np.sqrt(len(order))


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes[:12])) or "none"


@dataclass(frozen=True)
class Trained:
    """A function that trains a net on the shipped digits with the optimizer it is handed.

    `rates` are those of the optimizers, by the name of their class; every net returned must read
    `share` of the test images. With the optimizer `wild` at each rate of `beyond` nothing is
    learned, and the function must raise, by intention and not by a slip. The net has `sizes`, and
    learns for `epochs` of `batches` updates, shuffled with one seed: a witness (see
    `course.givens.Witness`) takes notes of them, and goes astray for a while at its second time.
    """

    name: str
    rates: Mapping[str, float]
    share: float
    wild: str
    beyond: Sequence[float]
    sizes: Sequence[int]
    epochs: int
    batches: int

    def parts(self) -> Mapping[str, Sequence[str]]:
        return {leaf: [leaf] for leaf in (*self.rates, "net and batches", "divergence")}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for optimizer, rate in self.rates.items():
            comparison = self._train(session, optimizer, rate, cards[0], observed)
            observed.observations.append(Observation(optimizer, cards[0], comparison))
        fine = all(o.comparison.ok for o in observed.observations)
        if fine:
            rest = self._witnessed(session, observed)
        else:
            first = next(o.comparison for o in observed.observations if not o.comparison.ok)
            stub = first.kind == "not attempted"
            blocked = Comparison("blocked", say("blocked", waits_for="the rest"))
            rest = dict.fromkeys(("net and batches", "divergence"), first if stub else blocked)
        observed.observations += [Observation(leaf, cards[0], c) for leaf, c in rest.items()]
        return observed

    def _start(
        self, session: Session, optimizer: str, rate: float, observed: Observed
    ) -> Reply | Comparison:
        made = observed.heard(session.make(optimizer, rate))
        if made.error is not None:
            return failed(made.error, optimizer)
        return observed.heard(session.make(self.name, made.value))

    def _train(
        self, session: Session, optimizer: str, rate: float, card: Card, observed: Observed
    ) -> Comparison:
        net = self._start(session, optimizer, rate, observed)
        if isinstance(net, Comparison):
            return net
        if net.error is not None:
            return failed(net.error, self.name)
        rows = card.inputs["rows"]
        digits = data.digits()
        scores = session.call(net.value, "predict", digits.x_test[rows])
        if scores.error is not None:
            return failed(scores.error, "the net", "predict")
        found = reads(scores.value, digits.t_test[rows], self.share)
        if not found.ok:
            return found
        # The labels ship with the course: predict could know them by heart, the parameters can't.
        params = session.get(net.value, "params").value
        own = reads(_scores_by(params, digits.x_test[rows]), digits.t_test[rows], self.share)
        return own if own.ok else told("value", "params_read_too_few", wanted=self.share)

    def _witnessed(self, session: Session, observed: Observed) -> dict[str, Comparison]:
        """What a witness notes, once as it stands still and once as it goes astray."""
        replies, notes = [], []
        for astray in (False, True):
            about = {"epoch": self.batches, "astray": astray}
            witness = session.build(Given("witness", about)).value
            replies.append(observed.heard(session.make(self.name, witness)))
            notes.append(session.get(witness, "notes").value)
        steady, astray_reply = replies
        if steady.error is not None:
            made = failed(steady.error, self.name)
        else:
            params = session.get(steady.value, "params").value
            made = self._other_sizes(params) or self._batches(*notes)
        alarm = self._diverge(session, astray_reply, observed)
        return {"net and batches": made, "divergence": alarm}

    def _other_sizes(self, params: Value) -> Comparison | None:
        for name, wanted in zip(("W1", "W2"), pairwise(self.sizes), strict=True):
            got = np.shape(params.get(name, ())) if isinstance(params, dict) else ()
            if got != wanted:
                return told("shape", "net_size", name=name, got=got, wanted=wanted)
        return None

    def _batches(self, notes: list[float], again: list[float]) -> Comparison:
        """The notes of the second and the third epoch, in which the parameters stand still."""
        if len(notes) != self.epochs * self.batches:
            return told(
                "value", "updates", yours=len(notes), epochs=self.epochs, batches=self.batches
            )
        second, third = (slice(k * self.batches, (k + 1) * self.batches) for k in (1, 2))
        if np.allclose(notes[second], notes[third], rtol=1e-3):
            return told("value", "same_order")
        if not np.allclose(notes[second], again[second], rtol=1e-3):
            return told("value", "seed_unused")
        return Comparison("right")

    def _diverge(self, session: Session, astray: Reply, observed: Observed) -> Comparison:
        for rate in self.beyond:
            reply = self._start(session, self.wild, rate, observed)
            if isinstance(reply, Comparison):
                return reply
            wrong = _unheard(reply, told("value", "silent", optimizer=self.wild, rate=rate))
            if wrong is not None:
                return wrong
        return _unheard(astray, told("value", "silent_once")) or Comparison("right")


def _unheard(reply: Reply, silent: Comparison) -> Comparison | None:
    """What is wrong where nothing was learned: silence, or an error that a slip raised."""
    if reply.error is None:
        return silent
    if reply.error.type in _SLIPS:
        alarm = told("value", "wrong_alarm", got=reply.error.type)
        return replace(alarm, text=with_line(alarm.text, reply.error), error=reply.error)
    return None


_SLIPS = {
    "AttributeError",
    "ImportError",
    "IndexError",
    "KeyError",
    "ModuleNotFoundError",
    "NameError",
    "NotImplementedError",
    "TypeError",
    "UnboundLocalError",
}
"""What is raised where code is broken: no report of a loss."""


def _scores_by(params: Value, x: np.ndarray) -> Value:
    """The scores (N, 10) of images x (N, 64) by the parameters of a two-layer net; None where these
    aren't such."""
    held = [params.get(name) for name in _PARAMETERS] if isinstance(params, dict) else [None]
    if not all(isinstance(each, np.ndarray) and each.size < 10**6 for each in held):
        return None
    W1, b1, W2, b2 = held
    try:
        with np.errstate(all="ignore"):
            return np.maximum(x @ W1 + b1, 0) @ W2 + b2
    except ValueError:
        return None


_PARAMETERS = ("W1", "b1", "W2", "b2")


def reads(scores: Value, labels: np.ndarray, share: float) -> Comparison:
    """Whether enough digits are read: the scores (N, 10) are compared on this side."""
    numbers = compare(scores, np.zeros((len(labels), 10)), noise=np.inf)
    if not numbers.ok:
        return numbers
    read = float(np.mean(np.argmax(numbers.yours, axis=1) == labels))
    if read >= share:
        return Comparison("right")
    return told("value", "reads_too_few", share=read, wanted=share)
