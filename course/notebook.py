"""The notebook the course runs in: its shell, its names, its file, and how to show something."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

_silent = False


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


def front_end() -> str:
    """The program in which a person reads this kernel's output; empty where nobody does.

    Colab and JupyterLite load modules of their own, VS Code names the file, and a Jupyter server
    names the session. A program that only executes notebooks (nbclient, nbconvert, `course build`,
    nbgrader) leaves none of these marks, and a terminal has no kernel.
    """
    if not in_browser():
        return ""
    marks = {
        "Colab": "google.colab" in sys.modules,
        "JupyterLite": sys.platform == "emscripten",
        "VS Code": "__vsc_ipynb_file__" in names(),
        "Jupyter": "JPY_SESSION_NAME" in os.environ,
    }
    return next((name for name, left in marks.items() if left), "")


def path() -> Path | None:
    """The notebook's file, where VS Code or a Jupyter server names it."""
    named = names().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    place = Path(str(named))
    return place if place.suffix == ".ipynb" and place.is_file() else None


def folder() -> Path:
    """The folder the notebook stands in, or else the one the kernel works in."""
    here = path()
    with contextlib.suppress(OSError):  # the kernel's folder may be gone
        return here.parent if here else Path.cwd()
    return Path()


def document(beside: str = "") -> dict[str, Any]:
    """The notebook itself, as JSON: what Colab's page holds, or the file as last saved.

    Where neither can be had, the file `beside` in the kernel's folder; empty where that fails too.
    """
    colab = sys.modules.get("google.colab._message")
    try:
        if colab is not None:
            found = colab.blocking_request("get_ipynb", request="", timeout_sec=10)["ipynb"]
        else:
            found = json.loads((path() or Path(beside)).read_bytes())
    except Exception:  # a private door of Colab's, or a file of any kind
        return {}
    return found if isinstance(found, dict) else {}


def about(beside: str = "") -> dict[str, Any]:
    """What the build wrote about this notebook into its metadata; empty where it can't be read."""
    found: Any = document(beside).get("metadata")
    found = found.get("course") if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def show_markdown(text: str) -> None:
    """A sentence or two for the person at the keyboard; formulas are set where they can be."""
    if in_browser():
        from IPython.display import Markdown, display  # here: only where IPython runs already

        display(Markdown(text))
    else:
        print(text)


def show_code(source: str) -> None:
    """Code to be copied, as a block of its own; plain text in a terminal."""
    show_markdown(f"````python\n{source}\n````" if in_browser() else f"\n{source}\n")


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
    global _silent
    before, _silent = _silent, True
    try:
        if shell() is None:
            with contextlib.redirect_stdout(io.StringIO()):
                yield
        else:
            from IPython.utils.capture import capture_output  # here: IPython runs already

            with capture_output():
                yield
    finally:
        _silent = before


def is_silent() -> bool:
    """Whether nobody sees what is shown now."""
    return _silent


def fingerprint(*things: object) -> str:
    """A short hash of what classes and functions do, apart from where they stand.

    Equal for equal code, in the next kernel too; empty where there is no code.
    """
    return _hash([item for thing in things for item in _functions(thing)])


def fingerprint_of_source(*sources: str) -> str:
    """The fingerprint of the functions and methods defined in pieces of source."""
    return _hash([i for text in sources for i in _nested(compile(text, "<stub>", "exec"))])


def _hash(functions: list[tuple[str, str]]) -> str:
    told = repr(sorted(functions)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(told).hexdigest()[:16] if functions else ""


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
    consts = [_constant(value) for value in code.co_consts]
    return repr((code.co_code, code.co_names, code.co_varnames, consts))


def _constant(value: object) -> str:
    if isinstance(value, CodeType):
        return _digest(value)
    if isinstance(value, frozenset):  # its order changes from kernel to kernel
        return repr(sorted(map(repr, value)))
    return repr(value)
