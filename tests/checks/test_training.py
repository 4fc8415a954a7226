"""The checks of a training loop, of minibatches, and of nets trained with them."""

from __future__ import annotations

import pytest

TRAIN = """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        optimizer.update(net.params, net.gradient(x, t))
    return losses
"""


def test_a_training_loop_is_right(verdict):
    assert verdict("train", TRAIN).state == "right"


def test_losses_of_after_the_update_are_wrong_and_the_parameters_right(findings):
    code = """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        optimizer.update(net.params, net.gradient(x, t))
        losses.append(net.loss(x, t))
    return losses
"""
    found = findings("train", code)
    assert (found["losses"].state, found["parameters"].state) == ("wrong", "right")


def test_an_update_with_gradients_of_another_size_is_wrong(findings):
    code = TRAIN.replace(
        "net.gradient(x, t))", "{k: g / len(x) for k, g in net.gradient(x, t).items()})"
    )
    assert findings("train", code)["parameters"].state == "wrong"


def test_what_one_answer_does_to_the_batches_is_not_there_for_the_next(verdict):
    assert verdict("train", TRAIN.replace("        losses", "        x *= 0\n        losses", 1))
    assert verdict("train", TRAIN).state == "right"


def test_gradients_taken_between_two_updates_are_wrong(findings):
    code = """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        for name in net.params:
            optimizer.update({name: net.params[name]}, {name: net.gradient(x, t)[name]})
    return losses
"""
    found = findings("train", code)
    assert found["parameters"].state == "wrong"
    assert "b at the end" in found["parameters"].text or "W at the end" in found["parameters"].text


def test_batches_that_come_once_are_gone_through_once(findings):
    code = TRAIN.replace(
        "for x, t in batches", "for x, t in [batches[i] for i in range(len(batches))]"
    )
    found = findings("train", code)
    assert "that come as a stream" in found["losses"].text


MINIBATCHES = """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        rows = order[start:start + batch_size]
        yield x[rows], t[rows]
"""


def test_minibatches_may_be_a_generator_or_a_list(verdict):
    assert verdict("minibatches", MINIBATCHES).state == "right"
    listed = "lazy = minibatches\nminibatches = lambda *a: [list(pair) for pair in lazy(*a)]"
    as_list = f"{MINIBATCHES}\n{listed}"
    assert verdict("minibatches", as_list).state == "right"


@pytest.mark.parametrize(
    ("old", "new", "part", "sentence"),
    [
        ("yield x[rows], t[rows]", "yield x[rows], t[np.sort(rows)]", "pairs", "another sample"),
        (
            "range(0, len(x), batch_size)",
            "range(0, len(x) - batch_size, batch_size)",
            "sizes",
            "wanted are",
        ),
        (
            "rng.permutation(len(x))",
            "rng.integers(len(x), size=len(x))",
            "every sample once",
            "times in one epoch",
        ),
        ("rng.permutation(len(x))", "np.arange(len(x))", "shuffled with rng", "in the order of x"),
        (
            "rng.permutation(len(x))",
            "np.random.permutation(len(x))",
            "shuffled with rng",
            "something else is random",
        ),
        (
            "rng.permutation(len(x))",
            "np.random.default_rng(3).permutation(len(x))",
            "shuffled with rng",
            "have the same order",
        ),
        ("yield x[rows], t[rows]", "yield x[rows]", "sizes", "a pair of arrays (x, t) is wanted"),
        (
            "yield x[rows], t[rows]",
            "yield x[rows], None",
            "sizes",
            "a pair of arrays (x, t) is wanted",
        ),
        ("yield x[rows], t[rows]", "yield x[rows].T, t[rows]", "sizes", "has shape"),
        ("yield x[rows], t[rows]", "pass", "sizes", "can't be gone through"),
        ("yield x[rows], t[rows]", "yield x[rows], t[rows, 9]", "sizes", "IndexError: index 9"),
    ],
)
def test_a_fault_in_the_batches_is_named(findings, old, new, part, sentence):
    found = findings("minibatches", MINIBATCHES.replace(old, new))
    assert found[part].state == "wrong"
    assert sentence in found[part].text


@pytest.mark.parametrize(
    "order",
    [
        "np.roll(np.arange(len(x)), rng.integers(len(x)))",
        "np.concatenate([rng.permutation(5), np.arange(5, len(x))])",
        "np.argsort(np.arange(len(x)) + rng.uniform(0, 9, len(x)))",
    ],
)
def test_samples_that_hardly_move_are_not_shuffled(findings, order):
    code = MINIBATCHES.replace("rng.permutation(len(x))", order, 1)
    assert findings("minibatches", code)["shuffled with rng"].state == "wrong"


@pytest.mark.parametrize(
    ("second", "sentence"),
    [("return", "comes 0 times"), ("x = x + 1", "a row comes"), ("x = x[:9]", "0 times")],
)
def test_an_epoch_that_lacks_samples_though_the_first_had_them_is_wrong(findings, second, sentence):
    start = "    order = rng"
    once = f"    seen.append(1)\n    if len(seen) % 3 == 2:\n        {second}\n{start}"
    found = findings("minibatches", f"seen = []\n{MINIBATCHES.replace(start, once)}")
    assert found["every sample once"].state == "right"
    assert found["shuffled with rng"].state == "wrong"
    assert sentence in found["shuffled with rng"].text


def test_x_and_t_shuffled_in_place_are_a_warning(verdict):
    code = """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    x[:], t[:] = x[order], t[order]
    for start in range(0, len(x), batch_size):
        yield x[start:start + batch_size], t[start:start + batch_size]
"""
    said = verdict("minibatches", code)
    assert said.state == "right with a warning"
    assert "x was changed in place" in said.to_text()


def test_a_stub_of_minibatches_is_not_attempted(verdict):
    code = "def minibatches(x, t, batch_size, rng):\n    raise NotImplementedError\n    yield"
    assert verdict("minibatches", code).state == "not attempted"


BY_HEART = """
from course import data

class Known:
    params = {params}

    def predict(self, x):
        digits = data.digits()
        places = (x**2).sum(1)[:, None] - 2 * x @ digits.x_test.T + (digits.x_test**2).sum(1)
        return np.eye(10)[digits.t_test[places.argmin(1)]]

def train_on_digits(optimizer):
    return Known()

class SGD:
    def __init__(self, lr): pass

Momentum = AdaGrad = RMSprop = Adam = SGD
"""
SIZES = "W1=(64, 50), b1=50, W2=(50, 10), b2=10"


@pytest.mark.parametrize(
    "params",
    [
        "None",
        "{'W1': 3}",
        f"{{name: np.zeros(size) for name, size in dict({SIZES}).items()}}",
        "dict.fromkeys(('W1', 'b1', 'W2', 'b2'), np.zeros((3, 4)))",
    ],
)
def test_a_net_that_knows_the_digits_by_heart_has_learned_nothing(findings, params):
    found = findings("digits", BY_HEART.format(params=params))
    assert {f.state for f in found.values()} == {"wrong"}
    assert "own params don't" in found["SGD"].text
