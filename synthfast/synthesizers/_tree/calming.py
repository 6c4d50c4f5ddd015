"""A preset made calmer until a bound on copying is met."""

from collections.abc import Callable

from synthfast.exceptions import DataError
from synthfast.synthesizers._tree.audit import CopyingAudit
from synthfast.synthesizers._tree.presets import Preset

__all__ = ["calm_until"]

MAX_CALMER = 5


def calm_until(
    max_copying: float | None, preset: Preset, audit: Callable[[Preset], CopyingAudit | None]
) -> tuple[Preset, CopyingAudit | None]:
    """The first preset on the way to calmer ones of which the audit finds no more copying than that, and its finding.

    Raises
    ------
    DataError
        If none is calm enough, or there are too few rows to tell.
    """
    found = audit(preset)
    if max_copying is None:
        return preset, found
    for calmer in range(MAX_CALMER + 1):
        if found is None:
            raise DataError(
                "TreeSynthesizer: max_copying needs an audit, for which each half must have 100 rows and a column "
                "besides the one that tells groups or time; here there are fewer. Leave max_copying out, or give more."
            )
        if found.share <= max_copying:
            return preset, found
        if calmer < MAX_CALMER:
            preset = preset.calmer()
            found = audit(preset)
    raise DataError(
        f"TreeSynthesizer: expected copying of at most max_copying={max_copying}, got {found} "
        f"after {MAX_CALMER} calmer fits. Raise max_copying, or drop columns that identify rows."
    )
