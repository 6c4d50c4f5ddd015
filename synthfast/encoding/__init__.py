"""Reversible column codecs: what a model sees of a table, and the table back from what a model draws."""

from synthfast.encoding.encoded import EncodedColumn
from synthfast.encoding.table_codec import TableCodec

__all__ = ["EncodedColumn", "TableCodec"]
