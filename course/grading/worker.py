"""The process inside the box: runs a notebook's cells and answers frames about what they define.

Started as a script, with one JSON argument; told to be a parent, it forks the others (`fork`). It
first gives up whatever it could do more than the student's code may, and only then reads a frame.
From there on the other side trusts nothing in this process: student code can replace every function
below, and reaches only itself.
"""

from __future__ import annotations

import fcntl
import io
import json
import mmap
import os
import re
import resource
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, ClassVar

OUT_OF_MEMORY = 77
"""The exit status that tells the box that the limit on memory was reached."""

_HIGH = 200
_MAX_FIGURES, _MAX_FIGURE_BYTES = 8, 2 * 2**20
_INERT_LINES = {
    "matplotlib",
    "config",
    "load_ext",
    "reload_ext",
    "autoreload",
    "pip",
    "conda",
    "uv",
    "reset",  # in a notebook's own order it would take away what was run before it was added
    "reset_selective",
}
_INERT_CELLS = {"bash", "sh", "script", "system", "sx", "writefile", "html", "javascript", "latex"}
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def main(argument: str) -> None:
    """Prepare this process and serve frames until the grader's side closes its pipe."""
    settings = json.loads(argument)
    site = Path(__file__).absolute().parents[2]  # not resolved: it may be a link to the real one
    sys.path[:] = [str(site), *(entry for entry in sys.path if entry != str(Path(__file__).parent))]
    shell = None
    if "control" in settings:
        from course.grading import fork

        shell = warmed_up() if settings["warm"] else None
        settings = fork.next_child(settings["control"])
        start_anew(settings)
    reads, writes = (fcntl.fcntl(settings[end], fcntl.F_DUPFD_CLOEXEC, _HIGH) for end in "rw")
    os.close(settings["r"])
    os.close(settings["w"])
    facts = PREPARE[settings["wall"]](settings)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nothing, standard)
    worker = Worker(settings["output_bytes"], facts, shell)
    os.dup2(nothing, 2)  # last: until here a failure to start is told on it
    os.close(nothing)
    worker.serve(reads, writes)


def warmed_up() -> Any:
    """A shell, with everything loaded that cells will ask for: what this costs is paid once."""
    import gc

    import matplotlib.pyplot as plt

    import course.data
    import course.figures
    import course.session
    from course.grading import frames, ruleset, seccomp  # noqa: F401

    if seccomp.supported():
        seccomp.program(1)  # a box is the first process of its namespace

    shell = make_shell()
    shell.run_cell("pass", store_history=False)  # a first cell takes longer than the next
    sys.modules["numpy"].random.seed()  # loads what seeding needs
    course.data.digits()
    figure_png(plt.figure())
    plt.close("all")
    gc.freeze()
    return shell


def start_anew(settings: dict[str, Any]) -> None:
    """Leave nothing that a forked process would have in common with its sisters by accident."""
    import tempfile

    os.setsid()
    os.environ.update(settings.get("env", {}))
    tempfile.tempdir = None
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # the generator that students' code may use unseeded


def behind_bubblewrap(settings: dict[str, Any]) -> dict[str, Any]:
    """Mount what is its own, and give up the rest."""
    from course.grading import fork

    fork.mount_own(settings["tmp_bytes"], settings["tmp_files"])
    home = os.environ["HOME"]
    os.mkdir(home)
    os.chmod(home, 0o777)
    os.chdir(home)
    return give_up_privileges(settings)


def behind_landlock(settings: dict[str, Any]) -> dict[str, Any]:
    """Everything is left to give up: files too."""
    os.chdir(settings["home"])
    return {**give_up_privileges(settings), "landlock": settings["abi"]}


def behind_nothing(settings: dict[str, Any]) -> dict[str, Any]:
    """Set the limits that this system has; nothing is given up."""
    os.chdir(settings["home"])
    for name, most in settings["limits"].items():
        try:
            set_limit(name, most)
        except (AttributeError, ValueError, OSError):
            continue  # one that macOS doesn't have, or doesn't let be set
    threading.Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    return {"uid": os.getuid(), "seccomp": False, "python": python()}


PREPARE = {"bubblewrap": behind_bubblewrap, "landlock": behind_landlock, "none": behind_nothing}


def end_with_parent(parent: int) -> None:
    """End this process soon after the one that started it, where the kernel can't be asked to."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def give_up_privileges(settings: dict[str, Any]) -> dict[str, Any]:
    """Change the user, set the limits, Landlock's rules where there are some, and the filter of
    system calls; what was reached, as facts.

    Raises RuntimeError where this process could still get anything back.
    """
    from course.grading import ruleset, seccomp

    if settings["user"] is not None:
        change_user(settings["user"])
    drop_capabilities()
    for name, most in settings["limits"].items():
        set_limit(name, most)
    with open("/proc/self/status", encoding="ascii") as state:  # opened while it still can be
        if settings["wall"] == "landlock":
            rights = json.loads(Path(settings["rights"]).read_text(encoding="utf-8"))
            own = (settings["scratch"], ruleset.OWN)
            ruleset.restrict([*rights, own], settings["abi"])
        seccomp.load()
        lines = (line.split(":", 1) for line in state.read().splitlines())
    status = {key: value.strip() for key, value in lines}
    capabilities = [int(status[key], 16) for key in ("CapInh", "CapPrm", "CapEff", "CapAmb")]
    if any(capabilities) or status["NoNewPrivs"] != "1" or status["Seccomp"] != "2":
        raise RuntimeError("The box's process keeps privileges.")
    if status["Threads"] != "1":
        raise RuntimeError("The box's process has threads that kept their privileges.")
    return {"uid": os.getuid(), "seccomp": True, "python": python()}


def change_user(user: int) -> None:
    """Become another user, for good. Raises RuntimeError where that isn't so."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    if os.getresuid() != (user,) * 3 or os.getresgid() != (user,) * 3 or os.getgroups():
        raise RuntimeError("The box's process could not change its user.")
    try:
        os.setuid(0)
    except PermissionError:
        return
    raise RuntimeError("The box's process can change its user back.")


def set_limit(name: str, most: int) -> None:
    """Set a limit of `resource`, the hard one too, unless it is lower already."""
    kind = getattr(resource, name)
    hard = resource.getrlimit(kind)[1]
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (value, value))


def python() -> str:
    """The version of this Python."""
    return sys.version.split()[0]


def drop_capabilities() -> None:
    """Empty all sets of capabilities; a change of user leaves the inheritable one as it was."""
    import ctypes

    version_3, this_process = 0x2008_0522, 0
    header = (ctypes.c_uint32 * 2)(version_3, this_process)
    nothing = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None).capset(header, nothing) != 0:
        raise RuntimeError("The box's process could not drop its capabilities.")


class Worker:
    """Serves requests by a `LocalSession` over the namespace of an IPython shell."""

    def __init__(self, output_bytes: int, facts: dict[str, Any], shell: Any = None):
        from course.grading import frames
        from course.session import LocalSession

        self.frames = frames
        self.facts = facts
        self.output_bytes = output_bytes
        self.reserve = mmap.mmap(-1, 4 * 2**20)  # given back when memory runs out, to say so
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
        sys.stdout = sys.stderr = Output(0)
        self.shell = make_shell() if shell is None else shell
        self.session = LocalSession(self.shell.user_ns)

    def serve(self, reads: int, writes: int) -> None:
        """Answer frames, one after the other, until the other side closes."""
        while True:
            try:
                header, arrays = self.frames.unpack(lambda size: read_exactly(reads, size))
                reply = self.answer(self.frames.decode_request(header, arrays))
            except EOFError:
                return
            except MemoryError:
                self.reserve.close()
                os._exit(OUT_OF_MEMORY)
            left = memoryview(reply)
            while left:
                left = left[os.write(writes, left) :]

    def answer(self, request: Any) -> bytes:
        """One request's reply, as a frame."""
        if request.op == "run":
            result = self.run(request.source, request.name or "<cell>")
            return self.frames.encode_cell(request.id, result)
        if request.op == "chains":
            return self.frames.encode_chains(request.id, *self.chains(request.chains))
        if request.op == "sweep":
            return self.frames.encode_sweep(request.id, self.sweep(request))
        return self.frames.encode_reply(request.id, self.reply(request))

    def reply(self, request: Any) -> Any:
        """A reply about an object; whatever the student's code raises is part of it."""
        from course.session import Raised, Reply, raised

        sys.stdout = sys.stderr = Output(0)
        try:
            if request.op == "ping":
                return Reply(self.facts)
            return self.session.answer(request)
        except BaseException as error:
            try:
                return Reply(error=raised(error))
            except BaseException:
                return Reply(error=Raised("Exception", "(it can't be read)"))

    def chains(self, chains: Any) -> tuple[list[list[Any]], bool]:
        """The replies to several chains, each up to the first link that raises; and whether they
        took so long that others were left out."""
        from course.session import in_chain

        found: list[list[Any]] = []
        late = time.monotonic() + self.frames.SECONDS_FOR_CHAINS
        for chain in chains:
            replies: list[Any] = []
            found.append(replies)
            for link in chain:
                replies.append(self.reply(in_chain(link, replies)))
                if replies[-1].error is not None:
                    break
                if time.monotonic() > late and not (chain is chains[-1] and link is chain[-1]):
                    return found, True
        return found, False

    def sweep(self, request: Any) -> Any:
        """The numbers of a sweep, for as many of its points as there is time for."""
        sys.stdout = sys.stderr = Output(0)
        (chain,), seconds = request.chains, self.frames.SECONDS_FOR_CHAINS
        try:
            return self.session.sweep(chain, request.points, request.ways, seconds)
        except BaseException:
            return None

    def run(self, source: str, name: str) -> Any:
        """Run a cell the way IPython does; never raises for anything the cell does."""
        shell, output = self.shell, Output(self.output_bytes)
        sys.stdout = sys.stderr = output
        shell.pngs, shell.cell_name, shell.cell_source = [], name, source
        error = None
        try:
            outcome = shell.run_cell(source, store_history=False)
            error = outcome.error_before_exec or outcome.error_in_exec
        except BaseException as escaped:
            error = escaped
        try:
            collect_figures(shell)
        except BaseException as escaped:
            error = error or escaped
        sys.stdout = sys.stderr = Output(0)
        try:
            error = None if error is None else cell_error(error, name)
            return self.frames.CellResult(plain_text(output.text()), tuple(shell.pngs), error)
        except BaseException as escaped:
            return self.frames.CellResult("", (), cell_error(escaped, name))


class Output(io.TextIOBase):
    """Standard output and error of one cell: text, kept up to `room` characters."""

    encoding = "utf-8"

    def __init__(self, room: int):
        self.room = room
        self.cut = False
        self.parts: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.room > 0:
            self.parts.append(text[: self.room])
        self.cut = self.cut or len(text) > self.room
        self.room = max(self.room - len(text), 0)
        return len(text)

    def text(self) -> str:
        return "".join(self.parts) + ("\n[the rest of the output was cut]" if self.cut else "")


def plain_text(text: str) -> str:
    """Text without terminal sequences and control characters; line ends and tabs stay."""
    return _CONTROL.sub("", _ANSI.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def cell_error(error: BaseException, name: str) -> Any:
    """What a cell raised; a syntax error is told with the line that it names."""
    from course.session import Raised, raised

    try:
        if isinstance(error, SyntaxError) and error.filename == name:
            line, number = (error.text or "").strip(), error.lineno or 0
            return Raised(type(error).__name__, str(error.msg), line[:2000], number)
        return raised(error)
    except BaseException:
        return Raised("Exception", "(it can't be read)")


def make_shell() -> Any:
    """IPython's core shell: magics and display, but no history, configuration or start-up files."""
    from IPython.core.compilerop import CachingCompiler
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class NamedCells(CachingCompiler):
        def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
            return shell.cell_name

    class LastValue(DisplayHook):
        def quiet(self) -> bool:
            return self.semicolon_at_end_of_expression(shell.cell_source)

        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            show(format_dict)

    class Publisher(DisplayPublisher):
        def publish(self, data: Any, *_: Any, **__: Any) -> None:
            show(data)

        def clear_output(self, wait: bool = False) -> None:
            pass

    class Shell(InteractiveShell):
        cell_name = "<cell>"
        cell_source = ""
        pngs: ClassVar[list[bytes]] = []
        compiler_class = NamedCells
        displayhook_class = LastValue
        display_pub_class = Publisher

        def system(self, cmd: str) -> None:
            print("Commands of the shell don't run while a notebook is graded.")

        def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
            return []

        def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
            if magic_name in _INERT_LINES:
                return None
            return super().run_line_magic(magic_name, line, _stack_depth + 1)

        def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
            if magic_name in _INERT_CELLS:
                return None
            return super().run_cell_magic(magic_name, line, cell)

        def showtraceback(self, *_: Any, **__: Any) -> None:
            pass

        def showsyntaxerror(self, *_: Any, **__: Any) -> None:
            pass

        def ask_exit(self) -> None:
            pass

        def enable_gui(self, gui: Any = None) -> None:
            pass

    def show(data: Any) -> None:
        png = data.get("image/png")
        if isinstance(png, str):
            import base64

            png = base64.b64decode(png)
        if isinstance(png, bytes):
            keep_png(shell, png)
        elif isinstance(data.get("text/plain"), str):
            print(data["text/plain"])

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryAccessor.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    config.DisplayFormatter.active_types = ["text/plain", "image/png"]
    shell = Shell.instance(config=config)
    display: Any = shell.display_formatter
    display.formatters["image/png"].for_type_by_name("matplotlib.figure", "Figure", figure_png)
    return shell


def figure_png(figure: Any) -> bytes:
    """A Matplotlib figure as a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return file.getvalue()


def keep_png(shell: Any, png: bytes) -> None:
    """Keep a picture of the running cell, within the limits on their number and size."""
    if len(shell.pngs) < _MAX_FIGURES and len(png) <= _MAX_FIGURE_BYTES:
        shell.pngs.append(png)
    else:
        print("[a figure was left out: too many, or too large]")


def collect_figures(shell: Any) -> None:
    """Keep and close the figures that a cell left open, as the notebook's inline backend does."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    try:
        for number in pyplot.get_fignums()[: _MAX_FIGURES + 1]:
            keep_png(shell, figure_png(pyplot.figure(number)))
    finally:
        pyplot.close("all")


def read_exactly(pipe: int, size: int) -> bytearray:
    """Exactly `size` bytes. Raises EOFError where the other side has closed."""
    content = bytearray(size)
    view = memoryview(content)
    while view:
        got = os.readv(pipe, [view])
        if got == 0:
            raise EOFError
        view = view[got:]
    return content


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)
