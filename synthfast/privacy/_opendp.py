"""Noise by OpenDP's mechanisms, for whoever prefers samplers with a longer record of reviews to faster ones."""

from fractions import Fraction
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.noise import Integers
from synthfast.privacy.scales import Number, noise_scale

__all__ = ["OpenDPNoise"]


class OpenDPNoise:
    """Draws through OpenDP: exact as ours, slower, and without a seed.

    Raises
    ------
    ImportError
        If OpenDP is not installed.
    """

    name = "opendp"

    def __init__(self) -> None:
        try:
            import opendp.prelude as opendp
        except ImportError:
            raise ImportError("noise='opendp' needs OpenDP: pip install synthfast[opendp].") from None
        opendp.enable_features("contrib")
        self.insecure_seed: int | None = None
        self._dp: Any = opendp

    def gaussian(self, sigma: Number, size: int) -> Integers:
        """Draws (size,) of the discrete Gaussian."""
        scale = float(noise_scale(sigma, "sigma"))
        return self._add(self._dp.m.make_gaussian, self._dp.l2_distance(T=float), scale, size)

    def laplace(self, scale: Number, size: int) -> Integers:
        """Draws (size,) of the discrete Laplace law."""
        return self._add(self._dp.m.make_laplace, self._dp.l1_distance(T="i64"), float(noise_scale(scale)), size)

    def select(self, scores: Integers, rate: Fraction) -> int:
        """An index with probability ``~ exp(rate * score)``, by the noisy maximum with Gumbel noise."""
        domain = self._dp.vector_domain(self._dp.atom_domain(T="i64"))
        measure = self._dp.zero_concentrated_divergence()
        choose = self._dp.m.make_noisy_max(domain, self._dp.linf_distance(T="i64"), measure, scale=1 / float(rate))
        return int(choose(scores.tolist()))

    def respond(self, codes: Integers, n_categories: int, epsilon: Fraction) -> Integers:
        """Randomized responses (n,), one call of OpenDP for each."""
        kept = 1.0 / (1.0 + (n_categories - 1) * exp(-float(epsilon)))
        respond = self._dp.m.make_randomized_response(list(range(n_categories)), kept)
        return np.array([respond(code) for code in codes.tolist()], dtype=np.int64)

    def _add(self, make: Any, metric: Any, scale: float, size: int) -> NDArray[np.int64]:
        add_noise = make(self._dp.vector_domain(self._dp.atom_domain(T="i64")), metric, scale=scale)
        return np.array(add_noise([0] * size), dtype=np.int64)
