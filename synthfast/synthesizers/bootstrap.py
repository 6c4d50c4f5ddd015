"""The bootstrap: training rows drawn again, singly, by strata, by clusters or in stretches, with noise or without."""

import copy
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.frames import Assembly, ColumnData
from synthfast._core.random import SeedLike, Stream
from synthfast.base import BaseSynthesizer
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.encoding.satisfaction import rows_that_meet
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._bootstrap.asking import Settings, read_settings
from synthfast.synthesizers._bootstrap.intervals import BootstrapInterval, bootstrap_interval
from synthfast.synthesizers._bootstrap.laws import ClusterLaw, RowLaw, SingleLaw, StratumLaw, StretchLaw
from synthfast.synthesizers._bootstrap.matching import draw_matches
from synthfast.synthesizers._bootstrap.smoothing import Smoother
from synthfast.synthesizers._bootstrap.state import law_from_state, law_to_state
from synthfast.synthesizers._mixture.rows import shuffle_rows

__all__ = ["BootstrapInterval", "BootstrapSynthesizer", "bootstrap_interval"]

Columns = dict[Hashable, NDArray[Any]]
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


class BootstrapSynthesizer(BaseSynthesizer):
    """Tables of training rows drawn again with replacement.

    **What comes out are rows of the training data**, whole or, with ``smoothing``, moved a little. Nothing is
    protected: this is for simulation, for error estimates, and a yardstick for other models; never for tables that
    protect the people in them.

    Rows are drawn one by one, unless ``stratify``, ``cluster`` or ``block_length`` says otherwise.

    Parameters
    ----------
    stratify : column name, or array_like of shape (n_rows,), optional
        Strata. Every 1,024 rows drawn hold each stratum in proportion to its training rows (or their weights), but for
        rounding; within a stratum rows are drawn one by one.
    cluster : column name, or array_like of shape (n_rows,), optional
        Clusters, such as persons or shops, which are drawn whole: their rows follow each other as in the training data.
        A cluster drawn twice comes twice under its own name. The last cluster of each 65,536 rows is cut there.
    block_length : int or "auto", optional
        The training rows are in order, and stretches of so many consecutive ones are drawn (moving blocks). ``"auto"``
        is the cube root of n_rows. The last stretch of each 65,536 rows is cut there.
    weights : column name, or array_like of shape (n_rows,), optional
        Weights of the rows: not negative, not all 0. A column that is named is drawn like any other as well.
    bayesian : bool, default False
        The Bayesian bootstrap: each draw weighs the rows (or clusters) anew, from a flat Dirichlet law, and keeps these
        weights for all its rows. Draws of different seeds then differ as the posterior of what the rows come from does.
    smoothing : float, default 0.0
        The smoothed bootstrap: bandwidth of the noise on numbers, in units of Silverman's rule; 1 is that rule. The
        noise is correlated as the numbers are, and rows are drawn in towards the mean by as much as it spreads them, so
        that means and covariances stay. Spikes, missing values and all other columns stay as they are.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws for which ``sample`` is given no seed of its own. The fit uses no randomness.

    Attributes
    ----------
    schema_ : Schema
        What each column is.
    n_units_ : int
        What is drawn from: rows, clusters, or stretches.
    bandwidth_ : float
        Standard deviation of the noise in standard deviations of a column; 0 without smoothing.

    Notes
    -----
    Columns that the schema does not model, such as identifiers, personal data and free text, are generated anew, and
    rare levels are replaced, as in every model; rows are those of the other columns. The model file holds all of them.

    Conditions pick the training rows that meet them, exactly; if there is none, that is an error. `sample_remaining`
    takes a training row with the same known values, of any stratum or cluster. Stretches take no conditions.

    Fit: O(n_rows n_columns). Sampling: O(n_rows n_columns), with one random number a row; strata of weighted rows cost
    O(log n_rows) more.

    References
    ----------
    Efron (1979), Bootstrap methods: another look at the jackknife. Rubin (1981), The Bayesian bootstrap. Silverman and
    Young (1987), The bootstrap: to smooth or not to smooth? Künsch (1989), The jackknife and the bootstrap for general
    stationary observations. Field and Welsh (2007), Bootstrapping clustered data.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> model = synthfast.BootstrapSynthesizer(stratify="species", random_state=0).fit(df)
    >>> int(model.sample(1_024)["species"].value_counts().max())  # of 1,024 / 3 = 341.3
    342
    >>> smooth = synthfast.BootstrapSynthesizer(smoothing=1.0, random_state=0).fit(df)
    >>> smooth.sample(3).shape
    (3, 5)
    """

    supports_conditions: ClassVar[bool] = True

    def __init__(
        self,
        *,
        stratify: Hashable | ArrayLike | None = None,
        cluster: Hashable | ArrayLike | None = None,
        block_length: int | str | None = None,
        weights: Hashable | ArrayLike | None = None,
        bayesian: bool = False,
        smoothing: float = 0.0,
        random_state: SeedLike = None,
    ) -> None:
        self.stratify = stratify
        self.cluster = cluster
        self.block_length = block_length
        self.weights = weights
        self.bayesian = bayesian
        self.smoothing = smoothing
        self.random_state = random_state

    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        n_rows = len(next(iter(columns.values())).values) if columns else 1
        settings = read_settings(self.get_params(), columns, codec, n_rows)
        values = {name: column.values for name, column in columns.items()}
        order = _order(values, n_rows, settings)
        smoother = Smoother.fit(columns, codec, settings.smoothing) if settings.smoothing else None
        rows = {name: own[order] for name, own in values.items()}
        weights = None if settings.weights is None else settings.weights[order]
        self._take(rows, _law(settings, order, weights), weights, smoother)

    def _take(self, rows: Columns, law: RowLaw, weights: Floats | None, smoother: Smoother | None) -> None:
        self._rows, self._law, self._weights, self._smoother = rows, law, weights, smoother

    @property
    def n_units_(self) -> int:
        """What is drawn from: rows, clusters, or stretches."""
        return self._law.n_units

    @property
    def bandwidth_(self) -> float:
        """Standard deviation of the noise in standard deviations of a column."""
        return 0.0 if self._smoother is None else self._smoother.bandwidth

    # -- draws ---------------------------------------------------------------------------------------------------------

    def _stretch(
        self,
        n_rows: int,
        start_row: int,
        conditions: dict[Hashable, EncodedCondition],
        stream: Stream,
        assembly: Assembly | None = None,
    ) -> Iterator[dict[Hashable, ColumnData]]:
        drawn_from = copy.copy(self)  # the law of this draw, for all its blocks
        law = self._within(conditions)
        if self.bayesian and not isinstance(law, StretchLaw):
            law = law.reweighted(stream.child("weights"))
        drawn_from._law = law
        return super(BootstrapSynthesizer, drawn_from)._stretch(n_rows, start_row, conditions, stream, assembly)

    def _within(self, conditions: Mapping[Hashable, EncodedCondition]) -> RowLaw:
        """The law among the rows that meet the conditions."""
        if not conditions:
            return self._law
        if isinstance(self._law, StretchLaw):
            raise ConditionError(
                "conditions: stretches of rows as they follow each other cannot be drawn under conditions; leave "
                "block_length out."
            )
        allowed = np.ones(len(next(iter(self._rows.values()))), dtype=bool)
        for name, condition in conditions.items():
            met = rows_that_meet(_encoded(name, self._rows[name]), condition)
            if self._weights is not None:
                met &= self._weights > 0.0
            if not met.any():
                raise ConditionError(
                    f"conditions: no training row has what was asked of column {name!r}, and a bootstrap gives "
                    "training rows only. Ask for a range, or use another model."
                )
            allowed &= met
        if not allowed.any():
            raise ConditionError(
                f"conditions: no training row meets all of those on {', '.join(map(str, conditions))}, and a bootstrap "
                "gives training rows only. Ask for less at once, or use another model."
            )
        return self._law.within(allowed)

    def _sample_block(self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]) -> Columns:
        rows = self._law.draw(n_rows, stream.child("rows"))
        drawn = {name: values[rows] for name, values in self._rows.items()}
        return drawn if self._smoother is None else self._smoother.move(drawn, stream.child("noise"), conditions, {})

    def _complete_block(self, known: Columns, n_rows: int, stream: Stream) -> Columns:
        u = stream.child("match").uniform(n_rows)
        rows = draw_matches(self._rows, self._weights, known, u) if self._rows else np.zeros(n_rows, dtype=np.int64)
        drawn = {name: values[rows] for name, values in self._rows.items()} | known
        return drawn if self._smoother is None else self._smoother.move(drawn, stream.child("noise"), {}, known)

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        document, arrays = law_to_state(self._law)
        arrays |= {f"rows/{j}": values for j, values in enumerate(self._rows.values())}
        if self._weights is not None:
            arrays["weights"] = self._weights
        smoother = None
        if self._smoother is not None:
            smoother, own = self._smoother.to_state(list(self._rows))
            arrays |= {f"smoother/{k}": v for k, v in own.items()}
        return {"law": document, "smoother": smoother}, arrays

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        names = self._codec.modelled
        rows = {name: arrays[f"rows/{j}"] for j, name in enumerate(names)}
        smoother = None
        if document["smoother"] is not None:
            own = {k.removeprefix("smoother/"): v for k, v in arrays.items() if k.startswith("smoother/")}
            smoother = Smoother.from_state(document["smoother"], own, names)
        self._take(rows, law_from_state(document["law"], arrays), arrays.get("weights"), smoother)


def _encoded(name: Hashable, values: NDArray[Any]) -> EncodedColumn:
    return EncodedColumn(name, "numeric" if values.dtype.kind == "f" else "levels", values)


def _order(values: Columns, n_rows: int, settings: Settings) -> Rows:
    """An order that does not depend on the one in which rows were given, where that does not matter."""
    if settings.length is not None or settings.clusters is not None:
        return np.arange(n_rows)
    numbers = [own for own in values.values() if own.dtype.kind == "f"]
    codes = [own for own in values.values() if own.dtype.kind != "f"]
    return shuffle_rows(
        np.array(numbers, dtype=np.float64).reshape(len(numbers), n_rows),
        np.array(codes, dtype=np.int32).reshape(len(codes), n_rows).T,
        0,
    )


def _law(settings: Settings, order: Rows, weights: Floats | None) -> RowLaw:
    n_rows = len(order)
    if settings.length is not None:
        return StretchLaw(n_rows, settings.length)
    if settings.clusters is not None:
        return ClusterLaw.of(settings.clusters)
    if settings.strata is not None:
        return StratumLaw.of(settings.strata[order], weights)
    return SingleLaw(np.arange(n_rows), weights)
