"""The trusted side: draws, and tests that grade the graders. Never installed, never in a box."""
