import numpy as np
import pytest
from reference import sort as twin

from synthfast._ext import _sort
from synthfast.marginals.ranks import argsort_values, count_runs, rank_values, sort_values

METHODS = ("average", "min", "max", "ordinal")
SPECIAL = [0.0, -0.0, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308, np.inf, -np.inf, np.nan, 1.0]
N = 6_000  # more than the bound under which digits are narrow


def columns():
    """Columns that take each path: leading bits that tell all apart or not, groups of all sizes, no sort at all."""
    rng = np.random.default_rng(0)
    normal = rng.normal(size=N)
    return {
        "empty": np.empty(0),
        "one": np.array([2.5]),
        "missing": np.full(5, np.nan),
        "normal": normal,
        "lognormal": rng.lognormal(size=N),
        "uniform": rng.random(N),
        "integers": rng.integers(-50, 50, N).astype(float),
        "decimals": normal.round(2),
        "six decimals": normal.round(6),
        "decimals but one": np.r_[normal.round(2), np.pi],
        "decimals with missing": np.where(rng.random(N) < 0.2, np.nan, (1e4 * normal).round(1)),
        "decimals with infinities": np.r_[np.inf, normal.round(1), -np.inf],
        "constant": np.full(N, 0.1),
        "sorted": np.sort(normal),
        "reversed": np.sort(normal)[::-1],
        "sorted with ties": np.sort(normal.round(1)),
        "reversed with ties": np.sort(normal.round(1))[::-1],
        "tiny spread": 1e9 + rng.random(N) * 1e-3,
        "one group": np.r_[1e9 + rng.random(N - 2) * 1e-3, 1e300, -1e300],
        "large groups": rng.integers(0, 20, N) * 1e15 + rng.integers(0, 300, N),
        "small groups": rng.integers(0, 2 * N // 3, N) * 1e6 + rng.random(N) * 1e-4,
        "many scales": np.exp(100 * rng.normal(size=N)) * rng.choice([-1.0, 1.0], N),
        "single precision": normal.astype(np.float32).astype(float),
        "with missing": np.where(rng.random(N) < 0.2, np.nan, normal),
        "sorted with missing": np.r_[np.nan, np.sort(normal), np.nan],
        "special": rng.choice(SPECIAL, 300),
        "few": rng.normal(size=40),
    }


@pytest.fixture(params=columns(), name="x")
def column(request):
    x = np.ascontiguousarray(columns()[request.param])
    x.flags.writeable = False
    return x


def test_sorts_as_its_twin(x):
    assert sort_values(x).tobytes() == twin.sort_values(x).tobytes()


def test_orders_as_its_twin(x):
    np.testing.assert_array_equal(argsort_values(x), twin.argsort_values(x))


@pytest.mark.parametrize("method", METHODS)
def test_ranks_as_its_twin(x, method):
    np.testing.assert_array_equal(rank_values(x, method), twin.rank_values(x, method))


def test_counts_runs_as_its_twin(x):
    values, counts = count_runs(sort_values(x))
    expected, expected_counts = twin.count_runs(x)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(counts, expected_counts)


@pytest.mark.parametrize("n", [2, 3, 31, 32, 33, 34, 100, 4095, 4096, 4097])
def test_every_length_is_sorted(n):
    x = np.r_[1e300, 1e9 + np.random.default_rng(n).random(n - 1) * 1e-3]  # all but one share their leading bits
    assert sort_values(x).tobytes() == np.sort(x).tobytes()
    np.testing.assert_array_equal(argsort_values(x), np.argsort(x, kind="stable"))


@pytest.mark.parametrize("bits", range(1, 65))
def test_every_width_of_keys_is_sorted(bits):
    keys = np.random.default_rng(bits).integers(0, 2**bits - 1, 500, dtype=np.uint64, endpoint=True)
    x = keys.view(np.float64)  # any bits at all; NaN of either sign among them
    assert sort_values(x).tobytes() == twin.sort_values(np.where(np.isnan(x), np.nan, x)).tobytes()
    np.testing.assert_array_equal(argsort_values(x), twin.argsort_values(x))


def test_strided_columns_and_other_numbers_are_taken():
    x = np.arange(12.0).reshape(3, 4).T[1]
    np.testing.assert_array_equal(sort_values(x[::-1]), x)
    np.testing.assert_array_equal(rank_values(np.array([3, 1, 2])), [3, 1, 2])
    np.testing.assert_array_equal(sort_values(np.array([2.5, -1.0], np.float32)), [-1, 2.5])
    with pytest.raises(ValueError):
        _sort.sort_values(np.zeros(8)[::2], np.empty(4, np.uint64), np.empty(4, np.uint64))


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="rank_values: method"):
        rank_values([1.0], "dense")
    with pytest.raises(ValueError, match="one dimension"):
        sort_values(np.zeros((2, 2)))
