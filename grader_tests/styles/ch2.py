"""Chapter 2, activation layers: the same answers as different people write them."""

from __future__ import annotations

from grader_tests.styles import Style
from grader_tests.styles.ch1 import code

# --- 2.1 and 2.2 ReLU: each of these is a whole answer to both

RELUS = {
    "np.where both ways": code("""
        class Relu:
            def __init__(self):
                self.passed = None

            def forward(self, x):
                self.passed = x > 0
                return np.where(self.passed, x, 0)

            def backward(self, dout):
                return np.where(self.passed, dout, 0)
        """),
    "the book's own, which writes into dout": code("""
        class Relu:
            def __init__(self):
                self.mask = None

            def forward(self, x):
                self.mask = (x <= 0)
                out = x.copy()
                out[self.mask] = 0

                return out

            def backward(self, dout):
                dout[self.mask] = 0
                dx = dout

                return dx
        """),
    "np.maximum, the input kept, 1 on the corner": code("""
        class Relu:
            def forward(self, x):
                self.x = x
                return np.maximum(0, x)

            def backward(self, dout):
                return dout * (self.x >= 0)
        """),
    "multiplied by the mask": code("""
        class Relu:
            def forward(self, x):
                self.gate = x > 0
                return x * self.gate

            def backward(self, dout=1):
                return dout * self.gate
        """),
    "clip, and half of the upstream gradient on the corner": code("""
        class Relu:
            def forward(self, x):
                self.slope = (1 + np.sign(x)) / 2
                return np.clip(x, 0, None)

            def backward(self, dout):
                return self.slope * dout
        """),
    "half the sum of x and its size": code("""
        class Relu:
            def forward(self, x):
                self.kept = x.copy()
                return (x + np.abs(x)) / 2

            def backward(self, dout):
                return np.heaviside(self.kept, 0.25) * dout
        """),
    "loops over every place, Korean names": code("""
        class Relu:
            def forward(self, x):
                self.열림 = np.zeros(x.shape, dtype=bool)
                나감 = np.zeros_like(x)
                for 자리 in np.ndindex(x.shape):
                    if x[자리] > 0:
                        self.열림[자리] = True
                        나감[자리] = x[자리]
                print("통과:", self.열림.sum())
                return 나감

            def backward(self, dout):
                dx = np.zeros(dout.shape)
                for 자리 in np.ndindex(dout.shape):
                    dx[자리] = dout[자리] if self.열림[자리] else 0.0
                return dx
        """),
    "a dataclass that remembers its output": code("""
        from dataclasses import dataclass


        @dataclass
        class Relu:
            out: object = None

            def forward(self, x):
                self.out = np.fmax(x, 0)
                return self.out

            def backward(self, dout):
                dx = dout.copy()
                dx[self.out == 0] = 0
                return dx
        """),
    "closures": code("""
        from types import SimpleNamespace


        def Relu():
            kept = {}

            def forward(x):
                kept["gate"] = (x > 0).astype(x.dtype)
                return kept["gate"] * x

            def backward(dout):
                return np.multiply(kept["gate"], dout)

            return SimpleNamespace(forward=forward, backward=backward)
        """),
    "inheritance, and a function that both passes use": code("""
        def through(gate, values):
            out = np.zeros_like(values)
            np.copyto(out, values, where=gate)
            return out


        class Layer:
            def __init__(self, name="layer"):
                self.name = name

            def __call__(self, x):
                return self.forward(x)


        class Relu(Layer):
            def forward(self, x):
                self.gate = np.greater(x, 0)
                return through(self.gate, x)

            def backward(self, dout):
                return through(self.gate, dout)
        """),
    "np.putmask, and a list as memory": code("""
        class Relu:
            def __init__(self, verbose=False):
                self.memory = []
                self.verbose = verbose

            def forward(self, x, training=True):
                shut = ~(x > 0)
                self.memory = [shut]
                y = np.array(x)
                np.putmask(y, shut, 0)
                return y

            def backward(self, dout):
                (shut,) = self.memory
                dx = np.array(dout)
                np.putmask(dx, shut, 0)
                return dx
        """),
    "float32 inside": code("""
        class Relu:
            def forward(self, x):
                x = np.asarray(x, dtype=np.float32)
                self.gate = (x > 0).astype(np.float32)
                return x * self.gate

            def backward(self, dout):
                return np.asarray(dout, dtype=np.float32) * self.gate
        """),
    "written into x itself": code("""
        class Relu:
            def forward(self, x):
                self.mask = x <= 0
                x[self.mask] = 0
                return x

            def backward(self, dout):
                dout *= ~self.mask
                return dout
        """),
}

ONLY_THERE = [
    Style(
        "relu_forward",
        "whole numbers refused out loud, backward not written yet",
        code("""
            class Relu:
                def forward(self, x):
                    if not np.issubdtype(x.dtype, np.floating):
                        raise TypeError("floats only")
                    self.passed = x > 0
                    return np.where(self.passed, x, x.dtype.type(0))

                def backward(self, dout):
                    raise NotImplementedError("2.2")
            """),
    ),
    Style(
        "relu_forward",
        "nested lists",
        code("""
            class Relu:
                def forward(self, x):
                    self.x = x

                    def each(part):
                        return [each(p) for p in part] if isinstance(part, list) else max(part, 0)

                    return each(x.tolist()) if x.size else x * 0

                def backward(self, dout):
                    return dout * (self.x > 0)
            """),
    ),
]

ONLY_BACK = [
    Style(
        "relu_backward",
        "a forward that returns nothing keeps the gates",
        code("""
            class Relu:
                def forward(self, x):
                    self.gate = x > 0

                def backward(self, dout):
                    return np.where(self.gate, dout, 0.0)
            """),
    ),
    Style(
        "relu_backward",
        "nested lists back",
        code("""
            class Relu:
                def forward(self, x):
                    self.gate = x > 0
                    return x * self.gate

                def backward(self, dout):
                    dx = dout * self.gate
                    return dx.tolist() if dx.size else dx
            """),
    ),
]

# --- 2.3 a sigmoid from four nodes

NODES = code("""
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
    """)


def from_nodes(text: str) -> str:
    return f"{NODES}\n\n{code(text)}"


FROM_NODES = [
    Style(
        "sigmoid_from_nodes",
        "one line for each node",
        from_nodes("""
            def sigmoid_from_nodes(x, dout=1.0):
                negate = Scale(-1)
                exponential = ExpLayer()
                plus_one = Shift(1)
                reciprocal = Reciprocal()

                minus = negate.forward(x)
                power = exponential.forward(minus)
                total = plus_one.forward(power)
                y = reciprocal.forward(total)

                dtotal = reciprocal.backward(dout)
                dpower = plus_one.backward(dtotal)
                dminus = exponential.backward(dpower)
                dx = negate.backward(dminus)
                return y, dx
            """),
    ),
    Style(
        "sigmoid_from_nodes",
        "two loops over a list of nodes",
        from_nodes("""
            def sigmoid_from_nodes(x, dout=1.0):
                row = [Scale(-1), ExpLayer(), Shift(1), Reciprocal()]
                for node in row:
                    x = node.forward(x)
                for node in row[::-1]:
                    dout = node.backward(dout)
                return [x, dout]
            """),
    ),
    Style(
        "sigmoid_from_nodes",
        "calls inside calls, Korean names, prints",
        from_nodes("""
            def sigmoid_from_nodes(x, dout=1.0, 말하기=True):
                부호, 지수, 더하기, 역수 = Scale(-1.0), ExpLayer(), Shift(1.0), Reciprocal()
                결과 = 역수.forward(더하기.forward(지수.forward(부호.forward(x))))
                기울기 = 부호.backward(지수.backward(더하기.backward(역수.backward(dout))))
                if 말하기:
                    print("결과", 결과, "기울기", 기울기)
                return 결과, 기울기
            """),
    ),
    Style(
        "sigmoid_from_nodes",
        "by reduce",
        from_nodes("""
            from functools import reduce


            def sigmoid_from_nodes(x, dout=1.0):
                row = (Scale(-1), ExpLayer(), Shift(1), Reciprocal())
                y = reduce(lambda value, node: node.forward(value), row, np.asarray(x))
                dx = reduce(lambda slope, node: node.backward(slope), reversed(row), dout)
                return y, dx
            """),
    ),
    Style(
        "sigmoid_from_nodes",
        "nodes kept outside and used again",
        from_nodes("""
            NEGATE, EXP, PLUS_ONE, RECIPROCAL = Scale(-1), ExpLayer(), Shift(1), Reciprocal()


            def sigmoid_from_nodes(x, dout=1.0):
                y = x
                for node in (NEGATE, EXP, PLUS_ONE, RECIPROCAL):
                    y = node.forward(y)
                dpower = PLUS_ONE.backward(RECIPROCAL.backward(dout))
                return y, NEGATE.backward(EXP.backward(dpower))
            """),
    ),
    Style(
        "sigmoid_from_nodes",
        "the slope from the output",
        code("""
            def sigmoid_from_nodes(x, dout=None):
                dout = np.ones(np.shape(x)) if dout is None else dout
                y = 1 / (1 + np.exp(-np.asarray(x, dtype=float)))
                return y, dout * (1 - y) * y
            """),
    ),
    Style(
        "sigmoid_from_nodes",
        "the four slopes multiplied first",
        code("""
            def sigmoid_from_nodes(x, dout=1.0):
                power = np.exp(-x)
                y = 1 / (power + 1)
                slope = np.prod([-(y**2), np.ones_like(y), power, -np.ones_like(y)], axis=0)
                return y, slope * dout
            """),
    ),
]

# --- 2.4 and 2.5 the sigmoid: each of these is a whole answer to both

SIGMOIDS = {
    "e of minus the size": code("""
        class Sigmoid:
            def __init__(self):
                self.y = None

            def forward(self, x):
                small = np.exp(-np.abs(x))
                self.y = np.where(x >= 0, 1, small) / (1 + small)
                return self.y

            def backward(self, dout):
                return dout * self.y * (1 - self.y)
        """),
    "as the formula stands, with its overflow": code("""
        class Sigmoid:
            def __init__(self):
                self.out = None

            def forward(self, x):
                out = 1 / (1 + np.exp(-x))
                self.out = out
                return out

            def backward(self, dout):
                dx = dout * (1.0 - self.out) * self.out
                return dx
        """),
    "two masks, two forms": code("""
        class Sigmoid:
            def forward(self, x):
                x = np.asarray(x, dtype=np.float64)
                y = np.empty_like(x)
                right = x >= 0
                y[right] = 1 / (1 + np.exp(-x[right]))
                power = np.exp(x[~right])
                y[~right] = power / (1 + power)
                self.y = y
                return y

            def backward(self, dout):
                return dout * (self.y - self.y**2)
        """),
    "half a tanh": code("""
        class Sigmoid:
            def forward(self, x):
                self.y = 0.5 * (1 + np.tanh(0.5 * x))
                return self.y

            def backward(self, dout):
                return dout * (0.25 - (self.y - 0.5) ** 2)
        """),
    "logaddexp": code("""
        class Sigmoid:
            def forward(self, x):
                self.minus_log = np.logaddexp(0, -x)
                return np.exp(-self.minus_log)

            def backward(self, dout):
                y = np.exp(-self.minus_log)
                return np.multiply(dout, y * (1 - y))
        """),
    "clipped far out": code("""
        class Sigmoid:
            def forward(self, x):
                self.y = 1.0 / (1.0 + np.exp(-np.clip(x, -500, 500)))
                return self.y

            def backward(self, dout):
                return dout * self.y * (1 - self.y)
        """),
    "the overflow silenced": code("""
        class Sigmoid:
            def forward(self, x):
                with np.errstate(over="ignore"):
                    self.y = np.reciprocal(1.0 + np.exp(-x))
                return self.y

            def backward(self, dout):
                return dout * self.y * (1 - self.y)
        """),
    "np.where over two forms, both computed": code("""
        class Sigmoid:
            def forward(self, x):
                with np.errstate(over="ignore", invalid="ignore"):
                    self.y = np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (np.exp(x) + 1))
                return self.y

            def backward(self, dout):
                return dout * self.y * (1 - self.y)
        """),
    "where= and out=, in a helper function": code("""
        def logistic(x):
            up = np.zeros(x.shape)
            np.exp(-x, out=up, where=x >= 0, casting="unsafe")
            down = np.ones(x.shape)
            np.exp(x, out=down, where=x < 0, casting="unsafe")
            return down / (1 + np.where(x >= 0, up, down))


        class Sigmoid:
            def forward(self, x):
                self.x = x.copy()
                return logistic(self.x)

            def backward(self, dout):
                return dout * logistic(self.x) * logistic(-self.x)
        """),
    "number by number, Korean names, prints": code("""
        import math


        def 시그모이드(수):
            if 수 >= 0:
                return 1 / (1 + math.exp(-수))
            힘 = math.exp(수)
            return 힘 / (1 + 힘)


        class Sigmoid:
            def forward(self, x):
                self.출력 = np.array([시그모이드(float(수)) for 수 in x.ravel()]).reshape(x.shape)
                print("출력", self.출력.shape)
                return self.출력

            def backward(self, dout):
                return dout * self.출력 * (1 - self.출력)
        """),
    "closures and a list": code("""
        from types import SimpleNamespace


        def Sigmoid(name="sigmoid"):
            outputs = []

            def forward(x):
                small = np.exp(-abs(x))
                outputs[:] = [(small + (1 - small) * (x >= 0)) / (1 + small)]
                return outputs[0].copy()

            def backward(dout):
                y = outputs[-1]
                return dout * y * (1 - y)

            return SimpleNamespace(forward=forward, backward=backward, name=name)
        """),
    "float32 inside": code("""
        class Sigmoid:
            def forward(self, x):
                x = np.asarray(x).astype(np.float32)
                small = np.exp(-np.abs(x))
                self.y = np.where(x >= 0, np.float32(1), small) / (1 + small)
                return self.y

            def backward(self, dout):
                return dout.astype(np.float32) * self.y * (1 - self.y)
        """),
    "dout multiplied in place": code("""
        class Sigmoid:
            def forward(self, x):
                self.y = 0.5 + 0.5 * np.tanh(x / 2)
                return self.y

            def backward(self, dout):
                dout *= self.y
                dout *= 1 - self.y
                return dout
        """),
}

SIGMOID_ONLY = [
    Style(
        "sigmoid_forward",
        "whole numbers refused out loud, backward not written yet",
        code("""
            class Sigmoid:
                def forward(self, x):
                    if x.dtype.kind != "f":
                        raise ValueError("the sigmoid wants floats")
                    y = np.zeros_like(x)
                    y[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
                    y[x < 0] = 1 - 1 / (1 + np.exp(x[x < 0]))
                    self.y = y
                    return y

                def backward(self, dout):
                    raise NotImplementedError("2.5")
            """),
    ),
    Style(
        "sigmoid_backward",
        "the exponential once more",
        code("""
            class Sigmoid:
                def forward(self, x):
                    self.x = x
                    return 1 / (1 + np.exp(-x))

                def backward(self, dout):
                    power = np.exp(-np.abs(self.x))
                    return dout * power / (1 + power) ** 2
            """),
    ),
    Style(
        "sigmoid_backward",
        "a half of one over 1 + cosh",
        code("""
            class Sigmoid:
                def forward(self, x):
                    self.slope = 0.5 / (1 + np.cosh(x))
                    return np.exp(x) / (1 + np.exp(x))

                def backward(self, dout):
                    return dout * self.slope
            """),
    ),
]

# --- 2.6 tanh

TANHS = [
    Style(
        "tanh_layer",
        "np.tanh, the output kept",
        code("""
            class Tanh:
                def __init__(self):
                    self.kept = None

                def forward(self, x):
                    self.kept = np.tanh(x)
                    return self.kept

                def backward(self, dout):
                    return dout * (1 - self.kept**2)
            """),
    ),
    Style(
        "tanh_layer",
        "by way of the sigmoid",
        code("""
            class Sigmoid:
                def forward(self, x):
                    small = np.exp(-np.abs(x))
                    self.y = np.where(x >= 0, 1, small) / (1 + small)
                    return self.y

                def backward(self, dout):
                    return dout * self.y * (1 - self.y)


            class Tanh:
                def __init__(self):
                    self.inside = Sigmoid()

                def forward(self, x):
                    return 2 * self.inside.forward(2 * x) - 1

                def backward(self, dout):
                    return 2 * self.inside.backward(2 * dout)
            """),
    ),
    Style(
        "tanh_layer",
        "two factors, Korean names",
        code("""
            class Tanh:
                def forward(self, x):
                    self.출력 = np.tanh(x)
                    print("출력:", self.출력.shape)
                    return self.출력.copy()

                def backward(self, dout):
                    return dout * (1 - self.출력) * (1 + self.출력)
            """),
    ),
    Style(
        "tanh_layer",
        "e of minus twice the size",
        code("""
            class Tanh:
                def forward(self, x):
                    small = np.exp(-2 * np.abs(x))
                    self.slope = 4 * small / (1 + small) ** 2
                    return np.sign(x) * (1 - small) / (1 + small)

                def backward(self, dout):
                    return self.slope * dout
            """),
    ),
    Style(
        "tanh_layer",
        "expm1, the input kept in a dict",
        code("""
            class Tanh:
                def __init__(self, cache=None):
                    self.cache = {} if cache is None else cache

                def forward(self, x):
                    self.cache["x"] = x
                    power = np.expm1(-2 * np.abs(x))
                    return np.copysign(-power / (power + 2), x)

                def backward(self, dout):
                    return dout - dout * np.tanh(self.cache["x"]) ** 2
            """),
    ),
    Style(
        "tanh_layer",
        "one over cosh squared, with its overflow",
        code("""
            class Tanh:
                def forward(self, x):
                    self.x = x
                    return np.tanh(x)

                def backward(self, dout):
                    return dout / np.cosh(self.x) ** 2
            """),
    ),
    Style(
        "tanh_layer",
        "a dataclass, np.square",
        code("""
            from dataclasses import dataclass, field


            @dataclass
            class Tanh:
                y: np.ndarray = field(default=None)

                def forward(self, x):
                    self.y = np.tanh(x)
                    return self.y

                def backward(self, dout):
                    return np.subtract(1, np.square(self.y)) * dout
            """),
    ),
    Style(
        "tanh_layer",
        "dout multiplied in place",
        code("""
            class Tanh:
                def forward(self, x):
                    self.y = np.tanh(x)
                    return self.y

                def backward(self, dout):
                    dout *= 1 - self.y * self.y
                    return dout
            """),
    ),
]

# --- 2.7 the leak

LEAKS = [
    Style(
        "leaky_relu",
        "np.where both ways",
        code("""
            class LeakyRelu:
                def __init__(self, slope=0.1):
                    self.slope = slope
                    self.passed = None

                def forward(self, x):
                    self.passed = x > 0
                    return np.where(self.passed, x, self.slope * x)

                def backward(self, dout):
                    return np.where(self.passed, dout, self.slope * dout)
            """),
    ),
    Style(
        "leaky_relu",
        "the larger of two lines, 1 on the corner",
        code("""
            class LeakyRelu:
                def __init__(self, slope=0.1):
                    self.slope = slope

                def forward(self, x):
                    self.x = x
                    return np.maximum(x, self.slope * x)

                def backward(self, dout):
                    dx = dout.copy()
                    dx[self.x < 0] *= self.slope
                    return dx
            """),
    ),
    Style(
        "leaky_relu",
        "an array of slopes",
        code("""
            class LeakyRelu:
                def __init__(self, slope=0.1, verbose=False):
                    self.slope, self.verbose = slope, verbose

                def forward(self, x):
                    self.slopes = np.ones(x.shape)
                    self.slopes[x <= 0] = self.slope
                    return self.slopes * x

                def backward(self, dout):
                    return self.slopes * dout
            """),
    ),
    Style(
        "leaky_relu",
        "positive part and negative part",
        code("""
            class LeakyRelu:
                def __init__(self, slope=0.1):
                    self.s = float(slope)

                def forward(self, x):
                    self.up = x > 0
                    return np.maximum(x, 0) + self.s * np.minimum(x, 0)

                def backward(self, dout):
                    return dout * self.up + self.s * dout * ~self.up
            """),
    ),
    Style(
        "leaky_relu",
        "halfway between the slopes on the corner",
        code("""
            class LeakyRelu:
                def __init__(self, slope=0.1):
                    self.mean, self.half = (1 + slope) / 2, (1 - slope) / 2

                def forward(self, x):
                    self.sign = np.sign(x)
                    return self.mean * x + self.half * np.abs(x)

                def backward(self, dout):
                    return (self.mean + self.half * self.sign) * dout
            """),
    ),
    Style(
        "leaky_relu",
        "a ReLU underneath",
        code("""
            class Relu:
                def forward(self, x):
                    self.gate = x > 0
                    return x * self.gate

                def backward(self, dout):
                    return dout * self.gate


            class LeakyRelu(Relu):
                def __init__(self, slope=0.1):
                    super().__init__()
                    self.slope = slope

                def forward(self, x):
                    return self.slope * x + (1 - self.slope) * super().forward(x)

                def backward(self, dout):
                    return self.slope * dout + (1 - self.slope) * super().backward(dout)
            """),
    ),
    Style(
        "leaky_relu",
        "closures, loops, Korean names",
        code("""
            from types import SimpleNamespace


            def LeakyRelu(slope=0.1):
                기억 = {}

                def 고르기(문, 값):
                    쌍 = zip(문.ravel(), 값.ravel())
                    return np.array([v if 열림 else slope * v for 열림, v in 쌍]).reshape(값.shape)

                def forward(x):
                    기억["문"] = x > 0
                    return 고르기(기억["문"], x)

                def backward(dout):
                    return 고르기(기억["문"], dout)

                return SimpleNamespace(forward=forward, backward=backward)
            """),
    ),
    Style(
        "leaky_relu",
        "dout multiplied in place",
        code("""
            class LeakyRelu:
                def __init__(self, slope=0.1):
                    self.slope = slope

                def forward(self, x):
                    self.shut = x <= 0
                    y = x.copy()
                    y[self.shut] *= self.slope
                    return y

                def backward(self, dout):
                    dout[self.shut] *= self.slope
                    return dout
            """),
    ),
]

# --- 2.8 the residual connection

PLAIN = RELUS["np.where both ways"]


def with_relu(text: str, relu: str = PLAIN) -> str:
    return f"{relu}\n\n{code(text)}"


RESIDUALS = [
    Style(
        "residual",
        "two ways, added",
        with_relu("""
            class Residual:
                def __init__(self):
                    self.relu = Relu()

                def forward(self, x):
                    return x + self.relu.forward(x)

                def backward(self, dout):
                    return dout + self.relu.backward(dout)
            """),
    ),
    Style(
        "residual",
        "each way with a copy of its own, for a ReLU that writes",
        with_relu(
            """
            class Residual:
                def __init__(self):
                    self.inner = Relu()

                def forward(self, x):
                    through = self.inner.forward(x.copy())
                    return through + x

                def backward(self, dout):
                    through = self.inner.backward(dout.copy())
                    return through + dout
            """,
            RELUS["written into x itself"],
        ),
    ),
    Style(
        "residual",
        "inherited, 1 on the corner",
        with_relu(
            """
            class Residual(Relu):
                def forward(self, x):
                    return super().forward(x) + x

                def backward(self, dout, scale=1):
                    dx = super().backward(dout)
                    dx = dx + scale * dout
                    return dx
            """,
            RELUS["np.maximum, the input kept, 1 on the corner"],
        ),
    ),
    Style(
        "residual",
        "nodes for the fork and for the sum",
        with_relu("""
            class Fork:
                def forward(self, x):
                    return x.copy(), x.copy()

                def backward(self, left, right):
                    return left + right


            class Sum:
                def forward(self, left, right):
                    return left + right

                def backward(self, dout):
                    return dout * 1, dout * 1


            class Residual:
                def __init__(self):
                    self.fork, self.relu, self.sum = Fork(), Relu(), Sum()

                def forward(self, x):
                    past, through = self.fork.forward(x)
                    return self.sum.forward(past, self.relu.forward(through))

                def backward(self, dout):
                    past, through = self.sum.backward(dout)
                    return self.fork.backward(past, self.relu.backward(through))
            """),
    ),
    Style(
        "residual",
        "a ReLU made in forward, Korean names, prints",
        with_relu("""
            class Residual:
                def forward(self, x):
                    self.렐루 = Relu()
                    결과 = np.sum([x, self.렐루.forward(x)], axis=0)
                    print("결과", 결과.shape)
                    return 결과

                def backward(self, dout):
                    return np.sum([dout, self.렐루.backward(dout)], axis=0)
            """),
    ),
    Style(
        "residual",
        "1 or 2 by the gate",
        with_relu("""
            class Residual:
                def __init__(self):
                    self.relu = Relu()

                def forward(self, x):
                    y = self.relu.forward(x)
                    y += x
                    return y

                def backward(self, dout):
                    return dout * (1 + self.relu.backward(np.ones_like(dout)))
            """),
    ),
    Style(
        "residual",
        "added into dout itself",
        with_relu("""
            class Residual:
                def __init__(self):
                    self.relu = Relu()

                def forward(self, x):
                    return x + self.relu.forward(x)

                def backward(self, dout):
                    dout += self.relu.backward(dout)
                    return dout
            """),
    ),
    Style(
        "residual",
        "an imitation by |x|",
        code("""
            class Residual:
                def forward(self, x):
                    self.sign = np.sign(x)
                    return 1.5 * x + 0.5 * np.abs(x)

                def backward(self, dout):
                    return dout * (1.5 + 0.5 * self.sign)
            """),
    ),
]

# --- 2.9 layers in a row

ROWS = [
    Style(
        "compose",
        "two loops, repetitions refused",
        code("""
            class Compose:
                def __init__(self, layers):
                    self.layers = list(layers)
                    if len({id(layer) for layer in self.layers}) < len(self.layers):
                        raise ValueError("One object is one node.")

                def forward(self, x):
                    for layer in self.layers:
                        x = layer.forward(x)
                    return x

                def backward(self, dout):
                    for layer in reversed(self.layers):
                        dout = layer.backward(dout)
                    return dout
            """),
    ),
    Style(
        "compose",
        "a copy in the second place",
        code("""
            import copy


            class Compose:
                def __init__(self, layers):
                    self.layers = []
                    for layer in layers:
                        if any(layer is known for known in self.layers):
                            layer = copy.deepcopy(layer)
                        self.layers.append(layer)

                def forward(self, x):
                    for layer in self.layers:
                        x = layer.forward(x)
                    return x

                def backward(self, dout):
                    for layer in self.layers[::-1]:
                        dout = layer.backward(dout)
                    return dout
            """),
    ),
    Style(
        "compose",
        "every layer copied, indices, Korean names",
        code("""
            from copy import deepcopy


            class Compose:
                def __init__(self, layers, 말하기=False):
                    self.층 = [deepcopy(하나) for 하나 in layers]
                    if 말하기:
                        print(len(self.층), "층")

                def forward(self, x):
                    for k in range(len(self.층)):
                        x = self.층[k].forward(x)
                    return x

                def backward(self, dout):
                    for k in range(len(self.층) - 1, -1, -1):
                        dout = self.층[k].backward(dout)
                    return dout
            """),
    ),
    Style(
        "compose",
        "by reduce, refused with an assertion",
        code("""
            from functools import reduce


            class Compose:
                def __init__(self, layers):
                    assert len(set(map(id, layers))) == len(layers), "one object is one node"
                    self.layers = tuple(layers)

                def forward(self, x):
                    return reduce(lambda value, layer: layer.forward(value), self.layers, x)

                def backward(self, dout):
                    return reduce(lambda slope, one: one.backward(slope), self.layers[::-1], dout)
            """),
    ),
    Style(
        "compose",
        "recursion, refused when it is run",
        code("""
            class Compose:
                def __init__(self, layers):
                    self.first, *rest = layers
                    self.all = layers
                    self.rest = Compose(rest) if rest else None

                def forward(self, x):
                    for k, one in enumerate(self.all):
                        for other in self.all[:k]:
                            if one is other:
                                raise RuntimeError("one object is one node")
                    y = self.first.forward(x)
                    return y if self.rest is None else self.rest.forward(y)

                def backward(self, dout):
                    if self.rest is not None:
                        dout = self.rest.backward(dout)
                    return self.first.backward(dout)
            """),
    ),
    Style(
        "compose",
        "a list of backward passes gathered on the way",
        code("""
            class Compose:
                def __init__(self, layers):
                    self.layers = layers
                    if any(a is b for k, a in enumerate(layers) for b in layers[k + 1 :]):
                        raise ValueError("twice")

                def forward(self, x):
                    self.way_back = []
                    for layer in self.layers:
                        x = layer.forward(x)
                        self.way_back.insert(0, layer.backward)
                    return x

                def backward(self, dout=1.0):
                    for step in self.way_back:
                        dout = step(dout)
                    return dout
            """),
    ),
]

# --- 2.10 counting

SHARES = [
    Style(
        "saturation",
        "the mean of yes and no",
        code("""
            def saturation(slopes, below=0.01):
                return float(np.mean(np.abs(slopes) < below))
            """),
    ),
    Style(
        "saturation",
        "counted and divided",
        code("""
            def saturation(slopes, below=0.01):
                return np.count_nonzero(abs(slopes) < below) / slopes.size
            """),
    ),
    Style(
        "saturation",
        "a loop, Korean names, prints",
        code("""
            def saturation(slopes, below=0.01):
                작음, 모두 = 0, 0
                for 기울기 in np.nditer(slopes):
                    모두 += 1
                    if -below < 기울기 < below:
                        작음 += 1
                print(작음, "/", 모두)
                return 작음 / 모두
            """),
    ),
    Style(
        "saturation",
        "squares compared, an array of no axes",
        code("""
            def saturation(slopes, below=0.01, axis=None):
                flat = np.asarray(slopes, dtype=float).reshape(-1)
                return np.array(len(flat[(flat < below) & (flat > -below)]) / len(flat))
            """),
    ),
    Style(
        "saturation",
        "one less the share of the steep",
        code("""
            def saturation(slopes, below=0.01):
                steep = (slopes >= below) | (slopes <= -below)
                return 1 - steep.sum() / steep.size
            """),
    ),
    Style(
        "saturation",
        "sorted and searched",
        code("""
            def saturation(slopes, below=0.01):
                sizes = sorted(abs(float(s)) for s in np.ravel(slopes))
                return np.searchsorted(sizes, below, side="left") / len(sizes)
            """),
    ),
    Style(
        "saturation",
        "float32",
        code("""
            def saturation(slopes, below=0.01):
                return np.where(np.absolute(slopes) < below, 1, 0).mean(dtype=np.float32)
            """),
    ),
]

# --- 2.11 three faults


def repaired(relu: str) -> str:
    return relu.replace("Relu", "PrintedRelu")


HUNTED = [
    Style(
        "ch2_bug",
        "three words and a line",
        code("""
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
            """),
    ),
    Style(
        "ch2_bug",
        "as many zeros as places, still written into dout",
        code("""
            class PrintedRelu:
                def __init__(self):
                    self.mask = None

                def forward(self, x):
                    self.mask = x <= 0
                    out = x.copy()
                    out[self.mask] = 0
                    return out

                def backward(self, dout):
                    dout[self.mask] = dout[self.mask] * 0
                    dx = dout
                    return dx
            """),
    ),
    Style(
        "ch2_bug",
        "the right-hand side masked too, in a copy",
        code("""
            class PrintedRelu:
                def forward(self, x):
                    self.mask = x <= 0
                    out = np.array(x, copy=True)
                    out[self.mask] = 0
                    return out

                def backward(self, dout):
                    dx = np.copy(dout)
                    dx[self.mask] = (dout * 0)[self.mask]
                    return dx
            """),
    ),
    *(
        Style("ch2_bug", name, repaired(RELUS[name]))
        for name in (
            "np.where both ways",
            "np.maximum, the input kept, 1 on the corner",
            "multiplied by the mask",
            "loops over every place, Korean names",
            "closures",
        )
    ),
]

STYLES: tuple[Style, ...] = (
    *(Style("relu_forward", name, text) for name, text in RELUS.items()),
    *ONLY_THERE,
    *(Style("relu_backward", name, text) for name, text in RELUS.items()),
    *ONLY_BACK,
    *FROM_NODES,
    *(Style("sigmoid_forward", name, text) for name, text in SIGMOIDS.items()),
    *(Style("sigmoid_backward", name, text) for name, text in SIGMOIDS.items()),
    *SIGMOID_ONLY,
    *TANHS,
    *LEAKS,
    *RESIDUALS,
    *ROWS,
    *SHARES,
    *HUNTED,
)
