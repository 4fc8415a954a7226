"""Whatever happened to a notebook: honest work loses nothing by it, and a stub earns nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

DAMAGE: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda b: b,
    "metadata lost": lambda b: b.lose_metadata(),
    "metadata and ids lost": lambda b: b.lose_metadata(ids=True),
    "an answer repeated": lambda b: b.repeat("answer_MulLayer"),
    "a check repeated": lambda b: b.repeat("mul_layer").repeat("mul_layer"),
    "every cell twice": lambda b: [b.repeat(c["id"]) for c in list(b.cells)] and b,
    "the checks deleted": lambda b: b.drop("mul_layer", "add_layer", "apple_graph"),
    "the checks first": lambda b: b.move("mul_layer", 0).move("add_layer", 0),
    "an answer at the end": lambda b: b.move("answer_AddLayer", -1),
    "all given cells deleted": lambda b: b.drop("given-title", "given-imports", "predict-tax"),
    "a check turned into text": lambda b: b.turn("mul_layer", "markdown"),
    "a check turned raw": lambda b: b.turn("mul_layer", "raw"),
    "an answer turned into text": lambda b: b.turn("answer_MulLayer", "markdown"),
    "the text turned into code": lambda b: b.turn("given-title", "code"),
    "the written answer turned into code": lambda b: b.turn("ch1_explain", "code"),
    "the imports edited": lambda b: b.write(
        "given-imports", "import math, numpy as np\nfrom course import check"
    ),
    "a figure that defines what an answer uses": lambda b: b.write("given-figure", "one = 1").write(
        "answer_AddLayer", b["answer_AddLayer"]["source"].replace("* 1", "* one")
    ),
    "a cell that raises": lambda b: b.add("1 / 0", below="given-imports").add("import nowhere"),
    "a syntax error elsewhere": lambda b: b.add("def f(:", below="given-imports"),
    "a wrong version left in by a merge": lambda b: b.add(
        "class MulLayer:\n    pass", below="answer_MulLayer"
    ),
    "an escaped number of thousands of digits": lambda b: b.add(f"&#{'1' * 5000};").add(
        f"&#{'1' * 5000};", kind="markdown"
    ),
    "a name defined anew later": lambda b: b.add("class MulLayer: pass\nAddLayer = None"),
    "the answer in a cell of its own": lambda b: b.add(
        b["answer_MulLayer"]["source"], below="answer_MulLayer"
    ).write("answer_MulLayer", "# see below"),
    "a wrong first try left in": lambda b: b.add(
        b["answer_MulLayer"]["source"].replace("* self.y", ""), below="given-imports"
    ),
    "a right version only after the check": lambda b: b.add(
        b["answer_MulLayer"]["source"], below="mul_layer"
    ).write("answer_MulLayer", b["answer_MulLayer"]["source"].replace("* self.y", "")),
    "another name, and the check asked by it": lambda b: b.write(
        "answer_AddLayer", b["answer_AddLayer"]["source"].replace("AddLayer", "Plus")
    ).write("add_layer", 'check("add_layer", Plus)'),
    "the wrong grade ids": lambda b: (
        b["add_layer"]["metadata"]["nbgrader"].update(grade_id="mul_layer") or b
    ),
    "an unknown schema": lambda b: (
        b["mul_layer"]["metadata"]["nbgrader"].update(schema_version=99) or b
    ),
    "metadata of the wrong kind": lambda b: b["mul_layer"].update(metadata=[1]) or b,
}


def merged(book: Any) -> Any:
    """Two answers and a check in one cell, as merging leaves it."""
    parts = [book[name]["source"] for name in ("answer_MulLayer", "mul_layer", "answer_AddLayer")]
    book.drop("mul_layer", "answer_AddLayer")
    return book.write("answer_MulLayer", "\n".join(parts))


def merged_into_the_check(book: Any) -> Any:
    source = book["answer_MulLayer"]["source"] + "\n" + book["mul_layer"]["source"]
    return book.drop("answer_MulLayer").write("mul_layer", source)


def split(book: Any) -> Any:
    """A helper of the answer, and the imports, in cells of their own."""
    book.add("def times(a, b):\n    return a * b", below="given-imports")
    source = book["answer_MulLayer"]["source"].replace("x * y", "times(x, y)")
    return book.write("answer_MulLayer", source)


def from_colab(book: Any) -> Any:
    for cell in book.cells:
        cell["metadata"] = {"id": cell.pop("id"), "colab": {"base_uri": "x"}}
        cell["source"] = cell["source"].splitlines(keepends=True)
    book.minor = 0
    return book


DAMAGE |= {f.__name__: f for f in (merged, merged_into_the_check, split, from_colab)}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_costs_an_honest_student_nothing(
    damage: Callable[[Any], Any], solved: Any, graded: Any
) -> None:
    result = graded(damage(solved))
    assert {v.exercise: v.points for v in result.verdicts} == {
        "mul_layer": 3,
        "add_layer": 3,
        "apple_graph": 4,
    }
    assert [written.answered for written in result.written] == [True]
    names = [cell["id"] for cell in result.notebook["cells"]]
    assert len(set(names)) == len(names)
    assert {"mul_layer", "add_layer", "apple_graph", "ch1_explain"} <= set(names)


@pytest.mark.parametrize("name", [n for n in DAMAGE if n.split()[0] not in ("another", "a")])
def test_damage_earns_a_stub_nothing(name: str, released: Any, graded: Any) -> None:
    result = graded(DAMAGE[name](released))
    assert result.points == 0
    assert [written.answered for written in result.written] == [False]


def test_a_repair_is_told_and_an_undamaged_notebook_has_none(solved: Any, graded: Any) -> None:
    assert graded(solved).notes == ()
    told = " ".join(graded(solved.repeat("answer_MulLayer").drop("given-imports")).notes)
    assert "answer_MulLayer" in told
    assert "put back" in told


def test_figures_predictions_and_checks_are_not_run(solved: Any, graded: Any) -> None:
    solved.write("predict-tax", 'reveal("tax_step", "b")')
    outputs = {cell["id"]: cell.get("outputs") for cell in graded(solved).notebook["cells"]}
    assert outputs["given-figure"] == []
    assert outputs["predict-tax"] == []


def test_an_older_release_keeps_its_answers(solved: Any, graded: Any) -> None:
    solved["given-title"]["id"] = "given-older"
    solved["given-older"]["metadata"]["nbgrader"]["grade_id"] = "given-older"
    solved["given-older"]["source"] = "# A smaller chapter"
    result = graded(solved)
    assert result.points == 10
    assert "older release" in " ".join(result.notes)
    assert "A smaller chapter" not in str(result.notebook)
