"""Chapter 2, activation layers: the reference forwards, and the cards drawn from them.

Random entries keep away from corners by half a unit, so that every slope can be measured; entries
exactly at a corner stand on cards of their own, and may have any slope between those of its sides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from course.cards import Card
from course.checks.function import Function
from course.checks.node import Node
from course.draws import Draws
from course.givens import Given
from grader_tests.draws.drawing import node_card, some

draws = Draws()

N, D = 7, 3
Curve = Callable[[Any], Any]


def relu(x: Any) -> Any:
    return np.maximum(x, 0.0)


def sigmoid(x: Any) -> Any:
    """Stable on both sides: e is only ever raised to numbers below 0."""
    small = np.exp(-np.abs(np.asarray(x, dtype=np.float64)))
    return np.where(np.asarray(x) >= 0, 1.0, small) / (1.0 + small)


def four_kinds(rng: Generator, high: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """x and dout of shape (7, 3) in which all four combinations of signs occur, in random order."""
    signs = np.array([(a, b) for a in (-1.0, 1.0) for b in (-1.0, 1.0)] * 6)[: N * D]
    order = rng.permutation(N * D)
    x = np.abs(some(rng, N * D, high=high)) * signs[order, 0]
    dout = np.abs(some(rng, N * D)) * signs[order, 1]
    return x.reshape(N, D), dout.reshape(N, D)


def small_and_large(rng: Generator) -> np.ndarray:
    """Each of four sizes with both signs, in random order: 0.001, 0.05, 0.3 and 1000."""
    sizes = np.array([1e-3, 0.05, 0.3, 1e3])
    return rng.permutation(np.concatenate([sizes, -sizes])).reshape(2, 4)


def with_zeros(rng: Generator, x: np.ndarray) -> np.ndarray:
    """x with two entries exactly 0 and one -0.0."""
    x = x.copy()
    places = rng.permutation(x.size)[:3]
    x.ravel()[places] = (0.0, 0.0, -0.0)
    return x


def curve_cards(
    rng: Generator, curve: Curve, corners: bool = False, arguments: tuple[Any, ...] = ()
) -> list[Card]:
    """What every curve is asked: mixed signs, other shapes, one sample, one sign only."""

    def card(case: str, x: np.ndarray, dout: np.ndarray) -> Card:
        return node_card(case, curve, {"x": x}, dout, arguments=arguments, corners=corners)

    x, dout = four_kinds(rng)
    other, other_dout = four_kinds(rng)
    cards = [
        card("all four combinations of signs", x, dout),
        card("another batch", other, other_dout),
        card("one row", some(rng, 1, 5), some(rng, 1, 5)),
        card("one axis, all positive", np.abs(some(rng, 4)), some(rng, 4)),
        card("one axis, all negative", -np.abs(some(rng, 4)), some(rng, 4)),
        card("three axes, shape (2, 1, 3)", some(rng, 2, 1, 3), some(rng, 2, 1, 3)),
        card("small numbers and large ones", small_and_large(rng), some(rng, 2, 4)),
        card("numbers from 3 to 8", some(rng, 3, 4, low=3, high=8), some(rng, 3, 4)),
        card("no rows at all, shape (0, 3)", np.zeros((0, 3)), np.zeros((0, 3))),
    ]
    if corners:
        cards.append(card("some entries 0, one of them -0.0", with_zeros(rng, x), dout))
    return cards


def whole_numbers(case: str, curve: Curve, x: np.ndarray) -> Card:
    """Whole numbers: converted, or refused out loud; only the value counts."""
    real = node_card(case, curve, {"x": x.astype(np.float64)}, np.ones(x.shape), corners=True)
    return replace(real, inputs={"x": x}, may_refuse=True)


def single_precision(case: str, curve: Curve, x: np.ndarray) -> Card:
    """float32 in; the value may come out as either, at float32's own tolerance."""
    narrow = x.astype(np.float32)
    expected = np.asarray(curve(narrow.astype(np.float64)))
    return Card(
        case,
        {"x": narrow},
        {"forward": expected, "dx": np.zeros(x.shape)},
        upstream=(np.zeros(x.shape, dtype=np.float32),),
        noise={"dx": 0.0},
        between={"forward": (expected - 1e-6, expected + 1e-6)},
    )


@draws.exercise(
    "relu_forward", Node(inputs={"Relu": ("x",)}, asked=("forward",), fresh=True, kept=True)
)
def relu_forward(rng: Generator) -> list[Card]:
    return [
        *curve_cards(rng, relu, corners=True),
        whole_numbers("whole numbers", relu, rng.integers(-5, 6, (3, 4))),
        single_precision("float32", relu, some(rng, 3, 4)),
    ]


@draws.exercise("relu_backward", Node(inputs={"Relu": ("x",)}, asked=("dx",)))
def relu_backward(rng: Generator) -> list[Card]:
    whole = rng.permutation(np.array([-5, -2, -1, 1, 3, 4])).reshape(2, 3)
    real = node_card("", relu, {"x": whole.astype(np.float64)}, some(rng, 2, 3), corners=True)
    return [
        *curve_cards(rng, relu, corners=True),
        replace(real, case="whole numbers", inputs={"x": whole}, may_refuse=True),
    ]


@draws.exercise(
    "sigmoid_from_nodes",
    Function(
        calls={"sigmoid_from_nodes": ("x", "dout")},
        returns={"sigmoid_from_nodes": ("y", "dx")},
        objective="y",
        upstream="dout",
    ),
)
def sigmoid_from_nodes(rng: Generator) -> list[Card]:
    def card(case: str, x: Any, dout: Any = None) -> Card:
        upstream = np.ones(np.shape(x)) if dout is None else dout
        made = node_card(case, sigmoid, {"x": x}, upstream)
        expected = {"y": made.expected["forward"], "dx": made.expected["dx"]}
        inputs = {"x": x} | ({} if dout is None else {"dout": dout})
        return replace(made, inputs=inputs, expected=expected, upstream=())

    x, dout = four_kinds(rng)
    return [
        card("a number, dout left out", 2.0),
        card("a number", some(rng), some(rng)),
        card("0", 0.0, some(rng)),
        card("an array", x, dout),
        # One of moderate size stands among them: theirs are slopes that drown in rounding.
        card(
            "large numbers, up to 30",
            np.array([30.0, -30.0, some(rng, low=10, high=29), 1.5]),
            some(rng, 4),
        ),
    ]


@draws.exercise("sigmoid_forward", Node(inputs={"Sigmoid": ("x",)}, asked=("forward",)))
def sigmoid_forward(rng: Generator) -> list[Card]:
    return [
        *curve_cards(rng, sigmoid),
        node_card("0", sigmoid, {"x": np.zeros(2)}, np.ones(2)),
        node_card("1000 and -1000", sigmoid, {"x": np.array([1000.0, -1000.0])}, np.ones(2)),
        whole_numbers("whole numbers", sigmoid, rng.integers(-5, 6, (3, 4))),
        single_precision("float32, down to -100", sigmoid, np.array([-100.0, -1.5, 2.5, 100.0])),
    ]


@draws.exercise("sigmoid_backward", Node(inputs={"Sigmoid": ("x",)}, asked=("dx",)))
def sigmoid_backward(rng: Generator) -> list[Card]:
    x = np.abs(some(rng, 4))
    dout = some(rng, 4)
    return [
        *curve_cards(rng, sigmoid),
        node_card("0, where the slope is 0.25", sigmoid, {"x": np.zeros(3)}, some(rng, 3)),
        node_card("1000 and -1000", sigmoid, {"x": np.array([1000.0, -1000.0])}, some(rng, 2)),
        node_card("a few numbers", sigmoid, {"x": x}, dout),
        node_card("the same numbers, negative: the same slopes", sigmoid, {"x": -x}, dout),
    ]


@draws.exercise("tanh_layer", Node(inputs={"Tanh": ("x",)}))
def tanh_layer(rng: Generator) -> list[Card]:
    return [
        *curve_cards(rng, np.tanh),
        node_card("0", np.tanh, {"x": np.zeros(2)}, some(rng, 2)),
        node_card("1000 and -1000", np.tanh, {"x": np.array([1000.0, -1000.0])}, some(rng, 2)),
    ]


@draws.exercise("leaky_relu", Node(inputs={"LeakyRelu": ("x",)}))
def leaky_relu(rng: Generator) -> list[Card]:
    def leaky(slope: float) -> Curve:
        return lambda x: np.where(np.asarray(x) > 0, x, slope * np.asarray(x))

    steep = float(rng.uniform(0.2, 0.6))
    x, dout = four_kinds(rng)
    return [
        *curve_cards(rng, leaky(0.1), corners=True),
        *curve_cards(rng, leaky(steep), corners=True, arguments=(steep,))[:2],
        node_card("slope 0", leaky(0.0), {"x": x}, dout, arguments=(0.0,), corners=True),
        node_card("slope 0.9", leaky(0.9), {"x": x}, dout, arguments=(0.9,), corners=True),
        node_card("slope 1", leaky(1.0), {"x": x}, dout, arguments=(1.0,), corners=True),
    ]


@draws.exercise("residual", Node(inputs={"Residual": ("x",)}, fresh=True))
def residual(rng: Generator) -> list[Card]:
    return curve_cards(rng, lambda x: x + relu(x), corners=True)


@draws.exercise("compose", Node(inputs={"Compose": ("x",)}))
def compose(rng: Generator) -> list[Card]:
    """Rows of given layers: scale, shift and square, with random constants."""
    c, s = some(rng), some(rng)

    def row(*kinds: str, order: tuple[int, ...] = ()) -> Given:
        constants = {"scale": c, "shift": s, "square": 0.0, "flip": 0.0}
        return Given(
            "layers",
            {
                "kinds": list(kinds),
                "constants": [constants[kind] for kind in kinds],
                "order": list(order or range(len(kinds))),
            },
        )

    def run(x: Any, kinds: tuple[str, ...]) -> Any:
        for kind in kinds:
            x = {"scale": x * c, "shift": x + s, "square": x * x, "flip": x[..., ::-1]}[kind]
        return x

    def card(case: str, *kinds: str, order: tuple[int, ...] = (), may_refuse: bool = False) -> Card:
        full = tuple(kinds[place] for place in order) or kinds
        return node_card(
            case,
            lambda x: run(x, full),
            {"x": some(rng, 2, 3)},
            some(rng, 2, 3),
            arguments=(row(*kinds, order=order),),
            may_refuse=may_refuse,
        )

    three = ("scale", "square", "shift")
    return [
        card("three layers", *three),
        card("the same three, another batch", *three),
        card("three layers in another order", "square", "shift", "scale"),
        card("one layer", "square"),
        card("layers whose order matters on the way back", "square", "flip", "square"),
        card("two equal layers, two objects", "square", "square"),
        card("four layers", "square", "shift", "flip", "scale"),
        card("one object twice", "square", order=(0, 0), may_refuse=True),
        card(
            "one object twice, another in between",
            "square",
            "shift",
            order=(0, 1, 0),
            may_refuse=True,
        ),
    ]


@draws.exercise(
    "saturation",
    Function(calls={"saturation": ("slopes", "below")}, returns={"saturation": "saturation"}),
)
def saturation(rng: Generator) -> list[Card]:
    def card(case: str, slopes: np.ndarray, below: float | None = None) -> Card:
        share = float(np.mean(np.abs(slopes) < (0.01 if below is None else below)))
        inputs = {"slopes": slopes} | ({} if below is None else {"below": below})
        return Card(case, inputs, {"saturation": share})

    slopes = some(rng, 5, 4, low=0.05, high=0.25)
    small = np.where(rng.permutation(20).reshape(5, 4) < 7, slopes * 1e-3, slopes)
    return [
        card("seven of twenty small, either sign", small),
        card("none small", slopes),
        card("all small", slopes * 1e-3),
        card("one axis", small.ravel()[:7]),
        card("another limit", small, 0.1),
        card("a limit above some and below others", slopes, 0.15),
        card("three axes", small.reshape(2, 5, 2)),
        card("some exactly at the limit", np.array([0.01, 0.001, -0.01, 0.5, 0.0, -0.002])),
    ]


@draws.exercise("ch2_bug", Node(inputs={"PrintedRelu": ("x",)}))
def ch2_bug(rng: Generator) -> list[Card]:
    return curve_cards(rng, relu, corners=True)
