"""Frames in bins, for tests of the tree synthesizer's parts."""

from synthfast._core.frames import Table
from synthfast.encoding import TableCodec
from synthfast.schema import Schema
from synthfast.synthesizers._tree.table_bins import feature_codes, fit_bins


def binned(frame, order=None, min_count=5):
    """Bins, leaves and feature codes of a frame, rows as they are."""
    table = Table.from_any(frame)
    codec = TableCodec.fit(table, Schema.infer(table))
    columns = codec.encode(table)
    bins, leaves = fit_bins(columns, codec, list(order or codec.modelled), min_count)
    return bins, leaves, feature_codes(bins, leaves), {name: column.values for name, column in columns.items()}
