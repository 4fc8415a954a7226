"""Chapter 5: the published numbers come out of its own answers, and the prose quotes them."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course import cards
from course.authoring import source
from course.checks import judge
from course.session import LocalSession
from grader_tests.published import NUMBERS

ROOT = Path(__file__).parents[2]
NAME = "ch5_optimizers"
CHAPTER = source.read(ROOT / "source_notebooks" / f"{NAME}.py")
EXERCISES = next(c for c in cards.chapters() if c.name == NAME).exercises
NET, LOG, KNOWN = NUMBERS["net_7652"], NUMBERS["sigmoid_net"], NUMBERS["fingerprints"]
MAKERS = {"GD": "SGD", "momentum": "Momentum", "Adam": "Adam"}
SHUT, OPEN = [0, 2, 3], [1, 4, 5]
TEACHING = (
    "def lesson",
    "class WatchedNet",
    "def published_training",
    "class EarlyNesterov",
    "def averages_of",
    "def until_below",
)


@pytest.fixture(scope="module")
def taught(solved):
    """The solved names, and those of the experiments with the small net."""
    names = dict(solved)
    for cell in CHAPTER.cells:
        if cell.source.startswith(TEACHING):
            exec(cell.source, names)
    return names


@pytest.fixture(scope="module")
def curves(taught):
    """The errors of the small net after 0, 1, ... 2,000 steps, in the right order."""
    return {name: learn(taught, name, 2001)[1] for name in MAKERS}


def learn(names, optimizer, steps, rate=NET["lr"]):
    """A small net after these steps in the right order, and its errors before each of them."""
    net = names["SmallNet"]()
    losses = names["train"](net, names[MAKERS[optimizer]](rate), names["lesson"](steps))
    return net, losses


def learn_as_published(names, optimizer, steps):
    net = names["SmallNet"]()
    make = names[MAKERS[optimizer]]
    names["published_training"](
        net, lambda: make(NET["lr"]), names["small_x"], names["small_t"], steps
    )
    return net


def gap(names, net):
    return (names["small_t"] - net.forward(names["small_x"])[-1]).ravel()


def fingerprint(optimizer, calls=KNOWN["calls"], gradient=1.0):
    """The steps of these calls under a constant gradient."""
    params, steps = {"w": np.zeros(1)}, []
    for _ in range(max(calls)):
        before = params["w"].copy()
        optimizer.update(params, {"w": np.full(1, gradient)})
        steps.append((before - params["w"])[0])
    return np.array([steps[call - 1] for call in calls])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("SGD", "sgd"),
        ("Momentum", "momentum"),
        ("Nesterov", "nesterov"),
        ("AdaGrad", "adagrad"),
        ("RMSprop", "rmsprop"),
        ("Adam", "adam"),
        ("PrintedAdam", "adam"),
    ],
)
def test_an_optimizer_has_its_fingerprint(solved, name, key):
    assert fingerprint(solved[name](lr=1.0)) == pytest.approx(KNOWN[key], abs=5e-5)


def test_sgd_and_adam_are_told_apart_by_a_gradient_of_1000(solved):
    assert fingerprint(solved["SGD"](lr=1.0), gradient=1000.0) == pytest.approx([1000] * 4)
    assert fingerprint(solved["Adam"](lr=1.0), gradient=1000.0) == pytest.approx([1] * 4)


def test_momentum_ends_at_ten_times_the_plain_step(solved):
    last = fingerprint(solved["Momentum"](lr=0.3), gradient=2.0)[-1]
    assert last == pytest.approx(10 * 0.3 * 2.0)


def test_nesterov_is_momentum_one_call_ahead_and_as_first_printed_two(taught):
    ahead = [call + 1 for call in KNOWN["calls"]]
    two_ahead = [call + 2 for call in KNOWN["calls"]]
    momentum, nesterov = taught["Momentum"], taught["Nesterov"]
    early = fingerprint(taught["EarlyNesterov"](lr=1.0))
    assert fingerprint(nesterov(lr=1.0)) == pytest.approx(fingerprint(momentum(lr=1.0), ahead))
    assert early == pytest.approx(fingerprint(momentum(lr=1.0), two_ahead))
    assert early == pytest.approx(KNOWN["nesterov_as_first_printed"], abs=5e-5)


def test_the_first_printed_nesterov_earns_nothing(taught):
    names = dict(taught, Nesterov=taught["EarlyNesterov"])
    assert judge(EXERCISES["nesterov"], LocalSession(names)).points == 0


@pytest.mark.parametrize("name", ["AdaGrad", "RMSprop"])
def test_a_gradient_a_million_times_smaller_gives_nearly_the_same_step(solved, name):
    tenth = [fingerprint(solved[name](lr=1.0), [10], g)[0] for g in (1000.0, 1.0, 0.001)]
    assert tenth[1] == pytest.approx(KNOWN[name.lower()][2], abs=5e-5)
    assert tenth == pytest.approx([tenth[1]] * 3, rel=5e-4)


def test_the_first_step_of_an_uncorrected_adam_is_3_times_too_long(solved):
    first_step = solved["uncorrected_first_step"]
    assert first_step(0.9, 0.999) == pytest.approx(KNOWN["uncorrected_first_step"], abs=5e-5)
    assert first_step(0.9, 0.999) == pytest.approx(10**0.5)
    assert first_step(0.9, 0.99) == pytest.approx(1)


def test_v_is_still_ten_times_too_small_after_100_calls_and_m_is_not(taught):
    ones = np.ones(100)
    assert taught["averages_of"](ones, 0.999)[-1] == pytest.approx(0.1, abs=0.01)
    assert taught["averages_of"](ones, 0.9)[19] > 0.85


def test_the_small_net_is_the_published_one(solved):
    net, x, t = solved["SmallNet"](), solved["small_x"], solved["small_t"]
    assert np.array_equal(x, NET["input"])
    assert np.array_equal(t, NET["target"])
    assert net.loss(x, t) == pytest.approx(NET["loss"], rel=1e-12)
    assert net.forward(x)[0] == pytest.approx(np.array(NET["net_h1"]), rel=1e-9)
    for name, gradient in net.gradient(x, t).items():
        known = np.array(NET["correct_grads"][f"{name[0].lower()}_{name[1]}"])
        assert gradient == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize("name", MAKERS)
def test_the_table_of_the_first_page(curves, name):
    known = NET["loss_after"]
    reached = [curves[name][k] for k in known["steps"]]
    assert reached == pytest.approx(known[name], rel=1e-5, abs=1e-9)


def test_adam_runs_past_the_target(curves):
    adam = curves["Adam"]
    assert adam[4] == pytest.approx(NET["after_4_steps_of_Adam"], rel=1e-6)
    assert round(adam[0] / adam[2]) == 115
    assert round(adam[10] / adam[2]) == 13


def test_the_first_step_of_a_bias_is_a_tenth_of_the_slope_or_a_tenth(taught):
    start, slopes = taught["SmallNet"]().params["b3"], np.array(NET["correct_grads"]["b_3"])
    for name, known in NET["first_update_b_3"].items():
        step = (learn(taught, name, 1)[0].params["b3"] - start).ravel()
        assert step == pytest.approx(known, rel=5e-5 if name == "momentum" else 1e-6)
    plain = learn(taught, "GD", 1)[0].params["b3"] - start
    assert plain == pytest.approx(-NET["lr"] * slopes, rel=1e-9)
    assert np.round(NET["lr"] / -plain.ravel()).tolist() == [298, 187]


@pytest.mark.parametrize("name", MAKERS)
def test_the_right_order_after_2000_steps(taught, name):
    known = NET["after_2000"][name]["correct_order"]
    net, _ = learn(taught, name, 2000)
    residual = np.ravel(known["residual"])
    assert gap(taught, net) == pytest.approx(residual, rel=1e-8, abs=1e-14)
    assert net.params["W1"] == pytest.approx(np.array(known["w_1"]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", MAKERS)
def test_the_published_order_after_2000_steps(taught, name):
    known = NET["after_2000"][name]["published_order"]
    net = learn_as_published(taught, name, 2000)
    residual = np.ravel(known["residual"])
    assert gap(taught, net) == pytest.approx(residual, rel=1e-8, abs=1e-14)
    assert net.params["W1"] == pytest.approx(np.array(known["w_1"]), rel=1e-9, abs=1e-12)


def test_adam_after_200_steps_in_both_orders(taught):
    known = NET["after_200_Adam"]
    right, published = learn(taught, "Adam", 200)[0], learn_as_published(taught, "Adam", 200)
    assert gap(taught, right) == pytest.approx(known["correct_order"], rel=1e-5)
    assert gap(taught, published) == pytest.approx(known["published_order"], rel=1e-5)


@pytest.mark.parametrize("name", MAKERS)
def test_dead_rows_never_move_and_the_others_do(taught, name):
    start = taught["SmallNet"]().params["W1"]
    assert start[0] == pytest.approx(NET["dead_row_0"], abs=5e-9)
    for net in (learn(taught, name, 200)[0], learn_as_published(taught, name, 200)):
        moved = np.any(net.params["W1"] != start, axis=1)
        assert np.flatnonzero(moved).tolist() == OPEN
        assert np.flatnonzero(~moved).tolist() == SHUT


@pytest.mark.parametrize("name", MAKERS)
def test_only_the_dead_rows_of_the_right_order_are_in_print(name):
    known = NET["after_2000"][name]
    right, published = (np.array(known[f"{o}_order"]["w_1"]) for o in ("correct", "published"))
    same = right.round(8) == published.round(8)
    assert np.flatnonzero(same.all(axis=1)).tolist() == SHUT
    assert not np.any(same[OPEN])


def test_the_published_order_shifts_a_weight_by_less_than_half_a_hundredth():
    shifts = [
        np.max(np.abs(np.subtract(both["correct_order"]["w_1"], both["published_order"]["w_1"])))
        for both in NET["after_2000"].values()
    ]
    known = NET["largest_shift_of_a_weight_by_the_published_order"]
    assert max(shifts) == pytest.approx(known, abs=5e-5)


@pytest.mark.parametrize("threshold", NET["steps_to"])
def test_steps_to_a_threshold(solved, curves, threshold):
    for name, steps in NET["steps_to"][threshold].items():
        assert solved["steps_to_threshold"](curves[name], float(threshold)) == steps


def test_momentum_needs_a_twelfth_and_adam_what_you_like():
    steps = NET["steps_to"]
    assert steps["1e-6"]["GD"] == 12 * steps["1e-6"]["momentum"]
    times = {limit: row["GD"] / row["Adam"] for limit, row in steps.items()}
    assert [round(times[limit]) for limit in ("1e-4", "1e-5", "1e-6", "1e-7")] == [400, 40, 26, 22]
    shares = [row["GD"] / row["momentum"] for row in steps.values()]
    assert [round(min(shares)), round(max(shares))] == [7, 16]


@pytest.mark.parametrize("name", MAKERS)
def test_the_published_order_needs_nearly_as_many_steps(taught, name):
    steps = NET["steps_to_1e-6_in_the_published_order"][name]
    x, t = taught["small_x"], taught["small_t"]
    before, after = (learn_as_published(taught, name, k).loss(x, t) for k in (steps - 1, steps))
    assert after < 1e-6 <= before


@pytest.mark.parametrize(("biases", "key"), [(True, "with_biases"), (False, "without")])
def test_the_gradient_is_small_after_1199_steps_and_without_biases_after_1647(taught, biases, key):
    known = NET["steps_until_the_gradient_is_small"]
    net = taught["WatchedNet"](biases)
    taught["train"](net, taught["SGD"](NET["lr"]), taught["lesson"](known[key] + 1))
    assert taught["steps_to_threshold"](net.largest, known["limit"]) == known[key]


def test_the_published_order_gives_the_same_1199_and_1647(taught):
    """The gradient of w_1 is the step of W1, over the rate; a rate of 0 for biases rests them."""
    known = NET["steps_until_the_gradient_is_small"]

    class WeightsOnly(taught["SGD"]):
        def update(self, params, grads):
            super().update(params, {n: g if n[0] == "W" else 0 * g for n, g in grads.items()})

    for kind, key in ((taught["SGD"], "with_biases"), (WeightsOnly, "without")):
        sizes = []

        class Noted(kind):
            def update(self, params, grads, sizes=sizes):
                if "W1" in grads:
                    sizes.append(np.max(np.abs(grads["W1"])))
                super().update(params, grads)

        net = taught["SmallNet"]()
        taught["published_training"](
            net, lambda: Noted(NET["lr"]), taught["small_x"], taught["small_t"], known[key] + 1
        )
        assert taught["steps_to_threshold"](sizes, known["limit"]) == known[key]


def test_a_restart_of_adam_throws_the_net_back(taught):
    known = NET["restart_of_Adam"]
    net = learn(taught, "Adam", known["after"])[0]
    before = net.loss(taught["small_x"], taught["small_t"])
    taught["train"](net, taught["Adam"](NET["lr"]), taught["lesson"](1))
    after = net.loss(taught["small_x"], taught["small_t"])
    assert after == pytest.approx(known["error"], rel=1e-3)
    assert after / before == pytest.approx(known["times"], rel=1e-3)


@pytest.mark.parametrize("name", MAKERS)
def test_a_rate_of_its_own_for_each(taught, name):
    known = NET["steps_to_1e-6_by_rate"]
    for rate, steps in zip(known["rates"], known[name], strict=True):
        net = taught["SmallNet"]()
        batches = taught["until_below"](net, 1e-6, most=known["within"])
        losses = taught["train"](net, taught[MAKERS[name]](rate), batches)
        assert taught["steps_to_threshold"](losses, 1e-6) == steps


def test_gradient_descent_at_its_best_is_four_times_ahead_of_adam():
    known = NET["steps_to_1e-6_by_rate"]
    best = {name: min(k for k in known[name] if k is not None) for name in MAKERS}
    assert best == {"GD": 13, "momentum": 61, "Adam": 4 * 13}


def test_56_parameters_of_the_small_net_have_a_gradient(solved):
    net = solved["SmallNet"]()
    gradients = net.gradient(solved["small_x"], solved["small_t"])
    assert sum(np.count_nonzero(g) for g in gradients.values()) == 56
    assert sum(p.size for p in net.params.values()) == 95


def test_the_ratio_of_the_printed_losses_is_the_one_without_the_average(solved):
    without = solved["predicted_ratio"](0.01, 32, 1)
    right = solved["predicted_ratio"](0.01, 32, 1 / 2)
    assert without == pytest.approx(LOG["predicted_first_ratio_seed"], rel=1e-12)
    assert right == pytest.approx(LOG["predicted_first_ratio_with_1_over_n"], rel=1e-12)
    for depth in ("depth5", "depth10"):
        first, second = LOG[f"published_losses_{depth}"][:2]
        printed = second / first
        assert printed == pytest.approx(LOG["published_first_ratio"][depth], abs=5e-6)
        assert abs(printed - without) < 5e-5 < abs(printed - right)


def test_without_its_average_a_gradient_is_twice_too_large_for_two_outputs(solved):
    """The constant s is 1 for the published slope and a half for that of 3.9's loss."""
    assert 1 - solved["predicted_ratio"](0.01, 32, 1) ** 0.5 == pytest.approx(
        2 * (1 - solved["predicted_ratio"](0.01, 32, 1 / 2) ** 0.5)
    )


def test_torn_pairs_keep_the_loss_near_the_logarithm_of_ten(solved):
    digits, rng = solved["data"].digits(), np.random.default_rng(0)
    net = solved["TwoLayerNet"](64, 50, 10)
    x, t, optimizer = digits.x_train.copy(), digits.t_train.copy(), solved["SGD"](0.2)
    for _ in range(5):
        rng.shuffle(x)
        rng.shuffle(t)
        losses = solved["train"](net, optimizer, solved["minibatches"](x, t, 25, rng))
    assert np.mean(losses) == pytest.approx(np.log(10), abs=0.02)


def test_an_epoch_of_the_digits_has_58_batches_and_the_last_has_12(solved):
    digits = solved["data"].digits()
    rng = np.random.default_rng(0)
    sizes = [len(x) for x, _ in solved["minibatches"](digits.x_train, digits.t_train, 25, rng)]
    assert sizes == [25] * 57 + [12]


@pytest.mark.parametrize("rate", [1e6, 1e200])
def test_a_rate_that_is_too_large_raises(solved, rate):
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="mean loss"):
        solved["train_on_digits"](solved["SGD"](rate))


def test_a_rate_of_a_million_leaves_losses_that_are_finite_and_units_that_are_dead(solved):
    digits, net = solved["data"].digits(), solved["TwoLayerNet"](64, 50, 10)
    rng = np.random.default_rng(0)
    batches = solved["minibatches"](digits.x_train, digits.t_train, 25, rng)
    losses = solved["train"](net, solved["SGD"](1e6), batches)
    assert np.all(np.isfinite(losses))
    assert 3 < np.mean(losses) < NUMBERS["softmax_and_affine"]["delta"]["at_share_0"]
    hidden = net.relu.forward(net.first.forward(digits.x_train))
    assert np.count_nonzero(hidden.max(axis=0)) <= 3


def faulty_adam(solved, t_from_0=False, first_call_only=False, written_back=False, no_power=False):
    """An Adam with some of the four faults of 5.12."""

    class Faulty(solved["Adam"]):
        def update(self, params, grads):
            first = self.m is None
            if first:
                self.m, self.v = ({n: 0 * p for n, p in params.items()} for _ in range(2))
            self.t += not t_from_0
            for name, g in grads.items() if first or not first_call_only else ():
                self.m[name] = self.beta1 * self.m[name] + (1 - self.beta1) * g
                self.v[name] = self.beta2 * self.v[name] + (1 - self.beta2) * g**2
                m_hat = self.m[name] / (1 - self.beta1**self.t)
                v_hat = self.v[name] / (1 - (self.beta2 if no_power else self.beta2**self.t))
                if written_back:
                    self.m[name] = m_hat
                params[name] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
            self.t += t_from_0

    return Faulty(lr=1.0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fault", KNOWN["adam_with_one_fault"])
def test_an_adam_with_one_fault_has_the_fingerprint_of_the_text(solved, fault):
    known = [float(step) for step in KNOWN["adam_with_one_fault"][fault]]
    steps = fingerprint(faulty_adam(solved, **{fault: True}))
    assert steps == pytest.approx(known, rel=5e-3, nan_ok=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_printed_adam_has_all_four_faults(solved, handed_out):
    known = [float(step) for step in KNOWN["adam_with_all_four"]]
    printed = fingerprint(handed_out["PrintedAdam"](lr=1.0))
    four = dict.fromkeys(KNOWN["adam_with_one_fault"], True)
    assert np.abs(printed) == pytest.approx(known, nan_ok=True)
    assert np.abs(fingerprint(faulty_adam(solved, **four))) == pytest.approx(known, nan_ok=True)
    assert judge(EXERCISES["ch5_bug"], LocalSession(handed_out)).points == 0


def test_a_repaired_adam_rests_where_there_is_no_gradient(solved):
    assert not np.any(fingerprint(solved["PrintedAdam"](lr=1.0), gradient=0.0))


def test_numbers_quoted_in_the_prose_are_the_published_ones():
    prose = re.sub(r"\s+", " ", "\n".join(cell.source for cell in CHAPTER.cells))
    small, steps = NET["steps_until_the_gradient_is_small"], NET["steps_to"]
    quoted = [f"{small['with_biases']:,}", f"{small['without']:,}", f"{small['limit']:.7f}"]
    quoted += [f"{count:,}" for count in steps["1e-6"].values()]
    quoted += [f"needs {steps['1e-4']['GD']} steps", f"Adam needs {steps['1e-4']['Adam']}"]
    quoted += [f"{NET['steps_to_1e-6_in_the_published_order']['Adam']} steps", "1/12", "1/20"]
    quoted += [f"{NET['after_4_steps_of_Adam']:.4f} after four steps"]
    quoted += [f"by {NET['largest_shift_of_a_weight_by_the_published_order']} at most"]
    quoted += [f"{LOG['predicted_first_ratio_with_1_over_n']:.5f}"]
    for depth in ("depth5", "depth10"):
        quoted += [f"{loss:.10f}" for loss in LOG[f"published_losses_{depth}"][:3]]
        quoted += [f"{LOG['published_first_ratio'][depth]:.5f}"]
    for key in ("momentum", "nesterov", "adagrad", "rmsprop", "adam", "nesterov_as_first_printed"):
        quoted += [", ".join(f"{step:g}" for step in KNOWN[key][:-1])]
    quoted += [str(KNOWN["uncorrected_first_step"])]
    for number in quoted:
        assert number in prose, number


def test_tables_of_the_prose_are_the_published_ones():
    lines = "\n".join(cell.source for cell in CHAPTER.cells).replace("*", "").splitlines()
    for row, k in enumerate(NET["loss_after"]["steps"]):
        errors = [NET["loss_after"][name][row] for name in MAKERS]
        shown = [f"{e:.6f}" if e > 1e-6 else f"{e:.8f}" for e in errors]
        assert f"| {k} | {' | '.join(shown)} |" in lines
    for copy, fault in zip("ABCD", KNOWN["adam_with_one_fault"].values(), strict=True):
        shown = [f"`{step}`" if step == "nan" else str(step) for step in fault]
        shown[3] = "1.00" if copy == "C" else shown[3]
        assert f"| {copy} | {' | '.join(shown)} |" in lines


def test_no_figure_stands_for_two():
    notebook = nbformat.read(ROOT / "solutions" / f"{NAME}.ipynb", as_version=4)
    shown = [
        output.data["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "<img" in output.get("data", {}).get("text/html", "")
    ]
    assert len(shown) == len(set(shown)) >= 5
    alts = [re.search('alt="([^"]+)"', page)[1] for page in shown]
    assert len(set(alts)) == len(alts)
