"""A sample class for chapter 1: twelve students, and the points each of them deserves.

Each submission is the released notebook with answers filled in: solved, half done, wrong the way
people are wrong, damaged on its way, or hostile.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHAPTER = "ch1_computational_graphs"

SWAPPED = """
class MulLayer:
    def __init__(self):
        self.x = self.y = None

    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.x, dout * self.y
"""

UPSTREAM_FORGOTTEN = """
class AddLayer:
    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return 1.0, 1.0
"""

ONE_LAYER_FOR_TWO_NODES = """
def apple_graph(apple, num, tax):
    mul = MulLayer()
    price = mul.forward(mul.forward(apple, num), tax)
    dapple_price, dtax = mul.backward(1.0)
    dapple, dnum = mul.backward(dapple_price)
    return price, (dapple, dnum, dtax)
"""

ONE_PATH_ONLY = """
class Branch:
    def forward(self, x):
        return x, x

    def backward(self, d1, d2):
        return d1
"""

ONE_SIDED = """
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    here = f(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        gradient[index] = (f(x) - here) / h
        x[index] = kept
    return gradient
"""

ZEROS = """
class MulLayer:
    def forward(self, x, y):
        return 0.0 * x

    def backward(self, dout):
        return 0.0 * dout, 0.0 * dout
"""

COMPARISONS_REPLACED = """
import builtins
import numpy as np

np.allclose = np.isclose = np.array_equal = lambda *given, **named: True
np.abs = np.absolute = np.max = lambda *given, **named: 0.0
np.testing.assert_allclose = lambda *given, **named: None
builtins.abs = lambda value: 0.0
"""

KILLS_THE_PROCESS = "import os\n\nos._exit(0)\n"

NEVER_ENDS = """
def count_wrong(analytic, numeric, tol=1e-7):
    while True:
        pass
"""


@dataclass(frozen=True)
class Student:
    """One student: what the submission is, and the points (and bonus) it deserves."""

    name: str
    story: str
    points: float
    bonus: float = 9.0
    answers: Mapping[str, str] = field(default_factory=dict)
    solved: Callable[[str], bool] = lambda name: True
    change: Callable[[list[Any]], None] = lambda cells: None


FIRST_FIVE = {"MulLayer", "AddLayer", "apple_graph", "fruit_graph", "chain_square_sum"}


def _lose_metadata(cells: list[Any]) -> None:
    for cell in cells:
        cell["metadata"] = {}
        del cell["id"]


def _copy_cells(cells: list[Any]) -> None:
    """The answer and the check of 1.1 once more, ids and all, as a careless paste leaves them."""
    first = next(n for n, cell in enumerate(cells) if cell["id"] == "mul_layer")
    cells[first + 1 : first + 1] = copy.deepcopy(cells[first - 1 : first + 1])


def _add_cell_above(source: str, place: str) -> Callable[[list[Any]], None]:
    def change(cells: list[Any]) -> None:
        above = next(n for n, cell in enumerate(cells) if cell["id"] == place)
        cells.insert(
            above,
            {
                "cell_type": "code",
                "execution_count": None,
                "id": "added-by-hand",
                "metadata": {},
                "outputs": [],
                "source": source,
            },
        )

    return change


STUDENTS: tuple[Student, ...] = (
    Student("ada", "everything right", 40.0),
    Student("ben", "half done", 19.0, 0.0, solved=lambda name: name in FIRST_FIVE),
    Student("chloe", "the two gradients of a product swapped", 38.0, answers={"MulLayer": SWAPPED}),
    Student(
        "dmitri", "the upstream gradient forgotten", 38.0, answers={"AddLayer": UPSTREAM_FORGOTTEN}
    ),
    Student(
        "emi", "one layer for two nodes", 38.0, answers={"apple_graph": ONE_LAYER_FOR_TWO_NODES}
    ),
    Student("farid", "one path of a fork only", 39.0, answers={"Branch": ONE_PATH_ONLY}),
    Student("gita", "a one-sided difference", 36.0, answers={"numeric_gradient": ONE_SIDED}),
    Student("hana", "all right, metadata and ids lost", 40.0, change=_lose_metadata),
    Student("ivan", "all right, cells duplicated", 40.0, change=_copy_cells),
    Student(
        "jun",
        "zeros, and NumPy's comparisons replaced",
        0.0,
        0.0,
        answers={"MulLayer": ZEROS},
        solved=lambda name: False,
        change=_add_cell_above(COMPARISONS_REPLACED, "answer_MulLayer"),
    ),
    Student("kofi", "a cell that kills the process", 38.0, answers={"Branch": KILLS_THE_PROCESS}),
    Student("lena", "an endless loop", 37.0, answers={"count_wrong": NEVER_ENDS}),
)


def write_class(folder: Path, release: Path, solution: Path) -> None:
    """Write `submitted/STUDENT/CHAPTER/CHAPTER.ipynb` for every student of the sample class.

    `release` and `solution` are the chapter's released and solved notebooks.
    """
    handed_out = json.loads(release.read_text(encoding="utf-8"))
    answers = {
        cell["metadata"]["course"]["answer"]: cell["source"]
        for cell in json.loads(solution.read_text(encoding="utf-8"))["cells"]
        if "answer" in cell["metadata"].get("course", {})
    }
    for student in STUDENTS:
        notebook = copy.deepcopy(handed_out)
        for cell in notebook["cells"]:
            name = cell["metadata"].get("course", {}).get("answer")
            if name in student.answers:
                cell["source"] = student.answers[name].strip()
            elif name is not None and student.solved(name):
                cell["source"] = answers[name]
        student.change(notebook["cells"])
        path = folder / "submitted" / student.name / CHAPTER / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
