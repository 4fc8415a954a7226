"""What a cell's text says of itself: the names it defines, the checks it asks for. Never run."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from course.grading import names

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

    `definitions` maps each name defined at the top level to the shape of its definition: a digest
    in which comments, layout and blanks in docstrings don't count. It is empty text where the cell
    isn't valid Python, and so is the `shape` of the whole cell. `reads` are the names of other
    cells that it needs as it runs, `reads_later` those that its functions need once they are
    called; `binds` are all the names it gives a value, `touches` those whose methods it calls for
    what they do, `forgets` those it deletes. An `opaque` cell may do more than its text shows.
    """

    definitions: dict[str, str]
    asked: tuple[Asked, ...] = ()
    revealed: tuple[str, ...] = ()
    only_about_the_course: bool = False
    markers: frozenset[str] = frozenset()
    shape: str = ""
    reads: frozenset[str] = frozenset()
    reads_later: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()
    forgets: frozenset[str] = frozenset()
    opaque: bool = True

    @cached_property
    def names(self) -> frozenset[str]:
        return self.binds | self.definitions.keys()


def read(source: str) -> Reading:
    """Read a cell; magics are left out, and what isn't valid Python is read line by line."""
    return _read_short(source) if len(source) < _LONG else _read_long(source)


def _read(source: str) -> Reading:
    markers = frozenset(_MARKER.findall(source))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text, body = _parse(source)
            statements = list(_top_level(body))
            definitions: dict[str, str] = {}
            shapes: dict[ast.stmt, str] = {}
            for node in statements:
                if defined := list(_defined(node)):
                    shapes[node] = _shape(node)
                    definitions |= dict.fromkeys(defined, shapes[node])
            shape = _digest(*(shapes.get(node) or _shape(node) for node in body)) if body else ""
            now, later, bound = names.read(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _read_lines(source, markers)
    calls = [call for node in statements if (call := _call(node)) is not None]
    forgets = frozenset(name for node in statements for name in _forgotten(node))
    return Reading(
        definitions=definitions,
        asked=tuple(asked for node in statements for asked in _checks(node)),
        revealed=tuple(text for call in calls if (text := _first_text(call, "reveal"))),
        only_about_the_course=bool(body)
        and all((call := _call(n)) is not None and _called(call) in ABOUT_THE_COURSE for n in body),
        markers=markers,
        shape=shape,
        reads=now,
        reads_later=later,
        binds=bound - forgets,
        touches=frozenset(name for call in calls if (name := _owner(call.func))),
        forgets=forgets,
        opaque=_is_opaque(statements, now | later),
    )


# Much is asked of a cell again and again; what is kept must stay small, whoever wrote it.
_LONG = 10_000
_read_short = lru_cache(maxsize=2048)(_read)
_read_long = lru_cache(maxsize=256)(_read)


def _shape(node: ast.stmt) -> str:
    return _digest(_BLANKS.sub("", ast.dump(node)))


def _digest(*parts: str) -> str:
    text = "\n".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _parse(source: str) -> tuple[str, list[ast.stmt]]:
    try:
        return source, ast.parse(source).body
    except SyntaxError:
        text = without_magics(source)
        return text, ast.parse(text).body


def is_python(source: str) -> bool:
    """Whether a cell is valid Python, its magics aside."""
    return not source.strip() or bool(read(source).shape) or not without_magics(source).strip()


def without_magics(source: str) -> str:
    """Plain Python, as IPython reads a cell: lines of magics and shell commands become `pass`, a
    cell magic empties the cell unless what follows it is still Python; a common indent and the
    prompts of a console are left out."""
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        if first.split()[0] not in PYTHON_CELL_MAGICS:
            return ""
        source = rest
    source = _PROMPT.sub("", source) if _PROMPT.match(source.lstrip()) else source
    source = _ASSIGNED_MAGIC.sub(r"\1 None", _MAGIC.sub(r"\1pass", source))
    return textwrap.dedent(source)


def same(one: str, other: str) -> bool:
    """Whether two cells say the same but for blanks at the ends of lines and blanks of other
    kinds."""
    return stripped(one) == stripped(other)


def stripped(text: str) -> tuple[str, ...]:
    """A cell's lines without what `same` leaves out."""
    return _short_lines(text) if len(text) < _LONG else _lines(text)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in text.replace("\u00a0", " ").strip().splitlines())


_short_lines = lru_cache(maxsize=2048)(_lines)


def same_code(one: str, other: str) -> bool:
    """Whether two cells are the same code, comments and layout aside."""
    shape = read(one).shape
    return (bool(shape) and shape == read(other).shape) or same(one, other)


def pieces(source: str) -> list[str]:
    """A cell, cut below each line that may stop it above what it defines.

    Such a line is a magic or the import of a library that grading doesn't have; below one of
    those, and above a class or function, also any call.
    """
    if source.lstrip().startswith("%%") or not read(source).shape:
        return [source]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = _parse(source)[1]
    lines = source.split("\n")
    made = max((n for n, node in enumerate(body) if isinstance(node, _MADE)), default=0)
    last = max((n for n, node in enumerate(body) if _names_anything(node)), default=0)
    cuts: list[int] = []
    foreign = False
    for at, (node, after) in enumerate(pairwise(body[: last + 1])):
        end = node.end_lineno or 0
        foreign = foreign or _is_foreign(node, lines)
        may_stop = _is_foreign(node, lines) or ((foreign or at < made) and _calls(node))
        if may_stop and _start(after) > end:
            cuts.append(end)
    edges = [0, *cuts, len(lines)]
    return ["\n".join(lines[a:b]).strip("\n") for a, b in pairwise(edges)]


PYTHON_CELL_MAGICS = {"%%time", "%%capture", "%%prun"}
_BLANKS = re.compile(r"\\[tnfr]|\s")
_PROMPT = re.compile(r"^(?:(?:>>>|\.\.\.)(?: |$)|In \[\d*\]: ?| *\.\.\.+: ?)", re.MULTILINE)
_MARKER = re.compile(r"#[ \t]*TO[ \t]?DO[ \t]+(\d+\.\d+)", re.IGNORECASE)
_MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(r"^([ \t]*\w[\w, \t]*=)[ \t]*[%!].*$", re.MULTILINE)

# Where a cell isn't valid Python, its lines still show what it meant to define.
_DEFINES = re.compile(r"^(?:class|(?:async[ \t]+)?def)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNS = re.compile(r"^(\w+)[ \t]*=(?!=)", re.MULTILINE)
_ASKS = re.compile(r"""^[ \t]*check\([ \t]*["'](\w+)["']""", re.MULTILINE)

_MADE = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_INSIDE = frozenset({"numpy", "matplotlib", "IPython", "course", *sys.stdlib_module_names})


def _read_lines(source: str, markers: frozenset[str]) -> Reading:
    found = [*_DEFINES.findall(source), *_ASSIGNS.findall(source)]
    asked = tuple(Asked(exercise) for exercise in _ASKS.findall(source))
    return Reading(dict.fromkeys(found, ""), asked=asked, markers=markers)


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
    if isinstance(node, _MADE):
        yield node.name
    yield from (target.id for target in _targets(node) if isinstance(target, ast.Name))


def _targets(node: ast.stmt) -> Iterator[ast.expr]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
        targets = [node.target]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Tuple | ast.List):
            targets += target.elts
        else:
            yield target.value if isinstance(target, ast.Starred) else target


def _forgotten(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Delete):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _is_opaque(statements: Iterable[ast.stmt], used: frozenset[str]) -> bool:
    """Whether a cell may change what it doesn't name: by `exec`, a star, or an attribute."""
    return bool(used & names.REACH_FURTHER) or any(
        (isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names))
        or any(isinstance(t, ast.Attribute | ast.Subscript) for t in _targets(node))
        for node in statements
    )


def _start(node: ast.stmt) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


def _names_anything(node: ast.stmt) -> bool:
    return any(_defined(node)) or any(_imported(node))


def _is_foreign(node: ast.stmt, lines: list[str]) -> bool:
    """Whether a statement asks for what grading may not have: a library, a magic."""
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] not in _INSIDE for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] not in _INSIDE
    return isinstance(node, ast.Pass) and "pass" not in lines[node.lineno - 1]


def _calls(node: ast.stmt) -> bool:
    """Whether a statement, other than a class or function, calls anything as it runs."""
    return not isinstance(node, _MADE) and any(isinstance(n, ast.Call) for n in ast.walk(node))


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield (alias.asname or alias.name).split(".")[0]


def _call(node: ast.stmt) -> ast.Call | None:
    """The call that a statement consists of."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return node.value
    return None


def _owner(function: ast.expr) -> str:
    """The name at the root of a method, such as that of `settings.layers.append`."""
    owner = function
    while isinstance(owner, ast.Attribute | ast.Subscript):
        owner = owner.value
    return owner.id if isinstance(owner, ast.Name) and owner is not function else ""


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


def _checks(node: ast.stmt) -> Iterator[Asked]:
    """The checks that a statement asks for by itself: alone, printed, or kept under a name."""
    if isinstance(node, ast.Expr | ast.Assign | ast.Assert):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and (asked := _asked(inner)):
                yield asked


def _asked(call: ast.Call) -> Asked | None:
    exercise = _first_text(call, "check")
    if not exercise:
        return None
    handed = [arg.id for arg in call.args[1:] if isinstance(arg, ast.Name)]
    return Asked(exercise, tuple(handed) if len(handed) == len(call.args) - 1 else ())
