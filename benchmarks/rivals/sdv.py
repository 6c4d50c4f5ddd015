"""SDV's GaussianCopulaSynthesizer with its defaults."""

import sys
from importlib.metadata import version

from rivals.driver import read_table, timed


def run(arguments):
    import torch
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    torch.set_num_threads(arguments.threads)
    tables = {"table": read_table(arguments.source)}
    metadata, metadata_seconds = timed(lambda: Metadata.detect_from_dataframes(tables, infer_keys=None))
    keep_columns_modelled(metadata, tables["table"])
    synthesizer = GaussianCopulaSynthesizer(metadata)
    _, fit_seconds = timed(lambda: synthesizer.fit(tables))
    sampled, sample_seconds = timed(lambda: synthesizer.sample(num_rows=arguments.rows))
    sampled["table"].to_csv(arguments.output, index=False)
    return {
        "rival": f"SDV {version('sdv')} GaussianCopulaSynthesizer",
        "packages": ("sdv", "rdt", "copulas", "numpy", "pandas", "scipy"),
        "metadata_seconds": metadata_seconds,
        "fit_seconds": fit_seconds,
        "sample_seconds": sample_seconds,
    }


def keep_columns_modelled(metadata, frame):
    """Types that detection leaves open or takes for personal data are set by dtype, as its manual asks users to."""
    for name, facts in metadata.tables["table"].columns.items():
        if facts["sdtype"] not in ("numerical", "categorical", "boolean", "datetime"):
            numeric = frame[name].dtype.kind in "iuf"
            metadata.update_column(name, sdtype="numerical" if numeric else "categorical", table_name="table")
            print(f"{name}: {facts['sdtype']} set by dtype", file=sys.stderr)
