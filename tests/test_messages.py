"""The sentences: each cause has its three, and each is written as the course speaks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from course.messages import SENTENCES

CAUSES = sorted({key.rpartition(".")[0] for key in SENTENCES if key.endswith(".why")})
PACKAGE = Path(__file__).parents[1] / "course"


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_has_a_sentence_a_question_and_a_name(cause):
    assert SENTENCES[f"{cause}.why"].endswith(".")
    assert SENTENCES[f"{cause}.look"].endswith("?")
    if not cause.startswith("unknown"):
        assert len(SENTENCES[f"{cause}.brief"]) < 40


def test_every_sentence_is_used():
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    without_catalogue = code.replace((PACKAGE / "messages.py").read_text(encoding="utf-8"), "")
    for key in SENTENCES:
        name = key.rpartition(".")[0] or key
        built = [f"{name[: at.start()]}_{{" for at in re.finditer("_", name)]
        by_parts = any(start in without_catalogue for start in built)  # f"unknown_{subject}"
        base = re.sub(r"_(value|measured)$", "", name)  # a cause in words of its own
        assert re.search(rf"\b{base}\b", without_catalogue) or by_parts, key


SLIPS = sorted({key.rpartition(".")[0] for key in SENTENCES if key.endswith(".when")})


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_has_a_clause_a_question_and_a_name(slip):
    assert not SENTENCES[f"{slip}.when"].endswith(".")
    assert SENTENCES[f"{slip}.look"].endswith("?")
    assert len(SENTENCES[f"{slip}.brief"]) < 40


def test_nobody_is_blamed_or_praised():
    for sentence in SENTENCES.values():
        assert not re.search(
            r"\b(you forgot|mistake of yours|well done|great|oops)\b", sentence, re.I
        )
