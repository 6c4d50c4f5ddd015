"""A folder of part files: what is there is checked and kept, what is missing is planned, strangers are refused."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from synthfast.engines import map_blocks
from synthfast.exceptions import DataError
from synthfast.io.manifest import MANIFEST_NAME, Manifest, Part

__all__ = ["PartFolder", "hidden_part", "split_ranges"]

PART_NAME = re.compile(r"part-\d{15}-\d{15}\.\w+")
HIDDEN_NAME = re.compile(r"\.(part-\d{15}-\d{15}\.\w+|_manifest\.json)\.[0-9a-f]{8}\.tmp")


class PartFolder:
    """A folder that one draw is written to.

    Parameters
    ----------
    path : str or path
        Made if it does not exist; its parent has to.
    identity : mapping
        See `Manifest`.
    n_rows : int
        Rows wanted.
    versions : mapping of str to str
        Of the libraries that write.
    resume : bool
        Whether to go on with what is there, or to replace it.

    Raises
    ------
    DataError
        If the folder holds another draw, more rows than are wanted, or files that are no parts.
    FileFormatError
        If its manifest is damaged.
    OSError
        If the folder cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        identity: Mapping[str, Any],
        n_rows: int,
        versions: Mapping[str, str],
        *,
        resume: bool,
    ) -> None:
        self.path = Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise NotADirectoryError(f"expected a folder to write parts to, got a file: {path}")
        self.path.mkdir(exist_ok=True)
        self._check_strangers()
        found = Manifest.read(self.path) if resume else None
        if found is not None:
            found.check_identity(identity, self.path)
            if found.parts and found.parts[-1].stop > n_rows:
                raise DataError(
                    f"{path}: holds rows up to {found.parts[-1].stop:,}, which is more than the {n_rows:,} asked for. "
                    "Choose another folder, or pass resume=False to replace what is there."
                )
        self.manifest = Manifest(dict(identity), n_rows, dict(versions), [] if found is None else self._valid(found))
        self._remove_leftovers()
        self.manifest.write(self.path)

    def _check_strangers(self) -> None:
        """Files that readers of the folder would take for rows of this draw."""
        names = (path.name for path in self.path.iterdir() if not path.name.startswith((".", "_")))
        strangers = sorted(name for name in names if not PART_NAME.fullmatch(name))
        if strangers:
            raise DataError(
                f"{self.path}: expected an empty folder or one of parts, found {strangers[0]!r}. Choose another folder."
            )

    def _valid(self, manifest: Manifest) -> list[Part]:
        """The parts that are there as they were written."""
        kept = map_blocks(lambda part: _is_intact(self.path / part.file, part), manifest.parts)
        return [part for part, intact in zip(manifest.parts, kept, strict=True) if intact]

    def _remove_leftovers(self) -> None:
        """What an interrupted run left half-written or unrecorded, and what is damaged."""
        known = {part.file for part in self.manifest.parts}
        for path in self.path.iterdir():
            if HIDDEN_NAME.fullmatch(path.name) or (PART_NAME.fullmatch(path.name) and path.name not in known):
                path.unlink()
        if not known:
            (self.path / MANIFEST_NAME).unlink(missing_ok=True)

    def record(self, part: Part) -> None:
        """Take up a part that has been written, so that a later run keeps it."""
        self.manifest.add(part)
        self.manifest.write(self.path)


def _is_intact(path: Path, part: Part) -> bool:
    try:
        if path.stat().st_size != part.n_bytes:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == part.sha256
    except OSError:
        return False


def split_ranges(ranges: list[tuple[int, int]], part_rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows cut at the multiples of ``part_rows``."""
    for start, stop in ranges:
        while start < stop:
            end = min(stop, (start // part_rows + 1) * part_rows)
            yield start, end
            start = end


@contextmanager
def hidden_part(folder: Path, start: int, stop: int, ending: str) -> "Iterator[tuple[BinaryIO, Callable[[], Part]]]":
    """Give a stream to write a part to, and what tells the finished part; it appears under its name at the good end.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; nothing is left of the part then.
    """
    target = folder / f"part-{start:015d}-{stop:015d}{ending}"
    hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with hidden.open("wb") as raw:
            stream = _HashingStream(raw)
            yield cast(BinaryIO, stream), lambda: Part(target.name, start, stop, *stream.finished())
        hidden.replace(target)
    except BaseException:
        with suppress(OSError):
            hidden.unlink()
        raise


class _HashingStream:
    """A binary stream that takes the SHA-256 of what goes through it."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._hash, self._n_bytes = stream, hashlib.sha256(), 0

    def write(self, content: bytes) -> int:
        self._stream.write(content)
        self._hash.update(content)
        self._n_bytes += len(content)
        return len(content)

    def finished(self) -> tuple[int, str]:
        """Bytes written, and their hash."""
        return self._n_bytes, self._hash.hexdigest()

    def tell(self) -> int:
        return self._n_bytes

    def flush(self) -> None:
        self._stream.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """The stream below is closed by who opened it."""
