"""The kernels that can be put on a row's numbers."""

from dataclasses import dataclass

import numpy as np

__all__ = ["SHAPES", "Shape"]


@dataclass(frozen=True)
class Shape:
    """One kernel of unit bandwidth, in one dimension.

    Parameters
    ----------
    code : int
        What the compiled loops call it.
    spread : float
        Its standard deviation.
    log_constant : float
        Log of what its plain form (1 at the centre) is multiplied by to integrate to 1.
    reach : float
        Bandwidths from the centre beyond which it has no probability that a float can tell.
    """

    code: int
    spread: float
    log_constant: float
    reach: float

    @property
    def compact(self) -> bool:
        """Whether the kernel ends at one bandwidth."""
        return self.reach == 1.0


SHAPES: dict[str, Shape] = {
    "gaussian": Shape(0, 1.0, -0.5 * np.log(2.0 * np.pi), 38.0),
    "tophat": Shape(1, 1.0 / np.sqrt(3.0), np.log(0.5), 1.0),
    "epanechnikov": Shape(2, 1.0 / np.sqrt(5.0), np.log(0.75), 1.0),
    "exponential": Shape(3, np.sqrt(2.0), np.log(0.5), 700.0),
    "linear": Shape(4, 1.0 / np.sqrt(6.0), 0.0, 1.0),
    "cosine": Shape(5, np.sqrt(1.0 - 8.0 / np.pi**2), np.log(np.pi / 4.0), 1.0),
}
