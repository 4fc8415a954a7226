"""The box: one process for one submission, and all that can go wrong with it.

How it is walled in is the business of its tier (`wall` chooses one). This side sends frames
(`frames`) through one pipe and receives them through another, waits with a deadline, and ends every
process of the box when it is over.

    with Box(choose()) as box:
        session = BoxSession(box)
"""

from __future__ import annotations

import itertools
import os
import select
import signal
import time
from typing import Any

import numpy as np

from course.grading import frames
from course.grading.frames import FrameError, Request
from course.grading.inmate import SECONDS_TO_START, Inmate, NoBox, Tier
from course.grading.limits import Limits
from course.grading.worker import OUT_OF_MEMORY

_PIECE = 65_536
"""Bytes that a pipe holds: most replies come in one piece."""

__all__ = ["Box", "BoxLost", "Limits", "NoBox", "Tier"]


class BoxLost(RuntimeError):
    """The box is gone: `reason` in words, `kind` in one.

    Kinds are ended, crashed, killed, memory, time and protocol.
    """

    def __init__(self, kind: str, reason: str):
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Box:
    """One process behind a wall, used as a context manager.

    It ends with the thread that started it.
    """

    def __init__(self, tier: Tier, limits: Limits | None = None):
        self.tier = tier
        self.limits = limits or Limits()
        self.lost: BoxLost | None = None
        self.facts: dict[str, Any] = {}
        self.seconds_used = 0.0
        self._numbers = itertools.count(1)
        self._excess = False
        self._inmate: Inmate | None = None

    def __enter__(self) -> Box:
        self._inmate = self.tier.start(self.limits)
        try:
            self._greet(self._inmate)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def remaining(self) -> float:
        """Seconds left of those for the whole submission."""
        return max(self.limits.seconds_in_all - self.seconds_used, 0.0)

    def ask(self, op: str, **fields: Any) -> tuple[int, dict[str, Any], list[np.ndarray]]:
        """Send a request; its number, and the header and the arrays of the reply.

        Raises BoxLost where no reply comes, now and at every later request.
        Raises FrameError where the request itself can't be written.
        """
        if self.lost is not None:
            raise self.lost
        number = next(self._numbers)
        content = frames.encode_request(Request(number, op, **fields))
        # The last link of a chain may begin as late as this, and then has all of its own time.
        late = frames.SECONDS_FOR_CHAINS if op in ("chains", "sweep") else 0.0
        seconds = min(self.limits.seconds_per_request + late, self.remaining)
        try:
            header, arrays = self._exchange(content, seconds)
        except FrameError as error:
            raise self.broken(error) from error
        return number, header, arrays

    def processor_seconds(self) -> float:
        """The processor time of the box's process and all its threads; 0 where this machine doesn't
        tell it, or the box is gone."""
        return 0.0 if self._inmate is None else self._inmate.processor_seconds()

    def broken(self, error: FrameError) -> BoxLost:
        """End the box because of a breach of the protocol; the BoxLost to raise."""
        return self._lose("protocol", f"broke the protocol: {error}")

    def close(self) -> None:
        """End every process in the box, and wait until none is left."""
        if self._inmate is not None:
            self._inmate.close()
            self._inmate = None
        if self.lost is None:
            self.lost = BoxLost("ended", "the box is closed")

    def _greet(self, inmate: Inmate) -> None:
        """Ask the worker for its facts. Raises NoBox where it never came up."""
        try:
            content = frames.encode_request(Request(0, "ping"))
            header, arrays = self._exchange(content, SECONDS_TO_START)
            self.facts = frames.decode_reply(header, arrays, 0).value
        except (BoxLost, FrameError) as error:
            self.close()
            raise NoBox(self.tier.why_not(inmate.last_words)) from error
        self.seconds_used = 0.0

    def _exchange(self, content: bytes, seconds: float) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Send a frame and receive one. Raises BoxLost, or FrameError for a breach."""
        if self._inmate is None:
            raise BoxLost("ended", "the box is closed")
        replies, requests = self._inmate.replies, self._inmate.requests
        began = time.monotonic()
        deadline = began + seconds
        try:
            if self._excess or _is_early(replies):
                raise FrameError("a reply came that nobody asked for.")
            self._send(requests, memoryview(content), deadline)
            reader = _Reader(replies, deadline)
            reply = frames.unpack(reader.take)
            self._excess = reader.left > 0  # what is wrong with this one is told before
            return reply
        except TimeoutError:
            raise self._lose("time", self._too_slow()) from None
        except (EOFError, BrokenPipeError):
            raise self._ended() from None
        finally:
            self.seconds_used += time.monotonic() - began

    def _send(self, pipe: int, content: memoryview, deadline: float) -> None:
        while content:
            try:
                content = content[os.write(pipe, content) :]
            except BlockingIOError:
                poll = select.poll()
                poll.register(pipe, select.POLLOUT)
                if not poll.poll(_milliseconds_to(deadline)):
                    raise TimeoutError from None

    def _too_slow(self) -> str:
        if self.remaining < self.limits.seconds_per_request:
            return f"used up all {self.limits.seconds_in_all:g} s"
        return f"no answer within {self.limits.seconds_per_request:g} s"

    def _ended(self) -> BoxLost:
        """The BoxLost for a box whose pipe has closed, told from its exit status."""
        status = None if self._inmate is None else self._inmate.status(2.0)
        scratch = None if self._inmate is None else self._inmate.scratch
        if scratch is not None and scratch.excess:
            return self._lose("killed", f"killed: {scratch.excess}")
        if status is None:
            return self._lose("ended", "closed its pipe to the grader")
        if status == OUT_OF_MEMORY:
            gibibytes = self.limits.memory_bytes / 2**30
            return self._lose("memory", f"killed: more than {gibibytes:.3g} GiB of memory")
        if status in (-signal.SIGXCPU, -signal.SIGKILL):
            return self._lose("killed", "killed: more processor time or memory than the box has")
        if status < 0:
            return self._lose("crashed", f"crashed ({_signal_name(-status)})")
        return self._lose("ended", f"ended by itself (os._exit, status {status})")

    def _lose(self, kind: str, reason: str) -> BoxLost:
        self.lost = BoxLost(kind, reason)
        self.close()
        return self.lost


class _Reader:
    """Reads a pipe in large pieces, until a deadline, and gives them out in small ones."""

    def __init__(self, pipe: int, deadline: float):
        self._pipe, self._deadline = pipe, deadline
        self._piece, self._taken = b"", 0
        self._poll = select.poll()
        self._poll.register(pipe, select.POLLIN)

    @property
    def left(self) -> int:
        """Bytes that were read and not taken."""
        return len(self._piece) - self._taken

    def take(self, size: int) -> bytearray:
        """Exactly so many bytes. Raises TimeoutError, or EOFError where the pipe has closed."""
        taken, here = self._taken, min(size, self.left)
        self._taken += here
        if here == size:
            return bytearray(self._piece[taken : self._taken])
        content = bytearray(size)
        content[:here] = self._piece[taken : self._taken]
        while here < size:
            if not self._poll.poll(_milliseconds_to(self._deadline)):
                raise TimeoutError
            if size - here >= _PIECE:
                got = os.readv(self._pipe, [memoryview(content)[here:]])
            else:
                piece = os.read(self._pipe, _PIECE)
                got = min(len(piece), size - here)
                content[here : here + got] = piece[:got]
                self._piece, self._taken = piece, got
            if got == 0:
                raise EOFError
            here += got
        return content


def _is_early(pipe: int) -> bool:
    """Whether something can be read that nobody asked for. A closed pipe holds nothing."""
    try:
        return os.read(pipe, 1) != b""
    except BlockingIOError:
        return False


def _milliseconds_to(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.0) * 1000.0


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
