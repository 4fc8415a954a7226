"""Real notebooks with anything changed in them: they end in answers, or in one sentence."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st

from course.grading import code, rebuilt
from course.grading.intake import Refused, read_cells
from course.grading.plan import Plan, Released, make_plan, read_released

EXAMPLES = os.environ.get("FUZZ_EXAMPLES")
FUZZ = settings(
    max_examples=int(EXAMPLES or 200), deadline=None, database=None, derandomize=not EXAMPLES
)

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(path.name for path in (ROOT / "release").iterdir())
NAME = "ann/ch1/ch1.ipynb"
MOST_SECONDS = 20.0
FACTS = {"points": 0, "out_of": 1, "bonus": 0, "status": "graded", "notes": []}

Book = dict[str, Any]
Change = Callable[[Book, random.Random], None]

ODD = (
    *(None, True, False, -1, 0, 1, 4, 10**30, 0.5, 1e308, float("nan"), float("inf")),
    *("", "x", "code", "markdown", "raw", "\0", "\ud800", "\u202e", "x" * 5000, "\r", "\ufeff"),
    *(
        [],
        [None],
        ["a", "b"],
        [1, "a"],
        {},
        {"id": 3},
        {"nbgrader": 3},
        {"nbgrader": {"grade_id": []}},
    ),
)
PIECES = (
    *("\u2028", "\u00a0", "\u200b", "\u202e", "\ud800", "\x00", "\x0c", "\r", "\ufeff", "\x1b[2J"),
    *("<script>", "&lt;", "%%time\n", "%%bash\n", "!ls\n", "(", "}", '"""', "'", "\\", "\t", "그"),
    *("check(", "check('mul_layer', MulLayer)", "class MulLayer: pass\n", "del np\n", "import a\n"),
    *("# TO DO 1.1: ", "from numpy import *\n", ">>> ", "In [3]: ", "lambda: (yield)", "print?"),
)


@cache
def chapter(name: str) -> tuple[str, Released]:
    """The solved notebook of a chapter as JSON, and the released one."""
    text = (ROOT / "solutions" / f"{name}.ipynb").read_text(encoding="utf-8")
    book = json.loads(text)
    for cell in book["cells"]:
        cell["source"] = "".join(cell["source"])
        if "outputs" in cell:
            cell["outputs"] = [o for o in cell["outputs"] if o["output_type"] == "stream"]
    return json.dumps(book), read_released(ROOT / "release" / name / f"{name}.ipynb")


def cells_of(book: Book) -> list[Any]:
    cells = book.get("cells")
    return cells if isinstance(cells, list) else []


# Changes that may cost an answer


def drop_cells(book: Book, pick: random.Random) -> None:
    for _ in range(pick.choice([1, 3, 30])):
        if cells := cells_of(book):
            del cells[pick.randrange(len(cells))]


def shuffle_some(book: Book, pick: random.Random) -> None:
    if cells := cells_of(book):
        start = pick.randrange(len(cells))
        part = cells[start : start + pick.choice([2, 5, 50])]
        pick.shuffle(part)
        cells[start : start + len(part)] = part


def merge(book: Book, pick: random.Random) -> None:
    if len(cells := cells_of(book)) > 1:
        at = pick.randrange(len(cells) - 1)
        one, other = cells[at : at + 2]
        if isinstance(one, dict) and isinstance(other, dict):
            one["source"] = f"{one.get('source')}\n{other.get('source')}"
            del cells[at + 1]


def split(book: Book, pick: random.Random) -> None:
    if cells := cells_of(book):
        at = pick.randrange(len(cells))
        if isinstance(cells[at], dict) and isinstance(source := cells[at].get("source"), str):
            lines = source.split("\n")
            cut = pick.randrange(len(lines))
            cells.insert(at + 1, {**cells[at], "source": "\n".join(lines[cut:])})
            cells[at] = {**cells[at], "source": "\n".join(lines[:cut])}


def write_into(book: Book, pick: random.Random) -> None:
    for _ in range(pick.choice([1, 1, 10])):
        if cells := cells_of(book):
            cell = pick.choice(cells)
            if isinstance(cell, dict) and isinstance(source := cell.get("source"), str):
                at = pick.randrange(len(source) + 1)
                piece = pick.choice(PIECES) * pick.choice([1, 1, 1, 50])
                cell["source"] = source[:at] + piece + source[at:]


def exchange_ids(book: Book, pick: random.Random) -> None:
    cells = [cell for cell in cells_of(book) if isinstance(cell, dict)]
    if len(cells) > 1:
        one, other = pick.sample(cells, 2)
        one["id"], other["id"] = other.get("id"), pick.choice([one.get("id"), other.get("id")])


def change_anywhere(book: Book, pick: random.Random) -> None:
    """Something odd at any place of the JSON."""
    here: Any = book
    while True:
        keys = list(here) if isinstance(here, dict) else range(len(here))
        if not keys:
            return
        key = pick.choice(list(keys))
        inner = here[key]
        if isinstance(inner, dict | list) and inner and pick.random() < 0.8:
            here = inner
            continue
        if pick.random() < 0.2:
            del here[key]
        else:
            here[key] = copy.deepcopy(pick.choice(ODD))
        return


def grow(book: Book, pick: random.Random) -> None:
    if cells := cells_of(book):
        at = pick.randrange(len(cells))
        if pick.random() < 0.5:
            room = 10**7 // len(json.dumps(cells[at]))
            cells += [cells[at]] * min(pick.choice([50, 400, 2000]), room)
        elif isinstance(cells[at], dict):
            piece = pick.choice(["x", "(", "[" * 9, "a\n", "'", "é", "not "])
            source = piece * pick.choice([2000, 30_000, 200_000])
            cells[at] = {**cells[at], "source": source}


# Changes that cost none


def double(book: Book, pick: random.Random) -> None:
    if cells := cells_of(book):
        at = pick.randrange(len(cells))
        cells.insert(at + 1, copy.deepcopy(cells[at]))


def add_empty_cells(book: Book, pick: random.Random) -> None:
    cells = cells_of(book)
    for _ in range(pick.choice([1, 30])):
        kind = pick.choice(["code", "markdown", "raw"])
        blank = {"cell_type": kind, "metadata": {}, "source": pick.choice(["", [], "\n \n"])}
        cells.insert(pick.randrange(len(cells) + 1), blank)


def lose_names(book: Book, pick: random.Random) -> None:
    for cell in cells_of(book):
        if pick.random() < 0.7:
            cell["metadata"] = {}
        if pick.random() < 0.7:
            cell["id"] = f"{pick.randrange(10**9):09d}"


def turn(book: Book, pick: random.Random) -> None:
    cell = pick.choice([cell for cell in cells_of(book) if cell["cell_type"] == "code"])
    if cell.get("metadata"):
        cell["cell_type"] = pick.choice(["raw", "markdown"])


def change_ends(book: Book, pick: random.Random) -> None:
    for cell in cells_of(book):
        if isinstance(cell["source"], str):
            end = pick.choice(["\n", "\r\n", "\r", " \n"])
            cell["source"] = cell["source"].replace("\n", end).splitlines(keepends=True)


def fill_outputs(book: Book, pick: random.Random) -> None:
    for cell in cells_of(book):
        if cell["cell_type"] == "code" and pick.random() < 0.3:
            cell["outputs"] = copy.deepcopy(pick.choice(ODD))
            cell["execution_count"] = copy.deepcopy(pick.choice(ODD))


def fill_metadata(book: Book, pick: random.Random) -> None:
    book["metadata"] = {
        pick.choice(["kernelspec", "widgets", "x"]): copy.deepcopy(pick.choice(ODD))
    }
    book["nbformat_minor"] = pick.choice([0, 4, 5, 99])


def add_experiments(book: Book, pick: random.Random) -> None:
    cells = cells_of(book)
    for _ in range(pick.choice([1, 10])):
        source = pick.choice(
            ["1 / 0", "def f(:", "x = 3\nx", "%pip install y", "import torch", "“"]
        )
        cells.insert(pick.randrange(len(cells) + 1), {"cell_type": "code", "source": source})


HARMLESS: tuple[Change, ...] = (
    *(double, add_empty_cells, lose_names, turn, change_ends),
    *(fill_outputs, fill_metadata, add_experiments),
)
HARMFUL: tuple[Change, ...] = (
    *(drop_cells, shuffle_some, merge, split, write_into, exchange_ids),
    *(change_anywhere, change_anywhere, change_anywhere, grow),
)


def spoil(data: bytes, pick: random.Random) -> bytes:
    """The bytes of a file on which something went wrong."""
    at, size = pick.randrange(len(data)), pick.choice([1, 1, 3, 100])
    noise = (
        *(
            pick.randbytes(size),
            b"[" * size,
            b'{"' * size,
            b"\\" * size,
            b"\xed\xa0\x80",
            b"\0" * size,
        ),
        *(b"\xef\xbb\xbf", b"NaN", b"1" * 5000, b"1e999", b'"cells": [], ', b"[" * 70, b"\\ud800"),
    )
    return pick.choice(
        (
            data[:at],
            data[:at] + data[at + size :],
            data[:at] + pick.choice(noise) + data[at:],
            data[:at] + pick.choice(noise) + data[at + size :],
            pick.choice(noise) + data,
            data + pick.choice(noise),
            data.decode("utf-8", "replace").encode("utf-16"),
            data.replace(
                b'"source"', pick.choice((b'"Source"', b'"id"', b'"source":"x","source"'))
            ),
        )
    )


changes = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 2**32)), max_size=6)


def changed(name: str, picked: list[tuple[int, int]], kinds: tuple[Change, ...]) -> bytes:
    book = json.loads(chapter(name)[0])
    for kind, seed in picked:
        kinds[kind % len(kinds)](book, random.Random(seed))
    return json.dumps(book).encode("utf-8", "surrogatepass")


def plan_or_sentence(data: bytes, released: Released) -> Plan | str:
    try:
        submission = read_cells(data, NAME)
    except Refused as refusal:
        return str(refusal)
    return make_plan(submission, released)


@FUZZ
@given(st.sampled_from(CHAPTERS), changes, st.lists(st.integers(0, 2**32), max_size=2))
def test_a_changed_notebook_ends_in_answers_or_in_one_sentence(
    tally: Any, name: str, picked: list[tuple[int, int]], spoilt: list[int]
) -> None:
    released = chapter(name)[1]
    data = changed(name, picked, HARMFUL + HARMLESS[:1])
    for seed in spoilt:
        data = spoil(data, random.Random(seed)) or b"x"
    with tally.one("notebooks") as ended:
        found = plan_or_sentence(data, released)
        if isinstance(found, str):
            assert found.startswith(NAME)
            assert found.endswith(".")
            assert "\n" not in found
            assert len(found) < 400
            ended.append("refused")
        else:
            made = rebuilt.compose(found, released, verdicts={}, facts=FACTS)
            json.dumps(made, allow_nan=False).encode("utf-8")
            nbformat.validate(nbformat.from_dict(made))
            checked = {step.check for step in found.steps if step.check}
            assert checked == set(released.exercises)
            ended.append("answered")
    assert tally.slowest["notebooks"] < MOST_SECONDS


def intact(plan: Plan, right: dict[str, str]) -> set[str]:
    """The answers that are in the plan as they were, with a check somewhere below them."""
    last_check = max(at for at, step in enumerate(plan.steps) if step.check)
    return {
        name
        for at, step in enumerate(plan.steps)
        for name, shape in step.defines.items()
        if at < last_check and right.get(name) == shape
    }


@FUZZ
@given(st.sampled_from(CHAPTERS), changes)
def test_a_notebook_whose_answers_are_intact_keeps_them(
    tally: Any, name: str, picked: list[tuple[int, int]]
) -> None:
    text, released = chapter(name)
    names = {one for objects in released.exercises.values() for one in objects}
    right: dict[str, str] = {}
    for cell in json.loads(text)["cells"]:
        if "answer" in cell["metadata"].get("course", {}):
            right |= code.read(cell["source"]).definitions
    data = changed(name, picked, HARMLESS)
    with tally.one("intact notebooks") as ended:
        found = plan_or_sentence(data, released)
        assert isinstance(found, Plan), found
        assert names <= intact(found, right)
        ended.append("kept")
