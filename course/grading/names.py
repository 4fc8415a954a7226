"""Which names of other cells a piece of Python reads: as it runs, and when it is called later."""

from __future__ import annotations

import builtins
import symtable

# What these do to other names can't be told from the text.
REACH_FURTHER = frozenset(
    {"exec", "eval", "globals", "locals", "vars", "setattr", "delattr", "get_ipython"}
)
_BUILT_IN = frozenset(dir(builtins)) - REACH_FURTHER
# What looks like a function to the compiler, and runs at once.
_AT_ONCE = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})


def read(source: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The global names that source reads as it runs, and those its functions read: neither
    ordinary built-in ones nor any that it binds itself; and those it binds.

    Raises SyntaxError, ValueError or RecursionError where the compiler would.
    """
    now: set[str] = set()
    later: set[str] = set()
    module = symtable.symtable(source, "<cell>", "exec")
    own = {s.get_name() for s in module.get_symbols() if s.is_assigned() or s.is_imported()}
    waiting = [(module, now)]
    while waiting:
        table, found = waiting.pop()
        if table.get_type() == "function" and table.get_name().strip("<>") not in _AT_ONCE:
            found = later
        top = table.get_type() == "module"
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
        waiting += [(inner, found) for inner in table.get_children()]
    return frozenset(now - _BUILT_IN - own), frozenset(later - _BUILT_IN - own), frozenset(own)
