"""A session across the wall: the same questions as in the notebook, asked of a box."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from course.givens import Given
from course.grading import frames
from course.grading.box import Box
from course.grading.frames import CellResult, FrameError
from course.session import Chain, Handle, Raised, Reply, Value, Way

__all__ = ["BoxSession", "CellResult"]

_PNG = b"\x89PNG\r\n\x1a\n"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BoxSession:
    """Sends a check's requests to a box. Every method raises BoxLost where the box is gone."""

    def __init__(self, box: Box):
        self.box = box
        self._told: list[tuple[Chain, list[Reply]]] = []
        self._replies = _Replies((), ())

    def ahead(self, *chains: Chain) -> None:
        """Ask for these chains in one frame, or as many as it holds; where the first of them came
        in an earlier one, its replies are there."""
        first = chains[0]
        replies = next((replies for chain, replies in self._told if chain is first), None)
        if replies is None:
            self._told = self._asked(_as_many_as_fit(chains))
            replies = self._told[0][1] if self._told else []
        self._replies = _Replies(first, replies)

    def _asked(self, chains: Sequence[Chain]) -> list[tuple[Chain, list[Reply]]]:
        """The first of these chains with their replies; none where they are too much to ask."""
        try:
            number, header, arrays = self.box.ask("chains", chains=chains)
        except FrameError:
            return self._asked(chains[:1]) if len(chains) > 1 else []
        try:
            made = [[link.op in _MAKING for link in chain] for chain in chains]
            replies = frames.decode_chains(header, arrays, number, made)
        except FrameError as error:
            raise self.box.broken(error) from error
        return list(zip(chains, replies, strict=False))

    def run(self, source: str, name: str) -> CellResult:
        """Run the source of a cell; `name`, such as "<cell 7>", is its file name in tracebacks."""
        self._told, self._replies = [], _Replies((), ())
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

    def hear(self) -> None:
        """Have the box say that it is there, and nothing else: what was sent besides the replies
        breaks the protocol here, and not at the next thing that is asked."""
        self._told, self._replies = [], _Replies((), ())
        self._ask("ping")

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

    def sweep(
        self, chain: Chain, points: np.ndarray, ways: Sequence[Way] = ((),)
    ) -> list[np.ndarray] | None:
        """The numbers that a chain ends with, for each of the points, in as few frames as it takes;
        None where there are none."""
        self._told, self._replies = [], _Replies((), ())
        found: list[list[np.ndarray]] = []
        left, most = points, len(points)
        while len(left):
            fields = {"chains": [chain], "points": left[:most], "ways": ways}
            try:
                number, header, arrays = self.box.ask("sweep", **fields)
            except FrameError:
                if most == 1:
                    raise
                most = most // 2
                continue
            asked = len(left[:most])
            try:
                rows = frames.decode_sweep(header, arrays, number, asked, len(ways))
            except FrameError as error:
                raise self.box.broken(error) from error
            if rows is None or (found and _shapes(rows) != _shapes(found[0])):
                return None
            found.append(rows)
            left = left[len(rows[0]) :]
        return [np.concatenate(of_way) for of_way in zip(*found, strict=True)]

    def seconds(self) -> float:
        """The processor time that the box has used, as the kernel counts it: a busy machine adds
        nothing to it, and neither does a process that sleeps."""
        return self.box.processor_seconds()

    def _ask(
        self,
        op: str,
        name: str | None = None,
        target: str | Handle | None = None,
        arguments: tuple[Value, ...] = (),
    ) -> Reply:
        told = self._replies.next_to(op, name, target, arguments)
        if told is not None:
            return _cleaned_reply(told)
        fields = {"name": name, "target": target, "arguments": arguments}
        number, header, arrays = self.box.ask(op, **fields)
        try:
            reply = frames.decode_reply(header, arrays, number, made=op in _MAKING)
        except FrameError as error:
            raise self.box.broken(error) from error
        return _cleaned_reply(reply)


_MAKING = ("make", "build")


def _shapes(rows: Sequence[np.ndarray]) -> list[tuple[int, ...]]:
    return [each.shape[1:] for each in rows]


def _as_many_as_fit(chains: Sequence[Chain]) -> Sequence[Chain]:
    """The first of these chains, as far as one frame takes their links."""
    links = 0
    for place, chain in enumerate(chains):
        links += len(chain)
        if links > frames.MAX_LINKS:
            return chains[: max(place, 1)]
    return chains


class _Replies:
    """Replies to the requests of a chain, in their order; a request that isn't the next of them
    ends it."""

    def __init__(self, chain: Chain, replies: Sequence[Reply]):
        self._chain, self._replies = chain, replies
        self._next = 0

    def next_to(
        self,
        op: str,
        name: str | None,
        target: str | Handle | None,
        arguments: tuple[Value, ...],
    ) -> Reply | None:
        """The reply to a request, if that is the next one."""
        place = self._next
        if place >= len(self._replies):
            return None
        link = self._chain[place]
        if (
            (link.op, link.name) != (op, name)
            or self._made(link.target) != target
            or len(link.arguments) != len(arguments)
            or any(
                self._made(told) is not asked
                for told, asked in zip(link.arguments, arguments, strict=True)
            )
        ):
            self._replies = ()
            return None
        self._next += 1
        return self._replies[place]

    def _made(self, value: Value) -> Value:
        """What one of the requests has made, where that is meant; any other value as it is."""
        if isinstance(value, Handle) and value.number < 0:
            return self._replies[-1 - value.number].value
        return value


def _cleaned_reply(reply: Reply) -> Reply:
    if reply.error is None and not reply.warnings and not reply.printed:
        return reply
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
