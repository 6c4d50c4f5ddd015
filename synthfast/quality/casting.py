"""How foreign columns become numbers and level names; the only file of the room that knows pandas."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast.exceptions import DataError, SchemaError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NUMERIC_KINDS", "as_numbers", "column_kind", "level_codes", "read_frame"]

NUMERIC_KINDS = ("numeric", "time", "duration")
TEXT_LEVELS = 50  # a string column with more distinct values than this and than half its known rows is text
ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?"
ISO_PROBE = 20  # strings looked at before a column is parsed as dates

_BOOLEAN_KEYS = {"0": "False", "1": "True", "false": "False", "true": "True", "False": "False", "True": "True"}


def read_frame(data: Any, role: str) -> "pd.DataFrame":
    """`data` as a pandas frame, without a copy where it is one.

    Raises
    ------
    DataError
        If it is no table.
    SchemaError
        If two columns share a name.
    """
    import pandas as pd

    frame = data if isinstance(data, pd.DataFrame) else _foreign_frame(data, role)
    if not frame.columns.is_unique:
        twice = ", ".join(repr(name) for name in frame.columns[frame.columns.duplicated()].unique())
        raise SchemaError(f"The {role} table has more than one column of these names: {twice}. Rename them.")
    return frame


def _foreign_frame(data: Any, role: str) -> "pd.DataFrame":
    import pandas as pd

    if hasattr(data, "collect") and not hasattr(data, "__arrow_c_stream__"):  # a lazy polars frame
        data = data.collect()
    if hasattr(data, "__arrow_c_stream__") and not isinstance(data, pd.Series):
        import pyarrow as pa

        return pa.table(data).to_pandas()
    is_array = isinstance(data, np.ndarray) and (data.ndim == 2 or data.dtype.names is not None)
    if is_array or isinstance(data, Mapping) or (isinstance(data, list) and data and isinstance(data[0], Mapping)):
        return pd.DataFrame(data)
    raise DataError(
        f"The {role} table has to be a pandas, polars or Arrow table, a 2-D array, a dict of columns or a list of"
        f" dicts, got {type(data).__name__}."
    )


def column_kind(column: "pd.Series") -> str:
    """What a column of the real table is compared as: numeric, time, duration, categorical or text."""
    from pandas.api import types

    dtype = column.dtype
    if isinstance(dtype, types.CategoricalDtype) or types.is_bool_dtype(dtype):
        return "categorical"
    if types.is_complex_dtype(dtype):
        raise DataError(f"Column {column.name!r} is complex ({dtype}); split it in real and imaginary part first.")
    if types.is_numeric_dtype(dtype):
        return "numeric"
    if types.is_datetime64_any_dtype(dtype) or str(dtype).startswith("date"):
        return "time"
    if types.is_timedelta64_dtype(dtype):
        return "duration"
    inferred = types.infer_dtype(column, skipna=True)
    by_content = {"integer": "numeric", "floating": "numeric", "mixed-integer-float": "numeric", "decimal": "numeric"}
    by_content |= {"date": "time", "datetime": "time", "datetime64": "time"}
    by_content |= {"timedelta": "duration", "timedelta64": "duration"}
    if inferred in by_content:
        return by_content[inferred]
    return _string_kind(column) if inferred == "string" else "categorical"


def _string_kind(column: "pd.Series") -> str:
    known = column.dropna()
    probe = known.iloc[:ISO_PROBE].astype(str)
    if len(probe) and probe.str.fullmatch(ISO_DATE).all() and _parse_dates(known) is not None:
        return "time"
    return "text" if known.nunique() > max(TEXT_LEVELS, len(known) / 2) else "categorical"


def _parse_dates(column: "pd.Series") -> "pd.Series | None":
    import pandas as pd

    try:
        return pd.to_datetime(column, format="ISO8601")
    except (ValueError, TypeError):
        return None


def as_numbers(columns: Mapping[str, "pd.Series"], kind: str) -> tuple[dict[str, np.ndarray], str]:
    """One column of every table as float64 with NaN for missing, and the unit of the numbers ("" if plain).

    Times become seconds since the real table's earliest, durations seconds.

    Raises
    ------
    DataError
        If a table holds something else in this column than the real one.
    """
    if kind == "numeric":
        return {role: _plain_numbers(column, role) for role, column in columns.items()}, ""
    if kind == "duration":
        return {role: _durations(column, role) for role, column in columns.items()}, "seconds"
    times = {role: _times(column, role) for role, column in columns.items()}
    zone = times["real"].dt.tz
    times = {role: _to_zone(column, zone) for role, column in times.items()}
    origin = times["real"].min()
    if origin != origin:  # NaT: the real column has no value, any origin will do
        origin = next((column.min() for column in times.values() if column.notna().any()), None)
    if origin is None:
        return {role: np.full(len(column), np.nan) for role, column in times.items()}, "seconds"
    numbers = {role: (column - origin).dt.total_seconds().to_numpy(np.float64) for role, column in times.items()}
    return numbers, f"seconds since {origin.isoformat()}"


def _plain_numbers(column: "pd.Series", role: str) -> np.ndarray:
    import pandas as pd
    from pandas.api import types

    if types.is_datetime64_any_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        raise _mismatch(column, role, "numbers")
    if not (types.is_numeric_dtype(column.dtype) or types.is_bool_dtype(column.dtype)):
        try:
            column = pd.to_numeric(column.astype(object))
        except (ValueError, TypeError) as error:
            raise _mismatch(column, role, "numbers") from error
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _durations(column: "pd.Series", role: str) -> np.ndarray:
    import pandas as pd
    from pandas.api import types

    if types.is_numeric_dtype(column.dtype) and column.notna().any():
        raise _mismatch(column, role, "durations")
    try:
        spans = pd.to_timedelta(column.astype(object))
    except (ValueError, TypeError) as error:
        raise _mismatch(column, role, "durations") from error
    return spans.dt.total_seconds().to_numpy(np.float64)


def _times(column: "pd.Series", role: str) -> "pd.Series":
    import pandas as pd
    from pandas.api import types

    if types.is_datetime64_any_dtype(column.dtype) and not str(column.dtype).startswith("date32"):
        return column
    if types.is_numeric_dtype(column.dtype) and column.notna().any():
        raise _mismatch(column, role, "dates or times")
    try:
        return pd.to_datetime(column.astype(object), format="ISO8601")
    except (ValueError, TypeError) as error:
        raise _mismatch(column, role, "dates or times") from error


def _to_zone(column: "pd.Series", zone: Any) -> "pd.Series":
    """Wall time where the real column has no zone; the real column's zone otherwise."""
    own = column.dt.tz
    if zone is None:
        return column if own is None else column.dt.tz_localize(None)
    return column.dt.tz_convert(zone) if own is not None else column.dt.tz_localize("UTC").dt.tz_convert(zone)


def _mismatch(column: "pd.Series", role: str, expected: str) -> DataError:
    return DataError(
        f"Column {column.name!r} holds {expected} in the real table, but cannot be read as such in the {role} table"
        f" (dtype {column.dtype}). Convert it first."
    )


def level_codes(column: "pd.Series", boolean: bool) -> tuple[np.ndarray, list[str]]:
    """Codes ``(n_rows,)`` with -1 for missing into a list of level names, in which 1 and 1.0 are the same level.

    Where `boolean` is true, 0 and 1 and the words in any case count as the truth values.
    """
    import pandas as pd

    try:
        codes, uniques = pd.factorize(column)
    except (TypeError, NotImplementedError) as error:  # Arrow's own errors subclass these
        raise DataError(
            f"Column {column.name!r} holds nested values ({column.dtype}), which cannot be compared."
            " Flatten it to one value a row, or drop it."
        ) from error
    keys: dict[str, int] = {}
    merged = np.empty(len(uniques) + 1, dtype=np.int64)
    merged[-1] = -1
    for position, value in enumerate(uniques):
        key = _level_key(value)
        if boolean:
            key = _BOOLEAN_KEYS.get(key.lower(), key)
        merged[position] = keys.setdefault(key, len(keys))
    return merged[codes], list(keys)


def _level_key(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
