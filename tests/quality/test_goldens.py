"""Definitions against those of sdmetrics, mostlyai-qa and synthcity; see tests/golden/quality/make_goldens.py."""

import ast
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthfast import quality

FOLDER = Path(__file__).parent.parent / "golden" / "quality"
GOLDENS = json.loads((FOLDER / "goldens.json").read_text())
STOCK, MOSTLY, CITY = (GOLDENS[name] for name in ("sdmetrics", "mostlyai-qa", "synthcity"))


def made_tables():
    """The tables of the script, which itself needs the libraries."""
    tree = ast.parse((FOLDER / "make_goldens.py").read_text())
    node = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "tables")
    scope = {"np": np, "pd": pd}
    exec(compile(ast.Module([node], []), "make_goldens", "exec"), scope)
    return scope["tables"]()


REAL, SYNTHETIC = made_tables()


@pytest.mark.parametrize(
    ("metric", "key", "golden", "complement"),
    [
        ("kolmogorov_smirnov", "statistic", "ks", True),
        ("total_variation", "statistic", "tv", True),
        ("boundary_adherence", None, "boundary", False),
        ("range_coverage", None, "range", False),
        ("category_adherence", None, "category", False),
        ("category_coverage", None, "coverage", False),
    ],
)
def test_columns_are_those_of_sdmetrics(metric, key, golden, complement):
    columns = getattr(quality, metric)(REAL, SYNTHETIC).detail["columns"]
    assert set(columns) == set(STOCK[golden])
    for name, part in columns.items():
        value = part if key is None else part[key]
        assert (1.0 - value if complement else value) == pytest.approx(STOCK[golden][name], abs=1e-9)


@pytest.mark.parametrize("kind", ["Pearson", "Spearman"])
def test_correlation_similarity_is_that_of_sdmetrics(kind):
    detail = getattr(quality, f"{kind.lower()}_correlation")(REAL, SYNTHETIC).detail
    names = detail["columns"]
    for i, j in itertools.combinations(range(len(names)), 2):
        similarity = 1.0 - abs(detail["difference"][i, j]) / 2.0
        assert similarity == pytest.approx(STOCK["correlation"][f"{names[i]} {names[j]} {kind}"], abs=1e-9)


def test_contingency_similarity_is_that_of_sdmetrics():
    for pair, expected in STOCK["contingency"].items():
        names = pair.split()
        found = quality.contingency_similarity(REAL[names], SYNTHETIC[names])
        assert found.value == pytest.approx(expected, abs=1e-9)
    whole = quality.contingency_similarity(REAL, SYNTHETIC)
    assert whole.value == pytest.approx(np.mean(list(STOCK["contingency"].values())), abs=1e-9)


@pytest.mark.parametrize(("size", "order"), [(1, "univariate"), (2, "bivariate"), (3, "trivariate")])
def test_marginal_accuracy_is_that_of_mostlyai(size, order):
    # Their values are rounded to 5 digits; rare cells are capped in our reference and not in theirs.
    expected = {names: value for names, value in MOSTLY.items() if len(names.split()) == size}
    found = quality.marginal_accuracy(REAL, SYNTHETIC)
    assert found.detail[order] == pytest.approx(np.mean([value for value, _ in expected.values()]), abs=1e-5)
    for names, (value, most) in expected.items():
        part = quality.marginal_accuracy(REAL[names.split()], SYNTHETIC[names.split()])
        assert part.detail[order] == pytest.approx(value, abs=1e-5)
        assert part.detail["reference_by_order"][size - 1] == pytest.approx(most, abs=0.02)


def test_precision_and_recall_are_those_of_synthcity():
    n, numbers = CITY["n_rows"], ["x", "y", "count"]
    real, synthetic = REAL[numbers][:n], SYNTHETIC[numbers][:n]
    precision, recall = quality.alpha_precision(real, synthetic), quality.beta_recall(real, synthetic)
    assert precision.value == pytest.approx(CITY["alpha_precision"], abs=1e-6)
    assert recall.value == pytest.approx(CITY["beta_recall"], abs=1e-6)
    np.testing.assert_allclose(precision.detail["curve"], CITY["precision_curve"], atol=1e-6)
    np.testing.assert_allclose(recall.detail["curve"], CITY["recall_curve"], atol=1e-6)
