"""Series put together from blocks of the original."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_choice, check_number
from synthfast._ext import _bootstrap_index
from synthfast.base import BaseSeriesSynthesizer
from synthfast.exceptions import DataError
from synthfast.timeseries._block_length import optimal_block_length

__all__ = ["BlockBootstrapSynthesizer"]

METHODS = ("stationary", "circular", "moving", "tapered")
TAPER = (
    0.43  # share of a block over which its weight rises, and falls: the value that Paparoditis and Politis find best
)


class BlockBootstrapSynthesizer(BaseSeriesSynthesizer):
    """Series that are put together from blocks of the original one.

    Parameters
    ----------
    method : {"stationary", "circular", "moving", "tapered"}, default "stationary"
        Blocks of random (geometric) length that wrap around the end, which makes the draws stationary; of one length
        that wrap around; of one length that do not; or such blocks whose ends are drawn towards the mean, which lowers
        the bias where they meet.
    block_length : float or "auto", default "auto"
        Mean length of the blocks, or their length (rounded). ``"auto"`` is Politis and White's, the longest of the
        variables'.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws that get no seed of their own.

    Attributes
    ----------
    block_length_ : float
        Length in force.
    block_lengths_ : ndarray, shape (n_variables, 2)
        Optimal lengths of the variables that are not constant: for the stationary, and for the circular bootstrap.

    Notes
    -----
    For stationary series: a trend does not survive. All draws but those of the tapered form are values of the original
    and runs of it, so they disclose it. A draw takes O(n_steps n_variables), and may be longer than the series.

    References
    ----------
    D. N. Politis and J. P. Romano (1994), "The stationary bootstrap".
    D. N. Politis and H. White (2004), "Automatic block-length selection for the dependent bootstrap"; A. Patton,
    D. N. Politis and H. White (2009), correction of it.
    E. Paparoditis and D. N. Politis (2001), "Tapered block bootstrap".

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import BlockBootstrapSynthesizer
    >>> series = np.sin(np.arange(200) / 7) + np.random.default_rng(0).normal(size=200)
    >>> model = BlockBootstrapSynthesizer().fit(series)
    >>> model.sample(1000, random_state=0).shape, round(model.block_length_, 1)
    ((1000, 200), 11.7)
    """

    def __init__(
        self, *, method: str = "stationary", block_length: float | str = "auto", random_state: SeedLike = None
    ) -> None:
        self.method = method
        self.block_length = block_length
        self.random_state = random_state

    def _fit(self, values: NDArray[np.float64], stream: Stream) -> None:
        check_choice("method", self.method, METHODS)
        self.block_lengths_ = np.array([optimal_block_length(column) for column in values.T])
        if isinstance(self.block_length, str):
            check_choice("block_length", self.block_length, ["auto"])
            length = float(self.block_lengths_[:, 0 if self.method == "stationary" else 1].max())
            length = max(length, 1.0)
        else:
            length = check_number("block_length", self.block_length, minimum=1.0)
        if length > len(values):
            raise DataError(f"block_length: a block of {length:g} is longer than the series of {len(values)} times.")
        self.block_length_ = length if self.method == "stationary" else float(round(length))
        self._values = values

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> NDArray[np.float64]:
        n, threads = len(self._values), effective_n_threads(None)
        index = np.empty((n_series, n_steps), np.int64)
        if self.method == "stationary":
            shape, start = (n_series, n_steps), first * n_steps
            jump, place = (
                stream.child(name).uniform(n_series * n_steps, start=start).reshape(shape) for name in ("jump", "place")
            )
            _bootstrap_index.walk_stationary(jump, place, n, 1.0 / self.block_length_, index, threads)
            return self._values[index]
        length = int(self.block_length_)
        n_blocks = -(-n_steps // length)
        place = stream.child("place").uniform(n_series * n_blocks, start=first * n_blocks).reshape(n_series, n_blocks)
        n_starts = n if self.method == "circular" else n - length + 1
        _bootstrap_index.walk_blocks(place, n, n_starts, length, index, threads)
        return self._tapered(index, length) if self.method == "tapered" else self._values[index]

    def _tapered(self, index: NDArray[np.int64], length: int) -> NDArray[np.float64]:
        """Blocks whose deviations from the mean are weighted by a trapezium of mean square 1."""
        at = (np.arange(length) + 0.5) / length
        weight = np.minimum(1.0, np.minimum(at, 1.0 - at) / TAPER)
        weight *= np.sqrt(length / np.sum(weight**2))
        mean = self._values.mean(axis=0)
        return mean + weight[np.arange(index.shape[1]) % length, None] * (self._values[index] - mean)

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return {"block_length": self.block_length_}, {"values": self._values, "block_lengths": self.block_lengths_}

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.block_length_ = document["block_length"]
        self._values, self.block_lengths_ = arrays["values"], arrays["block_lengths"]
