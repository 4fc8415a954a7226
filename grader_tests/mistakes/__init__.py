"""Wrong answers that people write: each must fail its check, on the public cards and on any fresh
ones, and none may be given the name of another."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One wrong answer.

    `code` is the whole answer as plain Python; only `np` is given. `cause` says in one sentence
    what is wrong, `question` is what one would ask its author: both are shipped, and told to
    whoever leaves the same numbers. `diagnoses` are the codes of what a verdict on the public cards
    says besides, or instead, where others leave the same numbers or none come out: facts about the
    numbers, and what usually makes Python raise this.
    """

    id: str
    exercise: str
    name: str
    cause: str
    question: str
    code: str
    diagnoses: tuple[str, ...] = ()


def catalogue() -> tuple[Mistake, ...]:
    """Every mistake, chapter by chapter."""
    chapters = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{chapter}") for chapter in chapters]
    return tuple(mistake for module in modules for mistake in module.MISTAKES)
