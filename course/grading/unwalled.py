"""No wall at all: for a class whose every student the grader trusts, and only when asked for.

A plain process with the limits that the system knows, in a folder of its own. Nothing keeps student
code from the grader's files, processes or network; scores are still computed on this side.
"""

from __future__ import annotations

from dataclasses import dataclass

from course.grading import inmate, interior
from course.grading.inmate import Inmate, NoBox
from course.grading.limits import Limits
from course.grading.prepared import prepared
from course.grading.scratch import Scratch


@dataclass(frozen=True)
class Unwalled:
    """The tier of `--trust-students`."""

    @property
    def name(self) -> str:
        return "no wall (--trust-students)"

    @property
    def shows_names(self) -> bool:
        return True

    def get_ready(self) -> None:
        """There is nothing to begin."""

    def start(self, limits: Limits) -> Inmate:
        """Start a plain process. Raises NoBox where even that fails."""
        gathered = prepared()
        resources = limits.resources()
        del resources["RLIMIT_NPROC"]  # it would count what else this user runs
        scratch = Scratch(gathered.folder, limits)
        settings = {
            "wall": "none",
            "home": str(scratch.home),
            "user": None,
            "limits": resources,
            "output_bytes": limits.output_bytes,
        }
        command = [interior.interpreter(), "-I", "-B", "-S", gathered.worker]
        env = interior.environment(str(scratch.home), TMPDIR=str(scratch.path))
        try:
            started = inmate.start(command, settings, env=env, scratch=scratch)
        except BaseException as error:
            scratch.close()
            if isinstance(error, OSError):
                raise NoBox(f"{command[0]} can't be started: {error.strerror}") from error
            raise
        started.children_too = True
        scratch.watch(started.process)
        return started

    def why_not(self, words: str) -> str:
        """What the process said last."""
        return inmate.last_line(words)
