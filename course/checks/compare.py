"""One result against one expected value."""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from course import gradients
from course.messages import number, pair, place, say
from course.session import Foreign, Raised

Kind = Literal[
    "right",
    "not attempted",
    "undefined",
    "raised",
    "blocked",
    "type",
    "shape",
    "not finite",
    "value",
    "unsettled",
    "measured",
]


@dataclass(frozen=True)
class Comparison:
    """How a result compares; `yours` and `expected` are arrays where both are numbers, and texts
    where both are.

    A gradient's entries that leave a choice are nan in `expected`: they tell nothing of a cause.
    `error` is what the answer raised. `cause` is the key of a diagnosis that needs no numbers. A
    gradient is unsettled where forward must be mended first, and measured where the numbers are
    right and come from differences. What may be right `by_chance` shows
    nothing by where it is right.
    """

    kind: Kind
    text: str = ""
    yours: Any = None
    expected: Any = None
    narrow: bool = False
    error: Raised | None = None
    cause: str = ""
    by_chance: bool = False

    @property
    def ok(self) -> bool:
        return self.kind == "right"


def told(kind: Kind, key: str, **values: object) -> Comparison:
    """A comparison that its own sentence explains; the diagnosis of the same key asks about it."""
    return Comparison(kind, say(key, **values), cause=key)


def compare(
    yours: Any,
    expected: Any,
    noise: float | None = None,
    slack: float = 0.0,
    between: tuple[Any, Any] | None = None,
) -> Comparison:
    """A result against a card's leaf; with `noise` the leaf is a gradient, without it a value.
    Where the noise is infinite, only the shape is asked, and that all entries are finite.

    A value may lie off by `slack` on top of its tolerance. Entries whose lowest and highest right
    value (`between`) differ are right anywhere from one to the other.
    """
    if expected is None:
        return _compare_nothing(yours)
    if isinstance(expected, str):
        return _compare_text(yours, expected)
    if isinstance(expected, bool | np.bool_):
        return _compare_truth(yours, bool(expected))
    wanted = "a number" if np.ndim(expected) == 0 else f"an array of shape {np.shape(expected)}"
    refusal = _not_numbers(yours, wanted)
    if refusal is not None:
        return refusal
    try:
        mine = np.asarray(yours)
    except ValueError:
        return Comparison(
            "type", _several(yours, wanted) if isinstance(yours, tuple) else say("ragged")
        )
    if mine.dtype.kind not in "fiub":
        return Comparison("type", say("ragged"))
    if isinstance(yours, tuple) and mine.shape == (1, *np.shape(expected)):
        return Comparison("type", say("comma", wanted=wanted))
    found = _compare_arrays(mine, np.asarray(expected, dtype=np.float64), noise, slack, between)
    of_several = isinstance(yours, tuple) and found.kind == "shape"
    return replace(found, text=_several(yours, wanted)) if of_several else found


def _several(yours: tuple[Any, ...], wanted: str) -> str:
    return say("structure", got=in_words(yours), wanted=wanted)


def out_of_row(yours: Any, expected: Any) -> Any:
    """A result of shape (1, C) as (C,), one of shape (1, 1) as a number: where a row of its own is
    as good."""
    if _not_numbers(yours, "") is not None:
        return yours
    try:
        shape, wanted = np.shape(yours), np.shape(expected)
    except ValueError:  # a ragged list has no shape
        return yours
    alone = not wanted and shape in ((1,), (1, 1))
    return np.reshape(yours, wanted) if alone or shape == (1, *wanted) else yours


def compare_layers(
    yours: Any, expected: list[Any], noise: float | None = None
) -> list[tuple[str, Comparison]]:
    """A list with one array for each layer, layer by layer: ("[2]", its comparison).

    Gradients begin at the last layer, as a backward pass does: there the first wrong one is the
    cause of those that follow. Layers with a nan come before all others.
    """
    if isinstance(yours, np.ndarray) and yours.ndim > 0:
        yours = list(yours)
    if not isinstance(yours, tuple | list) or len(yours) != len(expected):
        if yours is None:
            return [("", Comparison("type", say("nothing"), cause="nothing"))]
        text = say("layers", got=in_words(yours), wanted=len(expected))
        return [("", Comparison("type", text))]
    compared = []
    for layer, (mine, right) in enumerate(zip(yours, expected, strict=True)):
        found = compare(mine, right, noise)
        if mine is None:
            found = Comparison(
                "type", say("foreign", kind="nothing (None)", wanted=in_words(right))
            )
        compared.append((f"[{layer}]", found))
    in_order = compared if noise is None else compared[::-1]
    return sorted(in_order, key=lambda each: each[1].kind != "not finite")


def _not_numbers(yours: object, wanted: str) -> Comparison | None:
    if yours is None:
        return Comparison("type", say("nothing"), cause="nothing")
    if isinstance(yours, Foreign):
        return Comparison("type", say("foreign", kind=yours.kind, wanted=wanted))
    if isinstance(yours, str):
        return Comparison("type", say("text", got=yours[:40], wanted=wanted))
    if isinstance(yours, dict):
        return Comparison("type", say("foreign", kind="a dict", wanted=wanted))
    if isinstance(yours, tuple | list):
        inside = next((item for item in yours if _not_numbers(item, wanted)), ())
        if inside != ():
            text = say(
                "foreign_inside", got=in_words(yours), inside=in_words(inside), wanted=wanted
            )
            return Comparison("type", text)
    return None


def _compare_nothing(yours: object) -> Comparison:
    if yours is None:
        return Comparison("right")
    return Comparison("value", say("truth", yours=in_words(yours), expected="None"))


def _compare_text(yours: object, expected: str) -> Comparison:
    if not isinstance(yours, str):
        return Comparison("type", say("foreign", kind=in_words(yours), wanted="a text"))
    if yours == expected:
        return Comparison("right")
    text = say("truth", yours=repr(yours[:40]), expected=repr(expected))
    return Comparison("value", text, yours, expected)


def _compare_truth(yours: object, expected: bool) -> Comparison:
    refusal = _not_numbers(yours, "True or False")
    if refusal is not None:
        return refusal
    if isinstance(yours, tuple | list) or np.ndim(yours) != 0 or yours not in (0, 1):  # type: ignore[arg-type]
        return Comparison("type", say("foreign", kind=in_words(yours), wanted="True or False"))
    if bool(yours) is expected:
        return Comparison("right")
    text = say("truth", yours=bool(yours), expected=expected)
    return Comparison("value", text, np.asarray(float(yours)), np.asarray(float(expected)))


def in_words(value: Any) -> str:
    """What a result is, in a sentence: "a tuple of 3", "an array of shape (2,)"."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, Foreign):
        return value.kind
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    return f"the number {number(value)}"


def _compare_arrays(
    mine: np.ndarray,
    expected: np.ndarray,
    noise: float | None,
    slack: float,
    between: tuple[Any, Any] | None,
) -> Comparison:
    narrow = mine.dtype == np.float32
    mine = mine.astype(np.float64)
    if mine.shape != expected.shape:
        is_slope = noise is not None and np.isfinite(noise)
        turned = is_slope and mine.ndim == 2 and mine.T.shape == expected.shape
        text = say("transposed_shape" if turned else "shape", got=mine.shape, wanted=expected.shape)
        return Comparison("shape", text, mine, None if noise == np.inf else expected, narrow)
    if between is None and (mine == expected).all():
        return Comparison("right", "", mine, expected, narrow)
    if noise is None:
        allowed = gradients.value_allowance(expected) + slack
    else:
        allowed = gradients.gradient_allowance(expected, noise)
    if between is None and _is_near(mine, expected, allowed):
        return Comparison("right", "", mine, expected, narrow)
    finite = np.isfinite(mine) | (mine == expected)
    if not np.all(finite):
        text = _not_finite(mine, finite)
        return Comparison("not finite", text, mine, None if noise == np.inf else expected, narrow)
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.where(mine == expected, 0.0, np.abs(mine - expected))
        if between is not None:
            low, high = np.asarray(between[0]), np.asarray(between[1])
            outside = np.maximum(np.maximum(low - mine, mine - high), 0.0)
            off = np.where(low < high, outside, off)
    # A nan on either side counts as wrong, and as the worst of all.
    off = np.where(np.isnan(off), np.inf, off)
    bad = ~(off <= allowed)
    if np.any(bad) and (narrow or _is_widened(mine)):
        bad = ~(off <= np.maximum(allowed, gradients.float32_allowance(expected)))
    if not np.any(bad):
        return Comparison("right", "", mine, expected, narrow)
    text = _value(mine, expected, off, bad)
    if between is not None and noise is not None:
        expected = np.where(low < high, np.nan, expected)
    return Comparison("value", text, mine, expected, narrow)


def _is_near(mine: np.ndarray, expected: np.ndarray, allowed: np.ndarray) -> bool:
    """Whether all numbers are finite and as near as allowed: then nothing is left to look at."""
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(mine - expected)
        return bool(((off <= allowed) & (off < np.inf)).all())


def _is_widened(mine: np.ndarray) -> bool:
    """Whether these numbers were single precision before they became float64.

    Then all of them fit into it, which numbers computed in float64 don't. A few fit by chance, and
    short ones such as 0.5 always do: it takes several different long ones to tell.
    """
    with np.errstate(over="ignore", under="ignore"):
        if not np.array_equal(mine, mine.astype(np.float32)):
            return False
    mantissas, _ = np.frexp(mine[np.isfinite(mine)])
    long = mantissas[mantissas * 2**16 % 1 != 0]
    return len(np.unique(long)) >= 3


def _not_finite(mine: np.ndarray, finite: np.ndarray) -> str:
    if mine.ndim == 0:
        return say("not_finite_one", yours=number(mine.item()))
    first = np.argwhere(~finite)[0]
    return say("not_finite", count=int(np.sum(~finite)), total=mine.size, where=place(first))


def _value(mine: np.ndarray, expected: np.ndarray, off: np.ndarray, bad: np.ndarray) -> str:
    if mine.ndim == 0:
        return say("value_one", **pair(mine.item(), expected.item()))
    first = tuple(np.argwhere(bad)[0])
    worst = tuple(np.argwhere(off == np.max(off))[0])
    tail = ""
    if worst != first:
        tail = say(
            "value_worst",
            worst=place(worst),
            **pair(mine[worst], expected[worst]),
        )
    return say(
        "value_many",
        count=int(np.sum(bad)),
        total=mine.size,
        first=place(first),
        **pair(mine[first], expected[first]),
        worst=tail,
    )


_BUILT_IN = {"NoneType", "function", "ndarray", *dir(builtins)}


def failed(error: Raised, name: str, method: str | None = None) -> Comparison:
    """The comparison for code that raised instead of answering."""
    if error.is_stub:
        return Comparison("not attempted", say("not_attempted"), error=error)
    if error.type == "NameError" and error.message == f"name '{name}' is not defined":
        return Comparison("undefined", say("undefined", name=name), error=error)
    lacking = re.fullmatch(rf"'(\w+)' object has no attribute '{method}'", error.message)
    own = lacking is not None and lacking[1] not in _BUILT_IN
    if error.type == "AttributeError" and not error.line and own:
        return Comparison("undefined", say("no_method", name=name, method=method), error=error)
    text = say("raised", type=error.type, message=error.message or "(no message)")
    return Comparison("raised", with_line(text, error), error=error)


def with_line(text: str, error: Raised) -> str:
    """A sentence about what was raised, and below it the student's own line, where there is one."""
    if not error.line:
        return text
    return say("at_line", text=text, line=error.line, number=error.line_number)
