"""Facts about wrong numbers: each holds for every one of them, or isn't told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course import diagnosis
from course.diagnosis import Evidence
from course.session import Raised

RNG = np.random.default_rng(3)
X, DOUT, RIGHT = (RNG.normal(size=(7, 3)) for _ in range(3))
SHARES = np.abs(RIGHT) / np.abs(RIGHT).sum(axis=1, keepdims=True)
T = np.array([0, 2, 1, 1, 0, 2, 2])


def told(mine: Any, right: Any = RIGHT, **more: Any) -> tuple[str, str]:
    """The code and the sentence for one wrong table among quantities that surround it."""
    given = {"inputs": {"x": X, "t": T}, "upstream": (DOUT,), "values": {"forward": SHARES}}
    mine, right = np.asarray(mine, dtype=float), np.asarray(right, dtype=float)
    found = diagnosis.diagnose([Evidence(mine, right, **(given | more))])
    return found.code, found.why


@pytest.mark.parametrize(
    ("mine", "code", "words"),
    [
        (RIGHT * X, "times_input", "times x"),
        (RIGHT * (1 - SHARES), "times_rest", "1 minus the output"),
        (RIGHT / SHARES, "over_input", "divided by the output"),
        (np.abs(RIGHT), "function_of", "without its sign"),
        (RIGHT**2, "function_of", "the square of"),
        (1 - RIGHT, "function_of", "1 minus the right one"),
        (-X, "is_quantity", "x with a minus"),
        (X * SHARES, "is_quantity", "x times the output"),
        (DOUT * X * (1 - X), "is_quantity", "dout times x (1 - x)"),
        (DOUT * np.tanh(X), "is_quantity", "dout times tanh(x)"),
        (1 / (1 + np.exp(-X)), "is_quantity", "sigmoid(x)"),
        (RIGHT + X, "too_much", "too large by exactly x"),
        (RIGHT - 2 * DOUT, "too_little", "too small by exactly twice dout"),
        (RIGHT + 1, "function_of", "1 plus"),
        (RIGHT * 0.37, "factor", "0.37 times"),
        (RIGHT * np.arange(2, 9)[:, None], "row_factor", "Each row"),
        (RIGHT * np.array([2.0, 5.0, 7.0]), "row_factor", "Each column"),
        (RIGHT + np.arange(2, 9)[:, None], "row_shift", "Each row"),
        (RIGHT[::-1], "reversed", "opposite order"),
        (RIGHT.ravel()[RNG.permutation(21)].reshape(7, 3), "permuted", "other places"),
        (np.full((7, 3), 0.7), "all_alike", "for all entries"),
        (np.where(X > 0, RIGHT, 0), "wrong_where_is", "but where x is below 0: there it is 0"),
        (np.where(X > 0, RIGHT, X), "wrong_where_is", "there it is x"),
        (np.where(X > 0, RIGHT, RIGHT + X**2), "wrong_where", "but where x is below 0"),
        (np.vstack([RIGHT[:-1], X[:1]]), "wrong_in", "the last row"),
        (RIGHT + (T[:, None] == np.arange(3)) * X**2, "wrong_in", "of the right class"),
        (RIGHT * (1 + 1e-4 * X), "nearly", "nearly right"),
        (RIGHT + X**2 + 0.3 * DOUT**3, "unknown_gradient", "unknown"),
    ],
)
def test_each_fact_is_found_and_told(mine: Any, code: str, words: str) -> None:
    found = told(mine)
    assert found[0] == code, found
    assert words in found[1]


def test_rows_that_must_add_up_to_1_and_do_not_are_told() -> None:
    wrong = [Evidence(s + 0.1 * X**2 + 0.01, s) for s in (SHARES, SHARES[::-1])]
    found = diagnosis.diagnose(wrong)
    assert (found.code, "row must add up to 1" in found.why) == ("wrong_sums", True)


def test_one_table_whose_rows_add_up_is_a_coincidence() -> None:
    assert diagnosis.diagnose([Evidence(SHARES + 0.1 * X**2, SHARES)]).code != "wrong_sums"


def test_a_net_that_averages_at_every_layer_is_told_so() -> None:
    sizes = {"rows of x": 7, "columns of x": 3}
    layers = [Evidence(RIGHT / 7.0**depth, RIGHT, sizes=sizes) for depth in (1, 2, 3)]
    found = diagnosis.down_the_net([layers])
    assert found is not None
    assert (found.code, "one more factor of 7, which is the number of rows of x" in found.why) == (
        "over_each",
        True,
    )
    once = [Evidence(RIGHT / 7.0, RIGHT, sizes=sizes) for _ in range(3)]
    assert diagnosis.down_the_net([once]) is None
    assert diagnosis.down_the_net([layers[:1]]) is None


@pytest.mark.parametrize(
    ("mine", "right", "code"),
    [
        (RIGHT.T, RIGHT, "turned"),
        (RIGHT, RIGHT.sum(axis=0), "not_summed"),
        (RIGHT, RIGHT.mean(axis=0), "not_averaged"),
        (RIGHT.sum(), RIGHT, "summed_away"),
        (RIGHT.mean(axis=1), RIGHT, "averaged_away"),
        (RIGHT.ravel(), RIGHT, "reshaped"),
        (np.tile(RIGHT[0], (4, 1)), RIGHT[0], "repeated"),
        (np.zeros((0, 3)), RIGHT, "unknown_shape"),
        (X[:5], RIGHT, "unknown_shape"),
    ],
)
def test_another_shape_is_told_by_what_would_make_it(mine: Any, right: Any, code: str) -> None:
    assert diagnosis.diagnose_shape([Evidence(np.asarray(mine), np.asarray(right))]).code == code


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (lambda x: np.where(x == 0, np.nan, 1.0), "nan_at_zero"),
        (lambda x: np.where(np.abs(x) > 500, np.inf, 1.0), "nan_at_large"),
        (lambda x: np.full(x.shape, np.nan), "nan_everywhere"),
        (lambda x: np.where(x == 2, np.nan, 1.0), "nan_somewhere"),
    ],
)
def test_nan_is_told_by_where_it_stands(broken: Any, code: str) -> None:
    x = np.array([0.0, 1.0, 2.0, 1000.0])
    evidence = Evidence(broken(x), np.ones(4), inputs={"x": x})
    assert diagnosis.diagnose_not_finite([evidence]).code == code


def test_a_fact_that_one_card_contradicts_is_not_told() -> None:
    holds, fails = Evidence(2 * RIGHT, RIGHT), Evidence(2 * X + 0.01 * X**2, X)
    assert diagnosis.diagnose([holds]).code == "factor"
    assert diagnosis.diagnose([holds, fails]).code != "factor"


@pytest.mark.parametrize("wrong", [RIGHT + 0.5 * X**2, np.sin(9 * RIGHT) * X])
def test_two_numbers_are_too_few_for_a_relation_with_many_rivals(wrong: Any) -> None:
    few = Evidence(wrong[0, :2], RIGHT[0, :2], inputs={"x": X[0, :2]}, upstream=(DOUT[0, :2],))
    assert diagnosis.diagnose([few]).code in ("unknown_gradient", "nearly")


tables = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    elements=st.floats(-1e300, 1e300) | st.sampled_from([0.0, np.nan, np.inf, 1.0]),
)


@settings(deadline=None, max_examples=150)
@given(mine=tables, right=tables, x=tables, dout=tables)
def test_no_result_makes_the_diagnosis_itself_fail(
    mine: Any, right: Any, x: Any, dout: Any
) -> None:
    def evidence(one: Any, other: Any) -> Evidence:
        return Evidence(one, other, inputs={"x": x, "n": 3, "word": "a"}, upstream=(dout,))

    with np.errstate(all="ignore"):
        assert diagnosis.diagnose_shape([evidence(mine, right)]).look
        for one, other in ((mine, mine + 1), (mine * 2, mine)):
            if np.all(np.isfinite(one)) and np.all(np.isfinite(other)):
                assert diagnosis.diagnose([evidence(one, other)], "value").look
            assert diagnosis.diagnose_not_finite([evidence(one, other)]).look


# --- what Python said


SNIPPETS = {
    "uncalled": "x.copy[0] = 1",
    "none_used": "None * 2",
    "unpacked_one": "a, b = 3.0",
    "unpacked_few": "a, b, c = 1, 2",
    "unpacked_many": "a, b = 1, 2, 3",
    "no_array_method": "x.xT",
    "not_an_array": "[1, 2].shape",
    "no_such_function": "np.summ(x)",
    "unbound": "def f():\n    z = y\n    y = 1\nf()",
    "unknown_name": "sigmiod(x)",
    "mask_assignment": "y = x.copy(); y[x > 0] = x",
    "mask_minus": "-(x > 0)",
    "ambiguous": "x if x > 0 else 0",
    "matmul": "x @ x",
    "in_place_shape": "b = np.zeros(3); b += x",
    "broadcast": "x + x.sum(axis=1)",
    "integers": "w = np.arange(3); w -= 0.5",
    "one_number": "float(x)",
    "reshape": "x.reshape(4, 4)",
    "no_axis": "x.sum(axis=2)",
    "many_indices": "x[0, 0, 0]",
    "past_the_end": "x[7]",
    "index_kind": "x[1.5]",
    "no_key": "{'W': 1}['b']",
    "arguments": "(lambda a: a)(1, 2)",
    "no_such_argument": "(lambda a: a)(b=2)",
    "not_callable": "x(3)",
    "not_iterable": "for i in 7: pass",
    "by_zero": "1 / 0",
    "overflow": "import math; math.exp(1000)",
    "recursion": "f = lambda: f(); f()",
    "changed_while_read": "d = {1: 1}\nfor k in d: d[k + 1] = 1",
    "domain": "import math; math.log(-1)",
    "not_in_list": "[1].index(2)",
    "caret": "2.0 ^ 2",
    "empty": "np.max(np.zeros(0))",
    "read_only": "b = np.broadcast_to(1.0, 3); b[0] = 2",
}


@pytest.mark.parametrize("cause", SNIPPETS)
def test_what_python_says_is_traced_to_its_usual_cause(cause: str) -> None:
    names = {"np": np, "x": RNG.normal(size=(7, 3))}
    with pytest.raises(Exception) as raised:  # noqa: PT011
        exec(SNIPPETS[cause], names)
    said = Raised(type(raised.value).__name__, str(raised.value))
    found = diagnosis.diagnose_error(said)
    assert found is not None
    assert found.code == f"error_{cause}", str(raised.value)


def test_an_attribute_never_stored_is_named() -> None:
    found = diagnosis.diagnose_error(
        Raised("AttributeError", "'Relu' object has no attribute 'mask'")
    )
    assert found is not None
    assert (found.code, "self.mask" in found.why) == ("error_unstored", True)


def test_an_exception_of_ones_own_has_no_usual_cause() -> None:
    assert diagnosis.diagnose_error(Raised("ValueError", "no layer may come twice")) is None
