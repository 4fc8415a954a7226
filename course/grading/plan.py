"""Puts a submission back on its released notebook: which cells run, in which order, checked where.

Grading looks at answers, not at notebooks. So a cell that was duplicated, moved, split, merged,
turned into text or stripped of its metadata is recognised here, a released one that is missing is
put back at its place, and every exercise gets at least one check below its answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from course.grading import code, order
from course.grading.intake import MAX_CELLS, Cell, Submission
from course.grading.mending import mended
from course.grading.steps import Plan, Released, ReleasedCell, Step, read_released, with_solved

MAX_STEPS = 2 * MAX_CELLS  # a notebook that cutting makes longer than this is left uncut

__all__ = ["Plan", "Released", "ReleasedCell", "Step", "make_plan", "read_released", "with_solved"]


def make_plan(submission: Submission, released: Released) -> Plan:
    """Rebuild a submission on the released notebook."""
    cells, mendings = mended(submission.cells, (cell.source for cell in released.cells))
    submission = replace(submission, cells=cells)
    matches = _match(cells, released)
    steps = list(_students_steps(cells, matches, released))
    cut = [piece for step in steps for piece in _cut(step)]
    steps, put_back = _put_back(cut if len(cut) <= MAX_STEPS else steps, released)
    ready = order.run_what_answers_need(steps, released)
    repeated = order.repeat_below(ready)
    placed = order.place_checks(repeated, released)
    notes = (
        *submission.notes,
        *mendings,
        *_notes(placed, put_back, matches, submission),
        *_order_notes(steps, ready, repeated),
    )
    return Plan(tuple(placed), notes)


# Recognising cells


def _match(cells: Sequence[Cell], released: Released) -> list[ReleasedCell | None]:
    """For each cell of the submission the released one it comes from, where that can be told."""
    by_name = {cell.grade_id: cell for cell in released.cells if cell.grade_id}
    by_name |= {cell.id: cell for cell in released.cells}
    by_text: dict[tuple[str, ...], ReleasedCell] = {}
    for other in reversed(released.cells):
        by_text[other.kind, *code.stripped(other.source)] = other
    matches: list[ReleasedCell | None] = []
    for cell in cells:
        named = next((by_name[n] for n in cell.names if n in by_name), None)
        # An id that another cell's text goes with is an id that was mixed up.
        word_for_word = by_text.get((cell.kind, *code.stripped(cell.source)))
        mixed_up = named and word_for_word and not code.same(cell.source, named.source)
        matches.append(word_for_word if mixed_up else named)
    taken = {cell.id for cell in matches if cell is not None}
    for at, cell in enumerate(cells):
        if matches[at] is None and cell.source.strip():
            found = _recognise(cell, [c for c in released.cells if c.id not in taken])
            matches[at] = found
            # An answer, in code or in words, may stand in several cells; the last one counts.
            several = code.read(cell.source).definitions or (found and found.explain)
            if found is not None and not several:
                taken.add(found.id)
    return matches


def _recognise(cell: Cell, candidates: Sequence[ReleasedCell]) -> ReleasedCell | None:
    """A cell without a known name: by its TO DO, the name it defines, its check, or its text."""
    reading = code.read(cell.source)
    said = reading.markers | reading.definitions.keys() | set(reading.revealed)
    asked = {asked.exercise for asked in reading.asked}
    lines = code.stripped(cell.source)
    is_code = cell.kind == "code" or any(reading.definitions.values())
    for other in candidates if is_code and reading.shape else ():
        if other.kind == "code" and code.read(other.source).shape == reading.shape:
            return other
    for other in candidates if is_code else ():
        if other.answer and (other.answer in said or _markers(other) & said):
            return other
        if other.exercise and other.exercise in asked and reading.only_about_the_course:
            return other
        if other.predict and other.predict in said:
            return other
    for other in candidates:
        released_lines = code.stripped(other.source)
        if lines == released_lines:
            return other
        if other.explain and lines and released_lines and lines[0].startswith(released_lines[0]):
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
        yield from _own_code(cell, None if is_check else match)
    for exercise, one in asked.items():
        objects = released.exercises[exercise]
        pairs = zip(objects, one.names, strict=True) if len(objects) == len(one.names) else ()
        check = released.check(exercise)
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


def _own_code(cell: Cell, match: ReleasedCell | None) -> Iterator[Step]:
    """A student's code; above a changed cell that was given, that cell as released."""
    if match is not None and match.idle and not _adds(code.read(cell.source), match):
        yield Step("code", cell.source, released=match)
        return
    if match is not None and _is_given(match) and not code.same_code(cell.source, match.source):
        yield Step("code", match.source, runs=True, released=match, from_student=False)
        if not cell.source.strip():
            return
        match = None
    yield Step("code", cell.source, runs=bool(cell.source.strip()), released=match)


def _cut(step: Step) -> list[Step]:
    """A student's cell, cut where a line of it may stop what stands below."""
    pieces = code.pieces(step.source) if step.runs and step.from_student else []
    if len(pieces) < 2:
        return [step]
    answer = step.released.answer if step.released is not None else ""
    bears = [at for at, piece in enumerate(pieces) if answer in code.read(piece).definitions]
    last = bears[-1] if bears else len(pieces) - 1
    return [
        replace(step, source=piece, released=step.released if at == last else None)
        for at, piece in enumerate(pieces)
        if piece.strip()
    ]


def _is_given(cell: ReleasedCell) -> bool:
    """Whether answers may build on this code, which isn't the student's to write."""
    return cell.kind == "code" and not (cell.idle or cell.answer or cell.exercise)


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
        named = ", ".join(dict.fromkeys(checks))
        yield f"Checked below an answer where no check cell stands: {named}."
    changed = sum(
        match is not None and _is_given(match) and not code.same_code(cell.source, match.source)
        for cell, match in zip(submission.cells, matches, strict=True)
    )
    if changed:
        yield f"{changed} given {_plural('cell', changed)} changed; released ones stand above."
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


def _order_notes(
    steps: Sequence[Step], ready: Sequence[Step], repeated: Sequence[Step]
) -> Iterator[str]:
    ran = sum(now.runs and not before.runs for before, now in zip(steps, ready, strict=True))
    if ran:
        yield f"{ran} {_plural('figure or experiment', ran)} run, since an answer uses names of it."
    again = len(repeated) - len(ready)
    if again:
        yield f"{again} {_plural('cell', again)} repeated further down, below what it needs."
