"""How many rows each class gets, from any form of ``sampling_strategy`` or from ``n_samples``."""

from collections.abc import Hashable, Mapping
from numbers import Integral, Real
from typing import Any, Final

from synthfast._core.labels import Labels
from synthfast._core.validation import describe_value
from synthfast.exceptions import DataError

__all__ = ["STRATEGIES", "added_rows", "is_strategy"]

STRATEGIES: Final = ("auto", "minority", "not minority", "not majority", "all")


def is_strategy(value: Any) -> bool:
    """Whether the value can be a ``sampling_strategy``."""
    if isinstance(value, str):
        return value in STRATEGIES
    if isinstance(value, bool):
        return False
    return isinstance(value, Mapping) or callable(value) or (isinstance(value, Real) and 0 < float(value) <= 1)


def added_rows(strategy: Any, n_samples: Any, labels: Labels, owner: str) -> dict[Hashable, int]:
    """Rows to add to each class, in the order of the classes.

    Parameters
    ----------
    strategy : float, str, mapping or callable
        ``sampling_strategy`` as imbalanced-learn defines it.
    n_samples : int, mapping of label to int, or None
        Rows to add to the smallest class, or to each of some classes; takes the place of ``strategy``.
    labels : Labels
        The classes and their sizes.
    owner : str
        Whom error messages speak for.

    Raises
    ------
    DataError
        If there is one class only, an unknown class is named, or a class would have to lose rows.
    """
    if len(labels.classes) < 2:
        raise DataError(
            f"{owner}: The target 'y' needs to have more than 1 class. Got {len(labels.classes)} class instead."
        )
    if n_samples is not None:
        return _by_number(strategy, n_samples, labels, owner)
    if isinstance(strategy, str):
        return _by_name(strategy, labels)
    if isinstance(strategy, Real):
        return _by_ratio(float(strategy), labels, owner)
    return _by_size(strategy if isinstance(strategy, Mapping) else strategy(labels.values), labels, owner)


def _by_name(strategy: str, labels: Labels) -> dict[Hashable, int]:
    counts = dict(zip(labels.classes, labels.counts, strict=True))
    largest, smallest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    chosen = {
        "minority": {smallest},
        "not minority": set(counts) - {smallest},
        "all": set(counts),
    }.get(strategy, set(counts) - {largest})
    return {label: counts[largest] - count for label, count in counts.items() if label in chosen}


def _by_ratio(ratio: float, labels: Labels, owner: str) -> dict[Hashable, int]:
    if len(labels.classes) != 2:
        raise DataError(
            f"{owner}: sampling_strategy={ratio} is the ratio of two classes, but y has {len(labels.classes)}. Pass a "
            "dict of class sizes."
        )
    larger = labels.counts.index(max(labels.counts))
    wanted = int(labels.counts[larger] * ratio) - labels.counts[1 - larger]
    if wanted <= 0:
        raise DataError(
            f"{owner}: sampling_strategy={ratio} asks for {int(labels.counts[larger] * ratio)} rows of class "
            f"{labels.classes[1 - larger]!r}, which would remove some of the {labels.counts[1 - larger]} that there "
            "are. Increase the ratio."
        )
    return {labels.classes[1 - larger]: wanted}


def _by_size(sizes: Any, labels: Labels, owner: str) -> dict[Hashable, int]:
    wanted = _known(sizes, labels, owner, "sampling_strategy")
    for label, size in wanted.items():
        present = labels.counts[labels.classes.index(label)]
        if size < present:
            raise DataError(
                f"{owner}: sampling_strategy asks for {size} rows of class {label!r}, but there are {present}, and "
                "over-sampling removes none. Ask for at least as many, or leave the class out."
            )
        wanted[label] = size - present
    return wanted


def _by_number(strategy: Any, n_samples: Any, labels: Labels, owner: str) -> dict[Hashable, int]:
    if strategy != "auto":
        raise DataError(
            f"{owner}: expected one of n_samples and sampling_strategy, got both. Leave one at its default."
        )
    if isinstance(n_samples, Mapping):
        return _known(n_samples, labels, owner, "n_samples")
    return {labels.classes[labels.counts.index(min(labels.counts))]: int(n_samples)}


def _known(sizes: Any, labels: Labels, owner: str, name: str) -> dict[Hashable, int]:
    """The mapping in the order of the classes, of plain integers."""
    if not isinstance(sizes, Mapping):
        raise DataError(f"{owner}: expected {name} to give a dict of class and rows, got {describe_value(sizes)}.")
    unknown = [label for label in sizes if label not in labels.classes]
    if unknown:
        raise DataError(
            f"{owner}: {name} names {unknown!r}, which is not present in the data; the classes are {labels.classes!r}."
        )
    for label, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 0:
            raise DataError(
                f"{owner}: {name} needs whole numbers of rows, which cannot be negative; got {describe_value(size)} "
                f"for class {label!r}."
            )
    return {label: int(sizes[label]) for label in labels.classes if label in sizes}
