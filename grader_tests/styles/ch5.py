"""Chapter 5, optimizers: the same answers as different people write them."""

from __future__ import annotations

from textwrap import dedent

from grader_tests.styles import Style
from grader_tests.styles.ch3 import TWO_LAYER_NET


def code(text: str) -> str:
    """A snippet without the margin it has in this file."""
    return dedent(text).strip() + "\n"


# --- 5.1 SGD

SGD: dict[str, str] = {
    "as books write it": code("""
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                for key in params.keys():
                    params[key] -= self.lr * grads[key]
        """),
    "items, in place": code("""
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                for name, p in params.items():
                    p -= self.lr * grads[name]
        """),
    "zip of both dicts' values": code("""
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                for p, g in zip(params.values(), grads.values()):
                    p += -self.lr * g
        """),
    "np.subtract with out": code("""
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                for k in grads:
                    np.subtract(params[k], np.multiply(self.lr, grads[k]), out=params[k])
        """),
    "all entries assigned": code("""
        class SGD(object):
            def __init__(self, lr=0.01):
                self.learning_rate = lr

            def update(self, params, grads):
                for k in params:
                    params[k][...] = params[k] - self.learning_rate * grads[k]
        """),
    "params bound to new arrays": code("""
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                for k in params:
                    params[k] = params[k] - self.lr * grads[k]
        """),
    "a dict of new arrays, and dict.update": code("""
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                params.update({k: p - self.lr * grads[k] for k, p in params.items()})
        """),
    "gradients scaled in place": code("""
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                for k, g in grads.items():
                    g *= self.lr
                    params[k] -= g
        """),
    "a dataclass": code("""
        from dataclasses import dataclass


        @dataclass
        class SGD:
            lr: float = 0.01

            def update(self, params, grads):
                for k in params:
                    params[k] -= grads[k] * self.lr
        """),
    "a function that makes an optimizer of closures": code("""
        from types import SimpleNamespace


        def SGD(lr=0.01):
            def update(params, grads):
                for k in params:
                    params[k] -= lr * grads[k]

            return SimpleNamespace(update=update)
        """),
    "a base class and a step for one array": code("""
        class Optimizer:
            def update(self, params, grads):
                for k in sorted(params):
                    self.step(params[k], grads[k])
                return params


        class SGD(Optimizer):
            def __init__(self, lr=0.01, verbose=False):
                self.lr, self.verbose = lr, verbose

            def step(self, p, g):
                p -= self.lr * g
                if self.verbose:
                    print(np.linalg.norm(g))
        """),
    "entry by entry": code("""
        class SGD:
            def __init__(self, lr=0.01):
                self.lr = lr

            def update(self, params, grads):
                for k in params:
                    for place in np.ndindex(params[k].shape):
                        params[k][place] -= self.lr * grads[k][place]
        """),
    "Korean names, and prints": code("""
        class SGD:
            # 기울기의 반대 방향으로 한 걸음
            def __init__(self, lr=0.01):
                self.학습률 = lr

            def update(self, params, grads):
                for 이름 in params:
                    매개변수, 기울기 = params[이름], grads[이름]
                    매개변수 -= self.학습률 * 기울기
                    print(이름, "한 걸음")
        """),
}

# --- 5.2 momentum

MOMENTUM: dict[str, str] = {
    "as books write it": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr = lr
                self.momentum = momentum
                self.v = None

            def update(self, params, grads):
                if self.v is None:
                    self.v = {}
                    for key, val in params.items():
                        self.v[key] = np.zeros_like(val)

                for key in params.keys():
                    self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
                    params[key] += self.v[key]
        """),
    "the other sign": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.momentum, self.v = lr, momentum, {}

            def update(self, params, grads):
                for k in params:
                    v = self.v.get(k, 0.0)
                    self.v[k] = self.momentum * v + self.lr * grads[k]
                    params[k] -= self.v[k]
        """),
    "the rate outside the velocity": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.mu, self.buf = lr, momentum, {}

            def update(self, params, grads):
                for k, g in grads.items():
                    if k in self.buf:
                        self.buf[k] = self.mu * self.buf[k] + g
                    else:
                        self.buf[k] = g.copy()
                    params[k] -= self.lr * self.buf[k]
        """),
    "setdefault, and the velocity in place": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.momentum, self.v = lr, momentum, {}

            def update(self, params, grads):
                for k, p in params.items():
                    v = self.v.setdefault(k, np.zeros_like(p))
                    v *= self.momentum
                    v -= self.lr * grads[k]
                    p += v
        """),
    "defaultdict": code("""
        from collections import defaultdict


        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr = lr
                self.momentum = momentum
                self.v = defaultdict(float)

            def update(self, params, grads):
                for k in params:
                    self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
                    params[k] = params[k] + self.v[k]
        """),
    "a list of velocities": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9, nesterov=False):
                self.lr, self.momentum, self.nesterov = lr, momentum, nesterov
                self.velocities = []

            def update(self, params, grads):
                if len(self.velocities) == 0:
                    self.velocities = [np.zeros(p.shape) for p in params.values()]
                for p, g, v in zip(params.values(), grads.values(), self.velocities):
                    v[...] = self.momentum * v - self.lr * g
                    p += v
        """),
    "a dataclass": code("""
        from dataclasses import dataclass, field


        @dataclass
        class Momentum:
            lr: float = 0.01
            momentum: float = 0.9
            v: dict = field(default_factory=dict)

            def update(self, params, grads):
                for k in params:
                    pushed = -self.lr * grads[k]
                    self.v[k] = pushed + self.momentum * self.v[k] if k in self.v else pushed
                    np.add(params[k], self.v[k], out=params[k])
        """),
    "by the last two points": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.momentum, self.before = lr, momentum, {}

            def update(self, params, grads):
                for k, p in params.items():
                    now = p.copy()
                    rolling = self.momentum * (now - self.before.get(k, now))
                    p += rolling - self.lr * grads[k]
                    self.before[k] = now
        """),
    "the sum of all gradients so far": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.momentum, self.seen = lr, momentum, []

            def update(self, params, grads):
                self.seen.insert(0, {k: g.copy() for k, g in grads.items()})
                for k in params:
                    for age, old in enumerate(self.seen):
                        params[k] -= self.lr * self.momentum**age * old[k]
        """),
    "a base class that holds the state": code("""
        class Optimizer:
            def __init__(self, lr):
                self.lr = lr
                self.state = {}

            def update(self, params, grads):
                for k in params:
                    self.state[k], step = self.rule(self.state.get(k), grads[k])
                    params[k] += step


        class Momentum(Optimizer):
            def __init__(self, lr=0.01, momentum=0.9):
                super().__init__(lr)
                self.momentum = momentum

            def rule(self, v, g):
                v = -self.lr * g if v is None else self.momentum * v - self.lr * g
                return v, v
        """),
    "closures": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                v = {}

                def update(params, grads):
                    for k in grads:
                        v[k] = momentum * v.get(k, np.zeros_like(grads[k])) + lr * grads[k]
                        params[k] -= v[k]
                    return v

                self.update = update
        """),
    "Korean names": code("""
        class Momentum:
            def __init__(self, lr=0.01, momentum=0.9):
                self.학습률, self.관성 = lr, momentum
                self.속도 = None

            def update(self, params, grads):
                if self.속도 is None:
                    self.속도 = {이름: 0 for 이름 in params}
                for 이름 in params:
                    # 속도를 먼저 바꾸고, 그만큼 움직인다
                    self.속도[이름] = self.관성 * self.속도[이름] - self.학습률 * grads[이름]
                    params[이름] += self.속도[이름]
        """),
}

# --- 5.3 Nesterov

NESTEROV: dict[str, str] = {
    "as this chapter writes it": code("""
        class Nesterov:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr = lr
                self.momentum = momentum
                self.v = None

            def update(self, params, grads):
                if self.v is None:
                    self.v = {k: np.zeros_like(p) for k, p in params.items()}
                for k in params:
                    self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
                    params[k] += self.momentum * self.v[k] - self.lr * grads[k]
        """),
    "the step first, by the old velocity": code("""
        class Nesterov:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr = lr
                self.momentum = momentum
                self.v = None

            def update(self, params, grads):
                if self.v is None:
                    self.v = {}
                    for key, val in params.items():
                        self.v[key] = np.zeros_like(val)

                for key in params.keys():
                    params[key] += self.momentum * self.momentum * self.v[key]
                    params[key] -= (1 + self.momentum) * self.lr * grads[key]
                    self.v[key] *= self.momentum
                    self.v[key] -= self.lr * grads[key]
        """),
    "old and new velocity": code("""
        class Nesterov:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.mu, self.v = lr, momentum, {}

            def update(self, params, grads):
                mu = self.mu
                for k, g in grads.items():
                    old = self.v.setdefault(k, np.zeros_like(g)).copy()
                    self.v[k] = mu * self.v[k] - self.lr * g
                    params[k] += -mu * old + (1 + mu) * self.v[k]
        """),
    "the rate outside": code("""
        class Nesterov:
            def __init__(self, lr=0.01, momentum=0.9, weight_decay=0.0):
                self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
                self.state = {}

            def update(self, params, grads):
                for k, p in params.items():
                    g = grads[k] + self.weight_decay * p
                    buf = self.momentum * self.state.get(k, 0) + g
                    self.state[k] = buf
                    p -= self.lr * (g + self.momentum * buf)
        """),
    "the other sign, np.subtract with out": code("""
        from collections import defaultdict


        class Nesterov:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.momentum = lr, momentum
                self.v = defaultdict(lambda: 0.0)

            def update(self, params, grads):
                for k in params:
                    push = self.lr * grads[k]
                    self.v[k] = self.momentum * self.v[k] + push
                    np.subtract(params[k], self.momentum * self.v[k] + push, out=params[k])
        """),
    "a point that is kept, and the point ahead of it": code("""
        class Nesterov:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.momentum, self.kept = lr, momentum, {}

            def update(self, params, grads):
                for k, p in params.items():
                    theta, v = self.kept.get(k, (p.copy(), np.zeros_like(p)))
                    v = self.momentum * v - self.lr * grads[k]
                    theta = theta + v
                    self.kept[k] = theta, v
                    p[...] = theta + self.momentum * v
        """),
    "inherits from Momentum": MOMENTUM["setdefault, and the velocity in place"]
    + "\n\n"
    + code("""
        class Nesterov(Momentum):
            def update(self, params, grads):
                before = {k: p.copy() for k, p in params.items()}
                super().update(params, grads)
                for k, p in params.items():
                    p[...] = before[k] + self.momentum * self.v[k] - self.lr * grads[k]
        """),
    "params bound to new arrays": code("""
        class Nesterov:
            def __init__(self, lr=0.01, momentum=0.9):
                self.lr, self.momentum = lr, momentum
                self.v = dict()

            def update(self, params, grads):
                for k in params:
                    if k not in self.v:
                        self.v[k] = np.zeros(params[k].shape)
                    self.v[k] = self.momentum * self.v[k] - self.lr * grads[k]
                    params[k] = params[k] + self.momentum * self.v[k] - self.lr * grads[k]
        """),
    "a dataclass, Korean names": code("""
        from dataclasses import dataclass, field


        @dataclass
        class Nesterov:
            lr: float = 0.01
            momentum: float = 0.9
            속도: dict = field(default_factory=dict)

            def update(self, params, grads):
                for 이름, 기울기 in grads.items():
                    한걸음 = self.lr * 기울기
                    옛속도 = self.속도.get(이름, 0)
                    self.속도[이름] = self.momentum * 옛속도 - 한걸음
                    params[이름] += self.momentum * self.속도[이름] - 한걸음
        """),
}

# --- 5.4 AdaGrad and RMSprop

ADAGRAD_RMSPROP: dict[str, str] = {
    "as books write it": code("""
        class AdaGrad:
            def __init__(self, lr=0.01):
                self.lr = lr
                self.h = None

            def update(self, params, grads):
                if self.h is None:
                    self.h = {}
                    for key, val in params.items():
                        self.h[key] = np.zeros_like(val)

                for key in params.keys():
                    self.h[key] += grads[key] * grads[key]
                    params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)


        class RMSprop:
            def __init__(self, lr=0.01, decay_rate=0.99):
                self.lr = lr
                self.decay_rate = decay_rate
                self.h = None

            def update(self, params, grads):
                if self.h is None:
                    self.h = {}
                    for key, val in params.items():
                        self.h[key] = np.zeros_like(val)

                for key in params.keys():
                    self.h[key] *= self.decay_rate
                    self.h[key] += (1 - self.decay_rate) * grads[key] * grads[key]
                    params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)
        """),
    "eps outside the root": code("""
        class AdaGrad:
            def __init__(self, lr=0.01, eps=1e-7):
                self.lr, self.eps, self.h = lr, eps, {}

            def update(self, params, grads):
                for k, p in params.items():
                    h = self.h.setdefault(k, np.zeros_like(p))
                    h += grads[k] ** 2
                    p -= self.lr / (np.sqrt(h) + self.eps) * grads[k]


        class RMSprop:
            def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
                self.lr, self.rho, self.eps, self.h = lr, decay_rate, eps, {}

            def update(self, params, grads):
                for k, p in params.items():
                    h = self.h.setdefault(k, np.zeros_like(p))
                    h += (1 - self.rho) * (grads[k] ** 2 - h)
                    p -= self.lr / (np.sqrt(h) + self.eps) * grads[k]
        """),
    "eps inside the root": code("""
        from collections import defaultdict


        class AdaGrad:
            def __init__(self, lr=0.01, eps=1e-7):
                self.lr, self.eps, self.h = lr, eps, defaultdict(float)

            def update(self, params, grads):
                for k, g in grads.items():
                    self.h[k] = self.h[k] + g * g
                    params[k] -= self.lr * g / np.sqrt(self.h[k] + self.eps)


        class RMSprop:
            def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
                self.lr, self.decay_rate, self.eps = lr, decay_rate, eps
                self.h = defaultdict(float)

            def update(self, params, grads):
                for k, g in grads.items():
                    self.h[k] = self.decay_rate * self.h[k] + (1 - self.decay_rate) * g * g
                    params[k] -= self.lr * g / np.sqrt(self.h[k] + self.eps)
        """),
    "one outside, one inside, powers for roots": code("""
        class AdaGrad:
            def __init__(self, lr=0.01, eps=1e-7):
                self.lr, self.eps, self.squares = lr, eps, None

            def update(self, params, grads):
                if not self.squares:
                    self.squares = {k: 0.0 * p for k, p in params.items()}
                for k in params:
                    self.squares[k] += np.power(grads[k], 2)
                    params[k] += -self.lr * grads[k] * (self.squares[k] + self.eps) ** -0.5


        class RMSprop:
            def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
                self.lr, self.decay_rate, self.eps, self.mean = lr, decay_rate, eps, {}

            def update(self, params, grads):
                for k in params:
                    old = self.mean.get(k, np.zeros_like(params[k]))
                    new = np.average([old, grads[k] ** 2], axis=0,
                                     weights=[self.decay_rate, 1 - self.decay_rate])
                    self.mean[k] = new
                    params[k] += -self.lr * grads[k] / (new**0.5 + self.eps)
        """),
    "a base class, and what each adds to it": code("""
        class Scaled:
            def __init__(self, lr, eps):
                self.lr, self.eps, self.h = lr, eps, {}

            def update(self, params, grads):
                for k in params:
                    self.h[k] = self.gather(self.h.get(k, 0.0), np.square(grads[k]))
                    params[k] -= self.lr * grads[k] / (np.sqrt(self.h[k]) + self.eps)


        class AdaGrad(Scaled):
            def __init__(self, lr=0.01, eps=1e-7):
                super().__init__(lr, eps)

            def gather(self, h, square):
                return h + square


        class RMSprop(Scaled):
            def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
                super().__init__(lr, eps)
                self.decay_rate = decay_rate

            def gather(self, h, square):
                return self.decay_rate * h + (1 - self.decay_rate) * square
        """),
    "no eps at all, and no division by 0": code("""
        class AdaGrad:
            def __init__(self, lr=0.01):
                self.lr, self.h = lr, None

            def update(self, params, grads):
                self.h = self.h or {k: np.zeros_like(p) for k, p in params.items()}
                for k, g in grads.items():
                    self.h[k] += g**2
                    root = np.sqrt(self.h[k])
                    step = np.zeros_like(g)
                    np.divide(self.lr * g, root, out=step, where=root > 0)
                    params[k] -= step


        class RMSprop:
            def __init__(self, lr=0.01, decay_rate=0.99):
                self.lr, self.decay_rate, self.h = lr, decay_rate, None

            def update(self, params, grads):
                self.h = self.h or {k: np.zeros_like(p) for k, p in params.items()}
                for k, g in grads.items():
                    self.h[k] = self.decay_rate * self.h[k] + (1 - self.decay_rate) * g**2
                    root = np.sqrt(self.h[k])
                    params[k] -= self.lr * g / np.where(root == 0, 1.0, root)
        """),
    "the sums begin at eps": code("""
        class AdaGrad:
            def __init__(self, lr=0.01, eps=1e-7):
                self.lr, self.eps, self.h = lr, eps, None

            def update(self, params, grads):
                if self.h is None:
                    self.h = {k: np.full(p.shape, self.eps) for k, p in params.items()}
                for p, g, h in zip(params.values(), grads.values(), self.h.values()):
                    h += g * g
                    p -= self.lr * g / np.sqrt(h)


        class RMSprop:
            def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
                self.lr, self.decay_rate, self.eps, self.h = lr, decay_rate, eps, None

            def update(self, params, grads):
                if self.h is None:
                    self.h = {k: np.zeros(p.shape) for k, p in params.items()}
                for p, g, h in zip(params.values(), grads.values(), self.h.values()):
                    h[...] = self.decay_rate * h + (1 - self.decay_rate) * g * g
                    p -= self.lr * g / (np.sqrt(h) + self.eps)
        """),
    "dataclasses, params bound to new arrays": code("""
        from dataclasses import dataclass, field


        @dataclass
        class AdaGrad:
            lr: float = 0.01
            eps: float = 1e-7
            h: dict = field(default_factory=dict, repr=False)

            def update(self, params, grads):
                for k in params:
                    self.h[k] = self.h.get(k, 0) + grads[k] ** 2
                    params[k] = params[k] - self.lr * grads[k] / (np.sqrt(self.h[k]) + self.eps)


        @dataclass
        class RMSprop:
            lr: float = 0.01
            decay_rate: float = 0.99
            eps: float = 1e-7
            h: dict = field(default_factory=dict, repr=False)

            def update(self, params, grads):
                keep, add = self.decay_rate, 1 - self.decay_rate
                for k in params:
                    self.h[k] = keep * self.h.get(k, 0) + add * grads[k] ** 2
                    params[k] = params[k] - self.lr * grads[k] / (np.sqrt(self.h[k]) + self.eps)
        """),
    "Korean names, squares made in place": code("""
        class AdaGrad:
            def __init__(self, lr=0.01, eps=1e-7):
                self.학습률, self.작은수, self.제곱합 = lr, eps, {}

            def update(self, params, grads):
                for 이름, 기울기 in grads.items():
                    self.제곱합.setdefault(이름, np.zeros_like(기울기))
                    self.제곱합[이름] += 기울기 * 기울기
                    분모 = np.sqrt(self.제곱합[이름]) + self.작은수
                    params[이름] -= self.학습률 * 기울기 / 분모


        class RMSprop:
            def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
                self.학습률, self.감쇠율, self.작은수 = lr, decay_rate, eps
                self.제곱평균 = {}

            def update(self, params, grads):
                for 이름, 기울기 in grads.items():
                    # 오래된 기울기는 조금씩 잊는다
                    평균 = self.제곱평균.setdefault(이름, np.zeros_like(기울기))
                    평균 *= self.감쇠율
                    평균 += (1 - self.감쇠율) * 기울기**2
                    params[이름] -= self.학습률 * 기울기 / (np.sqrt(평균) + self.작은수)
        """),
    "the average as a weighted sum of all squares": code("""
        class AdaGrad:
            def __init__(self, lr=0.01, eps=1e-7, initial_accumulator=0.0):
                self.lr, self.eps, self.seen = lr, eps, {}
                self.initial_accumulator = initial_accumulator

            def update(self, params, grads):
                for k, g in grads.items():
                    self.seen.setdefault(k, []).append(g.copy())
                    total = self.initial_accumulator + np.sum(np.square(self.seen[k]), axis=0)
                    params[k] -= self.lr * g / (np.sqrt(total) + self.eps)


        class RMSprop:
            def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
                self.lr, self.decay_rate, self.eps, self.seen = lr, decay_rate, eps, {}

            def update(self, params, grads):
                for k, g in grads.items():
                    self.seen.setdefault(k, []).insert(0, g.copy())
                    faded = self.decay_rate ** np.arange(len(self.seen[k]))
                    mean = np.tensordot((1 - self.decay_rate) * faded, np.square(self.seen[k]), 1)
                    params[k] -= self.lr * g / (np.sqrt(mean) + self.eps)
        """),
}

# --- 5.5 Adam

ADAM: dict[str, str] = {
    "as the paper has it, eps outside the root": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.lr = lr
                self.beta1 = beta1
                self.beta2 = beta2
                self.eps = eps
                self.t = 0
                self.m = None
                self.v = None

            def update(self, params, grads):
                if self.m is None:
                    self.m, self.v = {}, {}
                    for k in params:
                        self.m[k] = np.zeros_like(params[k])
                        self.v[k] = np.zeros_like(params[k])
                self.t += 1
                for k in params:
                    self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * grads[k]
                    self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * grads[k] ** 2
                    m_hat = self.m[k] / (1 - self.beta1**self.t)
                    v_hat = self.v[k] / (1 - self.beta2**self.t)
                    params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        """),
    "the folded rate, as books write it": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
                self.lr = lr
                self.beta1 = beta1
                self.beta2 = beta2
                self.iter = 0
                self.m = None
                self.v = None

            def update(self, params, grads):
                if self.m is None:
                    self.m, self.v = {}, {}
                    for key, val in params.items():
                        self.m[key] = np.zeros_like(val)
                        self.v[key] = np.zeros_like(val)

                self.iter += 1
                root = np.sqrt(1.0 - self.beta2**self.iter)
                lr_t = self.lr * root / (1.0 - self.beta1**self.iter)

                for key in params.keys():
                    self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
                    self.v[key] += (1 - self.beta2) * (grads[key] ** 2 - self.v[key])
                    params[key] -= lr_t * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)
        """),
    "the folded rate, with eps": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.lr, self.betas, self.eps = lr, (beta1, beta2), eps
                self.state, self.t = {}, 0

            def update(self, params, grads):
                self.t += 1
                b1, b2 = self.betas
                rate = self.lr * np.sqrt(1 - b2**self.t) / (1 - b1**self.t)
                for k, g in grads.items():
                    m, v = self.state.get(k, (0.0, 0.0))
                    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
                    self.state[k] = m, v
                    params[k] -= rate * m / (np.sqrt(v) + self.eps)
        """),
    "eps inside the root": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
                self.m, self.v, self.t = {}, {}, 1

            def update(self, params, grads):
                for k, p in params.items():
                    m = self.m.setdefault(k, np.zeros_like(p))
                    v = self.v.setdefault(k, np.zeros_like(p))
                    m *= self.beta1
                    m += (1 - self.beta1) * grads[k]
                    v *= self.beta2
                    v += (1 - self.beta2) * np.square(grads[k])
                    m_hat = m / (1 - self.beta1**self.t)
                    v_hat = v / (1 - self.beta2**self.t)
                    p -= self.lr * m_hat / np.sqrt(v_hat + self.eps)
                self.t += 1
        """),
    "no eps at all, and no division by 0": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
                self.lr, self.beta1, self.beta2 = lr, beta1, beta2
                self.m = self.v = None
                self.t = 0

            def update(self, params, grads):
                if self.m is None:
                    self.m = {k: np.zeros_like(g) for k, g in grads.items()}
                    self.v = {k: np.zeros_like(g) for k, g in grads.items()}
                self.t = self.t + 1
                for k, g in grads.items():
                    self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
                    self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2
                    root = np.sqrt(self.v[k] / (1 - self.beta2**self.t))
                    m = self.m[k] / (1 - self.beta1**self.t)
                    step = np.divide(m, root, out=np.zeros_like(m), where=root != 0)
                    params[k] -= self.lr * step
        """),
    "a counter for each parameter": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0):
                self.defaults = dict(lr=lr, betas=(beta1, beta2), eps=eps, decay=weight_decay)
                self.state = {}

            def update(self, params, grads):
                beta1, beta2 = self.defaults["betas"]
                for k, p in params.items():
                    if k not in self.state:
                        self.state[k] = {"step": 0, "m": np.zeros_like(p), "v": np.zeros_like(p)}
                    s = self.state[k]
                    s["step"] += 1
                    g = grads[k] + self.defaults["decay"] * p
                    s["m"] = s["m"] * beta1 + g * (1 - beta1)
                    s["v"] = s["v"] * beta2 + g * g * (1 - beta2)
                    below = np.sqrt(s["v"]) / np.sqrt(1 - beta2 ** s["step"]) + self.defaults["eps"]
                    p -= self.defaults["lr"] / (1 - beta1 ** s["step"]) * s["m"] / below
        """),
    "running products of the betas": code("""
        class Adam:
            t1 = t2 = 1.0

            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
                self.moments = {}

            def update(self, params, grads):
                self.t1 *= self.beta1
                self.t2 *= self.beta2
                for k in params:
                    m, v = self.moments.get(k, (np.zeros_like(params[k]),) * 2)
                    m = self.beta1 * m + (1 - self.beta1) * grads[k]
                    v = self.beta2 * v + (1 - self.beta2) * grads[k] ** 2
                    self.moments[k] = (m, v)
                    step = (m / (1 - self.t1)) / ((v / (1 - self.t2)) ** 0.5 + self.eps)
                    params[k][:] = params[k] - self.lr * step
        """),
    "averages with their weights counted": code("""
        class Average:
            def __init__(self, beta):
                self.beta, self.total, self.weight = beta, 0.0, 0.0

            def add(self, value):
                self.total = self.beta * self.total + (1 - self.beta) * value
                self.weight = self.beta * self.weight + (1 - self.beta)
                return self.total / self.weight


        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
                self.averages = {}

            def update(self, params, grads):
                for k, g in grads.items():
                    if k not in self.averages:
                        self.averages[k] = Average(self.beta1), Average(self.beta2)
                    first, second = self.averages[k]
                    params[k] -= self.lr * first.add(g) / (np.sqrt(second.add(g**2)) + self.eps)
        """),
    "a base class and a generator of steps": code("""
        class Optimizer:
            count = 0

            def update(self, params, grads):
                self.count += 1
                for (name, p), step in zip(params.items(), self.steps(grads)):
                    np.subtract(p, step, out=p)


        class Adam(Optimizer):
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
                self.m, self.v = {}, {}

            def steps(self, grads):
                for k, g in grads.items():
                    self.m[k] = self.beta1 * self.m.get(k, 0) + (1 - self.beta1) * g
                    self.v[k] = self.beta2 * self.v.get(k, 0) + (1 - self.beta2) * g * g
                    m = self.m[k] / (1 - self.beta1**self.count)
                    v = self.v[k] / (1 - self.beta2**self.count)
                    yield self.lr * m / (np.sqrt(v) + self.eps)
        """),
    "closures": code("""
        from types import SimpleNamespace


        def Adam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
            m, v, calls = {}, {}, 0

            def update(params, grads):
                nonlocal calls
                calls += 1
                for k, g in grads.items():
                    m[k] = beta1 * m.get(k, 0.0) + (1 - beta1) * g
                    v[k] = beta2 * v.get(k, 0.0) + (1 - beta2) * g**2
                    right_m, right_v = m[k] / (1 - beta1**calls), v[k] / (1 - beta2**calls)
                    params[k] -= lr * right_m / (right_v**0.5 + eps)

            return SimpleNamespace(update=update)
        """),
    "a dataclass, defaultdict, params bound to new arrays": code("""
        from collections import defaultdict
        from dataclasses import dataclass, field


        @dataclass
        class Adam:
            lr: float = 0.001
            beta1: float = 0.9
            beta2: float = 0.999
            eps: float = 1e-8
            t: int = field(default=0, init=False)
            m: dict = field(default_factory=lambda: defaultdict(float), init=False)
            v: dict = field(default_factory=lambda: defaultdict(float), init=False)

            def update(self, params, grads):
                self.t += 1
                for k in params:
                    self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * grads[k]
                    self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * grads[k] ** 2
                    c1, c2 = 1 - self.beta1**self.t, 1 - self.beta2**self.t
                    step = self.lr * (self.m[k] / c1) / (np.sqrt(self.v[k] / c2) + self.eps)
                    params[k] = params[k] - step
        """),
    "Korean names, and a print": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.학습률, self.베타1, self.베타2, self.작은수 = lr, beta1, beta2, eps
                self.평균, self.제곱평균, self.횟수 = {}, {}, 0

            def update(self, params, grads):
                self.횟수 += 1
                for 이름, 기울기 in grads.items():
                    옛평균 = self.평균.get(이름, 0.0)
                    옛제곱 = self.제곱평균.get(이름, 0.0)
                    self.평균[이름] = self.베타1 * 옛평균 + (1 - self.베타1) * 기울기
                    self.제곱평균[이름] = self.베타2 * 옛제곱 + (1 - self.베타2) * 기울기**2
                    # 처음에 0에서 시작한 만큼 바로잡는다
                    바른평균 = self.평균[이름] / (1 - self.베타1**self.횟수)
                    바른제곱 = self.제곱평균[이름] / (1 - self.베타2**self.횟수)
                    params[이름] -= self.학습률 * 바른평균 / (np.sqrt(바른제곱) + self.작은수)
                if self.횟수 == 1:
                    print("첫 번째 걸음")
        """),
    "all parameters in one long row": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
                self.m, self.v, self.t = 0.0, 0.0, 0

            def update(self, params, grads):
                names = list(params)
                g = np.concatenate([grads[k].ravel() for k in names])
                self.t += 1
                self.m = self.beta1 * self.m + (1 - self.beta1) * g
                self.v = self.beta2 * self.v + (1 - self.beta2) * g * g
                m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
                step = self.lr * m / (np.sqrt(v) + self.eps)
                ends = np.cumsum([params[k].size for k in names])
                for k, part in zip(names, np.split(step, ends[:-1])):
                    params[k] -= part.reshape(params[k].shape)
        """),
    "gradients squared in place at the end": code("""
        class Adam:
            def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
                self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
                self.m, self.v, self.t = None, None, 0

            def update(self, params, grads):
                if self.t == 0:
                    self.m = {k: np.zeros_like(p) for k, p in params.items()}
                    self.v = {k: np.zeros_like(p) for k, p in params.items()}
                self.t += 1
                for k, g in grads.items():
                    self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
                    g **= 2
                    self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g
                    m = self.m[k] / (1 - self.beta1**self.t)
                    v = self.v[k] / (1 - self.beta2**self.t)
                    params[k] -= self.lr * m / (np.sqrt(v) + self.eps)
        """),
}

# --- 5.6 what the correction is for

BIAS_CORRECTION: dict[str, str] = {
    "the formula": code("""
        def uncorrected_first_step(beta1, beta2):
            return (1 - beta1) / np.sqrt(1 - beta2)
        """),
    "the math module": code("""
        import math


        def uncorrected_first_step(beta1, beta2):
            return (1.0 - beta1) / math.sqrt(1.0 - beta2)
        """),
    "a power": code("""
        def uncorrected_first_step(beta1=0.9, beta2=0.999):
            '''m is short of 1 - beta1, the root of v of sqrt(1 - beta2).'''
            m_part = 1 - beta1
            v_part = (1 - beta2) ** 0.5
            ratio = m_part / v_part
            print(ratio)
            return float(ratio)
        """),
    "a lambda": code("""
        uncorrected_first_step = lambda b1, b2: (1 - b1) * (1 - b2) ** -0.5
        """),
    "one step with, one without": code("""
        def first(beta1, beta2, corrected, g=3.0):
            m, v = (1 - beta1) * g, (1 - beta2) * g**2
            if corrected:
                m, v = m / (1 - beta1**1), v / (1 - beta2**1)
            return m / np.sqrt(v)


        def uncorrected_first_step(beta1, beta2):
            return first(beta1, beta2, False) / first(beta1, beta2, True)
        """),
    "an array of one gradient": code("""
        def uncorrected_first_step(beta1, beta2):
            g = np.array([0.5])
            m = beta1 * np.zeros_like(g) + (1 - beta1) * g
            v = beta2 * np.zeros_like(g) + (1 - beta2) * g * g
            return (m / np.sqrt(v)).item()
        """),
    "Korean names": code("""
        def uncorrected_first_step(beta1, beta2):
            # 분자는 beta1만큼, 분모는 beta2만큼 모자란다
            분자, 분모 = 1 - beta1, np.sqrt(1 - beta2)
            return 분자 / 분모
        """),
}

# --- 5.7 the training loop

TRAIN: dict[str, str] = {
    "as books write it": code("""
        def train(net, optimizer, batches):
            losses = []
            for x, t in batches:
                loss = net.loss(x, t)
                grads = net.gradient(x, t)
                params = net.params
                optimizer.update(params, grads)
                losses.append(loss)
            return losses
        """),
    "enumerate, and a print now and then": code("""
        def train(net, optimizer, batches, every=100):
            losses = []
            for k, (x, t) in enumerate(batches):
                losses.append(float(net.loss(x, t)))
                if k % every == 0:
                    print(k, losses[-1])
                optimizer.update(net.params, net.gradient(x, t))
            return losses
        """),
    "the gradient before the loss": code("""
        def train(net, optimizer, batches):
            history = list()
            for batch in batches:
                x, t = batch[0], batch[1]
                slopes = net.gradient(x, t)
                history += [net.loss(x, t)]
                optimizer.update(net.params, slopes)
            return history
        """),
    "a step of its own": code("""
        def one_step(net, optimizer, x, t):
            before = net.loss(x, t)
            optimizer.update(net.params, net.gradient(x, t))
            return before


        def train(net, optimizer, batches):
            return [one_step(net, optimizer, x, t) for x, t in batches]
        """),
    "next and StopIteration": code("""
        def train(net, optimizer, batches):
            losses, stream = [], iter(batches)
            while True:
                try:
                    x, t = next(stream)
                except StopIteration:
                    return losses
                losses.append(net.loss(x, t))
                grads = net.gradient(x, t)
                optimizer.update(net.params, grads)
        """),
    "a generator inside": code("""
        def train(net, optimizer, batches):
            def losses():
                for x, t in batches:
                    yield net.loss(x, t)
                    optimizer.update(net.params, net.gradient(x, t))

            return list(losses())
        """),
    "all batches first in a list": code("""
        def train(net, optimizer, batches):
            batches = list(batches)
            losses = [0.0] * len(batches)
            for i in range(len(batches)):
                x, t = batches[i]
                losses[i] = net.loss(x, t)
                grads = {name: slope.copy() for name, slope in net.gradient(x, t).items()}
                optimizer.update(net.params, grads)
            return losses
        """),
    "map": code("""
        from functools import partial


        def step(net, optimizer, pair):
            loss, grads = net.loss(*pair), net.gradient(*pair)
            optimizer.update(net.params, grads)
            return loss


        def train(net, optimizer, batches):
            return list(map(partial(step, net, optimizer), batches))
        """),
    "Korean names": code("""
        def train(net, optimizer, batches):
            손실들 = []
            for 입력, 정답 in batches:
                # 손실을 먼저 적고, 그다음에 움직인다
                손실들.append(net.loss(입력, 정답))
                기울기 = net.gradient(입력, 정답)
                optimizer.update(net.params, 기울기)
            return 손실들
        """),
}

# --- 5.8 steps to a threshold

STEPS: dict[str, str] = {
    "a loop": code("""
        def steps_to_threshold(losses, threshold):
            for k, loss in enumerate(losses):
                if loss < threshold:
                    return k
            return None
        """),
    "next with a default": code("""
        def steps_to_threshold(losses, threshold):
            return next((k for k, loss in enumerate(losses) if loss < threshold), None)
        """),
    "np.flatnonzero": code("""
        def steps_to_threshold(losses, threshold):
            below = np.flatnonzero(np.array(losses) < threshold)
            return int(below[0]) if below.size else None
        """),
    "any and argmax": code("""
        def steps_to_threshold(losses, threshold=1e-6):
            small = np.asarray(losses) < threshold
            if np.any(small):
                return np.argmax(small)
        """),
    "while": code("""
        def steps_to_threshold(losses, threshold):
            k = 0
            while k < len(losses) and not losses[k] < threshold:
                k += 1
            if k == len(losses):
                return None
            return k
        """),
    "for and else": code("""
        def steps_to_threshold(losses, threshold):
            for k in range(len(losses)):
                if losses[k] < threshold:
                    break
            else:
                k = None
            return k
        """),
    "takewhile": code("""
        from itertools import takewhile


        def steps_to_threshold(losses, threshold):
            before = sum(1 for _ in takewhile(lambda loss: loss >= threshold, losses))
            return before if before < len(losses) else None
        """),
    "index of True, Korean names": code("""
        def steps_to_threshold(losses, threshold):
            작은가 = [손실 < threshold for 손실 in losses]
            try:
                return 작은가.index(True)
            except ValueError:
                return None
        """),
    "recursion": code("""
        def steps_to_threshold(losses, threshold, start=0):
            if start == len(losses):
                return None
            if losses[start] < threshold:
                return start
            return steps_to_threshold(losses, threshold, start + 1)
        """),
}

# --- 5.9 a printed log

PRINTED_LOG: dict[str, str] = {
    "the formula": code("""
        def predicted_ratio(lr, hidden, s):
            return (1 - lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2
        """),
    "step by step": code("""
        def predicted_ratio(lr, hidden, s):
            slope = 0.5 * (1 - 0.5)
            inputs = 1.0 + hidden * 0.5**2
            shrink = 1 - lr * s * slope**2 * inputs
            return shrink * shrink
        """),
    "multiplied out": code("""
        def predicted_ratio(lr, hidden, s=1.0):
            a = lr * s * (4 + hidden) / 64
            return 1 - 2 * a + a**2
        """),
    "numpy, and a print": code("""
        def predicted_ratio(lr, hidden, s):
            h = np.append(np.full(hidden, 0.5), 1.0)
            factor = 1.0 - lr * s / 16 * np.dot(h, h)
            print("factor", factor)
            return float(np.square(factor))
        """),
    "a loop over the units": code("""
        def predicted_ratio(lr, hidden, s):
            moved = 1.0
            for _ in range(hidden):
                moved += 0.5 * 0.5
            error = 1.0
            error -= lr * s * 0.25 * moved * 0.25 * error
            return error**2 / 1.0**2
        """),
    "loss after over loss before": code("""
        def predicted_ratio(lr, hidden, s):
            def loss(e):
                return e**2 / 2

            error = 0.7
            d_sum = s * error * 0.25
            change = -lr * (d_sum + hidden * d_sum * 0.5 * 0.5)
            return loss(error + 0.25 * change) / loss(error)
        """),
    "math.pow, Korean names": code("""
        import math


        def predicted_ratio(lr, hidden, s):
            기울기 = 0.25  # 시그모이드의 기울기
            합 = 1 + 0.25 * hidden
            return math.pow(1 - lr * s * 기울기 * 기울기 * 합, 2)
        """),
}

# --- 5.10 minibatches

MINIBATCHES: dict[str, str] = {
    "a permutation and a generator": code("""
        def minibatches(x, t, batch_size, rng):
            order = rng.permutation(len(x))
            for start in range(0, len(x), batch_size):
                batch = order[start : start + batch_size]
                yield x[batch], t[batch]
        """),
    "a list": code("""
        def minibatches(x, t, batch_size, rng):
            order = rng.permutation(x.shape[0])
            batches = []
            for i in range(0, x.shape[0], batch_size):
                mask = order[i : i + batch_size]
                batches.append((x[mask], t[mask]))
            return batches
        """),
    "copies shuffled, then slices": code("""
        def minibatches(x, t, batch_size, rng):
            order = np.arange(len(x))
            rng.shuffle(order)
            x, t = x[order], t[order]
            return [
                (x[i : i + batch_size], t[i : i + batch_size]) for i in range(0, len(x), batch_size)
            ]
        """),
    "np.array_split where batches end": code("""
        def minibatches(x, t, batch_size, rng):
            ends = range(batch_size, len(x), batch_size)
            for batch in np.array_split(rng.permutation(len(x)), ends):
                yield np.take(x, batch, axis=0), np.take(t, batch, axis=0)
        """),
    "zip of two splits": code("""
        def minibatches(x, t, batch_size, rng):
            order = rng.choice(len(x), size=len(x), replace=False)
            ends = np.arange(batch_size, len(x), batch_size)
            return zip(np.split(x[order], ends), np.split(t[order], ends))
        """),
    "while there are samples left": code("""
        def minibatches(x, t, batch_size, rng, shuffle=True):
            left = list(range(len(x)))
            if shuffle:
                rng.shuffle(left)
            while left:
                batch, left = left[:batch_size], left[batch_size:]
                yield x[batch], t[batch]
        """),
    "sorted by random numbers": code("""
        def minibatches(x, t, batch_size, rng):
            order = np.argsort(rng.random(len(x)))
            count = int(np.ceil(len(x) / batch_size))
            return (
                (x[order[k * batch_size : (k + 1) * batch_size]],
                 t[order[k * batch_size : (k + 1) * batch_size]])
                for k in range(count)
            )
        """),
    "an iterator class": code("""
        class minibatches:
            def __init__(self, x, t, batch_size, rng):
                self.x, self.t, self.batch_size = x, t, batch_size
                self.order = rng.permutation(len(x))
                self.at = 0

            def __iter__(self):
                return self

            def __next__(self):
                if self.at >= len(self.order):
                    raise StopIteration
                batch = self.order[self.at : self.at + self.batch_size]
                self.at += self.batch_size
                return self.x[batch], self.t[batch]
        """),
    "yield from, Korean names": code("""
        def minibatches(x, t, batch_size, rng):
            순서 = rng.permutation(len(x))
            묶음들 = [순서[i : i + batch_size] for i in range(0, len(순서), batch_size)]
            yield from ((x[묶음], t[묶음]) for 묶음 in 묶음들)
        """),
    "rows stacked one by one": code("""
        def minibatches(x, t, batch_size, rng):
            rows, targets = [], []
            for place in rng.permutation(len(x)):
                rows.append(x[place])
                targets.append(t[place])
                if len(rows) == batch_size:
                    yield np.stack(rows), np.array(targets)
                    rows, targets = [], []
            if rows:
                yield np.stack(rows), np.array(targets)
        """),
}

# --- 5.11 the digits


def with_tools(train_on_digits: str, *tools: str) -> str:
    """An answer to 5.11 after everything that it builds on."""
    return "\n\n".join([*tools, code(train_on_digits)])


DIGITS: dict[str, str] = {
    "as books write everything": with_tools(
        """
        from course import data


        def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
            digits = data.digits()
            rng = np.random.default_rng(seed)
            net = TwoLayerNet(64, 50, 10)
            for epoch in range(epochs):
                batches = minibatches(digits.x_train, digits.t_train, batch_size, rng)
                losses = train(net, optimizer, batches)
                if not np.mean(losses) < 3.0:
                    raise FloatingPointError(f"The loss of epoch {epoch} is {np.mean(losses)}.")
            return net
        """,
        SGD["as books write it"],
        MOMENTUM["as books write it"],
        ADAGRAD_RMSPROP["as books write it"],
        ADAM["the folded rate, as books write it"],
        MINIBATCHES["a permutation and a generator"],
        TRAIN["as books write it"],
        TWO_LAYER_NET["layers in an ordered dict, as books write it"],
    ),
    "params bound to new arrays, and a net that reads them each time": with_tools(
        """
        from course.data import digits


        def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
            rng, pictures = np.random.default_rng(seed), digits()
            net = TwoLayerNet(64, 50, 10)
            for epoch in range(1, epochs + 1):
                epoch_losses = train(
                    net,
                    optimizer,
                    minibatches(pictures.x_train, pictures.t_train, batch_size, rng),
                )
                mean = sum(epoch_losses) / len(epoch_losses)
                print(f"epoch {epoch}: {mean:.4f}")
                if mean >= 3.0 or np.isnan(mean):
                    raise FloatingPointError("The net has learnt nothing; is the rate too large?")
            return net
        """,
        SGD["params bound to new arrays"],
        MOMENTUM["defaultdict"],
        ADAGRAD_RMSPROP["dataclasses, params bound to new arrays"],
        ADAM["a dataclass, defaultdict, params bound to new arrays"],
        MINIBATCHES["a list"],
        TRAIN["a step of its own"],
        TWO_LAYER_NET["layers made afresh at every call"],
    ),
    "probabilities, one long stream of batches": with_tools(
        """
        from itertools import chain

        from course import data


        def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
            x, t = data.digits().x_train, data.digits().t_train
            rng = np.random.default_rng(seed)
            net = TwoLayerNet(64, 50, 10)
            stream = chain.from_iterable(minibatches(x, t, batch_size, rng) for _ in range(epochs))
            losses = np.reshape(train(net, optimizer, stream), (epochs, -1))
            if not np.all(losses.mean(axis=1) < 3.0):
                raise FloatingPointError("In some epoch the mean loss isn't below ln 10.")
            return net
        """,
        SGD["np.subtract with out"],
        MOMENTUM["the other sign"],
        ADAGRAD_RMSPROP["no eps at all, and no division by 0"],
        ADAM["no eps at all, and no division by 0"],
        MINIBATCHES["copies shuffled, then slices"],
        TRAIN["a generator inside"],
        TWO_LAYER_NET["plain functions, probabilities returned"],
    ),
    "single precision": with_tools(
        """
        from course import data


        def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
            digits = data.digits()
            net = TwoLayerNet(64, 50, 10)
            rng = np.random.default_rng(seed)
            with np.errstate(all="ignore"):
                for _ in range(epochs):
                    batches = minibatches(digits.x_train, digits.t_train, batch_size, rng)
                    losses = np.array(train(net, optimizer, batches))
                    if not (np.isfinite(losses).all() and losses.mean() < 3.0):
                        raise FloatingPointError("The losses are too large, or no numbers.")
            return net
        """,
        SGD["items, in place"],
        MOMENTUM["setdefault, and the velocity in place"],
        ADAGRAD_RMSPROP["eps outside the root"],
        ADAM["eps inside the root"],
        MINIBATCHES["np.array_split where batches end"],
        TRAIN["enumerate, and a print now and then"],
        TWO_LAYER_NET["single precision"],
    ),
    "params by a property, base classes": with_tools(
        """
        from course import data

        DIGITS = data.digits()


        def one_epoch(net, optimizer, batch_size, rng):
            pairs = minibatches(DIGITS.x_train, DIGITS.t_train, batch_size, rng)
            return np.mean(train(net, optimizer, pairs))


        def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0, limit=3.0):
            net, rng = TwoLayerNet(64, 50, 10), np.random.default_rng(seed)
            while epochs > 0:
                if not one_epoch(net, optimizer, batch_size, rng) < limit:
                    raise FloatingPointError("This is no better than guessing.")
                epochs -= 1
            return net
        """,
        SGD["a base class and a step for one array"],
        MOMENTUM["a base class that holds the state"],
        ADAGRAD_RMSPROP["a base class, and what each adds to it"],
        ADAM["running products of the betas"],
        MINIBATCHES["zip of two splits"],
        TRAIN["map"],
        TWO_LAYER_NET["params collected from the layers by a property"],
    ),
    "closures, an iterator class": with_tools(
        """
        import math

        from course import data


        class Diverged(FloatingPointError):
            pass


        def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
            digits = data.digits()
            net = TwoLayerNet(64, 50, 10)
            rng = np.random.default_rng(seed)

            def epoch():
                losses = train(
                    net, optimizer, minibatches(digits.x_train, digits.t_train, batch_size, rng)
                )
                return math.fsum(losses) / len(losses)

            history = []
            for number in range(epochs):
                history.append(epoch())
                if not history[-1] < math.log(10):
                    raise Diverged(f"Epoch {number} went wrong: {history}.")
            net.history = history
            return net
        """,
        SGD["a function that makes an optimizer of closures"],
        MOMENTUM["closures"],
        ADAGRAD_RMSPROP["the sums begin at eps"],
        ADAM["closures"],
        MINIBATCHES["an iterator class"],
        TRAIN["next and StopIteration"],
        TWO_LAYER_NET["layers in an ordered dict, as books write it"],
    ),
    "the rate in the message, the losses added up batch by batch": with_tools(
        """
        from course.data import digits


        def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
            shown, rng, net = digits(), np.random.default_rng(seed), TwoLayerNet(64, 50, 10)
            name = f"{type(optimizer).__name__} at a rate of {optimizer.lr}"
            for epoch in range(epochs):
                batches = list(minibatches(shown.x_train, shown.t_train, batch_size, rng))
                total = sum(loss for batch in batches for loss in train(net, optimizer, [batch]))
                if not total < 3 * len(batches):
                    raise FloatingPointError(f"{name} has learnt nothing in epoch {epoch + 1}.")
            return net
        """,
        SGD["as books write it"],
        MOMENTUM["as books write it"],
        ADAGRAD_RMSPROP["as books write it"],
        ADAM["the folded rate, as books write it"],
        MINIBATCHES["a list"],
        TRAIN["as books write it"],
        TWO_LAYER_NET["layers in an ordered dict, as books write it"],
    ),
    "Korean names": with_tools(
        """
        from course import data


        def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
            숫자들 = data.digits()
            난수 = np.random.default_rng(seed)
            신경망 = TwoLayerNet(64, 50, 10)
            for 번째 in range(epochs):
                묶음들 = minibatches(숫자들.x_train, 숫자들.t_train, batch_size, 난수)
                평균손실 = np.mean(train(신경망, optimizer, 묶음들))
                if not 평균손실 < 3.0:
                    # 아무것도 배우지 못했다
                    raise FloatingPointError(f"{번째}번째 에폭의 평균 손실: {평균손실}")
            return 신경망
        """,
        SGD["Korean names, and prints"],
        MOMENTUM["Korean names"],
        ADAGRAD_RMSPROP["Korean names, squares made in place"],
        ADAM["Korean names, and a print"],
        MINIBATCHES["yield from, Korean names"],
        TRAIN["Korean names"],
        TWO_LAYER_NET["closures, the logarithm of a sum, Korean names"],
    ),
}
DIGITS["an unlucky order of the batches, with which SGD forgets a digit"] = DIGITS[
    "as books write everything"
].replace("default_rng(seed)", "default_rng([seed, 227])")


def under_its_name(exercise: str, styles: dict[str, str]) -> list[Style]:
    return [Style(exercise, name, text) for name, text in styles.items()]


STYLES = [
    *under_its_name("sgd", SGD),
    *under_its_name("momentum", MOMENTUM),
    *under_its_name("nesterov", NESTEROV),
    *under_its_name("adagrad_rmsprop", ADAGRAD_RMSPROP),
    *under_its_name("adam", ADAM),
    *under_its_name("bias_correction", BIAS_CORRECTION),
    *under_its_name("train", TRAIN),
    *under_its_name("steps_to_threshold", STEPS),
    *under_its_name("printed_log", PRINTED_LOG),
    *under_its_name("minibatches", MINIBATCHES),
    *under_its_name("digits", DIGITS),
    *under_its_name(
        "ch5_bug",
        {name: text.replace("Adam", "PrintedAdam") for name, text in ADAM.items()},
    ),
]
