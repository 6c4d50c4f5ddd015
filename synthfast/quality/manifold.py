"""Whether synthetic rows lie where real rows lie, and real ones where synthetic ones do: precision, recall, newness."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthfast.neighbors import nearest_neighbors
from synthfast.quality.columns import CodedTable, FloatArray, share_columns
from synthfast.quality.features import unit_features
from synthfast.quality.result import MetricResult, not_applicable
from synthfast.quality.sampling import SeedLike, fresh_reference, stage_generator

__all__ = ["alpha_precision", "authenticity", "beta_recall"]

N_LEVELS = 30  # of alpha and beta, 0 and 1 among them
MAX_ROWS = 5_000
MIN_ROWS = 2  # each real row needs another one
UNIT_RANGE = (0.0, 1.0)


@dataclass(frozen=True)
class _Places:
    """How rows of two tables of one size lie to each other."""

    real_to_center: FloatArray
    synthetic_to_center: FloatArray
    real_to_real: FloatArray
    real_to_synthetic: FloatArray
    nearest: np.ndarray
    nearest_to_center: FloatArray  # of the synthetic rows


def alpha_precision(
    real: Any, synthetic: Any, *, holdout: Any = None, max_rows: int = MAX_ROWS, random_state: SeedLike = 0
) -> MetricResult:
    """Whether as many synthetic as real rows lie in each ball around the real mean.

    Parameters
    ----------
    real, synthetic : table or CodedTable
        What :func:`share_columns` takes.
    holdout : table, CodedTable or None, default None
        Real rows that the model never saw; their precision is the reference. Without them it is that of one half of the
        real rows against the other.
    max_rows : int, default 5000
        Most rows of each table; as many are drawn from both, at random.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws.

    Returns
    -------
    MetricResult
        1 if the share of synthetic rows within the ball that holds a share alpha of the real ones is alpha, for 30
        values of alpha; ``detail`` holds ``alphas``, the ``curve`` of shares, and the rows used of each.

    Notes
    -----
    ``1 - sum |curve - alpha| / sum alpha``, synthcity's naive variant: numbers are scaled to the real range; categories
    have one indicator a level of the 30 most frequent, so that different levels lie 1 apart. O(n_rows n_columns).

    References
    ----------
    A. Alaa, B. van Breugel, E. Saveliev, M. van der Schaar (2022), How faithful is your synthetic data?, ICML.

    Examples
    --------
    >>> from synthfast.quality import alpha_precision
    >>> table = {"x": [0.0, 1.0, 2.0, 5.0, 9.0]}
    >>> round(alpha_precision(table, {"x": [3.4] * 5}).value, 2)
    0.0
    """
    return _measured("alpha_precision", _precision, real, synthetic, holdout, max_rows, random_state)


def beta_recall(
    real: Any, synthetic: Any, *, holdout: Any = None, max_rows: int = MAX_ROWS, random_state: SeedLike = 0
) -> MetricResult:
    """Whether the synthetic rows cover the real ones, those far out too.

    Parameters and result are those of :func:`alpha_precision`.

    Notes
    -----
    A real row is covered if a synthetic row lies no farther from it than the nearest other real row does. The curve is
    the share of real rows that are covered by a synthetic row within the ball around the synthetic mean that holds a
    share beta of the nearest ones; ``1 - sum |curve - beta| / sum beta``. Fresh real rows cover about half, so read it
    beside the reference. O(n_rows**2 n_columns) at worst.

    References
    ----------
    A. Alaa, B. van Breugel, E. Saveliev, M. van der Schaar (2022), How faithful is your synthetic data?, ICML.

    Examples
    --------
    >>> from synthfast.quality import beta_recall
    >>> table = {"x": [0.0, 1.0, 2.0, 5.0, 9.0]}
    >>> beta_recall(table, {"x": [100.0, 110.0, 120.0, 130.0, 140.0]}).value
    0.0
    """
    return _measured("beta_recall", _recall, real, synthetic, holdout, max_rows, random_state)


def authenticity(
    real: Any, synthetic: Any, *, holdout: Any = None, max_rows: int = MAX_ROWS, random_state: SeedLike = 0
) -> MetricResult:
    """Share of the real rows whose nearest synthetic row is farther away than the nearest other real row.

    Parameters and result are those of :func:`alpha_precision`; the goal is the half that fresh real rows show.

    Notes
    -----
    0 for a table that copies; 1 for one that stays away from the real rows, which is no merit either.

    References
    ----------
    A. Alaa, B. van Breugel, E. Saveliev, M. van der Schaar (2022), How faithful is your synthetic data?, ICML.

    Examples
    --------
    >>> from synthfast.quality import authenticity
    >>> authenticity({"x": [0.0, 1.0, 2.5]}, {"x": [0.0, 1.0, 2.5]}).value
    0.0
    """
    return _measured("authenticity", _newness, real, synthetic, holdout, max_rows, random_state, goal=0.5)


def _measured(
    name: str,
    measure: Any,
    real: Any,
    synthetic: Any,
    holdout: Any,
    max_rows: int,
    random_state: SeedLike,
    *,
    goal: float = 1.0,
) -> MetricResult:
    tables = share_columns(real, synthetic, holdout)
    if not tables.real.coding.compared:
        reason = "only text and identifiers, which are not compared"
        return not_applicable(name, reason, goal=goal, range=UNIT_RANGE)
    if min(tables.real.n_rows, tables.synthetic.n_rows) < MIN_ROWS:
        return not_applicable(name, "fewer than two rows in one of the tables", goal=goal, range=UNIT_RANGE)

    def places(one: CodedTable, two: CodedTable) -> _Places | None:
        size = min(one.n_rows, two.n_rows, max_rows)
        generator = stage_generator(random_state, "manifold")
        return None if size < MIN_ROWS else _places(one.sample(size, generator), two.sample(size, generator))

    def value_of(one: CodedTable, two: CodedTable) -> float | None:
        found = _kept(one, two, max_rows, random_state, places)
        return None if found is None else float(measure(found)[0])

    found = _kept(tables.real, tables.synthetic, max_rows, random_state, places)
    value, detail = measure(found)
    reference, source = fresh_reference(
        value_of, tables.real, tables.synthetic.n_rows, tables.holdout, random_state, scaled=False
    )
    detail |= {"n_rows": len(found.real_to_center), "reference_from": source}
    return MetricResult(name, float(value), goal, UNIT_RANGE, detail, reference)


def _kept(one: CodedTable, two: CodedTable, max_rows: int, random_state: SeedLike, places: Any) -> Any:
    """The places of two tables, kept with the second for the next metric."""
    key = "places", max_rows, repr(random_state)
    other, found = two.memo.get(key, (None, None))
    if other is not one:
        found = places(one, two)
        two.memo[key] = one, found
    return found


def _places(real: CodedTable, synthetic: CodedTable) -> _Places:
    names = real.coding.compared
    own, other = (unit_features(table, names, real) for table in (real, synthetic))
    to_real = nearest_neighbors(own, k=1)[0][:, 0]
    to_synthetic, nearest = nearest_neighbors(own, other, k=1)
    center, other_center = own.mean(axis=0), other.mean(axis=0)
    return _Places(
        np.linalg.norm(own - center, axis=1),
        np.linalg.norm(other - center, axis=1),
        to_real,
        to_synthetic[:, 0],
        nearest[:, 0],
        np.linalg.norm(other[nearest[:, 0]] - other_center, axis=1),
    )


def _precision(places: _Places) -> tuple[float, dict[str, Any]]:
    alphas = np.linspace(0.0, 1.0, N_LEVELS)
    radii = np.quantile(places.real_to_center, alphas)
    return _area(alphas, np.array([np.mean(places.synthetic_to_center <= radius) for radius in radii]))


def _recall(places: _Places) -> tuple[float, dict[str, Any]]:
    betas = np.linspace(0.0, 1.0, N_LEVELS)
    radii = np.quantile(places.nearest_to_center, betas)
    covered = places.real_to_synthetic <= places.real_to_real
    return _area(betas, np.array([np.mean(covered & (places.nearest_to_center <= radius)) for radius in radii]))


def _area(levels: FloatArray, curve: FloatArray) -> tuple[float, dict[str, Any]]:
    value = 1.0 - float(np.abs(levels - curve).sum() / levels.sum())
    return max(0.0, value), {"alphas": levels, "curve": curve}


def _newness(places: _Places) -> tuple[float, dict[str, Any]]:
    return float(np.mean(places.real_to_real < places.real_to_synthetic)), {}
