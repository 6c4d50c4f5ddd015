"""Parameters of a mixture of Gaussians and levels."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["LANES", "CovarianceType", "Parameters"]

Floats = NDArray[np.float64]
CovarianceType = Literal["full", "tied", "diag", "spherical"]

LANES = 8  # tables of levels are filled up to whole eights, as compiled


@dataclass(frozen=True)
class Parameters:
    """A mixture.

    Parameters
    ----------
    kind : {"full", "tied", "diag", "spherical"}
        What the covariances share.
    weights : ndarray of float64, shape (n_components,)
        Shares of the components; they sum to 1.
    means : ndarray of float64, shape (n_components, n_numbers)
    covariances : ndarray of float64
        Shape (n_components, n_numbers, n_numbers); where columns are independent within a component, their variances,
        (n_components, 1, n_numbers).
    levels : ndarray of float64, shape (n_levels, n_components)
        Probability of each level of each code column, one column below the other.
    """

    kind: CovarianceType
    weights: Floats
    means: Floats
    covariances: Floats
    levels: Floats

    @property
    def n_components(self) -> int:
        """Number of components."""
        return len(self.weights)

    @property
    def diagonal(self) -> bool:
        """Whether columns are independent within a component."""
        return self.kind in ("diag", "spherical")

    @cached_property
    def log_weights(self) -> Floats:
        """Logs of the weights, shape (n_components,)."""
        with np.errstate(divide="ignore"):
            return np.log(self.weights)

    @cached_property
    def level_logs(self) -> Floats:
        """Logs of the levels' probabilities, shape (n_levels + 1, n_components to whole eights); 0 in the last row.

        The last row is for rows whose level is not known.
        """
        n_levels, n_components = self.levels.shape
        logs = np.zeros((n_levels + 1, -(-n_components // LANES) * LANES))
        with np.errstate(divide="ignore"):
            logs[:n_levels, :n_components] = np.log(self.levels)
        return logs

    def variances(self) -> Floats:
        """Variances of the numbers, shape (n_components, n_numbers)."""
        if self.diagonal:
            return self.covariances[:, 0]
        return np.ascontiguousarray(np.diagonal(self.covariances, axis1=1, axis2=2))

    def covariance(self, k: int) -> Floats:
        """Covariances of one component as a matrix, shape (n_numbers, n_numbers)."""
        return np.diag(self.covariances[k, 0]) if self.diagonal else self.covariances[k]

    def take(self, components: NDArray[Any]) -> "Parameters":
        """Some of the components, their weights summing to 1."""
        weights = self.weights[components]
        return Parameters(
            self.kind,
            weights / weights.sum(),
            self.means[components],
            self.covariances[components],
            np.ascontiguousarray(self.levels[:, components]),
        )

    def n_free(self, n_code_columns: int) -> int:
        """Number of free parameters."""
        k, d = self.means.shape
        spread = {"full": k * d * (d + 1) // 2, "tied": d * (d + 1) // 2, "diag": k * d, "spherical": k * (d > 0)}
        return k - 1 + k * d + spread[self.kind] + k * (len(self.levels) - n_code_columns)

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        names = ("weights", "means", "covariances", "levels")
        return {"kind": self.kind}, {name: getattr(self, name) for name in names}

    @classmethod
    def from_state(cls, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> "Parameters":
        """Undo `to_state`."""
        return cls(document["kind"], arrays["weights"], arrays["means"], arrays["covariances"], arrays["levels"])
