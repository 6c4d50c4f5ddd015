"""Columns of categories: which they are, their codes, and values from codes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Columns, Features
from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import describe_value
from synthfast._ext import _interpolate
from synthfast.exceptions import DataError

__all__ = ["category_codes", "category_columns", "level_offsets", "sources_of", "vote_levels"]

Codes = NDArray[np.int32]
Rows = NDArray[np.int64]


def category_columns(chosen: Any, features: Features) -> NDArray[np.int64]:
    """Positions of the columns of categories, in the order of the table.

    Parameters
    ----------
    chosen : "auto" or sequence of int, str or bool
        The columns whose dtype is categorical, or positions, names, or one bool a column.
    features : Features
        The table.

    Raises
    ------
    DataError
        If a column does not exist, or ``"auto"`` is asked of a container without dtypes of columns.
    """
    n = features.n_columns
    if isinstance(chosen, str):
        if features.names is None:
            raise DataError(
                "SMOTENC: categorical_features='auto' reads the dtypes of columns, so the input data should be a "
                f"pandas.DataFrame or another table with dtypes. Got {describe_value(features.data)} instead."
            )
        return np.array([column for column in range(n) if features.is_category(column)], dtype=np.int64)
    named = list(chosen)
    if named and all(isinstance(name, bool | np.bool_) for name in named):
        if len(named) != n:
            raise DataError(f"SMOTENC: expected one bool for each of the {n} columns, got {len(named)}.")
        return np.flatnonzero(named)
    return np.unique(np.array([_position(name, features) for name in named], dtype=np.int64))


def _position(name: Any, features: Features) -> int:
    n = features.n_columns
    if isinstance(name, str):
        if features.names is None or name not in features.names:
            raise DataError(f"SMOTENC: categorical_features names {name!r}; the columns are {features.names!r}.")
        return list(features.names).index(name)
    if not hasattr(name, "__index__") or not -n <= name.__index__() < n:
        raise DataError(
            f"SMOTENC: all features must be in [0, {n - 1}] or [-{n}, -1]; categorical_features has {name!r}."
        )
    return int(name.__index__()) % n


def category_codes(features: Features, columns: Columns, encoder: Any = None) -> tuple[Codes, Any]:
    """Codes of categories by appearance, shape (n_rows, n_columns), and the encoder, cloned and fitted, if any.

    Parameters
    ----------
    features : Features
        The table; missing values are a category.
    columns : sequence of int
        Positions of the columns.
    encoder : object with ``fit_transform``, optional
        Says which values are one category: one column of codes for each column, or one-hot.
    """
    codes = np.empty((features.n_rows, len(columns)), dtype=np.int32)
    if encoder is None:
        for place, column in enumerate(columns):
            codes[:, place] = features.codes(column)
        return codes, None
    import pandas as pd
    from sklearn.base import clone

    own = clone(encoder)
    found = own.fit_transform(features.native(columns))
    found = np.asarray(found.toarray() if hasattr(found, "toarray") else found)
    sizes = [1] * len(columns) if found.shape[1] == len(columns) else [len(levels) for levels in own.categories_]
    if sum(sizes) != found.shape[1]:
        raise DataError(
            f"SMOTENC requires a one-hot encoding with one column per category; {own!r} made {found.shape[1]} columns "
            f"of {sum(sizes)} categories. Leave categorical_encoder at None, or let it keep all categories."
        )
    ends = np.cumsum(sizes)
    for place, (end, size) in enumerate(zip(ends, sizes, strict=True)):
        part = found[:, end - size : end]
        codes[:, place] = pd.factorize(part[:, 0] if size == 1 else part.argmax(axis=1), use_na_sentinel=False)[0]
    return codes, own


def level_offsets(codes: Codes) -> tuple[Rows, int]:
    """Where each column's levels begin when the levels of all columns follow each other, and their number."""
    sizes = codes.max(axis=0, initial=-1).astype(np.int64) + 1
    return np.cumsum(sizes) - sizes, int(sizes.sum())


def vote_levels(
    codes: Codes,
    neighbors: Rows,
    bases: Rows,
    stream: Stream,
    *,
    ranks: Codes | None = None,
    start: int = 0,
    out: Codes | None = None,
) -> Codes:
    """The codes that most of the neighbours of each base hold, column by column, shape (n, n_columns).

    Parameters
    ----------
    codes : ndarray of int32, shape (n_rows, n_columns)
    neighbors : ndarray of int64, shape (n_bases, n_neighbors)
        Rows of ``codes``.
    bases : ndarray of int64, shape (n,)
        Rows of ``neighbors``.
    stream : Stream
        Of the class: decides between codes that equally many hold.
    ranks : ndarray of int32, shape (n_levels,), optional
        Of the levels of all columns, one column after another: of such codes only those of the highest rank stay.
    start : int, default 0
        Rows of the class before these.
    out : ndarray of int32, shape (n, n_columns), optional
        Where to write.
    """
    offsets, n_levels = level_offsets(codes)
    ranks = np.zeros(n_levels, dtype=np.int32) if ranks is None else ranks
    votes = np.empty((len(bases), codes.shape[1]), dtype=np.int32) if out is None else out
    key = stream.child("vote").key[0]
    _interpolate.vote_levels(codes, neighbors, bases, ranks, offsets, key, start, votes, effective_n_threads())
    return votes


def sources_of(codes: Codes, made: Codes) -> Rows:
    """For each code that was made, the first row of the table that holds it; shapes (n_made, n_columns)."""
    sources = np.empty(made.shape, dtype=np.int64)
    rows = np.arange(len(codes))[::-1]
    for column in range(codes.shape[1]):
        first_of = np.empty(int(codes[:, column].max(initial=-1)) + 1, dtype=np.int64)
        first_of[codes[::-1, column]] = rows
        sources[:, column] = first_of[made[:, column]]
    return sources
