"""The filter of system calls, run here by a small interpreter of the kernel's instructions."""

from __future__ import annotations

import errno
import platform
import struct

import pytest

from course.grading import seccomp

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
NAMES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
THREAD = 0x003D0F00  # what the C library asks for when a thread starts
PROCESS, OTHER = 4321, 1234
CALLS = {
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "futex": (202, 98),
    "unlinkat": (263, 35),
    "clone": (56, 220),
    "prctl": (157, 167),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "openat": (257, 56),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "prlimit64": (302, 261),
    "setpriority": (141, 140),
    "getpriority": (140, 141),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "sched_getaffinity": (204, 123),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "getpgid": (121, 155),
    "clock_gettime": (228, 113),
    "timer_create": (222, 107),
}


def verdict(machine: str, call: str | int, *arguments: int, seen: str | None = None) -> int:
    """What the kernel would answer to one call of a program for `machine`."""
    number = call if isinstance(call, int) else CALLS[call][list(NAMES).index(machine)]
    steps = list(struct.iter_unpack("<HBBI", seccomp.program(PROCESS, machine)))
    words = [argument & 0xFFFF_FFFF_FFFF_FFFF for argument in (*arguments, *[0] * 6)][:6]
    data = struct.pack("<IIQ6Q", number, NAMES[seen or machine], 0, *words)
    at = accumulator = 0
    while True:
        code, when_true, when_false, value = steps[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x54:
            accumulator &= value
        elif code == 0x06:
            return value
        else:
            met = {
                0x15: accumulator == value,
                0x25: accumulator > value,
                0x45: bool(accumulator & value),
            }[code]
            at += when_true if met else when_false


machines = pytest.mark.parametrize("machine", NAMES)


@machines
def test_ordinary_calls_are_allowed(machine: str) -> None:
    for name in ("read", "write", "mmap", "futex", "unlinkat"):
        assert verdict(machine, name) == ALLOW


@machines
def test_every_forbidden_call_is_refused(machine: str) -> None:
    column = list(NAMES).index(machine)
    numbers = [row[column] for row in seccomp.FORBIDDEN.values() if row[column] is not None]
    assert len(numbers) > 90
    for number in [*numbers, 424, 425, 427, 428, 433, 438, 442, 444, 445, 446, 447]:
        assert verdict(machine, number) == REFUSE | errno.EPERM


@machines
def test_no_call_has_two_rules(machine: str) -> None:
    column = list(NAMES).index(machine)
    rows = [*seccomp.FORBIDDEN.values(), *seccomp.IGNORED.values(), *seccomp._conditions(1)]
    numbers = [row[column] for row in rows if row[column] is not None]
    assert len(numbers) == len(set(numbers))


@machines
def test_modes_and_times_are_left_as_they_are_without_a_word(machine: str) -> None:
    column = list(NAMES).index(machine)
    for row in seccomp.IGNORED.values():
        if row[column] is not None:
            assert verdict(machine, row[column]) == REFUSE  # with error 0, which is success


@machines
def test_a_call_newer_than_the_list_looks_missing(machine: str) -> None:
    for number in (435, 437, 451, 500, 0x40000000 + 41, 0xFFFFFFFF):
        assert verdict(machine, number) == REFUSE | errno.ENOSYS


@machines
def test_a_thread_may_start_and_a_process_or_a_namespace_may_not(machine: str) -> None:
    assert verdict(machine, "clone", THREAD) == ALLOW
    assert verdict(machine, "clone", 0x11) == REFUSE | errno.EPERM  # fork
    assert verdict(machine, "clone", 0x4111) == REFUSE | errno.EPERM  # vfork
    for namespace in (0x80, 0x20000, 0x2000000, 0x4000000, *(2**bit for bit in range(27, 31))):
        assert verdict(machine, "clone", THREAD | namespace) == REFUSE | errno.EPERM


@machines
@pytest.mark.parametrize("shared", [0x100, 0x200, 0x400, 0x800, 0x10000])
def test_a_thread_that_keeps_something_to_itself_may_not_start(machine: str, shared: int) -> None:
    assert verdict(machine, "clone", THREAD & ~shared) == REFUSE | errno.EPERM


@machines
def test_nobody_can_ask_to_outlive_the_parent_or_to_hide_from_the_grader(machine: str) -> None:
    assert verdict(machine, "prctl", 1) == REFUSE | errno.EPERM
    assert verdict(machine, "prctl", 4) == REFUSE | errno.EPERM
    assert verdict(machine, "prctl", 15) == ALLOW


@machines
@pytest.mark.parametrize(
    "call", ["kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"]
)
def test_a_process_signals_itself_and_nobody_else(machine: str, call: str) -> None:
    assert verdict(machine, call, PROCESS, 15) == ALLOW
    for other in (OTHER, 0, -1, -OTHER, 1):
        assert verdict(machine, call, other, 9) == REFUSE | errno.EPERM


@machines
@pytest.mark.parametrize(
    "call", ["prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setattr", "getpgid"]
)
def test_a_process_sets_and_asks_of_itself_and_nobody_else(machine: str, call: str) -> None:
    assert verdict(machine, call, PROCESS) == verdict(machine, call, 0) == ALLOW
    for other in (OTHER, 1, -1):
        assert verdict(machine, call, other) == REFUSE | errno.EPERM


@machines
def test_the_processors_of_another_thread_look_unknown(machine: str) -> None:
    assert verdict(machine, "sched_getaffinity", 0) == ALLOW
    assert verdict(machine, "sched_getaffinity", OTHER) == REFUSE | errno.ENOSYS


@machines
def test_a_process_is_nice_for_itself_alone(machine: str) -> None:
    for call in ("setpriority", "getpriority"):
        assert verdict(machine, call, 0, 0, 5) == verdict(machine, call, 0, PROCESS) == ALLOW
        for which, who in ((0, OTHER), (1, 0), (2, 0), (2, PROCESS)):
            assert verdict(machine, call, which, who, 5) == REFUSE | errno.EPERM
    assert verdict(machine, "ioprio_set", 1, 0) == ALLOW
    assert verdict(machine, "ioprio_set", 3, 0) == REFUSE | errno.EPERM
    assert verdict(machine, "ioprio_set", 1, OTHER) == REFUSE | errno.EPERM


@machines
def test_the_clock_of_another_process_cant_be_read(machine: str) -> None:
    for call in ("clock_gettime", "timer_create"):
        for own in (0, 1, 2, 3):
            assert verdict(machine, call, own) == ALLOW
        assert verdict(machine, call, ~OTHER << 3 | 2) == REFUSE | errno.EPERM


@machines
def test_no_descriptor_sends_signals_leases_or_locks(machine: str) -> None:
    for word in (0, 1, 2, 3, 4, 1030):
        assert verdict(machine, "fcntl", 5, word) == ALLOW
    for word in (5, 6, 7, 8, 10, 15, 37, 38, 1024, 1026):
        assert verdict(machine, "fcntl", 5, word) == REFUSE | errno.EPERM


@machines
def test_of_ioctl_only_what_python_itself_asks_for_is_left(machine: str) -> None:
    for word in (0x5401, 0x5421, 0x5451):
        assert verdict(machine, "ioctl", 5, word) == ALLOW
    for word in (0x5412, 0x40086602, 0x40806685, 0x8901):  # TIOCSTI, SETFLAGS, VERITY, FIOSETOWN
        assert verdict(machine, "ioctl", 5, word) == REFUSE | errno.ENOTTY


@machines
def test_files_are_opened_in_ways_that_landlock_guards(machine: str) -> None:
    folder = 0xFFFF_FF9C
    for flags in (0o0, 0o1, 0o2, 0o1101, 0o2000000, 0o200000, 0o1102):
        assert verdict(machine, "openat", folder, 0, flags) == ALLOW
    for flags in (0o3, 0o1003, 0o1000):  # for neither, and cut off without being written
        assert verdict(machine, "openat", folder, 0, flags) == REFUSE | errno.EPERM
    nameless = verdict(machine, "openat", folder, 0, 0o20200002)
    assert nameless == REFUSE | errno.EOPNOTSUPP


@machines
def test_calls_of_another_machine_end_the_process(machine: str) -> None:
    (other,) = set(NAMES) - {machine}
    assert verdict(machine, 0, seen=other) == KILL


def test_this_machine_is_one_that_a_filter_can_be_written_for() -> None:
    assert seccomp.supported(platform.machine()) == (platform.machine() in NAMES)
    assert not seccomp.supported("riscv64")
