"""Conditions between the decimals of a column: what rows can have holds in all of them, the rest is refused."""

import numpy as np
import pandas as pd
import pytest

from synthfast import BootstrapSynthesizer, GaussianCopulaSynthesizer, KDESynthesizer, MixtureSynthesizer
from synthfast.exceptions import ConditionError

MODELS = {
    "bootstrap": BootstrapSynthesizer(random_state=0),
    "smoothed": BootstrapSynthesizer(random_state=0, smoothing=1.0),
    "copula": GaussianCopulaSynthesizer(random_state=0),
    "kde": KDESynthesizer(random_state=0),
    "mixture": MixtureSynthesizer(random_state=0, n_components=2),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    x = np.random.default_rng(0).normal(size=600)
    return MODELS[request.param].fit(pd.DataFrame({"x": x, "d": np.round(3 * x, 1)}))


@pytest.mark.parametrize("wanted", [(0.05, 0.35), (None, 0.28), (0.1 + 0.2, 0.55), [0.1, 0.7], 0.1 + 0.2], ids=str)
def test_conditions_hold_in_every_row(model, wanted):
    drawn = model.sample(500, conditions={"d": wanted})["d"]
    assert (np.round(drawn, 1) == drawn).all()
    if isinstance(wanted, tuple):
        low, high = (open_end if end is None else end for end, open_end in zip(wanted, (-99.0, 99.0), strict=True))
        assert drawn.between(np.round(low, 10), high).all()
    else:
        assert drawn.isin(np.round(wanted, 1).ravel()).all()


@pytest.mark.parametrize(("wanted", "message"), [((0.31, 0.39), "no value that rows"), (0.35, "exactly the value")])
def test_what_no_row_can_have_is_refused(model, wanted, message):
    with pytest.raises(ConditionError, match=message):
        model.sample(10, conditions={"d": wanted})
