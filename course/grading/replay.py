"""Grades a notebook again as it was graded: the same bytes, the same cards. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course.grading.bench import Bench, Job
from course.grading.crew import read_submission
from course.grading.folder import Course
from course.grading.grader import digest_of
from course.grading.intake import Refused
from course.grading.material import CannotGrade
from course.grading.records import Records
from course.grading.result import Result
from course.grading.wall import choose
from course.verdict import Verdict


@dataclass(frozen=True)
class Replay:
    """A grade as it was and as it came out now; `circumstances` are what differs about how."""

    before: Result
    now: Result
    differences: tuple[str, ...]
    circumstances: tuple[str, ...]

    def to_text(self) -> str:
        """What an instructor reads."""
        points = f"{self.now.points:g} of {self.now.out_of:g} points"
        if self.differences:
            head = f"{self.now.student}: other verdicts than before; now {points}"
        else:
            head = f"{self.now.student}: the same {len(self.now.verdicts)} verdicts, {points}"
        lines = (*self.differences, *(f"otherwise than then: {c}" for c in self.circumstances))
        return "\n".join([head, *(f"  {line}" for line in lines)])


def replay(
    course_dir: str | Path,
    student: str,
    chapter: str,
    tests: str | Path | None = None,
    trust_students: bool = False,
) -> Replay:
    """Grade a student's notebook again from its record; without a wall only with `trust_students`.
    Raises CannotGrade or NoBox."""
    course = Course.at(course_dir)
    records = Records(course, chapter)
    before = records.of(student)
    if before is None:
        raise CannotGrade(
            f"There is no record of {student} at {records.path(student)}; run "
            f"`course grade {chapter}` first."
        )
    if not before.seed:
        raise CannotGrade(
            f"The submission of {student} could not be read, so no cards were drawn: "
            f"{before.reason}"
        )
    folder = course.place("submitted", student, chapter)
    try:
        data, name, notes = read_submission(folder, chapter)
    except Refused as refusal:
        raise CannotGrade(str(refusal)) from refusal
    if digest_of(data) != before.submission:
        raise CannotGrade(
            f"{name} is another file than the one that was graded; put that one back, or run "
            f"`course grade {chapter}`."
        )
    material = course.sources(chapter, tests).load()
    seed = bytes.fromhex(before.seed)
    bench = Bench(material, choose(course.root, trust_students))
    now = bench.grade(Job(student, name, data, seed, notes))
    if now.status == "error":
        raise CannotGrade(now.reason)
    return Replay(before, now, _differences(before, now), _circumstances(before, now))


def _differences(before: Result, now: Result) -> tuple[str, ...]:
    then = {verdict.exercise: verdict for verdict in before.verdicts}
    lines = []
    for verdict in now.verdicts:
        old = then.get(verdict.exercise)
        if old is None:
            lines.append(f"{verdict.exercise}: not asked then, {_said(verdict)} now")
        elif _said(old) != _said(verdict):
            lines.append(f"{verdict.exercise}: {_said(old)} then, {_said(verdict)} now")
        elif old.to_json() != verdict.to_json():
            lines.append(f"{verdict.exercise}: the same points, in other words")
    gone = then.keys() - {verdict.exercise for verdict in now.verdicts}
    return (*lines, *(f"{name}: not asked now" for name in sorted(gone)))


def _said(verdict: Verdict) -> str:
    return f"{verdict.state}, {verdict.points:g}"


def _circumstances(before: Result, now: Result) -> tuple[str, ...]:
    then, since = ({"wall": r.tier, **r.versions, **r.limits} for r in (before, now))
    keys = dict.fromkeys((*then, *since))
    return tuple(
        f"{key} {then.get(key, 'unknown')}, now {since.get(key, 'unknown')}"
        for key in keys
        if then.get(key) != since.get(key)
    )
