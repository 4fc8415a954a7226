"""The published numbers, read once from their one data file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NUMBERS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "published_numbers.json").read_text(encoding="utf-8")
)
