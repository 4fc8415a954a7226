"""How a box begins: a parent behind the wall forks it, into namespaces or rules of its own.

The parent never reads a frame and never runs what a student wrote. A warm one has loaded everything
already and stays for the next box, which then costs milliseconds; a cold one forks a single box and
ends with it. Each thread of the grader has a warm parent to itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from course.grading import process
from course.grading.inmate import SECONDS_TO_START, Inmate, NoBox
from course.grading.limits import Limits
from course.grading.scratch import Scratch


class Wall(Protocol):
    """What a parent and its boxes are walled in by. Small, frozen, and hashable."""

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """A few words for reports, such as "bubblewrap 0.11.0"."""

    @property
    def shows_names(self) -> bool:
        """Whether student code can ask if a file or a process of this machine exists."""

    def start_parent(self, settings: Mapping[str, Any], control: int) -> subprocess.Popen[bytes]:
        """Start a parent that is told these settings and listens at a socket. Raises NoBox."""

    def room(self, limits: Limits) -> tuple[dict[str, Any], Scratch | None]:
        """What one box is told when it starts, and its folder, if any. Raises NoBox."""

    def why_not(self, words: str) -> str:
        """Why a worker never came up, in half a sentence, from its last words."""


@dataclass(frozen=True)
class Forked:
    """The tier of a wall: its boxes come from a warm parent, or each from a cold one."""

    wall: Wall
    warm: bool = True

    @property
    def name(self) -> str:
        return f"{self.wall.name}, warm" if self.warm else self.wall.name

    @property
    def shows_names(self) -> bool:
        return self.wall.shows_names

    def get_ready(self) -> None:
        """Begin to start the warm parent. What keeps it from starting is told with a box."""
        if self.warm:
            with contextlib.suppress(NoBox):
                self._warm_parent()

    def start(self, limits: Limits) -> Inmate:
        """Have a worker forked. Raises NoBox."""
        parent = self._warm_parent() if self.warm else Parent(self.wall, warm=False)
        scratch = None
        try:
            settings, scratch = self.wall.room(limits)
            started = parent.fork(settings, scratch)
        except BaseException as error:
            # A warm one, too: a child that came late would be taken for the next one.
            words = parent.close().decode("utf-8", "replace")
            if scratch is not None:
                scratch.close()
            if isinstance(error, OSError):
                raise NoBox(self.why_not(words.strip() or str(error))) from error
            raise
        if scratch is not None:
            scratch.watch(started.process)
        return started

    def why_not(self, words: str) -> str:
        """Why no worker came up, and the remedy where it is known."""
        return self.wall.why_not(words)

    def _warm_parent(self) -> Parent:
        parent = _here.parents.get(self.wall)
        if parent is None or parent.ended:
            parent = _here.parents[self.wall] = Parent(self.wall, warm=True)
        return parent


class _Here(threading.local):
    """The warm parents of this thread, by wall: the kernel ends them together with their thread."""

    def __init__(self) -> None:
        self.parents: dict[Wall, Parent] = {}


class Parent:
    """A process behind the wall that forks boxes and does nothing else."""

    def __init__(self, wall: Wall, warm: bool):
        self._warm = warm
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                told = {"warm": warm, "control": theirs.fileno()}
                self._process = wall.start_parent(told, theirs.fileno())
            except BaseException:
                self._control.close()
                raise
        self._end = weakref.finalize(self, _end, self._process, self._control)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> bytes:
        """End it, and every box that it forked; its last words."""
        return self._end() or b""

    def said(self) -> bytes:
        """What it and its children have said since this was last asked."""
        return process.said(self._process)

    def fork(self, settings: dict[str, Any], scratch: Scratch | None) -> Inmate:
        """A new child, told these settings. Raises OSError."""
        status_out, status_in = os.pipe()
        try:
            with process.pipes() as (ours, theirs):
                try:
                    told = json.dumps(settings).encode()
                    socket.send_fds(self._control, [told], [*theirs, status_in])
                finally:
                    os.close(status_in)
                child = Child(self._await_child(status_out), status_out)
        except BaseException:
            os.close(status_out)
            raise
        return Inmate(child, *ours, scratch, self.said if self._warm else self.close)

    def _await_child(self, status: int) -> int:
        """A descriptor of the child. Raises OSError where there is none."""
        control = self._control.fileno()
        ready, _, _ = select.select([control, status], [], [], SECONDS_TO_START)
        if not ready:
            raise TimeoutError(f"no answer within {SECONDS_TO_START:g} s")
        if control not in ready:
            raise ChildProcessError("it ended while it was made")
        _, handles, _, _ = socket.recv_fds(self._control, 1, 1)
        if not handles:
            raise ChildProcessError("its parent has ended")
        return handles[0]


def _end(parent: subprocess.Popen[bytes], control: socket.socket) -> bytes:
    """End a parent, and every box that it forked; its last words."""
    control.close()
    parent.kill()
    parent.wait()
    words = process.said(parent)
    if parent.stderr is not None:
        parent.stderr.close()
    return words


class Child:
    """A process that a parent forked: its descriptor, and the pipe in which the parent tells how it
    ended."""

    def __init__(self, handle: int, status: int):
        self.returncode: int | None = None
        self._handle, self._status = handle, status
        lines = Path(f"/proc/self/fdinfo/{handle}").read_text("ascii").splitlines()
        self.pid = int(next(line.split()[1] for line in lines if line.startswith("Pid:")))

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal. Raises subprocess.TimeoutExpired.

        The first process of a namespace has ended only when all the others have.
        """
        if self.returncode is None:
            if not select.select([self._handle], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked box", timeout or 0.0)
            told = os.read(self._status, 16)  # at once, or nothing where the parent has ended, too
            for descriptor in (self._handle, self._status):
                os.close(descriptor)
            self.returncode = int(told) if told else -signal.SIGKILL
        return self.returncode

    def kill(self) -> None:
        """End it, with all the processes of its namespace."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)


_here = _Here()
