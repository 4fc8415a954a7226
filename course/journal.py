"""What was tried: verdicts, tries and hints, kept in a small file that survives the kernel.

The file stands beside the notebook, holds neither code nor names, and goes nowhere. It is written
where a person works in a front end (see `notebook.front_end`), and nowhere else. What a check says
never depends on it, and whatever is wrong with it stops no check.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from course import notebook
from course.messages import say
from course.verdict import MARKS, Verdict

FILE = "course_progress.json"
SCHEMA = 1


@dataclass(frozen=True)
class Tried:
    """One exercise: what its last check said, its wrong answers, the rung of its ladder.

    `checked` and `asked` are fingerprints of the code at the last check and at the last hint.
    """

    state: str = ""
    points: float = 0.0
    tries: int = 0
    rung: int = 0
    checked: str = ""
    asked: str = ""


class Foreign(Exception):
    """A file of this name that isn't ours, or is of a later version."""


class Journal:
    """What was tried in this kernel and, where it has a file, in the kernels before and beside it.

    The file is read again each time, so several kernels can share it. What the file says goes, but
    for entries that couldn't be written yet.
    """

    def __init__(self, file: Path | None = None):
        self.file = file
        self._entries: dict[str, Tried] = {}
        self._unwritten: set[str] = set()
        self._here: dict[str, Verdict] = {}
        self._said: set[str] = set()

    def entries(self) -> Mapping[str, Tried]:
        """All that is known, by exercise."""
        self._read()
        return self._entries

    def of(self, exercise_id: str) -> Tried:
        """What is known of one exercise."""
        return self.entries().get(exercise_id, Tried())

    def note(self, exercise_id: str, **changes: Any) -> None:
        """Change what is known of one exercise, here and in the file."""
        may_write = self._read()
        self._entries[exercise_id] = replace(self._entries.get(exercise_id, Tried()), **changes)
        self._unwritten.add(exercise_id)
        if may_write:
            self._write()

    def record(self, verdict: Verdict, code: str) -> None:
        """Remember a verdict on code of this fingerprint; unchanged code counts no try."""
        before = self.of(verdict.exercise)
        is_try = verdict.state == "wrong" and code != before.checked
        self.note(
            verdict.exercise,
            state=verdict.state,
            points=float(verdict.points),
            tries=before.tries + is_try,
            checked=code,
        )
        self._here[verdict.exercise] = verdict

    def verdict_on(self, exercise_id: str) -> Verdict | None:
        """The last verdict in this kernel, or None."""
        return self._here.get(exercise_id)

    def _read(self) -> bool:
        """Take over what the file says; False where there is none that may be written."""
        if self.file is None:
            return False
        try:
            found = _entries(self.file.read_bytes())
        except FileNotFoundError:
            return True
        except OSError as error:
            self._say_once("progress_unwritten", why=error.strerror or error)
            return False
        except Foreign:
            self._say_once("progress_foreign")
            return False
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return self._put_aside(self.file)
        self._entries |= {name: t for name, t in found.items() if name not in self._unwritten}
        return True

    def _put_aside(self, file: Path) -> bool:
        names = (file.with_suffix(f".damaged-{number}.json") for number in count(1))
        aside = next(name for name in names if not os.path.lexists(name))
        try:
            os.replace(file, aside)
        except OSError as error:
            self._say_once("progress_unwritten", why=error.strerror or error)
            return False
        self._say_once("progress_damaged", aside=aside.name)
        return True

    def _write(self) -> None:
        """Write a draft beside the file, then put it in its place, so that none is ever torn."""
        assert self.file is not None
        file = Path(os.path.realpath(self.file))
        draft = file.with_name(f"{file.name}.{os.getpid()}.tmp")
        told = {name: asdict(tried) for name, tried in sorted(self._entries.items())}
        text = json.dumps({"course_progress": SCHEMA, "exercises": told}, indent=1)
        try:
            if file.exists() and not os.access(file, os.W_OK):
                raise PermissionError(13, "it is read-only")
            draft.write_text(text + "\n", encoding="utf-8")
            os.replace(draft, file)
        except OSError as error:
            self._say_once("progress_unwritten", why=error.strerror or error)
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        else:
            self._unwritten.clear()

    def _say_once(self, key: str, **values: object) -> None:
        if key not in self._said:
            self._said.add(key)
            notebook.show_markdown(say(key, file=FILE, **values))


def _entries(data: bytes) -> dict[str, Tried]:
    """What a file says. Raises Foreign, or ValueError and its like where the file is damaged."""
    found = json.loads(data)
    if not isinstance(found, dict) or found.get("course_progress") != SCHEMA:
        raise Foreign
    return {name: _entry(told) for name, told in found["exercises"].items()}


def _entry(told: Mapping[str, Any]) -> Tried:
    tried = Tried(**told)
    kinds = all(type(getattr(tried, f.name)) is type(f.default) for f in fields(Tried))
    if not kinds or not math.isfinite(tried.points) or min(tried.tries, tried.rung) < 0:
        raise ValueError(told)
    if tried.state and tried.state not in MARKS:
        raise ValueError(told)
    return tried


@cache
def current() -> Journal:
    """This kernel's journal, with a file where a person works in a front end."""
    return Journal(notebook.folder() / FILE if notebook.front_end() else None)


def record(verdict: Verdict, code: str) -> None:
    """Remember a verdict on code of this fingerprint."""
    current().record(verdict, code)


def is_right(exercise_id: str) -> bool:
    """Whether the last check of this exercise in this kernel passed.

    A verdict from the file doesn't count: that object went with its kernel.
    """
    verdict = verdict_on(exercise_id)
    return verdict is not None and verdict.passed


def verdict_on(exercise_id: str) -> Verdict | None:
    """The last verdict on this exercise in this kernel, with its numbers, or None."""
    return current().verdict_on(exercise_id)


def was_right(exercise_id: str) -> bool:
    """Whether the last check of this exercise passed, in this kernel or an earlier one."""
    return current().of(exercise_id).state.startswith("right")


def tries(exercise_id: str) -> int:
    """How many different wrong answers were checked."""
    return current().of(exercise_id).tries
