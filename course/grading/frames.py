"""What crosses the wall: frames of JSON and raw arrays, never pickle, never .npy.

    frame = magic | u32 length of header | header: UTF-8 JSON object without NaN | raw array bytes

Lengths are little-endian. The header lists dtype and shape of each array, so that every size is
known and checked before a byte of data is read. Values that aren't arrays are spelt in the header:

    null, true, 3, 0.5, "text", [..]    themselves (a list is a list)
    {"float": "nan"}                    a float JSON can't spell: nan, inf or -inf
    {"tuple": [..]}  {"dict": {..}}     containers
    {"numbers": ["list", "<f8", 0, 99]} a long list or tuple of numbers of one kind: a slice of the
                                        pool of that kind, which is one array for all of them
    {"array": 0}                        an array, by its place in the frame; each is used once
    {"foreign": kind}  {"handle": [number, attribute]}  {"given": [kind, {..}]}  {"each": null}

Both sides of the wall use this module. Whatever it decodes is plain, whoever sent it.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.givens import Given
from course.session import (
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_TEXT,
    Chain,
    Coming,
    Each,
    Foreign,
    Handle,
    Raised,
    Reply,
    Value,
    Way,
)

MAGIC = b"BPC1"
MAX_HEADER = 65_536
MAX_ARRAYS = 1024
MAX_PICTURES = 15
MAX_DIMENSIONS = 8
MAX_BYTES = 64 * 2**20
MAX_NESTING = 32
MAX_LINKS = 128
SECONDS_FOR_CHAINS = 1.0
"""Chains that take longer together are cut there; what is left of them is asked for again."""
MAX_WARNINGS, MAX_REPORT = 20, 300
MAX_POOL = 2**20  # read, each of its numbers takes up to 32 bytes
LONG = 32
"""Lists of at least this many numbers of one kind travel as arrays."""

OPERATIONS = ("ping", "run", "make", "call", "get", "build", "chains", "sweep")

_BYTES = "|u1"
_DTYPES = {"<f8": np.float64, "<f4": np.float32, "<i8": np.int64, "|b1": np.bool_, _BYTES: np.uint8}
_ROOM = {text: np.dtype(dtype).itemsize for text, dtype in _DTYPES.items()}
_SPELLINGS = {np.dtype(dtype): text for text, dtype in _DTYPES.items()}
_POOLS = {float: "<f8", int: "<i8", bool: "|b1"}


class FrameError(ValueError):
    """A frame that breaks the protocol; one sentence says how."""


@dataclass(frozen=True)
class Request:
    """One question of the grader; `name` is that of a class, method, attribute or cell.

    It may bring several `chains` of others, each carried out until one raises; in a chain,
    Handle(-k) is what the k-th of them made. One chain is carried out for each of the `points` of a
    sweep; the numbers at the end of these `ways` in its last reply are wanted.
    """

    id: int
    op: str
    name: str | None = None
    target: str | Handle | None = None
    arguments: tuple[Value, ...] = ()
    source: str = ""
    chains: Sequence[Chain] = ()
    points: np.ndarray | None = None
    ways: Sequence[Way] = ()


@dataclass(frozen=True)
class CellResult:
    """What running one cell gave: its text, the PNG files of its figures, and what it raised."""

    text: str = ""
    pngs: tuple[bytes, ...] = ()
    error: Raised | None = None


# Frames


def pack(header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()) -> bytes:
    """A frame as bytes. Raises FrameError where it would break a limit."""
    if len(arrays) > MAX_ARRAYS:
        raise FrameError(f"A frame holds at most {MAX_ARRAYS} arrays, not {len(arrays)}.")
    listed = []
    for array in arrays:
        if array.dtype not in _SPELLINGS:
            raise FrameError(f"Arrays of dtype {array.dtype} don't cross the wall.")
        listed.append([_SPELLINGS[array.dtype], list(array.shape)])
    _sizes(listed)
    try:
        text = _JSON.encode({**header, "arrays": listed}).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise FrameError(f"This header can't be written: {error}.") from error
    if len(text) > MAX_HEADER:
        raise FrameError(f"A header has at most {MAX_HEADER} bytes, not {len(text)}.")
    data = (np.ascontiguousarray(array).tobytes() for array in arrays)
    return b"".join((MAGIC, struct.pack("<I", len(text)), text, *data))


def unpack(read: Callable[[int], bytearray]) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The header and the arrays of the next frame.

    `read(n)` gives exactly n bytes or raises. Raises FrameError at the first breach, before any
    data is read that the limits don't allow.
    """
    start = read(len(MAGIC) + 4)
    if bytes(start[:4]) != MAGIC:
        raise FrameError("This isn't the beginning of a frame.")
    (length,) = struct.unpack("<I", start[4:])
    if not 2 <= length <= MAX_HEADER:
        raise FrameError(f"A header has 2 to {MAX_HEADER} bytes, not {length}.")
    header = _parse(bytes(read(length)))
    listed = header.pop("arrays", [])
    sizes = _sizes(listed)
    arrays = []
    for (spelling, shape), size in zip(listed, sizes, strict=True):
        if size == 0:
            arrays.append(np.empty(shape, _DTYPES[spelling]))
            continue
        raw = np.frombuffer(read(size), dtype=np.uint8)
        if spelling == "|b1" and raw.max() > 1:
            raise FrameError("A bool is neither 0 nor 1.")
        arrays.append(raw.view(_DTYPES[spelling]).reshape(shape))
    return header, arrays


def _parse(text: bytes) -> dict[str, Any]:
    if text.count(b"[") + text.count(b"{") > MAX_NESTING and _is_too_deep(text):
        raise FrameError(f"A header nests at most {MAX_NESTING} levels deep.")
    try:
        header = _READER.decode(text.decode("utf-8"))
    except FrameError:
        raise
    except (ValueError, RecursionError) as error:
        raise FrameError("The header isn't JSON in UTF-8.") from error
    if not isinstance(header, dict):
        raise FrameError("The header isn't a JSON object.")
    return header


def _refuse_constant(name: str) -> None:
    raise FrameError(f"{name} has no place in a header.")


_JSON = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))
_READER = json.JSONDecoder(parse_constant=_refuse_constant)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ALL_SQUARE = bytes.maketrans(b"{}", b"[]")


def _is_too_deep(text: bytes) -> bool:
    """Whether brackets nest too deep, those inside strings left out; and so they do where some are
    left that don't match."""
    left = _STRING.sub(b"", text).translate(_ALL_SQUARE, _NO_BRACKETS)
    for _ in range(MAX_NESTING):
        if not left:
            return False
        left = left.replace(b"[]", b"")  # the innermost
    return bool(left)


def _sizes(listed: object) -> list[int]:
    """The bytes of each array in a header's list, once every limit is kept."""
    if not isinstance(listed, list) or len(listed) > MAX_ARRAYS:
        raise FrameError(f"A frame holds a list of at most {MAX_ARRAYS} arrays.")
    sizes = []
    for item in listed:
        if not (isinstance(item, list) and len(item) == 2 and isinstance(item[1], list)):
            raise FrameError("An array is listed as a dtype and a shape.")
        spelling, shape = item
        if not isinstance(spelling, str) or spelling not in _DTYPES:
            raise FrameError(
                "Arrays are of float64, float32, int64 or bool, or the bytes of a cell."
            )
        if len(shape) > MAX_DIMENSIONS:
            raise FrameError(f"An array has at most {MAX_DIMENSIONS} dimensions, not {len(shape)}.")
        room = _ROOM[spelling]
        for extent in shape:
            if type(extent) is not int or extent < 0:
                raise FrameError("The extents of a shape are whole numbers from 0 on.")
            room *= max(extent, 1)
        if room > MAX_BYTES:
            raise FrameError(f"A frame carries at most {MAX_BYTES} bytes of arrays.")
        sizes.append(0 if 0 in shape else room)
    if sum(sizes) > MAX_BYTES:
        raise FrameError(f"A frame carries at most {MAX_BYTES} bytes of arrays.")
    return sizes


# Values


class _Writer:
    """Spells values, and collects the arrays that go with them."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.pools: dict[str, list[float]] = {}

    def frame(self, header: dict[str, Any]) -> bytes:
        for spelling, numbers in self.pools.items():
            header.setdefault("pools", {})[spelling] = len(self.arrays)
            self.arrays.append(np.array(numbers, dtype=_DTYPES[spelling]))
        return pack(header, self.arrays)

    def array(self, array: np.ndarray) -> int:
        self.arrays.append(array)
        return len(self.arrays) - 1

    def data(self, content: bytes) -> int:
        return self.array(np.frombuffer(content, dtype=np.uint8))

    def value(self, value: Value) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int):
            return value
        if kind is str:
            return clean(value)
        if kind is float:
            return value if math.isfinite(value) else {"float": str(value)}
        if kind is np.ndarray:
            return {"array": self.array(value)}
        if kind is list:
            return self._pooled(value) or [self.value(item) for item in value]
        if kind is tuple:
            return self._pooled(value) or {"tuple": [self.value(item) for item in value]}
        if kind is dict and all(type(key) is str for key in value):
            return {"dict": {clean(key): self.value(item) for key, item in value.items()}}
        if kind is Foreign:
            return {"foreign": clean(value.kind)}
        if kind is Handle:
            return {"handle": [value.number, clean(value.attribute)]}
        if kind is Each:
            return {"each": None}
        if kind is Given:
            return {"given": [value.kind, {k: self.value(v) for k, v in value.data.items()}]}
        raise FrameError(f"An object of type {kind.__name__} isn't a plain value.")

    def _pooled(self, items: list[Value] | tuple[Value, ...]) -> dict[str, Any] | None:
        kind = type(items[0]) if len(items) >= LONG else None
        if kind not in _POOLS or set(map(type, items)) != {kind}:
            return None
        pool = self.pools.setdefault(_POOLS[kind], [])
        pool.extend(items)
        if len(pool) > MAX_POOL:
            raise FrameError(f"A pool has at most {MAX_POOL} numbers, not {len(pool)}.")
        container = type(items).__name__
        return {"numbers": [container, _POOLS[kind], len(pool) - len(items), len(pool)]}


class _Reader:
    """Reads spelt values back; nothing but plain values comes out. Handles and givens are the
    grader's to send: in a reply they have no place, but as the number of an object just made."""

    def __init__(self, header: dict[str, Any], arrays: list[np.ndarray], is_reply: bool = False):
        self.header = dict(header)
        self.is_reply = is_reply
        self.arrays = arrays
        self.unused = set(range(len(arrays)))
        self.pools: dict[str, list[Any]] = {}
        for spelling, place in self.take("pools", dict, {}).items():
            pool = self.array(place)
            if spelling not in _POOLS.values() or pool.ndim != 1:
                raise FrameError("A pool is a row of float64, int64 or bool.")
            if pool.dtype != _DTYPES[spelling]:
                raise FrameError("A pool has another dtype than its name says.")
            if pool.size > MAX_POOL:
                raise FrameError(f"A pool has at most {MAX_POOL} numbers, not {pool.size}.")
            self.pools[spelling] = pool.tolist()
        self.unread = {spelling: len(pool) for spelling, pool in self.pools.items()}

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        """A field of the header, of exactly this type (or None, where that is the default)."""
        value = self.header.pop(key, default)
        if type(value) is not kind and not (default is None and value is None):
            raise FrameError(f"The header's {key!r} is missing or of the wrong type.")
        return value

    def part(self, header: object) -> _Reader:
        """A reader of one part of this frame, with fields of its own and the frame's arrays."""
        if type(header) is not dict:
            raise FrameError("A part of a frame isn't a JSON object.")
        part = object.__new__(_Reader)  # in a frame of many parts, a call of copy() is dear
        part.__dict__ |= self.__dict__ | {"header": dict(header)}
        return part

    def text(self, key: str, longest: int = MAX_TEXT, default: Any = "") -> Any:
        value = self.take(key, str, default)
        return value if value is None else _short(value, longest)

    def finish(self, is_part: bool = False) -> None:
        if self.header or (self.unused and not is_part):
            raise FrameError("The frame holds something that nobody asked for.")

    def _place(self, place: object) -> np.ndarray:
        if type(place) is not int or place not in self.unused:
            raise FrameError("An array is named that isn't there, or is named twice.")
        self.unused.discard(place)
        return self.arrays[place]

    def array(self, place: object) -> np.ndarray:
        array = self._place(place)
        if array.dtype == np.uint8:
            raise FrameError("The bytes of a cell aren't a value.")
        return array

    def data(self, place: object) -> bytes:
        array = self._place(place)
        if array.dtype != np.uint8 or array.ndim != 1:
            raise FrameError("The content of a cell is a row of bytes.")
        return array.tobytes()

    def value(self, spelt: object, depth: int = 0) -> Value:
        if spelt is None or type(spelt) is bool:
            return spelt
        if type(spelt) is int:
            return _whole(spelt)
        if type(spelt) is float:
            if not math.isfinite(spelt):
                raise FrameError("A number is too large for a float.")
            return spelt
        if type(spelt) is str:
            return _short(spelt)
        if type(spelt) is list:
            return self._items(spelt, depth)
        if type(spelt) is dict and len(spelt) == 1:
            ((tag, content),) = spelt.items()
            return self._tagged(tag, content, depth)
        raise FrameError("A value isn't spelt as values are.")

    def _tagged(self, tag: str, content: Any, depth: int) -> Value:
        if tag == "array":
            return self.array(content)
        if tag == "float" and content in ("nan", "inf", "-inf"):
            return float(content)
        if tag == "tuple" and type(content) is list:
            return tuple(self._items(content, depth))
        if tag == "numbers" and type(content) is list and len(content) == 4:
            return self._numbers(*content)
        if tag == "dict" and type(content) is dict:
            return self._dict(content, depth)
        if tag == "foreign" and type(content) is str:
            return Foreign(_short(content))
        if self.is_reply:
            raise FrameError("A value isn't spelt as the values of a reply are.")
        if tag == "handle" and type(content) is list and len(content) == 2:
            number, attribute = content
            if type(number) is int and type(attribute) is str:
                return Handle(_whole(number), _short(attribute))
        if tag == "given" and type(content) is list and len(content) == 2:
            kind, data = content
            if type(kind) is str and type(data) is dict:
                return Given(_short(kind), self._dict(data, depth))
        if tag == "each" and content is None:
            return Each()
        raise FrameError("A value isn't spelt as values are.")

    def _numbers(self, container: object, spelling: object, start: object, stop: object) -> Value:
        pool = self.pools.get(spelling) if type(spelling) is str else None
        if pool is None or container not in ("list", "tuple"):
            raise FrameError("A long list is of no known kind.")
        if not (type(start) is int and type(stop) is int and 0 <= start <= stop <= len(pool)):
            raise FrameError("A long list reaches beyond its pool.")
        if stop - start > MAX_ITEMS:
            raise FrameError(f"A list has at most {MAX_ITEMS} items.")
        self.unread[str(spelling)] -= stop - start
        if self.unread[str(spelling)] < 0:
            raise FrameError("A pool is read more than once.")
        return tuple(pool[start:stop]) if container == "tuple" else pool[start:stop]

    def _items(self, content: list[Any], depth: int) -> list[Value]:
        _check_container(content, depth)
        return [self.value(item, depth + 1) for item in content]

    def _dict(self, content: dict[str, Any], depth: int) -> dict[str, Value]:
        _check_container(content, depth)
        return {_short(key): self.value(item, depth + 1) for key, item in content.items()}


def _check_container(content: Sequence[Any] | Mapping[str, Any], depth: int) -> None:
    if depth >= MAX_DEPTH + 1 or len(content) > MAX_ITEMS:
        raise FrameError("A list or dict is too deep or too long.")


def _whole(number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise FrameError("A whole number has more than 64 bits.")
    return number


def _short(text: str, longest: int = MAX_TEXT) -> str:
    if len(text) > longest:
        raise FrameError(f"A text has at most {longest} characters, not {len(text)}.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FrameError("A text holds half a character.") from error
    return text


def clean(text: str, longest: int = MAX_TEXT) -> str:
    """Text that can cross: cut to length, lone surrogates replaced."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8")


# Requests


def encode_request(request: Request) -> bytes:
    """A request as a frame. Raises FrameError where an argument isn't plain or is too large."""
    writer = _Writer()
    header = {"id": request.id, **_spell_request(request, writer)}
    if request.source:
        header["source"] = writer.data(request.source.encode("utf-8", "replace"))
    if request.chains:
        header["chains"] = [[_spell_request(c, writer) for c in chain] for chain in request.chains]
    if request.points is not None:
        header["points"] = writer.array(request.points)
        header["ways"] = [list(way) for way in request.ways]
    return writer.frame(header)


def _spell_request(request: Request | Coming, writer: _Writer) -> dict[str, Any]:
    spelt: dict[str, Any] = {"op": request.op}
    if request.name is not None:
        spelt["name"] = request.name
    if isinstance(request.target, str):
        spelt["object"] = request.target
    elif request.target is not None:
        spelt["handle"] = [request.target.number, request.target.attribute]
    if request.arguments:
        spelt["arguments"] = [writer.value(value) for value in request.arguments]
    return spelt


def decode_request(header: dict[str, Any], arrays: list[np.ndarray]) -> Request:
    """The request in a frame. Raises FrameError where it isn't one."""
    reader = _Reader(header, arrays)
    number, chains = _whole(reader.take("id", int)), _lists(reader.take("chains", list, []))
    links = sum(map(len, chains))
    if links > MAX_LINKS:
        raise FrameError(f"Chains have at most {MAX_LINKS} links, not {links}.")
    source, points = reader.take("source", int, None), reader.take("points", int, None)
    ways = _lists(reader.take("ways", list, []))
    asked = _read_coming(reader)
    request = Request(
        number,
        asked.op,
        asked.name,
        asked.target,
        asked.arguments,
        "" if source is None else reader.data(source).decode("utf-8", "replace"),
        tuple(tuple(_read_link(reader.part(link)) for link in chain) for chain in chains),
        None if points is None else reader.array(points),
        tuple(tuple(s if type(s) is str else tuple(s) for s in way) for way in ways),
    )
    reader.finish()
    return request


def _read_link(part: _Reader) -> Coming:
    link = _read_coming(part)
    part.finish(is_part=True)
    return link


def _read_coming(reader: _Reader) -> Coming:
    op = reader.take("op", str)
    if op not in OPERATIONS:
        raise FrameError("There is no such request.")
    name = reader.text("name", default=None)
    target: str | Handle | None = reader.text("object", default=None)
    if "handle" in reader.header:
        target = reader.value({"handle": reader.take("handle", list)})
    arguments = tuple(reader.value(v) for v in reader.take("arguments", list, []))
    return Coming(op, name, target, arguments)


# Replies


def encode_reply(number: int, reply: Reply) -> bytes:
    """A reply as a frame; a value too large to cross is replaced by a Foreign that says so."""
    try:
        return _encode_reply(number, reply)
    except FrameError as error:
        stand_in = Foreign(f"a result that can't be read ({error})")
        return _encode_reply(number, Reply(stand_in, reply.error, printed=reply.printed))


def _encode_reply(number: int, reply: Reply) -> bytes:
    writer = _Writer()
    return writer.frame({"id": number, **_spell_reply(reply, writer)})


def encode_chains(number: int, replies: Sequence[Sequence[Reply]], cut: bool = False) -> bytes:
    """The replies to chains as one frame, which says if they were `cut`. Where they are too large
    together the last ones are left out; in a chain too large by itself, each is replaced by a
    Foreign that says so."""

    def encoded(replies: Sequence[Sequence[Reply]], cut: bool) -> bytes:
        writer = _Writer()
        chains = [[_spell_reply(reply, writer) for reply in chain] for chain in replies]
        return writer.frame(
            {"id": number, "ok": True, "chains": chains} | ({"cut": True} if cut else {})
        )

    while True:
        try:
            return encoded(replies, cut)
        except FrameError as error:
            if len(replies) > 1:
                replies, cut = replies[: len(replies) // 2], True
                continue
            stand_in = Foreign(f"a result that can't be read ({error})")
            small = [r if type(r.value) is Handle else Reply(stand_in, r.error) for r in replies[0]]
            return encoded([small], cut)


def _spell_reply(reply: Reply, writer: _Writer) -> dict[str, Any]:
    spelt: dict[str, Any] = {"ok": reply.error is None}
    if reply.error is not None:
        spelt["error"] = _spell_raised(reply.error)
    spelt["value"] = writer.value(reply.value)
    if reply.warnings:
        spelt["warnings"] = [clean(text, MAX_REPORT) for text in reply.warnings[:MAX_WARNINGS]]
    if reply.printed:
        spelt["printed"] = clean(reply.printed)
    if reply.after:
        spelt["after"] = {str(place): writer.value(now) for place, now in reply.after.items()}
    if reply.shares_memory:
        spelt["shares"] = True
    return spelt


def decode_reply(
    header: dict[str, Any], arrays: list[np.ndarray], number: int, made: bool = False
) -> Reply:
    """The reply to request `number`; where an object was to be `made`, its value is a Handle.

    Raises FrameError where the frame isn't one.
    """
    reader = _answer(header, arrays, number)
    reply = _read_reply(reader, made)
    reader.finish()
    return reply


def decode_chains(
    header: dict[str, Any],
    arrays: list[np.ndarray],
    number: int,
    made: Sequence[Sequence[bool]],
) -> list[list[Reply]]:
    """The replies to the chains of request `number`, each up to its first error, and all of them up
    to where they were cut; `made` says of each link whether it was to make an object. Raises
    FrameError where the frame isn't one.
    """
    reader = _answer(header, arrays, number)
    chains, cut = _lists(reader.take("chains", list)), reader.take("cut", bool, False)
    if not 0 < len(chains) <= len(made):
        raise FrameError(f"{len(made)} chains have {len(chains)} replies.")
    found = [
        _read_chain(reader, links, makes, cut and links is chains[-1])
        for links, makes in zip(chains, made, strict=False)
    ]
    reader.finish()
    if len(chains) < len(made) and not cut:
        raise FrameError("Chains end before the last of them.")
    return found


def _read_chain(reader: _Reader, links: list[Any], made: Sequence[bool], cut: bool) -> list[Reply]:
    if not 0 < len(links) <= len(made):
        raise FrameError(f"A chain of {len(made)} has {len(links)} replies.")
    replies = []
    for link, makes in zip(links, made, strict=False):
        if type(link) is dict and link.keys() == _A_VALUE and link["ok"] is True:
            value = link["value"]
            replies.append(Reply(_read_handle(value) if makes else reader.value(value)))
            continue
        part = reader.part(link)
        _check_ok(part)
        replies.append(_read_reply(part, makes))
        part.finish(is_part=True)
    ends = [reply.error is not None for reply in replies]
    if any(ends[:-1]) or (len(links) < len(made) and not ends[-1] and not cut):
        raise FrameError("A chain ends at its first error, and nowhere before.")
    return replies


_A_VALUE = {"ok", "value"}
"""What most links hold, and nothing else. They are read at once."""


def _lists(chains: list[Any]) -> list[list[Any]]:
    if any(type(chain) is not list for chain in chains):
        raise FrameError("A chain is a list.")
    return chains


def _read_reply(reader: _Reader, made: bool) -> Reply:
    error = _read_raised(reader)
    spelt = reader.header.pop("value", None)
    return Reply(
        error=error,
        value=_read_handle(spelt) if made and error is None else reader.value(spelt),
        warnings=_read_warnings(reader.take("warnings", list, [])),
        printed=reader.text("printed"),
        after={
            _position(place): reader.value(now)
            for place, now in reader.take("after", dict, {}).items()
        },
        shares_memory=reader.take("shares", bool, False),
    )


def _read_handle(spelt: Any) -> Handle:
    match spelt:
        case {"handle": [int(number), str(attribute)]} if type(number) is int and len(spelt) == 1:
            return Handle(_whole(number), _short(attribute))
    raise FrameError("An object that was made has no number.")


def encode_sweep(number: int, found: Sequence[np.ndarray] | None) -> bytes:
    """The numbers of a sweep as one frame, or that there are none; of what is too large for it, the
    first rows."""
    while True:
        writer = _Writer()
        values = None if found is None else [writer.array(rows) for rows in found]
        try:
            return writer.frame({"id": number, "ok": True, "values": values})
        except FrameError:
            assert found is not None
            rows = min(map(len, found))
            found = [each[: rows // 2] for each in found] if rows > 1 else None


def decode_sweep(
    header: dict[str, Any], arrays: list[np.ndarray], number: int, points: int, ways: int
) -> list[np.ndarray] | None:
    """The numbers of a sweep: an array for each way, with a row for each of its first points, or
    for all; None where there are none. Raises FrameError where the frame isn't one.
    """
    reader = _answer(header, arrays, number)
    places = reader.take("values", list, None)
    values = None if places is None else [reader.array(place) for place in places]
    reader.finish()
    if values is None:
        return None
    rows = {len(each) if each.ndim else 0 for each in values}
    if len(values) != ways or len(rows) != 1 or not 0 < max(rows) <= points:
        raise FrameError("A sweep has a row of numbers for each of its points.")
    if any(each.dtype != np.float64 for each in values):
        raise FrameError("The numbers of a sweep are of float64.")
    return values


def encode_cell(number: int, result: CellResult) -> bytes:
    """A cell's result as a frame; figures that don't fit are left out."""
    writer = _Writer()
    header: dict[str, Any] = {"id": number, "ok": result.error is None}
    if result.error is not None:
        header["error"] = _spell_raised(result.error)
    header["text"] = writer.data(result.text.encode("utf-8", "replace"))
    room = MAX_BYTES - len(writer.arrays[0])
    header["pngs"] = []
    for png in result.pngs[:MAX_PICTURES]:
        room -= len(png)
        if room >= 0:
            header["pngs"].append(writer.data(png))
    return writer.frame(header)


def decode_cell(header: dict[str, Any], arrays: list[np.ndarray], number: int) -> CellResult:
    """The result of the cell run as request `number`. Raises FrameError where it isn't one."""
    reader = _answer(header, arrays, number)
    result = CellResult(
        error=_read_raised(reader),
        text=reader.data(reader.take("text", int)).decode("utf-8", "replace"),
        pngs=tuple(reader.data(place) for place in reader.take("pngs", list)),
    )
    reader.finish()
    return result


def _answer(header: dict[str, Any], arrays: list[np.ndarray], number: int) -> _Reader:
    reader = _Reader(header, arrays, is_reply=True)
    if reader.take("id", int) != number:
        raise FrameError(f"The reply to request {number} carries another number.")
    _check_ok(reader)
    return reader


def _check_ok(reader: _Reader) -> None:
    if reader.take("ok", bool) is ("error" in reader.header):
        raise FrameError("A reply is either ok or an error.")


def _spell_raised(error: Raised) -> list[Any]:
    texts = (clean(text) for text in (error.type, error.message, error.line, error.function))
    return [*texts, error.line_number]


def _read_raised(reader: _Reader) -> Raised | None:
    spelt = reader.take("error", list, None)
    if spelt is None:
        return None
    if [type(item) for item in spelt] != [str, str, str, str, int]:
        raise FrameError("An error isn't spelt as errors are.")
    kind, message, line, function = (_short(text) for text in spelt[:4])
    return Raised(kind, message, line, _whole(spelt[4]), function)


def _read_warnings(spelt: list[Any]) -> tuple[str, ...]:
    if len(spelt) > MAX_WARNINGS or not all(type(text) is str for text in spelt):
        raise FrameError(f"A reply reports at most {MAX_WARNINGS} warnings, each a text.")
    return tuple(_short(text, MAX_REPORT) for text in spelt)


def _position(place: str) -> int:
    if not (place.isascii() and place.isdigit() and len(place) <= 3):
        raise FrameError("Arguments are named by their position.")
    return int(place)
