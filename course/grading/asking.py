"""Runs a plan's steps in boxes and asks the checks, in as many boxes as it takes.

A cell that ends the process is left out, and the rest runs again in a fresh box; a check that does
is wrong, and the others go on.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from course.cards import Card, Exercise
from course.checks.judge import judge, refused
from course.draws import Draw
from course.givens import Given
from course.grading import code, rebuilt
from course.grading.box import Box, BoxLost, Limits, NoBox, Tier
from course.grading.frames import CellResult
from course.grading.intake import clean
from course.grading.material import Material
from course.grading.plan import Plan, Released, Step, with_solved
from course.grading.session import BoxSession
from course.session import Chain, Coming, Handle, Raised, Reply, Session, Value, Way
from course.verdict import Finding, Verdict

LIMITS = Limits(seconds_per_request=10.0, seconds_in_all=60.0)
MAX_BOXES = 12
HANDS = 4
"""Sets of cards that a class is graded with. Each worker draws them; one for each submission took
as long as all the rest of the trusted side's work."""


class Boxed(Session, Protocol):
    """A session that also runs cells."""

    def run(self, source: str, name: str) -> CellResult: ...

    def hear(self) -> None: ...


OpenBox = Callable[[Limits], AbstractContextManager[Boxed]]


@contextmanager
def open_box(tier: Tier, limits: Limits) -> Any:
    """A box of the tier that was chosen, and a session with it. Raises NoBox where a second try
    fails as the first did."""
    with contextlib.ExitStack() as stack:
        try:
            box = stack.enter_context(Box(tier, limits))
        except NoBox:
            box = stack.enter_context(Box(tier, limits))
        yield BoxSession(box)


@lru_cache(maxsize=HANDS * 20)
def _cards(draw: Draw, seed: bytes) -> tuple[Card, ...]:
    """Fresh cards of one exercise; another exercise's never depend on how many this one drew."""
    own = hmac.new(seed, draw.exercise.encode(), hashlib.sha256).digest()
    return draw.cards(np.random.default_rng(list(own)))


@dataclass
class Trace:
    """What has come out of the boxes so far."""

    results: dict[int, CellResult] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    boxes: int = 0
    spared: dict[int, str] = field(default_factory=dict)
    figure_room: int = rebuilt.MAX_FIGURE_BYTES_IN_ALL
    text_room: int = rebuilt.MAX_OUTPUT_IN_ALL

    def keep(self, at: int, result: CellResult) -> None:
        """Keep what a cell gave the first time it ran."""
        if at not in self.results:
            kept = rebuilt.trimmed(result, self.figure_room, self.text_room)
            told = kept.text + (kept.error.message if kept.error else "")
            self.results[at] = kept
            self.figure_room -= sum(map(len, kept.pngs))
            self.text_room = max(0, self.text_room - len(told))


class Asking:
    """One submission on its way through the boxes."""

    def __init__(
        self,
        plan: Plan,
        material: Material,
        seed: bytes,
        box: OpenBox,
        limits: Limits = LIMITS,
    ):
        self.plan = plan
        self.material = material
        self.box = box
        self.limits = limits
        self.trace = Trace()
        self.places: dict[str, int] = {}
        self.flags: list[str] = []
        self._deadline = time.monotonic() + limits.seconds_for_all_boxes
        self._seed = seed

    def verdicts(
        self, only: Collection[str] = (), before: Mapping[str, Verdict] | None = None
    ) -> dict[str, Verdict]:
        """The verdict on every exercise, in reading order; those that aren't in `only` (default:
        all are) keep the one of `before`."""
        before = before or {}
        every = self.material.exercises
        wanted = {name for name in every if not only or name in only or name not in before}
        self._carry_out(self.plan, self.trace, wanted)
        found = {name: self._best(name) if name in wanted else before[name] for name in every}
        for name in every:
            if name in wanted and not found[name].passed:
                found[name] = self._with_solved_needs(name, found[name], found)
        return {name: _cleaned(verdict) for name, verdict in found.items()}

    def _best(self, name: str) -> Verdict:
        """The best verdict of all places at which the exercise was checked."""
        exercise = self.material.exercises[name]
        tried = [at for at in self.plan.places(name) if at in self.trace.verdicts]
        if not tried:
            return refused(exercise, "not checked: the submission used up its time before this")
        self.places[name] = max(tried, key=self._rank_of)
        verdict = self.trace.verdicts[self.places[name]]
        lost = self._lost_answer(name)
        if lost and not verdict.passed:
            return refused(exercise, lost)
        return verdict if verdict.passed else self._with_reason(name, verdict)

    def _rank_of(self, at: int) -> tuple[float, bool, bool, int]:
        """The best verdict goes first; of equal ones the notebook's own check, and the last."""
        return (*_rank(self.trace.verdicts[at]), self.plan.steps[at].from_student, at)

    def _with_reason(self, name: str, verdict: Verdict) -> Verdict:
        """The same verdict; where the answer isn't defined, it says at what its cell stopped."""
        objects = self.material.released.exercises[name]
        holders = set(self.plan.holders(objects))
        stopped = [
            result.error
            for at, result in sorted(self.trace.results.items())
            if result.error is not None and (self.plan.steps[at].answers(objects) or at in holders)
        ]
        undefined = tuple(f"{one} is not defined;" for one in objects)
        if not stopped:
            return verdict
        error = stopped[-1]
        where = f" at line {error.line_number}: {error.line}" if error.line else ""
        text = f"the cell of this answer stopped with {error.type}: {error.message}{where}"
        findings = (
            replace(f, text=text) if f.text.startswith(undefined) else f for f in verdict.findings
        )
        return replace(verdict, findings=tuple(findings))

    def _lost_answer(self, name: str) -> str:
        """What became of the cell that was to define the answer, if it was left out."""
        objects = self.material.released.exercises[name]
        holders = self.plan.holders(objects)
        gone = [
            at
            for at in sorted(self.trace.left_out)
            if at in holders or self.plan.steps[at].answers(objects)
        ]
        if not gone or set(holders) - set(gone):
            return ""
        reason = self.trace.left_out[gone[-1]]
        return (
            f"the cell of this answer was left out, because running it ended the process ({reason})"
        )

    def _carry_out(self, plan: Plan, trace: Trace, wanted: set[str]) -> None:
        """Run the steps and ask the checks, in as many boxes as it takes."""
        while not self._one_box(plan, trace, wanted):
            trace.boxes += 1
            if trace.boxes >= MAX_BOXES or time.monotonic() > self._deadline:
                break
        for at in trace.spared.keys() - trace.results.keys() - trace.verdicts.keys():
            trace.left_out.setdefault(at, trace.spared[at])  # nothing needed it a second time

    def _one_box(self, plan: Plan, trace: Trace, wanted: set[str]) -> bool:
        """One pass through a fresh box; False if the box was lost with checks still to ask.

        After the first loss only what the answers need runs: experiments have had their turn.
        """
        seconds = max(1.0, min(self.limits.seconds_in_all, self._deadline - time.monotonic()))
        explain = trace is self.trace  # of a second try only the points count
        whole = explain and not trace.boxes
        objects = (one for name in wanted for one in self._objects(name, plan))
        needed = set() if whole else plan.needed_by(objects)
        with self.box(replace(self.limits, seconds_in_all=seconds)) as session:
            for at, step in enumerate(plan.steps):
                if not whole and not _waiting(plan, trace, wanted):
                    break
                if time.monotonic() > self._deadline:  # this side has to read what the box sends
                    break
                try:
                    if step.check in wanted:
                        if at not in trace.verdicts and not _settled(step.check, plan, trace):
                            trace.verdicts[at], lost = self._ask(step, at, plan, session, explain)
                            if lost:
                                return not _waiting(plan, trace, wanted)
                    elif step.runs and at not in trace.left_out and (whole or at in needed):
                        result = session.run(step.source, f"<cell {at + 1}>")
                        trace.keep(at, result)
                except BoxLost as lost:
                    if lost.kind in ("killed", "memory") and at not in trace.spared:
                        # The machine's doing, perhaps, or that of a cell above: once is no proof.
                        trace.spared[at] = str(lost)
                    elif step.check in wanted:
                        exercise = self.material.exercises[step.check]
                        text = f"asking this answer ended the process: {lost}"
                        trace.verdicts[at] = refused(exercise, text)
                    else:
                        trace.left_out[at] = str(lost)
                    return not _waiting(plan, trace, wanted)
        return True

    def _objects(self, name: str, plan: Plan) -> set[str]:
        """The objects of an exercise, under every name by which a check asks for them."""
        called = (other for at in plan.places(name) for other in plan.steps[at].called.values())
        return {*self.material.released.exercises[name], *called}

    def _ask(
        self, step: Step, at: int, plan: Plan, session: Boxed, explain: bool
    ) -> tuple[Verdict, bool]:
        """The verdict, and whether the box was lost afterwards, while its cause was looked for."""
        renamed = Renamed(session, step.called)
        explaining = Unharmed(renamed)
        exercise = self.material.exercises[step.check]
        cards = _cards(self.material.draws[exercise.id], self._seed)
        try:
            verdict = judge(
                exercise,
                renamed,
                cards,
                untouched=_untouched(exercise, step, at, plan, self.material.released),
                explain=explain,
                explaining=explaining,
                method=True,
            )
        except (BoxLost, NoBox):
            raise
        except Exception as error:  # a fault of the check must cost neither the class nor a word
            what = f"{type(error).__name__}: {error}"
            self.flags.append(f"The check of {exercise.id} itself failed ({what}); look at it.")
            told = "the check itself failed; your instructor has been told"
            return refused(exercise, told), explaining.lost
        if not (np.isfinite(verdict.points) and 0 <= verdict.points <= verdict.out_of):
            self.flags.append(
                f"The check of {exercise.id} gave {verdict.points} points; look at it."
            )
            verdict = refused(exercise, "the check itself failed; your instructor has been told")
        return verdict, explaining.lost or _is_lost(session)

    def _with_solved_needs(
        self, name: str, verdict: Verdict, found: Mapping[str, Verdict]
    ) -> Verdict:
        """Try a failed exercise again with those it builds on solved; its output is thrown away."""
        objects = self.material.released.exercises
        needed = self.material.needed_by(name)
        at = self.places.get(name)
        broken = [
            other
            for other in needed
            if other in found and (not found[other].passed or self._is_replaced(other, at))
        ]
        solved = {
            answer: self.material.solved[answer]
            for other in needed
            for answer in objects.get(other, ())
            if answer in self.material.solved and answer not in objects[name]
        }
        if not broken or not solved or at is None:
            return verdict
        exercise = self.material.exercises[name]
        if _untouched(exercise, self.plan.steps[at], at, self.plan, self.material.released):
            return verdict
        plan, trace = with_solved(self.plan, solved), Trace()
        gone = {id(self.plan.steps[at]): why for at, why in self.trace.left_out.items()}
        for place, step in enumerate(plan.steps):
            if id(step) in gone:
                trace.left_out[place] = gone[id(step)]
        self._carry_out(plan, trace, {name})
        again = max(trace.verdicts.values(), key=_rank, default=verdict)
        if not again.passed:
            return verdict
        text = f"right with {', '.join(broken)} solved, which this exercise builds on"
        # What this run printed or warned may hold a solved answer: the points alone come out of it.
        parts = [replace(f, text="right") for f in again.findings if f.state == "right"]
        note = Finding("needs", "note", text)
        return replace(again, state="right", findings=(*parts, note))

    def _is_replaced(self, name: str, before: int | None) -> bool:
        """Whether an answer is defined anew below where it was right, and above this step."""
        holders = self.plan.holders(self.material.released.exercises[name], before)
        return bool(holders) and holders[-1] > self.places.get(name, len(self.plan.steps))


def _rank(verdict: Verdict) -> tuple[float, bool]:
    return (verdict.points, verdict.state == "right")


def _settled(exercise: str, plan: Plan, trace: Trace) -> bool:
    """Whether no later place can give a better verdict."""
    return any(
        at in trace.verdicts and trace.verdicts[at].state == "right" for at in plan.places(exercise)
    )


def _waiting(plan: Plan, trace: Trace, wanted: set[str]) -> bool:
    """Whether a check is still to be asked."""
    return any(
        not _settled(name, plan, trace) and set(plan.places(name)) - trace.verdicts.keys()
        for name in wanted
    )


def _untouched(exercise: Exercise, step: Step, at: int, plan: Plan, released: Released) -> bool:
    """Whether every object of an exercise is, at this place, the code that was handed out."""
    for name in exercise.objects:
        if name not in released.stubs or name in step.called:
            return False
        holders = plan.holders([name], before=at)
        now = plan.steps[holders[-1]].defines[name] if holders else ""
        if not now or now != code.read(released.stubs[name]).definitions.get(name):
            return False
    return True


def _is_lost(session: Boxed) -> bool:
    """Whether the box was lost since its last reply. Raises BoxLost where it broke the protocol."""
    try:
        session.hear()
    except BoxLost as lost:
        if lost.kind == "protocol":
            raise
        return True
    return False


class Renamed:
    """A session that looks for an object under the name by which the student's check called it."""

    def __init__(self, session: Session, called: Mapping[str, str]):
        self._session = session
        self._called = called
        self._chains: dict[int, tuple[Chain, Chain]] = {}

    def ahead(self, *chains: Chain) -> None:
        self._session.ahead(*map(self._renamed, chains) if self._called else chains)

    def make(self, name: str, *arguments: Value) -> Reply:
        return self._session.make(self._name(name), *arguments)

    def call(self, target: str | Handle, method: str | None, *arguments: Value) -> Reply:
        return self._session.call(self._name(target), method, *arguments)

    def get(self, target: Handle, attribute: str) -> Reply:
        return self._session.get(target, attribute)

    def build(self, given: Given) -> Reply:
        reply = self._session.build(given)
        if reply.error is not None:  # nothing of the student's answers is asked to build it
            what = f"{reply.error.type}: {reply.error.message}"
            raise BoxLost("protocol", f"what a card describes can't be built any more ({what})")
        return reply

    def sweep(
        self, chain: Chain, points: np.ndarray, ways: Sequence[Way] = ((),)
    ) -> list[np.ndarray] | None:
        return self._session.sweep([self._link(link) for link in chain], points, ways)

    def seconds(self) -> float:
        return self._session.seconds()

    def _renamed(self, chain: Chain) -> Chain:
        """The same chain under the other names, the very same one each time."""
        if id(chain) not in self._chains:
            self._chains[id(chain)] = chain, [self._link(link) for link in chain]
        return self._chains[id(chain)][1]

    def _link(self, link: Coming) -> Coming:
        if link.op == "make":
            return replace(link, name=self._name(link.name))
        return replace(link, target=self._name(link.target))

    def _name(self, name: Any) -> Any:
        return self._called.get(name, name) if isinstance(name, str) else name


class Unharmed:
    """A session whose loss costs nothing: from then on every request is answered with an error.

    The points are settled when it is used; a cause that can't be found is no reason to take them. A
    breach of the protocol is.
    """

    def __init__(self, session: Session):
        self._session = session
        self.lost = False

    def ahead(self, *chains: Chain) -> None:
        if not self.lost:
            try:
                self._session.ahead(*chains)
            except BoxLost as lost:
                self._lose(lost)

    def make(self, name: str, *arguments: Value) -> Reply:
        return self._try(lambda: self._session.make(name, *arguments))

    def call(self, target: str | Handle, method: str | None, *arguments: Value) -> Reply:
        return self._try(lambda: self._session.call(target, method, *arguments))

    def get(self, target: Handle, attribute: str) -> Reply:
        return self._try(lambda: self._session.get(target, attribute))

    def build(self, given: Given) -> Reply:
        reply = self._try(lambda: self._session.build(given))
        return Reply(Handle(0)) if self.lost else reply  # checks count on what they build

    def sweep(
        self, chain: Chain, points: np.ndarray, ways: Sequence[Way] = ((),)
    ) -> list[np.ndarray] | None:
        if not self.lost:
            try:
                return self._session.sweep(chain, points, ways)
            except BoxLost as lost:
                self._lose(lost)
        return None

    def seconds(self) -> float:
        return self._session.seconds()

    def _try(self, request: Callable[[], Reply]) -> Reply:
        if not self.lost:
            try:
                return request()
            except BoxLost as lost:
                self._lose(lost)
        return Reply(error=Raised("BoxLost", "the process ended"))

    def _lose(self, lost: BoxLost) -> None:
        if lost.kind == "protocol":  # which no honest answer breaks
            raise lost
        self.lost = True


def _cleaned(verdict: Verdict) -> Verdict:
    """The same verdict with text that any viewer may show."""

    def shown(finding: Finding) -> Finding:
        why = finding.diagnosis
        if why is not None:
            why = replace(why, why=clean(why.why, 2000), look=clean(why.look, 2000))
        return replace(finding, text=clean(finding.text, 2000), diagnosis=why)

    return replace(verdict, findings=tuple(shown(finding) for finding in verdict.findings))
