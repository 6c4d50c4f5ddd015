"""Kernels on columns of levels: a row counts for its own level and, a little, for others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.threads import effective_n_threads
from synthfast._ext._kde_draw import draw_levels

__all__ = ["LevelKernel"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]


@dataclass(frozen=True)
class LevelKernel:
    """The kernel of one column of levels.

    Parameters
    ----------
    n_levels : int
        Levels, with missing as one more at the end where the column is unordered and has missing rows.
    ordered : bool
        Whether the levels have an order.
    smoothing : float
        Unordered: probability of leaving the own level, shared by the others. Ordered: factor of each step away.

    Notes
    -----
    A missing value of an ordered column stands apart: rows that miss it keep it missing.

    References
    ----------
    Aitchison and Aitken (1976), doi:10.1093/biomet/63.3.413. Li and Racine (2003), doi:10.1016/S0047-259X(02)00025-8.
    """

    n_levels: int
    ordered: bool
    smoothing: float

    @staticmethod
    def largest(n_levels: int, ordered: bool) -> float:
        """The smoothing with which the own level counts no more than any other."""
        return 1.0 if ordered else (n_levels - 1) / max(n_levels, 1)

    @property
    def moves(self) -> bool:
        """Whether rows count for other levels at all."""
        return self.smoothing > 0.0 and self.n_levels > 1

    @property
    def penalty(self) -> float:
        """Minus the log of the factor of another level, or of one step, over that of the own; 0 where none moves."""
        if not self.moves:
            return 0.0
        share = self.smoothing
        ratio = share if self.ordered else share / ((1.0 - share) * (self.n_levels - 1))
        return max(-float(np.log(ratio)), 0.0)

    def mass(self, allowed: Codes) -> Floats:
        """Probability of some levels under the kernel of each own level, up to `norm`; shape (n_levels,)."""
        if self.ordered:
            return _ordered_mass(self.n_levels, self.smoothing, allowed)
        out = np.zeros(self.n_levels)
        inside = np.zeros(self.n_levels, dtype=bool)
        inside[allowed] = True
        share = self.smoothing / max(self.n_levels - 1, 1)
        out[:] = share * (len(allowed) - inside)
        out[inside] += 1.0 - self.smoothing
        return out

    @property
    def norm(self) -> Floats:
        """Total over all levels of the kernel of each own level, shape (n_levels,)."""
        return self.mass(np.arange(self.n_levels, dtype=np.int32))

    @property
    def own_log_share(self) -> Floats:
        """Log probability of each level under its own kernel, shape (n_levels,)."""
        return np.log(1.0 if self.ordered else 1.0 - self.smoothing) - np.log(self.norm)

    def draw(self, own: Codes, u: Floats, allowed: Codes | None = None) -> Codes:
        """Draw a level for each row, among the allowed ones.

        Parameters
        ----------
        own : ndarray of int32, shape (n,)
            Levels of the rows that are drawn from; -1 stays.
        u : ndarray of float64, shape (n,)
            Uniforms.
        allowed : ndarray of int32, optional
            Ascending codes; default all.
        """
        if not self.moves:
            return own
        if allowed is None:
            allowed = np.arange(self.n_levels, dtype=np.int32)
        rank = np.full(self.n_levels, -1, dtype=np.int32)
        rank[allowed] = np.arange(len(allowed), dtype=np.int32)
        out = np.empty(len(own), dtype=np.int32)
        draw_levels(
            self.ordered, self.smoothing, allowed, rank, self.mass(allowed), np.ascontiguousarray(own), u, out,
            effective_n_threads(),
        )  # fmt: skip
        return out

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return dict(vars(self))


def _ordered_mass(n_levels: int, factor: float, allowed: Codes) -> Floats:
    """Sum of factor^|own - level| over the allowed levels, by a running sum from either side."""
    inside = np.zeros(n_levels)
    inside[allowed] = 1.0
    below, above = inside.copy(), inside.copy()
    for k in range(1, n_levels):
        below[k] += factor * below[k - 1]
        above[-1 - k] += factor * above[-k]
    return below + above - inside
