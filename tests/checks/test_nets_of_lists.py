"""Results that are lists with one array a layer, and what measures or moves such lists."""

from __future__ import annotations

import pytest

NETWORK = """
def compute_network_output(net_input, all_weights, all_biases):
    all_f, all_h = [], [net_input]
    for W, b in zip(all_weights, all_biases):
        all_f.append(b + W @ all_h[-1])
        all_h.append(np.maximum(all_f[-1], 0))
    return all_f[-1], {all_f}, {all_h}
"""


def network(all_f: str = "all_f", all_h: str = "all_h[:-1]") -> str:
    return NETWORK.format(all_f=all_f, all_h=all_h)


@pytest.mark.parametrize("all_f", ["all_f", "tuple(all_f)", "[f.tolist() for f in all_f]"])
def test_a_list_of_layers_may_be_a_tuple_or_hold_lists(verdict, all_f):
    assert verdict("network_output", network(all_f)).state == "right"


@pytest.mark.parametrize(
    ("all_f", "sentence"),
    [
        ("all_f[:-1]", "returns a list of 5; wanted is a list of 6, one for each layer"),
        ("all_f[0]", "all_f[0]: has shape (1,); wanted is (6, 1)"),
        ("None", "returns nothing (None)"),
        ("'layers'", "returns the text 'layers'; wanted is a list of 6"),
        ("[None] * len(all_f)", "all_f[0]: returns nothing (None)"),
        ("[1j * f for f in all_f]", "all_f[0]: returns an array of dtype complex128"),
        ("[[[1], [2, 3]] for f in all_f]", "all_f[0]: returns a list that isn't a rectangle"),
        ("[f * np.nan for f in all_f]", "all_f[0]: 6 of 6 entries are nan"),
        ("[f.T for f in all_f]", "all_f[0]: has shape (1, 6); wanted is (6, 1)"),
        ("all_f[:3] + [2 * f for f in all_f[3:]]", "all_f[3]: wrong in"),
    ],
)
def test_what_is_wrong_in_a_list_is_named_with_its_layer(findings, all_f, sentence):
    finding = findings("network_output", network(all_f))["all_f"]
    assert finding.state == "wrong"
    assert sentence in finding.text


BACKWARD = """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    df = 2 * (all_f[K] - y)
    for layer in range(K, -1, -1):
        dweights[layer] = df @ all_h[layer].T
        dbiases[layer] = df.sum(axis=1, keepdims=True)
        if layer > 0:
            df = (all_weights[layer].T @ df) * (all_f[layer - 1] > 0)
    return dweights, dbiases
"""


def test_the_wrong_layer_that_stands_last_is_named_first(findings):
    code = BACKWARD.replace(
        "        if layer > 0:", "        df = df * (1 + (layer == 3))\n        if layer > 0:"
    )
    assert findings("backward_pass", code)["weights"].text.startswith("weights[2]:")


def test_a_bias_gradient_without_its_batch_sum_loses_that_part_only(findings):
    found = findings("backward_pass", BACKWARD.replace("df.sum(axis=1, keepdims=True)", "df"))
    states = {part: finding.state for part, finding in found.items()}
    assert states == {"weights": "right", "biases": "right", "sum over the batch": "wrong"}
    assert found["sum over the batch"].text.startswith("layer 3: has shape (2, 7)")


def test_a_flat_bias_gradient_is_wrong_where_columns_are_samples(findings):
    found = findings("backward_pass", BACKWARD.replace(", keepdims=True", ""))
    assert "has shape (1,); wanted is (1, 1)" in found["biases"].text


@pytest.mark.parametrize("entry", ["None", "object()", "'1'"])
def test_a_row_that_holds_no_number_is_named(findings, entry):
    code = f"def pencil_gradients(*given):\n    return [{entry}], [[{entry}]] * 3, [[{entry}]] * 3"
    assert {f.state for f in findings("pencil_net", code).values()} == {"wrong"}


DIFFERENCES = """
def loss(x, weights, biases, y):
    h = x
    for W, b in zip(weights, biases):
        f = b + W @ h
        h = np.maximum(f, 0)
    return np.sum((f - y) ** 2)

def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    found = []
    for arrays in (all_weights, all_biases):
        found.append([np.zeros_like(a) for a in arrays])
        for array, slopes in zip(arrays, found[-1]):
            for index in np.ndindex(array.shape):
                kept = array[index]
                array[index] = kept + h
                high = loss(net_input, all_weights, all_biases, y)
                array[index] = kept - h
                low = loss(net_input, all_weights, all_biases, y)
                array[index] = kept
                slopes[index] = (high - low) / (2 * h)
    return tuple(found)
"""


def test_measured_gradients_of_every_layer_are_right(verdict):
    assert verdict("finite_differences", DIFFERENCES).state == "right"


def test_a_step_that_is_ignored_is_found_where_rounding_should_show(findings):
    code = DIFFERENCES.replace("    found = []\n", "    found, h = [], 1e-5\n", 1)
    found = findings("finite_differences", code)
    assert found["weights"].state == "right"
    assert "the argument h is not used" in found["the step h"].text


def test_forward_differences_are_too_crude(findings):
    code = DIFFERENCES.replace("array[index] = kept - h", "array[index] = kept").replace(
        "(2 * h)", "h"
    )
    assert findings("finite_differences", code)["weights"].state == "wrong"


def test_a_parameter_that_is_not_put_back_is_named_with_its_layer(findings):
    code = DIFFERENCES.replace(
        "                array[index] = kept\n                slopes",
        "                array[index] = kept + 1e-9\n                slopes",
    )
    found = findings("finite_differences", code)
    assert "all_weights[0] is not as it was" in found["parameters put back"].text


def test_a_parameter_put_back_up_to_rounding_is_a_warning(verdict):
    code = DIFFERENCES.replace("array[index] = kept - h", "array[index] -= 2 * h").replace(
        "                array[index] = kept\n", "                array[index] += h\n"
    )
    assert verdict("finite_differences", code).state == "right with a warning"


STEP = (
    BACKWARD.replace("def backward_pass", "def gradients")
    + """
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    dweights, dbiases = gradients(all_weights, all_biases, all_f, all_h, y)
    for arrays, slopes in ((all_weights, dweights), (all_biases, dbiases)):
        for layer, slope in enumerate(slopes):
            {step}
    return dweights, dbiases

def worst_difference(one, other):
    return max(np.max(np.abs(a - b)) for a, b in zip(one, other))
"""
)


@pytest.mark.parametrize(
    "step", ["arrays[layer] -= lr * slope", "arrays[layer] = arrays[layer] - lr * slope"]
)
def test_a_step_in_place_is_read_from_the_lists_that_were_handed_over(verdict, step):
    assert verdict("ch4_bug", STEP.format(step=step)).state == "right"


@pytest.mark.parametrize("step", ["pass", "arrays[layer] += lr * slope"])
def test_a_step_that_is_not_made_or_made_uphill_is_wrong(findings, step):
    found = findings("ch4_bug", STEP.format(step=step))
    states = {part: finding.state for part, finding in found.items()}
    assert states == {"gradients": "right", "step": "wrong", "worst difference": "right"}
    assert found["step"].text.startswith("stepped weights, layer 5: wrong in")


@pytest.mark.usefixtures("nothing_known")
def test_an_average_at_every_layer_is_told_from_one_at_the_loss(findings):
    divided = "        df = df / y.shape[1]\n        dweights"
    every = BACKWARD.replace("        dweights", divided)
    assert findings("backward_pass", every)["weights"].diagnosis.code == "over_each"
    once = BACKWARD.replace("2 * (all_f[K] - y)", "2 * (all_f[K] - y) / y.shape[1]")
    assert findings("backward_pass", once)["weights"].diagnosis.code == "over_size"
