"""What each request showed about one leaf of an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Literal, Protocol

import numpy as np

from course.cards import Card
from course.checks.compare import Comparison, compare
from course.diagnosis import Subject
from course.messages import say
from course.session import Reply, Session, Value

Step = Literal["first", "second", "twice", "two objects"]


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
    def subject(self) -> Subject:
        """What kind of number the leaf is: that decides which causes can be named."""
        if self.measured:
            return "measured"
        return "gradient" if self.expected_leaf in self.card.noise else "value"


@dataclass(frozen=True)
class Remark:
    """A side effect: full points, mentioned once."""

    part: str
    text: str


@dataclass
class Observed:
    """Everything a check saw, in order."""

    observations: list[Observation]
    remarks: list[Remark]
    printed: str = ""

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


def reconsider(
    observed: Observed,
    forward: Iterable[str],
    slopes: Iterable[str],
    own_gradient: Callable[[Observation], tuple[Any, float] | None],
) -> None:
    """Count a gradient right if it is the true one of the student's own forward, where that is
    wrong.

    `own_gradient` measures that one (None where it can't), in a list where the leaf is one; a
    forward that varies by more than rounding on none of these cards earns nothing.
    """
    if all(o.comparison.ok for o in observed.of(forward)):
        return
    wanted = set(slopes)
    known: dict[tuple[int, str], tuple[Any, float] | None] = {}
    found, varying = [], set()
    for place, o in enumerate(observed.observations):
        if o.leaf not in wanted or o.comparison.kind != "value" or o.comparison.narrow:
            continue
        key = id(o.card), o.leaf
        if key not in known:
            known[key] = own_gradient(o)
        measured = known[key]
        if measured is None:
            continue
        gradient, noise = measured
        if isinstance(gradient, list):
            gradient = gradient[int(o.place.strip("[]"))]
        found.append((place, o, gradient, noise))
        if np.max(np.abs(gradient), initial=0.0) > noise:
            varying.add(o.leaf)
    for place, o, gradient, noise in found:
        if o.leaf not in varying and np.any(o.comparison.expected):
            continue
        if o.expected_leaf in o.card.between:
            # At a corner no slope can be measured: there the student's own entry stands.
            low, high = o.card.between[o.expected_leaf]
            gradient = np.where(low < high, o.comparison.yours, gradient)
        if compare(o.comparison.yours, gradient, noise).ok:
            faithful = Comparison("right", say("own_forward"), o.comparison.yours, gradient)
            observed.observations[place] = replace(o, comparison=faithful)
            observed.remark(f"{o.leaf}: forward", say("own_forward"))


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
) -> None:
    """Note warnings and arguments changed in place, `but` for some; only right answers will mention
    them."""
    for position in sorted(reply.after):
        name = names[position] if position < len(names) else "an argument"
        if name in but:
            continue
        observed.remark(f"{part}: inputs", say("changed_input", name=name))
    if reply.warnings:
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
