"""What the trusted side knows of a chapter: its release, exercises, draws and solved answers."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np

import course
from course import draws as drawing
from course.cards import Exercise, find_exercise
from course.draws import Draw
from course.grading.plan import Released, read_released


class CannotGrade(Exception):
    """What grading needs isn't there; the message names it and the remedy."""


class Busy(CannotGrade):
    """The gradebook can't be written to just now: another program holds it and didn't stop in time,
    or its server is out of reach."""


@dataclass(frozen=True)
class Material:
    """All that the trusted side knows of a chapter: what was released, what is asked, with which
    cards, and the solved answers by name (used where an exercise needs an earlier one)."""

    released: Released
    exercises: Mapping[str, Exercise]
    draws: Mapping[str, Draw]
    solved: Mapping[str, str] = field(default_factory=dict)
    grader: str = ""
    """What decides a grade besides the submission, its release and its cards, as a short hash."""

    @property
    def chapter(self) -> str:
        return self.released.chapter

    def needed_by(self, exercise: str) -> list[str]:
        """The exercises this one builds on, directly or through others."""
        needs = self.released.needs
        found: list[str] = []
        waiting = list(needs.get(exercise, ()))
        while waiting:
            other = waiting.pop(0)
            if other not in found and other != exercise:
                found.append(other)
                waiting += needs.get(other, ())
        return found


@dataclass(frozen=True)
class Sources:
    """Where a chapter's material lies, for whoever has to load it: this process or another one."""

    chapter: str
    released: Path
    tests: Path | None = None

    def load(self) -> Material:
        """The material. Raises CannotGrade."""
        return load_material(self.chapter, self.released, self.tests)


def load_material(chapter: str, released: Path, tests: str | Path | None = None) -> Material:
    """The material of a chapter. `tests` is the folder grader_tests, else it is looked for upwards.

    Raises CannotGrade with a sentence.
    """
    try:
        notebook = read_released(released)
    except FileNotFoundError:
        raise CannotGrade(
            f"The released notebook {released} is missing; run `course build {chapter}`."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotGrade(
            f"The released notebook {released} can't be read ({error}); "
            f"run `course build {chapter}`."
        ) from error
    if not notebook.exercises:
        raise CannotGrade(f"{released} has no exercises; run `course build {chapter}`.")
    try:
        folder = drawing.find(tests)
        found = drawing.load(folder)
    except drawing.NoDraws as error:
        raise CannotGrade(str(error)) from error
    exercises: dict[str, Exercise] = {}
    for name in notebook.exercises:
        exercise = find_exercise(name)
        if exercise is None or name not in found:
            lacking = "the course's chapters" if exercise is None else f"{folder}"
            raise CannotGrade(
                f"Exercise {name} of {released} is not in {lacking}; run `course build {chapter}`."
            )
        exercises[name] = exercise
    solved = _solved(chapter, folder.parent / "solutions")
    return Material(notebook, exercises, found, solved, _grader_version(folder))


def _solved(chapter: str, folder: Path) -> dict[str, str]:
    for path in (folder / f"{chapter}.ipynb", folder / chapter / f"{chapter}.ipynb"):
        if path.is_file():
            return {cell.answer: cell.source for cell in read_released(path).cells if cell.answer}
    return {}


def versions(material: Material) -> dict[str, str]:
    """What a grade depends on besides the submission: written into every result."""
    return {
        "course": _installed("backprop-course"),
        "grader": material.grader,
        "release": material.released.version,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _grader_version(tests: Path) -> str:
    """A short hash of this package's code and data, of the draws and of the solved answers; the
    same wherever they lie."""
    package = Path(course.__file__).parent
    folders = [(package, "*.py"), (package, "*.json"), (tests / "draws", "*.py")]
    digest = hashlib.sha256()
    for folder, pattern in (*folders, (tests.parent / "solutions", "*.ipynb")):
        for path in sorted(folder.rglob(pattern)):
            name = path.relative_to(folder).as_posix().encode()
            digest.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


@cache
def _installed(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
