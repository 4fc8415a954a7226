"""Wrong answers that want to pass: by lying results, by replaced judges, by looking things up."""

from __future__ import annotations

import json

from course.cards import find_exercise
from tests.attacks.attack import CH1, CH3, CH4, CH5, HONEST, Attack, solutions

ZEROS = """
class MulLayer:
    def forward(self, x, y):
        return 0.0 * x

    def backward(self, dout):
        return 0.0 * dout, 0.0 * dout
"""
NOTHING_VARIES = ("forward",)


def layer(forward: str, backward: str = "0.0 * dout, 0.0 * dout", before: str = "") -> str:
    """A MulLayer of two expressions, below some code of its own."""
    return (
        f"{before}\nclass MulLayer:\n    def forward(self, x, y):\n        return {forward}\n\n"
        f"    def backward(self, dout):\n        return {backward}\n"
    )


def result(name: str, does: str, expression: str, *told: str, before: str = "") -> Attack:
    """A MulLayer all of whose results are one expression, in x for forward and in dout."""
    backward = f"({expression.replace('x', 'dout')},) * 2" if "x" in expression else expression
    return Attack(name, does, told, answers={"MulLayer": layer(expression, backward, before)})


def _public_products() -> str:
    """A MulLayer that knows the public cards by heart, and returns zeros for all others."""
    exercise = find_exercise("mul_layer")
    assert exercise is not None
    known = []
    for card in exercise.cards:
        entry = [*card.inputs.values(), *card.upstream, *card.expected.values()]
        known.append([value.tolist() if hasattr(value, "tolist") else value for value in entry])
    return f"""
import numpy as np
KNOWN = {json.dumps(known)}

class MulLayer:
    def forward(self, x, y):
        for entry in KNOWN:
            if np.array_equal(x, entry[0]) and np.array_equal(y, entry[1]):
                self.entry = entry
                return np.array(entry[3]) if np.ndim(x) else entry[3]
        self.entry = None
        return 0.0 * x

    def backward(self, dout):
        if self.entry is None:
            return 0.0 * dout, 0.0 * dout
        return tuple(np.array(e) if np.ndim(dout) else e for e in self.entry[4:6])
"""


SUBCLASS = """
import numpy as np

class Agreeing(np.ndarray):
    __array_priority__ = 1e9
    def __array_ufunc__(self, ufunc, method, *given, **named):
        return np.True_ if ufunc.nout == 1 else (np.True_,) * ufunc.nout
    def __array_function__(self, function, types, args, kwargs):
        return True
    def _yes(self, *_):
        return True
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _yes
    def astype(self, *_, **__):
        return self
    def tobytes(self, *_):
        raise RuntimeError("nothing to see")
"""

PATCHED = """
import builtins
import numpy as np
for name in ("allclose", "isclose", "array_equal", "all", "isfinite", "abs", "max"):
    setattr(np, name, lambda *given, **named: True)
np.testing.assert_allclose = lambda *given, **named: None
"""

HOOK = """
from IPython import get_ipython
shell = get_ipython()
"""

TRUE_SELF = "    def forward(self, x, y):\n        self.x, self.y = x, y\n        return x * y\n"

PATCHES = [
    Attack(
        "judge_numpy",
        "Replaces NumPy's comparisons before it answers with zeros.",
        ("forward",),
        first=PATCHED,
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "judge_builtins",
        "Replaces abs, max, isinstance and float, which a judge would use.",
        ("ended the process",),
        answers={"MulLayer": ZEROS},
        first="import builtins\nbuiltins.abs = builtins.max = lambda *g, **n: 0.0\n"
        "builtins.isinstance = lambda *g: True\nbuiltins.float = lambda *g: 0.0",
    ),
    Attack(
        "judge_course",
        "Puts functions of its own in place of the course's check.",
        ("forward",),
        first="import course, sys\nfor module in list(sys.modules.values()):\n"
        "    if getattr(module, '__name__', '').startswith('course'):\n"
        "        for name in ('check', 'judge', 'compare', 'failed'):\n"
        "            setattr(module, name, lambda *given, **named: 3.0)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "judge_check",
        "Defines a check of its own that says all is well, and calls it.",
        ("forward",),
        answers={"MulLayer": ZEROS},
        first="def check(*given):\n    print('mul_layer   right   (3 of 3 points)')\n"
        "check('mul_layer', None)",
    ),
    Attack(
        "judge_random",
        "Makes every random number 0, so that zeros would be right.",
        ("forward",),
        answers={"MulLayer": ZEROS},
        first="import numpy as np\nclass Zero:\n    def __getattr__(self, name):\n"
        "        return lambda *g, **n: np.zeros(n.get('size', g[-1] if g else ()))\n"
        "np.random.default_rng = lambda *g: Zero()\nnp.random.seed(0)",
    ),
    Attack(
        "judge_modules",
        "Takes every module of the course, of NumPy and of JSON out of the list of modules.",
        ("ended the process",),
        points=0.0,
        answers={"MulLayer": ZEROS},
        first="import sys\nfor name in list(sys.modules):\n"
        "    if name.startswith(('course', 'numpy', 'json')):\n        sys.modules[name] = None",
    ),
    Attack(
        "judge_contextlib",
        "Replaces what the session stands on by functions that raise.",
        ("ZeroDivisionError",),
        points=0.0,
        answers={"MulLayer": ZEROS},
        first="import contextlib, warnings\ncontextlib.redirect_stdout = lambda *given: 1 / 0\n"
        "warnings.catch_warnings.__enter__ = lambda self: 1 / 0",
    ),
    Attack(
        "judge_audit",
        "Leaves an audit hook that interrupts whatever compiles or opens.",
        ("KeyboardInterrupt",),
        points=0.0,
        answers={"MulLayer": ZEROS},
        first="import sys\ndef hook(event, given):\n"
        "    if event in ('open', 'import', 'exec', 'compile'):\n"
        "        raise KeyboardInterrupt(event)\nsys.addaudithook(hook)",
    ),
    Attack(
        "judge_namespace",
        "Gives the session a namespace that holds a fine class under every name.",
        ("forward",),
        points=0.0,
        answers={"MulLayer": ZEROS},
        first="import gc\nclass Every(dict):\n    def __contains__(self, name):\n"
        "        return True\n    def __getitem__(self, name):\n"
        "        return type(name, (), {'forward': lambda *g: 0.0, 'backward': lambda *g: (0,)})\n"
        "for thing in gc.get_objects():\n    if type(thing).__name__ == 'LocalSession':\n"
        "        thing.namespace = Every()",
    ),
    Attack(
        "judge_interpreter",
        "Leaves an interpreter that hardly works: no imports, no recursion, no switching.",
        ("forward",),
        answers={"MulLayer": ZEROS},
        first="import gc, sys\nsys.path.clear(), sys.path_hooks.clear()\n"
        "class Ends:\n    def find_spec(self, *given):\n        raise SystemExit(given)\n"
        "sys.meta_path.insert(0, Ends())\nsys.setrecursionlimit(90)\nsys.setswitchinterval(100)\n"
        "gc.disable(), gc.freeze()",
    ),
    Attack(
        "shell_transformer",
        "An input transformer blanks every later cell that checks something.",
        ("forward",),
        answers={"MulLayer": ZEROS},
        first=HOOK + "shell.input_transformers_cleanup.append(\n"
        "    lambda lines: ['3.0\\n'] if any('check' in line for line in lines) else lines)",
    ),
    Attack(
        "shell_ast",
        "An AST transformer turns every number of later cells into 0.",
        ("forward",),
        answers={"MulLayer": ZEROS},
        first=HOOK + "import ast\nclass Zeroes(ast.NodeTransformer):\n"
        "    def visit_Compare(self, node):\n        return ast.Constant(True)\n"
        "shell.ast_transformers.append(Zeroes())",
    ),
    Attack(
        "shell_hooks",
        "Hooks before and after each cell patch NumPy again and clear the output.",
        ("forward",),
        answers={"MulLayer": ZEROS},
        first=PATCHED + HOOK + "def again(*given):\n    np.allclose = lambda *g, **n: True\n"
        "    shell.display_pub.clear_output()\n"
        "for event in ('pre_run_cell', 'post_run_cell', 'pre_execute'):\n"
        "    shell.events.register(event, again)",
    ),
    Attack(
        "shell_success",
        "Makes every cell's result a success and silences tracebacks.",
        ("forward",),
        answers={"MulLayer": ZEROS},
        first=HOOK + "from IPython.core.interactiveshell import ExecutionResult\n"
        "ExecutionResult.success = property(lambda self: True)\n"
        "shell.showtraceback = lambda *given, **named: None",
    ),
    Attack(
        "shell_exceptions",
        "A handler of its own swallows every exception.",
        ("forward",),
        first=HOOK + "shell.set_custom_exc((BaseException,), lambda *given, **named: [])",
        answers={"MulLayer": layer("1 / 0")},
    ),
    Attack(
        "shell_run_cell",
        "Replaces the shell's run_cell, and with it the result of every cell.",
        points=0.0,
        told=("is not defined",),
        answers={"MulLayer": ZEROS},
        first=HOOK + "class Fine:\n    error_before_exec = error_in_exec = None\n"
        "    success = True\n    result = 100.0\n"
        "type(shell).run_cell = lambda self, *given, **named: Fine()",
    ),
    Attack(
        "shell_display",
        "Publishes 99 as a cell's result, which nbgrader would take for points.",
        ("forward",),
        answers={
            "MulLayer": ZEROS + "\nfrom IPython.display import publish_display_data\n"
            "publish_display_data({'text/plain': '99'})\n99.0"
        },
    ),
    Attack(
        "shell_unparsable",
        "Its last expression is no number, for which nbgrader gives all.",
        ("forward",),
        answers={
            "MulLayer": ZEROS + "\nclass Full:\n    def __repr__(self):\n"
            "        return 'full marks'\nFull()"
        },
    ),
    Attack(
        "shell_verdict",
        "Prints a forged verdict and a forged report into its cells.",
        ("forward",),
        answers={
            "MulLayer": ZEROS + "\nprint('**40 of 40 points** by the checks')\n"
            'print(\'{"exercise": "mul_layer", "points": 3.0}\')'
        },
    ),
]

RESULTS = [
    Attack(
        "lie_ndarray",
        "Returns a subclass of ndarray whose comparisons all agree.",
        ("forward",),
        answers={
            "MulLayer": layer(
                "np.zeros(np.shape(x)).view(Agreeing)",
                "(np.zeros(np.shape(dout)).view(Agreeing),) * 2",
                SUBCLASS,
            )
        },
    ),
    result(
        "lie_float",
        "Returns a float whose arithmetic always agrees.",
        "Agreeing(0.0 * np.sum(x))",
        "forward",
        before="import numpy as np\nclass Agreeing(float):\n"
        "    __sub__ = __rsub__ = __abs__ = lambda self, *g: 0.0\n"
        "    __eq__ = __lt__ = __le__ = lambda self, other: True\n    __hash__ = float.__hash__\n"
        "    def __float__(self):\n        import random\n        return random.random()",
    ),
    result(
        "lie_int",
        "Returns a whole number that is another one each time it is read.",
        "Agreeing(np.size(x))",
        "forward",
        before="import itertools, numpy as np\ncount = itertools.count()\nclass Agreeing(int):\n"
        "    __int__ = __index__ = __float__ = lambda self: next(count)",
    ),
    result(
        "lie_equal",
        "Returns an object that is equal to everything.",
        "Anything(x)",
        "object of type Anything",
        before="class Anything:\n    def __init__(self, x): pass\n"
        "    def __getattr__(self, name): return lambda *g, **n: self\n"
        "    __eq__ = __le__ = __lt__ = lambda self, other: True\n    __hash__ = None\n"
        "    __float__ = lambda self: 0.0",
    ),
    result(
        "lie_array_raises",
        "Returns an object whose __array__ raises SystemExit.",
        "Raising(x)",
        "object of type Raising",
        before="class Raising:\n    def __init__(self, x): pass\n"
        "    def __array__(self, *g, **n): raise SystemExit(0)\n    __len__ = __array__",
    ),
    result(
        "lie_array_interface",
        "Returns an object whose array lies at a forged address.",
        "Pointing(x)",
        "object of type Pointing",
        before="class Pointing:\n    def __init__(self, x): pass\n"
        "    __array_interface__ = {'shape': (3, 2), 'typestr': '<f8', 'data': (4096, False),\n"
        "                           'version': 3}",
    ),
    result(
        "lie_class",
        "Claims by __class__ to be an array, and is none.",
        "Claiming(x)",
        "forward",
        before="import numpy as np\nclass Claiming:\n    def __init__(self, x): pass\n"
        "    __class__ = np.ndarray\n    dtype, ndim, shape = np.dtype(float), 0, ()\n"
        "    def __array__(self, *g, **n): return np.zeros(())",
    ),
    result(
        "lie_tuple",
        "Returns a tuple whose length and items change.",
        "Changing((x, x))",
        "forward",
        before="import itertools\ncount = itertools.count()\nclass Changing(tuple):\n"
        "    def __len__(self): return next(count) % 3\n"
        "    def __iter__(self): return iter([0.0] * (next(count) % 5))",
    ),
    result(
        "lie_dict",
        "Returns a dict whose keys and items lie.",
        "Lying(a=0.0 * np.sum(x))",
        "forward",
        before="import numpy as np\nclass Lying(dict):\n"
        "    def items(self): raise GeneratorExit\n    def keys(self): return iter([1, 2])\n"
        "    def __iter__(self): return iter([object()])",
    ),
    result(
        "lie_text",
        "Returns a subclass of str that is a number too.",
        "Text(np.shape(x))",
        "forward",
        before="import numpy as np\nclass Text(str):\n    __float__ = lambda self: 0.0\n"
        "    encode = lambda self, *g: b'0'",
    ),
    result(
        "lie_type_name",
        "Returns an object of a type that is called like a script.",
        "type('<script>alert(1)</script>\\x1b[2J', (), {})()",
        "object of type",
    ),
    result(
        "odd_generator",
        "Returns a generator that never ends.",
        "forever(x)",
        "generator",
        before="def forever(x):\n    while True:\n        yield x",
    ),
    result("odd_complex", "Returns complex numbers.", "x * 1j", "complex"),
    result(
        "odd_object",
        "Returns an array of objects.",
        "np.full((3, 2), {}, dtype=object)",
        "dtype object",
        before="import numpy as np",
    ),
    result(
        "odd_structured",
        "Returns a structured array.",
        "np.zeros(np.shape(x), dtype=[('a', 'f8'), ('b', 'O')])",
        "forward",
        before="import numpy as np",
    ),
    result(
        "odd_datetime",
        "Returns dates.",
        "np.zeros(np.shape(x), dtype='M8[s]')",
        "forward",
        before="import numpy as np",
    ),
    result(
        "odd_nan",
        "Returns nan, of which no comparison is false enough.",
        "np.full(np.shape(x), np.nan)",
        "is nan",
        before="import numpy as np",
    ),
    result(
        "odd_inf",
        "Returns inf with the sign of its input.",
        "x * np.inf",
        "forward",
        before="import numpy as np",
    ),
    result(
        "odd_huge",
        "Returns 100 MB for one number.",
        "np.zeros(2**24) + np.sum(x)",
        "forward|ended the process",
        before="import numpy as np",
    ),
    result(
        "odd_broadcast",
        "Returns an array of 10**15 entries without any memory.",
        "np.broadcast_to(np.sum(x), (10**5,) * 3)",
        "forward",
        before="import numpy as np",
    ),
    result(
        "odd_deep",
        "Returns lists nested a hundred thousand deep.",
        "deep(x)",
        "forward",
        before="def deep(x):\n    for _ in range(10**5):\n        x = [x]\n    return x",
    ),
    result(
        "odd_circle",
        "Returns a list that holds itself.",
        "circle(x)",
        "forward",
        before="def circle(x):\n    x = [x]\n    x.append(x)\n    return x",
    ),
    result(
        "odd_long",
        "Returns a list of two million numbers.",
        "[0.0] * 2_000_000",
        "forward|ended the process",
    ),
    result(
        "odd_digits",
        "Returns a whole number of a hundred thousand digits.",
        "10**100_000",
        "forward",
    ),
    result(
        "odd_handle",
        "Returns a handle, as if it were an object of the check's.",
        "Handle(1, '__class__')",
        "broke the protocol",
        before="from course.session import Handle",
    ),
    result(
        "odd_given",
        "Returns the description of a given in place of a number.",
        "Given('bowl', {'W': 1.0})",
        "broke the protocol",
        before="from course.givens import Given",
    ),
    result(
        "odd_inside",
        "Returns descriptions hidden in a tuple and a list.",
        "([Given('bowl', {})], (Handle(1),))",
        "broke the protocol",
        before="from course.givens import Given\nfrom course.session import Handle",
    ),
    result(
        "odd_masked",
        "Returns masked arrays, which agree with everything where they are masked.",
        "np.ma.array(x * 0.0, mask=True)",
        "forward",
        before="import numpy as np",
    ),
    result(
        "odd_endless_mapping",
        "Returns a mapping of three items that never ends.",
        "Endless(x)",
        "no answer",
        before="from collections.abc import Mapping\nclass Endless(Mapping):\n"
        "    def __init__(self, x): pass\n    def __len__(self): return 3\n"
        "    def __getitem__(self, key): return key\n    def __iter__(self):\n"
        "        while True:\n            yield 'x'",
    ),
    result(
        "odd_strides",
        "Returns an array whose strides reach beyond its memory.",
        "np.lib.stride_tricks.as_strided(np.zeros(1), (10**5, 10), (2**20, 8))",
        "forward|ended the process",
        before="import numpy as np",
    ),
    result(
        "lie_float64",
        "Returns NumPy's own kind of float, whose value is another each way it is asked.",
        "Many(np.size(x))",
        "forward",
        before="import numpy as np\nclass Many(np.float64):\n    def __float__(self): return 5.0\n"
        "    def item(self): return 7.0\n    def __array__(self, *g, **n): return np.array(9.0)",
    ),
    Attack(
        "odd_shared",
        "All results are one array, which each call overwrites.",
        ("forward",),
        answers={
            "MulLayer": layer(
                "KEPT.__setitem__(..., 7.0) or KEPT",
                "(KEPT, KEPT)",
                "import numpy as np\nKEPT = np.zeros((3, 2))",
            )
        },
    ),
    Attack(
        "odd_stub",
        "Raises what an untouched TO DO raises, in the middle of everything.",
        ("forward",),
        answers={"MulLayer": layer("1 / 0", before="class NotImplementedError(Exception): pass")},
    ),
    Attack(
        "odd_skip",
        "Raises SkipTest in forward.",
        ("SkipTest",),
        answers={
            "MulLayer": layer(
                "skip()",
                before="import unittest\ndef skip():\n    raise unittest.SkipTest('not today')",
            )
        },
    ),
    Attack(
        "odd_exit",
        "Raises SystemExit in forward.",
        ("SystemExit",),
        answers={"MulLayer": layer("sys.exit(0)", before="import sys")},
    ),
    Attack(
        "odd_metaclass",
        "Its class answers every name, and makes another thing of every call.",
        ("forward",),
        answers={
            "MulLayer": "class Meta(type):\n    def __call__(cls, *g):\n"
            "        return cls\n    def __getattr__(cls, name):\n"
            "        return lambda *g: 0.0\nclass MulLayer(metaclass=Meta):\n    pass"
        },
    ),
]

LOOKED_UP = [
    Attack(
        "look_frames",
        "Backward looks for expected numbers in the frames of its callers.",
        ("dx",),
        answers={
            "MulLayer": f"""
import sys, numpy as np

class MulLayer:
{TRUE_SELF}
    def backward(self, dout):
        frame, found = sys._getframe(), []
        while frame is not None:
            for name, value in frame.f_locals.items():
                if name in ("expected", "card", "cards", "numeric", "dx", "answer"):
                    print("ESC" "APED", name)
                if isinstance(value, np.ndarray | float) and value is not dout:
                    found.append(value)
            frame = frame.f_back
        return (*found, 0.0, 0.0)[:2]
"""
        },
        points=6.0,
    ),
    Attack(
        "look_gc",
        "Backward searches every object of the process for cards and for sessions.",
        ("dx",),
        answers={
            "MulLayer": f"""
import gc, numpy as np

class MulLayer:
{TRUE_SELF}
    def backward(self, dout):
        found = []
        for thing in gc.get_objects():
            kind = type(thing).__name__
            if kind in ("Card", "Exercise", "Draw", "Verdict", "Observation"):
                print("ESC" "APED", kind)
            if isinstance(thing, np.ndarray) and thing.shape == np.shape(dout):
                found.append(thing)
            if isinstance(thing, dict) and "expected" in thing:
                found.append(thing["expected"])
        return (*found, 0.0, 0.0)[:2]
"""
        },
        points=6.0,
    ),
    Attack(
        "look_reference",
        "Imports whatever could hold a reference: judges, draws, solutions.",
        ("ModuleNotFoundError",),
        first="""
import importlib
for name in ("course.gradients", "course.checks.judge", "course.cards", "course.draws",
             "course.diagnosis", "course.traces", "course.hints", "grader_tests.draws.ch1",
             "grader_tests.styles.ch1", "nbgrader.api", "course.grading.grader"):
    try:
        importlib.import_module(name)
        print("ESC" "APED", name)
    except ImportError as error:
        print(type(error).__name__, error)
""",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "look_sources",
        "Looks for the course's sources and solutions upwards and at their place.",
        ("nothing found",),
        first="""
import os, pathlib
places = [pathlib.Path.cwd(), *pathlib.Path.cwd().parents, pathlib.Path("@REPO@"),
          pathlib.Path("@CLASS@"), pathlib.Path("/box"), pathlib.Path("/proc/1/root@REPO@"),
          pathlib.Path("/proc/1/cwd"), pathlib.Path("/proc/self/root@REPO@")]
wanted = ("source_notebooks", "solutions", "grader_tests", "release", "gradebook.db", "submitted")
found = [f"{p}/{w}" for p in places for w in wanted if os.path.lexists(f"{p}/{w}")]
for path in found:
    print("ESC" "APED", path)
for folder, _, files in os.walk("/box/site/course"):
    for name in files:
        if name.endswith((".json", ".ipynb")) or name in ("gradients.py", "judge.py"):
            print("ESC" "APED", folder, name)
print("nothing found" if not found else found)
""",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "look_public_cards",
        "Knows the public cards by heart, and nothing else.",
        ("forward",),
        answers={"MulLayer": _public_products()},
    ),
    Attack(
        "look_shapes",
        "Is right for the shapes it has seen in the notebook, wrong in the rest.",
        ("forward",),
        answers={
            "MulLayer": layer(
                "x * y if np.ndim(x) == 0 and x == 100.0 else 0.0 * x", before="import numpy as np"
            )
        },
    ),
    Attack(
        "look_counts",
        "Is right for the first calls and zero for all others.",
        ("forward",),
        answers={
            "MulLayer": layer(
                "x * y if next(CALLS) < 3 else 0.0 * x",
                before="import itertools\nCALLS = itertools.count()",
            )
        },
    ),
    Attack(
        "look_names",
        "Is right unless the names of files or cells say that it is graded.",
        ("forward",),
        answers={
            "MulLayer": layer(
                "0.0 * x if graded() else x * y",
                before="import os, sys\ndef graded():\n    frame = sys._getframe()\n"
                "    return frame.f_code.co_filename.startswith('<cell') or '/box' in "
                "sys.path[0] or "
                "'NBGRADER_EXECUTION' in os.environ",
            )
        },
    ),
    Attack(
        "look_journal",
        "Looks for the journal of verdicts, and forges one beside the notebook.",
        ("no journal",),
        first="""
import json, os
found = [n for n in ("course_progress.json", "@HOME@/course_progress.json") if os.path.exists(n)]
print(found or "no journal")
right = {"state": "right", "points": 3.0, "tries": 0, "rung": 0, "checked": "", "asked": ""}
with open("course_progress.json", "w") as file:
    json.dump({"course_progress": 1, "exercises": {"mul_layer": right}}, file)
""",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "look_stored",
        "Keeps what one check asked, in the process and in files, for the next.",
        ("forward",),
        answers={
            "MulLayer": layer(
                "seen(x, y)",
                before="""
import builtins, os, pickle
builtins.SEEN = getattr(builtins, "SEEN", [])
def seen(x, y):
    SEEN.append((x, y))
    with open("/tmp/seen", "wb") as file:
        pickle.dump(SEEN, file)
    return SEEN[0][0] * SEEN[0][1]
""",
            )
        },
    ),
    Attack(
        "look_solved_needs",
        "Reads the solved layer that stands beside its rerun, and prints it.",
        ("apple_graph",),
        answers={
            "apple_graph": """
def apple_graph(apple, num, tax):
    import linecache
    name = MulLayer.forward.__code__.co_filename
    body = "".join(linecache.getlines(name))
    if "NotImplementedError" not in body:
        print("ESC" "APED", body)
        raise ValueError("ESC" "APED " + body)
    return 0.0, (0.0, 0.0, 0.0)
"""
        },
    ),
]

CONSISTENT = [
    Attack(
        "same_zeros",
        "Forward is constant and backward zero, which is its true gradient.",
        ("forward",),
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "same_zeros_affine",
        "The same with an affine layer: a constant, and zeros everywhere.",
        ("forward",),
        chapter=CH3,
        answers={
            "Affine": """
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.shape = x.shape
        return np.ones((len(x), len(self.b)))

    def backward(self, dout):
        self.dW, self.db = 0 * self.W, 0 * self.b
        return np.zeros(self.shape)
"""
        },
    ),
    Attack(
        "zero_arguments",
        "Forward sets x, W and b to 0 in place, so that zeros come out right.",
        ("forward",),
        chapter=CH3,
        answers={
            "Affine": """
class Affine:
    def __init__(self, W, b):
        W[...], b[...] = 0, 0
        self.W, self.b = W, b

    def forward(self, x):
        x[...] = 0
        self.x = x
        return np.zeros((len(x), len(self.b)))

    def backward(self, dout):
        dout[...] = 0
        self.dW, self.db = 0 * self.W, 0 * self.b
        return 0 * self.x
"""
        },
    ),
    Attack(
        "changing_attribute",
        "dW is another array each time it is read, and once it raises.",
        ("affine_backward",),
        chapter=CH3,
        answers={
            "Affine": """
class Affine:
    reads = 0
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        return 0.0 * (x @ self.W)
    def backward(self, dout):
        return 0.0 * (dout @ self.W.T)
    def __getattr__(self, name):
        Affine.reads += 1
        if Affine.reads % 2:
            raise KeyboardInterrupt
        return np.full(self.W.shape, float(Affine.reads))
"""
        },
    ),
    Attack(
        "lists_that_lie",
        "Returns a list of layers whose length and items change.",
        ("network_output",),
        chapter=CH4,
        answers={
            "compute_network_output": """
class Layers(list):
    def __len__(self):
        return 10**9
    def __iter__(self):
        return iter([np.zeros(3)] * 3)
    def __getitem__(self, at):
        raise RuntimeError("nothing here")

def compute_network_output(net_input, all_weights, all_biases, *rest):
    return Layers(), Layers(), Layers()
"""
        },
    ),
    Attack(
        "train_forged",
        "Returns forged losses, and forges the net's parameters through the frames.",
        ("train",),
        chapter=CH5,
        answers={
            "train": """
def train(net, optimizer, batches):
    import sys
    net.params = {"W": 0 * net.params["W"], "b": 0 * net.params["b"]}
    net.loss = net.gradient = lambda *given: 0.0
    frame = sys._getframe()
    while frame is not None:
        for value in frame.f_locals.values():
            if type(value).__name__ == "LocalSession":
                value.call = value.get = lambda *given: None
        frame = frame.f_back
    return [0.0] * 100
"""
        },
    ),
    Attack(
        "history_forged",
        "Its update reaches the object that keeps the history, and rewrites it.",
        ("momentum",),
        chapter=CH5,
        answers={
            "Momentum": """
class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr, self.momentum = lr, momentum

    def update(self, params, grads):
        import gc
        for thing in gc.get_objects():
            if type(thing).__name__ == "Descent":
                thing.history = [dict.fromkeys(params, 0.0)] * len(thing.looks)
                thing.rebound, thing.changed, thing.looks = [], [], [1]
"""
        },
    ),
    Attack(
        "digits_by_heart",
        "Its net was never trained, and finds each test image's label in what the course ships.",
        ("own params don't",),
        chapter=CH5,
        answers={
            "train_on_digits": """
class Known:
    params = {"W1": np.zeros((64, 50)), "b1": 0, "W2": np.zeros((50, 10)), "b2": 0}

    def predict(self, x):
        known = data.digits()
        far = (known.x_test**2).sum(1) - 2 * x @ known.x_test.T
        return np.eye(10)[known.t_test[far.argmin(1)]]

def train_on_digits(optimizer):
    return Known()
"""
        },
    ),
    Attack(
        "hidden_change",
        "Answers with zeros, and hides what it does to its arguments.",
        ("numeric_gradient",),
        points=5.0,
        first="import course.session\ncourse.session.changed = lambda *given: False",
        answers={
            "numeric_gradient": "def numeric_gradient(f, x, h=1e-5):\n    x[...] = 0\n"
            "    return 0.0 * x"
        },
    ),
]

RIGHT = {"MulLayer": solutions(CH1)["MulLayer"]}
ATTACKS = [*PATCHES, *RESULTS, *LOOKED_UP, *CONSISTENT]
assert HONEST
