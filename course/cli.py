"""The command `course`. Everything heavy is imported inside the command that needs it.

With the core alone installed there is no Typer: the command then says which extra it wants.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING or importlib.util.find_spec("typer") is not None:
    import typer

if TYPE_CHECKING:
    from course.grading.crew import Grading

if TYPE_CHECKING or importlib.util.find_spec("typer") is not None:
    Trust = Annotated[
        bool,
        typer.Option("--trust-students", help="Run students' code without a wall around it."),
    ]

EXTRAS = {"build": "author"} | dict.fromkeys(("grade", "replay", "demo", "audit"), "grade")
GRADING = ("nbgrader", "nbformat", "nbconvert", "IPython", "pebble")


def main() -> None:
    """Run the command, or say which extra it wants."""
    if importlib.util.find_spec("typer") is None or importlib.util.find_spec("rich") is None:
        asked = next((word for word in sys.argv[1:] if word in EXTRAS), "")
        extra = EXTRAS.get(asked, "grade")
        name = f"course {asked}".strip()
        sys.exit(
            f"`{name}` wants the extra [{extra}]: in the course's folder, run "
            f"pip install -e '.[{extra}]' (with uv: uv sync --extra {extra})."
        )
    # jsonschema would take a second to build a grammar of addresses that no notebook needs.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(course)
    for command in (build, grade, replay, demo, audit):
        app.command()(command)
    app()


def fail(sentence: object) -> typer.Exit:
    """Say one sentence on stderr; the command ends with 1."""
    typer.echo(f"course: {sentence}", err=True)
    return typer.Exit(1)


def course() -> None:
    """Backpropagation by hand: build the notebooks, grade a class, grade the grader."""


def build(
    chapter: Annotated[
        str | None, typer.Argument(help="A chapter, such as ch1_computational_graphs.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if anything is stale.")
    ] = False,
    graded: Annotated[
        bool | None,
        typer.Option(
            "--graded/--open",
            help="In a release for a graded class, hint() never says where the solutions are "
            "(default: as the release is; a new one is open).",
        ),
    ] = None,
) -> None:
    """Turn text sources into release/, solutions/ and course/chapters/."""
    _need("author", "jupytext", "nbformat", "nbclient")
    from functools import partial

    from course import draws
    from course.authoring.build import Place
    from course.authoring.build import build as build_course
    from course.authoring.source import Refusal

    try:
        files = build_course(Place.find(), chapter, check, partial(typer.echo, err=True), graded)
    except (Refusal, FileNotFoundError, draws.NoDraws) as refusal:
        raise fail(refusal) from None
    if check and files:
        raise fail(f"stale: {', '.join(files)}. Run `course build` and commit what it writes.")
    typer.echo("\n".join(files) if files else "Everything is fresh.")


def grade(
    chapter: Annotated[str, typer.Argument(help="The chapter, such as ch1_computational_graphs.")],
    course_dir: Annotated[
        Path, typer.Option(help="The class's folder: it holds submitted/STUDENT/CHAPTER/.")
    ] = Path("."),
    tests: Annotated[
        Path | None, typer.Option(help="The folder grader_tests, where it isn't found upwards.")
    ] = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Grade this student only; may be given again.")
    ] = None,
    regrade: Annotated[
        bool, typer.Option("--regrade", help="Grade those again, too, that are graded.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="With --regrade, this exercise alone; may be given again."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Submissions at a time (default: one a core).")
    ] = None,
    feedback: Annotated[bool, typer.Option(help="Write feedback pages.")] = True,
    trust_students: Trust = False,
    cold: Annotated[
        bool, typer.Option("--cold", help="Start each box with an interpreter of its own: slower.")
    ] = False,
    scheduler: Annotated[
        str, typer.Option(help="Grade on the Dask cluster at this address, tcp://HOST:8786.")
    ] = "",
    db: Annotated[
        str,
        typer.Option(
            help="The gradebook's address, such as postgresql://USER@SERVER/DATABASE, with the "
            "password in ~/.pgpass (default: as nbgrader is configured, else gradebook.db in the "
            "class's folder)."
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Grade a class into nbgrader's gradebook, autograded/ and feedback/."""
    _need("grade", *GRADING)
    if only and not regrade:
        raise fail("--only chooses what is graded again; give --regrade with it.")
    if scheduler:
        _need("cluster", "distributed")
        if workers is not None:
            raise fail("--workers counts processes of this machine; a cluster brings its own.")
    grading, complete = _graded(
        chapter,
        course_dir,
        tests=tests,
        workers=workers,
        students=student,
        feedback=feedback,
        regrade=regrade,
        only=only or (),
        trust_students=trust_students,
        cold=cold,
        scheduler=scheduler,
        db=db,
    )
    if as_json:
        _print_json(grading)
    else:
        from course.grading.table import show, show_changes

        show(grading.results)
        show_changes(grading.results)
        if grading.as_before:
            typer.echo(
                f"{len(grading.as_before)} of {len(grading.results)} are as graded before: the "
                f"same notebook, release and grader. --regrade grades them again."
            )
    if not complete:
        left = len(grading.students) - len(grading.results)
        typer.echo(f"course: stopped with {left} to go; the same command grades them.", err=True)
        raise typer.Exit(130)
    if any(result.status == "error" for result in grading.results):
        raise typer.Exit(1)


def replay(
    student: Annotated[str, typer.Argument(help="The student, as the folder is called.")],
    chapter: Annotated[str, typer.Argument(help="The chapter, such as ch1_computational_graphs.")],
    course_dir: Annotated[
        Path, typer.Option(help="The class's folder: it holds submitted/STUDENT/CHAPTER/.")
    ] = Path("."),
    tests: Annotated[
        Path | None, typer.Option(help="The folder grader_tests, where it isn't found upwards.")
    ] = None,
    trust_students: Trust = False,
) -> None:
    """Grade a notebook again with the cards of its grade, write nothing, and compare."""
    _need("grade", *GRADING)
    from course.grading.box import NoBox
    from course.grading.material import CannotGrade
    from course.grading.replay import replay as replay_grade
    from course.grading.wall import TRUSTED

    if trust_students:
        typer.echo(f"course: {TRUSTED}", err=True)
    try:
        outcome = replay_grade(course_dir, student, chapter, tests, trust_students)
    except (CannotGrade, NoBox) as refusal:
        raise fail(refusal) from None
    typer.echo(outcome.to_text())
    if outcome.differences:
        raise typer.Exit(1)


def demo() -> None:
    """Make a sample class of twelve in a temporary folder, grade it, and show what came out."""
    _need("grade", *GRADING)
    import tempfile

    from course import draws
    from course.grading import sample
    from course.grading.table import show

    try:
        root = draws.find().parent
    except draws.NoDraws as refusal:
        raise fail(refusal) from None
    folder = Path(tempfile.mkdtemp(prefix="course-demo-"))
    typer.echo(f"A class of {len(sample.STUDENTS)}, in {folder}")
    release = root / "release" / sample.CHAPTER / f"{sample.CHAPTER}.ipynb"
    sample.write_class(folder, release, root / "solutions" / f"{sample.CHAPTER}.ipynb")
    grading, _ = _graded(sample.CHAPTER, folder, tests=root / "grader_tests")
    show(grading.results, {student.name: student.story for student in sample.STUDENTS})
    typer.echo(f"Feedback: {folder}/feedback/STUDENT/{sample.CHAPTER}/{sample.CHAPTER}.html")
    typer.echo(f"Gradebook: {folder}/gradebook.db")


def audit(
    exercise: Annotated[
        list[str] | None, typer.Argument(help="Exercises, such as mul_layer (default: all).")
    ] = None,
    tests: Annotated[
        Path | None, typer.Option(help="The folder grader_tests, where it isn't found upwards.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=0, help="Sets of fresh cards for each answer.")] = 20,
    wall: Annotated[bool, typer.Option(help="Ask each answer once across the wall, too.")] = True,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes at a time.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write the table to docs/audit.md.")
    ] = False,
) -> None:
    """Put every catalogued wrong and right answer to the checks; fail if one comes out wrong."""
    _need("grade", "nbgrader", "nbformat", "IPython")
    from contextlib import nullcontext

    from rich.console import Console
    from rich.markdown import Markdown
    from rich.progress import Progress

    from course import draws
    from course.grading.audit import LEAST_TOLD, faults, share_told, to_markdown
    from course.grading.audit import audit as try_all
    from course.grading.box import NoBox

    console = Console(stderr=True)
    bar = Progress(console=console, transient=True)
    task = bar.add_task("trying", total=None)
    try:
        with bar if console.is_terminal else nullcontext():
            lines = try_all(
                tests,
                seeds=seeds,
                wall=wall,
                workers=workers,
                only=exercise or (),
                tell=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except (draws.NoDraws, ValueError, NoBox) as refusal:
        raise fail(refusal) from None
    text = to_markdown(lines, seeds, wall)
    if write:
        page = draws.find(tests).parent / "docs" / "audit.md"
        page.write_text(text, encoding="utf-8")
        typer.echo(f"Written to {page}")
    if console.is_terminal:
        Console().print(Markdown(text))
    else:
        typer.echo(text)
    if not exercise and share_told(lines) < LEAST_TOLD:
        raise fail(f"Only {share_told(lines):.1%} of the mistakes are named or described.")
    if faults(lines):
        raise typer.Exit(1)


def _graded(chapter: str, folder: Path, **options: Any) -> tuple[Grading, bool]:
    """A class's results, with a progress bar while they come, and whether that is all of them;
    refusals end the command."""
    import os
    import signal

    for library in ("OPENBLAS", "OMP", "MKL"):  # a worker a core is enough: idle threads cost time
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from course.grading.bench import aside, get_ready
    from course.grading.box import NoBox
    from course.grading.wall import TRUSTED, choose

    trust_students, cold = options.get("trust_students", False), options.get("cold", False)
    if trust_students:
        typer.echo(f"course: {TRUSTED}", err=True)
    if not options.get("scheduler"):
        # What comes from nbgrader takes seconds to import; all this begins meanwhile.
        get_ready()
        options["wall"] = aside(choose, folder.resolve(), trust_students, cold).result
    _import_nbgrader()

    from course.grading.crew import Interrupted, grade_class
    from course.grading.folder import Course
    from course.grading.material import CannotGrade
    from course.grading.table import Meter

    # A service manager's way to say what Ctrl-C says.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        handed_in = len(options.get("students") or Course.at(folder).submissions(chapter))
        with Meter(handed_in) as meter:
            return grade_class(folder, chapter, on_result=meter.tell, **options), True
    except (CannotGrade, NoBox) as refusal:
        raise fail(refusal) from None
    except Interrupted as interrupted:
        return interrupted.grading, False


def _import_nbgrader() -> None:
    """Import nbgrader without its four web servers, which it loads, and Tornado with them, for
    whoever wants any part of it."""
    from types import ModuleType

    if "nbgrader" in sys.modules:
        return
    parts = ("assignment_list", "course_list", "validate_assignment", "formgrader")
    servers = [f"nbgrader.server_extensions.{part}" for part in parts]
    nobody = ModuleType("nobody")
    nobody.load_jupyter_server_extension = None  # type: ignore[attr-defined]
    sys.modules.update(dict.fromkeys(servers, nobody))
    try:
        importlib.import_module("nbgrader")
    except ImportError:  # it wants more of them than this one does
        pass
    finally:
        for server in servers:
            del sys.modules[server]


def _print_json(grading: Grading) -> None:
    """Print the results as one list, each as it is unpacked."""
    import json
    import textwrap

    mark = "["
    for result in grading.results:
        typer.echo(
            mark + "\n" + textwrap.indent(json.dumps(result.to_json(), indent=1), " "), nl=False
        )
        mark = ","
    typer.echo("\n]" if mark == "," else "[]")


def _need(extra: str, *modules: str) -> None:
    """Refuse in one sentence where an extra isn't installed."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise fail(
            f"this command wants the extra [{extra}] ({', '.join(missing)} missing): "
            f"in the course's folder, run pip install -e '.[{extra}]'."
        )


if __name__ == "__main__":
    main()
