"""Arrays in an ``.npz`` archive: no pickle, and no memory for more than what lies there."""

import io
import math
import tokenize
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from synthfast.io.stored_zip import pack_members, unpack_members

__all__ = ["pack_arrays", "unpack_arrays"]

ENDING: Final = ".npy"
MAX_HEADER: Final = 10_000  # bytes of the text that says what an array is; NumPy's own bound
# What NumPy's reader, which parses the text as Python's literals, raises about others.
BAD_HEADER: Final = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, tokenize.TokenError)
_READERS: Final = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of an ``.npz`` file, a function of names, order, dtypes and values alone.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Of any shape and any dtype but object.

    Raises
    ------
    TypeError
        If an array holds Python objects.

    Examples
    --------
    >>> import numpy as np
    >>> unpack_arrays(pack_arrays({"a": np.arange(3)}))["a"].tolist()
    [0, 1, 2]
    """
    members = []
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"array {name!r}: expected plain numbers or fixed-width text, got dtype {array.dtype}")
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, allow_pickle=False)
        members.append((name + ENDING, buffer.getvalue()))
    return pack_members(members)


def unpack_arrays(packed: bytes) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` file that `pack_arrays` wrote, each in memory of its own.

    Raises
    ------
    ValueError
        If it is none, or an array holds Python objects, or claims another size than its bytes have.
    """
    return {_name(member): _read_array(member, content) for member, content in unpack_members(packed).items()}


def _name(member: str) -> str:
    if not member.endswith(ENDING):
        raise ValueError(f"its member {member!r} is no array")
    return member.removesuffix(ENDING)


def _read_array(member: str, content: bytes) -> np.ndarray:
    stream = io.BytesIO(content)
    try:
        shape, fortran, dtype = _read_header(stream)
    except BAD_HEADER as error:
        raise ValueError(f"its member {member!r} is no array ({error})") from error
    if dtype.hasobject:
        raise ValueError(f"its member {member!r} holds Python objects, which are never read")
    start = stream.tell()
    count, n_bytes = math.prod(shape), len(content) - start
    # A shape that claims what is not there would be given memory before that is noticed; one of no bytes at all, such
    # as (0, 10**15), would cost time later on.
    if count * dtype.itemsize != n_bytes or max(shape, default=0) > max(n_bytes, 2**16) or min(shape, default=0) < 0:
        raise ValueError(f"its member {member!r} claims shape {shape} of {dtype}, and holds {n_bytes} bytes")
    values = np.frombuffer(content, dtype, count, start) if count else np.empty(0, dtype)
    return values.reshape(shape, order="F" if fortran else "C").copy(order="K")


def _read_header(stream: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version not in _READERS:
        raise ValueError(f"format {version} is not among {list(_READERS)}")
    return _READERS[version](stream, max_header_size=MAX_HEADER)
