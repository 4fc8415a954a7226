"""Chooses the wall: the strongest tier that works here, found by trying to look over it."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.grading import bubblewrap, inmate, interior, landlock
from course.grading.box import Box
from course.grading.forked import Forked, Wall
from course.grading.inmate import SECONDS_TO_START, NoBox, Tier
from course.grading.limits import Limits
from course.grading.session import BoxSession
from course.grading.unwalled import Unwalled

TRUST = "--trust-students"
TRUSTED = (
    "Students' code runs without a wall, with all that this account may do (--trust-students)."
)
_PATIENT = Limits(seconds_per_request=SECONDS_TO_START)
_CLOSED = ("/", "/box", "/usr/lib", "/dev", "/dev/shm")
"""Folders in which nothing may be made."""
_FINDERS: tuple[tuple[str, Callable[[], Sequence[Wall]]], ...] = (
    ("bubblewrap", bubblewrap.candidates),
    ("Landlock", lambda: [landlock.find()]),
)


def choose(outside: Path | None = None, trust_students: bool = False, cold: bool = False) -> Tier:
    """The first tier of which a box starts and shows nothing that it must not.

    `outside` is a folder that must not be seen from inside, by default the current one. With
    `trust_students` it is the one without a wall, whatever else there is. Boxes start warm, unless
    `cold`. Raises NoBox, which names what was tried, why each failed, and what can be done.
    """
    if trust_students:
        if os.name != "posix":
            raise NoBox("on Windows students' code runs only in WSL2, with or without a wall")
        with Box(Unwalled()):
            return Unwalled()
    if not inmate.linux():
        raise NoBox(
            "boxes exist on Linux; use WSL2 on Windows or a Linux container on macOS, or grade "
            f"students whom you trust without a wall, by {TRUST}"
        )
    folder = (outside or Path.cwd()).resolve()
    if interior.shows(folder) == "within":
        raise NoBox(f"{folder} is a folder of the interpreter's, which student code can read")
    refusals = []
    for kind, find in _FINDERS:
        try:
            for wall in find():
                try:
                    # A warm box has the same wall, and takes a second more to have the first of.
                    look_over(Forked(wall, warm=False), folder)
                    return Forked(wall, warm=not cold)
                except NoBox as refusal:
                    refusals.append(f"{wall.name}: {refusal.why}")
        except NoBox as refusal:
            refusals.append(f"{kind}: {refusal.why}")
    raise NoBox(
        f"{'; '.join(refusals)}; or grade students whom you trust without a wall, by {TRUST}"
    )


def look_over(tier: Tier, folder: Path) -> None:
    """Start a box and try what its student code must not reach. Raises NoBox where it does.

    Where a wall leaks, what is tried happens. So only the canary is ever changed; all else is
    looked at, or opened and closed again.
    """
    with tempfile.TemporaryDirectory() as name, Box(tier, _PATIENT) as box:
        canary = Canary.at(Path(name))
        session = BoxSession(box)
        session.run(_LOOK_AROUND, "<probe>")
        bait = [str(canary.folder), str(canary.file)]
        hidden = _hidden(folder)
        reply = session.call("look_around", None, hidden, bait, list(_CLOSED), os.getpid())
        harmed = canary.harmed()
    found = reply.value
    if reply.error is not None or not isinstance(found, dict):
        raise NoBox(f"looking around in it failed: {reply.error or found}")
    found["environment"] = sorted(set(found["environment"]) - _ENVIRONMENT)
    found["changed"] = harmed
    if tier.shows_names:
        del found["names"]
    leaks = [f"{key}: {str(value)[:300]}" for key, value in found.items() if value]
    if leaks:
        raise NoBox(f"it leaks ({'; '.join(leaks)}), so nothing is run in it")


@dataclass(frozen=True)
class Canary:
    """A folder and a file that every user may read and write, were it not for the wall."""

    folder: Path
    file: Path
    before: tuple[object, ...]

    @classmethod
    def at(cls, folder: Path) -> Canary:
        file = folder / "file"
        file.write_text("not for students", encoding="utf-8")
        folder.chmod(0o777)
        file.chmod(0o666)
        return cls(folder, file, cls._state(folder, file))

    @staticmethod
    def _state(folder: Path, file: Path) -> tuple[object, ...]:
        seen = file.stat()
        return os.listdir(folder), seen.st_mode, seen.st_mtime_ns, file.read_bytes()

    def harmed(self) -> bool:
        """Whether anything about them is another than before."""
        try:
            return self._state(self.folder, self.file) != self.before
        except OSError:
            return True


def _hidden(folder: Path) -> list[str]:
    """Paths of this machine that no box may show."""
    landmarks = [Path(__file__).resolve(), Path.home(), Path("/etc/passwd"), Path("/usr/bin/env")]
    landmarks += [folder, *itertools.islice(folder.iterdir(), 20)]
    return [str(path) for path in landmarks if interior.shows(path) == "no"]


# PWD is set by bubblewrap, LC_CTYPE by Python, TMPDIR by some tiers; a list of names ends with "".
_ENVIRONMENT = {*interior.environment(""), "PWD", "LC_CTYPE", "TMPDIR", ""}

_LOOK_AROUND = """
import os, socket

def look_around(hidden, bait, closed, grader):
    change(bait)
    paths = [*hidden, *bait]
    names = []
    if works(lambda: open("/proc/1/environ").close()):
        with open("/proc/1/environ") as file:
            names = [line.split("=")[0] for line in file.read().split(chr(0))]
    parent = os.getppid() or grader
    return {
        "environment": [*os.environ, *names],
        "names": [path for path in paths if os.path.lexists(path)],
        "files read": [path for path in paths if can_read(path)],
        "files written": [path for path in paths if can_open(path, os.O_WRONLY)],
        "files made": [path for path in [*closed, bait[0]] if can_make(path)],
        "processes": [n for n in listed("/proc") if n.isdigit() and int(n) != os.getpid()],
        "signals": [n for n in (parent, grader, -1, 0) if works(lambda: os.kill(n, 0))],
        "network": works(socket.socket),
        "new processes": works(lambda: os.fork() or os._exit(0)),
    }

def works(act):
    try:
        act()
    except OSError:
        return False
    return True

def change(bait):
    for path in bait:
        works(lambda: os.chmod(path, 0o700))
        works(lambda: os.utime(path, (0, 0)))
        works(lambda: os.truncate(path, 0))
        works(lambda: os.setxattr(path, "user.probe", b"x"))

def listed(path):
    return os.listdir(path) if works(lambda: os.listdir(path)) else []

def can_read(path):
    return works(lambda: os.listdir(path)) or can_open(path, os.O_RDONLY)

def can_open(path, flags):
    return works(lambda: os.close(os.open(path, flags)))

def can_make(folder):
    path = os.path.join(folder, f"course-probe-{os.getpid()}")
    made = can_open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    return made and works(lambda: os.remove(path))
"""
