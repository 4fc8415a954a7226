"""From what was seen of one part to the cause of what is wrong in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course import diagnosis
from course.cards import Card, Exercise
from course.checks.observe import STEPS, Kind, Observation, Observed
from course.checks.tracing import traces_in, wrong_at_first
from course.verdict import Diagnosis

MOST_CASES = 3
OF_THE_STEP = ("too_crude", "ignores_h")


def causes_of(
    exercise: Exercise, kind: Kind, observed: Observed, public: Observed
) -> dict[str, Diagnosis]:
    """Part -> the cause of what is wrong in it, where there is one to tell.

    It is a known mistake, by what was seen on the public cards; or a fact about the numbers; or a
    slip, where the facts tell less than that.
    """
    known = diagnosis.recognise(exercise.id, traces_in(exercise, kind, public))
    causes: dict[str, Diagnosis] = {}
    for part, leaves in kind.parts().items():
        cause = known.get(part)
        seen = observed.of(leaves)
        if all(o.comparison.ok for o in seen):
            continue
        if cause is None or cause.code.startswith("slip_"):
            cause = diagnosis.better(_fact(seen), cause)
        if cause is not None:
            causes[part] = cause
    of_the_step = [part for part, cause in causes.items() if cause.code in OF_THE_STEP]
    if len(of_the_step) < len(causes):
        # A wrong slope says nothing of the step it was measured with.
        causes = {part: cause for part, cause in causes.items() if part not in of_the_step}
    return causes


def _fact(observations: Sequence[Observation]) -> Diagnosis | None:
    """What all results of the same leaf that went wrong in the same way as the first show."""
    failing = wrong_at_first(observations)
    if not failing:
        return None
    first = failing[0].comparison
    if failing[0].step in STEPS:
        return diagnosis.named(STEPS[failing[0].step])
    if first.error is not None:
        said = diagnosis.diagnose_error(first.error)
        return diagnosis.named(first.cause) if said is None and first.cause else said
    if first.cause or first.kind == "type":
        return diagnosis.named(first.cause or "wrong_kind")
    if first.by_chance:
        return None
    asked = [o for o in observations if o.leaf == failing[0].leaf]
    alike = [o for o in failing if o.leaf == failing[0].leaf and o.comparison.kind == first.kind]
    numeric = [o for o in alike if _is_numeric(o.comparison.yours, o.comparison.expected)]
    # Of several results of one card, as one for each layer, the first is the cause of the others.
    evidence = [_evidence(o) for o in {id(o.card): o for o in reversed(numeric)}.values()]
    if not evidence:
        return _of_places(failing, asked)
    if first.kind == "shape":
        return diagnosis.diagnose_shape(evidence)
    if first.kind == "not finite":
        return diagnosis.diagnose_not_finite(evidence)
    if failing[0].place.startswith("the way of"):
        if not any(np.any(e.yours) for e in evidence):
            return diagnosis.named("unmoved")
        later = _of_places(failing, asked)
        if later is not None and later.code == "from_then_on":
            return later
    if failing[0].subject == "gradient" and all(o.place.startswith("[") for o in numeric):
        layers = [[_evidence(o) for o in numeric if o.card is card] for card in _cards(numeric)]
        shrinking = diagnosis.down_the_net(layers)
        if shrinking is not None:
            return shrinking
    found = diagnosis.diagnose(evidence, failing[0].subject)
    if found.code.startswith(("unknown", "zero")):
        # "All 0" is no news of a card or two, where the others come out right.
        return _of_places(failing, asked) or found
    return found


def _cards(observations: Sequence[Observation]) -> list[Card]:
    """The cards of these observations, each once."""
    return list({id(o.card): o.card for o in observations}.values())


def _is_numeric(*results: object) -> bool:
    return all(isinstance(result, np.ndarray) for result in results)


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
    others = [o.card for o in asked if id(o.card) not in cards]
    shared = {card.case for card in others} & set(cases)
    few = len(cases) <= MOST_CASES and len(cards) <= len({id(card) for card in others})
    if few and all(cases) and not shared:
        return diagnosis.named("only_on", cases="; ".join(cases))
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
