"""Wrong answers that people write: each must fail its check, on the public cards and on any fresh
ones, and none may be given a diagnosis that isn't its own."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One wrong answer.

    `code` is the whole answer as plain Python; only `np` is given. `cause` says in one sentence
    what is wrong, `question` is what one would ask its author. `diagnoses` are the codes of the
    diagnoses that describe it; each of them is given on the public cards, and besides them only an
    unknown cause may be reported. `sometimes` are those that describe it on some cards only: on
    fresh ones they may be given too.
    """

    id: str
    exercise: str
    name: str
    cause: str
    question: str
    code: str
    diagnoses: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()


def catalogue() -> tuple[Mistake, ...]:
    """Every mistake, chapter by chapter."""
    chapters = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{chapter}") for chapter in chapters]
    return tuple(mistake for module in modules for mistake in module.MISTAKES)
