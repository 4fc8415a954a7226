"""Processes and pipes: what a box is made of, seen from the grader's side."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

MAX_LAST_WORDS = 8_192


class Process(Protocol):
    """A process that can be waited for and killed, whoever started it."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal. Raises subprocess.TimeoutExpired."""

    def kill(self) -> None: ...


def launch(
    command: Sequence[str],
    settings: Mapping[str, Any],
    *,
    env: Mapping[str, str],
    also: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process with `settings` as its last argument, and what it says in a pipe. Raises
    OSError."""
    return subprocess.Popen(
        [*command, json.dumps(settings)],
        env=dict(env),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=also,
        start_new_session=True,
    )


@contextmanager
def pipes() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The grader's ends of two pipes, for replies and requests, and the worker's, for requests and
    replies. Afterwards the worker's are closed here; after an error, all of them."""
    request_out, request_in = os.pipe()
    reply_out, reply_in = os.pipe()
    try:
        yield (reply_out, request_in), (request_out, reply_in)
    except BaseException:
        os.close(request_in)
        os.close(reply_out)
        raise
    finally:
        os.close(request_out)
        os.close(reply_in)


def said(process: subprocess.Popen[bytes]) -> bytes:
    """What a launched process has said since it was last asked; never waits."""
    assert process.stderr is not None
    os.set_blocking(process.stderr.fileno(), False)
    return process.stderr.read(MAX_LAST_WORDS) or b""
