"""The parent of boxes, inside the wall: forks a process for each that the grader asks for.

It runs nothing but the course's own code. A child shares memory with it, copied when written to,
and no descriptor, namespace or user that could reach it or another child.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import socket
import traceback
from collections.abc import Callable
from typing import Any

_NAMESPACES = 0x0002_0000 | 0x0400_0000 | 0x0800_0000 | 0x4000_0000
"""NEWNS, NEWUTS, NEWIPC, NEWNET: a child's, made by itself. NEWPID only holds from birth on."""
_OF_PROCESSES = 0x2000_0000
_NOSUID_NODEV, _NOEXEC = 2 | 4, 8
_MOST_BYTES = 65_536


def next_child(control: int) -> dict[str, Any]:
    """Returns in each child, with its settings; the parent ends here when the grader does.

    Each message on the socket brings a box's settings and three descriptors: its two pipes, and one
    to tell how it ended. The answer brings a descriptor of the child.
    """
    channel = socket.socket(fileno=control)
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    children: dict[int, tuple[int, int]] = {}  # by descriptor: its number, and where to tell
    while True:
        ready, _, _ = select.select([control, *children], [], [])
        for child in [each for each in children if each in ready]:
            _tell_of_the_end(child, *children.pop(child))
        if control not in ready:
            continue
        told, handles, _, _ = socket.recv_fds(channel, _MOST_BYTES, 3)
        if not told:
            os._exit(0)
        reads, writes, status = handles
        settings = {**json.loads(told), "r": reads, "w": writes}
        walled = settings["wall"] == "bubblewrap"
        try:
            number = _fork(own if walled else None)
        except OSError:  # told on the pipe of last words; no answer comes
            traceback.print_exc()
            os.close(status)
            number = -1
        if number == 0:
            for each in (own, status, *children, *(where for _, where in children.values())):
                os.close(each)
            channel.close()
            if walled:
                _call("unshare", _NAMESPACES)
            return settings
        os.close(reads)
        os.close(writes)
        if number > 0:
            child = os.pidfd_open(number)
            children[child] = number, status
            socket.send_fds(channel, [b"1"], [child])


def _fork(own: int | None) -> int:
    """Fork; with the parent's own namespace of processes given, into a new one below it."""
    if own is not None:
        _call("setns", own, _OF_PROCESSES)  # a new one is made in the own one only
        _call("unshare", _OF_PROCESSES)
    return os.fork()


def _tell_of_the_end(child: int, number: int, status: int) -> None:
    """Tell how a child ended: the first process of a namespace, when all the others have."""
    _, ended = os.waitpid(number, 0)
    with contextlib.suppress(BrokenPipeError):  # nobody wants to know any more
        os.write(status, str(os.waitstatus_to_exitcode(ended)).encode())
    os.close(status)
    os.close(child)


def mount_own(size: int, files: int) -> None:
    """A /proc and a /tmp of this process's own, bounded in bytes and files. Raises OSError."""
    _call("mount", b"proc", b"/proc", b"proc", _NOSUID_NODEV | _NOEXEC, None)
    options = f"size={size},nr_inodes={files},mode=1777".encode()
    _call("mount", b"tmpfs", b"/tmp", b"tmpfs", _NOSUID_NODEV, options)


def _call(name: str, *arguments: Any) -> None:
    call: Callable[..., int] = getattr(ctypes.CDLL(None, use_errno=True), name)
    if call(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
