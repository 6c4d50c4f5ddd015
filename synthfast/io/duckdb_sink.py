"""A stream of Arrow batches into a table of DuckDB, in one transaction."""

import os
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

from synthfast.exceptions import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_duckdb"]

SOURCE = "synthfast_rows"  # under which DuckDB sees the stream while it reads it


def write_duckdb(connection: Any, table: str, rows: "pa.RecordBatchReader", *, append: bool) -> None:
    """Make a table of the rows, or add them to one.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection, str or path
        Open, or the file of the database.
    table : str
        Its name.
    rows : pyarrow.RecordBatchReader
    append : bool
        Whether the table exists already.

    Raises
    ------
    DataError
        If DuckDB refuses; nothing has changed then.
    """
    import duckdb

    opened = isinstance(connection, str | os.PathLike)
    with closing(duckdb.connect(connection)) if opened else nullcontext(connection) as database:
        name = ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
        verb = f"INSERT INTO {name} BY NAME" if append else f"CREATE TABLE {name} AS"
        try:
            database.register(SOURCE, rows)
            database.execute("BEGIN TRANSACTION")
            try:
                database.execute(f"{verb} SELECT * FROM {SOURCE}")  # the table's name is quoted
                database.execute("COMMIT")
            except BaseException:
                database.execute("ROLLBACK")
                raise
        except duckdb.Error as error:
            raise DataError(f"sample_to_duckdb: table {table!r} cannot be written: {error}") from error
        finally:
            database.unregister(SOURCE)
