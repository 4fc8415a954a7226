"""Chapter 3, Affine and Softmax-with-loss: what people write, and what is wrong with it."""

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


# --- 3.1 and 3.2 the affine layer

KEEP_PARAMETERS = "self.W, self.b, self.x = W, b, None"
FORWARD = "self.x = x\nreturn x @ self.W + self.b"
DW = "self.dW = self.x.T @ dout"
DB = "self.db = dout.sum(axis=0)"
DX = "return dout @ self.W.T"


def affine(
    forward: str = FORWARD,
    *backward: str,
    init: str = KEEP_PARAMETERS,
    name: str = "Affine",
) -> str:
    return (
        f"class {name}:\n"
        f"    def __init__(self, W, b):\n{inside(init)}\n"
        f"    def forward(self, x):\n{inside(forward)}\n"
        f"    def backward(self, dout):\n{inside(chr(10).join(backward or (DW, DB, DX)))}"
    )


def backward(*lines: str, init: str = KEEP_PARAMETERS) -> str:
    return affine(FORWARD, *lines, init=init)


AFFINE_FORWARD = [
    Mistake(
        "affine_no_bias",
        "affine_forward",
        "bias forgotten",
        "The product is returned without the bias.",
        "What does your layer say to an input of zeros?",
        affine("self.x = x\nreturn x @ self.W"),
    ),
    Mistake(
        "affine_bias_twice",
        "affine_forward",
        "bias added twice",
        "The bias stands in the sum two times.",
        "What does your layer say to an input of zeros, and what should it say?",
        affine("self.x = x\nout = x @ self.W + self.b\nreturn out + self.b"),
    ),
    Mistake(
        "affine_bias_subtracted",
        "affine_forward",
        "bias subtracted",
        "The bias has the wrong sign.",
        "If b rises, which way do the outputs go?",
        affine("self.x = x\nreturn x @ self.W - self.b"),
    ),
    Mistake(
        "affine_elementwise",
        "affine_forward",
        "entries multiplied one by one",
        "The star multiplies entry by entry, and the shapes of x and W don't even allow that.",
        "Which of NumPy's products adds over the inputs?",
        affine("self.x = x\nreturn x * self.W + self.b"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "affine_wrong_order",
        "affine_forward",
        "W first",
        "The factors stand in the order of a convention in which columns are samples.",
        "Which axis of x counts inputs, and which axis of W does?",
        affine("self.x = x\nreturn self.W @ x + self.b"),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "affine_w_turned",
        "affine_forward",
        "W turned round",
        "W is transposed, as in libraries that store one row for each output.",
        "What shape has W here, and what shape has its transpose?",
        affine("self.x = x\nreturn x @ self.W.T + self.b"),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "affine_bias_column",
        "affine_forward",
        "bias as a column",
        "The bias is stood up as (C, 1), so that NumPy lays it along the samples.",
        "Does one entry of b belong to a sample or to an output?",
        affine("self.x = x\nreturn x @ self.W + self.b.reshape(-1, 1)"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "affine_bias_on_weights",
        "affine_forward",
        "bias added to the weights",
        "Brackets add the bias to every row of W, so each input scales it.",
        "Which is done first here, the product or the sum?",
        affine("self.x = x\nreturn x @ (self.W + self.b)"),
    ),
    Mistake(
        "affine_mean_over_inputs",
        "affine_forward",
        "averaged over the inputs",
        "The weighted sum is divided by the number of inputs.",
        "Is an output a sum of its weighted inputs, or their average?",
        affine("self.x = x\nreturn x @ self.W / x.shape[1] + self.b"),
    ),
    Mistake(
        "affine_batch_collapsed",
        "affine_forward",
        "one row for the whole batch",
        "The outputs are averaged over the samples, and a single row is left.",
        "How many rows go in, and how many come out?",
        affine("self.x = x\nreturn np.mean(x @ self.W + self.b, axis=0)"),
    ),
    Mistake(
        "affine_not_returned",
        "affine_forward",
        "kept and not returned",
        "The output is stored and never handed on.",
        "What does the layer after this one receive?",
        affine("self.x = x\nself.out = x @ self.W + self.b"),
        diagnoses=("nothing",),
    ),
    Mistake(
        "affine_first_batch_kept",
        "affine_forward",
        "the first batch for ever",
        "The input is kept only while there is none, so all later ones are ignored.",
        "What is self.x when forward is called again?",
        affine("if self.x is None:\n    self.x = x\nreturn self.x @ self.W + self.b"),
    ),
    Mistake(
        "affine_adds_up_in_b",
        "affine_forward",
        "the bias grows with every call",
        "The output is added to the bias and kept there, for the next call to add to.",
        "What is b after forward has been called?",
        affine("self.x = x\nself.b = self.b + x @ self.W\nreturn self.b"),
    ),
    Mistake(
        "affine_one_sample_at_most",
        "affine_forward",
        "only the first sample",
        "The first row stands for the batch.",
        "Which rows of x reach the output?",
        affine("self.x = x\nreturn x[:1] @ self.W + self.b"),
    ),
    Mistake(
        "affine_parameters_on_the_class",
        "affine_forward",
        "parameters kept on the class",
        "W and b are stored on the class, so the layer made last lends its own to all others.",
        "How many places are there for W when a net has two such layers?",
        affine(
            "self.x = x\nreturn x @ Affine.W + Affine.b",
            DW,
            DB,
            "return dout @ Affine.W.T",
            init="Affine.W, Affine.b = W, b",
        ),
    ),
]

AFFINE_BACKWARD = [
    Mistake(
        "affine_dw_turned",
        "affine_backward",
        "dW turned round",
        "The factors of dW are swapped, so its table has a row for each output.",
        "What shape has W, and what shape has your dW?",
        backward("self.dW = dout.T @ self.x", DB, DX),
    ),
    Mistake(
        "affine_all_over_n",
        "affine_backward",
        "everything divided by N",
        "All three gradients are averaged over the batch, which the loss has done already.",
        "Whose job is the average over the samples?",
        backward(
            "n = len(dout)",
            "self.dW = self.x.T @ dout / n",
            "self.db = dout.sum(axis=0) / n",
            "return dout @ self.W.T / n",
        ),
    ),
    Mistake(
        "affine_parameters_over_n",
        "affine_backward",
        "parameters divided by N",
        "The gradients of W and b are averaged over the batch a second time.",
        "If each sample is shown twice, what should become of dW for the same dout?",
        backward("self.dW = self.x.T @ dout / len(dout)", "self.db = dout.mean(axis=0)", DX),
    ),
    Mistake(
        "affine_dw_not_turned",
        "affine_backward",
        "x not turned round",
        "The product of x and dout doesn't fit without a transpose.",
        "Which axis must the sum run over, and where does a matrix product look for it?",
        backward("self.dW = self.x @ dout", DB, DX),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "affine_dw_elementwise",
        "affine_backward",
        "dW entry by entry",
        "A star stands where a matrix product belongs.",
        "Over what does the sum for one entry of dW run?",
        backward("self.dW = self.x.T * dout", DB, DX),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "affine_dw_last_sample",
        "affine_backward",
        "the loop overwrites",
        "Each sample's outer product replaces the one before, so the last alone is left.",
        "What is dW after the loop's second round?",
        backward(
            "for row, d in zip(self.x, dout):",
            "    self.dW = np.outer(row, d)",
            DB,
            DX,
        ),
    ),
    Mistake(
        "affine_dw_of_means",
        "affine_backward",
        "outer product of averages",
        "The averages of x and of dout are multiplied; the average of products isn't that.",
        "Two samples with opposite x and opposite dout: what do they add to dW?",
        backward("self.dW = np.outer(self.x.mean(axis=0), dout.mean(axis=0))", DB, DX),
    ),
    Mistake(
        "affine_dw_of_sums",
        "affine_backward",
        "outer product of sums",
        "Sums are multiplied where products should be summed, so samples meet each other.",
        "Which terms of your dW hold the x of one sample and the dout of another?",
        backward("self.dW = np.outer(self.x.sum(axis=0), dout.sum(axis=0))", DB, DX),
    ),
    Mistake(
        "affine_dw_outer_of_batches",
        "affine_backward",
        "np.outer of two batches",
        "np.outer lays both tables out flat and multiplies everything with everything.",
        "What shape does np.outer give for a batch of seven?",
        backward("self.dW = np.outer(self.x, dout)", DB, DX),
    ),
    Mistake(
        "affine_dw_sign",
        "affine_backward",
        "a step downhill already",
        "dW carries the minus of the later update.",
        "Which way does the loss go when you add your dW to W?",
        backward("self.dW = -(self.x.T @ dout)", DB, DX),
    ),
    Mistake(
        "affine_all_signs",
        "affine_backward",
        "all signs turned",
        "All three gradients carry a minus that belongs to the update.",
        "Who subtracts, the layer or the optimizer?",
        backward("dout = -dout", DW, DB, DX),
    ),
    Mistake(
        "affine_first_x_kept",
        "affine_backward",
        "the first batch remembered",
        "The input is kept only while there is none, so later gradients are made from an old x.",
        "Which x does backward use after the second forward?",
        affine("self.x = x if self.x is None else self.x\nreturn x @ self.W + self.b"),
        diagnoses=("on_second_call",),
    ),
    Mistake(
        "affine_xt",
        "affine_backward",
        "xT without its dot",
        "As once in print, the dot of .T has gone missing, and no attribute is called xT.",
        "What does Python look for when it reads self.xT?",
        backward("self.dW = np.dot(self.xT, dout)", DB, DX),
        diagnoses=("error_unstored",),
    ),
    Mistake(
        "affine_db_minus",
        "affine_backward",
        "a minus where an equals sign belongs",
        "As once in print, the line subtracts the right sum from db and throws the result away.",
        "Which name does this line give a value to?",
        backward(
            DW,
            "self.db - np.sum(dout, axis=0)",
            DX,
            init=f"{KEEP_PARAMETERS}\nself.db = np.zeros_like(b)",
        ),
        diagnoses=("zero",),
    ),
    Mistake(
        "affine_db_mean",
        "affine_backward",
        "db averaged",
        "The bias gradient is the average of the rows of dout, not their sum.",
        "How many outputs of the batch move when b moves?",
        backward(DW, "self.db = dout.mean(axis=0)", DX),
    ),
    Mistake(
        "affine_db_not_summed",
        "affine_backward",
        "db not summed",
        "dout itself is kept, one row for each sample, and the bias has only one.",
        "What shape has b?",
        backward(DW, "self.db = dout", DX),
    ),
    Mistake(
        "affine_db_wrong_axis",
        "affine_backward",
        "db summed over the outputs",
        "The sum runs along each row and leaves a number for each sample.",
        "Which axis of dout counts samples?",
        backward(DW, "self.db = dout.sum(axis=1)", DX),
    ),
    Mistake(
        "affine_db_no_axis",
        "affine_backward",
        "db a single number",
        "The sum has no axis, so samples and outputs are all added together.",
        "How many biases are there?",
        backward(DW, "self.db = np.sum(dout)", DX),
    ),
    Mistake(
        "affine_db_counts",
        "affine_backward",
        "db counts samples",
        "The bias is taken to have the slope 1 in each sample, and dout is left out.",
        "Where does dout enter your db?",
        backward(DW, "self.db = np.full(dout.shape[1], float(len(dout)))", DX),
    ),
    Mistake(
        "affine_db_with_b",
        "affine_backward",
        "db multiplied by b",
        "The bias is treated like a factor, and it is a summand.",
        "How fast does an output rise with its bias?",
        backward(DW, "self.db = (dout * self.b).sum(axis=0)", DX),
    ),
    Mistake(
        "affine_dx_not_turned",
        "affine_backward",
        "W not turned round in dx",
        "dout and W don't fit without a transpose.",
        "What shape has dx, and which product of dout with W has that shape?",
        backward(DW, DB, "return dout @ self.W"),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "affine_dx_over_n",
        "affine_backward",
        "dx divided by N",
        "dx is averaged over the batch, and each sample has its own row of it.",
        "How many samples feel it when one entry of x moves?",
        backward(DW, DB, "return dout @ self.W.T / len(dout)"),
    ),
    Mistake(
        "affine_dx_with_b",
        "affine_backward",
        "the bias on the way back",
        "The bias is added to dout first, as if backward were the formula read backwards.",
        "Does the slope of a line depend on its constant?",
        backward(DW, DB, "return (dout + self.b) @ self.W.T"),
    ),
    Mistake(
        "affine_dx_slope_alone",
        "affine_backward",
        "dx without dout",
        "Only the weights of each input are added up; what arrives from the right isn't used.",
        "What would dx be if the upstream gradient were 0?",
        backward(DW, DB, "return np.tile(self.W.sum(axis=1), (len(dout), 1))"),
    ),
    Mistake(
        "affine_accumulates",
        "affine_backward",
        "added to the last gradients",
        "The gradients are added to those of the call before, and nobody sets them back.",
        "What is dW after backward has been called a second time?",
        backward(
            "self.dW += self.x.T @ dout",
            "self.db += dout.sum(axis=0)",
            DX,
            init=f"{KEEP_PARAMETERS}\nself.dW, self.db = np.zeros_like(W), np.zeros_like(b)",
        ),
    ),
    Mistake(
        "affine_not_kept",
        "affine_backward",
        "gradients only local",
        "dW and db are names inside backward, gone when it returns.",
        "Where will an optimizer look for dW?",
        backward("dW = self.x.T @ dout", "db = dout.sum(axis=0)", DX),
        diagnoses=("unset",),
    ),
    Mistake(
        "affine_three_returned",
        "affine_backward",
        "all three returned",
        "backward returns a triple, and the layer before wants one array.",
        "What does the layer before this one do with its dout?",
        backward(DW, DB, "return dout @ self.W.T, self.dW, self.db"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "affine_dx_missing",
        "affine_backward",
        "nothing returned",
        "The parameters get their gradients, and the layer before gets nothing.",
        "What does your backward return?",
        backward(DW, DB),
        diagnoses=("nothing",),
    ),
    Mistake(
        "affine_decay",
        "affine_backward",
        "weight decay in the layer",
        "A share of W is added to dW, for a penalty that this loss doesn't have.",
        "Which loss has the gradient that you return?",
        backward("self.dW = self.x.T @ dout + 0.01 * self.W", DB, DX),
    ),
    Mistake(
        "affine_moves_weights",
        "affine_backward",
        "weights moved before dx",
        "W takes its step first, and dx is then made from the new weights.",
        "Which W did forward use?",
        backward(DW, DB, "self.W = self.W - 0.01 * self.dW", DX),
    ),
    Mistake(
        "affine_backward_shared_w",
        "affine_backward",
        "weights on the class",
        "W is stored on the class, so a second layer changes the first one's dx.",
        "Whose W does backward find when two layers exist?",
        affine(
            "self.x = x\nreturn x @ self.W + self.b",
            DW,
            DB,
            "return dout @ Affine.W.T",
            init="Affine.W, self.W, self.b = W, W, b",
        ),
    ),
    Mistake(
        "affine_x_on_the_class",
        "affine_backward",
        "input on the class",
        "The input is stored on the class, which all layers share.",
        "Whose x does the first layer find after the second has run?",
        affine(
            "Affine.x = x\nreturn x @ self.W + self.b",
            "self.dW = Affine.x.T @ dout",
            DB,
            DX,
            init="self.W, self.b = W, b",
        ),
        diagnoses=("two_objects",),
    ),
]

# --- 3.3 images

FLAT = "self.shape = x.shape\nself.x = x.reshape(len(x), -1)\nreturn self.x @ self.W + self.b"
DX_SHAPED = "return (dout @ self.W.T).reshape(self.shape)"


def images(forward: str = FLAT, *lines: str, init: str = KEEP_PARAMETERS) -> str:
    return affine(forward, *(lines or (DW, DB, DX_SHAPED)), init=init, name="AffineImages")


IMAGES = [
    Mistake(
        "images_dx_flat",
        "affine_images",
        "dx left flat",
        "dx keeps the shape of the rows, and the layer before sent images.",
        "What shape had the x that came in?",
        images(FLAT, DW, DB, DX),
    ),
    Mistake(
        "images_shape_too_late",
        "affine_images",
        "shape read after the reshape",
        "The shape is remembered once the images are rows already.",
        "What is x.shape in the line that keeps it?",
        images(
            "self.x = x = x.reshape(len(x), -1)\nself.shape = x.shape\nreturn x @ self.W + self.b"
        ),
    ),
    Mistake(
        "images_not_flattened",
        "affine_images",
        "never flattened",
        "The images go into the product as they are, and don't fit.",
        "Over which axes does one output add?",
        images("self.shape, self.x = x.shape, x\nreturn x @ self.W + self.b"),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "images_flat_altogether",
        "affine_images",
        "the batch flattened too",
        "All samples are laid out in one row, and the batch is lost.",
        "How many rows should there be after the reshape?",
        images("self.shape = x.shape\nself.x = x.reshape(1, -1)\nreturn self.x @ self.W + self.b"),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "images_samples_mixed",
        "affine_images",
        "samples mixed by the reshape",
        "The samples are laid out as columns and turned round, which mixes them.",
        "Which numbers stand in the first row after your reshape?",
        images(
            "self.shape = x.shape\n"
            "self.x = x.reshape(-1, len(x)).T\n"
            "return self.x @ self.W + self.b",
            DW,
            DB,
            "return (dout @ self.W.T).T.reshape(self.shape)",
        ),
    ),
    Mistake(
        "images_fortran_order",
        "affine_images",
        "pixels in another order",
        "The pixels are laid out column by column, so each meets another pixel's weight.",
        "Which weight does the second pixel of the first row meet?",
        images(
            "self.shape = x.shape\n"
            "self.x = x.reshape(len(x), -1, order='F')\n"
            "return self.x @ self.W + self.b",
            DW,
            DB,
            "return (dout @ self.W.T).reshape(self.shape, order='F')",
        ),
    ),
    Mistake(
        "images_channels_last",
        "affine_images",
        "channels moved to the end",
        "The axes are exchanged before the images become rows.",
        "In which order do the axes stand when you flatten?",
        images(
            "self.shape = x.shape\n"
            "self.x = np.moveaxis(x, 1, -1).reshape(len(x), -1)\n"
            "return self.x @ self.W + self.b"
        ),
    ),
    Mistake(
        "images_dx_wrong_order",
        "affine_images",
        "dx laid out in another order",
        "dx has the right shape and its numbers stand at other pixels.",
        "Does your way back undo your way there?",
        images(FLAT, DW, DB, "return (dout @ self.W.T).reshape(self.shape, order='F')"),
    ),
    Mistake(
        "images_first_shape_kept",
        "affine_images",
        "the first shape for ever",
        "The shape is stored only while there is none, and a batch of another size doesn't fit it.",
        "What is self.shape when the next batch is smaller?",
        images(
            "self.shape = self.shape or x.shape\n"
            "self.x = x.reshape(len(x), -1)\n"
            "return self.x @ self.W + self.b",
            init=f"{KEEP_PARAMETERS}\nself.shape = None",
        ),
        diagnoses=("on_second_call",),
    ),
    Mistake(
        "images_four_axes_only",
        "affine_images",
        "four axes taken for granted",
        "Four sizes are unpacked from the shape, so rows can't come in.",
        "What is x.shape when an ordinary layer stands before this one?",
        images(
            "n, c, h, w = self.shape = x.shape\n"
            "self.x = x.reshape(n, c * h * w)\n"
            "return self.x @ self.W + self.b"
        ),
        diagnoses=("error_unpacked_few",),
    ),
    Mistake(
        "images_dw_of_images",
        "affine_images",
        "dW from the images",
        "dW is made from the images themselves and not from their rows.",
        "Which array of forward met W?",
        images(
            "self.x, self.shape = x, x.shape\nreturn x.reshape(len(x), -1) @ self.W + self.b",
        ),
    ),
    Mistake(
        "images_mean_of_pixels",
        "affine_images",
        "db averaged over images",
        "The bias gradient is averaged over the images.",
        "How many images use the same bias?",
        images(FLAT, DW, "self.db = dout.mean(axis=0)", DX_SHAPED),
    ),
]

# --- 3.4 softmax


def softmax(body: str) -> str:
    return function("softmax(x)", body)


SOFTMAX = [
    Mistake(
        "softmax_no_axis",
        "softmax",
        "no axis at all",
        "As in print, the largest score and the sum are taken over the whole batch.",
        "What do the shares of two samples add up to, and what should they?",
        softmax("e = np.exp(x - np.max(x))\nreturn e / np.sum(e)"),
    ),
    Mistake(
        "softmax_sum_no_axis",
        "softmax",
        "one sum for all rows",
        "Each row takes off its own largest score, and then all rows share a denominator.",
        "How many sums are there in a batch of seven?",
        softmax("e = np.exp(x - np.max(x, axis=-1, keepdims=True))\nreturn e / np.sum(e)"),
    ),
    Mistake(
        "softmax_global_shift",
        "softmax",
        "one largest score for all rows",
        "As in print, rows far below the batch's largest score get exponentials of exactly 0.",
        "What is left of a row of small scores beside one of 1000?",
        softmax("e = np.exp(x - np.max(x))\nreturn e / np.sum(e, axis=-1, keepdims=True)"),
    ),
    Mistake(
        "softmax_no_shift",
        "softmax",
        "no shift",
        "The exponentials overflow for scores of 1000.",
        "What is e to the power of 1000 in float64?",
        softmax("e = np.exp(x)\nreturn e / np.sum(e, axis=-1, keepdims=True)"),
    ),
    Mistake(
        "softmax_no_keepdims",
        "softmax",
        "no keepdims",
        "Sums of shape (N,) are laid along the columns, where they fit at all.",
        "Along which axis does NumPy lay an array of shape (N,)?",
        softmax("e = np.exp(x - np.max(x, axis=-1, keepdims=True))\nreturn e / e.sum(axis=-1)"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "softmax_down_the_columns",
        "softmax",
        "down the columns",
        "The columns add up to 1, and a row is one sample.",
        "What do your rows add up to?",
        softmax("e = np.exp(x - np.max(x, axis=0))\nreturn e / np.sum(e, axis=0)"),
    ),
    Mistake(
        "softmax_columns_shifted",
        "softmax",
        "columns shifted",
        "The largest score of each column is taken off, which changes the differences in a row.",
        "Which scores may all lose the same number?",
        softmax("e = np.exp(x - np.max(x, axis=0))\nreturn e / np.sum(e, axis=-1, keepdims=True)"),
    ),
    Mistake(
        "softmax_shift_above_only",
        "softmax",
        "shift in the numerator only",
        "The denominator adds up exponentials that weren't shifted.",
        "Is it the same number that numerator and denominator lose?",
        softmax(
            "top = np.max(x, axis=-1, keepdims=True)\n"
            "return np.exp(x - top) / np.sum(np.exp(x), axis=-1, keepdims=True)"
        ),
    ),
    Mistake(
        "softmax_no_exp",
        "softmax",
        "no exponential",
        "The scores themselves are divided by their sum, and may be negative.",
        "Can your share of a class be below 0?",
        softmax("return x / np.sum(x, axis=-1, keepdims=True)"),
    ),
    Mistake(
        "softmax_exp_of_minus",
        "softmax",
        "the exponent's sign",
        "A minus in the exponent gives the lowest score the largest share.",
        "Which class wins, that of the highest score or of the lowest?",
        softmax(
            "e = np.exp(np.min(x, axis=-1, keepdims=True) - x)\n"
            "return e / np.sum(e, axis=-1, keepdims=True)"
        ),
    ),
    Mistake(
        "softmax_over_the_largest",
        "softmax",
        "divided by the largest",
        "The exponentials are divided by the largest one of their row, not by their sum.",
        "What do the shares of a row add up to?",
        softmax(
            "e = np.exp(x - np.max(x, axis=-1, keepdims=True))\n"
            "return e / np.max(e, axis=-1, keepdims=True)"
        ),
    ),
    Mistake(
        "softmax_over_the_mean",
        "softmax",
        "divided by the mean",
        "The denominator is an average, so the shares of a row add up to the number of classes.",
        "What do the shares of a row add up to, and why to that?",
        softmax(
            "e = np.exp(x - np.max(x, axis=-1, keepdims=True))\n"
            "return e / np.mean(e, axis=-1, keepdims=True)"
        ),
    ),
    Mistake(
        "softmax_twice",
        "softmax",
        "applied twice",
        "The shares go through the same formula once more, which evens them out.",
        "What are the shares of the scores 0 and 1000?",
        softmax(
            "for _ in range(2):\n"
            "    e = np.exp(x - np.max(x, axis=-1, keepdims=True))\n"
            "    x = e / np.sum(e, axis=-1, keepdims=True)\n"
            "return x"
        ),
    ),
    Mistake(
        "softmax_two_axes_only",
        "softmax",
        "a single sample refused",
        "axis=1 is asked for, and a single sample has no such axis.",
        "Which name has the last axis, whichever it is?",
        softmax(
            "e = np.exp(x - np.max(x, axis=1, keepdims=True))\n"
            "return e / np.sum(e, axis=1, keepdims=True)"
        ),
        diagnoses=("error_no_axis",),
    ),
    Mistake(
        "softmax_always_a_row",
        "softmax",
        "one axis becomes two",
        "A single sample comes back as a batch of one.",
        "What shape has the result for four scores?",
        softmax(
            "x = np.atleast_2d(x)\n"
            "e = np.exp(x - np.max(x, axis=1, keepdims=True))\n"
            "return e / np.sum(e, axis=1, keepdims=True)"
        ),
    ),
    Mistake(
        "softmax_clipped",
        "softmax",
        "scores clipped",
        "Scores above 500 are cut off, so different ones become equal.",
        "What are the shares of 1000, 1001 and 1002 after your cut?",
        softmax("e = np.exp(np.clip(x, -500, 500))\nreturn e / np.sum(e, axis=-1, keepdims=True)"),
    ),
    Mistake(
        "softmax_logarithm",
        "softmax",
        "the logarithm of the shares",
        "The logarithms of the shares are returned.",
        "Can a share be negative?",
        softmax(
            "x = x - np.max(x, axis=-1, keepdims=True)\n"
            "return x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))"
        ),
    ),
    Mistake(
        "softmax_sigmoid",
        "softmax",
        "a sigmoid for each score",
        "Each score is squeezed by itself, and the shares of a row don't add up to 1.",
        "Does the share of one class feel the scores of the others?",
        softmax("return 0.5 * (1 + np.tanh(0.5 * x))"),
    ),
]

# --- 3.5 cross-entropy


def entropy(body: str) -> str:
    return function("cross_entropy(y, t)", body)


ROWS = "rows = t if t.ndim == 2 else np.eye(y.shape[1])[t]"


def entropy_of_rows(result: str) -> str:
    return entropy(f"{ROWS}\nreturn {result}")


CROSS_ENTROPY = [
    Mistake(
        "entropy_not_averaged",
        "cross_entropy",
        "added and not averaged",
        "The losses of the samples are added up.",
        "Does your loss grow when each sample is shown twice?",
        entropy_of_rows("-np.sum(rows * np.log(y + 1e-7))"),
    ),
    Mistake(
        "entropy_over_classes",
        "cross_entropy",
        "divided by the classes",
        "The sum is divided by the number of classes.",
        "Which axis of y counts samples?",
        entropy_of_rows("-np.sum(rows * np.log(y + 1e-7)) / y.shape[1]"),
    ),
    Mistake(
        "entropy_over_entries",
        "cross_entropy",
        "averaged over all entries",
        "The mean counts the zeros of the one-hot rows as well.",
        "How many terms of the sum aren't 0 by their making?",
        entropy_of_rows("-np.mean(rows * np.log(y + 1e-7))"),
    ),
    Mistake(
        "entropy_no_minus",
        "cross_entropy",
        "no minus",
        "The logarithm of a share is negative, and so is this loss.",
        "Is a loss of -3 better than one of 0?",
        entropy_of_rows("np.sum(rows * np.log(y + 1e-7)) / len(y)"),
    ),
    Mistake(
        "entropy_delta_outside",
        "cross_entropy",
        "the tiny number outside",
        "As in print, the tiny number is added to the logarithm, which is infinite at 0 as before.",
        "What is added first, and what is the logarithm taken of?",
        entropy(
            f"{ROWS}\nshares = np.sum(rows * y, axis=1)\nreturn -np.mean(np.log(shares) + 1e-7)"
        ),
        diagnoses=("nan_everywhere",),
    ),
    Mistake(
        "entropy_no_delta",
        "cross_entropy",
        "no tiny number",
        "A share of exactly 0 gives an infinite loss.",
        "What is your loss when the right class has no share?",
        entropy(
            "labels = t if t.ndim == 1 else t.argmax(axis=1)\n"
            "return -np.mean(np.log(y[np.arange(len(y)), labels]))"
        ),
        diagnoses=("nan_everywhere",),
    ),
    Mistake(
        "entropy_delta_large",
        "cross_entropy",
        "a tiny number that isn't tiny",
        "A thousandth inside the logarithm changes every loss.",
        "How much does the loss change at a share of 0.1?",
        entropy_of_rows("-np.sum(rows * np.log(y + 1e-3)) / len(y)"),
    ),
    Mistake(
        "entropy_log10",
        "cross_entropy",
        "a logarithm of base 10",
        "The logarithm isn't the natural one.",
        "What is your loss for ten equal shares?",
        entropy_of_rows("-np.sum(rows * np.log10(y + 1e-7)) / len(y)"),
    ),
    Mistake(
        "entropy_log2",
        "cross_entropy",
        "a logarithm of base 2",
        "The loss is in bits.",
        "In which unit is the loss of the text?",
        entropy_of_rows("-np.sum(rows * np.log2(y + 1e-7)) / len(y)"),
    ),
    Mistake(
        "entropy_log_of_mean",
        "cross_entropy",
        "logarithm of the average",
        "The shares are averaged first, and the logarithm comes after.",
        "Which is the loss of a sample, its share or minus the logarithm of it?",
        entropy_of_rows("-np.log(np.mean(np.sum(rows * y, axis=1)) + 1e-7)"),
    ),
    Mistake(
        "entropy_one_minus",
        "cross_entropy",
        "what is missing to 1",
        "The missing share is returned, which never exceeds 1.",
        "How bad is a share of a millionth compared with one of a tenth?",
        entropy_of_rows("np.mean(1 - np.sum(rows * y, axis=1))"),
    ),
    Mistake(
        "entropy_block",
        "cross_entropy",
        "every label for every row",
        "y[:, t] takes the columns of all labels from all rows.",
        "What shape has y[:, t]?",
        entropy(
            "labels = t if t.ndim == 1 else t.argmax(axis=1)\n"
            "return -np.mean(np.log(y[:, labels] + 1e-7))"
        ),
    ),
    Mistake(
        "entropy_roles_swapped",
        "cross_entropy",
        "y and t exchanged",
        "The logarithm is taken of the one-hot rows.",
        "Which of the two is never anything but 0 or 1?",
        entropy_of_rows("-np.sum(y * np.log(rows + 1e-7)) / len(y)"),
    ),
    Mistake(
        "entropy_argmax_down",
        "cross_entropy",
        "argmax down the columns",
        "The label is looked for down the columns of the one-hot rows.",
        "Along which axis does the 1 of one sample lie?",
        entropy(
            "labels = t if t.ndim == 1 else t.argmax(axis=0)\n"
            "return -np.mean(np.log(y[np.arange(len(labels)), labels] + 1e-7))"
        ),
    ),
    Mistake(
        "entropy_own_guess",
        "cross_entropy",
        "the winner in place of the right class",
        "The largest share of each row is scored, whatever the right class is.",
        "Where does t enter your loss?",
        entropy("return -np.mean(np.log(np.max(y, axis=1) + 1e-7))"),
    ),
    Mistake(
        "entropy_one_hot_only",
        "cross_entropy",
        "one-hot taken for granted",
        "Labels are multiplied into the logarithms as if they were rows.",
        "What shape has t when it holds labels?",
        entropy("return -np.sum(t * np.log(y + 1e-7)) / len(y)"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "entropy_labels_only",
        "cross_entropy",
        "labels taken for granted",
        "One-hot rows are used as if they were labels.",
        "What does a one-hot row pick when it is an index?",
        entropy("return -np.mean(np.log(y[np.arange(len(y)), t] + 1e-7))"),
        diagnoses=("error_index_kind",),
    ),
    Mistake(
        "entropy_counts_entries",
        "cross_entropy",
        "one-hot told by a length",
        "Labels are taken for a one-hot row where there are as many of them as classes.",
        "What is t when five samples have five classes?",
        entropy(
            """
            if t.shape[-1] == y.shape[-1]:
                t = np.broadcast_to(t, y.shape)
                return -np.sum(t * np.log(y + 1e-7)) / len(y)
            return -np.mean(np.log(y[np.arange(len(y)), t] + 1e-7))
            """
        ),
    ),
    Mistake(
        "entropy_all_classes",
        "cross_entropy",
        "wrong classes scored as well",
        "The wrong classes add minus ln (1 - y), as if each class were a question of its own.",
        "How much do the wrong classes count by themselves?",
        entropy_of_rows(
            "-np.sum(rows * np.log(y + 1e-7) + (1 - rows) * np.log(1 - y + 1e-7)) / len(y)"
        ),
    ),
    Mistake(
        "entropy_one_for_each",
        "cross_entropy",
        "one loss for each sample",
        "The losses of the samples are returned and not averaged.",
        "How many numbers is the loss of a batch?",
        entropy_of_rows("-np.sum(rows * np.log(y + 1e-7), axis=1)"),
    ),
    Mistake(
        "entropy_classes_from_labels",
        "cross_entropy",
        "classes counted in t",
        "The number of classes is taken from the largest label, which a small batch may not hold.",
        "How many classes are there if the batch shows only class 0?",
        entropy(
            "rows = t if t.ndim == 2 else np.eye(t.max() + 1)[t]\n"
            "return -np.sum(rows * np.log(y + 1e-7)) / len(y)"
        ),
        diagnoses=("error_broadcast",),
    ),
]

# --- 3.6 softmax backwards

SHARES = code("""
    def softmax(x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)
    """)
RIGHT_SHARES = "self.y = softmax(x)\nreturn self.y"


def softmax_layer(backward_body: str, forward: str = RIGHT_SHARES) -> str:
    return (
        f"{SHARES}\n\nclass Softmax:\n"
        f"    def forward(self, x):\n{inside(forward)}\n"
        f"    def backward(self, dout):\n{inside(backward_body)}"
    )


SOFTMAX_BACKWARD = [
    Mistake(
        "soft_diagonal_only",
        "softmax_backward",
        "only its own share",
        "The slope of a sigmoid, y (1 - y), leaves out that a score moves all shares of its row.",
        "What happens to the other shares when one score rises?",
        softmax_layer("return dout * self.y * (1 - self.y)"),
    ),
    Mistake(
        "soft_no_row_term",
        "softmax_backward",
        "the row's average missing",
        "Only step 1 arrives; nothing comes back through the sum S.",
        "What do the rows of your dx add up to?",
        softmax_layer("return self.y * dout"),
    ),
    Mistake(
        "soft_sum_without_shares",
        "softmax_backward",
        "the average not weighted",
        "The upstream gradients of a row are added without their shares.",
        "Which number stands beside each d in step 3, and what becomes of it?",
        softmax_layer("return self.y * (dout - np.sum(dout, axis=1, keepdims=True))"),
    ),
    Mistake(
        "soft_plain_mean",
        "softmax_backward",
        "an ordinary mean",
        "The mean of the row is taken off, as in the layer before, where all weights were equal.",
        "With which weights do the messages arrive at S?",
        softmax_layer("return self.y * (dout - np.mean(dout, axis=1, keepdims=True))"),
    ),
    Mistake(
        "soft_mean_of_products",
        "softmax_backward",
        "a mean where a sum is due",
        "The products are averaged, and the shares have done that already.",
        "What do the shares of a row add up to?",
        softmax_layer("return self.y * (dout - np.mean(dout * self.y, axis=1, keepdims=True))"),
    ),
    Mistake(
        "soft_outer_share_missing",
        "softmax_backward",
        "the factor in front missing",
        "The bracket is right, and the share before it has been lost.",
        "What does the exponential do to a gradient on its way back?",
        softmax_layer("return dout - np.sum(dout * self.y, axis=1, keepdims=True)"),
    ),
    Mistake(
        "soft_minus_lost",
        "softmax_backward",
        "the minus of the division lost",
        "As once in print, the minus of 1/S is lost, and the average is added.",
        "Which way does 1/S move when S rises?",
        softmax_layer("return self.y * (dout + np.sum(dout * self.y, axis=1, keepdims=True))"),
    ),
    Mistake(
        "soft_sign",
        "softmax_backward",
        "the bracket turned round",
        "The upstream gradient is taken off the average, not the average off it.",
        "If only the first share counts, should the first score rise?",
        softmax_layer("return self.y * (np.sum(dout * self.y, axis=1, keepdims=True) - dout)"),
    ),
    Mistake(
        "soft_no_keepdims",
        "softmax_backward",
        "no keepdims",
        "The rows' numbers are laid along the columns, where they fit at all.",
        "What shape has the sum, and along which axis is it spread?",
        softmax_layer("return self.y * (dout - np.sum(dout * self.y, axis=1))"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "soft_wrong_axis",
        "softmax_backward",
        "averaged over the samples",
        "The average runs down the columns, so samples feel each other.",
        "Does the share of one sample depend on the scores of another?",
        softmax_layer("return self.y * (dout - np.sum(dout * self.y, axis=0))"),
    ),
    Mistake(
        "soft_no_axis",
        "softmax_backward",
        "one average for the batch",
        "The sum has no axis, and all rows share one number.",
        "How many sums S are there in a batch of seven?",
        softmax_layer("return self.y * (dout - np.sum(dout * self.y))"),
    ),
    Mistake(
        "soft_no_upstream",
        "softmax_backward",
        "the upstream gradient ignored",
        "The slopes of each row are added up with the weight 1, and that is 0.",
        "Where does dout stand in your backward?",
        softmax_layer("return self.y * (1 - np.sum(self.y, axis=1, keepdims=True))"),
    ),
    Mistake(
        "soft_over_n",
        "softmax_backward",
        "divided by N",
        "The gradient is averaged over the batch, and this layer has nothing to average.",
        "Who owns the average over the samples?",
        softmax_layer(
            "return self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True)) / len(dout)"
        ),
    ),
    Mistake(
        "soft_scores_for_shares",
        "softmax_backward",
        "scores where shares belong",
        "The input was kept, and stands in the formula where the output should.",
        "What is in self.y, what came in or what went out?",
        softmax_layer(
            "return self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))",
            "self.y = x\nreturn softmax(x)",
        ),
    ),
    Mistake(
        "soft_first_jacobian",
        "softmax_backward",
        "the first sample's table for all",
        "The table of slopes is made from the first row and used for the whole batch.",
        "How many such tables does a batch of seven have?",
        softmax_layer("y = self.y[0]\nreturn dout @ (np.diag(y) - np.outer(y, y))"),
    ),
    Mistake(
        "soft_loss_gradient",
        "softmax_backward",
        "the loss's gradient here",
        "dout is taken for the right answers and subtracted, which is the layer of 3.7.",
        "Is dout a one-hot row?",
        softmax_layer("return (self.y - dout) / len(dout)"),
    ),
    Mistake(
        "soft_in_place",
        "softmax_backward",
        "the shares overwritten",
        "backward multiplies into the array that forward kept, so it works only once.",
        "What is self.y after backward has run?",
        softmax_layer(
            "inner = np.sum(dout * self.y, axis=1, keepdims=True)\n"
            "self.y *= dout - inner\n"
            "return self.y",
            "self.y = softmax(x)\nreturn self.y.copy()",
        ),
    ),
    Mistake(
        "soft_forward_no_axis",
        "softmax_backward",
        "shares of the whole batch",
        "forward divides by the sum over all rows.",
        "What do the rows of your shares add up to?",
        softmax_layer(
            "return self.y * (dout - np.sum(dout * self.y))",
            "e = np.exp(x - np.max(x))\nself.y = e / np.sum(e)\nreturn self.y",
        ),
    ),
    Mistake(
        "soft_first_shares_kept",
        "softmax_backward",
        "the first shares remembered",
        "The shares are stored only while there are none.",
        "Which shares does backward use after the second forward?",
        softmax_layer(
            "return self.y * (dout - np.sum(dout * self.y, axis=-1, keepdims=True))",
            "if not hasattr(self, 'y'):\n    self.y = softmax(x)\nreturn softmax(x)",
        ),
    ),
]

# --- 3.7 softmax with loss

ENTROPY = code("""
    def one_hot(t, classes):
        return t if t.ndim == 2 else np.eye(classes)[t]


    def cross_entropy(y, t):
        return -np.sum(one_hot(t, y.shape[1]) * np.log(y + 1e-7)) / len(y)
    """)
LOSS_FORWARD = (
    "self.y, self.t = softmax(x), one_hot(t, x.shape[1])\nreturn cross_entropy(self.y, self.t)"
)
LOSS_BACKWARD = "return dout * (self.y - self.t) / len(self.y)"
LABELS = "self.y = softmax(x)\nself.t = t\nreturn cross_entropy(self.y, t)"


def loss_layer(backward_body: str = LOSS_BACKWARD, forward: str = LOSS_FORWARD) -> str:
    return (
        f"{SHARES}\n\n{ENTROPY}\n\nclass SoftmaxWithLoss:\n"
        f"    def forward(self, x, t):\n{inside(forward)}\n"
        f"    def backward(self, dout=1):\n{inside(backward_body)}"
    )


WITH_LOSS = [
    Mistake(
        "loss_not_over_n",
        "softmax_with_loss",
        "not divided by N",
        "The loss is an average over the samples, and its gradient isn't.",
        "How much of the loss does one sample make up?",
        loss_layer("return dout * (self.y - self.t)"),
    ),
    Mistake(
        "loss_over_c",
        "softmax_with_loss",
        "divided by C",
        "The number of classes is taken for the number of samples.",
        "Which axis of the shares counts samples?",
        loss_layer("return dout * (self.y - self.t) / self.y.shape[1]"),
    ),
    Mistake(
        "loss_over_size",
        "softmax_with_loss",
        "divided by the number of entries",
        "The gradient is divided by N times C, and the loss by N.",
        "What does your loss average over?",
        loss_layer("return dout * (self.y - self.t) / self.y.size"),
    ),
    Mistake(
        "loss_twice_over_n",
        "softmax_with_loss",
        "divided by N twice",
        "The average of the loss comes into the gradient two times.",
        "How often does N stand in the loss?",
        loss_layer("return dout * (self.y - self.t) / len(self.y) ** 2"),
    ),
    Mistake(
        "loss_no_upstream",
        "softmax_with_loss",
        "dout ignored",
        "As in print, the upstream gradient is an argument that nothing uses.",
        "What is the gradient of five times this loss?",
        loss_layer("return (self.y - self.t) / len(self.y)"),
    ),
    Mistake(
        "loss_upstream_added",
        "softmax_with_loss",
        "dout added",
        "The upstream gradient is added to the slopes.",
        "What does the chain rule do with what arrives from above?",
        loss_layer("return dout + (self.y - self.t) / len(self.y)"),
    ),
    Mistake(
        "loss_sign",
        "softmax_with_loss",
        "t minus y",
        "The difference is turned round.",
        "Should the right class's score rise or fall, and which sign has its slope then?",
        loss_layer("return dout * (self.t - self.y) / len(self.y)"),
    ),
    Mistake(
        "loss_label_term_only",
        "softmax_with_loss",
        "only the label's term",
        "The slope of ln S is missing, so the wrong classes are left alone.",
        "What do the rows of your gradient add up to?",
        loss_layer("return -dout * self.t / len(self.y)"),
    ),
    Mistake(
        "loss_right_class_only",
        "softmax_with_loss",
        "only the right class",
        "The entries of all other classes are struck out.",
        "Do the wrong classes' scores move the loss?",
        loss_layer("return dout * (self.y - self.t) * self.t / len(self.y)"),
    ),
    Mistake(
        "loss_extra_shares",
        "softmax_with_loss",
        "one factor y too many",
        "The shares are multiplied in once more.",
        "Has the slope of softmax been applied already?",
        loss_layer("return dout * (self.y - self.t) * self.y / len(self.y)"),
    ),
    Mistake(
        "loss_labels_subtracted",
        "softmax_with_loss",
        "labels not made one-hot",
        "As in print, labels are subtracted from shares: no fit, or a silent one where N equals C.",
        "What shape has t when it holds labels?",
        loss_layer(LOSS_BACKWARD, LABELS),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "loss_labels_as_column",
        "softmax_with_loss",
        "labels subtracted as a column",
        "Each share of a row loses the number of the right class.",
        "Which entries of a row should lose 1?",
        loss_layer(
            "t = self.t.reshape(-1, 1) if self.t.ndim == 1 else self.t\n"
            "return dout * (self.y - t) / len(self.y)",
            LABELS,
        ),
    ),
    Mistake(
        "loss_rows_picked_by_label",
        "softmax_with_loss",
        "rows picked by label",
        "dx[t] takes whole rows, and the labels are columns.",
        "Which axis do labels count along?",
        loss_layer(
            "dx = self.y.copy()\ndx[self.t.argmax(axis=1)] -= 1\nreturn dout * dx / len(self.y)"
        ),
    ),
    Mistake(
        "loss_block_picked",
        "softmax_with_loss",
        "every label in every row",
        "dx[:, t] takes the columns of all labels from all rows.",
        "How many entries of the batch should lose 1?",
        loss_layer(
            "dx = self.y.copy()\ndx[:, self.t.argmax(axis=1)] -= 1\nreturn dout * dx / len(self.y)"
        ),
    ),
    Mistake(
        "loss_off_by_one",
        "softmax_with_loss",
        "classes counted from 1",
        "The 1 is taken from the class before the right one.",
        "What number has the first class?",
        loss_layer("return dout * (self.y - np.roll(self.t, -1, axis=1)) / len(self.y)"),
    ),
    Mistake(
        "loss_shares_overwritten",
        "softmax_with_loss",
        "shares changed in place",
        "backward takes the 1 off the array that forward kept, and a second call does so again.",
        "What is self.y after backward has run?",
        loss_layer(
            "dx = self.y\n"
            "dx[np.arange(len(dx)), self.t.argmax(axis=1)] -= 1\n"
            "return dout * dx / len(dx)"
        ),
    ),
    Mistake(
        "loss_softmax_no_axis",
        "softmax_with_loss",
        "shares of the whole batch",
        "As in print, softmax has no axis, so the loss grows with the batch.",
        "What do the shares of one sample add up to?",
        loss_layer(
            LOSS_BACKWARD,
            "e = np.exp(x - np.max(x))\n"
            "self.y, self.t = e / np.sum(e), one_hot(t, x.shape[1])\n"
            "return cross_entropy(self.y, self.t)",
        ),
    ),
    Mistake(
        "loss_of_scores",
        "softmax_with_loss",
        "softmax left out",
        "The logarithm is taken of the scores, which may be negative.",
        "What goes into the logarithm?",
        loss_layer(
            LOSS_BACKWARD,
            "self.y, self.t = softmax(x), one_hot(t, x.shape[1])\n"
            "with np.errstate(all='ignore'):\n"
            "    return cross_entropy(x, self.t)",
        ),
        diagnoses=("nan_everywhere",),
    ),
    Mistake(
        "loss_shares_returned",
        "softmax_with_loss",
        "shares returned",
        "forward returns the shares, and the loss is never made.",
        "How many numbers is a loss?",
        loss_layer(
            LOSS_BACKWARD,
            "self.y, self.t = softmax(x), one_hot(t, x.shape[1])\nreturn self.y",
        ),
    ),
    Mistake(
        "loss_summed",
        "softmax_with_loss",
        "added and not averaged, gradient averaged",
        "The loss is a sum over samples, and an average is wanted.",
        "What is the slope of the loss that your forward returns?",
        loss_layer(
            LOSS_BACKWARD,
            "self.y, self.t = softmax(x), one_hot(t, x.shape[1])\n"
            "return cross_entropy(self.y, self.t) * len(x)",
        ),
    ),
    Mistake(
        "loss_softmax_slope_again",
        "softmax_with_loss",
        "through softmax once more",
        "y - t is the slope in the scores already, and it is sent back through softmax.",
        "In which quantity is y - t the slope, the shares or the scores?",
        loss_layer(
            "d = dout * (self.y - self.t) / len(self.y)\n"
            "return self.y * (d - np.sum(d * self.y, axis=1, keepdims=True))"
        ),
    ),
    Mistake(
        "loss_classes_from_labels",
        "softmax_with_loss",
        "classes counted in t",
        "One-hot rows get as many columns as the largest label says.",
        "How many classes are there if the batch shows only class 0?",
        loss_layer(
            LOSS_BACKWARD,
            "self.y = softmax(x)\n"
            "self.t = t if t.ndim == 2 else np.eye(np.max(t) + 1)[t]\n"
            "return cross_entropy(self.y, self.t)",
        ),
        diagnoses=("error_broadcast",),
    ),
]

# --- 3.8 two ways

SOFTMAX_CLASS = softmax_layer(
    "return self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))"
)


def two_ways(staged: str, short: str = "(y - t) / len(x)", layer: str = SOFTMAX_CLASS) -> str:
    body = function(
        "y_minus_t(x, t)",
        f"layer = Softmax()\ny = layer.forward(x)\nreturn {staged}, {short}",
    )
    return f"{layer}\n\n{body}"


STAGED = "layer.backward(-t / (len(x) * y))"

Y_MINUS_T = [
    Mistake(
        "ways_no_n",
        "y_minus_t",
        "N left out of both",
        "Neither way has the average over the samples.",
        "How much of the loss does one sample make up?",
        two_ways("layer.backward(-t / y)", "y - t"),
    ),
    Mistake(
        "ways_short_no_n",
        "y_minus_t",
        "N left out of the short way",
        "Only the long way is averaged, so the two differ by the size of the batch.",
        "By which factor do your two results differ?",
        two_ways(STAGED, "y - t"),
    ),
    Mistake(
        "ways_staged_no_n",
        "y_minus_t",
        "N left out of the long way",
        "Only the short way is averaged.",
        "Where is the N of the formula in your dout?",
        two_ways("layer.backward(-t / y)"),
    ),
    Mistake(
        "ways_over_c",
        "y_minus_t",
        "C for N",
        "Both are divided by the number of classes.",
        "Which axis of x counts samples?",
        two_ways("layer.backward(-t / y) / x.shape[1]", "(y - t) / x.shape[1]"),
    ),
    Mistake(
        "ways_no_minus",
        "y_minus_t",
        "the minus of the logarithm lost",
        "The long way starts with the wrong sign.",
        "Does the loss rise or fall when the right share rises?",
        two_ways("layer.backward(t / (len(x) * y))"),
    ),
    Mistake(
        "ways_t_minus_y",
        "y_minus_t",
        "t minus y",
        "The short way has its difference turned round.",
        "Which sign has the slope of the right class?",
        two_ways(STAGED, "(t - y) / len(x)"),
    ),
    Mistake(
        "ways_all_classes",
        "y_minus_t",
        "every class in the logarithm",
        "The long way lets all shares count, not that of the right class alone.",
        "Which shares does the loss look at?",
        two_ways("layer.backward(-1 / (len(x) * y))"),
    ),
    Mistake(
        "ways_not_through_softmax",
        "y_minus_t",
        "stopped at the shares",
        "The first stage is returned, a gradient in the shares and not in the scores.",
        "In which quantity is your staged the slope?",
        two_ways("-t / (len(x) * y)"),
    ),
    Mistake(
        "ways_times_y",
        "y_minus_t",
        "multiplied by the shares",
        "The slope of the logarithm is taken to be its input.",
        "What is the slope of ln y?",
        two_ways("layer.backward(-t * y / len(x))"),
    ),
    Mistake(
        "ways_scores",
        "y_minus_t",
        "scores minus t",
        "The short way takes the scores for the shares.",
        "Which of x and y lies between 0 and 1?",
        two_ways(STAGED, "(x - t) / len(x)"),
    ),
    Mistake(
        "ways_only_one",
        "y_minus_t",
        "one result",
        "Only the short way is returned.",
        "How many arrays does the docstring promise?",
        f"{SOFTMAX_CLASS}\n\n"
        + function("y_minus_t(x, t)", "y = Softmax().forward(x)\nreturn (y - t) / len(x)"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "ways_difference",
        "y_minus_t",
        "their difference",
        "The two ways are compared inside, and their difference is returned twice.",
        "What is to be returned, the gradients or how much they differ?",
        two_ways(
            "layer.backward(-t / (len(x) * y)) - (y - t) / len(x)",
            "(y - t) / len(x) - layer.backward(-t / (len(x) * y))",
        ),
    ),
    Mistake(
        "ways_diagonal",
        "y_minus_t",
        "a Softmax with its diagonal only",
        "The long way goes back through y (1 - y), so the wrong classes get nothing.",
        "What does your Softmax hand to the scores of the wrong classes?",
        two_ways(STAGED, layer=softmax_layer("return dout * self.y * (1 - self.y)")),
    ),
    Mistake(
        "ways_fresh_layer",
        "y_minus_t",
        "another object backwards",
        "backward is called on a layer that has never seen the scores.",
        "What does a fresh Softmax remember?",
        two_ways("Softmax().backward(-t / (len(x) * y))"),
        diagnoses=("error_unstored",),
    ),
]

# --- 3.9 squared error


def squared(forward: str, backward_body: str) -> str:
    return (
        f"class MeanSquaredError:\n"
        f"    def forward(self, h, y):\n{inside(forward)}\n"
        f"    def backward(self, dout=1):\n{inside(backward_body)}"
    )


HALF_MEAN = "self.d = h - y\nreturn np.mean(self.d**2) / 2"
D_OVER_N = "return dout * self.d / self.d.size"

SQUARED_ERROR = [
    Mistake(
        "mse_no_n",
        "mean_squared_error",
        "the average forgotten in the slope",
        "As in print, the loss is a mean and its slope isn't, too large by the number of entries.",
        "By which factor does your slope differ from the measured one?",
        squared(HALF_MEAN, "return dout * self.d"),
    ),
    Mistake(
        "mse_over_samples",
        "mean_squared_error",
        "slope averaged over samples",
        "The slope is divided by the number of rows, the loss by the number of entries.",
        "What does np.mean divide by when it has no axis?",
        squared(HALF_MEAN, "return dout * self.d / len(self.d)"),
    ),
    Mistake(
        "mse_over_outputs",
        "mean_squared_error",
        "slope averaged over outputs",
        "The slope is divided by the number of columns.",
        "Is your slope right for two samples with one output each?",
        squared(HALF_MEAN, "return dout * self.d / self.d.shape[1]"),
    ),
    Mistake(
        "mse_samples_in_both",
        "mean_squared_error",
        "averaged over samples in both",
        "Loss and slope divide by the number of samples, and the average over outputs is missing.",
        "How many entries are there, and how many rows?",
        squared(
            "self.d = h - y\nreturn np.sum(self.d**2) / (2 * len(h))",
            "return dout * self.d / len(self.d)",
        ),
    ),
    Mistake(
        "mse_two_kept",
        "mean_squared_error",
        "the 2 kept",
        "The loss has the half, and its slope keeps the 2 that cancels it.",
        "What is a half times 2?",
        squared(HALF_MEAN, "return 2 * dout * self.d / self.d.size"),
    ),
    Mistake(
        "mse_half_in_slope",
        "mean_squared_error",
        "the half in the slope",
        "The half of the loss is still there after the 2 has come down.",
        "What becomes of the 2 in the exponent?",
        squared(HALF_MEAN, "return dout * self.d / (2 * self.d.size)"),
    ),
    Mistake(
        "mse_no_half",
        "mean_squared_error",
        "the half missing in the loss",
        "The loss is the whole mean, and half of it is wanted.",
        "Which of the five constants does your loss have?",
        squared("self.d = h - y\nreturn np.mean(self.d**2)", D_OVER_N),
    ),
    Mistake(
        "mse_sign",
        "mean_squared_error",
        "target minus prediction",
        "The difference is turned round: the square doesn't notice, and the slope does.",
        "Which way does the loss move if h rises above y?",
        squared("self.d = y - h\nreturn np.mean(self.d**2) / 2", D_OVER_N),
    ),
    Mistake(
        "mse_root",
        "mean_squared_error",
        "a square root",
        "The root of the mean is taken, and its slope isn't.",
        "Where is the root in the goal?",
        squared("self.d = h - y\nreturn np.sqrt(np.mean(self.d**2)) / 2", D_OVER_N),
    ),
    Mistake(
        "mse_absolute",
        "mean_squared_error",
        "absolute values",
        "The differences aren't squared.",
        "How much worse is an error of 2 than one of 1?",
        squared(
            "self.d = h - y\nreturn np.mean(np.abs(self.d)) / 2",
            "return dout * np.sign(self.d) / (2 * self.d.size)",
        ),
    ),
    Mistake(
        "mse_sum_then_square",
        "mean_squared_error",
        "the mean squared",
        "The mean is squared, so errors of opposite sign cancel.",
        "What is your loss for the differences 1 and -1?",
        squared("self.d = h - y\nreturn np.mean(self.d) ** 2 / 2", D_OVER_N),
    ),
    Mistake(
        "mse_no_upstream",
        "mean_squared_error",
        "dout ignored",
        "The upstream gradient is never used.",
        "What is the slope of 2.5 times this loss?",
        squared(HALF_MEAN, "return self.d / self.d.size"),
    ),
    Mistake(
        "mse_one_for_each",
        "mean_squared_error",
        "one loss for each sample",
        "The mean runs along each row only.",
        "How many numbers is a loss?",
        squared("self.d = h - y\nreturn np.mean(self.d**2, axis=1) / 2", D_OVER_N),
    ),
    Mistake(
        "mse_slope_averaged",
        "mean_squared_error",
        "the slope itself averaged",
        "One averaged number is returned where each entry has a slope.",
        "What shape has h, and what shape has its gradient?",
        squared(HALF_MEAN, "return dout * np.mean(self.d)"),
    ),
    Mistake(
        "mse_value_for_slope",
        "mean_squared_error",
        "the squares in the slope",
        "The squares are returned, so no slope is ever negative.",
        "What is the derivative of a square?",
        squared(HALF_MEAN, "return dout * self.d**2 / self.d.size"),
    ),
    Mistake(
        "mse_two_gradients",
        "mean_squared_error",
        "the target's gradient as well",
        "A pair is returned, and only h has a gradient here.",
        "How many arrays should backward return?",
        squared(HALF_MEAN, "dh = dout * self.d / self.d.size\nreturn dh, -dh"),
    ),
]

# --- 3.10 a network

LAYERS = code("""
    class Affine:
        def __init__(self, W, b):
            self.W, self.b = W, b

        def forward(self, x):
            self.x = x
            return x @ self.W + self.b

        def backward(self, dout):
            self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
            return dout @ self.W.T


    class Relu:
        def forward(self, x):
            self.passed = x > 0
            return np.where(self.passed, x, 0)

        def backward(self, dout):
            return np.where(self.passed, dout, 0)
    """)
NET = f"{loss_layer()}\n\n{LAYERS}\n\n" + code("""
    class TwoLayerNet:
        def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
            normal = np.random.default_rng().normal
            self.params = {
                "W1": normal(0, weight_init_std, (input_size, hidden_size)),
                "b1": np.zeros(hidden_size),
                "W2": normal(0, weight_init_std, (hidden_size, output_size)),
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
    """)


def net(*changes: tuple[str, str]) -> str:
    """The net of the chapter with some of its lines changed."""
    changed = NET
    for right, wrong in changes:
        if right not in changed:
            raise ValueError(f"the net has no {right!r}")
        changed = changed.replace(right, wrong)
    return changed


CALL_LOSS = "self.loss(x, t)\n        dhidden"

TWO_LAYERS = [
    Mistake(
        "net_weights_not_tiny",
        "two_layer_net",
        "weight_init_std ignored",
        "The weights have the standard deviation 1, whatever was asked for.",
        "What is the loss of your net before it has learned anything?",
        net(
            ("normal(0, weight_init_std, ", "normal(0, 1, "),
            ("default_rng()", "default_rng(1)"),
        ),
    ),
    Mistake(
        "net_all_zero",
        "two_layer_net",
        "all weights zero",
        "With all weights 0 every hidden unit is 0 and stays so, and only the last bias learns.",
        "What is the gradient of W2 when all hidden units are 0?",
        net(
            (
                "normal(0, weight_init_std, (input_size, hidden_size))",
                "np.zeros((input_size, hidden_size))",
            ),
            (
                "normal(0, weight_init_std, (hidden_size, output_size))",
                "np.zeros((hidden_size, output_size))",
            ),
        ),
        diagnoses=("reads_too_few", "weights_std"),
    ),
    Mistake(
        "net_layers_own_copies",
        "two_layer_net",
        "layers with copies",
        "The layers hold copies of the parameters, so a change of params never reaches them.",
        "Which array does your layer read when params has been changed?",
        net(
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
    Mistake(
        "net_no_relu",
        "two_layer_net",
        "no ReLU",
        "The two affine layers follow one another, and together they are one.",
        "What is between your two affine layers?",
        net(
            ("self.relu.forward(self.first.forward(x))", "self.first.forward(x)"),
            ("self.relu.backward(dhidden)", "dhidden"),
        ),
    ),
    Mistake(
        "net_relu_skipped_back",
        "two_layer_net",
        "ReLU left out backwards",
        "The gradient goes past the ReLU, so units that are off learn as well.",
        "Through how many layers do you go there, and through how many back?",
        net(("self.relu.backward(dhidden)", "dhidden")),
    ),
    Mistake(
        "net_relu_after_scores",
        "two_layer_net",
        "a ReLU behind the scores",
        "The ReLU stands behind the second layer, so scores are never negative.",
        "In which order do the boxes of the figure stand?",
        net(
            (
                "self.second.forward(self.relu.forward(self.first.forward(x)))",
                "self.relu.forward(self.second.forward(self.first.forward(x)))",
            ),
            ("self.first.backward(self.relu.backward(dhidden))", "self.first.backward(dhidden)"),
        ),
    ),
    Mistake(
        "net_no_forward",
        "two_layer_net",
        "backwards without forwards",
        "gradient never shows the layers its own batch.",
        "What do your layers remember when gradient is the first thing called?",
        net((CALL_LOSS, "dhidden")),
    ),
    Mistake(
        "net_only_predicts",
        "two_layer_net",
        "the loss not called",
        "gradient calls predict, so the last layer has never seen the right answers.",
        "Which layer needs t?",
        net((CALL_LOSS, "self.predict(x)\n        self.last.t = t\n        dhidden")),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "net_one_forward",
        "two_layer_net",
        "one forward for ever",
        "gradient runs forward for the first batch only, and later ones get its gradient.",
        "Which batch do your layers remember in the second call?",
        net((CALL_LOSS, "if self.last.y is None:\n            self.loss(x, t)\n        dhidden")),
    ),
    Mistake(
        "net_one_own_forward",
        "two_layer_net",
        "one forward of its own",
        "gradient runs forward in its first call, whatever the layers have seen since.",
        "Which batch do your layers remember in the second call?",
        net(
            (
                CALL_LOSS,
                'if not hasattr(self, "ran"):\n'
                "            self.ran = self.loss(x, t)\n"
                "        dhidden",
            )
        ),
    ),
    Mistake(
        "net_forward_order_back",
        "two_layer_net",
        "backwards in the forward order",
        "backward begins with the first layer.",
        "Which layer's gradient does the loss hand out first?",
        net(
            (
                "dhidden = self.second.backward(self.last.backward())",
                "dhidden = self.relu.backward(self.first.backward(self.last.backward()))",
            ),
            ("self.first.backward(self.relu.backward(dhidden))", "self.second.backward(dhidden)"),
        ),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "net_keys_exchanged",
        "two_layer_net",
        "keys exchanged",
        "The gradients of the two layers stand under each other's names.",
        "Which layer holds W1?",
        net(
            ('"W1": self.first.dW', '"W1": self.second.dW'),
            ('"W2": self.second.dW', '"W2": self.first.dW'),
        ),
    ),
    Mistake(
        "net_keys_with_d",
        "two_layer_net",
        "other keys",
        "The keys of the gradients aren't those of params.",
        "Under which name will an optimizer look for the gradient of W1?",
        net(
            ('"W1": self.first.dW', '"dW1": self.first.dW'),
            ('"b1": self.first.db', '"db1": self.first.db'),
            ('"W2": self.second.dW', '"dW2": self.second.dW'),
            ('"b2": self.second.db', '"db2": self.second.db'),
        ),
        diagnoses=("missing_key",),
    ),
    Mistake(
        "net_parameters_returned",
        "two_layer_net",
        "parameters for gradients",
        "The attributes W and b are collected where dW and db belong.",
        "Does the dictionary change when t does?",
        net(
            ("self.first.dW,\n", "self.first.W,\n"),
            ("self.first.db,\n", "self.first.b,\n"),
            ("self.second.dW,\n", "self.second.W,\n"),
            ("self.second.db,\n", "self.second.b,\n"),
        ),
    ),
    Mistake(
        "net_over_n_again",
        "two_layer_net",
        "averaged a second time",
        "The gradients are divided by N once more when they are collected.",
        "Which layer has averaged already?",
        net(
            ("self.first.dW,\n", "self.first.dW / len(x),\n"),
            ("self.first.db,\n", "self.first.db / len(x),\n"),
            ("self.second.dW,\n", "self.second.dW / len(x),\n"),
            ("self.second.db,\n", "self.second.db / len(x),\n"),
        ),
    ),
    Mistake(
        "net_uphill",
        "two_layer_net",
        "the step's minus in the gradient",
        "All gradients carry the minus of the later step.",
        "Who subtracts, gradient or the loop that learns?",
        net(("self.last.backward())", "-self.last.backward())")),
    ),
    Mistake(
        "net_weights_move_first",
        "two_layer_net",
        "W2 moved before the error is carried back",
        "The second layer takes its step before it sends the gradient on.",
        "Which W2 did forward use, and which one carries the error back?",
        net(
            (
                "dhidden = self.second.backward(self.last.backward())",
                "dscores = self.last.backward()\n"
                "        self.second.backward(dscores)\n"
                "        self.second.W -= 0.1 * self.second.dW\n"
                "        dhidden = dscores @ self.second.W.T",
            )
        ),
    ),
    Mistake(
        "net_accuracy_in_percent",
        "two_layer_net",
        "accuracy in per cent",
        "The share is multiplied by 100.",
        "Between which two numbers does a share lie?",
        net(("return np.mean(np.argmax", "return 100 * np.mean(np.argmax")),
    ),
    Mistake(
        "net_accuracy_counts",
        "two_layer_net",
        "accuracy counts",
        "The right answers are counted, and not divided by the number of samples.",
        "What is your accuracy when all of seven samples are right?",
        net(("return np.mean(np.argmax", "return np.sum(np.argmax")),
    ),
    Mistake(
        "net_accuracy_down",
        "two_layer_net",
        "winners down the columns",
        "The largest score is looked for down the columns, sample against sample.",
        "How many winners are there in a batch of seven?",
        net(
            (
                "np.mean(np.argmax(self.predict(x), axis=1) == labels)",
                "float(np.sum(np.argmax(self.predict(x), axis=0) == labels[:3]) / len(labels))",
            ),
        ),
    ),
    Mistake(
        "net_accuracy_labels_only",
        "two_layer_net",
        "accuracy without one-hot",
        "One-hot rows are compared with class numbers as they are.",
        "What is t when it has two axes?",
        net(
            ("labels = t if t.ndim == 1 else np.argmax(t, axis=1)", "labels = t"),
            (
                "np.argmax(self.predict(x), axis=1) == labels",
                "np.argmax(self.predict(x), axis=1, keepdims=t.ndim == 2) == labels",
            ),
        ),
        diagnoses=("only_on",),
    ),
    Mistake(
        "net_loss_of_scores",
        "two_layer_net",
        "loss without softmax",
        "Scores go where shares belong.",
        "What comes between the scores and their logarithm?",
        net(
            (
                "return self.last.forward(self.predict(x), t)",
                "self.last.forward(self.predict(x), t)\n"
                "        return cross_entropy(np.abs(self.predict(x)), t)",
            )
        ),
        diagnoses=("only_on",),
    ),
    Mistake(
        "net_softmax_in_predict_too",
        "two_layer_net",
        "softmax twice",
        "predict returns shares, and the loss layer makes shares of the shares.",
        "What does SoftmaxWithLoss expect, scores or shares?",
        net(
            (
                "return self.second.forward(self.relu.forward(self.first.forward(x)))",
                "return softmax(self.second.forward(self.relu.forward(self.first.forward(x))))",
            )
        ),
    ),
    Mistake(
        "net_no_biases",
        "two_layer_net",
        "gradients of the biases missing",
        "Only the weights are collected.",
        "How many keys has params?",
        net(('"b1": self.first.db,\n', "\n"), ('"b2": self.second.db,\n', "\n")),
        diagnoses=("missing_key",),
    ),
    Mistake(
        "net_one_relu_mask",
        "two_layer_net",
        "the mask of the scores",
        "The mask is made from the scores' gradient, not from what entered the ReLU.",
        "Which numbers decide whether a unit passes its gradient on?",
        net(("self.relu.backward(dhidden)", "np.where(dhidden > 0, dhidden, 0)")),
    ),
    Mistake(
        "net_measures_nothing",
        "two_layer_net",
        "a step for a gradient",
        "The gradients are multiplied by a rate already.",
        "What would the loop do with a rate of its own?",
        net(("self.last.backward())", "0.1 * self.last.backward())")),
    ),
]

# --- 3.11 the judge


def judge(body: str) -> str:
    return function("name_the_mistake(dW, x, dout)", body)


SUSPECTS = code("""
    right = x.T @ dout
    suspects = {
        "right": right,
        "transposed": right.T,
        "divided by N": right / len(x),
        "doubled": 2 * right,
        "last sample only": np.outer(x[-1], dout[-1]),
        "sign": -right,
    }
    """)
FITS = "np.all(np.abs(dW - suspect) <= 1e-6 * np.max(np.abs(suspect)))"


def judge_by(fits: str, suspects: str = SUSPECTS, shapes: str = "dW.shape == suspect.shape") -> str:
    return judge(
        f"{suspects}for name, suspect in suspects.items():\n"
        f"    if {shapes} and {fits}:\n        return name"
    )


NAMING = [
    Mistake(
        "naming_exact",
        "name_the_mistake",
        "compared exactly",
        "Two right sums in another order differ in their last digits.",
        "Is 0.1 + 0.2 equal to 0.3 for a computer?",
        judge_by("np.array_equal(dW, suspect)"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "naming_absolute_limit",
        "name_the_mistake",
        "an absolute limit",
        "Differences below 1e-6 count as none, so all tiny gradients look right.",
        "What does your limit say about gradients of size 1e-7?",
        judge_by("np.max(np.abs(dW - suspect)) < 1e-6"),
    ),
    Mistake(
        "naming_signed",
        "name_the_mistake",
        "a signed difference",
        "A table that lies below the suspected one everywhere is taken for it, however far below.",
        "What does your limit say about a difference of -100?",
        judge_by("np.max(dW - suspect) < 1e-6 * np.max(np.abs(suspect))"),
    ),
    Mistake(
        "naming_allclose",
        "name_the_mistake",
        "allclose as it comes",
        "np.allclose has an absolute limit of 1e-8 beside the relative one.",
        "Which two limits does allclose have?",
        judge_by("np.allclose(dW, suspect, atol=1e-6)"),
    ),
    Mistake(
        "naming_no_shapes",
        "name_the_mistake",
        "shapes not compared",
        "A table and its transpose can't be subtracted unless they are square.",
        "What shape has the transposed one?",
        judge_by(FITS, shapes="True"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "naming_by_shape",
        "name_the_mistake",
        "transposed told by its shape",
        "A square table that was turned round has the right shape.",
        "What if there are as many outputs as inputs?",
        judge_by(
            FITS,
            SUSPECTS + "if dW.shape != right.shape:\n    return 'transposed'\n"
            "del suspects['transposed']\n",
        ),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "naming_over_c",
        "name_the_mistake",
        "C for N",
        "The size of the batch is read from the wrong axis.",
        "Which axis of dout counts samples?",
        judge_by(FITS, SUSPECTS.replace("right / len(x)", "right / dout.shape[1]")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "naming_first_sample",
        "name_the_mistake",
        "the first sample",
        "The outer product of the first row is compared, and the loop kept the last.",
        "Which sample is left when each replaces the one before?",
        judge_by(FITS, SUSPECTS.replace("-1]", "0]")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "naming_halved",
        "name_the_mistake",
        "half for double",
        "The suspect is half the right gradient.",
        "What is left in dW after adding the same gradient twice?",
        judge_by(FITS, SUSPECTS.replace("2 * right", "right / 2")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "naming_by_size",
        "name_the_mistake",
        "only the size compared",
        "Lengths are compared, and a turned table or another sign has the same.",
        "What is the length of minus a vector?",
        judge_by(
            "np.isclose(np.linalg.norm(dW), np.linalg.norm(suspect), rtol=1e-6, atol=0)",
            shapes="True",
        ),
    ),
    Mistake(
        "naming_by_sum",
        "name_the_mistake",
        "only the sum compared",
        "The entries are added up, and a turned table has the same sum.",
        "What do two tables with one sum have in common?",
        judge_by("np.isclose(dW.sum(), suspect.sum(), rtol=1e-6, atol=0)", shapes="True"),
    ),
    Mistake(
        "naming_by_first_entry",
        "name_the_mistake",
        "only the first entry",
        "The corner entry of a table and of its transpose is the same number.",
        "Which entries stay where they are when a table is turned round?",
        judge_by("np.isclose(dW[0, 0], suspect[0, 0], rtol=1e-6, atol=0)", shapes="True"),
    ),
    Mistake(
        "naming_any_entry",
        "name_the_mistake",
        "any for all",
        "One entry that fits is taken for a table that fits.",
        "How many entries must agree?",
        judge_by("np.any(np.isclose(dW, suspect, rtol=1e-6, atol=0))"),
    ),
    Mistake(
        "naming_returns_all",
        "name_the_mistake",
        "all names returned",
        "A list of names is returned.",
        "What type has the answer of the table?",
        judge(
            f"{SUSPECTS}return [name for name, suspect in suspects.items()\n"
            f"        if dW.shape == suspect.shape and {FITS}]"
        ),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "naming_other_words",
        "name_the_mistake",
        "other words",
        "The texts aren't those of the table.",
        "How does the table spell it?",
        judge_by(FITS, SUSPECTS.replace('"right"', '"Right"').replace('"sign"', '"wrong sign"')),
    ),
    Mistake(
        "naming_right_wrong",
        "name_the_mistake",
        "right, or else transposed",
        "Whatever isn't right is called transposed.",
        "How many ways to be wrong does the table have?",
        judge(
            f"{SUSPECTS}suspect = right\n"
            f"ok = dW.shape == right.shape and {FITS}\n"
            "return 'right' if ok else 'transposed'"
        ),
    ),
]

# --- 3.12 find the bug


def patient(*left: str) -> str:
    """The loss layer of 3.12 with these faults left in it: some of one to five."""
    axis, keep = ("", "") if "axis" in left else ("axis=1, keepdims=True", "")
    sep = ", " if axis else ""
    last = "-np.mean(np.log(share) + 1e-7)" if "delta" in left else "-np.mean(np.log(share + 1e-7))"
    rows = "t" if "labels" in left else "t if t.ndim == 2 else np.eye(x.shape[1])[t]"
    size = "self.y.shape[1]" if "size" in left else "self.y.shape[0]"
    dout = "" if "dout" in left else "dout * "
    return "class LossLayer:\n" + "\n".join(
        [
            "    def forward(self, x, t):",
            inside(
                f"e = np.exp(x - np.max(x{sep}{axis}))\n"
                f"self.y = e / np.sum(e{sep}{axis})\n"
                f"self.t = {rows}\n"
                "share = np.sum(self.y * t, axis=1) if t.ndim == 2"
                " else self.y[np.arange(len(x)), t]\n"
                f"return {last}{keep}"
            ),
            "    def backward(self, dout=1):",
            inside(f"samples = {size}\nreturn {dout}(self.y - self.t) / samples"),
        ]
    )


BUG = [
    Mistake(
        "bug3_as_handed_out",
        "ch3_bug",
        "all five faults",
        "The layer is as it came: no axis, the tiny number outside, bare labels, C, and no dout.",
        "What do the five symptoms print?",
        patient("axis", "delta", "labels", "size", "dout"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "bug3_axis_left",
        "ch3_bug",
        "no axis",
        "Four are repaired, and softmax still adds over the batch.",
        "What do the rows of the shares add up to?",
        patient("axis"),
    ),
    Mistake(
        "bug3_delta_left",
        "ch3_bug",
        "the tiny number outside",
        "Four are repaired, and the loss is still infinite where a share is 0.",
        "Where does the bracket of the logarithm close?",
        patient("delta"),
        diagnoses=("nan_everywhere",),
    ),
    Mistake(
        "bug3_labels_left",
        "ch3_bug",
        "labels subtracted",
        "Four are repaired, and labels are still subtracted from the shares.",
        "What shape has self.t when t holds labels?",
        patient("labels"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "bug3_size_left",
        "ch3_bug",
        "C for N",
        "Four are repaired, and the gradient is still divided by the number of classes.",
        "Which axis of the shares counts samples?",
        patient("size"),
    ),
    Mistake(
        "bug3_dout_left",
        "ch3_bug",
        "dout ignored",
        "Four are repaired, and the upstream gradient is still unused.",
        "What is backward(5) over backward(1)?",
        patient("dout"),
    ),
    Mistake(
        "bug3_shift_by_the_batch",
        "ch3_bug",
        "one largest score for the batch",
        "The sum got its axis, and the largest score is still that of all rows.",
        "What becomes of a row of small scores beside one of 1000?",
        patient().replace("np.max(x, axis=1, keepdims=True)", "np.max(x)"),
        diagnoses=("nan_everywhere",),
    ),
    Mistake(
        "bug3_no_keepdims",
        "ch3_bug",
        "an axis without keepdims",
        "Both lines got an axis, and their results no longer fit the rows.",
        "What shape is left after the sum?",
        patient().replace("axis=1, keepdims=True", "axis=1"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "bug3_other_axis",
        "ch3_bug",
        "the other axis",
        "The axis that was put in runs down the columns.",
        "What does one row of the shares add up to?",
        patient().replace("axis=1, keepdims=True", "axis=0, keepdims=True"),
    ),
    Mistake(
        "bug3_square_one_hot",
        "ch3_bug",
        "one-hot rows as long as the batch",
        "The one-hot rows get as many columns as there are samples.",
        "How many columns must a one-hot row have?",
        patient().replace("np.eye(x.shape[1])", "np.eye(len(x))"),
        diagnoses=("error_broadcast", "error_past_the_end"),
    ),
    Mistake(
        "bug3_dout_divides",
        "ch3_bug",
        "dout in the denominator",
        "The upstream gradient is used at last, and divides.",
        "What does the chain rule do with what arrives from above?",
        patient().replace(
            "dout * (self.y - self.t) / samples", "(self.y - self.t) / (samples * dout)"
        ),
    ),
    Mistake(
        "bug3_both_sizes",
        "ch3_bug",
        "divided by both sizes",
        "The size is now that of the whole table.",
        "By what is the loss divided?",
        patient().replace("self.y.shape[0]", "self.y.size"),
    ),
    Mistake(
        "bug3_in_place",
        "ch3_bug",
        "the shares changed in place",
        "The 1 is taken off the array that forward kept, so a second backward takes it off again.",
        "What are the shares after backward has run?",
        patient().replace(
            "return dout * (self.y - self.t) / samples",
            "self.y -= self.t\n        return dout * self.y / samples",
        ),
    ),
]

MISTAKES = [
    *AFFINE_FORWARD,
    *AFFINE_BACKWARD,
    *IMAGES,
    *SOFTMAX,
    *CROSS_ENTROPY,
    *SOFTMAX_BACKWARD,
    *WITH_LOSS,
    *Y_MINUS_T,
    *SQUARED_ERROR,
    *TWO_LAYERS,
    *NAMING,
    *BUG,
]
