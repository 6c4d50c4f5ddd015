"""What every synthesizer is: concrete public methods around one hook to fit and one to sample a block.

A subclass writes ``_fit`` and ``_sample_block`` (and ``_to_state`` / ``_from_state``); everything that users call, and
the law that a draw is a pure function of model, seed and block number, lives here once.
"""

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, ClassVar, Self

from numpy.typing import NDArray

from synthfast._core.frames import Assembly, ColumnData, Table
from synthfast._core.frames.assembly import ColumnAssembly
from synthfast._core.random import BLOCK_ROWS, SeedLike, Stream
from synthfast._core.training import join_target, read_training
from synthfast._core.validation import check_integer
from synthfast.base.batches import batches
from synthfast.base.out_of_core import survey, tables_of, warn_of_sample
from synthfast.base.saved import with_prefix, without_prefix
from synthfast.base.streamed import StreamedDraws
from synthfast.encoding import (
    EncodedColumn,
    EncodedCondition,
    TableCodec,
    codec_from_state,
    encode_known,
    make_codec,
    restore_known,
)
from synthfast.engines import map_blocks
from synthfast.exceptions import ConditionError
from synthfast.io.row_source import RowSource, open_source
from synthfast.schema import Schema

__all__ = ["BaseSynthesizer"]

Columns = dict[Hashable, NDArray[Any]]
NativeColumns = dict[Hashable, ColumnData]


class BaseSynthesizer(StreamedDraws):
    """Base of the synthesizers that learn from rows and are not private.

    Subclasses take keyword-only constructor arguments, among them ``random_state``, and store them untouched.
    """

    supports_conditions: ClassVar[bool] = False

    schema_: Schema
    n_rows_: int
    n_features_in_: int
    n_rows_fitted_: int  # fewer than ``n_rows_`` where the model learned from a sample
    _target: Hashable | None  # the column that ``y`` became

    # -- hooks ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        """Learn from encoded columns; ``codec`` gives each one's range and resolution."""

    @abstractmethod
    def _sample_block(self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]) -> Columns:
        """Encoded modelled columns of the first ``n_rows`` rows of the block that ``stream`` is keyed by."""

    def _fits_batches(self) -> bool:
        """Whether ``_fit_rows`` can learn from rows that are read in batches."""
        return False

    def _fit_rows(self, batches: Callable[[], Iterator[Table]], codec: TableCodec, n_rows: int) -> None:
        """Learn from batches, which each call of ``batches`` reads anew; any split of the rows gives the same model."""
        raise NotImplementedError

    def _complete_block(self, known: Columns, n_rows: int, stream: Stream) -> Columns:
        """Encoded modelled columns of a block whose ``known`` ones are given, row by row."""
        raise self._no_conditions()

    @abstractmethod
    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Fitted state as a JSON-able document and arrays."""

    @abstractmethod
    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """Take up what ``_to_state`` gave."""

    # -- public --------------------------------------------------------------------------------------------------------

    def fit(self, data: Any, y: Any = None, *, schema: Schema | None = None) -> Self:
        """Learn the table.

        Parameters
        ----------
        data : table, path, glob, pyarrow Dataset, polars LazyFrame, or iterator of batches
            A table is a pandas or polars frame, pyarrow.Table, numpy array, or anything with ``__arrow_c_stream__``, of
            shape (n_rows, n_columns), at least one row. It is not changed. The others are read in batches and need not
            fit in memory: Parquet and Arrow files (a folder stands for the Parquet files in it), or an iterator of
            frames.
        y : array_like, shape (n_rows,), optional
            Joined as one more column, as scikit-learn's pipelines hand it over; named like the series, or ``"target"``.
        schema : Schema, optional
            What each column is. Inferred from ``data`` if not given.

        Returns
        -------
        self

        Raises
        ------
        SchemaError
            If a column cannot be used as it is, or does not fit ``schema``; if files or batches differ in columns.
        ConstraintError
            If rows break a constraint of ``schema``, or its constraints cannot be kept together.
        FileFormatError, DataError, OSError
            If a file is damaged, changes while it is read, or is not there.

        Warns
        -----
        SampledFitWarning
            If a model that needs all rows in memory learned from a sample of those read in batches.

        Notes
        -----
        The same data, parameters and ``random_state`` give the same model. Read in batches, the model is the same for
        any order and split of the rows: ``GaussianCopulaSynthesizer`` and ``MarginalSynthesizer`` with empirical
        marginals learn from exact counts of all rows, in two to four passes; the others from up to 200,000 distinct
        rows, chosen by a hash of their content (``n_rows_fitted_`` says how many). Kinds of columns, spellings of dates
        and numbers in text, and patterns of identifiers are judged on that sample in any case.
        """
        source = open_source(data)
        if source is not None:
            return self._fit_source(source, y, schema)
        table = features = read_training(data, type(self).__name__)
        if y is not None:
            table = Table.from_any(join_target(data, y))
        schema = Schema.infer(table) if schema is None else schema
        schema.validate(table)
        codec = make_codec(table, schema)
        stream = Stream.from_seed(self.random_state).child("fit")
        self._fit(codec.encode(table), codec, stream)
        self.schema_, self._codec, self.n_rows_ = codec.user.schema, codec, table.n_rows
        self.n_features_in_ = len(features.names)
        self._target = None if y is None else table.names[-1]
        self._n_draws, self.n_rows_fitted_ = 0, table.n_rows
        return self

    def _fit_source(self, source: RowSource, y: Any, schema: Schema | None) -> Self:
        """Learn a table that is read in batches."""
        label = type(self).__name__
        if y is not None:
            raise TypeError(f"{label}.fit: expected no y with data read in batches; make it one of the columns.")
        stream = Stream.from_seed(self.random_state).child("fit")
        counted = self._fits_batches() and not (schema is not None and schema.constraints)
        seed = 0 if counted or self.random_state is None else stream.child("rows").key[0]
        found = survey(source, seed, label)
        table = Table.from_any(found.sample)
        schema = found.schema() if schema is None else schema
        schema.validate(table)
        codec = make_codec(table, schema)
        if counted:
            self._fit_rows(lambda: tables_of(source, codec), codec, found.n_rows)
        else:
            self._fit(codec.encode(table), codec, stream)
            if not found.whole:
                warn_of_sample(label, table.n_rows, found.n_rows)
        self.schema_, self._codec, self.n_rows_ = codec.user.schema, codec, found.n_rows
        self.n_rows_fitted_ = found.n_rows if counted else table.n_rows
        self.n_features_in_, self._target, self._n_draws = len(table.names), None, 0
        return self

    def sample(
        self,
        n_rows: int,
        *,
        conditions: Mapping[Hashable, Any] | None = None,
        random_state: SeedLike = None,
    ) -> Any:
        """Draw a synthetic table.

        Parameters
        ----------
        n_rows : int
            Rows wanted, 0 or more; exactly as many come back.
        conditions : mapping of column name to condition, optional
            A value, a list of values, or a tuple ``(low, high)`` with both ends included (``None`` leaves one open).
            ``None`` or NaN as the value asks for a missing one. None is rounded: an integer or a time that no row can
            have, such as 2.5 among whole numbers, is refused, and the ends of a range move into it to what rows have.
        random_state : None, int, numpy SeedSequence or Generator
            Seed of the draw. With None the next stream of the constructor's seed is taken, or fresh entropy.

        Returns
        -------
        The container that was fitted
            Shape (n_rows, n_columns), columns, dtypes and categories as in the training data.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ConditionError
            If a condition names an unknown column, an impossible value, or has no probability.
        ConstraintError
            If a `Predicate` of the schema refuses too many rows.

        Notes
        -----
        ``sample(10)`` is a prefix of ``sample(1000)`` for one seed, on any number of threads. O(n_rows n_columns).
        """
        n_rows = check_integer("n_rows", n_rows, minimum=0)
        self._check_fitted("sample")
        encoded, stream = self._encode_conditions(conditions), self._draw_stream(random_state)
        assembly = self._codec.assembly(n_rows)
        for _ in self._stretch(n_rows, 0, encoded, stream, assembly):
            pass
        return assembly.finish()

    def sample_batches(
        self,
        n_rows: int,
        *,
        batch_rows: int = BLOCK_ROWS,
        start_row: int = 0,
        conditions: Mapping[Hashable, Any] | None = None,
        random_state: SeedLike = None,
    ) -> Iterator[Any]:
        """Draw a synthetic table in pieces, in bounded memory.

        Parameters
        ----------
        n_rows : int
            Rows wanted in all.
        batch_rows : int, default 65,536
            Rows of each piece; the last one may have fewer.
        start_row : int, default 0
            First row of the endless table that the seed names; rows 1e9 and on cost no more than the first.
        conditions : mapping of column name to condition, optional
            As in `sample`.
        random_state : None, int, numpy SeedSequence or Generator
            As in `sample`.

        Yields
        ------
        The container that was fitted, shape (batch_rows, n_columns)
            One after another they are rows ``start_row`` to ``start_row + n_rows`` of what `sample` gives.
        """
        n_rows, start_row = check_integer("n_rows", n_rows, minimum=0), check_integer("start_row", start_row, minimum=0)
        batch_rows = check_integer("batch_rows", batch_rows, minimum=1)
        self._check_fitted("sample_batches")
        encoded, stream = self._encode_conditions(conditions), self._draw_stream(random_state)
        parts = self._stretch(n_rows, start_row, encoded, stream)
        return (self._codec.build(batch) for batch in batches(parts, batch_rows))

    def sample_remaining(self, known: Any, *, random_state: SeedLike = None) -> Any:
        """Complete rows of which some columns are known.

        Parameters
        ----------
        known : frame, shape (n_rows, n_known)
            Values of some of the columns; a missing one is known to be missing.
        random_state : None, int, numpy SeedSequence or Generator
            Seed of the draw, as in `sample`.

        Returns
        -------
        The container that was fitted, shape (n_rows, n_columns)
            The known columns as given, the others drawn from their distribution given the known ones.

        Raises
        ------
        ConditionError
            If a column is unknown, or a value is impossible under the model.
        """
        self._check_fitted("sample_remaining")
        if not self.supports_conditions:
            raise self._no_conditions()
        table = Table.from_any(known)
        encoded = encode_known(self._codec.user, table)
        stream = self._draw_stream(random_state)

        assembly = ColumnAssembly(table.n_rows, lambda native: self._codec.build(restore_known(native, table)))

        def complete(block: int) -> None:
            rows = slice(block * BLOCK_ROWS, min((block + 1) * BLOCK_ROWS, table.n_rows))
            part = {name: column.values[rows] for name, column in encoded.items()}
            columns = self._codec.complete_block(
                self._complete_block, part, rows.stop - rows.start, stream.child(block)
            )
            self._put(columns, rows.start, rows, stream, assembly)

        for _ in map_blocks(complete, range(max(-(-table.n_rows // BLOCK_ROWS), 1))):
            pass
        return assembly.finish()

    # -- the block law -------------------------------------------------------------------------------------------------

    def _stretch(
        self,
        n_rows: int,
        start_row: int,
        conditions: dict[Hashable, EncodedCondition],
        stream: Stream,
        assembly: Assembly | None = None,
    ) -> Iterator[NativeColumns]:
        """Native columns of rows ``start_row`` to ``start_row + n_rows`` of the endless table, block by block.

        With an assembly the columns of each block are put there instead, by the thread that draws it.
        """
        stop_row = start_row + n_rows

        def draw(block: int) -> NativeColumns:
            first = block * BLOCK_ROWS
            size = min(stop_row - first, BLOCK_ROWS)
            columns = self._codec.draw_block(self._sample_block, size, stream.child(block), conditions)
            skip = max(start_row - first, 0)
            columns = {name: values[skip:size] for name, values in columns.items()}
            rows = slice(first + skip - start_row, first + size - start_row)
            return self._put(columns, first + skip, rows, stream, assembly)

        blocks = range(start_row // BLOCK_ROWS, max(-(-stop_row // BLOCK_ROWS), start_row // BLOCK_ROWS + 1))
        return map_blocks(draw, blocks)

    def _put(
        self, columns: Columns, start_row: int, rows: slice, stream: Stream, assembly: Assembly | None
    ) -> NativeColumns:
        """Decode rows from ``start_row`` of the endless table on and, if there is an assembly, put them in ``rows``."""
        place = None if assembly is None else assembly.stretch(rows.start, rows.stop)
        decoded = self._codec.decode(
            columns,
            n_rows=rows.stop - rows.start,
            start_row=start_row,
            stream=stream.child("decode"),
            stretch=place,
        )
        if place is None:
            return decoded
        place.put(decoded)
        return {}

    def _encode_conditions(self, conditions: Mapping[Hashable, Any] | None) -> dict[Hashable, EncodedCondition]:
        if not conditions:
            return {}
        if not self.supports_conditions:
            raise self._no_conditions()
        return self._codec.encode_conditions(conditions)

    def _no_conditions(self) -> ConditionError:
        return ConditionError(f"{type(self).__name__} cannot draw conditionally; use GaussianCopulaSynthesizer.")

    def _to_document(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        codec, codec_arrays = self._codec.to_state()
        model, model_arrays = self._to_state()
        document = {
            "n_rows": self.n_rows_,
            "n_features": self.n_features_in_,
            "target": None if self._target is None else self._codec.names.index(self._target),
            "codec": codec,
            "state": model,
        }
        if self.n_rows_fitted_ != self.n_rows_:
            document["n_rows_fitted"] = self.n_rows_fitted_
        return document, with_prefix(codec_arrays, "codec/") | with_prefix(model_arrays, "model/")

    def _from_document(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.n_rows_, self.n_features_in_ = document["n_rows"], document["n_features"]
        self.n_rows_fitted_ = document.get("n_rows_fitted", self.n_rows_)
        self._codec = codec_from_state(document["codec"], without_prefix(arrays, "codec/"))
        self.schema_ = self._codec.user.schema  # files of format 1 hold a copy besides
        target = document.get("target")  # absent in files of version 0.1
        self._target = None if target is None else self._codec.names[target]
        self._from_state(document["state"], without_prefix(arrays, "model/"))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_codec")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            input_tags=InputTags(allow_nan=True, string=True, categorical=True),
        )
