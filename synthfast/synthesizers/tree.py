"""Sequential conditional trees: every column drawn given those before it, then corrected where the chain is off."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast.base import BaseSynthesizer
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec, restore_known
from synthfast.encoding.missing import missing_of
from synthfast.exceptions import ConditionError, DataError, NotFittedError, SchemaError
from synthfast.synthesizers._tree.audit import CopyingAudit, Split, audit_copying
from synthfast.synthesizers._tree.bins import Bins, NumberValues
from synthfast.synthesizers._tree.completion import complete_rows, leaf_probabilities
from synthfast.synthesizers._tree.conditions import plan_conditions
from synthfast.synthesizers._tree.drawing import FREE, Plan, draw_block
from synthfast.synthesizers._tree.model import TreeModel
from synthfast.synthesizers._tree.presets import PRESETS, Preset
from synthfast.synthesizers._tree.rules import Grid

__all__ = ["TreeSynthesizer"]

Columns = dict[Hashable, NDArray[Any]]
Floats = NDArray[np.float64]

MAX_CALMER = 5  # times that a fit is made calmer to meet ``max_copying``


class TreeSynthesizer(BaseSynthesizer):
    """Synthetic tables from a chain of conditional trees: near held-out data in fidelity, near it in privacy.

    Each column is drawn given those before it. With ``preset="quality"`` a column's values are a binary hierarchy, and
    boosted oblivious trees say at each of its depths which side a row takes; then boosters that tell real from drawn
    rows find what the chain gets wrong, and rows are chosen from several candidates by that. With ``preset="fast"`` one
    tree a column is grown, and values come from the leaf that a row falls into.

    Numbers are drawn anew inside cells of their quantile table, so values are not copied, while spikes, decimals and
    ranges stay. Missing is a value like others. Columns that others determine exactly (copies, sums, look-ups, one
    never above another) are found and stay so.

    Parameters
    ----------
    preset : {"quality", "fast"}, default "quality"
        ``"fast"`` fits about ten times faster and is as faithful column by column and pair by pair, but is easier to
        tell from real rows, and its rows lie nearer to training rows: 54 to 58 % of them on the real tables of
        ``docs/trees.md``, and far more in tables of a few numbers (see ``copying_``), where 50 % is ideal.
    column_order : sequence of column names, optional
        Columns to be drawn first, in this order; the others follow in the table's order, which is the default. A
        column is modelled best on columns before it that it depends on directly; conditions on early columns are
        cheapest.
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
    O(n_rows n_columns); trees are grown on at most 32,768 rows each. Memory: 3 bytes a cell, 2 to 4 times the bytes of
    codes while boosters grow. Tables of more than 4,000,000 rows are fitted on a random sample of so many. Sampling:
    O(n_rows n_trees). For one seed the same rows come out for any number of threads. The model holds quantile tables,
    level counts, thresholds and leaf values; with ``preset="fast"`` also the cell of every training cell, column by
    column.

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
        preset, min_count = self._check_parameters(codec)
        order = self._order(codec)
        split = self._split(columns, codec)

        def fit(data: Mapping[Hashable, EncodedColumn], part: Stream) -> TreeModel:
            return TreeModel.fit(data, codec, order, preset, min_count, part)

        found: CopyingAudit | None = None
        if self.audit and order:
            found = audit_copying(columns, fit, split, stream.child("audit"))
            for _ in range(MAX_CALMER):
                if self._within_bound(found):
                    break
                preset = preset.calmer()
                found = audit_copying(columns, fit, split, stream.child("audit"))
            if self.max_copying is not None and found is None:
                raise DataError(
                    "TreeSynthesizer: max_copying needs an audit, for which each half must have 100 rows; here there "
                    "are fewer. Leave max_copying out, or give more rows or groups."
                )
            if not self._within_bound(found):
                raise DataError(
                    f"TreeSynthesizer: expected copying of at most max_copying={self.max_copying}, got {found} "
                    f"after {MAX_CALMER} calmer fits. Raise max_copying, or drop columns that identify rows."
                )
        model = fit(columns, stream)
        self._model, self.copying_ = model, found  # all at once: an interrupted fit leaves nothing half-made
        self._plans: dict[Any, Plan] = {}

    def _within_bound(self, found: CopyingAudit | None) -> bool:
        return self.max_copying is None or found is None or found.share <= self.max_copying

    def _check_parameters(self, codec: TableCodec) -> tuple[Preset, int]:
        if not isinstance(self.preset, str) or self.preset not in PRESETS:
            raise ValueError(f"TreeSynthesizer: preset must be one of {sorted(PRESETS)}, got {self.preset!r}.")
        if self.max_copying is not None:
            if not isinstance(self.max_copying, int | float) or not 0.5 < self.max_copying <= 1.0:
                raise ValueError(f"TreeSynthesizer: max_copying must lie in (0.5, 1], got {self.max_copying!r}.")
            if not self.audit:
                raise ValueError("TreeSynthesizer: max_copying needs the audit that measures it; leave audit=True.")
        if self.group is not None and self.time is not None:
            raise ValueError("TreeSynthesizer: expected one of group and time, got both.")
        for role, name in (("group", self.group), ("time", self.time)):
            if name is not None and name not in codec.names:
                raise SchemaError(f"TreeSynthesizer: {role}={name!r} is not a column; they are {codec.names!r}.")
        return PRESETS[self.preset], check_integer("min_level_count", self.min_level_count, minimum=1)

    def _order(self, codec: TableCodec) -> list[Hashable]:
        asked = [] if self.column_order is None else list(self.column_order)
        own = {name: name for name in codec.names}  # those of an array are NumPy's
        first = [own[name] for name in asked if isinstance(name, Hashable) and name in own]
        if len(first) < len(asked) or len(set(first)) < len(first):
            raise SchemaError(
                f"TreeSynthesizer: column_order must name columns of the table once each; got {asked!r}, "
                f"the columns are {codec.names!r}."
            )
        return [n for n in first if n in codec.modelled] + [n for n in codec.modelled if n not in first]

    def _split(self, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec) -> Split:
        name = self.group if self.group is not None else self.time
        if name is None:
            return Split()
        kind = "groups" if self.group is not None else "time"
        if name not in columns:
            column = codec.column(name).kind
            if column in ("constant", "empty"):
                raise SchemaError(f"TreeSynthesizer: {kind} cannot be told by column {name!r}: its rows are all alike.")
            raise SchemaError(
                f"TreeSynthesizer: {kind} cannot be told by column {name!r} of kind {column!r}, whose values are "
                "generated anew; give it the kind 'categorical' or 'integer' in the schema."
            )
        return Split(kind, columns[name].values, name)

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
        columns = draw_block(self._model, n_rows, stream, self._plan(conditions))
        for name, condition in conditions.items():
            if len(condition.lower):
                rule = self._model.rules.get(name)
                columns[name] = _met(condition, columns[name], rule is not None and rule.exact)
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
        self._check_missing(known, "sample_remaining")
        return complete_rows(self._model, known, n_rows, stream)

    def _check_missing(self, known: Columns, method: str) -> None:
        for name, values in known.items():
            gone = missing_of(values)
            if gone.any() and not self._model.bins[self._model.place_of(name)].missing:
                raise ConditionError(
                    f"{method}: column {name!r} is missing in row {int(np.argmax(gone))}, but had no missing values in "
                    "the data that was fitted. Leave the column out where it is unknown, or use impute."
                )

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
            their density per unit. ``-inf`` for numbers outside the column's range.

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
        columns = self._encode_rows(table, "log_prob")
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
            One column a level, or for a column of numbers a ``pandas.Interval`` for each of its bins, from its least to
            its greatest value; a last column ``None`` where the target may be missing. Rows add up to 1.

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
        """
        import pandas as pd

        table = self._read_rows(data, "predict_proba")
        target = self._target if target is None else target
        if target not in self._codec.modelled:
            raise SchemaError(f"predict_proba: expected a target among {self._codec.modelled!r}, got {target!r}.")
        names = [name for name in self._codec.modelled if name in table.names and name != target]
        known = {name: column.values for name, column in self._codec.encode(table, names).items()}
        self._check_missing(known, "predict_proba")
        j = self._model.place_of(target)
        stream = Stream.from_seed(random_state).child("predict")
        shares = leaf_probabilities(self._model, j, known, table.n_rows, stream)
        labels = _leaf_labels(self._model.bins[j], list(self._codec.column(target).levels))
        names = pd.Index([label for _, label in labels], dtype=object, tupleize_cols=False)  # so that None stays None
        return pd.DataFrame(shares[:, [leaf for leaf, _ in labels]], columns=names)

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
            the columns that determine it leave it empty.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        SchemaError
            If a column is not there, is not one of the model's, or does not fit.

        Notes
        -----
        Exact at the resolution of the bins for rows with one missing cell, else from at least 128 weighted completions.
        Each pattern of missing cells is drawn on its own.
        """
        table = self._read_rows(data, "impute")
        stream = self._draw_stream(random_state).child("impute")
        columns = self._encode_rows(table, "impute")
        filled = {name: values.copy() for name, values in columns.items()}
        for k, (rows, gone) in enumerate(_patterns({name: missing_of(values) for name, values in columns.items()})):
            known = {name: values[rows] for name, values in columns.items() if name not in gone}
            drawn = complete_rows(self._model, known, len(rows), stream.child(k), present=gone)
            for name in gone:
                filled[name][rows] = drawn[name]
        native = self._codec.decode(filled, n_rows=table.n_rows, stream=stream.child("decode"))
        return self._codec.build(restore_known(native, table, fill=True))

    def _read_rows(self, data: Any, method: str) -> Table:
        if not self.__sklearn_is_fitted__():
            raise _not_fitted(f"TreeSynthesizer.{method}: not fitted yet; call fit(data) first.")
        if isinstance(data, np.ndarray) and data.dtype.names is None:
            if data.ndim != 2:
                raise DataError(
                    f"TreeSynthesizer.{method}: expected a 2-D array, got shape {data.shape}. Reshape your data."
                )
            if data.shape[1] not in (self.n_features_in_, len(self._codec.names)):
                raise DataError(
                    f"X has {data.shape[1]} features, but TreeSynthesizer is expecting {self.n_features_in_} features "
                    "as input; an array has no names, so all columns must be there."
                )
        table = Table.from_any(data)
        extra = [name for name in table.names if name not in self._codec.names]
        if extra:
            raise SchemaError(
                f"TreeSynthesizer.{method}: the model knows no columns {extra!r}; drop them. Its own are "
                f"{self._codec.names!r}."
            )
        return table

    def _encode_rows(self, table: Table, method: str) -> Columns:
        """Encoded modelled columns of a table that has all of them."""
        absent = [name for name in self._codec.modelled if name not in table.names]
        if absent:
            raise SchemaError(f"TreeSynthesizer.{method}: expected the columns {absent!r} as well.")
        return {name: column.values for name, column in self._codec.encode(table).items()}

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        document, arrays = self._model.to_state()
        place = {name: k for k, name in enumerate(self._codec.modelled)}
        audit = None if self.copying_ is None else vars(self.copying_)
        return document | {"order": [place[name] for name in self._model.names], "copying": audit}, arrays

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        names = [self._codec.modelled[k] for k in document["order"]]
        self._model = TreeModel.from_state(names, document, arrays)
        self.copying_ = None if document["copying"] is None else CopyingAudit(**document["copying"])
        self._plans = {}


def _patterns(blank: Mapping[Hashable, NDArray[np.bool_]]) -> Iterator[tuple[NDArray[np.intp], list[Hashable]]]:
    """Rows that lack the same cells, together with the names of those; rows that lack none are left out."""
    if not blank:
        return
    bits = np.packbits(np.array(list(blank.values())), axis=0)
    member = np.unique(bits, axis=1, return_inverse=True)[1].ravel()
    for rows in (np.flatnonzero(member == k) for k in range(member.max(initial=-1) + 1)):
        gone = [name for name, own in blank.items() if own[rows[0]]]
        if gone:
            yield rows, gone


def _met(condition: EncodedCondition, values: Floats, determined: bool) -> Floats:
    """Values moved to the nearest that meets a condition, which arithmetic on the way may have left.

    Those that another column determines only by rounding errors: more would break what they keep to.
    """
    k = np.searchsorted(condition.lower, values, side="right")
    last = len(condition.lower) - 1
    sides = (np.maximum(k - 1, 0), np.minimum(k, last))
    below, above = (np.clip(values, condition.lower[side], condition.upper[side]) for side in sides)
    moved = np.where(np.abs(values - below) <= np.abs(above - values), below, above)
    return np.where(np.isclose(moved, values, rtol=1e-9, atol=0.0), moved, values) if determined else moved


def _leaf_labels(bins: Bins, levels: list[Any]) -> list[tuple[int, Any]]:
    """What each leaf stands for, levels in their own order, missing last."""
    if isinstance(bins.values, NumberValues):
        out = [(cell + int(bins.missing), label) for cell, label in enumerate(_cell_intervals(bins.values))]
    else:
        leaf_of = bins.encode(np.arange(len(levels), dtype=np.int32))
        out = [(int(leaf), level) for leaf, level in zip(leaf_of, levels, strict=True)]
    return [*out, (0, None)] if bins.missing else out


def _cell_intervals(values: NumberValues) -> Any:
    """Least and greatest value of each cell; of numbers without a grid, where it begins and ends."""
    import pandas as pd

    low, high = values.edges[:-1], values.edges[1:]
    if values.table.step is None:
        return pd.IntervalIndex.from_arrays(values.table.ppf(low), values.table.ppf(high), closed="both")
    inset = 1e-9 * (high - low)  # at the edge itself lies the neighbour's value too
    ends = [Grid(values.table.step).nearest(values.table.ppf(p)) for p in (low + inset, high - inset)]
    return pd.IntervalIndex.from_arrays(*ends, closed="both")


def _not_fitted(message: str) -> NotFittedError:
    """An error that is scikit-learn's as well, as its checks of predictors ask for."""
    from sklearn import exceptions

    class NotFitted(NotFittedError, exceptions.NotFittedError):
        pass

    return NotFitted(message)
