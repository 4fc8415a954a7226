# %% [markdown]
# # Chapter 1. Computational graphs
#
# Here are seven slopes from a small neural network. Each says how fast the network's error rises
# when one of its weights is raised a little. A published program found every one of them twice:
# once by calculus, once by *measuring*, that is, by nudging the weight and watching the error. Then
# the program judged its own calculus.
#
# | weight | by calculus | measured | the program's verdict |
# |:-:|--:|--:|:-:|
# | 1 | 0.0009564518 | 0.0009570342 | Wrong |
# | 2 | -0.0004782259 | -0.0004785171 | Correct |
# | 3 | 0.0002391130 | 0.0002392585 | Wrong |
# | 4 | 0.0002391130 | 0.0002392585 | Wrong |
# | 5 | -0.0003586694 | -0.0003588878 | Correct |
# | 6 | 0.0014346777 | 0.0014355513 | Wrong |
# | 7 | -0.0021520166 | -0.0021533269 | Correct |
#
# Divide one column by the other. Every row gives 0.99939: the same miss, 6 parts in 10,000, seven
# times over. And yet three rows pass.
#
# **How can three of seven equal errors be correct? And which of the two columns do you believe?**
# The last page of this chapter answers both. By then you have written all three parts yourself: the
# calculus, the measuring and the judge.
#
# ## What you will be able to do
#
# - Read a graph forwards, for values, and backwards, for slopes.
# - Write the backward pass of any node: its local gradient times what arrives.
# - Say which nodes have to remember something on the way forward, and why others need not.
# - Add gradients where paths meet.
# - Measure a slope without calculus, and know how far to trust the measurement.
#
# You need a little Python, NumPy arrays, and the slopes of $x^2$, $\sin x$ and $e^x$. Reading and
# exercises together take two to three hours. The sections are good places for a pause.

# %%
import math
import time

import numpy as np

from course import check, check_all, figures, hint, progress, ready, reset, reveal

# %% [markdown]
# ## How this notebook works
#
# **An exercise** is a cell with a `TO DO`, or a few of them. Replace the line that raises by your
# own code, keep the names and the arguments, run the cell, then run the check below it.
#
# **A check** calls your code with several examples: ordinary ones, the edges, a second call. It
# compares your results with known ones, and your gradients with slopes it has *measured*. A
# backward pass starts from a random number there, not from 1, so one that ignores what it is handed
# can't pass. The arrays you are given must stay as they were. Grading runs this same check with
# other numbers, and no kind of example that you haven't met here.
#
# **Three verdicts** exist: *not attempted*, *wrong* and *right*. A wrong one says what was
# compared, where the worst entry is, what yours is and what was expected; the parts that are right
# keep their points. A right one may carry a warning, which costs nothing.
#
# **Numbers are float64** and are compared with a tolerance, because 220 comes out as
# 220.00000000000003. Loops are fine, and so is any honest way of writing. One thing isn't: a
# backward pass that nudges its inputs and measures, instead of computing. Measuring is what it is
# checked *with*; the section "What it costs" shows why nobody trains a network that way.
#
# **When an exercise needs an earlier one**, it says so. If yours fails only because the earlier one
# is wrong, grading tries it again with that one solved, and right then earns full points.
#
# **Predictions** earn no points. Commit yourself first: type a letter between the quotes of
# `reveal(...)` and run the cell. Some of the answers surprise people.
#
# **Stuck?** Type `hint("mul_layer")` into a cell of your own. There are three hints for each
# exercise: a question, a push, and nearly the line. The next one comes after you have changed your
# code. `reset("mul_layer")` shows the cell as it was handed out, to begin again from.
#
# **Where you stand** is drawn by `progress()`. Verdicts, tries and hints are kept beside this
# notebook, in `course_progress.json`, and outlive a restart. The file holds none of your code and
# is sent nowhere. In Colab it goes with the runtime: download it before you leave, and upload it
# when you come back.
#
# **Cells that show your own code at work** say what they wait for until it is right. *Optional*
# exercises are a bonus outside the total. Nothing here stops *Run All*.

# %% [markdown]
# ## A bill, forwards
#
# You buy two apples at 100 won each. The shop adds ten per cent of tax, so it multiplies by 1.1.
# You pay 220 won.
#
# A **computational graph** is this sentence as a picture. Each circle, a *node*, does one small
# thing. Each line, an *edge*, carries one number from where it is made to where it is used. Going
# **forward** means reading from left to right.

# %% demo=true
shop = ["apple_price = apple * num", "price = apple_price * tax"]
shop_values = {"apple": 100, "num": 2, "apple_price": 200, "tax": 1.1, "price": 220}

figure = figures.draw_graph(shop, values=shop_values, title="Two apples, and the tax")
figures.show(figure, alt="Forwards: 100 times 2 makes 200, and 200 times 1.1 makes 220.")

# %% [markdown]
# ## And backwards
#
# Now the question of this whole course: **if one of these numbers rises a little, what happens to
# the bill?**
#
# You could change a number and add everything up again. Or you could stand at the till and walk
# back.
#
# At the till there is nothing left to multiply. One won more is one won more: the slope of the
# price in the price itself is 1. One step back is `apple_price`. Every won there passes the tax on
# its way to you, so it costs 1.1 won. One more step back is `apple`. An apple that is one won
# dearer raises `apple_price` by 2 won, since you buy two, and each of those costs 1.1. So it costs
# you, in won,
#
# $$ 2 \times 1.1 = 2.2 . $$
#
# That product is the chain rule. Two rates, one after the other, multiply. There is nothing more to
# it, in this chapter or in the other four; there are only more nodes.

# %% demo=true
shop_gradients = {"price": 1, "apple_price": 1.1, "tax": 200, "apple": 2.2, "num": 110}

figure = figures.draw_graph(
    shop, shop_values, shop_gradients, title="Values above, gradients below"
)
figures.show(
    figure,
    alt="Backwards: 1 at the price becomes 1.1 and 200 at its inputs, then 2.2 and 110 at theirs.",
)

# %% [markdown]
# Above each edge stands its value, below it its *gradient*: how many won the bill gains for each
# unit that edge gains.
#
# Two words will serve for the rest of the course. Look at one node, and cover the remainder of the
# picture with your hand.
#
# - What arrives from the right is the **upstream gradient**, `dout` in code: how much $L$, the last
#   number of the graph, gains when the node's output gains a little. Somebody to the right has
#   worked it out already.
# - What the node adds by itself is its **local gradient**: how much its output gains when one of
#   its inputs does.
#
# The node multiplies the two and hands the result on to the left, once for each of its inputs:
#
# $$ \frac{\partial L}{\partial \text{input}} \;=\;
#    \underbrace{\frac{\partial L}{\partial \text{output}}}_{\text{upstream gradient}} \cdot
#    \underbrace{\frac{\partial\, \text{output}}{\partial\, \text{input}}}_{\text{local gradient}} $$
#
# No node ever sees the whole graph. That is why graphs can be large.
#
# > **Other names for the same things.** Elsewhere the upstream gradient is called the incoming
# > gradient, the *adjoint*, or `grad_output`. A node is also called an operation, or a layer once
# > it works on arrays. Some libraries add each new gradient to the one from the last call until you
# > clear it; here a backward pass starts afresh every time.

# %% [markdown]
# ### A node with everything written out
#
# Suppose the tax never changes. Then the second circle has one input only, and multiplies it by a
# fixed number $c$.
#
# Raise the input by a tiny $\varepsilon$ and see what happens to the output:
#
# $$ c\,(x + \varepsilon) = c\,x + c\,\varepsilon $$
#
# **Whatever multiplies $\varepsilon$ is the local gradient.** Here it is $c$. You will use this
# trick for every node of the chapter. The code follows in two methods: `forward` computes the
# value, `backward` takes the upstream gradient and returns the input's gradient.


# %%
class Scale:
    """y = c * x for a fixed number c; x and y of one shape."""

    def __init__(self, c):
        self.c = c

    def forward(self, x):
        return self.c * x

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        return dout * self.c


# %% [markdown]
# Two such nodes in a row make a shop for people who always buy two: forward in order, backward in
# reverse. Watch the upstream gradient grow from 1 to 1.1 to 2.2, as it did on your walk.

# %% demo=true
two_of_them, with_tax = Scale(2), Scale(1.1)

price = with_tax.forward(two_of_them.forward(100))
dapple_price = with_tax.backward(1)
dapple = two_of_them.backward(dapple_price)

print(f"price {price:.6g}   gradients from right to left: 1, {dapple_price}, {dapple}")

# %% [markdown]
# ### 1.1 The product
#
# *About ten minutes.* In a real shop the tax may change and so may the number of apples. **Goal:**
# a node with two inputs, `forward(x, y)` returning their product and `backward(dout)` returning two
# gradients, `dx` and `dy`. Inputs are numbers, or arrays of one shape that are multiplied entry by
# entry; results have that shape.
#
# Hold $y$ still and raise $x$ by $\varepsilon$:
#
# $$ (x + \varepsilon)\, y = x\,y + y\,\varepsilon $$
#
# Read off what multiplies $\varepsilon$. Then hold $x$ still, raise $y$, and read again. That gives
# two local gradients, and the upstream gradient multiplies each.
#
# Compare this with `Scale`. Its local gradient was fixed when the node was made. Here it depends on
# what came through on the way forward, and by the time `backward` runs, nobody hands you that
# again. `__init__` has two places ready.


# %% answer="MulLayer"
class MulLayer:
    """out = x * y, entry by entry; x, y and out of one shape, numbers or arrays."""

    def __init__(self):
        self.x = None
        self.y = None

    def forward(self, x, y):
        ### BEGIN SOLUTION 1.1: return the product; keep what backward will need
        self.x, self.y = x, y
        return x * y
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of out -> (dx, dy), each of that shape."""
        ### BEGIN SOLUTION 1.1: for each input, dout times its local gradient
        return dout * self.y, dout * self.x
        ### END SOLUTION


# %% exercise="mul_layer" points=3
check("mul_layer", MulLayer)

# %% [markdown] hints="mul_layer"
# 1. On the way back you are handed one thing, `dout`. Which numbers does a local gradient need that
#    `dout` doesn't carry? When did you last have them?
# 2. `dx` is `dout` times $\partial(xy)/\partial x$, and `dy` is `dout` times
#    $\partial(xy)/\partial y$. For 3 times -5 and an upstream gradient of 7, one of them is -35 and
#    the other 21. Which is which?
# 3. Fill both attributes in `forward`. In `backward` each of them serves the gradient of the
#    *other* input; return the pair, `dx` first.

# %% [markdown]
# With `x = 3`, `y = -5` and an upstream gradient of 7, yours gives -15 forwards, and -35 and 21
# backwards. Each input gets the other one's size: the dear apple makes the *count* matter, and the
# large count makes the *price* matter.
#
# Did you divide the stored output by an input? That works until a price is 0.
#
# This table grows through the chapter.
#
# | node | output | local gradient | remembers |
# |---|---|---|---|
# | scale | $c\,x$ | $c$ | nothing |
# | **product** | $x\,y$ | $y$ for $x$, $x$ for $y$ | **both inputs** |

# %% [markdown]
# ### 1.2 The sum
#
# *About five minutes.* Apples and oranges on one bill: their prices add. **Goal:** a node with the
# interface of the product, for numbers or for arrays of one shape, that returns `x + y`.
#
# Raise $x$ by $\varepsilon$ and hold $y$ still:
#
# $$ (x + \varepsilon) + y = (x + y) + 1 \cdot \varepsilon $$
#
# Is there an $x$ or a $y$ left in what multiplies $\varepsilon$? That decides what the node has to
# remember, and it is why there is no `__init__` below.


# %% answer="AddLayer"
class AddLayer:
    """out = x + y, entry by entry; x, y and out of one shape, numbers or arrays."""

    def forward(self, x, y):
        ### BEGIN SOLUTION 1.2: return the sum
        return x + y
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of out -> (dx, dy), each of that shape."""
        ### BEGIN SOLUTION 1.2: for each input, dout times its local gradient
        return dout * 1, dout * 1
        ### END SOLUTION


# %% exercise="add_layer" points=3
check("add_layer", AddLayer)

# %% [markdown] hints="add_layer"
# 1. If `x` rises by one won, by how much does `x + y` rise? Does it matter how large `y` is?
# 2. Both local gradients are the same number, and it stands in the derivation, in front of
#    $\varepsilon$.
# 3. Multiply the upstream gradient by that number, once for each input, and return the pair.

# %% [markdown]
# With an upstream gradient of 7, both inputs get 7. They don't share it, 3.5 each: a won more on
# the apples costs you the full tax, whatever the oranges do.
#
# | node | output | local gradient | remembers |
# |---|---|---|---|
# | scale | $c\,x$ | $c$ | nothing |
# | product | $x\,y$ | $y$ for $x$, $x$ for $y$ | both inputs |
# | **sum** | $x + y$ | 1 for $x$, 1 for $y$ | **nothing** |

# %% [markdown]
# ### 1.3 The apple graph
#
# *About ten minutes; needs your `MulLayer`.* Time to build the picture. **Goal:** a function of
# three numbers that returns the price and the three gradients, by way of your own nodes:
#
# $$ \texttt{apple},\ \texttt{num},\ \texttt{tax} \;\longmapsto\;
#    \bigl(\texttt{price},\ (\texttt{dapple},\ \texttt{dnum},\ \texttt{dtax})\bigr) $$
#
# Forward you go from left to right. Each output becomes an input of the next node. At the right end
# you turn round with the gradient of the price with respect to itself, which is 1, and visit the
# nodes in the opposite order. What a node hands back for an input is the upstream gradient of the
# node that made this input.
#
# One rule: **one object is one node.** A `MulLayer` remembers one pair of inputs. Let it serve two
# products and it has forgotten the first pair when you come back.


# %% answer="apple_graph"
def apple_graph(apple, num, tax):
    """Three numbers -> (price, (dapple, dnum, dtax)) for price = (apple * num) * tax.

    apple is the price of one, in won; num a count; tax a factor such as 1.1.
    """
    ### BEGIN SOLUTION 1.3: two products forwards, then the same two backwards
    apple_layer, tax_layer = MulLayer(), MulLayer()
    apple_price = apple_layer.forward(apple, num)
    price = tax_layer.forward(apple_price, tax)

    dapple_price, dtax = tax_layer.backward(1)
    dapple, dnum = apple_layer.backward(dapple_price)
    return price, (dapple, dnum, dtax)
    ### END SOLUTION


# %% exercise="apple_graph" points=4 needs="mul_layer"
check("apple_graph", apple_graph)

# %% [markdown] hints="apple_graph"
# 1. How many products are in the picture? How many objects is that, if each of them remembers one
#    pair of inputs?
# 2. On the way back the tax product comes first, with an upstream gradient of 1. It hands back two
#    numbers. One is the gradient of the tax. Whose is the other, and which node is waiting for it?
# 3. Four calls: two of `forward`, then two of `backward` in the opposite order. A `backward`
#    returns its gradients in the order in which `forward` took the inputs.

# %% [markdown]
# With apple 100, num 2, tax 1.1 yours gives 220, and the gradients 2.2, 110, 200. Now your code
# draws its own picture, for five apples at 120 won with a tax of 8 per cent.

# %% demo=true
if ready("apple_graph"):
    price, (dapple, dnum, dtax) = apple_graph(120, 5, 1.08)
    figure = figures.draw_graph(
        shop,
        values={"apple": 120, "num": 5, "apple_price": 120 * 5, "tax": 1.08, "price": price},
        gradients={"apple": dapple, "num": dnum, "apple_price": 1.08, "tax": dtax, "price": 1},
        title="Your apple graph",
    )
    figures.show(figure, alt="Five apples cost 648 won; the gradients are 5.4, 129.6 and 600.")

# %% [markdown] predict="tax_step"
# **Before you compute anything.** Back to two apples at 100 won. The gradient of the bill with
# respect to the tax is 200. The tax goes up from 1.10 to 1.11. By how much does the bill rise?
#
# - [ ] by 200 won
# - [ ] by 20 won
# - [x] by 2 won
# - [ ] by 2.2 won
#
# > A gradient is a rate. The 200 holds for a whole unit of tax, and the tax moved by a hundredth of
# > a unit: 200 times 0.01 is 2. Here that is exact, since the bill is a straight line in the tax.
# > For curves it holds the better the smaller the step.

# %% demo=true
for tax in (1.10, 1.11):
    print(f"tax {tax:.2f}   bill {100 * 2 * tax:.2f}")

# %% [markdown]
# ### 1.4 The fruit graph
#
# *About fifteen minutes; needs `MulLayer` and `AddLayer`.* Two apples at 100 and three oranges at
# 150, and the tax on the total. Four nodes now, and for the first time two branches.

# %% demo=true
fruit = [
    "apple_price = apple * apple_num",
    "orange_price = orange * orange_num",
    "total = apple_price + orange_price",
    "price = total * tax",
]
fruit_values = {"apple": 100, "apple_num": 2, "orange": 150, "orange_num": 3, "tax": 1.1}
fruit_values |= {"apple_price": 200, "orange_price": 450, "total": 650, "price": 715}

figure = figures.draw_graph(fruit, fruit_values, title="Apples and oranges")
figures.show(figure, alt="Forwards: 200 for apples and 450 for oranges make 650, with tax 715.")

# %% [markdown]
# **Goal:** five numbers in; out come the price and a dictionary with one gradient for each
# argument, keyed by the argument's name: `"apple"`, `"apple_num"`, `"orange"`, `"orange_num"`,
# `"tax"`.
#
# Start at the right with 1 and do the first step on paper. The last node is a product of `total`
# and `tax`, so its two gradients are 1.1 and 650. The sum hands the 1.1 on to both branches
# unchanged. From there on, each branch is a product you have met. Your code takes the same four
# steps.


# %% answer="fruit_graph"
def fruit_graph(apple, apple_num, orange, orange_num, tax):
    """Five numbers -> (price, gradients), price = (apple * apple_num + orange * orange_num) * tax.

    gradients is a dict: the name of each argument -> d price / d that argument, a number.
    """
    ### BEGIN SOLUTION 1.4: four nodes forwards, the same four backwards, five gradients
    apple_layer, orange_layer, tax_layer = MulLayer(), MulLayer(), MulLayer()
    total_layer = AddLayer()
    apple_price = apple_layer.forward(apple, apple_num)
    orange_price = orange_layer.forward(orange, orange_num)
    total = total_layer.forward(apple_price, orange_price)
    price = tax_layer.forward(total, tax)

    dtotal, dtax = tax_layer.backward(1)
    dapple_price, dorange_price = total_layer.backward(dtotal)
    dorange, dorange_num = orange_layer.backward(dorange_price)
    dapple, dapple_num = apple_layer.backward(dapple_price)
    gradients = {
        "apple": dapple,
        "apple_num": dapple_num,
        "orange": dorange,
        "orange_num": dorange_num,
        "tax": dtax,
    }
    return price, gradients
    ### END SOLUTION


# %% exercise="fruit_graph" points=6 needs="mul_layer,add_layer"
check("fruit_graph", fruit_graph)

# %% [markdown] hints="fruit_graph"
# 1. Cover all of the graph but the last node. What are its inputs, and what does it hand back to
#    each? Then uncover one more node: what arrives there?
# 2. Three products and one sum, so four objects. Backwards: the tax product, the sum, then the two
#    fruit products in either order. The sum's two results are the upstream gradients of those two.
# 3. It is `apple_graph` with a fork in the way back: unpack the tax product's pair, give its first
#    number to the sum, unpack again, give one number to each fruit product, and put the five that
#    belong to arguments into the dictionary.

# %% [markdown]
# Yours gives 715, and below the edges 2.2 and 110 for the apples, 3.3 and 165 for the oranges, 650
# for the tax.

# %% demo=true
if ready("fruit_graph"):
    price, gradients = fruit_graph(100, 2, 150, 3, 1.1)
    inner = {"apple_price": 1.1, "orange_price": 1.1, "total": 1.1, "price": 1}
    figure = figures.draw_graph(fruit, fruit_values, gradients | inner, title="Your fruit graph")
    figures.show(
        figure,
        alt="Backwards: the sum passes 1.1 on to both fruits; inputs get 2.2, 110, 3.3, 165, 650.",
    )

# %% [markdown] predict="most_important"
# **A matter of opinion?** In the apple shop the gradients are 2.2 for the apple's price, 110 for
# the count and 200 for the tax. Which of the three matters most to the bill?
#
# - [ ] the tax, because 200 is the largest
# - [ ] the tax, and it matters about 100 times more than the apple's price
# - [ ] the count, because you can change it yourself
# - [x] these three numbers alone can't say
#
# > They have different units: won per won, won per apple, won per whole unit of tax. Write the
# > apple's price in hundreds of won and its gradient becomes 220; write the tax in per cent and its
# > gradient becomes 2. Nothing in the shop has changed, and the order is reversed. Compare
# > *relative* changes and all three are equal: one per cent more of any of them is one per cent
# > more on the bill.

# %% demo=true
if ready("apple_graph"):
    inputs = {"apple": 100, "num": 2, "tax": 1.1}
    price, gradients = apple_graph(**inputs)
    units = {"apple": 100, "num": 1, "tax": 0.01}  # hundreds of won; apples; per cent
    print("input   gradient   in other units   bill, in %, for 1 % more")
    for (name, value), gradient in zip(inputs.items(), gradients, strict=True):
        other, relative = gradient * units[name], gradient * value / price
        print(f"{name:6} {gradient:9.1f} {other:16.1f} {relative:21.2f}")

# %% [markdown]
# > **"The tax matters about 100 times more than the apple's price."** You can find this sentence in
# > print. The ratio is 200 / 2.2 = 90.9. It compares a tax of 110 per cent becoming 210 per cent
# > with an apple becoming one won dearer. The gradients are right, the comparison isn't. The last
# > column is the fair one: value times gradient, divided by the result. It is called the
# > *elasticity*, it has no unit, and in a pure product it is 1 for every factor.
# >
# > The fruit shop isn't a pure product. Its elasticities are 0.31 for the apples' price and count,
# > 0.69 for the oranges' and 1 for the tax. There the question has an answer.

# %% [markdown]
# ## One number, used twice
#
# So far every number went to one place. Most don't. A weight in a network is used for every sample,
# a word for every later word. Exercises 1.5 and 1.7 settle what happens then. It takes one line.
#
# ### 1.5 A square of a sum
#
# *About ten minutes; needs `AddLayer` and `MulLayer`.* **Goal:** for two numbers $x$ and $y$, the
# value $z = (x + y)^2$ and its two slopes, by two nodes: a sum $t = x + y$ and a product
# $z = t \cdot t$.
#
# Both inputs of the product are the same $t$. It is handed in twice, and the product, which knows
# nothing of that, hands two gradients back. What is the slope of $z$ in $t$? Raise $t$ by
# $\varepsilon$ and both inputs rise:
#
# $$ (t + \varepsilon)(t + \varepsilon) = t^2 + t\,\varepsilon + \varepsilon\, t + \varepsilon^2 $$
#
# One $t\,\varepsilon$ comes through the first input and one through the second; $\varepsilon^2$ is
# too small to count. Each is one of the product's two answers. Put them together, hand the result
# to the sum, and you are done.
#
# (Any honest way is right here. This one carries over to graphs that you can't solve in your head.)


# %% answer="chain_square_sum"
def chain_square_sum(x, y):
    """Two numbers -> (z, dx, dy): z = (x + y)^2 and its slopes in x and in y."""
    ### BEGIN SOLUTION 1.5: a sum, a product of its result with itself; then back
    add, square = AddLayer(), MulLayer()
    t = add.forward(x, y)
    z = square.forward(t, t)

    dt_left, dt_right = square.backward(1)
    dx, dy = add.backward(dt_left + dt_right)
    return z, dx, dy
    ### END SOLUTION


# %% exercise="chain_square_sum" points=3 needs="add_layer,mul_layer"
check("chain_square_sum", chain_square_sum)

# %% [markdown] hints="chain_square_sum"
# 1. How many numbers does the product's `backward` return, and whose gradients are they?
# 2. Both belong to $t$: one for each way in which $z$ depends on it. At (2, 3) each of them is 5,
#    and $z$ rises 10 times as fast as $t$.
# 3. Make of the two numbers one, so that 5 and 5 give 10, and let the sum's `backward` have it as
#    its upstream gradient. It returns `dx` and `dy`.

# %% [markdown]
# At (2, 3) yours gives $z = 25$ and both slopes 10. Try it by hand: $(2.001 + 3)^2 = 25.010001$. A
# thousandth in, ten thousandths out.

# %% [markdown]
# ### 1.6 Five more nodes (optional)
#
# *About twenty minutes.* A subtraction, a quotient, a power, an exponential and a logarithm. With
# these you can take apart any formula in this course. Here is a sixth, complete, in the form they
# all share: one over $x$.
#
# $$ \frac{1}{x + \varepsilon} \;=\; \frac{1}{x}\cdot\frac{1}{1 + \varepsilon/x} \;\approx\;
#    \frac1x\Bigl(1 - \frac{\varepsilon}{x}\Bigr) \;=\; \frac1x - \frac{1}{x^2}\,\varepsilon $$
#
# What multiplies $\varepsilon$ is $-1/x^2$, and that is minus the output, squared. So this node can
# remember its *output* and throw its input away. In the next chapter, nodes of this kind save
# memory.


# %%
class Reciprocal:
    """y = 1 / x, entry by entry; x and y of one shape, x not 0."""

    def __init__(self):
        self.y = None

    def forward(self, x):
        self.y = 1 / x
        return self.y

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        return -dout * self.y * self.y


# %% [markdown]
# **Goal:** the five classes below. Those with two inputs have `forward(x, y)` and
# `backward(dout) -> (dx, dy)`; those with one have `forward(x)` and `backward(dout) -> dx`. Numbers
# or arrays, entry by entry, one shape throughout. The expansions:
#
# $$ \begin{aligned}
# \text{difference} &\quad x - (y + \varepsilon) = (x - y) - \varepsilon \\[2pt]
# \text{quotient, in } x &\quad \frac{x + \varepsilon}{y} = \frac{x}{y} + \frac{\varepsilon}{y} \\
# \text{quotient, in } y &\quad \frac{x}{y + \varepsilon} \approx \frac{x}{y}\Bigl(1 - \frac{\varepsilon}{y}\Bigr) \\
# \text{power} &\quad (x + \varepsilon)^n \approx x^n + n\,x^{n-1}\,\varepsilon \\[2pt]
# \text{exponential} &\quad e^{x + \varepsilon} = e^x\, e^{\varepsilon} \approx e^x (1 + \varepsilon) \\[2pt]
# \text{logarithm} &\quad \ln(x + \varepsilon) = \ln x + \ln\Bigl(1 + \frac{\varepsilon}{x}\Bigr) \approx \ln x + \frac{\varepsilon}{x}
# \end{aligned} $$
#
# What each node keeps is your decision; `self.kept` is one place for it, and you may add others.


# %% answer="SubLayer"
class SubLayer:
    """out = x - y, entry by entry; x, y and out of one shape."""

    def forward(self, x, y):
        ### BEGIN SOLUTION 1.6: return the difference
        return x - y
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of out -> (dx, dy), each of that shape."""
        ### BEGIN SOLUTION 1.6: for each input, dout times its local gradient
        return dout * 1, dout * -1
        ### END SOLUTION


# %% answer="DivLayer"
class DivLayer:
    """out = x / y, entry by entry; x, y and out of one shape; y is nowhere 0."""

    def __init__(self):
        self.kept = None

    def forward(self, x, y):
        ### BEGIN SOLUTION 1.6: return the quotient; keep what backward will need
        self.kept = x, y
        return x / y
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of out -> (dx, dy), each of that shape."""
        ### BEGIN SOLUTION 1.6: for each input, dout times its local gradient
        x, y = self.kept
        return dout / y, -dout * x / y**2
        ### END SOLUTION


# %% answer="PowLayer"
class PowLayer:
    """y = x ** n for a fixed number n, entry by entry; x and y of one shape."""

    def __init__(self, n):
        self.n = n
        self.kept = None

    def forward(self, x):
        ### BEGIN SOLUTION 1.6: return the power; keep what backward will need
        self.kept = x
        return x**self.n
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        ### BEGIN SOLUTION 1.6: dout times the local gradient
        return dout * self.n * self.kept ** (self.n - 1)
        ### END SOLUTION


# %% answer="ExpLayer"
class ExpLayer:
    """y = e ** x, entry by entry; x and y of one shape."""

    def __init__(self):
        self.kept = None

    def forward(self, x):
        ### BEGIN SOLUTION 1.6: return the exponential; keep what backward will need
        self.kept = np.exp(x)
        return self.kept
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        ### BEGIN SOLUTION 1.6: dout times the local gradient
        return dout * self.kept
        ### END SOLUTION


# %% answer="LogLayer"
class LogLayer:
    """y = the natural logarithm of x, entry by entry; x and y of one shape, x above 0."""

    def __init__(self):
        self.kept = None

    def forward(self, x):
        ### BEGIN SOLUTION 1.6: return the logarithm; keep what backward will need
        self.kept = x
        return np.log(x)
        ### END SOLUTION

    def backward(self, dout):
        """dout, the shape of y -> dx, the same shape."""
        ### BEGIN SOLUTION 1.6: dout times the local gradient
        return dout / self.kept
        ### END SOLUTION


# %% exercise="more_nodes" points=5 optional=true
check("more_nodes", SubLayer, DivLayer, PowLayer, ExpLayer, LogLayer)

# %% [markdown] hints="more_nodes"
# 1. In each line of the list above: what multiplies $\varepsilon$, sign included? And which numbers
#    in it are known only on the way forward?
# 2. Difference: 1 and -1. Quotient: $1/y$, and for $y$ the quotient itself times $-1/y$. Power: $n$
#    stays in front and the exponent drops by one. Which of the last two nodes needs its output, and
#    which its input?
# 3. Follow `Reciprocal` line by line: `forward` stores one thing and returns the value, `backward`
#    is `dout` times the factor of $\varepsilon$, written with what you stored.

# %% [markdown]
# With `x = 3`, `y = -5` and an upstream gradient of 7 the quotient hands back -1.4 and -0.84, and
# the difference 7 and -7. With `x = 3`: the power of 3 hands back 189, the exponential 140.599, the
# logarithm 2.33333.
#
# Six new rows for the table:
#
# | node | output | local gradient | remembers |
# |---|---|---|---|
# | reciprocal | $1/x$ | minus the output squared | the output |
# | **difference** | $x - y$ | 1 for $x$, -1 for $y$ | **nothing** |
# | **quotient** | $x / y$ | $1/y$ for $x$, $-x/y^2$ for $y$ | **both inputs** |
# | **power** | $x^n$ | $n\,x^{n-1}$ | **the input** |
# | **exponential** | $e^x$ | the output itself | **the output** |
# | **logarithm** | $\ln x$ | $1/x$ | **the input** |

# %% [markdown]
# ### 1.7 A branch
#
# *About five minutes.* In 1.5 you put two gradients together by hand. Now this becomes a node of
# its own, so that no graph ever needs a special case. A **branch** takes one number and sends it
# out twice. Forwards nothing happens to it. In the picture, 3 fans out into both inputs of a
# product, and each of the two copies gets a message back.

# %% demo=true
figure = figures.draw_graph(
    ["z = x * x"], values={"x": 3, "z": 9}, gradients={"x": ("3", "3"), "z": 1}, title="Fan-out"
)
figures.show(
    figure, alt="3 is used twice in z = x * x, and each of its two uses gets a gradient of 3."
)

# %% [markdown]
# What is the gradient of `x` itself? Raise $x$ by $\varepsilon$ and both copies rise by
# $\varepsilon$. The first sends $L$ up by $d_1\,\varepsilon$, the second by $d_2\,\varepsilon$,
# where $d_1$ and $d_2$ are the messages that came back:
#
# $$ L(x + \varepsilon) \;\approx\; L(x) + d_1\,\varepsilon + d_2\,\varepsilon $$
#
# Once more: what multiplies $\varepsilon$?
#
# **Goal:** `forward(x)` returns a pair, `x` twice; `backward(d1, d2)` returns one gradient. All of
# them numbers, or arrays of one shape.


# %% answer="Branch"
class Branch:
    """One number or array, sent out twice."""

    def forward(self, x):
        """x -> (x, x)."""
        ### BEGIN SOLUTION 1.7: hand x out twice
        return x, x
        ### END SOLUTION

    def backward(self, d1, d2):
        """The upstream gradients of the two copies, each the shape of x -> dx, that shape."""
        ### BEGIN SOLUTION 1.7: one gradient from two
        return d1 + d2
        ### END SOLUTION


# %% exercise="branch" points=2
check("branch", Branch)

# %% [markdown] hints="branch"
# 1. If one copy brings you 3 won for each unit of `x` and the other brings 4, what does a unit of
#    `x` bring?
# 2. In the last formula, collect the two terms that contain $\varepsilon$.
# 3. Both messages count, neither replaces the other, and their average is too little. What does
#    that leave?

# %% [markdown]
# For $z = x \cdot x$ at 3 yours turns 3 and 3 into 6, the slope $2x$ that you knew. And in a longer
# graph, $a = 1$, $b = a + a$, $c = b + b$, one unit of $a$ becomes four of $c$: the two edges into
# the last sum bring 1 each, so $b$ has 2; the two edges into the first sum then bring 2 each.

# %% demo=true
figure = figures.draw_graph(
    ["b = a + a", "c = b + b"],
    values={"a": 1, "b": 2, "c": 4},
    gradients={"a": (2, 2), "b": (1, 1), "c": 1},
    title="a counts four times",
)
figures.show(figure, alt="b gets 1 and 1, which makes 2; then a gets 2 and 2, which makes 4.")

# %% [markdown]
# Notice the order. Nothing went on to $a$ before *both* messages had reached $b$. Here that comes
# naturally; in 1.11 it becomes the whole difficulty.
#
# | node | output | local gradient | remembers |
# |---|---|---|---|
# | sum | $x + y$ | 1 for $x$, 1 for $y$ | nothing |
# | **branch** | $x$ and $x$ | 1 from each copy; **the results add** | **nothing** |
#
# Sum and branch are mirror images. Forwards a sum adds, and backwards it sends out copies. Forwards
# a branch sends out copies, and backwards it adds.

# %% [markdown]
# ## A whole model
#
# ### 1.8 Fifteen numbers
#
# *About twenty-five minutes.* Here is a model with everything a deep network has, except width.
# Four straight lines, with three curves between them:
#
# $$ \begin{aligned}
# f_0 &= \beta_0 + \omega_0\, x \\
# h_1 &= \sin f_0, \qquad & f_1 &= \beta_1 + \omega_1\, h_1 \\
# h_2 &= \exp f_1, \qquad & f_2 &= \beta_2 + \omega_2\, h_2 \\
# h_3 &= \cos f_2, \qquad & f_3 &= \beta_3 + \omega_3\, h_3
# \end{aligned} $$
#
# It is shown one example, $x = 2.3$, and ought to answer $y = 2$. How badly it does is the
# **loss**, $(f_3 - y)^2$. Seven values, the loss and, on the way back, seven gradients: those are
# the fifteen.
#
# They serve to find eight more. The four $\beta$ and the four $\omega$ are the *parameters*, the
# knobs that can be turned to make the loss smaller. For each of them you want to know which way to
# turn it, and how much that matters.
#
# **One link of such a chain**, worked out, with another curve. Take $f = \beta + \omega x$ and
# $h = \sqrt f$, with $\beta = 5$, $\omega = 2$, $x = 2$ and an upstream gradient of 12 at $h$.
# Forwards, $f$ is 9 and $h$ is 3. The local gradient of a square root is one over twice the root.
# So
#
# $$ \mathrm{d}f = \mathrm{d}h \cdot \frac{1}{2h} = \frac{12}{6} = 2 . $$
#
# From $f$ there are three ways on. To $\beta$ through a sum: the gradient passes unchanged. To
# $\omega$ and to $x$ through a product: each gets the other as a factor.


# %%
def root_link(x, b, w, dh):
    """The link h = sqrt(b + w * x) with upstream gradient dh -> (h, df, db, dw, dx)."""
    h = np.sqrt(b + w * x)
    df = dh / (2 * h)
    return h, df, df, df * x, df * w


print("h, df, db, dw, dx:", *root_link(x=2, b=5, w=2, dh=12))

# %% [markdown]
# Your model is three such links and one straight line at the end. The slope of $\sin$ is $\cos$,
# the slope of $\exp$ is $\exp$ again, and the slope of $\cos$ is $-\sin$, with the minus. Each is
# taken at the $f$ that went *into* the curve. The walk back starts at the loss. It is a square, and
# you know from 1.5 how fast a square rises.
#
# **Goal**, in two functions. All inputs but `beta` and `omega` are numbers; these two are arrays of
# shape (4,), and you don't change them. `toy_forward` returns the seven values from $f_0$ to $f_3$.
# `toy_backward` returns the seven gradients of the loss, from $\mathrm{d}f_3$ back to
# $\mathrm{d}f_0$, and then those of the parameters, `dbeta` and `domega`, each of shape (4,).

# %%
beta = np.array([1.0, 2.0, -3.0, 0.4])
omega = np.array([0.1, -0.4, 2.0, 3.0])
toy_x, toy_y = 2.3, 2.0


# %% answer="toy_forward"
def toy_forward(x, beta, omega):
    """x a number, beta (4,), omega (4,) -> (f0, h1, f1, h2, f2, h3, f3), seven numbers."""
    ### BEGIN SOLUTION 1.8: seven lines, from f0 to f3
    f0 = beta[0] + omega[0] * x
    h1 = np.sin(f0)
    f1 = beta[1] + omega[1] * h1
    h2 = np.exp(f1)
    f2 = beta[2] + omega[2] * h2
    h3 = np.cos(f2)
    f3 = beta[3] + omega[3] * h3
    return f0, h1, f1, h2, f2, h3, f3
    ### END SOLUTION


# %% answer="toy_backward"
def toy_backward(x, y, beta, omega):
    """x, y numbers, beta (4,), omega (4,) -> ((df3, dh3, df2, dh2, df1, dh1, df0), dbeta, domega).

    Gradients of the loss (f3 - y)^2: a tuple of seven numbers, and two arrays of shape (4,).
    """
    ### BEGIN SOLUTION 1.8: forward once, then from df3 back to df0; then the eight parameters
    f0, h1, _, h2, f2, h3, f3 = toy_forward(x, beta, omega)
    df3 = 2 * (f3 - y)
    dh3 = df3 * omega[3]
    df2 = dh3 * -np.sin(f2)
    dh2 = df2 * omega[2]
    df1 = dh2 * h2
    dh1 = df1 * omega[1]
    df0 = dh1 * np.cos(f0)
    dbeta = np.array([df0, df1, df2, df3])
    domega = np.array([df0 * x, df1 * h1, df2 * h2, df3 * h3])
    return (df3, dh3, df2, dh2, df1, dh1, df0), dbeta, domega
    ### END SOLUTION


# %% exercise="toy_model" points=8
check("toy_model", toy_forward, toy_backward)

# %% [markdown] hints="toy_model"
# 1. Draw the chain from $f_2$ to the loss. What is the upstream gradient at $f_3$, which parameter
#    sits between $f_3$ and $h_3$, and which curve between $h_3$ and $f_2$?
# 2. Two kinds of step alternate. From an $f$ to the $h$ inside it: times the $\omega$ between them.
#    From an $h$ to its $f$: times the slope of the curve, at that $f$. Of each `df`, `dbeta` gets
#    it as it is, and `domega` gets it times whatever $\omega$ was multiplied by (for $\omega_0$
#    that is `x`).
# 3. Call `toy_forward` first and keep all seven values. Then seven short lines: `df3` from the
#    loss, `dh3` from `df3` and `omega[3]`, `df2` from `dh3` and minus a sine, and so on down to
#    `df0`. The exponential's slope is a number you already have.

# %% [markdown]
# With the parameters above yours gives, rounded, values in the upper row and gradients in the lower
# one:
#
# | | f0 | h1 | f1 | h2 | f2 | h3 | f3 | loss |
# |---|--:|--:|--:|--:|--:|--:|--:|--:|
# | value | 1.2300 | 0.9425 | 1.6230 | 5.0683 | 7.1366 | 0.6574 | 2.3723 | 0.1386 |
# | gradient | 2.2809 | 6.8242 | -17.0605 | -3.3661 | -1.6831 | 2.2336 | 0.7445 | 1 |
#
# The eight that matter for learning are `dbeta` = (2.2809, -17.0605, -1.6831, 0.7445) and `domega`
# = (5.2461, -16.0793, -8.5302, 0.4895). Note that `dbeta` holds the gradients of the four $f$: what
# is added to an $f$ counts exactly as much as the $f$ itself.
#
# The table is now complete:
#
# | node | output | local gradient | remembers |
# |---|---|---|---|
# | scale | $c\,x$ | $c$ | nothing |
# | product | $x\,y$ | $y$ for $x$, $x$ for $y$ | both inputs |
# | sum | $x + y$ | 1 for $x$, 1 for $y$ | nothing |
# | difference | $x - y$ | 1 for $x$, -1 for $y$ | nothing |
# | quotient | $x / y$ | $1/y$ for $x$, $-x/y^2$ for $y$ | both inputs |
# | reciprocal | $1/x$ | minus the output squared | the output |
# | power | $x^n$ | $n\,x^{n-1}$ | the input |
# | exponential | $e^x$ | the output itself | the output |
# | logarithm | $\ln x$ | $1/x$ | the input |
# | branch | $x$ and $x$ | 1 from each copy; the results add | nothing |
# | **sine** | $\sin x$ | $\cos x$ | **the input** |
# | **cosine** | $\cos x$ | $-\sin x$ | **the input** |
# | **squared error** | ${(x - y)^2}$ | $2\,(x - y)$ for $x$ | **the difference** |
#
# > **The loss's constant.** Here the loss is $(f_3 - y)^2$. Others write $\frac12 (f_3 - y)^2$, so
# > that the 2 disappears from the slope. Both are fine, as long as the loss and its slope agree.
# > Chapter 3 lists all the constants in use.

# %% [markdown]
# ## Measuring a slope
#
# How do you know that a gradient is right? Someone may have forgotten the minus in front of the
# sine. There is a way that needs no calculus and makes no such mistakes: **nudge the input, and
# watch the output**. For one number there are three ways to do it, and here they are.


# %%
def slopes(f, x, h=1e-5):
    """f, a function of one number -> its slope at x, measured (ahead, behind, around)."""
    ahead = (f(x + h) - f(x)) / h
    behind = (f(x) - f(x - h)) / h
    around = (f(x + h) - f(x - h)) / (2 * h)
    return ahead, behind, around


print("f(x) = x^2 at 3, measured with h = 0.1:", *(f"{s:.6f}" for s in slopes(np.square, 3, 0.1)))

# %% [markdown]
# The true slope is 6. The first, called a **forward difference**, looks ahead and comes out too
# high. The second, a **backward difference** (no relation of the backward pass), looks behind and
# comes out too low. The third, the **central difference**, looks both ways, and the two errors
# cancel. A Taylor expansion says by how much:
#
# $$ f(x \pm h) = f \pm h f' + \tfrac12 h^2 f'' \pm \tfrac16 h^3 f''' + \dots $$
#
# $$ \frac{f(x+h) - f(x)}{h} \approx f' + \tfrac12\, h\, f'', \qquad
#    \frac{f(x+h) - f(x-h)}{2h} \approx f' + \tfrac16\, h^2 f''' . $$
#
# Make $h$ ten times smaller: the forward difference becomes ten times better, the central one a
# hundred times.

# %% [markdown] predict="corner_slopes"
# **At a corner.** The function $|x|$ falls with slope -1 and rises with slope 1. What do the
# forward, the backward and the central difference measure at exactly $x = 0$?
#
# - [ ] 1, 1, 1
# - [x] 1, -1, 0
# - [ ] 0, 0, 0
# - [ ] nothing: all three divide 0 by 0
#
# > Looking ahead you see the rising side, looking behind the falling one. The central difference is
# > the average of both, 0, which is the slope of $|x|$ nowhere at all. Three ways, three answers,
# > and none of them wrong: at a corner there is no slope to be right about. Remember this when you
# > meet ReLU in chapter 2.

# %% demo=true
for x in (0, 0.000002, 1):
    ahead, behind, around = slopes(abs, x)
    print(f"|x| at {x:.6f}   ahead {ahead:4.1f}   behind {behind:4.1f}   around {around:4.1f}")

# %% [markdown]
# Look at the second line too. At 0.000002 there is a slope, and it is 1. But the corner is nearer
# than one step $h$, so the measurement reaches across it and mixes the two sides. When a measured
# gradient and a computed one disagree in a few entries only, ask first whether a corner was near.

# %% [markdown] predict="best_h"
# **How small?** You measure the slope of $\sin$ at 1.23 with a central difference. Which of these
# steps $h$ comes closest to the truth?
#
# - [ ] 1e-2
# - [x] 1e-5
# - [ ] 1e-10
# - [ ] 1e-16, since smaller is always better
#
# > Two errors pull in opposite directions. The formula's own error falls as $h^2$. But the computer
# > keeps only 16 digits of $f$, so the difference in the numerator is off by about 1e-16, and
# > dividing by $h$ blows that up to 1e-16 / h. They balance near 1e-5, where about 11 digits are
# > right. At 1e-16 the nudge is lost altogether: 1.23 + 1e-16 *is* 1.23, and a slope of 0 is
# > measured.

# %% demo=true
steps = 10.0 ** np.arange(-16, -0.5, 0.5)
rise, fall = np.sin(1.23 + steps), np.sin(1.23 - steps)
one_sided = np.abs((rise - np.sin(1.23)) / steps - np.cos(1.23))
two_sided = np.abs((rise - fall) / (2 * steps) - np.cos(1.23))

log_log = {"xscale": "log", "yscale": "log"}
figure, ax = figures.canvas(xlabel="step h", ylabel="error", title="The slope of sin", **log_log)
ax.plot(steps, one_sided, "o", color=figures.VALUE_COLOUR, label="forward difference")
ax.plot(steps, two_sided, "s", color=figures.GRADIENT_COLOUR, label="central difference")
ax.plot(steps[15:], steps[15:] / 2, "--", color="grey", label="slope 1: like h")
ax.plot(steps[20:], steps[20:] ** 2 / 18, "-.", color="grey", label="slope 2: like h squared")
ax.plot(steps[:24], 1e-16 / steps[:24], ":", color="grey", label="rounding: 1e-16 / h")
ax.legend(loc="lower left", fontsize=8)
figures.show(figure, alt="The forward error is least near h = 1e-8, the central one near 1e-5.")

# %% [markdown]
# Read it from the right. The forward difference comes down along a line of slope 1, the central one
# along slope 2. Both meet the same floor, which rises to the left: rounding. The central difference
# gets there sooner and lower. Hence the step of this course: **central, h = 1e-5**.

# %% [markdown]
# ### 1.9 A gradient by measuring
#
# *About fifteen minutes.* **Goal:** `numeric_gradient(f, x, h)` for a function `f` that takes an
# array of *any* shape and returns one number. The result has the shape of `x`; its entry in each
# place is the slope of `f` when only that entry of `x` moves and all others stay where they are:
#
# $$ \frac{\partial f}{\partial x_i} \;\approx\; \frac{f(\dots,\, x_i + h,\, \dots) - f(\dots,\, x_i - h,\, \dots)}{2h} $$
#
# You have the formula for one number. What is left is to visit every entry, and three traps.
#
# - Move one entry **at a time**, and have it back at exactly its old value before you move the
#   next.
# - `x` may hold **integers**. An array of integers can't hold 1.00001.
# - `x` may be a **single number**. It has one entry and its shape is `()`.
#
# And whoever called you wants `x` back as it was.


# %% answer="numeric_gradient"
def numeric_gradient(f, x, h=1e-5):
    """The gradient of f at x by central differences with step h.

    f: an array of the shape of x -> one number. x: an array of any shape, or a number; left as it
    was. Returns a float array of the shape of x (for a number a float or an array of shape ()).
    """
    ### BEGIN SOLUTION 1.9: for each entry of x alone, f a step above and a step below
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        middle = x[place]
        x[place] = middle + h
        above = float(f(x))
        x[place] = middle - h
        below = float(f(x))
        x[place] = middle
        gradient[place] = (above - below) / (2 * h)
    return gradient
    ### END SOLUTION


# %% exercise="numeric_gradient" points=4
check("numeric_gradient", numeric_gradient)

# %% [markdown] hints="numeric_gradient"
# 1. For a table of 2 rows and 3 columns: how many numbers do you return, and how often do you have
#    to call `f`?
# 2. `np.array(x, dtype=float)` makes a copy that you may move about in, whatever came in.
#    `np.ndindex(x.shape)` visits every place of any shape, the single place `()` of a number
#    included.
# 3. In the loop: note the old value, put it up a step, ask `f`, put it a step *below the old
#    value*, ask `f`, put it back. The difference of the two answers, over the distance between the
#    two points, goes into the result at the same place.

# %% [markdown]
# For the sum of cubes at `[1, 2, 3]` yours gives 3, 12, 27, to about ten digits. Now let it loose
# on 1.8. It knows nothing of sines and chains; it just turns each of the eight knobs and looks.

# %% demo=true
if ready("numeric_gradient") and ready("toy_model"):
    _, dbeta, domega = toy_backward(toy_x, toy_y, beta, omega)
    nudged_beta = numeric_gradient(lambda b: (toy_forward(toy_x, b, omega)[-1] - toy_y) ** 2, beta)
    nudged_omega = numeric_gradient(lambda w: (toy_forward(toy_x, beta, w)[-1] - toy_y) ** 2, omega)
    for name, computed, nudged in [
        ("dbeta ", dbeta, nudged_beta),
        ("domega", domega, nudged_omega),
    ]:
        print(name, "by backward ", computed.round(6))
        print(name, "by measuring", nudged.round(6))

# %% [markdown]
# Two roads that share no step lead to the same eight numbers. That is the strongest evidence this
# field has to offer, and it is what every check of this course rests on.

# %% [markdown]
# ## What it costs
#
# If measuring is so reliable, why go to the trouble of a backward pass?
#
# Count. A forward difference needs one run of the model as it is and one for each parameter:
# $N + 1$ in all. A central difference needs two for each: $2N$. And in most models one run costs at
# least one multiplication for each parameter. So measuring costs about $N \times N$.
#
# | | runs of the model | multiplications for N = 100,000 | numbers kept |
# |---|---|---|---|
# | forward difference | N + 1 | 10 billion | one at a time |
# | central difference | 2N | 20 billion | one at a time |
# | one backward pass | 1, and about as much again on the way back | a few hundred thousand | one for each node |
#
# That is the price of *one* step of learning, and learning takes thousands.
#
# The experiment is a chain as long as you like, $h \leftarrow \sin(h + w_k)$, with one parameter a
# link. Its backward pass is the walk you know.


# %% demo=true
def chain_loss(w):
    """w, a list of N numbers -> the last h of the chain."""
    h = 1.0
    for shift in w:
        h = math.sin(h + shift)
    return h


def chain_gradient(w):
    """w, a list of N numbers -> the N slopes of the last h; keeps N numbers on the way."""
    h, kept = 1.0, []
    for shift in w:
        kept.append(h + shift)
        h = math.sin(kept[-1])
    slope, gradient = 1.0, []
    for inside in reversed(kept):
        slope *= math.cos(inside)
        gradient.append(slope)
    return gradient[::-1]


# %% demo=true
def seconds(job, w):
    """The shortest of three runs of job(w), in seconds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        job(w)
        times.append(time.perf_counter() - start)
    return min(times)


# %% demo=true
sizes = np.array([10, 100, 1_000, 10_000, 100_000])
once = np.array([seconds(chain_loss, [0.1] * n) for n in sizes])
back = np.array([seconds(chain_gradient, [0.1] * n) for n in sizes])

figure, ax = figures.canvas(xlabel="parameters", ylabel="seconds", title="One gradient", **log_log)
ax.plot(sizes, 2 * sizes * once, "s-", color=figures.VALUE_COLOUR, label="central: 2N runs")
ax.plot(sizes, (sizes + 1) * once, "^--", color="grey", label="forward: N + 1 runs")
ax.plot(sizes, back, "o-", color=figures.GRADIENT_COLOUR, label="one backward pass")
ax.legend()
figures.show(figure, alt="Measuring grows with the square of N, a backward pass only with N.")
print(f"N = 100,000: {2e5 * once[-1] / 60:.0f} minutes by measuring, {back[-1]:.3f} s backwards")

# %% [markdown]
# (The two upper lines are one measured run times the number of runs. Nobody has that kind of time.)
#
# The lower line isn't free. To measure, the chain can forget each $h$ as soon as it has the next.
# To go backwards it must keep all of them, because each link's local gradient needs what went into
# it: `kept` has $N$ entries. It is your `MulLayer` once more. **Backpropagation buys speed with
# memory**, and in large networks it is this memory that runs out first.
#
# So each has its place. Backward passes do the work. Measuring, on a small copy of the problem,
# checks that they do it right.

# %% [markdown]
# ## A fair judge
#
# ### 1.10 How close is close enough?
#
# *About fifteen minutes.* A gradient $a$ that you computed, and the same gradient $n$, measured.
# They never agree to the last digit. When do you believe $a$?
#
# An absolute limit won't do. Gradients of 0.001 are common, so a limit of 0.001 would accept zero.
# So divide by the size of the larger one:
#
# $$ \text{relative error} \;=\; \frac{|a - n|}{\max(|a|,\ |n|)}, \qquad \text{and 0 where } a = n = 0 . $$
#
# It is 0 for equal numbers, 0.01 for a difference of one per cent, 1 if one of them is 0, and 2 for
# a wrong sign. It is the same whichever of the two you name first.
#
# Now look at three gradients of the network from the first page, this time computed correctly.
#
# | computed | measured, h = 1e-5 | relative error |
# |--:|--:|--:|
# | 3.573168524810e-04 | 3.573168521481e-04 | 9.3e-10 |
# | 3.406491454324e-04 | 3.406491446561e-04 | 2.3e-9 |
# | 3.853191592595e-07 | 3.853185999436e-07 | 1.5e-6 |
#
# The third looks a thousand times worse than its neighbours. It misses a limit of 1e-7, and even
# one of 1e-6. But it is *right*. It is only small. What the measurement can resolve is set by
# rounding in the loss, about $10^{-16}\,|f| / h$, and that is the same for all entries of an array.
# Large entries don't feel it. Small ones drown in it.
#
# So let the limit follow the scale of the whole array. Entry by entry,
#
# $$ |a - n| \;\le\; \texttt{tol} \cdot \bigl(\,|n| + \max |n|\,\bigr), $$
#
# where the maximum is over all entries of $n$. It forgives a small entry among large ones, whose
# last digits no measurement could vouch for. It stays strict with an array whose entries are all
# small.
#
# **Goal:** two functions of `a` and `n`, two numbers or two arrays of one shape. `relative_error`
# returns the *largest* relative error of all entries, a float. `gradients_agree` returns `True` or
# `False` by the rule above.


# %% answer="relative_error"
def relative_error(a, n):
    """a, n: numbers or arrays of one shape -> float, the largest |a - n| / max(|a|, |n|).

    An entry where both are 0 counts as 0.
    """
    ### BEGIN SOLUTION 1.10: the largest relative error; 0 where both are 0
    a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
    larger = np.maximum(np.abs(a), np.abs(n))
    larger = np.where(larger == 0, 1, larger)
    return float(np.max(np.abs(a - n) / larger))
    ### END SOLUTION


# %% answer="gradients_agree"
def gradients_agree(a, n, tol=1e-6):
    """a, n: numbers or arrays of one shape -> bool: every |a - n| <= tol * (|n| + max |n|)."""
    ### BEGIN SOLUTION 1.10: True if every entry keeps to the limit
    a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
    size = np.abs(n)
    return bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))
    ### END SOLUTION


# %% exercise="relative_error" points=4
check("relative_error", relative_error, gradients_agree)

# %% [markdown] hints="relative_error"
# 1. What would your function say of -1 against -2? Of 0 against -1? Of 0 against 0?
# 2. `np.abs` and `np.maximum` work entry by entry, `np.max` over all entries. Where the denominator
#    would be 0 the numerator is 0 too, so you may put any other number there: `np.where` can.
# 3. `relative_error`: sizes of both, the larger size in each place, zeros in it replaced by 1, then
#    the largest quotient as a float. `gradients_agree`: compare two arrays with `<=`, and ask
#    `np.all` whether it holds everywhere.

# %% [markdown]
# For the pairs (-1, -2), (0, -1) and (1, -1) yours gives 0.5, 1 and 2, and none of them agrees. For
# the three gradients in the table it gives 1.45e-6, and they do agree. For the seven pairs on the
# first page it gives 6.085e-4, and they don't.

# %% demo=true
computed = np.array([3.573168524810e-04, 3.406491454324e-04, 3.853191592595e-07])
remeasured = np.array([3.573168521481e-04, 3.406491446561e-04, 3.853185999436e-07])
if ready("relative_error"):
    print(f"relative error {relative_error(computed, remeasured):.2e}")
    print("agree?        ", gradients_agree(computed, remeasured))
    print("0.1 % off?    ", gradients_agree(1.001 * computed, remeasured))

# %% [markdown]
# > **And `np.allclose`?** It asks whether $|a - b| \le 10^{-8} + 10^{-5}\,|b|$ in every entry. Two
# > things about it are worth knowing.
# >
# > The $10^{-8}$ doesn't know how large your numbers are. The third gradient in the table could be
# > 2 per cent off, and `np.allclose` would be content.
# >
# > And only $b$ stands on the right, so the order matters: with a tolerance of 9.5 per cent, 10 is
# > close to 11 while 11 isn't close to 10. Put the number you trust second. (Your `gradients_agree`
# > has an order too, for the same reason: the measured $n$ sets the scale.)

# %% demo=true
print("2 % off, and close:", np.allclose(1.02 * 3.8531915926e-07, 3.8531915926e-07))
print("10 close to 11:    ", np.allclose(10, 11, rtol=0.095, atol=0))
print("11 close to 10:    ", np.allclose(11, 10, rtol=0.095, atol=0))

# %% [markdown]
# ## A backward pass for any graph
#
# ### 1.11 Let the graph do it (optional)
#
# *About twenty minutes.* You have walked back through four graphs by hand. The order was always the
# same idea, so a machine can do it. If every number remembers where it came from, one function can
# differentiate *any* graph. Libraries like PyTorch are this exercise, with arrays.
#
# A `Node` holds a value, the nodes it was made from, and for each of them the local gradient, as a
# number. `add` and `mul` make new nodes from old ones.


# %%
class Node:
    """A number in a graph: its value, the nodes it came from, d value / d each, its gradient."""

    def __init__(self, value, inputs=(), local_grads=(), op=""):
        self.value = value
        self.inputs = inputs
        self.local_grads = local_grads
        self.op = op  # the sign in its circle, when it is drawn
        self.grad = 0.0


def add(a, b):
    """Two nodes -> the node of their sum."""
    return Node(a.value + b.value, (a, b), (1.0, 1.0), op="+")


def mul(a, b):
    """Two nodes -> the node of their product."""
    return Node(a.value * b.value, (a, b), (b.value, a.value), op="*")


# %% [markdown]
# **Goal:** `graph_backward(node)`. It sets `grad` of `node`, the root, to 1, and `grad` of every
# node below it to the slope of the root's value in that node's value. It returns nothing. Old
# values of `grad` don't count: begin by setting them to 0.
#
# The step at one node is short. To each of its inputs it *adds* its own `grad` times the local
# gradient of that input; it adds, because an input may be used elsewhere as well.
#
# The order is the exercise. Try the obvious one on $b = a + a$, $c = b + b$: from each node, pass
# the gradient to its inputs, then do the same at each input. $c$ passes 1 and 1 to $b$, which then
# has 2. Then you visit $b$ for the first edge, and it passes 2 and 2 to $a$. Then you visit $b$ for
# the second edge, and it passes 2 and 2 again. $a$ ends with 8. The truth is 4.
#
# So a node may speak **once**, and only when **everything that uses it has spoken**. An order with
# this property is called *topological*. You get one by writing a list: a node is appended *after*
# all of its inputs have been, and never twice. Read it from the end, and every user comes before
# what it uses.


# %% answer="graph_backward"
def graph_backward(node):
    """Set grad of node to 1 and of every node it depends on to d node / d it; returns None.

    A node has inputs (a tuple of nodes), local_grads (one number for each input) and grad.
    """
    ### BEGIN SOLUTION 1.11: list the nodes, inputs first; reset; then from the root back
    ordered, seen = [], set()

    def visit(current):
        if id(current) not in seen:
            seen.add(id(current))
            for source in current.inputs:
                visit(source)
            ordered.append(current)

    visit(node)
    for current in ordered:
        current.grad = 0.0
    node.grad = 1.0
    for current in reversed(ordered):
        for source, local in zip(current.inputs, current.local_grads, strict=True):
            source.grad += current.grad * local
    ### END SOLUTION


# %% exercise="graph_backward" points=4 optional=true
check("graph_backward", graph_backward)

# %% [markdown] hints="graph_backward"
# 1. In $b = a + a$, $c = b + b$: in what order may the three nodes speak? What goes wrong if $b$
#    speaks as soon as its first message has come?
# 2. Two separate jobs. First make the list: a small function inside yours that visits a node, does
#    nothing if it has been here before, visits all inputs, and then appends the node. Afterwards
#    set gradients.
# 3. With the list made: every `grad` to 0, the root's to 1, then through the list from its end; at
#    each node go through `inputs` and `local_grads` side by side and add to the input's `grad`.

# %% [markdown]
# On $b = a + a$, $c = b + b$ yours gives 4. And the fruit bill needs no walk any more. You write it
# down, and it differentiates itself:

# %% demo=true
if ready("graph_backward"):
    shopping = {"apple": 100, "apple_num": 2, "orange": 150, "orange_num": 3, "tax": 1.1}
    leaves = [Node(value) for value in shopping.values()]
    for leaf, name in zip(leaves, shopping, strict=True):
        leaf.name = name  # for the picture
    apple, apple_num, orange, orange_num, tax = leaves

    bill = mul(add(mul(apple, apple_num), mul(orange, orange_num)), tax)
    graph_backward(bill)
    figure = figures.draw_graph(bill, title="A graph that differentiates itself")
    figures.show(figure, alt="graph_backward finds 2.2, 110, 3.3, 165 and 650 by itself.")

# %% [markdown]
# ## Find the bug
#
# ### 1.12 The judge of the first page
#
# *About ten minutes.* Below is the judge from the first page. It takes two arrays of one shape and
# counts how many entries disagree by more than `tol`, relative to the larger of the two. It is
# short, it looks right, and it says that four of the seven are wrong.
#
# **Goal:** find the fault and repair it. The function keeps its name, its arguments and its result,
# an integer.


# %% answer="count_wrong"
def count_wrong(analytic, numeric, tol=1e-7):
    """analytic, numeric: arrays of one shape -> int, how many entries disagree.

    Two entries disagree if they differ by more than tol times the larger of them, in size.
    Entries that are both 0 agree.
    """
    ### BEGIN SOLUTION 1.12: this runs, and accepts wrong gradients; find out which, and why
    analytic, numeric = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
    gap = np.abs(analytic - numeric)
    larger = np.maximum(np.abs(analytic), np.abs(numeric))
    error = np.divide(gap, larger, out=np.zeros(gap.shape), where=larger != 0)
    return int(np.sum(error > tol))
    ### INSTEAD
    # analytic, numeric = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
    # gap = np.abs(analytic - numeric)
    # larger = np.maximum(analytic, numeric)
    # error = np.divide(gap, larger, out=np.zeros(gap.shape), where=larger != 0)
    # return int(np.sum(error > tol))
    ### END SOLUTION


# %% [markdown]
# **The symptom.** Run it on the seven pairs, one at a time. As it came to you, it finds fault with
# four. Which three does it miss, and what do these three have in common?

# %% demo=true
pairs = np.array(
    [
        [0.0009564518308797, 0.0009570341935952],
        [-0.0004782259154398, -0.0004785170967716],
        [0.0002391129577199, 0.0002392585483554],
        [0.0002391129577199, 0.0002392585483554],
        [-0.0003586694365799, -0.0003588878226025],
        [0.0014346777463195, 0.0014355512905836],
        [-0.0021520166194793, -0.0021533269360316],
    ]
)
by_calculus, measured = pairs.T

for a, n in pairs:
    verdict = "Wrong" if count_wrong([a], [n]) else "Correct"
    print(f"{a:14.10f} {n:14.10f}   {verdict}")
print("wrong:", count_wrong(by_calculus, measured), "of 7")

# %% [markdown]
# **The cause.** Print `gap`, `larger` and `error` for one pair that passes and for one that
# doesn't, and compare them. Which of the three isn't what its name promises?

# %% exercise="ch1_bug" points=3
check("ch1_bug", count_wrong)

# %% [markdown] hints="ch1_bug"
# 1. Sort the seven by verdict. What do all three that pass have in common that none of the other
#    four has?
# 2. An `error` is compared with `tol` from above only. For the second pair, is it a large number, a
#    small one, or something else? Which line made it so?
# 3. Of -0.000478 and -0.000479 the second is larger *in size*, and the docstring says "in size".
#    Does `np.maximum` ask for sizes?

# %% [markdown]
# Repaired, it counts 7 of 7.
#
# **The test that would have caught it** is three pairs long. Everybody tests a judge with gradients
# that are right. That shows that it can say yes. Before you believe a judge, *show it something
# wrong*, and see it say no: both negative, one of them zero, opposite signs.

# %% demo=true
for a, n in [(-1, -2), (0, -1), (1, -1)]:
    print(f"{a:2} against {n:2}: {count_wrong([a], [n])} wrong, and it should be 1")

# %% [markdown]
# > **In print.** The program this comes from printed 95 such verdicts, 60 of them *Correct*.
# > Thirty-nine of those compared 0 with 0, and nine were negative pairs that its judge could not
# > have rejected, whatever they were. Its author saw the 35 that failed and concluded that the
# > limit of 1e-7 was too strict to be met. In truth, once the calculus is repaired, 90 of the 95
# > meet it with ease. The other five are small entries among large ones, like the third of the
# > table in 1.10.

# %% [markdown]
# ## In your own words

# %% [markdown] explain="ch1_explain" points=2
# **Explain in two sentences** to a friend who knows what a slope is: why does one backward pass
# give the slopes in *all* inputs of a graph, while measuring needs at least one more run of the
# graph for *each* input?
#
# ### BEGIN SOLUTION
# On the way back every node turns the one upstream gradient it receives into a gradient for each of
# its inputs, and since that upstream gradient already sums up everything to its right, the work for
# a stretch of the graph is done once and shared by all inputs behind it. A measurement shares
# nothing: it moves one input and sees a single number, the change of the output, so the next input
# needs another run.
# ### END SOLUTION

# %% [markdown]
# ## The whole chapter at once
#
# `check_all()` runs the notebook's code once more from top to bottom in a fresh namespace, as
# grading does, and lists every exercise. It also names what passes here only because of something
# you have deleted since.

# %% demo=true
check_all()

# %% [markdown]
# And this is what it was all for. First the model of 1.8, too long for one line and so in two: all
# of its values above, all of its gradients below, every one of them computed by you.

# %% demo=true
first_half = ["p0 = omega0 * x", "f0 = beta0 + p0", "h1 = sin(f0)"]
first_half += ["p1 = omega1 * h1", "f1 = beta1 + p1", "h2 = exp(f1)"]
second_half = ["p2 = omega2 * h2", "f2 = beta2 + p2", "h3 = cos(f2)"]
second_half += ["p3 = omega3 * h3", "f3 = beta3 + p3", "gap = f3 - y", "loss = gap ** 2"]

if ready("toy_model"):
    names = ["f0", "h1", "f1", "h2", "f2", "h3", "f3"]
    values = dict(zip(names, toy_forward(toy_x, beta, omega), strict=True))
    back, dbeta, domega = toy_backward(toy_x, toy_y, beta, omega)
    gradients = dict(zip(reversed(names), back, strict=True))
    values |= {"x": toy_x, "y": toy_y, "gap": values["f3"] - toy_y}
    values["loss"] = values["gap"] ** 2
    gradients |= {"x": dbeta[0] * omega[0], "y": -dbeta[3], "gap": dbeta[3], "loss": 1}
    for k in range(4):
        values |= {f"p{k}": values[f"f{k}"] - beta[k], f"beta{k}": beta[k], f"omega{k}": omega[k]}
        gradients |= {f"p{k}": dbeta[k], f"beta{k}": dbeta[k], f"omega{k}": domega[k]}

# %% demo=true
if ready("toy_model"):
    alts = [
        "From x = 2.3 to h2 = 5.07; the gradient of beta1, -17.1, is the largest of the model.",
        "From h2 to the loss of 0.139; going back, the gradient starts at 1 and reaches -3.37.",
    ]
    for half, alt in zip([first_half, second_half], alts, strict=True):
        text = " ".join(half)
        above = {name: value for name, value in values.items() if name in text}
        below = {name: gradient for name, gradient in gradients.items() if name in text}
        figures.show(figures.draw_graph(half, above, below), alt=alt)

# %% [markdown]
# Now use them. Each gradient says which way the loss rises, so move every parameter a small step
# the *other* way, all eight at once, and look again.

# %% demo=true
if ready("toy_model"):
    b, w = beta.copy(), omega.copy()
    for step in range(6):
        answer = toy_forward(toy_x, b, w)[-1]
        print(f"step {step}: answer {answer:.4f}, wanted {toy_y}, loss {(answer - toy_y) ** 2:.6f}")
        _, db, dw = toy_backward(toy_x, toy_y, b, w)
        b, w = b - 0.0002 * db, w - 0.0002 * dw

# %% [markdown]
# That is learning. What is left, for four chapters, is to do it with more numbers.

# %% [markdown]
# ## What the first page asked
#
# **How can three of seven equal errors be correct?** They can't. The judge divided by the larger of
# the two numbers, not by the larger of their *sizes*. For two negative numbers that made the error
# negative, and a negative number is below every limit. Weights 2, 5 and 7 would have passed with
# any negative gradient whatever.
#
# **Which column do you believe?** The measured one. A central difference is good to about ten
# digits, and these columns part in the fourth. Besides, rounding scatters: it doesn't miss by the
# same 6 parts in 10,000 seven times over. One constant factor in every entry has *one* cause, on
# the stretch of graph that all seven share, between these weights and the loss. So the calculus was
# wrong, and in one place. In chapter 4 that program's backward pass lies on your desk, and you find
# the place.
#
# Two roads to the same number, and a judge who has been judged: with these you can trust any
# gradient you will ever write.
#
# **What comes next.** So far the numbers came one by one. In chapter 2 they come in arrays, and the
# curves between the straight lines get their names: ReLU, sigmoid, tanh. The first of them has a
# corner.
#
# ---
#
# *Sources.* The fruit shop was invented by Koki Saitoh, for chapter 5 of *Deep Learning from
# Scratch*. The model of 1.8 and its parameters come from notebook 7.1 of Simon Prince's
# *Understanding Deep Learning*.
