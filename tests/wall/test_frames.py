"""The protocol: what is plain crosses unchanged, and every breach is refused in a sentence."""

from __future__ import annotations

import contextlib
import json
import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course.givens import Given
from course.grading import frames
from course.grading.frames import CellResult, FrameError, Request
from course.session import Coming, Each, Foreign, Handle, Raised, Reply, made_by, plain


def reader(content: bytes) -> Callable[[int], bytearray]:
    position = 0

    def read(size: int) -> bytearray:
        nonlocal position
        if position + size > len(content):
            raise EOFError
        position += size
        return bytearray(content[position - size : position])

    return read


def through(value: Any) -> Any:
    frame = frames.encode_reply(3, Reply(value))
    return frames.decode_reply(*frames.unpack(reader(frame)), 3).value


def same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype != bool)
    if isinstance(one, float):
        return struct.pack("<d", one) == struct.pack("<d", other) or math.isnan(one + other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Given):
        return one.kind == other.kind and same(one.data, other.data)
    return bool(one == other)


def frame(header: object, data: bytes = b"", **changes: Any) -> bytes:
    """A frame as an attacker writes it: any header, any data, any length."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    length = changes.get("length", len(text))
    return changes.get("magic", frames.MAGIC) + struct.pack("<I", length) + text + data


VALUES = [
    None,
    True,
    0,
    -(2**63),
    2**63 - 1,
    -0.0,
    0.1,
    float("nan"),
    float("inf"),
    -float("inf"),
    "Gradient 그래디언트 \x00 \u2028",
    np.arange(6.0).reshape(2, 3),
    np.arange(6.0).reshape(2, 3).T,
    np.float32([1, np.nan, np.inf]),
    np.array([[1, -2]]),
    np.array([True, False]),
    np.array(3.5),
    np.empty((0, 4)),
    np.empty((2, 0), bool),
    np.zeros((1,) * 8),
    (),
    [],
    {},
    (1.0, (np.ones(2), [np.zeros(3), None])),
    {"W1": np.ones((2, 2)), "b": {"deep": (1, 2.0, "x")}},
    ("<f8", 0, 5),
    ["list", "<f8", 0, 1],
    {"array": 0, "tuple": []},
    [0.5] * 40,
    tuple(range(500)),
    [True] * 40,
    [[float("nan")] * 50, [1.0] * 50, [1] * 60],
    [1.0] * 39 + [1],
    Foreign("a module"),
    [[[[[[[[1]]]]]]]],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:40])
def test_a_plain_value_crosses_unchanged(value: Any) -> None:
    assert same(through(value), value)


def test_an_object_that_was_made_crosses_as_its_handle() -> None:
    frame = frames.encode_reply(3, Reply(Handle(4, "nodes")))
    reply = frames.decode_reply(*frames.unpack(reader(frame)), 3, made=True)
    assert reply.value == Handle(4, "nodes")


@pytest.mark.parametrize("value", [1.0, None, [Handle(1)]])
def test_an_object_that_was_made_has_a_number(value: Any) -> None:
    frame = frames.encode_reply(3, Reply(value))
    with pytest.raises(FrameError, match="made has no number"):
        frames.decode_reply(*frames.unpack(reader(frame)), 3, made=True)


@pytest.mark.parametrize("value", [Handle(1), Given("bowl", {}), [Handle(1)], {"W": (Given("x"),)}])
def test_a_result_holds_neither_handles_nor_givens(value: Any) -> None:
    for reply in (Reply(value), Reply(0.0, after={0: value})):
        frame = frames.encode_reply(3, reply)
        with pytest.raises(FrameError, match="the values of a reply"):
            frames.decode_reply(*frames.unpack(reader(frame)), 3)


def test_numbers_that_are_spelt_out_are_bounded_in_all() -> None:
    lists = [[True] * 10_000] * (frames.MAX_POOL // 10_000 + 1)
    assert "can't be read (A pool has at most" in through(lists).kind
    header = {"id": 1, "ok": True, "arrays": [["|b1", [2**21]]], "pools": {"|b1": 0}}
    with pytest.raises(FrameError, match="A pool has at most"):
        frames.decode_reply(*frames.unpack(reader(frame(header, bytes(2**21)))), 1)


def test_an_array_that_crossed_can_be_written_to_and_is_ones_own() -> None:
    array = through(np.arange(3.0))
    array[0] = 7.0
    assert array.tolist() == [7.0, 1.0, 2.0]


def test_givens_and_their_arrays_cross_as_arguments() -> None:
    values = [1.0, 2.0, float("inf")]
    node = Given("graph", {"values": values, "inputs": [[], [0]], "m": np.eye(2)})
    request = Request(9, "call", "f", Handle(1, "a"), (node, 3, "x" * 2000), "print('é')")
    back = frames.decode_request(*frames.unpack(reader(frames.encode_request(request))))
    assert same(back.arguments, request.arguments)
    assert (back.id, back.op, back.name, back.target, back.source) == (
        9,
        "call",
        "f",
        Handle(1, "a"),
        "print('é')",
    )


def test_a_whole_reply_crosses() -> None:
    reply = Reply(
        None,
        Raised("ValueError", "no", "return x", 3, "f"),
        ("RuntimeWarning: overflow",),
        "hi\n",
        {1: np.ones(2)},
        True,
    )
    back = frames.decode_reply(*frames.unpack(reader(frames.encode_reply(1, reply))), 1)
    assert back.error == reply.error
    assert (back.warnings, back.printed, back.shares_memory) == (
        reply.warnings,
        reply.printed,
        True,
    )
    assert same(dict(back.after), dict(reply.after))


def test_a_cell_crosses_with_its_text_and_pictures() -> None:
    result = CellResult("line\n" * 20_000, (b"\x89PNG", b"x" * 100_000), Raised("E", "m"))
    frame = frames.encode_cell(2, result)
    assert frames.decode_cell(*frames.unpack(reader(frame)), 2) == result


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.sampled_from([np.float64, np.float32, np.int64, np.bool_]).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0))
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, database=None, max_examples=150)
@given(plain_values)
def test_whatever_is_plain_crosses_unchanged_and_is_still_plain(value: Any) -> None:
    back = through(value)
    assert same(back, value)
    assert same(plain(back), back)


@settings(deadline=None, database=None, max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_damage_to_a_frame_raises_anything_but_a_frame_error(noise: bytes, place: int) -> None:
    whole = frames.encode_reply(3, Reply([np.arange(4.0), "text"], after={0: 1.5}))
    damaged = whole[:place] + noise + whole[place + len(noise) :]
    with contextlib.suppress(FrameError, EOFError):
        frames.decode_reply(*frames.unpack(reader(damaged)), 3)


BROKEN_FRAMES = {
    "another magic": frame({}, magic=b"\x93NUM"),
    "an empty header": frame(b"", length=0),
    "a huge header": frame(b"", length=2**32 - 1),
    "a header one byte too long": frame(b" " * 65_537),
    "not UTF-8": frame(b'{"\xff": 1}'),
    "not JSON": frame(b"{]"),
    "not an object": frame(b"[]"),
    "NaN": frame(b'{"id": NaN}'),
    "infinity": frame(b'{"id": -Infinity}'),
    "deep": frame(b'{"a":' + b"[" * 33 + b"]" * 33 + b"}"),
    "very deep": frame(b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    "deep and never closed": frame(b'{"a":' + b"[" * 60_000),
    "a very long number": frame(b'{"a":' + b"9" * 60_000 + b"}"),
    "arrays not listed": frame({"arrays": {"0": "<f8"}}),
    "one array too many": frame({"arrays": [["<f8", [0]]] * (frames.MAX_ARRAYS + 1)}),
    "object dtype": frame({"arrays": [["|O", [1]]]}),
    "text dtype": frame({"arrays": [["<U1", [1]]]}),
    "big-endian dtype": frame({"arrays": [[">f8", [1]]]}, b"\0" * 8),
    "a dtype that is a list": frame({"arrays": [[["<f8"], [1]]]}),
    "a negative extent": frame({"arrays": [["<f8", [-1]]]}),
    "a fractional extent": frame({"arrays": [["<f8", [1.0]]]}),
    "an extent that is true": frame({"arrays": [["<f8", [True]]]}),
    "nine dimensions": frame({"arrays": [["<f8", [1] * 9]]}, b"\0" * 8),
    "too many bytes": frame({"arrays": [["<f8", [8 * 2**20 + 1]]]}),
    "a product beyond 64 bits": frame({"arrays": [["<f8", [2**40, 2**40]]]}),
    "nothing of a giant": frame({"arrays": [["<f8", [0, 2**60]]]}),
    "too many bytes in all": frame({"arrays": [["<f8", [5 * 2**20]]] * 2}),
    "a bool of two": frame({"arrays": [["|b1", [2]]]}, b"\x01\x02"),
}


@pytest.mark.parametrize("name", BROKEN_FRAMES)
def test_a_frame_that_breaks_a_limit_is_refused(name: str) -> None:
    with pytest.raises(FrameError, match=r"\w.*"):
        frames.unpack(reader(BROKEN_FRAMES[name]))


def test_sizes_are_refused_before_any_data_is_read() -> None:
    asked: list[int] = []
    content = reader(frame({"arrays": [["<f8", [2**30]]]}))

    def read(size: int) -> bytearray:
        asked.append(size)
        return content(size)

    with pytest.raises(FrameError):
        frames.unpack(read)
    assert sum(asked) < 100


@pytest.mark.parametrize("cut", [3, 7, 20, -1])
def test_a_truncated_frame_never_becomes_a_reply(cut: int) -> None:
    whole = frames.encode_reply(1, Reply(np.arange(3.0)))
    with pytest.raises(EOFError):
        frames.unpack(reader(whole[:cut]))


OK = {"id": 1, "ok": True}
ONE = {"arrays": [["<f8", [1]]]}
BROKEN_REPLIES: dict[str, tuple[dict[str, Any], int]] = {
    "another id": ({"id": 2, "ok": True}, 0),
    "no id": ({"ok": True}, 0),
    "an id that is true": ({"id": True, "ok": True}, 0),
    "an id that is a float": ({"id": 1.0, "ok": True}, 0),
    "neither ok nor error": ({"id": 1, "ok": False}, 0),
    "ok and error": ({**OK, "error": ["E", "m", "", "", 1]}, 0),
    "an error of numbers": ({"id": 1, "ok": False, "error": [1, 2, 3, 4, 5]}, 0),
    "an error too long": ({"id": 1, "ok": False, "error": ["E", "m" * 2001, "", "", 1]}, 0),
    "a field nobody knows": ({**OK, "score": 10}, 0),
    "a tag nobody knows": ({**OK, "value": {"pickle": "x"}}, 0),
    "two tags": ({**OK, "value": {"tuple": [], "array": 0}}, 0),
    "an array that isn't there": ({**OK, "value": {"array": 0}}, 0),
    "an array named twice": ({**OK, **ONE, "value": [{"array": 0}, {"array": 0}]}, 8),
    "an array named by true": ({**OK, **ONE, "value": {"array": False}}, 8),
    "an array nobody names": ({**OK, **ONE}, 8),
    "bytes for an array": ({**OK, "arrays": [["|u1", [8]]], "value": {"array": 0}}, 8),
    "a word for a float": ({**OK, "value": {"float": "1"}}, 0),
    "a long text": ({**OK, "value": "x" * 2001}, 0),
    "half a character": ({**OK, "value": "\ud800"}, 0),
    "half a character as a key": ({**OK, "value": {"dict": {"\ud800": 1}}}, 0),
    "more than 64 bits": ({**OK, "value": 2**63}, 0),
    "too deep": ({**OK, "value": [[[[[[[[[[1]]]]]]]]]]}, 0),
    "too many items": ({**OK, "value": [0] * 10_001}, 0),
    "a pool that isn't there": ({**OK, "value": {"numbers": ["list", "<f8", 0, 1]}}, 0),
    "beyond a pool": (
        {**OK, **ONE, "pools": {"<f8": 0}, "value": {"numbers": ["list", "<f8", 0, 2]}},
        8,
    ),
    "a pool read twice": (
        {**OK, **ONE, "pools": {"<f8": 0}, "value": [{"numbers": ["list", "<f8", 0, 1]}] * 2},
        8,
    ),
    "a pool of another kind": ({**OK, **ONE, "pools": {"<i8": 0}}, 8),
    "a warning of numbers": ({**OK, "warnings": [1]}, 0),
    "many warnings": ({**OK, "warnings": ["w"] * 21}, 0),
    "a long warning": ({**OK, "warnings": ["w" * 301]}, 0),
    "much that was printed": ({**OK, "printed": "x" * 2001}, 0),
    "an argument with a name": ({**OK, "after": {"x": 1}}, 0),
    "an argument far away": ({**OK, "after": {"1000": 1}}, 0),
    "a handle of text": ({**OK, "value": {"handle": ["1", ""]}}, 0),
    "a foreign of numbers": ({**OK, "value": {"foreign": 3}}, 0),
}


@pytest.mark.parametrize("name", BROKEN_REPLIES)
def test_a_reply_that_breaks_the_protocol_is_refused(name: str) -> None:
    header, data = BROKEN_REPLIES[name]
    with pytest.raises(FrameError, match=r"\w.*"):
        frames.decode_reply(*frames.unpack(reader(frame(header, b"\0" * data))), 1)


def test_a_float_too_large_for_a_float_is_refused() -> None:
    content = frame(b'{"id": 1, "ok": true, "value": 1e999}')
    with pytest.raises(FrameError):
        frames.decode_reply(*frames.unpack(reader(content)), 1)


@pytest.mark.parametrize(
    "header",
    [
        {**OK, "pngs": []},
        {**OK, "text": 0, "pngs": [0], "arrays": [["|u1", [1]]]},
        {**OK, "text": 0, "pngs": [], "arrays": [["<i8", [1]]]},
        {**OK, "text": 0, "pngs": [], "arrays": [["|u1", [1, 8]]]},
    ],
)
def test_a_cell_that_breaks_the_protocol_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(FrameError):
        frames.decode_cell(*frames.unpack(reader(frame(header, b"\0" * 8))), 1)


@pytest.mark.parametrize(
    "value",
    [
        [np.zeros(1) for _ in range(frames.MAX_ARRAYS + 1)],
        np.zeros(8 * 2**20 + 1),
        ["x" * 2000] * 40,
        np.zeros(3, dtype=complex),
        [object()],
    ],
    ids=["many arrays", "a large array", "much text", "complex", "an object"],
)
def test_a_result_too_large_or_not_plain_becomes_a_foreign_that_says_why(value: Any) -> None:
    back = through(value)
    assert isinstance(back, Foreign)
    assert "can't be read" in back.kind
    with pytest.raises(FrameError):
        frames.encode_request(Request(1, "call", "f", "g", (value,)))


def test_a_request_that_nobody_serves_is_refused() -> None:
    with pytest.raises(FrameError):
        frames.decode_request(*frames.unpack(reader(frame({"id": 1, "op": "exec"}))))


# Chains


CHAIN = (
    Coming("make", "Affine", None, (np.eye(2), np.zeros(2))),
    Coming("build", None, None, (Given("assign"),)),
    Coming("call", "forward", Handle(-1), (np.ones((3, 2)), [0.5] * 40)),
    Coming("get", "dW", Handle(-1)),
    Coming("call", None, "softmax", ()),
)


def test_chains_cross_with_all_their_links() -> None:
    sent = Request(4, "chains", chains=(CHAIN[:1], CHAIN))
    back = frames.decode_request(*frames.unpack(reader(frames.encode_request(sent))))
    assert (back.id, back.op, len(back.chains)) == (4, "chains", 2)
    for one, other in zip(back.chains[1], CHAIN, strict=True):
        assert (one.op, one.name, one.target) == (other.op, other.name, other.target)
        assert same(list(one.arguments), list(other.arguments))


def test_a_sweep_crosses_with_its_points_and_ways() -> None:
    chain = (CHAIN[0], Coming("call", "loss", made_by(0), ({"W": Each()}, [Each(), 1.0])))
    points, ways = np.arange(6.0).reshape(3, 2), ((), ("loss", (1, 3)))
    sent = Request(5, "sweep", chains=(chain,), points=points, ways=ways)
    back = frames.decode_request(*frames.unpack(reader(frames.encode_request(sent))))
    assert back.ways == ways
    assert back.points is not None
    np.testing.assert_array_equal(back.points, points)
    assert back.chains[0][1].arguments == ({"W": Each()}, [Each(), 1.0])


def test_chains_of_too_many_links_are_refused() -> None:
    ping = {"op": "ping"}
    header = {"id": 1, "op": "chains", "chains": [[ping] * frames.MAX_LINKS, [ping]]}
    with pytest.raises(FrameError, match=str(frames.MAX_LINKS + 1)):
        frames.decode_request(*frames.unpack(reader(frame(header))))


REPLIES = (
    Reply(Handle(3)),
    Reply(np.ones(2), printed="hi", warnings=("w",)),
    Reply([1.5] * 40, after={0: np.zeros(3)}),
)


def chained(replies: Sequence[Reply], made: Sequence[bool] = (True, False, False)) -> list[Reply]:
    (found,) = over((replies,), (made,))
    return found


def over(
    replies: Sequence[Sequence[Reply]], made: Sequence[Sequence[bool]], cut: bool = False
) -> list[list[Reply]]:
    """These replies to chains, once they have crossed."""
    frame = frames.encode_chains(2, replies, cut)
    return frames.decode_chains(*frames.unpack(reader(frame)), 2, made)


def test_the_replies_to_a_chain_cross_each_by_itself() -> None:
    for one, other in zip(chained(REPLIES), REPLIES, strict=True):
        assert same(one.value, other.value)
        assert (one.printed, one.warnings) == (other.printed, other.warnings)
        assert same(dict(one.after), dict(other.after))


def test_a_chain_may_end_at_an_error() -> None:
    error = Raised("ValueError", "no", "return x", 3, "f")
    assert chained((REPLIES[0], Reply(error=error)))[-1].error == error


def test_a_chain_that_was_cut_says_so() -> None:
    (replies,) = over((REPLIES[:2],), ((True, False, False),) * 2, cut=True)
    assert len(replies) == 2


def test_an_error_ends_its_own_chain_alone() -> None:
    error = (REPLIES[0], Reply(error=Raised("ValueError", "no")))
    replies = over((error, REPLIES), ((True, False, False),) * 2)
    assert [len(chain) for chain in replies] == [2, 3]


def test_a_reply_too_large_costs_the_chains_before_it_nothing() -> None:
    large = (Reply(Handle(4)), Reply(np.zeros(5 * 2**20)), Reply(np.zeros(5 * 2**20)))
    (first,) = over((REPLIES, large), ((True, False, False),) * 2)
    assert same(first[2].value, REPLIES[2].value)


@pytest.mark.parametrize("value", [np.zeros(5 * 2**20), ["x" * 2000] * 20], ids=["arrays", "text"])
def test_replies_too_large_together_become_foreigns_and_what_was_made_stays(value: Any) -> None:
    made, *others = chained((Reply(Handle(3)), Reply(value), Reply(value)))
    assert made.value == Handle(3)
    assert all(isinstance(reply.value, Foreign) for reply in others)


LINK = {"ok": True, "value": 1.0}
BROKEN_CHAINS: dict[str, tuple[Any, int]] = {
    "no replies": ([], 0),
    "not a list": ({"0": LINK}, 0),
    "a reply too many": ([LINK] * 3, 0),
    "a reply too few": ([LINK], 0),
    "a link that is a number": ([LINK, 1], 0),
    "no ok": ([LINK, {"value": 1}], 0),
    "on behind an error": ([{"ok": False, "error": ["E", "m", "", "", 1]}, LINK], 0),
    "a score": ([LINK, {**LINK, "score": 10}], 0),
    "an array named by two links": ([{"ok": True, "value": {"array": 0}}] * 2, 8),
    "an array nobody names": ([LINK, LINK], 8),
    "a chain inside a chain": ([LINK, {**LINK, "chains": [[LINK]]}], 0),
    "a handle": ([LINK, {"ok": True, "value": {"handle": [1, ""]}}], 0),
}


@pytest.mark.parametrize("name", BROKEN_CHAINS)
def test_replies_to_a_chain_that_break_the_protocol_are_refused(name: str) -> None:
    links, data = BROKEN_CHAINS[name]
    header = {**OK, "chains": [links], **(ONE if data else {})}
    refused(frame(header, b"\0" * data), [[False] * 2])


@pytest.mark.parametrize(
    "chains",
    [[], [[LINK]] * 3, [[LINK]], [[LINK], 1], {"0": [LINK]}],
    ids=["none", "one too many", "one too few", "a number", "not a list"],
)
def test_chains_of_replies_that_break_the_protocol_are_refused(chains: Any) -> None:
    refused(frame({**OK, "chains": chains}), [[False]] * 2)


def test_only_the_last_chain_of_those_that_were_cut_may_be_short() -> None:
    header = {**OK, "cut": True, "chains": [[LINK], [LINK]]}
    refused(frame(header), [[False] * 2] * 3)


def refused(content: bytes, made: Sequence[Sequence[bool]]) -> None:
    with pytest.raises(FrameError, match=r"\w.*"):
        frames.decode_chains(*frames.unpack(reader(content)), 1, made)


def swept(found: Sequence[np.ndarray] | None, points: int = 4, ways: int = 2) -> Any:
    """These numbers of a sweep, once they have crossed."""
    frame = frames.encode_sweep(1, found)
    return frames.decode_sweep(*frames.unpack(reader(frame)), 1, points, ways)


def test_the_numbers_of_a_sweep_cross_for_all_points_or_for_the_first_of_them() -> None:
    for rows in (4, 3):
        sent = [np.arange(float(rows)), np.ones((rows, 2, 3))]
        for one, other in zip(swept(sent), sent, strict=True):
            np.testing.assert_array_equal(one, other)
    assert swept(None) is None


def test_of_a_sweep_too_large_for_a_frame_the_first_rows_cross() -> None:
    (rows,) = swept([np.zeros((4, 3 * 2**20))], ways=1)
    assert rows.shape == (2, 3 * 2**20)
    assert swept([np.zeros((1, 9 * 2**20))], ways=1) is None


BROKEN_SWEEPS: dict[str, dict[str, Any]] = {
    "one array too few": {"values": [0], "arrays": [["<f8", [1]]]},
    "no arrays": {"values": []},
    "not a list": {"values": 0, "arrays": [["<f8", [1]]]},
    "no row": {"values": [0, 1], "arrays": [["<f8", [0]], ["<f8", [0]]]},
    "rows for more points": {"values": [0, 1], "arrays": [["<f8", [5]], ["<f8", [5]]]},
    "another number of rows": {"values": [0, 1], "arrays": [["<f8", [2]], ["<f8", [1]]]},
    "a number without rows": {"values": [0, 1], "arrays": [["<f8", []], ["<f8", []]]},
    "an array named twice": {"values": [0, 0], "arrays": [["<f8", [1]]]},
    "whole numbers": {"values": [0, 1], "arrays": [["<i8", [1]], ["<i8", [1]]]},
    "a score": {"values": None, "score": 10},
    "a value": {"value": 5.0},
}


@pytest.mark.parametrize("name", BROKEN_SWEEPS)
def test_replies_to_a_sweep_that_break_the_protocol_are_refused(name: str) -> None:
    header = {**OK, **BROKEN_SWEEPS[name]}
    sizes = (int(np.prod(shape)) for _, shape in header.get("arrays", ()))
    content = frame(header, b"\0" * 8 * sum(sizes))
    with pytest.raises(FrameError, match=r"\w.*"):
        frames.decode_sweep(*frames.unpack(reader(content)), 1, 4, 2)


def test_what_a_chain_was_to_make_has_a_number() -> None:
    header = {**OK, "chains": [[LINK]]}
    with pytest.raises(FrameError, match="number"):
        frames.decode_chains(*frames.unpack(reader(frame(header))), 1, [[True]])
