"""`check`: the verdict on the objects at hand, shown where the student is."""

from __future__ import annotations

from dataclasses import replace

from course import hints, journal, notebook
from course.cards import Exercise
from course.checks.judge import judge
from course.messages import say
from course.session import LocalSession
from course.verdict import Finding, Verdict


class CheckFailed(AssertionError):
    """An exercise is wrong, or not attempted; `verdict` says what and where.

    A notebook shows it as one short block instead of a traceback.
    """

    def __init__(self, text: str, verdict: Verdict | None = None, shown: bool = False):
        super().__init__(text)
        self.verdict = verdict
        self._shown = shown

    def _render_traceback_(self) -> list[str]:
        """What IPython prints in place of a traceback."""
        if self._shown and self.verdict is not None:
            first = self.verdict.summary().split("\n")[0].split("   [")[0]
            state = self.verdict.state
            return [say("check_failed", id=self.verdict.exercise, state=state, text=first).strip()]
        return str(self).split("\n")


_overheard: list[Verdict] | None = None


def check(exercise_id: str, *objects: object) -> Verdict:
    """Check the objects of an exercise, in the order of its stubs: `check("mul_layer", MulLayer)`.

    Returns the verdict where it is right. Raises CheckFailed where it is wrong or not attempted,
    and for an unknown id or an object that no check could be asked about.
    """
    exercise = _known(exercise_id)
    _refuse_what_cannot_be_asked(exercise, objects)
    code = notebook.fingerprint(*objects)
    session = LocalSession(dict(zip(exercise.objects, objects, strict=True)))
    verdict = judge(
        exercise,
        session,
        untouched=bool(code) and code == hints.stub_code(exercise_id),
        method=_overheard is not None,  # it takes longer than one check may
    )
    if _overheard is not None:
        _overheard.append(verdict)
        return verdict
    journal.record(verdict, code)
    if verdict.passed:
        return verdict
    verdict = _with_a_picture(_with_where_to_begin(verdict, exercise))
    text = verdict.to_text()
    raise CheckFailed(text, verdict, shown=notebook.show_html(verdict.to_html(), text))


def _known(exercise_id: str) -> Exercise:
    try:
        return hints.known_exercise(exercise_id)
    except hints.UnknownId as unknown:
        raise CheckFailed(str(unknown)) from None


def _refuse_what_cannot_be_asked(exercise: Exercise, objects: tuple[object, ...]) -> None:
    wanted = ", ".join(exercise.objects)
    if len(objects) != len(exercise.objects):
        came = f"{len(objects)} objects" if len(objects) != 1 else "one object"
        raise CheckFailed(say("object_count", id=exercise.id, wanted=wanted, got=came))
    for name, thing in zip(exercise.objects, objects, strict=True):
        if callable(thing):
            continue
        if type(thing).__module__ in ("builtins", "numpy"):
            came = f"{type(thing).__name__} {thing!r:.40}"
            raise CheckFailed(say("wanted_callable", id=exercise.id, name=name, got=came))
        raise CheckFailed(say("wanted_class", id=exercise.id, name=name, got=type(thing).__name__))


def _with_where_to_begin(verdict: Verdict, exercise: Exercise) -> Verdict:
    """A verdict that names the exercises this one builds on which aren't right in this kernel."""
    missing = [needed for needed in exercise.needs if not journal.is_right(needed)]
    if not missing or verdict.state == "not attempted":
        return verdict
    key = "needs_again" if all(map(journal.was_right, missing)) else "needs"
    note = Finding("begin", "note", say(key, needs=" and ".join(missing)))
    return replace(verdict, findings=(*verdict.findings, note))


def _with_a_picture(verdict: Verdict) -> Verdict:
    """A verdict whose last line says how to see its numbers, where there are any."""
    if not verdict.has_numbers:
        return verdict
    note = Finding("show", "note", say("to_show", id=verdict.exercise))
    return replace(verdict, findings=(*verdict.findings, note))
