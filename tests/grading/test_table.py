"""The table in the terminal: whatever a submission brings along, it prints as plain text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

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
