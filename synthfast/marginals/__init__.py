"""Univariate distributions: the empirical one, and parametric families with their fitting, selection and sampling."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthfast.marginals.distributions import DistributionFits, fit_distributions, sample_from_distributions
    from synthfast.marginals.families import FAMILIES
    from synthfast.marginals.fitted import FittedMarginal
    from synthfast.marginals.selection import fit_column

__all__ = [
    "FAMILIES",
    "DistributionFits",
    "FittedMarginal",
    "fit_column",
    "fit_distributions",
    "sample_from_distributions",
]

_HOMES = {
    "FAMILIES": "families",
    "DistributionFits": "distributions",
    "FittedMarginal": "fitted",
    "fit_column": "selection",
    "fit_distributions": "distributions",
    "sample_from_distributions": "distributions",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = globals()[name] = getattr(import_module(f"synthfast.marginals.{_HOMES[name]}"), name)
        return value
    raise AttributeError(f"module 'synthfast.marginals' has no attribute {name!r}")
