"""From what a check saw to a verdict: parts, points, findings, diagnosis.

The same judge works in the notebook and in grading. Only the session and the cards differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from course.cards import Card, Exercise
from course.checks.observe import STEPS, Kind, Observation, Observed
from course.messages import say
from course.session import Session
from course.verdict import Finding, State, Verdict

if TYPE_CHECKING:
    from course.checks.network import Network

KINDS: Mapping[str, str] = {
    "Node": "node",
    "Function": "function",
    "NumericGradient": "numeric",
    "LayerDifferences": "numeric",
    "GraphBackward": "graph",
    "Network": "network",
    "Initialisation": "initialisation",
    "Optimizer": "optimizer",
    "Training": "training",
    "Minibatches": "training",
    "Trained": "training",
}
"""The module of each kind of check, which is loaded for the first exercise of that kind."""


def kind_of(exercise: Exercise) -> Kind:
    """The check an exercise is judged by, from its description."""
    settings = dict(exercise.kind)
    name = settings.pop("kind")
    kind: Kind = getattr(import_module(f"course.checks.{KINDS[name]}"), name)(**settings)
    return kind


def judge(
    exercise: Exercise,
    session: Session,
    cards: Sequence[Card] | None = None,
    untouched: bool = False,
    explain: bool = True,
    explaining: Session | None = None,
    method: bool = False,
) -> Verdict:
    """Put the cards (default: the public ones) to the student's objects.

    `untouched` says that the answer is still the code that was handed out: then nothing is asked.
    Without `explain` no causes are looked for: that is for whom the points are enough. The session
    `explaining` (default: the same) is asked where losing it must cost nothing: about the public
    cards, for the cause alone, when the points are settled; and with `method` about larger ones, to
    tell a backward pass from numeric differentiation.
    """
    kind = kind_of(exercise)
    parts = kind.parts()
    share = exercise.points / len(parts)
    if untouched:
        findings = [Finding(part, "not attempted", say("untouched"), 0.0, share) for part in parts]
        return _verdict(exercise, findings, "not attempted")

    observed = kind.ask(session, exercise.cards if cards is None else cards)
    if method:
        from course.checks import method as methods

        methods.look(kind, explaining or session, exercise.cards, observed)
    if exercise.kind["kind"] == "Network":  # last: a gradient by differences takes hours for that
        cast("Network", kind).train(session, observed)
    findings = [_finding(part, observed.of(leaves), share) for part, leaves in parts.items()]
    if explain and any(finding.state == "wrong" for finding in findings):
        from course.checks.causes import causes_of  # with all diagnoses: who is right needs none

        # What known mistakes leave is known for the public cards: those are put to it as well,
        # unless nothing came out that could be compared.
        public = observed if cards is None else Observed.empty()
        if cards is not None and any(o.comparison.yours is not None for o in observed.wrong()):
            public = kind.ask(explaining or session, exercise.cards)
        causes = causes_of(exercise, kind, observed, public)
        findings = [replace(f, diagnosis=causes.get(f.part)) for f in findings]
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
    points = round(sum(f.points for f in findings), 2)
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
    return Finding(part, "wrong", _sentence(first, part), 0.0, share, numbers=first.numbers)


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
    if observation.step in STEPS:
        text = say(STEPS[observation.step], text=text)
    if not observation.card.case:
        return text
    first, *rest = text.split("\n")
    return "\n".join([say("case", text=first, case=observation.card.case), *rest])
