"""What the tour is given: a table, cut into rows to learn from and rows held out, and an invented series."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast._core.random import Stream
from synthfast.exceptions import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DemoTable", "choose_conditions", "complete_rows", "invent_sales", "open_table"]

SEED = 42
HELD_OUT = 0.25
LEAST_ROWS = 40  # a smaller table is learned whole
N_MONTHS = 144


@dataclass(frozen=True)
class DemoTable:
    """A table and what the tour does with it.

    Parameters
    ----------
    source : str
        Where it comes from, in words.
    real : pandas.DataFrame
        Rows that models learn from.
    holdout : pandas.DataFrame or None
        Rows that none of them sees.
    target : hashable or None
        Column to predict; None for the last.
    """

    source: str
    real: "pd.DataFrame"
    holdout: "pd.DataFrame | None"
    target: Hashable | None


def open_table(path: str | None, target: str | None) -> DemoTable:
    """The table of a file, or the invented one, a quarter of its rows held out.

    Raises
    ------
    DataError
        If the file holds no table, too few rows, or no such target.
    OSError
        If it cannot be opened.
    """
    from synthfast.datasets import load_dataset
    from synthfast.io import read_table

    if path is None:
        frame, source = load_dataset("credit"), "dataset 'credit', applicants of an invented lender"
        target = target or "credit_score"
    else:
        frame, source = read_table(path), path
    if len(frame) < 2:
        raise DataError(f"{source}: expected at least two rows, got {len(frame)}.")
    if target is not None and target not in frame.columns:
        raise DataError(f"--target {target}: no such column; they are {', '.join(map(str, frame.columns))}.")
    if len(frame) < LEAST_ROWS:
        return DemoTable(source, frame, None, target)
    order = Stream.from_seed(SEED).child("hold-out").permutation(len(frame))
    n_held = round(HELD_OUT * len(frame))
    held, kept = np.sort(order[:n_held]), np.sort(order[n_held:])
    real, holdout = (frame.iloc[rows].reset_index(drop=True) for rows in (kept, held))
    return DemoTable(source, real, holdout, target)


def choose_conditions(frame: "pd.DataFrame") -> dict[Hashable, Any]:
    """Conditions that about half of the rows meet: the first number's middle half, else the most frequent level."""
    from synthfast.quality import share_columns

    coded = share_columns(frame, frame).real
    kinds = coded.coding.kinds
    for name in coded.coding.compared:
        known = coded.sorted_values(name) if kinds[name] == "numeric" else np.empty(0)
        if len(known) and known[0] < known[-1] and frame[name].dtype.kind in "iuf":
            low, high = np.quantile(known, (0.25, 0.75))
            whole = bool(np.all(known % 1.0 == 0.0))
            return {name: (round(float(low)), round(float(high))) if whole else (float(low), float(high))}
    for name in coded.coding.categorical:
        if frame[name].notna().any():
            return {name: frame[name].mode().iloc[0]}
    return {}


def complete_rows(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The rows in which no number is missing or infinite, without columns of times: what lies between rows."""
    kept = frame.drop(columns=[name for name in frame.columns if frame[name].dtype.kind in "mM"])
    numbers = kept.select_dtypes("number")
    known = np.isfinite(numbers.to_numpy(dtype=np.float64, na_value=np.nan)).all(axis=1)
    return kept[known].reset_index(drop=True)


def invent_sales() -> "pd.Series":
    """Monthly sales of twelve years with a trend and a season, invented, the same everywhere."""
    import pandas as pd

    t = np.arange(N_MONTHS)
    noise = Stream.from_seed(SEED).child("sales").normal(N_MONTHS)
    values = np.exp(5.0 + 0.01 * t + 0.2 * np.sin(2.0 * np.pi * t / 12.0) + 0.03 * noise)
    return pd.Series(np.round(values, 1), index=pd.date_range("2012-01-01", periods=N_MONTHS, freq="MS"), name="sales")
