"""What checks and diagnosis are worth to mistakes that nobody catalogued.

`uv run python benchmarks/unseen_mistakes.py` counts; with `--show` it prints what is told of each,
beside what is really wrong, for a reader to judge.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from course import cards  # noqa: E402
from course.checks import judge  # noqa: E402
from course.diagnosis import traces  # noqa: E402
from course.session import LocalSession  # noqa: E402
from course.verdict import Verdict  # noqa: E402
from grader_tests.unseen import Unseen, collection  # noqa: E402


def verdict_on(answer: Unseen) -> Verdict:
    """The verdict on the public cards."""
    exercise = cards.find_exercise(answer.exercise)
    assert exercise is not None, answer.exercise
    names: dict[str, object] = {"np": np, "__name__": "answer"}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(answer.code, "<answer>", "exec", dont_inherit=True), names)
        return judge(exercise, LocalSession(names))


def told(verdict: Verdict) -> str:
    """The best that is told of a part: a known mistake, a slip, a fact, or nothing."""
    found = [f.diagnosis for f in verdict.findings if f.diagnosis is not None]
    codes = {code for cause in found for code in cause.code.split(" or ")}
    known = {each.code for each in traces.known(verdict.exercise) if not each.is_slip}
    if codes & known:
        return "a known mistake"
    if any(code.startswith("slip_") for code in codes):
        return "a slip"
    return "a fact" if any(not code.startswith("unknown") for code in codes) else "nothing"


def main() -> None:
    refused, telling = 0, Counter[str]()
    answers = collection()
    for answer in answers:
        verdict = verdict_on(answer)
        refused += not verdict.passed
        telling[told(verdict)] += 1
        if "--show" in sys.argv:
            print(f"{answer.id}: {answer.cause}\n{verdict.to_text()}\n")
    print(f"{refused} of {len(answers)} refused")
    for what, count in telling.most_common():
        print(f"{count:5} ({count / len(answers):.1%}) are told {what}")


if __name__ == "__main__":
    main()
