"""Reads a chapter's text source: its cells, what each is for, and where it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import jupytext

Role = Literal["text", "code", "demo", "answer", "check", "hints", "predict", "explain"]

KEYS: Mapping[str, Role] = {
    "answer": "answer",
    "exercise": "check",
    "hints": "hints",
    "predict": "predict",
    "explain": "explain",
    "demo": "demo",
    "given": "code",
}
SETTINGS = {"points", "needs", "optional"}

BEGIN = re.compile(r"^(?P<indent>\s*)### BEGIN SOLUTION(?:\s+(?P<number>[\d.]+):\s*(?P<todo>.*))?$")
INSTEAD = re.compile(r"^\s*### INSTEAD$")
END = re.compile(r"^\s*### END SOLUTION$")
HEADING = re.compile(r"^#{2,4} (?P<number>\d+\.\d+) (?P<title>.+)$", re.MULTILINE)


class Refusal(Exception):
    """A source that can't be built: one sentence with file and line."""

    def __init__(self, path: Path, line: int, sentence: str):
        super().__init__(f"{path.name}:{line}: {sentence}")


@dataclass(frozen=True)
class SourceCell:
    """One cell of the text source. `key` is what its header names; `line` is where it starts."""

    role: Role
    source: str
    line: int
    key: str = ""
    points: float = 0.0
    needs: tuple[str, ...] = ()
    optional: bool = False

    @property
    def is_code(self) -> bool:
        return self.role in ("code", "demo", "answer", "check")


@dataclass(frozen=True)
class SourceChapter:
    """One chapter as it is written."""

    path: Path
    cells: tuple[SourceCell, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def title(self) -> str:
        first = next((c.source for c in self.cells if c.role == "text"), "")
        found = re.search(r"^# (.+)$", first, re.MULTILINE)
        if found is None:
            raise Refusal(
                self.path, 1, "the chapter has no title; its first cell wants a line '# ...'."
            )
        return found.group(1)

    def of(self, role: Role) -> list[SourceCell]:
        return [cell for cell in self.cells if cell.role == role]

    def heading_before(self, cell: SourceCell) -> tuple[str, str]:
        """(number, title) of the last exercise heading above a cell."""
        found: tuple[str, str] | None = None
        for other in self.cells:
            if other is cell:
                break
            if other.role == "text":
                for match in HEADING.finditer(other.source):
                    found = match["number"], _without_marks(match["title"])
        if found is None:
            raise Refusal(
                self.path, cell.line, f"{cell.key} has no heading; write '### 1.1 Title' above it."
            )
        return found


def _without_marks(title: str) -> str:
    return re.sub(r"\s*\(optional\)|\*|`", "", title).strip()


def read(path: Path) -> SourceChapter:
    """The chapter of a Jupytext percent file. Raises Refusal for a header that isn't understood."""
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    if len(lines) != len(notebook.cells):
        raise Refusal(
            path, 1, "the file must begin with a cell marker '# %%', and hold cells only."
        )
    cells = tuple(_cell(path, line, cell) for line, cell in zip(lines, notebook.cells, strict=True))
    return SourceChapter(path, tuple(_with_given(path, cell) for cell in cells))


def _with_given(path: Path, cell: SourceCell) -> SourceCell:
    """A cell of given code with the solved answers of earlier chapters that its header names."""
    if cell.role != "code" or not cell.key:
        return cell
    known: dict[str, str] = {}
    for earlier in sorted(path.parent.glob("ch*.py")):
        if earlier.stem < path.stem:
            known |= {answer.key: solved(answer.source) for answer in read(earlier).of("answer")}
    names = [name.strip() for name in cell.key.split(",")]
    missing = [name for name in names if name not in known]
    if missing:
        raise Refusal(path, cell.line, f"no earlier chapter answers {', '.join(missing)}.")
    return replace(cell, source="\n\n\n".join(known[name].strip() for name in names), key="")


def _cell(path: Path, line: int, cell: Any) -> SourceCell:
    header = dict(cell.metadata)
    roles = [key for key in KEYS if key in header]
    unknown = set(header) - set(KEYS) - SETTINGS - {"lines_to_next_cell", "title"}
    if unknown or len(roles) > 1:
        wrong = ", ".join(sorted(unknown)) or " and ".join(roles)
        raise Refusal(
            path, line, f"the header's {wrong} can't be read; the keys are {', '.join(KEYS)}."
        )
    if not roles:
        return SourceCell("code" if cell.cell_type == "code" else "text", cell.source, line)
    role = KEYS[roles[0]]
    if (cell.cell_type == "code") is (role in ("hints", "predict", "explain")):
        wanted = "a [markdown] cell" if cell.cell_type == "code" else "a code cell"
        raise Refusal(path, line, f"{roles[0]} belongs in the header of {wanted}.")
    return SourceCell(
        role=role,
        source=cell.source,
        line=line,
        key=str(header[roles[0]]),
        points=float(header.get("points", 0)),
        needs=tuple(
            part.strip() for part in str(header.get("needs", "")).split(",") if part.strip()
        ),
        optional=bool(header.get("optional", False)),
    )


def solved(source: str) -> str:
    """An answer cell without its marks: the solution as a reader sees it."""
    return "\n".join(line for line, kind, _ in _marked(source) if kind in ("plain", "solution"))


def stub(source: str) -> str:
    """An answer cell as it is handed out: each solution replaced by its TO DO."""
    lines: list[str] = []
    for line, kind, block in _marked(source):
        if kind == "plain":
            lines.append(line)
        elif kind == "begin":
            lines.append(f"{block.indent}# TO DO {block.number}: {block.todo}")
            if not block.instead:
                lines.append(f'{block.indent}raise NotImplementedError("{block.number}")')
        elif kind == "instead":
            lines.append(_uncommented(line, block.indent))
    return "\n".join(lines)


def numbers(source: str) -> list[str]:
    """The exercise numbers of a cell's TO DO marks."""
    return [block.number for _, kind, block in _marked(source) if kind == "begin"]


@dataclass
class _Block:
    indent: str = ""
    number: str = ""
    todo: str = ""
    instead: bool = False


def _marked(source: str) -> Iterator[tuple[str, str, _Block]]:
    """Each line with its kind: plain, begin, solution, instead, or mark; and the block it is in."""
    lines = source.split("\n")
    block, kind = _Block(), "plain"
    for place, line in enumerate(lines):
        if found := BEGIN.match(line):
            rest = lines[place:]
            end = next((n for n, other in enumerate(rest) if END.match(other)), len(rest))
            instead = any(INSTEAD.match(other) for other in rest[:end])
            block = _Block(found["indent"], found["number"] or "", found["todo"] or "", instead)
            kind = "solution"
            yield line, "begin", block
        elif INSTEAD.match(line):
            kind = "instead"
            yield line, "mark", block
        elif END.match(line):
            yield line, "mark", block
            kind = "plain"
        else:
            yield line, kind, block


def _uncommented(line: str, indent: str) -> str:
    """A line of faulty code, kept as a comment in the source, as code."""
    body = line[len(indent) :] if line.startswith(indent) else line.lstrip()
    return (indent + re.sub(r"^# ?", "", body)).rstrip()


def unclosed(source: str) -> bool:
    """Whether a solution begins without end, ends without beginning, or begins inside another."""
    depth = 0
    for line in source.split("\n"):
        if BEGIN.match(line):
            depth += 1
        elif END.match(line):
            depth -= 1
        if depth not in (0, 1):
            return True
    return depth != 0


def defined(source: str) -> list[str]:
    """The classes and functions a cell defines at its top level."""
    return [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    ]


def checked_objects(source: str) -> tuple[str, tuple[str, ...]] | None:
    """(id, objects) of a cell that is exactly one call check("id", A, B); else None."""
    body = ast.parse(source).body
    if (
        len(body) != 1
        or not isinstance(body[0], ast.Expr)
        or not isinstance(body[0].value, ast.Call)
    ):
        return None
    call = body[0].value
    named = isinstance(call.func, ast.Name) and call.func.id == "check"
    if not named or not call.args or not isinstance(call.args[0], ast.Constant):
        return None
    if not all(isinstance(argument, ast.Name) for argument in call.args[1:]):
        return None
    objects = tuple(argument.id for argument in call.args[1:] if isinstance(argument, ast.Name))
    return str(call.args[0].value), objects


def hint_ladder(source: str) -> tuple[str, ...]:
    """The items of an ordered list, one a hint."""
    items = re.split(r"^\d+\.\s+", source.strip(), flags=re.MULTILINE)
    return tuple(" ".join(item.split()) for item in items[1:])


@dataclass(frozen=True)
class Question:
    """A prediction as it is written: text, options, the right one's letter, the explanation."""

    text: str
    options: tuple[str, ...]
    right: str
    explanation: str


def question(source: str) -> Question | None:
    """The parts of a prediction cell; None where options, answer or explanation are missing."""
    text: list[str] = []
    options: list[str] = []
    right: list[str] = []
    explanation: list[str] = []
    for line in source.split("\n"):
        if option := re.match(r"^- \[( |x)\] (.+)$", line):
            if option.group(1) == "x":
                right.append(chr(ord("a") + len(options)))
            options.append(option.group(2))
        elif line.startswith(">"):
            explanation.append(line.lstrip("> ").rstrip() if line.strip() != ">" else "")
        elif options and not explanation and line.strip() and line.startswith("  "):
            options[-1] += " " + line.strip()
        else:
            text.append(line)
    if len(options) < 2 or len(right) != 1 or not explanation:
        return None
    return Question(
        "\n".join(text).strip(), tuple(options), right[0], "\n".join(explanation).strip()
    )
