"""Chapter 2: the published numbers come out of its own answers, and the prose quotes them."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course import gradients
from course.authoring import source
from grader_tests.published import NUMBERS as ALL_NUMBERS

ROOT = Path(__file__).parents[2]
NAME = "ch2_activation_layers"
CHAPTER = source.read(ROOT / "source_notebooks" / f"{NAME}.py")
NUMBERS = ALL_NUMBERS["activations"]


def test_a_relu_and_its_gates(solved):
    known = NUMBERS["relu"]
    layer = solved["Relu"]()
    assert layer.forward(np.array(known["x"])).tolist() == known["y"]
    assert layer.backward(np.ones((2, 2))).tolist() == known["slope"]


def test_on_the_corner_of_a_relu_the_measured_slope_is_a_half(solved):
    slope = gradients.central_differences(solved["Relu"]().forward, 0.0)
    assert slope == NUMBERS["relu"]["measured_at_the_corner"]


def test_a_relu_that_writes_into_dout_makes_a_right_residual_wrong(solved):
    known = NUMBERS["relu"]

    class HastyRelu(solved["Relu"]):
        def backward(self, dout):
            dout *= super().backward(np.ones_like(dout))
            return dout

    for inside, slope in (("Relu", "residual_slope"), (None, "residual_slope_in_place")):
        residual = solved["Residual"]()
        residual.relu = solved[inside]() if inside else HastyRelu()
        residual.forward(np.array(known["x"]))
        assert residual.backward(np.ones((2, 2))).tolist() == known[slope]


def test_a_sigmoid_and_its_slope_in_one_piece_and_from_four_nodes(solved):
    known = NUMBERS["sigmoid"]
    x, layer = np.array(known["x"]), solved["Sigmoid"]()
    assert layer.forward(x) == pytest.approx(known["y"], rel=1e-14)
    assert layer.backward(np.ones(3)) == pytest.approx(known["slope"], rel=1e-14)
    y, dx = solved["sigmoid_from_nodes"](x)
    assert y == pytest.approx(known["y"], rel=1e-12)
    assert dx == pytest.approx(known["slope"], rel=1e-12)


def test_tanh_and_its_slope(solved):
    known = NUMBERS["tanh"]
    layer = solved["Tanh"]()
    assert layer.forward(known["x"]) == pytest.approx(known["y"], rel=1e-14)
    assert layer.backward(1.0) == pytest.approx(known["slope"], rel=1e-14)


def test_five_sigmoids_in_a_row_stay_below_the_fifth_power_of_a_quarter(solved):
    known = NUMBERS["five_sigmoids"]
    assert known["bound"] == 0.25**5

    def slope(x):
        row = solved["Compose"]([solved["Sigmoid"]() for _ in range(5)])
        row.forward(x)
        return row.backward(np.ones(x.shape))

    x = np.linspace(-3, 3, 60_001)
    assert np.max(slope(x)) == pytest.approx(known["reached"], rel=1e-8)
    assert np.max(slope(x)) < known["bound"]
    assert x[np.argmax(slope(x))] == pytest.approx(known["best_x"], abs=1e-4)


def test_a_sigmoid_without_its_1_is_an_exponential_with_a_slope_of_the_wrong_sign(solved):
    known = NUMBERS["sigmoid_without_its_1"]
    y = 1 / (+np.exp(-known["x"]))
    assert y == pytest.approx(known["y"], rel=1e-14)
    assert y == pytest.approx(np.exp(known["x"]), rel=1e-14)
    layer = solved["Sigmoid"]()
    layer.y = y
    assert layer.backward(1.0) == pytest.approx(known["dx"], rel=1e-12)


def test_far_to_the_left_a_sigmoid_without_its_1_looks_like_one(solved):
    known = NUMBERS["sigmoid_without_its_1"]
    assert 1 / (+np.exp(5)) == pytest.approx(known["at_minus_5"], rel=1e-14)
    right = solved["Sigmoid"]().forward(np.array(-5.0))
    assert right == pytest.approx(known["right_at_minus_5"], rel=1e-14)


@pytest.mark.parametrize("kind", NUMBERS["largest_exponent"])
def test_e_can_be_raised_to_this_power_and_to_no_larger_one(kind):
    kind, largest = np.dtype(kind).type, NUMBERS["largest_exponent"][kind]
    assert np.log(np.finfo(kind).max) == pytest.approx(largest, rel=1e-7)
    with np.errstate(over="ignore"):
        below, above = np.exp(kind(largest - 0.001)), np.exp(kind(largest + 0.001))
    assert np.isfinite(below)
    assert above == np.inf


def test_twenty_slopes_in_a_row(solved):
    known = NUMBERS["chains_of_20"]
    starts = {
        "relu": ("Relu", 1.0),
        "tanh": ("Tanh", 1.0),
        "tanh_from_0": ("Tanh", 0.0),
        "sigmoid": ("Sigmoid", 0.0),
        "leaky_relu": ("LeakyRelu", -1.0),
    }
    for name, (layer, x) in starts.items():
        row = solved["Compose"]([solved[layer]() for _ in range(20)])
        row.forward(np.array(x))
        assert row.backward(np.ones(())) == pytest.approx(known[name], rel=1e-9), name


def test_six_in_seven_sigmoids_are_stuck_at_size_25_and_half_of_all_gates_at_any(solved):
    known = NUMBERS["saturation"]
    edge = np.array([known["beyond"] * (1 - 1e-9), known["beyond"] * (1 + 1e-9)])
    sigmoid, relu = solved["Sigmoid"](), solved["Relu"]()
    sigmoid.forward(edge)
    inside, outside = sigmoid.backward(np.ones(2))
    assert inside > known["below"] > outside
    numbers = known["size"] * np.random.default_rng(2).normal(size=(1000, 50))
    for layer, share in ((sigmoid, known["share"]), (relu, known["open_gates"])):
        layer.forward(numbers)
        stuck = solved["saturation"](layer.backward(np.ones(numbers.shape)))
        assert stuck == pytest.approx(share, abs=0.01)
    assert known["share"] == pytest.approx(6 / 7, abs=0.005)


def test_the_printed_product_and_the_difference_disagree(solved):
    known = NUMBERS["product_for_difference"]
    y = solved["Sigmoid"]().forward(np.array(known["x"]))
    power = np.exp(-known["x"])
    first = (1 + power) / (1 + power)
    assert y * (first * -1 / (1 + power)) == pytest.approx(known["printed"], rel=1e-12)
    assert y * (first - 1 / (1 + power)) == pytest.approx(known["right"], rel=1e-12)


def test_the_printed_relu_fails_in_three_ways_one_behind_the_other(handed_out):
    known = NUMBERS["printed_relu"]
    x, dout = np.array([1.0, -0.5, -2.0, 3.0]), np.array([7.0, 5.0, -3.0, 2.0])
    broken = handed_out["PrintedRelu"]
    with pytest.raises(TypeError) as first:
        broken().forward(x)
    assert known["first"] in str(first.value)

    class Copied(np.ndarray):
        """An array whose copy is made without a call: the first fault, repaired from outside."""

        @property
        def copy(self):
            return np.array(self)

    layer = broken()
    assert layer.forward(x.view(Copied)) is None
    layer.mask = x <= 0
    with pytest.raises((TypeError, ValueError)) as third:
        layer.backward(dout.copy())
    assert known["one_axis"] in str(third.value)
    layer.mask = layer.mask.reshape(2, 2)
    with pytest.raises((TypeError, ValueError)) as third:
        layer.backward(dout.reshape(2, 2))
    assert known["two_axes"] in str(third.value)


@pytest.mark.parametrize("shut", [False, True])
def test_the_third_fault_works_on_a_single_number_and_writes_into_dout(handed_out, shut):
    layer, dout = handed_out["PrintedRelu"](), np.array([5.0])
    layer.mask = np.array([shut])
    dx = layer.backward(dout)
    assert dx.tolist() == [0.0 if shut else 5.0]
    assert np.shares_memory(dx, dout)


def test_no_figure_stands_for_two():
    notebook = nbformat.read(ROOT / "solutions" / f"{NAME}.ipynb", as_version=4)
    shown = [
        output.data["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "<img" in output.get("data", {}).get("text/html", "")
    ]
    assert len(shown) == len(set(shown)) >= 5
    alts = [re.search('alt="([^"]+)"', page)[1] for page in shown]
    assert len(set(alts)) == len(alts)


def test_numbers_quoted_in_the_prose_are_the_published_ones():
    prose = "\n".join(cell.source for cell in CHAPTER.cells)
    five, one = NUMBERS["five_sigmoids"], NUMBERS["sigmoid_without_its_1"]
    line, tanh = NUMBERS["product_for_difference"], NUMBERS["tanh"]
    quoted = [f"{five['bound']:.6f}", f"{five['best_x']:.2f}", f"{five['reached']:.5f}"]
    quoted += [f"{one['y']:.3f}", f"{one['dx']:.1f}"]
    quoted += [f"{one['at_minus_5']:.5f}", f"{one['right_at_minus_5']:.5f}"]
    quoted += [f"e^{{{power:.2f}}}" for power in NUMBERS["largest_exponent"].values()]
    quoted += [f"exceeds {NUMBERS['saturation']['beyond']:.2f}"]
    quoted += [f"tanh {NUMBERS['chains_of_20']['tanh']:.3f}"]
    quoted += [f"{line['printed']:.3f}", f"{line['right']:.3f}"]
    quoted += [f"{tanh['y']:.6f}", f"{tanh['slope']:.6f}"]
    quoted += [f"{y:.6f}" for y in NUMBERS["sigmoid"]["y"][1:] + NUMBERS["sigmoid"]["slope"][1:]]
    for number in quoted:
        assert number in prose, number
