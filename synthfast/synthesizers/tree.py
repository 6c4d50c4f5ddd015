"""Sequential conditional trees: every column drawn given those before it, then corrected where the chain is off."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.random import SeedLike, Stream
from synthfast.base import BaseSynthesizer
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.exceptions import ConditionWarning
from synthfast.synthesizers._asking import check_fitted, read_table
from synthfast.synthesizers._tree.audit import CopyingAudit, audit_copying
from synthfast.synthesizers._tree.calming import calm_until
from synthfast.synthesizers._tree.completion import complete_rows
from synthfast.synthesizers._tree.conditions import moved_to_meet, plan_conditions
from synthfast.synthesizers._tree.drawing import FREE, Plan, draw_block
from synthfast.synthesizers._tree.model import TreeModel
from synthfast.synthesizers._tree.order import sources_first
from synthfast.synthesizers._tree.presets import Preset
from synthfast.synthesizers._tree.questions import (
    check_missing,
    encode_all,
    impute_rows,
    predict_leaves,
    with_index_of,
)
from synthfast.synthesizers._tree.settings import Settings

__all__ = ["TreeSynthesizer"]

Columns = dict[Hashable, NDArray[Any]]


class TreeSynthesizer(BaseSynthesizer):
    """Synthetic tables from a chain of conditional trees: near held-out data in fidelity, near it in privacy.

    Each column is drawn given those before it. With ``preset="quality"`` a column's values are a binary hierarchy, and
    boosted oblivious trees say at each of its depths which side a row takes; then boosters that tell real from drawn
    rows find what the chain gets wrong, and rows are chosen from several candidates by that. With ``preset="fast"`` one
    tree a column is grown, values come from the leaf that a row falls into, and the correction is a quick one.

    Numbers are drawn anew inside cells of their quantile table, so values are not copied, while spikes, decimals and
    ranges stay. Missing is a value like others. Columns that others determine exactly (copies, sums, look-ups, one
    never above another) are found and stay so.

    Parameters
    ----------
    preset : {"quality", "fast"}, default "quality"
        ``"fast"`` fits 6 to 34 times faster and is as faithful column by column and pair by pair, but is easier to
        tell from real rows, and its rows lie nearer to training rows: 51 to 57 % of them on the real tables of
        ``docs/trees.md``, and far more in tables of a few numbers (see ``copying_``), where 50 % is ideal.
    column_order : sequence of column names, optional
        Columns to be drawn first, in this order; the others follow in the table's order. By default the table's order,
        but that a column which determines an earlier one (a city its country) is drawn before it: a look-up is only
        kept from a column to later ones. A column is modelled best on columns before it that it depends on directly;
        conditions on early columns are cheapest.
    max_copying : float, optional
        Bound on the share of drawn rows that lie nearer to a training than to a held-out row (0.5 is ideal, see
        ``copying_``), above 0.5. Where the audit finds more, less flexible models are fitted until it is met.
    group : column name, optional
        Rows that belong together, such as one person's: the audit holds out whole groups.
    time : column name, optional
        A column that orders rows in time: the audit holds out stretches of time.
    audit : bool, default True
        Measure copying at the end of the fit, by fitting the same kind of model to half of at most 20,000 rows.
    min_level_count : int, default 5
        Numbers held by fewer rows are spread over their neighbourhood, and extremes beyond this order statistic are
        drawn from a fitted tail.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the fit, and the draws for which ``sample`` is given no seed of its own.

    Attributes
    ----------
    schema_ : Schema
        What each column is.
    column_order_ : list
        Modelled columns in the order in which they are drawn.
    copying_ : CopyingAudit or None
        How close rows of a model like this one come to its training rows; None without an audit, or where there are
        fewer than 200 rows.
    log_weight_error_ : float
        Standard error of the log of the correction's normalising constant, which is part of `log_prob`.

    Notes
    -----
    Fit: O(n_rows n_columns^2) up to 41 columns, then each column sees the 40 earlier ones that say most about it, so
    O(n_rows n_columns); trees are grown on at most 32,768 rows each (with ``preset="fast"`` on all rows). Memory: 3
    bytes a cell, 2 to 4 times the bytes of codes while boosters grow. Tables of more than 4,000,000 rows are fitted on
    a random sample of so many. Sampling: O(n_rows n_trees). For one seed the same rows come out for any number of
    threads. The model holds quantile tables, level counts, thresholds and leaf values; with ``preset="fast"`` also the
    cell of every training cell, column by column.

    References
    ----------
    Reiter (2005), Using CART to generate partially synthetic public use microdata. Nowok, Raab and Dibben (2016),
    doi:10.18637/jss.v074.i11. Friedman (2001), doi:10.1214/aos/1013203451. Azadi et al. (2019), Discriminator rejection
    sampling. Whiteley and Lee (2014), Twisted particle filters, doi:10.1214/13-AOS1167.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> model = synthfast.TreeSynthesizer(random_state=0, audit=False).fit(df)
    >>> model.sample(3).shape
    (3, 5)
    >>> model.sample(100, conditions={"species": "setosa"}, random_state=1)["species"].unique().tolist()
    ['setosa']
    """

    supports_conditions: ClassVar[bool] = True

    def __init__(
        self,
        *,
        preset: str = "quality",
        column_order: Sequence[Hashable] | None = None,
        max_copying: float | None = None,
        group: Hashable | None = None,
        time: Hashable | None = None,
        audit: bool = True,
        min_level_count: int = 5,
        random_state: SeedLike = None,
    ) -> None:
        self.preset = preset
        self.column_order = column_order
        self.max_copying = max_copying
        self.group = group
        self.time = time
        self.audit = audit
        self.min_level_count = min_level_count
        self.random_state = random_state

    # -- fit -----------------------------------------------------------------------------------------------------------

    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        settings = Settings.read(self.get_params(), columns, codec)
        order = settings.order if self.column_order is not None else sources_first(columns, codec, settings.order)
        preset, found = settings.preset, None

        def fit(preset: Preset, data: Mapping[Hashable, EncodedColumn], part: Stream) -> TreeModel:
            return TreeModel.fit(data, codec, order, preset, settings.min_count, part)

        def audit(preset: Preset) -> CopyingAudit | None:
            return audit_copying(columns, partial(fit, preset), settings.split, stream.child("audit"))

        if settings.audit and order:
            preset, found = calm_until(settings.max_copying, preset, audit)
        model = fit(preset, columns, stream)
        self._model, self.copying_ = model, found  # all at once: an interrupted fit leaves nothing half-made
        self._plans: dict[Any, Plan] = {}

    @property
    def column_order_(self) -> list[Hashable]:
        """Modelled columns in the order in which they are drawn."""
        return self._model.names

    @property
    def log_weight_error_(self) -> float:
        """Standard error of the log of the correction's normalising constant."""
        return self._model.corrector.log_mean_error

    # -- draws ---------------------------------------------------------------------------------------------------------

    def _sample_block(self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]) -> Columns:
        plan = self._plan(conditions)
        if plan.doubt:
            names = ", ".join(map(str, conditions))
            warnings.warn(
                f"the conditions on {names} have next to no probability together: {plan.doubt}.",
                ConditionWarning,
                stacklevel=2,
            )
        columns = draw_block(self._model, n_rows, stream, plan)
        for name, condition in conditions.items():
            if len(condition.lower):
                rule = self._model.rules.get(name)
                columns[name] = moved_to_meet(condition, columns[name], rule is not None and rule.exact)
        return columns

    def _plan(self, conditions: Mapping[Hashable, EncodedCondition]) -> Plan:
        """The plan for the conditions, kept for the next blocks of the draw."""
        if not conditions:
            return FREE
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
        check_missing(self._model, known, "sample_remaining")
        return complete_rows(self._model, known, n_rows, stream)

    # -- questions -----------------------------------------------------------------------------------------------------

    def log_prob(self, data: Any) -> NDArray[np.float64]:
        """Log probability of rows under the model.

        Parameters
        ----------
        data : frame, shape (n_rows, n_columns)
            Rows with all of the model's columns.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
            In nats. Levels (a level that the model does not keep counts as one that stands for it), missing values,
            spikes and numbers on a grid (integers, fixed decimals) count with their probability, other numbers with
            their density per unit. ``-inf`` for numbers outside the column's range, and beside a spike up to half the
            way to the next value of the training rows: none is drawn there.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        SchemaError
            If a column is not there, is not one of the model's, or does not fit.

        Notes
        -----
        The correction's weight is included, bounded as in sampling, and normalised by a Monte Carlo mean whose standard
        error is ``log_weight_error_``. Columns that others determine count as the trees see them. O(n_rows n_trees).
        """
        table = self._read_rows(data, "log_prob")
        columns = encode_all(table, self._codec, "log_prob")
        return self._model.log_prob(columns) if columns else np.zeros(table.n_rows)

    def predict_proba(self, data: Any, target: Hashable | None = None, *, random_state: SeedLike = 0) -> Any:
        """Probability of each level, or range of values, of a column, given the other columns.

        Parameters
        ----------
        data : frame, shape (n_rows, n_known)
            Rows with some or all of the other columns; the target's own values, if there, are not looked at.
        target : column name, optional
            By default the ``y`` that was fitted.
        random_state : None, int, numpy SeedSequence or Generator, default 0
            Seed; of no influence where all other columns are known.

        Returns
        -------
        pandas.DataFrame, shape (n_rows, n_levels)
            One column a level, or for a column of numbers or times a ``pandas.Interval`` for each of its bins, from its
            least to its greatest value (``Timestamp`` or ``Timedelta`` for times, also where text spells them); of a
            column whose values are generated anew one column ``"present"``; a last column ``None`` where the target may
            be missing. Rows add up to 1 and have the index of a pandas ``data``.

        Raises
        ------
        ConditionError
            If a value is missing where none was in the training data.
        SchemaError
            If a column is not one of the model's or does not fit, the target is not a modelled column, or none is named
            and no ``y`` was fitted.

        Notes
        -----
        Exact under the model where all other columns are known, else a Monte Carlo mean over at least 128 completions.
        Rows that know the same have the same answer, from the completions of all of them.
        """
        table = self._read_rows(data, "predict_proba")
        target = self._target if target is None else target
        stream = Stream.from_seed(random_state).child("predict")
        return with_index_of(data, predict_leaves(self._model, self._codec, table, target, stream))

    def impute(self, data: Any, *, random_state: SeedLike = None) -> Any:
        """Fill missing cells with draws from their distribution given the row's other cells.

        Parameters
        ----------
        data : frame, shape (n_rows, n_columns)
            Rows with all of the model's columns.
        random_state : None, int, numpy SeedSequence or Generator
            Seed of the draw, as in `sample`.

        Returns
        -------
        The container that was fitted, shape (n_rows, n_columns)
            Known cells as they were. No cell of a modelled column is missing, unless all of its training rows were or
            the columns that determine it leave it empty. Rows have the index of ``data`` where both are pandas frames.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        SchemaError
            If a column is not there, is not one of the model's, or does not fit.

        Notes
        -----
        Exact at the resolution of the bins for rows with one missing cell, else from at least 128 weighted completions;
        cells after the last known one are chosen from 16, by the correction.
        Each pattern of missing cells is drawn on its own.
        """
        table = self._read_rows(data, "impute")
        stream = self._draw_stream(random_state).child("impute")
        return with_index_of(data, impute_rows(self._model, self._codec, table, stream))

    def _read_rows(self, data: Any, method: str) -> Table:
        check_fitted(self, method)
        return read_table(data, self, self._codec, method)

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        document, arrays = self._model.to_state()
        place = {name: k for k, name in enumerate(self._codec.modelled)}
        audit = None if self.copying_ is None else vars(self.copying_)
        return document | {"order": [place[name] for name in self._model.names], "copying": audit}, arrays

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._codec = self._codec.with_own_names()
        names = [self._codec.modelled[k] for k in document["order"]]
        self._model = TreeModel.from_state(names, document, arrays)
        self.copying_ = None if document["copying"] is None else CopyingAudit(**document["copying"])
        self._plans = {}

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        if "_model" in state:
            state |= {"_model": self._to_state(), "_plans": {}}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if "_model" in state:  # as after `load`: its columns get the codec's own names, which copies of NaN are not
            self._from_state(*state["_model"])
