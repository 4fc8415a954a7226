"""Chapter 4, deep ReLU networks: what is asked, and the forward formulas behind the cards.

Columns are samples: a net is a list of weights (out, in) and a list of biases (out, 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator

from course.cards import Card
from course.checks.function import Function
from course.checks.initialisation import Initialisation
from course.checks.numeric import LayerDifferences
from course.draws import Draws, measured
from course.givens import Given
from course.gradients import EPS
from grader_tests.draws.drawing import some
from grader_tests.published import NUMBERS

draws = Draws()

Lists = list[np.ndarray]

N = 7
WIDTHS = (2, 5, 4, 3, 2)
DEEP = NUMBERS["deep_net"]
PENCIL = NUMBERS["pencil_net"]
PUBLISHED = NUMBERS["net_7652"]


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0.0)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def run(x: np.ndarray, weights: Lists, biases: Lists) -> tuple[np.ndarray, Lists, Lists]:
    """Output, pre-activations and activations; all_h begins with the input."""
    all_f: Lists = []
    all_h: Lists = [x]
    for W, b in zip(weights, biases, strict=True):
        all_f.append(b + W @ all_h[-1])
        all_h.append(relu(all_f[-1]))
    return all_f[-1], all_f, all_h[:-1]


def squares(output: np.ndarray, y: np.ndarray) -> float:
    return float(np.sum((output - y) ** 2))


def some_net(
    rng: Generator, widths: Sequence[int], samples: int, dead: Sequence[tuple[int, int]] = ()
) -> tuple[np.ndarray, Lists, Lists]:
    """Input, weights and biases of a net in which no unit stands near its corner, some are off
    and some on, and in every layer at least one is on; `dead` units (layer, unit) are off."""
    while True:
        x = some(rng, widths[0], samples)
        weights = [some(rng, after, before) / np.sqrt(before) for before, after in pairwise(widths)]
        biases = [some(rng, after, 1, low=0.1, high=1.0) for after in widths[1:]]
        for layer, unit in dead:
            biases[layer][unit] = -50.0
        _, all_f, _ = run(x, weights, biases)
        hidden = all_f[:-1]
        if all(np.min(np.abs(f)) > 1e-3 and np.all(np.any(f > 0, axis=0)) for f in hidden):
            return x, weights, biases


def arrays(nested: Any) -> Lists:
    return [np.array(item, dtype=np.float64) for item in nested]


def published_net() -> tuple[np.ndarray, Lists, Lists, np.ndarray]:
    """The net of five hidden layers with six units each: input, weights, biases, target."""
    x, y = np.array([[DEEP["net_input"]]]), np.array([[DEEP["target"]]])
    return x, arrays(DEEP["weights"]), arrays(DEEP["biases"]), y


def net_inputs(x: np.ndarray, weights: Lists, biases: Lists) -> dict[str, Any]:
    return {"net_input": x, "all_weights": weights, "all_biases": biases}


@draws.exercise(
    "network_output",
    Function(
        calls={"compute_network_output": ("net_input", "all_weights", "all_biases")},
        returns={"compute_network_output": ("net_output", "all_f", "all_h")},
    ),
)
def network_output(rng: Generator) -> list[Card]:
    def card(case: str, x: np.ndarray, weights: Lists, biases: Lists) -> Card:
        output, all_f, all_h = run(x, weights, biases)
        expected = {"net_output": output, "all_f": all_f, "all_h": all_h}
        return Card(case, net_inputs(x, weights, biases), expected)

    return [
        card("five hidden layers, as in the text", *published_net()[:3]),
        card("a batch of seven, widths 2-5-4-3-2", *some_net(rng, WIDTHS, N)),
        card("a single sample", *some_net(rng, WIDTHS, 1)),
        card("one hidden layer", *some_net(rng, (3, 5, 2), N)),
        card("no hidden layer", *some_net(rng, (3, 2), N)),
        card("six hidden layers", *some_net(rng, (2, 3, 5, 4, 3, 4, 3, 2), N)),
    ]


@draws.exercise(
    "indicator",
    Function(calls={"indicator_function": ("x",)}, returns={"indicator_function": "indicator"}),
)
def indicator(rng: Generator) -> list[Card]:
    def card(case: str, x: np.ndarray) -> Card:
        on = (x > 0).astype(np.float64)
        at_corner = np.where(x == 0, 1.0, on)
        choice = {"indicator": (on, at_corner)} if np.any(x == 0) else {}
        return Card(case, {"x": x}, {"indicator": on}, between=choice)

    return [
        card("a batch", some(rng, 5, N)),
        card("a column", some(rng, 5, 1)),
        card("-1, -0.0 and 2", np.array([[-1.0], [-0.0], [2.0]])),
        card("0 among others", np.where(rng.random((3, 5)) < 0.3, 0.0, some(rng, 3, 5))),
        card("none is on", -np.abs(some(rng, 3, 2))),
        card("all are on", np.abs(some(rng, 3, 2))),
        card("tiny ones", some(rng, 4, 3) * 1e-12),
    ]


@draws.exercise(
    "least_squares",
    Function(
        calls={
            "least_squares_loss": ("net_output", "y"),
            "d_loss_d_output": ("net_output", "y"),
        },
        returns={"least_squares_loss": "loss", "d_loss_d_output": "dnet_output"},
        objective="loss",
        axes={"net_output": "ws", "y": "ws"},
    ),
)
def least_squares(rng: Generator) -> list[Card]:
    def card(case: str, output: np.ndarray, y: np.ndarray) -> Card:
        slopes, noise = measured(lambda output: squares(output, y), {"net_output": output}, (1.0,))
        expected = {"loss": squares(output, y), **slopes}
        return Card(case, {"net_output": output, "y": y}, expected, noise=noise)

    output = np.array([[DEEP["output"]]])
    return [
        card("one output, as in the text", output, np.array([[DEEP["target"]]])),
        card("two outputs, seven samples", some(rng, 2, N), some(rng, 2, N)),
        card("three outputs, one sample", some(rng, 3, 1), some(rng, 3, 1)),
        card("as many outputs as samples", some(rng, 3, 3), some(rng, 3, 3)),
    ]


BACKWARD = ("all_weights", "all_biases", "all_f", "all_h", "y")


def slopes_of(
    x: np.ndarray, weights: Lists, biases: Lists, y: np.ndarray
) -> tuple[Lists, Lists, float]:
    """Measured gradients of the loss in all weights and all biases, and their noise."""
    found, noise = measured(
        lambda weights, biases: squares(run(x, weights, biases)[0], y),
        {"weights": weights, "biases": biases},
        (1.0,),
    )
    return found["dweights"], found["dbiases"], noise["dweights"]


def backward_card(
    case: str, x: np.ndarray, weights: Lists, biases: Lists, y: np.ndarray, batch: str = "biases"
) -> Card:
    """A card of the backward pass; `batch` is the leaf that the biases belong to."""
    _, all_f, all_h = run(x, weights, biases)
    dweights, dbiases, noise = slopes_of(x, weights, biases, y)
    values = (weights, biases, all_f, all_h, y)
    return Card(
        case,
        dict(zip(BACKWARD, values, strict=True)),
        {"weights": dweights, batch: dbiases},
        noise={"weights": noise, batch: noise},
    )


@draws.exercise(
    "backward_pass",
    Function(
        calls={"backward_pass": BACKWARD},
        returns={"backward_pass": ("weights", "biases")},
        grouped={
            "weights": ["weights"],
            "biases": ["biases"],
            "sum over the batch": ["sum over the batch"],
        },
        otherwise={"biases": "sum over the batch"},
        axes={
            "all_weights": ["n-", "-+"],
            "all_biases": ["n-", "--"],
            "all_f": ["nm", "-m"],
            "all_h": ["-m", "nm"],
            "y": "-m",
        },
    ),
)
def backward_pass(rng: Generator) -> list[Card]:
    def card(case: str, widths: Sequence[int], samples: int, **more: Any) -> Card:
        net = some_net(rng, widths, samples, **more)
        y = some(rng, widths[-1], samples)
        return backward_card(case, *net, y, "biases" if samples == 1 else "sum over the batch")

    return [
        backward_card("five hidden layers, as in the text", *published_net()),
        card("widths 2-5-4-3-2, one sample", WIDTHS, 1),
        card("widths 2-5-4-3-2, a batch of seven", WIDTHS, N),
        card("one hidden layer, one sample", (3, 5, 2), 1),
        card("six hidden layers, one sample", (2, 3, 5, 4, 3, 4, 3, 2), 1),
        card("six hidden layers, a batch of five", (2, 3, 5, 4, 3, 4, 3, 2), 5),
        card("no hidden layer, a batch of five", (3, 2), 5),
        card("units that are off for all, a batch of seven", WIDTHS, N, dead=[(0, 1), (2, 0)]),
    ]


DIFFERENCES = ("net_input", "all_weights", "all_biases", "y", "h")


@draws.exercise(
    "finite_differences",
    LayerDifferences(
        name="finite_difference_gradients",
        inputs=DIFFERENCES,
        moved=("all_weights", "all_biases"),
        leaves=("weights", "biases"),
    ),
)
def finite_differences(rng: Generator) -> list[Card]:
    def card(
        case: str, net: tuple[np.ndarray, Lists, Lists], y: np.ndarray, h: float | None = None
    ) -> Card:
        dweights, dbiases, noise = slopes_of(*net, y)
        inputs = net_inputs(*net) | {"y": y} | ({} if h is None else {"h": h})
        expected: dict[str, Any] = {"weights": dweights, "biases": dbiases}
        if h is not None:
            expected["rounding"] = EPS * squares(run(*net)[0], y) / h
        return Card(case, inputs, expected, noise={"weights": noise, "biases": noise})

    def some_card(case: str, widths: Sequence[int], samples: int, h: float | None = None) -> Card:
        return card(case, some_net(rng, widths, samples), some(rng, widths[-1], samples), h)

    x, weights, biases, y = published_net()
    close = some_net(rng, (2, 3, 2), 2)
    near = run(*close)[0] + 1e-6 * some(rng, 2, 2)
    return [
        card("five hidden layers, as in the text", (x, weights, biases), y),
        card("an output close to its target, and small slopes", close, near),
        some_card("widths 2-4-3-2, a batch of five", (2, 4, 3, 2), 5),
        some_card("one hidden layer, one sample", (3, 4, 2), 1),
        some_card("a step so small that rounding shows", (2, 4, 3, 2), 5, h=1e-11),
    ]


@draws.exercise(
    "rows_and_columns",
    Function(
        calls={
            "to_rows": ("all_weights", "all_biases"),
            "to_columns": ("all_weights", "all_biases"),
        },
        returns={
            "to_rows": ("to_rows weights", "to_rows biases"),
            "to_columns": ("to_columns weights", "to_columns biases"),
        },
        grouped={
            "to_rows": ["to_rows weights", "to_rows biases"],
            "to_columns": ["to_columns weights", "to_columns biases"],
        },
    ),
)
def rows_and_columns(rng: Generator) -> list[Card]:
    def cards(case: str, widths: Sequence[int]) -> list[Card]:
        _, weights, biases = some_net(rng, widths, 1)
        turned, flat = [W.T.copy() for W in weights], [b[:, 0].copy() for b in biases]
        columns = {"all_weights": weights, "all_biases": biases}
        rows = {"all_weights": turned, "all_biases": flat}
        return [
            Card(
                case,
                columns,
                {"to_rows weights": turned, "to_rows biases": flat},
                about="to_rows",
            ),
            Card(
                case,
                rows,
                {"to_columns weights": weights, "to_columns biases": biases},
                about="to_columns",
            ),
        ]

    return [
        *cards("widths 2-5-4-3-2", WIDTHS),
        *cards("one layer", (3, 2)),
        *cards("equal widths", (3, 3, 3)),
        *cards("one unit", (2, 1, 1)),
    ]


def pencil_loss(X: np.ndarray, y: np.ndarray, weights: Lists, biases: Lists) -> float:
    h = X
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = relu(h @ W + b)
    return float(np.sum((h @ weights[-1] + biases[-1] - y) ** 2))


@draws.exercise(
    "pencil_net",
    Function(
        calls={"pencil_gradients": ("X", "y", "weights", "biases")},
        returns={"pencil_gradients": ("loss", "dweights", "dbiases")},
        objective="loss",
        rows=("loss", "dbiases"),
        axes={
            "X": "m-",
            "y": "m-",
            "weights": ["-n", "+-", "--"],
            "biases": ["n", "-", "-"],
        },
    ),
)
def pencil_net(rng: Generator) -> list[Card]:
    def card(case: str, X: np.ndarray, y: np.ndarray, weights: Lists, biases: Lists) -> Card:
        slopes, noise = measured(
            lambda weights, biases: pencil_loss(X, y, weights, biases),
            {"weights": weights, "biases": biases},
            (1.0,),
        )
        expected = {"loss": pencil_loss(X, y, weights, biases), **slopes}
        inputs = {"X": X, "y": y, "weights": weights, "biases": biases}
        return Card(case, inputs, expected, noise=noise)

    def drawn(case: str, sign: float, dead: Sequence[tuple[int, int]] = ()) -> Card:
        """The output has this sign, and stands so far from the target that nothing cancels."""
        while True:
            x, weights, biases = some_net(rng, (2, 3, 3, 1), 1, dead)
            turned, flat = [W.T.copy() for W in weights], [b[:, 0].copy() for b in biases]
            X, y = x.T.copy(), some(rng, 1, 1)
            output = run(x, weights, biases)[0].item()
            if pencil_loss(X, y, turned, flat) > 0.1 and sign * output > 0.1:
                return card(case, X, y, turned, flat)

    return [
        card(
            "as in the text",
            np.array(PENCIL["X"]),
            np.array(PENCIL["Y"]),
            arrays(PENCIL[name] for name in ("W1", "W2", "W3")),
            arrays(PENCIL[name] for name in ("b1", "b2", "b3")),
        ),
        drawn("other weights, an output above 0", 1.0),
        drawn("other weights, an output below 0", -1.0),
        drawn("a dead unit in both hidden layers", 1.0, dead=[(0, 1), (1, 2)]),
    ]


def net_7652_loss(x: np.ndarray, t: np.ndarray, weights: Lists, biases: Lists) -> float:
    h = relu(weights[0] @ x + biases[0])
    for W, b in zip(weights[1:], biases[1:], strict=True):
        h = sigmoid(W @ h + b)
    return float(np.sum((h - t) ** 2) / 2)


@draws.exercise(
    "net_7652",
    Function(
        calls={"net_7652_gradients": ("x", "t", "weights", "biases")},
        returns={"net_7652_gradients": ("E", "dweights", "dbiases")},
        objective="E",
        rows=("E",),
        axes={
            "x": "-m",
            "t": "-m",
            "weights": ["n-", "-+", "--"],
            "biases": ["n-", "--", "--"],
        },
    ),
)
def net_7652(rng: Generator) -> list[Card]:
    def card(case: str, x: np.ndarray, t: np.ndarray, weights: Lists, biases: Lists) -> Card:
        slopes, noise = measured(
            lambda weights, biases: net_7652_loss(x, t, weights, biases),
            {"weights": weights, "biases": biases},
            (1.0,),
        )
        expected = {"E": net_7652_loss(x, t, weights, biases), **slopes}
        return Card(
            case, {"x": x, "t": t, "weights": weights, "biases": biases}, expected, noise=noise
        )

    def drawn(case: str, dead: Sequence[int] = ()) -> Card:
        """Weights so small that no sigmoid is saturated; `dead` units are off by a little."""
        while True:
            x = some(rng, 7, 1)
            weights = [
                some(rng, after, before, low=0.2, high=1.0) / np.sqrt(before)
                for before, after in pairwise((7, 6, 5, 2))
            ]
            biases = [some(rng, after, 1, low=0.1, high=0.5) for after in (6, 5, 2)]
            before_bias = (weights[0] @ x)[:, 0]
            biases[0][list(dead), 0] = -before_bias[list(dead)] - 0.3
            f = weights[0] @ x + biases[0]
            if np.min(np.abs(f)) > 1e-2 and 2 <= np.sum(f > 0) <= 4:
                return card(case, x, rng.uniform(0.1, 0.9, (2, 1)), weights, biases)

    published = np.random.RandomState(PUBLISHED["seed"])
    weights, biases = [], []
    for before, after in ((7, 6), (6, 5), (5, 2)):
        weights.append(published.rand(after, before))
        biases.append(published.rand(after, 1))
    return [
        card(
            "as in the text",
            np.array(PUBLISHED["input"]),
            np.array(PUBLISHED["target"]),
            weights,
            biases,
        ),
        drawn("other weights"),
        drawn("other weights once more"),
        drawn("units that are off", dead=[0, 3]),
    ]


@draws.exercise(
    "kink_crossed",
    Function(calls={"kink_crossed": ("f", "x", "h")}, returns={"kink_crossed": "crossed"}),
)
def kink_crossed(rng: Generator) -> list[Card]:
    def card(
        case: str, slopes: np.ndarray, offsets: np.ndarray, h: float, x: float, crossed: bool
    ) -> Card:
        f = Given("preactivations", {"slopes": slopes, "offsets": offsets})
        low, high = slopes * (x - h) + offsets, slopes * (x + h) + offsets
        assert bool(np.any((low > 0) != (high > 0))) is crossed
        assert float(np.min(np.abs([low, high]))) > 1e-3 * h
        return Card(case, {"f": f, "x": x, "h": h}, {"crossed": crossed})

    def near(case: str, share: float, h: float, crossed: bool, only: int = 3) -> Card:
        """Pre-activation number `only` stands at share * h of its corner; the others far off."""
        slopes, offsets, x = some(rng, 5), some(rng, 5), some(rng)
        offsets = offsets + np.where(offsets > 0, 20.0, -20.0)
        slopes[only] = abs(slopes[only])
        offsets[only] = -slopes[only] * (x + share * h)
        return card(case, slopes, offsets, h, x, crossed)

    def many(case: str, crossed: bool) -> Card:
        slopes, offsets = some(rng, 12), some(rng, 12) * 10
        if crossed:
            slopes[11], offsets[11] = -2.0, 5e-4
        return card(case, slopes, offsets, 1e-3, 0.0, crossed)

    unit = 0.0005767544808755187
    alone = np.array([1.0])
    return [
        card("b_1[5] of the text, h = 1e-3", alone, np.array([unit]), 1e-3, 0.0, True),
        card("b_1[5] of the text, h = 1e-4", alone, np.array([unit]), 1e-4, 0.0, False),
        near("the corner is just ahead", 0.4, 1e-3, True),
        card("a unit that goes off", np.array([-2.0]), np.array([5e-4]), 1e-3, 0.0, True),
        card(
            "one comes on, another goes off",
            np.array([1.5, -0.5, 2.0]),
            np.array([4e-4, 2e-4, 7.0]) * float(rng.uniform(0.8, 1.2)),
            1e-3,
            0.0,
            True,
        ),
        card(
            "a slow unit near its corner stays, a fast one further off crosses",
            np.array([0.01, 30.0, -2.0]),
            np.array([4e-4, 1e-2, -9.0]) * float(rng.uniform(0.8, 1.2)),
            1e-3,
            0.0,
            True,
        ),
        card(
            "a slow unit near its corner, and none crosses",
            np.array([0.01, 3.0]),
            np.array([4e-4, 1e-2]) * float(rng.uniform(0.8, 1.2)),
            1e-3,
            0.0,
            False,
        ),
        near("the corner is just behind", -0.4, 1e-3, True, only=0),
        near("the last of five units", 0.7, 1e-2, True, only=4),
        many("twelve units, the last goes off", True),
        many("twelve units, none at its corner", False),
        near("the corner is out of reach", 1.7, 1e-3, False),
        near("out of reach behind", -1.4, 1e-3, False, only=1),
        near("a small step", 30.0, 1e-5, False),
        near("a small step across", 0.4, 1e-5, True),
    ]


def deviations(x: np.ndarray, weights: Lists) -> np.ndarray:
    found = []
    for W in weights:
        x = relu(W @ x)
        found.append(float(np.std(x)))
    return np.array(found)


@draws.exercise(
    "initialisation",
    Initialisation(
        name="he_init",
        beside={
            "calls": {"measure_depth": ("x", "weights")},
            "returns": {"measure_depth": "measure_depth"},
        },
    ),
)
def initialisation(rng: Generator) -> list[Card]:
    def he(case: str, n_in: int, n_out: int) -> Card:
        inputs = {"n_in": n_in, "n_out": n_out, "seed": int(rng.integers(1_000_000))}
        return Card(case, inputs, {"size": float(np.sqrt(2 / n_in))}, about="he_init")

    def depth(case: str, widths: Sequence[int], samples: int, size: float = 1.0) -> Card:
        x = some(rng, widths[0], samples)
        weights = [
            size * some(rng, after, before) / np.sqrt(before) for before, after in pairwise(widths)
        ]
        expected = {"measure_depth": deviations(x, weights)}
        return Card(case, {"x": x, "weights": weights}, expected, about="measure_depth")

    return [
        he("100 inputs, 80 outputs", 100, 80),
        he("8 inputs, 1000 outputs", 8, 1000),
        he("300 inputs, 30 outputs", 300, 30),
        depth("four layers", (5, 7, 6, 4, 3), 11),
        depth("one layer", (3, 4), 7),
        depth("ten layers that grow", (4,) * 11, 5, size=3.0),
    ]


@draws.exercise(
    "dead_units",
    Function(calls={"dead_units": ("all_f",)}, returns={"dead_units": "dead"}),
)
def dead_units(rng: Generator) -> list[Card]:
    def card(case: str, all_f: Lists) -> Card:
        dead = [np.all(f < 0, axis=1) for f in all_f[:-1]]
        return Card(case, {"all_f": all_f}, {"dead": dead})

    def drawn(case: str, widths: Sequence[int], samples: int) -> Card:
        off = [(layer, layer % width) for layer, width in enumerate(widths[1:-1])]
        return card(case, run(*some_net(rng, widths, samples, off))[1])

    rarely = -np.abs(some(rng, 3, 120))
    rarely[1, int(rng.integers(120))] = 0.5
    first = np.array(PUBLISHED["net_h1"], dtype=np.float64)
    output = np.array(PUBLISHED["net_o"], dtype=np.float64)
    return [
        card("the first layer of the 7-6-5-2 net", [first, output]),
        drawn("widths 2-5-4-3-2, a batch of seven", WIDTHS, N),
        drawn("widths 2-5-4-3-2, one sample", WIDTHS, 1),
        drawn("one hidden layer", (3, 5, 2), N),
        drawn("six hidden layers", (2, 3, 5, 4, 3, 4, 3, 2), N),
        card("a unit that is on for one sample of 120", [rarely, some(rng, 1, 120)]),
    ]


@draws.exercise(
    "ch4_bug",
    Function(
        calls={
            "backward_and_step": (*BACKWARD, "lr"),
            "worst_difference": ("gradients", "measured"),
        },
        returns={
            "backward_and_step": ("weights", "biases"),
            "worst_difference": "worst difference",
        },
        moved={"all_weights": "stepped weights", "all_biases": "stepped biases"},
        grouped={
            "gradients": ["weights", "biases"],
            "step": ["stepped weights", "stepped biases"],
            "worst difference": ["worst difference"],
        },
        axes={
            "all_weights": ["n-", "-+", "--", "--"],
            "all_biases": ["n-", "--", "--", "--"],
            "all_f": ["nm", "-m", "-m", "-m"],
            "all_h": ["-m", "nm", "-m", "-m"],
            "y": "-m",
        },
    ),
)
def ch4_bug(rng: Generator) -> list[Card]:
    def step(case: str, widths: Sequence[int], samples: int, lr: float) -> Card:
        x, weights, biases = some_net(rng, widths, samples)
        made = backward_card(case, x, weights, biases, some(rng, widths[-1], samples))
        noise = made.noise["weights"]
        stepped = {
            f"stepped {name}": [
                p - lr * g for p, g in zip(params, made.expected[name], strict=True)
            ]
            for name, params in (("weights", weights), ("biases", biases))
        }
        return Card(
            case,
            dict(made.inputs) | {"lr": lr},
            dict(made.expected) | stepped,
            noise=dict(made.noise) | dict.fromkeys(stepped, lr * noise),
            about="backward_and_step",
        )

    def worst(case: str, widths: Sequence[int], layer: int, off: float) -> Card:
        """Two lists that differ by `off` in one entry of one layer, and by a little elsewhere."""
        _, weights, _ = some_net(rng, widths, 1)
        other = [W + some(rng, *W.shape, low=0.01, high=0.09) for W in weights]
        row, column = (int(rng.integers(size)) for size in other[layer].shape)
        # The worst one has the opposite sign there, and nearly the same size.
        weights[layer][row, column] = off / 2
        other[layer][row, column] = -off / 2
        return Card(
            case,
            {"gradients": weights, "measured": other},
            {"worst difference": abs(off)},
            about="worst_difference",
        )

    return [
        step("five hidden layers, one sample", (1, 6, 6, 6, 6, 6, 1), 1, 0.1),
        step("widths 2-5-4-3-2, a batch of seven", WIDTHS, N, 0.05),
        step("seven hidden layers, one sample", (2, 3, 5, 4, 3, 4, 3, 3, 2), 1, 0.1),
        step("no hidden layer, a batch of five", (3, 2), 5, 0.1),
        worst("a fault in the last layer", WIDTHS, 3, 0.25),
        worst("a fault in the first layer", WIDTHS, 0, -0.5),
        worst("a fault in the only layer", (3, 2), 0, 0.125),
        worst("a fault in between", (2, 3, 4, 3, 3), 2, -0.25),
    ]
