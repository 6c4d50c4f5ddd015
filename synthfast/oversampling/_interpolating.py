"""What the resamplers share that make rows between rows and their neighbours."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Features, MadeRows
from synthfast._core.labels import Labels
from synthfast._core.random import Stream
from synthfast.base_resampler import BaseResampler, Resampled
from synthfast.exceptions import DataError
from synthfast.oversampling._search import NeighborSearch
from synthfast.oversampling._segments import Segment, fill_rows

__all__ = ["InterpolatingResampler", "SmallClassResampler"]

Rows = NDArray[np.int64]


class SmallClassResampler(BaseResampler):
    """A resampler that looks for neighbours within a class, which may have too few rows for that."""

    on_small: Any
    approximate: Any

    def _check_arguments(self) -> None:
        self._check_choice("on_small", ("error", "duplicate"))
        self._check_choice("approximate", (False, True))

    def _search(self, name: str) -> NeighborSearch:
        return NeighborSearch(getattr(self, name), approximate=self.approximate)

    def _is_small(self, rows: Rows, code: int, labels: Labels, search: NeighborSearch, name: str) -> bool:
        """Whether a class has too few rows, and its rows are to be duplicated for that."""
        if len(rows) > search.k:
            return False
        if self.on_small == "duplicate":
            return True
        raise DataError(
            f"{type(self).__name__}: {name}={search.k} needs at least {search.k + 1} rows of class "
            f"{labels.classes[code]!r}, found {len(rows)}. Lower {name} or pass on_small='duplicate'."
        )

    def _large_classes(
        self, labels: Labels, search: NeighborSearch, name: str, plan: list[Segment]
    ) -> Iterator[tuple[int, Rows, int]]:
        """Each class that needs rows and has enough for the search: its code, its rows, how many to make.

        The others go into ``plan``, as duplicates.
        """
        for code, n_rows in self._wanted(labels):
            rows = labels.rows_of(code)
            if self._is_small(rows, code, labels, search, name):
                plan.append(Segment(code, rows, rows[:, None], n_rows))
            else:
                yield code, rows, n_rows

    def _check_all(self, n_rows: int, search: NeighborSearch, name: str) -> None:
        """Refuse more neighbours than there are other rows of all classes."""
        if n_rows <= search.k:
            raise DataError(
                f"{type(self).__name__}: {name}={search.k} needs at least {search.k + 1} rows, found {n_rows}. "
                f"Lower {name}."
            )


class InterpolatingResampler(SmallClassResampler):
    """A resampler whose rows all lie on the way from a row to another one."""

    @abstractmethod
    def _plan(self, points: Any, labels: Labels, stream: Stream) -> list[Segment]:
        """Which rows to make, between which rows; the segments of a class follow each other."""

    def _resample(self, features: Features, labels: Labels, stream: Stream) -> Resampled:
        points = features.points()
        plan = self._plan(points, labels, stream)
        n_made = sum(segment.n_rows for segment in plan)
        rows = fill_rows(points, plan, stream, None if hasattr(points, "tocsr") else features.room(n_made))
        return Resampled(features.extend(MadeRows.of_numbers(rows)), made_codes(plan))


def made_codes(plan: Sequence[Segment]) -> Rows:
    """Class of each row of a plan."""
    codes = np.array([segment.code for segment in plan], dtype=np.int64)
    return np.repeat(codes, [segment.n_rows for segment in plan])
