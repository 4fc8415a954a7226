"""How a check reaches a student's objects: by name, through calls, and only plain values come back.

A check never knows which session it has. `LocalSession` holds the objects in this very process: in
the notebook, and inside the box, where a worker answers frames with it. Grading has a session of
its own that sends frames to that worker.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import math
import sysconfig
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeAlias

import numpy as np

from course.givens import Given, build

Value: TypeAlias = Any
"""A plain value: None, bool, int, float, str, an array of float64, float32, int64 or bool, a
Foreign, or a tuple, list or dict (with text keys) of plain values."""

MAX_TEXT = 2_000
MAX_DEPTH = 8
MAX_ITEMS = 10_000


@dataclass(frozen=True)
class Foreign:
    """What stands in place of a result that isn't plain: only its kind, in words."""

    kind: str


@dataclass(frozen=True)
class Handle:
    """A name for an object that stays on the student's side; `attribute` points into it."""

    number: int
    attribute: str = ""


@dataclass(frozen=True)
class Raised:
    """An exception of the student's code: its type, its message and the student's own line."""

    type: str
    message: str
    line: str = ""
    line_number: int = 0
    function: str = ""

    @property
    def is_stub(self) -> bool:
        """True for the exception that an untouched TO DO raises."""
        return self.type == "NotImplementedError"


@dataclass(frozen=True)
class Reply:
    """What came back from one request.

    `after` holds the arguments that the call changed in place, by position. It, `warnings` and
    `shares_memory` are the student's side's own report: good for warnings, never for points.
    """

    value: Value = None
    error: Raised | None = None
    warnings: tuple[str, ...] = ()
    printed: str = ""
    after: Mapping[int, Value] = field(default_factory=dict)
    shares_memory: bool = False


@dataclass(frozen=True)
class Coming:
    """A request that will be made soon: `op` is "make", "call", "get" or "build"."""

    op: str
    name: str | None = None
    target: str | Handle | None = None
    arguments: tuple[Value, ...] = ()


Chain: TypeAlias = Sequence[Coming]
"""Requests on objects that the first of them make; the first error ends them."""


@dataclass(frozen=True)
class Each:
    """In the arguments of a chain: the place of the point whose turn it is."""


Way: TypeAlias = Sequence[str | tuple[int, int]]
"""The way to a part of a result: keys of dicts, and positions with how many there must be."""


def made_by(place: int) -> Handle:
    """In a chain: the object that the request at this place makes."""
    return Handle(-1 - place)


class Session(Protocol):
    """The requests a check can make."""

    def ahead(self, *chains: Chain) -> None:
        """Say that the requests of the first of these chains will be asked next, in this order. The
        others come later, and each is said again, the very same one, when its turn has come. A
        session to which each request is dear can then ask for all of it at once."""
        ...

    def make(self, name: str, *arguments: Value) -> Reply:
        """Call the student's class `name`; the value of the reply is a Handle."""
        ...

    def call(self, target: str | Handle, method: str | None, *arguments: Value) -> Reply:
        """Call a function by name (method None) or a method of an object made before."""
        ...

    def get(self, target: Handle, attribute: str) -> Reply:
        """Read an attribute of an object made before."""
        ...

    def build(self, given: Given) -> Reply:
        """Build something a card describes on the student's side; the value is a Handle."""
        ...

    def sweep(
        self, chain: Chain, points: np.ndarray, ways: Sequence[Way] = ((),)
    ) -> list[np.ndarray] | None:
        """What the last request of a chain gives where `Each()` is one point after the other, the
        rows of `points`: the numbers at the end of each of the ways, as a float64 array with a row
        for each point. None where a request raises, or something else than numbers is there, or
        not always in the same shape."""
        ...

    def seconds(self) -> float:
        """How long the student's side has worked; only differences say something. Where that can't
        be told, it stands still."""
        ...


def in_chain(link: Coming, replies: Sequence[Reply]) -> Coming:
    """A link of a chain as it can be asked: with what earlier ones have made."""

    def known(value: Value) -> Value:
        made = isinstance(value, Handle) and value.number < 0
        return replies[-1 - value.number].value if made else value

    return Coming(link.op, link.name, known(link.target), tuple(map(known, link.arguments)))


def _numbers_at(way: Way, value: Value) -> np.ndarray:
    """The numbers that a way leads to. Raises LookupError, TypeError or ValueError where there
    are none."""
    for step in way:
        key, count = (step, None) if isinstance(step, str) else step
        kinds: Any = dict if count is None else tuple | list | np.ndarray
        if not isinstance(value, kinds) or count not in (None, len(value)):
            raise LookupError(key)
        value = value[key]
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "fiub":
        raise TypeError(numbers.dtype)
    return numbers.astype(np.float64)


def plain(value: object, depth: int = 0) -> Value:
    """Any result as a plain value; what can't be one becomes a Foreign that names its kind."""
    if value is None or isinstance(value, bool | np.bool_):
        return None if value is None else bool(value)
    if isinstance(value, Foreign | Handle | Given):
        return value
    if isinstance(value, str):
        return str.__str__(value)[:MAX_TEXT]
    if isinstance(value, np.ndarray):
        return _plain_array(value, depth + 1)
    if isinstance(value, int | np.integer):
        number = int(value)
        fits = -(2**63) <= number < 2**63
        return number if fits else Foreign("a whole number of more than 64 bits")
    if isinstance(value, np.float32 | np.float16):
        return np.asarray(value, dtype=np.float32)
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, complex | np.complexfloating):
        return Foreign("a complex number")
    if isinstance(value, Mapping) and not isinstance(value, dict):
        value = dict(value)
    if isinstance(value, tuple | list | dict):
        return _plain_container(value, depth)
    return Foreign(f"an object of type {type(value).__name__}")


def _plain_array(array: np.ndarray, depth: int) -> Value:
    array = np.array(array, subok=False)
    if array.dtype == object and array.ndim == 1:
        return plain(list(array), depth)
    if array.ndim > MAX_DEPTH:
        return Foreign(f"an array of {array.ndim} dimensions")
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind == "f":
        narrow = array.dtype in (np.float16, np.float32)
        return array.astype(np.float32 if narrow else np.float64)
    return Foreign(f"an array of dtype {array.dtype}")


def _plain_container(value: tuple | list | dict, depth: int) -> Value:
    if depth >= MAX_DEPTH or len(value) > MAX_ITEMS:
        return Foreign(f"a {type(value).__name__} too deep or too long to read")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            return Foreign("a dict whose keys are not all text")
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    items = list(value)  # once: a subclass may give something else each time
    if not set(map(type, items)) <= {float}:  # long lists of numbers are soon done
        items = [plain(item, depth + 1) for item in items]
    return tuple(items) if isinstance(value, tuple) else items


class LocalSession:
    """Objects of this very process, reached by the names in `namespace`."""

    def __init__(self, namespace: Mapping[str, object]):
        self.namespace = namespace
        self._objects: dict[int, Any] = {}

    def ahead(self, *chains: Chain) -> None:
        pass

    def make(self, name: str, *arguments: Value) -> Reply:
        return self._ask(lambda: self._named(name), arguments, keep=True)

    def call(self, target: str | Handle, method: str | None, *arguments: Value) -> Reply:
        def find() -> Callable[..., Any]:
            found = self._named(target) if isinstance(target, str) else self._held(target)
            return found if method is None else getattr(found, method)

        return self._ask(find, arguments)

    def get(self, target: Handle, attribute: str) -> Reply:
        return self._ask(lambda: lambda: getattr(self._held(target), attribute), ())

    def build(self, given: Given) -> Reply:
        return Reply(value=self._hold(build(given)))

    def sweep(
        self,
        chain: Chain,
        points: np.ndarray,
        ways: Sequence[Way] = ((),),
        seconds: float = math.inf,
    ) -> list[np.ndarray] | None:
        """As every session's; where it takes longer than these seconds, without the last points."""
        found: list[list[np.ndarray]] = []
        late, settings = time.monotonic() + seconds, _without_raising()
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            for point in points:
                if found and time.monotonic() > late:
                    break
                try:
                    value = self._last_of(chain, point if point.ndim else float(point), settings)
                    found.append([_numbers_at(way, plain(value)) for way in ways])
                except (Exception, SystemExit, GeneratorExit):
                    return None
        try:
            return [np.stack(of_way) for of_way in zip(*found, strict=True)]
        except ValueError:
            return None

    def _last_of(self, chain: Chain, point: Value, settings: Mapping[str, Any]) -> Any:
        """What the last request of a chain gives, with `point` in the place of `Each()`: as in
        `_ask`, but nothing beside the result is looked at, since there are many points."""
        made: list[Any] = []
        for link in chain:
            passed = [self._argument(value, made, point) for value in link.arguments]
            with warnings.catch_warnings(), np.errstate(**settings):
                if link.op == "build":
                    made.append(*passed)
                    continue
                target = link.name if link.op == "make" else link.target
                if isinstance(target, str):
                    function = self._named(target)
                else:
                    held = self._argument(target, made)
                    function = held if link.name is None else getattr(held, link.name)
                made.append(function if link.op == "get" else self._run(function, passed))
        return made[-1]

    def answer(self, request: Coming) -> Reply:
        """The reply to a request, of whichever kind."""
        if request.op == "make":
            return self.make(request.name or "", *request.arguments)
        if request.op == "build":
            return self.build(*request.arguments)
        assert request.target is not None
        if request.op == "get":
            assert isinstance(request.target, Handle)
            return self.get(request.target, request.name or "")
        return self.call(request.target, request.name, *request.arguments)

    def seconds(self) -> float:
        """The processor time of this thread: what a busy machine does meanwhile doesn't count."""
        return time.thread_time()

    def _named(self, name: str) -> Any:
        if name not in self.namespace:
            raise NameError(f"name '{name}' is not defined")
        return self.namespace[name]

    def _held(self, handle: Handle) -> Any:
        found = self._objects[handle.number]
        return getattr(found, handle.attribute) if handle.attribute else found

    def _hold(self, thing: object) -> Handle:
        handle = Handle(len(self._objects) + 1)
        self._objects[handle.number] = thing
        return handle

    def _argument(self, value: Value, made: Sequence[Any] = (), point: Value = None) -> Any:
        """A fresh copy of an argument, so that nothing done to it reaches the card; what was `made`
        in the chain so far, or its `point`, where those are meant."""
        if isinstance(value, Handle):
            return made[-1 - value.number] if value.number < 0 else self._held(value)
        if isinstance(value, Each):
            return self._argument(point)
        if isinstance(value, Given):
            return build(value)
        if isinstance(value, np.ndarray):
            return value.copy()
        if isinstance(value, tuple | list):
            return type(value)(self._argument(item, made, point) for item in value)
        if isinstance(value, dict):
            return {key: self._argument(item, made, point) for key, item in value.items()}
        return value

    def _ask(
        self, find: Callable[[], Any], arguments: tuple[Value, ...], keep: bool = False
    ) -> Reply:
        passed = [self._argument(value) for value in arguments]
        printed = io.StringIO()
        value, error, shares, after = None, None, False, {}
        with (
            warnings.catch_warnings(record=True) as caught,
            contextlib.redirect_stdout(printed),
            np.errstate(**_without_raising()),
        ):
            warnings.simplefilter("always")
            try:
                result = self._run(find(), passed)
                # Reading a result can run the student's code too: a subclass of list, of ndarray.
                value = self._hold(result) if keep else plain(result)
                shares = any(
                    np.may_share_memory(one, other)
                    for one in arrays_in(result)
                    for other in arrays_in(passed)
                )
                after = {
                    position: plain(now)
                    for position, (before, now) in enumerate(zip(arguments, passed, strict=True))
                    if changed(before, now)
                }
            except (Exception, SystemExit, GeneratorExit) as exception:
                value, error = None, raised(exception)
        return Reply(
            value=value,
            error=error,
            warnings=tuple(f"{w.category.__name__}: {w.message}"[:MAX_TEXT] for w in caught[:20]),
            printed=printed.getvalue()[:MAX_TEXT],
            after=after,
            shares_memory=shares,
        )

    def _run(self, function: Callable[..., Any], passed: Sequence[Any]) -> Any:
        """Call what is the student's, and nothing around it."""
        return function(*passed)


def _without_raising() -> dict[str, Any]:
    """NumPy's settings for overflow and the like, where a `np.seterr` elsewhere in the notebook
    would raise them: an answer mustn't depend on another cell's settings."""
    quiet = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    now: dict[str, Any] = {**np.geterr()}
    return {kind: how for kind, how in quiet.items() if now[kind] in ("raise", "call")}


def changed(before: Value, now: Any) -> bool:
    """Whether an argument differs from the copy that was passed; givens and handles never do."""
    if isinstance(before, np.ndarray):
        if not isinstance(now, np.ndarray) or (before.shape, before.dtype) != (
            now.shape,
            now.dtype,
        ):
            return True
        # The same bytes are the same numbers, and small arrays are compared soonest by them.
        return before.tobytes() != now.tobytes() and not np.array_equal(
            before, now, equal_nan=before.dtype.kind == "f"
        )
    if isinstance(before, tuple | list):
        same = isinstance(now, tuple | list) and len(before) == len(now)
        return not same or any(changed(b, n) for b, n in zip(before, now, strict=True))
    if isinstance(before, dict):
        same = isinstance(now, dict) and before.keys() == now.keys()
        return not same or any(changed(before[key], now[key]) for key in before)
    return False


def arrays_in(value: object, depth: int = 0) -> list[np.ndarray]:
    """Every array in a nest of tuples, lists and dicts, down to the depth that `plain` reads."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list) and depth < MAX_DEPTH:
        if set(map(type, value)) <= {float}:
            return []
        return [array for item in value for array in arrays_in(item, depth + 1)]
    return []


def raised(exception: BaseException) -> Raised:
    """An exception with the deepest line of it that the student wrote."""
    line, number, function = student_line(exception.__traceback__)
    try:
        message = str(exception)
    except Exception:
        message = "(its message can't be read)"
    return Raised(type(exception).__name__, message[:MAX_TEXT], line, number, function)


_NOT_THE_STUDENTS = (
    str(Path(__file__).resolve().parent),
    str(Path(np.__file__).resolve().parents[1]),  # in the box, libraries have a folder of their own
    *(sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")),
)


def student_line(traceback: TracebackType | None) -> tuple[str, int, str]:
    """(source line, its number, its function) of the deepest frame the student wrote."""
    found = ("", 0, "")
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(_NOT_THE_STUDENTS):
            line = linecache.getline(code.co_filename, traceback.tb_lineno).strip()
            if line:
                found = (line[:MAX_TEXT], traceback.tb_lineno, code.co_qualname)
        traceback = traceback.tb_next
    return found
