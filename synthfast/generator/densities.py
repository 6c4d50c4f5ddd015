"""Tables drawn from kernel density estimates, mixtures and resampled rows, with the figures that a result tells."""

from typing import TYPE_CHECKING, Any

from synthfast.generator.tables import TableMethods

if TYPE_CHECKING:
    from synthfast.schema import Schema

__all__ = ["DensityMethods"]


class DensityMethods(TableMethods):
    """What draws near, or among, the rows that were given."""

    def kde_generation(
        self, data: Any, n_samples: int | None = None, *, schema: "Schema | None" = None, **parameters: Any
    ) -> dict[str, Any]:
        """Learn a table by a kernel density estimate and draw a synthetic one.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        n_samples : int, optional
            Synthetic rows; as many as ``data`` has by default.
        schema : Schema, optional
            What each column is; inferred by default.
        **parameters : object
            Of `synthfast.KDESynthesizer`, such as ``kernel``, ``bandwidth``, ``covariance`` and ``adaptive``.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in;
            - ``bandwidth``: column -> bandwidth of its kernel, or smoothing of its levels;
            - ``correlation_score``, ``correlation_difference``, ``original_correlation``, ``synthetic_correlation``,
              ``mean_preservation``: as in `gaussian_copula`;
            - ``model``: the fitted synthesizer.

        Raises
        ------
        SchemaError
            If a column cannot be used as it is.
        TypeError
            If a parameter is not one of the synthesizer's.

        Notes
        -----
        Cost as `synthfast.KDESynthesizer`. Rows lie within a few bandwidths of training rows: not for privacy.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> result = SyntheticDataGenerator(random_state=0).kde_generation(load_dataset("iris"), 500)
        >>> result["correlation_score"] > 0.9, len(result["bandwidth"])
        (True, 5)
        """
        model = self._fit("KDESynthesizer", data, schema, parameters)
        return self._drawn(model, data, n_samples, bandwidth=model.bandwidth_)

    def mixture_generation(
        self, data: Any, n_samples: int | None = None, *, schema: "Schema | None" = None, **parameters: Any
    ) -> dict[str, Any]:
        """Learn a table by a mixture of Gaussians and categories and draw a synthetic one.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        n_samples : int, optional
            Synthetic rows; as many as ``data`` has by default.
        schema : Schema, optional
            What each column is; inferred by default.
        **parameters : object
            Of `synthfast.MixtureSynthesizer`, such as ``n_components`` and ``covariance_type``.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in;
            - ``n_components``, ``weights``: components, and their shares, shape (n_components,);
            - ``bic``: Bayes' information criterion; ``converged``: whether the fit did;
            - ``correlation_score``, ``correlation_difference``, ``original_correlation``, ``synthetic_correlation``,
              ``mean_preservation``: as in `gaussian_copula`;
            - ``model``: the fitted synthesizer.

        Raises
        ------
        SchemaError
            If a column cannot be used as it is.
        TypeError
            If a parameter is not one of the synthesizer's.

        Notes
        -----
        Cost as `synthfast.MixtureSynthesizer`.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> result = SyntheticDataGenerator(random_state=0).mixture_generation(load_dataset("iris"), 500)
        >>> result["correlation_score"] > 0.9, result["converged"], len(result["weights"]) == result["n_components"]
        (True, True, True)
        """
        model = self._fit("MixtureSynthesizer", data, schema, parameters)
        return self._drawn(
            model,
            data,
            n_samples,
            n_components=model.n_components_,
            weights=model.weights_,
            bic=model.bic_,
            converged=model.converged_,
        )

    def bootstrap_generation(
        self, data: Any, n_samples: int | None = None, *, schema: "Schema | None" = None, **parameters: Any
    ) -> dict[str, Any]:
        """Draw rows of a table with replacement.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        n_samples : int, optional
            Rows to draw; as many as ``data`` has by default.
        schema : Schema, optional
            What each column is; inferred by default.
        **parameters : object
            Of `synthfast.BootstrapSynthesizer`, such as ``stratify``, ``cluster``, ``block_length``, ``weights``,
            ``bayesian`` and ``smoothing``.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in;
            - ``n_units``: what was drawn from: rows, clusters, or stretches of rows;
            - ``correlation_score``, ``correlation_difference``, ``original_correlation``, ``synthetic_correlation``,
              ``mean_preservation``: as in `gaussian_copula`;
            - ``model``: the fitted synthesizer.

        Raises
        ------
        SchemaError
            If a column cannot be used as it is.
        TypeError
            If a parameter is not one of the synthesizer's.

        Notes
        -----
        Rows are those of ``data``: for resampling studies, never for privacy. Cost O(n_rows + n_samples n_columns).

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> result = SyntheticDataGenerator(random_state=0).bootstrap_generation(load_dataset("iris"), 500)
        >>> len(result["synthetic_data"]), result["n_units"]
        (500, 150)
        """
        model = self._fit("BootstrapSynthesizer", data, schema, parameters)
        return self._drawn(model, data, n_samples, n_units=model.n_units_)
