"""Noisy counts of one column made into a distribution: what cannot be told from noise is smoothed away."""

import numpy as np
import numpy.typing as npt

__all__ = ["denoise", "project_to_simplex"]

Counts = npt.NDArray[np.float64]

# Of noise, about one difference in 60 passes this many standard deviations and is kept.
SIGNIFICANT = 2.4
FEW_LEVELS = 12  # as few as these are left as they are
SHIFTS = 128


def denoise(counts: Counts, sigma: float, total: float) -> Counts:
    """Counts that are not negative and add up to ``total``, smoothed where the noise drowns what they say.

    Parameters
    ----------
    counts : ndarray, shape (n_levels,)
        With noise.
    sigma : float
        Its standard deviation.
    total : float
        What they should add up to, positive.

    Returns
    -------
    ndarray, shape (n_levels,)

    Notes
    -----
    Sums and differences of neighbours, of neighbouring pairs and so on (Haar wavelets) are taken at every shift;
    differences below 2.4 standard deviations are set to 0, and the shifts averaged. O(n_levels**2) for few levels, then
    O(n_levels log n_levels). Nothing but the noisy counts goes in, so it costs no privacy.

    References
    ----------
    R. Coifman and D. Donoho (1995), "Translation-invariant de-noising".
    """
    smooth = counts if len(counts) <= FEW_LEVELS else _without_insignificant(counts, SIGNIFICANT * sigma)
    return project_to_simplex(smooth, total)


def _without_insignificant(counts: Counts, threshold: float) -> Counts:
    width = 1 << (len(counts) - 1).bit_length()
    shifts = np.arange(0, width, max(1, width // SHIFTS))
    padded = np.zeros(width)
    padded[: len(counts)] = counts
    sums = padded[(np.arange(width) - shifts[:, None]) % width]  # one row for each shift
    levels = []
    while sums.shape[1] > 1:
        difference = (sums[:, 0::2] - sums[:, 1::2]) / np.sqrt(2.0)
        sums = (sums[:, 0::2] + sums[:, 1::2]) / np.sqrt(2.0)
        levels.append(np.where(np.abs(difference) > threshold, difference, 0.0))
    for difference in reversed(levels):
        finer = np.empty((len(shifts), 2 * sums.shape[1]))
        finer[:, 0::2] = (sums + difference) / np.sqrt(2.0)
        finer[:, 1::2] = (sums - difference) / np.sqrt(2.0)
        sums = finer
    back = sums[np.arange(len(shifts))[:, None], (np.arange(width) + shifts[:, None]) % width]
    return np.asarray(back.mean(axis=0)[: len(counts)])


def project_to_simplex(counts: Counts, total: float) -> Counts:
    """The nearest counts, in squares, that are not negative and add up to ``total``."""
    falling = np.sort(counts)[::-1]
    excess = np.cumsum(falling) - total
    last = np.flatnonzero(falling * np.arange(1, len(counts) + 1) > excess)[-1]
    return np.maximum(counts - excess[last] / (last + 1), 0.0)
