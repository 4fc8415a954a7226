"""The command line: one sentence for what can't be done, and nothing heavy before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def course(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "course.cli", *arguments], cwd=cwd, capture_output=True, text=True
    )


REFUSED = {
    "a chapter nobody wrote": (("build", "ch7"), "No chapter is called ch7; there are ch1_"),
    "no release of that chapter": (("grade", "ch7"), "ch7"),
    "a class's folder that isn't there": (
        ("grade", "ch1_computational_graphs", "--course-dir", "/nowhere"),
        "/nowhere",
    ),
    "tests that aren't there": (
        ("grade", "ch1_computational_graphs", "--tests", "/nowhere"),
        "/nowhere",
    ),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_refused_in_one_sentence(arguments, words):
    done = course(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("course: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_build_outside_the_course_names_what_it_looked_for(tmp_path):
    done = course("build", cwd=tmp_path)
    assert done.returncode == 1
    assert "source_notebooks" in done.stderr
    assert "Traceback" not in done.stderr


def test_demo_outside_the_course_names_what_it_looked_for(tmp_path):
    done = course("demo", cwd=tmp_path)
    assert done.returncode == 1
    assert "grader_tests" in done.stderr
    assert "Traceback" not in done.stderr


def test_build_says_for_whom_a_release_is():
    told = course("build", "--help").stdout
    assert "--graded" in told
    assert "--open" in told


def test_help_names_the_commands():
    told = course("--help").stdout
    for command in ("build", "grade", "demo", "audit"):
        assert command in told


def test_nothing_heavy_is_imported_for_help():
    program = (
        "import sys\nsys.argv = ['course', '--help']\nfrom course import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'matplotlib', 'nbgrader', 'nbconvert', 'nbclient', 'jupytext', 'sqlalchemy'}\n"
        "print(heavy & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.strip() == "set()"


def test_grading_imports_nbgrader_without_its_web_servers_and_leaves_them_importable():
    program = (
        "import sys\nfrom course import cli\ncli._import_nbgrader()\n"
        "import course.grading.crew, course.grading.gradebook\n"
        "print({'tornado.web', 'jupyter_server'} & set(sys.modules))\n"
        "from nbgrader.server_extensions.formgrader import load_jupyter_server_extension as load\n"
        "print(callable(load))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["set()", "True"], done.stderr


def test_an_nbgrader_that_needs_its_servers_is_imported_all_the_same():
    program = (
        "import sys\nfrom course import cli\nreal = cli.importlib.import_module\n"
        "def fails(name):\n    raise ImportError(name)\n"
        "cli.importlib.import_module = fails\ncli._import_nbgrader()\n"
        "cli.importlib.import_module = real\n"
        "import nbgrader\nprint(callable(nbgrader.load_formgrader))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
