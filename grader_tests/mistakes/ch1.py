"""Chapter 1, computational graphs: what people write, and what is wrong with it."""

from __future__ import annotations

from textwrap import dedent, indent

from grader_tests.mistakes import Mistake


def code(text: str) -> str:
    """A snippet without the margin it has in this file."""
    return dedent(text).strip() + "\n"


def layer(name: str, arguments: str, forward: str, backward: str, upstream: str = "dout") -> str:
    """The text of a class from the bodies of its two methods."""
    methods = [("forward", arguments, forward), ("backward", upstream, backward)]
    return f"class {name}:\n" + "\n".join(
        f"    def {method}(self, {takes}):\n{indent(code(body), ' ' * 8)}"
        for method, takes, body in methods
    )


# --- 1.1 the product

KEEP_BOTH = "self.x, self.y = x, y\nreturn x * y"


def mul(forward: str, backward: str) -> str:
    return layer("MulLayer", "x, y", forward, backward)


PRODUCT = [
    Mistake(
        "mul_not_swapped",
        "mul_layer",
        "local gradients not swapped",
        "Each input is multiplied into its own gradient, where the other input belongs.",
        "If x rises by a little, which number says how much the product rises?",
        mul(KEEP_BOTH, "return dout * self.x, dout * self.y"),
    ),
    Mistake(
        "mul_upstream_added",
        "mul_layer",
        "upstream gradient added",
        "The upstream gradient is added to the local one; the chain rule multiplies them.",
        "Two rates follow one another: what becomes of a change on its way through both?",
        mul(KEEP_BOTH, "return dout + self.y, dout + self.x"),
    ),
    Mistake(
        "mul_no_upstream",
        "mul_layer",
        "upstream gradient ignored",
        "Only the local gradients are returned; what arrived from the right is never used.",
        "What would your backward return if everything to the right counted three times as much?",
        mul(KEEP_BOTH, "return self.y, self.x"),
    ),
    Mistake(
        "mul_upstream_twice",
        "mul_layer",
        "upstream gradient multiplied in twice",
        "The upstream gradient enters squared.",
        "How often does dout stand in the line that makes dx?",
        mul(KEEP_BOTH, "dout = dout * dout\nreturn dout * self.y, dout * self.x"),
    ),
    Mistake(
        "mul_only_dx",
        "mul_layer",
        "only dx returned",
        "The node has two inputs and hands back one gradient.",
        "How many edges lead into this node?",
        mul(KEEP_BOTH, "return dout * self.y"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "mul_nothing_kept",
        "mul_layer",
        "nothing kept",
        "forward stores neither input, so backward looks for attributes that were never set.",
        "Who still knows x and y when backward runs?",
        mul("return x * y", "return dout * self.y, dout * self.x"),
        diagnoses=("error_unstored",),
    ),
    Mistake(
        "mul_product_kept",
        "mul_layer",
        "the product kept in both places",
        "Both attributes hold the output, so each gradient carries one factor too many.",
        "What are self.x and self.y after forward(3, -5)?",
        mul("self.x = self.y = x * y\nreturn self.x", "return dout * self.y, dout * self.x"),
    ),
    Mistake(
        "mul_output_divided",
        "mul_layer",
        "the other input recovered by division",
        "y is computed as out / x, which has no value where x is 0.",
        "What does your backward do when an apple is free?",
        mul(
            "self.x, self.y, self.out = x, y, x * y\nreturn self.out",
            "return dout * self.out / self.x, dout * self.out / self.y",
        ),
        diagnoses=("error_by_zero",),
    ),
    Mistake(
        "mul_minus",
        "mul_layer",
        "a minus too many",
        "The gradients are subtracted from nothing, as if a step downhill were wanted already.",
        "Does the product rise or fall when x rises and y is positive?",
        mul(KEEP_BOTH, "return -dout * self.y, -dout * self.x"),
    ),
    Mistake(
        "mul_forward_adds",
        "mul_layer",
        "forward adds",
        "forward returns the sum, with the backward pass of a product.",
        "What is forward(3, -5)?",
        mul("self.x, self.y = x, y\nreturn x + y", "return dout * self.y, dout * self.x"),
    ),
    Mistake(
        "mul_class_attributes",
        "mul_layer",
        "inputs kept on the class",
        "The inputs are stored on the class, which all objects share.",
        "How many places are there for x when two products stand in one graph?",
        mul(
            "MulLayer.x, MulLayer.y = x, y\nreturn x * y",
            "return dout * MulLayer.y, dout * MulLayer.x",
        ),
    ),
    Mistake(
        "mul_default_dict",
        "mul_layer",
        "inputs kept in a default argument",
        "A default value is made once, when the class is, so every object fills the same dict.",
        "When is the dict in your __init__ made, and how often?",
        code("""
            class MulLayer:
                def __init__(self, kept={}):
                    self.kept = kept

                def forward(self, x, y):
                    self.kept["x"], self.kept["y"] = x, y
                    return x * y

                def backward(self, dout):
                    return dout * self.kept["y"], dout * self.kept["x"]
            """),
    ),
    Mistake(
        "mul_first_inputs_only",
        "mul_layer",
        "only the first inputs kept",
        "The attributes are filled once and never replaced.",
        "What are self.x and self.y after a second forward?",
        code("""
            class MulLayer:
                def __init__(self):
                    self.x = None

                def forward(self, x, y):
                    if self.x is None:
                        self.x, self.y = x, y
                    return x * y

                def backward(self, dout):
                    return dout * self.y, dout * self.x
            """),
    ),
    Mistake(
        "mul_backward_rewrites",
        "mul_layer",
        "backward writes over what forward kept",
        "The gradients are stored where the inputs were, and the next backward multiplies those.",
        "What are self.x and self.y after backward has run once?",
        mul(KEEP_BOTH, "self.x, self.y = dout * self.y, dout * self.x\nreturn self.x, self.y"),
    ),
    Mistake(
        "mul_arrays_rewritten",
        "mul_layer",
        "kept arrays multiplied in place",
        "dx is another name for the kept array, so multiplying it in place changes what was kept.",
        "After dx = self.y, how many arrays are there?",
        mul(
            KEEP_BOTH,
            "dx, dy = self.y, self.x\ndx *= dout\ndy *= dout\nreturn dx, dy",
        ),
    ),
    Mistake(
        "mul_upstream_rewritten",
        "mul_layer",
        "upstream gradient changed before its second use",
        "With arrays, dx *= y changes dout itself, and dy is made from the changed one.",
        "What is dout after the first of your two lines, if it is an array?",
        mul(KEEP_BOTH, "dx = dout\ndx *= self.y\nreturn dx, dout * self.x"),
    ),
    Mistake(
        "mul_whole_numbers",
        "mul_layer",
        "inputs cut to whole numbers",
        "The inputs are converted to integers, so everything after the point is lost.",
        "What is forward(0.5, 3)?",
        mul(
            "self.x, self.y = np.asarray(x).astype(int), np.asarray(y).astype(int)\n"
            "return self.x * self.y",
            "return dout * self.y, dout * self.x",
        ),
    ),
    Mistake(
        "mul_dot",
        "mul_layer",
        "a matrix product",
        "np.dot agrees with * for numbers, and means something else for arrays.",
        "What does this node do to the entry in row 2, column 1?",
        mul("self.x, self.y = x, y\nreturn np.dot(x, y)", "return dout * self.y, dout * self.x"),
        diagnoses=("error_matmul",),
    ),
    Mistake(
        "mul_summed",
        "mul_layer",
        "gradients summed over all entries",
        "One number is returned where every entry has a gradient of its own.",
        "Which shape does the gradient of an array have?",
        mul(KEEP_BOTH, "return np.sum(dout * self.y), np.sum(dout * self.x)"),
    ),
    Mistake(
        "mul_printed",
        "mul_layer",
        "printed instead of returned",
        "forward shows the product and returns nothing.",
        "What does the next node receive?",
        mul("self.x, self.y = x, y\nprint(x * y)", "return dout * self.y, dout * self.x"),
        diagnoses=("nothing",),
    ),
    Mistake(
        "mul_dict",
        "mul_layer",
        "gradients in a dict",
        "The pair is packed into a dict, which can't be unpacked as dx, dy.",
        "What does `dx, dy = node.backward(1)` give with your code?",
        mul(KEEP_BOTH, 'return {"dx": dout * self.y, "dy": dout * self.x}'),
        diagnoses=("wrong_kind",),
    ),
]

# --- 1.2 the sum


def add(backward: str, forward: str = "self.x, self.y = x, y\nreturn x + y") -> str:
    return layer("AddLayer", "x, y", forward, backward)


SUM = [
    Mistake(
        "add_as_product",
        "add_layer",
        "differentiated as a product",
        "Each gradient is multiplied by the other input, which doesn't tell how the sum moves.",
        "How much does x + y rise with x, if y is a million?",
        add("return dout * self.y, dout * self.x"),
    ),
    Mistake(
        "add_halves",
        "add_layer",
        "upstream gradient shared out",
        "Each input gets half, as if there were a fixed amount to divide.",
        "If x alone rises by one, by how much does the sum rise?",
        add("return dout / 2, dout / 2"),
    ),
    Mistake(
        "add_second_zero",
        "add_layer",
        "nothing for the second input",
        "The second input gets 0, as if it were a constant.",
        "Does the sum move when only y does?",
        add("return dout, dout * 0"),
        diagnoses=("zero",),
    ),
    Mistake(
        "add_ones",
        "add_layer",
        "local gradients alone",
        "The local gradients are 1 and 1, and the upstream gradient is never multiplied in.",
        "Where is dout in your answer?",
        add("return np.ones_like(dout), np.ones_like(dout)"),
    ),
    Mistake(
        "add_minus",
        "add_layer",
        "a minus on the second gradient",
        "This is the backward pass of a difference.",
        "Does x + y rise or fall when y rises?",
        add("return dout, -dout"),
    ),
    Mistake(
        "add_one_result",
        "add_layer",
        "one gradient for two inputs",
        "The gradients are equal, and only one of them is returned.",
        "How many numbers does the caller unpack?",
        add("return dout"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "add_forward_multiplies",
        "add_layer",
        "forward multiplies",
        "forward was copied from the product and kept its sign.",
        "What is forward(3, -5)?",
        add("return dout, dout", forward="return x * y"),
    ),
    Mistake(
        "add_inputs_returned",
        "add_layer",
        "inputs handed back",
        "backward returns the inputs themselves instead of gradients.",
        "Would your answer change if dout did?",
        add("return self.x, self.y"),
    ),
    Mistake(
        "add_collapsed",
        "add_layer",
        "everything summed to one number",
        "np.sum adds the entries of the arrays as well, not just x to y.",
        "What shape does x + y have for two arrays of shape (3, 2)?",
        add("return dout, dout", forward="return np.sum([x, y])"),
    ),
    Mistake(
        "add_gradient_collapsed",
        "add_layer",
        "upstream gradient summed over its entries",
        "Each input was used once in every place, so nothing is to be added up.",
        "Which entries of the sum depend on the first entry of x?",
        add("return np.sum(dout), np.sum(dout)"),
    ),
    Mistake(
        "add_in_proportion",
        "add_layer",
        "upstream gradient shared out by size",
        "The larger input gets the larger part, though a slope doesn't ask how large an input is.",
        "If x is 1 and y is 99, by how much does the sum rise for one more x?",
        add("return dout * self.x / (self.x + self.y), dout * self.y / (self.x + self.y)"),
    ),
    Mistake(
        "add_counted_twice",
        "add_layer",
        "both edges credited to each input",
        "The two gradients are added and the total goes to both inputs.",
        "Adding gradients is for one value used twice; which value is used twice here?",
        add("return dout + dout, dout + dout"),
    ),
    Mistake(
        "add_first_upstream",
        "add_layer",
        "the first upstream gradient for ever",
        "The first dout is stored and returned from then on.",
        "Why would a sum have to remember anything?",
        add("self.dout = getattr(self, 'dout', dout)\nreturn self.dout, self.dout"),
    ),
    Mistake(
        "add_no_return",
        "add_layer",
        "no return",
        "backward computes the pair and doesn't return it.",
        "What does a Python function without return give back?",
        add("dx, dy = dout, dout"),
        diagnoses=("nothing",),
    ),
]

# --- 1.3 the apple graph

MUL = mul(KEEP_BOTH, "return dout * self.y, dout * self.x")
ADD = add("return dout, dout")
NODES = f"{MUL}\n{ADD}\n"

APPLE_FORWARD = """
apple_layer, tax_layer = MulLayer(), MulLayer()
apple_price = apple_layer.forward(apple, num)
price = tax_layer.forward(apple_price, tax)
"""
APPLE_BACKWARD = """
dapple_price, dtax = tax_layer.backward(1)
dapple, dnum = apple_layer.backward(dapple_price)
"""
APPLE_RESULT = "return price, (dapple, dnum, dtax)"


def apples(
    forward: str = APPLE_FORWARD, backward: str = APPLE_BACKWARD, result: str = APPLE_RESULT
) -> str:
    body = "\n".join(part.strip() for part in (forward, backward, result))
    return f"{NODES}\ndef apple_graph(apple, num, tax):\n{indent(body, ' ' * 4)}\n"


APPLES = [
    Mistake(
        "apple_one_object",
        "apple_graph",
        "one object for both products",
        "The second forward replaces the inputs that the first product still needs.",
        "Which pair of inputs does your node remember when you come back to it?",
        apples(
            """
layer = MulLayer()
apple_price = layer.forward(apple, num)
price = layer.forward(apple_price, tax)
""",
            """
dapple_price, dtax = layer.backward(1)
dapple, dnum = layer.backward(dapple_price)
""",
        ),
    ),
    Mistake(
        "apple_ones",
        "apple_graph",
        "every node started with 1",
        "The apple product is started afresh with 1 and never hears of the tax.",
        "What arrives at the apple product from the right?",
        apples(backward="_, dtax = tax_layer.backward(1)\ndapple, dnum = apple_layer.backward(1)"),
    ),
    Mistake(
        "apple_zero",
        "apple_graph",
        "started with 0",
        "The way back begins with 0, and everything multiplied by it is 0.",
        "If the price rises by one, by how much does the price rise?",
        apples(backward=APPLE_BACKWARD.replace("backward(1)", "backward(0)")),
        diagnoses=("zero",),
    ),
    Mistake(
        "apple_price_as_start",
        "apple_graph",
        "started with the price",
        "The way back begins with the value of the price, not with its slope in itself.",
        "What is the gradient of the price with respect to the price?",
        apples(backward=APPLE_BACKWARD.replace("backward(1)", "backward(price)")),
    ),
    Mistake(
        "apple_unpacked_backwards",
        "apple_graph",
        "a pair unpacked in the wrong order",
        "The tax's gradient goes on to the apples and the other one is reported for the tax.",
        "In which order did the tax product take its inputs?",
        apples(backward=APPLE_BACKWARD.replace("dapple_price, dtax", "dtax, dapple_price")),
    ),
    Mistake(
        "apple_forward_order",
        "apple_graph",
        "nodes visited in forward order",
        "The apple product is asked first, before anything has arrived for it.",
        "Which node has its upstream gradient when you turn round?",
        apples(
            backward="""
dapple, dnum = apple_layer.backward(1)
_, dtax = tax_layer.backward(dapple)
"""
        ),
    ),
    Mistake(
        "apple_published",
        "apple_graph",
        "the printed numbers",
        "The numbers of the chapter are returned, whatever comes in.",
        "What does your function return for five apples?",
        code("""
            def apple_graph(apple, num, tax):
                return 220, (2.2, 110, 200)
            """),
    ),
    Mistake(
        "apple_tax_forgotten",
        "apple_graph",
        "no tax",
        "The price comes out without the tax.",
        "What does the customer pay when the tax doubles?",
        code("""
            def apple_graph(apple, num, tax):
                return apple * num, (num, apple, 0)
            """),
    ),
    Mistake(
        "apple_pair_swapped",
        "apple_graph",
        "gradients returned in another order",
        "The count's gradient stands where the apple's is wanted.",
        "Which of the two is larger, and should it be?",
        apples(result="return price, (dnum, dapple, dtax)"),
    ),
    Mistake(
        "apple_flat",
        "apple_graph",
        "four results side by side",
        "The gradients aren't packed into a tuple of their own.",
        "How many things does the caller of your function unpack?",
        apples(result="return price, dapple, dnum, dtax"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "apple_per_cent",
        "apple_graph",
        "the tax's gradient in per cent",
        "The slope is given for one per cent of tax, in a function whose tax is a factor.",
        "In which unit does the argument tax come in?",
        apples(result="return price, (dapple, dnum, dtax / 100)"),
    ),
    Mistake(
        "apple_whole_won",
        "apple_graph",
        "rounded to whole won",
        "The price is cut to an integer, which is right only where it was one already.",
        "What do three apples at 99.5 cost?",
        apples(result="return int(price), (dapple, dnum, dtax)"),
    ),
    Mistake(
        "apple_elasticities",
        "apple_graph",
        "relative changes",
        "Each gradient is multiplied by value over price, which makes every one of them 1.",
        "By how many won does the price rise for one won more on an apple?",
        apples(result="return price, (dapple * apple / price, dnum * num / price, 1.0)"),
        diagnoses=("error_by_zero",),
    ),
    Mistake(
        "apple_tax_added",
        "apple_graph",
        "tax added",
        "The tax is added to the apples' price instead of multiplying it.",
        "What do two apples cost with a tax of 1.1?",
        code("""
            def apple_graph(apple, num, tax):
                return apple * num + tax, (num, apple, 1)
            """),
    ),
    Mistake(
        "apple_two_apples",
        "apple_graph",
        "a count taken from the picture",
        "The count of the example stands in the code where the argument belongs.",
        "Where in your function is num used?",
        apples(forward=APPLE_FORWARD.replace("(apple, num)", "(apple, 2)")),
    ),
]

# --- 1.4 the fruit graph

FRUIT_FORWARD = """
apple_layer, orange_layer, tax_layer = MulLayer(), MulLayer(), MulLayer()
total_layer = AddLayer()
apple_price = apple_layer.forward(apple, apple_num)
orange_price = orange_layer.forward(orange, orange_num)
total = total_layer.forward(apple_price, orange_price)
price = tax_layer.forward(total, tax)
"""
FRUIT_BACKWARD = """
dtotal, dtax = tax_layer.backward(1)
dapple_price, dorange_price = total_layer.backward(dtotal)
dorange, dorange_num = orange_layer.backward(dorange_price)
dapple, dapple_num = apple_layer.backward(dapple_price)
"""
FRUIT_RESULT = """
return price, {
    "apple": dapple,
    "apple_num": dapple_num,
    "orange": dorange,
    "orange_num": dorange_num,
    "tax": dtax,
}
"""


def fruit(
    forward: str = FRUIT_FORWARD,
    backward: str = FRUIT_BACKWARD,
    result: str = FRUIT_RESULT,
    before: str = "",
) -> str:
    body = "\n".join(part.strip() for part in (forward, backward, result))
    head = "def fruit_graph(apple, apple_num, orange, orange_num, tax):"
    return f"{NODES}\n{before}\n{head}\n{indent(body, ' ' * 4)}\n"


FRUITS = [
    Mistake(
        "fruit_oranges_swapped",
        "fruit_graph",
        "the oranges' gradients exchanged",
        "The pair of the orange product is unpacked in the wrong order.",
        "Which input did the orange product take first?",
        fruit(
            backward=FRUIT_BACKWARD.replace(
                "dorange, dorange_num = orange", "dorange_num, dorange = orange"
            )
        ),
    ),
    Mistake(
        "fruit_shared_product",
        "fruit_graph",
        "one product for both kinds of fruit",
        "The oranges replace what the product had kept of the apples.",
        "Which fruit does the product remember when you come back?",
        fruit(
            FRUIT_FORWARD.replace("orange_layer.forward", "apple_layer.forward"),
            FRUIT_BACKWARD.replace("orange_layer.backward", "apple_layer.backward"),
        ),
    ),
    Mistake(
        "fruit_halves",
        "fruit_graph",
        "the sum's gradient shared out",
        "Each branch of the sum gets half of what arrives.",
        "Does a won more on the apples cost less because there are oranges too?",
        fruit(
            backward=FRUIT_BACKWARD.replace("backward(dtotal)", "backward(dtotal / 2)"),
        ),
    ),
    Mistake(
        "fruit_tax_lost",
        "fruit_graph",
        "the sum started with 1",
        "The branches are started afresh at the sum, and the tax never reaches them.",
        "What does the tax product hand to the sum?",
        fruit(backward=FRUIT_BACKWARD.replace("backward(dtotal)", "backward(1)")),
    ),
    Mistake(
        "fruit_keys",
        "fruit_graph",
        "keys with a d in front",
        "The keys are named after the gradients and not after the arguments.",
        "What are the names of your function's arguments?",
        fruit(
            result="""
return price, {
    "dapple": dapple,
    "dapple_num": dapple_num,
    "dorange": dorange,
    "dorange_num": dorange_num,
    "dtax": dtax,
}
"""
        ),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "fruit_tuple",
        "fruit_graph",
        "a tuple instead of a dict",
        "The gradients come without their names.",
        "How would a reader of your result find the orange's gradient?",
        fruit(result="return price, (dapple, dapple_num, dorange, dorange_num, dtax)"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "fruit_misnamed",
        "fruit_graph",
        "names and gradients in different orders",
        "The two lists that make the dict run in different orders.",
        "Which gradient stands beside which name?",
        fruit(
            result="""
names = ["apple", "orange", "apple_num", "orange_num", "tax"]
return price, dict(zip(names, [dapple, dapple_num, dorange, dorange_num, dtax]))
"""
        ),
    ),
    Mistake(
        "fruit_tax_on_apples",
        "fruit_graph",
        "tax on the apples only",
        "The tax product stands before the sum, on one of its branches.",
        "What do oranges cost without apples?",
        code("""
            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                price = apple * apple_num * tax + orange * orange_num
                return price, {
                    "apple": apple_num * tax,
                    "apple_num": apple * tax,
                    "orange": orange_num,
                    "orange_num": orange,
                    "tax": apple * apple_num,
                }
            """),
    ),
    Mistake(
        "fruit_no_oranges",
        "fruit_graph",
        "oranges forgotten",
        "The second branch is missing, forwards and backwards.",
        "What does the bill say when the oranges become dearer?",
        code("""
            def fruit_graph(apple, apple_num, orange, orange_num, tax):
                price = apple * apple_num * tax
                return price, {
                    "apple": apple_num * tax,
                    "apple_num": apple * tax,
                    "orange": 0,
                    "orange_num": 0,
                    "tax": apple * apple_num,
                }
            """),
    ),
    Mistake(
        "fruit_sum_as_product",
        "fruit_graph",
        "the sum differentiated as a product",
        "Each branch is given the other branch's value as a factor.",
        "How fast does the total rise with the apples' price?",
        fruit(
            backward=FRUIT_BACKWARD.replace(
                "total_layer.backward(dtotal)", "dtotal * orange_price, dtotal * apple_price"
            )
        ),
    ),
    Mistake(
        "fruit_wrong_count",
        "fruit_graph",
        "one count for both kinds",
        "The oranges are multiplied by the number of apples.",
        "Which arguments does the orange product take?",
        fruit(FRUIT_FORWARD.replace("(orange, orange_num)", "(orange, apple_num)")),
    ),
    Mistake(
        "fruit_gradients_added_up",
        "fruit_graph",
        "a dict that is never emptied",
        "The dict stands outside the function, and each call adds to what the last one left.",
        "What does your function return when it is called twice?",
        fruit(
            before="gradients = {}\n",
            result="""
found = [dapple, dapple_num, dorange, dorange_num, dtax]
for name, one in zip(["apple", "apple_num", "orange", "orange_num", "tax"], found):
    gradients[name] = gradients.get(name, 0) + one
return price, gradients
""",
        ),
    ),
    Mistake(
        "fruit_tax_of_apples",
        "fruit_graph",
        "the tax's gradient without the oranges",
        "The slope in the tax is what the tax multiplies, and that is the total.",
        "What does one more unit of tax cost, if there are only oranges?",
        fruit(result=FRUIT_RESULT.replace('"tax": dtax', '"tax": apple_price')),
    ),
]

# --- 1.5 a square of a sum

CHAIN_BACKWARD = """
dt_left, dt_right = square.backward(1)
dx, dy = add.backward(dt_left + dt_right)
"""


def chain(
    backward: str = CHAIN_BACKWARD,
    result: str = "return z, dx, dy",
    z: str = "square.forward(t, t)",
) -> str:
    forward = f"add, square = AddLayer(), MulLayer()\nt = add.forward(x, y)\nz = {z}"
    body = "\n".join(part.strip() for part in (forward, backward, result))
    return f"{NODES}\ndef chain_square_sum(x, y):\n{indent(body, ' ' * 4)}\n"


CHAIN = [
    Mistake(
        "chain_first_only",
        "chain_square_sum",
        "one of two messages kept",
        "Only the first of the product's two gradients goes on to t.",
        "t was handed in twice: what became of the second answer?",
        chain("dt, _ = square.backward(1)\ndx, dy = add.backward(dt)"),
    ),
    Mistake(
        "chain_slope_at_inputs",
        "chain_square_sum",
        "outer slope taken at the inputs",
        "The square's slope is taken at x and at y, though the square was handed their sum.",
        "Which number went into the square?",
        chain("dx, dy = 2 * x, 2 * y"),
    ),
    Mistake(
        "chain_inner_twice",
        "chain_square_sum",
        "inner gradients added as well",
        "The sum's two gradients are added together, or the way back begins with 2.",
        "Which value is used twice: t, or x?",
        chain(CHAIN_BACKWARD + "dx = dy = dx + dy\n"),
    ),
    Mistake(
        "chain_average",
        "chain_square_sum",
        "messages averaged",
        "The two messages are averaged; each of them counts in full.",
        "If each of two ways lets z rise by 5, how much does z rise through both?",
        chain(CHAIN_BACKWARD.replace("dt_left + dt_right", "(dt_left + dt_right) / 2")),
    ),
    Mistake(
        "chain_messages_multiplied",
        "chain_square_sum",
        "messages multiplied",
        "The two messages are multiplied, as rates that follow one another would be.",
        "Do these two paths follow one another, or run side by side?",
        chain(CHAIN_BACKWARD.replace("dt_left + dt_right", "dt_left * dt_right")),
    ),
    Mistake(
        "chain_sum_of_squares",
        "chain_square_sum",
        "a sum of squares",
        "The inputs are squared before they are added.",
        "What is z for x = 2 and y = 3?",
        code("""
            def chain_square_sum(x, y):
                return x**2 + y**2, 2 * x, 2 * y
            """),
    ),
    Mistake(
        "chain_doubled",
        "chain_square_sum",
        "doubled instead of squared",
        "t is added to itself, where it should be multiplied by itself.",
        "What is z for x = 2 and y = 3?",
        code("""
            def chain_square_sum(x, y):
                t = x + y
                return t + t, 2.0, 2.0
            """),
    ),
    Mistake(
        "chain_nested",
        "chain_square_sum",
        "gradients in a tuple of their own",
        "Three results are wanted side by side.",
        "How many things does your function return?",
        chain(result="return z, (dx, dy)"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "chain_sizes",
        "chain_square_sum",
        "the slope without its sign",
        "The slope is made positive; left of the bottom of a parabola it is negative.",
        "Which way does z move when x rises from -5 to -4, with y = 0?",
        chain(result="return z, abs(dx), abs(dy)"),
    ),
    Mistake(
        "chain_minus",
        "chain_square_sum",
        "a difference on the way back",
        "The second input gets the gradient of a difference.",
        "Does t rise or fall when y rises?",
        chain(result="return z, dx, -dy"),
    ),
    Mistake(
        "chain_caret",
        "chain_square_sum",
        "a caret for a power",
        "In Python ^ isn't a power, and for numbers with a point it isn't anything.",
        "How is a square written in Python?",
        chain(z="t ^ 2", backward="dx = dy = 2 * t"),
        diagnoses=("error_caret",),
    ),
    Mistake(
        "chain_power_not_lowered",
        "chain_square_sum",
        "exponent not lowered",
        "The 2 comes down to the front, and stays in the exponent as well.",
        "How fast does t squared rise at t = 5?",
        chain("dx = dy = 2 * t**2"),
    ),
    Mistake(
        "chain_ten",
        "chain_square_sum",
        "the printed slope",
        "The slope of the example is returned for every input.",
        "What is the slope at x = y = 0?",
        chain("dx = dy = 10"),
    ),
]

# --- 1.6 five more nodes

FIVE = {
    "SubLayer": layer("SubLayer", "x, y", "return x - y", "return dout, -dout"),
    "DivLayer": layer(
        "DivLayer",
        "x, y",
        "self.x, self.y = x, y\nreturn x / y",
        "return dout / self.y, -dout * self.x / self.y**2",
    ),
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
    "ExpLayer": layer("ExpLayer", "x", "self.y = np.exp(x)\nreturn self.y", "return dout * self.y"),
    "LogLayer": layer("LogLayer", "x", "self.x = x\nreturn np.log(x)", "return dout / self.x"),
}


def five(**wrong: str) -> str:
    """Five nodes, with these in place of the right ones."""
    return "\n".join((FIVE | wrong).values())


def div(backward: str, forward: str = "self.x, self.y = x, y\nreturn x / y") -> str:
    return five(DivLayer=layer("DivLayer", "x, y", forward, backward))


def power(backward: str) -> str:
    right = "return dout * self.n * self.x ** (self.n - 1)"
    return five(PowLayer=FIVE["PowLayer"].replace(right, backward))


NODES_FIVE = [
    Mistake(
        "sub_both_plus",
        "more_nodes",
        "difference: a minus forgotten",
        "Both inputs of the difference get the upstream gradient with a plus.",
        "Does x - y rise or fall when y rises?",
        five(SubLayer=layer("SubLayer", "x, y", "return x - y", "return dout, dout")),
    ),
    Mistake(
        "sub_minus_first",
        "more_nodes",
        "difference: the minus on the wrong input",
        "The gradients of the two inputs are exchanged.",
        "Which of the two is subtracted?",
        five(SubLayer=layer("SubLayer", "x, y", "return x - y", "return -dout, dout")),
    ),
    Mistake(
        "sub_reversed",
        "more_nodes",
        "difference: the wrong way round",
        "forward subtracts x from y.",
        "What is forward(5, 3)?",
        five(SubLayer=layer("SubLayer", "x, y", "return y - x", "return dout, -dout")),
    ),
    Mistake(
        "div_plus",
        "more_nodes",
        "quotient: a minus forgotten",
        "The gradient of the divisor lost its sign.",
        "Does 6 / y rise or fall when y rises from 2 to 3?",
        div("return dout / self.y, dout * self.x / self.y**2"),
    ),
    Mistake(
        "div_no_x",
        "more_nodes",
        "quotient: x missing",
        "The divisor's gradient is that of 1 / y, without the x above the line.",
        "How fast does 600 / y fall, compared with 6 / y?",
        div("return dout / self.y, -dout / self.y**2"),
    ),
    Mistake(
        "div_x_squared",
        "more_nodes",
        "quotient: the wrong number squared",
        "x is squared where y should be.",
        "Which of the two stands below the line?",
        div("return dout / self.y, -dout * self.x**2 / self.y"),
    ),
    Mistake(
        "div_floor",
        "more_nodes",
        "quotient: whole numbers only",
        "// drops everything after the point.",
        "What is forward(1, 2)?",
        div(
            "return dout / self.y, -dout * self.x / self.y**2",
            forward="self.x, self.y = x, y\nreturn x // y",
        ),
    ),
    Mistake(
        "div_pair_swapped",
        "more_nodes",
        "quotient: gradients returned in the wrong order",
        "dy comes first.",
        "In which order did forward take its inputs?",
        div("return -dout * self.x / self.y**2, dout / self.y"),
    ),
    Mistake(
        "pow_not_lowered",
        "more_nodes",
        "power: exponent not lowered",
        "n comes down to the front, and the exponent stays what it was.",
        "What is the slope of a straight line, x to the 1?",
        power("return dout * self.n * self.x**self.n"),
    ),
    Mistake(
        "pow_coefficient_lowered",
        "more_nodes",
        "power: n - 1 in front",
        "The number that comes down is n, and n - 1 is what remains above.",
        "What is the slope of x squared at 1?",
        power("return dout * (self.n - 1) * self.x ** (self.n - 1)"),
    ),
    Mistake(
        "pow_no_coefficient",
        "more_nodes",
        "power: nothing in front",
        "The exponent is lowered and n is forgotten.",
        "How many equal terms are there when you expand (x + eps) to the n?",
        power("return dout * self.x ** (self.n - 1)"),
    ),
    Mistake(
        "pow_always_square",
        "more_nodes",
        "power: always 2",
        "The constructor's n is never used.",
        "What does PowLayer(3).forward(2) return?",
        five(
            PowLayer=code("""
                class PowLayer:
                    def __init__(self, n):
                        self.n = n

                    def forward(self, x):
                        self.x = x
                        return x**2

                    def backward(self, dout):
                        return dout * 2 * self.x
                """)
        ),
    ),
    Mistake(
        "pow_exponent_on_class",
        "more_nodes",
        "power: the exponent kept on the class",
        "Every new object gives all the older ones its own exponent.",
        "What does a square do after you have made a cube?",
        five(PowLayer=FIVE["PowLayer"].replace("self.n", "PowLayer.n")),
    ),
    Mistake(
        "exp_as_power",
        "more_nodes",
        "exponential: the rule for powers",
        "The exponent is brought down and lowered, as if x were the base.",
        "In e to the x, which of the two moves?",
        five(
            ExpLayer=layer(
                "ExpLayer",
                "x",
                "self.x = x\nreturn np.exp(x)",
                "return dout * self.x * np.exp(self.x - 1)",
            )
        ),
    ),
    Mistake(
        "exp_input",
        "more_nodes",
        "exponential: input used as output",
        "The kept input is multiplied in where the output belongs.",
        "Which function is its own slope?",
        five(
            ExpLayer=layer("ExpLayer", "x", "self.x = x\nreturn np.exp(x)", "return dout * self.x")
        ),
    ),
    Mistake(
        "exp_one_number",
        "more_nodes",
        "exponential: math.exp",
        "The function of the math module takes one number, never an array.",
        "What happens with an array of shape (3, 2)?",
        five(
            ExpLayer="import math\n\n"
            + layer("ExpLayer", "x", "self.y = math.exp(x)\nreturn self.y", "return dout * self.y")
        ),
        diagnoses=("error_one_number",),
    ),
    Mistake(
        "exp_no_upstream",
        "more_nodes",
        "exponential: upstream gradient ignored",
        "backward returns the local gradient alone.",
        "Where is dout in your answer?",
        five(ExpLayer=FIVE["ExpLayer"].replace("dout * self.y", "self.y")),
    ),
    Mistake(
        "log_times",
        "more_nodes",
        "logarithm: multiplied by x",
        "The upstream gradient is multiplied by the input, where it should be divided.",
        "Is the logarithm steep near 0 or far from it?",
        five(LogLayer=FIVE["LogLayer"].replace("dout / self.x", "dout * self.x")),
    ),
    Mistake(
        "log_base_ten",
        "more_nodes",
        "logarithm: base 10",
        "np.log10 counts tens; the natural logarithm is np.log.",
        "What is the logarithm of e?",
        five(LogLayer=FIVE["LogLayer"].replace("np.log(", "np.log10(")),
    ),
    Mistake(
        "log_output",
        "more_nodes",
        "logarithm: divided by the output",
        "The node kept its output and divides by that.",
        "Which of the two nodes at the end needs its input?",
        five(
            LogLayer=layer(
                "LogLayer", "x", "self.y = np.log(x)\nreturn self.y", "return dout / self.y"
            )
        ),
    ),
    Mistake(
        "log_pair",
        "more_nodes",
        "logarithm: two gradients for one input",
        "A pair is returned, as nodes of two inputs do.",
        "How many inputs has a logarithm?",
        five(LogLayer=FIVE["LogLayer"].replace("dout / self.x", "dout / self.x, dout")),
    ),
]

# --- 1.7 a branch


def fork(backward: str, forward: str = "return x, x") -> str:
    return layer("Branch", "x", forward, backward, upstream="d1, d2")


BRANCH = [
    Mistake(
        "branch_first_only",
        "branch",
        "only the first message",
        "The second copy's gradient is dropped.",
        "What would x gain if only the second copy mattered?",
        fork("return d1"),
    ),
    Mistake(
        "branch_last_wins",
        "branch",
        "the second message replaces the first",
        "The gradient is assigned twice, so the later value stays.",
        "What happened to the first assignment?",
        fork("self.dx = d1\nself.dx = d2\nreturn self.dx"),
    ),
    Mistake(
        "branch_average",
        "branch",
        "messages averaged",
        "The mean of two gradients is too little by half.",
        "If both copies bring 3, what does x bring?",
        fork("return (d1 + d2) / 2"),
    ),
    Mistake(
        "branch_product",
        "branch",
        "messages multiplied",
        "Rates multiply along a path; here are two paths side by side.",
        "What does x bring if the second copy brings nothing?",
        fork("return d1 * d2"),
    ),
    Mistake(
        "branch_difference",
        "branch",
        "messages subtracted",
        "The second message enters with a minus.",
        "What does x bring if both copies bring 3?",
        fork("return d1 - d2"),
    ),
    Mistake(
        "branch_larger",
        "branch",
        "the larger message wins",
        "A branch isn't a maximum: both copies are used.",
        "Which of the two uses of x doesn't count?",
        fork("return np.maximum(d1, d2)"),
    ),
    Mistake(
        "branch_pair",
        "branch",
        "messages handed on as they came",
        "x is one input and has one gradient.",
        "How many gradients has x?",
        fork("return d1, d2"),
    ),
    Mistake(
        "branch_collapsed",
        "branch",
        "all entries added up",
        "np.sum adds the entries of the arrays as well.",
        "Which shape has the gradient of an array?",
        fork("return np.sum([d1, d2])"),
    ),
    Mistake(
        "branch_times_x",
        "branch",
        "multiplied by the input",
        "A copy rises exactly as fast as the original; x isn't a factor of that.",
        "By how much does a copy of a million rise, if the original rises by one?",
        fork("return (d1 + d2) * self.x", forward="self.x = x\nreturn x, x"),
    ),
    Mistake(
        "branch_accumulates",
        "branch",
        "gradients added to those of the last call",
        "The total is kept in the object and never set back to 0.",
        "What does a second backward return?",
        code("""
            class Branch:
                def __init__(self):
                    self.total = 0

                def forward(self, x):
                    return x, x

                def backward(self, d1, d2):
                    self.total = self.total + d1 + d2
                    return self.total
            """),
    ),
    Mistake(
        "branch_halves",
        "branch",
        "x shared out",
        "Each copy is half of x, as water would be; a number isn't used up.",
        "If a price stands on two bills, is it half as high on each?",
        fork("return (d1 + d2) / 2", forward="return x / 2, x / 2"),
    ),
    Mistake(
        "branch_one_copy",
        "branch",
        "one copy",
        "forward returns x once.",
        "How many results does the caller unpack?",
        fork("return d1 + d2", forward="return x"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "branch_zero_copy",
        "branch",
        "an empty second copy",
        "The second copy is 0, whatever x is.",
        "What does the second user of x receive?",
        fork("return d1", forward="return x, x * 0"),
        diagnoses=("zero_value",),
    ),
]

# --- 1.8 fifteen numbers

TOY_VALUES = {
    "f0": "beta[0] + omega[0] * x",
    "h1": "np.sin(f0)",
    "f1": "beta[1] + omega[1] * h1",
    "h2": "np.exp(f1)",
    "f2": "beta[2] + omega[2] * h2",
    "h3": "np.cos(f2)",
    "f3": "beta[3] + omega[3] * h3",
}
TOY_SLOPES = {
    "df3": "2 * (f3 - y)",
    "dh3": "df3 * omega[3]",
    "df2": "dh3 * -np.sin(f2)",
    "dh2": "df2 * omega[2]",
    "df1": "dh2 * h2",
    "dh1": "df1 * omega[1]",
    "df0": "dh1 * np.cos(f0)",
    "dbeta": "np.array([df0, df1, df2, df3])",
    "domega": "np.array([df0 * x, df1 * h1, df2 * h2, df3 * h3])",
}
TOY_RESULT = "(df3, dh3, df2, dh2, df1, dh1, df0), dbeta, domega"


def toy(result: str = TOY_RESULT, **other: str) -> str:
    """Both functions, with these right-hand sides in place of the right ones."""

    def lines(sides: dict[str, str]) -> str:
        return "".join(f"    {name} = {other.get(name, side)}\n" for name, side in sides.items())

    values = ", ".join(TOY_VALUES)
    return (
        f"def toy_forward(x, beta, omega):\n{lines(TOY_VALUES)}    return {values}\n\n\n"
        f"def toy_backward(x, y, beta, omega):\n"
        f"    {values} = toy_forward(x, beta, omega)\n{lines(TOY_SLOPES)}    return {result}\n"
    )


TOY = [
    Mistake(
        "toy_cosine_plus",
        "toy_model",
        "the cosine's minus forgotten",
        "The slope of the cosine is minus the sine.",
        "Does the cosine rise or fall just right of 0?",
        toy(df2="dh3 * np.sin(f2)"),
    ),
    Mistake(
        "toy_loss_half",
        "toy_model",
        "no 2 from the square",
        "The loss is a whole square, and its slope was taken from half of one.",
        "How fast does a square rise at 5?",
        toy(df3="f3 - y"),
    ),
    Mistake(
        "toy_target_minus",
        "toy_model",
        "target minus answer",
        "The difference is taken the other way round, so everything after it has the wrong sign.",
        "If the answer is too high and rises further, what does the loss do?",
        toy(df3="2 * (y - f3)"),
    ),
    Mistake(
        "toy_loss_itself",
        "toy_model",
        "started with the loss",
        "The way back begins with the loss's value and not with its slope.",
        "What is the slope of (f3 - y) squared in f3?",
        toy(df3="(f3 - y) ** 2"),
    ),
    Mistake(
        "toy_sine_at_output",
        "toy_model",
        "the sine's slope at its output",
        "The cosine is taken at h1, which came out of the curve, and not at f0, which went in.",
        "Which number was the sine handed?",
        toy(df0="dh1 * np.cos(h1)"),
    ),
    Mistake(
        "toy_exp_input",
        "toy_model",
        "the exponential's slope is its input",
        "The factor is f1, where the exponential of f1 belongs.",
        "Which function is its own slope?",
        toy(df1="dh2 * f1"),
    ),
    Mistake(
        "toy_exp_passed",
        "toy_model",
        "the exponential skipped",
        "The gradient passes the exponential unchanged.",
        "How fast does the exponential rise at f1?",
        toy(df1="dh2"),
    ),
    Mistake(
        "toy_weight_below",
        "toy_model",
        "the next weight",
        "The step from f3 to h3 uses the weight that sits one link further down.",
        "Which omega stands between h3 and f3?",
        toy(dh3="df3 * omega[2]"),
    ),
    Mistake(
        "toy_weight_forgotten",
        "toy_model",
        "a weight left out",
        "The gradient of h2 is taken to be that of f2.",
        "By how much does f2 rise with h2?",
        toy(dh2="df2"),
    ),
    Mistake(
        "toy_beta_reversed",
        "toy_model",
        "dbeta in the order of the walk",
        "The gradients stand in the order in which they were found, from the last to the first.",
        "Which entry of dbeta belongs to beta[0]?",
        toy(dbeta="np.array([df3, df2, df1, df0])"),
    ),
    Mistake(
        "toy_omega_own_f",
        "toy_model",
        "domega with the wrong factor",
        "Each df is multiplied by its own f, and not by what omega was multiplied with.",
        "In f2 = beta2 + omega2 h2, what multiplies omega2?",
        toy(domega="np.array([df0 * f0, df1 * f1, df2 * f2, df3 * f3])"),
    ),
    Mistake(
        "toy_omega_from_dh",
        "toy_model",
        "domega from the gradients of h",
        "The gradient of the h is used where that of the f belongs.",
        "Which number does omega2 feed into directly?",
        toy(domega="np.array([df0 * x, dh1 * h1, dh2 * h2, dh3 * h3])"),
    ),
    Mistake(
        "toy_no_x",
        "toy_model",
        "x left out of domega",
        "The first weight multiplies x, so its gradient does too.",
        "What multiplies omega0?",
        toy(domega="np.array([df0, df1 * h1, df2 * h2, df3 * h3])"),
    ),
    Mistake(
        "toy_beta_with_h",
        "toy_model",
        "dbeta like domega",
        "What is added counts in full; only a factor is multiplied in.",
        "By how much does f2 rise with beta2?",
        toy(dbeta="np.array([df0 * x, df1 * h1, df2 * h2, df3 * h3])"),
    ),
    Mistake(
        "toy_curves_swapped",
        "toy_model",
        "sine and cosine exchanged",
        "The first curve is a cosine and the last a sine, each differentiated faithfully.",
        "Which curve comes first?",
        toy(
            h1="np.cos(f0)",
            h3="np.sin(f2)",
            df2="dh3 * np.cos(f2)",
            df0="dh1 * -np.sin(f0)",
        ),
    ),
    Mistake(
        "toy_frozen",
        "toy_model",
        "an answer that never moves",
        "The last value is a constant, so a gradient of 0 agrees with it and says nothing.",
        "What does the model answer for another x?",
        toy(f3="1.0", df3="0.0"),
    ),
    Mistake(
        "toy_flat",
        "toy_model",
        "nine results side by side",
        "The seven gradients aren't packed into a tuple of their own.",
        "How many things does the docstring return?",
        toy(result="df3, dh3, df2, dh2, df1, dh1, df0, dbeta, domega"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "toy_first_to_last",
        "toy_model",
        "gradients in forward order",
        "The tuple begins with df0.",
        "In which order are the seven asked for?",
        toy(result="(df0, dh1, df1, dh2, df2, dh3, df3), dbeta, domega"),
    ),
    Mistake(
        "toy_column",
        "toy_model",
        "parameters' gradients as a column",
        "A gradient has the shape of its owner, and beta has the shape (4,).",
        "What is beta.shape?",
        toy(dbeta="np.array([[df0], [df1], [df2], [df3]])"),
    ),
    Mistake(
        "toy_notebook_x",
        "toy_model",
        "a name of the notebook",
        "The function reads toy_x from outside instead of its own argument.",
        "Where does your function get its x from?",
        toy(f0="beta[0] + omega[0] * toy_x"),
        diagnoses=("error_unknown_name",),
    ),
]

# --- 1.9 a gradient by measuring

NUMERIC = """
def numeric_gradient(f, x, h=1e-5):
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
"""


def measured(*changes: tuple[str, str]) -> str:
    """The plain way of measuring, with some of its lines replaced."""
    text = NUMERIC.lstrip()
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} isn't in the text.")
        text = text.replace(old, new)
    return text


MEASURED = [
    Mistake(
        "numeric_forward",
        "numeric_gradient",
        "a forward difference",
        "Looking ahead only leaves an error as large as the step.",
        "What is left of your error when h becomes ten times smaller?",
        measured(("middle - h", "middle"), ("(2 * h)", "h")),
    ),
    Mistake(
        "numeric_forward_small_step",
        "numeric_gradient",
        "a forward difference with a tiny step",
        "The step is fixed at 1e-8 to make a forward difference pass, and the argument is ignored.",
        "What does your function do when it is given h = 0.3?",
        measured(
            ("    x = np.array", "    h = 1e-8\n    x = np.array"),
            ("middle - h", "middle"),
            ("(2 * h)", "h"),
        ),
        diagnoses=("ignores_h",),
    ),
    Mistake(
        "numeric_over_h",
        "numeric_gradient",
        "divided by h",
        "The two points lie 2h apart, and the difference is divided by h.",
        "How far is it from x - h to x + h?",
        measured(("(2 * h)", "h")),
    ),
    Mistake(
        "numeric_forward_over_2h",
        "numeric_gradient",
        "a forward difference over 2h",
        "The points lie h apart, and the difference is divided by 2h.",
        "How far apart are your two points?",
        measured(("middle - h", "middle")),
    ),
    Mistake(
        "numeric_precedence",
        "numeric_gradient",
        "/ 2 * h",
        "Division and multiplication go from left to right: this divides by 2 and multiplies by h.",
        "What is 8 / 2 * 4 in Python?",
        measured(("/ (2 * h)", "/ 2 * h")),
    ),
    Mistake(
        "numeric_not_divided",
        "numeric_gradient",
        "a difference, not a slope",
        "The difference of the two values is never divided by anything.",
        "What becomes of your result when h is halved?",
        measured((" / (2 * h)", "")),
    ),
    Mistake(
        "numeric_all_at_once",
        "numeric_gradient",
        "every entry moved at once",
        "The whole array is moved, so each entry is credited with all of them.",
        "Which entries of x move when you ask for the slope in the first one?",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.array(x, dtype=float)
                return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))
            """),
    ),
    Mistake(
        "numeric_from_above",
        "numeric_gradient",
        "lowered from the raised value",
        "The second point is the raised entry minus h, which is the entry itself.",
        "Where is the entry after += h and then -= h?",
        measured(
            ("x[place] = middle + h", "x[place] += h"), ("x[place] = middle - h", "x[place] -= h")
        ),
    ),
    Mistake(
        "numeric_left_displaced",
        "numeric_gradient",
        "entries left where they were moved to",
        "Nothing is put back, neither for the next entry nor for the caller.",
        "What does x hold when your function returns?",
        measured(
            ("    x = np.array(x, dtype=float)\n", "    x = np.asarray(x, dtype=float)\n"),
            ("        x[place] = middle\n", ""),
        ),
        diagnoses=("not_restored",),
    ),
    Mistake(
        "numeric_not_put_back",
        "numeric_gradient",
        "the caller's array left displaced",
        "Every entry starts from the old values, and the caller's array keeps the last step.",
        "Whose array do you write into?",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                original = np.array(x, dtype=float)
                x = np.asarray(x, dtype=float)
                gradient = np.zeros_like(original)
                for place in np.ndindex(original.shape):
                    x[...] = original
                    x[place] = original[place] + h
                    above = f(x)
                    x[place] = original[place] - h
                    gradient[place] = (above - f(x)) / (2 * h)
                return gradient
            """),
        diagnoses=("not_restored",),
    ),
    Mistake(
        "numeric_integers",
        "numeric_gradient",
        "integers kept as integers",
        "An array of integers cuts 1.00001 to 1, so the entry doesn't move as it should.",
        "What does an array of integers hold after you write 1.00001 into it?",
        measured(("np.array(x, dtype=float)", "np.array(x)")),
    ),
    Mistake(
        "numeric_integer_result",
        "numeric_gradient",
        "slopes written into integers",
        "The result is made like x, and for whole numbers it can't hold a slope.",
        "Which dtype has your result when x holds integers?",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                gradient = np.zeros_like(x)
                x = np.array(x, dtype=float)
                for place in np.ndindex(x.shape):
                    up, down = x.copy(), x.copy()
                    up[place] += h
                    down[place] -= h
                    gradient[place] = (f(up) - f(down)) / (2 * h)
                return gradient
            """),
    ),
    Mistake(
        "numeric_rows",
        "numeric_gradient",
        "whole rows moved",
        "The loop runs over the first axis only, so a whole row moves at a time.",
        "How often is f called for a table of 3 rows and 2 columns?",
        measured(("np.ndindex(x.shape)", "range(len(x))")),
        diagnoses=("error_no_length",),
    ),
    Mistake(
        "numeric_two_loops",
        "numeric_gradient",
        "tables only",
        "Two nested loops fit arrays of two axes and no others.",
        "What does your function do with a single row of numbers?",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.array(x, dtype=float)
                gradient = np.zeros_like(x)
                rows, columns = x.shape
                for i in range(rows):
                    for j in range(columns):
                        up, down = x.copy(), x.copy()
                        up[i, j] += h
                        down[i, j] -= h
                        gradient[i, j] = (f(up) - f(down)) / (2 * h)
                return gradient
            """),
        diagnoses=("error_unpacked_few", "error_unpacked_many"),
    ),
    Mistake(
        "numeric_lost_in_rounding",
        "numeric_gradient",
        "a step of 1e-13",
        "So small a step leaves three digits of the difference; the others are rounding.",
        "How many digits of f survive when two values this close are subtracted?",
        measured(("    x = np.array", "    h = 1e-13\n    x = np.array")),
    ),
    Mistake(
        "numeric_no_step",
        "numeric_gradient",
        "a step of 1e-17",
        "The step is smaller than the distance between two numbers, so nothing moves.",
        "What is 1 + 1e-17 on this computer?",
        measured(("    x = np.array", "    h = 1e-17\n    x = np.array")),
        diagnoses=("zero_measured",),
    ),
    Mistake(
        "numeric_wrong_array",
        "numeric_gradient",
        "a copy moved, the original asked",
        "The entries of a copy are moved, and f is asked about the array that stays.",
        "Which of your two arrays does f see?",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                x = np.array(x, dtype=float)
                row, gradient = x.flatten(), np.zeros(x.size)
                for k in range(x.size):
                    row[k] += h
                    above = f(x)
                    row[k] -= 2 * h
                    gradient[k] = (above - f(x)) / (2 * h)
                    row[k] += h
                return gradient.reshape(x.shape)
            """),
        diagnoses=("zero_measured",),
    ),
    Mistake(
        "numeric_sign",
        "numeric_gradient",
        "below minus above",
        "The two values are subtracted in the wrong order.",
        "Which sign has your slope where f rises?",
        measured(("above - below", "below - above")),
    ),
    Mistake(
        "numeric_flat",
        "numeric_gradient",
        "a row for every shape",
        "The result is one row, whatever the shape of x.",
        "Which shape has the gradient of a table?",
        measured(("return gradient", "return gradient.ravel()")),
    ),
    Mistake(
        "numeric_arrays_only",
        "numeric_gradient",
        "no single numbers",
        "A plain number has no copy method and no shape.",
        "What is the shape of 3.0, and what does len say of it?",
        code("""
            def numeric_gradient(f, x, h=1e-5):
                gradient = np.zeros(x.shape)
                for place in np.ndindex(x.shape):
                    up, down = x.astype(float), x.astype(float)
                    up[place] += h
                    down[place] -= h
                    gradient[place] = (f(up) - f(down)) / (2 * h)
                return gradient
            """),
        diagnoses=("error_not_an_array",),
    ),
    Mistake(
        "numeric_own_step",
        "numeric_gradient",
        "the argument h ignored",
        "The step is fixed inside the function, and the argument has no effect.",
        "What changes in your function when it is called with h = 0.3?",
        measured(("    x = np.array", "    h = 1e-5\n    x = np.array")),
        diagnoses=("ignores_h",),
    ),
    Mistake(
        "numeric_relative_step",
        "numeric_gradient",
        "moved by one step, divided by another",
        "The entry moves by h times itself, and the difference is divided by 2h.",
        "How far did the entry really move?",
        measured(("middle + h", "middle + h * middle"), ("middle - h", "middle - h * middle")),
    ),
    Mistake(
        "numeric_directional",
        "numeric_gradient",
        "the slopes added up",
        "One number is returned for all entries together.",
        "How many entries has x, and how many slopes?",
        measured(("return gradient", "return np.sum(gradient)")),
    ),
]

# --- 1.10 how close is close enough?

RELATIVE_ERROR = code("""
    def relative_error(a, n):
        a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
        larger = np.maximum(np.abs(a), np.abs(n))
        larger = np.where(larger == 0, 1, larger)
        return float(np.max(np.abs(a - n) / larger))
    """)
GRADIENTS_AGREE = code("""
    def gradients_agree(a, n, tol=1e-6):
        a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
        size = np.abs(n)
        return bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))
    """)


def error(*changes: tuple[str, str]) -> str:
    """Both functions, with changes in the first."""
    text = RELATIVE_ERROR
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} isn't in the text.")
        text = text.replace(old, new)
    return f"{text}\n\n{GRADIENTS_AGREE}"


def agreement(rule: str) -> str:
    """Both functions, with another rule in the second."""
    right = "bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))"
    return f"{RELATIVE_ERROR}\n\n{GRADIENTS_AGREE.replace(right, rule)}"


SIZES = "np.maximum(np.abs(a), np.abs(n))"
JUDGES = [
    Mistake(
        "error_signed_maximum",
        "relative_error",
        "the larger number, not the larger size",
        "Of two negative numbers the maximum is the smaller in size, and the error is negative.",
        "Which is larger in size, -1 or -2, and which does np.maximum return?",
        error((SIZES, "np.maximum(a, n)")),
    ),
    Mistake(
        "error_signed_difference",
        "relative_error",
        "a difference with its sign",
        "Where a lies below n the error is negative, and the largest error overlooks it.",
        "What does your function say of -3 against 3?",
        error(("np.abs(a - n)", "(a - n)")),
    ),
    Mistake(
        "error_by_a",
        "relative_error",
        "divided by the first only",
        "The result depends on which of the two is named first.",
        "What happens to your result when a and n change places?",
        error((SIZES, "np.abs(a)")),
    ),
    Mistake(
        "error_by_n",
        "relative_error",
        "divided by the second only",
        "Where the measured one is 0, everything is divided by the 1 that replaced it.",
        "What does your function say of 0.001 against 0?",
        error((SIZES, "np.abs(n)")),
    ),
    Mistake(
        "error_by_sum",
        "relative_error",
        "divided by the sum of the sizes",
        "The sum is up to twice the larger size, so the error comes out too small.",
        "What is your error for 1 against -1?",
        error((SIZES, "np.abs(a) + np.abs(n)")),
    ),
    Mistake(
        "error_by_smaller",
        "relative_error",
        "divided by the smaller size",
        "np.minimum takes the smaller of the two.",
        "What is the error of 1 against 2?",
        error((SIZES, SIZES.replace("maximum", "minimum"))),
    ),
    Mistake(
        "error_mean",
        "relative_error",
        "the average error",
        "One wrong entry hides among many right ones.",
        "What does your function say when one entry of a thousand has the wrong sign?",
        error(("np.max(", "np.mean(")),
    ),
    Mistake(
        "error_zero_by_zero",
        "relative_error",
        "0 divided by 0",
        "Where both are 0 the quotient is nan, and so is the largest of them.",
        "What is 0.0 / 0.0 in NumPy?",
        error(("    larger = np.where(larger == 0, 1, larger)\n", "")),
        diagnoses=("nan_everywhere",),
    ),
    Mistake(
        "error_floor",
        "relative_error",
        "a floor of 1e-8",
        "The size is taken to be 1e-8 at least, and gradients below that seem to agree.",
        "What is the relative error of 1e-9 against 2e-9?",
        error(("np.where(larger == 0, 1, larger)", "np.maximum(larger, 1e-8)")),
    ),
    Mistake(
        "error_epsilon",
        "relative_error",
        "1e-6 added below",
        "The number that keeps 0 from being divided by is as large as some gradients.",
        "What is the relative error of 1e-6 against 2e-6?",
        error(("np.where(larger == 0, 1, larger)", "larger + 1e-6")),
    ),
    Mistake(
        "error_large_floor",
        "relative_error",
        "a floor of 0.1",
        "Below 0.1 the error is an absolute one.",
        "What does your function say of 0.001 against 0?",
        error(("np.where(larger == 0, 1, larger)", "np.clip(larger, 0.1, None)")),
    ),
    Mistake(
        "error_whole_array",
        "relative_error",
        "the largest difference by the largest number",
        "The entry that is furthest off is divided by another one, the largest.",
        "Which entry do your two maxima come from?",
        code("""
            def relative_error(a, n):
                a, n = np.asarray(a, dtype=float), np.asarray(n, dtype=float)
                largest = max(np.max(np.abs(a)), np.max(np.abs(n)))
                return float(np.max(np.abs(a - n)) / largest) if largest else 0.0
            """)
        + "\n\n"
        + GRADIENTS_AGREE,
    ),
    Mistake(
        "error_norms",
        "relative_error",
        "lengths instead of entries",
        "The lengths of whole arrays are compared, and one wrong entry hardly changes a length.",
        "What does your function say of one wrong entry among a thousand?",
        code("""
            def relative_error(a, n):
                length = np.linalg.norm(a) + np.linalg.norm(n)
                return float(np.linalg.norm(np.subtract(a, n)) / length) if length else 0.0
            """)
        + "\n\n"
        + GRADIENTS_AGREE,
    ),
    Mistake(
        "error_array",
        "relative_error",
        "all errors instead of the largest",
        "An array is returned where one number is wanted.",
        "How many numbers does the docstring promise?",
        error(("float(np.max(np.abs(a - n) / larger))", "np.abs(a - n) / larger")),
    ),
    Mistake(
        "error_absolute",
        "relative_error",
        "not divided at all",
        "This is the largest difference, which says nothing without a size beside it.",
        "Is a difference of 0.001 much or little?",
        error((" / larger", "")),
    ),
    Mistake(
        "agree_allclose",
        "relative_error",
        "np.allclose with this tolerance",
        "np.allclose adds an absolute 1e-8 of its own and doesn't know the largest entry.",
        "What does np.allclose say of 1e-9 against -1e-9?",
        agreement("bool(np.allclose(a, n, rtol=tol))"),
    ),
    Mistake(
        "agree_absolute",
        "relative_error",
        "a fixed limit",
        "The difference is compared with tol itself, which accepts every small gradient.",
        "What does your rule say of gradients of 1e-9, all with the wrong sign?",
        agreement("bool(np.all(np.abs(a - n) <= tol))"),
    ),
    Mistake(
        "agree_relative",
        "relative_error",
        "purely relative",
        "A tiny entry among large ones is measured by its own size alone.",
        "Which digits of a tiny entry could the measurement vouch for?",
        agreement("bool(np.all(np.abs(a - n) <= tol * size))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "agree_largest_only",
        "relative_error",
        "the entry's own size left out",
        "The limit is tol times the largest entry, and the |n| before it is missing.",
        "How many terms stand in the brackets of the rule?",
        agreement("bool(np.all(np.abs(a - n) <= tol * np.max(size)))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "agree_twice_largest",
        "relative_error",
        "the worst difference against the largest entry",
        "Every entry is given the limit that only the largest one has.",
        "What is the limit of an entry of 0?",
        agreement("bool(np.max(np.abs(a - n)) <= 2 * tol * np.max(size))"),
    ),
    Mistake(
        "agree_mean_size",
        "relative_error",
        "the average size",
        "The mean stands where the maximum belongs.",
        "What happens to your limit when one entry is a hundred times larger than the rest?",
        agreement("bool(np.all(np.abs(a - n) <= tol * (size + np.mean(size))))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "agree_sum",
        "relative_error",
        "all sizes added up",
        "The limit grows with the number of entries.",
        "What happens to your limit when the array is twice as long?",
        agreement("bool(np.all(np.abs(a - n) <= tol * (size + np.sum(size))))"),
    ),
    Mistake(
        "agree_columns",
        "relative_error",
        "a largest entry for each column",
        "The maximum is taken down the columns, and a column of small entries gets a small limit.",
        "Over how many entries does the rule take its maximum?",
        agreement("bool(np.all(np.abs(a - n) <= tol * (size + np.max(size, axis=0))))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "agree_scale_of_a",
        "relative_error",
        "the computed one sets the scale",
        "The limit follows a, so a wrong gradient that is too large widens its own limit.",
        "Which of the two do you trust?",
        agreement("bool(np.all(np.abs(a - n) <= tol * (np.abs(a) + np.max(np.abs(a)))))"),
    ),
    Mistake(
        "agree_signed_scale",
        "relative_error",
        "the largest number, not the largest size",
        "For negative gradients the maximum is the one nearest to 0, and it is negative.",
        "What is np.max of -1 and -100?",
        agreement("bool(np.all(np.abs(a - n) <= tol * (size + np.max(n))))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "agree_signed_difference",
        "relative_error",
        "a difference with its sign",
        "An entry that is too low has a negative difference, which is below every limit.",
        "What does your rule say of an entry that is far too low?",
        agreement("bool(np.all(a - n <= tol * (size + np.max(size))))"),
    ),
    Mistake(
        "agree_any",
        "relative_error",
        "one good entry is enough",
        "np.any asks for one entry that keeps to the limit; all of them have to.",
        "What does your rule say when a single entry is wrong?",
        agreement("bool(np.any(np.abs(a - n) <= tol * (size + np.max(size))))"),
    ),
    Mistake(
        "agree_nan",
        "relative_error",
        "nan counts as agreement",
        "No comparison with nan is true, so nothing is found that exceeds the limit.",
        "What is nan > 1, and what is nan <= 1?",
        agreement("not np.any(np.abs(a - n) > tol * (size + np.max(size)))"),
    ),
    Mistake(
        "agree_nan_unequal",
        "relative_error",
        "nan taken for an empty place",
        "Entries that aren't equal to themselves are skipped, and those are exactly the nan.",
        "Is a gradient of nan a right one?",
        agreement("bool(np.all((np.abs(a - n) <= tol * (size + np.max(size))) | (a != a)))"),
    ),
    Mistake(
        "agree_strict",
        "relative_error",
        "smaller, but not equal",
        "Where everything is 0 the limit is 0 as well, and 0 isn't smaller than 0.",
        "What does your rule say of 0 against 0?",
        agreement("bool(np.all(np.abs(a - n) < tol * (size + np.max(size))))"),
        diagnoses=("only_on",),
    ),
    Mistake(
        "agree_own_tolerance",
        "relative_error",
        "the argument tol ignored",
        "The limit is fixed at 1e-6, whatever the caller asks for.",
        "What changes in your function when tol is 1e-2?",
        agreement("bool(np.all(np.abs(a - n) <= 1e-6 * (size + np.max(size))))"),
    ),
    Mistake(
        "agree_mean_difference",
        "relative_error",
        "differences averaged",
        "Entries that are too high and too low cancel before anything is compared.",
        "What is the mean of -3 and 3?",
        agreement("bool(np.abs(np.mean(a - n)) <= tol * 2 * np.max(size))"),
    ),
    Mistake(
        "agree_equal",
        "relative_error",
        "exactly equal",
        "A measured gradient never agrees to the last digit.",
        "How many digits does a central difference have?",
        agreement("bool(np.array_equal(a, n))"),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "agree_array",
        "relative_error",
        "one verdict an entry",
        "An array of verdicts is returned, where one is wanted.",
        "What does `if gradients_agree(a, n)` do with an array?",
        agreement("np.abs(a - n) <= tol * (size + np.max(size))"),
        diagnoses=("wrong_kind",),
    ),
    Mistake(
        "agree_says_yes",
        "relative_error",
        "always True",
        "A judge that says yes to everything.",
        "When did you last see your judge say no?",
        agreement("True"),
    ),
    Mistake(
        "agree_loose",
        "relative_error",
        "a limit of 1e-5",
        "The limit that holds where none is named is ten times as wide.",
        "Which limit does the text name?",
        agreement("bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))").replace(
            "1e-6", "1e-5"
        ),
    ),
    Mistake(
        "agree_narrow",
        "relative_error",
        "a limit of 1e-7",
        "The limit that holds where none is named is ten times as narrow.",
        "How many digits does a measured gradient have?",
        agreement("bool(np.all(np.abs(a - n) <= tol * (size + np.max(size))))").replace(
            "1e-6", "1e-7"
        ),
        diagnoses=("only_on",),
    ),
]

# --- 1.11 let the graph do it

GRAPH = """
def graph_backward(node):
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
        for source, local in zip(current.inputs, current.local_grads):
            source.grad += current.grad * local
"""


def graph(*changes: tuple[str, str]) -> str:
    """The ordered pass, with some of its lines replaced."""
    text = GRAPH.lstrip()
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} isn't in the text.")
        text = text.replace(old, new)
    return text


GRAPHS = [
    Mistake(
        "graph_assigned",
        "graph_backward",
        "assigned instead of added",
        "A node that is used twice keeps only the last message.",
        "What happened to the first message when the second came?",
        graph(("source.grad += ", "source.grad = ")),
    ),
    Mistake(
        "graph_recursion",
        "graph_backward",
        "recursion without an order",
        "A node speaks each time a message comes, and repeats what it has already said.",
        "How often does b speak in b = a + a, c = b + b?",
        code("""
            def graph_backward(node):
                def reset(current):
                    current.grad = 0.0
                    for source in current.inputs:
                        reset(source)

                def send(current):
                    for source, local in zip(current.inputs, current.local_grads):
                        source.grad += current.grad * local
                    for source in current.inputs:
                        send(source)

                reset(node)
                node.grad = 1.0
                send(node)
            """),
    ),
    Mistake(
        "graph_repeats_itself",
        "graph_backward",
        "everything passed on after each message",
        "Each new message makes a node hand on its whole grad again, the old part included.",
        "How much of what you pass on is new?",
        code("""
            def graph_backward(node):
                def reset(current):
                    current.grad = 0.0
                    for source in current.inputs:
                        reset(source)

                def send(current):
                    for source, local in zip(current.inputs, current.local_grads):
                        source.grad += current.grad * local
                        send(source)

                reset(node)
                node.grad = 1.0
                send(node)
            """),
    ),
    Mistake(
        "graph_not_reset",
        "graph_backward",
        "old gradients kept",
        "Nothing sets grad to 0, so each pass adds to what the last one left.",
        "What does a second call on the same graph give?",
        graph(("    for current in ordered:\n        current.grad = 0.0\n", "")),
    ),
    Mistake(
        "graph_seen_kept",
        "graph_backward",
        "the set of visited nodes outlives the call",
        "A node that one call has visited is left out by the next.",
        "Which nodes does a second call, from another root, still visit?",
        graph(
            ("def graph_backward(node):", "SEEN = set()\n\n\ndef graph_backward(node, seen=SEEN):"),
            ("ordered, seen = [], set()", "ordered = []"),
        ),
    ),
    Mistake(
        "graph_leaves_alone_reset",
        "graph_backward",
        "only the leaves reset",
        "Nodes in the middle keep the gradients of the last pass.",
        "Which nodes add to a grad that was there before?",
        graph(
            (
                "        current.grad = 0.0\n",
                "        current.grad = current.grad if current.inputs else 0.0\n",
            )
        ),
    ),
    Mistake(
        "graph_leaves_first",
        "graph_backward",
        "inputs speak first",
        "The list is read from its beginning: the leaves speak before anything has reached them.",
        "Which node knows its gradient when you begin?",
        graph(("reversed(ordered)", "ordered")),
    ),
    Mistake(
        "graph_breadth_first",
        "graph_backward",
        "nearest nodes first",
        "Nodes are visited by their distance from the root, and a near one may have a far user.",
        "Has everything that uses this node spoken?",
        code("""
            def graph_backward(node):
                ordered = [node]
                for current in ordered:
                    for source in current.inputs:
                        if source not in ordered:
                            ordered.append(source)
                for current in ordered:
                    current.grad = 0.0
                node.grad = 1.0
                for current in ordered:
                    for source, local in zip(current.inputs, current.local_grads):
                        source.grad += current.grad * local
            """),
    ),
    Mistake(
        "graph_at_first_sight",
        "graph_backward",
        "each node speaks when first met",
        "A node is listed before its inputs, so it may speak before its second user has.",
        "When is a node appended: before its inputs are visited, or after?",
        code("""
            def graph_backward(node):
                ordered = []

                def visit(current):
                    if current not in ordered:
                        ordered.append(current)
                        for source in current.inputs:
                            visit(source)

                visit(node)
                for current in ordered:
                    current.grad = 0.0
                node.grad = 1.0
                for current in ordered:
                    for source, local in zip(current.inputs, current.local_grads):
                        source.grad += current.grad * local
            """),
    ),
    Mistake(
        "graph_by_value",
        "graph_backward",
        "nodes told apart by their values",
        "Two nodes that happen to have the same value count as one.",
        "Are two nodes with the value 6 the same node?",
        graph(("id(current)", "current.value")),
    ),
    Mistake(
        "graph_edges_in_a_dict",
        "graph_backward",
        "edges in a dict",
        "A dict holds one entry for each input, and a node may be an input twice.",
        "How many edges lead from a to b = a + a?",
        graph(
            (
                "zip(current.inputs, current.local_grads)",
                "dict(zip(current.inputs, current.local_grads)).items()",
            )
        ),
    ),
    Mistake(
        "graph_root_value",
        "graph_backward",
        "the root starts with its value",
        "The root's gradient is 1, whatever its value is.",
        "If the root rises by one, by how much does the root rise?",
        graph(("node.grad = 1.0", "node.grad = node.value")),
    ),
    Mistake(
        "graph_root_forgotten",
        "graph_backward",
        "the root starts with 0",
        "Every grad is reset and the root's is never set to 1.",
        "What does the first node multiply by?",
        graph(("    node.grad = 1.0\n", "")),
        diagnoses=("zero",),
    ),
    Mistake(
        "graph_local_only",
        "graph_backward",
        "local gradients alone",
        "The node's own grad isn't multiplied in, so the chain has one link.",
        "What has the root to say to a node three steps away?",
        graph(("current.grad * local", "local")),
    ),
    Mistake(
        "graph_value_as_factor",
        "graph_backward",
        "values instead of local gradients",
        "Each message is multiplied by the input's value, which no rule asks for.",
        "What is local_grads for?",
        graph(("current.grad * local", "current.grad * source.value")),
    ),
    Mistake(
        "graph_one_level",
        "graph_backward",
        "only the root speaks",
        "The root's inputs get their gradients, and nobody passes them on.",
        "Who tells the leaves?",
        graph(("reversed(ordered)", "[node]")),
    ),
    Mistake(
        "graph_returned",
        "graph_backward",
        "gradients returned, not set",
        "The gradients are collected in a dict, and no node's grad changes.",
        "What is node.grad after your function has run?",
        code("""
            def graph_backward(node):
                ordered = []

                def visit(current):
                    if current not in ordered:
                        for source in current.inputs:
                            visit(source)
                        ordered.append(current)

                visit(node)
                found = {current: 0.0 for current in ordered}
                found[node] = 1.0
                for current in reversed(ordered):
                    for source, local in zip(current.inputs, current.local_grads):
                        found[source] += found[current] * local
                return found
            """),
        diagnoses=("zero",),
    ),
    Mistake(
        "graph_reset_too_late",
        "graph_backward",
        "each node reset just before it speaks",
        "The reset comes after the messages and deletes them.",
        "What is in a node's grad at the moment when you set it to 0?",
        graph(
            ("    for current in ordered:\n        current.grad = 0.0\n", ""),
            (
                "    for current in reversed(ordered):\n",
                "    for current in reversed(ordered):\n"
                "        current.grad = 1.0 if current is node else 0.0\n",
            ),
        ),
    ),
    Mistake(
        "graph_inner_emptied",
        "graph_backward",
        "gradients thrown away after use",
        "A node that has spoken loses its grad, though every node is to keep its own.",
        "What is the grad of b in b = a + a, c = b + b?",
        GRAPH.lstrip() + "        current.grad = 0.0 if current.inputs else current.grad\n",
    ),
    Mistake(
        "graph_averaged",
        "graph_backward",
        "messages divided by their number",
        "What comes in through two edges is averaged, where it should be added.",
        "If each of two edges brings 1, what does b have?",
        graph(("current.grad * local", "current.grad * local / len(current.inputs)")),
    ),
]

# --- 1.12 the judge of the first page

COUNT = """
def count_wrong(analytic, numeric, tol=1e-7):
    analytic, numeric = np.asarray(analytic, dtype=float), np.asarray(numeric, dtype=float)
    gap = np.abs(analytic - numeric)
    larger = np.maximum(np.abs(analytic), np.abs(numeric))
    error = np.divide(gap, larger, out=np.zeros(gap.shape), where=larger != 0)
    return int(np.sum(error > tol))
"""
LARGER = "np.maximum(np.abs(analytic), np.abs(numeric))"


def count(*changes: tuple[str, str]) -> str:
    """The repaired judge, with some of its lines replaced."""
    text = COUNT.lstrip()
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} isn't in the text.")
        text = text.replace(old, new)
    return text


COUNTS = [
    Mistake(
        "count_signed_maximum",
        "ch1_bug",
        "the larger number, as handed out",
        "Of two negative numbers the maximum is negative, and a negative error passes any limit.",
        "What is the error of -2 against -1?",
        count((LARGER, "np.maximum(analytic, numeric)")),
    ),
    Mistake(
        "count_size_of_maximum",
        "ch1_bug",
        "the size of the larger number",
        "Of 0 and -1 the larger number is 0, and the pair is taken for two zeros.",
        "Which of 0 and -1 is larger in size?",
        count((LARGER, "np.abs(np.maximum(analytic, numeric))")),
    ),
    Mistake(
        "count_size_of_error",
        "ch1_bug",
        "the size of the error",
        "The sign is mended at the end, but 0 against -1 was already given the error 0.",
        "What is larger for 0 against -1 in your code?",
        count((LARGER, "np.maximum(analytic, numeric)"), ("error > tol", "np.abs(error) > tol")),
    ),
    Mistake(
        "count_by_numeric",
        "ch1_bug",
        "divided by the measured one only",
        "Where 0 was measured, every other number is let through.",
        "What does your judge say of 5 against 0?",
        count((LARGER, "np.abs(numeric)")),
    ),
    Mistake(
        "count_by_analytic",
        "ch1_bug",
        "divided by the computed one only",
        "A computed gradient of 0 is never wrong for this judge.",
        "What does your judge say of 0 against 5?",
        count((LARGER, "np.abs(analytic)")),
    ),
    Mistake(
        "count_by_smaller",
        "ch1_bug",
        "divided by the smaller size",
        "np.minimum isn't the larger of two.",
        "What does your judge say of 0 against 5?",
        count((LARGER, LARGER.replace("maximum", "minimum"))),
    ),
    Mistake(
        "count_by_sum",
        "ch1_bug",
        "divided by the sum of the sizes",
        "The sum is nearly twice the larger size, so errors count for half.",
        "What is your error for 1 against 2?",
        count((LARGER, "np.abs(analytic) + np.abs(numeric)")),
        diagnoses=("only_on",),
    ),
    Mistake(
        "count_by_mean",
        "ch1_bug",
        "divided by the mean of the sizes",
        "The mean lies below the larger size, so errors come out too large.",
        "What is your error for 1 against 2?",
        count((LARGER, "(np.abs(analytic) + np.abs(numeric)) / 2")),
    ),
    Mistake(
        "count_absolute",
        "ch1_bug",
        "differences without a scale",
        "The gap is compared with tol directly, so tiny gradients always pass.",
        "What does your judge say of 1e-9 against -1e-9?",
        count(("error > tol", "gap > tol")),
    ),
    Mistake(
        "count_isclose",
        "ch1_bug",
        "np.isclose with this tolerance",
        "np.isclose adds an absolute 1e-8 and divides by the second array only.",
        "What does np.isclose say of 1e-9 against -1e-9?",
        count(("np.sum(error > tol)", "np.sum(~np.isclose(analytic, numeric, rtol=tol))")),
    ),
    Mistake(
        "count_sizes_compared",
        "ch1_bug",
        "sizes compared, signs forgotten",
        "Both arrays are made positive before they are subtracted, and opposite signs agree.",
        "What does your judge say of 1 against -1?",
        count(
            ("gap = np.abs(analytic - numeric)", "gap = np.abs(np.abs(analytic) - np.abs(numeric))")
        ),
        diagnoses=("only_on",),
    ),
    Mistake(
        "count_largest_of_all",
        "ch1_bug",
        "one scale for the whole array",
        "Every gap is divided by the largest entry of all, and small entries are forgiven.",
        "Which entries does the docstring compare?",
        count((LARGER, f"np.full(gap.shape, np.max({LARGER}))")),
    ),
    Mistake(
        "count_loosened",
        "ch1_bug",
        "a looser limit",
        "The limit was raised until the page looked right, and the fault stayed.",
        "Was it the limit that let -2 against -1 through?",
        count(("tol=1e-7", "tol=1e-3")),
        diagnoses=("zero_value",),
    ),
    Mistake(
        "count_right_ones",
        "ch1_bug",
        "the agreeing entries counted",
        "The comparison is turned round.",
        "How many entries disagree when all are equal?",
        count(("error > tol", "error <= tol")),
    ),
    Mistake(
        "count_share",
        "ch1_bug",
        "a share instead of a count",
        "The mean of the verdicts is returned.",
        "What does your judge return for 7 wrong of 7?",
        count(("int(np.sum(error > tol))", "float(np.mean(error > tol))")),
    ),
    Mistake(
        "count_any",
        "ch1_bug",
        "whether, not how many",
        "True counts as 1, however many entries are wrong.",
        "What does your judge return for 7 wrong of 7?",
        count(("int(np.sum(error > tol))", "bool(np.any(error > tol))")),
    ),
    Mistake(
        "count_unequal",
        "ch1_bug",
        "every difference counts",
        "Two numbers that differ in the last digit are called wrong, and tol is never used.",
        "What is tol for?",
        count(("error > tol", "analytic != numeric")),
    ),
    Mistake(
        "count_zeros",
        "ch1_bug",
        "0 against 0 counted",
        "Two zeros agree, and they are counted as wrong.",
        "Is nan <= tol true?",
        count(
            (
                "np.divide(gap, larger, out=np.zeros(gap.shape), where=larger != 0)",
                "np.divide(gap, larger, where=larger != 0, out=np.full(gap.shape, np.nan))",
            ),
            ("error > tol", "~(error <= tol)"),
        ),
    ),
    Mistake(
        "count_seven",
        "ch1_bug",
        "seven",
        "The published number is returned, whatever comes in.",
        "What does your judge say when nothing is wrong?",
        count(("int(np.sum(error > tol))", "7")),
    ),
    Mistake(
        "count_own_tolerance",
        "ch1_bug",
        "the argument tol ignored",
        "The limit is fixed at 1e-7 inside the function.",
        "What changes in your judge when tol is 1e-2?",
        count(("error > tol", "error > 1e-7")),
    ),
    Mistake(
        "count_loose",
        "ch1_bug",
        "a limit of 1e-5",
        "The limit that holds where none is named was changed.",
        "Was the limit one of the faults?",
        count(("tol=1e-7", "tol=1e-5")),
        diagnoses=("only_on",),
    ),
]

MISTAKES: tuple[Mistake, ...] = (
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
