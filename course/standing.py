"""`progress`: where each chapter that was begun stands, as a picture in words and a bar."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

from course import cards, journal, notebook
from course.journal import Tried
from course.messages import say
from course.verdict import CELL, MARKS

_UNSEEN = ("\N{MIDDLE DOT}", "#808080")
_BAR = MARKS["right"][1]


@dataclass(frozen=True)
class Standing:
    """One chapter, and what was tried of each of its exercises."""

    chapter: cards.Chapter
    tried: Mapping[str, Tried]

    @property
    def points(self) -> float:
        return sum(self._of(e).points for e in self._exercises(optional=False))

    @property
    def out_of(self) -> float:
        return sum(e.points for e in self._exercises(optional=False))

    def to_text(self) -> str:
        """A line for each exercise, under a bar of points."""
        table = [("", *say("progress_heads").split(", ")), *self._rows()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
        done = round(40 * self._share())
        return "\n".join([self.chapter.title, f"[{'#' * done:-<40}] {self._total()}", "", *lines])

    def to_html(self) -> str:
        """The same for a notebook: readable on light and dark pages, with no script."""
        heads = "".join(
            f'<th style="{CELL};white-space:nowrap;opacity:.75">{html.escape(head)}</th>'
            for head in ("", *say("progress_heads").split(", "))
        )
        rows = [f'<tr style="background:none">{heads}</tr>']
        for exercise, row in zip(self.chapter.exercises.values(), self._rows(), strict=True):
            mark, colour = MARKS.get(self._of(exercise).state, _UNSEEN)
            number, title, name, state, *counts = map(html.escape, row)
            coloured = f'<span style="color:{colour}">{mark} {state}</span>'
            told = (number, title, f"<code>{name}</code>", coloured, *counts)
            cells = "".join(f'<td style="{CELL};white-space:nowrap">{cell}</td>' for cell in told)
            rows.append(f'<tr style="background:none">{cells}</tr>')
        return (
            f'<div style="margin:.3em 0 1em 0;font-size:.95em">'
            f"<strong>{html.escape(self.chapter.title)}</strong>"
            f'<div aria-hidden="true" style="border:1px solid {_UNSEEN[1]};border-radius:.4em;'
            f'height:.7em;max-width:36em;margin:.4em 0;overflow:hidden">'
            f'<div style="background:{_BAR};height:100%;width:{100 * self._share():.4g}%"></div>'
            f"</div><div>{html.escape(self._total())}</div>"
            f'<table style="border:none;margin:.4em 0 0 0">{"".join(rows)}</table></div>'
        )

    def _exercises(self, optional: bool) -> list[cards.Exercise]:
        return [e for e in self.chapter.exercises.values() if e.optional is optional]

    def _of(self, exercise: cards.Exercise) -> Tried:
        return self.tried.get(exercise.id, Tried())

    def _share(self) -> float:
        return min(1.0, self.points / self.out_of) if self.out_of else 0.0

    def _total(self) -> str:
        exercises = self.chapter.exercises.values()
        right = [e for e in exercises if self._of(e).state.startswith("right")]
        told = {"right": len(right), "total": len(exercises)}
        total = say("progress", points=self.points, out_of=self.out_of, **told)
        bonus = sum(self._of(e).points for e in self._exercises(optional=True))
        return f"{total} {say('progress_bonus', points=bonus)}" if bonus else total

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for exercise in self.chapter.exercises.values():
            tried = self._of(exercise)
            state = tried.state or say("progress_unchecked")
            points = f"{tried.points:g} of {exercise.points:g}"
            title = exercise.title + (say("progress_optional") if exercise.optional else "")
            hints = f"{tried.rung} of {len(exercise.hints)}"
            told = (exercise.number, title, exercise.id, state, points, str(tried.tries), hints)
            rows.append(told)
        return rows


def progress() -> None:
    """Show the state of the chapters that were begun, or else of this notebook's chapter.

    Each exercise has what its last check said, in this kernel or an earlier one.
    """
    book = journal.current()
    tried = book.entries()
    begun = [chapter for chapter in cards.chapters() if tried.keys() & chapter.exercises.keys()]
    if not begun:
        here = notebook.about().get("chapter")
        begun = [chapter for chapter in cards.chapters() if chapter.name == here]
    if not begun:
        notebook.show_markdown(say("progress_none"))
        return
    stands = [Standing(chapter, tried) for chapter in begun]
    after = [say("progress_as_checked")] if tried else []
    if notebook.front_end() == "Colab" and book.file and "drive" not in book.file.parts:
        after.append(say("progress_in_colab", file=journal.FILE))
    text = "\n\n".join([*(stand.to_text() for stand in stands), *after])
    page = "".join(stand.to_html() for stand in stands)
    page += "".join(f"<p>{html.escape(line)}</p>" for line in after)
    if not notebook.show_html(page, text):
        print(text)
