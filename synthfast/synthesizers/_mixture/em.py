"""Expectation and maximisation, for rows that may miss numbers."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._mixture import accumulate_mixture, score_mixture
from synthfast.exceptions import DataError
from synthfast.synthesizers._mixture.parameters import Parameters
from synthfast.synthesizers._mixture.rows import MixtureRows

__all__ = ["Fit", "Sums", "Terms", "expect", "fit_em", "maximise", "score_rows"]

Floats = NDArray[np.float64]

ROWS_PER_PART = 1_024
MAX_PARTS = 64
MAX_PART_BYTES = 2**26
LEAST_WEIGHT = 10 * np.finfo(np.float64).eps
SINGULAR, NO_MEMORY = 1, 2


@dataclass(frozen=True)
class Terms:
    """What a maximisation step holds to.

    Parameters
    ----------
    reg_covar : float
        Added to every variance.
    floor : ndarray of float64, shape (n_numbers,)
        Least variance of each number, such as that of the rounding it went through.
    prior : ndarray of float64, shape (n_levels,)
        Rows that every component is thought to have seen of each level before the data.
    """

    reg_covar: float
    floor: Floats
    prior: Floats


@dataclass(frozen=True)
class Sums:
    """Sums over rows, weighed by the shares of the components; numbers count from the components' means.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_components,)
    firsts : ndarray of float64, shape (n_components, n_numbers)
    seconds : ndarray of float64, shape of the covariances
    levels : ndarray of float64, shape (n_levels, n_components)
    log_likelihood : float
    """

    weights: Floats
    firsts: Floats
    seconds: Floats
    levels: Floats
    log_likelihood: float


@dataclass(frozen=True)
class Fit:
    """Where the iterations ended.

    Parameters
    ----------
    parameters : Parameters
    log_likelihood : float
        Of all rows under these parameters.
    n_iter : int
        Maximisation steps taken.
    converged : bool
        Whether the last of them gained no more than was asked.
    """

    parameters: Parameters
    log_likelihood: float
    n_iter: int
    converged: bool


def expect(rows: MixtureRows, p: Parameters, n_threads: int | None = None) -> Sums:
    """The expectation step."""
    k, d = p.means.shape
    logs = p.level_logs
    size = 1 + d + p.covariances[0].size
    n_parts = min(MAX_PARTS, -(-rows.n_rows // ROWS_PER_PART))
    n_parts = max(1, min(n_parts, MAX_PART_BYTES // (8 * (k * size + logs.size))))
    moments, level_sums = np.empty((n_parts, k, size)), np.empty((n_parts, *logs.shape))
    log_likelihood = np.empty(n_parts)
    status = accumulate_mixture(
        **_arguments(rows, p),
        moments=moments,
        level_sums=level_sums,
        log_likelihood=log_likelihood,
        n_threads=effective_n_threads(n_threads),
    )
    _check(status)
    total = moments.sum(axis=0)
    seconds = total[:, 1 + d :].reshape(p.covariances.shape)
    if not p.diagonal:  # the kernel fills the lower half
        lower = np.tril(seconds)
        seconds = lower + np.tril(seconds, -1).transpose(0, 2, 1)
    levels = level_sums.sum(axis=0)[:-1, :k]
    return Sums(total[:, 0], total[:, 1 : 1 + d], seconds, levels, float(log_likelihood.sum()))


def score_rows(rows: MixtureRows, p: Parameters, n_threads: int | None = None) -> tuple[Floats, Floats]:
    """Log density of each row, and the shares of the components in it, in the order in which rows were given.

    Returns
    -------
    log_density : ndarray of float64, shape (n_rows,)
    shares : ndarray of float64, shape (n_rows, n_components)
        All 0 where no component can have given the row.
    """
    log_density, shares = np.empty(rows.n_rows), np.empty((rows.n_rows, p.n_components))
    threads = effective_n_threads(n_threads)
    _check(score_mixture(**_arguments(rows, p), log_density=log_density, shares=shares, n_threads=threads))
    out, by_row = np.empty_like(log_density), np.empty_like(shares)
    out[rows.order], by_row[rows.order] = log_density, shares
    return out, by_row


def _arguments(rows: MixtureRows, p: Parameters) -> dict[str, Any]:
    return {
        "values": rows.values,
        "codes": rows.codes,
        "run_starts": rows.run_starts,
        "seen": rows.seen,
        "log_weights": p.log_weights,
        "means": p.means,
        "covariances": p.covariances,
        "level_logs": p.level_logs,
    }


def _check(status: int) -> None:
    if status & NO_MEMORY:
        raise MemoryError("mixture: no memory for a tile of rows.")
    if status & SINGULAR:
        raise DataError(
            "mixture: a component's covariance is not positive definite: columns determine each other to the last "
            "digit. Raise reg_covar."
        )


def maximise(sums: Sums, p: Parameters, terms: Terms, offsets: NDArray[np.int64]) -> Parameters:
    """The maximisation step; code column c has the levels ``offsets[c]`` to ``offsets[c + 1]``."""
    weights = sums.weights + LEAST_WEIGHT
    shift = sums.firsts / weights[:, None]
    covariances = _covariances(sums, weights, shift, p)
    levels = sums.levels + terms.prior[:, None]
    for start, stop in pairwise(offsets):
        levels[start:stop] /= levels[start:stop].sum(axis=0)
    moved = replace(p, weights=weights / weights.sum(), means=p.means + shift, covariances=covariances, levels=levels)
    return _held(moved, terms)


def _covariances(sums: Sums, weights: Floats, shift: Floats, p: Parameters) -> Floats:
    if p.diagonal:
        out = sums.seconds / weights[:, None, None] - np.square(shift)[:, None, :]
        if p.kind == "spherical" and out.size:
            out = np.broadcast_to(out.mean(axis=2, keepdims=True), out.shape)
        return np.maximum(out, 0.0)
    products = shift[:, :, None] * shift[:, None, :]
    if p.kind == "tied":
        pooled = (sums.seconds - weights[:, None, None] * products).sum(axis=0) / weights.sum()
        return np.repeat(pooled[None], len(weights), axis=0)
    return sums.seconds / weights[:, None, None] - products


def _held(p: Parameters, terms: Terms) -> Parameters:
    """The nearest parameters whose variances are not below the floor, in any direction."""
    if p.diagonal:
        least = np.full_like(terms.floor, terms.floor.mean()) if p.kind == "spherical" and p.means.size else terms.floor
        return replace(p, covariances=np.ascontiguousarray(np.maximum(p.covariances + terms.reg_covar, least)))
    covariances = p.covariances + terms.reg_covar * np.eye(p.means.shape[1])
    if (terms.floor > 0.0).any():
        kinds = covariances[:1] if p.kind == "tied" else covariances
        held = _above(kinds, np.sqrt(np.maximum(terms.floor, terms.reg_covar)))
        covariances = np.repeat(held, len(covariances), axis=0) if p.kind == "tied" else held
    return replace(p, covariances=np.ascontiguousarray(covariances))


def _above(covariances: Floats, deviations: Floats) -> Floats:
    """Covariances whose eigenvalues, in units of ``deviations``, are raised to at least 1."""
    unit = deviations[:, None] * deviations[None, :]
    scaled = covariances / unit
    values, vectors = np.linalg.eigh(scaled)
    if (values >= 1.0).all():
        return covariances
    raised = (vectors * np.maximum(values, 1.0)[:, None, :]) @ vectors.transpose(0, 2, 1)
    raised = 0.5 * (raised + raised.transpose(0, 2, 1))
    return np.where((values[:, 0] >= 1.0)[:, None, None], covariances, raised * unit)


def fit_em(
    rows: MixtureRows,
    start: Parameters,
    terms: Terms,
    offsets: NDArray[np.int64],
    *,
    max_iter: int,
    tol: float,
    n_threads: int | None = None,
) -> Fit:
    """Iterate until the mean log-likelihood of a row gains less than ``tol``, or ``max_iter`` times."""
    p, before = start, -np.inf
    for n_iter in range(max_iter + 1):
        sums = expect(rows, p, n_threads)
        converged = bool(abs(sums.log_likelihood - before) <= tol * rows.n_rows)
        if converged or n_iter == max_iter:
            break
        before = sums.log_likelihood
        p = maximise(sums, p, terms, offsets)
    return Fit(p, sums.log_likelihood, n_iter, converged)
