"""Chapter 1: wrong answers written without knowledge of the catalogue."""


def edit(text, *pairs):
    """text with every (old, new) pair replaced; each old must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


MUL = """
class MulLayer:
    def __init__(self):
        self.x = None
        self.y = None

    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x

"""
ADD = """
class AddLayer:
    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return dout * 1, dout * 1

"""
APPLE = (
    MUL
    + """
def apple_graph(apple, num, tax):
    apple_layer, tax_layer = MulLayer(), MulLayer()
    apple_price = apple_layer.forward(apple, num)
    price = tax_layer.forward(apple_price, tax)

    dapple_price, dtax = tax_layer.backward(1)
    dapple, dnum = apple_layer.backward(dapple_price)
    return price, (dapple, dnum, dtax)
"""
)
FRUIT = (
    MUL
    + ADD
    + """
def fruit_graph(apple, apple_num, orange, orange_num, tax):
    apple_layer, orange_layer, tax_layer = MulLayer(), MulLayer(), MulLayer()
    total_layer = AddLayer()
    apple_price = apple_layer.forward(apple, apple_num)
    orange_price = orange_layer.forward(orange, orange_num)
    total = total_layer.forward(apple_price, orange_price)
    price = tax_layer.forward(total, tax)

    dtotal, dtax = tax_layer.backward(1)
    dapple_price, dorange_price = total_layer.backward(dtotal)
    dorange, dorange_num = orange_layer.backward(dorange_price)
    dapple, dapple_num = apple_layer.backward(dapple_price)
    gradients = {
        "apple": dapple,
        "apple_num": dapple_num,
        "orange": dorange,
        "orange_num": dorange_num,
        "tax": dtax,
    }
    return price, gradients
"""
)
CHAIN = (
    MUL
    + ADD
    + """
def chain_square_sum(x, y):
    add, square = AddLayer(), MulLayer()
    t = add.forward(x, y)
    z = square.forward(t, t)

    dt_left, dt_right = square.backward(1)
    dx, dy = add.backward(dt_left + dt_right)
    return z, dx, dy
"""
)
NODES = """
class SubLayer:
    def forward(self, x, y):
        return x - y

    def backward(self, dout):
        return dout * 1, dout * -1


class DivLayer:
    def __init__(self):
        self.kept = None

    def forward(self, x, y):
        self.kept = x, y
        return x / y

    def backward(self, dout):
        x, y = self.kept
        return dout / y, -dout * x / y**2


class PowLayer:
    def __init__(self, n):
        self.n = n
        self.kept = None

    def forward(self, x):
        self.kept = x
        return x**self.n

    def backward(self, dout):
        return dout * self.n * self.kept ** (self.n - 1)


class ExpLayer:
    def __init__(self):
        self.kept = None

    def forward(self, x):
        self.kept = np.exp(x)
        return self.kept

    def backward(self, dout):
        return dout * self.kept


class LogLayer:
    def __init__(self):
        self.kept = None

    def forward(self, x):
        self.kept = x
        return np.log(x)

    def backward(self, dout):
        return dout / self.kept
"""
TOY = """
def toy_forward(x, beta, omega):
    f0 = beta[0] + omega[0] * x
    h1 = np.sin(f0)
    f1 = beta[1] + omega[1] * h1
    h2 = np.exp(f1)
    f2 = beta[2] + omega[2] * h2
    h3 = np.cos(f2)
    f3 = beta[3] + omega[3] * h3
    return f0, h1, f1, h2, f2, h3, f3


def toy_backward(x, y, beta, omega):
    f0, h1, f1, h2, f2, h3, f3 = toy_forward(x, beta, omega)
    df3 = 2 * (f3 - y)
    dh3 = df3 * omega[3]
    df2 = dh3 * -np.sin(f2)
    dh2 = df2 * omega[2]
    df1 = dh2 * h2
    dh1 = df1 * omega[1]
    df0 = dh1 * np.cos(f0)
    dbeta = np.array([df0, df1, df2, df3])
    domega = np.array([df0 * x, df1 * h1, df2 * h2, df3 * h3])
    return (df3, dh3, df2, dh2, df1, dh1, df0), dbeta, domega
"""
JUDGE = """
def relative_error(a, n):
    a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
    larger = np.maximum(np.abs(a), np.abs(n))
    larger = np.where(larger == 0, 1, larger)
    return float(np.max(np.abs(a - n) / larger))


def gradients_agree(a, n, tol=1e-6):
    a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
    size = np.abs(n)
    return bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))
"""
GRAPH = """
def graph_backward(node):
    ordered, seen = [], set()

    def visit(current):
        if id(current) not in seen:
            seen.add(id(current))
            for source in current.inputs:
                visit(source)
            ordered.append(current)

    visit(node)
    for current in ordered:
        current.grad = 0.0
    node.grad = 1.0
    for current in reversed(ordered):
        for source, local in zip(current.inputs, current.local_grads):
            source.grad += current.grad * local
"""
COUNT = """
def count_wrong(analytic, numeric, tol=1e-7):
    analytic, numeric = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
    gap = np.abs(analytic - numeric)
    larger = np.maximum(np.abs(analytic), np.abs(numeric))
    error = np.divide(gap, larger, out=np.zeros(gap.shape), where=larger != 0)
    return int(np.sum(error > tol))
"""

UNSEEN = [
    # --- 1.1
    dict(
        id="u1_mul_dy_from_dx",
        exercise="mul_layer",
        cause="dy is computed from dx, not from dout, so it has a factor y too many",
        code="""
class MulLayer:
    def forward(self, x, y):
        self.x = x
        self.y = y
        return x * y

    def backward(self, dout):
        dx = dout * self.y
        dy = dx * self.x
        return dx, dy
""",
    ),
    dict(
        id="u1_mul_class_attributes",
        exercise="mul_layer",
        cause="the inputs are kept on the class, so all MulLayers share the last pair",
        code="""
class MulLayer:
    x = None
    y = None

    def forward(self, x, y):
        MulLayer.x, MulLayer.y = x, y
        return x * y

    def backward(self, dout):
        return dout * MulLayer.y, dout * MulLayer.x
""",
    ),
    dict(
        id="u1_mul_np_dot",
        exercise="mul_layer",
        cause="np.dot in place of the product entry by entry: a matrix product for arrays",
        code="""
class MulLayer:
    def __init__(self):
        self.x = self.y = None

    def forward(self, x, y):
        self.x, self.y = x, y
        return np.dot(x, y)

    def backward(self, dout):
        return np.dot(dout, self.y), np.dot(self.x, dout)
""",
    ),
    dict(
        id="u1_mul_first_inputs_stay",
        exercise="mul_layer",
        cause="the inputs are only kept if nothing was kept before, so a second pass uses the old ones",
        code="""
class MulLayer:
    def __init__(self):
        self.x = None
        self.y = None

    def forward(self, x, y):
        if self.x is None:
            self.x = x
            self.y = y
        return x * y

    def backward(self, dout):
        return (dout * self.y, dout * self.x)
""",
    ),
    dict(
        id="u1_mul_returns_dict",
        exercise="mul_layer",
        cause="backward returns a dictionary where a pair was asked for",
        code=edit(
            MUL,
            (
                "return dout * self.y, dout * self.x",
                'return {"dx": dout * self.y, "dy": dout * self.x}',
            ),
        ),
    ),
    dict(
        id="u1_mul_quotient_with_epsilon",
        exercise="mul_layer",
        cause="divides the output by the input plus an epsilon; where an input is 0 its gradient comes out as 0",
        code="""
class MulLayer:
    def forward(self, x, y):
        self.x, self.y = x, y
        self.out = x * y
        return self.out

    def backward(self, dout):
        eps = 1e-12
        dx = dout * self.out / (self.x + eps)
        dy = dout * self.out / (self.y + eps)
        return dx, dy
""",
    ),
    dict(
        id="u1_mul_sign_lost",
        exercise="mul_layer",
        cause="takes the size of the other input, so its sign is lost",
        code=edit(MUL, ("dout * self.y, dout * self.x", "dout * abs(self.y), dout * abs(self.x)")),
    ),
    dict(
        id="u1_mul_accumulates",
        exercise="mul_layer",
        cause="adds the new gradients to those of the last call, as PyTorch does",
        code="""
class MulLayer:
    def __init__(self):
        self.x, self.y = None, None
        self.dx, self.dy = 0, 0

    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        self.dx = self.dx + dout * self.y
        self.dy = self.dy + dout * self.x
        return self.dx, self.dy
""",
    ),
    dict(
        id="u1_mul_in_place_product",
        exercise="mul_layer",
        cause="multiplies in place before keeping x, so for arrays the kept x is the product (and the input is changed)",
        code="""
class MulLayer:
    def forward(self, x, y):
        x *= y
        self.x = x
        self.y = y
        return x

    def backward(self, dout):
        return dout * self.y, dout * self.x
""",
    ),
    dict(
        id="u1_mul_sums_entries",
        exercise="mul_layer",
        cause="adds the gradient up over all entries, so arrays get one number",
        code=edit(
            MUL, ("dout * self.y, dout * self.x", "np.sum(dout * self.y), np.sum(dout * self.x)")
        ),
    ),
    # --- 1.2
    dict(
        id="u1_add_share_in_proportion",
        exercise="add_layer",
        cause="splits the upstream gradient in proportion to the two inputs",
        code="""
class AddLayer:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x + y

    def backward(self, dout):
        total = self.x + self.y
        return dout * self.x / total, dout * self.y / total
""",
    ),
    dict(
        id="u1_add_np_sum_of_pair",
        exercise="add_layer",
        cause="np.sum of the pair adds all entries, so arrays give one number",
        code=edit(ADD, ("return x + y", "return np.sum((x, y))")),
    ),
    dict(
        id="u1_add_both_gradients_added",
        exercise="add_layer",
        cause="adds the two gradients to one, as a branch does, and returns one value",
        code="""
class AddLayer:
    def forward(self, x, y):
        out = x + y
        return out

    def backward(self, dout):
        dx = dout * 1
        dy = dout * 1
        return dx + dy
""",
    ),
    dict(
        id="u1_add_mean_node",
        exercise="add_layer",
        cause="averages the inputs where they are to be added, and differentiates that",
        code="""
class AddLayer:
    def forward(self, x, y):
        return (x + y) / 2

    def backward(self, dout):
        return dout / 2, dout / 2
""",
    ),
    dict(
        id="u1_add_minus_dy",
        exercise="add_layer",
        cause="gives y minus the upstream gradient, as a difference would",
        code=edit(ADD, ("dout * 1, dout * 1", "dout, -dout")),
    ),
    dict(
        id="u1_add_multiplies_by_inputs",
        exercise="add_layer",
        cause="the product's backward: multiplies by inputs that forward never kept",
        code=edit(ADD, ("dout * 1, dout * 1", "dout * self.y, dout * self.x")),
    ),
    dict(
        id="u1_add_sum_method",
        exercise="add_layer",
        cause="dout.sum() adds up all entries of dout, and a plain number has no sum",
        code=edit(ADD, ("dout * 1, dout * 1", "dout.sum(), dout.sum()")),
    ),
    dict(
        id="u1_add_concatenates",
        exercise="add_layer",
        cause="list-like plus: np.hstack puts the inputs side by side where they are to be added",
        code=edit(ADD, ("return x + y", "return np.hstack([x, y])")),
    ),
    dict(
        id="u1_add_one_plus_dout",
        exercise="add_layer",
        cause="adds the local gradient 1 to dout where it should multiply",
        code=edit(ADD, ("dout * 1, dout * 1", "1 + dout, 1 + dout")),
    ),
    dict(
        id="u1_add_whole_numbers",
        exercise="add_layer",
        cause="turns the sum into a whole number",
        code=edit(ADD, ("return x + y", "return np.asarray(x + y).astype(int)")),
    ),
    # --- 1.3
    dict(
        id="u1_apple_one_plus_tax",
        exercise="apple_graph",
        cause="treats the tax as a rate and multiplies by 1 + tax",
        code=edit(APPLE, ("forward(apple_price, tax)", "forward(apple_price, 1 + tax)")),
    ),
    dict(
        id="u1_apple_upstream_is_price",
        exercise="apple_graph",
        cause="starts the backward pass with the price, not with 1",
        code=edit(APPLE, ("tax_layer.backward(1)", "tax_layer.backward(price)")),
    ),
    dict(
        id="u1_apple_dtax_goes_on",
        exercise="apple_graph",
        cause="hands the gradient of the tax on to the apple product, not that of the apple price",
        code=edit(APPLE, ("apple_layer.backward(dapple_price)", "apple_layer.backward(dtax)")),
    ),
    dict(
        id="u1_apple_flat_result",
        exercise="apple_graph",
        cause="returns four numbers in a row where a price and a triple were asked for",
        code=edit(
            APPLE, ("return price, (dapple, dnum, dtax)", "return price, dapple, dnum, dtax")
        ),
    ),
    dict(
        id="u1_apple_order_as_found",
        exercise="apple_graph",
        cause="returns the gradients in the order in which they were found: the tax first",
        code=edit(APPLE, ("(dapple, dnum, dtax)", "(dtax, dapple, dnum)")),
    ),
    dict(
        id="u1_apple_elasticities",
        exercise="apple_graph",
        cause="returns relative gradients (elasticities): each times its value over the price",
        code=MUL
        + """
def apple_graph(apple, num, tax):
    first, second = MulLayer(), MulLayer()
    price = second.forward(first.forward(apple, num), tax)
    d, dtax = second.backward(1)
    dapple, dnum = first.backward(d)
    return price, (dapple * apple / price, dnum * num / price, dtax * tax / price)
""",
    ),
    dict(
        id="u1_apple_layer_skipped_forward",
        exercise="apple_graph",
        cause="computes the price by hand, so the tax node has kept nothing when backward is called",
        code=edit(
            APPLE, ("price = tax_layer.forward(apple_price, tax)", "price = apple_price * tax")
        ),
    ),
    dict(
        id="u1_apple_dtax_is_price",
        exercise="apple_graph",
        cause="closed form with the tax left in its own gradient",
        code="""
class MulLayer:
    def forward(self, x, y):
        return x * y


def apple_graph(apple, num, tax):
    price = apple * num * tax
    return price, (num * tax, apple * tax, apple * num * tax)
""",
    ),
    dict(
        id="u1_apple_tax_added",
        exercise="apple_graph",
        cause="adds the tax to the price as if it were an amount, and differentiates that",
        code=MUL
        + """
def apple_graph(apple, num, tax):
    layer = MulLayer()
    price = layer.forward(apple, num) + tax
    dapple, dnum = layer.backward(1)
    return price, (dapple, dnum, 1)
""",
    ),
    dict(
        id="u1_apple_tax_of_total_only",
        exercise="apple_graph",
        cause="wrong result returned: the price before tax, with right gradients",
        code=edit(APPLE, ("return price, (", "return apple_price, (")),
    ),
    dict(
        id="u1_apple_whole_won",
        exercise="apple_graph",
        cause="rounds the price to whole won",
        code=edit(APPLE, ("return price, (", "return round(price), (")),
    ),
    # --- 1.4
    dict(
        id="u1_fruit_keys_with_d",
        exercise="fruit_graph",
        cause="the keys are called dapple, dtax, ... and not by the arguments' names",
        code=edit(
            FRUIT,
            ('"apple":', '"dapple":'),
            ('"apple_num":', '"dapple_num":'),
            ('"orange":', '"dorange":'),
            ('"orange_num":', '"dorange_num":'),
            ('"tax":', '"dtax":'),
        ),
    ),
    dict(
        id="u1_fruit_sum_halves",
        exercise="fruit_graph",
        cause="gives each branch half of what arrives at the sum",
        code=edit(FRUIT, ("total_layer.backward(dtotal)", "dtotal / 2, dtotal / 2")),
    ),
    dict(
        id="u1_fruit_tax_pair_exchanged",
        exercise="fruit_graph",
        cause="unpacks the tax product's pair in the wrong order",
        code=edit(FRUIT, ("dtotal, dtax = tax_layer", "dtax, dtotal = tax_layer")),
    ),
    dict(
        id="u1_fruit_tax_missing",
        exercise="fruit_graph",
        cause="the dictionary has no entry for the tax",
        code=edit(FRUIT, ('        "tax": dtax,\n', "")),
    ),
    dict(
        id="u1_fruit_pairs_in_dict",
        exercise="fruit_graph",
        cause="stores the whole pair of a backward under a fruit's name, and the fruit's count gets nothing of its own",
        code=MUL
        + ADD
        + """
def fruit_graph(apple, apple_num, orange, orange_num, tax):
    a, o, t, s = MulLayer(), MulLayer(), MulLayer(), AddLayer()
    price = t.forward(s.forward(a.forward(apple, apple_num), o.forward(orange, orange_num)), tax)
    dtotal, dtax = t.backward(1)
    da, do = s.backward(dtotal)
    grads = {"apple": a.backward(da), "orange": o.backward(do), "tax": dtax}
    grads["apple_num"] = grads["apple"]
    grads["orange_num"] = grads["orange"]
    return price, grads
""",
    ),
    dict(
        id="u1_fruit_tax_on_apples_only",
        exercise="fruit_graph",
        cause="taxes the apples only (a precedence slip), and differentiates that",
        code=MUL
        + """
def fruit_graph(apple, apple_num, orange, orange_num, tax):
    price = apple * apple_num * tax + orange * orange_num
    return price, {
        "apple": apple_num * tax,
        "apple_num": apple * tax,
        "orange": orange_num,
        "orange_num": orange,
        "tax": apple * apple_num,
    }
""",
    ),
    dict(
        id="u1_fruit_zip_in_order_found",
        exercise="fruit_graph",
        cause="pairs the names with the gradients in the order in which they were found, so every name gets another's",
        code=edit(
            FRUIT,
            (
                "    return price, gradients",
                '    names = ["apple", "apple_num", "orange", "orange_num", "tax"]\n'
                "    found = [dtax, dapple, dapple_num, dorange, dorange_num]\n"
                "    gradients = dict(zip(names, found))\n"
                "    return price, gradients",
            ),
        ),
    ),
    dict(
        id="u1_fruit_returns_tuple",
        exercise="fruit_graph",
        cause="returns the five gradients in a tuple, not in a dictionary",
        code=edit(FRUIT, ("return price, gradients", "return price, tuple(gradients.values())")),
    ),
    dict(
        id="u1_fruit_product_of_branches",
        exercise="fruit_graph",
        cause="joins the two fruits by a product where a sum belongs",
        code=edit(FRUIT, ("total_layer = AddLayer()", "total_layer = MulLayer()")),
    ),
    dict(
        id="u1_fruit_dtax_apples_only",
        exercise="fruit_graph",
        cause="the gradient of the tax leaves the oranges out",
        code=edit(FRUIT, ('"tax": dtax', '"tax": apple_price')),
    ),
    dict(
        id="u1_fruit_dtotal_twice",
        exercise="fruit_graph",
        cause="two slips: the upstream gradient of the oranges is multiplied by the tax once more, and the apple's pair is exchanged",
        code=edit(
            FRUIT,
            ("orange_layer.backward(dorange_price)", "orange_layer.backward(dorange_price * tax)"),
            ("dapple, dapple_num = apple_layer", "dapple_num, dapple = apple_layer"),
        ),
    ),
    # --- 1.5
    dict(
        id="u1_chain_separate_squares",
        exercise="chain_square_sum",
        cause="differentiates x squared plus y squared: the sum has gone from the slopes",
        code="""
def chain_square_sum(x, y):
    z = (x + y) ** 2
    return z, 2 * x, 2 * y
""",
    ),
    dict(
        id="u1_chain_freshmans_dream",
        exercise="chain_square_sum",
        cause="takes (x + y)^2 for x^2 + y^2, and differentiates that rightly",
        code="""
def chain_square_sum(x, y):
    z = x**2 + y**2
    dx = 2 * x
    dy = 2 * y
    return z, dx, dy
""",
    ),
    dict(
        id="u1_chain_one_message_each",
        exercise="chain_square_sum",
        cause="gives one of the two messages to x and the other to y, where they should be added first",
        code=edit(
            CHAIN,
            ("    dx, dy = add.backward(dt_left + dt_right)\n", "    dx, dy = dt_left, dt_right\n"),
        ),
    ),
    dict(
        id="u1_chain_messages_multiplied",
        exercise="chain_square_sum",
        cause="multiplies the two messages that reach t where they should be added",
        code=edit(CHAIN, ("dt_left + dt_right", "dt_left * dt_right")),
    ),
    dict(
        id="u1_chain_caret",
        exercise="chain_square_sum",
        cause="^ is no power in Python: it raises on floats and mixes bits of whole numbers",
        code="""
def chain_square_sum(x, y):
    t = x + y
    z = t ^ 2
    return z, 2 * t, 2 * t
""",
    ),
    dict(
        id="u1_chain_pair_nested",
        exercise="chain_square_sum",
        cause="returns the slopes as a pair inside the result: two things where three were asked for",
        code=edit(CHAIN, ("return z, dx, dy", "return z, (dx, dy)")),
    ),
    dict(
        id="u1_chain_starts_with_two",
        exercise="chain_square_sum",
        cause="two factors of 2: the messages are added and the upstream gradient starts at 2 as well",
        code=edit(CHAIN, ("square.backward(1)", "square.backward(2)")),
    ),
    dict(
        id="u1_chain_times_inner",
        exercise="chain_square_sum",
        cause="multiplies the slope by x and y themselves where the inner slope is 1",
        code="""
def chain_square_sum(x, y):
    t = x + y
    z = t * t
    dz_dt = 2 * t
    return z, dz_dt * x, dz_dt * y
""",
    ),
    dict(
        id="u1_chain_doubles_for_squares",
        exercise="chain_square_sum",
        cause="squares by doubling: z is 2 (x + y), and the slopes are those of that",
        code="""
def chain_square_sum(x, y):
    t = x + y
    z = 2 * t
    return z, 2, 2
""",
    ),
    dict(
        id="u1_chain_dy_minus",
        exercise="chain_square_sum",
        cause="two slips: only one message of the product, and a minus on dy",
        code=edit(
            CHAIN,
            ("dx, dy = add.backward(dt_left + dt_right)", "dx, dy = add.backward(dt_right)"),
            ("return z, dx, dy", "return z, dx, -dy"),
        ),
    ),
    # --- 1.6
    dict(
        id="u1_nodes_div_y_not_squared",
        exercise="more_nodes",
        cause="quotient: dy is minus the numerator alone over y, the square is missing",
        code=edit(NODES, ("-dout * x / y**2", "-dout * x / y")),
    ),
    dict(
        id="u1_nodes_div_two_y",
        exercise="more_nodes",
        cause="quotient: the square of y in dy was differentiated to 2y",
        code=edit(NODES, ("-dout * x / y**2", "-dout * x / (2 * y)")),
    ),
    dict(
        id="u1_nodes_div_precedence",
        exercise="more_nodes",
        cause="quotient: x / y * y divides and multiplies again, where both y belong below",
        code=edit(NODES, ("-dout * x / y**2", "-dout * x / y * y")),
    ),
    dict(
        id="u1_nodes_pow_precedence",
        exercise="more_nodes",
        cause="power: without brackets the exponent stays n and 1 is subtracted at the end",
        code=edit(
            NODES,
            (
                "dout * self.n * self.kept ** (self.n - 1)",
                "dout * (self.n * self.kept ** self.n - 1)",
            ),
        ),
    ),
    dict(
        id="u1_nodes_pow_integral",
        exercise="more_nodes",
        cause="power: integrates in place of differentiating",
        code=edit(
            NODES,
            (
                "dout * self.n * self.kept ** (self.n - 1)",
                "dout * self.kept ** (self.n + 1) / (self.n + 1 + 1e-12)",
            ),
        ),
    ),
    dict(
        id="u1_nodes_exp_power_rule",
        exercise="more_nodes",
        cause="exponential: the power rule, x e^(x - 1)",
        code=edit(
            NODES,
            (
                "        self.kept = np.exp(x)\n        return self.kept",
                "        self.kept = x\n        return np.exp(x)",
            ),
            ("return dout * self.kept\n", "return dout * self.kept * np.exp(self.kept - 1)\n"),
        ),
    ),
    dict(
        id="u1_nodes_exp_math",
        exercise="more_nodes",
        cause="exponential: math.exp takes single numbers only and raises on arrays",
        code="import math\n" + edit(NODES, ("self.kept = np.exp(x)", "self.kept = math.exp(x)")),
    ),
    dict(
        id="u1_nodes_log10",
        exercise="more_nodes",
        cause="logarithm: to base 10 forwards, with the slope of the natural one",
        code=edit(NODES, ("np.log(x)", "np.log10(x)")),
    ),
    dict(
        id="u1_nodes_log1p",
        exercise="more_nodes",
        cause="logarithm: of 1 + x, in both passes",
        code=edit(
            NODES,
            ("return np.log(x)", "return np.log1p(x)"),
            ("return dout / self.kept", "return dout / (1 + self.kept)"),
        ),
    ),
    dict(
        id="u1_nodes_log_keeps_output",
        exercise="more_nodes",
        cause="logarithm: keeps the output and divides by it, where the input is needed",
        code=edit(
            NODES,
            (
                "        self.kept = x\n        return np.log(x)",
                "        self.kept = np.log(x)\n        return self.kept",
            ),
        ),
    ),
    dict(
        id="u1_nodes_sub_turned_round",
        exercise="more_nodes",
        cause="difference: y - x, with the slopes of that",
        code=edit(
            NODES, ("return x - y", "return y - x"), ("dout * 1, dout * -1", "-dout, dout * 1")
        ),
    ),
    dict(
        id="u1_nodes_two_at_once",
        exercise="more_nodes",
        cause="two nodes wrong: the power forgets n in front, and the logarithm multiplies by x",
        code=edit(
            NODES,
            ("dout * self.n * self.kept", "dout * self.kept"),
            ("dout / self.kept", "dout * self.kept"),
        ),
    ),
    # --- 1.7
    dict(
        id="u1_branch_pair_back",
        exercise="branch",
        cause="backward hands back the two messages unadded",
        code="""
class Branch:
    def forward(self, x):
        return x, x

    def backward(self, d1, d2):
        return d1, d2
""",
    ),
    dict(
        id="u1_branch_splits",
        exercise="branch",
        cause="sends out halves forwards and averages backwards, as if x were shared out",
        code="""
class Branch:
    def forward(self, x):
        return x / 2, x / 2

    def backward(self, d1, d2):
        return (d1 + d2) / 2
""",
    ),
    dict(
        id="u1_branch_strongest",
        exercise="branch",
        cause="only the larger message counts",
        code="""
class Branch:
    def forward(self, x):
        return x, x

    def backward(self, d1, d2):
        return np.maximum(d1, d2)
""",
    ),
    dict(
        id="u1_branch_or",
        exercise="branch",
        cause="`or` takes the first message that isn't 0, and is ambiguous for arrays",
        code="""
class Branch:
    def forward(self, x):
        return (x, x)

    def backward(self, d1, d2):
        return d1 or d2
""",
    ),
    dict(
        id="u1_branch_np_sum",
        exercise="branch",
        cause="np.sum adds all entries of both messages to a single number",
        code="""
class Branch:
    def forward(self, x):
        return x, x

    def backward(self, d1, d2):
        return np.sum([d1, d2])
""",
    ),
    dict(
        id="u1_branch_euclid",
        exercise="branch",
        cause="combines the messages like the sides of a right triangle",
        code="""
class Branch:
    def forward(self, x):
        return x, x

    def backward(self, d1, d2):
        return np.sqrt(d1**2 + d2**2)
""",
    ),
    dict(
        id="u1_branch_remembers",
        exercise="branch",
        cause="keeps adding to the messages of earlier calls",
        code="""
class Branch:
    def __init__(self):
        self.grad = 0

    def forward(self, x):
        return x, x

    def backward(self, d1, d2):
        self.grad = self.grad + d1 + d2
        return self.grad
""",
    ),
    dict(
        id="u1_branch_copy_method",
        exercise="branch",
        cause="x.copy() exists for arrays only; a number raises",
        code="""
class Branch:
    def forward(self, x):
        return x.copy(), x.copy()

    def backward(self, d1, d2):
        return d1 + d2
""",
    ),
    dict(
        id="u1_branch_times_input",
        exercise="branch",
        cause="multiplies the sum of the messages by x, as a product node would",
        code="""
class Branch:
    def forward(self, x):
        self.x = x
        return x, x

    def backward(self, d1, d2):
        return (d1 + d2) * self.x
""",
    ),
    dict(
        id="u1_branch_forward_sums",
        exercise="branch",
        cause="forward returns one value, x + x, as if the branch were the sum",
        code="""
class Branch:
    def forward(self, x):
        return x + x

    def backward(self, d1, d2):
        return d1 + d2
""",
    ),
    # --- 1.8
    dict(
        id="u1_toy_half_square",
        exercise="toy_model",
        cause="the slope of half the square: the 2 is missing",
        code=edit(TOY, ("df3 = 2 * (f3 - y)", "df3 = f3 - y")),
    ),
    dict(
        id="u1_toy_df3_is_loss",
        exercise="toy_model",
        cause="starts with the loss itself, not with its slope",
        code=edit(TOY, ("df3 = 2 * (f3 - y)", "df3 = (f3 - y) ** 2")),
    ),
    dict(
        id="u1_toy_beta_for_omega",
        exercise="toy_model",
        cause="from f3 to h3 it multiplies by beta, not by omega",
        code=edit(TOY, ("dh3 = df3 * omega[3]", "dh3 = df3 * beta[3]")),
    ),
    dict(
        id="u1_toy_cos_at_output",
        exercise="toy_model",
        cause="the slope of the cosine is taken at its output h3, not at f2",
        code=edit(TOY, ("-np.sin(f2)", "-np.sin(h3)")),
    ),
    dict(
        id="u1_toy_exp_of_exp",
        exercise="toy_model",
        cause="takes the exponential of h2, which is already one",
        code=edit(TOY, ("df1 = dh2 * h2", "df1 = dh2 * np.exp(h2)")),
    ),
    dict(
        id="u1_toy_omega_one_off",
        exercise="toy_model",
        cause="the omegas on the way back are one too low: omega[k-1] where omega[k] stands between the two",
        code=edit(
            TOY,
            ("df3 * omega[3]", "df3 * omega[2]"),
            ("df2 * omega[2]", "df2 * omega[1]"),
            ("df1 * omega[1]", "df1 * omega[0]"),
        ),
    ),
    dict(
        id="u1_toy_domega_uses_f",
        exercise="toy_model",
        cause="domega multiplies by the f before each line, where the h goes in",
        code=edit(
            TOY,
            ("[df0 * x, df1 * h1, df2 * h2, df3 * h3]", "[df0 * x, df1 * f0, df2 * f1, df3 * f2]"),
        ),
    ),
    dict(
        id="u1_toy_domega_shifted",
        exercise="toy_model",
        cause="domega multiplies by the h that comes out behind, one place too far",
        code=edit(
            TOY,
            ("[df0 * x, df1 * h1, df2 * h2, df3 * h3]", "[df0 * h1, df1 * h2, df2 * h3, df3 * f3]"),
        ),
    ),
    dict(
        id="u1_toy_dbeta_as_found",
        exercise="toy_model",
        cause="dbeta and domega are in the order in which they were found, from 3 to 0",
        code=edit(
            TOY,
            ("np.array([df0, df1, df2, df3])", "np.array([df3, df2, df1, df0])"),
            (
                "np.array([df0 * x, df1 * h1, df2 * h2, df3 * h3])",
                "np.array([df3 * h3, df2 * h2, df1 * h1, df0 * x])",
            ),
        ),
    ),
    dict(
        id="u1_toy_back_in_forward_order",
        exercise="toy_model",
        cause="returns the seven gradients from df0 to df3, the wrong way round",
        code=edit(
            TOY, ("(df3, dh3, df2, dh2, df1, dh1, df0)", "(df0, dh1, df1, dh2, df2, dh3, df3)")
        ),
    ),
    dict(
        id="u1_toy_degrees",
        exercise="toy_model",
        cause="sine and cosine of degrees forwards, with the slopes of radians",
        code=edit(
            TOY,
            ("h1 = np.sin(f0)", "h1 = np.sin(np.deg2rad(f0))"),
            ("h3 = np.cos(f2)", "h3 = np.cos(np.deg2rad(f2))"),
        ),
    ),
    dict(
        id="u1_toy_chain_restarts",
        exercise="toy_model",
        cause="the chain is not carried on: dh1 starts from df2 again and skips the exponential",
        code=edit(TOY, ("dh1 = df1 * omega[1]", "dh1 = df2 * omega[1]")),
    ),
    dict(
        id="u1_toy_loop_stops_early",
        exercise="toy_model",
        cause="the loop over the parameters stops one before the end, so beta[3] and omega[3] keep a gradient of 0",
        code=edit(
            TOY,
            (
                "    dbeta = np.array([df0, df1, df2, df3])\n",
                "    dbeta, domega = np.zeros(4), np.zeros(4)\n    df, h = [df0, df1, df2, df3], [x, h1, h2, h3]\n",
            ),
            (
                "    domega = np.array([df0 * x, df1 * h1, df2 * h2, df3 * h3])\n",
                "    for k in range(3):\n        dbeta[k] = df[k]\n        domega[k] = df[k] * h[k]\n",
            ),
        ),
    ),
    dict(
        id="u1_toy_two_slips",
        exercise="toy_model",
        cause="two slips: target minus answer at the loss, and no minus at the cosine, which cancel in part",
        code=edit(TOY, ("2 * (f3 - y)", "2 * (y - f3)"), ("-np.sin(f2)", "np.sin(f2)")),
    ),
    # --- 1.9
    dict(
        id="u1_numeric_rows_at_once",
        exercise="numeric_gradient",
        cause="loops over the first axis only, so whole rows move at once, and a number has no length",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for i in range(len(x)):
        old = x[i].copy()
        x[i] = old + h
        up = f(x)
        x[i] = old - h
        down = f(x)
        x[i] = old
        grad[i] = (up - down) / (2 * h)
    return grad
""",
    ),
    dict(
        id="u1_numeric_flatten_copy",
        exercise="numeric_gradient",
        cause="flatten makes a copy, so moving its entries never reaches x: all slopes 0",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.asarray(x, dtype=float)
    flat = x.flatten()
    grad = np.zeros(flat.size)
    for i in range(flat.size):
        old = flat[i]
        flat[i] = old + h
        above = f(x)
        flat[i] = old - h
        below = f(x)
        flat[i] = old
        grad[i] = (above - below) / (2 * h)
    return grad.reshape(x.shape)
""",
    ),
    dict(
        id="u1_numeric_f_of_flat",
        exercise="numeric_gradient",
        cause="asks f with the flat list of entries, which doesn't have the shape of x",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    flat = x.ravel().copy()
    grad = []
    for i in range(flat.size):
        step = np.zeros(flat.size)
        step[i] = h
        grad.append((f(flat + step) - f(flat - step)) / (2 * h))
    return np.array(grad).reshape(x.shape)
""",
    ),
    dict(
        id="u1_numeric_relative_step",
        exercise="numeric_gradient",
        cause="moves each entry by h times its size, and divides by 2h all the same",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        old = x[place]
        x[place] = old * (1 + h)
        above = f(x)
        x[place] = old * (1 - h)
        below = f(x)
        x[place] = old
        grad[place] = (above - below) / (2 * h)
    return grad
""",
    ),
    dict(
        id="u1_numeric_single_entry",
        exercise="numeric_gradient",
        cause="hands f the moved entry alone, not the whole array",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        grad[place] = (f(x[place] + h) - f(x[place] - h)) / (2 * h)
    return grad
""",
    ),
    dict(
        id="u1_numeric_integer_result",
        exercise="numeric_gradient",
        cause="the result is made in the image of x, so whole numbers in give truncated slopes",
        code="""
def numeric_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    moving = np.array(x, dtype=float)
    for place in np.ndindex(moving.shape):
        old = moving[place]
        moving[place] = old + h
        above = f(moving)
        moving[place] = old - h
        below = f(moving)
        moving[place] = old
        grad[place] = (above - below) / (2 * h)
    return grad
""",
    ),
    dict(
        id="u1_numeric_restored_wrong_way",
        exercise="numeric_gradient",
        cause="steps down once more where it should step up again, so every entry stays 2h too low for the next",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        x[place] += h
        above = f(x)
        x[place] -= 2 * h
        below = f(x)
        x[place] -= h
        grad[place] = (above - below) / (2 * h)
    return grad
""",
    ),
    dict(
        id="u1_numeric_np_gradient",
        exercise="numeric_gradient",
        cause="np.gradient takes differences of neighbours in an array; of the single number that f returns it makes an empty array",
        code="""
def numeric_gradient(f, x, h=1e-5):
    return np.gradient(f(np.asarray(x, dtype=float)), h)
""",
    ),
    dict(
        id="u1_numeric_second_derivative",
        exercise="numeric_gradient",
        cause="measures the second derivative",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    middle = f(x)
    for place in np.ndindex(x.shape):
        old = x[place]
        x[place] = old + h
        above = f(x)
        x[place] = old - h
        below = f(x)
        x[place] = old
        grad[place] = (above - 2 * middle + below) / h**2
    return grad
""",
    ),
    dict(
        id="u1_numeric_float32",
        exercise="numeric_gradient",
        cause="works in float32, which can't hold steps of 1e-5",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=np.float32)
    grad = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        old = x[place]
        x[place] = old + h
        above = float(f(x))
        x[place] = old - h
        below = float(f(x))
        x[place] = old
        grad[place] = (above - below) / (2 * h)
    return grad
""",
    ),
    dict(
        id="u1_numeric_flat_result",
        exercise="numeric_gradient",
        cause="returns a flat list of slopes, not an array of the shape of x",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    slopes = []
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += h
        down[place] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return np.array(slopes)
""",
    ),
    dict(
        id="u1_numeric_step_ignored",
        exercise="numeric_gradient",
        cause="the step is fixed at 0.01 inside, and the argument h only divides",
        code="""
def numeric_gradient(f, x, h=1e-5):
    step = 0.01
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += step
        down[place] -= step
        grad[place] = (f(up) - f(down)) / (2 * h)
    return grad
""",
    ),
    dict(
        id="u1_numeric_return_in_loop",
        exercise="numeric_gradient",
        cause="return stands inside the loop, so only the first entry is measured",
        code="""
def numeric_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        old = x[place]
        x[place] = old + h
        above = f(x)
        x[place] = old - h
        below = f(x)
        x[place] = old
        grad[place] = (above - below) / (2 * h)
        return grad
""",
    ),
    dict(
        id="u1_numeric_default_step",
        exercise="numeric_gradient",
        cause="the default step is 0.1 where 1e-5 was given",
        code="""
def numeric_gradient(f, x, h=0.1):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += h
        down[place] -= h
        grad[place] = (f(up) - f(down)) / (2 * h)
    return grad
""",
    ),
    # --- 1.10
    dict(
        id="u1_judge_brackets_missing",
        exercise="relative_error",
        cause="without brackets it divides by |a| only and adds |n|",
        code=edit(
            JUDGE,
            (
                "np.max(np.abs(a - n) / larger)",
                "np.max(np.abs(a - n) / np.where(a == 0, 1, np.abs(a)) + np.abs(n))",
            ),
        ),
    ),
    dict(
        id="u1_judge_sum_of_sizes",
        exercise="relative_error",
        cause="divides by the sum of the two sizes, as other courses do",
        code=edit(JUDGE, ("np.maximum(np.abs(a), np.abs(n))", "np.abs(a) + np.abs(n)")),
    ),
    dict(
        id="u1_judge_norms",
        exercise="relative_error",
        cause="compares the lengths of whole arrays, so one entry that is off is hidden by the others",
        code=edit(
            JUDGE,
            (
                "    larger = np.maximum(np.abs(a), np.abs(n))\n    larger = np.where(larger == 0, 1, larger)\n    return float(np.max(np.abs(a - n) / larger))",
                "    size = max(np.linalg.norm(a), np.linalg.norm(n))\n    return float(np.linalg.norm(a - n) / size) if size else 0.0",
            ),
        ),
    ),
    dict(
        id="u1_judge_floor_of_cs231n",
        exercise="relative_error",
        cause="a floor of 1e-8 below, as in CS231n, so tiny gradients look as if they agreed",
        code=edit(
            JUDGE,
            (
                "    larger = np.where(larger == 0, 1, larger)\n",
                "    larger = np.maximum(larger, 1e-8)\n",
            ),
        ),
    ),
    dict(
        id="u1_judge_plus_epsilon",
        exercise="relative_error",
        cause="adds 1e-6 below against division by 0, so gradients of that size look better than they are",
        code=edit(
            JUDGE,
            ("    larger = np.where(larger == 0, 1, larger)\n", "    larger = larger + 1e-6\n"),
        ),
    ),
    dict(
        id="u1_judge_floor_of_a_tenth",
        exercise="relative_error",
        cause="a floor of 0.1 below makes the error absolute for all small gradients: 0 against 0.001 gives 0.01, not 1",
        code=edit(
            JUDGE,
            (
                "    larger = np.where(larger == 0, 1, larger)\n",
                "    larger = np.clip(larger, 0.1, None)\n",
            ),
        ),
    ),
    dict(
        id="u1_judge_largest_over_largest",
        exercise="relative_error",
        cause="divides the largest difference by the largest entry of all, not entry by entry",
        code=edit(
            JUDGE, ("np.max(np.abs(a - n) / larger)", "np.max(np.abs(a - n)) / np.max(larger)")
        ),
    ),
    dict(
        id="u1_judge_nanmax",
        exercise="relative_error",
        cause="lets 0 / 0 become nan and skips it; where all entries are 0 nothing is left",
        code=edit(
            JUDGE,
            (
                "    larger = np.where(larger == 0, 1, larger)\n    return float(np.max(np.abs(a - n) / larger))",
                "    return float(np.nanmax(np.abs(a - n) / larger))",
            ),
        ),
    ),
    dict(
        id="u1_judge_allclose",
        exercise="relative_error",
        cause="gradients_agree is np.allclose, whose absolute limit of 1e-8 accepts any tiny gradient",
        code=edit(
            JUDGE,
            (
                "bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))",
                "bool(np.allclose(a, n, rtol=tol))",
            ),
        ),
    ),
    dict(
        id="u1_judge_purely_relative",
        exercise="relative_error",
        cause="gradients_agree uses relative_error alone, so right but tiny entries fail",
        code=edit(
            JUDGE,
            (
                "bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))",
                "relative_error(a, n) <= tol",
            ),
        ),
    ),
    dict(
        id="u1_judge_scale_of_a",
        exercise="relative_error",
        cause="the limit follows the size of a, the number under test, not of the measured n",
        code=edit(JUDGE, ("size = np.abs(n)", "size = np.abs(a)")),
    ),
    dict(
        id="u1_judge_tol_not_used",
        exercise="relative_error",
        cause="the limit is always 1e-6, whatever tol says",
        code=edit(JUDGE, ("<= tol * (", "<= 1e-6 * (")),
    ),
    dict(
        id="u1_judge_returns_array",
        exercise="relative_error",
        cause="gradients_agree returns a verdict for each entry, not one for all",
        code=edit(
            JUDGE,
            (
                "bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))",
                "np.abs(a - n) <= tol * (size + np.max(size))",
            ),
        ),
    ),
    dict(
        id="u1_judge_column_maxima",
        exercise="relative_error",
        cause="the largest is taken for each column, not over all entries",
        code=edit(JUDGE, ("np.max(size)", "np.max(size, axis=0)")),
    ),
    dict(
        id="u1_judge_mean_and_mean",
        exercise="relative_error",
        cause="two slips: the mean of the relative errors, and the mean size in the limit, where the largest is meant",
        code=edit(
            JUDGE,
            ("np.max(np.abs(a - n) / larger)", "np.mean(np.abs(a - n) / larger)"),
            ("np.max(size)", "np.mean(size)"),
        ),
    ),
    dict(
        id="u1_judge_strictly_smaller",
        exercise="relative_error",
        cause="gradients_agree asks for strictly smaller, so 0 and 0 don't agree",
        code=edit(JUDGE, ("<= tol * (", "< tol * (")),
    ),
    dict(
        id="u1_judge_default_tol",
        exercise="relative_error",
        cause="the default of tol was loosened from 1e-6 to 1e-2",
        code=edit(JUDGE, ("tol=1e-6", "tol=1e-2")),
    ),
    # --- 1.11
    dict(
        id="u1_graph_no_reset",
        exercise="graph_backward",
        cause="old grads are not set to 0 first",
        code=edit(GRAPH, ("    for current in ordered:\n        current.grad = 0.0\n", "")),
    ),
    dict(
        id="u1_graph_resets_on_the_way",
        exercise="graph_backward",
        cause="sets an input's grad to 0 each time before adding, so earlier messages are lost",
        code="""
def graph_backward(node):
    order = []

    def walk(n):
        if n in order:
            return
        for i in n.inputs:
            walk(i)
        order.append(n)

    walk(node)
    node.grad = 1.0
    for n in order[::-1]:
        for i, g in zip(n.inputs, n.local_grads):
            i.grad = 0.0
            i.grad += n.grad * g
""",
    ),
    dict(
        id="u1_graph_preorder",
        exercise="graph_backward",
        cause="a node speaks when it is first reached, before all of its users have spoken",
        code="""
def graph_backward(node):
    every, stack = [], [node]
    while stack:
        n = stack.pop()
        if not any(n is m for m in every):
            every.append(n)
            stack.extend(n.inputs)
    for n in every:
        n.grad = 0.0
    node.grad = 1.0
    for n in every:
        for source, local in zip(n.inputs, n.local_grads):
            source.grad += n.grad * local
""",
    ),
    dict(
        id="u1_graph_level_order",
        exercise="graph_backward",
        cause="goes level by level (breadth first), which is too early for a node that is also used further down",
        code="""
def graph_backward(node):
    queue, every = [node], [node]
    while queue:
        n = queue.pop(0)
        for source in n.inputs:
            if all(source is not m for m in every):
                every.append(source)
                queue.append(source)
    for n in every:
        n.grad = 0.0
    node.grad = 1.0
    for n in every:
        for source, local in zip(n.inputs, n.local_grads):
            source.grad = source.grad + local * n.grad
""",
    ),
    dict(
        id="u1_graph_inputs_as_set",
        exercise="graph_backward",
        cause="goes through each different input once, so a node used twice by one other gets one message",
        code=edit(
            GRAPH,
            (
                "for source, local in zip(current.inputs, current.local_grads):",
                "for source, local in dict(zip(current.inputs, current.local_grads)).items():",
            ),
        ),
    ),
    dict(
        id="u1_graph_root_is_value",
        exercise="graph_backward",
        cause="the root starts with its value, not with 1",
        code=edit(GRAPH, ("node.grad = 1.0", "node.grad = node.value")),
    ),
    dict(
        id="u1_graph_times_value",
        exercise="graph_backward",
        cause="multiplies by the input's value as well as by the local gradient",
        code=edit(GRAPH, ("current.grad * local", "current.grad * local * source.value")),
    ),
    dict(
        id="u1_graph_reset_last",
        exercise="graph_backward",
        cause="the root is set to 1 before everything is set to 0, so only zeros go down",
        code=edit(
            GRAPH,
            (
                "    for current in ordered:\n        current.grad = 0.0\n    node.grad = 1.0\n",
                "    node.grad = 1.0\n    for current in ordered:\n        current.grad = 0.0\n",
            ),
        ),
    ),
    dict(
        id="u1_graph_seen_by_value",
        exercise="graph_backward",
        cause="tells nodes apart by their value, so of two nodes with equal values one is skipped",
        code=edit(
            GRAPH,
            ("if id(current) not in seen", "if current.value not in seen"),
            ("seen.add(id(current))", "seen.add(current.value)"),
        ),
    ),
    dict(
        id="u1_graph_locals_reversed",
        exercise="graph_backward",
        cause="pairs the inputs with the local gradients in opposite order",
        code=edit(
            GRAPH,
            (
                "zip(current.inputs, current.local_grads)",
                "zip(current.inputs, current.local_grads[::-1])",
            ),
        ),
    ),
    dict(
        id="u1_graph_returns_dict",
        exercise="graph_backward",
        cause="collects the gradients in a dictionary and never sets grad",
        code="""
def graph_backward(node):
    grads = {id(node): 1.0}
    ordered = []

    def visit(n):
        if n not in ordered:
            for i in n.inputs:
                visit(i)
            ordered.append(n)

    visit(node)
    for n in reversed(ordered):
        for i, g in zip(n.inputs, n.local_grads):
            grads[id(i)] = grads.get(id(i), 0.0) + g * grads[id(n)]
    return grads
""",
    ),
    dict(
        id="u1_graph_leaves_first",
        exercise="graph_backward",
        cause="two slips: the list is read from the leaves, and messages overwrite in place of adding",
        code=edit(
            GRAPH,
            ("for current in reversed(ordered)", "for current in ordered"),
            ("source.grad += ", "source.grad = "),
        ),
    ),
    # --- 1.12
    dict(
        id="u1_count_half_repaired",
        exercise="ch1_bug",
        cause="only one of the two is taken in size",
        code=edit(
            COUNT,
            (
                "np.maximum(np.abs(analytic), np.abs(numeric))",
                "np.maximum(np.abs(analytic), numeric)",
            ),
        ),
    ),
    dict(
        id="u1_count_abs_outside",
        exercise="ch1_bug",
        cause="takes the size after the maximum: for two negatives the smaller one, and 0 for 0 against a negative",
        code=edit(
            COUNT,
            (
                "np.maximum(np.abs(analytic), np.abs(numeric))",
                "np.abs(np.maximum(analytic, numeric))",
            ),
        ),
    ),
    dict(
        id="u1_count_at_least",
        exercise="ch1_bug",
        cause="counts gaps of at least tol times the size, so two zeros count as wrong",
        code="""
def count_wrong(analytic, numeric, tol=1e-7):
    a, n = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
    larger = np.maximum(np.abs(a), np.abs(n))
    return int(np.sum(np.abs(a - n) >= tol * larger))
""",
    ),
    dict(
        id="u1_count_counts_agreeing",
        exercise="ch1_bug",
        cause="counts the entries that agree",
        code=edit(COUNT, ("error > tol", "error <= tol")),
    ),
    dict(
        id="u1_count_share",
        exercise="ch1_bug",
        cause="returns the share of wrong entries, not how many there are",
        code=edit(COUNT, ("int(np.sum(error > tol))", "float(np.mean(error > tol))")),
    ),
    dict(
        id="u1_count_smaller",
        exercise="ch1_bug",
        cause="divides by the smaller of the two sizes",
        code=edit(COUNT, ("np.maximum(np.abs(analytic)", "np.minimum(np.abs(analytic)")),
    ),
    dict(
        id="u1_count_sum_of_sizes",
        exercise="ch1_bug",
        cause="divides by the sum of the sizes, so the limit is up to twice as generous",
        code=edit(
            COUNT,
            ("np.maximum(np.abs(analytic), np.abs(numeric))", "np.abs(analytic) + np.abs(numeric)"),
        ),
    ),
    dict(
        id="u1_count_absolute",
        exercise="ch1_bug",
        cause="compares the gap itself with tol: an absolute limit",
        code="""
def count_wrong(analytic, numeric, tol=1e-7):
    gap = np.abs(np.asarray(analytic, dtype=float) - np.asarray(numeric, dtype=float))
    return int((gap > tol).sum())
""",
    ),
    dict(
        id="u1_count_largest_of_all",
        exercise="ch1_bug",
        cause="measures every gap against the largest entry of the whole array",
        code="""
def count_wrong(analytic, numeric, tol=1e-7):
    a, n = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
    scale = max(np.max(np.abs(a)), np.max(np.abs(n)))
    return int(np.sum(np.abs(a - n) > tol * scale))
""",
    ),
    dict(
        id="u1_count_abs_of_error",
        exercise="ch1_bug",
        cause="takes the size of the quotient, and the signed maximum below it stays",
        code=edit(
            COUNT,
            ("np.maximum(np.abs(analytic), np.abs(numeric))", "np.maximum(analytic, numeric)"),
            ("np.sum(error > tol)", "np.sum(np.abs(error) > tol)"),
        ),
    ),
    dict(
        id="u1_count_zeros_as_ones",
        exercise="ch1_bug",
        cause="where both are 0 the error is filled with 1, so zeros that agree are counted",
        code=edit(COUNT, ("np.zeros(gap.shape)", "np.ones(gap.shape)")),
    ),
    dict(
        id="u1_count_builtin_max",
        exercise="ch1_bug",
        cause="the built-in max can't compare two arrays entry by entry",
        code=edit(
            COUNT,
            ("np.maximum(np.abs(analytic), np.abs(numeric))", "max(abs(analytic), abs(numeric))"),
        ),
    ),
    dict(
        id="u1_count_looser_default",
        exercise="ch1_bug",
        cause="sizes are repaired, but the default limit was loosened to 1e-3, so the published row passes",
        code=edit(COUNT, ("tol=1e-7", "tol=1e-3")),
    ),
    dict(
        id="u1_count_limit_of_1e_5",
        exercise="ch1_bug",
        cause="repaired, but the default limit was changed from 1e-7 to 1e-5",
        code=edit(COUNT, ("tol=1e-7", "tol=1e-5")),
    ),
]
