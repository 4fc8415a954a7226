"""The folder of a box without a file system of its own: bounded by a watchman, and never left."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from course.grading import scratch
from course.grading.box import Box, BoxLost, Limits, Tier
from course.grading.scratch import Scratch, remove
from course.grading.session import BoxSession

MIB = 2**20
SMALL = Limits(
    seconds_per_request=10.0,
    tmp_bytes=8 * MIB,
    file_bytes=2 * MIB,
    tmp_files=100,
    memory_bytes=2**31,
)
WAIT = "\nimport time\ntime.sleep(8)"


@pytest.fixture(params=["Landlock", "warm Landlock"])
def tier(request: pytest.FixtureRequest, given: Callable[[str], Tier]) -> Tier:
    return given(request.param)


@pytest.mark.wall
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "for n in range(9):\n    open(str(n), 'wb').write(bytes(2**20))",
            "more than 8 MiB of files",
        ),
        (
            "import os\nfor n in range(9):\n    h = os.open(str(n), os.O_RDWR | os.O_CREAT)\n"
            "    os.write(h, bytes(2**20)); os.remove(str(n))",
            "more than 8 MiB of files",
        ),
        (
            "import mmap, os\nkept = []\nfor n in range(9):\n"
            "    with open(str(n), 'w+b') as file:\n"
            "        file.write(bytes(2**20)); file.flush()\n"
            "        kept.append(mmap.mmap(file.fileno(), 4096))\n    os.remove(str(n))\n"
            "os.closerange(3, 100)",
            "more than 8 MiB of files",
        ),
        (
            "import ctypes, mmap, os, threading, time\ndef fill():\n    kept = []\n"
            "    for n in range(9):\n        with open(str(n), 'w+b') as file:\n"
            "            file.write(bytes(2**20)); file.flush()\n"
            "            kept.append(mmap.mmap(file.fileno(), 4096))\n        os.remove(str(n))\n"
            "    time.sleep(8)\nthreading.Thread(target=fill).start()\n"
            "import platform\nexit_of_one_thread = 60 if platform.machine() == 'x86_64' else 93\n"
            "ctypes.CDLL(None).syscall(exit_of_one_thread, 0)",
            "more than 8 MiB of files",
        ),
        ("for n in range(101):\n    open(str(n), 'w').close()", "more than 100 files"),
        (
            "import os\nfor n in range(101):\n    os.mkdir('x'); os.chdir('x')",
            "folders more than 32 deep",
        ),
        (
            "import os\nfor n in range(9):\n    os.makedirs(f'{n}/x')\n"
            "    open(f'{n}/x/file', 'wb').write(bytes(2**20))\n    os.rename(f'{n}/x', f'x{n}')",
            "more than 8 MiB of files",
        ),
    ],
    ids=[
        "files",
        "removed files",
        "mapped files",
        "of an orphan thread",
        "many files",
        "deep folders",
        "moved folders",
    ],
)
def test_a_box_that_fills_the_disk_is_killed_with_that_reason(
    tier: Tier, source: str, reason: str
) -> None:
    with Box(tier, SMALL) as box, pytest.raises(BoxLost, match=f"killed: {reason}") as caught:
        BoxSession(box).run(source + WAIT, "<cell>")
    assert caught.value.kind == "killed"


@pytest.mark.wall
@pytest.mark.skipif(os.geteuid() == 0, reason="root looks into every folder")
def test_a_folder_closed_to_the_grader_ends_the_box(tier: Tier) -> None:
    source = "import os\nos.umask(0o477)\nos.mkdir('x')" + WAIT
    with Box(tier, SMALL) as box, pytest.raises(BoxLost, match="files that the grader can't look"):
        BoxSession(box).run(source, "<cell>")


@pytest.mark.wall
def test_ordinary_use_of_files_is_left_alone(tier: Tier) -> None:
    source = """
import mmap, os, shutil, tempfile, numpy as np
with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as nameless:
    nameless.write(bytes(2**20))
    place = os.path.join(folder, "x.npy")
    np.save(place, np.arange(6.0))
    shutil.copy(place, place + "2")
    shutil.move(place + "2", place + "3")
    print(np.load(place + "3").sum(), np.load(place, mmap_mode="r").sum())
kept = [mmap.mmap(-1, 2**22) for _ in range(20)]
import time; time.sleep(0.5)
"""
    with Box(tier, SMALL) as box:
        result = BoxSession(box).run(source, "<cell>")
        assert (result.error, result.text) == (None, "15.0 15.0\n")


@pytest.mark.wall
def test_nothing_of_a_box_stays_on_the_disk(tier: Tier) -> None:
    source = "import os\nos.umask(0o777)\nfor n in range(200):\n    os.mkdir(str(n))\n"
    with Box(tier) as box:
        assert box._inmate is not None
        assert box._inmate.scratch is not None
        place = box._inmate.scratch.path
        assert place.is_dir()
        with contextlib.suppress(BoxLost):  # an ordinary grader's, who can't look into these
            BoxSession(box).run(source, "<cell>")
    assert not place.exists()


@pytest.mark.wall
def test_a_process_that_is_ending_exceeds_nothing(tier: Tier) -> None:
    source = "import os\nheld = bytearray(2**29)\nheld[::4096] = bytes([1]) * 2**17\nos._exit(5)"
    for _ in range(5):
        with Box(tier, SMALL) as box, pytest.raises(BoxLost, match="status 5"):
            BoxSession(box).run(source, "<cell>")


@pytest.fixture
def folder(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path, SMALL)


def test_a_folder_as_deep_as_can_be_is_removed(folder: Scratch) -> None:
    here = os.open(folder.path, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("x" * 100, dir_fd=here)
        below = os.open("x" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    folder.close()
    assert not folder.path.exists()


def test_links_are_removed_and_what_they_lead_to_stays(folder: Scratch, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    os.symlink(tmp_path / "kept", folder.home / "link")
    os.link(tmp_path / "kept" / "file", folder.home / "same")
    remove(folder.path)
    assert (tmp_path / "kept" / "file").read_text() == "kept"


def test_a_link_is_not_followed_while_counting(folder: Scratch) -> None:
    os.symlink("/", folder.home / "link")
    assert scratch._excess(folder.path, os.getpid(), SMALL) == ""


def test_a_scratch_folder_is_closed_to_other_users(folder: Scratch) -> None:
    for path in (folder.path, folder.home):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
