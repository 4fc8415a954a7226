"""What the checks compare, how they judge, and what they say to the person at the keyboard."""

from __future__ import annotations

import json
import re
import textwrap
from collections import UserDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import course
from course import cards, diagnosis, journal, messages, notebook
from course.cards import Card, Exercise
from course.checks import CheckFailed, check, check_all, judge, kind_of
from course.checks.compare import compare
from course.checks.rehearsal import rehearse
from course.givens import Given
from course.session import Foreign, LocalSession, plain
from course.verdict import Verdict

unhurried = settings(deadline=None)


def exercise(exercise_id: str) -> Exercise:
    found = cards.find_exercise(exercise_id)
    assert found is not None
    return found


def answer(code: str, file: str = "<answer>") -> dict[str, Any]:
    names: dict[str, Any] = {"np": np, "__name__": "answer"}
    exec(compile(textwrap.dedent(code), file, "exec", dont_inherit=True), names)
    return names


def verdict_on(exercise_id: str, code: str) -> Verdict:
    return judge(exercise(exercise_id), LocalSession(answer(code)))


def parts(verdict: Verdict) -> dict[str, str]:
    return {f.part: f.state for f in verdict.findings if f.state not in ("note", "warning")}


def product(forward: str = "x * y", backward: str = "dout * self.y, dout * self.x") -> str:
    return f"""
class MulLayer:
    def forward(self, x, y):
        self.x, self.y = x, y
        return {forward}

    def backward(self, dout):
        return {backward}
"""


class MulLayer:
    """A right answer, for the checks that take objects."""

    def forward(self, x: Any, y: Any) -> Any:
        self.x, self.y = x, y
        return x * y

    def backward(self, dout: Any) -> Any:
        return dout * self.y, dout * self.x


class AddingLayer(MulLayer):
    """A wrong one."""

    def backward(self, dout: Any) -> Any:
        return dout + self.y, dout + self.x


class ForwardOnly(MulLayer):
    """Half an answer."""

    def backward(self, dout: Any) -> Any:
        raise NotImplementedError("1.1")


@pytest.fixture(autouse=True)
def nobody_at_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shell, and no progress from other tests."""
    monkeypatch.setattr(journal, "current", cache(journal.Journal))
    monkeypatch.setattr(notebook, "shell", lambda: None)


# --- one result against one expected value

finite = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 4))
arrays = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=finite
)


@unhurried
@given(arrays)
def test_a_result_that_is_expected_is_right(expected: np.ndarray) -> None:
    assert compare(expected, expected).ok
    assert compare(expected.tolist(), expected).ok
    assert compare(expected, expected, noise=0.0).ok


@unhurried
@given(
    arrays.filter(lambda a: np.any(a)), st.sampled_from([-1.2345678e-5, 1.2345678e-5, -1.0, 1.0])
)
def test_a_result_that_is_off_is_wrong(expected: np.ndarray, share: float) -> None:
    assert compare(expected * (1 + share), expected).kind == "value"
    assert compare(expected * (1 + share), expected, noise=0.0).kind == "value"


@unhurried
@given(arrays, st.sampled_from([np.nan, np.inf, -np.inf]), st.data())
def test_a_result_with_a_nan_is_never_right(
    expected: np.ndarray, bad: float, data: st.DataObject
) -> None:
    place = tuple(data.draw(st.integers(0, size - 1)) for size in expected.shape)
    mine = expected.copy()
    mine[place] = bad
    assert compare(mine, expected).kind == "not finite"
    assert compare(mine, expected, noise=np.inf).kind == "not finite"


def test_a_nan_is_named_before_any_difference() -> None:
    found = compare(np.array([1e9, np.nan, 3.0]), np.array([1.0, 2.0, 3.0]))
    assert found.kind == "not finite"
    assert "1 of 3 entries are nan or infinite (first at [1])" in found.text
    assert compare(float("nan"), 1.0).text == "is nan"


def test_a_nan_in_a_list_is_found_as_well() -> None:
    assert compare([1.0, float("nan")], np.array([1.0, 2.0])).kind == "not finite"


def test_an_infinity_is_right_where_it_is_expected() -> None:
    assert compare(np.array([np.inf, 1.0]), np.array([np.inf, 1.0])).ok


def test_single_precision_is_held_against_the_largest_entry() -> None:
    expected = np.array([1.0, -200.0])
    assert compare(np.float32([1.001, -200.01]), expected).ok
    assert compare(np.float32([1.001, -200.01]), expected, noise=0.0).ok
    assert not compare(np.float32([1.03, -200.0]), expected).ok
    assert not compare(np.array([1.001, -200.01]), expected).ok
    assert not compare(np.float32([1e-6]), np.zeros(1)).ok


def test_single_precision_numbers_stay_so_on_their_way_out() -> None:
    for narrow in (np.float32(1 / 3), np.float16(0.5)):
        assert plain(narrow).dtype == np.float32
    assert compare(plain(np.float32(1 / 3)), 1 / 3).ok


def test_an_array_of_arrays_is_read_as_a_list() -> None:
    layers = np.empty(2, dtype=object)
    layers[:] = [np.ones((2, 3)), np.ones(3)]
    assert [layer.shape for layer in plain(layers)] == [(2, 3), (3,)]


def test_single_precision_that_was_widened_is_held_to_single_precision() -> None:
    thirds = np.arange(1, 8) / 3
    assert compare(thirds.astype(np.float32).astype(np.float64) * np.float64(1), thirds).ok
    assert compare(thirds.astype(np.float32).astype(np.float64), thirds * (1 + 5e-5)).ok
    assert not compare(thirds, thirds * (1 + 5e-5)).ok


@pytest.mark.parametrize("few", [33.25, 9374.90625, [9374.90625] * 4, [0.1, 0.2, 33.25]])
def test_numbers_that_fit_into_single_precision_by_chance_are_held_to_double(few: Any) -> None:
    few = np.array(few)
    assert not compare(few, few * (1 + 1e-5)).ok


@pytest.mark.parametrize(
    ("got", "wanted", "sentence"),
    [
        (np.ones((3, 1)), np.ones(3), "has shape (3, 1); wanted is (3,)"),
        (np.ones(1), 1.0, "has shape (1,); wanted is ()"),
        (1.0, np.ones(2), "has shape (); wanted is (2,)"),
        (np.ones((2, 3)), np.ones((3, 2)), "A gradient has the shape of its owner"),
        (np.ones(6), np.ones((3, 2)), "has shape (6,); wanted is (3, 2)"),
    ],
)
def test_another_shape_is_wrong_whatever_the_numbers(got: Any, wanted: Any, sentence: str) -> None:
    found = compare(got, wanted, noise=0.0)
    assert found.kind == "shape"
    assert sentence in found.text


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "is the return missing?"),
        ("2.2", "returns the text '2.2'; a number is wanted"),
        ({"dx": 1.0}, "returns a dict; a number is wanted"),
        (object(), "an object of type object"),
        (2 + 1j, "a complex number"),
        (np.array([1j]), "an array of dtype complex128"),
        (np.array(["a"]), "an array of dtype"),
        (np.array([object()]), "an object of type object"),
        ([[1.0], [1.0, 2.0]], "isn't a rectangle of numbers"),
        ([1.0, None], "returns a list of 2 with nothing (None) in it"),
        ([1.0, "a"], "returns a list of 2 with the text 'a' in it"),
        ((1.0, np.ones((2, 3))), "returns a tuple of 2; wanted is a number"),
        (UserDict({"a": 1.0}), "a dict"),
        (2**70, "a whole number of more than 64 bits"),
        (np.ones, "an object of type"),
        ((x for x in [1.0]), "an object of type generator"),
    ],
    ids=lambda value: str(type(value).__name__),
)
def test_what_is_no_number_is_named(got: Any, words: str) -> None:
    found = compare(plain(got), 1.0)
    assert found.kind == "type"
    assert words in found.text


def test_a_tuple_of_equal_shapes_is_called_a_tuple() -> None:
    found = compare((np.ones((7, 3)), np.ones((7, 3))), np.ones((7, 3)))
    assert found.text == "returns a tuple of 2; wanted is an array of shape (7, 3)"


@pytest.mark.parametrize("yes", [True, 1, 1.0, np.bool_(True), np.array(True), np.int64(1)])
def test_every_way_of_saying_yes_is_understood(yes: Any) -> None:
    assert compare(plain(yes), True).ok
    assert compare(plain(yes), False).kind == "value"


@pytest.mark.parametrize(
    "other",
    [2, -1, 0.5, float("nan"), None, "True", [], [True], [[1], [1, 2]], np.array([True]), {}, 1j],
    ids=str,
)
def test_everything_else_is_neither_yes_nor_no(other: Any) -> None:
    assert compare(plain(other), True).kind == "type"
    assert compare(plain(other), False).kind == "type"


nests = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | arrays,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=6,
)


@unhurried
@given(nests, st.sampled_from([1.0, True, np.zeros(3), np.ones((2, 3))]))
def test_comparing_never_raises(got: Any, expected: Any) -> None:
    assert compare(plain(got), expected).kind in {"right", "value", "type", "shape", "not finite"}


def test_both_numbers_are_shown_with_digits_enough_to_differ() -> None:
    assert compare(1.0000023, 1.0).text == "yours 1.000002, expected 1"


def test_the_first_and_the_worst_entry_are_shown() -> None:
    found = compare(np.array([[1.0, 2.1], [3.0, 9.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert "wrong in 2 of 4 entries (first at [0, 1]: yours 2.1, expected 2" in found.text
    assert "worst at [1, 1]: yours 9, expected 4" in found.text


def test_opposite_giants_are_compared_without_a_warning() -> None:
    assert compare(np.array([1e308]), np.array([-8.5e307])).kind == "value"


# --- from results to points


def test_each_part_earns_its_share() -> None:
    verdict = verdict_on("mul_layer", product(backward="dout * self.y, dout * self.y"))
    assert parts(verdict) == {"forward": "right", "dx": "right", "dy": "wrong"}
    assert (verdict.points, verdict.out_of) == (2, 3)


def test_a_method_that_is_still_a_stub_is_not_attempted_and_the_other_keeps_its_points() -> None:
    verdict = judge(exercise("mul_layer"), LocalSession({"MulLayer": ForwardOnly}))
    assert parts(verdict) == {"forward": "right", "dx": "not attempted", "dy": "not attempted"}
    assert (verdict.state, verdict.points) == ("wrong", 1)


def test_where_forward_raises_backward_waits() -> None:
    verdict = verdict_on("mul_layer", product(forward="x * z"))
    assert "NameError: name 'z' is not defined" in verdict.to_text()
    assert "can't be tried until forward runs" in verdict.to_text()
    assert verdict.points == 0


def test_the_true_gradient_of_a_wrong_forward_keeps_its_points() -> None:
    faithful = product("x * y + x", "dout * (self.y + 1), dout * self.x")
    verdict = verdict_on("mul_layer", faithful)
    assert parts(verdict) == {"forward": "wrong", "dx": "right", "dy": "right"}
    assert "the true gradient of your own forward" in verdict.to_text()


def test_the_right_gradient_over_a_wrong_forward_keeps_its_points_too() -> None:
    verdict = verdict_on("mul_layer", product(forward="x * y + 1"))
    assert verdict.points == 2


def test_a_gradient_that_is_neither_loses() -> None:
    verdict = verdict_on("mul_layer", product("x + y", "dout * 5, dout * 5"))
    assert verdict.points == 0


@pytest.mark.parametrize(
    "forward",
    [
        "x * 0 + y * 0 + 3.0",
        "np.round(x * y)",
        "np.sign(x * y)",
        "np.floor(x) * np.ceil(y)",
        "x * 0 + y * 0 + 1e6 + 1e-9 * x * y",
        "np.round(x * y) + 1e-13 * x * y",
    ],
    ids=["constant", "rounded", "sign", "floor", "dust on a mountain", "dust on steps"],
)
def test_a_forward_that_does_not_move_earns_nothing_for_a_gradient_of_zero(forward: str) -> None:
    verdict = verdict_on("mul_layer", product(forward, "dout * 0.0, dout * 0.0"))
    assert verdict.points == 0, verdict.to_text()


def test_a_model_that_does_not_move_earns_nothing() -> None:
    verdict = verdict_on(
        "apple_graph",
        """
        def apple_graph(apple, num, tax):
            return 7.0, (0.0, 0.0, 0.0)
        """,
    )
    assert verdict.points == 0


def test_a_faithful_gradient_keeps_its_points_where_its_forward_happens_to_stand_still() -> None:
    verdict = verdict_on(
        "fruit_graph",
        """
        def fruit_graph(apple, apple_num, orange, orange_num, tax):
            factors = {
                "apple": apple,
                "apple_num": apple_num,
                "orange": orange,
                "orange_num": orange_num,
                "tax": tax,
            }
            slopes = {
                name: np.prod([other for key, other in factors.items() if key != name])
                for name in factors
            }
            return np.prod(list(factors.values())), slopes
        """,
    )
    wrong = [finding.part for finding in verdict.findings if finding.state == "wrong"]
    assert wrong == ["price"], verdict.to_text()


@pytest.mark.usefixtures("nothing_known")
def test_what_is_remembered_from_the_first_call_is_seen_on_the_second() -> None:
    verdict = verdict_on(
        "mul_layer",
        """
        class MulLayer:
            kept = None

            def forward(self, x, y):
                self.kept = self.kept or (x, y)
                return x * y

            def backward(self, dout):
                return dout * self.kept[1], dout * self.kept[0]
        """,
    )
    assert "right on the first call, wrong on the second" in verdict.to_text()
    assert {f.diagnosis.code for f in verdict.findings if f.diagnosis} == {"on_second_call"}


def test_what_two_objects_share_is_seen_when_they_are_used_in_turn() -> None:
    verdict = verdict_on(
        "mul_layer",
        """
        class MulLayer:
            def forward(self, x, y):
                MulLayer.x, MulLayer.y = x, y
                return x * y

            def backward(self, dout):
                return dout * self.y, dout * self.x
        """,
    )
    assert "wrong when two objects are used in turn" in verdict.to_text()


def test_a_second_backward_must_give_the_same() -> None:
    in_place = product(backward="self.__dict__.update(x=self.x * 2) or (dout * self.y, dout * 1)")
    verdict = verdict_on("mul_layer", in_place)
    assert parts(verdict)["dx"] == "right"
    shrinking = product(
        forward="x * y", backward="(dout * self.y, dout * self.x, setattr(self, 'y', 0))[:2]"
    )
    verdict = verdict_on("mul_layer", shrinking)
    assert "a second backward after the same forward gives another answer" in verdict.to_text()
    assert parts(verdict) == {"forward": "right", "dx": "wrong", "dy": "right"}


def test_a_warning_costs_nothing_and_is_told_once() -> None:
    noisy = product(forward="(np.log(np.float64(-1)), x * y)[1]")
    verdict = verdict_on("mul_layer", noisy)
    assert verdict.state == "right with a warning"
    assert verdict.points == verdict.out_of
    assert verdict.to_text().count("invalid value encountered in log") == 1


def test_a_changed_input_costs_nothing_and_is_told() -> None:
    verdict = verdict_on(
        "mul_layer",
        """
        class MulLayer:
            def forward(self, x, y):
                self.x, self.y = np.copy(x), np.copy(y)
                x *= y
                return x

            def backward(self, dout):
                return dout * self.y, dout * self.x
        """,
    )
    assert verdict.state == "right with a warning"
    assert verdict.points == verdict.out_of
    assert "x was changed in place" in verdict.to_text()


def test_what_a_wrong_answer_did_on_the_side_is_not_mentioned() -> None:
    noisy = product(forward="(np.log(np.float64(-1)), x * y)[1]", backward="dout, dout")
    verdict = verdict_on("mul_layer", noisy)
    assert verdict.state == "wrong"
    assert "warning" not in verdict.to_text()


def test_what_is_printed_is_a_note_beside_a_right_verdict() -> None:
    verdict = verdict_on("mul_layer", product(forward="(print('forward', x), x * y)[1]"))
    assert verdict.state == "right"
    assert verdict.points == verdict.out_of
    assert [f.part for f in verdict.findings if f.state == "note"] == ["printed"]
    assert "forward 100.0" in verdict.to_text()


def test_an_exception_is_shown_with_the_students_own_line(tmp_path: Any) -> None:
    file = tmp_path / "cell.py"
    file.write_text(product(backward="dout * self.z, dout"), encoding="utf-8")
    names = answer(file.read_text(encoding="utf-8"), str(file))
    text = judge(exercise("mul_layer"), LocalSession(names)).to_text()
    assert "AttributeError: 'MulLayer' object has no attribute 'z'" in text
    assert "your line 8: return dout * self.z, dout" in text


def test_an_attribute_that_is_missing_is_not_taken_for_a_method_that_is() -> None:
    text = verdict_on("mul_layer", product(backward="dout * self.z, dout")).to_text()
    assert "has no attribute 'z'" in text
    assert "has no method" not in text


def test_a_missing_method_is_named() -> None:
    class Half:
        def forward(self, x: Any, y: Any) -> Any:
            return x * y

    text = judge(exercise("mul_layer"), LocalSession({"MulLayer": Half})).to_text()
    assert "MulLayer has no method backward" in text


@pytest.mark.parametrize("what", ["SystemExit(0)", "RecursionError('deep')", "AssertionError"])
def test_an_answer_that_raises_anything_is_wrong(what: str) -> None:
    verdict = verdict_on(
        "add_layer",
        f"""
        class AddLayer:
            def forward(self, x, y):
                raise {what}
        """,
    )
    assert (verdict.state, verdict.points) == ("wrong", 0)


def test_nothing_is_asked_of_an_untouched_answer() -> None:
    class Untouchable:
        def __getitem__(self, name: str) -> Any:
            raise AssertionError("asked")

    verdict = judge(exercise("ch1_bug"), LocalSession(Untouchable()), untouched=True)  # type: ignore[arg-type]
    assert (verdict.state, verdict.points) == ("not attempted", 0)


def test_a_part_about_which_no_card_was_asked_is_not_given_away() -> None:
    every = exercise("relative_error")
    half = [card for card in every.cards if card.about == "relative_error"]
    right = {"relative_error": lambda a, n: next(iter(errors)), "gradients_agree": bool}
    errors = iter([card.expected["relative_error"] for card in half])
    verdict = judge(every, LocalSession(right), half)
    assert parts(verdict)["gradients_agree"] == "wrong"


NUMERIC = """
def numeric_gradient(f, x, h=1e-5):
    {start}
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        old = x[place]
        x[place] = old + h
        above = f(x)
        x[place] = old - h
        gradient[place] = (above - f(x)) / (2 * h)
        {end}
    return gradient
"""


@pytest.mark.parametrize("result", ["None", "np.zeros(np.shape(x))", "x", "0.0"])
def test_leaving_x_alone_is_worth_nothing_without_a_gradient(result: str) -> None:
    code = f"def numeric_gradient(f, x, h=1e-5):\n    return {result}\n"
    verdict = verdict_on("numeric_gradient", code)
    assert (verdict.state, verdict.points) == ("wrong", 0)


def test_x_put_back_to_the_last_bit_is_right() -> None:
    code = NUMERIC.format(
        start="x = np.asarray(x, dtype=float) if np.ndim(x) else np.array(float(x))",
        end="x[place] = old",
    )
    assert verdict_on("numeric_gradient", code).state == "right"


def test_x_put_back_up_to_rounding_is_right_with_a_warning() -> None:
    code = NUMERIC.format(
        start="x = np.asarray(x, dtype=float)", end="x[place] = old * (1 + 4e-16)"
    )
    verdict = verdict_on("numeric_gradient", code)
    assert verdict.state == "right with a warning"
    assert "only up to rounding" in verdict.to_text()


class Reporting(LocalSession):
    """A session that says of x, after each call, that it is this."""

    def __init__(self, names: dict[str, object], x: object):
        super().__init__(names)
        self.x = x

    def call(self, *given: Any) -> Any:
        return replace(super().call(*given), after={1: self.x})


@pytest.mark.parametrize("x", [{}, "x", None, [Foreign("an object")], [[1.0], []]])
def test_x_that_is_said_to_be_no_numbers_any_more_is_wrong(x: object) -> None:
    names: dict[str, Any] = {"np": np}
    exec(NUMERIC.format(start="x = np.array(x, dtype=float)", end="x[place] = old"), names)
    verdict = judge(exercise("numeric_gradient"), Reporting(names, x))
    assert parts(verdict)["x put back"] == "wrong"
    assert parts(verdict)["gradient"] == "right"


def test_x_left_displaced_is_wrong() -> None:
    code = NUMERIC.format(start="x = np.asarray(x, dtype=float)", end="pass")
    verdict = verdict_on("numeric_gradient", code)
    assert parts(verdict)["x put back"] == "wrong"
    assert "x is not as it was" in verdict.to_text()


def test_a_second_pass_over_a_graph_is_judged_only_after_a_right_first_one() -> None:
    text = verdict_on(
        "graph_backward", "def graph_backward(node):\n    node.grad = 1.0\n"
    ).to_text()
    assert "can't be judged until the first call is right" in text
    assert "right on the first call" not in text


def test_a_small_number_inside_a_logarithm_is_right_and_a_large_one_is_not() -> None:
    kind = kind_of(exercise("more_nodes"))
    assert kind.slack["LogLayer"] < 4e-7  # type: ignore[attr-defined]
    only_log = [card for card in exercise("more_nodes").cards if card.about == "LogLayer"]

    def log(delta: float) -> dict[str, Any]:
        return answer(
            f"""
            class LogLayer:
                def forward(self, x):
                    self.x = x
                    return np.log(x + {delta})

                def backward(self, dout):
                    return dout / self.x
            """
        )

    for delta, state in ((0.0, "right"), (1e-7, "right"), (1e-5, "wrong")):
        verdict = judge(exercise("more_nodes"), LocalSession(log(delta)), only_log)
        assert parts(verdict)["LogLayer"] == state


@pytest.mark.parametrize("exercise_id", ["mul_layer", "numeric_gradient", "graph_backward"])
def test_asking_leaves_the_cards_as_they_were(exercise_id: str) -> None:
    asked = exercise(exercise_id)
    before = json.dumps(cards.exercise_to_json(asked))
    vandal = """
    class MulLayer:
        def forward(self, x, y):
            self.x, self.y = x, y
            if np.ndim(x):
                x[...] = y[...] = 0
            return x

        def backward(self, dout):
            return dout, dout

    def numeric_gradient(f, x, h=1e-5):
        if np.ndim(x):
            x[...] = 0
        return x

    def graph_backward(node):
        node.inputs, node.local_grads, node.value = (), (), 0
    """
    assert not judge(asked, LocalSession(answer(vandal))).passed
    assert json.dumps(cards.exercise_to_json(asked)) == before


def test_a_verdict_survives_json() -> None:
    verdict = verdict_on("mul_layer", product(backward="dout * self.x, dout * self.y"))
    there = json.loads(json.dumps(verdict.to_json()))
    assert Verdict.from_json(there) == verdict


def test_html_shows_what_a_student_wrote_as_text() -> None:
    verdict = verdict_on("mul_layer", product(forward="(print('<b>x</b>'), x * y)[1]"))
    assert "&lt;b&gt;x&lt;/b&gt;" in verdict.to_html()
    assert "<b>x" not in verdict.to_html()


# --- diagnosis


def test_every_diagnosis_has_its_sentence_and_its_question() -> None:
    for key in messages.SENTENCES:
        if key.endswith(".why"):
            assert key.removesuffix(".why") + ".look" in messages.SENTENCES
        if key.endswith(".look"):
            assert messages.SENTENCES[key].endswith(("?", "."))


@pytest.mark.usefixtures("nothing_known")
def test_a_single_number_is_no_ground_for_a_factor() -> None:
    one_card = replace(exercise("chain_square_sum"), cards=exercise("chain_square_sum").cards[:1])
    code = "def chain_square_sum(x, y):\n    return (x + y)**2, 20.0, 2 * (x + y)\n"
    verdict = judge(one_card, LocalSession(answer(code)))
    assert [f.diagnosis.code for f in verdict.findings if f.diagnosis] == ["unknown_gradient"]


@pytest.mark.usefixtures("nothing_known")
def test_a_card_that_contradicts_a_diagnosis_prevents_it() -> None:
    code = """
    class MulLayer:
        def forward(self, x, y):
            self.x, self.y = x, y
            return x * y

        def backward(self, dout):
            spoilt = 1.0 if np.all(self.y == 0) else 0.0
            return 2 * dout * self.y + spoilt, dout * self.x
    """
    verdict = verdict_on("mul_layer", code)
    assert [f.diagnosis.code for f in verdict.findings if f.diagnosis] == ["unknown_gradient"]


@pytest.mark.usefixtures("nothing_known")
def test_values_are_not_spoken_of_as_gradients() -> None:
    code = (
        "def apple_graph(apple, num, tax):\n    return 7.7, (num * tax, apple * tax, apple * num)\n"
    )
    verdict = verdict_on("apple_graph", code)
    assert "upstream" not in verdict.to_text()
    assert [f.diagnosis.code for f in verdict.findings if f.diagnosis] == ["all_alike"]


def test_an_infinite_forward_is_measured_in_silence_and_earns_nothing() -> None:
    verdict = verdict_on("mul_layer", product("x * np.inf", "dout * 5.0, dout * 5.0"))
    assert verdict.points == 0


# --- corners, refusals, and exercises that share a class


def relu(backward: str, forward: str = "np.maximum(x, 0)") -> str:
    return f"""
class Relu:
    def forward(self, x):
        self.x = x
        return {forward}

    def backward(self, dout):
        return {backward}
"""


def sigmoid(whole_numbers: str) -> str:
    """A sigmoid, and what it does with whole numbers before anything else."""
    return f"""
class Sigmoid:
    def forward(self, x):
        if x.dtype.kind == "i":
            {whole_numbers}
        return 0.5 + 0.5 * np.tanh(0.5 * x)
"""


def on_the_corner(slope: str) -> str:
    return relu(f"np.where(self.x == 0, {slope} * dout, dout * (self.x > 0))")


@pytest.mark.parametrize("slope", ["0.0", "-0.0", "0.3", "1.0", "(dout > 0)"])
def test_on_a_corner_any_slope_between_its_sides_is_right(slope: str) -> None:
    verdict = verdict_on("relu_backward", on_the_corner(slope))
    assert verdict.state == "right", verdict.to_text()


@pytest.mark.parametrize("slope", ["-0.001", "1.001", "2.0", "np.nan", "np.inf", "-np.inf"])
def test_on_a_corner_nothing_outside_its_sides_is_right(slope: str) -> None:
    verdict = verdict_on("relu_backward", on_the_corner(slope))
    assert (verdict.state, verdict.points) == ("wrong", 0), verdict.to_text()
    assert "some entries 0" in verdict.to_text()


@pytest.mark.usefixtures("nothing_known")
def test_what_is_free_on_a_corner_hides_no_cause_elsewhere() -> None:
    verdict = verdict_on("relu_backward", relu("-dout * (self.x > 0)"))
    assert [f.diagnosis.code for f in verdict.findings if f.diagnosis] == ["sign"]


def test_entries_that_leave_a_choice_name_no_cause_by_themselves() -> None:
    free = diagnosis.Evidence(np.array([3.0, -4.0]), np.array([np.nan, np.nan]))
    assert diagnosis.diagnose([free]).code == "unknown_gradient"
    one = diagnosis.Evidence(np.array([3.0, 2.0]), np.array([np.nan, 1.0]))
    assert diagnosis.diagnose([one]).code == "unknown_gradient"


@pytest.mark.parametrize(
    "first",
    ["x = x.astype(float)", "raise TypeError('floats, please')", "raise NotImplementedError"],
)
def test_whole_numbers_may_be_converted_or_refused_out_loud(first: str) -> None:
    assert verdict_on("sigmoid_forward", sigmoid(first)).state == "right"


@pytest.mark.parametrize(
    "first",
    [
        "return np.zeros_like(x)",
        "return None",
        "return np.full(x.shape, np.nan)",
    ],
)
def test_whole_numbers_may_not_be_cut_or_dropped(first: str) -> None:
    verdict = verdict_on("sigmoid_forward", sigmoid(first))
    assert not verdict.passed
    assert verdict.points == 0, verdict.to_text()


def test_an_answer_that_refuses_everything_earns_nothing() -> None:
    refusing = """
    class Compose:
        def __init__(self, layers):
            raise ValueError("no")
    """
    assert verdict_on("compose", refusing).points == 0


def test_a_layer_of_the_course_says_that_its_backward_ran_before_its_forward() -> None:
    backwards = """
    class Compose:
        def __init__(self, layers):
            self.layers = layers
        def forward(self, x):
            for layer in self.layers:
                layer.backward(x)
        def backward(self, dout):
            return dout
    """
    assert "backward runs before forward" in verdict_on("compose", backwards).to_text()


OTHER_METHODS = ["1 / 0", "None", "self.nothing", "7.0"]


@pytest.mark.parametrize("backward", OTHER_METHODS)
def test_a_backward_of_any_kind_leaves_the_exercise_of_forward_alone(backward: str) -> None:
    verdict = verdict_on("relu_forward", relu(backward))
    assert verdict.state == "right", verdict.to_text()


@pytest.mark.parametrize("forward", ["None", "7.0", "x", "x * np.nan"])
def test_a_wrong_forward_that_keeps_its_gates_leaves_the_exercise_of_backward_alone(
    forward: str,
) -> None:
    verdict = verdict_on("relu_backward", relu("dout * (self.x > 0)", forward))
    assert verdict.state == "right", verdict.to_text()


@pytest.mark.parametrize(
    ("code", "done", "left"),
    [
        (relu("_wait()"), "relu_forward", "relu_backward"),
        (sigmoid("x = x * 1.0") + "    backward = _wait\n", "sigmoid_forward", "sigmoid_backward"),
    ],
)
def test_a_stub_in_one_method_is_not_attempted_in_its_own_exercise_only(
    code: str, done: str, left: str
) -> None:
    wait = "def _wait(*_):\n    raise NotImplementedError\n"
    assert verdict_on(done, wait + code).state == "right"
    assert verdict_on(left, wait + code).state == "not attempted"


def test_a_stub_of_forward_leaves_backward_not_attempted() -> None:
    code = relu("dout * (self.x > 0)", "_wait()")
    wait = "def _wait():\n    raise NotImplementedError\n"
    assert verdict_on("relu_backward", wait + code).state == "not attempted"


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        ("np.multiply(x, x > 0, out=x)", "shares memory"),
        ("np.maximum(x, 0).astype(np.float64)", "float64 came out"),
    ],
)
def test_a_relu_is_told_of_shared_memory_and_of_widened_numbers(forward: str, words: str) -> None:
    verdict = verdict_on("relu_forward", relu("dout", forward))
    assert verdict.state == "right with a warning"
    assert verdict.points == verdict.out_of
    assert words in verdict.to_text()


def test_what_the_other_exercise_is_told_is_not_told_twice() -> None:
    writes = relu("np.multiply(dout, self.x > 0, out=dout)")
    assert verdict_on("relu_forward", writes).state == "right"
    assert verdict_on("relu_backward", writes).state == "right with a warning"


def test_a_layer_that_need_not_keep_single_precision_is_not_told_of_it() -> None:
    assert verdict_on("sigmoid_forward", sigmoid("x = x * 1.0")).state == "right"


# --- check, in a notebook


def test_a_right_answer_returns_its_verdict() -> None:
    verdict = check("mul_layer", MulLayer)
    assert verdict.state == "right"
    assert repr(verdict).startswith("mul_layer   right   (3 of 3 points)")


def test_a_wrong_answer_raises_with_the_whole_verdict_as_its_text() -> None:
    with pytest.raises(CheckFailed) as failed:
        check("mul_layer", AddingLayer)
    assert isinstance(failed.value, AssertionError)
    assert failed.value.verdict is not None
    assert failed.value.verdict.state == "wrong"
    for words in ("mul_layer   wrong   (1 of 3 points)", "expected", "why", "look"):
        assert words in str(failed.value)
    assert failed.value._render_traceback_() == str(failed.value).split("\n")


def test_a_verdict_that_was_shown_is_not_printed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "show_html", lambda page, text: True)
    with pytest.raises(CheckFailed) as failed:
        check("mul_layer", AddingLayer)
    (line,) = failed.value._render_traceback_()
    assert line.startswith("mul_layer: wrong. dx:")


@pytest.mark.parametrize("wrong", ["mul_layers", "MulLayer", "mullayer"])
def test_an_unknown_id_is_answered_with_the_closest(wrong: str) -> None:
    with pytest.raises(CheckFailed, match="No exercise is called") as failed:
        check(wrong, MulLayer)
    assert "mul_layer" in str(failed.value)


def test_an_id_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(CheckFailed, match=r"The exercises are mul_layer, add_layer"):
        check("zzz")


def test_a_wrong_number_of_objects_is_told_with_the_right_one() -> None:
    with pytest.raises(CheckFailed, match=r"takes MulLayer; 2 objects came"):
        check("mul_layer", MulLayer, MulLayer)
    with pytest.raises(CheckFailed, match=r"takes relative_error, gradients_agree; one object"):
        check("relative_error", max)
    with pytest.raises(CheckFailed, match=r"0 objects came"):
        check("mul_layer")


def test_an_object_in_place_of_its_class_is_told_so() -> None:
    with pytest.raises(CheckFailed, match="takes the class MulLayer itself, without parentheses"):
        check("mul_layer", MulLayer())


@pytest.mark.parametrize("thing", [220, 2.2, "MulLayer", None, np.zeros(3), [MulLayer]], ids=str)
def test_something_that_cannot_be_called_is_told_so(thing: Any) -> None:
    with pytest.raises(CheckFailed, match="must be a class or a function"):
        check("mul_layer", thing)


def test_what_an_exercise_builds_on_is_named_until_it_is_right() -> None:
    def apple_graph(apple: float, num: float, tax: float) -> Any:
        return 0, (0, 0, 0)

    with pytest.raises(CheckFailed, match="builds on mul_layer"):
        check("apple_graph", apple_graph)
    check("mul_layer", MulLayer)
    with pytest.raises(CheckFailed) as failed:
        check("apple_graph", apple_graph)
    assert "builds on" not in str(failed.value)


def test_the_same_wrong_code_is_one_try() -> None:
    for _ in range(3):
        with pytest.raises(CheckFailed):
            check("mul_layer", AddingLayer)
    assert journal.tries("mul_layer") == 1


def test_a_later_verdict_replaces_the_earlier_one() -> None:
    check("mul_layer", MulLayer)
    assert journal.is_right("mul_layer")
    with pytest.raises(CheckFailed):
        check("mul_layer", AddingLayer)
    assert not journal.is_right("mul_layer")


# --- the whole notebook once more

IMPORTS = "import numpy as np\nfrom course import check, hint"
CELL = product()
CHECK = 'check("mul_layer", MulLayer)'


def test_a_rehearsal_runs_the_cells_in_a_namespace_of_its_own() -> None:
    found = rehearse([IMPORTS, CELL, CHECK])
    assert [(v.exercise, v.state) for v in found.verdicts] == [("mul_layer", "right")]
    assert (found.points, found.out_of) == (3, 3)
    assert found.stale == found.raised == ()
    assert not journal.is_right("mul_layer")


def test_what_passed_only_through_stale_state_is_named() -> None:
    check("mul_layer", MulLayer)
    found = rehearse([IMPORTS, "MulLayer = print", CHECK])
    assert found.stale == ("mul_layer",)
    assert "not in a fresh run from the top" in found.to_text()
    assert journal.is_right("mul_layer")


def test_a_name_that_only_the_kernel_remembers_is_named_with_its_cell() -> None:
    found = rehearse([IMPORTS, CHECK])
    (trouble,) = found.raised
    assert trouble.startswith("cell 2 raised NameError: name 'MulLayer' is not defined")
    assert found.verdicts == ()


def test_a_rehearsal_goes_on_after_a_cell_that_raises() -> None:
    found = rehearse(
        [IMPORTS, "1 / 0", "import sys; sys.exit()", "(", "%matplotlib inline", CELL, CHECK]
    )
    assert found.points == 3
    assert [re.search(r"raised (\w+)", trouble).group(1) for trouble in found.raised] == [  # type: ignore[union-attr]
        "ZeroDivisionError",
        "SystemExit",
        "SyntaxError",
    ]


def test_a_wrong_check_does_not_stop_a_rehearsal_and_later_cells_leave_its_verdict() -> None:
    wrong = product(backward="dout, dout")
    found = rehearse([IMPORTS, wrong, CHECK, CELL])
    assert [v.state for v in found.verdicts] == ["wrong"]
    assert found.points == 1


def test_the_last_check_of_an_exercise_counts() -> None:
    found = rehearse([IMPORTS, product(backward="dout, dout"), CHECK, CELL, CHECK])
    assert [v.state for v in found.verdicts] == ["right"]


def test_optional_exercises_stand_outside_the_total() -> None:
    graph = "def graph_backward(node):\n    node.grad = 1.0"
    found = rehearse([IMPORTS, CELL, CHECK, graph, 'check("graph_backward", graph_backward)'])
    assert len(found.verdicts) == 2
    assert (found.points, found.out_of) == (3, 3)


def test_a_rehearsal_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    rehearse([IMPORTS, "print('hello')", CELL, CHECK, "hint('mul_layer')"])
    assert capsys.readouterr().out == ""


def test_a_rehearsal_runs_code_as_a_notebook_does() -> None:
    found = rehearse([IMPORTS, "def f(x: float): ...\nassert f.__annotations__['x'] is float"])
    assert found.raised == ()


def test_check_all_needs_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_all() is None
    assert "works inside a notebook only" in capsys.readouterr().out


# --- hints, predictions, progress


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the student has defined so far."""
    defined: dict[str, Any] = {"MulLayer": ForwardOnly}
    monkeypatch.setattr(notebook, "names", lambda: defined)
    return defined


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    return lambda: capsys.readouterr().out


def test_a_hint_climbs_one_rung_when_the_code_has_changed(
    names: dict[str, Any], said: Callable[[], str]
) -> None:
    texts = exercise("mul_layer").hints
    for rung, thing in enumerate([ForwardOnly, AddingLayer, MulLayer], 1):
        names["MulLayer"] = thing
        course.hint("mul_layer")
        told = said()
        assert f"Hint {rung} of 3 for mul_layer: {texts[rung - 1]}" in told
        assert ("That was the last hint." in told) is (rung == 3)


def test_unchanged_code_climbs_no_rung(names: Mapping[str, Any], said: Callable[[], str]) -> None:
    course.hint("mul_layer")
    first = said()
    course.hint("mul_layer")
    again = said()
    assert "Nothing has changed since the last hint" in again
    assert first.strip() in again
    assert "Hint 2" not in again


def test_the_ladder_ends_at_its_last_rung(names: dict[str, Any], said: Callable[[], str]) -> None:
    for thing in (ForwardOnly, AddingLayer, MulLayer, ForwardOnly, AddingLayer):
        names["MulLayer"] = thing
        course.hint("mul_layer")
    assert "Hint 3 of 3" in said().split("\n\n")[-2]


def test_a_hint_works_before_anything_is_defined(
    names: dict[str, Any], said: Callable[[], str]
) -> None:
    names.clear()
    course.hint("mul_layer")
    assert "Hint 1 of 3" in said()


def test_an_unknown_id_is_told_to_hint_and_ready_as_well() -> None:
    for ask in (course.hint, course.ready):
        with pytest.raises(LookupError, match="Did you mean mul_layer"):
            ask("mul_laye")


def test_a_prediction_is_revealed_only_after_a_letter(said: Callable[[], str]) -> None:
    prediction = cards.find_prediction("tax_step")
    assert prediction is not None
    for empty in ("", " ", "x", "200"):
        course.reveal("tax_step", empty)
        told = said()
        assert "Write the letter of your answer between the quotes (a, b, c, d)" in told
        assert prediction.explanation not in told


@pytest.mark.parametrize("typed", ["c", "C", " c) "])
def test_a_right_prediction_is_told_with_its_reason(typed: str, said: Callable[[], str]) -> None:
    course.reveal("tax_step", typed)
    told = said()
    assert told.startswith("c) is right.")
    assert "A gradient is a rate" in told


def test_a_wrong_prediction_is_told_with_the_right_one(said: Callable[[], str]) -> None:
    course.reveal("tax_step", "a")
    assert said().startswith("You said a); it is c) by 2 won.")


def test_an_unknown_prediction_is_answered_with_the_closest() -> None:
    with pytest.raises(LookupError, match="Did you mean tax_step"):
        course.reveal("tax_steps", "a")


def test_ready_says_what_a_cell_waits_for(said: Callable[[], str]) -> None:
    assert course.ready("mul_layer") is False
    assert (
        said() == "This cell waits for exercise 1.1 (mul_layer): run it again when that is right.\n"
    )
    check("mul_layer", MulLayer)
    assert course.ready("mul_layer") is True
    assert said() == ""


def test_progress_lists_the_chapters_that_were_begun(said: Callable[[], str]) -> None:
    course.progress()
    assert said() == "Nothing has been checked yet.\n"
    check("mul_layer", MulLayer)
    course.progress()
    told = said()
    assert re.search(r"^1\.1  .*  right            3 of 3 ", told, re.MULTILINE)
    assert re.search(r"^1\.2  .*  not checked yet  0 of 3 ", told, re.MULTILINE)
    assert "1 of 12 exercises are right (3 of" in told


# --- cards as JSON

numbers = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(2**63), 2**63 - 1)
any_array = st.sampled_from([np.float64, np.float32, np.int64, np.bool_]).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
    )
)
plain_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5) | any_array,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["array", "dict"]), inner, max_size=3
        )
        | st.dictionaries(st.text(max_size=3), inner, max_size=2).map(lambda d: Given("graph", d))
    ),
    max_leaves=8,
)


def alike(one: Any, other: Any) -> bool:
    """Equal in value and in type, nan included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        same = one.shape == other.shape and one.dtype == other.dtype
        return same and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, Given):
        return one.kind == other.kind and alike(one.data, other.data)
    return bool(one == other) or (one != one and other != other)


@unhurried
@given(plain_values)
def test_a_value_survives_json_with_its_type(value: Any) -> None:
    text = json.dumps(cards.to_json(value), allow_nan=False)
    assert alike(cards.from_json(json.loads(text)), value)


@unhurried
@given(
    st.builds(
        Card,
        case=st.text(max_size=5),
        inputs=st.dictionaries(st.text(max_size=3), plain_values, max_size=2),
        expected=st.dictionaries(st.text(max_size=3), plain_values, max_size=2),
        upstream=st.lists(plain_values, max_size=2).map(tuple),
        noise=st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=2),
        about=st.text(max_size=3),
        arguments=st.lists(plain_values, max_size=2).map(tuple),
        along=st.dictionaries(
            st.text(max_size=3), st.dictionaries(st.text(max_size=3), any_array, max_size=1)
        ),
    )
)
def test_a_card_survives_json(card: Card) -> None:
    there = cards.card_from_json(json.loads(json.dumps(cards.card_to_json(card), allow_nan=False)))
    assert all(alike(getattr(there, name), getattr(card, name)) for name in vars(card))


@pytest.mark.parametrize("chapter", cards.chapters(), ids=lambda c: c.name)
def test_a_chapter_survives_json(chapter: cards.Chapter) -> None:
    data = cards.chapter_to_json(chapter)
    assert cards.chapter_to_json(cards.chapter_from_json(json.loads(json.dumps(data)))) == data


# --- what crosses the wall of a session


@unhurried
@given(nests)
def test_what_a_session_hands_over_is_plain_and_stays_so(value: Any) -> None:
    once = plain(value)
    assert alike(plain(once), once) or isinstance(once, Foreign)


def test_a_list_that_gives_something_else_each_time_is_read_once() -> None:
    class Turning(list):  # type: ignore[type-arg]
        given = iter([[1.5, 2.5], [object()]])

        def __iter__(self) -> Any:
            return iter(next(self.given))

    assert plain(Turning([0.0])) == [1.5, 2.5]


def test_an_argument_is_a_copy_of_the_cards() -> None:
    original = np.zeros(3)
    session = LocalSession({"spoil": lambda x: x.fill(1)})
    reply = session.call("spoil", None, original)
    np.testing.assert_array_equal(original, 0)
    np.testing.assert_array_equal(reply.after[0], 1)
