"""Private counts and histograms. Proofs: ``PROOFS.md``, "Counts and histograms"."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from synthfast.privacy._releases import (
    add_noise,
    category_codes,
    check_length,
    check_price,
    code_values,
    read_numbers,
)
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.noise import Integers
from synthfast.privacy.scales import Number

__all__ = ["NoisyHistogram", "noisy_count", "noisy_histogram"]


class NoisyHistogram(NamedTuple):
    """A histogram with noise; counts may be negative, for cutting them off would bias sums.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_cells,)
        One for each category or bin.
    n_other : int
        Values that no category is equal to; for numbers always noise alone, since what lies outside the edges is
        counted at the end.
    n_missing : int
        Missing values.
    """

    counts: Integers
    n_other: int
    n_missing: int


def noisy_count(
    rows: Any,
    *,
    accountant: Accountant,
    where: Any = None,
    rho: Number | None = None,
    epsilon: Number | None = None,
    column: Any = None,
) -> int:
    """Count rows, with noise.

    Parameters
    ----------
    rows : table or array_like, shape (n_rows, ...)
    accountant : Accountant
        Pays, and draws the noise.
    where : array_like of bool, shape (n_rows,), optional
        Count only rows where it is True; missing is not. A row's flag may depend on that row alone.
    rho : number, optional
        zCDP to spend; the noise is then a discrete Gaussian of variance ``k**2 / (2 rho)``, k the rows of one user.
    epsilon : number, optional
        Pure differential privacy to spend, in place of ``rho``; discrete Laplace noise of scale ``k / epsilon``.
    column : optional
        Name for the ledger.

    Returns
    -------
    int
        Unbiased; may be negative.

    Raises
    ------
    PrivacyBudgetError
        If the budget does not suffice; nothing is counted then.
    TypeError, ValueError
        If a parameter is missing or out of range.

    Notes
    -----
    Cost O(n_rows). Proof: "Counts and histograms".

    Examples
    --------
    >>> from synthfast.privacy import Accountant, noisy_count
    >>> budget = Accountant(epsilon=1, delta=0)
    >>> ages = [31, 47, 52]
    >>> count = noisy_count(ages, where=[age > 40 for age in ages], accountant=budget, epsilon=0.5)
    >>> budget.remaining
    Fraction(1, 2)
    """
    price = check_price("noisy_count", rho, epsilon)
    if isinstance(rows, (str, bytes)) or not (hasattr(rows, "shape") or hasattr(rows, "__len__")):
        raise TypeError(f"noisy_count: expected rows, got {type(rows).__name__}.")
    n_rows = int(rows.shape[0]) if hasattr(rows, "shape") else len(rows)
    if where is not None and check_length("where", where) != n_rows:
        raise ValueError("where: expected as many flags as rows.")
    noise = add_noise(accountant, 1, price, (1, 1), step="count", column=column)
    return (n_rows if where is None else _count_true(where)) + int(noise[0])


def _count_true(where: Any) -> int:
    flags = np.asarray(where)
    if flags.dtype.kind not in "bO" and len(flags):
        raise TypeError(f"where: expected booleans, got dtype {flags.dtype}.")
    return int(flags.sum()) if flags.dtype.kind == "b" else sum(1 for flag in flags if flag is True or flag is np.True_)


def noisy_histogram(
    values: Any,
    *,
    accountant: Accountant,
    categories: Sequence[Any] | None = None,
    edges: ArrayLike | None = None,
    rho: Number | None = None,
    epsilon: Number | None = None,
    column: Any = None,
) -> NoisyHistogram:
    """Count the values of one column in declared cells, with noise.

    Parameters
    ----------
    values : array_like, shape (n_rows,)
    accountant : Accountant
        Pays, and draws the noise.
    categories : sequence, optional
        Declared values; never taken from the data.
    edges : array_like of float, shape (n_cells + 1,), optional
        Declared edges of bins, increasing, in place of ``categories``. A bin holds its lower edge; what lies outside is
        counted in the first or the last bin.
    rho, epsilon : number, optional
        What to spend on the whole histogram, as for :func:`noisy_count`.
    column : optional
        Name for the ledger.

    Returns
    -------
    NoisyHistogram

    Raises
    ------
    PrivacyBudgetError
        If the budget does not suffice; nothing is read then.
    TypeError, ValueError
        If not exactly one of ``categories`` and ``edges`` is given, they are no declaration, or values are of the wrong
        kind. No message quotes a value.

    Notes
    -----
    The cells for other and for missing values are always there, with noise, so that the form of the result says
    nothing about the data. A row is in one cell, so all of them cost what one count costs. O(n_rows).

    Examples
    --------
    >>> from synthfast.privacy import Accountant, noisy_histogram
    >>> budget = Accountant(epsilon=1, delta=1e-6)
    >>> result = noisy_histogram(["a", "b", "a", None], categories=["a", "b", "c"], accountant=budget, rho=0.01)
    >>> result.counts.shape
    (3,)
    """
    price = check_price("noisy_histogram", rho, epsilon)
    if (categories is None) == (edges is None):
        raise TypeError("noisy_histogram: expected exactly one of categories and edges, both declared.")
    if categories is not None:
        n_cells = len(category_codes(categories))
    else:
        bounds = _check_edges(edges)
        n_cells = len(bounds) - 1
    noise = add_noise(accountant, n_cells + 2, price, (1, 1), step="histogram", column=column)
    if categories is not None:
        codes = code_values("noisy_histogram", values, categories)
    else:
        numbers = read_numbers("noisy_histogram", values)
        codes = np.clip(np.searchsorted(bounds, numbers, side="right") - 1, 0, n_cells - 1)
        codes[np.isnan(numbers)] = n_cells + 1
    counts = np.bincount(codes, minlength=n_cells + 2).astype(np.int64) + noise
    return NoisyHistogram(counts[:n_cells], int(counts[n_cells]), int(counts[n_cells + 1]))


def _check_edges(edges: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    bounds = np.asarray(edges, dtype=np.float64)
    if bounds.ndim != 1 or len(bounds) < 2 or not np.isfinite(bounds).all() or not (np.diff(bounds) > 0).all():
        raise ValueError("edges: expected at least two finite numbers, increasing.")
    return bounds
