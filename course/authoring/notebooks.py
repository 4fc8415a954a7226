"""The notebooks a chapter becomes: the one students get, and the solved one."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course.authoring import source
from course.authoring.source import SourceCell, SourceChapter

SCHEMA = 3
GITHUB = "https://github.com/"
YOUR_ANSWER = "*Write your answer here, in place of this line.*"


@dataclass(frozen=True)
class Publication:
    """Where the course is published, as [tool.course] in pyproject.toml says, and for whom.

    In a release for a graded class, hints never say where the solved notebook is.
    """

    repository: str = ""
    ref: str = "main"
    graded: bool = False

    @classmethod
    def read(cls, pyproject: Path) -> Publication:
        """The publication a pyproject names; an empty one where it names none."""
        settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))
        stated = settings.get("tool", {}).get("course", {})
        return cls(stated.get("repository", "").rstrip("/"), stated.get("ref", "main"))

    def badge(self, chapter: str) -> str:
        """The line that opens a release in Colab; empty where nothing is published on GitHub."""
        page = self._page(f"release/{chapter}/{chapter}.ipynb").removeprefix(GITHUB)
        colab = "https://colab.research.google.com"
        badge = f"[![Open in Colab]({colab}/assets/colab-badge.svg)]({colab}/github/{page})"
        return badge if page else ""

    def told(self, chapter: str) -> dict[str, str]:
        """What a release says of its build, and an open one of its solved notebook's address."""
        if self.graded:
            return {"build": "graded"}
        page = self._page(f"solutions/{chapter}.ipynb")
        return {"build": "open"} | ({"solved": page} if page else {})

    def _page(self, file: str) -> str:
        """The page of a file on GitHub; empty where nothing is published there."""
        on_github = self.repository.startswith(GITHUB)
        return f"{self.repository}/blob/{self.ref}/{file}" if on_github else ""

    def install_cell(self) -> str:
        """Code that installs the package only where it is missing, and never by its bare name."""
        if self.repository:
            return (
                "# Installs the course's package where it is missing, and changes nothing else.\n"
                "import importlib.util\n\n"
                'if importlib.util.find_spec("course") is None:\n'
                f'    %pip install --quiet "backprop-course @ git+{self.repository}@{self.ref}"'
            )
        return (
            "# This notebook needs the course's own package.\n"
            "import importlib.util\n\n"
            'if importlib.util.find_spec("course") is None:\n'
            '    print("The package `course` is missing.")\n'
            '    print("In the course\'s folder, run: pip install -e .")\n'
            '    print("Then restart this kernel and run the notebook again.")'
        )


def released(chapter: SourceChapter, publication: Publication) -> Any:
    """The student notebook."""
    return _notebook(chapter, publication, solved=False)


def solved(chapter: SourceChapter, publication: Publication) -> Any:
    """The solved notebook, not yet executed."""
    return _notebook(chapter, publication, solved=True)


def _notebook(chapter: SourceChapter, publication: Publication, solved: bool) -> Any:
    cells: list[Any] = []
    for cell in chapter.cells:
        for made in _cells(cell, solved):
            cells.append(made)
            if len(cells) == 1:
                badge = publication.badge(chapter.name)
                made.source = f"{badge}\n\n{made.source}" if badge else made.source
                cells.append(_given("code", publication.install_cell(), {"install": True}))
    _name_the_rest(cells)
    notebook = new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "course": {"chapter": chapter.name}
        | publication.told(chapter.name)
        | {"release": digest(cells)},
    }
    return notebook


def digest(cells: list[Any]) -> str:
    """A short hash of what a notebook says: it names a release."""
    told = json.dumps([[cell.cell_type, cell.source] for cell in cells])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _cells(cell: SourceCell, solved: bool) -> Iterator[Any]:
    if cell.role == "text":
        yield _given("markdown", cell.source)
    elif cell.role in ("code", "demo"):
        yield _given("code", cell.source, {"demo": True} if cell.role == "demo" else None)
    elif cell.role == "answer":
        code = source.solved(cell.source) if solved else source.stub(cell.source)
        name = f"answer_{cell.key}"
        yield _cell("code", code, name, {"answer": cell.key}, _nbgrader(name, solution=True))
    elif cell.role == "check":
        yield _check(cell)
    elif cell.role == "predict":
        yield from _prediction(cell, solved)
    elif cell.role == "explain":
        yield _explain(cell, solved)


def _check(cell: SourceCell) -> Any:
    found = source.checked_objects(cell.source)
    assert found is not None  # the rules have seen to it
    about = {
        "exercise": cell.key,
        "objects": list(found[1]),
        "needs": list(cell.needs),
        "optional": cell.optional,
        "points": cell.points,
    }
    # A bonus is a score above a maximum of 0, so it stands outside the total.
    points = 0.0 if cell.optional else cell.points
    code = f'{cell.source}  # stuck? hint("{cell.key}")'
    made = _cell("code", code, cell.key, about, _nbgrader(cell.key, grade=True, points=points))
    made.metadata["tags"] = ["raises-exception"]
    return made


def _prediction(cell: SourceCell, solved: bool) -> Iterator[Any]:
    asked = source.question(cell.source)
    assert asked is not None  # the rules have seen to it
    options = "\n".join(
        f"{chr(ord('a') + place)}) {option}  " for place, option in enumerate(asked.options)
    )
    yield _given("markdown", f"{asked.text}\n\n{options}".rstrip())
    letter = asked.right if solved else ""
    made = _cell("code", f'reveal("{cell.key}", "{letter}")', f"predict_{cell.key}")
    made.metadata["course"] = {"predict": cell.key}
    yield made


def _explain(cell: SourceCell, solved: bool) -> Any:
    if solved:
        text = source.solved(cell.source)
    else:
        block = r"^### BEGIN SOLUTION.*?^### END SOLUTION$"
        text = re.sub(block, YOUR_ANSWER, cell.source, flags=re.MULTILINE | re.DOTALL)
    manual = _nbgrader(cell.key, solution=True, grade=True, points=cell.points)
    return _cell("markdown", text, cell.key, {"explain": cell.key, "points": cell.points}, manual)


def _given(kind: str, text: str, about: dict[str, Any] | None = None) -> Any:
    """A cell that is handed out as it is, and locked."""
    return _cell(kind, text, "", about)


def _cell(
    kind: str,
    text: str,
    name: str,
    about: dict[str, Any] | None = None,
    nbgrader: dict[str, Any] | None = None,
) -> Any:
    made = new_code_cell(text) if kind == "code" else new_markdown_cell(text)
    made.id = name
    if about:
        made.metadata["course"] = about
    if nbgrader:
        made.metadata["nbgrader"] = nbgrader | ({"cell_type": kind} if nbgrader["grade"] else {})
    return made


def _nbgrader(
    name: str, *, solution: bool = False, grade: bool = False, points: float | None = None
) -> dict[str, Any]:
    """nbgrader's metadata: an answer is open, a check is graded and locked, the rest is locked."""
    settings: dict[str, Any] = {
        "schema_version": SCHEMA,
        "grade_id": name,
        "solution": solution,
        "grade": grade,
        "locked": not solution,
        "task": False,
    }
    return settings | ({"points": points} if points is not None else {})


def _name_the_rest(cells: list[Any]) -> None:
    """Ids for given cells, from what they say: they stay while the text around them changes."""
    taken = {cell.id for cell in cells if cell.id}
    for cell in cells:
        if cell.id:
            continue
        text_hash = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()
        names = (f"given-{text_hash[:length]}" for length in range(10, 58))
        cell.id = next(name for name in names if name not in taken)
        taken.add(cell.id)
        cell.metadata["nbgrader"] = _nbgrader(cell.id)
