"""Perturbations keep the law of the variance that they state; bounds are of the estimates' own errors."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from synthfast.exceptions import DataError, SchemaError
from synthfast.privacy import add_noise, code_extremes, post_randomize, round_numbers, swap_ranks
from synthfast.privacy.post_randomization import transition_matrix

N = 40_000
ERRORS = 5.0  # standard errors


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    x = rng.multivariate_normal([10, -3], [[4, 1.5], [1.5, 1]], N)
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "job": rng.choice(list("xyz"), N, p=[0.6, 0.3, 0.1])})


KURTOSIS = {"gaussian": 3.0, "laplace": 6.0, "uniform": 1.8}


@pytest.mark.parametrize("distribution", KURTOSIS)
@pytest.mark.parametrize("scale", [0.1, 0.5, 2.0])
def test_additive_noise_has_its_law_and_its_size(table, distribution, scale):
    result = add_noise(table, scale, distribution=distribution, random_state=1)
    for name in "ab":
        noise = (result.data[name] - table[name]).to_numpy()
        spread = scale * table[name].std(ddof=0)
        assert result.noise_scale[name] == pytest.approx(spread)
        assert abs(noise.mean()) < ERRORS * spread / np.sqrt(N)
        error = np.sqrt((KURTOSIS[distribution] - 1) / N)
        assert abs(noise.var() / spread**2 - 1) < ERRORS * error
        fourth = (noise**4).mean() / noise.var() ** 2
        assert fourth == pytest.approx(KURTOSIS[distribution], rel=0.15)
        assert abs(np.corrcoef(noise, table[name])[0, 1]) < ERRORS / np.sqrt(N)
        assert result.expected_variance_ratio[name] == pytest.approx(1 + scale**2)
        assert result.variance_ratio[name] == pytest.approx(1 + scale**2, rel=ERRORS * 3 / np.sqrt(N))
    assert abs(np.corrcoef(result.data["a"] - table["a"], result.data["b"] - table["b"])[0, 1]) < ERRORS / np.sqrt(N)
    assert (result.data["job"] == table["job"]).all()


@pytest.mark.parametrize("method", ["additive", "multiplicative", "correlated"])
@pytest.mark.parametrize("keep_variance", [False, True])
def test_no_noise_changes_nothing(method, keep_variance):
    frame = pd.DataFrame({"id": [2**62 + 1, -(2**53) - 1, 7], "x": [0.1, 1e100, -2.5]})
    if method != "multiplicative" or not keep_variance:
        result = add_noise(frame, 0.0, method=method, keep_variance=keep_variance, random_state=0)
        pd.testing.assert_frame_equal(result.data, frame)


def test_multiplicative_noise_leaves_dates_alone():
    days = pd.date_range("2020-01-01", periods=50, freq="D")
    frame = pd.DataFrame({"day": days, "span": days - days[0], "x": np.arange(50.0)})
    result = add_noise(frame, 0.5, method="multiplicative", random_state=0)
    assert set(result.noise_scale) == {"span", "x"}
    pd.testing.assert_series_equal(result.data["day"], frame["day"])
    with pytest.raises(DataError, match=r"multiplicative noise on dates.*'day'"):
        add_noise(frame, 0.5, method="multiplicative", columns=["x", "day"])


@pytest.mark.parametrize("method", ["additive", "correlated"])
def test_kept_variance(table, method):
    result = add_noise(table, 1.0, method=method, keep_variance=True, random_state=2)
    for name in "ab":
        assert result.expected_variance_ratio[name] == 1.0
        assert result.variance_ratio[name] == pytest.approx(1.0, rel=ERRORS * np.sqrt(2 / N))
        assert result.data[name].mean() == pytest.approx(
            table[name].mean(), abs=ERRORS * table[name].std() / np.sqrt(N)
        )
    correlation = table[["a", "b"]].corr().iloc[0, 1]
    found = result.data[["a", "b"]].corr().iloc[0, 1]
    wanted = correlation if method == "correlated" else correlation / 2
    assert found == pytest.approx(wanted, abs=ERRORS / np.sqrt(N))


def test_correlated_noise_keeps_correlations_where_additive_shrinks_them(table):
    correlation = table[["a", "b"]].corr().iloc[0, 1]
    result = add_noise(table, 1.0, method="correlated", random_state=3)
    covariance = np.cov(result.data[["a", "b"]].T, ddof=0)
    np.testing.assert_allclose(covariance, 2 * np.cov(table[["a", "b"]].T, ddof=0), rtol=0.05)
    assert result.data[["a", "b"]].corr().iloc[0, 1] == pytest.approx(correlation, abs=ERRORS / np.sqrt(N))
    additive = add_noise(table, 1.0, random_state=3).data[["a", "b"]].corr().iloc[0, 1]
    assert additive == pytest.approx(correlation / 2, abs=ERRORS / np.sqrt(N))


@pytest.mark.parametrize("scale", [0.05, 0.3])
def test_multiplicative_noise_keeps_signs_zeros_and_means(scale):
    rng = np.random.default_rng(4)
    x = np.where(rng.random(N) < 0.1, 0.0, rng.normal(2, 3, N))
    result = add_noise({"x": x}, scale, method="multiplicative", random_state=5)
    made = result.data["x"].to_numpy()
    np.testing.assert_array_equal(np.sign(made), np.sign(x))
    factor = made[x != 0] / x[x != 0]
    assert factor.mean() == pytest.approx(1.0, abs=ERRORS * scale / np.sqrt(N))
    assert factor.std() == pytest.approx(scale, rel=0.1)
    law = 1 + scale**2 + scale**2 * x.mean() ** 2 / x.var()
    assert result.expected_variance_ratio["x"] == pytest.approx(law)
    assert result.variance_ratio["x"] == pytest.approx(law, rel=0.03)
    assert result.noise_scale["x"] == scale


def test_absolute_scale_and_one_for_each_column(table):
    result = add_noise(table, {"a": 3.0, "b": 0.0}, relative=False, random_state=6)
    assert (result.data["a"] - table["a"]).std() == pytest.approx(3.0, rel=0.03)
    assert (result.data["b"] == table["b"]).all()
    assert result.variance_ratio["b"] == 1.0


def test_seeds_rows_and_columns(table):
    one, again, other = (add_noise(table, 0.5, relative=False, random_state=seed).data for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)
    head = add_noise(table.head(10), 0.5, relative=False, random_state=0).data
    np.testing.assert_array_equal(head["a"], one["a"][:10])
    assert add_noise(table, 0.5, columns="b", random_state=0).data["a"].equals(table["a"])


ODD = {
    "integer": np.array([1, 5, 9, 12] * 5),
    "small": np.array([0, 120, 127, -128] * 5, dtype=np.int8),
    "huge": np.array([2**63 - 1, -(2**63) + 1, 0, 5] * 5),
    "unsigned": np.array([0, 2**64 - 1, 5, 6] * 5, dtype=np.uint64),
    "nullable": pd.array([1, None, 3, 4] * 5, dtype="Int64"),
    "float32": np.array([1.5, np.nan, 2.5, 3.5] * 5, dtype=np.float32),
    "date": pd.to_datetime(["2020-01-01", None, "2020-02-01", "2021-01-01"] * 5),
    "zoned": pd.to_datetime(["2020-01-01", None, "2020-02-01", "2021-01-01"] * 5).tz_localize("Europe/Berlin"),
    "span": pd.to_timedelta([1, None, 3, 4] * 5, unit="h"),
    "decimal": [Decimal("1.10"), None, Decimal("2.25"), Decimal("3.00")] * 5,
    "constant": [4.0] * 20,
    "missing": [None] * 20,
    "missing_float": [np.nan] * 20,
    "text": ["a", None, "b", "c"] * 5,
    "flag": [True, False, True, True] * 5,
    "category": pd.Categorical(["a", None, "b", "a"] * 5, list("abc"), ordered=True),
    "mixed": [1, "1", None, 2.5] * 5,
}
CALLS = {
    "additive": lambda data: add_noise(data, 0.5, category_change=0.5, random_state=0).data,
    "kept": lambda data: add_noise(data, 0.5, keep_variance=True, random_state=0).data,
    "multiplicative": lambda data: add_noise(data, 0.5, method="multiplicative", random_state=0).data,
    "correlated": lambda data: add_noise(data, 0.5, method="correlated", random_state=0).data,
    "swap": lambda data: swap_ranks(data, window=0.3, random_state=0),
    "pram": lambda data: post_randomize(data, keep=0.3, random_state=0),
    "round": lambda data: round_numbers(data, 2, random=True, random_state=0),
    "extremes": lambda data: code_extremes(data, share=0.1, to="mean"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ODD)
def test_odd_columns_keep_dtype_and_missing_rows(name, call):
    frame = pd.DataFrame({name: ODD[name]})
    before = frame.copy(deep=True)
    if call == "correlated" and name == "missing_float":
        with pytest.raises(DataError, match="two rows"):
            CALLS[call](frame)
        return
    made = CALLS[call](frame)
    pd.testing.assert_frame_equal(frame, before)
    assert made.dtypes.equals(frame.dtypes)
    assert (made.isna() == frame.isna()).all().all()
    assert len(CALLS[call](frame.head(1) if call != "correlated" else frame)) in (1, 20)


@pytest.mark.parametrize("call", CALLS)
def test_containers_and_tables_without_rows(call):
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0], "s": list("aab")})
    for container in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame, preserve_index=False)):
        assert type(CALLS[call](container)) is type(container)
    array = CALLS[call](np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 2.0]]))
    assert array.shape == (3, 2)
    if call != "correlated":
        assert len(CALLS[call](frame.head(0))) == 0


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"scale": -1}, ValueError, "scale"),
        ({"scale": "big"}, TypeError, "scale"),
        ({"scale": np.nan}, ValueError, "finite"),
        ({"scale": {"a": 1}}, DataError, "'b'"),
        ({"scale": {"a": 1, "b": 1, "c": 1}}, DataError, "'c'"),
        ({"method": "salt"}, ValueError, "method"),
        ({"distribution": "cauchy"}, ValueError, "distribution"),
        ({"distribution": "laplace", "method": "correlated"}, ValueError, "additive noise"),
        ({"method": "multiplicative", "keep_variance": True}, ValueError, "keep_variance"),
        ({"method": "correlated", "relative": False}, ValueError, "relative"),
        ({"category_change": 2}, ValueError, "category_change"),
        ({"columns": "nope"}, SchemaError, "'nope'"),
        ({"columns": ["job"]}, DataError, "'job'"),
    ],
)
def test_bad_arguments_are_refused(table, options, error, text):
    with pytest.raises(error, match=text):
        add_noise(table.head(10), **options)


def test_infinite_numbers_are_refused():
    for call in ("additive", "swap", "round", "extremes"):
        with pytest.raises(DataError, match="infinite in row 2"):
            CALLS[call](pd.DataFrame({"x": [1.0, np.nan, np.inf]}))


def test_ranks_are_swapped_within_the_window(table):
    made = swap_ranks(table, window=0.02, random_state=0)
    for name in "ab":
        assert sorted(made[name]) == sorted(table[name])
        gap = abs(made[name].rank() - table[name].rank())
        assert gap.max() <= 0.02 * N
        assert (gap > 0).mean() > 0.9
    assert made.corr(numeric_only=True).iloc[0, 1] == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9])
def test_invariant_post_randomisation_keeps_shares(table, keep):
    made = post_randomize(table, keep=keep, random_state=0)["job"]
    p = table["job"].value_counts(normalize=True)
    found = made.value_counts(normalize=True)
    for level in "xyz":
        assert found[level] == pytest.approx(p[level], abs=ERRORS * np.sqrt(p[level] / N))
    same = keep + (1 - keep) * (p**2).sum()
    assert (made == table["job"]).mean() == pytest.approx(same, abs=ERRORS * 0.5 / np.sqrt(N))
    plain = post_randomize(table, "job", keep=keep, invariant=False, random_state=0)["job"]
    assert plain.value_counts(normalize=True)["z"] == pytest.approx(keep * p["z"] + (1 - keep) / 3, abs=0.015)


def test_transition_matrices():
    counts = np.array([60, 30, 10, 0])
    given = np.array([[0.8, 0.1, 0.1, 0], [0.2, 0.7, 0, 0.1], [0, 0.5, 0.5, 0], [0.25] * 4])
    invariant = transition_matrix(counts, transition=given)
    np.testing.assert_allclose(invariant.sum(axis=1), 1)
    np.testing.assert_allclose(counts @ invariant, counts)
    np.testing.assert_array_equal(transition_matrix(counts, transition=given, invariant=False), given)
    np.testing.assert_allclose(counts @ transition_matrix(counts, keep=0.3), counts)
    assert transition_matrix(np.array([], dtype=int)).shape == (0, 0)


def test_a_transition_is_followed():
    frame = pd.DataFrame({"s": ["a"] * N + ["b"] * N})
    made = post_randomize(frame, transition=[[0.9, 0.1], [0.0, 1.0]], invariant=False, random_state=0)["s"]
    assert (made[:N] == "b").mean() == pytest.approx(0.1, abs=ERRORS * 0.3 / np.sqrt(N))
    assert (made[N:] == "b").all()
    for bad in ([[1.0]], [[0.5, 0.6], [0, 1]], [[1.5, -0.5], [0, 1]]):
        with pytest.raises(DataError, match="transition"):
            post_randomize(frame, transition=bad)
    with pytest.raises(DataError, match="one column"):
        post_randomize(frame.assign(u="x"), transition=[[1]])


def test_rounding():
    values = np.random.default_rng(7).uniform(0, 1000, N)
    nearest = round_numbers({"x": values}, 10)["x"].to_numpy()
    assert (nearest % 10 == 0).all()
    assert abs(nearest - values).max() <= 5
    assert (nearest - values).var() == pytest.approx(100 / 12, rel=0.05)
    random = round_numbers({"x": values}, 10, random=True, random_state=0)["x"].to_numpy()
    assert abs(random - values).max() < 10
    assert (random - values).mean() == pytest.approx(0, abs=ERRORS * 4.1 / np.sqrt(N))
    assert (random - values).var() == pytest.approx(100 / 6, rel=0.05)
    assert round_numbers({"x": [7, 8]}, {"x": 5})["x"].tolist() == [5, 10]
    with pytest.raises(ValueError, match="above 0"):
        round_numbers({"x": [1]}, 0)


def test_extremes():
    values = np.arange(100.0)
    assert code_extremes({"x": values}, share=0.05)["x"].agg(["min", "max"]).tolist() == [5, 94]
    kept = code_extremes({"x": values}, upper=89, to="mean")["x"]
    assert kept.max() == 94.5
    assert kept.mean() == values.mean()
    for options in ({}, {"share": 0.1, "upper": 3}, {"lower": 5, "upper": 3}):
        with pytest.raises(DataError):
            code_extremes({"x": values}, **options)
    with pytest.raises(ValueError):
        code_extremes({"x": values}, share=0.6)
