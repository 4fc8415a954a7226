"""Chapter 3, Affine and Softmax-with-loss: the reference forwards, and the cards drawn from them.

N, D and C are different primes, so that no wrong axis fits by chance; one card of each layer has a
single sample, and where N equals C that is said. Labels and one-hot rows both occur.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from course.cards import Card
from course.checks.function import Function
from course.checks.network import Network
from course.checks.node import Node
from course.draws import Draws, measured
from grader_tests.draws.drawing import node_card, some

draws = Draws()

N, D, C = 7, 5, 3
FAR_APART = np.array([[0.0, 2000.0, -2000.0], [2000.0, 0.0, -2000.0]])
"""Rows that overflow unless each is measured from its own largest score."""

DELTA = 1e-7
"""As much as may be added inside a logarithm, or to a sum that is divided by, to keep it finite."""


def affine(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1) @ W + b


def shares(x: np.ndarray) -> np.ndarray:
    """softmax by rows."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def right_shares(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The share that each row gives to its right class; t labels or one-hot rows."""
    labels = t if t.ndim == 1 else np.argmax(t, axis=1)
    return y[np.arange(len(y)), labels]


def loss_of_shares(y: np.ndarray, t: np.ndarray) -> float:
    return float(-np.mean(np.log(right_shares(y, t))))


def with_delta(y: np.ndarray, t: np.ndarray, loss: float) -> tuple[float, float]:
    """The losses that a small number inside the logarithm, or one below the fraction line of the
    shares, may lead to."""
    room = 1e-9 * (1 + abs(loss))
    return loss - float(
        np.mean(1.01 * DELTA / right_shares(y, t))
    ) - room, loss + 1.01 * DELTA + room


def with_room(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares that the same small number below the fraction line may lead to."""
    return (1 - 1.01 * DELTA) * y, (1 + 1e-9) * y


def rows_of(labels: np.ndarray, classes: int = C) -> np.ndarray:
    """Labels as one-hot rows."""
    return np.eye(classes)[labels]


def labels_for(rng: Generator, samples: int, classes: int = C) -> np.ndarray:
    """Labels among which every class occurs, where there are samples enough."""
    return rng.permutation(np.arange(samples) % classes)


def layer_card(case: str, x: np.ndarray, W: np.ndarray, b: np.ndarray, dout: np.ndarray) -> Card:
    """A card of an affine layer: measured gradients of its input and of both parameters."""
    expected, noise = measured(affine, {"x": x, "W": W, "b": b}, (dout,))
    return Card(
        case,
        {"x": x},
        {"forward": affine(x, W, b), **expected},
        upstream=(dout,),
        noise=noise,
        arguments=(W, b),
    )


def affine_cards(rng: Generator) -> list[Card]:
    W, b = some(rng, D, C), some(rng, C)
    return [
        layer_card("a batch of seven", some(rng, N, D), W, b, some(rng, N, C)),
        layer_card("another batch", some(rng, N, D), W, b, some(rng, N, C)),
        layer_card("a single sample", some(rng, 1, D), W, b, some(rng, 1, C)),
        layer_card(
            "two samples, three outputs, as in the text",
            some(rng, 2, D),
            W,
            b,
            np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        ),
        layer_card(
            "another layer", some(rng, N, D), some(rng, D, C), some(rng, C), some(rng, N, C)
        ),
        layer_card(
            "as many samples as outputs",
            some(rng, C, D),
            some(rng, D, C),
            some(rng, C),
            some(rng, C, C),
        ),
        layer_card(
            "eleven samples, two inputs, four outputs",
            some(rng, 11, 2),
            some(rng, 2, 4),
            some(rng, 4),
            some(rng, 11, 4),
        ),
    ]


AFFINE: Mapping[str, Any] = {
    "inputs": {"Affine": ("x",)},
    "parameters": {"Affine": ("W", "b")},
    "rows": ("db",),
    "fresh": True,
    "axes": {"x": "n-", "arguments": ("-n", "n"), "upstream": ("nn",)},
}


@draws.exercise("affine_forward", Node(**AFFINE, asked=("forward",)))
def affine_forward(rng: Generator) -> list[Card]:
    return affine_cards(rng)


@draws.exercise("affine_backward", Node(**AFFINE, asked=("dx", "dW", "db")))
def affine_backward(rng: Generator) -> list[Card]:
    return affine_cards(rng)


@draws.exercise(
    "affine_images",
    Node(
        inputs={"AffineImages": ("x",)},
        parameters={"AffineImages": ("W", "b")},
        rows=("db",),
        axes={"x": "n---", "arguments": ("-n", "n"), "upstream": ("nn",)},
    ),
)
def affine_images(rng: Generator) -> list[Card]:
    W, b = some(rng, 2 * 3 * 2, C), some(rng, C)
    return [
        layer_card("images (5, 2, 3, 2)", some(rng, 5, 2, 3, 2), W, b, some(rng, 5, C)),
        layer_card("other images", some(rng, 5, 2, 3, 2), W, b, some(rng, 5, C)),
        layer_card("a single image", some(rng, 1, 2, 3, 2), W, b, some(rng, 1, C)),
        layer_card("rows, as before", some(rng, N, 12), W, b, some(rng, N, C)),
    ]


@draws.exercise("softmax", Function(calls={"softmax": ("x",)}, returns={"softmax": "softmax"}))
def softmax(rng: Generator) -> list[Card]:
    def card(case: str, x: np.ndarray) -> Card:
        y = shares(x)
        return Card(case, {"x": x}, {"softmax": y}, between={"softmax": with_room(y)})

    x = some(rng, N, C)
    return [
        card("a batch", x),
        card("the same scores, each row shifted", x + some(rng, N, 1, high=20)),
        card("as many rows as columns", some(rng, C, C)),
        card("a single row", some(rng, 1, 5)),
        card("one axis", some(rng, 4)),
        card("scores of 1000", np.array([[1000.0, 1001.0, 1002.0], [0.0, 1.0, 2.0]])),
        card("scores of 2000, 0 and -2000", FAR_APART),
        card("scores of -1000", np.array([[-1000.0, -1001.0, -1002.0], [0.0, 1.0, 2.0]])),
        card("one axis, scores of 1000", np.array([1000.0, 1001.0, 1002.0])),
        card("equal scores", np.full((2, 4), 7.0)),
    ]


@draws.exercise(
    "cross_entropy",
    Function(
        calls={"cross_entropy": ("y", "t")},
        returns={"cross_entropy": "loss"},
    ),
)
def cross_entropy(rng: Generator) -> list[Card]:
    def card(case: str, y: np.ndarray, t: np.ndarray) -> Card:
        loss = loss_of_shares(y, t)
        between = {"loss": with_delta(y, t, loss)}
        return Card(case, {"y": y, "t": t}, {"loss": loss}, between=between)

    def impossible(case: str, t: np.ndarray) -> Card:
        """A share of 0 for the right class: anything finite that a small number can lead to."""
        y = np.array([[1.0, 0.0, 0.0]])
        expected = {"loss": float(-np.log(DELTA))}
        return Card(case, {"y": y, "t": t}, expected, between={"loss": (16.0, 1100.0)})

    def impossible_row(case: str) -> Card:
        """The same among other rows: the mean is still finite, and large."""
        y = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5], [0.25, 0.5, 0.25]])
        t = np.array([0, 2, 2, 1])
        rest = -3 * float(np.log(0.5))
        expected = {"loss": (rest - float(np.log(DELTA))) / 4}
        between = {"loss": ((rest + 16.0) / 4, (rest + 1100.0) / 4)}
        return Card(case, {"y": y, "t": t}, expected, between=between)

    y, labels = shares(some(rng, N, C)), labels_for(rng, N)
    wide, five = shares(some(rng, 4, 5)), labels_for(rng, 4, 5)
    square, three = shares(some(rng, C, C)), labels_for(rng, C)
    return [
        card("labels", y, labels),
        card("the same, one-hot", y, rows_of(labels)),
        card("uniform rows", np.full((N, C), 1 / C), labels),
        card("as many samples as classes, labels", square, three),
        card("as many samples as classes, one-hot", square, rows_of(three)),
        card("one-hot in whole numbers", y, rows_of(labels).astype(np.int64)),
        card("four samples, five classes, labels", wide, five),
        card("four samples, five classes, one-hot", wide, rows_of(five, 5)),
        card("a single sample, label", y[:1], labels[:1]),
        card("a single sample, one-hot", y[:1], rows_of(labels[:1])),
        impossible("a share of 0 for the right class, label", np.array([1])),
        impossible("a share of 0 for the right class, one-hot", np.array([[0.0, 1.0, 0.0]])),
        impossible_row("a share of 0 in one of four rows"),
    ]


@draws.exercise(
    "softmax_backward",
    Node(inputs={"Softmax": ("x",)}, axes={"x": "sw", "upstream": ("sw",)}),
)
def softmax_backward(rng: Generator) -> list[Card]:
    def card(case: str, samples: int, classes: int) -> Card:
        x, dout = some(rng, samples, classes), some(rng, samples, classes)
        made = node_card(case, shares, {"x": x}, dout)
        room = 1.01 * DELTA * float(np.max(np.abs(dout)))
        return replace(
            made,
            noise={"dx": made.noise["dx"] + room},
            between={"forward": with_room(made.expected["forward"])},
        )

    return [
        card("a batch", N, C),
        card("another batch", N, C),
        card("as many rows as columns", C, C),
        card("a single row", 1, 5),
        replace(
            node_card("scores of 2000, 0 and -2000", shares, {"x": FAR_APART}, some(rng, 2, 3)),
            noise={"dx": 1e-9},
        ),
    ]


def loss_card(case: str, x: np.ndarray, t: np.ndarray, dout: float | None = None) -> Card:
    """A card of the loss of softmax(x); without dout, backward is called without one."""
    y = shares(x)
    loss = loss_of_shares(y, t)

    def forward(x: np.ndarray) -> float:
        return loss_of_shares(shares(x), t)

    weight = 1.0 if dout is None else dout
    expected, noise = measured(forward, {"x": x}, (weight,))
    # Carried back, a small number inside the logarithm moves a slope by as much of itself.
    room = abs(weight) * 1.01 * DELTA / (len(y) * float(np.min(right_shares(y, t))))
    return Card(
        case,
        {"x": x, "t": t},
        {"forward": loss, **expected},
        upstream=() if dout is None else (dout,),
        noise={"dx": noise["dx"] + room},
        between={"forward": with_delta(y, t, loss)},
    )


def loss_cards(rng: Generator) -> list[Card]:
    x, labels = some(rng, N, C), labels_for(rng, N)
    square, three = some(rng, C, C), labels_for(rng, C)
    return [
        loss_card("one-hot", x, rows_of(labels)),
        loss_card("labels", some(rng, N, C), labels_for(rng, N)),
        loss_card("labels, an upstream gradient of 2.5", x, labels, 2.5),
        loss_card("one-hot, an upstream gradient of -0.7", some(rng, N, C), rows_of(labels), -0.7),
        loss_card("one-hot in whole numbers", x, rows_of(labels).astype(np.int64)),
        loss_card("four samples, five classes", some(rng, 4, 5), labels_for(rng, 4, 5)),
        loss_card("as many samples as classes, labels", square, three),
        loss_card("as many samples as classes, one-hot", square, rows_of(three)),
        loss_card("a single sample", x[:1], labels[:1]),
        loss_card("a single sample, one-hot", x[1:2], rows_of(labels[1:2])),
        loss_card(
            "scores of 2000, 0 and -2000 in two of three rows",
            np.vstack([FAR_APART, some(rng, 1, 3)]),
            np.array([1, 0, 2]),
        ),
        loss_card(
            "scores of 1000",
            np.array([[1000.0, 1001.0, 1002.0], [0.0, 1.0, 2.0]]),
            np.array([2, 0]),
        ),
    ]


@draws.exercise(
    "softmax_with_loss",
    Node(inputs={"SoftmaxWithLoss": ("x", "t")}, fixed=("t",), axes={"x": "sw", "t": "s"}),
)
def softmax_with_loss(rng: Generator) -> list[Card]:
    return loss_cards(rng)


@draws.exercise(
    "ch3_bug", Node(inputs={"LossLayer": ("x", "t")}, fixed=("t",), axes={"x": "sw", "t": "s"})
)
def ch3_bug(rng: Generator) -> list[Card]:
    return [*loss_cards(rng), impossible_card()]


def impossible_card() -> Card:
    """A share that rounds to 0 for the right class: any finite loss of a size that makes sense."""
    x, t = np.array([[0.0, -1000.0]]), np.array([1])

    def forward(x: np.ndarray) -> float:
        high = np.max(x, axis=1)
        logs = high + np.log(np.sum(np.exp(x - high[:, None]), axis=1))
        return float(np.mean(logs - x[np.arange(len(x)), t]))

    expected, noise = measured(forward, {"x": x}, (1.0,))
    # Where the loss has been given a ceiling, the slope there is 0.
    slope, air = expected["dx"], noise["dx"] + 1e-6
    return Card(
        "a share of 0 for the right class",
        {"x": x, "t": t},
        {"forward": forward(x), **expected},
        noise=noise,
        between={
            "forward": (16.0, 1100.0),
            "dx": (np.minimum(slope, 0.0) - air, np.maximum(slope, 0.0) + air),
        },
    )


@draws.exercise(
    "y_minus_t",
    Function(
        calls={"y_minus_t": ("x", "t")},
        returns={"y_minus_t": ("staged", "short")},
        axes={"x": "sw", "t": "sw"},
    ),
)
def y_minus_t(rng: Generator) -> list[Card]:
    def card(case: str, x: np.ndarray, t: np.ndarray) -> Card:
        made = loss_card(case, x, t)
        slope, noise = made.expected["dx"], made.noise["dx"]
        expected = {"staged": slope, "short": slope}
        return Card(case, {"x": x, "t": t}, expected, noise={"staged": noise, "short": noise})

    return [
        card("a batch", some(rng, N, C), rows_of(labels_for(rng, N))),
        card("as many samples as classes", some(rng, C, C), rows_of(labels_for(rng, C))),
        card("a single sample", some(rng, 1, 5), rows_of(np.array([2]), 5)),
    ]


@draws.exercise(
    "mean_squared_error",
    Node(inputs={"MeanSquaredError": ("h", "y")}, fixed=("y",), axes={"h": "sw", "y": "sw"}),
)
def mean_squared_error(rng: Generator) -> list[Card]:
    def card(case: str, outputs: int, dout: float | None = None, samples: int = N) -> Card:
        h, y = some(rng, samples, outputs), some(rng, samples, outputs)

        def forward(h: np.ndarray) -> float:
            return float(np.mean((h - y) ** 2) / 2)

        expected, noise = measured(forward, {"h": h}, (1.0 if dout is None else dout,))
        return Card(
            case,
            {"h": h, "y": y},
            {"forward": forward(h), **expected},
            upstream=() if dout is None else (dout,),
            noise=noise,
        )

    return [
        card("three outputs", 3),
        card("two outputs", 2),
        card("one output", 1),
        card("five outputs, an upstream gradient of 2.5", 5, 2.5),
        card("three outputs, an upstream gradient of -0.7", 3, -0.7),
        card("three outputs, other numbers", 3),
        card("a single sample", 3, samples=1),
    ]


PARAMETERS = ("W1", "b1", "W2", "b2")


@draws.exercise(
    "two_layer_net",
    Network(
        name="TwoLayerNet",
        parameters=PARAMETERS,
        sizes=(64, 30, 10),
        trained=0.94,
        axes={
            "x": "m-",
            "t": "m",
            "W1": "-n",
            "b1": "n",
            "W2": "+-",
            "arguments": ("-", "n", "-"),
        },
    ),
)
def two_layer_net(rng: Generator) -> list[Card]:
    def scores(x: np.ndarray, W1: Any, b1: Any, W2: Any, b2: Any) -> np.ndarray:
        return np.maximum(x @ W1 + b1, 0) @ W2 + b2

    def card(
        case: str,
        samples: int,
        one_hot: bool,
        sizes: tuple[int, int, int] = (D, 4, C),
        size: float = 0.15,
    ) -> Card:
        x, t, params = moderate(samples, sizes, size)
        y = shares(scores(x, *params.values()))
        loss = loss_of_shares(y, t)
        accuracy = float(np.mean(np.argmax(y, axis=1) == t))

        def forward(*values: np.ndarray) -> float:
            return loss_of_shares(shares(scores(x, *values)), t)

        slopes, noise = measured(forward, params, (1.0,))
        # A small number inside the logarithm moves a sample's slope by this share of itself.
        room = DELTA / float(np.min(right_shares(y, t)))
        largest = {k: float(np.max(np.abs(slopes[f"d{k}"]))) for k in PARAMETERS}
        given = rows_of(t, sizes[2]) if one_hot else t
        return Card(
            case,
            {"x": x, "t": given, **params},
            {"loss": loss, "accuracy": accuracy, **{k: slopes[f"d{k}"] for k in PARAMETERS}},
            noise={k: noise[f"d{k}"] + 3 * room * max(1.0, largest[k]) for k in PARAMETERS},
            arguments=sizes,
            between={"loss": with_delta(y, t, loss)},
        )

    def many(case: str, one_hot: bool) -> Card:
        """So many samples that no accuracy is right by chance."""
        t = labels_for(rng, 101)
        x, _, params = moderate(N, (D, 4, C), 0.15)
        x = some(rng, 101, D)
        y = shares(scores(x, *params.values()))
        loss, accuracy = loss_of_shares(y, t), float(np.mean(np.argmax(y, axis=1) == t))
        return Card(
            case,
            {"x": x, "t": rows_of(t) if one_hot else t, **params},
            {"loss": loss, "accuracy": accuracy},
            arguments=(D, 4, C),
            between={"loss": with_delta(y, t, loss)},
        )

    def moderate(
        samples: int, sizes: tuple[int, int, int], size: float
    ) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Samples, labels and parameters: no hidden unit stands near its corner, every right class
        has a share worth the name, and each unit and each class is on both sides of 0."""
        inputs, hidden, classes = sizes
        last = 0.2 if size < 1 else 0.03
        while True:
            x, t = some(rng, samples, inputs), labels_for(rng, samples, classes)
            params = {
                "W1": size * some(rng, inputs, hidden),
                "b1": size * some(rng, hidden),
                "W2": last * some(rng, hidden, classes),
                "b2": 0.3 * some(rng, classes),
            }
            before = x @ params["W1"] + params["b1"]
            found = scores(x, *params.values())
            fair = np.min(right_shares(shares(found), t)) > 0.03
            if fair and np.min(np.abs(before)) > 1e-3 and mixed(before) and mixed(found):
                return x, t, params

    def mixed(values: np.ndarray) -> bool:
        """Whether numbers of both signs stand in every column, or in a single row."""
        axis = 0 if len(values) > 1 else 1
        return bool(np.all(np.any(values > 0, axis) & np.any(values < 0, axis)))

    # So many hidden units and samples that weights of any other size never come near this loss.
    x, t = some(rng, 101, D), labels_for(rng, 101)
    first = Card(
        "as it is made, with tiny weights",
        {"x": x, "t": t},
        {"first loss": float(np.log(C))},
        arguments=(D, 50, C),
        between={"first loss": (0.95 * np.log(C), 1.05 * np.log(C))},
    )
    return [
        card("labels", N, False),
        card("one-hot", N, True),
        card("a single sample", 1, False),
        card("eleven samples, other sizes, large hidden values", 11, False, (3, 6, 4), 1.5),
        many("101 labels, for loss and accuracy only", False),
        many("101 one-hot rows, for loss and accuracy only", True),
        first,
        Card(
            "as it is made, with weight_init_std=0.5",
            {"x": x, "t": t},
            {"W1": 0.5, "W2": 0.5},
            arguments=(40, 30, 20, 0.5),
        ),
    ]


KINDS = ("right", "transposed", "divided by N", "doubled", "last sample only", "sign")


@draws.exercise(
    "name_the_mistake",
    Function(
        calls={"name_the_mistake": ("dW", "x", "dout")},
        returns={"name_the_mistake": "name"},
    ),
)
def name_the_mistake(rng: Generator) -> list[Card]:
    def card(
        kind: str,
        case: str,
        inputs: int = D,
        scale: float = 1.0,
        positive: bool = False,
        samples: int = N,
    ) -> Card:
        x, dout = some(rng, samples, inputs), scale * some(rng, samples, C)
        x, dout = (np.abs(x), np.abs(dout)) if positive else (x, dout)
        right = np.sum([np.outer(a, b) for a, b in zip(x, dout, strict=True)], axis=0)
        claimed = {
            "right": right * (1 + 1e-12),
            "transposed": right.T,
            "divided by N": right / samples,
            "doubled": 2 * right,
            "last sample only": np.outer(x[-1], dout[-1]),
            "sign": -right,
        }[kind]
        return Card(case, {"dW": claimed, "x": x, "dout": dout}, {"name": kind})

    order = rng.permutation(len(KINDS))
    return [
        *(card(KINDS[place], "one of six") for place in order),
        *(card(KINDS[place], "as many inputs as outputs", inputs=C) for place in order),
        *(card(KINDS[place], "tiny gradients", scale=1e-7) for place in order),
        *(card(KINDS[place], "nothing negative", positive=True) for place in order),
        *(card(KINDS[place], "four samples", samples=4) for place in order),
    ]
