"""A session across the wall: the same questions as in the notebook, asked of a box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from course.givens import Given
from course.grading import frames
from course.grading.box import Box
from course.grading.frames import CellResult, FrameError
from course.session import Coming, Handle, Raised, Reply, Value

__all__ = ["BoxSession", "CellResult"]

_PNG = b"\x89PNG\r\n\x1a\n"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BoxSession:
    """Sends a check's requests to a box. Every method raises BoxLost where the box is gone."""

    def __init__(self, box: Box):
        self.box = box
        self._told = _Told((), ())

    def ahead(self, *coming: Coming) -> None:
        """Ask everything in one frame; the replies wait until they are asked for."""
        self._told = _Told((), ())
        try:
            number, header, arrays = self.box.ask("chain", links=coming)
        except FrameError:
            return  # too much for one frame: each is asked by itself
        try:
            replies = frames.decode_chain(header, arrays, number, [c.op in _MAKING for c in coming])
        except FrameError as error:
            raise self.box.broken(error) from error
        self._told = _Told(coming, [_cleaned_reply(reply) for reply in replies])

    def run(self, source: str, name: str) -> CellResult:
        """Run the source of a cell; `name`, such as "<cell 7>", is its file name in tracebacks."""
        self._told = _Told((), ())
        number, header, arrays = self.box.ask("run", source=source, name=name)
        try:
            result = frames.decode_cell(header, arrays, number)
        except FrameError as error:
            raise self.box.broken(error) from error
        room = self.box.limits.output_bytes + 100  # the worker's own line about what was cut
        return CellResult(
            _CONTROL.sub("", result.text[:room]),
            tuple(png for png in result.pngs if png.startswith(_PNG)),
            _cleaned(result.error),
        )

    def make(self, name: str, *arguments: Value) -> Reply:
        """Call the student's class `name`; the value of the reply is a Handle."""
        return self._ask("make", name=name, arguments=arguments)

    def call(self, target: str | Handle, method: str | None, *arguments: Value) -> Reply:
        """Call a function by name (method None) or a method of an object made before."""
        return self._ask("call", target=target, name=method, arguments=arguments)

    def get(self, target: Handle, attribute: str) -> Reply:
        """Read an attribute of an object made before."""
        return self._ask("get", target=target, name=attribute)

    def build(self, given: Given) -> Reply:
        """Build something a card describes inside the box; the value is a Handle."""
        return self._ask("build", arguments=(given,))

    def seconds(self) -> float:
        """The processor time that the box has used, as the kernel counts it: a busy machine adds
        nothing to it, and neither does a process that sleeps."""
        return self.box.processor_seconds()

    def _ask(self, op: str, **fields: Any) -> Reply:
        told = self._told.reply(Coming(op, **fields))
        if told is not None:
            return told
        number, header, arrays = self.box.ask(op, **fields)
        try:
            reply = frames.decode_reply(header, arrays, number, made=op in _MAKING)
        except FrameError as error:
            raise self.box.broken(error) from error
        return _cleaned_reply(reply)


_MAKING = ("make", "build")


class _Told:
    """Replies to requests that are still to come, in their order; a request that isn't the next of
    them ends it."""

    def __init__(self, coming: Sequence[Coming], replies: Sequence[Reply]):
        self._coming, self._replies = coming, replies
        self._next = 0

    def reply(self, asked: Coming) -> Reply | None:
        """The reply to a request, if that is the next one."""
        place = self._next
        if place >= len(self._replies) or not self._is_same(self._coming[place], asked):
            self._replies = ()
            return None
        self._next += 1
        return self._replies[place]

    def _is_same(self, coming: Coming, asked: Coming) -> bool:
        arguments = [self._made(value) for value in coming.arguments]
        return (
            (coming.op, coming.name) == (asked.op, asked.name)
            and self._made(coming.target) == asked.target
            and len(arguments) == len(asked.arguments)
            and all(a is b for a, b in zip(arguments, asked.arguments, strict=True))
        )

    def _made(self, value: Value) -> Value:
        """What one of the requests has made, where that is meant; any other value as it is."""
        if isinstance(value, Handle) and value.number < 0:
            return self._replies[-1 - value.number].value
        return value


def _cleaned_reply(reply: Reply) -> Reply:
    return Reply(
        reply.value,
        _cleaned(reply.error),
        tuple(_CONTROL.sub("", text) for text in reply.warnings),
        _CONTROL.sub("", reply.printed),
        reply.after,
        reply.shares_memory,
    )


def _cleaned(error: Raised | None) -> Raised | None:
    if error is None:
        return None
    return Raised(
        _CONTROL.sub("", error.type),
        _CONTROL.sub("", error.message),
        _CONTROL.sub("", error.line),
        error.line_number,
        _CONTROL.sub("", error.function),
    )
