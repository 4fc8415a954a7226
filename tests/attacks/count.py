"""Grades the class of attackers and counts what they got: for the docs.

uv run python -m tests.attacks.count course
uv run python -m tests.attacks.count nbgrader
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.attacks.catalogue import sentence
from tests.attacks.conftest import grade_by


def main(route: str) -> None:
    """Print how many attacks were tried by a route, and what they earned and cost."""
    with tempfile.TemporaryDirectory() as folder:
        graded = grade_by(route, Path(folder) / "work")
    print(f"{route}: {sentence(graded.scores, route)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
