"""One gradebook, whatever database holds it: nbgrader's readers find in it what nbgrader writes,
and what befalls a server costs nobody a grade."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbformat import from_dict
from nbgrader import utils
from nbgrader.api import Base, Gradebook, Student
from nbgrader.apps.api import NbGraderAPI
from sqlalchemy import event, select
from sqlalchemy.engine import make_url
from traitlets.config import Config

from course.grading.crew import Grading, grade_class
from course.grading.database import Busy, patient, shown
from course.grading.folder import Course
from course.grading.gradebook import Book
from course.grading.material import CannotGrade

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "grader_tests"
CHAPTER = "ch1_computational_graphs"
FILE = f"{CHAPTER}.ipynb"
STUDENTS = ("ann", "ben", "zed")


# what stands in it


def natural(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[Any]]:
    """Rows by table, with names in place of the ids that are drawn."""
    keys = {
        "assignment": ("name",),
        "notebook": ("name",),
        "base_cell": ("name", "type"),
        "source_cell": ("name",),
        "submitted_assignment": ("assignment_id", "student_id"),
        "submitted_notebook": ("notebook_id", "assignment_id"),
        "grade": ("cell_id", "notebook_id"),
        "comment": ("cell_id", "notebook_id"),
    }
    names: dict[str, Any] = {}
    for table, columns in keys.items():
        for row in rows[table]:
            names[row["id"]] = (table, *(names.get(row[key], row[key]) for key in columns))
    return {
        table: sorted(
            [{k: names.get(v, v) if k.endswith("id") else v for k, v in r.items()} for r in found],
            key=str,
        )
        for table, found in rows.items()
    }


def everything(url: str) -> dict[str, list[Any]]:
    with Gradebook(url, "default_course") as book:
        tables = Base.metadata.tables
        return natural(
            {
                name: [dict(row) for row in book.db.execute(select(table)).mappings()]
                for name, table in tables.items()
            }
        )


def by_nbgrader(url: str, material: Any, results: list[Any], timestamp: datetime) -> None:
    """The same class, entered by nbgrader's own calls."""
    Book(url, "default_course").__exit__()  # else nbgrader looks for the program alembic
    released = material.released
    with Gradebook(url, "default_course") as book:
        kernel = json.dumps(released.metadata["kernelspec"])
        book.add_assignment(CHAPTER)
        book.add_notebook(CHAPTER, CHAPTER, kernelspec=kernel)
        for cell in released.cells:
            name, kind = cell.grade_id, cell.kind
            about = {"cell_type": kind, "source": cell.source, "metadata": cell.metadata}
            node = from_dict(about)
            source = {"locked": utils.is_locked(node), "checksum": utils.compute_checksum(node)}
            source |= {"cell_type": kind, "source": cell.source}
            book.add_source_cell(name, CHAPTER, CHAPTER, **source)
            if utils.is_grade(node):
                points = {"max_score": cell.points, "cell_type": kind}
                book.add_grade_cell(name, CHAPTER, CHAPTER, **points)
            if utils.is_solution(node):
                book.add_solution_cell(name, CHAPTER, CHAPTER)
        for result in results:
            book.update_or_create_student(result.student)
            with book.db.no_autoflush:
                book.update_or_create_submission(CHAPTER, result.student, timestamp=timestamp)
            place = (CHAPTER, CHAPTER, result.student)
            points = {v.exercise: v.points for v in result.verdicts}
            points |= {w.grade_id: None if w.answered else 0.0 for w in result.written}
            for name, score in points.items():  # as `SaveAutoGrades` does
                grade = book.find_grade(name, *place)
                grade.auto_score = score
                grade.needs_manual_grade = grade.manual_score is not None or score is None
                book.db.commit()
            for written in result.written:
                comment = book.find_comment(written.grade_id, *place)
                comment.auto_comment = None if written.answered else "No response."
                book.db.commit()


def test_the_rows_are_those_of_nbgraders_own_calls(
    url: str,
    tmp_path: Path,
    material: Any,
    fresh: Callable[[bool], Any],
    graded: Callable[..., Any],
) -> None:
    no_product = fresh(True).write("answer_MulLayer", "class MulLayer:\n    pass")
    results = [
        graded(fresh(True), student="ann"),
        graded(fresh(False), student="ben"),
        graded(no_product, student="ann"),
        graded(fresh(True).write("answer_AddLayer", "x = 1"), student="cat"),
    ]
    handed_in = datetime(2026, 11, 21, 12)
    with Book(url, "default_course") as book:
        book.register(material.released)
        for result in results:
            book.write(result, handed_in)
    theirs = f"sqlite:///{tmp_path / 'theirs.db'}"
    by_nbgrader(theirs, material, results, handed_in)
    ours = everything(url)
    assert len(ours["grade"]) == 3 * 4
    assert len(ours["comment"]) == 3 * 4
    assert ours == everything(theirs)


@contextmanager
def statements(book: Book) -> Iterator[list[str]]:
    """The statements that a gradebook is sent meanwhile."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(book._book.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(book._book.engine, "before_cursor_execute", note)


def test_a_result_takes_a_handful_of_statements_and_a_class_is_read_by_one(
    url: str, material: Any, solved: Any, graded: Callable[..., Any]
) -> None:
    result = graded(solved)
    with Book(url) as book:
        book.register(material.released)
        for number in range(20):
            book.write(replace(result, student=f"s{number}"))
        with statements(book) as new:
            book.write(replace(result, student="new"))
        with statements(book) as known:
            book.write(replace(result, student="s0"))
        with statements(book) as read:
            assert len(book.automatic(CHAPTER)) == 21
        assert (len(new), len(known), len(read)) == (6, 7, 1)


def test_no_statement_for_one_student_looks_through_the_whole_class(
    tmp_path: Path, material: Any, solved: Any, graded: Callable[..., Any]
) -> None:
    """SQLite tells how it goes about each."""
    plans = []
    with Book(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.register(material.released)
        book.write(graded(solved))

        def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            one = parameters[0] if isinstance(parameters, list) else parameters
            asked = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", one)
            plans.extend(row[3] for row in asked)

        event.listen(book._book.engine, "before_cursor_execute", explain)
        book.write(graded(solved))
        book.entered("ann", CHAPTER)
    searched = [plan for plan in plans if "grade " in plan or "submitted_" in plan]
    assert searched
    assert not [plan for plan in searched if plan.startswith("SCAN")]


def test_a_student_whom_another_program_enters_at_this_moment_is_entered_all_the_same(
    url: str, material: Any, solved: Any, graded: Callable[..., Any]
) -> None:
    result = graded(solved)
    with Book(url) as book, Book(url) as other:
        book.register(material.released)
        come: list[str] = []

        def come_between(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("INSERT INTO student") and not come:
                come.append(statement)
                other.write(result)

        event.listen(book._book.engine, "before_cursor_execute", come_between)
        book.write(result)
        assert come
        assert sum(book.scores(CHAPTER)["ann"].values()) == 10


def test_a_mark_that_a_person_gives_meanwhile_asks_for_a_second_look(
    url: str, material: Any, solved: Any, released: Any, graded: Callable[..., Any]
) -> None:
    with Book(url) as book, Gradebook(url) as formgrader:
        book.register(material.released)
        book.write(graded(solved))
        given: list[str] = []

        def come_between(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("UPDATE submitted_assignment") and not given:
                given.append(statement)
                grade = formgrader.find_grade("mul_layer", CHAPTER, CHAPTER, "ann")
                grade.manual_score = 2.0
                formgrader.db.commit()

        event.listen(book._book.engine, "before_cursor_execute", come_between)
        book.write(graded(released))
        grade = formgrader.find_grade("mul_layer", CHAPTER, CHAPTER, "ann")
        formgrader.db.refresh(grade)
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (0.0, 2.0, True)


def test_who_is_late_pays_what_the_configured_plugin_says(
    url: str, material: Any, solved: Any, graded: Callable[..., Any]
) -> None:
    config = Config({"LateSubmissionPlugin": {"penalty_method": "zero"}})
    due = datetime(2026, 11, 20, 12)
    with Book(url, config=config) as book, Gradebook(url) as theirs:
        book.register(material.released)
        theirs.find_assignment(CHAPTER).duedate = due
        theirs.db.commit()
        for student, hours in (("ann", -1), ("ben", 1), ("cat", 1)):
            book.write(graded(solved, student=student), due + timedelta(hours=hours))
        theirs.grant_extension(CHAPTER, "cat", hours=2)
        book.write(graded(solved, student="cat"), due + timedelta(hours=1))
        theirs.db.expire_all()
        paid = {
            s.student.id: s.late_submission_penalty for s in theirs.assignment_submissions(CHAPTER)
        }
        assert {name: penalty or 0 for name, penalty in paid.items()} == {
            "ann": 0,
            "ben": 10,
            "cat": 0,
        }
        assert book.entered("ben", CHAPTER).penalty == 10


# a class that is graded into it


@dataclass
class Class:
    root: Path
    url: str

    def grade(self, **options: Any) -> Grading:
        return grade_class(self.root, CHAPTER, tests=TESTS, db=self.url, **options)

    def marks(self) -> dict[str, float]:
        with Book(self.url) as book:
            return {name: sum(found.values()) for name, found in book.scores(CHAPTER).items()}

    def nbgrader(self, *words: str) -> None:
        command = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def a_class(tmp_path: Path, url: str, fresh: Callable[[bool], Any]) -> Class:
    """Three who are right, not graded yet."""
    root = tmp_path / "class"
    (root / "release" / CHAPTER).mkdir(parents=True)
    (root / "release" / CHAPTER / FILE).write_bytes(fresh(False).data())
    for student in STUDENTS:
        place = root / "submitted" / student / CHAPTER
        place.mkdir(parents=True)
        (place / FILE).write_bytes(fresh(True).data())
    return Class(root, url)


@pytest.mark.wall
@pytest.mark.slow
def test_nbgraders_readers_see_what_was_graded_and_what_a_person_gave(a_class: Class) -> None:
    """Formgrader, `export` and `generate_feedback`, with the same address."""
    assert [result.reason for result in a_class.grade().results] == [""] * 3
    with Gradebook(a_class.url) as formgrader:
        formgrader.find_grade("ch1_explain", CHAPTER, CHAPTER, "ann").manual_score = 1.5
        formgrader.find_grade("mul_layer", CHAPTER, CHAPTER, "ann").manual_score = 2.0
        formgrader.db.commit()
    a_class.grade(regrade=True)
    expected = {"ann": 10.5, "ben": 10.0, "zed": 10.0}
    assert a_class.marks() == expected

    directory = Course.at(a_class.root, a_class.url).directory
    listed = NbGraderAPI(coursedir=directory).get_submissions(CHAPTER)
    assert {each["student"]: each["score"] for each in listed} == expected

    a_class.nbgrader("export", f"--db={a_class.url}", "--to=grades.csv")
    with (a_class.root / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert rows == expected

    (a_class.root / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.db_url = {a_class.url!r}\n"
    )
    page = a_class.root / "feedback" / "ann" / CHAPTER / f"{CHAPTER}.html"
    ours = page.read_text("utf-8")
    a_class.nbgrader("generate_feedback", CHAPTER, "--force")
    for text in (ours, page.read_text("utf-8")):
        assert "(Score: 10.5 / 12.0)" in text
        assert "(Score: 2.0 / 3.0)" in text
    grading = grade_class(a_class.root, CHAPTER, tests=TESTS)
    assert grading.as_before == set(STUDENTS)
    assert not (a_class.root / "gradebook.db").exists() or a_class.url.startswith("sqlite")


def hurried(url: str) -> str:
    """The address, with little patience for locks."""
    address = make_url(url)
    if address.drivername == "sqlite":
        return f"{url}?timeout=0.2"
    limits = {"options": "-c lock_timeout=200"}
    return address.update_query_dict(limits).render_as_string(hide_password=False)


@pytest.mark.wall
@pytest.mark.slow
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_whom_another_program_holds_is_kept_and_the_others_are_entered(
    a_class: Class, postgres: Any
) -> None:
    """SQLite locks all or nothing: test_faults has that."""
    a_class.url = hurried(a_class.url)
    a_class.grade(students=["ann"])
    with postgres.connect(make_url(a_class.url).database) as other:
        other.autocommit = False
        other.execute("INSERT INTO student (id) VALUES ('ben')")
        said = {result.student: result.reason for result in a_class.grade(workers=1).results}
        assert said["ben"].startswith("The grade is kept, and not entered yet: The gradebook")
        assert "lock timeout" in said["ben"]
        assert said["zed"] == ""
        assert a_class.marks() == {"ann": 10, "zed": 10}
        other.rollback()
    other.close()
    assert a_class.grade().as_before == set(STUDENTS)
    assert a_class.marks() == dict.fromkeys(STUDENTS, 10)
    assert (a_class.root / "feedback" / "ben" / CHAPTER / f"{CHAPTER}.html").is_file()


@pytest.mark.wall
@pytest.mark.slow
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_that_goes_away_in_mid_class_costs_no_grade(a_class: Class, postgres: Any) -> None:
    def end(result: Any) -> None:
        if result.student == "ann":
            postgres.stop()

    try:
        grading = a_class.grade(on_result=end, workers=1)
    finally:
        postgres.start()
    said = {result.student: result.reason for result in grading.results}
    assert said["ann"] == ""
    for student in ("ben", "zed"):
        assert said[student].startswith("The grade is kept, and not entered yet")
        assert said[student].endswith("`course grade` again enters it.")
    assert a_class.marks() == {"ann": 10}
    assert a_class.grade().as_before == set(STUDENTS)
    assert a_class.marks() == dict.fromkeys(STUDENTS, 10)


@pytest.mark.wall
@pytest.mark.slow
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_that_comes_back_takes_what_is_late(a_class: Class, postgres: Any) -> None:
    heard: list[str] = []

    def away_for_a_while(result: Any) -> None:
        heard.append(result.student)
        if len(heard) == 1:
            postgres.stop()
        if len(heard) == 3:
            postgres.start()

    try:
        grading = a_class.grade(on_result=away_for_a_while, workers=1)
    finally:
        if len(heard) < 3:
            postgres.start()
    assert [result.reason for result in grading.results] == [""] * 3
    assert a_class.marks() == dict.fromkeys(STUDENTS, 10)


# what can't be used


def test_another_program_is_not_waited_for_for_ever(
    url: str, material: Any, solved: Any, graded: Callable[..., Any]
) -> None:
    with Book(url) as book:
        book.register(material.released)
    with Book(hurried(url)) as book, Gradebook(url) as other:
        other.db.add(Student(id="ben"))
        other.db.flush()
        with pytest.raises(Busy, match=r"^The gradebook .* in use by another program"):
            book.write(graded(solved, student="ben"))
        other.db.rollback()
        book.write(graded(solved, student="ben"))
        assert sum(book.scores(CHAPTER)["ben"].values()) == 10


REFUSED = {
    "no address": ("gradebook", "isn't one of a database; write sqlite:///FILE or postgresql://"),
    "unknown scheme": ("mongo://ann:s3cret@server/class", "isn't one of a database; write sqlite"),
    "missing driver": ("postgresql+pg8000://ann:s3cret@server/class", r"pip install -e .*postgres"),
    "no server": ("postgresql://ann:s3cret@127.0.0.1:1/class", "see that its server runs"),
    "a password with an @": ("postgresql://ann:s3@cret@127.0.0.1/class", "write .* as %40"),
    "a port that is none": ("postgresql://ann:s3cret@server:port/class", "isn't one of a database"),
    "an option nobody knows": ("postgresql://ann:s3cret@127.0.0.1:1/class?x=1", "can't be written"),
}


@pytest.mark.parametrize(("address", "words"), REFUSED.values(), ids=REFUSED)
def test_an_address_that_cannot_be_used_is_a_sentence_without_the_password(
    address: str, words: str
) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(CannotGrade, match=words) as refusal:
        Book(address)
    said = str(refusal.value)
    assert "cret" not in said.partition("(")[0]
    assert "s3" not in said
    assert "\n" not in said
    assert said.endswith(".")


def test_a_wrong_password_and_a_missing_database_are_told_apart(postgres: Any) -> None:
    good = make_url(postgres.new_database())
    wrong = postgres.address(str(good.database), password="hunter2")
    with pytest.raises(CannotGrade, match="give the right password") as refusal:
        Book(wrong)
    assert "hunter2" not in str(refusal.value)
    with pytest.raises(CannotGrade, match="createdb") as refusal:
        Book(postgres.address("nowhere"))
    assert "s3cret" not in str(refusal.value)
    assert "nowhere" in str(refusal.value)


def test_a_reader_who_may_not_write_is_told_before_anything_is_graded(postgres: Any) -> None:
    url = postgres.new_database()
    Book(url).__exit__()
    with postgres.connect(make_url(url).database) as admin:
        admin.execute("CREATE ROLE reader LOGIN PASSWORD 'r'")
        admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    admin.close()
    reader = make_url(url).set(username="reader", password="r")
    with pytest.raises(CannotGrade, match=r"permission denied.*let this user .* write"):
        Book(reader.render_as_string(hide_password=False))


def test_a_name_that_is_too_long_for_the_database_stops_nobody_else(
    postgres: Any, material: Any, solved: Any, graded: Callable[..., Any]
) -> None:
    with Book(postgres.new_database()) as book:
        book.register(material.released)
        with pytest.raises(CannotGrade, match="a shorter name") as refusal:
            book.write(graded(solved, student="x" * 200))
        assert not isinstance(refusal.value, Busy)
        book.write(graded(solved))
        assert list(book.scores(CHAPTER)) == ["ann"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_gradebook_that_cannot_be_used_is_refused_before_anything_is_graded(
    a_class: Class,
) -> None:
    pytest.importorskip("psycopg")
    a_class.url = "postgresql://ann:s3cret@127.0.0.1:1/class"
    words = ["grade", CHAPTER, "--course-dir", str(a_class.root), "--db", a_class.url]
    command = [sys.executable, "-m", "course.cli", *words, "--tests", str(TESTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("course: The gradebook postgresql://ann@127.0.0.1:1/class can't")
    assert done.stderr.count("\n") == 1
    assert "s3cret" not in done.stderr
    assert {path.name for path in a_class.root.iterdir()} == {
        "release",
        "submitted",
        f".grading-{CHAPTER}.lock",
    }


def test_limits_that_stand_in_an_address_are_kept() -> None:
    pytest.importorskip("psycopg")
    query = make_url(patient("postgresql://ann@server/class?connect_timeout=3")).query
    assert query["connect_timeout"] == "3"
    assert "lock_timeout" in str(query["options"])
    query = make_url(patient("postgresql:///class?options=-c%20lock_timeout%3D7")).query
    assert str(query["options"]).endswith("-c lock_timeout=7")
    assert patient("sqlite:////x/gradebook.db") == "sqlite:////x/gradebook.db"


def test_an_address_is_shown_without_what_is_secret() -> None:
    assert shown("postgresql://ann:pw@server:5433/class?password=pw") == (
        "postgresql://ann@server:5433/class"
    )
    assert shown("postgresql://ann:p@w@server/class") == "postgresql://..."
    assert shown("sqlite:////x/a@b/gradebook.db") == "sqlite:////x/a@b/gradebook.db"
