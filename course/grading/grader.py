"""Grades one submission: its answers run in a box, and the checks stay on this side of the wall.

Scores are numbers computed in this process, from plain values that came back as frames. Nothing
that a student wrote runs here.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from course.checks.judge import refused
from course.grading import code, rebuilt
from course.grading.asking import HANDS, LIMITS, Asking, OpenBox
from course.grading.box import Limits
from course.grading.intake import Refused, clean, read_cells
from course.grading.material import CannotGrade, Material, load_material, versions
from course.grading.plan import Plan, Released, make_plan
from course.grading.result import Result, Written
from course.verdict import Finding, Verdict

__all__ = ["CannotGrade", "Material", "Result", "Written", "grade", "load_material", "refuse"]


def grade(
    data: bytes,
    *,
    student: str,
    material: Material,
    seed: bytes,
    name: str = "",
    notes: Iterable[str] = (),
    tier: str = "",
    only: Collection[str] = (),
    before: Mapping[str, Verdict] | None = None,
    box: OpenBox,
    limits: Limits = LIMITS,
) -> Result:
    """Grade the bytes of a submitted notebook; `name` is what messages call the file.

    `box` opens a box; `tier` is what results call its wall. The same bytes and seed give the same
    cards, whoever calls. Exercises that aren't in `only` (default: all are) keep their verdict of
    `before`. Raises NoBox where no box can be had.
    """
    began = time.monotonic()
    name = name or f"{material.chapter}.ipynb"
    try:
        submission = read_cells(data, name)
    except Refused as refusal:
        return refuse(str(refusal), student=student, material=material, data=data, tier=tier)
    plan = make_plan(submission, material.released)
    plan = replace(plan, notes=(*notes, *plan.notes))
    run = Asking(plan, material, seed, box, limits)
    verdicts = run.verdicts(only, before or {})
    result = Result(
        student=student,
        chapter=material.chapter,
        status="graded",
        verdicts=tuple(verdicts.values()),
        written=tuple(_written(plan, material.released)),
        notes=tuple(clean(note, 500) for note in plan.notes),
        flags=tuple(clean(flag, 500) for flag in (*run.flags, *_left_out(run.trace.left_out))),
        submission=digest_of(data),
        tier=tier,
        versions=versions(material),
        limits=limits.to_json(),
        seed=seed.hex(),
        seconds=time.monotonic() - began,
    )
    notebook = rebuilt.compose(
        plan,
        material.released,
        verdicts=verdicts,
        places=run.places,
        results=run.trace.results,
        left_out=run.trace.left_out,
        facts=_facts(result),
    )
    return replace(result, notebook=notebook)


def _left_out(cells: Mapping[int, str]) -> list[str]:
    """A sentence for each cell that had to be left out, by its place in the autograded notebook."""
    return [
        f"cell {at + 1} was left out, because running it ended the process ({why})"
        for at, why in sorted(cells.items())
    ]


def refuse(
    reason: str, *, student: str, material: Material, data: bytes = b"", tier: str = ""
) -> Result:
    """The result of a submission that can't be read: no points, and the sentence that says why."""
    reason = clean(reason, 1000)
    text = "The submission could not be read, so nothing was checked."
    verdicts = {}
    for name, exercise in material.exercises.items():
        finding = Finding("answer", "not attempted", text, 0.0, exercise.points)
        verdicts[name] = replace(
            refused(exercise, text), state="not attempted", findings=(finding,)
        )
    result = Result(
        student=student,
        chapter=material.chapter,
        status="refused",
        reason=reason,
        verdicts=tuple(verdicts.values()),
        written=tuple(
            Written(cell.grade_id, cell.points, False)
            for cell in material.released.cells
            if cell.explain
        ),
        flags=(reason,),
        submission=digest_of(data) if data else "",
        tier=tier,
        versions=versions(material),
    )
    return replace(
        result,
        notebook=rebuilt.compose(
            rebuilt.as_released(material.released),
            material.released,
            verdicts=verdicts,
            facts=_facts(result),
        ),
    )


def _facts(result: Result) -> dict[str, Any]:
    """What the autograded notebook says of its grade. Never the secret, nor a seed made from it."""
    facts = result.to_json()
    return {key: facts[key] for key in _FACTS}


_FACTS = (
    *("chapter", "status", "reason", "points", "out_of", "bonus", "notes"),
    *("submission", "tier", "versions"),
)


def _written(plan: Plan, released: Released) -> Iterable[Written]:
    for cell in released.cells:
        if cell.explain:
            texts = [step.source for step in plan.steps if step.released is cell]
            changed = any(t.strip() and not code.same(t, cell.source) for t in texts)
            yield Written(cell.grade_id, cell.points, changed)


def seed_of(secret: bytes, student: str, chapter: str, digest: str) -> bytes:
    """The seed of a submission's cards, one of the class's few: which one, and what it is, nobody
    knows who doesn't know the class secret."""
    about = "\0".join((student, chapter, digest)).encode("utf-8", "surrogatepass")
    hand = hmac.new(secret, about, hashlib.sha256).digest()[0] % HANDS
    return hmac.new(secret, f"{chapter}\0{hand}".encode(), hashlib.sha256).digest()


def digest_of(data: bytes) -> str:
    """What names the bytes of a submission."""
    return hashlib.sha256(data).hexdigest()
