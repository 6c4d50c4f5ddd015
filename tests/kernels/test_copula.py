import numpy as np
import pytest
from reference import copula as twin

from synthfast._ext._copula import combine_rows, fill_stratified


def combined(weights, rows, n_threads=1):
    out = np.full((len(weights), rows.shape[1]), np.nan)
    combine_rows(weights, rows, out, n_threads)
    return out


@pytest.mark.parametrize(("n_out", "n_in"), [(0, 3), (1, 1), (3, 0), (4, 7)])
@pytest.mark.parametrize("n", [0, 1, 4_095, 4_097])
def test_combinations_agree_with_their_twin_to_the_bit(n_out, n_in, n):
    rng = np.random.default_rng(0)
    weights, rows = rng.normal(size=(n_out, n_in)), rng.normal(size=(n_in, n))
    np.testing.assert_array_equal(combined(weights, rows), twin.combine_rows(weights, rows))


def test_threads_do_not_change_combinations(n_threads):
    rng = np.random.default_rng(1)
    weights, rows = np.tril(rng.normal(size=(20, 20))), rng.normal(size=(20, 70_001))
    assert combined(weights, rows, n_threads).tobytes() == combined(weights, rows, 1).tobytes()


def test_nan_stays_in_its_column():
    rows = np.ones((2, 5))
    rows[0, 3] = np.nan
    out = combined(np.ones((1, 2)), rows)
    assert np.isnan(out[0, 3])
    assert (np.delete(out[0], 3) == 2).all()


def stratified(z, jitter, n_threads=1):
    out = np.full(len(z), np.nan)
    fill_stratified(z, jitter, out, n_threads)
    return out


@pytest.mark.parametrize("scale", [1.0, 1e-7, 5.0, 0.0])
def test_strata_agree_with_their_twin_to_the_bit(scale):
    """At scale 1e-7 all keys tie and the position decides; at 5 some lie beyond the keys' range."""
    rng = np.random.default_rng(2)
    z, jitter = scale * rng.normal(size=3 * 1024), rng.random(3 * 1024)
    np.testing.assert_array_equal(stratified(z, jitter), twin.fill_stratified(z, jitter))


def test_every_stratum_is_hit_once():
    rng = np.random.default_rng(3)
    u = stratified(rng.normal(size=2048), rng.random(2048))
    for part in (u[:1024], u[1024:]):
        assert sorted(np.floor(part * 1024)) == list(range(1024))


def test_the_order_of_the_normals_is_kept():
    """Normals further apart than a key's width, 2^-18, keep their order."""
    z = np.random.default_rng(4).permutation(np.arange(1024) / 256.0 - 2.0)
    u = stratified(z, np.full(1024, 0.5))
    np.testing.assert_array_equal(np.argsort(z), np.argsort(u))


def test_threads_do_not_change_strata(n_threads):
    rng = np.random.default_rng(5)
    z, jitter = rng.normal(size=300 * 1024), rng.random(300 * 1024)
    assert stratified(z, jitter, n_threads).tobytes() == stratified(z, jitter, 1).tobytes()


def test_nothing_and_read_only_input():
    assert len(stratified(np.empty(0), np.empty(0))) == 0
    z, jitter = np.zeros(1024), np.full(1024, 0.5)
    z.flags.writeable = jitter.flags.writeable = False
    assert stratified(z, jitter)[0] == 0.5 / 1024
