"""The chapters as namespaces: what their cells and answers define, solved or as handed out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course.authoring import source

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "source_notebooks").glob("ch*.py"))


@cache
def chapter(name: str) -> source.SourceChapter:
    return source.read(ROOT / "source_notebooks" / f"{name}.py")


def namespace(name: str, as_code: Callable[[str], str]) -> dict[str, Any]:
    """What the plain cells and the answers of a chapter define; experiments are left out."""
    names: dict[str, Any] = {"np": np}
    for cell in chapter(name).cells:
        if cell.role in ("code", "answer") and "check_all()" not in cell.source:
            exec(as_code(cell.source), names)
    return names


@pytest.fixture(scope="module")
def solved(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The names of the module's chapter, with every answer solved."""
    return namespace(request.module.NAME, source.solved)


@pytest.fixture(scope="module")
def handed_out(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The names of the module's chapter, with every answer as students get it."""
    return namespace(request.module.NAME, source.stub)
