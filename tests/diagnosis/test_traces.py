"""A mistake is recognised by what it leaves on the public cards, and by nothing else."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import replace
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from course import cards, draws
from course.authoring import traces as making
from course.checks import judge
from course.diagnosis import traces
from course.diagnosis.traces import Known, Mark, Trace
from course.session import LocalSession
from course.verdict import Verdict

DRAWS = draws.load(None)


def verdict_on(exercise_id: str, code: str, fresh: int | None = None) -> Verdict:
    exercise = cards.find_exercise(exercise_id)
    assert exercise is not None
    names: dict[str, Any] = {"np": np}
    exec(compile(dedent(code), "<answer>", "exec", dont_inherit=True), names)
    drawn = None if fresh is None else DRAWS[exercise_id].cards(np.random.default_rng(fresh))
    return judge(exercise, LocalSession(names), drawn)


def causes(verdict: Verdict) -> dict[str, str]:
    return {f.part: f.diagnosis.code for f in verdict.findings if f.diagnosis is not None}


SOFTMAX = """
def softmax(x):
    rows = x - x.max(axis=-1, keepdims=True)
    {line}
"""
BY_COLUMNS = "return np.exp(rows) / np.exp(rows).sum()"


def test_a_catalogued_mistake_is_named_however_it_is_written() -> None:
    loops = """
    class MulLayer:
        def forward(self, first, second):
            self.pair = [first, second]
            return first * second
        def backward(self, upstream):
            return tuple(upstream * each for each in self.pair)
    """
    verdict = verdict_on("mul_layer", loops)
    assert causes(verdict) == {"dx": "mul_not_swapped", "dy": "mul_not_swapped"}
    assert "A known mistake leaves the same numbers." in verdict.to_text()


def test_it_is_named_on_fresh_cards_too() -> None:
    code = SOFTMAX.format(line=BY_COLUMNS)
    assert causes(verdict_on("softmax", code)) == causes(verdict_on("softmax", code, fresh=5))
    assert causes(verdict_on("softmax", code)) == {"softmax": "softmax_sum_no_axis"}


def test_it_is_named_in_single_precision_too() -> None:
    narrow = "rows = rows.astype(np.float32); " + BY_COLUMNS
    assert causes(verdict_on("softmax", SOFTMAX.format(line=narrow)))["softmax"] == (
        "softmax_sum_no_axis"
    )


def test_an_almost_equal_answer_is_not_that_mistake() -> None:
    almost = BY_COLUMNS + " * 1.001"
    assert (
        "softmax_sum_no_axis"
        not in causes(verdict_on("softmax", SOFTMAX.format(line=almost))).values()
    )


def test_a_slip_that_no_one_catalogued_is_told_as_a_slip() -> None:
    code = """
    class Tanh:
        def forward(self, x):
            self.y = np.tanh(x)
            return self.y
        def backward(self, dout):
            return dout * (1 - self.y ** 3)
    """
    verdict = verdict_on("tanh_layer", code)
    assert causes(verdict) == {"dx": "slip_number"}
    assert "These numbers come out when backward has 3 in the place of another number" in (
        verdict.to_text()
    )


def test_a_fact_that_tells_more_goes_before_a_slip() -> None:
    slip = traces.Diagnosis("slip_name", "", "")
    for fact in ("sign", "swapped", "transposed"):
        telling = traces.Diagnosis(fact, "", "")
        assert traces.better(telling, slip) is telling
    assert traces.better(traces.Diagnosis("only_on", "", ""), slip) is slip
    assert traces.better(None, slip) is slip


# --- traces


def marks(*results: Any) -> list[Mark]:
    return [Mark(str(place), np.asarray(r, dtype=float)) for place, r in enumerate(results)]


def test_equal_numbers_leave_equal_traces_up_to_rounding() -> None:
    table = np.random.default_rng(1).normal(size=(7, 3))
    assert Trace.of(marks(table)).is_like(Trace.of(marks(table * (1 + 1e-9))))
    assert not Trace.of(marks(table)).is_like(Trace.of(marks(table * (1 + 1e-4))))


@pytest.mark.parametrize(
    "other", [lambda t: -t, lambda t: t[::-1], lambda t: t.T, lambda t: t.ravel(), lambda t: 2 * t]
)
def test_other_numbers_leave_other_traces(other: Any) -> None:
    table = np.random.default_rng(2).normal(size=(3, 3))
    assert not Trace.of(marks(table)).is_like(Trace.of(marks(other(table))))


def test_a_trace_has_finite_numbers_whatever_came_out() -> None:
    for wild in (np.nan, np.inf, 1e300, 0.0, [np.nan, 1e-300], [[]]):
        assert np.all(np.isfinite(Trace.of(marks(wild)).sketch))


def one(code: str, **left: Any) -> Known:
    return Known(
        code,
        {part: Trace.of(marks(*numbers)) for part, numbers in left.items()},
        f"the name of {code}",
        f"The cause of {code}.",
        f"The question about {code}?",
    )


@pytest.fixture
def suspects(monkeypatch: pytest.MonkeyPatch) -> list[Known]:
    known: list[Known] = []
    monkeypatch.setattr(traces, "known", lambda exercise_id: known)
    return known


def left(**parts: Any) -> Mapping[str, Trace]:
    return {part: Trace.of(marks(*numbers)) for part, numbers in parts.items()}


def test_two_mistakes_that_leave_the_same_are_both_named(suspects: list[Known]) -> None:
    suspects += [one("first", dx=[1.5]), one("second", dx=[1.5]), one("third", dx=[2.5])]
    found = traces.recognise("any", left(dx=[1.5]))["dx"]
    assert found.code == "first or second"
    assert "The cause of first." in found.why
    assert "The cause of second." in found.why


def test_four_mistakes_that_leave_the_same_tell_nothing(suspects: list[Known]) -> None:
    suspects += [one(name, dx=[1.5]) for name in ("a", "b", "c", "d")]
    assert traces.recognise("any", left(dx=[1.5])) == {}


def test_the_one_that_fits_all_parts_goes_before_one_that_fits_a_part(
    suspects: list[Known],
) -> None:
    suspects += [one("both", dx=[1.5], dy=[4.0]), one("only_dx", dx=[1.5])]
    assert traces.recognise("any", left(dx=[1.5], dy=[4.0]))["dx"].code == "both"
    assert traces.recognise("any", left(dx=[1.5]))["dx"].code == "only_dx"


def test_two_mistakes_in_two_parts_are_each_named(suspects: list[Known]) -> None:
    suspects += [one("in_dx", dx=[1.5]), one("in_dy", dy=[4.0])]
    found = traces.recognise("any", left(dx=[1.5], dy=[4.0]))
    assert {part: cause.code for part, cause in found.items()} == {"dx": "in_dx", "dy": "in_dy"}


def test_nothing_but_zeros_has_too_many_causes_to_name_one(suspects: list[Known]) -> None:
    suspects += [one("zeros", dx=[0.0, 0.0])]
    assert traces.recognise("any", left(dx=[0.0, 0.0])) == {}


def test_an_exercise_without_traces_knows_nothing() -> None:
    assert traces.known("no_such_exercise") == ()


# --- what is shipped


@pytest.mark.parametrize("chapter", cards.chapters(), ids=lambda chapter: chapter.name)
def test_every_exercise_ships_its_traces_and_no_code(chapter: cards.Chapter) -> None:
    for exercise_id in chapter.exercises:
        known = traces.known(exercise_id)
        # Of these a check compares no numbers: the order of samples, and shares of digits read.
        assert known or exercise_id in ("minibatches", "digits"), exercise_id
        for suspect in known:
            for text in (suspect.cause, suspect.question) if suspect.name else ():
                with pytest.raises(SyntaxError):
                    ast.parse(text)
            for value in suspect.values.values():
                assert len(value) < 40
                assert "\n" not in value


def test_traces_survive_json() -> None:
    for suspect in traces.known("affine_backward"):
        assert traces.from_json(json.loads(json.dumps(traces.to_json(suspect)))) == suspect


def test_a_file_of_traces_is_stale_when_a_sentence_or_many_numbers_differ(tmp_path: Any) -> None:
    file = tmp_path / "any.json"
    known = [one(str(number), dx=[float(number)]) for number in range(1, 41)]
    assert not making.fresh(file, known)
    file.write_text(making.text(known), encoding="utf-8")
    assert making.fresh(file, known)
    assert making.fresh(file, [*known[:-1], one("40", dx=[99.0])])
    assert not making.fresh(file, [*known[:-5], *(one(str(n), dx=[99.0]) for n in range(36, 41))])
    assert not making.fresh(file, known[:20])
    assert not making.fresh(file, [*known[:-1], replace(known[-1], cause="Another sentence.")])


def test_an_endless_slip_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "SECONDS_A_SLIP", 0.05)
    exercise = cards.find_exercise("saturation")
    assert exercise is not None
    endless = "def saturation(dy, below):\n    while True:\n        pass\n"
    assert making._left_by(exercise, endless, {}) == {}
