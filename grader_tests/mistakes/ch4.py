"""Chapter 4, Deep ReLU networks: what people write, and what is wrong with it."""

from __future__ import annotations

from textwrap import dedent, indent

from grader_tests.mistakes import Mistake


def code(text: str) -> str:
    """A snippet without the margin it has in this file."""
    return dedent(text).strip() + "\n"


def function(header: str, body: str) -> str:
    return f"def {header}:\n{indent(code(body), ' ' * 4)}"


def changed(right: str, *changes: tuple[str, str]) -> str:
    """A right answer with some of its lines changed."""
    text = right
    for line, wrong in changes:
        if text.count(line) != 1:
            raise ValueError(f"{line!r} stands {text.count(line)} times in the answer")
        text = text.replace(line, wrong)
    return text


# --- 4.1 the forward pass

NETWORK = code("""
    def compute_network_output(net_input, all_weights, all_biases):
        K = len(all_weights) - 1
        all_f = [None] * (K + 1)
        all_h = [None] * (K + 1)
        all_h[0] = net_input
        for layer in range(K):
            all_f[layer] = all_biases[layer] + np.matmul(all_weights[layer], all_h[layer])
            all_h[layer + 1] = np.maximum(all_f[layer], 0)
        all_f[K] = all_biases[K] + np.matmul(all_weights[K], all_h[K])
        net_output = all_f[K]
        return net_output, all_f, all_h
    """)


def network(*changes: tuple[str, str]) -> str:
    return changed(NETWORK, *changes)


HIDDEN_F = "all_biases[layer] + np.matmul(all_weights[layer], all_h[layer])"
LAST_F = "all_biases[K] + np.matmul(all_weights[K], all_h[K])"

NETWORK_OUTPUT = [
    Mistake(
        "output_rectified",
        "network_output",
        "the output rectified",
        "A ReLU follows the last layer too, so no output is ever negative.",
        "Could this net answer -3?",
        network(("net_output = all_f[K]", "net_output = np.maximum(all_f[K], 0)")),
    ),
    Mistake(
        "output_no_relu",
        "network_output",
        "no ReLU anywhere",
        "The layers follow each other without a bend, so the whole net is one straight line.",
        "What is all_h where all_f is negative?",
        network(("np.maximum(all_f[layer], 0)", "all_f[layer]")),
    ),
    Mistake(
        "output_absolute",
        "network_output",
        "the sign dropped",
        "Negative pre-activations are turned round where they should become 0.",
        "What does a ReLU make of -2?",
        network(("np.maximum(all_f[layer], 0)", "np.abs(all_f[layer])")),
    ),
    Mistake(
        "output_sigmoid",
        "network_output",
        "a sigmoid for the ReLU",
        "The hidden layers are squashed into the range from 0 to 1.",
        "Which activation does this chapter's net have?",
        network(("np.maximum(all_f[layer], 0)", "1 / (1 + np.exp(-all_f[layer]))")),
    ),
    Mistake(
        "output_one_list",
        "network_output",
        "two names for one list",
        "all_f and all_h are the same list, so each layer writes over what the other kept.",
        "How many lists does all_f = all_h = [...] make?",
        network(
            ("all_f = [None] * (K + 1)", "all_f = all_h = [None] * (K + 1)"),
            ("    all_h = [None] * (K + 1)\n    all_h[0]", "    all_h[0]"),
        ),
    ),
    Mistake(
        "output_relu_in_place",
        "network_output",
        "the pre-activations overwritten",
        "The ReLU writes its result into all_f, where the backward pass looks for the signs.",
        "Can you still tell from all_f how negative a unit was?",
        network(("np.maximum(all_f[layer], 0)", "np.maximum(all_f[layer], 0, out=all_f[layer])")),
    ),
    Mistake(
        "output_last_bias_forgotten",
        "network_output",
        "the last bias forgotten",
        "The line after the loop leaves the bias of the output layer out.",
        "How many biases are there, and how many does your code read?",
        network((LAST_F, "np.matmul(all_weights[K], all_h[K])")),
    ),
    Mistake(
        "output_no_biases",
        "network_output",
        "no biases",
        "Only the weights are used.",
        "What is the output of your net for an input of 0?",
        network(
            (HIDDEN_F, "all_weights[layer] @ all_h[layer]"), (LAST_F, "all_weights[K] @ all_h[K]")
        ),
    ),
    Mistake(
        "output_bias_after_relu",
        "network_output",
        "the bias after the ReLU",
        "The bias is added to the activation, so it can't move the corner.",
        "Does the bias come before the bend or after it?",
        network(
            (HIDDEN_F, "np.matmul(all_weights[layer], all_h[layer])"),
            ("np.maximum(all_f[layer], 0)", "np.maximum(all_f[layer], 0) + all_biases[layer]"),
        ),
    ),
    Mistake(
        "output_bias_flattened",
        "network_output",
        "the bias flattened",
        "A column and a flat bias make a table of all sums, without any error for one sample.",
        "What shape has a (6, 1) array plus a (6,) array?",
        network((HIDDEN_F, "all_biases[layer].ravel() + all_weights[layer] @ all_h[layer]")),
    ),
    Mistake(
        "output_first_bias_everywhere",
        "network_output",
        "the first bias in every layer",
        "The index of the bias stands still while that of the weights moves on.",
        "Which bias does the second layer use?",
        network(("all_biases[layer] +", "all_biases[0] +")),
    ),
    Mistake(
        "output_global_k",
        "network_output",
        "five hidden layers taken for granted",
        "The number of layers is a constant, and it fits only the net of the text.",
        "Which line of your code changes when the net gets deeper?",
        network(("K = len(all_weights) - 1", "K = 5")),
        diagnoses=("error_past_the_end",),
    ),
    Mistake(
        "output_loop_too_short",
        "network_output",
        "one layer too few",
        "The loop ends one layer early, and the last line finds nothing to work on.",
        "What are the values of range(K - 1)?",
        network(("range(K):", "range(K - 1):")),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "output_without_the_input",
        "network_output",
        "all_h without the input",
        "The list starts with the first hidden layer, so every index is one too low.",
        "What is all_h[0]?",
        network(("return net_output, all_f, all_h", "return net_output, all_f, all_h[1:]")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "output_appended",
        "network_output",
        "the output among the activations",
        "net_output is appended to all_h, which then has one entry more than all_f.",
        "Which weights does the last entry of all_h meet?",
        network(("return net_output,", "all_h.append(net_output)\n    return net_output,")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "output_first_layer_always_hidden",
        "network_output",
        "the first layer always hidden",
        "The first layer stands before the loop with its ReLU, and a net without hidden layers "
        "has none.",
        "What does your code do with a single layer?",
        code("""
        def compute_network_output(net_input, all_weights, all_biases):
            all_f = [all_biases[0] + all_weights[0] @ net_input]
            all_h = [net_input, np.maximum(all_f[0], 0)]
            for W, b in zip(all_weights[1:-1], all_biases[1:-1]):
                all_f.append(b + W @ all_h[-1])
                all_h.append(np.maximum(all_f[-1], 0))
            all_f.append(all_biases[-1] + all_weights[-1] @ all_h[-1])
            return all_f[-1], all_f, all_h
        """),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "output_input_rectified",
        "network_output",
        "the input rectified",
        "The input goes through a ReLU before it meets a weight, so negative inputs are lost.",
        "Is the input of a net an activation?",
        network(("all_h[0] = net_input", "all_h[0] = np.maximum(net_input, 0)")),
    ),
    Mistake(
        "output_weights_turned",
        "network_output",
        "the weights turned round",
        "The weights are transposed, as in a convention in which rows are samples.",
        "Which axis of W counts the outputs of a layer here?",
        network(
            ("np.matmul(all_weights[layer], all_h[layer])", "all_weights[layer].T @ all_h[layer]")
        ),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "output_input_for_all",
        "network_output",
        "the input for every layer",
        "Each layer is given the input of the net, not what the layer before made.",
        "What does the second layer receive?",
        network(("np.matmul(all_weights[layer], all_h[layer])", "all_weights[layer] @ net_input")),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "output_first_sample_only",
        "network_output",
        "only the first column",
        "The first column stands for the whole batch.",
        "How many columns has your output for a batch of seven?",
        network(("all_h[0] = net_input", "all_h[0] = net_input[:, :1]")),
    ),
    Mistake(
        "output_lists_remember",
        "network_output",
        "lists that outlive the call",
        "The lists are made once, with the function, and every later call appends to them.",
        "How often is a default argument made?",
        code("""
        def compute_network_output(net_input, all_weights, all_biases, all_f=[], all_h=[]):
            all_h.append(net_input)
            for W, b in zip(all_weights[:-1], all_biases[:-1]):
                all_f.append(b + W @ all_h[-1])
                all_h.append(np.maximum(all_f[-1], 0))
            all_f.append(all_biases[-1] + all_weights[-1] @ all_h[-1])
            return all_f[-1], all_f, all_h
        """),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "output_alone",
        "network_output",
        "only the output returned",
        "The pre-activations and activations are made and not handed on.",
        "What will the backward pass look at?",
        network(("return net_output, all_f, all_h", "return net_output")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "output_lists_swapped",
        "network_output",
        "all_h before all_f",
        "The two lists are returned in the wrong order.",
        "Which list comes second?",
        network(("return net_output, all_f, all_h", "return net_output, all_h, all_f")),
    ),
]

# --- 4.2 the indicator


def indicator(body: str) -> str:
    return function("indicator_function(x)", body)


INDICATOR = [
    Mistake(
        "indicator_turned_round",
        "indicator",
        "the other half",
        "The indicator is 1 where x is negative.",
        "Through which half does a ReLU let the gradient pass?",
        indicator("return (x < 0).astype(float)"),
    ),
    Mistake(
        "indicator_relu",
        "indicator",
        "the ReLU itself",
        "The values above 0 are returned, and not the slope there.",
        "What is the slope of the ReLU at 2?",
        indicator("return np.maximum(x, 0)"),
    ),
    Mistake(
        "indicator_sign",
        "indicator",
        "the sign",
        "np.sign is -1 below 0, where a ReLU is flat.",
        "What is the slope of the ReLU at -1?",
        indicator("return np.sign(x)"),
    ),
    Mistake(
        "indicator_ones",
        "indicator",
        "1 everywhere",
        "The array of ones is never filled with zeros.",
        "Where is your indicator 0?",
        indicator("indicator = np.ones_like(x)\nreturn indicator"),
    ),
    Mistake(
        "indicator_if",
        "indicator",
        "an if on an array",
        "A single if asks one question, and an array has many answers.",
        "Is [-1, 2] larger than 0?",
        indicator("if x > 0:\n    return 1.0\nreturn 0.0"),
        diagnoses=("error_ambiguous",),
    ),
    Mistake(
        "indicator_selection",
        "indicator",
        "only the positive entries",
        "The mask selects entries, and the places of the others are lost.",
        "What shape has x[x > 0]?",
        indicator("return np.ones_like(x[x > 0])"),
    ),
    Mistake(
        "indicator_indices",
        "indicator",
        "places instead of ones",
        "np.where with one argument gives the places at which x is positive.",
        "How many arguments has the np.where that chooses between 1 and 0?",
        indicator("return np.where(x > 0)"),
    ),
    Mistake(
        "indicator_whole_numbers",
        "indicator",
        "cut to whole numbers first",
        "Everything between 0 and 1 is cut to 0, and then it isn't positive any more.",
        "What is int(0.7)?",
        indicator("return (x.astype(int) > 0).astype(float)"),
    ),
    Mistake(
        "indicator_from_one",
        "indicator",
        "1 from 1 on",
        "The threshold stands at 1.",
        "At which x does the ReLU bend?",
        indicator("return np.where(x >= 1, 1.0, 0.0)"),
    ),
    Mistake(
        "indicator_second_line_undoes",
        "indicator",
        "the second line undoes the first",
        "Ones are written, and the next line finds them below its limit and makes them 0.",
        "What is in the array when the second line looks at it?",
        indicator(
            "indicator = np.array(x)\n"
            "indicator[indicator > 0] = 1\n"
            "indicator[indicator <= 1] = 0\n"
            "return indicator"
        ),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "indicator_not_zero",
        "indicator",
        "1 wherever x isn't 0",
        "Negative entries are let through as well.",
        "What is the slope of the ReLU at -1?",
        indicator("return (x != 0).astype(float)"),
    ),
    Mistake(
        "indicator_leaky",
        "indicator",
        "a leak",
        "Negative entries get a slope of 0.01, as in another activation.",
        "How flat is the ReLU below 0?",
        indicator("return np.where(x > 0, 1.0, 0.01)"),
    ),
    Mistake(
        "indicator_soft",
        "indicator",
        "a soft step",
        "A sigmoid goes from 0 to 1 by and by, and this step has no width.",
        "What is your indicator at 0.1?",
        indicator("return 1 / (1 + np.exp(-x))"),
    ),
    Mistake(
        "indicator_above_the_mean",
        "indicator",
        "compared with the mean",
        "The entries are compared with their own mean, and the corner stands at 0.",
        "What does your indicator say if all entries are positive?",
        indicator("return (x > np.mean(x)).astype(float)"),
    ),
    Mistake(
        "indicator_one_answer",
        "indicator",
        "one answer for all",
        "np.any gives a single truth for the whole array.",
        "How many units has the layer, and how many answers do you give?",
        indicator("return float(np.any(x > 0))"),
    ),
    Mistake(
        "indicator_zero_by_zero",
        "indicator",
        "0 divided by 0",
        "x is divided by its own size, which is no number where x is 0.",
        "What is 0 / 0 for NumPy?",
        indicator("return (1 + x / np.abs(x)) / 2"),
    ),
    Mistake(
        "indicator_printed",
        "indicator",
        "printed, not returned",
        "The mask is shown and not handed on.",
        "What does your function give back?",
        indicator("print(x > 0)"),
        diagnoses=("nothing",),
    ),
]

# --- 4.3 least squares

LOSS = "return np.sum((net_output - y) ** 2)"
LOSS_SLOPE = "return 2 * (net_output - y)"


def squares(loss: str = LOSS, slope: str = LOSS_SLOPE) -> str:
    first = function("least_squares_loss(net_output, y)", loss)
    return f"{first}\n\n{function('d_loss_d_output(net_output, y)', slope)}"


SQUARES = [
    Mistake(
        "squares_mean",
        "least_squares",
        "a mean for the sum",
        "The loss is divided by the number of entries.",
        "Is the loss of a batch twice as long twice as large?",
        squares("return np.mean((net_output - y) ** 2)"),
    ),
    Mistake(
        "squares_mean_of_samples",
        "least_squares",
        "a mean over the samples",
        "The loss and its slope are both divided by the number of columns.",
        "Which divisor stands in the loss of this chapter?",
        squares(f"{LOSS} / y.shape[1]", f"{LOSS_SLOPE} / y.shape[1]"),
    ),
    Mistake(
        "squares_half",
        "least_squares",
        "half the squares",
        "A half stands before the sum, and the slope fits it, but the loss has no half.",
        "What is the loss of an output that is off by 3?",
        squares("return 0.5 * np.sum((net_output - y) ** 2)", "return net_output - y"),
    ),
    Mistake(
        "squares_no_two",
        "least_squares",
        "the 2 missing",
        "The slope is that of half the loss.",
        "What is the slope of d squared?",
        squares(slope="return net_output - y"),
    ),
    Mistake(
        "squares_slope_over_n",
        "least_squares",
        "the slope divided by N",
        "The loss is a sum, and its slope is made an average.",
        "By what is the loss divided?",
        squares(slope="return 2 * (net_output - y) / y.shape[1]"),
    ),
    Mistake(
        "squares_sign",
        "least_squares",
        "y minus the output",
        "The square hides which way the difference was taken, and the slope doesn't.",
        "The output is too large: should it rise or fall, and which sign has the slope then?",
        squares(slope="return 2 * (y - net_output)"),
    ),
    Mistake(
        "squares_one_for_each",
        "least_squares",
        "one loss for each sample",
        "The sum runs down the columns and leaves a number for every sample.",
        "How many numbers is the loss of a batch?",
        squares("return np.sum((net_output - y) ** 2, axis=0)"),
    ),
    Mistake(
        "squares_slope_summed",
        "least_squares",
        "the slope summed over the batch",
        "The samples are added together before any weight has met them.",
        "What shape has net_output, and what shape has your slope?",
        squares(slope="return 2 * np.sum(net_output - y, axis=1, keepdims=True)"),
    ),
    Mistake(
        "squares_absolute",
        "least_squares",
        "distances for squares",
        "The distances are added up, and the slope fits that: it is only a sign.",
        "How much more does an error of 10 cost than one of 1?",
        squares("return np.sum(np.abs(net_output - y))", "return np.sign(net_output - y)"),
    ),
    Mistake(
        "squares_root",
        "least_squares",
        "a root over the sum",
        "The length of the difference is returned, and the loss is its square.",
        "What does np.linalg.norm do after it has added the squares?",
        squares("return np.linalg.norm(net_output - y)"),
    ),
    Mistake(
        "squares_of_the_sum",
        "least_squares",
        "the square of the sum",
        "The differences are added first, so they can cancel.",
        "What is your loss if one output is 3 too high and another 3 too low?",
        squares("return np.sum(net_output - y) ** 2"),
    ),
    Mistake(
        "squares_matrix",
        "least_squares",
        "a table of products",
        "The product of the turned differences with themselves is one number for one sample only.",
        "What shape has d.T @ d for a batch of seven?",
        squares("d = net_output - y\nreturn d.T @ d"),
    ),
    Mistake(
        "squares_first_output",
        "least_squares",
        "only the first output",
        "The first row is read, and the other outputs cost nothing.",
        "Where does the second output enter your loss?",
        squares("return np.sum((net_output - y)[0] ** 2)"),
    ),
    Mistake(
        "squares_first_sample",
        "least_squares",
        "only the first sample",
        "The first column is read, and the other samples cost nothing.",
        "What is your loss if only the last sample is wrong?",
        squares("return np.sum((net_output - y)[:, 0] ** 2)"),
    ),
    Mistake(
        "squares_bracket",
        "least_squares",
        "the bracket missing",
        "Only the output is doubled, and y is then taken off once.",
        "What is your slope when the output is right?",
        squares(slope="return 2 * net_output - y"),
    ),
    Mistake(
        "squares_slope_is_the_loss",
        "least_squares",
        "squares for the slope",
        "The squared differences themselves are returned as the slope.",
        "Can the slope of your loss ever be negative?",
        squares(slope="return (net_output - y) ** 2"),
    ),
    Mistake(
        "squares_slope_size",
        "least_squares",
        "the slope without its sign",
        "The size of the slope is right, and its direction is lost.",
        "Which way should an output move that is too low?",
        squares(slope="return 2 * np.abs(net_output - y)"),
    ),
    Mistake(
        "squares_y_flat",
        "least_squares",
        "y laid flat",
        "A column minus a flat array is a table of all differences.",
        "What shape has a (3, 1) array minus a (3,) array?",
        squares("return np.sum((net_output - y.ravel()) ** 2)"),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "squares_loss_alone",
        "least_squares",
        "the slope not returned",
        "The slope is computed and dropped.",
        "What does d_loss_d_output give back?",
        squares(slope="slope = 2 * (net_output - y)"),
        diagnoses=("nothing",),
    ),
]

# --- 4.4 the backward pass

INDICATOR_FUNCTION = function("indicator_function(x)", "return (x > 0).astype(float)")
BACKWARD = f"{INDICATOR_FUNCTION}\n\n" + code("""
    def backward_pass(all_weights, all_biases, all_f, all_h, y):
        K = len(all_weights) - 1
        all_dl_dweights = [None] * (K + 1)
        all_dl_dbiases = [None] * (K + 1)
        dl_df = 2 * (all_f[K] - y)
        for layer in range(K, -1, -1):
            all_dl_dbiases[layer] = np.sum(dl_df, axis=1, keepdims=True)
            all_dl_dweights[layer] = np.matmul(dl_df, all_h[layer].T)
            if layer > 0:
                dl_dh = np.matmul(all_weights[layer].T, dl_df)
                dl_df = indicator_function(all_f[layer - 1]) * dl_dh
        return all_dl_dweights, all_dl_dbiases
    """)


def backward(*changes: tuple[str, str]) -> str:
    return changed(BACKWARD, *changes)


SEED = "dl_df = 2 * (all_f[K] - y)"
DB = "np.sum(dl_df, axis=1, keepdims=True)"
DW = "np.matmul(dl_df, all_h[layer].T)"
DH = "np.matmul(all_weights[layer].T, dl_df)"
MASK = "indicator_function(all_f[layer - 1])"
GATE = f"{MASK} * dl_dh"
GRADIENTS_RETURNED = "return all_dl_dweights, all_dl_dbiases"

BACKWARD_PASS = [
    # Where the error starts.
    Mistake(
        "backward_no_two",
        "backward_pass",
        "the 2 of the loss missing",
        "The pass starts from the difference, which is half the slope of the loss.",
        "What is the slope of d squared?",
        backward((SEED, "dl_df = all_f[K] - y")),
    ),
    Mistake(
        "backward_sign",
        "backward_pass",
        "y minus the output",
        "The difference is turned round, and every gradient with it.",
        "Which way does the loss go when a weight follows your gradient?",
        backward((SEED, "dl_df = 2 * (y - all_f[K])")),
    ),
    Mistake(
        "backward_over_n",
        "backward_pass",
        "averaged over the batch",
        "The slope is divided by the number of samples, and the loss is a sum over them.",
        "By what does this chapter's loss divide?",
        backward((SEED, "dl_df = 2 * (all_f[K] - y) / y.shape[1]")),
    ),
    Mistake(
        "backward_over_outputs",
        "backward_pass",
        "averaged over the outputs",
        "The slope is divided by the number of outputs, which shows only where there are several.",
        "What does your code do with two outputs that it doesn't do with one?",
        backward((SEED, "dl_df = 2 * (all_f[K] - y) / y.shape[0]")),
    ),
    Mistake(
        "backward_from_the_loss",
        "backward_pass",
        "the squares carried back",
        "The pass starts from the squared differences, which are the loss and not its slope.",
        "Can your first dl_df be negative?",
        backward((SEED, "dl_df = (all_f[K] - y) ** 2")),
    ),
    Mistake(
        "backward_output_gated",
        "backward_pass",
        "a gate after the output",
        "The output is treated like a hidden layer, so a negative output teaches nothing.",
        "Is there a ReLU behind all_f[K]?",
        backward((SEED, "dl_df = 2 * (all_f[K] - y) * indicator_function(all_f[K])")),
    ),
    Mistake(
        "backward_from_last_h",
        "backward_pass",
        "the last activations for the output",
        "all_h[K] is what enters the last layer, and the output is all_f[K].",
        "What shape has all_h[K], and what shape has y?",
        backward((SEED, "dl_df = 2 * (all_h[K] - y)")),
        diagnoses=("error_broadcast", "error_matmul"),
    ),
    Mistake(
        "backward_y_flat",
        "backward_pass",
        "y laid flat",
        "A column minus a flat array is a table, and only with one output is that no matter.",
        "What shape has a (2, 1) array minus a (2,) array?",
        backward((SEED, "dl_df = 2 * (all_f[K] - y.reshape(-1))")),
        diagnoses=("error_broadcast", "error_matmul"),
    ),
    # The gates.
    Mistake(
        "backward_no_gates",
        "backward_pass",
        "no gates",
        "Dead units pass their gradient on as if there were no ReLU.",
        "What moves in the output when a dead unit's weight moves?",
        backward((GATE, "dl_dh")),
    ),
    Mistake(
        "backward_gates_at_the_end_only",
        "backward_pass",
        "only the last hidden layer gated",
        "The layers below the last hidden one are carried through without their gates.",
        "How often does your code use the indicator in a net with five hidden layers?",
        backward((GATE, f"{GATE} if layer == K else dl_dh")),
    ),
    Mistake(
        "backward_first_layer_not_gated",
        "backward_pass",
        "the first hidden layer not gated",
        "The condition on the layer is one too high, so the gates of layer 0 are never used.",
        "For which layers is layer - 1 > 0?",
        backward((GATE, f"{GATE} if layer - 1 > 0 else dl_dh")),
    ),
    Mistake(
        "backward_gates_of_the_layer_above",
        "backward_pass",
        "the gates of the layer above",
        "all_f[layer] belongs to the layer that dl_df comes from, not to the one it goes to.",
        "Whose ReLU lies between dl_dh and the next dl_df?",
        backward((MASK, "indicator_function(all_f[layer])")),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "backward_gates_one_too_low",
        "backward_pass",
        "the gates of the layer below",
        "all_h[layer - 1] is what entered the layer whose gates are wanted.",
        "Which ReLU made all_h[layer - 1]?",
        backward((MASK, "indicator_function(all_h[layer - 1])")),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "backward_first_gates_for_all",
        "backward_pass",
        "the first layer's gates for all",
        "The index of the gates is a constant, and it fits nets with one hidden layer.",
        "Which entry of all_f does your code read for the fourth layer?",
        backward((MASK, "indicator_function(all_f[0])")),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "backward_gates_by_gradient",
        "backward_pass",
        "gates set by the gradient",
        "The sign of the gradient decides what passes, and it should be that of the forward pass.",
        "Who opens a gate, the input or the error?",
        backward((MASK, "indicator_function(dl_dh)")),
    ),
    Mistake(
        "backward_gates_closed_twice",
        "backward_pass",
        "negative gradients stopped as well",
        "A gate lets through only what is positive on the way back too.",
        "May the gradient of a live unit be negative?",
        backward((GATE, "np.maximum(indicator_function(all_f[layer - 1]) * dl_dh, 0)")),
    ),
    Mistake(
        "backward_activation_for_gate",
        "backward_pass",
        "the activation for the gate",
        "The gradient is multiplied with the value that passed, and its slope is 1.",
        "What is the slope of the ReLU at 3?",
        backward((MASK, "np.maximum(all_f[layer - 1], 0)")),
    ),
    Mistake(
        "backward_sigmoid_slope",
        "backward_pass",
        "the slope of a sigmoid",
        "h (1 - h) belongs to a sigmoid, and this net has ReLUs.",
        "What is the slope of the ReLU at 3?",
        backward((MASK, "all_h[layer] * (1 - all_h[layer])")),
    ),
    Mistake(
        "backward_gates_of_the_first_sample",
        "backward_pass",
        "the first sample's gates for all",
        "The gates are read from the first column, and each sample has its own.",
        "Is a unit dead for all samples if it is dead for one?",
        backward((MASK, "indicator_function(all_f[layer - 1][:, :1])")),
    ),
    Mistake(
        "backward_gates_of_the_mean",
        "backward_pass",
        "the gates of an average sample",
        "The pre-activations are averaged over the batch before their sign is asked.",
        "Half of the samples pass a gate: what does your code do with the other half?",
        backward(
            (MASK, "indicator_function(np.mean(all_f[layer - 1], axis=1, keepdims=True))"),
        ),
    ),
    Mistake(
        "backward_first_layer_gated_always",
        "backward_pass",
        "a gate even without hidden layers",
        "The first layer stands after the loop with its gates, which is wrong where it is the "
        "output too.",
        "Which layer is layer 0 in a net without hidden layers?",
        f"{INDICATOR_FUNCTION}\n\n"
        + code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            K = len(all_weights) - 1
            dl_dfs = [None] * (K + 1)
            dl_dh = 2 * (all_f[K] - y)
            for layer in range(K, 0, -1):
                gates = 1 if layer == K else indicator_function(all_f[layer])
                dl_dfs[layer] = gates * dl_dh
                dl_dh = all_weights[layer].T @ dl_dfs[layer]
            dl_dfs[0] = indicator_function(all_f[0]) * dl_dh
            dweights = [dl_df @ h.T for dl_df, h in zip(dl_dfs, all_h)]
            return dweights, [dl_df.sum(axis=1, keepdims=True) for dl_df in dl_dfs]
        """),
    ),
    # The weights' gradients.
    Mistake(
        "backward_dw_of_the_next_h",
        "backward_pass",
        "what the layer made, not what it got",
        "all_h[layer + 1] is the layer's own result, and its weights met all_h[layer].",
        "Which activations did these weights multiply?",
        backward((DW, "np.matmul(dl_df, all_h[min(layer + 1, K)].T)")),
    ),
    Mistake(
        "backward_dw_of_pre_activations",
        "backward_pass",
        "pre-activations for activations",
        "The weights met what the ReLU let through, not what came before it.",
        "What did a dead unit send to the next layer?",
        backward((DW, "np.matmul(dl_df, (all_f[layer - 1] if layer else all_h[0]).T)")),
    ),
    Mistake(
        "backward_dw_of_gates",
        "backward_pass",
        "the gates for the activations",
        "Each weight is taken to have met 0 or 1.",
        "By how much does f rise with a weight whose input is 3?",
        backward((DW, "np.matmul(dl_df, indicator_function(all_h[layer]).T)")),
    ),
    Mistake(
        "backward_first_dw_without_input",
        "backward_pass",
        "the first layer's input forgotten",
        "The first weights are treated like biases, as if every input were 1.",
        "What did the first weights multiply?",
        backward(
            (DW, "np.matmul(dl_df, (all_h[layer] if layer else np.ones_like(all_h[0])).T)"),
        ),
    ),
    Mistake(
        "backward_dw_turned",
        "backward_pass",
        "the weights' gradients turned round",
        "The factors are swapped, so there is a row for each input.",
        "What shape have the weights, and what shape has their gradient?",
        backward((DW, "np.matmul(all_h[layer], dl_df.T)")),
    ),
    Mistake(
        "backward_dw_not_turned",
        "backward_pass",
        "the activations not turned round",
        "Two arrays with samples in their columns don't fit without a transpose.",
        "Over what does the sum for one weight run?",
        backward((DW, "np.matmul(dl_df, all_h[layer])")),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "backward_dw_elementwise",
        "backward_pass",
        "a star for the product",
        "For one sample the star spreads a column and a row over a table, and for more it can't.",
        "Which of NumPy's products adds over the samples?",
        backward((DW, "dl_df * all_h[layer].T")),
        diagnoses=("error_broadcast",),
    ),
    Mistake(
        "backward_dw_outer",
        "backward_pass",
        "np.outer of two batches",
        "np.outer lays both batches flat, and only a batch of one comes out right.",
        "What shape does np.outer give for a batch of seven?",
        backward((DW, "np.outer(dl_df, all_h[layer])")),
    ),
    Mistake(
        "backward_dw_last_sample",
        "backward_pass",
        "the loop overwrites",
        "Each sample's outer product replaces the one before.",
        "What is left of the first sample after the second?",
        backward(
            (
                f"all_dl_dweights[layer] = {DW}",
                "for d, h in zip(dl_df.T, all_h[layer].T):\n"
                "            all_dl_dweights[layer] = np.outer(d, h)",
            ),
        ),
    ),
    Mistake(
        "backward_dw_of_sums",
        "backward_pass",
        "sums multiplied",
        "The samples are added up before the product, so one sample's error meets another's input.",
        "Which terms hold the error of one sample and the input of another?",
        backward((DW, "np.outer(dl_df.sum(axis=1), all_h[layer].sum(axis=1))")),
    ),
    Mistake(
        "backward_dw_mean",
        "backward_pass",
        "the weights' gradients averaged",
        "The weights' gradients are divided by the number of samples, those of the biases aren't.",
        "What becomes of the loss's slope when every sample is shown twice?",
        backward((DW, f"{DW} / y.shape[1]")),
    ),
    Mistake(
        "backward_decay",
        "backward_pass",
        "a penalty that isn't there",
        "A share of the weights is added, for a loss that this chapter doesn't have.",
        "Which loss has the gradient that you return?",
        backward((DW, f"{DW} + 0.02 * all_weights[layer]")),
    ),
    # The biases' gradients.
    Mistake(
        "backward_db_not_summed",
        "backward_pass",
        "the biases' gradients not summed",
        "dl_df is kept as it is, one column for each sample, and a bias has one column.",
        "How many samples does one bias serve?",
        backward((DB, "np.array(dl_df)")),
    ),
    Mistake(
        "backward_db_mean",
        "backward_pass",
        "the biases' gradients averaged",
        "The columns are averaged where they should be added.",
        "How many outputs move when one bias moves?",
        backward((DB, "np.mean(dl_df, axis=1, keepdims=True)")),
    ),
    Mistake(
        "backward_db_first_sample",
        "backward_pass",
        "the first column for the bias",
        "One column has the right shape, and it tells of one sample only.",
        "Where do the other samples enter the gradient of the bias?",
        backward((DB, "dl_df[:, :1]")),
    ),
    Mistake(
        "backward_db_over_units",
        "backward_pass",
        "summed over the units",
        "The sum runs down the columns and leaves a number for each sample.",
        "Which axis counts samples in this chapter?",
        backward((DB, "np.sum(dl_df, axis=0, keepdims=True)")),
    ),
    Mistake(
        "backward_db_flat",
        "backward_pass",
        "the biases' gradients flat",
        "The sum drops an axis, and a flat gradient spreads over a column without an error.",
        "What shape has a (3, 1) bias minus a (3,) gradient?",
        backward((DB, "np.sum(dl_df, axis=1)")),
    ),
    Mistake(
        "backward_db_one_number",
        "backward_pass",
        "one number for all biases",
        "The sum has no axis, so the units are added together as well.",
        "How many biases has the layer?",
        backward((DB, "np.full((len(dl_df), 1), np.sum(dl_df))")),
    ),
    Mistake(
        "backward_db_before_the_gate",
        "backward_pass",
        "the bias before its gate",
        "The bias takes dl_dh, and the gate lies between the bias and h.",
        "What does the bias of a dead unit change in the output?",
        backward(
            (SEED, "dl_df = dl_dh = 2 * (all_f[K] - y)"),
            (DB, "np.sum(dl_dh, axis=1, keepdims=True)"),
        ),
    ),
    # The way down.
    Mistake(
        "backward_weights_not_turned",
        "backward_pass",
        "the weights not turned round",
        "The weights stand as in the forward pass, and fit only where a layer is square.",
        "Which way do the numbers go through W here?",
        backward((DH, "np.matmul(all_weights[layer], dl_df)")),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "backward_turned_only_where_needed",
        "backward_pass",
        "turned only where it must be",
        "The transpose is left out wherever the shapes allow it, so square layers go wrong.",
        "Is W equal to its transpose when it is square?",
        backward(
            (
                f"dl_dh = {DH}",
                "W = all_weights[layer]\n"
                "            if W.shape[1] != len(dl_df):\n"
                "                W = W.T\n"
                "            dl_dh = np.matmul(W, dl_df)",
            ),
        ),
    ),
    Mistake(
        "backward_weights_of_the_layer_below",
        "backward_pass",
        "the weights of the layer below",
        "The index is one too low: these weights lie on the other side of the gate.",
        "Which weights lie between all_h[layer] and all_f[layer]?",
        backward((DH, "np.matmul(all_weights[layer - 1].T, dl_df)")),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "backward_last_weights_for_all",
        "backward_pass",
        "the last weights for every layer",
        "The index stands still at K, which is right for one hidden layer.",
        "Which weights does your code read on its second round?",
        backward((DH, "np.matmul(all_weights[K].T, dl_df)")),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "backward_sums_multiplied",
        "backward_pass",
        "sums in place of the product",
        "All weights of a unit are added and meet the sum of the errors, as if there were one "
        "output.",
        "Which weight carries the error of the second output?",
        backward(
            (
                DH,
                "np.sum(all_weights[layer], axis=0)[:, None] * np.sum(dl_df, axis=0)",
            ),
        ),
    ),
    Mistake(
        "backward_bias_on_the_way",
        "backward_pass",
        "the bias added on the way back",
        "The pass is the forward formula read backwards, with its bias.",
        "Does the slope of a line depend on its constant?",
        backward((DH, "np.matmul(all_weights[layer].T, dl_df + all_biases[layer])")),
    ),
    Mistake(
        "backward_weights_moved_first",
        "backward_pass",
        "the step taken on the way",
        "The weights are moved before they carry the error down, so all but the last are off.",
        "Which weights did the forward pass use?",
        backward(
            (
                "        if layer > 0:",
                "        all_weights[layer] -= 0.001 * all_dl_dweights[layer]\n"
                "        if layer > 0:",
            ),
        ),
    ),
    Mistake(
        "backward_clipped",
        "backward_pass",
        "clipped on the way",
        "What is carried down is cut to between -0.1 and 0.1, and then it isn't the gradient.",
        "Which function has the gradient that you return?",
        backward((GATE, f"np.clip({GATE}, -0.1, 0.1)")),
    ),
    Mistake(
        "backward_over_n_in_each_layer",
        "backward_pass",
        "divided by N in every layer",
        "What is carried down gets smaller by the size of the batch at each layer.",
        "How often does the average over the samples stand in your loss?",
        backward((GATE, f"{GATE} / y.shape[1]")),
    ),
    Mistake(
        "backward_normed",
        "backward_pass",
        "scaled on the way",
        "The gradient is brought to length 1 at each layer, so that it neither grows nor fades.",
        "Is a gradient that was scaled still the slope of the loss?",
        backward((GATE, f"{GATE} / np.linalg.norm(dl_dh)")),
    ),
    # The loop and the lists.
    Mistake(
        "backward_first_layer_missing",
        "backward_pass",
        "layer 0 never reached",
        "range stops before its end, and the first layer's places stay empty.",
        "What is the last value of range(K, 0, -1)?",
        backward(("range(K, -1, -1)", "range(K, 0, -1)")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "backward_last_layer_missing",
        "backward_pass",
        "the last layer left empty",
        "The loop starts below the output, and the gradients of the output layer are never kept.",
        "Which entries of your lists are still None?",
        backward(
            (
                f"        all_dl_dbiases[layer] = {DB}\n        all_dl_dweights[layer] = {DW}\n",
                f"        if layer < K:\n            all_dl_dbiases[layer] = {DB}\n"
                f"            all_dl_dweights[layer] = {DW}\n",
            ),
        ),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "backward_global_k",
        "backward_pass",
        "five hidden layers taken for granted",
        "The number of layers is a constant, so shallow nets fail and deep ones lose their end.",
        "Where does your function learn how deep the net is?",
        "K = 5\n\n\n" + backward(("    K = len(all_weights) - 1\n", "")),
        diagnoses=("error_past_the_end",),
    ),
    Mistake(
        "backward_not_reversed",
        "backward_pass",
        "lists in the order of the walk",
        "The gradients are appended from the last layer to the first and stay in that order.",
        "Which layer's gradient is the first entry of your list?",
        backward(
            ("all_dl_dweights = [None] * (K + 1)", "all_dl_dweights = []"),
            ("all_dl_dbiases = [None] * (K + 1)", "all_dl_dbiases = []"),
            (f"all_dl_dbiases[layer] = {DB}", f"all_dl_dbiases.append({DB})"),
            (f"all_dl_dweights[layer] = {DW}", f"all_dl_dweights.append({DW})"),
        ),
    ),
    Mistake(
        "backward_one_list",
        "backward_pass",
        "one list for both",
        "Both names stand for one list, so the weights' gradients replace those of the biases.",
        "How many lists does a = b = [...] make?",
        backward(
            (
                "all_dl_dweights = [None] * (K + 1)",
                "all_dl_dweights = all_dl_dbiases = [None] * (K + 1)",
            ),
            ("    all_dl_dbiases = [None] * (K + 1)\n    dl_df", "    dl_df"),
        ),
    ),
    Mistake(
        "backward_order_of_lists",
        "backward_pass",
        "biases before weights",
        "The two lists are returned in the wrong order.",
        "Which list comes first?",
        backward((GRADIENTS_RETURNED, "return all_dl_dbiases, all_dl_dweights")),
    ),
    Mistake(
        "backward_pairs",
        "backward_pass",
        "one pair for each layer",
        "The layers' pairs are returned, where two lists are wanted.",
        "What is the first thing that your function returns?",
        backward((GRADIENTS_RETURNED, "return list(zip(all_dl_dweights, all_dl_dbiases))")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "backward_lists_remember",
        "backward_pass",
        "lists that outlive the call",
        "The lists are made once, with the function, and later calls put theirs before the old.",
        "How often is a default argument made?",
        f"{INDICATOR_FUNCTION}\n\n"
        + code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y, dweights=[], dbiases=[]):
            dl_df = 2 * (all_f[-1] - y)
            for layer in reversed(range(len(all_weights))):
                dbiases.insert(0, dl_df.sum(axis=1, keepdims=True))
                dweights.insert(0, dl_df @ all_h[layer].T)
                if layer:
                    gates = indicator_function(all_f[layer - 1])
                    dl_df = gates * (all_weights[layer].T @ dl_df)
            return dweights, dbiases
        """),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "backward_steps_returned",
        "backward_pass",
        "steps for gradients",
        "The gradients come back multiplied with a learning rate, and turned downhill.",
        "What would a training loop with a rate of its own do with them?",
        backward(
            (
                GRADIENTS_RETURNED,
                "return [-0.01 * g for g in all_dl_dweights], [-0.01 * g for g in all_dl_dbiases]",
            ),
        ),
    ),
]

# --- 4.5 finite differences

LOSS_OF_NET = code("""
    def loss_of(net_input, all_weights, all_biases, y):
        h = net_input
        for W, b in zip(all_weights[:-1], all_biases[:-1]):
            h = np.maximum(b + W @ h, 0)
        f = all_biases[-1] + all_weights[-1] @ h
        return np.sum((f - y) ** 2)
    """)
MEASURE = code("""
    def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
        def slopes(p):
            gradient = np.zeros(p.shape)
            for i in np.ndindex(p.shape):
                kept = p[i]
                p[i] = kept + h
                above = loss_of(net_input, all_weights, all_biases, y)
                p[i] = kept - h
                below = loss_of(net_input, all_weights, all_biases, y)
                p[i] = kept
                gradient[i] = (above - below) / (2 * h)
            return gradient

        dweights = [slopes(W) for W in all_weights]
        dbiases = [slopes(b) for b in all_biases]
        return dweights, dbiases
    """)
DIFFERENCES = f"{LOSS_OF_NET}\n\n{MEASURE}"


def differences(*changes: tuple[str, str]) -> str:
    return changed(DIFFERENCES, *changes)


QUOTIENT = "(above - below) / (2 * h)"
PUT_BACK = "            p[i] = kept\n"
MEASURED_WEIGHTS = "[slopes(W) for W in all_weights]"
MEASURED_BIASES = "[slopes(b) for b in all_biases]"

FINITE_DIFFERENCES = [
    Mistake(
        "differences_forward",
        "finite_differences",
        "measured on one side",
        "The loss is compared with the one at the parameter itself, so the curvature gets in.",
        "Which two points lie at the same distance from the parameter?",
        differences(("p[i] = kept - h", "p[i] = kept"), (QUOTIENT, "(above - below) / h")),
    ),
    Mistake(
        "differences_over_h",
        "finite_differences",
        "divided by h",
        "The two points lie 2 h apart, and the difference is divided by h.",
        "How far is it from one point to the other?",
        differences((QUOTIENT, "(above - below) / h")),
    ),
    Mistake(
        "differences_one_side_over_two_steps",
        "finite_differences",
        "one step, divided by two",
        "The points lie h apart, and the difference is divided by 2 h.",
        "How far is it from one point to the other?",
        differences(("p[i] = kept - h", "p[i] = kept")),
    ),
    Mistake(
        "differences_precedence",
        "finite_differences",
        "the bracket missing",
        "Without a bracket the difference is halved and then multiplied by h.",
        "In which order does Python work out a / 2 * h?",
        differences((QUOTIENT, "(above - below) / 2 * h")),
    ),
    Mistake(
        "differences_sign",
        "finite_differences",
        "below minus above",
        "The difference is taken the other way round.",
        "The loss rises with the parameter: which sign has your quotient?",
        differences((QUOTIENT, "(below - above) / (2 * h)")),
    ),
    Mistake(
        "differences_last_layer_missing",
        "finite_differences",
        "the last layer never measured",
        "The loop ends one layer early, as a published one did, and the last gradients stay 0.",
        "How many arrays are in all_weights, and how many does your loop visit?",
        differences(
            (MEASURED_WEIGHTS, "[np.zeros_like(W) for W in all_weights]"),
            (MEASURED_BIASES, "[np.zeros_like(b) for b in all_biases]"),
            (
                "    return dweights, dbiases",
                "    for layer in range(len(all_weights) - 1):\n"
                "        dweights[layer] = slopes(all_weights[layer])\n"
                "        dbiases[layer] = slopes(all_biases[layer])\n"
                "    return dweights, dbiases",
            ),
        ),
        diagnoses=("zero_measured",),
    ),
    Mistake(
        "differences_first_layer_only",
        "finite_differences",
        "returned inside the loop",
        "The return stands in the loop, so one layer is measured.",
        "How often does your loop turn?",
        differences(
            (MEASURED_WEIGHTS, "[]"),
            (MEASURED_BIASES, "[]"),
            (
                "    return dweights, dbiases",
                "    for W, b in zip(all_weights, all_biases):\n"
                "        dweights.append(slopes(W))\n"
                "        dbiases.append(slopes(b))\n"
                "        return dweights, dbiases",
            ),
        ),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "differences_biases_not_measured",
        "finite_differences",
        "the biases not measured",
        "The biases' gradients are set to 0 and never filled.",
        "How many of the parameters does your code move?",
        differences((MEASURED_BIASES, "[np.zeros_like(b) for b in all_biases]")),
        diagnoses=("zero_measured",),
    ),
    Mistake(
        "differences_of_a_shallow_copy",
        "finite_differences",
        "copies of the lists only",
        "list() copies the list and not its arrays, so both nets are one and the steps cancel.",
        "Is up[0] another array than down[0] after two calls of list()?",
        f"{LOSS_OF_NET}\n\n"
        + code("""
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            dweights = [np.zeros_like(W) for W in all_weights]
            dbiases = [np.zeros_like(b) for b in all_biases]
            for layer in range(len(all_weights)):
                for i in np.ndindex(all_weights[layer].shape):
                    up, down = list(all_weights), list(all_weights)
                    up[layer][i] += h
                    down[layer][i] -= h
                    rise = loss_of(net_input, up, all_biases, y)
                    rise -= loss_of(net_input, down, all_biases, y)
                    dweights[layer][i] = rise / (2 * h)
                for i in np.ndindex(all_biases[layer].shape):
                    up, down = list(all_biases), list(all_biases)
                    up[layer][i] += h
                    down[layer][i] -= h
                    rise = loss_of(net_input, all_weights, up, y)
                    rise -= loss_of(net_input, all_weights, down, y)
                    dbiases[layer][i] = rise / (2 * h)
            return dweights, dbiases
        """),
        diagnoses=("zero_measured",),
    ),
    Mistake(
        "differences_not_put_back",
        "finite_differences",
        "not put back",
        "Each parameter is left one step below where it stood.",
        "What is the parameter after your loop has gone on to the next one?",
        differences((PUT_BACK, "")),
        diagnoses=("not_restored",),
    ),
    Mistake(
        "differences_whole_array_moved",
        "finite_differences",
        "all entries moved together",
        "The step goes to the whole array, so every entry gets the sum of all slopes.",
        "How many parameters differ between your two points?",
        differences(
            ("kept = p[i]", "kept = p.copy()"),
            ("p[i] = kept + h", "p[...] = kept + h"),
            ("p[i] = kept - h", "p[...] = kept - h"),
            (PUT_BACK, "            p[...] = kept\n"),
        ),
    ),
    Mistake(
        "differences_of_the_output",
        "finite_differences",
        "the output differentiated",
        "The slope of the outputs is measured, and the loss is their squared distance from y.",
        "Where does y stand in your quotient?",
        differences(("return np.sum((f - y) ** 2)", "return np.sum(f)")),
    ),
    Mistake(
        "differences_of_a_mean",
        "finite_differences",
        "the mean of the squares",
        "The loss that is measured is divided by the number of samples.",
        "Which loss does this chapter have?",
        differences(("return np.sum((f - y) ** 2)", "return np.sum((f - y) ** 2) / y.shape[1]")),
    ),
    Mistake(
        "differences_of_half_the_loss",
        "finite_differences",
        "half the loss",
        "The loss that is measured has a half before its sum.",
        "Which loss does this chapter have?",
        differences(("return np.sum(", "return 0.5 * np.sum(")),
    ),
    Mistake(
        "differences_without_relu",
        "finite_differences",
        "a net without its ReLUs",
        "The net whose loss is measured is a straight line from layer to layer.",
        "Which net is this the gradient of?",
        differences(("np.maximum(b + W @ h, 0)", "b + W @ h")),
    ),
    Mistake(
        "differences_own_step",
        "finite_differences",
        "a step of its own",
        "The argument h is overwritten.",
        "What changes in your result when h is 1e-11?",
        differences(("def slopes(p):", "h = 1e-5\n\n    def slopes(p):")),
        diagnoses=("ignores_h",),
    ),
    Mistake(
        "differences_own_step_for_biases",
        "finite_differences",
        "a step of its own for the biases",
        "The second loop still has the number that h stood for.",
        "In which of your lines does h stand?",
        differences(
            ("def slopes(p):", "def slopes(p, h=h):"),
            (MEASURED_BIASES, "[slopes(b, 1e-5) for b in all_biases]"),
        ),
        diagnoses=("ignores_h",),
    ),
    Mistake(
        "differences_not_measured",
        "finite_differences",
        "backward in disguise",
        "The gradients are derived and not measured, so they can't tell whether that is right.",
        "How often does your code compute the loss?",
        code("""
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            all_f, all_h = [], [net_input]
            for W, b in zip(all_weights, all_biases):
                all_f.append(b + W @ all_h[-1])
                all_h.append(np.maximum(all_f[-1], 0))
            dweights, dbiases = [], []
            d = 2 * (all_f[-1] - y)
            for layer in reversed(range(len(all_weights))):
                dweights.insert(0, d @ all_h[layer].T)
                dbiases.insert(0, d.sum(axis=1, keepdims=True))
                d = (all_h[layer] > 0) * (all_weights[layer].T @ d)
            return dweights, dbiases
        """),
        diagnoses=("ignores_h",),
    ),
    Mistake(
        "differences_square_loops",
        "finite_differences",
        "no more columns than rows",
        "The second loop ends with the number of rows, so wide layers lose their last columns.",
        "Which entry of W.shape counts the columns?",
        differences(
            ("for i in np.ndindex(p.shape):", "for i in np.ndindex(len(p), min(p.shape)):"),
        ),
    ),
    Mistake(
        "differences_first_column",
        "finite_differences",
        "only the first column",
        "One index walks down the rows, and the other columns keep a slope of 0.",
        "How many indices does an entry of W need?",
        differences(
            ("for i in np.ndindex(p.shape):", "for i in ((row, 0) for row in range(len(p))):"),
        ),
    ),
    Mistake(
        "differences_whole_numbers",
        "finite_differences",
        "an array of whole numbers",
        "The slopes are stored as integers and lose what stands after the point.",
        "Which dtype has the array you fill?",
        differences(("np.zeros(p.shape)", "np.zeros(p.shape, dtype=int)")),
    ),
    Mistake(
        "differences_written_into_the_parameters",
        "finite_differences",
        "slopes written over the parameters",
        "The list of gradients holds the parameters' own arrays, so each slope replaces one.",
        "What is all_weights[0] after your function has run?",
        differences(("gradient = np.zeros(p.shape)", "gradient = p")),
        diagnoses=("not_restored",),
    ),
    Mistake(
        "differences_biases_flat",
        "finite_differences",
        "the biases' gradients flat",
        "The gradient of a (D, 1) bias is returned as (D,).",
        "What shape has a gradient?",
        differences((MEASURED_BIASES, "[slopes(b).ravel() for b in all_biases]")),
    ),
    Mistake(
        "differences_order_of_lists",
        "finite_differences",
        "biases before weights",
        "The two lists are returned in the wrong order.",
        "Which list comes first?",
        differences(("return dweights, dbiases", "return dbiases, dweights")),
    ),
    Mistake(
        "differences_first_sample",
        "finite_differences",
        "only the first sample",
        "The loss that is measured looks at one column of the batch.",
        "Which samples does your loss see?",
        differences(("(f - y) ** 2", "(f - y)[:, 0] ** 2")),
    ),
    Mistake(
        "differences_small_ones_dropped",
        "finite_differences",
        "small slopes set to 0",
        "What is below 1e-3 is taken for rounding.",
        "How large are the gradients of a net that has nearly learnt?",
        differences((QUOTIENT, f"{QUOTIENT} if abs(above - below) > 2e-3 * h else 0")),
        diagnoses=("only_on",),
    ),
]

# --- 4.6 rows and columns


def convention(
    to_rows: str = "return [W.T for W in all_weights], [b.reshape(-1) for b in all_biases]",
    to_columns: str = "return [W.T for W in all_weights], [b.reshape(-1, 1) for b in all_biases]",
) -> str:
    first = function("to_rows(all_weights, all_biases)", to_rows)
    return f"{first}\n\n{function('to_columns(all_weights, all_biases)', to_columns)}"


ROWS_AND_COLUMNS = [
    Mistake(
        "rows_weights_not_turned",
        "rows_and_columns",
        "the weights left as they are",
        "Only the biases change their shape.",
        "Which side of the product does W stand on when rows are samples?",
        convention(
            "return list(all_weights), [b.reshape(-1) for b in all_biases]",
            "return list(all_weights), [b.reshape(-1, 1) for b in all_biases]",
        ),
    ),
    Mistake(
        "rows_biases_not_flattened",
        "rows_and_columns",
        "the biases left as columns",
        "Only the weights change, and a column added to rows is laid along the samples.",
        "What shape has a (7, 3) array plus a (3, 1) array?",
        convention("return [W.T for W in all_weights], [b.copy() for b in all_biases]"),
    ),
    Mistake(
        "rows_reshaped",
        "rows_and_columns",
        "reshaped, not turned",
        "The shape is that of the transpose, and the entries stand in the old order.",
        "Which weight stands at [0, 1] after your reshape?",
        convention(
            "return [W.reshape(W.shape[::-1]) for W in all_weights], "
            "[b.reshape(-1) for b in all_biases]",
            "return [W.reshape(W.shape[::-1]) for W in all_weights], "
            "[b.reshape(-1, 1) for b in all_biases]",
        ),
    ),
    Mistake(
        "rows_square_left",
        "rows_and_columns",
        "square weights left",
        "The weights are turned only where their shape changes by it.",
        "Is a square table the same after it is turned round?",
        convention(
            "return [W.T if len(W) != W.shape[1] else W for W in all_weights], "
            "[b.reshape(-1) for b in all_biases]"
        ),
    ),
    Mistake(
        "rows_columns_flat",
        "rows_and_columns",
        "the way back forgets the columns",
        "to_columns does the same as to_rows, and leaves the biases flat.",
        "What shape has a bias in this chapter?",
        convention(
            to_columns="return [W.T for W in all_weights], [b.reshape(-1) for b in all_biases]"
        ),
    ),
    Mistake(
        "rows_columns_turned_flat",
        "rows_and_columns",
        ".T on a flat bias",
        "The transpose of a flat array is the flat array.",
        "What shape has np.zeros(3).T?",
        convention(to_columns="return [W.T for W in all_weights], [b.T for b in all_biases]"),
    ),
    Mistake(
        "rows_columns_as_rows",
        "rows_and_columns",
        "a row for a column",
        "The new axis stands in front, so each bias is one row.",
        "What shape has b[None, :]?",
        convention(
            to_columns="return [W.T for W in all_weights], [b[None, :] for b in all_biases]"
        ),
    ),
    Mistake(
        "rows_layers_reversed",
        "rows_and_columns",
        "the layers turned round as well",
        "The lists are handed back with the last layer first.",
        "Which layer does a sample meet first?",
        convention(
            "return [W.T for W in all_weights[::-1]], [b.reshape(-1) for b in all_biases[::-1]]",
            "return [W.T for W in all_weights[::-1]], [b.reshape(-1, 1) for b in all_biases[::-1]]",
        ),
    ),
    Mistake(
        "rows_last_layer_missing",
        "rows_and_columns",
        "the last layer left out",
        "The lists come back one layer shorter.",
        "How many layers go in, and how many come out?",
        convention(
            "K = len(all_weights) - 1\n"
            "return [all_weights[k].T for k in range(K)], "
            "[all_biases[k].reshape(-1) for k in range(K)]"
        ),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "rows_first_layer_only",
        "rows_and_columns",
        "returned inside the loop",
        "The return stands in the loop, so one layer is changed.",
        "How often does your loop turn?",
        convention(
            """
            weights, biases = [], []
            for W, b in zip(all_weights, all_biases):
                weights.append(W.T)
                biases.append(b.reshape(-1))
                return weights, biases
            """
        ),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "rows_one_array",
        "rows_and_columns",
        "one array for all layers",
        "Layers of different widths don't make one array.",
        "What does np.array make of tables of different shapes?",
        convention("return np.array(all_weights).T, np.array(all_biases).reshape(-1)"),
        diagnoses=("error_ragged",),
    ),
    Mistake(
        "rows_squeezed",
        "rows_and_columns",
        "squeezed too far",
        "squeeze takes away every axis of length 1, and a layer of one unit has two of them.",
        "What shape has np.zeros((1, 1)).squeeze()?",
        convention("return [W.T for W in all_weights], [b.squeeze() for b in all_biases]"),
    ),
    Mistake(
        "rows_inverse",
        "rows_and_columns",
        "inverted, not turned",
        "The pseudo-inverse undoes what W does, and only its shape is that of the transpose.",
        "Should the outputs change when the convention does?",
        convention(
            "return [np.linalg.pinv(W) for W in all_weights], [b.reshape(-1) for b in all_biases]",
            "return [np.linalg.pinv(W) for W in all_weights], "
            "[b.reshape(-1, 1) for b in all_biases]",
        ),
    ),
    Mistake(
        "rows_rotated",
        "rows_and_columns",
        "rotated, not turned over",
        "A rotated table has the shape of the transpose, with one axis running backwards.",
        "Where does the entry at [0, 0] stand after np.rot90?",
        convention(
            "return [np.rot90(W) for W in all_weights], [b.reshape(-1) for b in all_biases]"
        ),
    ),
    Mistake(
        "rows_order_of_lists",
        "rows_and_columns",
        "biases before weights",
        "The two lists are returned in the wrong order.",
        "Which list comes first?",
        convention("return [b.reshape(-1) for b in all_biases], [W.T for W in all_weights]"),
    ),
    Mistake(
        "rows_pairs",
        "rows_and_columns",
        "one pair for each layer",
        "A list of pairs is returned, where two lists are wanted.",
        "How many lists does your function return?",
        convention("return [(W.T, b.reshape(-1)) for W, b in zip(all_weights, all_biases)]"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "rows_in_waiting",
        "rows_and_columns",
        "a map object",
        "map only promises to turn the weights, and its result is no list.",
        "What does len say of map(np.transpose, all_weights)?",
        convention("return map(np.transpose, all_weights), map(np.ravel, all_biases)"),
        diagnoses=("wrong_kind",),
    ),
]

# --- 4.7 the net for pencil and paper

PENCIL = code("""
    def pencil_gradients(X, y, weights, biases):
        W1, W2, W3 = weights
        b1, b2, b3 = biases
        Z1 = X @ W1 + b1
        a1 = np.maximum(Z1, 0)
        Z2 = a1 @ W2 + b2
        a2 = np.maximum(Z2, 0)
        output = a2 @ W3 + b3
        loss = np.sum((output - y) ** 2)

        doutput = 2 * (output - y)
        dW3 = a2.T @ doutput
        db3 = doutput.sum(axis=0)
        da2 = doutput @ W3.T
        dZ2 = da2 * (Z2 > 0)
        dW2 = a1.T @ dZ2
        db2 = dZ2.sum(axis=0)
        da1 = dZ2 @ W2.T
        dZ1 = da1 * (Z1 > 0)
        dW1 = X.T @ dZ1
        db1 = dZ1.sum(axis=0)
        return loss, [dW1, dW2, dW3], [db1, db2, db3]
    """)


def pencil(*changes: tuple[str, str]) -> str:
    return changed(PENCIL, *changes)


PENCIL_NET = [
    Mistake(
        "pencil_no_two",
        "pencil_net",
        "the 2 missing",
        "The slope of the square is taken to be the difference.",
        "What is the slope of d squared?",
        pencil(("doutput = 2 * (output - y)", "doutput = output - y")),
    ),
    Mistake(
        "pencil_half",
        "pencil_net",
        "half the square",
        "A half stands before the square, and the gradients fit it, but the loss has no half.",
        "What is the loss of an output that is off by 0.036?",
        pencil(
            ("loss = np.sum((output - y) ** 2)", "loss = 0.5 * np.sum((output - y) ** 2)"),
            ("doutput = 2 * (output - y)", "doutput = output - y"),
        ),
    ),
    Mistake(
        "pencil_sign",
        "pencil_net",
        "y minus the output",
        "The difference is turned round, and every gradient with it.",
        "The output is too large: which sign has the slope of b3?",
        pencil(("doutput = 2 * (output - y)", "doutput = 2 * (y - output)")),
    ),
    Mistake(
        "pencil_first_gate_missing",
        "pencil_net",
        "no gate in the first layer",
        "The dead unit of the first layer gets a gradient.",
        "Which unit of a1 is dead, and what is its dZ1?",
        pencil(("da1 * (Z1 > 0)", "da1")),
    ),
    Mistake(
        "pencil_second_gate_missing",
        "pencil_net",
        "no gate in the second layer",
        "The dead unit of the second layer gets a gradient and passes it on.",
        "Which unit of a2 is dead, and what is its dZ2?",
        pencil(("da2 * (Z2 > 0)", "da2")),
    ),
    Mistake(
        "pencil_gates_of_the_other_layer",
        "pencil_net",
        "the first layer's gates twice",
        "The second layer is gated with Z1, which has the same width and other signs.",
        "Which pre-activation made a2?",
        pencil(("da2 * (Z2 > 0)", "da2 * (Z1 > 0)")),
    ),
    Mistake(
        "pencil_gates_by_gradient",
        "pencil_net",
        "gates set by the gradient",
        "What is negative on the way back is stopped, and the sign of Z should decide.",
        "Who opens a gate, Z or da?",
        pencil(("da2 * (Z2 > 0)", "np.maximum(da2, 0)"), ("da1 * (Z1 > 0)", "np.maximum(da1, 0)")),
    ),
    Mistake(
        "pencil_w2_not_turned",
        "pencil_net",
        "W2 not turned round",
        "W2 is square, so the product fits without the transpose and is another one.",
        "Which entry of W2 leads from the first unit to the second?",
        pencil(("dZ2 @ W2.T", "dZ2 @ W2")),
    ),
    Mistake(
        "pencil_dw2_turned",
        "pencil_net",
        "dW2 turned round",
        "The factors are swapped, and a square table doesn't show it by its shape.",
        "Which row of dW2 must be 0 if the second unit of a1 is dead?",
        pencil(("a1.T @ dZ2", "dZ2.T @ a1")),
    ),
    Mistake(
        "pencil_dw_of_pre_activations",
        "pencil_net",
        "Z for a",
        "The weights' gradients are made from what came before the ReLU.",
        "What did the dead unit send to the next layer?",
        pencil(("a2.T @ doutput", "Z2.T @ doutput"), ("a1.T @ dZ2", "Z1.T @ dZ2")),
    ),
    Mistake(
        "pencil_dw_is_db",
        "pencil_net",
        "the biases' gradients for the weights",
        "As once in print, the bias gradient is spread over the rows of the weights.",
        "What does W2 multiply, and what does b2?",
        pencil(
            ("dW2 = a1.T @ dZ2", "dW2 = np.ones((3, 1)) @ dZ2"),
            ("dW1 = X.T @ dZ1", "dW1 = np.ones((2, 1)) @ dZ1"),
        ),
    ),
    Mistake(
        "pencil_chain_of_sums",
        "pencil_net",
        "row sums multiplied",
        "W2 is summed along its rows and multiplied entry by entry, unit 1 with unit 1 only.",
        "How many units of the second layer does a1[0] reach?",
        pencil(("dZ2 @ W2.T", "dZ2 * W2.sum(axis=1)")),
    ),
    Mistake(
        "pencil_w3_moved_first",
        "pencil_net",
        "W3 moved first",
        "W3 takes its step before it carries the error back.",
        "Which W3 did the forward pass use?",
        pencil(
            (
                "da2 = doutput @ W3.T",
                "W3 = W3 - 0.001 * dW3\n    da2 = doutput @ W3.T",
            )
        ),
    ),
    Mistake(
        "pencil_all_moved_first",
        "pencil_net",
        "every weight moved first",
        "Each layer takes its step on the way down, so two layers below use new weights.",
        "When are all gradients known?",
        pencil(
            ("da2 = doutput @ W3.T", "W3 -= 0.01 * dW3\n    da2 = doutput @ W3.T"),
            ("da1 = dZ2 @ W2.T", "W2 -= 0.01 * dW2\n    da1 = dZ2 @ W2.T"),
        ),
    ),
    Mistake(
        "pencil_output_rectified",
        "pencil_net",
        "the output rectified",
        "A third ReLU follows the last layer, and its gate stands on the way back.",
        "How many ReLUs has this net?",
        pencil(
            ("output = a2 @ W3 + b3", "Z3 = a2 @ W3 + b3\n    output = np.maximum(Z3, 0)"),
            ("doutput = 2 * (output - y)", "doutput = 2 * (output - y) * (Z3 > 0)"),
        ),
    ),
    Mistake(
        "pencil_b3_forgotten",
        "pencil_net",
        "b3 forgotten",
        "The output is computed without its bias.",
        "What is the output if a2 is 0?",
        pencil(("output = a2 @ W3 + b3", "output = a2 @ W3")),
    ),
    Mistake(
        "pencil_absolute",
        "pencil_net",
        "a distance for a square",
        "The loss is the distance, and its slope a sign.",
        "By how much does the loss fall if the distance is halved?",
        pencil(
            ("np.sum((output - y) ** 2)", "np.sum(np.abs(output - y))"),
            ("doutput = 2 * (output - y)", "doutput = np.sign(output - y)"),
        ),
    ),
    Mistake(
        "pencil_updated_parameters",
        "pencil_net",
        "the new parameters returned",
        "The step is taken, and what comes back are weights and biases.",
        "Which of your numbers is a slope?",
        pencil(
            (
                "return loss, [dW1, dW2, dW3], [db1, db2, db3]",
                "dweights, dbiases = [dW1, dW2, dW3], [db1, db2, db3]\n"
                "    return (\n"
                "        loss,\n"
                "        [W - 0.001 * dW for W, dW in zip(weights, dweights)],\n"
                "        [b - 0.001 * db for b, db in zip(biases, dbiases)],\n"
                "    )",
            )
        ),
    ),
    Mistake(
        "pencil_last_layer_first",
        "pencil_net",
        "the last layer first",
        "The lists come in the order of the way back.",
        "Which layer does dweights[0] belong to?",
        pencil(
            ("[dW1, dW2, dW3], [db1, db2, db3]", "[dW3, dW2, dW1], [db3, db2, db1]"),
        ),
    ),
    Mistake(
        "pencil_output_returned",
        "pencil_net",
        "the output for the loss",
        "The output stands where the loss is wanted.",
        "What is the loss when the output equals y?",
        pencil(("return loss,", "return output.item(),")),
    ),
    Mistake(
        "pencil_flat_result",
        "pencil_net",
        "seven results in a row",
        "The gradients come one after the other, and two lists are wanted.",
        "What is the second thing that your function returns?",
        pencil(
            (
                "return loss, [dW1, dW2, dW3], [db1, db2, db3]",
                "return loss, dW1, db1, dW2, db2, dW3, db3",
            )
        ),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "pencil_published_numbers",
        "pencil_net",
        "the worked example returned",
        "The numbers of the text are returned, whatever is asked.",
        "Where do the arguments enter your result?",
        code("""
        def pencil_gradients(X, y, weights, biases):
            dW3 = np.array([[0.03168], [0], [0.09792]])
            dW2 = np.array([[0.01008, 0, -0.03024], [0, 0, 0], [0.00288, 0, -0.00864]])
            dW1 = np.array([[-0.01008, 0, -0.00504], [-0.02016, 0, -0.01008]])
            db1, db2 = np.array([-0.01008, 0, -0.00504]), np.array([0.0072, 0, -0.0216])
            return 0.001296, [dW1, dW2, dW3], [db1, db2, np.array([0.072])]
        """),
    ),
]

# --- 4.8 the net with two sigmoids

NET_7652 = code("""
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))


    def net_7652_gradients(x, t, weights, biases):
        w_1, w_2, w_3 = weights
        b_1, b_2, b_3 = biases
        z_1 = w_1 @ x + b_1
        h_1 = np.maximum(z_1, 0)
        z_2 = w_2 @ h_1 + b_2
        h_2 = sigmoid(z_2)
        z_3 = w_3 @ h_2 + b_3
        o = sigmoid(z_3)
        E = 0.5 * np.sum((o - t) ** 2)

        d_3 = (o - t) * o * (1 - o)
        d_2 = (w_3.T @ d_3) * h_2 * (1 - h_2)
        d_1 = (w_2.T @ d_2) * (z_1 > 0)
        dweights = [d_1 @ x.T, d_2 @ h_1.T, d_3 @ h_2.T]
        dbiases = [d_1, d_2, d_3]
        return E, dweights, dbiases
    """)


def net(*changes: tuple[str, str]) -> str:
    return changed(NET_7652, *changes)


D_3 = "d_3 = (o - t) * o * (1 - o)"
D_2 = "d_2 = (w_3.T @ d_3) * h_2 * (1 - h_2)"

NET_WITH_SIGMOIDS = [
    Mistake(
        "sigmoids_output_slope_missing",
        "net_7652",
        "the last sigmoid skipped on the way back",
        "The error is carried past the output's sigmoid without its slope.",
        "What stands between z_3 and o?",
        net((D_3, "d_3 = o - t")),
    ),
    Mistake(
        "sigmoids_error_past_the_output",
        "net_7652",
        "the bare error carried down",
        "The last layer's gradients have the sigmoid's slope, and what goes down hasn't.",
        "Which of two deltas goes through w_3?",
        net(("(w_3.T @ d_3)", "(w_3.T @ (o - t))")),
    ),
    Mistake(
        "sigmoids_output_linear",
        "net_7652",
        "a linear output",
        "The last layer is left without its sigmoid, forwards and backwards.",
        "Between which two numbers does each output lie?",
        net(("o = sigmoid(z_3)", "o = z_3"), (D_3, "d_3 = o - t")),
    ),
    Mistake(
        "sigmoids_hidden_slope_missing",
        "net_7652",
        "the hidden sigmoid skipped on the way back",
        "The second layer's error lacks the slope of its sigmoid.",
        "What stands between z_2 and h_2?",
        net((D_2, "d_2 = w_3.T @ d_3")),
    ),
    Mistake(
        "sigmoids_squashed_twice",
        "net_7652",
        "the slope of a sigmoid of a sigmoid",
        "The sigmoid is applied to what has been through it already.",
        "Is o a pre-activation?",
        net((D_3, "d_3 = (o - t) * sigmoid(o) * (1 - sigmoid(o))")),
    ),
    Mistake(
        "sigmoids_slope_of_z",
        "net_7652",
        "z where the sigmoid belongs",
        "z (1 - z) is computed, and the slope is made from the sigmoid's own value.",
        "Which number lies between 0 and 1, z or o?",
        net(
            (D_3, "d_3 = (o - t) * z_3 * (1 - z_3)"),
            (D_2, "d_2 = (w_3.T @ d_3) * z_2 * (1 - z_2)"),
        ),
    ),
    Mistake(
        "sigmoids_tanh_slope",
        "net_7652",
        "the slope of tanh",
        "1 - h squared belongs to tanh.",
        "What is the largest slope that a sigmoid has?",
        net((D_3, "d_3 = (o - t) * (1 - o**2)"), (D_2, "d_2 = (w_3.T @ d_3) * (1 - h_2**2)")),
    ),
    Mistake(
        "sigmoids_all_hidden_relu",
        "net_7652",
        "a gate for the second layer",
        "The second layer is carried back as if it were a ReLU, and all its gates are open.",
        "Which activation made h_2?",
        net((D_2, "d_2 = (w_3.T @ d_3) * (h_2 > 0)")),
    ),
    Mistake(
        "sigmoids_first_layer_too",
        "net_7652",
        "a sigmoid's slope in the first layer",
        "The first layer is a ReLU, and h (1 - h) is taken for its slope.",
        "Which activation made h_1?",
        net(("(w_2.T @ d_2) * (z_1 > 0)", "(w_2.T @ d_2) * h_1 * (1 - h_1)")),
    ),
    Mistake(
        "sigmoids_no_gates",
        "net_7652",
        "no gates in the first layer",
        "The dead units of the first layer get gradients.",
        "Which rows of the first weights can't move?",
        net(("(w_2.T @ d_2) * (z_1 > 0)", "w_2.T @ d_2")),
    ),
    Mistake(
        "sigmoids_relu_left_out",
        "net_7652",
        "the first layer linear",
        "The forward pass has no ReLU in the first layer, and the backward pass has its gates.",
        "What is h_1 where z_1 is negative?",
        net(("h_1 = np.maximum(z_1, 0)", "h_1 = z_1")),
    ),
    Mistake(
        "sigmoids_relu_forwards",
        "net_7652",
        "three ReLUs forwards",
        "The forward pass has three ReLUs, and the backward pass the slopes of two sigmoids.",
        "Which three activations has this net?",
        net(
            ("h_2 = sigmoid(z_2)", "h_2 = np.maximum(z_2, 0)"),
            ("o = sigmoid(z_3)", "o = np.maximum(z_3, 0)"),
        ),
    ),
    Mistake(
        "sigmoids_exponent",
        "net_7652",
        "the exponent's sign",
        "The exponential has lost its minus, so the sigmoid falls.",
        "What is your sigmoid of 10?",
        net(("np.exp(-z)", "np.exp(z)")),
    ),
    Mistake(
        "sigmoids_no_half",
        "net_7652",
        "the half missing",
        "E and all gradients are twice too large.",
        "What is E if both outputs are off by 0.1?",
        net(("E = 0.5 * np.sum", "E = np.sum"), (D_3, "d_3 = 2 * (o - t) * o * (1 - o)")),
    ),
    Mistake(
        "sigmoids_half_lost_in_e",
        "net_7652",
        "the half missing in E",
        "The gradients belong to half the squared error, and E is the whole of it.",
        "Of which function is your gradient the slope?",
        net(("E = 0.5 * np.sum", "E = np.sum")),
    ),
    Mistake(
        "sigmoids_two_too_many",
        "net_7652",
        "a 2 too many",
        "The 2 of the square is there, and the half that cancels it isn't.",
        "What is half of 2?",
        net((D_3, "d_3 = 2 * (o - t) * o * (1 - o)")),
    ),
    Mistake(
        "sigmoids_sign",
        "net_7652",
        "t minus o",
        "The difference is turned round, and every gradient with it.",
        "The output is too large: which sign has the slope of its bias?",
        net((D_3, "d_3 = (t - o) * o * (1 - o)")),
    ),
    Mistake(
        "sigmoids_w3_moved_first",
        "net_7652",
        "w_3 moved first",
        "As once in print, w_3 takes its step before it carries the error back.",
        "Which w_3 did the forward pass use?",
        net((D_2, "w_3 -= 0.1 * d_3 @ h_2.T\n    d_2 = (w_3.T @ d_3) * h_2 * (1 - h_2)")),
    ),
    Mistake(
        "sigmoids_dw_turned",
        "net_7652",
        "the weights' gradients turned round",
        "The factors are swapped, so there is a row for each input.",
        "What shape has w_1?",
        net(("[d_1 @ x.T, d_2 @ h_1.T, d_3 @ h_2.T]", "[x @ d_1.T, h_1 @ d_2.T, h_2 @ d_3.T]")),
    ),
    Mistake(
        "sigmoids_dw_of_pre_activations",
        "net_7652",
        "z for h",
        "The weights' gradients are made from what came before the activation.",
        "Which array did w_2 multiply?",
        net(("d_2 @ h_1.T, d_3 @ h_2.T", "d_2 @ z_1.T, d_3 @ z_2.T")),
    ),
    Mistake(
        "sigmoids_db_flat",
        "net_7652",
        "the biases' gradients flat",
        "The gradient of a (6, 1) bias is returned as (6,).",
        "What shape has a gradient?",
        net(("dbiases = [d_1, d_2, d_3]", "dbiases = [d_1.ravel(), d_2.ravel(), d_3.ravel()]")),
    ),
    Mistake(
        "sigmoids_b3_forgotten",
        "net_7652",
        "b_3 forgotten",
        "The last layer is computed without its bias.",
        "What is z_3 if h_2 is 0?",
        net(("w_3 @ h_2 + b_3", "w_3 @ h_2")),
    ),
]

# --- 4.9 the kink between two points


def kink(body: str) -> str:
    return function("kink_crossed(f, x, h)", body)


KINK_CROSSED = [
    Mistake(
        "kink_all",
        "kink_crossed",
        "all for any",
        "True is returned only if every unit crosses its corner.",
        "How many crossings does it take to spoil a measurement?",
        kink("return bool(np.all((f(x - h) > 0) != (f(x + h) > 0)))"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "kink_right_side_only",
        "kink_crossed",
        "only the right half looked at",
        "x itself is compared with x + h, so a corner on the left is missed.",
        "Between which two points does a central difference measure?",
        kink("return bool(np.any((f(x) > 0) != (f(x + h) > 0)))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "kink_left_side_only",
        "kink_crossed",
        "only the left half looked at",
        "x - h is compared with x itself, so a corner on the right is missed.",
        "Between which two points does a central difference measure?",
        kink("return bool(np.any((f(x - h) > 0) != (f(x) > 0)))"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "kink_half_steps",
        "kink_crossed",
        "half a step to each side",
        "The two points lie h apart, where the difference quotient steps h to either side.",
        "How far apart are x - h and x + h?",
        kink("return bool(np.any((f(x - h / 2) > 0) != (f(x + h / 2) > 0)))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "kink_double_steps",
        "kink_crossed",
        "two steps to each side",
        "The points lie 4 h apart, so corners outside are counted too.",
        "Does a corner at x + 1.5 h spoil the measurement?",
        kink("return bool(np.any((f(x - 2 * h) > 0) != (f(x + 2 * h) > 0)))"),
    ),
    Mistake(
        "kink_own_step",
        "kink_crossed",
        "a step of its own",
        "The argument h is never used.",
        "What changes in your answer when h does?",
        kink("step = 1e-4\nreturn bool(np.any((f(x - step) > 0) != (f(x + step) > 0)))"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "kink_sums",
        "kink_crossed",
        "the sign of a sum",
        "The units are added up first, and one small crossing is lost among the large ones.",
        "Which sign has the sum of -0.001 and 5?",
        kink("return bool(np.sum(f(x - h)) * np.sum(f(x + h)) < 0)"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "kink_sum_of_products",
        "kink_crossed",
        "the products added",
        "The product of the two sides is negative for a unit that crosses, and the others hide it.",
        "Which sign has the sum of -0.001 and 25?",
        kink("return bool(np.sum(f(x - h) * f(x + h)) < 0)"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "kink_first_unit",
        "kink_crossed",
        "only the first unit",
        "One unit is asked, and there are more.",
        "What if the sixth unit crosses?",
        kink("return bool(np.ravel(f(x - h))[0] * np.ravel(f(x + h))[0] < 0)"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "kink_any_change",
        "kink_crossed",
        "any change at all",
        "The values are compared, and they differ wherever x matters.",
        "Does a pre-activation that goes from 1 to 2 cross its corner?",
        kink("return not np.array_equal(f(x - h), f(x + h))"),
    ),
    Mistake(
        "kink_within_h_of_zero",
        "kink_crossed",
        "closer to 0 than h",
        "A pre-activation is compared with h, as if it moved exactly as fast as x.",
        "How far does a pre-activation move when x moves by h?",
        kink("return bool(np.any(np.abs(f(x)) < h))"),
    ),
    Mistake(
        "kink_dead_units",
        "kink_crossed",
        "dead units counted",
        "A unit that is negative on both sides is reported as well.",
        "Does a dead unit that stays dead bend the loss?",
        kink("return bool(np.any((f(x - h) < 0) | (f(x + h) < 0)))"),
    ),
    Mistake(
        "kink_turned_round",
        "kink_crossed",
        "the other answer",
        "True is returned where no unit crosses.",
        "What should the answer be for units that keep their signs?",
        kink("return bool(np.all((f(x - h) > 0) == (f(x + h) > 0)))"),
    ),
    Mistake(
        "kink_one_for_each",
        "kink_crossed",
        "one answer for each unit",
        "An array is returned, where one True or False is wanted.",
        "How many answers does your function give?",
        kink("return (f(x - h) > 0) != (f(x + h) > 0)"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "kink_which_units",
        "kink_crossed",
        "the units' numbers",
        "The places of the crossing units are returned.",
        "What type has True?",
        kink("return np.flatnonzero((f(x - h) > 0) != (f(x + h) > 0))"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "kink_only_rising",
        "kink_crossed",
        "only units that come on",
        "A unit that falls through its corner is not counted.",
        "Does it matter in which direction a corner is crossed?",
        kink("return bool(np.any((f(x - h) < 0) & (f(x + h) > 0)))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "kink_nearest_unit",
        "kink_crossed",
        "only the unit nearest to 0",
        "The unit that stands nearest to its corner may be slower than another one that crosses.",
        "How far is it to a corner, and how fast does the unit move?",
        kink(
            "unit = np.argmin(np.abs(f(x)))\n"
            "return bool(np.ravel(f(x - h))[unit] * np.ravel(f(x + h))[unit] < 0)"
        ),
        diagnoses=("only_on",),
    ),
    Mistake(
        "kink_counted",
        "kink_crossed",
        "the units that are on counted",
        "The number of live units stays the same when one comes on and another goes off.",
        "Can two units cross at once?",
        kink("return bool(np.sum(f(x - h) > 0) != np.sum(f(x + h) > 0))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "kink_smallest_unit",
        "kink_crossed",
        "only the smallest unit",
        "The smallest pre-activation is compared, which stays negative while another one crosses.",
        "Which units can cross besides the smallest?",
        kink("return bool(np.min(f(x - h)) * np.min(f(x + h)) < 0)"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "kink_tolerance",
        "kink_crossed",
        "a product below -1e-8",
        "Two pre-activations of 1e-5 have a product of 1e-10, which is taken for rounding.",
        "How large are the pre-activations of a unit that crosses, for a small h?",
        kink("return bool(np.any(f(x - h) * f(x + h) < -1e-8))"),
        diagnoses=("only_on",),
    ),
]

# --- 4.10 initialisation

HE = "rng = np.random.default_rng() if rng is None else rng\n"
HE_INIT = f"{HE}return rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in))"
DEPTH = """
    h = x
    sizes = []
    for W in weights:
        f = W @ h
        h = np.maximum(f, 0)
        sizes.append(float(np.std(h)))
    return sizes
    """


def start(he_init: str = HE_INIT, *changes: tuple[str, str]) -> str:
    first = function("he_init(n_in, n_out, rng=None)", he_init)
    return f"{first}\n\n{function('measure_depth(x, weights)', changed(DEPTH, *changes))}"


def drawn(deviation: str) -> str:
    """he_init with another standard deviation."""
    return start(f"{HE}return {deviation} * rng.standard_normal((n_out, n_in))")


def depth(*changes: tuple[str, str]) -> str:
    return start(HE_INIT, *changes)


INITIALISATION = [
    Mistake(
        "init_variance",
        "initialisation",
        "the variance for the standard deviation",
        "2 / n_in is the variance, and normal wants its root.",
        "What does the second argument of normal mean?",
        drawn("2 / n_in"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_xavier",
        "initialisation",
        "1 for 2",
        "The half that the ReLU takes away is not made up for.",
        "How much of the squares does a ReLU let through?",
        drawn("np.sqrt(1 / n_in)"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_by_outputs",
        "initialisation",
        "the outputs counted",
        "The root is taken of 2 / n_out, and a pre-activation adds up n_in terms.",
        "Over what does the sum of one pre-activation run?",
        drawn("np.sqrt(2 / n_out)"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_both_sides",
        "initialisation",
        "inputs and outputs counted",
        "The sum of both widths stands in the denominator, which is another rule.",
        "How many terms does one pre-activation have?",
        drawn("np.sqrt(2 / (n_in + n_out))"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_upside_down",
        "initialisation",
        "the fraction upside down",
        "The weights grow with the width, and so do the activations from layer to layer.",
        "Should the weights of a wider layer be larger or smaller?",
        drawn("np.sqrt(n_in / 2)"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_one_hundredth",
        "initialisation",
        "a hundredth for all widths",
        "The standard deviation is 0.01 whatever the layer.",
        "Where does n_in enter your weights?",
        drawn("0.01"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_plain_normal",
        "initialisation",
        "not scaled",
        "The weights have a standard deviation of 1.",
        "How large is the sum of 80 such terms?",
        drawn("1.0"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_all_positive",
        "initialisation",
        "numbers from 0 to 1",
        "rand-like numbers are never negative, so their mean isn't 0.",
        "What is the mean of your weights?",
        start(f"{HE}return np.sqrt(2 / n_in) * rng.random((n_out, n_in))"),
        diagnoses=("weights_mean",),
    ),
    Mistake(
        "init_limits_for_deviation",
        "initialisation",
        "limits in place of a deviation",
        "A uniform distribution between -a and a has a standard deviation of a over the root of 3.",
        "What is the standard deviation of a uniform distribution from -1 to 1?",
        start(f"{HE}a = np.sqrt(2 / n_in)\nreturn rng.uniform(-a, a, (n_out, n_in))"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_turned_round",
        "initialisation",
        "rows for inputs",
        "The table has n_in rows, as where rows are samples.",
        "Which product of W and h has this chapter?",
        start(f"{HE}return rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))"),
    ),
    Mistake(
        "init_all_equal",
        "initialisation",
        "all weights equal",
        "Every weight has the size of the standard deviation, and all units do the same.",
        "What is the standard deviation of equal numbers?",
        start("return np.full((n_out, n_in), np.sqrt(2 / n_in))"),
        diagnoses=("same_weights", "weights_alike"),
    ),
    Mistake(
        "init_zeros",
        "initialisation",
        "zeros",
        "All weights are 0, and nothing gets through the net in either direction.",
        "Which gradient of such a net isn't 0?",
        start("return np.zeros((n_out, n_in))"),
        diagnoses=("same_weights", "weights_std"),
    ),
    Mistake(
        "init_bias_counted",
        "initialisation",
        "one input too many",
        "The bias is counted as an input, which shows in layers with few of them.",
        "How many weights has one unit?",
        drawn("np.sqrt(2 / (n_in + 1))"),
        diagnoses=("weights_std",),
    ),
    Mistake(
        "init_rows_alike",
        "initialisation",
        "one row for all units",
        "One row is drawn and repeated, so all units of the layer do the same for ever.",
        "In what do two units of your layer differ?",
        start(f"{HE}row = rng.normal(0, np.sqrt(2 / n_in), n_in)\nreturn np.tile(row, (n_out, 1))"),
        diagnoses=("weights_alike",),
    ),
    Mistake(
        "init_rng_ignored",
        "initialisation",
        "the generator not used",
        "The weights come from np.random, whatever generator is handed over.",
        "Would your net be the same tomorrow, with the same seed?",
        start("return np.random.randn(n_out, n_in) * np.sqrt(2 / n_in)"),
        diagnoses=("own_rng",),
    ),
    Mistake(
        "init_same_weights_always",
        "initialisation",
        "a seed inside",
        "A new generator of one seed is made in every call, so all layers of a shape are equal.",
        "What do you get when you call your function twice with one generator?",
        start(
            "rng = np.random.default_rng(0)\nreturn rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in))"
        ),
        diagnoses=("same_weights",),
    ),
    Mistake(
        "depth_before_the_relu",
        "initialisation",
        "measured before the ReLU",
        "The pre-activations are measured, of which the ReLU has not cut anything yet.",
        "Which array goes on to the next layer?",
        depth(("np.std(h)", "np.std(f)")),
    ),
    Mistake(
        "depth_no_relu",
        "initialisation",
        "no ReLU",
        "The layers are multiplied without a bend between them.",
        "What is lost at a ReLU?",
        depth(("np.maximum(f, 0)", "f")),
    ),
    Mistake(
        "depth_variance",
        "initialisation",
        "the variance",
        "np.var is the square of what is asked for.",
        "In which unit is a variance measured?",
        depth(("np.std(h)", "np.var(h)")),
    ),
    Mistake(
        "depth_root_mean_square",
        "initialisation",
        "the root of the mean square",
        "The distance from 0 is measured, and a standard deviation is the distance from the mean.",
        "What does np.std take off first?",
        depth(("np.std(h)", "np.sqrt(np.mean(h**2))")),
    ),
    Mistake(
        "depth_mean",
        "initialisation",
        "the mean",
        "The mean activation is returned, not how widely they spread.",
        "Which function of NumPy gives a standard deviation?",
        depth(("np.std(h)", "np.mean(h)")),
    ),
    Mistake(
        "depth_for_each_unit",
        "initialisation",
        "one number for each unit",
        "The spread is taken along the samples and gives an array for every layer.",
        "How many numbers does one layer give?",
        depth(("float(np.std(h))", "np.std(h, axis=1)")),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "depth_mean_over_units",
        "initialisation",
        "the units' deviations averaged",
        "The deviation of each unit is taken first, and what lies between the units is lost.",
        "What is the spread of all entries if every unit is constant and no two are equal?",
        depth(("np.std(h)", "np.mean(np.std(h, axis=1))")),
    ),
    Mistake(
        "depth_input_too",
        "initialisation",
        "the input measured as well",
        "The list starts with the input, so it is one longer than the weights.",
        "How many ReLUs are there, and how many numbers do you return?",
        depth(("sizes = []", "sizes = [float(np.std(x))]")),
    ),
    Mistake(
        "depth_always_the_input",
        "initialisation",
        "the input for every layer",
        "Every layer is given x, so the depth has no effect.",
        "What does the second layer receive?",
        depth(("W @ h", "W @ x")),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "depth_last_only",
        "initialisation",
        "only the last layer",
        "One number is returned, and one for each layer is wanted.",
        "Where could one read off when the signal faded?",
        depth(("return sizes", "return sizes[-1]")),
    ),
    Mistake(
        "depth_normed_on_the_way",
        "initialisation",
        "scaled on the way",
        "The activations are divided by their spread after each layer, so nothing can fade.",
        "What does the next layer receive?",
        depth(
            (
                "sizes.append(float(np.std(h)))",
                "sizes.append(float(np.std(h)))\n        h = h / np.std(h)",
            )
        ),
    ),
    Mistake(
        "depth_last_layer_linear",
        "initialisation",
        "the last layer without its ReLU",
        "The last layer is treated as an output.",
        "After which layers does a ReLU stand here?",
        depth(("np.maximum(f, 0)", "np.maximum(f, 0) if len(sizes) < len(weights) - 1 else f")),
    ),
    Mistake(
        "init_fixed_seed",
        "initialisation",
        "seed 0 where no rng is given",
        "Every layer that is drawn without an rng has the same weights.",
        "What do two calls without an rng give?",
        start(HE_INIT.replace("default_rng()", "default_rng(0)")),
        diagnoses=("fixed_seed",),
    ),
]

# --- 4.11 dead units


def dead(body: str) -> str:
    return function("dead_units(all_f)", body)


DEAD_UNITS = [
    Mistake(
        "dead_any",
        "dead_units",
        "any for all",
        "A unit that is off for one sample is called dead.",
        "Is a unit dead that is on for one of seven samples?",
        dead("return [np.any(f <= 0, axis=1) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_samples",
        "dead_units",
        "samples for units",
        "The test runs down the columns and says which samples reach no unit.",
        "Which axis counts samples?",
        dead("return [np.all(f <= 0, axis=0) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_output_too",
        "dead_units",
        "the output among the units",
        "The output has no ReLU, so it can't die.",
        "How many of the arrays in all_f go through a ReLU?",
        dead("return [np.all(f <= 0, axis=1) for f in all_f]"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "dead_first_layer_left_out",
        "dead_units",
        "the first layer left out",
        "The first entry is dropped where the last one should be.",
        "Which entry of all_f is the output?",
        dead("return [np.all(f <= 0, axis=1) for f in all_f[1:]]"),
    ),
    Mistake(
        "dead_alive",
        "dead_units",
        "the living marked",
        "True stands for units that are on for some sample.",
        "Which units did the question ask for?",
        dead("return [np.any(f > 0, axis=1) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_column",
        "dead_units",
        "a column for each layer",
        "The axis of the samples is kept, and (D,) is wanted.",
        "What does keepdims keep?",
        dead("return [np.all(f <= 0, axis=1, keepdims=True) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_first_sample",
        "dead_units",
        "only the first sample",
        "One column decides for all.",
        "What if the unit is on for the second sample?",
        dead("return [f[:, 0] <= 0 for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_mean",
        "dead_units",
        "dead on average",
        "The pre-activations are averaged, and a few strong ones are lost in the mean.",
        "Is a unit dead that is on for one sample, with a negative mean?",
        dead("return [np.mean(f, axis=1) <= 0 for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_exact_zero",
        "dead_units",
        "activations taken for granted",
        "The entries are compared with 0 exactly, and pre-activations are below it.",
        "Is all_f before the ReLU or after it?",
        dead("return [np.all(f == 0, axis=1) for f in all_f[:-1]]"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "dead_numbers",
        "dead_units",
        "the units' numbers",
        "The places of the dead units are returned, and not a True or False for each.",
        "How many entries must each array have?",
        dead("return [np.flatnonzero(np.all(f <= 0, axis=1)) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_one_for_each_layer",
        "dead_units",
        "one answer for each layer",
        "The test has no axis, so a layer is dead or not as a whole.",
        "How many units has a layer?",
        dead("return [bool(np.all(f <= 0)) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_counted",
        "dead_units",
        "the samples counted",
        "The number of samples for which a unit is off is returned.",
        "With what would you have to compare your count?",
        dead("return [np.sum(f <= 0, axis=1) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_whole_numbers",
        "dead_units",
        "cut to whole numbers first",
        "Pre-activations between 0 and 1 are cut to 0, and then count as off.",
        "What is int(0.7)?",
        dead("return [np.all(f.astype(int) <= 0, axis=1) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_last_sample_missing",
        "dead_units",
        "the last sample missed",
        "The slice ends before the last column.",
        "Which samples does f[:, :-1] hold?",
        dead("return [np.all(f[:, :-1] <= 0, axis=1) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_one_array",
        "dead_units",
        "all layers in one array",
        "The layers are joined, and it can't be seen any more where one ends.",
        "How many arrays should there be for five hidden layers?",
        dead("return np.concatenate([np.all(f <= 0, axis=1) for f in all_f[:-1]])"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "dead_small",
        "dead_units",
        "hardly alive counted as dead",
        "A unit that is barely on still learns.",
        "What is the slope of a ReLU at 0.01?",
        dead("return [np.all(f <= 0.1, axis=1) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_first_unit_missing",
        "dead_units",
        "the first unit left out",
        "A slice that was meant for the layers is taken from the units.",
        "What does f[1:] leave out when f is a layer?",
        dead("return [np.all(f[1:] <= 0, axis=1) for f in all_f[:-1]]"),
    ),
    Mistake(
        "dead_nearly_always",
        "dead_units",
        "off for nearly all",
        "A unit counts as dead if it is off for more than nine tenths of the samples.",
        "What does a unit learn from the one sample for which it is on?",
        dead("return [np.mean(f <= 0, axis=1) > 0.9 for f in all_f[:-1]]"),
    ),
]

# --- 4.12 find the bug

STEP = code("""
    def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
        K = len(all_weights) - 1
        all_dl_dweights = [None] * (K + 1)
        all_dl_dbiases = [None] * (K + 1)
        dl_df = 2 * (all_f[K] - y)
        for layer in range(K, -1, -1):
            all_dl_dbiases[layer] = np.sum(dl_df, axis=1, keepdims=True)
            all_dl_dweights[layer] = np.matmul(dl_df, all_h[layer].T)
            if layer > 0:
                dl_dh = np.matmul(all_weights[layer].T, dl_df)
                dl_df = (all_f[layer - 1] > 0) * dl_dh
        for layer in range(K + 1):
            all_weights[layer] -= lr * all_dl_dweights[layer]
            all_biases[layer] -= lr * all_dl_dbiases[layer]
        return all_dl_dweights, all_dl_dbiases
    """)
WORST = code("""
    def worst_difference(gradients, measured):
        worst = 0.0
        for layer in range(len(gradients)):
            worst = max(worst, np.max(np.abs(gradients[layer] - measured[layer])))
        return float(worst)
    """)
STEPS = (
    "    for layer in range(K + 1):\n"
    "        all_weights[layer] -= lr * all_dl_dweights[layer]\n"
    "        all_biases[layer] -= lr * all_dl_dbiases[layer]\n"
)
STEPS_ON_THE_WAY = (
    "        all_weights[layer] -= lr * all_dl_dweights[layer]\n"
    "        all_biases[layer] -= lr * all_dl_dbiases[layer]\n"
)

FAULTS: dict[str, tuple[tuple[str, str], ...]] = {
    "K": (("    K = len(all_weights) - 1\n", ""),),
    "bias": ((DB, "dl_df"),),
    "order": ((STEPS, ""), ("        if layer > 0:", f"{STEPS_ON_THE_WAY}        if layer > 0:")),
    "last": (("range(len(gradients))", "range(len(gradients) - 1)"),),
}


def patient(*left: str, changes: tuple[tuple[str, str], ...] = ()) -> str:
    """The program of 4.12 with these faults left in it, and its repair changed."""
    faults = tuple(change for name in left for change in FAULTS[name])
    constant = "K = 5\n\n\n" if "K" in left else ""
    return constant + changed(f"{STEP}\n\n{WORST}", *faults, *changes)


def repaired(*changes: tuple[str, str]) -> str:
    return patient(changes=changes)


BUG = [
    Mistake(
        "bug4_as_handed_out",
        "ch4_bug",
        "all four faults",
        "The program is as it came: a constant K, no sum, the step on the way, the last layer "
        "skipped.",
        "Which gradients does the printed check look at?",
        patient("K", "bias", "order", "last"),
    ),
    Mistake(
        "bug4_constant_left",
        "ch4_bug",
        "the constant K",
        "Three are repaired, and the number of layers is still 5 for every net.",
        "What does your function do with two layers?",
        patient("K"),
        diagnoses=("error_past_the_end",),
    ),
    Mistake(
        "bug4_sum_left",
        "ch4_bug",
        "the bias not summed",
        "Three are repaired, and the biases still get a column for each sample.",
        "How many samples does one bias serve?",
        patient("bias"),
        diagnoses=("error_in_place_shape",),
    ),
    Mistake(
        "bug4_order_left",
        "ch4_bug",
        "the step on the way",
        "Three are repaired, and each layer still moves before it carries the error down.",
        "Why does the error of the check grow with lr?",
        patient("order"),
    ),
    Mistake(
        "bug4_last_layer_left",
        "ch4_bug",
        "the last layer skipped",
        "Three are repaired, and the worst difference still leaves out the last layer.",
        "Break the last gradient on purpose: does your function notice?",
        patient("last"),
    ),
    Mistake(
        "bug4_two_left",
        "ch4_bug",
        "the two loud faults repaired",
        "What crashed is repaired, and what only gave wrong numbers isn't.",
        "Which faults raise no error?",
        patient("order", "last"),
    ),
    Mistake(
        "bug4_shallow_copy",
        "ch4_bug",
        "a copy of the list only",
        "The old weights are kept in a new list of the same arrays, which the step then changes.",
        "How many arrays does list(all_weights) make?",
        patient(
            "order",
            changes=(
                ("    dl_df = 2", "    old_weights = list(all_weights)\n    dl_df = 2"),
                (
                    "np.matmul(all_weights[layer].T, dl_df)",
                    "np.matmul(old_weights[layer].T, dl_df)",
                ),
            ),
        ),
    ),
    Mistake(
        "bug4_layer_below_moved",
        "ch4_bug",
        "moved one layer early",
        "The step now comes after the error was carried down, but it moves the layer below.",
        "Which weights will the next round of the loop need?",
        repaired(
            (
                STEPS,
                "    all_weights[K] -= lr * all_dl_dweights[K]\n"
                "    for layer in range(K + 1):\n"
                "        all_biases[layer] -= lr * all_dl_dbiases[layer]\n",
            ),
            (
                "            dl_df = (all_f[layer - 1] > 0) * dl_dh\n",
                "            dl_df = (all_f[layer - 1] > 0) * dl_dh\n"
                "            all_weights[layer - 1] -= lr * np.matmul(dl_df, all_h[layer - 1].T)\n",
            ),
        ),
    ),
    Mistake(
        "bug4_mean_for_sum",
        "ch4_bug",
        "averaged, not summed",
        "The columns of the biases' gradients are averaged.",
        "How many outputs move when one bias moves?",
        repaired((DB, "np.mean(dl_df, axis=1, keepdims=True)")),
    ),
    Mistake(
        "bug4_flat_sum",
        "ch4_bug",
        "summed and flat",
        "The sum drops an axis, and the step then spreads it over a column, or fails.",
        "What shape has all_biases[0]?",
        repaired((DB, "np.sum(dl_df, axis=1)")),
        diagnoses=("error_in_place_shape",),
    ),
    Mistake(
        "bug4_no_step",
        "ch4_bug",
        "no step at all",
        "The lines that moved the weights are gone, so the gradients are right and nothing learns.",
        "What is all_weights after your function has run?",
        repaired((STEPS, "")),
    ),
    Mistake(
        "bug4_step_on_copies",
        "ch4_bug",
        "the step made on copies",
        "New arrays are made and forgotten, and the caller's stay as they were.",
        "Whose arrays does your step change?",
        repaired(
            (
                STEPS,
                "    for W, dW in zip(all_weights, all_dl_dweights):\n"
                "        W = W - lr * dW\n"
                "    for b, db in zip(all_biases, all_dl_dbiases):\n"
                "        b = b - lr * db\n",
            )
        ),
    ),
    Mistake(
        "bug4_step_uphill",
        "ch4_bug",
        "a step uphill",
        "The gradient is added.",
        "Does the loss rise or fall along its gradient?",
        repaired((STEPS, STEPS.replace("-=", "+="))),
    ),
    Mistake(
        "bug4_step_without_rate",
        "ch4_bug",
        "a step without the rate",
        "The whole gradient is taken off, whatever lr is.",
        "What does lr = 0 do in your code?",
        repaired((STEPS, STEPS.replace("lr * ", ""))),
    ),
    Mistake(
        "bug4_biases_stay",
        "ch4_bug",
        "the biases not moved",
        "Only the weights take the step.",
        "Which parameters does your step change?",
        repaired(("        all_biases[layer] -= lr * all_dl_dbiases[layer]\n", "")),
    ),
    Mistake(
        "bug4_step_skips_the_last",
        "ch4_bug",
        "the last layer doesn't move",
        "The loop of the step ends one layer early.",
        "How many layers does range(K) visit?",
        repaired(("for layer in range(K + 1):", "for layer in range(K):")),
    ),
    Mistake(
        "bug4_rate_in_the_gradients",
        "ch4_bug",
        "the rate in the gradients",
        "The gradients are scaled by lr for the step and returned like that.",
        "What is the gradient of the loss, with or without lr?",
        repaired(
            ("dl_df = 2 *", "dl_df = 2 * lr *"),
            (STEPS, STEPS.replace("lr * ", "")),
        ),
    ),
    Mistake(
        "bug4_gates_lost",
        "ch4_bug",
        "the gates lost in the repair",
        "The line with the gates has gone, and dead units pass their gradient on.",
        "What does a dead unit send back?",
        repaired(("(all_f[layer - 1] > 0) * dl_dh", "dl_dh")),
    ),
    Mistake(
        "bug4_worst_of_the_last",
        "ch4_bug",
        "only the last layer compared",
        "The last layer is looked at, and the others no more.",
        "Break the first gradient on purpose: does your function notice?",
        repaired(("range(len(gradients))", "[len(gradients) - 1]")),
    ),
    Mistake(
        "bug4_worst_signed",
        "ch4_bug",
        "a signed difference",
        "A gradient that is too small everywhere seems to differ by nothing.",
        "What is max(0, -5)?",
        repaired(
            ("np.abs(gradients[layer] - measured[layer])", "gradients[layer] - measured[layer]")
        ),
    ),
    Mistake(
        "bug4_worst_mean",
        "ch4_bug",
        "the mean difference",
        "The differences of a layer are averaged, and one bad entry is lost among the good ones.",
        "How large must one wrong entry be to move your mean?",
        repaired(("np.max(np.abs(", "np.mean(np.abs(")),
    ),
    Mistake(
        "bug4_worst_replaced",
        "ch4_bug",
        "each layer replaces the one before",
        "The largest difference isn't kept, so the last layer alone decides.",
        "What is worst after the loop's second round?",
        repaired(
            (
                "worst = max(worst, np.max(np.abs(gradients[layer] - measured[layer])))",
                "worst = np.max(np.abs(gradients[layer] - measured[layer]))",
            ),
        ),
    ),
    Mistake(
        "bug4_worst_relative",
        "ch4_bug",
        "a relative difference",
        "The differences are divided by the measured gradients, and absolute ones are asked for.",
        "What does your function say where the measured gradient is 0?",
        repaired(
            (
                "np.max(np.abs(gradients[layer] - measured[layer]))",
                "np.max(np.abs(gradients[layer] - measured[layer]) / "
                "(np.abs(measured[layer]) + 1e-12))",
            )
        ),
    ),
    Mistake(
        "bug4_worst_for_each_layer",
        "ch4_bug",
        "one number for each layer",
        "A list is returned, and one number is wanted for all layers.",
        "How many numbers does your function return?",
        repaired(
            ("worst = 0.0", "worst = []"),
            ("worst = max(worst, ", "worst.append("),
            ("return float(worst)", "return worst"),
        ),
    ),
]

MISTAKES: tuple[Mistake, ...] = (
    *NETWORK_OUTPUT,
    *INDICATOR,
    *SQUARES,
    *BACKWARD_PASS,
    *FINITE_DIFFERENCES,
    *ROWS_AND_COLUMNS,
    *PENCIL_NET,
    *NET_WITH_SIGMOIDS,
    *KINK_CROSSED,
    *INITIALISATION,
    *DEAD_UNITS,
    *BUG,
)
