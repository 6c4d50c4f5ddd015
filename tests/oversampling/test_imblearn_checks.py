"""imbalanced-learn's own checks of samplers, and scikit-learn's of estimators, run against ours."""

import numbers
from collections.abc import Mapping

import numpy as np
import pytest

from synthfast._registry import entries, load_object

checks = pytest.importorskip("imblearn.utils.estimator_checks")

from imblearn.over_sampling.base import BaseOverSampler  # noqa: E402
from imblearn.utils._test_common.instance_generator import _get_check_estimator_ids  # noqa: E402
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

RESAMPLERS = {name: load_object(name) for name in entries("resampler")}
COMBINED = ("SMOTETomek", "SMOTEENN")
for _name, _cls in RESAMPLERS.items():
    if _name not in COMBINED:
        BaseOverSampler.register(_cls)  # so that the checks ask what they ask of over-samplers


# As imbalanced-learn makes its own for these checks.
PARAMETERS = {"KMeansSMOTE": {"kmeans_estimator": 12}, "SMOTENC": {"categorical_features": [0]}}


def made(name):
    return RESAMPLERS[name](random_state=42, **PARAMETERS.get(name, {}))


# SMOTENC cannot be made without its columns: imbalanced-learn leaves it out as well; its tests repeat the checks.
INSTANCES = [made(name) for name in RESAMPLERS if name != "SMOTENC"]


PAIRS = [pair for instance in INSTANCES for pair in checks.estimator_checks_generator(instance)]


@pytest.mark.parametrize(("estimator", "check"), PAIRS, ids=_get_check_estimator_ids)
def test_imbalanced_learns_checks(estimator, check):
    check(estimator)


# The first column holds categories, and missing is one; a table of one column has none left for numbers.
EXPECTED = {"SMOTENC": {"check_estimators_nan_inf": "missing is a category", "check_fit2d_1feature": "two kinds"}}


@pytest.mark.parametrize("estimator", [*INSTANCES, made("SMOTENC")], ids=_get_check_estimator_ids)
def test_scikit_learns_checks(estimator):
    expected = EXPECTED.get(type(estimator).__name__)
    results = check_estimator(estimator, on_fail=None, expected_failed_checks=expected)
    failed = [r for r in results if r["status"] == "failed"]
    assert not failed, [(r["check_name"], r["exception"]) for r in failed]


NEIGHBORS = [Interval(numbers.Integral, 1, None, closed="left"), HasMethods(["kneighbors", "kneighbors_graph"])]
# As imbalanced-learn declares them, and ours besides.
CONSTRAINTS = {
    "sampling_strategy": [
        Interval(numbers.Real, 0, 1, closed="right"),
        StrOptions({"auto", "minority", "not minority", "not majority", "all"}),
        Mapping,
        callable,
    ],
    "random_state": ["random_state"],
    "k_neighbors": NEIGHBORS,
    "m_neighbors": NEIGHBORS,
    "n_neighbors": NEIGHBORS,
    "kind": [StrOptions({"borderline-1", "borderline-2"})],
    "svm_estimator": [HasMethods(["fit", "predict"]), None],
    "out_step": [Interval(numbers.Real, 0, 1, closed="both")],
    "shrinkage": [Interval(numbers.Real, 0, None, closed="left"), dict, None],
    "kmeans_estimator": [HasMethods(["fit", "predict"]), Interval(numbers.Integral, 1, None, closed="left"), None],
    "cluster_balance_threshold": [StrOptions({"auto"}), numbers.Real],
    "density_exponent": [StrOptions({"auto"}), numbers.Real],
    "n_jobs": [numbers.Integral, None],
    "smote": [HasMethods(["fit_resample"]), None],
    "enn": [HasMethods(["fit_resample"]), None],
    "tomek": [HasMethods(["fit_resample"]), None],
    "categorical_features": ["array-like", StrOptions({"auto"})],
    "categorical_encoder": [HasMethods(["fit_transform", "inverse_transform"]), None],
    "n_samples": [Interval(numbers.Integral, 0, None, closed="left"), dict, None],
    "on_small": [StrOptions({"error", "duplicate"})],
    "approximate": ["boolean"],
}


@pytest.mark.parametrize("name", RESAMPLERS)
def test_bad_parameters_are_refused_in_the_same_words(name):
    estimator = made(name)
    cls = type(name, (RESAMPLERS[name],), {"__init__": RESAMPLERS[name].__init__})
    cls._parameter_constraints = {p: CONSTRAINTS[p] for p in estimator.get_params(deep=False)}
    checks.check_param_validation(name, cls(**estimator.get_params(deep=False)))


@pytest.mark.parametrize("name", RESAMPLERS)
def test_column_names(name):
    checks.check_dataframe_column_names_consistency(name, made(name))


@pytest.mark.parametrize("name", RESAMPLERS)
def test_shared_parameters_have_the_same_names_order_and_defaults(name):
    import inspect

    import imblearn.combine
    import imblearn.over_sampling

    peer = getattr(imblearn.over_sampling, name, None) or getattr(imblearn.combine, name)
    theirs, ours = (list(inspect.signature(cls).parameters.values()) for cls in (peer, RESAMPLERS[name]))
    shared = [p for p in ours if p.name in {q.name for q in theirs}]
    assert [(p.name, p.default, p.kind) for p in shared] == [(p.name, p.default, p.kind) for p in theirs]
    assert {p.name for p in ours} - {p.name for p in shared} <= {"n_samples", "on_small", "approximate"}


def test_they_work_in_imbalanced_learns_pipelines():
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 4)), np.repeat([0, 1], [240, 60])
    X[y == 1] += 1.0
    pipeline = make_pipeline(StandardScaler(), made("SMOTE"), LogisticRegression())
    search = GridSearchCV(pipeline, {"smote__k_neighbors": [3, 5]}, cv=3, scoring="balanced_accuracy").fit(X, y)
    assert search.best_score_ > 0.6
    assert pipeline.fit(X, y).predict(X).shape == (300,)
    X_resampled, y_resampled = make_pipeline(StandardScaler(), made("SMOTE")).fit_resample(X, y)
    assert len(X_resampled) == len(y_resampled) == 480


def test_they_work_in_imbalanced_learns_ensembles():
    from imblearn.ensemble import BalancedBaggingClassifier

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 4)), np.repeat([0, 1], [240, 60])
    X[y == 1] += 2.0
    model = BalancedBaggingClassifier(sampler=made("SMOTE"), n_estimators=3, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.8
    seeds = {step.random_state for pipeline in model.estimators_ for _, step in pipeline.steps[:1]}
    assert len(seeds) == 3
