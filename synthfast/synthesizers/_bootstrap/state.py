"""Laws of rows as a model file keeps them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._bootstrap.laws import ClusterLaw, RowLaw, SingleLaw, StratumLaw, StretchLaw

__all__ = ["law_from_state", "law_to_state"]

KINDS: dict[str, type[SingleLaw | StratumLaw | ClusterLaw]] = {
    "single": SingleLaw,
    "stratum": StratumLaw,
    "cluster": ClusterLaw,
}


def law_to_state(law: RowLaw) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """A JSON-able document and arrays."""
    if isinstance(law, StretchLaw):
        return {"kind": "stretch", "n_train": law.n_train, "length": law.length}, {}
    kind = next(name for name, own in KINDS.items() if isinstance(law, own))
    fields = {name: value for name, value in vars(law).items() if isinstance(value, np.ndarray) and name[0] != "_"}
    return {"kind": kind}, {f"law/{name}": value for name, value in fields.items()}


def law_from_state(document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> RowLaw:
    """Undo `law_to_state`."""
    if document["kind"] == "stretch":
        return StretchLaw(document["n_train"], document["length"])
    own = {name.removeprefix("law/"): value for name, value in arrays.items() if name.startswith("law/")}
    return KINDS[document["kind"]](**own)
