"""The grade of one submission, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from course.verdict import Verdict

Status = Literal["graded", "refused", "error"]


@dataclass(frozen=True)
class Written:
    """A manually graded answer: its grade id, its points, and whether anything was written."""

    grade_id: str
    out_of: float
    answered: bool


@dataclass(frozen=True)
class Result:
    """The grade of one submission.

    `status` is "graded", "refused" (it can't be read: no points) or "error" (nothing was graded,
    and nothing may be written to the gradebook); `reason` then is the sentence. `notes` say what
    was repaired, `flags` what an instructor should look at. `notebook` is the autograded one.
    """

    student: str
    chapter: str
    status: Status
    reason: str = ""
    verdicts: tuple[Verdict, ...] = ()
    written: tuple[Written, ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    submission: str = ""
    tier: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    autograded: str = ""
    feedback: str = ""
    notebook: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def points(self) -> float:
        """Points of the checked exercises, without the bonus of optional ones."""
        return sum(verdict.points for verdict in self.verdicts if not verdict.optional)

    @property
    def out_of(self) -> float:
        return sum(verdict.out_of for verdict in self.verdicts if not verdict.optional)

    @property
    def bonus(self) -> float:
        return sum(verdict.points for verdict in self.verdicts if verdict.optional)

    def to_json(self) -> dict[str, Any]:
        """Plain data for reports; the notebook is left out."""
        return {
            "student": self.student,
            "chapter": self.chapter,
            "status": self.status,
            "reason": self.reason,
            "points": self.points,
            "out_of": self.out_of,
            "bonus": self.bonus,
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "written": [
                {"grade_id": w.grade_id, "out_of": w.out_of, "answered": w.answered}
                for w in self.written
            ],
            "notes": list(self.notes),
            "flags": list(self.flags),
            "submission": self.submission,
            "tier": self.tier,
            "versions": dict(self.versions),
            "seconds": round(self.seconds, 3),
            "autograded": self.autograded,
            "feedback": self.feedback,
        }
