"""Numbers written as text: the spelling found, the text read, and written again letter for letter."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NUMBER_SPELLINGS", "find_number_spelling", "parse_numbers", "write_numbers"]

_WHOLE = r"^-?(?:0|[1-9]\d{0,14})"
_ENDINGS = {
    "fixed": r"(?:\.\d{1,10})?$",  # one number of decimals for all
    "shortest": r"(?:\.\d{0,9}[1-9])?$",  # no zeros at the end
    "float": r"\.(?:0|\d{0,9}[1-9])$",  # as Python writes floats
}
NUMBER_SPELLINGS = tuple(_ENDINGS)
_NEGATIVE_ZERO = r"^-0(?:\.0+)?$"


def find_number_spelling(levels: pa.Array, sample: list[str]) -> str | None:
    """The spelling, of ``NUMBER_SPELLINGS``, that all texts follow; None if none does."""
    few = pa.array(sample, pa.large_string())
    for spelling in NUMBER_SPELLINGS:
        if parse_numbers(few, spelling) is not None and parse_numbers(levels, spelling) is not None:
            return spelling
    return None


def parse_numbers(texts: pa.Array, spelling: str) -> npt.NDArray[np.float64] | None:
    """Read texts without nulls; None if one does not follow the spelling."""
    if not len(texts) or not pc.all(pc.match_substring_regex(texts, _WHOLE + _ENDINGS[spelling])).as_py():
        return None
    if pc.any(pc.match_substring_regex(texts, _NEGATIVE_ZERO)).as_py():
        return None
    if spelling == "fixed" and len(np.unique(_decimals(texts))) > 1:
        return None
    return texts.cast(pa.float64()).to_numpy()


def _decimals(texts: pa.Array) -> npt.NDArray[np.int64]:
    points = pc.find_substring(texts, ".").to_numpy()
    return np.where(points < 0, 0, pc.binary_length(texts).to_numpy() - points - 1)


def write_numbers(values: npt.NDArray[np.float64], spelling: str, decimals: int) -> pa.Array:
    """Write numbers of at most ``decimals`` decimal places as large_string texts; NaN as null."""
    missing = np.isnan(values)
    distinct, codes = np.unique(np.where(missing, 0.0, values), return_inverse=True)
    texts = [f"{value:.{decimals}f}" for value in distinct.tolist()]
    if spelling != "fixed" and decimals:
        texts = [text.rstrip("0") for text in texts]
        texts = [text + "0" if text[-1] == "." else text for text in texts]
        if spelling == "shortest":
            texts = [text.removesuffix(".0") for text in texts]
    elif spelling == "float":
        texts = [text + ".0" for text in texts]
    indices = pa.array(codes, mask=missing if missing.any() else None)
    return pa.array(texts, pa.large_string()).take(indices)
