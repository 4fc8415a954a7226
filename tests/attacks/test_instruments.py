"""What looks at the class sees what it is there to see: a claim that can't fail claims nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.attack import ROOT
from tests.attacks.catalogue import ATTACKS, EVERYONE, class_of, count
from tests.attacks.claims import active_content
from tests.attacks.conftest import fingerprint, listening
from tests.attacks.launch import left_behind


@pytest.mark.parametrize(
    "text",
    [
        "<script>1</script>",
        "<p onclick=x>",
        "<a href=' java\nscript:x'>",
        "<a href=data:text/html,x>",
        "<img src=//evil.example/x>",
        "<img src=data:image/svg+xml,x>",
        "<p style='background:url(x)'>",
        "<svg><a xlink:href=javascript:x>",
        "<iframe srcdoc=x>",
    ],
)
def test_script_on_a_page_is_seen(text: str) -> None:
    assert active_content(f"<head></head><body>{text}</body>")


def test_a_harmless_page_is_let_pass() -> None:
    page = "<body class=x><a href='https://x'>x</a><img src='data:image/png;base64,AA'></body>"
    assert active_content(page) == []


def test_a_process_that_is_left_is_seen() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert any(name.startswith(f"{process.pid} (") for name in left_behind())
    finally:
        process.communicate(b"\n")


def test_a_connection_is_heard_by_each_listener(tmp_path: Path) -> None:
    with listening(tmp_path) as (heard, places):
        unix = [f"\0{places['ABSTRACT']}", os.path.relpath(places["SOCKET"])]
        for family, address in [
            (socket.AF_INET, ("127.0.0.1", places["PORT"])),
            *((socket.AF_UNIX, path) for path in unix),
        ]:
            with socket.socket(family) as client:
                client.connect(address)
                client.recv(1)  # until it was accepted, and dropped
    assert len(heard) == 3


def test_a_change_of_a_file_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    seen = [fingerprint(path)]
    path.chmod(0o600)
    seen.append(fingerprint(path))
    path.write_text("after")
    seen.append(fingerprint(path))
    path.unlink()
    path.symlink_to("elsewhere")
    seen.append(fingerprint(path))
    assert len(set(seen)) == 4


def test_the_count_sees_points_that_are_unearned_and_points_that_are_lost() -> None:
    deserved = {one.student: one.deserved for one in class_of("course")}
    attacker = ATTACKS[0].student
    assert count(deserved, "course")[1:] == (0, 0)
    assert count(deserved | {attacker: 7.0}, "course")[1:] == (2, 0)
    assert count(deserved | {"zoe": 40.0}, "course")[1:] == (0, 9)


def test_every_attack_has_a_name_of_its_own_and_says_what_it_does() -> None:
    assert len({one.name for one in EVERYONE}) == len(EVERYONE)
    assert len({one.student for one in EVERYONE}) == len(EVERYONE)
    assert all(one.does.endswith((".", "...")) for one in EVERYONE)


def test_the_docs_state_how_many_attacks_are_tried() -> None:
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    assert f"`course grade` | {len(class_of('course'))} |" in page
    assert f"every fifth) | {len(class_of('nbgrader'))} |" in page
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"of {len(class_of('course'))} hostile and damaged" in " ".join(readme.split())
