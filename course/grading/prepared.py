"""What a box holds that has no file system of its own: a folder of links, and all it may read.

Python finds modules by listing folders, and Landlock can't hide a part of a folder that it shows.
So the interpreter, its standard library, the libraries and the façade are gathered in one folder,
made once by each grading process, and only that one is listed. A root grader's boxes run as other
users: what these couldn't reach is linked or copied as a file instead of by its path.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from course.grading import interior
from course.grading.inmate import NoBox
from course.grading.scratch import remove

_PREFIX = "course-boxes-"
_SECONDS_TO_LOCK = 60.0
_LEFT_OUT = ("site-packages", "dist-packages", "test", "EXTERNALLY-MANAGED")


@dataclass(frozen=True)
class Prepared:
    """The folder, what may be listed and read, and what may only be read."""

    folder: Path
    listed: tuple[Path, ...]
    read: tuple[Path, ...]

    @property
    def interpreter(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def worker(self) -> str:
        return str(self.folder / "site" / "course" / "grading" / "worker.py")


@lru_cache(maxsize=1)
def prepared() -> Prepared:
    """The folder of this process; it is removed at its end. Raises NoBox where there's no room."""
    try:
        return _prepare()
    except (OSError, shutil.Error) as error:
        raise NoBox(f"the folder for boxes can't be made ({error})") from error


def _prepare() -> Prepared:
    above = _place_for_it()
    _sweep(above)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=above))
    lock = os.open(folder, os.O_RDONLY)  # open, and locked, for as long as this process lives
    fcntl.flock(lock, fcntl.LOCK_EX)
    atexit.register(_forget, folder, os.getpid())
    _copy(Path(interior.interpreter()), folder / "bin" / "python")
    linked = [_put(source, folder / target) for source, target in _contents()]
    for inner, _, _ in os.walk(folder):
        os.chmod(inner, 0o755)
    os.chmod(folder, 0o711)
    own = [folder / "lib", folder / sys.platlibdir, folder / "site"]
    return Prepared(
        folder,
        tuple(dict.fromkeys(path for path in (*own, *linked) if path.exists())),
        tuple(path for path in _system_files() if _reached(path)),
    )


def _contents() -> Iterator[tuple[Path, str]]:
    """Everything in the folder but the interpreter: its source, and its path there."""
    prefixes = (Path(sys.base_prefix), Path(sys.base_exec_prefix))
    for library in interior.standard_library():
        inside = next(library.relative_to(p) for p in prefixes if library.is_relative_to(p))
        for path in library.iterdir():
            leads_out = not path.resolve().is_relative_to(library.resolve())
            if path.name not in _LEFT_OUT and not leads_out:
                yield path, str(inside / path.name)
    if sys.base_prefix != "/usr":
        for path in Path(sys.base_prefix, "lib").glob("*.so*"):
            yield path, f"lib/{path.name}"
    for path, inside_site in interior.site():
        yield path, f"site/{inside_site}"


def _system_files() -> Iterator[Path]:
    """What the loader may need at any time, wherever it lies."""
    masked = interior.package_folders()
    for folder in (*interior.library_folders(), *map(Path, interior.LOADER_FOLDERS)):
        if folder.is_dir() and not folder.is_symlink():
            yield from _around(folder, masked)
    if Path("/etc/ld.so.cache").exists():
        yield Path("/etc/ld.so.cache")


def _around(folder: Path, masked: list[Path]) -> Iterator[Path]:
    """The folder, or else all that it holds but what is masked."""
    if folder in masked:
        return
    if not any(mask.is_relative_to(folder) for mask in masked):
        yield folder
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            yield from _around(path, masked)
        elif path.is_file():
            yield path.resolve()


def _put(source: Path, target: Path) -> Path:
    """Put a file or folder in its place, as a link where that can be followed; what is read."""
    source = source.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    if _reached(source):
        target.symlink_to(source)
        return source
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_copy)
    else:
        _copy(source, target)
    return target


def _copy(source: str | Path, target: str | Path) -> None:
    """The same file under another name, or a copy that everyone may read."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        if os.stat(source).st_mode & 0o444 == 0o444:
            os.link(source, target)
            return
    shutil.copyfile(source, target)
    shutil.copystat(source, target)  # a compiled module is used only beside a source of its time
    os.chmod(target, os.stat(source).st_mode & 0o777 | 0o444)


def _reached(path: Path) -> bool:
    """Whether the user of a box can reach a file or folder by its path."""
    if os.geteuid() != 0:
        return True
    wanted = 0o5 if path.is_dir() else 0o4
    return _passable(path.parents) and path.stat().st_mode & wanted == wanted


def _passable(folders: Iterable[Path]) -> bool:
    return all(folder.stat().st_mode & 0o1 for folder in folders)


def _place_for_it() -> Path:
    """A folder for temporary files from which programs may run, and that a box's user can reach."""
    for path in map(Path, (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")):
        path = path.resolve()
        if not path.is_dir() or not os.access(path, os.W_OK):
            continue
        runs = not os.statvfs(path).f_flag & getattr(os, "ST_NOEXEC", 0)
        if runs and (os.geteuid() != 0 or _passable((path, *path.parents))):
            return path
    raise NoBox("no folder for temporary files lets programs run; set TMPDIR to one that does")


def _sweep(above: Path) -> None:
    """Remove the folders of graders that were killed: nobody holds their locks any more."""
    for folder in above.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            seen = folder.lstat()
            if seen.st_uid == os.geteuid() and time.time() - seen.st_mtime > _SECONDS_TO_LOCK:
                lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove(folder)
                finally:
                    os.close(lock)


def _forget(folder: Path, owner: int) -> None:
    """Remove the folder, unless this is a fork of the process that made it."""
    if os.getpid() == owner:
        with contextlib.suppress(OSError):
            remove(folder)
