"""The two ways to fit: boosted conditionals with a correction, or one tree a column."""

from dataclasses import dataclass, replace

from synthfast.synthesizers._tree.corrector import QUICK, THOROUGH, Correction
from synthfast.synthesizers._tree.forest import BoostSettings

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True)
class Preset:
    """How a chain is fitted.

    Parameters
    ----------
    boosting : BoostSettings or None
        Boosted trees, each grown on at most 32,768 rows. None grows one tree a column, on all rows, and rows are drawn
        from its leaves.
    min_leaf : int
        Rows of a leaf of such a tree.
    oversample : int
        Rows drawn for each row kept, from which the correction chooses; 1 for no correction.
    correction : Correction
        How that is learned.
    """

    boosting: BoostSettings | None
    min_leaf: int = 20
    oversample: int = 1
    correction: Correction = THOROUGH

    def calmer(self) -> "Preset":
        """The next preset on the way to a model that copies less: larger leaves, or fewer and flatter trees."""
        if self.boosting is None:
            return replace(self, min_leaf=2 * self.min_leaf)
        b = self.boosting
        calm = replace(
            b, depth=max(b.depth - 1, 3), ridge=2.0 * b.ridge, patience=max(b.patience // 2, 3),
            max_trees=max(b.max_trees // 2, 20),
        )  # fmt: skip
        return replace(self, boosting=calm)


PRESETS = {
    "quality": Preset(BoostSettings(), oversample=2),
    "fast": Preset(None, oversample=2, correction=QUICK),
}
