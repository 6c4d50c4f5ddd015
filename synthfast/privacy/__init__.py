"""Privacy: exact noise, a ledger, private releases of statistics and tables; each name loads when it is first used."""

from importlib import import_module
from typing import Any, Final

_MODULES: Final = {
    "Accountant": "accountant",
    "clip_to_bounds": "clipping",
    "PrivateMarginalSynthesizer": "marginal_synthesizer",
    "discrete_gaussian": "noise",
    "discrete_laplace": "noise",
    "exponential_mechanism": "noise",
    "limit_rows_per_user": "clipping",
    "noisy_correlation": "correlation",
    "noisy_count": "counts",
    "noisy_histogram": "counts",
    "noisy_mean": "sums",
    "noisy_quantile": "selection",
    "noisy_sum": "sums",
    "noisy_top_k": "selection",
    "randomized_response": "responses",
    "response_shares": "responses",
}

__all__ = [*_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = globals()[name] = getattr(import_module(f"synthfast.privacy.{_MODULES[name]}"), name)
        return value
    raise AttributeError(f"module 'synthfast.privacy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
