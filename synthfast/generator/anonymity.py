"""Tables made k-anonymous, and tables with noise."""

from typing import Any

from synthfast._core.random import SeedLike

__all__ = ["AnonymityMethods"]


class AnonymityMethods:
    """What changes a table so that its rows are harder to find."""

    random_state: SeedLike

    def enforce_k_anonymity(
        self, data: Any, k: int, quasi_identifiers: Any, sensitive: Any = None, **parameters: Any
    ) -> dict[str, Any]:
        """Generalise quasi-identifiers until every row shares them with at least k - 1 others.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        k : int
            1 .. n_rows.
        quasi_identifiers : str or sequence of column names
            What an attacker may know.
        sensitive : str or sequence of column names, optional
            What must not be learned.
        **parameters : object
            Of `synthfast.privacy.enforce_k_anonymity`, such as ``l``, ``t``, ``method``, ``hierarchies``,
            ``suppression_limit`` and ``output``.

        Returns
        -------
        dict
            - ``anonymized_data``: the table, in the container that came in;
            - ``k``, ``achieved_k``: as asked, and the smallest class;
            - ``information_loss``: global certainty penalty, 0 (nothing lost) to 1;
            - ``suppressed_rows``: rows left out;
            - ``report``: what the classes protect, as `synthfast.privacy.anonymity_report` tells it.

        Raises
        ------
        DataError
            If ``k`` is larger than the table, or no generalisation can meet the bounds.

        Notes
        -----
        Cost as `synthfast.privacy.enforce_k_anonymity`.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> result = SyntheticDataGenerator().enforce_k_anonymity(load_dataset("demo"), 5, ["age", "region"])
        >>> result["achieved_k"] >= 5, result["suppressed_rows"], result["information_loss"] < 0.1
        (True, 0, True)
        """
        from synthfast.privacy import enforce_k_anonymity

        options = {"random_state": self.random_state, **parameters}
        found = enforce_k_anonymity(data, k, quasi_identifiers, sensitive, **options)
        return {
            "anonymized_data": found.data,
            "k": found.k,
            "achieved_k": found.achieved_k,
            "information_loss": found.information_loss,
            "suppressed_rows": found.suppressed_rows,
            "report": found.report,
        }

    def add_noise(self, data: Any, scale: Any = 0.1, **parameters: Any) -> dict[str, Any]:
        """Add noise to the numbers of a table. This is not differential privacy.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        scale : float or dict of column name to float, default 0.1
            Standard deviation of the noise, in standard deviations of the column.
        **parameters : object
            Of `synthfast.privacy.add_noise`, such as ``relative``, ``method``, ``distribution``, ``keep_variance`` and
            ``category_change``.

        Returns
        -------
        dict
            - ``noisy_data``: the table, in the container that came in;
            - ``noise_scale``: column -> standard deviation of its noise;
            - ``variance_ratio``: column -> variance after over variance before, None where there was none.

        Raises
        ------
        DataError
            If a number is infinite.

        Notes
        -----
        O(n_rows n_columns). The law of the variance is told by `synthfast.privacy.add_noise`.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> result = SyntheticDataGenerator(random_state=0).add_noise(load_dataset("iris"), scale=0.2)
        >>> sorted(result)
        ['noise_scale', 'noisy_data', 'variance_ratio']
        """
        from synthfast.privacy import add_noise

        found = add_noise(data, scale, **{"random_state": self.random_state, **parameters})
        return {
            "noisy_data": found.data,
            "noise_scale": found.noise_scale,
            "variance_ratio": found.variance_ratio,
        }
