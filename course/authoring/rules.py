"""What the build refuses: each rule reads a chapter and names file and line where it is broken."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from course.authoring import source
from course.authoring.source import Refusal, SourceCell, SourceChapter
from course.cards import Chapter
from course.checks import judge
from course.draws import Draw
from course.session import LocalSession
from course.verdict import Verdict

FRESH_SEEDS = (1, 2, 3)


def refuse_what_is_missing(chapter: SourceChapter, draws: Mapping[str, Draw]) -> None:
    """Every exercise has check, hints, points and expected numbers; every id stands once."""
    _refuse_duplicates(chapter)
    hints = {cell.key for cell in chapter.of("hints")}
    for cell in chapter.cells:
        if cell.role == "answer":
            _refuse_answer(chapter, cell)
        if cell.role == "check":
            _refuse_check(chapter, cell, hints, draws)
        if cell.role == "hints":
            _refuse_hints(chapter, cell)
        if cell.role == "predict" and source.question(cell.source) is None:
            sentence = "wants options '- [ ] ...', one of them '- [x]', and an explanation '> ...'."
            raise Refusal(chapter.path, cell.line, f"prediction {cell.key} {sentence}")
        if cell.role == "explain":
            if cell.points <= 0:
                raise Refusal(chapter.path, cell.line, f"{cell.key} has no points.")
            if not any(source.BEGIN.match(line) for line in cell.source.split("\n")):
                raise Refusal(chapter.path, cell.line, f"{cell.key} has no model answer.")


def _refuse_duplicates(chapter: SourceChapter) -> None:
    seen: dict[tuple[str, str], int] = {}
    for cell in chapter.cells:
        if not cell.key or cell.role == "demo":
            continue
        kind = "exercise" if cell.role in ("check", "explain") else cell.role
        if (kind, cell.key) in seen:
            first = seen[kind, cell.key]
            raise Refusal(
                chapter.path,
                cell.line,
                f"{kind} {cell.key} stands twice; the first is in line {first}.",
            )
        seen[kind, cell.key] = cell.line


def _refuse_answer(chapter: SourceChapter, cell: SourceCell) -> None:
    if source.unclosed(cell.source) or not source.numbers(cell.source):
        raise Refusal(
            chapter.path,
            cell.line,
            f"answer {cell.key} wants '### BEGIN SOLUTION 1.1: what to do' and '### END SOLUTION'.",
        )
    if not all(source.numbers(cell.source)):
        raise Refusal(chapter.path, cell.line, f"a solution of {cell.key} has no number and TO DO.")
    if cell.key not in source.defined(source.solved(cell.source)):
        raise Refusal(chapter.path, cell.line, f"answer {cell.key} doesn't define {cell.key}.")
    if cell.key not in source.defined(source.stub(cell.source)):
        raise Refusal(chapter.path, cell.line, f"the stub of {cell.key} doesn't define {cell.key}.")
    if not any(cell.key in _objects(check) for check in chapter.of("check")):
        raise Refusal(chapter.path, cell.line, f"answer {cell.key} has no check.")


def _objects(check: SourceCell) -> Sequence[str]:
    found = source.checked_objects(check.source)
    return found[1] if found else ()


def _refuse_check(
    chapter: SourceChapter, cell: SourceCell, hints: set[str], draws: Mapping[str, Draw]
) -> None:
    found = source.checked_objects(cell.source)
    if found is None or found[0] != cell.key or not found[1]:
        raise Refusal(
            chapter.path,
            cell.line,
            f'exercise {cell.key} wants the one line check("{cell.key}", ...).',
        )
    answers = {answer.key for answer in chapter.of("answer") if answer.line < cell.line}
    for name in found[1]:
        if name not in answers:
            raise Refusal(
                chapter.path, cell.line, f"{cell.key} checks {name}, which has no answer above."
            )
    if cell.points <= 0:
        raise Refusal(chapter.path, cell.line, f"exercise {cell.key} has no points.")
    if cell.key not in hints:
        raise Refusal(chapter.path, cell.line, f"exercise {cell.key} has no hints.")
    if cell.key not in draws:
        raise Refusal(
            chapter.path,
            cell.line,
            f"exercise {cell.key} has no expected numbers; write its draw in grader_tests/draws.",
        )
    earlier = {check.key for check in chapter.of("check") if check.line < cell.line}
    for needed in cell.needs:
        if needed not in earlier:
            raise Refusal(
                chapter.path, cell.line, f"{cell.key} needs {needed}, which isn't above it."
            )
    chapter.heading_before(cell)


def _refuse_hints(chapter: SourceChapter, cell: SourceCell) -> None:
    count = len(source.hint_ladder(cell.source))
    if count != 3:
        raise Refusal(
            chapter.path, cell.line, f"hints {cell.key} has {count} rungs; three are wanted."
        )
    if cell.key not in {check.key for check in chapter.of("check")}:
        raise Refusal(chapter.path, cell.line, f"hints {cell.key} belong to no exercise.")


def refuse_wrong_solutions(
    chapter: SourceChapter, shipped: Chapter, draws: Mapping[str, Draw]
) -> None:
    """Every solution earns full points, on the public cards and on fresh ones."""
    for cell, namespace in _run(chapter, source.solved):
        exercise = shipped.exercises[cell.key]
        sets = [exercise.cards]
        sets += [draws[cell.key].cards(np.random.default_rng(seed)) for seed in FRESH_SEEDS]
        for cards in sets:
            verdict = judge(exercise, LocalSession(namespace), cards)
            if verdict.state != "right":
                raise Refusal(
                    chapter.path,
                    cell.line,
                    f"the solution of {cell.key} fails its own check: {verdict.to_text()}",
                )


def refuse_passing_stubs(chapter: SourceChapter, shipped: Chapter) -> None:
    """No stub earns a point."""
    for cell, namespace in _run(chapter, source.stub):
        verdict = _judged(shipped, cell, namespace)
        if verdict.passed:
            raise Refusal(chapter.path, cell.line, f"the stub of {cell.key} passes.")


def solved_namespaces(chapter: SourceChapter) -> Any:
    """Each check cell, with the names that the solved cells above it define."""
    return _run(chapter, source.solved)


def _judged(shipped: Chapter, cell: SourceCell, namespace: Mapping[str, Any]) -> Verdict:
    return judge(shipped.exercises[cell.key], LocalSession(namespace))


def _run(chapter: SourceChapter, as_code: Any) -> Any:
    """Run the cells an exercise can depend on; yields each check cell with the names so far."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in chapter.cells:
        if cell.role == "check":
            yield cell, namespace
        elif cell.role in ("code", "answer"):
            _execute(chapter.path, cell, as_code(cell.source), namespace)


def _execute(path: Path, cell: SourceCell, code: str, namespace: dict[str, Any]) -> None:
    if "check_all(" in code:
        return
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, f"{path.name}:{cell.line}", "exec"), namespace)
    except NotImplementedError:
        return
    except Exception as error:
        sentence = f"this cell raises {type(error).__name__}: {error}"
        raise Refusal(path, cell.line, sentence) from error
