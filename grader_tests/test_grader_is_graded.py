"""The checks are checked: every catalogued mistake fails, and every honest style passes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course import cards, draws, journal
from course.cards import Card, Exercise
from course.checks import CheckFailed, check, judge
from course.grading.audit import described, misnamed
from course.grading.box import Box
from course.grading.session import BoxSession
from course.grading.wall import choose
from course.session import LocalSession
from course.verdict import Verdict
from grader_tests import mistakes, styles
from grader_tests.mistakes import Mistake
from grader_tests.styles import Style

MISTAKES = mistakes.catalogue()
STYLES = styles.catalogue()
DRAWS = draws.load(Path(__file__).parent)
EXERCISES = [exercise for chapter in cards.chapters() for exercise in chapter.exercises.values()]
FRESH = (11, 22, 33, 44, 55)

each_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.id)
each_style = pytest.mark.parametrize("style", STYLES, ids=lambda s: f"{s.exercise}: {s.name}")


def seeds_of(answer: Mistake | Style) -> tuple[int, ...]:
    """The seeds of its fresh cards: one where every verdict trains five nets, whatever the card."""
    return FRESH[:1] if answer.exercise == "digits" else FRESH


each_mistake_and_seed = pytest.mark.parametrize(
    ("mistake", "seed"),
    [pytest.param(m, seed, id=f"{m.id}-{seed}") for m in MISTAKES for seed in seeds_of(m)],
)
each_style_and_seed = pytest.mark.parametrize(
    ("style", "seed"),
    [
        pytest.param(s, seed, id=f"{s.exercise}: {s.name}-{seed}")
        for s in STYLES
        for seed in seeds_of(s)
    ],
)
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)


def namespace(code: str) -> dict[str, Any]:
    """What an answer defines, on its own but for np."""
    names: dict[str, Any] = {"np": np, "__name__": "answer"}
    exec(compile(code, "<answer>", "exec", dont_inherit=True), names)
    return names


def exercise_of(answer: Mistake | Style) -> Exercise:
    found = cards.find_exercise(answer.exercise)
    assert found is not None, f"no exercise is called {answer.exercise}"
    return found


@cache
def fresh_cards(exercise_id: str, seed: int) -> tuple[Card, ...]:
    return DRAWS[exercise_id].cards(np.random.default_rng(seed))


@cache
def verdict_on(answer: Mistake | Style, seed: int | None = None) -> Verdict:
    """The verdict on the public cards, or on fresh ones of a seed."""
    drawn = None if seed is None else fresh_cards(answer.exercise, seed)
    return judge(exercise_of(answer), LocalSession(namespace(answer.code)), drawn)


# --- mistakes fail


@each_mistake
def test_a_mistake_fails_on_the_public_cards(mistake: Mistake) -> None:
    verdict = verdict_on(mistake)
    assert verdict.state == "wrong", verdict.to_text()
    assert verdict.points < verdict.out_of


@each_mistake_and_seed
def test_a_mistake_fails_on_fresh_cards(mistake: Mistake, seed: int) -> None:
    verdict = verdict_on(mistake, seed)
    assert verdict.state == "wrong", verdict.to_text()
    assert verdict.points < verdict.out_of


@each_mistake
def test_a_mistake_earns_the_same_on_public_and_on_fresh_cards(mistake: Mistake) -> None:
    points = {verdict_on(mistake, seed).points for seed in seeds_of(mistake)}
    assert points == {verdict_on(mistake).points}


@each_mistake
def test_a_mistake_is_told_by_its_name_or_by_facts(mistake: Mistake) -> None:
    verdict = verdict_on(mistake)
    assert misnamed(mistake, verdict) == [], verdict.to_text()
    assert described(mistake, verdict) == set(mistake.diagnoses), verdict.to_text()


@each_mistake_and_seed
def test_no_mistake_is_given_the_name_of_another(mistake: Mistake, seed: int) -> None:
    verdict = verdict_on(mistake, seed)
    assert misnamed(mistake, verdict) == [], verdict.to_text()


@each_mistake
def test_something_is_said_about_every_part_that_is_wrong(mistake: Mistake) -> None:
    for finding in verdict_on(mistake).findings:
        if finding.state == "wrong":
            assert finding.text.strip()
            assert finding.text != "right"


# --- styles pass


@each_style
def test_a_style_passes_on_the_public_cards(style: Style) -> None:
    verdict = verdict_on(style)
    assert verdict.state.startswith("right"), verdict.to_text()
    assert verdict.points == verdict.out_of


@each_style_and_seed
def test_a_style_passes_on_fresh_cards(style: Style, seed: int) -> None:
    verdict = verdict_on(style, seed)
    assert verdict.state.startswith("right"), verdict.to_text()
    assert verdict.points == verdict.out_of


# --- what is handed out


@pytest.fixture
def no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "current", cache(journal.Journal))


def handed_out(exercise: Exercise) -> Mapping[str, Any]:
    """The stubs of an exercise, and of those it builds on."""
    needed = [cards.find_exercise(name) for name in exercise.needs]
    stubs = [stub for e in (*needed, exercise) if e is not None for stub in e.stubs.values()]
    return namespace("\n\n".join(dict.fromkeys(stubs)))


@each_exercise
@pytest.mark.usefixtures("no_progress")
def test_what_was_handed_out_is_not_attempted(exercise: Exercise) -> None:
    names = handed_out(exercise)
    with pytest.raises(CheckFailed) as failed:
        check(exercise.id, *(names[name] for name in exercise.objects))
    verdict = failed.value.verdict
    assert verdict is not None
    assert verdict.state == "not attempted", verdict.to_text()
    assert verdict.points == 0


@each_exercise
def test_what_was_handed_out_earns_nothing_in_grading(exercise: Exercise) -> None:
    verdict = judge(exercise, LocalSession(handed_out(exercise)))
    assert not verdict.passed
    assert verdict.points == 0
    if any("raise NotImplementedError" in stub for stub in exercise.stubs.values()):
        assert verdict.state == "not attempted", verdict.to_text()


@each_exercise
def test_an_answer_that_is_missing_earns_nothing(exercise: Exercise) -> None:
    verdict = judge(exercise, LocalSession({}))
    assert verdict.state == "wrong"
    assert verdict.points == 0
    assert "is not defined" in verdict.to_text()


@each_exercise
def test_an_answer_that_returns_nothing_earns_nothing(exercise: Exercise) -> None:
    class Silent:
        def __init__(self, *_: object):
            pass

        def forward(self, *_: object) -> None:
            pass

        def backward(self, *_: object) -> None:
            pass

    is_function = {name: stub.startswith("def ") for name, stub in exercise.stubs.items()}
    silent = {name: (lambda *_: None) if is_function[name] else Silent for name in is_function}
    verdict = judge(exercise, LocalSession(silent))
    assert verdict.state == "wrong"
    assert verdict.points == 0, verdict.to_text()


# --- the catalogues


@each_exercise
def test_every_exercise_has_mistakes_and_styles_enough(exercise: Exercise) -> None:
    assert sum(m.exercise == exercise.id for m in MISTAKES) >= 6
    assert sum(s.exercise == exercise.id for s in STYLES) >= 5


def test_every_mistake_and_style_belongs_to_an_exercise() -> None:
    known = {exercise.id for exercise in EXERCISES}
    assert {answer.exercise for answer in (*MISTAKES, *STYLES)} <= known


@pytest.mark.parametrize("field", ["id", "code", "cause"])
def test_no_mistake_stands_there_twice(field: str) -> None:
    seen = Counter((getattr(m, field), m.exercise if field != "id" else "") for m in MISTAKES)
    assert [value for value, times in seen.items() if times > 1] == []


def test_no_style_stands_there_twice() -> None:
    for field in ("name", "code"):
        seen = Counter((s.exercise, getattr(s, field)) for s in STYLES)
        assert [value for value, times in seen.items() if times > 1] == []


@each_mistake
def test_a_mistake_has_one_sentence_of_cause_and_one_question(mistake: Mistake) -> None:
    assert mistake.cause.endswith(".")
    assert not re.search(r"[.?!] [A-Z]", mistake.cause)
    assert mistake.question.endswith("?")
    assert mistake.question.count("?") == 1
    assert mistake.code.strip()


# --- and on both sides of the wall alike


@pytest.mark.wall
@pytest.mark.slow
@each_exercise
def test_a_verdict_is_the_same_in_the_notebook_and_across_the_wall(exercise: Exercise) -> None:
    answers = [answer for answer in (*STYLES, *MISTAKES) if answer.exercise == exercise.id]
    with Box(choose()) as box:
        session = BoxSession(box)
        for answer in answers:
            session.run(f"%reset -f\nimport numpy as np\n{answer.code}", "<answer>")
            walled, local = judge(exercise, session), verdict_on(answer)
            assert walled.state == local.state, (answer, walled.to_text(), local.to_text())
            assert walled.points == local.points
            assert [f.state for f in walled.findings] == [f.state for f in local.findings]
            assert [f.diagnosis for f in walled.findings] == [f.diagnosis for f in local.findings]
