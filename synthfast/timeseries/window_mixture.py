"""Many short windows: a mixture of Gaussians in the directions in which windows differ most."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import BLOCK_ROWS, SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast.base import BaseSeriesSynthesizer
from synthfast.base.saved import with_prefix, without_prefix
from synthfast.base.series_layout import SeriesLayout
from synthfast.exceptions import DataError
from synthfast.synthesizers.mixture import MixtureSynthesizer

__all__ = ["WindowMixtureSynthesizer"]


class WindowMixtureSynthesizer(BaseSeriesSynthesizer):
    """Short windows, drawn as a whole from a mixture of Gaussians over their principal components.

    Parameters
    ----------
    window_length : int, default 24
        Steps of the windows that are cut, overlapping, from one long series. Not used where windows are given.
    n_components : int or "bic", default 60
        Gaussians of the mixture; fewer where there are not 20 windows for each.
    n_directions : int, default 60
        Most principal components kept.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the fit, and the draws that get no seed of their own.

    Attributes
    ----------
    window_length_ : int
        Steps of a draw.
    n_windows_ : int
        Windows that were learned from.
    explained_share_ : float
        Share of the windows' variance in the directions kept.
    mixture_ : MixtureSynthesizer
        The law of the components' scores.

    Notes
    -----
    `fit` takes one series, or windows, shape (n_windows, window_length, n_variables). Every variable is scaled to its
    range before the directions are found. Fit: O(n_windows d**2) with d = window_length n_variables, and the mixture's
    O(n_windows n_components n_directions**2) a round. The model holds parameters, no windows.

    References
    ----------
    J. Yoon, D. Jarrett and M. van der Schaar (2019), "Time-series generative adversarial networks", for the protocol
    of windows of 24.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import WindowMixtureSynthesizer
    >>> series = np.sin(np.arange(600) / 5)[:, None] + [0.0, 1.0]
    >>> WindowMixtureSynthesizer(n_components=4).fit(series).sample(100, random_state=0).shape
    (100, 24, 2)
    """

    block_size: ClassVar[int] = BLOCK_ROWS

    def __init__(
        self,
        *,
        window_length: int = 24,
        n_components: int | str = 60,
        n_directions: int = 60,
        random_state: SeedLike = None,
    ) -> None:
        self.window_length = window_length
        self.n_components = n_components
        self.n_directions = n_directions
        self.random_state = random_state

    def fit(self, series: Any) -> Self:
        """Learn windows, or a series that is cut into them.

        Parameters
        ----------
        series : array_like
            One series, as every generator takes it, or windows, shape (n_windows, window_length, n_variables).

        Returns
        -------
        self

        Raises
        ------
        DataError, TypeError
            If it cannot be learned, as for one series.
        """
        if not (isinstance(series, np.ndarray) and series.ndim == 3):
            return super().fit(series)
        windows = np.asarray(series)
        label = type(self).__name__
        flat = windows.reshape(-1, windows.shape[2])
        layout, values = SeriesLayout.read(flat, label)
        if np.isnan(values).any():
            raise DataError(f"{label}: expected windows without missing values, got {np.isnan(values).sum()} of them.")
        low, high = values.min(axis=0), values.max(axis=0)
        if not (varying := low < high).any():
            raise DataError(f"{label}: every value is {low[0]:g}; there is nothing to learn from constant windows.")
        self._layout, self.n_times_, self.n_variables_ = layout, windows.shape[1], windows.shape[2]
        self._varying, self._constants = varying, np.where(varying, 0.0, low)
        self._floor = np.where(low >= 0, 0.0, -np.inf)
        stream = Stream.from_seed(self.random_state).child("fit")
        self._fit_windows(values[:, varying].reshape(len(windows), windows.shape[1], -1), stream)
        self._n_draws = 0
        return self

    def _fit(self, values: NDArray[np.float64], stream: Stream) -> None:
        length = check_integer("window_length", self.window_length, minimum=2)
        if len(values) < length + 20:
            raise DataError(
                f"{type(self).__name__}: expected at least 21 windows of {length} steps, {length + 20} times, got"
                f" {len(values)}. Lower window_length."
            )
        windows = np.lib.stride_tricks.sliding_window_view(values, length, axis=0)
        self._fit_windows(np.moveaxis(windows, 2, 1), stream)

    def _fit_windows(self, windows: NDArray[np.float64], stream: Stream) -> None:
        n_windows, length, n_variables = windows.shape
        if n_windows < 21:
            raise DataError(f"{type(self).__name__}: expected at least 21 windows, got {n_windows}.")
        n_directions = check_integer("n_directions", self.n_directions, minimum=1)
        self.window_length_, self.n_windows_ = length, n_windows
        self._scale = np.ptp(windows, axis=(0, 1))
        flat = (windows / self._scale).reshape(n_windows, length * n_variables)
        self._mean = flat.mean(axis=0)
        spread, directions = np.linalg.eigh(np.cov(flat, rowvar=False))
        kept = np.flatnonzero(spread > 1e-12 * spread[-1])[::-1][:n_directions]
        self._directions = directions[:, kept]
        self.explained_share_ = float(spread[kept].sum() / spread[spread > 0].sum())
        n_components = self.n_components
        if not isinstance(n_components, str):
            n_components = min(check_integer("n_components", n_components, minimum=1), max(1, n_windows // 20))
        self.mixture_ = MixtureSynthesizer(
            n_components=n_components,
            scale="standard",
            n_init=1,
            random_state=np.random.SeedSequence(stream.key),
        )
        self.mixture_.fit((flat - self._mean) @ self._directions)

    def _n_steps(self, n_steps: int | None) -> int:
        n_steps = self.window_length_ if n_steps is None else super()._n_steps(n_steps)
        if n_steps > self.window_length_:
            raise DataError(
                f"{type(self).__name__}: n_steps={n_steps} is longer than a window of {self.window_length_} steps."
            )
        return n_steps

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> NDArray[np.float64]:
        seed = np.random.SeedSequence(stream.key)
        batches = self.mixture_.sample_batches(n_series, batch_rows=n_series, start_row=first, random_state=seed)
        scores = np.concatenate(list(batches))
        flat = self._mean + scores @ self._directions.T
        windows = flat.reshape(n_series, self.window_length_, -1) * self._scale
        return windows[:, :n_steps]

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        mixture, arrays = self.mixture_._to_document()
        document = {
            "window_length": self.window_length_,
            "n_windows": self.n_windows_,
            "explained_share": self.explained_share_,
            "mixture": mixture,
        }
        own = {"scale": self._scale, "mean": self._mean, "directions": self._directions}
        return document, own | with_prefix(arrays, "mixture/")

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.window_length_, self.n_windows_ = document["window_length"], document["n_windows"]
        self.explained_share_ = document["explained_share"]
        self._scale, self._mean, self._directions = arrays["scale"], arrays["mean"], arrays["directions"]
        self.mixture_ = MixtureSynthesizer(scale="standard")
        self.mixture_._from_document(document["mixture"], without_prefix(arrays, "mixture/"))
        self.mixture_._n_draws = 0
