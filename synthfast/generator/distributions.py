"""Columns fitted by families of distributions, and drawn from them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from synthfast._core.random import SeedLike

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DistributionMethods"]


class DistributionMethods:
    """What fits distributions to columns, each for itself."""

    random_state: SeedLike

    def fit_distributions(
        self, data: Any, distributions: Iterable[str] | str | None = None, **options: Any
    ) -> dict[str, Any]:
        """Fit families of distributions to every numeric column and name the best of each.

        Parameters
        ----------
        data : table, series or array
            What `synthfast.fit_distributions` takes.
        distributions : list of str, optional
            Such as ``["norm", "lognorm", "gamma"]``; all known families by default.
        **options : object
            Of `synthfast.fit_distributions`: ``loc``, ``criterion``, ``p_value``, ``n_bootstrap``, ``n_threads``.

        Returns
        -------
        dict
            - ``best_distributions``: column -> ``distribution``, ``params`` (by name), ``ks_statistic``, ``p_value``,
              ``aic``, ``bic``;
            - ``all_fits``: column -> family -> the same figures, or the reason why it cannot be fitted;
            - ``skipped``: column -> reason.

        Raises
        ------
        DataError
            If no column can be fitted.
        ValueError
            If an argument is unknown.

        Notes
        -----
        O(n log n) a column. The p-value is the naive one unless ``p_value`` asks for another; it says which it is.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> fitting = SyntheticDataGenerator().fit_distributions(load_dataset("demo"), ["norm", "lognorm"])
        >>> fitting["best_distributions"]["income"]["distribution"]
        'lognorm'
        """
        from synthfast.marginals import fit_distributions

        options.setdefault("random_state", self.random_state)
        return fit_distributions(data, distributions, **options)

    def sample_from_distributions(self, fitting: Mapping[str, Any], n_samples: int) -> "pd.DataFrame":
        """Draw independent columns from fitted distributions.

        Parameters
        ----------
        fitting : dict
            What `fit_distributions` returned.
        n_samples : int
            Rows to draw.

        Returns
        -------
        pandas.DataFrame, shape (n_samples, n_columns)
            One column per key of ``best_distributions``. Dependence between columns is not kept.

        Raises
        ------
        DataError
            If ``fitting`` is no such dict.

        Notes
        -----
        O(n_samples) a column.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> toolkit = SyntheticDataGenerator(random_state=1)
        >>> fitting = toolkit.fit_distributions(load_dataset("engel"), ["lognorm", "gamma"])
        >>> toolkit.sample_from_distributions(fitting, 100).shape
        (100, 2)
        """
        from synthfast.marginals import sample_from_distributions

        return sample_from_distributions(fitting, n_samples, self.random_state)
