"""The course as it is inside the box: figures and data are real, whatever judges is inert."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

__all__ = [
    "check",
    "check_all",
    "data",
    "figures",
    "hint",
    "progress",
    "ready",
    "reset",
    "reveal",
    "show",
]


def check(*_: Any, **__: Any) -> None:
    """Does nothing: checks are made on the other side of the wall."""


def check_all(*_: Any, **__: Any) -> None:
    """Does nothing."""


def hint(*_: Any, **__: Any) -> None:
    """Does nothing."""


def reveal(*_: Any, **__: Any) -> None:
    """Does nothing."""


def reset(*_: Any, **__: Any) -> None:
    """Does nothing."""


def show(*_: Any, **__: Any) -> None:
    """Does nothing."""


def progress(*_: Any, **__: Any) -> None:
    """Does nothing."""


def ready(*_: Any, **__: Any) -> bool:
    """False, so that cells that show a right answer at work are passed over."""
    return False


def __getattr__(name: str) -> ModuleType:
    if name not in ("figures", "data"):
        raise AttributeError(f"module 'course' has no attribute {name!r}")
    try:
        return importlib.import_module(f"course.{name}")
    except ModuleNotFoundError as error:
        raise AttributeError(f"module 'course' has no attribute {name!r}") from error
