"""A draw that is settled but not yet made: any stretch of its rows, anywhere, as often as wanted."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synthfast._core.random import BLOCK_ROWS, Stream
from synthfast.base.batches import batches
from synthfast.encoding import EncodedCondition
from synthfast.engines import Shared
from synthfast.io.arrow_frames import arrow_schema, as_arrow

if TYPE_CHECKING:
    import pyarrow as pa

    from synthfast.base.synthesizer import BaseSynthesizer

__all__ = ["Draw", "LazySample"]


@dataclass(frozen=True)
class Draw:
    """A model, a stream and conditions: what the rows of an endless table are a function of.

    Parameters
    ----------
    model : BaseSynthesizer
    stream : Stream
        Of the whole draw.
    conditions : dict
        Encoded.
    identity : dict
        JSON-able: equal for two draws of the same rows.
    """

    model: "BaseSynthesizer"
    stream: Stream
    conditions: dict[Hashable, EncodedCondition]
    identity: dict[str, Any] = field(compare=False)

    def frames(self, start: int, stop: int, batch_rows: int = BLOCK_ROWS) -> Iterator[Any]:
        """Rows ``start`` to ``stop`` in frames of the fitted container; at least one frame."""
        parts = self.model._stretch(stop - start, start, self.conditions, self.stream)
        if start == stop:
            return iter([self.model._codec.build(part) for part in parts])
        return (self.model._codec.build(batch) for batch in batches(parts, batch_rows))

    def tables(self, start: int, stop: int, schema: "pa.Schema", batch_rows: int = BLOCK_ROWS) -> "Iterator[pa.Table]":
        """The same as Arrow tables."""
        return (as_arrow(frame, schema) for frame in self.frames(start, stop, batch_rows))

    def arrow_schema(self) -> "pa.Schema":
        """Schema of the Arrow tables, the same whichever rows are drawn."""
        return arrow_schema(self.frames(0, BLOCK_ROWS))

    def shared(self, *more: Any) -> Shared:
        """The draw, and what else a worker needs, as engines send it."""
        return Shared((self, *more))


class LazySample:
    """Rows that are drawn when they are read, in bounded memory, and are the same at each reading.

    Whatever reads an Arrow C stream takes it as it is: ``pyarrow.table(sample)``, ``polars.DataFrame(sample)``,
    ``pandas.DataFrame.from_arrow(sample)``, ``duckdb.sql("from sample")``.

    Parameters
    ----------
    draw : Draw
    n_rows : int

    Attributes
    ----------
    n_rows : int
    schema : pyarrow.Schema
    """

    def __init__(self, draw: Draw, n_rows: int) -> None:
        self._draw, self.n_rows = draw, n_rows
        self.schema = draw.arrow_schema()

    def iter_batches(self, batch_rows: int = BLOCK_ROWS) -> "Iterator[pa.RecordBatch]":
        """Arrow record batches of at most ``batch_rows`` rows, one after another."""
        for table in self._draw.tables(0, self.n_rows, self.schema, batch_rows):
            yield from table.to_batches()

    def reader(self) -> "pa.RecordBatchReader":
        """A ``pyarrow.RecordBatchReader`` from the first row on."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, self.iter_batches())

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.reader().__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return self.n_rows

    def __repr__(self) -> str:
        return f"LazySample of {self.n_rows:,} rows x {len(self.schema)} columns"
