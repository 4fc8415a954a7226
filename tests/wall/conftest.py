"""Boxes for the tests of the wall. They fail where no box can be had; only other systems skip."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from course.grading.box import Box, Limits
from course.grading.session import BoxSession

QUICK = Limits(seconds_per_request=10.0, seconds_in_all=60.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform != "linux":
        for item in items:
            if "wall" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="boxes exist on Linux only"))


@pytest.fixture(scope="module")
def shared() -> Iterator[BoxSession]:
    """One session for the tests of a file whose students leave it as they found it."""
    with Box(QUICK) as box:
        yield BoxSession(box)


@pytest.fixture
def fresh() -> Iterator[Callable[..., BoxSession]]:
    """Makes sessions with boxes of their own, with other limits where some are given."""
    boxes: list[Box] = []

    def start(**limits: float) -> BoxSession:
        box = Box(replace(QUICK, **limits))
        boxes.append(box)
        return BoxSession(box.__enter__())

    yield start
    for box in boxes:
        box.close()
