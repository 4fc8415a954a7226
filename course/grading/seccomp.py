"""The box's filter of system calls, written as the kernel's own small program (classic BPF).

No libseccomp is needed: a machine with nothing but pip has none. `program` makes the bytes for one
machine and one process, `load` gives them to the kernel for this process and for good.

Forbidden: sockets of every kind, new processes and programs (threads may start), new namespaces,
mounts, signals to others, tracing, reading or slowing them, keys, memory and queues that processes
share, locks and watches on files, changes of user, modes, owners and times, outliving the parent,
and the kernel's administrative calls. A call newer than this list answers ENOSYS, as on an older
kernel. The second tier has no namespaces and rests on this filter; the first has the same one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct
from collections.abc import Sequence
from functools import cache

NEWEST = 450
"""The last system call known here, with one number on both machines. Numbers above it are newer
calls, or those of the x32 interface."""

# VM, FS, FILES, SIGHAND, THREAD: a thread that shares all that is counted and confined
_CLONE_THREAD = 0x0001_0F00
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
    *range(444, 447),  # landlock
    447,  # memfd_secret
    448,  # process_mrelease
)
# Their arguments are in memory, where no filter reads them; the C library then asks the old ones.
_LOOK_MISSING = (435, 437)  # clone3, openat2

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
    "semctl": (66, 191),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgctl": (71, 187),
    "msgrcv": (70, 188),
    "msgsnd": (69, 189),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "seccomp": (317, 277),
    "get_robust_list": (274, 100),
    "capget": (125, 90),
    "flock": (73, 32),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "splice": (275, 76),
    "tee": (276, 77),
    "vmsplice": (278, 75),
    "truncate": (76, 45),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "getxattr": (191, 8),
    "lgetxattr": (192, 9),
    "fgetxattr": (193, 10),
    "listxattr": (194, 11),
    "llistxattr": (195, 12),
    "flistxattr": (196, 13),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
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

IGNORED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "utime": (132, None),
    "utimes": (235, None),
    "utimensat": (280, 88),
    "futimesat": (261, None),
}
"""Calls that answer as if they had been done: copying a file asks for them, honestly. Landlock
guards neither modes nor times, and the grader's own files may belong to the same user."""

_MACHINES = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}
"""Column of the tables, and the kernel's name for the machine."""

_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES, _SECCOMP, _BY_FILTER = 1, 38, 22, 2  # words of prctl
_SET_NAME, _GET_NAME, _NAME_MEMORY = 15, 16, 0x5356_4D41  # what threads and malloc ask of prctl
_TMPFILE, _TRUNCATE = 0x40_0000, 0o1000  # words of open
_ONE_PROCESS, _ONE_IO_PROCESS = 0, 1  # words of setpriority and ioprio_set
_NEGATIVE = 0x8000_0000  # a clock that counts the time of another process
# SETOWN, SETSIG, SETOWN_EX, SETLEASE, NOTIFY; GETLK, SETLK, SETLKW, and those of open files
_FCNTL_FORBIDDEN = (8, 10, 15, 1024, 1026, 5, 6, 7, 36, 37, 38)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, TCGETS2
_IOCTL_ALLOWED = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C_542A)

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP_EQUAL, _JUMP_ABOVE, _JUMP_IF_BITS = 0x15, 0x25, 0x45
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little-endian
_ALLOW, _KILL, _REFUSE = 0x7FFF_0000, 0x8000_0000, 0x0005_0000

Steps = list[bytes]


def supported(machine: str | None = None) -> bool:
    """Whether a filter can be written for this machine."""
    return (machine or platform.machine()) in _MACHINES


@cache
def program(process: int, machine: str | None = None) -> bytes:
    """The filter for a process, by its own number, and a machine. Raises KeyError where `supported`
    is False."""
    column, name = _MACHINES[machine or platform.machine()]
    steps = [
        _step(_LOAD, _MACHINE),
        _step(_JUMP_EQUAL, name, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_JUMP_ABOVE, NEWEST, 0, 1),
        _refuse(errno.ENOSYS),
    ]
    for number in _LOOK_MISSING:
        steps += _when(number, [_refuse(errno.ENOSYS)])
    for number in (*_ON_BOTH, *(row[column] for row in FORBIDDEN.values())):
        steps += _when(number, [_refuse()])
    for row in IGNORED.values():
        steps += _when(row[column], [_refuse(0)])
    for numbers, checks in _conditions(process).items():
        steps += _when(numbers[column], checks)
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def _conditions(process: int) -> dict[tuple[int | None, int | None], Steps]:
    """The calls that are allowed with some arguments only, by their numbers on both machines."""
    itself = _among(0, (0, process))
    own_clock = _without(0, _NEGATIVE)
    # Flags 3 open a file neither for reading nor for writing, which Landlock lets pass; nor did it
    # know of cutting files off before its third version.
    opening = [_unlike(flags, 3, 3) + _unlike(flags, _TRUNCATE | 3, _TRUNCATE) for flags in (1, 2)]
    nameless = [_without(flags, _TMPFILE, errno.EOPNOTSUPP) for flags in (1, 2)]
    return {
        (2, None): opening[0] + nameless[0],  # open
        (257, 56): opening[1] + nameless[1],  # openat
        (56, 220): _without(0, _CLONE_NAMESPACES) + _with_all(0, _CLONE_THREAD),  # clone
        (157, 167): _among(0, (_SET_NAME, _GET_NAME, _NAME_MEMORY)),  # prctl
        (72, 25): _not_among(1, _FCNTL_FORBIDDEN),  # fcntl
        (16, 29): _among(1, _IOCTL_ALLOWED, errno.ENOTTY),  # ioctl
        (62, 129): _among(0, (process,)),  # kill
        (200, 130): _among(0, (process,)),  # tkill
        (234, 131): _among(0, (process,)),  # tgkill
        (129, 138): _among(0, (process,)),  # rt_sigqueueinfo
        (297, 240): _among(0, (process,)),  # rt_tgsigqueueinfo
        (302, 261): itself,  # prlimit64
        (121, 155): itself,  # getpgid
        (124, 156): itself,  # getsid
        (109, 154): itself,  # setpgid
        (142, 118): itself,  # sched_setparam
        (143, 121): itself,  # sched_getparam
        (144, 119): itself,  # sched_setscheduler
        (145, 120): itself,  # sched_getscheduler
        (148, 127): itself,  # sched_rr_get_interval
        (203, 122): itself,  # sched_setaffinity
        (204, 123): _among(0, (0, process), errno.ENOSYS),  # sched_getaffinity, of threads too
        (314, 274): itself,  # sched_setattr
        (315, 275): itself,  # sched_getattr
        (140, 141): _among(0, (_ONE_PROCESS,)) + _among(1, (0, process)),  # getpriority
        (141, 140): _among(0, (_ONE_PROCESS,)) + _among(1, (0, process)),  # setpriority
        (251, 30): _among(0, (_ONE_IO_PROCESS,)) + _among(1, (0, process)),  # ioprio_set
        (252, 31): _among(0, (_ONE_IO_PROCESS,)) + _among(1, (0, process)),  # ioprio_get
        (228, 113): own_clock,  # clock_gettime
        (229, 114): own_clock,  # clock_getres
        (230, 115): own_clock,  # clock_nanosleep
        (222, 107): own_clock,  # timer_create
    }


def _step(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, value)


def _refuse(error: int = errno.EPERM) -> bytes:
    """Don't do it, and answer with this error; 0 is success."""
    return _step(_RETURN, _REFUSE | error)


def _when(number: int | None, checks: Steps) -> Steps:
    """For the call of this number alone: the checks, each of which may refuse it; else allow it."""
    if number is None:
        return []
    return [_step(_JUMP_EQUAL, number, 0, len(checks) + 1), *checks, _step(_RETURN, _ALLOW)]


def _argument(index: int) -> bytes:
    # The lower half: all of these arguments are 32 bits wide for the kernel.
    return _step(_LOAD, _FIRST_ARGUMENT + 8 * index)


def _among(index: int, allowed: Sequence[int], error: int = errno.EPERM) -> Steps:
    """Refuse unless the argument is one of these."""
    jumps = [_step(_JUMP_EQUAL, value, len(allowed) - at) for at, value in enumerate(allowed)]
    return [_argument(index), *jumps, _refuse(error)]


def _not_among(index: int, forbidden: Sequence[int]) -> Steps:
    """Refuse if the argument is one of these."""
    each = ([_step(_JUMP_EQUAL, value, 0, 1), _refuse()] for value in forbidden)
    return [_argument(index), *(step for pair in each for step in pair)]


def _without(index: int, bits: int, error: int = errno.EPERM) -> Steps:
    """Refuse if the argument has one of these bits."""
    return [_argument(index), _step(_JUMP_IF_BITS, bits, 0, 1), _refuse(error)]


def _with_all(index: int, bits: int) -> Steps:
    """Refuse unless the argument has all of these bits."""
    return [_argument(index), _step(_AND, bits), _step(_JUMP_EQUAL, bits, 1, 0), _refuse()]


def _unlike(index: int, mask: int, bits: int) -> Steps:
    """Refuse if of the bits in the mask the argument has exactly these."""
    return [_argument(index), _step(_AND, mask), _step(_JUMP_EQUAL, bits, 0, 1), _refuse()]


def load() -> None:
    """Put this process, and every thread it starts from now on, under the filter, irrevocably.

    It then also dies with its parent. Raises OSError where the kernel refuses.
    """
    control = ctypes.CDLL(None, use_errno=True).prctl
    control.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if control(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the process can't be made to die with its parent")
    install(program(os.getpid()))


def install(code: bytes) -> None:
    """Give the kernel a filter for this process, irrevocably. Raises OSError."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]

    control = ctypes.CDLL(None, use_errno=True).prctl
    control.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    filtered = Program(len(code) // 8, code)
    for arguments in (
        (_NO_NEW_PRIVILEGES, 1, 0, 0, 0),
        (_SECCOMP, _BY_FILTER, ctypes.addressof(filtered), 0, 0),
    ):
        if control(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"the filter of system calls: {os.strerror(number)}")
