"""`course build`: a chapter's text source becomes release, solutions and chapter data."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from course import cards, draws
from course.authoring import notebooks, rules, source, traces
from course.authoring.source import Refusal, SourceChapter
from course.cards import Chapter, Exercise, Prediction
from course.diagnosis.traces import Known

CARD_TOLERANCE = 1e-10
SECONDS_A_CELL = 120


@dataclass(frozen=True)
class Place:
    """The course's folder and what the build reads and writes in it."""

    root: Path

    @classmethod
    def find(cls) -> Place:
        """The nearest folder upwards that holds source_notebooks. Raises FileNotFoundError."""
        here = Path.cwd()
        for above in (here, *here.parents):
            if (above / "source_notebooks").is_dir() and (above / "pyproject.toml").is_file():
                return cls(above)
        raise FileNotFoundError(
            f"No folder source_notebooks stands in {here} or above it; "
            "run this in the course's folder."
        )

    def sources(self, chapter: str | None = None) -> list[Path]:
        """The text sources, all or one. Raises FileNotFoundError with the names there are."""
        known = sorted((self.root / "source_notebooks").glob("ch*.py"))
        if chapter is None:
            return known
        found = [path for path in known if path.stem == chapter.removesuffix(".py")]
        if not found:
            names = ", ".join(path.stem for path in known)
            raise FileNotFoundError(f"No chapter is called {chapter}; there are {names}.")
        return found

    def release(self, name: str) -> Path:
        return self.root / "release" / name / f"{name}.ipynb"

    def is_graded(self, name: str) -> bool:
        """Whether the release that is there was built for a graded class."""
        try:
            told = json.loads(self.release(name).read_bytes())["metadata"]["course"]["build"]
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return False
        return bool(told == "graded")

    def solution(self, name: str) -> Path:
        return self.root / "solutions" / f"{name}.ipynb"

    def data(self, name: str) -> Path:
        return self.root / "course" / "chapters" / f"{name}.json"

    def traces(self, exercise_id: str) -> Path:
        return self.root / "course" / "traces" / f"{exercise_id}.json"


@dataclass(frozen=True)
class Built:
    """One chapter's products, not yet written."""

    chapter: Chapter
    release: Any
    solution: Any
    known: Mapping[str, Sequence[Known]]


def build(
    place: Place,
    chapter: str | None = None,
    check: bool = False,
    tell: Callable[[str], None] = lambda line: None,
    graded: bool | None = None,
) -> list[str]:
    """Build one chapter or all, or only check that what is there is fresh.

    A release is `graded`, for a class, or open; with None it stays what it is, and a new one is
    open. Returns the files that are stale (with `check`) or were written. Raises Refusal for a
    source that breaks a rule, and FileNotFoundError where something isn't there.
    """
    trusted = draws.load(place.root / "grader_tests")
    publication = notebooks.Publication.read(place.root / "pyproject.toml")
    files: list[str] = []
    for path in place.sources(chapter):
        tell(f"{path.stem}: reading")
        graded_here = place.is_graded(path.stem) if graded is None else graded
        edition = replace(publication, graded=graded_here)
        built = made(source.read(path), trusted, edition)
        if check:
            tell(f"{path.stem}: comparing, and running the solved notebook")
            files += stale(place, built)
            executed(built.solution, place.data(path.stem), built.chapter)
        else:
            tell(f"{path.stem}: running the solved notebook")
            files += written(place, built)
    return files


def made(
    chapter: SourceChapter,
    trusted: Mapping[str, draws.Draw],
    publication: notebooks.Publication,
) -> Built:
    """A chapter's products, after every rule has been held against it."""
    rules.refuse_what_is_missing(chapter, trusted)
    shipped = _chapter(chapter, trusted)
    rules.refuse_wrong_solutions(chapter, shipped, trusted)
    rules.refuse_passing_stubs(chapter, shipped)
    return Built(
        shipped,
        notebooks.released(chapter, publication),
        notebooks.solved(chapter, replace(publication, graded=False)),
        traces.known_of(chapter, shipped),
    )


def _chapter(chapter: SourceChapter, trusted: Mapping[str, draws.Draw]) -> Chapter:
    hints = {cell.key: source.hint_ladder(cell.source) for cell in chapter.of("hints")}
    stubs = {cell.key: source.stub(cell.source) for cell in chapter.of("answer")}
    exercises = {}
    for cell in chapter.of("check"):
        number, title = chapter.heading_before(cell)
        found = source.checked_objects(cell.source)
        objects = found[1] if found else ()
        exercises[cell.key] = Exercise(
            id=cell.key,
            number=number,
            title=title,
            points=cell.points,
            objects=objects,
            kind=trusted[cell.key].described_kind(),
            cards=trusted[cell.key].public(),
            hints=hints[cell.key],
            needs=cell.needs,
            optional=cell.optional,
            stubs={name: stubs[name] for name in objects},
        )
    predictions = {}
    for cell in chapter.of("predict"):
        asked = source.question(cell.source)
        assert asked is not None  # the rules have seen to it
        predictions[cell.key] = Prediction(cell.key, asked.options, asked.right, asked.explanation)
    return Chapter(chapter.name, chapter.title, exercises, predictions)


def written(place: Place, built: Built) -> list[str]:
    """Write all products; the chapter data first, since the solved notebook runs on it."""
    name = built.chapter.name
    data, release, solution = place.data(name), place.release(name), place.solution(name)
    left = {place.traces(exercise_id): known for exercise_id, known in built.known.items()}
    for path in (data, release, solution, *left):
        path.parent.mkdir(parents=True, exist_ok=True)
    changed = [path for path, known in left.items() if not traces.fresh(path, known)]
    for path in changed:
        path.write_text(traces.text(left[path]), encoding="utf-8")
    if not data.exists() or not same(json.loads(data.read_text(encoding="utf-8")), as_data(built)):
        data.write_text(data_text(built.chapter), encoding="utf-8")
    release.write_text(notebook_text(built.release), encoding="utf-8")
    run = executed(built.solution, data, built.chapter)
    solution.write_text(notebook_text(run), encoding="utf-8")
    return [str(path.relative_to(place.root)) for path in (data, release, solution, *changed)]


def stale(place: Place, built: Built) -> list[str]:
    """What differs from a fresh build: sources and metadata to the byte, cards to 1e-10, and traces
    as far as rounding lets them agree."""
    name = built.chapter.name
    data, release, solution = place.data(name), place.release(name), place.solution(name)
    found = []
    if not data.exists() or not same(json.loads(data.read_text(encoding="utf-8")), as_data(built)):
        found.append(data)
    if not release.exists() or release.read_text(encoding="utf-8") != notebook_text(built.release):
        found.append(release)
    if not solution.exists() or bare(nbformat.read(solution, as_version=4)) != bare(built.solution):
        found.append(solution)
    for exercise_id, known in built.known.items():
        if not traces.fresh(place.traces(exercise_id), known):
            found.append(place.traces(exercise_id))
    return [str(path.relative_to(place.root)) for path in found]


def executed(notebook: Any, data: Path, chapter: Chapter) -> Any:
    """The solved notebook with its outputs. Raises Refusal where a cell or a check fails."""
    from nbclient import NotebookClient  # here, because it takes a while to import

    run = nbformat.from_dict(json.loads(json.dumps(notebook)))
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            run,
            timeout=SECONDS_A_CELL,
            kernel_name="python3",
            allow_errors=True,
            record_timing=False,
            resources={"metadata": {"path": folder}},
        ).execute(env={k: v for k, v in os.environ.items() if k != "JPY_SESSION_NAME"})
    for number, cell in enumerate(run.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise Refusal(
                    data,
                    number,
                    f"cell {cell.id} of the solved notebook raises {output.ename}: {output.evalue}",
                )
    run.metadata["language_info"] = {"name": "python"}
    return run


def notebook_text(notebook: Any) -> str:
    """A notebook as it stands in a file."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def bare(notebook: Any) -> list[Any]:
    """What of a solved notebook must be fresh to the byte: all but outputs and counts."""
    cells = [
        (c.id, c.cell_type, c.source, json.loads(json.dumps(c.metadata))) for c in notebook.cells
    ]
    return [cells, json.loads(json.dumps(notebook.metadata))]


def as_data(built: Built) -> Any:
    """The chapter as JSON would give it back."""
    return json.loads(json.dumps(cards.chapter_to_json(built.chapter)))


def data_text(chapter: Chapter) -> str:
    """A chapter's JSON with one card a line, so that changing one card changes one line."""
    data = cards.chapter_to_json(chapter)
    lines = []
    for exercise in data["exercises"]:
        told = {key: value for key, value in exercise.items() if key != "cards"}
        text = json.dumps(told, ensure_ascii=False, indent=1)[:-2]
        shown = ",\n  ".join(json.dumps(card, ensure_ascii=False) for card in exercise["cards"])
        lines.append(f'{text},\n "cards": [\n  {shown}\n ]\n}}')
    rest = json.dumps(data["predictions"], ensure_ascii=False, indent=1)
    head = f'"name": {json.dumps(data["name"])},\n"title": {json.dumps(data["title"])}'
    joined = ",\n".join(lines)
    return f'{{\n{head},\n"exercises": [\n{joined}\n],\n"predictions": {rest}\n}}\n'


def same(one: Any, other: Any) -> bool:
    """Whether two pieces of JSON are equal, numbers to 1e-10."""
    if isinstance(one, float) or isinstance(other, float):
        if not isinstance(one, int | float) or not isinstance(other, int | float):
            return False
        return math.isclose(one, other, rel_tol=CARD_TOLERANCE, abs_tol=CARD_TOLERANCE)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
