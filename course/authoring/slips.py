"""Small slips in a right answer, one at a time: what a student's fingers do, done by the build.

Each slip is the solved code with one thing changed. It never leaves the build; what it produces on
the public cards does (see `course.diagnosis.traces`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SWAPPED_OPERATORS: Mapping[type, tuple[type, str]] = {
    ast.Add: (ast.Sub, "slip_sign"),
    ast.Sub: (ast.Add, "slip_sign"),
    ast.Mult: (ast.Div, "slip_times_over"),
    ast.Div: (ast.Mult, "slip_times_over"),
    ast.MatMult: (ast.Mult, "slip_entrywise"),
}
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ALIKE = (
    ("sum", "mean"),
    ("max", "min"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("zeros_like", "ones_like"),
    ("zeros", "ones"),
    ("exp", "log"),
    ("append", "insert"),
)
FEW_NAMES = 6
ONE_OPERAND = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
UNWRAPPED = {"sqrt", "exp", "log", "abs", "tanh", "sum", "mean", "reversed", "square", "where"}


@dataclass(frozen=True)
class Slip:
    """Changed code, the key of its sentences in the catalogue, and the values in them."""

    code: str
    key: str
    values: Mapping[str, str] = field(default_factory=dict)


def slips(code: str) -> Iterator[Slip]:
    """Every slip in the functions and methods of an answer's code, each with the rest untouched."""
    tree = ast.parse(code)
    seen = {ast.unparse(tree)}
    attributes = sorted({ast.unparse(n) for n in ast.walk(tree) if _is_own_attribute(n)})
    for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]:
        for undo, key, values in _changes(function, attributes):
            changed = ast.unparse(tree)
            undo()
            if changed not in seen:
                seen.add(changed)
                yield Slip(changed, key, {"where": function.name, **values})


Change = tuple[Any, str, dict[str, str]]


def _changes(function: ast.FunctionDef, attributes: Sequence[str]) -> Iterator[Change]:
    """Change the tree in place, one slip at a time; each comes with what puts it back."""
    names = _names(function)
    for parent in list(ast.walk(function)):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, ast.AST):
                for new, key, values in _variants(value, names, attributes):
                    setattr(parent, name, new)
                    yield lambda p=parent, n=name, v=value: setattr(p, n, v), key, values
            elif isinstance(value, list):
                yield from _in_a_list(value, names, attributes)


def _in_a_list(
    items: list[Any], names: Sequence[str], attributes: Sequence[str]
) -> Iterator[Change]:
    before = list(items)

    def undo() -> None:
        items[:] = before

    for place, item in enumerate(before):
        if isinstance(item, ast.AST):
            for new, key, values in _variants(item, names, attributes):
                items[place] = new
                yield undo, key, values
    if before and all(isinstance(item, ast.stmt) for item in before):
        yield from _steps(items, undo)


def _steps(body: list[Any], undo: Any) -> Iterator[Change]:
    """Statements left out, or exchanged with the next one."""
    before = list(body)
    for place, step in enumerate(before):
        if isinstance(step, ast.Assign | ast.AugAssign) or _is_call(step):
            body[place] = ast.Pass()
            what = ast.unparse(step.targets[0] if isinstance(step, ast.Assign) else step)
            if isinstance(step, ast.AugAssign):
                what = ast.unparse(step.target)
            yield undo, "slip_no_step", {"what": what}
        if isinstance(step, ast.For | ast.While | ast.If) and not step.orelse:
            body[place : place + 1] = step.body
            yield undo, "slip_no_block", {"what": type(step).__name__.lower()}
            if not isinstance(step, ast.If):
                inner = list(step.body)
                following = before[place + 1 :]
                if following and isinstance(following[0], ast.Return):
                    step.body.append(following[0])

                    def unindent(step: Any = step, inner: list[Any] = inner) -> None:
                        step.body[:] = inner

                    yield unindent, "slip_early_return", {}
        if place and not isinstance(step, ast.Return) and not _is_docstring(before[place - 1]):
            body[place - 1 : place + 1] = [step, before[place - 1]]
            yield undo, "slip_order", {}


def _variants(
    node: ast.AST, names: Sequence[str], attributes: Sequence[str]
) -> Iterator[tuple[ast.AST, str, dict[str, str]]]:
    """What may stand in place of one node by a slip."""
    if isinstance(node, ast.BinOp):
        yield from _operator_slips(node)
    elif isinstance(node, ast.UnaryOp):
        key = "slip_sign" if isinstance(node.op, ast.USub) else "slip_side"
        yield node.operand, key, {}
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for side in COMPARISONS:
            if isinstance(node.ops[0], COMPARISONS) and not isinstance(node.ops[0], side):
                yield ast.Compare(node.left, [side()], node.comparators), "slip_side", {}
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value, "slip_transpose", {}
    elif isinstance(node, ast.Call):
        yield from _call_slips(node)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield from _number_slips(node)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        turned = list(node.value.elts)[::-1]
        yield ast.Return(ast.Tuple(turned, ast.Load())), "slip_results", {}
    elif isinstance(node, ast.AugAssign):
        written = ast.Assign([node.target], node.value, lineno=0)
        yield written, "slip_overwritten", _what(node.target)
        if isinstance(node.op, ast.Add | ast.Sub):
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield ast.AugAssign(node.target, other, node.value), "slip_sign", {}
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Attribute | ast.Subscript):
            yield ast.AugAssign(target, ast.Add(), node.value), "slip_added", _what(target)
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from _name_slips(node, names, attributes)
    if isinstance(node, ast.expr) and _may_be_turned(node):
        yield ast.Attribute(node, "T", ast.Load()), "slip_transpose", {}


def _operator_slips(node: ast.BinOp) -> Iterator[tuple[ast.AST, str, dict[str, str]]]:
    if type(node.op) in SWAPPED_OPERATORS:
        other, key = SWAPPED_OPERATORS[type(node.op)]
        yield ast.BinOp(node.left, other(), node.right), key, {}
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
        yield ast.BinOp(node.right, node.op, node.left), "slip_turned", {}
    if isinstance(node.op, ONE_OPERAND):
        yield node.left, "slip_left_out", _what(node.right)
        if not isinstance(node.op, ast.Pow):
            yield node.right, "slip_left_out", _what(node.left)
    if isinstance(node.op, ast.Mult):
        yield ast.BinOp(node.left, ast.Add(), node.right), "slip_added_up", {}
        for twice in (node.left, node.right):
            squared = ast.BinOp(node, ast.Mult(), twice)
            yield squared, "slip_twice", _what(twice)


def _call_slips(node: ast.Call) -> Iterator[tuple[ast.AST, str, dict[str, str]]]:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    for pair in ALIKE:
        if name in pair and isinstance(function, ast.Attribute):
            other = pair[1 - pair.index(name)]
            new = ast.Call(
                ast.Attribute(function.value, other, ast.Load()), node.args, node.keywords
            )
            yield new, "slip_function", {"got": ast.unparse(new.func)}
    if name in UNWRAPPED and node.args:
        yield node.args[0], "slip_left_out", {"what": ast.unparse(function)}
    if name == "copy" and isinstance(function, ast.Attribute):
        yield function.value, "slip_left_out", {"what": ".copy()"}
    for keyword in node.keywords:
        if keyword.arg in ("axis", "keepdims"):
            others = [k for k in node.keywords if k is not keyword]
            key = f"slip_{keyword.arg}"
            yield ast.Call(function, node.args, others), key, {}
            if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
                other_axis = ast.Constant(0 if keyword.value.value else 1)
                turned = [*others, ast.keyword("axis", other_axis)]
                yield ast.Call(function, node.args, turned), key, {}
    if name == "range":
        yield from _range_slips(node)
    if len(node.args) == 2:
        yield ast.Call(function, node.args[::-1], node.keywords), "slip_turned", {}


def _range_slips(node: ast.Call) -> Iterator[tuple[ast.AST, str, dict[str, str]]]:
    for place, argument in enumerate(node.args[:2]):
        for step in (1, -1):
            moved = ast.BinOp(argument, ast.Add(), ast.Constant(step))
            arguments = [*node.args[:place], moved, *node.args[place + 1 :]]
            yield ast.Call(node.func, arguments, node.keywords), "slip_bounds", {}


def _number_slips(node: ast.Constant) -> Iterator[tuple[ast.AST, str, dict[str, str]]]:
    value = node.value
    assert isinstance(value, int | float)
    small: Mapping[float, tuple[float, ...]] = {0: (1,), 1: (0, 2), 2: (1, 3)}
    others = small.get(value, (value * 2, value / 2, value * 10))
    for other in others:
        new = type(value)(other) if float(other).is_integer() else other
        yield ast.Constant(new), "slip_number", {"got": f"{new:g}"}


def _name_slips(
    node: ast.Name | ast.Attribute, names: Sequence[str], attributes: Sequence[str]
) -> Iterator[tuple[ast.AST, str, dict[str, str]]]:
    if not (_is_own_attribute(node) or isinstance(node, ast.Name)):
        return
    here = ast.unparse(node)
    if here not in (*names, *attributes):
        return
    for other in (*names, *attributes):
        if other != here and _alike(here, other, len(names) + len(attributes)):
            yield ast.parse(other, mode="eval").body, "slip_name", {}


def _alike(one: str, other: str, known: int) -> bool:
    """Whether two names are easily taken for one another: all are where there are few."""
    one, other = one.removeprefix("self."), other.removeprefix("self.")
    return known <= FEW_NAMES or one[:1] == other[:1] or one[-1:] == other[-1:]


def _names(function: ast.FunctionDef) -> list[str]:
    """What a function knows by a name of its own: arguments, and what it has assigned."""
    arguments = [a.arg for a in function.args.args if a.arg != "self"]
    stored = [
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    return list(dict.fromkeys([*arguments, *stored]))


def _is_own_attribute(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def _is_call(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Call)


def _is_docstring(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)


def _may_be_turned(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)


def _what(node: ast.AST) -> dict[str, str]:
    """What is meant, by its name where it has a short one."""
    simple = isinstance(node, ast.Name | ast.Attribute | ast.Constant)
    return {"what": ast.unparse(node) if simple else "one part of the formula"}
