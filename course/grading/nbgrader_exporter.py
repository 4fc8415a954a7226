"""`nbgrader autograde` through this course's grader: the same answers, box, checks and scores.

nbgrader would run students' notebooks in a kernel, after copying whatever lies beside them and
following links. Its `Autograde` takes an exporter by name, hands it the path of each submission,
and writes the notebook that comes back: that is the seam, and `nbgrader_config.py` names it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets import Bool, Unicode

from course.grading.asking import LIMITS
from course.grading.bench import Bench, Job
from course.grading.box import NoBox, Tier
from course.grading.crew import read_submission
from course.grading.folder import Course, in_lines
from course.grading.grader import digest_of, refuse, seed_of
from course.grading.intake import Refused, clean
from course.grading.material import CannotGrade, Material
from course.grading.records import Records
from course.grading.result import Result
from course.grading.wall import TRUSTED, choose


class NotebooksAlone(CourseDirectory):
    """nbgrader's course directory, in which nothing beside a notebook exists: no file is copied, no
    link followed, and a timestamp counts only if it comes from nbgrader's exchange."""

    @classmethod
    def like(cls, directory: CourseDirectory) -> NotebooksAlone:
        own = cls(parent=directory.parent)
        for name in directory.trait_names(config=True):
            setattr(own, name, getattr(directory, name))
        own.ignore = ["*", ".*"]
        return own

    def get_existing_timestamp(self, dest_path: str) -> datetime | None:
        return Course(self).timestamp(Path(dest_path))


class GradingExporter(NotebookExporter):
    """Turns the path of a submission into its autograded notebook, and enters the scores."""

    tests = Unicode(
        "",
        help="The folder grader_tests of the course. By default it is looked for from the working "
        "folder upwards.",
    ).tag(config=True)

    trust_students = Bool(
        False,
        help="Run students' code without a wall, with all that your account may do.",
    ).tag(config=True)

    cold = Bool(
        False,
        help="Start each student's box with an interpreter of its own: slower.",
    ).tag(config=True)

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self._graded: dict[tuple[str, str], str] = {}
        self._tier: Tier
        self._material: dict[str, Material] = {}
        self._prepare()

    @property
    def _autograde(self) -> Any:
        return self.parent

    def _prepare(self) -> None:
        """Before `Autograde` goes through its submissions: see that grading is possible, enter the
        chapter, and give every student's notebook the name under which it is looked for."""
        # nbgrader fills its gradebook in a way that SQLAlchemy warns of, once for each student.
        warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.")
        autograde = self._autograde
        autograde.coursedir = NotebooksAlone.like(autograde.coursedir)
        chapter = autograde.coursedir.assignment_id
        try:
            self._tier = choose(self._course.root, self.trust_students, self.cold)
            if self.trust_students:
                self.log.warning(TRUSTED)
            with self._course.book() as book:
                self._course.enter(self._chapter(chapter), book)
        except (CannotGrade, NoBox) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        autograde.assignments = dict(self._notebooks(chapter, set(autograde.assignments)))

    def _notebooks(self, chapter: str, found: set[str]) -> Iterator[tuple[str, list[str]]]:
        """The folders to grade: those nbgrader found, and those with no notebook that it knows."""
        pattern = self._course.directory.student_id
        for student, folder in self._course.submissions(chapter).items():
            if str(folder) not in found and pattern not in ("*", student):
                continue
            # nbgrader looks for folders by patterns, and prints their names as they are.
            if any(mark in student for mark in "*?[") or not student.isprintable():
                self.log.error(
                    "nbgrader can't look into a folder called %r; rename it or use `course grade`.",
                    student,
                )
                continue
            yield str(folder), [str(folder / f"{chapter}.ipynb")]

    @property
    def _course(self) -> Course:
        return Course(self._autograde.coursedir, self.config)

    def _chapter(self, chapter: str) -> Material:
        if chapter not in self._material:
            self._material[chapter] = self._course.sources(chapter, self.tests or None).load()
        return self._material[chapter]

    def from_filename(  # type: ignore[override]
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The autograded notebook of a submission, as text.

        `Autograde` asks twice: for the path in `submitted`, and then for what it wrote to
        `autograded`. The first time grades, and the second hands back the same text.
        """
        resources = self._init_resources(resources or {})
        names = resources["nbgrader"]
        key = (names["student"], names["assignment"])
        if key in self._graded:
            return self._graded.pop(key), resources
        result = self._grade(Path(filename), *key)
        text = in_lines(result.notebook, ensure_ascii=False)
        self._graded[key] = text
        return text, resources

    def _grade(self, path: Path, student: str, chapter: str) -> Result:
        course = self._course
        try:
            result = self._result(path.parent, student, self._chapter(chapter))
            if result.status == "error":
                raise NbGraderException(result.reason)
            kept = replace(result, autograded=str(course.autograded(student, chapter)), notebook={})
            Records(course, chapter).keep(kept)
            with course.book() as book:
                book.write(result, course.timestamp(path.parent))
        except (CannotGrade, OSError) as error:
            raise NbGraderException(str(error)) from error
        self._tell(result)
        return result

    def _result(self, folder: Path, student: str, material: Material) -> Result:
        try:
            data, name, notes = read_submission(folder, material.chapter)
        except Refused as refusal:
            return refuse(str(refusal), student=student, material=material, tier=self._tier.name)
        seed = seed_of(self._course.secret(), student, material.chapter, digest_of(data))
        return Bench(material, self._tier, LIMITS.shared(1)).grade(
            Job(student, name, data, seed, notes)
        )

    def _tell(self, result: Result) -> None:
        if result.status == "refused":
            self.log.warning("%s: %s", result.student, clean(result.reason))
            return
        self.log.info(
            "%s: %g of %g points, bonus %g",
            result.student,
            result.points,
            result.out_of,
            result.bonus,
        )
        for line in (*result.notes, *result.flags):
            self.log.info("%s: %s", result.student, line)
