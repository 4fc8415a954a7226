"""The parent of boxes, inside the wall: forks a process for each that the grader asks for.

It runs nothing but the course's own code. A child shares memory with it, copied when written to,
and no descriptor, namespace or user that could reach it or another child.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

_NAMESPACES = 0x0002_0000 | 0x0400_0000 | 0x0800_0000 | 0x2000_0000 | 0x4000_0000
"""NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET"""
_NOSUID_NODEV, _NOEXEC = 2 | 4, 8
_DIE_WITH_PARENT = 1  # a word of prctl
_MOST_BYTES = 65_536


def next_child(control: int) -> dict[str, Any]:
    """Returns in each child, with its settings; the parent ends here when the grader does.

    Each message on the socket brings a box's settings and three descriptors: its two pipes, and one
    to tell how it ended. The answer brings descriptors of the child and of what waits for it.
    """
    channel = socket.socket(fileno=control)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # it never waits for what it forked
    while True:
        told, handles, _, _ = socket.recv_fds(channel, _MOST_BYTES, 3)
        if not told:
            os._exit(0)
        if os.fork() == 0:
            reads, writes, status = handles
            settings = {**json.loads(told), "r": reads, "w": writes}
            return _born(settings, channel, status)
        for handle in handles:
            os.close(handle)


def _born(settings: dict[str, Any], channel: socket.socket, status: int) -> dict[str, Any]:
    """Fork once more into new namespaces, where there are any, and wait for that child."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _call("prctl", *map(ctypes.c_ulong, (_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)))
    if settings["wall"] == "bubblewrap":
        _call("unshare", _NAMESPACES)
    child = os.fork()
    if child == 0:
        os.close(status)
        channel.close()
        return settings
    socket.send_fds(channel, [b"1"], [os.pidfd_open(child), os.pidfd_open(os.getpid())])
    channel.close()
    os.close(settings["r"])
    os.close(settings["w"])
    _, ended = os.waitpid(child, 0)
    os.write(status, str(os.waitstatus_to_exitcode(ended)).encode())
    os._exit(0)


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
