"""What of a rebuilt notebook runs, in which order, and below which cells each exercise is checked.

A notebook is saved in the order of its cells, and was worked on in another. Whatever ran once, in
whatever order, shall run here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from course.grading.steps import Released, Step, Uses

MAX_CHECKS = 5  # places at which one exercise is checked, where a notebook asks for it more often
MAX_REPEATED = 60


def run_what_answers_need(steps: list[Step], released: Released) -> list[Step]:
    """Let figures and experiments run whose names an answer uses, and nothing else defines."""
    wanted = Uses(steps).needed(_all_objects(steps, released))
    return [
        replace(step, runs=True) if at in wanted and step.is_idle else step
        for at, step in enumerate(steps)
    ]


def repeat_below(steps: list[Step]) -> list[Step]:
    """Repeat a cell that, as it runs, reads what only cells further down define, below those."""
    definers: dict[str, list[int]] = {}
    for at, step in enumerate(steps):
        for name in step.reading.names if step.runs else ():
            definers.setdefault(name, []).append(at)
    waits_for = {
        at: {name for name in step.reading.reads if _all_below(definers.get(name), at)}
        for at, step in enumerate(steps)
        if step.runs and step.reading.definitions
    }
    works = {at: (at, 0) for at in range(len(steps))}
    for _ in range(10):  # as many generations of classes as one may find upside down
        earliest = {name: min(works[at] for at in places) for name, places in definers.items()}
        for at, lacking in waits_for.items():
            below = [earliest[name] for name in lacking]
            if below and max(below) > works[at]:
                place, generation = max(below)
                works[at] = (place, generation + 1)
    late = sorted((place, at) for at, place in works.items() if place[0] > at)[:MAX_REPEATED]
    repeated: list[Step] = []
    for at, step in enumerate(steps):
        repeated.append(step)
        repeated += [steps[other] for place, other in late if place[0] == at]
    return repeated


def _all_below(places: list[int] | None, at: int) -> bool:
    """Whether a name is defined, and nowhere above; the places are in order."""
    return bool(places) and (places or [0])[0] > at


def place_checks(steps: list[Step], released: Released) -> list[Step]:
    """Check every exercise wherever its answer is as it was once: above a cell that defines it anew
    or deletes it, at the end, and below what it needs. The notebook's own checks come first."""
    below: dict[int, list[Step]] = {}
    unwanted: set[int] = set()
    uses = Uses(steps)
    for exercise in released.exercises:
        own = [at for at, step in enumerate(steps) if step.check == exercise]
        useful, missing = _places(own, exercise, steps, released, uses)
        cell = released.check(exercise)
        called = next((steps[at].called for at in reversed(own)), {})
        for at in missing:
            new = Step("code", cell.source, False, cell, exercise, called, from_student=False)
            below.setdefault(at, []).append(new)
        unwanted |= set(own) - set(useful)
    placed: list[Step] = []
    for at, step in enumerate(steps):
        if at not in unwanted:
            placed.append(step)
        placed += below.get(at, [])
    return placed


def _places(
    own: list[int], exercise: str, steps: Sequence[Step], released: Released, uses: Uses
) -> tuple[list[int], list[int]]:
    """Which of the notebook's own checks of an exercise are of use, and below which steps one is
    missing."""
    changes, complete = _changes(own, exercise, steps, released)
    first = changes[0] if changes else 0
    useful = _few(_one_of_each_run([at for at in own if at > first], steps))
    if not changes:
        return useful, [] if useful else [len(steps) - 1]
    ends = [*changes[1:], len(steps)]
    missing = [
        at
        for at, end in zip(changes, ends, strict=True)
        if (at in complete or end == len(steps)) and not any(at < own < end for own in useful)
    ]
    last = max([*useful, *missing])
    late = _last_needed(last, exercise, steps, released, uses)
    missing = _few([at for at in missing if at != late] + ([late] if late > last else []))
    return useful, missing


def _changes(
    own: list[int], exercise: str, steps: Sequence[Step], released: Released
) -> tuple[list[int], set[int]]:
    """The steps that define or delete an object of an exercise, under whatever name it is asked
    for, and those of them below which all its objects are there."""
    called = {name: other for at in own for name, other in steps[at].called.items()}
    aliases = [{name, called.get(name, name)} for name in released.exercises[exercise]]
    changes: list[int] = []
    complete: set[int] = set()
    there: set[str] = set()
    names = set[str]().union(*aliases)
    for at, step in enumerate(steps):
        made = step.defines.keys() & names
        gone = step.reading.forgets & names if step.runs else frozenset[str]()
        if made or gone:
            changes.append(at)
            there = (there | made) - gone
            if all(there & one for one in aliases):
                complete.add(at)
    return changes, complete


def _last_needed(
    last: int, exercise: str, steps: Sequence[Step], released: Released, uses: Uses
) -> int:
    """The last step, below `last`, that first defines something which an exercise needs."""
    called = (other for step in steps if step.check == exercise for other in step.called.values())
    wanted = uses.needed([*released.exercises[exercise], *called])
    again = {id(step) for step in steps[last + 1 :]}  # what is repeated didn't work at first
    above = (step for step in steps[: last + 1] if step.runs and id(step) not in again)
    known = {name for step in above for name in step.reading.names}
    reads = {n for at in wanted for n in _read(steps[at])} - known
    return max((at for at in wanted if at > last and steps[at].reading.names & reads), default=-1)


def _read(step: Step) -> Iterable[str]:
    return step.reading.reads | step.reading.reads_later


def _all_objects(steps: Iterable[Step], released: Released) -> set[str]:
    objects = {name for names in released.exercises.values() for name in names}
    return objects | {name for step in steps for name in step.called.values()}


def _few(places: list[int]) -> list[int]:
    return places[:2] + places[2:][-(MAX_CHECKS - 2) :]


def _one_of_each_run(places: list[int], steps: Sequence[Step]) -> list[int]:
    """Without the checks that nothing has run before since the last one."""
    kept: list[int] = []
    for at in places:
        if not kept or any(step.runs for step in steps[kept[-1] : at]):
            kept.append(at)
    return kept
