"""Chapter 3: the published numbers come out of its own answers, and the prose quotes them."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course.authoring import source
from grader_tests.published import NUMBERS

ROOT = Path(__file__).parents[2]
NAME = "ch3_affine_softmax"
CHAPTER = source.read(ROOT / "source_notebooks" / f"{NAME}.py")
KNOWN = NUMBERS["softmax_and_affine"]
TEACHING = ("def learn_digits", "def shares_of_the_batch", "def accuracies")


@pytest.fixture(scope="module")
def taught(solved):
    """The solved names, and those of the experiments with the digits."""
    names = dict(solved, digits=solved["data"].digits())
    for cell in CHAPTER.cells:
        if cell.source.startswith(TEACHING):
            exec(cell.source, names)
    return names


def test_a_bias_gradient_is_a_sum_of_rows(solved):
    known = {name: np.array(value, dtype=float) for name, value in KNOWN["bias"].items()}
    layer = solved["Affine"](np.zeros((2, 3)), np.zeros(3))
    layer.forward(known["x"])
    layer.backward(known["dout"])
    assert np.array_equal(layer.db, known["db"])
    assert np.array_equal(layer.dW, known["dW"])
    assert np.array_equal(layer.db / 2, known["averaged"])


def test_a_missing_dot_is_a_loud_fault(solved):
    class Printed(solved["Affine"]):
        def backward(self, dout):
            return np.dot(self.xT, dout)

    Printed.__name__ = "Affine"
    with pytest.raises(AttributeError) as raised:
        Printed(np.eye(2), np.zeros(2)).backward(np.eye(2))
    assert str(raised.value) == KNOWN["printed_backward"]["missing_dot"]


def test_biases_that_never_learn_read_the_digits_as_well(taught):
    digits, known = taught["data"].digits(), KNOWN["digits"]
    counted = [len(digits.x_train) + len(digits.x_test), len(digits.x_train), len(digits.x_test)]
    assert counted == [known["pictures"], known["to_learn_from"], known["examined_on"]]

    class Deaf(taught["Affine"]):
        def backward(self, dout):
            dx = super().backward(dout)
            self.db = np.zeros_like(self.b)
            self.db - np.sum(dout, axis=0)  # as printed
            return dx

    net = taught["TwoLayerNet"](64, 50, 10)
    net.first, net.second = (Deaf(layer.W, layer.b) for layer in (net.first, net.second))
    assert taught["learn_digits"](net)[-1][2] >= known["read_at_least"]
    assert not np.any(net.params["b1"])
    assert not np.any(net.params["b2"])


def test_the_net_of_the_text_reads_the_digits_in_1160_steps_of_3760_parameters(taught):
    known, net = KNOWN["digits"], taught["TwoLayerNet"](64, 50, 10)
    assert sum(values.size for values in net.params.values()) == known["parameters"]
    steps, slopes = 0, net.gradient

    def counted(x, t):
        nonlocal steps
        steps += 1
        return slopes(x, t)

    net.gradient = counted
    assert taught["learn_digits"](net)[-1][2] >= known["read_at_least"]
    assert steps == known["steps"]


def test_the_shares_of_the_first_page_learn_from_single_pictures_only(taught):
    known, accuracies = KNOWN["digits"], taught["accuracies"]
    assert accuracies(True, 1, 0.02)[-1] > known["shares_of_one"]
    assert accuracies(True, 25, 0.5)[-1] < known["shares_of_the_batch"]
    assert accuracies(False, 25, 0.5)[-1] > known["shares_of_one"]


def test_large_scores_give_the_same_row_twice(solved):
    known = KNOWN["shift"]
    shares = solved["softmax"](np.array(known["x"]))
    assert shares == pytest.approx(np.array([known["row"]] * 2), rel=1e-14)
    assert np.array(known["row"]).round(4).tolist() == [0.09, 0.2447, 0.6652]


def test_one_largest_score_for_the_batch_leaves_a_row_of_zeros():
    x = np.array(KNOWN["shift"]["x"])
    assert not np.any(np.exp(x - np.max(x))[1])


def test_without_an_axis_all_samples_share_one_certainty(handed_out):
    known = KNOWN["no_axis"]
    layer = handed_out["LossLayer"]()
    loss = layer.forward(np.array(known["x"]), np.array(known["t"]))
    assert layer.y.sum(axis=1) == pytest.approx(known["row_sums"], rel=1e-14)
    assert np.round(known["row_sums"], 3).tolist() == [0.711, 0.289]
    assert loss == pytest.approx(known["loss"] - KNOWN["delta"]["delta"], rel=1e-12)
    assert round(known["loss"], 3) == 2.147


def test_without_an_axis_the_gradient_misses_its_own_loss_by_a_half_and_worse(handed_out):
    known, layer = KNOWN["no_axis"], handed_out["LossLayer"]()
    x, t = np.array(known["x"]), np.array(known["t"])
    measured = handed_out["numeric_gradient"](lambda x: layer.forward(x, t), x)
    layer.forward(x, t)
    computed = (layer.y - np.eye(3)[t]) / 2
    assert computed / measured == pytest.approx(np.array(known["computed_over_measured"]), rel=1e-5)


def test_the_picture_of_the_first_page_loses_its_certainty(handed_out):
    known = KNOWN["no_axis"]
    first, second = np.array(known["x"])
    rooms = {
        "shown_alone": [first],
        "shown_beside_another": [first, second],
        "shown_among_ten_copies": [first] * 10,
    }
    for name, room in rooms.items():
        layer = handed_out["LossLayer"]()
        layer.forward(np.array(room), np.zeros(len(room), dtype=int))
        assert layer.y[0] == pytest.approx(known[name], abs=5e-5)
    assert layer.y.sum(axis=1) == pytest.approx([known["ten_copies_sum"]] * 10)


@pytest.mark.parametrize("name", ["SoftmaxWithLoss", "LossLayer"])
def test_the_loss_and_the_gradients_of_two_samples(solved, name):
    known = KNOWN["no_axis"]
    layer = solved[name]()
    loss = layer.forward(np.array(known["x"]), np.array(known["t"]))
    assert loss == pytest.approx(known["right_loss"], abs=1e-6)
    assert round(known["right_loss"], 3) == 1.357
    assert layer.backward() == pytest.approx(np.array(known["gradient"]), abs=5e-4)


def test_a_tiny_number_inside_the_logarithm_and_outside(solved, handed_out):
    known = KNOWN["delta"]
    y, t = np.array([[known["share"], 0.3, 0.1]]), np.array([0])
    assert -np.log(known["share"]) == known["exact"]
    assert solved["cross_entropy"](y, t) == pytest.approx(known["inside"], rel=1e-14)
    assert known["exact"] - known["outside"] == pytest.approx(known["delta"], rel=1e-8)
    assert handed_out["LossLayer"]().forward(np.log(y), t) == pytest.approx(
        known["outside"], rel=1e-14
    )
    printed = [round(known[name], 8) for name in ("exact", "inside", "outside")]
    assert printed == [0.51082562, 0.51082546, 0.51082552]


def test_a_share_of_0_costs_16_118_and_outside_the_logarithm_infinity(solved, handed_out):
    known = KNOWN["delta"]
    never, t = np.array([[0.0, 1.0]]), np.array([0])
    assert solved["cross_entropy"](never, t) == pytest.approx(known["at_share_0"], rel=1e-14)
    assert round(known["at_share_0"], 3) == 16.118
    with np.errstate(divide="ignore"):
        assert handed_out["LossLayer"]().forward(np.array([[0.0, 1000.0]]), t) == np.inf


def test_ten_classes_begin_at_the_logarithm_of_ten(solved):
    assert KNOWN["ten_classes"] == pytest.approx(np.log(10), rel=1e-15)
    assert round(KNOWN["ten_classes"], 6) == 2.302585
    shares = solved["softmax"](np.zeros((4, 10)))
    loss = solved["cross_entropy"](shares, np.array([3, 1, 4, 1]))
    assert loss == pytest.approx(KNOWN["ten_classes"], abs=2e-6)


def test_the_walk_back_through_softmax(solved):
    known = KNOWN["walk_back"]
    layer = solved["Softmax"]()
    assert layer.forward(np.log([[1.0, 2.0, 5.0]])) == pytest.approx(np.array([known["shares"]]))
    assert layer.backward(np.array([known["dout"]])) == pytest.approx(np.array([known["dx"]]))


def test_a_minus_was_lost_on_the_published_walk():
    known = KNOWN["lost_minus"]
    S, t = np.sum(np.exp(known["x"])), np.array([0.0, 0.0, 1.0])
    assert -((1 / S) ** 2) * S * t.sum() == pytest.approx(known["left"], rel=1e-12)
    assert t.sum() / S == pytest.approx(known["right"], rel=1e-12)
    assert round(known["right"], 5) == 0.01349


def test_a_missing_average_reads_as_exactly_the_number_of_outputs(solved):
    known, rng = KNOWN["missing_average"], np.random.default_rng(0)
    for outputs, ratio in zip(known["outputs"], known["ratios"], strict=True):
        h, y = rng.normal(size=(1, outputs)), rng.normal(size=(1, outputs))
        loss = solved["MeanSquaredError"]()
        measured = solved["numeric_gradient"](lambda h, y=y, loss=loss: loss.forward(h, y), h)
        assert (h - y) / measured == pytest.approx(np.full_like(h, ratio), rel=1e-7)


def test_the_size_of_a_batch_read_from_a_t_of_one_axis_is_the_number_of_classes(solved):
    known = KNOWN["classes_for_samples"]
    x, t = np.log([0.6, 0.3, 0.1]), np.array([1.0, 0.0, 0.0])
    layer = solved["SoftmaxWithLoss"]()
    layer.forward(x[None], t[None])
    printed = (solved["softmax"](x) - t) / t.shape[0]
    assert layer.backward()[0] / printed == pytest.approx(np.full(3, known["too_small_by"]))


def test_one_table_of_squared_errors(solved):
    known = KNOWN["squared_errors"]
    d = np.array([known["differences"]])
    losses = {
        "sum": lambda h: np.sum(h**2),
        "half_sum": lambda h: np.sum(h**2) / 2,
        "mean": lambda h: np.mean(h**2),
        "half_mean": lambda h: solved["MeanSquaredError"]().forward(h, np.zeros_like(h)),
    }
    prose = "\n".join(cell.source for cell in CHAPTER.cells)
    for name, loss in losses.items():
        row = known[name]
        assert loss(d) == pytest.approx(row["loss"], rel=1e-14)
        slopes = solved["numeric_gradient"](loss, d)
        assert slopes == pytest.approx(np.array([row["slopes"]]), rel=1e-8)
        short = ", ".join(f"{round(slope, 3):g}" for slope in row["slopes"])
        assert f"| {round(row['loss'], 3):g}; slopes {short} |" in prose
    layer = solved["MeanSquaredError"]()
    layer.forward(d, np.zeros_like(d))
    assert layer.backward() == pytest.approx(np.array([known["half_mean"]["slopes"]]), rel=1e-14)


def test_classes_taken_for_samples_give_a_gradient_3_times_too_small(handed_out):
    known = KNOWN["classes_for_samples"]
    x, t = np.log([[0.6, 0.3, 0.1]]), np.array([[1.0, 0.0, 0.0]])
    layer = handed_out["LossLayer"]()
    measured = handed_out["numeric_gradient"](lambda x: layer.forward(x, t), x)
    layer.forward(x, t)
    assert x.shape[1] == known["classes"]
    assert measured / layer.backward() == pytest.approx(
        np.full_like(x, known["too_small_by"]), rel=1e-6
    )


def test_the_published_backward_ignores_its_upstream_gradient(solved, handed_out):
    x, t = np.array(KNOWN["no_axis"]["x"]), np.eye(3)[KNOWN["no_axis"]["t"]]
    for names, times in ((handed_out, 1), (solved, 5)):
        layer = names["LossLayer"]()
        layer.forward(x, t)
        assert np.array_equal(layer.backward(5), times * layer.backward(1))


def test_the_published_backward_is_silent_about_labels_where_n_equals_c(solved, handed_out):
    layer = handed_out["LossLayer"]()
    layer.forward(np.array(KNOWN["no_axis"]["x"]), np.array([2, 0]))
    with pytest.raises(ValueError, match="broadcast"):
        layer.backward()
    labels = np.array([2, 0, 1])
    layer.forward(np.eye(3), labels)
    silent = layer.backward()
    right = solved["LossLayer"]()
    right.forward(np.eye(3), labels)
    assert silent.shape == (3, 3)
    assert not np.any(np.isclose(silent.sum(axis=1), 0))
    assert not np.allclose(silent, right.backward())


def test_a_net_of_ten_classes_begins_where_the_text_says(solved):
    digits = solved["data"].digits()
    net = solved["TwoLayerNet"](64, 50, 10)
    assert net.loss(digits.x_train, digits.t_train) == pytest.approx(KNOWN["ten_classes"], abs=0.01)


def test_numbers_quoted_in_the_prose_are_the_published_ones():
    prose = "\n".join(cell.source for cell in CHAPTER.cells)
    quoted = ["[5, 7, 9]", "0.711", "0.289", "1.357", "2.147", "16.118", "2.302585", "0.01349"]
    quoted += ["0.0900, 0.2447, 0.6652", "0.51082562", "0.51082546", "0.51082552", "1, 2, 3, 5"]
    quoted += [
        f"{KNOWN['digits'][name]:,}" for name in ("pictures", "to_learn_from", "examined_on")
    ]
    quoted += [f"{KNOWN['digits'][name]:,}" for name in ("parameters", "steps")]
    quoted += [KNOWN["printed_backward"]["missing_dot"], "94 of 100"]
    for name in ("shown_alone", "shown_beside_another", "shown_among_ten_copies"):
        quoted += [f"{share:.4f}" for share in KNOWN["no_axis"][name]]
    for number in quoted:
        assert number in prose, number


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
