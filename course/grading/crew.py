"""Grades a class: every submission of a chapter, several at a time, into one gradebook.

Workers only return results. This process alone writes: the autograded notebooks, the gradebook and
the feedback. What goes wrong with one submission is told of that one, and the others go on.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from course import draws
from course.grading.asking import LIMITS, open_box
from course.grading.box import Limits, NoBox, Tier
from course.grading.feedback import Pages
from course.grading.gradebook import Book, class_secret
from course.grading.grader import grade, refuse
from course.grading.intake import Refused, find_notebook, read_plain
from course.grading.material import CannotGrade, Material, load_material
from course.grading.result import Result
from course.grading.wall import choose

CONFIG_NAME = "nbgrader_config.py"


@dataclass(frozen=True)
class Task:
    """One submission to grade: all that a worker is told."""

    student: str
    folder: Path
    material: Material
    secret: bytes
    tier: Tier
    limits: Limits = LIMITS


class Course:
    """The folder of a class as nbgrader sees it: `submitted`, `release`, `autograded`, `feedback`,
    the gradebook, and what its `nbgrader_config.py` says about them."""

    def __init__(self, directory: CourseDirectory, config: Config | None = None):
        self.directory = directory
        self.config = config or Config()

    @classmethod
    def at(cls, folder: str | Path) -> Course:
        """The class in a folder, with its configuration. Raises CannotGrade."""
        root = Path(folder).resolve()
        if not root.is_dir():
            raise CannotGrade(f"The course folder {root} is missing; name one that is there.")
        try:
            config = PyFileConfigLoader(CONFIG_NAME, path=str(root)).load_config()
        except ConfigFileNotFound:
            config = Config()
        except Exception as error:
            raise CannotGrade(
                f"{root / CONFIG_NAME} can't be read ({type(error).__name__}: {error}); repair it."
            ) from error
        return cls(CourseDirectory(config=config, root=str(root)), config)

    @property
    def root(self) -> Path:
        return Path(self.directory.root)

    def place(self, step: str, student: str, chapter: str) -> Path:
        """The folder of a step ("submitted", ...) for one student; "." where there is none."""
        name = getattr(self.directory, f"{step}_directory")
        return Path(self.directory.format_path(name, student, chapter))

    def submissions(self, chapter: str) -> dict[str, Path]:
        """The folder of each student who handed this chapter in."""
        mark = "\N{OBJECT REPLACEMENT CHARACTER}"
        pattern = self.place("submitted", mark, chapter)
        before, after = str(pattern).split(mark)
        above = Path(before) if before.endswith(os.sep) else Path(before).parent
        excluded = self.directory.student_id_exclude.split(",")
        found = {}
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for path in sorted(above.iterdir()):
                folder = Path(str(path) + after)
                name = str(path)[len(before) :]
                # Whatever lies in the folder's place is refused later, with a sentence.
                handed_in = str(path).startswith(before) and os.path.lexists(folder)
                if handed_in and name not in excluded:
                    found[name] = folder
        return found

    def material(self, chapter: str, tests: str | Path | None = None) -> Material:
        """The chapter's released notebook, from the class's folder or else from beside
        `grader_tests`, with its checks and draws. Raises CannotGrade.

        `tests` is the folder grader_tests, else the configuration may name it.
        """
        tests = tests or self.config.get("GradingExporter", {}).get("tests") or None
        file = f"{chapter}.ipynb"
        released = self.place("release", ".", chapter) / file
        if not released.is_file():
            with contextlib.suppress(draws.NoDraws):
                beside = draws.find(tests).parent / "release" / chapter / file
                released = beside if beside.is_file() else released
        return load_material(chapter, released, tests)

    def secret(self) -> bytes:
        return class_secret(self.directory.db_url, self.root)

    def book(self) -> Book:
        return Book(self.directory.db_url, self.directory.course_id, self.config)

    def enter(self, material: Material, book: Book) -> None:
        """Enter a chapter into the gradebook, and into the folders by which formgrader lists
        assignments: an empty one is enough, as the course makes its releases by itself."""
        book.register(material.released)
        self.place("source", ".", material.chapter).mkdir(parents=True, exist_ok=True)

    def timestamp(self, folder: Path) -> datetime | None:
        """When a submission was handed in, if nbgrader's exchange says so; it is in use where the
        configuration names the course. Anything else that calls itself a timestamp is ignored."""
        if not self.directory.course_id:
            return None
        try:
            text = read_plain(folder / "timestamp.txt", limit=200).decode("ascii").strip()
            return parse_utc(text) if text else None
        except (Refused, ValueError, OverflowError, TypeError):
            return None


def grade_class(
    course_dir: str | Path,
    chapter: str,
    tests: str | Path | None = None,
    workers: int | None = None,
    on_result: Callable[[Result], object] | None = None,
    students: Sequence[str] | None = None,
    feedback: bool = True,
    executor: Executor | None = None,
    trust_students: bool = False,
) -> list[Result]:
    """Grade every submission of a chapter in a class's folder; the results by student.

    `on_result` is called with each result as it comes. `executor` is where submissions are graded,
    by default `workers` threads (one a core), as the work is done in the boxes' own processes.
    With `trust_students` there is no wall around them.
    Raises CannotGrade or NoBox where nothing can be graded at all.
    """
    course = Course.at(course_dir)
    material = course.material(chapter, tests)
    found = course.submissions(chapter)
    wanted = _wanted(found, students, course, chapter)
    tier = choose(course.root, trust_students)
    limits = LIMITS.shared(workers or os.cpu_count() or 1)
    secret = course.secret()
    pages = Pages(course.directory.db_url) if feedback else None
    results: dict[str, Result] = {}
    with course.book() as book:
        course.enter(material, book)
        tasks = [Task(name, found[name], material, secret, tier, limits) for name in wanted]
        for task, result in _graded(tasks, workers, executor):
            with _only_this_one(results, result):
                result = _keep(course, book, result, task)
                if pages is not None:
                    result = _give_feedback(course, pages, result)
                results[task.student] = result
            if on_result is not None:
                on_result(results[task.student])
    return [results[name] for name in wanted]


def grade_folder(task: Task) -> Result:
    """Grade the notebook in a submission's folder; never raises for anything it may hold."""
    material = task.material
    data = b""
    try:
        path, notes = find_notebook(task.folder, material.chapter)
        data = read_plain(path)
        return grade(
            data,
            student=task.student,
            material=material,
            secret=task.secret,
            name=str(Path(*path.parts[-3:])),
            notes=notes,
            tier=task.tier.name,
            box=partial(open_box, task.tier),
            limits=task.limits,
        )
    except Refused as refusal:
        return refuse(str(refusal), student=task.student, material=material, tier=task.tier.name)
    except NoBox as error:
        reason = f"Nothing was graded. {error}"
    except Exception as error:
        reason = (
            f"The grader failed on this submission ({type(error).__name__}: {error}); nothing was "
            f"written for it. Grade it again, and report this if it stays."
        )
    return Result(task.student, material.chapter, "error", reason, tier=task.tier.name)


def write_notebook(result: Result, folder: Path) -> Path:
    """Write the autograded notebook of a result into its folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.chapter}.ipynb"
    _write(path, json.dumps(result.notebook, indent=1, ensure_ascii=False) + "\n", 0o444)
    return path


def _wanted(
    found: Iterable[str], students: Sequence[str] | None, course: Course, chapter: str
) -> list[str]:
    where = course.place("submitted", "STUDENT", chapter) / f"{chapter}.ipynb"
    found = list(found)
    if not found:
        raise CannotGrade(f"Nothing to grade: no submission is at {where}.")
    unknown = [name for name in students or () if name not in found]
    if unknown:
        raise CannotGrade(f"Nothing was submitted by {', '.join(unknown)}; looked for {where}.")
    return sorted(set(students)) if students is not None else found


def _graded(
    tasks: Sequence[Task], workers: int | None, executor: Executor | None
) -> Iterator[tuple[Task, Result]]:
    """Each task with its result, as they come."""
    with contextlib.ExitStack() as stack:
        if executor is None:
            executor = ThreadPoolExecutor(workers or os.cpu_count() or 1)
            stack.callback(executor.shutdown, wait=True, cancel_futures=True)
        waiting: dict[Future[Result], Task] = {
            executor.submit(grade_folder, task): task for task in tasks
        }
        for future in as_completed(waiting):
            task = waiting.pop(future)
            try:
                yield task, future.result()
            except Exception as error:  # a worker that died takes its one submission with it
                reason = f"The worker of this submission ended ({error}); grade it again."
                yield task, Result(task.student, task.material.chapter, "error", reason)


@contextlib.contextmanager
def _only_this_one(results: dict[str, Result], result: Result) -> Iterator[None]:
    """What can't be written for one student is that student's error."""
    try:
        yield
    except (CannotGrade, OSError) as error:
        reason = f"The grade could not be written: {error}"
        results[result.student] = replace(result, status="error", reason=reason)
    except Exception as error:
        reason = f"The grade could not be written ({type(error).__name__}: {error})."
        results[result.student] = replace(result, status="error", reason=reason)


def _keep(course: Course, book: Book, result: Result, task: Task) -> Result:
    """Write a result's notebook and scores; an error leaves what was there before."""
    if result.status == "error":
        return result
    book.write(result, course.timestamp(task.folder))
    path = write_notebook(result, course.place("autograded", result.student, result.chapter))
    return replace(result, autograded=str(path), notebook={})


def _give_feedback(course: Course, pages: Pages, result: Result) -> Result:
    """Write a result's page. The grade stands already, so what fails here is only flagged."""
    if result.status == "error":
        return result
    try:
        page = pages.make(Path(result.autograded), result.student, result.chapter)
        folder = course.place("feedback", result.student, result.chapter)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{result.chapter}.html"
        _write(path, page, 0o644)
    except Exception as error:
        flag = f"The feedback page could not be made ({type(error).__name__}: {error})."
        return replace(result, flags=(*result.flags, flag))
    return replace(result, feedback=str(path))


def _write(path: Path, text: str, mode: int) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(fresh, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(fresh)
        raise
