"""The class of attackers, graded by `nbgrader autograde`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.attacks.claims import Claims

pytestmark = [pytest.mark.wall, pytest.mark.slow, pytest.mark.hostile]


@pytest.fixture(scope="module")
def graded(graded_by: Any) -> Any:
    return graded_by("nbgrader")


class TestNbgraderAutograde(Claims):
    route = "nbgrader"
