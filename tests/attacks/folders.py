"""Attacks by what is handed in: links, pipes, odd files beside the notebook, and odd names."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.attacks.answers import ZEROS
from tests.attacks.attack import CH1, Attack, Place, solved_all

FILE = f"{CH1}.ipynb"
FAKE = {"MulLayer": ZEROS}
NOT_GRADED = "Not graded: no points."


def placed(
    name: str, does: str, put: Callable[[Path, Mapping[str, str]], object], *told: str
) -> Attack:
    """A folder with something else in the notebook's place."""

    def place(folder: Path, data: bytes, words: Mapping[str, str]) -> None:
        folder.mkdir(parents=True)
        put(folder / FILE, words)

    return Attack(name, does, (NOT_GRADED, *told), points=0.0, place=place)


def beside(
    name: str, does: str, put: Callable[[Path, Mapping[str, str]], object], *told: str
) -> Attack:
    """A notebook with something beside it."""

    def place(folder: Path, data: bytes, words: Mapping[str, str]) -> None:
        folder.mkdir(parents=True)
        (folder / FILE).write_bytes(data)
        put(folder, words)

    return Attack(name, does, told or ("forward",), answers=FAKE, place=place)


def called(name: str, does: str, file: str, *told: str) -> Attack:
    """A notebook under another name."""

    def place(folder: Path, data: bytes, words: Mapping[str, str]) -> None:
        folder.mkdir(parents=True)
        (folder / file).write_bytes(data)

    return Attack(name, does, told or ("was taken as",), answers=FAKE, place=place)


def linked_folder(level: int) -> Place:
    """The student's or the chapter's folder is a link to an honest student's."""

    def place(folder: Path, data: bytes, words: Mapping[str, str]) -> None:
        other = Path(words["CLASS"]) / "submitted" / "aaron"
        if level:
            folder.parent.parent.mkdir(parents=True, exist_ok=True)
            folder.parent.symlink_to(other)
        else:
            folder.parent.mkdir(parents=True)
            folder.symlink_to(other / CH1)

    return place


def two_links(folder: Path, data: bytes, words: Mapping[str, str]) -> None:
    """The chapter's folder is a link to one with notebooks whose names are nobody's business."""
    folder.parent.mkdir(parents=True)
    folder.symlink_to(Path(words["HOME"]) / "private")


def two_names(folder: Path, data: bytes, words: Mapping[str, str]) -> None:
    folder.mkdir(parents=True)
    for name in ("one.ipynb", "two \x1b[2J.ipynb"):
        (folder / name).write_bytes(data)


def unix_socket(path: Path, words: Mapping[str, str]) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # the address of a socket has 108 bytes at most
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


def sparse(path: Path, words: Mapping[str, str]) -> None:
    with open(path, "wb") as file:
        file.truncate(2**40)


PLACES = [
    placed("place_nothing", "Hands in an empty folder.", lambda path, words: None, "is missing"),
    placed(
        "place_folder",
        "A folder with the notebook's name.",
        lambda path, words: path.mkdir(),
        "not a plain file|can't be read",
    ),
    placed(
        "place_pipe",
        "A named pipe, which no one will ever write to.",
        lambda path, words: os.mkfifo(path),
        "not a plain file",
    ),
    placed("place_socket", "A socket.", unix_socket, "not a plain file|can't be read"),
    placed(
        "place_zero",
        "A link to a device that never ends.",
        lambda path, words: path.symlink_to("/dev/zero"),
        "is a link",
    ),
    placed(
        "place_link",
        "A link to a key in the grader's home.",
        lambda path, words: path.symlink_to(f"{words['HOME']}/.ssh/id_secret"),
        "is a link",
    ),
    placed(
        "place_link_honest",
        "A link to an honest student's notebook.",
        lambda path, words: path.symlink_to(
            Path(words["CLASS"]) / "submitted" / "aaron" / CH1 / FILE
        ),
        "is a link",
    ),
    placed(
        "place_link_circle",
        "A link to itself.",
        lambda path, words: path.symlink_to(path.name),
        "is a link",
    ),
    placed(
        "place_link_nowhere",
        "A link to nothing.",
        lambda path, words: path.symlink_to("nowhere"),
        "is a link",
    ),
    placed(
        "place_hard_link",
        "A hard link to a key in the grader's home.",
        lambda path, words: os.link(f"{words['HOME']}/.ssh/id_secret", path),
        "JSON",
    ),
    placed("place_sparse", "A sparse file of a terabyte.", sparse, "larger than 64 MiB"),
    Attack(
        "place_link_chapter",
        "The chapter's folder is a link to an honest student's.",
        (NOT_GRADED, "is a link"),
        points=0.0,
        place=linked_folder(0),
    ),
    Attack(
        "place_link_student",
        "The student's folder is a link to an honest student's.",
        (NOT_GRADED, "is a link"),
        points=0.0,
        place=linked_folder(1),
    ),
    Attack(
        "place_link_private",
        "The folder is a link to one of the grader's own.",
        (NOT_GRADED, "is a link"),
        points=0.0,
        place=two_links,
    ),
    Attack(
        "place_two",
        "Two notebooks, neither with the right name.",
        (NOT_GRADED, "2 other notebooks"),
        points=0.0,
        place=two_names,
    ),
    placed(
        "place_file",
        "A plain file where the chapter's folder is expected.",
        lambda path, words: (path.parent.rmdir(), path.parent.write_text("x")),
        "can't be opened",
    ),
    called("name_script", "Calls its notebook a script.", "<img src=x onerror=alert(1)>.ipynb"),
    called("name_link", "Calls its notebook a link.", "[x](javascript:alert(1)).ipynb"),
    called("name_escape", "Calls its notebook a terminal sequence.", "\x1b[2J\x1b]0;x\x07.ipynb"),
    called(
        "name_options",
        "Calls its notebook like an option.",
        "--output=@CANARY@.ipynb".replace("@CANARY@", "x"),
    ),
]

BESIDE = [
    Attack(
        "beside_hidden",
        "A renamed notebook, beside what a system and another chapter leave there.",
        ("was taken as",),
        answers=FAKE,
        place=lambda folder, data, words: (
            folder.mkdir(parents=True),
            [(folder / name).write_bytes(b"{}") for name in (f"._{FILE}", "ch2.ipynb")],
            (folder / f"Copy of {FILE}").write_bytes(data),
        ),
    ),
    beside(
        "beside_link",
        "A link to a key in the grader's home, called data.csv.",
        lambda folder, words: (folder / "data.csv").symlink_to(f"{words['HOME']}/.ssh/id_secret"),
    ),
    beside(
        "beside_modules",
        "Modules that would shadow NumPy, sitecustomize and the course.",
        lambda folder, words: [
            (folder / name).write_text(f"open({words['CANARY']!r}, 'w').write('x')")
            for name in ("numpy.py", "sitecustomize.py", "course.py", "usercustomize.py")
        ],
    ),
    beside(
        "beside_config",
        "A configuration of nbgrader and of IPython.",
        lambda folder, words: [
            (folder / name).write_text(f"open({words['CANARY']!r}, 'w').write('x')")
            for name in ("nbgrader_config.py", "ipython_config.py", "jupyter_config.py")
        ],
    ),
    beside(
        "beside_journal",
        "A journal that says that all is right.",
        lambda folder, words: (folder / "course_progress.json").write_text(
            '{"course_progress": 1, "exercises": {"mul_layer": {"state": "right", '
            '"points": 3.0, "tries": 0, "rung": 0, "checked": "", "asked": ""}}}'
        ),
    ),
    beside(
        "beside_timestamp",
        "A timestamp of years ago.",
        lambda folder, words: (folder / "timestamp.txt").write_text("2001-01-01 00:00:00 UTC"),
    ),
    beside(
        "beside_timestamp_odd",
        "A timestamp that is none, and has no end.",
        lambda folder, words: (folder / "timestamp.txt").write_bytes(b"\xff\x1b[2J" * 10**6),
    ),
    beside(
        "beside_huge",
        "A sparse file of fifty gigabytes and a pipe.",
        lambda folder, words: (sparse(folder / "huge.bin", words), os.mkfifo(folder / "pipe.txt")),
    ),
    beside(
        "beside_others",
        "Other notebooks, a database, and an autograded copy.",
        lambda folder, words: [
            (folder / name).write_text("{}")
            for name in ("ch2_activation_layers.ipynb", "gradebook.db", "x.ipynb", f"{CH1}.html")
        ],
    ),
]

ODD_NAMES = {
    "id_escape": "eve\x1b[2J\x1b]0;owned\x07",
    "id_turned": "eve\u202etxt.exe",
    "id_homoglyph": "ааron",
    "id_option": "--help",
    "id_shell": "$(touch x); rm -rf ~ `id`",
    "id_script": "<img src=x onerror=alert(1)>",
    "id_sql": "'); DROP TABLE grade;--",
    "id_markup": "[red]eve[bold]",
    "id_format": "%s%n{0}{student_id}",
    "id_long": "e" * 250,
    "id_line": "eve\nada: 40 of 40 points",
    "id_glob": "[!a]*?",
    "id_blank": " ",
    "id_dots": "...",
    "id_bytes": os.fsdecode(b"eve\xff\xfe"),
    "id_half": "eve\udced\udca0\udc80",
    "id_colour": "\x9b31meve",
    "id_combining": "e" + "\u0301" * 80,
}
BY_NBGRADER, BY_BOTH = ("nbgrader",), ("course", "nbgrader")
SAID = ("forward|can't look into a folder called",)
REFUSED_NAMES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **dict.fromkeys(("id_escape", "id_turned", "id_glob", "id_line"), (SAID, BY_NBGRADER)),
    **dict.fromkeys(("id_markup", "id_colour"), (SAID, BY_NBGRADER)),
    **dict.fromkeys(
        ("id_bytes", "id_half"),
        (("isn't text in UTF-8|can't look into a folder called",), BY_BOTH),
    ),
}
"""Names that a route can't grade, and what it says instead."""
NAMED = [
    Attack(
        name,
        f"Its student is called {student[:24]!a}.",
        told,
        answers=FAKE,
        names=student,
        ungraded_by=ungraded,
    )
    for name, student in ODD_NAMES.items()
    for told, ungraded in [REFUSED_NAMES.get(name, (("forward",), ()))]
]

HONEST_STUDENTS = [
    Attack(name, "An honest student with everything right.", (), 49.0, solved=solved_all(CH1))
    for name in ("aaron", "middle", "zoe")
]
"""Before, between and after the attackers, by alphabet."""

ATTACKS = [*PLACES, *BESIDE, *NAMED]
