"""The gradebook: scores are numbers, a bonus lies outside the total, a person's entries stay."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from course.grading.gradebook import Book, class_secret
from course.grading.grader import CannotGrade, refuse
from course.grading.plan import ReleasedCell
from course.grading.rows import NO_RESPONSE

CHAPTER = "ch1_computational_graphs"


@pytest.fixture
def book(url: str, material: Any) -> Iterator[Book]:
    with Book(url) as book:
        book.register(material.released)
        yield book


def grade_row(book: Book, name: str, student: str = "ann") -> Any:
    return book._book.find_grade(name, CHAPTER, CHAPTER, student)


def test_scores_are_entered_as_numbers(book: Book, solved: Any, graded: Any) -> None:
    book.write(graded(solved))
    assert book.scores(CHAPTER) == {
        "ann": {"mul_layer": 3.0, "add_layer": 3.0, "apple_graph": 4.0, "ch1_explain": 0.0}
    }


def test_a_written_answer_waits_for_a_person_and_an_empty_one_does_not(
    book: Book, solved: Any, released: Any, graded: Any
) -> None:
    book.write(graded(solved))
    book.write(graded(released, student="ben"))
    ann, ben = grade_row(book, "ch1_explain"), grade_row(book, "ch1_explain", "ben")
    assert (ann.auto_score, ann.needs_manual_grade) == (None, True)
    assert (ben.auto_score, ben.needs_manual_grade) == (0.0, False)
    comment = book._book.find_comment("ch1_explain", CHAPTER, CHAPTER, "ben")
    assert comment.auto_comment == NO_RESPONSE


def test_manual_grades_and_comments_survive_a_regrade(
    book: Book, solved: Any, released: Any, graded: Any
) -> None:
    book.write(graded(solved))
    grade_row(book, "ch1_explain").manual_score = 1.5
    grade_row(book, "mul_layer").extra_credit = 0.5
    book._book.find_comment("ch1_explain", CHAPTER, CHAPTER, "ann").manual_comment = "Well said."
    book._book.db.commit()
    book.write(graded(released))
    assert book.scores(CHAPTER)["ann"]["ch1_explain"] == 1.5
    assert book.scores(CHAPTER)["ann"]["mul_layer"] == 0.5
    assert grade_row(book, "ch1_explain").needs_manual_grade
    comment = book._book.find_comment("ch1_explain", CHAPTER, CHAPTER, "ann")
    assert comment.comment == "Well said."


def test_a_bonus_lies_outside_the_total(url: str, material: Any, solved: Any, graded: Any) -> None:
    cells = []
    for cell in material.released.cells:
        if cell.exercise == "add_layer":
            metadata = dict(cell.metadata)
            metadata["nbgrader"] = metadata["nbgrader"] | {"points": 0}
            cell = replace(cell, metadata=metadata)
        cells.append(cell)
    result = graded(solved)
    verdicts = [replace(v, optional=v.exercise == "add_layer") for v in result.verdicts]
    with Book(url) as book:
        book.register(replace(material.released, cells=tuple(cells)))
        book.write(replace(result, verdicts=tuple(verdicts)))
        (submission,) = book._book.assignment_submissions(CHAPTER)
        assert (submission.score, submission.max_score) == (10.0, 9.0)


def test_a_refused_submission_scores_nothing_and_asks_for_a_look(
    book: Book, solved: Any, graded: Any, material: Any
) -> None:
    book.write(graded(solved))
    book.write(refuse("ann/x.ipynb is a link.", student="ann", material=material))
    assert sum(book.scores(CHAPTER)["ann"].values()) == 0
    assert grade_row(book, "mul_layer").needs_manual_grade


def test_an_error_is_never_entered(book: Book, solved: Any, graded: Any) -> None:
    with pytest.raises(ValueError, match="not graded"):
        book.write(replace(graded(solved), status="error", reason="no box"))
    assert book.scores(CHAPTER) == {}


def test_a_chapter_may_gain_an_exercise_after_it_was_graded(
    book: Book, solved: Any, graded: Any, material: Any
) -> None:
    book.write(graded(solved))
    about = {"grade": True, "solution": False, "locked": True, "points": 2, "grade_id": "branch"}
    new = ReleasedCell("branch", "code", "check()", {"nbgrader": about}, {"exercise": "branch"})
    book.register(replace(material.released, cells=(*material.released.cells, new)))
    book.register(material.released)
    again = graded(solved)
    branch = replace(again.verdicts[0], exercise="branch", points=2.0)
    book.write(replace(again, verdicts=(*again.verdicts, branch)))
    assert book.scores(CHAPTER)["ann"]["branch"] == 2
    assert book.scores(CHAPTER)["ann"]["mul_layer"] == 3


def test_a_timestamp_is_kept_where_there_is_one(book: Book, solved: Any, graded: Any) -> None:
    book.write(graded(solved), datetime(2026, 11, 21, 12))
    (submission,) = book._book.assignment_submissions(CHAPTER)
    assert submission.timestamp == datetime(2026, 11, 21, 12)


def test_a_gradebook_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotGrade, match="can't be written to"):
        Book(f"sqlite:///{tmp_path / 'nowhere' / 'gradebook.db'}")
    (tmp_path / "gradebook.db").write_bytes(b"not a database, but of some length" * 50)
    with pytest.raises(CannotGrade, match="can't be written to"):
        Book(f"sqlite:///{tmp_path / 'gradebook.db'}")


def test_the_secret_lies_beside_the_gradebook_and_only_its_owner_reads_it(
    url: str, tmp_path: Path
) -> None:
    secret = class_secret(url, tmp_path)
    path = tmp_path / "gradebook.secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(secret) == 32
    path.chmod(0o644)
    assert class_secret(url, tmp_path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["gradebook.secret"]


def test_all_who_come_at_once_get_one_secret(url: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: class_secret(url, tmp_path), range(64)))
    assert len(secrets) == 1


def test_a_broken_secret_is_told_and_not_replaced(url: str, tmp_path: Path) -> None:
    path = tmp_path / "gradebook.secret"
    for content in ("", "no hex", "abcd"):
        path.write_text(content)
        with pytest.raises(CannotGrade, match=r"gradebook\.secret"):
            class_secret(url, tmp_path)
        assert path.read_text() == content
