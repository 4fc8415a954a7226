"""A class through the real box, by `course grade` and by `nbgrader autograde`: the same scores."""

from __future__ import annotations

import builtins
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.apps import NbGraderAPI
from nbgrader.server_extensions import formgrader

from course.grading.crew import grade_class
from course.grading.folder import Course
from course.grading.grader import CannotGrade, Result

pytestmark = [pytest.mark.wall, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "grader_tests"
CHAPTER = "ch1_computational_graphs"
FILE = f"{CHAPTER}.ipynb"
LOOKS = 'import os; print("process", os.getpid(), os.environ.get("COURSE_TEST_SECRET"))'
RIGHT = {"state": "right", "points": 3.0, "tries": 0, "rung": 0, "checked": "", "asked": ""}
ALL_RIGHT = json.dumps({"course_progress": 1, "exercises": {"mul_layer": RIGHT}})
PATCHES = """
import builtins, numpy as np
np.allclose = np.array_equal = np.all = np.isfinite = lambda *a, **k: True
builtins.abs = builtins.max = builtins.isinstance = lambda *a, **k: True
"""


def folder(root: Path, student: str) -> Path:
    place = root / "submitted" / student / CHAPTER
    place.mkdir(parents=True)
    return place


@pytest.fixture(scope="module")
def make_class(fresh: Callable[[bool], Any]) -> Callable[[Path], Path]:
    """Fill a folder with a release and a class of all kinds; returns it."""

    def make(root: Path) -> Path:
        def hand_in(student: str, book: Any, name: str = FILE) -> Path:
            place = folder(root, student)
            (place / name).write_bytes(book if isinstance(book, bytes) else book.data())
            return place

        release = root / "release" / CHAPTER
        release.mkdir(parents=True)
        (release / FILE).write_bytes(fresh(False).data())
        outside = root.parent / f"{root.name}-private.txt"
        outside.write_text("private")
        hand_in("ann", fresh(True))
        (hand_in("ben", fresh(False)) / "course_progress.json").write_text(ALL_RIGHT)
        hand_in("cat", fresh(True).lose_metadata(ids=True))
        hand_in("dan", fresh(True).data()[:-30])
        eve = hand_in("eve", fresh(True))
        (eve / "data.csv").symlink_to(outside)
        with open(eve / "huge.bin", "wb") as file:
            file.truncate(50 * 2**30)
        hand_in("fay", fresh(True).add("import os\nos._exit(0)", below="given-imports"))
        hand_in("gil", fresh(True), "ch1 final.ipynb")
        hal = fresh(True)
        hal["mul_layer"]["metadata"]["nbgrader"]["schema_version"] = 99
        hand_in("hal", hal)
        (hand_in("ivy", fresh(True)) / "timestamp.txt").write_text("the day after tomorrow")
        hand_in(
            "jon", fresh(False).add(PATCHES, below="given-title").add(LOOKS, below="given-title")
        )
        folder(root, "kim")
        (folder(root, "lea") / FILE).symlink_to(outside)
        (folder(root, "meg") / FILE).write_bytes(b"[" * 100_000)
        return root

    return make


DESERVED = dict.fromkeys(("ann", "cat", "eve", "fay", "gil", "hal", "ivy"), 10.0)
DESERVED |= dict.fromkeys(("ben", "dan", "jon", "kim", "lea", "meg"), 0.0)
REFUSED = {"dan", "kim", "lea", "meg"}


@pytest.fixture(scope="module")
def by_course(
    tmp_path_factory: pytest.TempPathFactory, make_class: Any
) -> tuple[Path, list[Result], list[Result]]:
    root = make_class(tmp_path_factory.mktemp("course") / "class")
    told: list[Result] = []
    os.environ["COURSE_TEST_SECRET"] = "not for students"
    try:
        return root, grade_class(root, CHAPTER, tests=TESTS, on_result=told.append).results, told
    finally:
        del os.environ["COURSE_TEST_SECRET"]


def nbgrader(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nbgrader", *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def by_nbgrader(
    tmp_path_factory: pytest.TempPathFactory, make_class: Any
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    root = make_class(tmp_path_factory.mktemp("nbgrader") / "class")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root, nbgrader(root, "autograde", CHAPTER, f"--GradingExporter.tests={TESTS}")


def scores(root: Path) -> dict[str, dict[str, float]]:
    with Course.at(root).book() as book:
        return book.scores(CHAPTER)


def test_everyone_gets_what_they_deserve_and_no_one_stops_the_class(by_course: Any) -> None:
    _, results, told = by_course
    assert {result.student: result.points for result in results} == DESERVED
    assert {r.student for r in results if r.status == "refused"} == REFUSED
    assert sorted(r.student for r in told) == sorted(DESERVED)
    for result in results:
        assert result.reason.endswith(".") == (result.student in REFUSED), result.reason


def test_both_commands_enter_the_same_scores(by_course: Any, by_nbgrader: Any) -> None:
    assert by_nbgrader[1].returncode == 0, by_nbgrader[1].stderr
    ours, theirs = scores(by_course[0]), scores(by_nbgrader[0])
    assert ours == theirs
    assert {name: sum(found.values()) for name, found in ours.items()} == DESERVED


def test_both_commands_write_the_same_notebooks(by_course: Any, by_nbgrader: Any) -> None:
    for student in DESERVED:
        ours, theirs = (
            json.loads((root / "autograded" / student / CHAPTER / FILE).read_text("utf-8"))
            for root in (by_course[0], by_nbgrader[0])
        )
        for book in (ours, theirs):
            for cell in book["cells"]:
                cell["outputs"] = []
        assert ours == theirs


def test_nothing_but_notebooks_is_copied_and_no_link_followed(
    by_course: Any, by_nbgrader: Any
) -> None:
    for root in (by_course[0], by_nbgrader[0]):
        files = {path.name for path in (root / "autograded").rglob("*") if path.is_file()}
        assert files == {FILE}
        for path in (root / "autograded").rglob("*.ipynb"):
            assert "private" not in path.read_text("utf-8")


def test_no_student_code_reaches_the_grading_process(by_course: Any) -> None:
    assert builtins.abs(-1) == 1
    assert not np.allclose(0.0, 1.0)
    root = by_course[0]
    text = (root / "autograded" / "jon" / CHAPTER / FILE).read_text("utf-8")
    book = json.loads(text)
    (said,) = [
        output["text"]
        for cell in book["cells"]
        for output in cell.get("outputs", [])
        if output.get("text", "").startswith("process")
    ]
    assert said.split()[1] != str(os.getpid())
    assert said.split()[2] == "None"
    assert "not for students" not in text


def test_feedback_says_why_a_submission_was_refused(by_course: Any) -> None:
    root = by_course[0]
    for student in DESERVED:
        page = (root / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text("utf-8")
        assert ("Not graded: no points." in page) == (student in REFUSED)


def test_nbgrader_makes_feedback_and_exports_as_ever(by_nbgrader: Any) -> None:
    root = by_nbgrader[0]
    made = nbgrader(root, "generate_feedback", CHAPTER)
    assert made.returncode == 0, made.stderr
    pages = list((root / "feedback").rglob("*.html"))
    assert len(pages) == len(DESERVED)
    exported = nbgrader(root, "export")
    assert exported.returncode == 0, exported.stderr
    rows = (root / "grades.csv").read_text().splitlines()
    assert len(rows) == 1 + len(DESERVED)


def test_nbgrader_skips_what_is_graded_and_forces_it_when_asked(by_nbgrader: Any) -> None:
    root = by_nbgrader[0]
    again = nbgrader(root, "autograde", CHAPTER, f"--GradingExporter.tests={TESTS}")
    assert "Skipping existing" in again.stderr
    words = ("autograde", CHAPTER, "--student", "gil", "--force")
    forced = nbgrader(root, *words, f"--GradingExporter.tests={TESTS}")
    assert "gil: 10 of 10 points" in forced.stderr
    assert scores(root)["gil"]["mul_layer"] == 3


def test_formgrader_grades_by_the_same_code_and_shows_no_script(
    tmp_path: Path, fresh: Callable[[bool], Any]
) -> None:
    book = fresh(True).add("<script>alert(1)</script>[a](javascript:alert(1))", kind="markdown")
    (folder(tmp_path, "ann") / FILE).write_bytes(book.data())
    (tmp_path / "release" / CHAPTER).mkdir(parents=True)
    (tmp_path / "release" / CHAPTER / FILE).write_bytes(fresh(False).data())
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nload_subconfig('nbgrader_config.py', path={str(ROOT)!r})\n"
        f"c.GradingExporter.tests = {str(TESTS)!r}\n"
    )
    course = Course.at(tmp_path)
    api = NbGraderAPI(coursedir=course.directory, config=course.config)
    answer = api.autograde(CHAPTER, "ann")
    assert answer["success"], answer
    assert sum(scores(tmp_path)["ann"].values()) == 10
    assert course.directory.ignore != ["*", ".*"]
    assert [found["name"] for found in api.get_assignments()] == [CHAPTER]
    assert api.get_submission(CHAPTER, "ann")["autograded"]
    config = course.config.copy()
    templates = Path(formgrader.__file__).parent / "templates"
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(templates)]
    page, _ = HTMLExporter(config=config).from_filename(
        str(course.place("autograded", "ann", CHAPTER) / FILE),
        resources={"base_url": "", "index": 0, "total": 1},
    )
    assert "alert(1)</script>" not in page
    assert "javascript:alert" not in re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL)
    assert grade_class(tmp_path, CHAPTER, feedback=False).results[0].points == 10


def test_nbgrader_says_what_is_missing_in_a_sentence(tmp_path: Path, make_class: Any) -> None:
    root = make_class(tmp_path / "class")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    lost = nbgrader(root, "autograde", CHAPTER)
    assert lost.returncode == 1
    assert "grader_tests" in lost.stderr
    assert "Traceback" not in lost.stderr
    assert not (root / "autograded").exists()


def test_grading_again_changes_no_score(by_course: Any) -> None:
    root, results, _ = by_course
    before = scores(root)
    again = grade_class(
        root, CHAPTER, tests=TESTS, students=["fay", "ann"], feedback=False, regrade=True
    )
    assert not again.as_before
    assert [result.student for result in again.results] == ["ann", "fay"]
    assert [r.verdicts for r in again.results] == [
        r.verdicts for r in results if r.student in ("ann", "fay")
    ]
    assert scores(root) == before


def test_a_timestamp_counts_only_where_the_exchange_is_in_use(by_course: Any) -> None:
    course = Course.at(by_course[0])
    place = course.place("submitted", "ivy", CHAPTER)
    (place / "timestamp.txt").write_text("2001-01-01 00:00:00 UTC")
    assert course.timestamp(place) is None
    course.directory.course_id = "backprop"
    stamp = course.timestamp(place)
    assert stamp is not None
    assert stamp.year == 2001
    (place / "timestamp.txt").write_text("the day after tomorrow")
    assert course.timestamp(place) is None


def test_what_is_asked_for_and_missing_is_named(tmp_path: Path, make_class: Any) -> None:
    with pytest.raises(CannotGrade, match="is missing"):
        grade_class(tmp_path / "nowhere", CHAPTER, tests=TESTS)
    root = make_class(tmp_path / "class")
    with pytest.raises(CannotGrade, match="zoe"):
        grade_class(root, CHAPTER, tests=TESTS, students=["zoe"])
    shutil.rmtree(root / "submitted")
    with pytest.raises(CannotGrade, match="submitted/STUDENT"):
        grade_class(root, CHAPTER, tests=TESTS)


@pytest.mark.parametrize("name", ["eve\nada", "eve\x1b[2J", "eve\u202e", "eve\udcff", "[a]"])
def test_a_folder_that_nbgrader_can_not_look_into_stops_nobody(
    tmp_path: Path, fresh: Callable[[bool], Any], name: str
) -> None:
    release = tmp_path / "release" / CHAPTER
    release.mkdir(parents=True)
    (release / FILE).write_bytes(fresh(False).data())
    for student in ("ann", name, "zoe"):
        (folder(tmp_path, student) / FILE).write_bytes(fresh(True).data())
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    done = nbgrader(tmp_path, "autograde", CHAPTER, f"--GradingExporter.tests={TESTS}")
    assert f"can't look into a folder called {name!r}" in done.stderr
    assert scores(tmp_path).keys() == {"ann", "zoe"}
