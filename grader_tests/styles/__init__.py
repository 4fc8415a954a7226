"""Right answers written in other ways: each must pass its check, on any cards."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """One right answer: `code` is the whole of it as plain Python; only `np` is given."""

    exercise: str
    name: str
    code: str


def catalogue() -> tuple[Style, ...]:
    """Every style, chapter by chapter."""
    chapters = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{chapter}") for chapter in chapters]
    return tuple(style for module in modules for style in module.STYLES)
