"""Fits to tables that need not fit in memory: what can be counted is counted, the rest judged on a sample of rows."""

import warnings
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from synthfast._core.frames import Table
from synthfast.encoding import TableCodec
from synthfast.engines import map_blocks
from synthfast.exceptions import DataError, SampledFitWarning, SchemaError
from synthfast.io.arrow_frames import as_arrow
from synthfast.io.row_sample import RowSample
from synthfast.io.row_source import RowSource
from synthfast.schema import Schema
from synthfast.schema.tally import ColumnTally

__all__ = ["SAMPLE_ROWS", "Survey", "read_whole", "survey", "tables_of", "warn_of_sample"]

SAMPLE_ROWS = 200_000  # distinct rows that kinds and spellings are judged on, and that other models learn from
MIN_LEVEL_COUNT = 5


@dataclass(frozen=True)
class Survey:
    """What one pass over a source finds.

    Parameters
    ----------
    n_rows : int
    sample : frame
        Of the source's container.
    whole : bool
        Whether the sample holds every row.
    tallies : dict of name to ColumnTally
    """

    n_rows: int
    sample: Any
    whole: bool
    tallies: dict[Hashable, ColumnTally]

    def schema(self) -> Schema:
        """The schema that the sample shows, with what was counted of all rows."""
        found = Schema.infer(self.sample)
        if self.whole:
            return found
        columns = {
            name: self.tallies[name].correct(column, self.n_rows, MIN_LEVEL_COUNT)
            for name, column in found.columns.items()
        }
        return Schema(columns)


def survey(source: RowSource, seed: int, model: str) -> Survey:
    """Go over a source once.

    Raises
    ------
    SchemaError
        If there are no rows or columns, or a column cannot be used.
    """
    held = _Gathered()
    tallies: dict[Hashable, ColumnTally] = {}
    n_rows = 0

    def look(frame: Any) -> tuple[int, RowSample, dict[Hashable, ColumnTally]]:
        table = Table.from_any(frame)
        counted = {name: ColumnTally.of(table.column(name)) for name in table.names}
        return table.n_rows, RowSample.of(as_arrow(frame), SAMPLE_ROWS, seed, held.bound), counted

    for n_batch, sample, counted in map_blocks(look, source.batches()):
        n_rows += n_batch
        held.add(sample)
        tallies = {name: tallies[name].merge(tally) for name, tally in counted.items()} if tallies else counted
    if not n_rows:
        raise SchemaError(f"{model}.fit: expected at least one row, got a source of 0 rows.")
    kept = held.merged()
    rows = kept.rows()
    return Survey(n_rows, source.container(rows), rows.num_rows == n_rows, tallies)


class _Gathered:
    """Samples of batches, merged when there are many rows of them."""

    def __init__(self) -> None:
        self.bound = 2**64 - 1
        self._parts: list[RowSample] = []

    def add(self, part: RowSample) -> None:
        self._parts.append(part)
        if sum(len(part.hashes) for part in self._parts) >= 2 * SAMPLE_ROWS:
            self.merged()

    def merged(self) -> RowSample:
        whole = RowSample.merge_all(self._parts)
        self._parts, self.bound = [whole], whole.bound
        return whole


def tables_of(source: RowSource, codec: TableCodec) -> Iterator[Table]:
    """Batches of a source, checked to have the schema's columns."""
    for frame in source.batches():
        table = Table.from_any(frame)
        if table.names != codec.names:
            raise SchemaError(f"expected the columns {codec.names!r} in every batch, got {table.names!r}.")
        yield table


def warn_of_sample(model: str, n_fitted: int, n_rows: int) -> None:
    """Say that a model learned from a part of the rows."""
    warnings.warn(
        f"{model} learned from {n_fitted:,} of {n_rows:,} rows: a sample chosen by the rows' content, the same for "
        "any order and split of them. Models that learn from all rows of any number: GaussianCopulaSynthesizer and "
        "MarginalSynthesizer with empirical marginals.",
        SampledFitWarning,
        stacklevel=3,
    )


def read_whole(source: RowSource) -> Any:
    """All rows of a source as one frame."""
    import pyarrow as pa

    tables = [as_arrow(frame) for frame in source.batches()]
    if not tables:
        raise DataError("expected at least one row, got a source of 0 rows.")
    return source.container(pa.concat_tables(tables).unify_dictionaries())
