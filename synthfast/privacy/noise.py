"""Noise that buys differential privacy: exact on the integers, from the operating system's random numbers.

Every law is drawn with integers alone (Canonne, Kamath and Steinke 2020), so what is released has no low-order bits
of a float to read the data from. Proofs: ``PROOFS.md`` beside this file, sections "Words and uniform integers" to
"Exponential mechanism". Not independently audited, and not of constant time: whoever can time single draws learns
about them.
"""

from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.validation import check_choice, check_integer
from synthfast._ext import _dpnoise
from synthfast.privacy._tape import Tape
from synthfast.privacy.scales import Number, as_fraction, epsilon_of_range, noise_scale, rate_below, selection_rate

__all__ = [
    "ExactNoise",
    "Noise",
    "discrete_gaussian",
    "discrete_laplace",
    "exponential_mechanism",
    "noise_backend",
]

Integers = NDArray[np.int64]


class Noise(Protocol):
    """What a supplier of noise can do; the accountant carries one, and every mechanism draws from it."""

    name: str
    insecure_seed: int | None

    def gaussian(self, sigma: Number, size: int) -> Integers:
        """Draws (size,) of the discrete Gaussian of scale ``sigma``, or of a slightly larger one."""

    def laplace(self, scale: Number, size: int) -> Integers:
        """Draws (size,) of the discrete Laplace law of this scale, or of a slightly larger one."""

    def select(self, scores: Integers, rate: Fraction) -> int:
        """An index with probability in proportion to ``exp(rate * score)``, or at a slightly smaller rate."""

    def respond(self, codes: Integers, n_categories: int, epsilon: Fraction) -> Integers:
        """Randomized responses (n,) to codes ``0 .. n_categories - 1``."""


class ExactNoise:
    """The library's own noise.

    Parameters
    ----------
    insecure_noise_seed : int, optional
        Makes the noise repeatable and the release worthless as a private one: for tests.
    """

    name = "synthfast"

    def __init__(self, insecure_noise_seed: int | None = None) -> None:
        self._tape = Tape(insecure_noise_seed)
        self.insecure_seed = self._tape.insecure_seed

    def gaussian(self, sigma: Number, size: int) -> Integers:
        """Draws (size,) of the discrete Gaussian of :func:`noise_scale` of ``sigma``. Proof: "Discrete Gaussian"."""
        scale = noise_scale(sigma, "sigma")
        out = np.empty(size, dtype=np.int64)
        self._tape.fill(_dpnoise.fill_gaussian, out, scale.numerator, scale.denominator)
        return out

    def laplace(self, scale: Number, size: int) -> Integers:
        """Draws (size,) of the discrete Laplace law of :func:`noise_scale` of ``scale``. Proof: "Discrete Laplace"."""
        ratio = noise_scale(scale, "scale")
        out = np.empty(size, dtype=np.int64)
        self._tape.fill(_dpnoise.fill_laplace, out, ratio.numerator, ratio.denominator)
        return out

    def select(self, scores: Integers, rate: Fraction) -> int:
        """An index with probability ``~ exp(rate * score)``. Proof: "Exponential mechanism"."""
        low = rate_below(rate)

        def kernel(words: NDArray[np.uint32]) -> tuple[int, int]:
            return _dpnoise.select_candidate(scores, words, int(scores.max()), low.numerator, low.denominator)

        return self._tape.draw(kernel, min(2**14, 64 + 4 * len(scores)))

    def respond(self, codes: Integers, n_categories: int, epsilon: Fraction) -> Integers:
        """A code stays ``exp(epsilon)`` times as often as it becomes any other. Proof: "Randomized response"."""
        low = rate_below(epsilon)
        out = np.empty(len(codes), dtype=np.int64)

        def kernel(rest: Integers, words: NDArray[np.uint32]) -> tuple[int, int, bool]:
            ours = codes[len(codes) - len(rest) :]
            return *_dpnoise.fill_responses(rest, ours, words, n_categories, low.numerator, low.denominator), False

        self._tape.fill(kernel, out)
        return out


def discrete_gaussian(
    sigma: Number, size: int | tuple[int, ...], *, insecure_noise_seed: int | None = None, backend: str = "synthfast"
) -> Integers:
    """Draw from the discrete Gaussian: ``P(y)`` in proportion to ``exp(-y**2 / (2 sigma**2))`` on the integers.

    Added to an integer query that one row changes by at most D (in the Euclidean norm), it gives
    ``D**2 / (2 sigma**2)``-zCDP. It does *not* obey the formula of the continuous Gaussian for (epsilon, delta):
    account in zCDP, as :class:`~synthfast.privacy.Accountant` does. The draw itself charges no budget.

    Parameters
    ----------
    sigma : int, float or Fraction
        Scale, positive, at most ``2**52``. What is no ratio of integers of at most 40 bits is rounded up to one, by
        less than one part in ``2**39``; see :func:`noise_scale`.
    size : int or tuple of int
        Shape of the result.
    insecure_noise_seed : int, optional
        Makes the draw repeatable. Whoever knows the seed can subtract the noise: for tests only.
    backend : {"synthfast", "opendp"}, default "synthfast"
        Whose sampler draws; ``"opendp"`` needs ``pip install synthfast[opendp]`` and takes no seed.

    Returns
    -------
    ndarray of int64, shape ``size``

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range.
    OverflowError
        If a draw leaves its 64-bit range: once in ``exp(512)`` draws.
    ImportError
        If ``backend="opendp"`` and OpenDP is not installed.

    Notes
    -----
    Cost O(size), under 1 microsecond a draw at any scale; exact, for all probabilities are ratios of integers or
    exponentials that are sampled as such. Random words come from ``os.urandom``.

    References
    ----------
    C. Canonne, G. Kamath and T. Steinke (2020), "The discrete Gaussian for differential privacy".

    Examples
    --------
    >>> from synthfast.privacy import discrete_gaussian
    >>> noise = discrete_gaussian(2.5, 1000)
    >>> noise.shape, noise.dtype
    ((1000,), dtype('int64'))
    """
    shape, n = _shape(size)
    return noise_backend(backend, insecure_noise_seed).gaussian(sigma, n).reshape(shape)


def discrete_laplace(
    scale: Number, size: int | tuple[int, ...], *, insecure_noise_seed: int | None = None, backend: str = "synthfast"
) -> Integers:
    """Draw from the discrete Laplace law: ``P(y)`` in proportion to ``exp(-|y| / scale)`` on the integers.

    Added to an integer query that one row changes by at most D (in sum of absolute values), it gives pure
    ``D / scale``-differential privacy. The draw itself charges no budget.

    Parameters
    ----------
    scale : int, float or Fraction
        Positive, at most ``2**52``; rounded up as ``sigma`` of :func:`discrete_gaussian`.
    size : int or tuple of int
        Shape of the result.
    insecure_noise_seed : int, optional
        Makes the draw repeatable. Whoever knows the seed can subtract the noise: for tests only.
    backend : {"synthfast", "opendp"}, default "synthfast"
        Whose sampler draws.

    Returns
    -------
    ndarray of int64, shape ``size``

    Raises
    ------
    TypeError, ValueError, OverflowError, ImportError
        As :func:`discrete_gaussian`.

    Notes
    -----
    Cost O(size), under half a microsecond a draw at any scale.

    References
    ----------
    C. Canonne, G. Kamath and T. Steinke (2020), "The discrete Gaussian for differential privacy", algorithm 2.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from synthfast.privacy import discrete_laplace
    >>> discrete_laplace(Fraction(10, 3), (2, 5)).shape
    (2, 5)
    """
    shape, n = _shape(size)
    return noise_backend(backend, insecure_noise_seed).laplace(scale, n).reshape(shape)


def exponential_mechanism(
    scores: ArrayLike,
    *,
    epsilon: Number | None = None,
    rho: Number | None = None,
    sensitivity: int = 1,
    monotonic: bool = False,
    insecure_noise_seed: int | None = None,
    backend: str = "synthfast",
) -> int:
    """Choose an index with probability in proportion to ``exp(epsilon * score / (2 sensitivity))``.

    The choice itself charges no budget.

    Parameters
    ----------
    scores : array_like of int, shape (n_candidates,)
        The larger the better. Integers: round the public part of a score before the data enters.
    epsilon : int, float or Fraction, optional
        Pure differential privacy of the choice.
    rho : int, float or Fraction, optional
        zCDP of the choice, in place of ``epsilon``: the mechanism is ``epsilon**2 / 8``-zCDP.
    sensitivity : int, default 1
        By how much one row changes a score at most.
    monotonic : bool, default False
        Whether adding a row can only raise scores, or only lower them, as with counts. The mechanism then takes
        ``exp(epsilon * score / sensitivity)`` for the same cost.
    insecure_noise_seed : int, optional
        Makes the choice repeatable: for tests only.
    backend : {"synthfast", "opendp"}, default "synthfast"
        Whose sampler draws.

    Returns
    -------
    int
        Index of the candidate chosen.

    Raises
    ------
    TypeError, ValueError
        If scores are not integers, there are none, not exactly one of ``epsilon`` and ``rho`` is given, or an argument
        is out of range.

    Notes
    -----
    A candidate is proposed uniformly and accepted with probability ``exp(-epsilon (best - score) / (2 sensitivity))``,
    drawn exactly; expected cost is O(n_candidates) at most. ``epsilon / (2 sensitivity)`` is rounded down to a ratio
    of 32-bit integers.

    References
    ----------
    F. McSherry and K. Talwar (2007), "Mechanism design via differential privacy".
    M. Cesar and R. Rogers (2021), "Bounding, concentrating, and truncating", for the zCDP of the choice.

    Examples
    --------
    >>> from synthfast.privacy.noise import exponential_mechanism
    >>> exponential_mechanism([0, 5, 1000], epsilon=1)
    2
    """
    whole = integer_scores(scores)
    sensitivity = check_integer("sensitivity", sensitivity, minimum=1)
    if (epsilon is None) == (rho is None):
        raise ValueError("exponential_mechanism: expected exactly one of epsilon and rho.")
    bound = epsilon_of_range(rho) if rho is not None else as_fraction("epsilon", epsilon)
    return noise_backend(backend, insecure_noise_seed).select(whole, selection_rate(bound, sensitivity, monotonic))


def noise_backend(name: str, insecure_noise_seed: int | None = None) -> Noise:
    """The supplier of noise of this name, ``"synthfast"`` or ``"opendp"``.

    Raises
    ------
    ValueError
        If the name is unknown, or a seed is given to OpenDP, which takes none.
    ImportError
        If OpenDP is asked for and not installed.
    """
    if check_choice("backend", name, ("synthfast", "opendp")) == "synthfast":
        return ExactNoise(insecure_noise_seed)
    if insecure_noise_seed is not None:
        raise ValueError("insecure_noise_seed: OpenDP's noise cannot be seeded; expected None with backend='opendp'.")
    from synthfast.privacy._opendp import OpenDPNoise

    return OpenDPNoise()


def integer_scores(scores: ArrayLike) -> Integers:
    """Scores as a contiguous array of int64, shape (n_candidates,).

    Raises
    ------
    TypeError, ValueError
        If they are not integers, not one-dimensional, none, or beyond ``2**62``. The message quotes none of them.
    """
    array = np.asarray(scores)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"scores: expected shape (n_candidates,) with at least one, got shape {array.shape}.")
    if array.dtype.kind not in "iu":
        raise TypeError(f"scores: expected integers, got dtype {array.dtype}. Round them before the data enters.")
    if array.max() >= 2**62 or array.min() <= -(2**62):
        raise ValueError("scores: expected integers of less than 2**62 in size.")
    return np.ascontiguousarray(array, dtype=np.int64)


def _shape(size: int | tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """The shape asked for, and its number of values."""
    sizes = size if isinstance(size, tuple) else (size,)
    shape = tuple(check_integer("size", side, minimum=0) for side in sizes)
    return shape, int(np.prod(shape, dtype=np.int64))
