"""Whatever finite numbers come, fitting gives finite laws or reasons, and the laws are distributions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthfast.exceptions import DataError
from synthfast.marginals import FittedMarginal, fit_column

NUMBERS = st.one_of(
    st.lists(st.floats(allow_nan=True, allow_infinity=False, width=64), min_size=1, max_size=40),
    st.lists(st.integers(-5, 30).map(float), min_size=1, max_size=60),
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 40.0, 1e-300, 1e9]), min_size=1, max_size=60),
)


@given(NUMBERS, st.sampled_from(["auto", "free", 0.0]))
def test_any_column(values, loc):
    try:
        fits = fit_column(np.array(values), loc=loc)
    except DataError:
        distinct = {v for v in values if v == v}
        assert len(distinct) < 2 or max(distinct) / 2 - min(distinct) / 2 > 1e303
        return
    for fitted in fits.values():
        if not isinstance(fitted, FittedMarginal):
            assert fitted
            continue
        assert all(np.isfinite(value) for value in fitted.params.values())
        assert np.isfinite(fitted.loglik)
        assert 0.0 <= fitted.ks_statistic <= 1.0
        assert 0.0 <= fitted.p_value <= 1.0
        at = np.sort(np.array([v for v in values if v == v]))
        share = fitted.cdf(at)
        assert (np.diff(share) >= -1e-9).all()
        assert ((share >= 0.0) & (share <= 1.0)).all()
        assert (fitted.logpdf(at) > -np.inf).all() or fitted.loglik < -1e3
