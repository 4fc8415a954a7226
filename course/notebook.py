"""The notebook the course runs in: its shell, its names, and how to show something."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any


def shell() -> Any | None:
    """IPython's shell, or None in a plain interpreter. IPython is never imported for it."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def in_browser() -> bool:
    """Whether a front end that can show HTML reads this kernel's output."""
    return getattr(shell(), "kernel", None) is not None


def names() -> Mapping[str, Any]:
    """The names the student's cells have defined so far."""
    here = shell()
    return here.user_ns if here is not None else vars(sys.modules["__main__"])


def show_markdown(text: str) -> None:
    """A sentence or two for the person at the keyboard; formulas are set where they can be."""
    if in_browser():
        from IPython.display import Markdown, display  # here: only where IPython runs already

        display(Markdown(text))
    else:
        print(text)


def show_html(page: str, text: str) -> bool:
    """Show HTML where a browser reads along; False where nothing could be shown."""
    if not in_browser():
        return False
    from IPython.display import display  # here: only where IPython runs already

    display({"text/html": page, "text/plain": text}, raw=True)
    return True


@contextmanager
def silence() -> Iterator[None]:
    """Show nothing for a while: no prints, no figures, no rich output."""
    if shell() is None:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    else:
        from IPython.utils.capture import capture_output  # here: IPython runs already

        with capture_output():
            yield


def fingerprint(*things: object) -> tuple[Any, ...]:
    """What classes and functions do, apart from where they stand: equal for equal code."""
    return tuple(sorted(item for thing in things for item in _functions(thing)))


def fingerprint_of_source(source: str) -> tuple[Any, ...]:
    """The fingerprint of the functions and methods defined in a piece of source."""
    return tuple(sorted(_nested(compile(source, "<stub>", "exec"))))


def _functions(thing: object) -> list[tuple[str, str]]:
    if isinstance(thing, FunctionType):
        return [(thing.__code__.co_qualname, _digest(thing.__code__))]
    if isinstance(thing, staticmethod | classmethod):
        return _functions(thing.__func__)
    if isinstance(thing, property):
        return [item for part in (thing.fget, thing.fset) for item in _functions(part)]
    if isinstance(thing, type):
        return [item for value in vars(thing).values() for item in _functions(value)]
    return []


def _nested(code: CodeType) -> list[tuple[str, str]]:
    found = []
    for const in code.co_consts:
        if isinstance(const, CodeType):
            is_class_body = "__qualname__" in const.co_names
            found += _nested(const) if is_class_body else [(const.co_qualname, _digest(const))]
    return found


def _digest(code: CodeType) -> str:
    consts = [_digest(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return repr((code.co_code, code.co_names, code.co_varnames, consts))
