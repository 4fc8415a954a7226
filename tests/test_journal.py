"""Tries, hints and progress: what a kernel remembers, what outlives it, and where it is kept."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager

import course
from course import cards, hints, journal, notebook, standing
from course.checks import CheckFailed, check, check_all
from course.journal import FILE, Journal, Tried
from course.verdict import Verdict

ROOT = Path(__file__).parents[1]
CHAPTER = "ch1_computational_graphs"
EXERCISES = [e for chapter in cards.chapters() for e in chapter.exercises.values()]


def layer(forward: str, backward: str) -> type:
    names: dict[str, Any] = {}
    exec(
        "class MulLayer:\n"
        f"    def forward(self, x, y):\n        self.x, self.y = x, y\n        return {forward}\n\n"
        f"    def backward(self, dout):\n        return {backward}\n",
        names,
    )
    return names["MulLayer"]


RIGHT = layer("x * y", "dout * self.y, dout * self.x")
WRONG = [layer("x * y", f"dout * {factor}, dout * self.x") for factor in range(2, 7)]


class Person:
    """Someone at a keyboard: what is defined, what was said, and a kernel that can be restarted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.folder, self.file, self.names = folder, folder / FILE, {"MulLayer": WRONG[0]}
        self._patch, self._heard = monkeypatch, list[str]()
        monkeypatch.setattr(notebook, "names", lambda: self.names)
        monkeypatch.setattr(notebook, "show_markdown", self._heard.append)
        monkeypatch.chdir(folder)
        self.restart()

    def restart(self) -> None:
        book = cache(lambda: Journal(self.file))
        self._patch.setattr(journal, "current", book)

    def heard(self) -> str:
        told = "\n".join(self._heard)
        self._heard.clear()
        return told

    def check(self, thing: type) -> None:
        self.names["MulLayer"] = thing
        try:
            check("mul_layer", thing)
        except CheckFailed as failed:
            self._heard.append(str(failed))

    def hint(self, thing: type | None = None) -> str:
        self.heard()
        if thing is not None:
            self.names["MulLayer"] = thing
        course.hint("mul_layer")
        return self.heard()

    def opens(self, **about: str) -> None:
        """A notebook whose metadata says this stands in the folder."""
        told = {"metadata": {"course": about}, "cells": []}
        (self.folder / f"{CHAPTER}.ipynb").write_text(json.dumps(told))


@pytest.fixture
def ann(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Person:
    folder = tmp_path / "class" / "release" / CHAPTER
    folder.mkdir(parents=True)
    return Person(monkeypatch, folder)


# --- unchanged code


def test_unchanged_code_counts_no_try_after_a_restart_either(ann: Person) -> None:
    ann.check(WRONG[0])
    ann.restart()
    ann.check(WRONG[0])
    assert journal.tries("mul_layer") == 1
    ann.check(WRONG[1])
    assert journal.tries("mul_layer") == 2


def test_unchanged_code_climbs_no_rung_after_a_restart_either(ann: Person) -> None:
    assert "Hint 1 of 3" in ann.hint()
    ann.restart()
    again = ann.hint()
    assert "Nothing has changed since the last hint" in again
    assert "Hint 1 of 3" in again
    assert "Hint 2 of 3" in ann.hint(WRONG[1])


def test_code_that_this_kernel_has_not_run_yet_is_taken_as_unchanged(ann: Person) -> None:
    ann.hint()
    ann.restart()
    ann.names.clear()
    assert "Hint 1 of 3" in ann.hint()


def test_running_the_stub_changes_nothing(ann: Person) -> None:
    ann.names.clear()
    ann.hint()
    exec(next(e for e in EXERCISES if e.id == "mul_layer").stubs["MulLayer"], ann.names)
    assert "Hint 1 of 3" in ann.hint()


def test_a_rehearsal_climbs_no_rung(ann: Person) -> None:
    ann.hint()
    ann.names["MulLayer"] = WRONG[1]
    with notebook.silence():
        course.hint("mul_layer")
    assert journal.current().of("mul_layer").rung == 1


PRINT_A_FINGERPRINT = """
from course import notebook
def f(word):
    return word in {"one", "two", "three", "four", "five"}
print(notebook.fingerprint(f), notebook.fingerprint(type("A", (), {"f": f})))
"""


def test_equal_code_has_an_equal_fingerprint_in_the_next_kernel() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", PRINT_A_FINGERPRINT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
    assert notebook.fingerprint(WRONG[0]) != notebook.fingerprint(WRONG[1])
    assert notebook.fingerprint(3) == ""


# --- the end of the ladder


def climb(person: Person, wrong_checks: int) -> list[str]:
    """Three rungs, with so many wrong checks on the way; then asking twice more."""
    for thing in WRONG[:wrong_checks]:
        person.check(thing)
    told = [person.hint(thing) for thing in WRONG[:3]]
    return [*told, person.hint(), person.hint(RIGHT)]


def test_after_the_last_rung_and_three_wrong_checks_the_solved_notebook_is_named(
    ann: Person,
) -> None:
    ann.opens(build="open", chapter=CHAPTER, solved="https://github.com/someone/backprop/blob/x")
    *ladder, unchanged, changed = climb(ann, 3)
    assert not any("solved notebook is <" in told for told in ladder)
    assert "After three wrong checks, asking again says where" in ladder[-1]
    for told in (unchanged, changed):
        assert "The solved notebook is <https://github.com/someone/backprop/blob/x>" in told
        assert "Read exercise 1.1 there" in told


def test_two_wrong_checks_are_not_enough(ann: Person) -> None:
    ann.opens(build="open", chapter=CHAPTER, solved="https://github.com/someone/backprop/blob/x")
    assert not any("github" in told for told in climb(ann, 2))


def test_wrong_checks_and_rungs_of_earlier_kernels_count(ann: Person) -> None:
    ann.opens(build="open", chapter=CHAPTER)
    for thing in WRONG[:3]:
        ann.check(thing)
        ann.hint()
        ann.restart()
    assert "The solved notebook is `solutions/ch1_computational_graphs.ipynb`" in ann.hint()


def test_beside_a_clone_the_solved_notebook_is_named_by_its_path(ann: Person) -> None:
    ann.opens(build="open", chapter=CHAPTER, solved="https://github.com/someone/backprop/blob/x")
    solved = ann.folder / f"../../solutions/{CHAPTER}.ipynb"
    solved.parent.mkdir()
    solved.touch()
    assert f"The solved notebook is `../../solutions/{CHAPTER}.ipynb`" in climb(ann, 3)[-1]


@pytest.mark.parametrize(
    "about",
    [
        {"build": "graded", "chapter": CHAPTER},
        {"build": "graded", "chapter": CHAPTER, "solved": "https://github.com/x"},
        {"chapter": CHAPTER},
        {"build": "open", "chapter": "ch2_activation_layers"},
        {},
    ],
    ids=str,
)
def test_in_a_graded_or_an_unknown_build_nothing_is_said_of_solutions(
    ann: Person, about: dict[str, str]
) -> None:
    (ann.folder / "../../solutions").mkdir()
    (ann.folder / f"../../solutions/{CHAPTER}.ipynb").touch()
    ann.opens(**about)
    told = climb(ann, 4)
    assert not any("solved" in text or "solutions" in text for text in told)
    assert "That was the last hint." in told[2]
    assert "Nothing has changed" in told[3]
    assert "there are no more hints" in told[4]


@pytest.mark.parametrize("text", [None, "", "[]", '{"metadata": 3}', '{"metadata": {"course": 3}}'])
def test_a_notebook_that_cannot_be_read_says_nothing_of_solutions(
    ann: Person, text: str | None
) -> None:
    if text is not None:
        (ann.folder / f"{CHAPTER}.ipynb").write_text(text)
    assert not any("solved" in told for told in climb(ann, 4))


# --- right, then and now


def test_what_was_right_before_a_restart_has_to_be_checked_again(ann: Person) -> None:
    ann.check(RIGHT)
    assert course.ready("mul_layer")
    ann.restart()
    assert not course.ready("mul_layer")
    assert "which was right in an earlier kernel: run its cell and its check" in ann.heard()
    ann.check(RIGHT)
    assert course.ready("mul_layer")


def test_what_an_exercise_builds_on_is_named_as_right_in_an_earlier_kernel(ann: Person) -> None:
    def apple_graph(apple: float, num: float, tax: float) -> Any:
        return 0, (0, 0, 0)

    ann.check(RIGHT)
    ann.restart()
    with pytest.raises(CheckFailed, match="mul_layer, right in an earlier kernel and not checked"):
        check("apple_graph", apple_graph)


# --- the file


def verdict(exercise_id: str = "mul_layer", state: Any = "wrong", points: float = 1.0) -> Verdict:
    return Verdict(exercise_id, "1.1", "The product", state, points, 3.0)


def test_the_file_holds_fingerprints_and_no_code(ann: Person) -> None:
    ann.check(RIGHT)
    ann.hint()
    told = json.loads(ann.file.read_text())
    assert told["course_progress"] == journal.SCHEMA
    (entry,) = told["exercises"].items()
    fingerprint = notebook.fingerprint(RIGHT)
    assert re.fullmatch("[0-9a-f]{16}", fingerprint)
    facts = {"state": "right", "points": 3.0, "tries": 0, "rung": 1}
    assert entry == ("mul_layer", facts | {"checked": fingerprint, "asked": fingerprint})
    assert os.listdir(ann.folder) == [FILE]


def test_notebooks_and_kernels_in_one_folder_share_the_file(tmp_path: Path) -> None:
    one, other = Journal(tmp_path / FILE), Journal(tmp_path / FILE)
    one.record(verdict(), "a")
    other.record(verdict("relu_forward", "right", 2.0), "b")
    one.record(verdict(), "c")
    other.record(verdict(), "d")
    for book in (one, other, Journal(tmp_path / FILE)):
        assert book.of("relu_forward").state == "right"
        assert book.of("mul_layer").tries == 3
    assert one.verdict_on("relu_forward") is None


def test_a_file_that_is_put_back_is_read(tmp_path: Path) -> None:
    earlier = Journal(tmp_path / FILE)
    earlier.record(verdict(), "a")
    kept = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).unlink()
    here = Journal(tmp_path / FILE)
    here.record(verdict("add_layer"), "b")
    (tmp_path / FILE).write_bytes(kept)
    assert here.of("mul_layer").tries == 1
    here.record(verdict("add_layer"), "c")
    assert Journal(tmp_path / FILE).of("add_layer").tries == 2


def entry(**changes: Any) -> str:
    fields = Tried("wrong", 1.0, 2, 1, "a", "b").__dict__ | changes
    return json.dumps({"course_progress": 1, "exercises": {"mul_layer": fields}})


DAMAGED = {
    "empty": "",
    "cut": entry()[:-20],
    "not text": b"\xff\xfe\x00",
    "no exercises": '{"course_progress": 1}',
    "a list of exercises": '{"course_progress": 1, "exercises": [1]}',
    "text for a number": entry(tries="2"),
    "a number below nothing": entry(rung=-1),
    "no number": entry(points=float("nan")),
    "an unheard-of state": entry(state="<b>fine</b>"),
    "an unheard-of field": entry(name="Ann"),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_kept_aside_and_a_new_one_begins(ann: Person, text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    for number in (1, 2):
        ann.file.write_bytes(data)
        ann.restart()
        ann.check(RIGHT)
        ann.check(RIGHT)
        aside = ann.folder / f"course_progress.damaged-{number}.json"
        told = f"{FILE} is damaged. It is kept as {aside.name}, and a new one begins."
        assert ann.heard() == told
        assert aside.read_bytes() == data
        assert Journal(ann.file).of("mul_layer").state == "right"


@pytest.mark.parametrize(
    "text", ['{"course_progress": 2}', '{"mine": 1}', "[1, 2]", "3"], ids=["newer", *"abc"]
)
def test_a_newer_or_foreign_file_stays_as_it_is(ann: Person, text: str) -> None:
    ann.file.write_text(text)
    for thing in WRONG[:2]:
        ann.check(thing)
    assert ann.heard().count("not a file this version of the course can read") == 1
    assert ann.file.read_text() == text
    assert journal.tries("mul_layer") == 2
    assert os.listdir(ann.folder) == [FILE]


def test_where_nothing_can_be_written_the_kernel_remembers(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.check(WRONG[0])
    before = ann.file.read_bytes()
    ann.heard()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as locked:
        locked.setattr(os, "replace", refuse)
        for thing in WRONG[1:3]:
            ann.check(thing)
        told = "can't be read and written here (Permission denied), so progress lasts as long"
        assert ann.heard().count(told) == 1
        assert journal.tries("mul_layer") == 3
        assert ann.file.read_bytes() == before
        assert os.listdir(ann.folder) == [FILE]
    ann.check(RIGHT)
    assert Journal(ann.file).of("mul_layer").tries == 3


def test_a_folder_of_the_files_name_stops_no_check(ann: Person) -> None:
    ann.file.mkdir()
    ann.check(RIGHT)
    assert course.ready("mul_layer")
    assert ann.heard().startswith(f"{FILE} can't be read and written here (")


def test_a_file_that_vanishes_is_written_again(ann: Person) -> None:
    ann.check(WRONG[0])
    ann.file.unlink()
    ann.check(WRONG[1])
    assert Journal(ann.file).of("mul_layer").tries == 2


# --- where a file is kept

KERNEL = SimpleNamespace(kernel=object(), user_ns={})


@pytest.mark.parametrize(
    ("front_end", "shell", "environment", "module", "name"),
    [
        ("", None, "JPY_SESSION_NAME", None, None),
        ("", KERNEL, None, None, None),
        ("Jupyter", KERNEL, "JPY_SESSION_NAME", None, None),
        ("VS Code", KERNEL, None, None, "__vsc_ipynb_file__"),
        ("Colab", KERNEL, None, "google.colab", None),
        ("JupyterLite", KERNEL, None, "emscripten", None),
    ],
    ids=["terminal", "a program that executes", "Jupyter", "VS Code", "Colab", "JupyterLite"],
)
def test_a_file_is_kept_only_where_a_person_reads_along(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    front_end: str,
    shell: Any,
    environment: str | None,
    module: str | None,
    name: str | None,
) -> None:
    place = str(tmp_path / f"{CHAPTER}.ipynb")
    Path(place).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(notebook, "shell", lambda: shell)
    monkeypatch.setattr(notebook, "names", lambda: {name: place})
    if environment:
        monkeypatch.setenv(environment, place)
    if module == "emscripten":
        monkeypatch.setattr(notebook.sys, "platform", module)
    elif module:
        monkeypatch.setitem(sys.modules, module, object())  # type: ignore[arg-type]
    assert notebook.front_end() == front_end
    file = journal.current.__wrapped__().file
    assert file == (tmp_path / FILE if front_end else None)


def test_a_journal_without_a_file_remembers_and_writes_nothing(tmp_path: Path) -> None:
    book = Journal()
    book.record(verdict(), "a")
    assert book.of("mul_layer").tries == 1
    assert book.file is None


class Colab:
    """Colab's page, as a kernel asks it for the notebook."""

    def __init__(self, cells: list[str], **about: str) -> None:
        code = [{"cell_type": "code", "source": [cell], "metadata": {}} for cell in cells]
        self.page = {"metadata": {"course": about}, "cells": code}

    def blocking_request(self, what: str, request: str, timeout_sec: float) -> Any:
        assert (what, request) == ("get_ipynb", "")
        return {"ipynb": self.page}


def test_in_colab_the_page_is_asked_for_the_notebook(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = ["import numpy as np\nfrom course import check", 'check("mul_layer", print)']
    told = {"build": "open", "chapter": CHAPTER, "solved": "https://github.com/someone/x"}
    monkeypatch.setitem(sys.modules, "google.colab._message", Colab(cells, **told))  # type: ignore[arg-type]
    assert "The solved notebook is <https://github.com/someone/x>" in climb(ann, 3)[-1]
    rehearsal = check_all()
    assert rehearsal is not None
    assert [v.exercise for v in rehearsal.verdicts] == ["mul_layer"]
    assert not rehearsal.saved


def test_in_colab_a_page_that_does_not_answer_says_nothing(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.colab._message", object())  # type: ignore[arg-type]
    ann.opens(build="open", chapter=CHAPTER)
    assert not any("solved" in told for told in climb(ann, 3))


def test_in_colab_progress_says_that_the_file_goes_with_the_runtime(
    ann: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ann.check(RIGHT)
    course.progress()
    assert "Colab" not in capsys.readouterr().out
    monkeypatch.setattr(notebook, "front_end", lambda: "Colab")
    course.progress()
    assert f"Colab deletes {FILE} with the runtime: download it" in capsys.readouterr().out
    journal.current().file = Path("/content/drive/MyDrive") / FILE
    course.progress()
    assert "Colab" not in capsys.readouterr().out


# --- reset


def released(chapter: cards.Chapter) -> Any:
    return nbformat.read(ROOT / "release" / chapter.name / f"{chapter.name}.ipynb", as_version=4)


@pytest.mark.parametrize("chapter", cards.chapters(), ids=lambda chapter: chapter.name)
def test_reset_shows_each_cell_exactly_as_it_was_handed_out(
    chapter: cards.Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_out = {cell.id: cell.source for cell in released(chapter).cells}
    shown: list[str] = []
    monkeypatch.setattr(notebook, "show_code", shown.append)
    for exercise in chapter.exercises.values():
        course.reset(exercise.id)
        assert shown == [handed_out[f"answer_{name}"] for name in exercise.objects]
        shown.clear()


def test_reset_says_what_to_do_and_touches_nothing(ann: Person) -> None:
    ann.check(WRONG[0])
    before, names = ann.file.read_bytes(), dict(ann.names)
    ann.heard()
    course.reset("mul_layer")
    told = ann.heard()
    assert "paste it over the whole cell; until you do, your own code stays as it is" in told
    assert "class MulLayer:" in told
    assert (ann.file.read_bytes(), ann.names) == (before, names)


def test_reset_names_the_exercise_that_shares_the_cell(ann: Person) -> None:
    course.reset("relu_backward")
    assert "The cell also holds relu_forward" in ann.heard()


def test_reset_of_an_unknown_id_names_the_closest() -> None:
    with pytest.raises(hints.UnknownId, match="Did you mean mul_layer"):
        course.reset("mul_laye")


def test_code_is_a_block_to_copy_in_a_notebook_and_plain_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(notebook, "show_markdown", shown.append)
    for browser in (True, False):
        monkeypatch.setattr(notebook, "in_browser", lambda browser=browser: browser)
        notebook.show_code("x = 1")
    assert shown == ["````python\nx = 1\n````", "\nx = 1\n"]


# --- progress


def standing_of(**tried: Tried) -> standing.Standing:
    return standing.Standing(cards.chapters()[0], tried)


def test_progress_has_a_row_for_each_exercise_and_a_bar_of_points() -> None:
    stand = standing_of(
        mul_layer=Tried("right", 3.0, 1, 2), add_layer=Tried("wrong", 1.0, 4, 3), gone=Tried()
    )
    text = stand.to_text()
    assert re.search(r"^1\.1 .* mul_layer +right +3 of 3  1 +2 of 3$", text, re.MULTILINE)
    assert re.search(r"^1\.2 .* add_layer +wrong +1 of 3  4 +3 of 3$", text, re.MULTILINE)
    assert f"[####{'-' * 36}] 1 of 12 exercises are right (4 of 40 points)." in text
    page = stand.to_html()
    assert "width:10%" in page
    assert page.count("<tr") == 1 + len(stand.chapter.exercises)
    assert "<script" not in page
    assert text.isascii()  # any terminal can print it


def test_each_state_is_said_in_words_beside_its_colour() -> None:
    page = standing_of(
        mul_layer=Tried("right", 3.0), add_layer=Tried("wrong"), branch=Tried("not attempted")
    ).to_html()
    for words in ("✓ right", "✕ wrong", "○ not attempted", "· not checked yet"):
        assert words in page


def test_bonus_points_stand_outside_the_total() -> None:
    optional = next(e for e in cards.chapters()[0].exercises.values() if e.optional)
    stand = standing_of(**{optional.id: Tried("right", optional.points)})
    assert stand.points == 0
    assert f"{optional.points:g} bonus points come on top." in stand.to_text()


def test_before_anything_is_checked_progress_shows_this_notebooks_chapter(
    ann: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course.progress()
    assert ann.heard() == "Nothing has been checked yet."
    ann.opens(build="open", chapter=CHAPTER)
    monkeypatch.setattr(notebook, "path", lambda: ann.folder / f"{CHAPTER}.ipynb")
    course.progress()
    assert "0 of 12 exercises are right" in capsys.readouterr().out


def test_progress_after_a_restart_has_what_was_seen_before(
    ann: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    ann.check(RIGHT)
    ann.restart()
    course.progress()
    told = capsys.readouterr().out
    assert "1 of 12 exercises are right" in told
    assert "Each line is what the last check saw" in told


# --- real kernels


class Kernel:
    """A kernel as a front end starts it; restarting it leaves nothing but files."""

    def __init__(self, folder: Path, session: str | None) -> None:
        env = {k: v for k, v in os.environ.items() if k != "JPY_SESSION_NAME"}
        env |= {"JPY_SESSION_NAME": session} if session else {}
        # Sockets in a folder of its own: ports that a restart gives up, another kernel may take.
        self.sockets = tempfile.TemporaryDirectory(prefix="k")
        ip = str(Path(self.sockets.name) / "s")
        self.manager = KernelManager(kernel_name="python3", transport="ipc", ip=ip)
        self.manager.start_kernel(cwd=folder, env=env)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str) -> str:
        """The text of all that a cell shows."""
        told: list[str] = []

        def hear(message: Any) -> None:
            content = message["content"]
            told.append(content.get("text", "") + content.get("data", {}).get("text/markdown", ""))
            told.append(content.get("data", {}).get("text/html", ""))

        # A wrong check ends with an error, and a kernel drops what was asked for right after one.
        self.client.execute_interactive(code, stop_on_error=False, timeout=60, output_hook=hear)
        return "".join(told)

    def restart(self) -> None:
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=60)

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.sockets.cleanup()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Kernel]]:
    kernels: list[Kernel] = []

    def start(session: str | None) -> Kernel:
        kernels.append(Kernel(tmp_path, session))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.stop()


IMPORTS = "import numpy as np\nfrom course import check, hint, progress, ready, reset"
WRONG_CELL = """class MulLayer:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * {}, dout * self.x
"""


@pytest.mark.slow
@pytest.mark.floor
def test_a_restarted_kernel_knows_tries_rungs_and_standing(
    start: Callable[..., Kernel], tmp_path: Path
) -> None:
    file = tmp_path / f"{CHAPTER}.ipynb"
    file.write_bytes((ROOT / "release" / CHAPTER / file.name).read_bytes())
    kernel = start(str(file))
    for factor in (2, 3, 4):
        kernel.run(IMPORTS)
        kernel.run(WRONG_CELL.format(factor))
        kernel.run('check("mul_layer", MulLayer)')
        assert f"Hint {factor - 1} of 3" in kernel.run('hint("mul_layer")')
        kernel.restart()
    kernel.run(IMPORTS)
    kernel.run(WRONG_CELL.format(4))
    kernel.run('check("mul_layer", MulLayer)')
    assert "The solved notebook is `solutions/" in kernel.run('hint("mul_layer")')
    shown = kernel.run("progress()")
    assert "wrong" in shown
    assert "3 of 3" in shown
    assert json.loads((tmp_path / FILE).read_text())["exercises"]["mul_layer"]["tries"] == 3
    assert "````python\nclass MulLayer" in kernel.run('reset("mul_layer")')


@pytest.mark.slow
@pytest.mark.floor
def test_a_kernel_that_nobody_reads_writes_no_file(
    start: Callable[..., Kernel], tmp_path: Path
) -> None:
    kernel = start(None)
    kernel.run(IMPORTS)
    kernel.run(WRONG_CELL.format(2))
    assert "wrong" in kernel.run('check("mul_layer", MulLayer)')
    assert "Hint 1 of 3" in kernel.run('hint("mul_layer")')
    assert list(tmp_path.iterdir()) == []
