"""What one box may use, and a fair share of this machine's memory for boxes that run together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

LEAST_MEMORY = 2**29
"""Bytes of address space below which NumPy, Matplotlib and IPython have no room to work."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Seconds are those spent waiting for a box: for one request, in
    one box, and in all its boxes together."""

    seconds_per_request: float = 20.0
    seconds_in_all: float = 120.0
    seconds_for_all_boxes: float = 120.0
    memory_bytes: int = 2 * 2**30
    file_bytes: int = 16 * 2**20
    processes: int = 32
    tmp_bytes: int = 64 * 2**20
    tmp_files: int = 4096
    output_bytes: int = 64 * 2**10

    def shared(self, boxes: int) -> Limits:
        """The limits of each of several boxes at a time: none gets more than its share of the
        memory that is available now, and none less than LEAST_MEMORY."""
        available = available_memory()
        if available is None:
            return self
        fair = max(available // max(boxes, 1), LEAST_MEMORY)
        return replace(self, memory_bytes=min(self.memory_bytes, fair))

    def resources(self) -> dict[str, int]:
        """The limits that a process sets on itself, by their names in the module `resource`."""
        return {
            "RLIMIT_AS": self.memory_bytes,
            "RLIMIT_CPU": int(self.seconds_in_all) + 1,
            "RLIMIT_FSIZE": self.file_bytes,
            "RLIMIT_NOFILE": 64,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_CORE": 0,
            "RLIMIT_MEMLOCK": 0,
            "RLIMIT_MSGQUEUE": 0,
            "RLIMIT_NICE": 0,
            "RLIMIT_RTPRIO": 0,
        }

    def to_json(self) -> dict[str, float]:
        """Plain data for reports, in seconds and bytes."""
        return asdict(self)


def available_memory(root: Path = Path("/")) -> int | None:
    """Bytes that new processes may fill before this machine or container swaps or kills.

    None where the system doesn't tell, as macOS. `root` is where /proc and /sys are looked for.
    """
    found = list(_of_the_machine(root / "proc/meminfo"))
    found += _of_the_containers(root / "proc/self/cgroup", root / "sys/fs/cgroup")
    return max(min(found), 0) if found else None


def _of_the_machine(meminfo: Path) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for line in meminfo.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                yield int(value.split()[0]) * 1024


def _of_the_containers(membership: Path, mounted: Path) -> Iterator[int]:
    """What each control group around this process has left, of either version."""
    with contextlib.suppress(OSError):
        for line in membership.read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                yield from _left(mounted, path, "memory.max", "memory.current", "inactive_file")
            elif "memory" in controllers.split(","):
                names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
                yield from _left(mounted / "memory", path, *names)


def _left(mounted: Path, path: str, limit: str, used: str, cache: str) -> Iterator[int]:
    """What is left below each limit; in a container its own group stands at the top."""
    folder = mounted / path.strip("/")
    for group in (folder, *folder.parents):
        if not group.is_relative_to(mounted):
            return
        with contextlib.suppress(OSError, ValueError, KeyError):
            most = int((group / limit).read_text())  # "max" where there is none
            stat = dict(row.split() for row in (group / "memory.stat").read_text().splitlines())
            yield most - int((group / used).read_text()) + int(stat[cache])
