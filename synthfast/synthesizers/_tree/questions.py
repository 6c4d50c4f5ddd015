"""Rows that a fitted tree model is asked about: read, encoded, and answered in the caller's own containers."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.names import Names
from synthfast._core.random import Stream
from synthfast.encoding import TableCodec, restore_known
from synthfast.encoding.missing import missing_of
from synthfast.exceptions import ConditionError, SchemaError
from synthfast.synthesizers._asking import encode_rows
from synthfast.synthesizers._tree.completion import complete_rows, leaf_probabilities
from synthfast.synthesizers._tree.drawing import Columns
from synthfast.synthesizers._tree.labels import leaf_labels
from synthfast.synthesizers._tree.model import TreeModel

__all__ = ["check_missing", "encode_all", "impute_rows", "predict_leaves", "with_index_of"]


def encode_all(table: Table, codec: TableCodec, method: str) -> Columns:
    """Encoded modelled columns of a table that has all of them."""
    absent = [name for name in codec.modelled if name not in table.names]
    if absent:
        raise SchemaError(f"TreeSynthesizer.{method}: expected the columns {absent!r} as well.")
    return encode_rows(table, codec)


def check_missing(model: TreeModel, known: Mapping[Hashable, NDArray[Any]], method: str) -> None:
    """Refuse values that are missing in a column that never was."""
    for name, values in known.items():
        gone = missing_of(values)
        if gone.any() and not model.bins[model.place_of(name)].missing:
            raise ConditionError(
                f"{method}: column {name!r} is missing in row {int(np.argmax(gone))}, but had no missing values in "
                "the data that was fitted. Leave the column out where it is unknown, or use impute."
            )


def predict_leaves(model: TreeModel, codec: TableCodec, table: Table, target: Hashable, stream: Stream) -> Any:
    """Probability of each of the target's leaves given the table's other columns, as a ``pandas.DataFrame``."""
    import pandas as pd

    own = Names(codec.modelled)
    if target not in own:
        raise SchemaError(f"predict_proba: expected a target among {codec.modelled!r}, got {target!r}.")
    target = own[target]
    names = [name for name in codec.modelled if name in table.names and name is not target]
    known = {name: column.values for name, column in codec.encode(table, names).items()}
    check_missing(model, known, "predict_proba")
    j = model.place_of(target)
    shares = leaf_probabilities(model, j, known, table.n_rows, stream)
    labels = leaf_labels(model.bins[j], codec.column(target))
    header = pd.Index([label for _, label in labels], dtype=object, tupleize_cols=False)  # so that None stays None
    return pd.DataFrame(shares[:, [leaf for leaf, _ in labels]], columns=header)


def impute_rows(model: TreeModel, codec: TableCodec, table: Table, stream: Stream) -> Any:
    """The table with draws in place of missing cells, in the container that was fitted."""
    columns = encode_all(table, codec, "impute")
    filled = {name: values.copy() for name, values in columns.items()}
    for k, (rows, gone) in enumerate(_patterns({name: missing_of(values) for name, values in columns.items()})):
        known = {name: values[rows] for name, values in columns.items() if name not in gone}
        drawn = complete_rows(model, known, len(rows), stream.child(k), present=gone)
        for name in gone:
            filled[name][rows] = drawn[name]
    native = codec.decode(codec.restore(filled), n_rows=table.n_rows, stream=stream.child("decode"))
    return codec.build(restore_known(native, table, fill=True))


def with_index_of(data: Any, result: Any) -> Any:
    """An answer under the index of the rows that were asked about, where both are pandas frames."""
    import pandas as pd

    if isinstance(data, pd.DataFrame) and isinstance(result, pd.DataFrame):
        result.index = data.index
    return result


def _patterns(blank: Mapping[Hashable, NDArray[np.bool_]]) -> Iterator[tuple[NDArray[np.intp], list[Hashable]]]:
    """Rows that lack the same cells, together with the names of those; rows that lack none are left out."""
    if not blank:
        return
    bits = np.packbits(np.array(list(blank.values())), axis=0)
    member = np.unique(bits, axis=1, return_inverse=True)[1].ravel()
    for rows in (np.flatnonzero(member == k) for k in range(member.max(initial=-1) + 1)):
        gone = [name for name, own in blank.items() if own[rows[0]]]
        if gone:
            yield rows, gone
