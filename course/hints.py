"""Hint ladders, predictions, and what this session knows of the student's progress."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from course import cards, notebook
from course.messages import say
from course.verdict import Verdict


@dataclass
class Tried:
    """One exercise in this session: the last verdict, the tries, the rung of its ladder."""

    verdict: Verdict | None = None
    tries: int = 0
    checked: tuple[Any, ...] = ()
    rung: int = 0
    asked: tuple[Any, ...] | None = None


_tried: dict[str, Tried] = {}


class UnknownId(LookupError):
    """An id that no exercise or prediction has."""


def record(verdict: Verdict, code: tuple[Any, ...]) -> None:
    """Remember a verdict; unchanged code counts no try."""
    tried = _tried.setdefault(verdict.exercise, Tried())
    if not verdict.passed and verdict.state != "not attempted" and code != tried.checked:
        tried.tries += 1
    tried.verdict, tried.checked = verdict, code


def tries(exercise_id: str) -> int:
    """How many different wrong answers of this session were checked."""
    return _tried.get(exercise_id, Tried()).tries


def is_right(exercise_id: str) -> bool:
    """Whether the last check of this exercise in this session passed."""
    verdict = _tried.get(exercise_id, Tried()).verdict
    return verdict is not None and verdict.passed


def hint(exercise_id: str) -> None:
    """Show the next rung of an exercise's ladder; the same one while the code is unchanged."""
    exercise = known_exercise(exercise_id)
    if not exercise.hints:
        notebook.show_markdown(say("no_hints", id=exercise_id))
        return
    tried = _tried.setdefault(exercise_id, Tried())
    here = notebook.names()
    code = notebook.fingerprint(*(here.get(name) for name in exercise.objects))
    again = tried.asked == code
    if not again:
        tried.rung = min(tried.rung + 1, len(exercise.hints))
    tried.asked = code
    lines = [
        say(
            "hint",
            rung=tried.rung,
            rungs=len(exercise.hints),
            id=exercise_id,
            text=exercise.hints[tried.rung - 1],
        )
    ]
    if again:
        lines.insert(0, say("hint_again"))
    elif tried.rung == len(exercise.hints):
        lines.append(say("hint_last"))
    notebook.show_markdown("\n\n".join(lines))


def reveal(prediction_id: str, answer: str = "") -> None:
    """Say what is right, once a prediction has been made: a letter of the options."""
    prediction = cards.find_prediction(prediction_id)
    if prediction is None:
        known = [p for chapter in cards.chapters() for p in chapter.predictions]
        raise UnknownId(
            say("unknown_prediction", id=prediction_id, hint=suggest(prediction_id, known))
        )
    letters = [chr(ord("a") + place) for place in range(len(prediction.options))]
    letter = str(answer).strip().strip(")").lower()
    if letter not in letters:
        notebook.show_markdown(say("predict_first", letters=", ".join(letters)))
        return
    option = prediction.options[letters.index(prediction.right)]
    key = "predicted_right" if letter == prediction.right else "predicted_wrong"
    told = say(key, letter=letter, right=prediction.right, option=option)
    notebook.show_markdown(f"{told}\n\n{prediction.explanation}")


def ready(exercise_id: str) -> bool:
    """Whether this exercise is right in this session; else say what the cell waits for."""
    exercise = known_exercise(exercise_id)
    if not is_right(exercise_id):
        notebook.show_markdown(say("waits_for", number=exercise.number, id=exercise_id))
        return False
    return True


def show(exercise_id: str) -> None:
    """Draw the numbers of the last check of this exercise in this session beside the right ones."""
    verdict = _tried.get(known_exercise(exercise_id).id, Tried()).verdict
    if verdict is None:
        notebook.show_markdown(say("nothing_yet", id=exercise_id))
    else:
        verdict.show()


def progress() -> None:
    """How much of the chapters tried in this session is right."""
    for chapter in cards.chapters():
        if not any(exercise_id in _tried for exercise_id in chapter.exercises):
            continue
        lines = [f"**{chapter.title}**", ""]
        verdicts = [_tried.get(exercise_id, Tried()).verdict for exercise_id in chapter.exercises]
        for exercise, verdict in zip(chapter.exercises.values(), verdicts, strict=True):
            state = verdict.state if verdict else "not checked yet"
            lines.append(f"- {exercise.number} `{exercise.id}`: {state}")
        right = [v for v in verdicts if v is not None and v.passed]
        total = say(
            "progress",
            right=len(right),
            total=len(verdicts),
            points=sum(v.points for v in verdicts if v is not None and not v.optional),
            out_of=sum(e.points for e in chapter.exercises.values() if not e.optional),
        )
        notebook.show_markdown("\n".join([*lines, "", total]))


def known_exercise(exercise_id: str) -> cards.Exercise:
    """The exercise of this id. Raises UnknownId, with the ids that come closest."""
    exercise = cards.find_exercise(exercise_id)
    if exercise is None:
        known = [e for chapter in cards.chapters() for e in chapter.exercises]
        raise UnknownId(say("unknown_exercise", id=exercise_id, hint=suggest(exercise_id, known)))
    return exercise


def suggest(wrong: object, known: Iterable[str]) -> str:
    """A sentence that names the closest ids, or all of them."""
    known = list(known)
    close = difflib.get_close_matches(str(wrong), known, n=3, cutoff=0.5)
    if close:
        return say("closest", names=" or ".join(close))
    return say("all_ids", names=", ".join(known))
