"""Lower bounds on what each mechanism loses at its worst neighbours stay below what the ledger claims."""

import numpy as np
import pytest
from dp_audit import CASES, Case, audit

from synthfast.privacy import noisy_count


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_bound_exceeds_its_claim(case):
    # Fixed noise; with fresh noise one bound in 1,000 would be false. benchmarks/dp_audit.py prints the figures.
    figures = audit(case, 3_000, seed=11)
    assert 0 < figures["bound"] <= figures["claim"]


@pytest.mark.parametrize("price", [{"epsilon": 1}, {"rho": 0.125}], ids=["laplace", "gaussian"])
def test_a_user_with_more_rows_than_were_paid_for_is_found(price):
    # Nine rows of one user where one was paid for: what a mechanism that forgets its unit does.
    case = Case("forgetful", lambda d, a, p: noisy_count(d, accountant=a, **p), ([], [0] * 9), price)
    figures = audit(case, 3_000, seed=5)
    assert figures["bound"] > figures["claim"]


def probabilities(scores, rate):
    weights = np.exp(rate * (scores - scores.max()))
    return weights / weights.sum()


@pytest.mark.parametrize("monotonic", [False, True])
def test_the_exponential_mechanism_costs_what_is_said(monotonic):
    # Exact probabilities on random neighbours and on the worst ones: pure epsilon, and epsilon**2 / 8 in zCDP.
    rng = np.random.default_rng(0)
    for epsilon in (0.2, 1.0, 4.0):
        rate = epsilon if monotonic else epsilon / 2
        for _ in range(300):
            scores = rng.integers(-3, 4, size=rng.integers(2, 9)).astype(float)
            other = scores + rng.integers(0 if monotonic else -1, 2, size=len(scores))
            for p, q in ((scores, other), (other, scores)):
                p, q = probabilities(p, rate), probabilities(q, rate)
                assert np.log(p / q).max() <= epsilon * (1 + 1e-12)
                for order in (1.01, 1.5, 2, 5, 20):
                    renyi = np.log((p**order * q ** (1 - order)).sum()) / (order - 1)
                    assert renyi <= order * epsilon**2 / 8 + 1e-12
