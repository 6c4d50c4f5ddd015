"""The one-object toolkit: every method takes a table and returns a dictionary. It translates; it holds no algorithm."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast._core.random import SeedLike
from synthfast._registry import load_object
from synthfast.exceptions import ConditionError, SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from synthfast.schema import Schema

__all__ = ["SyntheticDataGenerator"]

COPULA, TREE = "GaussianCopulaSynthesizer", "TreeSynthesizer"
# What draws under conditions, and how it is made; an audit would cost a second fit, and no key of the result tells it.
CONDITIONAL: dict[str, tuple[str, dict[str, Any]]] = {"copula": (COPULA, {}), "tree": (TREE, {"audit": False})}


class SyntheticDataGenerator:
    """Synthetic tables and figures on them, one call each; arrays come back as arrays, frames as frames.

    Parameters
    ----------
    random_state : None, int, numpy.random.SeedSequence or numpy.random.Generator, default None
        With an integer every call gives the same result again, in whatever order the calls are made. A generator moves
        on with each call; None takes fresh entropy each time.

    See Also
    --------
    synthfast.TreeSynthesizer, synthfast.GaussianCopulaSynthesizer : the models themselves, to keep, save and draw from.
    synthfast.evaluate : the quality report itself.

    Examples
    --------
    >>> from synthfast import SyntheticDataGenerator, load_dataset
    >>> result = SyntheticDataGenerator(random_state=42).gaussian_copula(load_dataset("iris"), n_samples=1000)
    >>> result["synthetic_data"].shape, result["correlation_score"] > 0.9
    ((1000, 5), True)
    """

    def __init__(self, random_state: SeedLike = None) -> None:
        self.random_state = random_state

    def __repr__(self) -> str:
        return f"{type(self).__name__}(random_state={self.random_state!r})"

    def gaussian_copula(
        self, data: Any, n_samples: int | None = None, *, schema: "Schema | None" = None, **parameters: Any
    ) -> dict[str, Any]:
        """Learn a table by a Gaussian copula and draw a synthetic one.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            pandas, polars, Arrow, a 2-D NumPy array, or a dict of columns; numbers, categories, dates, missing values.
        n_samples : int, optional
            Synthetic rows; as many as ``data`` has by default.
        schema : Schema, optional
            What each column is; inferred by default.
        **parameters : object
            Of `synthfast.GaussianCopulaSynthesizer`.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in;
            - ``original_correlation``, ``synthetic_correlation``: association of every pair of columns, each by the
              measure that suits it (Pearson's correlation of two numbers, Cramer's V of two categories, correlation
              ratio of one of each), shape (n_columns, n_columns); an array for an array, else a pandas frame; None
              where fewer than two columns can be compared;
            - ``correlation_score``: mean of ``1 - |difference| / 2`` over the pairs; 1 is perfect;
            - ``correlation_difference``: Frobenius norm of the difference of the two;
            - ``mean_preservation``: numeric column -> ``original``, ``synthetic`` (means) and ``percent`` (how much of
              the mean is kept, 100 if equal);
            - ``model``: the fitted synthesizer.

        Raises
        ------
        SchemaError
            If a column cannot be used as it is.
        TypeError
            If a parameter is not one of the synthesizer's.

        Notes
        -----
        O(n_rows n_columns**2) for fitting, O(n_samples n_columns**2) for drawing.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> result = SyntheticDataGenerator(random_state=0).gaussian_copula(load_dataset("demo"), 500)
        >>> result["mean_preservation"]["age"]["percent"] > 95
        True
        """
        model = self._fit(COPULA, data, schema, parameters)
        synthetic = model.sample(_row_count(data, n_samples), random_state=self.random_state)
        return {"synthetic_data": synthetic, **_dependence(data, synthetic), "model": model}

    def tree_generation(
        self,
        data: Any,
        n_samples: int | None = None,
        *,
        target: Hashable | None = None,
        preset: str = "quality",
        schema: "Schema | None" = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Learn a table by a chain of conditional trees and draw a synthetic one.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        n_samples : int, optional
            Synthetic rows; as many as ``data`` has by default.
        target : column name, optional
            Column that matters most, such as the one to be predicted: it is drawn last, given all the others.
        preset : {"quality", "fast"}, default "quality"
            Of `synthfast.TreeSynthesizer`: boosted trees with a correction, or one tree a column.
        schema : Schema, optional
            What each column is; inferred by default.
        **parameters : object
            Of `synthfast.TreeSynthesizer`, such as ``max_copying``, ``group``, ``time`` and ``audit``.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in;
            - ``copying``: how close rows of a model like this one come to its training rows: ``share`` (of them nearer
              to a training than to a held-out row; 0.5 is ideal), its standard error ``share_error``, ``copies`` and
              ``copies_holdout`` (share of drawn, and of held-out, rows that are a training row), ``log_likelihood``
              (nats a training row), ``log_likelihood_holdout``, their ``gap``, ``n_rows`` (of the training half) and
              ``split`` (what was held out); None without an audit, or with fewer than 200 rows;
            - ``correlation_score``, ``correlation_difference``, ``original_correlation``, ``synthetic_correlation``,
              ``mean_preservation``: as in `gaussian_copula`;
            - ``column_order``: modelled columns in the order in which they are drawn;
            - ``model``: the fitted synthesizer.

        Raises
        ------
        SchemaError
            If a column cannot be used as it is, or ``target`` is none.
        TypeError
            If a parameter is not one of the synthesizer's.
        ValueError
            If a parameter has a value that the synthesizer refuses, or both ``target`` and ``column_order`` are given.

        Notes
        -----
        Cost as `synthfast.TreeSynthesizer`. ``audit=False`` leaves out the audit, which fits a second model to half of
        at most 20,000 rows.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> toolkit = SyntheticDataGenerator(random_state=0)
        >>> result = toolkit.tree_generation(load_dataset("demo"), 500, target="spend", preset="fast")
        >>> result["correlation_score"] > 0.9, result["copying"]["share"] < 0.7, result["column_order"][-1]
        (True, True, 'spend')
        """
        parameters = {"preset": preset, **parameters}
        if target is not None:
            if parameters.get("column_order") is not None:
                raise ValueError("tree_generation: expected one of target and column_order, got both.")
            parameters["column_order"] = _with_last(data, target)
        model = self._fit(TREE, data, schema, parameters)
        synthetic = model.sample(_row_count(data, n_samples), random_state=self.random_state)
        audit = model.copying_
        return {
            "synthetic_data": synthetic,
            "copying": None if audit is None else {**vars(audit), "gap": audit.gap},
            **_dependence(data, synthetic),
            "column_order": model.column_order_,
            "model": model,
        }

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

    def conditional_generation(
        self,
        data: Any,
        conditions: Mapping[Hashable, Any],
        n_samples: int | None = None,
        method: str = "copula",
        *,
        schema: "Schema | None" = None,
    ) -> dict[str, Any]:
        """Learn a table and draw rows that meet conditions.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        conditions : mapping of column name to condition
            A range ``(low, high)`` with both ends included (None leaves one open), a value, or a list of values; None
            or NaN as the value asks for missing.
        n_samples : int, optional
            Synthetic rows; as many as ``data`` has by default.
        method : {"copula", "tree"}, default "copula"
            ``"copula"`` draws from a Gaussian copula given the conditions, exactly and without rejection. ``"tree"``
            draws from a chain of conditional trees by weighting candidates: slower, and nearer to the real rows that
            meet the conditions where dependence is not monotone.
        schema : Schema, optional
            What each column is; inferred by default.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in;
            - ``constraint_satisfaction``: share of its rows that meet all conditions, counted on the rows;
            - ``ks_test``: column -> ``statistic``, ``p_value`` and ``passed`` of the synthetic rows against the real
              rows that meet the conditions (total variation for categories); empty where no real row does;
            - ``matching_rows``: how many real rows meet the conditions.

        Raises
        ------
        ConditionError
            If a condition names an unknown column, an impossible value, or has no probability under the model.
        ValueError
            If ``method`` is unknown.

        Notes
        -----
        Cost as `gaussian_copula`, or as `tree_generation` without its audit. Where few real rows meet the conditions
        the model extrapolates, and ``ks_test`` has little to compare with.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> result = SyntheticDataGenerator(random_state=0).conditional_generation(
        ...     load_dataset("demo"), {"age": (30, 40), "region": ["north", "south"]}, 200
        ... )
        >>> result["constraint_satisfaction"], len(result["synthetic_data"])
        (1.0, 200)
        """
        if method not in CONDITIONAL:
            known = " or ".join(map(repr, CONDITIONAL))
            raise ValueError(f"conditional_generation: expected method {known}, got {method!r}.")
        if not conditions:
            raise ConditionError(
                "conditional_generation: expected at least one condition; use gaussian_copula or tree_generation "
                "for none."
            )
        name, parameters = CONDITIONAL[method]
        model = self._fit(name, data, schema, parameters)
        n_rows = _row_count(data, n_samples)
        synthetic = model.sample(n_rows, conditions=conditions, random_state=self.random_state)
        met, real_met = _rows_that_meet(conditions, synthetic, data, model.schema_)
        return {
            "synthetic_data": synthetic,
            "constraint_satisfaction": float(met.mean()) if n_rows else 1.0,
            "ks_test": _shapes(data, synthetic, real_met) if n_rows else {},
            "matching_rows": int(real_met.sum()),
        }

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

    def _fit(self, name: str, data: Any, schema: "Schema | None", parameters: Mapping[str, Any]) -> Any:
        """The synthesizer of this public name, made with the parameters and fitted."""
        options = {"random_state": self.random_state, **parameters}
        return load_object(name)(**options).fit(data, schema=schema)


def _row_count(data: Any, n_samples: int | None) -> int:
    from synthfast._core.frames import Table

    return Table.from_any(data).n_rows if n_samples is None else n_samples


def _with_last(data: Any, target: Hashable) -> list[Hashable]:
    """All columns in the table's order, the target last."""
    from synthfast._core.frames import Table

    names = Table.from_any(data).names
    if target not in names:
        raise SchemaError(f"tree_generation: target={target!r} is not a column; they are {list(names)!r}.")
    return [*(name for name in names if name != target), target]


def _dependence(original: Any, synthetic: Any) -> dict[str, Any]:
    """The figures on correlations and means that a result holds."""
    from synthfast.quality import associations, mean_preservation, share_columns

    keys = ("original_correlation", "synthetic_correlation", "correlation_score", "correlation_difference")
    if not len(synthetic):
        return {**dict.fromkeys(keys), "mean_preservation": {}}
    tables = share_columns(original, synthetic)
    found = associations(tables.real, tables.synthetic).detail
    means = mean_preservation(tables.real, tables.synthetic).detail.get("columns", {})
    if "similarity" not in found:
        return {**dict.fromkeys(keys), "mean_preservation": means}
    matrices = [found["real"], found["synthetic"]]
    if not isinstance(original, np.ndarray):
        import pandas as pd

        matrices = [pd.DataFrame(matrix, found["rows"], found["columns"]) for matrix in matrices]
    return {
        **dict(zip(keys, [*matrices, found["similarity"], found["frobenius"]], strict=True)),
        "mean_preservation": means,
    }


def _rows_that_meet(
    conditions: Mapping[Hashable, Any], synthetic: Any, original: Any, schema: "Schema"
) -> tuple[np.ndarray, np.ndarray]:
    """Which synthetic rows and which original rows meet all conditions, shapes (n_rows,)."""
    from synthfast._core.frames import Table
    from synthfast.encoding import TableCodec, encode_conditions
    from synthfast.encoding.satisfaction import rows_that_meet

    codec = TableCodec.fit(Table.from_any(original), schema)
    encoded = encode_conditions(codec, conditions)

    def met(data: Any) -> np.ndarray:
        table = Table.from_any(data)
        columns = codec.encode(table, encoded)
        rows = np.ones(table.n_rows, dtype=bool)
        for name, condition in encoded.items():
            rows &= rows_that_meet(columns[name], condition)
        return rows

    return met(synthetic), met(original)


def _shapes(original: Any, synthetic: Any, met: np.ndarray) -> dict[Hashable, dict[str, Any]]:
    """Column -> test of the synthetic rows against the real rows that meet the conditions."""
    from synthfast.quality import column_shapes, share_columns

    if not met.any():
        return {}
    tables = share_columns(original, synthetic)
    columns = column_shapes(tables.real.take(np.flatnonzero(met)), tables.synthetic).detail["columns"]
    kept = ("statistic", "p_value", "passed")
    return {name: {key: part[key] for key in kept} for name, part in columns.items()}
