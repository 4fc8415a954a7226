"""What an answer leaves behind: the traces by which the diagnosis recognises a mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from course.cards import Exercise
from course.checks.compare import Comparison
from course.checks.observe import Kind, Observation, Observed
from course.diagnosis.traces import Mark, Trace
from course.session import Session


def traces_of(exercise: Exercise, kind: Kind, session: Session) -> dict[str, Trace]:
    """Part -> its trace on the exercise's public cards, for each part that is wrong."""
    return traces_in(exercise, kind, kind.ask(session, exercise.cards))


def traces_in(exercise: Exercise, kind: Kind, observed: Observed) -> dict[str, Trace]:
    """The same from what was already seen on the public cards."""
    places = {id(card): place for place, card in enumerate(exercise.cards)}
    traces = {}
    for part, leaves in kind.parts().items():
        failing = wrong_at_first(observed.of(leaves))
        if failing and _tells(failing[0].comparison):
            traces[part] = Trace.of([_mark(o, places) for o in failing])
    return traces


WAITING = ("right", "blocked", "unsettled", "not attempted")


def wrong_at_first(observations: Sequence[Observation]) -> list[Observation]:
    """What is wrong at the first step that goes wrong; what merely waits for it is left out."""
    failing = [o for o in observations if o.comparison.kind not in WAITING]
    return [o for o in failing if o.step == failing[0].step]


def _tells(comparison: Comparison) -> bool:
    """Whether it is a result of the wanted kind: many causes make code raise, or return nothing,
    and what Python said tells more of them than a trace."""
    return comparison.yours is not None


def _mark(observation: Observation, places: Mapping[int, int]) -> Mark:
    comparison = observation.comparison
    # A card that the check itself has changed (to single precision) goes by the name of its case.
    card = places.get(id(observation.card), observation.card.case)
    where = f"{card} {observation.leaf} {observation.place} {observation.step}"
    if isinstance(comparison.yours, np.ndarray):
        return Mark(where, comparison.yours, comparison.kind, comparison.narrow)
    if comparison.error is not None:
        return Mark(where, words=f"{comparison.error.type}: {comparison.error.message}")
    words = comparison.yours if isinstance(comparison.yours, str) else comparison.text
    return Mark(where, words=f"{comparison.kind}: {words}")
