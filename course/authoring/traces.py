"""What wrong answers leave on the public cards: catalogued mistakes, and slips in the solution."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import signal
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course.authoring import rules, source
from course.authoring.slips import slips
from course.authoring.source import SourceChapter
from course.cards import Chapter, Exercise
from course.checks.judge import kind_of
from course.checks.tracing import traces_of
from course.diagnosis.traces import MOST_CAUSES, Known, Trace, from_json, to_json
from course.session import LocalSession

SECONDS_A_SLIP = 2
"""A slip may make a loop endless."""
TRAINING = {"Trained", "Network"}
"""Kinds that train nets: they get no slips, only catalogued mistakes."""
MAY_DIFFER = 0.05
"""The share of traces that may differ from machine to machine."""


class Endless(BaseException):
    """Code ran for too long; no `except Exception` of its own may hold this up."""


def known_of(chapter: SourceChapter, shipped: Chapter) -> dict[str, list[Known]]:
    """Exercise id -> everything wrong that will be recognised there."""
    found = {}
    for cell, namespace in rules.solved_namespaces(chapter):
        exercise = shipped.exercises[cell.key]
        mistakes = list(_mistakes(exercise))
        answers = [c for c in chapter.of("answer") if c.key in exercise.objects]
        codes = [source.solved(answer.source) for answer in answers]
        slipped = list(_slipped(exercise, codes, namespace))
        found[exercise.id] = [*mistakes, *_telling(slipped, mistakes)]
    return found


def _mistakes(exercise: Exercise) -> Iterator[Known]:
    if importlib.util.find_spec("grader_tests.mistakes") is None:
        return
    for mistake in importlib.import_module("grader_tests.mistakes").catalogue():
        if mistake.exercise == exercise.id:
            given = {"np": np, "__name__": "answer"}
            traces = _left_by(exercise, mistake.code, given)
            if exercise.kind["kind"] in TRAINING:
                traces = _unchanging(traces, _left_by(exercise, mistake.code, given))
            if traces:
                yield Known(mistake.id, traces, mistake.name, mistake.cause, mistake.question)


def _unchanging(traces: Mapping[str, Trace], again: Mapping[str, Trace]) -> dict[str, Trace]:
    """The traces in which chance has no hand, as it has where a net begins with random weights."""
    return {p: trace for p, trace in traces.items() if p in again and trace.is_like(again[p])}


def _slipped(
    exercise: Exercise, codes: Iterable[str], namespace: Mapping[str, Any]
) -> Iterator[Known]:
    if exercise.kind["kind"] in TRAINING:
        return
    for code in codes:
        for slip in slips(code):
            traces = _left_by(exercise, slip.code, namespace)
            numeric = {part: trace for part, trace in traces.items() if trace.sketch}
            if numeric:
                yield Known(slip.key, numeric, values=slip.values)


def _left_by(exercise: Exercise, code: str, namespace: Mapping[str, Any]) -> dict[str, Trace]:
    """The traces of an answer; none for one that doesn't even begin, or never ends."""
    names = dict(namespace)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), _a_while():
        warnings.simplefilter("ignore")
        try:
            exec(compile(code, "<answer>", "exec", dont_inherit=True), names)
            return traces_of(exercise, kind_of(exercise), LocalSession(names))
        except Endless:
            return {}


@contextlib.contextmanager
def _a_while() -> Iterator[None]:
    """A limit on how long a piece of code may run."""

    def stop(*_: object) -> None:
        raise Endless

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_A_SLIP)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _telling(slipped: Iterable[Known], mistakes: Iterable[Known]) -> list[Known]:
    """Slips that tell something: not those that look like a catalogued mistake, and not those whose
    numbers have many causes."""
    groups: dict[Any, list[Known]] = defaultdict(list)
    taken = {_key(mistake) for mistake in mistakes}
    for slip in slipped:
        groups[_key(slip)].append(slip)
    kept: list[Known] = []
    for key, group in groups.items():
        causes = {slip.why: slip for slip in group}
        if key not in taken and len(causes) <= MOST_CAUSES:
            kept += causes.values()
    return kept


def _key(suspect: Known) -> Any:
    """Equal for answers that leave the same, up to rounding."""
    rounded = {
        part: (t.pattern, *(float(f"{n:.4g}") for n in t.sketch))
        for part, t in suspect.traces.items()
    }
    return tuple(sorted(rounded.items()))


def text(known: Iterable[Known]) -> str:
    """The file of one exercise: one line for each wrong answer."""
    lines = [json.dumps(to_json(each), ensure_ascii=False) for each in known]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def fresh(path: Path, known: Iterable[Known]) -> bool:
    """Whether a file holds these wrong answers, their very sentences, and what they leave.

    A trace may hang on the last digit of a number, and that on the machine: one in twenty may
    differ.
    """
    if not path.exists():
        return False
    entries = json.loads(path.read_text(encoding="utf-8"))
    held, made = ({_told(each): each for each in both} for both in (map(from_json, entries), known))
    before, now = ({each.code: _words(each) for each in both.values()} for both in (held, made))
    if any(words != before.get(code, words) for code, words in now.items()):
        return False
    alike = sum(told in held and _left_alike(held[told], each) for told, each in made.items())
    return alike >= (1 - MAY_DIFFER) * max(len(held), len(made))


def _words(each: Known) -> tuple[str, ...]:
    return (each.name, each.cause, each.question)


def _told(each: Known) -> tuple[Any, ...]:
    values = tuple(sorted(each.values.items()))
    return (each.code, *_words(each), values, *sorted(each.traces))


def _left_alike(one: Known, other: Known) -> bool:
    return all(trace.is_like(other.traces[part]) for part, trace in one.traces.items())
