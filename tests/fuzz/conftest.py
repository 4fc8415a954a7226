"""What a long run counts: how every example ended, and which took longest.

`FUZZ_EXAMPLES` says how many examples each claim gets; without it they are few, and the same.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Tally:
    """How the examples of each claim ended, and the seconds the slowest took."""

    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def one(self, claim: str) -> Iterator[list[str]]:
        """One example of a claim; how it ended is put into the list."""
        ended: list[str] = []
        began = time.monotonic()
        try:
            yield ended
        finally:
            seconds = time.monotonic() - began
            self.slowest[claim] = max(seconds, self.slowest.get(claim, 0.0))
            self.ended[claim, (ended or ["fault"])[0]] += 1


_TALLY = Tally()


@pytest.fixture(scope="session")
def tally() -> Tally:
    return _TALLY


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if "FUZZ_EXAMPLES" not in os.environ:
        return
    for claim, seconds in _TALLY.slowest.items():
        ends = {end: n for (named, end), n in sorted(_TALLY.ended.items()) if named == claim}
        told = ", ".join(f"{number} {end}" for end, number in ends.items())
        line = f"{claim}: {sum(ends.values())} examples; {told}; slowest {seconds:.2f} s"
        terminalreporter.write_line(line)
