"""Where latents are drawn from: a mixture fitted to the aggregate posterior, or the standard normal prior."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast._core.random import AliasTable, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._mixture import draw_gaussians
from synthfast.synthesizers._mixture.em import Terms, fit_em
from synthfast.synthesizers._mixture.model import factors_of
from synthfast.synthesizers._mixture.parameters import LANES, Parameters
from synthfast.synthesizers._mixture.rows import MixtureRows
from synthfast.synthesizers._mixture.start import SKETCH_ROWS, Sketch

__all__ = ["LatentLaw", "fit_latents", "standard_latents"]

Floats = NDArray[np.float64]

EM_ITERATIONS = 40
EM_TOLERANCE = 1e-3
LEAST_VARIANCE = 1e-4
ROWS_A_COMPONENT = 10  # that each dimension takes


@dataclass(frozen=True)
class LatentLaw:
    """A mixture of Gaussians that latents are drawn from.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_components,)
    means : ndarray of float64, shape (n_components, n_latent)
    covariances : ndarray of float64, shape (n_components, n_latent, n_latent)
    """

    weights: Floats
    means: Floats
    covariances: Floats

    @property
    def width(self) -> int:
        """Entries of a latent."""
        return self.means.shape[1]

    def draw(self, n_rows: int, stream: Stream, allowed: Mapping[int, Floats] | None = None) -> NDArray[np.float32]:
        """Latents, shape (n_rows, n_latent); they do not depend on what states are allowed."""
        d = self.means.shape[1]
        z = np.empty((d, n_rows))
        for j in range(d):
            stream.child("normal", j).normal(n_rows, out=z[j])
        component = stream.child("component").choice(AliasTable(self.weights), n_rows)
        p = Parameters("full", self.weights, self.means, self.covariances, np.ones((0, len(self.weights))))
        means = np.pad(self.means, ((0, 0), (0, -d % LANES)))
        with threadpool_limits(1, user_api="blas"):
            factors = factors_of(p)
        draw_gaussians(component, means, factors, z, effective_n_threads())
        return np.ascontiguousarray(z.T, dtype=np.float32)

    def to_state(self) -> dict[str, NDArray[Any]]:
        """Arrays by name."""
        return {"weights": self.weights, "means": self.means, "covariances": self.covariances}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]]) -> "LatentLaw":
        """Undo `to_state`."""
        return cls(arrays["weights"], arrays["means"], arrays["covariances"])


def standard_latents(n_latent: int) -> LatentLaw:
    """The standard normal prior."""
    return LatentLaw(np.ones(1), np.zeros((1, n_latent)), np.eye(n_latent)[None])


def fit_latents(z: Floats, n_components: int, stream: Stream) -> LatentLaw:
    """A mixture fitted to latents, shape (n_rows, n_latent); fewer components where there are few rows for them."""
    n_rows, d = z.shape
    n_components = max(1, min(n_components, n_rows // (ROWS_A_COMPONENT * d)))
    places, codes = np.ascontiguousarray(z.T), np.empty((n_rows, 0), dtype=np.int32)
    offsets, none = np.zeros(1, dtype=np.int64), np.empty(0)
    with threadpool_limits(1, user_api="blas"):
        sketch = Sketch("full", places[:, :SKETCH_ROWS], codes[:SKETCH_ROWS], offsets, none)
        start = sketch.start(n_components, stream)
        terms = Terms(LEAST_VARIANCE, np.zeros(d), none)
        fit = fit_em(MixtureRows.of(places, codes), start, terms, offsets, max_iter=EM_ITERATIONS, tol=EM_TOLERANCE)
    p = fit.parameters
    return LatentLaw(p.weights, p.means, p.covariances)
