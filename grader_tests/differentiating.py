"""Answers with right numbers whose backward measures them by differences: the method probe must
find them, while every style must pass it."""

from __future__ import annotations

from grader_tests.styles import Style

DIFFERENCES = """
def numeric_gradient(f, x, h=1e-5):
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + h
        above = f(x)
        x[index] = old - h
        below = f(x)
        x[index] = old
        gradient[index] = (above - below) / (2 * h)
    return gradient
"""

FORWARD_DIFFERENCES = """
def numeric_gradient(f, x, h=1e-7):
    here = f(x)
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] += h
        gradient[index] = (f(moved) - here) / h
    return gradient
"""

FORWARD_DIFFERENCES_IN_PLACE = """
def numeric_gradient(f, x, h=1e-7):
    here = f(x)
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + h
        gradient[index] = (f(x) - here) / h
        x[index] = old
    return gradient
"""

COMPLEX_STEP = """
def numeric_gradient(f, x, h=1e-20):
    gradient = np.zeros(np.shape(x))
    for index in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[index] += 1j * h
        gradient[index] = f(moved).imag / h
    return gradient
"""


def affine(body: str, before: str = DIFFERENCES) -> str:
    return f"""{before}
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        W, b, x = self.W.copy(), self.b.copy(), self.x.copy()
        self.dW, self.db, dx = x.T @ dout, dout.sum(axis=0), dout @ W.T
        {body}
        return dx
"""


ALL = (
    "self.dW = numeric_gradient(lambda W: np.sum(dout * (x @ W + b)), W)\n        "
    "self.db = numeric_gradient(lambda b: np.sum(dout * (x @ W + b)), b)\n        "
    "dx = numeric_gradient(lambda x: np.sum(dout * (x @ W + b)), x)"
)

BY_FORWARD = """
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        grads = []
        x = self.x
        for array in (self.W, self.b, x):
            grad = np.zeros_like(array)
            for k in range(array.size):
                old = array.flat[k]
                array.flat[k] = old + 1e-5
                above = np.sum(self.forward(x) * dout)
                array.flat[k] = old - 1e-5
                below = np.sum(self.forward(x) * dout)
                array.flat[k] = old
                grad.flat[k] = (above - below) / 2e-5
            grads.append(grad)
        self.dW, self.db, dx = grads
        return dx
"""

IN_LOOPS = """
def forward(x, W, b):
    y = np.zeros((len(x), len(b)))
    for n in range(len(x)):
        for c in range(len(b)):
            y[n, c] = b[c]
            for d in range(len(W)):
                y[n, c] += x[n, d] * W[d, c]
    return y
"""

LOOPS_EVERYWHERE = ALL.replace("(x @ W + b)", "forward(x, W, b)")

MANY_AT_ONCE = """
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        h = 1e-4
        steps = h * np.eye(self.W.size).reshape(-1, *self.W.shape)
        above = np.sum((self.x @ (self.W + steps)) * dout, axis=(1, 2))
        below = np.sum((self.x @ (self.W - steps)) * dout, axis=(1, 2))
        self.dW = ((above - below) / (2 * h)).reshape(self.W.shape)
        self.db = dout.sum(axis=0)
        return dout @ self.W.T
"""

IMAGES = f"""{DIFFERENCES}
class AffineImages:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x.reshape(len(x), -1) @ self.W + self.b

    def backward(self, dout):
        x, W = self.x.reshape(len(self.x), -1), self.W.copy()
        self.db = dout.sum(axis=0)
        self.dW = numeric_gradient(lambda W: np.sum(dout * (x @ W)), W)
        return (dout @ W.T).reshape(self.x.shape)
"""

SHARES = """
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
"""

SOFTMAX = f"""{DIFFERENCES}{SHARES}
class Softmax:
    def forward(self, x):
        self.x = x.copy()
        return softmax(x)

    def backward(self, dout):
        return numeric_gradient(lambda x: np.sum(dout * softmax(x)), self.x)
"""


def loss_layer(name: str, where: str = "backward") -> str:
    kept = "self.dx = numeric_gradient(self.loss, self.x)"
    return f"""{DIFFERENCES}{SHARES}
class {name}:
    def loss(self, x):
        y = softmax(x)
        rows = np.arange(len(y))
        return -np.mean(np.log(np.maximum(y[rows, self.labels], 1e-300)))

    def forward(self, x, t):
        self.x = np.array(x)
        self.labels = t if np.ndim(t) == 1 else np.argmax(t, axis=1)
        {kept if where == "forward" else "pass"}
        return self.loss(self.x)

    def backward(self, dout=1):
        {kept if where == "backward" else "pass"}
        return dout * self.dx
"""


Y_MINUS_T = f"""{DIFFERENCES}{SHARES}
def y_minus_t(x, t):
    def loss(x):
        return -np.sum(t * np.log(softmax(x))) / len(x)

    return numeric_gradient(loss, x.copy()), (softmax(x) - t) / len(x)
"""

MEAN_SQUARED_ERROR = f"""{DIFFERENCES}
class MeanSquaredError:
    def forward(self, h, y):
        self.h, self.y = h.copy(), y
        return np.mean((h - y) ** 2) / 2

    def backward(self, dout=1):
        return dout * numeric_gradient(lambda h: np.mean((h - self.y) ** 2) / 2, self.h)
"""


def net(before: str = DIFFERENCES) -> str:
    return f"""{before}{SHARES}
class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
        self.params = {{
            "W1": weight_init_std * np.random.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * np.random.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }}

    def predict(self, x):
        p = self.params
        return np.maximum(x @ p["W1"] + p["b1"], 0) @ p["W2"] + p["b2"]

    def loss(self, x, t):
        labels = t if t.ndim == 1 else np.argmax(t, axis=1)
        return -np.mean(np.log(softmax(self.predict(x))[np.arange(len(x)), labels] + 1e-30))

    def accuracy(self, x, t):
        labels = t if t.ndim == 1 else np.argmax(t, axis=1)
        return np.mean(np.argmax(self.predict(x), axis=1) == labels)

    def gradient(self, x, t):
        return {{
            name: numeric_gradient(lambda _: self.loss(x, t), array)
            for name, array in self.params.items()
        }}
"""


LEAST_SQUARES = f"""{DIFFERENCES}
def least_squares_loss(net_output, y):
    return np.sum((net_output - y) ** 2)


def d_loss_d_output(net_output, y):
    return numeric_gradient(lambda output: least_squares_loss(output, y), net_output.copy())
"""

DEEP = f"""{DIFFERENCES}
def run(x, weights, biases):
    h = x
    for W, b in zip(weights[:-1], biases[:-1]):
        h = np.maximum(W @ h + b, 0)
    return weights[-1] @ h + biases[-1]


def slopes(all_weights, all_biases, all_h, y):
    weights = [W.copy() for W in all_weights]
    biases = [b.copy() for b in all_biases]

    def loss(_):
        return np.sum((run(all_h[0], weights, biases) - y) ** 2)

    return (
        [numeric_gradient(loss, W) for W in weights],
        [numeric_gradient(loss, b) for b in biases],
    )
"""

BACKWARD_PASS = f"""{DEEP}
def backward_pass(all_weights, all_biases, all_f, all_h, y):
    return slopes(all_weights, all_biases, all_h, y)
"""

CH4_BUG = f"""{DEEP}
def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
    dweights, dbiases = slopes(all_weights, all_biases, all_h, y)
    for k in range(len(all_weights)):
        all_weights[k] -= lr * dweights[k]
        all_biases[k] -= lr * dbiases[k]
    return dweights, dbiases


def worst_difference(gradients, measured):
    return max(np.max(np.abs(a - b)) for a, b in zip(gradients, measured))
"""

PENCIL = f"""{DIFFERENCES}
def pencil_gradients(X, y, weights, biases):
    weights, biases = [W.copy() for W in weights], [b.copy() for b in biases]

    def loss(_=None):
        h = np.maximum(X @ weights[0] + biases[0], 0)
        h = np.maximum(h @ weights[1] + biases[1], 0)
        return np.sum((h @ weights[2] + biases[2] - y) ** 2)

    dweights = [numeric_gradient(loss, W) for W in weights]
    return loss(), dweights, [numeric_gradient(loss, b) for b in biases]
"""

NET_7652 = f"""{DIFFERENCES}
def net_7652_gradients(x, t, weights, biases):
    weights, biases = [W.copy() for W in weights], [b.copy() for b in biases]

    def loss(_=None):
        h = np.maximum(weights[0] @ x + biases[0], 0)
        h = 1 / (1 + np.exp(-(weights[1] @ h + biases[1])))
        h = 1 / (1 + np.exp(-(weights[2] @ h + biases[2])))
        return np.sum((h - t) ** 2) / 2

    dweights = [numeric_gradient(loss, W) for W in weights]
    return loss(), dweights, [numeric_gradient(loss, b) for b in biases]
"""

ONLY_W = "self.dW = numeric_gradient(lambda W: np.sum(dout * (x @ W + b)), W)"
ONLY_B = "self.db = numeric_gradient(lambda b: np.sum(dout * (x @ W + b)), b)"
ONLY_X = "dx = numeric_gradient(lambda x: np.sum(dout * (x @ W + b)), x)"

ANSWERS = (
    Style("affine_backward", "central differences of all three", affine(ALL)),
    Style("affine_backward", "forward differences", affine(ALL, FORWARD_DIFFERENCES)),
    Style("affine_backward", "complex steps", affine(ALL, COMPLEX_STEP)),
    Style("affine_backward", "only W", affine(ONLY_W)),
    Style("affine_backward", "only b", affine(ONLY_B)),
    Style("affine_backward", "only b, forward differences", affine(ONLY_B, FORWARD_DIFFERENCES)),
    Style("affine_backward", "only x", affine(ONLY_X)),
    Style("affine_backward", "only large W", affine(f"if W.size > 100: {ONLY_W}")),
    Style("affine_backward", "its own forward, called again", BY_FORWARD),
    Style(
        "affine_backward", "a forward in loops", affine(LOOPS_EVERYWHERE, DIFFERENCES + IN_LOOPS)
    ),
    Style("affine_backward", "all entries moved at once", MANY_AT_ONCE),
    Style("affine_images", "only W", IMAGES),
    Style("softmax_backward", "central differences", SOFTMAX),
    Style("softmax_with_loss", "central differences", loss_layer("SoftmaxWithLoss")),
    Style("softmax_with_loss", "in forward", loss_layer("SoftmaxWithLoss", "forward")),
    Style("y_minus_t", "the staged one", Y_MINUS_T),
    Style("mean_squared_error", "central differences", MEAN_SQUARED_ERROR),
    Style("two_layer_net", "its own loss", net()),
    Style("two_layer_net", "forward differences", net(FORWARD_DIFFERENCES_IN_PLACE)),
    Style("ch3_bug", "central differences", loss_layer("LossLayer")),
    Style("least_squares", "central differences", LEAST_SQUARES),
    Style("backward_pass", "the whole net, run again", BACKWARD_PASS),
    Style("pencil_net", "central differences", PENCIL),
    Style("net_7652", "central differences", NET_7652),
    Style("ch4_bug", "central differences", CH4_BUG),
)
