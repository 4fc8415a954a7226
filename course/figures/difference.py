"""Two results side by side and their difference: tables of colours, with the numbers in them.

A vector is a row, a number a point on a line, and of more than two axes the slice is drawn in which
the worst entry lies. Everything is laid out in points, as the graphs are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.figures.graph import short
from course.figures.painting import write
from course.figures.style import (
    GRADIENT_COLOUR,
    INK,
    MARGIN,
    NAME_SIZE,
    NUMBER_SIZE,
    PAPER,
    QUIET,
    TITLE_SIZE,
    VALUE_COLOUR,
    text_width,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDEST, TALLEST = 680.0, 560.0
ROW, LINE, GAP = 18.0, 13.0, 22.0
LONGEST = 190.0
"""The side of a table whose entries are too many to be written."""
MOST = 700
"""How many entries may be written in all."""
VOID = "#d9d9d9"
"""Where an entry is nan or infinite, no colour says how large it is."""

_VALUES = (PAPER, VALUE_COLOUR)
_DIFFERENCES = (VALUE_COLOUR, PAPER, GRADIENT_COLOUR)

Index = tuple[int, ...]


def worst_entry(yours: np.ndarray, expected: np.ndarray) -> Index:
    """Where two arrays of one shape lie furthest apart; a nan or an infinity goes before all."""
    return tuple(
        int(k) for k in np.unravel_index(np.argmax(_distance(yours, expected)), yours.shape)
    )


def slice_of(entry: Index) -> str:
    """The slice that is drawn, as one types it, of an array of more than two axes: [0, 1, :, :]."""
    return f"[{', '.join([*map(str, entry[:-2]), ':', ':'])}]"


def draw_difference(
    yours: Any,
    expected: Any,
    heads: Sequence[str],
    title: str = "",
    notes: Sequence[str] = (),
) -> Figure:
    """Draw yours, expected and yours minus expected, headed by three words, with notes below.

    The first two share one scale of colours; that of the difference is centred on 0, and a ring
    marks the worst entry. Results of different shapes are drawn without a difference; where
    `expected` is None, yours stands alone.
    """
    from matplotlib.figure import Figure  # lazy

    yours = np.asarray(yours, dtype=np.float64)
    expected = None if expected is None else np.asarray(expected, dtype=np.float64)
    alike = expected is not None and yours.shape == expected.shape
    if alike and yours.ndim == 0 and np.isfinite(yours) and np.isfinite(expected):
        body: _Line | _Panels = _Line(float(yours), float(np.asarray(expected)), heads)
    else:
        body = _panels(yours, expected, heads)
    texts = [(title, TITLE_SIZE), *((note, NAME_SIZE) for note in notes)]
    wide = max(body.width, *(text_width(text, size) for text, size in texts if text), 0.0)
    head = TITLE_SIZE + MARGIN if title else 0.0
    foot = MARGIN + LINE * len(notes) if notes else 0.0
    width, height = wide + 2 * MARGIN, head + body.height + foot + 2 * MARGIN
    figure = Figure(figsize=(width / 72, height / 72), facecolor=PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.axis("off")
    write(axes, MARGIN, MARGIN + TITLE_SIZE, title, TITLE_SIZE, INK, align="left")
    body.paint(axes, MARGIN, MARGIN + head)
    for k, note in enumerate(notes):
        below = MARGIN + head + body.height + MARGIN + LINE * k + NAME_SIZE
        write(axes, MARGIN, below, note, NAME_SIZE, QUIET, align="left")
    # Last, since a picture in the axes moves their limits.
    axes.set(xlim=(0.0, width), ylim=(height, 0.0), aspect="auto")
    return figure


@dataclass(frozen=True)
class _Line:
    """Two numbers on a line, yours above it and the expected one below."""

    yours: float
    expected: float
    heads: Sequence[str]
    width: float = 380.0
    height: float = 62.0

    def paint(self, axes: Axes, left: float, top: float) -> None:
        middle = top + self.height / 2
        low, high = sorted((self.yours, self.expected))
        if low * high > 0 and min(abs(low), abs(high)) < 0.5 * (high - low):
            low, high = min(low, 0.0), max(high, 0.0)  # where 0 lies near, it is shown
        half = max(high / 2 - low / 2, abs(high) * 1e-12, 1e-300)

        def at(number: float) -> float:
            share = (number / 2 - low / 2) / half
            return left + self.width * (0.2 + 0.6 * min(max(share, 0.0), 1.0))

        ends = (self.expected, self.yours)
        axes.plot([left, left + self.width], [middle] * 2, color=QUIET, linewidth=1.0, zorder=1)
        if low <= 0.0 <= high and min(abs(at(0.0) - at(n)) for n in ends) > 0.12 * self.width:
            axes.plot([at(0.0)] * 2, [middle - 4, middle + 4], color=QUIET, linewidth=1.0, zorder=1)
            write(axes, at(0.0), middle + 15, "0", NAME_SIZE, QUIET)
        axes.plot(
            [at(n) for n in ends], [middle] * 2, color=GRADIENT_COLOUR, linewidth=3.0, zorder=2
        )
        for number, colour, rise, head in (
            (self.yours, GRADIENT_COLOUR, -9.0, self.heads[0]),
            (self.expected, VALUE_COLOUR, 9.0 + NUMBER_SIZE, self.heads[1]),
        ):
            axes.plot([at(number)], [middle], "o", color=colour, markersize=7, zorder=3)
            text = f"{head} {_told(self.yours, self.expected, number)}"
            write(axes, at(number), middle + rise, text, NUMBER_SIZE, colour)


def _told(one: float, other: float, number: float) -> str:
    """A number with as many digits as it takes to tell two apart."""
    if short(one) != short(other):
        return short(number)
    digits = next((d for d in range(5, 18) if f"{one:.{d}g}" != f"{other:.{d}g}"), 17)
    return f"{number:.{digits}g}".replace("-", "−")


@dataclass(frozen=True)
class _Panel:
    """One table: its words, its texts (None where there is no room), its colours, its ring."""

    head: str
    texts: np.ndarray | None
    shades: np.ndarray
    ring: Index | None

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.shades.shape[:2]
        return rows, columns


@dataclass(frozen=True)
class _Panels:
    """Tables beside or below one another, with cells of one size; `legend` says what colours
    mean where no number is written."""

    panels: Sequence[_Panel]
    cell: tuple[float, float]
    below: bool
    legend: Sequence[str]

    @property
    def side(self) -> float:
        """The room for what stands to the left of a table."""
        numbers = max(text_width(str(p.shape[0] - 1), NAME_SIZE) for p in self.panels) + 7
        if not self.below:
            return numbers if max(p.shape[0] for p in self.panels) > 1 else 0.0
        words = max(text_width(p.head, NUMBER_SIZE) for p in self.panels) + 10
        return words + (numbers if self.panels[0].shape[0] > 1 else 0.0)

    @property
    def top(self) -> float:
        """The room for what stands above a table."""
        return LINE if self.below else LINE + NUMBER_SIZE + 6

    @property
    def foot(self) -> float:
        return LINE + 4 if any(self.legend) else 0.0

    def _step(self, k: int) -> float:
        """From the start of one table to that of the next."""
        rows, columns = self.panels[k].shape
        if self.below:
            return rows * self.cell[1] + self.foot + (self.top + 4 if self._numbered(k + 1) else 8)
        table = max(columns * self.cell[0], text_width(self.panels[k].head, NUMBER_SIZE))
        legend = text_width(self.legend[k], NAME_SIZE)
        return max(table, legend) + GAP + (self.side if self._numbered(k + 1) else 0.0)

    def _numbered(self, k: int) -> bool:
        """Tables of one shape carry the numbers of their rows and columns once."""
        return k == 0 or (k < len(self.panels) and self.panels[k].shape != self.panels[0].shape)

    @property
    def width(self) -> float:
        if self.below:
            return self.side + max(p.shape[1] for p in self.panels) * self.cell[0]
        return self.side + sum(self._step(k) for k in range(len(self.panels))) - GAP

    @property
    def height(self) -> float:
        if self.below:
            return self.top + sum(self._step(k) for k in range(len(self.panels))) - 8
        return self.top + max(p.shape[0] for p in self.panels) * self.cell[1] + self.foot

    def paint(self, axes: Axes, left: float, top: float) -> None:
        x, y = left + self.side, top + self.top
        for k, panel in enumerate(self.panels):
            self._paint_one(axes, k, panel, x, y)
            step = self._step(k)
            x, y = (x, y + step) if self.below else (x + step, y)

    def _paint_one(self, axes: Axes, k: int, panel: _Panel, x: float, y: float) -> None:
        (rows, columns), (wide, high) = panel.shape, self.cell
        right, bottom = x + columns * wide, y + rows * high
        axes.imshow(
            panel.shades, extent=(x, right, bottom, y), aspect="auto", interpolation="nearest"
        )
        if panel.texts is not None:
            for (r, c), text in np.ndenumerate(panel.texts):
                colour = "black" if _light(panel.shades[r, c]) > 0.18 else "white"
                baseline = y + (r + 0.5) * high + NAME_SIZE * 0.36
                write(axes, x + (c + 0.5) * wide, baseline, text, NAME_SIZE, colour)
        _frame(axes, x, y, (rows, columns), self.cell, lines=panel.texts is not None)
        if panel.ring is not None:
            _ring(axes, x, y, panel.ring, self.cell)
        if self.below:
            words = y + rows * high / 2 + NUMBER_SIZE * 0.36
            write(axes, x - self.side, words, panel.head, NUMBER_SIZE, INK, align="left")
        else:
            write(axes, x, y - LINE - 5, panel.head, NUMBER_SIZE, INK, align="left")
        write(axes, x, bottom + LINE, self.legend[k], NAME_SIZE, QUIET, align="left")
        if self._numbered(k):
            for c in _some(columns, wide, text_width(str(columns - 1), NAME_SIZE) + 6):
                write(axes, x + (c + 0.5) * wide, y - 4, str(c), NAME_SIZE, QUIET)
            for r in _some(rows, high, LINE) if rows > 1 else ():
                baseline = y + (r + 0.5) * high + NAME_SIZE * 0.36
                write(axes, x - 5, baseline, str(r), NAME_SIZE, QUIET, align="right")


def _panels(yours: np.ndarray, expected: np.ndarray | None, heads: Sequence[str]) -> _Panels:
    """The tables of two results, and how they are laid out."""
    came = [yours] if expected is None else [yours, expected]
    worst: Index | None = None
    if expected is not None and yours.shape == expected.shape:
        worst = worst_entry(yours, expected)
    else:
        heads = [f"{head} {each.shape}" for head, each in zip(heads, came, strict=False)]
    tables = [_table(each, worst) for each in came]
    limits = [_limits(tables)] * len(tables)
    shades = [_shades(table, *limits[0], _VALUES) for table in tables]
    rounding = [0.0] * len(tables)
    if worst is not None:
        with np.errstate(all="ignore"):
            off = np.where(tables[0] == tables[1], 0.0, tables[0] - tables[1])
        size = max(map(abs, _limits([off])))
        tables.append(off)
        limits.append((-size, size))
        shades.append(_shades(off, -size, size, _DIFFERENCES))
        rounding.append(1e-6 * max(map(abs, _limits(tables[1:2]))))
    texts: list[np.ndarray | None] = [None] * len(tables)
    cell, below = _small([table.shape for table in tables])
    legend = [f"{short(low)} … {short(high)}" for low, high in limits]
    if sum(table.size for table in tables) <= MOST:
        written = [_texts(*each) for each in zip(tables, rounding, strict=True)]
        arranged = _arranged(written)
        if arranged is not None:
            (cell, below), texts, legend = arranged, [*written], [""] * len(tables)
    ring = None if worst is None else (0, 0, *worst)[-2:]
    panels = [_Panel(*each, ring) for each in zip(heads, texts, shades, strict=False)]
    return _Panels(panels, cell, below, legend)


def _table(array: np.ndarray, entry: Index | None) -> np.ndarray:
    """An array as rows and columns: of more axes, the slice of the entry, or else the first."""
    if array.ndim > 2:
        array = array[(entry or (0,) * array.ndim)[: array.ndim - 2]]
    return np.atleast_2d(array)


def _distance(yours: np.ndarray, expected: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        off = np.where(yours == expected, 0.0, np.abs(yours - expected))
    return np.where(np.isnan(off), np.inf, off)


def _limits(tables: Sequence[np.ndarray]) -> tuple[float, float]:
    """The smallest and the largest finite entry; 0 and 0 where there is none."""
    entries = np.concatenate([table[np.isfinite(table)] for table in tables])
    return (float(np.min(entries)), float(np.max(entries))) if entries.size else (0.0, 0.0)


def _shades(table: np.ndarray, low: float, high: float, colours: Sequence[str]) -> np.ndarray:
    """The colour of each entry, (R, C, 3), along a scale of colours."""
    from matplotlib.colors import to_rgb  # lazy

    stops = np.array([to_rgb(colour) for colour in colours])
    with np.errstate(all="ignore"):
        share = (table / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0 * table + 0.5
    share = np.clip(share, 0.0, 1.0) * (len(stops) - 1)
    parts = [np.interp(share, range(len(stops)), stops[:, part]) for part in range(3)]
    finite = np.isfinite(table)[:, :, None]
    return np.where(finite, np.stack(parts, axis=-1), to_rgb(VOID))


def _light(shade: np.ndarray) -> float:
    """How light a colour is, from 0 to 1; black and white letters read equally well on 0.18."""
    return float(np.dot(shade**2.2, (0.2126, 0.7152, 0.0722)))


def _texts(table: np.ndarray, nothing: float = 0.0) -> np.ndarray:
    """The entries as they are written; a difference below `nothing` is rounding, and 0."""
    texts = [short(0.0 if abs(entry) <= nothing else entry) for entry in table.ravel().tolist()]
    return np.array(texts, dtype=object).reshape(table.shape)


Arranged = tuple[tuple[float, float], bool]
"""The size of a cell, and whether the tables stand below one another."""


def _arranged(texts: Sequence[np.ndarray]) -> Arranged | None:
    """Tables with their numbers in them; None where there is no room for those."""
    shapes = [table.shape for table in texts]
    rows, columns = (max(sizes) for sizes in zip(*shapes, strict=True))
    longest = max(text_width(text, NAME_SIZE) for table in texts for text in table.ravel())
    wide = max(longest + 10.0, 26.0)
    across = wide * sum(shape[1] for shape in shapes) + GAP * len(shapes)
    down = (ROW * rows + LINE) * len(shapes)
    fits_beside = across <= WIDEST and rows * ROW <= TALLEST
    fits_below = wide * columns <= WIDEST - 60 and down <= TALLEST and len(set(shapes)) == 1
    if fits_below and (rows == 1 or not fits_beside):
        return (wide, ROW), True
    return ((wide, ROW), False) if fits_beside else None


def _small(shapes: Sequence[tuple[int, ...]]) -> Arranged:
    """Tables without numbers; long strips stand below one another."""
    rows, columns = (max(sizes) for sizes in zip(*shapes, strict=True))
    below = columns > 4 * rows and len(set(shapes)) == 1
    width = WIDEST - 80 if below else LONGEST
    return (min(ROW, width / columns), min(ROW, LONGEST / rows)), below


def _some(count: int, size: float, room: float) -> range:
    """Which rows or columns carry their number: all, or every second, fifth, tenth ..."""
    steps = (k * 10**power for power in range(12) for k in (1, 2, 5))
    return range(0, count, next(step for step in steps if step * size >= room))


def _frame(
    axes: Axes,
    x: float,
    y: float,
    shape: tuple[int, int],
    cell: tuple[float, float],
    *,
    lines: bool,
) -> None:
    """The outline of a table, and white lines between cells that carry numbers."""
    from matplotlib.collections import LineCollection  # lazy
    from matplotlib.patches import Rectangle  # lazy

    (rows, columns), (wide, high) = shape, cell
    right, bottom = x + columns * wide, y + rows * high
    between = [[(x, y + r * high), (right, y + r * high)] for r in range(1, rows)]
    between += [[(x + c * wide, y), (x + c * wide, bottom)] for c in range(1, columns)]
    if lines and between:
        axes.add_collection(LineCollection(between, colors="white", linewidths=1.0, zorder=2))
    outline = Rectangle((x, y), right - x, bottom - y, fill=False, edgecolor=QUIET, linewidth=0.6)
    axes.add_patch(outline).set_zorder(3)


def _ring(axes: Axes, x: float, y: float, entry: Index, cell: tuple[float, float]) -> None:
    """A ring round one cell: as wide as the cell, and never too small to be seen."""
    from matplotlib.patches import FancyBboxPatch  # lazy

    wide, high = (max(size - 2, 9.0) for size in cell)
    middle = x + (entry[1] + 0.5) * cell[0], y + (entry[0] + 0.5) * cell[1]
    corner = middle[0] - wide / 2, middle[1] - high / 2
    style = f"round,pad=0,rounding_size={min(wide, high) / 2}"
    for colour, line in (("white", 3.4), (INK, 1.6)):
        axes.add_patch(
            FancyBboxPatch(
                corner, wide, high, boxstyle=style, fill=False, edgecolor=colour, linewidth=line
            )
        ).set_zorder(5)
