"""Zip archives of stored members: written the same way always, read within the size that they have on disk."""

import io
import zipfile
from collections.abc import Iterable
from typing import Final

__all__ = ["pack_members", "unpack_members"]

# Zip holds a time for every member. A fixed one, and members that are stored rather than deflated (zlib's bytes differ
# between its versions), make the archive a function of its members alone.
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
# What `zipfile` raises about bytes that are no archive, besides its own error.
DAMAGE: Final = (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, OverflowError)


def pack_members(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of stored members, in the order given.

    Parameters
    ----------
    members : iterable of (str, bytes)
        Names, which differ, and contents.

    Examples
    --------
    >>> unpack_members(pack_members([("a", b"12"), ("b", b"")]))
    {'a': b'12', 'b': b''}
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.create_system = 3  # as on Unix, wherever it is written
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def unpack_members(content: bytes) -> dict[str, bytes]:
    """The members of a zip that `pack_members` wrote.

    Parameters
    ----------
    content : bytes
        The archive.

    Returns
    -------
    dict of str to bytes
        Contents by name, in the archive's order.

    Raises
    ------
    ValueError
        If it is no zip archive, is damaged, has a compressed or encrypted member, or members that overlap or repeat.

    Notes
    -----
    No more bytes are made than the archive has: a member says how long it is only by lying there in full.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            _check_members(infos, len(content))
            return {info.filename: archive.read(info) for info in infos}
    except DAMAGE as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _check_members(infos: list[zipfile.ZipInfo], n_bytes: int) -> None:
    seen: set[str] = set()
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise ValueError(f"its member {info.filename!r} is compressed, and members are stored as they are")
        if info.flag_bits & 0x1:
            raise ValueError(f"its member {info.filename!r} is encrypted")
        if info.filename in seen:
            raise ValueError(f"it has two members {info.filename!r}")
        seen.add(info.filename)
    if sum(info.file_size for info in infos) > n_bytes:
        raise ValueError("its members claim more bytes than it has")
