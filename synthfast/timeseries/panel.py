"""Panels: entities that did not exist, each with its attributes and its own series."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast._core.progress import progress
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast._registry import load_object
from synthfast.base.model import Model
from synthfast.base.saved import with_prefix, without_prefix
from synthfast.base.seasonal_period import check_period, find_period
from synthfast.base.time_axis import TimeAxis
from synthfast.exceptions import DataError
from synthfast.timeseries._panel.drawing import draw_gaps, draw_variable, run_in
from synthfast.timeseries._panel.features import VariableLaw, parameter_columns, parameters_of
from synthfast.timeseries._panel.fitting import BATCH, choose_order, fill_gaps, fit_entities, joined
from synthfast.timeseries._panel.reading import Panel, read_panel
from synthfast.timeseries._panel.traits import life_of, mean_gap, pooled_shocks, spread_grows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PanelSynthesizer"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAST_LENGTH = 8  # of the longest entity


class PanelSynthesizer(Model):
    """New entities of a panel, with static attributes, lengths, gaps and series, drawn from their joint law.

    Each variable is a level, a season by the calendar, and an ARIMA process of an order that all entities share. What
    differs between entities (level, drift, season, variance, coefficients, beginning, end, share of gaps, and the
    static attributes) is one row of a table, whose joint law a Gaussian copula learns. A draw takes new rows from it,
    and lets each live its own series: entities that did not exist, not continuations of those that did.

    Parameters
    ----------
    entity : hashable
        Column that says whose a row is.
    time : hashable
        Column of stamps, periods or whole numbers.
    static : sequence of hashable, optional
        Columns of attributes that do not change within an entity; found if not given.
    seasonal_period : int, optional
        Steps of a season, 1 for none; found if not given.
    progress : bool, optional
        Whether to show a progress bar; on a terminal by default.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the fit, and the draws that get no seed of their own.

    Attributes
    ----------
    n_entities_, n_rows_ : int
    static_ : list
        Columns taken as static.
    orders_ : dict of column to str
        Shared order of each variable.
    regular_ : bool
        Whether times follow one frequency. Otherwise the steps are the rows, and the times between them are drawn too.
    seasonal_period_ : int

    Notes
    -----
    The shared order is chosen on 40 entities at random by the sum of AICc; each entity is fitted by maximum likelihood.
    Entities too short to be fitted count with the medians of the others. Innovations are bootstrapped from a pool of at
    most 100,000 joint rows of standardised ones, so variables stay dependent. Partial autocorrelations are kept within
    .98, and processes run 200 steps and three states before their first value, which leaves at most 2 % of the
    start. Fit O(n_rows) with some 100 passes, memory a few times that of the table's numbers.

    References
    ----------
    Hyndman and Khandakar (2008), doi:10.18637/jss.v027.i03, for the models; Nelsen (2006) for the copula.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from synthfast import PanelSynthesizer
    >>> rng = np.random.default_rng(0)
    >>> days = pd.date_range("2024-01-01", periods=60)
    >>> sales = [
    ...     pd.DataFrame({"shop": s, "day": days, "sold": rng.poisson(5 + s % 9, 60)})
    ...     for s in range(40)
    ... ]
    >>> model = PanelSynthesizer(entity="shop", time="day", random_state=0).fit(pd.concat(sales))
    >>> model.sample(new_entities=3, random_state=1).groupby("shop").size().tolist()
    [60, 60, 60]
    """

    def __init__(
        self,
        *,
        entity: Hashable = "entity",
        time: Hashable = "time",
        static: Sequence[Hashable] | None = None,
        seasonal_period: int | None = None,
        progress: bool | None = None,
        random_state: SeedLike = None,
    ) -> None:
        self.entity = entity
        self.time = time
        self.static = static
        self.seasonal_period = seasonal_period
        self.progress = progress
        self.random_state = random_state

    # -- fit -----------------------------------------------------------------------------------------------------------

    def fit(self, data: "pd.DataFrame") -> Self:
        """Learn a panel.

        Parameters
        ----------
        data : pandas or polars DataFrame
            One row for each entity and time, shape (n_rows, n_columns). It is not changed.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If columns are absent or unfit, a time repeats within an entity, or there are fewer than two entities.
        TypeError
            If ``data`` is no frame, or times are no times.

        Warns
        -----
        SeriesWarning
            If rows were not in order of entity and time.
        """
        label = type(self).__name__
        stream = Stream.from_seed(self.random_state).child("fit")
        frame, polars = _as_pandas(data, label)
        panel = read_panel(frame, self.entity, self.time, self.static, label)
        if panel.lengths.max() < LEAST_LENGTH:
            raise DataError(
                f"{label}: expected at least {LEAST_LENGTH} times for the longest entity, got {panel.lengths.max()}."
            )
        self._polars, self._columns = polars, list(frame.columns)
        self._dtypes = {name: str(frame[name].dtype) for name in panel.names}
        self._entity_dtype, self._last_entity = str(frame[self.entity].dtype), _largest(frame[self.entity])
        self._time_dtype = str(frame[self.time].dtype)
        self.n_entities_, self.n_rows_ = len(panel.lengths), len(frame)
        self.static_, self._names = list(panel.static.columns), panel.names
        self._axis, self.regular_ = panel.axis, panel.axis is not None
        self.seasonal_period_ = self._period(panel)
        self._fit_parts(panel, stream)
        self._n_draws = 0
        return self

    def _period(self, panel: Panel) -> int:
        if not self.regular_:
            return 1
        longest = int(panel.lengths.max())
        if self.seasonal_period is not None:
            return check_period(type(self).__name__, self.seasonal_period, longest)
        order = np.argsort(-panel.lengths, kind="stable")[:20]
        values = panel.values[0]
        series = [fill_gaps(values[a:b], np.array([0, b - a])) for a, b in _spans(panel.offsets, order)]
        frequency = None if panel.axis is None else panel.axis.frequency
        found = [find_period(y[:, None], frequency) for y in series if np.isfinite(y).all() and np.ptp(y) > 0]
        return int(np.bincount(found).argmax()) if found else 1

    def _fit_parts(self, panel: Panel, stream: Stream) -> None:
        columns: dict[str, Any] = {f"static {k}": panel.static[name] for k, name in enumerate(panel.static.columns)}
        columns |= life_of(panel)
        self._laws: list[VariableLaw] = []
        shocks = []
        begins = panel.starts if self.regular_ else np.zeros_like(panel.starts)
        for v, raw in enumerate(panel.values):
            missing = np.isnan(raw)
            known = raw[~missing]
            is_step = v == len(panel.names)
            logs = not is_step and spread_grows(raw, panel.offsets)
            filled = fill_gaps(np.log(raw) if logs else raw, panel.offsets)
            order, n_waves = choose_order(
                filled, panel.offsets, begins, self.seasonal_period_, stream.child("order", v)
            )
            batches = fit_entities(filled, panel.offsets, begins, order, n_waves, self.seasonal_period_)
            n_batches = -(-self.n_entities_ // BATCH)
            fits = joined(list(progress(batches, f"variable {v + 1}", total=n_batches, enabled=self.progress)))
            law = VariableLaw.of(
                fits,
                logs=logs,
                missing=float(missing[panel.present].mean()),
                whole=not is_step and bool((known == np.round(known)).all()),
                floor=0.0 if not is_step and known.min() >= 0 else -np.inf,
            )
            self._laws.append(law)
            columns |= parameter_columns(law, fits, f"variable {v}")
            shocks.append(np.where(missing, np.nan, fits.innovations))
        self._pool = pooled_shocks(np.stack(shocks), stream.child("pool"))
        self._longest = int(panel.lengths.max())
        self._life_range = [int(panel.starts.min()), int((panel.starts + panel.lengths).max())]
        self._gap_run = mean_gap(panel)
        self._attributes = self._learn_attributes(columns)

    def _learn_attributes(self, columns: dict[str, Any]) -> Any:
        import pandas as pd

        model = load_object("GaussianCopulaSynthesizer")(stratify=False, random_state=self.random_state)
        return model.fit(pd.DataFrame(columns))

    @property
    def orders_(self) -> dict[Hashable, str]:
        """Shared order of each variable."""
        return {name: str(law.order) for name, law in zip(self._names, self._laws, strict=False)}

    # -- draw ----------------------------------------------------------------------------------------------------------

    def sample(self, new_entities: int = 1, *, random_state: SeedLike = None) -> Any:
        """Draw entities that did not exist.

        Parameters
        ----------
        new_entities : int, default 1
            Entities wanted, 0 or more.
        random_state : None, int, numpy SeedSequence or Generator
            Seed of the draw. With None the next stream of the constructor's seed is taken, or fresh entropy.

        Returns
        -------
        DataFrame
            Of the kind and with the columns that were fitted, in order of entity and time. Entities are numbered on
            from the largest one of whole numbers, else called ``synthetic-1`` and so on.

        Raises
        ------
        NotFittedError
            Before ``fit``.

        Notes
        -----
        Entity i depends on the model, the seed and i alone.
        """
        import pandas as pd

        self._check_fitted("sample")
        n = check_integer("new_entities", new_entities, minimum=0)
        stream = self._draw_stream(random_state)
        seed = np.random.SeedSequence(list(stream.child("attributes").key))
        table = self._attributes.sample(n, random_state=seed)
        starts, lengths = self._lives(table)
        parts = [
            self._draw_batch(first, table.iloc[first : first + BATCH], starts, lengths, stream)
            for first in progress(range(0, n, BATCH), "entities", enabled=self.progress)
        ]
        if not parts:
            parts = [self._draw_batch(0, table, starts, lengths, stream)]
        owner = np.concatenate([part[0] for part in parts])
        place = np.concatenate([part[1] for part in parts])
        columns: dict[Hashable, Any] = {self.entity: self._entity_names(n)[owner], self.time: self._times(place)}
        for k, name in enumerate(self.static_):
            columns[name] = table[f"static {k}"].iloc[owner].reset_index(drop=True)
        for v, name in enumerate(self._names):
            columns[name] = _cast(np.concatenate([part[2][v] for part in parts]), self._dtypes[name])
        frame = pd.DataFrame(columns)[self._columns]
        return _as_polars(frame) if self._polars else frame

    def _lives(self, table: "pd.DataFrame") -> tuple[Integers, Integers]:
        """First step and number of steps of each new entity."""
        low, high = self._life_range
        lengths = np.clip(table["length"].to_numpy(dtype=np.float64).round().astype(np.int64), 1, self._longest)
        starts = table["start"].to_numpy(dtype=np.float64).round().astype(np.int64) + low
        return (np.minimum(starts, high - lengths) if self.regular_ else starts), lengths

    def _draw_batch(
        self, first: int, table: "pd.DataFrame", starts: Integers, lengths: Integers, stream: Stream
    ) -> tuple[Integers, Integers, list[Floats]]:
        """(entity, place on the axis, values of each variable) of the rows of up to 256 entities."""
        n, n_steps = len(table), self._longest
        own_starts, own_lengths = starts[first : first + n], lengths[first : first + n]
        width = n_steps + max(run_in(law.order) for law in self._laws)
        which = stream.child("innovations").integers(self._pool.shape[1], n * width, start=first * width)
        drawn = []
        for v, law in enumerate(self._laws):
            shocks = self._pool[v][which].reshape(n, width)
            own = parameters_of(law, table, f"variable {v}")
            begins = own_starts if self.regular_ else np.zeros(n, np.int64)
            values = draw_variable(law, own, shocks, begins, self.seasonal_period_, n_steps)
            if law.missing > 0:
                u = stream.child("missing", v).uniform(n * n_steps, start=first * n_steps)
                values[u.reshape(n, n_steps) < law.missing] = np.nan
            drawn.append(values)
        share = table["gaps"].to_numpy(dtype=np.float64)
        kept = draw_gaps(share, self._gap_run, n_steps, stream.child("gaps"), first)
        kept &= np.arange(n_steps) < own_lengths[:, None]
        place = own_starts[:, None] + np.arange(n_steps)
        if not self.regular_:
            steps = np.exp(np.minimum(drawn.pop(), 40.0))
            steps[:, 0] = 0
            place = own_starts[:, None] + np.cumsum(np.maximum(np.round(steps), 0), axis=1).astype(np.int64)
        owner = np.broadcast_to(first + np.arange(n)[:, None], kept.shape)
        return owner[kept], place[kept], [values[kept] for values in drawn]

    def _entity_names(self, n: int) -> Any:
        import pandas as pd

        if self._last_entity is not None:
            return pd.Series(np.arange(self._last_entity + 1, self._last_entity + 1 + n)).to_numpy()
        names = np.array([f"synthetic-{i + 1}" for i in range(n)], dtype=object)
        return pd.Categorical(names, categories=names) if self._entity_dtype == "category" else names

    def _times(self, place: Integers) -> Any:
        import pandas as pd

        if self._axis is not None:
            stop = int(place.max()) + 1 if len(place) else 1
            return self._axis.stamps(0, stop).take(place)
        if self._time_dtype.startswith("datetime64"):
            stamps = pd.DatetimeIndex(place.view("datetime64[ns]"))
            if "," in self._time_dtype:
                zone = self._time_dtype.partition(",")[2].strip(" ]")
                stamps = stamps.tz_localize("UTC").tz_convert(zone)
            return stamps.as_unit(self._time_dtype.partition("[")[2][:2])
        return place

    # -- the file ------------------------------------------------------------------------------------------------------

    def _to_document(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        attributes, arrays = self._attributes._to_document()
        arrays = with_prefix(arrays, "attributes/") | {"pool": self._pool}
        laws = []
        for v, law in enumerate(self._laws):
            document, own = law.to_state()
            laws.append(document)
            arrays |= with_prefix(own, f"variable {v}/")
        document = {name: getattr(self, name) for name in _PLAIN} | {
            "axis": None if self._axis is None else {k: to_json_value(v) for k, v in self._axis.to_dict().items()},
            "columns": [to_json_value(name) for name in self._columns],
            "static": [to_json_value(name) for name in self.static_],
            "names": [to_json_value(name) for name in self._names],
            "dtypes": [self._dtypes[name] for name in self._names],
            "laws": laws,
            "attributes": attributes,
        }
        return document, arrays

    def _from_document(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        for name in _PLAIN:
            setattr(self, name, document[name])
        axis = document["axis"]
        self._axis = None if axis is None else TimeAxis(**{k: from_json_value(v) for k, v in axis.items()})
        self._columns = [from_json_value(name) for name in document["columns"]]
        self.static_ = [from_json_value(name) for name in document["static"]]
        self._names = [from_json_value(name) for name in document["names"]]
        self._dtypes = dict(zip(self._names, document["dtypes"], strict=True))
        self._laws = [
            VariableLaw.from_state(law, without_prefix(arrays, f"variable {v}/"))
            for v, law in enumerate(document["laws"])
        ]
        self._pool = arrays["pool"]
        self._attributes = load_object("GaussianCopulaSynthesizer")(stratify=False)
        self._attributes._from_document(document["attributes"], without_prefix(arrays, "attributes/"))
        self._n_draws = 0

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_n_draws")


_PLAIN = (
    "n_entities_",
    "n_rows_",
    "regular_",
    "seasonal_period_",
    "_polars",
    "_entity_dtype",
    "_last_entity",
    "_time_dtype",
    "_longest",
    "_life_range",
    "_gap_run",
)


def _as_pandas(data: Any, label: str) -> tuple["pd.DataFrame", bool]:
    module = type(data).__module__.partition(".")[0]
    if module == "polars" and hasattr(data, "to_pandas"):
        return data.to_pandas(), True
    if module != "pandas" or not hasattr(data, "columns"):
        raise TypeError(f"{label}: expected a pandas or polars DataFrame, got {type(data).__name__}.")
    return data, False


def _as_polars(frame: "pd.DataFrame") -> Any:
    import polars as pl

    return pl.from_pandas(frame)


def _largest(entities: "pd.Series[Any]") -> int | None:
    """The largest entity of whole numbers; None where they are others."""
    return int(entities.max()) if entities.dtype.kind in "iu" else None


def _spans(offsets: Integers, which: Integers) -> list[tuple[int, int]]:
    return [(int(offsets[i]), int(offsets[i + 1])) for i in which]


def _cast(values: Floats, dtype: str) -> Any:
    import pandas as pd

    series = pd.Series(values)
    return (series.round() if "int" in dtype.lower() else series).astype(dtype)
