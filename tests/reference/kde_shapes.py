"""The kernels of kernel estimates, as formulas and as laws."""

import numpy as np
from scipy import stats

GAUSSIAN, TOPHAT, EPANECHNIKOV, EXPONENTIAL, LINEAR, COSINE = range(6)
KINDS = range(6)

SHAPES = {
    GAUSSIAN: lambda u: np.exp(-0.5 * u**2),
    TOPHAT: lambda u: np.where(np.abs(u) < 1, 1.0, 0.0),
    EPANECHNIKOV: lambda u: np.where(np.abs(u) < 1, 1.0 - u**2, 0.0),
    EXPONENTIAL: lambda u: np.exp(-np.abs(u)),
    LINEAR: lambda u: np.where(np.abs(u) < 1, 1.0 - np.abs(u), 0.0),
    COSINE: lambda u: np.where(np.abs(u) < 1, np.cos(0.5 * np.pi * u), 0.0),
}


class Cosine(stats.rv_continuous):
    """The cosine kernel as a distribution."""

    def _pdf(self, x):
        return 0.25 * np.pi * np.cos(0.5 * np.pi * x)

    def _cdf(self, x):
        return 0.5 * (1.0 + np.sin(0.5 * np.pi * x))

    def _ppf(self, p):
        return np.arcsin(2.0 * p - 1.0) * 2.0 / np.pi


LAWS = {
    GAUSSIAN: stats.norm(),
    TOPHAT: stats.uniform(-1, 2),
    EPANECHNIKOV: stats.beta(2, 2, loc=-1, scale=2),
    EXPONENTIAL: stats.laplace(),
    LINEAR: stats.triang(0.5, loc=-1, scale=2),
    COSINE: Cosine(a=-1.0, b=1.0)(),
}
