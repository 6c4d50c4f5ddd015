"""Rows that stand out among their neighbours: Tomek links, and edited nearest neighbours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.oversampling._search import NeighborSearch

__all__ = ["edited_rows", "tomek_rows"]

Mask = NDArray[np.bool_]


def tomek_rows(points: Any, codes: NDArray[np.int64]) -> Mask:
    """Which rows are in no Tomek link, shape (n_rows,): a link is a pair of each other's nearest rows of two classes.

    Parameters
    ----------
    points : ndarray or CSR matrix, shape (n_rows, n_columns)
        At least two rows. Of equally near rows the first is the nearest.
    codes : ndarray of int64, shape (n_rows,)
        Classes.

    References
    ----------
    I. Tomek (1976), "Two modifications of CNN", doi:10.1109/TSMC.1976.4309452.
    """
    nearest = NeighborSearch(1).over(points)(None)[:, 0]
    linked = (nearest[nearest] == np.arange(len(nearest))) & (codes[nearest] != codes)
    return ~linked


def edited_rows(points: Any, codes: NDArray[np.int64], k: int) -> Mask:
    """Which rows have the class of all of their k nearest other rows; parameters as in `tomek_rows`.

    References
    ----------
    D. L. Wilson (1972), "Asymptotic properties of nearest neighbor rules using edited data",
    doi:10.1109/TSMC.1972.4309137.
    """
    neighbors = NeighborSearch(k).over(points)(None)
    kept: Mask = (codes[neighbors] == codes[:, None]).all(axis=1)
    return kept
