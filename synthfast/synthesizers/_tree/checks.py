"""Whether a model that was read could have been written: what kernels take on trust is looked at once, here."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.exceptions import FileFormatError
from synthfast.synthesizers._tree.bins import MAX_CODES, MAX_LEAVES, Bins
from synthfast.synthesizers._tree.boosted import BoostedChain
from synthfast.synthesizers._tree.cart import CartChain
from synthfast.synthesizers._tree.forest import Forest
from synthfast.synthesizers._tree.inputs import ColumnInputs
from synthfast.synthesizers._tree.number_values import NumberValues

__all__ = ["check_bins", "check_chain", "check_forests"]

Array = NDArray[Any]

MAX_DEPTH = 8


def _demand(holds: Any, what: str) -> None:
    if not holds:
        raise FileFormatError(f"the tree model is damaged: {what}.")


def _check_array(what: str, array: Any, dtype: Any, shape: tuple[int | None, ...]) -> None:
    """Dtype and shape, of which None leaves a length open."""
    right = isinstance(array, np.ndarray) and array.dtype == dtype and array.ndim == len(shape)
    fits = right and all(want is None or want == have for want, have in zip(shape, array.shape, strict=True))
    _demand(fits and array.flags.c_contiguous, f"{what} is no {np.dtype(dtype)} array of shape {shape}")


def _check_range(what: str, array: Array, low: float, high: float) -> None:
    """All values from ``low`` up to, but without, ``high``."""
    _demand(not array.size or (array.min() >= low and array.max() < high), f"{what} reaches beyond {low} to {high}")


def check_bins(bins: Sequence[Bins], names: Sequence[Hashable]) -> None:
    """Columns and their leaves.

    Raises
    ------
    FileFormatError
        If they do not fit together.
    """
    _demand(len(bins) == len(names), f"{len(bins)} columns for {len(names)} names")
    for b in bins:
        if isinstance(b.values, NumberValues):
            _check_numbers(b.values)
        else:
            _check_array("order of levels", b.values.order, np.int64, (None,))
            _demand((np.sort(b.values.order) == np.arange(b.values.n_cells)).all(), "an order has not each level once")
        _check_array("counts of leaves", b.counts, np.int64, (b.n_leaves,))
        _check_range("counts of leaves", b.counts, 0, 2**53)
        _demand(0 < b.n_leaves <= MAX_LEAVES, f"{b.n_leaves} leaves in a column")


def _check_numbers(values: NumberValues) -> None:
    p, x, step = values.table.probabilities, values.table.values, values.table.step
    _check_array("probabilities", p, np.float64, (None,))
    _check_array("quantiles", x, np.float64, (len(p),))
    _check_array("edges of cells", values.edges, np.float64, (None,))
    _demand(step is None or (isinstance(step, float | int) and 0.0 < step < np.inf), f"a grid of step {step!r}")
    for what, part in (("probabilities", p), ("edges of cells", values.edges)):
        _demand(len(part) > 1 and part[0] == 0.0 and part[-1] == 1.0, f"{what} do not go from 0 to 1")
    _demand((np.diff(p) >= 0.0).all() and (np.diff(values.edges) > 0.0).all(), "probabilities do not ascend")
    _demand(np.isfinite(x).all() and (x[1:] >= x[:-1]).all(), "quantiles do not ascend")


def check_chain(chain: Any, bins: Sequence[Bins]) -> None:
    """All that a chain draws by.

    Raises
    ------
    FileFormatError
        If a question asks what is not there, or an answer leads nowhere.
    """
    if isinstance(chain, CartChain):
        for j, tree in enumerate(chain.trees):
            _check_tree(tree, j, bins[j].n_leaves)
        return
    assert isinstance(chain, BoostedChain)
    _demand(len(chain.inputs) == len(bins), f"{len(chain.inputs)} boosted columns for {len(bins)}")
    for j, (inputs, steps) in enumerate(zip(chain.inputs, chain.steps, strict=True)):
        _check_inputs(inputs, j)
        for depth, step in enumerate(steps):
            if step is None:
                continue
            n_features = len(inputs.n_codes(depth))
            _check_array("features used", step.used, np.int32, (None,))
            _check_range("features used", step.used, 0, n_features)
            _demand((np.diff(step.used) > 0).all(), "features used are not ascending")
            _demand(np.isfinite(step.trust) and not (step.trust and inputs.linear is None), "a start without a rule")
            if step.forest is not None:
                _check_array("orders of codes", step.tables, np.uint8, (len(step.used), MAX_CODES))
                check_forests([(step.forest, len(step.used))])


def _check_inputs(inputs: ColumnInputs, j: int) -> None:
    _check_array("sources", inputs.sources, np.int32, (None,))
    if inputs.linear is not None:
        n = len(inputs.linear.columns)
        _check_array("columns of a rule", inputs.linear.columns, np.int32, (None,))
        _check_range("columns of a rule", inputs.linear.columns, 0, j)
        _check_array("tables of a rule", inputs.linear.tables, np.float32, (n, MAX_CODES))
        _demand(np.isfinite(inputs.linear.tables).all() and inputs.linear.spread > 0.0, "a rule is not finite")


def check_forests(forests: Sequence[tuple[Forest, int]]) -> None:
    """Forests, each with the number of its features.

    Raises
    ------
    FileFormatError
        If a tree asks for another feature, or is of another shape.
    """
    for forest, n_features in forests:
        _demand(forest.feature.ndim == 2 and 1 <= forest.feature.shape[1] <= MAX_DEPTH, "a forest of unknown depth")
        n_trees, depth = forest.feature.shape
        _check_array("questions", forest.feature, np.int32, (n_trees, depth))
        _check_range("questions", forest.feature, 0, n_features)
        _check_array("thresholds", forest.threshold, np.uint8, (n_trees, depth))
        _check_array("leaves", forest.leaf, np.float32, (n_trees, 1 << depth))
        _demand(np.isfinite(forest.leaf).all(), "leaves are not finite")


def _check_tree(tree: Any, j: int, n_leaves: int) -> None:
    n = len(tree.feature)
    for name, dtype in (("feature", np.int32), ("left", np.int32), ("right", np.int32), ("start", np.int32),
                        ("stop", np.int32), ("threshold", np.uint16)):  # fmt: skip
        _check_array(name, getattr(tree, name), dtype, (n,))
    _check_array("sources", tree.sources, np.int32, (None,))
    _check_range("sources", tree.sources, 0, j)
    _check_array("donors", tree.donors, np.uint16, (None,))
    _check_range("donors", tree.donors, 0, n_leaves)
    _demand(n > 0, "a tree without nodes")
    asks = np.flatnonzero(tree.feature >= 0)
    _check_range("questions", tree.feature[asks], 0, len(tree.sources))
    for side in (tree.left, tree.right):
        _demand((side[asks] > asks).all() and (side[asks] < n).all(), "a branch leads back or out of its tree")
    ends = np.flatnonzero(tree.feature < 0)
    start, stop = tree.start[ends], tree.stop[ends]
    _demand((start < stop).all(), "a leaf without donors")
    _demand((np.r_[start, len(tree.donors)] == np.r_[0, stop]).all(), "leaves do not share out the donors")
