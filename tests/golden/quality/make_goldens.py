"""Values of other libraries for the quality metrics, written to goldens.json.

Made with sdmetrics 0.32.0, mostlyai-qa 1.10.11 and synthcity 0.2.12, which the project does not depend on:

    python -m venv peers && peers/bin/pip install sdmetrics==0.32.0 phik plotly joblib scipy
    peers/bin/pip install --no-deps mostlyai-qa==1.10.11 synthcity==0.2.12
    peers/bin/python tests/golden/quality/make_goldens.py

Of mostlyai-qa and synthcity a single file is read, as the packages import much else.
"""

import ast
import importlib.util
import itertools
import json
import sys
import types
from pathlib import Path
from typing import Optional

import numpy as np
import pandas as pd
import sdmetrics
from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
from sdmetrics.single_column import (
    BoundaryAdherence,
    CategoryAdherence,
    CategoryCoverage,
    KSComplement,
    RangeCoverage,
    TVComplement,
)
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import MinMaxScaler

HERE = Path(__file__).parent


def tables():
    """Two tables of five kinds of column, the same on any machine; also read by the test."""
    frames = []
    for seed, shift in ((1, 0.0), (2, 0.3)):
        rng = np.random.Generator(np.random.PCG64(seed))
        n = 1_200 + 300 * seed
        x = rng.normal(shift, 1.0, n)
        frame = pd.DataFrame({"x": x.round(4), "y": (0.6 * x + rng.normal(size=n)).round(4)})
        frame["count"] = rng.poisson(4.0 + 2.0 * shift, n).astype(float)
        frame["level"] = rng.choice(list("abcdefgh"), n, p=[0.3, 0.2, 0.15, 0.1, 0.1, 0.08, 0.05, 0.02])
        frame["flag"] = np.where(x + rng.normal(size=n) > 0.5, "yes", "no")
        frames.append(frame)
    return frames


def of_sdmetrics(real, synthetic):
    numbers, levels = ["x", "y", "count"], ["level", "flag"]
    found = {"ks": {c: KSComplement.compute(real[c], synthetic[c]) for c in numbers}}
    found["tv"] = {c: TVComplement.compute(real[c], synthetic[c]) for c in levels}
    found["boundary"] = {c: BoundaryAdherence.compute(real[c], synthetic[c]) for c in numbers}
    found["range"] = {c: RangeCoverage.compute(real[c], synthetic[c]) for c in numbers}
    found["category"] = {c: CategoryAdherence.compute(real[c], synthetic[c]) for c in levels}
    found["coverage"] = {c: CategoryCoverage.compute(real[c], synthetic[c]) for c in levels}
    found["correlation"], found["contingency"] = {}, {}
    for pair in itertools.combinations(real.columns, 2):
        both = real[list(pair)].copy(), synthetic[list(pair)].copy()
        key, continuous = " ".join(pair), [c for c in pair if c in numbers]
        if len(continuous) == 2:
            for kind in ("Pearson", "Spearman"):
                found["correlation"][f"{key} {kind}"] = CorrelationSimilarity.compute(*both, coefficient=kind)
        else:
            found["contingency"][key] = ContingencySimilarity.compute(*both, continuous_column_names=continuous)
    return found


def of_mostlyai(real, synthetic):
    package = types.ModuleType("mostlyai.qa")  # its __init__ imports language models
    package.__path__ = [str(Path(importlib.util.find_spec("mostlyai").submodule_search_locations[0], "qa"))]
    sys.modules["mostlyai.qa"] = package
    accuracy = importlib.import_module("mostlyai.qa._accuracy")
    bins = {c: accuracy.bin_numeric if real[c].dtype.kind == "f" else accuracy.bin_categorical for c in real}
    own, other = {}, {}
    for name, cut in bins.items():
        own[name], edges = cut(real[name].copy(), 10)
        other[name], _ = cut(synthetic[name].copy(), edges)
    own, other = pd.DataFrame(own), pd.DataFrame(other)
    found = {}
    for size in (1, 2, 3):
        for names in map(list, itertools.combinations(real.columns, size)):
            value, most = accuracy.calculate_accuracy(own[names], other[names])
            found[" ".join(names)] = [float(value), float(most)]
    return found


def of_synthcity(real, synthetic):
    scope = {"np": np, "NearestNeighbors": NearestNeighbors, "Optional": Optional, "Tuple": tuple}
    root = Path(importlib.util.find_spec("synthcity").submodule_search_locations[0])
    tree = ast.parse(root.joinpath("metrics", "eval_statistical.py").read_text())
    owner = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "AlphaPrecision")
    node = next(node for node in owner.body if isinstance(node, ast.FunctionDef) and node.name == "metrics")
    node.decorator_list = []
    exec(compile(ast.Module([node], []), "eval_statistical", "exec"), scope)
    numbers, n = ["x", "y", "count"], min(len(real), len(synthetic))
    scaler = MinMaxScaler().fit(real[numbers][:n])
    own, other = (scaler.transform(table[numbers][:n]) for table in (real, synthetic))
    _, precision, recall, total_precision, total_recall, _ = scope["metrics"](None, own, other)
    return {
        "n_rows": n,
        "alpha_precision": float(total_precision),
        "beta_recall": float(total_recall),
        "precision_curve": [float(v) for v in precision],
        "recall_curve": [float(v) for v in recall],
    }


if __name__ == "__main__":
    real, synthetic = tables()
    goldens = {
        "sdmetrics": {"version": sdmetrics.__version__, **of_sdmetrics(real, synthetic)},
        "mostlyai-qa": of_mostlyai(real, synthetic),
        "synthcity": of_synthcity(real, synthetic),
    }
    HERE.joinpath("goldens.json").write_text(json.dumps(goldens, indent=1, sort_keys=True) + "\n")
