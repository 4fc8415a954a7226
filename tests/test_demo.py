"""The sample class: everyone gets what they deserve, by both commands, and the table says why."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from course.grading import sample, table
from course.grading.crew import grade_class

ROOT = Path(__file__).parents[1]
RELEASE = ROOT / "release" / sample.CHAPTER / f"{sample.CHAPTER}.ipynb"
SOLUTION = ROOT / "solutions" / f"{sample.CHAPTER}.ipynb"

pytestmark = [pytest.mark.slow, pytest.mark.floor, pytest.mark.wall]

SCORES = """
select student.id, sum(grade.auto_score)
from grade
join submitted_notebook on grade.notebook_id = submitted_notebook.id
join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
join student on submitted_assignment.student_id = student.id
where grade.auto_score is not null
group by student.id
"""


def scores(gradebook: Path) -> dict[str, float]:
    """What each student's checks earned, bonus included, as nbgrader's own tables hold it."""
    with sqlite3.connect(gradebook) as connection:
        found = dict(connection.execute(SCORES).fetchall())
    connection.close()
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    sample.write_class(folder, RELEASE, SOLUTION)
    return folder, grade_class(folder, sample.CHAPTER, tests=ROOT / "grader_tests").results


@pytest.mark.parametrize("student", sample.STUDENTS, ids=lambda student: student.name)
def test_a_student_gets_what_the_submission_deserves(graded, student):
    result = next(result for result in graded[1] if result.student == student.name)
    assert (result.points, result.bonus) == (student.points, student.bonus), result.reason


def test_a_fresh_interpreter_for_each_box_gives_the_same_verdicts(graded, tmp_path):
    sample.write_class(tmp_path, RELEASE, SOLUTION)
    shutil.copy(graded[0] / "gradebook.secret", tmp_path)  # the same cards
    cold = grade_class(tmp_path, sample.CHAPTER, tests=ROOT / "grader_tests", cold=True).results

    def told(results):
        return {
            result.student: [(v.exercise, v.points, v.to_text()) for v in result.verdicts]
            for result in results
        }

    assert any("warm" in result.tier for result in graded[1])
    assert not any("warm" in result.tier for result in cold)
    assert told(cold) == told(graded[1])


def test_the_gradebook_holds_the_same_scores(graded):
    deserved = {student.name: student.points + student.bonus for student in sample.STUDENTS}
    assert scores(graded[0] / "gradebook.db") == deserved


def test_everyone_has_a_feedback_page_with_the_verdicts(graded):
    for student in sample.STUDENTS:
        page = graded[0] / "feedback" / student.name / sample.CHAPTER / f"{sample.CHAPTER}.html"
        assert "mul_layer" in page.read_text(encoding="utf-8")


def test_nbgrader_autograde_gives_the_same_scores(graded, tmp_path):
    sample.write_class(tmp_path, RELEASE, SOLUTION)
    shutil.copytree(RELEASE.parent, tmp_path / "release" / sample.CHAPTER)
    shutil.copytree(ROOT / "grader_tests", tmp_path / "grader_tests")
    (tmp_path / "solutions").mkdir()
    shutil.copy(SOLUTION, tmp_path / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    command = [sys.executable, "-m", "nbgrader", "autograde", sample.CHAPTER]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert scores(tmp_path / "gradebook.db") == scores(graded[0] / "gradebook.db")


def test_the_table_has_a_line_a_student_and_says_what_went_wrong(graded, capsys):
    table.show(graded[1])
    told = capsys.readouterr().out
    for student in sample.STUDENTS:
        assert student.name in told
    assert "local gradients not swapped" in told
    assert "no answer within" in " ".join(told.split())
