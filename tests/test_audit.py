"""`course audit`: the page it writes is that of the catalogues, and it fails where one is wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from grader_tests import mistakes, styles

ROOT = Path(__file__).parents[1]


def audited(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "course.cli", "audit", *arguments, "--seeds", "1", "--no-wall"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture
def catalogues(tmp_path: Path) -> Path:
    """A copy of grader_tests to spoil."""
    return Path(shutil.copytree(ROOT / "grader_tests", tmp_path / "grader_tests"))


def test_the_page_of_the_audit_has_the_counts_of_the_catalogues() -> None:
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    row = re.compile(r"\| `(\w+)` \| (\d+) of (\d+) \| \d+ \| \d+ \| (\d+) of (\d+) \|")
    found = {name: tuple(map(int, numbers)) for name, *numbers in row.findall(page)}
    wrong = Counter(m.exercise for m in mistakes.catalogue())
    right = Counter(s.exercise for s in styles.catalogue())
    assert found == {name: (wrong[name],) * 2 + (right[name],) * 2 for name in wrong}
    assert "Faults" not in page
    told = re.search(r"that is ([\d.]+)%", page)
    assert told is not None
    assert float(told[1]) >= 95


def test_the_readme_gives_the_same_totals() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{len(mistakes.catalogue()):,} wrong answers" in told
    assert f"{len(styles.catalogue()):,} right ones" in told


def test_an_audit_of_one_exercise_ends_well() -> None:
    done = audited("bias_correction")
    assert done.returncode == 0, done.stderr
    assert re.search(r"`bias_correction` \| (\d+) of \1 ", done.stdout)


def test_a_right_answer_among_the_mistakes_is_a_fault(catalogues: Path) -> None:
    file = catalogues / "mistakes" / "ch5.py"
    text = file.read_text(encoding="utf-8")
    right = (
        'Mistake("right_after_all", "bias_correction", "none", "None.", "Why?", '
        '"def uncorrected_first_step(a, b):\\n    return (1 - a) / np.sqrt(1 - b)\\n")'
    )
    file.write_text(f"{text}\n\nMISTAKES = (*MISTAKES, {right})\n", encoding="utf-8")
    done = audited("bias_correction", "--tests", str(catalogues))
    assert done.returncode == 1
    assert "mistake `right_after_all`, the public cards: a mistake is right" in done.stdout


def test_a_wrong_answer_among_the_styles_is_a_fault(catalogues: Path) -> None:
    file = catalogues / "styles" / "ch5.py"
    text = file.read_text(encoding="utf-8")
    code = "def uncorrected_first_step(a, b):\\n    return 1\\n"
    wrong = f'Style("bias_correction", "always 1", "{code}")'
    file.write_text(f"{text}\n\nSTYLES = (*STYLES, {wrong})\n", encoding="utf-8")
    done = audited("bias_correction", "--tests", str(catalogues))
    assert done.returncode == 1
    assert "style `bias_correction: always 1`, seed 1: a style is wrong" in done.stdout


def test_an_exercise_that_does_not_exist_is_named_in_one_sentence() -> None:
    done = audited("nothing_like_it")
    assert done.returncode == 1
    assert done.stderr == "course: No exercise is called nothing_like_it.\n"
