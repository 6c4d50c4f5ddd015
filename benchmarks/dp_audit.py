"""Empirical lower bounds on the cost of each private mechanism against its claim: ``python benchmarks/dp_audit.py``.

Each mechanism runs many times on two neighbouring data sets at which it is worst. Half of the runs choose the event
that tells the two apart best, the other half bound its probabilities (Clopper and Pearson). A bound above the claim
would prove a defect; one far below it says that one event is a weak attack, not that the mechanism is better than
claimed. Gaussian mechanisms are held against their rho: a single event shows at most 2 / pi of it.
"""

import argparse
import json
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from scipy import stats

from synthfast.privacy import (
    Accountant,
    noisy_correlation,
    noisy_count,
    noisy_histogram,
    noisy_mean,
    noisy_quantile,
    noisy_sum,
    noisy_top_k,
    randomized_response,
)

CONFIDENCE = 0.999


@dataclass(frozen=True)
class Case:
    """A mechanism, two neighbours at which it is worst, and what it costs.

    ``release(data, accountant, price)`` gives one number; ``price`` is ``{"rho": ...}`` or ``{"epsilon": ...}``.
    """

    name: str
    release: object
    data: tuple
    price: dict


def _mean(data, accountant, price):
    return noisy_mean(data, 0, 1, accountant=accountant, **price)


def _response(data, accountant, price):
    return int(randomized_response(data, categories=["a", "b", "c"], accountant=accountant, **price)[0] == "a")


CASES = [
    Case("count, Gaussian", lambda d, a, p: noisy_count(d, accountant=a, **p), ([], [0]), {"rho": 0.125}),
    Case("count, Laplace", lambda d, a, p: noisy_count(d, accountant=a, **p), ([], [0]), {"epsilon": 1}),
    Case("sum, Gaussian", lambda d, a, p: noisy_sum(d, -1, 3, accountant=a, **p), ([], [3]), {"rho": 0.125}),
    Case("sum, Laplace", lambda d, a, p: noisy_sum(d, -1, 3, accountant=a, **p), ([], [3]), {"epsilon": 1}),
    Case("mean, Gaussian", _mean, ([0.0] * 4, [0.0] * 4 + [1.0]), {"rho": 0.5}),
    Case("mean, Laplace", _mean, ([0.0] * 4, [0.0] * 4 + [1.0]), {"epsilon": 2}),
    Case(
        "histogram, Gaussian",
        lambda d, a, p: noisy_histogram(d, categories=["a", "b"], accountant=a, **p).counts[0],
        ([], ["a"]),
        {"rho": 0.125},
    ),
    Case(
        "histogram, missing value",
        lambda d, a, p: noisy_histogram(d, categories=["a"], accountant=a, **p).n_missing,
        ([], [None]),
        {"epsilon": 1},
    ),
    Case(
        "median",
        lambda d, a, p: noisy_quantile(d, 0.5, 0, 1, n_candidates=12, accountant=a, **p),
        ([0.0], [0.0, 1.0]),
        {"epsilon": 2},
    ),
    Case(
        "top 1 of 12",
        lambda d, a, p: noisy_top_k(d, 1, categories=range(12), accountant=a, **p)[0],
        ([], [0]),
        {"epsilon": 2},
    ),
    Case("randomized response", _response, (["b"], ["a"]), {"epsilon": 2}),
    Case(
        "correlation, Gaussian",
        lambda d, a, p: noisy_correlation([d[0], d[1]], [(-1, 1), (-1, 1)], accountant=a, **p)[0, 1],
        (([1.0, -1.0] * 20, [1.0, -1.0] * 20), ([1.0, -1.0] * 20 + [1.0], [1.0, -1.0] * 20 + [-1.0])),
        {"rho": 0.5},
    ),
]


def outcomes_of(case, side, n_runs, seed=None):
    """Outcomes (n_runs,) on one of the neighbours, and what each run cost: (currency, amount)."""
    pure = "epsilon" in case.price
    accountant = Accountant(1e9, 0 if pure else 0.5, insecure_noise_seed=seed)
    out = np.array([case.release(case.data[side], accountant, case.price) for _ in range(n_runs)], dtype=float)
    return out, ("epsilon" if pure else "rho", float(accountant.spent) / n_runs)


def loss(p, q, currency):
    """What probabilities p and q of one event refute: any smaller epsilon, or any smaller rho of zCDP."""
    if currency == "epsilon":
        return log(p / q)
    return max(_renyi(p, q, order) / order for order in (1.01, 1.5, 2, 4, 8))


def _renyi(p, q, order):
    """Renyi divergence of coins; it cannot exceed that of the mechanisms that they come from."""
    return log(sum(a**order * b ** (1 - order) for a, b in ((p, q), (1 - p, 1 - q)) if a > 0)) / (order - 1)


def lower_bound(first, second, currency):
    """Largest cost that the outcomes (n,) on two neighbours refute, at the confidence of this module; 0 for none."""
    half = len(first) // 2
    best, chosen = 0.0, None
    for likelier, other in ((first, second), (second, first)):
        a, b = likelier[:half], other[:half]
        for cut in np.unique(np.quantile(np.concatenate([a, b]), np.linspace(0.002, 0.998, 200))):
            for sign in (1, -1):
                # Two standard errors off each share keep the choice from events too rare to be bounded.
                p, q = (np.mean(sign * x >= sign * cut) for x in (a, b))
                p, q = p - 2 * np.sqrt(p / half), q + 2 * np.sqrt(q / half) + 2 / half
                if q < p and loss(p, q, currency) > best:
                    best, chosen = loss(p, q, currency), (likelier, other, cut, sign)
    if chosen is None:
        return 0.0
    *sides, cut, sign = chosen
    hits, misses = (int(np.sum(sign * x[half:] >= sign * cut)) for x in sides)
    n = len(first) - half
    tail = (1 - CONFIDENCE) / 2
    p_low = stats.beta.ppf(tail, hits, n - hits + 1) if hits else 0.0
    q_high = stats.beta.ppf(1 - tail, misses + 1, n - misses) if misses < n else 1.0
    return loss(p_low, q_high, currency) if q_high < p_low else 0.0


def audit(case, n_runs, seed=None):
    """Figures of one case."""
    (first, cost), (second, _) = (outcomes_of(case, i, n_runs, None if seed is None else seed + i) for i in (0, 1))
    bound = lower_bound(first, second, cost[0])
    return {"mechanism": case.name, "currency": cost[0], "claim": cost[1], "bound": bound, "gap": cost[1] - bound}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    print(f"{'mechanism':28}{'currency':>9}{'claim':>9}{'bound':>9}{'gap':>9}")
    rows = []
    for case in CASES:
        rows.append(audit(case, arguments.runs))
        print("{mechanism:28}{currency:>9}{claim:9.4f}{bound:9.4f}{gap:9.4f}".format(**rows[-1]), flush=True)
    if arguments.json:
        document = {"audit": rows, "runs": arguments.runs, "confidence": CONFIDENCE}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
