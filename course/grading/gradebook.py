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
from nbformat.notebooknode import from_dict
from nbformat.v4 import new_notebook
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    Course,
    Gradebook,
    GradeCell,
    InvalidEntry,
    Notebook,
    SolutionCell,
    SourceCell,
)
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from traitlets.config import Config

from course.grading.database import closed, patient, refused
from course.grading.material import CannotGrade
from course.grading.plan import Released
from course.grading.result import Result
from course.grading.rows import Chapter, Entered, all_marks, enter, find_chapter, find_entered


class Book:
    """A gradebook, open for writing. Use it as a context manager, in one process at a time. Raises
    CannotGrade where its database can't be used."""

    def __init__(self, url: str, course: str = "", config: Config | None = None):
        self.url = patient(url)
        self._course = course
        self._config = config or Config()
        self._chapters: dict[str, Chapter] = {}
        try:
            _begin(self.url)
            self._book = Gradebook(self.url, course)
        except (SQLAlchemyError, InvalidEntry, OSError) as error:
            raise closed(self.url, error) from error

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def register(self, released: Released) -> None:
        """Enter a chapter's exercises, as `nbgrader generate_assignment` would; nothing that is
        there already is lost, so a chapter may gain cells after it was graded."""
        chapter, db = released.chapter, self._book.db
        self._chapters.pop(chapter, None)
        with self._writing(f"the exercises of {chapter}"):
            assignment = db.scalar(select(Assignment).where(Assignment.name == chapter))
            if assignment is None:
                self._found_course()
                assignment = Assignment(name=chapter, course_id=self._course)
                db.add(assignment)
            notebook = next((nb for nb in assignment.notebooks if nb.name == chapter), None)
            if notebook is None:
                kernel = json.dumps(released.metadata.get("kernelspec", {}))
                notebook = Notebook(name=chapter, assignment=assignment, kernelspec=kernel)
                db.add(notebook)
            _enter_cells(db, notebook, released)
            db.commit()

    def _found_course(self) -> None:
        """Enter a course without a name. nbgrader doesn't, which only SQLite lets pass."""
        db = self._book.db
        if self._book.engine.dialect.name != "sqlite" and db.get(Course, self._course) is None:
            db.add(Course(id=self._course))
            db.flush()

    def write(self, result: Result, timestamp: datetime | None = None, again: bool = False) -> None:
        """Enter the scores of a result that was graded or refused; `again` says that those of the
        same submission stand there already.

        What a person entered stays: a grade that has a manual score keeps it and asks for a second
        look, as in nbgrader, unless it is the same submission and the same score. Raises
        CannotGrade where the database refuses, Busy where it may take them later.
        """
        if result.status == "error":
            raise ValueError(f"{result.student} was not graded: {result.reason}")
        with self._writing(f"the scores of {result.student}"):
            try:
                late = self._enter(result, timestamp, again)
            except IntegrityError:  # another program has just entered this student or chapter, too
                self._book.db.rollback()
                self._chapters.clear()
                late = self._enter(result, timestamp, again)
            if late:
                self._assign_late_penalty(result)

    def _enter(self, result: Result, timestamp: datetime | None, again: bool) -> bool:
        """Enter a result in one transaction; whether it was handed in late."""
        late = enter(self._book.db, self._chapter(result.chapter), result, timestamp, again)
        self._book.db.commit()
        return late

    def _chapter(self, name: str) -> Chapter:
        if name not in self._chapters:
            self._chapters[name] = find_chapter(self._book.db, name)
        return self._chapters[name]

    def _assign_late_penalty(self, result: Result) -> None:
        """Leave lateness to nbgrader's plugin, which an instructor may have configured."""
        names = {
            "notebook": result.chapter,
            "assignment": result.chapter,
            "student": result.student,
            "db_url": self.url,
        }
        from nbgrader.preprocessors import AssignLatePenalties  # with all of nbconvert

        AssignLatePenalties(config=self._config).preprocess(new_notebook(), {"nbgrader": names})

    def scores(self, chapter: str) -> dict[str, dict[str, float]]:
        """What stands in the book: the score of each grade cell, by student."""
        return self._marks(chapter, "score")

    def automatic(self, chapter: str) -> dict[str, dict[str, float]]:
        """The scores that a check gave, by student and grade cell."""
        return self._marks(chapter, "auto_score")

    def manual(self, chapter: str) -> dict[str, dict[str, float]]:
        """The marks that a person gave, by student and grade cell."""
        return self._marks(chapter, "manual_score")

    def entered(self, student: str, chapter: str) -> Entered:
        """What stands in the book for one student: scores, comments and the penalty."""
        with self._reading():
            return find_entered(self._book.db, self._chapter(chapter), student)

    def _marks(self, chapter: str, column: str) -> dict[str, dict[str, float]]:
        with self._reading():
            return all_marks(self._book.db, chapter, column)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """No transaction stays open between two students, where it would be in others' way."""
        try:
            yield
        except SQLAlchemyError as error:
            raise closed(self.url, error) from error
        finally:
            self._book.db.rollback()

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            self._book.db.rollback()
            raise refused(self.url, error, what) from error
        except BaseException:
            self._book.db.rollback()
            raise


def _begin(url: str) -> None:
    """Stamp a new database with the version of nbgrader's tables, and see that it may be written.
    nbgrader would start a process for the stamp, which takes seconds and finds its program only in
    an activated environment."""
    engine = create_engine(url)
    try:
        tables = set(inspect(engine).get_table_names())
        if tables & {"alembic_version", "student"}:
            if "alembic_version" in tables:
                with engine.begin() as database:
                    database.execute(text("UPDATE alembic_version SET version_num = version_num"))
            return
        from alembic.script import ScriptDirectory  # a quarter of a second, for new ones only

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
