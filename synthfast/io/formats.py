"""Which table format a path means, read off its ending."""

import os
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from synthfast.exceptions import DataError

__all__ = ["ENDINGS", "TableFormat", "format_of"]


@dataclass(frozen=True)
class TableFormat:
    """A table format.

    Parameters
    ----------
    kind : {"csv", "parquet", "arrow"}
        The family.
    delimiter : str, default ","
        Between the fields of a line; ``csv`` only.
    gzipped : bool, default False
        Whether the lines are compressed; ``csv`` only.
    """

    kind: Literal["csv", "parquet", "arrow"]
    delimiter: str = ","
    gzipped: bool = False


ENDINGS: dict[str, TableFormat] = {
    ".csv": TableFormat("csv"),
    ".csv.gz": TableFormat("csv", gzipped=True),
    ".tsv": TableFormat("csv", delimiter="\t"),
    ".tsv.gz": TableFormat("csv", delimiter="\t", gzipped=True),
    ".parquet": TableFormat("parquet"),
    ".pq": TableFormat("parquet"),
    ".arrow": TableFormat("arrow"),
    ".feather": TableFormat("arrow"),
    ".ipc": TableFormat("arrow"),
}


def format_of(path: str | os.PathLike[str]) -> TableFormat:
    r"""Tell the format of a table file by the ending of its name, in either case.

    Parameters
    ----------
    path : str or path
        The file; it need not exist.

    Returns
    -------
    TableFormat
        What the ending stands for.

    Raises
    ------
    DataError
        If the ending is none of ``ENDINGS``.

    Examples
    --------
    >>> format_of("people.tsv.gz")
    TableFormat(kind='csv', delimiter='\t', gzipped=True)
    """
    name = PurePath(path).name.lower()
    for ending, table_format in ENDINGS.items():
        if name.endswith(ending):
            return table_format
    raise DataError(f"{path}: expected a name that ends in {', '.join(ENDINGS)}; the ending tells the format")
