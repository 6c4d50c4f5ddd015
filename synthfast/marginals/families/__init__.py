"""Parametric families of distributions, named and parametrised as in ``scipy.stats``."""

from synthfast.marginals.families.base import Estimate, Family
from synthfast.marginals.families.beta import Beta
from synthfast.marginals.families.binomial import Binomial
from synthfast.marginals.families.exponential import Exponential
from synthfast.marginals.families.gamma import Gamma
from synthfast.marginals.families.geometric import Geometric
from synthfast.marginals.families.gumbel import GumbelRight
from synthfast.marginals.families.logistic import Logistic
from synthfast.marginals.families.lognormal import LogNormal
from synthfast.marginals.families.negative_binomial import NegativeBinomial
from synthfast.marginals.families.normal import Normal
from synthfast.marginals.families.pareto import Pareto
from synthfast.marginals.families.poisson import Poisson
from synthfast.marginals.families.student import StudentT
from synthfast.marginals.families.uniform import Uniform
from synthfast.marginals.families.weibull import WeibullMin

__all__ = ["FAMILIES", "Estimate", "Family"]

_ALL = (
    Normal,
    LogNormal,
    Exponential,
    Gamma,
    Beta,
    WeibullMin,
    Uniform,
    StudentT,
    Pareto,
    Logistic,
    GumbelRight,
    Poisson,
    Binomial,
    NegativeBinomial,
    Geometric,
)
FAMILIES: dict[str, Family] = {family.name: family() for family in _ALL}
"""Every family by its name in ``scipy.stats``; continuous ones first."""
