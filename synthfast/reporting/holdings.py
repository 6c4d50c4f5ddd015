"""What models hold of the data, in words, model by model."""

from collections.abc import Callable
from typing import Any

import numpy as np

from synthfast.base.saved import registry_key
from synthfast.reporting.tree_holdings import tree_holdings

__all__ = ["Holdings", "holdings"]

Arrays = dict[str, np.ndarray]
Holdings = dict[str, str | list[str]]  # what is held -> how it is, in a line or several


def holdings(model: Any) -> Holdings:
    """What a fitted model, and its file, hold of the data that it was fitted on.

    Parameters
    ----------
    model : a synthesizer of this library, fitted

    Returns
    -------
    dict of str to str or list of str
        What is held -> how it is, in a line or several.
    """
    key = registry_key(type(model))
    document, arrays = model._to_document()
    if key in HOLDINGS:
        return HOLDINGS[key](document["state"], arrays, model)
    return {"parameters": f"{sum(a.size for a in arrays.values()):,} numbers in {len(arrays)} arrays"}


def _latent_holdings(state: dict[str, Any], arrays: Arrays, model: Any) -> Holdings:
    """Quantile tables and level shares, and the correlation where there is one."""
    values = [a for name, a in arrays.items() if name.endswith("/values")]
    levels = [a for name, a in arrays.items() if name.endswith("/order")]
    held: Holdings = {}
    if values:
        held["quantile tables"] = (
            f"{sum(a.size for a in values):,} values of {len(values)} columns (range, quantiles, heavy values) with "
            "the share of rows up to each"
        )
    if levels:
        held["level shares"] = f"of {sum(a.size for a in levels):,} levels of {len(levels)} columns"
    if "model/correlation" in arrays:
        held["correlation"] = f"of every pair of {len(arrays['model/correlation'])} columns"
    return held


def _series_holdings(state: dict[str, Any], arrays: Arrays, model: Any) -> Holdings:
    """The series itself: draws are made of its values."""
    size = f"{model.n_times_:,} times of {model.n_variables_} variables"
    return {"the series itself": f"all {size}; draws are its values anew"}


def _bootstrap_holdings(state: dict[str, Any], arrays: Arrays, model: Any) -> Holdings:
    """All rows, and how they are drawn."""
    columns = [name for name in arrays if name.startswith("model/rows/")]
    n_rows = len(arrays[columns[0]]) if columns else 0
    kinds = {
        "single": "rows",
        "stratum": "rows, by strata",
        "cluster": "whole clusters",
        "stretch": "stretches of rows",
    }
    held: Holdings = {
        "the rows themselves": (
            f"all {n_rows:,} training rows in {len(columns)} columns, as they are but for rare levels; draws are copies"
        ),
        "drawn": f"{kinds[state['law']['kind']]}, from {model.n_units_:,}",
    }
    if "model/weights" in arrays:
        held["weights"] = "the weight of every row"
    if model.bandwidth_:
        held["noise"] = f"{model.bandwidth_:.3g} standard deviations of each column of numbers; spikes stay"
    return held


def _kde_holdings(state: dict[str, Any], arrays: Arrays, model: Any) -> Holdings:
    """All rows: they are the kernels."""
    n_columns = len(state["numbers"]) + len(state["levels"])
    return {
        "the rows themselves": (
            f"{len(arrays['model/rows']):,} distinct training rows in {n_columns} columns: numbers as they are, levels "
            "but for rare ones"
        ),
        "bandwidths": ", ".join(f"{name} {width:.3g}" for name, width in model.bandwidth_.items()) or "none",
    }


def _mixture_holdings(state: dict[str, Any], arrays: Arrays, model: Any) -> Holdings:
    """Parameters and quantile tables; no rows."""
    k, d = model._model.parameters.means.shape
    tables = [a for name, a in arrays.items() if name.endswith("/scale/values")]
    levels = arrays["model/parameters/levels"]
    held: Holdings = {
        "components": f"{k}, with their weights, and means and {model.covariance_type} covariances of {d} columns",
        "quantile tables": (
            f"{sum(a.size for a in tables):,} values of {len(tables)} columns (range, quantiles, heavy values) with "
            "the share of rows up to each"
        ),
        "level shares": f"of {len(levels)} levels, spikes and missing values in each component",
    }
    if not d:
        del held["quantile tables"]
    if not len(levels):
        del held["level shares"]
    return held


def _private_holdings(state: dict[str, Any], arrays: Arrays, model: Any) -> Holdings:
    """The promise, and the ledger of what was paid: nothing else of the rows is there."""
    ledger = state["ledger"]
    users = ledger["max_rows_per_user"]
    unit = "one row" if users == 1 else f"one user with at most {users} rows"
    promise = f"epsilon {ledger['epsilon']:g}, delta {ledger['delta']:g}, for {unit} added or removed"
    if not ledger["private"]:
        promise = f"NONE: the noise was seeded, for tests ({promise} is what was computed for)"
    steps = [
        f"{step['rho'] / ledger['total']:6.2%}  {step['step']}{_of_columns(step['column'])}, noise {step['scale']:.4g}"
        for step in ledger["ledger"]
    ]
    return {"differential privacy": promise, "ledger": steps}


def _of_columns(column: Any) -> str:
    if column is None:
        return ""
    return f" of {', '.join(map(str, column)) if isinstance(column, list) else column}"


# Model -> function of its state, all arrays of the file and the model.
HOLDINGS: dict[str, Callable[[dict[str, Any], Arrays, Any], Holdings]] = {
    "block_bootstrap": _series_holdings,
    "bootstrap": _bootstrap_holdings,
    "gaussian_copula": _latent_holdings,
    "iaaft": _series_holdings,
    "kde": _kde_holdings,
    "marginal": _latent_holdings,
    "mixture": _mixture_holdings,
    "private_marginal": _private_holdings,
    "tree": tree_holdings,
}
