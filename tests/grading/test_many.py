"""A large class: what one more student takes doesn't depend on how many there are."""

from __future__ import annotations

import json
import os
import weakref
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from course import cli
from course.grading import crew
from course.grading.bench import Job
from course.grading.crew import Grading, grade_class
from course.grading.database import Busy
from course.grading.folder import in_lines
from course.grading.gradebook import Book
from course.grading.grader import digest_of
from course.grading.material import Sources, versions
from course.grading.result import Result

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "grader_tests"
CHAPTER = "ch1_computational_graphs"


class Ready:
    """Workers that are done at once: what is left is what the command itself does."""

    tier = "none at all"

    def __init__(self, result: Result):
        self.result = result
        self.versions: Mapping[str, str] = {}
        self.handed_over: list[weakref.ref[Any]] = []
        self.graded_in_turn: list[str] = []
        self.most_alive = 0

    def of(self, sources: Sources, *_: Any) -> Ready:
        self.versions = versions(sources.load())
        return self

    def __enter__(self) -> Ready:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def graded(self, jobs: Iterable[Job]) -> Generator[tuple[Job, Result]]:
        for job in jobs:
            self.graded_in_turn.append(job.student)
            result = replace(
                Result.from_record(json.loads(json.dumps(self.result.to_record()))),
                student=job.student,
                submission=digest_of(job.data),
                versions=self.versions,
                notebook=self.result.notebook,
            )
            self.handed_over.append(weakref.ref(result.verdicts[0]))
            yield job, result
            del result
            alive = sum(each() is not None for each in self.handed_over)
            self.most_alive = max(self.most_alive, alive)


@pytest.fixture
def ready(graded: Any, solved: Any, monkeypatch: pytest.MonkeyPatch) -> Ready:
    workers = Ready(graded(solved))
    monkeypatch.setattr(crew, "choose", lambda *_: None)
    monkeypatch.setattr(crew, "Processes", workers.of)
    return workers


@pytest.fixture
def make_class(
    tmp_path: Path, fresh: Callable[[bool], Any], lay_out: Callable[..., Path]
) -> Callable[[int], Path]:
    def make(students: int) -> Path:
        books = {f"student{number:02}": fresh(True) for number in range(students)}
        return lay_out(tmp_path / str(students), books)

    return make


def test_no_more_results_are_held_than_are_at_work(
    ready: Ready, make_class: Callable[[int], Path]
) -> None:
    grading = grade_class(make_class(12), CHAPTER, TESTS, feedback=False)
    assert len(grading.results) == len(ready.handed_over) == 12
    assert ready.most_alive <= 2


def test_who_wrote_most_loops_is_graded_first_and_listed_where_the_name_belongs(
    ready: Ready, make_class: Callable[[int], Path]
) -> None:
    root = make_class(4)
    (slow,) = (root / "submitted" / "student02").rglob("*.ipynb")
    book = json.loads(slow.read_text(encoding="utf-8"))
    cell = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
    cell["source"] = [*cell["source"], "\nfor row in range(3):\n    while row:\n        row -= 1"]
    slow.write_text(json.dumps(book), encoding="utf-8")
    grading = grade_class(root, CHAPTER, TESTS, feedback=False)
    assert ready.graded_in_turn == ["student02", "student00", "student01", "student03"]
    assert [result.student for result in grading.results] == sorted(ready.graded_in_turn)


def test_nor_where_none_can_be_entered(
    ready: Ready, make_class: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> None:
        raise Busy("Another program holds it.")

    monkeypatch.setattr(Book, "write", busy)
    grading = grade_class(make_class(12), CHAPTER, TESTS, feedback=False)
    assert {result.status for result in grading.results} == {"error"}
    assert ready.most_alive <= 2


def test_results_come_out_as_they_went_in(graded: Any, solved: Any, released: Any) -> None:
    went_in = [graded(solved, student="ben"), graded(released, student="ann")]
    went_in.append(Result("eve\udcff", CHAPTER, "error", "not text"))
    grading = Grading(["ann", "ben", "cat", "eve\udcff"])
    assert [grading.hear(result) for result in went_in] == [True] * 3
    assert not grading.hear(went_in[0])
    came_out = grading.results
    assert [each.student for each in came_out] == ["ann", "ben", "eve\udcff"]
    for each, before in zip(came_out, (went_in[1], went_in[0], went_in[2]), strict=True):
        assert each.to_record() == before.to_record()
        assert each.verdicts == before.verdicts
    assert [each.student for each in came_out[1:]] == ["ben", "eve\udcff"]
    assert came_out[-1].reason == "not text"


def test_a_file_of_json_has_a_line_for_each_field_and_each_item_of_a_list() -> None:
    data = {"cells": [{"id": "a", "source": "1\n2"}, {"id": "b"}], "empty": [], "é": "\ud800"}
    text = in_lines(data)
    assert json.loads(text) == data
    assert text.isascii()
    lines = [line.rstrip(",") for line in text.splitlines()]
    assert lines[:4] == ["{", '"cells": [', json.dumps(data["cells"][0]), '{"id": "b"}']
    assert "é" in in_lines({"é": 1}, ensure_ascii=False)


def test_the_results_are_printed_as_one_list(
    graded: Any, solved: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    grading = Grading(["ann", "ben"])
    cli._print_json(grading)
    assert json.loads(capsys.readouterr().out) == []
    for student in grading.students:
        grading.hear(graded(solved, student=student))
    cli._print_json(grading)
    told = capsys.readouterr().out
    assert told == json.dumps([r.to_json() for r in grading.results], indent=1) + "\n"


def counted(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Grading, Counter[str]]:
    """Grade a class; how often a folder of it is listed and its gradebook is sent a statement."""
    seen: Counter[str] = Counter()
    real_init = Book.__init__

    def note(*_: Any) -> None:
        seen["statements"] += 1

    def open_book(book: Book, *words: Any, **options: Any) -> None:
        real_init(book, *words, **options)
        event.listen(book._book.engine, "before_cursor_execute", note)

    with monkeypatch.context() as patch:
        patch.setattr(Book, "__init__", open_book)
        for name in ("listdir", "scandir"):
            real = getattr(os, name)

            def listing(*words: Any, real: Any = real) -> Any:
                seen["listings"] += str(*words).startswith(str(root))
                return real(*words)

            patch.setattr(os, name, listing)
        return grade_class(root, CHAPTER, TESTS, feedback=False), seen


@pytest.mark.parametrize("students", [2, 20])
def test_folders_are_listed_as_often_and_a_result_takes_as_many_statements(
    students: int,
    ready: Ready,
    make_class: Callable[[int], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = make_class(students)
    grade_class(root, CHAPTER, TESTS, feedback=False, students=["student00"])
    _, first = counted(root, monkeypatch)
    done, again = counted(root, monkeypatch)
    assert len(done.as_before) == students
    assert first["listings"] == again["listings"] == 1
    to_find_the_chapter, of_a_new_student = 2, 6
    more = first["statements"] - again["statements"]
    assert more == to_find_the_chapter + of_a_new_student * (students - 1)
    assert again["statements"] == 7


def test_marks_of_a_class_share_their_names_and_hold_only_numbers(
    tmp_path: Path, material: Any, solved: Any, graded: Any
) -> None:
    with Book(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.register(material.released)
        for student in ("ann", "ben"):
            book.write(graded(solved, student=student))
        assert book.manual(CHAPTER) == {}
        found = book.automatic(CHAPTER)
    ann, ben = found["ann"], found["ben"]
    assert [id(name) for name in ann] == [id(name) for name in ben]
    assert None not in ann.values()
