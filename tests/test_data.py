"""The digits that the course ships."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from course import data

PARTS = ("x_train", "t_train", "x_test", "t_test")


@pytest.fixture
def afresh():
    """No part is kept from an earlier call."""
    data.digits.cache_clear()
    yield
    data.digits.cache_clear()


def test_the_digits_have_the_shapes_that_the_text_says():
    digits = data.digits()
    shapes = {part: getattr(digits, part).shape for part in PARTS}
    assert shapes == {
        "x_train": (1437, 64),
        "t_train": (1437,),
        "x_test": (360, 64),
        "t_test": (360,),
    }
    assert {getattr(digits, part).dtype.name for part in PARTS} == {"float64", "int64"}


def test_a_pixel_lies_between_0_and_1_in_steps_of_a_sixteenth():
    digits = data.digits()
    for x in (digits.x_train, digits.x_test):
        assert (x.min(), x.max()) == (0, 1)
        assert np.array_equal(16 * x, np.round(16 * x))


def test_every_digit_occurs_in_both_parts_and_about_equally_often():
    digits = data.digits()
    for t in (digits.t_train, digits.t_test):
        share = np.bincount(t, minlength=10) / len(t)
        assert len(share) == 10
        assert np.all(share > 0.07)
        assert np.all(share < 0.13)


@pytest.mark.parametrize("part", PARTS)
def test_nobody_can_change_the_digits(part):
    array = getattr(data.digits(), part)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 0


@pytest.mark.usefixtures("afresh")
def test_the_split_is_the_same_every_time():
    first = data.digits()
    data.digits.cache_clear()
    second = data.digits()
    for part in PARTS:
        assert np.array_equal(getattr(first, part), getattr(second, part))


def test_the_split_is_the_one_that_was_published():
    """Fixed for good: another one would change every quoted accuracy."""
    digits = data.digits()
    assert digits.t_train[:12].tolist() == [4, 9, 5, 8, 5, 3, 3, 9, 7, 1, 8, 7]
    assert digits.t_test[:12].tolist() == [6, 6, 6, 2, 5, 6, 6, 2, 2, 1, 1, 9]


def test_no_picture_is_in_both_parts():
    digits = data.digits()
    learned = {picture.tobytes() for picture in digits.x_train}
    assert not any(picture.tobytes() in learned for picture in digits.x_test)


@pytest.mark.usefixtures("afresh")
def test_nothing_is_downloaded(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(data.digits().x_train) == 1437
