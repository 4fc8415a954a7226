"""Feedback and formgrader show what students wrote, and run none of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nbgrader")

from course.grading.feedback import Pages, safe_markdown
from course.grading.gradebook import Book

CHAPTER = "ch1_computational_graphs"
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a]: javascript:alert(1)\n[a]",
    '<a href="data:text/html,<script>alert(1)</script>">a</a>',
    "![a](http://elsewhere.example/pixel.png)",
    "<iframe src=//elsewhere.example></iframe>",
    '<div style="background:url(//elsewhere.example)">a</div>',
    "<math><mtext></p><img src=x onerror=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<style>*{display:none}</style>",
)
RUNS = re.compile(
    r"<(script|iframe|svg|style|object|embed|form)|\son\w+\s*=\s*\S|href=\W*(javascript|data):"
    r"|src=\W*(http:)?//|url\(",
    re.IGNORECASE,
)


@pytest.mark.parametrize("source", HOSTILE)
def test_no_markdown_becomes_anything_that_runs_or_calls_home(source: str) -> None:
    page = safe_markdown({}, source)
    tags = "".join(re.findall(r"<[^>]*>", page))
    assert not RUNS.search(tags), page


def test_honest_markdown_keeps_its_form() -> None:
    source = (
        "## A\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`x < y`, $a<b$ and [c](https://d.org)"
    )
    page = safe_markdown({}, source)
    for part in ("<h2", "<blockquote>", "<td>1</td>", "<code>x &lt; y</code>", "$a&lt;b$"):
        assert part in page
    assert 'href="https://d.org"' in page


def test_a_page_shows_scores_verdicts_and_comments(
    tmp_path: Path, material: Any, solved: Any, graded: Any
) -> None:
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    solved.add("<script>alert(1)</script>", kind="markdown")
    solved.add("print('<script>alert(2)</script>')")
    result = graded(solved)
    path = tmp_path / f"{CHAPTER}.ipynb"
    path.write_text(json.dumps(result.notebook), encoding="utf-8")
    with Book(url) as book:
        book.register(material.released)
        book.write(result)
        comment = book._book.find_comment("answer_MulLayer", CHAPTER, CHAPTER, "ann")
        comment.manual_comment = "So **short**."
        book._book.db.commit()
        page = Pages(book).make(path, "ann", CHAPTER)
    assert "(Score: 10.0 / 12.0)" in page
    assert "So <strong>short</strong>." in page
    assert "mul_layer" in page
    assert "alert(1)</script>" not in page
    assert "alert(2)</script>" not in page
    assert "<title>ch1_computational_graphs</title>" in page


@pytest.mark.parametrize("link", ["attachment:graph.png", "attachment&#58;graph.png"])
def test_a_pasted_picture_costs_nobody_the_page(
    tmp_path: Path, material: Any, solved: Any, graded: Any, link: str
) -> None:
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    solved["ch1_explain"]["source"] += f"\n\nAs drawn here: ![my graph]({link})"
    solved["ch1_explain"]["attachments"] = {"graph.png": {"image/png": "iVBORw0KGgo="}}
    result = graded(solved)
    path = tmp_path / f"{CHAPTER}.ipynb"
    path.write_text(json.dumps(result.notebook), encoding="utf-8")
    with Book(url) as book:
        book.register(material.released)
        book.write(result)
        assert "As drawn here" in Pages(book).make(path, "ann", CHAPTER)
    assert "As drawn here" in safe_markdown({}, f"As drawn here: ![my graph]({link})")
