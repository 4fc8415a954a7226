"""A class behind each wall, and without one: the same scores, and every result names its tier."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from course.grading.asking import open_box
from course.grading.box import Tier
from course.grading.grader import grade, load_material
from course.grading.unwalled import Unwalled

pytestmark = [pytest.mark.wall, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "ch1_computational_graphs"
TRUSTED = "no wall (--trust-students)"


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    """A class of one, whose answers are right."""
    place = tmp_path / "submitted" / "ann" / CHAPTER
    place.mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / f"{CHAPTER}.ipynb", place)
    shutil.copytree(ROOT / "release" / CHAPTER, tmp_path / "release" / CHAPTER)
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nload_subconfig('nbgrader_config.py', path={str(ROOT)!r})\n"
        f"c.GradingExporter.tests = {str(ROOT / 'grader_tests')!r}\n"
        "c.GradingExporter.trust_students = True\n"
    )
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    "name",
    ["bubblewrap", "warm bubblewrap", "Landlock", "warm Landlock", "the oldest Landlock", "none"],
)
def test_a_solved_chapter_earns_all_its_points_behind_every_wall(
    given: Callable[[str], Tier], name: str
) -> None:
    tier = Unwalled() if name == "none" else given(name)
    material = load_material(
        CHAPTER, ROOT / "release" / CHAPTER / f"{CHAPTER}.ipynb", ROOT / "grader_tests"
    )
    result = grade(
        (ROOT / "solutions" / f"{CHAPTER}.ipynb").read_bytes(),
        student="ann",
        material=material,
        seed=b"s" * 32,
        tier=tier.name,
        box=partial(open_box, tier),
    )
    assert result.points == result.out_of > 0
    assert not result.flags
    assert result.to_json()["tier"] == tier.name


def test_trusting_students_is_said_aloud_and_kept_in_every_result(class_folder: Path) -> None:
    tests = str(ROOT / "grader_tests")
    words = ("course.cli", "grade", CHAPTER, "--tests", tests, "--json", "--trust-students")
    done = run(class_folder, *words)
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)
    assert result["tier"] == TRUSTED
    assert result["points"] == result["out_of"]
    assert "course: Students' code runs without a wall" in done.stderr
    page = class_folder / "autograded" / "ann" / CHAPTER / f"{CHAPTER}.ipynb"
    assert TRUSTED in page.read_text(encoding="utf-8")
    walled = json.loads(run(class_folder, *words[:-1]).stdout)
    assert walled[0]["tier"] != TRUSTED


def test_nbgrader_trusts_students_where_its_configuration_says_so(class_folder: Path) -> None:
    done = run(class_folder, "nbgrader", "autograde", CHAPTER)
    assert done.returncode == 0, done.stderr
    assert "Students' code runs without a wall" in done.stderr
    page = class_folder / "autograded" / "ann" / CHAPTER / f"{CHAPTER}.ipynb"
    assert TRUSTED in page.read_text(encoding="utf-8")
