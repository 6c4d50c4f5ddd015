"""The toolkit's method for series: its keys, its containers, its paths ahead."""

import numpy as np
import pandas as pd
import pytest

from synthfast import SyntheticDataGenerator
from synthfast.exceptions import DataError

KEYS = {
    "synthetic_series", "series_length", "arima_order", "seasonal_order", "aic", "mean_correlation",
    "mean_dtw_distance", "comparison_plot",
}  # fmt: skip


def sales(n=96):
    rng = np.random.default_rng(0)
    t = np.arange(n)
    values = 100 + t / 3 + 10 * np.sin(2 * np.pi * t / 12) + rng.normal(size=n)
    return pd.Series(values, index=pd.date_range("2015-01-01", periods=n, freq="MS"), name="sales")


@pytest.fixture(scope="module")
def result():
    return SyntheticDataGenerator(random_state=1).generate_time_series(sales(), 15, seasonal_period=12)


def test_keys_and_values(result):
    from matplotlib.figure import Figure

    assert set(result) >= KEYS
    assert result["synthetic_series"].shape == (96, 15)
    assert result["synthetic_series"].index.equals(sales().index)
    assert result["series_length"] == 96
    assert len(result["arima_order"]) == 3
    assert result["seasonal_order"][3] == 12
    assert np.isfinite([result["aic"], result["mean_correlation"], result["mean_dtw_distance"]]).all()
    assert isinstance(result["comparison_plot"], Figure)
    assert len(result["comparison_plot"].axes) == 6


def test_same_seed_same_result(result):
    again = SyntheticDataGenerator(random_state=1).generate_time_series(sales(), 15, seasonal_period=12)
    pd.testing.assert_frame_equal(again["synthetic_series"], result["synthetic_series"])
    assert again["mean_dtw_distance"] == result["mean_dtw_distance"]


@pytest.mark.parametrize("steps", [1, 5, 24, 200])
def test_steps_ahead_go_on_from_the_end(steps):
    result = SyntheticDataGenerator(random_state=1).generate_time_series(
        sales(), 10, order=(0, 1, 1), seasonal_order=(0, 1, 1), seasonal_period=12, steps=steps
    )
    drawn = result["synthetic_series"]
    assert drawn.shape == (steps, 10)
    assert drawn.index[0] == pd.Timestamp("2023-01-01")
    assert abs(drawn.iloc[0].mean() - sales().iloc[-12]) < 15
    assert np.isfinite(result["mean_dtw_distance"])


@pytest.mark.parametrize("method", ["auto", "structural", "iaaft", "block_bootstrap"])
def test_other_methods(method):
    result = SyntheticDataGenerator(random_state=1).generate_time_series(sales().to_numpy(), 6, method)
    assert result["synthetic_series"].shape == (6, 96)
    assert result["arima_order"] is None
    assert result["aic"] is None
    assert result["reason"]
    with pytest.raises(ValueError, match="method='arima'"):
        SyntheticDataGenerator().generate_time_series(sales(), 6, method, steps=5)


def test_several_variables():
    values = np.column_stack([sales(), sales()[::-1]])
    result = SyntheticDataGenerator(random_state=1).generate_time_series(values, 4, "auto")
    assert result["synthetic_series"].shape == (4, 96, 2)


def test_bad_arguments():
    generator = SyntheticDataGenerator(random_state=1)
    with pytest.raises(ValueError, match="method"):
        generator.generate_time_series(sales(), 5, "prophet")
    with pytest.raises(TypeError, match="no parameter 'block'"):
        generator.generate_time_series(sales(), 5, "iaaft", block=3)
    with pytest.raises(ValueError, match="n_samples"):
        generator.generate_time_series(sales(), 0)
    with pytest.raises(DataError, match="two whole periods"):
        generator.generate_time_series(sales(), 5, seasonal_period=60)
    with pytest.raises(DataError, match="constant"):
        generator.generate_time_series(np.ones(50), 5)
