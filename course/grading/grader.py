"""Grades one submission: its answers run in a box, and the checks stay on this side of the wall.

Scores are numbers computed in this process, from plain values that came back as frames. Nothing
that a student wrote runs here.
"""

from __future__ import annotations

import hashlib
import hmac
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from course import draws as drawing
from course.cards import Card, Exercise, find_exercise
from course.checks.judge import judge, refused
from course.draws import Draw
from course.givens import Given
from course.grading import code, rebuilt
from course.grading.box import Box, BoxLost, Limits, NoBox
from course.grading.frames import CellResult
from course.grading.intake import Refused, clean, read_cells
from course.grading.plan import Plan, Released, Step, make_plan, read_released, with_solved
from course.grading.session import BoxSession
from course.session import Handle, Reply, Session, Value
from course.verdict import Diagnosis, Finding, Verdict

LIMITS = Limits(seconds_per_request=10.0, seconds_in_all=60.0)
SECONDS_IN_ALL = 120.0  # for one submission, all its boxes together
MAX_BOXES = 12

Status = Literal["graded", "refused", "error"]


class CannotGrade(Exception):
    """What grading needs isn't there; the message names it and the remedy."""


class Boxed(Session, Protocol):
    """A session that also runs cells."""

    def run(self, source: str, name: str) -> CellResult: ...


OpenBox = Callable[[Limits], AbstractContextManager[Boxed]]


@contextmanager
def open_box(limits: Limits) -> Any:
    """A box, and a session with it. Raises NoBox."""
    with Box(limits) as box:
        yield BoxSession(box)


@dataclass(frozen=True)
class Material:
    """All that the trusted side knows of a chapter: what was released, what is asked, with which
    cards, and the solved answers by name (used where an exercise needs an earlier one)."""

    released: Released
    exercises: Mapping[str, Exercise]
    draws: Mapping[str, Draw]
    solved: Mapping[str, str] = field(default_factory=dict)

    @property
    def chapter(self) -> str:
        return self.released.chapter

    def needed_by(self, exercise: str) -> list[str]:
        """The exercises this one builds on, directly or through others."""
        needs = self.released.needs
        found: list[str] = []
        waiting = list(needs.get(exercise, ()))
        while waiting:
            other = waiting.pop(0)
            if other not in found and other != exercise:
                found.append(other)
                waiting += needs.get(other, ())
        return found


def load_material(chapter: str, released: Path, tests: str | Path | None = None) -> Material:
    """The material of a chapter. `tests` is the folder grader_tests, else it is looked for upwards.

    Raises CannotGrade with a sentence.
    """
    try:
        notebook = read_released(released)
    except FileNotFoundError:
        raise CannotGrade(
            f"The released notebook {released} is missing; run `course build {chapter}`."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotGrade(
            f"The released notebook {released} can't be read ({error}); "
            f"run `course build {chapter}`."
        ) from error
    if not notebook.exercises:
        raise CannotGrade(f"{released} has no exercises; run `course build {chapter}`.")
    try:
        folder = drawing.find(tests)
        found = drawing.load(folder)
    except drawing.NoDraws as error:
        raise CannotGrade(str(error)) from error
    exercises: dict[str, Exercise] = {}
    for name in notebook.exercises:
        exercise = find_exercise(name)
        if exercise is None or name not in found:
            lacking = "the course's chapters" if exercise is None else f"{folder}"
            raise CannotGrade(
                f"Exercise {name} of {released} is not in {lacking}; run `course build {chapter}`."
            )
        exercises[name] = exercise
    return Material(notebook, exercises, found, _solved(chapter, folder.parent / "solutions"))


def _solved(chapter: str, folder: Path) -> dict[str, str]:
    for path in (folder / f"{chapter}.ipynb", folder / chapter / f"{chapter}.ipynb"):
        if path.is_file():
            return {cell.answer: cell.source for cell in read_released(path).cells if cell.answer}
    return {}


@dataclass(frozen=True)
class Written:
    """A manually graded answer: its grade id, its points, and whether anything was written."""

    grade_id: str
    out_of: float
    answered: bool


@dataclass(frozen=True)
class Result:
    """The grade of one submission.

    `status` is "graded", "refused" (it can't be read: no points) or "error" (nothing was graded,
    and nothing may be written to the gradebook); `reason` then is the sentence. `notes` say what
    was repaired, `flags` what an instructor should look at. `notebook` is the autograded one.
    """

    student: str
    chapter: str
    status: Status
    reason: str = ""
    verdicts: tuple[Verdict, ...] = ()
    written: tuple[Written, ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    submission: str = ""
    tier: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    autograded: str = ""
    feedback: str = ""
    notebook: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def points(self) -> float:
        """Points of the checked exercises, without the bonus of optional ones."""
        return sum(verdict.points for verdict in self.verdicts if not verdict.optional)

    @property
    def out_of(self) -> float:
        return sum(verdict.out_of for verdict in self.verdicts if not verdict.optional)

    @property
    def bonus(self) -> float:
        return sum(verdict.points for verdict in self.verdicts if verdict.optional)

    def to_json(self) -> dict[str, Any]:
        """Plain data for reports; the notebook is left out."""
        return {
            "student": self.student,
            "chapter": self.chapter,
            "status": self.status,
            "reason": self.reason,
            "points": self.points,
            "out_of": self.out_of,
            "bonus": self.bonus,
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "written": [
                {"grade_id": w.grade_id, "out_of": w.out_of, "answered": w.answered}
                for w in self.written
            ],
            "notes": list(self.notes),
            "flags": list(self.flags),
            "submission": self.submission,
            "tier": self.tier,
            "versions": dict(self.versions),
            "seconds": round(self.seconds, 3),
            "autograded": self.autograded,
            "feedback": self.feedback,
        }


def grade(
    data: bytes,
    *,
    student: str,
    material: Material,
    secret: bytes,
    name: str = "",
    notes: Iterable[str] = (),
    tier: str = "",
    box: OpenBox = open_box,
) -> Result:
    """Grade the bytes of a submitted notebook; `name` is what messages call the file.

    The same bytes, student, chapter and class secret give the same cards, whoever calls. Raises
    NoBox where no box can be had.
    """
    began = time.monotonic()
    name = name or f"{material.chapter}.ipynb"
    try:
        submission = read_cells(data, name)
    except Refused as refusal:
        return refuse(str(refusal), student=student, material=material, data=data, tier=tier)
    plan = make_plan(submission, material.released)
    plan = replace(plan, notes=(*notes, *plan.notes))
    digest = hashlib.sha256(data).hexdigest()
    run = _Grading(plan, material, _seed(secret, student, material.chapter, digest), box)
    verdicts = run.verdicts()
    result = Result(
        student=student,
        chapter=material.chapter,
        status="graded",
        verdicts=tuple(verdicts.values()),
        written=tuple(_written(plan, material.released)),
        notes=tuple(clean(note, 500) for note in plan.notes),
        flags=tuple(run.flags),
        submission=digest,
        tier=tier,
        versions=versions(material.released),
        seconds=time.monotonic() - began,
    )
    notebook = rebuilt.compose(
        plan,
        material.released,
        verdicts=verdicts,
        places=run.places,
        results=run.trace.results,
        left_out=run.trace.left_out,
        facts=_facts(result),
    )
    return replace(result, notebook=notebook)


def refuse(
    reason: str, *, student: str, material: Material, data: bytes = b"", tier: str = ""
) -> Result:
    """The result of a submission that can't be read: no points, and the sentence that says why."""
    reason = clean(reason, 1000)
    text = "The submission could not be read, so nothing was checked."
    verdicts = {}
    for name, exercise in material.exercises.items():
        finding = Finding("answer", "not attempted", text, 0.0, exercise.points)
        verdicts[name] = replace(
            refused(exercise, text), state="not attempted", findings=(finding,)
        )
    result = Result(
        student=student,
        chapter=material.chapter,
        status="refused",
        reason=reason,
        verdicts=tuple(verdicts.values()),
        written=tuple(
            Written(cell.grade_id, cell.points, False)
            for cell in material.released.cells
            if cell.explain
        ),
        flags=(reason,),
        submission=hashlib.sha256(data).hexdigest() if data else "",
        tier=tier,
        versions=versions(material.released),
    )
    return replace(
        result,
        notebook=rebuilt.compose(
            rebuilt.as_released(material.released),
            material.released,
            verdicts=verdicts,
            facts=_facts(result),
        ),
    )


def _facts(result: Result) -> dict[str, Any]:
    """What the autograded notebook says of its grade. Never the secret, nor a seed made from it."""
    facts = result.to_json()
    return {key: facts[key] for key in _FACTS}


_FACTS = (
    *("chapter", "status", "reason", "points", "out_of", "bonus", "notes"),
    *("submission", "tier", "versions"),
)


def versions(released: Released) -> dict[str, str]:
    """What a grade depends on besides the submission: written into every result."""
    return {
        "course": _installed("backprop-course"),
        "release": released.version,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


@cache
def _installed(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"


def _written(plan: Plan, released: Released) -> Iterable[Written]:
    for cell in released.cells:
        if cell.explain:
            texts = [step.source for step in plan.steps if step.released is cell]
            changed = any(t.strip() and not code.same(t, cell.source) for t in texts)
            yield Written(cell.grade_id, cell.points, changed)


# Seeds


def _seed(secret: bytes, student: str, chapter: str, digest: str) -> bytes:
    about = "\0".join((student, chapter, digest)).encode("utf-8", "surrogatepass")
    return hmac.new(secret, about, hashlib.sha256).digest()


def _cards(draw: Draw, seed: bytes) -> tuple[Card, ...]:
    """Fresh cards of one exercise; another exercise's never depend on how many this one drew."""
    own = hmac.new(seed, draw.exercise.encode(), hashlib.sha256).digest()
    return draw.cards(np.random.default_rng(list(own)))


# Running and asking


@dataclass
class _Trace:
    """What has come out of the boxes so far."""

    results: dict[int, CellResult] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    boxes: int = 0
    used_up: bool = False


class _Grading:
    """One submission on its way through the boxes."""

    def __init__(self, plan: Plan, material: Material, seed: bytes, box: OpenBox):
        self.plan = plan
        self.material = material
        self.box = box
        self.trace = _Trace()
        self.places: dict[str, int] = {}
        self.flags: list[str] = []
        self._deadline = time.monotonic() + SECONDS_IN_ALL
        self._seed = seed
        self._cards: dict[str, tuple[Card, ...]] = {}

    def verdicts(self) -> dict[str, Verdict]:
        """The verdict on every exercise, in reading order."""
        self._carry_out(self.plan, self.trace, set(self.material.exercises))
        found = {name: self._best(name) for name in self.material.exercises}
        for name, verdict in list(found.items()):
            if not verdict.passed:
                found[name] = self._with_solved_needs(name, verdict, found)
        return {name: _cleaned(verdict) for name, verdict in found.items()}

    def _best(self, name: str) -> Verdict:
        """The best verdict of all places at which the exercise was checked."""
        exercise = self.material.exercises[name]
        tried = [at for at in self.plan.places(name) if at in self.trace.verdicts]
        if not tried:
            return refused(exercise, "not checked: the submission used up its time before this")
        self.places[name] = max(tried, key=lambda at: _rank(self.trace.verdicts[at]))
        verdict = self.trace.verdicts[self.places[name]]
        lost = self._lost_answer(name)
        if lost and not verdict.passed:
            return refused(exercise, lost)
        return verdict

    def _lost_answer(self, name: str) -> str:
        """What became of the cell that was to define the answer, if it was left out."""
        holders = self.plan.holders(self.material.released.exercises[name])
        gone = [at for at in holders if at in self.trace.left_out]
        if not gone or set(holders) - set(gone):
            return ""
        reason = self.trace.left_out[gone[-1]]
        return (
            f"the cell of this answer was left out, because running it ended the process ({reason})"
        )

    def _carry_out(self, plan: Plan, trace: _Trace, wanted: set[str]) -> None:
        """Run the steps and ask the checks, in as many boxes as it takes."""
        while not self._one_box(plan, trace, wanted):
            trace.boxes += 1
            if trace.boxes >= MAX_BOXES or time.monotonic() > self._deadline:
                trace.used_up = True
                return

    def _one_box(self, plan: Plan, trace: _Trace, wanted: set[str]) -> bool:
        """One pass through a fresh box; False if the box was lost with checks still to ask."""
        seconds = max(1.0, min(LIMITS.seconds_in_all, self._deadline - time.monotonic()))
        whole = trace is self.trace and not trace.boxes
        with self.box(replace(LIMITS, seconds_in_all=seconds)) as session:
            for at, step in enumerate(plan.steps):
                if not whole and not _waiting(plan, trace, wanted):
                    break
                try:
                    if step.check in wanted:
                        if at not in trace.verdicts and not _settled(step.check, plan, trace):
                            trace.verdicts[at] = self._ask(step, at, plan, session)
                    elif step.runs and at not in trace.left_out:
                        result = session.run(step.source, f"<cell {at + 1}>")
                        trace.results.setdefault(at, result)
                except BoxLost as lost:
                    if step.check in wanted:
                        exercise = self.material.exercises[step.check]
                        text = f"asking this answer ended the process: {lost}"
                        trace.verdicts[at] = refused(exercise, text)
                    else:
                        trace.left_out[at] = str(lost)
                    return not _waiting(plan, trace, wanted)
        return True

    def _ask(self, step: Step, at: int, plan: Plan, session: Session) -> Verdict:
        exercise = self.material.exercises[step.check]
        if exercise.id not in self._cards:
            self._cards[exercise.id] = _cards(self.material.draws[exercise.id], self._seed)
        try:
            verdict = judge(
                exercise,
                Renamed(session, step.called),
                self._cards[exercise.id],
                untouched=_untouched(exercise, step, at, plan, self.material.released),
            )
        except (BoxLost, NoBox):
            raise
        except Exception as error:  # a fault of the check must cost neither the class nor a word
            what = f"{type(error).__name__}: {error}"
            self.flags.append(f"The check of {exercise.id} itself failed ({what}); look at it.")
            return refused(exercise, "the check itself failed; your instructor has been told")
        if not (np.isfinite(verdict.points) and 0 <= verdict.points <= verdict.out_of):
            self.flags.append(
                f"The check of {exercise.id} gave {verdict.points} points; look at it."
            )
            return refused(exercise, "the check itself failed; your instructor has been told")
        return verdict

    def _with_solved_needs(
        self, name: str, verdict: Verdict, found: Mapping[str, Verdict]
    ) -> Verdict:
        """Try a failed exercise again with those it builds on solved; its output is thrown away."""
        objects = self.material.released.exercises
        needed = self.material.needed_by(name)
        broken = [other for other in needed if other in found and not found[other].passed]
        solved = {
            answer: self.material.solved[answer]
            for other in needed
            for answer in objects.get(other, ())
            if answer in self.material.solved and answer not in objects[name]
        }
        at = self.places.get(name)
        if not broken or not solved or at is None:
            return verdict
        exercise = self.material.exercises[name]
        if _untouched(exercise, self.plan.steps[at], at, self.plan, self.material.released):
            return verdict
        plan, trace = with_solved(self.plan, solved), _Trace()
        self._carry_out(plan, trace, {name})
        again = max(trace.verdicts.values(), key=_rank, default=verdict)
        if not again.passed:
            return verdict
        text = f"right with {', '.join(broken)} solved, which this exercise builds on"
        return replace(again, findings=(*again.findings, Finding("needs", "note", text)))


def _rank(verdict: Verdict) -> tuple[float, bool]:
    return (verdict.points, verdict.state == "right")


def _settled(exercise: str, plan: Plan, trace: _Trace) -> bool:
    """Whether no later place can give a better verdict."""
    return any(
        at in trace.verdicts and trace.verdicts[at].state == "right" for at in plan.places(exercise)
    )


def _waiting(plan: Plan, trace: _Trace, wanted: set[str]) -> bool:
    """Whether a check is still to be asked."""
    return any(
        not _settled(name, plan, trace) and set(plan.places(name)) - trace.verdicts.keys()
        for name in wanted
    )


def _untouched(exercise: Exercise, step: Step, at: int, plan: Plan, released: Released) -> bool:
    """Whether every object of an exercise is, at this place, the code that was handed out."""
    stubs = {cell.answer: cell.source for cell in released.cells if cell.answer}
    for name in exercise.objects:
        if name not in stubs or name in step.called:
            return False
        holders = plan.holders([name], before=at)
        now = plan.steps[holders[-1]].defines[name] if holders else ""
        if not now or now != code.read(stubs[name]).definitions.get(name):
            return False
    return True


class Renamed:
    """A session that looks for an object under the name by which the student's check called it."""

    def __init__(self, session: Session, called: Mapping[str, str]):
        self._session = session
        self._called = called

    def make(self, name: str, *arguments: Value) -> Reply:
        return self._session.make(self._called.get(name, name), *arguments)

    def call(self, target: str | Handle, method: str | None, *arguments: Value) -> Reply:
        if isinstance(target, str):
            target = self._called.get(target, target)
        return self._session.call(target, method, *arguments)

    def get(self, target: Handle, attribute: str) -> Reply:
        return self._session.get(target, attribute)

    def build(self, given: Given) -> Reply:
        return self._session.build(given)


def _cleaned(verdict: Verdict) -> Verdict:
    """The same verdict with text that any viewer may show."""

    def shown(finding: Finding) -> Finding:
        why = finding.diagnosis
        if why is not None:
            why = Diagnosis(why.code, clean(why.why, 2000), clean(why.look, 2000))
        return replace(finding, text=clean(finding.text, 2000), diagnosis=why)

    return replace(verdict, findings=tuple(shown(finding) for finding in verdict.findings))
