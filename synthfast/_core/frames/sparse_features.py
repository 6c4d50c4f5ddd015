"""Feature rows in SciPy's compressed sparse matrices and arrays."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import ArrayFeatures, Columns, Features, MadeRows, Rows, as_storable
from synthfast.exceptions import DataError

__all__ = ["SparseFeatures"]


class SparseFeatures(Features):
    """A sparse matrix; it stays sparse unless columns are asked for as codes."""

    def __init__(self, data: Any, owner: str) -> None:
        super().__init__(data if data.format in ("csr", "csc") else data.tocsr(), owner)
        self.n_columns = data.shape[1]

    @cached_property
    def _points(self) -> Any:
        single = self.data.dtype.kind == "f" and self.data.dtype.itemsize <= 4
        points = self.data.tocsr().astype(np.float32 if single else np.float64)
        if not np.isfinite(points.data).all():
            value = points.data[~np.isfinite(points.data)][0]
            raise DataError(
                f"{self.owner}: expected finite numbers, got {value} (NaN is a missing value, inf an infinite one). "
                "Fill in or drop such rows first."
            )
        return points

    @cached_property
    def _dense(self) -> ArrayFeatures:
        return ArrayFeatures(self.data.toarray(), self.owner)

    def points(self, columns: Columns | None = None) -> Any:
        """As in `Features`, as a CSR matrix where all columns are asked for."""
        return self._points if columns is None else self._dense.points(columns)

    def codes(self, column: int) -> NDArray[np.int32]:
        """As in `Features`."""
        return self._dense.codes(column)

    def native(self, columns: Columns) -> Any:
        """As in `Features`."""
        return self._dense.native(columns)

    def rounded(self, numbers: Any) -> Any:
        """As in `Features`."""
        out = numbers.copy()
        out.data = as_storable(out.data, self.data.dtype).astype(out.data.dtype)
        out.eliminate_zeros()
        return out

    def extend(self, made: MadeRows, kept: Rows | None = None) -> Any:
        """As in `Features`; the format stays."""
        from scipy import sparse

        dtype, above = self.data.dtype, self.data if kept is None else self.data.tocsr()[kept]
        if len(made.taken_columns):
            below = self._dense.extend(made, np.empty(0, dtype=np.int64))
        elif sparse.issparse(made.numbers):
            below = made.numbers
            below.data = as_storable(below.data, dtype)
            below.eliminate_zeros()
        else:
            below = as_storable(made.numbers, dtype)
        kind = sparse.csr_array if isinstance(above, sparse.sparray) else sparse.csr_matrix
        return sparse.vstack([above, kind(below, dtype=dtype)], format=self.data.format)
