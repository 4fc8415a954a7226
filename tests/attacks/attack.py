"""One hostile, damaged or odd submission as data, and how it is handed in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CH1, CH3 = "ch1_computational_graphs", "ch3_affine_softmax"
CH4, CH5 = "ch4_deep_relu", "ch5_optimizers"

HONEST = {
    CH1: (("AddLayer", "Branch"), 5.0),
    CH3: (("softmax",), 4.0),
    CH4: (("indicator_function",), 2.0),
    CH5: (("SGD",), 2.0),
}
"""What every notebook answers honestly beside its attack, and the points of that."""

FIRST_ANSWER = {CH1: "MulLayer", CH3: "Affine", CH4: "compute_network_output", CH5: "SGD"}

Notebook = dict[str, Any]
Place = Callable[[Path, bytes, Mapping[str, str]], object]


@dataclass(frozen=True)
class Attack:
    """One submission: what it does, the points it deserves, and words that its student is told.

    `first` is a code cell above the first answer; `answers` replace released ones; `change` may do
    anything to the notebook, `content` to its bytes, and `place` puts them into the folder. `names`
    is the student's folder, where that is the attack. By default it deserves the points of its
    honest answers. It is handed in where the class is graded by one of `routes`; those in
    `ungraded_by` can't grade it, and say so. Words such as @HOME@ stand for places of the class
    (see `conftest`).
    """

    name: str
    does: str
    told: tuple[str, ...] = ()
    points: float | None = None
    chapter: str = CH1
    first: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    solved: tuple[str, ...] | None = None
    change: Callable[[Notebook], object] = lambda notebook: None
    content: Callable[[bytes], bytes] = lambda data: data
    place: Place | None = None
    names: str = ""
    ungraded_by: tuple[str, ...] = ()
    routes: tuple[str, ...] = ("course", "nbgrader")

    @property
    def student(self) -> str:
        return self.names or self.name

    @property
    def deserved(self) -> float:
        return HONEST[self.chapter][1] if self.points is None else self.points

    def deserved_by(self, route: str) -> float | None:
        """The score in the gradebook; None where it has none."""
        return None if route in self.ungraded_by else self.deserved

    def notebook(self) -> Notebook:
        """The released notebook with its answers, and the attack."""
        book = released(self.chapter)
        solved = HONEST[self.chapter][0] if self.solved is None else self.solved
        for name in solved:
            cell(book, f"answer_{name}")["source"] = solutions(self.chapter)[name]
        for name, source in self.answers.items():
            cell(book, f"answer_{name}")["source"] = source.strip()
        if self.first:
            add(book, self.first, above=f"answer_{FIRST_ANSWER[self.chapter]}")
        self.change(book)
        return book

    def hand_in(self, submitted: Path, words: Mapping[str, str]) -> None:
        """Put the submission where a class's submissions are collected."""
        folder = submitted / self.student / self.chapter
        data = json.dumps(self.notebook(), indent=1).encode()
        for word, meant in words.items():
            data = data.replace(f"@{word}@".encode(), meant.encode())
        data = self.content(data)
        if self.place is not None:
            self.place(folder, data, words)
            return
        folder.mkdir(parents=True)
        (folder / f"{self.chapter}.ipynb").write_bytes(data)


def released(chapter: str) -> Notebook:
    """A fresh copy of a chapter's released notebook."""
    return copy.deepcopy(_read(ROOT / "release" / chapter / f"{chapter}.ipynb"))


@cache
def solutions(chapter: str) -> dict[str, str]:
    """The solved answers of a chapter by name."""
    cells = _read(ROOT / "solutions" / f"{chapter}.ipynb")["cells"]
    roles = ((c["metadata"].get("course", {}), c["source"]) for c in cells)
    return {role["answer"]: source for role, source in roles if "answer" in role}


@cache
def _read(path: Path) -> Notebook:
    book = json.loads(path.read_text(encoding="utf-8"))
    for one in book["cells"]:
        one["source"] = "".join(one["source"])
    return book


def cell(book: Notebook, name: str) -> Any:
    """The cell of a notebook with this id."""
    return next(cell for cell in book["cells"] if cell.get("id") == name)


def add(book: Notebook, source: str, above: str = "", kind: str = "code") -> Any:
    """A cell of the student's own, above another one or at the end."""
    new: Any = {"cell_type": kind, "id": f"own-{len(book['cells'])}", "metadata": {}}
    new["source"] = source.strip("\n")
    if kind == "code":
        new |= {"execution_count": None, "outputs": []}
    at = book["cells"].index(cell(book, above)) if above else len(book["cells"])
    book["cells"].insert(at, new)
    return new


def solved_all(chapter: str) -> tuple[str, ...]:
    """The names of all answers of a chapter."""
    return tuple(solutions(chapter))
