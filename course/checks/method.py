"""Tells a backward pass from numeric differentiation, by how its time grows with its arrays.

Where the sides of all large arrays double, a backward pass takes four times as long, in loops too.
One that nudges an entry and runs forward again has more entries to nudge besides, and takes eight
times as long or more. No time is too long by itself. Where growth can't be measured well, nothing
is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from course.cards import Card
from course.checks.compare import told
from course.checks.observe import Observation, Observed
from course.session import Chain, LocalSession, Reply, Session, Value

SMALLEST, LARGEST, LARGEST_OF_MANY, LARGEST_SQUARED = 2, 362, 181, 181
MANY = 8  # samples for each unit
FEW, FEW_OF_MANY = (8, 32, 128), (8, 64)
"""The sizes that a first look takes. At 64, many samples make a net's products take as long."""
FOLD = 16

THRESHOLD = math.sqrt(4 * 8)
"""Mean growth of two doublings, halfway, as factors go, from a backward pass (4) to numeric
differentiation (8)."""

STEADY = (3.5, 4.8)
"""Growth of loops. Numeric differentiation passes through it within two steps, from 2 to 8."""

LEAST_GROWTH = 4.4
"""What each of two overlapping doublings must exceed, a tenth more than loops grow."""

FOLDED = 0.15
"""Least share of its time that numeric differentiation takes on folded arrays. It has as many
entries there; a table of all samples by all samples has 256 times fewer."""

RUNS, SECONDS_A_SIZE = 3, 0.06
TURNS, LEAST_TURNS, SECONDS_AGAIN = 8, 2, 3.0
SHORT = 5e-3  # seconds; less than it takes to nudge a few hundred entries
LONG_ENOUGH = 0.6  # seconds in which growth would show
TOO_LONG = 3.5  # seconds that no request may be expected to take
MANY_TIMES = 25  # as long as copying the arrays: a pass over whole arrays stays far below
FEW_TIMES = 8
AN_ENTRY = 5e-9
"""Seconds. A forward pass over more than `A_THOUSAND` entries takes longer for each, and each entry
that is nudged takes such a pass."""
A_THOUSAND = 1000


T = TypeVar("T")


@runtime_checkable
class Timed(Protocol):
    """A kind of check whose gradients can be asked for at any size.

    `axes` maps the inputs of a card, and "arguments" and "upstream", to a mark for each axis: "-"
    keeps its size, "n" has n entries, "+" too, in an array made smaller, so that a sum over this
    axis stays as it was. "m" are many samples, 8 * n. "s" are n * n samples, each "w" wide as on
    the card; folded, they are 16 times fewer and wider. A list has a text for each item, and "n"
    for a number puts n in its place. A kind without axes can't be asked.
    """

    axes: Mapping[str, Any]

    def seconds(self, session: Session, card: Card) -> float | None:
        """The time of one backward pass on a card; None where it raises."""
        ...


class Watch:
    """Adds up the time that the student's side works on requests, as the trusted side sees it."""

    def __init__(self, session: Session):
        self.session, self.seconds, self.failed = session, 0.0, False

    def ahead(self, chain: Chain) -> None:
        """Say what will be asked, and add its time where it is asked for at once."""
        self._timed(lambda: self.session.ahead(chain))

    def time(self, request: Callable[[], Reply]) -> Reply:
        """Make a request and add its time."""
        return self.note(self._timed(request))

    def note(self, reply: Reply) -> Reply:
        """Remember whether a request failed."""
        self.failed = self.failed or reply.error is not None
        return reply

    def _timed(self, request: Callable[[], T]) -> T:
        began = self.session.seconds()
        given = request()
        self.seconds += self.session.seconds() - began
        return given

    @property
    def result(self) -> float | None:
        """The time of all requests; None where one failed."""
        return None if self.failed else self.seconds


def look(kind: object, session: Session, cards: Sequence[Card], observed: Observed) -> None:
    """Note of every right gradient that it was measured by differences, where its time says so.

    `cards` are those from which larger ones are made. Nothing is asked where no gradient is right.
    """
    if not isinstance(kind, Timed) or not kind.axes:
        return
    moved = set(getattr(kind, "moved", {}).values())
    slopes = {o.leaf for o in observed.observations if o.subject == "gradient"} - moved
    right = slopes - {o.leaf for o in observed.wrong()}
    small = smallest(cards, kind.axes)
    if not right or small is None:
        return
    if grows_too_fast(Passes(kind, session, small)):
        found = told("measured", "differences")
        observed.observations += [Observation(leaf, Card("", {}, {}), found) for leaf in right]


class Passes:
    """Backward passes on cards grown from a small one, of any size."""

    def __init__(self, kind: Timed, session: Session, small: Card):
        self._kind, self._session, self._small = kind, session, small
        self._rng = np.random.default_rng(0)
        moving = kind.axes.keys() - set(getattr(kind, "fixed", ()))
        self._nudged = {key: value for key, value in small.inputs.items() if key in moving}
        self._copier = LocalSession({"copy": lambda *values: values})
        marks = str(list(kind.axes.values()))
        self.squared = "s" in marks
        of_many = LARGEST_OF_MANY if "m" in marks else LARGEST
        self.largest = LARGEST_SQUARED if self.squared else of_many

    def took(self, n: int, fold: int = 1) -> float | None:
        """The seconds of one pass at sides of n entries; None where it raises."""
        return self._kind.seconds(self._session, self._card(n, fold))

    def copied(self, n: int) -> float:
        """The seconds in which a session copies arrays of this size, and does nothing with them."""
        values = [value for _, value in _parts(self._card(n))]
        watches = [Watch(self._copier) for _ in range(3)]
        for watch in watches:
            watch.time(lambda: self._copier.call("copy", None, *values))
        return min(watch.seconds for watch in watches)

    def entries(self, n: int) -> int:
        """How many entries the smallest input has that could be nudged."""
        grown = (_entries_grown(v, self._kind.axes[key], n) for key, v in self._nudged.items())
        return min(grown, default=0)

    def _card(self, n: int, fold: int = 1) -> Card:
        # Entries in another order each time: what was kept of one run is of no use in the next.
        return grown(self._small, self._kind.axes, n, self._rng, fold)


def smallest(cards: Sequence[Card], axes: Mapping[str, Any]) -> Card | None:
    """The card that grows least, of those whose arrays have these axes; None where none has."""

    def entries_grown(card: Card) -> int:
        parts = dict(_parts(card)).items()
        return sum(_entries_grown(value, axes.get(name), 64) for name, value in parts)

    return min((c for c in cards if _fits(c, axes)), key=entries_grown, default=None)


class AnyPasses(Protocol):
    """What `Passes` are asked for: `squared` ones have n * n samples."""

    squared: bool
    largest: int

    def took(self, n: int, fold: int = 1) -> float | None: ...

    def copied(self, n: int) -> float: ...

    def entries(self, n: int) -> int: ...


def grows_too_fast(passes: AnyPasses) -> bool:
    """Whether the time of a pass grows as that of numeric differentiation does.

    Sides grow by a root of 2, while the time allows it, until two doublings, of the last side and
    of the one before, are both beyond what loops reach, and on average beyond the threshold. Then
    all four sizes are measured anew, in turns.
    """
    if _fast_throughout(passes):
        return False
    sizes: list[int] = []
    least: list[float] = []
    growth: list[float] = []  # since half the side
    for n in _sizes(passes.largest):
        seconds = _least(passes, n)
        if not seconds:
            return False
        sizes.append(n)
        least.append(seconds)
        growth.append(least[-1] / least[-3] if len(least) > 2 else 0.0)
        if len(growth) > 4 and _beyond(*growth[-2:]):
            if seconds > MANY_TIMES * passes.copied(n):
                if passes.squared and _shrinks(passes, n, seconds):
                    return False
                if _remains(passes, sizes[-4:]):
                    return True
        elif _innocent(passes, n, seconds, growth):
            return False
        if seconds * math.sqrt(max(growth[-1], 4.0)) > TOO_LONG:
            return False
    return False


def _fast_throughout(passes: AnyPasses) -> bool:
    """Whether a few sizes show at once that nothing is nudged. Most answers are done with here.

    Either there is less time than it takes to nudge each of a thousand entries and more, or, at a
    large size, not much more than copying takes.
    """
    of_many = not passes.squared and passes.largest == LARGEST_OF_MANY
    for n in FEW_OF_MANY if of_many else FEW:
        seconds = passes.took(n)
        if seconds is None:
            return True
        if passes.squared and n * n > A_THOUSAND and seconds < AN_ENTRY * passes.entries(n) ** 2:
            return True
        if n >= passes.largest // 4:
            enough = MANY_TIMES * passes.copied(n)
            return seconds < enough or (_least(passes, n) or 0.0) < enough
        if seconds > SHORT and seconds > MANY_TIMES * passes.copied(n):
            return False
    return False


def _beyond(one: float, other: float) -> bool:
    return min(one, other) > LEAST_GROWTH and one * other > THRESHOLD**2


def _innocent(passes: AnyPasses, n: int, seconds: float, growth: Sequence[float]) -> bool:
    """Whether larger sizes would show nothing new."""
    as_loops_do = all(STEADY[0] <= factor <= STEADY[1] for factor in growth[-4:])
    # Squared, numeric differentiation begins with the growth of loops.
    if as_loops_do and len(growth) > 5 and seconds > (0.1 if passes.squared else 2e-3):
        return True
    if n >= passes.largest // 4 and seconds < FEW_TIMES * passes.copied(n):
        return True
    return seconds > LONG_ENOUGH and growth[-1] < STEADY[1]


def _sizes(largest: int) -> list[int]:
    steps = round(2 * math.log2(largest / SMALLEST))
    return [round(SMALLEST * 2 ** (step / 2)) for step in range(steps + 1)]


def _least(passes: AnyPasses, n: int, fold: int = 1) -> float | None:
    """The shortest of several runs: what else the machine does only ever adds time."""
    taken: list[float] = []
    while len(taken) < RUNS and sum(taken) < SECONDS_A_SIZE:
        took = passes.took(n, fold)
        if took is None:
            return None
        taken.append(took)
    return min(taken)


def _shrinks(passes: AnyPasses, n: int, seconds: float) -> bool:
    """Whether folded arrays take far less time. A table of all samples by all samples, which grows
    as numeric differentiation does, is honest."""
    folded = _least(passes, n, FOLD)
    return folded is None or folded < FOLDED * seconds


def _remains(passes: AnyPasses, sizes: Sequence[int]) -> bool:
    """Whether four sizes still show it when they are measured anew, in turns: a machine that is
    slow for a while is slow for all of them."""
    times, spent = dict.fromkeys(sizes, math.inf), 0.0
    for turn in range(TURNS):
        for n in sizes:
            took = _least(passes, n)
            if took is None:
                return False
            times[n] = min(times[n], took)
            spent += took
        if turn + 1 >= LEAST_TURNS and spent > SECONDS_AGAIN:
            break
    smallest, small, large, largest = times.values()
    return _beyond(large / smallest, largest / small)


def grown(
    card: Card, axes: Mapping[str, Any], n: int, rng: np.random.Generator, fold: int = 1
) -> Card:
    """A card with sides of n, whose places take entries of this one at random."""
    used = str(list(axes.values()))
    sizes = {mark: size for mark, size in _sides(n, fold).items() if mark in used or mark == "n"}
    picks = {mark: rng.integers(2**31, size=size) for mark, size in sizes.items()}
    picks["+"] = picks["n"]
    parts = {
        name: _grown(value, axes[name], picks, fold) if name in axes else value
        for name, value in _parts(card)
    }
    arguments, upstream = parts.pop("arguments"), parts.pop("upstream")
    return replace(card, inputs=parts, arguments=arguments, upstream=upstream)


def _sides(n: int, fold: int = 1) -> dict[str, int]:
    """How many entries an axis of each mark has."""
    return {"n": n, "m": MANY * n, "s": max(1, n * n // fold)}


def _entries_grown(value: Value, axes: Any, n: int) -> int:
    """How many numbers a value holds once it has grown."""
    if axes is None:
        return entries(value)
    if not isinstance(axes, str):
        return sum(_entries_grown(*pair, n) for pair in zip(value, axes, strict=True))
    sides = _sides(n) | {"+": n}
    own = np.shape(value)
    return math.prod(sides.get(mark, size) for mark, size in zip(axes, own, strict=False))


def _grown(value: Value, axes: Any, picks: Mapping[str, np.ndarray], fold: int) -> Value:
    if not isinstance(axes, str):
        both = zip(value, axes, strict=True)
        return type(value)(_grown(*pair, picks, fold) for pair in both)
    if not np.ndim(value):
        return len(picks["n"]) if axes == "n" else value
    for axis, mark in enumerate(axes):
        own = value.shape[axis]
        if mark == "w":
            value = np.concatenate([value] * fold, axis)
        elif mark != "-":
            value = np.take(value, picks[mark] % own, axis)
        if mark == "+":
            value = value / max(1.0, len(picks[mark]) / own)
    return value


def _fits(card: Card, axes: Mapping[str, Any]) -> bool:
    parts = dict(_parts(card))
    return all(name in parts and _fit(parts[name], marks) for name, marks in axes.items())


def _fit(value: Value, axes: Any) -> bool:
    if isinstance(axes, str):
        return np.ndim(value) == len(axes) or (np.ndim(value) == 0 and len(axes) == 1)
    return (
        isinstance(value, tuple | list) and len(value) == len(axes) and all(map(_fit, value, axes))
    )


def _parts(card: Card) -> list[tuple[str, Value]]:
    return [*card.inputs.items(), ("arguments", card.arguments), ("upstream", card.upstream)]


def entries_of(card: Card) -> int:
    """How many numbers a card hands to an answer."""
    return sum(entries(value) for _, value in _parts(card))


def entries(value: Value) -> int:
    """How many numbers a nest of tuples and lists holds."""
    return sum(map(entries, value)) if isinstance(value, tuple | list) else int(np.size(value))
