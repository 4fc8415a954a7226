"""Layers: what is fair to an honest one, and what a wrong one can't slip through."""

from __future__ import annotations

import pytest


def layer(name: str, forward: str, backward: str, init: str = "pass", arguments: str = "") -> str:
    return f"""
class {name}:
    def __init__(self{arguments}):
        {init}
    def forward(self, x):
        {forward}
    def backward(self, dout):
        {backward}
"""


def relu(forward: str, backward: str) -> str:
    return layer("Relu", forward, backward)


def affine(forward: str, *backward: str) -> str:
    body = "\n        ".join(backward)
    return layer("Affine", forward, body, "self.W, self.b = W, b", ", W, b")


RIGHT_AFFINE = (
    "self.dW = self.x.T @ dout",
    "self.db = dout.sum(axis=0)",
    "return dout @ self.W.T",
)
AFFINE_FORWARD = "self.x = x; return x @ self.W + self.b"


@pytest.mark.parametrize(
    "forward",
    [
        "self.on = x > 0; return np.clip(x, 0, 6)",
        "self.on = x > 0.4; return np.where(self.on, x, 0)",
        "self.on = x.astype(int) > 0; return np.where(self.on, x, 0)",
    ],
)
def test_a_relu_that_is_right_for_numbers_of_middling_size_only_is_wrong(verdict, forward):
    assert verdict("relu_forward", relu(forward, "return dout * self.on")).state == "wrong"


def test_a_sigmoid_slope_that_is_nan_at_minus_1000_is_wrong(findings):
    code = layer(
        "Sigmoid",
        "self.x = x; return 1 / (1 + np.exp(-x))",
        "e = np.exp(-self.x); return dout * e / (1 + e) ** 2",
    )
    found = findings("sigmoid_backward", f"np.seterr(all='ignore')\n{code}")
    assert "nan" in found["dx"].text


def test_a_backward_that_is_faithful_to_another_forward_says_so_with_full_points(verdict):
    said = verdict("relu_backward", relu("return x", "return dout"))
    assert (said.state, said.points) == ("right with a warning", 4)
    assert "your own forward" in said.to_text()


def test_a_residual_that_is_faithful_to_a_gate_around_the_sum_keeps_the_points_of_dx(findings):
    code = layer(
        "Residual",
        "self.x = x; return np.maximum(x + np.maximum(x, 0), 0)",
        "return dout * 2 * (self.x > 0)",
    )
    found = findings("residual", code)
    assert (found["forward"].state, found["dx"].state) == ("wrong", "right")


def test_a_forward_of_another_shape_earns_its_backward_nothing(findings):
    code = affine(
        "self.x = x; return x.sum() + self.W.sum() + self.b.sum()",
        "total = np.sum(dout)",
        "self.dW, self.db = np.full((5, 3), total), np.full(3, total)",
        "return np.full(self.x.shape, total)",
    )
    assert sum(f.points for f in findings("affine_backward", code).values()) == 0


def test_a_ragged_bias_gradient_costs_its_own_part_only(findings):
    code = affine(AFFINE_FORWARD, RIGHT_AFFINE[0], "self.db = [[1.0, 2.0], [3.0]]", RIGHT_AFFINE[2])
    found = findings("affine_backward", code)
    assert "isn't a rectangle of numbers" in found["db"].text
    assert (found["dx"].state, found["dW"].state) == ("right", "right")


def test_a_parameter_that_backward_moves_after_its_gradients_is_a_warning(findings):
    moving = (*RIGHT_AFFINE[:2], "dx = dout @ self.W.T", "self.W -= 0.1 * self.dW", "return dx")
    found = findings("affine_backward", affine(AFFINE_FORWARD, *moving))
    assert {found[part].state for part in ("dx", "dW", "db")} == {"right"}
    assert "backward moved a parameter" in found["backward: parameters"].text


def test_a_gradient_that_raises_when_it_is_read_is_told_as_what_it_is(findings):
    broken = "type(self).dW = property(lambda self: 1 / 0)"
    code = affine(AFFINE_FORWARD, broken, *RIGHT_AFFINE[1:])
    assert "ZeroDivisionError" in findings("affine_backward", code)["dW"].text


@pytest.mark.usefixtures("nothing_known")
@pytest.mark.parametrize(
    ("lines", "size"),
    [
        (("self.dW = self.x.T @ dout / len(dout)", *RIGHT_AFFINE[1:]), "rows of x"),
        ((RIGHT_AFFINE[0], "self.db = dout.mean(axis=0)", RIGHT_AFFINE[2]), "rows of x"),
        ((*RIGHT_AFFINE[:2], "return dout @ self.W.T / dout.shape[1]"), "columns of dout"),
    ],
)
def test_an_average_too_many_is_named_with_its_size(findings, lines, size):
    wrong = list(findings("affine_backward", affine(AFFINE_FORWARD, *lines)).values())
    (diagnosis,) = [f.diagnosis for f in wrong if f.state == "wrong"]
    assert diagnosis.code == "over_size"
    assert size in diagnosis.why


@pytest.mark.usefixtures("nothing_known")
def test_a_residual_that_forgets_the_way_past_is_told_which_way_is_missing(findings):
    code = layer(
        "Residual", "self.on = x > 0; return x + np.maximum(x, 0)", "return dout * self.on"
    )
    assert findings("residual", code)["dx"].diagnosis.code == "path_missing"


def test_a_stub_for_some_inputs_only_is_wrong_and_not_untouched(findings):
    code = """
def softmax(x):
    if x.ndim == 1:
        raise NotImplementedError("one axis")
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""
    finding = findings("softmax", code)["softmax"]
    assert finding.state == "wrong"
    assert "raises NotImplementedError here, and not on other cards" in finding.text


@pytest.mark.parametrize("score", ["min", "mean"])
def test_shifting_by_another_score_than_the_largest_overflows(verdict, score):
    code = f"""
np.seterr(all="ignore")
def softmax(x):
    e = np.exp(x - x.{score}(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
    assert verdict("softmax", code).state == "wrong"


LOSS = """
class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        {targets}
        {loss}
    def backward(self, dout=1):
        {backward}
"""
TARGETS = "self.t = t if t.ndim == 2 else np.eye(x.shape[1])[t]"
SUMMED = "return -np.sum(np.log(np.sum(self.y * self.t, axis=1) + 1e-7))"
MEAN = "return -np.mean(np.log(np.sum(self.y * self.t, axis=1) + 1e-7))"


@pytest.mark.usefixtures("nothing_known")
def test_the_small_number_in_the_logarithm_costs_a_faithful_gradient_nothing(findings):
    code = LOSS.format(targets=TARGETS, loss=SUMMED, backward="return dout * (self.y - self.t)")
    found = findings("softmax_with_loss", code)
    assert (found["forward"].state, found["dx"].state) == ("wrong", "right")
    assert found["forward"].diagnosis.code == "times_size"


@pytest.mark.parametrize(
    "targets",
    [
        "self.t = t if t.ndim == 2 else np.eye(3)[t]",
        "self.t = np.eye(x.shape[1])[t] if t.dtype.kind == 'i' else t",
        "t = np.squeeze(t); self.t = t if t.ndim == 2 else np.eye(x.shape[1])[t]",
    ],
)
def test_targets_told_apart_by_anything_but_their_axes_are_wrong(verdict, targets):
    backward = "return dout * (self.y - self.t) / len(self.y)"
    code = LOSS.format(targets=targets, loss=MEAN, backward=backward)
    assert verdict("softmax_with_loss", code).state == "wrong"


def test_an_upstream_gradient_below_zero_counts(verdict):
    backward = "return abs(dout) * (self.y - self.t) / len(self.y)"
    code = LOSS.format(targets=TARGETS, loss=MEAN, backward=backward)
    assert verdict("softmax_with_loss", code).state == "wrong"


def test_a_class_that_is_half_written_is_not_told_of_a_second_backward(findings):
    labels = "if t.ndim == 1: raise NotImplementedError"
    code = LOSS.format(
        targets=f"{labels}\n        self.t = t",
        loss=MEAN,
        backward="return dout * (self.y - self.t) / len(self.y)",
    )
    texts = " ".join(f.text for f in findings("softmax_with_loss", code).values())
    assert "second backward" not in texts
    assert "and not on other cards" in texts
