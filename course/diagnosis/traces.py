"""Recognises a mistake by what it leaves on the public cards, without knowing its code.

The build runs every catalogued mistake, and many small slips in a right answer, on the public
cards. What comes out is shipped as a trace: which results are wrong, and two numbers of each. An
answer that leaves the same trace has the same mistake, or one that can't be told from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from course.messages import say
from course.verdict import Diagnosis

SKETCHED = 6
"""How many results of a part a trace tells the numbers of; it tells the places of all."""
TOLERANCE = 3e-6
NARROW_TOLERANCE = 3e-4
MOST_CAUSES = 3
"""Causes that leave the same numbers are all named, up to so many; more would tell nothing."""


@dataclass(frozen=True)
class Mark:
    """One wrong result: where it was seen, and its numbers, or what it was in words."""

    where: str
    numbers: np.ndarray | None = None
    words: str = ""
    narrow: bool = False


@dataclass(frozen=True)
class Trace:
    """What a wrong answer leaves in one part: where and how it is wrong, and two numbers each."""

    pattern: str
    sketch: tuple[float, ...] = ()
    narrow: bool = False
    finite: bool = True

    @classmethod
    def of(cls, marks: Sequence[Mark]) -> Trace:
        pattern = hashlib.blake2b(digest_size=6)
        for mark in marks:
            shape = "" if mark.numbers is None else str(mark.numbers.shape)
            pattern.update(f"{mark.where} {shape} {mark.words}\n".encode())
        numeric = [mark.numbers for mark in marks if mark.numbers is not None]
        sketch = tuple(number for numbers in numeric[:SKETCHED] for number in _sketched(numbers))
        finite = all(np.all(np.isfinite(numbers)) for numbers in numeric)
        return cls(pattern.hexdigest(), sketch, any(mark.narrow for mark in marks), finite)

    def is_like(self, other: Trace) -> bool:
        """Whether the two can't be told apart, up to rounding."""
        if self.pattern != other.pattern or len(self.sketch) != len(other.sketch):
            return False
        allowed = NARROW_TOLERANCE if self.narrow or other.narrow else TOLERANCE
        return all(
            abs(one - two) <= allowed * max(1.0 if place % 2 else 0.0, abs(one), abs(two))
            for place, (one, two) in enumerate(zip(self.sketch, other.sketch, strict=True))
        )


def _sketched(numbers: np.ndarray) -> tuple[float, float]:
    """The size of an array, and its direction along a fixed one: equal for equal arrays only."""
    entries = np.where(np.isfinite(numbers), numbers, 0.0).ravel()
    largest = float(np.max(np.abs(entries), initial=0.0))
    if largest == 0.0:
        return 0.0, 0.0
    entries = entries / largest
    length = float(np.sqrt(np.mean(entries**2)))
    fixed = np.cos(1.7 * np.arange(entries.size) + 0.3)
    return _short(largest * length), _short(float(np.mean(entries * fixed)) / length)


def _short(value: float) -> float:
    return float(f"{value:.7g}")


@dataclass(frozen=True)
class Known:
    """A wrong answer whose traces are known, part by part; `code` is its name in reports.

    A catalogued mistake brings its own sentences. A slip has none: its code is the key of those in
    the catalogue of messages, and `values` stand in them.
    """

    code: str
    traces: Mapping[str, Trace]
    name: str = ""
    cause: str = ""
    question: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_slip(self) -> bool:
        return not self.name

    @property
    def why(self) -> str:
        return say(f"{self.code}.when", **self.values) if self.is_slip else self.cause

    @property
    def look(self) -> str:
        return say(f"{self.code}.look", **self.values) if self.is_slip else self.question

    @property
    def brief(self) -> str:
        return say(f"{self.code}.brief") if self.is_slip else self.name


def recognise(exercise_id: str, seen: Mapping[str, Trace]) -> dict[str, Diagnosis]:
    """Part -> the cause of what was seen there, for the parts whose cause is known."""
    # Whatever else it makes wrong must be wrong too, and in the same way.
    fitting = [
        each
        for each in known(exercise_id)
        if all(part in seen and seen[part].is_like(t) for part, t in each.traces.items())
    ]
    told: dict[str, Diagnosis] = {}
    for part, trace in seen.items():
        if trace.sketch and not any(trace.sketch):
            continue  # all 0 has more causes than are known
        found = _most_telling([each for each in fitting if part in each.traces], seen)
        if 0 < len(found) <= MOST_CAUSES:
            told[part] = _together(found)
    return told


def _most_telling(alike: list[Known], seen: Mapping[str, Trace]) -> list[Known]:
    """Of those that fit a part: mistakes that explain all parts, else mistakes, else slips that do.

    Where nothing finite is left to compare, a slip would be a guess.
    """
    finite = all(trace.finite for trace in seen.values())
    whole = [each for each in alike if each.traces.keys() == seen.keys()]
    for found in (
        [each for each in whole if not each.is_slip],
        [each for each in alike if not each.is_slip],
        [each for each in whole if each.is_slip and finite],
    ):
        if found:
            return list({each.why: each for each in found}.values())
    return []


def _together(found: Sequence[Known]) -> Diagnosis:
    """One diagnosis that names them all."""
    sort = "slip" if found[0].is_slip else "mistake"
    return Diagnosis(
        " or ".join(dict.fromkeys(each.code for each in found)),
        say(f"recognised_{sort}_{len(found)}", *(each.why for each in found)),
        " ".join(dict.fromkeys(each.look for each in found)),
        " or ".join(dict.fromkeys(each.brief for each in found)),
    )


CERTAIN = frozenset(
    {"sign", "swapped", "upstream", "no_upstream", "one_upstream", "transposed", "turned"}
    | {"reversed", "over_size", "times_size", "not_summed", "not_averaged", "summed_away"}
)
"""Facts about the numbers that tell more than the slip that may have led to them."""


def better(fact: Diagnosis | None, known: Diagnosis | None) -> Diagnosis | None:
    """Which to tell: a known mistake before a fact, and a telling fact before a slip."""
    if fact is not None and known is not None and known.code.startswith("slip_"):
        return fact if fact.code in CERTAIN else known
    return known or fact


def known(exercise_id: str) -> tuple[Known, ...]:
    """The wrong answers whose traces the course ships for an exercise, or none."""
    file = resources.files("course") / "traces" / f"{exercise_id}.json"
    return _read(exercise_id) if file.is_file() else ()


@cache
def _read(exercise_id: str) -> tuple[Known, ...]:
    file = resources.files("course") / "traces" / f"{exercise_id}.json"
    return tuple(from_json(entry) for entry in json.loads(file.read_text(encoding="utf-8")))


def to_json(suspect: Known) -> dict[str, Any]:
    """A known wrong answer as plain data, empty fields left out."""
    told = {
        "name": suspect.name,
        "cause": suspect.cause,
        "question": suspect.question,
        "values": dict(suspect.values),
    }
    traces = {part: [t.pattern, *t.sketch] for part, t in suspect.traces.items()}
    said = {key: value for key, value in told.items() if value}
    return {"code": suspect.code, **said, "traces": traces}


def from_json(data: Mapping[str, Any]) -> Known:
    """The inverse of `to_json`."""
    traces = {part: Trace(t[0], tuple(t[1:])) for part, t in data["traces"].items()}
    return Known(**(dict(data) | {"traces": traces}))
