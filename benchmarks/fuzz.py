"""The claims of tests/fuzz, with as many random examples as one has time for.

    uv run python benchmarks/fuzz.py --examples 20000

It prints for each claim how its examples ended and the seconds of the slowest, and exits with 1
where one of them broke the claim.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000, help="examples for each claim")
    os.environ["FUZZ_EXAMPLES"] = str(parser.parse_args().examples)
    status = pytest.main(["-q", "-n0", "-p", "no:cacheprovider", str(ROOT / "tests" / "fuzz")])
    print(
        f"memory at its highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB"
    )
    print("faults: none" if status == 0 else "faults: see above")
    return int(status != 0)


if __name__ == "__main__":
    sys.exit(main())
