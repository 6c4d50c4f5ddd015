"""What users ask of a mixture, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.synthesizers._mixture.parameters import CovarianceType
from synthfast.synthesizers._mixture.start import SKETCH_ROWS

__all__ = ["Settings", "read_settings"]

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")
SCALES = ("auto", "normal", "standard")
MARGINALS = ("empirical", "mixture")


@dataclass(frozen=True)
class Settings:
    """Checked arguments of the synthesizer, under its own names; ``n_components`` is None where BIC is to choose."""

    n_components: int | None
    covariance_type: CovarianceType
    scale: str
    calibrated: bool
    max_components: int
    n_init: int
    max_iter: int
    tol: float
    reg_covar: float
    bic_rows: int
    min_count: int


def read_settings(params: Mapping[str, Any], n_rows: int) -> Settings:
    """Check the synthesizer's arguments.

    Raises
    ------
    TypeError, ValueError
        If one is not what it can be, or asks for more components than there are rows.
    """
    most = max(1, min(n_rows, SKETCH_ROWS))
    n_components = params["n_components"]
    if isinstance(n_components, str):
        check_choice("n_components", n_components, ["bic"])
        n_components = None
    else:
        n_components = check_integer("n_components", n_components, minimum=1, maximum=most)
    max_components = check_integer("max_components", params["max_components"], minimum=1)
    return Settings(
        n_components=n_components,
        covariance_type=cast(
            CovarianceType, check_choice("covariance_type", params["covariance_type"], COVARIANCE_TYPES)
        ),
        scale=check_choice("scale", params["scale"], SCALES),
        calibrated=check_choice("marginals", params["marginals"], MARGINALS) == "empirical",
        max_components=min(max_components, most),
        n_init=check_integer("n_init", params["n_init"], minimum=1),
        max_iter=check_integer("max_iter", params["max_iter"], minimum=1),
        tol=check_number("tol", params["tol"], minimum=0.0),
        reg_covar=check_number("reg_covar", params["reg_covar"], minimum=0.0),
        bic_rows=check_integer("bic_rows", params["bic_rows"], minimum=1),
        min_count=check_integer("min_level_count", params["min_level_count"], minimum=1),
    )
