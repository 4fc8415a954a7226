"""Landlock, the kernel's own wall around a process: which files it may open, and nothing else.

`restrict` is called inside the box, by a process about to give up everything else; `abi` is asked
outside too. Landlock guards what is opened, made, renamed or removed. Names (stat), modes, owners,
times and locks it doesn't guard: all those calls but stat are for `seccomp` to forbid.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every machine
_VERSION, _PATH_BENEATH = 1, 1
_NO_NEW_PRIVILEGES = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG, REFER, TRUNCATE = 1 << 7, 1 << 8, 1 << 13, 1 << 14

READ = READ_FILE
LIST = READ_FILE | READ_DIR
USE = READ_FILE | WRITE_FILE
OWN = LIST | USE | TRUNCATE | REFER | MAKE_DIR | MAKE_REG | REMOVE_DIR | REMOVE_FILE
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files each version knows; later ones know what the fifth does."""
_NETWORK, _SCOPES = 0b11, 0b11  # bind and connect, since 4; abstract sockets and signals, since 6


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scopes")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("rights", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def abi() -> int:
    """The version of Landlock in this kernel; 0 where there is none, or it is switched off."""
    try:
        return max(0, _call(_CREATE, None, 0, _VERSION))
    except OSError:
        return 0


def restrict(rights: Iterable[tuple[str | Path, int]], version: int) -> None:
    """Leave this process, for good, only these rights on files, each with all that lies below it.

    `version` is that of the kernel, or a lower one. Raises OSError.
    """
    handled = (1 << _FILE_RIGHTS[min(version, 5)]) - 1
    network, scopes = (_NETWORK if version >= 4 else 0), (_SCOPES if version >= 6 else 0)
    attributes = _Attributes(handled, network, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _call(_CREATE, ctypes.byref(attributes), size, 0)
    try:
        for path, wanted in rights:
            _allow(rules, path, wanted & handled)
        _forbid_new_privileges()
        _call(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str | Path, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= _OF_FILES
        beneath = _Beneath(rights, handle)
        _call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(beneath), 0)
    finally:
        os.close(handle)


def _forbid_new_privileges() -> None:
    control = ctypes.CDLL(None, use_errno=True).prctl
    control.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if control(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs can't be set")


def _call(number: int, *arguments: object) -> int:
    system_call = ctypes.CDLL(None, use_errno=True).syscall
    system_call.restype = ctypes.c_long
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    answer = int(system_call(ctypes.c_long(number), *words))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return answer
