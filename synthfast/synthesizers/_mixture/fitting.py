"""A mixture fitted to encoded columns."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast._core.random import Stream
from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.synthesizers._mixture.asking import Settings
from synthfast.synthesizers._mixture.columns import REGULAR, MixtureColumns, NumberColumn
from synthfast.synthesizers._mixture.model import MixtureModel, factors_of
from synthfast.synthesizers._mixture.selection import Trainer

__all__ = ["Report", "fit_mixture", "log_slopes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Report:
    """How a fit went, densities being those of the columns' own values.

    Parameters
    ----------
    lower_bound : float
        Mean log density of a training row.
    bic : float
        Bayes' information criterion of the fit on all rows.
    bic_path : dict of int to float
        Criterion of each number of components that was tried.
    n_iter : int
        Iterations of the last run.
    converged : bool
        Whether it gained less than was asked in the end.
    """

    lower_bound: float
    bic: float
    bic_path: dict[int, float]
    n_iter: int
    converged: bool

    def to_state(self) -> dict[str, Any]:
        """A JSON-able document."""
        return vars(self) | {"bic_path": [[size, value] for size, value in self.bic_path.items()]}

    @classmethod
    def from_state(cls, document: Mapping[str, Any]) -> "Report":
        """Undo `to_state`."""
        return cls(**{**document, "bic_path": {int(size): value for size, value in document["bic_path"]}})


def fit_mixture(
    columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, settings: Settings, n_rows: int, stream: Stream
) -> tuple[MixtureModel, Report]:
    """Fit scales and states, then components."""
    seen = MixtureColumns.fit(columns, codec, scale=settings.scale, min_count=settings.min_count)
    values = {name: column.values for name, column in columns.items()}
    z, codes = seen.encode(values, n_rows, [scale.measure for scale in seen.scales])
    with threadpool_limits(1, user_api="blas"):  # small matrices: threads only cost, and could change last bits
        trainer = Trainer(
            z,
            codes,
            seen.offsets,
            kind=settings.covariance_type,
            reg_covar=settings.reg_covar,
            floor=np.array([scale.least_variance for scale in seen.scales], dtype=np.float64),
            max_iter=settings.max_iter,
            tol=settings.tol,
            n_init=settings.n_init,
            stream=stream,
        )
        if settings.n_components is None:
            chosen = trainer.select(settings.max_components, settings.bic_rows)
        else:
            chosen = trainer.fit(settings.n_components)
        fit = trainer.drop_small(chosen.fit, settings.min_count)
        model = MixtureModel(seen, fit.parameters, factors_of(fit.parameters), settings.calibrated)
    slope = float(log_slopes(seen, values, n_rows).sum()) / max(n_rows, 1)
    report = Report(
        lower_bound=fit.log_likelihood / max(n_rows, 1) + slope,
        bic=trainer.bic(fit, n_rows) - 2.0 * slope * n_rows,
        bic_path={size: value - 2.0 * slope * chosen.n_rows for size, value in chosen.bic.items()},
        n_iter=fit.n_iter,
        converged=fit.converged,
    )
    return model, report


def log_slopes(columns: MixtureColumns, values: Mapping[Hashable, NDArray[Any]], n_rows: int) -> Floats:
    """What turns log densities of places into those of values, shape (n_rows,)."""
    out = np.zeros(n_rows)
    for column in columns.columns:
        if column.name in values and isinstance(column, NumberColumn) and column.scale is not None:
            own = values[column.name]
            regular = column.states(own) == REGULAR
            out[regular] += column.scale.log_slope(own[regular])
    return out
