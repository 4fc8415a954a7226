"""The grader, graded: every catalogued mistake must fail and every style must pass.

Each is put to its check on the public cards and on fresh ones of many seeds, in this process, and
once across the wall of a box. Nothing here runs code of students: the catalogues are our own.
"""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from course import cards, draws
from course.cards import Card, Exercise
from course.checks import judge
from course.diagnosis import traces
from course.grading.box import Box, Tier
from course.grading.session import BoxSession
from course.grading.wall import choose
from course.session import LocalSession
from course.verdict import Verdict

SEEDS = 20
TRAINS = frozenset({"Network", "Trained"})
"""Kinds of check that train nets, whatever the cards are: they get one fresh seed."""

Sort = Literal["mistake", "style"]
SORTS: tuple[Sort, ...] = ("mistake", "style")
Telling = Literal["name", "facts", "nothing"]
LEAST_TOLD = 0.95
"""The share of all mistakes of which a verdict must tell the name or facts."""


@dataclass(frozen=True)
class Trial:
    """One catalogued answer and what became of it; `faults` are sentences, none where all is well.

    `told` is what the verdict on the public cards says of a mistake: its name, facts, or nothing.
    """

    exercise: str
    sort: Sort
    id: str
    faults: tuple[str, ...] = ()
    told: Telling = "nothing"


@dataclass(frozen=True)
class Line:
    """One exercise: how many of its mistakes were caught and named, how many styles accepted."""

    exercise: Exercise
    trials: tuple[Trial, ...]

    def count(self, sort: Sort) -> int:
        return sum(trial.sort == sort for trial in self.trials)

    def held(self, sort: Sort) -> int:
        """How many of them came out as they should, every time."""
        return sum(trial.sort == sort and not trial.faults for trial in self.trials)

    def told(self, what: Telling) -> int:
        """Of how many mistakes the verdict tells the name, or facts."""
        return sum(trial.sort == "mistake" and trial.told == what for trial in self.trials)


def audit(
    folder: str | Path | None = None,
    seeds: int = SEEDS,
    wall: bool = True,
    workers: int | None = None,
    only: Sequence[str] = (),
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[Line]:
    """Try everything in the catalogues of `folder` (default: grader_tests upwards from here).

    `tell` hears how many trials are done, of how many. Raises draws.NoDraws where there are no
    catalogues, ValueError for an exercise in `only` that doesn't exist, and NoBox where `wall` is
    wanted and no box can be had.
    """
    place = str(draws.find(folder))
    exercises = [e for chapter in cards.chapters() for e in chapter.exercises.values()]
    unknown = set(only) - {exercise.id for exercise in exercises}
    if unknown:
        raise ValueError(f"No exercise is called {', '.join(sorted(unknown))}.")
    exercises = [exercise for exercise in exercises if not only or exercise.id in only]
    tier = choose() if wall else None
    answers = [(place, sort, id_, seeds, tier) for sort, id_ in _listed(place, exercises)]
    trials: dict[str, list[Trial]] = {exercise.id: [] for exercise in exercises}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for done, trial in enumerate(pool.map(_try, answers, chunksize=8), 1):
            trials[trial.exercise].append(trial)
            tell(done, len(answers))
    return [Line(exercise, tuple(trials[exercise.id])) for exercise in exercises]


def to_markdown(lines: Sequence[Line], seeds: int, wall: bool) -> str:
    """The table for the docs, with its totals, and every fault below it."""
    rows = [
        "| | exercise | mistakes caught | named | described | styles accepted |",
        "|--:|---|--:|--:|--:|--:|",
    ]
    for line in lines:
        rows.append(
            f"| {line.exercise.number} | `{line.exercise.id}` "
            f"| {line.held('mistake')} of {line.count('mistake')} "
            f"| {line.told('name')} | {line.told('facts')} "
            f"| {line.held('style')} of {line.count('style')} |"
        )
    caught, accepted = (_total(lines, sort) for sort in SORTS)
    named, described = (sum(x.told(what) for x in lines) for what in ("name", "facts"))
    rows.append(f"| | all | {caught} | {named} | {described} | {accepted} |")
    also = ", and across the wall of a box" if wall else ""
    return "\n".join(
        [
            "# The grader, graded",
            "",
            "Every wrong answer of `grader_tests/mistakes/` must fail, and every right one of",
            "`grader_tests/styles/` must pass: on the public cards, on fresh cards of",
            f"{seeds} seeds (one where nets are trained){also}.",
            "",
            "*Named* are mistakes that the verdict calls by their name, alone or with one or two",
            "that leave the same numbers. *Described* are those of which it states a fact that",
            "holds for all wrong numbers, or what usually makes Python raise that. Together",
            f"that is {share_told(lines):.1%}; of the others it says that the cause is unknown. A",
            "mistake that is given the name of another counts as a fault.",
            "Made by `uv run course audit --write`.",
            "",
            *rows,
            *(["", "Faults:", "", *faults(lines)] if faults(lines) else []),
            "",
        ]
    )


def share_told(lines: Sequence[Line]) -> float:
    """The share of all mistakes that are named or described."""
    told = sum(line.told("name") + line.told("facts") for line in lines)
    return told / max(1, sum(line.count("mistake") for line in lines))


def faults(lines: Sequence[Line]) -> list[str]:
    """A line of a list for everything that isn't as it should be."""
    return [
        f"- {trial.sort} `{trial.id}`, {fault}"
        for line in lines
        for trial in line.trials
        for fault in trial.faults
    ]


def _total(lines: Sequence[Line], sort: Sort) -> str:
    return f"{sum(x.held(sort) for x in lines)} of {sum(x.count(sort) for x in lines)}"


def _listed(place: str, exercises: Sequence[Exercise]) -> Iterator[tuple[Sort, str]]:
    """Every catalogued answer of these exercises, those of one exercise together."""
    mistakes, styles = _catalogues(place)
    for exercise in exercises:
        yield from (("mistake", id_) for id_, m in mistakes.items() if m.exercise == exercise.id)
        yield from (("style", id_) for id_, s in styles.items() if s.exercise == exercise.id)


@cache
def _catalogues(place: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Mistakes and styles of a folder by id; a style's is its exercise and its name."""
    draws.load(place)
    mistakes = importlib.import_module("grader_tests.mistakes").catalogue()
    styles = importlib.import_module("grader_tests.styles").catalogue()
    return {m.id: m for m in mistakes}, {f"{s.exercise}: {s.name}": s for s in styles}


@lru_cache(maxsize=100)
def _fresh(place: str, exercise_id: str, seed: int) -> tuple[Card, ...]:
    return draws.load(place)[exercise_id].cards(np.random.default_rng(seed))


def _try(answer: tuple[str, Sort, str, int, Tier | None]) -> Trial:
    """One answer on all cards; runs in a process of the pool."""
    place, sort, id_, seeds, tier = answer
    found = _catalogues(place)[sort == "style"][id_]
    exercise = cards.find_exercise(found.exercise)
    if exercise is None:
        raise LookupError(f"{sort} {id_}: no exercise is called {found.exercise}.")
    if exercise.kind["kind"] in TRAINS:
        seeds = min(seeds, 1)
    public = judge(exercise, _session(found))
    verdicts = {"the public cards": public}
    for seed in range(1, seeds + 1):
        # The cause is told by the public cards, whatever the seed is: once is enough.
        drawn, explain = _fresh(place, exercise.id, seed), seed == 1
        verdicts[f"seed {seed}"] = judge(exercise, _session(found), drawn, explain=explain)
    if tier is not None:
        verdicts["the wall"] = _across_the_wall(tier, exercise, found.code)
    wrong = _faults_of_a_style if sort == "style" else _faults_of_a_mistake
    faults = [f"{where}: {text}" for where, v in verdicts.items() for text in wrong(found, v)]
    walled = verdicts.get("the wall", public)
    if (walled.state, walled.points) != (public.state, public.points):
        faults.append("another verdict across the wall than in the notebook")
    undeclared = described(found, public) - {*found.diagnoses} if sort == "mistake" else ()
    if undeclared:
        faults.append(f"the public cards: it is described as {', '.join(sorted(undeclared))}")
    told = telling(found, public) if sort == "mistake" else "nothing"
    return Trial(exercise.id, sort, id_, tuple(faults), told)


def _session(answer: Any) -> LocalSession:
    """The answer's objects, made anew: what a class remembers is gone."""
    names: dict[str, Any] = {"np": np, "__name__": "answer"}
    exec(compile(answer.code, "<answer>", "exec", dont_inherit=True), names)
    return LocalSession(names)


def _across_the_wall(tier: Tier, exercise: Exercise, code: str) -> Verdict:
    with Box(tier) as box:
        session = BoxSession(box)
        session.run(f"import numpy as np\n{code}", "<answer>")
        return judge(exercise, session)


def _faults_of_a_mistake(mistake: Any, verdict: Verdict) -> Iterator[str]:
    if verdict.state != "wrong" or verdict.points >= verdict.out_of:
        yield f"a mistake is {verdict.state}"
    for other in misnamed(mistake, verdict):
        yield f"it is given the name of {other}"


def _faults_of_a_style(_: Any, verdict: Verdict) -> Iterator[str]:
    if not verdict.passed:
        yield f"a style is {verdict.state}"


def telling(mistake: Any, verdict: Verdict) -> Telling:
    """What a verdict tells of a mistake."""
    if any(mistake.id in names for names in _names(verdict)):
        return "name"
    return "facts" if described(mistake, verdict) else "nothing"


def misnamed(mistake: Any, verdict: Verdict) -> list[str]:
    """The names that a verdict gives to a mistake where its own isn't among them."""
    known = {each.code for each in traces.known(mistake.exercise)}
    wrong = [names & known for names in _names(verdict) if mistake.id not in names]
    return sorted(name for names in wrong for name in names)


def described(mistake: Any, verdict: Verdict) -> set[str]:
    """What else a verdict says, besides the names of mistakes and that a cause is unknown."""
    known = {each.code for each in traces.known(mistake.exercise)}
    others = {name for names in _names(verdict) for name in names - known - {mistake.id}}
    return {name for name in others if not name.startswith("unknown")}


def _names(verdict: Verdict) -> list[set[str]]:
    codes = [f.diagnosis.code for f in verdict.findings if f.diagnosis is not None]
    return [set(code.split(" or ")) for code in codes]
