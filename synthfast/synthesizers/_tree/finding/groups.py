"""Numeric columns that are present in the same rows, standardised on a sample of them."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.finding.views import Rows, View, spread_rows

__all__ = ["Group"]

Floats = NDArray[np.float64]


class Group:
    """Numeric columns on the rows where those of one missing pattern are present.

    Its members are all columns without missing values in those rows, in drawing order; ``own`` tells which of them have
    the very pattern. Members that are constant in the sample are left out.
    """

    def __init__(self, views: list[View], pattern: bytes) -> None:
        like = next(view for view in views if view.numeric and view.pattern == pattern)
        present = None if like.missing is None else np.flatnonzero(~like.missing)
        rows = self.rows = slice(None) if present is None else present
        n_rows = len(like.values) if present is None else len(present)
        some = spread_rows(n_rows)
        self.sample = some if present is None else present[some]
        whole = [
            k
            for k, view in enumerate(views)
            if view.numeric and (view.pattern == pattern or (_is_whole(view, self.sample) and _is_whole(view, rows)))
        ]
        raw = np.column_stack([views[k].values[self.sample] for k in whole])
        with np.errstate(over="ignore", invalid="ignore"):
            centred = raw - raw.mean(axis=0)
            spread = np.sqrt((centred**2).mean(axis=0))
            keep = (spread > 1e-13 * np.abs(raw).max(axis=0)) & np.isfinite(spread)
        self.members = [k for k, kept in zip(whole, keep, strict=True) if kept]
        self.own = np.array([views[k].pattern == pattern for k in self.members], dtype=bool)
        self.raw, self.spread = raw[:, keep], spread[keep]
        self.standard = centred[:, keep] / self.spread
        self.tolerance = np.array([views[k].tolerance for k in self.members])

    @cached_property
    def correlation(self) -> Floats:
        return self.standard.T @ self.standard / len(self.sample)

    @cached_property
    def reduced(self) -> Floats:
        """The standardised sample in few rows with the same scalar products: column j reaches down to row j only."""
        return np.asarray(np.linalg.qr(self.standard, mode="r"))

    def noise(self, limit: float) -> Floats:
        """Largest share of each member's variance that a formula may leave over."""
        return np.minimum((self.tolerance / self.spread) ** 2, limit) + 1e-11


def _is_whole(view: View, rows: Rows | slice) -> bool:
    return view.missing is None or not view.missing[rows].any()
