"""Chapter 1, computational graphs: the same answers as different people write them."""

from __future__ import annotations

from textwrap import dedent, indent

from grader_tests.styles import Style


def code(text: str) -> str:
    """A snippet without the margin it has in this file."""
    return dedent(text).strip() + "\n"


MUL = code("""
    class MulLayer:
        def __init__(self):
            self.x = None
            self.y = None

        def forward(self, x, y):
            self.x = x
            self.y = y
            return x * y

        def backward(self, dout):
            dx = dout * self.y
            dy = dout * self.x
            return dx, dy
    """)
ADD = code("""
    class AddLayer:
        def __init__(self):
            pass

        def forward(self, x, y):
            return x + y

        def backward(self, dout):
            dx = dout * 1
            dy = dout * 1
            return dx, dy
    """)


def with_nodes(text: str) -> str:
    return f"{MUL}\n\n{ADD}\n\n{code(text)}"


PRODUCT = [
    Style("mul_layer", "as books write it", MUL),
    Style(
        "mul_layer",
        "inputs kept in a tuple, gradients in a list",
        code("""
            class MulLayer:
                def forward(self, *inputs):
                    self.cache = inputs
                    return inputs[0] * inputs[1]

                def backward(self, dout=1):
                    x, y = self.cache
                    return [dout * y, dout * x]
            """),
    ),
    Style(
        "mul_layer",
        "a dict as memory, np.multiply, prints on the way",
        code("""
            class MulLayer:
                def __init__(self):
                    self.cache = {}

                def forward(self, x, y):
                    self.cache.update(x=x, y=y)
                    out = np.multiply(x, y)
                    print("forward:", out)
                    return out

                def backward(self, dout):
                    print("backward with", dout)
                    return np.multiply(dout, self.cache["y"]), np.multiply(dout, self.cache["x"])
            """),
    ),
    Style(
        "mul_layer",
        "a function that makes a node of closures",
        code("""
            from types import SimpleNamespace


            def MulLayer():
                kept = []

                def forward(x, y):
                    kept[:] = [x, y]
                    return x * y

                def backward(dout):
                    x, y = kept
                    return dout * y, dout * x

                return SimpleNamespace(forward=forward, backward=backward)
            """),
    ),
    Style(
        "mul_layer",
        "a dataclass",
        code("""
            from dataclasses import dataclass


            @dataclass
            class MulLayer:
                x: object = None
                y: object = None

                def forward(self, x, y):
                    self.x, self.y = x, y
                    return self.x * self.y

                def backward(self, dout):
                    return (dout * self.y, dout * self.x)
            """),
    ),
    Style(
        "mul_layer",
        "inherited from a layer of one's own",
        code("""
            class Layer:
                def forward(self, *inputs):
                    self.inputs = inputs
                    return self.value(*inputs)

                def backward(self, dout):
                    return tuple(dout * slope for slope in self.slopes(*self.inputs))


            class MulLayer(Layer):
                def value(self, x, y):
                    return x * y

                def slopes(self, x, y):
                    return y, x
            """),
    ),
    Style(
        "mul_layer",
        "local gradients computed on the way forward",
        code("""
            class MulLayer:
                __slots__ = ("local",)

                def forward(self, x, y, *, verbose=False):
                    self.local = np.array([y, x])
                    return x * y

                def backward(self, dout):
                    return dout * self.local
            """),
    ),
    Style(
        "mul_layer",
        "Korean names and comments",
        code("""
            class MulLayer:
                def __init__(self):
                    self.가격 = None  # 사과 하나의 가격
                    self.개수 = None

                def forward(self, 가격, 개수):
                    self.가격, self.개수 = 가격, 개수
                    return 가격 * 개수

                def backward(self, 미분):
                    # 곱셈은 서로를 바꾸어 곱한다
                    return 미분 * self.개수, 미분 * self.가격
            """),
    ),
    Style(
        "mul_layer",
        "arrays throughout, copied",
        code("""
            class MulLayer:
                def forward(self, x, y):
                    self.x, self.y = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
                    return self.x * self.y

                def backward(self, dout):
                    dx, dy = np.empty_like(self.x), np.empty_like(self.y)
                    np.multiply(dout, self.y, out=dx)
                    np.multiply(dout, self.x, out=dy)
                    return dx, dy
            """),
    ),
    Style(
        "mul_layer",
        "entry by entry in a loop",
        code("""
            class MulLayer:
                def forward(self, x, y):
                    self.x, self.y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
                    out = np.zeros(self.x.shape)
                    for place in np.ndindex(out.shape):
                        out[place] = self.x[place] * self.y[place]
                    return out

                def backward(self, dout):
                    dout = np.asarray(dout, dtype=float)
                    dx, dy = np.zeros(dout.shape), np.zeros(dout.shape)
                    for place in np.ndindex(dout.shape):
                        dx[place] = dout[place] * self.y[place]
                        dy[place] = dout[place] * self.x[place]
                    return dx, dy
            """),
    ),
    Style(
        "mul_layer",
        "single precision",
        code("""
            class MulLayer:
                def forward(self, x, y):
                    self.x, self.y = np.float32(x), np.float32(y)
                    return self.x * self.y

                def backward(self, dout):
                    return np.float32(dout) * self.y, np.float32(dout) * self.x
            """),
    ),
    Style(
        "mul_layer",
        "the caller's array multiplied in place, after a copy was kept",
        code("""
            class MulLayer:
                def forward(self, x, y):
                    self.x, self.y = np.copy(x), np.copy(y)
                    x *= y
                    return x

                def backward(self, dout):
                    return dout * self.y, dout * self.x
            """),
    ),
]

SUM = [
    Style("add_layer", "as books write it", ADD),
    Style(
        "add_layer",
        "the upstream gradient twice",
        code("""
            class AddLayer:
                def forward(self, x, y):
                    return x + y

                def backward(self, dout):
                    return dout, dout
            """),
    ),
    Style(
        "add_layer",
        "a list times two, static methods",
        code("""
            class AddLayer:
                @staticmethod
                def forward(x, y):
                    return np.add(x, y)

                @staticmethod
                def backward(dout):
                    return [dout] * 2
            """),
    ),
    Style(
        "add_layer",
        "local gradients of one, copied arrays",
        code("""
            class AddLayer:
                def forward(self, x, y):
                    self.local = np.ones_like(np.asarray(x, dtype=float))
                    return np.asarray(x) + np.asarray(y)

                def backward(self, dout):
                    return dout * self.local, dout * self.local.copy()
            """),
    ),
    Style(
        "add_layer",
        "inputs kept without need, Korean names",
        code("""
            class AddLayer:
                def __init__(self):
                    self.왼쪽 = self.오른쪽 = None

                def forward(self, 왼쪽, 오른쪽):
                    self.왼쪽, self.오른쪽 = 왼쪽, 오른쪽
                    return 왼쪽 + 오른쪽

                def backward(self, 미분):
                    return 미분 * 1.0, 미분 * 1.0
            """),
    ),
    Style(
        "add_layer",
        "a closure",
        code("""
            def AddLayer():
                class Node:
                    forward = staticmethod(lambda x, y: x + y)
                    backward = staticmethod(lambda dout: (dout, dout))

                return Node()
            """),
    ),
    Style(
        "add_layer",
        "a pair stacked into one array",
        code("""
            class AddLayer:
                def forward(self, x, y):
                    return np.sum(np.stack([x, y]), axis=0)

                def backward(self, dout):
                    return np.stack([dout, dout])
            """),
    ),
    Style(
        "add_layer",
        "a frozen dataclass",
        code("""
            from dataclasses import dataclass


            @dataclass(frozen=True)
            class AddLayer:
                name: str = "sum"

                def forward(self, x, y):
                    return y + x

                def backward(self, dout):
                    dx = dy = dout
                    return dx, dy
            """),
    ),
]

APPLES = [
    Style(
        "apple_graph",
        "two nodes, there and back",
        with_nodes("""
            def apple_graph(apple, num, tax):
                first, second = MulLayer(), MulLayer()
                price = second.forward(first.forward(apple, num), tax)
                dapple_price, dtax = second.backward(1)
                dapple, dnum = first.backward(dapple_price)
                return price, (dapple, dnum, dtax)
            """),
    ),
    Style(
        "apple_graph",
        "by hand, without nodes",
        code("""
            def apple_graph(apple, num, tax):
                return apple * num * tax, (num * tax, apple * tax, apple * num)
            """),
    ),
    Style(
        "apple_graph",
        "lists instead of tuples",
        code("""
            def apple_graph(apple, num, tax):
                gradients = [num * tax, apple * tax, apple * num]
                return [apple * num * tax, gradients]
            """),
    ),
    Style(
        "apple_graph",
        "the gradients as an array",
        code("""
            def apple_graph(apple, num, tax):
                inputs = np.array([apple, num, tax], dtype=float)
                local = np.array([np.prod(np.delete(inputs, k)) for k in range(3)])
                return np.prod(inputs), local
            """),
    ),
    Style(
        "apple_graph",
        "a tape that is walked back in a loop",
        with_nodes("""
            def apple_graph(apple, num, tax, *, verbose=False):
                tape, value = [], apple
                for factor in (num, tax):
                    node = MulLayer()
                    value = node.forward(value, factor)
                    tape.append(node)
                gradients, upstream = [], 1.0
                for node in reversed(tape):
                    upstream, local = node.backward(upstream)
                    gradients.insert(0, local)
                return value, (upstream, *gradients)
            """),
    ),
    Style(
        "apple_graph",
        "named tuples",
        code("""
            from collections import namedtuple

            Slopes = namedtuple("Slopes", "dapple dnum dtax")


            def apple_graph(apple, num, tax):
                total = apple * num
                return total * tax, Slopes(dapple=num * tax, dnum=apple * tax, dtax=total)
            """),
    ),
    Style(
        "apple_graph",
        "nodes made once, outside, and prints",
        with_nodes("""
            사과_노드, 세금_노드 = MulLayer(), MulLayer()


            def apple_graph(apple, num, tax):
                사과값 = 사과_노드.forward(apple, num)
                지불 = 세금_노드.forward(사과값, tax)
                print("지불:", 지불)
                d사과값, d세금 = 세금_노드.backward(np.float64(1))
                d사과, d개수 = 사과_노드.backward(d사과값)
                return 지불, (d사과, d개수, d세금)
            """),
    ),
    Style(
        "apple_graph",
        "the other way of grouping: apple * (num * tax)",
        code("""
            def apple_graph(apple, num, tax):
                bought = num * tax
                dapple, dbought = bought, apple
                return apple * bought, (dapple, dbought * tax, dbought * num)
            """),
    ),
    Style(
        "apple_graph",
        "arrays of no dimension",
        code("""
            def apple_graph(apple, num, tax):
                apple, num, tax = np.asarray(apple), np.asarray(num), np.asarray(tax)
                return np.array(apple * num * tax), (
                    np.array(num * tax),
                    np.array(apple * tax),
                    np.array(apple * num),
                )
            """),
    ),
]

FRUITS = [
    Style(
        "fruit_graph",
        "four nodes, there and back",
        with_nodes("""
            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                mul_apple, mul_orange, mul_tax = MulLayer(), MulLayer(), MulLayer()
                add_fruit = AddLayer()
                apple_price = mul_apple.forward(apple, apple_num)
                orange_price = mul_orange.forward(orange, orange_num)
                total = add_fruit.forward(apple_price, orange_price)
                price = mul_tax.forward(total, tax)
                dtotal, dtax = mul_tax.backward(1)
                dapple_price, dorange_price = add_fruit.backward(dtotal)
                dorange, dorange_num = mul_orange.backward(dorange_price)
                dapple, dapple_num = mul_apple.backward(dapple_price)
                return price, {
                    "apple": dapple,
                    "apple_num": dapple_num,
                    "orange": dorange,
                    "orange_num": dorange_num,
                    "tax": dtax,
                }
            """),
    ),
    Style(
        "fruit_graph",
        "by hand, dict() with keywords",
        code("""
            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                total = apple * apple_num + orange * orange_num
                return total * tax, dict(
                    apple=apple_num * tax,
                    apple_num=apple * tax,
                    orange=orange_num * tax,
                    orange_num=orange * tax,
                    tax=total,
                )
            """),
    ),
    Style(
        "fruit_graph",
        "a loop over the fruit, another order of keys",
        with_nodes("""
            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                bought = {"apple": (apple, apple_num), "orange": (orange, orange_num)}
                nodes, prices = {}, {}
                for name, (price, number) in bought.items():
                    nodes[name] = MulLayer()
                    prices[name] = nodes[name].forward(price, number)
                add, pay = AddLayer(), MulLayer()
                total = add.forward(*prices.values())
                bill = pay.forward(total, tax)
                gradients = {}
                dtotal, gradients["tax"] = pay.backward(1)
                for name, upstream in zip(nodes, add.backward(dtotal)):
                    gradients[name], gradients[name + "_num"] = nodes[name].backward(upstream)
                return bill, gradients
            """),
    ),
    Style(
        "fruit_graph",
        "a defaultdict that is added to",
        code("""
            from collections import defaultdict


            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                grads = defaultdict(float)
                total = apple * apple_num + orange * orange_num
                dtotal = tax
                grads["tax"] += total
                grads["apple"] += dtotal * apple_num
                grads["apple_num"] += dtotal * apple
                grads["orange"] += dtotal * orange_num
                grads["orange_num"] += dtotal * orange
                return total * tax, grads
            """),
    ),
    Style(
        "fruit_graph",
        "more in the dict than was asked for",
        code("""
            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                apple_price, orange_price = apple * apple_num, orange * orange_num
                total = apple_price + orange_price
                price = np.float64(total * tax)
                grads = {"price": 1, "total": tax, "apple_price": tax, "orange_price": tax}
                grads |= {"apple": tax * apple_num, "apple_num": tax * apple}
                grads |= {"orange": tax * orange_num, "orange_num": tax * orange, "tax": total}
                return [price, grads]
            """),
    ),
    Style(
        "fruit_graph",
        "vectors",
        code("""
            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                prices, numbers = np.array([apple, orange]), np.array([apple_num, orange_num])
                dprices, dnumbers = tax * numbers, tax * prices
                names = ("apple", "orange", "apple_num", "orange_num", "tax")
                slopes = (*dprices, *dnumbers, prices @ numbers)
                return tax * (prices @ numbers), dict(zip(names, slopes))
            """),
    ),
    Style(
        "fruit_graph",
        "tax paid on each branch",
        code("""
            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                # 분배 법칙: (a + b) * tax = a * tax + b * tax
                사과, 귤 = apple * apple_num * tax, orange * orange_num * tax
                gradients = {
                    "apple": apple_num * tax,
                    "apple_num": apple * tax,
                    "orange": orange_num * tax,
                    "orange_num": orange * tax,
                    "tax": apple * apple_num + orange * orange_num,
                }
                return 사과 + 귤, gradients
            """),
    ),
]

CHAIN = [
    Style(
        "chain_square_sum",
        "two nodes",
        with_nodes("""
            def chain_square_sum(x, y):
                add, mul = AddLayer(), MulLayer()
                t = add.forward(x, y)
                z = mul.forward(t, t)
                da, db = mul.backward(1)
                dx, dy = add.backward(da + db)
                return z, dx, dy
            """),
    ),
    Style(
        "chain_square_sum",
        "by hand",
        code("""
            def chain_square_sum(x, y):
                t = x + y
                return t**2, 2 * t, 2 * t
            """),
    ),
    Style(
        "chain_square_sum",
        "each message sent on by itself",
        with_nodes("""
            def chain_square_sum(x, y):
                add, mul = AddLayer(), MulLayer()
                t = add.forward(x, y)
                z = mul.forward(t, t)
                dx = dy = 0
                for message in mul.backward(1.0):
                    one, other = add.backward(message)
                    dx, dy = dx + one, dy + other
                return [z, dx, dy]
            """),
    ),
    Style(
        "chain_square_sum",
        "multiplied out",
        code("""
            def chain_square_sum(x, y):
                z = x * x + 2 * x * y + y * y
                return z, 2 * x + 2 * y, 2 * x + 2 * y
            """),
    ),
    Style(
        "chain_square_sum",
        "an array of three",
        code("""
            def chain_square_sum(x, y):
                t = np.add(x, y)
                return np.array([np.square(t), 2 * t, 2 * t])
            """),
    ),
    Style(
        "chain_square_sum",
        "a branch and local functions, Korean names",
        with_nodes("""
            def chain_square_sum(x, y):
                def 제곱(t):
                    곱 = MulLayer()
                    return 곱.forward(t, t), lambda 미분: sum(곱.backward(미분))

                def 합(x, y):
                    더하기 = AddLayer()
                    return 더하기.forward(x, y), 더하기.backward

                t, 합_뒤로 = 합(x, y)
                z, 제곱_뒤로 = 제곱(t)
                print(f"t = {t}, z = {z}")
                return z, *합_뒤로(제곱_뒤로(1))
            """),
    ),
    Style(
        "chain_square_sum",
        "numpy numbers, an extra default argument",
        code("""
            def chain_square_sum(x, y, dz=1.0):
                t = np.float64(x) + np.float64(y)
                dt = dz * 2.0 * t
                return np.power(t, 2), dt * np.float64(1), dt * np.float64(1)
            """),
    ),
]

FIVE = {
    "SubLayer": code("""
        class SubLayer:
            def forward(self, x, y):
                return x - y

            def backward(self, dout):
                return dout, -dout
        """),
    "DivLayer": code("""
        class DivLayer:
            def forward(self, x, y):
                self.x, self.y = x, y
                return x / y

            def backward(self, dout):
                return dout / self.y, -dout * self.x / self.y**2
        """),
    "PowLayer": code("""
        class PowLayer:
            def __init__(self, n):
                self.n = n

            def forward(self, x):
                self.x = x
                return x**self.n

            def backward(self, dout):
                return dout * self.n * self.x ** (self.n - 1)
        """),
    "ExpLayer": code("""
        class ExpLayer:
            def forward(self, x):
                self.out = np.exp(x)
                return self.out

            def backward(self, dout):
                return dout * self.out
        """),
    "LogLayer": code("""
        class LogLayer:
            def forward(self, x):
                self.x = x
                return np.log(x)

            def backward(self, dout):
                return dout / self.x
        """),
}


def five(**other: str) -> str:
    return "\n\n".join((FIVE | {name: code(text) for name, text in other.items()}).values())


NODES_FIVE = [
    Style("more_nodes", "one class after the other", five()),
    Style(
        "more_nodes",
        "the difference and the quotient made of other nodes",
        five(
            SubLayer="""
                class SubLayer:
                    def forward(self, x, y):
                        return np.add(x, np.negative(y))

                    def backward(self, dout):
                        return [dout * 1, np.negative(dout)]
                """,
            DivLayer="""
                class Reciprocal:
                    def forward(self, x):
                        self.y = 1 / x
                        return self.y

                    def backward(self, dout):
                        return -dout * self.y * self.y


                class DivLayer:
                    def __init__(self):
                        self.inverse = Reciprocal()

                    def forward(self, x, y):
                        self.x = x
                        return x * self.inverse.forward(y)

                    def backward(self, dout):
                        return dout * self.inverse.y, self.inverse.backward(dout * self.x)
                """,
        ),
    ),
    Style(
        "more_nodes",
        "what is left kept instead of what came in",
        five(
            DivLayer="""
                class DivLayer:
                    def forward(self, x, y):
                        self.y, self.out = y, x / y
                        return self.out

                    def backward(self, dout):
                        dx = dout / self.y
                        return dx, -self.out * dx
                """,
            PowLayer="""
                class PowLayer:
                    def __init__(self, n):
                        self.n = n

                    def forward(self, x):
                        self.local = self.n * np.power(x, self.n - 1.0)
                        return np.power(x, float(self.n))

                    def backward(self, dout):
                        return dout * self.local
                """,
            LogLayer="""
                class LogLayer:
                    def forward(self, x):
                        self.y = np.log(x)
                        return self.y

                    def backward(self, dout):
                        return dout * np.exp(-self.y)
                """,
        ),
    ),
    Style(
        "more_nodes",
        "one base class and one line of derivative each",
        code("""
            class Elementwise:
                def forward(self, *inputs):
                    self.inputs = inputs
                    return self.f(*inputs)

                def backward(self, dout):
                    found = tuple(dout * slope for slope in self.slopes(*self.inputs))
                    return found if len(found) > 1 else found[0]


            class SubLayer(Elementwise):
                f = staticmethod(lambda x, y: x - y)
                slopes = staticmethod(lambda x, y: (1, -1))


            class DivLayer(Elementwise):
                f = staticmethod(lambda x, y: x / y)
                slopes = staticmethod(lambda x, y: (1 / y, -x / y / y))


            class PowLayer(Elementwise):
                def __init__(self, n):
                    self.n = n

                def f(self, x):
                    return x**self.n

                def slopes(self, x):
                    return (self.n * x ** (self.n - 1),)


            class ExpLayer(Elementwise):
                f = staticmethod(np.exp)
                slopes = staticmethod(lambda x: (np.exp(x),))


            class LogLayer(Elementwise):
                f = staticmethod(np.log)
                slopes = staticmethod(lambda x: (1 / x,))
            """),
    ),
    Style(
        "more_nodes",
        "a power by repeated multiplication, e to the x as a power of np.e",
        five(
            PowLayer="""
                class PowLayer:
                    def __init__(self, n):
                        self.n = n

                    def product(self, x, n):
                        if n < 0:
                            return 1.0 / self.product(x, -n)
                        result = np.ones_like(np.asarray(x, dtype=float))
                        for _ in range(n):
                            result = result * x
                        return result

                    def forward(self, x):
                        self.x = x
                        return self.product(x, self.n)

                    def backward(self, dout):
                        return dout * self.n * self.product(self.x, self.n - 1)
                """,
            ExpLayer="""
                class ExpLayer:
                    def forward(self, x):
                        self.x = x
                        return np.e**x

                    def backward(self, dout):
                        return dout * np.e**self.x
                """,
        ),
    ),
    Style(
        "more_nodes",
        "a logarithm that survives 0",
        five(
            LogLayer="""
                class LogLayer:
                    def forward(self, x, *, delta=1e-7):
                        self.x = x + delta
                        return np.log(self.x)

                    def backward(self, dout):
                        return dout / self.x
                """
        ),
    ),
    Style(
        "more_nodes",
        "single precision and a tuple of one",
        five(
            ExpLayer="""
                class ExpLayer:
                    def forward(self, x):
                        self.y = np.exp(np.asarray(x, dtype=np.float32))
                        return self.y

                    def backward(self, dout):
                        return (np.asarray(dout, dtype=np.float32) * self.y,)
                """,
            LogLayer="""
                class LogLayer:
                    def forward(self, x):
                        self.x = np.asarray(x, dtype=np.float32)
                        return (np.log(self.x),)

                    def backward(self, dout):
                        return np.asarray(dout, dtype=np.float32) / self.x
                """,
        ),
    ),
    Style(
        "more_nodes",
        "functions that make nodes, logarithms by base",
        five(
            SubLayer="""
                from types import SimpleNamespace


                def SubLayer():
                    return SimpleNamespace(
                        forward=lambda x, y: x - y, backward=lambda dout: (dout, 0 - dout)
                    )
                """,
            LogLayer="""
                class LogLayer:
                    밑 = 2

                    def forward(self, 입력):
                        self.입력 = np.copy(입력)
                        return np.log2(입력) * np.log(self.밑)

                    def backward(self, 미분):
                        return 미분 * np.reciprocal(self.입력)
                """,
        ),
    ),
]

BRANCH = [
    Style(
        "branch",
        "a tuple, and a sum",
        code("""
            class Branch:
                def forward(self, x):
                    return x, x

                def backward(self, d1, d2):
                    return d1 + d2
            """),
    ),
    Style(
        "branch",
        "a list of copies",
        code("""
            class Branch:
                def forward(self, x):
                    return [np.copy(x), np.copy(x)]

                def backward(self, *messages):
                    return sum(messages)
            """),
    ),
    Style(
        "branch",
        "stacked, and summed over the copies",
        code("""
            class Branch:
                def forward(self, x):
                    return np.stack([x, x])

                def backward(self, d1, d2):
                    return np.sum([d1, d2], axis=0)
            """),
    ),
    Style(
        "branch",
        "a gradient that starts at 0 and is added to",
        code("""
            class Branch:
                def __init__(self):
                    self.dx = None

                def forward(self, x):
                    self.dx = np.zeros(np.shape(x))
                    return (x,) * 2

                def backward(self, d1, d2):
                    self.dx = np.zeros(np.shape(d1))
                    for message in (d1, d2):
                        self.dx = self.dx + message
                    return self.dx
            """),
    ),
    Style(
        "branch",
        "added in place",
        code("""
            class Branch:
                def forward(self, x):
                    return x, x

                def backward(self, d1, d2):
                    d1 += d2
                    return d1
            """),
    ),
    Style(
        "branch",
        "a dataclass with any number of copies, Korean names",
        code("""
            from dataclasses import dataclass


            @dataclass
            class Branch:
                갈래: int = 2

                def forward(self, x):
                    return tuple(x for _ in range(self.갈래))

                def backward(self, 첫째, 둘째=0.0):
                    print("두 갈래의 미분:", 첫째, 둘째)
                    return np.add(첫째, 둘째)
            """),
    ),
    Style(
        "branch",
        "times one, and a tuple of one",
        code("""
            class Branch:
                @classmethod
                def forward(cls, x):
                    return x * 1, x * 1.0

                @classmethod
                def backward(cls, d1, d2):
                    return (1 * d1 + 1 * d2,)
            """),
    ),
]

TOY_FORWARD = code("""
    def toy_forward(x, beta, omega):
        f0 = beta[0] + omega[0] * x
        h1 = np.sin(f0)
        f1 = beta[1] + omega[1] * h1
        h2 = np.exp(f1)
        f2 = beta[2] + omega[2] * h2
        h3 = np.cos(f2)
        f3 = beta[3] + omega[3] * h3
        return f0, h1, f1, h2, f2, h3, f3
    """)


def with_forward(text: str) -> str:
    return f"{TOY_FORWARD}\n\n{code(text)}"


TOY = [
    Style(
        "toy_model",
        "fifteen lines",
        with_forward("""
            def toy_backward(x, y, beta, omega):
                f0, h1, f1, h2, f2, h3, f3 = toy_forward(x, beta, omega)
                df3 = 2 * (f3 - y)
                dh3 = omega[3] * df3
                df2 = -np.sin(f2) * dh3
                dh2 = omega[2] * df2
                df1 = np.exp(f1) * dh2
                dh1 = omega[1] * df1
                df0 = np.cos(f0) * dh1
                dbeta = np.array([df0, df1, df2, df3])
                domega = np.array([x * df0, h1 * df1, h2 * df2, h3 * df3])
                return (df3, dh3, df2, dh2, df1, dh1, df0), dbeta, domega
            """),
    ),
    Style(
        "toy_model",
        "loops over a table of curves",
        code("""
            CURVES = [(np.sin, np.cos), (np.exp, np.exp), (np.cos, lambda f: -np.sin(f))]


            def toy_forward(x, beta, omega):
                values = [beta[0] + omega[0] * x]
                for k, (curve, _) in enumerate(CURVES, 1):
                    values.append(curve(values[-1]))
                    values.append(beta[k] + omega[k] * values[-1])
                return tuple(values)


            def toy_backward(x, y, beta, omega):
                values = [x, *toy_forward(x, beta, omega)]
                found = [2 * (values[-1] - y)]
                for k in (3, 2, 1):
                    found.append(found[-1] * omega[k])
                    found.append(found[-1] * CURVES[k - 1][1](values[2 * k - 1]))
                dbeta = np.array(found[::2][::-1])
                return tuple(found), dbeta, dbeta * np.array(values[:-1:2])
            """),
    ),
    Style(
        "toy_model",
        "parameters filled in one by one, lists everywhere",
        with_forward("""
            def toy_backward(x, y, beta, omega):
                f0, h1, f1, h2, f2, h3, f3 = toy_forward(x, beta, omega)
                d = {"f3": 2.0 * f3 - 2.0 * y}
                d["h3"] = d["f3"] * omega[3]
                d["f2"] = -d["h3"] * np.sin(f2)
                d["h2"] = d["f2"] * omega[2]
                d["f1"] = d["h2"] * h2
                d["h1"] = d["f1"] * omega[1]
                d["f0"] = d["h1"] * np.cos(f0)
                dbeta, domega = np.zeros(4), np.empty(4)
                for k, before in enumerate([x, h1, h2, h3]):
                    dbeta[k] = d[f"f{k}"]
                    domega[k] = d[f"f{k}"] * before
                return [list(d.values()), list(dbeta), domega.tolist()]
            """),
    ),
    Style(
        "toy_model",
        "one formula for each, from the end",
        with_forward("""
            def toy_backward(x, y, beta, omega):
                f0, h1, f1, h2, f2, h3, f3 = toy_forward(x, beta, omega)
                e = 2 * (f3 - y)
                a = -e * omega[3] * np.sin(f2)
                b = a * omega[2] * np.exp(f1)
                c = b * omega[1] * np.cos(f0)
                seven = (e, e * omega[3], a, a * omega[2], b, b * omega[1], c)
                dbeta = np.array([c, b, a, e])
                return seven, dbeta, dbeta * [x, h1, h2, h3]
            """),
    ),
    Style(
        "toy_model",
        "a product of slopes by np.cumprod",
        with_forward("""
            def toy_backward(x, y, beta, omega):
                f0, h1, f1, h2, f2, h3, f3 = toy_forward(x, beta, omega)
                slopes = [2 * (f3 - y), omega[3], -np.sin(f2), omega[2], h2, omega[1], np.cos(f0)]
                found = np.cumprod(slopes)
                dbeta = found[[6, 4, 2, 0]]
                return found, dbeta, dbeta * np.array([x, h1, h2, h3])
            """),
    ),
    Style(
        "toy_model",
        "nodes of its own",
        code("""
            class Line:
                def __init__(self, beta, omega):
                    self.beta, self.omega = beta, omega

                def forward(self, x):
                    self.x = x
                    return self.beta + self.omega * x

                def backward(self, dout):
                    self.dbeta, self.domega = dout, dout * self.x
                    return dout * self.omega


            class Curve:
                def __init__(self, f, slope):
                    self.f, self.slope = f, slope

                def forward(self, x):
                    self.x = x
                    return self.f(x)

                def backward(self, dout):
                    return dout * self.slope(self.x)


            def _layers(beta, omega):
                lines = [Line(b, w) for b, w in zip(beta, omega)]
                curves = [
                    Curve(np.sin, np.cos),
                    Curve(np.exp, np.exp),
                    Curve(np.cos, lambda f: -np.sin(f)),
                ]
                layers = [lines[0]]
                for curve, line in zip(curves, lines[1:]):
                    layers += [curve, line]
                return layers, lines


            def _run(layers, x):
                values = []
                for layer in layers:
                    x = layer.forward(x)
                    values.append(x)
                return values


            def toy_forward(x, beta, omega):
                return tuple(_run(_layers(beta, omega)[0], x))


            def toy_backward(x, y, beta, omega):
                layers, lines = _layers(beta, omega)
                found = [2 * (_run(layers, x)[-1] - y)]
                for layer in layers[:0:-1]:
                    found.append(layer.backward(found[-1]))
                layers[0].backward(found[-1])
                dbeta = np.array([line.dbeta for line in lines])
                domega = np.array([line.domega for line in lines])
                return tuple(found), dbeta, domega
            """),
    ),
    Style(
        "toy_model",
        "an array of seven values, Korean names, prints",
        code("""
            def toy_forward(x, beta, omega):
                값 = np.zeros(7)
                값[0] = beta[0] + omega[0] * x
                for k, 함수 in enumerate([np.sin, np.exp, np.cos]):
                    값[2 * k + 1] = 함수(값[2 * k])
                    값[2 * k + 2] = beta[k + 1] + omega[k + 1] * 값[2 * k + 1]
                print("손실에 들어가는 값:", 값[6])
                return 값


            def toy_backward(x, y, beta, omega):
                f0, h1, f1, h2, f2, h3, f3 = toy_forward(x, beta, omega)
                기울기 = {3: -np.sin(f2), 2: np.exp(f1), 1: np.cos(f0)}
                미분 = [2 * (f3 - y)]
                for k in (3, 2, 1):
                    미분 += [미분[-1] * omega[k], 미분[-1] * omega[k] * 기울기[k]]
                dbeta = np.flip(np.array(미분)[::2])
                return tuple(미분), dbeta, np.multiply(dbeta, (x, h1, h2, h3))
            """),
    ),
]

MEASURED = [
    Style(
        "numeric_gradient",
        "every place of a copy",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.array(x, dtype=float)
                gradient = np.zeros_like(x)
                for place in np.ndindex(x.shape):
                    old = x[place]
                    x[place] = old + h
                    above = f(x)
                    x[place] = old - h
                    below = f(x)
                    gradient[place] = (above - below) / (2 * h)
                    x[place] = old
                return gradient
            """),
    ),
    Style(
        "numeric_gradient",
        "np.nditer with a larger step, as books write it",
        code("""
            def numeric_gradient(f, x, h=1e-4):
                x = np.asarray(x).astype(float)
                grad = np.zeros_like(x)
                it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
                while not it.finished:
                    idx = it.multi_index
                    tmp_val = x[idx]
                    x[idx] = float(tmp_val) + h
                    fxh1 = f(x)
                    x[idx] = tmp_val - h
                    fxh2 = f(x)
                    grad[idx] = (fxh1 - fxh2) / (2 * h)
                    x[idx] = tmp_val
                    it.iternext()
                return grad
            """),
    ),
    Style(
        "numeric_gradient",
        "in the caller's own array, and put back",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
                    x = np.array(x, dtype=float)
                gradient = np.zeros_like(x)
                for place, old in np.ndenumerate(x.copy()):
                    x[place] = old + h
                    above = f(x)
                    x[place] = old - h
                    gradient[place] = (above - f(x)) / (2 * h)
                    x[place] = old
                return gradient
            """),
    ),
    Style(
        "numeric_gradient",
        "put back by adding the step again",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.asarray(x, dtype=float)
                gradient = np.zeros(x.shape)
                for place in np.ndindex(*x.shape):
                    x[place] += h
                    above = f(x)
                    x[place] -= 2 * h
                    below = f(x)
                    x[place] += h
                    gradient[place] = (above - below) / (2 * h)
                return gradient
            """),
    ),
    Style(
        "numeric_gradient",
        "two fresh copies an entry",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.asarray(x, dtype=np.float64)

                def slope(place):
                    up, down = x.copy(), x.copy()
                    up[place] += h
                    down[place] -= h
                    return (f(up) - f(down)) / (up[place] - down[place])

                places = list(np.ndindex(x.shape))
                return np.array([slope(place) for place in places]).reshape(x.shape)
            """),
    ),
    Style(
        "numeric_gradient",
        "one unit array an entry",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.array(x, dtype=float)
                units = np.eye(x.size).reshape((x.size, *x.shape))
                found = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in units]
                return np.reshape(found, x.shape)
            """),
    ),
    Style(
        "numeric_gradient",
        "a row of all entries",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                shape = np.shape(x)
                row = np.array(x, dtype=float).ravel()
                gradient = []
                for k in range(len(row)):
                    old = row[k]
                    values = []
                    for sign in (+1, -1):
                        row[k] = old + sign * h
                        values.append(f(row.reshape(shape)))
                    row[k] = old
                    gradient.append((values[0] - values[1]) / (2 * h))
                return np.array(gradient).reshape(shape)
            """),
    ),
    Style(
        "numeric_gradient",
        "five points",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.array(x, dtype=float)
                gradient = np.zeros_like(x)
                for place in np.ndindex(x.shape):
                    def at(t):
                        moved = x.copy()
                        moved[place] += t
                        return f(moved)

                    gradient[place] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
                return gradient
            """),
    ),
    Style(
        "numeric_gradient",
        "two steps, extrapolated",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.array(x, dtype=float)

                def central(place, step):
                    up, down = x.copy(), x.copy()
                    up[place] += step
                    down[place] -= step
                    return (f(up) - f(down)) / (2 * step)

                gradient = np.empty(x.shape)
                for place in np.ndindex(x.shape):
                    gradient[place] = (4 * central(place, h / 2) - central(place, h)) / 3
                return gradient
            """),
    ),
    Style(
        "numeric_gradient",
        "half a step to each side",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.asarray(x) * 1.0
                gradient = np.zeros_like(x)
                for place in np.ndindex(x.shape):
                    e = np.zeros_like(x)
                    e[place] = h / 2
                    gradient[place] = (f(x + e) - f(x - e)) / h
                return gradient
            """),
    ),
    Style(
        "numeric_gradient",
        "a step that follows the entry",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.array(x, dtype=float)
                gradient = np.zeros_like(x)
                for place in np.ndindex(x.shape):
                    step = h * max(1.0, abs(x[place]))
                    up, down = x.copy(), x.copy()
                    up[place] += step
                    down[place] -= step
                    gradient[place] = (f(up) - f(down)) / (2 * step)
                return gradient
            """),
    ),
    Style(
        "numeric_gradient",
        "recursion over axes, a float for a number, Korean names",
        code("""
            def numeric_gradient(f, x, h=1e-5, *, 말하기=False):
                점 = np.array(x, dtype=float)

                def 훑기(자리):
                    if len(자리) < 점.ndim:
                        return [훑기((*자리, k)) for k in range(점.shape[len(자리)])]
                    원래 = 점[자리]
                    점[자리] = 원래 + h
                    위 = f(점)
                    점[자리] = 원래 - h
                    아래 = f(점)
                    점[자리] = 원래
                    if 말하기:
                        print(자리, 위, 아래)
                    return (위 - 아래) / (2 * h)

                기울기 = 훑기(())
                return 기울기 if 점.ndim == 0 else np.array(기울기)
            """),
    ),
]

JUDGES = [
    Style(
        "relative_error",
        "zeros replaced by np.where",
        code("""
            def relative_error(a, n):
                a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
                larger = np.maximum(np.abs(a), np.abs(n))
                return np.max(np.abs(a - n) / np.where(larger == 0, 1, larger))


            def gradients_agree(a, n, tol=1e-6):
                a, n = np.asarray(a), np.asarray(n)
                return np.all(np.abs(a - n) <= tol * (np.abs(n) + np.max(np.abs(n))))
            """),
    ),
    Style(
        "relative_error",
        "np.divide where it can, and a limit of one's own",
        code("""
            def relative_error(a, n):
                gap = np.abs(np.subtract(a, n))
                larger = np.maximum(np.abs(a), np.abs(n))
                error = np.divide(gap, larger, out=np.zeros_like(gap), where=larger > 0)
                return float(error.max())


            def gradients_agree(a, n, tol=1e-6):
                limit = tol * np.abs(n) + tol * np.abs(n).max()
                return bool((np.abs(np.subtract(a, n)) <= limit).all())
            """),
    ),
    Style(
        "relative_error",
        "plain loops",
        code("""
            def relative_error(a, n):
                worst = 0.0
                for one, other in zip(np.ravel(a), np.ravel(n)):
                    size = max(abs(one), abs(other))
                    if size != 0:
                        worst = max(worst, abs(one - other) / size)
                return worst


            def gradients_agree(a, n, tol=1e-6):
                largest = max(abs(other) for other in np.ravel(n))
                for one, other in zip(np.ravel(a), np.ravel(n)):
                    if not abs(one - other) <= tol * (abs(other) + largest):
                        return False
                return True
            """),
    ),
    Style(
        "relative_error",
        "nan from 0 / 0 turned into 0, np.allclose with a limit of its own",
        code("""
            def relative_error(a, n):
                a, n = np.atleast_1d(a).astype(float), np.atleast_1d(n).astype(float)
                with np.errstate(invalid="ignore"):
                    error = np.abs(a - n) / np.maximum(np.abs(a), np.abs(n))
                return np.nan_to_num(error).max().item()


            def gradients_agree(a, n, tol=1e-6):
                return np.allclose(a, n, rtol=tol, atol=tol * np.max(np.abs(n)))
            """),
    ),
    Style(
        "relative_error",
        "a warning on the way",
        code("""
            def relative_error(a, n):
                a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
                larger = np.maximum(np.abs(a), np.abs(n))
                return np.max(np.where(larger > 0, np.abs(a - n) / larger, 0))


            def gradients_agree(a, n, tol=1e-6):
                a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
                ratio = np.abs(a - n) / (np.abs(n) + np.max(np.abs(n)))
                return bool(np.all((ratio <= tol) | (a == n)))
            """),
    ),
    Style(
        "relative_error",
        "only the places where something is",
        code("""
            def relative_error(a, n):
                a, n = np.ravel(np.asarray(a, float)), np.ravel(np.asarray(n, float))
                where = (a != 0) | (n != 0)
                if not where.any():
                    return 0
                a, n = a[where], n[where]
                sizes = np.max(np.abs([a, n]), axis=0)
                return np.max(np.abs(a - n) / sizes)


            def gradients_agree(a, n, tol=1e-6):
                a, n = np.ravel(np.asarray(a, float)), np.ravel(np.asarray(n, float))
                excess = np.abs(a - n) - tol * (np.abs(n) + np.linalg.norm(n, np.inf))
                return not (~(excess <= 0)).any()
            """),
    ),
    Style(
        "relative_error",
        "a floor far below any gradient",
        code("""
            def relative_error(a, n):
                a, n = np.array(a, dtype=float), np.array(n, dtype=float)
                larger = np.maximum(np.maximum(abs(a), abs(n)), 1e-12)
                return np.array(np.amax(abs(a - n) / larger))


            def gradients_agree(a, n, tol=1e-6, verbose=False):
                a, n = np.array(a, dtype=float), np.array(n, dtype=float)
                worst = np.abs(a - n) - tol * (np.abs(n) + np.abs(n).max())
                if verbose:
                    print(worst.max())
                return np.array(worst.max() <= 0)
            """),
    ),
    Style(
        "relative_error",
        "a tiny number in the denominator, Korean names, prints",
        code("""
            def relative_error(a, n):
                차이 = np.abs(np.asarray(a, dtype=float) - np.asarray(n, dtype=float))
                큰쪽 = np.maximum(np.abs(a), np.abs(n)) + 1e-12
                print("가장 큰 차이:", 차이.max())
                return (차이 / 큰쪽).max()


            def gradients_agree(a, n, tol=1e-6):
                차이 = np.abs(np.asarray(a, dtype=float) - np.asarray(n, dtype=float))
                한계 = tol * (np.abs(n) + np.max(np.abs(n)))
                return 1 if np.all(차이 <= 한계) else 0
            """),
    ),
    Style(
        "relative_error",
        "one number at a time, vectorized",
        code("""
            @np.vectorize
            def _one(a, n):
                return 0.0 if a == n == 0 else abs(a - n) / max(abs(a), abs(n))


            def relative_error(a, n):
                return float(np.max(_one(np.asarray(a, float), np.asarray(n, float))))


            def gradients_agree(a, n, tol=1e-6):
                largest = np.max(np.abs(n))
                close = np.vectorize(lambda p, q: abs(p - q) <= tol * (abs(q) + largest))
                return bool(np.all(close(np.asarray(a, float), np.asarray(n, float))))
            """),
    ),
]

GRAPHS = [
    Style(
        "graph_backward",
        "depth first, inputs before the node",
        code("""
            def graph_backward(node):
                topo, visited = [], set()

                def build(v):
                    if v not in visited:
                        visited.add(v)
                        for child in v.inputs:
                            build(child)
                        topo.append(v)

                build(node)
                for v in topo:
                    v.grad = 0
                node.grad = 1
                for v in reversed(topo):
                    for child, local in zip(v.inputs, v.local_grads):
                        child.grad += local * v.grad
            """),
    ),
    Style(
        "graph_backward",
        "counting users (Kahn)",
        code("""
            from collections import Counter


            def graph_backward(node):
                users, found = Counter(), [node]
                for current in found:
                    current.grad = 0.0
                    for source in current.inputs:
                        users[id(source)] += 1
                        if all(source is not known for known in found):
                            found.append(source)
                node.grad = 1.0
                ready = [node]
                while ready:
                    current = ready.pop()
                    for source, local in zip(current.inputs, current.local_grads):
                        source.grad += current.grad * local
                        users[id(source)] -= 1
                        if users[id(source)] == 0:
                            ready.append(source)
            """),
    ),
    Style(
        "graph_backward",
        "a stack instead of recursion",
        code("""
            def graph_backward(node):
                ordered, seen, stack = [], set(), [(node, False)]
                while stack:
                    current, done = stack.pop()
                    if done:
                        ordered.append(current)
                    elif id(current) not in seen:
                        seen.add(id(current))
                        stack.append((current, True))
                        stack.extend((source, False) for source in current.inputs)
                for current in ordered:
                    current.grad = 0.0
                node.grad = 1.0
                while ordered:
                    current = ordered.pop()
                    for k in range(len(current.inputs)):
                        current.inputs[k].grad += current.grad * current.local_grads[k]
            """),
    ),
    Style(
        "graph_backward",
        "each node asks its users, and remembers the answer",
        code("""
            def graph_backward(node):
                users, nodes = {}, {}

                def collect(current):
                    if id(current) in nodes:
                        return
                    nodes[id(current)] = current
                    for source, local in zip(current.inputs, current.local_grads):
                        users.setdefault(id(source), []).append((current, local))
                        collect(source)

                memo = {id(node): 1.0}

                def slope(current):
                    if id(current) not in memo:
                        memo[id(current)] = sum(
                            slope(user) * local for user, local in users[id(current)]
                        )
                    return memo[id(current)]

                collect(node)
                for current in nodes.values():
                    current.grad = slope(current)
            """),
    ),
    Style(
        "graph_backward",
        "recursion that passes on only what is new",
        code("""
            def graph_backward(node):
                def reset(current):
                    current.grad = 0.0
                    for source in current.inputs:
                        reset(source)

                def send(current, message):
                    current.grad += message
                    for source, local in zip(current.inputs, current.local_grads):
                        send(source, message * local)

                reset(node)
                send(node, 1.0)
            """),
    ),
    Style(
        "graph_backward",
        "sorted by the longest way to the root",
        code("""
            def graph_backward(node):
                depth, nodes = {}, {}

                def measure(current, steps):
                    nodes[id(current)] = current
                    depth[id(current)] = max(steps, depth.get(id(current), 0))
                    for source in current.inputs:
                        measure(source, steps + 1)

                measure(node, 0)
                for current in nodes.values():
                    current.grad = np.float64(current is node)
                for current in sorted(nodes.values(), key=lambda one: depth[id(one)]):
                    for source, local in zip(current.inputs, current.local_grads):
                        source.grad = source.grad + current.grad * local
            """),
    ),
    Style(
        "graph_backward",
        "a matrix of slopes",
        code("""
            def graph_backward(node):
                nodes = []

                def collect(current):
                    if not any(current is one for one in nodes):
                        for source in current.inputs:
                            collect(source)
                        nodes.append(current)

                collect(node)
                place = {id(one): k for k, one in enumerate(nodes)}
                local = np.zeros((len(nodes), len(nodes)))
                for one in nodes:
                    for source, slope in zip(one.inputs, one.local_grads):
                        local[place[id(source)], place[id(one)]] += slope
                start = np.zeros(len(nodes))
                start[place[id(node)]] = 1.0
                for one, grad in zip(nodes, np.linalg.solve(np.eye(len(nodes)) - local, start)):
                    one.grad = grad
            """),
    ),
    Style(
        "graph_backward",
        "a generator, Korean names, and the root returned",
        code("""
            def graph_backward(node):
                본것 = set()

                def 아래부터(점):
                    if id(점) in 본것:
                        return
                    본것.add(id(점))
                    for 앞 in 점.inputs:
                        yield from 아래부터(앞)
                    yield 점

                차례 = list(아래부터(node))
                for 점 in 차례:
                    점.grad = 0.0
                node.grad = 1.0
                for 점 in 차례[::-1]:
                    for 앞, 기울기 in zip(점.inputs, 점.local_grads):
                        앞.grad += 점.grad * 기울기
                print(len(차례), "개의 점")
                return node
            """),
    ),
]

COUNT_HEAD = "def count_wrong(analytic, numeric, tol=1e-7):"


def count(body: str) -> str:
    return f"{COUNT_HEAD}\n{indent(code(body), ' ' * 4)}"


COUNTS = [
    Style(
        "ch1_bug",
        "sizes before the maximum",
        count("""
            analytic, numeric = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
            gap = np.abs(analytic - numeric)
            larger = np.maximum(np.abs(analytic), np.abs(numeric))
            error = np.divide(gap, larger, out=np.zeros(gap.shape), where=larger != 0)
            return int(np.sum(error > tol))
            """),
    ),
    Style(
        "ch1_bug",
        "multiplied instead of divided",
        count("""
            analytic, numeric = np.array(analytic), np.array(numeric)
            larger = np.maximum(np.abs(analytic), np.abs(numeric))
            return np.count_nonzero(np.abs(analytic - numeric) > tol * larger)
            """),
    ),
    Style(
        "ch1_bug",
        "a loop",
        count("""
            wrong = 0
            for a, n in zip(np.ravel(analytic), np.ravel(numeric)):
                larger = max(abs(a), abs(n))
                if larger > 0 and abs(a - n) / larger > tol:
                    wrong += 1
            return wrong
            """),
    ),
    Style(
        "ch1_bug",
        "largest of four signed numbers",
        count("""
            a, n = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
            larger = np.max([a, -a, n, -n], axis=0)
            error = np.where(larger > 0, np.abs(a - n) / np.where(larger > 0, larger, 1), 0)
            return (error > tol).sum()
            """),
    ),
    Style(
        "ch1_bug",
        "0 / 0 left to be nan, with its warning",
        count("""
            a, n = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
            error = np.abs(a - n) / np.maximum(np.abs(a), np.abs(n))
            return int(np.sum(error > tol))
            """),
    ),
    Style(
        "ch1_bug",
        "a function inside, Korean names",
        count("""
            def 어긋남(a, n):
                큰쪽 = np.fmax(np.absolute(a), np.absolute(n))
                큰쪽[큰쪽 == 0] = 1
                return np.absolute(a - n) / 큰쪽

            틀림 = 어긋남(np.array(analytic, dtype=float), np.array(numeric, dtype=float)) > tol
            print("틀린 것:", 틀림.sum())
            return np.int64(틀림.sum())
            """),
    ),
    Style(
        "ch1_bug",
        "the places listed and counted",
        count("""
            a, n = np.asarray(analytic), np.asarray(numeric)
            size = np.hypot(np.abs(a), 0), np.hypot(np.abs(n), 0)
            limit = tol * np.where(size[0] >= size[1], size[0], size[1])
            return len(np.argwhere(np.abs(a - n) > limit))
            """),
    ),
]

STYLES: tuple[Style, ...] = (
    *PRODUCT,
    *SUM,
    *APPLES,
    *FRUITS,
    *CHAIN,
    *NODES_FIVE,
    *BRANCH,
    *TOY,
    *MEASURED,
    *JUDGES,
    *GRAPHS,
    *COUNTS,
)
