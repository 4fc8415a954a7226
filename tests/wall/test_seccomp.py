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
CALLS = {
    "x86_64": {"read": 0, "write": 1, "mmap": 9, "clone": 56, "prctl": 157, "futex": 202},
    "aarch64": {"read": 63, "write": 64, "mmap": 222, "clone": 220, "prctl": 167, "futex": 98},
}


def verdict(machine: str, number: int, argument: int = 0, seen: str | None = None) -> int:
    """What the kernel would answer to one call of a program for `machine`."""
    steps = list(struct.iter_unpack("<HBBI", seccomp.program(machine)))
    data = struct.pack("<IIQ6Q", number, NAMES[seen or machine], 0, argument, *[0] * 5)
    at = accumulator = 0
    while True:
        code, when_true, when_false, value = steps[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
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
    for name in ("read", "write", "mmap", "futex"):
        assert verdict(machine, CALLS[machine][name]) == ALLOW


@machines
def test_every_forbidden_call_is_refused(machine: str) -> None:
    column = list(NAMES).index(machine)
    numbers = [row[column] for row in seccomp.FORBIDDEN.values() if row[column] is not None]
    assert len(numbers) > 50
    for number in [*numbers, 424, 425, 427, 428, 433, 438, 442, 447]:
        assert verdict(machine, number) == REFUSE | errno.EPERM


@machines
def test_a_call_newer_than_the_list_looks_missing(machine: str) -> None:
    for number in (435, 451, 500, 0x40000000 + 41, 0xFFFFFFFF):
        assert verdict(machine, number) == REFUSE | errno.ENOSYS


@machines
def test_a_thread_may_start_and_a_process_or_a_namespace_may_not(machine: str) -> None:
    clone = CALLS[machine]["clone"]
    assert verdict(machine, clone, THREAD) == ALLOW
    assert verdict(machine, clone, 0x11) == REFUSE | errno.EPERM  # fork
    assert verdict(machine, clone, 0x4111) == REFUSE | errno.EPERM  # vfork
    for namespace in (0x80, 0x20000, 0x2000000, 0x4000000, *(2**bit for bit in range(27, 31))):
        assert verdict(machine, clone, THREAD | namespace) == REFUSE | errno.EPERM


@machines
def test_nobody_can_ask_to_outlive_the_parent(machine: str) -> None:
    prctl = CALLS[machine]["prctl"]
    assert verdict(machine, prctl, 1) == REFUSE | errno.EPERM
    assert verdict(machine, prctl, 15) == ALLOW


@machines
def test_calls_of_another_machine_end_the_process(machine: str) -> None:
    (other,) = set(NAMES) - {machine}
    assert verdict(machine, 0, seen=other) == KILL


def test_this_machine_is_one_that_a_filter_can_be_written_for() -> None:
    assert seccomp.supported(platform.machine()) == (platform.machine() in NAMES)
    assert not seccomp.supported("riscv64")
