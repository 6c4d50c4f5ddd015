"""The manifest of a folder of parts: what was drawn, which rows lie in which file, and how to tell that they do."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from synthfast.exceptions import DataError, FileFormatError
from synthfast.io.atomic import atomic_path

__all__ = ["MANIFEST_NAME", "Manifest", "Part"]

MANIFEST_NAME = "_manifest.json"  # readers of Parquet folders pass over names that start with an underscore
FORMAT = 1


@dataclass(frozen=True)
class Part:
    """One file of rows.

    Parameters
    ----------
    file : str
        Its name in the folder.
    start, stop : int
        Rows of the endless table that it holds.
    n_bytes : int
        Its size.
    sha256 : str
        Of its content.
    """

    file: str
    start: int
    stop: int
    n_bytes: int
    sha256: str


@dataclass
class Manifest:
    """What a folder of parts holds.

    Parameters
    ----------
    identity : dict
        What the rows are a function of: SHA-256 of the model, key of the random stream, conditions.
    n_rows : int
        Rows wanted.
    versions : dict of str to str
        Of the libraries that wrote last; with other ones the rows stay the same, the bytes of the files need not.
    parts : list of Part
        In the order of their rows.
    """

    identity: dict[str, Any]
    n_rows: int
    versions: dict[str, str]
    parts: list[Part]

    @property
    def complete(self) -> bool:
        """Whether the parts hold all rows wanted."""
        return not self.missing()

    def missing(self) -> list[tuple[int, int]]:
        """Ranges of rows that no part holds, ascending."""
        gaps, reached = [], 0
        for part in sorted(self.parts, key=lambda part: part.start):
            if part.start > reached:
                gaps.append((reached, part.start))
            reached = part.stop
        return gaps + ([(reached, self.n_rows)] if reached < self.n_rows else [])

    def add(self, part: Part) -> None:
        """Take up a part that has been written."""
        self.parts.append(part)
        self.parts.sort(key=lambda entry: entry.start)

    def write(self, folder: Path) -> None:
        """Write the manifest to its folder, whole or not at all."""
        document = {"format": FORMAT, "complete": self.complete, **asdict(self)}
        with atomic_path(folder / MANIFEST_NAME) as hidden:
            hidden.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> "Manifest | None":
        """Read a folder's manifest; None where there is none.

        Raises
        ------
        FileFormatError
            If it is damaged or of a newer format.
        """
        path = Path(folder) / MANIFEST_NAME
        if not path.exists():
            return None
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["format"] > FORMAT:
                raise FileFormatError(f"{path} has format {document['format']}; upgrade synthfast to go on with it.")
            parts = [Part(**entry) for entry in document["parts"]]
            return cls(dict(document["identity"]), int(document["n_rows"]), dict(document["versions"]), parts)
        except FileFormatError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise FileFormatError(
                f"{path} is damaged ({error!r}): which rows lie where is not known. Remove the folder, or pass "
                "resume=False to draw all of them again."
            ) from error

    def check_identity(self, identity: Mapping[str, Any], folder: Path) -> None:
        """Refuse to go on with a folder that holds the rows of another draw.

        Raises
        ------
        DataError
            If model, stream or conditions differ.
        """
        differing = [name for name in identity if identity[name] != self.identity.get(name)]
        if differing:
            raise DataError(
                f"{folder}: holds rows of another draw (its {' and '.join(differing)} differ). Choose another folder, "
                "or pass resume=False to replace what is there."
            )
