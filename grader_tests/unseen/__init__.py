"""Wrong answers whose authors didn't know the catalogue: they measure what it and the checks are worth.

Nothing is built from them, so that they stay a measure. `benchmarks/unseen_mistakes.py` says how many
are refused, and of how many the verdict tells a cause.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Unseen:
    """One wrong answer: `cause` is what is really wrong, in its author's words."""

    id: str
    exercise: str
    cause: str
    code: str


def collection() -> tuple[Unseen, ...]:
    """Every one of them, chapter by chapter."""
    chapters = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{chapter}") for chapter in chapters]
    return tuple(Unseen(**entry) for module in modules for entry in module.UNSEEN)
