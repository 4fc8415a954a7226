"""What grading keeps of each result: a record, from which a grade can be continued and replayed.

Records lie in the class's folder, as `records/STUDENT/CHAPTER.json`. They hold the seed of a
submission's cards, so only their owner may read them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from course.grading.folder import Course, in_lines, write_whole
from course.grading.grader import digest_of
from course.grading.material import Material, versions
from course.grading.result import Change, Result


class Records:
    """The records of one chapter of a class."""

    def __init__(self, course: Course, chapter: str):
        self._course = course
        self._chapter = chapter

    def keep(self, result: Result) -> None:
        """Write a result down. Raises OSError."""
        path = self.path(result.student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        write_whole(path, in_lines(result.to_record()), 0o600)

    def of(self, student: str) -> Result | None:
        """What is kept of a student's grade, or None; a damaged record counts as none."""
        try:
            record = json.loads(self.path(student).read_text(encoding="utf-8"))
            result = Result.from_record(record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return result if (result.student, result.chapter) == (student, self._chapter) else None

    def path(self, student: str) -> Path:
        return self._course.place("records", student, self._chapter) / f"{self._chapter}.json"


def is_of(record: Result, data: bytes, material: Material) -> bool:
    """Whether a record is of these very bytes, put on this release."""
    release = versions(material)["release"]
    return record.submission == digest_of(data) and record.versions.get("release") == release


def is_done(record: Result, data: bytes, material: Material) -> bool:
    """Whether these very bytes were graded already, by this release and this grader."""
    grader = versions(material)["grader"]
    return is_of(record, data, material) and record.versions.get("grader") == grader


def with_changes(result: Result, before: Result | None, manual: dict[str, float]) -> Result:
    """The result with the marks that differ from those of the record before. `manual` are marks
    given by a person, by exercise."""
    if before is None or result.status == "error":
        return result
    then = {verdict.exercise: verdict.points for verdict in before.verdicts}
    changes = tuple(
        Change(v.exercise, then[v.exercise], v.points, manual.get(v.exercise))
        for v in result.verdicts
        if v.exercise in then and abs(v.points - then[v.exercise]) > 1e-9
    )
    return replace(result, changes=changes)
