"""SDV's HMASynthesizer, its model of several tables, with its defaults. Source and output are folders of Parquet."""

import json
from importlib.metadata import version

from rivals.driver import read_table, timed


def add_arguments(parser):
    parser.add_argument("--relations", required=True, help="JSON of primary_keys and foreign_keys")


def run(arguments):
    import torch
    from sdv.multi_table import HMASynthesizer

    torch.set_num_threads(arguments.threads)
    HMASynthesizer._validate_schema_complexity = lambda self: None  # it refuses three levels, but can fit them
    relations = json.loads(arguments.relations)
    tables = {name: read_table(arguments.source / f"{name}.parquet") for name in relations["primary_keys"]}
    metadata, metadata_seconds = timed(lambda: describe(tables, relations))
    synthesizer = HMASynthesizer(metadata)
    _, fit_seconds = timed(lambda: synthesizer.fit(tables))
    children = {table for table, _, _ in relations["foreign_keys"]}
    root = next(name for name in tables if name not in children)
    sampled, sample_seconds = timed(lambda: synthesizer.sample(len(tables[root]), main_table_name=root))
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, table in sampled.items():
        table.to_parquet(arguments.output / f"{name}.parquet", index=False)
    return {
        "rival": f"SDV {version('sdv')} HMASynthesizer",
        "packages": ("sdv", "rdt", "copulas", "numpy", "pandas", "scipy"),
        "metadata_seconds": metadata_seconds,
        "fit_seconds": fit_seconds,
        "sample_seconds": sample_seconds,
    }


def describe(tables, relations):
    """Its metadata: types by dtype, keys as given."""
    from sdv.metadata import Metadata

    keys = {(table, column) for table, column, _ in relations["foreign_keys"]}
    keys |= {(table, column) for table, column in relations["primary_keys"].items() if column is not None}
    described = {}
    for name, table in tables.items():
        columns = {column: {"sdtype": kind_of(table[column], (name, column) in keys)} for column in table}
        described[name] = {"columns": columns}
        if relations["primary_keys"][name] is not None:
            described[name]["primary_key"] = relations["primary_keys"][name]
    links = [
        {
            "parent_table_name": parent,
            "parent_primary_key": relations["primary_keys"][parent],
            "child_table_name": table,
            "child_foreign_key": column,
        }
        for table, column, parent in relations["foreign_keys"]
    ]
    return Metadata.load_from_dict({"METADATA_SPEC_VERSION": "V1", "tables": described, "relationships": links})


def kind_of(column, is_key):
    if is_key:
        return "id"
    if column.dtype.kind == "M":
        return "datetime"
    if column.dtype.kind == "b":
        return "boolean"
    return "numerical" if column.dtype.kind in "iuf" else "categorical"
