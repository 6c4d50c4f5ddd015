"""What is learned of each entity as one row of a table, and rows of such a table as parameters again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast.timeseries._arima.orders import Order
from synthfast.timeseries._panel.fitting import EntityFits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Parameters", "VariableLaw", "parameter_columns", "parameters_of"]

Floats = NDArray[np.float64]

SHARE_KEPT = 0.995  # of the variance of the seasons of entities
MOST_SCORES = 8


@dataclass(frozen=True)
class VariableLaw:
    """What all entities share in one variable.

    Parameters
    ----------
    order : Order
    n_waves : int
    logs : bool
        Whether the model is of logarithms.
    mean_waves : ndarray, shape (n_wave_rows,)
    axes : ndarray, shape (n_scores, n_wave_rows)
        Principal axes of the waves of entities.
    missing : float
        Share of steps with a row that miss the value.
    whole : bool
        Whether values are whole numbers.
    floor : float
        0 where nothing is negative, else -inf.
    """

    order: Order
    n_waves: int
    logs: bool
    mean_waves: Floats
    axes: Floats
    missing: float
    whole: bool
    floor: float

    @classmethod
    def of(cls, fits: EntityFits, *, logs: bool, missing: float, whole: bool, floor: float) -> "VariableLaw":
        """Law of the fits of all entities."""
        waves = fits.waves[np.isfinite(fits.waves).all(axis=1)]
        if not waves.shape[1] or len(waves) < 2:
            mean = waves.mean(axis=0) if len(waves) else np.zeros(fits.waves.shape[1])
            return cls(fits.order, fits.n_waves, logs, mean, np.empty((0, waves.shape[1])), missing, whole, floor)
        mean = waves.mean(axis=0)
        _, sizes, axes = np.linalg.svd(waves - mean, full_matrices=False)
        shares = np.cumsum(sizes**2) / max(float(np.sum(sizes**2)), 1e-300)
        n_kept = min(int(np.searchsorted(shares, SHARE_KEPT)) + 1, MOST_SCORES, len(axes))
        return cls(fits.order, fits.n_waves, logs, mean, axes[:n_kept], missing, whole, floor)

    def to_state(self) -> tuple[dict[str, Any], dict[str, Floats]]:
        """A JSON-able document and arrays."""
        order = {name: getattr(self.order, name) for name in Order.__dataclass_fields__}
        document = {
            "order": order,
            "n_waves": self.n_waves,
            "logs": self.logs,
            "missing": self.missing,
            "whole": self.whole,
            "floor": None if np.isinf(self.floor) else self.floor,
        }
        return document, {"mean_waves": self.mean_waves, "axes": self.axes}

    @classmethod
    def from_state(cls, document: dict[str, Any], arrays: dict[str, Floats]) -> "VariableLaw":
        """Take up what `to_state` gave."""
        floor = -np.inf if document["floor"] is None else document["floor"]
        fields: dict[str, Any] = {**document, "order": Order(**document["order"]), "floor": floor, **arrays}
        return cls(**fields)


@dataclass(frozen=True)
class Parameters:
    """Parameters of one variable for several entities; shapes (n,), (n,), (n, n_wave_rows), (n, n_coefs), (n,)."""

    level: Floats
    drift: Floats
    waves: Floats
    free: Floats
    deviation: Floats


def parameter_columns(law: VariableLaw, fits: EntityFits, prefix: str) -> dict[str, Floats]:
    """Columns of the table of entities for one variable; what could not be told is the median of the others."""
    scores = (fits.waves - law.mean_waves) @ law.axes.T
    columns = {f"{prefix} level": fits.level}
    if law.order.d:
        columns[f"{prefix} drift"] = fits.drift
    columns[f"{prefix} log deviation"] = np.log(np.maximum(fits.deviation, 1e-12))
    columns |= {f"{prefix} season {k}": scores[:, k] for k in range(len(law.axes))}
    columns |= {f"{prefix} coefficient {k}": fits.free[:, k] for k in range(law.order.n_coefs)}
    return {name: _filled(values) for name, values in columns.items()}


def parameters_of(law: VariableLaw, table: "pd.DataFrame", prefix: str) -> Parameters:
    """Undo `parameter_columns`."""

    def columns(names: list[str]) -> Floats:
        return table[names].to_numpy(dtype=np.float64) if names else np.empty((len(table), 0))

    scores = columns([f"{prefix} season {k}" for k in range(len(law.axes))])
    waves = law.mean_waves + (scores[:, :, None] * law.axes).sum(axis=1)
    level = columns([f"{prefix} level"])[:, 0]
    drift = columns([f"{prefix} drift"])[:, 0] if law.order.d else np.zeros(len(table))
    free = columns([f"{prefix} coefficient {k}" for k in range(law.order.n_coefs)])
    return Parameters(level, drift, waves, free, np.exp(columns([f"{prefix} log deviation"])[:, 0]))


def _filled(values: Floats) -> Floats:
    known = values[np.isfinite(values)]
    return np.where(np.isfinite(values), values, np.median(known) if len(known) else 0.0)
