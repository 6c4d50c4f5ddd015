"""Kernel density estimate: every training row is a kernel, to be drawn from and asked for densities."""

from collections.abc import Hashable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.base import BaseSynthesizer
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.synthesizers._asking import check_fitted, encode_rows, read_table
from synthfast.synthesizers._kde.asking import read_bounds, read_weights
from synthfast.synthesizers._kde.bandwidths import ask_each
from synthfast.synthesizers._kde.completion import complete_rows
from synthfast.synthesizers._kde.conditions import Plan, plan_conditions
from synthfast.synthesizers._kde.density import Density
from synthfast.synthesizers._kde.drawing import draw_block
from synthfast.synthesizers._kde.fitting import Settings, fit_law
from synthfast.synthesizers._kde.law import Law
from synthfast.synthesizers._kde.shapes import SHAPES
from synthfast.synthesizers._kde.state import law_from_state, law_to_state
from synthfast.synthesizers._magnitudes import check_magnitudes

__all__ = ["KDESynthesizer"]

Columns = dict[Hashable, NDArray[Any]]
Floats = NDArray[np.float64]

LARGEST = 1e150  # in size, so that squares are floats


class KDESynthesizer(BaseSynthesizer):
    """Synthetic tables from a kernel density estimate: a training row, with noise on its numbers and levels.

    Numbers get a kernel of one bandwidth a column, levels the kernels of Aitchison and Aitken (without an order) or of
    Li and Racine (with one). A missing number stays missing, and so do spikes, values that far more rows hold than
    their neighbours, as 0 often is. Kernels are reflected where a column evidently ends, draws are folded into the
    range that the column can hold and rounded to its grid. The density is that of the same law.

    Parameters
    ----------
    kernel : {"gaussian", "epanechnikov", "tophat", "exponential", "linear", "cosine"}, default "gaussian"
        The kernel of numbers. Those of several columns are multiplied, which lets conditions, bounds and mixed tables
        be exact; scikit-learn's other kernels than the Gaussian are of the distance instead, so in one column they
        agree.
    bandwidth : {"isj", "scott", "silverman", "cv"}, float, or mapping of column name to these, default "isj"
        ``"isj"`` is the improved Sheather-Jones bandwidth of each column on its own, which keeps marginals and suits
        spiky and skewed ones; where it has no solution (coarse grids, few rows) Silverman's robust rule stands in.
        ``"scott"`` and ``"silverman"`` are SciPy's rules for all columns of numbers together, which smooth far more in
        many columns. ``"cv"`` maximises the likelihood of rows given the others, over levels as well. A rule gives the
        kernel's standard deviation; a float is scikit-learn's bandwidth, in the columns' own units. A mapping leaves
        columns that it does not name at the default; for a column of levels it gives the smoothing: the probability of
        another level than the row's own, or with an order the factor of each step away. By default that is
        (n_levels - 1) / (n_rows + n_levels), which is Laplace's rule of one row more in every level.
    covariance : {"full", "diagonal"}, default "full"
        Whether the noise within a kernel is correlated as the columns of numbers are, so that draws are as correlated
        as the data, or independent. With ``"scott"`` and the Gaussian kernel ``"full"`` is SciPy's ``gaussian_kde``,
        ``"diagonal"`` a product kernel. Under ``"full"`` other kernels than the Gaussian take no conditions on numbers.
    adaptive : bool, default False
        Give each row its own bandwidth, by Abramson's square root law: wider where rows are sparse.
    bounds : "auto", None, or mapping of column name to (low, high), default "auto"
        Where columns of numbers end; None leaves an end open. ``"auto"`` reads it off the values: 0 where none lies on
        its other side, 1 for fractions, the extreme where it is held by ``min_level_count`` rows or the density does
        not fall off towards it. A mapping tells it for some columns and leaves the others at ``"auto"``.
    spikes : bool, default True
        Keep the schema's heavy values as they are, with a probability of their own; and all values of a column of at
        most 16, each held by ``min_level_count`` rows, that take at most half of their grid, such as 0, 0.2, ..., 1 of
        tenths, unless a bandwidth is given for it as a number.
    weights : column name or array_like, shape (n_rows,), optional
        Weights of the rows: not negative, not all 0. A column that is named is drawn like any other as well.
    rtol : float, default 1e-5
        Largest relative error of a density. Rows too far away to matter are left out in groups, and from 1e-5 on
        Gaussians are summed in single precision; 0 sums all of them in double precision.
    min_level_count : int, default 5
        Rows that must hold an extreme value for ``bounds="auto"`` to take it for the end of a column.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws for which ``sample`` is given no seed of its own. The fit uses no randomness.

    Attributes
    ----------
    schema_ : Schema
        What each column is.
    bandwidth_ : dict of column name to float
        Bandwidth of each column of numbers, in encoded values (for dates, in units of their resolution), and smoothing
        of each column of levels.
    bounds_ : dict of column name to (float, float)
        Where each column of numbers ends, in encoded values; infinite where it is open.

    Notes
    -----
    **The model is the training rows**: its file holds every one of them but for rare levels, which the schema leaves
    out, and columns that are generated anew. What it draws lies within a few bandwidths of a row, in whole numbers and
    on coarse grids often on one. It is for oversampling, simulation and density, not for tables that are to protect the
    people in them; `TreeSynthesizer` measures its copying.

    Fit: O(n_rows n_columns + n_rows log n_rows); ``"cv"`` 17 density evaluations of 4,096 rows, and 8 more a
    column; ``adaptive`` a density at every row. Sampling: O(n_rows n_columns^2), n_columns under ``"diagonal"``.
    Density: O(n_queries n_rows n_columns) at most, far less in few columns; one column by the fast Gauss transform.
    Bounds cost one exponential a column near its end under ``"diagonal"``, but a mirror image for every combination of
    such columns under ``"full"``.

    Conditions: rows are chosen by the mass that their kernels have there, and their kernels are cut to it, so all hold,
    and the law is exact. Under ``"full"``, with conditions on several columns of numbers, the masses of the rows near
    the ends of ranges are lattice sums, with a relative error of some 1e-3.

    As a density in several columns ``"isj"`` is narrow: a row is then likely where it was learned, and held-out rows
    are not. Ask for ``"cv"`` or ``"scott"`` there. Gaussian noise of unconditional draws has single precision.

    References
    ----------
    Silverman (1986), Density estimation for statistics and data analysis. Botev, Grotowski and Kroese (2010),
    doi:10.1214/10-AOS799. Abramson (1982), doi:10.1214/aos/1176345986. Aitchison and Aitken (1976),
    doi:10.1093/biomet/63.3.413. Li and Racine (2003), doi:10.1016/S0047-259X(02)00025-8.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> model = synthfast.KDESynthesizer(random_state=0).fit(df)
    >>> model.sample(3).shape
    (3, 5)
    >>> model.sample(100, conditions={"species": "setosa"}, random_state=1)["species"].unique().tolist()
    ['setosa']
    >>> model.score_samples(df).shape
    (150,)
    """

    supports_conditions: ClassVar[bool] = True

    def __init__(
        self,
        *,
        kernel: str = "gaussian",
        bandwidth: str | float | Mapping[Hashable, str | float] = "isj",
        covariance: str = "full",
        adaptive: bool = False,
        bounds: str | Mapping[Hashable, tuple[Any, Any]] | None = "auto",
        spikes: bool = True,
        weights: Hashable | ArrayLike | None = None,
        rtol: float = 1e-5,
        min_level_count: int = 5,
        random_state: SeedLike = None,
    ) -> None:
        self.kernel = kernel
        self.bandwidth = bandwidth
        self.covariance = covariance
        self.adaptive = adaptive
        self.bounds = bounds
        self.spikes = spikes
        self.weights = weights
        self.rtol = rtol
        self.min_level_count = min_level_count
        self.random_state = random_state

    # -- fit -----------------------------------------------------------------------------------------------------------

    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        settings = self._settings(codec)
        check_magnitudes(columns, "KDESynthesizer", LARGEST)
        law = fit_law(columns, codec, settings, read_weights(self.weights, columns, codec))
        self._take(law)

    def _settings(self, codec: TableCodec) -> Settings:
        bounds = read_bounds(self.bounds, codec)
        return Settings(
            kernel=check_choice("kernel", self.kernel, SHAPES),
            bandwidth=ask_each(self.bandwidth, codec),
            full=check_choice("covariance", self.covariance, ("full", "diagonal")) == "full",
            adaptive=check_choice("adaptive", self.adaptive, (True, False)),
            bounds=bounds,
            find_bounds=self.bounds is not None,
            spikes=check_choice("spikes", self.spikes, (True, False)),
            min_count=check_integer("min_level_count", self.min_level_count, minimum=1),
            rtol=self._tolerance(),
        )

    def _tolerance(self) -> float:
        return check_number("rtol", self.rtol, minimum=0.0, maximum=0.1)

    def _take(self, law: Law) -> None:
        self._law = law  # all at once: an interrupted fit leaves nothing half-made
        self._plans: dict[Any, Plan] = {}
        self._densities: dict[Any, Density] = {}

    @property
    def bandwidth_(self) -> dict[Hashable, float]:
        """Bandwidth of each column of numbers, smoothing of each column of levels."""
        law = self._law
        out = dict(zip(law.numbers, law.bandwidth.tolist(), strict=True))
        return out | {name: kernel.smoothing for name, kernel in zip(law.levels, law.kernels, strict=True)}

    @property
    def bounds_(self) -> dict[Hashable, tuple[float, float]]:
        """Where each column of numbers ends."""
        return {n: (s.low, s.high) for n, s in zip(self._law.numbers, self._law.supports, strict=True)}

    # -- draws ---------------------------------------------------------------------------------------------------------

    def _sample_block(self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]) -> Columns:
        if not conditions:
            return draw_block(self._law, n_rows, stream)
        return self._plan(conditions).draw(n_rows, stream)

    def _encode_conditions(self, conditions: Mapping[Hashable, Any] | None) -> dict[Hashable, EncodedCondition]:
        encoded = super()._encode_conditions(conditions)
        if encoded:
            self._plan(encoded)  # once, before blocks are drawn side by side
        return encoded

    def _plan(self, conditions: Mapping[Hashable, EncodedCondition]) -> Plan:
        """The plan for the conditions, kept for the next blocks of the draw."""
        key = tuple(
            (name, c.missing, c.lower.tobytes(), c.upper.tobytes(), c.levels.tobytes())
            for name, c in conditions.items()
        )
        plan = self._plans.get(key)
        if plan is None:
            plan = plan_conditions(self._law, conditions)
            self._plans = {key: plan}
        return plan

    def _complete_block(self, known: Columns, n_rows: int, stream: Stream) -> Columns:
        return complete_rows(self._law, known, n_rows, stream, self._tolerance())

    # -- density -------------------------------------------------------------------------------------------------------

    def score_samples(self, data: Any) -> Floats:
        """Log density of rows under the model.

        Parameters
        ----------
        data : frame, shape (n_rows, n_columns)
            Rows with some or all of the model's columns; those left out are integrated out.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
            In nats. Numbers count with their density per unit of the encoded values (dates: per unit of their
            resolution), also where they lie on a grid; spikes, missing values and levels with their probability.
            ``-inf`` where no kernel reaches, and outside of the bounds.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        SchemaError
            If a column is not one of the model's, or does not fit.
        DataError
            If the density is not known: under ``covariance="full"`` over some of the columns of another kernel than the
            Gaussian, or for a row that lies at the bounds of too many columns.

        Notes
        -----
        The relative error of a density is at most ``rtol``. A row's density depends on no other row of ``data``, and on
        no number of threads.

        Examples
        --------
        >>> import numpy as np, synthfast
        >>> x = np.random.default_rng(0).normal(size=(1000, 2))
        >>> model = synthfast.KDESynthesizer(bandwidth="scott", bounds=None).fit(x)
        >>> model.score_samples(np.array([[0.0, 0.0], [9.0, 9.0]])).round(2).tolist()
        [-1.96, -434.73]
        """
        rtol = self._tolerance()
        check_fitted(self, "score_samples")
        table = read_table(data, self, self._codec, "score_samples")
        columns, n_rows = encode_rows(table, self._codec), table.n_rows
        law = self._law
        names = tuple(columns)
        if names not in self._densities:
            dims = [j for j, name in enumerate(law.numbers) if name in columns]
            levels = [k for k, name in enumerate(law.levels) if name in columns]
            self._densities = {names: Density(law, dims, levels)}
        density = self._densities[names]
        numbers, codes = np.empty((n_rows, len(density.dims))), np.empty((n_rows, len(density.levels)), dtype=np.int32)
        for k, j in enumerate(density.dims):
            numbers[:, k] = columns[law.numbers[j]]
        for k, level in enumerate(density.levels):
            codes[:, k] = law.encode_levels(level, columns[law.levels[level]])
        return density.log(numbers, codes, rtol)

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return law_to_state(self._law, self._codec)

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._take(law_from_state(document, arrays, self._codec))
