"""Two boxes at once, and their grader: none reaches another, whatever the wall is made of."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from course.grading.box import Box, BoxLost, Limits, Tier
from course.grading.session import BoxSession

pytestmark = pytest.mark.wall

TIERS = ["bubblewrap", "warm bubblewrap", "Landlock", "warm Landlock", "the oldest Landlock"]
TOOLS = """
import ctypes, errno, os, platform, struct, tempfile
X86 = platform.machine() == "x86_64"
library = ctypes.CDLL(None, use_errno=True)
library.syscall.restype = ctypes.c_long

def call(x86, arm, *arguments):
    # the name of the error of one system call, "" where it was carried out
    ctypes.set_errno(0)
    number = x86 if X86 else arm
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if number is None or library.syscall(ctypes.c_long(number), *words) >= 0:
        return "" if number is not None else "ENOSYS"
    return errno.errorcode[ctypes.get_errno()]

def error(act, *arguments, **more):
    try:
        act(*arguments, **more)
    except BaseException as raised:
        return type(raised).__name__
    return ""
"""
REFUSED = ("EPERM", "ENOSYS", "EACCES", "ENOTTY", "ENOTSUP", "ENOENT", "ESRCH", "EXDEV", "EROFS")


@pytest.fixture(scope="module", params=TIERS)
def tier(request: pytest.FixtureRequest, given: Callable[[str], Tier]) -> Tier:
    return given(request.param)


@pytest.fixture(scope="module")
def pair(tier: Tier) -> Iterator[tuple[BoxSession, BoxSession]]:
    """Two sessions, open at the same time."""
    limits = Limits(seconds_per_request=10.0)
    with Box(tier, limits) as one, Box(tier, limits) as other:
        sessions = BoxSession(one), BoxSession(other)
        for session in sessions:
            assert session.run(TOOLS, "<tools>").error is None
        yield sessions


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder of the grader's that everyone may use: nothing but the wall protects it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "gradebook.db").write_text("points")
        (folder / "gradebook.db").chmod(0o666)
        (folder / "inner").mkdir(mode=0o777)
        yield folder


def ask(session: BoxSession, expression: str) -> Any:
    source = f"def answer():\n    return {expression}"
    assert session.run(source, "<cell>").error is None
    reply = session.call("answer", None)
    assert reply.error is None, (expression, reply.error)
    return reply.value


def state(folder: Path) -> list[tuple[object, ...]]:
    """Everything about a folder that a stranger could change."""
    found = []
    for path in sorted([folder, *folder.rglob("*")]):
        seen = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found.append((path, seen.st_mode, seen.st_uid, seen.st_nlink, seen.st_mtime_ns, content))
    return found


def number_outside(session: BoxSession) -> int:
    """The process number of a box, as its grader sees it."""
    assert session.box._inmate is not None
    return session.box._inmate.process.pid


# Processes


def test_a_box_cant_signal_the_other_or_the_grader(pair: tuple[BoxSession, BoxSession]) -> None:
    one, other = pair
    # The other box may die of a hole in the wall; to everyone else goes the signal 0, which asks.
    victims = [(number_outside(other), 9), (os.getpid(), 0), (os.getppid(), 0), (-1, 0), (0, 0)]
    for victim, number in victims:
        for attempt in (
            f"call(62, 129, {victim}, {number})",
            f"call(200, 130, {victim}, {number})",
            f"call(234, 131, {victim}, {victim}, {number})",
            f"call(129, 138, {victim}, {number}, bytes(128))",
            f"call(297, 240, {victim}, {victim}, {number}, bytes(128))",
            f"call(434, 434, {victim}, 0)",
            f"call(438, 438, 3, {victim}, 0)",
            f"call(72, 25, 200, 8, {victim})",
            "call(424, 424, 200, 0, 0, 0)",
        ):
            assert ask(one, attempt) in REFUSED, attempt
    assert ask(other, "1 + 1") == 2


def test_a_descriptor_cant_be_made_to_send_signals(pair: tuple[BoxSession, BoxSession]) -> None:
    victim = number_outside(pair[1])
    source = f"""
import fcntl
r, w = os.pipe()
kinds = [error(fcntl.fcntl, r, command, value) for command, value in
         ((fcntl.F_SETSIG, 9), (fcntl.F_SETOWN, {victim}), (15, struct.pack("ii", 1, {victim})))]
os.set_blocking(r, False)
"""
    assert pair[0].run(source, "<cell>").error is None
    assert ask(pair[0], "kinds") == ["PermissionError"] * 3


def test_a_box_cant_trace_or_read_the_other(pair: tuple[BoxSession, BoxSession]) -> None:
    one, other = pair
    for victim in (number_outside(other), os.getpid()):
        for attempt in (
            f"call(101, 117, 16, {victim}, 0, 0)",
            f"call(101, 117, 0x4206, {victim}, 0, 0)",
            f"call(310, 270, {victim}, None, 0, None, 0, 0)",
            f"call(311, 271, {victim}, None, 0, None, 0, 0)",
            f"call(312, 272, {victim}, {victim}, 0, 0, 0)",
            f"call(279, 239, {victim}, 0, None, None, None, 0)",
            f"call(274, 100, {victim}, bytes(8), bytes(8))",
            f"call(125, 90, struct.pack('Ii', 0x20080522, {victim}), bytes(24))",
            f"call(228, 113, {~victim << 3 | 2}, ctypes.create_string_buffer(16))",
            "call(298, 241, ctypes.create_string_buffer(128), -1, 0, -1, 0)",
        ):
            assert ask(one, attempt) in REFUSED, attempt
        for name in (
            "mem",
            "maps",
            "environ",
            "cmdline",
            "status",
            "stat",
            "root/etc/passwd",
            "cwd/gradebook.db",
            "fd/0",
            "task",
            "fd",
            "auxv",
            "io",
        ):
            for act in ("open", "os.listdir"):
                assert ask(one, f"error({act}, '/proc/{victim}/{name}')") != ""


def test_a_box_cant_slow_or_limit_the_other(pair: tuple[BoxSession, BoxSession]) -> None:
    one, other = pair
    victim = number_outside(other)
    before = os.getpriority(os.PRIO_PROCESS, victim), os.sched_getaffinity(victim)
    for attempt in (
        f"call(141, 140, 0, {victim}, 19)",
        "call(141, 140, 2, 0, 0)",
        "call(141, 140, 1, 0, 0)",
        f"call(140, 141, 0, {victim})",
        f"call(302, 261, {victim}, 0, ctypes.create_string_buffer(16), None)",
        f"call(302, 261, {victim}, 0, None, ctypes.create_string_buffer(16))",
        f"call(203, 122, {victim}, 8, struct.pack('Q', 1))",
        f"call(204, 123, {victim}, 8, ctypes.create_string_buffer(8))",
        f"call(144, 119, {victim}, 5, struct.pack('i', 0))",
        f"call(314, 274, {victim}, ctypes.create_string_buffer(56), 0)",
        f"call(251, 30, 1, {victim}, 0x6000)",
        "call(251, 30, 3, 0, 0)",
        f"call(121, 155, {victim})",
        f"call(124, 156, {victim})",
        f"call(448, 448, {victim}, 0)",
        f"call(440, 440, {victim}, None, 0, 20, 0)",
        "call(157, 167, 62, 1, 0, 0, 0)",
    ):
        assert ask(one, attempt) in REFUSED, attempt
    assert (os.getpriority(os.PRIO_PROCESS, victim), os.sched_getaffinity(victim)) == before


def test_no_memory_no_semaphore_and_no_queue_is_shared(pair: tuple[BoxSession, BoxSession]) -> None:
    kernel = ctypes.CDLL(None, use_errno=True)
    kernel.shmget.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_int]
    key = 0x0C0FFEE
    memory, queue = kernel.shmget(key, 4096, 0o1666), kernel.msgget(key, 0o1666)
    semaphore = kernel.semget(key, 1, 0o1666)
    try:
        for attempt in (
            f"call(29, 194, {key}, 4096, 0)",
            f"call(30, 196, {memory}, None, 0)",
            f"call(31, 195, {memory}, 0, None)",
            f"call(64, 190, {key}, 1, 0)",
            f"call(66, 191, {semaphore}, 0, 16, 5)",
            f"call(65, 193, {semaphore}, struct.pack('Hhh', 0, 1, 0), 1)",
            f"call(220, 192, {semaphore}, struct.pack('Hhh', 0, 1, 0), 1, None)",
            f"call(68, 186, {key}, 0)",
            f"call(69, 189, {queue}, struct.pack('lQ', 1, 7), 8, 0)",
            f"call(70, 188, {queue}, ctypes.create_string_buffer(16), 8, 0, 0x800)",
            f"call(71, 187, {queue}, 0, None)",
            "call(240, 180, b'q', 0o102, 0o666, None)",
            "call(241, 181, b'q')",
            "call(319, 279, b'x', 0)",
            "call(447, 447, 0)",
        ):
            assert ask(pair[0], attempt) in REFUSED, attempt
    finally:
        kernel.shmctl(memory, 0, None)
        kernel.msgctl(queue, 0, None)
        kernel.semctl(semaphore, 0, 0)


def test_no_socket_of_any_kind_can_be_had(pair: tuple[BoxSession, BoxSession]) -> None:
    for family in (1, 2, 10, 16, 17, 38, 40):
        for kind in (1, 2, 3):
            assert ask(pair[0], f"call(41, 198, {family}, {kind}, 0)") in REFUSED
    assert ask(pair[0], "call(53, 199, 1, 1, 0, ctypes.create_string_buffer(8))") in REFUSED
    for number in ((425, 425), (426, 426), (427, 427), (206, 0)):
        assert (
            ask(pair[0], f"call({number[0]}, {number[1]}, 8, ctypes.create_string_buffer(120))")
            in REFUSED
        )


# Files


def test_boxes_have_no_file_in_common(pair: tuple[BoxSession, BoxSession]) -> None:
    one, other = pair
    for session in pair:
        assert (
            session.run("open(tempfile.gettempdir() + '/mine', 'w').write('x')", "<cell>").error
            is None
        )
    place = ask(other, "tempfile.gettempdir()")
    if place != ask(one, "tempfile.gettempdir()"):
        for act in ("open", "os.listdir", "os.remove"):
            assert ask(one, f"error({act}, {place + '/mine'!r})") != ""
        assert ask(one, f"error(open, {place + '/planted'!r}, 'w')") != ""
        assert ask(one, f"error(os.rename, 'a', {place + '/planted'!r})") != ""
    else:
        assert one.run("open('/tmp/of_one', 'w').write('x')", "<cell>").error is None
        assert ask(other, "os.path.exists('/tmp/of_one')") is False
    for folder in ("/dev/shm", "/tmp/..", "/var/tmp", "/run", "/dev/mqueue"):
        assert ask(one, f"error(open, {folder + '/planted'!r}, 'w')") != ""
    assert ask(other, "open(tempfile.gettempdir() + '/mine').read()") == "x"


def test_no_descriptor_is_inherited(tier: Tier) -> None:
    kinds = """
import os, stat
def kind(fd):
    mode = os.fstat(fd).st_mode
    return "pipe" if stat.S_ISFIFO(mode) else "device" if stat.S_ISCHR(mode) else oct(mode)
def kinds():
    found = {}
    for fd in range(1024):
        try:
            found[str(fd)] = kind(fd)
        except OSError:
            pass
    return found
"""
    with open(__file__), tempfile.TemporaryFile(), Box(tier) as box:
        session = BoxSession(box)
        assert session.run(kinds, "<cell>").error is None
        found = session.call("kinds", None).value
    assert found.pop("0") == found.pop("1") == found.pop("2") == "device"
    assert sorted(found.values()) in (["pipe"] * 2, ["device", "pipe", "pipe"])  # sys.stdin


def test_files_outside_are_neither_read_nor_changed(
    pair: tuple[BoxSession, BoxSession], outside: Path
) -> None:
    one = pair[0]
    file, folder, inner = str(outside / "gradebook.db"), f"{outside}/", str(outside / "inner")
    assert one.run("open('own', 'w').write('x'); os.mkdir('own_folder')", "<cell>").error is None
    before = state(outside)
    attempts = [
        f"call(257, 56, -100, {file.encode()!r}, {flags}, 0o666)"
        for flags in (0, 1, 2, 0o1000, 0o1001, 0o1002, 0o2001, 0o3, 0o1003, 0o102, 0o10001)
    ]
    attempts += [f"call(2, None, {file.encode()!r}, {flags}, 0o666)" for flags in (0, 2, 0o1003)]
    attempts += [
        f"call(257, 56, -100, {folder.encode()!r}, {flags}, 0o666)"
        for flags in (0o200000, 0o20200002, 0o20200001)
    ]
    attempts += [
        f"call(437, 437, -100, {file.encode()!r}, struct.pack('QQQ', 2, 0, 0), 24)",
        f"call(85, None, {folder.encode() + b'new'!r}, 0o666)",
        f"call(76, 45, {file.encode()!r}, 0)",
        f"call(188, 5, {file.encode()!r}, b'user.x', b'y', 1, 0)",
        f"call(191, 8, {file.encode()!r}, b'user.x', ctypes.create_string_buffer(9), 9)",
        f"call(194, 11, {file.encode()!r}, ctypes.create_string_buffer(9), 9)",
        f"call(92, None, {file.encode()!r}, {os.getuid()}, {os.getgid()})",
        f"call(260, 54, -100, {file.encode()!r}, {os.getuid()}, {os.getgid()}, 0)",
        f"call(254, 27, 3, {folder.encode()!r}, 0xfff)",
        "call(253, None)",
        "call(294, 26, 0)",
        "call(300, 262, 0, 0)",
        f"call(303, 264, -100, {file.encode()!r}, None, None, 0)",
        "call(304, 265, 3, None, 0)",
        f"call(165, 40, {folder.encode()!r}, {inner.encode()!r}, None, 4096, None)",
        f"call(428, 428, -100, {folder.encode()!r}, 1)",
        "call(430, 430, b'tmpfs', 0)",
        f"call(161, 51, {folder.encode()!r})",
    ]
    for attempt in attempts:
        assert ask(one, attempt) in REFUSED, attempt
    for attempt in (
        f"os.remove, {file!r}",
        f"os.rmdir, {inner!r}",
        f"os.mkdir, {folder + 'new'!r}",
        f"os.mkfifo, {folder + 'new'!r}",
        f"os.mknod, {folder + 'new'!r}, 0o100666",
        f"os.symlink, '/etc', {folder + 'new'!r}",
        f"os.link, {file!r}, 'mine'",
        f"os.link, 'own', {folder + 'new'!r}",
        f"os.rename, {file!r}, 'mine'",
        f"os.rename, 'own', {folder + 'new'!r}",
        f"os.rename, 'own', {file!r}",
        f"os.rename, {inner!r}, {folder + 'other'!r}",
        f"os.rename, 'own_folder', {inner!r}",
        f"os.listdir, {folder!r}",
    ):
        assert ask(one, f"error({attempt})") != "", attempt
    if ask(one, f"error(os.symlink, {file!r}, 'link')") == "":
        assert ask(one, "error(open, 'link')") != ""
    for change in (f"os.chmod, {file!r}, 0o4777", f"os.utime, {file!r}, (0, 0)"):
        ask(one, f"error({change})")
    flags = getattr(os, "O_PATH", 0)
    ask(one, f"error(lambda: os.fchmod(os.open({file!r}, {flags}), 0))")
    assert state(outside) == before


def test_libraries_that_are_read_can_be_neither_locked_nor_marked(
    pair: tuple[BoxSession, BoxSession],
) -> None:
    source = """
import fcntl, numpy
def marks():
    file = open(numpy.__file__)
    return [
        error(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB),
        error(fcntl.lockf, file, fcntl.LOCK_SH | fcntl.LOCK_NB),
        error(fcntl.fcntl, file, fcntl.F_SETLEASE, fcntl.F_RDLCK),
        error(fcntl.fcntl, file, fcntl.F_NOTIFY, 1),
        error(fcntl.ioctl, file, 0x40086602, struct.pack("l", 0)),
        error(fcntl.ioctl, file, 0x40806685, bytes(128)),
        error(os.truncate, numpy.__file__, 0),
        error(os.open, numpy.__file__, os.O_RDONLY | os.O_TRUNC),
        error(os.setxattr, numpy.__file__, "user.x", b"y"),
    ]
"""
    assert pair[0].run(source, "<cell>").error is None
    kinds = pair[0].call("marks", None).value
    assert all(kind in ("PermissionError", "OSError") for kind in kinds), kinds


def test_a_program_in_the_boxs_own_folder_cant_be_run(pair: tuple[BoxSession, BoxSession]) -> None:
    one = pair[0]
    source = """
place = os.path.join(tempfile.gettempdir(), "program")
with open(place, "w") as file:
    file.write("#!/bin/sh\\n")
os.chmod(place, 0o6777)
handle = os.open(place, os.O_RDONLY)
"""
    assert one.run(source, "<cell>").error is None
    for attempt in (
        "call(59, 221, place.encode(), None, None)",
        "call(322, 281, -100, place.encode(), None, None, 0)",
        "call(322, 281, handle, b'', None, None, 0x1000)",
    ):
        assert ask(one, attempt) == "EPERM"
    mode = ask(one, "os.stat(place).st_mode")
    assert not mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IXUSR)


# The kernel's back doors


def test_the_wall_cant_be_taken_down_from_inside(pair: tuple[BoxSession, BoxSession]) -> None:
    for attempt in (
        "call(157, 167, 1, 0, 0, 0, 0)",  # PR_SET_PDEATHSIG
        "call(157, 167, 4, 0, 0, 0, 0)",  # PR_SET_DUMPABLE
        "call(157, 167, 22, 2, 0, 0, 0)",  # PR_SET_SECCOMP
        "call(157, 167, 35, 1, 0, 0, 0)",  # PR_SET_MM
        "call(157, 167, 24, 1, 0, 0, 0)",  # PR_CAPBSET_DROP
        "call(157, 167, 47, 2, 0, 0, 0)",  # PR_CAP_AMBIENT
        "call(157, 167, 36, 1, 0, 0, 0)",  # PR_SET_CHILD_SUBREAPER
        "call(317, 277, 1, 0, None)",
        "call(444, 444, None, 0, 1)",
        "call(135, 92, 0x0040000)",
        "call(250, 219, 0, -3, 0)",
        "call(248, 217, b'user', b'x', b'y', 1, -3)",
        "call(321, 280, 5, ctypes.create_string_buffer(120), 120)",
        "call(323, 282, 1)",
        "call(272, 97, 0x10000000)",
        "call(272, 97, 0x400)",
        "call(308, 268, 0, 0)",
        "call(435, 435, struct.pack('Q' * 11, 0x11, *[0] * 10), 88)",
        "call(56, 220, 0x11, 0, 0, 0, 0)",
        "call(57, None)",
        "call(58, None)",
        "call(0x40000000 + 57, 500)",
        "call(452, 452, -100, b'/', 0, 0)",
        "call(275, 76, 0, None, 1, None, 1, 0)",
    ):
        assert ask(pair[0], attempt) in REFUSED, attempt


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86 has a second way in")
def test_a_call_by_the_old_way_in_ends_the_box(tier: Tier) -> None:
    source = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("53b814000000cd805bc3"))  # push rbx; mov eax, 20 (getpid); int 0x80
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
"""
    with Box(tier) as box, pytest.raises(BoxLost) as caught:
        BoxSession(box).run(source, "<cell>")
    assert caught.value.kind in ("crashed", "ended")


def test_memory_cant_be_written_through_proc(pair: tuple[BoxSession, BoxSession]) -> None:
    kind = ask(pair[0], "error(open, '/proc/self/mem', 'r+b')")
    assert kind == "PermissionError" or not pair[0].box.tier.shows_names
    for name in ("sys/kernel/core_pattern", "sysrq-trigger", "1/oom_score_adj"):
        opened = f"error(lambda: os.close(os.open('/proc/{name}', os.O_WRONLY)))"
        assert ask(pair[0], opened) in ("PermissionError", "OSError", "FileNotFoundError") or (
            name == "1/oom_score_adj" and not pair[0].box.tier.shows_names  # its own
        )


def test_of_devices_only_the_harmless_can_be_opened(pair: tuple[BoxSession, BoxSession]) -> None:
    harmless = {"null", "zero", "full", "random", "urandom"}
    for name in sorted(set(os.listdir("/dev")) - harmless):
        path = Path("/dev", name)
        if not path.is_symlink() and (path.is_char_device() or path.is_block_device()):
            assert ask(pair[0], f"error(open, {str(path)!r}, 'rb')") != "", name
    assert ask(pair[0], "[error(open, '/dev/' + n) for n in ('null', 'urandom')]") == ["", ""]


def test_a_box_that_kills_itself_is_lost_and_the_other_goes_on(
    tier: Tier, pair: tuple[BoxSession, BoxSession]
) -> None:
    with Box(tier, Limits(seconds_per_request=2.0)) as box, pytest.raises(BoxLost):
        # The first process of a namespace can't be killed from inside, but can end itself.
        BoxSession(box).run("import os; os.kill(os.getpid(), 9); os._exit(0)", "<cell>")
    assert ask(pair[1], "1 + 1") == 2


def test_the_graders_other_processes_are_untouched_by_a_box_that_is_killed(tier: Tier) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with Box(tier, Limits(seconds_per_request=0.3)) as box, pytest.raises(BoxLost):
            BoxSession(box).run("while True: pass", "<cell>")
        assert bystander.poll() is None
    finally:
        bystander.send_signal(signal.SIGKILL)
        bystander.communicate()


def test_time_of_another_box_is_hard_to_tell(pair: tuple[BoxSession, BoxSession]) -> None:
    """What one box does can't be read from the clocks of its process by another."""
    victim = number_outside(pair[1])
    began = time.monotonic()
    for clock in (~victim << 3 | kind for kind in (0, 1, 2, 4, 5, 6)):
        assert ask(pair[0], f"call(229, 114, {clock}, None)") in REFUSED
        assert ask(pair[0], f"error(__import__('time').clock_gettime, {clock})") != ""
    assert time.monotonic() - began < 5.0
