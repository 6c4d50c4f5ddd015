"""Fitting distributions to the columns of a table, and sampling from what was fitted."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast.exceptions import DataError
from synthfast.marginals.fitted import FittedMarginal
from synthfast.marginals.points import FloatArray
from synthfast.marginals.selection import fit_column

if TYPE_CHECKING:
    import pandas as pd

    from synthfast._core.frames import ColumnData, Table

__all__ = ["DistributionFits", "fit_distributions", "sample_from_distributions"]

_LARGEST_INTEGER = 2.0**53


class DistributionFits(dict[str, Any]):
    """The result of :func:`fit_distributions`: a dict of plain values that goes to JSON as it is.

    ``best_distributions``
        Column to a dict of ``distribution``, ``params`` (by name, as in ``scipy.stats``), ``ks_statistic``,
        ``p_value``, ``p_value_method``, ``aic``, ``bic``, ``loglik``, ``n``, ``n_missing``, ``n_free``,
        ``fixed``, ``at_bound``.
    ``all_fits``
        Column to family to such a dict, the best first; where a family could not be fitted, a dict of ``error``.
    ``skipped``
        Column to the reason why nothing was fitted to it.
    """

    @property
    def marginals(self) -> dict[Hashable, FittedMarginal]:
        """The best law of each column, ready for use."""
        return {name: FittedMarginal.from_dict(entry) for name, entry in self["best_distributions"].items()}

    def __repr__(self) -> str:
        lines = [f"{'column':<20} {'distribution':<12} {'KS':>8} {'p-value':>20}  parameters"]
        for name, entry in self["best_distributions"].items():
            params = ", ".join(f"{key}={value:.6g}" for key, value in entry["params"].items())
            p_value = f"{entry['p_value']:.3g} ({entry['p_value_method']})"
            figures = f"{entry['ks_statistic']:>8.4f} {p_value:>20}"
            lines.append(f"{name!s:<20} {entry['distribution']:<12} {figures}  {params}")
        lines += [f"{name!s:<20} skipped: {reason}" for name, reason in self["skipped"].items()]
        return "\n".join(lines)


def fit_distributions(
    data: Any,
    distributions: Iterable[str] | str | None = None,
    *,
    loc: str | float = "auto",
    criterion: str = "auto",
    p_value: str = "naive",
    n_bootstrap: int = 199,
    random_state: SeedLike = None,
    n_threads: int | None = None,
) -> DistributionFits:
    """Fit families of distributions to every numeric column by maximum likelihood and name the best of each.

    Parameters
    ----------
    data : table, series or array
        Any table (pandas, polars, Arrow, 2-D NumPy, dict of columns), a pandas or polars series, or a 1-D array (column
        0). Missing values are left out and counted. Other than numeric columns are skipped, and so are columns with
        infinities or without two distinct values; ``skipped`` says why.
    distributions : list of str, optional
        Names in ``scipy.stats``: ``norm lognorm expon gamma beta weibull_min uniform t pareto logistic gumbel_r`` and,
        for whole numbers, ``poisson binom nbinom geom``. All by default, the latter four on whole numbers alone.
    loc : {"auto", "free", "fixed"} or float, default "auto"
        Where the support of ``lognorm expon gamma beta weibull_min uniform pareto`` starts. A number holds it there
        (``"fixed"``: 0); ``"free"`` estimates it; ``"auto"`` tries 0 and free (and [0, 1] for ``beta``) and keeps what
        the criterion prefers. ``norm t logistic gumbel_r`` always estimate their centre. ``poisson binom nbinom`` start
        at 0 or the given whole number; ``geom`` starts above it.
    criterion : {"auto", "bic", "aic", "ks"}, default "auto"
        What ranks the families: Schwarz's or Akaike's criterion, or the Kolmogorov-Smirnov distance. ``"auto"`` takes
        the families whose distance is the least but for chance (within 1/sqrt(n)) and ranks them by BIC: a likelihood
        alone is ruled by tails and spikes of real columns, a distance alone by chance.
    p_value : {"naive", "lilliefors", "bootstrap"}, default "naive"
        How the p-value of the Kolmogorov-Smirnov distance is found. ``"naive"`` is Kolmogorov's and ignores that the
        parameters were fitted, so it is too large. ``"lilliefors"`` corrects it by simulated tables, which exist where
        the distance does not depend on the true parameters, and bootstraps elsewhere. ``"bootstrap"`` refits samples of
        each fitted law. The entry's ``p_value_method`` says which it was. None of them corrects for having chosen
        the best of several families.
    n_bootstrap : int, default 199
        Samples of the bootstrap.
    random_state : None, int, SeedSequence or Generator, optional
        Seeds the bootstrap; nothing else is random.
    n_threads : int, optional
        Threads to use; the result does not depend on it.

    Returns
    -------
    DistributionFits
        A dict with ``best_distributions``, ``all_fits`` and ``skipped``.

    Raises
    ------
    DataError
        If ``data`` is no table, or no column can be fitted.
    TypeError, ValueError
        If an argument is not one of those listed.

    Notes
    -----
    Each family takes a closed form or a few Newton steps: first on about a thousand group means, then on all values.
    O(n log n) per column for sorting, O(n) per family and step.

    No parameter runs away. Where the likelihood of a family has its maximum at infinity (gamma on left-skewed values,
    pareto on tails lighter than exponential, ...) the search stops at a bound and the entry names the parameter under
    ``at_bound``: an estimated edge of a support lies at most 100 standard deviations beyond the data, degrees of
    freedom of ``t`` are 0.05 to 1e6, ``c`` of ``weibull_min`` 1e-3 to 1e5, ``n`` of ``nbinom`` 1e-6 to 1e6, ``n`` of
    ``binom`` at most 1,000 times the maximum. Where it is unbounded next to the smallest or largest value (shapes below
    one, spikes) an edge keeps half a step of rounded data, or the standard deviation over n, away from it.

    Where values are rounded to few distinct steps, continuous families are ranked by the probabilities of the rounded
    values, so that they compare fairly with discrete ones; the figures reported are those of the density.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import fit_distributions
    >>> waits = -10.0 * np.log(np.arange(1, 500) / 500)
    >>> fits = fit_distributions({"waits": waits}, ["norm", "expon", "gamma"])
    >>> fits["best_distributions"]["waits"]["distribution"]
    'expon'
    """
    table = _as_table(data)
    result = DistributionFits(best_distributions={}, all_fits={}, skipped={})
    options: dict[str, Any] = {"loc": loc, "criterion": criterion, "p_value": p_value, "n_bootstrap": n_bootstrap}
    stream = Stream.from_seed(random_state)
    for position, name in enumerate(table.names):
        try:
            values = _numbers(table.column(name))
            fits = fit_column(
                values, distributions, random_state=stream.child(position), n_threads=n_threads, **options
            )
        except DataError as error:
            result["skipped"][name] = str(error)
            continue
        entries = {family: _entry(fitted) for family, fitted in fits.items()}
        result["all_fits"][name] = entries
        best = next(iter(entries.values()))
        if "error" in best:
            result["skipped"][name] = "no family could be fitted; all_fits has the reasons."
        else:
            result["best_distributions"][name] = best
    if not result["best_distributions"]:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(result["skipped"].items())[:5])
        raise DataError(f"expected a numeric column that a distribution can be fitted to, found none. {reasons}")
    return result


def sample_from_distributions(
    fitting: Mapping[str, Any],
    n_samples: int,
    random_state: SeedLike = None,
    *,
    keep_missing: bool = False,
) -> "pd.DataFrame":
    """Draw independent columns from fitted distributions.

    Parameters
    ----------
    fitting : DistributionFits or dict
        What :func:`fit_distributions` returned, or the same read from JSON; also a dict with ``best_distributions`` of
        column to ``distribution`` and ``params``.
    n_samples : int
        Rows to draw.
    random_state : None, int, SeedSequence or Generator, optional
        The same seed gives the same values, and a short draw is the start of a long one.
    keep_missing : bool, default False
        Whether values go missing at each column's own rate, independently. By default none do.

    Returns
    -------
    pandas.DataFrame of shape (n_samples, n_columns)
        One column per key of ``best_distributions``: int64 for discrete distributions (Int64 where values are missing),
        float64 for others. Values follow the fitted law and may lie outside the range of the data.

    Raises
    ------
    DataError
        If ``fitting`` is not such a dict, or names an unknown distribution or parameter.

    Notes
    -----
    O(n_samples) per column. Columns are drawn independently of each other: their dependence is not modelled.

    Examples
    --------
    >>> from synthfast import sample_from_distributions
    >>> laws = {"best_distributions": {"age": {"distribution": "poisson", "params": {"mu": 40.0, "loc": 0.0}}}}
    >>> sample_from_distributions(laws, 3, random_state=0)["age"].dtype
    dtype('int64')
    """
    import pandas as pd

    n = check_integer("n_samples", n_samples, minimum=0)
    if not isinstance(fitting, Mapping) or not isinstance(fitting.get("best_distributions"), Mapping):
        raise DataError("expected the result of fit_distributions, a dict with the key 'best_distributions'.")
    stream = Stream.from_seed(random_state)
    columns: dict[Hashable, Any] = {}
    for position, (name, entry) in enumerate(fitting["best_distributions"].items()):
        law = FittedMarginal.from_dict(entry)
        own = stream.child(position)
        values = law.sample(n, own)
        missing = None
        if keep_missing and law.n_missing:
            missing = own.child("missing").uniform(n) < law.n_missing / (law.n + law.n_missing)
        columns[name] = _finish(values, law.discrete, missing)
    return pd.DataFrame(columns, index=pd.RangeIndex(n))


def _finish(values: FloatArray, discrete: bool, missing: Any) -> Any:
    """Whole numbers as integers where they fit, missing values put in."""
    import pandas as pd

    if discrete and bool((np.abs(values) <= _LARGEST_INTEGER).all()):
        whole = values.astype(np.int64)
        return whole if missing is None else pd.arrays.IntegerArray(whole, missing)
    if missing is not None:
        values[missing] = np.nan
    return values


def _entry(fitted: FittedMarginal | str) -> dict[str, Any]:
    return {"error": fitted} if isinstance(fitted, str) else fitted.to_dict()


def _as_table(data: Any) -> "Table":
    from synthfast._core.frames import Table

    if isinstance(data, np.ndarray) and data.ndim == 1 and data.dtype.names is None:
        data = data.reshape(-1, 1)
    elif hasattr(data, "to_frame") and not hasattr(data, "columns"):
        data = data.to_frame()
    return Table.from_any(data)


def _numbers(column: "ColumnData") -> FloatArray:
    """The column as float64, NaN where missing."""
    if column.storage not in ("float", "integer", "decimal"):
        raise DataError(f"expected numbers, found a column of {column.dtype or column.storage}.")
    values = column.array.astype(np.float64)
    if column.storage == "decimal":
        values *= 10.0**-column.scale
    missing = column.missing()
    if missing is not None:
        values[missing] = np.nan
    return values
