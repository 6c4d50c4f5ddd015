"""Surrogates that keep the values and the spectrum of a series: iterated amplitude-adjusted Fourier transforms."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast.base import BaseSeriesSynthesizer
from synthfast.timeseries._surrogates import draw_surrogates

__all__ = ["IAAFTSynthesizer"]


class IAAFTSynthesizer(BaseSeriesSynthesizer):
    """Surrogate series with exactly the values of the original, in an order that keeps its autocorrelation.

    Of several variables the cross-correlations are kept too: their phases are turned together.

    Parameters
    ----------
    max_iter : int, default 200
        Most rounds of fitting spectrum and values in turn; a series that has settled takes no more.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws that get no seed of their own.

    Attributes
    ----------
    n_times_, n_variables_ : int
        Shape of the series that was fitted.

    Notes
    -----
    For stationary series: a trend does not survive the shuffling of phases. Every value drawn is one of the original
    values, so a draw discloses the values themselves, though not their order. Of a draw longer than the series the
    values and the spectrum are interpolated. Drawing takes O(n_steps log n_steps) a series and round.

    References
    ----------
    T. Schreiber and A. Schmitz (1996), "Improved surrogate data for nonlinearity tests".
    T. Schreiber and A. Schmitz (2000), "Surrogate time series", for several variables.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import IAAFTSynthesizer
    >>> rng = np.random.default_rng(0)
    >>> series = np.convolve(rng.normal(size=309), np.ones(10) / 10, mode="valid")
    >>> surrogates = IAAFTSynthesizer().fit(series).sample(5, random_state=0)
    >>> surrogates.shape, bool((np.sort(surrogates[0]) == np.sort(series)).all())
    ((5, 300), True)
    """

    def __init__(self, *, max_iter: int = 200, random_state: SeedLike = None) -> None:
        self.max_iter = max_iter
        self.random_state = random_state

    def _fit(self, values: NDArray[np.float64], stream: Stream) -> None:
        check_integer("max_iter", self.max_iter, minimum=1)
        self._values = values

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> NDArray[np.float64]:
        return draw_surrogates(self._values, first, n_series, n_steps, self.max_iter, stream)

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return {}, {"values": self._values}

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._values = arrays["values"]
