"""The check of a backward pass over a small graph of nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from course.cards import Card
from course.checks.compare import Comparison, compare, failed
from course.checks.observe import Observation, Observed, Step
from course.messages import say
from course.session import Handle, Session


@dataclass(frozen=True)
class GraphBackward:
    """A function that takes the root of a graph and leaves a gradient in every node's `grad`.

    A card's inputs are a `graph` (a given) and what it shows: "tree", "shared" (paths meet) or
    "used" (grads of an earlier pass are still there). Each is a part, and so is a second call.
    """

    name: str = "graph_backward"

    def parts(self) -> Mapping[str, Sequence[str]]:
        return {part: [part] for part in ("tree", "paths that meet", "old grads", "second call")}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for card in cards:
            graph = session.build(card.inputs["graph"]).value
            root = replace(graph, attribute="root")
            first = self._grads(session, graph, root, card, observed)
            if first.ok:
                second = self._grads(session, graph, root, card, observed)
            elif first.kind == "not attempted":
                second = first
            else:
                second = Comparison("blocked", say("first_call"))
            self._note(observed, card.inputs["shows"], card, first, "first")
            self._note(observed, "second call", card, second, "second")
        return observed

    def _grads(
        self, session: Session, graph: Handle, root: Handle, card: Card, observed: Observed
    ) -> Comparison:
        reply = observed.heard(session.call(self.name, None, root))
        if reply.error is not None:
            return failed(reply.error, self.name)
        grads = session.get(graph, "grads").value
        return compare(grads, card.expected["grads"], card.noise["grads"])

    def _note(
        self, observed: Observed, leaf: str, card: Card, comparison: Comparison, step: Step
    ) -> None:
        observed.observations.append(Observation(leaf, card, comparison, step, key="grads"))
