"""Fitting families to columns and choosing among them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from synthfast._core.random import SeedLike, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.exceptions import DataError
from synthfast.marginals.families import FAMILIES, Family
from synthfast.marginals.fitted import FittedMarginal
from synthfast.marginals.goodness import ks_distance, rounded_fit
from synthfast.marginals.lilliefors import lilliefors_p_value
from synthfast.marginals.pvalues import bootstrap_p_value, naive_p_value
from synthfast.marginals.summary import Summary

__all__ = ["CRITERIA", "P_VALUES", "fit_column", "parse_distributions", "parse_loc"]

CRITERIA = ("auto", "bic", "aic", "ks")
P_VALUES = ("naive", "lilliefors", "bootstrap")
_CHANCE = 1.0
"""Distances closer than this over sqrt(n) are taken as equal: chance alone makes them differ by as much."""


def parse_distributions(distributions: Iterable[str] | str | None) -> list[str]:
    """Names of families, checked; all of them for None.

    Raises
    ------
    ValueError
        If a name is unknown, or there is none.
    """
    if distributions is None:
        return list(FAMILIES)
    names = [distributions] if isinstance(distributions, str) else list(distributions)
    if not names:
        raise ValueError("distributions: expected at least one name, got none.")
    for name in names:
        check_choice("distributions", name, FAMILIES)
    return list(dict.fromkeys(names))


def parse_loc(loc: str | float) -> str | float:
    """A location rule, checked: ``"auto"``, ``"free"`` or a number (``"fixed"`` is 0).

    Raises
    ------
    TypeError, ValueError
        If it is none of these.
    """
    if isinstance(loc, str):
        check_choice("loc", loc, ("auto", "free", "fixed"))
        return 0.0 if loc == "fixed" else loc
    return check_number("loc", loc)


def fit_column(
    values: ArrayLike,
    distributions: Iterable[str] | str | None = None,
    *,
    loc: str | float = "auto",
    criterion: str = "auto",
    p_value: str = "naive",
    n_bootstrap: int = 199,
    random_state: SeedLike | Stream = None,
    n_threads: int | None = None,
) -> dict[str, FittedMarginal | str]:
    """Fit families to one column.

    Parameters
    ----------
    values : array_like, shape (n_rows,)
        Numbers; NaN is missing.
    distributions, loc, criterion, p_value, n_bootstrap, random_state, n_threads
        As in :func:`fit_distributions`.

    Returns
    -------
    dict of str to FittedMarginal or str
        By family, the best first; a family that could not be fitted has the reason in its place, after the others.

    Raises
    ------
    DataError
        If there is nothing to fit: no values, one distinct value, infinities.

    Notes
    -----
    O(n log n) for the sort, then a few passes of O(n) per family.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.marginals import fit_column
    >>> fits = fit_column(np.arange(200) / 10, ["norm", "uniform"])
    >>> next(iter(fits)), round(fits["uniform"].params["scale"], 3)
    ('uniform', 19.9)
    """
    names, rule = parse_distributions(distributions), parse_loc(loc)
    check_choice("criterion", criterion, CRITERIA)
    check_choice("p_value", p_value, P_VALUES)
    check_integer("n_bootstrap", n_bootstrap, minimum=1)
    stream = random_state if isinstance(random_state, Stream) else Stream.from_seed(random_state)
    threads = effective_n_threads(n_threads)
    summary = Summary(values, threads)
    rated: list[_Rated] = []
    failures: dict[str, FittedMarginal | str] = {}
    with np.errstate(all="ignore"):
        for name in names:
            if distributions is None and FAMILIES[name].discrete and not summary.is_integer:
                continue
            try:
                rated.append(_fit_family(summary, FAMILIES[name], rule, criterion))
            except (DataError, ArithmeticError, np.linalg.LinAlgError) as error:
                failures[name] = str(error) or type(error).__name__
        fits = {
            fit.distribution: _p_value(fit, p_value, n_bootstrap, stream, threads) for fit in _ranked(rated, criterion)
        }
    return {**fits, **failures}


@dataclass(frozen=True)
class _Rated:
    """A fit with what ranks it: for rounded values, the likelihood and distance of the rounded law."""

    fitted: FittedMarginal
    information: float
    distance: float


def _fit_family(summary: Summary, family: Family, rule: str | float, criterion: str) -> _Rated:
    """The best of the family's candidate sets of fixed parameters, by AIC where that ranks families, else BIC."""
    best, best_score, failure = None, np.inf, DataError(f"{family.name}: no fit.")
    for fixed in family.candidates(summary, rule):
        try:
            found = family.fit(summary, fixed)
        except DataError as error:
            failure = error
            continue
        score = _information(found.loglik, found.n_free, summary.n, criterion)
        if not np.isfinite([score, *found.params.values()]).all():
            failure = DataError(f"{family.name}: no finite fit.")
        elif score < best_score:
            best, best_score, best_fixed = found, score, fixed
    if best is None:
        raise failure
    distance = ks_distance(summary, family, best.params)
    rounded = None if family.discrete else rounded_fit(summary, family, best.params)
    loglik, rounded_distance = rounded or (best.loglik, distance)
    fitted = FittedMarginal(
        family.name,
        best.params,
        n=summary.n,
        n_free=best.n_free,
        loglik=best.loglik,
        ks_statistic=distance,
        at_bound=best.at_bound,
        n_missing=summary.n_missing,
        fixed=dict(best_fixed),
    )
    return _Rated(fitted, _information(loglik, best.n_free, summary.n, criterion), rounded_distance)


def _information(loglik: float, n_free: int, n: int, criterion: str) -> float:
    return (2.0 * n_free if criterion == "aic" else n_free * float(np.log(n))) - 2.0 * loglik


def _ranked(rated: list[_Rated], criterion: str) -> list[FittedMarginal]:
    """Best first. ``"auto"``: by BIC among those whose distance is the least but for chance, then by distance."""
    if criterion == "ks":
        order = sorted(rated, key=lambda fit: fit.distance)
    elif criterion == "auto" and rated:
        close = min(fit.distance for fit in rated) + _CHANCE / np.sqrt(rated[0].fitted.n)
        near = sorted((fit for fit in rated if fit.distance <= close), key=lambda fit: fit.information)
        order = near + sorted((fit for fit in rated if fit.distance > close), key=lambda fit: fit.distance)
    else:
        order = sorted(rated, key=lambda fit: fit.information)
    return [fit.fitted for fit in order]


def _p_value(fitted: FittedMarginal, method: str, n_bootstrap: int, stream: Stream, n_threads: int) -> FittedMarginal:
    if method == "lilliefors":
        tabulated = lilliefors_p_value(fitted)
        if tabulated is not None:
            return replace(fitted, p_value=tabulated, p_value_method="lilliefors")
    if method == "naive":
        return replace(fitted, p_value=naive_p_value(fitted.ks_statistic, fitted.n), p_value_method="naive")
    value = bootstrap_p_value(fitted, n_bootstrap, stream.child(fitted.distribution), n_threads)
    return replace(fitted, p_value=value, p_value_method="bootstrap")
