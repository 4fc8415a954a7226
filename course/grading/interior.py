"""What the inside of a box is made of: interpreter, three libraries, façade, and nothing else."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import course

SITE = "/box/site"
WORKER = f"{SITE}/course/grading/worker.py"
HOME = "/tmp/home"
LIBRARIES = ("numpy", "matplotlib", "ipython")
COURSE_FILES = (
    "figures",
    "givens.py",
    "session.py",
    "data.py",
    "datasets",
    "grading/__init__.py",
    "grading/fork.py",
    "grading/frames.py",
    "grading/ruleset.py",
    "grading/seccomp.py",
    "grading/worker.py",
)
"""Files of the real course that a box holds, where they exist: nothing that answers an exercise."""

_ENVIRONMENT = {
    "PATH": "/usr/bin",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "TZ": "UTC",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Memory that was given back is used again: asking the kernel for it anew takes longer than most
    # arithmetic, at some sizes and not at others.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
}

LOADER_FOLDERS = ("/lib", "/lib64")
DEVICES = ("null", "zero", "full", "random", "urandom")


def environment(home: str, **more: str) -> dict[str, str]:
    """All environment variables of a box, whose home folder is `home`."""
    own = {
        "HOME": home,
        "MPLCONFIGDIR": f"{home}/matplotlib",
        "IPYTHONDIR": f"{home}/ipython",
    }
    return {**own, **_ENVIRONMENT, **more}


def interpreter() -> str:
    """The path of the interpreter that runs in a box: the one this environment is based on."""
    return str(Path(sys.executable).resolve())


@lru_cache(maxsize=1)
def mounts() -> tuple[str, ...]:
    """The arguments for bubblewrap that build the file system of a box, without its /tmp.

    Everything is read-only. Of the interpreter's own folder only the program and its libraries are
    there, with their site-packages masked; the distributions in LIBRARIES and what they need are
    bound one by one.
    """
    links: list[str] = []
    for folder in LOADER_FOLDERS:
        path = Path(folder)
        if path.is_symlink():
            links += ["--symlink", str(path.readlink()), folder]
    masks: list[str] = []
    for masked in package_folders():
        masks += ["--size", "4096", "--tmpfs", str(masked), "--remount-ro", str(masked)]
    binds = _binds()
    devices = [f"/dev/{name}" for name in DEVICES]
    bound = [word for source, inside in binds for word in ("--ro-bind", str(source), inside)]
    return (
        *_folders_above([*(inside for _, inside in binds), *devices]),
        *links,
        *bound,
        *masks,
        *(word for device in devices for word in ("--dev-bind", device, device)),
        *("--proc", "/proc"),
    )


def shows(path: Path) -> str:
    """Whether a path of this machine can be seen in a box.

    "within" for what is bound, or below it; "above" for a folder on the way to it, which is there
    without what else it holds; "no" for everything else.
    """
    sources = [source for source, inside in _binds() if str(source) == inside]
    if any(path.is_relative_to(source) for source in sources):
        masked = any(path.is_relative_to(folder) for folder in package_folders())
        return "no" if masked else "within"
    return "above" if any(source.is_relative_to(path) for source in sources) else "no"


@lru_cache(maxsize=1)
def _binds() -> tuple[tuple[Path, str], ...]:
    """What is bound read-only, and where it is found inside."""
    paths = [*library_folders(), *map(Path, LOADER_FOLDERS)]
    paths += [Path(interpreter()), Path("/etc/ld.so.cache")]
    binds = [(path, str(path)) for path in paths if path.exists() and not path.is_symlink()]
    binds += [(source, f"{SITE}/{name}") for source, name in site()]
    return tuple(binds)


def site() -> list[tuple[Path, str]]:
    """What student code imports besides the standard library, and its path among the modules."""
    package = Path(course.__file__).parent
    facade = package / "grading/facade/course/__init__.py"
    own = [(package / name, f"course/{name}") for name in COURSE_FILES if (package / name).exists()]
    libraries = [(entry, entry.name) for entry in _distribution_entries()]
    return [*libraries, (facade, "course/__init__.py"), *own]


def unreadable(last: str) -> str:
    """Half a sentence with the remedy where a worker's last line says that files are closed to it;
    else nothing."""
    if not last.startswith("PermissionError"):
        return ""
    return (
        f"an ordinary user can't read the interpreter or its libraries ({last}); make them "
        "readable with `chmod -R go+rX`"
    )


def _folders_above(paths: list[str]) -> Iterator[str]:
    """Arguments that make the folders above each path; left to itself bubblewrap closes them."""
    folders = dict.fromkeys(
        str(folder) for path in paths for folder in reversed(Path(path).parents[:-1])
    )
    for folder in folders:
        yield from ("--perms", "0755", "--dir", folder)


def standard_library() -> list[Path]:
    """The folders of the interpreter's own modules; never those of an environment based on it."""
    base = {"base": sys.base_prefix, "installed_base": sys.base_prefix}
    base |= {"platbase": sys.base_exec_prefix, "installed_platbase": sys.base_exec_prefix}
    names = ("stdlib", "platstdlib")
    return list(dict.fromkeys(Path(sysconfig.get_path(name, vars=base)) for name in names))


def library_folders() -> list[Path]:
    """Where the interpreter and the shared libraries live; real folders only."""
    prefixes = dict.fromkeys((sys.base_prefix, sys.base_exec_prefix, "/usr", "/usr/local"))
    folders = [Path(prefix) / name for prefix in prefixes for name in ("lib", "lib64")]
    if sys.base_prefix.startswith("/nix/store/"):
        folders.append(Path("/nix/store"))
    folders += standard_library()
    found: list[Path] = []
    for folder in folders:
        covered = any(folder.is_relative_to(other) for other in found)
        if folder.is_dir() and not folder.is_symlink() and not covered:
            found.append(folder)
    return found


def package_folders() -> list[Path]:
    """Every folder of installed packages inside the library folders."""
    patterns = ("python*/site-packages", "python*/dist-packages")
    return [
        folder
        for library in library_folders()
        for pattern in patterns
        for folder in sorted(library.glob(pattern))
        if folder.is_dir() and not folder.is_symlink()
    ]


def _distribution_entries() -> list[Path]:
    """Top-level files and folders of the libraries in the box and of what they need."""
    entries: dict[str, Path] = {}
    for distribution in _distributions():
        for name in sorted(_top_level(distribution)):
            path = Path(str(distribution.locate_file(name)))
            if path.exists():
                entries.setdefault(name, path)
    return list(entries.values())


def _distributions() -> list[metadata.Distribution]:
    from packaging.requirements import Requirement  # lazy: only where grading is done

    waiting, found = list(LIBRARIES), {}
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        found[name] = metadata.distribution(name)
        for text in found[name].requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)
    return list(found.values())


def _top_level(distribution: metadata.Distribution) -> set[str]:
    files = distribution.files
    if files is None:  # as some systems' own packages: without a list of files
        text = distribution.read_text("top_level.txt") or distribution.metadata["Name"]
        return {suffixed for name in text.split() for suffixed in (name, f"{name}.py")}
    heads = {file.parts[0] for file in files}
    return {
        head for head in heads if head not in ("..", "bin", "__pycache__") and head[-4:] != ".pth"
    }
