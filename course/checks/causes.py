"""From what was seen of one part to the cause of what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from course import diagnosis
from course.cards import Card
from course.checks.observe import Observation, Step
from course.checks.tracing import wrong_at_first
from course.verdict import Diagnosis

STEPS: Mapping[Step, str] = {
    "second": "on_second_call",
    "twice": "backward_twice",
    "two objects": "two_objects",
}
"""Right when asked alone, wrong at one of these: that can only have been remembered."""


def cause_of(observations: Sequence[Observation]) -> Diagnosis | None:
    """The cause, from all results of the same leaf that went wrong in the same way as the first."""
    failing = wrong_at_first(observations)
    if not failing:
        return None
    first = failing[0].comparison
    if failing[0].step in STEPS:
        return diagnosis.named(STEPS[failing[0].step])
    if first.error is not None:
        return diagnosis.diagnose_error(first.error)
    if first.cause or first.kind == "type":
        return diagnosis.named(first.cause or "wrong_kind")
    alike = [o for o in failing if o.leaf == failing[0].leaf and o.comparison.kind == first.kind]
    alike = [o for o in alike if isinstance(o.comparison.yours, np.ndarray)]
    if not alike:
        return _of_places(failing, [o for o in observations if o.leaf == failing[0].leaf])
    if first.kind == "shape":
        return diagnosis.diagnose_shape([_evidence(o) for o in alike])
    if first.kind == "not finite":
        return diagnosis.diagnose_not_finite([_evidence(o) for o in alike])
    return _of_numbers(alike, [o for o in observations if o.leaf == failing[0].leaf])


def _of_numbers(failing: Sequence[Observation], asked: Sequence[Observation]) -> Diagnosis:
    """What all wrong numbers have in common; else what the first of each card have, where there are
    several, as one for each layer; else which of them are wrong."""
    subject = failing[0].subject
    found = diagnosis.diagnose([_evidence(o) for o in failing], subject)
    if found.code.startswith("unknown") and any(o.place for o in failing):
        firsts = {id(o.card): o for o in reversed(failing)}.values()
        found = diagnosis.diagnose([_evidence(o) for o in firsts], subject)
    if found.code.startswith(("unknown", "zero")):
        # "All 0" is no news of a card or two, where the others come out right.
        return _of_places(failing, asked) or found
    return found


def _of_places(failing: Sequence[Observation], asked: Sequence[Observation]) -> Diagnosis | None:
    """The cause as far as it shows in which results are wrong: some calls, layers or cards."""
    asked = [o for o in asked if o.step == failing[0].step]
    cards = {id(o.card) for o in failing}
    by_card = [[o for o in asked if id(o.card) == card] for card in cards]
    if all(len(results) > 1 for results in by_card):
        # A backward pass tells of the last layer first, and a way of its first call.
        begins_right = all(results[0].comparison.ok for results in by_card)
        if begins_right and all("call" in o.place for o in failing):
            return diagnosis.named("from_then_on")
        below = begins_right and all(r.comparison.ok is False for rs in by_card for r in rs[1:])
        if below and failing[0].subject == "gradient":
            return diagnosis.named("below_the_last")
        if begins_right and not below and len({o.place for o in failing}) == 1:
            return diagnosis.named("only_layer", layer=failing[0].place.strip("[]"))
    cases = list(dict.fromkeys(o.card.case for o in failing))
    others = {id(o.card) for o in asked} - cards
    if len(cards) <= len(others) and all(cases):
        return diagnosis.named("only_on", cases="; ".join(cases[:3]))
    return None


def _evidence(observation: Observation) -> diagnosis.Evidence:
    card, leaf = observation.card, observation.expected_leaf
    others = {
        name: value
        for name, value in card.expected.items()
        if name != leaf
        and isinstance(value, int | float | np.ndarray)
        and not np.array_equal(value, card.expected.get(leaf, ()))
    }
    slopes = {name: value for name, value in others.items() if name in card.noise}
    values = {name: value for name, value in others.items() if name not in card.noise}
    is_slope = leaf in card.noise
    return diagnosis.Evidence(
        yours=np.asarray(observation.comparison.yours, dtype=np.float64),
        expected=np.asarray(observation.comparison.expected, dtype=np.float64),
        inputs={**card.inputs, **observation.made_with},
        upstream=card.upstream,
        # A value that equals some slope does so by coincidence.
        others=slopes if is_slope else values,
        values=values if is_slope else {},
        sizes=_sizes(card),
        spread=0.0 if is_slope else _spread(observation),
    )


def _sizes(card: Card) -> dict[str, int]:
    """How many rows and columns the card's tables have: "rows of x" -> 7."""
    tables = {**card.inputs, **{f"dout{k or ''}": d for k, d in enumerate(card.upstream)}}
    return {
        f"{axis} of {name}": size
        for name, table in tables.items()
        if isinstance(table, np.ndarray) and table.ndim == 2
        for axis, size in zip(("rows", "columns"), table.shape, strict=True)
    }


def _spread(observation: Observation) -> float:
    """How far apart the right values lie, as a share of the expected one; a thousandth at most,
    beyond which anything would fit."""
    low, high = observation.card.between.get(observation.expected_leaf, (0.0, 0.0))
    size = float(np.max(np.abs(observation.comparison.expected), initial=0.0))
    return min(float(np.max(np.subtract(high, low))) / size, 1e-3) if size else 0.0
