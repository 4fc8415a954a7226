"""The outcome of a check, as data, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from course import notebook
from course.messages import say
from course.picture import Numbers

State = Literal["not attempted", "wrong", "right", "right with a warning"]
PartState = Literal["not attempted", "wrong", "right", "warning", "note"]


@dataclass(frozen=True)
class Diagnosis:
    """The likely cause of a wrong result, in one sentence, and one question to the student.

    `brief` is its name in a few words, for an instructor's table.
    """

    code: str
    why: str
    look: str
    brief: str = ""


@dataclass(frozen=True)
class Finding:
    """What a check has to say about one part of an exercise; `numbers` stay out of JSON."""

    part: str
    state: PartState
    text: str
    points: float = 0.0
    out_of: float = 0.0
    diagnosis: Diagnosis | None = None
    numbers: Numbers | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one exercise: `points` out of `out_of`, and a finding for each part."""

    exercise: str
    number: str
    title: str
    state: State
    points: float
    out_of: float
    findings: tuple[Finding, ...] = ()
    optional: bool = False
    kept: bool = field(default=True, compare=False, repr=False)
    """Whether its findings still hold their numbers: JSON leaves them out."""

    @property
    def passed(self) -> bool:
        return self.state.startswith("right")

    def summary(self) -> str:
        """The first thing that is not right, in a few words; empty where all is well."""
        wrong = next((f for f in self.findings if f.state == "wrong"), None)
        if wrong is None:
            return ""
        why = f" ({wrong.diagnosis.why})" if wrong.diagnosis else ""
        return f"{wrong.part}: {wrong.text}{why}"

    def to_text(self) -> str:
        """One short block for a terminal."""
        score = f"{self.points:g} of {self.out_of:g} points"
        rows = [(head, text) for head, text, _ in self.rows()]
        width = max((len(head) for head, _ in rows), default=0)
        lines = [f"{self.exercise}   {self.state}   ({score})"]
        for head, text in rows:
            first, *rest = text.split("\n")
            lines.append(f"  {head:<{width}}  {first}")
            lines += [f"  {'':<{width}}  {line}" for line in rest]
        return "\n".join(lines)

    def rows(self) -> list[tuple[str, str, PartState]]:
        """(head, sentence, state) of each line; parts that say the same share one."""
        told = self._told()
        if self.state == "not attempted":
            return [("to do", told[0].text, "not attempted")] if told else []
        rows: list[tuple[str, str, PartState]] = []
        for place, finding in enumerate(told):
            after = told[place + 1] if place + 1 < len(told) else None
            if rows and rows[-1][1:] == (finding.text, finding.state):
                rows[-1] = (f"{rows[-1][0]}, {finding.part}", finding.text, finding.state)
            else:
                rows.append((finding.part, finding.text, finding.state))
            cause = finding.diagnosis
            if cause and (after is None or after.diagnosis != cause):
                rows += [("why", cause.why, "note"), ("look", cause.look, "note")]
        return rows

    def _told(self) -> tuple[Finding, ...]:
        """Right answers need no list of parts; anything else shows all of them."""
        if self.state == "right":
            return tuple(f for f in self.findings if f.state == "note")
        if self.state == "right with a warning":
            return tuple(f for f in self.findings if f.state in ("warning", "note"))
        return self.findings

    def to_html(self) -> str:
        """The same block for a notebook: readable on light and dark pages, with no script."""
        mark, colour = MARKS[self.state]
        rows = [_row(head, text, _PART_COLOURS[state]) for head, text, state in self.rows()]
        table = (
            f'<table style="border:none;margin:.4em 0 0 0">{"".join(rows)}</table>' if rows else ""
        )
        if self.state == "right with a warning":
            table = f"<details><summary>one remark</summary>{table}</details>"
        return (
            f'<div role="status" style="border-left:4px solid {colour};padding:.4em .8em;'
            f'margin:.3em 0;font-size:.95em;max-width:60em">'
            f'<span style="color:{colour};font-weight:bold">{mark} {html.escape(self.state)}</span>'
            f"&ensp;<code>{html.escape(self.exercise)}</code>"
            f'&ensp;<span style="opacity:.75">{html.escape(self.number)} '
            f"{html.escape(self.title)}, {self.points:g} of {self.out_of:g} points</span>"
            f"{table}</div>"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data: what reports, feedback and exports are made from."""
        return {
            "exercise": self.exercise,
            "number": self.number,
            "title": self.title,
            "state": self.state,
            "points": self.points,
            "out_of": self.out_of,
            "optional": self.optional,
            "findings": [
                {
                    "part": f.part,
                    "state": f.state,
                    "text": f.text,
                    "points": f.points,
                    "out_of": f.out_of,
                    "diagnosis": f.diagnosis
                    and {
                        "code": f.diagnosis.code,
                        "why": f.diagnosis.why,
                        "look": f.diagnosis.look,
                        "brief": f.diagnosis.brief,
                    },
                }
                for f in self.findings
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """The inverse of `to_json`."""
        findings = tuple(
            Finding(**(f | {"diagnosis": f["diagnosis"] and Diagnosis(**f["diagnosis"])}))
            for f in data["findings"]
        )
        return cls(**(dict(data) | {"findings": findings, "kept": False}))

    def show(self) -> None:
        """Draw yours, expected and their difference for each part that is wrong; a terminal prints
        the numbers."""
        from course import figures

        if not self.has_numbers:
            notebook.show_markdown(say(self._nothing_to_show(), id=self.exercise))
        for finding in self.findings:
            if finding.numbers is None:
                continue
            if notebook.in_browser():
                alt = say("picture_alt", part=finding.part, text=finding.text.split("\n")[0])
                figures.show(finding.numbers.draw(), alt)
            else:
                print(finding.numbers.to_text())

    @property
    def has_numbers(self) -> bool:
        """Whether there is something to show."""
        return any(finding.numbers is not None for finding in self.findings)

    def _nothing_to_show(self) -> str:
        """The key of the sentence that says why."""
        if self.passed:
            return "nothing_right"
        if self.state == "not attempted":
            return "nothing_yet"
        return "nothing_to_draw" if self.kept else "nothing_kept"

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()


# Mid-tones that reach a contrast of 3 to 1 on white and on the dark themes of JupyterLab and Colab.
_GREEN, _RED, _AMBER, _GREY = "#2e8b57", "#d6453d", "#b8860b", "#808080"
MARKS: dict[str, tuple[str, str]] = {
    "right": ("\N{CHECK MARK}", _GREEN),
    "right with a warning": ("\N{CHECK MARK}", _GREEN),
    "wrong": ("\N{MULTIPLICATION X}", _RED),
    "not attempted": ("\N{WHITE CIRCLE}", _GREY),
}
_PART_COLOURS: dict[str, str] = {
    "right": _GREEN,
    "wrong": _RED,
    "warning": _AMBER,
    "not attempted": _GREY,
    "note": _GREY,
}


CELL = "border:none;background:none;text-align:left;vertical-align:top;padding:.1em .8em .1em 0"


def _row(head: str, text: str, colour: str) -> str:
    return (
        f'<tr style="background:none"><th style="{CELL};color:{colour};white-space:nowrap">'
        f"{html.escape(head)}</th>"
        f'<td style="{CELL};white-space:pre-wrap">{html.escape(text)}</td></tr>'
    )
