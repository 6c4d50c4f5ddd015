import numpy as np
import pandas as pd
import pytest

from synthfast.quality import column_histograms


def one(real, synthetic, **options):
    return column_histograms({"x": real}, {"x": synthetic}, **options)[0]


def test_shares_and_missing_rates_add_up():
    rng = np.random.default_rng(0)
    real = pd.Series(rng.normal(size=300)).mask(rng.random(300) < 0.2)
    histogram = one(real, rng.normal(3.0, 5.0, 200))
    assert histogram.real.sum() + histogram.missing[0] == pytest.approx(1.0)
    assert histogram.synthetic.sum() == pytest.approx(1.0)  # values beyond the real range are in the outer bins
    assert len(histogram.edges) == 41
    expected = np.histogram(real.dropna(), histogram.edges)[0] / 300
    np.testing.assert_allclose(histogram.real, expected, atol=1 / 300 + 1e-12)


def test_whole_numbers_have_bins_of_whole_width():
    histogram = one([1, 2, 2, 5], [1, 3])
    assert histogram.edges.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert histogram.real.tolist() == [0.25, 0.5, 0.0, 0.0, 0.25]
    wide = one(np.arange(0, 1_000), np.arange(5))
    assert set(np.diff(wide.edges)) == {25.0}


def test_far_values_do_not_stretch_the_axis():
    rng = np.random.default_rng(1)
    histogram = one(np.append(rng.normal(size=999), 1e6), rng.normal(size=100))
    assert histogram.edges[-1] < 10.0
    assert histogram.real.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("real", "synthetic"), [([2.0, 2.0], [2.0]), ([np.nan, np.nan], [1.0, 2.0]), ([np.nan], [np.nan]), ([1.0], [5.0])]
)
def test_constants_and_nothing(real, synthetic):
    histogram = one(real, synthetic)
    assert np.isfinite(histogram.edges).all()
    assert np.all(np.diff(histogram.edges) > 0)
    assert histogram.real.sum() == pytest.approx(1.0 - histogram.missing[0])


def test_levels_beyond_the_frequent_ones_share_a_bar():
    real = [f"level {k:02}" for k in range(20) for _ in range(20 - k)]
    histogram = one(real, ["level 00", "new", None, "level 19"])
    assert len(histogram.levels) == 12
    assert histogram.levels[-1] == "10 others"
    assert histogram.synthetic.tolist() == [0.25, *[0.0] * 10, 0.5]
    assert histogram.missing == (0.0, 0.25)


def test_distance_is_the_total_variation_of_what_is_drawn():
    histogram = one(["a", "a", "b", None], ["a", "b", "b", "b"])
    assert histogram.distance == pytest.approx(0.5)


def test_times_keep_their_unit_and_text_is_left_out():
    frame = pd.DataFrame({"t": pd.date_range("2020-01-01", periods=80), "n": [f"name {k}" for k in range(80)]})
    histograms = column_histograms(frame, frame)
    assert [histogram.name for histogram in histograms] == ["t"]
    assert histograms[0].unit == "seconds since 2020-01-01T00:00:00"
