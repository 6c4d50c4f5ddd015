"""Fitting families to columns and choosing among them."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from synthfast._core.random import SeedLike, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.exceptions import DataError
from synthfast.marginals.families import FAMILIES, Family
from synthfast.marginals.fitted import FittedMarginal
from synthfast.marginals.goodness import ks_distance, rounded_loglik
from synthfast.marginals.lilliefors import lilliefors_p_value
from synthfast.marginals.pvalues import bootstrap_p_value, naive_p_value
from synthfast.marginals.summary import Summary

__all__ = ["CRITERIA", "P_VALUES", "fit_column", "parse_distributions", "parse_loc"]

CRITERIA = ("bic", "aic", "ks")
P_VALUES = ("naive", "lilliefors", "bootstrap")


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
    criterion: str = "bic",
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
    fits: dict[str, FittedMarginal | str] = {}
    for name in names:
        if distributions is None and FAMILIES[name].discrete and not summary.is_integer:
            continue
        try:
            with np.errstate(all="ignore"):
                fitted = _fit_family(summary, FAMILIES[name], rule, criterion)
                fits[name] = _with_p_value(fitted, p_value, n_bootstrap, stream.child(name), threads)
        except (DataError, ArithmeticError, np.linalg.LinAlgError) as error:
            fits[name] = str(error) or type(error).__name__
    return dict(sorted(fits.items(), key=lambda item: item[1].score if isinstance(item[1], FittedMarginal) else np.inf))


def _fit_family(summary: Summary, family: Family, rule: str | float, criterion: str) -> FittedMarginal:
    """The best of the family's candidate sets of fixed parameters, by AIC where that ranks families, else BIC."""
    best, best_score, failure = None, np.inf, DataError(f"{family.name}: no fit.")
    for fixed in family.candidates(summary, rule):
        try:
            found = family.fit(summary, fixed)
        except DataError as error:
            failure = error
            continue
        score = _penalty(found.n_free, summary.n, criterion) - 2.0 * found.loglik
        if np.isfinite(score) and score < best_score:
            best, best_score, best_fixed = found, score, fixed
    if best is None:
        raise failure
    fitted = FittedMarginal(
        family.name,
        best.params,
        n=summary.n,
        n_free=best.n_free,
        loglik=best.loglik,
        at_bound=best.at_bound,
        n_missing=summary.n_missing,
        fixed=dict(best_fixed),
    )
    distance = ks_distance(summary, family, best.params)
    return replace(fitted, ks_statistic=distance, score=_score(summary, fitted, distance, criterion))


def _score(summary: Summary, fitted: FittedMarginal, distance: float, criterion: str) -> float:
    """What families are ranked by; a continuous law of rounded values by the probability of the rounded values."""
    if criterion == "ks":
        return distance
    loglik = None if fitted.discrete else rounded_loglik(summary, fitted.family, fitted.params)
    return _penalty(fitted.n_free, summary.n, criterion) - 2.0 * (fitted.loglik if loglik is None else loglik)


def _penalty(n_free: int, n: int, criterion: str) -> float:
    return 2.0 * n_free if criterion == "aic" else n_free * float(np.log(n))


def _with_p_value(
    fitted: FittedMarginal, method: str, n_bootstrap: int, stream: Stream, n_threads: int
) -> FittedMarginal:
    if method == "lilliefors":
        tabulated = lilliefors_p_value(fitted)
        if tabulated is not None:
            return replace(fitted, p_value=tabulated, p_value_method="lilliefors")
    if method == "naive":
        return replace(fitted, p_value=naive_p_value(fitted.ks_statistic, fitted.n), p_value_method="naive")
    value = bootstrap_p_value(fitted, n_bootstrap, stream, n_threads)
    return replace(fitted, p_value=value, p_value_method="bootstrap")
