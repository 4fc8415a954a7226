"""Chapter 4: the published numbers come out of its own answers, and the prose quotes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from course.authoring import source
from grader_tests.published import NUMBERS

ROOT = Path(__file__).parents[2]
NAME = "ch4_deep_relu"
CHAPTER = source.read(ROOT / "source_notebooks" / f"{NAME}.py")
DEEP, PENCIL, SMALL = NUMBERS["deep_net"], NUMBERS["pencil_net"], NUMBERS["net_7652"]
SIGMOIDS, DEPTH = NUMBERS["sigmoid_net"], NUMBERS["depth"]
EXPERIMENTS = ("def after_one_step", "def measured_7652", "def as_published", "def step_on")
LAYERS = ("1", "2", "3")


def with_experiments(names: dict[str, Any]) -> dict[str, Any]:
    """The names, and those of the experiments that the prose quotes."""
    names = dict(names)
    for cell in CHAPTER.cells:
        if cell.source.startswith(EXPERIMENTS):
            exec(cell.source, names)
    return names


@pytest.fixture(scope="module")
def seen(solved):
    return with_experiments(solved)


@pytest.fixture(scope="module")
def faulty(solved, handed_out):
    """The solved chapter with the bug hunt as it was handed out, K included."""
    bugs = ("backward_and_step", "worst_difference")
    return with_experiments(dict(solved, **{name: handed_out[name] for name in bugs}))


def run_cell(start: str, names: dict[str, Any]) -> dict[str, Any]:
    """Everything that is defined once an experiment of the chapter has run."""
    (cell,) = [cell for cell in CHAPTER.cells if cell.source.startswith(start)]
    names = dict(names, ready=lambda name: True)
    exec(cell.source, names)
    return names


def arrays(nested) -> list[np.ndarray]:
    return [np.array(item, dtype=float) for item in nested]


def entries(*lists) -> np.ndarray:
    """All entries of some lists of arrays in one row."""
    return np.concatenate([np.ravel(array) for each in lists for array in each])


def same_size(found: float, known: float) -> bool:
    """Whether two numbers have the same order of magnitude."""
    return abs(np.log10(found / known)) < 1


# the network of 4.1 to 4.5


@pytest.fixture(scope="module")
def deep(solved):
    """Input, target, weights, biases, all_f and all_h of the published deep net."""
    x, y = np.array([[DEEP["net_input"]]]), np.array([[DEEP["target"]]])
    weights, biases = solved["published_net"]()
    _, all_f, all_h = solved["compute_network_output"](x, weights, biases)
    return x, y, weights, biases, all_f, all_h


def test_seed_0_draws_the_187_published_parameters(deep):
    _, _, weights, biases, _, _ = deep
    assert np.array_equal(entries(weights, biases), entries(DEEP["weights"], DEEP["biases"]))
    assert entries(weights, biases).size == 187
    assert len(weights) == DEEP["K"] + 1


def test_the_deep_net_makes_1_907_of_1_2(solved, deep):
    x, _, weights, biases, _, _ = deep
    output, all_f, all_h = solved["compute_network_output"](x, weights, biases)
    assert output.item() == pytest.approx(DEEP["output"], rel=1e-12)
    assert round(DEEP["output"], 3) == 1.907
    assert entries(all_f) == pytest.approx(entries(DEEP["all_f"]), rel=1e-12)
    assert entries(all_h) == pytest.approx(entries(DEEP["all_h"]), rel=1e-12)


def test_one_unit_of_the_last_hidden_layer_is_alive(solved, deep):
    *_, all_f, _ = deep
    gates = [solved["indicator_function"](f)[:, 0].astype(int) for f in all_f[:-1]]
    assert ["".join(map(str, gate)) for gate in gates] == DEEP["active"]
    assert DEEP["active"][-1] == "000010"
    dead = solved["dead_units"](all_f)
    assert [list(layer) for layer in dead] == [[not open_ for open_ in gate] for gate in gates]


def test_no_preactivation_of_the_deep_net_is_near_its_corner(deep):
    *_, all_f, _ = deep
    nearest = np.min(np.abs(entries(all_f[:-1])))
    assert nearest == pytest.approx(DEEP["smallest_preactivation"], abs=5e-6)


def test_the_loss_of_the_deep_net_and_its_slope(solved, deep):
    _, y, _, _, all_f, _ = deep
    assert solved["least_squares_loss"](all_f[-1], y) == pytest.approx(DEEP["loss"], rel=1e-12)
    slope = solved["d_loss_d_output"](all_f[-1], y).item()
    assert slope == pytest.approx(DEEP["dl_doutput"], rel=1e-12)


def test_all_187_gradients_of_the_deep_net(solved, deep):
    _, y, weights, biases, all_f, all_h = deep
    dweights, dbiases = solved["backward_pass"](weights, biases, all_f, all_h, y)
    for found, known in [(dweights, DEEP["dl_dweights"]), (dbiases, DEEP["dl_dbiases"])]:
        for array, wanted in zip(found, arrays(known), strict=True):
            assert array == pytest.approx(wanted, rel=1e-11)
    assert np.count_nonzero(entries(dweights, dbiases)) == DEEP["nonzero_gradients"]


def test_only_row_4_of_the_last_hidden_layers_weights_has_a_gradient(solved, deep):
    _, y, weights, biases, all_f, all_h = deep
    dweights, _ = solved["backward_pass"](weights, biases, all_f, all_h, y)
    rows, columns = np.nonzero(dweights[4])
    assert set(rows) == {4}
    assert list(columns) == [1, 2, 4, 5]


@pytest.mark.parametrize("eps", DEEP["worst_error"])
def test_forward_differences_miss_by_far_more_than_central_ones(solved, deep, eps):
    x, y, _, _, all_f, all_h = deep
    weights, biases = solved["published_net"]()
    computed = entries(*solved["backward_pass"](weights, biases, all_f, all_h, y))
    h, base = float(eps), solved["least_squares_loss"](all_f[-1], y)

    def forward() -> Iterator[float]:
        for array in weights + biases:
            for place in np.ndindex(array.shape):
                middle = array[place]
                array[place] = middle + h
                output = solved["compute_network_output"](x, weights, biases)[0]
                array[place] = middle
                yield (solved["least_squares_loss"](output, y) - base) / h

    central = entries(*solved["finite_difference_gradients"](x, weights, biases, y, h))
    known_forward, known_central = DEEP["worst_error"][eps]
    assert np.max(np.abs(list(forward()) - computed)) == pytest.approx(known_forward, rel=0.05)
    assert same_size(np.max(np.abs(central - computed)), known_central)  # rounding


def test_measuring_takes_two_runs_for_each_of_187_parameters(solved, deep, monkeypatch):
    x, y, weights, biases, _, _ = deep
    forward, runs = solved["compute_network_output"], []
    monkeypatch.setitem(
        solved, "compute_network_output", lambda *given: runs.append(1) or forward(*given)
    )
    before = entries(weights, biases)
    solved["finite_difference_gradients"](x, weights, biases, y)
    assert len(runs) == 2 * 187
    assert np.array_equal(entries(weights, biases), before)


@pytest.mark.parametrize("rate", DEEP["loss_after_one_step"])
def test_one_step_at_four_learning_rates(seen, rate):
    known = DEEP["loss_after_one_step"][rate]
    assert seen["after_one_step"](float(rate)) == pytest.approx(known, rel=1e-10)
    assert (known < DEEP["loss"]) == (float(rate) < 0.01)


def test_a_check_that_stops_early_accepts_anything_in_the_last_layer(solved, faulty, deep):
    _, y, weights, biases, all_f, all_h = deep
    dweights, _ = solved["backward_pass"](weights, biases, all_f, all_h, y)
    broken = [*dweights[:-1], dweights[-1] + 1e6]
    assert faulty["worst_difference"](broken, dweights) == 0
    assert solved["worst_difference"](broken, dweights) == 1e6


# the network of 4.7


@pytest.fixture(scope="module")
def pencil(solved):
    """Loss and gradients of the pencil net as a dict by published names, with its arguments."""
    X, y, weights, biases = solved["pencil_net"]()
    loss, dweights, dbiases = solved["pencil_gradients"](X, y, weights, biases)
    found = {f"dW{k}": dW for k, dW in zip(LAYERS, dweights, strict=True)}
    found |= {f"db{k}": db for k, db in zip(LAYERS, dbiases, strict=True)}
    return found | {"X": X, "Y": y, "loss": loss, "weights": weights, "biases": biases}


def test_the_pencil_net_is_the_published_one(pencil):
    assert np.array_equal(pencil["X"], PENCIL["X"])
    assert np.array_equal(pencil["Y"], PENCIL["Y"])
    for k, W, b in zip(LAYERS, pencil["weights"], pencil["biases"], strict=True):
        assert np.array_equal(W, PENCIL[f"W{k}"])
        assert np.array_equal(b, PENCIL[f"b{k}"])


def test_forwards_through_the_pencil_net(pencil):
    a = pencil["X"]
    for k, W, b in zip(LAYERS, pencil["weights"], pencil["biases"], strict=True):
        Z = a @ W + b
        a = np.maximum(Z, 0)
        if k != "3":
            assert pytest.approx(np.array(PENCIL[f"Z{k}"]), rel=1e-12) == Z
            assert a == pytest.approx(np.array(PENCIL[f"a{k}"]), rel=1e-12)
    assert a == pytest.approx(np.array(PENCIL["Y_pred"]), rel=1e-12)


@pytest.mark.parametrize("name", ["loss", "dW3", "db3", "dW2", "db2", "dW1", "db1"])
def test_each_number_of_the_pencil_table(pencil, name):
    assert pencil[name] == pytest.approx(np.array(PENCIL[name]).reshape(np.shape(pencil[name])))


def test_what_is_handed_on_in_the_pencil_net(pencil):
    W1, W2, W3 = pencil["weights"]
    known = {name: np.array(PENCIL[name]) for name in ("dY", "da2", "dZ2", "da1", "dZ1", "dX")}
    assert known["dY"] @ W3.T == pytest.approx(known["da2"])
    assert known["da2"] * PENCIL["local"]["da2_dZ2"] == pytest.approx(known["dZ2"])
    assert known["dZ2"] @ W2.T == pytest.approx(known["da1"])
    assert known["da1"] * PENCIL["local"]["da1_dZ1"] == pytest.approx(known["dZ1"])
    assert known["dZ1"] @ W1.T == pytest.approx(known["dX"])
    assert pencil["db2"] == pytest.approx(known["dZ2"][0])
    assert pencil["db1"] == pytest.approx(known["dZ1"][0])


def test_local_derivatives_of_a_vector_are_those_of_its_sum(solved, pencil):
    local, slopes = PENCIL["local"], solved["numeric_gradient"]
    (W1, W2, W3), (b1, b2, b3) = pencil["weights"], pencil["biases"]
    X, a1, a2 = pencil["X"], np.array(PENCIL["a1"]), np.array(PENCIL["a2"])
    found = {
        "dZ1_dW1": slopes(lambda W: np.sum(X @ W + b1), W1),
        "dZ1_db1": slopes(lambda b: np.sum(X @ W1 + b), b1),
        "dZ1_dX": slopes(lambda X: np.sum(X @ W1 + b1), X)[0],
        "da1_dZ1": slopes(lambda Z: np.sum(np.maximum(Z, 0)), np.array(PENCIL["Z1"]))[0],
        "dZ2_dW2_rows": slopes(lambda W: np.sum(a1 @ W + b2), W2)[:, 0],
        "dZ2_da1": slopes(lambda a: np.sum(a @ W2 + b2), a1)[0],
        "da2_dZ2": slopes(lambda Z: np.sum(np.maximum(Z, 0)), np.array(PENCIL["Z2"]))[0],
        "dY_dW3": slopes(lambda W: np.sum(a2 @ W + b3), W3)[:, 0],
        "dY_da2": slopes(lambda a: np.sum(a @ W3 + b3), a2)[0],
    }
    assert set(found) == set(local)
    for name, slope in found.items():
        assert slope == pytest.approx(np.array(local[name], dtype=float), abs=1e-9), name


def test_a_slope_of_three_numbers_at_once_is_not_handed_on(pencil):
    wrong = np.array(PENCIL["dZ2"])[0] * PENCIL["local"]["dZ2_da1"]
    assert wrong == pytest.approx(np.array(PENCIL["da1_from_a_sum_of_three"]))
    assert not np.any(np.isclose(wrong, PENCIL["da1"][0]))


def test_one_step_of_the_pencil_net(solved, pencil):
    stepped: dict[str, list[np.ndarray]] = {"W": [], "b": []}
    for name in stepped:
        for k in LAYERS:
            before = np.array(PENCIL[f"{name}{k}"])
            stepped[name].append(before - PENCIL["rate"] * pencil[f"d{name}{k}"])
    for name, after in stepped.items():
        for k, array in zip(LAYERS, after, strict=True):
            known = np.array(PENCIL[f"{name}{k}_new"])
            assert array == pytest.approx(known.reshape(array.shape), rel=1e-12)
    loss, _, _ = solved["pencil_gradients"](pencil["X"], pencil["Y"], stepped["W"], stepped["b"])
    assert loss == pytest.approx(PENCIL["loss_after_step"], rel=1e-10)


def test_updating_w3_first_spoils_da2(pencil):
    early = pencil["weights"][2] - PENCIL["rate"] * pencil["dW3"]
    wrong = (np.array(PENCIL["dY"]) @ early.T)[0]
    assert wrong == pytest.approx(np.array(PENCIL["da2_after_updating_W3"]), abs=5e-9)
    right = np.array(PENCIL["da2"])[0]
    assert np.max(np.abs(wrong / right - 1)) == pytest.approx(3.2e-4, rel=0.02)


def test_a_bias_gradient_fits_its_weights_without_a_word(pencil):
    wrong = pencil["weights"][1] - PENCIL["rate"] * pencil["db2"]
    assert wrong.shape == pencil["weights"][1].shape
    assert not np.any(pencil["dW2"][1])
    assert np.any(wrong[1] != pencil["weights"][1][1])


# the network of the first page, 4.8 and 4.9


def in_published_order(rate: float, x, t, weights, biases) -> tuple[dict[str, Any], float]:
    """The published program: every weight moves before it carries the error back."""
    weights, biases = [W.copy() for W in weights], [b.copy() for b in biases]
    f1 = weights[0] @ x + biases[0]
    h = [x, np.maximum(f1, 0)]
    for W, b in zip(weights[1:], biases[1:], strict=True):
        h.append(1 / (1 + np.exp(-(W @ h[-1] + b))))
    slopes = [f1 > 0, h[2] * (1 - h[2]), h[3] * (1 - h[3])]
    found, error = {}, h[3] - t
    for k in (2, 1, 0):
        df = error * slopes[k]
        found[f"w_{k + 1}"], found[f"b_{k + 1}"] = df @ h[k].T, df
        weights[k] -= rate * found[f"w_{k + 1}"]
        biases[k] -= rate * df
        error = weights[k].T @ df
    return found, float(np.sum((h[3] - t) ** 2) / 2)


@pytest.fixture(scope="module")
def small(solved):
    """x, t, weights, biases of the published 7-6-5-2 network."""
    return solved["published_7652"]()


@pytest.fixture(scope="module")
def right(solved, small):
    """Its 95 gradients by published names, from the solved answer."""
    _, dweights, dbiases = solved["net_7652_gradients"](*small)
    found = {f"w_{k}": dw for k, dw in zip(LAYERS, dweights, strict=True)}
    return found | {f"b_{k}": db for k, db in zip(LAYERS, dbiases, strict=True)}


def measured(seen, h: float) -> dict[str, np.ndarray]:
    dweights, dbiases = seen["measured_7652"](h)
    found = {f"w_{k}": dw for k, dw in zip(LAYERS, dweights, strict=True)}
    return found | {f"b_{k}": db for k, db in zip(LAYERS, dbiases, strict=True)}


def test_the_first_page_network_forwards(solved, small):
    x, t, weights, biases = small
    assert np.array_equal(x, SMALL["input"])
    assert np.array_equal(t, SMALL["target"])
    assert entries(weights, biases).size == 95
    assert weights[0] @ x + biases[0] == pytest.approx(np.array(SMALL["net_h1"]), rel=1e-12)
    E, _, _ = solved["net_7652_gradients"](*small)
    assert pytest.approx(SMALL["loss"], rel=1e-12) == E


def test_units_0_2_and_3_are_shut(solved):
    (shut,) = solved["dead_units"]([np.array(SMALL["net_h1"]), np.array(SMALL["net_o"])])
    assert list(np.flatnonzero(shut)) == [0, 2, 3]


@pytest.mark.parametrize("name", SMALL["correct_grads"])
def test_the_95_gradients_in_the_correct_column(right, name):
    known = np.array(SMALL["correct_grads"][name])
    assert right[name].shape == known.shape
    assert right[name] == pytest.approx(known, rel=1e-11)


@pytest.mark.parametrize("name", SMALL["published_grads"])
def test_the_95_published_gradients_need_the_weights_that_moved_too_early(small, name):
    found, E = in_published_order(SMALL["lr"], *small)
    known = np.array(SMALL["published_grads"][name])
    assert found[name] == pytest.approx(known, rel=1e-11)
    assert pytest.approx(SMALL["loss"], rel=1e-12) == E
    same = np.allclose(known, SMALL["correct_grads"][name], rtol=1e-9, atol=0)
    assert same == (name in ("w_3", "b_3"))


@pytest.mark.parametrize("name", SMALL["relative_error_of_published"])
def test_published_gradients_miss_by_7_parts_in_10_000(solved, right, name):
    published = np.array(SMALL["published_grads"][name])
    known = SMALL["relative_error_of_published"][name]
    assert solved["relative_error"](published, right[name]) == pytest.approx(known, rel=2e-3)


@pytest.mark.parametrize("rate", SMALL["misses_of_layers"])
def test_the_table_of_the_first_page_comes_from_the_published_order(solved, small, right, rate):
    found, _ = in_published_order(float(rate), *small)
    for k, known in zip(LAYERS, SMALL["misses_of_layers"][rate], strict=True):
        names = (f"w_{k}", f"b_{k}")
        worst = max(solved["relative_error"](found[name], right[name]) for name in names)
        assert worst == pytest.approx(known, abs=5e-7 if known else 1e-12)


def test_the_last_page_replays_the_published_order(seen, small):
    found, _ = in_published_order(SMALL["lr"], *small)
    dweights, dbiases = seen["as_published"](SMALL["lr"])
    for k, dw, db in zip(LAYERS, dweights, dbiases, strict=True):
        assert dw == pytest.approx(found[f"w_{k}"], rel=1e-12)
        assert db == pytest.approx(found[f"b_{k}"], rel=1e-12)


def test_the_row_of_w_1_holds_the_seven_slopes_of_chapter_1(right):
    log = NUMBERS["gradient_log"]
    published = np.array(SMALL["published_grads"]["w_1"][1])
    assert published == pytest.approx(np.array(log["published"]), abs=5e-11)
    assert right["w_1"][1] == pytest.approx(np.array(log["measured"]), abs=5e-11)
    assert published / right["w_1"][1] == pytest.approx(np.full(7, 0.99939), abs=5e-6)


def test_all_weights_of_a_unit_miss_by_the_same_share(right):
    alive = [1, 4, 5]
    shares = np.array(SMALL["published_grads"]["w_1"])[alive] / right["w_1"][alive]
    for row, unit in zip(shares, alive, strict=True):
        bias = SMALL["published_grads"]["b_1"][unit][0] / right["b_1"][unit, 0]
        assert row == pytest.approx(np.full(7, bias), rel=1e-10)
    assert np.ptp(shares[:, 0]) > 1e-4


@pytest.mark.parametrize("h", SMALL["h_sweep"])
def test_the_worst_relative_error_by_step(solved, seen, right, h):
    found = measured(seen, float(h))
    for name, known in zip(("w_3", "w_2", "w_1", "b_1"), SMALL["h_sweep"][h], strict=True):
        worst = solved["relative_error"](right[name], found[name])
        if known > 0.1:  # a corner was crossed
            assert worst == pytest.approx(known, rel=0.03)
        else:
            assert same_size(worst, known)


def test_a_step_of_1e_3_crosses_the_corner_of_unit_5(solved, seen, right, small):
    known, (x, _, weights, biases) = SMALL["b_1_5_at_1e-3"], small
    h, preactivation = 1e-3, SMALL["net_h1"][5][0]
    slope, found = right["b_1"][5, 0], measured(seen, h)["b_1"][5, 0]
    assert found == pytest.approx(known["numeric"], abs=5e-9)
    assert slope == pytest.approx(known["correct"], abs=5e-9)
    assert found / slope == pytest.approx(known["ratio"], abs=1e-4)
    assert (h + preactivation) / (2 * h) == pytest.approx(known["ratio"], abs=1e-4)

    def preactivations(value):
        return weights[0] @ x + np.where(np.arange(6) == 5, value, biases[0][:, 0])[:, None]

    crossed = solved["kink_crossed"]
    assert crossed(preactivations, biases[0][5, 0], 1e-3)
    assert not crossed(preactivations, biases[0][5, 0], SMALL["h"])


def test_60_verdicts_correct_and_35_wrong_from_a_judge_with_a_signed_maximum(seen, small):
    found, _ = in_published_order(SMALL["lr"], *small)
    numeric = measured(seen, SMALL["h"])
    a = entries([found[name] for name in numeric])
    n = entries(list(numeric.values()))
    zeros, negative = (a == 0) & (n == 0), (a < 0) & (n < 0)
    last = np.concatenate([np.full(numeric[k].size, k[-1] == "3") for k in numeric])
    larger = np.where(zeros, 1, np.maximum(a, n))
    passed = np.abs(a - n) / larger <= 1e-7
    known = SMALL["verdicts"]
    assert (np.sum(passed), np.sum(~passed)) == (known["correct"], known["wrong"])
    assert np.sum(zeros) == known["zero_against_zero"]
    assert np.sum(negative) == known["negative_pairs"]
    assert np.sum(last) == known["last_layer"]
    assert np.array_equal(passed, zeros | negative | last)
    by_size = np.abs(a - n) > 1e-7 * np.maximum(np.abs(a), np.abs(n))
    assert np.sum(by_size) == known["wrong_by_size"]


def test_90_of_95_right_gradients_keep_to_a_relative_limit_of_1e_7(solved, seen, right):
    numeric = measured(seen, SMALL["h"])
    within = {
        name: np.abs(right[name] - n) <= 1e-7 * np.maximum(np.abs(right[name]), np.abs(n))
        for name, n in numeric.items()
    }
    assert sum(np.sum(kept) for kept in within.values()) == SMALL["within_1e-7_when_right"]
    assert np.array_equal(np.argwhere(~within["w_2"]), [[row, 5] for row in range(5)])
    assert all(solved["gradients_agree"](right[name], n) for name, n in numeric.items())


def test_without_the_last_sigmoid_it_is_another_network(solved, small):
    known, t = SMALL["without_the_last_sigmoid"], small[1]
    bare = np.array(SMALL["net_o"])
    assert np.sum((bare - t) ** 2) / 2 == pytest.approx(known["loss"], abs=0.005)
    assert (bare - t)[:, 0] == pytest.approx(np.array(known["b_3"]), abs=0.005)
    assert np.array(SMALL["out"]) == pytest.approx(1 / (1 + np.exp(-bare)), rel=1e-12)


# first weights, 4.10


def test_zeros_everywhere_let_the_last_bias_learn_and_nothing_else(solved):
    rng, widths = np.random.default_rng(7), [2, 5, 4, 3, 2]
    weights = [np.zeros((after, before)) for before, after in pairwise(widths)]
    biases = [np.zeros((after, 1)) for after in widths[1:]]
    _, all_f, all_h = solved["compute_network_output"](rng.normal(size=(2, 7)), weights, biases)
    dweights, dbiases = solved["backward_pass"](
        weights, biases, all_f, all_h, rng.normal(size=(2, 7))
    )
    assert not np.any(entries(dweights, dbiases[:-1]))
    assert np.all(dbiases[-1] != 0)


def sizes(solved, name: str) -> list[float]:
    """Behind each of the published number of layers, with weights of the size of that name."""
    rng, width = np.random.default_rng(1), DEPTH["width"]
    size = {"sqrt(1/D)": width**-0.5, "sqrt(2/D)": (2 / width) ** 0.5}.get(name)
    size = float(name) if size is None else size
    weights = [size * rng.normal(size=(width, width)) for _ in range(DEPTH["layers"])]
    x = np.random.default_rng(0).normal(size=(width, DEPTH["samples"]))
    return solved["measure_depth"](x, weights)


@pytest.mark.parametrize("name", DEPTH["last_std"])
def test_what_is_left_behind_the_last_of_50_layers(solved, name):
    found = sizes(solved, name)
    assert len(found) == DEPTH["layers"]
    assert same_size(found[-1], DEPTH["last_std"][name])


def test_he_init_is_the_size_that_keeps_the_order_of_magnitude(solved):
    rng, width = np.random.default_rng(1), DEPTH["width"]
    weights = [solved["he_init"](width, width, rng) for _ in range(DEPTH["layers"])]
    x = np.random.default_rng(0).normal(size=(width, DEPTH["samples"]))
    found = solved["measure_depth"](x, weights)
    assert same_size(found[-1], DEPTH["last_std"]["sqrt(2/D)"])
    assert same_size(found[-1], found[0])


@pytest.mark.parametrize("name", DEPTH["gradient_first_over_last"])
def test_on_the_way_back_the_same_factor_works(solved, name):
    rng, width = np.random.default_rng(1), DEPTH["width"]
    size = {"sqrt(1/D)": width**-0.5, "sqrt(2/D)": (2 / width) ** 0.5}.get(name)
    size = float(name) if size is None else size
    weights = [size * rng.normal(size=(width, width)) for _ in range(DEPTH["layers"])]
    weights.append(np.full((1, width), 0.1))
    biases = [np.zeros((len(W), 1)) for W in weights]
    x = np.random.default_rng(0).normal(size=(width, DEPTH["samples"]))
    _, all_f, all_h = solved["compute_network_output"](x, weights, biases)
    _, dbiases = solved["backward_pass"](weights, biases, all_f, all_h, np.zeros((1, len(x[0]))))
    first_over_last = np.linalg.norm(dbiases[0]) / np.linalg.norm(dbiases[-2])
    assert same_size(first_over_last, DEPTH["gradient_first_over_last"][name])


def test_gradients_of_a_sigmoid_net_vanish_on_their_way_down(solved, capsys):
    run_cell("for hidden in (6, 11):", solved)
    lines = capsys.readouterr().out.splitlines()
    built = [int(line.split()[0]) for line in lines]
    assert built == [made for _, made in SIGMOIDS["asked_for_and_built"]]
    norms = [[float(size) for size in line.split(":")[1].split()] for line in lines]
    for found, known in zip(norms[0], SIGMOIDS["gradient_norms"], strict=True):
        assert same_size(found, known)
    assert norms[1][0] < 1e-18
    assert norms[1] == sorted(norms[1])


# dead units, 4.11


def test_a_step_that_is_too_long_kills_a_whole_layer(solved, capsys):
    run_cell("learning = ", solved)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("[0 2 3]")
    dead = [[int(n) for n in re.search(r"\[(.*)\]", line)[1].split(",")] for line in lines[1:]]
    losses = [float(line.split()[-1]) for line in lines[1:]]
    assert dead[-1] == [24, 24, 24]
    assert sum(dead[0]) < 10
    for counts, loss in zip(dead, losses, strict=True):
        assert (max(counts) == 24) == (loss == 0.784)


# the bug hunt


def misses(names: dict[str, Any], lr: float) -> list[float]:
    """How far the weights' gradients of each layer miss, over the largest of the layer."""
    x, y = np.array([[DEEP["net_input"]]]), np.array([[DEEP["target"]]])
    (found, _), (numeric, _) = names["step_on"](names["published_net"](), x, y, lr)
    pairs = zip(found, numeric, strict=True)
    return [float(np.max(np.abs(a - n)) / np.max(np.abs(n))) for a, n in pairs]


@pytest.mark.parametrize("lr", DEEP["misses_with_a_step_too_soon"])
def test_symptom_1_every_layer_but_the_last_misses_by_a_share_that_follows_lr(seen, faulty, lr):
    known = DEEP["misses_with_a_step_too_soon"][lr]
    *below, last = misses(faulty, float(lr))
    assert below == pytest.approx([known] * 5, rel=0.1, abs=1e-8)
    assert last < 1e-8
    assert max(misses(seen, float(lr))) < 1e-8


def test_symptom_2_a_batch_is_an_error_about_shapes(seen, faulty):
    net, rng = seen["random_net"]([1, 6, 6, 6, 6, 6, 1]), np.random.default_rng(9)
    x, y = rng.normal(size=(1, 7)), rng.normal(size=(1, 7))
    with pytest.raises(ValueError, match="shape"):
        faulty["step_on"](net, x, y, lr=0.001)
    (_, dbiases), _ = seen["step_on"](net, x, y, lr=0.001)
    assert [db.shape for db in dbiases] == [b.shape for b in net[1]]


def test_symptom_3_the_depth_is_a_constant(seen, faulty):
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(2, 1)), rng.normal(size=(2, 1))
    with pytest.raises(IndexError):
        faulty["step_on"](seen["random_net"]([2, 5, 4, 3, 2]), x, y, lr=0.001)
    net = seen["random_net"]([6, 6, 6, 6, 6, 6, 6, 6, 1])
    x, y = rng.normal(size=(6, 1)), rng.normal(size=(1, 1))
    for names, layers in [(faulty, 6), (seen, 8)]:
        (dweights, _), _ = names["step_on"](net, x, y, lr=0.0)
        assert len(dweights) == layers


def test_symptom_4_the_judge_never_looks_at_the_last_layer(seen, faulty):
    one = [np.ones((2, 2)), np.ones((3, 2)), np.ones((1, 3))]
    for layer in range(3):
        wrong = [array + 100.0 * (k == layer) for k, array in enumerate(one)]
        assert seen["worst_difference"](wrong, one) == 100
        assert faulty["worst_difference"](wrong, one) == (0 if layer == 2 else 100)


def test_w3_updated_too_early_spoils_everything_below_and_nothing_else(solved, small, right):
    x, _, (w1, w2, w3), biases = small
    early = w3 - SMALL["lr"] * right["w_3"]
    carried = early.T @ right["b_3"]
    h1 = np.maximum(w1 @ x + biases[0], 0)
    h2 = solved["Sigmoid"]().forward(w2 @ h1 + biases[1])
    db2 = carried * h2 * (1 - h2)
    db1 = (w2.T @ db2) * (h1 > 0)
    alive = h1[:, 0] > 0
    assert np.all(np.abs(db2 / right["b_2"] - 1) > 1e-4)
    assert np.all(np.abs(db1[alive] / right["b_1"][alive] - 1) > 1e-4)


# prose and pictures


def short(number: float, digits: int) -> str:
    """A number as the prose writes it: 0 for 0, and no zeros at the end where it is exact."""
    return "0" if number == 0 else f"{number:.{digits}f}"


def test_numbers_quoted_in_the_prose_are_the_published_ones():
    text = "\n".join(cell.source for cell in CHAPTER.cells)
    prose = " ".join(re.sub(r"^> ?", "", text, flags=re.MULTILINE).split())

    quoted = [f"{DEEP['output']:.3f}", f"{DEEP['loss']:.3f}", f"{DEEP['dl_doutput']:.3f}"]
    for k, biases in enumerate(DEEP["dl_dbiases"]):
        quoted += [f"| {k} | {', '.join(short(b, 3) for (b,) in biases)} |"]
    after = DEEP["loss_after_one_step"].values()
    quoted += ["{:.1f}, {:.1f}, {:.1f} and {:,.0f}".format(*after)]
    quoted += [f"Of 187 slopes, {DEEP['nonzero_gradients']} aren't 0"]
    forward, central = zip(*DEEP["worst_error"].values(), strict=True)
    quoted += [f"| forward | {' | '.join(f'{e:f}'.rstrip('0') for e in forward)} |"]
    digits = [int(np.ceil(-np.log10(error))) for error in central]
    rounded = [f"{e:.{n}f}" for e, n in zip(central, digits, strict=True)]
    quoted += [f"| central | {' | '.join(rounded)} |"]
    soon = DEEP["misses_with_a_step_too_soon"]
    quoted += [f"miss by {soon['1e-5']} for `lr` 1e-5, by {soon['1e-4']} for 1e-4"]

    quoted += [f"| loss | {PENCIL['loss'][0][0]:.6f} |", f"{PENCIL['loss_after_step']:.9f}"]
    for name in ("W1_new", "b1_new", "W2_new", "b2_new", "W3_new", "dW2", "dW1", "db2", "db1"):
        for row in np.atleast_2d(np.array(PENCIL[name]).squeeze()):
            quoted += [", ".join(f"{number:.8f}".rstrip("0").rstrip(".") for number in row)]
    for name in ("da2_after_updating_W3", "da1_from_a_sum_of_three"):
        quoted += [str(PENCIL[name])]
    quoted += [str(PENCIL["local"][name]) for name in ("dZ2_da1", "dZ1_dX", "dY_dW3", "dY_da2")]

    quoted += [f"E = {SMALL['loss']:.8f}"]
    for column in ("correct_grads", "published_grads"):
        grads = {name: np.array(grad) for name, grad in SMALL[column].items()}
        rows = [grads["b_2"][:, 0], grads["b_1"][[1, 4, 5], 0], grads["w_2"][0, [1, 4, 5]]]
        rows += [grads["w_1"][1, :4], grads["w_1"][1, 4:], grads["w_3"][0], grads["w_3"][1]]
        quoted += [", ".join(f"{slope:.9f}" for slope in row) for row in rows]
    for layer, name in enumerate(("first", "middle", "last")):
        row = [SMALL["misses_of_layers"][rate][layer] for rate in ("0.01", "0.1", "1")]
        shown = "{:.6f} | **{:.6f}** | {:.6f} |".format(*row)
        assert re.search(rf"\| the {name} layer, [^|]* \| {re.escape(shown)}", prose), shown
    kink = SMALL["b_1_5_at_1e-3"]
    quoted += [f"{kink['numeric']:.6f}", f"{kink['correct']:.6f}", f"{kink['ratio']:.3f}"]
    quoted += [f"{SMALL['net_h1'][5][0]:.6f}", f"{SMALL['within_1e-7_when_right']} of 95 slopes"]
    verdicts = SMALL["verdicts"]
    quoted += [f"{verdicts['wrong']} of 95 wrong", f"the {verdicts['correct']} that passed"]
    quoted += [f"{verdicts['zero_against_zero']} are 0 against 0"]
    quoted += [f"So {verdicts['wrong_by_size']} slopes were wrong"]
    bare = SMALL["without_the_last_sigmoid"]
    quoted += [f"$E$ is {bare['loss']}", "{} and {}".format(*bare["b_3"])]
    asked, built = zip(*SIGMOIDS["asked_for_and_built"], strict=True)
    quoted += ["for {} and for {} hidden layers".format(*asked), "{} and {}.)".format(*built)]

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
    assert len(shown) == len(set(shown)) >= 7
    alts = [re.search('alt="([^"]+)"', page)[1] for page in shown]
    assert len(set(alts)) == len(alts)
