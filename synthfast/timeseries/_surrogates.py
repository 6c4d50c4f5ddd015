"""Surrogates: series with given values in an order that gives them a given spectrum."""

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream

__all__ = ["draw_surrogates"]


def draw_surrogates(
    values: NDArray[np.float64], first: int, n_series: int, n_steps: int, max_iter: int, stream: Stream
) -> NDArray[np.float64]:
    """Surrogates ``first`` to ``first + n_series`` of a draw.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_variables)
    first, n_series, n_steps : int
    max_iter : int
        Most rounds of fitting spectrum and values in turn.
    stream : Stream

    Returns
    -------
    ndarray, shape (n_series, n_steps, n_variables)
        Of as many steps as the series has, or fewer, its own values; of more, values and spectrum interpolated.
    """
    n_times = len(values)
    long = max(n_times, n_steps)
    ranked, amplitude, phase = _targets(values, long)
    order = np.stack([np.argsort(stream.child(first + i).uniform(long)) % n_times for i in range(n_series)])
    start = np.moveaxis(values[order], 2, 1)  # the variables of one time stay together
    found = _iterate(ranked, amplitude, phase, start, max_iter)
    return np.moveaxis(found[:, :, :n_steps], 1, 2)


def _targets(
    values: NDArray[np.float64], n_steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.complex128]]:
    """Sorted values, amplitudes and phases (as unit numbers) of a series of so many steps, one row a variable."""
    n_times = len(values)
    ranked, spectrum = np.sort(values.T), np.fft.rfft(values.T)
    if n_steps > n_times:
        at = (np.arange(n_steps) + 0.5) / n_steps * n_times - 0.5
        ranked = np.stack([np.interp(at, np.arange(n_times), row) for row in ranked])
        place = np.arange(n_steps // 2 + 1) * (n_times / n_steps)
        size = np.stack([np.interp(place, np.arange(spectrum.shape[1]), np.abs(row)) for row in spectrum])
        size *= np.sqrt(n_steps / n_times)
        angle = np.angle(spectrum[:, np.minimum(np.rint(place).astype(int), spectrum.shape[1] - 1)])
        size[:, 0] = np.abs(ranked.sum(axis=1))
        spectrum = size * np.exp(1j * angle)
    amplitude = np.abs(spectrum)
    return ranked, amplitude, np.exp(1j * np.angle(spectrum))


def _iterate(
    ranked: NDArray[np.float64],
    amplitude: NDArray[np.float64],
    phase: NDArray[np.complex128],
    start: NDArray[np.float64],
    max_iter: int,
) -> NDArray[np.float64]:
    """Give shuffled series, shape (n_series, n_variables, n_steps), the spectrum and the values in turn."""
    n_variables, n_steps = ranked.shape
    current, order = start.copy(), np.full(start.shape, -1, np.int64)
    moving = np.arange(len(start))
    for _ in range(max_iter):
        found = np.fft.rfft(current[moving])
        turned = _unit(found)
        if n_variables > 1:  # one turn for all variables, the nearest to their phases, keeps their differences
            turned = phase * _unit(np.sum(turned * phase.conj(), axis=1, keepdims=True))
        smooth = np.fft.irfft(amplitude * turned, n_steps)
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


def _unit(values: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Numbers of size 1 in the same directions; 1 for 0."""
    size = np.abs(values)
    return np.divide(values, size, out=np.ones_like(values), where=size > 0)
