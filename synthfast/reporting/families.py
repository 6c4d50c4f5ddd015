"""Which metrics a name in ``metrics=[...]`` stands for, and how each is called."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from synthfast import quality
from synthfast._core.random import SeedLike
from synthfast.quality.columns import Tables
from synthfast.quality.distances import NeighbourSearch
from synthfast.quality.result import MetricResult

__all__ = ["FAMILIES", "Settings", "choose_families"]


@dataclass(frozen=True)
class Settings:
    """What the metrics of one report share."""

    target: Hashable | None
    random_state: SeedLike
    n_threads: int | None


def _statistical(tables: Tables, settings: Settings) -> list[MetricResult]:
    shared: dict[str, Any] = {"holdout": tables.holdout, "random_state": settings.random_state}
    return [
        quality.mean_preservation(tables.real, tables.synthetic),
        quality.std_ratio(tables.real, tables.synthetic),
        quality.mean_difference(tables.real, tables.synthetic, **shared),
        quality.median_difference(tables.real, tables.synthetic, **shared),
        quality.variance_difference(tables.real, tables.synthetic, **shared),
        quality.quantile_difference(tables.real, tables.synthetic, **shared),
    ]


def _distribution(tables: Tables, settings: Settings) -> list[MetricResult]:
    measures = (
        quality.column_shapes,
        quality.kolmogorov_smirnov,
        quality.total_variation,
        quality.wasserstein,
        quality.missing_rates,
    )
    return [measure(tables.real, tables.synthetic, holdout=tables.holdout) for measure in measures]


def _correlation(tables: Tables, settings: Settings) -> list[MetricResult]:
    measures = (
        quality.associations,
        quality.pearson_correlation,
        quality.spearman_correlation,
        quality.cramers_v,
        quality.correlation_ratio,
    )
    shared: dict[str, Any] = {"holdout": tables.holdout, "random_state": settings.random_state}
    return [measure(tables.real, tables.synthetic, **shared) for measure in measures]


def _marginals(tables: Tables, settings: Settings) -> list[MetricResult]:
    return [
        quality.marginal_accuracy(
            tables.real, tables.synthetic, holdout=tables.holdout, random_state=settings.random_state
        )
    ]


def _detection(tables: Tables, settings: Settings) -> list[MetricResult]:
    return [
        quality.classifier_two_sample(
            tables.real, tables.synthetic, holdout=tables.holdout, random_state=settings.random_state
        )
    ]


def _utility(tables: Tables, settings: Settings) -> list[MetricResult]:
    shared: dict[str, Any] = {
        "holdout": tables.holdout,
        "target": settings.target,
        "random_state": settings.random_state,
    }
    return [
        quality.utility_classification(tables.real, tables.synthetic, n_threads=settings.n_threads, **shared),
        quality.utility_regression(tables.real, tables.synthetic, **shared),
    ]


def _privacy(tables: Tables, settings: Settings) -> list[MetricResult]:
    search = NeighbourSearch(tables, random_state=settings.random_state)
    shared: dict[str, Any] = {
        "holdout": tables.holdout,
        "random_state": settings.random_state,
        "search": search,
    }
    return [
        quality.exact_copies(tables.real, tables.synthetic, holdout=tables.holdout),
        quality.nearest_neighbor_distance_ratio(tables.real, tables.synthetic, **shared),
        quality.closer_to_training(tables.real, tables.synthetic, **shared),
        quality.membership_inference(tables.real, tables.synthetic, **shared),
        quality.disclosure_risk(tables.real, tables.synthetic, **shared),
    ]


FAMILIES: dict[str, Callable[[Tables, Settings], list[MetricResult]]] = {
    "statistical": _statistical,
    "distribution": _distribution,
    "correlation": _correlation,
    "marginals": _marginals,
    "detection": _detection,
    "utility": _utility,
    "privacy": _privacy,
}
ALIASES = {"ks": "distribution", "wasserstein": "distribution"}


def choose_families(metrics: Sequence[str] | None) -> list[str]:
    """Names of the families asked for, in the order of ``FAMILIES``; all of them for None.

    Raises
    ------
    ValueError
        If a name is not known; the message lists those that are.
    """
    if metrics is None:
        return list(FAMILIES)
    asked = [metrics] if isinstance(metrics, str) else list(metrics)
    unknown = [name for name in asked if name not in FAMILIES and name not in ALIASES]
    if unknown or not asked:
        listed = ", ".join([*FAMILIES, *(f"{alias} (= {name})" for alias, name in ALIASES.items())])
        what = f"got {', '.join(repr(name) for name in unknown)}" if unknown else "got none"
        raise ValueError(f"metrics has to name at least one of {listed}; {what}.")
    wanted = {ALIASES.get(name, name) for name in asked}
    return [name for name in FAMILIES if name in wanted]
