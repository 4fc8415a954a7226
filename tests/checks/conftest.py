"""What the tests of single kinds of check share: an answer in, its verdict out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from course import draws
from course.cards import Exercise
from course.checks import judge
from course.session import LocalSession
from course.verdict import Finding, Verdict

DRAWS = draws.load(Path(__file__).parents[2] / "grader_tests")


def verdict_on(exercise_id: str, code: str, fresh: bool = False, **others: Any) -> Verdict:
    """The verdict on an answer, which is given np and the others, on the public cards or on fresh
    ones."""
    draw = DRAWS[exercise_id]
    names: dict[str, Any] = {"np": np, **others}
    exec(compile(dedent(code), "<answer>", "exec", dont_inherit=True), names)
    exercise = Exercise(
        id=exercise_id,
        number="9.9",
        title="",
        points=4,
        objects=(),
        kind=draw.described_kind(),
        cards=draw.public(),
    )
    cards = draw.cards(np.random.default_rng(1)) if fresh else None
    return judge(exercise, LocalSession(names), cards)


@pytest.fixture
def verdict() -> Callable[..., Verdict]:
    return verdict_on


@pytest.fixture
def findings() -> Callable[[str, str], dict[str, Finding]]:
    """Part -> its finding; side effects stand there under their own names."""
    return lambda exercise_id, code: {f.part: f for f in verdict_on(exercise_id, code).findings}
