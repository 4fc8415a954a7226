"""From what a check saw to a verdict: parts, points, findings, diagnosis.

The same judge works in the notebook and in grading. Only the session and the cards differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from course import diagnosis
from course.cards import Card, Exercise
from course.checks.function import Function
from course.checks.graph import GraphBackward
from course.checks.initialisation import Initialisation
from course.checks.network import Network
from course.checks.node import Node
from course.checks.numeric import LayerDifferences, NumericGradient
from course.checks.observe import Kind, Observation, Observed
from course.checks.optimizer import Optimizer
from course.checks.training import Minibatches, Trained, Training
from course.messages import say
from course.session import Session
from course.verdict import Diagnosis, Finding, State, Verdict

KINDS: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        Node,
        Function,
        NumericGradient,
        GraphBackward,
        Network,
        LayerDifferences,
        Initialisation,
        Optimizer,
        Training,
        Minibatches,
        Trained,
    )
}


def kind_of(exercise: Exercise) -> Kind:
    """The check an exercise is judged by, from its description."""
    settings = dict(exercise.kind)
    return KINDS[settings.pop("kind")](**settings)


def judge(
    exercise: Exercise,
    session: Session,
    cards: Sequence[Card] | None = None,
    untouched: bool = False,
) -> Verdict:
    """Put the cards (default: the public ones) to the student's objects.

    `untouched` says that the answer is still the code that was handed out: then nothing is asked.
    """
    kind = kind_of(exercise)
    parts = kind.parts()
    share = exercise.points / len(parts)
    if untouched:
        findings = [Finding(part, "not attempted", say("untouched"), 0.0, share) for part in parts]
        return _verdict(exercise, findings, "not attempted")
    observed = kind.ask(session, exercise.cards if cards is None else cards)
    findings = [_finding(part, observed.of(leaves), share) for part, leaves in parts.items()]
    return _verdict(exercise, findings, _state(findings, observed), observed)


def refused(exercise: Exercise, text: str) -> Verdict:
    """The verdict where nothing could be asked: no points, and one sentence that says why."""
    finding = Finding("answer", "wrong", text, 0.0, exercise.points)
    return _verdict(exercise, [finding], "wrong")


def _verdict(
    exercise: Exercise,
    findings: Iterable[Finding],
    state: State,
    observed: Observed | None = None,
) -> Verdict:
    findings = list(findings)
    points = round(sum(f.points for f in findings), 6)
    if observed is not None and state == "right with a warning":
        findings += [Finding(r.part, "warning", r.text) for r in observed.remarks]
    if observed is not None and state == "wrong":
        findings += [Finding(r.part, "note", r.text) for r in observed.changed]
    if observed is not None and observed.printed.strip():
        text = "\n".join(observed.printed.strip().splitlines()[:20])
        findings.append(Finding("printed", "note", say("printed", text=text)))
    return Verdict(
        exercise=exercise.id,
        number=exercise.number,
        title=exercise.title,
        state=state,
        points=exercise.points if state.startswith("right") else points,
        out_of=exercise.points,
        findings=tuple(findings),
        optional=exercise.optional,
    )


def _state(findings: Sequence[Finding], observed: Observed) -> State:
    states = {finding.state for finding in findings}
    if states == {"right"}:
        return "right with a warning" if observed.remarks else "right"
    return "not attempted" if states == {"not attempted"} else "wrong"


def _finding(part: str, observations: Sequence[Observation], share: float) -> Finding:
    """One part: right only if it was asked at least once and every observation is right."""
    failing = [o for o in observations if not o.comparison.ok]
    if observations and not failing:
        own = next((o.comparison.text for o in observations if o.comparison.text), "")
        return Finding(part, "right", own or say("right"), share, share)
    if not failing:
        return Finding(part, "wrong", say("blocked", waits_for="the rest"), 0.0, share)
    # A part of several leaves is only untouched if all of them are.
    attempted = [o for o in failing if o.comparison.kind != "not attempted"]
    asked = [o for o in observations if not o.card.may_refuse]
    if not attempted and any(o.comparison.ok for o in asked):
        text = say("case", text=say("partly_attempted"), case=failing[0].card.case)
        return Finding(part, "wrong", text, 0.0, share)
    if not attempted:
        return Finding(part, "not attempted", failing[0].comparison.text, 0.0, share)
    # What is certain goes before what waits for forward.
    first = min(attempted, key=lambda o: o.comparison.kind == "unsettled")
    text, why = _sentence(first, part), _why(first, attempted)
    return Finding(part, "wrong", text, 0.0, share, why, first.numbers)


_STEPS = {"second": "on_second_call", "twice": "backward_twice", "two objects": "two_objects"}


def _sentence(observation: Observation, part: str) -> str:
    text = observation.comparison.text
    leaf = "" if observation.leaf == part else observation.leaf.removeprefix(f"{part} ")
    if observation.place.startswith("["):
        # "weights[3]" can be typed, "sum over the batch[3]" can't.
        name, layer = leaf or part, f"layer {observation.place.strip('[]')}"
        in_words = f"{leaf}, {layer}" if leaf else layer
        leaf = f"{name}{observation.place}" if name.isidentifier() else in_words
    elif observation.place:
        leaf = observation.place
    if leaf:
        text = f"{leaf}: {text}"
    if observation.step in _STEPS:
        text = say(_STEPS[observation.step], text=text)
    if not observation.card.case:
        return text
    first, *rest = text.split("\n")
    return "\n".join([say("case", text=first, case=observation.card.case), *rest])


def _why(first: Observation, failing: Sequence[Observation]) -> Diagnosis | None:
    """The cause, from all wrong results of the same leaf at the first step that went wrong."""
    if first.comparison.kind != "value" or first.comparison.yours is None:
        return None
    if first.step in _STEPS:
        # Right when asked alone: what is wrong now can only have been remembered.
        return diagnosis.named(_STEPS[first.step])
    alike = [
        o
        for o in failing
        if o.leaf == first.leaf
        and o.step == first.step
        and o.comparison.kind == "value"
        and o.comparison.yours is not None
    ]
    return diagnosis.diagnose([_evidence(o) for o in alike], first.subject)


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
        inputs=card.inputs,
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
