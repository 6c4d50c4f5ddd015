"""Private synthetic tables against the mechanisms of mbi (private-pgm), on coded tables with a public domain.

Error is the mean, over all pairs and over 120 triples drawn once, of the sum of absolute differences of the shares of
the real and the drawn table (0 to 2). Credit and bank are coded in public steps first, so that mbi can take them; the
domain of adult is the published one. Ours are means over 5 seeds of draws, each with fresh noise. Rivals run once for
each budget, in an environment of their own, where ``SYNTHFAST_BENCH_RIVALS`` names them (``mst``, or ``mst,aim``); what
they report and draw is kept under ``build/bench_private``, and used again. MST has 300 iterations of mirror descent and
takes minutes: the 10,000 of its script do not end in minutes. AIM takes hours.
"""

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from growth import memory
from rivals.runner import run_rival

from synthfast.privacy import Accountant, PrivateMarginalSynthesizer
from synthfast.privacy.conversion import rho_of_budget

KEPT = Path(__file__).resolve().parent.parent / "build" / "bench_private"
BUDGETS = (10.0, 1.0, 0.1)
DELTA = 1e-9
SEEDS = range(5)
N_TRIPLES = 120
STEPS = 32  # that a column of numbers is coded in
RIVALS = [name for name in os.environ.get("SYNTHFAST_BENCH_RIVALS", "").split(",") if name]


class Coded:
    """A table of integer codes, its domain, and the shares of its marginals."""

    def __init__(self, name, frame, sizes):
        self.name, self.frame, self.sizes = name, frame[list(sizes)], sizes
        self.pairs = list(itertools.combinations(sizes, 2))
        triples = list(itertools.combinations(sizes, 3))
        chosen = np.random.default_rng(0).choice(len(triples), min(N_TRIPLES, len(triples)), replace=False)
        self.triples = [triples[i] for i in chosen]
        self.real = {clique: self.shares(frame, clique) for clique in [*self.pairs, *self.triples]}

    def shares(self, frame, clique):
        shape = [self.sizes[name] for name in clique]
        place = np.ravel_multi_index([frame[name].to_numpy() for name in clique], shape)
        return np.bincount(place, minlength=int(np.prod(shape))) / len(frame)

    def errors(self, drawn):
        """Mean error of pairs, and of triples."""
        return {
            f"error_{n}_way": float(np.mean([np.abs(self.real[c] - self.shares(drawn, c)).sum() for c in cliques]))
            for n, cliques in ((2, self.pairs), (3, self.triples))
        }

    @property
    def domain(self):
        return {name: range(size) for name, size in self.sizes.items()}


def coded_in_steps(name, frame):
    """Numbers in equal steps between round ends, levels by their order; missing values are a level."""
    codes, sizes = {}, {}
    for column, values in frame.items():
        if values.dtype.kind in "if" and values.nunique() > STEPS:
            low, high = values.min(), values.max()
            codes[column] = np.minimum((values - low) / (high - low) * STEPS, STEPS - 1).fillna(STEPS).astype(int)
            sizes[column] = STEPS + int(values.isna().any())
        else:
            codes[column], levels = pd.factorize(values.astype(str), sort=True)
            sizes[column] = len(levels)
    return Coded(name, pd.DataFrame(codes), sizes)


@pytest.fixture(scope="module")
def tables(real_path):
    source = real_path("adult_coded")
    sizes = json.loads(source.with_name("adult_coded_domain.json").read_text(encoding="utf-8"))
    return {
        "adult": Coded("adult", pd.read_csv(source), sizes),
        "credit": coded_in_steps("credit", pd.read_csv(real_path("credit_default"))),
        "bank": coded_in_steps("bank", pd.read_csv(real_path("bank_marketing"))),
    }


def rival(table, method, epsilon):
    """What the rival reports, with the errors of what it drew; None where it is neither kept nor asked for."""
    folder = KEPT / f"{table.name}-{method}-{epsilon:g}"
    report, drawn = folder / "report.json", folder / "drawn.csv"
    if not report.exists():
        if method not in RIVALS:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        table.frame.to_csv(folder / "real.csv", index=False)
        (folder / "domain.json").write_text(json.dumps(table.sizes), encoding="utf-8")
        options = ["--domain", folder / "domain.json", "--method", method, "--rho", rho_of_budget(epsilon, DELTA)]
        said = run_rival("mbi", folder / "real.csv", drawn, n_rows=len(table.frame), options=options)
        report.write_text(json.dumps(said), encoding="utf-8")
    return json.loads(report.read_text(encoding="utf-8")) | table.errors(pd.read_csv(drawn))


def ours(table, epsilon, seed):
    model = PrivateMarginalSynthesizer(epsilon=epsilon, delta=DELTA, domain=table.domain)
    return model.fit(table.frame).sample(len(table.frame), random_state=seed)


def independent(table, epsilon, seed):
    """The floor: noisy one-way marginals for the whole budget, drawn independently of one another."""
    budget, rng = Accountant(epsilon, DELTA), np.random.default_rng(seed)
    sigma = np.sqrt(len(table.sizes) / (2 * float(budget.rho)))
    drawn = {}
    for name, size in table.sizes.items():
        noisy = np.bincount(table.frame[name], minlength=size) + budget.noise.gaussian(sigma, size)
        shares = np.maximum(noisy, 1e-9)
        drawn[name] = rng.choice(size, len(table.frame), p=shares / shares.sum())
    return pd.DataFrame(drawn)


def mean_errors(table, make, epsilon):
    found = [table.errors(make(table, epsilon, seed)) for seed in SEEDS]
    return {name: float(np.mean([errors[name] for errors in found])) for name in found[0]}


@pytest.mark.parametrize("epsilon", BUDGETS)
@pytest.mark.parametrize("name", ["adult", "credit", "bank"])
def test_error_and_time(race, benchmark, tables, name, epsilon):
    table = tables[name]
    found = {method: rival(table, method, epsilon) for method in ("mst", "aim")}
    theirs = {method: said for method, said in found.items() if said is not None}
    own, floor = (mean_errors(table, make, epsilon) for make in (ours, independent))
    errors = {"ours": own, **theirs, "independent": floor}
    size = f"{len(table.frame):,} x {len(table.sizes)}"
    benchmark.extra_info["task"] = f"private table, {name} {size}, epsilon {epsilon:g}"
    if "mst" in theirs:
        peer = f"{theirs['mst']['rival']} ({theirs['mst']['iterations']} iterations)"
        said = {f"error_{n}_way_{who}": part[f"error_{n}_way"] for n in (2, 3) for who, part in errors.items()}
        race(lambda: ours(table, epsilon, 0), theirs["mst"]["fit_seconds"], peer=peer, rounds=3, **said)
    else:
        benchmark.pedantic(lambda: ours(table, epsilon, 0), rounds=3)
    benchmark.extra_info.update(errors=errors, peak_megabytes=memory("VmHWM"))
