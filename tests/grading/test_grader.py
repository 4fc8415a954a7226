"""One submission: what it earns, what a lost box costs, and what the autograded notebook holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from course import cards
from course.givens import Given
from course.grading import asking, grader, rebuilt
from course.grading.box import BoxLost, Limits, NoBox
from course.grading.frames import CellResult
from course.grading.grader import CannotGrade, load_material
from course.session import Raised, Reply

KILL = "raise Killed"
ROOT = Path(__file__).resolve().parents[2]


def verdicts(result: Any) -> dict[str, Any]:
    return {verdict.exercise: verdict for verdict in result.verdicts}


def test_the_solved_notebook_earns_all_and_the_released_one_nothing(
    solved: Any, released: Any, graded: Any
) -> None:
    full, none = graded(solved), graded(released)
    assert (full.points, full.out_of, full.status) == (10, 10, "graded")
    assert {v.state for v in none.verdicts} == {"not attempted"}
    assert none.points == 0


def test_the_autograded_notebook_is_valid_and_bears_the_release_s_metadata(
    solved: Any, released: Any, graded: Any, tmp_path: Path
) -> None:
    result = graded(solved.repeat("mul_layer").add("x = 1", below="given-title"))
    path = tmp_path / "autograded.ipynb"
    path.write_text(json.dumps(result.notebook), encoding="utf-8")
    nbformat.validate(nbformat.read(path, as_version=4))
    cells = {cell["id"]: cell for cell in result.notebook["cells"]}
    for cell in released.cells:
        assert cells[cell["id"]]["metadata"]["nbgrader"] == cell["metadata"]["nbgrader"]
    graded_ids = [c["metadata"].get("nbgrader", {}).get("grade_id") for c in cells.values()]
    assert graded_ids.count("mul_layer") == 1


def test_a_verdict_is_the_output_of_its_check_cell(released: Any, graded: Any) -> None:
    cells = {cell["id"]: cell for cell in graded(released).notebook["cells"]}
    (output,) = cells["mul_layer"]["outputs"]
    assert output["data"]["text/plain"].startswith("mul_layer   not attempted")
    assert "mul_layer" in output["data"]["text/html"]


def test_cells_that_raise_stop_nothing_and_show_their_error(solved: Any, graded: Any) -> None:
    result = graded(solved.add("1 / 0", below="given-imports"))
    errors = [o for c in result.notebook["cells"] for o in c.get("outputs", []) if "ename" in o]
    assert result.points == 10
    assert [error["ename"] for error in errors] == ["ZeroDivisionError"]


def test_a_cell_that_kills_the_box_is_left_out_and_the_rest_counts(
    solved: Any, graded: Any
) -> None:
    result = graded(solved.add(KILL, below="given-imports"))
    assert result.points == 10
    assert "left out" in json.dumps(result.notebook)
    (flag,) = result.flags
    assert "was left out, because running it ended the process" in flag


def test_what_is_set_by_a_method_or_without_an_assignment_is_set_again_after_a_loss(
    solved: Any, graded: Any
) -> None:
    source = solved["answer_AddLayer"]["source"]
    solved.write("answer_AddLayer", source.replace("* 1", "* SETTINGS['one'] * two"))
    solved.add(KILL, below="mul_layer").add("(two := 1)", below="given-imports")
    solved.add("SETTINGS.update(one=1)", below="given-imports")
    solved.add("SETTINGS = {}", below="given-imports")
    assert graded(solved).points == 10


def test_when_time_is_up_nothing_more_is_asked_in_the_same_box(solved: Any, graded: Any) -> None:
    result = graded(solved, limits=replace(asking.LIMITS, seconds_for_all_boxes=-1.0))
    assert result.points == 0
    assert all("used up its time" in v.findings[0].text for v in result.verdicts)


def test_an_answer_cell_that_only_kills_is_named_though_it_defines_nothing(
    solved: Any, graded: Any
) -> None:
    solved.write("answer_AddLayer", KILL)
    found = verdicts(graded(solved))["add_layer"]
    assert "left out" in found.findings[0].text


def test_an_answer_that_kills_the_box_is_wrong_and_says_so(solved: Any, graded: Any) -> None:
    solved.write("answer_AddLayer", "class AddLayer: pass\n" + KILL)
    found = verdicts(graded(solved))
    assert (found["add_layer"].points, found["add_layer"].state) == (0, "wrong")
    assert "left out" in found["add_layer"].findings[0].text
    assert "os._exit" in found["add_layer"].findings[0].text
    assert found["mul_layer"].points == 3
    assert found["apple_graph"].points == 4


def test_a_check_that_loses_the_box_is_wrong_and_the_others_go_on(solved: Any, graded: Any) -> None:
    source = solved["answer_MulLayer"]["source"]
    solved.write("answer_AddLayer", source.replace("Mul", "Add").replace("return x * y", KILL))
    found = verdicts(graded(solved))
    assert "no answer within" in found["add_layer"].findings[0].text
    assert [found[name].points for name in ("mul_layer", "add_layer", "apple_graph")] == [3, 0, 4]


def test_a_notebook_that_only_kills_ends_and_earns_nothing(released: Any, graded: Any) -> None:
    for _ in range(60):
        released.add(f"MulLayer = AddLayer = None\n{KILL}", below="given-title")
    result = graded(released)
    assert result.points == 0
    assert "used up" in result.verdicts[-1].findings[0].text


def test_a_box_lost_while_a_cause_is_looked_for_costs_no_points(solved: Any, graded: Any) -> None:
    exercise = cards.find_exercise("mul_layer")
    assert exercise is not None
    public = next(c.inputs["x"] for c in exercise.cards if np.ndim(c.inputs["x"]))
    deadly = f"if np.ravel(x)[0] == {float(np.ravel(public)[0])!r}: {KILL}"
    kept = "self.x, self.y = x, y"
    source = solved["answer_MulLayer"]["source"].replace(kept, f"{deadly}\n        {kept}")
    wrong = "import numpy as np\n" + source.replace("dout * self.x", "dout * 3 * self.x")
    solved.write("answer_MulLayer", wrong)
    found = verdicts(graded(solved))
    assert [f.state for f in found["mul_layer"].findings[:3]] == ["right", "right", "wrong"]
    assert found["add_layer"].passed


def test_an_exercise_is_tried_again_with_what_it_needs_solved(solved: Any, graded: Any) -> None:
    wrong = solved["answer_MulLayer"]["source"].replace("return x * y", "return x + y")
    found = verdicts(graded(solved.write("answer_MulLayer", wrong)))
    assert found["mul_layer"].points < 3
    assert found["apple_graph"].points == 4
    assert "mul_layer solved" in found["apple_graph"].findings[-1].text


def test_solved_needs_help_no_wrong_answer(released: Any, solved: Any, graded: Any) -> None:
    assert verdicts(graded(released))["apple_graph"].points == 0
    solved.write("answer_MulLayer", released["answer_MulLayer"]["source"])
    solved.write("answer_apple_graph", "def apple_graph(a, b, c):\n    return 0, (1, 1, 1)")
    assert verdicts(graded(solved))["apple_graph"].points == 0


def test_what_is_printed_or_warned_beside_solved_answers_is_thrown_away(
    released: Any, solved: Any, graded: Any
) -> None:
    solved.write("answer_MulLayer", released["answer_MulLayer"]["source"])
    curious = (
        "def apple_graph(apple, num, tax):\n    import warnings\n"
        "    print('seen', MulLayer.forward.__code__.co_names)\n"
        "    warnings.warn(f'seen {MulLayer.forward.__code__.co_names}')\n"
    )
    body = solved["answer_apple_graph"]["source"].split("\n", 1)[1]
    result = graded(solved.write("answer_apple_graph", curious + body))
    assert verdicts(result)["apple_graph"].points == 4
    assert "seen (" not in json.dumps([result.notebook, result.to_json()])
    assert "self.x, self.y = x, y" not in json.dumps(result.notebook)


def test_the_same_submission_draws_the_same_cards_and_another_hand_has_other_ones(
    solved: Any, graded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    judge = asking.judge

    def listening(exercise: Any, session: Any, cards: Any, **options: Any) -> Any:
        drawn.append(cards)
        return judge(exercise, session, cards, **options)

    monkeypatch.setattr(asking, "judge", listening)

    def numbers(**options: Any) -> str:
        drawn.clear()
        graded(options.pop("book", solved), **options)
        return repr([card.inputs for cards in drawn for card in cards])

    first = numbers()
    assert numbers() == first
    assert numbers(secret=b"t" * 32) != first
    assert numbers(seed=b"u" * 32) != first


def test_which_of_the_class_s_hands_a_submission_gets_follows_from_all_that_names_it() -> None:
    def hands(**changed: Any) -> list[bytes]:
        named = {"secret": b"s" * 32, "student": "ann", "chapter": "ch1"} | changed
        return [grader.seed_of(**named, digest=str(n)) for n in range(400)]

    first = hands()
    assert hands() == first
    assert len(set(first)) == asking.HANDS
    assert max(first.count(seed) for seed in set(first)) < 1.5 * 400 / asking.HANDS
    assert set(hands(student="ben")) == set(first)
    assert hands(student="ben") != first
    for other in ({"chapter": "ch2"}, {"secret": b"t" * 32}):
        assert not set(hands(**other)) & set(first)


def test_neither_secret_nor_seed_is_in_what_a_student_sees(solved: Any, graded: Any) -> None:
    secret = b"0123456789abcdef" * 2
    result = graded(solved, secret=secret)
    seen = json.dumps(result.notebook) + json.dumps(result.to_json())
    seed = grader.seed_of(secret, "ann", result.chapter, result.submission)
    for private in (secret, seed):
        assert private.hex() not in seen
        assert private.decode("latin-1") not in seen


def test_a_written_answer_counts_as_written_once_it_differs(
    solved: Any, released: Any, graded: Any
) -> None:
    assert graded(solved).written[0].answered
    assert not graded(released).written[0].answered
    assert not graded(released.write("ch1_explain", "")).written[0].answered


def test_no_box_is_an_error_and_not_a_zero(solved: Any, graded: Any) -> None:
    @contextmanager
    def none(_: Limits) -> Iterator[Any]:
        raise NoBox("bubblewrap isn't installed.")
        yield

    with pytest.raises(NoBox):
        graded(solved, box=none)


def test_a_check_that_fails_itself_costs_that_exercise_and_raises_a_flag(
    solved: Any, graded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = asking.judge

    def faulty(exercise: Any, *rest: Any, **options: Any) -> Any:
        if exercise.id == "add_layer":
            raise KeyError("a fault of ours")
        verdict = judge(exercise, *rest, **options)
        return replace(verdict, points=np.nan) if exercise.id == "mul_layer" else verdict

    monkeypatch.setattr(asking, "judge", faulty)
    result = graded(solved)
    assert result.points == 4
    assert len(result.flags) == 2
    assert "a fault of ours" in " ".join(result.flags)


def test_output_is_capped_and_only_png_figures_pass(solved: Any, graded: Any) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)

    class Chatty:
        def run(self, source: str, name: str) -> CellResult:
            return CellResult("y" * 10**6 + "\x1b[2J", (png, b"<svg onload=alert(1)>"), None)

        def make(self, *_: Any) -> Any:
            raise BoxLost("ended", "over")

        call = make

    @contextmanager
    def chatty(_: Limits) -> Iterator[Any]:
        yield Chatty()

    cells = graded(solved, box=chatty).notebook["cells"]
    outputs = [o for cell in cells for o in cell.get("outputs", [])]
    assert len(json.dumps(cells)) < 200_000
    figures = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    assert figures
    assert all(figure.startswith("iVBORw0KGg") for figure in figures)
    assert "svg" not in json.dumps(cells)
    assert "\\u001b" not in json.dumps(cells)


def test_what_all_cells_show_together_is_bounded(solved: Any, graded: Any) -> None:
    for number in range(300):
        solved.add(f"print('<' * 30_000)\nraise ValueError('&' * 30_000, {number})")
    result = graded(solved)
    assert result.points == 10
    assert len(json.dumps(result.notebook)) < 2_000_000


def test_a_small_file_of_very_many_pixels_is_left_out() -> None:
    def png(width: int, height: int) -> bytes:
        header = b"\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
        return b"\x89PNG\r\n\x1a\n" + header + bytes(100)

    pictures = (png(6000, 4000), png(30_000, 30_000), png(2**31, 2**31), png(3, 3))
    kept = rebuilt.trimmed(CellResult("", pictures), room=10**6, text_room=0)
    assert kept.pngs == (pictures[0], pictures[3])


def test_student_text_cannot_hold_html(solved: Any, graded: Any) -> None:
    solved.write("ch1_explain", "<script>alert(1)</script> 1<2, a<b and `x<y`")
    solved.add("<img src=x onerror=alert(1)>", kind="markdown")
    texts = [c["source"] for c in graded(solved).notebook["cells"] if c["cell_type"] == "markdown"]
    assert "< script>alert(1)< /script> 1<2, a< b and `x< y`" in texts
    assert "< img src=x onerror=alert(1)>" in texts


def test_a_result_is_plain_data(solved: Any, graded: Any) -> None:
    data = json.loads(json.dumps(graded(solved).to_json()))
    assert data["points"] == 10
    assert [v["exercise"] for v in data["verdicts"]] == ["mul_layer", "add_layer", "apple_graph"]


def test_missing_material_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotGrade, match=r"ch9\.ipynb is missing; run `course build ch9`"):
        load_material("ch9", tmp_path / "ch9.ipynb", ROOT / "grader_tests")
    chapter = "ch1_computational_graphs"
    released = ROOT / "release" / chapter / f"{chapter}.ipynb"
    with pytest.raises(CannotGrade, match="--tests"):
        load_material(chapter, released, tmp_path)


class LosesItsBox:
    """A session that answers nothing any more."""

    def ask(self, *_: Any) -> Any:
        raise BoxLost("ended", "over")

    ahead = make = call = get = build = ask


@pytest.mark.parametrize("name", ["graph_backward", "minibatches", "train", "dead_units"])
def test_a_box_lost_before_a_cause_was_found_is_no_fault_of_the_check(name: str) -> None:
    exercise = cards.find_exercise(name)
    assert exercise is not None
    session = asking.Unharmed(LosesItsBox())
    verdict = asking.judge(exercise, session)
    assert session.lost
    assert not verdict.passed


def test_givens_that_can_not_be_built_are_the_box_s_fault_and_not_the_check_s() -> None:
    class Tampered(LosesItsBox):
        def build(self, _: Any) -> Reply:
            return Reply(error=Raised("ZeroDivisionError", "division by zero"))

    renamed = asking.Renamed(Tampered(), {})
    with pytest.raises(BoxLost, match=r"can't be built any more \(ZeroDivisionError"):
        renamed.build(Given("bowl"))
