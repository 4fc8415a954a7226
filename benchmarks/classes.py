"""Classes of any size for the benchmarks: real notebooks, no two alike, some right, some wrong."""

from __future__ import annotations

import json
import random
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from grader_tests import mistakes, styles

ROOT = Path(__file__).parents[1]
CHAPTER = "ch3_affine_softmax"
RIGHT, OTHERWISE = 0.6, 0.2
"""Shares of the answers that are the solved ones, and right ones in another style; the others are
mistakes."""


def write_class(folder: Path, students: int, chapter: str = CHAPTER, first: int = 0) -> None:
    """A class's folder with this many submissions, from that of the student with the number `first`
    on, and the release. The same every time."""
    release = ROOT / "release" / chapter
    shutil.copytree(release, folder / "release" / chapter)
    for number in range(first, first + students):
        place = folder / "submitted" / f"student{number:05}" / chapter
        place.mkdir(parents=True)
        book = submission(chapter, random.Random(number))
        (place / f"{chapter}.ipynb").write_text(json.dumps(book), encoding="utf-8")


def submission(chapter: str, pick: random.Random) -> dict[str, Any]:
    """A notebook with every answer filled in."""
    book = json.loads((ROOT / "release" / chapter / f"{chapter}.ipynb").read_text("utf-8"))
    solved, choices = _answers(chapter)
    for cell in book["cells"]:
        name = cell["metadata"].get("course", {}).get("answer")
        if name is None:
            continue
        right, wrong = choices.get(name, ([], []))
        drawn = pick.random()
        if drawn > RIGHT + OTHERWISE and wrong:
            cell["source"] = pick.choice(wrong)
        elif drawn > RIGHT and right:
            cell["source"] = pick.choice(right)
        else:
            cell["source"] = solved[name]
    return book


@cache
def _answers(chapter: str) -> tuple[dict[str, str], dict[str, tuple[list[str], list[str]]]]:
    """The solved answers by name, and those of the catalogues: right ones and wrong ones."""
    cells = json.loads((ROOT / "solutions" / f"{chapter}.ipynb").read_text("utf-8"))["cells"]
    roles = [(cell["metadata"].get("course", {}), cell) for cell in cells]
    solved = {role["answer"]: "".join(cell["source"]) for role, cell in roles if "answer" in role}
    choices: dict[str, tuple[list[str], list[str]]] = {}
    for role, _ in roles:
        if len(role.get("objects", ())) == 1:
            (name,) = role["objects"]
            right = [s.code for s in styles.catalogue() if s.exercise == role["exercise"]]
            wrong = [m.code for m in mistakes.catalogue() if m.exercise == role["exercise"]]
            kept = choices.setdefault(name, ([], []))
            kept[0].extend(right)
            kept[1].extend(wrong)
    return solved, choices
