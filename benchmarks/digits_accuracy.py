"""How well a two-layer net learns to read: `uv run python -m benchmarks.digits_accuracy`.

Each way of writing the net in grader_tests/styles is trained twenty times as 3.10 trains it, from
other weights and with the pictures in another order. 3.10 asks for 94 % of the test pictures.
"""

from __future__ import annotations

import platform
import time
from statistics import median
from typing import Any

import numpy as np

from course import data
from course.givens import training
from grader_tests.styles import Style, catalogue

SEEDS = range(20)
WANTED = 0.94


def made(style: Style, seed: int) -> Any:
    """A net in this style whose weights, of standard deviation 0.01, follow from the seed."""
    names: dict[str, Any] = {"np": np, "__name__": "answer"}
    exec(style.code, names)
    net, rng = names["TwoLayerNet"](64, 50, 10), np.random.default_rng(seed)
    for name in ("W1", "W2"):
        net.params[name][...] = rng.normal(scale=0.01, size=net.params[name].shape)
    return net


def trained(style: Style, seed: int) -> tuple[float, float]:
    """(the share of test pictures read, the seconds of training)."""
    digits, net, train = data.digits(), made(style, seed), training()
    start = time.perf_counter()
    train(net, seed=seed)
    seconds = time.perf_counter() - start
    read = np.argmax(net.predict(digits.x_test), axis=1)
    return float(np.mean(read == digits.t_test)), seconds


def main() -> None:
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    print(f"{'two-layer net':<50} {'lowest':>7} {'median':>7} {'slowest':>8}")
    lowest = 1.0
    for style in catalogue():
        if style.exercise == "two_layer_net":
            shares, seconds = zip(*(trained(style, seed) for seed in SEEDS), strict=True)
            lowest = min(lowest, *shares)
            print(
                f"{style.name:<50} {min(shares):7.1%} {median(shares):7.1%} {max(seconds):6.2f} s"
            )
    if lowest < WANTED:
        raise SystemExit(f"{WANTED:.0%} are wanted, and one net reads {lowest:.1%}.")


if __name__ == "__main__":
    main()
