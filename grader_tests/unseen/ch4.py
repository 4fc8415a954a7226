"""Chapter 4: wrong answers written without knowledge of the catalogue."""

UNSEEN = []


def add(id, exercise, cause, code, **more):
    UNSEEN.append(dict(id=id, exercise=exercise, cause=cause, code=code.strip("\n") + "\n", **more))


# ---------------------------------------------------------------- 4.1 network_output

add(
    "u4_netout_relu_in_place",
    "network_output",
    "The ReLU writes into the pre-activation (out=f), so all_f of the hidden layers holds activations.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    K = len(all_weights) - 1
    all_f, all_h = [], [net_input]
    for k in range(K + 1):
        f = all_biases[k] + all_weights[k] @ all_h[k]
        all_f.append(f)
        if k < K:
            all_h.append(np.maximum(f, 0, out=f))
    return all_f[-1], all_f, all_h
""",
)

add(
    "u4_netout_last_from_f",
    "network_output",
    "The last layer, written after the loop, gets the last pre-activation instead of its ReLU.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    all_f = []
    all_h = [net_input]
    for W, b in zip(all_weights[:-1], all_biases[:-1]):
        all_f.append(W @ all_h[-1] + b)
        all_h.append(np.where(all_f[-1] > 0, all_f[-1], 0))
    before = all_f[-1] if all_f else net_input
    net_output = all_weights[-1] @ before + all_biases[-1]
    all_f.append(net_output)
    return net_output, all_f, all_h
""",
)

add(
    "u4_netout_h_one_too_many",
    "network_output",
    "A ReLU follows every layer, the last one too, so all_h has K + 2 entries and the output returned is clipped.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    all_f, all_h = [], [net_input]
    h = net_input
    for W, b in zip(all_weights, all_biases):
        f = np.dot(W, h) + b
        h = f.clip(min=0)
        all_f.append(f)
        all_h.append(h)
    return h, all_f, all_h
""",
)

add(
    "u4_netout_bias_as_row",
    "network_output",
    "The bias column is turned into a row before it is added, so it is spread over samples instead of units.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    K = len(all_weights) - 1
    all_f = [None] * (K + 1)
    all_h = [None] * (K + 1)
    all_h[0] = net_input
    for k in range(K):
        all_f[k] = np.matmul(all_weights[k], all_h[k]) + all_biases[k].T
        all_h[k + 1] = np.maximum(all_f[k], 0)
    all_f[K] = np.matmul(all_weights[K], all_h[K]) + all_biases[K].T
    return all_f[K], all_f, all_h
""",
)

add(
    "u4_netout_lists_swapped",
    "network_output",
    "The two lists are returned in the wrong order: all_h before all_f.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    hs, fs = [net_input], []
    for k, (W, b) in enumerate(zip(all_weights, all_biases)):
        fs.append(b + W @ hs[k])
        if k + 1 < len(all_weights):
            hs.append(fs[k] * (fs[k] > 0))
    return fs[-1], hs, fs
""",
)

add(
    "u4_netout_half_forgotten",
    "network_output",
    "The ReLU is written as f + |f| without the half, so every activation is twice too large.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    K = len(all_weights) - 1
    all_f, all_h = [], [net_input]
    for k in range(K + 1):
        all_f.append(all_biases[k] + all_weights[k] @ all_h[k])
        if k < K:
            all_h.append(all_f[k] + np.abs(all_f[k]))
    return all_f[K], all_f, all_h
""",
)

add(
    "u4_netout_bias_after_relu",
    "network_output",
    "The bias is added behind the ReLU instead of before it.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    K = len(all_weights) - 1
    all_f, all_h = [], [net_input]
    for k in range(K):
        all_f.append(all_weights[k] @ all_h[k])
        all_h.append(np.maximum(all_f[k], 0) + all_biases[k])
    all_f.append(all_weights[K] @ all_h[K] + all_biases[K])
    return all_f[-1], all_f, all_h
""",
)

add(
    "u4_netout_ragged_array",
    "network_output",
    "np.array is called on lists of arrays of different shapes, which raises.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    K = len(all_weights) - 1
    all_f, all_h = [], [net_input]
    for k in range(K + 1):
        all_f.append(all_biases[k] + all_weights[k] @ all_h[k])
        if k < K:
            all_h.append(np.maximum(all_f[k], 0))
    return all_f[K], np.array(all_f), np.array(all_h)
""",
)

add(
    "u4_netout_first_relu_skipped",
    "network_output",
    "The ReLU is skipped at layer 0 as well as at the last layer (0 < k < K).",
    """
def compute_network_output(net_input, all_weights, all_biases):
    K = len(all_weights) - 1
    all_f, all_h = [], []
    h = net_input
    for k in range(K + 1):
        all_h.append(h)
        f = all_weights[k] @ h + all_biases[k]
        all_f.append(f)
        h = np.maximum(f, 0) if 0 < k < K else f
    return f, all_f, all_h
""",
)

add(
    "u4_netout_rows_as_in_pytorch",
    "network_output",
    "h.T @ W.T as with rows and PyTorch's weights, then a column bias is added to rows and nothing is turned back.",
    """
def compute_network_output(net_input, all_weights, all_biases):
    K = len(all_weights) - 1
    all_f, all_h = [], [net_input.T]
    for k in range(K + 1):
        all_f.append(all_h[k] @ all_weights[k].T + all_biases[k].ravel())
        if k < K:
            all_h.append(np.maximum(all_f[k], 0))
    return all_f[K], all_f, all_h
""",
)

# ---------------------------------------------------------------- 4.2 indicator

add(
    "u4_ind_relu_over_x",
    "indicator",
    "The ratio relu(x) / x is 0/0 = nan where x is exactly 0.",
    """
def indicator_function(x):
    return np.maximum(x, 0) / x
""",
)

add(
    "u4_ind_clip",
    "indicator",
    "Clipping to [0, 1] keeps entries between 0 and 1 as they are instead of making them 1.",
    """
def indicator_function(x):
    return np.clip(x, 0.0, 1.0)
""",
)

add(
    "u4_ind_positions",
    "indicator",
    "np.where with one argument returns the positions of the positive entries, not an array of ones and zeros.",
    """
def indicator_function(x):
    return np.where(x > 0)
""",
)

add(
    "u4_ind_if_on_array",
    "indicator",
    "A Python if asks the truth of a whole array, which raises.",
    """
def indicator_function(x):
    if x > 0:
        return 1.0
    else:
        return 0.0
""",
)

add(
    "u4_ind_int_first",
    "indicator",
    "Cutting off the fraction first turns entries between 0 and 1 into 0.",
    """
def indicator_function(x):
    whole = x.astype(int)
    return (whole > 0).astype(float)
""",
)

add(
    "u4_ind_square_loop",
    "indicator",
    "The inner loop runs over the number of rows instead of the columns, so columns are left out or the index runs out.",
    """
def indicator_function(x):
    out = np.zeros_like(x)
    rows = x.shape[0]
    for i in range(rows):
        for j in range(rows):
            if x[i, j] > 0:
                out[i, j] = 1
    return out
""",
)

add(
    "u4_ind_only_the_on",
    "indicator",
    "Indexing with the mask keeps the positive entries only, so the result is flat and too short.",
    """
def indicator_function(x):
    return np.ones_like(x[x > 0])
""",
)

add(
    "u4_ind_dead_zone",
    "indicator",
    "A tolerance of 1e-3 is put around 0, so small positive entries count as off.",
    """
def indicator_function(x):
    return np.where(x > 1e-3, 1.0, 0.0)
""",
)

add(
    "u4_ind_above_mean",
    "indicator",
    "Entries are compared with the mean of the array instead of with 0.",
    """
def indicator_function(x):
    return 1.0 * (x > np.mean(x))
""",
)

add(
    "u4_ind_heaviside_one",
    "indicator",
    "np.heaviside is called without its second argument, which raises.",
    """
def indicator_function(x):
    return np.heaviside(x)
""",
)

add(
    "u4_ind_gates_x",
    "indicator",
    "x is kept where it is positive: this is the ReLU, not its indicator.",
    """
def indicator_function(x):
    out = x.copy()
    out[out < 0] = 0
    return out
""",
)

# ---------------------------------------------------------------- 4.3 least_squares

add(
    "u4_ls_precedence",
    "least_squares",
    "The gradient lacks its parentheses: 2 * output - y instead of 2 * (output - y).",
    """
def least_squares_loss(net_output, y):
    return np.sum((net_output - y) ** 2)

def d_loss_d_output(net_output, y):
    return 2 * net_output - y
""",
)

add(
    "u4_ls_times_output",
    "least_squares",
    "The gradient is multiplied by the output once more, as if it were the gradient of a weight.",
    """
def least_squares_loss(net_output, y):
    return ((net_output - y) ** 2).sum()

def d_loss_d_output(net_output, y):
    return 2 * (net_output - y) * net_output
""",
)

add(
    "u4_ls_batch_summed",
    "least_squares",
    "The gradient is summed over the samples, so it has lost the shape of the output.",
    """
def least_squares_loss(net_output, y):
    return np.sum((net_output - y) ** 2)

def d_loss_d_output(net_output, y):
    return np.sum(2 * (net_output - y), axis=1, keepdims=True)
""",
)

add(
    "u4_ls_square_of_sum",
    "least_squares",
    "The differences are added up first and squared afterwards, and the gradient follows suit.",
    """
def least_squares_loss(net_output, y):
    return np.sum(net_output - y) ** 2

def d_loss_d_output(net_output, y):
    return 2 * np.sum(net_output - y) * np.ones_like(net_output)
""",
)

add(
    "u4_ls_norm",
    "least_squares",
    "np.linalg.norm takes the root of the sum, and the square is forgotten.",
    """
def least_squares_loss(net_output, y):
    return np.linalg.norm(net_output - y)

def d_loss_d_output(net_output, y):
    return 2 * (net_output - y)
""",
)

add(
    "u4_ls_gram",
    "least_squares",
    "diff @ diff.T also multiplies the differences of different outputs with each other, and all are added.",
    """
def least_squares_loss(net_output, y):
    diff = net_output - y
    return float(np.sum(diff @ diff.T))

def d_loss_d_output(net_output, y):
    diff = net_output - y
    return 2 * diff
""",
)

add(
    "u4_ls_abs_slope",
    "least_squares",
    "The absolute value in the gradient loses the sign of the difference.",
    """
def least_squares_loss(net_output, y):
    return np.sum(np.abs(net_output - y) ** 2)

def d_loss_d_output(net_output, y):
    return 2 * np.abs(net_output - y)
""",
)

add(
    "u4_ls_method_not_called",
    "least_squares",
    "The parentheses of .sum() are missing, so the loss is a method and not a number.",
    """
def least_squares_loss(net_output, y):
    return np.square(net_output - y).sum

def d_loss_d_output(net_output, y):
    return 2.0 * (net_output - y)
""",
)

add(
    "u4_ls_mean_of_samples",
    "least_squares",
    "The loss averages over the samples and the gradient divides by N: consistent, but this loss does not average.",
    """
def least_squares_loss(net_output, y):
    per_sample = np.sum((net_output - y) ** 2, axis=0)
    return per_sample.mean()

def d_loss_d_output(net_output, y):
    N = y.shape[1]
    return 2 * (net_output - y) / N
""",
)

add(
    "u4_ls_root_of_loss",
    "least_squares",
    "The gradient is derived from the loss value (2 * sqrt(loss)), one number for all entries and always positive.",
    """
def least_squares_loss(net_output, y):
    return np.sum((net_output - y) ** 2)

def d_loss_d_output(net_output, y):
    return 2 * np.sqrt(least_squares_loss(net_output, y))
""",
)

add(
    "u4_ls_loss_per_sample",
    "least_squares",
    "The loss is summed over the outputs only (axis 0), and the gradient lacks the 2: two mistakes.",
    """
def least_squares_loss(net_output, y):
    return np.sum((net_output - y) ** 2, axis=0)

def d_loss_d_output(net_output, y):
    return net_output - y
""",
)

# ---------------------------------------------------------------- 4.4 backward_pass

SMALL = """
def indicator_function(x):
    return (x > 0).astype(float)

def least_squares_loss(net_output, y):
    return np.sum((net_output - y) ** 2)

def d_loss_d_output(net_output, y):
    return 2 * (net_output - y)

"""

add(
    "u4_bp_relu_on_output",
    "backward_pass",
    "The gradient at the output is put through a gate of its own, though the last layer has no ReLU.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dW, db = [None] * (K + 1), [None] * (K + 1)
    dl = d_loss_d_output(all_f[K], y)
    for k in range(K, -1, -1):
        dl = dl * indicator_function(all_f[k])
        db[k] = dl.sum(axis=1, keepdims=True)
        dW[k] = dl @ all_h[k].T
        dl = all_weights[k].T @ dl
    return dW, db
""",
)

add(
    "u4_bp_outer",
    "backward_pass",
    "np.outer is used for the weights, which flattens a batch into one long vector.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    delta = d_loss_d_output(all_f[K], y)
    for k in reversed(range(K + 1)):
        dweights[k] = np.outer(delta, all_h[k])
        dbiases[k] = np.sum(delta, axis=1, keepdims=True)
        if k > 0:
            delta = indicator_function(all_f[k - 1]) * (all_weights[k].T @ delta)
    return dweights, dbiases
""",
)

add(
    "u4_bp_gate_on_gradient",
    "backward_pass",
    "The gate looks at the sign of the gradient that comes back instead of the sign of the pre-activation.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = d_loss_d_output(all_f[K], y)
    for k in reversed(range(K + 1)):
        dbiases[k] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[k] = dl_df @ all_h[k].T
        if k > 0:
            dl_dh = all_weights[k].T @ dl_df
            dl_df = indicator_function(dl_dh) * dl_dh
    return dweights, dbiases
""",
)

add(
    "u4_bp_target_minus_output",
    "backward_pass",
    "The arguments of d_loss_d_output are swapped, so every gradient has the wrong sign.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = d_loss_d_output(y, all_f[K])
    for k in reversed(range(K + 1)):
        dbiases[k] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[k] = dl_df @ all_h[k].T
        if k > 0:
            dl_df = indicator_function(all_f[k - 1]) * (all_weights[k].T @ dl_df)
    return dweights, dbiases
""",
)

add(
    "u4_bp_gate_left_behind_only",
    "backward_pass",
    "The gated gradient is used for this layer's weights and biases, but the ungated one is handed on.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    last = len(all_weights) - 1
    all_dl_dweights, all_dl_dbiases = [], []
    carried = d_loss_d_output(all_f[last], y)
    for k in range(last, -1, -1):
        here = carried if k == last else carried * indicator_function(all_f[k])
        all_dl_dweights.insert(0, here @ all_h[k].T)
        all_dl_dbiases.insert(0, here.sum(axis=1, keepdims=True))
        carried = all_weights[k].T @ carried
    return all_dl_dweights, all_dl_dbiases
""",
)

add(
    "u4_bp_lists_reversed",
    "backward_pass",
    "The gradients are appended on the way back, so both lists start with the last layer.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    dws, dbs = [], []
    K = len(all_weights) - 1
    dl_df = d_loss_d_output(all_f[K], y)
    for k in range(K, -1, -1):
        dws.append(dl_df @ all_h[k].T)
        dbs.append(np.sum(dl_df, axis=1, keepdims=True))
        if k:
            dl_df = (all_weights[k].T @ dl_df) * indicator_function(all_f[k - 1])
    return dws, dbs
""",
)

add(
    "u4_bp_stops_above_zero",
    "backward_pass",
    "The loop runs down to layer 1 only, so layer 0 has no gradients.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights = [np.zeros_like(W) for W in all_weights]
    dbiases = [np.zeros_like(b) for b in all_biases]
    dl_df = d_loss_d_output(all_f[K], y)
    for k in range(K, 0, -1):
        dbiases[k] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[k] = dl_df @ all_h[k].T
        dl_df = indicator_function(all_f[k - 1]) * (all_weights[k].T @ dl_df)
    return dweights, dbiases
""",
)

add(
    "u4_bp_step_back_first",
    "backward_pass",
    "The error is carried through layer k before the weights' gradient of layer k is taken.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = d_loss_d_output(all_f[K], y)
    for k in reversed(range(K + 1)):
        dbiases[k] = np.sum(dl_df, axis=1, keepdims=True)
        if k > 0:
            dl_df = indicator_function(all_f[k - 1]) * (all_weights[k].T @ dl_df)
        dweights[k] = dl_df @ all_h[k].T
    return dweights, dbiases
""",
)

add(
    "u4_bp_times_activation",
    "backward_pass",
    "The gradient is multiplied by the activation h_k instead of by its gate.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = d_loss_d_output(all_f[K], y)
    for k in reversed(range(K + 1)):
        dbiases[k] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[k] = np.einsum("in,jn->ij", dl_df, all_h[k])
        if k > 0:
            dl_df = all_h[k] * np.einsum("ij,in->jn", all_weights[k], dl_df)
    return dweights, dbiases
""",
)

add(
    "u4_bp_bias_one_number",
    "backward_pass",
    "The bias gradient is summed over samples and units: one number for all units of a layer.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = d_loss_d_output(all_f[K], y)
    for k in reversed(range(K + 1)):
        dbiases[k] = np.full_like(all_biases[k], np.sum(dl_df))
        dweights[k] = dl_df @ all_h[k].T
        if k > 0:
            dl_df = indicator_function(all_f[k - 1]) * (all_weights[k].T @ dl_df)
    return dweights, dbiases
""",
)

add(
    "u4_bp_weight_decay",
    "backward_pass",
    "An L2 penalty of 0.01 * W, which is not in this loss, is added to the weights' gradients.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = d_loss_d_output(all_f[K], y)
    for k in reversed(range(K + 1)):
        dbiases[k] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[k] = dl_df @ all_h[k].T + 0.01 * all_weights[k]
        if k > 0:
            dl_df = indicator_function(all_f[k - 1]) * (all_weights[k].T @ dl_df)
    return dweights, dbiases
""",
)

add(
    "u4_bp_mean_bias_and_gate_sign",
    "backward_pass",
    "Two mistakes: the bias gradient is a mean over the batch, and np.sign stands in for the gate.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = d_loss_d_output(all_f[K], y)
    for k in reversed(range(K + 1)):
        dbiases[k] = np.mean(dl_df, axis=1, keepdims=True)
        dweights[k] = dl_df @ all_h[k].T
        if k > 0:
            dl_df = np.sign(all_f[k - 1]) * (all_weights[k].T @ dl_df)
    return dweights, dbiases
""",
)

add(
    "u4_bp_matmul_gate",
    "backward_pass",
    "The gate is applied with a matrix product instead of entry by entry.",
    SMALL
    + """
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = d_loss_d_output(all_f[K], y)
    for k in reversed(range(K + 1)):
        dbiases[k] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[k] = dl_df @ all_h[k].T
        if k > 0:
            dl_df = indicator_function(all_f[k - 1]) @ all_weights[k].T @ dl_df
    return dweights, dbiases
""",
)

# ---------------------------------------------------------------- 4.5 finite_differences

FORWARD = """
def compute_network_output(net_input, all_weights, all_biases):
    K = len(all_weights) - 1
    all_f, all_h = [], [net_input]
    for k in range(K + 1):
        all_f.append(all_biases[k] + all_weights[k] @ all_h[k])
        if k < K:
            all_h.append(np.maximum(all_f[k], 0))
    return all_f[K], all_f, all_h

def least_squares_loss(net_output, y):
    return np.sum((net_output - y) ** 2)

"""

add(
    "u4_fd_bias_all_at_once",
    "finite_differences",
    "All biases of a layer are nudged together, so each of them gets the sum of the layer's slopes.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def loss():
        return least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)

    dW, db = [], []
    for W in all_weights:
        g = np.zeros_like(W)
        for i in range(W.shape[0]):
            for j in range(W.shape[1]):
                old = W[i, j]
                W[i, j] = old + h
                up = loss()
                W[i, j] = old - h
                down = loss()
                W[i, j] = old
                g[i, j] = (up - down) / (2 * h)
        dW.append(g)
    for b in all_biases:
        old = b.copy()
        b[:] = old + h
        up = loss()
        b[:] = old - h
        down = loss()
        b[:] = old
        db.append(np.full_like(b, (up - down) / (2 * h)))
    return dW, db
""",
)

add(
    "u4_fd_nudges_a_copy",
    "finite_differences",
    "The entry is changed in a copy that the network never sees, so all measured slopes are 0.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def measure(array):
        g = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            plus, minus = array.copy(), array.copy()
            plus[place] += h
            minus[place] -= h
            above = least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)
            below = least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)
            g[place] = (above - below) / (2 * h)
        return g

    return [measure(W) for W in all_weights], [measure(b) for b in all_biases]
""",
)

add(
    "u4_fd_left_one_step_down",
    "finite_differences",
    "The last + h is missing: each entry stays h too low while the next ones are measured.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def slopes(array):
        measured = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            array[place] += h
            above = least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)
            array[place] -= 2 * h
            below = least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)
            measured[place] = (above - below) / (2 * h)
        return measured

    return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
""",
)

add(
    "u4_fd_second_derivative",
    "finite_differences",
    "The formula is that of the second derivative: (above - 2 middle + below) / h^2.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def loss():
        return least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)

    def slopes(array):
        measured = np.zeros(array.shape)
        middle_loss = loss()
        for place in np.ndindex(array.shape):
            middle = array[place]
            array[place] = middle + h
            above = loss()
            array[place] = middle - h
            below = loss()
            array[place] = middle
            measured[place] = (above - 2 * middle_loss + below) / h**2
        return measured

    return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
""",
)

add(
    "u4_fd_h_shadowed",
    "finite_differences",
    "The network's list of activations is unpacked into h and overwrites the step, so h can't be added any more.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    out, f, h = compute_network_output(net_input, all_weights, all_biases)

    def slopes(array):
        g = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            old = array[place]
            array[place] = old + h
            above = least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)
            array[place] = old - h
            below = least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)
            array[place] = old
            g[place] = (above - below) / (2 * h)
        return g

    return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
""",
)

add(
    "u4_fd_backward_difference",
    "finite_differences",
    "A one-sided difference (middle minus below, over h) instead of a central one.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def loss():
        return least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)

    def slopes(array):
        g = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            old = array[place]
            here = loss()
            array[place] = old - h
            g[place] = (here - loss()) / h
            array[place] = old
        return g

    return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
""",
)

add(
    "u4_fd_one_long_vector",
    "finite_differences",
    "The slopes come back as flat vectors instead of arrays in the shape of their owners.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def slopes(array):
        g = []
        for place in np.ndindex(array.shape):
            old = array[place]
            array[place] = old + h
            above = least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)
            array[place] = old - h
            below = least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)
            array[place] = old
            g.append((above - below) / (2 * h))
        return np.array(g)

    return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
""",
)

add(
    "u4_fd_output_not_loss",
    "finite_differences",
    "The slope of the summed squared outputs is measured: the target is left out of the loss.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def slopes(array):
        g = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            old = array[place]
            array[place] = old + h
            above = np.sum(compute_network_output(net_input, all_weights, all_biases)[0] ** 2)
            array[place] = old - h
            below = np.sum(compute_network_output(net_input, all_weights, all_biases)[0] ** 2)
            array[place] = old
            g[place] = (above - below) / (2 * h)
        return g

    return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
""",
)

add(
    "u4_fd_per_sample_and_no_two",
    "finite_differences",
    "Two mistakes: the loss is divided by the number of samples, and the difference by h instead of 2h.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    N = y.shape[1]

    def loss():
        return least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y) / N

    def slopes(array):
        g = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            old = array[place]
            array[place] = old + h
            above = loss()
            array[place] = old - h
            below = loss()
            array[place] = old
            g[place] = (above - below) / h
        return g

    return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
""",
)

add(
    "u4_fd_bias_step_into_weights",
    "finite_differences",
    "In the loop for the biases the weights of the same layer are nudged, in their first column (copied line).",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def loss():
        return least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)

    dws = [np.zeros_like(W) for W in all_weights]
    dbs = [np.zeros_like(b) for b in all_biases]
    for k in range(len(all_weights)):
        for i in range(all_weights[k].shape[0]):
            for j in range(all_weights[k].shape[1]):
                old = all_weights[k][i, j]
                all_weights[k][i, j] = old + h
                up = loss()
                all_weights[k][i, j] = old - h
                dws[k][i, j] = (up - loss()) / (2 * h)
                all_weights[k][i, j] = old
        for i in range(all_biases[k].shape[0]):
            old = all_weights[k][i, 0]
            all_weights[k][i, 0] = old + h
            up = loss()
            all_weights[k][i, 0] = old - h
            dbs[k][i, 0] = (up - loss()) / (2 * h)
            all_weights[k][i, 0] = old
    return dws, dbs
""",
)

# ---------------------------------------------------------------- 4.6 rows_and_columns

add(
    "u4_rc_reshape",
    "rows_and_columns",
    "The weights are reshaped to the turned shape instead of transposed, so the numbers land elsewhere.",
    """
def to_rows(all_weights, all_biases):
    return [W.reshape(W.shape[::-1]) for W in all_weights], [b.ravel() for b in all_biases]

def to_columns(all_weights, all_biases):
    return [W.reshape(W.shape[::-1]) for W in all_weights], [b.reshape(-1, 1) for b in all_biases]
""",
)

add(
    "u4_rc_bias_T",
    "rows_and_columns",
    "The biases are only transposed: a column becomes (1, D), and a flat array stays flat.",
    """
def to_rows(all_weights, all_biases):
    return [W.T for W in all_weights], [b.T for b in all_biases]

def to_columns(all_weights, all_biases):
    return [W.T for W in all_weights], [b.T for b in all_biases]
""",
)

add(
    "u4_rc_squeeze",
    "rows_and_columns",
    "np.squeeze drops all axes of length 1, so the bias of a layer with one unit becomes a number without axes.",
    """
def to_rows(all_weights, all_biases):
    weights = [np.transpose(W) for W in all_weights]
    biases = [np.squeeze(b) for b in all_biases]
    return weights, biases

def to_columns(all_weights, all_biases):
    return [np.transpose(W) for W in all_weights], [np.atleast_2d(b).T for b in all_biases]
""",
)

add(
    "u4_rc_new_axis_first",
    "rows_and_columns",
    "to_columns puts the new axis first, which makes a row (1, D) of the bias.",
    """
def to_rows(all_weights, all_biases):
    return [W.T for W in all_weights], [b[:, 0] for b in all_biases]

def to_columns(all_weights, all_biases):
    return [W.T for W in all_weights], [b[np.newaxis, :] for b in all_biases]
""",
)

add(
    "u4_rc_layers_reversed",
    "rows_and_columns",
    "The transposed layers are also put in reverse order, as if (AB)^T = B^T A^T asked for it.",
    """
def to_rows(all_weights, all_biases):
    return [W.T for W in reversed(all_weights)], [b.flatten() for b in reversed(all_biases)]

def to_columns(all_weights, all_biases):
    return [W.T for W in reversed(all_weights)], [b[:, None] for b in reversed(all_biases)]
""",
)

add(
    "u4_rc_list_of_pairs",
    "rows_and_columns",
    "One list of (weights, bias) pairs is returned instead of two lists.",
    """
def to_rows(all_weights, all_biases):
    return [(W.T, b[:, 0]) for W, b in zip(all_weights, all_biases)]

def to_columns(all_weights, all_biases):
    return [(W.T, b[:, None]) for W, b in zip(all_weights, all_biases)]
""",
)

add(
    "u4_rc_first_bias_only",
    "rows_and_columns",
    "b[0] takes the first row of the column, a single number, instead of the first column.",
    """
def to_rows(all_weights, all_biases):
    rows_w, rows_b = [], []
    for W, b in zip(all_weights, all_biases):
        rows_w.append(W.T)
        rows_b.append(b[0])
    return rows_w, rows_b

def to_columns(all_weights, all_biases):
    return [W.T for W in all_weights], [b.reshape(len(b), 1) for b in all_biases]
""",
)

add(
    "u4_rc_square_left_alone",
    "rows_and_columns",
    "Square weights are not transposed, since their shape already fits.",
    """
def turned(W, b_size, first):
    return W if W.shape[first] == b_size else W.T

def to_rows(all_weights, all_biases):
    return [turned(W, b.size, 1) for W, b in zip(all_weights, all_biases)], [b[:, 0] for b in all_biases]

def to_columns(all_weights, all_biases):
    return [turned(W, b.size, 0) for W, b in zip(all_weights, all_biases)], [b[:, None] for b in all_biases]
""",
)

add(
    "u4_rc_back_calls_there",
    "rows_and_columns",
    "to_columns calls to_rows, whose index b[:, 0] raises on a flat bias.",
    """
def to_rows(all_weights, all_biases):
    return [W.T for W in all_weights], [b[:, 0] for b in all_biases]

def to_columns(all_weights, all_biases):
    return to_rows(all_weights, all_biases)
""",
)

add(
    "u4_rc_pytorch_weights",
    "rows_and_columns",
    "The weights are left as (out, in), as PyTorch keeps them for rows; only the biases change.",
    """
def to_rows(all_weights, all_biases):
    return list(all_weights), [b.reshape(-1) for b in all_biases]

def to_columns(all_weights, all_biases):
    return list(all_weights), [b.reshape(-1, 1) for b in all_biases]
""",
)

# ---------------------------------------------------------------- 4.7 pencil_net


def pencil(body):
    return (
        """
def pencil_gradients(X, y, weights, biases):
    W1, W2, W3 = weights
    b1, b2, b3 = biases
    Z1 = X @ W1 + b1
    a1 = np.maximum(Z1, 0)
    Z2 = a1 @ W2 + b2
    a2 = np.maximum(Z2, 0)
"""
        + body
    )


add(
    "u4_pen_wrong_gate",
    "pencil_net",
    "The first layer's gradient is gated by Z2 instead of Z1; both have three entries, so nothing complains.",
    pencil("""
    d = a2 @ W3 + b3 - y
    dZ3 = 2 * d
    dZ2 = (Z2 > 0) * (dZ3 @ W3.T)
    dZ1 = (Z2 > 0) * (dZ2 @ W2.T)
    return float((d**2).item()), [X.T @ dZ1, a1.T @ dZ2, a2.T @ dZ3], [dZ1[0], dZ2[0], dZ3[0]]
"""),
)

add(
    "u4_pen_W2_not_turned",
    "pencil_net",
    "W2 is not transposed on the way back; it is 3 by 3, so the shapes fit all the same.",
    pencil("""
    d = a2 @ W3 + b3 - y
    dZ3 = 2 * d
    dZ2 = np.where(Z2 > 0, dZ3 @ W3.T, 0)
    dZ1 = np.where(Z1 > 0, dZ2 @ W2, 0)
    return np.sum(d**2), [X.T @ dZ1, a1.T @ dZ2, a2.T @ dZ3], [dZ1.ravel(), dZ2.ravel(), dZ3.ravel()]
"""),
)

add(
    "u4_pen_tape_slopes",
    "pencil_net",
    "da1 is dZ2 times the row sums of W2 (the slope of the sum of Z2), instead of a sum over units weighted by their own gradients.",
    pencil("""
    d = a2 @ W3 + b3 - y
    dZ3 = 2 * d
    da2 = dZ3 * W3.sum(axis=1)
    dZ2 = da2 * (Z2 > 0)
    da1 = dZ2 * W2.sum(axis=1)
    dZ1 = da1 * (Z1 > 0)
    dweights = [X.T @ dZ1, a1.T @ dZ2, a2.T @ dZ3]
    return np.sum(d**2), dweights, [dZ1[0], dZ2[0], dZ3[0]]
"""),
)

add(
    "u4_pen_Z_for_a",
    "pencil_net",
    "The weights' gradients use the pre-activations Z1 and Z2 instead of what went into the layer, a1 and a2.",
    pencil("""
    diff = a2 @ W3 + b3 - y
    dZ3 = 2 * diff
    dZ2 = (dZ3 @ W3.T) * (Z2 > 0)
    dZ1 = (dZ2 @ W2.T) * (Z1 > 0)
    dW3 = Z2.T @ dZ3
    dW2 = Z1.T @ dZ2
    dW1 = X.T @ dZ1
    return np.sum(diff**2), [dW1, dW2, dW3], [dZ1[0], dZ2[0], dZ3[0]]
"""),
)

add(
    "u4_pen_last_layer_first",
    "pencil_net",
    "The gradients are returned from the last layer to the first.",
    pencil("""
    diff = a2 @ W3 + b3 - y
    dweights, dbiases = [], []
    dZ = 2 * diff
    for a, W, gate in [(a2, W3, Z2), (a1, W2, Z1), (X, W1, None)]:
        dweights.append(a.T @ dZ)
        dbiases.append(dZ[0])
        if gate is not None:
            dZ = (dZ @ W.T) * (gate > 0)
    return np.sum(diff**2), dweights, dbiases
"""),
)

add(
    "u4_pen_relu_on_output",
    "pencil_net",
    "The output goes through a ReLU too, forwards and backwards, which the network doesn't have.",
    pencil("""
    Z3 = a2 @ W3 + b3
    output = np.maximum(Z3, 0)
    dZ3 = 2 * (output - y) * (Z3 > 0)
    dZ2 = (Z2 > 0) * (dZ3 @ W3.T)
    dZ1 = (Z1 > 0) * (dZ2 @ W2.T)
    loss = np.sum((output - y) ** 2)
    return loss, [X.T @ dZ1, a1.T @ dZ2, a2.T @ dZ3], [dZ1[0], dZ2[0], dZ3[0]]
"""),
)

add(
    "u4_pen_stepped_weights",
    "pencil_net",
    "The parameters after a step of 0.001 are returned instead of the gradients.",
    pencil("""
    d = a2 @ W3 + b3 - y
    dZ3 = 2 * d
    dZ2 = (Z2 > 0) * (dZ3 @ W3.T)
    dZ1 = (Z1 > 0) * (dZ2 @ W2.T)
    dws = [X.T @ dZ1, a1.T @ dZ2, a2.T @ dZ3]
    dbs = [dZ1[0], dZ2[0], dZ3[0]]
    new_w = [W - 0.001 * g for W, g in zip(weights, dws)]
    new_b = [b - 0.001 * g for b, g in zip(biases, dbs)]
    return np.sum(d**2), new_w, new_b
"""),
)

add(
    "u4_pen_X_not_turned",
    "pencil_net",
    "X is multiplied with dZ1 entry by entry without being turned into a column, which raises.",
    pencil("""
    d = a2 @ W3 + b3 - y
    dZ3 = 2 * d
    dZ2 = (Z2 > 0) * (dZ3 @ W3.T)
    dZ1 = (Z1 > 0) * (dZ2 @ W2.T)
    return np.sum(d**2), [X * dZ1, a1.T * dZ2, a2.T * dZ3], [dZ1[0], dZ2[0], dZ3[0]]
"""),
)

add(
    "u4_pen_bias_before_gate",
    "pencil_net",
    "The bias gradients are taken before the gate (da instead of dZ), so shut units get one too.",
    pencil("""
    d = a2 @ W3 + b3 - y
    dZ3 = 2 * d
    da2 = dZ3 @ W3.T
    dZ2 = da2 * (Z2 > 0)
    da1 = dZ2 @ W2.T
    dZ1 = da1 * (Z1 > 0)
    return np.sum(d**2), [X.T @ dZ1, a1.T @ dZ2, a2.T @ dZ3], [da1[0], da2[0], dZ3[0]]
"""),
)

add(
    "u4_pen_numbers_of_the_text",
    "pencil_net",
    "The numbers worked out by hand for the printed network are returned, whatever the arguments are.",
    """
def pencil_gradients(X, y, weights, biases):
    dW3 = np.array([[0.03168], [0.0], [0.09792]])
    dW2 = np.array([[0.01008, 0, -0.03024], [0, 0, 0], [0.00288, 0, -0.00864]])
    dW1 = np.array([[-0.01008, 0, -0.00504], [-0.02016, 0, -0.01008]])
    db3, db2, db1 = np.array([0.072]), np.array([0.0072, 0, -0.0216]), np.array([-0.01008, 0, -0.00504])
    return 0.001296, [dW1, dW2, dW3], [db1, db2, db3]
""",
)

add(
    "u4_pen_weights_by_bias_gradient",
    "pencil_net",
    "The gradient of W2 and W1 is the bias gradient, spread over all rows; the activation is left out.",
    pencil("""
    d = a2 @ W3 + b3 - y
    dZ3 = 2 * d
    dZ2 = (Z2 > 0) * (dZ3 @ W3.T)
    dZ1 = (Z1 > 0) * (dZ2 @ W2.T)
    dW2 = np.ones_like(W2) * dZ2
    dW1 = np.ones_like(W1) * dZ1
    return np.sum(d**2), [dW1, dW2, a2.T @ dZ3], [dZ1[0], dZ2[0], dZ3[0]]
"""),
)

# ---------------------------------------------------------------- 4.8 net_7652

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


def seven(body):
    return (
        SIGMOID
        + """
def net_7652_gradients(x, t, weights, biases):
    w1, w2, w3 = weights
    b1, b2, b3 = biases
    f1 = w1 @ x + b1
    h1 = np.maximum(f1, 0)
    f2 = w2 @ h1 + b2
    h2 = Sigmoid().forward(f2)
    f3 = w3 @ h2 + b3
    o = Sigmoid().forward(f3)
"""
        + body
    )


add(
    "u4_7652_sigmoid_of_output",
    "net_7652",
    "The slope of the sigmoid is taken at its output: the sigmoid is applied a second time before y (1 - y).",
    seven("""
    def slope(z):
        s = Sigmoid().forward(z)
        return s * (1 - s)

    df3 = (o - t) * slope(o)
    df2 = (w3.T @ df3) * slope(h2)
    df1 = (w2.T @ df2) * (f1 > 0)
    return np.sum((o - t) ** 2) / 2, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
"""),
)

add(
    "u4_7652_one_sigmoid_object",
    "net_7652",
    "One Sigmoid object serves both layers, so on the way back it only remembers the output of the last one.",
    SIGMOID
    + """
def net_7652_gradients(x, t, weights, biases):
    sigmoid = Sigmoid()
    f1 = weights[0] @ x + biases[0]
    h1 = np.maximum(f1, 0)
    h2 = sigmoid.forward(weights[1] @ h1 + biases[1])
    o = sigmoid.forward(weights[2] @ h2 + biases[2])
    E = 0.5 * np.sum((o - t) ** 2)
    df3 = sigmoid.backward(o - t)
    df2 = sigmoid.backward(weights[2].T @ df3)
    df1 = (weights[1].T @ df2) * (f1 > 0)
    return E, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
""",
)

add(
    "u4_7652_sigmoid_slope_for_relu",
    "net_7652",
    "The slope h1 (1 - h1) of a sigmoid is used behind the ReLU layer.",
    seven("""
    df3 = (o - t) * o * (1 - o)
    df2 = (w3.T @ df3) * h2 * (1 - h2)
    df1 = (w2.T @ df2) * h1 * (1 - h1)
    return np.sum((o - t) ** 2) / 2, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
"""),
)

add(
    "u4_7652_tanh_slope",
    "net_7652",
    "The slope of tanh, 1 - h^2, is used for the sigmoid of the middle layer.",
    seven("""
    d3 = (o - t) * o * (1 - o)
    d2 = np.dot(w3.T, d3) * (1 - h2**2)
    d1 = np.dot(w2.T, d2)
    d1[f1 <= 0] = 0
    return 0.5 * ((o - t) ** 2).sum(), [d1 @ x.T, d2 @ h1.T, d3 @ h2.T], [d1, d2, d3]
"""),
)

add(
    "u4_7652_cross_entropy",
    "net_7652",
    "The loss is taken to be the binary cross-entropy, whose slope before the sigmoid is o - t.",
    seven("""
    E = -np.sum(t * np.log(o) + (1 - t) * np.log(1 - o))
    df3 = o - t
    df2 = (w3.T @ df3) * h2 * (1 - h2)
    df1 = (w2.T @ df2) * (f1 > 0)
    return E, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
"""),
)

add(
    "u4_7652_row_broadcast",
    "net_7652",
    "df2.T @ w2 makes a row, and times the column gate it spreads to a table; the next product raises.",
    seven("""
    df3 = (o - t) * o * (1 - o)
    df2 = (w3.T @ df3) * h2 * (1 - h2)
    df1 = (df2.T @ w2) * (f1 > 0)
    return np.sum((o - t) ** 2) / 2, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
"""),
)

add(
    "u4_7652_sigmoid_sign",
    "net_7652",
    "The hand-written sigmoid has exp(+f): it falls instead of rising, while the slope keeps its formula.",
    """
def net_7652_gradients(x, t, weights, biases):
    sigma = lambda f: 1 / (1 + np.exp(f))
    (w1, w2, w3), (b1, b2, b3) = weights, biases
    f1 = w1 @ x + b1
    h1 = np.where(f1 > 0, f1, 0)
    h2 = sigma(w2 @ h1 + b2)
    o = sigma(w3 @ h2 + b3)
    df3 = (o - t) * o * (1 - o)
    df2 = (w3.T @ df3) * h2 * (1 - h2)
    df1 = (w2.T @ df2) * (f1 > 0)
    return np.sum((o - t) ** 2) / 2, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
""",
)

add(
    "u4_7652_h_for_upstream",
    "net_7652",
    "The middle layer's error lacks the factor h2: only (1 - h2) is multiplied in.",
    seven("""
    df3 = (o - t) * o * (1 - o)
    df2 = (w3.T @ df3) * (1 - h2)
    df1 = (w2.T @ df2) * (f1 > 0)
    return np.sum((o - t) ** 2) / 2, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
"""),
)

add(
    "u4_7652_inputs_shifted",
    "net_7652",
    "Each weight's gradient uses what comes out of its layer instead of what goes in.",
    seven("""
    df3 = (o - t) * o * (1 - o)
    df2 = (w3.T @ df3) * h2 * (1 - h2)
    df1 = (w2.T @ df2) * (f1 > 0)
    return np.sum((o - t) ** 2) / 2, [df1 @ h1.T, df2 @ h2.T, df3 @ o.T], [df1, df2, df3]
"""),
)

add(
    "u4_7652_errors_unsloped",
    "net_7652",
    "The plain weighted errors are carried from layer to layer and each slope is applied only where a gradient is left behind.",
    seven("""
    e3 = o - t
    e2 = w3.T @ e3
    e1 = w2.T @ e2
    df3 = e3 * o * (1 - o)
    df2 = e2 * h2 * (1 - h2)
    df1 = e1 * (f1 > 0)
    return np.sum((o - t) ** 2) / 2, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
"""),
)

add(
    "u4_7652_full_square_and_no_gate",
    "net_7652",
    "Two mistakes: E has no half (and its slope gets the 2), and the ReLU's gate is left out on the way back.",
    seven("""
    E = np.sum((o - t) ** 2)
    df3 = 2 * (o - t) * o * (1 - o)
    df2 = (w3.T @ df3) * h2 * (1 - h2)
    df1 = w2.T @ df2
    return E, [df1 @ x.T, df2 @ h1.T, df3 @ h2.T], [df1, df2, df3]
"""),
)

# ---------------------------------------------------------------- 4.9 kink_crossed

add(
    "u4_kink_counts",
    "kink_crossed",
    "Only the number of open units is compared, so one that opens hides another that shuts.",
    """
def kink_crossed(f, x, h):
    return bool(np.sum(f(x - h) > 0) != np.sum(f(x + h) > 0))
""",
)

add(
    "u4_kink_near_zero",
    "kink_crossed",
    "A pre-activation smaller than h counts as crossed, without asking how fast it changes.",
    """
def kink_crossed(f, x, h):
    return bool(np.any(np.abs(f(x)) < h))
""",
)

add(
    "u4_kink_one_sided",
    "kink_crossed",
    "Only the step ahead is looked at (x and x + h), not the step behind.",
    """
def kink_crossed(f, x, h):
    now, ahead = f(x), f(x + h)
    return bool(np.any((now > 0) != (ahead > 0)))
""",
)

add(
    "u4_kink_product_of_all",
    "kink_crossed",
    "The signs of all units are multiplied together, so two crossings cancel.",
    """
def kink_crossed(f, x, h):
    return bool(np.prod(f(x - h)) * np.prod(f(x + h)) < 0)
""",
)

add(
    "u4_kink_nudges_the_output",
    "kink_crossed",
    "h is added to the pre-activations instead of to the parameter.",
    """
def kink_crossed(f, x, h):
    below = f(x) - h > 0
    above = f(x) + h > 0
    return bool((below != above).any())
""",
)

add(
    "u4_kink_falling",
    "kink_crossed",
    "It asks whether a pre-activation falls on the way, not whether it changes sign.",
    """
def kink_crossed(f, x, h):
    return bool(np.any(f(x + h) - f(x - h) < 0))
""",
)

add(
    "u4_kink_any_too_early",
    "kink_crossed",
    "np.any is applied to each side before the comparison, so it compares whether any unit is open at all.",
    """
def kink_crossed(f, x, h):
    return bool(np.any(f(x - h) > 0) != np.any(f(x + h) > 0))
""",
)

add(
    "u4_kink_array_returned",
    "kink_crossed",
    "The answer for every unit is returned, not one for all of them.",
    """
def kink_crossed(f, x, h):
    return np.sign(f(x - h)) != np.sign(f(x + h))
""",
)

add(
    "u4_kink_twice_as_far",
    "kink_crossed",
    "It looks 2h to each side, so corners beyond the measurement count too.",
    """
def kink_crossed(f, x, h):
    left, right = f(x - 2 * h), f(x + 2 * h)
    return bool(np.any(left * right < 0))
""",
)

add(
    "u4_kink_all",
    "kink_crossed",
    "All units would have to change sign, not any of them.",
    """
def kink_crossed(f, x, h):
    return bool(((f(x - h) > 0) != (f(x + h) > 0)).all())
""",
)

# ---------------------------------------------------------------- 4.10 initialisation

DEPTH = """
def measure_depth(x, weights):
    h, deviations = x, []
    for W in weights:
        h = np.maximum(W @ h, 0)
        deviations.append(float(np.std(h)))
    return deviations
"""
HE = """
def he_init(n_in, n_out, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return rng.normal(scale=np.sqrt(2 / n_in), size=(n_out, n_in))
"""

add(
    "u4_init_scale_as_loc",
    "initialisation",
    "The standard deviation is given as the first argument of normal, which is the mean; the spread stays 1.",
    """
def he_init(n_in, n_out, rng=None):
    if rng is None:
        rng = np.random.default_rng()
    return rng.normal(np.sqrt(2 / n_in), size=(n_out, n_in))
"""
    + DEPTH,
)

add(
    "u4_init_uniform_limit",
    "initialisation",
    "A uniform distribution between -s and s has a standard deviation of s / sqrt(3), and it isn't normal.",
    """
def he_init(n_in, n_out, rng=None):
    rng = rng or np.random.default_rng()
    s = np.sqrt(2 / n_in)
    return rng.uniform(-s, s, size=(n_out, n_in))
"""
    + DEPTH,
)

add(
    "u4_init_xavier",
    "initialisation",
    "This is Glorot's standard deviation, with both widths: sqrt(2 / (n_in + n_out)).",
    """
def he_init(n_in, n_out, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return rng.standard_normal((n_out, n_in)) * np.sqrt(2.0 / (n_in + n_out))
"""
    + DEPTH,
)

add(
    "u4_init_six",
    "initialisation",
    "The limit sqrt(6 / n_in) of He's uniform distribution is used as a standard deviation.",
    """
def he_init(n_in, n_out, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return rng.normal(0, np.sqrt(6 / n_in), (n_out, n_in))
"""
    + DEPTH,
)

add(
    "u4_init_global_random",
    "initialisation",
    "The weights come from np.random, and the given rng is ignored.",
    """
def he_init(n_in, n_out, rng=None):
    return np.random.randn(n_out, n_in) * np.sqrt(2 / n_in)
"""
    + DEPTH,
)

add(
    "u4_init_lecun_and_std_before",
    "initialisation",
    "Two mistakes: sqrt(1 / n_in) leaves out the factor of the ReLU, and measure_depth takes the deviation before the ReLU.",
    """
def he_init(n_in, n_out, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return rng.normal(0.0, 1 / np.sqrt(n_in), (n_out, n_in))

def measure_depth(x, weights):
    out = []
    h = x
    for W in weights:
        f = W @ h
        out.append(float(f.std()))
        h = np.maximum(f, 0)
    return out
""",
)

add(
    "u4_init_depth_from_x",
    "initialisation",
    "In measure_depth every layer gets x again, since h is never handed on.",
    HE
    + """
def measure_depth(x, weights):
    return [float(np.std(np.maximum(W @ x, 0))) for W in weights]
""",
)

add(
    "u4_init_depth_rms",
    "initialisation",
    "measure_depth reports the root of the mean square, not the standard deviation, which takes the mean away.",
    HE
    + """
def measure_depth(x, weights):
    found, h = [], x
    for W in weights:
        h = np.where(W @ h > 0, W @ h, 0)
        found.append(float(np.sqrt(np.mean(h**2))))
    return found
""",
)

add(
    "u4_init_depth_per_unit",
    "initialisation",
    "The deviation is taken over the samples of each unit and then averaged over the units.",
    HE
    + """
def measure_depth(x, weights):
    h = x
    sizes = []
    for W in weights:
        h = np.maximum(W.dot(h), 0)
        sizes.append(float(np.mean(np.std(h, axis=1))))
    return sizes
""",
)

add(
    "u4_init_depth_counts_input",
    "initialisation",
    "The input's own deviation stands first in the list, so it is one entry too long.",
    HE
    + """
def measure_depth(x, weights):
    deviations = [float(np.std(x))]
    for W in weights:
        x = np.maximum(W @ x, 0)
        deviations.append(float(np.std(x)))
    return deviations
""",
)

add(
    "u4_init_depth_last_linear",
    "initialisation",
    "The last layer is left without a ReLU, as in the networks before; here each layer has one.",
    HE
    + """
def measure_depth(x, weights):
    deviations = []
    for k, W in enumerate(weights):
        x = W @ x
        if k < len(weights) - 1:
            x = np.maximum(x, 0)
        deviations.append(float(np.std(x)))
    return deviations
""",
)

add(
    "u4_init_positive_only",
    "initialisation",
    "The absolute value makes all weights positive, so their mean isn't 0 and the spread is too small.",
    """
def he_init(n_in, n_out, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return np.abs(rng.normal(scale=(2 / n_in) ** 0.5, size=(n_out, n_in)))
"""
    + DEPTH,
)

# ---------------------------------------------------------------- 4.11 dead_units

add(
    "u4_dead_parenthesis",
    "dead_units",
    "The comparison stands outside np.all, so it asks whether all entries are nonzero and compares that with 0.",
    """
def dead_units(all_f):
    return [np.all(f, axis=1) <= 0 for f in all_f[:-1]]
""",
)

add(
    "u4_dead_mean",
    "dead_units",
    "A unit counts as dead if its mean pre-activation is 0 or less.",
    """
def dead_units(all_f):
    return [np.mean(f, axis=1) <= 0 for f in all_f[:-1]]
""",
)

add(
    "u4_dead_first_dropped",
    "dead_units",
    "The first layer is left out instead of the last.",
    """
def dead_units(all_f):
    dead = []
    for f in all_f[1:]:
        dead.append((f <= 0).all(axis=1))
    return dead
""",
)

add(
    "u4_dead_exactly_zero",
    "dead_units",
    "Pre-activations are asked whether they are exactly 0, as if they were activations.",
    """
def dead_units(all_f):
    return [np.all(f == 0, axis=1) for f in all_f[:-1]]
""",
)

add(
    "u4_dead_last_sample",
    "dead_units",
    "The loop overwrites the answer with each sample, so only the last one counts.",
    """
def dead_units(all_f):
    result = []
    for f in all_f[:-1]:
        dead = np.zeros(f.shape[0], dtype=bool)
        for n in range(f.shape[1]):
            dead = f[:, n] <= 0
        result.append(dead)
    return result
""",
)

add(
    "u4_dead_one_bool",
    "dead_units",
    "np.all without an axis gives one answer for the whole layer.",
    """
def dead_units(all_f):
    return [bool(np.all(f <= 0)) for f in all_f[:-1]]
""",
)

add(
    "u4_dead_numbers",
    "dead_units",
    "The numbers of the dead units are returned instead of an entry for every unit.",
    """
def dead_units(all_f):
    return [np.flatnonzero(np.max(f, axis=1) <= 0) for f in all_f[:-1]]
""",
)

add(
    "u4_dead_min",
    "dead_units",
    "The smallest pre-activation is compared with 0, so one shut sample is enough.",
    """
def dead_units(all_f):
    return [f.min(axis=1) <= 0 for f in all_f[:-1]]
""",
)

add(
    "u4_dead_stacked",
    "dead_units",
    "The answers of all layers are joined into one array.",
    """
def dead_units(all_f):
    return np.concatenate([np.all(f <= 0, axis=1) for f in all_f[:-1]])
""",
)

add(
    "u4_dead_column_and_alive",
    "dead_units",
    "Two mistakes: keepdims leaves a column (D, 1), and True marks the units that are alive.",
    """
def dead_units(all_f):
    return [np.any(f > 0, axis=1, keepdims=True) for f in all_f[:-1]]
""",
)

# ---------------------------------------------------------------- 4.12 ch4_bug

JUDGE = """
def worst_difference(gradients, measured):
    return max(float(np.max(np.abs(a - n))) for a, n in zip(gradients, measured))
"""
STEP = """
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    last = len(all_weights) - 1
    dweights, dbiases = [None] * (last + 1), [None] * (last + 1)
    dl_df = 2 * (all_f[last] - y)
    for layer in reversed(range(last + 1)):
        dbiases[layer] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[layer] = dl_df @ all_h[layer].T
        if layer > 0:
            dl_df = (all_f[layer - 1] > 0) * (all_weights[layer].T @ dl_df)
    for layer in range(last + 1):
        all_weights[layer] -= lr * dweights[layer]
        all_biases[layer] -= lr * dbiases[layer]
    return dweights, dbiases
"""

add(
    "u4_bug_shallow_copy",
    "ch4_bug",
    "The old weights are kept with list(all_weights), which copies the list and not the arrays, so the error still travels through moved weights.",
    """
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    K = len(all_weights) - 1
    old = list(all_weights)
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = 2 * (all_f[K] - y)
    for layer in reversed(range(K + 1)):
        dbiases[layer] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[layer] = dl_df @ all_h[layer].T
        all_weights[layer] -= lr * dweights[layer]
        all_biases[layer] -= lr * dbiases[layer]
        if layer > 0:
            dl_df = (all_f[layer - 1] > 0) * (old[layer].T @ dl_df)
    return dweights, dbiases
"""
    + JUDGE,
)

add(
    "u4_bug_moves_copies",
    "ch4_bug",
    "Copies of the parameters are moved, and the network's own arrays never change.",
    """
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    weights = [W.copy() for W in all_weights]
    biases = [b.copy() for b in all_biases]
    K = len(weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = 2 * (all_f[K] - y)
    for layer in reversed(range(K + 1)):
        dbiases[layer] = dl_df.sum(axis=1, keepdims=True)
        dweights[layer] = dl_df @ all_h[layer].T
        weights[layer] -= lr * dweights[layer]
        biases[layer] -= lr * dbiases[layer]
        if layer > 0:
            dl_df = (all_f[layer - 1] > 0) * (all_weights[layer].T @ dl_df)
    return dweights, dbiases
"""
    + JUDGE,
)

add(
    "u4_bug_last_layer_not_moved",
    "ch4_bug",
    "The loop of the steps ends one layer early, so the last layer is never moved.",
    """
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = 2 * (all_f[K] - y)
    for layer in range(K, -1, -1):
        dbiases[layer] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[layer] = dl_df @ all_h[layer].T
        if layer > 0:
            dl_df = (all_f[layer - 1] > 0) * (all_weights[layer].T @ dl_df)
    for layer in range(K):
        all_weights[layer] -= lr * dweights[layer]
        all_biases[layer] -= lr * dbiases[layer]
    return dweights, dbiases
"""
    + JUDGE,
)

add(
    "u4_bug_flat_bias_gradient",
    "ch4_bug",
    "The bias gradient is summed over the samples without keepdims, so it is flat and can't be taken from a column in place.",
    """
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = 2 * (all_f[K] - y)
    for layer in reversed(range(K + 1)):
        dbiases[layer] = np.sum(dl_df, axis=1)
        dweights[layer] = dl_df @ all_h[layer].T
        if layer > 0:
            dl_df = (all_f[layer - 1] > 0) * (all_weights[layer].T @ dl_df)
    for layer in range(K + 1):
        all_weights[layer] -= lr * dweights[layer]
        all_biases[layer] -= lr * dbiases[layer]
    return dweights, dbiases
"""
    + JUDGE,
)

add(
    "u4_bug_mean_step",
    "ch4_bug",
    "The step is divided by the number of samples, while the gradients are returned as sums.",
    """
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    K, N = len(all_weights) - 1, y.shape[1]
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = 2 * (all_f[K] - y)
    for layer in reversed(range(K + 1)):
        dbiases[layer] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[layer] = dl_df @ all_h[layer].T
        if layer > 0:
            dl_df = (all_f[layer - 1] > 0) * (all_weights[layer].T @ dl_df)
    for W, b, dW, db in zip(all_weights, all_biases, dweights, dbiases):
        W -= lr * dW / N
        b -= lr * db / N
    return dweights, dbiases
"""
    + JUDGE,
)

add(
    "u4_bug_judge_signed",
    "ch4_bug",
    "The judge takes the largest signed difference first and its absolute value afterwards, so a large negative difference is missed.",
    STEP
    + """
def worst_difference(gradients, measured):
    worst = 0.0
    for a, n in zip(gradients, measured):
        worst = max(worst, abs(float(np.max(a - n))))
    return worst
""",
)

add(
    "u4_bug_judge_largest_entries",
    "ch4_bug",
    "The judge compares the largest entries of the two arrays instead of entries in the same place.",
    STEP
    + """
def worst_difference(gradients, measured):
    differences = [abs(np.max(np.abs(a)) - np.max(np.abs(n))) for a, n in zip(gradients, measured)]
    return float(max(differences))
""",
)

add(
    "u4_bug_judge_keeps_last",
    "ch4_bug",
    "The judge overwrites its result with each layer, so it reports the last layer only.",
    STEP
    + """
def worst_difference(gradients, measured):
    for layer in range(len(gradients)):
        worst = float(np.max(np.abs(gradients[layer] - measured[layer])))
    return worst
""",
)

add(
    "u4_bug_judge_relative",
    "ch4_bug",
    "The judge reports a relative difference instead of the size of the difference.",
    STEP
    + """
def worst_difference(gradients, measured):
    worst = 0.0
    for a, n in zip(gradients, measured):
        size = np.maximum(np.abs(a), np.abs(n)) + 1e-12
        worst = max(worst, float(np.max(np.abs(a - n) / size)))
    return worst
""",
)

add(
    "u4_bug_judge_returns_in_loop",
    "ch4_bug",
    "The return stands inside the loop, so the judge looks at the first layer only.",
    STEP
    + """
def worst_difference(gradients, measured):
    worst = 0.0
    for layer in range(len(gradients)):
        difference = np.abs(gradients[layer] - measured[layer])
        worst = max(worst, float(np.max(difference)))
        return worst
""",
)

add(
    "u4_bug_undone_with_bias",
    "ch4_bug",
    "The step is meant to be undone before the error is carried on, but the bias gradient is added back to the weights.",
    """
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    K = len(all_weights) - 1
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = 2 * (all_f[K] - y)
    for layer in reversed(range(K + 1)):
        dbiases[layer] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[layer] = dl_df @ all_h[layer].T
        all_weights[layer] -= lr * dweights[layer]
        all_biases[layer] -= lr * dbiases[layer]
        if layer > 0:
            before = all_weights[layer] + lr * dbiases[layer]
            dl_df = (all_f[layer - 1] > 0) * (before.T @ dl_df)
    return dweights, dbiases
"""
    + JUDGE,
)

add(
    "u4_bug_step_climbs",
    "ch4_bug",
    "Two mistakes: the step goes uphill (+=), and the number of layers still comes from the global K.",
    """
K = 5

def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    dweights, dbiases = [None] * (K + 1), [None] * (K + 1)
    dl_df = 2 * (all_f[K] - y)
    for layer in reversed(range(K + 1)):
        dbiases[layer] = np.sum(dl_df, axis=1, keepdims=True)
        dweights[layer] = dl_df @ all_h[layer].T
        if layer > 0:
            dl_df = (all_f[layer - 1] > 0) * (all_weights[layer].T @ dl_df)
    for layer in range(K + 1):
        all_weights[layer] += lr * dweights[layer]
        all_biases[layer] += lr * dbiases[layer]
    return dweights, dbiases
"""
    + JUDGE,
)

# --- found by looking for gaps in the checks

add(
    "u4_init_default_seed_zero",
    "initialisation",
    "Where no rng is given, one with the fixed seed 0 is made, so all layers drawn without one are alike (the docstring: a fresh one).",
    """
def he_init(n_in, n_out, rng=None):
    if rng is None:
        rng = np.random.default_rng(0)
    return rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in))
"""
    + DEPTH,
)

add(
    "u4_dead_nine_tenths",
    "dead_units",
    "A unit counts as dead if it is shut for more than nine tenths of the samples, not for all of them.",
    """
def dead_units(all_f):
    return [np.mean(f <= 0, axis=1) > 0.9 for f in all_f[:-1]]
""",
)

add(
    "u4_kink_tolerance",
    "kink_crossed",
    "A tolerance of 1e-8 on the product of the two pre-activations lets crossings of up to 1e-4 on each side pass.",
    """
def kink_crossed(f, x, h):
    return bool(np.any(f(x - h) * f(x + h) < -1e-8))
""",
)

add(
    "u4_fd_small_slopes_to_zero",
    "finite_differences",
    "Measured slopes below 1e-3 are taken for rounding and set to 0, so small honest slopes are lost.",
    FORWARD
    + """
def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
    def loss():
        return least_squares_loss(compute_network_output(net_input, all_weights, all_biases)[0], y)

    def slopes(array):
        g = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            old = array[place]
            array[place] = old + h
            up = loss()
            array[place] = old - h
            down = loss()
            array[place] = old
            slope = (up - down) / (2 * h)
            if abs(slope) > 1e-3:
                g[place] = slope
        return g

    return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
""",
)
