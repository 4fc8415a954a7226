"""Chapter 3, Affine and Softmax-with-loss: the same answers as different people write them."""

from __future__ import annotations

from textwrap import dedent

from grader_tests.styles import Style


def code(text: str) -> str:
    """A snippet without the margin it has in this file."""
    return dedent(text).strip() + "\n"


# --- 3.1 and 3.2: one class, two exercises

AFFINE = code("""
    class Affine:
        def __init__(self, W, b):
            self.W = W
            self.b = b
            self.x = None
            self.dW = None
            self.db = None

        def forward(self, x):
            self.x = x
            out = np.dot(x, self.W) + self.b
            return out

        def backward(self, dout):
            dx = np.dot(dout, self.W.T)
            self.dW = np.dot(self.x.T, dout)
            self.db = np.sum(dout, axis=0)
            return dx
    """)

AFFINE_STYLES: dict[str, str] = {
    "as books write it": AFFINE,
    "np.matmul and np.transpose, the bias gradient as a row": code("""
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, x):
                self.x = x
                return np.add(np.matmul(x, self.W), self.b)

            def backward(self, dout):
                self.dW = np.matmul(np.transpose(self.x), dout)
                self.db = np.sum(dout, axis=0, keepdims=True)
                return np.matmul(dout, np.transpose(self.W))
        """),
    "einsum": code("""
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, x):
                self.x = x
                return np.einsum("ni,ij->nj", x, self.W) + self.b[None, :]

            def backward(self, dout):
                self.dW = np.einsum("ni,nj->ij", self.x, dout)
                self.db = np.einsum("nj->j", dout)
                return np.einsum("nj,ij->ni", dout, self.W)
        """),
    "three loops": code("""
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, x):
                self.x = x
                N, D = x.shape
                C = len(self.b)
                y = np.zeros((N, C))
                for n in range(N):
                    for j in range(C):
                        y[n, j] = self.b[j]
                        for i in range(D):
                            y[n, j] += x[n, i] * self.W[i, j]
                return y

            def backward(self, dout):
                N, D = self.x.shape
                C = len(self.b)
                dx = np.zeros((N, D))
                self.dW = np.zeros((D, C))
                self.db = np.zeros(C)
                for n in range(N):
                    for j in range(C):
                        self.db[j] += dout[n, j]
                        for i in range(D):
                            dx[n, i] += dout[n, j] * self.W[i, j]
                            self.dW[i, j] += self.x[n, i] * dout[n, j]
                return dx
        """),
    "a sum of outer products": code("""
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, x):
                self.x = x.copy()
                return np.array([row @ self.W + self.b for row in x])

            def backward(self, dout):
                self.dW = sum(np.outer(a, d) for a, d in zip(self.x, dout))
                self.db = sum(dout)
                return np.array([self.W @ d for d in dout])
        """),
    "single precision": code("""
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W.astype(np.float32), b.astype(np.float32)

            def forward(self, x):
                self.x = x.astype(np.float32)
                return self.x @ self.W + self.b

            def backward(self, dout):
                dout = dout.astype(np.float32)
                self.dW = self.x.T @ dout
                self.db = dout.sum(0)
                return dout @ self.W.T
        """),
    "a function that makes a layer of closures": code("""
        from types import SimpleNamespace


        def Affine(W, b):
            layer = SimpleNamespace(W=W, b=b, dW=None, db=None)
            seen = []

            def forward(x):
                seen[:] = [x]
                return x @ layer.W + layer.b

            def backward(dout):
                (x,) = seen
                layer.dW, layer.db = x.T @ dout, np.ones(len(dout)) @ dout
                return dout @ layer.W.T

            layer.forward, layer.backward = forward, backward
            return layer
        """),
    "a dataclass": code("""
        from dataclasses import dataclass, field


        @dataclass
        class Affine:
            W: np.ndarray
            b: np.ndarray
            x: object = field(default=None, repr=False)
            dW: object = None
            db: object = None

            def forward(self, x):
                self.x = x
                return np.tensordot(x, self.W, axes=1) + self.b

            def backward(self, dout):
                self.dW = np.tensordot(self.x, dout, axes=(0, 0))
                self.db = np.add.reduce(dout)
                return np.tensordot(dout, self.W, axes=(1, 1))
        """),
    "a base class, slots, gradients as properties": code("""
        class Layer:
            __slots__ = ("gradients", "params", "x")

            def __init__(self, *params):
                self.params, self.gradients = params, {}

            @property
            def dW(self):
                return self.gradients["W"]

            @property
            def db(self):
                return self.gradients["b"]


        class Affine(Layer):
            def forward(self, x):
                self.x = x
                W, b = self.params
                return x.dot(W) + b

            def backward(self, dout=1):
                W, _ = self.params
                self.gradients = {"W": self.x.T.dot(dout), "b": dout.sum(axis=0)}
                return dout.dot(W.T)
        """),
    "the bias as one more row of the weights": code("""
        class Affine:
            def __init__(self, W, b):
                self.all = np.vstack([W, b])

            def forward(self, x):
                self.x = np.hstack([x, np.ones((len(x), 1))])
                return self.x @ self.all

            def backward(self, dout):
                both = self.x.T @ dout
                self.dW, self.db = both[:-1], both[-1]
                return (dout @ self.all.T)[:, :-1]
        """),
    "lists, and prints on the way": code("""
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, x):
                print("x", x.shape)
                self.x = x
                return (x @ self.W + self.b).tolist()

            def backward(self, dout):
                print("dout", dout.shape)
                self.dW = (self.x.T @ dout).tolist()
                self.db = [float(column.sum()) for column in dout.T]
                return (dout @ self.W.T).tolist()
        """),
    "Korean names": code("""
        class Affine:
            def __init__(자신, 가중치, 편향):
                자신.가중치, 자신.편향 = 가중치, 편향

            def forward(자신, 입력):
                자신.입력 = 입력
                return 입력 @ 자신.가중치 + 자신.편향

            def backward(자신, 기울기):
                자신.dW = 자신.입력.T @ 기울기
                자신.db = 기울기.sum(axis=0)
                return 기울기 @ 자신.가중치.T
        """),
    "gradients reset, then added to": code("""
        class Affine:
            def __init__(self, W, b):
                self.W, self.b = W, b
                self.dW, self.db = np.zeros_like(W), np.zeros_like(b)

            def forward(self, x, train=True):
                self.x = x if train else None
                return x @ self.W + self.b

            def backward(self, dout):
                self.dW[...] = 0
                self.db.fill(0)
                self.dW += self.x.T @ dout
                self.db += dout.sum(axis=0)
                return dout @ self.W.T
        """),
}

# --- 3.3 images

IMAGES: dict[str, str] = {
    "as books write it": code("""
        class AffineImages:
            def __init__(self, W, b):
                self.W = W
                self.b = b
                self.x = None
                self.original_x_shape = None
                self.dW = None
                self.db = None

            def forward(self, x):
                self.original_x_shape = x.shape
                x = x.reshape(x.shape[0], -1)
                self.x = x
                return np.dot(self.x, self.W) + self.b

            def backward(self, dout):
                dx = np.dot(dout, self.W.T)
                self.dW = np.dot(self.x.T, dout)
                self.db = np.sum(dout, axis=0)
                return dx.reshape(*self.original_x_shape)
        """),
    "a layer of 3.1 inside": AFFINE
    + "\n\n"
    + code("""
        class AffineImages:
            def __init__(self, W, b):
                self.inner = Affine(W, b)

            def forward(self, x):
                self.shape = x.shape
                return self.inner.forward(x.reshape(-1, len(self.inner.W)))

            def backward(self, dout):
                dx = self.inner.backward(dout)
                self.dW, self.db = self.inner.dW, self.inner.db
                return dx.reshape(self.shape)
        """),
    "inheritance": AFFINE
    + "\n\n"
    + code("""
        class AffineImages(Affine):
            def forward(self, x):
                self.like = np.empty_like(x)
                return super().forward(np.array([image.ravel() for image in x]))

            def backward(self, dout):
                self.like.flat = super().backward(dout)
                return self.like.copy()
        """),
    "tensordot over all axes of the image": code("""
        class AffineImages:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, x):
                self.x = x
                self.grid = self.W.reshape(*x.shape[1:], -1)
                return np.tensordot(x, self.grid, axes=x.ndim - 1) + self.b

            def backward(self, dout):
                self.dW = np.tensordot(self.x, dout, axes=(0, 0)).reshape(self.W.shape)
                self.db = dout.sum(axis=0, keepdims=True)
                return np.tensordot(dout, self.grid, axes=(1, self.grid.ndim - 1))
        """),
    "a loop over the images, single precision": code("""
        class AffineImages:
            def __init__(self, W, b):
                self.W, self.b = W.astype("float32"), b.astype("float32")

            def forward(self, x):
                self.x = x.astype("float32")
                return np.stack([image.flatten() @ self.W + self.b for image in self.x])

            def backward(self, dout):
                dout = dout.astype("float32")
                self.dW = np.zeros_like(self.W)
                self.db = np.zeros_like(self.b)
                dx = np.zeros_like(self.x)
                for n in range(len(dout)):
                    self.dW += np.outer(self.x[n], dout[n])
                    self.db += dout[n]
                    dx[n] = (self.W @ dout[n]).reshape(self.x[n].shape)
                return dx
        """),
    "np.prod, names in Korean": code("""
        class AffineImages:
            def __init__(self, W, b):
                self.W, self.b = W, b

            def forward(self, 그림):
                self.모양 = 그림.shape
                self.줄 = np.reshape(그림, (그림.shape[0], int(np.prod(그림.shape[1:]))))
                return self.줄 @ self.W + self.b

            def backward(self, 기울기):
                self.dW, self.db = self.줄.T @ 기울기, 기울기.sum(0)
                return np.reshape(기울기 @ self.W.T, self.모양)
        """),
}

# --- 3.4 softmax

SHARES = code("""
    def softmax(x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)
    """)

SOFTMAX: dict[str, str] = {
    "the last axis": SHARES,
    "turned round, as books write it": code("""
        def softmax(x):
            if x.ndim == 2:
                x = x.T
                x = x - np.max(x, axis=0)
                y = np.exp(x) / np.sum(np.exp(x), axis=0)
                return y.T

            x = x - np.max(x)
            return np.exp(x) / np.sum(np.exp(x))
        """),
    "by the logarithm of a sum": code("""
        def softmax(x):
            return np.exp(x - np.logaddexp.reduce(x, axis=-1, keepdims=True))
        """),
    "loops and math.exp": code("""
        import math


        def softmax(x):
            if x.ndim == 1:
                return softmax(x.reshape(1, -1))[0]
            y = np.zeros(x.shape)
            for n in range(len(x)):
                top = max(x[n])
                total = 0.0
                for i in range(len(x[n])):
                    y[n, i] = math.exp(x[n, i] - top)
                    total += y[n, i]
                for i in range(len(x[n])):
                    y[n, i] /= total
            return y
        """),
    "a helper for each row": code("""
        def one_row(row):
            powers = np.exp(row - row.max())
            return powers / powers.sum()


        def softmax(x):
            return np.apply_along_axis(one_row, -1, x)
        """),
    "np.atleast_2d and back": code("""
        def softmax(x, eps=0.0):
            rows = np.atleast_2d(x)
            e = np.exp(rows - rows.max(axis=1)[:, None])
            return (e / (e.sum(axis=1)[:, np.newaxis] + eps)).reshape(x.shape)
        """),
    "lists": code("""
        def softmax(x):
            if np.ndim(x) > 1:
                return [softmax(row) for row in x]
            e = [np.exp(v - max(x)) for v in x]
            return [v / sum(e) for v in e]
        """),
    "single precision": code("""
        def softmax(x):
            x = x.astype(np.float32)
            x = x - x.max(axis=-1, keepdims=True)
            np.exp(x, out=x)
            x /= x.sum(axis=-1, keepdims=True)
            return x
        """),
    "each share by differences of scores": code("""
        def softmax(x):
            with np.errstate(over="ignore"):
                return 1 / np.sum(np.exp(x[..., None, :] - x[..., :, None]), axis=-1)
        """),
    "einsum, prints, Korean names": code("""
        def softmax(점수):
            지수 = np.exp(점수 - np.expand_dims(np.amax(점수, -1), -1))
            print(지수.shape)
            return np.einsum("...i,...->...i", 지수, 1 / np.einsum("...i->...", 지수))
        """),
}

# --- 3.5 cross-entropy

CROSS_ENTROPY: dict[str, str] = {
    "as books write it": code("""
        def cross_entropy(y, t):
            if y.ndim == 1:
                t = t.reshape(1, t.size)
                y = y.reshape(1, y.size)
            if t.size == y.size:
                t = t.argmax(axis=1)
            batch_size = y.shape[0]
            return -np.sum(np.log(y[np.arange(batch_size), t] + 1e-7)) / batch_size
        """),
    "one-hot rows and 1e-7": code("""
        def cross_entropy(y, t):
            if t.ndim == 1:
                t = np.eye(y.shape[1])[t]
            return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]
        """),
    "clipped": code("""
        def cross_entropy(y, t, eps=1e-7):
            y = np.clip(y, eps, 1 - eps)
            labels = t if t.ndim == 1 else np.argmax(t, axis=1)
            return -np.log(y[range(len(y)), labels]).mean()
        """),
    "a much smaller number": code("""
        def cross_entropy(y, t):
            labels = np.argmax(t, axis=1) if t.ndim == 2 else t
            picked = np.take_along_axis(y, labels[:, None], axis=1)
            return np.mean(-np.log(np.maximum(picked, np.finfo(float).tiny)))
        """),
    "a loop over the samples": code("""
        import math


        def cross_entropy(y, t):
            total = 0
            for n in range(y.shape[0]):
                right = int(t[n]) if t.ndim == 1 else list(t[n]).index(1)
                total -= math.log(max(y[n, right], 1e-12))
            return total / y.shape[0]
        """),
    "a mask": code("""
        def cross_entropy(y, t):
            mask = t == 1 if t.ndim == 2 else np.arange(y.shape[1]) == t[:, None]
            return -np.average(np.log(y[mask] + 1e-10))
        """),
    "np.where": code("""
        def cross_entropy(y, t):
            if np.ndim(t) == 1:
                rows = np.zeros_like(y)
                rows[np.arange(len(t)), t] = 1
            else:
                rows = t
            safe = np.where(y > 0, y, 1e-15)
            return np.sum(np.where(rows > 0, -np.log(safe), 0)) / len(y)
        """),
    "single precision": code("""
        def cross_entropy(y, t):
            y = y.astype(np.float32)
            t = np.eye(y.shape[1], dtype=np.float32)[t] if t.ndim == 1 else t.astype(np.float32)
            return -np.sum(t * np.log(y + np.float32(1e-7))) / np.float32(len(y))
        """),
    "helpers, einsum, prints, Korean names": code("""
        def 한줄씩(정답, 개수):
            return np.identity(개수)[정답] if 정답.ndim == 1 else 정답


        def cross_entropy(y, t):
            손실 = -np.einsum("ni,ni->", 한줄씩(t, y.shape[1]), np.log(y + 1e-8))
            print("손실", 손실)
            return [손실 / len(y)][0]
        """),
}

# --- 3.6 softmax backwards

SOFTMAX_BACKWARD: dict[str, str] = {
    "in one line": SHARES
    + "\n\n"
    + code("""
        class Softmax:
            def forward(self, x):
                self.y = softmax(x)
                return self.y

            def backward(self, dout):
                return self.y * (dout - np.sum(self.y * dout, axis=1, keepdims=True))
        """),
    "in two steps": SHARES
    + "\n\n"
    + code("""
        class Softmax:
            def __init__(self):
                self.out = None

            def forward(self, x):
                self.out = softmax(x)
                return self.out

            def backward(self, dout=1):
                dx = self.out * dout
                total = np.sum(dx, axis=1, keepdims=True)
                dx -= self.out * total
                return dx
        """),
    "a table of slopes for each sample": SHARES
    + "\n\n"
    + code("""
        class Softmax:
            def forward(self, x):
                self.y = softmax(x)
                return self.y

            def backward(self, dout):
                dx = np.empty_like(dout)
                for n, y in enumerate(self.y):
                    dx[n] = (np.diag(y) - np.outer(y, y)) @ dout[n]
                return dx
        """),
    "node by node": code("""
        class Softmax:
            def forward(self, x):
                self.e = np.exp(x - x.max(axis=1, keepdims=True))
                self.S = self.e.sum(axis=1, keepdims=True)
                self.r = 1 / self.S
                return self.e * self.r

            def backward(self, dout):
                de = dout * self.r
                dr = (dout * self.e).sum(axis=1, keepdims=True)
                dS = -dr * self.r**2
                de = de + dS
                return de * self.e
        """),
    "loops": code("""
        class Softmax:
            def forward(self, x):
                self.y = []
                for row in x:
                    e = [np.exp(v - max(row)) for v in row]
                    self.y.append([v / sum(e) for v in e])
                return np.array(self.y)

            def backward(self, dout):
                dx = []
                for y, d in zip(self.y, dout):
                    mean = sum(a * b for a, b in zip(y, d))
                    dx.append([a * (b - mean) for a, b in zip(y, d)])
                return dx
        """),
    "einsum over all tables at once": SHARES
    + "\n\n"
    + code("""
        class Softmax:
            def forward(self, x):
                self.y = softmax(x)
                return self.y.copy()

            def backward(self, dout):
                table = np.einsum("ni,ij->nij", self.y, np.eye(self.y.shape[1]))
                table -= np.einsum("ni,nj->nij", self.y, self.y)
                return np.einsum("nij,nj->ni", table, dout)
        """),
    "scores kept, shares made again; a dataclass": code("""
        from dataclasses import dataclass


        @dataclass
        class Softmax:
            x: object = None

            def shares(self):
                return np.exp(self.x - np.logaddexp.reduce(self.x, axis=1, keepdims=True))

            def forward(self, x):
                self.x = x
                return self.shares()

            def backward(self, dout):
                y = self.shares()
                return y * dout - y * (y * dout).sum(1).reshape(-1, 1)
        """),
    "closures": SHARES
    + "\n\n"
    + code("""
        from types import SimpleNamespace


        def Softmax():
            kept = {}

            def forward(x):
                kept["y"] = softmax(x)
                return kept["y"]

            def backward(dout):
                y = kept["y"]
                return y * (dout - np.vecdot(y, dout)[:, None]) if hasattr(np, "vecdot") else (
                    y * (dout - np.einsum("ni,ni->n", y, dout)[:, None])
                )

            return SimpleNamespace(forward=forward, backward=backward)
        """),
    "single precision, prints, Korean names": code("""
        class Softmax:
            def forward(self, 점수):
                지수 = np.exp((점수 - 점수.max(axis=1, keepdims=True)).astype(np.float32))
                self.몫 = 지수 / 지수.sum(axis=1, keepdims=True)
                print(self.몫[0])
                return self.몫

            def backward(self, 기울기):
                기울기 = 기울기.astype(np.float32)
                평균 = (기울기 * self.몫).sum(axis=1, keepdims=True)
                return self.몫 * (기울기 - 평균)
        """),
}

# --- 3.7 and 3.12: the same layer under two names

LOSS_LAYERS: dict[str, str] = {
    "as books write it, with dout": SHARES
    + "\n\n"
    + code("""
        def cross_entropy_error(y, t):
            if t.size == y.size:
                t = t.argmax(axis=1)
            return -np.sum(np.log(y[np.arange(len(y)), t] + 1e-7)) / len(y)


        class SoftmaxWithLoss:
            def __init__(self):
                self.loss = None
                self.y = None
                self.t = None

            def forward(self, x, t):
                self.t = t
                self.y = softmax(x)
                self.loss = cross_entropy_error(self.y, self.t)
                return self.loss

            def backward(self, dout=1):
                batch_size = self.t.shape[0]
                if self.t.size == self.y.size:
                    dx = (self.y - self.t) / batch_size
                else:
                    dx = self.y.copy()
                    dx[np.arange(batch_size), self.t] -= 1
                    dx = dx / batch_size
                return dx * dout
        """),
    "one-hot rows": SHARES
    + "\n\n"
    + code("""
        class SoftmaxWithLoss:
            def forward(self, x, t):
                self.y = softmax(x)
                self.t = np.eye(x.shape[1])[t] if t.ndim == 1 else t
                return -np.mean(np.sum(self.t * np.log(self.y + 1e-7), axis=1))

            def backward(self, dout=1):
                return dout * (self.y - self.t) / len(self.y)
        """),
    "the logarithm of a sum, no delta": code("""
        class SoftmaxWithLoss:
            def forward(self, x, t):
                logs = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
                self.labels = t if t.ndim == 1 else t.argmax(axis=1)
                self.logs = logs
                return -logs[np.arange(len(x)), self.labels].mean()

            def backward(self, dout=1.0):
                dx = np.exp(self.logs)
                dx[np.arange(len(dx)), self.labels] -= 1
                dx *= dout / len(dx)
                return dx
        """),
    "the gradient made in forward": SHARES
    + "\n\n"
    + code("""
        class SoftmaxWithLoss:
            def forward(self, x, t):
                if t.ndim == 1:
                    rows = np.zeros(x.shape)
                    for n, label in enumerate(t):
                        rows[n, label] = 1
                    t = rows
                y = softmax(x)
                self.slope = (y - t) / len(x)
                return -(t * np.log(np.clip(y, 1e-7, 1))).sum() / len(x)

            def backward(self, dout=1):
                return np.multiply(dout, self.slope)
        """),
    "closures": SHARES
    + "\n\n"
    + code("""
        from types import SimpleNamespace


        def SoftmaxWithLoss():
            kept = []

            def forward(x, t):
                rows = t if t.ndim == 2 else (t[:, None] == np.arange(x.shape[1])) * 1.0
                kept[:] = [softmax(x), rows]
                return -np.einsum("ni,ni->", rows, np.log(kept[0] + 1e-9)) / len(x)

            def backward(dout=1):
                y, rows = kept
                return [[dout * v / len(y) for v in row] for row in y - rows]

            return SimpleNamespace(forward=forward, backward=backward)
        """),
    "a dataclass and np.where": SHARES
    + "\n\n"
    + code("""
        from dataclasses import dataclass


        @dataclass
        class SoftmaxWithLoss:
            y: object = None
            hit: object = None

            def forward(self, x, t, eps=1e-12):
                self.y = softmax(x)
                labels = t if t.ndim == 1 else t.argmax(1)
                self.hit = np.arange(x.shape[1])[None, :] == labels[:, None]
                return np.mean(-np.log(np.maximum(self.y[self.hit], eps)))

            def backward(self, dout=1):
                return np.where(self.hit, self.y - 1, self.y) * dout / self.y.shape[0]
        """),
    "single precision, prints, Korean names": code("""
        class SoftmaxWithLoss:
            def forward(self, 점수, 정답):
                점수 = (점수 - 점수.max(axis=1, keepdims=True)).astype(np.float32)
                지수 = np.exp(점수)
                self.몫 = 지수 / 지수.sum(axis=1, keepdims=True)
                단위 = np.eye(점수.shape[1], dtype=np.float32)
                self.정답 = 단위[정답] if 정답.ndim == 1 else 정답.astype(np.float32)
                손실 = -np.sum(self.정답 * np.log(self.몫 + np.float32(1e-7)))
                print("손실", 손실)
                return 손실 / np.float32(len(점수))

            def backward(self, dout=1):
                return np.float32(dout / len(self.몫)) * (self.몫 - self.정답)
        """),
}

TWO_STAGES = (
    SHARES
    + "\n\n"
    + code("""
    class Softmax:
        def forward(self, x):
            self.y = softmax(x)
            return self.y

        def backward(self, dout):
            return self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))


    class SoftmaxWithLoss:
        def forward(self, x, t):
            self.t = np.eye(x.shape[1])[t] if t.ndim == 1 else t
            self.softmax = Softmax()
            self.y = self.softmax.forward(x)
            return -np.sum(self.t * np.log(self.y + 1e-7)) / len(x)

        def backward(self, dout=1):
            return self.softmax.backward(-dout * self.t / (self.y + 1e-7) / len(self.y))
    """)
)

# --- 3.8 two ways

SOFTMAX_CLASS = SOFTMAX_BACKWARD["in one line"]

Y_MINUS_T: dict[str, str] = {
    "as in the text": SOFTMAX_CLASS
    + "\n\n"
    + code("""
        def y_minus_t(x, t):
            layer = Softmax()
            y = layer.forward(x)
            staged = layer.backward(-t / (len(x) * y))
            short = (y - t) / len(x)
            return staged, short
        """),
    "a list, divided at the end": SOFTMAX_CLASS
    + "\n\n"
    + code("""
        def y_minus_t(x, t):
            softmax_layer = Softmax()
            y = softmax_layer.forward(x)
            N = x.shape[0]
            return [softmax_layer.backward(-t / y) / N, (y - t) / N]
        """),
    "stacked in one array": SOFTMAX_CLASS
    + "\n\n"
    + code("""
        def y_minus_t(x, t):
            layer = Softmax()
            y = layer.forward(x)
            return np.stack([layer.backward(np.where(t == 1, -1 / y, 0)), y - t]) / len(y)
        """),
    "node by node, no class": code("""
        def y_minus_t(x, t):
            e = np.exp(x - x.max(axis=1, keepdims=True))
            S = e.sum(axis=1, keepdims=True)
            y = e / S
            dy = -t / y / len(x)
            de = dy / S
            dS = -(dy * e).sum(axis=1, keepdims=True) / S**2
            return e * (de + dS), (y - t) / len(x)
        """),
    "a small number beside the share": SOFTMAX_CLASS
    + "\n\n"
    + code("""
        def y_minus_t(x, t):
            layer = Softmax()
            y = layer.forward(x)
            return layer.backward(-t / (y + 1e-7) / len(x)), (y - t) / len(x)
        """),
    "loops": code("""
        def y_minus_t(x, t):
            staged, short = np.zeros(x.shape), np.zeros(x.shape)
            for n in range(len(x)):
                e = np.exp(x[n] - max(x[n]))
                y = e / sum(e)
                d = [-t[n, i] / (len(x) * y[i]) for i in range(len(y))]
                mean = sum(d[i] * y[i] for i in range(len(y)))
                for i in range(len(y)):
                    staged[n, i] = y[i] * (d[i] - mean)
                    short[n, i] = (y[i] - t[n, i]) / len(x)
            return staged, short
        """),
    "single precision, prints, Korean names": SOFTMAX_CLASS
    + "\n\n"
    + code("""
        def y_minus_t(x, t, 확인=True):
            층 = Softmax()
            몫 = 층.forward(x.astype(np.float32))
            정답 = t.astype(np.float32)
            긴길 = 층.backward(-정답 / (np.float32(len(x)) * 몫))
            짧은길 = (몫 - 정답) / np.float32(len(x))
            if 확인:
                print("같다:", np.allclose(긴길, 짧은길, atol=1e-6))
            return 긴길, 짧은길
        """),
}

# --- 3.9 squared error

SQUARED_ERROR: dict[str, str] = {
    "np.mean": code("""
        class MeanSquaredError:
            def forward(self, h, y):
                self.diff = h - y
                return 0.5 * np.mean(self.diff**2)

            def backward(self, dout=1):
                return dout * self.diff / self.diff.size
        """),
    "both kept, sizes multiplied": code("""
        class MeanSquaredError:
            def __init__(self):
                self.h = None
                self.y = None

            def forward(self, h, y):
                self.h, self.y = h, y
                N, C = h.shape
                return np.sum(np.square(h - y)) / (2 * N * C)

            def backward(self, dout=1):
                N, C = self.h.shape
                return (self.h - self.y) / (N * C) * dout
        """),
    "loops": code("""
        class MeanSquaredError:
            def forward(self, h, y):
                self.h, self.y, total = h, y, 0.0
                for n in range(h.shape[0]):
                    for j in range(h.shape[1]):
                        total += (h[n, j] - y[n, j]) ** 2
                return total / h.size / 2

            def backward(self, dout=1):
                pairs = zip(self.h.tolist(), self.y.tolist())
                n = self.h.size
                return [[dout * (a - b) / n for a, b in zip(p, q)] for p, q in pairs]
        """),
    "target minus prediction, with its minus": code("""
        class MeanSquaredError:
            def forward(self, h, y):
                self.e = y - h
                return np.mean(np.mean(self.e**2, axis=1)) / 2

            def backward(self, dout=1.0):
                return -dout * self.e / np.prod(self.e.shape)
        """),
    "a scalar product, an average of averages": code("""
        from dataclasses import dataclass


        @dataclass
        class MeanSquaredError:
            d: object = None

            def forward(self, h, y):
                self.d = np.subtract(h, y)
                return np.vdot(self.d, self.d) / self.d.size * 0.5

            def backward(self, dout=1):
                return np.full_like(self.d, dout / self.d.size) * self.d
        """),
    "closures, the gradient made in forward": code("""
        from types import SimpleNamespace


        def MeanSquaredError():
            layer = SimpleNamespace()

            def forward(h, y):
                layer.slope = 2 * (h - y) / (2 * h.size)
                return np.einsum("ni,ni->", h - y, h - y) / (2 * h.size)

            layer.forward = forward
            layer.backward = lambda dout=1: dout * layer.slope
            return layer
        """),
    "single precision, prints, Korean names": code("""
        class MeanSquaredError:
            def forward(self, h, y):
                self.차이 = (h - y).astype(np.float32)
                손실 = np.mean(self.차이**2) / np.float32(2)
                print("손실", 손실)
                return 손실

            def backward(self, dout=1):
                return np.float32(dout) * self.차이 / np.float32(self.차이.size)
        """),
}

# --- 3.10 a network

RELU = code("""
    class Relu:
        def forward(self, x):
            self.mask = x <= 0
            out = x.copy()
            out[self.mask] = 0
            return out

        def backward(self, dout):
            dx = dout.copy()
            dx[self.mask] = 0
            return dx
    """)
LAYERS = "\n\n".join([AFFINE, RELU, LOSS_LAYERS["as books write it, with dout"]])

TWO_LAYER_NET: dict[str, str] = {
    "layers in an ordered dict, as books write it": LAYERS
    + "\n\n"
    + code("""
        from collections import OrderedDict


        class TwoLayerNet:
            def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
                self.params = {}
                self.params["W1"] = weight_init_std * np.random.randn(input_size, hidden_size)
                self.params["b1"] = np.zeros(hidden_size)
                self.params["W2"] = weight_init_std * np.random.randn(hidden_size, output_size)
                self.params["b2"] = np.zeros(output_size)
                self.layers = OrderedDict()
                self.layers["Affine1"] = Affine(self.params["W1"], self.params["b1"])
                self.layers["Relu1"] = Relu()
                self.layers["Affine2"] = Affine(self.params["W2"], self.params["b2"])
                self.last_layer = SoftmaxWithLoss()

            def predict(self, x):
                for layer in self.layers.values():
                    x = layer.forward(x)
                return x

            def loss(self, x, t):
                y = self.predict(x)
                return self.last_layer.forward(y, t)

            def accuracy(self, x, t):
                y = np.argmax(self.predict(x), axis=1)
                if t.ndim != 1:
                    t = np.argmax(t, axis=1)
                return np.sum(y == t) / float(x.shape[0])

            def gradient(self, x, t):
                self.loss(x, t)
                dout = self.last_layer.backward(1)
                for layer in reversed(list(self.layers.values())):
                    dout = layer.backward(dout)
                grads = {}
                grads["W1"] = self.layers["Affine1"].dW
                grads["b1"] = self.layers["Affine1"].db
                grads["W2"] = self.layers["Affine2"].dW
                grads["b2"] = self.layers["Affine2"].db
                return grads
        """),
    "layers made afresh at every call": LAYERS
    + "\n\n"
    + code("""
        class TwoLayerNet:
            def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
                sizes = [input_size, hidden_size, output_size]
                self.params = {}
                for k in (1, 2):
                    shape = (sizes[k - 1], sizes[k])
                    self.params[f"W{k}"] = np.random.normal(0, weight_init_std, shape)
                    self.params[f"b{k}"] = np.zeros(sizes[k])

            def build(self):
                p = self.params
                return [Affine(p["W1"], p["b1"]), Relu(), Affine(p["W2"], p["b2"])]

            def run(self, x):
                layers = self.build()
                for layer in layers:
                    x = layer.forward(x)
                return x, layers

            def predict(self, x):
                return self.run(x)[0]

            def loss(self, x, t):
                return SoftmaxWithLoss().forward(self.predict(x), t)

            def accuracy(self, x, t):
                t = t.argmax(axis=1) if t.ndim == 2 else t
                return (self.predict(x).argmax(axis=1) == t).mean()

            def gradient(self, x, t):
                scores, layers = self.run(x)
                last = SoftmaxWithLoss()
                last.forward(scores, t)
                d = last.backward()
                for layer in layers[::-1]:
                    d = layer.backward(d)
                first, _, second = layers
                return dict(W1=first.dW, b1=first.db, W2=second.dW, b2=second.db)
        """),
    "plain functions, probabilities returned": SHARES
    + "\n\n"
    + code("""
        class TwoLayerNet:
            def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
                rng = np.random.default_rng(1)
                self.params = {
                    "W1": weight_init_std * rng.standard_normal((input_size, hidden_size)),
                    "b1": np.zeros(hidden_size),
                    "W2": weight_init_std * rng.standard_normal((hidden_size, output_size)),
                    "b2": np.zeros(output_size),
                }

            def predict(self, x):
                W1, b1, W2, b2 = self.params.values()
                self.a = x @ W1 + b1
                self.z = np.maximum(self.a, 0)
                return softmax(self.z @ W2 + b2)

            def loss(self, x, t):
                y = self.predict(x)
                labels = t if t.ndim == 1 else t.argmax(axis=1)
                return -np.mean(np.log(y[np.arange(len(y)), labels] + 1e-7))

            def accuracy(self, x, t):
                labels = t if t.ndim == 1 else t.argmax(axis=1)
                return float(np.mean(self.predict(x).argmax(axis=1) == labels))

            def gradient(self, x, t):
                y = self.predict(x)
                labels = t if t.ndim == 1 else t.argmax(axis=1)
                y[np.arange(len(y)), labels] -= 1
                dscores = y / len(y)
                da = (dscores @ self.params["W2"].T) * (self.a > 0)
                return {
                    "W1": x.T @ da,
                    "b1": da.sum(axis=0),
                    "W2": self.z.T @ dscores,
                    "b2": dscores.sum(axis=0),
                }
        """),
    "single precision": SHARES
    + "\n\n"
    + code("""
        class TwoLayerNet:
            def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
                def small(*shape):
                    return (weight_init_std * np.random.randn(*shape)).astype(np.float32)

                self.params = {
                    "W1": small(input_size, hidden_size),
                    "b1": np.zeros(hidden_size, dtype=np.float32),
                    "W2": small(hidden_size, output_size),
                    "b2": np.zeros(output_size, dtype=np.float32),
                }

            def predict(self, x):
                p = self.params
                self.x = x.astype(np.float32)
                self.h = np.clip(self.x @ p["W1"] + p["b1"], 0, None)
                return self.h @ p["W2"] + p["b2"]

            def rows(self, t, classes):
                return np.eye(classes, dtype=np.float32)[t] if t.ndim == 1 else t.astype("float32")

            def loss(self, x, t):
                self.y = softmax(self.predict(x))
                self.t = self.rows(t, self.y.shape[1])
                return -np.sum(self.t * np.log(self.y + np.float32(1e-7))) / np.float32(len(x))

            def accuracy(self, x, t):
                scores = self.predict(x)
                wanted = self.rows(t, scores.shape[1]).argmax(axis=1)
                return np.mean(scores.argmax(axis=1) == wanted)

            def gradient(self, x, t):
                self.loss(x, t)
                d = (self.y - self.t) / np.float32(len(x))
                dh = np.where(self.h > 0, d @ self.params["W2"].T, np.float32(0))
                return {
                    "W1": self.x.T @ dh,
                    "b1": dh.sum(axis=0),
                    "W2": self.h.T @ d,
                    "b2": d.sum(axis=0),
                }
        """),
    "params collected from the layers by a property": LAYERS
    + "\n\n"
    + code("""
        class Net:
            def __init__(self, *layers):
                self.layers, self.end = layers, SoftmaxWithLoss()

            def predict(self, x):
                for layer in self.layers:
                    x = layer.forward(x)
                return x

            def loss(self, x, t):
                return self.end.forward(self.predict(x), t)


        class TwoLayerNet(Net):
            def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, seed=0):
                rng = np.random.default_rng(seed)
                W1 = rng.normal(scale=weight_init_std, size=(input_size, hidden_size))
                W2 = rng.normal(scale=weight_init_std, size=(hidden_size, output_size))
                b1, b2 = np.zeros(hidden_size), np.zeros(output_size)
                super().__init__(Affine(W1, b1), Relu(), Affine(W2, b2))

            @property
            def params(self):
                first, _, second = self.layers
                return {"W1": first.W, "b1": first.b, "W2": second.W, "b2": second.b}

            def accuracy(self, x, t):
                best = np.argmax(self.predict(x), axis=1)
                return np.average(best == (t if t.ndim == 1 else t.argmax(1)))

            def gradient(self, x, t):
                self.loss(x, t)
                d = self.end.backward()
                for layer in reversed(self.layers):
                    d = layer.backward(d)
                first, _, second = self.layers
                return {"b2": second.db, "W2": second.dW, "b1": first.db, "W1": first.dW}
        """),
    "closures, the logarithm of a sum, Korean names": code("""
        class TwoLayerNet:
            def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
                def 난수(*모양):
                    return np.random.default_rng(0).normal(0, weight_init_std, 모양)

                self.params = {
                    "W1": 난수(input_size, hidden_size),
                    "b1": np.zeros(hidden_size),
                    "W2": 난수(hidden_size, output_size),
                    "b2": np.zeros(output_size),
                }

            def 앞으로(self, x):
                W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
                합 = np.einsum("ni,ij->nj", x, W1) + b1
                은닉 = np.where(합 > 0, 합, 0)
                점수 = np.einsum("ni,ij->nj", 은닉, W2) + b2

                def 뒤로(d):
                    d합 = np.where(합 > 0, np.einsum("nj,ij->ni", d, W2), 0)
                    return {
                        "W1": np.einsum("ni,nj->ij", x, d합),
                        "b1": np.einsum("nj->j", d합),
                        "W2": np.einsum("ni,nj->ij", 은닉, d),
                        "b2": np.einsum("nj->j", d),
                    }

                return 점수, 뒤로

            def predict(self, x):
                return self.앞으로(x)[0]

            def 정답(self, t):
                return t if t.ndim == 1 else np.argmax(t, axis=1)

            def loss(self, x, t):
                점수 = self.predict(x)
                합 = np.logaddexp.reduce(점수, axis=1)
                return np.mean(합 - 점수[np.arange(len(x)), self.정답(t)])

            def accuracy(self, x, t):
                return np.mean(np.argmax(self.predict(x), axis=1) == self.정답(t))

            def gradient(self, x, t):
                점수, 뒤로 = self.앞으로(x)
                d = np.exp(점수 - np.logaddexp.reduce(점수, axis=1, keepdims=True))
                d[np.arange(len(x)), self.정답(t)] -= 1
                return 뒤로(d / len(x))
        """),
}

# --- 3.11 the judge

NAMING: dict[str, str] = {
    "suspects in a dict": code("""
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
                if dW.shape == suspect.shape and np.allclose(dW, suspect, rtol=1e-6, atol=0):
                    return name
        """),
    "one if after another": code("""
        def same(a, b):
            return a.shape == b.shape and np.max(np.abs(a - b)) <= 1e-6 * np.max(np.abs(b))


        def name_the_mistake(dW, x, dout):
            N = x.shape[0]
            right = np.dot(x.T, dout)
            if same(dW, right):
                return "right"
            if same(dW.T, right):
                return "transposed"
            if same(dW * N, right):
                return "divided by N"
            if same(dW / 2, right):
                return "doubled"
            if same(dW, x[-1:].T @ dout[-1:]):
                return "last sample only"
            if same(-dW, right):
                return "sign"
            return "unknown"
        """),
    "the nearest suspect": code("""
        def name_the_mistake(dW, x, dout):
            right = np.einsum("ni,nj->ij", x, dout)
            names = ["right", "transposed", "divided by N", "doubled", "last sample only", "sign"]
            last = x[-1][:, None] * dout[-1]
            tables = [right, right.T, right / len(x), right + right, last, -right]
            off = [
                np.linalg.norm(dW - table) if table.shape == dW.shape else np.inf
                for table in tables
            ]
            return names[int(np.argmin(off))]
        """),
    "ratios": code("""
        def name_the_mistake(dW, x, dout):
            right = sum(np.outer(a, b) for a, b in zip(x, dout))
            if dW.shape == right.shape:
                ratio = dW / right
                for name, c in [("right", 1), ("doubled", 2), ("sign", -1),
                                ("divided by N", 1 / len(x))]:
                    if np.all(np.abs(ratio - c) < 1e-6):
                        return name
                if np.all(np.abs(dW / np.outer(x[-1], dout[-1]) - 1) < 1e-6):
                    return "last sample only"
            return "transposed"
        """),
    "loops, prints": code("""
        def name_the_mistake(dW, x, dout, tol=1e-8):
            N, D = x.shape
            C = dout.shape[1]
            right = [[sum(x[n, i] * dout[n, j] for n in range(N)) for j in range(C)]
                     for i in range(D)]
            right = np.array(right)
            size = np.linalg.norm(right)

            def near(a):
                return dW.shape == a.shape and np.linalg.norm(dW - a) <= tol * size

            print(dW.shape, right.shape)
            if near(-right):
                return "sign"
            if near(np.outer(x[-1], dout[-1])):
                return "last sample only"
            if near(right * 2):
                return "doubled"
            if near(right / N):
                return "divided by N"
            return "transposed" if near(right.T) else "right"
        """),
    "match on what fits, Korean names": code("""
        def name_the_mistake(dW, x, dout):
            바른값 = x.T @ dout
            후보 = [
                ("right", 바른값),
                ("transposed", 바른값.T),
                ("divided by N", np.mean([np.outer(a, b) for a, b in zip(x, dout)], axis=0)),
                ("doubled", 2 * 바른값),
                ("last sample only", np.multiply.outer(x[-1], dout[-1])),
                ("sign", -바른값),
            ]

            def 같다(값):
                차이 = np.abs(dW - 값) / (np.abs(dW) + np.abs(값) + 1e-300)
                return bool((차이 < 1e-6).all())

            return next(이름 for 이름, 값 in 후보 if 값.shape == dW.shape and 같다(값))
        """),
}


def under_its_name(exercise: str, styles: dict[str, str]) -> list[Style]:
    return [Style(exercise, name, text) for name, text in styles.items()]


STYLES = [
    *under_its_name("affine_forward", AFFINE_STYLES),
    *under_its_name("affine_backward", AFFINE_STYLES),
    *under_its_name("affine_images", IMAGES),
    *under_its_name("softmax", SOFTMAX),
    *under_its_name("cross_entropy", CROSS_ENTROPY),
    *under_its_name("softmax_backward", SOFTMAX_BACKWARD),
    *under_its_name("softmax_with_loss", LOSS_LAYERS | {"two stages, with delta": TWO_STAGES}),
    *under_its_name("y_minus_t", Y_MINUS_T),
    *under_its_name("mean_squared_error", SQUARED_ERROR),
    *under_its_name("two_layer_net", TWO_LAYER_NET),
    *under_its_name("name_the_mistake", NAMING),
    *under_its_name(
        "ch3_bug",
        {name: text.replace("SoftmaxWithLoss", "LossLayer") for name, text in LOSS_LAYERS.items()},
    ),
]
