"""Imports point one way, and the core needs nothing but NumPy and Matplotlib."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "course"

# From the ground up. A room may import from its own floor and from those below, never from above.
FLOORS = (
    (
        "gradients",
        "givens",
        "cards",
        "messages",
        "picture",
        "verdict",
        "session",
        "notebook",
        "figures",
        "data",
    ),
    ("diagnosis", "hints", "journal", "standing"),
    ("checks",),
    ("draws",),
    ("authoring", "grading"),
    ("cli",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ABOVE_THE_CORE = {"authoring", "grading", "cli"}
CORE_LIBRARIES = {"course", "numpy", "matplotlib", "PIL"}  # Matplotlib brings PIL


@dataclass(frozen=True)
class Import:
    """One import statement of a module: the full name, where it stands, and how deep."""

    module: str
    line: int
    inside_a_function: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """`course.checks.node` stands in the room `checks`; `course` itself has none."""
    return [*module.split("."), ""][1]


# Chapters are data, and the façade stands in for `course` inside the box: neither is a room.
MODULES = {
    module_name(path): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not {"chapters", "facade"} & set(path.relative_to(PACKAGE).parts)
}
CORE = {name: path for name, path in MODULES.items() if room_of(name) not in ABOVE_THE_CORE}


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imports(name: str, path: Path) -> Iterator[Import]:
    """Every import of a module, lazy ones too."""

    def walk(node: ast.AST, inside: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, child.lineno, inside)
            elif isinstance(child, ast.ImportFrom):
                package = name if path.name == "__init__.py" else name.rpartition(".")[0]
                above = package.split(".")[: len(package.split(".")) - child.level + 1]
                base = ".".join((above if child.level else []) + [child.module or ""]).strip(".")
                for alias in child.names:
                    whole = f"{base}.{alias.name}"
                    yield Import(whole if is_module(whole) else base, child.lineno, inside)
            deeper = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from walk(child, inside or deeper)

    yield from walk(ast.parse(path.read_text("utf-8")), False)


def test_every_room_has_a_floor() -> None:
    assert {room_of(name) for name in MODULES} - {""} <= set(FLOOR_OF)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_point_downwards(name: str) -> None:
    top = FLOOR_OF["checks"] if name == "course" else FLOOR_OF[room_of(name)]
    upwards = [
        f"line {found.line}: {found.module}"
        for found in imports(name, MODULES[name])
        if found.module.startswith("course.") and FLOOR_OF[room_of(found.module)] > top
    ]
    assert not upwards


@pytest.mark.parametrize("name", sorted(set(CORE) - {"course"}))
def test_the_cores_rooms_import_each_other_and_never_the_front_door(name: str) -> None:
    assert not [f"line {i.line}" for i in imports(name, MODULES[name]) if i.module == "course"]


def test_building_and_grading_know_nothing_of_each_other() -> None:
    for here, there in (("authoring", "grading"), ("grading", "authoring")):
        for name, path in MODULES.items():
            if room_of(name) == here:
                assert not [i for i in imports(name, path) if room_of(i.module) == there], name


def test_no_two_rooms_need_each_other() -> None:
    needs = {room: set[str]() for room in FLOOR_OF}
    for name, path in MODULES.items():
        for found in imports(name, path):
            if name != "course" and found.module.startswith("course."):
                needs[room_of(name)].add(room_of(found.module))

    def reachable(room: str) -> set[str]:
        seen: set[str] = set()
        ahead = needs[room] - {room}
        while ahead:
            seen |= ahead
            ahead = set().union(*(needs[r] - {r} for r in ahead)) - seen
        return seen

    assert not [room for room in needs if room in reachable(room)]


@pytest.mark.parametrize("name", sorted(CORE))
def test_the_core_imports_only_numpy_matplotlib_and_where_it_runs_ipython(name: str) -> None:
    for found in imports(name, CORE[name]):
        library = found.module.partition(".")[0]
        if library == "IPython":
            assert found.inside_a_function, f"line {found.line}: IPython may be missing"
        else:
            allowed = library in CORE_LIBRARIES or library in sys.stdlib_module_names
            assert allowed, f"line {found.line}: {found.module}"


@pytest.mark.parametrize("name", ["course", *sorted(set(CORE) - {"course"})])
def test_nobody_imports_the_test_side(name: str) -> None:
    strangers = {"grader_tests", "tests", "source_notebooks", "benchmarks"}
    found = {i.module.partition(".")[0] for i in imports(name, MODULES[name])}
    assert not found & strangers


IMPORT_THE_CORE = """
import importlib, sys

class NoIPython:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "IPython":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NoIPython())
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sorted(sys.modules))
"""


def test_importing_the_whole_core_loads_nothing_above_it() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_THE_CORE, *CORE],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert loaded >= set(CORE)
    assert not {name for name in loaded if room_of(name) in ABOVE_THE_CORE and "course." in name}
    extras = {"typer", "rich", "nbformat", "nbclient", "nbconvert", "nbgrader", "jupytext", "zmq"}
    assert not loaded & (extras | {"IPython"})


def test_importing_check_loads_no_figures_no_diagnoses_and_no_kind_of_check() -> None:
    program = (
        "import sys\nfrom course import check\n"
        "def apple_price(price, count, tax):\n    return price * count * tax\n"
        "parts = ('course.figures', 'course.diagnosis', 'course.checks.network', 'matplotlib')\n"
        "print([part for part in parts if part in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
