"""Boxes for the tests of the wall. They fail where no box can be had; only other systems skip."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from course.grading import bubblewrap, landlock
from course.grading.box import Box, Limits, NoBox, Tier
from course.grading.forked import Forked, Wall
from course.grading.session import BoxSession
from course.grading.wall import choose

QUICK = Limits(seconds_per_request=10.0, seconds_in_all=60.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform != "linux":
        for item in items:
            if "wall" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="boxes exist on Linux only"))


@cache
def _given(name: str) -> Tier | str:
    """A tier that starts a box here, or why there is none."""
    try:
        if "bubblewrap" in name:
            wall: Wall = bubblewrap.candidates()[0]
        else:
            newest = landlock.find()
            wall = landlock.Landlock(1) if "oldest" in name else newest
        tier = Forked(wall, warm=name.startswith("warm "))
        with Box(tier):
            return tier
    except NoBox as refusal:
        return str(refusal)


@pytest.fixture(scope="session")
def given() -> Callable[[str], Tier]:
    """Tiers by name; a test of one that isn't given here is skipped, if another is."""

    def find(name: str) -> Tier:
        tier = _given(name)
        if isinstance(tier, str):
            choose()
            pytest.skip(tier)
        return tier

    return find


@pytest.fixture(scope="module")
def tier() -> Tier:
    """The tier of a file's boxes: the best there is, unless the file says otherwise."""
    return choose()


@pytest.fixture(scope="module")
def shared(tier: Tier) -> Iterator[BoxSession]:
    """One session for the tests of a file whose students leave it as they found it."""
    with Box(tier, QUICK) as box:
        yield BoxSession(box)


@pytest.fixture
def fresh(tier: Tier) -> Iterator[Callable[..., BoxSession]]:
    """Makes sessions with boxes of their own, with other limits where some are given."""
    boxes: list[Box] = []

    def start(**limits: float) -> BoxSession:
        box = Box(tier, replace(QUICK, **limits))
        boxes.append(box)
        return BoxSession(box.__enter__())

    yield start
    for box in boxes:
        box.close()
