"""`check_all`: the whole notebook once more, from the top, in a fresh namespace."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from course import journal, notebook
from course.checks import ask
from course.messages import say
from course.session import raised
from course.verdict import CELL, MARKS, Verdict


@dataclass(frozen=True)
class Rehearsal:
    """The verdicts of a fresh run, what passed only through stale state, and cells that raised."""

    verdicts: tuple[Verdict, ...]
    stale: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    saved: bool = False

    @property
    def points(self) -> float:
        return sum(v.points for v in self.verdicts if not v.optional)

    @property
    def out_of(self) -> float:
        return sum(v.out_of for v in self.verdicts if not v.optional)

    def to_text(self) -> str:
        """One line an exercise."""
        lines = []
        for verdict in self.verdicts:
            score = f"{verdict.points:g} of {verdict.out_of:g}"
            name = f"{verdict.number:>5}  {verdict.exercise:<18}"
            lines.append(f"{name} {score:>7}  {verdict.state:<13}  {self._note(verdict)}".rstrip())
        return "\n".join([*lines, "", *self.raised, self._total()])

    def to_html(self) -> str:
        """The same table for a notebook."""
        rows = []
        for verdict in self.verdicts:
            mark, colour = MARKS[verdict.state]
            cells = (
                html.escape(verdict.number),
                f"<code>{html.escape(verdict.exercise)}</code>",
                f"{verdict.points:g} of {verdict.out_of:g}",
                f'<span style="color:{colour}">{mark} {verdict.state}</span>',
                html.escape(self._note(verdict)),
            )
            row = "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells)
            rows.append(f'<tr style="background:none">{row}</tr>')
        after = "".join(f"<p>{html.escape(line)}</p>" for line in (*self.raised, self._total()))
        return f'<table style="border:none">{"".join(rows)}</table>{after}'

    def _note(self, verdict: Verdict) -> str:
        if verdict.exercise in self.stale:
            return say("stale")
        wrong = next((f for f in verdict.findings if f.state == "wrong"), None)
        return f"{wrong.part}: {wrong.text}".split("\n")[0] if wrong else ""

    def _total(self) -> str:
        total = say("in_a_fresh_run", points=self.points, out_of=self.out_of)
        return f"{total} {say('save_first')}" if self.stale and self.saved else total

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()


def check_all() -> Rehearsal | None:
    """Run the notebook's cells in a fresh namespace and check every exercise there.

    Reads the notebook where the front end hands it over or names its file, else the cells run so
    far, each in its last version. Figures and demonstrations are left out.
    """
    if ask._overheard is not None:
        return None
    own = own_cells()
    cells = own or cells_run()
    if not cells:
        notebook.show_markdown(say("no_notebook"))
        return None
    return replace(rehearse(cells), saved=bool(own) and notebook.path() is not None)


def rehearse(cells: Sequence[str]) -> Rehearsal:
    """The verdicts of these cells, run in order in a namespace of their own."""
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    troubles = []
    with _overhearing() as verdicts, notebook.silence():
        for number, source in enumerate(cells, 1):
            try:
                name = f"<cell {number}>"
                exec(compile(_python(source), name, "exec", dont_inherit=True), namespace)
            except (Exception, SystemExit) as exception:
                if isinstance(exception, ask.CheckFailed):
                    continue
                told = raised(exception)
                message = told.message.split("\n")[0]
                troubles.append(say("ran_until", cell=number, type=told.type, message=message))
    last = {verdict.exercise: verdict for verdict in verdicts}
    stale = [
        name for name, verdict in last.items() if not verdict.passed and journal.is_right(name)
    ]
    return Rehearsal(tuple(last.values()), tuple(stale), tuple(troubles))


@contextlib.contextmanager
def _overhearing() -> Iterator[list[Verdict]]:
    """While this lasts, `check` neither shows nor raises; its verdicts are collected."""
    ask._overheard = []
    try:
        yield ask._overheard
    finally:
        ask._overheard = None


def own_cells() -> list[str]:
    """The notebook's own code cells, demonstrations left out; empty where it can't be read."""
    try:
        return [
            "".join(cell["source"])
            for cell in notebook.document().get("cells", [])
            if cell.get("cell_type") == "code"
            and not cell.get("metadata", {}).get("course", {}).get("demo")
        ]
    except (AttributeError, KeyError, TypeError):
        return []


def cells_run() -> list[str]:
    """The cells this kernel has run, each in its last version, in the order of the first."""
    shell = notebook.shell()
    history = list(shell.user_ns.get("In", []))[1:] if shell is not None else []
    last: dict[str, str] = {}
    for source in history:
        key = _subject(source)
        last[key] = source
    return list(last.values())


_DEFINES = re.compile(r"^(?:class|def)\s+(\w+)", re.MULTILINE)
_CHECKS = re.compile(r"""\bcheck\(\s*["'](\w+)["']""")


def _subject(source: str) -> str:
    """What a cell is about: the exercise it checks, the names it defines, or else its own text."""
    checked = _CHECKS.search(source)
    if checked:
        return f"check {checked.group(1)}"
    return " ".join(_DEFINES.findall(source)) or source


def _python(source: str) -> str:
    """A cell as plain Python: magics and shell lines become comments."""
    if source.lstrip().startswith("%%"):
        return ""
    return re.sub(r"^(\s*)([%!?].*)$", r"\1pass  # \2", source, flags=re.MULTILINE)
