"""Model files: one zip of ``model.json`` and ``arrays.npz``; the same model always gives the same bytes."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from synthfast.exceptions import FileFormatError
from synthfast.io.array_archive import pack_arrays, unpack_arrays
from synthfast.io.atomic import atomic_path
from synthfast.io.stored_zip import pack_members, unpack_members

__all__ = ["FORMAT", "MAX_BYTES", "content_id", "read_header", "read_model", "write_model"]

FORMAT: Final = 2  # 1 held the schema of a table twice
MAX_BYTES: Final = 2**33  # of a file that is read unless more are allowed
MAX_TEXT: Final = 2**28  # of its JSON, which takes some ten times as much memory once it is read
JSON_MEMBER: Final = "model.json"
ARRAYS_MEMBER: Final = "arrays.npz"
ZIP_MAGIC: Final = b"PK\x03\x04"


def write_model(path: str | os.PathLike[str], document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """Write a model's state, whole or not at all.

    Parameters
    ----------
    path : str or path
        The file; by custom its name ends in ``.synth``. A file already there is replaced.
    document : mapping
        Plain JSON: dicts with string keys, lists, strings, finite numbers, booleans, None.
    arrays : mapping of str to ndarray
        Arrays of any shape and any dtype but object.

    Returns
    -------
    str
        The SHA-256 of the content, as `content_id`.

    Raises
    ------
    TypeError
        If the document is not plain JSON or an array holds Python objects.
    ValueError
        If the document holds NaN or an infinity, which JSON cannot.
    OSError
        If the file cannot be written.

    Notes
    -----
    The bytes depend on the document (in its own key order), the arrays and the library's version only. Nothing in the
    file is executed by reading it: there is no pickle. Cost O(size); the file is made in memory, once.

    Examples
    --------
    >>> import tempfile, pathlib, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "tiny.synth")
    ...     _ = write_model(file, {"model": "demo"}, {"knots": np.arange(3.0)})
    ...     document, arrays = read_model(file)
    >>> document, arrays["knots"].tolist()
    ({'model': 'demo'}, [0.0, 1.0, 2.0])
    """
    body, packed = _body(document), pack_arrays(arrays)
    digest = _digest(body.encode("utf-8"), packed)
    header = {
        "format": FORMAT,
        "library": "synthfast",
        "library version": _library_version(),
        "sha256": digest,
    }
    # The document is put in as the text that was hashed, so that its hash can be taken again from the text read.
    text = f'{json.dumps(header)[:-1]}, "document": {body}}}'
    with atomic_path(path) as hidden:
        hidden.write_bytes(pack_members([(JSON_MEMBER, text.encode("utf-8")), (ARRAYS_MEMBER, packed)]))
    return digest


def content_id(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """The SHA-256 that `write_model` would give the content: 64 hexadecimal digits.

    Parameters
    ----------
    document, arrays : mapping
        As in `write_model`.

    Examples
    --------
    >>> content_id({"model": "demo"}, {})[:16]
    'c047f356c891f127'
    """
    return _digest(_body(document).encode("utf-8"), pack_arrays(arrays))


def read_model(
    path: str | os.PathLike[str], *, expected_id: str | None = None, max_bytes: int = MAX_BYTES
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what ``write_model`` wrote.

    Parameters
    ----------
    path : str or path
        The model file.
    expected_id : str, optional
        The SHA-256 that `write_model` gave; other content is refused.
    max_bytes : int, default 8 GiB
        Size of the largest file to read.

    Returns
    -------
    document : dict
        As it was written, tuples having become lists.
    arrays : dict of str to ndarray
        As they were written, in their order.

    Raises
    ------
    FileFormatError
        If the file is no model file, is too large, truncated, damaged or another one than expected, or was written by
        a newer version of the library.
    OSError
        If the file cannot be opened.

    Notes
    -----
    Cost O(size), in memory about three times the file: nothing in it is compressed, and no array is given more memory
    than its bytes take, so a small file cannot become a large one. The SHA-256 in the header shows damage; it is no
    signature and proves nothing about who made the file.

    Examples
    --------
    See ``write_model``.
    """
    header, packed = _read_members(path, max_bytes)
    document = header["document"]
    try:
        digest = _digest(_body(document).encode("utf-8"), packed)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{path} is damaged: {JSON_MEMBER} holds what is never written ({error})") from error
    if digest != header.get("sha256"):
        raise FileFormatError(f"{path} is damaged: its content does not have the SHA-256 that its header gives")
    if expected_id is not None and digest != expected_id:
        raise FileFormatError(f"{path} holds the model {digest}, expected {expected_id}")
    try:
        return document, unpack_arrays(packed)
    except ValueError as error:
        raise FileFormatError(f"{path} is damaged: its arrays cannot be read ({error})") from error


def read_header(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read what a model file says of itself: ``format``, ``library``, ``library version`` and ``sha256``.

    Parameters
    ----------
    path : str or path
        The model file.
    max_bytes : int, default 8 GiB
        As in `read_model`.

    Returns
    -------
    dict
        The header without the model's document.

    Raises
    ------
    FileFormatError
        As ``read_model``; the arrays are not checked.
    OSError
        If the file cannot be opened.
    """
    header, _ = _read_members(path, max_bytes)
    return {key: value for key, value in header.items() if key != "document"}


def _library_version() -> str:
    from synthfast import __version__

    return __version__


def _body(document: Mapping[str, Any]) -> str:
    return json.dumps(document, allow_nan=False, separators=(",", ":"))


def _digest(*parts: bytes) -> str:
    """SHA-256 over the parts, each with its length before it, so that no byte can move from one to the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def _read_members(path: str | os.PathLike[str], max_bytes: int) -> tuple[dict[str, Any], bytes]:
    """The parsed ``model.json`` and the raw ``arrays.npz``."""
    content = _read_bytes(Path(path), max_bytes)
    if not content.startswith(ZIP_MAGIC):
        raise FileFormatError(f"{path} is not a synthfast model file (it is not a zip archive)")
    try:
        members = unpack_members(content)
    except ValueError as error:
        raise FileFormatError(f"{path} is truncated or damaged: {error}") from error
    for name in (JSON_MEMBER, ARRAYS_MEMBER):
        if name not in members:
            raise FileFormatError(f"{path} is not a synthfast model file: there is no {name} in it")
    if unknown := sorted(set(members) - {JSON_MEMBER, ARRAYS_MEMBER}):
        raise FileFormatError(f"{path} is damaged: it holds {unknown[0]!r}, which no model file does")
    if len(members[JSON_MEMBER]) > MAX_TEXT:
        raise FileFormatError(f"{path}: its {JSON_MEMBER} has {len(members[JSON_MEMBER]):,} bytes, above {MAX_TEXT:,}")
    return _parse_header(path, members[JSON_MEMBER]), members[ARRAYS_MEMBER]


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    """The whole file; one that is too large, or has no size of its own, is not begun."""
    size = path.stat().st_size
    if path.is_dir():
        raise IsADirectoryError(f"expected a model file, got a folder: {path}")
    if not path.is_file():
        raise FileFormatError(f"{path} is not a synthfast model file (it is a pipe or a device)")
    if size > max_bytes:
        raise FileFormatError(
            f"{path} has {size:,} bytes, and at most {max_bytes:,} are read; allow more by max_bytes if it is yours"
        )
    with path.open("rb") as stream:
        return stream.read(size)  # and not what is added meanwhile


def _parse_header(path: str | os.PathLike[str], text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{path} is damaged: {JSON_MEMBER} is not JSON ({error})") from error
    written = header.get("format") if isinstance(header, dict) else None
    if not isinstance(written, int) or header.get("library") != "synthfast":
        raise FileFormatError(f"{path} is not a synthfast model file: {JSON_MEMBER} has no format number")
    if written > FORMAT:
        raise FileFormatError(
            f"{path} has model file format {written}, written by synthfast {header.get('library version')}; this is"
            f" synthfast {_library_version()}, which reads formats up to {FORMAT}. Upgrade synthfast to read it"
        )
    if not isinstance(header.get("document"), dict):
        raise FileFormatError(f"{path} is damaged: {JSON_MEMBER} holds no document")
    return header
