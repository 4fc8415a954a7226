"""The released notebook, and the steps of one that was rebuilt on it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from course.grading import code


@dataclass(frozen=True)
class ReleasedCell:
    """A cell of the released notebook; `role` holds what the build wrote about it."""

    id: str
    kind: str
    source: str
    metadata: Mapping[str, Any]
    role: Mapping[str, Any]

    @property
    def answer(self) -> str:
        return str(self.role.get("answer", ""))

    @property
    def exercise(self) -> str:
        return str(self.role.get("exercise", ""))

    @property
    def explain(self) -> str:
        return str(self.role.get("explain", ""))

    @property
    def predict(self) -> str:
        return str(self.role.get("predict", "")) if self.kind == "code" else ""

    @property
    def idle(self) -> bool:
        """Whether no check needs this code: a figure, an experiment, a prediction, the set-up."""
        return self.kind == "code" and any(
            self.role.get(key) for key in ("demo", "predict", "install")
        )

    @property
    def grade_id(self) -> str:
        return str(self.metadata.get("nbgrader", {}).get("grade_id", ""))

    @property
    def points(self) -> float:
        return float(self.metadata.get("nbgrader", {}).get("points", 0))


@dataclass(frozen=True)
class Released:
    """The released notebook of a chapter, and the names each exercise is asked by."""

    chapter: str
    cells: tuple[ReleasedCell, ...]
    metadata: Mapping[str, Any]

    @cached_property
    def exercises(self) -> dict[str, tuple[str, ...]]:
        """The names of each exercise's objects, by exercise, in reading order."""
        return {
            cell.exercise: tuple(cell.role.get("objects", ()))
            for cell in self.cells
            if cell.exercise
        }

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        return {
            cell.exercise: tuple(cell.role.get("needs", ())) for cell in self.cells if cell.exercise
        }

    @cached_property
    def stubs(self) -> dict[str, str]:
        """What was handed out for each answer: the source of its cell."""
        return {cell.answer: cell.source for cell in self.cells if cell.answer}

    def check(self, exercise: str) -> ReleasedCell:
        """The check cell of an exercise."""
        return next(cell for cell in self.cells if cell.exercise == exercise)

    @property
    def version(self) -> str:
        return str(self.metadata.get("course", {}).get("release", ""))


def read_released(path: Path) -> Released:
    """The released notebook in a file the instructor built. Raises OSError or ValueError."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = tuple(
        ReleasedCell(
            id=cell["id"],
            kind=cell["cell_type"],
            source="".join(cell["source"]),
            metadata=cell["metadata"],
            role=cell["metadata"].get("course", {}),
        )
        for cell in notebook["cells"]
    )
    return Released(path.stem, cells, notebook["metadata"])


@dataclass(frozen=True)
class Step:
    """One cell of the rebuilt notebook.

    `released` is the cell it stands for, or None for one that the student added. A step with
    `check` asks for that exercise; `called` then says under which names the student's own check
    looked for the objects. Steps that `runs` are code for the box.
    """

    kind: str
    source: str
    runs: bool = False
    released: ReleasedCell | None = None
    check: str = ""
    called: Mapping[str, str] = field(default_factory=dict)
    from_student: bool = True

    @cached_property
    def reading(self) -> code.Reading:
        return code.read(self.source)

    @cached_property
    def defines(self) -> Mapping[str, str]:
        return self.reading.definitions if self.runs else {}

    @property
    def is_idle(self) -> bool:
        """Whether this is code that isn't run: a figure, an experiment, a prediction."""
        return self.kind == "code" and not self.runs and not self.check

    def answers(self, objects: Iterable[str]) -> bool:
        """Whether this is the cell that was released for one of these objects."""
        return self.released is not None and self.released.answer in set(objects)


@dataclass(frozen=True)
class Plan:
    """The steps of a rebuilt notebook, and what was repaired."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    def places(self, exercise: str) -> Sequence[int]:
        return self._checks.get(exercise, [])

    def holders(self, names: Iterable[str], before: int | None = None) -> list[int]:
        """The steps, above `before`, that define any of these names."""
        found = {at for name in names for at in self._definers.get(name, ())}
        return sorted(at for at in found if before is None or at < before)

    def needed_by(self, names: Iterable[str]) -> set[int]:
        """The steps that these names need: those that define them or were released for them, what
        those read in turn, and those of which that can't be told."""
        wanted = set(names)
        also = [
            at
            for at, step in enumerate(self.steps)
            if step.runs and (step.reading.opaque or step.answers(wanted))
        ]
        return self._uses.needed(wanted, also)

    @cached_property
    def _checks(self) -> Mapping[str, Sequence[int]]:
        checks: dict[str, list[int]] = {}
        for at, step in enumerate(self.steps):
            checks.setdefault(step.check, []).append(at)
        return checks

    @cached_property
    def _definers(self) -> Mapping[str, Sequence[int]]:
        definers: dict[str, list[int]] = {}
        for at, step in enumerate(self.steps):
            for name in step.defines:
                definers.setdefault(name, []).append(at)
        return definers

    @cached_property
    def _uses(self) -> Uses:
        return Uses(self.steps)


class Uses:
    """Which of some steps need which others, by the names that they define, touch and read."""

    def __init__(self, steps: Sequence[Step]):
        self._steps = steps
        self._definers: dict[str, list[int]] = {}
        self._idle: dict[str, list[int]] = {}
        self._touching: dict[str, list[int]] = {}
        for at, step in enumerate(steps):
            for name in step.reading.touches if step.runs else ():
                self._touching.setdefault(name, []).append(at)
            for name in step.reading.names if step.runs or step.is_idle else ():
                (self._definers if step.runs else self._idle).setdefault(name, []).append(at)

    def needed(self, names: Iterable[str], also: Iterable[int] = ()) -> set[int]:
        """The steps that define or touch these names, and those that do so to what they and `also`
        read.

        A figure or an experiment, which else isn't run, counts where nothing that runs defines a
        name.
        """
        found: set[int] = set()
        seen: set[str] = set()
        waiting, to_read = list(names), list(also)
        while waiting or to_read:
            if not to_read:
                name = waiting.pop()
                if name not in seen:
                    seen.add(name)
                    to_read += self._definers.get(name) or self._idle.get(name, [])
                    to_read += self._touching.get(name, [])
                continue
            at = to_read.pop()
            if at not in found:
                found.add(at)
                waiting += self._steps[at].reading.reads | self._steps[at].reading.reads_later
        return found


def with_solved(plan: Plan, solved: Mapping[str, str]) -> Plan:
    """The same plan with a solved answer, by name, below each cell that defines that name."""
    steps: list[Step] = []
    for step in plan.steps:
        steps.append(step)
        for name, source in solved.items():
            stands_for_it = step.released is not None and step.released.answer == name
            if name in step.defines or stands_for_it:
                steps.append(Step("code", source, runs=True, from_student=False))
    return replace(plan, steps=tuple(steps))
