import numpy as np
import pytest

from synthfast.schema.ranges import round_numbers_outward, round_times_outward


def outward(low, high, *, keep=(False, False), decimals=None, step=None):
    return round_numbers_outward(low, high, keep_minimum=keep[0], keep_maximum=keep[1], decimals=decimals, step=step)


def test_ranges_grow_to_a_grid_of_about_a_twentieth():
    assert outward(17, 90, decimals=0) == (15, 90)
    assert outward(18823, 326, decimals=0)[0] == 18823  # an empty range keeps its ends
    assert outward(326, 18823, decimals=0) == (0, 19000)
    assert outward(0.23, 5.01, decimals=2) == (0.0, 5.5)
    assert outward(-3.7, 2.2) == (-4.0, 2.5)


def test_kept_extremes_stay_exact():
    assert outward(17, 93, keep=(True, False), decimals=0) == (17, 95)
    assert outward(17, 93, keep=(False, True), decimals=0) == (15, 93)


def test_rounding_does_not_cross_zero():
    low, _ = outward(3.2, 1e6)
    assert low == 0.0


def test_range_ends_on_whole_steps():
    low, high = outward(80, 327_680, decimals=0, step=80)
    assert low % 80 == high % 80 == 0
    assert low <= 80
    assert high >= 327_680


def test_integers_of_any_size_stay_exact():
    low, high = outward(2**62 + 1, 2**62 + 1001, decimals=0)
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert low <= 2**62 + 1 < 2**62 + 1001 <= high < 2**62 + 1200


def test_extremes_of_float64_do_not_overflow():
    low, high = outward(-1.7e308, 1.7e308)
    assert np.isfinite([low, high]).all()
    assert outward(5e-324, 1e-320)[0] >= 0.0


def test_one_value_stays():
    assert outward(4.5, 4.5, decimals=1) == (4.5, 4.5)


@pytest.mark.parametrize("seed", range(5))
def test_rounded_ranges_hold_the_data(seed):
    generator = np.random.Generator(np.random.Philox(seed))
    for scale in (1e-6, 1.0, 1e9):
        low, high = np.sort(generator.normal(size=2) * scale).tolist()
        below, above = outward(low, high)
        assert below <= low < high <= above
        assert above - below <= 1.25 * (high - low)  # at most two grid steps of a tenth each


def day(text):
    return int(np.datetime64(text, "D").astype(int))


def test_dates_round_to_months_days_or_clock():
    assert round_times_outward(day("2020-03-05"), day("2021-02-11"), "D", datetimes=True) == (
        day("2020-03-01"),
        day("2021-02-28"),
    )
    hours = round_times_outward(3_700, 20_000, "s", datetimes=True)
    assert hours == (3_600, 21_600)
    assert round_times_outward(100, 100, "s", datetimes=True) == (100, 100)
    nanoseconds = round_times_outward(10**18 + 1, 10**18 + 5 * 10**9, "ns", datetimes=False)
    assert nanoseconds == (10**18, 10**18 + 5 * 10**9)
