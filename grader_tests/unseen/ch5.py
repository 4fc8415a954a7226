"""Chapter 5: wrong answers written without knowledge of the catalogue."""

UNSEEN = []


def add(id, exercise, cause, code, **more):
    UNSEEN.append(dict(id=id, exercise=exercise, cause=cause, code=code.strip("\n") + "\n", **more))


# ---------------------------------------------------------------- 5.1 sgd


def sgd(update, init="        self.lr = lr"):
    return f"""
class SGD:
    def __init__(self, lr=0.01):
{init}

    def update(self, params, grads):
{update.strip(chr(10))}
"""


add(
    "u5_sgd_equals_minus",
    "sgd",
    "`=-` instead of `-=`: the parameter is replaced by minus the step.",
    sgd("""
        for name in params:
            params[name] =- self.lr * grads[name]
"""),
)

add(
    "u5_sgd_normalised",
    "sgd",
    "The gradient is divided by its length, so every step has the length lr.",
    sgd("""
        for k, g in grads.items():
            params[k] -= self.lr * g / (np.linalg.norm(g) + 1e-12)
"""),
)

add(
    "u5_sgd_rate_decays",
    "sgd",
    "The learning rate is divided by the number of calls.",
    sgd(
        """
        self.calls += 1
        for name in params:
            params[name] -= self.lr / self.calls * grads[name]
""",
        "        self.lr = lr\n        self.calls = 0",
    ),
)

add(
    "u5_sgd_clipped",
    "sgd",
    "The gradient is clipped to [-1, 1] before the step.",
    sgd("""
        for name, p in params.items():
            p -= self.lr * np.clip(grads[name], -1, 1)
"""),
)

add(
    "u5_sgd_weight_decay",
    "sgd",
    "A weight decay of 1e-4 is added to the gradient.",
    sgd("""
        for key in params.keys():
            g = grads[key] + 1e-4 * params[key]
            params[key] -= self.lr * g
"""),
)

add(
    "u5_sgd_two_keys_only",
    "sgd",
    "The names W1 and b1 are written out, so no other parameter moves, and other names raise.",
    sgd("""
        params["W1"] -= self.lr * grads["W1"]
        params["b1"] -= self.lr * grads["b1"]
"""),
)

add(
    "u5_sgd_new_dict",
    "sgd",
    "A new dictionary is built and returned, and the one that was handed in stays as it is.",
    sgd("""
        return {k: params[k] - self.lr * grads[k] for k in params}
"""),
)

add(
    "u5_sgd_default_rate",
    "sgd",
    "The constructor ignores its argument and keeps 0.01.",
    sgd(
        """
        for k in params:
            params[k] -= self.lr * grads[k]
""",
        "        self.lr = 0.01",
    ),
)

add(
    "u5_sgd_mean_gradient",
    "sgd",
    "Every entry moves by the mean of the array's gradient.",
    sgd("""
        for k in params:
            params[k] -= self.lr * np.mean(grads[k])
"""),
)

add(
    "u5_sgd_rows_summed",
    "sgd",
    "The gradient is summed over its first axis before the step, as for a bias, and spreads over all rows.",
    sgd("""
        for k in params:
            params[k] -= self.lr * np.sum(grads[k], axis=0)
"""),
)

add(
    "u5_sgd_dict_times_number",
    "sgd",
    "The rate is multiplied with the whole dictionary of gradients, which raises.",
    sgd("""
        params -= self.lr * grads
"""),
)

add(
    "u5_sgd_stops_at_small",
    "sgd",
    "An early return at the first gradient that is 0 anywhere leaves the other parameters where they are.",
    sgd("""
        for name in params:
            if np.any(grads[name] == 0):
                return
            params[name] -= self.lr * grads[name]
"""),
)

# ---------------------------------------------------------------- 5.2 momentum


def momentum(
    update,
    init="        self.lr, self.momentum = lr, momentum\n        self.v = None",
    name="Momentum",
    before="",
):
    return f"""
class {name}:{before}
    def __init__(self, lr=0.01, momentum=0.9):
{init}

    def update(self, params, grads):
{update.strip(chr(10))}
"""


ZEROS = """        if self.v is None:
            self.v = {name: np.zeros_like(p) for name, p in params.items()}
"""

add(
    "u5_mom_one_velocity",
    "momentum",
    "One velocity serves all keys: it is not kept by name, so parameters mix or shapes clash.",
    momentum(
        """
        for name in params:
            self.v = self.momentum * self.v - self.lr * grads[name]
            params[name] += self.v
""",
        "        self.lr, self.momentum, self.v = lr, momentum, 0.0",
    ),
)

add(
    "u5_mom_class_state",
    "momentum",
    "The velocities are kept in the class, so all optimizers share them.",
    momentum(
        """
        for name in params:
            if name not in self.v:
                self.v[name] = np.zeros_like(params[name])
            self.v[name] = self.momentum * self.v[name] - self.lr * grads[name]
            params[name] += self.v[name]
""",
        "        self.lr, self.momentum = lr, momentum",
        before="\n    v = {}\n",
    ),
)

add(
    "u5_mom_friction_on_both",
    "momentum",
    "The momentum multiplies the push as well: v = mu (v - lr g).",
    momentum(
        ZEROS
        + """
        for name in params:
            self.v[name] = self.momentum * (self.v[name] - self.lr * grads[name])
            params[name] += self.v[name]
"""
    ),
)

add(
    "u5_mom_arguments_swapped",
    "momentum",
    "Rate and momentum are stored under each other's names.",
    momentum(
        ZEROS
        + """
        for name in params:
            self.v[name] = self.momentum * self.v[name] - self.lr * grads[name]
            params[name] += self.v[name]
""",
        "        self.momentum, self.lr = lr, momentum\n        self.v = None",
    ),
)

add(
    "u5_mom_old_velocity",
    "momentum",
    "The parameter moves by the old velocity, before it is renewed.",
    momentum(
        ZEROS
        + """
        for k in params:
            params[k] += self.v[k]
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
"""
    ),
)

add(
    "u5_mom_loop_under_if",
    "momentum",
    "The loop stands under the if, so parameters move at the first call only.",
    momentum("""
        if self.v is None:
            self.v = {}
            for k in params:
                self.v[k] = -self.lr * grads[k]
                params[k] += self.v[k]
"""),
)

add(
    "u5_mom_moves_by_friction_times_v",
    "momentum",
    "The parameter moves by mu times the new velocity.",
    momentum(
        ZEROS
        + """
        for k, g in grads.items():
            self.v[k] *= self.momentum
            self.v[k] -= self.lr * g
            params[k] += self.momentum * self.v[k]
"""
    ),
)

add(
    "u5_mom_dict_in_loop",
    "momentum",
    "The dictionary of velocities is made anew in the loop for each name, so only the last name keeps a velocity.",
    momentum("""
        for name, p in params.items():
            if self.v is None or name not in self.v:
                self.v = {name: np.zeros_like(p)}
            self.v[name] = self.momentum * self.v[name] - self.lr * grads[name]
            p += self.v[name]
"""),
)

add(
    "u5_mom_missing_self",
    "momentum",
    "v is a local name: at the second call it doesn't exist any more, since only the first call makes it.",
    momentum("""
        if self.v is None:
            v = {k: np.zeros_like(p) for k, p in params.items()}
            self.v = True
        for k in params:
            v[k] = self.momentum * v[k] - self.lr * grads[k]
            params[k] += v[k]
"""),
)

add(
    "u5_mom_rate_twice",
    "momentum",
    "The rate stands in the velocity and again in the step.",
    momentum(
        ZEROS
        + """
        for k in params:
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            params[k] += self.lr * self.v[k]
"""
    ),
)

add(
    "u5_mom_squares",
    "momentum",
    "The push is the size of the gradient, sqrt(g^2), as if RMSprop were meant, so its sign is lost.",
    momentum(
        ZEROS
        + """
        for k in params:
            self.v[k] = self.momentum * self.v[k] + self.lr * np.sqrt(grads[k] ** 2)
            params[k] -= self.v[k]
"""
    ),
)

add(
    "u5_mom_starts_with_push",
    "momentum",
    "The first velocity is already -lr g when the formula is applied, so the first push counts almost twice.",
    momentum("""
        if self.v is None:
            self.v = {k: -self.lr * g for k, g in grads.items()}
        for k in params:
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            params[k] += self.v[k]
"""),
)

# ---------------------------------------------------------------- 5.3 nesterov


def nesterov(update, init="        self.lr, self.momentum = lr, momentum\n        self.v = None"):
    return momentum(update, init, name="Nesterov")


add(
    "u5_nes_guess_stored",
    "nesterov",
    "The guess of the next velocity is stored as the velocity.",
    nesterov(
        ZEROS
        + """
        for k in params:
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            params[k] += self.v[k]
"""
    ),
)

add(
    "u5_nes_no_rate_on_push",
    "nesterov",
    "The push of the second arrow lacks the rate, as where v is kept without it.",
    nesterov(
        ZEROS
        + """
        for k in params:
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            params[k] += self.momentum * self.v[k] - grads[k]
"""
    ),
)

add(
    "u5_nes_push_forgotten",
    "nesterov",
    "The second arrow lacks the push: the parameter moves by mu v only.",
    nesterov(
        ZEROS
        + """
        for k in params:
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            params[k] += self.momentum * self.v[k]
"""
    ),
)

add(
    "u5_nes_v_and_ahead",
    "nesterov",
    "The parameter moves by v and then by mu v on top, both with the new velocity.",
    nesterov(
        ZEROS
        + """
        for k in params:
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            params[k] += (1 + self.momentum) * self.v[k]
"""
    ),
)

add(
    "u5_nes_look_first",
    "nesterov",
    "The parameter is moved by mu v first, as if the gradient were then asked there, and by the new v afterwards.",
    nesterov(
        ZEROS
        + """
        for k in params:
            params[k] += self.momentum * self.v[k]
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            params[k] += self.v[k]
"""
    ),
)

add(
    "u5_nes_sign_of_old",
    "nesterov",
    "In the form with the old velocity, -mu v_old + (1 + mu) v, the first sign is wrong.",
    nesterov(
        ZEROS
        + """
        for k in params:
            old = self.v[k].copy()
            self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
            params[k] += self.momentum * old + (1 + self.momentum) * self.v[k]
"""
    ),
)

add(
    "u5_nes_alias_of_old",
    "nesterov",
    "The old velocity is kept as a second name, and the update in place changes it too.",
    nesterov(
        ZEROS
        + """
        for k in params:
            old = self.v[k]
            self.v[k] *= self.momentum
            self.v[k] -= self.lr * grads[k]
            params[k] += -self.momentum * old + (1 + self.momentum) * self.v[k]
"""
    ),
)

add(
    "u5_nes_square_only",
    "nesterov",
    "mu^2 v - lr g with the old velocity: the factor (1 + mu) of the push is missing.",
    nesterov(
        ZEROS
        + """
        for k, g in grads.items():
            params[k] += self.momentum**2 * self.v[k] - self.lr * g
            self.v[k] = self.momentum * self.v[k] - self.lr * g
"""
    ),
)

add(
    "u5_nes_averaged",
    "nesterov",
    "The push is weighted with (1 - mu), as in an average.",
    nesterov(
        ZEROS
        + """
        for k in params:
            push = (1 - self.momentum) * self.lr * grads[k]
            self.v[k] = self.momentum * self.v[k] - push
            params[k] += self.momentum * self.v[k] - push
"""
    ),
)

add(
    "u5_nes_last_gradient",
    "nesterov",
    "The step uses the difference to the previous gradient as a look ahead, which is another method.",
    nesterov(
        ZEROS
        + """
        if not hasattr(self, "last"):
            self.last = {k: g.copy() for k, g in grads.items()}
        for k in params:
            ahead = 2 * grads[k] - self.last[k]
            self.v[k] = self.momentum * self.v[k] - self.lr * ahead
            params[k] += self.momentum * self.v[k] - self.lr * ahead
            self.last[k] = grads[k].copy()
"""
    ),
)

# ---------------------------------------------------------------- 5.4 adagrad_rmsprop


def ada(lines, init="        self.lr, self.eps = lr, eps\n        self.h = None"):
    return f"""
class AdaGrad:
    def __init__(self, lr=0.01, eps=1e-7):
{init}

    def update(self, params, grads):
        if self.h is None:
            self.h = {{name: np.zeros_like(p) for name, p in params.items()}}
        for name in params:
{lines.strip(chr(10))}
"""


def rms(
    lines,
    init="        self.lr, self.decay_rate, self.eps = lr, decay_rate, eps\n        self.h = None",
):
    return f"""
class RMSprop:
    def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
{init}

    def update(self, params, grads):
        if self.h is None:
            self.h = {{name: np.zeros_like(p) for name, p in params.items()}}
        for name in params:
{lines.strip(chr(10))}
"""


ADA = ada("""
            self.h[name] = self.h[name] + grads[name] ** 2
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
""")
RMS = rms("""
            self.h[name] = self.decay_rate * self.h[name] + (1 - self.decay_rate) * grads[name] ** 2
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
""")

add(
    "u5_ar_one_sum_per_array",
    "adagrad_rmsprop",
    "AdaGrad adds the squares of the whole array, so all entries of a parameter share one rate.",
    ada("""
            self.h[name] += np.sum(grads[name] ** 2)
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
""")
    + RMS,
)

add(
    "u5_ar_sizes_not_squares",
    "adagrad_rmsprop",
    "AdaGrad adds the sizes of the gradients and takes the root of their sum.",
    ada("""
            self.h[name] = self.h[name] + np.abs(grads[name])
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
""")
    + RMS,
)

add(
    "u5_ar_bias_correction",
    "adagrad_rmsprop",
    "RMSprop's average is bias-corrected, as in Adam.",
    ADA
    + rms(
        """
            self.t[name] = self.t.get(name, 0) + 1
            self.h[name] = self.decay_rate * self.h[name] + (1 - self.decay_rate) * grads[name] ** 2
            h_hat = self.h[name] / (1 - self.decay_rate ** self.t[name])
            params[name] -= self.lr * grads[name] / (np.sqrt(h_hat) + self.eps)
""",
        "        self.lr, self.decay_rate, self.eps = lr, decay_rate, eps\n        self.h = None\n        self.t = {}",
    ),
)

add(
    "u5_ar_eps_as_floor",
    "adagrad_rmsprop",
    "eps is the least that the root may be, instead of being added to it.",
    ada("""
            self.h[name] = self.h[name] + grads[name] ** 2
            params[name] -= self.lr * grads[name] / np.maximum(np.sqrt(self.h[name]), self.eps)
""")
    + rms("""
            self.h[name] = self.decay_rate * self.h[name] + (1 - self.decay_rate) * grads[name] ** 2
            params[name] -= self.lr * grads[name] / np.maximum(np.sqrt(self.h[name]), self.eps)
"""),
)

add(
    "u5_ar_no_eps",
    "adagrad_rmsprop",
    "Neither class uses eps, so an entry whose gradients are all 0 becomes 0/0 = nan.",
    ada("""
            self.h[name] = self.h[name] + grads[name] ** 2
            params[name] -= self.lr * grads[name] / np.sqrt(self.h[name])
""")
    + rms("""
            self.h[name] = self.decay_rate * self.h[name] + (1 - self.decay_rate) * grads[name] ** 2
            params[name] -= self.lr * grads[name] / np.sqrt(self.h[name])
"""),
)

add(
    "u5_ar_h_starts_at_one",
    "adagrad_rmsprop",
    "The state of AdaGrad begins at 1 instead of 0, to avoid a division by zero.",
    """
class AdaGrad:
    def __init__(self, lr=0.01, eps=1e-7):
        self.lr, self.eps = lr, eps
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {name: np.ones_like(p) for name, p in params.items()}
        for name in params:
            self.h[name] += grads[name] ** 2
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
"""
    + RMS,
)

add(
    "u5_ar_weights_swapped",
    "adagrad_rmsprop",
    "In RMSprop the shares are swapped: the new square gets decay_rate, the old average 1 - decay_rate.",
    ADA
    + rms("""
            rho = self.decay_rate
            self.h[name] = (1 - rho) * self.h[name] + rho * np.square(grads[name])
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
"""),
)

add(
    "u5_ar_centered",
    "adagrad_rmsprop",
    "RMSprop takes the squared mean gradient off its average, which is the centred variant.",
    ADA
    + rms(
        """
            g, rho = grads[name], self.decay_rate
            self.h[name] = rho * self.h[name] + (1 - rho) * g**2
            self.m[name] = rho * self.m.get(name, 0.0) + (1 - rho) * g
            spread = self.h[name] - self.m[name] ** 2
            params[name] -= self.lr * g / (np.sqrt(spread) + self.eps)
""",
        "        self.lr, self.decay_rate, self.eps = lr, decay_rate, eps\n        self.h = None\n        self.m = {}",
    ),
)

add(
    "u5_ar_mean_of_squares",
    "adagrad_rmsprop",
    "AdaGrad divides the sum of squares by the number of calls, so the steps don't shrink.",
    ada(
        """
            self.n[name] = self.n.get(name, 0) + 1
            self.h[name] = self.h[name] + grads[name] ** 2
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name] / self.n[name]) + self.eps)
""",
        "        self.lr, self.eps = lr, eps\n        self.h = None\n        self.n = {}",
    )
    + RMS,
)

add(
    "u5_ar_sign_lost",
    "adagrad_rmsprop",
    "The fraction is put under one root, sqrt(g^2 / h), so the sign of the gradient is lost.",
    ada("""
            self.h[name] = self.h[name] + grads[name] ** 2
            params[name] -= self.lr * np.sqrt(grads[name] ** 2 / (self.h[name] + self.eps))
""")
    + RMS,
)

add(
    "u5_ar_rms_scaled_rate",
    "adagrad_rmsprop",
    "RMSprop keeps scaling self.lr itself by the last root, so the rate is changed for good.",
    ADA
    + rms("""
            self.h[name] = self.decay_rate * self.h[name] + (1 - self.decay_rate) * grads[name] ** 2
            self.lr = self.lr / (np.sqrt(np.mean(self.h[name])) + self.eps)
            params[name] -= self.lr * grads[name]
"""),
)

add(
    "u5_ar_rms_decay_default",
    "adagrad_rmsprop",
    "RMSprop's share is fixed at 0.9, as in Keras, and decay_rate isn't used.",
    ADA
    + rms("""
            self.h[name] = 0.9 * self.h[name] + 0.1 * grads[name] ** 2
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
"""),
)

# ---------------------------------------------------------------- 5.5 adam


def adam(loop, init="", head="        self.t += 1\n", name="Adam", tail=""):
    return f"""
class {name}:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = self.v = None
{init}
    def update(self, params, grads):
        if self.m is None:
            self.m = {{k: np.zeros_like(p) for k, p in params.items()}}
            self.v = {{k: np.zeros_like(p) for k, p in params.items()}}
{head}        for k, g in grads.items():
{loop.strip(chr(10))}
{tail}"""


M = "            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g\n"
V = "            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2\n"
MH = "            m_hat = self.m[k] / (1 - self.beta1**self.t)\n"
VH = "            v_hat = self.v[k] / (1 - self.beta2**self.t)\n"
GO = "            params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)\n"

add(
    "u5_adam_corrections_swapped",
    "adam",
    "The corrections have each other's beta.",
    adam(
        M + V + "            m_hat = self.m[k] / (1 - self.beta2**self.t)\n"
        "            v_hat = self.v[k] / (1 - self.beta1**self.t)\n" + GO
    ),
)

add(
    "u5_adam_times_t",
    "adam",
    "beta is multiplied by t instead of raised to the power t.",
    adam(
        M + V + "            m_hat = self.m[k] / (1 - self.beta1 * self.t)\n"
        "            v_hat = self.v[k] / (1 - self.beta2 * self.t)\n" + GO
    ),
)

add(
    "u5_adam_caret",
    "adam",
    "^ stands for the power, which in Python is a bitwise operation and raises for floats.",
    adam(
        M + V + "            m_hat = self.m[k] / (1 - self.beta1 ^ self.t)\n"
        "            v_hat = self.v[k] / (1 - self.beta2 ^ self.t)\n" + GO
    ),
)

add(
    "u5_adam_decoupled_decay",
    "adam",
    "The parameter also shrinks by lr * 0.01 * p: this is AdamW.",
    adam(
        M
        + V
        + MH
        + VH
        + "            params[k] -= self.lr * (m_hat / (np.sqrt(v_hat) + self.eps) + 0.01 * params[k])\n"
    ),
)

add(
    "u5_adam_amsgrad",
    "adam",
    "The largest second average so far is used (AMSGrad).",
    adam(
        M + V + MH + VH + "            self.vmax[k] = np.maximum(self.vmax.get(k, 0.0), v_hat)\n"
        "            params[k] -= self.lr * m_hat / (np.sqrt(self.vmax[k]) + self.eps)\n",
        init="        self.vmax = {}\n",
    ),
)

add(
    "u5_adam_surprise",
    "adam",
    "The second average is of (g - m)^2, how far the gradient is from its mean, instead of g^2 (AdaBelief).",
    adam(
        M
        + "            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * (g - self.m[k]) ** 2\n"
        + MH
        + VH
        + GO
    ),
)

add(
    "u5_adam_step_by_g",
    "adam",
    "The step has the gradient itself above the fraction line instead of the corrected first average.",
    adam(M + V + VH + "            params[k] -= self.lr * g / (np.sqrt(v_hat) + self.eps)\n"),
)

add(
    "u5_adam_root_before_correction",
    "adam",
    "The root is taken of v, and the correction divides outside the root.",
    adam(
        M + V + MH + "            root = np.sqrt(self.v[k]) / (1 - self.beta2**self.t)\n"
        "            params[k] -= self.lr * m_hat / (root + self.eps)\n"
    ),
)

add(
    "u5_adam_beta1_in_v",
    "adam",
    "The line of the second average is a copy of the first and still has beta1.",
    adam(
        M
        + "            self.v[k] = self.beta1 * self.v[k] + (1 - self.beta1) * g**2\n"
        + MH
        + VH
        + GO
    ),
)

add(
    "u5_adam_corrected_first_call_only",
    "adam",
    "The correction is applied in the first call only.",
    adam(
        M + V + "            m_hat, v_hat = self.m[k], self.v[k]\n"
        "            if self.t == 1:\n"
        "                m_hat, v_hat = m_hat / (1 - self.beta1), v_hat / (1 - self.beta2)\n" + GO
    ),
)

add(
    "u5_adam_infinity_norm",
    "adam",
    "The second memory is a decaying maximum of |g| (Adamax).",
    adam(
        M
        + "            self.v[k] = np.maximum(self.beta2 * self.v[k], np.abs(g))\n"
        + MH
        + "            params[k] -= self.lr * m_hat / (self.v[k] + self.eps)\n"
    ),
)

add(
    "u5_adam_rate_by_root_t",
    "adam",
    "The rate falls with the root of t, as in the paper's proof of convergence, not in its algorithm.",
    adam(
        M
        + V
        + MH
        + VH
        + "            params[k] -= self.lr / np.sqrt(self.t) * m_hat / (np.sqrt(v_hat) + self.eps)\n"
    ),
)

add(
    "u5_adam_nesterov",
    "adam",
    "The first average looks one step ahead, as in Nadam.",
    adam(
        M
        + V
        + MH
        + VH
        + "            ahead = self.beta1 * m_hat + (1 - self.beta1) * g / (1 - self.beta1**self.t)\n"
        "            params[k] -= self.lr * ahead / (np.sqrt(v_hat) + self.eps)\n"
    ),
)

add(
    "u5_adam_sum_and_old_t",
    "adam",
    "Two mistakes: the first memory lacks (1 - beta1), and the count goes up after the loop from 0, so t = 0 divides by nought.",
    adam(
        "            self.m[k] = self.beta1 * self.m[k] + g\n" + V + MH + VH + GO,
        head="",
        tail="        self.t += 1\n",
    ),
)

add(
    "u5_adam_root_of_m_too",
    "adam",
    "The root covers the whole fraction, m_hat included, which is nan for negative averages.",
    adam(
        M + V + MH + VH + "            params[k] -= self.lr * np.sqrt(m_hat / (v_hat + self.eps))\n"
    ),
)

# ---------------------------------------------------------------- 5.6 bias_correction


def first(expression):
    return f"""
def uncorrected_first_step(beta1, beta2):
    return {expression}
"""


add(
    "u5_bc_precedence",
    "bias_correction",
    "The parentheses round 1 - beta1 are missing, so only beta1 is divided.",
    first("1 - beta1 / np.sqrt(1 - beta2)"),
)
add(
    "u5_bc_root_inside",
    "bias_correction",
    "1 - sqrt(beta2) instead of sqrt(1 - beta2).",
    first("float((1 - beta1) / (1 - np.sqrt(beta2)))"),
)
add(
    "u5_bc_upside_down",
    "bias_correction",
    "The corrected step is divided by the uncorrected one: the fraction stands upside down.",
    first("float(np.sqrt(1 - beta2) / (1 - beta1))"),
)
add(
    "u5_bc_root_of_both",
    "bias_correction",
    "The root is taken of the whole fraction.",
    first("((1 - beta1) / (1 - beta2)) ** 0.5"),
)
add(
    "u5_bc_betas_themselves",
    "bias_correction",
    "The betas themselves are used, instead of what is missing to 1.",
    first("beta1 / np.sqrt(beta2)"),
)
add(
    "u5_bc_constant",
    "bias_correction",
    "The answer for 0.9 and 0.999 is returned whatever the betas are.",
    first("10 ** 0.5"),
)
add(
    "u5_bc_second_call",
    "bias_correction",
    "The corrections of the second call, with beta squared, are compared.",
    first("(1 - beta1**2) / np.sqrt(1 - beta2**2)"),
)
add(
    "u5_bc_printed",
    "bias_correction",
    "The ratio is printed and not returned.",
    """
def uncorrected_first_step(beta1, beta2):
    ratio = (1 - beta1) / np.sqrt(1 - beta2)
    print(ratio)
""",
)
add(
    "u5_bc_rounded",
    "bias_correction",
    "The ratio is rounded to two digits.",
    first("round((1 - beta1) / (1 - beta2) ** 0.5, 2)"),
)
add(
    "u5_bc_floor",
    "bias_correction",
    "// divides without a fraction.",
    first("(1 - beta1) // np.sqrt(1 - beta2)"),
)
add(
    "u5_bc_only_m",
    "bias_correction",
    "Only the first average is taken to be too small: the ratio is 1 - beta1.",
    first("1 - beta1"),
)
add(
    "u5_bc_betas_swapped",
    "bias_correction",
    "beta2 stands above and beta1 under the root.",
    first("(1 - beta2) / np.sqrt(1 - beta1)"),
)

# ---------------------------------------------------------------- 5.7 train

add(
    "u5_train_loss_afterwards",
    "train",
    "The loss is asked after the update, so it belongs to the moved parameters.",
    """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        optimizer.update(net.params, net.gradient(x, t))
        losses.append(net.loss(x, t))
    return losses
""",
)

add(
    "u5_train_losses_in_advance",
    "train",
    "All losses are asked in a pass of their own before anything learns; a stream is then used up.",
    """
def train(net, optimizer, batches):
    losses = [net.loss(x, t) for x, t in batches]
    for x, t in batches:
        optimizer.update(net.params, net.gradient(x, t))
    return losses
""",
)

add(
    "u5_train_gradients_in_advance",
    "train",
    "All gradients are taken at the first parameters, before the updates.",
    """
def train(net, optimizer, batches):
    batches = list(batches)
    all_grads = [net.gradient(x, t) for x, t in batches]
    losses = []
    for (x, t), grads in zip(batches, all_grads):
        losses.append(net.loss(x, t))
        optimizer.update(net.params, grads)
    return losses
""",
)

add(
    "u5_train_key_by_key",
    "train",
    "The optimizer is called once for each parameter, and the gradients are asked anew in between.",
    """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        for name in net.params:
            grads = net.gradient(x, t)
            optimizer.update({name: net.params[name]}, {name: grads[name]})
    return losses
""",
)

add(
    "u5_train_copy_of_params",
    "train",
    "The optimizer gets copies of the parameters, so the net never moves.",
    """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        params = {k: v.copy() for k, v in net.params.items()}
        optimizer.update(params, net.gradient(x, t))
    return losses
""",
)

add(
    "u5_train_sums_gradients",
    "train",
    "The gradients of all batches so far are added up and never set back.",
    """
def train(net, optimizer, batches):
    losses, total = [], None
    for x, t in batches:
        losses.append(net.loss(x, t))
        grads = net.gradient(x, t)
        if total is None:
            total = grads
        else:
            total = {k: total[k] + grads[k] for k in grads}
        optimizer.update(net.params, total)
    return losses
""",
)

add(
    "u5_train_mean_loss",
    "train",
    "The mean of the losses is returned instead of the list.",
    """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        optimizer.update(net.params, net.gradient(x, t))
    return float(np.mean(losses))
""",
)

add(
    "u5_train_len_of_stream",
    "train",
    "The loop counts with len(batches), which a stream doesn't have.",
    """
def train(net, optimizer, batches):
    losses = []
    for i in range(len(batches)):
        x, t = batches[i]
        losses.append(net.loss(x, t))
        grads = net.gradient(x, t)
        optimizer.update(net.params, grads)
    return losses
""",
)

add(
    "u5_train_arguments_swapped",
    "train",
    "loss and gradient get the target first and the input second.",
    """
def train(net, optimizer, batches):
    losses = []
    for t, x in batches:
        losses += [net.loss(x, t)]
        optimizer.update(net.params, net.gradient(x, t))
    return losses
""",
)

add(
    "u5_train_keeps_only_better",
    "train",
    "The update is skipped for a batch whose loss is not below the best so far.",
    """
def train(net, optimizer, batches):
    best, losses = float("inf"), []
    for x, t in batches:
        loss = net.loss(x, t)
        losses.append(loss)
        if loss < best:
            best = loss
            optimizer.update(net.params, net.gradient(x, t))
    return losses
""",
)

add(
    "u5_train_previous_gradient",
    "train",
    "The update uses the gradients of the previous batch, and the first batch moves nothing.",
    """
def train(net, optimizer, batches):
    losses = []
    grads = None
    for x, t in batches:
        if grads is not None:
            optimizer.update(net.params, grads)
        losses.append(net.loss(x, t))
        grads = net.gradient(x, t)
    return losses
""",
)

add(
    "u5_train_return_in_loop",
    "train",
    "The return stands in the loop, so only the first batch is used, and no batch returns None.",
    """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        optimizer.update(net.params, net.gradient(x, t))
        return losses
""",
)

add(
    "u5_train_own_step",
    "train",
    "The loop takes a step of its own, with a rate of 0.01, and leaves the optimizer out.",
    """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        grads = net.gradient(x, t)
        for k in net.params:
            net.params[k] -= 0.01 * grads[k]
    return losses
""",
)

# ---------------------------------------------------------------- 5.8 steps_to_threshold

add(
    "u5_stt_or_none",
    "steps_to_threshold",
    "`return k or None` takes the place 0 for nothing.",
    """
def steps_to_threshold(losses, threshold):
    k = next((i for i, loss in enumerate(losses) if loss < threshold), 0)
    return k or None
""",
)

add(
    "u5_stt_argmax",
    "steps_to_threshold",
    "argmax of the answers is 0 where none is True, so 'never' becomes 'from the start'.",
    """
def steps_to_threshold(losses, threshold):
    if len(losses) == 0:
        return None
    return int(np.argmax(np.array(losses) < threshold))
""",
)

add(
    "u5_stt_counts_above",
    "steps_to_threshold",
    "The losses that aren't below are counted, wherever they stand.",
    """
def steps_to_threshold(losses, threshold):
    k = sum(1 for loss in losses if loss >= threshold)
    return k if k < len(losses) else None
""",
)

add(
    "u5_stt_stays_below",
    "steps_to_threshold",
    "It looks for the place from which the losses stay below.",
    """
def steps_to_threshold(losses, threshold):
    k = len(losses)
    while k > 0 and losses[k - 1] < threshold:
        k -= 1
    return k if k < len(losses) else None
""",
)

add(
    "u5_stt_lowest",
    "steps_to_threshold",
    "The place of the lowest loss is returned if that one is below.",
    """
def steps_to_threshold(losses, threshold):
    if len(losses) == 0 or min(losses) >= threshold:
        return None
    return int(np.argmin(losses))
""",
)

add(
    "u5_stt_else_none",
    "steps_to_threshold",
    "The else returns None at the first loss that isn't below.",
    """
def steps_to_threshold(losses, threshold):
    for k, loss in enumerate(losses):
        if loss < threshold:
            return k
        else:
            return None
""",
)

add(
    "u5_stt_sorted_search",
    "steps_to_threshold",
    "A binary search takes for granted that the losses only fall.",
    """
def steps_to_threshold(losses, threshold):
    low, high = 0, len(losses)
    while low < high:
        middle = (low + high) // 2
        if losses[middle] < threshold:
            high = middle
        else:
            low = middle + 1
    return low if low < len(losses) else None
""",
)

add(
    "u5_stt_all_places",
    "steps_to_threshold",
    "All places below the threshold are returned, not the first.",
    """
def steps_to_threshold(losses, threshold):
    found = np.flatnonzero(np.array(losses) < threshold)
    return found if len(found) else None
""",
)

add(
    "u5_stt_counts_from_one",
    "steps_to_threshold",
    "The losses are numbered from 1.",
    """
def steps_to_threshold(losses, threshold):
    for k, loss in enumerate(losses, 1):
        if loss < threshold:
            return k
    return None
""",
)

add(
    "u5_stt_first_entry",
    "steps_to_threshold",
    "The loss itself is returned, not its place.",
    """
def steps_to_threshold(losses, threshold):
    below = [loss for loss in losses if loss < threshold]
    return below[0] if below else None
""",
)

add(
    "u5_stt_skips_first_equal_counts",
    "steps_to_threshold",
    "Two mistakes: the search begins at 1, and equal counts as below.",
    """
def steps_to_threshold(losses, threshold):
    for k in range(1, len(losses)):
        if losses[k] <= threshold:
            return k
""",
)

add(
    "u5_stt_index_of_min_missing",
    "steps_to_threshold",
    "losses.index(threshold) looks for a loss equal to the threshold, and raises where there is none.",
    """
def steps_to_threshold(losses, threshold):
    return losses.index(threshold)
""",
)

# ---------------------------------------------------------------- 5.9 printed_log


def ratio(expression):
    return f"""
def predicted_ratio(lr, hidden, s):
    return {expression}
"""


add(
    "u5_log_not_squared",
    "printed_log",
    "The ratio of the differences is returned; the loss goes with its square.",
    ratio("1 - lr * s / 16 * (hidden / 4 + 1)"),
)
add(
    "u5_log_no_bias",
    "printed_log",
    "The bias's part, the + 1 in the bracket, is left out.",
    ratio("(1 - lr * s * 0.25 * 0.25 * (0.25 * hidden)) ** 2"),
)
add(
    "u5_log_one_quarter",
    "printed_log",
    "The second quarter, for the sigmoid on the way to the output, is left out.",
    ratio("(1 - lr * s * 0.25 * (0.25 * hidden + 1)) ** 2"),
)
add(
    "u5_log_halves_once",
    "printed_log",
    "A weight's step isn't multiplied by the unit's output again: hidden / 2 instead of hidden / 4.",
    ratio("(1 - lr * s / 16 * (0.5 * hidden + 1)) ** 2"),
)
add(
    "u5_log_square_of_step",
    "printed_log",
    "The step is squared instead of what is left of the difference: 1 - c^2.",
    ratio("1 - (lr * s * (1 + hidden / 4) / 16) ** 2"),
)
add(
    "u5_log_difference_grows",
    "printed_log",
    "The sign of the step is wrong: the difference grows.",
    ratio("(1 + lr * s * (1 / 16) * (1 + hidden / 4)) ** 2"),
)
add(
    "u5_log_precedence",
    "printed_log",
    "The square binds to the bracket only, not to 1 - c.",
    ratio("1 - lr * s / 16 * (1 + hidden / 4) ** 2"),
)
add(
    "u5_log_upside_down",
    "printed_log",
    "The first loss over the second.",
    ratio("1 / (1 - lr * s / 16 * (1 + hidden / 4)) ** 2"),
)
add(
    "u5_log_own_constant",
    "printed_log",
    "Half the mean of two outputs is put in as a constant, and the argument s isn't used.",
    ratio("(1 - lr * 0.5 / 16 * (1 + hidden / 4)) ** 2"),
)
add(
    "u5_log_linear",
    "printed_log",
    "The square is replaced by its first terms, 1 - 2c.",
    ratio("1 - 2 * lr * s * (1 + hidden / 4) / 16"),
)
add(
    "u5_log_slope_of_weights",
    "printed_log",
    "hidden is halved and quartered at once (hidden / 8), and s is squared: two mistakes.",
    ratio("(1 - lr * s**2 / 16 * (1 + hidden / 8)) ** 2"),
)
add(
    "u5_log_integer_division",
    "printed_log",
    "hidden // 4 cuts off the fraction.",
    ratio("(1 - lr * s / 16 * (1 + hidden // 4)) ** 2"),
)

# ---------------------------------------------------------------- 5.10 minibatches

add(
    "u5_mb_targets_in_order",
    "minibatches",
    "x is shuffled and t isn't, so the pairs are torn.",
    """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    shuffled = x[order]
    for start in range(0, len(x), batch_size):
        yield shuffled[start:start + batch_size], t[start:start + batch_size]
""",
)

add(
    "u5_mb_order_in_loop",
    "minibatches",
    "A new order is drawn for every batch, so samples come twice or not at all.",
    """
def minibatches(x, t, batch_size, rng):
    for start in range(0, len(x), batch_size):
        order = rng.permutation(len(x))
        chosen = order[start:start + batch_size]
        yield x[chosen], t[chosen]
""",
)

add(
    "u5_mb_empty_last",
    "minibatches",
    "N // batch_size + 1 batches: an empty one at the end where N can be divided.",
    """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    for b in range(len(x) // batch_size + 1):
        chosen = order[b * batch_size:(b + 1) * batch_size]
        yield x[chosen], t[chosen]
""",
)

add(
    "u5_mb_drops_rest",
    "minibatches",
    "Only full batches are made, and the rest of the samples is left out.",
    """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    batches = []
    for b in range(len(x) // batch_size):
        chosen = order[b * batch_size:(b + 1) * batch_size]
        batches.append((x[chosen], t[chosen]))
    return batches
""",
)

add(
    "u5_mb_equal_parts",
    "minibatches",
    "np.array_split makes parts of nearly equal size instead of full batches and a rest.",
    """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    parts = int(np.ceil(len(x) / batch_size))
    return [(x[chosen], t[chosen]) for chosen in np.array_split(order, parts)]
""",
)

add(
    "u5_mb_with_replacement",
    "minibatches",
    "The numbers are drawn with replacement, so samples repeat and others never come.",
    """
def minibatches(x, t, batch_size, rng):
    N = len(x)
    order = rng.choice(N, size=N)
    for start in range(0, N, batch_size):
        yield x[order[start:start + batch_size]], t[order[start:start + batch_size]]
""",
)

add(
    "u5_mb_return_in_loop",
    "minibatches",
    "return instead of yield: only the first pair comes, and not in a list.",
    """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        return x[chosen], t[chosen]
""",
)

add(
    "u5_mb_own_seed",
    "minibatches",
    "A generator with a fixed seed is made inside, so every call has the same order and rng isn't used.",
    """
def minibatches(x, t, batch_size, rng):
    rng = np.random.default_rng(0)
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], t[chosen]
""",
)

add(
    "u5_mb_rotated",
    "minibatches",
    "The samples are only turned round by a random number of places, so neighbours stay together.",
    """
def minibatches(x, t, batch_size, rng):
    N = len(x)
    order = np.roll(np.arange(N), rng.integers(N))
    for start in range(0, N, batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], t[chosen]
""",
)

add(
    "u5_mb_shuffled_inside_batches",
    "minibatches",
    "Each batch is shuffled inside itself, but always holds the same samples.",
    """
def minibatches(x, t, batch_size, rng):
    for start in range(0, len(x), batch_size):
        stop = min(start + batch_size, len(x))
        chosen = start + rng.permutation(stop - start)
        yield x[chosen], t[chosen]
""",
)

add(
    "u5_mb_flat_rows",
    "minibatches",
    "The samples are flattened to rows, so images lose their axes.",
    """
def minibatches(x, t, batch_size, rng):
    x = x.reshape(len(x), -1)
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], t[chosen]
""",
)

add(
    "u5_mb_columns_as_samples",
    "minibatches",
    "The order is drawn for the second axis, as if columns were samples.",
    """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(x.shape[1])
    for start in range(0, x.shape[1], batch_size):
        chosen = order[start:start + batch_size]
        yield x[:, chosen], t[chosen]
""",
)

add(
    "u5_mb_one_list_of_everything",
    "minibatches",
    "Two mistakes: (t, x) instead of (x, t), and the step of range is missing, so the batches overlap.",
    """
def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    for start in range(len(x)):
        chosen = order[start:start + batch_size]
        yield t[chosen], x[chosen]
""",
)

# ---------------------------------------------------------------- 5.11 digits

GIVEN = """
from course import data


def one_hot(t, classes):
    return np.eye(classes)[t]


class Relu:

    def __init__(self):
        self.passed = None  # True or False for each entry of x

    def forward(self, x):
        self.passed = x > 0
        return np.where(self.passed, x, 0)

    def backward(self, dout):
        return np.where(self.passed, dout, 0)


class Sigmoid:

    def __init__(self):
        self.y = None

    def forward(self, x):
        small = np.exp(-np.abs(x))
        self.y = np.where(x >= 0, 1, small) / (1 + small)
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


class Affine:

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = None
        self.dW = self.db = None

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def cross_entropy(y, t):
    rows = one_hot(t, y.shape[1]) if t.ndim == 1 else t
    return -np.sum(rows * np.log(y + 1e-7)) / len(y)


class SoftmaxWithLoss:

    def __init__(self):
        self.y = None
        self.t = None

    def forward(self, x, t):
        self.y = softmax(x)
        self.t = one_hot(t, x.shape[1]) if t.ndim == 1 else t
        return cross_entropy(self.y, self.t)

    def backward(self, dout=1):
        return dout * (self.y - self.t) / len(self.y)


class TwoLayerNet:

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
        rng = np.random.default_rng()
        self.params = {
            "W1": rng.normal(scale=weight_init_std, size=(input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": rng.normal(scale=weight_init_std, size=(hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }
        self.first = Affine(self.params["W1"], self.params["b1"])
        self.relu = Relu()
        self.second = Affine(self.params["W2"], self.params["b2"])
        self.last = SoftmaxWithLoss()

    def predict(self, x):
        return self.second.forward(self.relu.forward(self.first.forward(x)))

    def loss(self, x, t):
        return self.last.forward(self.predict(x), t)

    def accuracy(self, x, t):
        labels = t if t.ndim == 1 else np.argmax(t, axis=1)
        return np.mean(np.argmax(self.predict(x), axis=1) == labels)

    def gradient(self, x, t):
        self.loss(x, t)
        dhidden = self.second.backward(self.last.backward())
        self.first.backward(self.relu.backward(dhidden))
        return {
            "W1": self.first.dW,
            "b1": self.first.db,
            "W2": self.second.dW,
            "b2": self.second.db,
        }
"""

OPTIMIZERS = (
    sgd("""
        for name in params:
            params[name] -= self.lr * grads[name]
""")
    + momentum(
        ZEROS
        + """
        for name in params:
            self.v[name] = self.momentum * self.v[name] - self.lr * grads[name]
            params[name] += self.v[name]
"""
    )
    + ADA
    + RMS
    + adam(M + V + MH + VH + GO)
)

LOOP = """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        grads = net.gradient(x, t)
        optimizer.update(net.params, grads)
    return losses


def minibatches(x, t, batch_size, rng):
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], t[chosen]
"""


def digits(answer):
    return GIVEN + OPTIMIZERS + LOOP + answer


add(
    "u5_dig_above_three",
    "digits",
    "`mean_loss > 3` is False for nan, so a loss of nan passes in silence.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    for epoch in range(epochs):
        mean_loss = np.mean(train(net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng)))
        if mean_loss > 3:
            raise FloatingPointError(f"diverged in epoch {epoch}")
    return net
"""),
)

add(
    "u5_dig_only_nan",
    "digits",
    "Only nan is looked for, so a finite loss of 14 passes in silence.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits = data.digits()
    rng = np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    for _ in range(epochs):
        losses = train(net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng))
        if not np.all(np.isfinite(losses)):
            raise FloatingPointError("The loss isn't a number any more.")
    return net
"""),
)

add(
    "u5_dig_batches_once",
    "digits",
    "The generator of batches is made once before the loop and is used up after the first epoch.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    batches = minibatches(digits.x_train, digits.t_train, batch_size, rng)
    for epoch in range(epochs):
        mean_loss = np.mean(train(net, optimizer, batches))
        if not mean_loss < 3:
            raise FloatingPointError(f"Epoch {epoch} has a mean loss of {mean_loss}.")
    return net
"""),
)

add(
    "u5_dig_new_net_each_epoch",
    "digits",
    "The net is made inside the loop, so what is returned has learned for one epoch only.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    for epoch in range(epochs):
        net = TwoLayerNet(64, 50, 10)
        mean_loss = np.mean(train(net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng)))
        if not mean_loss < 3:
            raise FloatingPointError(f"Epoch {epoch}: {mean_loss:.3g}")
    return net
"""),
)

add(
    "u5_dig_prints_alarm",
    "digits",
    "The alarm is printed and the untrained net returned, where an exception is asked for.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    for epoch in range(epochs):
        mean_loss = np.mean(train(net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng)))
        if not mean_loss < 3:
            print("FloatingPointError: the loss is too large in epoch", epoch)
            break
    return net
"""),
)

add(
    "u5_dig_returns_losses",
    "digits",
    "The losses of the epochs are returned instead of the net.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    history = []
    for epoch in range(epochs):
        mean_loss = np.mean(train(net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng)))
        if not mean_loss < 3:
            raise FloatingPointError(f"Epoch {epoch}: {mean_loss:.3g}")
        history.append(mean_loss)
    return history
"""),
)

add(
    "u5_dig_list_below_three",
    "digits",
    "The list of losses itself is compared with 3, without taking its mean, which raises a TypeError.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    for epoch in range(epochs):
        losses = train(net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng))
        if not losses < 3:
            raise FloatingPointError("too large")
    return net
"""),
)

add(
    "u5_dig_whole_set_at_once",
    "digits",
    "All pictures make one batch, so there are only twenty steps.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    for epoch in range(epochs):
        mean_loss = np.mean(train(net, optimizer, [(digits.x_train, digits.t_train)]))
        if not mean_loss < 3:
            raise FloatingPointError(f"Epoch {epoch}: {mean_loss:.3g}")
    return net
"""),
)

add(
    "u5_dig_trains_on_test",
    "digits",
    "The net learns the test pictures, on which it is then judged.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    for epoch in range(epochs):
        mean_loss = np.mean(train(net, optimizer, minibatches(digits.x_test, digits.t_test, batch_size, rng)))
        if not mean_loss < 3:
            raise FloatingPointError(f"Epoch {epoch} has a mean loss of {mean_loss:.3g}.")
    return net
"""),
)

add(
    "u5_dig_same_order_each_epoch",
    "digits",
    "A new generator with the same seed is made in every epoch, so all epochs have the same batches.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits = data.digits()
    net = TwoLayerNet(64, 50, 10)
    for epoch in range(epochs):
        rng = np.random.default_rng(seed)
        mean_loss = np.mean(train(net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng)))
        if not mean_loss < 3:
            raise FloatingPointError(f"Epoch {epoch} has a mean loss of {mean_loss:.3g}.")
    return net
"""),
)

add(
    "u5_dig_broken_alarm",
    "digits",
    "The alarm itself is broken: it names a variable that doesn't exist.",
    digits("""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    for epoch in range(epochs):
        losses = train(net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng))
        if not np.mean(losses) < 3:
            raise FloatingPointError(f"Epoch {epoch} has a mean loss of {mean_loss:.3g}.")
    return net
"""),
)

# ---------------------------------------------------------------- 5.12 ch5_bug


def printed(loop, **more):
    return adam(loop, name="PrintedAdam", **more)


add(
    "u5_bug_count_at_least_one",
    "ch5_bug",
    "The division by nought is avoided with max(t, 1) while t still goes up at the end: the first two calls both count as 1.",
    printed(
        M + V + "            m_hat = self.m[k] / (1 - self.beta1 ** max(self.t, 1))\n"
        "            v_hat = self.v[k] / (1 - self.beta2 ** max(self.t, 1))\n" + GO,
        head="",
        tail="        self.t += 1\n",
    ),
)

add(
    "u5_bug_eps_in_correction",
    "ch5_bug",
    "eps is added to the corrections so that nothing divides by nought, while t still begins at 0.",
    printed(
        M + V + "            m_hat = self.m[k] / (1 - self.beta1**self.t + self.eps)\n"
        "            v_hat = self.v[k] / (1 - self.beta2**self.t + self.eps)\n" + GO,
        head="",
        tail="        self.t += 1\n",
    ),
)

add(
    "u5_bug_counts_from_one_and_up",
    "ch5_bug",
    "Two repairs of one fault: t begins at 1 and goes up before it is used, so it is 2 in the first call.",
    printed(M + V + MH + VH + GO, init="        self.t = 1\n"),
)

add(
    "u5_bug_v_written_back",
    "ch5_bug",
    "m_hat has a name of its own now, but the corrected second average is written back into v.",
    printed(
        M + V + MH + "            self.v[k] = self.v[k] / (1 - self.beta2**self.t)\n"
        "            params[k] -= self.lr * m_hat / (np.sqrt(self.v[k]) + self.eps)\n"
    ),
)

add(
    "u5_bug_count_in_loop",
    "ch5_bug",
    "The count goes up in the loop, once for every parameter.",
    printed("            self.t += 1\n" + M + V + MH + VH + GO, head=""),
)

add(
    "u5_bug_count_under_if",
    "ch5_bug",
    "The count goes up under the if, at the first call only, so t stays 1.",
    """
class PrintedAdam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.m = {k: np.zeros_like(g) for k, g in grads.items()}
            self.v = {k: np.zeros_like(g) for k, g in grads.items()}
            self.t += 1
        for k, g in grads.items():
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2
            m_hat = self.m[k] / (1 - self.beta1**self.t)
            v_hat = self.v[k] / (1 - self.beta2**self.t)
            params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
""",
)

add(
    "u5_bug_one_dict",
    "ch5_bug",
    "m and v are one dictionary (self.m = self.v = {...}), so the second average overwrites the first.",
    """
class PrintedAdam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.m = self.v = {k: np.zeros_like(g) for k, g in grads.items()}
        self.t += 1
        for k, g in grads.items():
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
            m_hat = self.m[k] / (1 - self.beta1**self.t)
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2
            v_hat = self.v[k] / (1 - self.beta2**self.t)
            params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
""",
)

add(
    "u5_bug_step_after_loop",
    "ch5_bug",
    "The step has moved one level too far to the left, behind the loop, so only the last parameter moves.",
    """
class PrintedAdam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.m = {k: np.zeros_like(g) for k, g in grads.items()}
            self.v = {k: np.zeros_like(g) for k, g in grads.items()}
        self.t += 1
        for k, g in grads.items():
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2
            m_hat = self.m[k] / (1 - self.beta1**self.t)
            v_hat = self.v[k] / (1 - self.beta2**self.t)
        params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
""",
)

add(
    "u5_bug_zeros_every_call",
    "ch5_bug",
    "The if was removed with its indentation, so the averages are made anew at every call.",
    """
class PrintedAdam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = self.v = None

    def update(self, params, grads):
        self.m = {k: np.zeros_like(g) for k, g in grads.items()}
        self.v = {k: np.zeros_like(g) for k, g in grads.items()}
        self.t += 1
        for k, g in grads.items():
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2
            m_hat = self.m[k] / (1 - self.beta1**self.t)
            v_hat = self.v[k] / (1 - self.beta2**self.t)
            params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
""",
)

add(
    "u5_bug_correction_dropped",
    "ch5_bug",
    "The corrections are left out altogether, which gets rid of the division by nought.",
    printed(
        M + V + "            params[k] -= self.lr * self.m[k] / (np.sqrt(self.v[k]) + self.eps)\n"
    ),
)

add(
    "u5_bug_power_outside",
    "ch5_bug",
    "Two left: the second correction is (1 - beta2) ** t, and m still gets its corrected value back.",
    printed(
        M + V + "            self.m[k] = self.m[k] / (1 - self.beta1**self.t)\n"
        "            v_hat = self.v[k] / (1 - self.beta2) ** self.t\n"
        "            params[k] -= self.lr * self.m[k] / (np.sqrt(v_hat) + self.eps)\n"
    ),
)

# ---------------------------------------------------------------- lazy updates

add(
    "u5_mom_skips_zero_gradients",
    "momentum",
    "Entries whose gradient is 0 in this call are left out, though their velocity should carry them on.",
    momentum(
        ZEROS
        + """
        for k in params:
            on = grads[k] != 0
            v = self.momentum * self.v[k] - self.lr * grads[k]
            self.v[k] = np.where(on, v, self.v[k])
            params[k] += np.where(on, v, 0)
"""
    ),
)

add(
    "u5_adam_skips_zero_gradients",
    "adam",
    "Entries whose gradient is 0 in this call don't move, though their first average isn't 0.",
    adam(
        M + V + MH + VH + "            on = g != 0\n"
        "            params[k][on] -= self.lr * m_hat[on] / (np.sqrt(v_hat[on]) + self.eps)\n"
    ),
)

# --- found by looking for gaps in the checks

add(
    "u5_train_stops_when_converged",
    "train",
    "The loop stops at the first loss below 1e-3, so the batches after it are neither learned nor counted.",
    """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        loss = net.loss(x, t)
        losses.append(loss)
        if loss < 1e-3:
            break
        optimizer.update(net.params, net.gradient(x, t))
    return losses
""",
)

add(
    "u5_train_stops_when_flat",
    "train",
    "The loop stops when two losses in a row differ by less than 1e-4.",
    """
def train(net, optimizer, batches):
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        optimizer.update(net.params, net.gradient(x, t))
        if len(losses) > 1 and abs(losses[-1] - losses[-2]) < 1e-4:
            break
    return losses
""",
)

add(
    "u5_stt_rounded",
    "steps_to_threshold",
    "Each loss is rounded to four digits before the comparison, so with a threshold of 1e-6 a loss of 0.00004 counts as below.",
    """
def steps_to_threshold(losses, threshold):
    for k, loss in enumerate(losses):
        if round(loss, 4) < threshold:
            return k
    return None
""",
)


def digits_with(
    samples="minibatches(digits.x_train, digits.t_train, batch_size, rng)",
    hidden=50,
    rng="np.random.default_rng(seed)",
    look="not np.mean(losses) < 3",
):
    return digits(f"""
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    digits, rng = data.digits(), {rng}
    net = TwoLayerNet(64, {hidden}, 10)
    for epoch in range(epochs):
        losses = train(net, optimizer, {samples})
        if {look}:
            raise FloatingPointError(f"Epoch {{epoch}} has a mean loss of {{np.mean(losses):.3g}}.")
    return net
""")


add(
    "u5_dig_trains_on_everything",
    "digits",
    "The test pictures are joined to the training pictures, so the net has seen what it is judged by.",
    digits_with(
        "minibatches(np.concatenate([digits.x_train, digits.x_test]), np.concatenate([digits.t_train, digits.t_test]), batch_size, rng)"
    ),
)

add(
    "u5_dig_unshuffled",
    "digits",
    "The batches are cut from the arrays in their order: minibatches isn't used and nothing is shuffled.",
    digits_with(
        "[(digits.x_train[i:i + batch_size], digits.t_train[i:i + batch_size]) for i in range(0, len(digits.x_train), batch_size)]"
    ),
)

add(
    "u5_dig_seed_ignored",
    "digits",
    "The generator is made without the seed, so no seed repeats a run.",
    digits_with(rng="np.random.default_rng()"),
)

add(
    "u5_dig_first_epoch_only",
    "digits",
    "Only the first epoch's mean loss is looked at, so a net that goes astray later passes in silence.",
    digits_with(look="epoch == 0 and not np.mean(losses) < 3"),
)

add(
    "u5_dig_best_loss",
    "digits",
    "The smallest loss of the epoch is looked at instead of the mean, so one good batch hides the others.",
    digits_with(look="not np.min(losses) < 3"),
)

add(
    "u5_dig_half_the_units",
    "digits",
    "The net has 25 hidden units instead of the 50 asked for.",
    digits_with(hidden=25),
)
