"""Texts of one width as a matrix of bytes, and back, without a loop over rows."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["letters_of", "texts_of"]


def letters_of(texts: pa.Array, width: int) -> npt.NDArray[np.uint8] | None:
    """Bytes of large_string texts without nulls, shape ``(n, width)``; None if one has another width."""
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    if lengths["min"] != width or lengths["max"] != width:
        return None
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64, count=len(texts) + 1, offset=8 * texts.offset)
    data = np.frombuffer(texts.buffers()[2], dtype=np.uint8)
    return data[offsets[0] : offsets[-1]].reshape(len(texts), width)


def texts_of(letters: npt.NDArray[np.uint8]) -> pa.Array:
    """Undo ``letters_of``; the bytes are not copied."""
    n, width = letters.shape
    offsets = np.arange(n + 1, dtype=np.int64) * width
    return pa.LargeStringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters)))
