"""Backpropagation by hand, checked by finite differences: what the course's notebooks import."""

from course.checks import CheckFailed, check, check_all
from course.hints import hint, progress, ready, reveal

__all__ = ["CheckFailed", "check", "check_all", "hint", "progress", "ready", "reveal"]
__version__ = "0.1.0"
