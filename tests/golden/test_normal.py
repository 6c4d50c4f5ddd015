"""The normal law against values computed with 50 digits (normal/make_normal.py)."""

from pathlib import Path

import numpy as np
import pytest

from synthfast.marginals.ecdf import ndtr, ndtri

FOLDER = Path(__file__).parent / "normal"


def golden(name):
    return np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", unpack=True)


def test_probabilities():
    x, exact = golden("ndtr")
    assert exact.min() < 1e-300
    # The rational, the exponential, its correction and their products are good to a few ulp of 2.2e-16 each.
    np.testing.assert_allclose(ndtr(x), exact, rtol=2e-15)


def test_both_tails_are_one_function():
    x, _ = golden("ndtr")
    assert (ndtr(-np.abs(x)) + ndtr(np.abs(x)) == 1.0).all()


@pytest.mark.parametrize("side", ["lower", "upper"])
def test_quantiles(side):
    p, exact = golden("ndtri")
    chosen = p < 0.5 if side == "lower" else p > 0.5
    assert p.min() < 1e-322
    # AS 241 is good to 1e-16; two polynomials, a quotient, a logarithm and a square root round to a few ulp.
    np.testing.assert_allclose(ndtri(p[chosen]), exact[chosen], rtol=1e-15)
