"""What each request showed about one leaf of an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from course.cards import Card
from course.checks.compare import Comparison, compare
from course.messages import say
from course.picture import Numbers
from course.session import Reply, Session, Value

if TYPE_CHECKING:
    from course.diagnosis import Subject

Step = Literal["first", "second", "twice", "two objects"]
STEPS: Mapping[Step, str] = {
    "second": "on_second_call",
    "twice": "backward_twice",
    "two objects": "two_objects",
}
"""Right when asked alone, wrong at one of these: that can only have been remembered."""


@dataclass(frozen=True)
class Observation:
    """One leaf of an answer, on one card, at one step: fresh, on a second call, and so on.

    `place` says which piece of the leaf it is about, where the leaf is a list with one array for
    each layer, or a history: "[2]", "the way of W1 in 10 calls".
    `made_with` are the constructor's arguments by name.
    """

    leaf: str
    card: Card
    comparison: Comparison
    step: Step = "first"
    key: str = ""
    measured: bool = False
    place: str = ""
    made_with: Mapping[str, Value] = field(default_factory=dict)

    @property
    def expected_leaf(self) -> str:
        """The leaf's key in the card."""
        return self.key or self.leaf

    @property
    def numbers(self) -> Numbers | None:
        """What a picture of it is drawn from; None where no numbers came, or none are compared."""
        mine, right = self.comparison.yours, self.comparison.expected
        if mine is None or self.comparison.ok or not np.size(mine):
            return None
        if self.expected_leaf in self.card.between and np.shape(mine) == np.shape(right):
            # Where there is a choice, the nearest right entry.
            low, high = self.card.between[self.expected_leaf]
            right = np.where(np.isnan(right), np.clip(mine, low, high), right)
        several = len(self.card.upstream) > 1
        upstream = {f"dout{k if several else ''}": d for k, d in enumerate(self.card.upstream, 1)}
        name = f"{self.leaf}{self.place}" if self.place[:1] == "[" else self.leaf
        if name == self.leaf and self.place:
            name = f"{name}, {self.place}"
        return Numbers(name, mine, right, self.card.case, {**self.card.inputs, **upstream})

    @property
    def subject(self) -> Subject:
        """What kind of number the leaf is: that decides which causes can be named."""
        if self.measured:
            return "measured"
        return "gradient" if self.expected_leaf in self.card.noise else "value"


@dataclass(frozen=True)
class Remark:
    """A side effect, mentioned once; it costs nothing."""

    part: str
    text: str


@dataclass
class Observed:
    """Everything a check saw, in order.

    `remarks` are for right answers. `changed` tells what was changed in place: where the answer is
    wrong, that may be why.
    """

    observations: list[Observation]
    remarks: list[Remark]
    printed: str = ""
    changed: list[Remark] = field(default_factory=list)

    @classmethod
    def empty(cls) -> Observed:
        return cls([], [])

    def heard(self, reply: Reply) -> Reply:
        """Keep the first thing the student's code printed."""
        self.printed = self.printed or reply.printed
        return reply

    def remark(self, part: str, text: str) -> None:
        if not any(known.part == part for known in self.remarks):
            self.remarks.append(Remark(part, text))

    def note_change(self, part: str, name: str) -> None:
        told = Remark(part, say("changed_in_place", name=name))
        if told not in self.changed:
            self.changed.append(told)

    def wrong(self) -> list[Observation]:
        return [o for o in self.observations if not o.comparison.ok]

    def of(self, leaves: Iterable[str]) -> list[Observation]:
        wanted = set(leaves)
        return [o for o in self.observations if o.leaf in wanted]


class Kind(Protocol):
    """One kind of check: which parts it scores, and how it asks."""

    def parts(self) -> Mapping[str, Sequence[str]]:
        """Part -> the leaves it is made of; each part earns an equal share of the points."""
        ...

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        """Put every card to the student's objects."""
        ...


class NoGradient(Exception):
    """The student's own forward can't be measured."""


Measured = tuple[Any, float] | None
"""A gradient of the student's own forward and how exactly it is known; None where it isn't."""


def reconsider(
    observed: Observed,
    forward: Iterable[str],
    slopes: Iterable[str],
    objective: str,
    own_gradient: Callable[[Observation], Measured],
) -> None:
    """Hold gradients against the student's own forward as well, where that is wrong.

    One that is the true gradient of it counts as right. One that is the gradient of neither formula
    is unsettled until forward is right, and so is a nan where forward has one. `own_gradient`
    measures the slope of what is called `objective`, in a list where the leaf is one; a forward
    that varies by more than rounding on none of these cards earns nothing.
    """
    broken = [o for o in observed.of(forward) if not o.comparison.ok]
    if not broken:
        return
    begin = broken[0].expected_leaf
    without_numbers = {
        id(o.card): o.expected_leaf for o in broken if o.comparison.kind == "not finite"
    }
    wanted = list(slopes)
    known: dict[tuple[int, str], Measured] = {}

    def measure(o: Observation) -> Measured:
        key = id(o.card), o.leaf
        if key not in known:
            known[key] = own_gradient(o)
        return known[key]

    wrong = [o for o in observed.of(wanted) if o.comparison.kind == "value"]
    varying = {o.leaf for o in wrong if not o.comparison.narrow and _varies(o, measure(o))}
    unsettled: set[tuple[int, str, str]] = set()
    for place, o in enumerate(observed.observations):
        if o.leaf not in wanted:
            continue
        found = None
        if o.comparison.kind == "not finite" and id(o.card) in without_numbers:
            text = say("not_finite_before", forward=without_numbers[id(o.card)])
            found = replace(o.comparison, kind="unsettled", text=text)
        elif o.comparison.kind == "value" and not o.comparison.narrow:
            found = _beside_own(o, measure(o), objective, begin, still=o.leaf not in varying)
        if found is None:
            continue
        key = id(o.card), o.leaf, o.place
        if found.kind == "unsettled" and o.step == "first":
            unsettled.add(key)
        if found.ok:
            observed.remark(f"{o.leaf}: forward", found.text)
        elif key not in unsettled:
            continue  # right at first, wrong in a later step: that is certain
        observed.observations[place] = replace(o, comparison=found)
    for leaf in wanted:
        _tell_of_a_turned_forward(observed, leaf, measure, objective)


def _varies(o: Observation, measured: Measured) -> bool:
    """Whether the student's own forward moves at all on this card."""
    if measured is None:
        return False
    own, noise = _of_layer(o, measured)
    return bool(np.max(np.abs(own), initial=0.0) > noise)


def _beside_own(
    o: Observation, measured: Measured, objective: str, begin: str, still: bool
) -> Comparison | None:
    """A wrong gradient beside that of the student's own forward; None where it stays as it is."""
    if measured is None:
        return None
    own, noise = _of_layer(o, measured)
    mine, expected = o.comparison.yours, o.comparison.expected
    free = _free(o)
    own, expected = np.where(free, mine, own), np.where(free, mine, expected)
    faithful = compare(mine, own, noise).ok
    if faithful and not (still and np.any(expected)):
        return Comparison("right", say("own_forward", forward=objective), mine, own)
    if np.max(np.abs(own), initial=0.0) > noise and compare(expected, own, noise).ok:
        return None  # what is wrong in forward doesn't reach this gradient
    if _is_another(o):
        return None
    turned = compare(np.where(free, mine, -mine), own, noise).ok
    key = "own_still" if faithful else "own_opposite" if turned else "unsettled"
    text = say(key, forward=objective, begin=begin)
    return replace(o.comparison, kind="unsettled", text=text)


def _is_another(o: Observation) -> bool:
    """Whether a wrong result is the right one for another leaf: that needs no forward."""
    mine, others = o.comparison.yours, {**o.card.expected, o.expected_leaf: None}.values()
    return bool(np.any(mine)) and any(
        isinstance(other, int | float | np.ndarray) and compare(mine, other).ok for other in others
    )


def _tell_of_a_turned_forward(
    observed: Observed, leaf: str, measure: Callable[[Observation], Measured], forward: str
) -> None:
    """Say of a right gradient that the student's own forward has exactly minus this one."""
    alone = [o for o in observed.of([leaf]) if o.step == "first" and o.comparison.yours is not None]
    telling = [o for o in alone if np.any(o.comparison.expected)]
    if not telling or not all(o.comparison.ok and not o.comparison.text for o in alone):
        return
    for o in telling:
        measured = measure(o)
        if measured is None:
            return
        own, noise = _of_layer(o, measured)
        minus = np.where(_free(o), own, -o.comparison.yours)
        if np.max(np.abs(own), initial=0.0) <= noise or not compare(minus, own, noise).ok:
            return
    text = say("forward_opposite", forward=forward)
    place = next(k for k, o in enumerate(observed.observations) if o is telling[0])
    told = replace(telling[0].comparison, text=text)
    observed.observations[place] = replace(telling[0], comparison=told)
    observed.remark(f"{leaf}: forward", text)


def _of_layer(o: Observation, measured: tuple[Any, float]) -> tuple[np.ndarray, float]:
    """What was measured of the layer that the observation is about."""
    gradient, noise = measured
    layer = gradient[int(o.place.strip("[]"))] if isinstance(gradient, list) else gradient
    return layer, noise


def _free(o: Observation) -> np.ndarray:
    """The entries that leave a choice: at a corner no slope can be measured, and yours stands."""
    low, high = o.card.between.get(o.expected_leaf, (0.0, 0.0))
    return np.asarray(low) < np.asarray(high)


def room_of(card: Card, leaf: str, gradient: Any) -> float:
    """A card's own noise in one gradient, at the scale of another.

    It holds more than rounding where a small number inside a logarithm is as good as none.
    """
    wanted, mine = _largest(card.expected[leaf]), _largest(gradient)
    return card.noise[leaf] * max(1.0, mine / wanted if wanted else 1.0)


def _largest(gradient: Any) -> float:
    """The size of the largest entry, in one array or in a list of them."""
    layers = gradient if isinstance(gradient, list) else [gradient]
    return max(float(np.max(np.abs(layer), initial=0.0)) for layer in layers)


def remark_on(
    observed: Observed,
    reply: Reply,
    names: Sequence[str],
    part: str,
    but: Collection[str] = (),
    counts: bool = True,
) -> None:
    """Note warnings and arguments changed in place, `but` for some; where the part doesn't count,
    only what may be the cause of something wrong."""
    for position in sorted(reply.after):
        name = names[position] if position < len(names) else "an argument"
        if name in but:
            continue
        observed.note_change(f"{part}: inputs", name)
        if counts:
            observed.remark(f"{part}: inputs", say("changed_input", name=name))
    if reply.warnings and counts:
        observed.remark(f"{part}: warning", say("warned", text=reply.warnings[0]))


def remark_on_results(
    observed: Observed, reply: Reply, inputs: Iterable[Value], part: str, *, fresh: bool, kept: bool
) -> None:
    """Note a result that shares memory with an argument, and single precision that was widened."""
    if fresh and reply.shares_memory:
        observed.remark(f"{part}: memory", say("shared_memory"))
    narrow = any(isinstance(x, np.ndarray) and x.dtype == np.float32 for x in inputs)
    if kept and narrow and getattr(reply.value, "dtype", None) == np.float64:
        observed.remark(f"{part}: dtype", say("widened"))


def described(kind: Any) -> dict[str, Any]:
    """A kind as plain data: its name, and the settings that differ from its own defaults."""
    settings = {each.name: (getattr(kind, each.name), _default(each)) for each in fields(kind)}
    said = {name: value for name, (value, default) in settings.items() if value != default}
    return {"kind": type(kind).__name__, **said}


def _default(each: Any) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()
