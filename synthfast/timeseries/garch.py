"""GARCH(1,1): series, or their returns, whose volatility comes in clusters."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice
from synthfast.base import BaseSeriesSynthesizer
from synthfast.exceptions import DataError
from synthfast.timeseries._innovations import Innovations

__all__ = ["GARCHSynthesizer"]

Floats = NDArray[np.float64]


class GARCHSynthesizer(BaseSeriesSynthesizer):
    """Series about a constant mean whose variance follows a GARCH(1,1) process.

    Parameters
    ----------
    learn : {"values", "log_returns"}, default "values"
        What has the volatility: the values, which then should be returns or the like, or the changes of the logarithms
        of positive values, such as prices.
    shocks : {"bootstrap", "gaussian", "student_t"}, default "bootstrap"
        Law of the innovations over their volatility.
    anchor : {"start", "end"}, default "start"
        ``"end"`` continues the series, from its last value and volatility. ``"start"`` begins with the stationary
        volatility and, of prices, one fresh return away from the first price.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws that get no seed of their own. The fit uses no randomness.

    Attributes
    ----------
    alpha_, beta_ : float
        Weights of the last squared innovation and of the last variance; both 0 where one variance serves as well.
    mean_, deviation_ : float
        Of the values or returns.

    Notes
    -----
    Fitted by Gaussian quasi maximum likelihood with the variance held at that of the data: O(n) an evaluation, some 200
    of them. A draw costs O(n_steps). The model holds the standardised shocks.

    References
    ----------
    Bollerslev (1986), doi:10.1016/0304-4076(86)90063-1.

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast import GARCHSynthesizer
    >>> prices = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 500)))
    >>> model = GARCHSynthesizer(learn="log_returns").fit(prices)
    >>> model.sample(10, random_state=0).shape
    (10, 500)
    """

    multivariate: ClassVar[bool] = False
    min_length: ClassVar[int] = 30

    def __init__(
        self,
        *,
        learn: str = "values",
        shocks: str = "bootstrap",
        anchor: str = "start",
        random_state: SeedLike = None,
    ) -> None:
        self.learn = learn
        self.shocks = shocks
        self.anchor = anchor
        self.random_state = random_state

    def _fit(self, values: Floats, stream: Stream) -> None:
        check_choice("learn", self.learn, ("values", "log_returns"))
        check_choice("shocks", self.shocks, ("bootstrap", "gaussian", "student_t"))
        check_choice("anchor", self.anchor, ("start", "end"))
        x = values[:, 0]
        if self.learn == "log_returns":
            if x.min() <= 0:
                raise DataError(
                    f"{type(self).__name__}: learn='log_returns' needs positive values, found {x.min():g}; use"
                    " learn='values'."
                )
            x = np.diff(np.log(x))
        self._ends = [float(values[0, 0]), float(values[-1, 0])]
        self.mean_, self.deviation_ = float(x.mean()), float(x.std())
        self._innovations = Innovations.fit(self.shocks, x - self.mean_, volatile=True)

    @property
    def alpha_(self) -> float:
        """Weight of the last squared innovation."""
        return self._innovations.volatility.alpha

    @property
    def beta_(self) -> float:
        """Weight of the last variance."""
        return self._innovations.volatility.beta

    def _first_step(self) -> int:
        return self.n_times_ if self.anchor == "end" else 0

    def _sample_block(self, first: int, n_series: int, n_steps: int, stream: Stream) -> Floats:
        ahead = self.anchor == "end"
        e = self._innovations.draw(first, n_series, n_steps, stream, from_now=ahead)
        x = self.mean_ + self.deviation_ * e
        if self.learn == "log_returns":
            x = self._ends[int(ahead)] * np.exp(np.cumsum(x, axis=1))
        return x[:, :, None]

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        document, arrays = self._innovations.to_state()
        own = {"innovations": document, "mean": self.mean_, "deviation": self.deviation_, "ends": self._ends}
        return own, arrays

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._innovations = Innovations.from_state(document["innovations"], arrays)
        self.mean_, self.deviation_, self._ends = document["mean"], document["deviation"], document["ends"]
