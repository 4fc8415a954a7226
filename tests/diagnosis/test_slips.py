"""Slips: one small change of a right answer at a time, each with words of its own."""

from __future__ import annotations

import ast

import pytest

from course.authoring.slips import slips
from course.messages import SENTENCES

LAYER = '''
class Layer:
    """A layer."""

    def forward(self, x):
        """x -> y."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        for k in range(3):
            self.db += dout.sum(axis=0)
        return -dout * self.W.T, dout / 2
'''


def made(code: str = LAYER) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for slip in slips(code):
        found.setdefault(slip.key, set()).add(slip.code)
    return found


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("slip_entrywise", "return x * self.W + self.b"),
        ("slip_left_out", "return x @ self.W"),
        ("slip_turned", "return self.W @ x + self.b"),
        ("slip_no_step", "pass"),
        ("slip_axis", "self.db += dout.sum(axis=1)"),
        ("slip_function", "self.db += dout.mean(axis=0)"),
        ("slip_overwritten", "self.db = dout.sum(axis=0)"),
        ("slip_sign", "return (dout * self.W.T, dout / 2)"),
        ("slip_transpose", "return (-dout * self.W, dout / 2)"),
        ("slip_results", "return (dout / 2, -dout * self.W.T)"),
        ("slip_times_over", "return (-dout * self.W.T, dout * 2)"),
        ("slip_number", "return (-dout * self.W.T, dout / 3)"),
        ("slip_name", "return (-dout * self.W.T, k / 2)"),
        ("slip_bounds", "for k in range(3 + 1):"),
        ("slip_early_return", "    return (-dout * self.W.T, dout / 2)"),
    ],
)
def test_a_slip_of_each_sort_is_made(key: str, line: str) -> None:
    assert any(line in code for code in made()[key]), made()[key]


def test_every_slip_differs_from_the_answer_and_from_every_other() -> None:
    codes = [slip.code for slip in slips(LAYER)]
    assert len(codes) == len(set(codes)) > 40
    assert ast.unparse(ast.parse(LAYER)) not in codes


def test_every_slip_is_python_with_sentences_of_its_own() -> None:
    for slip in slips(LAYER):
        ast.parse(slip.code)
        for part in ("when", "look"):
            assert SENTENCES[f"{slip.key}.{part}"].format(**slip.values)


def test_docstrings_and_the_order_of_definitions_are_left_alone() -> None:
    for slip in slips(LAYER):
        assert ast.get_docstring(ast.parse(slip.code).body[0]) == "A layer."
