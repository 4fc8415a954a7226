"""The picture of two results: aligned, legible, and true to the numbers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from course import figures
from course.figures import difference, style

HEADS = ("yours", "expected", "yours − expected")
NOTES = ("worst at [0, 0]: yours 1, expected 2", "with x (7, 3), dout (7, 3)")
RNG = np.random.default_rng(5)
SHAPES: dict[str, tuple[Any, Any]] = {
    "a number": ((), ()),
    "a vector": ((5,), (5,)),
    "a vector of one": ((1,), (1,)),
    "a batch": ((7, 3), (7, 3)),
    "a column": ((6, 1), (6, 1)),
    "a wide table": ((4, 10), (4, 10)),
    "images": ((5, 2, 3, 2), (5, 2, 3, 2)),
    "a large table": ((50, 64), (50, 64)),
    "a history": ((300,), (300,)),
    "a tall column": ((784, 1), (784, 1)),
    "turned round": ((3, 7), (7, 3)),
    "summed too far": ((), (5,)),
    "not summed": ((7, 3), (3,)),
    "too many axes": ((2, 7, 3), (7, 3)),
    "only yours": ((7, 3), None),
}


def drawn(yours: Any, expected: Any, title: str = "dx   [a batch of seven]") -> Figure:
    figure = figures.draw_difference(yours, expected, HEADS, title, NOTES)
    FigureCanvasAgg(figure).draw()
    return figure


def texts(figure: Figure) -> list[Text]:
    return [t for t in figure.axes[0].texts if t.get_text()]


def written(figure: Figure) -> list[str]:
    return [t.get_text() for t in texts(figure)]


def tables(figure: Figure) -> list[np.ndarray]:
    """The colours of each table."""
    return [np.asarray(image.get_array()) for image in images(figure)]


def images(figure: Figure) -> list[AxesImage]:
    return list(figure.axes[0].images)


def rings(figure: Figure) -> list[FancyBboxPatch]:
    return [p for p in figure.axes[0].patches if isinstance(p, FancyBboxPatch)]


def ringed(figure: Figure) -> list[tuple[int, int]]:
    """The row and column of each table in which its ring stands."""
    found = []
    for image in images(figure):
        left, right, bottom, top = image.get_extent()
        rows, columns = np.asarray(image.get_array()).shape[:2]
        for ring in rings(figure)[1::2]:
            x = ring.get_x() + ring.get_width() / 2
            y = ring.get_y() + ring.get_height() / 2
            if left < x < right and top < y < bottom:
                row = int((y - top) / (bottom - top) * rows)
                found.append((row, int((x - left) / (right - left) * columns)))
    return found


def numbers(shape: Any) -> np.ndarray | None:
    return None if shape is None else RNG.normal(size=shape) * 10 ** RNG.uniform(-6, 6)


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_no_words_overlap_and_none_is_clipped(shapes: tuple[Any, Any]) -> None:
    figure = drawn(numbers(shapes[0]), numbers(shapes[1]))
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in texts(figure)]
    for one, other in itertools.combinations(boxes, 2):
        assert Bbox.intersection(one, other) is None
    paper = figure.bbox
    for box in boxes:
        assert paper.x0 < box.x0 < box.x1 < paper.x1
        assert paper.y0 < box.y0 < box.y1 < paper.y1


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_every_picture_fits_a_page_of_a_notebook(shapes: tuple[Any, Any]) -> None:
    width, height = drawn(numbers(shapes[0]), numbers(shapes[1])).get_size_inches()
    assert width < 11
    assert height < 10


anything = st.floats(width=64, allow_nan=True, allow_infinity=True)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_two_results_can_be_drawn(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=4, max_side=4))
    yours, expected = (data.draw(hnp.arrays(np.float64, shape, elements=anything)) for _ in "ye")
    drawn(yours, expected)


def test_vectors_stand_below_one_another_and_tables_beside() -> None:
    vector, table = drawn(np.ones(5), np.zeros(5)), drawn(np.ones((7, 3)), np.zeros((7, 3)))
    assert len({image.get_extent()[0] for image in images(vector)}) == 1
    assert len({image.get_extent()[3] for image in images(table)}) == 1


def test_yours_and_expected_share_their_colours() -> None:
    yours, expected, off = tables(drawn(np.array([1.0, 2.0, 9.0]), np.array([2.0, 1.0, 5.0])))
    assert np.array_equal(yours[0, 0], expected[0, 1])
    assert np.array_equal(yours[0, 1], expected[0, 0])
    assert to_hex(yours[0, 2]) == style.VALUE_COLOUR
    assert to_hex(off[0, 2]) == style.GRADIENT_COLOUR


def test_no_difference_has_no_colour_and_its_sign_decides_between_two() -> None:
    _, _, off = tables(drawn(np.array([1.0, 0.0, 4.0]), np.array([1.0, 2.0, 2.0])))
    assert to_hex(off[0, 0]) == style.PAPER
    assert to_hex(off[0, 1]) == style.VALUE_COLOUR
    assert to_hex(off[0, 2]) == style.GRADIENT_COLOUR


def test_the_worst_entry_is_ringed_in_all_three() -> None:
    expected = RNG.normal(size=(7, 3))
    yours = expected.copy()
    yours[5, 0] += 1.0
    yours[3, 1] -= 7.0
    figure = drawn(yours, expected)
    assert ringed(figure) == [(3, 1)] * 3


def test_a_ring_can_be_seen_among_thousands_of_entries() -> None:
    expected = np.zeros((200, 300))
    yours = expected.copy()
    yours[17, 250] = 1.0
    figure = drawn(yours, expected)
    assert ringed(figure) == [(17, 250)] * 3
    assert min(ring.get_width() for ring in rings(figure)) >= 9


def test_a_nan_is_the_worst_and_has_no_colour_of_its_own() -> None:
    yours = np.array([[1.0, 100.0], [np.nan, 4.0]])
    figure = drawn(yours, np.ones((2, 2)))
    assert ringed(figure) == [(1, 0)] * 3
    assert tuple(tables(figure)[0][1, 0]) == pytest.approx(to_rgb(difference.VOID))
    assert written(figure).count("nan") == 2


def test_an_infinity_that_is_expected_is_no_difference() -> None:
    figure = drawn(np.array([np.inf, 3.0]), np.array([np.inf, 1.0]))
    assert written(figure).count("∞") == 2
    assert ringed(figure) == [(0, 1)] * 3


def test_numbers_are_written_where_there_is_room() -> None:
    few = written(drawn(np.array([[0.25, 3.0]]), np.array([[0.75, 3.0]])))
    assert {"0.25", "0.75", "−0.5", "3", "0"} <= set(few)
    many = written(drawn(np.full((40, 40), 0.25), np.zeros((40, 40))))
    assert "0.25" not in many
    assert "0 … 0.25" in many


def test_what_is_only_rounding_is_written_as_nothing() -> None:
    expected = np.array([1.0, 2.0])
    assert "0" in written(drawn(np.array([1.0 + 1e-11, 3.0]), expected))


def test_of_images_the_slice_with_the_worst_entry_is_drawn() -> None:
    expected = RNG.normal(size=(5, 2, 3, 4))
    yours = expected.copy()
    yours[4, 1, 2, 3] += 5
    figure = drawn(yours, expected)
    assert tables(figure)[0].shape[:2] == (3, 4)
    assert ringed(figure) == [(2, 3)] * 3
    assert figures.worst_entry(yours, expected) == (4, 1, 2, 3)
    assert figures.slice_of((4, 1, 2, 3)) == "[4, 1, :, :]"


def test_results_of_different_shapes_carry_them_and_no_difference() -> None:
    figure = drawn(np.ones((3, 7)), np.ones((7, 3)))
    assert {"yours (3, 7)", "expected (7, 3)"} <= set(written(figure))
    assert len(images(figure)) == 2
    assert not rings(figure)


def test_two_numbers_are_points_on_a_line_with_digits_enough_to_differ() -> None:
    figure = drawn(1.0000012, 1.0)
    assert not images(figure)
    assert {"yours 1.000001", "expected 1"} <= set(written(figure))
    marks = {to_hex(line.get_color()): line.get_xdata() for line in figure.axes[0].lines[-2:]}
    assert marks[style.GRADIENT_COLOUR][0] > marks[style.VALUE_COLOUR][0]


def test_letters_read_on_every_colour() -> None:
    """At least 4.5 to 1, as for any small text."""
    for shade in difference._shades(np.linspace(0, 1, 200)[None], 0.0, 1.0, difference._VALUES)[0]:
        channels = np.where(shade <= 0.04045, shade / 12.92, ((shade + 0.055) / 1.055) ** 2.4)
        light = np.dot(channels, (0.2126, 0.7152, 0.0722))
        letters = 0.0 if difference._light(shade) > 0.18 else 1.0
        low, high = sorted((light, letters))
        assert (high + 0.05) / (low + 0.05) > 4.4
