"""What every private synthesizer is: nothing of the data goes anywhere but through a budget."""

from abc import abstractmethod
from collections.abc import Hashable
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.frames.rows import take_rows
from synthfast._core.random import Stream
from synthfast.base.out_of_core import read_whole
from synthfast.base.private_tables import Stray, is_bare, join_column, with_dtypes
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
    def _declared_names(self, schema: Schema | None) -> list[Hashable]:
        """Names of the columns of a declared domain; none where there is no domain."""

    @abstractmethod
    def _release(
        self, table: Table, schema: Schema | None, budget: Any, stray: Stray | None
    ) -> tuple[TableCodec, int, dict[str, Any]]:
        """Spend the budget on the table.

        ``stray`` are rows that have more than the table holds. Returned are the codec of the public schema, the noisy
        number of rows and the model's own fitted attributes, none of which is set here: a fit that is interrupted
        leaves the model as it was.
        """

    def _kept_rows(self, table: Table) -> NDArray[np.int64] | None:
        """Numbers of the rows, no more of one user than the promise allows for; None where all are kept."""
        return None

    @final
    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        raise TypeError("a private synthesizer sees no encoded columns; it fits by _release.")

    def fit(self, data: Any, y: Any = None, *, schema: Schema | None = None) -> Self:
        """Release a private model of the table.

        Parameters
        ----------
        data : pandas or polars frame, pyarrow.Table, numpy array, or anything with ``__arrow_c_stream__``
            Shape (n_rows, n_columns); n_rows may be 0, for refusing an empty table would tell that it is empty.
            Without a declared domain a dict of lists or a list of dicts is refused, since its columns have no dtypes.
            With one its cells are read like those of dtype ``object``: each by itself. In a list of dicts a row that
            lacks a key has a missing value; other keys are not read, and count as outside the domain.
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
        Every call spends the whole budget anew: two models of one table cost twice. A call that fails leaves the model
        as it was before.

        Columns of dtype ``object`` are read cell by cell, for their dtype says nothing of what they hold. Learned,
        they are text, and all other cells are of the level ``"OTHER"``. Declared as a range, cells that are no numbers
        count as missing, or as outside. Cast such columns (``frame.convert_dtypes()`` looks at all rows and is not
        private) by what is publicly known of them.
        """
        if schema is not None and schema.constraints:
            raise SchemaError(
                f"{type(self).__name__}.fit: cannot keep constraints, for whether rows obey them would be told outside "
                "the budget. Declare ranges in the domain, and leave the constraints out."
            )
        self._open_budget(None)  # refuses a budget that makes no promise, before the data is looked at
        source = open_source(data)
        data = data if source is None else read_whole(source)
        data, stray = self._with_dtypes(_dense(data, type(self).__name__), y, schema)
        table = Table.from_any(data, by_cell=True)
        if not table.names:
            raise SchemaError(f"{type(self).__name__}.fit: expected at least one column, got none.")
        for name in table.names:
            _check_readable(table, name)
        kept = self._kept_rows(table)
        if kept is not None:
            table = Table.from_any(take_rows(data, kept), by_cell=True)
            stray = None if stray is None else stray[kept]
        budget = self._open_budget(table)
        codec, n_rows, fitted = self._release(table, schema, budget, stray)
        fitted |= {
            "ledger_": budget.to_dict(),
            "schema_": codec.schema,
            "_codec": codec,
            "n_rows_": n_rows,
            "n_rows_fitted_": n_rows,
            "n_features_in_": len(table.names) - (y is not None),
            "_target": None if y is None else table.names[-1],
            "_n_draws": 0,
        }
        self.__dict__.update(fitted)  # at once: no model of one table stands beside the ledger of another
        return self

    def _with_dtypes(self, data: Any, y: Any, schema: Schema | None) -> tuple[Any, Stray | None]:
        """The table as a container with dtypes, and rows of it that have more than is declared."""
        model, declared = type(self).__name__, self._declared_names(schema)
        if y is None:
            return with_dtypes(data, declared, model)
        target = getattr(y, "name", None) or "target"
        data, stray = with_dtypes(data, [name for name in declared if name != target], model)
        y = with_dtypes({target: y}, declared, model)[0][target] if is_bare(y) else y
        return join_column(data, y, target), stray


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
