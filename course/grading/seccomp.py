"""The box's filter of system calls, written as the kernel's own small program (classic BPF).

No libseccomp is needed: a machine with nothing but pip has none. `program` makes the bytes for one
machine, `load` gives them to the kernel for this process and for good.

Forbidden: sockets of every kind, new processes and programs (threads may start), new namespaces,
mounts, tracing and reading other processes, keys, shared memory outside the address space's limit,
changes of user, outliving the parent, and the kernel's administrative calls. A call newer than this
list answers ENOSYS, as on an older kernel.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct

NEWEST = 450
"""The last system call known here, with one number on both machines. Numbers above it are newer
calls, or those of the x32 interface."""

_CLONE_THREAD = 0x0001_0000
# NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_CLONE_NAMESPACES = 0x80 | 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x7800_0000

_ON_BOTH = (
    424,  # pidfd_send_signal
    *range(425, 428),  # io_uring
    *range(428, 434),  # open_tree to fspick
    434,  # pidfd_open
    438,  # pidfd_getfd
    440,  # process_madvise
    442,  # mount_setattr
    443,  # quotactl_fd
    447,  # memfd_secret
    448,  # process_mrelease
)
_CLONE3 = 435

# name: (x86_64, aarch64); None where a machine has no such call
FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_setup": (206, 0),
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setgroups": (116, 159),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setfsuid": (122, 151),
    "setfsgid": (123, 152),
    "capset": (126, 91),
    "personality": (135, 92),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "create_module": (174, None),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "syslog": (103, 116),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "quotactl": (179, 60),
    "nfsservctl": (180, 42),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "vhangup": (153, 58),
    "lookup_dcookie": (212, 18),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
}

_MACHINES = {"x86_64": (0, 0xC000_003E, 56, 157), "aarch64": (1, 0xC000_00B7, 220, 167)}
"""Column of FORBIDDEN, the kernel's name for the machine, and the numbers of clone and prctl."""

_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES, _SECCOMP, _BY_FILTER = 1, 38, 22, 2  # words of prctl

_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_IF_BITS, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little-endian
_ALLOW, _KILL, _REFUSE = 0x7FFF_0000, 0x8000_0000, 0x0005_0000


def supported(machine: str | None = None) -> bool:
    """Whether a filter can be written for this machine."""
    return (machine or platform.machine()) in _MACHINES


def program(machine: str | None = None) -> bytes:
    """The filter for a machine. Raises KeyError where `supported` is False."""
    column, name, clone, prctl = _MACHINES[machine or platform.machine()]

    def step(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
        return struct.pack("<HBBI", code, when_true, when_false, value)

    def refuse(number: int, error: int = errno.EPERM) -> list[bytes]:
        return [step(_JUMP_EQUAL, number, 0, 1), step(_RETURN, _REFUSE | error)]

    steps = [
        step(_LOAD, _MACHINE),
        step(_JUMP_EQUAL, name, 1, 0),
        step(_RETURN, _KILL),
        step(_LOAD, _NUMBER),
        step(_JUMP_ABOVE, NEWEST, 0, 1),
        step(_RETURN, _REFUSE | errno.ENOSYS),
        *refuse(
            _CLONE3, errno.ENOSYS
        ),  # its flags can't be read here; the C library then asks clone
    ]
    for number in (*_ON_BOTH, *(row[column] for row in FORBIDDEN.values())):
        if number is not None:
            steps += refuse(number)
    steps += [
        step(_JUMP_EQUAL, prctl, 0, 4),
        step(_LOAD, _FIRST_ARGUMENT),
        step(_JUMP_EQUAL, _DIE_WITH_PARENT, 0, 1),
        step(_RETURN, _REFUSE | errno.EPERM),
        step(_RETURN, _ALLOW),
        step(_JUMP_EQUAL, clone, 0, 4),
        step(_LOAD, _FIRST_ARGUMENT),
        step(_JUMP_IF_BITS, _CLONE_NAMESPACES, 1, 0),
        step(_JUMP_IF_BITS, _CLONE_THREAD, 1, 0),
        step(_RETURN, _REFUSE | errno.EPERM),
        step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def load() -> None:
    """Put this process, and every thread it starts from now on, under the filter, irrevocably.

    It then also dies with its parent. Raises OSError where the kernel refuses.
    """
    code = program()

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]

    control = ctypes.CDLL(None, use_errno=True).prctl
    control.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    filtered = Program(len(code) // 8, code)
    for arguments in (
        (_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0),
        (_NO_NEW_PRIVILEGES, 1, 0, 0, 0),
        (_SECCOMP, _BY_FILTER, ctypes.addressof(filtered), 0, 0),
    ):
        if control(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"the filter of system calls: {os.strerror(number)}")
