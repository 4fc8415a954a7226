"""The class's gradebook: nbgrader's database, written by one process, and never from text.

Manual grades and comments live there beside the scores and survive a regrade.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbgrader
from alembic.script import ScriptDirectory
from nbformat.notebooknode import from_dict
from nbformat.v4 import new_notebook
from nbgrader import utils
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from course.grading.material import CannotGrade
from course.grading.plan import Released
from course.grading.result import Result

NO_RESPONSE = "No response."  # nbgrader's own words, which its pages look for


class Busy(CannotGrade):
    """Another program is writing to the gradebook and didn't stop in time."""


class Book:
    """A gradebook, open for writing. Use it as a context manager, in one process at a time."""

    def __init__(self, url: str, course: str = "", config: Config | None = None):
        self.url = url
        self._config = config or Config()
        try:
            _begin(url)
            self._book = Gradebook(url, course)
        except (SQLAlchemyError, OSError) as error:
            raise CannotGrade(
                f"The gradebook {_shown(url)} can't be written to ({_first_line(error)}); see "
                f"that it and its folder may be written, and that no other program holds it."
            ) from error

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def register(self, released: Released) -> None:
        """Enter a chapter's exercises, as `nbgrader generate_assignment` would; nothing that is
        there already is lost, so a chapter may gain cells after it was graded."""
        chapter = released.chapter
        with self._writing(f"the exercises of {chapter}"):
            try:
                self._book.find_assignment(chapter)
            except MissingEntry:
                self._book.add_assignment(chapter)
            try:
                notebook = self._book.find_notebook(chapter, chapter)
            except MissingEntry:
                kernel = json.dumps(released.metadata.get("kernelspec", {}))
                notebook = self._book.add_notebook(chapter, chapter, kernelspec=kernel)
            _enter_cells(self._book.db, notebook, released)
            self._book.db.commit()

    def write(self, result: Result, timestamp: datetime | None = None, again: bool = False) -> None:
        """Enter the scores of a result that was graded or refused; `again` says that those of the
        same submission stand there already.

        What a person entered stays: a grade that has a manual score keeps it and asks for a second
        look, as in nbgrader, unless it is the same submission and the same score. Raises
        CannotGrade where the database refuses, Busy where another program holds it.
        """
        if result.status == "error":
            raise ValueError(f"{result.student} was not graded: {result.reason}")
        with self._writing(f"the scores of {result.student}"):
            self._book.update_or_create_student(result.student)
            with self._book.db.no_autoflush:  # else SQLAlchemy warns of how nbgrader fills it
                submission = self._book.update_or_create_submission(result.chapter, result.student)
            submission.timestamp = timestamp
            notebook = next(nb for nb in submission.notebooks if nb.name == result.chapter)
            grades = _grades(self._book.db, notebook)
            unread = result.status == "refused"
            for verdict in result.verdicts:
                _score(grades[verdict.exercise], verdict.points, unread, again)
            for answer in result.written:
                points = None if answer.answered else 0.0
                _score(grades[answer.grade_id], points, unread, again)
            for name, comment in _comments(self._book.db, notebook).items():
                silent = any(w.grade_id == name and not w.answered for w in result.written)
                comment.auto_comment = NO_RESPONSE if silent else None
            notebook.late_submission_penalty = None
            self._book.db.commit()
            if timestamp is not None and submission.total_seconds_late > 0:
                self._assign_late_penalty(result)

    def _assign_late_penalty(self, result: Result) -> None:
        """Leave lateness to nbgrader's plugin, which an instructor may have configured."""
        names = {
            "notebook": result.chapter,
            "assignment": result.chapter,
            "student": result.student,
            "db_url": self.url,
        }
        AssignLatePenalties(config=self._config).preprocess(new_notebook(), {"nbgrader": names})

    def scores(self, chapter: str) -> dict[str, dict[str, float]]:
        """What stands in the book: the score of each grade cell, by student."""
        return self._marks(chapter, "score")

    def automatic(self, chapter: str) -> dict[str, dict[str, float | None]]:
        """The scores that a check gave, by student and grade cell."""
        return self._marks(chapter, "auto_score")

    def manual(self, chapter: str) -> dict[str, dict[str, float]]:
        """The marks that a person gave, by student and grade cell."""
        marks = self._marks(chapter, "manual_score")
        return {
            student: {name: mark for name, mark in given.items() if mark is not None}
            for student, given in marks.items()
        }

    def _marks(self, chapter: str, column: str) -> dict[str, dict[str, Any]]:
        return {
            submission.student.id: {
                grade.name: getattr(grade, column)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in self._book.assignment_submissions(chapter)
        }

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            self._book.db.rollback()
            if "locked" in _first_line(error):
                raise Busy(
                    f"The gradebook {_shown(self.url)} is in use by another program, and {what} "
                    f"can't be entered; close that program."
                ) from error
            raise CannotGrade(
                f"The gradebook {_shown(self.url)} refuses {what} ({_first_line(error)}); close "
                f"what else writes to it, back it up, and run `nbgrader db upgrade`."
            ) from error


def _begin(url: str) -> None:
    """Stamp a new database with the version of nbgrader's tables, and see that it may be written.
    nbgrader would start a process for the stamp, which takes seconds and finds its program only in
    an activated environment."""
    engine = create_engine(url)
    try:
        if tables := inspect(engine).get_table_names():
            if "alembic_version" in tables:
                with engine.begin() as database:
                    database.execute(text("UPDATE alembic_version SET version_num = version_num"))
            return
        migrations = Path(nbgrader.__file__).parent / "alembic"
        version = ScriptDirectory(str(migrations)).get_current_head()
        with engine.begin() as database:
            database.execute(
                text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            )
            row = text("INSERT INTO alembic_version (version_num) VALUES (:version)")
            database.execute(row, {"version": version})
    finally:
        engine.dispose()


def _enter_cells(db: Any, notebook: Notebook, released: Released) -> None:
    grades = {cell.name: cell for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    sources = {cell.name: cell for cell in notebook.source_cells}
    for cell in released.cells:
        node = from_dict({"cell_type": cell.kind, "source": cell.source, "metadata": cell.metadata})
        if not cell.grade_id:
            continue
        if utils.is_grade(node):
            grade = grades.get(cell.grade_id)
            if grade is None:
                grade = GradeCell(name=cell.grade_id, notebook=notebook, cell_type=cell.kind)
                db.add(grade)
            grade.max_score = cell.points
        if utils.is_solution(node) and cell.grade_id not in solutions:
            db.add(SolutionCell(name=cell.grade_id, notebook=notebook))
        source = sources.get(cell.grade_id)
        if source is None:
            source = SourceCell(name=cell.grade_id, notebook=notebook)
            db.add(source)
        source.cell_type = cell.kind
        source.locked = utils.is_locked(node)
        source.source = cell.source
        source.checksum = utils.compute_checksum(node)


def _grades(db: Any, submitted: SubmittedNotebook) -> dict[str, Grade]:
    """The grades of a submission by name, with one for each cell that came in since."""
    grades = {grade.name: grade for grade in submitted.grades}
    for cell in submitted.notebook.grade_cells:
        if cell.name not in grades:
            grades[cell.name] = Grade(cell=cell, notebook=submitted)
            db.add(grades[cell.name])
    return grades


def _comments(db: Any, submitted: SubmittedNotebook) -> dict[str, Comment]:
    comments = {comment.name: comment for comment in submitted.comments}
    for cell in submitted.notebook.solution_cells:
        if cell.name not in comments:
            comments[cell.name] = Comment(cell=cell, notebook=submitted)
            db.add(comments[cell.name])
    return comments


def _score(grade: Grade, points: float | None, look: bool, again: bool) -> None:
    if again and grade.auto_score == points:
        return
    grade.auto_score = points
    grade.needs_manual_grade = look or points is None or grade.manual_score is not None


# The class secret


def class_secret(url: str, course_folder: Path) -> bytes:
    """The secret from which cards are drawn: a file of mode 0600 beside the gradebook, made when it
    is first wanted. Raises CannotGrade."""
    path = _beside(url, course_folder) / "gradebook.secret"
    try:
        _make_secret(path)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as file:
            if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
                os.fchmod(handle, 0o600)
            secret = bytes.fromhex(file.read(1000).decode("ascii").strip())
    except (OSError, ValueError) as error:
        raise CannotGrade(
            f"The class secret {path} can't be read or made ({error}); put back the file that was "
            f"there, or delete it for a new one (regraded work then gets other numbers)."
        ) from error
    if len(secret) < 16:
        raise CannotGrade(f"The class secret {path} is too short; delete it for a new one.")
    return secret


def _make_secret(path: Path) -> None:
    """Write a new secret whole, so that whoever comes at the same time reads all of it or none."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _beside(url: str, course_folder: Path) -> Path:
    scheme, _, path = url.partition(":///")
    if scheme.split("+")[0] == "sqlite" and path and path != ":memory:":
        return (course_folder / unquote(path)).parent
    return course_folder


def _shown(url: str) -> str:
    """A database address without the password that may stand in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
