"""Whether a classifier tells drawn windows from real ones, and whether a forecaster learns as much from them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, as_seed_sequence
from synthfast.quality.result import MetricResult, not_applicable

__all__ = ["discriminative_scores", "predictive_score", "refit_distance"]

Floats = NDArray[np.float64]
MOST_WINDOWS = 4_000


def discriminative_scores(
    real: Floats, synthetic: Floats, length: int, *, random_state: SeedLike = 0
) -> tuple[MetricResult, MetricResult]:
    """Area under the curve of a weak and of a strong classifier of real and drawn windows.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)
    length : int
        Of the windows; at most 4,000 of each kind, evenly spaced, which the detail tells.
    random_state : seed, default 0

    Returns
    -------
    weak, strong : MetricResult
        0.5 is indistinguishable. Weak: logistic regression on the values of a window and their steps; strong: boosted
        trees on the same. The last fifth of the real series and of every draw is for testing, so that no test window
        overlaps one that was learned; the reference tells real stretches apart: odd fifths from even ones of five
        times as many.

    Notes
    -----
    Published discriminative scores, |accuracy - 1/2| of a small recurrent network, are near to the weak one: they miss
    what the strong one sees. Below 0.5 a draw copies what it was learned from.
    """
    own, fake = _windows(real, length), np.concatenate([_windows(one, length) for one in synthetic])
    seed = int(as_seed_sequence(random_state).generate_state(1)[0])
    blocks = np.arange(len(own)) // max(length, len(own) // 25)
    results = []
    for name in ("discriminative_weak", "discriminative_strong"):
        value, accuracy = _separate(own, fake, length, name.endswith("strong"), seed)
        reference = _separate(own[blocks % 2 == 0], own[blocks % 2 == 1], 0, name.endswith("strong"), seed)[0]
        detail = {"accuracy": accuracy, "score": abs(accuracy - 0.5), "n_windows": min(len(fake), MOST_WINDOWS)}
        results.append(MetricResult(name, value, 0.5, (0.0, 1.0), detail, reference))
    return results[0], results[1]


def _windows(values: Floats, length: int) -> Floats:
    view = np.lib.stride_tricks.sliding_window_view(values, length, axis=1)
    return np.ascontiguousarray(view.transpose(1, 0, 2).reshape(view.shape[1], -1))


def _separate(a: Floats, b: Floats, gap: int, strong: bool, seed: int) -> tuple[float, float]:
    """Area under the curve and accuracy on the last fifth of both; ``gap`` windows before it are left out."""
    a, b = (x[:: max(1, -(-len(x) // MOST_WINDOWS))] for x in (a, b))
    n = min(len(a), len(b))
    a, b = (x[np.linspace(0, len(x) - 1, n).astype(int)] for x in (a, b))
    cut = int(0.8 * n)
    train, test = max(cut - gap, n // 2), slice(cut, None)
    model = _classifier(strong, seed)
    learned = np.concatenate([a[:train], b[:train]])
    model.fit(learned, np.repeat([1, 0], train))
    from sklearn.metrics import roc_auc_score

    asked, truth = np.concatenate([a[test], b[test]]), np.repeat([1, 0], [n - cut, n - cut])
    probability = model.predict_proba(asked)[:, 1]
    return float(roc_auc_score(truth, probability)), float(np.mean((probability > 0.5) == truth))


def _classifier(strong: bool, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if strong:
        return HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=seed)
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))


def predictive_score(
    real: Floats, synthetic: Floats, period: int, *, n_lags: int = 12, random_state: SeedLike = 0
) -> MetricResult:
    """Error of one-step forecasts learned from draws, over that of forecasts learned from real data.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)
    period : int
    n_lags : int, default 12
        Values that the forecaster (boosted trees on steps from the last value) sees of each variable; with a season
        also the value one season ago.
    random_state : seed, default 0

    Returns
    -------
    MetricResult
        Ratio of mean absolute errors on the last fifth of the real series; 1 is as good as real data, the reference.
        The detail has the errors of both, of the naive forecast (the last value) and of the seasonal naive one.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    n = real.shape[1]
    reach = max(n_lags, period if period > 1 else 0)
    cut = int(0.8 * n)
    if n - cut < 8 or cut <= reach + 20 or synthetic.shape[-1] <= reach + 20:
        return not_applicable("predictive_score", "the series is too short", goal=1.0, range=(0.0, np.inf))
    seed = int(as_seed_sequence(random_state).generate_state(1)[0])
    errors: dict[str, Any] = {"synthetic": [], "real": [], "naive": [], "seasonal_naive": []}
    for v in range(len(real)):
        test_x, test_y = _lagged(real[:, cut - reach :], v, n_lags, period)
        sources = {
            "real": _lagged(real[:, :cut], v, n_lags, period),
            "synthetic": tuple(
                np.concatenate(parts)
                for parts in zip(*(_lagged(one, v, n_lags, period) for one in synthetic), strict=True)
            ),
        }
        for name, (x, y) in sources.items():
            step = max(1, len(x) // 20_000)
            model = HistGradientBoostingRegressor(max_iter=100, early_stopping=False, random_state=seed)
            errors[name].append(float(np.mean(np.abs(model.fit(x[::step], y[::step]).predict(test_x) - test_y))))
        errors["naive"].append(float(np.mean(np.abs(test_y))))
        tail = real[v, cut:] - real[v, cut - period : n - period]
        errors["seasonal_naive"].append(float(np.mean(np.abs(tail))))
    ratio = float(np.mean(np.array(errors["synthetic"]) / np.maximum(errors["real"], 1e-300)))
    return MetricResult("predictive_score", ratio, 1.0, (0.0, np.inf), {**errors, "n_lags": n_lags}, 1.0)


def _lagged(values: Floats, target: int, n_lags: int, period: int) -> tuple[Floats, Floats]:
    """Lags of all variables as steps from the last value, and the next step of one variable."""
    n, reach = values.shape[1], max(n_lags, period if period > 1 else 0)
    last = values[:, reach - 1 : n - 1]
    columns = [values[:, reach - lag : n - lag] - last for lag in range(2, n_lags + 1)]
    if period > n_lags:
        columns.append(values[:, reach - period : n - period] - last)
    return np.concatenate(columns).T, (values[target, reach:] - last[target])


def refit_distance(real: Floats, synthetic: Floats) -> MetricResult:
    """How far the autoregression of the draws lies from that of the real series, in standard errors.

    Parameters
    ----------
    real : ndarray, shape (n_variables, n_times)
    synthetic : ndarray, shape (n_series, n_variables, n_steps)

    Returns
    -------
    MetricResult
        Root mean square over coefficients, draws and variables. An autoregression of the steps of each variable, its
        order by Akaike's criterion on the real ones, is fitted anew to each draw. Two samples of one law differ by
        1.4; the reference compares the halves, whose standard errors are larger.
    """
    values, references, orders = [], [], []
    half = real.shape[1] // 2
    for v, row in enumerate(real):
        order = _order(np.diff(row))
        orders.append(order)
        own, error = _autoregress(np.diff(row), order)
        for one in synthetic:
            values.append(np.mean(((_autoregress(np.diff(one[v]), order)[0] - own) / error) ** 2))
        first, second = (_autoregress(np.diff(part), order) for part in (row[:half], row[-half:]))
        references.append(np.mean((first[0] - second[0]) ** 2 / (first[1] * second[1])))
    detail = {"orders": orders}
    return MetricResult(
        "refit_distance",
        float(np.sqrt(np.mean(values))),
        0.0,
        (0.0, np.inf),
        detail,
        float(np.sqrt(np.mean(references))),
    )


def _order(steps: Floats) -> int:
    most = int(max(1, min(10, len(steps) // 10)))
    scores = []
    for order in range(1, most + 1):
        x, y = _design(steps[most - order :], order)
        rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        scores.append(len(y) * np.log(max(float(np.sum(rest**2)), 1e-300) / len(y)) + 2 * order)
    return int(np.argmin(scores)) + 1


def _design(steps: Floats, order: int) -> tuple[Floats, Floats]:
    centred = steps - steps.mean()
    return np.stack([centred[order - lag : len(centred) - lag] for lag in range(1, order + 1)], axis=1), centred[order:]


def _autoregress(steps: Floats, order: int) -> tuple[Floats, Floats]:
    """Least-squares coefficients and their standard errors."""
    x, y = _design(steps, order)
    gram = np.linalg.pinv(x.T @ x)
    coefficients = gram @ (x.T @ y)
    rest = y - x @ coefficients
    variance = float(np.sum(rest**2)) / max(len(y) - order, 1)
    return coefficients, np.sqrt(np.maximum(variance * np.diag(gram), 1e-300))
