"""The class of attackers, graded by `course grade`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.attacks.claims import Claims

pytestmark = [pytest.mark.wall, pytest.mark.slow, pytest.mark.hostile]


@pytest.fixture(scope="module")
def graded(graded_by: Any) -> Any:
    return graded_by("course")


class TestCourseGrade(Claims):
    route = "course"
