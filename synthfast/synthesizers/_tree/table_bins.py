"""All columns of a table in leaves."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthfast._core.mixing import GOLDEN, mix_words
from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.encoding.missing import missing_of
from synthfast.engines import map_blocks
from synthfast.exceptions import SchemaError
from synthfast.synthesizers._latent import LevelLatent, NumericLatent
from synthfast.synthesizers._latent_table import LatentTable
from synthfast.synthesizers._tree.bins import MAX_LEAVES, Bins
from synthfast.synthesizers._tree.large_numbers import LargeTable, in_eighths
from synthfast.synthesizers._tree.level_order import order_levels
from synthfast.synthesizers._tree.level_values import LevelValues
from synthfast.synthesizers._tree.number_values import NumberValues

__all__ = ["feature_codes", "fit_bins", "shuffle_rows"]

ROWS_PER_CELL = 10
LEAST_CELLS = 32
MOST_CELLS = 240  # of a number column without spikes; with the small ones of its tails they stay below 256
COMMON = 5  # rows that are alike: as many are no secret of one of them


def fit_bins(
    columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, order: Sequence[Hashable], min_count: int
) -> tuple[list[Bins], list[NDArray[np.uint16]]]:
    """Bins and leaves of the columns in the given order.

    Levels without an order are put in the one that carries most of their dependence on the other columns, as far as
    that can be told from chance.
    """
    small, bounds, large = in_eighths(columns, codec)
    with np.errstate(over="ignore"):  # a range may be more times as wide as the rows in it than there are floats
        latents = LatentTable.fit(small, bounds, marginals="empirical", min_count=min_count).values
    orders = order_levels(columns, latents)

    def cut(name: Hashable) -> tuple[Bins, NDArray[np.uint16]]:
        column, latent = columns[name], latents[name]
        missing = bool(missing_of(column.values).any())
        values: NumberValues | LevelValues
        if isinstance(latent, NumericLatent):
            table = LargeTable.of_eighths(latent.table) if name in large else latent.table
            known = len(column.values) - int(np.isnan(column.values).sum()) if missing else len(column.values)
            values = NumberValues.cut(table, known, int(np.clip(known // ROWS_PER_CELL, LEAST_CELLS, MOST_CELLS)))
        else:
            assert isinstance(latent, LevelLatent)
            values = LevelValues(orders.get(name, latent.order))
        if values.n_cells + missing > MAX_LEAVES:
            raise SchemaError(
                f"column {name!r}: expected at most {MAX_LEAVES - 1} levels, got {values.n_cells}; "
                "give it the kind 'identifier' or 'text' in the schema, or leave it out."
            )
        draft = Bins(values, missing, column.kind == "numeric" or column.ordered, np.empty(0, np.int64))
        leaves = draft.encode(column.values)
        counts = np.bincount(leaves, minlength=draft.n_leaves)
        return Bins(values, missing, draft.ordered, counts), leaves

    pairs = list(map_blocks(cut, order))
    return [bins for bins, _ in pairs], [leaves for _, leaves in pairs]


def feature_codes(bins: list[Bins], leaves: list[NDArray[np.uint16]]) -> NDArray[np.uint8]:
    """Feature codes of rows, shape (n_columns, n_rows)."""
    codes = np.empty((len(bins), len(leaves[0]) if leaves else 0), dtype=np.uint8)
    for row, b, own in zip(codes, bins, leaves, strict=True):
        np.take(b.codes, own, out=row)
    return codes


def shuffle_rows(leaves: list[NDArray[np.uint16]], key: int) -> NDArray[np.int64]:
    """Rows in an order that looks random but is a function of what they hold: of a key and their leaves alone.

    So the order in which rows were given changes nothing. Up to four equal rows lie side by side, so that none of them
    is judged by its copies; more of them are what many rows have in common, and are spread like others.
    """
    mixed = np.full(len(leaves[0]), key, dtype=np.uint64)
    for own in leaves:
        mixed = mix_words((mixed ^ own) + GOLDEN)
    order = np.argsort(mixed, kind="stable")
    ranked = mixed[order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    size = np.diff(np.r_[first, len(ranked)])
    many = np.repeat(size >= COMMON, size)
    if not many.any():
        return order
    which = (np.arange(len(ranked)) - np.repeat(first, size))[many].astype(np.uint64)
    mixed[order[many]] = mix_words(ranked[many] + GOLDEN * (which + np.uint64(1)))
    return np.argsort(mixed, kind="stable")
