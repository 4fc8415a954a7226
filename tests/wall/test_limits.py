"""What a box may use, and how the memory of the machine is shared among several."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from course.grading import limits
from course.grading.box import Box, Limits, Tier
from course.grading.limits import LEAST_MEMORY, available_memory
from course.grading.session import BoxSession

GIB = 2**30


def test_limits_are_plain_data() -> None:
    told = replace(Limits(), processes=5).to_json()
    assert json.loads(json.dumps(told))["processes"] == 5
    assert Limits(**told) == Limits(processes=5)


@pytest.mark.parametrize(
    ("available", "boxes", "share"),
    [(24 * GIB, 2, 2 * GIB), (6 * GIB, 4, 1.5 * GIB), (GIB, 8, LEAST_MEMORY), (None, 8, 2 * GIB)],
)
def test_a_box_gets_its_share_of_the_memory_and_never_too_little(
    monkeypatch: pytest.MonkeyPatch, available: int | None, boxes: int, share: float
) -> None:
    monkeypatch.setattr(limits, "available_memory", lambda: available)
    assert Limits().shared(boxes).memory_bytes == share


def machine(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


MEMINFO = {"proc/meminfo": "MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n"}
STAT = "anon 5\ninactive_file 1000\ntotal_inactive_file 1000\n"


def test_the_machine_says_what_is_available(tmp_path: Path) -> None:
    assert available_memory(machine(tmp_path, MEMINFO)) == 8_000_000 * 1024


def test_a_container_has_what_its_group_leaves(tmp_path: Path) -> None:
    groups = {
        "proc/self/cgroup": "0::/a/b\n",
        "sys/fs/cgroup/a/memory.max": "5000000\n",
        "sys/fs/cgroup/a/memory.current": "2000000\n",
        "sys/fs/cgroup/a/memory.stat": STAT,
        "sys/fs/cgroup/a/b/memory.max": "max\n",
    }
    assert available_memory(machine(tmp_path, MEMINFO | groups)) == 3_001_000


def test_an_old_container_has_what_its_group_leaves(tmp_path: Path) -> None:
    groups = {
        "proc/self/cgroup": "4:cpu,memory:/docker/x\n0::/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "7000000",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "1000000",
        "sys/fs/cgroup/memory/memory.stat": STAT,
    }
    assert available_memory(machine(tmp_path, MEMINFO | groups)) == 6_001_000


def test_a_system_that_tells_nothing_leaves_the_limits_as_they_are(tmp_path: Path) -> None:
    assert available_memory(tmp_path) is None


@pytest.mark.wall
@pytest.mark.parametrize("name", ["bubblewrap", "warm bubblewrap", "Landlock", "warm Landlock"])
def test_the_least_memory_is_enough_to_multiply_and_to_draw(
    given: Callable[[str], Tier], name: str
) -> None:
    source = """
import matplotlib.pyplot as plt, numpy as np
x = np.random.default_rng(0).normal(size=(1000, 1000))
plt.imshow(x @ x.T)
plt.title(r"$\\frac{dL}{dx}$")
"""
    with Box(given(name), Limits(memory_bytes=LEAST_MEMORY)) as box:
        result = BoxSession(box).run(source, "<cell>")
    assert result.error is None
    assert len(result.pngs) == 1
