"""Puts a submission back on its released notebook: which cells run, in which order, checked where.

Grading looks at answers, not at notebooks. So a cell that was duplicated, moved, split, merged,
turned into text or stripped of its metadata is recognised here, a released one that is missing is
put back at its place, and every exercise gets at least one check below its answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from course.grading import code
from course.grading.intake import Cell, Submission

MAX_CHECKS = 5  # places at which one exercise is checked, where a notebook asks for it more often


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

    @property
    def exercises(self) -> dict[str, tuple[str, ...]]:
        """The names of each exercise's objects, by exercise, in reading order."""
        return {
            cell.exercise: tuple(cell.role.get("objects", ()))
            for cell in self.cells
            if cell.exercise
        }

    @property
    def needs(self) -> dict[str, tuple[str, ...]]:
        return {
            cell.exercise: tuple(cell.role.get("needs", ())) for cell in self.cells if cell.exercise
        }

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

    @property
    def defines(self) -> Mapping[str, str]:
        return code.read(self.source).definitions if self.runs else {}

    def answers(self, objects: Iterable[str]) -> bool:
        """Whether this is the cell that was released for one of these objects."""
        return self.released is not None and self.released.answer in set(objects)


@dataclass(frozen=True)
class Plan:
    """The steps of a rebuilt notebook, and what was repaired."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    def places(self, exercise: str) -> list[int]:
        return [at for at, step in enumerate(self.steps) if step.check == exercise]

    def holders(self, names: Iterable[str], before: int | None = None) -> list[int]:
        """The steps, above `before`, that define any of these names."""
        wanted = set(names)
        return [
            at
            for at, step in enumerate(self.steps[:before])
            if step.runs and wanted & step.defines.keys()
        ]


def make_plan(submission: Submission, released: Released) -> Plan:
    """Rebuild a submission on the released notebook."""
    matches = _match(submission.cells, released)
    steps = list(_students_steps(submission.cells, matches, released))
    steps, put_back = _put_back(steps, released)
    steps = _place_checks(steps, released)
    return Plan(tuple(steps), (*submission.notes, *_notes(steps, put_back, matches, submission)))


# Recognising cells


def _match(cells: Sequence[Cell], released: Released) -> list[ReleasedCell | None]:
    """For each cell of the submission the released one it comes from, where that can be told."""
    by_name = {cell.grade_id: cell for cell in released.cells if cell.grade_id}
    by_name |= {cell.id: cell for cell in released.cells}
    matches = [next((by_name[n] for n in cell.names if n in by_name), None) for cell in cells]
    taken = {cell.id for cell in matches if cell is not None}
    for at, cell in enumerate(cells):
        if matches[at] is None and cell.source.strip():
            found = _recognise(cell, [c for c in released.cells if c.id not in taken])
            matches[at] = found
            if found is not None and not code.read(cell.source).definitions:
                taken.add(found.id)
    return matches


def _recognise(cell: Cell, candidates: Sequence[ReleasedCell]) -> ReleasedCell | None:
    """A cell without a known name: by its TO DO, the name it defines, its check, or its text."""
    reading = code.read(cell.source)
    said = reading.markers | reading.definitions.keys() | set(reading.revealed)
    asked = {asked.exercise for asked in reading.asked}
    is_code = cell.kind == "code" or any(reading.definitions.values())
    for other in candidates if is_code else ():
        if other.answer and (other.answer in said or _markers(other) & said):
            return other
        if other.exercise and other.exercise in asked and reading.only_about_the_course:
            return other
        if other.predict and other.predict in said:
            return other
    for other in candidates:
        if cell.kind == other.kind and code.same(cell.source, other.source):
            return other
        if cell.kind == other.kind == "markdown" and other.explain:
            start = other.source.strip().splitlines()[:1]
            if start and cell.source.strip().startswith(start[0].strip()):
                return other
    return None


def _markers(cell: ReleasedCell) -> frozenset[str]:
    return code.read(cell.source).markers


# One cell after the other


def _students_steps(
    cells: Sequence[Cell], matches: Sequence[ReleasedCell | None], released: Released
) -> Iterator[Step]:
    for cell, match in zip(cells, matches, strict=True):
        if match is not None and match.kind == "markdown":
            yield from _text_steps(cell, match)
        elif cell.kind == "code" or match is not None or _is_an_answer(cell, released):
            yield from _code_steps(cell, match, released)
        elif cell.source.strip() and not _is_older_text(cell):
            yield Step("markdown", cell.source)


def _is_an_answer(cell: Cell, released: Released) -> bool:
    """Whether text, in a cell that lost its name and its kind, is the code of an answer."""
    wanted = {name for names in released.exercises.values() for name in names}
    return any(
        shape for name, shape in code.read(cell.source).definitions.items() if name in wanted
    )


def _is_older_text(cell: Cell) -> bool:
    """Whether a cell is text of an older release, which this one says in other words."""
    return cell.locked and cell.kind == "markdown"


def _text_steps(cell: Cell, match: ReleasedCell) -> Iterator[Step]:
    if match.explain:
        yield Step("markdown", cell.source, released=match)
        return
    yield Step("markdown", match.source, released=match, from_student=False)
    if cell.source.strip() and not code.same(cell.source, match.source):
        yield Step("code" if cell.kind == "code" else "markdown", cell.source, cell.kind == "code")


def _code_steps(cell: Cell, match: ReleasedCell | None, released: Released) -> Iterator[Step]:
    reading = code.read(cell.source)
    asked = {one.exercise: one for one in reading.asked if one.exercise in released.exercises}
    is_check = match is not None and bool(match.exercise)
    if match is not None and is_check and not asked:
        asked = {match.exercise: code.Asked(match.exercise)}
    alone = reading.only_about_the_course or not cell.source.strip()
    if is_check and match is not None and code.same(cell.source, match.source):
        alone = True
    if not (alone and asked):
        skipped = match is not None and match.idle and not _adds(reading, match)
        yield Step(
            "code",
            cell.source,
            runs=not skipped and bool(cell.source.strip()),
            released=None if is_check else match,
        )
    for exercise, one in asked.items():
        objects = released.exercises[exercise]
        pairs = zip(objects, one.names, strict=True) if len(objects) == len(one.names) else ()
        check = _released_check(released, exercise)
        yield Step(
            "code",
            cell.source if alone and len(asked) == 1 else check.source,
            released=check,
            check=exercise,
            called={name: other for name, other in pairs if name != other},
        )


def _adds(reading: code.Reading, match: ReleasedCell) -> bool:
    """Whether an edited figure or prediction defines something that other cells may use."""
    return bool(reading.names - code.read(match.source).names)


def _released_check(released: Released, exercise: str) -> ReleasedCell:
    return next(cell for cell in released.cells if cell.exercise == exercise)


# What is missing


def _put_back(steps: list[Step], released: Released) -> tuple[list[Step], list[ReleasedCell]]:
    """Put released cells that are missing back below the nearest released cell above them.

    A check has its own rule, and an answer whose name is defined elsewhere isn't missing.
    """
    defined = {name for step in steps if step.runs for name in step.defines}
    present = {step.released.id for step in steps if step.released is not None}
    put_back: list[ReleasedCell] = []
    anchor = ""
    for cell in released.cells:
        missing = cell.id not in present and not cell.exercise
        if missing and not (cell.answer and cell.answer in defined):
            runs = cell.kind == "code" and not cell.idle
            step = Step(cell.kind, cell.source, runs, released=cell, from_student=False)
            places = (i for i, s in enumerate(steps) if s.released and s.released.id == anchor)
            steps.insert(next(places, -1) + 1, step)
            put_back.append(cell)
            anchor = cell.id
        elif not missing:
            anchor = cell.id if cell.id in present else anchor
    return steps, put_back


def _place_checks(steps: list[Step], released: Released) -> list[Step]:
    """Every exercise is checked where the notebook asks for it below one of its answers, and at
    least once below the last of them."""
    below: dict[int, list[Step]] = {}
    unwanted: set[int] = set()
    for exercise, objects in released.exercises.items():
        places = [at for at, step in enumerate(steps) if step.check == exercise]
        holders = [
            at
            for at, step in enumerate(steps)
            if step.runs and step.defines.keys() & _all_names(objects, steps, places)
        ]
        first, last = (holders[0], holders[-1]) if holders else (0, len(steps) - 1)
        useful = [at for at in places if at > first]
        useful = _one_of_each_run(useful, steps)
        if not useful or useful[-1] < last:
            cell = _released_check(released, exercise)
            called = next((steps[at].called for at in reversed(places)), {})
            new = Step("code", cell.source, False, cell, exercise, called, from_student=False)
            below.setdefault(last, []).append(new)
        unwanted |= set(places) - set(useful[:2] + useful[2:][-(MAX_CHECKS - 2) :])
    placed: list[Step] = []
    for at, step in enumerate(steps):
        if at not in unwanted:
            placed.append(step)
        placed += below.get(at, [])
    return placed


def _all_names(objects: Sequence[str], steps: Sequence[Step], places: Sequence[int]) -> set[str]:
    return set(objects) | {name for at in places for name in steps[at].called.values()}


def _one_of_each_run(places: list[int], steps: Sequence[Step]) -> list[int]:
    """Without the checks that nothing has run before since the last one."""
    kept: list[int] = []
    for at in places:
        if not kept or any(step.runs for step in steps[kept[-1] : at]):
            kept.append(at)
    return kept


# What to say about it


def _notes(
    steps: Sequence[Step],
    put_back: Sequence[ReleasedCell],
    matches: Sequence[ReleasedCell | None],
    submission: Submission,
) -> Iterator[str]:
    code_back = [cell for cell in put_back if cell.kind == "code" or cell.explain]
    for cell in code_back:
        if cell.answer:
            yield f"The answer {cell.answer} is missing; its cell was put back as released."
    others = len(code_back) - sum(bool(cell.answer) for cell in code_back)
    if others:
        yield f"{others} released {_plural('cell', others)} missing and put back."
    checks = [step.check for step in steps if step.check and not step.from_student]
    if checks:
        yield f"Checked below the last answer, as no check cell stands there: {', '.join(checks)}."
    known = [match.id for match in matches if match is not None]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        yield f"In the notebook more than once: {', '.join(twice[:8])}."
    if any(_is_older_text(c) for c, m in zip(submission.cells, matches, strict=True) if m is None):
        yield "The notebook is an older release of the chapter; its text was brought up to date."
    lost = sum(
        match is not None and match.id not in cell.names and match.grade_id not in cell.names
        for cell, match in zip(submission.cells, matches, strict=True)
    )
    if lost:
        yield f"{lost} {_plural('cell', lost)} recognised by text, as the metadata is lost."
    turned = sum(
        match is not None and match.kind != cell.kind
        for cell, match in zip(submission.cells, matches, strict=True)
    )
    if turned:
        yield f"{turned} {_plural('cell', turned)} of another kind than released, and read as that."


def _plural(noun: str, count: int) -> str:
    return f"{noun} was" if count == 1 else f"{noun}s were"


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
