"""The scripts of benchmarks/, their list, and the commands that are quoted for them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.classes import write_class

ROOT = Path(__file__).parents[1]
SCRIPTS = {
    path.name
    for path in (ROOT / "benchmarks").glob("*.py")
    if '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
}
PAGES = [
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "benchmarks/README.md",
    "docs/benchmarks.md",
]


@pytest.mark.slow
def test_the_students_own_code_is_clocked(tmp_path: Path) -> None:
    write_class(tmp_path, 1)
    script = ROOT / "benchmarks" / "own_code.py"
    told = subprocess.check_output([sys.executable, script, tmp_path], text=True)
    assert 0.0 < float(told) < 30.0


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """What a link may name in a page: its headings as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_list_of_benchmarks_names_every_script_once() -> None:
    rows = re.findall(r"^\| `(\w+\.py)` \|", page("benchmarks/README.md"), re.MULTILINE)
    assert sorted(rows) == sorted(SCRIPTS)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_script_begins_with_the_command_that_runs_it(name: str) -> None:
    opening = page(f"benchmarks/{name}").split('"""')[1]
    module = f"-m benchmarks.{name.removesuffix('.py')}"
    assert re.search(rf"uv run .*(benchmarks/{name}|{module})", opening)


@pytest.mark.parametrize("name", PAGES)
def test_commands_and_links_of_a_page_name_benchmarks_that_exist(name: str) -> None:
    text = page(name)
    quoted = set(re.findall(r"benchmarks[/.](\w+)(?:\.py| )", text))
    assert {f"{script}.py" for script in quoted} <= SCRIPTS
    for target, anchor in re.findall(r"\]\(([^)#]*benchmarks[^)#]*)(?:#([^)]*))?\)", text):
        aim = (ROOT / name).parent / target
        assert aim.exists(), target
        assert not anchor or anchor in anchors(aim.read_text(encoding="utf-8")), anchor
