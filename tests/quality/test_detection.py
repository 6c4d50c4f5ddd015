import numpy as np
import pandas as pd
import pytest

from synthfast.quality import classifier_two_sample


def table(seed, n=400, shift=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1.0, n)
    return pd.DataFrame({"x": x, "y": x + rng.normal(size=n), "c": rng.choice(list("abc"), n)})


def test_fresh_rows_cannot_be_told_apart():
    # Twice the 95 % margin is four deviations of the area under the curve by chance.
    result = classifier_two_sample(table(0), table(1))
    assert abs(result.value - 0.5) < 2 * result.detail["margin"]
    assert result.detail["n_rows"] == 400


def test_what_differs_is_told_apart():
    assert classifier_two_sample(table(0), table(1, shift=2.0)).value > 0.85
    assert classifier_two_sample(table(0), table(1).assign(c="unseen")).value == pytest.approx(1.0)
    # The columns alone are right, only their dependence is gone.
    broken = table(1)
    broken["y"] = broken["y"].to_numpy()[np.random.default_rng(2).permutation(len(broken))]
    found = classifier_two_sample(table(0), broken)
    assert found.value > 0.5 + 2 * found.detail["margin"]


def test_a_missing_pattern_is_told_apart():
    assert classifier_two_sample(table(0), table(1).assign(x=np.nan)).value == pytest.approx(1.0)


def test_a_column_without_any_value_tells_nothing():
    nothing = np.full(400, np.nan)
    found = classifier_two_sample(table(0).assign(z=nothing), table(1).assign(z=nothing))
    assert abs(found.value - 0.5) < 2 * found.detail["margin"]
    assert classifier_two_sample({"z": nothing}, {"z": np.full(400, np.inf)}).value == 0.5


def test_the_hold_out_is_the_real_side():
    real = table(0)
    result = classifier_two_sample(real, table(1, shift=2.0), holdout=table(2, shift=2.0))
    assert result.detail["real_side"] == "holdout"
    assert abs(result.value - 0.5) < 2 * result.detail["margin"]


def test_same_seed_same_value_and_sizes_are_said():
    first, again = (classifier_two_sample(table(0), table(1), max_rows=100) for _ in range(2))
    assert first.value == again.value
    assert first.detail["n_rows"] == 100
    assert first.value != classifier_two_sample(table(0), table(1), max_rows=100, random_state=1).value


def test_too_few_rows():
    result = classifier_two_sample(table(0, 10), table(1))
    assert not result.applicable
    assert "fewer than 20 rows" in result.detail["reason"]
