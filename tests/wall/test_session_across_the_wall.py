"""The session across the wall answers as the notebook's own session does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from course.givens import Given
from course.grading import frames
from course.grading.box import Box, Tier
from course.grading.forked import Forked
from course.grading.session import BoxSession
from course.session import Coming, Each, Foreign, Handle, LocalSession, Reply, made_by

pytestmark = pytest.mark.wall

SLOW = """
import time
calls = [0.0]

def slow():
    calls[0] += 1
    end = time.monotonic() + 0.9
    while time.monotonic() < end:
        pass
    return calls[0]
"""
Fresh = Callable[..., BoxSession]

STUDENT = """
import warnings
import numpy as np

class MulLayer:
    def __init__(self, scale=1.0):
        self.scale = scale
        self.x = None

    def forward(self, x, y):
        self.x, self.y = x, y
        return self.scale * x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x

    def hand_back(self, x):
        return x

    def spoil(self, x):
        x[...] = 0
        return x.sum()

    def stub(self):
        raise NotImplementedError("1.1")

def gradients(f, x):
    return {"dx": f(x), "many": [1.0] * 50}

def warn(x):
    warnings.warn("careful", RuntimeWarning)
    print("working")
    return np.float32(x)

def odd():
    return object()

def failing(x):
    return np.ones((2, 3)) @ np.ones(x)

def hostile():
    class Liar(np.ndarray):
        def __array_function__(self, *a, **k):
            return True
        def __array_ufunc__(self, *a, **k):
            return True
    return np.zeros(3).view(Liar)

def endless():
    items = []
    items.append(items)
    return items

def raising():
    class Trap(list):
        def __iter__(self):
            raise ValueError("not readable")
    return Trap([1])
"""


@pytest.fixture(scope="module")
def local() -> LocalSession:
    namespace: dict[str, Any] = {}
    exec(compile(STUDENT, "<cell 1>", "exec"), namespace)
    return LocalSession(namespace)


@pytest.fixture(scope="module")
def walled(shared: BoxSession) -> BoxSession:
    result = shared.run(STUDENT, "<cell 1>")
    assert result.error is None
    return shared


def same(one: Reply, other: Reply) -> None:
    np.testing.assert_equal(one.value, other.value)
    assert type(one.value) is type(other.value)
    assert one.warnings == other.warnings
    assert one.printed == other.printed
    assert one.shares_memory == other.shares_memory
    np.testing.assert_equal(dict(one.after), dict(other.after))
    assert (one.error is None) == (other.error is None)
    if one.error is not None and other.error is not None:
        assert (one.error.type, one.error.message) == (other.error.type, other.error.message)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("forward", (2.0, np.arange(6.0).reshape(2, 3))),
        ("forward", (np.float32([1, 2]), 3)),
        ("forward", ("text", 1.5)),
        ("backward", (np.ones(2),)),
        ("hand_back", (np.ones(2),)),
        ("spoil", (np.ones(2),)),
        ("stub", ()),
        ("missing", ()),
    ],
)
def test_a_method_answers_as_in_the_notebook(
    walled: BoxSession, local: LocalSession, method: str, arguments: tuple[Any, ...]
) -> None:
    replies = []
    for session in (walled, local):
        layer = session.make("MulLayer", 2.0).value
        assert isinstance(layer, Handle)
        session.call(layer, "forward", 3.0, 4.0)
        replies.append(session.call(layer, method, *arguments))
    same(*replies)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("gradients", (Given("cubes", {"weights": np.ones(3)}), np.arange(3.0))),
        ("warn", (1.5,)),
        ("odd", ()),
        ("failing", (4,)),
        ("endless", ()),
        ("raising", ()),
        ("nowhere", ()),
    ],
)
def test_a_function_answers_as_in_the_notebook(
    walled: BoxSession, local: LocalSession, name: str, arguments: tuple[Any, ...]
) -> None:
    same(walled.call(name, None, *arguments), local.call(name, None, *arguments))


def test_a_subclass_of_ndarray_arrives_as_a_plain_array(walled: BoxSession) -> None:
    reply = walled.call("hostile", None)
    assert type(reply.value) is np.ndarray
    assert reply.value.tolist() == [0.0, 0.0, 0.0]


def test_an_attribute_is_read(walled: BoxSession) -> None:
    layer = walled.make("MulLayer", 5.0).value
    assert walled.get(layer, "scale").value == 5.0
    assert walled.get(layer, "nothing").error.type == "AttributeError"
    assert walled.get(Handle(10_000), "x").error is not None


def test_a_given_is_built_inside(walled: BoxSession) -> None:
    given = Given(
        "graph",
        {
            "values": [1.0, 2.0],
            "inputs": [[], [0]],
            "local_grads": [[], [3.0]],
            "grads": [0.0, 7.0],
            "inner": 0,
        },
    )
    graph = walled.build(given).value
    assert isinstance(graph, Handle)
    assert walled.get(graph, "grads").value == [0.0, 7.0]
    assert walled.get(Handle(graph.number, "root"), "grad").value == 7.0
    assert walled.build(Given("gradient_checker")).error.type == "ValueError"


def test_the_students_own_line_is_named(walled: BoxSession) -> None:
    error = walled.call("failing", None, 4).error
    assert error is not None
    assert error.line == "return np.ones((2, 3)) @ np.ones(x)"
    assert error.function == "failing"
    # IPython drops the empty lines above a cell's first
    assert STUDENT.strip().splitlines()[error.line_number - 1].strip() == error.line


def test_the_line_is_the_students_where_a_library_raises(walled: BoxSession) -> None:
    result = walled.run("def f():\n    return np.linalg.inv(np.zeros((2, 2)))\nf()", "<cell 9>")
    assert result.error is not None
    assert (result.error.type, result.error.line_number) == ("LinAlgError", 2)
    result = walled.run("open('/nowhere')", "<cell 10>")
    assert result.error is not None
    assert result.error.line == "open('/nowhere')"


def test_an_object_that_is_not_plain_stays_inside(walled: BoxSession) -> None:
    assert isinstance(walled.call("odd", None).value, Foreign)


# Cells


def test_a_cell_prints_and_shows_its_last_value(walled: BoxSession) -> None:
    result = walled.run("print('first')\n[1, 2,\n 3]", "<cell 2>")
    assert (result.text, result.error, result.pngs) == ("first\n[1, 2, 3]\n", None, ())
    assert walled.run("x = 3;\nx;", "<cell 3>").text == ""


def test_a_cell_that_raises_does_not_stop_later_ones(walled: BoxSession) -> None:
    result = walled.run("print('before')\nd = 1 / 0\nprint('after')", "<cell 4>")
    assert result.text == "before\n"
    assert result.error is not None
    assert (result.error.type, result.error.line, result.error.line_number) == (
        "ZeroDivisionError",
        "d = 1 / 0",
        2,
    )
    assert walled.run("print('later')", "<cell 5>").text == "later\n"


def test_a_syntax_error_names_its_line(walled: BoxSession) -> None:
    error = walled.run("a = 1\nif a = 2:\n    pass", "<cell 6>").error
    assert error is not None
    assert (error.type, error.line, error.line_number) == ("SyntaxError", "if a = 2:", 2)


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nprint('on')",
        "%config InlineBackend.figure_format = 'retina'\nprint('on')",
        "%load_ext autoreload\n%autoreload 2\nprint('on')",
        "%pip install backprop-course\nprint('on')",
        "!pip install backprop-course\nprint('on')",
        "files = !ls\nprint('on')",
        "%%time\nprint('on')",
        "import sys\nprint('on'); sys.stderr.write('\\x1b[31mred\\x1b[0m')",
    ],
)
def test_what_people_write_in_notebooks_goes_on(walled: BoxSession, source: str) -> None:
    result = walled.run(source, "<cell 7>")
    assert result.error is None
    assert "on" in result.text
    assert "\x1b" not in result.text


def test_a_warning_on_stderr_is_text_and_no_failure(walled: BoxSession) -> None:
    result = walled.run("import warnings; warnings.warn('careful')", "<cell 8>")
    assert result.error is None
    assert "UserWarning: careful" in result.text


def test_figures_come_back_as_pngs_and_are_closed(walled: BoxSession) -> None:
    result = walled.run(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\nplt.figure();", "<cell 11>"
    )
    assert result.error is None
    assert "non-interactive" not in result.text
    assert len(result.pngs) == 2
    assert all(png.startswith(b"\x89PNG") for png in result.pngs)
    assert walled.run("1 + 1", "<cell 12>").pngs == ()
    shown = walled.run("figure, _ = plt.subplots()\nplt.close()\ndisplay(figure)", "<cell 13>")
    assert len(shown.pngs) == 1


def test_figures_are_counted(walled: BoxSession) -> None:
    source = "import matplotlib.pyplot as plt\nfor _ in range(12): plt.figure(figsize=(1, 1))"
    result = walled.run(source, "<cell 14>")
    assert len(result.pngs) == 8
    assert "left out" in result.text


@pytest.mark.parametrize(
    "source",
    [
        "print('x' * 20_000_000)",
        "for _ in range(200_000): print('y' * 100)",
        "import sys; sys.stderr.write('z' * 20_000_000)",
        "'x' * 20_000_000",
        "display('x' * 20_000_000)",
    ],
)
def test_twenty_megabytes_of_output_are_cut(walled: BoxSession, source: str) -> None:
    result = walled.run(source, "<cell 15>")
    assert len(result.text) < 70_000
    assert "cut" in result.text


def test_control_characters_do_not_cross(walled: BoxSession) -> None:
    text = walled.run(r"print('a\x00b\x07c\x1b]0;title\x07d\tе' + '\ud800')", "<cell 16>").text
    assert text == "abcd\tе?\n"


def test_what_a_call_prints_and_warns_is_capped(walled: BoxSession) -> None:
    walled.run(
        "def loud():\n    print('x' * 10**6)\n    for n in range(100):\n"
        "        warnings.warn('w' * 5000 + str(n))",
        "<cell 17>",
    )
    reply = walled.call("loud", None)
    assert len(reply.printed) == 2000
    assert len(reply.warnings) == 20
    assert all(len(text) <= 300 for text in reply.warnings)


def test_two_boxes_share_nothing(fresh: Fresh) -> None:
    one, other = fresh(), fresh()
    one.run("open('/tmp/answer', 'w').write('42')\nanswer = 42", "<cell 1>")
    result = other.run("import os\nprint(os.path.exists('/tmp/answer'), 'answer' in dir())", "<c>")
    assert result.text == "False False\n"


# The façade


def test_judging_is_inert_inside(walled: BoxSession) -> None:
    result = walled.run(
        "from course import check, check_all, hint, progress, ready, reset, reveal, show\n"
        "print(check('mul_layer', 3), check_all(), hint('x', level=2), progress(),"
        " ready('mul_layer'), reset('mul_layer'), reveal('tax_step', 'a'), show('mul_layer'))",
        "<cell 18>",
    )
    assert result.text == "None None None None False None None None\n"


def test_the_facade_offers_what_the_course_does() -> None:
    import course
    from course.grading.facade import course as facade

    for name in course.__all__:
        if callable(getattr(course, name)) and name[0].islower():
            assert hasattr(facade, name), name


def test_figures_are_real_and_matplotlib_waits_until_one_is_drawn(tier: Tier) -> None:
    source = (
        "import sys\nfrom course import figures\n"
        "print(callable(figures.show), 'matplotlib' in sys.modules)"
    )
    assert isinstance(tier, Forked)
    with Box(replace(tier, warm=False)) as box:
        result = BoxSession(box).run(source, "<cell 1>")
    assert (result.text, result.error) == ("True False\n", None)


def test_a_room_that_is_not_inside_is_an_attribute_error(walled: BoxSession) -> None:
    error = walled.run("import course\ncourse.gradients", "<cell 19>").error
    assert error is not None
    assert error.type == "AttributeError"


# What is said ahead


class Counting:
    """Counts the frames that a session sends."""

    def __init__(self, session: BoxSession, monkeypatch: pytest.MonkeyPatch):
        self.frames = 0
        ask = session.box.ask

        def counted(op: str, **fields: Any) -> Any:
            self.frames += 1
            return ask(op, **fields)

        monkeypatch.setattr(session.box, "ask", counted)


X = np.arange(3.0)
PASS = (
    Coming("make", "MulLayer", None, (2.0,)),
    Coming("call", "forward", made_by(0), (X, X)),
    Coming("call", "backward", made_by(0), (X,)),
    Coming("get", "scale", made_by(0)),
)


def test_what_is_said_ahead_travels_in_one_frame_and_is_answered_alike(
    walled: BoxSession, local: LocalSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = []
    counting = Counting(walled, monkeypatch)
    for session in (walled, local):
        session.ahead(PASS)
        layer = session.make("MulLayer", 2.0).value
        forward = session.call(layer, "forward", X, X)
        replies.append((forward, session.call(layer, "backward", X), session.get(layer, "scale")))
    assert counting.frames == 1
    for one, other in zip(*replies, strict=True):
        same(one, other)


def test_a_chain_ends_at_the_first_error_and_what_follows_is_asked_by_itself(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(walled, monkeypatch)
    stub = Coming("call", "stub", made_by(0))
    walled.ahead([PASS[0], stub, Coming("call", "spoil", made_by(0), (X,))])
    layer = walled.make("MulLayer", 2.0).value
    error = walled.call(layer, "stub").error
    assert error is not None
    assert error.is_stub
    assert counting.frames == 1
    assert walled.call(layer, "hand_back", X).error is None
    assert counting.frames == 2


def test_a_chain_that_takes_long_is_cut_and_what_is_left_is_asked_in_its_own_time(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    walled.run(SLOW, "<cell 3>")
    limits = replace(walled.box.limits, seconds_per_request=2.5)
    monkeypatch.setattr(walled.box, "limits", limits)
    counting = Counting(walled, monkeypatch)
    walled.ahead([Coming("call", None, "slow", ())] * 4)
    assert [walled.call("slow", None).value for _ in range(4)] == [1.0, 2.0, 3.0, 4.0]
    assert counting.frames == 1 + 2  # two in the chain, the others by themselves


def test_a_request_that_was_not_the_next_one_is_asked_by_itself_and_so_are_those_behind_it(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(walled, monkeypatch)
    walled.ahead(PASS)
    layer = walled.make("MulLayer", 2.0).value
    other = walled.call(layer, "forward", X.copy(), X)
    np.testing.assert_array_equal(other.value, 2 * X * X)
    walled.call(layer, "backward", X)
    assert counting.frames == 3


def test_several_chains_travel_in_one_frame_and_an_error_ends_its_own_alone(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(walled, monkeypatch)
    stub = (PASS[0], Coming("call", "stub", made_by(0)), PASS[1])
    chains = [stub, tuple(PASS)]
    walled.ahead(*chains)
    layer = walled.make("MulLayer", 2.0).value
    assert walled.call(layer, "stub").error is not None
    walled.ahead(*chains[1:])
    other = walled.make("MulLayer", 2.0).value
    assert other != layer
    np.testing.assert_array_equal(walled.call(other, "forward", X, X).value, 2 * X * X)
    assert counting.frames == 1


def test_what_was_cut_of_several_chains_is_asked_for_again_together(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    walled.run(SLOW, "<cell 3>")
    counting = Counting(walled, monkeypatch)
    chains = [[Coming("call", None, "slow", ())] for _ in range(4)]
    found = []
    for place in range(4):
        walled.ahead(*chains[place:])
        found.append(walled.call("slow", None).value)
    assert found == [1.0, 2.0, 3.0, 4.0]
    assert counting.frames == 2


def test_more_chains_than_a_frame_holds_take_several(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(walled, monkeypatch)
    chains = [PASS[:2] for _ in range(frames.MAX_LINKS)]
    for place in range(len(chains)):
        walled.ahead(*chains[place:])
        layer = walled.make("MulLayer", 2.0).value
        assert walled.call(layer, "forward", X, X).error is None
    assert counting.frames == 2


def test_running_a_cell_forgets_what_was_said_ahead(walled: BoxSession) -> None:
    walled.ahead(PASS[:1])
    walled.run("MulLayer_gone = 1", "<cell 2>")
    assert walled.make("MulLayer", 2.0).error is None


def test_what_is_too_much_for_one_frame_is_asked_one_by_one(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = np.zeros(5 * 2**20)
    counting = Counting(walled, monkeypatch)
    walled.ahead([PASS[0], *(Coming("call", "spoil", made_by(0), (large,)) for _ in range(2))])
    layer = walled.make("MulLayer", 2.0).value
    assert walled.call(layer, "spoil", large).value == 0.0
    assert counting.frames == 3


# Sweeps

POINTS = np.arange(6.0).reshape(2, 3)
FORWARD = (PASS[0], Coming("call", "forward", made_by(0), (Each(), X)))
BACKWARD = (*FORWARD, Coming("call", "backward", made_by(0), (X,)))


def test_a_sweep_gives_on_both_sides_what_each_point_gives_by_itself(
    walled: BoxSession, local: LocalSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(walled, monkeypatch)
    for session in (walled, local):
        found = session.sweep(FORWARD, POINTS)
        assert found is not None
        np.testing.assert_array_equal(found[0], 2 * POINTS * X)
        both = session.sweep(BACKWARD, POINTS, [[(1, 2)], [(0, 2)]])
        assert both is not None
        np.testing.assert_array_equal(both[0], POINTS * X)
        np.testing.assert_array_equal(both[1], [X * X] * 2)
    assert counting.frames == 2


def test_points_may_be_numbers_and_stand_inside_a_dict(
    walled: BoxSession, local: LocalSession
) -> None:
    source = "def at(d): return {'sum': [d['a'] + d['b'], 'text']}"
    walled.run(source, "<cell 2>")
    exec(source, local.namespace)  # type: ignore[arg-type]
    chain = [Coming("call", None, "at", ({"a": Each(), "b": 1.0},))]
    for session in (walled, local):
        found = session.sweep(chain, np.arange(3.0), [["sum", (0, 2)]])
        assert found is not None
        np.testing.assert_array_equal(found[0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("chain", "way"),
    [
        (BACKWARD, ((0, 3),)),
        (BACKWARD, ("dx",)),
        (FORWARD, ((0, 2),)),
        ((PASS[0], Coming("call", "stub", made_by(0))), ()),
        ((Coming("make", "Nobody", None, (Each(),)), PASS[1]), ()),
        ((Coming("call", None, "odd"),), ()),
        ((Coming("call", None, "uneven", (Each(),)),), ()),
    ],
    ids=["three", "key", "position", "error", "no class", "an object", "uneven"],
)
def test_a_sweep_that_gives_no_numbers_gives_nothing(
    walled: BoxSession, local: LocalSession, chain: Any, way: Any
) -> None:
    source = "def uneven(x): return x[:1] if x[0] else x"
    walled.run(source, "<cell 2>")
    exec(source, local.namespace)  # type: ignore[arg-type]
    for session in (walled, local):
        assert session.sweep(chain, POINTS, [way]) is None
        assert session.call("failing", None, 3).error is None  # and the session goes on


def test_a_sweep_that_takes_long_goes_on_in_the_next_frame(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    walled.run(SLOW, "<cell 3>")
    counting = Counting(walled, monkeypatch)
    found = walled.sweep([Coming("call", None, "slow", ())], np.zeros(4))
    assert found is not None
    np.testing.assert_array_equal(found[0], [1.0, 2.0, 3.0, 4.0])
    assert counting.frames == 2


def test_points_too_many_for_one_frame_take_several(
    walled: BoxSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    walled.run("def first(x): return x[0]", "<cell 3>")
    counting = Counting(walled, monkeypatch)
    points = np.tile(np.arange(4.0)[:, None], (1, 3 * 2**20))
    found = walled.sweep([Coming("call", None, "first", (Each(),))], points)
    assert found is not None
    np.testing.assert_array_equal(found[0], np.arange(4.0))
    assert counting.frames == 3  # the first is refused before it is sent


def test_settings_that_one_call_of_a_sweep_leaves_behind_reach_no_other(
    walled: BoxSession, local: LocalSession
) -> None:
    source = """
import warnings
import numpy as np

def strict(x):
    result = x / np.zeros(3)
    x[:] = 7.0
    np.seterr(all="raise")
    warnings.simplefilter("error")
    return result
"""
    walled.run(source, "<cell>")
    exec(source, local.namespace)  # type: ignore[arg-type]
    points = np.ones((3, 3))
    for session in (walled, local):
        found = session.sweep([Coming("call", None, "strict", (Each(),))], points)
        assert found is not None
        np.testing.assert_array_equal(found[0], np.full((3, 3), np.inf))
        np.testing.assert_array_equal(points, 1.0)


def test_what_a_sweep_makes_is_not_kept(local: LocalSession) -> None:
    before = local.make("MulLayer", 2.0).value
    local.sweep(FORWARD, POINTS)
    after = local.make("MulLayer", 3.0).value
    assert after.number == before.number + 1
    np.testing.assert_array_equal(local.call(before, "forward", X, X).value, 2 * X * X)


def test_arguments_may_be_what_was_made_ahead(walled: BoxSession) -> None:
    assign, wanted = Given("assign"), {"scale": np.ones(2)}
    walled.run("class Net:\n    def __init__(self): self.params = {'scale': np.zeros(2)}", "<cell>")
    walled.ahead(
        [
            Coming("make", "Net"),
            Coming("build", None, None, (assign,)),
            Coming("call", None, made_by(1), (made_by(0), wanted)),
            Coming("get", "params", made_by(0)),
        ]
    )
    net = walled.make("Net").value
    built = walled.build(assign).value
    assert walled.call(built, None, net, wanted).error is None
    np.testing.assert_array_equal(walled.get(net, "params").value["scale"], np.ones(2))
