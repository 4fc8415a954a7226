"""Reads a submission without trusting it: a plain file within limits, its cells, and nothing else.

Nothing here runs, imports or evaluates what a student wrote. What can't be read is `Refused` with
one sentence that names the file, the thing and the remedy.
"""

from __future__ import annotations

import html
import json
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# A file may be large through its outputs, which are dropped; what is kept of it may not.
MAX_BYTES = 64 * 2**20
MAX_TEXT_BYTES = 2 * 2**20
MAX_DEPTH = 64
MAX_BRACKETS = 1_000_000
MAX_STRINGS = 4_000_000
MAX_CELLS = 1000
MAX_CELL_BYTES = 100_000


class Refused(Exception):
    """A submission that can't be read; the message is the sentence for student and instructor."""


@dataclass(frozen=True)
class Cell:
    """One cell of a submission: its kind ("code", "markdown" or "raw"), its text, every name it
    goes by (cell id, Colab's id, nbgrader's grade id), the most reliable first, and whether it says
    that it was released locked."""

    kind: str
    source: str
    names: tuple[str, ...] = ()
    locked: bool = False


@dataclass(frozen=True)
class Submission:
    """The cells of a notebook that was handed in, and what had to be repaired to read them."""

    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()


def find_notebook(folder: Path, chapter: str) -> tuple[Path, tuple[str, ...]]:
    """The notebook of a submission folder, and a note if it goes by another name.

    Raises Refused where there is none, or where several leave the choice open.
    """
    wanted = folder / f"{chapter}.ipynb"
    where = _short(wanted)
    if os.path.lexists(wanted):
        return wanted, ()
    if folder.is_symlink() or folder.parent.is_symlink():  # what it holds is not to be listed
        raise Refused(_link(where))
    try:
        found = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() == ".ipynb" and path.name[:1] != "." and path.is_file()
        )
    except OSError as error:
        raise Refused(
            f"{_short(folder)} can't be opened ({_reason(error)}); make it a folder that may be "
            f"read, with {wanted.name} in it."
        ) from error
    if not found:
        raise Refused(f"{where} is missing, and no other notebook is beside it; hand it in again.")
    if len(found) > 1:
        found = [path for path in found if chapter in path.name.lower()] or found
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:4]) + (", ..." if len(found) > 4 else "")
        raise Refused(
            f"{where} is missing, and {len(found)} other notebooks are in its place ({names}); "
            f"keep one and name it {wanted.name}."
        )
    return found[0], (f"The notebook is called {found[0].name}; it was taken as {wanted.name}.",)


def read_plain(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a plain file. Neither it nor the two folders it lies in (the student's and the
    chapter's) may be a link. Raises Refused."""
    name = _short(path)
    handles: list[int] = []
    try:
        folder, *inner = [path.parents[2], path.parent.parent.name, path.parent.name]
        handles.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
        for part in inner:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            handles.append(os.open(part, flags, dir_fd=handles[-1]))
        # O_NONBLOCK: opening a pipe must not wait for its other end.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handles.append(os.open(path.name, flags, dir_fd=handles[-1]))
        status = os.fstat(handles[-1])
        if not stat.S_ISREG(status.st_mode):
            raise Refused(f"{name} is not a plain file; hand in the notebook itself.")
        data = b""
        while len(data) <= limit and (block := os.read(handles[-1], limit + 1 - len(data))):
            data += block
    except OSError as error:
        if path.is_symlink() or any(p.is_symlink() for p in (path.parent, path.parent.parent)):
            raise Refused(_link(name)) from error
        raise Refused(
            f"{name} can't be read ({_reason(error)}); see that it is there and may be read."
        ) from error
    finally:
        for handle in handles:
            os.close(handle)
    if len(data) > limit:
        raise Refused(
            f"{name} is larger than {limit / 2**20:.3g} MiB; clear the outputs of its cells, save "
            f"it, and hand it in again."
        )
    return data


def read_cells(data: bytes, name: str) -> Submission:
    """The cells of a notebook of nbformat 4 given as bytes. Raises Refused, with `name` in it."""
    if len(data) > MAX_BYTES:
        raise Refused(
            f"{name} is larger than {MAX_BYTES // 2**20} MiB; clear the outputs of its cells, save "
            f"it, and hand it in again."
        )
    decoded, notes = _decoded(data, name)
    notebook = _parse(decoded, name)
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        old = isinstance(notebook, dict) and "worksheets" in notebook
        what = "is a notebook of an old format" if old else "is not a Jupyter notebook"
        raise Refused(f"{name} {what}; open the chapter in Jupyter, save it, and hand that in.")
    version = notebook.get("nbformat")
    if version != 4 or isinstance(version, bool):
        shown = version if isinstance(version, int) and abs(version) < 1000 else "unknown"
        raise Refused(
            f"{name} has notebook format {shown}, and the grader reads format 4; open it in "
            f"Jupyter, save it, and hand it in again."
        )
    filled = [
        (number, raw, cell)
        for number, raw in enumerate(notebook["cells"], start=1)
        if (cell := _cell(raw)) is None or cell.source.strip()
    ]
    if len(filled) > MAX_CELLS:
        raise Refused(
            f"{name} has {len(filled)} cells that aren't empty, and the grader reads up to "
            f"{MAX_CELLS}; delete the cells you don't need and hand it in again."
        )
    if any(_has_other_line_ends(raw) for _, raw, _ in filled):
        notes.append("Line ends of another system were read as this one's.")
    cells: list[Cell] = []
    for number, _, cell in filled:
        if cell is None:
            notes.append(f"Cell {number} has no text that can be read; it was left out.")
            continue
        size = len(cell.source.encode("utf-8", "replace"))
        if size > MAX_CELL_BYTES and cell.kind == "code":
            notes.append(
                f"Cell {number} holds {size // 1000} kB of code, and the grader reads up to "
                f"{MAX_CELL_BYTES // 1000} kB; it was left out."
            )
            continue
        if size > MAX_CELL_BYTES:
            notes.append(f"Cell {number} holds {size // 1000} kB of text; only its start was kept.")
            cell = replace(cell, source=cell.source[: MAX_CELL_BYTES // 4])
        cells.append(cell)
    text = sum(len(cell.source.encode("utf-8", "replace")) for cell in cells)
    if text > MAX_TEXT_BYTES:
        raise Refused(
            f"{name} holds {text / 2**20:.1f} MiB of text in its cells, and the grader reads up to "
            f"{MAX_TEXT_BYTES // 2**20}; delete what isn't your work and hand it in again."
        )
    return Submission(tuple(cells), tuple(notes))


# An open string goes on to the end, so that no byte is looked at twice.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def depth(data: bytes) -> int:
    """How deep brackets nest in JSON text, strings left out; stops counting beyond MAX_DEPTH.

    Text of more than MAX_BRACKETS or MAX_STRINGS counts as too deep: it would take gigabytes.
    """
    bare, strings = _STRING.subn(b"", data)
    deepest = level = 0
    for count, match in enumerate(_BRACKET.finditer(bare)):
        if strings > MAX_STRINGS or count > MAX_BRACKETS:
            return MAX_DEPTH + 1
        level += 1 if match.group() in b"[{" else -1
        deepest = max(deepest, level)
        if deepest > MAX_DEPTH:
            break
    return deepest


def clean(text: str, limit: int | None = None) -> str:
    """Text that any viewer may show: no control characters but newline and tab, no lone surrogates,
    and no more than `limit` characters."""
    if limit is not None and len(text) > limit:
        text = text[:limit] + "\n... (cut)"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSHOWN.sub("", _LONE.sub("\N{REPLACEMENT CHARACTER}", text))


_LONE = re.compile("[\ud800-\udfff]")
# C0 and C1 controls, and the marks that reorder text so that code reads differently than it runs.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def unescaped(text: str) -> str:
    """Text without the escapes of HTML; as it is where one of them is a number too long to read."""
    try:
        return html.unescape(text)
    except ValueError:
        return text


_ESCAPED = re.compile(r"\s*\{\s*&(?:quot|#34);")


_REMEDY = "open the chapter in Jupyter, save it, and hand that in"


def _decoded(data: bytes, name: str) -> tuple[str, list[str]]:
    """The text of a file, and what had to be repaired in it. Raises Refused."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # a mark, as PowerShell writes it
    notes = []
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if wide else "UTF-8"
        raise Refused(f"{name} is not {kind} text (byte {error.start}); {_REMEDY}.") from None
    if wide:
        notes.append("The file is written in UTF-16, and was read as that.")
    elif data.startswith(b"\xef\xbb\xbf"):
        notes.append("The byte-order mark at the start of the file was left out.")
    if _ESCAPED.match(text):
        text = unescaped(text)
        notes.append("The file is escaped as HTML is, and was read without that.")
    if text.endswith("\0"):  # the tail that a full disk leaves
        text = text.rstrip("\0")
        notes.append("The zero bytes at the end of the file were left out.")
    return text, notes


def _parse(text: str, name: str) -> Any:
    if depth(text.encode("utf-8", "replace")) > MAX_DEPTH:
        raise Refused(
            f"{name} nests brackets more than {MAX_DEPTH} deep, or holds millions of values; "
            f"clear the outputs of its cells, save it, and hand it in again."
        )
    try:
        return json.loads(text, strict=False)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line})" if line else ""
        raise Refused(f"{name} is not a complete JSON file{where}; {_REMEDY}.") from None


def _has_other_line_ends(raw: Any) -> bool:
    source = raw.get("source") if isinstance(raw, dict) else None
    lines = source if isinstance(source, list) else [source]
    return any(isinstance(line, str) and "\r" in line for line in lines)


def _cell(raw: Any) -> Cell | None:
    if not isinstance(raw, dict) or raw.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = raw.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        broken = len(source) > 1 and not any("\n" in line or "\r" in line for line in source)
        whole_lines = broken and any(len(line) > 1 for line in source)
        source = ("\n" if whole_lines else "").join(source)
    if not isinstance(source, str):
        return None
    metadata = raw.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    nbgrader = nbgrader if isinstance(nbgrader, dict) else {}
    grade_id = nbgrader.get("grade_id")
    names = [raw.get("id"), metadata.get("id"), grade_id]
    source = _LONE.sub("\N{REPLACEMENT CHARACTER}", source)
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    return Cell(
        kind=raw["cell_type"],
        source=source,
        names=tuple(dict.fromkeys(n for n in names if isinstance(n, str) and 0 < len(n) <= 128)),
        locked=nbgrader.get("locked") is True,
    )


def _short(path: Path) -> str:
    """The student's folder, the chapter's folder and the file: enough to find it."""
    return str(Path(*path.parts[-3:]))


def _link(name: str) -> str:
    return f"{name} is a link, and links are not followed; hand in the notebook itself."


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
