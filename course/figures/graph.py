"""What a computational graph is made of, read from statements or from node objects."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LARGEST_GRAPH = 60


@dataclass(eq=False)
class Operation:
    """A circle: its sign, and the variables it works on, from first to last."""

    sign: str
    operands: list[Variable] = field(default_factory=list)

    def take(self, operand: Variable) -> None:
        operand.uses.append((self, len(self.operands)))
        self.operands.append(operand)


@dataclass(eq=False)
class Variable:
    """An edge, or several: one for each use, as the first, second ... operand of an operation."""

    name: str
    maker: Operation | None = None
    uses: list[tuple[Operation, int]] = field(default_factory=list)
    value: str = ""
    gradient: str = ""
    shares: list[str] = field(default_factory=list)

    @property
    def fans_out(self) -> bool:
        return len(self.uses) > 1


SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "−",
    ast.Mult: "×",
    ast.Div: "÷",
    ast.Pow: "^",
    ast.MatMult: "@",
}
WRITTEN_SIGNS = {"*": "×", "-": "−", "/": "÷", "**": "^"}
SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def read_statements(statements: Iterable[str]) -> list[Variable]:
    """The variables of a list of statements, each after those it is made from."""
    variables: dict[str, Variable] = {}
    for statement in statements:
        if not isinstance(statement, str):
            raise ValueError(f"A statement is a text such as 'z = x * y', not {statement!r}.")
        if not statement.strip():
            continue
        name, sign, operands = read_statement(statement.strip())
        result = variables.setdefault(name, Variable(name))
        if result.maker:
            raise ValueError(f"'{name}' is assigned twice: give each result its own name.")
        result.maker = Operation(sign)
        for operand in operands:
            result.maker.take(variables.setdefault(operand, Variable(operand)))
        refuse_large(len(variables))
    if not variables:
        raise ValueError("The graph is empty: give at least one statement, such as 'z = x * y'.")
    return sorted_by_need(variables.values())


def read_statement(statement: str) -> tuple[str, str, list[str]]:
    """``"z = x * y"`` -> ``("z", "×", ["x", "y"])``; a constant joins the sign: ``"2×"``."""
    try:
        (line,) = ast.parse(statement).body
    except (SyntaxError, ValueError):
        line = ast.Pass()
    match line:
        case ast.Assign(targets=[ast.Name(id=name)], value=expression):
            pass
        case _:
            raise ValueError(f"'{statement}' is not of the form 'name = a * b' or 'name = f(a)'.")
    match expression:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
            parts = [left, right]
            sign = SIGNS[type(op)].join(constant_text(part) for part in parts)
            if sign.startswith("^") and sign[1:].strip("−").isdigit():
                sign = "( )" + sign[1:].translate(SUPERSCRIPTS)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            parts, sign = [operand], "−"
        case ast.Call(func=ast.Name(id=sign) | ast.Attribute(attr=sign), args=parts, keywords=[]):
            pass
        case _:
            raise ValueError(f"'{statement}' holds no operation to draw, such as a * b or f(a).")
    for part in parts:
        if not isinstance(part, ast.Name) and not constant_text(part):
            raise ValueError(
                f"'{statement}' puts one operation inside another: give each its own name."
            )
    operands = [part.id for part in parts if isinstance(part, ast.Name)]
    if not operands:
        raise ValueError(f"'{statement}' uses no variable: nothing flows into its operation.")
    return name, sign, operands


def constant_text(part: ast.expr) -> str:
    """The number a part of a statement consists of, shortly written; empty for anything else."""
    match part:
        case ast.Constant(value=int() | float() as number):
            return short(number)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return short(-number)
    return ""


def read_nodes(root: Any) -> list[Variable]:
    """The variables of a graph of node objects; each node is the variable it computes."""
    nodes = {id(root): root}
    inputs: dict[int, list[Any]] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        inputs[id(node)] = node_inputs(node)
        new = {id(source): source for source in inputs[id(node)] if id(source) not in nodes}
        nodes |= new
        waiting += new.values()
        refuse_large(len(nodes))
    if not inputs[id(root)]:
        raise ValueError("The graph is empty: its root has no inputs.")
    variables = {key: node_variable(node) for key, node in nodes.items()}
    for key, variable in variables.items():
        if inputs[key]:
            sign = text_attribute(nodes[key], "op", "symbol") or variable.name or "f"
            variable.maker = Operation(WRITTEN_SIGNS.get(sign, sign))
            for source in inputs[key]:
                variable.maker.take(variables[id(source)])
    return sorted_by_need(variables.values())


def node_variable(node: Any) -> Variable:
    return Variable(
        text_attribute(node, "name", "label"),
        value=shown(getattr(node, "value", None)),
        gradient=shown(getattr(node, "grad", None)),
    )


def node_inputs(node: Any) -> list[Any]:
    if not isinstance(getattr(node, "inputs", None), Iterable):
        raise ValueError(f"The node {node!r} has no inputs to follow (a leaf has an empty list).")
    return list(node.inputs)


def text_attribute(node: Any, *names: str) -> str:
    texts = (getattr(node, name, None) for name in names)
    return next((text for text in texts if isinstance(text, str) and text), "")


def refuse_large(nodes: int) -> None:
    if nodes > LARGEST_GRAPH:
        raise ValueError(f"The graph has more than {LARGEST_GRAPH} nodes: draw a part of it.")


def sorted_by_need(variables: Iterable[Variable]) -> list[Variable]:
    """The same variables, each after the operands of its operation; a cycle is refused."""
    made: dict[Variable, None] = {}
    waiting = list(variables)
    while waiting:
        ready = [v for v in waiting if not v.maker or all(o in made for o in v.maker.operands)]
        if not ready:
            names = ", ".join(variable.name or "a node" for variable in waiting)
            raise ValueError(f"The graph has a cycle: {names} can't be computed in any order.")
        made.update(dict.fromkeys(ready))
        waiting = [variable for variable in waiting if variable not in made]
    return list(made)


def write_numbers(
    variables: Sequence[Variable], values: Mapping[str, Any], gradients: Mapping[str, Any]
) -> None:
    """Put the texts of values and gradients on the variables they name."""
    known = {variable.name for variable in variables if variable.name}
    for what, numbers in (("values", values), ("gradients", gradients)):
        for name in numbers:
            if name not in known:
                raise ValueError(
                    f"{what} names {name!r}, which the graph doesn't have: "
                    f"it has {', '.join(sorted(known)) or 'no names'}."
                )
    for variable in variables:
        if variable.name in values:
            variable.value = shown(values[variable.name])
        if variable.name in gradients:
            gradient = gradients[variable.name]
            if isinstance(gradient, list | tuple):
                share_out(variable, gradient)
            else:
                variable.gradient = shown(gradient)


def share_out(variable: Variable, shares: Sequence[Any]) -> None:
    """One gradient per use, and their sum where the branches meet."""
    if len(shares) != len(variable.uses):
        raise ValueError(
            f"gradients has {len(shares)} entries for {variable.name!r}: "
            f"give one number, or one for each of its uses, {len(variable.uses)} in this graph."
        )
    variable.shares = [shown(share) for share in shares]
    numbers_only = not any(share is None or isinstance(share, str) for share in shares)
    variable.gradient = shown(sum(shares)) if numbers_only else ""


def shown(number: Any) -> str:
    """A number shortly, an array by its shape, a text as it is, None as nothing."""
    if number is None:
        return ""
    if isinstance(number, str):
        return number
    array = np.asarray(number)
    if array.ndim:
        return str(array.shape)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"A value or gradient is a number or an array, not {number!r}.")
    return short(array.item())


def short(number: float) -> str:
    """Four digits, at most three of them after the point: 220, 2.2, 0.333, 17.06, −0.5."""
    if not math.isfinite(number):
        return str(number).replace("inf", "∞").replace("-", "−")
    size = abs(number)
    if size != 0 and not 1e-3 <= size < 1e6:
        mantissa, exponent = f"{number:.2e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    else:
        digits = max(0, (3 if size >= 1 else 2) - math.floor(math.log10(size))) if size else 0
        text = f"{number:.{min(digits, 3) if size >= 0.1 else digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")
