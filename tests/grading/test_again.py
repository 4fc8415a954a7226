"""Grading that was done before: continued, done again on purpose, and replayed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from course.grading import crew, gradebook
from course.grading.crew import grade_class
from course.grading.folder import Course
from course.grading.material import CannotGrade
from course.grading.records import Records
from course.grading.replay import replay

pytestmark = [pytest.mark.wall, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "ch1_computational_graphs"
FILE = f"{CHAPTER}.ipynb"
STUDENTS = ("ann", "ben", "cat")
DESERVED = {"ann": 10.0, "ben": 7.0, "cat": 0.0}


def hand_in(root: Path, student: str, data: bytes) -> None:
    place = root / "submitted" / student / CHAPTER
    place.mkdir(parents=True, exist_ok=True)
    (place / FILE).write_bytes(data)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, fresh: Callable[[bool], Any]) -> Path:
    """A class that is graded: ann is right, ben lacks one answer, cat handed in half a file."""
    root = tmp_path_factory.mktemp("again") / "class"
    (root / "release" / CHAPTER).mkdir(parents=True)
    (root / "release" / CHAPTER / FILE).write_bytes(fresh(False).data())
    shutil.copytree(ROOT / "grader_tests", root / "grader_tests")
    hand_in(root, "ann", fresh(True).data())
    stub = fresh(False)["answer_AddLayer"]["source"]
    hand_in(root, "ben", fresh(True).write("answer_AddLayer", stub).data())
    hand_in(root, "cat", fresh(True).data()[:-30])
    grading = grade_class(root, CHAPTER, tests=root / "grader_tests")
    assert {r.student: r.points for r in grading.results} == DESERVED
    assert not grading.as_before
    return root


@pytest.fixture
def root(first: Path, tmp_path: Path) -> Path:
    """The graded class, in a folder that a test may change."""
    return Path(shutil.copytree(first, tmp_path / "class"))


def again(root: Path, **options: Any) -> crew.Grading:
    return grade_class(root, CHAPTER, **{"tests": root / "grader_tests"} | options)


def marks(root: Path) -> dict[str, float]:
    with Course.at(root).book() as book:
        return {name: sum(found.values()) for name, found in book.scores(CHAPTER).items()}


def written(root: Path) -> dict[str, int]:
    """When each file of the grading was written."""
    folders = (root / name for name in ("autograded", "records", "feedback"))
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.stat().st_mtime_ns for path in files}


def give_by_hand(root: Path, student: str, exercise: str, mark: float) -> None:
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        grade = book.find_grade(exercise, CHAPTER, CHAPTER, student)
        grade.manual_score, grade.needs_manual_grade = mark, False
        book.db.commit()


def grade_of(root: Path, student: str, exercise: str) -> tuple[float, bool]:
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        grade = book.find_grade(exercise, CHAPTER, CHAPTER, student)
        return grade.score, grade.needs_manual_grade


def break_the_check_of_products(root: Path) -> None:
    draws = root / "grader_tests" / "draws" / "ch1.py"
    text = draws.read_text("utf-8")
    assert text.count("        return x * y\n") == 1
    draws.write_text(text.replace("        return x * y\n", "        return x * y + 1\n"), "utf-8")


# Going on where grading ended


def test_what_is_graded_is_neither_graded_nor_written_again(root: Path) -> None:
    before = written(root)
    grading = again(root)
    assert grading.as_before == set(STUDENTS)
    assert {r.student: r.points for r in grading.results} == DESERVED
    assert written(root) == before


def test_another_file_is_graded_and_the_marks_that_differ_are_told(
    root: Path, fresh: Callable[[bool], Any]
) -> None:
    hand_in(root, "ben", fresh(True).data())
    grading = again(root)
    assert grading.as_before == {"ann", "cat"}
    (ben,) = (r for r in grading.results if r.student == "ben")
    assert [(c.exercise, c.before, c.after) for c in ben.changes] == [("add_layer", 0.0, 3.0)]
    assert marks(root)["ben"] == 10


def test_another_release_is_another_grade(root: Path, fresh: Callable[[bool], Any]) -> None:
    book = fresh(False)
    book.metadata["course"] = {"release": "a later one"}
    (root / "release" / CHAPTER / FILE).write_bytes(book.data())
    assert not again(root).as_before


def test_another_grader_is_another_grade(root: Path) -> None:
    break_the_check_of_products(root)
    grading = again(root)
    assert not grading.as_before
    assert {r.student: r.points for r in grading.results} == {"ann": 9, "ben": 6, "cat": 0}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"student": "ann"}', "null"])
def test_a_damaged_record_is_no_record(root: Path, damage: str) -> None:
    Records(Course.at(root), CHAPTER).path("ann").write_text(damage)
    grading = again(root)
    assert grading.as_before == {"ben", "cat"}
    assert marks(root) == DESERVED


def test_a_gradebook_that_was_lost_is_filled_from_the_records(root: Path) -> None:
    (root / "gradebook.db").unlink()
    assert again(root).as_before == set(STUDENTS)
    assert marks(root) == DESERVED


def test_pages_that_were_lost_are_made_again(root: Path) -> None:
    shutil.rmtree(root / "feedback")
    assert again(root).as_before == set(STUDENTS)
    assert len(list((root / "feedback").rglob("*.html"))) == len(STUDENTS)


def test_a_notebook_that_was_lost_is_graded_again(root: Path) -> None:
    shutil.rmtree(root / "autograded" / "ben")
    assert again(root).as_before == {"ann", "cat"}
    assert (root / "autograded" / "ben" / CHAPTER / FILE).is_file()


class PowerCut(BaseException):
    """What ends a process between two writes."""


@contextmanager
def ended_at(step: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The first write of this kind ends the grading."""

    def cut(*_: Any, **__: Any) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        if step == "gradebook":
            patch.setattr(gradebook.Book, "write", cut)
        elif step == "record":
            patch.setattr(crew.Records, "keep", cut)
        else:
            patch.setattr(crew, {"notebook": "write_notebook", "page": "write_whole"}[step], cut)
        with pytest.raises(PowerCut):
            yield


@pytest.mark.parametrize("step", ["notebook", "record", "gradebook", "page"])
def test_whatever_grading_was_ended_at_the_same_command_finishes_it(
    root: Path, fresh: Callable[[bool], Any], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student in STUDENTS:
        hand_in(root, student, fresh(True).add("1 + 1").data())
    with ended_at(step, monkeypatch):
        again(root, workers=1)
    grading = again(root)
    assert len(grading.as_before) == (1 if step in ("gradebook", "page") else 0)
    assert marks(root) == dict.fromkeys(STUDENTS, 10.0)
    for student in STUDENTS:
        page = root / "feedback" / student / CHAPTER / f"{CHAPTER}.html"
        assert "10 of 10 points" in page.read_text("utf-8")
    assert again(root).as_before == set(STUDENTS)


# Second thoughts


def test_all_are_graded_again_when_asked_for_and_the_marks_stay(root: Path) -> None:
    grading = again(root, regrade=True)
    assert not grading.as_before
    assert not any(result.changes for result in grading.results)
    assert marks(root) == DESERVED


def test_one_exercise_is_graded_again_and_every_changed_mark_is_listed(root: Path) -> None:
    before = {r.student: {v.exercise: v for v in r.verdicts} for r in again(root).results}
    break_the_check_of_products(root)
    grading = again(root, regrade=True, only=["add_layer"])
    assert not any(result.changes for result in grading.results)
    grading = again(root, regrade=True, only=["mul_layer"])
    assert {r.student: r.points for r in grading.results} == {"ann": 9, "ben": 6, "cat": 0}
    changes = {
        r.student: [(c.exercise, c.before, c.after) for c in r.changes] for r in grading.results
    }
    assert changes == {"ann": [("mul_layer", 3, 2)], "ben": [("mul_layer", 3, 2)], "cat": []}
    for result in grading.results:
        for verdict in result.verdicts:
            if verdict.exercise != "mul_layer":
                assert verdict == before[result.student][verdict.exercise]
    assert marks(root) == {"ann": 9, "ben": 6, "cat": 0}
    ann = next(r for r in grading.results if r.student == "ann")
    assert ann.versions["grader_of_the_others"] not in ("", ann.versions["grader"])


def test_who_handed_in_something_else_is_graded_whole(
    root: Path, fresh: Callable[[bool], Any]
) -> None:
    hand_in(root, "ben", fresh(True).data())
    grading = again(root, regrade=True, only=["mul_layer"])
    assert {r.student: r.points for r in grading.results} == DESERVED | {"ben": 10}


def test_marks_given_by_hand_stay_and_ask_for_a_look_only_where_the_score_changed(
    root: Path,
) -> None:
    give_by_hand(root, "ann", "mul_layer", 2.5)
    give_by_hand(root, "ann", "ch1_explain", 1.5)
    again(root, regrade=True)
    assert grade_of(root, "ann", "mul_layer") == (2.5, False)
    assert grade_of(root, "ann", "ch1_explain") == (1.5, False)
    break_the_check_of_products(root)
    grading = again(root, regrade=True, only=["mul_layer"])
    assert grade_of(root, "ann", "mul_layer") == (2.5, True)
    assert grade_of(root, "ann", "ch1_explain") == (1.5, False)
    ann = next(r for r in grading.results if r.student == "ann")
    assert [(c.after, c.manual) for c in ann.changes] == [(2, 2.5)]


def test_an_exercise_that_does_not_exist_is_named(root: Path) -> None:
    with pytest.raises(CannotGrade, match="no exercise mull_layer; it has mul_layer, add_layer"):
        again(root, regrade=True, only=["mull_layer"])


# Replay


def test_a_record_holds_what_a_replay_needs_and_only_its_owner_reads_it(root: Path) -> None:
    path = Records(Course.at(root), CHAPTER).path("ann")
    record = json.loads(path.read_text("utf-8"))
    assert len(bytes.fromhex(record["seed"])) == 32
    assert record["versions"].keys() >= {"course", "grader", "release", "python", "numpy"}
    assert record["limits"].keys() >= {"seconds_per_request", "memory_bytes", "processes"}
    assert record["tier"]
    assert [v["exercise"] for v in record["verdicts"]] == ["mul_layer", "add_layer", "apple_graph"]
    assert path.stat().st_mode & 0o077 == 0
    for folder in ("autograded", "feedback"):
        for file in (root / folder).rglob("*.*"):
            assert record["seed"] not in file.read_text("utf-8")


def test_a_replay_has_the_same_cards_and_verdicts_and_writes_nothing(root: Path) -> None:
    before = written(root)
    os.unlink(root / "gradebook.secret")
    outcome = replay(root, "ben", CHAPTER, root / "grader_tests")
    assert outcome.differences == ()
    assert outcome.now.verdicts == outcome.before.verdicts
    assert outcome.now.seed == outcome.before.seed
    assert outcome.to_text() == "ben: the same 3 verdicts, 7 of 10 points"
    assert written(root) == before
    assert not (root / "gradebook.secret").exists()


def test_a_replay_by_another_grader_says_what_came_out_otherwise(root: Path) -> None:
    break_the_check_of_products(root)
    outcome = replay(root, "ann", CHAPTER, root / "grader_tests")
    assert outcome.differences == ("mul_layer: right, 3 then, wrong, 2 now",)
    assert any(line.startswith("grader ") for line in outcome.circumstances)


def test_a_replay_that_can_not_be_is_a_sentence(root: Path, fresh: Callable[[bool], Any]) -> None:
    tests = root / "grader_tests"
    with pytest.raises(CannotGrade, match="no record of zoe"):
        replay(root, "zoe", CHAPTER, tests)
    with pytest.raises(CannotGrade, match="could not be read"):
        replay(root, "cat", CHAPTER, tests)
    hand_in(root, "ann", fresh(False).data())
    with pytest.raises(CannotGrade, match="another file than the one that was graded"):
        replay(root, "ann", CHAPTER, tests)
