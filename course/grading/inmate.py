"""The process inside a box, whatever its wall is made of: how it is started, reached and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from course.grading.limits import Limits
from course.grading.process import Process, launch, pipes, said
from course.grading.scratch import Scratch

SECONDS_TO_START = 30.0


class NoBox(RuntimeError):
    """No box can be had here; `why` names the cause and the remedy, in half a sentence."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"No box can be had: {self.why}."


class Tier(Protocol):
    """A kind of wall. Small, frozen, and the same in every process that it is handed to."""

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """A few words for reports, such as "bubblewrap 0.11.0"."""

    @property
    def shows_names(self) -> bool:
        """Whether student code can ask if a file or a process of this machine exists."""

    def get_ready(self) -> None:
        """Begin what the first worker that this thread starts would else wait for."""

    def start(self, limits: Limits) -> Inmate:
        """Start a worker behind this wall. Raises NoBox."""

    def why_not(self, words: str) -> str:
        """Why a worker never came up, in half a sentence, from its last words."""


class Inmate:
    """A worker that was started, the grader's ends of its two pipes, and its folder, if any.

    What it said while it started, and never after, comes out of `words`.
    """

    def __init__(
        self,
        process: Process,
        replies: int,
        requests: int,
        scratch: Scratch | None = None,
        words: Callable[[], bytes] = bytes,
    ):
        self.process = process
        self.replies = replies
        self.requests = requests
        self.scratch = scratch
        self.children_too = False
        self.last_words = ""
        self._words = words
        for pipe in (replies, requests):
            os.set_blocking(pipe, False)

    def status(self, seconds: float) -> int | None:
        """The exit status, negative for a signal; None if it hasn't ended within the seconds."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def processor_seconds(self) -> float:
        """The processor time of that process and all its threads; 0 where the system doesn't tell
        it, or the process has ended."""
        clock_of_process = (~self.process.pid << 3) | 2
        with contextlib.suppress(OSError):
            return time.clock_gettime(clock_of_process)
        return 0.0

    def close(self) -> None:
        """End every process of the box, wait until none is left, and remove its folder."""
        self._kill()
        os.close(self.replies)
        os.close(self.requests)
        self.process.wait()
        self.last_words = self._words().decode("utf-8", "replace").strip()
        if self.scratch is not None:
            self.scratch.close()

    def _kill(self) -> None:
        if self.children_too:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()


def start(
    command: Sequence[str],
    settings: Mapping[str, Any],
    *,
    env: Mapping[str, str],
    scratch: Scratch | None = None,
) -> Inmate:
    """Start a worker, with `settings` and its ends of the pipes as its last argument. Raises
    OSError."""
    with pipes() as (ours, theirs):
        told = {**settings, "r": theirs[0], "w": theirs[1]}
        process = launch(command, told, env=env, also=theirs)
    return Inmate(process, *ours, scratch, partial(_read_and_close, process))


def _read_and_close(process: subprocess.Popen[bytes]) -> bytes:
    words = said(process)
    assert process.stderr is not None
    process.stderr.close()
    return words


def last_line(words: str) -> str:
    """What a process said last, in one line."""
    return words.splitlines()[-1] if words else "it ended without a word"


def linux() -> bool:
    """Whether this is Linux; asked in one place, since mypy knows only the system it runs on."""
    return sys.platform == "linux"
