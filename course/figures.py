"""The pictures of the course: computational graphs, and a canvas for plots.

A computational graph is drawn in four steps: read it, put its operations into columns, find the
rows that cross least and bend least, draw. One unit is one point (1/72 inch), so that text can be
measured while the layout is made; x grows to the right and y downwards.

Matplotlib is imported inside the functions (lazily: ``import course`` must stay light), and pyplot
never is: a figure made here belongs to whoever holds it, and needs no display.
"""

from __future__ import annotations

import ast
import base64
import html
import io
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["GRADIENT_COLOUR", "VALUE_COLOUR", "canvas", "draw_graph", "show"]

VALUE_COLOUR = "#08306b"
GRADIENT_COLOUR = "#c2410c"
INK = "#2b2b2b"
QUIET = "#666666"
PAPER = "#fcfcfa"
FONT = "DejaVu Sans"

LARGEST_GRAPH = 60
LONG_INPUTS = 2

RADIUS = 15.0
DOT = 2.6
ARROW = 7.0
MARGIN = 12.0
ROW_GAP = 10.0
LABEL_PAD = 6.0
LABEL_RISE = 4.5
NUMBER_SIZE = 10.5
NAME_SIZE = 8.0
TITLE_SIZE = 12.0

# Strengths of springs, where that of an ordinary line is 1.
STIFF = 1e4
CENTRING = 1e2
SWEEPS = 1000

STEEPEST = math.radians(65)
APART = math.radians(24)


def draw_graph(
    graph: Any,
    values: Mapping[str, Any] | None = None,
    gradients: Mapping[str, Any] | None = None,
    *,
    title: str | None = None,
) -> Figure:
    """Draw a computational graph: values above its edges, gradients below them.

    graph is a list of statements (or one string, a statement a line), each one operation:
    ``"price = apple_price * tax"``, ``"y = exp(x)"``, ``"z = t ** 2"``. They are read, never run.
    Or it is the root of a graph of node objects, each with ``inputs`` (an iterable of nodes) and
    perhaps ``value``, ``grad``, ``name`` or ``label``, and ``op`` (the sign in its circle).

    values and gradients map a variable's name to a number, an array (its shape is shown) or a
    short text such as ``"?"``. Where a variable is used several times, its gradient may be a list
    with one entry per use, in the order of the statements: each is written on its own branch, and
    their sum where the branches meet.

    Raises ValueError, in one sentence, for a graph that is empty, has a cycle or more than 60
    nodes, for a statement that isn't one operation, and for a name the graph doesn't have.
    """
    if hasattr(graph, "inputs"):
        variables = read_nodes(graph)
    elif isinstance(graph, Iterable):
        variables = read_statements(graph.splitlines() if isinstance(graph, str) else graph)
    else:
        raise ValueError(
            f"draw_graph wants a list of statements or a node with inputs, not {graph!r}."
        )
    write_numbers(variables, values or {}, gradients or {})
    return paint(arrange(variables), title)


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


@dataclass(eq=False)
class Point:
    """A place that lines run through: an input, an operation, a bend, or a result's arrowhead."""

    kind: str
    variable: Variable
    column: int
    name: str = ""
    value: str = ""
    gradient: str = ""
    before: list[Point] = field(default_factory=list)
    after: list[Point] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    @property
    def sign(self) -> str:
        return self.variable.maker.sign if self.variable.maker else ""

    @property
    def keeps_order(self) -> bool:
        """True where the first operand must arrive above the second: a - b is not b - a."""
        return self.kind == "operation" and self.sign not in ("+", "×")

    @property
    def half_width(self) -> float:
        """How far an operation reaches to each side: a circle grows into a capsule for a word."""
        if self.kind != "operation":
            return 0.0
        return max(RADIUS, text_width(self.sign, sign_size(self.sign)) / 2 + 6)

    @property
    def half_height(self) -> float:
        if self.kind == "operation":
            return RADIUS
        return NUMBER_SIZE / 2 if self.name_beside else 0.0

    @property
    def above(self) -> float:
        """The height of what stands above the line: a circle, a value, a name above the value."""
        label = LABEL_RISE + digit_height() if self.value else 0.0
        if self.name and not self.name_beside:
            label += LABEL_RISE + NAME_SIZE
        return max(self.half_height, label)

    @property
    def below(self) -> float:
        label = LABEL_RISE + digit_height() if self.gradient else 0.0
        return max(self.half_height, label)

    @property
    def name_beside(self) -> bool:
        """The margins hold the names of the first inputs and of the results."""
        return self.kind == "result" or (self.kind == "input" and self.column == 0)

    @property
    def label_width(self) -> float:
        """The length of line that the label needs, with air on both sides."""
        numbers = [text_width(text, NUMBER_SIZE) for text in (self.value, self.gradient) if text]
        names = [text_width(self.name, NAME_SIZE)] if self.name and not self.name_beside else []
        return max(numbers + names, default=0.0) + 2 * LABEL_PAD


@dataclass(frozen=True)
class Layout:
    """The placed points, and for each column where its labels, its bends and its circles begin.

    A line leaves its point, runs level past its label, and bends towards the next column between
    that column's ``bends`` and the next one's ``edges``: no line crosses a label.
    """

    columns: list[list[Point]]
    edges: list[float]
    labels: list[float]
    bends: list[float]
    width: float
    height: float


def arrange(variables: Sequence[Variable]) -> Layout:
    """Give every point of the graph its place."""
    columns = with_few_crossings(points_in_columns(variables))
    settle_rows(columns)
    return set_columns(columns)


def depths(variables: Sequence[Variable]) -> dict[Variable, int]:
    """The column each variable starts in: as far left as the longest path to it allows.

    A variable that fans out needs one more column, for its branches. Inputs line up at the left,
    unless that pulled many long lines across the picture; then each starts just before its use.
    """
    depth: dict[Variable, int] = {}
    for variable in variables:
        operands = variable.maker.operands if variable.maker else []
        depth[variable] = max((depth[o] + 1 + o.fans_out for o in operands), default=0)
    result_of = {variable.maker: variable for variable in variables if variable.maker}
    latest = {
        variable: min(depth[result_of[operation]] for operation, _ in variable.uses)
        - 1
        - variable.fans_out
        for variable in variables
        if not variable.maker
    }
    late = {variable for variable, column in latest.items() if column > 0}
    return depth | latest if len(late) > LONG_INPUTS else depth


def points_in_columns(variables: Sequence[Variable]) -> list[list[Point]]:
    """A point for each variable where it starts, and a bend in every column its lines pass."""
    depth = depths(variables)
    last = max(depth.values()) + 1
    starts = {v: start_point(v, depth[v]) for v in variables}
    made_at = {v.maker: starts[v] for v in variables if v.maker}
    points = list(starts.values())
    arriving: dict[tuple[Operation, int], Point] = {}
    for variable, start in starts.items():
        for number, (operation, slot) in enumerate(variable.uses):
            line = bends(start, made_at[operation].column)
            if variable.fans_out:
                line[0].value = variable.value
                line[0].gradient = variable.shares[number] if variable.shares else ""
            arriving[operation, slot] = line[-1] if line else start
            points += line
        if not variable.uses:
            result = Point("result", variable, last, name=variable.name)
            line = bends(start, last)
            connect(line[-1] if line else start, result)
            points += [*line, result]
    for operation, point in made_at.items():
        for slot in range(len(operation.operands)):
            connect(arriving[operation, slot], point)
    return [[point for point in points if point.column == column] for column in range(last + 1)]


def start_point(variable: Variable, column: int) -> Point:
    kind = "operation" if variable.maker else "input"
    name = variable.name if variable.uses else ""
    return Point(kind, variable, column, name, variable.value, variable.gradient)


def bends(start: Point, column: int) -> list[Point]:
    """The points by which a line passes the columns between start and the given one."""
    line = [start]
    for between in range(start.column + 1, column):
        line.append(Point("bend", start.variable, between))
        connect(line[-2], line[-1])
    return line[1:]


def connect(left: Point, right: Point) -> None:
    left.after.append(right)
    right.before.append(left)


def with_few_crossings(columns: list[list[Point]]) -> list[list[Point]]:
    """Order each column: first as the operands are written, then by barycentres if lines cross."""
    columns = in_reading_order(columns)
    best, fewest = columns, crossings(columns)
    for side in ("before", "after") * 6:
        if fewest == 0:
            break
        columns = by_barycentre(columns, side)
        if crossings(columns) < fewest:
            best, fewest = columns, crossings(columns)
    return best


def in_reading_order(columns: list[list[Point]]) -> list[list[Point]]:
    """From the results back, first operand above second: a tree drawn so has no crossing."""
    met: dict[Point, None] = {}

    def visit(point: Point) -> None:
        for previous in point.before:
            if previous not in met:
                visit(previous)
        met[point] = None

    for result in columns[-1]:
        visit(result)
    turn = {point: number for number, point in enumerate(met)}
    return [sorted(column, key=turn.__getitem__) for column in columns]


def by_barycentre(columns: list[list[Point]], side: str) -> list[list[Point]]:
    """Each point at the mean rank of its neighbours on one side, column after column."""
    sorted_columns = [list(column) for column in columns]
    for column in sorted_columns if side == "before" else reversed(sorted_columns):
        rank = ranks(sorted_columns)
        wanted = {
            point: float(np.mean([rank[other] for other in getattr(point, side) or [point]]))
            for point in column
        }
        column.sort(key=wanted.__getitem__)
    return sorted_columns


def ranks(columns: list[list[Point]]) -> dict[Point, int]:
    return {point: rank for column in columns for rank, point in enumerate(column)}


def crossings(columns: list[list[Point]]) -> int:
    """How many pairs of lines cross; lines that swap the operands of a - b do, at its rim."""
    rank = ranks(columns)
    count = 0
    for column in columns:
        ends = []
        for point in column:
            for slot, previous in enumerate(point.before):
                ends.append((rank[previous], (rank[point], slot if point.keeps_order else 0)))
        count += sum(a[0] < b[0] and a[1] > b[1] for a in ends for b in ends)
    return count


def settle_rows(columns: list[list[Point]]) -> None:
    """Set y: lines are springs that want to be level, and what shares a column keeps its distance.

    Springs that keep a line straight are stiff. The least energy under those distances is found
    by Hildreth's method: push apart, one after another, the neighbours that are too close, let the
    whole follow, and take back pushes that are no longer needed.
    """
    points = [point for column in columns for point in column]
    number = {point: i for i, point in enumerate(points)}
    springs = np.eye(len(points)) * 1e-6
    for point in points:
        for previous in point.before:
            springs += spring(number, point, [previous], 1.0)
        carriers = carried_by(point)
        if carriers:
            springs += spring(number, point, carriers, STIFF if len(carriers) == 1 else CENTRING)
    neighbours = [pair for column in columns for pair in pairwise(column)]
    upper = [number[point] for point, _ in neighbours]
    lower = [number[point] for _, point in neighbours]
    least = [distance(*pair) for pair in neighbours]
    follows = np.linalg.inv(springs)
    responses = follows[lower] - follows[upper]
    pushes = [0.0] * len(neighbours)
    y = np.zeros(len(points))
    for _ in range(SWEEPS):
        before = y.copy()
        for i, (a, b) in enumerate(zip(upper, lower, strict=True)):
            missing = least[i] - (y[b] - y[a])
            push = max(missing / (responses[i, b] - responses[i, a]), -pushes[i])
            pushes[i] += push
            y += push * responses[i]
        if np.abs(y - before).max(initial=0.0) < 0.01:
            break
    for point in points:
        point.y = float(y[number[point]])
    for (above, below), apart in zip(neighbours, least, strict=True):
        below.y = max(below.y, above.y + apart)


def carried_by(point: Point) -> list[Point]:
    """The points before this one that it wants to be level with, or in the middle of.

    A long line stays level, and so does a chain of operations, whatever else flows into it.
    """
    if point.kind == "operation":
        chain = [p for p in point.before if p.kind == "operation" and len(p.after) == 1]
        return chain if len(chain) == 1 else point.before
    return [p for p in point.before if len(p.after) == 1]


def spring(
    number: dict[Point, int], point: Point, others: list[Point], strength: float
) -> np.ndarray:
    """The matrix of strength * (y of point - mean y of others) ** 2."""
    stretch = np.zeros(len(number))
    stretch[number[point]] = 1.0
    for other in others:
        stretch[number[other]] -= 1.0 / len(others)
    return strength * np.outer(stretch, stretch)


def distance(upper: Point, lower: Point) -> float:
    return upper.below + ROW_GAP + lower.above


def set_columns(columns: list[list[Point]]) -> Layout:
    """Set x, wide enough for labels and bends, and move the whole to the margins."""
    points = [point for column in columns for point in column]
    top = min(point.y - point.above for point in points)
    for point in points:
        point.y += MARGIN - top
    height = max(point.y + point.below for point in points) + MARGIN
    names = [[text_width(p.name, NUMBER_SIZE) for p in column] for column in columns]
    edge = MARGIN + max(names[0]) + LABEL_PAD
    layout = Layout(columns, [], [], [], 0.0, height)
    for column in columns:
        reach = max(point.half_width for point in column)
        drop = max((abs(p.y - after.y) for p in column for after in p.after), default=0.0)
        for point in column:
            point.x = edge + (point.half_width or (reach if point.kind == "input" else 0.0))
        layout.edges.append(edge)
        layout.labels.append(edge + 2 * reach)
        layout.bends.append(layout.labels[-1] + max(point.label_width for point in column))
        edge = layout.bends[-1] + run(drop)
    width = columns[-1][0].x + LABEL_PAD + max(names[-1]) + MARGIN
    return Layout(columns, layout.edges, layout.labels, layout.bends, width, height)


def run(drop: float) -> float:
    """The length in which a line moves to another row, or only ends in its arrowhead."""
    return ARROW + 3.0 if drop < 0.5 else min(max(0.45 * drop, 20.0), 64.0)


def paint(layout: Layout, title: str | None) -> Figure:
    from matplotlib.figure import Figure  # lazy

    title = " ".join((title or "").split())
    head = TITLE_SIZE + MARGIN if title else 0.0
    spare = max(0.0, text_width(title, TITLE_SIZE) + 2 * MARGIN - layout.width) / 2
    size = ((layout.width + 2 * spare) / 72, (layout.height + head) / 72)
    figure = Figure(figsize=size, facecolor=PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(-spare, layout.width + spare), ylim=(layout.height, -head))
    axes.axis("off")
    if title:
        write(axes, layout.width / 2, -2.0, title, TITLE_SIZE, INK)
    for column in layout.columns:
        for point in column:
            paint_lines(axes, layout, point)
            paint_point(axes, layout, point)
            paint_label(axes, layout, point)
    return figure


def paint_lines(axes: Axes, layout: Layout, end: Point) -> None:
    """The lines that end at an operation or a result, each with its arrowhead."""
    from matplotlib.patches import PathPatch, Polygon  # lazy

    if end.kind not in ("operation", "result"):
        return
    for previous, angle in zip(end.before, arrival_angles(layout, end), strict=True):
        outward = np.array([-math.cos(angle), math.sin(angle)])
        tip = rim(end, outward)
        path = line_path(layout, previous, tip + ARROW * outward, outward)
        axes.add_patch(
            PathPatch(path, fill=False, edgecolor=INK, linewidth=1.2, capstyle="butt", zorder=1)
        )
        sideways = np.array([-outward[1], outward[0]]) * ARROW * 0.4
        back = tip + ARROW * outward
        head = [tip, back + sideways, back - sideways]
        axes.add_patch(Polygon(head, facecolor=INK, linewidth=0, zorder=2))


def arrival_angles(layout: Layout, end: Point) -> list[float]:
    """The angle at which each line meets the rim: 0 from the left, positive from below."""
    if end.kind == "result":
        return [0.0]
    slots = list(range(len(end.before)))
    if not end.keeps_order:
        slots.sort(key=lambda slot: end.before[slot].y)
    room = max(layout.edges[end.column] - layout.bends[end.column - 1], 30.0)
    wanted = sorted(math.atan2(previous.y - end.y, room) for previous in end.before)
    angles = spread([a for a in wanted if a < -1e-3], [a for a in wanted if a >= -1e-3])
    by_slot = dict(zip(slots, angles, strict=True))
    return [by_slot[slot] for slot in range(len(angles))]


def spread(above: list[float], below: list[float]) -> list[float]:
    """Angles far enough apart, the level ones left as they are: the others give way outwards."""
    down = outwards(below, -math.inf)
    up = outwards([-angle for angle in reversed(above)], -down[0] if down else -math.inf)
    return [-angle for angle in reversed(up)] + down


def outwards(angles: list[float], start: float) -> list[float]:
    """Ascending angles, each at least APART from the one before, none steeper than STEEPEST."""
    apart = min(APART, STEEPEST / max(1, len(angles)))
    placed: list[float] = []
    for angle in angles:
        placed.append(max(angle, (placed[-1] if placed else start) + apart))
    steepest = [STEEPEST - apart * later for later in reversed(range(len(placed)))]
    return [min(pair) for pair in zip(placed, steepest, strict=True)]


def rim(point: Point, outward: np.ndarray) -> np.ndarray:
    """Where a line from the left meets a point."""
    if point.kind == "result":
        return np.array([point.x, point.y])
    return np.array([point.x - point.half_width + RADIUS, point.y]) + RADIUS * outward


def line_path(layout: Layout, last: Point, end: np.ndarray, outward: np.ndarray) -> Any:
    """The path from where a variable starts, by its bends, to the end of its arrow's shaft."""
    from matplotlib.path import Path  # lazy

    chain = [last]
    while chain[0].kind == "bend":
        chain.insert(0, chain[0].before[0])
    carries_on = chain[1:2] in ([], chain[0].after[:1])
    begin = chain[0].x + chain[0].half_width if carries_on else layout.bends[chain[0].column]
    vertices = [np.array([begin, chain[0].y])]
    codes = [Path.MOVETO]
    for here, there in zip(chain, [*chain[1:], None], strict=True):
        bend = np.array([layout.bends[here.column], here.y])
        goal = np.array([layout.edges[there.column], there.y]) if there else end
        direction = np.array([-1.0, 0.0]) if there else outward
        slack = (goal[0] - bend[0]) / 2
        vertices += [bend, bend + np.array([slack, 0.0]), goal + slack * direction, goal]
        codes += [Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    return Path(vertices, codes)


def paint_point(axes: Axes, layout: Layout, point: Point) -> None:
    """The circle of an operation, and the dot where a variable branches."""
    from matplotlib.patches import Circle, PathPatch  # lazy

    if point.kind == "operation":
        style = {"facecolor": "white", "edgecolor": INK, "linewidth": 1.4, "zorder": 3}
        axes.add_patch(PathPatch(capsule(point), **style))
        write_sign(axes, point)
    if len(point.after) > 1:
        centre = (layout.bends[point.column], point.y)
        axes.add_patch(Circle(centre, DOT, facecolor=INK, linewidth=0, zorder=3))


def capsule(point: Point) -> Any:
    """A circle, or two half circles with a straight piece between them."""
    from matplotlib.path import Path  # lazy

    half = Path.arc(-90, 90)
    right = np.asarray(half.vertices) * RADIUS + np.array([point.half_width - RADIUS, 0.0])
    outline = np.vstack([right, -right, right[:1]]) + np.array([point.x, point.y])
    curve = np.asarray(half.codes)[1:]
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
    return Path(outline, codes)


def write_sign(axes: Axes, point: Point) -> None:
    """The sign in the middle of its circle: signs by their ink, words by the height of an x."""
    size = sign_size(point.sign)
    left, _, right, _ = ink(point.sign, size)
    _, low, _, high = ink(point.sign if len(point.sign) == 1 else "x", size)
    x, baseline = point.x - (left + right) / 2, point.y + (low + high) / 2
    write(axes, x, baseline, point.sign, size, INK, align="left")


def paint_label(axes: Axes, layout: Layout, point: Point) -> None:
    """Name and value above the line, gradient below it; names of inputs and results beside it."""
    middle = (layout.labels[point.column] + layout.bends[point.column]) / 2
    over = point.y - LABEL_RISE
    write(axes, middle, over, point.value, NUMBER_SIZE, VALUE_COLOUR)
    under = point.y + LABEL_RISE + digit_height()
    write(axes, middle, under, point.gradient, NUMBER_SIZE, GRADIENT_COLOUR)
    if point.name_beside:
        align, side = ("left", 1) if point.kind == "result" else ("right", -1)
        baseline = point.y + ink("x", NUMBER_SIZE)[3] / 2
        write(axes, point.x + side * LABEL_PAD, baseline, point.name, NUMBER_SIZE, INK, align=align)
    else:
        over -= digit_height() + LABEL_RISE if point.value else 0.0
        write(axes, middle, over, point.name, NAME_SIZE, QUIET)


def write(
    axes: Axes,
    x: float,
    baseline: float,
    text: str,
    size: float,
    colour: str,
    *,
    align: str = "center",
) -> None:
    if text:
        axes.text(
            x,
            baseline,
            text,
            fontfamily=FONT,
            fontsize=size,
            color=colour,
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            zorder=4,
        )


def sign_size(sign: str) -> float:
    return 16.0 if len(sign) == 1 else 10.5


def digit_height() -> float:
    return ink("0", NUMBER_SIZE)[3]


def text_width(text: str, size: float) -> float:
    left, _, right, _ = ink(text, size)
    return right - left


@lru_cache(maxsize=1000)
def ink(text: str, size: float) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a text's ink, in points from the start of its baseline."""
    from matplotlib.font_manager import FontProperties  # lazy
    from matplotlib.textpath import TextPath  # lazy

    if not text:
        return 0.0, 0.0, 0.0, 0.0
    prop = FontProperties(family=FONT, size=size)
    box = TextPath((0, 0), text.replace("$", r"\$"), prop=prop).get_extents()
    return float(box.x0), float(box.y0), float(box.x1), float(box.y1)


def canvas(width: float = 6.4, height: float = 3.6, **settings: Any) -> tuple[Figure, Axes]:
    """An empty plot in the course's style, width by height inches.

    settings are those of ``Axes.set``: xlabel, ylabel, title, xscale="log", xlim ...
    """
    from matplotlib.figure import Figure  # lazy
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # lazy

    engine = ConstrainedLayoutEngine(w_pad=MARGIN / 72, h_pad=MARGIN / 72)
    figure = Figure(figsize=(width, height), layout=engine, facecolor=PAPER)
    axes = figure.add_subplot(facecolor=PAPER)
    axes.set_prop_cycle(
        color=[VALUE_COLOUR, GRADIENT_COLOUR, "#5f9ea0", "#8a8a8a"],
        linestyle=["-", "--", "-.", ":"],
    )
    axes.set(**settings)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(QUIET)
    axes.tick_params(which="both", color=QUIET, labelcolor=INK, labelsize=9)
    axes.title.set(color=INK, fontfamily=FONT, fontsize=TITLE_SIZE)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=INK, fontfamily=FONT, fontsize=NUMBER_SIZE)
    return figure, axes


def show(figure: Figure, alt: str) -> None:
    """Display a figure in the notebook with a sentence for those who can't see it; close it.

    Outside a notebook it only closes: nothing blocks, no window opens.
    """
    alt = " ".join(str(alt or "").split())
    if not alt:
        raise ValueError("show wants alt, a sentence that states what the figure shows.")
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        from IPython.display import display  # lazy: IPython is only used where it already runs

        display({"text/html": picture_html(figure, alt), "text/plain": alt}, raw=True)
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close(figure)


def picture_html(figure: Figure, alt: str) -> str:
    """One ``<img>`` that holds the figure, at twice the pixels of its size, and its alt text."""
    picture = io.BytesIO()
    figure.savefig(
        picture,
        format="png",
        dpi=192,
        facecolor=figure.get_facecolor(),
        metadata={"Software": None},
        pil_kwargs={"optimize": True},
    )
    return (
        f'<img alt="{html.escape(alt)}" width="{round(figure.get_figwidth() * 96)}" '
        'style="max-width: 100%; height: auto;" '
        f'src="data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}">'
    )
