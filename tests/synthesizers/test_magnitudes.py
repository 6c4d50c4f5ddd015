"""Numbers near the ends of the floats: modelled, or refused by the name of their column."""

import warnings

import numpy as np
import pandas as pd
import pytest

from synthfast import GaussianCopulaSynthesizer, KDESynthesizer, MixtureSynthesizer
from synthfast.exceptions import DataError


def frame(unit):
    z = np.random.default_rng(0).normal(size=(300, 2))
    return pd.DataFrame({"x": np.clip(z[:, 0], -3, 3) * unit, "y": z[:, 0] + z[:, 1]})


@pytest.mark.parametrize("unit", [5e307, 1e-320])
@pytest.mark.parametrize("model", [KDESynthesizer(), MixtureSynthesizer(n_components=2)], ids=["kde", "mixture"])
def test_numbers_without_moments_are_refused(model, unit):
    with pytest.raises(DataError, match=r"column 'x': expected the largest .* Multiply the column by a power of ten"):
        model.fit(frame(unit))


@pytest.mark.parametrize("unit", [1e145, 1e-145])
@pytest.mark.parametrize("model", [KDESynthesizer(), MixtureSynthesizer(n_components=2)], ids=["kde", "mixture"])
def test_numbers_with_moments_are_modelled(model, unit, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = model.fit(frame(unit)).sample(2_000, random_state=0)
    model.save(tmp_path / "m.synth")
    assert np.corrcoef(drawn["x"] / unit, drawn["y"])[0, 1] > 0.5  # 0.71 in theory


@pytest.mark.parametrize("unit", [5e307, 1e-320])
def test_a_copula_takes_all_floats(unit):
    drawn = GaussianCopulaSynthesizer().fit(frame(unit)).sample(2_000, random_state=0)
    assert np.isfinite(drawn["x"]).all()
    assert np.corrcoef(drawn["x"] / unit, drawn["y"])[0, 1] > 0.5
