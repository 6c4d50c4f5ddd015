import numpy as np
import pytest
from reference import arima as twin

from synthfast._ext import _arima

ORDERS = [
    (0, 0, 0, 0, 1),
    (1, 0, 0, 0, 1),
    (0, 1, 0, 0, 1),
    (2, 2, 0, 0, 1),
    (3, 1, 0, 0, 1),
    (0, 3, 0, 0, 1),
    (1, 1, 1, 1, 7),
    (2, 1, 2, 1, 4),
    (0, 2, 1, 2, 5),
    (0, 0, 1, 0, 12),
]


def drawn(order, seed=0, size=0.4):
    """Unbounded numbers, coefficients, slopes."""
    u = np.random.default_rng(seed).normal(size=sum(order[:4])) * size
    coefs, slopes = np.empty(len(u)), np.empty(sum(k * k for k in order[:4]))
    _arima.bound_arima(np.array(order, np.int64), u, coefs, slopes)
    return u, coefs, slopes


def scored(order, coefs, x, n_threads=1):
    e, objective, gradient = np.full(len(x), np.nan), np.empty(1), np.empty((1, len(coefs)))
    spans, orders = np.array([[0, len(x)]], np.int64), np.array([order], np.int64)
    _arima.score_arima(x, spans, orders, coefs[None], e, objective, gradient, n_threads)
    return e, objective[0], gradient[0]


def fitted(values, order, x=None, methods=3, max_steps=(60, 60), start=None, limit=1e3, n_threads=1):
    k, n = sum(order[:4]), len(values)
    x = np.empty((0, n)) if x is None else x
    u = np.zeros((1, k)) if start is None else start.copy()
    coefs, beta, figures = np.zeros((1, k)), np.zeros((1, len(x))), np.empty((1, 4))
    spans, used = np.array([[0, n]], np.int64), np.array([[0, len(x)]], np.int64)
    orders, steps = np.array([order], np.int64), np.array(max_steps, np.int64)
    _arima.fit_arima(values, x, spans, used, orders, methods, steps, 1e-12, limit, u, coefs, beta, figures, n_threads)
    return coefs[0], beta[0], figures[0], u[0]


def series(n, seed=1):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(size=n)) * 0.3 + rng.normal(size=n)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_bounded_coefficients_and_their_slopes(order):
    u, coefs, slopes = drawn(order)
    np.testing.assert_allclose(coefs, twin.bounded(order, u), rtol=1e-12)
    at = first = 0
    for k in order[:4]:
        for j in range(k):
            moved = np.eye(len(u))[first + j] * 1e-6
            numeric = (twin.bounded(order, u + moved) - twin.bounded(order, u - moved)) / 2e-6
            own = slopes[at : at + k * k].reshape(k, k)[:, j]
            np.testing.assert_allclose(own, numeric[first : first + k], atol=1e-8)
        at, first = at + k * k, first + k
    ar, ma = twin.expanded(order, drawn(order, size=3.0)[1])
    for polynomial in (ar, ma):  # whatever the numbers, stationary and invertible
        assert len(polynomial) == 1 or np.abs(np.roots(polynomial)).max() < 1


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_conditional_residuals_and_gradient(order):
    _, coefs, _ = drawn(order)
    x = series(90)
    e, objective, gradient = scored(order, coefs, x)
    np.testing.assert_allclose(e, twin.residuals(order, coefs, x), rtol=1e-9, atol=1e-11)
    assert objective == pytest.approx(np.sum(e**2), rel=1e-12)
    for j, own in enumerate(gradient):
        moved = np.eye(len(coefs))[j] * 1e-6
        numeric = scored(order, coefs + moved, x)[1] - scored(order, coefs - moved, x)[1]
        assert own == pytest.approx(numeric / 2e-6, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_exact_innovations(order):
    _, coefs, _ = drawn(order)
    rows = np.stack([series(80), series(80, 2)])
    out = np.empty_like(rows)
    size = max(order[0] + order[4] * order[2], order[1] + order[4] * order[3] + 1)
    states = np.empty((2, size))
    mean_log = _arima.filter_arima(np.array(order, np.int64), coefs, rows, out, states)
    expected, expected_log = twin.exact(order, coefs, rows)
    np.testing.assert_allclose(out, expected, rtol=1e-8, atol=1e-9)
    assert mean_log == pytest.approx(expected_log, abs=1e-10)
    # What the state foretells for the next value is the projection on all before it.
    gamma = twin.autocovariances(order, coefs, 81)
    weights = np.linalg.solve(twin.toeplitz(gamma[:80]), gamma[1:][::-1])
    np.testing.assert_allclose(states[:, 0], rows @ weights, rtol=1e-7, atol=1e-8)


def test_no_likelihood_outside_of_the_stationary_region():
    rows, out, states = series(30)[None], np.empty((1, 30)), np.empty((1, 1))
    order = np.array([1, 0, 0, 0, 1], np.int64)
    assert np.isinf(_arima.filter_arima(order, np.array([1.01]), rows, out, states))


@pytest.mark.parametrize("order", [(1, 0, 0, 0, 1), (1, 1, 0, 0, 1), (1, 1, 1, 1, 7), (2, 0, 0, 1, 4)], ids=str)
def test_fits_are_maxima(order):
    """Neither objective has a better point beside the one found, and the exact one is that of the twin."""
    rng = np.random.default_rng(3)
    _, true, _ = drawn(order, seed=5, size=0.7)
    ar, ma = twin.expanded(order, true)
    e, w = rng.normal(size=460), np.zeros(460)
    for t in range(60, 460):
        w[t] = ma @ e[t - len(ma) + 1 : t + 1][::-1] - ar[1:] @ w[t - len(ar) + 1 : t][::-1]
    w = w[160:] + 5.0
    x = np.ones((1, 300))
    coefs, beta, figures, u = fitted(w, order, x)

    def cost(coefs, beta):
        out, mean_log = twin.exact(order, coefs, (w - beta)[None])
        return np.sum(out**2) * np.exp(mean_log)

    best = cost(coefs, beta[0])
    assert figures[0] == pytest.approx(best, rel=1e-9)
    assert figures[1] == pytest.approx(np.mean(twin.exact(order, coefs, (w - beta[0])[None])[0] ** 2), rel=1e-9)
    for moved in np.eye(len(u)) * 0.02:
        assert cost(twin.bounded(order, u + moved), beta[0]) > best
        assert cost(twin.bounded(order, u - moved), beta[0]) > best
    assert cost(coefs, beta[0] + 0.02) > best
    assert cost(coefs, beta[0] - 0.02) > best
    first, level, sums, _ = fitted(w, order, x, methods=1)
    least = scored(order, first, w - level[0])[1]
    assert sums[0] == pytest.approx(least, rel=1e-10)
    for moved in np.eye(len(first)) * 0.01:
        assert scored(order, first + moved, w - level[0])[1] > least
        assert scored(order, first - moved, w - level[0])[1] > least


def test_many_problems_do_not_depend_on_threads_or_company(n_threads):
    rng = np.random.default_rng(0)
    lengths = rng.integers(40, 90, 40)
    ends = np.cumsum(lengths)
    values = np.concatenate([series(n, seed) for seed, n in enumerate(lengths)])
    spans = np.stack([ends - lengths, ends], axis=1).astype(np.int64)
    orders = np.tile(np.array([[1, 1, 1, 0, 4], [2, 0, 0, 1, 4]], np.int64), (20, 1))
    x = np.ones((1, len(values)))
    used = np.tile(np.array([[0, 1], [1, 1]], np.int64), (20, 1))
    u, coefs, beta, figures = np.zeros((40, 3)), np.zeros((40, 3)), np.zeros((40, 1)), np.empty((40, 4))
    steps = np.array([20, 10], np.int64)
    _arima.fit_arima(values, x, spans, used, orders, 3, steps, 1e-9, 1e3, u, coefs, beta, figures, n_threads)
    e, objective, gradient = np.empty(len(values)), np.empty(40), np.empty((40, 3))
    _arima.score_arima(values, spans, orders, coefs, e, objective, gradient, n_threads)
    for i in (0, 1, 17, 38):
        part = slice(*spans[i])
        alone = np.zeros((1, 3)), np.zeros((1, 3)), np.zeros((1, 1)), np.empty((1, 4))
        own = np.ascontiguousarray(values[part])
        whole = np.array([[0, len(own)]], np.int64)
        ones = np.ones((1, len(own)))
        _arima.fit_arima(own, ones, whole, used[i : i + 1], orders[i : i + 1], 3, steps, 1e-9, 1e3, *alone, 1)
        np.testing.assert_array_equal(coefs[i], alone[1][0])
        np.testing.assert_array_equal(figures[i], alone[3][0])
        np.testing.assert_array_equal(e[part], scored(orders[i], coefs[i], own)[0])


def paths(n_paths=21, n_steps=30, shared=False, n_threads=1):
    rng = np.random.default_rng(7)
    rows = 1 if shared else n_paths
    ar_lags, ma_lags = np.array([1, 4, 5], np.int64), np.array([2], np.int64)
    ar, ma = rng.uniform(-0.3, 0.3, (rows, 3)), rng.uniform(-0.5, 0.5, (rows, 1))
    lags, weights = np.array([1, 4, 5], np.int64), np.array([1.0, 1.0, -1.0])
    starts, pasts = rng.normal(size=(rows, 6)), rng.normal(size=(rows, 5))
    e = rng.normal(size=(n_paths, n_steps))
    arguments = ar_lags, ar, ma_lags, ma, lags, weights, starts, pasts, e
    out = np.full(e.shape, np.nan)
    _arima.simulate_arima(*arguments, out, n_threads)
    return out, arguments


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("n_steps", [1, 3, 30])
def test_paths(shared, n_steps):
    out, arguments = paths(n_steps=n_steps, shared=shared)
    np.testing.assert_allclose(out, twin.simulate(*arguments), rtol=1e-12, atol=1e-12)


def test_paths_do_not_depend_on_threads_or_company(n_threads):
    out, arguments = paths(n_paths=200, n_threads=n_threads)
    few = np.empty((3, 30))
    part = [a[:3] if a.ndim == 2 else a for a in arguments]
    _arima.simulate_arima(*part, few, 1)
    np.testing.assert_array_equal(out[:3], few)


def test_nothing_to_do():
    none, no_rows = np.empty(0), np.empty((0, 2), np.int64)
    objective = np.empty(0)
    _arima.score_arima(
        none, no_rows, np.empty((0, 5), np.int64), np.empty((0, 1)), none, objective, np.empty((0, 1)), 2
    )
    _arima.fit_arima(
        none, np.empty((0, 0)), no_rows, no_rows, np.empty((0, 5), np.int64), 3, np.array([1, 1], np.int64), 1e-9, 1e3,
        np.empty((0, 0)), np.empty((0, 0)), np.empty((0, 0)), np.empty((0, 4)), 2,
    )  # fmt: skip
    assert _arima.filter_arima(np.zeros(5, np.int64), none, np.empty((1, 0)), np.empty((1, 0)), np.empty((1, 1))) == 0
    lags, rows, empty = np.empty(0, np.int64), np.empty((1, 0)), np.empty((0, 4))
    _arima.simulate_arima(lags, rows, lags, rows, lags, none, rows, rows, empty, empty.copy(), 2)


def test_one_value_and_missing_ones():
    coefs, _, figures, _ = fitted(np.array([2.0]), (0, 0, 0, 0, 1))
    assert len(coefs) == 0
    assert figures[0] == pytest.approx(4.0)
    x = series(40)
    x[20] = np.nan
    assert np.isinf(fitted(x, (1, 0, 0, 0, 1))[2][0])
    e, objective, _ = scored((1, 0, 0, 0, 1), np.array([0.5]), x)
    assert np.isnan(objective)
    assert np.isfinite(e[:20]).all()


def test_read_only_and_strided_input():
    frozen = series(40)
    frozen.flags.writeable = False
    coefs = np.array([0.5])
    assert np.isfinite(scored((1, 0, 0, 0, 1), coefs, frozen)[1])
    assert np.isfinite(fitted(frozen, (1, 0, 0, 0, 1))[2][0])
    with pytest.raises(ValueError, match="contiguous"):
        scored((1, 0, 0, 0, 1), coefs, series(80)[::2])


def test_unbounded_numbers_stay_within_their_limit():
    """A series that was differenced once too often has its best moving average on the edge."""
    over = np.diff(np.random.default_rng(0).normal(size=200))
    free = fitted(over, (0, 1, 0, 0, 1), limit=1e3)[3]
    assert free[0] > 5
    assert fitted(over, (0, 1, 0, 0, 1), limit=4.0)[3][0] == 4.0
