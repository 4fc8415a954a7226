"""Boxes that are forked: none inherits from another, and where they can't be had, cold ones are."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from course.grading import forked
from course.grading.box import Box, BoxLost, NoBox, Tier
from course.grading.forked import Forked
from course.grading.session import BoxSession
from course.grading.wall import choose

pytestmark = pytest.mark.wall

SPOILS = """
import builtins, gc, json, os, random, sys, tempfile, threading, warnings
import matplotlib, numpy as np
import course, course.figures, course.grading.fork, course.grading.frames

np.random.seed(7)
random.seed(7)
np.add = None
np.seterr(all="raise")
np.set_printoptions(precision=1)
builtins.left = course.left = np.left = sys.left = 1
course.figures.left = course.grading.frames.left = course.grading.fork.left = 1
matplotlib.rcParams["figure.figsize"] = (1, 1)
warnings.simplefilter("error")
os.environ["LEFT"] = "1"
os.umask(0o777)
sys.path.append("/left")
sys.setrecursionlimit(99999)
gc.disable()
json.loads = None
tempfile.tempdir = "/left"
get_ipython().ast_transformers.append(None)
get_ipython().events.register("pre_run_cell", lambda *_: print("left"))
with open(os.path.join(os.environ["HOME"], "left"), "w") as file:
    file.write("left")
"""
LOOKS = """
import builtins, gc, json, os, sys, tempfile
import matplotlib, numpy as np
import course, course.figures, course.grading.fork, course.grading.frames
mask = os.umask(0)
places = (builtins, course, np, sys, course.figures, course.grading.frames, course.grading.fork)
def answer():
    return [
        [hasattr(place, "left") for place in places].count(True),
        float(np.add(1, 1)), np.geterr()["divide"], np.get_printoptions()["precision"],
        list(map(float, matplotlib.rcParams["figure.figsize"])), os.environ.get("LEFT", ""),
        mask, "/left" in sys.path, sys.getrecursionlimit(), gc.isenabled(),
        json.loads("1"), tempfile.gettempdir() != "/left", os.listdir(os.environ["HOME"]),
    ]
"""


@pytest.fixture(scope="module", params=["warm bubblewrap", "warm Landlock"])
def tier(request: pytest.FixtureRequest, given: Callable[[str], Tier]) -> Tier:
    return given(request.param)


def looked(tier: Tier) -> object:
    with Box(tier) as box:
        session = BoxSession(box)
        assert session.run(LOOKS, "<cell>").error is None
        reply = session.call("answer", None)
        assert reply.error is None
        return reply.value


def drawn(tier: Tier) -> str:
    with Box(tier) as box:
        source = "import random\nimport numpy as np\nprint(np.random.rand(), random.random())"
        return BoxSession(box).run(source, "<cell>").text


def test_nothing_of_one_box_is_in_the_next(tier: Tier) -> None:
    before = looked(tier)
    with Box(tier) as box:
        assert BoxSession(box).run(SPOILS, "<cell>").error is None
        assert looked(tier) == before
    assert looked(tier) == before


def test_a_forked_box_is_as_an_interpreter_of_its_own(
    tier: Tier, given: Callable[[str], Tier]
) -> None:
    assert isinstance(tier, Forked)
    *of_both, files = looked(tier)  # type: ignore[misc]
    *of_cold, _ = looked(replace(tier, warm=False))  # type: ignore[misc]
    assert of_both == of_cold
    assert files == []


def test_boxes_draw_other_random_numbers_unless_they_are_seeded(tier: Tier) -> None:
    numbers = {text for _ in range(3) for text in drawn(tier).split()}
    assert len(numbers) == 6


def test_boxes_of_one_thread_have_one_parent_and_others_have_their_own(tier: Tier) -> None:
    assert isinstance(tier, Forked)
    parents = []

    def start() -> None:
        with Box(tier), Box(tier):
            parents.append(forked._here.parents[tier.wall])

    start()
    start()
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert parents[0] is parents[1]
    assert parents[0] is not parents[2]


def test_a_parent_that_was_killed_is_replaced(tier: Tier) -> None:
    assert isinstance(tier, Forked)
    with Box(tier) as box:
        parent = forked._here.parents[tier.wall]
        os.kill(parent._process.pid, signal.SIGKILL)
        assert box._inmate is not None
        box._inmate.process.wait(30.0)
        with pytest.raises(BoxLost):
            BoxSession(box).run("1", "<cell>")
    assert looked(tier)
    assert forked._here.parents[tier.wall] is not parent


def test_a_box_that_cant_be_made_is_told_in_a_sentence_and_the_parent_goes_on(
    tier: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(tier, Forked)
    room = type(tier.wall).room

    def odd(self: object, limits: object) -> object:
        settings, scratch = room(self, limits)  # type: ignore[arg-type]
        return {**settings, "limits": {"RLIMIT_NONE": 1}}, scratch

    with Box(tier):
        parent = forked._here.parents[tier.wall]
    monkeypatch.setattr(type(tier.wall), "room", odd)
    with pytest.raises(NoBox, match="RLIMIT_NONE"), Box(tier):
        pass
    monkeypatch.undo()
    assert looked(tier)
    assert forked._here.parents[tier.wall] is parent


def test_cold_boxes_are_had_for_the_asking(tmp_path: Path) -> None:
    tier = choose(tmp_path)
    assert isinstance(tier, Forked)
    assert choose(tmp_path, cold=True) == replace(tier, warm=False)
    assert tier.name == f"{tier.wall.name}, warm"


def test_a_child_that_comes_too_late_is_never_taken_for_the_next(
    tier: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Box(tier):  # the parent is ready
        pass
    nothing_yet = SimpleNamespace(select=lambda *_: ([], [], []))
    monkeypatch.setattr(forked, "select", nothing_yet)
    with pytest.raises(NoBox, match="no answer within 30 s"), Box(tier):
        pass
    monkeypatch.undo()
    with Box(tier) as box:
        assert BoxSession(box).run("1", "<cell>").error is None
        assert box._inmate is not None
        assert box._inmate.status(0.5) is None, "another process than the one that answers"
