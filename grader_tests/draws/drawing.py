"""What the draws of all chapters share: random numbers, and the card of a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.random import Generator

from course.cards import Card
from course.draws import measured, slopes_at_corners


def some(rng: Generator, *shape: int, low: float = 0.5, high: float = 3.0) -> Any:
    """Random numbers of either sign, low to high in size; a float where no shape is given."""
    sizes = rng.uniform(low, high, shape) * rng.choice([-1.0, 1.0], shape)
    return sizes if shape else float(sizes)


def positive(rng: Generator, *shape: int, low: float = 0.5, high: float = 3.0) -> Any:
    """Random numbers between low and high; a float where no shape is given."""
    sizes = rng.uniform(low, high, shape)
    return sizes if shape else float(sizes)


def node_card(
    case: str,
    forward: Callable[..., Any],
    inputs: Mapping[str, Any],
    *upstream: Any,
    about: str = "",
    arguments: tuple[Any, ...] = (),
    corners: bool = False,
    may_refuse: bool = False,
) -> Card:
    """A card of a node: the value of its forward, and its measured gradients.

    With `corners`, an entry exactly at a corner may have any slope between those of its two sides.
    """
    expected, noise = measured(forward, inputs, upstream)
    return Card(
        case=case,
        inputs=inputs,
        expected={"forward": forward(*inputs.values()), **expected},
        upstream=upstream,
        noise=noise,
        about=about,
        arguments=arguments,
        between=slopes_at_corners(forward, inputs, upstream) if corners else {},
        may_refuse=may_refuse,
    )
