"""Frames with anything changed in them: what comes out is a plain value or a FrameError."""

from __future__ import annotations

import copy
import json
import os
import random
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from course.givens import Given
from course.grading import frames
from course.grading.frames import CellResult, FrameError, Request
from course.session import Coming, Foreign, Handle, Raised, Reply

EXAMPLES = os.environ.get("FUZZ_EXAMPLES")
FUZZ = settings(
    max_examples=int(EXAMPLES or 200), deadline=None, database=None, derandomize=not EXAMPLES
)

NUMBER = 7
VALUES = (
    None,
    np.arange(6.0).reshape(2, 3),
    np.float32([[1, np.nan]]),
    (1.0, [np.zeros(3, bool), None], {"W": np.eye(2), "deep": {"b": (2, "x")}}),
    [0.5] * 40 + [float("inf")],
    [list(range(50)), [True] * 40, (1.5,) * 33],
    Foreign("a module"),
    "text \u2028 그래디언트",
    2**63 - 1,
)
NODE = Given("graph", {"values": [1.0, 2.0], "inputs": [[], [0]], "m": np.eye(2)})
ERROR = Raised("ValueError", "no", "return x", 3, "f")
CHAIN = (
    Coming("make", "Affine", None, (np.eye(3), np.zeros(3))),
    Coming("call", "forward", Handle(-1), (np.ones(3), [0.5] * 40)),
    Coming("get", "dW", Handle(-1)),
)
REQUESTS = (
    Request(NUMBER, "ping"),
    Request(NUMBER, "run", "<cell 3>", source="print('é')"),
    Request(NUMBER, "make", "Affine", arguments=(np.eye(3), np.zeros(3))),
    Request(NUMBER, "call", "forward", Handle(1, "a"), (NODE, 3, {"x": [1.0] * 40})),
    Request(NUMBER, "call", None, "apple_graph", (100, 2, 1.1)),
    Request(NUMBER, "get", "dW", Handle(1)),
    Request(NUMBER, "build", arguments=(NODE,)),
    Request(NUMBER, "chains", chains=(CHAIN, CHAIN[:1])),
    Request(NUMBER, "sweep", chains=(CHAIN,), points=np.eye(2), ways=((), ("x", (0, 2)))),
)
REPLIES = (
    *(Reply(value) for value in VALUES),
    Reply(error=ERROR, printed="hi\n"),
    Reply(1.5, warnings=("RuntimeWarning: overflow",), after={0: np.ones(2)}, shares_memory=True),
)
MADE = Reply(Handle(4, "nodes"), warnings=("UserWarning: slow",))
CHAINED = (MADE, Reply(np.eye(2), printed="x"), Reply(error=ERROR))
CELLS = (CellResult(), CellResult("line\n" * 90, (b"\x89PNG", b"x" * 300), ERROR))

Decode = Callable[[dict[str, Any], list[np.ndarray]], Any]
FRAMES: list[tuple[bytes, Decode, Callable[[Any], bytes]]] = [
    *((frames.encode_request(r), frames.decode_request, frames.encode_request) for r in REQUESTS),
    *(
        (
            frames.encode_reply(NUMBER, reply),
            lambda header, arrays: frames.decode_reply(header, arrays, NUMBER),
            lambda reply: frames.encode_reply(NUMBER, reply),
        )
        for reply in REPLIES
    ),
    (
        frames.encode_reply(NUMBER, MADE),
        lambda header, arrays: frames.decode_reply(header, arrays, NUMBER, made=True),
        lambda reply: frames.encode_reply(NUMBER, reply),
    ),
    (
        frames.encode_chains(NUMBER, (CHAINED, CHAINED[:1])),
        lambda header, arrays: frames.decode_chains(
            header, arrays, NUMBER, ((True, False, False), (True,))
        ),
        lambda replies: frames.encode_chains(NUMBER, replies),
    ),
    *(
        (
            frames.encode_sweep(NUMBER, found),
            lambda header, arrays: frames.decode_sweep(header, arrays, NUMBER, 3, 2),
            lambda found: frames.encode_sweep(NUMBER, found),
        )
        for found in (None, [np.zeros(2), np.ones((2, 3))])
    ),
    *(
        (
            frames.encode_cell(NUMBER, cell),
            lambda header, arrays: frames.decode_cell(header, arrays, NUMBER),
            lambda cell: frames.encode_cell(NUMBER, cell),
        )
        for cell in CELLS
    ),
]

ODD = (
    *(None, True, -1, 0, 1, 7, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, float("nan")),
    *("", "x", "<f8", "|O", "|u1", "\ud800", "\0", "x" * 70_000, "array", "__class__"),
    *([], [[]], {}, [["<f8", [2]]], [["|b1", [8]]], {"array": 0}, {"float": "nan"}, {"tuple": 3}),
    *({"numbers": ["list", "<f8", 0, 3]}, {"handle": [1, ""]}, {"given": ["graph", {}]}),
)


def change_header(header: Any, pick: random.Random) -> Any:
    """The header with one place in it changed: replaced, removed, renamed or repeated."""
    header = copy.deepcopy(header)
    here = header
    while isinstance(here, dict | list) and here:
        key = pick.choice(list(here) if isinstance(here, dict) else range(len(here)))
        inner = here[key]
        if isinstance(inner, dict | list) and inner and pick.random() < 0.6:
            here = inner
            continue
        how = pick.randrange(4)
        if how == 0:
            del here[key]
        elif how == 1 and isinstance(here, dict):
            here[pick.choice(["id", "ok", "value", "pools", "arrays", "text", "zzz"])] = inner
        elif how == 2 and isinstance(here, list) and len(json.dumps(here)) < 3000:
            here *= pick.choice([2, 300, 2000])
        else:
            here[key] = copy.deepcopy(pick.choice(ODD))
        return header
    return pick.choice(ODD)


def change_bytes(frame: bytes, pick: random.Random) -> bytes:
    """The frame with a few bytes flipped, put in, taken out, or its end cut off."""
    place, size = pick.randrange(len(frame) + 1), pick.choice([1, 1, 2, 8, 100])
    noise = pick.choice([pick.randbytes(size), b"[" * size, b'"' * size, b"\xff" * size])
    return pick.choice(
        (
            frame[:place],
            frame[:place] + frame[place + size :],
            frame[:place] + noise + frame[place:],
            frame[:place] + noise + frame[place + size :],
        )
    )


def changed(frame: bytes, pick: random.Random) -> bytes:
    if pick.random() < 0.4:
        return change_bytes(frame, pick)
    (length,) = struct.unpack("<I", frame[4:8])
    header = change_header(json.loads(frame[8 : 8 + length]), pick)
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    claimed = len(text) + pick.choice([0, 0, 0, 0, 1, -1, 10**9])
    return frame[:4] + struct.pack("<I", claimed % 2**32) + text + frame[8 + length :]


def reader(content: bytes) -> Callable[[int], bytearray]:
    place = 0

    def read(size: int) -> bytearray:
        nonlocal place
        place += size
        if place > len(content):
            raise EOFError
        return bytearray(content[place - size : place])

    return read


@FUZZ
@given(st.sampled_from(range(len(FRAMES))), st.lists(st.integers(0, 2**32), max_size=4))
def test_a_changed_frame_is_a_value_or_a_frame_error(
    tally: Any, kind: int, seeds: list[int]
) -> None:
    content, decode, encode = FRAMES[kind]
    for seed in seeds:
        try:
            content = changed(content, random.Random(seed))
        except (ValueError, struct.error):  # no longer a frame whose header could be changed
            content = change_bytes(content, random.Random(seed))
    sentence = "A frame."
    with tally.one("frames") as ended:
        try:
            encode(decode(*frames.unpack(reader(content))))  # what is read can be written again
            ended.append("read")
        except EOFError:
            ended.append("cut short")
        except FrameError as error:
            ended.append("refused")
            sentence = str(error)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert seeds or ended == ["read"]
