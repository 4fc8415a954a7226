# %% [markdown]
# # Chapter 2. Activation layers
#
# A ReLU lets positive numbers through and turns all others into 0. Here is a small piece of a
# network, made of one ReLU and one sum:
#
# $$ y = x + \operatorname{relu}(x) $$
#
# Somebody has written a backward pass for the ReLU and one for the sum. Each was held against
# measured slopes, as in chapter 1. Both are right to ten digits, for positive $x$ and negative,
# whatever arrives from upstream. Then the two were put together.
#
# | x | slope of y, measured | by the two backward passes |
# |--:|:-:|:-:|
# | 1 | 2 | 2 |
# | -0.5 | 1 | 0 |
# | -2 | 1 | 0 |
# | 3 | 2 | 2 |
#
# The measurement is right. You can see it without a computer: at -2 the ReLU is shut, and what
# remains is $y = x$.
#
# **How can two right parts make a wrong whole? And which of the two would you repair?** The last
# page of this chapter answers both. By then you have written the parts and the whole.
#
# ## What you will be able to do
#
# - Write the backward pass of a layer that works entry by entry: ReLU, sigmoid, tanh and their
#   relatives.
# - Decide what such a layer has to remember: its input, its output, or only which entries passed.
# - Live with a corner, where a curve has no slope.
# - Write a sigmoid that doesn't overflow.
# - Say whose array it is, and why nobody else may write into it.
# - See where gradients die, and count the places.
#
# You need chapter 1, or its table: local gradient times what arrives. Reading and exercises
# together take two to three hours.

# %%
import numpy as np

from course import check, check_all, figures, hint, progress, ready, reset, reveal

# %% [markdown]
# ## What is new in this notebook
#
# **Numbers come in arrays.** One row is one sample, here and in chapter 3: an array of shape (7, 3)
# holds seven samples with three numbers each. The checks use shapes like this one, and random
# upstream gradients of the same shape.
#
# **Two exercises may share a cell.** A layer is one class, with `forward` and `backward`. Where the
# two are separate exercises, 2.1 and 2.2 for instance, you write both in one cell. A `TO DO` that
# is left in one method doesn't touch the other's verdict.
#
# All else is as it was. `check` judges, `hint` helps, `reset` shows a cell as it was handed out,
# `progress` draws where you stand, `reveal` answers a prediction, the arrays you are given stay as
# they were, and nothing stops *Run All*.
#
# **Given: four small nodes.** They are complete, so it doesn't matter how chapter 1 went. `Scale`,
# `ExpLayer` and `Reciprocal` are old friends; `Shift` is a sum whose second input stays fixed. You
# need them in 2.3.


# %%
class Scale:
    """y = c * x for a fixed number c, entry by entry."""

    def __init__(self, c):
        self.c = c

    def forward(self, x):
        return self.c * x

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        return dout * self.c


class Shift:
    """y = x + c for a fixed number c, entry by entry."""

    def __init__(self, c):
        self.c = c

    def forward(self, x):
        return x + self.c

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        return dout * 1


class ExpLayer:
    """y = e ** x, entry by entry."""

    def __init__(self):
        self.y = None

    def forward(self, x):
        self.y = np.exp(x)
        return self.y

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        return dout * self.y


class Reciprocal:
    """y = 1 / x, entry by entry; x is nowhere 0."""

    def __init__(self):
        self.y = None

    def forward(self, x):
        self.y = 1 / x
        return self.y

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        return -dout * self.y * self.y


# %% [markdown]
# ## Why bend at all?
#
# Put two `Scale` nodes in a row, by 2 and by 3. Together they multiply by 6, and one `Scale(6)`
# would have done. With straight lines $\beta + \omega x$ it is no different: a straight line of a
# straight line is a straight line. A hundred layers of them can do no more than one.
#
# So between any two of them stands something that *isn't* straight, called an **activation**. It
# may be very simple. One corner is enough.
#
# ## One entry at a time
#
# An activation works **entry by entry**. The output has the shape of the input, and each entry of
# it depends on one entry of the input only: the one in the same place.
#
# That makes the backward pass short. Raise one entry $x_i$ by a tiny $\varepsilon$. In the whole
# output nothing moves but $y_i$, and it moves by the slope of the curve at $x_i$, times
# $\varepsilon$. How much does $L$ gain? The upstream gradient in this very place says so. Hence
#
# $$ \frac{\partial L}{\partial x_i} \;=\; \texttt{dout}_i \cdot y'(x_i), $$
#
# for each entry alone. Nothing is added up, nothing is transposed, and `dx` has the shape of `x`.
# Layers differ in their slope $y'$, the local gradient of chapter 1, and in how they get hold of it
# on the way back.
#
# > **Other names.** Entry by entry is *elementwise* or *pointwise* elsewhere, and an activation is
# > also called a *nonlinearity*.
#
# ### A layer with everything written out
#
# Let the curve be a parabola.
#
# $$ (x + \varepsilon)^2 = x^2 + 2x\,\varepsilon + \varepsilon^2 $$
#
# What multiplies $\varepsilon$ is $2x$. The slope needs the input, so `forward` keeps it.


# %%
class Square:
    """y = x ** 2, entry by entry; any shape."""

    def __init__(self):
        self.x = None

    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        return dout * 2 * self.x


# %% [markdown]
# And does it agree with a measurement? In chapter 1 you moved one entry at a time. Here you may
# move all of them at once, since none of them disturbs another's output. So two runs measure
# *every* slope, however large the array is.


# %% demo=true
def measured_slope(curve, x, h=1e-5):
    """curve works entry by entry; x an array -> its slope in each entry, by central differences."""
    return (curve(x + h) - curve(x - h)) / (2 * h)


x = np.array([[1.0, -0.5], [-2.0, 3.0]])
square = Square()
square.forward(x)
print("computed\n", square.backward(np.ones_like(x)))
print("measured\n", measured_slope(Square().forward, x))

# %% [markdown]
# ## ReLU
#
# ### 2.1 ReLU, forwards
#
# *About five minutes.* The **rectified linear unit** is the simplest bend there is. A positive
# number passes as it is. Anything else becomes 0:
#
# $$ y = \begin{cases} x & \text{where } x > 0 \\ 0 & \text{elsewhere} \end{cases} $$
#
# **Goal:** `forward(x)` for an array of any shape. It returns a new array with the shape and the
# dtype of `x`. `x` may hold what arrays hold: numbers of both signs, a 0, a -0.0 (computers have
# one), positive numbers only or negative ones only, or no rows at all.
#
# Picture a gate for every entry: open where $x$ is positive, shut elsewhere. What will the way back
# need? The parabola had to remember its input. But of -2 and -2000 a ReLU makes the same 0, by the
# same shut gate. So the numbers themselves don't matter, only which of them passed. `__init__` has
# a place for that.


# %% answer="Relu"
class Relu:
    """y = x where x > 0, else 0, entry by entry; any shape."""

    def __init__(self):
        self.passed = None  # True or False for each entry of x

    def forward(self, x):
        """x, an array -> y, a new array of the same shape and dtype."""
        ### BEGIN SOLUTION 2.1: what is positive, and 0 for the rest; keep which entries passed
        self.passed = x > 0
        return np.where(self.passed, x, 0)
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        ### BEGIN SOLUTION 2.2: in each place dout times the slope
        return np.where(self.passed, dout, 0)
        ### END SOLUTION


# %% exercise="relu_forward" points=2
check("relu_forward", Relu)

# %% [markdown] hints="relu_forward"
# 1. For `x = [[1, -0.5], [-2, 3]]`, write down the four numbers of the output. Which yes-or-no
#    question did you ask of each entry?
# 2. A comparison such as `x > 5` asks a whole array at once. The answer is an array of `True` and
#    `False`, of the shape of `x`. Yours is needed twice: now, and on the way back.
# 3. `np.where(condition, a, b)` makes a new array: `a` where the condition holds, `b` elsewhere.
#    `b` may be a single number. Put the condition into the attribute first.

# %% [markdown]
# With `x = [[1, -0.5], [-2, 3]]` yours gives `[[1, 0], [0, 3]]`.

# %% [markdown]
# ### 2.2 ReLU, backwards
#
# *About ten minutes; you write it above, at `TO DO 2.2`.* Run that cell again when it is written,
# then the check below.
#
# Raise the input by $\varepsilon$ once more, on each side of the corner:
#
# $$ \operatorname{relu}(3 + \varepsilon) = 3 + 1\cdot\varepsilon, \qquad
#    \operatorname{relu}(-2 + \varepsilon) = 0 + 0\cdot\varepsilon $$
#
# So the slope is 1 where $x$ passed and 0 where it didn't. And exactly at 0? Upwards the curve has
# slope 1, downwards 0. Any number from 0 to 1 can be defended. This course takes 0, and no check
# takes points off for another of them.
#
# **Goal:** `backward(dout)` returns `dx`, of the shape of `x`: in each place the upstream gradient
# times the slope.

# %% [markdown] predict="relu_signs"
# **Before you run anything.** Half of the entries of `x` are negative, the other half positive, and
# *all* of `dout` is negative. Which entries of `dx` are zero?
#
# - [ ] all of them, since nothing negative gets through a ReLU
# - [x] those where `x` is negative
# - [ ] none of them
# - [ ] those where `x` is positive, since two negatives make a positive
#
# > The gate was set on the way forward, by `x`. What comes back later neither opens nor shuts it. A
# > negative gradient passes through an open gate like any other.

# %% exercise="relu_backward" points=3
check("relu_backward", Relu)

# %% [markdown] hints="relu_backward"
# 1. By the time `dout` arrives, `x` has gone. Who still knows which of its entries passed?
# 2. `dx` has the shape of `x`. Where `x` was -2 and `dout` is -7, it is 0. Where `x` was 3 and
#    `dout` is -7, it is -7. What decides, and what is chosen?
# 3. It is the same choice as in `forward`, made by the same condition, from another array.

# %% [markdown]
# With `x = [[1, -0.5], [-2, 3]]` and an upstream gradient of ones, yours gives `[[1, 0], [0, 1]]`:
# the gates themselves. If it passes with ones and fails the check, look at what you do with `dout`.
#
# Here is a larger array. Its gates are laid over everything, and the open ones are shaded.


# %% demo=true
def show_grids(alt, shade, **arrays):
    """Arrays of one shape side by side, each number in its place; shaded where shade is 1."""
    figure, first = figures.canvas(width=2.2 * len(arrays), height=2.4)
    first.remove()
    for place, (name, array) in enumerate(arrays.items(), 1):
        title = name.replace("_", " ")
        ax = figure.add_subplot(1, len(arrays), place, title=title, xticks=[], yticks=[])
        ax.imshow(shade, cmap="Blues", vmin=0, vmax=4)
        for (row, column), entry in np.ndenumerate(array):
            ax.text(column, row, f"{entry + 0:g}", ha="center", va="center")
    figures.show(figure, alt=alt)


# %% demo=true
if ready("relu_backward"):
    x = np.array([[1.0, -0.5, 2.0], [-2.0, 3.0, -1.0], [0.5, -4.0, -3.0]])
    dout = np.array([[7.0, 5.0, -2.0], [-3.0, -5.0, 2.0], [3.0, -7.0, 11.0]])
    relu = Relu()
    y, dx, gate = relu.forward(x), relu.backward(dout), relu.backward(np.ones_like(x))
    alt = "Where x is positive, y is x and dx is dout, of either sign; elsewhere both are 0."
    show_grids(alt, gate, x=x, y=y, dout=dout, dx=dx)

# %% [markdown] predict="relu_corner"
# **On the corner.** You measure the slope of a ReLU at exactly $x = 0$, with a central difference
# and $h = 10^{-5}$. What comes out?
#
# - [ ] 0
# - [ ] 1
# - [x] 0.5
# - [ ] about 1e-5
#
# > One step ahead the curve is at $h$, one step behind it is at 0. Their difference over $2h$ is
# > one half, whatever $h$ is. The curve has this slope nowhere. A check that measured on the corner
# > would call the ReLU wrong that takes 0 there, and also the one that takes 1. So where an `x` is
# > exactly 0, the checks of this course don't measure.

# %% demo=true
if ready("relu_forward"):
    x = np.array([-2, -0.000001, 0, 0.000001, 3])
    for entry, slope in zip(x, measured_slope(Relu().forward, x), strict=True):
        print(f"x = {entry:9.6f}   measured slope {slope:.2f}")

# %% [markdown]
# A millionth to either side the measurement still reaches across the corner, as it did for $|x|$ in
# chapter 1. Nothing is wrong with your code there, nor with the measuring. They were asked
# different questions.
#
# This table grows through the chapter.
#
# | layer | output | slope | remembers |
# |---|---|---|---|
# | square | $x^2$ | $2x$ | the input |
# | **ReLU** | $x$ where $x > 0$, else 0 | 1 where $x$ passed, else 0 | **which entries passed** |

# %% [markdown]
# ## The sigmoid
#
# ### 2.3 A sigmoid from four nodes
#
# *About fifteen minutes.* The second activation is smooth. It turns any number into one between 0
# and 1:
#
# $$ y = \frac{1}{1 + e^{-x}} $$
#
# Large $x$ give nearly 1, very negative ones nearly 0, and 0 gives one half. This is what you want
# when the answer is to be a probability. It is also called the *logistic function*.
#
# You could look up its slope. But you already own all of its parts: a minus, an exponential, a sum
# with 1, a reciprocal, one after the other. Here they are for $x = 2$, with the first step back
# already taken. The reciprocal's local gradient is minus its output squared, $-0.881^2 = -0.776$.

# %% demo=true
sigmoid_graph = ["minus = -x", "power = exp(minus)", "total = power + 1", "y = 1 / total"]
sigmoid_values = {"x": 2, "minus": -2, "power": 0.1353, "total": 1.1353, "y": 0.8808}

figure = figures.draw_graph(
    sigmoid_graph, sigmoid_values, {"y": 1, "total": -0.7758, "power": "?", "minus": "?", "x": "?"}
)
figures.show(figure, alt="Forwards 2, -2, 0.135, 1.135, 0.881; backwards 1, then -0.776, then ?")

# %% [markdown]
# **Goal:** a function that returns $y$ and $\mathrm{d}x$, by way of the four given nodes. `x` is a
# number or an array; `dout`, the upstream gradient at $y$, is a number or an array of the shape of
# `x`. Both results have the shape of `x`.
#
# The four in order are `Scale(-1)`, `ExpLayer()`, `Shift(1)` and `Reciprocal()`. On the way back
# each multiplies what comes from its right neighbour by its own slope, and hands the product to the
# left.


# %% answer="sigmoid_from_nodes"
def sigmoid_from_nodes(x, dout=1.0):
    """x, a number or an array; dout, a number or the shape of x -> (y, dx), each the shape of x.

    y = 1 / (1 + e ** -x), and dx the gradient in x for the upstream gradient dout at y. x is of
    moderate size, from -30 to 30.
    """
    ### BEGIN SOLUTION 2.3: four nodes forwards, the same four backwards, beginning with dout
    negate, exponential, plus_one, reciprocal = Scale(-1), ExpLayer(), Shift(1), Reciprocal()
    total = plus_one.forward(exponential.forward(negate.forward(x)))
    y = reciprocal.forward(total)

    dtotal = reciprocal.backward(dout)
    dx = negate.backward(exponential.backward(plus_one.backward(dtotal)))
    return y, dx
    ### END SOLUTION


# %% exercise="sigmoid_from_nodes" points=4
check("sigmoid_from_nodes", sigmoid_from_nodes)

# %% [markdown] hints="sigmoid_from_nodes"
# 1. Going back, which of the four nodes is visited first, and what is its upstream gradient? Which
#    one hands you `dx`?
# 2. Make the four objects and keep each under a name. Forwards, each one's output is the next one's
#    input. Backwards, what a node returns is the upstream gradient of its *left* neighbour.
# 3. Eight calls: four of `forward` that end in `y`, then four of `backward`. The first of these is
#    the reciprocal's and takes `dout`; the last is the `Scale`'s.

# %% [markdown]
# At 2 yours gives $y = 0.880797$ and $\mathrm{d}x = 0.104994$; at 0.7 it gives 0.668188 and
# 0.221713; at 0 exactly one half and one quarter.

# %% demo=true
if ready("sigmoid_from_nodes"):
    y, dx = sigmoid_from_nodes(2.0)
    gradients = {"y": 1, "total": -(y**2), "power": -(y**2), "minus": -dx, "x": dx}
    figure = figures.draw_graph(sigmoid_graph, sigmoid_values, gradients, title="Your sigmoid")
    figures.show(figure, alt="Backwards 1, -0.776, -0.776 again, -0.105, and 0.105 at x.")

# %% [markdown]
# ### 2.4 A sigmoid in one piece
#
# *About fifteen minutes.* Four objects, two of which keep an array: that is a lot for one curve.
# From now on the sigmoid is one layer that keeps one array.
#
# **Goal:** `forward(x)` for an array of any shape, floats or integers. It returns $y$, of the same
# shape, and keeps in `self.y` what the way back will need. That can be the output, as for the
# reciprocal and the exponential. (2.5 shows that it is enough.)
#
# **First write it simply**, as the formula stands, and run the check. It says *right*, but with a
# warning. Here is the reason:

# %% demo=true
with np.errstate(over="ignore"):  # keep quiet about it, just here
    print("e^1000 in float64:", np.exp(np.float64(1000)))
    print("e^100  in float64:", np.exp(np.float64(100)))
    print("e^100  in float32:", np.exp(np.float32(100)))

# %% [markdown]
# A float64 holds numbers up to $e^{709.78}$, a float32 up to $e^{88.72}$. Anything larger becomes
# `inf`, infinity, with an *overflow* warning. Here that even ends well: 1 over infinity is 0, and 0
# is the right answer at -1000. But when a program warns all the time, nobody reads its warnings.
# And in a formula next door the same `inf` ends badly, as 2.6 will show.
#
# **Then make it stable.** Multiply numerator and denominator by $e^x$, and you have the same number
# in another form:
#
# $$ \frac{1}{1 + e^{-x}} \;=\; \frac{e^{x}}{e^{x} + 1} $$
#
# The left form overflows for very negative $x$ only, the right one for very positive $x$ only. So
# take for each entry the form whose exponent isn't positive. In both cases the exponential is then
# $e^{-|x|}$, which is never larger than 1.
#
# Two traps on the way:
#
# - `np.where(x >= 0, a, b)` chooses between two arrays that have *both* been computed, for every
#   entry. If one of them overflowed, you have been warned already.
# - `x` may hold integers. An array made in its image, with `np.zeros_like(x)` for instance, can't
#   hold one half then: it stores 0.


# %% answer="Sigmoid"
class Sigmoid:
    """y = 1 / (1 + e ** -x), entry by entry; any shape."""

    def __init__(self):
        self.y = None

    def forward(self, x):
        """x, an array of floats or integers of any size -> y, the same shape, between 0 and 1."""
        ### BEGIN SOLUTION 2.4: simply first, then without overflow; keep the output
        small = np.exp(-np.abs(x))
        self.y = np.where(x >= 0, 1, small) / (1 + small)
        return self.y
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        ### BEGIN SOLUTION 2.5: dout times the slope, from the output alone
        return dout * self.y * (1 - self.y)
        ### END SOLUTION


# %% exercise="sigmoid_forward" points=4
check("sigmoid_forward", Sigmoid)

# %% [markdown] hints="sigmoid_forward"
# 1. For which $x$ is $e^{-x}$ huge? For which is $e^{x}$? And what do you know about $e^{-|x|}$,
#    whatever $x$ is?
# 2. Compute $e^{-|x|}$ once, for all entries. For $x \ge 0$ it is the $e^{-x}$ of the left form;
#    for $x < 0$ it is the $e^{x}$ of the right form. The two denominators are then the same.
# 3. Only the numerators differ: 1 for one half of the numbers, the exponential for the other half.
#    `np.where` may choose between these two without any harm. Divide, keep, return.

# %% [markdown]
# At -1000, 0 and 1000 yours gives 0, 0.5 and 1, in silence.
#
# > **A probability of 7.389.** You can find this sigmoid in print: `1 / (+np.exp(-x))`. It runs
# > without complaint. A 1 has been lost, and the plus that stood behind it has become the sign of
# > what follows. So it computes $1/e^{-x}$, which is $e^x$, and at 2 it answers 7.389.
# >
# > With negative numbers you might not notice: at -5 it says 0.00674, where a sigmoid says 0.00669.
# > *Try a new function where you know the answer.* A sigmoid has three such places. At 0 it says
# > one half, where this one says 1. At the far right it says 1, at the far left 0.

# %% [markdown]
# ### 2.5 A slope from the output
#
# *About ten minutes; you write it above, at `TO DO 2.5`.* The walk of 2.3 multiplied four local
# gradients. With letters in place of numbers they are $-y^2$, 1, $e^{-x}$ and $-1$, so
#
# $$ \mathrm{d}x = \texttt{dout} \cdot y^2\, e^{-x} . $$
#
# But $x$ hasn't been kept, and computing $e^{-x}$ again would bring the overflow back. There is no
# need. The output knows: $y = 1/(1 + e^{-x})$ means
#
# $$ 1 + e^{-x} = \frac1y . $$
#
# Solve this for $e^{-x}$, put it into the line above, and simplify. What is left contains $y$ and
# nothing else.
#
# **Goal:** `backward(dout)` returns `dx`, of the shape of `x`, from the stored output alone.

# %% [markdown] predict="steepest_sigmoid"
# **Before you compute.** A sigmoid climbs from 0 to 1. How steep is it where it is steepest?
#
# - [ ] its slope is 1 there, like a ReLU's
# - [ ] its slope is 1/2 there
# - [x] its slope is 1/4 there
# - [ ] there is no limit: it gets steeper the larger $x$ is
#
# > At $x = 0$ the output is one half, so $y^2 e^{-x}$ is a quarter. To both sides it is less. A
# > sigmoid passes on a quarter of its upstream gradient *at best*. Keep that in mind until 2.10.

# %% exercise="sigmoid_backward" points=3
check("sigmoid_backward", Sigmoid)

# %% [markdown] hints="sigmoid_backward"
# 1. In $\texttt{dout} \cdot y^2 e^{-x}$, what do you still have on the way back, and what is
#    missing?
# 2. $e^{-x}$ is $1/y$ minus something. Multiply that by $y^2$ on paper: one of the two $y$ cancels.
# 3. Try your result: where $y$ is 0.5 the slope is 0.25, where $y$ is 0.9 it is 0.09, where $y$ is
#    0.2 it is 0.16. Each of them is a product of two numbers that add up to 1.

# %% [markdown]
# At 0 yours passes on a quarter, at 2 and at -2 the same 0.104994. Far out, on either side, there
# is no slope left.


# %% demo=true
def draw_curve(ax, layer, title, **settings):
    """A layer's curve and its slope, from its own forward and backward."""
    x = np.linspace(-6, 6, 601)
    ax.plot(x, layer.forward(x), "-", color=figures.VALUE_COLOUR, label="y")
    slope = layer.backward(np.ones_like(x))
    ax.plot(x, slope, "--", color=figures.GRADIENT_COLOUR, label="slope")
    ax.set(title=title, xlabel="x", **settings)
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.legend(loc="upper left", fontsize=8)


# %% demo=true
if ready("sigmoid_backward"):
    figure, ax = figures.canvas(height=3)
    draw_curve(ax, Sigmoid(), "Your sigmoid")
    figures.show(figure, alt="y climbs from 0 to 1; its slope is 0.25 at 0 and vanishes beyond 5.")

# %% [markdown]
# > **A line that can't be right.** A derivation in print takes the same road and has, half-way, a
# > *product* where a *difference* belongs:
# >
# > $$ y \cdot \left( \frac{1 + e^{-x}}{1 + e^{-x}} \cdot \frac{-1}{1 + e^{-x}} \right)
# >    \quad\text{for}\quad
# >    y \cdot \left( \frac{1 + e^{-x}}{1 + e^{-x}} - \frac{1}{1 + e^{-x}} \right) . $$
# > The line after it is right again. How would you notice? Put a number into every line. At
# > $x = 0.7$ the product makes it -0.446, the difference 0.222. Lines that follow from each other
# > must agree. And a sigmoid only rises, so the minus alone gives it away.
# >
# > The same sign gives away the sigmoid that answered 7.389. At 2 your `backward` would find -47.2
# > behind it, for a curve that rises by 7.389.
#
# | layer | output | slope | remembers |
# |---|---|---|---|
# | square | $x^2$ | $2x$ | the input |
# | ReLU | $x$ where $x > 0$, else 0 | 1 where $x$ passed, else 0 | which entries passed |
# | **sigmoid** | $1 / (1 + e^{-x})$ | $y\,(1 - y)$ | **the output** |

# %% [markdown]
# ## Two relatives
#
# ### 2.6 tanh
#
# *About fifteen minutes.* A sigmoid's outputs are all positive. Its relative, the *hyperbolic
# tangent*, runs from -1 through 0 to 1:
#
# $$ \tanh x = \frac{\sinh x}{\cosh x}, \qquad
#    \sinh x = \frac{e^x - e^{-x}}{2}, \qquad \cosh x = \frac{e^x + e^{-x}}{2} . $$
#
# Computed like that, it breaks. At 1000 it is infinity over infinity, which is `nan`, no number at
# all: the bad end that 2.4 promised. NumPy has a stable one, `np.tanh`, and you may use it.
#
# For the slope, take it as a quotient. $e^x$ has the slope $e^x$, and $e^{-x}$ has $-e^{-x}$. So
# the slope of $\sinh$ is $\cosh$, and the slope of $\cosh$ is $\sinh$. From chapter 1 you have both
# local gradients of a quotient $a/b$: $1/b$ for $a$, and $-a/b^2$ for $b$. Both $a$ and $b$ move
# with $x$, so the two ways add:
#
# $$ \tanh' x = \frac{1}{\cosh x}\cdot\cosh x \;-\; \frac{\sinh x}{\cosh^2 x}\cdot\sinh x $$
#
# The first term is just a number. In the second you can find the output, twice.
#
# **Goal:** a complete layer, `forward` and `backward`, for arrays of any shape. What it keeps is
# your decision; `self.kept` is the place.


# %% answer="Tanh"
class Tanh:
    """y = tanh x, entry by entry; any shape."""

    def __init__(self):
        self.kept = None

    def forward(self, x):
        """x, an array -> y, the same shape, between -1 and 1."""
        ### BEGIN SOLUTION 2.6: return tanh x; keep what backward will need
        self.kept = np.tanh(x)
        return self.kept
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        ### BEGIN SOLUTION 2.6: dout times the slope
        return dout * (1 - self.kept**2)
        ### END SOLUTION


# %% exercise="tanh_layer" points=4
check("tanh_layer", Tanh)

# %% [markdown] hints="tanh_layer"
# 1. What is $\cosh x$ over $\cosh x$? And $\sinh^2 x$ over $\cosh^2 x$, if $\sinh x / \cosh x$ is
#    $y$?
# 2. The slope needs the output and nothing else. It is 1 where $y = 0$, and 0.36 where $y = 0.8$ or
#    $y = -0.8$.
# 3. Keep the output. The slope is 1 less something of the output that has lost its sign.

# %% [markdown]
# At 0.5 yours gives 0.462117, with slope 0.786448. At 0 the slope is 1: four times a sigmoid's.
#
# It is the same curve as the sigmoid, run through twice as fast, made twice as high, and lowered by
# 1:
#
# $$ \tanh x = 2\,\sigma(2x) - 1 , $$
#
# where $\sigma$ is the sigmoid. So your two layers can check each other, backwards too. A gradient
# on the right passes the factor 2 twice, once outside and once inside.

# %% demo=true
if ready("tanh_layer") and ready("sigmoid_backward"):
    x = np.linspace(-5, 5, 11)
    tanh, sigmoid_layer = Tanh(), Sigmoid()
    left, right = tanh.forward(x), 2 * sigmoid_layer.forward(2 * x) - 1
    ones = np.ones_like(x)
    slopes = tanh.backward(ones), 4 * sigmoid_layer.backward(ones)
    print(f"values differ by {np.max(np.abs(left - right)):.0e}")
    print(f"slopes differ by {np.max(np.abs(slopes[0] - slopes[1])):.0e}")

# %% [markdown]
# ### 2.7 A leak
#
# *About ten minutes.* A ReLU that is shut lets nothing back. If it is shut for every sample you
# have, no gradient comes through to change that, and it stays shut for good. (In chapter 4 you will
# count such *dead units*.)
#
# A **leaky ReLU** leaves a gap. It multiplies whatever isn't positive by a small number $s$,
# instead of by 0:
#
# $$ y = \begin{cases} x & \text{where } x > 0 \\ s\,x & \text{elsewhere} \end{cases} $$
#
# Take the two steps of 2.2 again. One of them has changed:
# $s\,(-2 + \varepsilon) = -2s + s\,\varepsilon$.
#
# **Goal:** a complete layer, for arrays of any shape. `slope`, the $s$ of the formula, is a number
# from 0 to 1 that each object gets when it is made.


# %% answer="LeakyRelu"
class LeakyRelu:
    """y = x where x > 0, else slope * x, entry by entry; any shape; slope from 0 to 1."""

    def __init__(self, slope=0.1):
        self.slope = slope
        self.passed = None  # True or False for each entry of x

    def forward(self, x):
        """x, an array of floats -> y, a new array of the same shape."""
        ### BEGIN SOLUTION 2.7: x, or slope times x; keep what backward will need
        self.passed = x > 0
        return np.where(self.passed, x, self.slope * x)
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        ### BEGIN SOLUTION 2.7: in each place dout times the slope of the curve
        return np.where(self.passed, dout, self.slope * dout)
        ### END SOLUTION


# %% exercise="leaky_relu" points=4
check("leaky_relu", LeakyRelu)

# %% [markdown] hints="leaky_relu"
# 1. At -2, with a slope of 0.1: what is the output? If the input rises by 0.01, what is it then,
#    and how fast did it rise?
# 2. It is your ReLU with one number replaced, once in `forward` and once in `backward`. In each the
#    0 becomes a product.
# 3. `np.where` may choose between two arrays. Which product is right for the entries of `x` that
#    don't pass, and which for the upstream gradient in their place?

# %% [markdown]
# With `x = [[1, -0.5], [-2, 3]]` and the slope 0.1 yours gives `[[1, -0.05], [-0.2, 3]]`. For an
# upstream gradient of ones it gives `[[1, 0.1], [0.1, 1]]`. Had you forgotten the slope in one of
# the two passes, the other would still look right by itself. It takes a measurement, which compares
# the two, to see it.
#
# Here are all four. The solid curve is what a layer lets through, the dashed one what it lets back.

# %% demo=true
four = ["relu_backward", "leaky_relu", "sigmoid_backward", "tanh_layer"]

if all(ready(exercise) for exercise in four):
    layers = {"ReLU": Relu(), "leaky ReLU": LeakyRelu(), "sigmoid": Sigmoid(), "tanh": Tanh()}
    figure, first = figures.canvas(width=7.2, height=5)
    first.remove()
    for place, (name, layer) in enumerate(layers.items(), 1):
        draw_curve(figure.add_subplot(2, 2, place), layer, name, ylim=(-1.2, 1.7))
    alt = "The slopes of both ReLUs jump at 0; those of sigmoid and tanh vanish on both sides."
    figures.show(figure, alt=alt)

# %% [markdown]
# | layer | output | slope | remembers |
# |---|---|---|---|
# | square | $x^2$ | $2x$ | the input |
# | ReLU | $x$ where $x > 0$, else 0 | 1 where $x$ passed, else 0 | which entries passed |
# | sigmoid | $1 / (1 + e^{-x})$ | $y\,(1 - y)$ | the output |
# | **tanh** | $\tanh x$ | $1 - y^2$ | **the output** |
# | **leaky ReLU** | $x$ where $x > 0$, else $s\,x$ | 1 where $x$ passed, else $s$ | **which entries passed** |

# %% [markdown]
# ## Whose array is it?
#
# When you hand an array to a function, no copy is made. The function gets the very array you hold.
# That is fast, and it raises a question that single numbers never did.

# %% [markdown] predict="written_into"
# **What is printed?** A colleague's ReLU saves a line. Its `forward` sets the negative entries of
# `x` to 0, in `x` itself, and returns `x`. You write:
#
# ```python
# scores = np.array([1.0, -0.5, -2.0, 3.0])
# y = colleague.forward(scores)
# print(scores)
# ```
#
# - [ ] `[1, -0.5, -2, 3]`: what happens inside a function stays there
# - [x] `[1, 0, 0, 3]`: your scores have changed
# - [ ] nothing: Python refuses to write into an argument
#
# > `x` inside and `scores` outside are two names of one array. What is written under one name is
# > read under the other. Suppose it had been your training data: after the first pass all of its
# > negative numbers are gone for good, and no error has been raised anywhere.

# %% [markdown]
# ### 2.8 Two ways through
#
# *About ten minutes; needs your `Relu`.* This is the piece of network from the first page,
#
# $$ y = x + \operatorname{relu}(x) . $$
#
# It has a name: a **residual connection**. The input has two ways to the output, one through the
# ReLU and one past it.

# %% demo=true
two_ways = ["r = relu(x)", "y = r + x"]
figure = figures.draw_graph(
    two_ways, values={"x": -2, "r": 0, "y": -2}, gradients={"x": (0, 1), "r": 1, "y": 1}
)
figures.show(figure, alt="At x = -2 the way through the ReLU brings back 0, the way past it 1.")

# %% [markdown]
# Backwards you need two sentences of chapter 1. *A sum hands its upstream gradient to both of its
# inputs.* *Where a number is used twice, its gradients add.* At -2 the first way brings 0 and the
# second 1.
#
# > **Not fractions.** In print you find the chain rule explained by cancelling: in
# > $\frac{\partial L}{\partial r} \cdot \frac{\partial r}{\partial x}$ strike out both
# > $\partial r$, and $\frac{\partial L}{\partial x}$ is left. Along a single way that helps the
# > memory. Here there are two ways. Strike out in both terms, and
# > $\frac{\partial L}{\partial x}$ comes out as twice itself. These terms are slopes. Slopes
# > multiply along a way, and the ways add.
#
# **Goal:** a layer with a `Relu` of its own inside; `forward` and `backward` use it. Arrays of any
# shape.


# %% answer="Residual"
class Residual:
    """y = x + relu(x), entry by entry; any shape."""

    def __init__(self):
        self.relu = Relu()

    def forward(self, x):
        """x, an array -> y, a new array of the same shape."""
        ### BEGIN SOLUTION 2.8: past the ReLU and through it, added
        return x + self.relu.forward(x)
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        ### BEGIN SOLUTION 2.8: what comes back on the two ways, added
        return dout + self.relu.backward(dout)
        ### END SOLUTION


# %% exercise="residual" points=3 needs="relu_forward,relu_backward"
check("residual", Residual)

# %% [markdown] hints="residual"
# 1. Which two messages does `x` get, and from where? What is each of them at $x = 3$, and at
#    $x = -2$?
# 2. Past the ReLU nothing happens to `dout`. Through the ReLU, its `backward` happens to it. The
#    two messages add.
# 3. Does yours give 0 where 1 is expected? Print `dout` before and after the call of the ReLU's
#    `backward`. If it changed, the fault is in 2.2, not here.

# %% [markdown]
# With an upstream gradient of ones yours gives 2 where `x` is positive and 1 everywhere else, as
# measured on the first page.
#
# Now put another ReLU into your `Residual`, one that works *in place*. Its `backward` writes the
# zeros into `dout` itself and returns that. By itself it returns what yours returns, to the last
# digit. First with your ReLU inside, then with the other:

# %% demo=true
if ready("relu_backward"):

    class HastyRelu(Relu):
        """A ReLU whose backward does its work inside the array that it is handed."""

        def backward(self, dout):
            dout *= super().backward(np.ones_like(dout))
            return dout


# %% demo=true
if ready("relu_backward") and ready("residual"):
    x, dout = np.array([[1.0, -0.5], [-2.0, 3.0]]), np.array([[7.0, 5.0], [-3.0, 2.0]])
    gate = Residual().forward(x) != x
    for inside in (Relu(), HastyRelu()):
        residual, after = Residual(), dout.copy()
        residual.relu = inside
        residual.forward(x)
        dx = residual.backward(after)
        after, dx = after + 0, dx + 0  # turns -0 into 0
        alt = f"{type(inside).__name__}: dout becomes {after.tolist()}, dx is {dx.tolist()}."
        show_grids(alt, gate, x=x, dout_before=dout, dout_after=after, dx=dx)

# %% [markdown]
# Look at the white squares of the second picture. The gates are shut there, so the way through the
# ReLU brings 0, which is right. But the way *past* it brings `dout`, and by now `dout` holds zeros
# as well. In `forward` the same haste does the same damage: at -2 the way past would bring 0
# instead of -2.
#
# It takes two to make this mistake. *One* array went *two* ways, and on one of them somebody wrote
# into it. Two rules prevent it, and from here on both hold:
#
# - **Arguments are read-only.** What a layer is handed, `x` or `dout`, belongs to someone else.
#   Make a new array for the result.
# - **One array isn't handed out twice.** Two results are two arrays. (That is why the sum's slope
#   of 1 is worth a multiplication: `dout * 1` is a new array, `dout` isn't.)
#
# A check that finds an argument changed says so, in a warning. It takes no points off, because the
# numbers are right. In a network it can cost you a week.
#
# And a `Sigmoid` that keeps the very array it returns? It is safe, as long as the *next* layer
# keeps the first rule.
#
# | layer | output | slope | remembers |
# |---|---|---|---|
# | square | $x^2$ | $2x$ | the input |
# | ReLU | $x$ where $x > 0$, else 0 | 1 where $x$ passed, else 0 | which entries passed |
# | sigmoid | $1 / (1 + e^{-x})$ | $y\,(1 - y)$ | the output |
# | tanh | $\tanh x$ | $1 - y^2$ | the output |
# | leaky ReLU | $x$ where $x > 0$, else $s\,x$ | 1 where $x$ passed, else $s$ | which entries passed |
# | **residual** | $x + \operatorname{relu}(x)$ | 2 where $x$ passed, else 1 | **nothing; its ReLU does** |

# %% [markdown]
# ### 2.9 Layers in a row (optional)
#
# *About fifteen minutes.* Every layer has the same two methods. So a row of layers can be a layer
# too: forward through all of them in order, backward through all of them in reverse. What one
# returns is the next one's argument, in both directions.
#
# **Goal:** `Compose(layers)`, for a list of one or more objects that have `forward(x)` and
# `backward(dout)`. Its own `forward(x)` returns what the last layer makes of `x`, and its
# `backward(dout)` returns `dx`, of the shape of `x`.
#
# There is one trap. *One object is one node*: a layer remembers one forward pass. If the same
# object stands in the list twice, its second `forward` overwrites what the first one kept. Then the
# gradient comes out wrong, without a word. So don't let that happen. Either raise a `ValueError`
# when the row is made, or put a copy in the second place (`copy.deepcopy` makes one).


# %% answer="Compose"
class Compose:
    """Layers in a row, as one layer; layers is a list of one or more objects.

    Raises ValueError if one object stands in the list twice (or works with a copy of it).
    """

    def __init__(self, layers):
        ### BEGIN SOLUTION 2.9: keep the layers; one object is one node
        self.layers = list(layers)
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError("One object is one node: a layer stands in the row twice.")
        ### END SOLUTION

    def forward(self, x):
        """x, an array -> what the last layer makes of it."""
        ### BEGIN SOLUTION 2.9: through all layers, in order
        for layer in self.layers:
            x = layer.forward(x)
        return x
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of the output -> dx, the shape of x."""
        ### BEGIN SOLUTION 2.9: back through all layers
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout
        ### END SOLUTION


# %% exercise="compose" points=4 optional=true
check("compose", Compose)

# %% [markdown] hints="compose"
# 1. In which order do you take off shoes and socks? What does each layer need to get, going back,
#    and who returned it?
# 2. Two loops over the same list, one of them over `reversed(...)` of it. In each, one variable is
#    handed on from layer to layer.
# 3. Two equal layers are fine, one layer twice isn't. `a is b` asks whether two names mean the same
#    object; `id(a)` is a number that tells objects apart, so count the different ones.

# %% [markdown]
# The four nodes of 2.3 in such a row are a sigmoid, and they need no walk by hand any more:

# %% demo=true
if ready("compose"):
    row = Compose([Scale(-1), ExpLayer(), Shift(1), Reciprocal()])
    y = row.forward(np.array([0.0, 0.7, 2.0]))
    print("y ", y.round(6))
    print("dx", row.backward(np.ones(3)).round(6))

# %% [markdown]
# ## Where gradients die
#
# On its way back through a chain of layers, a gradient is multiplied by one slope after the other.
# For a sigmoid every one of these slopes is at most a quarter.

# %% [markdown] predict="five_sigmoids"
# **Five in a row.** Five sigmoids, each feeding the next. You may choose $x$ as you like. How large
# can the slope of the last output in $x$ become?
#
# - [ ] 1.25, five times a quarter
# - [ ] a quarter
# - [ ] about 0.05, a quarter of a fifth
# - [x] less than 0.001
#
# > Rates multiply along a chain, so five quarters make $0.25^5 = 0.000977$, and that is still too
# > much to hope for. Only the first of the five can stand on its steepest point. The others get a
# > sigmoid's output as their input, which lies between 0 and 1, off the middle. The best $x$ is
# > -0.16, and it reaches 0.00068.

# %% demo=true
if ready("sigmoid_backward"):
    y, slope = np.linspace(-3, 3, 6001), 1.0
    for depth in range(1, 6):
        link = Sigmoid()
        y = link.forward(y)
        slope = link.backward(slope)  # for one number after the other, any order will do
        print(f"{depth} in a row: at most {0.25**depth:.6f}; the best x gives {slope.max():.6f}")

# %% [markdown]
# Now with more layers, and with all four. ReLU starts where it is open, tanh a little off its
# middle, the sigmoid on its steepest point, and the leaky one where it leaks.


# %% demo=true
def products_of_slopes(make, x, depth=20):
    """The slope of a chain of equal layers at x: before the first, after 1, 2, ... depth."""
    y, slope, products = np.array([x]), np.ones(1), [1.0]
    for _ in range(depth):
        link = make()
        y = link.forward(y)
        slope = link.backward(slope)
        products.append(slope[0])
    return products


# %% demo=true
if all(ready(exercise) for exercise in four):
    figure, ax = figures.canvas(xlabel="layers", ylabel="product of slopes", yscale="log")
    ax.plot(products_of_slopes(Relu, 1.0), label="ReLU, x = 1")
    ax.plot(products_of_slopes(Tanh, 1.0), label="tanh, x = 1")
    ax.plot(products_of_slopes(Sigmoid, 0.0), label="sigmoid, x = 0")
    ax.plot(products_of_slopes(LeakyRelu, -1.0), label="leaky ReLU, x = -1")
    ax.set_xticks(range(0, 21, 5))
    ax.legend()
    alt = "After 20 layers ReLU keeps 1, tanh 0.016, sigmoid 1e-13, a leak of 0.1 only 1e-20."
    figures.show(figure, alt=alt)

# %% [markdown]
# The first layer of a network twenty layers deep gets what is left at the right-hand end of its
# line. A learning step is proportional to the gradient, so with sigmoids nothing moves there. This
# is called a **vanishing gradient**. Along a chain of open ReLU gates the product is exactly 1, at
# any depth. A single shut one makes it exactly 0, which has no place on this axis. (Between the
# layers of a network stand weights, and they multiply as well. Chapter 4 brings the two together.)
#
# Now you also see what a residual connection is good for. Its slope is 1 *plus* that of the layer
# it leads past. One way stays open, however little comes through the other.
#
# ### 2.10 Counting what is stuck
#
# *About five minutes.* Far from its middle a sigmoid is **saturated**: nearly flat, with almost
# nothing let back. How much of a layer is in that state?
#
# **Goal:** `saturation(slopes, below)`. `slopes` is an array of any shape with at least one entry.
# The result is a number from 0 to 1: the share of *all* entries whose size is smaller than `below`.
# (A slope of -0.5 is a steep one.)


# %% answer="saturation"
def saturation(slopes, below=0.01):
    """slopes, an array of any shape -> float, the share of its entries with |slope| < below."""
    ### BEGIN SOLUTION 2.10: the share of all entries that are smaller than below, in size
    return float(np.mean(np.abs(slopes) < below))
    ### END SOLUTION


# %% exercise="saturation" points=2
check("saturation", saturation)

# %% [markdown] hints="saturation"
# 1. For `[[0.2, 0.001], [-0.5, 0]]`, count by hand. Which two are the small ones, and what share of
#    all is that?
# 2. Ask the yes-or-no question of the whole array at once, of sizes and not of signed numbers.
#    `True` counts as 1 and `False` as 0.
# 3. The mean of ones and zeros is the share of the ones. Make it a `float`.

# %% [markdown]
# For `[[0.2, 0.001], [-0.5, 0]]` yours gives 0.5. Now feed your layers with fifty thousand normal
# random numbers. Their size, which is their standard deviation, is 1, then 5, then 25:

# %% demo=true
if ready("saturation") and all(ready(exercise) for exercise in four):
    numbers = np.random.default_rng(2).normal(size=(1000, 50))
    print("inputs of size     1        5       25")
    for layer in (Sigmoid(), Tanh(), Relu(), LeakyRelu()):
        shares = []
        for size in (1, 5, 25):
            layer.forward(size * numbers)
            shares.append(saturation(layer.backward(np.ones(numbers.shape))))
        print(f"{type(layer).__name__:12}", *(f"{share:8.3f}" for share in shares))

# %% [markdown]
# A sigmoid's slope drops below 0.01 where $|x|$ exceeds 4.58. With inputs of size 25, six in seven
# of its entries are stuck. The size of the inputs depends on the weights of the layer before. So
# these have to be chosen with care; in chapter 4 you will. Half of a ReLU's gates are shut at any
# size, and the other half isn't slowed down at all.

# %% [markdown]
# ## Find the bug
#
# ### 2.11 Three faults in six lines
#
# *About ten minutes.* This ReLU was published. It looks as a ReLU should, and it never worked:
# there are three faults in its six lines.
#
# **Goal:** repair it. The class keeps its name and both methods. `forward(x)` and `backward(dout)`
# take arrays of any shape, as yours do, and return new ones.


# %% answer="PrintedRelu"
class PrintedRelu:
    """y = x where x > 0, else 0, entry by entry; any shape."""

    def __init__(self):
        self.mask = None

    def forward(self, x):
        """x, an array -> y, a new array of the same shape."""
        ### BEGIN SOLUTION 2.11: these three lines have two faults
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out
        ### INSTEAD
        # self.mask = x <= 0
        # out = x.copy
        # out[self.mask] = 0
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, a new array of the same shape."""
        ### BEGIN SOLUTION 2.11: and these three have one, perhaps two
        dx = dout.copy()
        dx[self.mask] = 0
        return dx
        ### INSTEAD
        # dout[self.mask] = dout * 0
        # dx = dout
        # return dx
        ### END SOLUTION


# %% [markdown]
# **The symptoms** stand in a queue, for each fault hides the next. Run this cell, repair the one
# thing that it complains about, and run both again.

# %% demo=true
x, dout = np.array([1.0, -0.5, -2.0, 3.0]), np.array([7.0, 5.0, -3.0, 2.0])
printed = PrintedRelu()
try:
    print("forward: ", printed.forward(x))
    print("backward:", printed.backward(dout))
except Exception as error:
    print(f"{type(error).__name__}: {error}")
print("x after:   ", x)
print("dout after:", dout)

# %% [markdown]
# **The causes**, as questions. A message says that a *method* can't be written into: what is the
# difference between naming a method and calling it? Something prints `None`: who should have
# returned what? A message counts *values*: how many places stand on the left of that assignment,
# and how many numbers on the right?
#
# When both results are right, read the last two lines of the output again. There may be a fourth
# fault.

# %% exercise="ch2_bug" points=3
check("ch2_bug", PrintedRelu)

# %% [markdown] hints="ch2_bug"
# 1. Run the cell above the check and read the message from its end. Which of the names in that line
#    is not an array, though it looks like one?
# 2. A method without parentheses is the method, not its result. A function without `return` returns
#    `None`. A masked assignment takes one number, or exactly as many as there are `True` in the
#    mask.
# 3. In `backward`, make a new array first, as `forward` does, and write a single number into its
#    masked places.

# %% [markdown]
# Repaired, it gives `[1, 0, 0, 3]` and `[7, 0, 0, 2]`, as your own `Relu` does, and leaves `x` and
# `dout` as they were.
#
# **The test that would have caught it.** Any call at all would have caught the first fault, so this
# code was never run. The second shows as soon as somebody looks at the result. The third is more
# cunning. Try its line on the smallest array there is, and it works:

# %% demo=true
for shut in (False, True):
    lone = np.array([5.0])
    lone[np.array([shut])] = lone * 0
    print(f"gate shut: {shut!s:5}   dx = {lone}")

# %% [markdown]
# One number on the right fits one place on the left, and also none. With two entries and one shut
# gate it no longer fits. And where it fits, it has written into `dout`: the fourth fault. So test a
# layer with *several rows, several columns and both signs*. Then look at three things: what it
# returned, what has become of `x`, and what has become of `dout`.

# %% [markdown]
# ## In your own words

# %% [markdown] explain="ch2_explain" points=2
# **Explain in two sentences** to a friend who has read chapter 1: in a deep network of sigmoids the
# first layers hardly learn. Why is that, and what do you gain, and what do you risk, when you
# replace the sigmoids by ReLUs?
#
# ### BEGIN SOLUTION
# On its way back to the first layers the gradient is multiplied by one slope for each layer, and a
# sigmoid's slope is at most a quarter, so the product of slopes shrinks at least fourfold each
# time. An open ReLU has slope exactly 1 and shrinks nothing, but a shut one has slope 0, and if it
# is shut for every sample, no gradient ever comes through to open it again.
# ### END SOLUTION

# %% [markdown]
# ## The whole chapter at once

# %% demo=true
check_all()

# %% [markdown]
# And this is what bends are for. Take eight copies of one activation, each shifted by a centre
# $c_k$ of its own and given a height $w_k$, and add them up:
#
# $$ y = b + \sum_{k=1}^{8} w_k \cdot \operatorname{activation}(x - c_k) $$
#
# At first the centres are evenly spaced and all heights are 0.1. Then five thousand small steps
# against the gradient pull the sum towards a sine wave. The heights stand outside the bend. But the
# *centres* stand inside, and their gradients come through your `backward`.


# %% demo=true
def learn(activation, x, wanted, steps=5000, rate=0.02):
    """Fit the sum of eight bends to wanted, shape (n,), at x, shape (n,) -> (y, the centres)."""
    w, c, b = np.full(8, 0.1), np.linspace(-3, 3, 9)[:-1], 0.0
    for _ in range(steps):
        h = activation.forward(x[:, None] - c)  # (n, 8): a row for each x
        y = h @ w + b
        dy = 2 * (y - wanted) / x.size
        dc = -activation.backward(dy[:, None] * w).sum(axis=0)
        w, c, b = w - rate * dy @ h, c - rate * dc, b - rate * dy.sum()
    return y, c


# %% demo=true
if all(ready(exercise) for exercise in four):
    x = np.linspace(-3, 3, 121)
    wanted = np.sin(2 * x)
    figure, ax = figures.canvas(xlabel="x", height=4, title="Eight bends learn a sine")
    ax.plot(x, wanted, "-", color="lightgrey", linewidth=6, label="wanted")
    for name, activation in {"ReLU": Relu(), "tanh": Tanh(), "sigmoid": Sigmoid()}.items():
        y, centres = learn(activation, x, wanted)
        (line,) = ax.plot(x, y, label=f"{name}, error {np.mean((y - wanted) ** 2):.3f}")
        if name == "ReLU":
            ax.plot(centres, np.interp(centres, x, y), "o", color=line.get_color())
    ax.set_ylim(-1.2, 1.8)
    ax.legend(loc="upper right", ncols=2)
    alt = "ReLU follows the wave in straight pieces, tanh in curves; sigmoid is left far behind."
    figures.show(figure, alt=alt)

# %% [markdown]
# The dots are ReLU's eight corners. They have left their even spacing, and most of them have gone
# where the wave bends. Tanh does the same with curves. The sigmoid has made as many steps, at the
# same rate, and has hardly begun: its slopes are small.

# %% [markdown]
# ## What the first page asked
#
# **How can two right parts make a wrong whole?** Each was tested alone. Alone, the sum hands its
# upstream gradient to both of its inputs, and that is right. Alone, the ReLU returns `dout` with
# zeros where its gates are shut, and that is right too. But the sum handed out *one* array twice,
# and the ReLU wrote its zeros into that array. So the way past the ReLU brought zeros where it
# should have brought ones. That happens at the shut gates only: the two wrong rows of the table.
#
# No measuring of the parts can show it. A gradient check looks at what `backward` *returns*, and
# the fault lies in what it *does* to an array that isn't its own.
#
# **Which of the two would you repair?** Either repair mends this network. Do both. Of the two rules
# the first is the stronger: a layer that never writes into what it is handed is safe next to any
# other.
#
# Chapter 1 gave you a second road to the same numbers, and a judge who has been judged. Add a habit
# to them: after a call, look at the arguments as well as at the result; and when all parts are
# right, measure the whole.
#
# **What comes next.** No entry of this chapter ever met another. In chapter 3 they do: a layer that
# mixes all inputs into each output, with matrices, and a loss at the end that tells you what to
# learn. Your ReLU goes between two of those, and together they read handwritten digits.
#
# ---
#
# *Sources.* The layers and their names come from chapter 5 of *Deep Learning from Scratch* by Koki
# Saitoh. The ReLU that works inside `dout` is found there too. It does no harm there, since in the
# networks of that chapter no array goes two ways. The faults of 2.11 and of the boxes come from a
# published retelling of that chapter.
