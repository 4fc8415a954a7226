"""Chapter 5, optimizers: what is asked, and the update rules behind the cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course.cards import Card
from course.checks.function import Function
from course.checks.optimizer import Optimizer
from course.checks.training import Minibatches, Trained, Training
from course.draws import Draws
from grader_tests.draws.drawing import positive, some

draws = Draws()

Params = dict[str, np.ndarray]
Rule = Callable[[np.ndarray, dict[str, Any], int], np.ndarray]
"""(gradient, what is remembered of this entry, number of the call) -> what is subtracted."""

LOOKS = [1, 2, 10, 400]
FORMS = ("outside", "inside")


def sgd(g: np.ndarray, kept: dict[str, Any], _: int, lr: float = 0.01) -> np.ndarray:
    return lr * g


def velocity(g: np.ndarray, kept: dict[str, Any], lr: float, momentum: float) -> np.ndarray:
    kept["v"] = momentum * kept.get("v", 0.0) + lr * g
    return kept["v"]


def momentum(
    g: np.ndarray, kept: dict[str, Any], _: int, lr: float = 0.01, momentum: float = 0.9
) -> np.ndarray:
    return velocity(g, kept, lr, momentum)


def nesterov(
    g: np.ndarray, kept: dict[str, Any], _: int, lr: float = 0.01, momentum: float = 0.9
) -> np.ndarray:
    return momentum * velocity(g, kept, lr, momentum) + lr * g


def root(squares: np.ndarray, eps: float, form: str) -> np.ndarray:
    """The root that a step is divided by; eps keeps it from being 0."""
    return np.sqrt(squares + eps) if form == "inside" else np.sqrt(squares) + eps


def adagrad(
    g: np.ndarray,
    kept: dict[str, Any],
    _: int,
    lr: float = 0.01,
    eps: float = 1e-7,
    form: str = "outside",
) -> np.ndarray:
    kept["h"] = kept.get("h", 0.0) + g * g
    return lr * g / root(kept["h"], eps, form)


def rmsprop(
    g: np.ndarray,
    kept: dict[str, Any],
    _: int,
    lr: float = 0.01,
    decay_rate: float = 0.99,
    eps: float = 1e-7,
    form: str = "outside",
) -> np.ndarray:
    kept["h"] = decay_rate * kept.get("h", 0.0) + (1 - decay_rate) * g * g
    return lr * g / root(kept["h"], eps, form)


def adam(
    g: np.ndarray,
    kept: dict[str, Any],
    call: int,
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    form: str = "outside",
) -> np.ndarray:
    """Kingma and Ba (2015), algorithm 1; the folded forms correct the rate, as its text does."""
    kept["m"] = beta1 * kept.get("m", 0.0) + (1 - beta1) * g
    kept["v"] = beta2 * kept.get("v", 0.0) + (1 - beta2) * g * g
    first, second = 1 - beta1**call, 1 - beta2**call
    if form.startswith("folded"):
        rate = lr * np.sqrt(second) / first
        return rate * kept["m"] / root(kept["v"], eps, form.removeprefix("folded "))
    return lr * kept["m"] / first / root(kept["v"] / second, eps, form)


def ways(
    rule: Rule, start: Params, gradients: Sequence[Params], looks: Sequence[int]
) -> list[Params]:
    """Start minus now, for every parameter, after each of these calls."""
    gone = {name: np.zeros(p.shape) for name, p in start.items()}
    kept: dict[str, dict[str, Any]] = {name: {} for name in start}
    found = []
    for call in range(1, max(looks) + 1):
        for name, g in gradients[(call - 1) % len(gradients)].items():
            gone[name] = gone[name] + rule(g, kept[name], call)
        if call in looks:
            found.append({name: way.copy() for name, way in gone.items()})
    return found


def descent_card(
    case: str,
    rule: Callable[..., np.ndarray],
    start: Params,
    gradients: list[Params],
    looks: list[int],
    arguments: tuple[float, ...] = (),
    forms: Sequence[str] = (),
    in_turn: bool = False,
    **more: Any,
) -> Card:
    def settled(g: np.ndarray, kept: dict[str, Any], call: int, **form: str) -> np.ndarray:
        return rule(g, kept, call, *arguments, **form)

    expected = {form: ways(partial(settled, form=form), start, gradients, looks) for form in forms}
    if not forms:
        expected = {"rule": ways(settled, start, gradients, looks)}
    inputs = {"start": start, "gradients": gradients, "looks": looks}
    inputs |= {"in turn": True} if in_turn else {}
    return Card(case, inputs, expected, arguments=arguments, **more)


def start_of(rng: Generator) -> Params:
    return {"W1": some(rng, 3, 2), "b1": some(rng, 2), "W2": some(rng, 2, 5)}


def gradients_of(rng: Generator, start: Params, zeros: bool = False) -> Params:
    """Gradients of size 0.1 or more; with zeros, b1 and one entry of W1 have none at all."""
    found = {name: some(rng, *p.shape, low=0.1, high=2.0) for name, p in start.items()}
    if zeros:
        found["b1"] = np.zeros(start["b1"].shape)
        found["W1"][1, 0] = 0.0
    return found


def optimizer_cards(
    rng: Generator,
    rule: Callable[..., np.ndarray],
    settings: Sequence[tuple[float, ...]],
    forms: Sequence[str] = (),
    large_eps: tuple[float, ...] = (),
    about: str = "",
) -> list[Card]:
    """Defaults and other settings, under constant and varying gradients, some of them 0."""

    def card(case: str, count: int, looks: list[int], zeros: bool = False, **more: Any) -> Card:
        start = start_of(rng)
        if count == 1:
            del start["W2"]  # so many calls take their time
        gradients = [gradients_of(rng, start, zeros) for _ in range(count)]
        if zeros:
            # W2 rests in every third call only: what it remembers goes on working.
            for call in range(2, count, 3):
                gradients[call]["W2"] = np.zeros(start["W2"].shape)
        return descent_card(case, rule, start, gradients, looks, forms=forms, about=about, **more)

    cards = [
        card("gradients that vary", 12, [1, 2, 3, 7, 12]),
        card("the same gradients again and again", 1, LOOKS),
        card("gradients that vary, other settings", 12, [1, 2, 3, 7, 12], arguments=settings[0]),
        card("gradients of 0 among others", 12, [1, 2, 3, 7, 12], zeros=True),
    ]
    cards += [
        card(f"settings {', '.join(map(str, others))}", 12, [1, 6, 12], arguments=others)
        for others in settings[1:]
    ]
    other_names = {
        "kernel": some(rng, 2, 1, 3),
        "W": some(rng, 2, 3),
        "V": some(rng, 2, 3),
        "b": np.zeros(3),
        "scale": some(rng, 1),
    }
    cards.append(
        descent_card(
            "five other names and shapes, b begins at 0",
            rule,
            other_names,
            [gradients_of(rng, other_names) for _ in range(12)],
            [1, 2, 12],
            forms=forms,
            about=about,
        )
    )
    start = start_of(rng)
    cards.append(
        descent_card(
            "two optimizers in turn",
            rule,
            start,
            [gradients_of(rng, start) for _ in range(12)],
            [1, 2, 12],
            forms=forms,
            about=about,
            in_turn=True,
        )
    )
    # What divides by its gradients needs them not too small: there eps would have a say.
    low, high = (0.1, 20.0) if forms else (1e-3, 1e3)

    def sized(gradients: Params) -> Params:
        scale = np.exp(rng.uniform(np.log(10 * low), np.log(high / 2)))
        return {name: scale * g for name, g in gradients.items()}

    cards.append(
        descent_card(
            "gradients of all sizes, 36 calls",
            rule,
            start,
            [sized(gradients_of(rng, start)) for _ in range(12)],
            [24, 36],
            forms=forms,
            about=about,
        )
    )
    if large_eps:
        case = f"a large eps of {large_eps[-1]}"
        cards.append(card(case, 12, [1, 2, 12], arguments=large_eps, may_refuse=True))
    return cards


@draws.exercise("sgd", Optimizer(names=("SGD",)))
def sgd_cards(rng: Generator) -> list[Card]:
    return optimizer_cards(rng, sgd, [(0.1,), (2.0,)])


@draws.exercise("momentum", Optimizer(names=("Momentum",)))
def momentum_cards(rng: Generator) -> list[Card]:
    return optimizer_cards(rng, momentum, [(0.1, 0.5), (1.0, 0.99), (0.2, 0.0)])


@draws.exercise("nesterov", Optimizer(names=("Nesterov",)))
def nesterov_cards(rng: Generator) -> list[Card]:
    return optimizer_cards(rng, nesterov, [(0.1, 0.5), (1.0, 0.99), (0.2, 0.0)])


@draws.exercise("adagrad_rmsprop", Optimizer(names=("AdaGrad", "RMSprop"), tolerance=1e-3))
def adagrad_rmsprop_cards(rng: Generator) -> list[Card]:
    return [
        *optimizer_cards(rng, adagrad, [(0.1,)], FORMS, (0.1, 0.5), about="AdaGrad"),
        *optimizer_cards(
            rng, rmsprop, [(0.1, 0.9), (0.1, 0.5)], FORMS, (0.1, 0.9, 0.5), about="RMSprop"
        ),
    ]


ADAM: Mapping[str, Any] = {
    "settings": [(0.1, 0.8, 0.99), (0.1, 0.5, 0.9), (0.1, 0.0, 0.9)],
    "forms": (*FORMS, "folded outside", "folded inside"),
    "large_eps": (0.1, 0.9, 0.999, 0.5),
}


@draws.exercise("adam", Optimizer(names=("Adam",), tolerance=1e-3))
def adam_cards(rng: Generator) -> list[Card]:
    return optimizer_cards(rng, adam, **ADAM)


@draws.exercise("ch5_bug", Optimizer(names=("PrintedAdam",), tolerance=1e-3))
def ch5_bug(rng: Generator) -> list[Card]:
    return optimizer_cards(rng, adam, **ADAM)


@draws.exercise(
    "bias_correction",
    Function(
        calls={"uncorrected_first_step": ("beta1", "beta2")},
        returns={"uncorrected_first_step": "first step"},
    ),
)
def bias_correction(rng: Generator) -> list[Card]:
    def card(case: str, beta1: float, beta2: float) -> Card:
        expected = {"first step": float((1 - beta1) / np.sqrt(1 - beta2))}
        return Card(case, {"beta1": beta1, "beta2": beta2}, expected)

    return [
        card("0.9 and 0.999", 0.9, 0.999),
        card("both alike", 0.75, 0.75),
        card("other betas", float(rng.uniform(0.3, 0.95)), float(rng.uniform(0.9, 0.9999))),
        card("other betas once more", float(rng.uniform(0.3, 0.95)), float(rng.uniform(0.1, 0.9))),
        card("no memory", 0.0, 0.0),
    ]


def bowl(W: np.ndarray, b: np.ndarray, x: np.ndarray, t: np.ndarray) -> float:
    bowls = np.sum((W - x.mean(axis=0)) ** 2) + np.sum((b - t.mean(axis=0)) ** 2)
    return float(bowls / 2 + 0.3 * np.sum(W) * np.sum(b))


@draws.exercise("train", Training(name="train"))
def train(rng: Generator) -> list[Card]:
    def card(case: str, count: int, stream: bool = False, size: float = 1.0) -> Card:
        W, b, rate = size * some(rng, 3), size * some(rng, 2), positive(rng, low=0.1, high=0.5)
        batches = [(size * some(rng, 4, 3), size * some(rng, 4, 2)) for _ in range(count)]
        rate *= size
        inputs = {"W": W, "b": b, "rate": rate, "batches": batches, "stream": stream}
        losses = []
        for call, (x, t) in enumerate(batches, 1):
            losses.append(bowl(W, b, x, t))
            dW = W - x.mean(axis=0) + 0.3 * np.sum(b)
            db = b - t.mean(axis=0) + 0.3 * np.sum(W)
            W, b = W - rate / call * np.cbrt(dW), b - rate / call * np.cbrt(db)
        return Card(case, inputs, {"losses": np.array(losses), "W": W, "b": b})

    return [
        card("one batch", 1),
        card("two batches", 2),
        card("eight batches", 8),
        card("eight batches that come as a stream", 8, stream=True),
        card("thirty batches", 30),
        card("eight batches, with losses that are small and hardly move", 8, size=1e-3),
        card("no batch at all", 0),
    ]


@draws.exercise(
    "steps_to_threshold",
    Function(
        calls={"steps_to_threshold": ("losses", "threshold")},
        returns={"steps_to_threshold": "steps"},
    ),
)
def steps_to_threshold(rng: Generator) -> list[Card]:
    def card(case: str, losses: list[float], threshold: float, steps: int | None) -> Card:
        inputs = {"losses": losses, "threshold": threshold}
        below = [k for k, loss in enumerate(losses) if loss < threshold]
        assert (below[0] if below else None) == steps
        return Card(case, inputs, {"steps": steps})

    falling = [float(0.7**k * positive(rng, low=0.9, high=1.0)) for k in range(20)]
    tiny = [1e-6 * loss for loss in falling]
    middle = int(rng.integers(5, 15))
    bumpy = [1.0, 0.5, 0.05, 0.5, 0.02, 0.01]
    return [
        card("falling", falling, falling[middle] * 1.001, middle),
        card("below and up again", bumpy, 0.1, 2),
        card("never", falling, falling[-1] * 0.1, None),
        card("below from the start", falling, 2.0, 0),
        card("below twice, lower the first time", [1.0, 0.02, 0.5, 0.05], 0.1, 1),
        card("equal isn't below", [1.0, 0.25, 0.25, 0.125], 0.25, 3),
        card("losses of a millionth", tiny, tiny[middle] * 1.001, middle),
        card("only the last", falling, falling[-1] * 1.001, 19),
        card("no losses", [], 0.1, None),
    ]


@draws.exercise(
    "printed_log",
    Function(
        calls={"predicted_ratio": ("lr", "hidden", "s")},
        returns={"predicted_ratio": "ratio"},
    ),
)
def printed_log(rng: Generator) -> list[Card]:
    def card(case: str, lr: float, hidden: int, s: float) -> Card:
        expected = {"ratio": (1 - lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2}
        return Card(case, {"lr": lr, "hidden": hidden, "s": s}, expected)

    return [
        card("as published", 0.01, 32, 1.0),
        card("with the 1/n", 0.01, 32, 0.5),
        card("another net", positive(rng, low=0.01, high=0.2), int(rng.integers(3, 60)), 1.0),
        card("another net, with the 1/n", positive(rng, low=0.01, high=0.2), 7, 0.5),
        card("no hidden unit", 0.1, 0, 1.0),
    ]


@draws.exercise("minibatches", Minibatches(name="minibatches"))
def minibatches(rng: Generator) -> list[Card]:
    def card(
        case: str,
        samples: int,
        batch_size: int,
        labels: bool = False,
        shape: tuple[int, ...] = (3,),
    ) -> Card:
        x = some(rng, samples, *shape)
        t = np.arange(samples) * 1.0 if labels else some(rng, samples, 2)
        seed = int(rng.integers(1_000_000))
        return Card(case, {"x": x, "t": t, "batch_size": batch_size, "seed": seed}, {})

    return [
        card("23 samples in fives", 23, 5),
        card("20 samples in fives", 20, 5),
        card("targets in one axis", 23, 4, labels=True),
        card("two hundred samples of five numbers", 200, 25, shape=(5,)),
        card("images in three axes each", 12, 5, labels=True, shape=(1, 2, 2)),
        card("one at a time", 11, 1),
        card("a single batch", 7, 10),
    ]


RATES = {"SGD": 0.2, "Momentum": 0.02, "AdaGrad": 0.05, "RMSprop": 0.002, "Adam": 0.003}


@draws.exercise(
    "digits",
    Trained(
        name="train_on_digits",
        rates=RATES,
        share=0.8,
        wild="SGD",
        beyond=(1e6, 1e200),
        sizes=(64, 50, 10),
        epochs=20,
        batches=58,
    ),
)
def digits(rng: Generator) -> list[Card]:
    rows = rng.permutation(360)
    return [Card("the handwritten digits", {"rows": rows}, {})]
