"""An empty plot in the course's style, and figures shown together with their alt text."""

from __future__ import annotations

import base64
import html
import io
import sys
from typing import TYPE_CHECKING, Any

from course.figures.style import (
    FONT,
    GRADIENT_COLOUR,
    INK,
    MARGIN,
    NUMBER_SIZE,
    PAPER,
    QUIET,
    TITLE_SIZE,
    VALUE_COLOUR,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
    from PIL import Image  # lazy: Matplotlib brings Pillow

    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", dpi=192, facecolor=figure.get_facecolor())
    # A palette of 256 colours takes a third of the bytes: a notebook's outputs travel with it.
    Image.open(full).convert("RGB").quantize(256).save(small, format="png", optimize=True)
    return (
        f'<img alt="{html.escape(alt)}" width="{round(figure.get_figwidth() * 96)}" '
        'style="max-width: 100%; height: auto;" '
        f'src="data:image/png;base64,{base64.b64encode(small.getvalue()).decode()}">'
    )
