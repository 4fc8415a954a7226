"""Boxes that start in milliseconds: a parent behind the wall has loaded everything already.

The parent is a worker of the wrapped tier that never reads a frame and never runs what a student
wrote. For each box it forks a child (`forking`), which first takes namespaces or rules of its own,
and from there on is a worker like any other. Each thread of the grader has a parent to itself.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from course.grading import inmate, process
from course.grading.inmate import SECONDS_TO_START, Inmate, NoBox
from course.grading.limits import Limits
from course.grading.scratch import Scratch


class Warmable(inmate.Tier, Protocol):
    """A tier whose workers can be forked."""

    def start_parent(self, control: int) -> subprocess.Popen[bytes]:
        """Start a parent that listens at a socket. Raises NoBox."""

    def room(self, limits: Limits) -> tuple[dict[str, Any], Scratch | None]:
        """What one box is told when it starts, and its folder, if any. Raises NoBox."""


@dataclass(frozen=True)
class Warm:
    """A tier, with a parent that stands ready."""

    tier: Warmable

    @property
    def name(self) -> str:
        return f"{self.tier.name}, warm"

    @property
    def shows_names(self) -> bool:
        return self.tier.shows_names

    def start(self, limits: Limits) -> Inmate:
        """Have a worker forked. Raises NoBox."""
        parent = _here.parents.get(self.tier)
        if parent is None or parent.ended:
            parent = _here.parents[self.tier] = Parent(self.tier)
        settings, scratch = self.tier.room(limits)
        try:
            started = parent.fork(settings, scratch)
        except BaseException as error:
            if scratch is not None:
                scratch.close()
            if isinstance(error, OSError):
                words = parent.last_words()
                raise NoBox(f"a box can't be forked: {self.why_not(words) or error}") from error
            raise
        if scratch is not None:
            scratch.watch(started.process)
        return started

    def why_not(self, words: str) -> str:
        """Why no worker came up, and the remedy where it is known."""
        return self.tier.why_not(words)


class _Here(threading.local):
    """The parents of this thread, by tier: the wall ends them together with their thread."""

    def __init__(self) -> None:
        self.parents: dict[Warmable, Parent] = {}


class Parent:
    """A process behind the wall that forks boxes and does nothing else."""

    def __init__(self, tier: Warmable):
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._process = tier.start_parent(theirs.fileno())
            except BaseException:
                self._control.close()
                raise
        weakref.finalize(self, _end, self._process, self._control)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def last_words(self) -> str:
        return process.said(self._process).decode("utf-8", "replace").strip()

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
                child = Child(*self._await_child(status_out), status_out)
        except BaseException:
            os.close(status_out)
            raise
        started = Inmate(child, *ours, scratch, lambda: process.said(self._process))
        started.first = child.handle
        return started

    def _await_child(self, status: int) -> tuple[int, int]:
        """Descriptors of the child and of what waits for it. Raises OSError where there is none."""
        ready, _, _ = select.select([self._control, status], [], [], SECONDS_TO_START)
        if not ready:
            raise TimeoutError(f"no answer within {SECONDS_TO_START:g} s")
        if self._control not in ready:
            raise ChildProcessError("it ended while it was made")
        _, handles, _, _ = socket.recv_fds(self._control, 1, 2)
        if not handles:
            raise ChildProcessError("its parent has ended")
        child, waiter = handles
        return child, waiter


def _end(parent: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    parent.kill()
    parent.wait()
    if parent.stderr is not None:
        parent.stderr.close()


class Child:
    """A process that a parent forked: its descriptor, that of what waits for it, and the pipe in
    which that tells how it ended."""

    def __init__(self, handle: int, waiter: int, status: int):
        self.handle = handle
        self.returncode: int | None = None
        self._waiter, self._status = waiter, status
        lines = Path(f"/proc/self/fdinfo/{handle}").read_text("ascii").splitlines()
        self.pid = int(next(line.split()[1] for line in lines if line.startswith("Pid:")))

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._waiter], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked box", timeout or 0.0)
            told = os.read(self._status, 16)
            os.close(self._status)
            os.close(self._waiter)
            self.returncode = int(told) if told else -signal.SIGKILL
        return self.returncode

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)


_here = _Here()
