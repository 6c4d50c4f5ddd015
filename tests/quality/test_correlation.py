import numpy as np
import pandas as pd
import pytest
import scipy.stats
from scipy.stats.contingency import association as scipy_association

from synthfast.quality import (
    associations,
    correlation_ratio,
    cramers_v,
    pearson_correlation,
    spearman_correlation,
)

MEASURES = (associations, pearson_correlation, spearman_correlation, cramers_v, correlation_ratio)


def table(seed, n=600, strength=0.8):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    return pd.DataFrame(
        {
            "x": z,
            "y": strength * z + np.sqrt(1 - strength**2) * rng.normal(size=n),
            "k": rng.poisson(np.exp(0.5 * strength * z)),
            "c": np.where(strength * z + rng.normal(size=n) > 0.5, "high", "low"),
            "d": np.where(strength * z + rng.normal(size=n) > 0, np.where(z > 1, "p", "q"), "r"),
        }
    )


REAL, SYNTHETIC, HOLDOUT = table(0, 2_000), table(1, 1_500, 0.4), table(2, 2_000)
NUMBERS, LEVELS = ["x", "y", "k"], ["c", "d"]


@pytest.mark.parametrize("measure", MEASURES)
def test_identifiers_have_no_correlation(measure):
    ids = {"row_id": np.arange(2_000), "code": [f"C-{k % 40:02d}{k:04d}" for k in range(2_000)]}
    with_ids = measure(REAL.assign(**ids), REAL.assign(row_id=ids["row_id"][::-1], code=ids["code"][::-1]))
    without = measure(REAL, REAL)
    assert with_ids.value == without.value == 0.0
    assert (with_ids.detail["rows"], with_ids.detail["columns"]) == (without.detail["rows"], without.detail["columns"])


@pytest.mark.parametrize(("measure", "method"), [(pearson_correlation, "pearson"), (spearman_correlation, "spearman")])
def test_correlations_are_pandas(measure, method):
    detail = measure(REAL, SYNTHETIC).detail
    expected = [frame[NUMBERS].corr(method) for frame in (REAL, SYNTHETIC)]
    np.testing.assert_allclose(detail["real"], expected[0], atol=1e-12)
    np.testing.assert_allclose(detail["synthetic"], expected[1], atol=1e-12)
    difference = (expected[1] - expected[0]).to_numpy()
    np.testing.assert_allclose(detail["difference"], difference, atol=1e-12)
    assert detail["frobenius"] == pytest.approx(np.linalg.norm(difference))
    off_diagonal = difference[np.tril_indices(3, -1)]
    assert detail["rmse"] == pytest.approx(np.sqrt(np.mean(off_diagonal**2)))
    assert detail["mean_absolute"] == pytest.approx(np.abs(off_diagonal).mean())
    assert detail["similarity"] == pytest.approx(np.mean(1 - np.abs(off_diagonal) / 2))
    assert detail["compared"] == 3


def test_pearson_uses_the_rows_in_which_both_are_known():
    rng = np.random.default_rng(3)
    real = REAL[NUMBERS].mask(rng.random((len(REAL), 3)) < 0.2)
    detail = pearson_correlation(real, SYNTHETIC[NUMBERS]).detail
    np.testing.assert_allclose(detail["real"], real.corr(), atol=1e-12)


def test_cramers_v_is_scipys():
    detail = cramers_v(REAL, SYNTHETIC).detail
    for frame, matrix in ((REAL, detail["real"]), (SYNTHETIC, detail["synthetic"])):
        expected = scipy_association(pd.crosstab(frame["c"], frame["d"]).to_numpy(), method="cramer")
        assert matrix[0, 1] == matrix[1, 0] == pytest.approx(expected, rel=1e-12)


def test_cramers_v_takes_missing_as_a_level():
    real = REAL.assign(c=REAL["c"].where(REAL["x"] > -1))
    found = cramers_v(real, SYNTHETIC).detail["real"][0, 1]
    crossed = pd.crosstab(real["c"].fillna("missing"), real["d"]).to_numpy()
    assert found == pytest.approx(scipy_association(crossed, method="cramer"), rel=1e-12)


def test_correlation_ratio_by_its_definition():
    detail = correlation_ratio(REAL, SYNTHETIC).detail
    assert detail["rows"] == NUMBERS
    assert detail["columns"] == LEVELS
    for i, number in enumerate(NUMBERS):
        for j, level in enumerate(LEVELS):
            groups = [part.to_numpy() for _, part in REAL.groupby(level)[number]]
            mean = REAL[number].mean()
            between = sum(len(group) * (group.mean() - mean) ** 2 for group in groups)
            expected = np.sqrt(between / ((REAL[number] - mean) ** 2).sum())
            assert detail["real"][i, j] == pytest.approx(expected, rel=1e-9)
            # and it is what the F statistic of an analysis of variance says
            f = scipy.stats.f_oneway(*groups).statistic * (len(groups) - 1) / (len(REAL) - len(groups))
            assert expected**2 == pytest.approx(f / (1 + f), rel=1e-9)


def test_associations_are_made_of_the_others():
    detail = associations(REAL, SYNTHETIC).detail
    assert detail["columns"] == [*NUMBERS, *LEVELS]
    real = detail["real"]
    np.testing.assert_array_equal(real, real.T)
    np.testing.assert_array_equal(np.diag(real), np.ones(5))
    np.testing.assert_allclose(real[:3, :3], pearson_correlation(REAL, SYNTHETIC).detail["real"])
    np.testing.assert_allclose(real[3:, 3:], cramers_v(REAL, SYNTHETIC).detail["real"])
    np.testing.assert_allclose(real[:3, 3:], correlation_ratio(REAL, SYNTHETIC).detail["real"])


def test_associations_of_numbers_are_pearsons():
    one, two = associations(REAL[NUMBERS], SYNTHETIC[NUMBERS]), pearson_correlation(REAL, SYNTHETIC)
    assert one.value == two.value
    assert one.detail["frobenius"] == two.detail["frobenius"]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_weaker_table_stands_out_and_a_fresh_one_does_not(measure):
    result = measure(REAL, SYNTHETIC, holdout=HOLDOUT)
    assert result.reference == pytest.approx(measure(REAL, HOLDOUT).value)
    assert result.value > 3 * result.reference
    assert measure(REAL, REAL).value == 0.0


@pytest.mark.parametrize("measure", MEASURES)
def test_halves_estimate_what_fresh_tables_show(measure):
    # A root mean square over 1 to 10 pairs varies by three quarters at most (one pair: half-normal); the mean of 40 by
    # 12 %, on both sides: 4 deviations are 67 %.
    results = [measure(table(10 + k, 300), table(60 + k, 300)) for k in range(40)]
    values, references = ([getattr(r, part) for r in results] for part in ("value", "reference"))
    assert np.mean(references) == pytest.approx(np.mean(values), rel=0.67)


def test_a_pair_constant_in_the_real_table_is_not_compared():
    real = REAL.assign(x=1.0)
    result = pearson_correlation(real, SYNTHETIC)
    assert result.detail["compared"] == 1
    assert result.detail["undefined"] == 2
    assert np.isfinite(result.detail["difference"]).all()
    assert result.detail["difference"][0].tolist() == [0.0, 0.0, 0.0]


def test_a_pair_constant_in_the_synthetic_table_counts_as_no_association():
    result = pearson_correlation(REAL[["x", "y"]], SYNTHETIC[["x", "y"]].assign(x=1.0))
    assert result.value == pytest.approx(abs(REAL["x"].corr(REAL["y"])))


@pytest.mark.parametrize("measure", MEASURES)
def test_too_few_columns(measure):
    result = measure({"x": [1.0, 2.0]}, {"x": [1.0, 2.0]})
    assert not result.applicable
    assert "fewer than two columns" in result.detail["reason"]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_row_or_a_few(measure, rows):
    result = measure(REAL.head(rows), SYNTHETIC.head(5))
    assert result.value is None or 0.0 <= result.value <= 2.0


@pytest.mark.parametrize("measure", MEASURES)
def test_missing_values_on_one_side(measure):
    result = measure(REAL, SYNTHETIC.assign(x=np.nan, c=None))
    assert np.isfinite(result.value)
    result = measure(REAL.assign(x=np.nan, c=None), SYNTHETIC)
    assert result.value is None or np.isfinite(result.value)


def test_numbers_of_any_size():
    scaled = REAL[NUMBERS] * [1e140, 1e-140, 1.0]
    detail = pearson_correlation(scaled, scaled).detail
    np.testing.assert_allclose(detail["real"], REAL[NUMBERS].corr(), atol=1e-9)


def test_many_levels_are_pooled_not_crossed_in_full():
    levels = [f"level {k}" for k in range(5_000)] * 3
    result = cramers_v({"a": levels, "b": levels}, {"a": levels, "b": levels})
    assert result.detail["real"][0, 1] == pytest.approx(1.0)


def test_independent_columns_of_adult_are_flagged(real_table):
    train, test = real_table("adult_train"), real_table("adult_test")
    rng = np.random.default_rng(0)
    shuffled = train.apply(lambda column: column.to_numpy()[rng.permutation(len(column))])
    fresh, broken = associations(train, test), associations(train, shuffled)
    assert fresh.value < 2 * fresh.reference
    assert broken.value > 20 * broken.reference
    assert broken.detail["largest"]["pair"] == ["education_num", "education"]
