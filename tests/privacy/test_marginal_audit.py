"""Empirical privacy of the synthesizer end to end: an attack on neighbouring tables must not beat the claim.

The neighbours are worst for every count at once: all rows alike, and one more row like them. The strongest attack is
the likelihood ratio of all noisy counts of the release, which a test can see; the attack from outside sees the saved
model. A lower bound of epsilon comes from the attack's error rates by exact binomial intervals (99 % together), so that
a claim that is as tight as can be fails once in a hundred; this one leaves room, and the gap is reported.
"""

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from synthfast import PrivateMarginalSynthesizer
from synthfast.privacy._marginals import release as release_module

EPSILON, DELTA = 4.0, 0.01
FITS = 500
N_ROWS = 40
DOMAIN = {"a": ["x", "y"], "b": ["u", "v"]}


def lower_bound(without, with_row, delta):
    """Largest epsilon that the error rates of a threshold rule out, over thresholds chosen on the first halves."""
    half = len(without) // 2
    best = -np.inf
    for low, high in ((without, with_row), (-with_row, -without)):
        candidates = np.quantile(low[:half], np.linspace(0.5, 1.0, 60))
        guess = [point_estimate(low[:half], high[:half], t, delta) for t in candidates]
        threshold = candidates[int(np.argmax(guess))]
        alarms, hits = (int((s[half:] > threshold).sum()) for s in (low, high))
        n = len(low) - half
        most_alarms = beta.ppf(0.995, alarms + 1, n - alarms) if alarms < n else 1.0
        fewest_hits = beta.ppf(0.005, hits, n - hits + 1) if hits else 0.0
        if fewest_hits > delta:
            best = max(best, np.log((fewest_hits - delta) / most_alarms))
    return best


def point_estimate(low, high, threshold, delta):
    hits, alarms = (high > threshold).mean(), ((low > threshold).sum() + 1) / (len(low) + 1)
    return np.log(max(hits - delta, 1e-9) / alarms)


def table(n_rows):
    return pd.DataFrame({"a": ["x"] * n_rows, "b": ["u"] * n_rows})


def statistics(n_rows, monkeypatch):
    """Log-likelihood ratio of the counts that a row adds to, and the total in the model, for each of many fits."""
    buy = release_module.buy_counts
    seen = []

    def watched(counts, rho, accountant, **where):
        noisy, sigma = buy(counts, rho, accountant, **where)
        if where["step"] != "strength of pairs":
            seen.append((noisy[0] - N_ROWS) / sigma**2)
        return noisy, sigma

    monkeypatch.setattr(release_module, "buy_counts", watched)
    inside, outside = [], []
    for _ in range(FITS):
        seen.clear()
        model = PrivateMarginalSynthesizer(epsilon=EPSILON, delta=DELTA, domain=DOMAIN).fit(table(n_rows))
        inside.append(sum(seen))
        outside.append(model._density.total)
    return np.array(inside), np.array(outside)


def test_no_attack_beats_the_claim(monkeypatch, record_property, capsys):
    without, with_row = (statistics(n, monkeypatch) for n in (N_ROWS, N_ROWS + 1))
    said = []
    for name, low, high in zip(("all noisy counts", "the saved model"), without, with_row, strict=True):
        bound = max(lower_bound(low, high, DELTA), 0.0)
        said.append(f"{name}: epsilon is at least {bound:.2f}, claimed {EPSILON}")
        assert bound <= EPSILON, said[-1]
    record_property("audit", said)
    with capsys.disabled():
        sys.stdout.write("".join(f"\n  {line}" for line in said))
    # The attack is worth something: it separates the neighbours as Gaussian noise of the cost paid would.
    rho_paid = 0.9  # of the budget, at least, is in the counts watched
    separation = (with_row[0].mean() - without[0].mean()) / without[0].std()
    budget = PrivateMarginalSynthesizer(epsilon=EPSILON, delta=DELTA)._open_budget(None)
    expected = np.sqrt(2 * float(budget.rho))
    assert separation <= expected * (1 + 4 / np.sqrt(FITS))
    assert separation >= expected * np.sqrt(rho_paid) * (1 - 4 / np.sqrt(FITS))


def test_the_audit_finds_noise_that_is_too_small():
    """Counts with about a quarter of the noise that was claimed: the bound must pass the claim."""
    rng = np.random.default_rng(0)
    sigma = 0.2  # one count that got the whole budget would have 0.75
    without, with_row = rng.normal(0, sigma, 4_000), rng.normal(1, sigma, 4_000)
    assert lower_bound(without, with_row, DELTA) > EPSILON


@pytest.mark.parametrize("size", [200, 4_000])
def test_the_bound_of_equal_tables_is_none(size):
    rng = np.random.default_rng(1)
    assert lower_bound(rng.normal(size=size), rng.normal(size=size), DELTA) <= 0.3
