"""Rows under constraints of every kind: how many break one (none may), and what keeping them costs.

Rows are drawn in batches and every batch is checked; what must be unique is checked over all of them. The number of
rows is ``SYNTHFAST_BENCH_ROWS``, by default 10,000,000. The peer is the same model of the same table without them.
"""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthfast import GaussianCopulaSynthesizer, MarginalSynthesizer, Schema, TreeSynthesizer
from synthfast.constraints import (
    FixedCombinations,
    FunctionalDependency,
    Ordered,
    Pattern,
    Presence,
    Range,
    Total,
    Unique,
    count_broken,
)

N_ROWS = int(os.environ.get("SYNTHFAST_BENCH_ROWS", 10_000_000))
TRAINING_ROWS = 20_000
CONSTRAINTS = [
    Ordered(["ordered", "sent", "paid"]),
    Total("gross", ["net", "tax"]),
    Range("age", 18, 95),
    Presence("weight", "status", ["shipped", "done"]),
    FunctionalDependency("city", "country"),
    FixedCombinations(["size", "colour"]),
    Pattern("sku", r"[A-Z]{3}-\d{6}"),
    Unique("sku"),
]
MODELS = {
    "marginal": MarginalSynthesizer(random_state=0),
    "copula": GaussianCopulaSynthesizer(random_state=0),
    "tree_fast": TreeSynthesizer(preset="fast", audit=False, random_state=0),
}


def invoices(n=TRAINING_ROWS, seed=0):
    """A table that keeps them all, with missing dates."""
    rng = np.random.default_rng(seed)
    ordered = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    sent = ordered + pd.to_timedelta(rng.gamma(2, 5, n).astype(int), unit="D")
    paid = sent + pd.to_timedelta(rng.integers(0, 10**6, n), unit="s")
    net, status = np.round(rng.gamma(2, 50, n), 2), rng.choice(["new", "shipped", "done"], n, p=[0.3, 0.4, 0.3])
    tax = np.round(net * 0.2 + rng.random(n), 2)
    city, size = rng.choice(["Rome", "Oslo", "Bergen", "Milan"], n), rng.choice(["S", "M", "L"], n)
    frame = pd.DataFrame({
        "ordered": ordered, "sent": sent, "paid": paid, "net": net, "tax": tax, "gross": np.round(net + tax, 2),
        "age": rng.integers(18, 90, n), "status": status,
        "weight": np.where(status == "new", np.nan, rng.normal(size=n)), "city": city,
        "country": pd.Series(city).map({"Rome": "IT", "Milan": "IT", "Oslo": "NO", "Bergen": "NO"}), "size": size,
        "colour": np.where(size == "L", "black", rng.choice(["red", "blue"], n)),
        "sku": [f"ABC-{k:06d}" for k in rng.permutation(n)],
    })  # fmt: skip
    frame.loc[rng.random(n) < 0.1, "paid"] = pd.NaT
    return frame


def count_all_broken(model, frame, *, conditions=None):
    """Rows that break a constraint, or a condition that names a range, among ``N_ROWS``."""
    broken, keys = 0, []
    for batch in model.sample_batches(N_ROWS, batch_rows=1_000_000, conditions=conditions, random_state=1):
        broken += sum(count_broken(batch, model.schema_, reference=frame).values())
        for name, (low, high) in (conditions or {}).items():
            broken += int((~batch[name].between(low, high)).sum())
        keys.append(pa.array(batch["sku"]).cast(pa.large_string()))
    return broken + N_ROWS - pc.count_distinct(pa.chunked_array(keys)).as_py()


@pytest.mark.parametrize("name", MODELS)
def test_all_rows_keep_all_constraints(race, name):
    frame = invoices()
    schema = Schema.infer(frame)
    model = MODELS[name].fit(frame, schema=schema.with_constraints(CONSTRAINTS))
    plain = type(model)(**model.get_params()).fit(frame, schema=schema)
    broken = count_all_broken(model, frame)
    assert broken == 0
    race(
        lambda: model.sample(1_000_000, random_state=1),
        lambda: plain.sample(1_000_000, random_state=1),
        peer="the same model without constraints",
        rows_checked=N_ROWS,
        rows_broken=broken,
    )


def test_all_rows_meet_conditions_on_bound_columns(race):
    frame = invoices()
    model = GaussianCopulaSynthesizer(random_state=0).fit(frame, schema=Schema.infer(frame, constraints=CONSTRAINTS))
    conditions = {"sent": (pd.Timestamp("2022-03-01"), pd.Timestamp("2023-03-01")), "gross": (50.0, 300.0)}
    broken = count_all_broken(model, frame, conditions=conditions)
    assert broken == 0
    race(
        lambda: model.sample(1_000_000, conditions=conditions, random_state=1),
        lambda: model.sample(1_000_000, random_state=1),
        peer="the same model without conditions",
        rounds=2,
        rows_checked=N_ROWS,
        rows_broken=broken,
    )
