"""Reversible column codecs: what a model sees of a table, and the table back from what a model draws."""

from synthfast.encoding.conditions import EncodedCondition, check_possible, encode_conditions
from synthfast.encoding.constraints import codec_from_state, make_codec
from synthfast.encoding.encoded import Bounds, EncodedColumn
from synthfast.encoding.known import encode_known, restore_known
from synthfast.encoding.satisfaction import rows_that_meet
from synthfast.encoding.table_codec import TableCodec

__all__ = [
    "Bounds",
    "EncodedColumn",
    "EncodedCondition",
    "TableCodec",
    "check_possible",
    "codec_from_state",
    "encode_conditions",
    "encode_known",
    "make_codec",
    "restore_known",
    "rows_that_meet",
]
