"""Every real chapter, solved: whatever stands around the answers, they keep their points."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from course.grading.asking import open_box
from course.grading.grader import Result, grade
from course.grading.wall import choose
from course.session import LocalSession

Habit = Callable[[Any], Any]
HABITS: dict[str, tuple[Habit, str]] = {}


def habit(claim: str, note: str = "") -> Callable[[Habit], Habit]:
    """Keep a habit under its name, and a word of the note that a student must be told."""

    def keep(function: Habit) -> Habit:
        HABITS[claim] = (function, note)
        return function

    return keep


def before_each_return(line: str) -> Callable[[str], str]:
    return lambda source: re.sub(r"^( +)(?=return )", rf"\1{line}\n\1", source, flags=re.MULTILINE)


def answers(book: Any, how: Callable[[str], str]) -> Any:
    return book.change(book.ids("answer"), how)


def code_of(book: Any, role: str) -> list[str]:
    return [name for name in book.ids(role) if book[name]["cell_type"] == "code"]


@habit("imports of libraries that grading doesn't have, above each answer")
def _(book: Any) -> None:
    answers(book, lambda s: f"import torch\nfrom tqdm import tqdm\n{s}")


@habit("such imports among the given ones", "given")
def _(book: Any) -> None:
    book.change(book.given[:1], lambda s: f"import pandas as pd\n{s}")


@habit("Colab's drive mounted above each answer")
def _(book: Any) -> None:
    answers(book, lambda s: f"from google.colab import drive\ndrive.mount('/content')\n{s}")


@habit("an attempt that raises above each answer, in its cell")
def _(book: Any) -> None:
    answers(book, lambda s: f"print([][0])\nn = int('three')\n{s}")


@habit("an attempt that raises below each answer, in its cell")
def _(book: Any) -> None:
    answers(book, lambda s: f"{s}\nprint([][0])")


@habit("a constant that follows an import which fails")
def _(book: Any) -> None:
    book.add("import seaborn\nseaborn.set_theme()\nlimit = 3", below=book.given[0])
    answers(book, before_each_return("limit"))


@habit("a helper defined at the end of the notebook", "Checked below")
def _(book: Any) -> None:
    book.add("def helper(x):\n    return x")
    answers(book, before_each_return("helper(1)"))


@habit("a helper defined in a figure's cell")
def _(book: Any) -> None:
    book.change(book.ids("demo")[:1], lambda s: f"def helper(x):\n    return x\n{s}")
    answers(book, before_each_return("helper(1)"))


@habit("a helper defined in a prediction's cell")
def _(book: Any) -> None:
    book.change(code_of(book, "predict")[:1], lambda s: f"def helper(x):\n    return x\n{s}")
    answers(book, before_each_return("helper(1)"))


@habit("a helper defined in a check's cell")
def _(book: Any) -> None:
    book.change(book.ids("exercise")[:1], lambda s: f"def helper(x):\n    return x\n{s}")
    answers(book, before_each_return("helper(1)"))


@habit("a name that a released figure defines", "figure or experiment was run")
def _(book: Any) -> None:
    found = (re.match(r"(\w+) = [\[{(\d]", book[name]["source"]) for name in book.ids("demo"))
    name = next((match[1] for match in found if match), "")
    book.change(book.ids("answer")[-1:], before_each_return(name))


@habit("a base class defined at the end of the notebook", "repeated further down")
def _(book: Any) -> None:
    book.add("class Layer:\n    pass\n\n\ndef traced(function):\n    return function")
    answers(book, lambda s: re.sub(r"^class (\w+):", r"class \1(Layer):", s, flags=re.MULTILINE))
    answers(book, lambda s: re.sub(r"^(?=class|def)", "@traced\n", s, flags=re.MULTILINE))


@habit("other names, asked for by their checks")
def _(book: Any) -> None:
    names = [book[name]["metadata"]["course"]["answer"] for name in book.ids("answer")]
    pattern = re.compile(rf"\b({'|'.join(names)})\b(?!\")")
    code = [cell["id"] for cell in book.cells if cell["cell_type"] == "code"]
    book.change(code, lambda s: pattern.sub(r"My\1", s))


@habit("other names, asked for by checks that are kept, metadata lost", "metadata is lost")
def _(book: Any) -> None:
    HABITS["other names, asked for by their checks"][0](book)
    book.change(book.ids("exercise"), lambda s: f"verdict = {s}").lose_metadata(ids=True)


@habit("methods written in cells of their own and attached")
def _(book: Any) -> None:
    for name in book.ids("answer"):
        source = book[name]["source"]
        found = re.search(
            r"^    def backward\(.*?(?=^    def |\Z)", source, re.DOTALL | re.MULTILINE
        )
        if source.startswith("class") and found:
            answer = book[name]["metadata"]["course"]["answer"]
            method = re.sub("^    ", "", found[0], flags=re.MULTILINE)
            book.write(name, source.replace(found[0], ""))
            book.add(f"{method}\n{answer}.backward = backward", below=name)


@habit("prints and warnings in every call")
def _(book: Any) -> None:
    answers(book, before_each_return("import warnings; warnings.warn('slow'); print('here')"))


@habit("names in Korean, and full-width characters in strings")
def _(book: Any) -> None:
    book.add("def 함수(값):\n    return 값", below=book.given[0])
    answers(book, before_each_return("결과 = 함수('값 （전각）：１')  # “주석”"))


@habit("a dataset of 200 kB pasted in a cell", "left out")
def _(book: Any) -> None:
    book.add(f"table = '{'1,2;' * 50_000}'", below=book.given[0])


@habit("definitions by `exec`")
def _(book: Any) -> None:
    answers(book, lambda s: f"exec({s!r})")


@pytest.mark.parametrize("claim", HABITS)
def test_a_habit_costs_no_points(
    claim: str, chapters: Any, stand_in_box: Any, real_chapters: list[str]
) -> None:
    change, note = HABITS[claim]
    # One chapter each: the next habit meets the next chapter.
    chapter = real_chapters[list(HABITS).index(claim) % len(real_chapters)]
    book, _, material = chapters(chapter)
    change(book)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"student": "ann", "material": material, "seed": b"s" * 32}
        result = grade(book.data(), box=stand_in_box, **options)
    deserved = {name: exercise.points for name, exercise in material.exercises.items()}
    assert {v.exercise: v.points for v in result.verdicts} == deserved
    assert note in " ".join(result.notes)


def test_settings_of_numpy_elsewhere_do_not_make_an_answer_raise() -> None:
    def small(x: Any) -> Any:
        return np.exp(-x)

    with np.errstate(all="raise"):
        reply = LocalSession({"small": small}).call("small", None, np.array([1000.0]))
        assert np.geterr()["under"] == "raise"
    assert reply.error is None
    assert reply.value.tolist() == [0.0]
    assert reply.warnings == ()


def test_an_answer_may_still_have_numpy_raise() -> None:
    def careful(x: Any) -> Any:
        with np.errstate(all="raise"):
            return np.exp(x)

    reply = LocalSession({"careful": careful}).call("careful", None, np.array([1000.0]))
    assert reply.error is not None
    assert reply.error.type == "FloatingPointError"


# What only a real box can be asked: magics, the shell's state, time, what ends a process.


def in_the_box(book: Any, material: Any) -> Result:
    options = {"student": "ann", "material": material, "seed": b"s" * 32}
    return grade(book.data(), box=partial(open_box, choose()), **options)


FIDDLING = """import warnings
import matplotlib
import numpy as np
np.set_printoptions(precision=1)
np.random.seed(0)
np.seterr(all="raise")
warnings.simplefilter("error")
matplotlib.rcParams["figure.figsize"] = (1, 1)
matplotlib.use("TkAgg")"""

NOISE = """import logging, sys
for line in range(5000): print("line", line)
for step in range(3000): print("\\r", step, end="")
print("x" * 300_000, file=sys.stderr)
logging.basicConfig(level=0)
logging.warning("loud")"""


def a_lively_notebook(book: Any) -> None:
    """Much of what students do, in one notebook."""
    first, second, third, *rest = book.ids("answer")
    given = book.given
    book.add(FIDDLING, below=book.given[0]).add(NOISE, below=book.given[0])
    book.add("%matplotlib widget\n!pip install x\n%pip install y\nprint?\n%load_ext autoreload")
    book.change([first], lambda s: f"%%time\n{s}")
    book.change([second], lambda s: f"%autosave 60\n%tensorflow_version 2.x\n{s}")
    book.change([third], lambda s: f"%%wandb\n{s}")
    book.change(rest, before_each_return("print('here')"))
    book.add("%reset -f", below=third)
    for ending in ("import sys; sys.exit()", "quit()", "n = input()", "1 / 0", "raise SystemExit"):
        book.add(ending, below=first)
    book.add("import os\nos._exit(1)", below=second)
    book.repeat(first).drop(*given)


@pytest.mark.slow
@pytest.mark.wall
def test_a_lively_notebook_keeps_its_points_in_the_box(chapter: str, chapters: Any) -> None:
    book, _, material = chapters(chapter)
    a_lively_notebook(book)
    result = in_the_box(book, material)
    deserved = {name: exercise.points for name, exercise in material.exercises.items()}
    assert {v.exercise: v.points for v in result.verdicts} == deserved
    told = " ".join(result.notes)
    for word in ("put back", "more than once", "%%"):
        assert word in told
    assert len(result.flags) == 1
    assert "left out" in result.flags[0]


@pytest.mark.slow
@pytest.mark.wall
def test_experiments_that_never_end_leave_time_for_the_answers(chapters: Any) -> None:
    book, _, material = chapters("ch1_computational_graphs")
    for name in book.ids("answer"):
        book.add("import time\ntime.sleep(1000)", below=name)
    result = in_the_box(book, material)
    assert result.points == result.out_of
    assert result.seconds < 30


@pytest.mark.wall
def test_a_smart_quote_is_named_where_the_answer_is_missed(chapters: Any) -> None:
    book, _, material = chapters("ch1_computational_graphs")
    book.change(["answer_MulLayer"], lambda s: s.replace('"""', "“", 1))
    result = in_the_box(book, material)
    (verdict,) = (v for v in result.verdicts if v.exercise == "mul_layer")
    assert verdict.points == 0
    assert "U+201C" in verdict.findings[0].text
    assert "line 2" in verdict.findings[0].text
