"""The autograded notebook: the released one with a student's answers, and each verdict as the
output of its check cell. Only text and PNG figures of the student's cells get in."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from course.grading import code
from course.grading.frames import CellResult
from course.grading.intake import clean
from course.grading.plan import Plan, Released, ReleasedCell, Step
from course.verdict import Verdict

MAX_TEXT = 10_000
MAX_OUTPUT_IN_ALL = 1_000_000
MAX_TEXT_IN_ALL = 100_000  # of what students wrote in text cells; rendering more could take minutes
MAX_FIGURES = 8
MAX_FIGURE_BYTES = 1024 * 1024
MAX_PIXELS = 30_000_000  # a browser takes four bytes for each, however small the file is
MAX_FIGURE_BYTES_IN_ALL = 8 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"


def as_released(released: Released) -> Plan:
    """The plan of the released notebook itself, with nothing to run."""
    return Plan(
        tuple(
            Step(cell.kind, cell.source, released=cell, check=cell.exercise, from_student=False)
            for cell in released.cells
        )
    )


def compose(
    plan: Plan,
    released: Released,
    *,
    verdicts: Mapping[str, Verdict],
    facts: Mapping[str, Any],
    places: Mapping[str, int] | None = None,
    results: Mapping[int, CellResult] | None = None,
    left_out: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """The autograded notebook as JSON of nbformat 4.5.

    `places` says at which step each exercise got its verdict; by default the first that asks it.
    Every released cell appears with its metadata once; other copies of it are plain cells.
    """
    places = places or {}
    results, left_out = results or {}, left_out or {}
    room = MAX_TEXT_IN_ALL
    copies: dict[int, list[int]] = {}
    for at, step in enumerate(plan.steps):
        copies.setdefault(id(step.released), []).append(at)
    bearers = {
        _bearer(cell, copies.get(id(cell), []), plan, places): cell for cell in released.cells
    }
    cells = [_markdown("course-report", inert(_report(facts)), {"course": {"from": "grader"}})]
    for at, step in enumerate(plan.steps):
        cell = bearers.get(at)
        name = cell.id if cell is not None else f"added-{at + 1}"
        metadata = dict(cell.metadata) if cell is not None else {}
        if cell is None or step.from_student:
            metadata["course"] = {**metadata.get("course", {}), "from": "student"}
        if step.kind != "code":
            text = step.source
            if step.from_student:
                text = inert(clean(text, min(MAX_TEXT, room)))
                room = max(0, room - len(text))
            cells.append(_markdown(name, text, metadata))
            continue
        if step.check:
            shown = cell is not None and step.check in verdicts
            outputs = list(_verdict_outputs(verdicts[step.check])) if shown else []
        else:
            outputs = list(_cell_outputs(results.get(at), left_out.get(at, "")))
        cells.append(
            {
                "cell_type": "code",
                "id": name,
                "metadata": metadata,
                "execution_count": None,
                "outputs": outputs,
                "source": clean(step.source),
            }
        )
    kept = ("kernelspec", "language_info")
    metadata = {key: released.metadata[key] for key in kept if key in released.metadata}
    metadata["course"] = dict(released.metadata.get("course", {})) | {"grade": dict(facts)}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def trimmed(result: CellResult, room: int, text_room: int) -> CellResult:
    """What a cell gave, as far as it may be kept: `text_room` characters and figures of `room`
    bytes at most."""
    pngs: list[bytes] = []
    for png in result.pngs:
        fits = len(png) <= min(MAX_FIGURE_BYTES, room) and len(pngs) < MAX_FIGURES
        if png.startswith(_PNG) and fits and _pixels(png) <= MAX_PIXELS:
            pngs.append(png)
            room -= len(png)
    text = clean(result.text, min(MAX_TEXT, text_room))
    error = result.error and replace(result.error, message=result.error.message[: text_room + 200])
    return CellResult(text, tuple(pngs), error)


def _pixels(png: bytes) -> int:
    """How many pixels a PNG file says that it has."""
    return int.from_bytes(png[16:20], "big") * int.from_bytes(png[20:24], "big")


def inert(markdown: str) -> str:
    """Markdown in which nothing can be HTML: a blank goes after each `<` that could open a tag.

    Pasted pictures don't come along, and a page that asks for one can't be made.
    """
    return re.sub(r"<(?=[A-Za-z/!?])", "< ", markdown).replace("attachment:", "attachment ")


def _bearer(
    cell: ReleasedCell, copies: Sequence[int], plan: Plan, places: Mapping[str, int]
) -> int:
    """The one of a released cell's copies that bears its metadata; -1 where there is none."""
    if not copies:
        return -1
    if cell.exercise:
        return places.get(cell.exercise, copies[0])
    if cell.answer:
        holding = [at for at in copies if cell.answer in plan.steps[at].defines]
        return (holding or copies)[-1]
    if cell.explain:
        changed = [at for at in copies if not code.same(plan.steps[at].source, cell.source)]
        return (changed or copies)[-1]
    return copies[0]


def _report(facts: Mapping[str, Any]) -> str:
    lines = [
        f"**{facts['points']:g} of {facts['out_of']:g} points** by the checks of this notebook."
    ]
    if facts["bonus"]:
        lines.append(f"Optional exercises add {facts['bonus']:g}.")
    if facts["status"] == "refused":
        lines = [f"**Not graded: no points.** {facts['reason']}"]
    notes = [f"- {note}" for note in facts["notes"]]
    if notes:
        lines += ["", "What was repaired so that nothing is lost:", "", *notes]
    return clean("\n".join(lines))


def _markdown(name: str, source: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": dict(metadata), "source": source}


def _verdict_outputs(verdict: Verdict) -> Iterator[dict[str, Any]]:
    # MathJax leaves these classes alone, so that no part of a message is read as a formula.
    page = f'<div class="tex2jax_ignore mathjax_ignore">{clean(verdict.to_html())}</div>'
    yield _display({"text/plain": clean(verdict.to_text()), "text/html": page})


def _cell_outputs(result: CellResult | None, lost: str) -> Iterator[dict[str, Any]]:
    if lost:
        yield _stream(f"This cell was left out, because running it ended the process ({lost}).")
    if result is None:
        return
    if result.text:
        yield _stream(result.text)
    for png in result.pngs:
        yield _display({"image/png": base64.b64encode(png).decode(), "text/plain": "(figure)"})
    if result.error is not None:
        kind, message = clean(result.error.type, 200), clean(result.error.message, 2000)
        where = f"line {result.error.line_number}: {result.error.line}" if result.error.line else ""
        trace = "\n".join(filter(None, (clean(where, 500), f"{kind}: {message}")))
        yield {"output_type": "error", "ename": kind, "evalue": message, "traceback": [trace]}


def _stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": clean(text, MAX_TEXT)}


def _display(data: Mapping[str, str]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": dict(data), "metadata": {}}
