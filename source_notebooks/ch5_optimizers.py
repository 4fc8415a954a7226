# %% [markdown]
# # Chapter 5. Optimizers
#
# Three programs teach the same thing to the same small network. They start from the same weights,
# they find gradients with the same code, and they have the same learning rate, 0.1. They differ
# only in what they do with a gradient once they have it. The table shows the error that is left.
#
# | steps | gradient descent | momentum | Adam |
# |--:|--:|--:|--:|
# | 0 | 0.009826 | 0.009826 | 0.009826 |
# | 1 | 0.009807 | 0.009807 | 0.003127 |
# | 2 | 0.009788 | 0.009771 | **0.000085** |
# | 5 | 0.009733 | 0.009581 | 0.000982 |
# | 10 | 0.009639 | 0.009044 | **0.001116** |
# | 50 | 0.008865 | 0.001729 | 0.000015 |
# | 100 | 0.007833 | 0.000014 | 0.00000005 |
#
# Read the last column from the top. After two steps the error is 115 times smaller. Eight steps
# later it is 13 times larger again.
#
# Which of the three is faster, and by how much? Gradient descent needs 800 steps to bring the error
# below 0.0001, and Adam needs 2: that is 400 times as fast. To come below 0.000001 they need 1,368
# and 52: 26 times as fast. A published report on this very network says about 20 times.
#
# **With the same start and the same rate, how can one program be nearly there after two steps, and
# then lose its way? And how many times faster is it: 400, 26 or 20?** The last page answers both
# questions. The answer to the second is none of the three.
#
# ## What you will be able to do
#
# - Turn gradients into steps in six ways, and recognise an optimizer by four of its steps.
# - Say what an optimizer has to remember, for which parameter, and what a restart loses.
# - Explain Adam's bias correction, and say what happens without it.
# - Write a training loop in which nothing moves before all gradients are known.
# - Compare optimizers honestly.
# - Prove a fault in a program from the numbers it has printed, without seeing its code.
#
# You need chapter 3 for its network and chapter 4 for its small net; both are given here. Reading
# and exercises together take three to four hours. The sections are good places for a pause. The
# rules are those of chapter 1: replace the lines that raise, run the cell, run the check below it.

# %%
import copy
import itertools

import numpy as np

from course import check, check_all, data, figures, hint, progress, ready, reset, reveal

# %% [markdown]
# ## Given
#
# Two networks. The first is the digit reader of chapter 3, with its layers, as you wrote them
# there. Rows are samples.


# %%
def one_hot(t, classes):
    """Labels t (N,), whole numbers below classes -> (N, classes) with a single 1 in each row."""
    return np.eye(classes)[t]


# %% given="Relu,Sigmoid,Affine,softmax,cross_entropy,SoftmaxWithLoss,TwoLayerNet"
# The build puts the solved answers of these here.

# %% [markdown]
# The second is the small net of 4.8, now as a class. It has seven inputs, six ReLUs, five sigmoids
# and two more sigmoids at the end. Columns are samples, and there is only one: shown `small_x`, the
# network is to answer `small_t`. The error $E$ is half the sum of the squared differences. Before
# the first step it is the 0.009826 of the first page.
#
# Three names are the same in both classes, and an optimizer's work needs no others: `params`, a
# dictionary of arrays; `loss(x, t)`, a number; `gradient(x, t)`, a dictionary with the keys of
# `params`, and arrays of the same shapes.


# %%
class SmallNet:
    """7-6-5-2: ReLU, sigmoid, sigmoid, and half the squared error; x (7, 1), t (2, 1)."""

    def __init__(self):
        rand = np.random.RandomState(12).rand  # the published start; the order of drawing counts
        self.params = {
            "W1": rand(6, 7),
            "b1": rand(6, 1),
            "W2": rand(5, 6),
            "b2": rand(5, 1),
            "W3": rand(2, 5),
            "b3": rand(2, 1),
        }

    def forward(self, x):
        """x (7, 1) -> (f1, h1, h2, output): before and after the ReLU, and after each sigmoid."""
        p = self.params
        f1 = p["W1"] @ x + p["b1"]
        h1 = np.where(f1 > 0, f1, 0)
        h2 = Sigmoid().forward(p["W2"] @ h1 + p["b2"])
        return f1, h1, h2, Sigmoid().forward(p["W3"] @ h2 + p["b3"])

    def loss(self, x, t):
        """x (7, 1), t (2, 1) -> the error, a number."""
        return np.sum((self.forward(x)[-1] - t) ** 2) / 2

    def gradient(self, x, t):
        """x (7, 1), t (2, 1) -> dict, the error's gradient by name; no parameter moves."""
        f1, h1, h2, output = self.forward(x)
        d3 = (output - t) * output * (1 - output)
        d2 = (self.params["W3"].T @ d3) * h2 * (1 - h2)
        d1 = np.where(f1 > 0, self.params["W2"].T @ d2, 0)
        return {"W1": d1 @ x.T, "b1": d1, "W2": d2 @ h1.T, "b2": d2, "W3": d3 @ h2.T, "b3": d3}


small_x = np.array([[0.4], [-0.2], [0.1], [0.1], [-0.15], [0.6], [-0.9]])
small_t = np.array([[0.87503811], [0.83690408]])

print("E =", SmallNet().loss(small_x, small_t))

# %% [markdown]
# ## A gradient is not a step
#
# A gradient says, for each parameter, how fast the loss rises when that parameter is raised a
# little. It says which way is down. It doesn't say *how far to go*: a slope has the unit loss per
# parameter, and a step has the unit of the parameter. Something has to turn the one into the other.
# That is an **optimizer**.
#
# All optimizers of this chapter have one method, `update(params, grads)`. It gets two dictionaries
# with the same keys, such as `"W1"` and `"b1"`. `params[name]` and `grads[name]` are arrays of one
# shape. `update` returns nothing. It **changes the arrays of `params` in place**, and it leaves
# `grads` as it is.
#
# In place matters. The layers of a network hold the very arrays that are in `params`. Write new
# numbers into those arrays and the layers feel it. Put a new array under the old name and they
# don't: they go on with what they had, and never learn.

# %% demo=true
shelf = {"W": np.zeros(2)}
held_by_a_layer = shelf["W"]

shelf["W"] -= 1.0  # in place: the array changes
print("after -=      the layer sees", held_by_a_layer)
shelf["W"] = shelf["W"] - 1.0  # a new array, under the old name
print("after = ... - the layer sees", held_by_a_layer, "  and the dictionary", shelf["W"])

w = shelf["W"]
w = w - 1.0  # a new array, under a name of its own
print("after w = ... the dictionary has", shelf["W"])

# %% [markdown]
# ### An optimizer with everything written out
#
# Here is one that looks at the sign of the gradient only. Every entry goes the same distance, `lr`,
# downhill. `lr` is the *learning rate*.


# %%
class SignStep:
    """p -= lr * sign(g) for every parameter p with gradient g."""

    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        for name in params:
            params[name] -= self.lr * np.sign(grads[name])


# %% demo=true
params = {"W": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.array([5.0, 6.0])}
SignStep(lr=0.1).update(
    params, {"W": np.array([[7.0, -0.01], [0.0, 1.0]]), "b": np.array([-3.0, 0.5])}
)
print(params)

# %% [markdown]
# Keep this one in mind. It looks too simple to be of use, and you will meet it again inside another
# one.
#
# ### 5.1 Gradient descent
#
# *About five minutes.* The step that you have taken since chapter 1: against the slope, and in
# proportion to it. With $p$ for a parameter, $g$ for its gradient and $\eta$ for the learning rate:
#
# $$ p \;\leftarrow\; p - \eta\, g $$
#
# It is called SGD. The S stands for *stochastic*: the gradient comes from a random handful of
# samples, not from all of them. The step is the same either way.
#
# **Goal:** `update(params, grads)`, in place, for two dictionaries with equal keys and arrays of
# any shape.


# %% answer="SGD"
class SGD:
    """Gradient descent: p -= lr * g for every parameter p with gradient g."""

    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        ### BEGIN SOLUTION 5.1: move every parameter against its gradient
        for name in params:
            params[name] -= self.lr * grads[name]
        ### END SOLUTION


# %% exercise="sgd" points=2
check("sgd", SGD)

# %% [markdown] hints="sgd"
# 1. What does `SignStep` do that you want too? What is different about how far it goes?
# 2. One line of `SignStep` changes. For a rate of 0.1 and a gradient of 7, the entry moves by -0.7;
#    for a gradient of -0.01 it moves by 0.001.
# 3. Go through the names of `params`. From `params[name]` take away the rate times the gradient,
#    with `-=`, so that the array itself changes.

# %% [markdown]
# With a rate of 0.1, a parameter of 1 and a gradient of 7, yours leaves 0.3.
#
# How far can one rate carry you? Think of a narrow valley. Its floor falls gently to the east,
# while its walls are steep. The height at the place $(x, y)$ is
#
# $$ \frac{x^2}{40} + y^2 , \qquad \text{with the slopes}\quad \frac{x}{20} \quad\text{and}\quad
#    2y . $$
#
# The lowest point is $(0, 0)$. At the same distance from it, the walls are forty times as steep as
# the floor.


# %% demo=true
def walk(optimizer, steps, start=(-8.0, 2.0)):
    """The places an optimizer visits in the valley, the start included: (steps + 1, 2)."""
    params = {"place": np.array(start)}
    places = [params["place"].copy()]
    for _ in range(steps):
        x, y = params["place"]
        optimizer.update(params, {"place": np.array([x / 20, 2 * y])})
        places.append(params["place"].copy())
    return np.array(places)


def draw_walk(ax, places, title):
    """The valley's lines of equal height, and a walk in it."""
    x, y = np.meshgrid(np.linspace(-9, 4, 131), np.linspace(-3, 3, 61))
    ax.contour(x, y, x**2 / 40 + y**2, levels=[0.02, 0.2, 0.7, 2, 4, 7], colors="#b8b8b8")
    ax.plot(*places.T, "o-", color=figures.VALUE_COLOUR, markersize=2.5, linewidth=1)
    ax.plot(0, 0, "X", color=figures.GRADIENT_COLOUR)
    ax.set(title=title, xlim=(-9, 4), ylim=(-3, 3))


# %% [markdown] predict="rate_in_the_valley"
# **How large may the rate be?** One step of gradient descent in the valley multiplies $y$ by
# $1 - 2\eta$ and $x$ by $1 - \eta/20$. With which rates does the walk end at $(0, 0)$ at all, after
# as many steps as you like?
#
# - [ ] with any, the larger the sooner
# - [ ] with rates below 20, or the floor is overshot
# - [x] with rates below 1, because of the walls
# - [ ] with rates below 0.5, or it crosses the valley
#
# > $1 - 2\eta$ must lie between -1 and 1, so $\eta$ must be below 1. Between 0.5 and 1 it is
# > negative: the walk crosses the valley at each step, and still gets nearer. At a rate of 1 the
# > floor still has its factor of 0.95. The steepest direction decides how large the rate may be,
# > and the flattest decides how long you walk.

# %% demo=true
if ready("sgd"):
    figure, first = figures.canvas(width=7.2, height=2.3)
    first.remove()
    for panel, rate in enumerate([0.1, 0.92, 1.02], 1):
        places = walk(SGD(rate), 40)
        draw_walk(figure.add_subplot(1, 3, panel), places, f"rate {rate:g}")
        print(
            f"rate {rate:4}: after 40 steps at x = {places[-1, 0]:6.3f}, y = {places[-1, 1]:7.3f}"
        )
    figures.show(figure, alt="Rate 0.1 crawls along, 0.92 zigzags and gets there, 1.02 runs away.")

# %% [markdown]
# At 0.1 it is soon at the bottom between the walls, and then it crawls. At 0.92 it does get along,
# but most of its way goes from wall to wall. At 1.02 each crossing is longer than the last. Real
# losses have thousands of directions, and some are thousands of times steeper than others. All that
# follows in this chapter is a remedy for this picture.
#
# This table grows through the chapter. $g$ is the gradient of this call.
#
# | optimizer | step | remembers |
# |---|---|---|
# | sign step | ${-\eta\,\operatorname{sign}(g)}$ | nothing |
# | **SGD** | ${-\eta\,g}$ | **nothing** |

# %% [markdown]
# ## Memory
#
# An optimizer may look back. A gradient whose sign changes with every step says something else than
# one that has pointed the same way ten times. What an optimizer keeps from call to call is its
# **state**.
#
# ### An optimizer that remembers, written out
#
# This one moves against the *mean* of all the gradients it has ever seen. To do so it keeps, for
# each parameter, their sum. And it counts its calls.


# %%
class MeanStep:
    """p -= lr * the mean of all gradients so far."""

    def __init__(self, lr=0.01):
        self.lr = lr
        self.calls = 0
        self.total = None  # a dict, made at the first call

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        if self.total is None:
            self.total = {name: np.zeros_like(p) for name, p in params.items()}
        self.calls += 1
        for name in params:
            self.total[name] = self.total[name] + grads[name]
            params[name] -= self.lr * self.total[name] / self.calls


# %% [markdown]
# Four things to copy:
#
# - **State is made at the first call.** Only then does the optimizer know which parameters there
#   are, and which shapes they have. It is kept in `self`, so two optimizers share nothing.
# - **State is kept for each key.** `"W1"` and `"b1"` have nothing to do with each other, and their
#   shapes differ.
# - **The count is kept once.** It counts calls of `update`, not parameters. So it goes up before
#   the loop, not in it.
# - **State is its own array.** `total[name] = grad` would make a second name for somebody else's
#   array, and `+=` on it would then change the gradient.
#
# ### 5.2 Momentum
#
# *About ten minutes.* Let a ball roll through the valley. It has a velocity $v$. Friction leaves
# the share $\mu$ of it at each call, say 0.9, and the slope adds a push downhill. Then the ball
# moves by its velocity:
#
# $$ v \;\leftarrow\; \mu\, v - \eta\, g , \qquad p \;\leftarrow\; p + v . $$
#
# At first $v$ is 0. From wall to wall the pushes change their sign, and cancel in $v$. Along the
# floor they all point the same way, and add up.

# %% [markdown] predict="momentum_in_the_end"
# **In the long run.** The gradient is the same $g$ in every call, and $\mu$ is 0.9. How far does
# the ball go in one step, after very many steps?
#
# - [ ] $\eta g$, as without momentum
# - [ ] $0.9\,\eta g$, friction takes a tenth
# - [x] $10\,\eta g$
# - [ ] further and further, without limit
#
# > In the long run the velocity no longer changes: $v = \mu v - \eta g$. Solve for $v$ and you have
# > $-\eta g / (1 - \mu)$, ten times the plain step. So momentum isn't only smoother, it is also
# > *faster*, and its rate of 0.1 is no longer the same thing as gradient descent's rate of 0.1.

# %% [markdown]
# **Goal:** a class with `lr` and `momentum`, and an `update` as before, in place. One velocity for
# each key, of its parameter's shape, kept from call to call. `self.v` is the place for them.


# %% answer="Momentum"
class Momentum:
    """v = momentum * v - lr * g, then p += v, for every parameter p with gradient g."""

    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum = lr, momentum
        self.v = None  # a velocity for each key, made at the first call

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        ### BEGIN SOLUTION 5.2: the new velocities; move by them
        if self.v is None:
            self.v = {name: np.zeros_like(p) for name, p in params.items()}
        for name in params:
            self.v[name] = self.momentum * self.v[name] - self.lr * grads[name]
            params[name] += self.v[name]
        ### END SOLUTION


# %% exercise="momentum" points=3
check("momentum", Momentum)

# %% [markdown] hints="momentum"
# 1. What must still be there at the next call? Where does `MeanStep` keep such a thing, and how
#    does it begin?
# 2. `self.v` becomes a dictionary of zeros at the first call. Then, for each name: the velocity is
#    replaced by the formula's right side, and the parameter is raised by the *new* velocity.
# 3. Two lines in the loop, one for each arrow. The minus stands in the first, before the rate, so
#    the second is a `+=`. Nothing else carries a rate.

# %% [markdown]
# How do you recognise an optimizer? Hand it the same gradient again and again, and look at the
# lengths of its steps. Four of them are enough, those of calls 1, 2, 10 and 400. They are its
# **fingerprint**. Here the rate and the gradient are both 1.


# %% demo=true
def steps_of(optimizer, calls=400, gradient=1.0):
    """The steps an optimizer takes if its gradient is always the same: (calls,)."""
    params, steps = {"w": np.zeros(1)}, []
    for _ in range(calls):
        before = params["w"].copy()
        optimizer.update(params, {"w": np.full(1, gradient)})
        steps.append((before - params["w"])[0])
    return np.array(steps)


def fingerprint(optimizer):
    """The lengths of steps 1, 2, 10 and 400 under a constant gradient of 1, as a text."""
    return "  ".join(f"{step:8.4f}" for step in steps_of(optimizer)[[0, 1, 9, 399]])


print("calls        1         2        10       400")
print("sign step", fingerprint(SignStep(lr=1.0)))
print("mean step", fingerprint(MeanStep(lr=1.0)))
if ready("momentum"):
    print("momentum ", fingerprint(Momentum(lr=1.0)))

# %% [markdown]
# Yours says 1, 1.9, 6.5132 and 10. The second step is the first push, less a tenth, and another
# push. The last one you predicted.
#
# > **Other conventions.** Three forms of momentum are in use. This one has the minus and the rate
# > inside $v$. Another keeps $v \leftarrow \mu v + \eta g$ and *subtracts* it, which gives the same
# > steps. A third keeps an average, $v \leftarrow \mu v + (1 - \mu)\, g$, and moves by $-\eta v$;
# > its fingerprint is ten times smaller, so it wants a rate that is ten times larger. Many
# > libraries leave the rate out of $v$. That makes no difference, until somebody changes the rate
# > on the way.

# %% [markdown]
# ### 5.3 Nesterov's momentum
#
# *About fifteen minutes.* A ball that looks ahead. Before the next gradient comes, can you say what
# the next velocity will be? Nearly. If the gradient stays as it is, it will be
#
# $$ v_{\text{next}} = \mu\, v - \eta\, g , $$
#
# with the $v$ that you have *just* computed. Momentum moves by $v$. Nesterov's form moves by this
# guess of the next one. When the slope is about to turn, it brakes one step earlier.
#
# So there are two arrows again. The first is that of momentum:
#
# $$ v \;\leftarrow\; \mu\, v - \eta\, g , \qquad
#    p \;\leftarrow\; p + \underbrace{(\ldots)}_{\text{the same formula once more}} . $$
#
# What will the fingerprint be? Under a constant gradient the guess is exact. So it is the
# fingerprint of momentum, one call ahead. The first step is momentum's second.
#
# **Goal:** a class with the interface of `Momentum`, and again one velocity for each key.


# %% answer="Nesterov"
class Nesterov:
    """v = momentum * v - lr * g, then p moves by the v that the same g would make next time."""

    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum = lr, momentum
        self.v = None  # a velocity for each key, made at the first call

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        ### BEGIN SOLUTION 5.3: the new velocities; move by what they will be next
        if self.v is None:
            self.v = {name: np.zeros_like(p) for name, p in params.items()}
        for name in params:
            self.v[name] = self.momentum * self.v[name] - self.lr * grads[name]
            params[name] += self.momentum * self.v[name] - self.lr * grads[name]
        ### END SOLUTION


# %% exercise="nesterov" points=4
check("nesterov", Nesterov)

# %% [markdown] hints="nesterov"
# 1. With $\mu = 0.9$ and $\eta g = 1$, the first $v$ is -1. What would the next one be, if $g$
#    stays? That is how far the *first* step goes.
# 2. The first line of the loop is that of 5.2. The second line raises the parameter, but not by
#    $v$: by the right side of the first line, evaluated once more.
# 3. In the second line stand the momentum, the velocity that was stored a moment ago, the rate and
#    the gradient. The velocity itself isn't stored a second time.

# %% [markdown]
# Yours has the fingerprint 1.9, 2.71, 6.8619, 10.
#
# > **One line too early.** The two arrows can be folded into one. With the velocity $v$ from
# > *before* the call, the step is $\mu^2 v - (1 + \mu)\,\eta g$. A well-known book has printed this
# > formula below the line that moves $v$, so that it met the new velocity. The fingerprint shows it
# > at once: 2.71, 3.439, 7.1757, 10, momentum *two* calls ahead. It still learns, and it still ends
# > at 10. It is only a little too bold, and no loss curve will tell you.


# %% demo=true
class EarlyNesterov:
    """The folded formula, which wants the old velocity, below the line that moves it."""

    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum = lr, momentum
        self.v = {}

    def update(self, params, grads):
        for name in params:
            push = self.lr * grads[name]
            self.v[name] = self.momentum * self.v.get(name, 0.0) - push
            params[name] += self.momentum**2 * self.v[name] - (1 + self.momentum) * push


# %% demo=true
if ready("nesterov") and ready("momentum"):
    print("calls            1         2        10       400")
    for optimizer in (Momentum(lr=1.0), Nesterov(lr=1.0), EarlyNesterov(lr=1.0)):
        print(f"{type(optimizer).__name__:13}", fingerprint(optimizer))

# %% [markdown]
# | optimizer | step | remembers |
# |---|---|---|
# | sign step | ${-\eta\,\operatorname{sign}(g)}$ | nothing |
# | SGD | ${-\eta\,g}$ | nothing |
# | **momentum** | $v$, where ${v \leftarrow \mu v - \eta g}$ | **$v$** |
# | **Nesterov** | ${\mu v - \eta g}$, with the $v$ of momentum | **$v$** |

# %% [markdown]
# ## Scale
#
# ### 5.4 AdaGrad and RMSprop
#
# *About twenty minutes; two classes, one check.* Momentum adds up. The other remedy divides. In
# the valley the two directions have slopes of very different sizes. So give each parameter a rate
# of its own: small where its gradients have been large, and large where they have been small.
#
# **AdaGrad** keeps for each entry the sum of its squared gradients, and divides by the root of it:
#
# $$ h \;\leftarrow\; h + g^2 , \qquad p \;\leftarrow\; p - \eta\,\frac{g}{\sqrt h + \epsilon} $$
#
# All of it is entry by entry. Every entry of `W1` has its own $h$. Why the root? $h$ has the unit
# of a gradient squared, and its root that of a gradient. So the fraction has *no unit at all*.
# Multiply all gradients by 1,000, and the steps stay as they were.
#
# The sum never shrinks, so the steps get shorter and shorter. Under a constant gradient $h$ is
# $k g^2$ after $k$ calls, and step $k$ is $\eta/\sqrt k$: a quarter as long after 16 calls, a
# twentieth after 400.
#
# **RMSprop** forgets. Instead of the sum it keeps a running *average* of the squares. Each call
# keeps a share $\rho$ of the old average, and gives the share $1 - \rho$ to what is new:
#
# $$ h \;\leftarrow\; \rho\, h + (1 - \rho)\, g^2 , \qquad
#    p \;\leftarrow\; p - \eta\,\frac{g}{\sqrt h + \epsilon} $$
#
# Here is such an average on its own, written out, with $\rho = 0.5$:

# %% demo=true
rho, average = 0.5, 0.0
for new in (8.0, 8.0, 8.0, 0.0, 0.0):
    average = rho * average + (1 - rho) * new
    print(f"new {new:g}   average {average:g}")

# %% [markdown]
# And what is $\epsilon$ for? An entry may have a gradient of exactly 0, from the first call on: the
# weights of a dead unit, or of a pixel that is always white. There $h$ is 0 too, and 0/0 is `nan`.
# A tiny $\epsilon$ makes it $0/\epsilon$, which is 0: no slope, no step. It doesn't matter whether
# you add it to the root or, as others do, inside the root.
#
# **Goal:** both classes, with the interface of `SGD`; `eps` is $\epsilon$, and `decay_rate` is
# $\rho$. Where all gradients of an entry are 0, the entry stays as it is, and no warning appears.


# %% answer="AdaGrad"
class AdaGrad:
    """h += g ** 2, then p -= lr * g / (sqrt(h) + eps), entry by entry."""

    def __init__(self, lr=0.01, eps=1e-7):
        self.lr, self.eps = lr, eps
        self.h = None  # a sum of squares for each key, made at the first call

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        ### BEGIN SOLUTION 5.4: add the squares; move by the gradient over their root
        if self.h is None:
            self.h = {name: np.zeros_like(p) for name, p in params.items()}
        for name in params:
            self.h[name] = self.h[name] + grads[name] ** 2
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
        ### END SOLUTION


# %% answer="RMSprop"
class RMSprop:
    """h = decay_rate * h + (1 - decay_rate) * g ** 2, then p -= lr * g / (sqrt(h) + eps)."""

    def __init__(self, lr=0.01, decay_rate=0.99, eps=1e-7):
        self.lr, self.decay_rate, self.eps = lr, decay_rate, eps
        self.h = None  # an average of squares for each key, made at the first call

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        ### BEGIN SOLUTION 5.4: average the squares; move by the gradient over their root
        if self.h is None:
            self.h = {name: np.zeros_like(p) for name, p in params.items()}
        for name in params:
            self.h[name] = self.decay_rate * self.h[name] + (1 - self.decay_rate) * grads[name] ** 2
            params[name] -= self.lr * grads[name] / (np.sqrt(self.h[name]) + self.eps)
        ### END SOLUTION


# %% exercise="adagrad_rmsprop" points=5
check("adagrad_rmsprop", AdaGrad, RMSprop)

# %% [markdown] hints="adagrad_rmsprop"
# 1. For a gradient of -2, what is $h$ after the first call of AdaGrad? How long is the first step,
#    and in which direction? Would it be longer for a gradient of -200?
# 2. The frame is that of 5.2, with `self.h` in place of `self.v`. In the loop: first the new $h$,
#    then the step, which uses this new $h$. The square is taken of each gradient *before* anything
#    is added or averaged.
# 3. Second line of the loop, in both classes: rate times gradient, over `np.sqrt` of the stored
#    $h$ plus `eps`. The first lines differ: one adds the square, the other weighs old and new with
#    `decay_rate` and what is missing from it to 1.

# %% [markdown]
# The fingerprints are 1, 0.7071, 0.3162, 0.05 for AdaGrad, and 10, 7.0888, 3.2339, 1.0091 for
# RMSprop.
#
# Look at that 10. At the first call RMSprop's average has seen one gradient, and has given it a
# weight of 0.01 only. So $h$ is $0.01\,g^2$, its root is a tenth of the size of $g$, and the step
# is ten times $\eta$. The average begins at 0, and it takes hundreds of calls until it has
# forgotten that. Adam has a remedy for it, and you will write it next.

# %% demo=true
if ready("adagrad_rmsprop"):
    for gradient in (1000.0, 1.0, 0.001):
        ada, rms = (steps_of(kind(lr=1.0), 10, gradient)[-1] for kind in (AdaGrad, RMSprop))
        print(f"gradient {gradient:8g}   tenth step: AdaGrad {ada:.4f}, RMSprop {rms:.4f}")

# %% [markdown]
# A gradient a million times smaller, and the same step. In RMSprop's last number the fourth digit
# differs, because beside a gradient of 0.001 an $\epsilon$ of $10^{-7}$ begins to count.
#
# | optimizer | step | remembers |
# |---|---|---|
# | sign step | ${-\eta\,\operatorname{sign}(g)}$ | nothing |
# | SGD | ${-\eta\,g}$ | nothing |
# | momentum | $v$, where ${v \leftarrow \mu v - \eta g}$ | $v$ |
# | Nesterov | ${\mu v - \eta g}$, with the $v$ of momentum | $v$ |
# | **AdaGrad** | ${-\eta\,g / \sqrt h}$, where ${h \leftarrow h + g^2}$ | **$h$** |
# | **RMSprop** | ${-\eta\,g / \sqrt h}$, where ${h \leftarrow \rho h + (1 - \rho)\,g^2}$ | **$h$** |

# %% [markdown]
# ## Both
#
# ### 5.5 Adam
#
# *About twenty-five minutes.* Adam has a memory for the direction, as momentum has, and a memory
# for the scale, as RMSprop has. Both are running averages, the first of the gradients, the second
# of their squares:
#
# $$ m \;\leftarrow\; \beta_1\, m + (1 - \beta_1)\, g , \qquad
#    v \;\leftarrow\; \beta_2\, v + (1 - \beta_2)\, g^2 . $$
#
# Both begin at 0, and so they are too small at first. How much too small? Let the gradient be $g$
# in every call. After one call $m$ is $(1 - \beta_1)\, g$. After two it is
#
# $$ \beta_1 (1 - \beta_1)\, g + (1 - \beta_1)\, g = (1 - \beta_1)(1 + \beta_1)\, g
#    = (1 - \beta_1^2)\, g . $$
#
# After $t$ calls it is $(1 - \beta_1^t)\, g$, and $v$ is $(1 - \beta_2^t)\, g^2$ in the same way.
# An honest average would be $g$ and $g^2$. You know the factors, so divide by them:
#
# $$ \hat m = \frac{m}{1 - \beta_1^t} , \qquad \hat v = \frac{v}{1 - \beta_2^t} , \qquad
#    p \;\leftarrow\; p - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon} . $$
#
# This is the **bias correction**. Three traps lie around it.
#
# - $t$ is the number of *this* call. It is 1 in the first call, not 0. With 0 the correction would
#   divide by $1 - \beta^0$, which is 0.
# - $t$ counts calls, not parameters. All keys share it.
# - $\hat m$ and $\hat v$ are made for this step only. What is stored is $m$ and $v$.

# %% [markdown] predict="thousand_times"
# **A change of units.** Somebody multiplies the loss by 1,000, and so all gradients are 1,000 times
# larger, in every call. What becomes of Adam's steps?
#
# - [ ] they become 1,000 times longer
# - [ ] they become about 32 times longer, the root of 1,000
# - [x] nothing
# - [ ] they become 1,000 times shorter, because of the division
#
# > $\hat m$ is 1,000 times larger, and so is the root of $\hat v$. The factor cancels. (All but a
# > trace of it: $\epsilon$ doesn't change.) That is why people say that Adam needs less tuning. The
# > constants of chapter 3's table, 1 or 2 or $\frac1n$, don't matter to it at all. It also means
# > that the learning rate has another unit now: it is no factor for slopes any more, but a
# > *length*.

# %% [markdown]
# **Goal:** a class with `lr`, `beta1`, `beta2` and `eps`, and an `update` as before, in place. Two
# averages for each key, of its parameter's shape; one count for all keys.


# %% answer="Adam"
class Adam:
    """p -= lr * m_hat / (sqrt(v_hat) + eps), with corrected averages of g and of g ** 2."""

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = self.v = None  # an average for each key, made at the first call

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        ### BEGIN SOLUTION 5.5: count the call; both averages; correct them; move
        if self.m is None:
            self.m = {name: np.zeros_like(p) for name, p in params.items()}
            self.v = {name: np.zeros_like(p) for name, p in params.items()}
        self.t += 1
        for name in params:
            self.m[name] = self.beta1 * self.m[name] + (1 - self.beta1) * grads[name]
            self.v[name] = self.beta2 * self.v[name] + (1 - self.beta2) * grads[name] ** 2
            m_hat = self.m[name] / (1 - self.beta1**self.t)
            v_hat = self.v[name] / (1 - self.beta2**self.t)
            params[name] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ### END SOLUTION


# %% exercise="adam" points=6
check("adam", Adam)

# %% [markdown] hints="adam"
# 1. In the very first call, with a gradient of -2: what are $m$ and $v$, what are $\hat m$ and
#    $\hat v$, and how long is the step? What would it be for a gradient of -200?
# 2. Outside the loop: the two dictionaries of zeros, once, and the count, at every call. In the
#    loop five lines: two averages, two corrections, one step.
# 3. The averages are those of RMSprop, one of the gradient and one of its square. Each is stored.
#    The corrected ones get names of their own; they divide by 1 less the beta *to the power of*
#    `self.t`. The step has a root over the second of them only.

# %% [markdown]
# Yours has the fingerprint 1, 1, 1, 1. Under a constant gradient it is `SignStep`, but for a trace
# of $\epsilon$: the *length* of every step is the learning rate, whatever the gradient is. (SGD has
# the same four numbers only because the gradient is 1 here. A gradient of 1,000 tells them apart.)
#
# > **Two other forms.** Some put $\epsilon$ inside the root. Some fold both corrections into the
# > rate, $\eta_t = \eta \sqrt{1 - \beta_2^t} / (1 - \beta_1^t)$, and then use $m$ and $v$ as they
# > are. It is the same, but for what $\epsilon$ means. All three are honest, and the check takes
# > them all.
#
# Here are all six. What each of them makes of a gradient that never changes:

# %% demo=true
rules = ["sgd", "momentum", "nesterov", "adagrad_rmsprop", "adam"]

if all(ready(exercise) for exercise in rules):
    calls = np.arange(1, 401)
    lines = {"RMSprop": (RMSprop, "-."), "Nesterov": (Nesterov, "--"), "momentum": (Momentum, "-")}
    lines |= {"SGD and Adam": (Adam, "-"), "AdaGrad": (AdaGrad, ":")}
    figure, ax = figures.canvas(xlabel="call", ylabel="step", xscale="log", yscale="log")
    for name, (kind, style) in lines.items():
        ax.plot(calls, steps_of(kind(lr=1.0)), style, label=name)
    ax.set_xticks([1, 2, 10, 100, 400], ["1", "2", "10", "100", "400"])
    ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    ax.legend(loc="lower left", fontsize=9)
    alt = "Momentum grows from 1 to 10, RMSprop falls from 10 to 1, AdaGrad falls on; Adam stays 1."
    figures.show(figure, alt=alt)

# %% [markdown]
# And what they make of the narrow valley, each with a rate that suits it:

# %% demo=true
if all(ready(exercise) for exercise in rules):
    walkers = {"SGD, 0.92": SGD(0.92), "momentum, 0.1": Momentum(0.1)}
    walkers |= {"Nesterov, 0.1": Nesterov(0.1), "AdaGrad, 1.5": AdaGrad(1.5)}
    walkers |= {"RMSprop, 0.15": RMSprop(0.15, 0.9), "Adam, 0.5": Adam(0.5)}
    figure, first = figures.canvas(width=7.2, height=4.4)
    first.remove()
    for panel, (title, optimizer) in enumerate(walkers.items(), 1):
        places = walk(optimizer, 60)
        draw_walk(figure.add_subplot(2, 3, panel), places, title)
        print(f"{title:14} after 60 steps {np.hypot(*places[-1]):.4f} from the lowest point")
    alt = "SGD zigzags, momentum swings, AdaGrad and RMSprop go straight, Adam in a wide bow."
    figures.show(figure, alt=alt)

# %% [markdown]
# SGD crosses from wall to wall. Momentum and Nesterov swing, and the floor carries them along.
# AdaGrad and RMSprop don't feel that the walls are steep: they begin with steps of the same length
# in both directions. (The pictures stretch $y$.) Adam swings too, since it has a memory of the
# direction.
#
# RMSprop, if you let it walk on, never comes to rest. At the bottom it goes back and forth by its
# rate for ever: small gradients are divided by the root of small squares.
#
# ### 5.6 What the correction corrects
#
# *About ten minutes.* Is it worth two lines? Try it first. Here is the first step of an Adam
# without the correction, in units of the step with it.

# %% [markdown] predict="without_correction"
# **Too small.** Without the correction both averages are too small at first. How does that change
# the *first step*, with $\beta_1 = 0.9$ and $\beta_2 = 0.999$?
#
# - [ ] it is ten times shorter
# - [ ] it is as long, because both are too small
# - [x] it is about three times *longer*
# - [ ] it is 1,000 times longer
#
# > $m$ is 10 times too small, which shortens the step. But $v$ is 1,000 times too small, and $v$
# > stands below, under a root: that makes the step 31.6 times longer. Together it is 3.16 times as
# > long. And it is the first step, the one about which you know least.

# %% demo=true
for beta1, beta2 in [(0.9, 0.999), (0.9, 0.99), (0.9, 0.9), (0.5, 0.999), (0.99, 0.999)]:
    for gradient in (0.7, -30.0):
        m, v = (1 - beta1) * gradient, (1 - beta2) * gradient**2
        plain = m / np.sqrt(v)
        corrected = (m / (1 - beta1)) / np.sqrt(v / (1 - beta2))
        print(f"betas {beta1:<4} {beta2:<5}  gradient {gradient:5}", end="  ")
        print(f"plain {plain:8.4f}  corrected {corrected:4.1f}  ratio {plain / corrected:7.4f}")

# %% [markdown]
# The ratio doesn't depend on the gradient. So there is a formula for it, in the two betas alone. At
# the first call $m = (1 - \beta_1)\, g$ and $v = (1 - \beta_2)\, g^2$. Without correction, and with
# an $\epsilon$ too small to matter, the step is
#
# $$ \eta\, \frac{m}{\sqrt v} = \eta\, \frac{(1 - \beta_1)\, g}{\sqrt{(1 - \beta_2)\, g^2}} . $$
#
# With correction it is $\eta\, g / \sqrt{g^2}$. Divide the first by the second.
#
# **Goal:** `uncorrected_first_step(beta1, beta2)`, for two numbers from 0 to below 1, returns this
# ratio, a number.


# %% answer="uncorrected_first_step"
def uncorrected_first_step(beta1, beta2):
    """Two numbers -> float: Adam's first step without correction, in units of the corrected one."""
    ### BEGIN SOLUTION 5.6: the ratio of the two first steps
    return float((1 - beta1) / np.sqrt(1 - beta2))
    ### END SOLUTION


# %% exercise="bias_correction" points=2
check("bias_correction", uncorrected_first_step)

# %% [markdown] hints="bias_correction"
# 1. In the fraction above, what is $\sqrt{(1 - \beta_2)\, g^2}$, taken apart? What cancels when you
#    divide by the corrected step?
# 2. No $\eta$ and no $g$ is left. One of the betas stands above, the other below and under a root.
#    For 0.9 and 0.99 the ratio is exactly 1.
# 3. What is missing from `beta1` to 1, over the root of what is missing from `beta2` to 1.

# %% [markdown]
# For 0.9 and 0.999 yours gives 3.1623, the root of 10. How long does it last? Here the gradients
# are noisy, around 1.


# %% demo=true
def averages_of(seen, beta):
    """The running average of what is seen, from 0, after each call: (calls,)."""
    average, averages = 0.0, []
    for new in seen:
        average = beta * average + (1 - beta) * new
        averages.append(average)
    return np.array(averages)


# %% demo=true
noisy, calls = 1 + 0.6 * np.random.default_rng(5).normal(size=100), np.arange(1, 101)
figure, first = figures.canvas(width=7.2, height=2.7)
first.remove()
for panel, (name, seen, beta) in enumerate([("m", noisy, 0.9), ("v", noisy**2, 0.999)], 1):
    ax = figure.add_subplot(1, 2, panel, xlabel="call", ylim=(0, 2))
    averages = averages_of(seen, beta)
    ax.plot(calls, averages, "--", color=figures.GRADIENT_COLOUR, label=name)
    ax.plot(calls, averages / (1 - beta**calls), color=figures.VALUE_COLOUR, label=f"{name} hat")
    ax.legend(loc="upper right")
figures.show(
    figure, alt="m catches up in 20 calls; after 100 calls v is still ten times too small."
)

# %% [markdown]
# $m$ has caught up after some twenty calls. $v$ needs thousands. The corrected averages are of the
# right size from the first call on. They scatter at first, as any average of a few numbers does.
#
# | optimizer | step | remembers |
# |---|---|---|
# | sign step | ${-\eta\,\operatorname{sign}(g)}$ | nothing |
# | SGD | ${-\eta\,g}$ | nothing |
# | momentum | $v$, where ${v \leftarrow \mu v - \eta g}$ | $v$ |
# | Nesterov | ${\mu v - \eta g}$, with the $v$ of momentum | $v$ |
# | AdaGrad | ${-\eta\,g / \sqrt h}$, where ${h \leftarrow h + g^2}$ | $h$ |
# | RMSprop | ${-\eta\,g / \sqrt h}$, where ${h \leftarrow \rho h + (1 - \rho)\,g^2}$ | $h$ |
# | **Adam** | ${-\eta\,\hat m / \sqrt{\hat v}}$, averages of $g$ and of $g^2$, corrected | **$m$, $v$, and the count** |

# %% [markdown]
# ## The loop
#
# ### 5.7 Training
#
# *About fifteen minutes.* A network can say what its loss is and what its gradients are. An
# optimizer can turn gradients into steps. A third thing brings them together, and it needs to know
# neither of them from inside.
#
# Here is a loop that only looks. It shows each batch to the network and keeps the losses.


# %%
def look(net, batches):
    """net.loss(x, t) for every pair (x, t) of batches -> the losses, a list."""
    found = []
    for x, t in batches:
        found.append(net.loss(x, t))
    return found


for found in look(SmallNet(), [(small_x, small_t), (small_x, np.zeros((2, 1)))]):
    print(f"loss {found:.6f}")

# %% [markdown]
# Yours learns as well. For every batch:
#
# 1. the loss, as it is *before* this batch changes anything;
# 2. all the gradients, at the parameters as they are;
# 3. one update of all the parameters.
#
# The order of 2 and 3 is the point. A gradient is a slope *at a place*. While gradients are being
# computed, nobody may leave the place.
#
# **Goal:** `train(net, optimizer, batches)`. `net` has `params`, `loss(x, t)` and
# `gradient(x, t)`; `optimizer` has `update(params, grads)`. `batches` yields pairs `(x, t)`. It may
# be a list, or something that can be gone through *once* and has no length. The result is a list of
# losses, one for each batch. No batches, no losses: an empty list.


# %% answer="train"
def train(net, optimizer, batches):
    """One update of net.params for every pair (x, t) of batches -> the losses before them, a list.

    net has params, loss(x, t) and gradient(x, t) -> dict; optimizer has update(params, grads).
    """
    ### BEGIN SOLUTION 5.7: for each batch the loss, all gradients, one update
    losses = []
    for x, t in batches:
        losses.append(net.loss(x, t))
        grads = net.gradient(x, t)
        optimizer.update(net.params, grads)
    return losses
    ### END SOLUTION


# %% exercise="train" points=5
check("train", train)

# %% [markdown] hints="train"
# 1. `look` does the first of the three things. Which two calls are missing, and of which objects?
# 2. In the loop, after the loss: a dictionary of gradients from the network, then the optimizer's
#    `update` with the network's `params` and this dictionary. Once for each batch, not once for
#    each parameter.
# 3. Three lines in the loop, none of which mentions a parameter's name. The loss is asked before
#    the update.

# %% [markdown]
# Let the small net of the first page learn, with three of your optimizers, at the rate of the first
# page. It has one sample, so each batch is the same pair.


# %% demo=true
def lesson(steps):
    """The one pair of the small net, steps times."""
    return [(small_x, small_t)] * steps


three = {
    "gradient descent": lambda: SGD(0.1),
    "momentum": lambda: Momentum(0.1),
    "Adam": lambda: Adam(0.1),
}
parts = ["sgd", "momentum", "adam", "train"]

# %% demo=true
if all(ready(exercise) for exercise in parts):
    curves = {name: train(SmallNet(), make(), lesson(2001)) for name, make in three.items()}
    print("steps", *(f"{name:>18}" for name in three))
    for k in (0, 1, 2, 5, 10, 50, 100, 2000):
        print(f"{k:5}", *(f"{curve[k]:18.12f}" for curve in curves.values()))

# %% demo=true
if all(ready(exercise) for exercise in parts):
    figure, ax = figures.canvas(xlabel="steps", ylabel="E", xscale="log", yscale="log", height=3.8)
    for (name, curve), style in zip(curves.items(), ["-.", "--", "-"], strict=True):
        ax.plot(range(1, 1500), curve[1:1500], style, label=name, linewidth=1.3)
    for limit in (1e-4, 1e-6):
        ax.axhline(limit, color="grey", linewidth=0.8)
    ax.set_ylim(1e-12, 0.05)
    ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    ax.legend(loc="lower left")
    alt = (
        "Adam falls at once and swings; momentum meets it near step 120; gradient descent is last."
    )
    figures.show(figure, alt=alt)

# %% [markdown]
# That is the table of the first page. The two grey lines in the picture are its 0.0001 and
# 0.000001. Adam falls like a stone, bounces, and swings for a hundred steps. And here is why it
# falls so fast: the first step of `b3`.

# %% demo=true
if all(ready(exercise) for exercise in parts):
    print("gradient        ", SmallNet().gradient(small_x, small_t)["b3"].ravel())
    for name, make in three.items():
        net = SmallNet()
        train(net, make(), lesson(1))
        print(f"{name:16}", (net.params["b3"] - SmallNet().params["b3"]).ravel())

# %% [markdown]
# Gradient descent and momentum move by a tenth of the gradient, $-\eta g$. Adam moves by 0.1, in
# both entries: it is a sign step of length $\eta$. For the second bias that is 187 times as far,
# for the first 298 times. The two "rates of 0.1" aren't the same thing. One is a factor, the other
# a length.

# %% [markdown] predict="rows_that_move"
# **Before you look.** The small net begins with pre-activations of -0.09, 0.53, -0.29, -0.10, 0.51
# and 0.0006 at its six ReLUs. You train it twice, 2,000 steps each, with gradient descent and with
# Adam. Which rows of $W_1$ come out different?
#
# - [ ] all six
# - [ ] none, both find the same minimum
# - [x] rows 1, 4 and 5
# - [ ] rows 0, 2 and 3
#
# > Row $i$ holds the weights into unit $i$. Units 0, 2 and 3 are shut for the only sample there is,
# > so their gradients are exactly 0, and no step is made of that: $-\eta \cdot 0$ is 0, and so is
# > $0 / (0 + \epsilon)$. What enters those units is $x$ itself, which never changes, so they stay
# > shut for good. The other three move, each optimizer in its own way. No two ways end at the same
# > place: 95 parameters have to satisfy two equations, and there are ever so many minima.


# %% demo=true
class WatchedNet(SmallNet):
    """A SmallNet that notes W1 and its gradient's largest entry before every step.

    With biases=False it says that the gradients of the biases are 0, so that only weights learn.
    """

    def __init__(self, biases=True):
        super().__init__()
        self.biases = biases
        self.weights, self.largest = [], []

    def gradient(self, x, t):
        grads = super().gradient(x, t)
        self.weights.append(self.params["W1"].copy())
        self.largest.append(np.max(np.abs(grads["W1"])))
        if not self.biases:
            grads |= {name: np.zeros_like(grads[name]) for name in ("b1", "b2", "b3")}
        return grads


# %% demo=true
if all(ready(exercise) for exercise in parts):
    histories = {}
    for name, make in three.items():
        net = WatchedNet()
        train(net, make(), lesson(2000))
        histories[name] = np.array(net.weights)
        moved = np.flatnonzero(np.any(histories[name][-1] != histories[name][0], axis=1))
        print(f"{name:16} rows that have moved: {moved}")

# %% demo=true
if all(ready(exercise) for exercise in parts):
    figure, first = figures.canvas(width=7.2, height=3)
    first.remove()
    for panel, (name, history) in enumerate(histories.items(), 1):
        ax = figure.add_subplot(1, 3, panel, title=name, xlabel="steps", xscale="log")
        ax.plot(range(1, 2001), history[:, 1], color=figures.VALUE_COLOUR)
        ax.plot(range(1, 2001), history[:, 0], ":", color="grey", linewidth=1)
        ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        ax.set_ylim(-1, 2)
    alt = "Row 1 of W1 hardly moves in the first two panels, and far with Adam; row 0 never moves."
    figures.show(figure, alt=alt)

# %% [markdown]
# The solid lines are the seven weights of row 1, an open unit. The dotted ones are those of row 0,
# which is shut. (The steps are counted from 1 here, because 0 has no place on a log axis.) Gradient
# descent and momentum get there with the smallest of changes. Adam rebuilds the network, since it
# moves every weight that has a gradient at all.
#
# ### The order, and what it costs
#
# The published report shows the same histories. Its program doesn't keep the gradients (2) and the
# update (3) apart. Its backward pass moves the weights of a layer *and then* lets them carry the
# error on to the layer below. You repaired this in 4.12. Here is such a trainer, with the fault in
# place, around your optimizers. (There is an optimizer for each layer, because each layer is
# updated by itself.)

# %% [markdown] predict="published_order"
# **What does it cost?** You train twice with gradient descent, 2,000 steps each: once in the right
# order, once in the published one. What is different at the end?
#
# - [ ] the published one has learned nothing
# - [ ] the published one is left with an error ten times as large
# - [x] the errors are nearly the same, and the weights differ from the fourth or fifth digit on
# - [ ] nothing, to eight decimals
#
# > The gradients of the lower layers miss by less than a thousandth. Each step still goes downhill,
# > and the next one starts from wherever it has led. So the outputs come to the same target, by a
# > way that lies a little beside the right one. You can see it in the weights. You can't see it in
# > the loss.


# %% demo=true
def published_training(net, make, x, t, steps):
    """Train net as the report's program does: each layer's weights move, then carry the error."""
    optimizers = {layer: make() for layer in (3, 2, 1)}
    for _ in range(steps):
        f1, h1, h2, output = net.forward(x)
        delta = (output - t) * output * (1 - output)
        for layer, entering, slope in [(3, h2, h2 * (1 - h2)), (2, h1, f1 > 0), (1, x, 0)]:
            W, b = f"W{layer}", f"b{layer}"
            params = {name: net.params[name] for name in (W, b)}
            optimizers[layer].update(params, {W: delta @ entering.T, b: delta})
            net.params.update(params)
            if layer > 1:
                delta = (net.params[W].T @ delta) * slope  # the moved weights carry it down


# %% demo=true
if all(ready(exercise) for exercise in parts):
    row_1 = {}
    print("steps                    order       t - output")
    for steps in (200, 2000):
        for name, make in three.items():
            right, published = SmallNet(), SmallNet()
            train(right, make(), lesson(steps))
            published_training(published, make, small_x, small_t, steps)
            row_1[name] = right.params["W1"][1], published.params["W1"][1]
            for net, order in ((right, "right"), (published, "published")):
                gap = (small_t - net.forward(small_x)[-1]).ravel().round(8) + 0.0
                numbers = " ".join(f"{entry:12.8f}" for entry in gap)
                print(f"{steps:5}   {name:16} {order:9} {numbers}")

# %% demo=true
if all(ready(exercise) for exercise in parts):
    print("                 order       first four weights of row 1, after 2,000 steps")
    for name, rows in row_1.items():
        for row, order in zip(rows, ("right", "published"), strict=True):
            print(f"{name:16} {order:9}", " ".join(f"{weight:11.8f}" for weight in row[:4]))

# %% [markdown]
# The lines called *published* are what the report prints, to all its eight decimals: the gaps after
# 2,000 steps, Adam's after 200, and the weights of $w_1$. You see four of them here; all 42 agree,
# with each of the three. **These numbers come out only with the fault in place.** The lines called
# *right* are what it should have printed. The 21 weights of the shut units are the same in both.
# The other 21 differ, by 0.0047 at most.
#
# Nothing else gives the fault away: the error goes to 0 all the same, and the figures look alike. A
# wrong gradient that still points downhill learns. That is why nobody finds such a fault by looking
# at a loss. (All other numbers of this chapter, the first page's among them, are made in the right
# order. Your last digits may differ after 200 steps of Adam, if your $\epsilon$ stands elsewhere.)
#
# > **Where it comes from.** Updates inside `backward` look tidy: each layer keeps its weights, its
# > gradients and its learning in one place. But then a layer moves in the middle of somebody else's
# > computation. Keep the two apart, and the fault can't be written. It also frees the optimizer
# > from the layers: one loop, six optimizers, and nothing in the network had to change.
#
# > **An index that meant a layer.** The same report picks what it draws from lists by number:
# > `m[1][0]`, say. The six entries are, by an unwritten rule, those of $w_3$, $b_3$, $w_2$, $b_2$,
# > $w_1$ and $b_1$. For the same figure it asks for `update_parameters[5]`, and means one of the
# > six. But that attribute holds a single array, the one that was updated last, and its entry 5 is
# > *row 5 of* $b_1$. An index is always right about something. A key such as `"b1"` says what it
# > wants, and raises where it isn't there.

# %% [markdown] predict="restart"
# **A restart.** After 100 steps of Adam the error is 0.00000005. You save the parameters, go home,
# and load them the next morning. With a *new* Adam, at the same rate of 0.1, you go on. What is the
# error after the next step?
#
# - [ ] about the same, the parameters are the same
# - [ ] half of it
# - [ ] ten times as large, until the averages have settled
# - [x] some 40,000 times as large
#
# > A new Adam knows nothing. Its averages are empty, so its first step is a sign step of length 0.1
# > in every parameter that has a gradient, however tiny this gradient is. It throws the network
# > back to 0.002. What an optimizer remembers is part of where you are. Save it with the
# > parameters.

# %% demo=true
if all(ready(exercise) for exercise in parts):
    net, optimizer = SmallNet(), Adam(0.1)
    train(net, optimizer, lesson(100))
    print("error after so many more steps")
    for name, resumed in [("the same Adam", copy.deepcopy(optimizer)), ("a new Adam", Adam(0.1))]:
        losses = train(copy.deepcopy(net), resumed, lesson(51))
        print(f"{name:14}", "  ".join(f"{k}: {losses[k]:.1e}" for k in (0, 1, 2, 10, 50)))

# %% [markdown]
# ## How many times faster?
#
# ### 5.8 Steps to a threshold
#
# *About ten minutes.* To say who is faster you need a line to cross. **Goal:**
# `steps_to_threshold(losses, threshold)` returns the first $k$ with `losses[k]` below `threshold`;
# equal isn't below. Since `losses[k]` is the loss after $k$ steps, this is how many steps it took.
# If there is no such $k$, and so for an empty list, return `None`. Not 0: that would mean that no
# step was needed. And not the length of the list: nobody knows whether one more step would have
# done it.


# %% answer="steps_to_threshold"
def steps_to_threshold(losses, threshold):
    """A list of numbers -> int, the first k with losses[k] < threshold; None if there is none."""
    ### BEGIN SOLUTION 5.8: the first place below the threshold, if any
    for k, loss in enumerate(losses):
        if loss < threshold:
            return k
    return None
    ### END SOLUTION


# %% exercise="steps_to_threshold" points=2
check("steps_to_threshold", steps_to_threshold)

# %% [markdown] hints="steps_to_threshold"
# 1. In `[1, 0.5, 0.05, 0.5]`, what is the answer for 0.1? Does it matter what comes later?
# 2. `enumerate(losses)` gives each loss with its place. Stop at the first that is below.
# 3. A loop with an `if` in it, a `return` in that, and one more `return` below the loop, for the
#    case that none was found.

# %% [markdown]
# For `[1, 0.5, 0.05, 0.5]` and 0.1 yours gives 2, and for 0.01 it gives `None`.

# %% demo=true
if ready("steps_to_threshold") and all(ready(exercise) for exercise in parts):
    print("  below   gradient descent       momentum           Adam")
    for threshold in (5e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8):
        steps = [steps_to_threshold(curve, threshold) for curve in curves.values()]
        ratios = [f"{k:4} (1/{steps[0] / k:5.1f})" for k in steps[1:]]
        print(f"{threshold:7.0e}   {steps[0]:16}   {ratios[0]}   {ratios[1]}")

# %% [markdown]
# The report says 1/12 for momentum and 1/20 for Adam. At 0.000001 momentum needs 114 of 1,368
# steps, which is a twelfth exactly, and elsewhere between a seventh and a sixteenth. For Adam you
# can have what you like: 400, 40, 26, 22. A curve that falls, rises and swings crosses a line by
# luck. "20 times as fast" is a statement about a threshold. (The report counted in its own order.
# That changes little: at 0.000001 its Adam needs 51 steps, and the 114 and the 1,368 stay.)
#
# A second claim of the report can be tested with the same function. Under gradient descent, it
# says, the gradient of $w_1$ has vanished after some 1,200 steps, and if the biases aren't trained,
# only after more than 1,500. *Vanished* is no number either. But the two counts can be held against
# each other. Choose the limit so that the first run comes below it near step 1,200. When does the
# second run come below the *same* limit?

# %% demo=true
if ready("steps_to_threshold") and ready("sgd") and ready("train"):
    for biases in (True, False):
        net = WatchedNet(biases)
        train(net, SGD(0.1), lesson(2000))
        k = steps_to_threshold(net.largest, 0.0000638)
        print(f"biases learn: {biases!s:5}   all entries below 0.0000638 first at step {k}")

# %% [markdown]
# With biases it is step 1,199, without them 1,647, in the right order and in the published one. So
# the claim is a fair one: the biases save more than a quarter of the way.

# %% [markdown]
# ## A fault proved from a printed log
#
# ### 5.9 A ratio of two losses (optional)
#
# *About twenty minutes.* Chapter 3 promised you this. A published program trains a deep network of
# sigmoids, with gradient descent, on one pair of an input and a target. It prints the loss after
# each step, once for a network of depth 5 and once for depth 10:
#
# | | first loss | second | third | second / first |
# |---|--:|--:|--:|--:|
# | depth 5 | 0.2047870444 | 0.2024852266 | 0.2002110776 | 0.98876 |
# | depth 10 | 1.3327094358 | 1.3177567856 | 1.3030070050 | 0.98878 |
#
# The random numbers had no seed, so nobody can repeat the run. But the *ratio* is nearly the same
# in both rows. It should follow from what is known: the learning rate is 0.01, every hidden layer
# has 32 units, the network has two outputs, and the loss is half the mean of the squares, as in
# 3.9. The weights start as random numbers of size 0.01.
#
# With weights this small, every weighted sum is nearly 0, and every sigmoid gives nearly 0.5. Look
# at one output $o$ and its target $y$.
#
# | | |
# |---|---|
# | what arrives at $o$ from the loss | ${s\,(o - y)}$, where $s$ is the constant of the slope |
# | what arrives before the sigmoid, whose slope is a quarter | ${\frac14\, s\,(o - y)}$ |
# | gradient of each of the `hidden` weights: times the unit's output | ${\frac12 \cdot \frac14\, s\,(o - y)}$ |
# | gradient of the bias | ${\frac14\, s\,(o - y)}$ |
# | what one step adds to the weighted sum: each weight's step times $\frac12$, and the bias's | ${-\eta\, s\, \frac14\,(o - y)\,\bigl(\frac14\,\texttt{hidden} + 1\bigr)}$ |
#
# Behind the sum comes the sigmoid again, with its slope of a quarter. So $o$ moves by a quarter of
# the last line. The layers below hardly move at all: what gets to them has passed weights of size
# 0.01. That is why the depth plays no part.
#
# What is the new $o - y$, over the old one? It is the same for both outputs, and the loss goes with
# its square.
#
# **Goal:** `predicted_ratio(lr, hidden, s)` returns the second loss over the first, a number. `lr`
# is $\eta$, `hidden` counts the units of the last hidden layer, and `s` is the constant of the
# slope. Count only what the table counts: there is no need to build a network.


# %% answer="predicted_ratio"
def predicted_ratio(lr, hidden, s):
    """Rate, units in the last hidden layer, constant of the slope -> float, second loss / first."""
    ### BEGIN SOLUTION 5.9: what is left of o - y, squared
    return float((1 - lr * s * 0.25 * 0.25 * (1 + 0.25 * hidden)) ** 2)
    ### END SOLUTION


# %% exercise="printed_log" points=2 optional=true
check("printed_log", predicted_ratio)

# %% [markdown] hints="printed_log"
# 1. If $o$ moves by $-c\,(o - y)$, what is the new $o - y$ over the old one? And what has become of
#    its square?
# 2. $c$ is a product: the rate, $s$, two quarters, and the bracket of the table's last line.
# 3. One less $c$, squared. For a rate of 0.1, no hidden unit and $s = 1$, $c$ is 0.00625, and the
#    ratio is 0.98754.

# %% [markdown]
# Two outputs, and a mean: the slope of this loss is $\frac12 (o - y)$, so $s$ should be a half. If
# somebody forgets the $\frac1n$, $s$ is 1.

# %% demo=true
if ready("printed_log"):
    logs = {
        5: [0.2047870444406289, 0.2024852265882107],
        10: [1.332709435842509, 1.3177567856052912],
    }
    for depth, (first, second) in logs.items():
        print(f"printed, depth {depth:2}            {second / first:.5f}")
    print(f"predicted, with the 1/n       {predicted_ratio(0.01, 32, 1 / 2):.5f}")
    print(f"predicted, without the 1/n    {predicted_ratio(0.01, 32, 1):.5f}")

# %% [markdown]
# 0.98876 and 0.98878 are in print. With the $\frac1n$ it would be 0.99438. So the program's slope
# lacks the $\frac1n$ of its loss. You haven't seen a line of its code.
#
# Is the approximation good enough to say so? Build such networks, of your layers from chapters 2
# and 3, and see.


# %% demo=true
def first_ratio(depth, s, seed):
    """Second loss over first, for a net of sigmoids with weights of size 0.01 and rate 0.01."""
    rng = np.random.default_rng(seed)
    sizes = [10, *[32] * depth, 2]
    affines = [
        Affine(rng.normal(scale=0.01, size=(n, m)), np.zeros(m))
        for n, m in itertools.pairwise(sizes)
    ]
    sigmoids = [Sigmoid() for _ in affines]
    x, y, losses = rng.normal(size=(1, 10)), rng.normal(size=(1, 2)), []
    for _ in range(2):
        output = x
        for affine, sigmoid in zip(affines, sigmoids, strict=True):
            output = sigmoid.forward(affine.forward(output))
        losses.append(np.mean((output - y) ** 2) / 2)
        dout = s * (output - y)
        for affine, sigmoid in zip(reversed(affines), reversed(sigmoids), strict=True):
            dout = affine.backward(sigmoid.backward(dout))
        for affine in affines:
            affine.W -= 0.01 * affine.dW
            affine.b -= 0.01 * affine.db
    return losses[1] / losses[0]


for s in (1 / 2, 1):
    for depth in (5, 10):
        ratios = [first_ratio(depth, s, seed) for seed in range(20)]
        print(f"s = {s:3}, depth {depth:2}: twenty nets, {min(ratios):.5f} to {max(ratios):.5f}")

# %% [markdown]
# None of these networks comes near to the other value. The fault is proved.
#
# > **What the log can't show.** The same program builds a layer too many: its loop runs over
# > `range(hidden_depth)`, and one hidden layer has been made before it. "Depth 5" has six. Since
# > the depth plays no part in the ratio, no printed loss could tell. And its layers keep what
# > `backward` needs in attributes that *begin at 1* instead of at nothing. Should `backward` ever
# > run before `forward`, it finds an output of 1, and for that the slope of a sigmoid is
# > $1 \cdot (1 - 1) = 0$: gradients of 0 everywhere, and no error. A cache that is still `None`
# > would have raised.

# %% [markdown]
# ## Batches
#
# ### 5.10 A shuffled epoch
#
# *About fifteen minutes.* Now the digits: 1,437 pictures to learn from. One step for all of them
# would be a good step and a slow one. So a step looks at a handful, a *minibatch*. When every
# picture has had its turn, an **epoch** is over, and the next one goes in another order.
#
# A function can hand out its results one by one. With `yield` in the place of `return` it is a
# *generator*. It stops at the `yield`, waits until it is asked for the next result, and goes on
# from there. This one cuts an array into pieces, in order:


# %%
def in_pieces(x, size):
    """Yields consecutive pieces of an array, size rows each; the last may be shorter."""
    for start in range(0, len(x), size):
        yield x[start : start + size]


for piece in in_pieces(np.arange(11), 4):
    print(piece)

# %% [markdown]
# `x[8:12]` of an array with 11 rows is what there is, three of them. Nothing needs to be said about
# the end.
#
# To shuffle, don't move the samples. Make a list of their *numbers* in random order, and pick by
# that list. `rng.permutation(5)` gives something like `[3, 0, 4, 1, 2]`. With
# `chosen = np.array([3, 0])`, `x[chosen]` is a new array with rows 3 and 0 of `x`.
#
# **Goal:** `minibatches(x, t, batch_size, rng)` yields pairs `(x, t)` of `batch_size` samples, the
# last pair perhaps shorter. If `batch_size` exceeds the number of samples, there is one pair. (A
# list of pairs is fine too.) Every sample comes exactly once. `x` and `t` have samples along their
# first axis and stay paired. All that is random comes from `rng`, so that a seed repeats it, and
# each call shuffles anew. `x` and `t` themselves stay as they are.

# %% [markdown] predict="last_batch"
# **Count first.** 1,437 pictures, 25 in a batch. How many batches has an epoch, and how large is
# the last?
#
# - [ ] 57, all of 25
# - [ ] 57, the last of 37
# - [x] 58, the last of 12
# - [ ] 58, the last of 25, with 13 pictures shown twice
#
# > $57 \cdot 25 = 1425$, and 12 are left over. The loss averages over the batch it sees, whatever
# > its size. So each of those 12 pictures has twice the say of the others in its step. They are
# > other pictures in every epoch, which is one more reason to shuffle.


# %% answer="minibatches"
def minibatches(x, t, batch_size, rng):
    """x, t with N samples each along axis 0 -> yields (x, t) with batch_size samples, shuffled.

    Every sample once; the last pair may be shorter; x and t unchanged.
    """
    ### BEGIN SOLUTION 5.10: an order from rng, then pair after pair along it
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], t[chosen]
    ### END SOLUTION


# %% exercise="minibatches" points=4
check("minibatches", minibatches)

# %% [markdown] hints="minibatches"
# 1. What does `in_pieces` have to cut, if not `x`? How many orders are there, one or two?
# 2. Make one order of the numbers from 0 to $N - 1$ at the top. In the loop cut a piece out of the
#    order, and pick its rows from `x` and from `t`, with the same piece.
# 3. The order comes from `rng.permutation(len(x))`. The loop is that of `in_pieces`, with two picks
#    and a `yield` of the pair.

# %% demo=true
if ready("minibatches"):
    numbers, rng = np.arange(8), np.random.default_rng(1)
    for epoch in (1, 2):
        pairs = list(minibatches(numbers, -numbers, 3, rng))
        print(f"epoch {epoch}:", "   ".join(f"{x} {t}" for x, t in pairs))

# %% [markdown]
# > **Torn pairs.** `rng.shuffle(x)` followed by `rng.shuffle(t)` looks thorough. It makes two
# > different orders, so each picture gets somebody else's label, and it does so in *your* arrays,
# > for good. No error is raised. What would the loss tell you? The best answer to a random label is
# > the same share for all classes, so it stays near $\ln 10 = 2.3026$. You know that number.

# %% [markdown]
# ### 5.11 Reading digits, five times (optional)
#
# *About fifteen minutes; needs `SGD`, `Momentum`, `AdaGrad`, `RMSprop`, `Adam`, `train` and
# `minibatches`.* All parts are there. **Goal:** `train_on_digits(optimizer, epochs=20,
# batch_size=25, seed=0)` makes a `TwoLayerNet(64, 50, 10)`, trains it on `x_train` and `t_train` of
# `data.digits()` with your `train` and your `minibatches`, and returns it. One `rng`, made from
# `seed`, serves all epochs.
#
# One more thing. A rate that is too large must not pass in silence. You may think that the loss
# becomes `nan` then, but it needn't:

# %% demo=true
if all(ready(exercise) for exercise in ("sgd", "train", "minibatches")):
    digits = data.digits()
    wild = TwoLayerNet(64, 50, 10)
    batches = minibatches(digits.x_train, digits.t_train, 25, np.random.default_rng(0))
    losses = train(wild, SGD(1e6), batches)
    hidden = wild.relu.forward(wild.first.forward(digits.x_train))
    print("first losses", [round(float(loss), 3) for loss in losses[:4]])
    print("units that answer to any picture:", np.count_nonzero(hidden.max(axis=0)))
    print(
        f"mean loss {np.mean(losses):.2f}; reads {wild.accuracy(digits.x_test, digits.t_test):.3f}"
    )

# %% [markdown]
# A single step, a million slopes long, has killed all the units, or all but one or two. The scores
# are huge, all shares are 0 or 1, and the loss hangs below the ceiling of 16.118 that the tiny
# number in the logarithm gives it. It is perfectly finite, and no program that looks for `nan`
# would say a word.
#
# So look at the mean loss of each epoch. A network that knows nothing has $\ln 10$, which is 2.3.
# **Where an epoch's mean loss isn't below 3, raise a `FloatingPointError` with a sentence** that
# says what has happened. Mind how you ask: of `nan < 3` and `nan > 3`, both are `False`.
#
# The check hands your function an optimizer and nothing else, so your defaults hold. It does this
# with your five, at the rates of the cell below it, and asks for 80 of 100 test pictures each time.
# That leaves room: a right answer reads 96 or 97 with nearly every seed, and 88 with the unluckiest
# two of 550, where one of the ten digits was forgotten on the way.
# Then it comes with SGD twice more, at rates of $10^6$ and $10^{200}$. At the first the losses stay
# finite, as you have just seen, and at the second they become `nan`. **Both must raise.** (Another
# error that you raise on purpose is taken as well; one that a slip raises, a `NameError` say, isn't.)
#
# At the end comes an optimizer of its own, twice. It takes notes: how many updates there are, whether
# the second epoch has another order than the first, and whether both runs have the same batches, as
# they have one seed. The second time, it leads the net astray for half of the third epoch, and back.
# The mean loss of that epoch is 5 or more, so **this must raise as well**.


# %% answer="train_on_digits"
def train_on_digits(optimizer, epochs=20, batch_size=25, seed=0):
    """An optimizer -> a TwoLayerNet(64, 50, 10), trained on data.digits(); seed is the batches'.

    Raises FloatingPointError where the mean loss of an epoch isn't below 3: it may be 14, or nan.
    """
    ### BEGIN SOLUTION 5.11: epoch by epoch, and a look at the mean loss after each
    digits, rng = data.digits(), np.random.default_rng(seed)
    net = TwoLayerNet(64, 50, 10)
    for epoch in range(epochs):
        batches = minibatches(digits.x_train, digits.t_train, batch_size, rng)
        mean_loss = np.mean(train(net, optimizer, batches))
        if not mean_loss < 3:
            raise FloatingPointError(f"Epoch {epoch} has a mean loss of {mean_loss:.3g}.")
    return net
    ### END SOLUTION


# %% exercise="digits" points=3 optional=true needs="sgd,momentum,adagrad_rmsprop,adam,train,minibatches"
check("digits", train_on_digits, SGD, Momentum, AdaGrad, RMSprop, Adam)

# %% [markdown] hints="digits"
# 1. What is made once, and what afresh for every epoch? Which of your functions returns the losses
#    of an epoch?
# 2. Before the loop: the digits, the `rng`, the network. In the loop: the batches of this epoch,
#    their losses, the mean of these, and the question. After the loop, return the network.
# 3. `if not mean_loss < 3` holds for a large mean and for `nan`. The same `rng` goes into
#    `minibatches` in each epoch, so each epoch has another order.

# %% demo=true
if ready("digits"):
    digits = data.digits()
    rates = {SGD: 0.2, Momentum: 0.02, AdaGrad: 0.05, RMSprop: 0.002, Adam: 0.003}
    for kind, rate in rates.items():
        reader = train_on_digits(kind(rate))
        share = reader.accuracy(digits.x_test, digits.t_test)
        print(f"{kind.__name__:9} rate {rate:<6} reads {100 * share:.1f} %")
    try:
        train_on_digits(SGD(1e6))
    except FloatingPointError as error:
        print("SGD       rate 1e6   ", error)

# %% [markdown]
# All five read some 97 of 100 pictures that they haven't seen. (The weights begin at random, so
# yours differ a little from run to run.) The rates that suit them lie up to a hundredfold apart.
# That isn't because one is more careful than another: they don't measure the same thing.

# %% [markdown]
# ## Find the bug
#
# ### 5.12 An Adam with four faults
#
# *About twenty minutes.* Below is an Adam that runs, and has **four faults**. Each of them has been
# made before, by people who knew what they wanted. One is a matter of spaces.
#
# **Goal:** find and repair them. The class keeps its name and its arguments, and it is to do
# exactly what 5.5 does, in place on the arrays of `params`. (Calling your own `Adam` instead would
# pass, and teach you nothing. Repair it.)


# %% answer="PrintedAdam"
class PrintedAdam:
    """p -= lr * m_hat / (sqrt(v_hat) + eps), with corrected averages of g and of g ** 2."""

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = self.v = None

    def update(self, params, grads):
        """params, grads: dicts of arrays with equal keys; changes the arrays of params in place."""
        ### BEGIN SOLUTION 5.12: this runs, and its steps are wrong; find out why
        if self.m is None:
            self.m = {k: np.zeros_like(g) for k, g in grads.items()}
            self.v = {k: np.zeros_like(g) for k, g in grads.items()}
        self.t += 1
        for k, g in grads.items():
            self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
            self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2
            m_hat = self.m[k] / (1 - self.beta1**self.t)
            v_hat = self.v[k] / (1 - self.beta2**self.t)
            params[k] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ### INSTEAD
        # if self.m is None:
        #     self.m = {k: np.zeros_like(g) for k, g in grads.items()}
        #     self.v = {k: np.zeros_like(g) for k, g in grads.items()}
        #     for k, g in grads.items():
        #         self.m[k] = self.beta1 * self.m[k] + (1 - self.beta1) * g
        #         self.v[k] = self.beta2 * self.v[k] + (1 - self.beta2) * g**2
        #         self.m[k] = self.m[k] / (1 - self.beta1**self.t)
        #         v_hat = self.v[k] / (1 - self.beta2)
        #         params[k] -= self.lr * self.m[k] / (np.sqrt(v_hat) + self.eps)
        # self.t += 1
        ### END SOLUTION


# %% [markdown]
# **The symptom** is its fingerprint. As it came to you, it is `inf` and three times `nan`.

# %% demo=true
with np.errstate(divide="ignore", invalid="ignore"):
    print("calls            1         2        10       400")
    print("printed Adam ", fingerprint(PrintedAdam(lr=1.0)))

# %% [markdown]
# A `nan` hides whatever comes after it. So here are four copies. In each of them somebody has
# repaired three of the faults, and left one:
#
# | copy | call 1 | call 2 | call 10 | call 400 |
# |---|--:|--:|--:|--:|
# | A | `nan` | `nan` | `nan` | `nan` |
# | B | 1 | 0 | 0 | 0 |
# | C | 1 | 5.26 | 1103 | 1.00 |
# | D | 1 | 0.707 | 0.317 | 0.055 |
# | a right one | 1 | 1 | 1 | 1 |
#
# **The causes.** Take the four one at a time. A divides by nought in its first call: by what? B
# takes one step and never another. What was run at the first call only? C is right once and then
# grows: what does it put back into its memory, that was meant for one step? D looks like the
# fingerprint of an optimizer that you know. What does *that* one divide by, that grows with every
# call, and why does D's $\hat v$ grow as well?

# %% exercise="ch5_bug" points=4
check("ch5_bug", PrintedAdam)

# %% [markdown] hints="ch5_bug"
# 1. What is `self.t` in the first call, at the moment when it is used? Which lines belong under the
#    `if`, and which only stand under it?
# 2. After the first call, what does `self.m[name]` hold: $(1 - \beta_1)\, g$, or $g$? And in the
#    hundredth call, by what should $v$ be divided, and by what is it?
# 3. Four repairs: the count goes up before it is used; the loop moves to the left; the corrected
#    first average gets a name of its own, as the second has one; and the second correction gets the
#    power that the first one has.

# %% [markdown]
# Repaired, it says 1, 1, 1, 1. Copy D is the most treacherous. Its $v$ is divided by $1 - \beta_2$
# in every call, which is right in the first only. From then on the estimate is too large, in the
# end by a factor of 1,000, and the steps fade like AdaGrad's, to a thirtieth of the rate. It still
# learns.
#
# **The test that would have caught it** is four numbers long. One step isn't enough: B, C and D are
# right in the first. Nor is a loss that falls. Hand the optimizer a gradient that never changes,
# and look at a step early on and at one very late. Then do the same with a gradient of 0:

# %% demo=true
if ready("ch5_bug"):
    print("gradient 1:", fingerprint(PrintedAdam(lr=1.0)))
    print("gradient 0:", steps_of(PrintedAdam(lr=1.0), 10, gradient=0.0)[[0, 9]])

# %% [markdown]
# ## In your own words

# %% [markdown] explain="ch5_explain" points=2
# **Explain in two sentences** to a friend who knows gradient descent: why is Adam's first step as
# long as its learning rate in every parameter, however small the gradient is, and why does "Adam at
# a rate of 0.1 is faster than gradient descent at a rate of 0.1" therefore say little?
#
# ### BEGIN SOLUTION
# Adam divides a corrected average of the gradients by the root of a corrected average of their
# squares, and at the first call these are g and the size of g, so nothing is left but the sign and
# the step is the rate itself. For gradient descent the rate is a factor that multiplies a slope and
# for Adam it is a length, so the same number means steps of quite different sizes, and a fair
# comparison lets each of them have the rate that suits it best.
# ### END SOLUTION

# %% [markdown]
# ## The whole chapter at once

# %% demo=true
check_all()

# %% [markdown]
# And this is what it was all for. The digit reader has 3,760 parameters, so its loss is a landscape
# over 3,760 directions. Nobody can see that. But two optimizers that start in the same place end in
# two others, and three points span a plane. Along this plane the landscape can be drawn.


# %% demo=true
class FollowedNet(TwoLayerNet):
    """A TwoLayerNet that starts from a seed, and notes all its parameters before every step."""

    def __init__(self, seed=3):
        super().__init__(64, 50, 10)
        rng = np.random.default_rng(seed)
        for name in ("W1", "W2"):
            self.params[name][...] = rng.normal(scale=0.01, size=self.params[name].shape)
        self.places = []

    def gradient(self, x, t):
        self.places.append(self.place())
        return super().gradient(x, t)

    def place(self):
        """All parameters in a row, (3760,)."""
        return np.concatenate([p.ravel() for p in self.params.values()])

    def go(self, place):
        """Put all parameters where place says."""
        for name, piece in zip(self.params, np.split(place, [3200, 3250, 3750]), strict=True):
            self.params[name][...] = piece.reshape(self.params[name].shape)


# %% demo=true
parts = ["sgd", "momentum", "adam", "train", "minibatches"]

if all(ready(exercise) for exercise in parts):
    digits, walks = data.digits(), {}
    for name, optimizer in {
        "SGD": SGD(0.5),
        "momentum": Momentum(0.05),
        "Adam": Adam(0.003),
    }.items():
        net, rng = FollowedNet(), np.random.default_rng(0)
        for _ in range(10):
            train(net, optimizer, minibatches(digits.x_train, digits.t_train, 25, rng))
        walks[name] = np.array([*net.places, net.place()])
        read = net.accuracy(digits.x_test, digits.t_test)
        loss = net.loss(digits.x_train, digits.t_train)
        print(f"{name:8} reads {100 * read:.1f} %, training loss {loss:.3f}")
    start, one, two = walks["SGD"][0], walks["SGD"][-1], walks["Adam"][-1]
    east = (one - start) / np.linalg.norm(one - start)
    north = two - start - (two - start) @ east * east
    north /= np.linalg.norm(north)

# %% demo=true
if all(ready(exercise) for exercise in parts):
    easts, norths, heights = np.linspace(-2, 18, 21), np.linspace(-3, 15, 19), []
    for y in norths:
        for x in easts:
            net.go(start + x * east + y * north)
            heights.append(net.loss(digits.x_train[:300], digits.t_train[:300]))
    heights = np.reshape(heights, (19, 21))

# %% demo=true
if all(ready(exercise) for exercise in parts):
    figure, ax = figures.canvas(height=5, title="Three ways down, in 3,760 directions")
    levels = np.linspace(np.log(heights.min()), np.log(heights.max()), 18)
    ax.contourf(easts, norths, np.log(heights), levels=levels, cmap="Blues")
    for (name, places), style in zip(walks.items(), ["-", "--", ":"], strict=True):
        shadow = (places - start) @ np.stack([east, north], axis=1)
        ax.plot(*shadow.T, style, color=figures.GRADIENT_COLOUR, label=name)
        ax.plot(*shadow[-1], "o", color=figures.GRADIENT_COLOUR)
    ax.set_aspect("equal")
    ax.legend(loc="upper left")
    alt = "SGD and momentum go down side by side; Adam goes another way, and ends elsewhere."
    figures.show(figure, alt=alt)

# %% [markdown]
# Dark is high and light is low. All three start at $(0, 0)$, with the same weights and the same
# batches, and each makes 580 steps. The lines are shadows: the true ways leave this plane and come
# back to it. SGD and momentum go side by side. Adam gives every direction its own rate, and leaves
# at once for somewhere else. It arrives at other weights, and they read just as well. There is no
# *one* place to find. Where you end is a matter of how you walk.

# %% [markdown]
# ## What the first page asked
#
# **With the same start and the same rate, how can one program be nearly there after two steps, and
# then lose its way?** Because its rate is something else. Gradient descent multiplies a slope
# by 0.1, and its slopes are a few thousandths at most. Adam goes *0.1 far*, in each of the 56
# parameters that have a gradient at all. The outputs were too high, and all 56 steps lower them.
# Two such steps happen to be just the distance that was to go. But Adam has a memory too, and it is
# moving. It runs on past the target, to an error of 0.0024 after four steps, turns, and swings for
# a hundred more. What looked like a goal in sight was a crossing at full speed.
#
# **And how many times faster is it?** You have seen that it depends on the line to be crossed. It
# depends on one more thing, which the first page has chosen for you.

# %% [markdown] predict="own_rate"
# **A rate of its own for each.** Now each of the three may have the rate that suits it best, of
# seven from 0.03 to 30. Who is the first to come below 0.000001?
#
# - [ ] Adam, about 26 times ahead of gradient descent, as before
# - [ ] Adam, but it is close
# - [ ] momentum
# - [x] gradient descent, about four times ahead of Adam
#
# > At a rate of 10 gradient descent arrives in 13 steps. Adam needs 52 at its best, and momentum
# > 61. The rate of 0.1 was a good one for a method whose rate is a length, and a hundred times too
# > small for a method that multiplies slopes of a few thousandths. The contest was decided by the
# > choice of one number.


# %% demo=true
def until_below(net, limit, most):
    """The one pair of the small net, until its error has been below limit, or most times."""
    for _ in range(most):
        arrived = net.loss(small_x, small_t) < limit
        yield small_x, small_t
        if arrived:
            return


# %% demo=true
parts = ["sgd", "momentum", "adam", "train", "steps_to_threshold"]

if all(ready(exercise) for exercise in parts):
    rates = [0.03, 0.1, 0.3, 1, 3, 10, 30]
    kinds, races = {"gradient descent": SGD, "momentum": Momentum, "Adam": Adam}, {}
    print("rate            ", *(f"{rate:6}" for rate in rates))
    for name, kind in kinds.items():
        races[name] = []
        for rate in rates:
            net = SmallNet()
            losses = train(net, kind(rate), until_below(net, 1e-6, most=1500))
            races[name].append(steps_to_threshold(losses, 1e-6))
        print(f"{name:16}", *(f"{steps or '-':>6}" for steps in races[name]))

# %% demo=true
if all(ready(exercise) for exercise in parts):
    labels = {"xlabel": "learning rate", "ylabel": "steps to E < 0.000001"}
    figure, ax = figures.canvas(**labels, xscale="log", yscale="log", height=3.4)
    for (name, steps), style in zip(races.items(), ["o-", "s--", "^:"], strict=True):
        steps = np.array(steps, dtype=float)  # None, which never arrived, becomes nan
        ax.plot(rates, steps, style, label=name)
    ax.axvline(0.1, color="grey", linewidth=0.8)
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates])
    ax.set_yticks([10, 100, 1000], ["10", "100", "1000"])
    ax.legend(loc="upper right")
    alt = "At 0.1 Adam needs fewest steps; gradient descent at rate 10 needs 13, fewer than all."
    figures.show(figure, alt=alt)

# %% [markdown]
# The thin line is the first page: one vertical cut through this picture. Where a mark is missing,
# 1,500 steps weren't enough. Adam arrives with small rates and is lost at 3, since no parameter of
# this net should be moved that far at once. Gradient descent gets better and better up to 10.
#
# So the answer is a quarter. Or 400, 40, 26, 22: whatever you want to hear. Is gradient descent the
# better one, then? On a net with one sample and a handful of sigmoids, yes. In 5.11 all five read
# equally well. On a deep network, where gradients come in a thousand different sizes, it may be
# another one.
#
# An honest comparison has the same start and the same batches, a rate of its own for each, a line
# that was drawn *before*, and more than one try. And it says what it was made on.

# %% [markdown]
# ## The end of the course
#
# In chapter 1 you bought two apples and asked what the tax was worth. You walked back from the till
# and multiplied. Everything since then has been that walk.
#
# | chapter | what the walk goes through | what it taught |
# |--:|---|---|
# | 1 | numbers | local gradient times what arrives; where paths meet, add |
# | 2 | arrays | keep what `backward` will need; leave other people's arrays alone |
# | 3 | matrices | a gradient has the shape of its owner; the loss owns the average |
# | 4 | a loop of layers | all gradients first, then all parameters; measure every one of them |
# | 5 | steps | a gradient isn't a step; what a step remembers, and what it is divided by |
#
# All of it is yours. Between the pixels and the last digit of a weight there is no line that you
# haven't written, measured, and seen fail. A library does the same with more kinds of nodes, on
# faster machines: it keeps what `backward` will need, walks back in the opposite order, adds where
# ways meet, and hands a dictionary of gradients to an optimizer. When it gives you an odd number,
# you know where to look.
#
# And take the habits with you; they outlast any library. Find a second road to every number.
# Test with a batch, with sizes that can't be confused, and with an upstream gradient that isn't 1.
# Show the judge something wrong. Keep your hands off other people's arrays. Let nothing move before
# all gradients are known. Ask, when somebody says "faster", which line, which rate, and how often.
#
# The first page of this course asked how three of seven equal errors could be correct. You have
# since repaired the judge that passed them, found the line that made them, and seen a training of
# 2,000 steps that didn't mind. You would not let them pass now.
#
# ---
#
# *Sources.* The classes of this chapter have the names that Koki Saitoh gave them in chapter 6 of
# *Deep Learning from Scratch*. Momentum goes back to Boris Polyak (1964), and its second form to
# Yurii Nesterov (1983). AdaGrad is by John Duchi, Elad Hazan and Yoram Singer (2011), RMSprop comes
# from a lecture of Geoffrey Hinton's (2012), and Adam is by Diederik Kingma and Jimmy Ba (2015).
# The network 7-6-5-2 and the network of sigmoids come from published tutorials. Their faults are
# described here, without the names of their authors. The digits are the "Optical Recognition of
# Handwritten Digits" of Ethem Alpaydin and Cenk Kaynak, from the UCI Machine Learning Repository
# (CC BY 4.0).
