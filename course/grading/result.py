"""The grade of one submission, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
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
class Change:
    """A mark of an exercise that came out otherwise than the time before. `manual` is the mark that
    a person gave it, which stays."""

    exercise: str
    before: float
    after: float
    manual: float | None = None


@dataclass(frozen=True)
class Result:
    """The grade of one submission.

    `status` is "graded", "refused" (it can't be read: no points) or "error" (nothing was graded,
    and nothing may be written to the gradebook); `reason` then is the sentence. `notes` say what
    was repaired, `flags` what an instructor should look at. `seed` is what the cards were drawn
    from, in hexadecimal digits: no student may see it. `changes` are the marks that differ from
    those of the time before. `notebook` is the autograded one.
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
    limits: Mapping[str, float] = field(default_factory=dict)
    seed: str = field(default="", repr=False)
    seconds: float = 0.0
    autograded: str = ""
    feedback: str = ""
    changes: tuple[Change, ...] = ()
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
            "limits": dict(self.limits),
            "seconds": round(self.seconds, 3),
            "autograded": self.autograded,
            "feedback": self.feedback,
            "changes": [asdict(change) for change in self.changes],
        }

    def to_record(self) -> dict[str, Any]:
        """What grading keeps of it: the plain data, and the seed."""
        return self.to_json() | {"seed": self.seed}

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Result:
        """The inverse of `to_record`. Raises KeyError, TypeError or ValueError for other data."""
        kept = {key: value for key, value in data.items() if key not in _COMPUTED}
        lists = {key: tuple(map(str, data[key])) for key in ("notes", "flags")}
        return cls(
            **kept
            | lists
            | {
                "verdicts": tuple(map(Verdict.from_json, data["verdicts"])),
                "written": tuple(Written(**each) for each in data["written"]),
                "changes": tuple(Change(**each) for each in data["changes"]),
            }
        )


_COMPUTED = ("points", "out_of", "bonus")
