"""Data the course ships: nothing is fetched when a notebook runs.

The digits are the "Optical Recognition of Handwritten Digits" of E. Alpaydin and C. Kaynak (1998),
UCI Machine Learning Repository, CC BY 4.0: the 1,797 images of its test set, 8 by 8 pixels each,
in steps of 16. scikit-learn carries the same images.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

SPLIT_SEED = 0
TEST_IMAGES = 360


@dataclass(frozen=True)
class Digits:
    """Pictures as rows of 64 pixels from 0 (white) to 1 (black), and the digit each of them shows.

    x_train (1437, 64) and x_test (360, 64) are float64, t_train (1437,) and t_test (360,) int64.
    All of them are read-only.
    """

    x_train: np.ndarray
    t_train: np.ndarray
    x_test: np.ndarray
    t_test: np.ndarray


@cache
def digits() -> Digits:
    """The handwritten digits, shuffled once and for all, so that both parts know every writer."""
    with np.load(Path(__file__).parent / "datasets" / "digits.npz") as file:
        images, labels = file["images"] / 16.0, file["labels"].astype(np.int64)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    test, train = order[:TEST_IMAGES], order[TEST_IMAGES:]
    parts = (images[train], labels[train], images[test], labels[test])
    for part in parts:
        part.flags.writeable = False
    # A view of what is read-only can't be made writable again.
    return Digits(*(part.view() for part in parts))
