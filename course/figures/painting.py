"""Paints a laid-out graph."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from course.figures.layout import Layout, Point
from course.figures.style import (
    ARROW,
    DOT,
    FONT,
    GRADIENT_COLOUR,
    INK,
    LABEL_PAD,
    LABEL_RISE,
    MARGIN,
    NAME_SIZE,
    NUMBER_SIZE,
    PAPER,
    QUIET,
    RADIUS,
    TITLE_SIZE,
    VALUE_COLOUR,
    digit_height,
    ink,
    sign_size,
    text_width,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEEPEST = math.radians(65)
APART = math.radians(24)


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
