"""Tables of three levels: integrity, laws of child counts, and time against SDV's HMA on the same tables.

SDV 2.0 refuses schemas of three levels in its free edition; the rival lifts that check, for the model itself can fit
them. ``SYNTHFAST_BENCH_CUSTOMERS`` is the size of the shop for the race, by default 300: HMA takes minutes there.
"""

import json
import os

import pandas as pd
import pytest
from relations import INSURANCE, SHOP, insurance, shop
from rivals.runner import run_rival
from scipy.stats import ks_2samp

from synthfast import RelationalSynthesizer

N_CUSTOMERS = int(os.environ.get("SYNTHFAST_BENCH_CUSTOMERS", 300))
LAW_PARENTS = 30_000
CASES = {"shop": (SHOP, lambda: shop(N_CUSTOMERS)), "insurance": (INSURANCE, insurance)}


def judge(relations, real, drawn):
    """The least share of foreign keys that find their parent, and the largest distance of a child-count law."""
    found, distances = [], []
    for key in relations.foreign_keys:
        primary = relations.primary_keys[key.parent]
        found.append(float(drawn[key.table][key.column].isin(drawn[key.parent][primary]).mean()))
        counts = [
            own[key.parent][primary].map(own[key.table][key.column].value_counts()).fillna(0) for own in (real, drawn)
        ]
        distances.append(float(ks_2samp(*counts).statistic))
    return min(found), max(distances)


@pytest.mark.parametrize("case", CASES)
def test_against_hma(race, case, tmp_path):
    relations, make = CASES[case]
    tables = make()
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)
    keys = relations.to_dict()
    told = json.dumps({"primary_keys": dict(keys["primary_keys"]), "foreign_keys": keys["foreign_keys"]})
    report = run_rival("sdv_hma", tmp_path, tmp_path / "out", n_rows=0, options=["--relations", told])

    def ours():
        return RelationalSynthesizer(relations=relations, random_state=0).fit(tables).sample(random_state=1)

    model = RelationalSynthesizer(relations=relations, random_state=0).fit(tables)
    many = model.sample(LAW_PARENTS, random_state=1)  # so many that the law shows, not the noise of a draw
    theirs = {name: pd.read_parquet(tmp_path / "out" / f"{name}.parquet") for name in tables}
    integrity, distance = judge(relations, tables, many)
    _, distance_same_size = judge(relations, tables, ours())
    assert integrity == 1.0
    integrity_theirs, distance_theirs = judge(relations, tables, theirs)
    race(
        ours,
        report["fit_seconds"] + report["sample_seconds"],
        peer=report["rival"],
        integrity_ours=integrity,
        integrity_theirs=integrity_theirs,
        child_count_ks_ours=distance,
        child_count_ks_ours_same_size=distance_same_size,
        child_count_ks_theirs=distance_theirs,
        rows={name: len(table) for name, table in tables.items()},
    )


def test_child_counts_of_large_tables(benchmark):
    """Laws where noise is small: 50,000 customers fitted, as many drawn."""
    tables = shop(50_000)
    model = RelationalSynthesizer(relations=SHOP, random_state=0).fit(tables)
    drawn = benchmark.pedantic(lambda: model.sample(random_state=1), rounds=3)
    integrity, distance = judge(SHOP, tables, drawn)
    assert integrity == 1.0
    assert distance <= 0.02
    rows = {name: len(table) for name, table in drawn.items()}
    benchmark.extra_info["quality"] = {"integrity": integrity, "child_count_ks": distance, "rows": rows}
