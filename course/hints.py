"""Hint ladders, predictions, and stubs to begin again from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache

from course import cards, journal, notebook
from course.messages import say

ENOUGH_TRIES = 3


class UnknownId(LookupError):
    """An id that no exercise or prediction has."""


def hint(exercise_id: str) -> None:
    """Show the next rung of an exercise's ladder; the same one while the code is unchanged.

    Asked again after the last rung and three wrong checks, say where the solved notebook is.
    """
    exercise = known_exercise(exercise_id)
    if notebook.is_silent():  # a rehearsal: a hint that nobody sees climbs no rung
        return
    if not exercise.hints:
        notebook.show_markdown(say("no_hints", id=exercise_id))
        return
    book, rungs = journal.current(), len(exercise.hints)
    tried = book.of(exercise_id)
    code = _code_at_hand(exercise, tried.asked)
    again, ended = tried.rung > 0 and code == tried.asked, tried.rung >= rungs
    rung = min(tried.rung + (not again), rungs)
    solved = _where_solved(exercise_id) if rung == rungs else ""
    lines = [say("hint", rung=rung, rungs=rungs, id=exercise_id, text=exercise.hints[rung - 1])]
    if solved and ended and tried.tries >= ENOUGH_TRIES:
        lines.append(say("solved", tries=tried.tries, where=solved, number=exercise.number))
    else:
        if again or ended:
            lines.insert(0, say("hint_again" if again else "hint_ended"))
        if rung == rungs:
            lines.append(say("hint_last_open" if solved else "hint_last"))
    book.note(exercise_id, rung=rung, asked=code)
    notebook.show_markdown("\n\n".join(lines))


def _code_at_hand(exercise: cards.Exercise, asked: str) -> str:
    """The fingerprint of the code defined now.

    Where its cell hasn't been run in this kernel, the code is taken to be as at the last hint, or
    as it was handed out.
    """
    here = notebook.names()
    code = notebook.fingerprint(*(here.get(name) for name in exercise.objects))
    return code or asked or stub_code(exercise.id)


def _where_solved(exercise_id: str) -> str:
    """Where the solved notebook is; empty unless this notebook says that its build is open."""
    chapter = cards.chapter_of(exercise_id).name
    about = notebook.about(beside=f"{chapter}.ipynb")
    if (about.get("build"), about.get("chapter")) != ("open", chapter):
        return ""
    file = f"solutions/{chapter}.ipynb"
    if (notebook.folder() / "../.." / file).is_file():
        return f"`../../{file}`"
    return f"<{about['solved']}>" if "solved" in about else say("in_the_courses_folder", file=file)


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
    """Whether this exercise is right in this kernel; else say what the cell waits for.

    What an earlier kernel saw doesn't count: the cell is about to use the student's own object.
    """
    exercise = known_exercise(exercise_id)
    if journal.is_right(exercise_id):
        return True
    key = "waits_for_again" if journal.was_right(exercise_id) else "waits_for"
    notebook.show_markdown(say(key, number=exercise.number, id=exercise_id))
    return False


def show(exercise_id: str) -> None:
    """Draw the numbers of the last check of this exercise in this kernel beside the right ones."""
    verdict = journal.verdict_on(known_exercise(exercise_id).id)
    if verdict is None:
        notebook.show_markdown(say("nothing_yet", id=exercise_id))
    else:
        verdict.show()


def reset(exercise_id: str) -> None:
    """Show an exercise's cell as it was handed out, to be pasted; nothing is changed."""
    exercise = known_exercise(exercise_id)
    shared = [
        other.id
        for other in cards.chapter_of(exercise_id).exercises.values()
        if other.id != exercise_id and set(other.objects) & set(exercise.objects)
    ]
    lines = [say("reset", number=exercise.number, id=exercise_id)]
    if shared:
        lines.append(say("reset_shared", others=" and ".join(shared)))
    notebook.show_markdown("\n\n".join(lines))
    for stub in dict.fromkeys(exercise.stubs.values()):
        notebook.show_code(stub)


@cache
def stub_code(exercise_id: str) -> str:
    """The fingerprint of an exercise's stubs, all answers together."""
    return notebook.fingerprint_of_source(*known_exercise(exercise_id).stubs.values())


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
