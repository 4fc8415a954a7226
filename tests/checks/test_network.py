"""The check of a net: what honest nets may do, and what each fault is told."""

from __future__ import annotations

import numpy as np
import pytest

from course import data
from course.givens import Given, build

NET = """
class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
        rng = np.random.default_rng(0)
        self.params = {{
            "W1": weight_init_std * rng.normal(size=(input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * rng.normal(size=(hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }}
        {init}

    def predict(self, x):
        p = self.params
        self.x, self.f = x, x @ p["W1"] + p["b1"]
        self.h = np.maximum(self.f, 0)
        {predict}

    def loss(self, x, t):
        s = self.predict(x)
        e = np.exp(s - s.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        self.t = t if t.ndim == 2 else np.eye(s.shape[1])[t]
        {loss}

    def accuracy(self, x, t):
        t = t if t.ndim == 1 else t.argmax(axis=1)
        return np.mean(np.asarray(self.predict(x)).argmax(axis=1) == t)

    def gradient(self, x, t):
        self.loss(x, t)
        d = (self.y - self.t) / len(x)
        dh = d @ self.params["W2"].T * (self.f > 0)
        grads = {{"W1": x.T @ dh, "b1": {b1}, "W2": self.h.T @ d, "b2": d.sum(axis=0)}}
        {gradient}
"""
AS_IT_SHOULD_BE = {
    "init": "pass",
    "predict": 'return self.h @ p["W2"] + p["b2"]',
    "loss": "return -np.mean(np.log(np.sum(self.y * self.t, axis=1) + 1e-7))",
    "b1": "dh.sum(axis=0)",
    "gradient": "return grads",
}
SINGLE = "self.params = {k: v.astype(np.float32) for k, v in self.params.items()}"


def net(**changed: str) -> str:
    return NET.format(**AS_IT_SHOULD_BE | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"init": SINGLE},
        {"b1": "dh.sum(axis=0, keepdims=True)"},
        {"gradient": "return grads | {'loss': 1.0}"},
        {"gradient": "import collections; return collections.UserDict(grads)"},
        {"gradient": "return {k: g.tolist() for k, g in grads.items()}"},
        {"predict": 'return (self.h @ p["W2"] + p["b2"]).astype(np.float32)'},
    ],
)
def test_an_honest_net_is_right_without_a_warning(verdict, changed):
    said = verdict("two_layer_net", net(**changed))
    assert said.state == "right", said.to_text()


def test_where_scores_are_wrong_an_accuracy_that_is_right_explains_nothing(findings):
    """Wrong scores may rank the samples of some cards rightly, and in another run of others."""
    scores = (
        's = self.h @ p["W2"] + p["b2"]; return 2 * s if len(x) != 7 else np.roll(s, 1, axis=1)'
    )
    found = findings("two_layer_net", net(predict=scores))
    assert {found[name].state for name in ("loss", "accuracy")} == {"wrong"}
    assert found["accuracy"].diagnosis is None


def test_the_size_of_the_first_weights_is_looked_at(findings):
    ignores = net().replace("weight_init_std * rng", "0.01 * rng")
    found = findings("two_layer_net", ignores)
    assert "W1 as it is made: the standard deviation is 0.0" in found["first loss"].text
    assert found["training"].state == "right"


def test_the_halves_of_an_epoch_show_every_picture_once():
    """Each is a request of its own, so that a net in slow loops has twice the time."""

    class Counting:
        def __init__(self):
            self.params, self.seen = {"W": np.zeros(1)}, []

        def gradient(self, x, t):
            self.seen.extend(x)
            return {"W": np.zeros(1)}

    net, train, pictures = Counting(), build(Given("training")), data.digits().x_train
    train(net, 3, False)
    first = len(net.seen)
    train(net, 3, True)
    assert abs(first - len(pictures) / 2) < 10
    assert np.array_equal(np.sort(net.seen, axis=0), np.sort(pictures, axis=0))


def test_a_wrong_net_is_trained_once(verdict):
    """Its cause is looked for on the public cards, too, and training knows of no cards."""
    sizes = []
    code = net(
        predict='sizes.append(len(x)); return self.h @ p["W2"] + p["b2"]',
        loss=f"return 2 * {AS_IT_SHOULD_BE['loss'].removeprefix('return ')}",
    )
    found = {f.part: f for f in verdict("two_layer_net", code, fresh=True, sizes=sizes).findings}
    assert (found["loss"].state, found["training"].state) == ("wrong", "right")
    assert sizes.count(len(data.digits().x_test)) == 2, "looked at after each of two epochs"


def test_a_summed_loss_costs_its_own_parts_only(findings):
    code = net(loss=AS_IT_SHOULD_BE["loss"].replace("np.mean", "np.sum")).replace(
        "(self.y - self.t) / len(x)", "self.y - self.t"
    )
    found = findings("two_layer_net", code)
    assert {found[name].state for name in ("W1", "b1", "W2", "b2")} == {"right"}
    assert found["loss"].state == "wrong"


@pytest.mark.parametrize(
    ("changed", "part", "sentence"),
    [
        ({"gradient": "pass"}, "W1", "returns nothing (None); a dict"),
        ({"gradient": "return list(grads.values())"}, "W1", "returns a list of 4; a dict"),
        ({"predict": 'if len(x) > 300: raise RuntimeError("too many")\n'
          '        return self.h @ p["W2"] + p["b2"]'}, "training", "RuntimeError: too many"),
        ({"predict": 'return self.h @ p["W2"] + p["b2"] if len(x) < 300 else None'},
         "training", "predict returns nothing"),
    ],
)  # fmt: skip
def test_a_fault_of_a_net_is_told_as_what_it_is(findings, changed, part, sentence):
    finding = findings("two_layer_net", net(**changed))[part]
    assert finding.state == "wrong"
    assert sentence in finding.text


def test_parameters_made_anew_at_every_look_are_told_so(findings):
    code = (
        net()
        + "    def __getattribute__(self, name):\n"
        + (
            "        found = object.__getattribute__(self, name)\n"
            "        if name != 'params': return found\n"
            "        return {k: v.copy() for k, v in found.items()}\n"
        )
    )
    assert "isn't there afterwards" in findings("two_layer_net", code)["loss"].text
