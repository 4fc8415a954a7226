"""What an answer raises is told with the student's own line, in every kind of check and in both
sessions."""

from __future__ import annotations

import linecache
from textwrap import dedent

import numpy as np
import pytest

from course import cards
from course.checks import judge
from course.checks.compare import failed
from course.grading.session import BoxSession
from course.session import LocalSession, Raised, Session
from course.verdict import Verdict

CELL = "<cell 7>"
HERE = "  # here"

PRODUCT = """
class MulLayer:
    def forward(self, x, y):
        self.x, self.y = x, y
        {forward}
        return x * y

    def backward(self, dout):
        {backward}
        return dout * self.y, dout * self.x
"""
HELPER = """
def helper(x):
    return [missing + k for k in range(3)]  # here
"""
NET = """
class TwoLayerNet:
    def __init__(self, a, b, c, weight_init_std=0.01):
        rng = np.random.default_rng()
        {init}
        self.kept = {{"W1": rng.normal(0, 0.01, (a, b)), "b1": np.zeros(b)}}
        self.kept |= {{"W2": rng.normal(0, 0.01, (b, c)), "b2": np.zeros(c)}}

    @property
    def params(self):
        {params}
        return self.kept

    def loss(self, x, t):
        {loss}
        return 1.0

    def accuracy(self, x, t):
        {accuracy}
        return 1.0

    def gradient(self, x, t):
        {gradient}
        return {{}}
"""
OPTIMIZER = """
class {name}:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        pass
"""
READER = """
class Reader:
    def predict(self, x):
        {predict}
        digits = data.digits()
        scores = np.zeros((len(x), 10))
        for row, image in enumerate(x):
            same = np.argmin(np.sum(np.abs(digits.x_test - image), axis=1))
            scores[row, digits.t_test[same]] = 1
        return scores

def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    from course import data
    globals()["data"] = data
    {train}
    digits, net = data.digits(), Reader()
    W1 = np.random.default_rng(0).normal(size=(64, 300)) / 8
    hidden = np.c_[np.maximum(digits.x_train @ W1, 0), np.ones(len(digits.x_train))]
    W2 = np.linalg.lstsq(hidden, np.eye(10)[digits.t_train], rcond=None)[0]
    net.params = {{"W1": W1, "b1": np.zeros(300), "W2": W2[:-1], "b2": W2[-1]}}
    return net
"""


def product(**raising: str) -> str:
    return PRODUCT.format(**{"forward": "pass", "backward": "pass", **raising})


def net(where: str) -> str:
    quiet = dict.fromkeys(("init", "params", "loss", "accuracy", "gradient"), "pass")
    return NET.format(**quiet | {where: f"raise ValueError({where!r}){HERE}"})


def reader(**raising: str) -> str:
    names = ("SGD", "Momentum", "AdaGrad", "RMSprop", "Adam")
    optimizers = "".join(OPTIMIZER.format(name=name) for name in names)
    return optimizers + READER.format(**{"predict": "pass", "train": "pass", **raising})


# In each answer, the line that ends in HERE is the one to be shown.
ANSWERS = {
    "mul_layer, its making": "class MulLayer:\n    def __init__(self):\n        1 / 0  # here",
    "mul_layer, forward": product(forward="missing  # here"),
    "mul_layer, backward": product(backward="dout[7]  # here"),
    "mul_layer, a helper inside a list": HELPER + product(forward="[helper(x) for _ in 'ab']"),
    "mul_layer, a wrong text that is read": product(backward="eval('dout ** * 2')  # here"),
    "mul_layer, a text that is run": product(backward="exec('a = 1\\nb = a + q')  # here"),
    "mul_layer, a call without end": product(forward="return self.forward(x, y)  # here"),
    "affine_backward, a property": """
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, x):
                self.x = x
                return x @ self.W + self.b

            def backward(self, dout):
                return dout @ self.W.T

            @property
            def dW(self):
                return self.x.T @ self.dout  # here

            db = 0.0
        """,
    "softmax, inside a library": """
        def softmax(x):
            return np.apply_along_axis(lambda row: row / total, 1, x)  # here
        """,
    "toy_model": """
        def toy_forward(x, beta, omega):
            return beta[7]  # here
        """,
    "numeric_gradient": """
        def numeric_gradient(f, x, h=1e-5):
            return f(x, x)  # here
        """,
    "graph_backward": """
        def graph_backward(node):
            for below in node.input:  # here
                pass
        """,
    **{
        f"two_layer_net, {where}": net(where)
        for where in ("init", "params", "loss", "accuracy", "gradient")
    },
    "finite_differences": """
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            return all_weights[99]  # here
        """,
    "initialisation": """
        def he_init(n_in, n_out, rng=None):
            return rng.norml(0, 1, (n_out, n_in))  # here
        """,
    "sgd, its making": "class SGD:\n    def __init__(self, lr=0):\n        self.lr = rate  # here",
    "sgd, update": """
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                params -= self.lr * grads  # here
        """,
    "train": """
        def train(net, optimizer, batches):
            return [net.losses(x, t) for x, t in batches]  # here
        """,
    "minibatches, called": """
        def minibatches(x, t, batch_size, rng):
            return rng.shuffled(x)  # here
        """,
    "minibatches, gone through": """
        def minibatches(x, t, batch_size, rng):
            for k in rng.permutation(len(x)):
                yield x[k : k + 1], t[k + missing]  # here
        """,
    "digits, training": reader(train="optimizer.go()  # here"),
    "digits, predict": reader(predict="x[:, 99]  # here"),
    "digits, a slip where an alarm is wanted": reader(
        train="optimizer.lr > 99 and {}['no']  # here"
    ),
}
each_answer = pytest.mark.parametrize("about", ANSWERS)


def code_of(about: str) -> str:
    return dedent(ANSWERS[about]).strip()


def verdict_on(about: str, session: Session) -> Verdict:
    exercise = cards.find_exercise(about.partition(",")[0])
    assert exercise is not None
    return judge(exercise, session)


def assert_the_line_is_shown(about: str, verdict: Verdict) -> None:
    lines = code_of(about).splitlines()
    (number,) = (k for k, line in enumerate(lines, 1) if line.endswith(HERE))
    assert f"your line {number}: {lines[number - 1].strip()}" in verdict.to_text()


@each_answer
def test_the_line_is_shown_in_the_notebook(about: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = code_of(about)
    lines = code.splitlines(keepends=True)
    monkeypatch.setitem(linecache.cache, CELL, (len(code), None, lines, CELL))
    names = {"np": np}
    exec(compile(code, CELL, "exec", dont_inherit=True), names)
    assert_the_line_is_shown(about, verdict_on(about, LocalSession(names)))


@pytest.mark.wall
@each_answer
def test_the_line_is_shown_across_the_wall(about: str, shared: BoxSession) -> None:
    shared.run("%reset -f\nimport numpy as np", "<cell 6>")
    shared.run(code_of(about), CELL)
    assert_the_line_is_shown(about, verdict_on(about, shared))


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (Raised("NotImplementedError", "1.1"), "not attempted"),
        (Raised("NameError", "name 'Relu' is not defined"), "undefined"),
        (Raised("AttributeError", "'Relu' object has no attribute 'forward'"), "undefined"),
        (Raised("ValueError", "no", "raise ValueError('no')", 3, "forward"), "raised"),
    ],
)
def test_a_comparison_carries_what_was_raised(raised: Raised, kind: str) -> None:
    comparison = failed(raised, "Relu", "forward")
    assert comparison.kind == kind
    assert comparison.error is raised
