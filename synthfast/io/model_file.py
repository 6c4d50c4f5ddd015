"""Model files: one zip of ``model.json`` and ``arrays.npz``; the same model always gives the same bytes."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from synthfast.exceptions import FileFormatError
from synthfast.io.atomic import atomic_path

__all__ = ["FORMAT", "model_digest", "read_header", "read_model", "write_model"]

FORMAT = 1
JSON_MEMBER = "model.json"
ARRAYS_MEMBER = "arrays.npz"
# Zip holds a time for every member. A fixed one, and members that are stored rather than deflated (zlib's bytes differ
# between its versions), make the file a function of the model alone.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def write_model(path: str | os.PathLike[str], document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a model's state, whole or not at all.

    Parameters
    ----------
    path : str or path
        The file; by custom its name ends in ``.synth``. A file already there is replaced.
    document : mapping
        Plain JSON: dicts with string keys, lists, strings, finite numbers, booleans, None.
    arrays : mapping of str to ndarray
        Arrays of any shape and any dtype but object.

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
    ...     write_model(file, {"model": "demo"}, {"knots": np.arange(3.0)})
    ...     document, arrays = read_model(file)
    >>> document, arrays["knots"].tolist()
    ({'model': 'demo'}, [0.0, 1.0, 2.0])
    """
    body = json.dumps(document, allow_nan=False, separators=(",", ":"))
    packed = _pack_arrays(arrays)
    header = {
        "format": FORMAT,
        "library": "synthfast",
        "library version": _library_version(),
        "sha256": _digest(body.encode("utf-8"), packed),
    }
    # The document is put in as the text that was hashed, so that its hash can be taken again from the text read.
    text = f'{json.dumps(header)[:-1]}, "document": {body}}}'
    with atomic_path(path) as hidden:
        hidden.write_bytes(_pack([(JSON_MEMBER, text.encode("utf-8")), (ARRAYS_MEMBER, packed)]))


def model_digest(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 that the header of a model's file gives, without the file.

    Parameters
    ----------
    document, arrays : mapping
        As ``write_model`` takes them.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    body = json.dumps(document, allow_nan=False, separators=(",", ":"))
    return _digest(body.encode("utf-8"), _pack_arrays(arrays))


def read_model(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what ``write_model`` wrote.

    Parameters
    ----------
    path : str or path
        The model file.

    Returns
    -------
    document : dict
        As it was written, tuples having become lists.
    arrays : dict of str to ndarray
        As they were written, in their order.

    Raises
    ------
    FileFormatError
        If the file is no model file, is truncated or damaged, or was written by a newer version of the library.
    OSError
        If the file cannot be opened.

    Notes
    -----
    Cost O(size). The SHA-256 in the header shows damage; it is no signature and proves nothing about who made the file.

    Examples
    --------
    See ``write_model``.
    """
    header, packed = _read_members(path)
    document = header["document"]
    body = json.dumps(document, allow_nan=False, separators=(",", ":"))
    if _digest(body.encode("utf-8"), packed) != header.get("sha256"):
        raise FileFormatError(f"{path} is damaged: its content does not have the SHA-256 that its header gives")
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            return document, {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise FileFormatError(f"{path} is damaged: its arrays cannot be read ({error})") from error


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what a model file says of itself: ``format``, ``library``, ``library version`` and ``sha256``.

    Parameters
    ----------
    path : str or path
        The model file.

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
    header, _ = _read_members(path)
    return {key: value for key, value in header.items() if key != "document"}


def _library_version() -> str:
    from synthfast import __version__

    return __version__


def _digest(*parts: bytes) -> str:
    """SHA-256 over the parts, each with its length before it, so that no byte can move from one to the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def _pack(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of stored members, in the order given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.create_system = 3  # as on Unix, wherever it is written
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def _pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of an ``.npz`` file of the arrays."""
    members = []
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"array {name!r}: expected plain numbers or fixed-width text, got dtype {array.dtype}")
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array, allow_pickle=False)
        members.append((f"{name}.npy", buffer.getvalue()))
    return _pack(members)


def _read_members(path: str | os.PathLike[str]) -> tuple[dict[str, Any], bytes]:
    """The parsed ``model.json`` and the raw ``arrays.npz``."""
    content = Path(path).read_bytes()
    if not content.startswith(b"PK\x03\x04"):
        raise FileFormatError(f"{path} is not a synthfast model file (it is not a zip archive)")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            text, packed = archive.read(JSON_MEMBER), archive.read(ARRAYS_MEMBER)
    except KeyError as error:
        raise FileFormatError(f"{path} is not a synthfast model file: {error.args[0]}") from error
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FileFormatError(f"{path} is truncated or damaged: {error}") from error
    return _parse_header(path, text), packed


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
