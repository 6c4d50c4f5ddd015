"""How wide kernels are: what users may ask for, and the rules that read a column's values."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_number, describe_value
from synthfast.encoding import TableCodec
from synthfast.exceptions import SchemaError
from synthfast.synthesizers._kde.isj import improved_sheather_jones
from synthfast.synthesizers._kde.levels import LevelKernel
from synthfast.synthesizers._kde.supports import Support

__all__ = ["DEFAULT", "RULES", "NumberSample", "ask_each", "level_smoothing", "rule_deviation"]

Floats = NDArray[np.float64]
Asked = str | float

RULES = ("scott", "silverman", "isj", "cv")
DEFAULT = "isj"
OVERSMOOTHED = 1.144  # standard deviations times n^(-1/5): no density needs a wider kernel


@dataclass(frozen=True)
class NumberSample:
    """The values of one column that kernels are put on.

    Parameters
    ----------
    values, weight : ndarray of float64, shape (n,)
        Weights add up to 1.
    support : Support
    """

    values: Floats
    weight: Floats
    support: Support

    @property
    def n_effective(self) -> float:
        """Rows of equal weight that these are worth (Kish)."""
        return 1.0 / float(np.sum(self.weight * self.weight))

    @property
    def deviation(self) -> float:
        """Unbiased standard deviation; 0 for one row."""
        mean = float(np.sum(self.weight * self.values))
        left = 1.0 - 1.0 / self.n_effective
        variance = float(np.sum(self.weight * (self.values - mean) ** 2))
        return float(np.sqrt(variance / left)) if left > 1e-12 else 0.0

    def quantile(self, share: float) -> float:
        """The smallest value up to which the share of the weight lies."""
        order = np.argsort(self.values, kind="stable")
        reach = np.cumsum(self.weight[order])
        return float(self.values[order[min(int(np.searchsorted(reach, share)), len(order) - 1)]])


def rule_deviation(rule: str, sample: NumberSample, n_dims: int) -> float:
    """Standard deviation that a rule gives to the kernel of a column.

    Parameters
    ----------
    rule : {"scott", "silverman", "isj", "cv"}
        "cv" starts from "isj".
    sample : NumberSample
    n_dims : int
        Columns of numbers that kernels are put on together.

    References
    ----------
    Scott (1992), Multivariate density estimation. Silverman (1986), Density estimation for statistics and data
    analysis.
    """
    n = sample.n_effective
    if rule in ("isj", "cv"):
        support = sample.support
        found = improved_sheather_jones(sample.values, sample.weight, n, support.low, support.high, support.step)
        if found is None:
            return _rule_of_thumb(sample)
        open_ended = np.isinf(support.low) and np.isinf(support.high)
        return min(found, OVERSMOOTHED * sample.deviation * n**-0.2) if open_ended else found
    if rule == "silverman":
        return float(sample.deviation * (n * (n_dims + 2.0) / 4.0) ** (-1.0 / (n_dims + 4.0)))
    return float(sample.deviation * n ** (-1.0 / (n_dims + 4.0)))


def _rule_of_thumb(sample: NumberSample) -> float:
    """Silverman's for one dimension, which outliers do not widen."""
    middle = (sample.quantile(0.75) - sample.quantile(0.25)) / 1.349
    spread = min(sample.deviation, middle) if middle > 0 else sample.deviation
    return float(0.9 * spread * sample.n_effective**-0.2)


def level_smoothing(n_levels: int, ordered: bool, n_effective: float) -> float:
    """Smoothing of a column of levels: what one row more in every level, as Laplace has it, amounts to."""
    return min((n_levels - 1) / (n_effective + n_levels), LevelKernel.largest(n_levels, ordered))


def ask_each(bandwidth: Any, codec: TableCodec) -> dict[Hashable, Asked | None]:
    """What is asked for each modelled column: a rule, a number, or None where the default is left.

    Raises
    ------
    TypeError, ValueError
        If the parameter is not a rule, a positive number, or a mapping to such.
    SchemaError
        If a mapping names a column that is not modelled.
    """
    if not isinstance(bandwidth, Mapping):
        asked = _check("bandwidth", bandwidth, levels=False)
        return {n: asked if codec.kind(n) == "numeric" or asked == "cv" else None for n in codec.modelled}
    unknown = [name for name in bandwidth if name not in codec.modelled]
    if unknown:
        raise SchemaError(
            f"KDESynthesizer: bandwidth names {unknown!r}, which are not modelled columns; these are "
            f"{codec.modelled!r}."
        )
    return {name: _check_column(name, bandwidth[name], codec) if name in bandwidth else None for name in codec.modelled}


def _check_column(name: Hashable, asked: Any, codec: TableCodec) -> Asked:
    if codec.kind(name) == "numeric":
        return _check(f"bandwidth[{name!r}]", asked, levels=False)
    found = _check(f"bandwidth[{name!r}]", asked, levels=True)
    column = codec.column(name)
    n_levels = column.n_levels + int(column.nullable and not column.ordered)
    largest = LevelKernel.largest(n_levels, column.ordered)
    if not isinstance(found, str) and found > largest:
        raise ValueError(
            f"bandwidth[{name!r}]: expected the smoothing of {n_levels} levels, at most {largest:.6g}, got {found}."
        )
    return found


def _check(label: str, asked: Any, *, levels: bool) -> Asked:
    """A rule or a number; for levels 0 is one too, and the only rule is cross-validation."""
    rules = ("cv",) if levels else RULES
    if isinstance(asked, str):
        if asked not in rules:
            shown = ", ".join(repr(rule) for rule in rules)
            raise ValueError(f"{label}: expected one of {shown}, or a number; got {describe_value(asked)}.")
        return asked
    number = check_number(label, asked, minimum=0.0)
    if number == 0.0 and not levels:
        raise ValueError(f"{label}: expected a positive number, got {asked!r}. A kernel of no width has no density.")
    return number
