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

    A card's inputs are a `graph` (a given) and the part it shows: a tree, paths that meet, or old
    grads that are still there. A second call begins at an inner node of the same graph, a third at
    the root again: neither may remember anything.
    """

    name: str = "graph_backward"

    def parts(self) -> Mapping[str, Sequence[str]]:
        return {part: [part] for part in ("tree", "paths that meet", "old grads", "second call")}

    def ask(self, session: Session, cards: Sequence[Card]) -> Observed:
        observed = Observed.empty()
        for card in cards:
            graph = session.build(card.inputs["graph"]).value
            first = self._grads(session, graph, "", card, observed)
            self._note(observed, card.inputs["shows"], card, first, "grads")
            if first.ok:
                for root in ("inner_", ""):
                    again = self._grads(session, graph, root, card, observed)
                    self._note(observed, "second call", card, again, f"{root}grads", "second")
            elif first.kind == "not attempted":
                self._note(observed, "second call", card, first, "grads")
            else:
                blocked = Comparison("blocked", say("first_call"))
                self._note(observed, "second call", card, blocked, "grads")
        return observed

    def _grads(
        self, session: Session, graph: Handle, root: str, card: Card, observed: Observed
    ) -> Comparison:
        """Ask from the root, or from the inner one; compare all gradients below it."""
        start = replace(graph, attribute="inner" if root else "root")
        reply = observed.heard(session.call(self.name, None, start))
        if reply.error is not None:
            return failed(reply.error, self.name)
        leaf = f"{root}grads"
        return compare(session.get(graph, leaf).value, card.expected[leaf], card.noise[leaf])

    def _note(
        self,
        observed: Observed,
        part: str,
        card: Card,
        comparison: Comparison,
        leaf: str,
        step: Step = "first",
    ) -> None:
        observed.observations.append(Observation(part, card, comparison, step, key=leaf))
