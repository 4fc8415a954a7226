"""Chapter 2, activation layers: what people write, and what is wrong with it."""

from __future__ import annotations

from grader_tests.mistakes import Mistake
from grader_tests.mistakes.ch1 import code, layer

# --- 2.1 ReLU, forwards

GATES = "self.passed = x > 0\n"
RELU_FORWARD = f"{GATES}return np.where(self.passed, x, 0)"
RELU_BACKWARD = "return np.where(self.passed, dout, 0)"


def relu(forward: str = RELU_FORWARD, backward: str = RELU_BACKWARD) -> str:
    return layer("Relu", "x", forward, backward)


RELU_THERE = [
    Mistake(
        "relu_copy_uncalled",
        "relu_forward",
        "a method named, not called",
        "x.copy without parentheses is the method itself, and nothing can be written into that.",
        "What does type(x.copy) say?",
        relu(f"{GATES}out = x.copy\nout[~self.passed] = 0\nreturn out"),
        diagnoses=("error_uncalled",),
    ),
    Mistake(
        "relu_largest_of_a_row",
        "relu_forward",
        "np.max for np.maximum",
        "np.max looks for the largest entry along an axis; 0 is taken for the number of that axis.",
        "What shape has np.max(x, 0) for an x of shape (7, 3)?",
        relu(f"{GATES}return np.max(x, 0)"),
    ),
    Mistake(
        "relu_maximum_of_one",
        "relu_forward",
        "np.maximum with one argument",
        "np.maximum compares two things entry by entry, and gets only one of them.",
        "The larger of x and what?",
        relu(f"{GATES}return np.maximum(x)"),
        diagnoses=("error_arguments",),
    ),
    Mistake(
        "relu_minus_mask",
        "relu_forward",
        "a minus before a mask",
        "True and False have no sign, so NumPy refuses the minus and names the tilde.",
        "How does one write 'not' for a whole array?",
        relu(f"{GATES}out = x.copy()\nout[-self.passed] = 0\nreturn out"),
        diagnoses=("error_mask_minus",),
    ),
    Mistake(
        "relu_bounded_above",
        "relu_forward",
        "an upper bound slipped in",
        "The clip between 0 and 1 cuts positive numbers off as well.",
        "What is forward(3)?",
        relu(f"{GATES}return np.clip(x, 0, 1)"),
    ),
    Mistake(
        "relu_gates_returned",
        "relu_forward",
        "the gates returned",
        "Ones and zeros come out, where the numbers that passed are wanted.",
        "Do 2 and 2000 leave a ReLU alike?",
        relu(f"{GATES}return self.passed * 1.0"),
    ),
    Mistake(
        "relu_leaks",
        "relu_forward",
        "a leak left in",
        "Negative numbers come through with a hundredth of their size.",
        "What is a ReLU of -100?",
        relu(f"{GATES}return np.where(self.passed, x, 0.01 * x)"),
    ),
    Mistake(
        "relu_absolute",
        "relu_forward",
        "sizes instead of positive parts",
        "Negative numbers lose their sign instead of becoming 0.",
        "Which of |x| and relu(x) can tell 3 from -3?",
        relu(f"{GATES}return np.abs(x)"),
    ),
    Mistake(
        "relu_if",
        "relu_forward",
        "an if for a whole array",
        "One if can't answer a question that is asked of every entry.",
        "Is [1, -2] > 0 true or false?",
        relu(f"{GATES}if x > 0:\n    return x\nreturn 0"),
        diagnoses=("error_ambiguous",),
    ),
    Mistake(
        "relu_built_in_max",
        "relu_forward",
        "Python's max",
        "max compares its two arguments as a whole, and an array has no single answer.",
        "Which of [1, -2] and 0 is the larger?",
        relu(f"{GATES}return max(x, 0)"),
        diagnoses=("error_ambiguous",),
    ),
    Mistake(
        "relu_nothing_returned",
        "relu_forward",
        "no return",
        "The output is computed and never handed on.",
        "What does the next layer receive?",
        relu(f"{GATES}out = x * self.passed"),
        diagnoses=("nothing",),
    ),
    Mistake(
        "relu_selected",
        "relu_forward",
        "the shut entries left out",
        "x[x > 0] keeps the positive entries only, in one row, and the places are lost.",
        "Which shape does the output have?",
        relu(f"{GATES}return x[self.passed]"),
    ),
    Mistake(
        "relu_other_half",
        "relu_forward",
        "the negative half kept",
        "The choice is turned round, so that negative numbers pass.",
        "For x = 3, which of your two cases holds?",
        relu(f"{GATES}return np.where(self.passed, 0, x)"),
    ),
    Mistake(
        "relu_cut_to_integers",
        "relu_forward",
        "an array of integers filled",
        "The output array is made for integers and cuts off everything after the point.",
        "What does an integer array hold after you write 2.7 into it?",
        relu(
            f"{GATES}out = np.zeros(x.shape, dtype=int)\n"
            "out[self.passed] = x[self.passed]\nreturn out"
        ),
    ),
    Mistake(
        "relu_two_axes_only",
        "relu_forward",
        "loops over two axes",
        "Rows and columns are looped over, so an array with one axis has no second length.",
        "What is x.shape for an array of four numbers?",
        relu(
            """
            self.passed = x > 0
            out = np.zeros(x.shape)
            for i in range(x.shape[0]):
                for j in range(x.shape[1]):
                    out[i, j] = x[i, j] if x[i, j] > 0 else 0
            return out
            """
        ),
        diagnoses=("error_past_the_end",),
    ),
    Mistake(
        "relu_flattened",
        "relu_forward",
        "one long row returned",
        "The entries are visited in one row and come back in one.",
        "Which shape has [max(v, 0) for v in x.ravel()]?",
        relu(f"{GATES}return np.array([max(v, 0) for v in x.ravel()])"),
    ),
    Mistake(
        "relu_first_gates_for_ever",
        "relu_forward",
        "the gates of the first batch",
        "The mask is made once and reused for every later batch.",
        "Which batch set the gates that the second one goes through?",
        relu(
            "if not hasattr(self, 'passed'):\n    self.passed = x > 0\n"
            "return np.where(self.passed, x, 0)"
        ),
    ),
    Mistake(
        "relu_divided_by_size",
        "relu_forward",
        "0 divided by 0",
        "The sign is computed as x / |x|, which is no number where x is 0.",
        "What is 0 / 0 in NumPy?",
        relu(f"{GATES}return x * (1 + x / np.abs(x)) / 2"),
    ),
    Mistake(
        "relu_by_rows",
        "relu_forward",
        "one gate for a whole row",
        "A row passes if its sum is positive, though every entry has a gate of its own.",
        "Does the second entry of a row decide about the first?",
        relu(f"{GATES}return x * (x.sum(axis=-1, keepdims=True) > 0)"),
    ),
]

# --- 2.2 ReLU, backwards

RELU_BACK = [
    Mistake(
        "relu_back_inverted",
        "relu_backward",
        "the other gates",
        "The gradient comes through where the gate was shut, and nowhere else.",
        "Where x was 3, what comes back?",
        relu(backward="return np.where(self.passed, 0, dout)"),
    ),
    Mistake(
        "relu_back_own_gates",
        "relu_backward",
        "gates set by the gradient",
        "The mask is made from dout, but it was x that opened the gates.",
        "Where x was 3 and dout is -7, is the gate open?",
        relu(backward="return np.where(dout > 0, dout, 0)"),
    ),
    Mistake(
        "relu_back_forward_again",
        "relu_backward",
        "forward used for the way back",
        "The gradient is sent through the curve itself instead of through its slope.",
        "Is the slope of the curve a function of dout?",
        relu(backward="return self.forward(dout)"),
    ),
    Mistake(
        "relu_back_no_gates",
        "relu_backward",
        "the gates forgotten",
        "Everything comes back, as if this layer were x -> x.",
        "Where x was -2, how much does the output move when x does?",
        relu(backward="return dout * 1.0"),
    ),
    Mistake(
        "relu_back_no_dout",
        "relu_backward",
        "the slopes alone",
        "Ones and zeros come back, and the upstream gradient is never used.",
        "Would your answer change if dout were seven times as large?",
        relu(backward="return self.passed.astype(float)"),
    ),
    Mistake(
        "relu_back_times_x",
        "relu_backward",
        "multiplied by what passed",
        "The gradient is multiplied by the output, where the slope is wanted.",
        "How steep is a ReLU at 3, and how steep at 3000?",
        relu(
            "self.y = np.maximum(x, 0)\nreturn self.y",
            "return dout * self.y",
        ),
    ),
    Mistake(
        "relu_back_minus",
        "relu_backward",
        "a minus too many",
        "Every entry has its sign turned, as if a step downhill were wanted already.",
        "Does the output rise or fall when a positive x rises?",
        relu(backward="return np.where(self.passed, -dout, 0)"),
    ),
    Mistake(
        "relu_back_mean",
        "relu_backward",
        "averaged over the batch",
        "One row comes back for all samples, though each sample has a gradient of its own.",
        "Which shape does the gradient of x have?",
        relu(backward="return np.where(self.passed, dout, 0).mean(axis=0)"),
    ),
    Mistake(
        "relu_back_sum",
        "relu_backward",
        "summed to one number",
        "All gradients are added up, though no entry of the output depends on two of the input.",
        "How many entries of the output move when one of the input does?",
        relu(backward="return np.sum(dout * self.passed)"),
    ),
    Mistake(
        "relu_back_divided",
        "relu_backward",
        "divided by the number of samples",
        "An average over the batch is taken that belongs to a loss, not to a layer.",
        "Where in forward is anything divided by the number of rows?",
        relu(backward="return dout * self.passed / max(1, len(dout))"),
    ),
    Mistake(
        "relu_back_whole_array_assigned",
        "relu_backward",
        "a whole array into the masked places",
        "The right-hand side has a number for every entry, the left-hand side only the shut ones.",
        "How many numbers does dx[mask] hold?",
        relu(backward="dx = dout.copy()\ndx[~self.passed] = dout * 0\nreturn dx"),
        diagnoses=("error_mask_assignment",),
    ),
    Mistake(
        "relu_back_memory_used_up",
        "relu_backward",
        "the result kept in place of the gates",
        "The gradient is stored under the name of the mask, and a second backward multiplies it.",
        "What is self.passed after backward has run once?",
        relu(backward="self.passed = self.passed * dout\nreturn self.passed"),
    ),
    Mistake(
        "relu_back_first_gates",
        "relu_backward",
        "the gates of the first batch",
        "forward keeps the mask of its first call, and backward goes on using it.",
        "Which x does self.passed belong to after a second forward?",
        relu(
            "if not hasattr(self, 'passed'):\n    self.passed = x > 0\nreturn np.maximum(x, 0)",
        ),
    ),
    Mistake(
        "relu_back_shared_gates",
        "relu_backward",
        "the gates kept on the class",
        "All objects share one mask, and the last forward of any of them sets it.",
        "How many masks are there when a network has two ReLUs?",
        relu(
            "Relu.passed = x > 0\nreturn np.maximum(x, 0)",
            "return dout * Relu.passed",
        ),
    ),
    Mistake(
        "relu_back_output_over_input",
        "relu_backward",
        "output divided by input",
        "The slope is computed as y / x, which is no number where x is 0.",
        "What does 0 / 0 give on the corner?",
        relu(
            "self.x, self.y = x, np.maximum(x, 0)\nreturn self.y", "return dout * self.y / self.x"
        ),
    ),
    Mistake(
        "relu_back_nan_on_the_corner",
        "relu_backward",
        "no number on the corner",
        "The slope at 0 is marked as missing, and one nan spoils everything it is added to.",
        "What does the layer to the left do with a nan?",
        relu(
            "self.x = x\nreturn np.maximum(x, 0)",
            "slope = np.where(self.x > 0, 1.0, 0.0)\nslope[self.x == 0] = np.nan\n"
            "return dout * slope",
        ),
    ),
    Mistake(
        "relu_back_above_the_corner",
        "relu_backward",
        "more than everything on the corner",
        "Where x is 0 both slopes are added with a weight, and more than dout comes back.",
        "Is there a line through the corner that is steeper than both sides?",
        relu(
            "self.x = x\nreturn np.maximum(x, 0)",
            "return dout * (self.x >= 0) + dout * (self.x == 0)",
        ),
    ),
    Mistake(
        "relu_back_leaks",
        "relu_backward",
        "a leak on the way back",
        "A shut gate lets a hundredth through, which forward does not.",
        "Where x is -2, by how much does your forward rise with x?",
        relu(backward="return np.where(self.passed, dout, 0.01 * dout)"),
    ),
    Mistake(
        "relu_back_positive_only",
        "relu_backward",
        "negative gradients stopped",
        "A gradient has to be positive here as well as its gate open.",
        "Can L fall when x rises?",
        relu(backward="return np.maximum(dout, 0) * self.passed"),
    ),
    Mistake(
        "relu_back_sign_of_x",
        "relu_backward",
        "the slope of |x|",
        "np.sign is -1 to the left of the corner, where a ReLU has slope 0.",
        "How steep is a ReLU at -2?",
        relu("self.x = x\nreturn np.maximum(x, 0)", "return dout * np.sign(self.x)"),
    ),
    Mistake(
        "relu_back_not_returned",
        "relu_backward",
        "no return on the way back",
        "The gradient is computed and never handed on.",
        "What does the layer to the left receive?",
        relu(backward="dx = dout * self.passed"),
        diagnoses=("nothing",),
    ),
    Mistake(
        "relu_back_kept_array_written",
        "relu_backward",
        "gates read from an array that was changed",
        "The output is written into the kept x as sizes, so that every gate looks open.",
        "What does self.x hold when backward reads it?",
        relu(
            """
            self.x = x.copy()
            out = np.where(x > 0, x, 0)
            np.abs(self.x, out=self.x)
            return out
            """,
            "return np.where(self.x > 0, dout, 0)",
        ),
    ),
]

# --- 2.3 a sigmoid from four nodes

FOUR = code("""
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
        def forward(self, x):
            self.y = np.exp(x)
            return self.y

        def backward(self, dout):
            return dout * self.y


    class Reciprocal:
        def forward(self, x):
            self.y = 1 / x
            return self.y

        def backward(self, dout):
            return -dout * self.y * self.y
    """)

WALK = code("""
    def sigmoid_from_nodes(x, dout=1.0):
        negate, exponential = Scale(-1), ExpLayer()
        plus_one, reciprocal = Shift(1), Reciprocal()
        minus = negate.forward(x)
        power = exponential.forward(minus)
        total = plus_one.forward(power)
        y = reciprocal.forward(total)
        dtotal = reciprocal.backward(dout)
        dpower = plus_one.backward(dtotal)
        dminus = exponential.backward(dpower)
        dx = negate.backward(dminus)
        return y, dx
    """)


def walk(*changes: tuple[str, str]) -> str:
    """The walk over the four nodes with some of its text replaced."""
    text = WALK
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return f"{FOUR}\n\n{text}"


FROM_NODES = [
    Mistake(
        "nodes_no_dout",
        "sigmoid_from_nodes",
        "the way back begun with 1",
        "The upstream gradient is never used; it is right only where dout is 1.",
        "What goes into the first backward call?",
        walk(("reciprocal.backward(dout)", "reciprocal.backward(1.0)")),
    ),
    Mistake(
        "nodes_minus_lost",
        "sigmoid_from_nodes",
        "the first node skipped on the way back",
        "The gradient of -x is returned as if it were that of x.",
        "How many backward calls does a graph of four nodes need?",
        walk(("dx = negate.backward(dminus)", "dx = dminus")),
    ),
    Mistake(
        "nodes_not_negated",
        "sigmoid_from_nodes",
        "x not negated",
        "The exponential gets x itself, so large x give nearly 0 and not nearly 1.",
        "Towards which number does a sigmoid go for large x?",
        walk(("exponential.forward(minus)", "exponential.forward(x)")),
    ),
    Mistake(
        "nodes_no_sum",
        "sigmoid_from_nodes",
        "the 1 left out",
        "The node that adds 1 is skipped, and what is left is e to the x.",
        "What is your y at 0?",
        walk(
            ("total = plus_one.forward(power)", "total = power"),
            ("dpower = plus_one.backward(dtotal)", "dpower = 2 * dtotal"),
        ),
    ),
    Mistake(
        "nodes_reciprocal_skipped",
        "sigmoid_from_nodes",
        "the last node skipped on the way back",
        "The way back starts one node too far to the left.",
        "Which node made y, and what is its local gradient?",
        walk(("dtotal = reciprocal.backward(dout)", "dtotal = dout")),
    ),
    Mistake(
        "nodes_value_sent_back",
        "sigmoid_from_nodes",
        "the output sent back",
        "The way back begins with y, where the upstream gradient belongs.",
        "What travels to the left in a graph?",
        walk(("reciprocal.backward(dout)", "reciprocal.backward(y)")),
    ),
    Mistake(
        "nodes_only_y",
        "sigmoid_from_nodes",
        "y alone",
        "One result is returned, and the gradient is thrown away.",
        "How many results does the docstring name?",
        walk(("return y, dx", "return y")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "nodes_swapped",
        "sigmoid_from_nodes",
        "gradient first",
        "The two results stand in the wrong order.",
        "Which of the two is asked for first?",
        walk(("return y, dx", "return dx, y")),
    ),
    Mistake(
        "nodes_dout_twice",
        "sigmoid_from_nodes",
        "dout multiplied in twice",
        "The upstream gradient goes in at the right end and once more at the left.",
        "How often does dout stand in your function?",
        walk(("return y, dx", "return y, dx * dout")),
    ),
    Mistake(
        "nodes_summed",
        "sigmoid_from_nodes",
        "gradients of an array summed",
        "One number is returned for all entries of x.",
        "Which shape does dx have?",
        walk(("return y, dx", "return y, np.sum(dx)")),
    ),
    Mistake(
        "nodes_numbers_only",
        "sigmoid_from_nodes",
        "numbers only",
        "math.exp takes one number, and x may be an array.",
        "What does your function do with three numbers at once?",
        code("""
            import math


            def sigmoid_from_nodes(x, dout=1.0):
                y = 1 / (1 + math.exp(-x))
                return y, dout * y * (1 - y)
            """),
        diagnoses=("error_one_number",),
    ),
    Mistake(
        "nodes_dout_0",
        "sigmoid_from_nodes",
        "0 as the default of dout",
        "Where dout is left out it is 0, and nothing comes back.",
        "If nothing is said about what stands to the right, what is dy/dy?",
        walk(("dout=1.0", "dout=0.0")),
        diagnoses=("only_on",),
    ),
    Mistake(
        "nodes_dout_wanted",
        "sigmoid_from_nodes",
        "dout can't be left out",
        "The default in the signature was dropped.",
        "Can your function be called with x alone?",
        walk(("dout=1.0", "dout")),
        diagnoses=("error_arguments",),
    ),
    Mistake(
        "nodes_one_reciprocal_factor",
        "sigmoid_from_nodes",
        "-y instead of -y squared",
        "The reciprocal's slope is written with its output once, not squared.",
        "What is the slope of 1 / x at 2?",
        walk(("dtotal = reciprocal.backward(dout)", "dtotal = -dout * y")),
    ),
    Mistake(
        "nodes_exponent_not_output",
        "sigmoid_from_nodes",
        "the exponential's input for its output",
        "The slope of e to the u is taken to be u.",
        "How steep is e to the u at u = 0?",
        walk(("dminus = exponential.backward(dpower)", "dminus = dpower * minus")),
    ),
    Mistake(
        "nodes_in_a_dict",
        "sigmoid_from_nodes",
        "a dict of results",
        "The pair is packed into a dict, which can't be unpacked as y, dx.",
        "What does `y, dx = sigmoid_from_nodes(2.0)` give with your code?",
        walk(("return y, dx", 'return {"y": y, "dx": dx}')),
        diagnoses=("wrong_kind",),
    ),
]

# --- 2.4 the sigmoid, forwards

STABLE = """
small = np.exp(-np.abs(x))
self.y = np.where(x >= 0, 1, small) / (1 + small)
return self.y
"""
FROM_OUTPUT = "return dout * self.y * (1 - self.y)"


def sigmoid(forward: str = STABLE, backward: str = FROM_OUTPUT) -> str:
    return layer("Sigmoid", "x", forward, backward)


def value(expression: str) -> str:
    """A sigmoid whose forward is one expression."""
    return sigmoid(f"self.y = {expression}\nreturn self.y")


SIGMOID_THERE = [
    Mistake(
        "sigmoid_no_minus",
        "sigmoid_forward",
        "e to the plus x",
        "The curve falls from 1 to 0, as with an exponent that has lost its minus.",
        "What is your output at 1000?",
        value("1 / (1 + np.exp(x))"),
    ),
    Mistake(
        "sigmoid_lost_1",
        "sigmoid_forward",
        "the 1 of the denominator lost",
        "What is left is one over e to the minus x, and that has no upper limit.",
        "What is your output at 2, and can it be a probability?",
        value("1 / (+np.exp(-x))"),
    ),
    Mistake(
        "sigmoid_no_parentheses",
        "sigmoid_forward",
        "parentheses forgotten",
        "1 / 1 is computed first, and the exponential is added to it.",
        "Which of / and + is done first?",
        value("1 / 1 + np.exp(-x)"),
    ),
    Mistake(
        "sigmoid_whole_numbers",
        "sigmoid_forward",
        "stored in an array of integers",
        "np.zeros_like(x) holds integers if x does, and every output is cut to 0.",
        "Which dtype does np.zeros_like(np.array([1, 2])) have?",
        sigmoid("""
            y = np.zeros_like(x)
            y[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
            y[x < 0] = np.exp(x[x < 0]) / (1 + np.exp(x[x < 0]))
            self.y = y
            return y
            """),
        diagnoses=("only_on",),
    ),
    Mistake(
        "sigmoid_half_a_form",
        "sigmoid_forward",
        "two forms mixed",
        "For negative x the numerator is one form's and the denominator the other's.",
        "By what did you multiply above the line, and by what below?",
        sigmoid("""
            self.y = np.empty(x.shape)
            plus = x >= 0
            self.y[plus] = 1 / (1 + np.exp(-x[plus]))
            self.y[~plus] = np.exp(x[~plus]) / (1 + np.exp(-x[~plus]))
            return self.y
            """),
    ),
    Mistake(
        "sigmoid_clipped_at_1",
        "sigmoid_forward",
        "x clipped at 1",
        "All numbers beyond 1 are treated alike.",
        "What is your output at 2, and at 3?",
        value("1 / (1 + np.exp(-np.clip(x, -1, 1)))"),
    ),
    Mistake(
        "sigmoid_clipped_at_10",
        "sigmoid_forward",
        "x clipped too early",
        "Clipping keeps e small, but at 10 a sigmoid is still 0.00005 away from 1.",
        "From where on can no float64 tell a sigmoid from 1?",
        value("1 / (1 + np.exp(-np.clip(x, -10, 10)))"),
    ),
    Mistake(
        "sigmoid_tanh",
        "sigmoid_forward",
        "the relative",
        "tanh has the same shape and runs from -1 to 1.",
        "What is your output at 0?",
        value("np.tanh(x)"),
    ),
    Mistake(
        "sigmoid_shares",
        "sigmoid_forward",
        "exponentials divided by their sum",
        "All entries are divided by one sum, so that each depends on the others.",
        "Does the second entry of x move the first of y?",
        value("np.exp(x) / np.sum(np.exp(x))"),
    ),
    Mistake(
        "sigmoid_inf_over_inf",
        "sigmoid_forward",
        "infinity over infinity",
        "The right form alone overflows above and below the line, and gives nan for large x.",
        "What is e to the 1000, divided by itself and 1 more?",
        value("np.exp(x) / (1 + np.exp(x))"),
    ),
    Mistake(
        "sigmoid_printed",
        "sigmoid_forward",
        "printed, not returned",
        "forward shows the output and returns nothing.",
        "What does the next layer receive?",
        sigmoid("self.y = 1 / (1 + np.exp(-x))\nprint(self.y)"),
        diagnoses=("nothing",),
    ),
    Mistake(
        "sigmoid_one_if",
        "sigmoid_forward",
        "an if on a whole array",
        "One if can't choose the form for every entry.",
        "Which form would [1, -2] get?",
        sigmoid("""
            if x >= 0:
                self.y = 1 / (1 + np.exp(-x))
            else:
                self.y = np.exp(x) / (1 + np.exp(x))
            return self.y
            """),
        diagnoses=("error_ambiguous",),
    ),
    Mistake(
        "sigmoid_doubled",
        "sigmoid_forward",
        "a 2 above the line",
        "The numerator is that of tanh, so every output is twice too large.",
        "How large can your output become?",
        value("2 / (1 + np.exp(-x))"),
    ),
    Mistake(
        "sigmoid_rounded",
        "sigmoid_forward",
        "rounded to four digits",
        "The output moves in steps, and everything after the fourth digit is lost.",
        "What is the slope of a staircase?",
        value("np.round(1 / (1 + np.exp(-x)), 4)"),
    ),
    Mistake(
        "sigmoid_middle_forgotten",
        "sigmoid_forward",
        "0 belongs to neither side",
        "One mask takes what is above 0 and one what is below, and 0 itself stays unset.",
        "Which of your two lines fills the entry where x is 0?",
        sigmoid("""
            self.y = np.zeros(x.shape)
            up, down = x > 0, x < 0
            self.y[up] = 1 / (1 + np.exp(-x[up]))
            self.y[down] = np.exp(x[down]) / (1 + np.exp(x[down]))
            return self.y
            """),
    ),
    Mistake(
        "sigmoid_largest_of_nothing",
        "sigmoid_forward",
        "the largest entry of an empty array",
        "The shift by the largest entry fails where there is no entry.",
        "What is the largest of no numbers?",
        sigmoid("""
            top = np.max(np.abs(x))
            self.y = np.exp(x / 2 - top / 2) / (np.exp(x / 2 - top / 2) + np.exp(-x / 2 - top / 2))
            return self.y
            """),
        diagnoses=("error_empty",),
    ),
    Mistake(
        "sigmoid_straight_lines",
        "sigmoid_forward",
        "three straight lines",
        "This is the cheap imitation, a slope of 0.2 that is cut off at 0 and 1.",
        "What is a sigmoid of 3, to two digits?",
        value("np.clip(0.2 * x + 0.5, 0, 1)"),
    ),
    Mistake(
        "sigmoid_twice",
        "sigmoid_forward",
        "taken twice",
        "The output goes through the curve once more.",
        "What is your output at -1000?",
        value("1 / (1 + np.exp(-1 / (1 + np.exp(-x))))"),
    ),
]

# --- 2.5 the sigmoid, backwards

SIGMOID_BACK = [
    Mistake(
        "sigmoid_back_from_input",
        "sigmoid_backward",
        "y (1 - y) with the input",
        "The rule is right and is fed with x, where the output belongs.",
        "Which letter in y (1 - y) is the output?",
        sigmoid(f"self.x = x{STABLE}", "return dout * self.x * (1 - self.x)"),
    ),
    Mistake(
        "sigmoid_back_plus",
        "sigmoid_backward",
        "a plus for the minus",
        "1 + y stands where 1 - y belongs.",
        "What is your slope where y is nearly 1?",
        sigmoid(backward="return dout * self.y * (1 + self.y)"),
    ),
    Mistake(
        "sigmoid_back_turned_round",
        "sigmoid_backward",
        "y (y - 1)",
        "The difference is turned round, and every entry has the wrong sign.",
        "Does a sigmoid rise or fall?",
        sigmoid(backward="return dout * self.y * (self.y - 1)"),
    ),
    Mistake(
        "sigmoid_back_quotient_sign",
        "sigmoid_backward",
        "a minus of the quotient rule kept",
        "The two minus signs of the derivation cancel, and only one of them was written down.",
        "What is the slope of -x, and where does it enter?",
        sigmoid(f"self.x = x{STABLE}", "e = np.exp(-self.x)\nreturn -dout * e / (1 + e) ** 2"),
    ),
    Mistake(
        "sigmoid_back_only_y",
        "sigmoid_backward",
        "y alone",
        "The factor 1 - y is missing, and that was the exponential's.",
        "What is your slope where the curve is flat at the top?",
        sigmoid(backward="return dout * self.y"),
    ),
    Mistake(
        "sigmoid_back_only_rest",
        "sigmoid_backward",
        "1 - y alone",
        "The factor y is missing, so the flat left-hand side looks steep.",
        "What is your slope where the curve is flat at the bottom?",
        sigmoid(backward="return dout * (1 - self.y)"),
    ),
    Mistake(
        "sigmoid_back_tanh_rule",
        "sigmoid_backward",
        "the rule of tanh",
        "1 - y squared is the slope of another curve.",
        "What is your slope at 0, where y is one half?",
        sigmoid(backward="return dout * (1 - self.y**2)"),
    ),
    Mistake(
        "sigmoid_back_no_dout",
        "sigmoid_backward",
        "the slope alone",
        "The upstream gradient is not multiplied in.",
        "Where is dout in your answer?",
        sigmoid(backward="return self.y - self.y * self.y"),
    ),
    Mistake(
        "sigmoid_back_divided",
        "sigmoid_backward",
        "divided by the slope",
        "The upstream gradient is divided where the chain rule multiplies.",
        "If the curve is flat, does much or little come back?",
        sigmoid(backward="return dout / (self.y * (1 - self.y))"),
    ),
    Mistake(
        "sigmoid_back_doubled",
        "sigmoid_backward",
        "a 2 from a square",
        "The slope is twice too large, as if y were squared somewhere.",
        "What is your slope at 0?",
        sigmoid(backward="return 2 * dout * self.y * (1 - self.y)"),
    ),
    Mistake(
        "sigmoid_back_product_line",
        "sigmoid_backward",
        "a product where a difference belongs",
        "The line with the product was believed, and it equals -y squared.",
        "Put x = 0.7 into each line of the derivation: which two disagree?",
        sigmoid(backward="return -dout * self.y**2"),
    ),
    Mistake(
        "sigmoid_back_output_returned",
        "sigmoid_backward",
        "the output again",
        "backward returns what forward returned.",
        "Does your answer depend on dout?",
        sigmoid(backward="return self.y * 1.0"),
    ),
    Mistake(
        "sigmoid_back_untouched",
        "sigmoid_backward",
        "nothing done on the way back",
        "The upstream gradient passes through as if the curve had slope 1.",
        "How steep is a sigmoid at its steepest?",
        sigmoid(backward="return dout.copy()"),
    ),
    Mistake(
        "sigmoid_back_output_overwritten",
        "sigmoid_backward",
        "the stored output overwritten",
        "The slope is computed into self.y, and a second backward takes it for the output.",
        "What is self.y after backward has run once?",
        sigmoid(backward="self.y = self.y * (1 - self.y)\nreturn dout * self.y"),
    ),
    Mistake(
        "sigmoid_back_shared",
        "sigmoid_backward",
        "the output kept on the class",
        "All objects share one stored output, that of the last forward.",
        "How many outputs are there when a network has two sigmoids?",
        sigmoid(
            "Sigmoid.y = 1 / (1 + np.exp(-x))\nreturn Sigmoid.y",
            "return dout * Sigmoid.y * (1 - Sigmoid.y)",
        ),
    ),
    Mistake(
        "sigmoid_back_first_output",
        "sigmoid_backward",
        "the first output for ever",
        "The output is stored only if there is none yet.",
        "Which forward does self.y belong to?",
        sigmoid("""
            y = 1 / (1 + np.exp(-x))
            self.y = getattr(self, "y", y)
            return y
            """),
    ),
    Mistake(
        "sigmoid_back_added",
        "sigmoid_backward",
        "added to the upstream gradient",
        "The slope is added to dout where the chain rule multiplies.",
        "If the curve is flat, how much comes back from your backward?",
        sigmoid(backward="return dout + self.y * (1 - self.y)"),
    ),
    Mistake(
        "sigmoid_back_matrix",
        "sigmoid_backward",
        "a matrix product",
        "np.dot mixes rows and columns, where each entry stands alone.",
        "Which entries of dout belong to the first entry of x?",
        sigmoid(backward="return np.dot(dout, self.y * (1 - self.y))"),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "sigmoid_back_curve_of_y",
        "sigmoid_backward",
        "the curve applied to the output",
        "The output is sent through the sigmoid again before the slope is taken.",
        "Is self.y an input or an output of the curve?",
        sigmoid(backward="s = 1 / (1 + np.exp(-self.y))\nreturn dout * s * (1 - s)"),
    ),
    Mistake(
        "sigmoid_back_nothing",
        "sigmoid_backward",
        "no return on the way back",
        "The gradient is computed and never handed on.",
        "What does the layer to the left receive?",
        sigmoid(backward="dx = dout * self.y * (1 - self.y)"),
        diagnoses=("nothing",),
    ),
]

# --- 2.6 tanh

KEEP_TANH = "self.kept = np.tanh(x)\nreturn self.kept"


def tanh(forward: str = KEEP_TANH, backward: str = "return dout * (1 - self.kept**2)") -> str:
    return layer("Tanh", "x", forward, backward)


TANH = [
    Mistake(
        "tanh_input_squared",
        "tanh_layer",
        "1 - x squared",
        "The slope is made from the input, where the output belongs.",
        "Whose square stands in the last line of the derivation?",
        tanh("self.kept = x\nreturn np.tanh(x)"),
    ),
    Mistake(
        "tanh_not_squared",
        "tanh_layer",
        "1 - y",
        "The output isn't squared, so that its sign counts.",
        "Is tanh as steep at -1 as it is at 1?",
        tanh(backward="return dout * (1 - self.kept)"),
    ),
    Mistake(
        "tanh_sigmoid_rule",
        "tanh_layer",
        "the rule of the sigmoid",
        "y (1 - y) is the slope of another curve.",
        "What is your slope at 0?",
        tanh(backward="return dout * self.kept * (1 - self.kept)"),
    ),
    Mistake(
        "tanh_plus",
        "tanh_layer",
        "1 + y squared",
        "The second term of the quotient has lost its minus, as in the slope of tan.",
        "What is your slope at 1000?",
        tanh(backward="return dout * (1 + self.kept**2)"),
    ),
    Mistake(
        "tanh_turned_round",
        "tanh_layer",
        "y squared - 1",
        "The difference is turned round, and every entry has the wrong sign.",
        "Does tanh rise or fall?",
        tanh(backward="return dout * (self.kept**2 - 1)"),
    ),
    Mistake(
        "tanh_by_its_definition",
        "tanh_layer",
        "infinity over infinity",
        "sinh over cosh overflows above and below the line, and gives nan for large x.",
        "What is cosh(1000) in float64?",
        tanh("self.kept = np.sinh(x) / np.cosh(x)\nreturn self.kept"),
    ),
    Mistake(
        "tanh_one_exponential",
        "tanh_layer",
        "the exponential of 2 x",
        "For large x the one exponential is infinite, above the line and below it.",
        "What does your formula do at 1000?",
        tanh("e = np.exp(2 * x)\nself.kept = (e - 1) / (e + 1)\nreturn self.kept"),
    ),
    Mistake(
        "tanh_no_dout",
        "tanh_layer",
        "the slope alone",
        "The upstream gradient is not multiplied in.",
        "Where is dout in your answer?",
        tanh(backward="return 1 - self.kept**2"),
    ),
    Mistake(
        "tanh_not_lowered",
        "tanh_layer",
        "twice a sigmoid, not lowered",
        "The 1 is not taken away, so the curve runs from 0 to 2.",
        "What is your output at 0?",
        tanh(
            "self.kept = np.tanh(x)\nreturn self.kept + 1",
        ),
    ),
    Mistake(
        "tanh_a_two_lost",
        "tanh_layer",
        "one of two factors 2 lost",
        "A factor 2 is missing on the way back, as where the sigmoid inside runs twice as fast.",
        "How many nodes of 2 s(2 x) - 1 have the local gradient 2?",
        tanh(
            "with np.errstate(over='ignore'):\n    self.kept = 1 / (1 + np.exp(-2 * x))\n"
            "return 2 * self.kept - 1",
            "return 2 * dout * self.kept * (1 - self.kept)",
        ),
    ),
    Mistake(
        "tanh_tan",
        "tanh_layer",
        "tan for tanh",
        "The tangent of an angle has nothing to do with it.",
        "Between which two numbers does the output lie?",
        tanh("self.kept = np.tan(x)\nreturn self.kept"),
    ),
    Mistake(
        "tanh_divided",
        "tanh_layer",
        "divided by the slope",
        "The upstream gradient is divided where the chain rule multiplies.",
        "Where the curve is flat, does much or little come back?",
        tanh(backward="return dout / (1 - self.kept**2)"),
    ),
    Mistake(
        "tanh_first_output",
        "tanh_layer",
        "the first output for ever",
        "The output is stored only if there is none yet.",
        "Which forward does self.kept belong to?",
        tanh(
            "y = np.tanh(x)\nself.kept = getattr(self, 'kept', y)\nreturn y",
        ),
    ),
    Mistake(
        "tanh_kept_squared_in_place",
        "tanh_layer",
        "the stored output squared in place",
        "The square is written over the output, and a second backward squares it again.",
        "What does self.kept hold after the first backward?",
        tanh(backward="self.kept **= 2\nreturn dout * (1 - self.kept)"),
    ),
    Mistake(
        "tanh_nothing_kept",
        "tanh_layer",
        "nothing stored",
        "forward keeps neither input nor output, and backward looks for one.",
        "Who still knows y when backward runs?",
        tanh("return np.tanh(x)"),
        diagnoses=("error_unstored",),
    ),
    Mistake(
        "tanh_double_square",
        "tanh_layer",
        "the square of the whole difference",
        "(1 - y) squared is not 1 - y squared.",
        "What is your slope where y is -0.8?",
        tanh(backward="return dout * (1 - self.kept) ** 2"),
    ),
]

# --- 2.7 the leak

LEAKY_FORWARD = f"{GATES}return np.where(self.passed, x, self.slope * x)"
LEAKY_BACKWARD = "return np.where(self.passed, dout, self.slope * dout)"


def leaky(
    forward: str = LEAKY_FORWARD,
    backward: str = LEAKY_BACKWARD,
    signature: str = "self, slope=0.1",
    start: str = "self.slope = slope",
) -> str:
    methods = layer("LeakyRelu", "x", forward, backward).removeprefix("class LeakyRelu:\n")
    return f"class LeakyRelu:\n    def __init__({signature}):\n        {start}\n\n{methods}"


LEAKS = [
    Mistake(
        "leaky_shut_backwards",
        "leaky_relu",
        "the slope forgotten on the way back",
        "forward leaks and backward doesn't.",
        "At -2, how much does the output rise if the input rises by 1?",
        leaky(backward="return np.where(self.passed, dout, 0)"),
    ),
    Mistake(
        "leaky_shut_forwards",
        "leaky_relu",
        "the slope forgotten on the way there",
        "backward leaks and forward doesn't.",
        "What is your output at -2?",
        leaky("self.passed = x > 0\nreturn np.where(self.passed, x, 0)"),
    ),
    Mistake(
        "leaky_other_side",
        "leaky_relu",
        "the slope on the positive side",
        "Positive gradients are made small and the others pass untouched.",
        "Which side of the corner is the flat one?",
        leaky(backward="return np.where(self.passed, self.slope * dout, dout)"),
    ),
    Mistake(
        "leaky_added",
        "leaky_relu",
        "the slope added",
        "The slope is added to dout, where the chain rule multiplies.",
        "What comes back where dout is 0?",
        leaky(backward="return np.where(self.passed, dout, dout + self.slope)"),
    ),
    Mistake(
        "leaky_or",
        "leaky_relu",
        "a slope of 0 taken for none",
        "`slope or 0.1` replaces 0 by the default, since 0 counts as false.",
        "What is `0.0 or 0.1` in Python?",
        leaky(start="self.slope = slope or 0.1"),
    ),
    Mistake(
        "leaky_fixed",
        "leaky_relu",
        "the argument ignored",
        "The slope is 0.1 whatever was asked for.",
        "What does LeakyRelu(0.5) do otherwise than LeakyRelu()?",
        leaky(start="self.slope = 0.1"),
    ),
    Mistake(
        "leaky_shared_slope",
        "leaky_relu",
        "the slope kept on the class",
        "All objects share one slope, that of the one made last.",
        "What is the slope of the first object after a second was made?",
        leaky(
            "self.passed = x > 0\nself.leak = np.where(self.passed, 1, LeakyRelu.slope)\n"
            "return x * self.leak",
            "return np.where(self.passed, dout, LeakyRelu.slope * dout)",
            start="LeakyRelu.slope = slope",
        ),
    ),
    Mistake(
        "leaky_minus",
        "leaky_relu",
        "a minus before the slope",
        "The leak runs upwards to the left, as a size would.",
        "Is your output at -2 above or below 0?",
        leaky(
            "self.passed = x > 0\nreturn np.where(self.passed, x, -self.slope * x)",
        ),
    ),
    Mistake(
        "leaky_corner_twice",
        "leaky_relu",
        "the corner counted on both sides",
        "Where x is 0 both masks hold, and more than dout comes back.",
        "For how many of your two masks is 0 true?",
        leaky(
            "self.x = x\nreturn np.where(x > 0, x, self.slope * x)",
            "return dout * (self.x >= 0) + self.slope * dout * (self.x <= 0)",
        ),
    ),
    Mistake(
        "leaky_own_gates",
        "leaky_relu",
        "gates set by the gradient",
        "The mask is made from dout, but it was x that opened the gates.",
        "Where x was 3 and dout is -7, is the gate open?",
        leaky(backward="return np.where(dout > 0, dout, self.slope * dout)"),
    ),
    Mistake(
        "leaky_no_dout",
        "leaky_relu",
        "the slopes alone",
        "The upstream gradient is not multiplied in.",
        "Where is dout in your answer?",
        leaky(backward="return np.where(self.passed, 1.0, self.slope)"),
    ),
    Mistake(
        "leaky_untouched",
        "leaky_relu",
        "no slope at all on the way back",
        "The upstream gradient passes through both sides unchanged.",
        "How steep is the curve at -2?",
        leaky(backward="return dout * 1.0"),
    ),
    Mistake(
        "leaky_other_default",
        "leaky_relu",
        "another default",
        "0.01 is a usual slope elsewhere, and the signature here says 0.1.",
        "What is the slope of LeakyRelu()?",
        leaky(signature="self, slope=0.01"),
    ),
    Mistake(
        "leaky_smaller_one",
        "leaky_relu",
        "the smaller of the two",
        "np.minimum keeps the steep line on the left and the flat one on the right.",
        "At 3, which of 3 and 0.3 is wanted?",
        leaky("self.passed = x > 0\nreturn np.minimum(x, self.slope * x)"),
    ),
    Mistake(
        "leaky_constant_leak",
        "leaky_relu",
        "the slope itself as output",
        "Everything that isn't positive becomes the number 0.1, which has no slope.",
        "Do -2 and -3 give the same output?",
        leaky("self.passed = x > 0\nreturn np.where(self.passed, x, self.slope)"),
    ),
    Mistake(
        "leaky_first_gates",
        "leaky_relu",
        "the gates of the first batch",
        "The mask is made once and reused for every later batch.",
        "Which batch set the gates that the second one goes back through?",
        leaky(
            "if self.passed is None:\n    self.passed = x > 0\n"
            "return np.where(x > 0, x, self.slope * x)",
            start="self.slope, self.passed = slope, None",
        ),
    ),
]

# --- 2.8 the residual connection

RELU = relu()
INPLACE_BACK = relu(backward="dout[~self.passed] = 0\nreturn dout")
THROUGH = "return x + self.relu.forward(x)"
BACK = "return dout + self.relu.backward(dout)"


def residual(
    forward: str = THROUGH,
    backward: str = BACK,
    inside: str = RELU,
    start: str = "self.relu = Relu()",
) -> str:
    methods = layer("Residual", "x", forward, backward).removeprefix("class Residual:\n")
    return f"{inside}\n\nclass Residual:\n    def __init__(self):\n        {start}\n\n{methods}"


RESIDUALS = [
    Mistake(
        "residual_one_array_two_ways",
        "residual",
        "zeros written into dout on one of two ways",
        "The ReLU writes into the very array that the other way brings back.",
        "What does dout hold after the ReLU's backward?",
        residual(inside=INPLACE_BACK),
    ),
    Mistake(
        "residual_through_first",
        "residual",
        "the way past read after the way through",
        "The ReLU goes first and empties the array that is added to its own result.",
        "How many arrays are there in the line that adds?",
        residual(
            backward="through = self.relu.backward(dout)\npast = dout\nreturn through + past",
            inside=INPLACE_BACK,
        ),
    ),
    Mistake(
        "residual_input_written",
        "residual",
        "zeros written into x",
        "The ReLU works inside x, so the way past it brings zeros too.",
        "What does x hold after the ReLU's forward?",
        residual(inside=relu("self.passed = x > 0\nx[~self.passed] = 0\nreturn x")),
    ),
    Mistake(
        "residual_way_past_lost",
        "residual",
        "only the way through",
        "The gradient of the way past the ReLU is missing.",
        "At x = -2, does y move when x does?",
        residual(backward="return self.relu.backward(dout)"),
    ),
    Mistake(
        "residual_way_through_lost",
        "residual",
        "only the way past",
        "The gradient of the way through the ReLU is missing.",
        "At x = 3, by how much does y rise if x rises by 1?",
        residual(backward="return dout.copy()"),
    ),
    Mistake(
        "residual_multiplied",
        "residual",
        "two ways multiplied",
        "The gradients of two ways are multiplied, where they add.",
        "What happens to gradients where paths meet?",
        residual(backward="return dout * self.relu.backward(dout)"),
    ),
    Mistake(
        "residual_ones_added",
        "residual",
        "1 for the way past",
        "The local gradient 1 is added without the upstream gradient that belongs to it.",
        "What comes back along the way past where dout is 0?",
        residual(backward="return 1 + self.relu.backward(dout)"),
    ),
    Mistake(
        "residual_halved",
        "residual",
        "the mean of two ways",
        "The two gradients are averaged, where they add.",
        "At x = -2, how steep is y = x?",
        residual(backward="return (dout + self.relu.backward(dout)) / 2"),
    ),
    Mistake(
        "residual_not_added",
        "residual",
        "x not added",
        "forward returns the ReLU alone, and backward is that of the sum.",
        "What is your output at -2?",
        residual("return self.relu.forward(x)"),
    ),
    Mistake(
        "residual_shared_relu",
        "residual",
        "one ReLU for all objects",
        "The ReLU is made with the class, so every residual remembers in the same place.",
        "How many ReLUs are there when a network has two residuals?",
        residual(start="pass").replace(
            "class Residual:\n", "class Residual:\n    relu = Relu()\n\n"
        ),
    ),
    Mistake(
        "residual_new_relu",
        "residual",
        "a new ReLU on the way back",
        "backward makes a ReLU of its own, one that never saw x.",
        "Which object remembers the gates?",
        residual(backward="return dout + Relu().backward(dout)"),
        diagnoses=("error_unstored",),
    ),
    Mistake(
        "residual_relu_of_the_sum",
        "residual",
        "one more ReLU around the sum",
        "The sum goes through the gate as well, and negative numbers are lost.",
        "Should the output at -2 be -2 or 0?",
        residual("return np.maximum(x + self.relu.forward(x), 0)"),
    ),
    Mistake(
        "residual_twice_relu",
        "residual",
        "twice the ReLU",
        "Both ways lead through the ReLU, where one leads past it.",
        "Which of your two ways is open at -2?",
        residual(
            "y = self.relu.forward(x)\nreturn y + y",
        ),
    ),
    Mistake(
        "residual_first_gates",
        "residual",
        "forward of the ReLU run once",
        "The ReLU sees the first batch only, and its gates stay as they were.",
        "Which batch does the ReLU remember?",
        residual(
            "if not hasattr(self, 'seen'):\n    self.seen = self.relu.forward(x)\n"
            "return x + np.maximum(x, 0)",
        ),
    ),
    Mistake(
        "residual_gates_of_dout",
        "residual",
        "the ReLU's forward on the way back",
        "The gradient is sent forwards through the ReLU, where its own sign decides.",
        "Which method of the ReLU belongs into backward?",
        residual(backward="return dout + self.relu.forward(dout)"),
    ),
    Mistake(
        "residual_both_ways",
        "residual",
        "a pair of gradients",
        "The two messages are returned side by side and nobody adds them.",
        "How many inputs does this layer have?",
        residual(backward="return dout, self.relu.backward(dout)"),
    ),
]

# --- 2.9 layers in a row

ROW_START = """
self.layers = list(layers)
if len({id(one) for one in self.layers}) < len(self.layers):
    raise ValueError("twice")
"""
ROW_FORWARD = "for one in self.layers:\n    x = one.forward(x)\nreturn x"
ROW_BACKWARD = "for one in reversed(self.layers):\n    dout = one.backward(dout)\nreturn dout"


def row(
    forward: str = ROW_FORWARD,
    backward: str = ROW_BACKWARD,
    start: str = ROW_START,
    takes: str = "layers",
) -> str:
    methods = layer("Compose", "x", forward, backward).removeprefix("class Compose:\n")
    body = code(start).replace("\n", "\n        ").rstrip()
    return f"class Compose:\n    def __init__(self, {takes}):\n        {body}\n\n{methods}"


ROWS = [
    Mistake(
        "compose_one_object_twice",
        "compose",
        "one object twice, in silence",
        "A layer that stands there twice forgets its first forward, and nothing is said.",
        "Which of its two inputs does that layer remember?",
        row(start="self.layers = list(layers)"),
    ),
    Mistake(
        "compose_back_in_the_same_order",
        "compose",
        "backward not reversed",
        "The upstream gradient enters at the first layer, which made nothing that it belongs to.",
        "Whose output does the gradient arrive at first?",
        row(backward=ROW_BACKWARD.replace("reversed(self.layers)", "self.layers")),
    ),
    Mistake(
        "compose_equal_layers_refused",
        "compose",
        "two layers of one kind refused",
        "Two objects of the same class are taken for the same object.",
        "May a network have two ReLUs?",
        row(
            start="""
            self.layers = list(layers)
            if len({type(one) for one in self.layers}) < len(self.layers):
                raise ValueError("twice")
            """
        ),
    ),
    Mistake(
        "compose_everything_refused",
        "compose",
        "every row refused",
        "The comparison is turned round, so that only rows with a repetition are let in.",
        "What do you raise for three different layers?",
        row(
            start="""
            self.layers = list(layers)
            if len({id(one) for one in self.layers}) == len(self.layers):
                raise ValueError("twice")
            """
        ),
    ),
    Mistake(
        "compose_twice_dropped",
        "compose",
        "the second appearance dropped",
        "An object that stands there twice is used once, which is another row.",
        "How often should x be squared if the square stands there twice?",
        row(
            start="""
            self.layers = []
            for one in layers:
                if one not in self.layers:
                    self.layers.append(one)
            """
        ),
    ),
    Mistake(
        "compose_forward_reversed",
        "compose",
        "forwards from the end",
        "The row is walked from its last layer to its first, and backwards the same way.",
        "Which layer sees x?",
        row(forward="for one in reversed(self.layers):\n    x = one.forward(x)\nreturn x"),
    ),
    Mistake(
        "compose_x_for_all",
        "compose",
        "the same x for every layer",
        "Each layer gets the first input, and what the one before it made is dropped.",
        "What does the second layer of a row receive?",
        row(forward="for one in self.layers:\n    y = one.forward(x)\nreturn y"),
    ),
    Mistake(
        "compose_dout_for_all",
        "compose",
        "the same dout for every layer",
        "Each layer gets the first upstream gradient, and only one slope remains.",
        "What does a layer receive from its right neighbour?",
        row(backward="for one in reversed(self.layers):\n    dx = one.backward(dout)\nreturn dx"),
    ),
    Mistake(
        "compose_first_layer_only",
        "compose",
        "returned inside the loop",
        "The return stands in the loop, so only one layer is ever run.",
        "How often does your loop turn?",
        row(
            "for one in self.layers:\n    x = one.forward(x)\n    return x",
            "for one in reversed(self.layers):\n    dout = one.backward(dout)\n    return dout",
        ),
    ),
    Mistake(
        "compose_last_layer_missed",
        "compose",
        "the last layer missed on the way back",
        "The loop backwards starts one place too early.",
        "Which layer should see dout first?",
        row(backward="for one in self.layers[-2::-1]:\n    dout = one.backward(dout)\nreturn dout"),
    ),
    Mistake(
        "compose_first_layer_missed",
        "compose",
        "the first layer missed on the way back",
        "range stops before its end, so layer 0 is never asked.",
        "Which numbers does your range give for three layers?",
        row(
            backward="for k in range(len(self.layers) - 1, 0, -1):\n"
            "    dout = self.layers[k].backward(dout)\nreturn dout"
        ),
    ),
    Mistake(
        "compose_outputs_added",
        "compose",
        "outputs added up",
        "The layers stand side by side, where they should stand in a row.",
        "Does the second layer see what the first one made?",
        row(forward="return sum(one.forward(x) for one in self.layers)"),
    ),
    Mistake(
        "compose_gradients_added",
        "compose",
        "gradients of a row added",
        "Gradients add where paths meet, but along one path slopes multiply.",
        "How many paths lead through a row?",
        row(backward="return sum(one.backward(dout) for one in self.layers)"),
    ),
    Mistake(
        "compose_used_up",
        "compose",
        "an iterator kept",
        "An iterator runs out with its first use, and the way back finds no layer.",
        "What is left in iter(layers) after one loop?",
        row(
            start="self.layers = iter(layers)",
            backward="for one in self.layers:\n    dout = one.backward(dout)\nreturn dout",
        ),
    ),
    Mistake(
        "compose_reversed_in_place",
        "compose",
        "the list itself reversed",
        "list.reverse turns the row round for good, and the next forward runs it from the end.",
        "In which order does self.layers stand after one backward?",
        row(
            backward="self.layers.reverse()\nfor one in self.layers:\n"
            "    dout = one.backward(dout)\nreturn dout"
        ),
    ),
    Mistake(
        "compose_many_arguments",
        "compose",
        "layers taken one by one",
        "The signature wants each layer as an argument of its own, and one list comes.",
        "What is layers[0] if you call Compose([a, b])?",
        row(takes="*layers"),
        diagnoses=("error_not_an_array",),
    ),
    Mistake(
        "compose_shared_list",
        "compose",
        "one list for all rows",
        "The list is made with the class, and every new row is appended to the old ones.",
        "How many layers has the second row you make?",
        "class Compose:\n    layers = []\n\n"
        + row(start="self.layers += layers").removeprefix("class Compose:\n"),
    ),
    Mistake(
        "compose_nothing_returned",
        "compose",
        "no return at the end",
        "The row is run to its end and the result is dropped.",
        "What does the caller receive?",
        row(forward="for one in self.layers:\n    x = one.forward(x)"),
        diagnoses=("nothing",),
    ),
]

# --- 2.10 counting


def share(*lines: str, signature: str = "slopes, below=0.01") -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"def saturation({signature}):\n{body}\n"


SHARES = [
    Mistake(
        "saturation_signed",
        "saturation",
        "signed slopes compared",
        "A slope of -0.5 is steep, and it is counted as smaller than 0.01.",
        "Is -0.5 smaller than 0.01 in size?",
        share("return float(np.mean(slopes < below))"),
    ),
    Mistake(
        "saturation_the_rest",
        "saturation",
        "the other share",
        "The steep ones are counted.",
        "What does your function say of a layer that is stuck everywhere?",
        share("return float(np.mean(np.abs(slopes) > below))"),
    ),
    Mistake(
        "saturation_limit_included",
        "saturation",
        "the limit itself counted",
        "A slope exactly as large as the limit isn't below it.",
        "Is 0.01 below 0.01?",
        share("return float(np.mean(np.abs(slopes) <= below))"),
    ),
    Mistake(
        "saturation_counted",
        "saturation",
        "a number, not a share",
        "The small ones are counted and not divided by how many there are.",
        "What is the largest result your function can give?",
        share("return float(np.sum(np.abs(slopes) < below))"),
    ),
    Mistake(
        "saturation_by_columns",
        "saturation",
        "a share for every column",
        "The mean is taken down the columns, where one number is wanted for all.",
        "How many numbers does your function return?",
        share("return np.mean(np.abs(slopes) < below, axis=0)"),
    ),
    Mistake(
        "saturation_by_rows",
        "saturation",
        "divided by the number of rows",
        "len counts the rows, and a layer has rows times columns entries.",
        "What is len(x) for an x of shape (5, 4)?",
        share("return float((np.abs(slopes) < below).sum() / len(slopes))"),
    ),
    Mistake(
        "saturation_fixed_limit",
        "saturation",
        "the argument below ignored",
        "The limit is 0.01 whatever was asked for.",
        "What changes in your result when below is 0.1?",
        share("return float(np.mean(np.abs(slopes) < 0.01))"),
    ),
    Mistake(
        "saturation_percent",
        "saturation",
        "percent",
        "The share is multiplied by 100.",
        "Between which two numbers does a share lie?",
        share("return float(100 * np.mean(np.abs(slopes) < below))"),
    ),
    Mistake(
        "saturation_mean_slope",
        "saturation",
        "the mean slope compared",
        "One mean is compared with the limit, where each entry has to be.",
        "Can half of a layer be stuck, if your answer is only yes or no?",
        share("return float(np.abs(np.mean(slopes)) < below)"),
    ),
    Mistake(
        "saturation_any",
        "saturation",
        "whether there is one",
        "np.any asks whether a single entry is small, and not how many are.",
        "What do one and twenty stuck entries have in common for your function?",
        share("return float(np.any(np.abs(slopes) < below))"),
    ),
    Mistake(
        "saturation_cut",
        "saturation",
        "cut to a whole number",
        "int cuts the share to 0 or 1.",
        "What is int(0.35)?",
        share("return int(np.mean(np.abs(slopes) < below))"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "saturation_other_default",
        "saturation",
        "another default",
        "The limit in the signature was changed.",
        "What does your function use if nothing is said about below?",
        share("return float(np.mean(np.abs(slopes) < below))", signature="slopes, below=0.1"),
    ),
    Mistake(
        "saturation_relative",
        "saturation",
        "measured against the largest",
        "Slopes are compared with a share of the largest one, so no layer is ever wholly stuck.",
        "What does your function say if all slopes are tiny and equal?",
        share("return float(np.mean(np.abs(slopes) < below * np.max(np.abs(slopes))))"),
    ),
    Mistake(
        "saturation_zeros",
        "saturation",
        "only exact zeros",
        "Entries that are 0 to the last bit are counted, which a saturated sigmoid's are not.",
        "Is 0.001 equal to 0?",
        share("return float(np.mean(np.asarray(slopes) == 0))"),
    ),
    Mistake(
        "saturation_silent",
        "saturation",
        "printed instead of returned",
        "The share is shown and not handed on.",
        "What does your function give back?",
        share("print(np.mean(np.abs(slopes) < below))"),
        diagnoses=("nothing",),
    ),
]

# --- 2.11 three faults

REPAIRED = "self.mask = x <= 0\nout = x.copy()\nout[self.mask] = 0\nreturn out"
MENDED = "dx = dout.copy()\ndx[self.mask] = 0\nreturn dx"


def printed(forward: str = REPAIRED, backward: str = MENDED) -> str:
    return layer("PrintedRelu", "x", forward, backward)


FAULTS = [
    Mistake(
        "printed_first_left",
        "ch2_bug",
        "the method still uncalled",
        "x.copy is still without its parentheses.",
        "What does x.copy give, and what does x.copy() give?",
        printed("self.mask = x <= 0\nout = x.copy\nout[self.mask] = 0\nreturn out"),
        diagnoses=("error_uncalled",),
    ),
    Mistake(
        "printed_second_left",
        "ch2_bug",
        "still nothing returned",
        "forward still ends without a return.",
        "What does printed.forward(x) give you?",
        printed("self.mask = x <= 0\nout = x.copy()\nout[self.mask] = 0"),
        diagnoses=("nothing",),
    ),
    Mistake(
        "printed_third_left",
        "ch2_bug",
        "the third fault left",
        "The masked assignment in backward still gets a whole array.",
        "How many numbers stand on the right, and how many places on the left?",
        printed(backward="dout[self.mask] = dout * 0\ndx = dout\nreturn dx"),
        diagnoses=("error_mask_assignment",),
    ),
    Mistake(
        "printed_method_returned",
        "ch2_bug",
        "the method returned",
        "The assignment was removed and x.copy is handed on as it is.",
        "What is the type of your output?",
        printed("self.mask = x <= 0\nout = x.copy\nreturn out"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "printed_mask_dropped",
        "ch2_bug",
        "the failing line deleted",
        "Every gate is open on the way back, as where the line that raised is gone.",
        "Where x was -2, what comes back now?",
        printed(backward="dx = dout.copy()\nreturn dx"),
    ),
    Mistake(
        "printed_mask_turned",
        "ch2_bug",
        "the mask turned round in backward",
        "Zeros are written where the gate is open.",
        "Is self.mask True where x passed, or where it didn't?",
        printed(backward="dx = dout.copy()\ndx[~self.mask] = 0\nreturn dx"),
    ),
    Mistake(
        "printed_mask_as_gate",
        "ch2_bug",
        "multiplied by the mask",
        "The mask is True where the gate is shut, so its factor lets the wrong half through.",
        "What is self.mask * dout where x is 3?",
        printed(backward="return self.mask * dout"),
    ),
    Mistake(
        "printed_all_zeros",
        "ch2_bug",
        "zeros everywhere",
        "dout * 0 is returned as it stands, and nothing gets back.",
        "Where x was 3 and dout is 7, what comes back?",
        printed(backward="dx = dout * 0\nreturn dx"),
        diagnoses=("zero",),
    ),
    Mistake(
        "printed_not_masked",
        "ch2_bug",
        "the copy returned unmasked",
        "The output is a copy of x with nothing set to 0.",
        "What is your output at -2?",
        printed("self.mask = x <= 0\nout = x.copy()\nreturn out"),
    ),
    Mistake(
        "printed_selection",
        "ch2_bug",
        "only the shut entries multiplied",
        "The selected entries are returned, in one row, and the places are lost.",
        "Which shape does dx have?",
        printed(backward="dx = dout[~self.mask]\nreturn dx"),
    ),
    Mistake(
        "printed_gate_of_dout",
        "ch2_bug",
        "a new mask from dout",
        "backward makes its own mask, from the sign of the gradient.",
        "Who set the gates, x or dout?",
        printed(backward="dx = dout.copy()\ndx[dout <= 0] = 0\nreturn dx"),
    ),
    Mistake(
        "printed_mask_not_kept",
        "ch2_bug",
        "the mask kept to itself",
        "mask without self is gone when forward ends.",
        "Who still knows the gates when backward runs?",
        printed("mask = x <= 0\nout = x.copy()\nout[mask] = 0\nreturn out"),
        diagnoses=("error_unstored",),
    ),
    Mistake(
        "printed_integers",
        "ch2_bug",
        "copied as integers",
        "The copy is made with whole numbers and cuts off everything after the point.",
        "What is your output at 0.5?",
        printed("self.mask = x <= 0\nout = x.astype(int)\nout[self.mask] = 0\nreturn out"),
    ),
]

MISTAKES: tuple[Mistake, ...] = (
    *RELU_THERE,
    *RELU_BACK,
    *FROM_NODES,
    *SIGMOID_THERE,
    *SIGMOID_BACK,
    *TANH,
    *LEAKS,
    *RESIDUALS,
    *ROWS,
    *SHARES,
    *FAULTS,
)
