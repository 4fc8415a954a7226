"""The method probe: numeric differentiation is found by how its time grows, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from course import draws
from course.cards import Exercise
from course.checks import judge, method, rehearsal
from course.checks.network import Network
from course.checks.node import Node
from course.grading.box import Box
from course.grading.session import BoxSession
from course.grading.wall import choose
from course.session import LocalSession, Session
from course.verdict import Verdict
from grader_tests import differentiating, styles

DRAWS = draws.load(Path(__file__).parents[2] / "grader_tests")
PROBED = {
    name
    for name, draw in DRAWS.items()
    if getattr(draw.kind, "axes", None) and getattr(draw.kind, "asked", ()) != ("forward",)
}
HONEST = [style for style in styles.catalogue() if style.exercise in PROBED]


class Machine:
    """Passes that take the time of a formula: `time(n)` seconds, and `folded(n)` on folded arrays.

    `noise` gives a factor for each run in turn.
    """

    def __init__(
        self,
        time: Callable[[float], float],
        squared: bool = False,
        folded: Callable[[float], float] | None = None,
        noise: Callable[[int], float] = lambda run: 1.0,
        copied: Callable[[float], float] = lambda n: 1e-8 * n**2,
    ):
        self.time, self.folded, self.noise, self.copied = time, folded or time, noise, copied
        self.squared, self.largest = squared, 181 if squared else 362
        self.runs = count()
        self.seconds = 0.0

    def took(self, n: int, fold: int = 1) -> float | None:
        seconds = (self.time if fold == 1 else self.folded)(n) * self.noise(next(self.runs))
        self.seconds += seconds
        return seconds

    def entries(self, n: int) -> int:
        return 3 * n**2


def nudging(entries: float, overhead: float, entry: float) -> Callable[[float], float]:
    """Two forward passes for each of `entries` * n entries, over n * n numbers."""
    return lambda n: 2 * entries * n * (overhead + entry * n**2)


@pytest.mark.parametrize(
    ("overhead", "entry"), [(3e-6, 1e-9), (10e-6, 1e-9), (10e-6, 3e-9), (30e-6, 3e-9)]
)
def test_what_nudges_every_entry_is_found_on_fast_and_slow_machines(overhead, entry):
    assert method.grows_too_fast(Machine(nudging(5, overhead, entry)))


def test_what_nudges_every_entry_of_a_batch_is_found():
    assert method.grows_too_fast(Machine(lambda n: 6 * n**2 * (2e-5 + 3e-8 * n**2), squared=True))


def test_a_net_whose_loss_takes_long_for_each_sample_is_found_though_its_growth_lingers_near_4():
    # Overhead, samples, samples times units: 3.2, 3.3, 3.5, 4.0 at sides of 23 to 64.
    times = [0.3, 0.45, 0.62, 1.0, 1.5, 2.6, 4.5, 8.1, 14.6, 26.0, 48.2, 104, 270, 770, 2160]
    machine = Machine(lambda n: 1e-3 * times[round(2 * np.log2(n / 2))])
    machine.largest = 181
    assert method.grows_too_fast(machine)


@pytest.mark.parametrize("entry", [1e-8, 1e-7, 1e-6, 1e-5])
def test_loops_are_innocent_however_slow_they_are(entry):
    machine = Machine(lambda n: 1e-4 + entry * n**2)
    assert not method.grows_too_fast(machine)
    assert machine.seconds < 2.0


def test_loops_are_innocent_on_a_machine_that_is_disturbed():
    rng = np.random.default_rng(0)
    for _ in range(200):
        noise = rng.choice([1.0, 1.0, 1.1, 1.3, 2.0], size=1000)
        machine = Machine(lambda n: 1e-4 + 2e-6 * n**2, noise=noise.__getitem__)
        assert not method.grows_too_fast(machine)


@pytest.mark.parametrize("length", [0.05, 0.2, 0.8, 3.0])
@pytest.mark.parametrize("factor", [1.5, 2.0, 3.0])
def test_loops_are_innocent_on_a_machine_that_is_slow_for_a_while(length, factor):
    for start in np.arange(0, 0.4, 0.01):
        machine = Machine(lambda n: 1e-5 * n**2)
        slow = range(round(1000 * start), round(1000 * (start + length)))
        machine.noise = lambda _, m=machine, s=slow: factor if int(1000 * m.seconds) in s else 1.0
        assert not method.grows_too_fast(machine), start


def test_loops_over_many_samples_are_let_go_before_they_take_long():
    machine = Machine(lambda n: 1e-4 + 9e-6 * n**2, squared=True)
    assert not method.grows_too_fast(machine)
    assert machine.seconds < 0.02


def test_loops_that_take_long_for_each_sample_begin_no_ladder_on_a_slow_machine():
    for slow in (1.0, 1.5, 1.9):
        machine = Machine(lambda n, slow=slow: slow * (1e-3 + 2.2e-5 * n**2), squared=True)
        assert not method.grows_too_fast(machine)
        assert next(machine.runs) <= 2


def test_one_slow_run_at_a_large_size_begins_no_ladder():
    machine = Machine(lambda n: 2e-7 * n**2, noise=lambda run: 2.0 if run == 2 else 1.0)
    assert not method.grows_too_fast(machine)
    assert next(machine.runs) <= 6


def test_a_net_whose_products_outgrow_copies_at_large_sizes_begins_no_ladder():
    machine = Machine(lambda n: 15e-8 * n**2 * max(1.0, n / 64))
    machine.largest = method.LARGEST_OF_MANY
    assert not method.grows_too_fast(machine)
    assert next(machine.runs) <= 2


def test_one_jump_between_two_sizes_is_innocent():
    assert not method.grows_too_fast(Machine(lambda n: 1e-6 * n**2 * (20 if n > 100 else 1)))


def test_jumps_of_a_pass_over_whole_arrays_are_innocent():
    machine = Machine(lambda n: 1e-12 * n**4, copied=lambda n: 1e-13 * n**4)
    assert not method.grows_too_fast(machine)


def test_a_table_of_all_samples_by_all_samples_is_innocent():
    machine = Machine(lambda n: 1e-8 * n**4, squared=True, folded=lambda n: 1e-8 * n**4 / 256)
    assert not method.grows_too_fast(machine)


def test_time_that_stands_still_tells_nothing():
    assert not method.grows_too_fast(Machine(lambda n: 0.0))


def test_a_pass_that_fails_at_some_size_tells_nothing():
    machine = Machine(nudging(5, 1e-5, 1e-9))
    machine.took = lambda n, fold=1: None if n > 4 else 1e-3 * n**3  # type: ignore[method-assign]
    assert not method.grows_too_fast(machine)


def test_nudging_never_takes_long_to_be_found_or_let_go():
    for entry in (1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4):
        machine = Machine(nudging(20, 1e-5, entry))
        method.grows_too_fast(machine)
        assert machine.seconds < 12.0


def test_a_grown_card_has_the_sides_its_marks_say():
    axes = DRAWS["affine_backward"].kind.axes
    small = method.smallest(DRAWS["affine_backward"].public(), axes)
    card = method.grown(small, axes, 50, np.random.default_rng(0))
    W, b = card.arguments
    assert (card.inputs["x"].shape, W.shape, b.shape) == ((50, 2), (2, 50), (50,))
    assert card.upstream[0].shape == (50, 50)


@pytest.mark.parametrize("exercise", sorted(PROBED))
def test_every_probed_exercise_has_a_card_that_can_grow(exercise):
    axes = DRAWS[exercise].kind.axes
    assert method.smallest(DRAWS[exercise].public(), axes) is not None


def judged(answer: styles.Style, session: Session | None = None, probe: bool = True) -> Verdict:
    draw = DRAWS[answer.exercise]
    if session is None:
        names: dict[str, object] = {"np": np, "__name__": "answer"}
        exec(compile(answer.code, "<answer>", "exec", dont_inherit=True), names)
        session = LocalSession(names)
    exercise = Exercise(answer.exercise, "9.9", "", 4.0, (), draw.described_kind(), draw.public())
    return judge(exercise, session, method=probe)


def named(answer: styles.Style) -> str:
    return f"{answer.exercise}: {answer.name}"


@pytest.mark.slow
@pytest.mark.parametrize("style", HONEST, ids=named)
def test_every_style_passes_with_the_probe(style):
    assert judged(style).passed


TRIES = 12
"""A disturbed machine lets what measures go now and then; it never accuses what doesn't."""


def found_out(answer: styles.Style, session: Session | None = None) -> Verdict:
    """The verdict of the first try that finds it, else of the last."""
    for _ in range(TRIES):
        verdict = judged(answer, session)
        if any(f.diagnosis and f.diagnosis.code == "differences" for f in verdict.findings):
            break
    return verdict


@pytest.fixture
def no_training(monkeypatch):
    """Nets aren't trained: with a gradient that measures, that would take hours."""
    real = Network.train

    def train(kind, session, observed):
        if any(o.comparison.ok is False for o in observed.observations):
            real(kind, session, observed)

    monkeypatch.setattr(Network, "train", train)


@pytest.mark.slow
@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("answer", differentiating.ANSWERS, ids=named)
def test_a_backward_that_measures_earns_nothing_for_its_gradients(answer):
    verdict = found_out(answer)
    codes = {f.diagnosis.code for f in verdict.findings if f.diagnosis}
    assert verdict.state == "wrong"
    assert "differences" in codes


FAST = next(a for a in differentiating.ANSWERS if a.name == "only large W")
LOOPS = next(s for s in HONEST if s.name == "three loops")
NET = next(a for a in differentiating.ANSWERS if a.exercise == "two_layer_net")


@pytest.mark.usefixtures("no_training")
def test_its_gradients_are_worth_nothing_and_the_rest_keeps_its_points():
    findings = {f.part: f for f in found_out(NET).findings}
    assert findings["loss"].points > 0
    assert findings["W1"].points == findings["b2"].points == 0
    assert findings["training"].text.startswith("can't be tried until the gradient runs")


def test_three_loops_pass():
    assert judged(LOOPS).points == 4.0


def test_a_single_check_doesnt_look_at_the_method():
    assert judged(FAST, probe=False).passed


def test_check_all_looks_at_the_method():
    cells = [
        "import numpy as np\nfrom course import check",
        FAST.code,
        'check("affine_forward", Affine)',
        'check("affine_backward", Affine)',
    ]
    for _ in range(TRIES):
        forward, backward = rehearsal.rehearse(cells).verdicts
        if not backward.passed:
            break
    assert forward.passed
    assert backward.points == 0
    assert "differences" in backward.findings[0].text


def test_a_wrong_gradient_is_not_asked_for_its_method(monkeypatch):
    monkeypatch.setattr(Node, "seconds", lambda *_: pytest.fail("it was timed"))
    wrong = styles.Style(LOOPS.exercise, "", LOOPS.code.replace("def backward", "def backwards"))
    assert judged(wrong).state == "wrong"


@pytest.mark.wall
def test_across_the_wall_loops_pass_and_measuring_doesnt():
    found = {}
    for answer in (LOOPS, FAST):
        with Box(choose()) as box:
            session = BoxSession(box)
            session.run(f"import numpy as np\n{answer.code}", "<answer>")
            tried = found_out if answer is FAST else judged
            found[answer.name] = tried(answer, session).points
    assert found == {"three loops": 4.0, "only large W": 0.0}


@pytest.mark.wall
def test_a_box_that_sleeps_uses_no_processor_time():
    with Box(choose()) as box:
        session = BoxSession(box)
        session.run("import time", "<answer>")
        began = session.seconds()
        session.run("time.sleep(0.3)", "<answer>")
        slept = session.seconds() - began
        session.run("end = time.thread_time() + 0.3\nwhile time.thread_time() < end: pass", "<a>")
        assert slept < 0.1
        assert session.seconds() - began > 0.3
