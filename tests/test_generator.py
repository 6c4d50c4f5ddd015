import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import synthfast
from synthfast import SyntheticDataGenerator, load_dataset
from synthfast.exceptions import ConditionError, DataError, SchemaError

COPULA_KEYS = {
    "synthetic_data",
    "original_correlation",
    "synthetic_correlation",
    "correlation_score",
    "correlation_difference",
    "mean_preservation",
}
AUDIT_KEYS = {
    "share",
    "share_error",
    "copies",
    "copies_holdout",
    "log_likelihood",
    "log_likelihood_holdout",
    "gap",
    "n_rows",
    "split",
}
QUALITY_KEYS = {
    "statistical_metrics",
    "ks_test_scores",
    "wasserstein",
    "correlation_difference",
    "correlation_rmse",
    "correlation_score",
    "original_accuracy",
    "synthetic_accuracy",
    "utility_score",
    "regression",
    "privacy",
    "overall_score",
    "quality_plot",
}


@pytest.fixture(scope="module")
def demo():
    return load_dataset("demo")


@pytest.fixture
def toolkit():
    return SyntheticDataGenerator(random_state=42)


class TestGaussianCopula:
    def test_keys_and_figures(self, toolkit, demo):
        result = toolkit.gaussian_copula(demo, n_samples=1_500)
        assert set(result) >= COPULA_KEYS
        assert result["synthetic_data"].shape == (1_500, 9)
        assert list(result["original_correlation"].columns) == list(demo.columns)
        assert list(result["synthetic_correlation"].index) == list(demo.columns)
        assert 0.95 < result["correlation_score"] <= 1
        # The score and the norm are of the same matrices: mean of 1 - |d| / 2 over pairs, root of the sum of squares.
        gap = (result["synthetic_correlation"] - result["original_correlation"]).to_numpy()
        assert result["correlation_difference"] == pytest.approx(np.linalg.norm(gap))
        pairs = gap[np.tril_indices(9, -1)]
        assert result["correlation_score"] == pytest.approx(1 - np.abs(pairs).mean() / 2)
        for name, mean in result["mean_preservation"].items():
            assert set(mean) >= {"original", "synthetic", "percent"}
            if name != "last_visit":
                assert mean["original"] == pytest.approx(demo[name].mean())
                assert mean["synthetic"] == pytest.approx(result["synthetic_data"][name].mean())

    def test_numbers_give_pearson_correlations_and_means_within_their_error(self, toolkit):
        rng = np.random.default_rng(0)
        x = rng.multivariate_normal([1, -2, 5], [[1, 0.6, 0], [0.6, 2, -0.5], [0, -0.5, 1]], 4_000)
        result = toolkit.gaussian_copula(x, 4_000)
        np.testing.assert_allclose(result["original_correlation"], np.corrcoef(x.T), atol=1e-9)
        # Standard error of a correlation of 4,000 rows is below 1 / sqrt(4,000) = 0.016; 5 of them and the model's own.
        np.testing.assert_allclose(result["synthetic_correlation"], np.corrcoef(x.T), atol=5 * 0.016)
        means = result["synthetic_data"].mean(axis=0)
        np.testing.assert_allclose(means, x.mean(axis=0), atol=5 * x.std(axis=0).max() / np.sqrt(4_000))

    @pytest.mark.parametrize(
        "convert", [lambda f: f, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"]
    )
    def test_the_container_comes_back(self, toolkit, demo, convert):
        data = convert(demo)
        result = toolkit.gaussian_copula(data, 50)
        assert type(result["synthetic_data"]) is type(data)
        assert isinstance(result["original_correlation"], pd.DataFrame)

    def test_arrays_come_back_as_arrays(self, toolkit):
        x = np.random.default_rng(1).normal(size=(300, 3))
        result = toolkit.gaussian_copula(x)
        assert isinstance(result["synthetic_data"], np.ndarray)
        assert result["synthetic_data"].shape == (300, 3)
        assert isinstance(result["original_correlation"], np.ndarray)
        assert list(result["mean_preservation"]) == [0, 1, 2]

    def test_defaults_to_the_size_of_the_data_and_leaves_it_alone(self, toolkit, demo):
        before = demo.copy(deep=True)
        assert len(toolkit.gaussian_copula(demo)["synthetic_data"]) == len(demo)
        pd.testing.assert_frame_equal(demo, before)

    def test_no_rows(self, toolkit, demo):
        result = toolkit.gaussian_copula(demo, 0)
        assert result["synthetic_data"].shape == (0, 9)
        assert result["correlation_score"] is None

    def test_a_single_column_has_no_correlation(self, toolkit):
        result = toolkit.gaussian_copula(pd.DataFrame({"x": np.arange(100.0)}), 10)
        assert set(result) >= COPULA_KEYS
        assert result["correlation_score"] is None
        assert result["mean_preservation"]["x"]["original"] == 49.5

    def test_identifiers_enter_no_figure(self, toolkit, demo):
        numbered = demo[["age", "income"]].assign(row_id=np.arange(len(demo)), x=np.arange(len(demo)) * 7)
        result = toolkit.gaussian_copula(numbered, 300)
        assert list(result["original_correlation"]) == list(result["mean_preservation"]) == ["age", "income", "x"]
        schema = synthfast.Schema.infer(numbered, overrides={"row_id": "integer", "x": "identifier"})
        result = toolkit.gaussian_copula(numbered, 300, schema=schema)
        assert list(result["original_correlation"]) == list(result["mean_preservation"]) == ["age", "income", "row_id"]
        assert result["correlation_score"] > 0.95

    def test_schema_and_parameters_reach_the_model(self, toolkit, demo):
        schema = synthfast.Schema.infer(demo, overrides={"visits": "categorical"})
        result = toolkit.gaussian_copula(demo, 20, schema=schema, min_level_count=7)
        assert result["model"].schema_["visits"].kind == "categorical"
        assert result["model"].min_level_count == 7
        with pytest.raises(TypeError, match="colour"):
            toolkit.gaussian_copula(demo, 20, colour="red")


class TestTrees:
    def test_keys_and_figures(self, toolkit, demo):
        result = toolkit.tree_generation(demo, n_samples=1_500, preset="fast")
        assert set(result) == COPULA_KEYS | {"copying", "column_order", "model"}
        assert result["synthetic_data"].shape == (1_500, 9)
        assert result["column_order"] == list(demo.columns)
        assert result["correlation_score"] > 0.95
        assert list(result["original_correlation"].columns) == list(demo.columns)
        assert result["mean_preservation"]["age"]["original"] == pytest.approx(demo["age"].mean())
        copying, audit = result["copying"], result["model"].copying_
        assert set(copying) == AUDIT_KEYS
        assert copying["gap"] == copying["log_likelihood"] - copying["log_likelihood_holdout"]
        assert all(value == getattr(audit, name) for name, value in copying.items())
        assert (copying["n_rows"], copying["split"]) == (1_000, "rows")

    def test_a_number_and_its_pair_that_name_rows_enter_no_figure(self, toolkit, demo):
        x = np.arange(len(demo)) * 7 + 3
        numbered = demo[["age", "income"]].assign(x=x, s=[f"K-{number:06d}" for number in x])
        schema = synthfast.Schema.infer(numbered, overrides={"x": "identifier"})
        result = toolkit.tree_generation(numbered, 300, preset="fast", audit=False, schema=schema)
        assert list(result["original_correlation"]) == list(result["mean_preservation"]) == ["age", "income"]
        assert result["correlation_score"] > 0.9

    def test_the_target_is_drawn_last(self, toolkit, demo):
        result = toolkit.tree_generation(demo, 50, target="income", preset="fast", audit=False)
        others = [name for name in demo.columns if name != "income"]
        assert result["column_order"] == [*others, "income"]
        assert list(result["synthetic_data"].columns) == list(demo.columns)
        assert result["copying"] is None
        x = np.random.default_rng(0).normal(size=(300, 3))
        assert toolkit.tree_generation(x, 5, target=0, preset="fast")["column_order"] == [1, 2, 0]

    def test_quality_is_the_default_preset(self, toolkit):
        data = load_dataset("iris")
        result = toolkit.tree_generation(data)
        assert result["model"].preset == "quality"
        assert len(result["synthetic_data"]) == len(data)
        assert result["copying"] is None  # fewer than 200 rows cannot be audited
        expected = synthfast.TreeSynthesizer(random_state=42).fit(data).sample(len(data), random_state=42)
        pd.testing.assert_frame_equal(result["synthetic_data"], expected)

    @pytest.mark.parametrize(
        "convert", [lambda f: f, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"]
    )
    def test_the_container_comes_back(self, toolkit, demo, convert):
        data = convert(demo)
        result = toolkit.tree_generation(data, 50, target="member", preset="fast")
        assert type(result["synthetic_data"]) is type(data)

    def test_arrays_come_back_as_arrays(self, toolkit):
        x = np.random.default_rng(1).normal(size=(300, 3))
        result = toolkit.tree_generation(x, preset="fast")
        assert isinstance(result["synthetic_data"], np.ndarray)
        assert result["synthetic_data"].shape == (300, 3)
        assert isinstance(result["original_correlation"], np.ndarray)
        assert result["copying"]["n_rows"] == 150

    def test_no_rows_and_a_single_column(self, toolkit, demo):
        result = toolkit.tree_generation(demo, 0, preset="fast", audit=False)
        assert result["synthetic_data"].shape == (0, 9)
        assert result["correlation_score"] is None
        result = toolkit.tree_generation(pd.DataFrame({"x": np.arange(100.0)}), 10, target="x")
        assert result["column_order"] == ["x"]
        assert result["correlation_score"] is None

    def test_schema_and_parameters_reach_the_model(self, toolkit, demo):
        schema = synthfast.Schema.infer(demo, overrides={"visits": "categorical"})
        result = toolkit.tree_generation(demo, 20, preset="fast", schema=schema, min_level_count=7, group="visits")
        assert result["model"].schema_["visits"].kind == "categorical"
        assert result["model"].min_level_count == 7
        assert result["copying"]["split"] == "groups"

    def test_bad_calls(self, toolkit, demo):
        with pytest.raises(TypeError, match="colour"):
            toolkit.tree_generation(demo, 20, colour="red")
        with pytest.raises(SchemaError, match=r"target='colour' is not a column; they are .*'age'"):
            toolkit.tree_generation(demo, 20, target="colour")
        with pytest.raises(ValueError, match="one of target and column_order, got both"):
            toolkit.tree_generation(demo, 20, target="age", column_order=["spend"])
        with pytest.raises(ValueError, match=r"preset must be one of .*got 'best'"):
            toolkit.tree_generation(demo, 20, preset="best")


class TestSeeds:
    def test_an_integer_gives_the_same_result_in_any_order(self, demo):
        one, other = SyntheticDataGenerator(7), SyntheticDataGenerator(7)
        first = one.gaussian_copula(demo, 100)["synthetic_data"]
        other.conditional_generation(demo, {"member": True}, 10)
        second = other.gaussian_copula(demo, 100)["synthetic_data"]
        pd.testing.assert_frame_equal(first, second)
        pd.testing.assert_frame_equal(first, other.gaussian_copula(demo, 100)["synthetic_data"])

    def test_other_seeds_none_and_generators_differ(self, demo):
        moving = SyntheticDataGenerator(np.random.default_rng(1))
        fresh = SyntheticDataGenerator()
        draws = [
            generator.gaussian_copula(demo, 100)["synthetic_data"].to_csv()
            for generator in (SyntheticDataGenerator(1), SyntheticDataGenerator(2), moving, moving, fresh, fresh)
        ]
        assert len(set(draws)) == 6

    def test_the_draw_is_that_of_the_synthesizer(self, toolkit, demo):
        model = synthfast.GaussianCopulaSynthesizer(random_state=42).fit(demo)
        expected = model.sample(50, random_state=42)
        pd.testing.assert_frame_equal(toolkit.gaussian_copula(demo, 50)["synthetic_data"], expected)


class TestDistributions:
    def test_fit_and_sample(self, toolkit, demo):
        fitting = toolkit.fit_distributions(demo, distributions=["norm", "lognorm", "gamma"])
        assert set(fitting) >= {"best_distributions", "all_fits"}
        best = fitting["best_distributions"]["income"]
        assert set(best) >= {"distribution", "params", "ks_statistic", "p_value", "aic", "bic"}
        assert best["distribution"] == "lognorm"
        assert isinstance(best["params"], dict)
        drawn = toolkit.sample_from_distributions(fitting, n_samples=5_000)
        assert drawn.shape == (5_000, len(fitting["best_distributions"]))
        error = demo["income"].std() * np.sqrt(1 / 5_000 + 1 / len(demo))
        assert abs(drawn["income"].mean() - demo["income"].mean()) < 5 * error
        pd.testing.assert_frame_equal(drawn, toolkit.sample_from_distributions(fitting, 5_000))

    def test_options_are_passed_on(self, toolkit):
        x = np.random.default_rng(2).exponential(size=400)
        fitting = toolkit.fit_distributions(x, ["expon"], loc="fixed", p_value="bootstrap", n_bootstrap=19)
        best = fitting["best_distributions"][0]
        assert best["params"]["loc"] == 0
        assert "bootstrap" in best["p_value_method"]


class TestConditions:
    CONDITIONS = (
        {"age": (30, 40)},
        {"region": "west"},
        {"education": ("master", None), "age": (None, 50)},
        {"region": ["north", "south"], "member": True, "visits": [3, 4, 5]},
        {"rating": None},
        {"last_visit": ("2024-01-01", "2024-12-31"), "spend": 0},
    )

    @pytest.mark.parametrize("conditions", CONDITIONS, ids=lambda c: "+".join(c))
    def test_every_row_meets_them(self, toolkit, demo, conditions):
        result = toolkit.conditional_generation(demo, conditions, n_samples=400)
        synthetic = result["synthetic_data"]
        assert set(result) >= {"synthetic_data", "constraint_satisfaction", "ks_test"}
        assert result["constraint_satisfaction"] == 1.0
        assert len(synthetic) == 400
        assert self.met(synthetic, conditions).all()
        assert result["matching_rows"] == self.met(demo, conditions).sum()
        assert set(result["ks_test"]) == set(demo.columns)
        assert all(set(test) == {"statistic", "p_value", "passed"} for test in result["ks_test"].values())

    @pytest.mark.parametrize("method", ["copula", "mixture", "tree"])
    @pytest.mark.parametrize("conditions", CONDITIONS[2:4], ids=lambda c: "+".join(c))
    def test_every_method_meets_them(self, toolkit, demo, conditions, method):
        result = toolkit.conditional_generation(demo, conditions, n_samples=400, method=method)
        assert result["constraint_satisfaction"] == 1.0
        assert self.met(result["synthetic_data"], conditions).all()
        # The other columns follow the real rows that meet the conditions; one in nine is allowed to miss, of a mixture,
        # which knows few shapes, two.
        assert sum(test["passed"] for test in result["ks_test"].values()) >= (7 if method == "mixture" else 8)

    def test_trees_are_not_audited_for_it(self, toolkit, monkeypatch):
        from synthfast.synthesizers import tree

        monkeypatch.setattr(tree, "audit_copying", None)
        x = np.random.default_rng(3).normal(size=(500, 2))
        drawn = toolkit.conditional_generation(x, {0: (0, None)}, 100, method="tree")["synthetic_data"]
        assert (drawn[:, 0] >= 0).all()

    @staticmethod
    def met(frame, conditions):
        """The conditions counted by pandas, apart from the library."""
        rows = pd.Series(True, index=frame.index)
        for name, wanted in conditions.items():
            column = frame[name]
            if name == "last_visit":
                wanted = tuple(pd.Timestamp(end) for end in wanted)
            if wanted is None:
                rows &= column.isna()
            elif isinstance(wanted, list):
                rows &= column.isin(wanted)
            elif isinstance(wanted, tuple):
                low, high = wanted
                rows &= True if low is None else column >= low
                rows &= True if high is None else column <= high
            else:
                rows &= column == wanted
        return rows

    def test_no_real_row_meets_them(self, toolkit, demo):
        result = toolkit.conditional_generation(
            demo, {"age": (18, 19), "education": "doctorate", "region": "west", "visits": (12, None)}, 50
        )
        assert result["constraint_satisfaction"] == 1.0
        assert result["matching_rows"] == 0
        assert result["ks_test"] == {}

    def test_arrays_and_no_rows(self, toolkit):
        x = np.random.default_rng(3).normal(size=(500, 2))
        result = toolkit.conditional_generation(x, {0: (0, None)}, 100)
        assert isinstance(result["synthetic_data"], np.ndarray)
        assert (result["synthetic_data"][:, 0] >= 0).all()
        assert toolkit.conditional_generation(x, {0: (0, None)}, 0)["ks_test"] == {}

    def test_bad_calls(self, toolkit, demo):
        with pytest.raises(ConditionError, match="colour"):
            toolkit.conditional_generation(demo, {"colour": 1}, 10)
        with pytest.raises(ConditionError, match="at least one condition"):
            toolkit.conditional_generation(demo, {}, 10)
        with pytest.raises(ValueError, match="expected method 'kde' or 'copula' or 'mixture' or 'tree', got 'magic'"):
            toolkit.conditional_generation(demo, {"age": 30}, 10, method="magic")


class TestQuality:
    def test_keys(self, toolkit, demo):
        synthetic = toolkit.gaussian_copula(demo)["synthetic_data"]
        quality = toolkit.assess_quality(demo, synthetic, target="member")
        assert set(quality) >= QUALITY_KEYS
        assert 0 < quality["overall_score"] <= 100
        assert set(quality["ks_test_scores"]) == set(demo.columns)
        assert {"statistic", "p_value", "passed"} <= set(quality["ks_test_scores"]["income"])
        assert quality["quality_plot"].get_axes()
        # The forest learns something from the real rows, and nearly as much from the synthetic ones.
        assert quality["original_accuracy"] > demo["member"].value_counts(normalize=True).max()
        assert quality["utility_score"] > 0.9

    def test_metrics_and_target_are_passed_on(self, toolkit, demo):
        quality = toolkit.assess_quality(demo, demo, metrics=["ks"])
        assert quality["original_accuracy"] is None
        with pytest.raises(ValueError, match="nonsense"):
            toolkit.assess_quality(demo, demo, metrics=["nonsense"])
        with pytest.raises(DataError, match="colour"):
            toolkit.assess_quality(demo, demo, metrics=["utility"], target="colour")


def test_it_is_the_toolkit_that_users_import():
    import synthetic_data_generation

    assert synthetic_data_generation.SyntheticDataGenerator is SyntheticDataGenerator
    assert repr(SyntheticDataGenerator(3)) == "SyntheticDataGenerator(random_state=3)"


class TestDensities:
    @pytest.mark.parametrize(
        ("method", "keys"),
        [
            ("kde_generation", {"bandwidth"}),
            ("mixture_generation", {"n_components", "weights", "bic", "converged"}),
            ("bootstrap_generation", {"n_units"}),
        ],
    )
    def test_draws_a_table_like_the_real_one(self, toolkit, demo, method, keys):
        result = getattr(toolkit, method)(demo, 600)
        assert set(result) >= {"synthetic_data", "model", "correlation_score", "mean_preservation"} | keys
        assert len(result["synthetic_data"]) == 600
        assert (result["synthetic_data"].dtypes == demo.dtypes).all()
        assert result["correlation_score"] > 0.9
        again = getattr(type(toolkit)(random_state=toolkit.random_state), method)(demo, 600)
        pd.testing.assert_frame_equal(again["synthetic_data"], result["synthetic_data"])

    def test_passes_parameters_on(self, toolkit, demo):
        assert toolkit.mixture_generation(demo, 10, n_components=3)["n_components"] == 3
        assert toolkit.bootstrap_generation(demo, 10, cluster="region")["n_units"] == demo["region"].nunique()
        narrow = toolkit.kde_generation(demo, 10, bandwidth={"age": 0.5})
        assert narrow["bandwidth"]["age"] == 0.5
        with pytest.raises(TypeError, match="magic"):
            toolkit.kde_generation(demo, 10, magic=1)


# -- differential privacy ----------------------------------------------------------------------------------------------

PRIVATE_KEYS = {
    "synthetic_data",
    "epsilon",
    "delta",
    "noise_scale",
    "utility_score",
    "statistical_utility",
    "ml_utility",
    "reidentification_risk",
    "budget",
}


def private_frame(n=1_500):
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, n)
    return pd.DataFrame({"age": age, "town": rng.choice(["Oslo", "Rome"], n), "member": rng.random(n) < age / 100})


PRIVATE_DOMAIN = {"age": (0, 120), "town": ["Oslo", "Paris", "Rome"], "member": [False, True]}


def test_differential_privacy_synthesis_has_its_keys():
    result = SyntheticDataGenerator(random_state=0).differential_privacy_synthesis(
        private_frame(), epsilon=3.0, delta=1e-6, n_samples=400, domain=PRIVATE_DOMAIN
    )
    assert set(result) >= PRIVATE_KEYS
    assert len(result["synthetic_data"]) == 400
    assert (result["epsilon"], result["delta"]) == (3.0, 1e-6)
    steps = result["budget"]["ledger"]
    assert result["noise_scale"] == max(step["scale"] for step in steps)
    assert result["budget"]["domain_share"] == 0.0
    assert 0.7 < result["statistical_utility"] <= 1
    assert result["utility_score"] == pytest.approx(
        (result["statistical_utility"] + min(result["ml_utility"], 1.0)) / 2
    )
    risk = result["reidentification_risk"]
    low, high = risk["interval"]
    assert 0 <= low <= risk["value"] <= high <= 1
    assert risk["threat_model"]
    assert "outside the guarantee" in result["note"]


def test_without_a_domain_the_result_says_what_learning_it_cost():
    toolkit = SyntheticDataGenerator(random_state=0)
    result = toolkit.differential_privacy_synthesis(private_frame(), epsilon=5.0)
    assert 0 < result["budget"]["domain_share"] <= 0.2
    assert result["budget"]["spent"] <= result["budget"]["total"]
    assert len(result["synthetic_data"]) == result["model"].n_rows_
    array = toolkit.differential_privacy_synthesis(private_frame()[["age"]].to_numpy(), epsilon=5.0, n_samples=50)
    assert isinstance(array["synthetic_data"], np.ndarray)
    assert array["synthetic_data"].shape == (50, 1)
    empty = toolkit.differential_privacy_synthesis(private_frame(), n_samples=0, domain=PRIVATE_DOMAIN)
    assert empty["utility_score"] is None
    assert empty["reidentification_risk"]["value"] is None


def test_private_budgets_are_checked():
    from synthfast.exceptions import PrivacyBudgetError

    with pytest.raises(PrivacyBudgetError, match="epsilon"):
        SyntheticDataGenerator().differential_privacy_synthesis(private_frame(), epsilon=0)
    with pytest.raises(TypeError):
        SyntheticDataGenerator().differential_privacy_synthesis(private_frame(), no_such_parameter=1)


class TestAnonymity:
    def test_keys_and_figures(self, toolkit, demo):
        result = toolkit.enforce_k_anonymity(demo, 5, ["age", "region"], l=2, sensitive="income")
        assert set(result) == {"anonymized_data", "k", "achieved_k", "information_loss", "suppressed_rows", "report"}
        assert result["k"] == 5
        assert result["achieved_k"] == result["report"].k >= 5
        assert result["report"].sensitive["income"].distinct_l >= 2
        assert len(result["anonymized_data"]) == len(demo) - result["suppressed_rows"]

    def test_resampling_takes_the_seed_of_the_toolkit(self, demo):
        made = [
            SyntheticDataGenerator(seed).enforce_k_anonymity(demo, 5, "age", output="resample") for seed in (1, 1, 2)
        ]
        pd.testing.assert_frame_equal(made[0]["anonymized_data"], made[1]["anonymized_data"])
        assert not made[0]["anonymized_data"].equals(made[2]["anonymized_data"])


class TestNoise:
    def test_keys_and_figures(self, toolkit, demo):
        result = toolkit.add_noise(demo, scale=0.5)
        assert set(result) == {"noisy_data", "noise_scale", "variance_ratio"}
        assert list(result["noisy_data"]) == list(demo)
        assert result["noise_scale"]["income"] == pytest.approx(0.5 * demo["income"].std(ddof=0))
        assert 1.1 < result["variance_ratio"]["income"] < 1.4
        pd.testing.assert_frame_equal(result["noisy_data"], toolkit.add_noise(demo, scale=0.5)["noisy_data"])
