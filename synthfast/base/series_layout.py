"""The containers of series: what came in as numbers, and numbers as what came in."""

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast._core.validation import describe_value
from synthfast.base.time_axis import TimeAxis
from synthfast.exceptions import DataError, SeriesWarning

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SeriesLayout", "interpolate"]

LARGEST = 1e120  # values beyond it, or below its inverse, have no sums of squares as doubles
MOST_EXACT = 2.0**53  # whole numbers beyond it are not all doubles


@dataclass(frozen=True)
class SeriesLayout:
    """Everything about a series but its values.

    Parameters
    ----------
    container : {"array", "pandas", "polars"}
    single : bool
        Whether a one-dimensional series came in.
    names : list
        Of the variables; ``[None]`` where they have none.
    dtypes : list of str
        Of the variables.
    axis : TimeAxis
    time_name : str, optional
        Column that held the stamps of a polars frame.
    """

    container: str
    single: bool
    names: list[Any]
    dtypes: list[str]
    axis: TimeAxis = field(default_factory=TimeAxis)
    time_name: str | None = None

    @classmethod
    def read(cls, series: Any, label: str) -> tuple["SeriesLayout", NDArray[np.float64]]:
        """Layout of what came, and its values, shape (n_times, n_variables), gaps in the axis as NaN.

        Raises
        ------
        DataError
            If there are no values, infinite ones, or the times follow no one frequency.
        TypeError
            If it is no series of numbers.
        """
        module = type(series).__module__.partition(".")[0]
        if module == "polars":
            layout, values = _read_polars(series, label)
        elif module == "pandas":
            layout, values = _read_pandas(series, label)
        else:
            layout, values = _read_array(series, label)
        _check_values(values, layout.names, label)
        return layout, values

    def build(self, values: NDArray[np.float64], first: int) -> Any:
        """Draws in the container that came in.

        Parameters
        ----------
        values : ndarray, shape (n_series, n_steps, n_variables)
        first : int
            Step of the axis at which the draws begin.
        """
        if self.container == "array":
            dtype = np.result_type(*map(np.dtype, self.dtypes))
            return _cast(values[:, :, 0] if self.single else values, dtype)
        import pandas as pd

        n_series, n_steps, n_variables = values.shape
        index = self.axis.stamps(first, n_steps)
        if self.container == "polars":
            return self._build_polars(values, index)
        numbers = pd.RangeIndex(n_series, name="series")
        names = pd.Index(self.names, tupleize_cols=False)
        columns: Any = numbers if self.single else pd.MultiIndex.from_product([numbers, names], names=["series", None])
        wide = values.transpose(1, 0, 2).reshape(n_steps, n_series * n_variables)
        if len(set(self.dtypes)) == 1 and _numpy_dtype(self.dtypes[0]) is not None:
            return pd.DataFrame(_cast(wide, np.dtype(self.dtypes[0])), index=index, columns=columns)
        parts = [_typed(wide[:, at], self.dtypes[at % n_variables], index) for at in range(wide.shape[1])]
        frame = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=index)
        frame.columns = columns
        return frame

    def _build_polars(self, values: NDArray[np.float64], index: "pd.Index[Any]") -> Any:
        """One column a series; of several variables a long frame with a column ``series``."""
        import polars as pl

        kinds = [getattr(pl, name)() for name in self.dtypes]
        n_series, n_steps, _ = values.shape
        if self.single:
            return pl.DataFrame(
                [
                    pl.Series(str(s), values[s, :, 0]).round().cast(kinds[0])
                    if kinds[0].is_integer()
                    else pl.Series(str(s), values[s, :, 0], kinds[0])
                    for s in range(n_series)
                ]
            )
        columns = [pl.Series("series", np.repeat(np.arange(n_series), n_steps))]
        if self.time_name is not None:
            columns.append(pl.Series(self.time_name, np.tile(index.to_numpy(), n_series)))
        for v, (name, kind) in enumerate(zip(self.names, kinds, strict=True)):
            column = values[:, :, v].reshape(-1)
            columns.append(pl.Series(name, np.rint(column) if kind.is_integer() else column).cast(kind))
        return pl.DataFrame(columns)

    @property
    def is_integer(self) -> NDArray[np.bool_]:
        """Which variables hold whole numbers, shape (n_variables,)."""
        return np.array(["int" in name.lower() for name in self.dtypes])

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "container": self.container,
            "single": self.single,
            "names": [to_json_value(name) for name in self.names],
            "dtypes": self.dtypes,
            "axis": {**self.axis.to_dict(), "name": to_json_value(self.axis.name)},
            "time_name": self.time_name,
        }

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> "SeriesLayout":
        """Undo `to_dict`."""
        axis = {**document["axis"], "name": from_json_value(document["axis"]["name"])}
        names = [from_json_value(name) for name in document["names"]]
        return cls(**{**document, "names": names, "axis": TimeAxis(**axis)})


def _numpy_dtype(name: str) -> np.dtype[Any] | None:
    try:
        return np.dtype(name)
    except TypeError:
        return None


def _cast(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.clip(np.rint(values), float(limits.min), float(limits.max)).astype(dtype)
    return values.astype(dtype, copy=False)


def _typed(values: NDArray[np.float64], dtype: str, index: "pd.Index[Any]") -> "pd.Series[Any]":
    import pandas as pd

    plain = _numpy_dtype(dtype)
    if plain is not None:
        return pd.Series(_cast(values, plain), index=index)
    return pd.Series(np.rint(values) if "int" in dtype.lower() else values, index=index).astype(dtype)  # type: ignore[call-overload, no-any-return]


def _read_array(series: Any, label: str) -> tuple[SeriesLayout, NDArray[np.float64]]:
    try:
        values = np.asarray(np.ma.filled(series.astype(float), np.nan) if np.ma.isMaskedArray(series) else series)
    except ValueError as error:
        raise TypeError(f"{label}: expected an array of numbers, got rows of different lengths ({error}).") from error
    if values.ndim not in (1, 2):
        raise DataError(
            f"{label}: expected a series of shape (n_times,) or (n_times, n_variables), got {describe_value(series)}."
        )
    numbers = _as_numbers(values, label)
    n_variables = 1 if values.ndim == 1 else values.shape[1]
    layout = SeriesLayout("array", values.ndim == 1, list(range(n_variables)), [_kept(values.dtype)] * n_variables)
    return layout, numbers.reshape(len(numbers), -1) if numbers.size else np.empty((len(numbers), 0))


def _kept(dtype: np.dtype[Any]) -> str:
    """Dtype of what is drawn: half floats and objects become doubles."""
    return dtype.name if dtype.kind in "iu" or dtype.name == "float32" else "float64"


def _as_numbers(values: NDArray[Any], label: str) -> NDArray[np.float64]:
    if values.dtype.kind not in "iufO" or (values.dtype.kind == "O" and not all(map(_is_number, values.flat))):
        raise TypeError(f"{label}: expected real numbers, got {values.dtype}; convert or drop what is none.")
    if values.dtype.kind in "iu" and values.size and max(abs(int(values.min())), abs(int(values.max()))) > MOST_EXACT:
        raise DataError(f"{label}: whole numbers beyond 2**53 are not exact as doubles; rescale the series.")
    return values.astype(np.float64)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | np.number) and not isinstance(value, bool))


def _read_pandas(series: Any, label: str) -> tuple[SeriesLayout, NDArray[np.float64]]:
    single = series.ndim == 1
    columns = [series] if single else [series.iloc[:, at] for at in range(series.shape[1])]
    names = [series.name] if single else list(series.columns)
    if len(set(names)) < len(names):
        raise DataError(f"{label}: expected column names without repetition, got {describe_value(names)}.")
    if not columns or not len(series):
        raise DataError(f"{label}: expected a series of values, got one of shape {series.shape}.")
    kinds, parts = [], []
    for name, column in zip(names, columns, strict=True):
        where = label if single else f"{label}: column {name!r}"
        if str(column.dtype).startswith("datetime"):
            advice = (
                "give the values, with the stamps as index" if single else f"make them the index: set_index({name!r})"
            )
            raise TypeError(f"{where}: expected numbers, got stamps; {advice}.")
        if column.dtype.kind not in "iufO":
            raise TypeError(f"{where}: expected real numbers, got {column.dtype}; convert or drop it.")
        raw = (
            column.to_numpy(dtype=np.float64, na_value=np.nan)
            if column.isna().any() and column.dtype.kind != "O"
            else column.to_numpy()
        )
        parts.append(_as_numbers(raw, where))
        kinds.append("float64" if column.dtype.kind == "O" else str(column.dtype))
    axis, place = TimeAxis.read(series.index, label)
    return SeriesLayout("pandas", single, names, kinds, axis), _on_axis(np.column_stack(parts), place, label)


def _read_polars(series: Any, label: str) -> tuple[SeriesLayout, NDArray[np.float64]]:
    import pandas as pd
    import polars as pl

    single = isinstance(series, pl.Series)
    frame = series.to_frame() if single else series
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"{label}: expected a polars Series or DataFrame, got {type(series).__name__}; collect() it.")
    times = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    values = frame.drop(times[:1])
    native = pd.DataFrame({name: values[name].to_numpy() for name in values.columns})
    if times and len(frame):
        native.index = pd.DatetimeIndex(frame[times[0]].to_numpy())
    layout, numbers = _read_pandas(native[native.columns[0]] if single else native, label)
    kinds = [str(kind) for kind in values.dtypes]
    return SeriesLayout("polars", single, layout.names, kinds, layout.axis, times[0] if times else None), numbers


def _on_axis(values: NDArray[np.float64], place: NDArray[np.int64], label: str) -> NDArray[np.float64]:
    """Values in order of time, with NaN where the axis has a gap."""
    n_times = int(place.max()) + 1
    if n_times > len(values):
        warnings.warn(
            f"{label}: {n_times - len(values)} of {n_times} times have no row; they count as missing values.",
            SeriesWarning,
            stacklevel=4,
        )
    full = np.full((n_times, values.shape[1]), np.nan)
    full[place] = values
    return full


def _check_values(values: NDArray[np.float64], names: list[Any], label: str) -> None:
    if not values.size:
        raise DataError(f"{label}: expected a series of values, got one of shape {values.shape}.")
    for v, name in enumerate(names):
        where = label if len(names) == 1 else f"{label}: variable {name!r}"
        if np.isinf(values[:, v]).any():
            raise DataError(
                f"{where}: expected finite values, got an infinite one at step {np.isinf(values[:, v]).argmax()}."
            )
        size = np.nanmax(np.abs(values[:, v])) if not np.isnan(values[:, v]).all() else 0.0
        if size > LARGEST or 0.0 < size < 1.0 / LARGEST:
            raise DataError(f"{where}: values of size {size:.3g} have no squares as doubles; rescale the series.")
        if np.isnan(values[:, v]).all():
            raise DataError(f"{where}: all {len(values)} values are missing; drop it or fill it first.")


def interpolate(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values, shape (n_times, n_variables), with gaps filled linearly in time, those at the ends by the nearest."""
    missing, times = np.isnan(values), np.arange(len(values))
    filled = values.copy()
    for v in np.flatnonzero(missing.any(axis=0)):
        gap = missing[:, v]
        filled[gap, v] = np.interp(times[gap], times[~gap], values[~gap, v])
    return filled
