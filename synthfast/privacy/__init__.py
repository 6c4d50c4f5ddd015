"""Differential privacy, k-anonymity and its relatives, disclosure risk; each name loads when it is first used."""

from importlib import import_module
from typing import Any, Final

_MODULES: Final = {  # relative to this package
    "Accountant": "accountant",
    "AnonymityReport": "anonymity",
    "AnonymizedTable": "enforcement",
    "DisclosureReport": "disclosure",
    "Hierarchy": "hierarchies",
    "PrivateMarginalSynthesizer": "marginal_synthesizer",
    "SensitiveFigures": "anonymity",
    "add_noise": "noise_injection",
    "anonymity_report": "anonymity",
    "assess_disclosure_risk": "disclosure",
    "class_sizes": "grouping",
    "clip_to_bounds": "clipping",
    "code_extremes": "coding",
    "discrete_gaussian": "noise",
    "discrete_laplace": "noise",
    "enforce_k_anonymity": "enforcement",
    "exponential_mechanism": "noise",
    "interval_hierarchy": "hierarchies",
    "k_map": "population",
    "limit_rows_per_user": "clipping",
    "noisy_correlation": "correlation",
    "noisy_count": "counts",
    "noisy_histogram": "counts",
    "noisy_mean": "sums",
    "noisy_quantile": "selection",
    "noisy_sum": "sums",
    "noisy_top_k": "selection",
    "post_randomize": "post_randomization",
    "prefix_hierarchy": "hierarchies",
    "quantile_hierarchy": "hierarchies",
    "randomized_response": "responses",
    "read_hierarchy": "hierarchies",
    "record_distances": ".neighbors",
    "response_shares": "responses",
    "round_numbers": "coding",
    "swap_ranks": "rank_swapping",
    "utility_report": "utility",
}

__all__ = [*_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        return value
    raise AttributeError(f"module 'synthfast.privacy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
