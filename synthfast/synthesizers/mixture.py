"""Mixtures of Gaussians and levels: kinds of rows, each with its own means, spreads and shares of levels."""

from collections.abc import Hashable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast.base import BaseSynthesizer
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.synthesizers._asking import check_fitted, encode_rows, read_table
from synthfast.synthesizers._magnitudes import check_magnitudes
from synthfast.synthesizers._mixture.asking import read_settings
from synthfast.synthesizers._mixture.completion import complete_rows
from synthfast.synthesizers._mixture.conditions import Plan, plan_conditions
from synthfast.synthesizers._mixture.em import score_rows
from synthfast.synthesizers._mixture.fitting import Report, fit_mixture, log_slopes
from synthfast.synthesizers._mixture.model import MixtureModel
from synthfast.synthesizers._mixture.rows import MixtureRows

__all__ = ["MixtureSynthesizer"]

Columns = dict[Hashable, NDArray[Any]]
Floats = NDArray[np.float64]

LARGEST = 1e305  # in size; moments are taken of what is scaled


class MixtureSynthesizer(BaseSynthesizer):
    """Synthetic tables from a mixture of components that are Gaussian in the numbers and independent in the levels.

    Each component has a weight, a mean and a covariance of the numbers, and a share for every level of every other
    column; within a component levels are independent of each other and of the numbers. Missing values are part of the
    model: every component has its own rate of them, and rows that miss numbers are learned from exactly, by what they
    have. A spike, a value that far more rows hold than those beside it (as 0 often is), is treated like missing: each
    component has its own share of it.

    Parameters
    ----------
    n_components : int or "bic", default "bic"
        Number of components. ``"bic"`` tries 1, 2, 3, 4, 6, 8, 12, 16, ... until Bayes' information criterion has not
        improved twice in a row, and keeps the best.
    covariance_type : {"full", "tied", "diag", "spherical"}, default "full"
        Covariances of each component its own; one for all; independent numbers; or one variance a component.
    scale : {"auto", "normal", "standard"}, default "auto"
        What is Gaussian within a component. ``"normal"``: the normal scores of each column, for which skewed and
        heavy-tailed columns need few components. ``"standard"``: the numbers themselves, less mean and over standard
        deviation, as in a plain Gaussian mixture. ``"auto"``: normal scores, but the numbers themselves of a column
        that falls apart into groups with a gap between them, which normal scores would close.
    marginals : {"empirical", "mixture"}, default "empirical"
        ``"empirical"`` maps each column of the drawn rows, by itself and monotonically, to the distribution that it has
        in the data, so that the mixture has to get the dependence right and no more. ``"mixture"`` leaves the numbers
        as the mixture draws them; a row with a number outside its column's range is drawn anew, so that the law is the
        mixture given the ranges (a row refused 64 times is cut to them).
    max_components : int, default 32
        Most components that ``"bic"`` tries.
    n_init : int, default 2
        Starts from clusters around means for each number of components; the best after a few iterations goes on. With
        ``"bic"`` one more begins from the last mixture with its heaviest components halved.
    max_iter : int, default 200
        Most iterations of a run.
    tol : float, default 1e-4
        A run has converged where an iteration gains less than so much mean log-likelihood; runs that ``"bic"`` only
        compares may gain ten times as much.
    reg_covar : float, default 1e-6
        Added to every variance, in units of the column's own, so that constant and duplicated columns do no harm.
    bic_rows : int, default 100,000
        Rows, a random sample of them, on which ``"bic"`` chooses; the mixture chosen is then fitted to all rows.
    min_level_count : int, default 5
        Components that fewer rows make up are dropped (under ``"full"`` also those of no more rows than there are
        columns of numbers), spikes have at least so many rows, and the extremes of a column beyond this order statistic
        are drawn from a fitted tail.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the fit, and the draws for which ``sample`` is given no seed of its own.

    Attributes
    ----------
    schema_ : Schema
        What each column is.
    n_components_ : int
        Components of the model.
    weights_ : ndarray of float64, shape (n_components,)
        Shares of the components.
    scales_ : dict of column name to {"normal", "standard"}
        Columns of numbers, in the order of the means, and what is Gaussian of them.
    means_ : ndarray of float64, shape (n_components, n_numbers)
        Means; in the columns' own (encoded) values where their scale is standard, else of their normal scores.
    covariances_ : ndarray of float64
        Shape (n_components, n_numbers, n_numbers), (n_numbers, n_numbers), (n_components, n_numbers) or
        (n_components,), by ``covariance_type`` in the order above; on the scale of the means. Only standardised numbers
        share one variance under ``"spherical"``: then it is that of the standardised numbers.
    level_probabilities_ : dict of column name to ndarray of float64, shape (n_components, n_states)
        Shares of a column's levels, with missing last where rows miss it; of a column of numbers, the shares of regular
        numbers, of each spike, and of missing.
    converged_ : bool
        Whether the last run of the fit converged.
    n_iter_ : int
        Its iterations.
    lower_bound_ : float
        Mean log density of a training row, as of `score_samples`.
    bic_ : float
        Bayes' information criterion of the model on all rows.
    bic_path_ : dict of int to float
        Criterion of each number of components that was tried, on at most ``bic_rows`` rows.

    Notes
    -----
    Fit: O(n_rows n_components n_numbers^2) an iteration; rows that miss the same numbers share one factorisation of
    each covariance, O(n_patterns n_components n_numbers^3). Starts are made on at most 16,384 rows. Sampling: O(n_rows
    n_numbers^2). The order of the rows, and the number of threads, change nothing. The model holds parameters, quantile
    tables of up to about 10,000 numbers a column, and level shares; no rows.

    Variances are not let below a quarter of what lies within one value of a grid, or of a heavy value, so that no
    component gains without end by settling on a single value.

    Conditions: components are weighed anew by the probability that they give to what is asked; values are conditioned
    on by linear algebra; one column in a range is exact, and so is any number of them where numbers are independent
    within a component. For two or more ranges under ``"full"`` or ``"tied"`` the masses are lattice sums (relative
    error below 1e-3 for most), and rows are drawn one number after another within the ranges, of 16 such candidates one
    by weight, with 8 Gibbs sweeps after it. In `sample_remaining` a known number counts as a point, not as the interval
    that it was rounded from.

    References
    ----------
    Dempster, Laird and Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm. McLachlan and Peel
    (2000), Finite mixture models. Hunt and Jorgensen (2003), Mixture model clustering for mixed data with missing
    information, doi:10.1016/S0167-9473(02)00190-1. Tewari et al. (2011), Parametric characterization of multimodal
    distributions with non-Gaussian modes.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> model = synthfast.MixtureSynthesizer(n_components=3, random_state=0).fit(df)
    >>> model.sample(3).shape
    (3, 5)
    >>> model.sample(100, conditions={"species": "setosa"}, random_state=1)["species"].unique().tolist()
    ['setosa']
    >>> model.weights_.shape, model.score_samples(df).shape
    ((3,), (150,))
    """

    supports_conditions: ClassVar[bool] = True

    def __init__(
        self,
        *,
        n_components: int | str = "bic",
        covariance_type: str = "full",
        scale: str = "auto",
        marginals: str = "empirical",
        max_components: int = 32,
        n_init: int = 2,
        max_iter: int = 200,
        tol: float = 1e-4,
        reg_covar: float = 1e-6,
        bic_rows: int = 100_000,
        min_level_count: int = 5,
        random_state: SeedLike = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.scale = scale
        self.marginals = marginals
        self.max_components = max_components
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.reg_covar = reg_covar
        self.bic_rows = bic_rows
        self.min_level_count = min_level_count
        self.random_state = random_state

    # -- fit -----------------------------------------------------------------------------------------------------------

    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        n_rows = len(next(iter(columns.values())).values) if columns else 0
        settings = read_settings(self.get_params(), n_rows)
        check_magnitudes(columns, "MixtureSynthesizer", LARGEST)
        self._take(*fit_mixture(columns, codec, settings, n_rows, stream))

    def _take(self, model: MixtureModel, report: Report) -> None:
        self._model, self._report = model, report  # all at once: an interrupted fit leaves nothing half-made
        self._plans: dict[Any, Plan] = {}

    @property
    def n_components_(self) -> int:
        """Components of the model."""
        return self._model.parameters.n_components

    @property
    def weights_(self) -> Floats:
        """Shares of the components, shape (n_components,)."""
        return self._model.parameters.weights

    @property
    def scales_(self) -> dict[Hashable, str]:
        """Columns of numbers, in the order of the means, and what is Gaussian of them."""
        scales = zip(self._model.columns.numbers, self._model.columns.scales, strict=True)
        return {column.name: "normal" if scale.normal else "standard" for column, scale in scales}

    @property
    def means_(self) -> Floats:
        """Means of the components, shape (n_components, n_numbers)."""
        centers, widths = self._units()
        return centers + widths * self._model.parameters.means

    @property
    def covariances_(self) -> Floats:
        """Covariances of the components, in the shape that ``covariance_type`` gives them."""
        p, widths = self._model.parameters, self._units()[1]
        if p.kind == "spherical":
            return p.covariances[:, 0, 0] if p.means.size else np.zeros(p.n_components)
        if p.kind == "diag":
            return p.covariances[:, 0] * np.square(widths)
        whole = p.covariances * np.outer(widths, widths)
        return whole if p.kind == "full" else whole[0]

    def _units(self) -> tuple[Floats, Floats]:
        """Center and width of each number's scale; 0 and 1 for normal scores."""
        scales = self._model.columns.scales
        pairs = [(0.0, 1.0) if scale.normal else (scale.center, scale.width) for scale in scales]
        return np.array([c for c, _ in pairs], dtype=np.float64), np.array([w for _, w in pairs], dtype=np.float64)

    @property
    def level_probabilities_(self) -> dict[Hashable, Floats]:
        """Shares of the states of each column that has several, shape (n_components, n_states)."""
        return {column.name: self._model.probabilities(c) for c, column in enumerate(self._model.columns.coded)}

    @property
    def converged_(self) -> bool:
        """Whether the last run of the fit converged."""
        return self._report.converged

    @property
    def n_iter_(self) -> int:
        """Iterations of the last run of the fit."""
        return self._report.n_iter

    @property
    def lower_bound_(self) -> float:
        """Mean log density of a training row."""
        return self._report.lower_bound

    @property
    def bic_(self) -> float:
        """Bayes' information criterion of the model on all rows."""
        return self._report.bic

    @property
    def bic_path_(self) -> dict[int, float]:
        """Criterion of each number of components that was tried."""
        return self._report.bic_path

    # -- draws ---------------------------------------------------------------------------------------------------------

    def _sample_block(self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]) -> Columns:
        model = self._model
        if not conditions:
            return model.draw_inside(n_rows, stream, model.draw_free)
        plan = self._plan(conditions)
        drawn = model.draw_inside(n_rows, stream, lambda rows, part: plan.draw(model, rows, part))
        return drawn | {name: c.nearest(drawn[name]) for name, c in conditions.items() if len(c.lower)}

    def _plan(self, conditions: Mapping[Hashable, EncodedCondition]) -> Plan:
        """The plan for the conditions, kept for the next blocks of the draw."""
        key = tuple(
            (name, c.missing, c.lower.tobytes(), c.upper.tobytes(), c.levels.tobytes())
            for name, c in conditions.items()
        )
        plan = self._plans.get(key)
        if plan is None:
            plan = plan_conditions(self._model, conditions)
            self._plans = {key: plan}
        return plan

    def _complete_block(self, known: Columns, n_rows: int, stream: Stream) -> Columns:
        return complete_rows(self._model, known, n_rows, stream)

    # -- questions -----------------------------------------------------------------------------------------------------

    def score_samples(self, data: Any) -> Floats:
        """Log density of rows under the mixture.

        Parameters
        ----------
        data : frame, shape (n_rows, n_columns)
            Rows with all of the model's columns, or some: the density is then that of those.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
            In nats: the density of regular numbers, in the columns' own (encoded) values, times the probability of
            levels, spikes and missing values. ``-inf`` for what no component can give.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        DataError
            If a column is not one of the model's, or does not fit.

        Notes
        -----
        The density is the fitted mixture's: that of the draws before ``marginals="empirical"`` sets their columns to
        the data's distributions, and before ranges cut them off. O(n_rows n_components n_numbers^2).
        """
        columns, rows = self._read(data, "score_samples")
        log_density, _ = score_rows(rows, self._model.parameters)
        return log_density + log_slopes(self._model.columns, columns, rows.n_rows)

    def responsibilities(self, data: Any) -> Floats:
        """Probability of each component, given a row.

        Parameters
        ----------
        data : frame, shape (n_rows, n_columns)
            Rows with all of the model's columns, or some.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_components)
            Rows sum to 1; a row that no component can give has the components' weights.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        DataError
            If a column is not one of the model's, or does not fit.

        Notes
        -----
        O(n_rows n_components n_numbers^2).
        """
        _, rows = self._read(data, "responsibilities")
        shares = score_rows(rows, self._model.parameters)[1]
        shares[~shares.any(axis=1)] = self._model.parameters.weights
        return shares

    def _read(self, data: Any, method: str) -> tuple[Columns, MixtureRows]:
        check_fitted(self, method)
        table = read_table(data, self, self._codec, method)
        columns, n_rows = encode_rows(table, self._codec), table.n_rows
        seen = self._model.columns
        return columns, MixtureRows.of(*seen.encode(columns, n_rows, [scale.measure for scale in seen.scales]))

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        document, arrays = self._model.to_state()
        return document | {"report": self._report.to_state()}, arrays

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        model = MixtureModel.from_state(document, arrays, self._codec.modelled)
        self._take(model, Report.from_state(document["report"]))
