"""How strongly the columns of one table hang together: correlation matrices, with NaN where nothing is defined."""

from collections.abc import Callable, Hashable, Sequence
from functools import wraps

import numpy as np

from synthfast.marginals.ranks import rank_values
from synthfast.quality.columns import CodedTable, FloatArray

__all__ = [
    "MAX_LEVELS",
    "association_matrix",
    "correlation_ratios",
    "cramers_v",
    "information_matrix",
    "kendall_matrix",
    "pearson_matrix",
    "spearman_matrix",
]

MAX_LEVELS = 255  # rarer levels are pooled, so that the table of two columns stays small
FLAT = 1e-12  # share of the variance below which a column counts as constant: rounding, not spread


def _remembered(build: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
    """`build`, its matrix kept with the table: metrics ask for the same ones, and the mixed matrix is made of them."""

    @wraps(build)
    def of_table(table: CodedTable, *names: Sequence[Hashable]) -> FloatArray:
        key = (build.__name__, *map(tuple, names))
        if key not in table.memo:
            matrix = build(table, *names)
            matrix.setflags(write=False)
            table.memo[key] = matrix
        return table.memo[key]

    return of_table


@_remembered
def pearson_matrix(table: CodedTable, names: Sequence[Hashable]) -> FloatArray:
    """Pearson correlation of numeric columns over the rows in which both are known.

    Returns
    -------
    ndarray of shape (n_names, n_names)
        NaN where a column is constant on those rows; 1 on the diagonal.
    """
    return _pairwise_pearson([table.values(name) for name in names])


@_remembered
def spearman_matrix(table: CodedTable, names: Sequence[Hashable]) -> FloatArray:
    """Pearson correlation of the columns' ranks (ties share their mean rank), each ranked among its known values."""
    return _pairwise_pearson([rank_values(table.values(name)) for name in names])


@_remembered
def kendall_matrix(table: CodedTable, names: Sequence[Hashable]) -> FloatArray:
    """Kendall's tau-b of numeric columns over the rows in which both are known; NaN where a column is constant."""
    from scipy.stats import kendalltau

    matrix = np.eye(len(names))
    for i, one in enumerate(names):
        for j, two in enumerate(names[:i]):
            known = ~(table.is_missing(one) | table.is_missing(two))
            x, y = table.values(one)[known], table.values(two)[known]
            varies = len(x) > 1 and x.min() < x.max() and y.min() < y.max()
            matrix[i, j] = matrix[j, i] = kendalltau(x, y).statistic if varies else np.nan
    return matrix


def information_matrix(codes: Sequence[np.ndarray], widths: Sequence[int]) -> FloatArray:
    """Mutual information of columns of bins over the mean of their entropies; NaN where a column has one bin only.

    Parameters
    ----------
    codes : sequence of ndarray of shape (n_rows,)
        Bins from 0.
    widths : sequence of int
        Number of bins of each column.

    Returns
    -------
    ndarray of shape (n_columns, n_columns)
        1 on the diagonal.
    """
    entropies = [_entropy(np.bincount(code, minlength=width)) for code, width in zip(codes, widths, strict=True)]
    matrix = np.eye(len(codes))
    for i, row in enumerate(codes):
        wide = row.astype(np.intp)
        for j in range(i):
            joint = _entropy(np.bincount(wide * widths[j] + codes[j], minlength=widths[i] * widths[j]))
            mean = 0.5 * (entropies[i] + entropies[j])
            shared = max(0.0, entropies[i] + entropies[j] - joint)
            defined = entropies[i] > 0.0 and entropies[j] > 0.0
            matrix[i, j] = matrix[j, i] = min(1.0, shared / mean) if defined else np.nan
    return matrix


def _entropy(counts: np.ndarray) -> float:
    share = counts[counts > 0] / counts.sum()
    return max(0.0, -float(np.sum(share * np.log(share))))


def _pairwise_pearson(columns: Sequence[FloatArray]) -> FloatArray:
    if not columns:
        return np.empty((0, 0))
    scaled = np.stack([_standardise(column) for column in columns])
    known = ~np.isnan(scaled)
    if known.all():
        matrix = scaled @ scaled.T / scaled.shape[1]
    else:
        matrix = _masked_products(np.where(known, scaled, 0.0), known.astype(np.float64))
    flat = np.array([not column.any() for column in np.nan_to_num(scaled)])
    matrix[flat, :] = matrix[:, flat] = np.nan
    matrix = np.clip(matrix, -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _masked_products(x: FloatArray, known: FloatArray) -> FloatArray:
    rows = known @ known.T
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = x @ known.T  # sum of column i over the rows that it shares with column j
        spread = (x * x) @ known.T - sums**2 / rows
        covariance = x @ x.T - sums * sums.T / rows
        defined = (spread > FLAT * rows) & (spread.T > FLAT * rows)
        return np.where(defined, covariance / np.sqrt(spread * spread.T), np.nan)


def _standardise(column: FloatArray) -> FloatArray:
    """The column less its mean, over its deviation; all zeros (NaN kept) where it is constant or unknown."""
    known = column[~np.isnan(column)]
    if len(known) == 0 or known.min() == known.max():
        return column * 0.0
    centred = column - known.mean()
    centred /= np.nanmax(np.abs(centred))  # so that squares neither overflow nor vanish
    return centred / np.sqrt(np.nanmean(centred**2))


def pooled_codes(table: CodedTable, name: Hashable) -> tuple[np.ndarray, int]:
    """Codes of a categorical column as int64 with 0 for missing, rare levels pooled, and how many codes there are."""
    codes = np.minimum(table.values(name), MAX_LEVELS).astype(np.int64) + 1
    return codes, min(len(table.coding.levels[name]), MAX_LEVELS + 1) + 1


@_remembered
def cramers_v(table: CodedTable, names: Sequence[Hashable]) -> FloatArray:
    """Cramer's V of categorical columns, missing as a level.

    Returns
    -------
    ndarray of shape (n_names, n_names)
        NaN where a column holds one level only; 1 on the diagonal.
    """
    codes = [pooled_codes(table, name) for name in names]
    matrix = np.eye(len(names))
    for i, (row, n_row) in enumerate(codes):
        for j, (column, n_column) in enumerate(codes[:i]):
            counts = np.bincount(row * n_column + column, minlength=n_row * n_column).reshape(n_row, n_column)
            matrix[i, j] = matrix[j, i] = _v_of(counts)
    return matrix


def _v_of(counts: np.ndarray) -> float:
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    smaller = min(np.count_nonzero(rows), np.count_nonzero(columns))
    if smaller < 2:
        return np.nan
    total = counts.sum()
    expected = np.outer(rows[rows > 0], columns[columns > 0]) / total
    observed = counts[np.ix_(rows > 0, columns > 0)]
    phi = float(((observed - expected) ** 2 / expected).sum()) / total
    return float(np.sqrt(min(1.0, phi / (smaller - 1))))


@_remembered
def correlation_ratios(table: CodedTable, numeric: Sequence[Hashable], categorical: Sequence[Hashable]) -> FloatArray:
    """Correlation ratio eta: the share, as a square root, of a number's variance that lies between the levels.

    Returns
    -------
    ndarray of shape (n_numeric, n_categorical)
        Over the rows where the number is known, missing as a level; NaN where either is constant.
    """
    codes = [pooled_codes(table, name) for name in categorical]
    matrix = np.full((len(numeric), len(categorical)), np.nan)
    for i, name in enumerate(numeric):
        column = _standardise(table.values(name))
        known = ~np.isnan(column)
        x = column if known.all() else column[known]
        total = float(x @ x)
        if total == 0.0:
            continue
        for j, (code, n_codes) in enumerate(codes):
            own = code if known.all() else code[known]
            counts = np.bincount(own, minlength=n_codes)
            if np.count_nonzero(counts) < 2:
                continue
            sums = np.bincount(own, weights=x, minlength=n_codes)
            between = float((sums[counts > 0] ** 2 / counts[counts > 0]).sum())
            matrix[i, j] = np.sqrt(min(1.0, between / total))
    return matrix


def association_matrix(table: CodedTable, names: Sequence[Hashable]) -> FloatArray:
    """Pearson correlation of two numbers, Cramer's V of two categories, correlation ratio of one of each.

    Returns
    -------
    ndarray of shape (n_names, n_names)
        Symmetric, 1 on the diagonal, NaN where a column is constant.
    """
    numeric = [name for name in names if table.values(name).dtype.kind == "f"]
    categorical = [name for name in names if table.values(name).dtype.kind != "f"]
    at = {name: position for position, name in enumerate(names)}
    rows, columns = [at[name] for name in numeric], [at[name] for name in categorical]
    matrix = np.eye(len(names))
    matrix[np.ix_(rows, rows)] = pearson_matrix(table, numeric)
    matrix[np.ix_(columns, columns)] = cramers_v(table, categorical)
    mixed = correlation_ratios(table, numeric, categorical)
    matrix[np.ix_(rows, columns)] = mixed
    matrix[np.ix_(columns, rows)] = mixed.T
    return matrix
