"""A class in the terminal: how far its grading is, and its results as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from course.grading.grader import Result
from course.grading.intake import clean
from course.verdict import State, Verdict

MARKS: Mapping[State, tuple[str, str]] = {
    "right": ("\N{CHECK MARK}", "green"),
    "right with a warning": ("!", "yellow"),
    "wrong": ("\N{MULTIPLICATION X}", "red"),
    "not attempted": ("\N{MIDDLE DOT}", "dim"),
}
LONGEST = 120


class Meter:
    """A bar while a class is graded: how many are done, left and failed, how many come in a second,
    and how long it will take. In anything but a terminal nothing is shown.

    Use it as a context manager, and `tell` it of each result.
    """

    def __init__(self, total: int, console: Console | None = None):
        console = console or Console(stderr=True)
        counts = TextColumn(
            "{task.completed:.0f} done, {task.remaining:.0f} left, {task.fields[failed]} failed"
        )
        left = TimeRemainingColumn(elapsed_when_finished=True)
        columns = (BarColumn(), counts, _Rate(), left)
        self._bar = Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._bar.add_task("", total=total, failed=0)

    def __enter__(self) -> Meter:
        if not self._bar.disable:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._bar.disable:  # the oldest Rich would end a line that never began
            self._bar.stop()

    def tell(self, result: Result) -> None:
        """Count a result."""
        (task,) = self._bar.tasks
        failed = task.fields["failed"] + (result.status == "error")
        self._bar.update(self._task, advance=1, failed=failed)


class _Rate(ProgressColumn):
    """How many results come in a second, or in a minute where they are few."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{60 * speed:.0f}/min", style="dim")


def show(results: Sequence[Result], stories: Mapping[str, str] | None = None) -> None:
    """Print one line a student: points, the state of each exercise, what went wrong first."""
    console = Console()
    if not results:
        console.print("Nobody has handed anything in.")
        return
    numbers = [verdict.number for verdict in _fullest(results).verdicts]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("student", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column(_heading(numbers), no_wrap=True)
    if stories is not None:
        table.add_column("story")
    table.add_column("what went wrong", overflow="fold")
    for result in results:
        table.add_row(*_row(result, None if stories is None else stories.get(result.student, "")))
    console.print(table)
    legend = "   ".join(f"{mark} {state}" for state, (mark, _) in MARKS.items())
    console.print(legend, style="dim", highlight=False)


def show_changes(results: Sequence[Result]) -> None:
    """Print every mark that came out otherwise than the time before."""
    console = Console()
    for result in results:
        numbers = {verdict.exercise: verdict.number for verdict in result.verdicts}
        for change in result.changes:
            kept = "" if change.manual is None else f"; the mark {change.manual:g} by hand stays"
            console.print(
                Text(
                    f"changed: {result.student}, {numbers[change.exercise]} {change.exercise}: "
                    f"{change.before:g} -> {change.after:g}{kept}"
                )
            )


def _fullest(results: Sequence[Result]) -> Result:
    """The result with the most verdicts: it names every exercise."""
    return max(results, key=lambda result: len(result.verdicts))


def _heading(numbers: Sequence[str]) -> str:
    """ "1.1 to 1.12", over one mark an exercise."""
    return f"{numbers[0]} to {numbers[-1]}" if numbers else ""


def _row(result: Result, story: str | None) -> list[Text]:
    bonus = f" +{result.bonus:g}" if result.bonus else ""
    points = Text(f"{result.points:g}/{result.out_of:g}{bonus:<3}")
    if result.status == "error":
        points = Text("not entered" if result.verdicts else "not graded", style="red")
    marks = Text.assemble(*(MARKS[verdict.state] for verdict in result.verdicts))
    told = [] if story is None else [Text(story, style="dim")]
    name = clean(result.student).replace("\n", " ")  # it came with the submission
    return [Text(name), points, marks, *told, Text(clean(trouble(result)))]


def trouble(result: Result) -> str:
    """What went wrong, or what an instructor should look at, in a few words."""
    if result.reason:
        return result.reason
    wrong = [verdict for verdict in result.verdicts if verdict.state == "wrong"]
    parts = [f"{verdict.number} {_cause(verdict)}" for verdict in wrong]
    text = "; ".join([*result.flags, *parts])
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _cause(verdict: Verdict) -> str:
    """The name of the mistake where it has one, else the first words of the finding."""
    finding = next(f for f in verdict.findings if f.state == "wrong")
    if finding.diagnosis is not None and not finding.diagnosis.code.startswith("unknown"):
        return f"{finding.part}: {finding.diagnosis.brief}"
    words = finding.text.splitlines()[0].split("   [")[0].split(" (")[0]
    return f"{finding.part}: {words}"
