"""What a rule is: one target that is told, or bounded, by sources that are drawn before it."""

from collections.abc import Hashable, Mapping
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.reach import Reach
from synthfast.synthesizers._tree.wanted import Wanted

__all__ = ["Rule", "Span", "Values"]

Values = Mapping[Hashable, NDArray[Any]]
Span = tuple[float, float]


class Rule(Protocol):
    """How a column depends on columns that are drawn before it."""

    exact: ClassVar[bool]  # whether the sources tell the target in full, so that it need not be drawn

    @property
    def target(self) -> Hashable:
        """The column that the rule speaks of."""

    @property
    def sources(self) -> tuple[Hashable, ...]:
        """The columns that it takes."""

    def apply(self, values: Values, target_values: NDArray[Any] | None = None) -> NDArray[Any]:
        """Encoded values of the target that keep the rule, shape (n_rows,), a fresh array.

        Parameters
        ----------
        values : mapping of name to ndarray of shape (n_rows,)
            Encoded values of the sources.
        target_values : ndarray of shape (n_rows,), optional
            What was drawn for the target; only ``Between`` needs it.
        """

    def invert(self, wanted: Wanted) -> Wanted | None:
        """What the only source may be for the target to be as wanted; None where that cannot be told."""

    def reach(self, values: Values, name: Hashable, grid: Grid, spans: Mapping[Hashable, Span]) -> Reach | None:
        """What known values of the target leave open of the source ``name``; None where that cannot be told.

        Parameters
        ----------
        values : mapping of name to ndarray of shape (n_rows,)
            Encoded values of the target, and of the other sources as far as they are known.
        grid : Grid
            Of the source.
        spans : mapping of name to two floats
            Least and greatest value of the other sources that are not known.
        """
