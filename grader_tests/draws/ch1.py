"""Chapter 1, computational graphs: the reference forwards, and the cards drawn from them.

Gradients are never written down here: every expected gradient is measured by central differences of
a reference forward. Random numbers keep away from 0, where a slope or a quotient would be lost in
rounding, except on the cards whose very subject is a 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from course import gradients
from course.cards import Card
from course.checks.function import Function
from course.checks.graph import GraphBackward
from course.checks.node import Node
from course.checks.numeric import NumericGradient
from course.draws import Draws, measured
from course.givens import Given, build
from grader_tests.draws.drawing import node_card, positive, some
from grader_tests.published import NUMBERS

draws = Draws()


def two_input_cards(rng: Generator, forward: Callable[..., Any], about: str = "") -> list[Card]:
    """What a node of two inputs is asked: the shop, a large upstream gradient, a zero, arrays."""
    shop = NUMBERS["apple"]["inputs"]
    known = NUMBERS["mul"]
    return [
        node_card(
            "the shop", forward, {"x": shop["apple"], "y": shop["num"]}, shop["tax"], about=about
        ),
        node_card(
            "an upstream gradient of 7",
            forward,
            {"x": known["x"], "y": known["y"]},
            7.0,
            about=about,
        ),
        node_card(
            "random numbers", forward, {"x": some(rng), "y": some(rng)}, some(rng), about=about
        ),
        node_card(
            "arrays of shape (3, 2)",
            forward,
            {"x": some(rng, 3, 2), "y": some(rng, 3, 2)},
            some(rng, 3, 2),
            about=about,
        ),
    ]


@draws.exercise("mul_layer", Node(inputs={"MulLayer": ("x", "y")}))
def mul_layer(rng: Generator) -> list[Card]:
    def forward(x: Any, y: Any) -> Any:
        return x * y

    return [
        *two_input_cards(rng, forward),
        node_card("x is 0", forward, {"x": 0.0, "y": some(rng)}, some(rng)),
        node_card("y is 0", forward, {"x": some(rng), "y": 0.0}, some(rng)),
    ]


@draws.exercise("add_layer", Node(inputs={"AddLayer": ("x", "y")}))
def add_layer(rng: Generator) -> list[Card]:
    return two_input_cards(rng, lambda x, y: x + y)


def slopes_card(
    case: str, forward: Callable[..., float], inputs: Mapping[str, Any], value: str
) -> Card:
    """A card of a function that returns a number and its slope in every input."""
    expected, noise = measured(forward, inputs, (1.0,))
    return Card(case, inputs, {value: forward(*inputs.values()), **expected}, noise=noise)


def price_of_apples(apple: float, num: float, tax: float) -> float:
    return apple * num * tax


@draws.exercise(
    "apple_graph",
    Function(
        calls={"apple_graph": ("apple", "num", "tax")},
        returns={"apple_graph": ("price", ("dapple", "dnum", "dtax"))},
        objective="price",
    ),
)
def apple_graph(rng: Generator) -> list[Card]:
    def another(case: str, num: float) -> Card:
        inputs = {
            "apple": positive(rng, low=20, high=300),
            "num": num,
            "tax": positive(rng, low=1, high=2),
        }
        return slopes_card(case, price_of_apples, inputs, "price")

    return [
        slopes_card("the shop", price_of_apples, NUMBERS["apple"]["inputs"], "price"),
        another("other prices", float(rng.integers(3, 9))),
        another("no apples bought", 0.0),
    ]


def price_of_fruit(
    apple: float, apple_num: float, orange: float, orange_num: float, tax: float
) -> float:
    return (apple * apple_num + orange * orange_num) * tax


FRUIT = ("apple", "apple_num", "orange", "orange_num", "tax")


@draws.exercise(
    "fruit_graph",
    Function(
        calls={"fruit_graph": FRUIT},
        returns={"fruit_graph": ("price", {name: f"d{name}" for name in FRUIT})},
        objective="price",
    ),
)
def fruit_graph(rng: Generator) -> list[Card]:
    def another(case: str, oranges: float) -> Card:
        inputs = {
            "apple": positive(rng, low=20, high=300),
            "apple_num": float(rng.integers(3, 9)),
            "orange": positive(rng, low=20, high=300),
            "orange_num": oranges,
            "tax": positive(rng, low=1, high=2),
        }
        return slopes_card(case, price_of_fruit, inputs, "price")

    return [
        slopes_card("the shop", price_of_fruit, NUMBERS["fruit"]["inputs"], "price"),
        another("other prices", float(rng.integers(3, 9))),
        another("no oranges bought", 0.0),
    ]


@draws.exercise(
    "chain_square_sum",
    Function(
        calls={"chain_square_sum": ("x", "y")},
        returns={"chain_square_sum": ("z", "dx", "dy")},
        objective="z",
    ),
)
def chain_square_sum(rng: Generator) -> list[Card]:
    def square_of_sum(x: float, y: float) -> float:
        return (x + y) ** 2

    known = NUMBERS["chain_square_sum"]
    x = some(rng)
    return [
        slopes_card("x = 2, y = 3", square_of_sum, {"x": known["x"], "y": known["y"]}, "z"),
        slopes_card(
            "both of one sign", square_of_sum, {"x": x, "y": np.sign(x) * positive(rng)}, "z"
        ),
        slopes_card("opposite signs", square_of_sum, {"x": x, "y": -x * positive(rng, low=2)}, "z"),
    ]


@draws.exercise(
    "more_nodes",
    Node(
        inputs={
            "SubLayer": ("x", "y"),
            "DivLayer": ("x", "y"),
            "PowLayer": ("x",),
            "ExpLayer": ("x",),
            "LogLayer": ("x",),
        },
        # log(x + 1e-7) for an x of 0.3 or more.
        slack={"LogLayer": 1e-7 / 0.3},
    ),
)
def more_nodes(rng: Generator) -> list[Card]:
    def power(case: str, n: int, x: Any, dout: Any) -> Card:
        return node_card(case, lambda x: x**n, {"x": x}, dout, about="PowLayer", arguments=(n,))

    def one(about: str, f: Callable[[Any], Any], low: float, high: float, make: Any) -> list[Card]:
        return [
            node_card("a number", f, {"x": make(rng, low=low, high=high)}, some(rng), about=about),
            node_card(
                "an array of shape (3, 2)",
                f,
                {"x": make(rng, 3, 2, low=low, high=high)},
                some(rng, 3, 2),
                about=about,
            ),
        ]

    return [
        *two_input_cards(rng, lambda x, y: x - y, "SubLayer"),
        *two_input_cards(rng, lambda x, y: x / y, "DivLayer"),
        node_card(
            "division by a negative number",
            lambda x, y: x / y,
            {"x": some(rng), "y": -positive(rng)},
            some(rng),
            about="DivLayer",
        ),
        power("n = 3", 3, some(rng), some(rng)),
        power("n = 3, an array of shape (3, 2)", 3, some(rng, 3, 2), some(rng, 3, 2)),
        power("n = 2", 2, some(rng), some(rng)),
        power("n = -1", -1, some(rng), some(rng)),
        *one("ExpLayer", np.exp, 0.3, 1.5, some),
        *one("LogLayer", np.log, 0.3, 3.0, positive),
    ]


@draws.exercise("branch", Node(inputs={"Branch": ("x",)}, outputs=2))
def branch(rng: Generator) -> list[Card]:
    def forward(x: Any) -> tuple[Any, Any]:
        return x, x

    return [
        node_card("a number", forward, {"x": some(rng)}, some(rng), some(rng)),
        node_card("other numbers", forward, {"x": some(rng)}, some(rng), some(rng)),
        node_card(
            "arrays of shape (3, 2)",
            forward,
            {"x": some(rng, 3, 2)},
            some(rng, 3, 2),
            some(rng, 3, 2),
        ),
    ]


TOY_FORWARD = ("f0", "h1", "f1", "h2", "f2", "h3", "f3")


def toy_from(
    start: str, value: float, beta: Sequence[float], omega: Sequence[float]
) -> dict[str, float]:
    """The toy model from one value on: f0, h1 = sin, f1, h2 = exp, f2, h3 = cos, f3."""
    found, bends = {start: value}, (np.sin, np.exp, np.cos)
    for name in TOY_FORWARD[TOY_FORWARD.index(start) + 1 :]:
        k = int(name[1])
        if name[0] == "h":
            found[name] = float(bends[k - 1](found[f"f{k - 1}"]))
        else:
            found[name] = float(beta[k] + omega[k] * found[f"h{k}"])
    return found


def toy_loss(x: float, y: float, beta: Sequence[float], omega: Sequence[float]) -> float:
    return (toy_from("f0", beta[0] + omega[0] * x, beta, omega)["f3"] - y) ** 2


def toy_card(case: str, x: float, y: float, beta: np.ndarray, omega: np.ndarray) -> Card:
    """All numbers of one pass; a nudge of f_k or h_k is one of beta_k."""
    forward = toy_from("f0", float(beta[0] + omega[0] * x), beta, omega)
    largest = max(toy_loss(x, y, beta, omega), 1e-3)
    expected: dict[str, Any] = dict(forward)
    along: dict[str, dict[str, Any]] = {}
    for name in TOY_FORWARD:
        expected[f"d{name}"] = gradients.central_differences(
            lambda v, name=name: (toy_from(name, float(v), beta, omega)["f3"] - y) ** 2,
            forward[name],
        ).item()
        unit = np.zeros(4)
        unit[int(name[1])] = 1.0 if name[0] == "f" else omega[int(name[1])]
        along[f"d{name}"] = {"beta": unit}
    expected["dbeta"] = gradients.central_differences(lambda b: toy_loss(x, y, b, omega), beta)
    expected["domega"] = gradients.central_differences(lambda w: toy_loss(x, y, beta, w), omega)
    slopes = [*(f"d{name}" for name in TOY_FORWARD), "dbeta", "domega"]
    return Card(
        case,
        {"x": x, "y": y, "beta": beta, "omega": omega},
        expected,
        noise=dict.fromkeys(slopes, gradients.noise(largest)),
        along=along,
    )


@draws.exercise(
    "toy_model",
    Function(
        calls={
            "toy_forward": ("x", "beta", "omega"),
            "toy_backward": ("x", "y", "beta", "omega"),
        },
        returns={
            "toy_forward": TOY_FORWARD,
            "toy_backward": (
                ("df3", "dh3", "df2", "dh2", "df1", "dh1", "df0"),
                "dbeta",
                "domega",
            ),
        },
        grouped={
            "forward": TOY_FORWARD,
            "df and dh": tuple(f"d{name}" for name in reversed(TOY_FORWARD)),
            "dbeta": ("dbeta",),
            "domega": ("domega",),
        },
        objective="f3",
        target="y",
    ),
)
def toy_model(rng: Generator) -> list[Card]:
    known = NUMBERS["toy"]

    def another(case: str) -> Card:
        beta, omega = some(rng, 4, low=0.2, high=1.2), some(rng, 4, low=0.4, high=1.5)
        return toy_card(case, some(rng), some(rng), beta, omega)

    return [
        toy_card(
            "the published model",
            known["x"],
            known["y"],
            np.array(known["beta"]),
            np.array(known["omega"]),
        ),
        another("other parameters"),
        another("other parameters again"),
    ]


def numeric_card(case: str, f: Given, x: Any) -> Card:
    """A card without a step: the slope itself is wanted."""
    function = build(f)
    gradient = gradients.central_differences(function, x)
    return Card(
        case,
        {"f": f, "x": x},
        {"gradient": gradient},
        noise={"gradient": gradients.noise(function(np.asarray(x, dtype=np.float64)))},
    )


def large_step_card(f: Given, x: np.ndarray, h: float) -> Card:
    """A card with a step so large that the error of a central difference shows."""
    function = build(f)
    slope = gradients.central_differences(function, x)
    crude = np.empty_like(x)
    for index in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[index] = h
        crude[index] = (function(x + nudge) - function(x - nudge)) / (2 * h)
    return Card(
        f"a step of {h:g}",
        {"f": f, "x": x, "h": h},
        {"gradient": slope, "error": float(np.max(np.abs(crude - slope)))},
        noise={"gradient": 0.0},
    )


@draws.exercise("numeric_gradient", NumericGradient())
def numeric_gradient(rng: Generator) -> list[Card]:
    return [
        numeric_card("cubes of 5 entries", Given("cubes", {"weights": some(rng, 5)}), some(rng, 5)),
        numeric_card(
            "a product of 3 entries", Given("product", {"scale": some(rng)}), some(rng, 3)
        ),
        numeric_card(
            "entries that work together, shape (3, 2)",
            Given("coupled", {"matrix": some(rng, 6, 6)}),
            some(rng, 3, 2),
        ),
        numeric_card(
            "whole numbers",
            Given("cubes", {"weights": some(rng, 2, 2)}),
            rng.integers(1, 6, (2, 2)),
        ),
        numeric_card(
            "three axes, shape (2, 1, 3)",
            Given("cubes", {"weights": some(rng, 2, 1, 3)}),
            some(rng, 2, 1, 3),
        ),
        numeric_card("a single number", Given("cubes", {"weights": some(rng)}), some(rng)),
        large_step_card(
            Given("exponential", {"rate": some(rng, 4, low=0.8, high=1.5)}),
            some(rng, 4, low=0.2, high=0.9),
            0.3,
        ),
    ]


def relative(a: Any, n: Any) -> float:
    """The largest |a-n| / max(|a|, |n|), 0 where both are 0."""
    a, n = np.asarray(a, dtype=np.float64), np.asarray(n, dtype=np.float64)
    larger = np.maximum(np.abs(a), np.abs(n))
    return float(
        np.max(np.divide(np.abs(a - n), larger, out=np.zeros_like(larger), where=larger > 0))
    )


def agree(a: Any, n: Any, tol: float = 1e-6) -> bool:
    """Every |a-n| within tol * (|n| + the largest |n|)."""
    a, n = np.asarray(a, dtype=np.float64), np.asarray(n, dtype=np.float64)
    return bool(np.all(np.abs(a - n) <= tol * (np.abs(n) + np.max(np.abs(n)))))


@draws.exercise(
    "relative_error",
    Function(
        calls={"relative_error": ("a", "n"), "gradients_agree": ("a", "n", "tol")},
        returns={"relative_error": "relative_error", "gradients_agree": "gradients_agree"},
    ),
)
def relative_error(rng: Generator) -> list[Card]:
    a, n = some(rng, 4, 3), some(rng, 4, 3)
    both_zero = np.where(rng.permutation(12).reshape(4, 3) < 4, 0.0, n)
    pairs = [
        ("arrays of either sign", a, n),
        ("the same two, the other way round", n, a),
        ("all negative", -np.abs(a), -np.abs(n)),
        ("some entries 0 in both", np.where(both_zero == 0, 0.0, a), both_zero),
        ("0 and 0", np.zeros(3), np.zeros(3)),
        *planted_pairs(),
    ]
    errors = [
        Card(case, {"a": x, "n": y}, {"relative_error": relative(x, y)}, about="relative_error")
        for case, x, y in pairs
    ]
    x, y = 1e-9 * some(rng, 4, 3, low=0.5, high=0.7), 1e-9 * some(rng, 4, 3, low=0.5, high=0.7)
    # A number that is tiny beside these, added against a division by 0, is no fault.
    right = relative(x, y)
    tiny = Card(
        "gradients of the size of 1e-9",
        {"a": x, "n": y},
        {"relative_error": right},
        about="relative_error",
        between={"relative_error": (0.75 * right, right)},
    )
    return [*errors, tiny, *agreement_cards(rng, n)]


def planted_pairs() -> list[tuple[str, float, float]]:
    """Three pairs that a signed check lets through."""
    return [("-1 and -2", -1.0, -2.0), ("0 and -1", 0.0, -1.0), ("1 and -1", 1.0, -1.0)]


def agreement_cards(rng: Generator, n: np.ndarray) -> list[Card]:
    """Pairs that agree and pairs that don't, each far from the border."""

    def card(case: str, a: Any, n: Any, tol: float | None = None) -> Card:
        inputs = {"a": a, "n": n} | ({} if tol is None else {"tol": tol})
        return Card(case, inputs, {"gradients_agree": agree(**inputs)}, about="gradients_agree")

    def moved(values: np.ndarray, share: float) -> np.ndarray:
        """One entry moved by a share of the largest."""
        result = values.copy()
        result[place] += share * np.max(np.abs(values))
        return result

    place = tuple(rng.integers(0, size) for size in n.shape)
    size = np.abs(n)
    tiny, small, towering, unknown = n.copy(), n.copy(), n.copy(), n.copy()
    tiny[place[0]] = tiny[:, place[1]] = 1e-9
    nearly = np.where(tiny == 1e-9, 1.01e-9, tiny)
    small[place] = 1e-3
    towering[place] *= 100
    unknown[place] = np.nan
    rounding = n * (1 + some(rng, *n.shape, low=1e-9, high=1e-8))
    return [
        card("the same but for rounding", rounding, n),
        card("all negative, the same but for rounding", -np.abs(rounding), -size),
        card("a tiny row and column, off by 1 % of themselves", nearly, tiny),
        card("one entry too high", moved(n, 1e-4), n),
        card("one entry too low", moved(n, -1e-4), n),
        card("one entry too high by 5e-6 of the largest", moved(n, 5e-6), n),
        card("one entry too high by 3e-7 of the largest", moved(n, 3e-7), n),
        card("all signs flipped", -n, n),
        card("all negative, one entry too high", moved(-size, 1e-4), -size),
        card("all negative, one entry too low", moved(-size, -1e-4), -size),
        card("large gradients, one entry off", 1e6 * moved(n, 1e-4), 1e6 * n),
        card("tiny gradients, all of them wrong", -1e-9 * n, 1e-9 * n),
        card("a nan among them", unknown, n),
        card("0 and 0", np.zeros(3), np.zeros(3)),
        card("something where 0 is measured", np.full(3, 1e-3), np.zeros(3)),
        card("one entry off by 1e-4, tol = 1e-2", moved(n, 1e-4), n, 1e-2),
        card("the same but for rounding, tol = 1e-12", rounding, n, 1e-12),
        card("1.5 % off, one entry far larger, tol = 1e-2", 1.015 * towering, towering, 1e-2),
        card("3 % off, all of one size, tol = 1e-2", 1.03 * np.sign(n), np.sign(n), 1e-2),
        card(
            "a small entry off by 1.5 % of the largest, tol = 1e-2",
            moved(small, 0.015),
            small,
            1e-2,
        ),
        card("three times as large, tol = 0.6", 3 * n, n, 0.6),
        card("a third as large, tol = 0.6", n / 3, n, 0.6),
        *(card(case, a, n) for case, a, n in planted_pairs()),
    ]


OPERATIONS: Mapping[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "sin": lambda a: float(np.sin(a)),
}


def value_of(
    program: Sequence[tuple[Any, ...]], upto: int, nudged: int = -1, by: float = 0.0
) -> list[float]:
    """The values of a program's nodes, one of them nudged: ("leaf", 2.0), ("mul", 0, 1)."""
    values: list[float] = []
    for place, (operation, *inputs) in enumerate(program[: upto + 1]):
        if operation == "leaf":
            value = inputs[0]
        else:
            value = OPERATIONS[operation](*(values[i] for i in inputs))
        values.append(value + (by if place == nudged else 0.0))
    return values


def graph_card(case: str, shows: str, program: Sequence[tuple[Any, ...]], old: float) -> Card:
    """A graph of nodes; local gradients and expected gradients are both measured."""
    last, inner = len(program) - 1, len(program) - 2
    values = value_of(program, last)
    inputs, local = [], []
    for operation, *sources in program:
        if operation == "leaf":
            inputs.append([])
            local.append([])
            continue
        f, at = OPERATIONS[operation], np.array([values[i] for i in sources])
        inputs.append(list(sources))
        local.append([_slope(f, at, place) for place in range(len(sources))])
    graph = Given(
        "graph",
        {
            "values": values,
            "inputs": inputs,
            "local_grads": local,
            "grads": [old] * len(values),
            "inner": inner,
        },
    )
    # Local gradients are measured too, so their own rounding adds to that of the slopes.
    noise = gradients.noise(np.array(values)) + 1e-9
    return Card(
        case,
        {"graph": graph, "shows": shows},
        {"grads": slopes_below(program, last), "inner_grads": slopes_below(program, inner)},
        noise={"grads": noise, "inner_grads": noise},
    )


def slopes_below(program: Sequence[tuple[Any, ...]], root: int) -> np.ndarray:
    """The slope of one node in every node it depends on, itself included, in the order made."""
    reached, waiting = {root}, [root]
    while waiting:
        operation, *sources = program[waiting.pop()]
        new = set() if operation == "leaf" else set(sources) - reached
        reached |= new
        waiting += new
    return np.array(
        [
            gradients.central_differences(
                lambda t, k=k: value_of(program, root, k, float(t))[-1], 0.0
            ).item()
            for k in sorted(reached)
        ]
    )


def _slope(f: Callable[..., float], at: np.ndarray, place: int) -> float:
    def moved(t: np.ndarray) -> float:
        return f(*(v + float(t) * (k == place) for k, v in enumerate(at)))

    return gradients.central_differences(moved, 0.0).item()


def random_program(rng: Generator, leaves: int, operations: int) -> list[tuple[Any, ...]]:
    """A random graph in which every node reaches the root."""
    program: list[tuple[Any, ...]] = [("leaf", some(rng, high=1.5)) for _ in range(leaves)]
    loose = list(range(leaves))
    for _ in range(operations):
        one = loose.pop(int(rng.integers(len(loose))))
        other = int(rng.integers(len(program)))
        loose = [place for place in loose if place != other]
        operation = str(rng.choice(["add", "mul"]))
        program.append((operation, one, other))
        loose.append(len(program) - 1)
    while len(loose) > 1:
        program.append(("add", loose.pop(0), loose.pop(0)))
        loose.append(len(program) - 1)
    return program


@draws.exercise("graph_backward", GraphBackward())
def graph_backward(rng: Generator) -> list[Card]:
    a, b, c, d = (some(rng, high=1.5) for _ in range(4))
    tree = [("leaf", a), ("leaf", b), ("leaf", c), ("mul", 0, 1), ("sin", 2), ("mul", 3, 4)]
    doubled = [("leaf", NUMBERS["fan_out"]["a"]), ("add", 0, 0), ("add", 1, 1)]
    diamond = [
        ("leaf", a),
        ("leaf", d),
        ("mul", 0, 1),
        ("add", 2, 0),
        ("mul", 2, 3),
        ("sin", 3),
        ("add", 4, 5),
    ]
    twins = [
        ("leaf", a),
        ("leaf", b),
        ("mul", 0, 1),
        ("mul", 1, 0),
        ("sin", 2),
        ("mul", 3, 4),
    ]
    return [
        graph_card("a tree", "tree", tree, 0.0),
        graph_card("b = a + a, c = b + b", "paths that meet", doubled, 0.0),
        graph_card("paths that part and meet", "paths that meet", diamond, 0.0),
        graph_card("two nodes of equal value", "paths that meet", twins, 0.0),
        graph_card("a random graph", "paths that meet", random_program(rng, 3, 6), 0.0),
        graph_card("grads of an earlier pass still there", "old grads", diamond, 1.5),
    ]


def entries_off(analytic: np.ndarray, numeric: np.ndarray, tol: float = 1e-7) -> int:
    """How many entries differ by more than tol, relative to the larger of the two."""
    larger = np.maximum(np.abs(analytic), np.abs(numeric))
    off = np.abs(analytic - numeric)
    return int(np.sum(np.divide(off, larger, out=np.zeros_like(off), where=larger > 0) > tol))


@draws.exercise(
    "ch1_bug",
    Function(
        calls={"count_wrong": ("analytic", "numeric", "tol")},
        returns={"count_wrong": "count"},
    ),
)
def ch1_bug(rng: Generator) -> list[Card]:
    known = NUMBERS["gradient_log"]

    def card(case: str, analytic: Any, numeric: Any, tol: float | None = None) -> Card:
        inputs = {"analytic": np.array(analytic), "numeric": np.array(numeric)}
        inputs |= {} if tol is None else {"tol": tol}
        return Card(case, inputs, {"count": entries_off(**inputs)})

    a = some(rng, 3, 5)
    off = a * (1 + np.where(rng.permutation(15).reshape(3, 5) < 6, 1e-3, 0.0))
    nearly = 1 + (off / a - 1) / 1e-3 * 3e-7
    zero = np.where(rng.permutation(15).reshape(3, 5) < 5, 0.0, a)
    return [
        card("the published row", known["published"], known["measured"]),
        card("six of fifteen off, either sign", off, a),
        card("six of fifteen off, all negative", -np.abs(off), -np.abs(a)),
        card("six of fifteen off by 3e-7", a * nearly, a),
        card("six of fifteen off by 3e-8", a * (1 + (nearly - 1) / 10), a),
        card("nothing off", a, a.copy()),
        card("some entries 0 in both", zero, zero.copy()),
        card("0 where a negative number is measured", np.zeros((3, 5)), -np.abs(a)),
        card("0 where a positive number is measured", np.zeros((3, 5)), np.abs(a)),
        card("a negative number where 0 is measured", -np.abs(a), np.zeros((3, 5))),
        card("opposite signs", a, -a),
        card("six of fifteen off by 1e-3, tol = 1e-2", off, a, 1e-2),
        card("six of fifteen off by 1e-3, tol = 1e-4", off, a, 1e-4),
        card("tiny numbers, six of fifteen off", 1e-6 * off, 1e-6 * a),
        card("large numbers, off by rounding only", 1e6 * a * (1 + 1e-9), 1e6 * a),
        card("1.9 times as large, tol = 0.55", 1.9 * a, a, 0.55),
        card("1.9 times as large, tol = 0.4", 1.9 * a, a, 0.4),
        card("1.9 times smaller, tol = 0.55", a, 1.9 * a, 0.55),
    ]
