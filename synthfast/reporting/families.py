"""Which metrics a name in ``metrics=[...]`` stands for, and how each is called."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from synthfast import quality
from synthfast._core.random import SeedLike
from synthfast.quality.columns import Tables
from synthfast.quality.privacy import AttackedTables
from synthfast.quality.result import MetricResult

__all__ = ["FAMILIES", "Settings", "choose_families"]


Metric = Callable[..., MetricResult]


@dataclass(frozen=True)
class Settings:
    """What the metrics of one report share."""

    target: Hashable | None
    group: Hashable | None
    random_state: SeedLike
    n_threads: int | None


def _seeded(*metrics: Metric) -> Callable[[Tables, Settings], list[MetricResult]]:
    """A family whose metrics take a hold-out and a seed."""

    def measure(tables: Tables, settings: Settings) -> list[MetricResult]:
        shared: dict[str, Any] = {"holdout": tables.holdout, "random_state": settings.random_state}
        return [metric(tables.real, tables.synthetic, **shared) for metric in metrics]

    return measure


def _distribution(tables: Tables, settings: Settings) -> list[MetricResult]:
    metrics: tuple[Metric, ...] = (
        quality.column_shapes,
        quality.kolmogorov_smirnov,
        quality.total_variation,
        quality.wasserstein,
        quality.energy_distance,
        quality.anderson_darling,
        quality.jensen_shannon,
        quality.chi_square,
        quality.missing_rates,
    )
    return [metric(tables.real, tables.synthetic, holdout=tables.holdout) for metric in metrics]


def _utility(tables: Tables, settings: Settings) -> list[MetricResult]:
    shared: dict[str, Any] = {
        "holdout": tables.holdout,
        "target": settings.target,
        "random_state": settings.random_state,
    }
    forests: tuple[Metric, ...] = (
        quality.utility_classification,
        quality.utility_augmentation,
        quality.feature_importance_agreement,
    )
    return [
        *(metric(tables.real, tables.synthetic, n_threads=settings.n_threads, **shared) for metric in forests),
        quality.utility_regression(tables.real, tables.synthetic, **shared),
    ]


def _privacy(tables: Tables, settings: Settings) -> list[MetricResult]:
    attacked = AttackedTables(tables, random_state=settings.random_state)
    metrics: tuple[Metric, ...] = (
        quality.exact_copies,
        quality.nearest_neighbor_distance_ratio,
        quality.closer_to_training,
        quality.membership_inference,
        quality.disclosure_risk,
    )
    return [metric(tables.real, tables.synthetic, holdout=tables.holdout, attacked=attacked) for metric in metrics]


def _fairness(tables: Tables, settings: Settings) -> list[MetricResult]:
    group = settings.group
    if group is None:
        return []
    target = None if settings.target == group else settings.target
    shared: dict[str, Any] = {"holdout": tables.holdout, "target": target, "random_state": settings.random_state}
    return [
        quality.group_fidelity(tables.real, tables.synthetic, group, holdout=tables.holdout),
        quality.demographic_parity(tables.real, tables.synthetic, group, **shared),
        quality.group_utility(tables.real, tables.synthetic, group, n_threads=settings.n_threads, **shared),
    ]


FAMILIES: dict[str, Callable[[Tables, Settings], list[MetricResult]]] = {
    "statistical": _seeded(
        quality.mean_preservation,
        quality.std_ratio,
        quality.mean_difference,
        quality.median_difference,
        quality.variance_difference,
        quality.quantile_difference,
        quality.mean_absolute_percentage_error,
        quality.median_absolute_error,
    ),
    "distribution": _distribution,
    "correlation": _seeded(
        quality.associations,
        quality.pearson_correlation,
        quality.spearman_correlation,
        quality.kendall_correlation,
        quality.cramers_v,
        quality.correlation_ratio,
        quality.mutual_information,
    ),
    "marginals": _seeded(quality.marginal_accuracy, quality.contingency_similarity),
    "coverage": _seeded(
        quality.range_coverage,
        quality.category_coverage,
        quality.boundary_adherence,
        quality.category_adherence,
        quality.alpha_precision,
        quality.beta_recall,
        quality.authenticity,
    ),
    "detection": _seeded(quality.classifier_two_sample, quality.logistic_two_sample),
    "utility": _utility,
    "fairness": _fairness,
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
