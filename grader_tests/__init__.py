"""The trusted side: draws, and the tests that grade the graders. Never installed, never in a box."""
