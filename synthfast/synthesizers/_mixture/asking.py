"""What users ask of a mixture, checked; and rows that a fitted one is asked about."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.encoding import TableCodec
from synthfast.exceptions import DataError, NotFittedError, SchemaError
from synthfast.synthesizers._mixture.parameters import CovarianceType
from synthfast.synthesizers._mixture.start import SKETCH_ROWS

__all__ = ["Settings", "check_fitted", "read_rows", "read_settings"]

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


def check_fitted(model: Any, method: str) -> None:
    """Raise an error that is scikit-learn's as well, as its checks of estimators with a density ask for."""
    if model.__sklearn_is_fitted__():
        return
    from sklearn import exceptions

    class NotFitted(NotFittedError, exceptions.NotFittedError):
        pass

    raise NotFitted(f"{type(model).__name__}.{method}: not fitted yet; call fit(data) first.")


def read_rows(data: Any, codec: TableCodec, n_features: int, method: str) -> tuple[dict[Hashable, NDArray[Any]], int]:
    """Encoded modelled columns of rows, as many of the model's as are there, and the number of rows.

    Raises
    ------
    DataError, SchemaError
        If ``data`` is no such table.
    """
    if isinstance(data, np.ndarray) and data.dtype.names is None:
        if data.ndim != 2:
            raise DataError(
                f"MixtureSynthesizer.{method}: expected a 2-D array, got shape {data.shape}. Reshape your data."
            )
        if data.shape[1] not in (n_features, len(codec.names)):
            raise DataError(
                f"X has {data.shape[1]} features, but MixtureSynthesizer is expecting {n_features} features as input; "
                "an array has no names, so all columns must be there."
            )
    table = Table.from_any(data)
    extra = [name for name in table.names if name not in codec.names]
    if extra:
        raise SchemaError(
            f"MixtureSynthesizer.{method}: the model knows no columns {extra!r}; drop them. "
            f"Its own are {codec.names!r}."
        )
    names = [name for name in codec.modelled if name in table.names]
    return {name: column.values for name, column in codec.encode(table, names).items()}, table.n_rows
