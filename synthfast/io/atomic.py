"""Files that appear whole or not at all: written beside their place under a hidden name, then renamed."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["atomic_path", "check_target"]


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a hidden path in the same folder; what was written there becomes ``path`` when the block ends well.

    When the block fails the hidden file is removed and a file that was there before is left as it was. A path that
    leads to something other than a file (a pipe, ``/dev/null``) is handed out itself, since it must not be replaced.

    Parameters
    ----------
    path : str or path
        The file to appear. Symbolic links are followed.

    Yields
    ------
    pathlib.Path
        Where to write.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    IsADirectoryError
        If ``path`` is a folder.
    PermissionError
        If the folder, or a file already at ``path``, may not be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(pathlib.Path(folder, "a.txt")) as hidden:
    ...         _ = hidden.write_text("whole")
    ...     print([p.name for p in pathlib.Path(folder).iterdir()])
    ['a.txt']
    """
    target = check_target(path)
    if target.exists() and not target.is_file():
        yield target
        return
    hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield hidden
        hidden.replace(target)
    except BaseException:
        with suppress(OSError):
            hidden.unlink()
        raise


def check_target(path: str | os.PathLike[str]) -> Path:
    """Tell early that a file cannot be written, before the work whose result it is to hold.

    Parameters
    ----------
    path : str or path
        The file to appear. Symbolic links are followed.

    Returns
    -------
    pathlib.Path
        Where it will lie.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        As ``atomic_path``.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"expected the path of a file, got a folder: {path}")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder {target.parent} does not exist; create it first")
    if target.exists():
        if not os.access(target, os.W_OK):
            raise PermissionError(f"{path} exists and may not be written")
    elif not os.access(target.parent, os.W_OK):
        raise PermissionError(f"no file may be created in the folder {target.parent}")
    return target
