"""Chapter 2: wrong answers written without knowledge of the catalogue."""


def edit(text, *pairs):
    """text with every (old, new) pair replaced; each old must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


NODES = """
class Scale:
    def __init__(self, c):
        self.c = c

    def forward(self, x):
        return self.c * x

    def backward(self, dout):
        return dout * self.c


class Shift:
    def __init__(self, c):
        self.c = c

    def forward(self, x):
        return x + self.c

    def backward(self, dout):
        return dout * 1


class ExpLayer:
    def __init__(self):
        self.y = None

    def forward(self, x):
        self.y = np.exp(x)
        return self.y

    def backward(self, dout):
        return dout * self.y


class Reciprocal:
    def __init__(self):
        self.y = None

    def forward(self, x):
        self.y = 1 / x
        return self.y

    def backward(self, dout):
        return -dout * self.y * self.y

"""
RELU = """
class Relu:
    def __init__(self):
        self.passed = None

    def forward(self, x):
        self.passed = x > 0
        return np.where(self.passed, x, 0)

    def backward(self, dout):
        return np.where(self.passed, dout, 0)

"""
FROM_NODES = (
    NODES
    + """
def sigmoid_from_nodes(x, dout=1.0):
    negate, exponential, plus_one, reciprocal = Scale(-1), ExpLayer(), Shift(1), Reciprocal()
    total = plus_one.forward(exponential.forward(negate.forward(x)))
    y = reciprocal.forward(total)

    dtotal = reciprocal.backward(dout)
    dx = negate.backward(exponential.backward(plus_one.backward(dtotal)))
    return y, dx
"""
)
SIGMOID = """
class Sigmoid:
    def __init__(self):
        self.y = None

    def forward(self, x):
        small = np.exp(-np.abs(x))
        self.y = np.where(x >= 0, 1, small) / (1 + small)
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
"""
TANH = """
class Tanh:
    def __init__(self):
        self.kept = None

    def forward(self, x):
        self.kept = np.tanh(x)
        return self.kept

    def backward(self, dout):
        return dout * (1 - self.kept**2)
"""
LEAKY = """
class LeakyRelu:
    def __init__(self, slope=0.1):
        self.slope = slope
        self.passed = None

    def forward(self, x):
        self.passed = x > 0
        return np.where(self.passed, x, self.slope * x)

    def backward(self, dout):
        return np.where(self.passed, dout, self.slope * dout)
"""
RESIDUAL = (
    RELU
    + """
class Residual:
    def __init__(self):
        self.relu = Relu()

    def forward(self, x):
        return x + self.relu.forward(x)

    def backward(self, dout):
        return dout + self.relu.backward(dout)
"""
)
COMPOSE = """
class Compose:
    def __init__(self, layers):
        self.layers = list(layers)
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError("One object is one node: a layer stands in the row twice.")

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout
"""
PRINTED = """
class PrintedRelu:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx
"""
RELU_BACK = """
    def backward(self, dout):
        return np.where(self.passed, dout, 0)
"""
RELU_FORWARD = """
class Relu:
    def __init__(self):
        self.passed = None

    def forward(self, x):
        self.passed = x > 0
        return np.where(self.passed, x, 0)
"""

UNSEEN = [
    # --- 2.1
    dict(
        id="u2_reluf_absolute_value",
        exercise="relu_forward",
        cause="takes the size of every number, so negative ones come out positive and not 0",
        code="""
class Relu:
    def forward(self, x):
        self.passed = x > 0
        return np.abs(x)
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_relu6",
        exercise="relu_forward",
        cause="cuts off above 6 as well (ReLU6)",
        code="""
class Relu:
    def forward(self, x):
        self.passed = x > 0
        return np.clip(x, 0, 6)
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_selects",
        exercise="relu_forward",
        cause="returns the positive entries in a row and drops the others, so the shape is lost",
        code="""
class Relu:
    def __init__(self):
        self.passed = None

    def forward(self, x):
        self.passed = x > 0
        return x[self.passed]

    def backward(self, dout):
        raise NotImplementedError("TO DO 2.2")
""",
    ),
    dict(
        id="u2_reluf_builtin_max",
        exercise="relu_forward",
        cause="the built-in max asks one yes-or-no question of the whole array",
        code="""
class Relu:
    def forward(self, x):
        self.passed = x > 0
        return max(0, x)
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_where_alone",
        exercise="relu_forward",
        cause="np.where with a condition alone returns the places, not the numbers",
        code="""
class Relu:
    def forward(self, x):
        self.passed = np.where(x > 0)
        return self.passed

    def backward(self, dout):
        dx = np.zeros_like(dout)
        dx[self.passed] = dout[self.passed]
        return dx
""",
    ),
    dict(
        id="u2_reluf_above_one",
        exercise="relu_forward",
        cause="the corner stands at 1, so numbers between 0 and 1 don't pass",
        code="""
class Relu:
    def forward(self, x):
        self.passed = x >= 1
        return np.where(self.passed, x, 0)
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_softplus",
        exercise="relu_forward",
        cause="softplus, a smooth relative of ReLU",
        code="""
class Relu:
    def forward(self, x):
        self.passed = x > 0
        return np.log(1 + np.exp(x))
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_half_forgotten",
        exercise="relu_forward",
        cause="x + |x| without the half: positive numbers are doubled",
        code="""
class Relu:
    def forward(self, x):
        self.passed = x > 0
        return x + np.abs(x)
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_two_axes_only",
        exercise="relu_forward",
        cause="loops over rows and columns, so only arrays with two axes work",
        code="""
class Relu:
    def forward(self, x):
        rows, columns = x.shape
        y = np.zeros_like(x)
        for i in range(rows):
            for j in range(columns):
                if x[i, j] > 0:
                    y[i, j] = x[i, j]
        self.passed = y > 0
        return y
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_whole_numbers",
        exercise="relu_forward",
        cause="turns the output into whole numbers",
        code="""
class Relu:
    def forward(self, x):
        self.passed = (x > 0).astype(int)
        return (x * self.passed).astype(int)
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_shifted_to_zero",
        exercise="relu_forward",
        cause="subtracts the smallest entry so that nothing is negative any more",
        code="""
class Relu:
    def forward(self, x):
        self.passed = x > 0
        return x - np.min(x)
"""
        + RELU_BACK,
    ),
    dict(
        id="u2_reluf_row_wise_if",
        exercise="relu_forward",
        cause="asks a whole row at once whether any of it is positive, and lets the row pass as it is",
        code="""
class Relu:
    def forward(self, x):
        y = np.array([row if np.any(row > 0) else row * 0 for row in x]).reshape(x.shape)
        self.passed = y > 0
        return y
"""
        + RELU_BACK,
    ),
    # --- 2.2
    dict(
        id="u2_relub_times_output",
        exercise="relu_backward",
        cause="multiplies by the output itself, where only the gate is due",
        code="""
class Relu:
    def forward(self, x):
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, dout):
        return dout * self.y
""",
    ),
    dict(
        id="u2_relub_relu_of_dout",
        exercise="relu_backward",
        cause="applies ReLU to the upstream gradient and doesn't look at x",
        code=RELU_FORWARD
        + """
    def backward(self, dout):
        return np.maximum(dout, 0)
""",
    ),
    dict(
        id="u2_relub_both_gates",
        exercise="relu_backward",
        cause="lets through only what is positive in x and in dout (guided backpropagation)",
        code=RELU_FORWARD
        + """
    def backward(self, dout):
        return dout * (self.passed & (dout > 0))
""",
    ),
    dict(
        id="u2_relub_gate_on_class",
        exercise="relu_backward",
        cause="the gates are kept on the class, so all ReLUs share the last ones",
        code="""
class Relu:
    mask = None

    def forward(self, x):
        Relu.mask = x > 0
        return x * Relu.mask

    def backward(self, dout):
        return dout * Relu.mask
""",
    ),
    dict(
        id="u2_relub_gate_at_least_zero",
        exercise="relu_backward",
        cause="asks the output whether it is at least 0, which it always is: nothing is shut",
        code="""
class Relu:
    def forward(self, x):
        y = np.where(x > 0, x, 0)
        self.passed = y >= 0
        return y

    def backward(self, dout):
        return np.where(self.passed, dout, 0)
""",
    ),
    dict(
        id="u2_relub_selects",
        exercise="relu_backward",
        cause="returns only the entries that passed, in a row",
        code=RELU_FORWARD
        + """
    def backward(self, dout):
        dx = dout[self.passed]
        return dx
""",
    ),
    dict(
        id="u2_relub_rows_as_places",
        exercise="relu_backward",
        cause="keeps the row numbers only, so a row with one open gate is open everywhere",
        code="""
class Relu:
    def forward(self, x):
        self.rows = np.where(x > 0)[0]
        return np.maximum(x, 0)

    def backward(self, dout):
        dx = np.zeros(dout.shape)
        dx[self.rows] = dout[self.rows]
        return dx
""",
    ),
    dict(
        id="u2_relub_sign",
        exercise="relu_backward",
        cause="multiplies by the sign of x, which is -1 where the gate is shut (the slope of |x|)",
        code="""
class Relu:
    def forward(self, x):
        self.sign = np.sign(x)
        return np.maximum(x, 0)

    def backward(self, dout):
        return dout * self.sign
""",
    ),
    dict(
        id="u2_relub_divides_by_gate",
        exercise="relu_backward",
        cause="divides by the gate, so shut gates give infinity",
        code=RELU_FORWARD
        + """
    def backward(self, dout):
        with np.errstate(divide="ignore", invalid="ignore"):
            return dout / self.passed
""",
    ),
    dict(
        id="u2_relub_no_return",
        exercise="relu_backward",
        cause="computes dx and doesn't return it",
        code=RELU_FORWARD
        + """
    def backward(self, dout):
        dx = np.where(self.passed, dout, 0)
""",
    ),
    dict(
        id="u2_relub_batch_average",
        exercise="relu_backward",
        cause="divides by the number of rows, an average that belongs to the loss",
        code=RELU_FORWARD
        + """
    def backward(self, dout):
        return dout * self.passed / max(dout.shape[0], 1)
""",
    ),
    dict(
        id="u2_relub_accumulates",
        exercise="relu_backward",
        cause="adds the gradient to that of the last backward",
        code="""
class Relu:
    def __init__(self):
        self.passed = None
        self.dx = 0

    def forward(self, x):
        self.passed = x > 0
        return np.where(self.passed, x, 0)

    def backward(self, dout):
        self.dx = self.dx + dout * self.passed
        return self.dx
""",
    ),
    dict(
        id="u2_relub_heaviside_of_dout",
        exercise="relu_backward",
        cause="np.heaviside(x, dout) is the step function: dout only counts where x is 0",
        code="""
class Relu:
    def forward(self, x):
        self.x = np.asarray(x, dtype=float)
        return np.maximum(x, 0)

    def backward(self, dout):
        return np.heaviside(self.x, dout)
""",
    ),
    # --- 2.3
    dict(
        id="u2_nodes_dout_not_used",
        exercise="sigmoid_from_nodes",
        cause="the way back starts with 1, not with dout",
        code=edit(FROM_NODES, ("reciprocal.backward(dout)", "reciprocal.backward(1.0)")),
    ),
    dict(
        id="u2_nodes_back_in_forward_order",
        exercise="sigmoid_from_nodes",
        cause="goes back in the forward order, and leaves the exponential out",
        code=NODES
        + """
def sigmoid_from_nodes(x, dout=1.0):
    nodes = [Scale(-1), ExpLayer(), Shift(1), Reciprocal()]
    y = x
    for node in nodes:
        y = node.forward(y)
    for node in (nodes[0], nodes[2], nodes[3]):
        dout = node.backward(dout)
    return y, dout
""",
    ),
    dict(
        id="u2_nodes_shift_before_exp",
        exercise="sigmoid_from_nodes",
        cause="adds 1 before the exponential, not after it",
        code=NODES
        + """
def sigmoid_from_nodes(x, dout=1.0):
    nodes = [Scale(-1), Shift(1), ExpLayer(), Reciprocal()]
    y = x
    for node in nodes:
        y = node.forward(y)
    for node in reversed(nodes):
        dout = node.backward(dout)
    return y, dout
""",
    ),
    dict(
        id="u2_nodes_no_minus",
        exercise="sigmoid_from_nodes",
        cause="leaves the minus out in both passes: the curve falls, and so does its slope",
        code=edit(FROM_NODES, ("Scale(-1)", "Scale(1)")),
    ),
    dict(
        id="u2_nodes_minus_not_walked_back",
        exercise="sigmoid_from_nodes",
        cause="the way back stops at the exponential; the Scale is left out, so the sign is wrong",
        code=edit(
            FROM_NODES,
            (
                "negate.backward(exponential.backward(plus_one.backward(dtotal)))",
                "exponential.backward(plus_one.backward(dtotal))",
            ),
        ),
    ),
    dict(
        id="u2_nodes_shift_minus_one",
        exercise="sigmoid_from_nodes",
        cause="shifts by -1 where 1 is added",
        code=edit(FROM_NODES, ("Shift(1)", "Shift(-1)")),
    ),
    dict(
        id="u2_nodes_each_gets_dout",
        exercise="sigmoid_from_nodes",
        cause="hands dout to every node and multiplies the four results, so dout counts four times",
        code=NODES
        + """
def sigmoid_from_nodes(x, dout=1.0):
    a, b, c, d = Scale(-1), ExpLayer(), Shift(1), Reciprocal()
    y = d.forward(c.forward(b.forward(a.forward(x))))
    dx = a.backward(dout) * b.backward(dout) * c.backward(dout) * d.backward(dout)
    return y, dx
""",
    ),
    dict(
        id="u2_nodes_slopes_added",
        exercise="sigmoid_from_nodes",
        cause="adds the four results where slopes multiply along a way",
        code=NODES
        + """
def sigmoid_from_nodes(x, dout=1.0):
    nodes = Scale(-1), ExpLayer(), Shift(1), Reciprocal()
    y = x
    for node in nodes:
        y = node.forward(y)
    return y, sum(node.backward(dout) for node in nodes)
""",
    ),
    dict(
        id="u2_nodes_exchanged_result",
        exercise="sigmoid_from_nodes",
        cause="returns dx first and y second",
        code=edit(FROM_NODES, ("return y, dx", "return dx, y")),
    ),
    dict(
        id="u2_nodes_float",
        exercise="sigmoid_from_nodes",
        cause="float() works on single numbers only and raises on arrays",
        code=edit(FROM_NODES, ("return y, dx", "return float(y), float(dx)")),
    ),
    dict(
        id="u2_nodes_upstream_times_y",
        exercise="sigmoid_from_nodes",
        cause="multiplies the upstream gradient by the output y before the walk starts",
        code=edit(FROM_NODES, ("reciprocal.backward(dout)", "reciprocal.backward(dout * y)")),
    ),
    dict(
        id="u2_nodes_no_default",
        exercise="sigmoid_from_nodes",
        cause="dout has lost its default of 1, so it can't be left out",
        code=edit(FROM_NODES, ("dout=1.0", "dout")),
    ),
    # --- 2.4
    dict(
        id="u2_sigf_precedence",
        exercise="sigmoid_forward",
        cause="without brackets it is 1/1 plus the exponential",
        code=edit(
            SIGMOID,
            (
                "        small = np.exp(-np.abs(x))\n        self.y = np.where(x >= 0, 1, small) / (1 + small)\n",
                "        self.y = 1 / 1 + np.exp(-np.clip(x, -500, 500))\n",
            ),
        ),
    ),
    dict(
        id="u2_sigf_size_only",
        exercise="sigmoid_forward",
        cause="uses e^-|x| for every entry, so negative numbers get the value of their positive twins",
        code=edit(SIGMOID, ("np.where(x >= 0, 1, small) / (1 + small)", "1 / (1 + small)")),
    ),
    dict(
        id="u2_sigf_numerator_for_positive",
        exercise="sigmoid_forward",
        cause="the two halves are exchanged: the exponential is the numerator for positive x",
        code=edit(SIGMOID, ("np.where(x >= 0, 1, small)", "np.where(x >= 0, small, 1)")),
    ),
    dict(
        id="u2_sigf_odd",
        exercise="sigmoid_forward",
        cause="makes negative entries minus the positive value, as for tanh, where it should be 1 minus it",
        code="""
class Sigmoid:
    def forward(self, x):
        s = 1 / (1 + np.exp(-np.abs(x)))
        self.y = np.where(x >= 0, s, -s)
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
""",
    ),
    dict(
        id="u2_sigf_tanh_half_missing",
        exercise="sigmoid_forward",
        cause="by tanh, without halving x first",
        code="""
class Sigmoid:
    def forward(self, x):
        self.y = 0.5 * (1 + np.tanh(x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
""",
    ),
    dict(
        id="u2_sigf_clipped_at_ten",
        exercise="sigmoid_forward",
        cause="cuts x off at -10 and 10 against overflow, so far out the output stays at 0.000045",
        code="""
class Sigmoid:
    def forward(self, x):
        x = np.clip(x, -10, 10)
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
""",
    ),
    dict(
        id="u2_sigf_hard_sigmoid",
        exercise="sigmoid_forward",
        cause="the hard sigmoid, straight lines in place of the curve",
        code="""
class Sigmoid:
    def forward(self, x):
        self.y = np.clip(0.2 * x + 0.5, 0, 1)
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
""",
    ),
    dict(
        id="u2_sigf_if_on_array",
        exercise="sigmoid_forward",
        cause="`if` asks one question of a whole array",
        code="""
class Sigmoid:
    def forward(self, x):
        if x >= 0:
            self.y = 1 / (1 + np.exp(-x))
        else:
            self.y = np.exp(x) / (1 + np.exp(x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
""",
    ),
    dict(
        id="u2_sigf_mask_one_side",
        exercise="sigmoid_forward",
        cause="fills the masked places of one half only; the array of negative ones is used with all its entries",
        code="""
class Sigmoid:
    def forward(self, x):
        y = np.zeros(x.shape)
        up = x >= 0
        y[up] = 1 / (1 + np.exp(-x[up]))
        y[~up] = np.exp(x[~up]) / (1 + np.exp(x[up]))
        self.y = y
        return y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
""",
    ),
    dict(
        id="u2_sigf_e_rounded",
        exercise="sigmoid_forward",
        cause="a rounded e: 2.718",
        code=edit(SIGMOID, ("np.exp(-np.abs(x))", "2.718 ** -np.abs(x.astype(float))")),
    ),
    dict(
        id="u2_sigf_share_of_all",
        exercise="sigmoid_forward",
        cause="divides by the sum over all entries, as softmax does",
        code="""
class Sigmoid:
    def forward(self, x):
        e = np.exp(x - np.max(x, initial=0))
        self.y = e / (1 + np.sum(e))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
""",
    ),
    dict(
        id="u2_sigf_int_container",
        exercise="sigmoid_forward",
        cause="keeps the dtype of x, so whole numbers in give 0 and 1 out",
        code="""
class Sigmoid:
    def forward(self, x):
        small = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, small) / (1 + small)
        self.y = y.astype(x.dtype)
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
""",
    ),
    # --- 2.5
    dict(
        id="u2_sigb_brackets_missing",
        exercise="sigmoid_backward",
        cause="without brackets: dout y - y, not dout y (1 - y)",
        code=edit(SIGMOID, ("dout * self.y * (1 - self.y)", "dout * self.y * 1 - self.y")),
    ),
    dict(
        id="u2_sigb_output_as_input",
        exercise="sigmoid_backward",
        cause="y^2 e^-x with the output in the place of x",
        code=edit(SIGMOID, ("dout * self.y * (1 - self.y)", "dout * self.y**2 * np.exp(-self.y)")),
    ),
    dict(
        id="u2_sigb_sigmoid_twice",
        exercise="sigmoid_backward",
        cause="applies the sigmoid to the output once more before taking s (1 - s)",
        code=edit(
            SIGMOID,
            (
                "        return dout * self.y * (1 - self.y)",
                "        s = 1 / (1 + np.exp(-self.y))\n        return dout * s * (1 - s)",
            ),
        ),
    ),
    dict(
        id="u2_sigb_one_minus_dout",
        exercise="sigmoid_backward",
        cause="the bracket has dout in it where the output belongs",
        code=edit(SIGMOID, ("dout * self.y * (1 - self.y)", "self.y * (1 - dout)")),
    ),
    dict(
        id="u2_sigb_overwrites_output",
        exercise="sigmoid_backward",
        cause="writes the slope over the kept output, so a second backward uses the slope of the slope",
        code=edit(
            SIGMOID,
            (
                "        return dout * self.y * (1 - self.y)",
                "        self.y = self.y * (1 - self.y)\n        return dout * self.y",
            ),
        ),
    ),
    dict(
        id="u2_sigb_matrix_product",
        exercise="sigmoid_backward",
        cause="a matrix product where the entries are multiplied one by one",
        code=edit(SIGMOID, ("dout * self.y * (1 - self.y)", "dout @ (self.y * (1 - self.y)).T")),
    ),
    dict(
        id="u2_sigb_self_missing",
        exercise="sigmoid_backward",
        cause="y without self is no name that backward knows",
        code=edit(SIGMOID, ("dout * self.y * (1 - self.y)", "dout * y * (1 - y)")),
    ),
    dict(
        id="u2_sigb_slope_at_zero",
        exercise="sigmoid_backward",
        cause="uses the steepest slope, a quarter, for every entry",
        code=edit(SIGMOID, ("dout * self.y * (1 - self.y)", "dout * 0.25 * np.ones_like(self.y)")),
    ),
    dict(
        id="u2_sigb_square_in_bracket",
        exercise="sigmoid_backward",
        cause="y (1 - y)^2: the bracket is squared",
        code=edit(SIGMOID, ("(1 - self.y)", "(1 - self.y) ** 2")),
    ),
    dict(
        id="u2_sigb_first_slope_stays",
        exercise="sigmoid_backward",
        cause="computes the slope once and uses it for every later batch",
        code="""
class Sigmoid:
    def __init__(self):
        self.y = None
        self.slope = None

    def forward(self, x):
        small = np.exp(-np.abs(x))
        self.y = np.where(x >= 0, 1, small) / (1 + small)
        return self.y

    def backward(self, dout):
        if self.slope is None:
            self.slope = self.y * (1 - self.y)
        return dout * self.slope
""",
    ),
    dict(
        id="u2_sigb_log_slope",
        exercise="sigmoid_backward",
        cause="the slope of the sigmoid's logarithm: 1 - y alone, with a minus as well",
        code=edit(SIGMOID, ("dout * self.y * (1 - self.y)", "-dout * (1 - self.y)")),
    ),
    # --- 2.6
    dict(
        id="u2_tanh_sech_not_squared",
        exercise="tanh_layer",
        cause="the slope is 1 / cosh x without the square",
        code="""
class Tanh:
    def forward(self, x):
        self.kept = x
        return np.tanh(x)

    def backward(self, dout):
        return dout / np.cosh(np.clip(self.kept, -300, 300))
""",
    ),
    dict(
        id="u2_tanh_plus",
        exercise="tanh_layer",
        cause="1 + y^2, a sign lost in the quotient rule",
        code=edit(TANH, ("1 - self.kept**2", "1 + self.kept**2")),
    ),
    dict(
        id="u2_tanh_square_outside",
        exercise="tanh_layer",
        cause="squares the bracket, not the output in it",
        code=edit(TANH, ("(1 - self.kept**2)", "(1 - self.kept) ** 2")),
    ),
    dict(
        id="u2_tanh_brackets_missing",
        exercise="tanh_layer",
        cause="without brackets: dout - y^2",
        code=edit(TANH, ("dout * (1 - self.kept**2)", "dout * 1 - self.kept**2")),
    ),
    dict(
        id="u2_tanh_of_tanh",
        exercise="tanh_layer",
        cause="takes tanh of the kept output once more",
        code=edit(TANH, ("1 - self.kept**2", "1 - np.tanh(self.kept) ** 2")),
    ),
    dict(
        id="u2_tanh_sigmoid_not_stretched",
        exercise="tanh_layer",
        cause="2 sigmoid(x) - 1 without doubling x",
        code="""
class Tanh:
    def forward(self, x):
        s = 1 / (1 + np.exp(-np.clip(x, -700, 700)))
        self.kept = 2 * s - 1
        return self.kept

    def backward(self, dout):
        return dout * (1 - self.kept**2)
""",
    ),
    dict(
        id="u2_tanh_inner_factor_missing",
        exercise="tanh_layer",
        cause="by the sigmoid of 2x, with the outer factor 2 in the slope and without the inner one",
        code="""
class Tanh:
    def forward(self, x):
        self.s = 1 / (1 + np.exp(-2 * np.clip(x, -300, 300)))
        return 2 * self.s - 1

    def backward(self, dout):
        return dout * 2 * self.s * (1 - self.s)
""",
    ),
    dict(
        id="u2_tanh_by_hand",
        exercise="tanh_layer",
        cause="sinh over cosh by hand: infinity over infinity, nan, at 1000",
        code=edit(
            TANH,
            (
                "self.kept = np.tanh(x)",
                "self.kept = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))",
            ),
        ),
    ),
    dict(
        id="u2_tanh_arctan",
        exercise="tanh_layer",
        cause="the arc tangent, with its own slope",
        code="""
class Tanh:
    def forward(self, x):
        self.x = x
        return np.arctan(x)

    def backward(self, dout):
        return dout / (1 + self.x**2)
""",
    ),
    dict(
        id="u2_tanh_half_of_sech",
        exercise="tanh_layer",
        cause="(2 / (e^x + e^-x)) with the square over the denominator only: half the slope",
        code="""
class Tanh:
    def forward(self, x):
        self.x = np.clip(x, -300, 300)
        return np.tanh(x)

    def backward(self, dout):
        return dout * 2 / (np.exp(self.x) + np.exp(-self.x)) ** 2
""",
    ),
    dict(
        id="u2_tanh_returns_cache",
        exercise="tanh_layer",
        cause="forward returns the output and a cache, as in another course",
        code=edit(TANH, ("        return self.kept\n", "        return self.kept, x\n")),
    ),
    dict(
        id="u2_tanh_two_slips",
        exercise="tanh_layer",
        cause="two slips: the output is lowered by 1 too little (2 sigmoid(2x)), and the slope is the sigmoid's y (1 - y)",
        code="""
class Tanh:
    def forward(self, x):
        self.kept = 1 + np.tanh(x)
        return self.kept

    def backward(self, dout):
        return dout * self.kept * (1 - self.kept)
""",
    ),
    # --- 2.7
    dict(
        id="u2_leaky_max_with_slope",
        exercise="leaky_relu",
        cause="the larger of x and the slope itself, not of x and slope times x",
        code=edit(LEAKY, ("np.where(self.passed, x, self.slope * x)", "np.maximum(self.slope, x)")),
    ),
    dict(
        id="u2_leaky_pytorch_default",
        exercise="leaky_relu",
        cause="the slope is fixed at 0.01, PyTorch's default, whatever the object was made with",
        code="""
class LeakyRelu:
    def __init__(self, slope=0.1):
        self.passed = None

    def forward(self, x):
        self.passed = x > 0
        return np.where(self.passed, x, 0.01 * x)

    def backward(self, dout):
        return np.where(self.passed, dout, 0.01 * dout)
""",
    ),
    dict(
        id="u2_leaky_elu",
        exercise="leaky_relu",
        cause="ELU: slope (e^x - 1) on the negative side, with its own slope",
        code="""
class LeakyRelu:
    def __init__(self, slope=0.1):
        self.slope = slope

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.slope * np.expm1(np.minimum(x, 0)))

    def backward(self, dout):
        return np.where(self.x > 0, dout, self.slope * np.exp(np.minimum(self.x, 0)) * dout)
""",
    ),
    dict(
        id="u2_leaky_size_of_x",
        exercise="leaky_relu",
        cause="slope times |x|: what leaks is positive",
        code=edit(LEAKY, ("self.slope * x)", "self.slope * np.abs(x))")),
    ),
    dict(
        id="u2_leaky_divides_back",
        exercise="leaky_relu",
        cause="divides by the slope on the way back",
        code=edit(LEAKY, ("self.slope * dout", "dout / (self.slope + 1e-300)")),
    ),
    dict(
        id="u2_leaky_one_plus_slope",
        exercise="leaky_relu",
        cause="adds the slope everywhere, so open gates pass 1 + slope",
        code=edit(
            LEAKY,
            ("np.where(self.passed, dout, self.slope * dout)", "dout * (self.passed + self.slope)"),
        ),
    ),
    dict(
        id="u2_leaky_slope_overwritten",
        exercise="leaky_relu",
        cause="keeps the table of slopes under the name of the number slope, so the next batch uses the old table",
        code="""
class LeakyRelu:
    def __init__(self, slope=0.1):
        self.slope = slope

    def forward(self, x):
        self.slope = np.where(x > 0, 1.0, self.slope)
        return self.slope * x

    def backward(self, dout):
        return self.slope * dout
""",
    ),
    dict(
        id="u2_leaky_gate_of_dout",
        exercise="leaky_relu",
        cause="runs dout through the leaky curve: the gates are those of dout",
        code=edit(
            LEAKY,
            (
                "np.where(self.passed, dout, self.slope * dout)",
                "np.maximum(dout, self.slope * dout)",
            ),
        ),
    ),
    dict(
        id="u2_leaky_subtracts",
        exercise="leaky_relu",
        cause="subtracts the slope from negative entries, and lets their gradient through whole",
        code=edit(
            LEAKY,
            ("self.slope * x)", "x - self.slope)"),
            ("np.where(self.passed, dout, self.slope * dout)", "dout * 1"),
        ),
    ),
    dict(
        id="u2_leaky_slope_squared",
        exercise="leaky_relu",
        cause="the slope is applied twice on the way back",
        code=edit(LEAKY, ("self.slope * dout", "self.slope * self.slope * dout")),
    ),
    dict(
        id="u2_leaky_gate_from_output",
        exercise="leaky_relu",
        cause="takes the gate from y >= 0, and with a slope of 0 every y is",
        code="""
class LeakyRelu:
    def __init__(self, slope=0.1):
        self.slope = slope

    def forward(self, x):
        self.y = np.where(x > 0, x, self.slope * x)
        return self.y

    def backward(self, dout):
        return np.where(self.y >= 0, dout, self.slope * dout)
""",
    ),
    dict(
        id="u2_leaky_two_slips",
        exercise="leaky_relu",
        cause="two slips: the rest 1 - slope leaks where slope should, and a shut gate sends nothing back",
        code=edit(
            LEAKY, ("self.slope * x)", "(1 - self.slope) * x)"), ("self.slope * dout", "0 * dout")
        ),
    ),
    dict(
        id="u2_leaky_default_slope",
        exercise="leaky_relu",
        cause="the default slope is 0.01 where the class was given with 0.1",
        code=edit(LEAKY, ("slope=0.1", "slope=0.01")),
    ),
    # --- 2.8
    dict(
        id="u2_res_past_forgotten",
        exercise="residual",
        cause="forgets the way past the ReLU on the way back",
        code=edit(
            RESIDUAL, ("return dout + self.relu.backward(dout)", "return self.relu.backward(dout)")
        ),
    ),
    dict(
        id="u2_res_ways_multiplied",
        exercise="residual",
        cause="multiplies what comes back on the two ways",
        code=edit(
            RESIDUAL,
            ("return dout + self.relu.backward(dout)", "return dout * self.relu.backward(dout)"),
        ),
    ),
    dict(
        id="u2_res_ways_averaged",
        exercise="residual",
        cause="takes the average of the two ways",
        code=edit(
            RESIDUAL,
            (
                "return dout + self.relu.backward(dout)",
                "return (dout + self.relu.backward(dout)) / 2",
            ),
        ),
    ),
    dict(
        id="u2_res_relu_in_place",
        exercise="residual",
        cause="the ReLU inside writes its zeros into dout, which also goes the other way",
        code=edit(
            RESIDUAL,
            (
                "        return np.where(self.passed, dout, 0)",
                "        dout[~self.passed] = 0\n        return dout",
            ),
        ),
    ),
    dict(
        id="u2_res_forward_in_place",
        exercise="residual",
        cause="the ReLU inside writes into x on the way forward, so the way past carries zeros too",
        code=edit(
            RESIDUAL,
            (
                "        return np.where(self.passed, x, 0)",
                "        x[~self.passed] = 0\n        return x",
            ),
        ),
    ),
    dict(
        id="u2_res_forward_for_backward",
        exercise="residual",
        cause="calls the ReLU's forward with dout, which also overwrites the gates",
        code=edit(RESIDUAL, ("dout + self.relu.backward(dout)", "dout + self.relu.forward(dout)")),
    ),
    dict(
        id="u2_res_fresh_relu",
        exercise="residual",
        cause="makes a new ReLU for the way back, which has seen no x",
        code=RELU
        + """
class Residual:
    def forward(self, x):
        return x + Relu().forward(x)

    def backward(self, dout):
        return dout + Relu().backward(dout)
""",
    ),
    dict(
        id="u2_res_relu_on_class",
        exercise="residual",
        cause="one ReLU for the whole class, shared by all residuals",
        code=RELU
        + """
class Residual:
    relu = Relu()

    def forward(self, x):
        return x + self.relu.forward(x)

    def backward(self, dout):
        return dout + self.relu.backward(dout)
""",
    ),
    dict(
        id="u2_res_relu_after_sum",
        exercise="residual",
        cause="applies the ReLU once more to the sum, as a ResNet block does",
        code=RELU
        + """
class Residual:
    def __init__(self):
        self.inner, self.outer = Relu(), Relu()

    def forward(self, x):
        return self.outer.forward(x + self.inner.forward(x))

    def backward(self, dout):
        d = self.outer.backward(dout)
        return d + self.inner.backward(d)
""",
    ),
    dict(
        id="u2_res_one_for_past",
        exercise="residual",
        cause="the way past brings the slope 1 alone, not dout times it",
        code=edit(
            RESIDUAL,
            ("return dout + self.relu.backward(dout)", "return 1 + self.relu.backward(dout)"),
        ),
    ),
    dict(
        id="u2_res_relu_of_double",
        exercise="residual",
        cause="relu(x + x): both copies go through the ReLU",
        code=RELU
        + """
class Residual:
    def __init__(self):
        self.relu = Relu()

    def forward(self, x):
        return self.relu.forward(x + x)

    def backward(self, dout):
        d = self.relu.backward(dout)
        return d + d
""",
    ),
    # --- 2.9
    dict(
        id="u2_comp_always_x",
        exercise="compose",
        cause="every layer gets the first x, and only the last output is returned",
        code=edit(
            COMPOSE,
            (
                "            x = layer.forward(x)\n        return x",
                "            out = layer.forward(x)\n        return out",
            ),
        ),
    ),
    dict(
        id="u2_comp_gradients_added",
        exercise="compose",
        cause="hands the same dout to every layer and adds the results",
        code=edit(
            COMPOSE,
            (
                "        for layer in reversed(self.layers):\n            dout = layer.backward(dout)\n        return dout",
                "        return sum(layer.backward(dout) for layer in self.layers)",
            ),
        ),
    ),
    dict(
        id="u2_comp_refuses_equal_types",
        exercise="compose",
        cause="refuses two layers of one type, though two objects are fine",
        code=edit(
            COMPOSE,
            ("{id(layer) for layer in self.layers}", "{type(layer) for layer in self.layers}"),
        ),
    ),
    dict(
        id="u2_comp_drops_the_second",
        exercise="compose",
        cause="drops the second appearance of an object silently, so the row is shorter than asked",
        code="""
class Compose:
    def __init__(self, layers):
        self.layers = []
        for layer in layers:
            if not any(layer is other for other in self.layers):
                self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in self.layers[::-1]:
            dout = layer.backward(dout)
        return dout
""",
    ),
    dict(
        id="u2_comp_reverses_in_place",
        exercise="compose",
        cause="backward reverses the list itself, so the next pass runs through it the wrong way",
        code=edit(
            COMPOSE,
            (
                "        for layer in reversed(self.layers):\n",
                "        self.layers.reverse()\n        for layer in self.layers:\n",
            ),
        ),
    ),
    dict(
        id="u2_comp_iterator_used_up",
        exercise="compose",
        cause="reversed() made once is used up after the first backward; the second returns dout as it came",
        code="""
class Compose:
    def __init__(self, layers):
        if any(a is b for k, a in enumerate(layers) for b in layers[:k]):
            raise ValueError("twice")
        self.layers = layers
        self.back = reversed(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in self.back:
            dout = layer.backward(dout)
        return dout
""",
    ),
    dict(
        id="u2_comp_first_layer_skipped",
        exercise="compose",
        cause="the range stops before 0, so the first layer is left out on the way back",
        code=edit(
            COMPOSE,
            (
                "        for layer in reversed(self.layers):\n            dout = layer.backward(dout)\n",
                "        for k in range(len(self.layers) - 1, 0, -1):\n            dout = self.layers[k].backward(dout)\n",
            ),
        ),
    ),
    dict(
        id="u2_comp_return_in_loop",
        exercise="compose",
        cause="return stands inside the loop of forward: only the first layer is used",
        code=edit(
            COMPOSE,
            (
                "            x = layer.forward(x)\n        return x",
                "            x = layer.forward(x)\n            return x",
            ),
        ),
    ),
    dict(
        id="u2_comp_list_of_gradients",
        exercise="compose",
        cause="returns the gradients of all layers in a list",
        code=edit(
            COMPOSE,
            (
                "        for layer in reversed(self.layers):\n            dout = layer.backward(dout)\n        return dout",
                "        grads = []\n        for layer in reversed(self.layers):\n            dout = layer.backward(dout)\n            grads.append(dout)\n        return grads",
            ),
        ),
    ),
    dict(
        id="u2_comp_copies_per_pass",
        exercise="compose",
        cause="copies every layer on the way forward, so those asked on the way back have seen nothing",
        code="import copy\n"
        + edit(COMPOSE, ("x = layer.forward(x)", "x = copy.deepcopy(layer).forward(x)")),
    ),
    dict(
        id="u2_comp_dout_twice",
        exercise="compose",
        cause="multiplies by dout again after each layer, which has done so already",
        code=edit(COMPOSE, ("dout = layer.backward(dout)", "dout = dout * layer.backward(dout)")),
    ),
    # --- 2.10
    dict(
        id="u2_sat_mean_first",
        exercise="saturation",
        cause="asks the mean slope whether it is small, and answers 0 or 1",
        code="""
def saturation(slopes, below=0.01):
    return float(np.mean(np.abs(slopes)) < below)
""",
    ),
    dict(
        id="u2_sat_per_column",
        exercise="saturation",
        cause="a share for each column, not one for all entries",
        code="""
def saturation(slopes, below=0.01):
    return np.mean(np.abs(slopes) < below, axis=0)
""",
    ),
    dict(
        id="u2_sat_over_rows",
        exercise="saturation",
        cause="divides the count by the number of rows, not of entries",
        code="""
def saturation(slopes, below=0.01):
    stuck = np.sum(np.abs(slopes) < below)
    return float(stuck / len(slopes))
""",
    ),
    dict(
        id="u2_sat_zeros_left_out",
        exercise="saturation",
        cause="counts what isn't 0 among the small entries, so exact zeros are left out",
        code="""
def saturation(slopes, below=0.01):
    small = slopes[np.abs(slopes) < below]
    return np.count_nonzero(small) / slopes.size
""",
    ),
    dict(
        id="u2_sat_limit_ignored",
        exercise="saturation",
        cause="the limit is always 0.01, whatever below says",
        code="""
def saturation(slopes, below=0.01):
    return float((abs(slopes) < 0.01).mean())
""",
    ),
    dict(
        id="u2_sat_per_cent",
        exercise="saturation",
        cause="in per cent, not as a share from 0 to 1",
        code="""
def saturation(slopes, below=0.01):
    return 100.0 * np.mean(np.abs(slopes) < below)
""",
    ),
    dict(
        id="u2_sat_relative_limit",
        exercise="saturation",
        cause="compares with below times the largest slope",
        code="""
def saturation(slopes, below=0.01):
    size = np.abs(slopes)
    return float(np.mean(size < below * size.max()))
""",
    ),
    dict(
        id="u2_sat_alive",
        exercise="saturation",
        cause="the share of entries that are not stuck",
        code="""
def saturation(slopes, below=0.01):
    return 1 - float(np.mean(np.abs(slopes) < below))
""",
    ),
    dict(
        id="u2_sat_at_most",
        exercise="saturation",
        cause="counts entries exactly at the limit, which aren't smaller",
        code="""
def saturation(slopes, below=0.01):
    flat = np.abs(slopes).ravel()
    return sum(1 for s in flat if s <= below) / flat.size
""",
    ),
    dict(
        id="u2_sat_slope_of_y",
        exercise="saturation",
        cause="takes the entries for outputs and counts where y (1 - y) is small",
        code="""
def saturation(slopes, below=0.01):
    s = slopes * (1 - slopes)
    return float(np.mean(np.abs(s) < below))
""",
    ),
    dict(
        id="u2_sat_rows_all_small",
        exercise="saturation",
        cause="the share of rows in which every entry is small",
        code="""
def saturation(slopes, below=0.01):
    return float(np.mean(np.all(np.abs(slopes) < below, axis=-1)))
""",
    ),
    dict(
        id="u2_sat_default_limit",
        exercise="saturation",
        cause="the default limit is 0.1 where 0.01 was given",
        code="""
def saturation(slopes, below=0.1):
    return float(np.mean(np.abs(slopes) < below))
""",
    ),
    # --- 2.11
    dict(
        id="u2_bug_mask_after_zeroing",
        exercise="ch2_bug",
        cause="the mask is taken from the output below 0, where nothing is, so every gate is open on the way back",
        code=edit(
            PRINTED,
            (
                "        self.mask = x <= 0\n        out = x.copy()\n        out[self.mask] = 0\n",
                "        out = x.copy()\n        out[out <= 0] = 0\n        self.mask = out < 0\n",
            ),
        ),
    ),
    dict(
        id="u2_bug_copy_called_twice",
        exercise="ch2_bug",
        cause="calls the method anew each time, so the zeros go into a copy that nobody keeps",
        code=edit(
            PRINTED,
            (
                "        out = x.copy()\n        out[self.mask] = 0\n        return out",
                "        out = x.copy\n        out()[self.mask] = 0\n        return out()",
            ),
        ),
    ),
    dict(
        id="u2_bug_returns_mask",
        exercise="ch2_bug",
        cause="forward returns the mask",
        code=edit(PRINTED, ("return out", "return self.mask")),
    ),
    dict(
        id="u2_bug_dx_masked_only",
        exercise="ch2_bug",
        cause="dx is only the masked part of dout, times 0",
        code=edit(
            PRINTED,
            (
                "        dx = dout.copy()\n        dx[self.mask] = 0\n",
                "        dx = dout[self.mask] * 0\n",
            ),
        ),
    ),
    dict(
        id="u2_bug_shut_pass",
        exercise="ch2_bug",
        cause="copies dout into the shut places and leaves 0 in the open ones",
        code=edit(
            PRINTED,
            (
                "        dx = dout.copy()\n        dx[self.mask] = 0\n",
                "        dx = np.zeros_like(dout)\n        dx[self.mask] = dout[self.mask]\n",
            ),
        ),
    ),
    dict(
        id="u2_bug_same_fault_below",
        exercise="ch2_bug",
        cause="repaired forwards, and the same fault made backwards: copy without a call",
        code=edit(PRINTED, ("dx = dout.copy()", "dx = dout.copy")),
    ),
    dict(
        id="u2_bug_third_left",
        exercise="ch2_bug",
        cause="the masked assignment still gets the whole array",
        code=edit(PRINTED, ("dx[self.mask] = 0", "dx[self.mask] = dout * 0")),
    ),
    dict(
        id="u2_bug_deleted",
        exercise="ch2_bug",
        cause="keeps only the entries that pass, where the others should become 0",
        code=edit(
            PRINTED,
            (
                "        out[self.mask] = 0\n        return out",
                "        out = out[~self.mask]\n        return out",
            ),
        ),
    ),
    dict(
        id="u2_bug_minus_mask",
        exercise="ch2_bug",
        cause="1 - mask is right for gates, but 1 - dout * mask isn't: the bracket is missing",
        code=edit(
            PRINTED,
            (
                "        dx = dout.copy()\n        dx[self.mask] = 0\n",
                "        dx = 1 - dout * self.mask\n",
            ),
        ),
    ),
    dict(
        id="u2_bug_ones_for_open",
        exercise="ch2_bug",
        cause="returns the open gates themselves; dout is only copied for its shape",
        code=edit(PRINTED, ("        dx = dout.copy()\n", "        dx = np.ones_like(dout)\n")),
    ),
    dict(
        id="u2_bug_mask_of_dout",
        exercise="ch2_bug",
        cause="asks dout anew which entries are shut",
        code=edit(PRINTED, ("dx[self.mask] = 0", "dx[dout <= 0] = 0")),
    ),
    dict(
        id="u2_bug_two_left",
        exercise="ch2_bug",
        cause="two faults: forward returns nothing, and the mask on the way back is inverted",
        code=edit(
            PRINTED, ("        return out\n", ""), ("dx[self.mask] = 0", "dx[~self.mask] = 0")
        ),
    ),
]
