"""A law as a JSON-able document and arrays, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import TableCodec
from synthfast.synthesizers._kde.law import Law
from synthfast.synthesizers._kde.levels import LevelKernel
from synthfast.synthesizers._kde.rows import align_rows
from synthfast.synthesizers._kde.shapes import SHAPES
from synthfast.synthesizers._kde.supports import Support

__all__ = ["law_from_state", "law_to_state"]


def law_to_state(law: Law, codec: TableCodec) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The law as a document and arrays; columns go by their place among the modelled ones."""
    place = {name: k for k, name in enumerate(codec.modelled)}
    document = {
        "kernel": next(name for name, shape in SHAPES.items() if shape == law.shape),
        "numbers": [place[name] for name in law.numbers],
        "levels": [place[name] for name in law.levels],
        "supports": [support.to_dict() for support in law.supports],
        "kernels": [kernel.to_dict() for kernel in law.kernels],
        "missing": list(law.missing),
    }
    arrays: dict[str, NDArray[Any]] = {
        "rows": law.rows,
        "codes": law.codes,
        "weight": law.weight,
        "bandwidth": law.bandwidth,
        **{f"{j}/spikes": own for j, own in enumerate(law.spikes)},
    }
    if law.correlation is not None:
        arrays["correlation"] = law.correlation
    if law.local is not None:
        arrays["local"] = law.local
    return document, arrays


def law_from_state(document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], codec: TableCodec) -> Law:
    """Undo `law_to_state`."""
    numbers = tuple(codec.modelled[k] for k in document["numbers"])
    return Law(
        shape=SHAPES[document["kernel"]],
        numbers=numbers,
        levels=tuple(codec.modelled[k] for k in document["levels"]),
        rows=align_rows(arrays["rows"]),
        codes=np.ascontiguousarray(arrays["codes"]),
        weight=arrays["weight"],
        spikes=tuple(arrays[f"{j}/spikes"] for j in range(len(numbers))),
        supports=tuple(Support.from_dict(support) for support in document["supports"]),
        bandwidth=arrays["bandwidth"],
        correlation=arrays.get("correlation"),
        kernels=tuple(LevelKernel(**kernel) for kernel in document["kernels"]),
        missing=tuple(document["missing"]),
        local=arrays.get("local"),
    )
