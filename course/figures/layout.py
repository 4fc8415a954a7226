"""Where everything goes: operations in columns, rows that cross least and bend least.

One unit is one point (1/72 inch), so that text can be measured while the layout is made; x grows to
the right and y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from course.figures.graph import Operation, Variable
from course.figures.style import (
    ARROW,
    LABEL_PAD,
    LABEL_RISE,
    MARGIN,
    NAME_SIZE,
    NUMBER_SIZE,
    RADIUS,
    ROW_GAP,
    digit_height,
    sign_size,
    text_width,
)

LONG_INPUTS = 2

# Strengths of springs, where that of an ordinary line is 1.
STIFF = 1e4
CENTRING = 1e2
SWEEPS = 1000


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
