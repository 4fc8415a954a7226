"""What a result becomes in nbgrader's tables: a handful of statements, however large the class is.

nbgrader's own calls load each object by itself, and look through a whole table for the grades of
one notebook. The rows are those that they make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from sys import intern
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
    new_uuid,
)
from sqlalchemy import Boolean, and_, bindparam, func, insert, or_, select, update

from course.grading.material import CannotGrade
from course.grading.result import Result

NO_RESPONSE = "No response."  # nbgrader's own words, which its pages look for

_SCORED = ("GradeCell", "TaskCell")
_COMMENTED = ("SolutionCell", "TaskCell")
_CELLS: Any = BaseCell.__table__
_STUDENTS: Any = Student.__table__
_SUBMISSIONS: Any = SubmittedAssignment.__table__
_NOTEBOOKS: Any = SubmittedNotebook.__table__
_GRADES: Any = Grade.__table__
_COMMENTS: Any = Comment.__table__
_GRADE_CELLS: Any = GradeCell.__table__
_TASK_CELLS: Any = TaskCell.__table__

# Both tables have an index that begins with the cell, and none that begins with the notebook.
_PLACE = (
    select(
        Notebook.id.label("notebook"),
        Student.id.label("student"),
        SubmittedAssignment.id.label("submission"),
        SubmittedNotebook.id.label("submitted"),
        Assignment.duedate,
        SubmittedAssignment.extension,
    )
    .select_from(Notebook)
    .join(Assignment, Assignment.id == Notebook.assignment_id)
    .outerjoin(Student, Student.id == bindparam("student"))
    .outerjoin(
        SubmittedAssignment,
        and_(
            SubmittedAssignment.assignment_id == Assignment.id,
            SubmittedAssignment.student_id == Student.id,
        ),
    )
    .outerjoin(
        SubmittedNotebook,
        and_(
            SubmittedNotebook.notebook_id == Notebook.id,
            SubmittedNotebook.assignment_id == SubmittedAssignment.id,
        ),
    )
    .where(Assignment.id == bindparam("assignment"))
)
# What a person entered meanwhile is looked at by the database, at the moment it writes.
_SCORE = (
    update(_GRADES)
    .where(_GRADES.c.notebook_id == bindparam("submitted"), _GRADES.c.cell_id == bindparam("cell"))
    .values(
        auto_score=bindparam("points"),
        needs_manual_grade=or_(
            bindparam("look", type_=Boolean), _GRADES.c.manual_score.isnot(None)
        ),
    )
)
_SCORE_IF_OTHER = _SCORE.where(_GRADES.c.auto_score.is_distinct_from(bindparam("points")))
_REMARK = (
    update(_COMMENTS)
    .where(
        _COMMENTS.c.notebook_id == bindparam("submitted"),
        _COMMENTS.c.cell_id == bindparam("cell"),
    )
    .values(auto_comment=bindparam("comment"))
)


@dataclass(frozen=True)
class Cells:
    """The ids of a notebook's cells that are scored or commented on, by name."""

    scored: Mapping[str, str]
    commented: Mapping[str, str]


@dataclass(frozen=True)
class Chapter:
    """The ids of a chapter: of its assignment, of its notebook, and of the cells of this notebook
    and of any other that an instructor put beside it."""

    assignment: str
    notebook: str
    cells: Mapping[str, Cells]


def find_chapter(db: Any, name: str) -> Chapter:
    """A chapter that is entered. Raises CannotGrade where it isn't."""
    found = select(Notebook.id, Notebook.name, Notebook.assignment_id).join(Assignment)
    notebooks = db.execute(found.where(Assignment.name == name)).all()
    own = [notebook for notebook in notebooks if notebook.name == name]
    if not own:
        raise CannotGrade(f"{name} isn't in the gradebook; `course grade {name}` enters it.")
    of_all = select(_CELLS).where(_CELLS.c.notebook_id.in_([notebook.id for notebook in notebooks]))
    cells = db.execute(of_all).all()

    def of(notebook: str, kinds: tuple[str, ...]) -> dict[str, str]:
        return {c.name: c.id for c in cells if c.notebook_id == notebook and c.type in kinds}

    every = {nb.id: Cells(of(nb.id, _SCORED), of(nb.id, _COMMENTED)) for nb in notebooks}
    return Chapter(own[0].assignment_id, own[0].id, every)


def enter(
    db: Any, chapter: Chapter, result: Result, timestamp: datetime | None, again: bool
) -> bool:
    """Write the rows of a result, without a commit; whether it was handed in late. `again` leaves
    scores alone that are the same."""
    names = {"assignment": chapter.assignment, "student": result.student}
    places = db.execute(_PLACE, names).all()
    own = next((place for place in places if place.notebook == chapter.notebook), None)
    if own is None:
        raise CannotGrade(
            f"{result.chapter} was taken out of the gradebook; `course grade` again enters it."
        )
    submission = _enter_submission(db, own, names, timestamp)
    for place in places:
        if place.submitted is None:
            submitted = new_uuid()
            about = {"id": submitted, "notebook_id": place.notebook, "assignment_id": submission}
            db.execute(insert(_NOTEBOOKS), about)
        elif place is own:
            submitted = own.submitted
            gone = update(_NOTEBOOKS).where(_NOTEBOOKS.c.id == submitted)
            db.execute(gone.values(late_submission_penalty=None))
        else:
            continue
        cells, is_new = chapter.cells[place.notebook], place.submitted is None
        ours = result if place is own else None
        _enter_grades(db, submitted, cells.scored, _marks(ours), is_new, again)
        _enter_comments(db, submitted, cells.commented, _silent(ours), is_new)
    return _is_late(timestamp, own.duedate, own.extension)


def _enter_submission(
    db: Any, place: Any, names: Mapping[str, str], timestamp: datetime | None
) -> str:
    """See that the student and the submission are there; the id of the latter."""
    if place.submission is not None:
        found = update(_SUBMISSIONS).where(_SUBMISSIONS.c.id == place.submission)
        db.execute(found.values(timestamp=timestamp))
        return str(place.submission)
    if place.student is None:
        db.execute(insert(_STUDENTS), {"id": names["student"]})
    submission = str(new_uuid())
    owner = {"assignment_id": names["assignment"], "student_id": names["student"]}
    db.execute(insert(_SUBMISSIONS), {"id": submission, "timestamp": timestamp} | owner)
    return submission


def _enter_grades(
    db: Any,
    submitted: str,
    cells: Mapping[str, str],
    marks: Mapping[str, tuple[float | None, bool]],
    is_new: bool,
    again: bool,
) -> None:
    there = set() if is_new else _there(db, _GRADES, submitted, cells)
    ids = {cells[name]: mark for name, mark in marks.items()}
    new = [(cell, *ids.get(cell, (None, True))) for cell in cells.values() if cell not in there]
    keys = ("cell_id", "auto_score", "needs_manual_grade")
    _insert(db, _GRADES, submitted, [dict(zip(keys, row, strict=True)) for row in new])
    old = [
        {"submitted": submitted, "cell": cell, "points": points, "look": look}
        for cell, (points, look) in ids.items()
        if cell in there
    ]
    if old:
        db.execute(_SCORE_IF_OTHER if again else _SCORE, old)


def _enter_comments(
    db: Any, submitted: str, cells: Mapping[str, str], silent: set[str], is_new: bool
) -> None:
    there = set() if is_new else _there(db, _COMMENTS, submitted, cells)
    said = {cell: NO_RESPONSE if name in silent else None for name, cell in cells.items()}
    new = [(cell, comment) for cell, comment in said.items() if cell not in there]
    _insert(db, _COMMENTS, submitted, [{"cell_id": c, "auto_comment": text} for c, text in new])
    old = [
        {"submitted": submitted, "cell": cell, "comment": comment}
        for cell, comment in said.items()
        if cell in there
    ]
    if old:
        db.execute(_REMARK, old)


def _there(db: Any, table: Any, submitted: str, cells: Mapping[str, str]) -> set[str]:
    """Of these cells, those that have a row: a chapter may have gained some."""
    rows = select(table.c.cell_id).where(table.c.notebook_id == submitted)
    return set(db.scalars(rows.where(table.c.cell_id.in_(list(cells.values())))))


def _insert(db: Any, table: Any, submitted: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(insert(table), [row | {"notebook_id": submitted} for row in rows])


def _marks(result: Result | None) -> dict[str, tuple[float | None, bool]]:
    """The points of each scored cell, and whether a person has to look at it."""
    if result is None:
        return {}
    unread = result.status == "refused"
    points: dict[str, float | None] = {v.exercise: v.points for v in result.verdicts}
    points |= {w.grade_id: None if w.answered else 0.0 for w in result.written}
    return {name: (each, unread or each is None) for name, each in points.items()}


def _silent(result: Result | None) -> set[str]:
    return {w.grade_id for w in result.written if not w.answered} if result else set()


def _is_late(
    timestamp: datetime | None, duedate: datetime | None, extension: timedelta | None
) -> bool:
    if timestamp is None or duedate is None:
        return False
    return timestamp > duedate + (extension or timedelta(0))


def all_marks(db: Any, chapter: str, column: str) -> dict[str, dict[str, float]]:
    """One column of all grades of a chapter, by student and grade cell, where it holds a number."""
    wanted = getattr(Grade, column)
    rows = (
        select(SubmittedAssignment.student_id, BaseCell.name, wanted)
        .select_from(Assignment)
        .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(Assignment.name == chapter, wanted.is_not(None))
    )
    found: dict[str, dict[str, float]] = {}
    for student, cell, value in db.execute(rows):
        found.setdefault(student, {})[intern(cell)] = value  # one name, not one a student
    return found


@dataclass(frozen=True)
class Entered:
    """What stands in the book for one student and chapter: score and most points of each scored
    cell, the comment of each commented one, and the penalty for being late."""

    scores: Mapping[str, tuple[float, float]]
    comments: Mapping[str, str | None]
    penalty: float


def find_entered(db: Any, chapter: Chapter, student: str) -> Entered:
    """What stands there for a student. Raises MissingEntry where nothing does."""
    notebook = select(SubmittedNotebook.id, SubmittedNotebook.late_submission_penalty).where(
        SubmittedNotebook.notebook_id == chapter.notebook,
        SubmittedNotebook.assignment_id == SubmittedAssignment.id,
        SubmittedAssignment.assignment_id == chapter.assignment,
        SubmittedAssignment.student_id == student,
    )
    submitted = db.execute(notebook).one_or_none()
    if submitted is None:
        raise MissingEntry(f"nothing is entered for {student}")
    most = func.coalesce(_GRADE_CELLS.c.max_score, _TASK_CELLS.c.max_score, 0.0)
    scores = (
        select(_CELLS.c.name, func.coalesce(Grade.score, 0.0), most)
        .select_from(_CELLS)
        .outerjoin(_GRADE_CELLS, _GRADE_CELLS.c.id == _CELLS.c.id)
        .outerjoin(_TASK_CELLS, _TASK_CELLS.c.id == _CELLS.c.id)
        .outerjoin(Grade, and_(Grade.cell_id == _CELLS.c.id, Grade.notebook_id == submitted.id))
        .where(_CELLS.c.notebook_id == chapter.notebook, _CELLS.c.type.in_(_SCORED))
    )
    comments = (
        select(_CELLS.c.name, Comment.comment)
        .select_from(_CELLS)
        .join(Comment, and_(Comment.cell_id == _CELLS.c.id, Comment.notebook_id == submitted.id))
        .where(_CELLS.c.notebook_id == chapter.notebook)
    )
    return Entered(
        {name: (score, out_of) for name, score, out_of in db.execute(scores)},
        dict(db.execute(comments).all()),
        submitted.late_submission_penalty or 0,
    )
