"""The check of random weights: any honest distribution passes, another size doesn't."""

from __future__ import annotations

import pytest

CODE = """
def he_init(n_in, n_out, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return {weights}

def measure_depth(x, weights):
    found = []
    for W in weights:
        x = np.maximum(W @ x, 0)
        found.append(float(np.std(x)))
    return found
"""


@pytest.mark.parametrize(
    "weights",
    [
        "rng.normal(size=(n_out, n_in)) * np.sqrt(2 / n_in)",
        "rng.normal(0, (2 / n_in) ** 0.5, (n_out, n_in))",
        "rng.uniform(-1, 1, (n_out, n_in)) * np.sqrt(6 / n_in)",
        "(rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)).T",
        "rng.normal(0, (2 / n_in) ** 0.5, (n_out, n_in)).astype(np.float32)",
        "rng.normal(0, (2 / n_in) ** 0.5, (n_out, n_in)).tolist()",
    ],
)
def test_every_distribution_of_that_size_is_right(verdict, weights):
    assert verdict("initialisation", CODE.format(weights=weights)).state == "right"


@pytest.mark.parametrize(
    ("weights", "part", "sentence"),
    [
        ("rng.normal(size=(n_out, n_in)) * 2 / n_in", "size", "standard deviation"),
        ("rng.normal(size=(n_out, n_in)) * np.sqrt(1 / n_in)", "size", "standard deviation"),
        ("rng.normal(size=(n_out, n_in)) * np.sqrt(2 / n_out)", "size", "standard deviation"),
        ("rng.uniform(0, 1, (n_out, n_in)) * np.sqrt(24 / n_in)", "size", "the mean is"),
        (
            "np.tile(rng.normal(size=n_in), (n_out, 1)) * np.sqrt(2 / n_in)",
            "size",
            "the rows repeat",
        ),
        ("rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)", "shape", "has shape"),
        (
            "np.random.normal(size=(n_out, n_in)) * np.sqrt(2 / n_in)",
            "drawn from rng",
            "random here",
        ),
        (
            "np.random.default_rng(1).normal(size=(n_out, n_in)) * np.sqrt(2 / n_in)",
            "drawn from rng",
            "the same weights",
        ),
        ("None", "shape", "returns nothing"),
        ("'random'", "shape", "returns the text"),
        ("np.full((n_out, n_in), np.nan)", "shape", "nan"),
    ],
)
def test_a_fault_in_the_weights_is_named(findings, weights, part, sentence):
    finding = findings("initialisation", CODE.format(weights=weights))[part]
    assert finding.state == "wrong"
    assert sentence in finding.text
