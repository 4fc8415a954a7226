"""The net of chapter 3 beside the same net in PyTorch: seconds until it reads the digits.

    uv run --with torch --with threadpoolctl python benchmarks/training.py

Both begin with the same weights, see the same batches in the same order and take steps of the same
length: 20 epochs at a rate of 0.5 that falls to nothing, as in 3.10. After each epoch the test
pictures are read, which isn't timed; the clock's last word is the first epoch that ends with 95 %.
NumPy's net is the solved notebook's, taken as it stands.

On Linux, PyPI's PyTorch brings CUDA's libraries along, 5 GB once unpacked; it can't be loaded
without them, and they aren't used here.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from course import data

ROOT = Path(__file__).parents[1]
SOLVED = ROOT / "solutions" / "ch3_affine_softmax.ipynb"
WANTED = 0.95
EPOCHS, RATE = 20, 0.5
SIZES = ((50, 25), (50, 100), (1000, 100))
"""Hidden units and pictures a batch: as in the chapter, and larger."""
THREADS = (1, 2)

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Learner:
    """A net in training: `learn` takes the pictures in this order, `read` gives the labels."""

    learn: Callable[[np.ndarray, int, float], None]
    read: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Run:
    """What it took to read WANTED of the test pictures: epochs, and seconds on the wall and of
    processor time."""

    epochs: int
    wall: float
    processor: float


@cache
def solved() -> dict[str, Any]:
    """What the solved notebook gives and answers: its layers and its net."""
    names: dict[str, Any] = {"__name__": "notebook"}
    for cell in json.loads(SOLVED.read_text(encoding="utf-8"))["cells"]:
        about = cell["metadata"].get("course")
        if cell["cell_type"] == "code" and (about is None or "answer" in about):
            with contextlib.redirect_stdout(io.StringIO()):
                exec("".join(cell["source"]), names)
    return names


def weights(hidden: int, seed: int) -> Weights:
    """Normal weights of standard deviation 0.01, and biases 0."""
    rng = np.random.default_rng(seed)
    return {
        "W1": rng.normal(scale=0.01, size=(64, hidden)),
        "b1": np.zeros(hidden),
        "W2": rng.normal(scale=0.01, size=(hidden, 10)),
        "b2": np.zeros(10),
    }


def in_numpy(begin: Weights) -> Learner:
    """The course's net, trained by the loop of chapter 3."""
    digits, net = data.digits(), solved()["TwoLayerNet"](64, len(begin["b1"]), 10)
    for name, value in begin.items():
        net.params[name][...] = value

    def learn(order: np.ndarray, size: int, step: float) -> None:
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            slopes = net.gradient(digits.x_train[batch], digits.t_train[batch])
            for name, slope in slopes.items():
                net.params[name] -= step * slope

    return Learner(learn, lambda: np.argmax(net.predict(digits.x_test), axis=1))


def in_torch(begin: Weights, dtype: torch.dtype) -> Learner:
    """The same net of PyTorch's own modules, loss and optimizer."""
    digits = data.digits()
    x_train, x_test = (torch.tensor(x, dtype=dtype) for x in (digits.x_train, digits.x_test))
    t_train = torch.tensor(digits.t_train)
    hidden = len(begin["b1"])
    first = torch.nn.Linear(64, hidden, dtype=dtype)
    second = torch.nn.Linear(hidden, 10, dtype=dtype)
    with torch.no_grad():
        for layer, W, b in ((first, "W1", "b1"), (second, "W2", "b2")):
            layer.weight.copy_(torch.tensor(begin[W].T))
            layer.bias.copy_(torch.tensor(begin[b]))
    net, loss = torch.nn.Sequential(first, torch.nn.ReLU(), second), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

    def learn(order: np.ndarray, size: int, step: float) -> None:
        optimizer.param_groups[0]["lr"] = step
        for batch in torch.from_numpy(order).split(size):
            optimizer.zero_grad()
            loss(net(x_train[batch]), t_train[batch]).backward()
            optimizer.step()

    def read() -> np.ndarray:
        with torch.no_grad():
            return net(x_test).argmax(dim=1).numpy()

    return Learner(learn, read)


COURSE = "NumPy, the course's"
WAYS: dict[str, Callable[[Weights], Learner]] = {
    COURSE: in_numpy,
    "PyTorch, float64": lambda begin: in_torch(begin, torch.float64),
    "PyTorch, float32": lambda begin: in_torch(begin, torch.float32),
}


def trained(way: str, threads: int, hidden: int, batch: int, seed: int) -> Run:
    """One training, from weights and in an order that follow from the seed."""
    torch.set_num_threads(threads)
    with threadpool_limits(threads, user_api="blas"):
        return _timed(WAYS[way](weights(hidden, seed)), np.random.default_rng(seed), batch)


def _timed(learner: Learner, rng: np.random.Generator, size: int) -> Run:
    digits, wall, processor = data.digits(), 0.0, 0.0
    for epoch in range(EPOCHS):
        order = rng.permutation(len(digits.x_train))
        began = time.perf_counter(), time.process_time()
        learner.learn(order, size, RATE * (1 - epoch / EPOCHS))
        wall += time.perf_counter() - began[0]
        processor += time.process_time() - began[1]
        if np.mean(learner.read() == digits.t_test) >= WANTED:
            return Run(epoch + 1, wall, processor)
    raise SystemExit(f"A net reads less than {WANTED:.0%} after {EPOCHS} epochs.")


def lines(hidden: int, batch: int, threads: int, seeds: int) -> Iterator[str]:
    """A line of the table for each way; ratios are those to NumPy in the training of one seed."""
    for way in WAYS:
        trained(way, threads, hidden, batch, 0)  # what is done once, such as threads, isn't timed
    turns = [
        {way: trained(way, threads, hidden, batch, seed) for way in WAYS} for seed in range(seeds)
    ]
    for way in WAYS:
        runs = [turn[way] for turn in turns]
        cells = (
            str(hidden),
            str(batch),
            str(threads),
            way,
            f"{median(run.epochs for run in runs):g}",
            f"{median(run.wall for run in runs):.3f}",
            f"{median(turn[way].wall / turn[COURSE].wall for turn in turns):.2f}",
            f"{median(run.processor for run in runs):.3f}",
        )
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=11, help="trainings of each kind")
    seeds = parser.parse_args().seeds
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}, "
        f"{os.cpu_count()} cores, {platform.machine()}\n"
    )
    print("| hidden | batch | threads | net | epochs | seconds | ratio | processor seconds |")
    print("|--:|--:|--:|---|--:|--:|--:|--:|")
    for threads in THREADS:
        for hidden, batch in SIZES:
            for line in lines(hidden, batch, threads, seeds):
                print(line, flush=True)


if __name__ == "__main__":
    main()
