import itertools

import numpy as np
import pandas as pd
import pytest

from synthfast.quality import marginal_accuracy


def draw(seed, n=800, d=4):
    rng = np.random.default_rng(seed)
    z = rng.integers(0, 3, n)
    return pd.DataFrame({f"c{k}": (z + rng.integers(0, 2, n) * (k + 1)) % 4 for k in range(d)}).astype("string")


def accuracy(real, synthetic, columns):
    shares = [frame.groupby(list(columns)).size() / len(frame) for frame in (real, synthetic)]
    return 1 - 0.5 * shares[0].sub(shares[1], fill_value=0.0).abs().sum()


def test_accuracies_are_those_of_group_counts():
    real, synthetic = draw(0), draw(1, 600)
    detail = marginal_accuracy(real, synthetic).detail
    means = []
    for size, key in ((1, "univariate"), (2, "bivariate"), (3, "trivariate")):
        each = [accuracy(real, synthetic, columns) for columns in itertools.combinations(real.columns, size)]
        means.append(np.mean(each))
        assert detail[key] == pytest.approx(means[-1], abs=1e-12)
    assert marginal_accuracy(real, synthetic).value == pytest.approx(np.mean(means), abs=1e-12)
    assert detail["pairs"][1, 3] == pytest.approx(accuracy(real, synthetic, ["c1", "c3"]), abs=1e-12)
    assert detail["columns"]["c2"] == pytest.approx(accuracy(real, synthetic, ["c2"]), abs=1e-12)
    worst = min(itertools.combinations(real.columns, 2), key=lambda columns: accuracy(real, synthetic, columns))
    assert detail["worst_pairs"][0]["pair"] == list(worst)


def test_missing_is_a_bin_of_its_own():
    real = {"x": [1.0, None, 1.0, None], "c": ["a", "a", None, None]}
    synthetic = {"x": [1.0, 1.0, 1.0, 1.0], "c": [None, None, None, None]}
    detail = marginal_accuracy(real, synthetic).detail
    assert detail["columns"] == {"x": 0.5, "c": 0.5}
    assert detail["trivariate"] is None


def test_reference_of_the_hold_out_and_of_theory():
    # The loss of one draw varies by about a tenth (14 tables of 4 to 64 cells), the mean of 20 by 2 %; the expectation
    # is taken from one draw, whose counts stand in for the law. 10 % are 4 deviations.
    real, synthetic, holdout = draw(0, 2_000), draw(1, 2_000), draw(2, 2_000)
    measured = marginal_accuracy(real, synthetic, holdout=holdout)
    assert measured.reference == pytest.approx(marginal_accuracy(real, holdout).value, abs=1e-12)
    losses = [1 - marginal_accuracy(draw(2 * k, 2_000), draw(2 * k + 1, 2_000)).value for k in range(20)]
    expected = 1 - marginal_accuracy(real, synthetic).reference
    assert expected == pytest.approx(np.mean(losses), rel=0.10)


def test_dependence_that_is_lost_shows_from_pairs_on():
    real = draw(0, 4_000)
    rng = np.random.default_rng(3)
    shuffled = real.apply(lambda column: column.to_numpy()[rng.permutation(len(column))])
    detail = marginal_accuracy(real, shuffled).detail
    assert detail["univariate"] == 1.0
    assert detail["bivariate"] < detail["reference_by_order"][1] - 0.1
    assert detail["trivariate"] < detail["reference_by_order"][2] - 0.1


def test_triples_are_drawn_by_seed_and_their_number_is_said():
    real, synthetic = draw(0, 300, 12), draw(1, 300, 12)
    first, again = (marginal_accuracy(real, synthetic, max_triples=50) for _ in range(2))
    other = marginal_accuracy(real, synthetic, max_triples=50, random_state=1)
    full = marginal_accuracy(real, synthetic)
    assert first.detail["n_triples"] == 50
    assert first.detail["all_triples"] == full.detail["n_triples"] == 220
    assert first.value == again.value != other.value
    # 50 of 220 triples whose accuracies vary by some .01: the mean is known to .0015
    assert first.detail["trivariate"] == pytest.approx(full.detail["trivariate"], abs=0.01)


def test_rows_are_drawn_by_seed_and_their_number_is_said():
    result = marginal_accuracy(draw(0, 900), draw(1, 700), max_rows=400)
    assert result.detail["rows_used"] == [400, 400]
    assert result.value == marginal_accuracy(draw(0, 900), draw(1, 700), max_rows=400).value


@pytest.mark.parametrize("columns", [1, 2])
def test_few_columns_and_one_row(columns):
    real = draw(0, 50, columns)
    assert marginal_accuracy(real, real).value == 1.0
    assert 0.0 <= marginal_accuracy(real.head(1), real).value <= 1.0


def test_only_text():
    result = marginal_accuracy({"n": [f"name {k}" for k in range(80)]}, {"n": ["z"]})
    assert not result.applicable


def test_adult_reaches_its_floor(real_table):
    # Two measured tables whose mean loss over 575 tables is .0217; the expectation agrees within a tenth of that.
    result = marginal_accuracy(real_table("adult_train"), real_table("adult_test"))
    assert result.value == pytest.approx(0.978, abs=0.002)
    assert result.reference == pytest.approx(result.value, abs=0.002)
