"""`show`: the numbers behind a wrong part, as a picture in a notebook and as text in a terminal."""

from __future__ import annotations

import json
from functools import cache
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

import course
from course import cards, figures, hints, journal, notebook
from course.checks import CheckFailed, check, judge
from course.picture import Numbers
from course.session import LocalSession
from course.verdict import Finding, Verdict


class MulLayer:
    """A product whose dx has the wrong sign."""

    def forward(self, x: Any, y: Any) -> Any:
        self.x, self.y = x, y
        return x * y

    def backward(self, dout: Any) -> Any:
        return -dout * self.y, dout * self.x


class Right(MulLayer):
    def backward(self, dout: Any) -> Any:
        return dout * self.y, dout * self.x


class Raises(MulLayer):
    def forward(self, x: Any, y: Any) -> Any:
        raise ValueError("no")


@pytest.fixture(autouse=True)
def nobody_at_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "current", cache(journal.Journal))
    monkeypatch.setattr(notebook, "shell", lambda: None)


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, str]]:
    """What a notebook is shown: figures and their alt texts."""
    shown: list[tuple[Any, str]] = []
    monkeypatch.setattr(notebook, "in_browser", lambda: True)
    monkeypatch.setattr(figures, "show", lambda figure, alt: shown.append((figure, alt)))
    return shown


def verdict_on(exercise_id: str, code: str) -> Verdict:
    names: dict[str, Any] = {"np": np}
    exec(compile(dedent(code), "<answer>", "exec", dont_inherit=True), names)
    exercise = cards.find_exercise(exercise_id)
    assert exercise is not None
    return judge(exercise, LocalSession(names))


def failed(layer: type) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        check("mul_layer", layer)
    return caught.value


def wrong(layer: type = MulLayer) -> Verdict:
    verdict = failed(layer).verdict
    assert verdict is not None
    return verdict


def numbers(exercise_id: str, code: str, part: str) -> Numbers:
    (found,) = (f.numbers for f in verdict_on(exercise_id, code).findings if f.part == part)
    assert found is not None
    return found


# --- what a verdict holds


def test_only_parts_that_are_wrong_hold_numbers() -> None:
    held = {f.part: f.numbers for f in wrong().findings}
    assert [part for part, each in held.items() if each is not None] == ["dx"]
    dx = held["dx"]
    assert dx is not None
    assert (dx.yours, dx.case) == (-2.2, "the shop")
    assert dx.expected == pytest.approx(2.2)
    assert dict(dx.inputs) == {"x": 100, "y": 2, "dout": 1.1}


def test_json_stays_plain_and_keeps_none_of_them() -> None:
    verdict = wrong()
    again = Verdict.from_json(json.loads(json.dumps(verdict.to_json())))
    assert again == verdict
    assert not again.has_numbers


def test_of_a_list_the_first_wrong_layer_is_held() -> None:
    code = """
    def pencil_gradients(X, y, weights, biases):
        return 0.0, [0 * W for W in weights], [0 * b for b in biases]
    """
    dweights = numbers("pencil_net", code, "dweights")
    assert dweights.name == "dweights[2]"
    assert dweights.yours.shape == dweights.expected.shape == (3, 1)


def test_where_a_slope_leaves_a_choice_the_nearest_right_one_stands() -> None:
    code = """
    class Relu:
        def forward(self, x):
            self.x = x
            return np.maximum(x, 0)

        def backward(self, dout):
            return np.where(self.x == 0, 0.3 * dout, 2 * dout)
    """
    dx = numbers("relu_backward", code, "dx")
    assert np.all(np.isfinite(dx.expected))


def test_where_only_a_shape_is_asked_nothing_is_made_up() -> None:
    code = """
    def he_init(n_in, n_out, rng=None):
        return np.ones((n_in, n_out))
    """
    assert numbers("initialisation", code, "shape").expected is None


# --- in a notebook


def test_each_wrong_part_is_a_picture_with_alt_text(pictures: list[tuple[Any, str]]) -> None:
    code = """
    class MulLayer:
        def forward(self, x, y):
            return x + y

        def backward(self, dout):
            return dout, dout
    """
    verdict = verdict_on("mul_layer", code)
    verdict.show()
    wrong_parts = [f for f in verdict.findings if f.state == "wrong"]
    assert [alt.partition(":")[0] for _, alt in pictures] == [f.part for f in wrong_parts]
    assert "yours 102, expected 200" in pictures[0][1]


def test_a_picture_names_the_case_the_inputs_and_the_worst_entry() -> None:
    expected = np.zeros((7, 3))
    yours = expected.copy()
    yours[3, 1] = 5.0
    inputs = {"x": np.ones((7, 3)), "slope": 0.1, "weights": [np.ones(2)] * 4, "dout": expected}
    figure = Numbers("dx", yours, expected, "a batch", inputs).draw()
    told = [text.get_text() for text in figure.axes[0].texts]
    assert "dx   [a batch]" in told
    assert "worst at [3, 1]: yours 5, expected 0" in told
    assert "with x (7, 3), slope = 0.1, weights (list of 4), dout (7, 3)" in told


def test_of_many_axes_the_slice_is_named() -> None:
    expected = np.zeros((5, 2, 3, 2))
    yours = expected.copy()
    yours[4, 1, 0, 0] = 1.0
    notes = Numbers("dx", yours, expected, "", {}).notes()
    assert "yours has shape (5, 2, 3, 2); drawn is [4, 1, :, :]" in notes


# --- in a terminal


def test_a_terminal_prints_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    wrong().show()
    told = capsys.readouterr().out
    assert told.startswith("dx   [the shop]\nyours\n-2.2\nexpected\n2.2\nyours − expected\n-4.4\n")


@pytest.mark.parametrize(
    ("yours", "expected"),
    [
        (np.ones((3, 7)), np.ones((7, 3))),
        (np.array(np.nan), np.array(2.0)),
        (np.array(2.0), None),
        (np.full((50, 80), np.inf), np.full((50, 80), -np.inf)),
    ],
    ids=["shapes", "nan", "alone", "large"],
)
def test_whatever_is_held_can_be_told_and_drawn(yours: Any, expected: Any) -> None:
    held = Numbers("dx", yours, expected, "a case", {"f": object(), "n": None, "shows": "it"})
    assert len(held.to_text()) < 3000
    assert held.draw().axes


# --- where there is nothing


def test_a_right_answer_has_nothing_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    check("mul_layer", Right).show()
    assert capsys.readouterr().out == "There is nothing to show: mul_layer is right.\n"


def test_an_answer_that_raises_has_nothing_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    wrong(Raises).show()
    assert "no part of mul_layer that is wrong came with numbers" in capsys.readouterr().out


def test_a_verdict_from_json_says_that_the_numbers_were_not_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Verdict.from_json(wrong().to_json()).show()
    assert capsys.readouterr().out.endswith("the numbers behind this verdict weren't kept.\n")


# --- by name


def test_the_last_check_of_a_session_is_shown_by_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    wrong(Raises)
    wrong(MulLayer)
    course.show("mul_layer")
    assert capsys.readouterr().out.startswith("dx   [the shop]")


def test_what_was_never_checked_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    course.show("add_layer")
    assert "add_layer has not been checked" in capsys.readouterr().out


def test_an_unknown_id_is_answered_with_the_closest() -> None:
    with pytest.raises(hints.UnknownId, match="mul_layer"):
        course.show("mul_layr")


def test_a_failed_check_ends_with_how_to_see_its_numbers() -> None:
    last = str(failed(MulLayer)).splitlines()[-1]
    assert last.split()[0] == "show"
    assert "from course import show; show('mul_layer')" in last


def test_where_there_is_nothing_to_draw_nothing_is_offered() -> None:
    assert "show(" not in str(failed(Raises))


def test_grading_offers_no_picture() -> None:
    exercise = cards.find_exercise("mul_layer")
    assert exercise is not None
    verdict = judge(exercise, LocalSession({"MulLayer": MulLayer}))
    assert "show(" not in verdict.to_text()
    assert verdict.has_numbers


def test_a_finding_is_the_same_with_and_without_its_numbers() -> None:
    held = Numbers("dx", np.ones(3), np.zeros(3), "", {})
    assert Finding("dx", "wrong", "off", numbers=held) == Finding("dx", "wrong", "off")
