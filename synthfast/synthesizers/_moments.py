"""Latent correlations of a table from exact integer cross-products of normal scores."""

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._crossprod import accumulate_crossprod
from synthfast.encoding.missing import missing_of
from synthfast.synthesizers._correlation import StepFunction, latent_correlation, nearest_correlation
from synthfast.synthesizers._latent import Latent
from synthfast.synthesizers._latent_table import LatentTable
from synthfast.synthesizers._rows import Rows

__all__ = ["fit_correlation"]

Floats = NDArray[np.float64]

SCORE_SCALE = 1 << 16


def fit_correlation(rows: Rows, table: LatentTable) -> Floats:
    """Correlation matrix of the latents in the order of ``table.names``.

    Notes
    -----
    Normal scores are rounded to 2^-16 and multiplied as integers, so the sums are exact for any order of the rows.
    Where values are missing a pair's moment is that of the rows that have both, and the latent of a value is left
    uncorrelated with the one that says whether it is missing, which no data can tell.
    """
    names, missing, latents = list(table.values), table.missing_rates, table.values
    if not names:
        return np.empty((0, 0))
    blank = [names.index(name) for name in missing]
    indicators = [StepFunction.from_probabilities(np.array([0.0, 1.0 - rate, 1.0])) for rate in missing.values()]
    n_latent = len(names) + len(blank)
    n_needed = _n_rows_needed(n_latent, len(blank))

    def multiply(values: dict[Hashable, NDArray[Any]]) -> NDArray[np.int64]:
        scores = _score_rows([values[n] for n in names], [latents[n] for n in names], blank, indicators)
        part = np.zeros((n_needed, n_needed), dtype=np.int64)
        accumulate_crossprod(scores, part, effective_n_threads())
        return part

    sums = sum(rows.map(multiply), start=np.zeros((n_needed, n_needed), dtype=np.int64))
    steps = [*(latents[name].steps() for name in names), *indicators]
    moments = sums[:n_latent, :n_latent] / (rows.n_rows * float(SCORE_SCALE) ** 2)
    if blank:
        moments = _present_moments(sums, moments, len(names), blank)
    return nearest_correlation(latent_correlation(moments, steps))


def _n_rows_needed(n_latent: int, n_blank: int) -> int:
    """Scores; where something is missing also a row of ones and the presence of each such column."""
    return n_latent if not n_blank else n_latent + n_blank + 1


def _score_rows(
    values: list[NDArray[Any]], latents: list[Latent], blank: list[int], indicators: list[StepFunction]
) -> NDArray[np.int32]:
    """Integer rows whose cross-products are needed, shape (n_needed, n_rows)."""
    n_values, n_latent = len(values), len(values) + len(blank)
    out = np.empty((_n_rows_needed(n_latent, len(blank)), len(values[0])), dtype=np.int32)
    gone = [missing_of(values[j]) for j in blank]
    for j in range(n_latent):
        k = j - n_values
        score = latents[j].score(values[j]) if k < 0 else indicators[k].scores[gone[k].astype(np.intp)]
        np.rint(score * SCORE_SCALE, out=out[j], casting="unsafe")
    if blank:
        out[n_latent] = 1
        out[n_latent + 1 :] = ~np.array(gone)
    return out


def _present_moments(sums: NDArray[np.int64], moments: Floats, n_values: int, blank: list[int]) -> Floats:
    """Moments of pairs with missing values: the covariance over the rows that have both.

    It is left on the scale of the whole column: where little varies among those rows, little is learned of the pair.
    """
    n_latent = n_values + len(blank)
    presence = np.full(n_latent, n_latent)  # the row of ones, or the column's own presence
    presence[blank] = n_latent + 1 + np.arange(len(blank))
    both = np.maximum(sums[np.ix_(presence, presence)], 1).astype(np.float64)
    mean = sums[:n_latent, presence] / both / SCORE_SCALE  # [i, j]: of latent i over the rows that have i and j
    covariance = sums[:n_latent, :n_latent] / both / float(SCORE_SCALE) ** 2 - mean * mean.T
    partial = np.zeros((n_latent, n_latent), dtype=bool)
    partial[blank] = partial[:, blank] = True
    out = np.where(partial, covariance, moments)
    own = np.arange(n_values, n_latent)
    out[own, blank] = out[blank, own] = 0.0
    return out
