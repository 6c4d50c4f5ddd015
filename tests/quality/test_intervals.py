"""Intervals hold the distance of the laws in 95 % of cases: bounds are four standard errors of the simulation below."""

import math

import numpy as np
import pytest

from synthfast.quality import classifier_two_sample, kolmogorov_smirnov, missing_rates, total_variation

N_TRIES = 400
LEAST = 0.95 - 4 * math.sqrt(0.95 * 0.05 / N_TRIES)  # .906


def coverage(draw, truth, metric):
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(N_TRIES):
        low, high = metric(*draw(rng)).detail["columns"]["x"]["interval"]
        held += low <= truth <= high
    return held / N_TRIES


@pytest.mark.parametrize("shift", [0.0, 0.2, 1.0])
def test_kolmogorov_smirnov(shift):
    # The distance of two normal laws a shift apart is 2 Phi(shift / 2) - 1.
    def draw(rng):
        return {"x": rng.normal(size=300)}, {"x": rng.normal(shift, 1.0, 200)}

    truth = math.erf(shift / 2 / math.sqrt(2))
    assert coverage(draw, truth, kolmogorov_smirnov) >= LEAST


@pytest.mark.parametrize("moved", [0.0, 0.05, 0.3])
def test_total_variation(moved):
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    other = shares + moved * np.array([-1.0, 0.0, 0.0, 1.0])

    def draw(rng):
        return {"x": rng.choice(list("abcd"), 300, p=shares)}, {"x": rng.choice(list("abcd"), 200, p=other)}

    assert coverage(draw, moved, total_variation) >= LEAST


@pytest.mark.parametrize("moved", [0.0, 0.1])
def test_missing_rates(moved):
    def draw(rng):
        one, other = (np.where(rng.random(n) < rate, np.nan, 1.0) for n, rate in ((300, 0.1), (200, 0.1 + moved)))
        return {"x": one}, {"x": other}

    assert coverage(draw, moved, missing_rates) >= LEAST


def test_detection_of_equal_laws():
    # 40 tries at .95: fewer than 33 have a chance of one in a thousand.
    rng = np.random.default_rng(1)
    held = 0
    for seed in range(40):
        one, other = ({"x": rng.normal(size=150)} for _ in range(2))
        low, high = classifier_two_sample(one, other, random_state=seed).interval
        held += low <= 0.5 <= high
    assert held >= 33
