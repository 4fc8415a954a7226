"""A cell's text is read, never run, and never breaks the reader."""

from __future__ import annotations

import pytest

from course.grading.code import Asked, pieces, read, same_code


def test_names_are_found_at_the_top_level_and_in_its_blocks() -> None:
    source = """
import numpy as np
from math import sin as sine
class A:
    inner = 1
def f(): local = 1
async def g(): pass
x, (y, *z) = 1, (2, 3)
t: int = 1
try:
    class B: pass
except ImportError:
    def h(): pass
"""
    assert read(source).names == {*("A", "f", "g", "x", "y", "z", "t", "B", "h", "np", "sine")}


def test_magics_and_shell_lines_do_not_hide_the_code_around_them() -> None:
    source = "%matplotlib inline\n!pip install x\nfiles = !ls\nA?\nclass A: pass\nb = (4\n% 3)"
    assert "A" in read(source).definitions
    assert "A" in read("%%time\nclass A: pass").definitions
    assert not read("%%bash\nclass A: pass").definitions


def test_a_cell_with_a_syntax_error_still_shows_what_it_meant_to_define() -> None:
    reading = read("class A:\n  def f(self:\n# TO DO 1.1: x\nb = \ncheck('mul_layer', A)")
    assert reading.definitions == {"A": "", "b": ""}
    assert reading.asked == (Asked("mul_layer"),)
    assert reading.markers == {"1.1"}


def test_a_check_is_a_call_not_a_comment_or_a_text() -> None:
    asked = read(
        "# check('a', A)\ns = \"check('b', B)\"\ncheck('c', C, D)\ncheck('d', lambda: 1)"
    ).asked
    assert asked == (Asked("c", ("C", "D")), Asked("d"))


def test_layout_and_comments_do_not_change_the_shape_of_a_definition() -> None:
    one, other = read("def f(x):\n    return x  # so"), read("def f( x ) :\n\n  return x")
    assert one.definitions == other.definitions


TROUBLESOME = {
    "brackets": "(" * 99_000,
    "signs": "-" * 99_000 + "1",
    "attributes": "a" + ".b" * 40_000,
    "sums": "1" + "+1" * 40_000,
    "conditions": "x if 1 else " * 8_000 + "1",
    "negations": "not " * 20_000 + "1",
    "formats": "f'{" * 100 + "}'" * 100,
    "a null": "\0",
    "a surrogate": chr(0xD800),
}


@pytest.mark.parametrize("source", TROUBLESOME.values(), ids=TROUBLESOME.keys())
def test_no_text_breaks_the_reader(source: str) -> None:
    assert all(isinstance(name, str) for name in read(source).definitions)


def test_a_cell_says_what_it_needs_of_others_and_when() -> None:
    reading = read(
        "class A(Base):\n    size = LIMIT\n    def f(self, x): return helper(x, self.y, A)\n"
        "print([name for name in seen])\ndel gone\nwith open('a') as file: file.read()"
    )
    assert reading.reads == {"Base", "LIMIT", "seen"}
    assert reading.reads_later == {"helper"}
    assert reading.forgets == {"gone"}
    assert not reading.opaque
    assert reading.binds == {"A", "file"}
    assert read("if (n := 1): pass\nmatch n:\n    case [m]: pass").names == {"n", "m"}
    assert read("seen.append(3)\nplots[0].axes.set(x=1)\nprint(f(3))").touches == {"seen", "plots"}
    assert read("A.backward = f").opaque
    assert read("from numpy import *").opaque
    assert read("exec('x = 1')").opaque


def test_a_cell_is_cut_only_where_a_line_may_stop_what_stands_below() -> None:
    made = "class A:\n    pass"
    assert pieces(f"import torch\nimport numpy as np\n{made}") == [
        "import torch",
        f"import numpy as np\n{made}",
    ]
    assert pieces(f"%autosave 60\nprint(1)\n{made}\nprint(A())") == [
        "%autosave 60",
        "print(1)",
        f"{made}\nprint(A())",
    ]
    for whole in (
        f"import math\n{made}\nprint(A())",
        "x = f(3)\nprint(x)",
        f"%%time\nimport torch\n{made}",
        f"print(1); {made.splitlines()[0]} pass",
        "def f(:",
    ):
        assert pieces(whole) == [whole]


def test_nothing_is_lost_by_cutting() -> None:
    source = "import torch\n\n# a remark\nf(1)\nx = 3  # why\n@d\nclass A:\n    pass\n"
    assert "\n".join(pieces(source)).replace("\n", "") == source.replace("\n", "")


def test_blanks_in_docstrings_do_not_change_a_shape() -> None:
    one = 'def f(x):\n    """One.\n\n    Two."""\n    return x'
    other = 'def f(x):\n\t"""One.  \n\n\tTwo."""\n\treturn x'
    assert same_code(one, other)
    assert not same_code(one, one.replace("x", "y"))
