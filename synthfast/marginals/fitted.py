"""A fitted distribution of one column."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from synthfast._core.random import Stream
from synthfast._core.validation import check_integer
from synthfast.exceptions import DataError
from synthfast.marginals.families import FAMILIES, Family
from synthfast.marginals.points import FloatArray

__all__ = ["FittedMarginal"]


@dataclass(frozen=True)
class FittedMarginal:
    """A law of a named family with its parameters, and how it was found.

    Parameters
    ----------
    distribution : str
        Name of the family in ``scipy.stats``.
    params : dict of str to float
        Parameters by name: ``getattr(scipy.stats, distribution)(**params)`` is the same law.
    n : int
        Values it was fitted to.
    n_free : int
        Parameters that were estimated.
    loglik : float
        Log-likelihood in nats.
    ks_statistic : float
        Largest distance between the empirical and the fitted distribution function.
    p_value : float
        Of that distance.
    p_value_method : {"naive", "lilliefors", "bootstrap"}
        How it was found. The naive one treats the parameters as known beforehand and so is too large.
    at_bound : tuple of str
        Parameters on a bound of the search: the column prefers a limit of the family.
    n_missing : int
        Missing values beside the ``n``.
    fixed : dict of str to float
        Parameters that were held.

    Examples
    --------
    >>> from synthfast.marginals import FittedMarginal
    >>> law = FittedMarginal("expon", {"loc": 0.0, "scale": 2.0})
    >>> law.cdf([0.0, 2.0]).round(4).tolist()
    [0.0, 0.6321]
    """

    distribution: str
    params: dict[str, float]
    n: int = 0
    n_free: int = 0
    loglik: float = float("nan")
    ks_statistic: float = float("nan")
    p_value: float = float("nan")
    p_value_method: str = "naive"
    at_bound: tuple[str, ...] = ()
    n_missing: int = 0
    fixed: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.distribution not in FAMILIES:
            raise DataError(f"expected one of {', '.join(FAMILIES)}, got distribution {self.distribution!r}.")
        expected = self.family.parameters
        if set(self.params) != set(expected):
            raise DataError(
                f"{self.distribution} takes the parameters {', '.join(expected)}, got {', '.join(self.params)}."
            )

    @property
    def family(self) -> Family:
        """The family."""
        return FAMILIES[self.distribution]

    @property
    def discrete(self) -> bool:
        """Whether the law lives on whole numbers."""
        return self.family.discrete

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 n_free - 2 loglik."""
        return 2.0 * self.n_free - 2.0 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's criterion, n_free log n - 2 loglik."""
        return float(self.n_free * np.log(max(self.n, 1)) - 2.0 * self.loglik)

    def logpdf(self, x: ArrayLike) -> FloatArray:
        """Log density, log mass of a discrete law; -inf outside the support, NaN for NaN.

        Parameters
        ----------
        x : array_like

        Returns
        -------
        ndarray of float64, same shape
        """
        return self.family.logpdf(x, self.params)

    def cdf(self, x: ArrayLike) -> FloatArray:
        """Probability of values up to ``x``; NaN for NaN.

        Parameters
        ----------
        x : array_like

        Returns
        -------
        ndarray of float64, same shape
        """
        return self.family.cdf(x, self.params)

    def ppf(self, u: ArrayLike) -> FloatArray:
        """Quantiles: the smallest x with probability ``u`` or more up to it.

        Parameters
        ----------
        u : array_like
            Probabilities; NaN is returned for numbers outside [0, 1].

        Returns
        -------
        ndarray of float64, same shape
        """
        return self.family.ppf(u, self.params)

    def sample(self, n: int, stream: Stream, *, start: int = 0) -> FloatArray:
        """Independent values, a pure function of the stream.

        Parameters
        ----------
        n : int
            How many.
        stream : Stream
            Where the randomness comes from.
        start : int, default 0
            Position of the first value in the endless sequence: ``sample(10, s)`` starts ``sample(1000, s)``.

        Returns
        -------
        ndarray of float64, shape (n,)

        Notes
        -----
        O(n). The values do not depend on the number of threads.
        """
        return self.family.draw(check_integer("n", n, minimum=0), stream, self.params, start=start)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form, with ``aic`` and ``bic``."""
        return {**asdict(self), "at_bound": list(self.at_bound), "aic": self.aic, "bic": self.bic}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "FittedMarginal":
        """Undo :meth:`to_dict`; only ``distribution`` and ``params`` have to be there.

        Raises
        ------
        DataError
            If the distribution is unknown or its parameters are not those of the family.
        """
        known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
        params = {name: v if isinstance(v, int) else float(v) for name, v in known.pop("params", {}).items()}
        distribution = known.pop("distribution", None)
        return cls(distribution, params, **{**known, "at_bound": tuple(known.get("at_bound", ()))})
