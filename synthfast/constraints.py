"""What must hold of the rows of a table, and which rows break it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from synthfast._core.frames import Table
from synthfast.encoding import TableCodec
from synthfast.encoding.constraints import ConstrainedCodec, adapt_schema, broken_rows
from synthfast.exceptions import ConstraintError
from synthfast.schema import Constraint, Schema
from synthfast.schema.constraints import (
    FixedCombinations,
    FunctionalDependency,
    Ordered,
    Pattern,
    Predicate,
    Presence,
    Range,
    Total,
    Unique,
)

__all__ = [
    "Constraint",
    "FixedCombinations",
    "FunctionalDependency",
    "Ordered",
    "Pattern",
    "Predicate",
    "Presence",
    "Range",
    "Total",
    "Unique",
    "count_broken",
    "supply",
    "validate",
]


def count_broken(data: Any, schema: Schema, *, reference: Any = None) -> dict[Constraint, int]:
    """Count the rows of a table that break each constraint.

    Parameters
    ----------
    data : table-like, shape (n_rows, n_columns)
        Real or synthetic rows.
    schema : Schema
        Whose constraints are meant, such as a fitted model's ``schema_``.
    reference : table-like, optional
        Rows whose combinations are the allowed ones of `FixedCombinations`; by default the table's own, so that none
        is new.

    Returns
    -------
    dict of Constraint to int
        Nothing is compared where a cell is missing.

    Raises
    ------
    SchemaError
        If the columns do not fit the schema.

    Notes
    -----
    O(n_rows) a constraint, O(n_rows log n_rows) for uniqueness and combinations.

    Examples
    --------
    >>> import pandas as pd, synthfast
    >>> from synthfast.constraints import Ordered, count_broken
    >>> frame = pd.DataFrame({"low": [1, 2, 3], "high": [4, 1, 3]})
    >>> schema = synthfast.Schema.infer(frame, constraints=[Ordered(["low", "high"])])
    >>> count_broken(frame, schema)
    {Ordered(names=('low', 'high'), strict=False): 1}
    """
    table = Table.from_any(data)
    known = None if reference is None else Table.from_any(reference)
    codec = TableCodec.fit(table, adapt_schema(schema.bind(table), table))
    return {
        constraint: int(np.count_nonzero(broken_rows(constraint, table, codec, reference=known, data=data)))
        for constraint in schema.constraints
    }


def validate(data: Any, schema: Schema, *, reference: Any = None) -> None:
    """Check that no row of a table breaks a constraint.

    Parameters
    ----------
    data, schema, reference
        As in `count_broken`.

    Raises
    ------
    ConstraintError
        With the number of rows that break each constraint.
    """
    found = {one: n for one, n in count_broken(data, schema, reference=reference).items() if n}
    if found:
        listed = "; ".join(f"{one!r} is broken by {n:,}" for one, n in found.items())
        raise ConstraintError(f"validate: of {Table.from_any(data).n_rows:,} rows, {listed}.")


def supply(model: Any, name: str, function: Callable[..., Any]) -> None:
    """Give a model that was loaded the function of one of its predicates, which files do not keep.

    Parameters
    ----------
    model : fitted synthesizer
    name : str
        The predicate's name.
    function : callable
        As `Predicate` takes it.

    Raises
    ------
    ConstraintError
        If the model has no such predicate.
    """
    codec = getattr(model, "_codec", None)
    if not isinstance(codec, ConstrainedCodec):
        raise ConstraintError("supply: expected a fitted model with a predicate; this one has no constraints.")
    codec.supply(name, function)
    model.schema_ = codec.user.schema
