"""Each released chapter through the real box: solved it earns all, as released nothing at all."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from course.grading.asking import open_box
from course.grading.grader import Material, Result, grade, load_material
from course.grading.wall import choose
from grader_tests import styles

pytestmark = pytest.mark.wall
ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(path.name for path in (ROOT / "release").iterdir())


def released(chapter: str) -> Path:
    return ROOT / "release" / chapter / f"{chapter}.ipynb"


def solved(chapter: str) -> dict[str, Any]:
    """The solved notebook without outputs, as a student would hand it in."""
    book = json.loads((ROOT / "solutions" / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    for cell in book["cells"]:
        cell.pop("outputs", None)
    return book


@pytest.fixture(scope="module", params=CHAPTERS)
def material(request: pytest.FixtureRequest) -> Material:
    return load_material(request.param, released(request.param), ROOT / "grader_tests")


def graded(book: dict[str, Any], material: Material) -> Result:
    data = json.dumps(book).encode()
    box = partial(open_box, choose())
    return grade(data, student="ann", material=material, seed=b"s" * 32, box=box)


def points(result: Result) -> dict[str, float]:
    return {verdict.exercise: verdict.points for verdict in result.verdicts}


def test_the_solved_chapter_earns_every_point_and_every_bonus(material: Material) -> None:
    result = graded(solved(material.chapter), material)
    assert result.points == result.out_of > 0
    assert points(result) == {name: e.points for name, e in material.exercises.items()}
    assert result.notes == ()
    assert result.flags == ()


def test_the_released_chapter_earns_nothing(material: Material) -> None:
    book = json.loads(released(material.chapter).read_text(encoding="utf-8"))
    result = graded(book, material)
    assert set(points(result).values()) == {0}
    assert {verdict.state for verdict in result.verdicts} == {"not attempted"}
    assert not any(written.answered for written in result.written)


def test_the_solved_chapter_keeps_its_points_without_ids_metadata_and_checks(
    material: Material,
) -> None:
    book = solved(material.chapter)
    book["cells"] = [
        cell | {"metadata": {}}
        for cell in book["cells"]
        if "exercise" not in cell["metadata"].get("course", {})
    ]
    for cell in book["cells"]:
        del cell["id"]
    book["metadata"], book["nbformat_minor"] = {}, 4
    result = graded(book, material)
    assert result.points == result.out_of
    assert result.notes != ()


def test_the_solved_chapter_keeps_its_points_with_every_cell_twice(material: Material) -> None:
    book = solved(material.chapter)
    book["cells"] = [cell for cell in book["cells"] for _ in range(2)]
    result = graded(book, material)
    assert result.points == result.out_of


def test_a_net_whose_layers_loop_over_single_numbers_learns_in_time() -> None:
    chapter = "ch3_affine_softmax"
    book = solved(chapter)
    code = next(
        s.code for s in styles.catalogue() if s.name == "three loops" and "Affine" in s.code
    )
    for cell in book["cells"]:
        if cell["metadata"].get("course", {}).get("answer") == "Affine":
            cell["source"] = code
    result = graded(book, load_material(chapter, released(chapter), ROOT / "grader_tests"))
    assert points(result)["two_layer_net"] == 8
