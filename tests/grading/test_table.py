"""The table in the terminal: whatever a submission brings along, it prints as plain text."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from course.grading import table


@pytest.mark.parametrize("name", ["eve\x1b[2J\x1b]0;x\x07", "\x9b31meve", "eve\u202eada", "e\nada"])
def test_a_student_s_name_can_not_command_the_terminal(
    name: str, graded: Any, solved: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    table.show([graded(solved, student=name)])
    told = capsys.readouterr().out
    assert not set(told) & set("\x1b\x07\x9b\u202e")
    assert len(told.splitlines()) == 3


def test_a_name_that_is_no_text_can_be_printed(
    graded: Any, solved: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    result = replace(graded(solved), student="eve\udcff", reason="no \udcff")
    table.show([result])
    assert b"eve" in capsys.readouterr().out.encode("utf-8")


def meter_after(results: list[Any], total: int) -> str:
    """What a terminal shows when these results have come."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    with table.Meter(total, console) as meter:
        for result in results:
            meter.tell(result)
        meter._bar.refresh()
    return screen.getvalue()


def test_the_meter_counts_what_is_done_left_and_failed(graded: Any, solved: Any) -> None:
    fine = graded(solved)
    failed = replace(fine, status="error", reason="the disk is full")
    shown = meter_after([fine, fine, failed], 5)
    assert "3 done, 2 left, 1 failed" in shown
    assert re.search(r"\d+(\.\d)?/(s|min) +\d+:\d\d:\d\d", shown)


def test_the_meter_shows_nothing_that_a_student_wrote(graded: Any, solved: Any) -> None:
    shown = meter_after([graded(solved, student="eve\x07[red]")], 2)
    assert "eve" not in shown
    assert "\x07" not in shown


def test_where_there_is_no_terminal_there_is_no_meter(
    graded: Any, solved: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with table.Meter(2) as meter:
        meter.tell(graded(solved))
    assert capsys.readouterr() == ("", "")
