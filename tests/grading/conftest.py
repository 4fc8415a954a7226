"""A small chapter of real exercises, and a stand-in for the box that runs this file's own code."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course import draws
from course.cards import find_exercise
from course.grading.box import BoxLost, Limits
from course.grading.frames import CellResult
from course.grading.grader import digest_of, grade, seed_of
from course.grading.material import Material, load_material
from course.grading.plan import read_released
from course.grading.result import Result
from course.session import LocalSession, raised

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "ch1_computational_graphs"
Cell = dict[str, Any]

MUL = """class MulLayer:
    def forward(self, x, y):
        # TO DO 1.1: keep both inputs
        raise NotImplementedError("1.1")

    def backward(self, dout):
        raise NotImplementedError("1.1")
"""
MUL_SOLVED = """class MulLayer:
    def forward(self, x, y):
        # TO DO 1.1: keep both inputs
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x
"""
ADD = MUL.replace("Mul", "Add").replace("1.1", "1.2")
ADD_SOLVED = """class AddLayer:
    def forward(self, x, y):
        # TO DO 1.2: the sum
        return x + y

    def backward(self, dout):
        return dout * 1, dout * 1
"""
APPLE = """def apple_graph(apple, num, tax):
    # TO DO 1.3: two products
    raise NotImplementedError("1.3")
"""
APPLE_SOLVED = """def apple_graph(apple, num, tax):
    # TO DO 1.3: two products
    fruit, shop = MulLayer(), MulLayer()
    price = shop.forward(fruit.forward(apple, num), tax)
    dprice, dtax = shop.backward(1)
    dapple, dnum = fruit.backward(dprice)
    return price, (dapple, dnum, dtax)
"""
SOLVED = {"MulLayer": MUL_SOLVED, "AddLayer": ADD_SOLVED, "apple_graph": APPLE_SOLVED}
EXPLAIN = "### In two sentences\n\nWhy must a product remember its inputs?\n\n*Your answer here.*"


def text(name: str, source: str) -> Cell:
    return _cell("markdown", name, source, {}, locked=True)


def code(name: str, source: str, role: dict[str, Any] | None = None) -> Cell:
    return _cell("code", name, source, role or {}, locked=True)


def answer(name: str, source: str) -> Cell:
    return _cell("code", f"answer_{name}", source, {"answer": name}, solution=True)


def exercise(name: str, thing: str, points: float, needs: tuple[str, ...] = ()) -> Cell:
    role = {"exercise": name, "objects": [thing], "needs": list(needs), "points": points}
    source = f'check("{name}", {thing})'
    return _cell("code", name, source, role, points=points, grade=True, locked=True)


def _cell(kind: str, name: str, source: str, role: dict[str, Any], **nbgrader: Any) -> Cell:
    about = {"grade": False, "solution": False, "locked": False, "schema_version": 3, "task": False}
    cell: Cell = {
        "cell_type": kind,
        "id": name,
        "metadata": {"nbgrader": about | {"grade_id": name} | nbgrader},
        "source": source,
    }
    if role:
        cell["metadata"]["course"] = role
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell


class Notebook:
    """A notebook on its way to be handed in, with all that can happen to it."""

    def __init__(self, cells: list[Cell]):
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        self.metadata: dict[str, Any] = {"kernelspec": kernel, "course": {"release": "small"}}
        self.cells = copy.deepcopy(cells)
        self.minor = 5

    def __getitem__(self, name: str) -> Cell:
        return next(cell for cell in self.cells if cell.get("id") == name)

    def at(self, name: str) -> int:
        return self.cells.index(self[name])

    def write(self, name: str, source: str) -> Notebook:
        self[name]["source"] = source
        return self

    def drop(self, *names: str) -> Notebook:
        self.cells = [cell for cell in self.cells if cell["id"] not in names]
        return self

    def repeat(self, name: str, source: str | None = None) -> Notebook:
        """A copy right below, as copy and paste make it: another id, the same grade id."""
        twin = copy.deepcopy(self[name]) | {"id": f"copy-{len(self.cells)}"}
        if source is not None:
            twin["source"] = source
        self.cells.insert(self.at(name) + 1, twin)
        return self

    def move(self, name: str, to: int) -> Notebook:
        cell = self[name]
        self.cells.remove(cell)
        self.cells.insert(to if to >= 0 else len(self.cells) + 1 + to, cell)
        return self

    def add(self, source: str, below: str = "", kind: str = "code") -> Notebook:
        cell: Cell = {"cell_type": kind, "id": f"x{len(self.cells)}", "metadata": {}}
        cell["source"] = source
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        self.cells.insert(self.at(below) + 1 if below else len(self.cells), cell)
        return self

    def lose_metadata(self, ids: bool = False) -> Notebook:
        for cell in self.cells:
            cell["metadata"] = {}
            if ids:
                cell.pop("id", None)
        if ids:
            self.minor, self.metadata = 4, {}
        return self

    def turn(self, name: str, kind: str) -> Notebook:
        cell = self[name]
        cell["cell_type"] = kind
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
        return self

    def ids(self, role: str) -> list[str]:
        """The cells with this role: "answer", "exercise", "demo", "predict" or "explain"."""
        return [c["id"] for c in self.cells if role in c["metadata"].get("course", {})]

    @property
    def given(self) -> list[str]:
        """The code cells that answers build on."""
        return [
            cell["id"]
            for cell in self.cells
            if cell["cell_type"] == "code" and not cell["metadata"].get("course")
        ]

    def change(self, names: list[str], how: Callable[[str], str]) -> Notebook:
        for name in names:
            self[name]["source"] = how(self[name]["source"])
        return self

    def sort(self, key: Callable[[Cell], Any]) -> Notebook:
        self.cells.sort(key=key)
        return self

    def data(self) -> bytes:
        fields = {"metadata": self.metadata, "nbformat": 4, "nbformat_minor": self.minor}
        return json.dumps({"cells": self.cells} | fields).encode()


def small_release() -> Notebook:
    return Notebook(
        [
            text("given-title", "# A small chapter"),
            code("given-imports", "import numpy as np\n\nfrom course import check"),
            answer("MulLayer", MUL),
            exercise("mul_layer", "MulLayer", 3),
            code("given-figure", "figure = 1 / 0", {"demo": True}),
            answer("AddLayer", ADD),
            exercise("add_layer", "AddLayer", 3),
            code("predict-tax", 'reveal("tax_step", "")', {"predict": "tax_step"}),
            answer("apple_graph", APPLE),
            exercise("apple_graph", "apple_graph", 4, ("mul_layer",)),
            _cell(
                "markdown",
                "ch1_explain",
                EXPLAIN,
                {"explain": "ch1_explain"},
                grade=True,
                solution=True,
                points=2,
            ),
        ]
    )


@pytest.fixture(scope="session")
def lay_out() -> Callable[[Path, Mapping[str, Notebook]], Path]:
    """Lays a class's folder out: the release, and what each student handed in."""

    def laid_out(root: Path, handed_in: Mapping[str, Notebook]) -> Path:
        places = {root / "submitted" / name / CHAPTER: book for name, book in handed_in.items()}
        for place, book in {root / "release" / CHAPTER: small_release(), **places}.items():
            place.mkdir(parents=True)
            (place / f"{CHAPTER}.ipynb").write_bytes(book.data())
        return root

    return laid_out


@pytest.fixture
def released() -> Notebook:
    return small_release()


@pytest.fixture
def solved() -> Notebook:
    return solved_release()


@pytest.fixture(scope="session")
def fresh() -> Callable[[bool], Notebook]:
    """Makes the small chapter anew, solved or as released."""
    return lambda solved: solved_release() if solved else small_release()


def solved_release() -> Notebook:
    """The small chapter with every answer right."""
    book = small_release()
    for name, source in SOLVED.items():
        book.write(f"answer_{name}", source)
    return book.write("ch1_explain", EXPLAIN + "\n\nEach is the other's slope.")


CHAPTERS = sorted(path.name for path in (ROOT / "release").iterdir())


@pytest.fixture(params=CHAPTERS, ids=lambda chapter: chapter[:3])
def chapter(request: pytest.FixtureRequest) -> str:
    """The name of each real chapter in turn."""
    return request.param


@pytest.fixture(scope="session")
def chapters() -> Callable[[str], tuple[Notebook, Notebook, Material]]:
    """A real chapter: its notebook solved and as released, and what the trusted side knows."""
    materials: dict[str, Material] = {}

    def read(path: Path) -> Notebook:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            cell["source"] = "".join(cell["source"])
            if "outputs" in cell:
                cell["outputs"] = []
        return Notebook(cells)

    def find(name: str) -> tuple[Notebook, Notebook, Material]:
        release = ROOT / "release" / name / f"{name}.ipynb"
        if name not in materials:
            materials[name] = load_material(name, release, ROOT / "grader_tests")
        return read(ROOT / "solutions" / f"{name}.ipynb"), read(release), materials[name]

    return find


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    path = tmp_path_factory.mktemp("release") / f"{CHAPTER}.ipynb"
    path.write_bytes(small_release().data())
    notebook = read_released(path)
    exercises = {name: find_exercise(name) for name in notebook.exercises}
    return Material(
        notebook,
        {name: found for name, found in exercises.items() if found is not None},
        draws.load(ROOT / "grader_tests"),
        SOLVED,
    )


class StandIn:
    """Runs cells in this process: the code of these tests, never a student's. A cell or a call that
    meets `Killed` loses the box."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "Killed": Killed}
        self.session = LocalSession(self.namespace)
        self.lost = False

    def run(self, source: str, name: str) -> CellResult:
        printed = io.StringIO()
        error = None
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(source, name, "exec"), self.namespace)
            except Killed:
                raise BoxLost("ended", "ended by itself (os._exit, status 0)") from None
            except Exception as exception:
                error = raised(exception)
        return CellResult(printed.getvalue(), (), error)

    def ahead(self, *_: Any) -> None:
        pass

    def hear(self) -> None:
        pass

    def make(self, *arguments: Any) -> Any:
        return self._asked(self.session.make, *arguments)

    def call(self, *arguments: Any) -> Any:
        return self._asked(self.session.call, *arguments)

    def get(self, *arguments: Any) -> Any:
        return self._asked(self.session.get, *arguments)

    def build(self, *arguments: Any) -> Any:
        return self._asked(self.session.build, *arguments)

    def sweep(self, *arguments: Any) -> Any:
        return self._asked(self.session.sweep, *arguments)

    def seconds(self) -> float:
        return self.session.seconds()

    def _asked(self, method: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return method(*arguments)
        except Killed:
            raise BoxLost("time", "no answer within 10 s") from None


class Killed(BaseException):
    """What a process-ending call is in these tests."""


@contextlib.contextmanager
def stand_in(_: Limits) -> Iterator[StandIn]:
    yield StandIn()


@pytest.fixture
def stand_in_box() -> Callable[[Limits], Any]:
    return stand_in


@pytest.fixture
def real_chapters() -> list[str]:
    return CHAPTERS


@pytest.fixture
def graded(material: Material) -> Callable[..., Result]:
    """Grade a notebook of the small chapter with the stand-in for the box."""

    def run(book: Notebook | bytes, **options: Any) -> Result:
        data = book if isinstance(book, bytes) else book.data()
        options = {"student": "ann", "secret": b"s" * 32, "box": stand_in} | options
        chapter = options.setdefault("material", material).chapter
        secret = options.pop("secret")
        options.setdefault("seed", seed_of(secret, options["student"], chapter, digest_of(data)))
        return grade(data, **options)

    return run


@pytest.fixture
def solved_sources() -> dict[str, str]:
    return dict(SOLVED)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server that runs as long as these tests; skips where there is none."""
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is the extra [postgres]")
    from tests.grading.server import Server, programs

    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    server = Server(found)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty gradebook, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gradebook.db'}"
    return str(request.getfixturevalue("postgres").new_database())


@dataclass(frozen=True)
class Import:
    """A module that a command imported, in which thread, and which threads there were."""

    module: str
    thread: str
    threads: list[str]


@pytest.fixture
def imports(tmp_path: Path) -> Callable[..., list[Import]]:
    """Runs `course grade` in a class's folder, with a progress bar; what it imported."""
    told = tmp_path / "imports"

    def imported(root: Path, *words: str) -> list[Import]:
        words = ("grade", CHAPTER, "--tests", str(ROOT / "grader_tests"), *words)
        command = [sys.executable, "-c", _WATCH, str(told), *words]
        environment = {**os.environ, "FORCE_COLOR": "1"}
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        found = [Import(*json.loads(line)) for line in told.read_text().splitlines()]
        assert "course.grading.crew" in {each.module for each in found}
        return found

    return imported


_WATCH = """
import json, sys, threading
from course import cli

class Watch:
    def __init__(self, path):
        self.file = open(path, "w", buffering=1)

    def find_spec(self, name, path=None, target=None):
        threads = [each.name for each in threading.enumerate()]
        words = name, threading.current_thread().name, threads
        self.file.write(json.dumps(words) + chr(10))

sys.meta_path.insert(0, Watch(sys.argv[1]))
sys.argv = ["course", *sys.argv[2:]]
cli.main()
"""
