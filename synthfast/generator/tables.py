"""Tables learned by a model and drawn, with the figures that a result tells beside them."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from synthfast._core.random import SeedLike
from synthfast._registry import load_object
from synthfast.exceptions import ConditionError, SchemaError
from synthfast.generator.figures import dependence, meeting_rows, shape_tests

if TYPE_CHECKING:
    from synthfast.schema import Schema

__all__ = ["TableMethods"]

COPULA, TREE = "GaussianCopulaSynthesizer", "TreeSynthesizer"
# What draws under conditions, and how it is made; an audit would cost a second fit, and no key of the result tells it.
CONDITIONAL: dict[str, tuple[str, dict[str, Any]]] = {
    "kde": ("KDESynthesizer", {}),
    "copula": (COPULA, {}),
    "mixture": ("MixtureSynthesizer", {}),
    "tree": (TREE, {"audit": False}),
}


class TableMethods:
    """What fits a synthesizer to a table and draws from it."""

    random_state: SeedLike

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
              ratio of one of each), identifiers, personal data and text left out, shape (n_compared, n_compared); an
              array for an array, else a pandas frame; None where fewer than two columns can be compared;
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
        return self._drawn(self._fit(COPULA, data, schema, parameters), data, n_samples)

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
        audit = model.copying_
        copying = None if audit is None else {**vars(audit), "gap": audit.gap}
        return self._drawn(model, data, n_samples, copying=copying, column_order=model.column_order_)

    def conditional_generation(
        self,
        data: Any,
        conditions: Mapping[Hashable, Any],
        n_samples: int | None = None,
        method: str = "kde",
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
        method : {"kde", "copula", "mixture", "tree"}, default "kde"
            All satisfy every condition in every row. ``"kde"`` draws real rows by how near they come to the conditions,
            with noise within them: nearest to the real rows, and to be used where there are some. ``"copula"`` draws
            from a Gaussian copula given the conditions, ``"mixture"`` from a mixture of Gaussians, both exactly.
            ``"tree"`` draws from a chain of conditional trees by weighting candidates: slower, and faithful where
            dependence is not monotone.
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
        Cost of fitting and drawing as that of the model, for trees without its audit. Where few real rows meet the
        conditions the model extrapolates, and ``ks_test`` has little to compare with.

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
        n_rows = row_count(data, n_samples)
        synthetic = model.sample(n_rows, conditions=conditions, random_state=self.random_state)
        met, real_met = meeting_rows(conditions, synthetic, data, model.schema_)
        return {
            "synthetic_data": synthetic,
            "constraint_satisfaction": float(met.mean()) if n_rows else 1.0,
            "ks_test": shape_tests(data, synthetic, real_met, model.schema_) if n_rows else {},
            "matching_rows": int(real_met.sum()),
        }

    def _fit(self, name: str, data: Any, schema: "Schema | None", parameters: Mapping[str, Any]) -> Any:
        """The synthesizer of this public name, made with the parameters and fitted."""
        options = {"random_state": self.random_state, **parameters}
        return load_object(name)(**options).fit(data, schema=schema)

    def _drawn(self, model: Any, data: Any, n_samples: int | None, **figures: Any) -> dict[str, Any]:
        """What a draw of a fitted model gives, with the model's own figures."""
        synthetic = model.sample(row_count(data, n_samples), random_state=self.random_state)
        return {
            "synthetic_data": synthetic,
            **figures,
            **dependence(data, synthetic, model.schema_),
            "model": model,
        }


def row_count(data: Any, n_samples: int | None) -> int:
    """How many rows to draw: as many as the table has where none are asked for."""
    from synthfast._core.frames import Table

    return Table.from_any(data).n_rows if n_samples is None else n_samples


def _with_last(data: Any, target: Hashable) -> list[Hashable]:
    """All columns in the table's order, the target last."""
    from synthfast._core.frames import Table

    names = Table.from_any(data).names
    if target not in names:
        raise SchemaError(f"tree_generation: target={target!r} is not a column; they are {list(names)!r}.")
    return [*(name for name in names if name != target), target]
