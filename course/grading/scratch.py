"""The folder that a box may write to where it has no file system of its own, and its watchman.

No kernel bounds a plain folder, so a thread of the grader looks every tenth of a second and ends
the process whose files are too many or too large. Each single file the kernel bounds itself.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from course.grading.limits import Limits
from course.grading.process import Process

SECONDS_BETWEEN_LOOKS = 0.1
_DEEPEST = 32
_EXITING = 0x4  # among the flags of a thread, in the kernel's words
_A_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


class Scratch:
    """A private folder below `above`; it holds `home`, and belongs to `user` if one is given."""

    def __init__(self, above: Path, limits: Limits, user: int | None = None):
        self.path = above / f"box-{secrets.token_hex(8)}"
        self.home = self.path / "home"
        self.excess = ""
        self._limits = limits
        self._over = threading.Event()
        self._watchman: threading.Thread | None = None
        for folder in (self.path, self.home):
            folder.mkdir(mode=0o700)
            if user is not None:
                os.chown(folder, user, user)

    def watch(self, process: Process) -> None:
        """From now on end `process` when its files exceed the limits; `excess` then says how."""

        def look() -> None:
            while not self._over.wait(SECONDS_BETWEEN_LOOKS) and process.returncode is None:
                self.excess = _excess(self.path, process.pid, self._limits)
                if self.excess:
                    process.kill()
                    return

        self._watchman = threading.Thread(target=look, name="scratch", daemon=True)
        self._watchman.start()

    def close(self) -> None:
        """Stop watching and remove the folder; its process must have ended."""
        self._over.set()
        if self._watchman is not None:
            self._watchman.join()
        remove(self.path)


def remove(folder: Path) -> None:
    """Remove a folder that a stranger filled: however deep it is, and whatever its modes are."""
    handle = os.open(folder, _A_FOLDER)
    try:
        while names := os.listdir(handle):
            for name in names:
                _flatten(handle, name)
    finally:
        os.close(handle)
    folder.rmdir()


def _flatten(above: int, name: str) -> None:
    """Remove one entry; the folders it holds move up beside it, so that nothing is ever deep."""
    if not stat.S_ISDIR(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=above)
        return
    os.chmod(name, 0o700, dir_fd=above)
    handle = os.open(name, _A_FOLDER, dir_fd=above)
    try:
        for inner in os.listdir(handle):
            if stat.S_ISDIR(os.stat(inner, dir_fd=handle, follow_symlinks=False).st_mode):
                os.chmod(inner, 0o700, dir_fd=handle)  # who moves a folder writes its ".."
                os.rename(inner, secrets.token_hex(16), src_dir_fd=handle, dst_dir_fd=above)
            else:
                os.unlink(inner, dir_fd=handle)
    finally:
        os.close(handle)
    os.rmdir(name, dir_fd=above)


def _excess(folder: Path, pid: int, limits: Limits) -> str:
    """In what a process exceeds the limits on its files; "" where it doesn't."""
    count = size = 0

    def add(blocks: int) -> None:
        nonlocal count, size
        count, size = count + 1, size + 512 * blocks

    try:
        _count(os.open(folder, _A_FOLDER), add, _DEEPEST)
        size += _nameless(folder, pid, limits.file_bytes)
    except RecursionError:
        return f"folders more than {_DEEPEST} deep"
    except OSError as error:
        return f"files that the grader can't look at ({error.strerror})"
    if count > limits.tmp_files:
        return f"more than {limits.tmp_files} files"
    if size > limits.tmp_bytes:
        return f"more than {limits.tmp_bytes / 2**20:g} MiB of files"
    return ""


def _count(handle: int, add: Callable[[int], None], deepest: int) -> None:
    """Tell `add` the blocks of every file and folder below an open folder, and close it.

    Raises RecursionError where there are more than `deepest` levels, OSError for a closed folder.
    """
    try:
        if deepest == 0:
            raise RecursionError
        with os.scandir(handle) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    add(entry.stat(follow_symlinks=False).st_blocks)
                    if entry.is_dir(follow_symlinks=False):
                        _count(os.open(entry.name, _A_FOLDER, dir_fd=handle), add, deepest - 1)
    finally:
        os.close(handle)


def _nameless(folder: Path, pid: int, largest: int) -> int:
    """Bytes of files that a process has removed and still holds; 0 where no /proc tells.

    All of its threads hold the same, and any of them may have ended, the first one too. Raises
    OSError where one that lives can't be looked at.
    """
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        if not _is_ending(thread):
            try:
                return _held(folder, thread, largest)
            except OSError:  # the kernel closes what it tells of a thread that is ending
                if not _is_ending(thread):
                    raise
    return 0


def _is_ending(thread: Path) -> bool:
    try:
        flags = (thread / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[6]
    except OSError:
        return True
    return bool(int(flags) & _EXITING)


def _held(folder: Path, thread: Path, largest: int) -> int:
    """Bytes of removed files. Of one that is only mapped, no size can be read: it counts as the
    largest there can be."""
    sizes = {}
    for name in os.listdir(thread / "fd"):
        with contextlib.suppress(FileNotFoundError):
            seen = os.stat(thread / "fd" / name)
            if stat.S_ISREG(seen.st_mode) and seen.st_nlink == 0:
                sizes[seen.st_ino] = 512 * seen.st_blocks
    maps = (thread / "maps").read_text("utf-8", "replace").splitlines()
    mapped = {int(line.split()[4]) for line in maps if _is_removed(line, folder)}
    return sum(sizes.values()) + largest * len(mapped - set(sizes))


def _is_removed(line: str, folder: Path) -> bool:
    name = line.split(maxsplit=5)[-1]
    return name.startswith(f"{folder}/") and name.endswith(" (deleted)")
