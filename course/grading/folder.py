"""The folder of a class, as nbgrader lays it out: where everything of a class lies."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from course import draws
from course.grading.intake import Refused, read_plain
from course.grading.material import CannotGrade, Material, Sources

if TYPE_CHECKING:
    from course.grading.gradebook import Book

CONFIG_NAME = "nbgrader_config.py"


class Course:
    """The folder of a class as nbgrader sees it: `submitted`, `release`, `autograded`, `feedback`,
    the gradebook, and what its `nbgrader_config.py` says about them."""

    def __init__(self, directory: CourseDirectory, config: Config | None = None):
        self.directory = directory
        self.config = config or Config()

    @classmethod
    def at(cls, folder: str | Path, db: str = "") -> Course:
        """The class in a folder, with its configuration; `db` is the address of its gradebook where
        it isn't the configured one. Raises CannotGrade."""
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
        directory = CourseDirectory(config=config, root=str(root))
        if db:
            from course.grading.database import absolute

            directory.db_url = absolute(db)
        return cls(directory, config)

    @property
    def root(self) -> Path:
        return Path(self.directory.root)

    def place(self, step: str, student: str, chapter: str) -> Path:
        """The folder of a step ("submitted", ...) for one student; "." where there is none."""
        name = getattr(self.directory, f"{step}_directory", step)
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

    def sources(self, chapter: str, tests: str | Path | None = None) -> Sources:
        """Where the chapter's material lies: its released notebook in the class's folder, or else
        beside `grader_tests`.

        `tests` is the folder grader_tests, else the configuration may name it.
        """
        tests = tests or self.config.get("GradingExporter", {}).get("tests") or None
        file = f"{chapter}.ipynb"
        released = self.place("release", ".", chapter) / file
        if not released.is_file():
            with contextlib.suppress(draws.NoDraws):
                beside = draws.find(tests).parent / "release" / chapter / file
                released = beside if beside.is_file() else released
        return Sources(chapter, released, None if tests is None else Path(tests))

    def secret(self) -> bytes:
        from course.grading.gradebook import class_secret

        return class_secret(self.directory.db_url, self.root)

    def book(self) -> Book:
        from course.grading.gradebook import Book  # a second of SQLAlchemy: workers start meanwhile

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

    def autograded(self, student: str, chapter: str) -> Path:
        """Where a student's autograded notebook is."""
        return self.place("autograded", student, chapter) / f"{chapter}.ipynb"

    def page(self, student: str, chapter: str) -> Path:
        """Where a student's feedback page is."""
        return self.place("feedback", student, chapter) / f"{chapter}.html"

    @contextlib.contextmanager
    def alone(self, chapter: str) -> Iterator[None]:
        """Be the only `course grade` of a chapter in this folder. Raises CannotGrade.

        The lock ends with this process, however that ends.
        """
        try:
            import fcntl
        except ImportError:  # Windows, where no box can be had either
            yield
            return
        path = self.root / f".grading-{chapter}.lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise CannotGrade(
                f"{path} can't be written ({error.strerror}); grade in a folder that you may "
                f"write to."
            ) from error
        with os.fdopen(handle, "r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                who = file.read(40).strip() or "unknown"
                raise CannotGrade(
                    f"{chapter} is being graded in {self.root} already (process {who}); wait until "
                    f"that has ended."
                ) from None
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield


def write_notebook(notebook: Mapping[str, Any], path: Path) -> None:
    """Write an autograded notebook, whole or not at all."""
    write_whole(path, in_lines(notebook, ensure_ascii=False), 0o444)


def in_lines(data: Mapping[str, Any], ensure_ascii: bool = True) -> str:
    """A JSON object in which each field has a line of its own, and so has each item of its lists,
    such as a cell. All of it indented would take `json` ten times as long."""
    spell = json.JSONEncoder(ensure_ascii=ensure_ascii).encode

    def field(value: Any) -> str:
        if isinstance(value, list | tuple) and value:
            return "[\n" + ",\n".join(map(spell, value)) + "\n]"
        return spell(value)

    return "{\n" + ",\n".join(f"{spell(key)}: {field(data[key])}" for key in data) + "\n}\n"


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that whoever reads it finds the old or the new text, and nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # One name for all attempts: what an ended process left is overwritten by the next.
    fresh = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(fresh, path)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
