"""Forward and backward, each right or wrong: what the verdict says of the backward part."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent, indent

import pytest

from course.verdict import Finding, Verdict

Judge = Callable[[str, str], Verdict]
Findings = Callable[[str, str], dict[str, Finding]]


def layer(name: str, takes: str, forward: str, backward: str) -> str:
    body = [f"class {name}:", f"    def forward(self, {takes}):"]
    body += [indent(dedent(forward), " " * 8), "    def backward(self, dout):"]
    return "\n".join([*body, indent(dedent(backward), " " * 8)])


def product(forward: str = "x * y", backward: str = "dout * self.y, dout * self.x") -> str:
    return layer(
        "MulLayer", "x, y", f"self.x, self.y = x, y\nreturn {forward}", f"return {backward}"
    )


def tanh(forward: str, backward: str) -> str:
    return layer("Tanh", "x", f"self.y = {forward}\nreturn self.y", f"return {backward}")


def sigmoid(exponent: str, backward: str = "dout * self.y * (1 - self.y)") -> str:
    forward = f"self.y = 1 / (1 + np.exp({exponent}))\nreturn self.y"
    return layer("Sigmoid", "x", forward, f"return {backward}")


def causes(found: dict[str, Finding], *parts: str) -> set[str]:
    return {d.code for d in (found[part].diagnosis for part in parts) if d is not None}


# --- the four


def test_a_wrong_derivative_of_a_right_forward_is_given_its_cause(findings: Findings) -> None:
    found = findings("mul_layer", product(backward="-dout * self.y, dout * self.x"))
    assert found["forward"].state == found["dy"].state == "right"
    assert causes(found, "dx") == {"sign"}


def test_a_faithful_gradient_of_a_wrong_forward_is_told_why_it_is_right(findings: Findings) -> None:
    found = findings("mul_layer", product("x * y + x", "dout * (self.y + 1), dout * self.x"))
    assert found["forward"].state == "wrong"
    assert found["dx"].state == "right"
    assert "the true gradient of your own forward" in found["dx"].text
    assert found["dy"].text == "right"


def test_where_both_are_wrong_the_verdict_says_to_begin_with_forward(findings: Findings) -> None:
    found = findings("mul_layer", product("x + y", "dout * 5, dout * 7"))
    assert found["forward"].diagnosis is not None
    for part in ("dx", "dy"):
        assert found[part].state == "wrong"
        assert "begin with forward" in found[part].text
        assert "yours" not in found[part].text
    assert causes(found, "dx", "dy") == set()


def test_a_slip_in_forward_that_reaches_no_gradient_leaves_the_cause_certain(
    findings: Findings,
) -> None:
    found = findings("mul_layer", product("x * y + 1", "-dout * self.y, dout * self.x"))
    assert found["forward"].state == "wrong"
    assert causes(found, "dx") == {"sign"}


def test_the_answer_for_another_leaf_is_certain_whatever_forward_is(findings: Findings) -> None:
    found = findings("mul_layer", product("x * y * y", "dout * self.x, dout * self.y"))
    assert causes(found, "dx", "dy") == {"swapped"}


def test_what_is_certain_on_one_card_goes_before_what_waits_on_another(findings: Findings) -> None:
    beyond_a_hundred = "np.where(x > 99, x * y * y, x * y)"
    found = findings("mul_layer", product(beyond_a_hundred, "dout * 3 * self.y, dout * self.x"))
    assert "begin with forward" not in found["dx"].text
    assert causes(found, "dx") == {"factor"}


def test_what_goes_wrong_on_a_second_call_is_certain_too(findings: Findings) -> None:
    remembers = """
    class MulLayer:
        kept = None

        def forward(self, x, y):
            self.kept = self.kept or (x, y)
            return x * y + x

        def backward(self, dout):
            return dout * (self.kept[1] + 1), dout * self.kept[0]
    """
    found = findings("mul_layer", remembers)
    assert causes(found, "dx", "dy") == {"on_second_call"}


def test_a_zero_that_fits_a_forward_without_this_input_says_so(findings: Findings) -> None:
    found = findings(
        "apple_graph",
        """
        def apple_graph(apple, num, tax):
            return apple * num, (num, apple, 0.0)
        """,
    )
    assert found["dtax"].state == "wrong"
    assert "your own price doesn't depend on this" in found["dtax"].text
    assert "true gradient of your own price" in found["dapple"].text


# --- a sign between the two


def test_a_right_gradient_over_a_turned_forward_names_the_sign(findings: Findings) -> None:
    found = findings("tanh_layer", tanh("np.tanh(-x)", "dout * (1 - self.y**2)"))
    assert found["dx"].state == "right"
    assert "exactly minus the gradient of your own forward" in found["dx"].text


def test_a_sigmoid_with_exp_of_x_is_told_of_the_sign_in_its_backward_exercise(
    verdict: Judge,
) -> None:
    told = verdict("sigmoid_backward", sigmoid("x"))
    assert told.state == "right with a warning"
    assert told.points == told.out_of
    assert "exactly minus the gradient of your own forward" in told.to_text()


def test_a_gradient_that_is_minus_its_own_forwards_is_told_so(findings: Findings) -> None:
    found = findings("tanh_layer", tanh("np.tanh(3 * x)", "-3 * dout * (1 - self.y**2)"))
    assert found["dx"].state == "wrong"
    assert "exactly minus the gradient of your own forward" in found["dx"].text
    assert found["dx"].diagnosis is None


def test_a_right_gradient_beside_any_other_wrong_forward_is_just_right(findings: Findings) -> None:
    found = findings("mul_layer", product("x * y + 1"))
    assert found["dx"].text == found["dy"].text == "right"


# --- in the other kinds


def test_a_model_of_several_steps_begins_with_the_first_that_is_wrong(findings: Findings) -> None:
    found = findings(
        "chain_square_sum",
        """
        def chain_square_sum(x, y):
            return (x + y) ** 3, x, y
        """,
    )
    assert "begin with z" in found["dx"].text


def test_an_exercise_about_backward_alone_begins_with_forward_too(verdict: Judge) -> None:
    told = verdict("sigmoid_backward", sigmoid("-2 * x", "dout * self.y"))
    assert told.state == "wrong"
    assert "begin with forward" in told.to_text()


def test_layers_in_a_list_are_told_apart_one_by_one(findings: Findings) -> None:
    found = findings(
        "pencil_net",
        """
        def pencil_gradients(X, y, weights, biases):
            loss, dweights, dbiases = 0.0, [], []
            for W, b in zip(weights, biases):
                loss = loss + np.sum(W**2) + np.sum(b**2)
                dweights.append(2 * W)
                dbiases.append(5 * b)
            return loss, dweights, dbiases
        """,
    )
    assert "the true gradient of your own loss" in found["dweights"].text
    assert "begin with loss" in found["dbiases"].text


# --- nan before any difference


def test_a_nan_of_forward_is_told_and_not_the_one_it_causes(findings: Findings) -> None:
    quotient = "(np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"
    found = findings("tanh_layer", tanh(quotient, "dout * (1 - self.y**2)"))
    assert "nan or infinite" in found["forward"].text
    assert found["dx"].text.startswith("nan or infinite, as forward is: begin with forward")


def test_a_nan_of_backward_alone_is_told_as_its_own(findings: Findings) -> None:
    found = findings("tanh_layer", tanh("np.tanh(x)", "dout * np.nan"))
    assert "21 of 21 entries are nan" in found["dx"].text


def test_a_nan_in_one_layer_is_told_before_a_difference_in_another(findings: Findings) -> None:
    found = findings(
        "pencil_net",
        """
        def pencil_gradients(X, y, weights, biases):
            dweights = [0 * W for W in weights]
            dweights[0] = dweights[0] * np.nan
            return 1.0, dweights, [0 * b for b in biases]
        """,
    )
    assert found["dweights"].text.startswith("dweights[0]: ")
    assert "nan" in found["dweights"].text


WITHOUT_NUMBERS = {
    "numeric_gradient gradient": """
        def numeric_gradient(f, x, h=1e-5):
            return np.full(np.shape(x), np.nan)
        """,
    "numeric_gradient x put back": """
        def numeric_gradient(f, x, h=1e-5):
            gradient = np.zeros(np.shape(x))
            for i in np.ndindex(np.shape(x)):
                kept = x[i]
                x[i] = kept + 1e-5
                up = f(x)
                x[i] = kept - 1e-5
                gradient[i] = (up - f(x)) / 2e-5
                x[i] = kept
            if x.ndim:
                x[(0,) * x.ndim] = np.nan
            return gradient
        """,
    "finite_differences weights": """
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            nothing = [W * 0 for W in all_weights], [b * 0 for b in all_biases]
            nothing[0][0][0, 0] = np.nan
            return nothing
        """,
    "graph_backward tree": """
        def graph_backward(node):
            node.grad = np.nan
            for below in node.inputs:
                below.grad = 0.0
                graph_backward(below)
        """,
    "two_layer_net loss": """
        class TwoLayerNet:
            def __init__(self, *sizes, weight_init_std=0.01):
                rng, (D, H, C) = np.random.default_rng(), sizes[:3]
                self.params = {"W1": rng.normal(0, 0.01, (D, H)), "b1": np.zeros(H)}
                self.params |= {"W2": rng.normal(0, 0.01, (H, C)), "b2": np.zeros(C)}

            def loss(self, x, t):
                return np.nan

            def accuracy(self, x, t):
                return 0.0

            def gradient(self, x, t):
                return self.params
        """,
    "initialisation shape": """
        def he_init(n_in, n_out, rng=None):
            return np.full((n_out, n_in), np.nan)
        """,
    "sgd constant gradient": """
        class SGD:
            def __init__(self, lr=0.01):
                pass

            def update(self, params, grads):
                for name in params:
                    params[name] *= np.nan
        """,
    "train losses": """
        def train(net, optimizer, batches):
            return [np.nan for _ in batches]
        """,
    "minibatches every sample once": """
        def minibatches(x, t, batch_size, rng):
            yield x[:batch_size] * np.nan, t[:batch_size]
        """,
}


@pytest.mark.parametrize("where", WITHOUT_NUMBERS)
def test_every_kind_names_a_nan(where: str, findings: Findings) -> None:
    exercise_id, _, part = where.partition(" ")
    assert "nan" in findings(exercise_id, WITHOUT_NUMBERS[where])[part].text


def test_a_loss_that_is_nan_leaves_the_gradient_to_itself(findings: Findings) -> None:
    found = findings("two_layer_net", WITHOUT_NUMBERS["two_layer_net loss"])
    assert "begin with loss" not in found["W1"].text


# --- what was changed in place


RESIDUAL = """
class Relu:
    def forward(self, x):
        self.passed = x > 0
        return np.where(self.passed, x, 0)

    def backward(self, dout):
        {write}

class Residual:
    def __init__(self):
        self.relu = Relu()

    def forward(self, x):
        return x + self.relu.forward(x)

    def backward(self, dout):
        return {both}
"""


def test_a_dout_that_an_inner_relu_writes_into_is_named(findings: Findings) -> None:
    write = "dout[~self.passed] = 0\n        return dout"
    found = findings(
        "residual", RESIDUAL.format(write=write, both="self.relu.backward(dout) + dout")
    )
    assert found["dx"].state == "wrong"
    told = found["backward: inputs"]
    assert told.state == "note"
    assert told.text.startswith("the upstream gradient was changed in place")


def test_a_wrong_answer_that_changes_nothing_is_told_of_no_change(findings: Findings) -> None:
    found = findings("residual", RESIDUAL.format(write="return dout * 2", both="dout * 2"))
    assert found["dx"].state == "wrong"
    assert {f.state for f in found.values()} == {"right", "wrong"}


def test_a_right_answer_is_told_of_a_change_once(findings: Findings) -> None:
    write = "dout[~self.passed] = 0\n        return dout"
    writes = RESIDUAL.format(write=write, both="dout + 0 + self.relu.backward(dout)")
    (told,) = (f for f in findings("residual", writes).values() if f.state == "warning")
    assert "changed in place" in told.text


def test_an_x_changed_by_forward_is_named_where_backward_alone_is_asked(verdict: Judge) -> None:
    told = verdict(
        "sigmoid_backward",
        layer(
            "Sigmoid",
            "x",
            "self.x = x\nnp.negative(x, out=x)\nreturn 1 / (1 + np.exp(x))",
            "return dout * np.exp(self.x)",
        ),
    )
    assert (
        "x was changed in place; what reads it afterwards reads the changed one" in told.to_text()
    )


@pytest.mark.parametrize(
    ("exercise_id", "code", "what"),
    [
        (
            "softmax",
            """
            def softmax(x):
                x -= np.max(x)
                return np.exp(x)
            """,
            "x was changed in place",
        ),
        (
            "sgd",
            """
            class SGD:
                def __init__(self, lr=0.01):
                    self.lr = lr

                def update(self, params, grads):
                    for name in params:
                        grads[name] *= self.lr
                        params[name] += grads[name]
            """,
            "was changed in place",
        ),
        (
            "minibatches",
            """
            def minibatches(x, t, batch_size, rng):
                rng.shuffle(x)
                for start in range(0, len(x), batch_size):
                    yield x[start : start + batch_size], t[start : start + batch_size]
            """,
            "x was changed in place",
        ),
    ],
)
def test_other_kinds_name_it_too(exercise_id: str, code: str, what: str, verdict: Judge) -> None:
    told = verdict(exercise_id, code)
    assert told.state == "wrong"
    assert [f for f in told.findings if f.state == "note" and what in f.text]


def test_a_forward_too_large_to_square_leaves_the_gradients_wrong(findings: Findings) -> None:
    code = """
def toy_forward(x, beta, omega):
    return [1e200] * 7

def toy_backward(x, y, beta, omega):
    return [1.0] * 7, np.ones_like(beta), np.ones_like(omega)
"""
    found = findings("toy_model", code)
    assert {finding.state for finding in found.values()} == {"wrong"}
