"""A private correlation matrix. Proof: ``PROOFS.md``, "Correlation matrix"."""

from collections.abc import Sequence
from math import isqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy._releases import add_noise, check_price, read_numbers
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.clipping import check_bounds, clip_to_bounds
from synthfast.privacy.noise import Integers
from synthfast.privacy.scales import Number
from synthfast.synthesizers._correlation import nearest_correlation

__all__ = ["noisy_correlation"]

Floats = NDArray[np.float64]

STEPS: Final = 2**12  # from the middle of the bounds to either of them
BLOCK: Final = 2**20  # rows whose products sum to less than 2**53, so that floats add them exactly


def noisy_correlation(
    columns: Sequence[Any],
    bounds: Sequence[tuple[float, float]],
    *,
    accountant: Accountant,
    rho: Number | None = None,
    epsilon: Number | None = None,
    names: Sequence[Any] | None = None,
) -> Floats:
    """Pearson correlations of several columns, with noise, made a correlation matrix again.

    Parameters
    ----------
    columns : sequence of n_columns array_like of float, shape (n_rows,) each
        A row with a missing value is left out.
    bounds : sequence of n_columns (low, high)
        Declared bounds, ``low < high``; values outside are moved to the nearer one. The narrower, the better.
    accountant : Accountant
        Pays, and draws the noise.
    rho, epsilon : number, optional
        What to spend: zCDP with Gaussian noise, or pure differential privacy with Laplace noise.
    names : sequence, optional
        Names of the columns for the ledger.

    Returns
    -------
    ndarray of float64, shape (n_columns, n_columns)
        Symmetric, unit diagonal, positive definite. A column whose variance is lost in the noise is uncorrelated.

    Raises
    ------
    PrivacyBudgetError
        If the budget does not suffice; nothing is read then.
    TypeError, ValueError
        If bounds or columns do not fit each other. No message quotes a value.

    Notes
    -----
    Each value becomes an integer of -4096 .. 4096, from its low to its high bound. Released are the number of rows, the
    sums and the sums of products of all pairs, as one query of ``(d + 1) (d + 2) / 2`` integers for d columns; what
    follows looks at the data no more. The standard error of a correlation is about
    ``(d + 1) / (2 n v sqrt(rho))``, where v is the variance of a column in units of its half range. Cost O(n d**2).

    References
    ----------
    C. Dwork, K. Talwar, A. Thakurta and L. Zhang (2014), "Analyze Gauss".

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.privacy import Accountant, noisy_correlation
    >>> x = np.random.default_rng(0).normal(size=(100_000, 2))
    >>> x[:, 1] += x[:, 0]
    >>> budget = Accountant(epsilon=1, delta=1e-6)
    >>> noisy_correlation([*x.T], [(-4, 4), (-6, 6)], accountant=budget, rho=0.02).round(1).tolist()
    [[1.0, 0.7], [0.7, 1.0]]
    """
    price = check_price("noisy_correlation", rho, epsilon)
    checked = [check_bounds(*pair) for pair in bounds]
    d = len(columns)
    if d < 2 or len(checked) != d or any(low == high for low, high in checked):
        raise ValueError(f"noisy_correlation: expected two or more columns with low < high each, got {d} and {bounds}.")
    if names is not None and len(names) != d:
        raise ValueError(f"names: expected {d} names, got {len(names)}.")
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise ValueError("noisy_correlation: expected columns of one length.")
    # A row moves (i, j), i <= j, by at most STEPS**2, so the whole by (d + 1) (d + 2) / 2 of that in sum of absolute
    # values, and by its root in the Euclidean norm.
    n_entries = (d + 1) * (d + 2) // 2
    norm = isqrt(n_entries * STEPS**4 - 1) + 1
    column = None if names is None else list(names)
    noise = add_noise(
        accountant, n_entries, price, (n_entries * STEPS**2, norm), step="correlation matrix", column=column
    )
    products = _products([_steps(values, *pair) for values, pair in zip(columns, checked, strict=True)])
    upper = np.triu_indices(d + 1)
    noisy = np.zeros((d + 1, d + 1))
    noisy[upper] = products[upper] + noise
    noisy.T[upper] = noisy[upper]
    return _correlation(noisy)


def _steps(values: Any, low: float, high: float) -> Floats:
    """A column in steps from the middle of its bounds, NaN where missing."""
    numbers = clip_to_bounds(read_numbers("noisy_correlation", values), low, high)
    return np.rint((numbers - low) / (high - low) * (2 * STEPS)) - STEPS


def _products(columns: list[Floats]) -> Integers:
    """Sums of products of all pairs, a constant column of STEPS the first: shape (d + 1, d + 1), exact."""
    n_rows, d = len(columns[0]), len(columns)
    total = np.zeros((d + 1, d + 1), dtype=np.int64)
    for start in range(0, n_rows, BLOCK):
        block = np.stack([column[start : start + BLOCK] for column in columns], axis=1)
        block = block[~np.isnan(block).any(axis=1)]
        block = np.column_stack([np.full(len(block), float(STEPS)), block])
        total += (block.T @ block).astype(np.int64)
    return total


def _correlation(products: Floats) -> Floats:
    """Correlations of noisy sums of products, whose first column is the constant."""
    n = products[0, 0] / STEPS**2
    if n < 1.0:
        return np.eye(len(products) - 1)
    means = products[0, 1:] / (n * STEPS)
    covariance = products[1:, 1:] / n - np.outer(means, means)
    variances = np.diag(covariance)
    usable = variances > 0
    scale = np.where(usable, 1.0 / np.sqrt(np.where(usable, variances, 1.0)), 0.0)
    matrix = np.clip(covariance * np.outer(scale, scale), -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    return nearest_correlation(matrix)
