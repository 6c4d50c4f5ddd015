"""SDMetrics' QualityReport, and its distances to the closest record.

IN holds the tables one below the other, with a column ``role``: original, synthetic. Distances are of the first
``--rows`` synthetic rows to as many original ones; the figures go to OUT as JSON. All pairs count, as before 0.27.
"""

import json
from importlib.metadata import version

from rivals.driver import read_table, timed


def add_arguments(parser):
    pass


def run(arguments):
    table = read_table(arguments.source)
    original, synthetic = (
        table[table["role"] == role].drop(columns="role").reset_index(drop=True) for role in ("original", "synthetic")
    )
    kinds = {name: "numerical" if original[name].dtype.kind in "if" else "categorical" for name in original}
    metadata = {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}
    figures, seconds = timed(lambda: measure(original, synthetic, metadata, arguments.rows))
    arguments.output.write_text(json.dumps(figures), encoding="utf-8")
    return {
        "rival": f"SDMetrics {version('sdmetrics')}",
        "packages": ("sdmetrics", "numpy", "pandas"),
        "fit_seconds": seconds,
        "sample_seconds": 0.0,
    }


def measure(original, synthetic, metadata, n_rows):
    from sdmetrics.reports.single_table import QualityReport
    from sdmetrics.single_table.privacy.dcr_utils import calculate_dcr

    report = QualityReport()
    report.real_correlation_threshold = 0
    report.real_association_threshold = 0
    report.generate(original, synthetic, metadata, verbose=False)
    distances = calculate_dcr(synthetic.head(n_rows), original.head(n_rows), metadata)
    scores = report.get_properties().set_index("Property")["Score"]
    return {
        "column_shapes": float(scores["Column Shapes"]),
        "column_pair_trends": float(scores["Column Pair Trends"]),
        "median_distance": float(distances.median()),
    }
