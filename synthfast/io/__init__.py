"""Files: tables in and out, whole or streamed, and model files. Everything written appears whole or not at all."""

from synthfast.io.tables import TableWriter, read_table, write_table

__all__ = ["TableWriter", "read_table", "write_table"]
