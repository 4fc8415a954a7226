"""Grades a class: every submission of a chapter, several at a time, into one gradebook.

Workers only return results. This process alone writes: the autograded notebooks, the records, the
gradebook and the feedback. What goes wrong with one submission is told of that one, and the others
go on. What is graded already, from the same bytes by the same release and grader, isn't graded
again; what of it hasn't been written yet is.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

from course.grading.bench import Job, Processes, Workers
from course.grading.box import Tier
from course.grading.folder import Course, write_notebook, write_whole
from course.grading.grader import digest_of, refuse, seed_of
from course.grading.intake import Refused, find_notebook, read_plain
from course.grading.material import Busy, CannotGrade, Material
from course.grading.records import Records, is_done, is_of, with_changes
from course.grading.result import Result
from course.grading.unwalled import Unwalled
from course.grading.wall import choose

if TYPE_CHECKING:
    from course.grading.feedback import Pages
    from course.grading.gradebook import Book

__all__ = ["Course", "Grading", "Interrupted", "grade_class"]

# A program may hold the rows of one student or the whole gradebook: after so many in vain, nobody
# waits for each of the others.
MOST_WAITED_FOR = 3


class Interrupted(Exception):
    """Grading was stopped from outside; `grading` is how far it came."""

    def __init__(self, grading: Grading):
        super().__init__("interrupted")
        self.grading = grading


@dataclass
class Grading:
    """How far the grading of a class is: the results by student, who was graded before and needed
    nothing, and how many students there are."""

    students: Sequence[str]
    as_before: set[str] = field(default_factory=set)
    _packed: dict[str, bytes] = field(default_factory=dict, repr=False)
    _first: bytes = field(default=b"", repr=False)

    def hear(self, result: Result) -> bool:
        """Keep a result; whether it is the first one of its student."""
        news = result.student not in self._packed
        data = json.dumps(result.to_record()).encode()
        self._first = self._first or data
        packer = zlib.compressobj(zdict=self._first)
        self._packed[result.student] = packer.compress(data) + packer.flush()
        return news

    @property
    def results(self) -> Sequence[Result]:
        """What is known, by student: as in the records, without notebooks."""
        known = [self._packed[name] for name in self.students if name in self._packed]
        return _Unpacked(known, self._first)


class _Unpacked(Sequence[Result]):
    """Results that are unpacked when they are looked at: all those of a large class at once would
    fill the memory. Packed with the first one as a dictionary, each takes some hundred bytes."""

    def __init__(self, packed: Sequence[bytes], first: bytes):
        self._packed, self._first = packed, first

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, at: int) -> Result: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Result]: ...
    def __getitem__(self, at: int | slice) -> Result | Sequence[Result]:
        if isinstance(at, slice):
            return _Unpacked(self._packed[at], self._first)
        data = zlib.decompressobj(zdict=self._first).decompress(self._packed[at])
        return Result.from_record(json.loads(data))


def grade_class(
    course_dir: str | Path,
    chapter: str,
    tests: str | Path | None = None,
    workers: int | None = None,
    on_result: Callable[[Result], object] | None = None,
    students: Sequence[str] | None = None,
    feedback: bool = True,
    regrade: bool = False,
    only: Collection[str] = (),
    trust_students: bool = False,
    cold: bool = False,
    scheduler: str = "",
    db: str = "",
    wall: Callable[[], Tier] | None = None,
) -> Grading:
    """Grade every submission of a chapter in a class's folder, in `workers` processes (default: one
    a core).

    `on_result` is called with each result as it comes. `regrade` grades those again that are
    graded; with `only`, just these exercises of them. With `trust_students` there is no wall around
    their code; with `cold` every box starts an interpreter of its own. `scheduler` is the address
    of a Dask cluster, whose workers then grade; `db` the gradebook's, where it isn't the configured
    one. `wall` gives the wall that was chosen for this folder, where that has begun already. Raises
    CannotGrade or NoBox where nothing can be graded at all, and Interrupted after a Ctrl-C.
    """
    course = Course.at(course_dir, db)
    sources = course.sources(chapter, tests)
    material = sources.load()
    _known(only, material)
    found = course.submissions(chapter)
    grading = Grading(_wanted(found, students, course, chapter))
    with contextlib.ExitStack() as open_things:
        open_things.enter_context(course.alone(chapter))
        crew: Workers
        if not scheduler:
            count = min(workers or os.cpu_count() or 1, len(grading.students))
            tier = wall() if wall is not None else choose(course.root, trust_students, cold)
            crew = open_things.enter_context(Processes(sources, tier, count))
        book = open_things.enter_context(course.book())
        course.enter(material, book)
        desk = _Desk(course, material, book, feedback, regrade, frozenset(only))
        if scheduler:  # now that all is imported: the cluster's threads import, too (`bench.aside`)
            from course.grading.cluster import Cluster

            crew = open_things.enter_context(Cluster(scheduler, sources, trust_students, cold))

        def heard(result: Result, as_before: bool = False) -> None:
            news = grading.hear(result)
            if as_before:
                grading.as_before.add(result.student)
            if on_result is not None and news:
                on_result(result)

        folders = _slow_ones_first({name: found[name] for name in grading.students}, chapter)
        jobs = desk.jobs(folders, crew.tier, heard)
        try:
            with contextlib.closing(crew.graded(jobs)) as coming:
                for job, result in coming:
                    heard(desk.keep(result, folders[job.student]))
            for result in desk.enter_late():
                heard(result)
        except KeyboardInterrupt:
            raise Interrupted(grading) from None
    return grading


def read_submission(folder: Path, chapter: str) -> tuple[bytes, str, tuple[str, ...]]:
    """The bytes of a submitted notebook, what messages call it, and notes. Raises Refused."""
    path, notes = find_notebook(folder, chapter)
    return read_plain(path), str(Path(*path.parts[-3:])), notes


def _slow_ones_first(folders: Mapping[str, Path], chapter: str) -> dict[str, Path]:
    """The folders in the order in which they are graded: those with most loops in their code first,
    since the slowest of a class must not begin when the others are almost through."""

    def loops(student: str) -> int:
        try:
            data, _, _ = read_submission(folders[student], chapter)
        except Refused:
            return 0
        return data.count(b"for ") + data.count(b"while ")

    return {name: folders[name] for name in sorted(folders, key=loops, reverse=True)}


class _Desk:
    """Where results are written down: records, notebooks, gradebook and pages of one chapter."""

    def __init__(
        self,
        course: Course,
        material: Material,
        book: Book,
        feedback: bool,
        regrade: bool,
        only: frozenset[str],
    ):
        self.course, self.material, self.book = course, material, book
        self.chapter = material.chapter
        self.regrade, self.only = regrade, only
        self.records = Records(course, self.chapter)
        self.pages = _pages(book) if feedback else None
        self.secret = course.secret()
        self.entered = book.automatic(self.chapter)
        self.manual = book.manual(self.chapter)
        self._late: list[tuple[str, Path, bool]] = []

    def jobs(
        self, folders: dict[str, Path], tier: str, heard: Callable[[Result, bool], object]
    ) -> Iterator[Job]:
        """A job for each submission to grade behind a wall of this tier. The others are finished
        here, and `heard` of."""
        for student, folder in folders.items():
            if not _is_text(student):
                heard(_nameless(student, self.chapter), False)
                continue
            try:
                data, name, notes = read_submission(folder, self.chapter)
            except Refused as refusal:
                unread = refuse(str(refusal), student=student, material=self.material, tier=tier)
                heard(self.keep(unread, folder), False)
                continue
            record = self.records.of(student)
            if record is not None and not self.regrade and self._is_done(record, data, tier):
                heard(self._finish(record, folder), True)
                continue
            seed = seed_of(self.secret, student, self.chapter, digest_of(data))
            if record is not None and self.only and is_of(record, data, self.material):
                yield Job(student, name, data, seed, notes, self.only, record)
            else:
                yield Job(student, name, data, seed, notes)

    def keep(self, result: Result, folder: Path) -> Result:
        """Write a result down, everywhere; an error leaves what was there before."""
        if result.status == "error":
            return result
        before = self.records.of(result.student)
        result = with_changes(result, before, self.manual.get(result.student, {}))
        try:
            path = self.course.autograded(result.student, self.chapter)
            write_notebook(result.notebook, path)
            result = replace(result, autograded=str(path), notebook={})
            self.records.keep(result)
        except OSError as error:
            reason = (
                f"The grade could not be written ({error.strerror}: {error.filename}); make room "
                f"or allow it, and run `course grade` again."
            )
            return replace(result, status="error", reason=reason, notebook={})
        return self._enter(result, folder, before)

    def _finish(self, record: Result, folder: Path) -> Result:
        """Write what is missing of a grade that stands in its record."""
        path = self.course.autograded(record.student, self.chapter)
        result = replace(record, autograded=str(path))
        if not self._is_entered(result):
            return self._enter(result, folder, None)
        result = replace(result, changes=())  # they were told when they were new
        page = self.course.page(result.student, self.chapter)
        if self.pages is not None and not _is_newer(page, self.records.path(result.student)):
            return self._give_feedback(result)
        return replace(result, feedback=str(page) if page.is_file() else "")

    def enter_late(self) -> Iterator[Result]:
        """Try once more to enter what another program kept out of the gradebook."""
        late, self._late = self._late, []
        for student, folder, again in late:
            if len(self._late) == MOST_WAITED_FOR:
                return
            record = self.records.of(student)
            if record is not None:
                path = self.course.autograded(student, self.chapter)
                yield self._entered(replace(record, autograded=str(path)), folder, again)

    def _enter(self, result: Result, folder: Path, before: Result | None) -> Result:
        """Enter a result into the gradebook, and make its page."""
        same = before is not None and before.submission == result.submission
        again = same and before is not None and self._is_entered(before)
        if len(self._late) >= MOST_WAITED_FOR:
            self._late.append((result.student, folder, again))
            return _not_entered(result, "The gradebook couldn't be written to for others, either.")
        return self._entered(result, folder, again)

    def _entered(self, result: Result, folder: Path, again: bool) -> Result:
        try:
            self.book.write(result, self.course.timestamp(folder), again)
        except Busy as busy:
            self._late.append((result.student, folder, again))
            return _not_entered(result, str(busy))
        except CannotGrade as error:
            return _not_entered(result, str(error))
        except Exception as error:
            return _not_entered(result, f"{type(error).__name__}: {error}.")
        return self._give_feedback(result)

    def _give_feedback(self, result: Result) -> Result:
        """Write a result's page. The grade stands already, so what fails here is only flagged."""
        if self.pages is None:
            return result
        path = self.course.page(result.student, self.chapter)
        try:
            page = self.pages.make(Path(result.autograded), result.student, self.chapter)
            write_whole(path, page)
        except Exception as error:
            flag = (
                f"The feedback page could not be made ({type(error).__name__}: {error}); "
                f"`course grade` again makes it."
            )
            return replace(result, flags=(*result.flags, flag))
        return replace(result, feedback=str(path))

    def _is_done(self, record: Result, data: bytes, tier: str) -> bool:
        notebook = self.course.autograded(record.student, self.chapter)
        walled = record.tier == tier or record.tier != Unwalled().name
        return is_done(record, data, self.material) and walled and notebook.is_file()

    def _is_entered(self, result: Result) -> bool:
        """Whether the gradebook holds these scores, as it was when grading began."""
        there = self.entered.get(result.student, {})
        return all(
            verdict.exercise in there and there[verdict.exercise] == verdict.points
            for verdict in result.verdicts
        )


def _pages(book: Book) -> Pages:
    from course.grading.feedback import Pages  # which takes a while to import

    return Pages(book)


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def _nameless(student: str, chapter: str) -> Result:
    reason = (
        f"The name of this student's folder isn't text in UTF-8 ({student!a}), and no gradebook "
        f"takes it; rename the folder."
    )
    return Result(student, chapter, "error", reason)


def _not_entered(result: Result, why: str) -> Result:
    reason = f"The grade is kept, and not entered yet: {why} `course grade` again enters it."
    return replace(result, status="error", reason=reason)


def _is_newer(page: Path, than: Path) -> bool:
    try:
        return page.stat().st_mtime_ns >= than.stat().st_mtime_ns
    except OSError:
        return False


def _known(only: Iterable[str], material: Material) -> None:
    unknown = sorted(set(only) - set(material.exercises))
    if unknown:
        raise CannotGrade(
            f"{material.chapter} has no exercise {', '.join(unknown)}; it has "
            f"{', '.join(material.exercises)}."
        )


def _wanted(
    found: Mapping[str, Path], students: Sequence[str] | None, course: Course, chapter: str
) -> list[str]:
    where = course.place("submitted", "STUDENT", chapter) / f"{chapter}.ipynb"
    if not found:
        raise CannotGrade(f"Nothing to grade: no submission is at {where}.")
    unknown = [name for name in students or () if name not in found]
    if unknown:
        raise CannotGrade(f"Nothing was submitted by {', '.join(unknown)}; looked for {where}.")
    return sorted(set(students)) if students is not None else list(found)
