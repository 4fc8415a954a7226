"""What a cell's text says of itself: the names it defines, the checks it asks for. Never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

ABOUT_THE_COURSE = frozenset({"check", "check_all", "hint", "progress", "ready", "reset", "reveal"})


@dataclass(frozen=True)
class Asked:
    """A call `check("mul_layer", MulLayer)`: the exercise, and the names that were handed over
    (empty where they aren't plain names)."""

    exercise: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What the text of a code cell says.

    `definitions` maps each name defined at the top level to the shape of its definition, in which
    comments and layout don't count; it is empty text where the cell isn't valid Python.
    """

    definitions: dict[str, str]
    imports: frozenset[str] = frozenset()
    asked: tuple[Asked, ...] = ()
    revealed: tuple[str, ...] = ()
    only_about_the_course: bool = False
    markers: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        return self.imports | self.definitions.keys()


@lru_cache(maxsize=4096)
def read(source: str) -> Reading:
    """Read a cell; magics are left out, and what isn't valid Python is read line by line."""
    markers = frozenset(_MARKER.findall(source))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = _parse(source)
            statements = list(_top_level(body))
            definitions: dict[str, str] = {}
            for node in statements:
                if names := list(_defined(node)):
                    definitions |= dict.fromkeys(names, ast.dump(node))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _read_lines(source, markers)
    calls = [call for node in statements if (call := _call(node)) is not None]
    return Reading(
        definitions=definitions,
        imports=frozenset(name for node in statements for name in _imported(node)),
        asked=tuple(found for call in calls if (found := _asked(call))),
        revealed=tuple(text for call in calls if (text := _first_text(call, "reveal"))),
        only_about_the_course=bool(body)
        and all((call := _call(n)) is not None and _called(call) in ABOUT_THE_COURSE for n in body),
        markers=markers,
    )


def _parse(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return ast.parse(without_magics(source)).body


def without_magics(source: str) -> str:
    """Plain Python: lines of magics and shell commands become `pass`, a cell magic empties the cell
    unless what follows it is still Python."""
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        if first.split()[0] not in _PYTHON_CELL_MAGICS:
            return ""
        source = rest
    return _ASSIGNED_MAGIC.sub(r"\1 None", _MAGIC.sub(r"\1pass", source))


def same(one: str, other: str) -> bool:
    """Whether two cells say the same but for trailing blanks."""
    return _stripped(one) == _stripped(other)


def _stripped(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


_PYTHON_CELL_MAGICS = {"%%time", "%%timeit", "%%capture", "%%prun"}
_MARKER = re.compile(r"#[ \t]*TO[ \t]?DO[ \t]+(\d+\.\d+)", re.IGNORECASE)
_MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(r"^([ \t]*\w[\w, \t]*=)[ \t]*[%!].*$", re.MULTILINE)

# Where a cell isn't valid Python, its lines still show what it meant to define.
_DEFINES = re.compile(r"^(?:class|(?:async[ \t]+)?def)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNS = re.compile(r"^(\w+)[ \t]*=(?!=)", re.MULTILINE)
_ASKS = re.compile(r"""^[ \t]*check\([ \t]*["'](\w+)["']""", re.MULTILINE)


def _read_lines(source: str, markers: frozenset[str]) -> Reading:
    names = [*_DEFINES.findall(source), *_ASSIGNS.findall(source)]
    asked = tuple(Asked(exercise) for exercise in _ASKS.findall(source))
    return Reading(dict.fromkeys(names, ""), asked=asked, markers=markers)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements outside functions and classes, those inside `if`, `try`, `with` and loops too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
            for block in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, block, []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
        targets = [node.target]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Tuple | ast.List):
            targets += target.elts


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield (alias.asname or alias.name).split(".")[0]


def _call(node: ast.stmt) -> ast.Call | None:
    """The call that a statement consists of."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return node.value
    return None


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr if function.value.id == "course" else ""
    return function.id if isinstance(function, ast.Name) else ""


def _first_text(call: ast.Call, function: str) -> str:
    if _called(call) != function or not call.args:
        return ""
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _asked(call: ast.Call) -> Asked | None:
    exercise = _first_text(call, "check")
    if not exercise:
        return None
    names = [arg.id for arg in call.args[1:] if isinstance(arg, ast.Name)]
    return Asked(exercise, tuple(names) if len(names) == len(call.args) - 1 else ())
