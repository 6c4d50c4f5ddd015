"""Constraints kept by construction: a layer between what users see of a table and what models see."""

from synthfast.encoding.constraints.adapting import adapt_schema
from synthfast.encoding.constraints.checking import broken_rows
from synthfast.encoding.constraints.constrained_codec import ConstrainedCodec, codec_from_state, make_codec

__all__ = ["ConstrainedCodec", "adapt_schema", "broken_rows", "codec_from_state", "make_codec"]
