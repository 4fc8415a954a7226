"""Draws: the functions of the trusted side that make an exercise's cards. Finds and loads them.

They live in `grader_tests/draws/`: never installed with the package, never inside a box.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from course import gradients
from course.cards import Card, Value
from course.checks.judge import KINDS
from course.checks.observe import described
from course.session import plain

PUBLIC_SEED = 20_000


class NoDraws(LookupError):
    """The folder of draws can't be found or read; the message says where it was looked for."""


@dataclass(frozen=True, eq=False)
class Draw:
    """What an exercise asks (its kind of check), and how its cards are made."""

    exercise: str
    kind: Any
    make: Callable[[np.random.Generator], Sequence[Card]]

    def cards(self, rng: np.random.Generator) -> tuple[Card, ...]:
        """Fresh cards: as many as the course ships, of every kind that those are of. The audit
        shows that they catch what those catch, whatever the seed."""
        return tuple(map(_plain, self.make(rng)))

    def public(self) -> tuple[Card, ...]:
        """The cards the course ships, from a fixed seed."""
        return self.cards(np.random.default_rng(PUBLIC_SEED))

    def described_kind(self) -> dict[str, Any]:
        return described(self.kind)


def _plain(card: Card) -> Card:
    """A card whose inputs can cross the wall, whatever kind of NumPy number they were drawn as."""
    return replace(
        card,
        inputs={name: plain(value) for name, value in card.inputs.items()},
        upstream=plain(card.upstream),
        arguments=plain(card.arguments),
    )


class Draws(dict[str, Draw]):
    """The draws of a chapter by exercise id, filled by a decorator."""

    def exercise(
        self, exercise_id: str, kind: Any
    ) -> Callable[
        [Callable[[np.random.Generator], Sequence[Card]]],
        Callable[[np.random.Generator], Sequence[Card]],
    ]:
        """`@draws.exercise("mul_layer", Node(...))` over the function that makes the cards."""
        if type(kind).__name__ not in KINDS:
            raise TypeError(
                f"{exercise_id}: there is no kind of check called {type(kind).__name__}."
            )

        def keep(
            make: Callable[[np.random.Generator], Sequence[Card]],
        ) -> Callable[[np.random.Generator], Sequence[Card]]:
            if exercise_id in self:
                raise ValueError(f"{exercise_id} has two draws.")
            self[exercise_id] = Draw(exercise_id, kind, make)
            return make

        return keep


def find(folder: str | Path | None = None) -> Path:
    """The folder `grader_tests`: the one given, else the nearest one upwards from here."""
    if folder is not None:
        path = Path(folder).resolve()
        if not (path / "draws").is_dir():
            raise NoDraws(f"{path} holds no folder draws; --tests wants the course's grader_tests.")
        return path
    here = Path.cwd()
    for above in (here, *here.parents):
        if (above / "grader_tests" / "draws").is_dir():
            return above / "grader_tests"
    raise NoDraws(
        f"No folder grader_tests stands in {here} or above it; "
        "run this inside the course's folder, or name one with --tests DIR."
    )


def load(folder: str | Path | None = None) -> Mapping[str, Draw]:
    """Every draw of that folder, by exercise id."""
    path = find(folder)
    package = _package("grader_tests", path)
    draws: dict[str, Draw] = {}
    for file in sorted((path / "draws").glob("ch*.py")):
        module = importlib.import_module(f"{package}.draws.{file.stem}")
        for exercise_id, draw in module.draws.items():
            if exercise_id in draws:
                raise ValueError(f"{exercise_id} has two draws; the second is in {file.name}.")
            draws[exercise_id] = draw
    return draws


def _package(name: str, folder: Path) -> str:
    """Make a folder importable under a name of its own, without touching the import path."""
    known = sys.modules.get(name)
    if known is not None and list(getattr(known, "__path__", [])) == [str(folder)]:
        return name
    for loaded in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[loaded]
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise NoDraws(f"{folder} can't be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return name


def measured(
    f: Callable[..., Value], inputs: Mapping[str, Value], upstream: Sequence[Value]
) -> tuple[dict[str, Any], dict[str, float]]:
    """Gradients of sum(upstream * f(inputs)) for every input, measured, and their noise.

    Returns ({"dx": ...}, {"dx": noise}) with one entry for each input; the gradient of a list of
    arrays is a list.
    """
    largest = 0.0

    def along(name: str, x: Value) -> float:
        nonlocal largest
        terms = _terms(f, dict(inputs) | {name: x}, upstream)
        largest = max(largest, max(map(abs, terms)))
        return sum(terms)

    found: dict[str, Any] = {}
    for name, at in inputs.items():
        in_each = isinstance(at, list)
        slope = gradients.central_differences_each if in_each else gradients.central_differences
        found[f"d{name}"] = slope(partial(along, name), at)
    return found, dict.fromkeys(found, gradients.noise(largest))


def slopes_at_corners(
    f: Callable[..., Value], inputs: Mapping[str, Value], upstream: Sequence[Value]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For every input with a corner: the lower and the higher of each entry's one-sided slopes, and
    of 0.

    Away from corners both are 0, and say nothing.
    """
    found = {}
    for name, at in inputs.items():

        def along(x: np.ndarray, name: str = name) -> float:
            return sum(_terms(f, dict(inputs) | {name: x}, upstream))

        at = np.asarray(at, dtype=np.float64)
        at_corner = gradients.corners(along, at)
        if not np.any(at_corner):
            continue
        h, here = gradients.STEP, along(at)
        left, right = np.zeros(at.shape), np.zeros(at.shape)
        for index in map(tuple, np.argwhere(at_corner)):
            nudge = np.zeros(at.shape)
            nudge[index] = h
            right[index] = (along(at + nudge) - here) / h
            left[index] = (here - along(at - nudge)) / h
        # Rounding in the measured slopes must not shut out the exact ones; 0 is always a choice.
        air = 1e-6 * (np.abs(left) + np.abs(right))
        low, high = np.minimum(left, right), np.maximum(left, right)
        found[f"d{name}"] = (np.minimum(low, 0) - air, np.maximum(high, 0) + air)
    return found


def _terms(
    f: Callable[..., Value], inputs: Mapping[str, Value], upstream: Sequence[Value]
) -> list[float]:
    """Each result of f, weighted with its upstream gradient and summed."""
    results = f(*inputs.values())
    results = results if isinstance(results, tuple) else (results,)
    return [float(np.multiply(r, d).sum()) for r, d in zip(results, upstream, strict=True)]
