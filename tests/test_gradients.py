"""Numeric derivatives and their tolerance: right at every shape, fair and strict at every scale."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course import gradients
from course.checks.compare import compare

NUMBERS = json.loads(
    (Path(__file__).parents[1] / "grader_tests" / "published_numbers.json").read_text("utf-8")
)
unhurried = settings(deadline=None)
SCALES = [10.0**k for k in range(-12, 13, 3)]

moderate = st.floats(-50, 50, allow_nan=False).map(lambda x: round(x, 6))
arrays = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=moderate
)


def cubes(x: np.ndarray) -> float:
    return float(np.sum(np.asarray(x) ** 3))


# --- the step


@unhurried
@given(st.floats(-1e4, 1e4))
def test_the_step_is_h_for_numbers_of_ordinary_size(x: float) -> None:
    assert gradients.step(x) == gradients.STEP


@unhurried
@given(st.floats(1e4, 1e100))
def test_the_step_is_never_lost_in_what_it_moves(x: float) -> None:
    assert gradients.step(-x) == gradients.step(x) >= 1e-9 * x
    assert x + gradients.step(x) != x


# --- central differences


@unhurried
@given(arrays)
def test_a_gradient_has_the_shape_of_x_and_the_slope_of_f(x: np.ndarray) -> None:
    found = gradients.central_differences(cubes, x)
    assert found.shape == x.shape
    values = gradients.noise(cubes(np.abs(x) + 1))
    assert np.all(np.abs(found - 3 * x**2) <= 1e-6 * (1 + 3 * x**2) + values)


def test_entries_that_work_together_are_told_apart() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = gradients.central_differences(lambda x: float(np.prod(x)), x)
    np.testing.assert_allclose(found, [[24, 12], [8, 6]], rtol=1e-9)


def test_a_whole_number_and_an_integer_array_are_moved_as_floats() -> None:
    assert gradients.central_differences(cubes, 2).item() == pytest.approx(12, rel=1e-9)
    found = gradients.central_differences(cubes, np.array([1, 2]))
    np.testing.assert_allclose(found, [3, 12], rtol=1e-9)


def test_f_may_change_what_it_is_given() -> None:
    x = np.array([1.0, 2.0, 3.0])

    def greedy(x: np.ndarray) -> float:
        result = cubes(x)
        x[...] = 0
        return result

    np.testing.assert_allclose(gradients.central_differences(greedy, x), 3 * x**2, rtol=1e-9)
    np.testing.assert_array_equal(x, [1, 2, 3])


def test_f_is_called_twice_for_each_entry() -> None:
    calls = []

    def f(x: np.ndarray) -> float:
        calls.append(x.shape)
        return 0.0

    gradients.central_differences(f, np.zeros((2, 3)))
    assert calls == [(2, 3)] * 12


def test_many_points_at_once_give_the_same_gradient_in_a_few_calls() -> None:
    sizes = []

    def f(points: np.ndarray) -> np.ndarray:
        sizes.append(points.shape)
        return np.sum(points**3, axis=(1, 2))

    x = np.arange(1.0, 201.0).reshape(2, 100)
    gradient = gradients.central_differences_at_once(f, x)
    np.testing.assert_allclose(gradient, gradients.central_differences(cubes, x), rtol=1e-6)
    assert sizes == [(256, 2, 100), (144, 2, 100)]


def test_an_empty_array_has_an_empty_gradient() -> None:
    assert gradients.central_differences(cubes, np.zeros((0, 3))).shape == (0, 3)


# --- the tolerance follows the scale

PUBLISHED = np.array(NUMBERS["gradient_log"]["published"])
MEASURED = np.array(NUMBERS["gradient_log"]["measured"])
LOSS = 0.0098


@pytest.mark.parametrize("scale", SCALES)
def test_a_published_bug_of_six_parts_in_ten_thousand_is_refused_at_every_scale(
    scale: float,
) -> None:
    noise = gradients.noise(LOSS * scale)
    assert not compare(PUBLISHED * scale, MEASURED * scale, noise).ok


@pytest.mark.parametrize("scale", SCALES)
def test_every_single_entry_of_that_bug_is_refused(scale: float) -> None:
    noise = gradients.noise(LOSS * scale)
    for place in range(len(MEASURED)):
        one_wrong = MEASURED * scale
        one_wrong[place] = PUBLISHED[place] * scale
        assert not compare(one_wrong, MEASURED * scale, noise).ok


@pytest.mark.parametrize("scale", SCALES)
def test_a_right_gradient_is_accepted_at_every_scale(scale: float) -> None:
    right = MEASURED * scale * (1 + 1e-9 * np.array([1, -1, 1, -1, 1, -1, 1]))
    assert compare(right, MEASURED * scale, gradients.noise(LOSS * scale)).ok


@unhurried
@given(arrays.filter(lambda a: a.size > 0), st.sampled_from(SCALES))
def test_the_allowance_scales_with_what_is_allowed(x: np.ndarray, scale: float) -> None:
    there = gradients.gradient_allowance(x * scale, scale * 1e-9)
    np.testing.assert_allclose(there, scale * gradients.gradient_allowance(x, 1e-9), rtol=1e-12)
    there = gradients.value_allowance(x * scale)
    np.testing.assert_allclose(there, scale * gradients.value_allowance(x), rtol=1e-12)


def test_a_tiny_entry_among_large_ones_may_drown_in_rounding() -> None:
    expected = np.array([1.0, 1e-8])
    assert compare(np.array([1.0, 1.5e-8]), expected, 0.0).ok
    assert not compare(np.array([1.5e-8]), expected[1:], 0.0).ok


def test_where_nothing_is_expected_only_rounding_is_allowed() -> None:
    assert compare(np.array([1e-10]), np.zeros(1), noise=1e-9).ok
    assert not compare(np.array([1e-8]), np.zeros(1), noise=1e-9).ok
    assert not compare(np.array([1e-300]), np.zeros(1)).ok


def test_noise_is_that_of_the_largest_value() -> None:
    assert gradients.noise(0.0) == 0
    assert gradients.noise(np.array([])) == 0
    assert gradients.noise(np.array([1.0, -8.0])) == pytest.approx(8 * gradients.noise(1.0))


@unhurried
@given(st.floats(0.1, 1e6), st.floats(-3, 3))
def test_noise_covers_what_rounding_does_to_a_measured_slope(offset: float, x: float) -> None:
    found = gradients.central_differences(lambda t: float(np.sin(t)) + offset, x).item()
    assert abs(found - np.cos(x)) <= gradients.noise(offset + 1) + 1e-9


# --- corners


@unhurried
@given(st.floats(-100, 100), st.floats(-0.9, 0.9), st.floats(0.01, 100))
def test_a_corner_within_a_step_is_found(corner: float, share: float, slope: float) -> None:
    x = corner + share * gradients.step(corner).item()
    assert gradients.corners(lambda t: slope * abs(float(t) - corner), x)


@unhurried
@given(st.floats(-100, 100), st.floats(4, 1e4), st.sampled_from([-1, 1]))
def test_a_corner_further_away_is_none(corner: float, steps: float, side: int) -> None:
    x = corner + side * steps * gradients.step(corner).item()
    assert not gradients.corners(lambda t: abs(float(t) - corner), x)


def test_relu_has_its_corner_at_zero_and_nowhere_else() -> None:
    x = np.array([[-1.0, 0.0, 1.0], [-0.0, 2e-6, -3.0]])
    found = gradients.corners(lambda x: float(np.sum(np.maximum(x, 0) * 2.5)), x)
    np.testing.assert_array_equal(found, [[False, True, False], [True, True, False]])


def test_the_absolute_value_has_no_corner_at_one() -> None:
    assert not gradients.corners(lambda x: float(np.abs(x)), 1.0)
    assert gradients.corners(lambda x: float(np.abs(x)), 0.0)


@pytest.mark.parametrize(
    "smooth",
    [np.square, np.sin, np.cos, np.tanh, lambda x: x**3, lambda x: x**4, lambda x: np.exp(x / 9)],
    ids=["square", "sin", "cos", "tanh", "cube", "fourth power", "exp"],
)
@pytest.mark.parametrize("x", [0.0, np.pi / 2, np.pi, 1e-5, -0.3, 1.0, 40.0, -73.25])
def test_a_smooth_function_has_no_corner_not_even_where_it_turns(smooth, x: float) -> None:  # type: ignore[no-untyped-def]
    assert not gradients.corners(lambda t: float(smooth(t)), x)
    assert not gradients.corners(lambda t: float(smooth(t)) + 1e6, x)


@unhurried
@given(arrays)
def test_corners_have_the_shape_of_x(x: np.ndarray) -> None:
    found = gradients.corners(lambda x: float(np.sum(np.square(x))), x)
    assert found.shape == x.shape
    assert found.dtype == bool
    assert not found.any()
