"""PRAM: levels exchanged at random by known chances."""

from collections.abc import Hashable
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_number
from synthfast.exceptions import DataError
from synthfast.privacy._columns import column_levels
from synthfast.privacy._perturbed import chosen_columns, released_columns

__all__ = ["post_randomize", "transition_matrix"]

Floats = NDArray[np.float64]
OWNER: Final = "post_randomize"


def post_randomize(
    data: Any,
    columns: Any = None,
    *,
    keep: float = 0.9,
    transition: Any = None,
    invariant: bool = True,
    random_state: SeedLike = None,
) -> Any:
    """Exchange levels at random (PRAM), with the table of levels kept on average.

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts.
    columns : str or sequence of column names, optional
        All columns of text, categories and booleans by default.
    keep : float, default 0.9
        Chance that a cell is kept as it is; else it is drawn from the column, which may give the same level again.
    transition : array of shape (n_levels, n_levels), optional
        Chances of each level (rows) to become each other, in sorted order of the levels; for one column, in place of
        ``keep``.
    invariant : bool, default True
        Whether the shares of the levels stay what they are on average. With ``keep``, cells are drawn anew by those
        shares, else all levels alike; a ``transition`` is followed by its Bayes inverse.
    random_state : None, int, SeedSequence or Generator, default None

    Returns
    -------
    table
        In the container that came in; missing values stay missing; of pandas, under a fresh RangeIndex.

    Raises
    ------
    DataError
        If ``transition`` is not a matrix of chances of one column's levels.
    ValueError, TypeError
        If an argument is out of range.

    Notes
    -----
    O(n_rows) and O(n_levels**2) a column. Known chances let an analyst correct for the exchange; they are no
    differential privacy, as the chances here are learned from the data.

    References
    ----------
    J. M. Gouweleeuw et al. (1998), "Post randomisation for statistical disclosure control".

    Examples
    --------
    >>> from synthfast.privacy import post_randomize
    >>> answers = {"smokes": ["yes"] * 200 + ["no"] * 800}
    >>> changed = post_randomize(answers, keep=0.5, random_state=0)
    >>> bool(150 < (changed["smokes"] == "yes").sum() < 250)
    True
    """
    share = check_number(f"{OWNER}: keep", keep, minimum=0, maximum=1)
    table = Table.from_any(data)
    names = chosen_columns(table, columns, OWNER, numeric=False)
    if transition is not None and len(names) != 1:
        raise DataError(f"{OWNER}: a transition matrix is for one column, got {names!r}. Call it for each.")
    stream = Stream.from_seed(random_state)
    new: dict[Hashable, ColumnData] = {}
    for place, name in enumerate(names):
        levels = column_levels(table.column(name))
        counts = np.bincount(levels.codes[levels.codes >= 0], minlength=len(levels.values))
        chances = transition_matrix(counts, keep=share, transition=transition, invariant=invariant)
        drawn = _drawn(levels.codes, chances, stream.child("levels", place))
        new[name] = _with_codes(table.column(name), levels.codes, drawn)
    return released_columns(table, new)


def transition_matrix(
    counts: NDArray[np.int64], *, keep: float = 0.9, transition: Any = None, invariant: bool = True
) -> Floats:
    """Chances of each level to become each other.

    Parameters
    ----------
    counts : ndarray, shape (n_levels,)
        Rows of each level.
    keep, transition, invariant
        As in `post_randomize`.

    Returns
    -------
    ndarray of shape (n_levels, n_levels)
        Rows sum to 1. Where invariant, ``counts @ chances`` is ``counts``.

    Raises
    ------
    DataError
        If ``transition`` is no such matrix.
    """
    n_levels = len(counts)
    if transition is None:
        target = counts / max(1, counts.sum()) if invariant else np.full(n_levels, 1.0 / max(1, n_levels))
        return keep * np.eye(n_levels) + (1.0 - keep) * target[None, :]
    chances = np.asarray(transition, dtype=np.float64)
    if chances.shape != (n_levels, n_levels):
        raise DataError(f"{OWNER}: expected a transition of shape {(n_levels, n_levels)}, got {chances.shape}.")
    if not (chances >= 0).all() or not np.allclose(chances.sum(axis=1), 1.0, rtol=0, atol=1e-9):
        raise DataError(f"{OWNER}: expected rows of chances that sum to 1 in transition.")
    if not invariant:
        return chances
    joint = counts[:, None] * chances
    reached = joint.sum(axis=0)
    back = np.where(reached > 0, joint / np.where(reached > 0, reached, 1.0), 0.0).T
    return chances @ back


def _drawn(codes: NDArray[np.int32], chances: Floats, stream: Stream) -> NDArray[np.int32]:
    """A level for each row by the chances of its own."""
    uniforms = stream.uniform(len(codes))
    out = codes.copy()
    cumulated = np.cumsum(chances, axis=1)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(chances) + 1))
    for level, (start, stop) in enumerate(pairwise(bounds)):
        rows = order[start:stop]
        last = int(np.flatnonzero(chances[level])[-1])
        out[rows] = np.minimum(np.searchsorted(cumulated[level], uniforms[rows], side="right"), last)
    return out


def _with_codes(data: ColumnData, codes: NDArray[np.int32], drawn: NDArray[np.int32]) -> ColumnData:
    """The column with other levels, each taken from a row that has it."""
    first = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    rows = np.flatnonzero(codes >= 0)[::-1]
    first[codes[rows]] = rows
    source = np.arange(len(codes))
    source[codes >= 0] = first[drawn[codes >= 0]]
    strings = None if data.strings is None else data.strings.take(pa.array(source))
    values = None if data.values is None else data.values[source]
    return replace(data, values=values, strings=strings, spelled={}, _factorized=None)
