"""Mends what happened to the text of cells on their way, where that can be told for certain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from course.grading import code
from course.grading.intake import Cell, unescaped

_BLANK = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_NOTHING = "\u00ad\u200b-\u200f\u2060\ufeff"
_BREAK = "\u0085\u2028\u2029"
_UNSEEN = re.compile(f"[{_BLANK}{_NOTHING}{_BREAK}]")
_OTHER_LANGUAGES = frozenset(
    {
        *("%%bash", "%%sh", "%%script", "%%system", "%%sx", "%%cmd", "%%perl", "%%ruby"),
        *("%%html", "%%javascript", "%%js", "%%latex", "%%markdown", "%%svg"),
    }
)


def mended(cells: Sequence[Cell], released: Iterable[str]) -> tuple[tuple[Cell, ...], list[str]]:
    """The cells with their text mended, and a note about each kind of mending.

    `released` are the texts of the cells that were handed out.
    """
    notes: list[str] = []
    found = tuple(cells)
    if _is_escaped(found, {code.stripped(text) for text in released}):
        found = tuple(replace(cell, source=unescaped(cell.source)) for cell in found)
        notes.append("The text was escaped as for a web page (&lt; for <), and was turned back.")
    for mend, done in (
        (_without_unseen, "read with plain blanks: characters nobody sees had got into the code"),
        (_without_foreign_magic, "read without a first line (%%) that the grader doesn't know"),
    ):
        before, found = found, tuple(mend(cell) for cell in found)
        count = sum(one is not other for one, other in zip(before, found, strict=True))
        if count:
            notes.append(f"{count} {'cell was' if count == 1 else 'cells were'} {done}.")
    return found, notes


def _is_escaped(cells: Iterable[Cell], released: set[tuple[str, ...]]) -> bool:
    """Whether a cell is word for word a released one, once its HTML is unescaped and only then."""
    return any(
        "&" in cell.source
        and code.stripped(cell.source) not in released
        and code.stripped(unescaped(cell.source)) in released
        for cell in cells
    )


def _without_unseen(cell: Cell) -> Cell:
    """Code without breaks of lines that Python doesn't know; and where it is valid only so, without
    blanks of other alphabets and characters of no width."""
    unbroken = re.sub(f"[{_BREAK}]", "\n", cell.source)
    if unbroken != cell.source and _is_code(cell, unbroken):
        return replace(cell, source=unbroken)
    if not _UNSEEN.search(cell.source) or code.is_python(cell.source):
        return cell
    text = re.sub(f"[{_BLANK}]", " ", re.sub(f"[{_NOTHING}]", "", unbroken))
    return replace(cell, source=text) if _is_code(cell, text) else cell


def _is_code(cell: Cell, text: str) -> bool:
    """Whether this text of a cell is Python, and meant to be."""
    return code.is_python(text) and (cell.kind == "code" or bool(code.read(text).definitions))


def _without_foreign_magic(cell: Cell) -> Cell:
    """A cell of Python below a magic of a system that grading doesn't have, without that line."""
    first, _, rest = cell.source.lstrip().partition("\n")
    magic = (first.split() or [""])[0]
    if cell.kind != "code" or not magic.startswith("%%"):
        return cell
    if magic in code.PYTHON_CELL_MAGICS or magic in _OTHER_LANGUAGES:
        return cell
    made = any(code.read(rest).definitions.values())
    return replace(cell, source=rest) if made and code.is_python(rest) else cell
