"""The second tier, for machines that allow no namespaces: Landlock, the filter, and the limits.

The worker confines itself before it reads its first frame: to the files of `prepared`, its own
`scratch` folder, and the calls that `seccomp` leaves it, none of which reaches another process.
What the first tier hides and this one can't: whether a file or process of a known name exists, and
what else stat tells of it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.grading import inmate, interior, process, ruleset, seccomp
from course.grading.inmate import NoBox
from course.grading.limits import Limits
from course.grading.prepared import Prepared, prepared
from course.grading.scratch import Scratch
from course.grading.user import threads_already, unprivileged_user

THREADS_OF_OTHERS = 256
"""Room for what the grader's own user may start meanwhile: the kernel counts all his threads."""


@dataclass(frozen=True)
class Landlock:
    """The version of Landlock that boxes ask the kernel for."""

    abi: int

    @property
    def name(self) -> str:
        return f"Landlock ABI {self.abi}"

    @property
    def shows_names(self) -> bool:
        return True

    def start_parent(self, settings: Mapping[str, Any], control: int) -> subprocess.Popen[bytes]:
        """Start a parent that is told these settings and listens at a socket. Raises NoBox."""
        gathered = prepared()
        # -S: what lies in the interpreter's own packages is neither listed nor run
        command = [gathered.interpreter, "-I", "-B", "-S", gathered.worker]
        env = interior.environment(str(gathered.folder))
        try:
            return process.launch(command, settings, env=env, also=(control,))
        except OSError as error:
            raise NoBox(f"{command[0]} can't be started: {error.strerror}") from error

    def room(self, limits: Limits) -> tuple[dict[str, Any], Scratch]:
        """What one box is told when it starts, and its folder. Raises NoBox."""
        gathered = prepared()
        user = unprivileged_user()
        try:
            scratch = Scratch(gathered.folder, limits, user)
        except OSError as error:
            raise NoBox(f"the folder of a box can't be made ({error})") from error
        return {
            "wall": "landlock",
            "abi": self.abi,
            "rights": str(rights_file(gathered)),
            "scratch": str(scratch.path),
            "home": str(scratch.home),
            "env": interior.environment(str(scratch.home), TMPDIR=str(scratch.path)),
            "user": user,
            "limits": _resources(limits, user),
            "output_bytes": limits.output_bytes,
        }, scratch

    def why_not(self, words: str) -> str:
        """Why no worker came up, and the remedy where it is known."""
        last = inmate.last_line(words)
        return interior.unreadable(last) or last


def find() -> Landlock:
    """What this machine's kernel has. Raises NoBox where it has none."""
    if not inmate.linux():
        raise NoBox("Landlock exists on Linux only")
    if not seccomp.supported():
        raise NoBox("the filter of system calls is written for x86_64 and aarch64 only")
    version = ruleset.abi()
    if version == 0:
        raise NoBox("this kernel has no Landlock, or forbids it (it is in Linux 5.13 and newer)")
    return Landlock(version)


def rights_file(gathered: Prepared) -> str:
    """The file that tells a worker what it may do with which files; written once."""
    path = gathered.folder / "rights.json"
    if not path.exists():
        rights = [(str(file), ruleset.LIST) for file in gathered.listed]
        rights += [(str(file), ruleset.READ) for file in gathered.read]
        rights += [(f"/dev/{name}", ruleset.USE) for name in interior.DEVICES]
        path.write_text(json.dumps(rights), encoding="utf-8")
        path.chmod(0o644)
    return str(path)


def _resources(limits: Limits, user: int | None) -> dict[str, int]:
    """A root grader's box has a user to itself; an ordinary one shares the grader's."""
    resources = limits.resources()
    if user is None:
        resources["RLIMIT_NPROC"] += threads_already() + THREADS_OF_OTHERS
    return resources
