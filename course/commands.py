"""The commands of `course`, as Typer reads them. Each imports what it needs when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Chapter = Annotated[str | None, typer.Argument(help="A chapter, such as ch1_computational_graphs.")]


def fail(sentence: object) -> typer.Exit:
    """Say one sentence on stderr; the command ends with 1."""
    typer.echo(f"course: {sentence}", err=True)
    return typer.Exit(1)


@app.callback()
def course() -> None:
    """Backpropagation by hand: build the notebooks, grade a class, see a sample class graded."""


@app.command()
def build(
    chapter: Chapter = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if anything is stale.")
    ] = False,
) -> None:
    """Turn text sources into release/, solutions/ and course/chapters/."""
    _need("author", "jupytext", "nbformat", "nbclient")
    from course import draws
    from course.authoring.build import Place
    from course.authoring.build import build as build_course
    from course.authoring.source import Refusal

    try:
        files = build_course(Place.find(), chapter, check, lambda line: typer.echo(line, err=True))
    except (Refusal, FileNotFoundError, draws.NoDraws) as refusal:
        raise fail(refusal) from None
    if check and files:
        raise fail(f"stale: {', '.join(files)}. Run `course build` and commit what it writes.")
    typer.echo("\n".join(files) if files else "Everything is fresh.")


def _need(extra: str, *modules: str) -> None:
    """Refuse in one sentence where an extra isn't installed."""
    import importlib.util

    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise fail(
            f"this command wants the extra [{extra}] ({', '.join(missing)} missing): "
            f"in the course's folder, run pip install -e '.[{extra}]'."
        )
