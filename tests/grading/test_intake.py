"""What can't be read is refused in one sentence; what can is read whatever it went through."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course.grading.intake import (
    MAX_CELL_BYTES,
    MAX_CELLS,
    Refused,
    clean,
    depth,
    find_notebook,
    read_cells,
    read_plain,
)

NAME = "ann/ch1/ch1.ipynb"


def book(cells: list[object], **fields: object) -> bytes:
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells} | fields
    ).encode()


def cell(source: object = "x = 1", kind: str = "code", **fields: object) -> dict[str, object]:
    return {"cell_type": kind, "id": "a", "metadata": {}, "source": source} | fields


UNREADABLE = {
    "empty": b"",
    "truncated": book([cell()])[:-20],
    "not JSON": b"\x89PNG\r\n",
    "UTF-16 without its mark": book([cell()]).decode().encode("utf-16-le"),
    "UTF-16 cut in half": book([cell()]).decode().encode("utf-16")[:-1],
    "escaped, with a number too long to read": b"{&quot;cells&quot;: &#" + b"1" * 5000 + b";}",
    "a list": b"[]",
    "a number too long to read": b'{"nbformat": ' + b"1" * 5000 + b"}",
    "nested without end": b"[" * 100_000,
    "nested inside a notebook": book([], metadata=json.loads("[" * 70 + "]" * 70)),
    "no cells": b'{"nbformat": 4}',
    "cells that are no list": book([]).replace(b"[]", b"{}"),
    "format 3": json.dumps({"nbformat": 3, "worksheets": []}).encode(),
    "format 5": book([], nbformat=5),
    "format true": book([], nbformat=True),
    "too many cells": book([cell()] * (MAX_CELLS + 1)),
    "too much text in all": book([cell("x" * MAX_CELL_BYTES)] * 22),
    "more brackets than memory": b'{"a": [' + b"{}," * 600_000 + b"0]}",
    "more strings than memory": b'{"a": [' + b'"",' * 4_000_001 + b"0]}",
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_refused_in_a_sentence_with_name_and_remedy(data: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        read_cells(data, NAME)
    sentence = str(refusal.value)
    assert sentence.startswith(NAME)
    assert sentence.endswith(".")
    assert ";" in sentence
    assert "\n" not in sentence
    assert len(sentence) < 300


def test_outputs_of_any_ordinary_size_are_dropped_and_cost_nothing() -> None:
    data = book([cell("x = 1", outputs="y" * 5_000_000)])
    assert [kept.source for kept in read_cells(data, NAME).cells] == ["x = 1"]


def test_a_file_too_large_to_look_at_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("course.grading.intake.MAX_BYTES", 1000)
    with pytest.raises(Refused, match=r"larger than .* MiB; clear the outputs"):
        read_cells(book([cell("x", outputs="y" * 1000)]), NAME)


def test_depth_counts_brackets_outside_strings_only() -> None:
    assert depth(rb'{"a": ["[[[[\"[[", [1]]}') == 3
    assert depth(b'"' + b'\\"' * 100_000) == 0


def test_every_minor_version_of_format_4_is_read() -> None:
    for minor in range(6):
        old = book([cell()], nbformat_minor=minor)
        assert [c.source for c in read_cells(old, NAME).cells] == ["x = 1"]


def test_a_byte_order_mark_and_windows_lines_are_tolerated() -> None:
    data = b"\xef\xbb\xbf" + book([cell(["a = 1\r\n", "b = 2"])])
    assert read_cells(data, NAME).cells[0].source == "a = 1\nb = 2"


READABLE = {
    "UTF-16 with its mark": lambda whole: whole.decode().encode("utf-16"),
    "a tail of zeros": lambda whole: whole + b"\0" * 4096,
    "line ends inside strings": lambda whole: whole.replace(b"\\n", b"\n"),
    "escaped as for a web page": lambda whole: html.escape(whole.decode()).encode(),
}


@pytest.mark.parametrize("change", READABLE.values(), ids=READABLE.keys())
def test_a_file_that_can_be_made_whole_is_read(change: Callable[[bytes], bytes]) -> None:
    whole = book([cell("if 1 < 2:\n    x = '&'")])
    assert read_cells(change(whole), NAME).cells[0].source == "if 1 < 2:\n    x = '&'"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (["a = 1", "b = 2"], "a = 1\nb = 2"),
        (["a = 1\n", "b = 2"], "a = 1\nb = 2"),
        (["a", "b"], "ab"),
        ("a = 1\r\rb = 2", "a = 1\n\nb = 2"),
    ],
)
def test_lines_are_put_together_as_they_were_meant(source: object, text: str) -> None:
    assert read_cells(book([cell(source)]), NAME).cells[0].source == text


def test_a_log_of_a_million_lines_is_dropped_like_any_output() -> None:
    log = [{"output_type": "stream", "name": "stdout", "text": ["step\n"] * 1_000_000}]
    assert len(read_cells(book([cell(outputs=log)]), NAME).cells) == 1


def test_empty_cells_count_for_nothing() -> None:
    assert len(read_cells(book([cell(""), cell([])] * MAX_CELLS + [cell()]), NAME).cells) == 1


def test_a_cell_of_code_too_large_is_left_out_and_the_others_are_read() -> None:
    found = read_cells(book([cell("x" * (MAX_CELL_BYTES + 1)), cell("y = 1")]), NAME)
    assert [kept.source for kept in found.cells] == ["y = 1"]
    assert "100 kB of code" in found.notes[0]


def test_an_open_string_of_escaped_quotes_is_looked_at_once() -> None:
    with pytest.raises(Refused):
        read_cells(b'"' + b'\\"' * 5_000_000, NAME)


def test_a_lone_surrogate_is_replaced_and_the_rest_is_read() -> None:
    found = read_cells(book([cell("x = '\ud800'")]), NAME).cells[0].source
    assert found == "x = '\N{REPLACEMENT CHARACTER}'"
    found.encode("utf-8")


def test_a_damaged_cell_is_left_out_with_a_note() -> None:
    found = read_cells(book([cell(), 7, cell(source=None), cell(kind="heading")]), NAME)
    assert len(found.cells) == 1
    assert len(found.notes) == 3


def test_a_long_text_is_cut_rather_than_refused() -> None:
    found = read_cells(book([cell("x" * (MAX_CELL_BYTES + 1), kind="markdown")]), NAME)
    assert len(found.cells[0].source) < MAX_CELL_BYTES
    assert found.notes


def test_a_cell_goes_by_its_id_by_the_one_colab_keeps_and_by_its_grade_id() -> None:
    metadata = {"id": "colab", "nbgrader": {"grade_id": "grade", "schema_version": 99}}
    (found,) = read_cells(book([cell(metadata=metadata)]), NAME).cells
    assert found.names == ("a", "colab", "grade")


def submission(folder: Path, *names: str) -> Path:
    place = folder / "submitted" / "ann" / "ch1"
    place.mkdir(parents=True)
    for name in names:
        (place / name).write_bytes(book([cell()]))
    return place


def test_the_only_notebook_is_taken_whatever_its_name(tmp_path: Path) -> None:
    place = submission(tmp_path, "ch1 (1).ipynb", "notes.txt")
    path, notes = find_notebook(place, "ch1")
    assert path.name == "ch1 (1).ipynb"
    assert "ch1.ipynb" in notes[0]


def test_what_a_system_leaves_beside_a_renamed_notebook_is_not_taken_for_it(tmp_path: Path) -> None:
    hidden = ("._Copy of ch1.ipynb", ".~Copy of ch1.ipynb")
    path, notes = find_notebook(submission(tmp_path, "Copy of ch1.ipynb", *hidden), "ch1")
    assert path.name == "Copy of ch1.ipynb"
    assert "ch1.ipynb" in notes[0]


def test_the_only_notebook_that_bears_the_chapter_s_name_is_taken(tmp_path: Path) -> None:
    place = submission(tmp_path, "Ch1 (1).ipynb", "Untitled.ipynb", "ch2.ipynb")
    assert find_notebook(place, "ch1")[0].name == "Ch1 (1).ipynb"


@pytest.mark.parametrize(
    "names", [(), (".ch1.ipynb",), ("a.ipynb", "b.ipynb"), ("ch1 (1).ipynb", "ch1 (2).ipynb")]
)
def test_a_missing_notebook_is_named_with_what_was_looked_for(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    with pytest.raises(Refused, match=r"ann/ch1/ch1\.ipynb is missing"):
        find_notebook(submission(tmp_path, *names), "ch1")


def test_a_link_is_not_followed_wherever_it_stands(tmp_path: Path) -> None:
    secret = tmp_path / "home" / "ann" / "ch1"
    secret.mkdir(parents=True)
    (secret / "ch1.ipynb").write_bytes(book([cell()]))
    (tmp_path / "file" / "ann" / "ch1").mkdir(parents=True)
    (tmp_path / "file" / "ann" / "ch1" / "ch1.ipynb").symlink_to(secret / "ch1.ipynb")
    (tmp_path / "chapter" / "ann").mkdir(parents=True)
    (tmp_path / "chapter" / "ann" / "ch1").symlink_to(secret)
    (tmp_path / "student").mkdir()
    (tmp_path / "student" / "ann").symlink_to(secret.parent)
    assert read_plain(secret / "ch1.ipynb")
    for place in ("file", "chapter", "student"):
        with pytest.raises(Refused, match="is a link"):
            read_plain(tmp_path / place / "ann" / "ch1" / "ch1.ipynb")


def test_what_a_linked_folder_holds_is_not_told(tmp_path: Path) -> None:
    private = submission(tmp_path, "exam.ipynb", "grades.ipynb")
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "ch1").symlink_to(private)
    (tmp_path / "ben").symlink_to(private.parent)
    for student in ("ann", "ben"):
        with pytest.raises(Refused, match=r"ch1\.ipynb is a link") as caught:
            find_notebook(tmp_path / student / "ch1", "ch1")
        assert "exam" not in str(caught.value)


def test_a_pipe_a_folder_and_a_huge_file_are_refused_at_once(tmp_path: Path) -> None:
    place = submission(tmp_path)
    os.mkfifo(place / "pipe.ipynb")
    (place / "folder.ipynb").mkdir()
    with open(place / "huge.ipynb", "wb") as file:
        file.truncate(10 * 2**30)
    for name in ("pipe", "folder", "huge", "absent"):
        with pytest.raises(Refused, match=rf"^ann/ch1/{name}\.ipynb .*;"):
            read_plain(place / f"{name}.ipynb")


def test_clean_text_has_no_controls_and_stops_somewhere() -> None:
    assert clean("a\x1b[31mb\r\nc\x00\u202e") == "a[31mb\nc"
    assert len(clean("x" * 1000, 10)) < 30


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: b"\xef\xbb\xbf" + data, "byte-order mark"),
        (lambda data: data.decode().encode("utf-16"), "UTF-16"),
        (lambda data: data + b"\0" * 40, "zero bytes"),
        (lambda data: html.escape(data.decode()).encode(), "escaped as HTML"),
        (lambda data: data.replace(b"\\n", b"\\r\\n"), "Line ends of another system"),
        (lambda data: data.replace(b"\\n", b"\\r"), "Line ends of another system"),
    ],
)
def test_what_was_repaired_to_read_a_file_is_told(
    change: Callable[[bytes], bytes], said: str, solved: Any
) -> None:
    cells = read_cells(solved.data(), "a.ipynb")
    mended = read_cells(change(solved.data()), "a.ipynb")
    assert mended.cells == cells.cells
    assert cells.notes == ()
    assert [said in note for note in mended.notes] == [True]
