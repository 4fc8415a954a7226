"""What is asked of a function, a layer, a graph; and the verdict on it."""

from course.checks.ask import CheckFailed, check
from course.checks.judge import judge, kind_of
from course.checks.rehearsal import check_all

__all__ = ["CheckFailed", "check", "check_all", "judge", "kind_of"]
