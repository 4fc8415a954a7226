"""From what Python or NumPy said to what usually causes it."""

from __future__ import annotations

import re

from course.diagnosis.evidence import named
from course.session import Raised
from course.verdict import Diagnosis

# The type, what its message has in it, and the cause; groups of the pattern stand in its sentences.
CAUSES: tuple[tuple[str, str, str], ...] = (
    ("TypeError", r"'(builtin_function_or_method|method|function)' object|_or_method'", "uncalled"),
    ("AttributeError", r"'(builtin_function_or_method|method)' object", "uncalled"),
    ("", r"NoneType", "none_used"),
    ("TypeError", r"len\(\) of unsized|has no len", "no_length"),
    ("TypeError", r"cannot unpack non-iterable", "unpacked_one"),
    ("ValueError", r"not enough values to unpack", "unpacked_few"),
    ("ValueError", r"too many values to unpack", "unpacked_many"),
    ("AttributeError", r"'numpy\.\w+' object has no attribute '(?P<name>\w+)'", "no_array_method"),
    ("AttributeError", r"'(list|tuple|float|int|dict|bool)' object has no", "not_an_array"),
    ("AttributeError", r"module '[\w.]+' has no attribute '(?P<name>\w+)'", "no_such_function"),
    ("AttributeError", r"object has no attribute '(?P<name>\w+)'", "unstored"),
    ("UnboundLocalError", r"variable '(?P<name>\w+)'", "unbound"),
    ("NameError", r"name '(?P<name>\w+)' is not defined", "unknown_name"),
    ("", r"NumPy boolean array indexing|boolean index did not match", "mask_assignment"),
    ("", r"numpy boolean (negative|subtract)", "mask_minus"),
    ("ValueError", r"truth value of an array", "ambiguous"),
    ("ValueError", r"matmul|shapes .* not aligned|not enough dimensions|core dim", "matmul"),
    ("ValueError", r"non-broadcastable output|could not be broadcast to shape", "in_place_shape"),
    ("ValueError", r"could not be broadcast|could not broadcast", "broadcast"),
    ("", r"Cannot cast ufunc|same_kind|casting rule", "integers"),
    ("", r"converted to Python scalar|must be real number|only length-1|only 0-dim", "one_number"),
    ("ValueError", r"inhomogeneous", "ragged"),
    ("ValueError", r"setting an array element with a sequence", "one_number"),
    ("ValueError", r"cannot reshape", "reshape"),
    ("", r"axis \S+ is out of bounds|AxisError|axes don't match", "no_axis"),
    ("IndexError", r"indexing arrays could not be broadcast", "index_shape"),
    ("IndexError", r"too many indices", "many_indices"),
    ("IndexError", r"out of (range|bounds)", "past_the_end"),
    ("", r"only integers, slices|indices must be integers|must be of integer", "index_kind"),
    ("KeyError", r"(?P<name>.*)", "no_key"),
    ("TypeError", r"missing \d+ required positional|takes .* positional arg", "arguments"),
    ("TypeError", r"unexpected keyword argument '(?P<name>\w+)'", "no_such_argument"),
    ("TypeError", r"takes (from|at|exactly)|number of arguments|arguments? \(", "arguments"),
    ("TypeError", r"object is not callable", "not_callable"),
    ("TypeError", r"not subscriptable|does not support item assignment", "not_an_array"),
    ("TypeError", r"object is not iterable|iterable", "not_iterable"),
    ("TypeError", r"(sequence|list|tuple|str|dict)", "not_an_array"),
    ("FloatingPointError", r"", "alarm"),
    ("TypeError", r"for \^: 'float'|'bitwise_xor'", "caret"),
    ("ValueError", r"zero-size array", "empty"),
    ("ZeroDivisionError", r"", "by_zero"),
    ("OverflowError", r"", "overflow"),
    ("RecursionError", r"", "recursion"),
    ("RuntimeError", r"changed size during iteration", "changed_while_read"),
    ("ValueError", r"math domain error", "domain"),
    ("ValueError", r"is not in list", "not_in_list"),
    ("ImportError", r"", "no_such_function"),
    ("ModuleNotFoundError", r"", "no_such_function"),
    ("", r"read-only", "read_only"),
)


def diagnose_error(error: Raised) -> Diagnosis | None:
    """The usual cause of this exception, or None where it has none."""
    for kind, pattern, key in CAUSES:
        if kind and kind != error.type:
            continue
        found = re.search(pattern, error.message)
        if found is not None:
            name = found.groupdict().get("name") or "this"
            return named(f"error_{key}", name=name)
    return None
