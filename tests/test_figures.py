"""What the pictures promise: nothing overlaps, every edge is drawn, and the alt text arrives."""

from __future__ import annotations

import base64
import itertools
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Polygon
from matplotlib.transforms import Bbox

from course import figures
from course.figures import style
from course.figures.graph import shown

APPLE = ["apple_price = apple * num", "price = apple_price * tax"]
FRUIT = [
    "apple_price = apple * apple_num",
    "orange_price = orange * orange_num",
    "all_price = apple_price + orange_price",
    "price = all_price * tax",
]
CHAIN = [
    "f0 = line(x, beta0, omega0)",
    "h1 = sin(f0)",
    "f1 = line(h1, beta1, omega1)",
    "h2 = exp(f1)",
    "f2 = line(h2, beta2, omega2)",
    "h3 = cos(f2)",
    "f3 = line(h3, beta3, omega3)",
    "loss = squared(f3, y)",
]
STEPS = [
    step
    for k in range(4)
    for step in (
        f"t{k} = omega{k} * {f'h{k}' if k else 'x'}",
        f"f{k} = beta{k} + t{k}",
        f"h{k + 1} = sin(f{k})",
    )
]
TREE = (
    [f"s{i} = x{2 * i} * x{2 * i + 1}" for i in range(8)]
    + [f"r{i} = s{2 * i} + s{2 * i + 1}" for i in range(4)]
    + ["q0 = r0 - r1", "q1 = r2 / r3", "p = q0 + q1"]
)
SOFTMAX = [
    "e0 = exp(a0)",
    "e1 = exp(a1)",
    "e2 = exp(a2)",
    "total = add(e0, e1, e2)",
    "r = 1 / total",
    "y0 = e0 * r",
    "y1 = e1 * r",
    "y2 = e2 * r",
]
GRAPHS = {
    "apple": APPLE,
    "fruit": FRUIT,
    "square of a sum": ["t = x + y", "z = t ** 2"],
    "fan out": ["z = x * x"],
    "diamond": ["b = exp(a)", "c = a * 2", "d = b - c"],
    "chain": CHAIN,
    "chain step by step": STEPS,
    "wide tree": TREE,
    "softmax": SOFTMAX,
    "long way round": ["h = relu(x)", "g = h * w", "y = g + x", "z = y - x"],
    "long words": ["xW = x @ W", "y = xW + b", "loss = softmax_with_loss(y, t)"],
}


class Picture:
    """A drawn figure, taken apart: its texts, circles, lines and arrowheads in pixels."""

    def __init__(self, figure: Figure) -> None:
        self.renderer = FigureCanvasAgg(figure).get_renderer()
        self.figure = figure
        (axes,) = figure.axes
        self.texts = [text for text in axes.texts if text.get_text()]
        patches = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
        self.circles = [patch.get_window_extent() for patch in patches if patch.get_fill()]
        self.lines = [
            patch.get_transform().transform_path(patch.get_path())
            for patch in patches
            if not patch.get_fill()
        ]
        self.arrowheads = [patch for patch in axes.patches if isinstance(patch, Polygon)]

    def boxes(self, *, signs: bool) -> list[Bbox]:
        """The boxes of the signs inside circles, or of all the other texts."""
        boxes = [text.get_window_extent(self.renderer) for text in self.texts]
        return [box for box in boxes if any(overlap(box, c) for c in self.circles) == signs]

    def written(self, colour: str) -> Counter[str]:
        return Counter(t.get_text() for t in self.texts if to_hex(t.get_color()) == colour)

    def place(self, text: str, colour: str) -> Bbox:
        (found,) = (
            t for t in self.texts if t.get_text() == text and to_hex(t.get_color()) == colour
        )
        return found.get_window_extent(self.renderer)


def overlap(one: Bbox, other: Bbox) -> bool:
    return Bbox.intersection(one, other) is not None


def names_of(statements: list[str]) -> list[str]:
    parts = [statement.partition(" = ") for statement in statements]
    words = " ".join(
        f"{name} {right[right.find('(') + 1 :]}".replace(")", " ").replace(",", " ")
        for name, _, right in parts
    )
    return sorted({word for word in words.split() if word.isidentifier()})


def full_picture(statements: list[str]) -> Picture:
    """Every edge with a value above and a gradient below it."""
    names = names_of(statements)
    values = {name: 100 * (-1.1) ** i for i, name in enumerate(names)}
    gradients = {name: -0.0123 * 3**i for i, name in enumerate(names)}
    return Picture(figures.draw_graph(statements, values, gradients, title="A graph"))


def assert_tidy(picture: Picture) -> None:
    labels = picture.boxes(signs=False)
    for one, other in itertools.combinations(labels, 2):
        assert not overlap(one, other)
    for one, other in itertools.combinations(picture.circles, 2):
        assert not overlap(one, other)
    assert len(picture.boxes(signs=True)) == len(picture.circles)
    for sign in picture.boxes(signs=True):
        assert any(c.x0 < sign.x0 and sign.x1 < c.x1 for c in picture.circles)
    for line, box in itertools.product(picture.lines, labels):
        assert not line.intersects_bbox(box, filled=False)
    for line, circle in itertools.product(picture.lines, picture.circles):
        assert not line.intersects_bbox(inner_square(circle), filled=False)
    paper = picture.figure.bbox
    for box in [*labels, *picture.circles]:
        assert paper.x0 < box.x0
        assert box.x1 < paper.x1
        assert paper.y0 < box.y0
        assert box.y1 < paper.y1


def inner_square(circle: Bbox) -> Bbox:
    """The square in a circle: a line that only touches the rim misses it."""
    return circle.expanded(0.69, 0.69)


@pytest.mark.parametrize("statements", GRAPHS.values(), ids=GRAPHS)
def test_nothing_overlaps_and_nothing_is_clipped(statements: list[str]) -> None:
    assert_tidy(full_picture(statements))


@pytest.mark.parametrize("statements", GRAPHS.values(), ids=GRAPHS)
def test_a_bare_graph_is_tidy_too(statements: list[str]) -> None:
    assert_tidy(Picture(figures.draw_graph(statements)))


@st.composite
def random_statements(draw: st.DrawFn) -> list[str]:
    names = [f"input{i}" for i in range(draw(st.integers(1, 5)))]
    statements = []
    for i in range(draw(st.integers(1, 12))):
        a, b = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        right = draw(st.sampled_from([f"{a} * {b}", f"{a} - {b}", f"exp({a})", f"f({a}, {b})"]))
        statements.append(f"v{i} = {right}")
        names.append(f"v{i}")
    return statements


@given(random_statements())
@settings(max_examples=25, deadline=None)
def test_any_small_graph_is_tidy(statements: list[str]) -> None:
    assert_tidy(full_picture(statements))


@pytest.mark.parametrize(
    ("statements", "operands", "results"),
    [(APPLE, 4, 1), (FRUIT, 8, 1), (["z = x * x"], 2, 1), (SOFTMAX, 13, 3), (TREE, 30, 1)],
)
def test_every_use_of_a_variable_is_a_line_with_an_arrowhead(
    statements: list[str], operands: int, results: int
) -> None:
    picture = Picture(figures.draw_graph(statements))
    assert len(picture.lines) == len(picture.arrowheads) == operands + results
    assert len(picture.circles) == len(statements)


def test_every_arrow_into_an_operation_ends_on_its_rim() -> None:
    picture = full_picture(FRUIT)
    tips = [p.get_transform().transform(p.get_xy()[0]) for p in picture.arrowheads]
    radius = picture.circles[0].width / 2
    on_a_rim = [
        any(
            abs(np.hypot(*(tip - np.mean(circle.get_points(), axis=0))) - radius) < 1.5
            for circle in picture.circles
        )
        for tip in tips
    ]
    assert on_a_rim.count(False) == 1  # the result's, which ends in the open


def test_the_apple_graph_shows_its_published_numbers() -> None:
    values = {"apple": 100, "num": 2, "tax": 1.1, "apple_price": 200, "price": 100 * 2 * 1.1}
    gradients = {"apple": 2.2, "num": 110.00000000000001, "tax": 200, "apple_price": 1.1}
    picture = Picture(figures.draw_graph(APPLE, values, gradients))
    assert picture.written(figures.VALUE_COLOUR) == Counter(["100", "2", "1.1", "200", "220"])
    assert picture.written(figures.GRADIENT_COLOUR) == Counter(["2.2", "110", "200", "1.1"])


def test_a_value_stands_above_its_gradient_and_both_are_centred_on_the_edge() -> None:
    picture = Picture(figures.draw_graph(["y = exp(x)"], {"x": 1, "y": 2.718}, {"x": 3, "y": 4}))
    for value, gradient in (("1", "3"), ("2.718", "4")):
        above = picture.place(value, figures.VALUE_COLOUR)
        below = picture.place(gradient, figures.GRADIENT_COLOUR)
        assert above.y0 > below.y1
        assert abs(above.x0 + above.x1 - below.x0 - below.x1) < 4


def test_missing_numbers_are_not_drawn() -> None:
    picture = Picture(figures.draw_graph(APPLE, {"tax": 1.1}))
    assert picture.written(figures.VALUE_COLOUR) == Counter(["1.1"])
    assert not picture.written(figures.GRADIENT_COLOUR)


def test_branches_carry_one_gradient_each_and_their_sum_where_they_meet() -> None:
    picture = Picture(figures.draw_graph("b = exp(a)\nc = a * 2\nd = b - c", {}, {"a": (2.5, -2)}))
    assert picture.written(figures.GRADIENT_COLOUR) == Counter(["2.5", "−2", "0.5"])
    first = picture.place("2.5", figures.GRADIENT_COLOUR)
    second = picture.place("−2", figures.GRADIENT_COLOUR)
    assert first.y0 > second.y1  # exp is written first


def test_an_open_question_on_a_branch_leaves_the_sum_open() -> None:
    picture = Picture(figures.draw_graph("z = x * x", {}, {"x": ("?", 3)}))
    assert picture.written(figures.GRADIENT_COLOUR) == Counter(["?", "3"])


def test_the_first_operand_of_a_difference_arrives_above_the_second() -> None:
    picture = Picture(figures.draw_graph(["c = b - a", "d = a * c"]))
    assert_tidy(picture)
    upper, lower = (
        max(p.get_transform().transform(p.get_xy())[:, 1]) for p in picture.arrowheads[:2]
    )
    assert upper > lower


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (220.00000000000003, "220"),
        (2.2, "2.2"),
        (110.00000000000001, "110"),
        (1 / 3, "0.333"),
        (643.5, "643.5"),
        (-17.060466526267692, "−17.06"),
        (0.0331234, "0.0331"),
        (0, "0"),
        (-0.0, "0"),
        (9.99996, "10"),
        (0.0999999, "0.1"),
        (100_000, "100000"),
        (6.9e-9, "6.9e−9"),
        (3.27e8, "3.27e8"),
        (float("nan"), "nan"),
        (float("-inf"), "−∞"),
        (np.float32(0.1), "0.1"),
        (np.array(5), "5"),
        (np.zeros((7, 5)), "(7, 5)"),
        (None, ""),
        ("?", "?"),
    ],
)
def test_numbers_are_written_shortly_and_arrays_by_shape(number: Any, text: str) -> None:
    assert shown(number) == text


def node(name: str, *inputs: Any, **attributes: Any) -> SimpleNamespace:
    return SimpleNamespace(name=name, inputs=inputs, **attributes)


def test_the_same_input_twice_shows_two_edges_from_a_node_too() -> None:
    a = node("a", value=1, grad=4)
    b = node("b", a, a, value=2, grad=2, op="+")
    c = node("c", b, b, value=4, grad=1, op="+")
    picture = Picture(figures.draw_graph(c))
    assert_tidy(picture)
    assert len(picture.lines) == 5
    assert picture.written(figures.GRADIENT_COLOUR) == Counter("421")
    assert picture.written(figures.VALUE_COLOUR) == Counter("1112224")
    assert picture.written(style.INK) == Counter("ac++")


def test_nodes_need_nothing_but_inputs() -> None:
    leaf = SimpleNamespace(inputs=[])
    picture = Picture(figures.draw_graph(SimpleNamespace(inputs=[leaf, leaf])))
    assert_tidy(picture)
    assert len(picture.lines) == 3


def test_numbers_given_by_name_win_over_those_of_the_nodes() -> None:
    root = node("c", node("a", value=1), op="exp", value=2)
    picture = Picture(figures.draw_graph(root, {"a": 7}))
    assert picture.written(figures.VALUE_COLOUR) == Counter("72")


def self_fed_node() -> SimpleNamespace:
    loop = SimpleNamespace(name="loop", inputs=[])
    loop.inputs = [loop]
    return loop


@pytest.mark.parametrize(
    ("graph", "numbers", "words"),
    [
        ([], {}, "empty"),
        ("", {}, "empty"),
        (node("a"), {}, "empty"),
        (7, {}, "not 7"),
        (node("b", 3), {}, "node 3 has no inputs"),
        ([7], {}, "not 7"),
        (["z = (x + y) * w"], {}, "one operation inside another"),
        (["z = f(x + y)"], {}, "one operation inside another"),
        (["z = x"], {}, "no operation"),
        (["z = f(x, n=2)"], {}, "no operation"),
        (["z = x if y else w"], {}, "no operation"),
        (["z = 2 * 3"], {}, "no variable"),
        (["z = = x"], {}, "not of the form"),
        (["x * y"], {}, "not of the form"),
        (["a, b = f(x)"], {}, "not of the form"),
        (["z = x * y", "z = x + y"], {}, "'z' is assigned twice"),
        (["a = b + x", "b = a * 2"], {}, "cycle: a, b"),
        (self_fed_node(), {}, "cycle: loop"),
        ([f"v{i + 1} = exp(v{i})" for i in range(60)], {}, "more than 60 nodes"),
        (APPLE, {"values": {"aple": 1}}, "values names 'aple'.*apple, apple_price, num, price"),
        (APPLE, {"gradients": {"Tax": 1}}, "gradients names 'Tax'.*tax"),
        (APPLE, {"gradients": {"tax": (1, 2)}}, "2 entries for 'tax'.* 1 in this graph"),
        (APPLE, {"values": {"tax": object()}}, "a number or an array"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(
    graph: Any, numbers: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        figures.draw_graph(graph, **numbers)
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_statements_are_read_and_never_run() -> None:
    assert Picture(figures.draw_graph(["z = exit(x)"])).written(style.INK)["exit"] == 1


def test_sixty_nodes_are_still_drawn() -> None:
    assert_tidy(Picture(figures.draw_graph([f"v{i + 1} = exp(v{i})" for i in range(59)])))


def grey(colour: str) -> float:
    """CIE lightness, 0 to 100."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 116 * float(np.dot(linear, [0.2126, 0.7152, 0.0722])) ** (1 / 3) - 16


def test_the_two_colours_differ_in_grey_and_both_read_on_paper() -> None:
    value, gradient, paper = map(grey, (figures.VALUE_COLOUR, figures.GRADIENT_COLOUR, style.PAPER))
    assert abs(value - gradient) > 20
    assert paper - max(value, gradient) > 50


def test_a_figure_brings_its_own_light_background() -> None:
    for figure in (figures.draw_graph(APPLE), figures.canvas()[0]):
        assert to_hex(figure.get_facecolor()) == style.PAPER


def test_a_canvas_takes_the_settings_of_axes() -> None:
    figure, axes = figures.canvas(5, 3, xlabel="step h", title="Error", xscale="log")
    assert list(figure.get_size_inches()) == [5, 3]
    assert (axes.get_xlabel(), axes.get_title(), axes.get_xscale()) == ("step h", "Error", "log")


class Images(HTMLParser):
    """The attributes of every image of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append(dict(attrs))


ALT = 'A "small" rise of x & y gives z < 2.'


@pytest.fixture
def shown_bundles(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What show hands to a running IPython."""
    IPython = pytest.importorskip("IPython")
    bundles: list[dict[str, str]] = []
    monkeypatch.setattr(IPython, "get_ipython", object)
    monkeypatch.setattr(
        "IPython.display.display", lambda bundle, raw: bundles.append(bundle) if raw else None
    )
    return bundles


def test_the_picture_carries_its_alt_text(shown_bundles: list[dict[str, str]]) -> None:
    figures.show(figures.draw_graph(APPLE), alt=ALT)
    (bundle,) = shown_bundles
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == ALT
    (image,) = Images(bundle["text/html"]).found
    assert image["alt"] == ALT
    assert "max-width: 100%" in str(image["style"])
    kind, _, data = str(image["src"]).partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")


def test_nbconvert_keeps_the_alt_text(shown_bundles: list[dict[str, str]]) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbconvert = pytest.importorskip("nbconvert")
    figures.show(figures.draw_graph(APPLE), alt=ALT)
    output = nbformat.v4.new_output("display_data", data=shown_bundles[0])
    cell = nbformat.v4.new_code_cell("figures.show(...)", outputs=[output], execution_count=1)
    page, _ = nbconvert.HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert [image["alt"] for image in Images(page).found] == [ALT]


@pytest.mark.parametrize("alt", ["", "   ", None])
def test_a_figure_without_alt_text_is_not_shown(alt: Any) -> None:
    with pytest.raises(ValueError, match="alt"):
        figures.show(figures.draw_graph(APPLE), alt=alt)


def test_a_figure_of_pyplot_is_closed_after_showing() -> None:
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    figure = pyplot.figure()
    figures.show(figure, alt="Nothing yet.")
    assert figure.number not in pyplot.get_fignums()


def test_drawing_needs_neither_pyplot_nor_a_notebook_and_importing_not_even_matplotlib() -> None:
    program = """
import sys
from course import figures
assert not any(name.split(".")[0] == "matplotlib" for name in sys.modules)
figures.show(figures.draw_graph("z = x * x", {"x": 3}), alt="A square.")
figures.canvas(xlabel="x")
assert "matplotlib.pyplot" not in sys.modules
assert "IPython" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
