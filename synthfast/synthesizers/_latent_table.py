"""All columns of a table as latents: fitted, decoded, conditioned and stored together."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.encoding.missing import missing_of
from synthfast.engines import map_blocks
from synthfast.exceptions import ConditionError, DataError
from synthfast.marginals.quantile_table import QuantileTable
from synthfast.synthesizers._latent import Latent, LevelLatent, NumericLatent
from synthfast.synthesizers._ordering import order_unordered
from synthfast.synthesizers._rows import ColumnCounts, MemoryRows, Rows

if TYPE_CHECKING:
    from synthfast.marginals import FittedMarginal

__all__ = ["LatentTable"]

Floats = NDArray[np.float64]
Columns = dict[Hashable, NDArray[Any]]
Marginals = str | Mapping[Hashable, str]


@dataclass(frozen=True)
class LatentTable:
    """One latent normal for each column's value, and one for the missingness of each column that has missing values.

    Parameters
    ----------
    values : dict of column name to Latent
    missing_rates : dict of column name to float
        Share of missing values, for the columns that have any.
    """

    values: dict[Hashable, Latent]
    missing_rates: dict[Hashable, float]

    @property
    def names(self) -> list[Hashable]:
        """Column of each latent; ``(column, "missing")`` for a missingness latent."""
        return [*self.values, *((name, "missing") for name in self.missing_rates)]

    @classmethod
    def fit(
        cls, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, *, marginals: Marginals, min_count: int
    ) -> Self:
        """Fit every column's distribution and the order of unordered levels.

        Notes
        -----
        Everything rests on integer counts, so any order or split of the rows gives the same result. Of an unordered
        column with more than 4,096 levels the rarer ones are ordered as one group.
        """

        def fit_column(column: EncodedColumn) -> tuple[ColumnCounts, Latent]:
            family = _family(column.name, marginals) if column.kind == "numeric" else "empirical"
            counts = ColumnCounts.of(column, histogram=family == "empirical")
            if family != "empirical":
                return counts, NumericLatent(_family_table(column, codec, family))
            return counts, _latent_of(column.name, counts, codec, min_count)

        fitted = dict(zip(columns, map_blocks(fit_column, columns.values()), strict=True))
        counts = {name: pair[0] for name, pair in fitted.items()}
        return cls._ordered(counts, MemoryRows(columns), {name: pair[1] for name, pair in fitted.items()})

    @classmethod
    def from_counts(
        cls, counts: Mapping[Hashable, ColumnCounts], rows: Rows, codec: TableCodec, *, min_count: int
    ) -> Self:
        """Fit empirical distributions to what was counted of the columns; the rows are gone over for the order only."""
        latents = {name: _latent_of(name, counted, codec, min_count) for name, counted in counts.items()}
        return cls._ordered(counts, rows, latents)

    @classmethod
    def _ordered(cls, counts: Mapping[Hashable, ColumnCounts], rows: Rows, latents: dict[Hashable, Latent]) -> Self:
        order_unordered(counts, rows, latents)
        missing = {name: counted.n_missing / rows.n_rows for name, counted in counts.items() if counted.n_missing}
        return cls(latents, missing)

    def decode(self, u: Floats) -> Columns:
        """Encoded columns from latent probabilities, shape (n_latent, n_rows)."""
        rows = dict(zip(self.names, u, strict=True))
        columns = {name: latent.decode(np.ascontiguousarray(rows[name])) for name, latent in self.values.items()}
        for name, rate in self.missing_rates.items():
            blank = -1 if columns[name].dtype == np.int32 else np.nan
            columns[name][rows[name, "missing"] >= 1.0 - rate] = blank
        return columns

    def segments(self, conditions: Mapping[Hashable, EncodedCondition], codec: TableCodec) -> dict[Hashable, Floats]:
        """Probability intervals of the latents that the conditions bind, each of shape (n_segments, 2).

        Raises
        ------
        ConditionError
            If a column cannot take what was asked for.
        """
        out: dict[Hashable, Floats] = {}
        for name, condition in conditions.items():
            out |= self._column_segments(name, condition, codec)
        return out

    def _column_segments(
        self, name: Hashable, condition: EncodedCondition, codec: TableCodec
    ) -> dict[Hashable, Floats]:
        rate = self.missing_rates.get(name, 0.0)
        if condition.missing:
            if not rate:
                raise ConditionError(f"conditions: column {name!r} has no missing values in the data that was fitted.")
            return {(name, "missing"): np.array([[1.0 - rate, 1.0]])}
        ends = self.values[name].segments(condition)
        if not len(ends):
            raise ConditionError(
                f"conditions: column {name!r} cannot be what was asked for; its facts are {codec.column(name)}."
            )
        return {name: ends} | ({(name, "missing"): np.array([[0.0, 1.0 - rate]])} if rate else {})

    def known_intervals(self, known: Columns) -> dict[Hashable, tuple[Floats, Floats]]:
        """Probability interval of every latent that known values bind, row by row; NaN where a row leaves it free.

        Parameters
        ----------
        known : dict of column name to ndarray, shape (n_rows,)
            Encoded values, NaN or -1 where known to be missing.

        Raises
        ------
        ConditionError
            If a value is missing in a column that had none missing.
        """
        out: dict[Hashable, tuple[Floats, Floats]] = {}
        for name, values in known.items():
            gone = missing_of(values)
            rate = self.missing_rates.get(name, 0.0)
            if gone.any() and not rate:
                raise ConditionError(
                    f"sample_remaining: column {name!r} is missing in row {int(np.argmax(gone))}, but had no missing "
                    "values in the data that was fitted. Leave the column out where it is unknown."
                )
            start, stop = self.values[name].known_interval(values)
            out[name] = (np.where(gone, np.nan, start), np.where(gone, np.nan, stop))
            if rate:
                out[name, "missing"] = (np.where(gone, 1.0 - rate, 0.0), np.where(gone, 1.0, 1.0 - rate))
        return out

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        document: dict[str, Any] = {"columns": []}
        arrays: dict[str, NDArray[Any]] = {}
        for j, (name, latent) in enumerate(self.values.items()):
            entry: dict[str, Any] = {"missing_rate": self.missing_rates.get(name, 0.0)}
            if isinstance(latent, NumericLatent):
                entry |= {"kind": "numeric", "step": latent.table.step}
                arrays[f"{j}/probabilities"], arrays[f"{j}/values"] = latent.table.probabilities, latent.table.values
            elif isinstance(latent, LevelLatent):
                entry["kind"] = "levels"
                arrays[f"{j}/order"], arrays[f"{j}/cumulative"] = latent.order, latent.cumulative
            document["columns"].append(entry)
        return document, arrays

    @classmethod
    def from_state(cls, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], names: list[Hashable]) -> Self:
        """Inverse of `to_state` for the columns ``names``."""
        values: dict[Hashable, Latent] = {}
        missing: dict[Hashable, float] = {}
        for j, (name, entry) in enumerate(zip(names, document["columns"], strict=True)):
            if entry["kind"] == "numeric":
                table = QuantileTable(arrays[f"{j}/probabilities"], arrays[f"{j}/values"], entry["step"])
                values[name] = NumericLatent(table)
            else:
                values[name] = LevelLatent(arrays[f"{j}/order"], arrays[f"{j}/cumulative"])
            if entry["missing_rate"]:
                missing[name] = entry["missing_rate"]
        return cls(values, missing)


def _latent_of(name: Hashable, counts: ColumnCounts, codec: TableCodec, min_count: int) -> Latent:
    if counts.histogram is None:
        return LevelLatent.from_counts(counts.level_counts(), np.arange(counts.n_levels))
    bounds = codec.bounds(name)
    return NumericLatent(
        QuantileTable.from_counts(
            counts.histogram.values(),
            counts.histogram.counts(),
            minimum=bounds.minimum,
            maximum=bounds.maximum,
            step=bounds.step,
            min_count=min_count,
        )
    )


def _family(name: Hashable, marginals: Marginals) -> str:
    return marginals if isinstance(marginals, str) else marginals.get(name, "empirical")


def _family_table(column: EncodedColumn, codec: TableCodec, family: str) -> QuantileTable:
    bounds = codec.bounds(column.name)
    fitted = _fit_family(column, None if family == "parametric" else family)
    return QuantileTable.from_family(
        fitted,
        minimum=-np.inf if bounds.minimum is None else bounds.minimum,
        maximum=np.inf if bounds.maximum is None else bounds.maximum,
        step=bounds.step,
        discrete=fitted.family.discrete,
    )


def _fit_family(column: EncodedColumn, family: str | None) -> "FittedMarginal":
    """The named family, or the best by AIC, fitted to a column."""
    from synthfast.marginals import FittedMarginal, fit_column

    fits = fit_column(column.values, family, criterion="aic")
    best = next(iter(fits.values()))
    if not isinstance(best, FittedMarginal):
        raise DataError(f"column {column.name!r}: the family {family!r} could not be fitted: {best}")
    return best
