"""A booster of oblivious trees as the chain and the corrector use it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._ext._boost import add_forest, grow_forest

__all__ = ["BoostSettings", "Forest"]

STRETCHES = 32  # of rows, as in the kernel
ROWS_PER_LEAF = 100  # that a tree of all questions must have on average
LEAST_DEPTH = 3
FEW_LEAVES = 3
MAX_BAG_ROWS = 32_768  # a tree needs no more to find its questions


@dataclass(frozen=True)
class BoostSettings:
    """How a forest is grown.

    Parameters
    ----------
    depth : int
        Questions on the way to a leaf, 1 to 8.
    max_trees : int
        Most trees.
    patience : int
        Trees in a row that may fail on the rows that judge them before growing ends: half as many at first, one more
        for every eight that were kept.
    on_trial : bool
        Whether the first ``patience`` trees must help those rows together, lest all be dropped: what keeps noise from
        being learned.
    rate : float
        Share of the Newton step that a tree takes.
    ridge : float
        Added to the curvature of a leaf, in rows of curvature 1.
    bag : float
        Share of the rows that a tree is grown on.
    columns : float
        Share of the features that a tree may ask.
    """

    depth: int = 7
    max_trees: int = 400
    patience: int = 16
    rate: float = 0.2
    ridge: float = 3.0
    bag: float = 0.875
    columns: float = 0.6
    on_trial: bool = True

    def for_rows(self, n_rows: int) -> "BoostSettings":
        """The same with no more questions than few rows can answer, and less patience where chance decides more."""
        depth = max(min(self.depth, (n_rows // ROWS_PER_LEAF).bit_length()), LEAST_DEPTH)
        return replace(self, depth=depth, patience=min(self.patience, max(n_rows // 500, 8)))

    def for_leaves(self, n_leaves: int) -> "BoostSettings":
        """The same, in smaller steps for columns of so few leaves that they cost little: often they are the target."""
        if n_leaves > FEW_LEAVES:
            return self
        return replace(self, rate=0.5 * self.rate, patience=2 * self.patience, max_trees=2 * self.max_trees)

    @property
    def n_trial(self) -> int:
        """Trees on trial."""
        return self.patience if self.on_trial else 0

    def n_bag(self, n_rows: int) -> int:
        """Stretches of rows in a tree's bag."""
        most = MAX_BAG_ROWS * STRETCHES // max(n_rows, 1)
        return int(max(1, min(round(self.bag * STRETCHES), most, STRETCHES - 1)))

    def n_tried(self, n_features: int) -> int:
        """Features that a tree may ask."""
        return n_features if n_features <= 4 else int(np.ceil(self.columns * n_features))


@dataclass(frozen=True)
class Forest:
    """Trees whose leaves add up to log odds.

    Parameters
    ----------
    feature : ndarray of int32, shape (n_trees, depth)
    threshold : ndarray of uint8, shape (n_trees, depth)
    leaf : ndarray of float32, shape (n_trees, 2 ** depth)
    gain : float
        Fall of the mean loss, added up over the trees, each judged by rows that it was not grown on. Trees are kept for
        it, and earlier trees were grown on those rows: fresh rows gain less.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.uint8]
    leaf: NDArray[np.float32]
    gain: float

    @classmethod
    def grow(
        cls,
        codes: NDArray[np.uint8],
        n_codes: NDArray[np.int32],
        target: NDArray[np.uint8],
        score: NDArray[np.float32],
        settings: BoostSettings,
        key: int,
    ) -> "Forest | None":
        """Grow trees on rows in random order; ``score`` becomes the log odds. None where no tree helps.

        Parameters
        ----------
        codes : ndarray of uint8, shape (n_features, n_rows)
        n_codes : ndarray of int32, shape (n_features,)
        target : ndarray of uint8, shape (n_rows,)
        score : ndarray of float32, shape (n_rows,)
            Log odds to start from.
        key : int
            Of the choice of rows and features.
        """
        most, depth = settings.max_trees, settings.depth
        feature, threshold = np.empty((most, depth), np.int32), np.empty((most, depth), np.uint8)
        leaf, gain = np.empty((most, 1 << depth), np.float32), np.empty(most)
        n_features, n_rows = codes.shape
        n = grow_forest(
            codes, n_codes, target, score, settings.patience, settings.n_trial, settings.n_tried(n_features),
            settings.n_bag(n_rows), settings.rate, settings.ridge, key, feature, threshold, leaf, gain,
        )  # fmt: skip
        if not n:
            return None
        return cls(feature[:n].copy(), threshold[:n].copy(), leaf[:n].copy(), float(gain[:n].sum()))

    def add(self, codes: NDArray[np.uint8], score: NDArray[np.float32], n_threads: int = 1) -> None:
        """Add the leaves of rows, shape (n_features, n_rows), to their score."""
        add_forest(codes, self.feature, self.threshold, self.leaf, score, n_threads)

    def only(self, used: NDArray[np.int32]) -> "Forest":
        """The same trees for rows that hold only the features ``used``, ascending."""
        return Forest(np.searchsorted(used, self.feature).astype(np.int32), self.threshold, self.leaf, self.gain)

    def to_state(self) -> dict[str, NDArray[Any]]:
        """Arrays that say everything."""
        return {"feature": self.feature, "threshold": self.threshold, "leaf": self.leaf, "gain": np.array(self.gain)}

    @classmethod
    def from_state(cls, arrays: dict[str, NDArray[Any]]) -> "Forest":
        """Undo `to_state`."""
        return cls(arrays["feature"], arrays["threshold"], arrays["leaf"], float(arrays["gain"]))
