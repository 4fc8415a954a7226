"""Chapter 5, optimizers: what people write, and what is wrong with it."""

from __future__ import annotations

from textwrap import dedent, indent

from grader_tests.mistakes import Mistake


def code(text: str) -> str:
    """A snippet without the margin it has in this file."""
    return dedent(text).strip() + "\n"


def inside(body: str) -> str:
    """The lines of a method's body."""
    return indent(code(body), " " * 8)


def function(header: str, body: str) -> str:
    return f"def {header}:\n{indent(code(body), ' ' * 4)}"


def each(*lines: str, over: str = "k in params") -> str:
    """A loop over the keys with these lines in it."""
    body = "\n".join(lines)
    return f"for {over}:\n{indent(body, ' ' * 4)}"


def optimizer(name: str, arguments: str, begin: str, *update: str) -> str:
    """A class with these lines in its constructor and in its update."""
    body = "\n".join(update)
    return (
        f"class {name}:\n"
        f"    def __init__(self, {arguments}):\n{inside(begin)}\n"
        f"    def update(self, params, grads):\n{inside(body)}"
    )


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A right answer with some of its text replaced."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def only_at_first(text: str) -> str:
    """A right answer whose loop stands under the test for a first call."""
    loop = f"{' ' * 8}for k in params:\n"
    head, body = text.split(loop)
    return head + indent(loop + body, " " * 4)


# --- 5.1 SGD

DOWNHILL = "params[k] -= self.lr * grads[k]"


def sgd(*update: str, begin: str = "self.lr = lr", arguments: str = "lr=0.01") -> str:
    return optimizer("SGD", arguments, begin, *update)


SGD = [
    Mistake(
        "sgd_uphill",
        "sgd",
        "uphill",
        "The step is added, so the loss rises.",
        "Which way does the loss go along its gradient?",
        sgd(each("params[k] += self.lr * grads[k]")),
    ),
    Mistake(
        "sgd_no_rate",
        "sgd",
        "no learning rate",
        "The gradient itself is subtracted.",
        "What does your step become when lr is ten times smaller?",
        sgd(each("params[k] -= grads[k]")),
    ),
    Mistake(
        "sgd_over_rate",
        "sgd",
        "divided by the learning rate",
        "A smaller rate makes larger steps.",
        "Should a rate of 0.001 take smaller or larger steps than one of 0.1?",
        sgd(each("params[k] -= grads[k] / self.lr")),
    ),
    Mistake(
        "sgd_name_rebound",
        "sgd",
        "only a local name moves",
        "A new array is made and bound to a name that ends with the call.",
        "Which array does p name after its second line?",
        sgd(each("p = params[k]", "p = p - self.lr * grads[k]")),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "sgd_minus_alone",
        "sgd",
        "an equals sign forgotten",
        "The difference is worked out and thrown away.",
        "Which name does your line give a value to?",
        sgd(each("params[k] - self.lr * grads[k]")),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "sgd_returned",
        "sgd",
        "a new dict returned",
        "The moved arrays are handed back in a dict of their own, and params is as it was.",
        "Who looks at what update returns?",
        sgd("return {k: p - self.lr * grads[k] for k, p in params.items()}"),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "sgd_copy_moved",
        "sgd",
        "a copy moves",
        "The step is taken in place, on a copy.",
        "How many arrays are there for one key while update runs?",
        sgd(each("p = params[k].copy()", "p -= self.lr * grads[k]")),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "sgd_from_the_start",
        "sgd",
        "always from the first point",
        "Each step starts from the parameters of the first call.",
        "Where do you stand after two steps downhill?",
        sgd(
            "if self.start is None:\n"
            "    self.start = {k: p.copy() for k, p in params.items()}\n"
            + each("params[k][...] = self.start[k] - self.lr * grads[k]"),
            begin="self.lr, self.start = lr, None",
        ),
    ),
    Mistake(
        "sgd_first_only",
        "sgd",
        "return inside the loop",
        "The loop ends after its first key.",
        "Which parameters move when there are four?",
        sgd(each(DOWNHILL, "return params")),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "sgd_weights_only",
        "sgd",
        "biases left out",
        "Only keys that begin with W are updated.",
        "What becomes of b1?",
        sgd(each("if k.startswith('W'):", f"    {DOWNHILL}")),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "sgd_sign_of_gradient",
        "sgd",
        "only the sign",
        "Every entry moves by the same amount, whatever the size of its gradient.",
        "How far should an entry move whose gradient is twice as large?",
        sgd(each("params[k] -= self.lr * np.sign(grads[k])")),
    ),
    Mistake(
        "sgd_sizes",
        "sgd",
        "sizes of the gradients",
        "The sign of the gradient is lost, so every entry can only fall.",
        "Which way should an entry move whose gradient is negative?",
        sgd(each("params[k] -= self.lr * np.abs(grads[k])")),
    ),
    Mistake(
        "sgd_multiplied",
        "sgd",
        "multiplied and not subtracted",
        "The parameter is scaled by 1 minus the step.",
        "How far does an entry move that stands at 0?",
        sgd(each("params[k] *= 1 - self.lr * grads[k]")),
    ),
    Mistake(
        "sgd_length_one",
        "sgd",
        "gradients brought to length 1",
        "Each gradient is divided by its own length first.",
        "How long is your step near a minimum?",
        sgd(each("params[k] -= self.lr * grads[k] / (np.linalg.norm(grads[k]) + 1e-12)")),
    ),
    Mistake(
        "sgd_clipped",
        "sgd",
        "gradients clipped",
        "Entries larger than 1 are cut off.",
        "What does your step say to a gradient of 2?",
        sgd(each("params[k] -= self.lr * np.clip(grads[k], -1, 1)")),
    ),
    Mistake(
        "sgd_rate_fixed",
        "sgd",
        "the rate written in",
        "The argument lr is never used.",
        "What does SGD(0.5) do that SGD(0.1) doesn't?",
        sgd(each(DOWNHILL), begin="self.lr = 0.01"),
    ),
    Mistake(
        "sgd_other_default",
        "sgd",
        "another default",
        "Without an argument the rate is 0.1.",
        "Which rate does the docstring promise when none is given?",
        sgd(each(DOWNHILL), arguments="lr=0.1"),
    ),
    Mistake(
        "sgd_rate_on_the_class",
        "sgd",
        "the rate kept on the class",
        "The rate is stored on the class, so the object made last sets it for all.",
        "How many places are there for lr when two optimizers exist?",
        sgd(each("params[k] -= SGD.lr * grads[k]"), begin="SGD.lr = lr"),
    ),
    Mistake(
        "sgd_rate_decays",
        "sgd",
        "the rate falls",
        "After each call the rate is a little smaller.",
        "What is self.lr after a hundred calls?",
        sgd(each(DOWNHILL) + "\nself.lr *= 0.95"),
    ),
    Mistake(
        "sgd_gradients_add_up",
        "sgd",
        "gradients added up",
        "The gradients of all calls are summed, and the step follows the sum.",
        "What does plain descent remember of its last gradient?",
        sgd(
            each(
                "self.total[k] = self.total.get(k, 0) + grads[k]",
                "params[k] -= self.lr * self.total[k]",
            ),
            begin="self.lr, self.total = lr, {}",
        ),
    ),
    Mistake(
        "sgd_first_gradients_kept",
        "sgd",
        "the first gradients for ever",
        "Gradients are kept at the first call, and later ones are ignored.",
        "Which gradients does the second call use?",
        sgd(
            "if self.grads is None:\n"
            "    self.grads = {k: g.copy() for k, g in grads.items()}\n"
            + each("params[k] -= self.lr * self.grads[k]"),
            begin="self.lr, self.grads = lr, None",
        ),
    ),
    Mistake(
        "sgd_mean_gradient",
        "sgd",
        "one step for a whole table",
        "All entries of a parameter move by the mean of its gradient.",
        "Which entry of the gradient tells W1[0, 1] where to go?",
        sgd(each("params[k] -= self.lr * np.mean(grads[k])")),
    ),
    Mistake(
        "sgd_over_rows",
        "sgd",
        "averaged once more",
        "The gradient is divided by its number of rows, as if they were samples.",
        "What do the rows of a weight gradient count?",
        sgd(each("params[k] -= self.lr * grads[k] / grads[k].shape[0]")),
    ),
    Mistake(
        "sgd_dicts_confused",
        "sgd",
        "the two dicts confused",
        "The gradients are moved by the parameters.",
        "Which of the two dicts does the net read?",
        sgd(each("grads[k] -= self.lr * params[k]")),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "sgd_weight_decay",
        "sgd",
        "weights pulled to zero",
        "A share of the parameter itself is subtracted as well.",
        "Where does a parameter go whose gradient is 0?",
        sgd(each("params[k] -= self.lr * (grads[k] + 0.01 * params[k])")),
    ),
]

# --- 5.2 momentum

RATES = "self.lr, self.momentum, self.v = lr, momentum, None"
AT_REST = "if self.v is None:\n    self.v = {k: np.zeros_like(p) for k, p in params.items()}"
VELOCITY = "self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]"
MOVE = "params[k] += self.v[k]"


def momentum(
    *lines: str,
    once: str = AT_REST,
    begin: str = RATES,
    arguments: str = "lr=0.01, momentum=0.9",
    after: str = "",
) -> str:
    return optimizer("Momentum", arguments, begin, once, each(*lines), after)


MOMENTUM = [
    Mistake(
        "momentum_uphill",
        "momentum",
        "uphill",
        "The velocity gathers plus lr times the gradient, and it is added.",
        "Which sign has the first velocity, and which way does the first step go?",
        momentum("self.v[k] = self.momentum * self.v[k] + self.lr * grads[k]", MOVE),
    ),
    Mistake(
        "momentum_velocity_local",
        "momentum",
        "the velocity forgotten",
        "The velocity is made anew in every call.",
        "What does the second call know of the first?",
        momentum(
            "v = np.zeros_like(params[k])",
            "v = self.momentum * v - self.lr * grads[k]",
            "params[k] += v",
            once="",
        ),
    ),
    Mistake(
        "momentum_on_the_gradient",
        "momentum",
        "the coefficient on the gradient",
        "The gradient is multiplied by the momentum, and the velocity never fades.",
        "What remains of the first gradient after a hundred calls?",
        momentum("self.v[k] = self.v[k] - self.momentum * self.lr * grads[k]", MOVE),
    ),
    Mistake(
        "momentum_average",
        "momentum",
        "an average in place of a sum",
        "The gradient is weighted with 1 minus the momentum, as in another convention.",
        "How long does a step get under a constant gradient, ten times lr g or once?",
        momentum(
            "self.v[k] = self.momentum * self.v[k] - (1 - self.momentum) * self.lr * grads[k]",
            MOVE,
        ),
    ),
    Mistake(
        "momentum_no_rate",
        "momentum",
        "no learning rate",
        "The velocity gathers whole gradients, and the whole velocity is the step.",
        "Where does lr enter your step?",
        momentum("self.v[k] = self.momentum * self.v[k] - grads[k]", MOVE),
    ),
    Mistake(
        "momentum_rate_on_the_velocity",
        "momentum",
        "the rate in front of both",
        "The old velocity is multiplied by the rate as well.",
        "How much of the old velocity is left, nine tenths or nine thousandths?",
        momentum("self.v[k] = self.lr * (self.momentum * self.v[k] - grads[k])", MOVE),
    ),
    Mistake(
        "momentum_rate_twice",
        "momentum",
        "the rate twice",
        "The rate is in the velocity, and once more in the step.",
        "How often does lr enter your first step?",
        momentum(VELOCITY, "params[k] += self.lr * self.v[k]"),
    ),
    Mistake(
        "momentum_first_gradient_whole",
        "momentum",
        "begins with the whole gradient",
        "The first velocity is minus the gradient, without the rate.",
        "What is the first velocity for a rate of 0?",
        momentum(
            "if k not in self.v:",
            "    self.v[k] = -grads[k]",
            "else:",
            f"    {VELOCITY}",
            MOVE,
            once="",
            begin="self.lr, self.momentum, self.v = lr, momentum, {}",
        ),
    ),
    Mistake(
        "momentum_extra_step",
        "momentum",
        "a plain step besides",
        "The gradient is in the velocity already, and is subtracted once more.",
        "How often does this call's gradient enter its step?",
        momentum(VELOCITY, "params[k] += self.v[k] - self.lr * grads[k]"),
    ),
    Mistake(
        "momentum_power",
        "momentum",
        "a power of the momentum",
        "The coefficient is raised to the number of the call, so the memory fades away.",
        "What is 0.9 to the power of 400?",
        momentum(
            "self.v[k] = self.momentum**self.t * self.v[k] - self.lr * grads[k]",
            MOVE,
            once=f"{AT_REST}\nself.t += 1",
            begin=f"{RATES}\nself.t = 0",
        ),
    ),
    Mistake(
        "momentum_one_velocity",
        "momentum",
        "one velocity for all",
        "All parameters share a single velocity.",
        "Whose velocity is self.v when b1 has its turn?",
        momentum(
            "self.v = self.momentum * self.v - self.lr * grads[k]",
            "params[k] += self.v",
            once="",
            begin="self.lr, self.momentum, self.v = lr, momentum, 0.0",
        ),
        diagnoses=("error_in_place_shape",),
    ),
    Mistake(
        "momentum_dict_remade",
        "momentum",
        "a dict of one key",
        "The dict is made inside the loop, for the first key alone.",
        "Which keys has self.v when the second parameter has its turn?",
        momentum(
            "if self.v is None:",
            "    self.v = {k: np.zeros_like(params[k])}",
            VELOCITY,
            MOVE,
            once="",
        ),
        diagnoses=("error_no_key",),
    ),
    Mistake(
        "momentum_state_on_the_class",
        "momentum",
        "velocities kept on the class",
        "The dict belongs to the class, so a new optimizer starts with the speed of an old one.",
        "How many dicts are there when two optimizers exist?",
        code("""
            class Momentum:
                v = {}

                def __init__(self, lr=0.01, momentum=0.9):
                    self.lr, self.momentum = lr, momentum

                def update(self, params, grads):
                    for k in params:
                        v = self.v.get(k, 0.0)
                        self.v[k] = self.momentum * v - self.lr * grads[k]
                        params[k] += self.v[k]
        """),
    ),
    Mistake(
        "momentum_mutable_default",
        "momentum",
        "a dict as default argument",
        "The default dict is made once, when the class is read, and shared by all objects.",
        "When does Python make the dict of a default argument?",
        momentum(
            "v = self.v.get(k, 0.0)",
            "self.v[k] = self.momentum * v - self.lr * grads[k]",
            MOVE,
            once="",
            begin="self.lr, self.momentum, self.v = lr, momentum, v",
            arguments="lr=0.01, momentum=0.9, v={}",
        ),
    ),
    Mistake(
        "momentum_fixed",
        "momentum",
        "0.9 written in",
        "The argument momentum is never used.",
        "What does momentum=0.5 change?",
        momentum("self.v[k] = 0.9 * self.v[k] - self.lr * grads[k]", MOVE),
    ),
    Mistake(
        "momentum_arguments_swapped",
        "momentum",
        "rate and momentum swapped",
        "Each argument is kept under the name of the other.",
        "What is self.lr after Momentum(0.01, 0.9)?",
        momentum(VELOCITY, MOVE, begin="self.lr, self.momentum, self.v = momentum, lr, None"),
    ),
    Mistake(
        "momentum_starts_at_params",
        "momentum",
        "begins with the parameters",
        "The velocities start as copies of the parameters, not at 0.",
        "How fast does a parameter move before the first gradient?",
        momentum(VELOCITY, MOVE, once=AT_REST.replace("np.zeros_like(p)", "p.copy()")),
    ),
    Mistake(
        "momentum_old_velocity",
        "momentum",
        "the step before the velocity",
        "The parameter moves with the velocity of the call before.",
        "What does your first call move?",
        momentum(MOVE, VELOCITY),
    ),
    Mistake(
        "momentum_only_at_first",
        "momentum",
        "update under the if",
        "The loop is indented under the test for a first call, so nothing moves afterwards.",
        "Which lines of yours run in the second call?",
        only_at_first(momentum(VELOCITY, MOVE)),
    ),
    Mistake(
        "momentum_last_only",
        "momentum",
        "the step after the loop",
        "The line that moves stands below the loop, where k is the last key.",
        "How often is your last line executed?",
        momentum(VELOCITY, after=MOVE),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "momentum_stops_without_gradient",
        "momentum",
        "no gradient, no step",
        "A parameter without gradient is passed over, and its velocity with it.",
        "Does a rolling ball stop where the ground is level?",
        momentum("if not np.any(grads[k]):", "    continue", VELOCITY, MOVE),
    ),
    Mistake(
        "momentum_restarts_at_a_turn",
        "momentum",
        "stops at a change of sign",
        "The velocity is dropped where the gradient turns against it.",
        "What is the velocity for, if not for gradients that change?",
        momentum(
            "v = np.where(self.v[k] * grads[k] > 0, 0.0, self.v[k])",
            "self.v[k] = self.momentum * v - self.lr * grads[k]",
            MOVE,
        ),
    ),
    Mistake(
        "momentum_rate_decays",
        "momentum",
        "the momentum on the rate",
        "After each call the rate is multiplied by the momentum.",
        "What is self.lr after ten calls?",
        momentum(VELOCITY, MOVE, after="self.lr *= self.momentum"),
    ),
    Mistake(
        "momentum_old_without_copy",
        "momentum",
        "the old point not copied",
        "The last point is kept as the same array, so now and then never differ.",
        "Which array does self.old hold once the parameter has moved in place?",
        momentum(
            "step = self.momentum * (params[k] - self.old[k]) - self.lr * grads[k]",
            "self.old[k] = params[k]",
            "params[k] += step",
            once="if self.old is None:\n    self.old = dict(params)",
            begin="self.lr, self.momentum, self.old = lr, momentum, None",
        ),
    ),
    Mistake(
        "momentum_complement",
        "momentum",
        "1 minus the momentum",
        "Only a tenth of the velocity is kept, not nine tenths.",
        "How much of the velocity should be left after one call?",
        momentum("self.v[k] = (1 - self.momentum) * self.v[k] - self.lr * grads[k]", MOVE),
    ),
    Mistake(
        "momentum_looks_ahead",
        "momentum",
        "Nesterov's step",
        "The velocity is applied a second time in the same call.",
        "How long is your first step, in units of lr g?",
        momentum(VELOCITY, "params[k] += self.momentum * self.v[k] - self.lr * grads[k]"),
    ),
    Mistake(
        "momentum_whole_numbers",
        "momentum",
        "velocities as integers",
        "The velocities start as whole numbers, and can't be multiplied by 0.9 in place.",
        "What dtype has your self.v?",
        momentum(
            "self.v[k] *= self.momentum",
            "self.v[k] -= self.lr * grads[k]",
            MOVE,
            once=AT_REST.replace("np.zeros_like(p)", "np.zeros(p.shape, dtype=int)"),
        ),
        diagnoses=("error_integers",),
    ),
    Mistake(
        "momentum_mean_velocity",
        "momentum",
        "the velocity of a table averaged",
        "All entries of a parameter move with the mean of their velocities.",
        "Has each entry a velocity of its own?",
        momentum(VELOCITY, "params[k] += np.mean(self.v[k])"),
    ),
]

# --- 5.3 Nesterov

AHEAD = "params[k] += self.momentum * self.v[k] - self.lr * grads[k]"


def nesterov(*lines: str, once: str = AT_REST, begin: str = RATES, after: str = "") -> str:
    return optimizer("Nesterov", "lr=0.01, momentum=0.9", begin, once, each(*lines), after)


NESTEROV = [
    Mistake(
        "nesterov_plain",
        "nesterov",
        "plain momentum",
        "The step is the velocity, and nothing looks ahead.",
        "By how much does your first step differ from that of Momentum?",
        nesterov(VELOCITY, MOVE),
    ),
    Mistake(
        "nesterov_velocity_moved_first",
        "nesterov",
        "the printed order",
        "As once in print, the velocity is moved first, and a formula for the old one follows.",
        "Which velocity does the formula with the square of the momentum speak of?",
        nesterov(
            "self.v[k] *= self.momentum",
            "self.v[k] -= self.lr * grads[k]",
            "params[k] += self.momentum * self.momentum * self.v[k]",
            "params[k] -= (1 + self.momentum) * self.lr * grads[k]",
        ),
    ),
    Mistake(
        "nesterov_old_not_copied",
        "nesterov",
        "the old velocity is the new one",
        "The old velocity is kept as a name for an array that then moves in place.",
        "Which array does old name after the velocity has changed?",
        nesterov(
            "old = self.v[k]",
            "self.v[k] *= self.momentum",
            "self.v[k] -= self.lr * grads[k]",
            "params[k] += (1 + self.momentum) * self.v[k] - self.momentum * old",
        ),
    ),
    Mistake(
        "nesterov_velocity_moved_last",
        "nesterov",
        "the velocity moved last",
        "The step is taken with the velocity of the call before.",
        "Which velocity belongs in the step, the old one or the new one?",
        nesterov(AHEAD, VELOCITY),
    ),
    Mistake(
        "nesterov_uphill",
        "nesterov",
        "uphill",
        "Velocity and step both have the gradient with a plus.",
        "Which way does your first step go?",
        nesterov(
            "self.v[k] = self.momentum * self.v[k] + self.lr * grads[k]",
            "params[k] += self.momentum * self.v[k] + self.lr * grads[k]",
        ),
    ),
    Mistake(
        "nesterov_mixed_signs",
        "nesterov",
        "two conventions mixed",
        "The velocity gathers plus lr times the gradient, and the step takes it for a minus.",
        "Do your velocity and your step agree about the sign?",
        nesterov("self.v[k] = self.momentum * self.v[k] + self.lr * grads[k]", AHEAD),
    ),
    Mistake(
        "nesterov_velocity_only",
        "nesterov",
        "the gradient left out of the step",
        "The step is the momentum times the velocity, and this call's own push is missing.",
        "How long is your first step, in units of lr g?",
        nesterov(VELOCITY, "params[k] += self.momentum * self.v[k]"),
    ),
    Mistake(
        "nesterov_velocity_local",
        "nesterov",
        "the velocity forgotten",
        "The velocity starts at 0 in every call.",
        "Is your second step longer than your first?",
        nesterov(
            "v = -self.lr * grads[k]",
            "params[k] += self.momentum * v - self.lr * grads[k]",
            once="",
        ),
    ),
    Mistake(
        "nesterov_no_rate_in_the_step",
        "nesterov",
        "the rate missing in the step",
        "The whole gradient is subtracted beside the velocity.",
        "Where is lr in the second half of your step?",
        nesterov(VELOCITY, "params[k] += self.momentum * self.v[k] - grads[k]"),
    ),
    Mistake(
        "nesterov_no_rate_in_the_velocity",
        "nesterov",
        "the rate missing in the velocity",
        "The velocity gathers whole gradients, and the step uses it as it is.",
        "Where is lr in the first half of your step?",
        nesterov("self.v[k] = self.momentum * self.v[k] - grads[k]", AHEAD),
    ),
    Mistake(
        "nesterov_whole_velocity",
        "nesterov",
        "the momentum left out of the step",
        "The whole velocity is added to the plain step.",
        "Is your first step 1.9 or 2 times lr g?",
        nesterov(VELOCITY, "params[k] += self.v[k] - self.lr * grads[k]"),
    ),
    Mistake(
        "nesterov_old_added",
        "nesterov",
        "the old velocity added",
        "The old velocity comes with a plus where it should be taken off.",
        "Which of the two terms corrects the other?",
        nesterov(
            "old = self.v[k].copy()",
            VELOCITY,
            "params[k] += (1 + self.momentum) * self.v[k] + self.momentum * old",
        ),
    ),
    Mistake(
        "nesterov_old_left_out",
        "nesterov",
        "the old velocity left out",
        "The step is 1 plus the momentum, times the new velocity, where the old one is subtracted.",
        "How long do your steps get under a constant gradient, 10 or 19 times lr g?",
        nesterov(VELOCITY, "params[k] += (1 + self.momentum) * self.v[k]"),
    ),
    Mistake(
        "nesterov_peeks_and_stays",
        "nesterov",
        "stays at the point ahead",
        "The parameter is moved ahead by the old velocity, and then by the new one as well.",
        "Does the point ahead belong to the step, or is it only looked at?",
        nesterov("params[k] += self.momentum * self.v[k]", VELOCITY, MOVE),
    ),
    Mistake(
        "nesterov_average",
        "nesterov",
        "an average in place of a sum",
        "The gradient enters the velocity with 1 minus the momentum.",
        "How long does a step get under a constant gradient?",
        nesterov(
            "self.v[k] = self.momentum * self.v[k] - (1 - self.momentum) * self.lr * grads[k]",
            AHEAD,
        ),
    ),
    Mistake(
        "nesterov_momentum_fixed",
        "nesterov",
        "0.9 written in",
        "The step uses 0.9 whatever the argument says.",
        "What does momentum=0.5 change in your step?",
        nesterov(VELOCITY, "params[k] += 0.9 * self.v[k] - self.lr * grads[k]"),
    ),
    Mistake(
        "nesterov_one_velocity",
        "nesterov",
        "one velocity for all",
        "A single velocity serves all parameters.",
        "Whose velocity is self.v when the next key has its turn?",
        nesterov(
            "self.v = self.momentum * self.v - self.lr * grads[k]",
            "params[k] += self.momentum * self.v - self.lr * grads[k]",
            once="",
            begin="self.lr, self.momentum, self.v = lr, momentum, 0",
        ),
        diagnoses=("error_in_place_shape",),
    ),
    Mistake(
        "nesterov_state_outside",
        "nesterov",
        "velocities outside the object",
        "The velocities are kept in a dict of the notebook, for all optimizers together.",
        "Where does a second optimizer find its velocities?",
        "velocity = {}\n\n\n"
        + nesterov(
            "velocity[k] = self.momentum * velocity.get(k, 0) - self.lr * grads[k]",
            "params[k] += self.momentum * velocity[k] - self.lr * grads[k]",
            once="",
            begin="self.lr, self.momentum = lr, momentum",
        ),
    ),
    Mistake(
        "nesterov_power",
        "nesterov",
        "a power of the momentum",
        "The momentum in the step is raised to the number of the call.",
        "What is left of the look ahead after a hundred calls?",
        nesterov(
            VELOCITY,
            "params[k] += self.momentum**self.t * self.v[k] - self.lr * grads[k]",
            once=f"{AT_REST}\nself.t += 1",
            begin=f"{RATES}\nself.t = 0",
        ),
    ),
    Mistake(
        "nesterov_one_forgotten",
        "nesterov",
        "1 plus forgotten",
        "In the form for the old velocity, the gradient comes once and not 1.9 times.",
        "How many times lr g is your first step?",
        nesterov(
            "params[k] += self.momentum**2 * self.v[k] - self.lr * grads[k]",
            VELOCITY,
        ),
    ),
    Mistake(
        "nesterov_square_forgotten",
        "nesterov",
        "the square forgotten",
        "In the form for the old velocity, it is multiplied by the momentum once and not twice.",
        "What is your second step, in units of lr g?",
        nesterov(
            "params[k] += self.momentum * self.v[k] - (1 + self.momentum) * self.lr * grads[k]",
            VELOCITY,
        ),
    ),
    Mistake(
        "nesterov_only_at_first",
        "nesterov",
        "update under the if",
        "The loop runs only where the velocities are being made.",
        "What does your second call do?",
        only_at_first(nesterov(VELOCITY, AHEAD)),
    ),
    Mistake(
        "nesterov_stops_without_gradient",
        "nesterov",
        "no gradient, no step",
        "Entries whose gradient is 0 don't move, whatever their velocity.",
        "What does the velocity do when the gradient is 0?",
        nesterov(
            VELOCITY,
            "step = self.momentum * self.v[k] - self.lr * grads[k]",
            "params[k] += np.where(grads[k] == 0, 0.0, step)",
        ),
    ),
    Mistake(
        "nesterov_first_step_short",
        "nesterov",
        "a plain first step",
        "Only lr g is subtracted at first, as if there were no velocity yet to look ahead with.",
        "Does your first call use the velocity that it has just made?",
        nesterov(
            "first = not np.any(self.v[k])",
            VELOCITY,
            "params[k] += self.v[k] if first else self.momentum * self.v[k] - self.lr * grads[k]",
        ),
    ),
]

# --- 5.4 AdaGrad and RMSprop

EMPTY = "if self.h is None:\n    self.h = {k: np.zeros_like(p) for k, p in params.items()}"
SUM = "self.h[k] += grads[k] ** 2"
FADING = "self.h[k] = self.decay_rate * self.h[k] + (1 - self.decay_rate) * grads[k] ** 2"
SCALED = "params[k] -= self.lr * grads[k] / (np.sqrt(self.h[k]) + self.eps)"
ADA_BEGIN = "self.lr, self.eps, self.h = lr, eps, None"
RMS_BEGIN = "self.lr, self.decay_rate, self.eps, self.h = lr, decay_rate, eps, None"
RMS_ARGUMENTS = "lr=0.01, decay_rate=0.99, eps=1e-7"


def adagrad_class(*lines: str, once: str = EMPTY, begin: str = ADA_BEGIN) -> str:
    return optimizer("AdaGrad", "lr=0.01, eps=1e-7", begin, once, each(*lines))


def rmsprop_class(
    *lines: str, once: str = EMPTY, begin: str = RMS_BEGIN, arguments: str = RMS_ARGUMENTS
) -> str:
    return optimizer("RMSprop", arguments, begin, once, each(*lines))


ADAGRAD = adagrad_class(SUM, SCALED)
RMSPROP = rmsprop_class(FADING, SCALED)


def adagrad(*lines: str, once: str = EMPTY, begin: str = ADA_BEGIN) -> str:
    """A wrong AdaGrad beside a right RMSprop."""
    return f"{adagrad_class(*lines, once=once, begin=begin)}\n\n{RMSPROP}"


def rmsprop(
    *lines: str, once: str = EMPTY, begin: str = RMS_BEGIN, arguments: str = RMS_ARGUMENTS
) -> str:
    """A wrong RMSprop beside a right AdaGrad."""
    return f"{ADAGRAD}\n\n{rmsprop_class(*lines, once=once, begin=begin, arguments=arguments)}"


ADAGRAD_RMSPROP = [
    Mistake(
        "adagrad_overwritten",
        "adagrad_rmsprop",
        "AdaGrad: replaced, not added",
        "The square of this call's gradient replaces the sum.",
        "How long is your step after a hundred equal gradients?",
        adagrad("self.h[k] = grads[k] ** 2", SCALED),
    ),
    Mistake(
        "adagrad_no_root",
        "adagrad_rmsprop",
        "AdaGrad: no square root",
        "The step is divided by the sum of squares itself.",
        "What happens to your first step when the gradient doubles?",
        adagrad(SUM, "params[k] -= self.lr * grads[k] / (self.h[k] + self.eps)"),
    ),
    Mistake(
        "adagrad_after_the_step",
        "adagrad_rmsprop",
        "AdaGrad: the square added too late",
        "The step comes first, when the sum is still 0.",
        "By what does your first call divide?",
        adagrad(SCALED, SUM),
    ),
    Mistake(
        "adagrad_not_squared",
        "adagrad_rmsprop",
        "AdaGrad: not squared",
        "Gradients are added up as they are, and the root of a negative sum isn't a number.",
        "What is your sum after the gradients 1 and -1?",
        adagrad("self.h[k] += grads[k]", SCALED),
    ),
    Mistake(
        "adagrad_sizes",
        "adagrad_rmsprop",
        "AdaGrad: sizes for squares",
        "Absolute values are added where squares belong.",
        "Is your first step lr for every gradient?",
        adagrad("self.h[k] += np.abs(grads[k])", SCALED),
    ),
    Mistake(
        "adagrad_no_eps",
        "adagrad_rmsprop",
        "AdaGrad: nothing added",
        "Where the gradient has always been 0, 0 is divided by 0.",
        "What is 0 / 0 for NumPy?",
        adagrad(SUM, "params[k] -= self.lr * grads[k] / np.sqrt(self.h[k])"),
    ),
    Mistake(
        "adagrad_large_eps",
        "adagrad_rmsprop",
        "AdaGrad: too much added",
        "A tenth is added to the root, and short gradients give short steps.",
        "What share of your denominator is the added number?",
        adagrad(SUM, "params[k] -= self.lr * grads[k] / (np.sqrt(self.h[k]) + 0.1)"),
    ),
    Mistake(
        "adagrad_eps_ignored",
        "adagrad_rmsprop",
        "AdaGrad: the argument eps unused",
        "The constructor takes an eps, and 1e-7 is written in.",
        "What does AdaGrad(0.1, 0.5) do that AdaGrad(0.1) doesn't?",
        adagrad(SUM, "params[k] -= self.lr * grads[k] / (np.sqrt(self.h[k]) + 1e-7)"),
    ),
    Mistake(
        "adagrad_eps_in_the_numerator",
        "adagrad_rmsprop",
        "AdaGrad: a bracket forgotten",
        "Without the bracket, eps is added to the quotient and not to the root.",
        "Which operation does Python do first, the division or the sum?",
        adagrad(SUM, "params[k] -= self.lr * grads[k] / np.sqrt(self.h[k]) + self.eps"),
    ),
    Mistake(
        "adagrad_uphill",
        "adagrad_rmsprop",
        "AdaGrad: uphill",
        "The scaled step is added.",
        "Which way does the loss go along its gradient?",
        adagrad(SUM, SCALED.replace("-=", "+=")),
    ),
    Mistake(
        "adagrad_no_rate",
        "adagrad_rmsprop",
        "AdaGrad: no rate",
        "The learning rate isn't in the step.",
        "How long is your first step?",
        adagrad(SUM, SCALED.replace("self.lr * ", "")),
    ),
    Mistake(
        "adagrad_one_sum",
        "adagrad_rmsprop",
        "AdaGrad: one sum for all",
        "The squares of all parameters go into one sum.",
        "Should a large gradient of W1 shorten the steps of b1?",
        adagrad(
            "self.h += np.sum(grads[k] ** 2)",
            "params[k] -= self.lr * grads[k] / (np.sqrt(self.h) + self.eps)",
            once="",
            begin="self.lr, self.eps, self.h = lr, eps, 0.0",
        ),
    ),
    Mistake(
        "adagrad_one_number_a_table",
        "adagrad_rmsprop",
        "AdaGrad: one number for a table",
        "The squares of a table are summed, so all its entries are scaled alike.",
        "Has each entry a history of its own?",
        adagrad("self.h[k] += np.sum(grads[k] ** 2)", SCALED),
    ),
    Mistake(
        "adagrad_average",
        "adagrad_rmsprop",
        "AdaGrad: the mean of the squares",
        "The sum is divided by the number of calls, so steps don't shorten.",
        "What is the mean of ten equal squares?",
        adagrad(
            SUM,
            "size = np.sqrt(self.h[k] / self.t)",
            "params[k] -= self.lr * grads[k] / (size + self.eps)",
            once=f"{EMPTY}\nself.t += 1",
            begin=f"{ADA_BEGIN}\nself.t = 0",
        ),
    ),
    Mistake(
        "adagrad_starts_at_one",
        "adagrad_rmsprop",
        "AdaGrad: begins at 1",
        "The sums start at 1 to avoid a division by 0.",
        "How long is your first step for a gradient of 0.1?",
        adagrad(SUM, SCALED, once=EMPTY.replace("zeros_like", "ones_like")),
    ),
    Mistake(
        "adagrad_largest",
        "adagrad_rmsprop",
        "AdaGrad: the largest square",
        "The largest square so far is kept, not their sum.",
        "How does your step change under equal gradients?",
        adagrad("self.h[k] = np.maximum(self.h[k], grads[k] ** 2)", SCALED),
    ),
    Mistake(
        "adagrad_square_of_the_sum",
        "adagrad_rmsprop",
        "AdaGrad: the sum squared",
        "Gradients are added first and squared afterwards, so opposite ones cancel.",
        "What is your sum after the gradients 1 and -1?",
        adagrad(
            "self.h[k] += grads[k]",
            "params[k] -= self.lr * grads[k] / (np.abs(self.h[k]) + self.eps)",
        ),
    ),
    Mistake(
        "adagrad_root_kept",
        "adagrad_rmsprop",
        "AdaGrad: the root written back",
        "The root replaces the sum, and the next square is added to it.",
        "What does self.h hold after the first call, a sum of squares or its root?",
        adagrad(
            SUM,
            "self.h[k] = np.sqrt(self.h[k])",
            "params[k] -= self.lr * grads[k] / (self.h[k] + self.eps)",
        ),
    ),
    Mistake(
        "adagrad_state_shared",
        "adagrad_rmsprop",
        "both: sums outside the objects",
        "Both classes keep their squares in one dict of the notebook.",
        "Which sums does an optimizer find that has just been made?",
        "h = {}\n\n\n"
        + adagrad_class(
            "h[k] = h.get(k, 0) + grads[k] ** 2",
            SCALED.replace("self.h", "h"),
            once="",
            begin="self.lr, self.eps = lr, eps",
        )
        + "\n\n"
        + rmsprop_class(
            "h[k] = self.decay_rate * h.get(k, 0) + (1 - self.decay_rate) * grads[k] ** 2",
            SCALED.replace("self.h", "h"),
            once="",
            begin="self.lr, self.decay_rate, self.eps = lr, decay_rate, eps",
        ),
    ),
    Mistake(
        "rmsprop_gradient_whole",
        "adagrad_rmsprop",
        "RMSprop: 1 minus the decay forgotten",
        "The square comes in whole, so the average is a hundred times too large.",
        "What is your average under a constant gradient of 1?",
        rmsprop("self.h[k] = self.decay_rate * self.h[k] + grads[k] ** 2", SCALED),
    ),
    Mistake(
        "rmsprop_average_squared",
        "adagrad_rmsprop",
        "RMSprop: averaged, then squared",
        "The gradients are averaged and not their squares, so opposite ones cancel.",
        "What is the average of 1 and -1, and what is that of their squares?",
        rmsprop(
            FADING.replace(" ** 2", ""),
            "params[k] -= self.lr * grads[k] / (np.abs(self.h[k]) + self.eps)",
        ),
    ),
    Mistake(
        "rmsprop_weights_swapped",
        "adagrad_rmsprop",
        "RMSprop: the weights swapped",
        "The old average counts for a hundredth and the new square for the rest.",
        "How much of the average should one call change?",
        rmsprop(
            "self.h[k] = (1 - self.decay_rate) * self.h[k] + self.decay_rate * grads[k] ** 2",
            SCALED,
        ),
    ),
    Mistake(
        "rmsprop_never_fades",
        "adagrad_rmsprop",
        "RMSprop: nothing is forgotten",
        "The weighted square is added to an average that doesn't shrink.",
        "What is left of the first square after a thousand calls?",
        rmsprop("self.h[k] += (1 - self.decay_rate) * grads[k] ** 2", SCALED),
    ),
    Mistake(
        "rmsprop_shrinks_twice",
        "adagrad_rmsprop",
        "RMSprop: the decay over everything",
        "The new square is multiplied by the decay rate, together with the average.",
        "Which of the two numbers is meant to fade?",
        rmsprop(
            "self.h[k] = self.decay_rate * (self.h[k] + (1 - self.decay_rate) * grads[k] ** 2)",
            SCALED,
        ),
    ),
    Mistake(
        "rmsprop_no_root",
        "adagrad_rmsprop",
        "RMSprop: no square root",
        "The step is divided by the average square itself.",
        "How does your step change if all gradients are ten times as large?",
        rmsprop(FADING, "params[k] -= self.lr * grads[k] / (self.h[k] + self.eps)"),
    ),
    Mistake(
        "rmsprop_starts_at_first_square",
        "adagrad_rmsprop",
        "RMSprop: begins with the first square",
        "The average starts at the first square and not at 0.",
        "How long is your first step, lr or ten times lr?",
        rmsprop(FADING, SCALED, once=EMPTY.replace("np.zeros_like(p)", "grads[k] ** 2")),
    ),
    Mistake(
        "rmsprop_corrected",
        "adagrad_rmsprop",
        "RMSprop: bias corrected",
        "The average is divided by 1 minus a power of the decay, as Adam does.",
        "Whose idea was the correction, RMSprop's or Adam's?",
        rmsprop(
            FADING,
            "h = self.h[k] / (1 - self.decay_rate**self.t)",
            "params[k] -= self.lr * grads[k] / (np.sqrt(h) + self.eps)",
            once=f"{EMPTY}\nself.t += 1",
            begin=f"{RMS_BEGIN}\nself.t = 0",
        ),
    ),
    Mistake(
        "rmsprop_after_the_step",
        "adagrad_rmsprop",
        "RMSprop: the average moved too late",
        "The step divides by the average of the call before.",
        "By what does your first call divide?",
        rmsprop(SCALED, FADING),
    ),
    Mistake(
        "rmsprop_average_not_kept",
        "adagrad_rmsprop",
        "RMSprop: the average forgotten",
        "The average starts at 0 in every call.",
        "Is your tenth step shorter than your first?",
        rmsprop(
            "h = (1 - self.decay_rate) * grads[k] ** 2",
            "params[k] -= self.lr * grads[k] / (np.sqrt(h) + self.eps)",
            once="",
        ),
    ),
    Mistake(
        "rmsprop_decay_fixed",
        "adagrad_rmsprop",
        "RMSprop: 0.99 written in",
        "The argument decay_rate is never used.",
        "What does decay_rate=0.5 change?",
        rmsprop("self.h[k] = 0.99 * self.h[k] + 0.01 * grads[k] ** 2", SCALED),
    ),
    Mistake(
        "rmsprop_other_default",
        "adagrad_rmsprop",
        "RMSprop: another default",
        "Without an argument the decay rate is 0.9, as in some libraries.",
        "Which decay rate does the docstring promise?",
        rmsprop(FADING, SCALED, arguments=RMS_ARGUMENTS.replace("0.99", "0.9")),
    ),
    Mistake(
        "rmsprop_centred",
        "adagrad_rmsprop",
        "RMSprop: the mean taken off",
        "The square of the average gradient is subtracted, so a constant one leaves nothing.",
        "What do you divide by when the gradient never changes?",
        rmsprop(
            FADING,
            FADING.replace(" ** 2", "").replace("self.h", "self.mean"),
            "spread = np.maximum(self.h[k] - self.mean[k] ** 2, 0)",
            "params[k] -= self.lr * grads[k] / (np.sqrt(spread) + self.eps)",
            once=EMPTY + "\n    self.mean = {k: np.zeros_like(p) for k, p in params.items()}",
        ),
    ),
    Mistake(
        "rmsprop_frozen_without_gradient",
        "adagrad_rmsprop",
        "RMSprop: waits for a gradient",
        "The average of a parameter without gradient is left as it is and doesn't fade.",
        "What is the average of 1 and 0?",
        rmsprop("if not np.any(grads[k]):", "    continue", FADING, SCALED),
    ),
    Mistake(
        "rmsprop_eps_ignored",
        "adagrad_rmsprop",
        "RMSprop: the argument eps unused",
        "1e-7 is written in, and the constructor's eps is dropped.",
        "What does eps=1 change?",
        rmsprop(FADING, SCALED.replace("self.eps", "1e-7")),
    ),
    Mistake(
        "rmsprop_largest",
        "adagrad_rmsprop",
        "RMSprop: the average may only grow",
        "The larger of old and new average is kept.",
        "What happens to your average after one large gradient?",
        rmsprop(
            FADING.replace("self.h[k] = ", "new = "),
            "self.h[k] = np.maximum(self.h[k], new)",
            SCALED,
        ),
    ),
    Mistake(
        "rmsprop_only_at_first",
        "adagrad_rmsprop",
        "RMSprop: update under the if",
        "The loop is indented under the test for a first call.",
        "Which of your lines run in the second call?",
        f"{ADAGRAD}\n\n{only_at_first(RMSPROP)}",
    ),
    Mistake(
        "rmsprop_is_adagrad",
        "adagrad_rmsprop",
        "RMSprop: AdaGrad once more",
        "The squares are summed, and the decay rate is never used.",
        "Do your steps shorten for ever?",
        rmsprop(SUM, SCALED),
    ),
]

# --- 5.5 Adam

ADAM = code("""
    class Adam:
        def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
            self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
            self.m, self.v, self.t = None, None, 0

        def update(self, params, grads):
            if self.m is None:
                self.m = {k: np.zeros_like(p) for k, p in params.items()}
                self.v = {k: np.zeros_like(p) for k, p in params.items()}
            self.t += 1
            for k in params:
                g = grads[k]
                self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
                self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2
                m = self.m[k] / (1 - self.beta1**self.t)
                v = self.v[k] / (1 - self.beta2**self.t)
                params[k] -= self.lr * m / (np.sqrt(v) + self.eps)
    """)
FIRST_MOMENT = "self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g\n"
SECOND_MOMENT = "self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2\n"
M_HAT = "m = self.m[k] / (1 - self.beta1**self.t)\n"
V_HAT = "v = self.v[k] / (1 - self.beta2**self.t)\n"
ADAM_STEP = "params[k] -= self.lr * m / (np.sqrt(v) + self.eps)\n"
ONCE = "        if self.m is None:\n"
COUNT = "        self.t += 1\n"
DEEP = " " * 12
"""The margin of a line inside the loop."""


def adam(*changes: tuple[str, str]) -> str:
    return changed(ADAM, *changes)


COUNTED_FIRST = adam((COUNT, ""), (ONCE, COUNT + ONCE))
"""The counter raised before the moments are made."""


ADAMS = [
    Mistake(
        "adam_uphill",
        "adam",
        "uphill",
        "The step is added.",
        "Which way does your first step go?",
        adam(("params[k] -=", "params[k] +=")),
    ),
    Mistake(
        "adam_only_m_corrected",
        "adam",
        "only m corrected",
        "The second moment is used as it is, so the first steps are some thirty times too long.",
        "By what does v fall short at the first call?",
        adam((V_HAT, "v = self.v[k]\n")),
    ),
    Mistake(
        "adam_only_v_corrected",
        "adam",
        "only v corrected",
        "The first moment is used as it is, so the first steps are ten times too short.",
        "By what does m fall short at the first call?",
        adam((M_HAT, "m = self.m[k]\n")),
    ),
    Mistake(
        "adam_no_correction",
        "adam",
        "nothing corrected",
        "Both moments still remember that they began at 0.",
        "How long is your first step, in units of lr?",
        adam((M_HAT, "m = self.m[k]\n"), (V_HAT, "v = self.v[k]\n")),
    ),
    Mistake(
        "adam_counts_from_zero",
        "adam",
        "calls counted from 0",
        "The counter is raised after use, so the first correction divides by 0.",
        "What is 1 - beta1**0?",
        adam((COUNT, ""), (ADAM_STEP, ADAM_STEP + COUNT)),
    ),
    Mistake(
        "adam_counts_from_two",
        "adam",
        "calls counted from 2",
        "The counter starts at 1 and is raised before its first use.",
        "What is self.t in the first correction?",
        adam(("self.m, self.v, self.t = None, None, 0", "self.m, self.v, self.t = None, None, 1")),
    ),
    Mistake(
        "adam_counts_parameters",
        "adam",
        "parameters counted",
        "The counter is raised once for each parameter, not once for each call.",
        "What is self.t after one call with four parameters?",
        adam(
            (COUNT, ""),
            (f"{DEEP}g = grads[k]\n", f"{DEEP}self.t += 1\n{DEEP}g = grads[k]\n"),
        ),
    ),
    Mistake(
        "adam_no_power",
        "adam",
        "no power",
        "The correction is that of the first call in every call.",
        "By what should m be divided at the thousandth call?",
        adam((M_HAT, M_HAT.replace("**self.t", "")), (V_HAT, V_HAT.replace("**self.t", ""))),
    ),
    Mistake(
        "adam_power_of_the_difference",
        "adam",
        "the power of the difference",
        "1 - beta is raised to the power, and not beta.",
        "Which of the two is nearly 1 after many calls, and which is nearly 0?",
        adam(
            ("(1 - self.beta1**self.t)", "(1 - self.beta1)**self.t"),
            (
                "(1 - self.beta2**self.t)",
                "(1 - self.beta2)**self.t",
            ),
        ),
    ),
    Mistake(
        "adam_times_t",
        "adam",
        "times for power",
        "One star is missing, so beta is multiplied by the number of the call.",
        "What is 1 - beta1 * 2?",
        adam(
            ("self.beta1**self.t", "self.beta1 * self.t"),
            (
                "self.beta2**self.t",
                "self.beta2 * self.t",
            ),
        ),
    ),
    Mistake(
        "adam_beta1_for_both",
        "adam",
        "beta1 in both corrections",
        "The second moment is corrected with beta1.",
        "Which beta belongs to the average of the squares?",
        adam((V_HAT, V_HAT.replace("beta2", "beta1"))),
    ),
    Mistake(
        "adam_corrections_swapped",
        "adam",
        "corrections swapped",
        "Each moment is corrected with the beta of the other.",
        "By what does m fall short at the first call, a tenth or a thousandth?",
        adam((M_HAT, M_HAT.replace("beta1", "beta2")), (V_HAT, V_HAT.replace("beta2", "beta1"))),
    ),
    Mistake(
        "adam_betas_swapped",
        "adam",
        "betas swapped in the averages",
        "The gradients are averaged with beta2 and their squares with beta1.",
        "Which of the two averages is to remember longer?",
        adam(
            (FIRST_MOMENT, FIRST_MOMENT.replace("beta1", "beta2")),
            (SECOND_MOMENT, SECOND_MOMENT.replace("beta2", "beta1")),
        ),
    ),
    Mistake(
        "adam_not_squared",
        "adam",
        "gradients not squared",
        "The second moment averages the gradients themselves.",
        "What is the root of your second moment when gradients are negative?",
        adam((SECOND_MOMENT, SECOND_MOMENT.replace("g**2", "g"))),
    ),
    Mistake(
        "adam_sizes",
        "adam",
        "sizes for squares",
        "The second moment averages absolute values, and their root is taken.",
        "What is your first step for a gradient of 4?",
        adam((SECOND_MOMENT, SECOND_MOMENT.replace("g**2", "np.abs(g)"))),
    ),
    Mistake(
        "adam_squares_of_m",
        "adam",
        "m squared",
        "The second moment averages the square of the first moment.",
        "Of what is v the average?",
        adam((SECOND_MOMENT, SECOND_MOMENT.replace("g**2", "self.m[k] ** 2"))),
    ),
    Mistake(
        "adam_no_root",
        "adam",
        "no square root",
        "The step is divided by the second moment itself.",
        "What becomes of your step if all gradients are a thousand times as large?",
        adam(("np.sqrt(v)", "v")),
    ),
    Mistake(
        "adam_no_rate",
        "adam",
        "no rate",
        "The first step has length 1 and not lr.",
        "Where does lr enter?",
        adam(("self.lr * m", "m")),
    ),
    Mistake(
        "adam_m_whole",
        "adam",
        "1 - beta1 forgotten",
        "The gradient enters the first moment whole.",
        "What is your first moment under a constant gradient of 1, after many calls?",
        adam(("(1 - self.beta1) * g", "g")),
    ),
    Mistake(
        "adam_v_whole",
        "adam",
        "1 - beta2 forgotten",
        "The square enters the second moment whole.",
        "What is your second moment under a constant gradient of 1, after many calls?",
        adam(("(1 - self.beta2) * g**2", "g**2")),
    ),
    Mistake(
        "adam_weights_swapped",
        "adam",
        "weights swapped",
        "The old moment gets 1 - beta and the new gradient beta.",
        "How much of m should one call change?",
        adam(
            (FIRST_MOMENT, "self.m[k] = (1 - self.beta1) * self.m[k] + self.beta1 * g\n"),
            (SECOND_MOMENT, "self.v[k] = (1 - self.beta2) * self.v[k] + self.beta2 * g**2\n"),
        ),
    ),
    Mistake(
        "adam_gradient_on_top",
        "adam",
        "the gradient on top",
        "The step follows this call's gradient and not the first moment.",
        "What is m for, if the step doesn't use it?",
        adam(("self.lr * m /", "self.lr * g /")),
    ),
    Mistake(
        "adam_sign",
        "adam",
        "the sign of the gradient",
        "Under a constant gradient each step is lr times its sign, and only there.",
        "How long is a step when the gradient keeps changing its sign?",
        adam((ADAM_STEP, "params[k] -= self.lr * np.sign(g)\n")),
    ),
    Mistake(
        "adam_square_may_only_grow",
        "adam",
        "the largest second moment",
        "The step divides by the largest corrected second moment so far.",
        "What happens to your steps after one large gradient?",
        adam(
            (
                V_HAT,
                f"{V_HAT}{DEEP}self.top[k] = np.maximum(self.top.get(k, 0), v)\n"
                f"{DEEP}v = self.top[k]\n",
            ),
            ("None, None, 0\n", "None, None, 0\n        self.top = {}\n"),
        ),
    ),
    Mistake(
        "adam_largest_gradient",
        "adam",
        "the largest gradient",
        "The step divides by the largest fading size of a gradient, as another method does.",
        "Does your denominator average anything?",
        adam(
            (SECOND_MOMENT, "self.v[k] = np.maximum(self.beta2 * self.v[k], np.abs(g))\n"),
            (V_HAT, "v = self.v[k] ** 2\n"),
        ),
    ),
    Mistake(
        "adam_looks_ahead",
        "adam",
        "Nesterov's idea added",
        "The first moment is mixed once more with this call's gradient.",
        "How long is your first step, in units of lr?",
        adam(
            (
                M_HAT,
                f"{M_HAT}{DEEP}now = (1 - self.beta1) * g / (1 - self.beta1**self.t)\n"
                f"{DEEP}m = self.beta1 * m + now\n",
            )
        ),
    ),
    Mistake(
        "adam_large_eps",
        "adam",
        "a tenth added",
        "A tenth is added to the root, and short gradients give short steps.",
        "How long is your first step for a gradient of 0.1?",
        adam(("self.eps)\n", "0.1)\n")),
    ),
    Mistake(
        "adam_eps_ignored",
        "adam",
        "the argument eps unused",
        "The constructor takes an eps, and 1e-8 is written in.",
        "What does a large eps change?",
        adam(("self.eps)\n", "1e-8)\n")),
    ),
    Mistake(
        "adam_no_eps",
        "adam",
        "nothing added",
        "A parameter whose gradient is always 0 becomes nan.",
        "What is 0 / 0 for NumPy?",
        adam(("np.sqrt(v) + self.eps", "np.sqrt(v)")),
    ),
    Mistake(
        "adam_betas_fixed",
        "adam",
        "betas written in",
        "The averages use 0.9 and 0.999 whatever the arguments say.",
        "What does Adam(0.1, 0.5, 0.9) change?",
        adam(
            (
                "self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps",
                "self.lr, self.beta1, self.beta2, self.eps = lr, 0.9, 0.999, eps",
            )
        ),
    ),
    Mistake(
        "adam_other_default",
        "adam",
        "another default",
        "Without an argument the rate is 0.01.",
        "Which rate does the docstring promise when none is given?",
        adam(("lr=0.001", "lr=0.01")),
    ),
    Mistake(
        "adam_moments_not_kept",
        "adam",
        "the moments forgotten",
        "Both moments start at 0 in every call, and the correction doesn't know it.",
        "What does the second call know of the first?",
        adam((ONCE, "        if True:\n")),
    ),
    Mistake(
        "adam_one_array",
        "adam",
        "m and v are one array",
        "Both names are given the same zeros, and both moments are written into them.",
        "How many arrays does np.zeros_like make for a = b = np.zeros_like(p)?",
        adam(
            (
                "            self.v = {k: np.zeros_like(p) for k, p in params.items()}\n",
                "            self.v = self.m\n",
            )
        ),
    ),
    Mistake(
        "adam_folded_no_root",
        "adam",
        "folded without its root",
        "The corrections are folded into the rate, and that of v enters without its root.",
        "v stands under a root, so where does its correction stand?",
        adam(
            (M_HAT, "rate = self.lr * (1 - self.beta2**self.t) / (1 - self.beta1**self.t)\n"),
            (f"{DEEP}{V_HAT}", ""),
            (ADAM_STEP, "params[k] -= rate * self.m[k] / (np.sqrt(self.v[k]) + self.eps)\n"),
        ),
    ),
    Mistake(
        "adam_folded_rate_kept",
        "adam",
        "the folded rate kept",
        "The folded rate is written into self.lr, and folded again in the next call.",
        "What is self.lr after the first call?",
        adam(
            (M_HAT, "pass\n"),
            (f"{DEEP}{V_HAT}", ""),
            (
                "        for k in params:\n",
                "        self.lr *= np.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)\n"
                "        for k in params:\n",
            ),
            (ADAM_STEP, "params[k] -= self.lr * self.m[k] / (np.sqrt(self.v[k]) + self.eps)\n"),
        ),
    ),
    Mistake(
        "adam_folded_upside_down",
        "adam",
        "folded upside down",
        "The folded rate has its fraction turned round.",
        "Is your first rate larger or smaller than lr?",
        adam(
            (
                M_HAT,
                "rate = self.lr * (1 - self.beta1**self.t) / np.sqrt(1 - self.beta2**self.t)\n",
            ),
            (f"{DEEP}{V_HAT}", ""),
            (ADAM_STEP, "params[k] -= rate * self.m[k] / (np.sqrt(self.v[k]) + self.eps)\n"),
        ),
    ),
    Mistake(
        "adam_one_key",
        "adam",
        "moments shared by all parameters",
        "There is one m and one v for all parameters together.",
        "Whose moments are these when b1 has its turn?",
        adam(
            ("self.m[k]", "self.m"),
            ("self.v[k]", "self.v"),
            ("{k: np.zeros_like(p) for k, p in params.items()}", "0.0"),
        ),
        diagnoses=("error_in_place_shape",),
    ),
    Mistake(
        "adam_dicts_remade",
        "adam",
        "dicts of one key",
        "The dicts are made inside the loop, for the first key alone.",
        "Which keys has self.m when the second parameter has its turn?",
        adam(
            (
                "            self.m = {k: np.zeros_like(p) for k, p in params.items()}\n"
                "            self.v = {k: np.zeros_like(p) for k, p in params.items()}\n",
                "            pass\n",
            ),
            (
                f"{DEEP}g = grads[k]\n",
                f"{DEEP}g = grads[k]\n"
                f"{DEEP}if self.m is None:\n"
                f"{DEEP}    self.m, self.v = {{k: np.zeros_like(g)}}, {{k: np.zeros_like(g)}}\n",
            ),
        ),
        diagnoses=("error_no_key",),
    ),
    Mistake(
        "adam_written_back",
        "adam",
        "the correction written back",
        "The corrected moments replace the stored ones, and the next call averages those.",
        "What does self.m hold after the first call, a tenth of the gradient or all of it?",
        adam(
            (M_HAT, f"self.{M_HAT}".replace("self.m = ", "self.m[k] = ")),
            (V_HAT, f"self.{V_HAT}".replace("self.v = ", "self.v[k] = ")),
            ("self.lr * m / (np.sqrt(v)", "self.lr * self.m[k] / (np.sqrt(self.v[k])"),
        ),
    ),
    Mistake(
        "adam_v_corrected_in_place",
        "adam",
        "v corrected in place",
        "v is another name for the stored array, and dividing it in place changes that one.",
        "Which array does v name when it is divided?",
        adam((V_HAT, f"v = self.v[k]\n{DEEP}v /= 1 - self.beta2**self.t\n")),
    ),
    Mistake(
        "adam_count_stands_still",
        "adam",
        "the counter stands still",
        "The counter is set to 1 where the moments are made, and never raised.",
        "What is self.t in the tenth call?",
        adam(
            (COUNT, ""),
            (
                "        if self.m is None:\n",
                "        if self.m is None:\n            self.t = 1\n",
            ),
        ),
    ),
    Mistake(
        "adam_count_on_the_class",
        "adam",
        "the counter on the class",
        "All optimizers raise one counter.",
        "What is the number of the first call of a second optimizer?",
        adam(
            (COUNT, "        Adam.t += 1\n"),
            ("self.t)", "Adam.t)"),
            ("self.m, self.v, self.t = None, None, 0", "self.m, self.v = None, None"),
        )
        + "\n\nAdam.t = 0\n",
    ),
    Mistake(
        "adam_state_on_the_class",
        "adam",
        "moments on the class",
        "The moments are kept on the class, so a second optimizer goes on with those of the first.",
        "Which moments does a new optimizer start with?",
        adam(
            ("self.m[k]", "Adam.m[k]"),
            ("self.v[k]", "Adam.v[k]"),
            ("self.m, self.v, self.t = None, None, 0", "self.t = 0"),
            (ONCE, "        if not Adam.m:\n"),
            ("self.m = {", "Adam.m = {"),
            ("self.v = {", "Adam.v = {"),
        )
        + "\n\nAdam.m, Adam.v = {}, {}\n",
    ),
    Mistake(
        "adam_last_only",
        "adam",
        "the step after the loop",
        "The line that moves stands below the loop, and moves the last parameter alone.",
        "How often is your last line executed?",
        adam((f"{DEEP}{ADAM_STEP}", f"        {ADAM_STEP}")),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "adam_only_at_first",
        "adam",
        "update under the if",
        "The loop is indented under the test for a first call.",
        "Which of your lines run in the second call?",
        only_at_first(COUNTED_FIRST),
    ),
    Mistake(
        "adam_one_size_a_table",
        "adam",
        "one second moment for a table",
        "The squares of a table are averaged together, so all its entries are scaled alike.",
        "Is your first step lr for every entry?",
        adam((SECOND_MOMENT, SECOND_MOMENT.replace("g**2", "np.mean(g**2)"))),
    ),
    Mistake(
        "adam_entries_without_gradient_rest",
        "adam",
        "no gradient, no step",
        "Entries whose gradient is 0 don't move, whatever their first moment.",
        "What is m after the gradients 1 and 0?",
        adam(("self.lr * m /", "self.lr * m * (g != 0) /")),
    ),
    Mistake(
        "adam_starts_at_first_gradient",
        "adam",
        "begins with the first gradient",
        "The moments start at the first gradient and its square, and are corrected all the same.",
        "For which start is the correction made?",
        adam(
            (
                "self.m = {k: np.zeros_like(p) for k, p in params.items()}",
                "self.m = {k: g.copy() for k, g in grads.items()}",
            ),
            (
                "self.v = {k: np.zeros_like(p) for k, p in params.items()}",
                "self.v = {k: g**2 for k, g in grads.items()}",
            ),
        ),
    ),
    Mistake(
        "adam_weight_decay",
        "adam",
        "weights pulled to zero",
        "A share of the parameter itself is added to its gradient.",
        "Where does a parameter go whose gradient is 0?",
        adam(("g = grads[k]", "g = grads[k] + 0.01 * params[k]")),
    ),
    Mistake(
        "adam_bracket_forgotten",
        "adam",
        "a bracket forgotten",
        "The quotient is taken by the root alone, and eps is added afterwards.",
        "Which operation does Python do first, the division or the sum?",
        adam(("/ (np.sqrt(v) + self.eps)", "/ np.sqrt(v) + self.eps")),
    ),
]

# --- 5.6 what the correction is for


def first_step(result: str) -> str:
    return function("uncorrected_first_step(beta1, beta2)", f"return {result}")


BIAS_CORRECTION = [
    Mistake(
        "first_step_upside_down",
        "bias_correction",
        "upside down",
        "The corrected step is measured in units of the uncorrected one.",
        "Which of the two steps is the longer one, and is your number larger than 1?",
        first_step("np.sqrt(1 - beta2) / (1 - beta1)"),
    ),
    Mistake(
        "first_step_no_root",
        "bias_correction",
        "no square root",
        "The second moment falls short by 1 - beta2, and its root by less than that.",
        "Does the step divide by v or by its root?",
        first_step("(1 - beta1) / (1 - beta2)"),
    ),
    Mistake(
        "first_step_only_v",
        "bias_correction",
        "only the second moment",
        "The first moment is taken to be whole.",
        "What is m after one call, for a gradient of 1?",
        first_step("1 / np.sqrt(1 - beta2)"),
    ),
    Mistake(
        "first_step_only_m",
        "bias_correction",
        "only the first moment",
        "The second moment is taken to be whole.",
        "What is v after one call, for a gradient of 1?",
        first_step("1 - beta1"),
    ),
    Mistake(
        "first_step_constant",
        "bias_correction",
        "the number of the text",
        "The result for the usual betas is returned for all betas.",
        "What is your result for beta1 = beta2 = 0?",
        first_step("0.1 / np.sqrt(0.001)"),
    ),
    Mistake(
        "first_step_multiplied",
        "bias_correction",
        "multiplied by the root",
        "The root stands in the denominator of the step, and here in the numerator.",
        "Does a smaller v make a longer or a shorter step?",
        first_step("(1 - beta1) * np.sqrt(1 - beta2)"),
    ),
    Mistake(
        "first_step_of_betas",
        "bias_correction",
        "the betas themselves",
        "What is kept of the old moments is taken for what the gradient adds to them.",
        "Which weight has the gradient, beta or 1 - beta?",
        first_step("beta1 / np.sqrt(beta2)"),
    ),
    Mistake(
        "first_step_root_of_both",
        "bias_correction",
        "the root of both",
        "The first moment is put under the root as well.",
        "Is there a root over m in the step?",
        first_step("np.sqrt((1 - beta1) / (1 - beta2))"),
    ),
    Mistake(
        "first_step_betas_swapped",
        "bias_correction",
        "betas swapped",
        "Each beta stands where the other belongs.",
        "Which beta belongs to the average of the squares?",
        first_step("(1 - beta2) / np.sqrt(1 - beta1)"),
    ),
    Mistake(
        "first_step_corrected",
        "bias_correction",
        "the corrected step",
        "With both corrections in it, the step is 1 for all betas.",
        "Which step is to be measured, and in units of which?",
        first_step("((1 - beta1) / (1 - beta1)) / np.sqrt((1 - beta2) / (1 - beta2))"),
    ),
    Mistake(
        "first_step_root_of_beta",
        "bias_correction",
        "the root of beta2",
        "The root is taken of beta2 alone and then subtracted from 1.",
        "Of which number does the step take the root?",
        first_step("(1 - beta1) / (1 - np.sqrt(beta2))"),
    ),
    Mistake(
        "first_step_rounded",
        "bias_correction",
        "rounded",
        "The result is rounded to three digits after the point.",
        "How many digits does your result have?",
        first_step("round(float((1 - beta1) / np.sqrt(1 - beta2)), 3)"),
    ),
    Mistake(
        "first_step_second",
        "bias_correction",
        "the second step",
        "Both moments have seen two gradients.",
        "How many calls have there been?",
        first_step("((1 - beta1**2) / np.sqrt(1 - beta2**2))"),
    ),
    Mistake(
        "first_step_times_rate",
        "bias_correction",
        "the step itself",
        "The step is returned for a rate of 0.001, not in units of the corrected one.",
        "How long is the corrected first step, for that rate?",
        first_step("0.001 * (1 - beta1) / np.sqrt(1 - beta2)"),
    ),
    Mistake(
        "first_step_tiny_gradient",
        "bias_correction",
        "measured with a tiny gradient",
        "Beside a gradient of 1e-7, eps isn't small.",
        "How large is eps beside the root of your v?",
        function(
            "uncorrected_first_step(beta1, beta2)",
            "g = 1e-7\n"
            "m, v = (1 - beta1) * g, (1 - beta2) * g**2\n"
            "return (m / (np.sqrt(v) + 1e-8)) / (g / (g + 1e-8))",
        ),
    ),
    Mistake(
        "first_step_two_numbers",
        "bias_correction",
        "two numbers",
        "What m and the root of v fall short by are returned side by side.",
        "How many numbers is one step?",
        first_step("1 - beta1, np.sqrt(1 - beta2)"),
    ),
    Mistake(
        "first_step_printed",
        "bias_correction",
        "printed and not returned",
        "The number is shown, and the function returns nothing.",
        "What does x = uncorrected_first_step(0.9, 0.999) put into x?",
        function("uncorrected_first_step(beta1, beta2)", "print((1 - beta1) / np.sqrt(1 - beta2))"),
        diagnoses=("nothing",),
    ),
    Mistake(
        "first_step_folded",
        "bias_correction",
        "the folded rate of the first call",
        "The rate that holds both corrections is returned, and not the step without them.",
        "Is the folded rate what is missing, or what makes up for it?",
        first_step("np.sqrt(1 - beta2**1) / (1 - beta1**1) * (1 - beta1)"),
    ),
]

# --- 5.7 the training loop

TRAIN = code("""
    def train(net, optimizer, batches):
        losses = []
        for x, t in batches:
            losses.append(net.loss(x, t))
            grads = net.gradient(x, t)
            optimizer.update(net.params, grads)
        return losses
    """)


def loop(*changes: tuple[str, str]) -> str:
    return changed(TRAIN, *changes)


LOSS_LINE = "        losses.append(net.loss(x, t))\n"
GRADIENT_LINE = "        grads = net.gradient(x, t)\n"
UPDATE_LINE = "        optimizer.update(net.params, grads)\n"

TRAINING = [
    Mistake(
        "train_loss_after",
        "train",
        "the loss after the update",
        "Each loss is that of the moved net.",
        "Which loss would your first number have to be, before anything is learnt?",
        loop((LOSS_LINE, ""), (UPDATE_LINE, UPDATE_LINE + LOSS_LINE)),
    ),
    Mistake(
        "train_nothing_learnt",
        "train",
        "no update",
        "Gradients are taken, and nobody uses them.",
        "Which line of yours moves a parameter?",
        loop((UPDATE_LINE, "")),
    ),
    Mistake(
        "train_gradients_on_the_way",
        "train",
        "gradients after some have moved",
        "Each parameter is moved before the gradient of the next one is taken.",
        "At which parameters is your last gradient taken?",
        loop(
            (
                GRADIENT_LINE,
                "        for k in net.params:\n            g = net.gradient(x, t)[k]\n",
            ),
            (UPDATE_LINE, "            optimizer.update({k: net.params[k]}, {k: g})\n"),
        ),
    ),
    Mistake(
        "train_update_per_key",
        "train",
        "one update for each key",
        "The optimizer is called once for each parameter, and counts each of them as a step.",
        "What number of calls has Adam counted after the first batch?",
        loop(
            (
                UPDATE_LINE,
                "        for k in grads:\n"
                "            optimizer.update({k: net.params[k]}, {k: grads[k]})\n",
            )
        ),
    ),
    Mistake(
        "train_first_batch_for_ever",
        "train",
        "the first batch for ever",
        "Each round trains on the first pair.",
        "Which pair does your second round use?",
        loop(
            ("    for x, t in batches:\n", "    pairs = list(batches)\n    for _ in pairs:\n"),
            (LOSS_LINE, f"        x, t = pairs[0]\n{LOSS_LINE}"),
        ),
    ),
    Mistake(
        "train_mean_loss",
        "train",
        "one mean",
        "The losses are averaged, and one number is returned.",
        "How many numbers does the figure of the losses need?",
        loop(("return losses", "return float(np.mean(losses))")),
    ),
    Mistake(
        "train_last_loss",
        "train",
        "only the last loss",
        "The losses before the last are dropped.",
        "How long is your list after ten batches?",
        loop(("return losses", "return losses[-1:]")),
    ),
    Mistake(
        "train_one_batch",
        "train",
        "return inside the loop",
        "The function returns after its first batch.",
        "How far is your return indented?",
        loop(("    return losses", "        return losses")),
    ),
    Mistake(
        "train_arguments_swapped",
        "train",
        "update's arguments swapped",
        "The gradients are moved by the parameters.",
        "In which order does update take its two dicts?",
        loop(("update(net.params, grads)", "update(grads, net.params)")),
    ),
    Mistake(
        "train_update_twice",
        "train",
        "two updates a batch",
        "Each gradient is used twice.",
        "How many steps does a batch make?",
        loop((UPDATE_LINE, UPDATE_LINE + UPDATE_LINE)),
    ),
    Mistake(
        "train_needs_a_length",
        "train",
        "batches counted first",
        "A generator has no length and no positions.",
        "What is len of a generator?",
        loop(
            (
                "    for x, t in batches:\n",
                "    for i in range(len(batches)):\n        x, t = batches[i]\n",
            )
        ),
        diagnoses=("error_no_length",),
    ),
    Mistake(
        "train_two_passes",
        "train",
        "losses first, updates afterwards",
        "All losses are taken before the first update.",
        "Which of your losses are those of a net that has learnt?",
        loop(
            ("    losses = []\n", "    batches = list(batches)\n    losses = []\n"),
            (LOSS_LINE, f"{LOSS_LINE}    for x, t in batches:\n"),
        ),
    ),
    Mistake(
        "train_batch_late",
        "train",
        "the batch before",
        "Gradients are taken on the batch of the round before.",
        "On which batch is your second gradient taken?",
        loop(
            ("    losses = []\n", "    losses = []\n    last = None\n"),
            (
                GRADIENT_LINE,
                "        last = last or (x, t)\n"
                "        grads = net.gradient(*last)\n"
                "        last = (x, t)\n",
            ),
        ),
    ),
    Mistake(
        "train_running_sum",
        "train",
        "losses added up",
        "Each number holds the losses before it as well.",
        "What is the second number of the list, and what is the second loss?",
        loop(("losses.append(net.loss(x, t))", "losses.append(net.loss(x, t) + sum(losses[-1:]))")),
    ),
    Mistake(
        "train_running_mean",
        "train",
        "losses smoothed",
        "Each number is mixed with the one before, for a smoother picture.",
        "Which number of yours is the loss of the third batch alone?",
        loop(
            (
                "losses.append(net.loss(x, t))",
                "now = net.loss(x, t)\n"
                "        losses.append(0.9 * losses[-1] + 0.1 * now if losses else now)",
            )
        ),
    ),
    Mistake(
        "train_last_left_out",
        "train",
        "the last batch left out",
        "The loop ends one batch early.",
        "How many numbers do you return for three batches?",
        loop(("in batches:", "in list(batches)[:-1]:")),
    ),
    Mistake(
        "train_two_epochs",
        "train",
        "through the batches twice",
        "The batches are used two times.",
        "Who decides how often a batch is shown?",
        loop(("in batches:", "in list(batches) * 2:")),
    ),
    Mistake(
        "train_own_descent",
        "train",
        "the optimizer unused",
        "The parameters are moved by a rate of the loop's own.",
        "What does your loop do differently for Adam and for SGD?",
        loop(
            (
                UPDATE_LINE,
                "        for k in net.params:\n            net.params[k] -= 0.1 * grads[k]\n",
            )
        ),
    ),
    Mistake(
        "train_copies_moved",
        "train",
        "copies of the parameters",
        "The optimizer moves copies, and the net keeps what it has.",
        "Which arrays does the net read in its next forward pass?",
        loop(
            (
                "    losses = []\n",
                "    losses = []\n    mine = {k: p.copy() for k, p in net.params.items()}\n",
            ),
            ("update(net.params,", "update(mine,"),
        ),
    ),
    Mistake(
        "train_first_loss_twice",
        "train",
        "a loss before the first batch",
        "The loss before all training is put in front, and the first batch gives it again.",
        "How many losses are there for three batches?",
        loop(("return losses", "return losses[:1] + losses")),
    ),
    Mistake(
        "train_stops_at_a_rise",
        "train",
        "stops when the loss rises",
        "The loop ends at the first loss that is larger than the one before.",
        "Does the loss of the next batch have to be smaller?",
        loop(
            (
                LOSS_LINE,
                f"{LOSS_LINE}        if len(losses) > 1 and losses[-1] > losses[-2]:\n"
                "            break\n",
            ),
        ),
    ),
    Mistake(
        "train_nothing_returned",
        "train",
        "nothing returned",
        "The list is made, and ends with the function.",
        "What does losses = train(...) put into losses?",
        loop(("    return losses\n", "")),
        diagnoses=("nothing",),
    ),
    Mistake(
        "train_one_large_step",
        "train",
        "one step at the end",
        "The gradients of all batches are added up, and one update follows the loop.",
        "At which parameters is the second gradient taken?",
        loop(
            ("    losses = []\n", "    losses, total = [], {}\n"),
            (
                UPDATE_LINE,
                "        for k in grads:\n            total[k] = total.get(k, 0) + grads[k]\n"
                "    optimizer.update(net.params, total)\n",
            ),
        ),
    ),
    Mistake(
        "train_gradient_taken_once",
        "train",
        "one gradient for all batches",
        "The gradient is taken on the first batch and used in every round.",
        "Is the gradient of the start still that of the moved net?",
        loop(
            ("    losses = []\n", "    losses, grads = [], None\n"),
            ("grads = net.gradient(x, t)", "grads = grads or net.gradient(x, t)"),
        ),
    ),
    Mistake(
        "train_gradients_pile_up",
        "train",
        "gradients never set back",
        "Each batch's gradients are added to those of all batches before.",
        "What does the second update know of the first batch?",
        loop(
            ("    losses = []\n", "    losses, grads = [], {}\n"),
            (
                GRADIENT_LINE,
                "        for k, g in net.gradient(x, t).items():\n"
                "            grads[k] = grads.get(k, 0) + g\n",
            ),
        ),
    ),
    Mistake(
        "train_weights_only",
        "train",
        "biases left out",
        "Only keys that begin with W are handed to the optimizer.",
        "What becomes of b1?",
        loop(
            (
                UPDATE_LINE,
                "        names = [k for k in grads if k.startswith('W')]\n"
                "        optimizer.update(\n"
                "            {k: net.params[k] for k in names}, {k: grads[k] for k in names}\n"
                "        )\n",
            )
        ),
    ),
    Mistake(
        "train_restored",
        "train",
        "the start put back",
        "When the loop is done, the parameters of the start are put back.",
        "What has the net learnt when train returns?",
        loop(
            (
                "    losses = []\n",
                "    losses = []\n    start = {k: p.copy() for k, p in net.params.items()}\n",
            ),
            (
                "    return losses",
                "    for k in start:\n        net.params[k][...] = start[k]\n    return losses",
            ),
        ),
    ),
    Mistake(
        "train_stops_when_small",
        "train",
        "stops at a small loss",
        "At a loss below 1e-3 the loop ends, and the batches after it are lost.",
        "How many losses come back for eight batches?",
        loop((GRADIENT_LINE, f"        if losses[-1] < 1e-3:\n            break\n{GRADIENT_LINE}")),
    ),
    Mistake(
        "train_stops_when_flat",
        "train",
        "stops where the loss is flat",
        "The loop ends when two losses differ by less than 1e-4.",
        "How many losses come back for eight batches?",
        loop(
            (
                UPDATE_LINE,
                f"{UPDATE_LINE}        if len(losses) > 1"
                " and abs(losses[-1] - losses[-2]) < 1e-4:\n"
                "            break\n",
            )
        ),
    ),
]

# --- 5.8 steps to a threshold


def steps(body: str) -> str:
    return function("steps_to_threshold(losses, threshold)", body)


FIRST_BELOW = """
    for k, loss in enumerate(losses):
        if loss < threshold:
            return k
    return None
"""


def search(*changes: tuple[str, str]) -> str:
    return steps(changed(code(FIRST_BELOW), *changes))


STEPS = [
    Mistake(
        "steps_or_equal",
        "steps_to_threshold",
        "at the threshold counted",
        "A loss that equals the threshold is taken to be below it.",
        "Is 1e-6 smaller than 1e-6?",
        search(("loss < threshold", "loss <= threshold")),
    ),
    Mistake(
        "steps_counted_from_one",
        "steps_to_threshold",
        "counted from 1",
        "The first loss is the one after 0 steps, and it is counted as a step.",
        "After how many steps is losses[0] measured?",
        search(("return k", "return k + 1")),
    ),
    Mistake(
        "steps_one_less",
        "steps_to_threshold",
        "one step too few",
        "The step before the first small loss is returned.",
        "What is the loss after as many steps as you return?",
        search(("return k", "return max(k - 1, 0)")),
    ),
    Mistake(
        "steps_losses_counted",
        "steps_to_threshold",
        "large losses counted",
        "All losses that aren't below are counted, those of a later rise as well.",
        "What do you return for 5, 1, 5, 1 and the threshold 2?",
        steps(
            "above = sum(loss >= threshold for loss in losses)\n"
            "return None if above == len(losses) else above"
        ),
    ),
    Mistake(
        "steps_minus_one",
        "steps_to_threshold",
        "-1 for never",
        "-1 is returned where the threshold is never reached.",
        "Which value stands for never?",
        search(("return None", "return -1")),
        diagnoses=("only_on",),
    ),
    Mistake(
        "steps_length_for_never",
        "steps_to_threshold",
        "the length for never",
        "A run that never arrives seems to arrive right after its end.",
        "What do you return if no loss is small enough?",
        search(("return None", "return len(losses)")),
        diagnoses=("only_on",),
    ),
    Mistake(
        "steps_argmax",
        "steps_to_threshold",
        "argmax of nothing true",
        "np.argmax finds the first True, and says 0 where there is none.",
        "What is np.argmax([False, False])?",
        steps("return int(np.argmax(np.array(losses) < threshold))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "steps_sorted",
        "steps_to_threshold",
        "sorted losses assumed",
        "A binary search needs losses that only fall.",
        "Which half of a list that rises again does a binary search throw away?",
        steps(
            "k = int(np.searchsorted(-np.array(losses), -threshold, side='right'))\n"
            "return k if k < len(losses) else None"
        ),
    ),
    Mistake(
        "steps_loss_returned",
        "steps_to_threshold",
        "the loss returned",
        "The first small loss is returned, not its place.",
        "Is your result a number of steps?",
        search(("return k", "return loss")),
    ),
    Mistake(
        "steps_for_good",
        "steps_to_threshold",
        "below for good",
        "The loop looks for the step after which no loss rises again.",
        "Is the first loss below the threshold asked for, or the last above it?",
        steps(
            "found = None\n"
            "for k, loss in enumerate(losses):\n"
            "    if loss >= threshold:\n"
            "        found = None\n"
            "    elif found is None:\n"
            "        found = k\n"
            "return found"
        ),
    ),
    Mistake(
        "steps_last",
        "steps_to_threshold",
        "the last small loss",
        "Each small loss overwrites the one found before.",
        "Which of several small losses does your loop keep?",
        steps(
            "found = None\n"
            "for k, loss in enumerate(losses):\n"
            "    if loss < threshold:\n"
            "        found = k\n"
            "return found"
        ),
    ),
    Mistake(
        "steps_all_places",
        "steps_to_threshold",
        "all places",
        "np.where gives the places of all small losses.",
        "How many numbers do you return?",
        steps("return list(np.where(np.array(losses) < threshold)[0])"),
    ),
    Mistake(
        "steps_zero_is_false",
        "steps_to_threshold",
        "0 taken for nothing",
        "Step 0 is false in a condition, and turns into None.",
        "What is 0 or None?",
        steps(
            "found = next((k for k, loss in enumerate(losses) if loss < threshold), None)\n"
            "return found or None"
        ),
        diagnoses=("only_on",),
    ),
    Mistake(
        "steps_first_above",
        "steps_to_threshold",
        "the first above",
        "The comparison is turned round.",
        "On which side of the threshold does training end?",
        search(("loss < threshold", "loss > threshold")),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "steps_gives_up",
        "steps_to_threshold",
        "gives up at once",
        "None is returned in the first round, if that loss isn't small.",
        "How far is your last return indented?",
        steps(
            "for k, loss in enumerate(losses):\n"
            "    if loss < threshold:\n"
            "        return k\n"
            "    return None"
        ),
    ),
    Mistake(
        "steps_of_change",
        "steps_to_threshold",
        "the change of the loss",
        "The loop ends where the loss hardly changes, small or not.",
        "What is compared with the threshold, a loss or a difference?",
        steps(
            "for k in range(1, len(losses)):\n"
            "    if abs(losses[k] - losses[k - 1]) < threshold:\n"
            "        return k\n"
            "return None"
        ),
    ),
    Mistake(
        "steps_first_skipped",
        "steps_to_threshold",
        "the first loss skipped",
        "The search begins at losses[1].",
        "What if the loss is small before any training?",
        steps(
            "for k in range(1, len(losses)):\n"
            "    if losses[k] < threshold:\n"
            "        return k\n"
            "return None"
        ),
    ),
    Mistake(
        "steps_last_skipped",
        "steps_to_threshold",
        "the last loss skipped",
        "The search ends one place early.",
        "What if only the last loss is small?",
        search(("enumerate(losses)", "enumerate(losses[:-1])")),
        diagnoses=("only_on",),
    ),
    Mistake(
        "steps_threshold_fixed",
        "steps_to_threshold",
        "1e-6 written in",
        "The argument threshold is never used.",
        "What does a threshold of 1e-4 change?",
        search(("loss < threshold", "loss < 1e-6")),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "steps_relative",
        "steps_to_threshold",
        "a share of the first loss",
        "The threshold is multiplied by the first loss.",
        "Is the threshold a loss, or a share of one?",
        search(("loss < threshold", "loss < threshold * losses[0]")),
    ),
    Mistake(
        "steps_smallest",
        "steps_to_threshold",
        "the smallest loss",
        "The place of the smallest loss is returned, if that is below.",
        "Is the first small loss the smallest?",
        steps("k = int(np.argmin(losses))\nreturn k if losses[k] < threshold else None"),
    ),
    Mistake(
        "steps_no_end",
        "steps_to_threshold",
        "never isn't foreseen",
        "The loop runs past the end where no loss is small enough.",
        "What does losses[len(losses)] say?",
        steps("k = 0\nwhile losses[k] >= threshold:\n    k += 1\nreturn k"),
        diagnoses=("error_past_the_end",),
    ),
    Mistake(
        "steps_mean",
        "steps_to_threshold",
        "the mean so far",
        "The mean of all losses up to a step is compared.",
        "How long do the large losses of the start count?",
        search(("loss < threshold", "np.mean(losses[: k + 1]) < threshold")),
    ),
    Mistake(
        "steps_rounded",
        "steps_to_threshold",
        "losses rounded",
        "Each loss is rounded to four digits, and a small one becomes 0.",
        "What is round(0.00004, 4), and is it below 1e-6?",
        search(("loss < threshold", "round(loss, 4) < threshold")),
        diagnoses=("only_on",),
    ),
]

# --- 5.9 a printed log


def ratio(result: str) -> str:
    return function("predicted_ratio(lr, hidden, s)", f"return {result}")


PRINTED_LOG = [
    Mistake(
        "ratio_not_squared",
        "printed_log",
        "not squared",
        "The factor of the error is returned, and the loss is its square.",
        "What becomes of a loss when the error is halved?",
        ratio("1 - lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)"),
    ),
    Mistake(
        "ratio_no_bias",
        "printed_log",
        "the bias left out",
        "Only the weights are counted.",
        "What does the 1 in the bracket stand for?",
        ratio("(1 - lr * s * 0.25 * 0.25 * 0.25 * hidden) ** 2"),
    ),
    Mistake(
        "ratio_one_slope",
        "printed_log",
        "one slope of the sigmoid",
        "The slope of the sigmoid comes once, in the gradient or in the change of the output.",
        "How often does the output's slope enter when a step changes the output?",
        ratio("(1 - lr * s * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_units_whole",
        "printed_log",
        "hidden units taken as 1",
        "Each hidden unit counts like the bias, and its output is a half.",
        "What is the square of a half?",
        ratio("(1 - lr * s * 0.25 * 0.25 * (1 + hidden)) ** 2"),
    ),
    Mistake(
        "ratio_units_not_squared",
        "printed_log",
        "a half for each unit",
        "The output of a unit comes once, and it enters twice.",
        "A weight moves by its input times something, and what is that multiplied by afterwards?",
        ratio("(1 - lr * s * 0.25 * 0.25 * (1 + 0.5 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_bias_in_the_bracket",
        "printed_log",
        "the bias as a hidden unit",
        "The 1 of the bias is multiplied by a quarter as well.",
        "What is the input of a bias, 1 or a half?",
        ratio("(1 - lr * s * 0.25 * 0.25 * 0.25 * (1 + hidden)) ** 2"),
    ),
    Mistake(
        "ratio_uphill",
        "printed_log",
        "plus for minus",
        "The loss grows.",
        "Is your ratio larger or smaller than 1?",
        ratio("(1 + lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_no_s",
        "printed_log",
        "s unused",
        "The factor of the loss's slope is left out, so both ways of averaging look alike.",
        "What tells the two logs apart in your function?",
        ratio("(1 - lr * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_over_s",
        "printed_log",
        "divided by s",
        "A half of the gradient makes twice the step.",
        "Does a smaller gradient make a larger step?",
        ratio("(1 - lr / s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_s_squared",
        "printed_log",
        "s squared",
        "s enters twice.",
        "Does the change of the output know how the loss is averaged?",
        ratio("(1 - lr * s**2 * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_square_inside",
        "printed_log",
        "the square inside the bracket",
        "The change is squared before it is subtracted.",
        "Which number is squared in a squared error?",
        ratio("1 - (lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_two_in_front",
        "printed_log",
        "a 2 from the square",
        "The 2 of the derivative is kept, and the half of the loss cancels it.",
        "What is the slope of half a square?",
        ratio("(1 - 2 * lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_first_order",
        "printed_log",
        "without the square of the change",
        "The square is replaced by its first two terms.",
        "What does your formula leave out, and is it smaller than the tenth digit?",
        ratio("1 - 2 * lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)"),
    ),
    Mistake(
        "ratio_exponential",
        "printed_log",
        "an exponential",
        "A step is taken for a continuous flow.",
        "How many steps lie between the two printed losses?",
        ratio("np.exp(-2 * lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden))"),
    ),
    Mistake(
        "ratio_units_fixed",
        "printed_log",
        "32 written in",
        "The number of hidden units is that of the log.",
        "What does hidden=8 change?",
        ratio("(1 - lr * s * 0.25 * 0.25 * (1 + 0.25 * 32)) ** 2"),
    ),
    Mistake(
        "ratio_rate_fixed",
        "printed_log",
        "0.01 written in",
        "The rate is that of the log.",
        "What is your ratio for a rate of 0?",
        ratio("(1 - 0.01 * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_lost_share",
        "printed_log",
        "what is lost",
        "The share by which the loss falls is returned.",
        "What is the ratio of two equal losses?",
        ratio("1 - (1 - lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_rounded",
        "printed_log",
        "rounded as in the text",
        "Five digits are left.",
        "How many digits does your result have?",
        ratio("round((1 - lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2, 5)"),
    ),
    Mistake(
        "ratio_outputs_for_slopes",
        "printed_log",
        "outputs for slopes",
        "A half is the sigmoid's value at 0, and a quarter its slope.",
        "What is y * (1 - y) at y = 0.5?",
        ratio("(1 - lr * s * 0.5 * 0.5 * (1 + 0.25 * hidden)) ** 2"),
    ),
    Mistake(
        "ratio_whole_division",
        "printed_log",
        "hidden // 4",
        "Whole division drops what is left of the units.",
        "What are five units divided by 4?",
        ratio("(1 - lr * s * 0.25 * 0.25 * (1 + hidden // 4)) ** 2"),
    ),
    Mistake(
        "ratio_upside_down",
        "printed_log",
        "upside down",
        "The first loss is divided by the second.",
        "Which of the two losses is the smaller one?",
        ratio("(1 - lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** -2"),
    ),
]

# --- 5.10 minibatches

MINIBATCHES = code("""
    def minibatches(x, t, batch_size, rng):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            yield x[batch], t[batch]
    """)
ORDER = "order = rng.permutation(len(x))"
STARTS = "range(0, len(x), batch_size)"


def batches(*changes: tuple[str, str]) -> str:
    return changed(MINIBATCHES, *changes)


BATCHES = [
    Mistake(
        "batches_in_order",
        "minibatches",
        "not shuffled",
        "The samples come in the order of the data, and rng isn't used.",
        "What is rng for?",
        batches((ORDER, "order = np.arange(len(x))")),
        diagnoses=("not_shuffled",),
    ),
    Mistake(
        "batches_x_only",
        "minibatches",
        "only x shuffled",
        "x comes in a new order, and t in the old one.",
        "Whose label stands beside the first row?",
        batches(("yield x[batch], t[batch]", "yield x[batch], t[start : start + batch_size]")),
        diagnoses=("torn_pairs",),
    ),
    Mistake(
        "batches_two_orders",
        "minibatches",
        "shuffled apart",
        "x and t are shuffled one after the other, each into an order of its own.",
        "How many orders do you draw?",
        batches(
            (ORDER, "x, t = rng.permutation(x), rng.permutation(t)"),
            ("order[start : start + batch_size]", "slice(start, start + batch_size)"),
        ),
        diagnoses=("torn_pairs",),
    ),
    Mistake(
        "batches_inverse_order",
        "minibatches",
        "t in the opposite order",
        "The labels are taken by the inverse of the order.",
        "Is argsort of an order that order?",
        batches(("t[batch]", "t[np.argsort(order)[start : start + batch_size]]")),
        diagnoses=("torn_pairs",),
    ),
    Mistake(
        "batches_short_one_dropped",
        "minibatches",
        "the short batch dropped",
        "Only whole batches are yielded.",
        "Which samples are never seen when five are taken three at a time?",
        batches((STARTS, "range(0, len(x) - batch_size + 1, batch_size)")),
        diagnoses=("batch_sizes", "sample_seen"),
    ),
    Mistake(
        "batches_last_one_dropped",
        "minibatches",
        "the range ends early",
        "The last start is missing, even where all batches are whole.",
        "Where does your range end for six samples, three at a time?",
        batches((STARTS, "range(0, len(x) - batch_size, batch_size)")),
        diagnoses=("batch_sizes", "sample_seen"),
    ),
    Mistake(
        "batches_drawn_anew",
        "minibatches",
        "drawn for each batch",
        "Each batch is drawn from all samples, so some come twice and others never.",
        "How often does one sample come in an epoch?",
        batches(
            (f"{ORDER}\n", "pass\n"),
            (
                "order[start : start + batch_size]",
                "rng.choice(len(x), min(batch_size, len(x) - start), replace=False)",
            ),
        ),
        diagnoses=("sample_seen",),
    ),
    Mistake(
        "batches_with_repeats",
        "minibatches",
        "drawn with repeats",
        "The places are drawn independently, and one may come twice.",
        "Can rng.integers draw the same number two times?",
        batches((ORDER, "order = rng.integers(0, len(x), len(x))")),
        diagnoses=("sample_seen",),
    ),
    Mistake(
        "batches_last_one_filled",
        "minibatches",
        "the last batch filled up",
        "The last batch is made whole with samples that have been seen.",
        "How many samples are there in all your batches together?",
        batches(
            (
                "order[start : start + batch_size]",
                "np.take(order, range(start, start + batch_size), mode='wrap')",
            )
        ),
        diagnoses=("batch_sizes", "sample_seen"),
    ),
    Mistake(
        "batches_overlap",
        "minibatches",
        "one sample too many",
        "Each batch holds the first sample of the next.",
        "How many places does order[0 : 3 + 1] take?",
        batches(("start + batch_size]", "start + batch_size + 1]")),
        diagnoses=("batch_sizes", "sample_seen"),
    ),
    Mistake(
        "batches_end_fixed",
        "minibatches",
        "always up to batch_size",
        "Slices end at batch_size, wherever they begin.",
        "How long is order[4:4]?",
        batches(("start + batch_size]", "batch_size]")),
        diagnoses=("batch_sizes", "sample_seen"),
    ),
    Mistake(
        "batches_first_only",
        "minibatches",
        "return for yield",
        "The first batch is returned, and the loop ends.",
        "How many batches does your function give?",
        batches(("yield ", "return ")),
        diagnoses=("no_pair",),
    ),
    Mistake(
        "batches_number_for_size",
        "minibatches",
        "that many batches",
        "batch_size is taken for the number of batches.",
        "How many samples does one of your batches hold?",
        batches(
            (f"for start in {STARTS}:", "for batch in np.array_split(order, batch_size):"),
            ("        batch = order[start : start + batch_size]\n", ""),
        ),
        diagnoses=("batch_sizes", "same_company"),
    ),
    Mistake(
        "batches_even",
        "minibatches",
        "batches of even size",
        "The samples are spread evenly, so that several batches are shorter than batch_size.",
        "Which batches may be shorter, all of them or the last one?",
        batches(
            (
                f"for start in {STARTS}:",
                "for batch in np.array_split(order, -(-len(x) // batch_size)):",
            ),
            ("        batch = order[start : start + batch_size]\n", ""),
        ),
        diagnoses=("batch_sizes",),
    ),
    Mistake(
        "batches_short_one_first",
        "minibatches",
        "the short batch first",
        "What doesn't fill a batch comes at the start.",
        "Which batch is to be the shorter one?",
        batches(
            (STARTS, "range(-(-len(x) % batch_size), len(x), batch_size)"),
            ("order[start :", "order[max(start, 0) :"),
        ),
        diagnoses=("batch_sizes",),
    ),
    Mistake(
        "batches_without_labels",
        "minibatches",
        "labels left out",
        "Only x is yielded.",
        "What does for x, t in minibatches(...) unpack?",
        batches(("yield x[batch], t[batch]", "yield x[batch]")),
        diagnoses=("no_pair",),
    ),
    Mistake(
        "batches_pair_swapped",
        "minibatches",
        "t first",
        "The pairs come as (t, x).",
        "Which of the two does your loop call x?",
        batches(("yield x[batch], t[batch]", "yield t[batch], x[batch]")),
    ),
    Mistake(
        "batches_blocks_shuffled",
        "minibatches",
        "only the batches shuffled",
        "Neighbours stay together, as whole batches change places.",
        "Can the first and the last sample ever come in one batch?",
        code("""
            def minibatches(x, t, batch_size, rng):
                starts = np.arange(0, len(x), batch_size)
                rng.shuffle(starts[: len(x) // batch_size])
                for start in starts:
                    batch = slice(start, start + batch_size)
                    yield x[batch], t[batch]
        """),
        diagnoses=("not_shuffled",),
    ),
    Mistake(
        "batches_inner_order",
        "minibatches",
        "shuffled inside each batch",
        "Each batch holds the same samples in every epoch.",
        "Which samples can the first batch hold?",
        batches(
            (ORDER, "order = np.arange(len(x))"),
            (
                "order[start : start + batch_size]",
                "rng.permutation(order[start : start + batch_size])",
            ),
        ),
        diagnoses=("same_company",),
    ),
    Mistake(
        "batches_own_seed",
        "minibatches",
        "a generator of its own",
        "A new generator with a fixed seed gives every epoch the same order.",
        "Does the second epoch differ from the first?",
        batches((ORDER, "order = np.random.default_rng(0).permutation(len(x))")),
        diagnoses=("same_order",),
    ),
    Mistake(
        "batches_global_numbers",
        "minibatches",
        "NumPy's own numbers",
        "The order is drawn by np.random, so the same rng can't give the same epoch again.",
        "Where does your order come from, if not from rng?",
        batches((ORDER, "order = np.random.permutation(len(x))")),
        diagnoses=("own_rng",),
    ),
    Mistake(
        "batches_columns_counted",
        "minibatches",
        "columns counted",
        "The samples are counted along the wrong axis.",
        "Which axis of x counts samples?",
        batches(("len(x)", "x.shape[1]")),
        diagnoses=("batch_sizes", "sample_seen"),
    ),
    Mistake(
        "batches_one_by_one",
        "minibatches",
        "one sample at a time",
        "batch_size isn't used.",
        "How many rows has x in your first pair?",
        batches((STARTS, "range(len(x))"), ("start + batch_size]", "start + 1]")),
        diagnoses=("batch_sizes", "same_company"),
    ),
    Mistake(
        "batches_rows_paired",
        "minibatches",
        "pairs of single samples",
        "Each batch is a list of (row, label) pairs, not a pair of two arrays.",
        "What does for x, t in minibatches(...) unpack, for a batch of three?",
        batches(("yield x[batch], t[batch]", "yield list(zip(x[batch], t[batch]))")),
        diagnoses=("no_pair",),
    ),
    Mistake(
        "batches_never_end",
        "minibatches",
        "never ends",
        "When all samples are used, the next epoch begins.",
        "When does your generator stop?",
        code("""
            def minibatches(x, t, batch_size, rng):
                while True:
                    order = rng.permutation(len(x))
                    for start in range(0, len(x), batch_size):
                        batch = order[start : start + batch_size]
                        yield x[batch], t[batch]
        """),
        diagnoses=("batch_sizes", "sample_seen"),
    ),
    Mistake(
        "batches_places",
        "minibatches",
        "places and not samples",
        "The numbers of the samples are yielded.",
        "What does net.loss do with your first pair?",
        batches(("yield x[batch], t[batch]", "yield batch, batch")),
    ),
]

# --- 5.11 the digits

NET = code("""
    def softmax(x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)


    class TwoLayerNet:
        def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
            rng = np.random.default_rng(3)
            self.params = {
                "W1": weight_init_std * rng.standard_normal((input_size, hidden_size)),
                "b1": np.zeros(hidden_size),
                "W2": weight_init_std * rng.standard_normal((hidden_size, output_size)),
                "b2": np.zeros(output_size),
            }

        def predict(self, x):
            p = self.params
            self.h = np.maximum(x @ p["W1"] + p["b1"], 0)
            return self.h @ p["W2"] + p["b2"]

        def loss(self, x, t):
            y = softmax(self.predict(x))
            return -np.mean(np.log(y[np.arange(len(t)), t] + 1e-7))

        def accuracy(self, x, t):
            return np.mean(np.argmax(self.predict(x), axis=1) == t)

        def gradient(self, x, t):
            d = softmax(self.predict(x))
            d[np.arange(len(t)), t] -= 1
            d /= len(t)
            dh = (d @ self.params["W2"].T) * (self.h > 0)
            return {"W1": x.T @ dh, "b1": dh.sum(0), "W2": self.h.T @ d, "b2": d.sum(0)}
    """)
TRAIN_ON_DIGITS = code("""
    from course import data


    def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
        digits = data.digits()
        net = TwoLayerNet(64, 50, 10)
        rng = np.random.default_rng(seed)
        for epoch in range(epochs):
            batches = minibatches(digits.x_train, digits.t_train, batch_size, rng)
            losses = train(net, optimizer, batches)
            if not np.mean(losses) < np.log(10):
                raise FloatingPointError(f"In epoch {epoch} the net is worse than guessing.")
        return net
    """)
OPTIMIZERS = "\n\n".join([sgd(each(DOWNHILL)), momentum(VELOCITY, MOVE), ADAGRAD, RMSPROP, ADAM])


def digits(*changes: tuple[str, str]) -> str:
    """All that 5.11 uses, with some of it replaced."""
    return changed(
        "\n\n".join([OPTIMIZERS, MINIBATCHES, TRAIN, NET, TRAIN_ON_DIGITS]),
        *changes,
    )


MADE_IN_EACH_EPOCH = (
    "    for epoch in range(epochs):\n"
    "        batches = minibatches(digits.x_train, digits.t_train, batch_size, rng)\n"
)
TEST = "        if not np.mean(losses) < np.log(10):\n"
RAISE = (
    '            raise FloatingPointError(f"In epoch {epoch} the net is worse than guessing.")\n'
)

DIGITS = [
    Mistake(
        "digits_losses_returned",
        "digits",
        "losses returned",
        "The losses of the last epoch are returned, and the trained net is lost.",
        "Whom would you ask to read an image?",
        digits(("    return net\n", "    return losses\n")),
        diagnoses=("error_not_an_array",),
    ),
    Mistake(
        "digits_new_net_returned",
        "digits",
        "a new net returned",
        "A net is made for the return, and has learnt nothing.",
        "How many nets does your function make?",
        digits(("    return net\n", "    return TwoLayerNet(64, 50, 10)\n")),
        diagnoses=("reads_too_few",),
    ),
    Mistake(
        "digits_stream_used_up",
        "digits",
        "the batches used up",
        "The batches are made once, before the loop, and a generator is empty after one epoch.",
        "How many batches are there in the second epoch?",
        digits(
            (
                MADE_IN_EACH_EPOCH,
                "    batches = minibatches(digits.x_train, digits.t_train, batch_size, rng)\n"
                "    for epoch in range(epochs):\n",
            ),
            (TEST, TEST.replace("if not", "if losses and not")),
        ),
        diagnoses=("reads_too_few",),
    ),
    Mistake(
        "digits_few_images",
        "digits",
        "fifty images",
        "Only the first fifty images are shown.",
        "How many images are there for training?",
        digits(("digits.x_train, digits.t_train", "digits.x_train[:50], digits.t_train[:50]")),
        diagnoses=("error_alarm", "reads_too_few"),
    ),
    Mistake(
        "digits_labels_torn_off",
        "digits",
        "labels torn off",
        "The minibatches shuffle the images and leave the labels in their order.",
        "Does the first label belong to the first image of a batch?",
        digits(("yield x[batch], t[batch]", "yield x[batch], t[start : start + batch_size]")),
        diagnoses=("error_alarm",),
    ),
    Mistake(
        "digits_own_optimizer",
        "digits",
        "an optimizer of its own",
        "The optimizer that is handed in isn't used.",
        "What does your function do differently for SGD and for Adam?",
        digits(
            ("losses = train(net, optimizer, batches)", "losses = train(net, SGD(0.2), batches)")
        ),
        diagnoses=("silent", "updates"),
    ),
    Mistake(
        "digits_default_rate",
        "digits",
        "the optimizer made anew",
        "In each epoch a new optimizer of the same class is made, with the rate of its default.",
        "What becomes of the rate that the optimizer came with?",
        digits(
            (MADE_IN_EACH_EPOCH, f"{MADE_IN_EACH_EPOCH}        optimizer = type(optimizer)()\n")
        ),
        diagnoses=("reads_too_few",),
    ),
    Mistake(
        "digits_zero_weights",
        "digits",
        "weights of 0",
        "All weights start at 0, and no hidden unit ever wakes up.",
        "Which of the four gradients isn't 0 at the start?",
        digits(("TwoLayerNet(64, 50, 10)\n", "TwoLayerNet(64, 50, 10, 0.0)\n")),
        diagnoses=("error_alarm",),
    ),
    Mistake(
        "digits_adam_uphill",
        "digits",
        "one optimizer climbs",
        "Adam adds its step, and the other four subtract.",
        "Do all five of your optimizers go downhill?",
        digits((ADAM_STEP, ADAM_STEP.replace("-=", "+="))),
        diagnoses=("error_alarm",),
    ),
    Mistake(
        "digits_silent",
        "digits",
        "divergence not noticed",
        "The losses are never looked at, and a net of nan is returned.",
        "What would tell you that a rate was far too large?",
        digits((TEST, ""), (RAISE, "")),
        diagnoses=("silent",),
    ),
    Mistake(
        "digits_raise_forgotten",
        "digits",
        "raise forgotten",
        "The exception is made and not raised.",
        "What does the line FloatingPointError(...) do by itself?",
        digits((RAISE, RAISE.replace("raise ", ""))),
        diagnoses=("silent",),
    ),
    Mistake(
        "digits_stops_quietly",
        "digits",
        "stops without a word",
        "The loop ends where the loss is too large, and the broken net is returned.",
        "How does the caller learn that training went wrong?",
        digits((RAISE, "            break\n")),
        diagnoses=("silent",),
    ),
    Mistake(
        "digits_nan_is_not_larger",
        "digits",
        "nan isn't larger",
        "The mean is asked whether it is large, and nan is neither large nor small.",
        "What is np.nan > 2?",
        digits((TEST, "        if np.mean(losses) >= np.log(10):\n")),
        diagnoses=("silent",),
    ),
    Mistake(
        "digits_compared_with_nan",
        "digits",
        "compared with nan",
        "nan is equal to nothing, not even to itself, so the test is never true.",
        "What is np.nan == np.nan?",
        digits((TEST, "        if np.mean(losses) == np.nan:\n")),
        diagnoses=("silent",),
    ),
    Mistake(
        "digits_wrong_way_round",
        "digits",
        "the test turned round",
        "The exception is raised where the losses are small.",
        "For which losses is your condition true?",
        digits((TEST, "        if np.mean(losses) < np.log(10):\n")),
        diagnoses=("error_alarm",),
    ),
    Mistake(
        "digits_test_images",
        "digits",
        "learns the test images",
        "The net learns the images that it is judged by.",
        "Which images may the net see before the judgement?",
        digits(("digits.x_train, digits.t_train", "digits.x_test, digits.t_test")),
        diagnoses=("updates",),
    ),
    Mistake(
        "digits_all_images",
        "digits",
        "learns all images",
        "The test images are joined to the others, and the net has seen what it is judged by.",
        "How many images make up an epoch?",
        digits(
            (
                "digits.x_train, digits.t_train",
                "np.concatenate([digits.x_train, digits.x_test]), "
                "np.concatenate([digits.t_train, digits.t_test])",
            )
        ),
        diagnoses=("updates",),
    ),
    Mistake(
        "digits_new_rng_each_epoch",
        "digits",
        "a new generator in every epoch",
        "The generator is made inside the loop, so all epochs have one order.",
        "Does the second epoch have the batches of the first?",
        digits(
            ("    rng = np.random.default_rng(seed)\n", ""),
            (
                "        batches = minibatches",
                "        rng = np.random.default_rng(seed)\n        batches = minibatches",
            ),
        ),
        diagnoses=("same_order",),
    ),
    Mistake(
        "digits_no_shuffling",
        "digits",
        "nothing shuffled",
        "The batches are cut off the images in their order.",
        "What does your own function of 5.10 do besides cutting?",
        digits(
            (
                "minibatches(digits.x_train, digits.t_train, batch_size, rng)",
                "[(digits.x_train[i : i + batch_size], digits.t_train[i : i + batch_size])"
                " for i in range(0, len(digits.x_train), batch_size)]",
            )
        ),
        diagnoses=("same_order",),
    ),
    Mistake(
        "digits_seed_ignored",
        "digits",
        "the seed ignored",
        "The generator is made without the seed, and no run can be repeated.",
        "What is the argument seed for?",
        digits(("default_rng(seed)", "default_rng()")),
        diagnoses=("seed_unused",),
    ),
    Mistake(
        "digits_half_the_units",
        "digits",
        "half the units",
        "The net has 25 hidden units.",
        "Which three sizes does the text name?",
        digits(("TwoLayerNet(64, 50, 10)", "TwoLayerNet(64, 25, 10)")),
        diagnoses=("net_size",),
    ),
    Mistake(
        "digits_ten_epochs",
        "digits",
        "half the epochs",
        "The loop ends after ten epochs, whatever it is told.",
        "What does the argument epochs say?",
        digits(("in range(epochs)", "in range(10)")),
        diagnoses=("updates",),
    ),
    Mistake(
        "digits_first_epoch_watched",
        "digits",
        "only the first epoch watched",
        "The losses are looked at after the first epoch only.",
        "When can a net go astray?",
        digits((TEST, TEST.replace("if not", "if epoch == 0 and not"))),
        diagnoses=("silent_once",),
    ),
    Mistake(
        "digits_best_loss_watched",
        "digits",
        "the smallest loss watched",
        "The smallest loss of an epoch is looked at in place of the mean.",
        "What does one good batch say about 57 others?",
        digits((TEST, TEST.replace("mean", "min"))),
        diagnoses=("silent_once",),
    ),
    Mistake(
        "digits_last_loss_watched",
        "digits",
        "the last loss watched",
        "Only the loss of an epoch's last batch is looked at.",
        "What does one good batch say about 57 others?",
        digits((TEST, TEST.replace("np.mean(losses)", "losses[-1]"))),
        diagnoses=("silent_once",),
    ),
]

# --- 5.12 find the bug

PRINTED = ADAM.replace("class Adam:", "class PrintedAdam:")


def patient(*left: str) -> str:
    """The Adam of 5.12 with these faults left in it: some of one to four."""
    text = changed(PRINTED, (COUNT, ""))
    if "power" in left:
        text = changed(text, (V_HAT, V_HAT.replace("**self.t", "")))
    if "written" in left:
        text = changed(text, (M_HAT, f"{M_HAT}{DEEP}self.m[k] = m\n"))
    if "indented" in left:
        text = only_at_first(text)
    return text + COUNT if "zero" in left else changed(text, (ONCE, COUNT + ONCE))


def repaired(*changes: tuple[str, str]) -> str:
    """The Adam of 5.12 without its faults, and with a new one."""
    return changed(PRINTED, *changes)


BUG = [
    Mistake(
        "bug5_as_handed_out",
        "ch5_bug",
        "all four faults",
        "The class is as it came: from 0, a power forgotten, m written back, one call only.",
        "What do the four symptoms print?",
        patient("zero", "power", "written", "indented"),
    ),
    Mistake(
        "bug5_zero_left",
        "ch5_bug",
        "counted from 0",
        "Three are repaired, and the first correction still divides by 0.",
        "What is self.t when the first correction is made?",
        patient("zero"),
    ),
    Mistake(
        "bug5_power_left",
        "ch5_bug",
        "a power forgotten",
        "Three are repaired, and one moment is still corrected as in the first call.",
        "Which of the two corrections doesn't know the number of the call?",
        patient("power"),
    ),
    Mistake(
        "bug5_written_left",
        "ch5_bug",
        "written back",
        "Three are repaired, and the corrected moment is still stored.",
        "What does the next call average, the moment or its corrected value?",
        patient("written"),
    ),
    Mistake(
        "bug5_indented_left",
        "ch5_bug",
        "one call only",
        "Three are repaired, and the loop still stands under the test for a first call.",
        "How far does the second call get?",
        patient("indented"),
    ),
    Mistake(
        "bug5_counts_from_two",
        "ch5_bug",
        "counted from 2",
        "The counter starts at 1 now, and is raised before its first use as well.",
        "How many of the two repairs does the counter need?",
        repaired(("None, None, 0", "None, None, 1")),
    ),
    Mistake(
        "bug5_zero_passed_over",
        "ch5_bug",
        "the first call uncorrected",
        "The division by 0 is avoided by leaving out the correction where the counter is 0.",
        "How long is your first step, in units of lr?",
        changed(
            patient("zero"),
            (M_HAT, "m = self.m[k] / (1 - self.beta1**self.t) if self.t else self.m[k]\n"),
            (V_HAT, "v = self.v[k] / (1 - self.beta2**self.t) if self.t else self.v[k]\n"),
        ),
    ),
    Mistake(
        "bug5_small_number_against_zero",
        "ch5_bug",
        "a small number against the 0",
        "A small number is added to the corrections, and the counter still starts at 0.",
        "By what does your first call divide m?",
        changed(
            patient("zero"),
            ("(1 - self.beta1**self.t)", "(1 - self.beta1**self.t + 1e-8)"),
            ("(1 - self.beta2**self.t)", "(1 - self.beta2**self.t + 1e-8)"),
        ),
    ),
    Mistake(
        "bug5_counted_in_the_loop",
        "ch5_bug",
        "counted in the loop",
        "The counter is raised before its use now, but once for each parameter.",
        "What is self.t after one call with three parameters?",
        repaired(
            (COUNT, ""),
            (f"{DEEP}g = grads[k]\n", f"{DEEP}self.t += 1\n{DEEP}g = grads[k]\n"),
        ),
    ),
    Mistake(
        "bug5_counter_after_the_first",
        "ch5_bug",
        "counted under the if",
        "The loop was moved out, and the counter was left behind under the test.",
        "Which of the two lines should run in every call?",
        repaired((COUNT, "            self.t += 1\n")),
    ),
    Mistake(
        "bug5_power_of_the_difference",
        "ch5_bug",
        "the power in the wrong place",
        "The power was put on 1 - beta2, and belongs on beta2.",
        "Which of the two tends to 1 as the calls go on?",
        repaired(("(1 - self.beta2**self.t)", "(1 - self.beta2) ** self.t")),
    ),
    Mistake(
        "bug5_powers_dropped",
        "ch5_bug",
        "both without power",
        "The two corrections were made alike by dropping the power that was there.",
        "Which of the two corrections was the right one?",
        repaired(("**self.t)", ")")),
    ),
    Mistake(
        "bug5_other_beta",
        "ch5_bug",
        "the other beta copied",
        "The right line was copied, with its beta1.",
        "Which beta belongs to v?",
        repaired((V_HAT, V_HAT.replace("beta2", "beta1"))),
    ),
    Mistake(
        "bug5_correction_dropped",
        "ch5_bug",
        "the correction left out",
        "The line that wrote back was deleted, and the correction of m with it.",
        "Was the correction the fault, or where its result was kept?",
        repaired((M_HAT, "m = self.m[k]\n")),
    ),
    Mistake(
        "bug5_same_array",
        "ch5_bug",
        "written back under another name",
        "m is another name for the stored array, and is divided in place.",
        "Is m a new array in your line?",
        repaired((M_HAT, f"m = self.m[k]\n{DEEP}m /= 1 - self.beta1**self.t\n")),
    ),
    Mistake(
        "bug5_made_in_every_call",
        "ch5_bug",
        "the test taken away",
        "Everything runs in every call now, the making of the moments too.",
        "How long do your moments live?",
        repaired((ONCE, "        if True:\n")),
    ),
    Mistake(
        "bug5_last_line_outside",
        "ch5_bug",
        "the step moved too far out",
        "The step stands behind the loop, and moves one parameter.",
        "Which k does your last line use?",
        repaired((f"{DEEP}{ADAM_STEP}", f"        {ADAM_STEP}")),
        diagnoses=("unmoved",),
    ),
    Mistake(
        "bug5_eps_dropped",
        "ch5_bug",
        "eps taken for the fault",
        "eps was taken out of the denominator, and a gradient that is always 0 gives nan.",
        "What was eps there for?",
        repaired(("np.sqrt(v) + self.eps", "np.sqrt(v)")),
    ),
]

MISTAKES = [
    *SGD,
    *MOMENTUM,
    *NESTEROV,
    *ADAGRAD_RMSPROP,
    *ADAMS,
    *BIAS_CORRECTION,
    *TRAINING,
    *STEPS,
    *PRINTED_LOG,
    *BATCHES,
    *DIGITS,
    *BUG,
]
