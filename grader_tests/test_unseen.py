"""Wrong answers that nobody had in mind when the checks were made fail them too."""

from __future__ import annotations

import numpy as np
import pytest

from course import cards
from course.checks import judge
from course.session import LocalSession
from grader_tests.unseen import Unseen, collection

ANSWERS = collection()


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.id)
def test_a_mistake_that_nobody_catalogued_is_refused(answer: Unseen) -> None:
    exercise = cards.find_exercise(answer.exercise)
    assert exercise is not None
    names: dict[str, object] = {"np": np, "__name__": "answer"}
    exec(compile(answer.code, "<answer>", "exec", dont_inherit=True), names)
    verdict = judge(exercise, LocalSession(names))
    assert verdict.state == "wrong", verdict.to_text()
    assert verdict.points < verdict.out_of


def test_none_of_them_stands_there_twice() -> None:
    assert len({answer.id for answer in ANSWERS}) == len(ANSWERS)
    assert len({(answer.exercise, answer.code) for answer in ANSWERS}) == len(ANSWERS)
