"""How good a synthetic table is."""

from collections.abc import Hashable, Sequence
from typing import Any

from synthfast._core.random import SeedLike

__all__ = ["QualityMethods"]


class QualityMethods:
    """What measures a synthetic table against the real one."""

    random_state: SeedLike

    def assess_quality(
        self,
        original: Any,
        synthetic: Any,
        metrics: Sequence[str] | None = None,
        target: Hashable | None = None,
        *,
        holdout: Any = None,
    ) -> dict[str, Any]:
        """Measure how close a synthetic table is to the real one, how useful, and what it discloses.

        Parameters
        ----------
        original, synthetic : table, shape (n_rows, n_columns)
            The table that the model was trained on, and the one to judge.
        metrics : sequence of str, optional
            Families to measure, as in `synthfast.evaluate`; all by default. Figures of the others are None.
        target : hashable, optional
            Column to predict; the last compared one by default. A continuous one is cut at its median for the
            accuracies and used as it is for the regression.
        holdout : table, optional
            Real rows that the model never saw.

        Returns
        -------
        dict
            ``statistical_metrics`` (flat name -> float), ``ks_test_scores`` (column -> ``statistic``, ``p_value``,
            ``passed``), ``wasserstein``, ``correlation_difference``, ``correlation_rmse``, ``correlation_score``,
            ``original_accuracy``, ``synthetic_accuracy``, ``utility_score``, ``regression``, ``privacy``,
            ``overall_score`` (0 to 100) and ``quality_plot`` (a matplotlib figure); figures that do not apply are None.

        Raises
        ------
        DataError
            If the tables do not go together, or there is no such target.
        ValueError
            If a metric is unknown.

        Notes
        -----
        Costly parts draw rows at random on large tables. With ``random_state=None`` the seed of these is 0.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> toolkit = SyntheticDataGenerator(random_state=0)
        >>> real = load_dataset("iris")
        >>> synthetic = toolkit.gaussian_copula(real)["synthetic_data"]
        >>> toolkit.assess_quality(real, synthetic, metrics=["ks", "correlation"])["overall_score"] > 80
        True
        """
        from synthfast.reporting import assess_quality

        seed = 0 if self.random_state is None else self.random_state
        return assess_quality(original, synthetic, metrics, target, holdout=holdout, random_state=seed)
