"""The pictures of the course: computational graphs, two results beside their difference, and a
canvas for plots.

A computational graph is drawn in four steps: read it (`graph`), put its operations into columns and
find the rows that cross least and bend least (`layout`), draw (`painting`), show (`showing`).

Matplotlib is imported inside the functions (lazily: `import course` must stay light), and pyplot
never is: a figure made here belongs to whoever holds it, and needs no display.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from course.figures.difference import draw_difference, slice_of, worst_entry
from course.figures.graph import read_nodes, read_statements, write_numbers
from course.figures.layout import arrange
from course.figures.painting import paint
from course.figures.showing import canvas, show
from course.figures.style import GRADIENT_COLOUR, VALUE_COLOUR

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "GRADIENT_COLOUR",
    "VALUE_COLOUR",
    "canvas",
    "draw_difference",
    "draw_graph",
    "show",
    "slice_of",
    "worst_entry",
]


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
