"""Submissions to verdicts: intake, box, frames, session, grader, crew, gradebook and report."""
