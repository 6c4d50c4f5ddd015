"""The released density and its domain in a model file, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy._marginals.axes import Axis
from synthfast.privacy._marginals.junction import JunctionTree
from synthfast.privacy._marginals.release import Density
from synthfast.schema import Column

__all__ = ["axes_from_state", "axes_to_state", "density_from_state", "density_to_state"]

Document = dict[str, Any]
Arrays = dict[str, NDArray[Any]]


def axes_to_state(axes: Sequence[Axis]) -> tuple[list[Document], Arrays]:
    """Public facts of the columns as JSON, and the edges of their cells."""
    document = [{"column": a.column.to_dict(), "nullable": a.nullable, "other": a.other} for a in axes]
    return document, {f"edges/{place}": a.edges for place, a in enumerate(axes) if a.edges is not None}


def axes_from_state(document: Sequence[Document], arrays: Mapping[str, NDArray[Any]]) -> list[Axis]:
    """Undo `axes_to_state`."""
    return [
        Axis(Column.from_dict(entry["column"]), entry["nullable"], arrays.get(f"edges/{place}"), entry["other"])
        for place, entry in enumerate(document)
    ]


def density_to_state(density: Density) -> tuple[Document, Arrays]:
    """Noisy figures alone: there is nothing else in a density."""
    document = {
        "total": density.total,
        "sizes": list(density.tree.sizes),
        "measured": [list(clique) for clique in density.measured],
        "expected_error": density.expected_error,
    }
    arrays: Arrays = {f"shares/{place}": values for place, values in enumerate(density.shares)}
    arrays |= {f"groups/{place}": group for place, group in enumerate(density.groups) if group is not None}
    return document, arrays | {f"beliefs/{place}": cells for place, cells in enumerate(density.beliefs)}


def density_from_state(document: Document, arrays: Mapping[str, NDArray[Any]]) -> Density:
    """Undo `density_to_state`.

    Raises
    ------
    ValueError
        If the tables do not fit their sizes.
    """
    sizes = [int(size) for size in document["sizes"]]
    measured = [tuple(int(column) for column in clique) for clique in document["measured"]]
    tree = JunctionTree(sizes, measured)
    beliefs = [np.ascontiguousarray(arrays[f"beliefs/{place}"]) for place in range(len(tree.cliques))]
    if any(len(cells) != len(zeros) for cells, zeros in zip(beliefs, tree.zeros(), strict=True)):
        raise ValueError("tables of other sizes than the tree's")
    places = range(len(sizes))
    return Density(
        total=float(document["total"]),
        shares=[arrays[f"shares/{place}"] for place in places],
        groups=[arrays.get(f"groups/{place}") for place in places],
        tree=tree,
        beliefs=beliefs,
        measured=measured,
        expected_error=list(document["expected_error"]),
    )
