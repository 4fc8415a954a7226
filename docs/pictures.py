"""Draws the README's pictures: `uv run python docs/pictures.py` (the verdict wants Chromium)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from course import cards, figures
from course.checks import judge
from course.grading.sample import SWAPPED
from course.session import LocalSession

HERE = Path(__file__).parent
SHOP = ["apple_price = apple * num", "price = apple_price * tax"]
VALUES = {"apple": 100, "num": 2, "apple_price": 200, "tax": 1.1, "price": 220}
GRADIENTS = {"price": 1, "apple_price": 1.1, "tax": 200, "apple": 2.2, "num": 110}
PAGE = """<!doctype html><meta charset="utf-8">
<style>
  body {{ margin: 0; padding: 14px; background: #fff; color: #1f1f1f; font: 15px sans-serif }}
  code, pre {{ font: 14px monospace; background: #f3f3f3; padding: 1px 4px }}
  pre {{ padding: 8px; margin: 0 0 8px }}
</style>
<pre>check("mul_layer", MulLayer)</pre>{verdict}"""


def graph() -> Path:
    """The apple shop: values above its edges, gradients below."""
    path = HERE / "graph.png"
    figures.draw_graph(SHOP, VALUES, GRADIENTS).savefig(path, dpi=144)
    return path


def verdict() -> Path:
    """What a student sees whose product hands each input the other one's gradient."""
    names: dict[str, object] = {"np": np}
    exec(SWAPPED, names)
    exercise = cards.find_exercise("mul_layer")
    assert exercise is not None
    page = PAGE.format(verdict=judge(exercise, LocalSession(names)).to_html())
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("The picture of a verdict wants Chromium: apt-get install chromium.")
    path = HERE / "verdict.png"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        command = [chromium, "--headless", "--disable-gpu", "--disable-background-networking"]
        command += ["--no-sandbox", "--force-device-scale-factor=1.5", "--hide-scrollbars"]
        command += ["--window-size=620,252", f"--screenshot={path}", file.as_uri()]
        subprocess.run(command, check=True, capture_output=True)
    return path


if __name__ == "__main__":
    for drawn in (graph(), verdict()):
        print(drawn.name)
