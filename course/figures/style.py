"""Colours and sizes of the course's pictures, and how large a text comes out."""

from __future__ import annotations

from functools import lru_cache

VALUE_COLOUR = "#08306b"
GRADIENT_COLOUR = "#c2410c"
INK = "#2b2b2b"
QUIET = "#666666"
PAPER = "#fcfcfa"
FONT = "DejaVu Sans"

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
