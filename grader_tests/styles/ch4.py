"""Chapter 4, Deep ReLU networks: the same answers as different people write them."""

from __future__ import annotations

from textwrap import dedent

from grader_tests.styles import Style


def code(text: str) -> str:
    """A snippet without the margin it has in this file."""
    return dedent(text).strip() + "\n"


# --- 4.1 the forward pass

NETWORK_OUTPUT: dict[str, str] = {
    "lists filled by index, np.matmul": code("""
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
        """),
    "appended, the last activation dropped": code("""
        def compute_network_output(net_input, all_weights, all_biases):
            all_f, all_h = [], [net_input]
            for W, b in zip(all_weights, all_biases):
                all_f.append(W @ all_h[-1] + b)
                all_h.append(all_f[-1] * (all_f[-1] > 0))
            return all_f[-1], all_f, all_h[:-1]
        """),
    "np.dot, a ReLU with a mask, the input copied": code("""
        def relu(x):
            out = x.copy()
            out[x <= 0] = 0
            return out


        def compute_network_output(net_input, all_weights, all_biases):
            all_h = [np.array(net_input)]
            all_f = [np.dot(all_weights[0], all_h[0]) + all_biases[0]]
            for k in range(1, len(all_weights)):
                all_h.append(relu(all_f[k - 1]))
                all_f.append(np.dot(all_weights[k], all_h[k]) + all_biases[k])
            return all_f[-1].copy(), all_f, all_h
        """),
    "tuples instead of lists": code("""
        def compute_network_output(net_input, all_weights, all_biases):
            all_f, all_h = (), (net_input,)
            for k, (W, b) in enumerate(zip(all_weights, all_biases), start=1):
                f = b + W.dot(all_h[-1])
                all_f = (*all_f, f)
                if k < len(all_weights):
                    all_h = (*all_h, np.where(f > 0, f, 0.0))
            return all_f[-1], all_f, all_h
        """),
    "three loops over numbers": code("""
        def layer(W, b, h):
            units, samples = len(W), h.shape[1]
            f = np.zeros((units, samples))
            for n in range(samples):
                for i in range(units):
                    f[i, n] = b[i, 0]
                    for j in range(len(h)):
                        f[i, n] += W[i, j] * h[j, n]
            return f


        def compute_network_output(net_input, all_weights, all_biases):
            all_f, all_h = [], []
            h = net_input
            for W, b in zip(all_weights, all_biases):
                all_h.append(h)
                all_f.append(layer(W, b, h))
                h = np.array([[max(0.0, value) for value in row] for row in all_f[-1]])
            return all_f[-1], all_f, all_h
        """),
    "recursion": code("""
        def compute_network_output(net_input, all_weights, all_biases):
            (W, *weights), (b, *biases) = all_weights, all_biases
            f = b + W @ net_input
            if not weights:
                return f, [f], [net_input]
            output, fs, hs = compute_network_output(f.clip(min=0), weights, biases)
            return output, [f, *fs], [net_input, *hs]
        """),
    "einsum, the bias added in place": code("""
        def compute_network_output(net_input, all_weights, all_biases, verbose=False):
            all_f = []
            all_h = [net_input]
            for i in range(len(all_weights)):
                f = np.einsum("ij,jn->in", all_weights[i], all_h[i])
                f += all_biases[i]
                if verbose:
                    print(i, f.shape)
                all_f.append(f)
                if i < len(all_weights) - 1:
                    all_h.append(np.fmax(f, 0))
            return f, all_f, all_h
        """),
    "the bias as one more column of the weights": code("""
        def compute_network_output(net_input, all_weights, all_biases):
            all_f, all_h = [], [net_input]
            for W, b in zip(all_weights, all_biases):
                with_one = np.vstack([all_h[-1], np.ones((1, net_input.shape[1]))])
                all_f.append(np.hstack([W, b]) @ with_one)
                all_h.append((all_f[-1] + np.abs(all_f[-1])) / 2)
            all_h.pop()
            return all_f[-1], all_f, all_h
        """),
    "single precision, prints on the way": code("""
        def compute_network_output(net_input, all_weights, all_biases):
            h = net_input.astype(np.float32)
            all_f, all_h = [], [h]
            for W, b in zip(all_weights, all_biases):
                f = b.astype(np.float32) + W.astype(np.float32) @ h
                h = np.maximum(f, np.float32(0))
                print("layer", len(all_f), "alive", int(np.sum(h > 0)))
                all_f.append(f)
                all_h.append(h)
            return all_f[-1], all_f, all_h[:-1]
        """),
    "Korean names": code("""
        def compute_network_output(입력, 가중치들, 편향들):
            # 층마다 한 번씩: 곱하고, 더하고, 0보다 작은 것은 버린다
            마지막 = len(가중치들) - 1
            값들, 활성들 = [], [입력]
            for 층 in range(마지막 + 1):
                값 = 가중치들[층] @ 활성들[층] + 편향들[층]
                값들.append(값)
                if 층 != 마지막:
                    활성들.append(np.maximum(값, 0))
            return 값들[마지막], 값들, 활성들
        """),
}

# --- 4.2 the indicator

INDICATOR: dict[str, str] = {
    "written into a copy": code("""
        def indicator_function(x):
            x_in = np.array(x)
            x_in[x_in > 0] = 1
            x_in[x_in <= 0] = 0
            return x_in
        """),
    "a comparison as numbers": code("""
        def indicator_function(x):
            return (x > 0).astype(float)
        """),
    "the comparison itself": code("""
        def indicator_function(x):
            return x > 0
        """),
    "1 at the corner too": code("""
        def indicator_function(x):
            return np.where(x >= 0, 1.0, 0.0)
        """),
    "np.heaviside": code("""
        def indicator_function(x, at_corner=1.0):
            return np.heaviside(x, at_corner)
        """),
    "whole numbers": code("""
        def indicator_function(x):
            return np.greater(x, 0).astype(int)
        """),
    "by the sign, which -0.0 has as well": code("""
        def indicator_function(x):
            return 1.0 - np.signbit(x)
        """),
    "a loop over all entries": code("""
        def indicator_function(x):
            slope = np.zeros_like(x)
            for index, value in np.ndenumerate(x):
                if value > 0:
                    slope[index] = 1.0
            return slope
        """),
    "a mask of ones": code("""
        def indicator_function(x):
            ones = np.ones(x.shape)
            ones[~(x > 0)] = 0.0
            return ones
        """),
    "np.vectorize": code("""
        indicator_function = np.vectorize(lambda value: 1.0 if value > 0 else 0.0)
        """),
    "sign and maximum": code("""
        def indicator_function(x):
            return np.sign(np.maximum(x, 0))
        """),
    "np.select, single precision": code("""
        def indicator_function(x):
            print(x.shape)
            return np.select([x > 0], [1], default=0).astype(np.float32)
        """),
    "nested lists": code("""
        def indicator_function(행렬):
            return [[1 if 값 > 0 else 0 for 값 in 줄] for 줄 in 행렬]
        """),
}

# --- 4.3 least squares

LEAST_SQUARES: dict[str, str] = {
    "as it is written on paper": code("""
        def least_squares_loss(net_output, y):
            return np.sum((net_output - y) ** 2)


        def d_loss_d_output(net_output, y):
            return 2 * (net_output - y)
        """),
    "np.multiply and method calls": code("""
        def least_squares_loss(net_output, y):
            return np.multiply(net_output - y, net_output - y).sum()


        def d_loss_d_output(net_output, y):
            d = net_output - y
            return d + d
        """),
    "flat arrays and their product": code("""
        def least_squares_loss(net_output, y):
            d = np.ravel(net_output - y)
            return d @ d


        def d_loss_d_output(net_output, y):
            return -2.0 * np.subtract(y, net_output)
        """),
    "the norm squared": code("""
        def least_squares_loss(net_output, y):
            return float(np.linalg.norm(net_output - y) ** 2)


        def d_loss_d_output(net_output, y, factor=2.0):
            return factor * net_output - factor * y
        """),
    "loops": code("""
        def least_squares_loss(net_output, y):
            loss = 0.0
            for i in range(y.shape[0]):
                for n in range(y.shape[1]):
                    loss += (net_output[i, n] - y[i, n]) ** 2
            return loss


        def d_loss_d_output(net_output, y):
            slope = np.zeros_like(net_output)
            for i in range(y.shape[0]):
                for n in range(y.shape[1]):
                    slope[i, n] = 2 * (net_output[i, n] - y[i, n])
            return slope
        """),
    "einsum, vdot and a helper": code("""
        def residual(net_output, y):
            return net_output - y


        def least_squares_loss(net_output, y):
            r = residual(net_output, y)
            return np.einsum("ij,ij->", r, r)


        def d_loss_d_output(net_output, y):
            r = residual(net_output, y)
            print("largest", np.abs(r).max())
            return np.array(2 * r)
        """),
    "the trace of a product": code("""
        least_squares_loss = lambda net_output, y: np.trace((net_output - y).T @ (net_output - y))
        d_loss_d_output = lambda net_output, y: (net_output - y) / 0.5
        """),
    "single precision": code("""
        def least_squares_loss(net_output, y):
            return np.sum(np.square(net_output - y, dtype=np.float32))


        def d_loss_d_output(net_output, y):
            return np.float32(2) * (net_output - y).astype(np.float32)
        """),
    "Korean names, sums sample by sample": code("""
        def least_squares_loss(출력, 정답):
            # 표본마다 더한 다음 모두 더한다
            return sum(np.sum((출력 - 정답) ** 2, axis=0))


        def d_loss_d_output(출력, 정답):
            차이 = 출력 - 정답
            return 2 * 차이
        """),
}

# --- 4.4 the backward pass

INDICATOR_FUNCTION = code("""
    def indicator_function(x):
        return (x > 0).astype(float)
    """)

BACKWARD_PASS: dict[str, str] = {
    "lists filled by index, every step kept": INDICATOR_FUNCTION
    + "\n\n"
    + code("""
        def d_loss_d_output(net_output, y):
            return 2 * (net_output - y)


        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            K = len(all_weights) - 1
            all_dl_dweights = [None] * (K + 1)
            all_dl_dbiases = [None] * (K + 1)
            all_dl_df = [None] * (K + 1)
            all_dl_dh = [None] * (K + 1)
            all_dl_df[K] = np.array(d_loss_d_output(all_f[K], y))
            for layer in range(K, -1, -1):
                all_dl_dbiases[layer] = np.sum(all_dl_df[layer], axis=1, keepdims=True)
                all_dl_dweights[layer] = np.matmul(all_dl_df[layer], all_h[layer].T)
                all_dl_dh[layer] = np.matmul(all_weights[layer].T, all_dl_df[layer])
                if layer > 0:
                    all_dl_df[layer - 1] = indicator_function(all_f[layer - 1]) * all_dl_dh[layer]
            return all_dl_dweights, all_dl_dbiases
        """),
    "put in front with insert": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            dweights, dbiases = [], []
            d = 2 * (all_f[-1] - y)
            for k in reversed(range(len(all_weights))):
                dweights.insert(0, d @ all_h[k].T)
                dbiases.insert(0, d.sum(axis=1, keepdims=True))
                if k:
                    d = (all_weights[k].T @ d) * (all_f[k - 1] > 0)
            return dweights, dbiases
        """),
    "appended and turned round at the end": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            d = 2 * (all_f[-1] - y)
            gradients = []
            for W, h in zip(reversed(all_weights), reversed(all_h)):
                gradients.append((np.dot(d, h.T), d.sum(axis=1)[:, None]))
                d = np.dot(W.T, d)
                d[h <= 0] = 0
            gradients.reverse()
            dweights, dbiases = zip(*gradients)
            return list(dweights), list(dbiases)
        """),
    "the gates read from the activations, tuples returned": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            d, dweights, dbiases = 2 * (all_f[-1] - y), (), ()
            for k in range(len(all_weights) - 1, -1, -1):
                dweights = (np.einsum("in,jn->ij", d, all_h[k]), *dweights)
                dbiases = (np.einsum("in->i", d).reshape(-1, 1), *dbiases)
                if k > 0:
                    d = np.where(all_h[k] > 0, np.einsum("ij,in->jn", all_weights[k], d), 0.0)
            return dweights, dbiases
        """),
    "recursion": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y, d=None):
            if d is None:
                d = 2 * (all_f[-1] - y)
            dW, db = d @ all_h[-1].T, d @ np.ones((d.shape[1], 1))
            if len(all_weights) == 1:
                return [dW], [db]
            below = (all_weights[-1].T @ d) * np.heaviside(all_f[-2], 0)
            dweights, dbiases = backward_pass(
                all_weights[:-1], all_biases[:-1], all_f[:-1], all_h[:-1], y, below
            )
            return dweights + [dW], dbiases + [db]
        """),
    "sample by sample, added up": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            dweights = [np.zeros_like(W) for W in all_weights]
            dbiases = [np.zeros_like(b) for b in all_biases]
            for n in range(y.shape[1]):
                d = 2 * (all_f[-1][:, n] - y[:, n])
                for k in range(len(all_weights) - 1, -1, -1):
                    dweights[k] += np.outer(d, all_h[k][:, n])
                    dbiases[k][:, 0] += d
                    if k > 0:
                        d = all_weights[k].T @ d * (all_f[k - 1][:, n] > 0)
            return dweights, dbiases
        """),
    "a tape of small functions": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            dweights = [None for _ in all_weights]
            dbiases = [None for _ in all_biases]
            tape = []

            def affine(k):
                def back(d):
                    dweights[k] = d @ all_h[k].T
                    dbiases[k] = d.sum(1, keepdims=True)
                    return all_weights[k].T @ d

                return back

            def relu(k):
                return lambda d: np.multiply(d, all_f[k] > 0)

            for k in range(len(all_weights)):
                tape.append(affine(k))
                if k < len(all_weights) - 1:
                    tape.append(relu(k))
            d = 2 * (all_f[-1] - y)
            while tape:
                d = tape.pop()(d)
            return dweights, dbiases
        """),
    "layers as dataclasses": code("""
        from dataclasses import dataclass


        @dataclass
        class Layer:
            W: np.ndarray
            h: np.ndarray
            gates: np.ndarray
            dW: object = None
            db: object = None

            def backward(self, dout):
                d = dout * self.gates
                self.dW, self.db = d @ self.h.T, d.sum(axis=1, keepdims=True)
                return self.W.T @ d


        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            gates = [*((f > 0) * 1.0 for f in all_f[:-1]), np.ones_like(all_f[-1])]
            layers = [Layer(*each) for each in zip(all_weights, all_h, gates)]
            dout = 2 * (all_f[-1] - y)
            for layer in layers[::-1]:
                dout = layer.backward(dout)
            return [layer.dW for layer in layers], [layer.db for layer in layers]
        """),
    "the bias's own input is a row of ones": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            K = len(all_weights) - 1
            ones = np.ones((1, y.shape[1]))
            both = [None] * (K + 1)
            d = 2 * (all_f[K] - y)
            for k in range(K, -1, -1):
                both[k] = d @ np.vstack([all_h[k], ones]).T
                if k > 0:
                    d = np.matmul(all_weights[k].T, d) * (all_f[k - 1] > 0)
            return [g[:, :-1] for g in both], [g[:, -1:] for g in both]
        """),
    "turned into rows and back": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            rows = [W.T for W in all_weights]
            dout = 2 * (all_f[-1] - y).T
            dweights, dbiases = {}, {}
            for k in sorted(range(len(rows)), reverse=True):
                dweights[k] = (all_h[k] @ dout).T
                dbiases[k] = dout.sum(axis=0)[:, np.newaxis]
                if k:
                    dout = (dout @ rows[k].T) * (all_f[k - 1].T > 0)
            return [dweights[k] for k in range(len(rows))], [dbiases[k] for k in range(len(rows))]
        """),
    "the weights of all paths multiplied out": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            samples = y.shape[1]
            dweights = [np.zeros(W.shape) for W in all_weights]
            dbiases = [np.zeros(b.shape) for b in all_biases]
            for n in range(samples):
                seed = 2 * (all_f[-1][:, [n]] - y[:, [n]])
                jacobian = np.eye(len(seed))
                for k in range(len(all_weights) - 1, -1, -1):
                    d = jacobian.T @ seed
                    dweights[k] += d * all_h[k][:, n]
                    dbiases[k] += d
                    if k > 0:
                        jacobian = jacobian @ all_weights[k] @ np.diag(all_f[k - 1][:, n] > 0)
            return dweights, dbiases
        """),
    "single precision": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            narrow = np.float32
            d = narrow(2) * (all_f[-1] - y).astype(narrow)
            dweights, dbiases = [], []
            for k in range(len(all_weights) - 1, -1, -1):
                dweights = [d @ all_h[k].T.astype(narrow)] + dweights
                dbiases = [d.sum(axis=1, keepdims=True)] + dbiases
                if k > 0:
                    d = (all_weights[k].T.astype(narrow) @ d) * (all_f[k - 1] > 0)
            return dweights, dbiases
        """),
    "loops over numbers": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            dweights = [np.zeros_like(W) for W in all_weights]
            dbiases = [np.zeros_like(b) for b in all_biases]
            for n in range(y.shape[1]):
                d = [2 * (f - t) for f, t in zip(all_f[-1][:, n], y[:, n])]
                for k in range(len(all_weights) - 1, -1, -1):
                    W, h = all_weights[k], all_h[k][:, n]
                    for i in range(len(W)):
                        dbiases[k][i, 0] += d[i]
                        for j in range(len(h)):
                            dweights[k][i, j] += d[i] * h[j]
                    d = [sum(d[i] * W[i, j] for i in range(len(W))) for j in range(len(h))]
                    d = [slope if k > 0 and h[j] > 0 else 0.0 for j, slope in enumerate(d)]
            return dweights, dbiases
        """),
    "a generator, prints on the way": INDICATOR_FUNCTION
    + "\n\n"
    + code("""
        def errors(all_weights, all_f, y):
            d = 2 * (all_f[-1] - y)
            yield d
            for W, f in zip(all_weights[:0:-1], all_f[-2::-1]):
                d = indicator_function(f) * (W.T @ d)
                print("dl_df", d.shape, "largest", np.abs(d).max())
                yield d


        def backward_pass(all_weights, all_biases, all_f, all_h, y, *, check=True):
            all_d = list(errors(all_weights, all_f, y))[::-1]
            if check:
                assert len(all_d) == len(all_weights)
            dweights = list(map(lambda d, h: d @ h.T, all_d, all_h))
            return dweights, [np.sum(d, axis=1, keepdims=True) for d in all_d]
        """),
    "Korean names": code("""
        def backward_pass(가중치들, 편향들, 값들, 활성들, 정답):
            층수 = len(가중치들)
            가중치_기울기, 편향_기울기 = [0] * 층수, [0] * 층수
            기울기 = 2 * (값들[-1] - 정답)  # 손실의 기울기
            층 = 층수 - 1
            while 층 >= 0:
                가중치_기울기[층] = 기울기 @ 활성들[층].T
                편향_기울기[층] = 기울기.sum(axis=1).reshape(-1, 1)  # 표본을 모두 더한다
                if 층 > 0:
                    기울기 = 가중치들[층].T @ 기울기
                    기울기 = np.where(값들[층 - 1] > 0, 기울기, 0)
                층 -= 1
            return 가중치_기울기, 편향_기울기
        """),
}

# --- 4.5 finite differences

LOSS_OF_NET = code("""
    def loss_of(net_input, all_weights, all_biases, y):
        h = net_input
        for W, b in zip(all_weights[:-1], all_biases[:-1]):
            h = np.maximum(b + W @ h, 0)
        f = all_biases[-1] + all_weights[-1] @ h
        return np.sum((f - y) ** 2)
    """)

FINITE_DIFFERENCES: dict[str, str] = {
    "moved in place and put back": LOSS_OF_NET
    + "\n\n"
    + code("""
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            def slopes(p):
                gradient = np.zeros_like(p)
                for i in np.ndindex(p.shape):
                    kept = p[i]
                    p[i] = kept + h
                    above = loss_of(net_input, all_weights, all_biases, y)
                    p[i] = kept - h
                    below = loss_of(net_input, all_weights, all_biases, y)
                    p[i] = kept
                    gradient[i] = (above - below) / (2 * h)
                return gradient

            return [slopes(W) for W in all_weights], [slopes(b) for b in all_biases]
        """),
    "fresh copies for every step, two loops": LOSS_OF_NET
    + "\n\n"
    + code("""
        from copy import deepcopy


        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            dweights = [np.zeros(W.shape) for W in all_weights]
            dbiases = [np.zeros(b.shape) for b in all_biases]
            for layer in range(len(all_weights)):
                for row in range(all_weights[layer].shape[0]):
                    up, down = deepcopy(all_biases), deepcopy(all_biases)
                    up[layer][row, 0] += h
                    down[layer][row, 0] -= h
                    rise = loss_of(net_input, all_weights, up, y)
                    rise -= loss_of(net_input, all_weights, down, y)
                    dbiases[layer][row, 0] = rise / (2 * h)
                    for col in range(all_weights[layer].shape[1]):
                        up, down = deepcopy(all_weights), deepcopy(all_weights)
                        up[layer][row, col] += h
                        down[layer][row, col] -= h
                        rise = loss_of(net_input, up, all_biases, y)
                        rise -= loss_of(net_input, down, all_biases, y)
                        dweights[layer][row, col] = rise / (2 * h)
            return dweights, dbiases
        """),
    "added and taken off, so restored up to rounding": LOSS_OF_NET
    + "\n\n"
    + code("""
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            gradients = []
            for arrays in (all_weights, all_biases):
                gradients.append([])
                for p in arrays:
                    gradient = np.empty(p.shape)
                    it = np.nditer(p, flags=["multi_index"], op_flags=["readwrite"])
                    for value in it:
                        value += h
                        above = loss_of(net_input, all_weights, all_biases, y)
                        value -= 2 * h
                        below = loss_of(net_input, all_weights, all_biases, y)
                        value += h
                        gradient[it.multi_index] = (above - below) / (2 * h)
                    gradients[-1].append(gradient)
            return gradients
        """),
    "five points": LOSS_OF_NET
    + "\n\n"
    + code("""
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            def at(p, i, step):
                kept = p[i]
                p[i] = kept + step
                try:
                    return loss_of(net_input, all_weights, all_biases, y)
                finally:
                    p[i] = kept

            def slope(p, i):
                near = at(p, i, h) - at(p, i, -h)
                far = at(p, i, 2 * h) - at(p, i, -2 * h)
                return (8 * near - far) / (12 * h)

            def slopes(p):
                entries = [slope(p, i) for i in np.ndindex(p.shape)]
                return np.reshape(entries, p.shape)

            return list(map(slopes, all_weights)), list(map(slopes, all_biases))
        """),
    "one long row of parameters": LOSS_OF_NET
    + "\n\n"
    + code("""
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            arrays = [*all_weights, *all_biases]
            cuts = np.cumsum([a.size for a in arrays])[:-1]
            theta = np.concatenate([a.ravel() for a in arrays])
            K = len(all_weights)

            def unpack(vector):
                parts = np.split(vector, cuts)
                return [part.reshape(a.shape) for part, a in zip(parts, arrays)]

            def loss(vector):
                parts = unpack(vector)
                return loss_of(net_input, parts[:K], parts[K:], y)

            steps = h * np.eye(len(theta))
            slopes = np.array([(loss(theta + s) - loss(theta - s)) / (2 * h) for s in steps])
            parts = unpack(slopes)
            return parts[:K], parts[K:]
        """),
    "a numeric gradient of one array, given a function": LOSS_OF_NET
    + "\n\n"
    + code("""
        def numeric_gradient(f, x, h=1e-5):
            x = np.array(x, dtype=float)
            grad = np.zeros_like(x)
            for idx in np.ndindex(*x.shape):
                old = x[idx]
                x[idx] = old + h
                fxh1 = f(x)
                x[idx] = old - h
                fxh2 = f(x)
                x[idx] = old
                grad[idx] = (fxh1 - fxh2) / (2 * h)
            return grad


        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            def replaced(arrays, k, new):
                return arrays[:k] + [new] + arrays[k + 1 :]

            dweights, dbiases = [], []
            for k in range(len(all_weights)):
                print("layer", k)
                dweights.append(
                    numeric_gradient(
                        lambda W: loss_of(net_input, replaced(all_weights, k, W), all_biases, y),
                        all_weights[k],
                        h,
                    )
                )
                dbiases.append(
                    numeric_gradient(
                        lambda b: loss_of(net_input, all_weights, replaced(all_biases, k, b), y),
                        all_biases[k],
                        h,
                    )
                )
            return dweights, dbiases
        """),
    "the width as it was really stepped, tuples, Korean names": LOSS_OF_NET
    + "\n\n"
    + code("""
        def finite_difference_gradients(입력, 가중치들, 편향들, 정답, h=1e-5):
            def 기울기(배열):
                결과 = np.zeros_like(배열)
                for 자리 in np.ndindex(배열.shape):
                    원래 = 배열[자리]
                    위, 아래 = 원래 + h, 원래 - h
                    배열[자리] = 위
                    높은 = loss_of(입력, 가중치들, 편향들, 정답)
                    배열[자리] = 아래
                    낮은 = loss_of(입력, 가중치들, 편향들, 정답)
                    배열[자리] = 원래  # 제자리로
                    결과[자리] = (높은 - 낮은) / (위 - 아래)
                return 결과

            return tuple(기울기(W) for W in 가중치들), tuple(기울기(b) for b in 편향들)
        """),
    "flat views": LOSS_OF_NET
    + "\n\n"
    + code("""
        def finite_difference_gradients(net_input, all_weights, all_biases, y, h=1e-5):
            weights, biases = [W.copy() for W in all_weights], [b.copy() for b in all_biases]
            loss = lambda: loss_of(net_input, weights, biases, y)
            found = {}
            for name, arrays in {"weights": weights, "biases": biases}.items():
                found[name] = []
                for array in arrays:
                    flat, slopes = array.reshape(-1), np.zeros(array.size)
                    for i in range(len(flat)):
                        kept = float(flat[i])
                        losses = []
                        for sign in (+1, -1):
                            flat[i] = kept + sign * h
                            losses.append(loss())
                        flat[i] = kept
                        slopes[i] = (losses[0] - losses[1]) / (2 * h)
                    found[name].append(slopes.reshape(array.shape))
            return found["weights"], found["biases"]
        """),
}

# --- 4.6 rows and columns

ROWS_AND_COLUMNS: dict[str, str] = {
    ".T and reshape": code("""
        def to_rows(all_weights, all_biases):
            return [W.T for W in all_weights], [b.reshape(-1) for b in all_biases]


        def to_columns(all_weights, all_biases):
            return [W.T for W in all_weights], [b.reshape(-1, 1) for b in all_biases]
        """),
    "copies, ravel and a new axis": code("""
        def to_rows(all_weights, all_biases):
            weights = [W.T.copy() for W in all_weights]
            biases = [b.ravel().copy() for b in all_biases]
            return weights, biases


        def to_columns(all_weights, all_biases):
            weights = [W.T.copy() for W in all_weights]
            biases = [b[:, np.newaxis].copy() for b in all_biases]
            return weights, biases
        """),
    "a loop over the layers": code("""
        def to_rows(all_weights, all_biases):
            weights, biases = [], []
            for k in range(len(all_weights)):
                weights.append(np.transpose(all_weights[k]))
                biases.append(all_biases[k][:, 0])
            return weights, biases


        def to_columns(all_weights, all_biases):
            weights, biases = [], []
            for k in range(len(all_weights)):
                weights.append(np.transpose(all_weights[k]))
                biases.append(np.array([[value] for value in all_biases[k]]))
            return weights, biases
        """),
    "map and tuples": code("""
        def to_rows(all_weights, all_biases):
            return tuple(map(np.transpose, all_weights)), tuple(map(np.ravel, all_biases))


        def to_columns(all_weights, all_biases):
            column = lambda b: np.expand_dims(b, axis=1)
            return tuple(map(np.transpose, all_weights)), tuple(map(column, all_biases))
        """),
    "entry by entry": code("""
        def turned(W):
            other = np.zeros((W.shape[1], W.shape[0]))
            for i in range(W.shape[0]):
                for j in range(W.shape[1]):
                    other[j, i] = W[i, j]
            return other


        def to_rows(all_weights, all_biases):
            return list(map(turned, all_weights)), [b.flatten() for b in all_biases]


        def to_columns(all_weights, all_biases):
            return list(map(turned, all_weights)), [np.c_[b] for b in all_biases]
        """),
    "einsum, vstack and squeeze with an axis": code("""
        def to_rows(all_weights, all_biases):
            turned = [np.einsum("ij->ji", W) for W in all_weights]
            return turned, [np.squeeze(b, axis=1) for b in all_biases]


        def to_columns(all_weights, all_biases):
            turned = [np.swapaxes(W, 0, 1) for W in all_weights]
            return turned, [np.vstack(list(b)) for b in all_biases]
        """),
    "one helper for both ways": code("""
        def convert(weights, biases, shape, report=False):
            if report:
                print([W.shape for W in weights])
            pairs = [(W.T, np.reshape(b, shape)) for W, b in zip(weights, biases)]
            return [W for W, _ in pairs], [b for _, b in pairs]


        def to_rows(all_weights, all_biases):
            return convert(all_weights, all_biases, -1, report=True)


        def to_columns(all_weights, all_biases):
            return convert(all_weights, all_biases, (-1, 1))
        """),
    "Korean names, single precision": code("""
        def to_rows(가중치들, 편향들):
            행렬들 = [np.asarray(W, dtype=np.float32).T for W in 가중치들]
            return 행렬들, [np.concatenate(b).astype(np.float32) for b in 편향들]


        def to_columns(가중치들, 편향들):
            행렬들 = [np.asarray(W, dtype=np.float32).T for W in 가중치들]
            return 행렬들, [np.array([b], dtype=np.float32).T for b in 편향들]
        """),
    "nested lists of numbers": code("""
        def to_rows(all_weights, all_biases):
            weights = [[list(row) for row in zip(*W.tolist())] for W in all_weights]
            return weights, [[b[0] for b in bias.tolist()] for bias in all_biases]


        def to_columns(all_weights, all_biases):
            weights = [[list(row) for row in zip(*W.tolist())] for W in all_weights]
            return weights, [[[b] for b in bias.tolist()] for bias in all_biases]
        """),
}

# --- 4.7 the net for pencil and paper

PENCIL_NET: dict[str, str] = {
    "line by line": code("""
        def pencil_gradients(X, y, weights, biases):
            W1, W2, W3 = weights
            b1, b2, b3 = biases
            Z1 = X @ W1 + b1
            a1 = np.maximum(Z1, 0)
            Z2 = a1 @ W2 + b2
            a2 = np.maximum(Z2, 0)
            Y_pred = a2 @ W3 + b3
            loss = np.sum((Y_pred - y) ** 2)

            dY = 2 * (Y_pred - y)
            dW3, db3 = a2.T @ dY, dY.sum(axis=0)
            dZ2 = (dY @ W3.T) * (Z2 > 0)
            dW2, db2 = a1.T @ dZ2, dZ2.sum(axis=0)
            dZ1 = (dZ2 @ W2.T) * (Z1 > 0)
            dW1, db1 = X.T @ dZ1, dZ1.sum(axis=0)
            return loss, [dW1, dW2, dW3], [db1, db2, db3]
        """),
    "biases' gradients as rows, the loss of one entry": code("""
        def pencil_gradients(X, y, weights, biases):
            h, kept = X, []
            for k, (W, b) in enumerate(zip(weights, biases)):
                kept.append(h)
                h = np.dot(h, W) + b
                if k < 2:
                    h = h * (h > 0)
            dout = 2 * (h - y)
            dweights, dbiases = [None] * 3, [None] * 3
            for k in (2, 1, 0):
                dweights[k] = np.dot(kept[k].T, dout)
                dbiases[k] = dout
                dout = np.dot(dout, weights[k].T) * (kept[k] > 0)
            return (h - y).item() ** 2, dweights, dbiases
        """),
    "np.outer on flat arrays": code("""
        def pencil_gradients(X, y, weights, biases):
            x = X.ravel()
            z1 = x @ weights[0] + biases[0]
            a1 = z1.clip(0)
            z2 = a1 @ weights[1] + biases[1]
            a2 = z2.clip(0)
            error = (a2 @ weights[2] + biases[2] - y)[0]
            d3 = 2 * error
            d2 = np.where(z2 > 0, weights[2] @ d3, 0)
            d1 = np.where(z1 > 0, weights[1] @ d2, 0)
            dweights = [np.outer(x, d1), np.outer(a1, d2), np.outer(a2, d3)]
            return error[0] ** 2, dweights, [d1, d2, d3]
        """),
    "layers of chapter 3": code("""
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
                self.mask = x <= 0
                return np.where(self.mask, 0, x)

            def backward(self, dout):
                return np.where(self.mask, 0, dout)


        def pencil_gradients(X, y, weights, biases):
            affines = [Affine(W, b) for W, b in zip(weights, biases)]
            layers = [affines[0], Relu(), affines[1], Relu(), affines[2]]
            out = X
            for layer in layers:
                out = layer.forward(out)
            dout = 2 * (out - y)
            for layer in reversed(layers):
                dout = layer.backward(dout)
            loss = float(np.sum((out - y) ** 2))
            return loss, [a.dW for a in affines], [a.db for a in affines]
        """),
    "turned into columns": code("""
        def pencil_gradients(X, y, weights, biases):
            weights = [W.T for W in weights]
            biases = [b.reshape(-1, 1) for b in biases]
            all_f, all_h = [], [X.T]
            for W, b in zip(weights, biases):
                all_f.append(b + W @ all_h[-1])
                all_h.append(np.maximum(all_f[-1], 0))
            d = 2 * (all_f[-1] - y.T)
            dweights, dbiases = [], []
            for k in (2, 1, 0):
                dweights.insert(0, (d @ all_h[k].T).T)
                dbiases.insert(0, d.ravel())
                d = (weights[k].T @ d) * (all_h[k] > 0)
            return np.sum((all_f[-1] - y.T) ** 2), dweights, dbiases
        """),
    "loops over numbers": code("""
        def pencil_gradients(X, y, weights, biases):
            values = [list(X[0])]
            for k in range(3):
                W, b, h = weights[k], biases[k], values[-1]
                z = [sum(h[i] * W[i, j] for i in range(len(h))) + b[j] for j in range(len(b))]
                values.append([max(v, 0) for v in z] if k < 2 else z)
            error = values[3][0] - y[0, 0]
            d = [2 * error]
            dweights, dbiases = [0, 0, 0], [0, 0, 0]
            for k in (2, 1, 0):
                h = values[k]
                dweights[k] = [[hi * dj for dj in d] for hi in h]
                dbiases[k] = list(d)
                d = [
                    sum(weights[k][i, j] * d[j] for j in range(len(d))) if h[i] > 0 else 0.0
                    for i in range(len(h))
                ]
            return error**2, dweights, dbiases
        """),
    "einsum, tuples, prints": code("""
        def pencil_gradients(X, y, weights, biases, rate=0.001):
            a, z = [X], []
            for W, b in zip(weights, biases):
                z.append(np.einsum("ni,ij->nj", a[-1], W) + b)
                a.append(np.fmax(z[-1], 0))
            loss = np.einsum("ij,ij->", z[2] - y, z[2] - y)
            d3 = 2 * (z[2] - y)
            d2 = np.einsum("nj,ij->ni", d3, weights[2]) * np.heaviside(z[1], 0)
            d1 = np.einsum("nj,ij->ni", d2, weights[1]) * np.heaviside(z[0], 0)
            ds = (d1, d2, d3)
            print("loss", loss)
            dweights = tuple(np.einsum("ni,nj->ij", h, d) for h, d in zip(a, ds))
            return loss, dweights, tuple(d[0] for d in ds)
        """),
    "single precision": code("""
        def pencil_gradients(X, y, weights, biases):
            f = np.float32
            (W1, W2, W3), (b1, b2, b3) = ([p.astype(f) for p in ps] for ps in (weights, biases))
            X, y = X.astype(f), y.astype(f)
            a1 = np.maximum(X @ W1 + b1, f(0))
            a2 = np.maximum(a1 @ W2 + b2, f(0))
            d = a2 @ W3 + b3 - y
            d3 = f(2) * d
            d2 = d3 @ W3.T * (a2 > 0)
            d1 = d2 @ W2.T * (a1 > 0)
            dbiases = [d1.sum(0), d2.sum(0), d3.sum(0)]
            return np.sum(d * d), [X.T @ d1, a1.T @ d2, a2.T @ d3], dbiases
        """),
    "Korean names": code("""
        def pencil_gradients(X, y, 가중치, 편향):
            첫째 = X @ 가중치[0] + 편향[0]
            첫활성 = np.where(첫째 > 0, 첫째, 0)
            둘째 = 첫활성 @ 가중치[1] + 편향[1]
            둘활성 = np.where(둘째 > 0, 둘째, 0)
            차이 = 둘활성 @ 가중치[2] + 편향[2] - y
            # 뒤로
            끝 = 2 * 차이
            가운데 = (끝 @ 가중치[2].T) * (둘째 > 0)
            처음 = (가운데 @ 가중치[1].T) * (첫째 > 0)
            가중치_기울기 = [X.T @ 처음, 첫활성.T @ 가운데, 둘활성.T @ 끝]
            return float((차이**2).sum()), 가중치_기울기, [처음, 가운데, 끝]
        """),
}

# --- 4.8 the net with two sigmoids

NET_7652: dict[str, str] = {
    "line by line": code("""
        def sigmoid(z):
            return 1 / (1 + np.exp(-z))


        def net_7652_gradients(x, t, weights, biases):
            w_1, w_2, w_3 = weights
            b_1, b_2, b_3 = biases
            z_1 = np.dot(w_1, x) + b_1
            y_1 = np.maximum(z_1, 0)
            y_2 = sigmoid(np.dot(w_2, y_1) + b_2)
            o = sigmoid(np.dot(w_3, y_2) + b_3)
            E = np.sum((t - o) ** 2) / 2
            delta_3 = -(t - o) * o * (1 - o)
            delta_2 = np.dot(w_3.T, delta_3) * y_2 * (1 - y_2)
            delta_1 = np.dot(w_2.T, delta_2) * (z_1 > 0)
            dweights = [np.dot(delta_1, x.T), np.dot(delta_2, y_1.T), np.dot(delta_3, y_2.T)]
            return E, dweights, [delta_1, delta_2, delta_3]
        """),
    "a table of activations and slopes": code("""
        import math

        sigmoid = np.vectorize(lambda z: 1 / (1 + math.exp(-z)))
        TABLE = [
            (lambda z: np.maximum(z, 0), lambda h: (h > 0).astype(float)),
            (sigmoid, lambda h: h * (1 - h)),
            (sigmoid, lambda h: h * (1 - h)),
        ]


        def net_7652_gradients(x, t, weights, biases):
            hs = [x]
            for W, b, (activation, _) in zip(weights, biases, TABLE):
                hs.append(activation(W @ hs[-1] + b))
            E = 0.5 * float(((hs[-1] - t) ** 2).sum())
            dh, dweights, dbiases = hs[-1] - t, [], []
            for k in (2, 1, 0):
                d = dh * TABLE[k][1](hs[k + 1])
                dweights.insert(0, d @ hs[k].T)
                dbiases.insert(0, d)
                dh = weights[k].T @ d
            return E, dweights, dbiases
        """),
    "layers with forward and backward": code("""
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, h):
                self.h = h
                return self.W @ h + self.b

            def backward(self, dout):
                self.dW, self.db = dout @ self.h.T, dout.sum(axis=1, keepdims=True)
                return self.W.T @ dout


        class Relu:
            def forward(self, x):
                self.on = x > 0
                return x * self.on

            def backward(self, dout):
                return dout * self.on


        class Sigmoid:
            def forward(self, x):
                self.out = 0.5 * (1 + np.tanh(x / 2))
                return self.out

            def backward(self, dout):
                return dout * (1.0 - self.out) * self.out


        def net_7652_gradients(x, t, weights, biases):
            affine = [Affine(W, b) for W, b in zip(weights, biases)]
            net = [affine[0], Relu(), affine[1], Sigmoid(), affine[2], Sigmoid()]
            o = x
            for layer in net:
                o = layer.forward(o)
            dout = o - t
            for layer in net[::-1]:
                dout = layer.backward(dout)
            return np.sum((o - t) ** 2) / 2, [a.dW for a in affine], [a.db for a in affine]
        """),
    "einsum and the slope from e to the -z": code("""
        def net_7652_gradients(x, t, weights, biases):
            W1, W2, W3 = weights
            b1, b2, b3 = biases
            f1 = np.einsum("ij,jn->in", W1, x) + b1
            h1 = f1.clip(min=0)
            f2 = np.einsum("ij,jn->in", W2, h1) + b2
            e2 = np.exp(-f2)
            h2 = 1 / (1 + e2)
            f3 = np.einsum("ij,jn->in", W3, h2) + b3
            e3 = np.exp(-f3)
            o = 1 / (1 + e3)
            d3 = (o - t) * e3 / (1 + e3) ** 2
            d2 = np.einsum("ij,in->jn", W3, d3) * e2 / (1 + e2) ** 2
            d1 = np.where(f1 > 0, np.einsum("ij,in->jn", W2, d2), 0)
            dweights = [np.einsum("in,jn->ij", d, h) for d, h in ((d1, x), (d2, h1), (d3, h2))]
            return 0.5 * np.einsum("in,in->", o - t, o - t), dweights, [d1, d2, d3]
        """),
    "np.outer, tuples, prints": code("""
        def net_7652_gradients(x, t, weights, biases, verbose=True):
            s = lambda z: 1 / (1 + np.exp(-z))
            z1 = weights[0] @ x + biases[0]
            h1 = np.where(z1 > 0, z1, 0)
            h2 = s(weights[1] @ h1 + biases[1])
            o = s(weights[2] @ h2 + biases[2])
            if verbose:
                print("output", o.ravel())
            d3 = (o - t) * (o - o**2)
            d2 = (weights[2].T @ d3) * (h2 - h2**2)
            d1 = (weights[1].T @ d2) * (h1 > 0)
            E = np.linalg.norm(o - t) ** 2 / 2
            return E, (np.outer(d1, x), np.outer(d2, h1), np.outer(d3, h2)), (d1, d2, d3)
        """),
    "the mean of two, which is half the sum": code("""
        def sigmoid(z):
            return np.exp(-np.logaddexp(0, -z))


        def net_7652_gradients(x, t, weights, biases):
            h = [x]
            f = []
            for k in range(3):
                f.append(weights[k] @ h[k] + biases[k])
                h.append(np.maximum(f[k], 0) if k == 0 else sigmoid(f[k]))
            E = np.mean((h[3] - t) ** 2)
            slopes = [f[0] > 0, h[2] * (1 - h[2]), h[3] * (1 - h[3])]
            d = [None, None, (h[3] - t) * slopes[2]]
            d[1] = (weights[2].T @ d[2]) * slopes[1]
            d[0] = (weights[1].T @ d[1]) * slopes[0]
            return E, [d[k] @ h[k].T for k in range(3)], [1.0 * each for each in d]
        """),
    "single precision": code("""
        def net_7652_gradients(x, t, weights, biases):
            f = np.float32
            x, t = x.astype(f), t.astype(f)
            weights, biases = [W.astype(f) for W in weights], [b.astype(f) for b in biases]
            h1 = np.maximum(weights[0] @ x + biases[0], f(0))
            h2 = f(1) / (f(1) + np.exp(-(weights[1] @ h1 + biases[1])))
            o = f(1) / (f(1) + np.exp(-(weights[2] @ h2 + biases[2])))
            d3 = (o - t) * o * (f(1) - o)
            d2 = (weights[2].T @ d3) * h2 * (f(1) - h2)
            d1 = (weights[1].T @ d2) * (h1 > 0)
            E = np.sum((o - t) ** 2) / f(2)
            return E, [d1 @ x.T, d2 @ h1.T, d3 @ h2.T], [d1, d2, d3]
        """),
    "loops over units": code("""
        def net_7652_gradients(x, t, weights, biases):
            def forward(W, b, h, activation):
                out = np.zeros((len(W), 1))
                for i in range(len(W)):
                    out[i, 0] = activation(sum(W[i, j] * h[j, 0] for j in range(len(h))) + b[i, 0])
                return out

            def down(W, d):
                out = np.zeros((W.shape[1], 1))
                for j in range(W.shape[1]):
                    for i in range(W.shape[0]):
                        out[j, 0] += W[i, j] * d[i, 0]
                return out

            relu = lambda z: z if z > 0 else 0.0
            sigmoid = lambda z: 1 / (1 + np.exp(-z))
            h1 = forward(weights[0], biases[0], x, relu)
            h2 = forward(weights[1], biases[1], h1, sigmoid)
            o = forward(weights[2], biases[2], h2, sigmoid)
            d3 = (o - t) * o * (1 - o)
            d2 = down(weights[2], d3) * h2 * (1 - h2)
            d1 = down(weights[1], d2) * (h1 > 0)
            E = sum((o[i, 0] - t[i, 0]) ** 2 for i in range(2)) / 2
            return E, [d1 * x.T, d2 * h1.T, d3 * h2.T], [d1, d2, d3]
        """),
    "Korean names": code("""
        def net_7652_gradients(입력, 목표, 가중치, 편향):
            def 시그모이드(값):
                return 1.0 / (1.0 + np.exp(-값))

            합1 = 가중치[0] @ 입력 + 편향[0]
            층1 = np.maximum(합1, 0)
            층2 = 시그모이드(가중치[1] @ 층1 + 편향[1])
            출력 = 시그모이드(가중치[2] @ 층2 + 편향[2])
            오차 = 출력 - 목표
            델타3 = 오차 * 출력 * (1 - 출력)
            델타2 = 가중치[2].T @ 델타3 * 층2 * (1 - 층2)
            델타1 = 가중치[1].T @ 델타2 * (합1 > 0)
            기울기 = [델타1 @ 입력.T, 델타2 @ 층1.T, 델타3 @ 층2.T]
            return (오차 * 오차).sum() / 2, 기울기, [델타1, 델타2, 델타3]
        """),
}

# --- 4.9 the kink between two points

KINK_CROSSED: dict[str, str] = {
    "signs compared": code("""
        def kink_crossed(f, x, h):
            return bool(np.any(np.sign(f(x - h)) != np.sign(f(x + h))))
        """),
    "a product below zero": code("""
        def kink_crossed(f, x, h):
            return (f(x - h) * f(x + h) < 0).any()
        """),
    "gates compared": code("""
        def kink_crossed(f, x, h):
            before, after = f(x - h) > 0, f(x + h) > 0
            return not np.array_equal(before, after)
        """),
    "exclusive or": code("""
        def kink_crossed(f, x, h):
            return np.logical_xor(f(x - h) > 0, f(x + h) > 0).any().item()
        """),
    "a loop": code("""
        def kink_crossed(f, x, h):
            for left, right in zip(np.ravel(f(x - h)), np.ravel(f(x + h))):
                if left < 0 < right or right < 0 < left:
                    return True
            return False
        """),
    "the corner's place, between two points of a line": code("""
        def kink_crossed(f, x, h):
            left, right = f(x - h), f(x + h)
            share = left / (left - right)
            return bool(np.any((share > 0) & (share < 1)))
        """),
    "the smallest of all products": code("""
        def kink_crossed(f, x, h, verbose=False):
            products = np.multiply(f(x - h), f(x + h))
            if verbose:
                print(products)
            return int(np.min(products) < 0)
        """),
    "sign bits": code("""
        def kink_crossed(f, x, h):
            a, b = map(np.signbit, (f(x - h), f(x + h)))
            print(a, b)
            return np.count_nonzero(a ^ b) > 0
        """),
    "Korean names": code("""
        def kink_crossed(함수, 자리, 폭):
            왼쪽 = 함수(자리 - 폭)
            오른쪽 = 함수(자리 + 폭)
            return any((a > 0) != (b > 0) for a, b in zip(왼쪽, 오른쪽))
        """),
}

# --- 4.10 initialisation

HE_INIT = code("""
    def he_init(n_in, n_out, rng=None):
        rng = np.random.default_rng() if rng is None else rng
        return rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in))
    """)
MEASURE_DEPTH = code("""
    def measure_depth(x, weights):
        h, sizes = x, []
        for W in weights:
            h = np.maximum(W @ h, 0)
            sizes.append(float(np.std(h)))
        return sizes
    """)

INITIALISATION: dict[str, str] = {
    "normal with a deviation": f"{HE_INIT}\n\n{MEASURE_DEPTH}",
    "standard normal, scaled": code("""
        def he_init(n_in, n_out, rng=None):
            if rng is None:
                rng = np.random.default_rng()
            return rng.standard_normal((n_out, n_in)) * np.sqrt(2.0 / n_in)


        def measure_depth(x, weights):
            activations = [x]
            for W in weights:
                f = np.dot(W, activations[-1])
                activations.append(f * (f > 0))
            return [np.std(h) for h in activations[1:]]
        """),
    "np.random where no rng is given": code("""
        def he_init(n_in, n_out, rng=None):
            scale = (2 / n_in) ** 0.5
            if rng is None:
                return scale * np.random.randn(n_out, n_in)
            return scale * rng.normal(size=(n_out, n_in))


        def measure_depth(x, weights):
            stds = []
            for W in weights:
                x = np.matmul(W, x).clip(min=0)
                stds.append(x.std().item())
            return tuple(stds)
        """),
    "a uniform distribution of that deviation": code("""
        def he_init(n_in, n_out, rng=None):
            rng = rng or np.random.default_rng()
            limit = np.sqrt(6 / n_in)
            return rng.uniform(-limit, limit, size=(n_out, n_in))


        def measure_depth(x, weights):
            h = x
            result = np.zeros(len(weights))
            for k, W in enumerate(weights):
                h = np.where(W @ h > 0, W @ h, 0)
                result[k] = np.sqrt(np.var(h))
            return result
        """),
    "drawn in rows and turned round": code("""
        def he_init(n_in, n_out, rng=None):
            rng = np.random.default_rng(rng)
            return rng.normal(loc=0.0, scale=np.sqrt(2 / n_in), size=(n_in, n_out)).T


        def measure_depth(x, weights):
            if not len(weights):
                return []
            h = np.einsum("ij,jn->in", weights[0], x)
            h[h < 0] = 0
            print(len(weights), h.std())
            return [float(h.std()), *measure_depth(h, weights[1:])]
        """),
    "row by row": code("""
        def he_init(n_in, n_out, rng=None, gain=2.0):
            rng = rng if rng is not None else np.random.default_rng()
            rows = [rng.normal(0, np.sqrt(gain / n_in), n_in) for _ in range(n_out)]
            return np.array(rows)


        def measure_depth(x, weights):
            h = x.copy()
            out = []
            for W in weights:
                h = np.maximum(W.dot(h), 0.0)
                mean = h.sum() / h.size
                out.append(np.sqrt(((h - mean) ** 2).sum() / h.size))
            return out
        """),
    "a sign and a size": code("""
        def he_init(n_in, n_out, rng=None):
            rng = np.random.default_rng() if rng is None else rng
            return np.sqrt(2 / n_in) * rng.choice([-1.0, 1.0], size=(n_out, n_in))


        def depths(x, weights):
            for W in weights:
                x = np.fmax(W @ x, 0)
                yield np.std(x)


        def measure_depth(x, weights):
            return list(depths(x, weights))
        """),
    "single precision weights": code("""
        def he_init(n_in, n_out, rng=None):
            rng = np.random.default_rng() if rng is None else rng
            return (rng.standard_normal((n_out, n_in)) * np.sqrt(2 / n_in)).astype(np.float32)


        """)
    + f"\n\n{MEASURE_DEPTH}",
    "Korean names": code("""
        def he_init(n_in, n_out, rng=None):
            난수 = rng if rng is not None else np.random.default_rng()
            표준편차 = np.sqrt(2 / n_in)
            return 난수.normal(0, 표준편차, size=(n_out, n_in))


        def measure_depth(입력, 가중치들):
            활성, 크기들 = 입력, []
            for 가중치 in 가중치들:
                활성 = np.maximum(가중치 @ 활성, 0)
                크기들 += [float(활성.std())]
            return 크기들
        """),
}

# --- 4.11 dead units

DEAD_UNITS: dict[str, str] = {
    "all along the samples": code("""
        def dead_units(all_f):
            return [np.all(f <= 0, axis=1) for f in all_f[:-1]]
        """),
    "no sample is on": code("""
        def dead_units(all_f):
            return [~np.any(f > 0, axis=1) for f in all_f[:-1]]
        """),
    "the largest pre-activation": code("""
        def dead_units(all_f):
            dead = []
            for k in range(len(all_f) - 1):
                dead.append(all_f[k].max(axis=1) <= 0)
            return dead
        """),
    "activations added up": code("""
        def dead_units(all_f):
            hidden, output = all_f[:-1], all_f[-1]
            return [np.sum(np.maximum(f, 0), axis=1) == 0 for f in hidden]
        """),
    "samples counted": code("""
        def dead_units(all_f):
            return [(f <= 0).sum(axis=1) == f.shape[1] for f in all_f[: len(all_f) - 1]]
        """),
    "loops over units and samples": code("""
        def dead_units(all_f):
            result = []
            for f in all_f[:-1]:
                dead = np.ones(len(f), dtype=bool)
                for unit in range(f.shape[0]):
                    for sample in range(f.shape[1]):
                        if f[unit, sample] > 0:
                            dead[unit] = False
                result.append(dead)
            return result
        """),
    "an and over the columns, a tuple": code("""
        def dead_units(all_f, limit=0.0):
            *hidden, _ = all_f
            return tuple(np.logical_and.reduce(f <= limit, axis=1) for f in hidden)
        """),
    "a helper for one layer, prints": code("""
        def is_dead(row):
            return not (row > 0).any()


        def dead_units(all_f):
            layers = [np.array([is_dead(row) for row in f]) for f in all_f[:-1]]
            for number, layer in enumerate(layers):
                print(number, int(layer.sum()), "dead of", len(layer))
            return layers
        """),
    "ones and zeros, flattened": code("""
        def dead_units(all_f):
            return [np.all(f <= 0, axis=1, keepdims=True).ravel().astype(int) for f in all_f[:-1]]
        """),
    "Korean names": code("""
        def dead_units(값들):
            결과 = []
            for 값 in 값들[:-1]:
                결과.append([bool(max(줄) <= 0) for 줄 in 값])
            return 결과
        """),
}

# --- 4.12 find the bug

WORST = code("""
    def worst_difference(gradients, measured):
        worst = 0.0
        for layer in range(len(gradients)):
            worst = max(worst, np.max(np.abs(gradients[layer] - measured[layer])))
        return worst
    """)

BUG: dict[str, str] = {
    "the step in a loop of its own": code("""
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
    + f"\n\n{WORST}",
    "the step right after the error was carried down": code("""
        K = 5


        def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
            layers = len(all_weights)
            dweights, dbiases = [None] * layers, [None] * layers
            d = 2 * (all_f[-1] - y)
            for k in range(layers - 1, -1, -1):
                dweights[k], dbiases[k] = d @ all_h[k].T, d.sum(axis=1, keepdims=True)
                if k > 0:
                    d = (all_weights[k].T @ d) * (all_f[k - 1] > 0)
                all_weights[k] -= lr * dweights[k]
                all_biases[k] -= lr * dbiases[k]
            return dweights, dbiases


        def worst_difference(gradients, measured):
            return max(np.abs(g - m).max() for g, m in zip(gradients, measured))
        """),
    "copies of the old weights": code("""
        def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
            K = len(all_weights) - 1
            old = [W.copy() for W in all_weights]
            all_dl_dweights, all_dl_dbiases = [None] * (K + 1), [None] * (K + 1)
            dl_df = 2 * (all_f[K] - y)
            for layer in range(K, -1, -1):
                all_dl_dbiases[layer] = dl_df.sum(axis=1).reshape(-1, 1)
                all_dl_dweights[layer] = dl_df @ all_h[layer].T
                all_weights[layer] -= lr * all_dl_dweights[layer]
                all_biases[layer] -= lr * all_dl_dbiases[layer]
                if layer > 0:
                    dl_df = np.where(all_f[layer - 1] > 0, old[layer].T @ dl_df, 0)
            return all_dl_dweights, all_dl_dbiases


        def worst_difference(gradients, measured):
            differences = [np.abs(g - m).ravel() for g, m in zip(gradients, measured)]
            return float(np.concatenate(differences).max())
        """),
    "a backward pass of its own, then np.subtract with out": code("""
        def backward_pass(all_weights, all_biases, all_f, all_h, y):
            d = 2 * (all_f[-1] - y)
            for k in reversed(range(len(all_weights))):
                yield d @ all_h[k].T, d @ np.ones((y.shape[1], 1))
                if k:
                    d = (all_weights[k].T @ d) * np.heaviside(all_f[k - 1], 0)


        def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr=0.1):
            pairs = list(backward_pass(all_weights, all_biases, all_f, all_h, y))[::-1]
            for W, b, (dW, db) in zip(all_weights, all_biases, pairs):
                np.subtract(W, lr * dW, out=W)
                np.subtract(b, lr * db, out=b)
            return [dW for dW, _ in pairs], [db for _, db in pairs]


        def worst_difference(gradients, measured):
            return np.linalg.norm(
                np.hstack([(g - m).flatten() for g, m in zip(gradients, measured)]), np.inf
            )
        """),
    "tuples returned, slices written, prints": code("""
        def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
            d, dweights, dbiases = 2 * (all_f[-1] - y), (), ()
            for k in range(len(all_weights))[::-1]:
                dweights = (np.einsum("in,jn->ij", d, all_h[k]), *dweights)
                dbiases = (np.einsum("in->i", d)[:, None], *dbiases)
                if k:
                    d = np.einsum("ij,in->jn", all_weights[k], d) * (all_h[k] > 0)
            print("norms", [float(np.linalg.norm(g)) for g in dweights])
            for p, g in zip([*all_weights, *all_biases], [*dweights, *dbiases]):
                p[...] = p - lr * g
            return dweights, dbiases


        def worst_difference(gradients, measured):
            worst = -np.inf
            for mine, other in zip(gradients, measured):
                for a, b in zip(mine.flat, other.flat):
                    worst = max(worst, abs(a - b))
            return worst
        """),
    "a closure for the step": code("""
        def backward_and_step(all_weights, all_biases, all_f, all_h, y, lr):
            gradients = {"W": [], "b": []}
            steps = []

            def walk(k, d):
                gradients["W"].append(np.dot(d, all_h[k].T))
                gradients["b"].append(np.sum(d, 1, keepdims=True))
                if k > 0:
                    walk(k - 1, np.dot(all_weights[k].T, d) * (all_f[k - 1] > 0))

            walk(len(all_weights) - 1, 2 * (all_f[-1] - y))
            dweights, dbiases = gradients["W"][::-1], gradients["b"][::-1]
            for arrays, slopes in ((all_weights, dweights), (all_biases, dbiases)):
                steps += zip(arrays, slopes)
            for array, slope in steps:
                array += -lr * slope
            return dweights, dbiases


        def worst_difference(gradients, measured):
            differences = map(np.subtract, gradients, measured)
            return max(map(lambda d: float(np.max(np.abs(d))), differences))
        """),
    "Korean names": code("""
        def backward_and_step(가중치들, 편향들, 값들, 활성들, 정답, lr):
            층수 = len(가중치들)
            가중치_기울기, 편향_기울기 = [None] * 층수, [None] * 층수
            기울기 = 2 * (값들[-1] - 정답)
            for 층 in range(층수 - 1, -1, -1):
                가중치_기울기[층] = 기울기 @ 활성들[층].T
                편향_기울기[층] = 기울기.sum(axis=1, keepdims=True)
                if 층 > 0:
                    기울기 = (가중치들[층].T @ 기울기) * (값들[층 - 1] > 0)
            # 기울기를 모두 구한 다음에 움직인다
            for 층 in range(층수):
                가중치들[층] -= lr * 가중치_기울기[층]
                편향들[층] -= lr * 편향_기울기[층]
            return 가중치_기울기, 편향_기울기


        def worst_difference(구한, 잰):
            return np.max([np.max(np.abs(a - b)) for a, b in zip(구한, 잰)])
        """),
}


def under_its_name(exercise: str, styles: dict[str, str]) -> list[Style]:
    return [Style(exercise, name, text) for name, text in styles.items()]


STYLES: tuple[Style, ...] = (
    *under_its_name("network_output", NETWORK_OUTPUT),
    *under_its_name("indicator", INDICATOR),
    *under_its_name("least_squares", LEAST_SQUARES),
    *under_its_name("backward_pass", BACKWARD_PASS),
    *under_its_name("finite_differences", FINITE_DIFFERENCES),
    *under_its_name("rows_and_columns", ROWS_AND_COLUMNS),
    *under_its_name("pencil_net", PENCIL_NET),
    *under_its_name("net_7652", NET_7652),
    *under_its_name("kink_crossed", KINK_CROSSED),
    *under_its_name("initialisation", INITIALISATION),
    *under_its_name("dead_units", DEAD_UNITS),
    *under_its_name("ch4_bug", BUG),
)
