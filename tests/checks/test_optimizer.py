"""The check of optimizers: honest forms pass, and what is wrong is named with call and key."""

from __future__ import annotations

import pytest

MOMENTUM = """
class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, None

    def update(self, params, grads):
        if self.v is None:
            self.v = {name: np.zeros_like(p) for name, p in params.items()}
        for name in params:
            self.v[name] = self.momentum * self.v[name] - self.lr * grads[name]
            params[name] += self.v[name]
"""

ADAM = """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999{more}):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, {eps}
        self.t, self.m, self.v = 0, {{}}, {{}}

    def update(self, params, grads):
        self.t += 1
        first, second = 1 - self.beta1**self.t, 1 - self.beta2**self.t
        for name, g in grads.items():
            m = self.m[name] = self.beta1 * self.m.get(name, 0) + (1 - self.beta1) * g
            v = self.v[name] = self.beta2 * self.v.get(name, 0) + (1 - self.beta2) * g * g
            params[name] -= {step}
"""
FORMS = {
    "eps outside the root": "self.lr * (m / first) / (np.sqrt(v / second) + self.eps)",
    "eps inside the root": "self.lr * (m / first) / np.sqrt(v / second + self.eps)",
    "the folded rate": "self.lr * np.sqrt(second) / first * m / (np.sqrt(v) + self.eps)",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_honest_form_of_adam_is_right(verdict, form):
    code = ADAM.format(more=", eps=1e-8", eps="eps", step=FORMS[form])
    assert verdict("adam", code).state == "right"


@pytest.mark.parametrize("form", FORMS)
def test_eps_may_be_left_out_of_the_constructor(verdict, form):
    code = ADAM.format(more="", eps="1e-8", step=FORMS[form])
    assert verdict("adam", code).state == "right"


def test_an_eps_that_is_taken_and_ignored_is_found_by_a_large_one(findings):
    code = ADAM.format(more=", eps=1e-8", eps="1e-8", step=FORMS["eps outside the root"])
    found = findings("adam", code)
    assert found["constant gradient"].state == "right"
    assert found["varying gradients"].state == "wrong"
    assert "a large eps" in found["varying gradients"].text


def test_forms_are_not_mixed_from_look_to_look(verdict):
    mixed = (
        "(self.lr * (m / first) / (np.sqrt(v / second) + self.eps) if self.t < 3 "
        "else self.lr * (m / first) / np.sqrt(v / second + self.eps))"
    )
    code = ADAM.format(more=", eps=1e-8", eps="eps", step=mixed)
    assert verdict("adam", code).state == "wrong"


def test_a_rebound_parameter_is_a_warning(findings):
    found = findings(
        "momentum", MOMENTUM.replace("params[name] += ", "params[name] = params[name] + ")
    )
    assert found["constant gradient"].state == "right"
    assert "a layer that holds the old one never learns" in found["rebound"].text


def test_a_gradient_that_was_written_into_is_a_warning(findings):
    code = MOMENTUM.replace(
        "self.lr * grads[name]\n", "np.multiply(grads[name], self.lr, out=grads[name])\n"
    )
    found = findings("momentum", code)
    assert found["varying gradients"].state == "right"
    assert "wrote into the gradient of W1" in found["changed"].text


def test_a_state_that_two_optimizers_share_is_wrong(verdict):
    shared = (
        MOMENTUM.replace(
            "self.lr, self.momentum, self.v = lr, momentum, None",
            ("self.lr, self.momentum = lr, momentum"),
        )
        .replace("class Momentum:\n", "class Momentum:\n    v = {}\n")
        .replace(
            "        if self.v is None:\n"
            "            self.v = {name: np.zeros_like(p) for name, p in params.items()}\n",
            "        for name in params:\n"
            "            self.v.setdefault(name, np.zeros_like(params[name]))\n",
        )
    )
    assert verdict("momentum", shared).state == "wrong"


def test_a_state_that_begins_anew_with_every_object_is_shared_all_the_same(verdict):
    shared = MOMENTUM.replace(
        "self.lr, self.momentum, self.v = lr, momentum, None",
        ("self.lr, self.momentum = lr, momentum; Momentum.v = {}"),
    ).replace(
        "        if self.v is None:\n"
        "            self.v = {name: np.zeros_like(p) for name, p in params.items()}\n",
        "        for name in params:\n"
        "            self.v.setdefault(name, np.zeros_like(params[name]))\n",
    )
    assert verdict("momentum", shared).state == "wrong"


@pytest.mark.parametrize("key", ["p.shape", "p.size", "len(params)"])
def test_a_state_kept_by_anything_but_the_name_is_wrong(verdict, key):
    code = f"""
class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {{}}

    def update(self, params, grads):
        for name, p in params.items():
            v = self.momentum * self.v.get({key}, 0) - self.lr * grads[name]
            self.v[{key}] = v
            p += v
"""
    assert verdict("momentum", code).state == "wrong"


def test_single_precision_parameters_are_held_to_single_precision(verdict):
    code = """
class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for name in params:
            params[name] = (params[name] - self.lr * grads[name]).astype(np.float32)
"""
    assert verdict("sgd", code).state == "right with a warning"


def test_a_large_gradient_that_is_clipped_is_wrong(verdict):
    code = """
class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for name in params:
            params[name] -= self.lr * np.clip(grads[name], -5, 5)
"""
    assert verdict("sgd", code).state == "wrong"


def test_the_way_is_named_with_its_key_and_call(findings):
    found = findings("momentum", MOMENTUM.replace("self.lr * grads", "2 * self.lr * grads"))
    text = found["constant gradient"].text
    assert text.startswith("the way of W1 in 1 call: wrong in 6 of 6 entries")
    assert found["constant gradient"].diagnosis.code == "factor"


def test_a_gradient_of_zero_must_not_turn_into_nan(findings):
    code = ADAM.format(more="", eps="0.0", step=FORMS["eps outside the root"])
    found = findings("adam", f"np.seterr(invalid='ignore')\n{code}")
    assert found["constant gradient"].state == "right"
    assert "nan" in found["varying gradients"].text
    assert "gradients of 0 among others" in found["varying gradients"].text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("params[name] = None", "params['W1'] is nothing (None)"),
        ("params[name] = 'done'", "is the text 'done'"),
        ("params[name] = 1j * params[name]", "complex"),
        (
            "params[name] = params[name].ravel()[:2]",
            "is an array of shape (2,); an array of shape (3, 2) is wanted",
        ),
        ("params[name] = np.nan * params[name]", "nan"),
        ("params.pop('b1', None)", "the dict has no key 'b1'"),
        ("params[7] = params[name]", "params is no longer a dict with text for keys"),
        ("grads[name] / 'x'", "TypeError: ufunc"),
        ("raise NotImplementedError", "the TO DO is still there"),
    ],
)
def test_whatever_becomes_of_params_has_its_own_finding(findings, line, sentence):
    code = f"""
class SGD:
    def __init__(self, lr=0.01):
        pass

    def update(self, params, grads):
        for name in list(grads):
            {line}
"""
    found = findings("sgd", code)
    assert found["constant gradient"].points == 0
    assert sentence in found["constant gradient"].text


def test_a_constructor_that_wants_something_else_is_told_what_python_says(findings):
    code = MOMENTUM.replace("lr=0.01, momentum=0.9", "params, lr, momentum")
    found = findings("momentum", code)
    assert "missing 3 required positional arguments" in found["constant gradient"].text
