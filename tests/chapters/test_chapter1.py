"""Chapter 1: the published numbers come out of its own answers, and the prose quotes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from course.authoring import source
from grader_tests.published import NUMBERS

ROOT = Path(__file__).parents[2]
NAME = "ch1_computational_graphs"
CHAPTER = source.read(ROOT / "source_notebooks" / f"{NAME}.py")


def test_a_product_and_its_gradients(solved):
    known = NUMBERS["mul"]
    layer = solved["MulLayer"]()
    assert layer.forward(known["x"], known["y"]) == known["product"]
    assert layer.backward(known["dout"]) == (known["dx"], known["dy"])


def test_the_apple_shop(solved):
    known = NUMBERS["apple"]
    price, gradients = solved["apple_graph"](**known["inputs"])
    assert price == pytest.approx(known["price"], rel=1e-14)
    assert gradients == pytest.approx((known["dapple"], known["dnum"], known["dtax"]), rel=1e-14)
    assert known["apple_price"] == known["inputs"]["apple"] * known["inputs"]["num"]
    assert known["dapple_price"] == known["inputs"]["tax"]


def test_the_fruit_shop(solved):
    known = NUMBERS["fruit"]
    price, gradients = solved["fruit_graph"](**known["inputs"])
    assert price == pytest.approx(known["price"], rel=1e-14)
    for name, value in gradients.items():
        assert value == pytest.approx(known[f"d{name}"], rel=1e-14)
    parts = known["apple_price"], known["orange_price"]
    assert sum(parts) == known["all_price"]
    assert parts == (200, 450)


def test_the_elasticities_of_the_fruit_shop_do_not_depend_on_units(solved):
    known = NUMBERS["fruit"]
    price, gradients = solved["fruit_graph"](**known["inputs"])
    for name, elasticity in known["elasticities"].items():
        assert known["inputs"][name] * gradients[name] / price == pytest.approx(elasticity)


def test_every_elasticity_of_the_apple_shop_is_1(solved):
    inputs = NUMBERS["apple"]["inputs"]
    price, gradients = solved["apple_graph"](**inputs)
    for value, gradient in zip(inputs.values(), gradients, strict=True):
        assert value * gradient == pytest.approx(price)


def test_the_tax_matters_90_9_times_more_only_in_different_units(solved):
    _, (dapple, _, dtax) = solved["apple_graph"](**NUMBERS["apple"]["inputs"])
    assert dtax / dapple == pytest.approx(NUMBERS["tax_claim"]["ratio"])
    assert NUMBERS["tax_claim"]["ratio"] == pytest.approx(90.9, abs=0.01)


def test_the_square_of_a_sum(solved):
    known = NUMBERS["chain_square_sum"]
    assert solved["chain_square_sum"](known["x"], known["y"]) == pytest.approx(
        (known["z"], known["dx"], known["dy"])
    )


def test_a_fork_twice_gives_4(solved):
    known = NUMBERS["fan_out"]
    first, second = solved["Branch"](), solved["Branch"]()
    a1, a2 = first.forward(known["a"])
    b1, b2 = second.forward(a1 + a2)
    assert b1 + b2 == known["c"]
    db = second.backward(1.0, 1.0)
    assert first.backward(db, db) == known["dc_da"]


def test_a_graph_without_order_would_give_8(solved):
    """The graph b = a + a, c = b + b: in order 4; by recursion without order 8."""
    from course.givens import graph

    made = graph([1.0, 2.0, 4.0], [[], [0, 0], [1, 1]], [[], [1, 1], [1, 1]], [0.0, 0.0, 0.0], 1)
    solved["graph_backward"](made.root)
    assert made.nodes[0].grad == NUMBERS["fan_out"]["dc_da"]

    def unordered(node):
        for earlier, local in zip(node.inputs, node.local_grads, strict=True):
            earlier.grad += node.grad * local
        for earlier in node.inputs:
            unordered(earlier)

    made = graph([1.0, 2.0, 4.0], [[], [0, 0], [1, 1]], [[], [1, 1], [1, 1]], [0.0, 0.0, 0.0], 1)
    made.root.grad = 1.0
    unordered(made.root)
    assert made.nodes[0].grad == NUMBERS["fan_out"]["without_ordering"]


def test_the_toy_model_forwards_and_backwards(solved):
    known = NUMBERS["toy"]
    beta, omega = np.array(known["beta"]), np.array(known["omega"])
    values = solved["toy_forward"](known["x"], beta, omega)
    assert values == pytest.approx(tuple(known["forward"].values()), rel=1e-12)
    assert (values[-1] - known["y"]) ** 2 == pytest.approx(known["loss"], rel=1e-12)
    steps, dbeta, domega = solved["toy_backward"](known["x"], known["y"], beta, omega)
    assert tuple(steps) == pytest.approx(tuple(known["backward"].values()), rel=1e-12)
    assert tuple(domega) == pytest.approx(tuple(known["domega"]), rel=1e-12)
    # A bias is added, so its gradient is that of the sum it is added to.
    assert tuple(dbeta) == pytest.approx(tuple(known["backward"][f"df{k}"] for k in range(4)))


def test_the_signed_maximum_lets_three_of_seven_wrong_gradients_through(solved, handed_out):
    known = NUMBERS["gradient_log"]
    row = np.array(known["published"]), np.array(known["measured"])
    assert handed_out["count_wrong"](*row, known["tol"]) == known["wrong_by_signed_maximum"]
    assert solved["count_wrong"](*row, known["tol"]) == known["wrong"]
    assert int(np.sum(row[0] < 0)) == known["wrong"] - known["wrong_by_signed_maximum"]


def test_the_published_row_is_refused_by_the_courses_own_tolerance(solved):
    known = NUMBERS["gradient_log"]
    row = np.array(known["published"]), np.array(known["measured"])
    assert not solved["gradients_agree"](*row)
    assert not solved["gradients_agree"](1e6 * row[0], 1e6 * row[1])
    assert solved["gradients_agree"](row[1] * (1 + 1e-8), row[1])


def test_numbers_quoted_in_the_prose_are_the_published_ones():
    prose = "\n".join(cell.source for cell in CHAPTER.cells)
    for number in ("220", "2.2", "110", "715", "3.3", "165", "650", "90.9"):
        assert number in prose, number
    for name, value in NUMBERS["toy"]["forward"].items():
        assert f"{value:.4f}"[:5] in prose, name
