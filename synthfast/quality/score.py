"""One number out of all the others, by weights that are stated: 100 is a table like a fresh real sample."""

from collections.abc import Mapping

import numpy as np

from synthfast.quality.result import MetricResult, not_applicable

__all__ = ["WEIGHTS", "grade", "overall_score"]

WEIGHTS = {
    "columns": 0.25,
    "associations": 0.20,
    "marginals": 0.15,
    "detection": 0.10,
    "utility": 0.15,
    "privacy": 0.15,
}
GRADES = ((95.0, "excellent"), (85.0, "good"), (70.0, "fair"), (0.0, "poor"))
WEAK_ASSOCIATION = 0.05  # a table whose columns hang together less than this has hardly a structure to lose
NOISE_FACTOR = 1.5  # heavy tails make the difference of fresh samples vary by this much around its reference
BOUNDS = (0.0, 100.0)

Results = Mapping[str, MetricResult]


def overall_score(results: Results) -> MetricResult:
    """Weighted mean of the parts that were measured, from 0 to 100.

    Parameters
    ----------
    results : mapping
        Results by the name of their metric. Those that are absent or do not apply drop out, and the weights of the
        others grow in proportion.

    Returns
    -------
    MetricResult
        ``detail["components"]`` holds the score of every part, from 0 to 1, and ``detail["weights"]`` its weight.

    Notes
    -----
    Every part counts only what lies beyond the reference, so that a fresh real sample loses nothing for its noise:

    - columns (weight .25): 1 less the mean excess distance of ``column_shapes``;
    - associations (.20): 1 less what ``associations`` shows beyond one and a half times its reference, over the root
      mean square of the real ones;
    - marginals (.15): accuracy of ``marginal_accuracy`` over its reference;
    - detection (.10): 1 less twice the distance of ``classifier_two_sample`` from one half beyond its margin;
    - utility (.15): share of the skill kept, mean of ``utility_classification`` and ``utility_regression``, at most 1;
    - privacy (.15): 1 less the lower bound of ``disclosure_risk``.

    Examples
    --------
    >>> from synthfast.quality import column_shapes, overall_score
    >>> table = {"x": [1, 2, 3, 4]}
    >>> overall_score({"column_shapes": column_shapes(table, table)}).value
    100.0
    """
    scorers = {
        "columns": _columns,
        "associations": _associations,
        "marginals": _marginals,
        "detection": _detection,
        "utility": _utility,
        "privacy": _privacy,
    }
    components = {part: score for part, scorer in scorers.items() if (score := scorer(results)) is not None}
    if not components:
        return not_applicable("overall_score", "none of the parts was measured", goal=100.0, range=BOUNDS)
    total = sum(WEIGHTS[part] for part in components)
    weights = {part: WEIGHTS[part] / total for part in components}
    value = 100.0 * sum(weights[part] * score for part, score in components.items())
    detail = {"components": components, "weights": weights, "grade": grade(value)}
    return MetricResult("overall_score", value, 100.0, BOUNDS, detail, 100.0)


def grade(score: float) -> str:
    """A word for a score: excellent from 95, good from 85, fair from 70, else poor."""
    return next(word for least, word in GRADES if score >= least)


def _applicable(results: Results, name: str) -> MetricResult | None:
    result = results.get(name)
    return result if result is not None and result.applicable else None


def _columns(results: Results) -> float | None:
    shapes = _applicable(results, "column_shapes")
    if shapes is None:
        return None
    parts = shapes.detail["columns"].values()
    lost = [max(0.0, part["distance"] - part["reference"]) / (1.0 - min(part["reference"], 0.5)) for part in parts]
    return 1.0 - min(1.0, float(np.mean(lost)))


def _associations(results: Results) -> float | None:
    found = _applicable(results, "associations")
    if found is None or found.value is None:
        return None
    real = np.asarray(found.detail["real"])
    pairs = np.tril(np.ones(real.shape, dtype=bool), -1)
    strength = float(np.sqrt(np.mean(real[pairs] ** 2)))
    lost = max(0.0, found.value - NOISE_FACTOR * (found.reference or 0.0))
    return 1.0 - min(1.0, lost / max(strength, WEAK_ASSOCIATION))


def _marginals(results: Results) -> float | None:
    found = _applicable(results, "marginal_accuracy")
    if found is None or found.value is None:
        return None
    return min(1.0, found.value / found.reference) if found.reference else found.value


def _detection(results: Results) -> float | None:
    found = _applicable(results, "classifier_two_sample")
    if found is None or found.value is None:
        return None
    return 1.0 - max(0.0, 2.0 * (abs(found.value - 0.5) - found.detail["margin"]))


def _utility(results: Results) -> float | None:
    classification = results.get("utility_classification")
    kept = [classification.detail.get("skill_retained") if classification else None]
    regression = _applicable(results, "utility_regression")
    kept.append(regression.value if regression else None)
    known = [min(1.0, share) for share in kept if share is not None]
    return float(np.mean(known)) if known else None


def _privacy(results: Results) -> float | None:
    risk = _applicable(results, "disclosure_risk")
    return None if risk is None else 1.0 - float(risk.detail["interval"][0])
