"""What every private synthesizer is: nothing of the data goes anywhere but through a budget."""

from abc import abstractmethod
from collections.abc import Hashable
from typing import Any, Self, final

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast._core.training import join_target
from synthfast.base.out_of_core import read_whole
from synthfast.base.synthesizer import BaseSynthesizer
from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.exceptions import DataError, SchemaError
from synthfast.io.row_source import open_source
from synthfast.schema import Schema

__all__ = ["BasePrivateSynthesizer"]


class BasePrivateSynthesizer(BaseSynthesizer):
    """Base of the synthesizers whose fitted model is differentially private.

    The schema of what they draw comes from a declared domain, or from one learned within the budget. No dtype, level,
    range, number of rows or missing rate is taken from the data otherwise, and no error quotes a value of it. Noise
    comes from the operating system, so two fits differ whatever the seed; ``random_state`` seeds draws only.

    Attributes
    ----------
    ledger_ : dict
        Promise, unit, and every step that was paid; see `synthfast.privacy.Accountant.to_dict`.
    n_rows_ : int
        Noisy number of rows.
    """

    ledger_: dict[str, Any]

    @abstractmethod
    def _open_budget(self, table: Table | None) -> Any:
        """The accountant. Of a table only names and dtypes may be looked at."""

    @abstractmethod
    def _release(self, table: Table, schema: Schema | None, budget: Any) -> tuple[TableCodec, int]:
        """Spend the budget on the table; the codec of the public schema, and the noisy number of rows."""

    def _limit_users(self, data: Any) -> Any:
        """The table with no more rows of one user than the promise allows for."""
        return data

    @final
    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        raise TypeError("a private synthesizer sees no encoded columns; it fits by _release.")

    def fit(self, data: Any, y: Any = None, *, schema: Schema | None = None) -> Self:
        """Release a private model of the table.

        Parameters
        ----------
        data : pandas or polars frame, pyarrow.Table, numpy array, or anything with ``__arrow_c_stream__``
            Shape (n_rows, n_columns); n_rows may be 0, for refusing an empty table would tell that it is empty.
        y : array_like, shape (n_rows,), optional
            Joined as one more column, named like the series, or ``"target"``.
        schema : Schema, optional
            Declares columns, in place of ``domain``. It must be public: one inferred from the data is not.

        Returns
        -------
        self

        Raises
        ------
        PrivacyBudgetError
            If the budget makes no promise. Nothing was read of the data then.
        SchemaError
            If columns and domain do not go together, or a dtype cannot be used. No message quotes a value.

        Notes
        -----
        Every call spends the whole budget anew: two models of one table cost twice.
        """
        if schema is not None and schema.constraints:
            raise SchemaError(
                f"{type(self).__name__}.fit: cannot keep constraints, for whether rows obey them would be told outside "
                "the budget. Declare ranges in the domain, and leave the constraints out."
            )
        self._open_budget(None)  # refuses a budget that makes no promise, before the data is looked at
        source = open_source(data)
        data = data if source is None else read_whole(source)
        data = _dense(data if y is None else join_target(data, y), type(self).__name__)
        table = Table.from_any(self._limit_users(data))
        if not table.names:
            raise SchemaError(f"{type(self).__name__}.fit: expected at least one column, got none.")
        for name in table.names:
            _check_readable(table, name)
        budget = self._open_budget(table)
        codec, n_rows = self._release(table, schema, budget)
        self.ledger_ = budget.to_dict()
        self.schema_, self._codec, self.n_rows_ = codec.schema, codec, n_rows
        self.n_features_in_ = len(table.names) - (y is not None)
        self._target = None if y is None else table.names[-1]
        self._n_draws, self.n_rows_fitted_ = 0, n_rows
        return self


def _check_readable(table: Table, name: Hashable) -> None:
    try:
        table.column(name).factorize()
    except ValueError:
        raise SchemaError(
            f"column {name!r}: its cells are not plain values of one kind. Which are not is not told, for errors of a "
            "private synthesizer quote no value."
        ) from None


def _dense(data: Any, model: str) -> Any:
    if hasattr(data, "tocsr"):
        raise DataError(f"{model}.fit: expected a dense table, got a sparse {type(data).__name__}.")
    return data
