"""Every attack there is, and the class in which they are handed in."""

from __future__ import annotations

from collections.abc import Mapping

from tests.attacks import answers, folders, host, notebooks, protocol
from tests.attacks.attack import Attack

ATTACKS: tuple[Attack, ...] = (
    *answers.ATTACKS,
    *host.ATTACKS,
    *protocol.ATTACKS,
    *notebooks.ATTACKS,
    *folders.ATTACKS,
)
HONEST_STUDENTS: tuple[Attack, ...] = tuple(folders.HONEST_STUDENTS)
EVERYONE = (*ATTACKS, *HONEST_STUDENTS)


def class_of(route: str) -> list[Attack]:
    """Everyone who hands in where the class is graded by this route."""
    return [one for one in EVERYONE if route in one.routes]


def count(scores: Mapping[str, float], route: str) -> tuple[int, float, float]:
    """Attacks tried, points earned that weren't deserved, and deserved points that were lost."""
    off = [
        scores.get(one.student, 0.0) - deserved
        for one in class_of(route)
        if (deserved := one.deserved_by(route)) is not None
    ]
    tried = sum(route in one.routes for one in ATTACKS)
    return tried, sum(max(d, 0.0) for d in off), sum(max(-d, 0.0) for d in off)


def sentence(scores: Mapping[str, float], route: str) -> str:
    """The count in words, for the docs."""
    tried, unearned, lost = count(scores, route)
    return (
        f"{tried} attacks tried, {unearned:g} unearned points earned, {lost:g} honest points lost"
    )
