# %% [markdown]
# # Chapter 3. Affine and Softmax-with-loss
#
# A published program looks at a picture and gives each of three classes a share: how likely it is.
# Shown this picture alone, it favours the third class, with 73.7 per cent. Then the same picture is
# shown again, together with another one. And then among ten copies of itself.
#
# | the picture is shown | class 0 | class 1 | class 2 |
# |---|--:|--:|--:|
# | alone | 0.0182 | 0.2452 | **0.7366** |
# | beside another picture | 0.0129 | 0.1742 | **0.5234** |
# | as one of ten copies | 0.0018 | 0.0245 | **0.0737** |
#
# Nothing about the picture has changed. The class that wins is the same each time. No error is
# raised, and whoever tests the program with one picture finds its shares right to the last digit.
#
# Let a network learn with these shares from 1,437 pictures of handwritten digits, one at a time,
# five times over. It then reads more than 9 in 10 new ones. Show it the same pictures twenty-five
# at a time, and it reads about 1 in 10: it guesses.
#
# **How can a picture lose its certainty because another one is in the room? And why did no test
# notice?** You will repair this program in 3.12, and the last page answers both questions.
#
# ## What you will be able to do
#
# - Find the gradient of a matrix product from the shapes alone, and say why it is right.
# - Say where gradients of a batch are added, where they are averaged, and who is in charge of that.
# - Turn scores into probabilities without ever overflowing.
# - Walk back through softmax, node by node, and see why the long way shrinks to $y - t$.
# - Build a network from your own layers, check every one of its parameters, and let it learn to
#   read.
#
# You need chapters 1 and 2: upstream gradients, branches, layers. Reading and exercises together
# take three to four hours. The sections are good places for a pause. The rules are those of chapter
# 1: replace the lines that raise, run the cell, run the check below it.
#
# **One rule can be looked after from here on**: no measuring inside a backward pass. Layers now have
# widths, and time tells the two ways apart. Double the sides of all large arrays, and a backward
# pass that computes takes about four times as long, in loops too. One that nudges every entry has
# more entries to nudge besides: it takes eight times as long, or more. So `check_all()` and grading
# look at how the time of your backward passes *grows*. How long they take never matters. Gradients
# that were measured earn nothing, right as they are, and the verdict says why.

# %%
import numpy as np

from course import check, check_all, data, figures, hint, progress, ready, reset, reveal

# %% [markdown]
# ## Given
#
# These are answers of chapters 1 and 2, so that nothing in this chapter depends on yours. The two
# layers are the ones you know. `numeric_gradient` measures a slope, `gradients_agree` compares it
# with a computed one. You will need both when you check a whole network by yourself.


# %% given="Relu,Sigmoid,numeric_gradient,gradients_agree"
# The build puts the solved answers of these four here.

# %% [markdown]
# ## A layer that mixes
#
# The layers of chapter 2 treat every number by itself. No chain of such layers can even compare two
# pixels; for that, numbers have to meet. In an **affine** layer all of them do: each output is a
# weighted sum of *all* inputs, plus a constant. The weights are a matrix $W$, the constants a
# *bias* $b$.
#
# One convention for this chapter: **rows are samples.** A batch of $N$ samples with $D$ numbers
# each is a matrix $x$ with $N$ rows and $D$ columns. The layer makes $C$ numbers out of every $D$:
#
# $$ y = x\,W + b, \qquad
#    y_{nj} = \sum_i x_{ni}\, W_{ij} + b_j . $$
#
# So $W$ has $D$ rows and $C$ columns. $b$ has $C$ entries, and each row of $x W$ gets the same $b$
# added.

# %% demo=true
figure, ax = figures.canvas(height=4.9)
left, parts = 0, [("x", 7, 5, "@"), ("W", 5, 3, "+"), ("b", 1, 3, "="), ("y", 7, 3, "")]
for name, rows, columns, sign in parts:
    below = "dout" if name == "y" else f"d{name}"
    for top, label, colours in [(0, name, "Blues"), (-9.5, below, "Oranges")]:
        across, down = left + np.arange(columns + 1), top - np.arange(rows + 1)
        tint = np.full((rows, columns), 0.5)
        ax.pcolormesh(across, down, tint, cmap=colours, vmin=0, vmax=1, edgecolors="white")
        shape = (rows, columns) if rows > 1 else f"({columns},)"
        ax.text(left, top + 0.3, f"{label}  {shape}", fontsize=9)
    ax.text(left + columns + 1, -2.5, sign, ha="center", fontsize=14)
    left += columns + 2
ax.set_aspect("equal")
ax.set_axis_off()
figures.show(figure, alt="x, W, b and y above; their gradients below have exactly their shapes.")

# %% [markdown]
# Look at the lower row first. **A gradient has the shape of its owner**, because it holds one slope
# for each entry of it. This alone will nearly tell you the formulas.
#
# > **Other conventions.** In chapter 4 columns are samples and the same layer reads $W h + b$. Some
# > libraries keep rows for samples and store $W$ the other way round, with $C$ rows. Before you
# > trust a formula from elsewhere, ask for the shapes.

# %% [markdown]
# ### A layer with everything written out
#
# Here is a smaller layer with a parameter of its own, complete. It multiplies column $i$ by its own
# number $g_i$. Nothing is mixed yet, but a thing happens that is new: **all $N$ samples use the
# same $g$.**
#
# $$ y_{ni} = x_{ni}\, g_i $$
#
# Raise $g_i$ by $\varepsilon$. Every one of the $N$ outputs of that column rises, output $n$ by
# $x_{ni}\,\varepsilon$. Output $n$ counts $\texttt{dout}_{ni}$ for the loss $L$. So
#
# $$ L \;\to\; L + \sum_n \texttt{dout}_{ni}\; x_{ni}\,\varepsilon , $$
#
# and what multiplies $\varepsilon$ is the gradient of $g_i$, as always. It is the branch of chapter
# 1 once more. $g_i$ was sent out $N$ times, so $N$ messages come back, and messages **add**. They
# aren't averaged. An average over the batch will come in later, once, and this layer has no
# business with it.


# %%
class Gain:
    """y = x * g, column by column, with x (N, D), g (D,) and y (N, D)."""

    def __init__(self, g):
        self.g = g
        self.x = None
        self.dg = None

    def forward(self, x):
        self.x = x
        return x * self.g

    def backward(self, dout):
        """dout (N, D) -> dx (N, D); sets dg (D,)."""
        self.dg = np.sum(dout * self.x, axis=0)
        return dout * self.g


# %% [markdown]
# Two habits to copy. `backward` *returns* the gradient of the input, because the layer before needs
# it next. It *keeps* the gradients of its parameters in attributes, fresh at every call, for
# whoever will change the parameters later.

# %% demo=true
gain = Gain(g=np.array([10.0, 100.0]))
gain.forward(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
dx = gain.backward(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]))
print("dx", dx.tolist(), "  dg", gain.dg)

# %% [markdown]
# ### 3.1 Affine, forwards
#
# *About thirty minutes for 3.1 and 3.2 together.* They are one class. Its `forward` is short: the
# formula above, and a thought about what `backward` will need. Its `backward` owes three gradients:
# `dx`, which it returns, and `dW` and `db`, which it keeps. Three times the same trick.
#
# **The bias.** Raise $b_j$ by $\varepsilon$. Output $j$ of *every* sample rises by $\varepsilon$:
#
# $$ L \;\to\; L + \sum_n \texttt{dout}_{nj}\;\varepsilon $$
#
# **The input.** Raise $x_{ni}$ by $\varepsilon$. Only sample $n$ notices, but all of its outputs
# do, output $j$ by $W_{ij}\,\varepsilon$:
#
# $$ L \;\to\; L + \sum_j \texttt{dout}_{nj}\; W_{ij}\,\varepsilon $$
#
# **The weights.** Raise $W_{ij}$ by $\varepsilon$. Only output $j$ notices, but in every sample, by
# $x_{ni}\,\varepsilon$:
#
# $$ L \;\to\; L + \sum_n x_{ni}\;\texttt{dout}_{nj}\;\varepsilon $$
#
# Each of the last two sums is one entry of a matrix product. For a product $A B$, the sum runs over
# the columns of $A$ and the rows of $B$. A sum may run over the *rows* of the first factor, or over
# the *columns* of the second. Then that factor has to be turned round first (`.T`). The shapes
# leave you no other choice: from $x$ with shape $(N, D)$ and `dout` with shape $(N, C)$ there is
# one way to make a $(D, C)$.
#
# There is a second way to see the weights. Take one sample alone: its gradient of $W$ is a table,
# each of its inputs times each of its upstream gradients, the *outer product* of the two rows. The
# batch adds these tables up.

# %% demo=true
three_x = np.array([[1, 2, 0, 3], [2, -1, 1, 0], [0, 1, 3, -1]])
three_dout = np.array([[1, -1], [2, 0], [-1, 2]])
tables = [np.outer(row, d) for row, d in zip(three_x, three_dout, strict=True)]

figure, ax = figures.canvas(height=2.3)
for k, table in enumerate([*tables, sum(tables)]):
    across = 4 * k + np.arange(3)
    ax.pcolormesh(across, -np.arange(5), table, cmap="PuOr_r", vmin=-9, vmax=9, edgecolors="w")
    for i, j in np.ndindex(table.shape):
        ax.text(4 * k + j + 0.5, -i - 0.5, str(table[i, j]), ha="center", va="center")
    ax.text(4 * k + 1, 0.25, f"sample {k + 1}" if k < 3 else "dW", ha="center")
    ax.text(4 * k + 3, -2, "++= "[k], ha="center", va="center", fontsize=14)
ax.set_aspect("equal")
ax.set_axis_off()
figures.show(figure, alt="Three samples, three tables of 4 by 2; added entry by entry they are dW.")

# %% [markdown]
# **Goal:** the class below. `x` and `dx` are $(N, D)$, `W` and `dW` are $(D, C)$, `b` and `db` are
# $(C,)$, `dout` and the output are $(N, C)$. You may leave `backward` as it is at first: the check
# of 3.1 looks at `forward` only.


# %% answer="Affine"
class Affine:
    """y = x @ W + b, with x (N, D), W (D, C), b (C,) and y (N, C)."""

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = None
        self.dW = self.db = None

    def forward(self, x):
        """x (N, D) -> y (N, C)."""
        ### BEGIN SOLUTION 3.1: return the output; keep what backward will need
        self.x = x
        return x @ self.W + self.b
        ### END SOLUTION

    def backward(self, dout):
        """dout (N, C) -> dx (N, D); sets dW (D, C) and db (C,)."""
        ### BEGIN SOLUTION 3.2: set dW and db; return dx
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T
        ### END SOLUTION


# %% exercise="affine_forward" points=2
check("affine_forward", Affine)

# %% [markdown] hints="affine_forward"
# 1. One row of the output: which row of `x` does it need, and how much of `W`?
# 2. $(N, D)$ times $(D, C)$ is $(N, C)$. NumPy writes a matrix product as `@`, and adds a $(C,)$ to
#    every row by itself.
# 3. The class's docstring holds the formula; `W` and `b` are attributes. Before you return, put the
#    input where `__init__` has a place for it.

# %% [markdown]
# ### 3.2 Affine, backwards
#
# No new cell: `backward` stands in the class above. When it is written, run that cell once more,
# and then this check.

# %% exercise="affine_backward" points=6
check("affine_backward", Affine)

# %% [markdown] hints="affine_backward"
# 1. Write down the shapes of `x`, `W`, `dout`, and beside them those of `dx`, `dW`, `db`. Which two
#    of the first three can make which of the last three?
# 2. `dx`: $(N, C)$ and something made of `W` must give $(N, D)$. `dW`: something made of `x`, and
#    $(N, C)$, must give $(D, C)$. `db`: $N$ rows become one, so the axis that goes is the one that
#    counts samples.
# 3. Two matrix products, each with one `.T` in it, and one `sum` along an axis. Only `dx` is
#    returned; the other two are assigned. Nothing is divided by anything.

# %% [markdown]
# For an upstream gradient of `[[1, 2, 3], [4, 5, 6]]` yours gives a `db` of `[5, 7, 9]`. With the
# two samples `[1, -1]` and `[2, 0]` the `dW` is `[[9, 12, 15], [-1, -2, -3]]`. Did you get 2.5, 3.5
# and 4.5 for `db`? That is an average, and it isn't due here.
#
# You can check such a layer yourself. A measurement wants *one* number at the end. Seven samples
# with three outputs each are 21. So make up some upstream gradient at random and let $L$ be the
# outputs, each times its `dout`, all added up. Then `dout` is the gradient of $L$ in the outputs,
# exactly.

# %% demo=true
if ready("affine_backward"):
    rng = np.random.default_rng(3)
    x, W, b = rng.normal(size=(7, 5)), rng.normal(size=(5, 3)), rng.normal(size=3)
    dout = rng.normal(size=(7, 3))
    layer = Affine(W, b)
    layer.forward(x)
    dx = layer.backward(dout)
    for name, computed, measured in [
        ("dx", dx, numeric_gradient(lambda x: np.sum(dout * Affine(W, b).forward(x)), x)),
        ("dW", layer.dW, numeric_gradient(lambda W: np.sum(dout * Affine(W, b).forward(x)), W)),
        ("db", layer.db, numeric_gradient(lambda b: np.sum(dout * Affine(W, b).forward(x)), b)),
    ]:
        print(name, computed.shape, "agrees:", gradients_agree(computed, measured))

# %% [markdown]
# Why random, and why 7, 5 and 3? With a `dout` of ones, an answer that forgets `dout` altogether
# would agree. With one sample, an answer that forgets to add over samples would. And with square
# matrices a transposed one has the right shape. Three different primes leave nowhere to hide.
#
# > **Two slips in print.** One published layer asks for `self.xT`. The dot has gone missing, and
# > Python says `'Affine' object has no attribute 'xT'`: a loud fault, found in a minute. Another
# > has a line that begins `self.db -` where `self.db =` was meant. It computes the right sum and
# > throws it away. If `db` held zeros to begin with, it holds zeros for ever, and the biases never
# > learn. No error is raised, and the digits at the end of this chapter are read as well as before.
# > A measured slope tells you at once.
#
# This table goes on from chapter 2.
#
# | layer | output | gradient | remembers |
# |---|---|---|---|
# | ReLU | $x$ where $x > 0$, else 0 | `dout` where $x > 0$, else 0 | which entries passed |
# | sigmoid | $1/(1 + e^{-x})$ | `dout` times $y\,(1 - y)$ | the output |
# | gain | $x_{ni}\,g_i$ | `dout` times $g$; for $g$, `dout` times $x$, **summed over samples** | the input |
# | **affine** | $x W + b$ | $x$: ${\sum_j \texttt{dout}_{nj} W_{ij}}$; $W$: ${\sum_n x_{ni}\,\texttt{dout}_{nj}}$; $b$: ${\sum_n \texttt{dout}_{nj}}$ | **the input** |

# %% [markdown]
# ### 3.3 A layer for images (optional)
#
# *About ten minutes; your `Affine` may help.* A batch of pictures comes in four dimensions:
# samples, colours, rows, columns. An affine layer doesn't care which pixel is whose neighbour, so
# it lays each picture out as one long row. That is the whole of the forward pass that is new.
#
# Backwards, remember the lower row of the shape diagram. Whoever made those pictures expects a
# gradient of *their* shape.
#
# **Goal:** `AffineImages(W, b)` with the interface of `Affine`. `x` has the shape $(N, D)$ or
# $(N, \text{colours}, \text{rows}, \text{columns})$, where $D$ is the product of the last three.
# `dx` has the shape of `x`. `dW` and `db` are set as before.


# %% answer="AffineImages"
class AffineImages:
    """y = x @ W + b, with each sample of x laid out as a row; W (D, C), b (C,) and y (N, C).

    x is (N, D), or (N, colours, rows, columns) with colours * rows * columns = D.
    """

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = None
        self.x_shape = None
        self.dW = self.db = None

    def forward(self, x):
        """x -> y (N, C)."""
        ### BEGIN SOLUTION 3.3: lay every sample out as a row, then as in 3.1
        self.x_shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.W + self.b
        ### END SOLUTION

    def backward(self, dout):
        """dout (N, C) -> dx, the shape of x; sets dW (D, C) and db (C,)."""
        ### BEGIN SOLUTION 3.3: as in 3.2, then give dx the shape of x
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return (dout @ self.W.T).reshape(self.x_shape)
        ### END SOLUTION


# %% exercise="affine_images" points=4 optional=true needs="affine_forward,affine_backward"
check("affine_images", AffineImages)

# %% [markdown] hints="affine_images"
# 1. Two pictures of one colour, 8 by 8. What shape must they have before they can meet a `W` of 64
#    rows? What shape must `dx` have in the end?
# 2. `reshape` gives the same numbers another shape, and works out a size that is written as -1: an
#    array of 12 numbers turns into (3, 4) by `reshape(3, -1)`. Which of your sizes must stay? The
#    way back is another `reshape`, to a shape that only `forward` has seen.
# 3. Keep two things in `forward`: the shape that came in and the rows you made. Then it is `Affine`
#    on the rows, and one `reshape` of its `dx`. An `Affine` of your own inside is fine too, as long
#    as `dW` and `db` end up here.

# %% [markdown]
# For two pictures of shape `(2, 1, 8, 8)` yours returns a `dx` of that shape, and the numbers in it
# are those of 3.2.

# %% [markdown]
# ## From scores to probabilities
#
# The last affine layer of a classifier gives every class a **score**, also called a *logit*. A
# score is any number at all. What is wanted is a share for each class: positive, and 1 in all.
#
# Two steps do it. The exponential makes every number positive and keeps the order. Then each is
# divided by the sum of its row:
#
# $$ y_i = \frac{e^{x_i}}{\sum_j e^{x_j}} $$
#
# This is **softmax**. Scores of $0$, $\ln 2$ and $\ln 5$, for example, become $1, 2, 5$ and then
# $\frac18, \frac28, \frac58$.

# %% [markdown] predict="shift_by_five"
# **Before you write it.** A network gives the scores 0.3, 2.9 and 4, and softmax makes 0.018, 0.245
# and 0.737 of them. Now every score gains 5. What becomes of the three shares?
#
# - [ ] all three grow
# - [ ] the largest grows, the others shrink
# - [ ] they come closer together, because 5 is large beside their differences
# - [x] nothing
#
# > $e^{x + 5} = e^x\, e^5$, so each numerator gains the factor $e^5$, and the denominator gains it
# > too. Only *differences* between scores count. That makes one of the scores superfluous, and it
# > will save you from a disaster in a moment.

# %% [markdown]
# ### 3.4 Softmax
#
# *About fifteen minutes.* There is a trap in the formula. $e^x$ grows so fast that float64 can't
# hold it above $x = 709.78$. Scores of 1000 do occur, for instance when training runs off, and then
# each of them gives `inf`, and `inf / inf` is `nan`.

# %% demo=true
with np.errstate(over="ignore"):
    print("e^709 =", np.exp(709.0), "   e^710 =", np.exp(710.0))


# %% demo=true
def powers(x):
    """The exponent p for which 10^p = e^x."""
    return np.asarray(x) / np.log(10)


inside, outside, high = [-60, 709.78], [709.78, 1040], np.array([1000, 1001, 1002])
figure, ax = figures.canvas(xlabel="score x", ylabel="e^x, as a power of ten", height=3.4)
ax.plot(inside, powers(inside), color=figures.VALUE_COLOUR)
ax.plot(outside, powers(outside), "--", color=figures.GRADIENT_COLOUR)
ax.axhline(powers(709.78), color="grey", linewidth=1)
ax.text(0, 320, "float64 ends at 10^308, e^709.78", fontsize=9)
ax.plot(high, powers(high), "X", color=figures.GRADIENT_COLOUR)
ax.plot(high - 1002, powers(high - 1002), "o", color=figures.VALUE_COLOUR)
bend = {"arrowstyle": "->", "color": "grey", "connectionstyle": "arc3,rad=-0.3"}
ax.annotate("", (25, 0), (1000, 415), arrowprops=bend)
ax.text(660, 60, "minus the row's largest", fontsize=9)
figures.show(figure, alt="e^x overflows above 709.78; 1000, 1001, 1002 less 1002 lie safely at 0.")

# %% [markdown]
# The prediction is the way out. You may subtract the same number from all scores of a row, so
# subtract the largest. Then the largest exponent is 0, its exponential is 1, and nothing overflows.
# Very negative scores become 0, quietly, as they should.
#
# Each *row* has its own largest score and its own sum. Here is how a row keeps to itself in NumPy,
# with something else: every number as a percentage of the best of its row.


# %%
def percent_of_best(x):
    """x (N, C), all above 0 -> (N, C): each entry in per cent of the largest of its row."""
    best = np.max(x, axis=1, keepdims=True)
    return 100 * x / best


print(percent_of_best(np.array([[1.0, 2.0, 4.0], [30.0, 20.0, 10.0]])))

# %% [markdown]
# With `axis=1` NumPy goes along each row, from column to column, and one number is left of it.
# `keepdims=True` leaves these numbers as a column of shape $(N, 1)$, which NumPy spreads over the
# rows when it divides. Without it you get $(N,)$, one number for each *column*: an error, or a
# silent mistake where $N$ equals $C$.
#
# **Goal:** `softmax(x)` for an `x` of shape $(N, C)$, row by row, or of shape $(C,)$, one sample.
# The result has the shape of `x`. Scores may be as large as you like. (`axis=-1` means the last
# axis, whichever that is.)


# %% answer="softmax"
def softmax(x):
    """Scores x (N, C), or (C,) -> probabilities of that shape; each row adds up to 1."""
    ### BEGIN SOLUTION 3.4: exponentials over their sum, row by row, safe for large scores
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
    ### END SOLUTION


# %% exercise="softmax" points=4
check("softmax", softmax)

# %% [markdown] hints="softmax"
# 1. Which number may you subtract from a row of scores without changing its shares? Which such
#    number makes every exponent 0 or less?
# 2. Three steps, each of which keeps the shape: the scores less the largest of their row; the
#    exponential; the division by the sum of the row.
# 3. Largest and sum are both taken as in `percent_of_best`, with an axis and with `keepdims`. The
#    last axis serves $(N, C)$ and $(C,)$ alike.

# %% [markdown]
# For `[[1000, 1001, 1002], [0, 1, 2]]` yours gives the same row twice: 0.0900, 0.2447, 0.6652. The
# second row is the first one less 1000.
#
# > **One maximum for the whole batch.** A published softmax subtracts the largest score of *all*
# > rows. It doesn't overflow either. But in this batch 1002 is then subtracted from 0, 1 and 2 as
# > well, and all three exponentials come out as exactly 0: a sample that has no share in any class.
# > A safe shift is one that each row chooses for itself.
#
# And with two classes softmax is an old friend. The share of the first is the sigmoid of the
# difference between the two scores:

# %% demo=true
if ready("softmax"):
    differences = np.array([-2.0, 0.0, 0.7, 3.0])
    two_classes = np.stack([differences, np.zeros(4)], axis=1)
    print("softmax", softmax(two_classes)[:, 0].round(6))
    print("sigmoid", Sigmoid().forward(differences).round(6))

# %% [markdown]
# ## How wrong is that?
#
# ### 3.5 Cross-entropy
#
# *About fifteen minutes.* A network says 0.6 for the right class. How bad is that? The usual answer
# is $-\ln 0.6$. It is 0 for a share of 1, and it grows without limit as the share of the right
# class goes to 0. What the wrong classes get doesn't count by itself. Over a batch the answers are
# averaged:
#
# $$ L = -\frac1N \sum_n \ln y_{n,\,\text{right class of } n} $$
#
# The right class can be written in two ways. As a **label**, a whole number from 0 to $C - 1$. Or
# **one-hot**, a row of $C$ numbers with a 1 in its place and 0 elsewhere. This function is given,
# and you may use it from here on:


# %%
def one_hot(t, classes):
    """Labels t (N,), whole numbers below classes -> (N, classes) with a single 1 in each row."""
    return np.eye(classes)[t]


print(one_hot(np.array([2, 0]), 3))

# %% [markdown]
# With one-hot rows the same loss reads
#
# $$ L = -\frac1N \sum_n \sum_i t_{ni} \ln y_{ni} , $$
#
# because the zeros strike out all terms but one.
#
# One thing remains. A share can be exactly 0, when its exponential was too small for float64. Then
# the logarithm is `-inf`, and one such sample spoils the batch. The customary cure is to add a tiny
# number, $10^{-7}$, to the share *before* taking the logarithm.
#
# **Goal:** `cross_entropy(y, t)`, a number, for `y` of shape $(N, C)$ and `t` either labels of
# shape $(N,)$ or one-hot rows of shape $(N, C)$. It is finite even where a share is 0. To tell the
# two kinds of `t` apart, don't count entries: five samples with five classes exist. The number of
# *axes* never lies.


# %% answer="cross_entropy"
def cross_entropy(y, t):
    """Shares y (N, C) and t, labels (N,) or one-hot (N, C) -> the loss, averaged over N; finite."""
    ### BEGIN SOLUTION 3.5: minus the logarithm of the right class's share, averaged over samples
    rows = one_hot(t, y.shape[1]) if t.ndim == 1 else t
    return -np.sum(rows * np.log(y + 1e-7)) / len(y)
    ### END SOLUTION


# %% exercise="cross_entropy" points=4
check("cross_entropy", cross_entropy)

# %% [markdown] hints="cross_entropy"
# 1. Of the $N \times C$ shares, how many count? What is the average taken over, samples or entries?
# 2. If `t.ndim` is 1 you hold labels, and `one_hot` makes rows of them; `y.shape` knows how many
#    classes there are. From then on there is only one case.
# 3. Logarithm of the shares with the tiny number inside, times the one-hot rows, all of it added
#    up, over the number of rows of `y`, and a minus. `np.mean` would divide by $N C$.

# %% [markdown]
# For one sample with a share of 0.6, $-\ln 0.6$ is 0.51082562. With $10^{-7}$ inside the logarithm
# it is 0.51082546, and at a share of 0 it is 16.118. That small change in the seventh digit is the
# price of never being infinite.

# %% [markdown] predict="first_loss"
# **A network that knows nothing.** Ten classes, fresh and tiny weights: all scores are nearly 0.
# What is its cross-entropy on the first batch, whatever the pictures are?
#
# - [ ] 0.1
# - [ ] 0.9, because nine in ten guesses are wrong
# - [x] 2.302585
# - [ ] 10
#
# > Equal scores give equal shares, 1/10 each, and $-\ln \frac1{10} = \ln 10 = 2.302585$. Remember
# > this number. A network of ten classes that starts anywhere else has a fault before its first
# > step, or weights that are not so tiny. (Yours may say 2.302584. The last digit is the tiny
# > number in the logarithm.)

# %% demo=true
if ready("softmax") and ready("cross_entropy"):
    ten_zeros = softmax(np.zeros((4, 10)))
    print(f"{cross_entropy(ten_zeros, np.array([3, 1, 4, 1])):.6f}   ln 10 = {np.log(10):.6f}")

# %% [markdown]
# ## Back through softmax
#
# In chapter 2 each output had one input. In softmax **every output depends on every input of its
# row**: raise one score and its share grows, and all the others shrink. The graph shows through
# which node they touch each other.
#
# First the same situation in a smaller layer, with everything written out: take away from each
# number the mean of its row.
#
# $$ y_i = x_i - m, \qquad m = \frac1C \sum_j x_j $$
#
# Forwards, $m$ is made once and used $C$ times. Backwards, therefore, $C$ messages arrive at $m$,
# $-\texttt{dout}_i$ from each difference, and add to $-\sum_j \texttt{dout}_j$. The mean hands
# $\frac1C$ of that to each $x_i$. But $x_i$ was used twice, by the mean and by its own difference,
# and that second way brings it $\texttt{dout}_i$. The two add.


# %%
class Centre:
    """y = x less the mean of its row, with x and y (N, C)."""

    def forward(self, x):
        return x - np.mean(x, axis=1, keepdims=True)

    def backward(self, dout):
        """dout (N, C) -> dx (N, C)."""
        direct = dout
        through_the_mean = -np.sum(dout, axis=1, keepdims=True) / dout.shape[1]
        return direct + through_the_mean


# %% [markdown]
# ### 3.6 Softmax, backwards
#
# *About twenty-five minutes; needs your `softmax`.* Here is the graph for one row of three scores:
# three exponentials, their sum $S$, one division $r = 1/S$ that is used by all, three products. The
# scores are $0$, $\ln 2$ and $\ln 5$, so that you can do everything in your head. From the right
# come the upstream gradients 7, 3 and -1.

# %% demo=true
row = ["e1 = exp(x1)", "e2 = exp(x2)", "e3 = exp(x3)", "S = sum(e1, e2, e3)", "r = 1 / S"]
row += ["y1 = e1 * r", "y2 = e2 * r", "y3 = e3 * r"]
row_values = {"x1": "0", "x2": "ln 2", "x3": "ln 5", "e1": 1, "e2": 2, "e3": 5, "S": 8, "r": "1/8"}
row_values |= {"y1": "1/8", "y2": "2/8", "y3": "5/8"}
row_upstream = {"y1": 7, "y2": 3, "y3": -1}

figure = figures.draw_graph(row, row_values, row_upstream, title="Softmax of one row")
figures.show(figure, alt="Three exponentials meet in S; its reciprocal r is used by all products.")

# %% [markdown]
# Now go back, node by node. Take a pencil and do the numbers as you read; the formulas beside them
# hold for any row. $d_i$ is short for $\texttt{dout}_i$.
#
# | step | node | what it hands back | here |
# |--:|---|---|---|
# | 1 | products, to $e_i$ | $d_i\, r$ | 7/8, 3/8, -1/8 |
# | 2 | products, to $r$ | $d_i\, e_i$ | 7, 6, -5 |
# | 3 | $r$ was used by all, so add | $\sum_j d_j\, e_j$ | 8 |
# | 4 | division $r = 1/S$ | ${-r^2 \sum_j d_j\, e_j}$ | -1/8 |
# | 5 | sum, to each $e_i$ | the same | -1/8, -1/8, -1/8 |
# | 6 | $e_i$ was used twice, so add 1 and 5 | ${d_i\, r - r^2 \sum_j d_j\, e_j}$ | 6/8, 2/8, -2/8 |
# | 7 | exponential: times its own output | ${e_i \bigl(d_i\, r - r^2 \sum_j d_j\, e_j\bigr)}$ | 3/4, 1/2, -5/4 |
#
# The last line but one is done. Multiply it out, and wherever an $e$ stands beside an $r$, write
# what the two make together. All the $e$, the $r$ and the $S$ disappear, and what is left needs one
# thing from the forward pass.
#
# **Goal:** `forward(x)` returns the shares of 3.4; `backward(dout)` returns `dx`. All of them are
# $(N, C)$, and every row is a graph of its own.


# %% answer="Softmax"
class Softmax:
    """y = softmax(x) by rows, with x and y (N, C)."""

    def __init__(self):
        self.y = None

    def forward(self, x):
        """x (N, C) -> y (N, C)."""
        ### BEGIN SOLUTION 3.6: return the shares; keep what backward will need
        self.y = softmax(x)
        return self.y
        ### END SOLUTION

    def backward(self, dout):
        """dout (N, C) -> dx (N, C)."""
        ### BEGIN SOLUTION 3.6: step 7 for every row, written with the shares only
        return self.y * (dout - np.sum(dout * self.y, axis=1, keepdims=True))
        ### END SOLUTION


# %% exercise="softmax_backward" points=4 needs="softmax"
check("softmax_backward", Softmax)

# %% [markdown] hints="softmax_backward"
# 1. In step 7 there is an $e_i\, r$ in the first term. Can you find two more such pairs in the
#    second, if you spread its $r^2$ over them?
# 2. $e_i\, r = y_i$. The sum in the second term becomes $\sum_j d_j\, y_j$: one number for each
#    row, so it needs an axis and `keepdims`. For the row above that number is 1.
# 3. Both terms have the factor $y_i$. Put it in front, and inside the bracket stands `dout` less
#    the row's number of hint 2.

# %% [markdown]
# For the scores $0$, $\ln 2$, $\ln 5$ and the upstream gradients 7, 3, -1 yours gives 0.75, 0.5 and
# -1.25.
#
# The sum in the middle, 1 in this example, is the *average* of the upstream gradients, each
# weighted with its share. So the rule can be said in words: **a score counts as far as its own
# message beats the average message**, times its share. That is why every row of `dx` adds up to 0.
# If all scores rise together, nothing changes; you predicted that.

# %% demo=true
if ready("softmax_backward"):
    walk = Softmax()
    shares = walk.forward(np.log([[1.0, 2.0, 5.0]]))
    dscores = walk.backward(np.array([[7.0, 3.0, -1.0]]))
    backwards = {f"x{i + 1}": dscores[0, i] for i in range(3)} | {"S": "-1/8", "r": (7, 6, -5)}
    backwards |= {"e1": ("-1/8", "7/8"), "e2": ("-1/8", "3/8"), "e3": ("-1/8", "-1/8")}
    figure = figures.draw_graph(
        row, row_values, row_upstream | backwards, title="And all the way back"
    )
    figures.show(figure, alt="Going back, the scores get 0.75, 0.5 and -1.25, which add up to 0.")
    print("shares", shares.round(4), "  dx", dscores.round(4), "  sum", dscores.sum().round(12))

# %% [markdown]
# > **Never test a softmax with ones.** If all messages are equal, none beats the average: `dx` is
# > 0, whatever the scores are. Any number of wrong formulas give 0 there as well.
#
# > **A minus that was lost.** A published walk through this graph comes from a cross-entropy, with
# > one-hot $t$. It reaches the division with the upstream gradient $-S\,(t_1 + t_2 + t_3)$. Then it
# > writes
# >
# > $$ -\Bigl(\frac1S\Bigr)^2 \cdot S\,(t_1 + t_2 + t_3) = \frac1S\,(t_1 + t_2 + t_3) . $$
# > For the scores 0.3, 2.9, 4 the left side is -0.01349 and the right side 0.01349. The right side
# > is right: two minus signs met, and one of them was never written down.
# >
# > You have seen such a line in the sigmoid of chapter 2. Put numbers into your derivations, line
# > by line. It takes a minute, and a lost sign can't hide.
#
# | layer | output | gradient | remembers |
# |---|---|---|---|
# | centre | $x_i - m$ | `dout` less the mean of its row | nothing |
# | **softmax** | $e^{x_i} / S$ | $y$ times (`dout` less its average, weighted with $y$) | **the output** |

# %% [markdown]
# ## Softmax and loss in one
#
# ### 3.7 Softmax with loss
#
# *About twenty minutes; needs `softmax` and `cross_entropy`.* You could put 3.5 behind 3.6 and walk
# back through both. But when softmax is followed by cross-entropy, something rare happens: the two
# together are *simpler* than either. So they are made one layer, the last of nearly every
# classifier.
#
# Take one sample with the right class $c$, and take the logarithm of the quotient apart:
#
# $$ -\ln y_c \;=\; -\ln \frac{e^{x_c}}{S} \;=\; \ln S - x_c, \qquad S = \sum_j e^{x_j} . $$
#
# Raise the score $x_i$ by $\varepsilon$. In the second term $x_c$ rises if $i$ is $c$, and else it
# doesn't; so this term adds $-t_i\,\varepsilon$, with the one-hot $t$. In the first, $S$ rises by
# $e^{x_i}\,\varepsilon$, and a logarithm passes on one over its input:
#
# $$ \ln S - x_c \;\to\; \ln S - x_c + \Bigl(\frac{e^{x_i}}{S} - t_i\Bigr)\,\varepsilon $$
#
# The fraction has a name, and you computed it on the way forward.
#
# That was one sample. The loss is the *average* of $N$ of them, so each sample counts $\frac1N$.
# And this layer too is handed an upstream gradient. It is usually 1, since the loss is usually the
# end; but a loss may be added to another, or scaled, and then it isn't.
#
# **The loss owns the average.** $\frac1N$ comes into the gradient here, once. Every layer further
# down receives a `dout` that contains it already, and only adds.
#
# **Goal:** `forward(x, t)` returns the loss, a number, from scores `x` of shape $(N, C)$ and `t`,
# labels $(N,)$ or one-hot $(N, C)$. `backward(dout)`, where `dout` is a number, returns `dx` of
# shape $(N, C)$.


# %% answer="SoftmaxWithLoss"
class SoftmaxWithLoss:
    """The cross-entropy of softmax(x), averaged over the N samples; x (N, C).

    With its derivative: each sample counts 1/N.
    """

    def __init__(self):
        self.y = None
        self.t = None

    def forward(self, x, t):
        """x (N, C), t labels (N,) or one-hot (N, C) -> the loss, a number."""
        ### BEGIN SOLUTION 3.7: return the loss; keep what backward will need
        self.y = softmax(x)
        self.t = one_hot(t, x.shape[1]) if t.ndim == 1 else t
        return cross_entropy(self.y, self.t)
        ### END SOLUTION

    def backward(self, dout=1):
        """dout, a number -> dx (N, C)."""
        ### BEGIN SOLUTION 3.7: the slope of each sample, its part of the average, and dout
        return dout * (self.y - self.t) / len(self.y)
        ### END SOLUTION


# %% exercise="softmax_with_loss" points=6 needs="softmax,cross_entropy"
check("softmax_with_loss", SoftmaxWithLoss)

# %% [markdown] hints="softmax_with_loss"
# 1. What is $e^{x_i} / S$ called? And what has to happen to labels before anything can be
#    subtracted from an $(N, C)$?
# 2. The bracket of the derivation, for all samples and classes at once, is a difference of two
#    $(N, C)$ arrays. Two more factors: what the average gives to each sample, and `dout`.
# 3. In `forward`: the shares, the one-hot rows (made from labels with `one_hot`), both kept; return
#    what 3.5 makes of them. In `backward`: shares less one-hot rows, times `dout`, over the number
#    of rows, which is not the number of classes.

# %% [markdown]
# For the scores `[[0.3, 2.9, 4], [1, 2, 3]]` with labels 2 and 0 yours gives a loss of 1.357 and,
# to three digits, these gradients:
#
# | | class 0 | class 1 | class 2 |
# |---|--:|--:|--:|
# | first sample, right class 2 | 0.009 | 0.123 | -0.132 |
# | second sample, right class 0 | -0.455 | 0.122 | 0.333 |
#
# The right class wants to rise, the others to fall, and each row adds up to 0. The second sample,
# which is further off, pulls harder.

# %% [markdown] predict="batch_twice"
# **Twice the batch.** Below this layer lies an affine layer. Now you show the network each sample
# of the batch twice, so $N$ doubles. What happens to `dW` of the affine layer?
#
# - [ ] it doubles: twice as many samples are added up
# - [ ] it halves: the loss divides by twice as many
# - [x] it stays as it is
# - [ ] that depends on the classes
#
# > Both of the first two happen, and they cancel. The affine layer adds twice as many outer
# > products, and each is half as large, because the loss halved every row of `dout`. So a gradient
# > doesn't depend on the size of the batch, only on what is in it. Were the affine layer to average
# > as well, its `dW` would come out $N$ times too small. And if its `dx` had that $\frac1N$ in it
# > too, every affine layer further down would add one more.

# %% demo=true
if ready("softmax_with_loss") and ready("affine_backward"):
    rng = np.random.default_rng(5)
    x, W, t = rng.normal(size=(7, 5)), rng.normal(size=(5, 3)), np.array([2, 0, 1, 1, 2, 0, 2])
    for times in (1, 2, 4):
        affine, loss = Affine(W, np.zeros(3)), SoftmaxWithLoss()
        loss.forward(affine.forward(np.tile(x, (times, 1))), np.tile(t, times))
        affine.backward(loss.backward())
        print(f"N = {7 * times:2}   first row of dW: {affine.dW[0].round(9)}")

# %% [markdown]
# ### 3.8 The long way and the short way
#
# *About ten minutes; needs your `Softmax`.* You now have two roads from the loss to the scores. The
# long one has two stages. Cross-entropy by itself is a logarithm, so it hands back
#
# $$ \frac{\partial L}{\partial y_{ni}} = -\frac{t_{ni}}{N\, y_{ni}}, $$
#
# and your `Softmax` takes this as its `dout`. The short one is the gradient of 3.7, written down at
# once.
#
# **Goal:** `y_minus_t(x, t)` for scores `x` and one-hot `t`, both $(N, C)$, returns both, each
# $(N, C)$: `staged`, by the long way, and `short`.


# %% answer="y_minus_t"
def y_minus_t(x, t):
    """Scores x (N, C), one-hot t (N, C) -> (staged, short), the gradient of the loss in x, twice.

    staged goes through Softmax.backward; short is one line. Both (N, C), and equal.
    """
    ### BEGIN SOLUTION 3.8: the long way by Softmax, then the short way
    layer = Softmax()
    y = layer.forward(x)
    staged = layer.backward(-t / (len(x) * y))
    short = (y - t) / len(x)
    return staged, short
    ### END SOLUTION


# %% exercise="y_minus_t" points=3 needs="softmax_backward"
check("y_minus_t", y_minus_t)

# %% [markdown] hints="y_minus_t"
# 1. Which class of yours turns a gradient in the shares into a gradient in the scores? What must it
#    have seen before?
# 2. One object, `forward` then `backward`. Its `dout` is the formula above, which needs the shares
#    that `forward` returned.
# 3. `staged` is what `backward` gives for minus `t` over ($N$ times the shares). `short` is the
#    expression of your 3.7, with a `dout` of 1.

# %% [markdown]
# The two agree to the last digits. It is worth seeing why. The long way divides by $y$, and one
# node later multiplies by $y$ again. Let a single sample have a share of $10^{-12}$ in its right
# class. The first number is then a million million, and it shrinks back to 1. The short way never
# makes the detour. Here it is for the row of 3.6, as one sample whose right class is class 1:

# %% demo=true
if ready("softmax"):
    shown_x, shown_t = np.log([1.0, 2.0, 5.0]), np.array([0.0, 1.0, 0.0])
    shown_y = softmax(shown_x)
    panels = {"scores": shown_x, "y": shown_y, "t": shown_t, "y - t": shown_y - shown_t}

    figure, ax = figures.canvas(height=3.0, title="One row, from scores to gradient")
    for k, heights in enumerate(panels.values()):
        colour = figures.GRADIENT_COLOUR if k == 3 else figures.VALUE_COLOUR
        ax.bar(4 * k + np.arange(3), heights, color=colour)
        for i, height in enumerate(heights):
            ax.text(4 * k + i, max(height, 0) + 0.04, f"{height:.3g}", ha="center", fontsize=8)
    ax.axhline(0, color="grey", linewidth=0.8)
    ax.set_xticks([1, 5, 9, 13], panels)
    figures.show(figure, alt="y - t is negative only at the right class: -0.75; the rest is y.")

# %% [markdown] predict="largest_difference"
# **How hard can a sample pull?** A network is completely wrong about a sample. It gives the right
# class a score of -1000, and another one 1000. How large can an entry of $y - t$ get?
#
# - [ ] about 2000, the difference of the scores
# - [ ] as large as the loss of this sample
# - [x] 1 at most, in size
# - [ ] $e^{1000}$
#
# > A share lies between 0 and 1, and $t$ is 0 or 1, so $y - t$ can't leave the range from -1 to 1.
# > The loss has no such limit. For this sample it is 2000, or 16.118 if your logarithm has a floor,
# > and the pull is 1 either way. Squared errors pull harder the further off they are; cross-entropy
# > has a strongest pull and never exceeds it.

# %% [markdown]
# ## When the answer is a number
#
# ### 3.9 Squared error
#
# *About ten minutes.* A network that predicts temperatures has no classes. Its outputs `h` are
# compared with the right numbers `y` (here $y$ is the target), and the squares of the differences
# measure how bad it is. There is one question left: which constant?
#
# | loss | used by | its slope in $h$ | for the differences 3, -1, 2 |
# |---|---|---|---|
# | the sum of all $(h - y)^2$ | chapters 1 and 4 | $2\,(h - y)$ | 14; slopes 6, -2, 4 |
# | half the sum | many textbooks, and 4.8 | $h - y$ | 7; slopes 3, -1, 2 |
# | the mean over all $n$ entries | most libraries | $\frac2n\,(h - y)$ | 4.667; slopes 2, -0.667, 1.333 |
# | half the mean | this exercise | you work it out | 2.333; slopes 1, -0.333, 0.667 |
# | the mean of $-\ln y_{n,c}$ over $N$ samples | 3.7, most libraries | $(y - t)/N$ in the scores | |
#
# The first four are all called "squared error", and the last is cross-entropy. $n$ is the number of
# *entries*, $N$ that of samples. (Some add up the squares of each sample and average over samples,
# and some don't average cross-entropy. Ask.) All five are fine. Each changes the loss and its slope
# by the same factor, and a factor only changes how large a step is. What is *not* fine is a loss
# with one constant and a slope with another.
#
# Raise one entry $h_k$ by $\varepsilon$; the others stay. Only one term of the sum changes:
#
# $$ \frac1{2n} (h_k + \varepsilon - y_k)^2 \;\approx\; \frac1{2n} (h_k - y_k)^2
#    + \frac1{2n} \cdot 2\,(h_k - y_k)\,\varepsilon $$
#
# **Goal:** `forward(h, y)`, both of one shape $(N, C)$, returns half the mean over all $n = N C$
# entries of the squared differences. `backward(dout)`, where `dout` is a number, returns the
# gradient in `h`, of its shape.


# %% answer="MeanSquaredError"
class MeanSquaredError:
    """Half the mean of (h - y)^2 over all n = N * C entries; h and y (N, C).

    With its derivative: each entry counts 1/n.
    """

    def __init__(self):
        self.difference = None

    def forward(self, h, y):
        """h, y (N, C) -> the loss, a number."""
        ### BEGIN SOLUTION 3.9: return the loss; keep what backward will need
        self.difference = h - y
        return np.mean(self.difference**2) / 2
        ### END SOLUTION

    def backward(self, dout=1):
        """dout, a number -> dh (N, C)."""
        ### BEGIN SOLUTION 3.9: dout times the slope in each entry
        return dout * self.difference / self.difference.size
        ### END SOLUTION


# %% exercise="mean_squared_error" points=3
check("mean_squared_error", MeanSquaredError)

# %% [markdown] hints="mean_squared_error"
# 1. In the last formula, what multiplies $\varepsilon$? What cancels?
# 2. `forward` has a half and an average over *all* entries; `np.mean` without an axis takes it.
#    `backward` has what is left of both constants after the 2 has come down.
# 3. Keep the differences, $h$ less $y$ in this order. `backward` is `dout` times them over how many
#    there are, and every array knows its `size`.

# %% [markdown]
# For one sample with the differences 3, -1, 2 yours gives 2.333 and slopes of 1, -0.333 and 0.667.
# The table is now complete:
#
# | layer | output | gradient | remembers |
# |---|---|---|---|
# | ReLU | $x$ where $x > 0$, else 0 | `dout` where $x > 0$, else 0 | which entries passed |
# | sigmoid | ${1/(1 + e^{-x})}$ | `dout` times ${y\,(1 - y)}$ | the output |
# | gain | ${x_{ni}\,g_i}$ | `dout` times $g$; for $g$, `dout` times $x$, summed over samples | the input |
# | affine | ${x W + b}$ | $x$: ${\sum_j \texttt{dout}_{nj} W_{ij}}$; $W$: ${\sum_n x_{ni}\,\texttt{dout}_{nj}}$; $b$: ${\sum_n \texttt{dout}_{nj}}$ | the input |
# | centre | ${x_i - m}$ | `dout` less the mean of its row | nothing |
# | softmax | ${e^{x_i} / S}$ | $y$ times (`dout` less its average, weighted with $y$) | the output |
# | **softmax with loss** | mean of $-\ln y_{n,c}$ | `dout` times $(y - t) / N$ | **the shares, the one-hot rows** |
# | **squared error** | half the mean of $(h - y)^2$ | `dout` times $(h - y) / n$ | **the differences** |
#
# > **What a forgotten $\frac1n$ looks like.** A published class averages in its loss and forgets to
# > in its slope. Measured against its own loss, its gradient is too large by a factor of exactly 1,
# > 2, 3, 5 for 1, 2, 3, 5 outputs. A factor that *equals a size* is never an accident: it tells you
# > what was added and not averaged, or averaged twice. And with one output nothing is wrong at all.
# > In chapter 5 you find this same fault in a list of printed losses, without seeing the code.

# %% demo=true
if ready("mean_squared_error"):
    rng = np.random.default_rng(8)
    for outputs in (1, 2, 3, 5):
        h, y = rng.normal(size=(1, outputs)), rng.normal(size=(1, outputs))
        measured = numeric_gradient(lambda h, y=y: MeanSquaredError().forward(h, y), h)
        ratios = (h - y) / measured  # h - y is the slope without its average
        print(f"{outputs} outputs: without 1/n, too large by", ratios.round(6).ravel())

# %% [markdown]
# ## A network
#
# ### 3.10 Two layers
#
# *About thirty-five minutes; needs `Affine` and `SoftmaxWithLoss`.* Now you build one from your own
# layers, and then it learns to read.
#
# $$ x \to \boxed{\text{affine}_1} \to \boxed{\text{ReLU}} \to \boxed{\text{affine}_2}
#    \to \boxed{\text{softmax with loss}} \to L $$
#
# The first affine layer holds $W_1$ and $b_1$, the second $W_2$ and $b_2$. The numbers that travel
# between the two, neither input nor output, are called *hidden*.
#
# Nothing new happens in it. Forwards each layer takes what the one before it returned. Backwards
# each takes, as its `dout`, what the one *after* it returned. You did this with two products in a
# fruit shop. On its way back the gradient leaves something behind in every affine layer, and at the
# end you collect it.
#
# **Goal:** the class below.
#
# - `params`, a dictionary of four arrays. `"W1"` has shape (inputs, hidden), `"W2"` (hidden,
#   outputs), both drawn at random from a normal distribution with mean 0 and standard deviation
#   `weight_init_std`. `"b1"`, of shape (hidden,), and `"b2"`, of shape (outputs,), are zeros.
# - `predict(x)` gives the $(N, \text{outputs})$ scores, or their softmax, as you like.
# - `loss(x, t)` is a number. `accuracy(x, t)` is the share of samples, from 0 to 1, whose largest
#   score is at the right class. In both, `t` may be labels or one-hot.
# - `gradient(x, t)` returns a dictionary with the keys of `params`, and arrays of the same shapes:
#   the gradients of the loss. It changes no parameter.
#
# Others will change the parameters, *in place*: `net.params["W1"][...] = ...` or `-=`. The next
# `predict`, `loss` or `gradient` has to feel that. It does if your layers hold the very arrays that
# are in `params`, or if you make the layers afresh from `params` whenever you need them. The check
# does so, too: it trains a small net of yours on handwritten digits, until that reads 94 of 100
# that it has never seen.


# %% answer="TwoLayerNet"
class TwoLayerNet:
    """Affine, ReLU, affine, softmax with loss; x (N, input_size), labels (N,) or one-hot rows.

    params: W1 (input_size, hidden_size), b1 (hidden_size,), W2 (hidden_size, output_size) and
    b2 (output_size,); weights normal with standard deviation weight_init_std, biases 0.
    """

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01):
        ### BEGIN SOLUTION 3.10: four parameters, and the layers that use them
        rng = np.random.default_rng()
        self.params = {
            "W1": rng.normal(scale=weight_init_std, size=(input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": rng.normal(scale=weight_init_std, size=(hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }
        self.first = Affine(self.params["W1"], self.params["b1"])
        self.relu = Relu()
        self.second = Affine(self.params["W2"], self.params["b2"])
        self.last = SoftmaxWithLoss()
        ### END SOLUTION

    def predict(self, x):
        """x (N, input_size) -> scores, or probabilities, (N, output_size)."""
        ### BEGIN SOLUTION 3.10: through three layers
        return self.second.forward(self.relu.forward(self.first.forward(x)))
        ### END SOLUTION

    def loss(self, x, t):
        """x (N, input_size), t (N,) or (N, output_size) -> the cross-entropy, a number."""
        ### BEGIN SOLUTION 3.10: through the last layer as well
        return self.last.forward(self.predict(x), t)
        ### END SOLUTION

    def accuracy(self, x, t):
        """x (N, input_size), t (N,) or (N, output_size) -> the share of right answers, 0 to 1."""
        ### BEGIN SOLUTION 3.10: how often the largest score is at the right class
        labels = t if t.ndim == 1 else np.argmax(t, axis=1)
        return np.mean(np.argmax(self.predict(x), axis=1) == labels)
        ### END SOLUTION

    def gradient(self, x, t):
        """x (N, input_size), t (N,) or (N, output_size) -> dict, the loss's gradient by name."""
        ### BEGIN SOLUTION 3.10: forwards, backwards in the opposite order, collect
        self.loss(x, t)
        dhidden = self.second.backward(self.last.backward())
        self.first.backward(self.relu.backward(dhidden))
        return {
            "W1": self.first.dW,
            "b1": self.first.db,
            "W2": self.second.dW,
            "b2": self.second.db,
        }
        ### END SOLUTION


# %% exercise="two_layer_net" points=8 needs="affine_forward,affine_backward,softmax_with_loss"
check("two_layer_net", TwoLayerNet)

# %% [markdown] hints="two_layer_net"
# 1. Write the four layers in a row on paper and the name of each array on the arrow it travels
#    along, forwards above, backwards below. Which object makes `dW` of `"W1"`?
# 2. In `__init__`: the four arrays, then two `Affine` that hold them, a `Relu` and a
#    `SoftmaxWithLoss`. `predict` uses the first three, `loss` puts the fourth behind them.
#    `np.argmax(..., axis=1)` finds the best class of every row, in scores and in one-hot rows
#    alike.
# 3. `gradient` first calls `loss`, so that every layer remembers this batch. Then four `backward`
#    in the opposite order, beginning with the loss and nothing in its brackets, each result handed
#    to the next. Afterwards both affine layers hold their `dW` and `db`.

# %% [markdown]
# **Check it yourself**, in the way you would check any network: a small one, with weights that are
# *not* tiny, and every single parameter nudged. While `numeric_gradient` turns one array, the
# network has to use what it is shown, and afterwards get its old values back.


# %% demo=true
def measured_gradient(net, name, x, t):
    """The gradient of net.loss(x, t) in net.params[name], measured; the parameters are kept."""
    before = net.params[name].copy()

    def loss_at(values):
        net.params[name][...] = values
        return net.loss(x, t)

    measured = numeric_gradient(loss_at, before)
    net.params[name][...] = before
    return measured


# %% demo=true
if ready("two_layer_net"):
    rng = np.random.default_rng(10)
    net = TwoLayerNet(5, 4, 3, weight_init_std=0.5)
    x, t = rng.normal(size=(7, 5)), np.array([2, 0, 1, 1, 2, 0, 2])
    for name, computed in net.gradient(x, t).items():
        agrees = gradients_agree(computed, measured_gradient(net, name, x, t), tol=1e-4)
        print(f"{name}: {computed.size:2} slopes, computed and measured agree: {agrees}")

# %% [markdown]
# The limit is $10^{-4}$ here, not $10^{-6}$. A $10^{-7}$ inside the logarithm belongs to the loss
# that you *measure*, and $y - t$ knows nothing of it. At a share of 0.01 it bends the measured
# slope by a hundred-thousandth. And should a single entry ever fail by more, look for a ReLU whose
# input is nearer to 0 than one step: chapter 1's corner.
#
# ### Reading digits
#
# And now the pictures. 1,797 handwritten digits, 8 by 8 pixels each, a pixel between 0 (white) and
# 1 (black). 1,437 of them to learn from, 360 to be examined on; the network never learns from
# these.

# %% demo=true
digits = data.digits()
print("to learn from:", digits.x_train.shape, " to be examined on:", digits.x_test.shape)

sheet = np.full((2 * 9, 12 * 9), np.nan)
for k in range(24):
    top, left = 9 * (k // 12), 9 * (k % 12)
    sheet[top : top + 8, left : left + 8] = digits.x_train[k].reshape(8, 8)
figure, ax = figures.canvas(height=1.6)
ax.imshow(sheet, cmap="Greys")
ax.set_axis_off()
figures.show(figure, alt="Two rows of handwritten digits, coarse but easy to read.")
print(digits.t_train[:12], digits.t_train[12:24], sep="\n")

# %% [markdown]
# Learning is what it was at the end of chapter 1: find the slopes, and move every parameter a small
# step against its own. There are 3,760 parameters now, and a step looks at 25 pictures instead of
# one. When all pictures have had their turn, an *epoch* is over, and the pictures are shuffled. The
# steps become shorter from epoch to epoch, so that no single batch has the last word. Note the
# order inside: all gradients first, then all parameters.


# %% demo=true
def learn_digits(net, epochs=20, batch_size=25, rate=0.5, seed=0):
    """Train net on the digits, in place -> a list, (loss, test loss, test accuracy) by epoch."""
    rng = np.random.default_rng(seed)
    history = []
    for epoch in range(epochs):
        step = rate * (1 - epoch / epochs)
        order = rng.permutation(len(digits.x_train))
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            gradients = net.gradient(digits.x_train[batch], digits.t_train[batch])
            for name, slope in gradients.items():
                net.params[name] -= step * slope
        losses = net.loss(digits.x_train, digits.t_train), net.loss(digits.x_test, digits.t_test)
        history.append((*losses, net.accuracy(digits.x_test, digits.t_test)))
    return history


# %% demo=true
if ready("two_layer_net"):
    reader = TwoLayerNet(64, 50, 10)
    first_loss = reader.loss(digits.x_train, digits.t_train)
    history = learn_digits(reader)
    curve, test_curve, test_accuracy = np.array(history).T
    print(f"before: loss {first_loss:.6f}, and ln 10 = {np.log(10):.6f}")
    print(f"after:  loss {curve[-1]:.6f}, right on {100 * test_accuracy[-1]:.1f} % of the test")

# %% demo=true
if ready("two_layer_net"):
    epochs = np.arange(1, len(curve) + 1)
    figure, ax = figures.canvas(xlabel="epoch", ylabel="loss", yscale="log", title="Learning")
    ax.plot(epochs, curve, color=figures.VALUE_COLOUR, label="pictures it learns from")
    ax.plot(
        epochs, test_curve, "--", color=figures.GRADIENT_COLOUR, label="pictures it hasn't seen"
    )
    ax.axhline(np.log(10), color="grey", linestyle=":", label="ln 10: knows nothing")
    ax.set_xticks(epochs[::2])
    ax.legend()
    figures.show(figure, alt="Both losses fall far below ln 10; on unseen pictures it levels off.")

# %% [markdown]
# It starts near 2.3026, as you predicted. After twenty epochs, a second's work, it reads at least
# 94 of 100 pictures that it has never seen. (Your figures differ a little from run to run, because
# the weights begin at random.) The solid line goes on falling when the dashed one has stopped: by
# then it no longer learns what digits look like, but what *these* digits look like.

# %% [markdown]
# ## Reading gradients like a doctor
#
# ### 3.11 Name the mistake
#
# *About fifteen minutes.* A wrong gradient carries the marks of its mistake. You have met several:
# a factor that equals a size, a table that is turned round, a sign. This time you are the judge.
#
# **Goal:** `name_the_mistake(dW, x, dout)` gets `dW`, somebody's weight gradient of an affine
# layer. With it come the `x`, $(N, D)$, and the `dout`, $(N, C)$, from which it was computed. The
# function returns one of six texts:
#
# | text | what has happened |
# |---|---|
# | `"right"` | nothing |
# | `"transposed"` | all numbers are right, rows and columns are exchanged |
# | `"divided by N"` | an average over the batch where the sum is due |
# | `"doubled"` | twice the right gradient, as after adding to the one of the last call |
# | `"last sample only"` | a loop over the samples keeps only the last outer product |
# | `"sign"` | minus the right gradient |
#
# `dW` fits exactly one of them, up to the last digits: whoever computed it may have added in
# another order, so compare with a tolerance. And mind small gradients: an absolute limit finds all
# of them alike. $N$ is at least 3; $D$ and $C$ may be equal.


# %% answer="name_the_mistake"
def name_the_mistake(dW, x, dout):
    """dW, claimed for x (N, D) and dout (N, C) -> its mistake, one of six texts.

    "right", "transposed", "divided by N", "doubled", "last sample only" or "sign".
    """
    ### BEGIN SOLUTION 3.11: make what each mistake would give, and compare
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
        if dW.shape == suspect.shape and gradients_agree(dW, suspect):
            return name
    raise ValueError("dW is none of the six.")
    ### END SOLUTION


# %% exercise="name_the_mistake" points=4
check("name_the_mistake", name_the_mistake)

# %% [markdown] hints="name_the_mistake"
# 1. If you had the right gradient in your hands, how would you make each of the other five?
# 2. Compute the right one, then a dictionary: each text with the array it stands for. Five of them
#    come from the right gradient; one needs only a single row of `x` and of `dout`.
# 3. Go through the dictionary and return the first text whose array has the shape of `dW` *and*
#    agrees with it. Compare shapes first, or NumPy will complain, or spread one over the other.
#    `gradients_agree` is given, and its limit follows the size of the numbers.

# %% [markdown]
# This is how the course's own checks find the sentence after "why": they keep a list of mistakes
# and try which of them gives your numbers.

# %% demo=true
if ready("name_the_mistake") and ready("affine_backward"):
    rng = np.random.default_rng(11)
    x, dout = rng.normal(size=(7, 5)), rng.normal(size=(7, 3))
    layer = Affine(np.zeros((5, 3)), np.zeros(3))
    layer.forward(x)
    layer.backward(dout)
    last = np.outer(x[-1], dout[-1])
    for suspect in (layer.dW, layer.dW.T, layer.dW / 7, layer.dW + layer.dW, last, -layer.dW):
        print(f"first entry {suspect[0, 0]:8.4f}: {name_the_mistake(suspect, x, dout)}")

# %% [markdown]
# ## Find the bug
#
# ### 3.12 The loss layer of the first page
#
# *About twenty minutes.* Below is a softmax with loss as published programs have it. It runs, and
# its shares for a single picture are right. It has **five faults**, in seven lines.
#
# **Goal:** find and repair them. The class keeps its name, and its methods keep their arguments. It
# is to do exactly what 3.7 does. Scores `x` of shape $(N, C)$ come in, with `t`, labels $(N,)$ or
# one-hot $(N, C)$. A loss goes out that stays finite when a share is 0, and then a `dx` of shape
# $(N, C)$ that respects `dout`. (Calling your own functions instead would pass, and teach you
# nothing. Repair it.)


# %% answer="LossLayer"
class LossLayer:
    """The cross-entropy of softmax(x), averaged over the N samples; x (N, C)."""

    def __init__(self):
        self.y = None
        self.t = None

    def forward(self, x, t):
        """x (N, C), t labels (N,) or one-hot (N, C) -> the loss, a number; finite."""
        ### BEGIN SOLUTION 3.12: this runs, and its loss is wrong; find out why
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.y = e / np.sum(e, axis=1, keepdims=True)
        self.t = t if t.ndim == 2 else np.eye(x.shape[1])[t]
        share = np.sum(self.y * self.t, axis=1)
        return -np.mean(np.log(share + 1e-7))
        ### INSTEAD
        # e = np.exp(x - np.max(x))
        # self.y = e / np.sum(e)
        # self.t = t
        # share = np.sum(self.y * t, axis=1) if t.ndim == 2 else self.y[np.arange(len(x)), t]
        # return -np.mean(np.log(share) + 1e-7)
        ### END SOLUTION

    def backward(self, dout=1):
        """dout, a number -> dx (N, C)."""
        ### BEGIN SOLUTION 3.12: this runs, and its gradient is wrong; find out why
        return dout * (self.y - self.t) / len(self.y)
        ### INSTEAD
        # samples = self.y.shape[1]
        # return (self.y - self.t) / samples
        ### END SOLUTION


# %% [markdown]
# **The symptoms.** There is one for each fault. Run these two cells now, and again after each
# repair.

# %% demo=true
patient = LossLayer()
pair, pair_t = np.array([[0.3, 2.9, 4.0], [1.0, 2.0, 3.0]]), np.array([2, 0])
loss = patient.forward(pair, pair_t)
print(f"1  shares of two samples add up to {patient.y.sum(axis=1).round(3)}; loss {loss:.3f}")

sure = np.log([[0.6, 0.3, 0.1]])
loss = patient.forward(sure, np.array([0]))
with np.errstate(divide="ignore"):
    lost = patient.forward(np.array([[0.0, 1000.0]]), np.array([0]))
print(f"2  loss at a share of 0.6: {loss:.8f}; at a share of 0: {lost:.3f}")

# %% demo=true
sure_t = np.array([[1.0, 0.0, 0.0]])
measured = numeric_gradient(lambda x: patient.forward(x, sure_t), sure)
patient.forward(sure, sure_t)
print("3  one sample: measured slopes over computed ones", (measured / patient.backward()).round(6))
print("4  backward(5) over backward(1)", patient.backward(5) / patient.backward(1))

three, three_t = np.vstack([pair, [[2.0, 0.0, 1.0]]]), np.array([2, 0, 1])
for number, kind, t in [("5", "labels: ", three_t), (" ", "one-hot:", one_hot(three_t, 3))]:
    patient.forward(three, t)
    rows = patient.backward().sum(axis=1).round(3) + 0.0  # + 0.0 turns -0 into 0
    print(f"{number}  rows of dx, three samples, {kind} {rows}")

# %% [markdown]
# What it should say:
#
# | | as it came to you | as it should be |
# |--:|---|---|
# | 1 | the rows add up to 0.711 and 0.289, loss 2.147 | 1 and 1, loss 1.357 |
# | 2 | 0.51082552, and `inf` | 0.51082546, and 16.118 |
# | 3 | the measured slope is 3 times the computed one | 1 times, all three |
# | 4 | 1 times | 5 times |
# | 5 | rows of `dx` don't add up to 0, and labels and one-hot disagree | 0, six times |
#
# (In line 2, $-\ln 0.6$ is 0.51082562, so 0.51082552 is nearer than what you want, and still the
# sign of a fault: it is off by *exactly* $10^{-7}$. A smaller number inside the logarithm is fine
# too.)
#
# **The cause.** For each symptom ask: which line has a hand in this number? What would that line do
# for a batch of *one*? Where does it use a size, and which size is it? Symptom 5 has two causes,
# and one of them is symptom 1.

# %% exercise="ch3_bug" points=4
check("ch3_bug", LossLayer)

# %% [markdown] hints="ch3_bug"
# 1. Symptom 1: over how many numbers does `np.sum(e)` add up? Symptom 2: *what* is $10^{-7}$ added
#    to, a share or a logarithm? Symptom 3: it is 3 for three classes; for two it would be 2.
# 2. Two lines need an axis, and `keepdims`. One bracket closes too early. One size is taken from
#    the wrong axis. One argument is never used. And if `t` holds labels, what does
#    `self.y - self.t` subtract from what?
# 3. Largest and sum by rows, as in 3.4. The tiny number inside the logarithm. One-hot rows in
#    `self.t`, whatever came in. In `backward` the number of *rows* of `self.y`, and `dout` as a
#    factor.

# %% [markdown]
# **The test that would have caught it** is the one you used for `Affine`: several samples, as many
# classes as there are *not* samples, an upstream gradient that isn't 1, and measured slopes. Try
# both kinds of `t`. Then once with as many samples as classes, because there NumPy stops
# complaining and begins to guess.

# %% demo=true
if ready("ch3_bug"):
    rng = np.random.default_rng(12)
    for samples, classes in [(7, 3), (3, 3), (1, 5)]:
        x, labels = rng.normal(size=(samples, classes)), rng.integers(classes, size=samples)
        for t in (labels, one_hot(labels, classes)):
            measured = numeric_gradient(lambda x, t=t: 2.5 * LossLayer().forward(x, t), x)
            layer = LossLayer()
            layer.forward(x, t)
            agrees = gradients_agree(layer.backward(2.5), measured, tol=1e-4)
            print(f"{samples} samples, {classes} classes, t {t.shape}: {agrees}")

# %% [markdown]
# > **In print.** None of the five was put in for this exercise; only the way to take $C$ for $N$ is
# > a little more direct here. There, the size of the batch is read from `t`, and `t` has lost its
# > first axis when there is one sample. Widely read programs ignore `dout` to this day, and get
# > away with it, because it is 1 whenever the loss comes last.

# %% [markdown]
# ## In your own words

# %% [markdown] explain="ch3_explain" points=2
# **Explain in two sentences** to a friend who knows the chain rule: in an affine layer, why is `db`
# the *sum* of the rows of `dout` and not their average, although the loss is an average over the
# samples?
#
# ### BEGIN SOLUTION
# The same bias is added in every one of the N samples, so raising it changes all N rows of the
# output at once, and what they change in the loss adds up. The loss has divided by N already, so
# each row of dout arrives N times smaller, and a second division would make the gradient N times
# too small.
# ### END SOLUTION

# %% [markdown]
# ## The whole chapter at once
#
# `check_all()` runs the notebook's code once more from top to bottom in a fresh namespace, as
# grading does, and lists every exercise.

# %% demo=true
check_all()

# %% [markdown]
# And this is what it was all for. Each hidden unit has 64 weights, one for each pixel, so it can be
# looked at as a picture. Orange pixels speak for it, violet ones against it. Nobody drew these.
# They were noise of size 0.01, and then 1,160 times each of them moved a little against its slope,
# by your `dW`. Here are the 30 units with the largest weights.

# %% demo=true
if ready("two_layer_net"):
    weights = reader.params["W1"]
    strongest = np.argsort(-np.linalg.norm(weights, axis=0))[:30]
    sheet = np.full((3 * 9, 10 * 9), np.nan)
    for k, unit in enumerate(strongest):
        top, left = 9 * (k // 10), 9 * (k % 10)
        sheet[top : top + 8, left : left + 8] = weights[:, unit].reshape(8, 8)
    limit = np.nanmax(np.abs(sheet))
    figure, ax = figures.canvas(height=2.4)
    ax.imshow(sheet, cmap="PuOr_r", vmin=-limit, vmax=limit)
    ax.set_axis_off()
    figures.show(figure, alt="The learned weights form blots, strokes and gaps, not noise.")

# %% [markdown]
# No unit has learned a whole digit. They look for blots, strokes and gaps, and the second layer
# puts these together. Is that more than wishful seeing? In noise a pixel tells nothing about its
# neighbour. Here it does:

# %% demo=true
if ready("two_layer_net"):
    rng = np.random.default_rng(14)
    for name, units in [("learned", weights[:, strongest]), ("noise", rng.normal(size=(64, 30)))]:
        pictures = units.T.reshape(-1, 8, 8)
        left, right = pictures[:, :, :-1].ravel(), pictures[:, :, 1:].ravel()
        print(f"{name:8} correlation of neighbours {np.corrcoef(left, right)[0, 1]:5.2f}")

# %% [markdown]
# And here are some of the pictures it still gets wrong: what it read, and in brackets what was
# meant. Would you have done better?

# %% demo=true
if ready("two_layer_net"):
    read = np.argmax(reader.predict(digits.x_test), axis=1)
    misread = np.flatnonzero(read != digits.t_test)[:8]
    figure, ax = figures.canvas(height=1.6)
    for k, which in enumerate(misread):
        picture = digits.x_test[which].reshape(8, 8)
        ax.imshow(picture, cmap="Greys", extent=(9 * k, 9 * k + 8, 0, 8), vmin=0, vmax=1)
        label = f"{read[which]} ({digits.t_test[which]})"
        ax.text(9 * k + 4, -3, label, ha="center", fontsize=9)
    ax.set(xlim=(0, 72), ylim=(-4, 8))
    ax.set_axis_off()
    figures.show(figure, alt=f"{len(misread)} misread digits, most of them badly written.")

# %% [markdown]
# ## What the first page asked
#
# **How can a picture lose its certainty because another one is in the room?** The program's softmax
# had no axis. It divided by the sum over the *whole batch*, so all pictures together had one
# certainty to share. Two pictures got 0.711 and 0.289 of it, ten equal ones a tenth each. The
# *order* within a row was right, so the winner never changed, and nobody looked at the sizes.
#
# A network that learns looks at nothing else. In a batch of 25 every share is some 25 times too
# small. $y - t$ is then nearly $-t$, for every picture, however good the answer is. Its rows add up
# to almost -1 instead of 0, and all scores are pushed upwards for ever.
#
# **Why did no test notice?** Because the test was one picture. In a batch of one, the sum over the
# batch *is* the sum over the row. Let us see it happen: your layers, and the program's shares.


# %% demo=true
def shares_of_the_batch(scores):
    """The first page's softmax: scores (N, C) -> (N, C) that add up to 1 all together."""
    e = np.exp(scores - np.max(scores))
    return e / np.sum(e)


# %% demo=true
def accuracies(published, batch_size, rate, epochs=5):
    """Train two affine layers, with the published shares or yours -> test accuracy by epoch."""
    rng = np.random.default_rng(0)
    first = Affine(0.01 * rng.normal(size=(64, 50)), np.zeros(50))
    second = Affine(0.01 * rng.normal(size=(50, 10)), np.zeros(10))
    relu, loss, history = Relu(), SoftmaxWithLoss(), []
    for epoch in range(epochs):
        step = rate * (1 - epoch / epochs)
        order = rng.permutation(len(digits.x_train))
        for batch in np.array_split(order, len(order) // batch_size):
            scores = second.forward(relu.forward(first.forward(digits.x_train[batch])))
            loss.forward(scores, digits.t_train[batch])
            dscores = loss.backward()
            if published:  # only the shares differ
                dscores = dscores + (shares_of_the_batch(scores) - softmax(scores)) / len(batch)
            first.backward(relu.backward(second.backward(dscores)))
            for layer in (first, second):
                layer.W -= step * layer.dW
                layer.b -= step * layer.db
        scores = second.forward(relu.forward(first.forward(digits.x_test)))
        history.append(np.mean(np.argmax(scores, axis=1) == digits.t_test))
    return history


# %% demo=true
if ready("affine_backward") and ready("softmax") and ready("softmax_with_loss"):
    runs = {
        "published, one at a time": (accuracies(True, 1, 0.02), "^:", "grey"),
        "published, 25 at a time": (accuracies(True, 25, 0.5), "s--", figures.GRADIENT_COLOUR),
        "yours, 25 at a time": (accuracies(False, 25, 0.5), "o-", figures.VALUE_COLOUR),
    }
    figure, ax = figures.canvas(xlabel="epoch", ylabel="read correctly", ylim=(0, 1.05))
    for name, (history, style, colour) in runs.items():
        ax.plot(range(1, 6), history, style, color=colour, label=name)
        print(f"{name:25} {history[-1]:.3f}")
    ax.set_xticks(range(1, 6))
    ax.legend(loc="center right")
    figures.show(figure, alt="The published shares learn from single pictures, never from batches.")

# %% [markdown]
# One picture at a time, there is nothing wrong with it. Twenty-five at a time, it guesses. Between
# the two lies one missing word, `axis`, and no error message.
#
# A gradient that is right for one sample is half tested. Batches are where rows begin to talk to
# each other, and a batch of different pictures, with sizes that can't be confused, is the smallest
# honest test.
#
# **What comes next.** Two layers were written out by hand. Chapter 4 makes the network as deep as
# you like, in a loop, and turns the matrices round: there, columns are samples. You will meet units
# that die, and weights that start too small or too large. And you keep an appointment of chapter 1,
# with the program whose seven slopes all missed by the same 6 parts in 10,000.
#
# ---
#
# *Sources.* The classes of this chapter have the names that Koki Saitoh gave them in *Deep Learning
# from Scratch*. The digits are the "Optical Recognition of Handwritten Digits" of Ethem Alpaydin
# and Cenk Kaynak, from the UCI Machine Learning Repository (CC BY 4.0).
