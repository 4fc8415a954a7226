"""Functions and graphs that a card describes and an answer is handed: the same in the notebook and
in the box, built there from a description, so that no code ever crosses the wall."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Given:
    """The description of a given: its kind, and plain values it is built from."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)


class Node:
    """One node of a computational graph.

    `inputs` are nodes, `local_grads` one number for each of them, `value` the result of the forward
    pass, `grad` the gradient of the root with respect to this node.
    """

    def __init__(
        self,
        value: float,
        inputs: tuple[Node, ...] = (),
        local_grads: tuple[float, ...] = (),
    ):
        self.value = value
        self.inputs = inputs
        self.local_grads = local_grads
        self.grad = 0.0


class Graph:
    """A small graph of nodes in the order in which they were made; the last one is the root.

    `inner` is another node of it, and so the root of a smaller graph.
    """

    def __init__(self, nodes: list[Node], inner: int):
        self.nodes = nodes
        self.root = nodes[-1]
        self.inner = nodes[inner]

    @property
    def grads(self) -> list[Any]:
        """The gradient of every node."""
        return [node.grad for node in self.nodes]

    @property
    def inner_grads(self) -> list[Any]:
        """The gradients of the nodes that the inner root depends on, and its own."""
        reached, waiting = set(), [self.inner]
        while waiting:
            node = waiting.pop()
            reached.add(id(node))
            waiting += [source for source in node.inputs if id(source) not in reached]
        return [node.grad for node in self.nodes if id(node) in reached]


def graph(
    values: list[float],
    inputs: list[list[int]],
    local_grads: list[list[float]],
    grads: list[float],
    inner: int,
) -> Graph:
    """A graph from one list per node: value, positions of its inputs, local gradients, old grad."""
    nodes: list[Node] = []
    for value, places, local, grad in zip(values, inputs, local_grads, grads, strict=True):
        node = Node(value, tuple(nodes[place] for place in places), tuple(local))
        node.grad = grad
        nodes.append(node)
    return Graph(nodes, inner)


def cubes(weights: np.ndarray) -> Callable[[np.ndarray], float]:
    """f(x) = sum of weights * x**3, entry by entry."""
    return lambda x: float(np.sum(weights * np.asarray(x) ** 3))


def product(scale: float) -> Callable[[np.ndarray], float]:
    """f(x) = scale * the product of all entries of x."""
    return lambda x: float(scale * np.prod(x))


def coupled(matrix: np.ndarray) -> Callable[[np.ndarray], float]:
    """f(x) = u.T @ matrix @ u + sum(sin u), with u the entries of x in one row: not separable."""

    def f(x: np.ndarray) -> float:
        u = np.ravel(x)
        return float(u @ matrix @ u + np.sum(np.sin(u)))

    return f


def exponential(rate: np.ndarray) -> Callable[[np.ndarray], float]:
    """f(x) = sum of exp(rate * x)."""
    return lambda x: float(np.sum(np.exp(rate * np.asarray(x))))


class Scale:
    """y = c * x, entry by entry."""

    def __init__(self, c: float):
        self.c = c

    def forward(self, x: np.ndarray) -> np.ndarray:
        return self.c * x

    def backward(self, dout: np.ndarray) -> np.ndarray:
        return dout * self.c


class Shift:
    """y = x + c, entry by entry."""

    def __init__(self, c: float):
        self.c = c

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x + self.c

    def backward(self, dout: np.ndarray) -> np.ndarray:
        return dout * 1


class Square:
    """y = x * x, entry by entry: the one of the three that has to remember."""

    def __init__(self, _: float):
        self.x: np.ndarray | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        return x * x

    def backward(self, dout: np.ndarray) -> np.ndarray:
        if self.x is None:
            raise RuntimeError("backward runs before forward, and there is nothing to remember")
        return 2 * self.x * dout


class Flip:
    """The last axis the other way round: the one that doesn't work entry by entry."""

    def __init__(self, _: float):
        pass

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x[..., ::-1].copy()

    def backward(self, dout: np.ndarray) -> np.ndarray:
        return dout[..., ::-1].copy()


LAYERS = {"scale": Scale, "shift": Shift, "square": Square, "flip": Flip}


def layers(kinds: list[str], constants: list[float], order: list[int]) -> list[Any]:
    """A list of layers; `order` picks from the objects made, so that one may stand in it twice."""
    made = [LAYERS[kind](constant) for kind, constant in zip(kinds, constants, strict=True)]
    return [made[place] for place in order]


def assign() -> Callable[[Any, dict[str, np.ndarray]], None]:
    """A function that sets a net's parameters, in place."""

    def put(net: Any, params: dict[str, np.ndarray]) -> None:
        for name, value in params.items():
            net.params[name][...] = value

    return put


def training() -> Callable[[Any, int, bool], None]:
    """The first or second half of an epoch of learning to read the digits, in place: `train(net,
    epoch, second)`.

    Its steps are shorter from batch to batch, so that the last ones don't have the last word, and
    its order is that of the epoch's number. Batches are small, so that few samples are enough.
    """
    from course import data  # here, as only this given needs it

    def train(net: Any, epoch: int, second: bool, batch_size: int = 8, rate: float = 0.5) -> None:
        digits = data.digits()
        order = np.random.default_rng(epoch).permutation(len(digits.x_train))
        starts = range(0, len(order), batch_size)
        half = len(starts) // 2
        for start in starts[half:] if second else starts[:half]:
            batch = order[start : start + batch_size]
            slopes = net.gradient(digits.x_train[batch], digits.t_train[batch])
            step = rate * (1 - start / len(order))
            for name, param in net.params.items():
                param -= step * np.reshape(slopes[name], param.shape)

    return train


def preactivations(slopes: np.ndarray, offsets: np.ndarray) -> Callable[[float], np.ndarray]:
    """f(x) = slopes * x + offsets: what arrives at some units as one number x changes."""
    return lambda x: slopes * x + offsets


def generator(seed: int) -> np.random.Generator:
    """A source of random numbers."""
    return np.random.default_rng(seed)


def stream(pairs: list[tuple[np.ndarray, np.ndarray]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The pairs one after the other: they can be gone through once, and have no length."""
    return iter(pairs)


class Samples:
    """x and t as the student's side holds them."""

    def __init__(self, x: np.ndarray, t: np.ndarray):
        self.x, self.t = x.copy(), t.copy()


def collect(most: int) -> Callable[[Any], list[Any]]:
    """A function that lists what an iterable yields, up to `most` items."""
    return lambda items: [deepcopy(item) for item in islice(items, most)]


class Bowl:
    """A net in name: its loss is a bowl over two parameters that lean on each other.

    x (N, D) and t (N, C) only say where the bottom lies; W is (D,), b is (C,).
    """

    def __init__(self, W: np.ndarray, b: np.ndarray):
        self.params = {"W": W.copy(), "b": b.copy()}

    def loss(self, x: np.ndarray, t: np.ndarray) -> float:
        W, b = self.params["W"], self.params["b"]
        bowls = np.sum((W - x.mean(axis=0)) ** 2) + np.sum((b - t.mean(axis=0)) ** 2)
        return float(bowls / 2 + 0.3 * np.sum(W) * np.sum(b))

    def gradient(self, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
        W, b = self.params["W"], self.params["b"]
        return {
            "W": W - x.mean(axis=0) + 0.3 * np.sum(b),
            "b": b - t.mean(axis=0) + 0.3 * np.sum(W),
        }


class RootSteps:
    """An optimizer of its own kind: the n-th update moves by rate / n times the gradient's cube
    root."""

    def __init__(self, rate: float):
        self.rate, self.calls = rate, 0

    def update(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        self.calls += 1
        for name, slope in grads.items():
            params[name] -= self.rate / self.calls * np.cbrt(slope)


class Witness:
    """An optimizer that notes the size of the gradients at every call.

    It lays the parameters down at its first call, goes downhill for the rest of an epoch, and then
    stands still: equal batches leave equal notes. One that goes `astray` lays down wild parameters
    for the middle of the third epoch, and puts the others back.
    """

    def __init__(self, epoch: int, astray: bool):
        self.lr, self.epoch = 0.2, epoch
        middle = 5 * epoch // 2
        self.leaves, self.returns = (middle - epoch // 4, middle + epoch // 4) if astray else (0, 0)
        self.notes: list[float] = []

    def update(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        self.notes.append(float(sum(np.sum(np.square(slope)) for slope in grads.values())))
        call = len(self.notes)
        if call == 1:
            self._lay_down(params, 0.1)
        elif call <= self.epoch:
            for name, param in params.items():
                param -= self.lr * np.reshape(grads[name], param.shape)
        elif call == self.leaves:
            self.kept = {name: param.copy() for name, param in params.items()}
            self._lay_down(params, 5.0)
        elif call == self.returns:
            for name, param in params.items():
                param[...] = self.kept[name]

    def _lay_down(self, params: dict[str, np.ndarray], scale: float) -> None:
        rng = np.random.default_rng(0)
        for _, param in sorted(params.items()):
            param[...] = rng.normal(scale=scale, size=param.shape)


class Descent:
    """Parameters on their way: an optimizer's updates under gradients that are laid down before.

    `gradients` are gone through again and again. `history` holds the parameters after the calls in
    `looks`; `rebound` names those whose array was replaced by another, `changed` the gradients that
    were written into.
    """

    def __init__(
        self,
        start: dict[str, np.ndarray],
        gradients: list[dict[str, np.ndarray]],
        looks: list[int],
    ):
        self.params: dict[str, Any] = {name: value.copy() for name, value in start.items()}
        self.gradients, self.looks = gradients, looks
        self.history: list[dict[str, Any]] = []
        self.rebound: list[str] = []
        self.changed: list[str] = []

    def run(self, optimizer: Any, beside: Any = None) -> None:
        """As many updates as the last look asks for; `beside` goes downhill elsewhere in turn."""
        owned = dict(self.params)
        others = {name: 2 * value + 1 for name, value in self.params.items()}
        for call in range(1, max(self.looks) + 1):
            laid_down = self.gradients[(call - 1) % len(self.gradients)]
            grads = {name: slope.copy() for name, slope in laid_down.items()}
            if beside is not None:
                beside.update(others, {name: 3 - slope for name, slope in laid_down.items()})
            optimizer.update(self.params, grads)
            if call in self.looks:
                now = self.params.items()
                self.history.append({k: v.copy() if _is_array(v) else v for k, v in now})
                self.changed += [
                    k for k, v in laid_down.items() if not np.array_equal(grads.get(k, v), v)
                ]
        self.rebound += [k for k, v in owned.items() if self.params.get(k) is not v]


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


LIBRARY: dict[str, Callable[..., Any]] = {
    "graph": graph,
    "layers": layers,
    "assign": assign,
    "training": training,
    "preactivations": preactivations,
    "generator": generator,
    "stream": stream,
    "samples": Samples,
    "collect": collect,
    "bowl": Bowl,
    "root_steps": RootSteps,
    "witness": Witness,
    "descent": Descent,
    "cubes": cubes,
    "product": product,
    "coupled": coupled,
    "exponential": exponential,
}


def build(given: Given) -> Any:
    """The thing a description stands for. Raises ValueError for a kind that doesn't exist."""
    if given.kind not in LIBRARY:
        raise ValueError(f"No given is called {given.kind!r}; there are {', '.join(LIBRARY)}.")
    return LIBRARY[given.kind](**deepcopy(given.data))
