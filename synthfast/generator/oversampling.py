"""Rows between neighbours, with the figures that a result tells beside them."""

from typing import Any

from synthfast._core.random import SeedLike

__all__ = ["OversamplingMethods"]


class OversamplingMethods:
    """What makes rows between rows."""

    random_state: SeedLike

    def smote_style_generation(self, X: Any, n_samples: int | None = None, k_neighbors: int = 5) -> dict[str, Any]:
        """Make rows on the way from rows to their nearest neighbours, as SMOTE does within a class.

        Parameters
        ----------
        X : table, shape (n_rows, n_columns)
            pandas, polars, Arrow, a 2-D NumPy array, or a list of rows; numbers without missing values, and categories.
        n_samples : int, optional
            Rows to make; as many as ``X`` has by default.
        k_neighbors : int, default 5
            Neighbours to choose from.

        Returns
        -------
        dict
            - ``synthetic_data``: the new rows alone, in the container that came in; whole numbers stay whole;
            - ``k_neighbors``: as given;
            - ``mean_weight``: mean share of the way at which rows lie, near 0.5;
            - ``range_preserved``: whether every number lies in the range of its column.

        Raises
        ------
        DataError
            If a number is missing or infinite, or there are no more than ``k_neighbors`` rows.

        See Also
        --------
        synthfast.SMOTE, synthfast.SMOTENC : Oversampling of classes.

        Notes
        -----
        Distances are Euclidean in standard deviations of the columns, an unequal category counts as one of them. New
        rows lie between rows, so marginal spreads shrink a little and rows lie near those they come from: for
        oversampling, not for privacy. Cost as `synthfast.oversampling.nearest_neighbors`, then O(n_samples n_columns).

        References
        ----------
        N. V. Chawla, K. W. Bowyer, L. O. Hall and W. P. Kegelmeyer (2002), doi:10.1613/jair.953.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> flowers = load_dataset("iris")
        >>> result = SyntheticDataGenerator(random_state=0).smote_style_generation(flowers, 300)
        >>> result["synthetic_data"].shape, result["range_preserved"], 0.4 < result["mean_weight"] < 0.6
        ((300, 5), True, True)
        """
        from synthfast.oversampling._unlabelled import rows_between

        made = rows_between(X, n_samples, k_neighbors, self.random_state, "smote_style_generation")
        return {
            "synthetic_data": made.rows,
            "k_neighbors": k_neighbors,
            "mean_weight": made.mean_weight,
            "range_preserved": made.within,
        }
