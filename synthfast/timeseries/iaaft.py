"""Surrogates that keep the values and the spectrum of a series: iterated amplitude-adjusted Fourier transforms."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast.base import BaseSeriesSynthesizer
from synthfast.exceptions import DataError

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
    values, so a draw discloses the values themselves, though not their order. Drawing takes O(n_times log n_times) a
    series and round. A draw is no longer than the series that was fitted.

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

    def _n_steps(self, n_steps: int | None) -> int:
        n_steps = super()._n_steps(n_steps)
        if n_steps > self.n_times_:
            raise DataError(
                f"{type(self).__name__}: surrogates are no longer than the series, n_steps={n_steps} > {self.n_times_}."
                " Use ARIMASynthesizer or StructuralSynthesizer for longer ones."
            )
        return n_steps

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> NDArray[np.float64]:
        n_times = len(self._values)
        order = np.stack([np.argsort(stream.child(first + i).uniform(n_times)) for i in range(n_series)])
        start = np.moveaxis(self._values[order], 2, 1)  # the variables of one time stay together
        found = surrogates(self._values, start, self.max_iter)
        return np.moveaxis(found[:, :, :n_steps], 1, 2)

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return {}, {"values": self._values}

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._values = arrays["values"]


def surrogates(values: NDArray[np.float64], start: NDArray[np.float64], max_iter: int) -> NDArray[np.float64]:
    """Series with the values and nearly the spectrum of ``values``, from shuffled ones.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_variables)
    start : ndarray, shape (n_series, n_variables, n_times)
        The values in random order.
    max_iter : int

    Returns
    -------
    ndarray, shape (n_series, n_variables, n_times)
    """
    n_times, n_variables = values.shape
    spectrum = np.fft.rfft(values.T)
    amplitude, phase = np.abs(spectrum), np.exp(1j * np.angle(spectrum))
    ranked = np.sort(values.T)
    current, order = start.copy(), np.full(start.shape, -1, np.int64)
    moving = np.arange(len(start))
    for _ in range(max_iter):
        found = np.fft.rfft(current[moving])
        size = np.abs(found)
        turned = np.divide(found, size, out=np.ones_like(found), where=size > 0)
        if n_variables > 1:  # one turn for all variables, the nearest to their phases, keeps their differences
            turn = np.sum(turned * phase.conj(), axis=1, keepdims=True)
            length = np.abs(turn)
            turned = phase * np.divide(turn, length, out=np.ones_like(turn), where=length > 0)
        smooth = np.fft.irfft(amplitude * turned, n_times)
        places = np.argsort(smooth, axis=-1, kind="stable")
        settled = (places == order[moving]).all(axis=(1, 2))
        order[moving] = places
        renewed = np.empty_like(smooth)
        np.put_along_axis(renewed, places, np.broadcast_to(ranked, places.shape), axis=-1)
        current[moving] = renewed
        moving = moving[~settled]
        if not len(moving):
            break
    return current
