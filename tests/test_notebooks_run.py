"""The generated notebooks in a real kernel: Run All reaches the end, and every verdict is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from course import cards

ROOT = Path(__file__).parents[1]
CHAPTERS = cards.chapters()

pytestmark = [pytest.mark.slow, pytest.mark.floor]


def run(path: Path, folder: Path) -> Any:
    """A notebook as Run All leaves it: nothing but tagged cells may raise, or this test does."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=resources).execute()
    return notebook


def check_cells(notebook: Any) -> list[Any]:
    return [c for c in notebook.cells if "exercise" in c.metadata.get("course", {})]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_every_check_of_the_released_notebook_says_not_attempted_in_one_line(chapter, tmp_path):
    notebook = run(ROOT / "release" / chapter.name / f"{chapter.name}.ipynb", tmp_path)
    assert [c.id for c in check_cells(notebook)] == list(chapter.exercises)
    for cell in check_cells(notebook):
        shown, raised = cell.outputs
        assert "not attempted" in shown.data["text/plain"]
        assert "not attempted" in shown.data["text/html"]
        assert (raised.output_type, raised.ename) == ("error", "CheckFailed")
        assert raised.traceback == [f"{cell.id}: not attempted."]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_every_check_of_the_solved_notebook_is_right_and_nothing_raises(chapter, tmp_path):
    notebook = run(ROOT / "solutions" / f"{chapter.name}.ipynb", tmp_path)
    for cell in check_cells(notebook):
        (shown,) = cell.outputs
        assert shown.output_type == "execute_result"
        assert shown.data["text/plain"].startswith(f"{cell.id}   right   (")
        assert "text/html" in shown.data
    (table,) = next(c for c in notebook.cells if c.source == "check_all()").outputs
    full = sum(e.points for e in chapter.exercises.values() if not e.optional)
    assert f"{full:g} of {full:g} points" in table.data["text/plain"]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_pictures_tell_what_they_show_to_those_who_cannot_see_them(chapter):
    notebook = nbformat.read(ROOT / "solutions" / f"{chapter.name}.ipynb", as_version=4)
    pages = [
        output.data["text/html"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "text/html" in output.get("data", {})
    ]
    pictures = [page for page in pages if "<img" in page]
    assert len(pictures) >= 5
    assert all('alt="' in page and 'alt=""' not in page for page in pictures)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_figure_takes_at_most_fifteen_visible_lines(chapter):
    notebook = nbformat.read(ROOT / "solutions" / f"{chapter.name}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and "figures.show" in cell.source:
            assert len([line for line in cell.source.splitlines() if line.strip()]) <= 15, cell.id
