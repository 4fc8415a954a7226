"""Chapter 3: wrong answers written without knowledge of the catalogue."""


def edit(text, *pairs):
    """text with every (old, new) pair replaced; each old must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


GIVEN = """
class Relu:
    def __init__(self):
        self.passed = None

    def forward(self, x):
        self.passed = x > 0
        return np.where(self.passed, x, 0)

    def backward(self, dout):
        return np.where(self.passed, dout, 0)


def gradients_agree(a, n, tol=1e-6):
    a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
    size = np.abs(n)
    return bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))


def one_hot(t, classes):
    return np.eye(classes)[t]

"""
AFFINE = """
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

"""
IMAGES = """
class AffineImages:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = None
        self.x_shape = None
        self.dW = self.db = None

    def forward(self, x):
        self.x_shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return (dout @ self.W.T).reshape(self.x_shape)
"""
SOFTMAX = """
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)

"""
ENTROPY = """
def cross_entropy(y, t):
    rows = one_hot(t, y.shape[1]) if t.ndim == 1 else t
    return -np.sum(rows * np.log(y + 1e-7)) / len(y)

"""
LAYER = (
    SOFTMAX
    + """
class Softmax:
    def __init__(self):
        self.y = None

    def forward(self, x):
        self.y = softmax(x)
        return self.y

    def backward(self, dout):
        return self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))

"""
)
WITH_LOSS = """
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

"""
LOSS = GIVEN + SOFTMAX + ENTROPY + WITH_LOSS
BOTH = (
    LAYER
    + """
def y_minus_t(x, t):
    layer = Softmax()
    y = layer.forward(x)
    staged = layer.backward(-t / (len(x) * y))
    short = (y - t) / len(x)
    return staged, short
"""
)
MSE = """
class MeanSquaredError:
    def __init__(self):
        self.difference = None

    def forward(self, h, y):
        self.difference = h - y
        return np.mean(self.difference**2) / 2

    def backward(self, dout=1):
        return dout * self.difference / self.difference.size
"""
NET = (
    GIVEN
    + AFFINE
    + SOFTMAX
    + ENTROPY
    + WITH_LOSS
    + """
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
)
NAME = (
    GIVEN
    + """
def name_the_mistake(dW, x, dout):
    right = x.T @ dout
    suspects = {
        "right": right,
        "transposed": right.T,
        "divided by N": right / len(x),
        "doubled": 2 * right,
        "last sample only": np.outer(x[-1], dout[-1]),
        "sign": -right,
    }
    for name, suspect in suspects.items():
        if dW.shape == suspect.shape and gradients_agree(dW, suspect):
            return name
    raise ValueError("dW is none of the six.")
"""
)
BUG = """
class LossLayer:
    def __init__(self):
        self.y = None
        self.t = None

    def forward(self, x, t):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.y = e / np.sum(e, axis=1, keepdims=True)
        self.t = t if t.ndim == 2 else np.eye(x.shape[1])[t]
        share = np.sum(self.y * self.t, axis=1)
        return -np.mean(np.log(share + 1e-7))

    def backward(self, dout=1):
        return dout * (self.y - self.t) / len(self.y)
"""

UNSEEN = [
    # --- 3.1
    dict(
        id="u3_afff_out_in",
        exercise="affine_forward",
        cause="PyTorch's convention: multiplies by W.T, as if W were (out, in)",
        code=edit(AFFINE, ("return x @ self.W + self.b", "return x @ self.W.T + self.b")),
    ),
    dict(
        id="u3_afff_columns_are_samples",
        exercise="affine_forward",
        cause="columns are samples: W.T @ x.T + b gives (C, N)",
        code=edit(
            AFFINE, ("return x @ self.W + self.b", "return self.W.T @ x.T + self.b[:, None]")
        ),
    ),
    dict(
        id="u3_afff_bias_in_bracket",
        exercise="affine_forward",
        cause="adds the bias to the weights, so it is multiplied by x as well",
        code=edit(AFFINE, ("return x @ self.W + self.b", "return x @ (self.W + self.b)")),
    ),
    dict(
        id="u3_afff_bias_first_row",
        exercise="affine_forward",
        cause="adds the bias to the first sample only",
        code=edit(
            AFFINE,
            (
                "        return x @ self.W + self.b",
                "        out = np.dot(x, self.W)\n        out[0] += self.b\n        return out",
            ),
        ),
    ),
    dict(
        id="u3_afff_bias_total",
        exercise="affine_forward",
        cause="adds the sum of all biases to every output",
        code=edit(AFFINE, ("x @ self.W + self.b", "x @ self.W + np.sum(self.b)")),
    ),
    dict(
        id="u3_afff_bias_by_sample",
        exercise="affine_forward",
        cause="in the loop over samples the bias is indexed by the sample, not by the output",
        code="""
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        rows = []
        for n in range(len(x)):
            rows.append(x[n] @ self.W + self.b[n])
        return np.array(rows)

    def backward(self, dout):
        raise NotImplementedError("TO DO 3.2")
""",
    ),
    dict(
        id="u3_afff_relu_inside",
        exercise="affine_forward",
        cause="applies a ReLU to the output, like a Dense layer with an activation",
        code=edit(
            AFFINE, ("return x @ self.W + self.b", "return np.maximum(x @ self.W + self.b, 0)")
        ),
    ),
    dict(
        id="u3_afff_returns_cache",
        exercise="affine_forward",
        cause="returns the output and a cache, as CS231n does",
        code=edit(
            AFFINE,
            ("return x @ self.W + self.b", "return x @ self.W + self.b, (x, self.W, self.b)"),
        ),
    ),
    dict(
        id="u3_afff_minus_bias",
        exercise="affine_forward",
        cause="subtracts the bias, as a threshold",
        code=edit(AFFINE, ("x @ self.W + self.b", "x @ self.W - self.b")),
    ),
    dict(
        id="u3_afff_mean_of_inputs",
        exercise="affine_forward",
        cause="divides the weighted sum by the number of inputs",
        code=edit(AFFINE, ("x @ self.W + self.b", "x @ self.W / x.shape[1] + self.b")),
    ),
    dict(
        id="u3_afff_einsum_summed",
        exercise="affine_forward",
        cause="the einsum keeps n only, so all outputs of a sample are added up",
        code=edit(
            AFFINE, ("x @ self.W + self.b", 'np.einsum("nd,dc->n", x, self.W)[:, None] + self.b')
        ),
    ),
    # --- 3.2
    dict(
        id="u3_affb_reshaped",
        exercise="affine_backward",
        cause="dout.T @ x brought into the shape of W by reshape, where a transposition is due",
        code=edit(AFFINE, ("self.x.T @ dout", "(dout.T @ self.x).reshape(self.W.shape)")),
    ),
    dict(
        id="u3_affb_inverse",
        exercise="affine_backward",
        cause="goes back through W by its (pseudo-)inverse, not by its transpose",
        code=edit(AFFINE, ("dout @ self.W.T", "dout @ np.linalg.pinv(self.W)")),
    ),
    dict(
        id="u3_affb_dx_by_dW",
        exercise="affine_backward",
        cause="dx is made with dW in the place of W",
        code=edit(AFFINE, ("dout @ self.W.T", "dout @ self.dW.T")),
    ),
    dict(
        id="u3_affb_updates_first",
        exercise="affine_backward",
        cause="changes the weights before dx is computed from them",
        code=edit(
            AFFINE,
            (
                "        return dout @ self.W.T",
                "        self.W = self.W - 0.1 * self.dW\n        self.b = self.b - 0.1 * self.db\n        return dout @ self.W.T",
            ),
        ),
    ),
    dict(
        id="u3_affb_db_first_sample",
        exercise="affine_backward",
        cause="db is the first row of dout only",
        code=edit(AFFINE, ("dout.sum(axis=0)", "dout[0].copy()")),
    ),
    dict(
        id="u3_affb_db_one_number",
        exercise="affine_backward",
        cause="sum without an axis: db is one number",
        code=edit(AFFINE, ("dout.sum(axis=0)", "dout.sum()")),
    ),
    dict(
        id="u3_affb_db_times_b",
        exercise="affine_backward",
        cause="multiplies db by the bias itself",
        code=edit(AFFINE, ("dout.sum(axis=0)", "dout.sum(axis=0) * self.b")),
    ),
    dict(
        id="u3_affb_returns_three",
        exercise="affine_backward",
        cause="returns dx, dW and db, and keeps none of them",
        code=edit(
            AFFINE,
            (
                "        self.dW = self.x.T @ dout\n        self.db = dout.sum(axis=0)\n        return dout @ self.W.T",
                "        dx = dout @ self.W.T\n        dW = self.x.T @ dout\n        db = dout.sum(axis=0)\n        return dx, dW, db",
            ),
        ),
    ),
    dict(
        id="u3_affb_lower_case",
        exercise="affine_backward",
        cause="the gradient of the weights is kept under the name dw",
        code=edit(AFFINE, ("self.dW = self.x.T", "self.dw = self.x.T")),
    ),
    dict(
        id="u3_affb_keeps_mean_sample",
        exercise="affine_backward",
        cause="keeps the mean sample of the batch and uses it for all of them in dW",
        code=edit(AFFINE, ("self.x = x\n", "self.x = np.tile(x.mean(axis=0), (len(x), 1))\n")),
    ),
    dict(
        id="u3_affb_keeps_output",
        exercise="affine_backward",
        cause="keeps the output under the name x, so dW has the shape (C, C)",
        code=edit(
            AFFINE,
            (
                "        self.x = x\n        return x @ self.W + self.b",
                "        self.x = x @ self.W + self.b\n        return self.x",
            ),
        ),
    ),
    dict(
        id="u3_affb_dW_normalised",
        exercise="affine_backward",
        cause="scales dW to length 1, as gradient clipping does",
        code=edit(
            AFFINE,
            (
                "self.dW = self.x.T @ dout",
                "self.dW = self.x.T @ dout\n        self.dW = self.dW / np.linalg.norm(self.dW)",
            ),
        ),
    ),
    dict(
        id="u3_affb_loop_skips_last",
        exercise="affine_backward",
        cause="the loop over samples stops one before the last",
        code=edit(
            AFFINE,
            (
                "        self.dW = self.x.T @ dout\n",
                "        self.dW = np.zeros(self.W.shape)\n        for n in range(len(dout) - 1):\n            self.dW += np.outer(self.x[n], dout[n])\n",
            ),
        ),
    ),
    dict(
        id="u3_affb_two_slips",
        exercise="affine_backward",
        cause="two slips: dW gets a minus, as if it were the step, and db is averaged",
        code=edit(
            AFFINE,
            ("self.x.T @ dout", "-self.x.T @ dout"),
            ("dout.sum(axis=0)", "dout.mean(axis=0)"),
        ),
    ),
    # --- 3.3
    dict(
        id="u3_img_wrong_axis_first",
        exercise="affine_images",
        cause="reshapes to (-1, N) and turns that round, which mixes the samples",
        code=edit(IMAGES, ("x.reshape(len(x), -1)", "x.reshape(-1, len(x)).T")),
    ),
    dict(
        id="u3_img_dx_left_flat",
        exercise="affine_images",
        cause="dx stays a table of rows",
        code=edit(IMAGES, ("(dout @ self.W.T).reshape(self.x_shape)", "dout @ self.W.T")),
    ),
    dict(
        id="u3_img_fortran_order",
        exercise="affine_images",
        cause="lays the pictures out with the first index fastest (order F), there and back",
        code=edit(
            IMAGES,
            ("reshape(len(x), -1)", 'reshape(len(x), -1, order="F")'),
            ("reshape(self.x_shape)", 'reshape(self.x_shape, order="F")'),
        ),
    ),
    dict(
        id="u3_img_ravel",
        exercise="affine_images",
        cause="ravel lays the whole batch out as one row",
        code=edit(IMAGES, ("x.reshape(len(x), -1)", "x.ravel()")),
    ),
    dict(
        id="u3_img_channels_last",
        exercise="affine_images",
        cause="moves the colours last before flattening, as Keras stores pictures, and not back in dx",
        code=edit(
            IMAGES,
            (
                "        self.x = x.reshape(len(x), -1)\n",
                "        self.x = (x.transpose(0, 2, 3, 1) if x.ndim == 4 else x).reshape(len(x), -1)\n",
            ),
        ),
    ),
    dict(
        id="u3_img_shape_stays",
        exercise="affine_images",
        cause="the shape is kept for pictures only, so rows that come later get the old one, or none",
        code=edit(
            IMAGES,
            (
                "        self.x_shape = x.shape\n",
                "        if x.ndim == 4:\n            self.x_shape = x.shape\n",
            ),
        ),
    ),
    dict(
        id="u3_img_dW_not_copied",
        exercise="affine_images",
        cause="an Affine inside does the work, and its dW and db stay in there",
        code=AFFINE
        + """
class AffineImages:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.inner = Affine(W, b)
        self.dW = self.db = None

    def forward(self, x):
        self.x_shape = x.shape
        return self.inner.forward(x.reshape(x.shape[0], -1))

    def backward(self, dout):
        return self.inner.backward(dout).reshape(self.x_shape)
""",
    ),
    dict(
        id="u3_img_keeps_pictures",
        exercise="affine_images",
        cause="keeps the pictures themselves, so x.T in backward has four axes turned round",
        code=edit(
            IMAGES,
            (
                "        self.x = x.reshape(len(x), -1)\n        return self.x @",
                "        self.x = x\n        return x.reshape(len(x), -1) @",
            ),
        ),
    ),
    dict(
        id="u3_img_dx_shape_reversed",
        exercise="affine_images",
        cause="brings dx into the transposed shape and turns it round, which puts the numbers elsewhere",
        code=edit(IMAGES, (".reshape(self.x_shape)", ".reshape(self.x_shape[::-1]).T")),
    ),
    dict(
        id="u3_img_mean_colour",
        exercise="affine_images",
        cause="repeats the mean of the colours in place of each colour, as if pictures were grey",
        code=edit(
            IMAGES,
            (
                "        self.x = x.reshape(len(x), -1)\n",
                "        if x.ndim == 4:\n            x = np.broadcast_to(x.mean(axis=1, keepdims=True), x.shape)\n        self.x = x.reshape(len(x), -1)\n",
            ),
        ),
    ),
    # --- 3.4
    dict(
        id="u3_soft_clipped",
        exercise="softmax",
        cause="cuts scores off at 500 against overflow, so larger ones become equal",
        code="""
def softmax(x):
    e = np.exp(np.clip(x, -500, 500))
    return e / e.sum(axis=-1, keepdims=True)
""",
    ),
    dict(
        id="u3_soft_of_sigmoids",
        exercise="softmax",
        cause="shares of sigmoids, not of exponentials",
        code="""
def softmax(x):
    s = 0.5 * (1 + np.tanh(np.asarray(x) / 2))
    return s / np.sum(s, axis=-1, keepdims=True)
""",
    ),
    dict(
        id="u3_soft_base_two",
        exercise="softmax",
        cause="powers of 2 in place of e",
        code=edit(
            SOFTMAX,
            (
                "np.exp(x - np.max(x, axis=-1, keepdims=True))",
                "2.0 ** (x - np.max(x, axis=-1, keepdims=True))",
            ),
        ),
    ),
    dict(
        id="u3_soft_log",
        exercise="softmax",
        cause="returns the logarithms of the shares",
        code="""
def softmax(x):
    z = x - np.max(x, axis=-1, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))
""",
    ),
    dict(
        id="u3_soft_hard",
        exercise="softmax",
        cause="gives everything to the largest score",
        code="""
def softmax(x):
    y = np.zeros(np.shape(x))
    if x.ndim == 1:
        y[np.argmax(x)] = 1
    else:
        y[np.arange(len(x)), np.argmax(x, axis=1)] = 1
    return y
""",
    ),
    dict(
        id="u3_soft_max_after_exp",
        exercise="softmax",
        cause="subtracts the largest after the exponential, not before it",
        code="""
def softmax(x):
    e = np.exp(x)
    e = e - np.max(e, axis=-1, keepdims=True)
    return e / np.sum(e, axis=-1, keepdims=True)
""",
    ),
    dict(
        id="u3_soft_divided_by_max",
        exercise="softmax",
        cause="divides the scores by their largest where it should be subtracted",
        code=edit(
            SOFTMAX,
            (
                "x - np.max(x, axis=-1, keepdims=True)",
                "x / np.max(np.abs(x), axis=-1, keepdims=True)",
            ),
        ),
    ),
    dict(
        id="u3_soft_plus_one",
        exercise="softmax",
        cause="1 is added to the denominator, as in the sigmoid, so rows don't add up to 1",
        code=edit(
            SOFTMAX,
            ("np.sum(e, axis=-1, keepdims=True)", "(1 + np.sum(e, axis=-1, keepdims=True))"),
        ),
    ),
    dict(
        id="u3_soft_total_goes_on",
        exercise="softmax",
        cause="the total is not set back to 0 for the next row",
        code="""
def softmax(x):
    rows = np.atleast_2d(x)
    y = np.zeros(rows.shape)
    total = 0.0
    for n, row in enumerate(rows):
        e = np.exp(row - row.max())
        for value in e:
            total += value
        y[n] = e / total
    return y.reshape(x.shape)
""",
    ),
    dict(
        id="u3_soft_mean_subtracted",
        exercise="softmax",
        cause="subtracts the mean of the row, which doesn't keep large differences from overflowing",
        code=edit(SOFTMAX, ("np.max(x", "np.mean(x")),
    ),
    dict(
        id="u3_soft_not_turned_back",
        exercise="softmax",
        cause="works on x.T, column by column, and forgets to turn the result back",
        code="""
def softmax(x):
    if x.ndim == 2:
        x = x.T
        x = x - np.max(x, axis=0)
        return np.exp(x) / np.sum(np.exp(x), axis=0)
    x = x - np.max(x)
    return np.exp(x) / np.sum(np.exp(x))
""",
    ),
    dict(
        id="u3_soft_columns_and_rows",
        exercise="softmax",
        cause="two slips: the sum runs down the columns, and the largest is that of the whole batch",
        code="""
def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e, axis=0, keepdims=True)
""",
    ),
    dict(
        id="u3_soft_one_axis_gets_two",
        exercise="softmax",
        cause="turns a single sample into a table of one row and leaves it so",
        code="""
def softmax(x):
    x = np.atleast_2d(x)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
""",
    ),
    # --- 3.5
    dict(
        id="u3_ce_log2",
        exercise="cross_entropy",
        cause="the logarithm to base 2: bits, not nats",
        code=GIVEN + edit(ENTROPY, ("np.log(", "np.log2(")),
    ),
    dict(
        id="u3_ce_binary",
        exercise="cross_entropy",
        cause="binary cross-entropy: the wrong classes count too, with 1 - y",
        code=GIVEN
        + """
def cross_entropy(y, t):
    t = one_hot(t, y.shape[1]) if t.ndim == 1 else t
    return -np.sum(t * np.log(y + 1e-7) + (1 - t) * np.log(1 - y + 1e-7)) / len(y)
""",
    ),
    dict(
        id="u3_ce_softmax_inside",
        exercise="cross_entropy",
        cause="takes the shares for scores and applies softmax to them, as PyTorch's CrossEntropyLoss does",
        code=GIVEN
        + SOFTMAX
        + """
def cross_entropy(y, t):
    t = one_hot(t, y.shape[1]) if t.ndim == 1 else t
    return -np.mean(np.sum(t * np.log(softmax(y) + 1e-7), axis=1))
""",
    ),
    dict(
        id="u3_ce_each_sample",
        exercise="cross_entropy",
        cause="returns the loss of each sample, not their average",
        code=GIVEN
        + """
def cross_entropy(y, t):
    t = one_hot(t, y.shape[1]) if t.ndim == 1 else t
    return -np.sum(t * np.log(y + 1e-7), axis=1)
""",
    ),
    dict(
        id="u3_ce_perplexity",
        exercise="cross_entropy",
        cause="returns e to the loss (perplexity)",
        code=GIVEN
        + edit(
            ENTROPY,
            (
                "-np.sum(rows * np.log(y + 1e-7)) / len(y)",
                "np.exp(-np.sum(rows * np.log(y + 1e-7)) / len(y))",
            ),
        ),
    ),
    dict(
        id="u3_ce_labels_from_one",
        exercise="cross_entropy",
        cause="counts labels from 1, so every share is taken one class too low",
        code="""
def cross_entropy(y, t):
    labels = t if t.ndim == 1 else np.argmax(t, axis=1)
    return -np.mean(np.log(y[np.arange(len(y)), labels - 1] + 1e-7))
""",
    ),
    dict(
        id="u3_ce_argmax_of_both",
        exercise="cross_entropy",
        cause="takes argmax of t whatever it is: of labels it gives one number for the whole batch",
        code="""
def cross_entropy(y, t):
    labels = np.argmax(t, axis=-1)
    return -np.mean(np.log(y[np.arange(len(y)), labels] + 1e-7))
""",
    ),
    dict(
        id="u3_ce_length_tells",
        exercise="cross_entropy",
        cause="takes t for one-hot when its last axis has as many entries as there are classes: wrong for as many labels as classes",
        code="""
def cross_entropy(y, t):
    if t.shape[-1] == y.shape[1]:
        return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]
    return -np.sum(np.log(y[np.arange(len(t)), t] + 1e-7)) / y.shape[0]
""",
    ),
    dict(
        id="u3_ce_own_favourite",
        exercise="cross_entropy",
        cause="the share of the class the network favours, not of the right one",
        code="""
def cross_entropy(y, t):
    return -np.mean(np.log(np.max(y, axis=1) + 1e-7))
""",
    ),
    dict(
        id="u3_ce_smoothing",
        exercise="cross_entropy",
        cause="smooths the one-hot rows by 0.1",
        code=GIVEN
        + edit(ENTROPY, ("    return", "    rows = 0.9 * rows + 0.1 / y.shape[1]\n    return")),
    ),
    dict(
        id="u3_ce_floor_too_high",
        exercise="cross_entropy",
        cause="a floor of 0.01 under the shares: a loss can't exceed 4.6",
        code=GIVEN + edit(ENTROPY, ("np.log(y + 1e-7)", "np.log(np.maximum(y, 0.01))")),
    ),
    dict(
        id="u3_ce_squares",
        exercise="cross_entropy",
        cause="squared error in place of the logarithm",
        code=GIVEN
        + """
def cross_entropy(y, t):
    t = one_hot(t, y.shape[1]) if t.ndim == 1 else t
    return 0.5 * np.sum((y - t) ** 2) / len(y)
""",
    ),
    dict(
        id="u3_ce_labels_multiplied",
        exercise="cross_entropy",
        cause="multiplies by the labels themselves; they aren't turned into one-hot rows",
        code="""
def cross_entropy(y, t):
    if t.ndim == 1:
        t = t.reshape(-1, 1)
    return -np.sum(t * np.log(y + 1e-7)) / len(y)
""",
    ),
    dict(
        id="u3_ce_dtype_tells",
        exercise="cross_entropy",
        cause="takes whole numbers for labels, so one-hot rows of whole numbers are used as places",
        code="""
def cross_entropy(y, t):
    if np.issubdtype(t.dtype, np.integer):
        return -np.mean(np.log(y[np.arange(len(y)), t] + 1e-7))
    return -np.mean(np.sum(t * np.log(y + 1e-7), axis=1))
""",
    ),
    # --- 3.6
    dict(
        id="u3_softb_jacobian_plus",
        exercise="softmax_backward",
        cause="the Jacobian has a plus before the outer product",
        code=edit(
            LAYER,
            (
                "        return self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))",
                "        dx = np.zeros_like(dout)\n        for n, y in enumerate(self.y):\n            dx[n] = (np.diag(y) + np.outer(y, y)) @ dout[n]\n        return dx",
            ),
        ),
    ),
    dict(
        id="u3_softb_first_row_jacobian",
        exercise="softmax_backward",
        cause="the Jacobian of the first sample is used for all of them",
        code=edit(
            LAYER,
            (
                "        return self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))",
                "        y = self.y[0]\n        J = np.diag(y) - np.outer(y, y)\n        return dout @ J",
            ),
        ),
    ),
    dict(
        id="u3_softb_log_softmax",
        exercise="softmax_backward",
        cause="the gradient of log-softmax",
        code=edit(
            LAYER,
            (
                "self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))",
                "dout - self.y * np.sum(dout, axis=1, keepdims=True)",
            ),
        ),
    ),
    dict(
        id="u3_softb_y_minus_dout",
        exercise="softmax_backward",
        cause="y - dout, the short formula of softmax with loss with dout in the place of t",
        code=edit(
            LAYER,
            (
                "self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))",
                "(self.y - dout) / len(dout)",
            ),
        ),
    ),
    dict(
        id="u3_softb_keeps_scores",
        exercise="softmax_backward",
        cause="keeps the scores, and uses them where the shares belong",
        code=edit(
            LAYER,
            (
                "        self.y = softmax(x)\n        return self.y",
                "        self.y = x\n        return softmax(x)",
            ),
        ),
    ),
    dict(
        id="u3_softb_r_not_squared",
        exercise="softmax_backward",
        cause="walks the graph, and forgets the square of r at the division",
        code=SOFTMAX
        + """
class Softmax:
    def forward(self, x):
        self.e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.r = 1 / np.sum(self.e, axis=1, keepdims=True)
        return self.e * self.r

    def backward(self, dout):
        dr = np.sum(dout * self.e, axis=1, keepdims=True)
        dS = -self.r * dr
        de = dout * self.r + dS
        return de * self.e
""",
    ),
    dict(
        id="u3_softb_stops_at_e",
        exercise="softmax_backward",
        cause="walks the graph and stops at step 6: the exponential's own factor is missing",
        code=SOFTMAX
        + """
class Softmax:
    def forward(self, x):
        self.e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.r = 1 / np.sum(self.e, axis=1, keepdims=True)
        return self.e * self.r

    def backward(self, dout):
        dr = np.sum(dout * self.e, axis=1, keepdims=True)
        dS = -(self.r**2) * dr
        return dout * self.r + dS
""",
    ),
    dict(
        id="u3_softb_sum_overwrites",
        exercise="softmax_backward",
        cause="the message that comes through S overwrites the direct one, where the two add",
        code=SOFTMAX
        + """
class Softmax:
    def forward(self, x):
        self.e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.S = np.sum(self.e, axis=1, keepdims=True)
        return self.e / self.S

    def backward(self, dout):
        de = dout / self.S
        de = -np.sum(dout * self.e, axis=1, keepdims=True) / self.S**2
        return de * self.e
""",
    ),
    dict(
        id="u3_softb_whole_batch",
        exercise="softmax_backward",
        cause="the average message is summed over the whole batch",
        code=edit(LAYER, ("np.sum(dout * self.y, axis=1, keepdims=True)", "np.sum(dout * self.y)")),
    ),
    dict(
        id="u3_softb_no_keepdims",
        exercise="softmax_backward",
        cause="the row sums have the shape (N,), without keepdims",
        code=edit(
            LAYER, ("np.sum(dout * self.y, axis=1, keepdims=True)", "np.sum(dout * self.y, axis=1)")
        ),
    ),
    dict(
        id="u3_softb_dout_forgotten_in_sum",
        exercise="softmax_backward",
        cause="the sum holds y squared, without dout",
        code=edit(
            LAYER,
            (
                "np.sum(dout * self.y, axis=1, keepdims=True)",
                "np.sum(self.y * self.y, axis=1, keepdims=True)",
            ),
        ),
    ),
    dict(
        id="u3_softb_two_slips",
        exercise="softmax_backward",
        cause="two slips: the sum runs down the columns, and the second term has no y in front",
        code=edit(
            LAYER,
            (
                "self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))",
                "self.y * dout - np.sum(dout * self.y, axis=0)",
            ),
        ),
    ),
    # --- 3.7
    dict(
        id="u3_loss_writes_into_y",
        exercise="softmax_with_loss",
        cause="subtracts t from the kept shares in place, so a second backward subtracts it again",
        code=edit(
            LOSS,
            (
                "        return dout * (self.y - self.t) / len(self.y)",
                "        dx = self.y\n        dx -= self.t\n        return dout * dx / len(dx)",
            ),
        ),
    ),
    dict(
        id="u3_loss_only_one_averaged",
        exercise="softmax_with_loss",
        cause="without brackets only t is divided by N",
        code=edit(
            LOSS,
            ("dout * (self.y - self.t) / len(self.y)", "dout * (self.y - self.t / len(self.y))"),
        ),
    ),
    dict(
        id="u3_loss_labels_not_averaged",
        exercise="softmax_with_loss",
        cause="divides by N for one-hot rows only, not for labels",
        code=GIVEN
        + SOFTMAX
        + ENTROPY
        + """
class SoftmaxWithLoss:
    def forward(self, x, t):
        self.y, self.t = softmax(x), t
        return cross_entropy(self.y, t)

    def backward(self, dout=1):
        if self.t.ndim == 2:
            dx = (self.y - self.t) / len(self.y)
        else:
            dx = self.y.copy()
            dx[np.arange(len(dx)), self.t] -= 1
        return dout * dx
""",
    ),
    dict(
        id="u3_loss_softmax_again",
        exercise="softmax_with_loss",
        cause="applies softmax to the shares once more in backward",
        code=edit(LOSS, ("(self.y - self.t)", "(softmax(self.y) - self.t)")),
    ),
    dict(
        id="u3_loss_dout_added",
        exercise="softmax_with_loss",
        cause="adds dout where it should multiply",
        code=edit(
            LOSS,
            ("dout * (self.y - self.t) / len(self.y)", "dout + (self.y - self.t) / len(self.y)"),
        ),
    ),
    dict(
        id="u3_loss_sum_convention",
        exercise="softmax_with_loss",
        cause="adds the losses up where they are to be averaged, and differentiates that",
        code=GIVEN
        + SOFTMAX
        + """
class SoftmaxWithLoss:
    def forward(self, x, t):
        self.y = softmax(x)
        self.t = one_hot(t, x.shape[1]) if t.ndim == 1 else t
        return -np.sum(self.t * np.log(self.y + 1e-7))

    def backward(self, dout=1):
        return dout * (self.y - self.t)
""",
    ),
    dict(
        id="u3_loss_own_favourite",
        exercise="softmax_with_loss",
        cause="subtracts 1 at the class the network favours, not at the right one",
        code=edit(
            LOSS,
            (
                "        return dout * (self.y - self.t) / len(self.y)",
                "        dx = self.y.copy()\n        dx[np.arange(len(dx)), dx.argmax(axis=1)] -= 1\n        return dout * dx / len(dx)",
            ),
        ),
    ),
    dict(
        id="u3_loss_scores_minus_t",
        exercise="softmax_with_loss",
        cause="keeps the scores as y, so backward subtracts t from scores",
        code=edit(
            LOSS,
            ("        self.y = softmax(x)\n", "        self.y = x\n"),
            ("return cross_entropy(self.y, self.t)", "return cross_entropy(softmax(x), self.t)"),
        ),
    ),
    dict(
        id="u3_loss_times_loss",
        exercise="softmax_with_loss",
        cause="multiplies by the loss as if it were the upstream gradient",
        code=edit(
            LOSS,
            (
                "        return cross_entropy(self.y, self.t)\n",
                "        self.loss = cross_entropy(self.y, self.t)\n        return self.loss\n",
            ),
            ("dout * (self.y - self.t)", "dout * self.loss * (self.y - self.t)"),
        ),
    ),
    dict(
        id="u3_loss_returns_pair",
        exercise="softmax_with_loss",
        cause="forward returns the loss and the shares",
        code=edit(
            LOSS,
            (
                "return cross_entropy(self.y, self.t)",
                "return cross_entropy(self.y, self.t), self.y",
            ),
        ),
    ),
    dict(
        id="u3_loss_unsafe_softmax",
        exercise="softmax_with_loss",
        cause="exponentials of the scores as they are: nan for scores of 1000",
        code=edit(LOSS, ("np.exp(x - np.max(x, axis=-1, keepdims=True))", "np.exp(x)")),
    ),
    dict(
        id="u3_loss_minus_one_over_y",
        exercise="softmax_with_loss",
        cause="hands back the gradient in the shares, -t / (N y), not the one in the scores",
        code=edit(
            LOSS,
            (
                "dout * (self.y - self.t) / len(self.y)",
                "-dout * self.t / (self.y + 1e-7) / len(self.y)",
            ),
        ),
    ),
    dict(
        id="u3_loss_labels_not_kept",
        exercise="softmax_with_loss",
        cause="keeps the labels as they came, and y - t fails or spreads over rows",
        code=edit(
            LOSS,
            (
                "        self.t = one_hot(t, x.shape[1]) if t.ndim == 1 else t\n",
                "        self.t = t\n",
            ),
        ),
    ),
    dict(
        id="u3_loss_two_slips",
        exercise="softmax_with_loss",
        cause="two slips: t - y, and an average over all N C entries",
        code=edit(
            LOSS,
            ("dout * (self.y - self.t) / len(self.y)", "dout * (self.t - self.y) / self.y.size"),
        ),
    ),
    dict(
        id="u3_loss_no_default",
        exercise="softmax_with_loss",
        cause="dout has lost its default of 1, so backward() without an argument raises",
        code=edit(LOSS, ("dout=1)", "dout)")),
    ),
    # --- 3.8
    dict(
        id="u3_ymt_average_in_one",
        exercise="y_minus_t",
        cause="the long way forgets 1/N",
        code=edit(BOTH, ("-t / (len(x) * y)", "-t / y")),
    ),
    dict(
        id="u3_ymt_average_in_neither",
        exercise="y_minus_t",
        cause="1/N is missing in both, so they are equal and both too large",
        code=edit(BOTH, ("-t / (len(x) * y)", "-t / y"), ("(y - t) / len(x)", "y - t")),
    ),
    dict(
        id="u3_ymt_short_into_softmax",
        exercise="y_minus_t",
        cause="hands y - t to the softmax as its upstream gradient: its slope is taken twice",
        code=edit(BOTH, ("layer.backward(-t / (len(x) * y))", "layer.backward((y - t) / len(x))")),
    ),
    dict(
        id="u3_ymt_log_as_upstream",
        exercise="y_minus_t",
        cause="hands the loss of each entry back, -t ln y, not its slope",
        code=edit(BOTH, ("-t / (len(x) * y)", "-t * np.log(y) / len(x)")),
    ),
    dict(
        id="u3_ymt_bracket_slip",
        exercise="y_minus_t",
        cause="-t / len(x) * y multiplies by the shares, for want of a bracket",
        code=edit(BOTH, ("-t / (len(x) * y)", "-t / len(x) * y")),
    ),
    dict(
        id="u3_ymt_fresh_layer",
        exercise="y_minus_t",
        cause="a fresh Softmax for the way back, which has seen no scores",
        code=edit(BOTH, ("staged = layer.backward(", "staged = Softmax().backward(")),
    ),
    dict(
        id="u3_ymt_all_entries",
        exercise="y_minus_t",
        cause="both are averaged over all N C entries",
        code=edit(BOTH, ("len(x)", "x.size")),
    ),
    dict(
        id="u3_ymt_binary",
        exercise="y_minus_t",
        cause="the long way starts from binary cross-entropy",
        code=edit(BOTH, ("-t / (len(x) * y)", "(-t / y + (1 - t) / (1 - y)) / len(x)")),
    ),
    dict(
        id="u3_ymt_target_minus_output",
        exercise="y_minus_t",
        cause="both have the wrong sign: t - y, and t / (N y)",
        code=edit(BOTH, ("-t / (len(x) * y)", "t / (len(x) * y)"), ("(y - t)", "(t - y)")),
    ),
    dict(
        id="u3_ymt_one_result",
        exercise="y_minus_t",
        cause="returns the difference of the two, not the two",
        code=edit(BOTH, ("return staged, short", "return staged - short")),
    ),
    dict(
        id="u3_ymt_short_of_scores",
        exercise="y_minus_t",
        cause="the short way subtracts t from the scores",
        code=edit(BOTH, ("short = (y - t) / len(x)", "short = (x - t) / len(x)")),
    ),
    # --- 3.9
    dict(
        id="u3_mse_pytorch",
        exercise="mean_squared_error",
        cause="PyTorch's mean without the half, with its own slope 2/n",
        code=edit(
            MSE,
            ("np.mean(self.difference**2) / 2", "np.mean(self.difference**2)"),
            ("dout * self.difference", "2 * dout * self.difference"),
        ),
    ),
    dict(
        id="u3_mse_over_samples",
        exercise="mean_squared_error",
        cause="averages over samples and adds the outputs up, in both passes",
        code="""
class MeanSquaredError:
    def forward(self, h, y):
        self.diff = h - y
        return 0.5 * np.sum(self.diff**2) / len(h)

    def backward(self, dout=1):
        return dout * self.diff / len(self.diff)
""",
    ),
    dict(
        id="u3_mse_backward_over_samples",
        exercise="mean_squared_error",
        cause="backward divides by the number of samples, forward by that of entries",
        code=edit(MSE, ("/ self.difference.size", "/ len(self.difference)")),
    ),
    dict(
        id="u3_mse_root",
        exercise="mean_squared_error",
        cause="takes the root of the mean square",
        code=edit(
            MSE, ("np.mean(self.difference**2) / 2", "np.sqrt(np.mean(self.difference**2)) / 2")
        ),
    ),
    dict(
        id="u3_mse_square_of_mean",
        exercise="mean_squared_error",
        cause="squares the mean difference, so differences cancel",
        code=edit(MSE, ("np.mean(self.difference**2) / 2", "np.mean(self.difference) ** 2 / 2")),
    ),
    dict(
        id="u3_mse_precedence",
        exercise="mean_squared_error",
        cause="/ 2 * n multiplies by n, for want of a bracket",
        code=edit(
            MSE,
            (
                "np.mean(self.difference**2) / 2",
                "np.sum(self.difference**2) / 2 * self.difference.size",
            ),
        ),
    ),
    dict(
        id="u3_mse_sign_only",
        exercise="mean_squared_error",
        cause="backward takes the sign of the differences, the slope of the absolute error",
        code=edit(MSE, ("dout * self.difference /", "dout * np.sign(self.difference) /")),
    ),
    dict(
        id="u3_mse_keeps_squares",
        exercise="mean_squared_error",
        cause="keeps the squared differences, and backward uses them",
        code=edit(
            MSE,
            (
                "        self.difference = h - y\n        return np.mean(self.difference**2) / 2",
                "        self.difference = (h - y) ** 2\n        return np.mean(self.difference) / 2",
            ),
        ),
    ),
    dict(
        id="u3_mse_y_minus_h",
        exercise="mean_squared_error",
        cause="the difference is taken the wrong way round, so the slope has the wrong sign",
        code=edit(MSE, ("h - y", "y - h")),
    ),
    dict(
        id="u3_mse_mean_slope",
        exercise="mean_squared_error",
        cause="backward averages the differences to one number",
        code=edit(
            MSE,
            ("dout * self.difference / self.difference.size", "dout * np.mean(self.difference)"),
        ),
    ),
    dict(
        id="u3_mse_each_sample",
        exercise="mean_squared_error",
        cause="forward returns a loss for each sample",
        code=edit(MSE, ("np.mean(self.difference**2)", "np.mean(self.difference**2, axis=1)")),
    ),
    dict(
        id="u3_mse_target_forgotten",
        exercise="mean_squared_error",
        cause="backward uses the outputs, not their differences from the targets",
        code=edit(
            MSE,
            (
                "        self.difference = h - y\n",
                "        self.difference = h - y\n        self.h = h\n",
            ),
            ("dout * self.difference /", "dout * self.h /"),
        ),
    ),
    dict(
        id="u3_mse_two_slips",
        exercise="mean_squared_error",
        cause="two slips: the half is missing forwards, and backwards the 2 comes down and 1/n is forgotten",
        code=edit(
            MSE,
            ("np.mean(self.difference**2) / 2", "np.mean(self.difference**2)"),
            ("dout * self.difference / self.difference.size", "2 * dout * self.difference"),
        ),
    ),
    dict(
        id="u3_mse_no_default",
        exercise="mean_squared_error",
        cause="dout has lost its default of 1, so backward() without an argument raises",
        code=edit(MSE, ("dout=1)", "dout)")),
    ),
    # --- 3.10
    dict(
        id="u3_net_relu_skipped_back",
        exercise="two_layer_net",
        cause="the ReLU is left out on the way back",
        code=edit(
            NET,
            ("self.first.backward(self.relu.backward(dhidden))", "self.first.backward(dhidden)"),
        ),
    ),
    dict(
        id="u3_net_no_forward",
        exercise="two_layer_net",
        cause="gradient doesn't run forwards first: the layers remember another batch, or nothing",
        code=edit(NET, ("        self.loss(x, t)\n        dhidden", "        dhidden")),
    ),
    dict(
        id="u3_net_layers_hold_copies",
        exercise="two_layer_net",
        cause="the layers hold copies of the parameters, so changes in params aren't felt",
        code=edit(
            NET,
            (
                'Affine(self.params["W1"], self.params["b1"])',
                'Affine(self.params["W1"].copy(), self.params["b1"].copy())',
            ),
            (
                'Affine(self.params["W2"], self.params["b2"])',
                'Affine(self.params["W2"].copy(), self.params["b2"].copy())',
            ),
        ),
    ),
    dict(
        id="u3_net_softmax_twice",
        exercise="two_layer_net",
        cause="predict returns softmax already, and loss applies it once more",
        code=edit(
            NET,
            (
                "return self.second.forward(self.relu.forward(self.first.forward(x)))",
                "return softmax(self.second.forward(self.relu.forward(self.first.forward(x))))",
            ),
        ),
    ),
    dict(
        id="u3_net_std_ignored",
        exercise="two_layer_net",
        cause="the weights have standard deviation 1, whatever was asked",
        code=edit(NET, ("rng.normal(scale=weight_init_std, size=", "rng.normal(size=")),
    ),
    dict(
        id="u3_net_std_as_mean",
        exercise="two_layer_net",
        cause="the first argument of normal is the mean: weights lie around weight_init_std with deviation 1",
        code=edit(
            NET, ("rng.normal(scale=weight_init_std, size=", "rng.normal(weight_init_std, size=")
        ),
    ),
    dict(
        id="u3_net_rand",
        exercise="two_layer_net",
        cause="uniform numbers from 0 up, all positive, in place of normal ones",
        code=edit(
            NET, ("rng.normal(scale=weight_init_std, size=", "weight_init_std * rng.random(size=")
        ),
    ),
    dict(
        id="u3_net_out_in",
        exercise="two_layer_net",
        cause="the weights are stored the other way round, (out, in), as in PyTorch",
        code=edit(
            NET,
            ("size=(input_size, hidden_size)", "size=(hidden_size, input_size)"),
            ("size=(hidden_size, output_size)", "size=(output_size, hidden_size)"),
            ('Affine(self.params["W1"],', 'Affine(self.params["W1"].T,'),
            ('Affine(self.params["W2"],', 'Affine(self.params["W2"].T,'),
            ('"W1": self.first.dW', '"W1": self.first.dW.T'),
            ('"W2": self.second.dW', '"W2": self.second.dW.T'),
        ),
    ),
    dict(
        id="u3_net_accuracy_axis",
        exercise="two_layer_net",
        cause="accuracy looks for the best sample of each class, not for the best class of each sample",
        code=edit(
            NET,
            (
                "np.mean(np.argmax(self.predict(x), axis=1) == labels)",
                "np.mean(np.argmax(self.predict(x), axis=0) == labels[: self.params['b2'].size])",
            ),
        ),
    ),
    dict(
        id="u3_net_accuracy_count",
        exercise="two_layer_net",
        cause="accuracy returns how many are right, not their share",
        code=edit(NET, ("np.mean(np.argmax(", "np.sum(np.argmax(")),
    ),
    dict(
        id="u3_net_accuracy_one_hot",
        exercise="two_layer_net",
        cause="accuracy compares one-hot rows entry by entry, so right zeros count too",
        code=edit(
            NET,
            (
                "        labels = t if t.ndim == 1 else np.argmax(t, axis=1)\n        return np.mean(np.argmax(self.predict(x), axis=1) == labels)",
                "        best = np.argmax(self.predict(x), axis=1)\n        if t.ndim == 2:\n            best = one_hot(best, t.shape[1])\n        return np.mean(best == t)",
            ),
        ),
    ),
    dict(
        id="u3_net_weight_decay",
        exercise="two_layer_net",
        cause="a penalty on the weights is added to the loss, and to its gradient",
        code=edit(
            NET,
            (
                "return self.last.forward(self.predict(x), t)",
                'return self.last.forward(self.predict(x), t) + 0.05 * sum(np.sum(self.params[k] ** 2) for k in ("W1", "W2"))',
            ),
            ('"W1": self.first.dW', '"W1": self.first.dW + 0.1 * self.params["W1"]'),
            ('"W2": self.second.dW', '"W2": self.second.dW + 0.1 * self.params["W2"]'),
        ),
    ),
    dict(
        id="u3_net_update_between",
        exercise="two_layer_net",
        cause="the second layer's weights are moved before the gradient goes through them",
        code=edit(
            NET,
            (
                "        dhidden = self.second.backward(self.last.backward())\n",
                "        dscores = self.last.backward()\n        self.second.backward(dscores)\n        dhidden = dscores @ (self.second.W - 0.5 * self.second.dW).T\n",
            ),
        ),
    ),
    dict(
        id="u3_net_relu_at_end",
        exercise="two_layer_net",
        cause="a second ReLU cuts the scores off at 0, with its own backward",
        code=edit(
            NET,
            ("        self.relu = Relu()\n", "        self.relu, self.relu2 = Relu(), Relu()\n"),
            (
                "return self.second.forward(self.relu.forward(self.first.forward(x)))",
                "return self.relu2.forward(self.second.forward(self.relu.forward(self.first.forward(x))))",
            ),
            (
                "self.second.backward(self.last.backward())",
                "self.second.backward(self.relu2.backward(self.last.backward()))",
            ),
        ),
    ),
    dict(
        id="u3_net_averaged_again",
        exercise="two_layer_net",
        cause="divides the collected gradients by N once more",
        code=edit(
            NET,
            ("self.first.dW,", "self.first.dW / len(x),"),
            ("self.first.db,", "self.first.db / len(x),"),
            ("self.second.dW,", "self.second.dW / len(x),"),
            ("self.second.db,", "self.second.db / len(x),"),
        ),
    ),
    dict(
        id="u3_net_forward_once",
        exercise="two_layer_net",
        cause="gradient runs forwards only if nothing is remembered, so later batches get the gradient of an old one",
        code=edit(
            NET,
            (
                "        self.loss(x, t)\n        dhidden",
                "        if self.last.y is None:\n            self.loss(x, t)\n        dhidden",
            ),
        ),
    ),
    dict(
        id="u3_net_default_std",
        exercise="two_layer_net",
        cause="the default of weight_init_std is 1 where 0.01 was given",
        code=edit(NET, ("weight_init_std=0.01", "weight_init_std=1.0")),
    ),
    # --- 3.11
    dict(
        id="u3_name_allclose",
        exercise="name_the_mistake",
        cause="np.allclose with its absolute limit finds all small gradients alike",
        code=edit(
            NAME, ("gradients_agree(dW, suspect)", "np.allclose(dW, suspect, rtol=1e-6, atol=1e-6)")
        ),
    ),
    dict(
        id="u3_name_shape_tells",
        exercise="name_the_mistake",
        cause="recognises a transposed table by its shape alone, and not when D equals C",
        code=edit(
            NAME,
            (
                "    suspects = {",
                '    if dW.shape != right.shape:\n        return "transposed"\n    suspects = {',
            ),
            ('        "transposed": right.T,\n', ""),
            ('    raise ValueError("dW is none of the six.")', '    return "right"'),
        ),
    ),
    dict(
        id="u3_name_exactly_equal",
        exercise="name_the_mistake",
        cause="asks for exact equality, and calls whatever isn't equal a sign mistake",
        code=edit(
            NAME,
            ("gradients_agree(dW, suspect)", "np.array_equal(dW, suspect)"),
            ('    raise ValueError("dW is none of the six.")', '    return "sign"'),
        ),
    ),
    dict(
        id="u3_name_divided_by_columns",
        exercise="name_the_mistake",
        cause="takes the number of inputs for N",
        code=edit(NAME, ("right / len(x)", "right / x.shape[1]")),
    ),
    dict(
        id="u3_name_first_sample",
        exercise="name_the_mistake",
        cause="tries the first sample, not the last",
        code=edit(NAME, ("np.outer(x[-1], dout[-1])", "np.outer(x[0], dout[0])")),
    ),
    dict(
        id="u3_name_sum_ratio",
        exercise="name_the_mistake",
        cause="compares sums only, and a transposed table has the same sum as the right one",
        code="""
def name_the_mistake(dW, x, dout):
    right = x.T @ dout
    ratio = dW.sum() / right.sum()
    if np.isclose(ratio, 1):
        return "right"
    if np.isclose(ratio, -1):
        return "sign"
    if np.isclose(ratio, 2):
        return "doubled"
    if np.isclose(ratio, 1 / len(x)):
        return "divided by N"
    if np.isclose(dW.sum(), np.outer(x[-1], dout[-1]).sum()):
        return "last sample only"
    return "transposed"
""",
    ),
    dict(
        id="u3_name_sizes",
        exercise="name_the_mistake",
        cause="asks first whether the sizes agree, and calls what is right a sign mistake",
        code=edit(
            NAME,
            (
                "    for name, suspect",
                '    if dW.shape == right.shape and gradients_agree(np.abs(dW), np.abs(right)):\n        return "sign"\n    for name, suspect',
            ),
        ),
    ),
    dict(
        id="u3_name_squared",
        exercise="name_the_mistake",
        cause="takes the square for the double",
        code=edit(NAME, ('"doubled": 2 * right', '"doubled": right**2')),
    ),
    dict(
        id="u3_name_other_words",
        exercise="name_the_mistake",
        cause="the texts are not those of the table",
        code=edit(NAME, ('"divided by N"', '"averaged"'), ('"last sample only"', '"last sample"')),
    ),
    dict(
        id="u3_name_outer_exchanged",
        exercise="name_the_mistake",
        cause="takes dout.T @ x for right, so right and transposed exchange their names",
        code=edit(
            NAME,
            ("right = x.T @ dout", "right = dout.T @ x"),
            ("np.outer(x[-1], dout[-1])", "np.outer(dout[-1], x[-1])"),
        ),
    ),
    dict(
        id="u3_name_no_shape_first",
        exercise="name_the_mistake",
        cause="compares tables of different shapes, and NumPy complains",
        code=edit(NAME, ("dW.shape == suspect.shape and ", "")),
    ),
    dict(
        id="u3_name_returns_dict",
        exercise="name_the_mistake",
        cause="returns a list of all six answers, yes or no, not one text",
        code=edit(
            NAME,
            (
                '    for name, suspect in suspects.items():\n        if dW.shape == suspect.shape and gradients_agree(dW, suspect):\n            return name\n    raise ValueError("dW is none of the six.")',
                "    return [name for name, s in suspects.items() if dW.shape == s.shape and gradients_agree(dW, s)]",
            ),
        ),
    ),
    dict(
        id="u3_name_tolerance_of_half",
        exercise="name_the_mistake",
        cause="two slips: a tolerance of a half, and the right one is only asked for last",
        code=edit(
            NAME,
            ("gradients_agree(dW, suspect)", "gradients_agree(dW, suspect, tol=0.5)"),
            ("suspects.items()", "reversed(suspects.items())"),
        ),
    ),
    # --- 3.12
    dict(
        id="u3_bug_sum_down",
        exercise="ch3_bug",
        cause="the sum got an axis, but the wrong one: down the columns",
        code=edit(BUG, ("np.sum(e, axis=1, keepdims=True)", "np.sum(e, axis=0, keepdims=True)")),
    ),
    dict(
        id="u3_bug_eye_of_samples",
        exercise="ch3_bug",
        cause="one-hot rows are made with as many columns as there are samples",
        code=edit(BUG, ("np.eye(x.shape[1])[t]", "np.eye(len(x))[t]")),
    ),
    dict(
        id="u3_bug_eye_for_both",
        exercise="ch3_bug",
        cause="one-hot rows are used as places in the unit matrix again",
        code=edit(BUG, ("t if t.ndim == 2 else np.eye(x.shape[1])[t]", "np.eye(x.shape[1])[t]")),
    ),
    dict(
        id="u3_bug_all_entries",
        exercise="ch3_bug",
        cause="divides by the number of entries, N C, which repairs the wrong size with another",
        code=edit(BUG, ("len(self.y)", "self.y.size")),
    ),
    dict(
        id="u3_bug_in_place",
        exercise="ch3_bug",
        cause="subtracts t from the kept shares in place, so backward gives another answer the second time",
        code=edit(
            BUG,
            (
                "        return dout * (self.y - self.t) / len(self.y)",
                "        self.y -= self.t\n        return dout * self.y / len(self.y)",
            ),
        ),
    ),
    dict(
        id="u3_bug_delta_multiplied",
        exercise="ch3_bug",
        cause="the tiny number multiplies the share inside the logarithm where it is to be added",
        code=edit(BUG, ("share + 1e-7", "share * 1e-7")),
    ),
    dict(
        id="u3_bug_share_of_columns",
        exercise="ch3_bug",
        cause="the shares of the right classes are added down the columns",
        code=edit(BUG, ("np.sum(self.y * self.t, axis=1)", "np.sum(self.y * self.t, axis=0)")),
    ),
    dict(
        id="u3_bug_loss_not_averaged",
        exercise="ch3_bug",
        cause="the loss is a sum, the gradient an average",
        code=edit(BUG, ("-np.mean(", "-np.sum(")),
    ),
    dict(
        id="u3_bug_dout_in_bracket",
        exercise="ch3_bug",
        cause="dout multiplies the shares only, not the difference",
        code=edit(BUG, ("dout * (self.y - self.t)", "(dout * self.y - self.t)")),
    ),
    dict(
        id="u3_bug_max_alone",
        exercise="ch3_bug",
        cause="the sum is repaired, the largest is still that of the batch: rows far below it become 0 over 0",
        code=edit(BUG, ("np.max(x, axis=1, keepdims=True)", "np.max(x)")),
    ),
    dict(
        id="u3_bug_two_left",
        exercise="ch3_bug",
        cause="two faults are left: dout isn't used, and the tiny number stands behind the logarithm",
        code=edit(
            BUG,
            ("dout * (self.y - self.t)", "(self.y - self.t)"),
            ("np.log(share + 1e-7)", "np.log(share) + 1e-7"),
        ),
    ),
    dict(
        id="u3_bug_delta_too_large",
        exercise="ch3_bug",
        cause="a hundredth is added inside the logarithm, which bends every loss",
        code=edit(BUG, ("share + 1e-7", "share + 1e-2")),
    ),
]
