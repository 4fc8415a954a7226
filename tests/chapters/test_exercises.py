"""Every exercise of every chapter: solved it earns all, as handed out nothing at all."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course import cards, draws
from course.authoring import source
from course.checks import judge
from course.session import LocalSession

from .conftest import namespace

ROOT = Path(__file__).parents[2]
DRAWS = draws.load(ROOT / "grader_tests")
CHAPTERS = {chapter.name: chapter for chapter in cards.chapters()}
EXERCISES = [(name, e) for name, chapter in CHAPTERS.items() for e in chapter.exercises.values()]
BUGS = [(name, e) for name, e in EXERCISES if e.id.endswith("_bug")]

SYLLABUS = {
    "ch1_computational_graphs": "mul_layer add_layer apple_graph fruit_graph chain_square_sum "
    "more_nodes branch toy_model numeric_gradient relative_error graph_backward ch1_bug",
    "ch2_activation_layers": "relu_forward relu_backward sigmoid_from_nodes sigmoid_forward "
    "sigmoid_backward tanh_layer leaky_relu residual compose saturation ch2_bug",
    "ch3_affine_softmax": "affine_forward affine_backward affine_images softmax cross_entropy "
    "softmax_backward softmax_with_loss y_minus_t mean_squared_error two_layer_net "
    "name_the_mistake ch3_bug",
    "ch4_deep_relu": "network_output indicator least_squares backward_pass finite_differences "
    "rows_and_columns pencil_net net_7652 kink_crossed initialisation dead_units ch4_bug",
    "ch5_optimizers": "sgd momentum nesterov adagrad_rmsprop adam bias_correction train "
    "steps_to_threshold printed_log minibatches digits ch5_bug",
}
OPTIONAL = {
    "more_nodes",
    "graph_backward",
    "compose",
    "affine_images",
    "kink_crossed",
    "printed_log",
    "digits",
}

each_exercise = pytest.mark.parametrize(
    ("chapter", "exercise"), EXERCISES, ids=[e.id for _, e in EXERCISES]
)


@cache
def solved(chapter: str) -> dict[str, Any]:
    return namespace(chapter, source.solved)


@cache
def handed_out(chapter: str) -> dict[str, Any]:
    return namespace(chapter, source.stub)


@pytest.mark.parametrize("name", SYLLABUS)
def test_a_chapter_has_its_exercises_in_order(name: str) -> None:
    exercises = CHAPTERS[name].exercises
    assert list(exercises) == SYLLABUS[name].split()
    wanted = [f"{name[2]}.{n}" for n in range(1, len(exercises) + 1)]
    assert [e.number for e in exercises.values()] == wanted
    assert {e.id for e in exercises.values() if e.optional} == OPTIONAL & set(exercises)


@each_exercise
@pytest.mark.parametrize("seed", range(5))
def test_the_solved_answer_earns_full_marks_on_fresh_cards(
    chapter: str, exercise: cards.Exercise, seed: int
) -> None:
    fresh = DRAWS[exercise.id].cards(np.random.default_rng(seed))
    verdict = judge(exercise, LocalSession(solved(chapter)), fresh)
    assert verdict.state == "right", verdict.to_text()
    assert verdict.points == exercise.points


@each_exercise
def test_the_released_answer_earns_nothing(chapter: str, exercise: cards.Exercise) -> None:
    is_bug = (chapter, exercise) in BUGS
    verdict = judge(exercise, LocalSession(handed_out(chapter)), untouched=is_bug)
    assert (verdict.state, verdict.points) == ("not attempted", 0)


@pytest.mark.parametrize(("chapter", "exercise"), BUGS, ids=[e.id for _, e in BUGS])
def test_the_faulty_code_of_a_bug_hunt_earns_nothing_even_when_it_was_edited(
    chapter: str, exercise: cards.Exercise
) -> None:
    verdict = judge(exercise, LocalSession(handed_out(chapter)))
    assert (verdict.state, verdict.points) == ("wrong", 0)
