"""The user that student code runs as, and how much that user runs already."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def unprivileged_user() -> int | None:
    """The user a root grader's box changes to, another for each box; None where it isn't root.

    Root in a user namespace that holds no other users counts as an ordinary user.
    """
    if os.geteuid() != 0:
        return None
    rows = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    last = max(int(first) + int(count) - 1 for first, _, count in map(str.split, rows))
    if last >= 2_000_000_000:
        return 1_000_000_000 + secrets.randbelow(1_000_000_000)
    if last >= 60_000:
        return 40_000 + secrets.randbelow(20_000)
    return None


def threads_already() -> int:
    """How many threads this user runs on this machine."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*/task"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                count += len(os.listdir(folder))
    return count
