"""Every real chapter, solved: whatever happened to its cells, each answer is where its check looks.

Nothing is run here. What a check would find is read from the rebuilt plan.
"""

from __future__ import annotations

import copy
import html
import json
import random
import re
from collections.abc import Callable
from typing import Any

import nbformat
import pytest

from course.grading import code, rebuilt
from course.grading.intake import read_cells
from course.grading.plan import Plan, make_plan

Damage = Callable[[Any], Any]
DAMAGE: dict[str, Damage] = {}


def damage(claim: str, note: str = "") -> Callable[[Damage], Damage]:
    """Keep a damage under its name, and a word of the note that a student must be told."""

    def keep(function: Damage) -> Damage:
        function.note = note  # type: ignore[attr-defined]
        DAMAGE[claim] = function
        return function

    return keep


def each(book: Any, kind: str = "") -> list[Any]:
    return [cell for cell in book.cells if kind in ("", cell["cell_type"])]


def retype(book: Any, kind: str, cells: list[Any]) -> None:
    for cell in cells:
        book.turn(cell["id"], kind)
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}


def empty(source: str = "") -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


# Tools that a notebook went through


@damage("nothing happened")
def _(book: Any) -> None:
    pass


@damage("ids and metadata lost", "metadata is lost")
def _(book: Any) -> None:
    book.lose_metadata(ids=True)


@damage("ids given anew")
def _(book: Any) -> None:
    for number, cell in enumerate(book.cells):
        cell["id"] = f"{number:08x}"


@damage("ids given anew and metadata dropped, as Deepnote and some LMS do", "metadata is lost")
def _(book: Any) -> None:
    for number, cell in enumerate(book.cells):
        cell["id"] = f"{number:032x}"
        cell["metadata"] = {"cell_id": cell["id"], "deepnote_cell_type": cell["cell_type"]}


@damage("as Kaggle keeps it", "metadata is lost")
def _(book: Any) -> None:
    for cell in book.cells:
        del cell["id"]
        cell["metadata"] = {"_uuid": "x", "execution": {"iopub.status.busy": "x"}, "trusted": True}
    book.minor = 4


@damage("as Colab keeps it")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["metadata"] = {"id": cell.pop("id"), "outputId": "x"}
        cell["source"] = cell["source"].splitlines(keepends=True)
    book.minor, book.metadata = 0, {"colab": {"provenance": []}}


@damage("ids in capitals, and no metadata", "metadata is lost")
def _(book: Any) -> None:
    for cell in book.cells:
        cell |= {"id": cell["id"].upper(), "metadata": {}}


@damage("run by papermill")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["metadata"]["papermill"] = {"duration": 1, "status": "completed"}
    book.cells.insert(0, {**empty("# Parameters"), "metadata": {"tags": ["injected-parameters"]}})


@damage("annotated by nbconvert, metadata lost", "metadata is lost")
def _(book: Any) -> None:
    for number, cell in enumerate(each(book, "code")):
        cell["source"] = f"# In[{number}]:\n\n\n{cell['source']}"
    book.lose_metadata(ids=True)


@damage("brought back by jupytext from a script")
def _(book: Any) -> None:
    jupytext = pytest.importorskip("jupytext")
    text = jupytext.writes(nbformat.from_dict(json.loads(book.data())), "py:percent")
    book.cells = json.loads(nbformat.writes(jupytext.reads(text, "py:percent")))["cells"]


@damage("down to format 3 and up again", "metadata is lost")
def _(book: Any) -> None:
    book.lose_metadata()
    old = nbformat.convert(nbformat.from_dict(json.loads(book.data())), 3)
    book.cells = json.loads(nbformat.writes(nbformat.convert(old, 4)))["cells"]


@damage("the text escaped as HTML", "escaped")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["source"] = html.escape(cell["source"])


@damage("the text escaped as HTML, metadata lost", "escaped")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["source"] = html.escape(cell["source"])
    book.lose_metadata(ids=True)


@damage("lines listed without their ends")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["source"] = cell["source"].split("\n")


@damage("state of widgets, attachments, and outputs of a megabyte")
def _(book: Any) -> None:
    book.metadata["widgets"] = {"state": {str(n): {"model": [n] * 9} for n in range(2000)}}
    for cell in book.cells:
        cell["attachments"] = {"image.png": {"image/png": "A" * 9000}}
    output = {"output_type": "stream", "name": "stdout", "text": ["a line\n"] * 100_000}
    each(book, "code")[0]["outputs"] = [output]


# Characters


@damage("Windows lines")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["source"] = cell["source"].replace("\n", "\r\n")


@damage("old Macintosh lines, metadata lost", "metadata is lost")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["source"] = cell["source"].replace("\n", "\r")
    book.lose_metadata(ids=True)


@damage("lines of Unicode", "nobody sees")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["source"] = cell["source"].replace("\n", "\u2028")


@damage("form feeds, and blanks at the ends of lines", "metadata is lost")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["source"] = "\f\n" + cell["source"].replace("\n", "  \t\n") + "  \n\n\n"
    book.lose_metadata(ids=True)


@damage("no-break spaces in the code, as copied from a page", "nobody sees")
def _(book: Any) -> None:
    for cell in each(book, "code"):
        cell["source"] = cell["source"].replace("  ", "\u00a0 ")


@damage("no-break spaces everywhere, metadata lost", "nobody sees")
def _(book: Any) -> None:
    for cell in book.cells:
        cell["source"] = cell["source"].replace(" ", "\u00a0")
    book.lose_metadata(ids=True)


@damage("wide blanks of an East Asian keyboard", "nobody sees")
def _(book: Any) -> None:
    book.change(book.ids("answer"), lambda s: s.replace("    ", "\u3000" * 4))


@damage("marks of no width, and soft hyphens", "nobody sees")
def _(book: Any) -> None:
    book.change(
        book.ids("answer"), lambda s: "\ufeff" + s.replace("(", "(\u200b").replace("re", "re\u00ad")
    )


@damage("tabs for indents")
def _(book: Any) -> None:
    book.change(book.ids("answer"), lambda s: s.replace("    ", "\t"))


@damage("the whole cell indented")
def _(book: Any) -> None:
    book.change(book.ids("answer"), lambda s: re.sub("^(?=.)", "    ", s, flags=re.MULTILINE))


@damage("a magic that times each answer, and so defines nothing", "%%")
def _(book: Any) -> None:
    book.change(book.ids("answer"), lambda s: f"%%timeit -n 1 -r 1\n{s}")


@damage("a console's prompts pasted")
def _(book: Any) -> None:
    book.change(book.ids("answer"), lambda s: ">>> " + s.replace("\n", "\n... "))


# Cells added, repeated and deleted


@damage("empty cells everywhere")
def _(book: Any) -> None:
    book.cells = [made for cell in book.cells for made in (cell, empty(), empty(" \n"), empty())]


@damage("the whole notebook twice", "more than once")
def _(book: Any) -> None:
    book.cells += copy.deepcopy(book.cells)


@damage("the whole notebook three times, ids and metadata lost", "more than once")
def _(book: Any) -> None:
    book.cells += copy.deepcopy(book.cells) + copy.deepcopy(book.cells)
    book.lose_metadata(ids=True)


@damage("every cell twice", "more than once")
def _(book: Any) -> None:
    book.cells = [copy.deepcopy(cell) for cell in book.cells for _ in range(2)]


@damage("a fresh copy of the release pasted below", "more than once")
def _(book: Any) -> None:
    book.cells += book.released.cells


@damage("a fresh copy of the release pasted above, metadata lost", "more than once")
def _(book: Any) -> None:
    book.cells = book.released.cells + book.cells
    book.lose_metadata(ids=True)


@damage("the checks deleted", "Checked below")
def _(book: Any) -> None:
    book.drop(*book.ids("exercise"))


@damage("the checks commented out, metadata lost", "Checked below")
def _(book: Any) -> None:
    book.change(book.ids("exercise"), lambda s: f"# {s}").lose_metadata(ids=True)


@damage("the checks kept under a name, metadata lost", "metadata is lost")
def _(book: Any) -> None:
    book.change(book.ids("exercise"), lambda s: f"verdict = {s}").lose_metadata(ids=True)


@damage("the given code deleted", "put back")
def _(book: Any) -> None:
    book.drop(*book.given)


@damage("the given code emptied", "put back")
def _(book: Any) -> None:
    book.change(book.given, lambda s: "")


@damage("the given code commented out", "given")
def _(book: Any) -> None:
    book.change(book.given, lambda s: re.sub("^", "# ", s, flags=re.MULTILINE))


@damage("a stray key in every given cell", "given")
def _(book: Any) -> None:
    book.change(book.given, lambda s: f"d{s}")


@damage("the given code twice", "more than once")
def _(book: Any) -> None:
    for name in book.given:
        book.repeat(name)


@damage("only the answers are left", "put back")
def _(book: Any) -> None:
    kept = {*book.ids("answer"), *book.ids("explain")}
    book.cells = [cell for cell in book.cells if cell["id"] in kept]
    book.lose_metadata(ids=True)


@damage("an older release, in other words and with other ids", "older release")
def _(book: Any) -> None:
    for cell in book.cells:
        if cell["id"].startswith("given-"):
            cell["id"] = cell["metadata"]["nbgrader"]["grade_id"] = f"old-{cell['id']}"
            older = cell["cell_type"] == "markdown"
            cell["source"] = (
                cell["source"].replace("the", "one") if older else f"# {cell['source']}"
            )


@damage("an older release, whose checks had other ids", "recognised")
def _(book: Any) -> None:
    for name in book.ids("exercise"):
        cell = book[name]
        cell["id"] = cell["metadata"]["nbgrader"]["grade_id"] = f"old-{name}"


# Cells moved, merged and turned


@damage("all code raw", "another kind")
def _(book: Any) -> None:
    retype(book, "raw", each(book, "code"))


@damage("the answers raw, metadata lost", "another kind")
def _(book: Any) -> None:
    retype(book, "raw", [book[name] for name in book.ids("answer")])
    book.lose_metadata(ids=True)


@damage("the answers as text, metadata lost", "another kind")
def _(book: Any) -> None:
    retype(book, "markdown", [book[name] for name in book.ids("answer")])
    book.lose_metadata(ids=True)


@damage("the given code as text, metadata lost", "another kind")
def _(book: Any) -> None:
    retype(book, "markdown", [book[name] for name in book.given])
    book.lose_metadata(ids=True)


@damage("all text as code, metadata lost", "another kind")
def _(book: Any) -> None:
    retype(book, "code", each(book, "markdown"))
    book.lose_metadata(ids=True)


@damage("the answers at the end", "Checked below")
def _(book: Any) -> None:
    answers = set(book.ids("answer"))
    book.sort(lambda cell: cell["id"] in answers)


@damage("the answers first")
def _(book: Any) -> None:
    answers = set(book.ids("answer"))
    book.sort(lambda cell: cell["id"] not in answers)


@damage("the checks first", "Checked below")
def _(book: Any) -> None:
    checks = set(book.ids("exercise"))
    book.sort(lambda cell: cell["id"] not in checks)


@damage("the given code at the end")
def _(book: Any) -> None:
    given = set(book.given)
    book.sort(lambda cell: cell["id"] in given)


@damage("the answers in reverse, at the end", "Checked below")
def _(book: Any) -> None:
    answers = book.ids("answer")
    places = {name: -at for at, name in enumerate(answers)}
    book.sort(lambda cell: (cell["id"] in places, places.get(cell["id"], 0)))


@damage("all cells in reverse", "Checked below")
def _(book: Any) -> None:
    book.cells.reverse()


@damage("all cells shuffled, metadata lost", "Checked below")
def _(book: Any) -> None:
    random.Random(1).shuffle(book.cells)
    book.lose_metadata(ids=True)


@damage("all answers in one cell, the first one's")
def _(book: Any) -> None:
    first, *rest = book.ids("answer")
    book.write(first, "\n\n".join(book[name]["source"] for name in (first, *rest))).drop(*rest)


@damage("all answers in one cell, the last one's", "Checked below")
def _(book: Any) -> None:
    *rest, last = book.ids("answer")
    book.write(last, "\n\n".join(book[name]["source"] for name in (*rest, last))).drop(*rest)


@damage("each answer and its check in one cell, metadata lost", "metadata is lost")
def _(book: Any) -> None:
    for name in book.ids("exercise"):
        objects = book[name]["metadata"]["course"]["objects"]
        holders = [i for i in book.ids("answer") if i.removeprefix("answer_") in objects]
        if holders:
            source = book[name]["source"]
            book.change(holders[-1:], lambda s, check=source: f"{s}\n\n{check}").drop(name)
    book.lose_metadata(ids=True)


@damage("all code in one cell, and no checks", "Checked below")
def _(book: Any) -> None:
    dropped = {*book.ids("exercise")}
    code_cells = [cell for cell in each(book, "code") if cell["id"] not in dropped]
    source = "\n\n".join(cell["source"] for cell in code_cells)
    book.cells = each(book, "markdown")
    book.add(source)


@damage("each answer pasted in the next one's cell")
def _(book: Any) -> None:
    names = book.ids("answer")
    sources = [book[name]["source"] for name in names]
    for name, source in zip(names, sources[-1:] + sources[:-1], strict=True):
        book.write(name, source)


@damage("each answer commented out and pasted below")
def _(book: Any) -> None:
    for name in book.ids("answer"):
        book.add(book[name]["source"], below=name)
        book.change([name], lambda s: re.sub("^", "# ", s, flags=re.MULTILINE))


@damage("each answer below its stub, metadata lost", "more than once")
def _(book: Any) -> None:
    for name in book.ids("answer"):
        book.add(book[name]["source"], below=name).write(name, book.released[name]["source"])
    book.lose_metadata(ids=True)


@damage("the answers defined anew at the end, the checks deleted", "Checked below")
def _(book: Any) -> None:
    names = [book[name]["metadata"]["course"]["answer"] for name in book.ids("answer")]
    book.drop(*book.ids("exercise")).add("\n".join(f"{name} = None" for name in names))


@damage("an answer deleted by `del` above its check", "Checked below")
def _(book: Any) -> None:
    roles = [book[name]["metadata"]["course"] for name in book.ids("exercise")]
    needed = {name for role in roles for name in role["needs"]}
    for role in roles:
        above = book.cells[book.at(role["exercise"]) - 1]["id"]
        answers = role["objects"]
        # Without what is needed later, nothing could run in any order.
        if role["exercise"] not in needed and answers == [above.removeprefix("answer_")]:
            book.add(f"print({answers[0]})\ndel {answers[0]}", below=above)


@damage("figures and predictions edited")
def _(book: Any) -> None:
    predictions = [name for name in book.ids("predict") if book[name]["cell_type"] == "code"]
    book.change(book.ids("demo") + predictions, lambda s: f"{s}\nprint('mine')\nraise ValueError")


@damage("experiments of every sort between the cells")
def _(book: Any) -> None:
    for name in book.ids("answer"):
        for source in ("1 / 0", "def f(:", "%%html\n<b>", "x = input()", "import nowhere", "del x"):
            book.add(source, below=name)


def plan_of(book: Any, material: Any) -> Plan:
    return make_plan(read_cells(book.data(), "ann.ipynb"), material.released)


def found_by_checks(plan: Plan, objects: dict[str, tuple[str, ...]]) -> dict[str, set[Any]]:
    """For each exercise, what the definitions of its objects were where it was checked."""
    now: dict[str, str] = {}
    found: dict[str, set[Any]] = {name: set() for name in objects}
    for step in plan.steps:
        if step.check:
            found[step.check].add(tuple(now.get(name, "") for name in objects[step.check]))
        elif step.runs and not step.reading.reads - now.keys():
            now |= dict.fromkeys(step.reading.binds, "") | step.defines
            for name in step.reading.forgets:
                now.pop(name, None)
    return found


@pytest.mark.parametrize("claim", DAMAGE)
def test_every_check_finds_its_answer(claim: str, chapter: str, chapters: Any) -> None:
    book, book.released, material = chapters(chapter)
    right = {cell.answer: cell for cell in material.released.cells if cell.answer}
    wanted = {}
    for name in right:
        wanted |= code.read(book[right[name].id]["source"]).definitions
    DAMAGE[claim](book)
    plan = plan_of(book, material)
    objects = material.released.exercises
    found = found_by_checks(plan, objects)
    lost = [n for n, o in objects.items() if tuple(wanted[one] for one in o) not in found[n]]
    assert lost == []
    assert DAMAGE[claim].note in " ".join(plan.notes)  # type: ignore[attr-defined]
    if claim == "nothing happened":
        assert plan.notes == ()


@pytest.mark.parametrize("claim", DAMAGE)
def test_the_rebuilt_notebook_is_valid_and_holds_each_released_cell_once(
    claim: str, chapters: Any
) -> None:
    chapter = "ch2_activation_layers"
    book, book.released, material = chapters(chapter)
    answered = [cell["source"] for cell in book.cells if cell["id"] in book.ids("explain")]
    DAMAGE[claim](book)
    facts = {"points": 0, "out_of": 1, "bonus": 0, "status": "graded", "notes": []}
    plan = plan_of(book, material)
    made = rebuilt.compose(plan, material.released, verdicts={}, facts=facts)
    nbformat.validate(nbformat.from_dict(made))
    names = [cell["id"] for cell in made["cells"]]
    twice_or_missing = [
        cell.id
        for cell in material.released.cells
        if names.count(cell.id) != 1 and not (cell.answer and names.count(cell.id) == 0)
    ]
    assert twice_or_missing == []
    kept = {cell["id"]: cell["source"] for cell in made["cells"]}
    for cell, text in zip((c for c in material.released.cells if c.explain), answered, strict=True):
        assert code.same(kept[cell.id], rebuilt.inert(text))
