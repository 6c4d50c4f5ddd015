"""The laws of private noise against theory, its arguments, and where its randomness comes from."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from synthfast.privacy import discrete_gaussian, discrete_laplace, exponential_mechanism
from synthfast.privacy import noise as module
from synthfast.privacy._tape import Tape
from synthfast.privacy.noise import ExactNoise, noise_backend
from synthfast.privacy.scales import noise_scale, sigma_of_rho

N = 200_000
SCALES = [0.3, 0.5, Fraction(2, 3), 1, 1.7, 4.5309, 30, 1000.25, 10**9]


def gaussian_weights(y, scale):
    return np.exp(-(y**2) / (2 * float(scale) ** 2))


def laplace_weights(y, scale):
    return np.exp(-np.abs(y) / float(scale))


def chi_square_p(draws, weights, scale):
    """P-value of counts in 60 cells of about equal theoretical mass."""
    reach = int(40 * scale) + 20
    step = max(1, reach // 200_000)  # large scales: the law is flat within a step
    y = np.arange(-reach, reach + 1, step)
    cumulative = np.cumsum(weights(y + (step - 1) / 2, scale))
    cumulative /= cumulative[-1]
    ends = np.unique(np.searchsorted(cumulative, np.linspace(0, 1, 61)[1:-1]))
    expected = np.diff(np.concatenate([[0], cumulative[ends], [1]])) * len(draws)
    cells = np.searchsorted(y[ends] + step - 1, draws, side="left")
    observed = np.bincount(cells, minlength=len(expected))
    keep = expected >= 5
    observed = np.append(observed[keep], observed[~keep].sum())
    expected = np.append(expected[keep], expected[~keep].sum())
    if expected[-1] < 5:
        observed, expected = observed[:-1], expected[:-1] + (expected[-1] / (len(expected) - 1))
    return stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    ("draw", "weights"), [(discrete_gaussian, gaussian_weights), (discrete_laplace, laplace_weights)]
)
def test_draws_follow_the_law(draw, weights, scale):
    # 18 fixed seeds: a right sampler has each p-value above 1e-5 but once in 5,000 choices of them.
    assert chi_square_p(draw(scale, N, insecure_noise_seed=3), weights, scale) > 1e-5


@pytest.mark.parametrize("factor", [0.98, 1.02])
def test_the_chi_square_test_finds_a_scale_that_is_2_percent_off(factor):
    assert chi_square_p(discrete_gaussian(4.5 * factor, N, insecure_noise_seed=3), gaussian_weights, 4.5) < 1e-5


@pytest.mark.parametrize("scale", SCALES)
def test_moments_and_independence(scale):
    y = discrete_gaussian(scale, N, insecure_noise_seed=5)
    reach = np.arange(-int(12 * scale) - 12, int(12 * scale) + 13) if scale < 1e6 else None
    variance = float(scale) ** 2
    if reach is not None:
        weights = gaussian_weights(reach, scale)
        variance = float((weights * reach.astype(float) ** 2).sum() / weights.sum())
    y = y / max(np.sqrt(variance), 1e-9)
    assert abs(y.mean()) < 5 / np.sqrt(N)
    assert variance < 1e-9 or abs((y**2).mean() - 1) < 5 * np.sqrt(((y**4).mean()) / N)
    assert abs((y[1:] * y[:-1]).mean()) < 5 / np.sqrt(N)


def test_the_systems_randomness_is_used_by_default_and_never_repeats():
    assert not np.array_equal(discrete_gaussian(100, 100), discrete_gaussian(100, 100))
    # 10,000 draws: the mean is within 8 standard errors but once in 1e15.
    assert abs(discrete_gaussian(100, 10_000).mean()) < 8 * 100 / 100


def test_global_seeds_do_not_touch_the_noise(monkeypatch):
    # A library that seeds NumPy globally hands out the same, removable noise on each run.
    reads = []
    original = module.Tape.read
    monkeypatch.setattr(module.Tape, "read", lambda self, n: reads.append(self.insecure_seed) or original(self, n))
    state = np.random.get_state()  # noqa: NPY002
    discrete_laplace(3, 10)
    assert reads == [None]
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(a, b) for a, b in zip(state, after, strict=True))


def test_an_insecure_seed_repeats_and_is_on_record():
    first = discrete_laplace(20, 50, insecure_noise_seed=1)
    assert np.array_equal(first, discrete_laplace(20, 50, insecure_noise_seed=1))
    assert not np.array_equal(first, discrete_laplace(20, 50, insecure_noise_seed=2))
    source = ExactNoise(1)
    assert source.insecure_seed == 1
    assert not np.array_equal(source.laplace(20, 50), source.laplace(20, 50))  # one source does not repeat itself


def test_draws_do_not_depend_on_how_words_are_handed_out(monkeypatch):
    class Slow(Tape):
        """The same bytes, a few at a time."""

        def __init__(self, step):
            super().__init__(9)
            self.bytes, self.step, self.start = Tape(9)._read_bytes(2**20), step, 0

        def read(self, n_words):
            self.start += 4 * self.step
            return np.frombuffer(self.bytes[self.start - 4 * self.step : self.start], dtype=np.uint32)

    def draws(step):
        out = np.empty(300, dtype=np.int64)
        Slow(step).fill(module._dpnoise.fill_gaussian, out, 9, 2)
        return out.tolist()

    assert draws(1) == draws(7) == draws(60_000)


@pytest.mark.parametrize("size", [0, 1, 7, (2, 3), (0, 4), ()])
def test_shapes(size):
    shape = size if isinstance(size, tuple) else (size,)
    for draw in (discrete_gaussian, discrete_laplace):
        assert draw(2, size).shape == shape
        assert draw(2, size).dtype == np.int64


@pytest.mark.parametrize(
    ("scale", "error"),
    [(0, ValueError), (-1, ValueError), (float("nan"), ValueError), (float("inf"), ValueError), (2**53, ValueError),
     ("1", TypeError), (True, TypeError), (None, TypeError), (1j, TypeError)],
)  # fmt: skip
def test_scales_that_are_none(scale, error):
    for draw, name in ((discrete_gaussian, "sigma"), (discrete_laplace, "scale")):
        with pytest.raises(error, match=name):
            draw(scale, 3)


@pytest.mark.parametrize(
    ("size", "error"), [(-1, ValueError), (2.0, TypeError), ((2, -1), ValueError), ("3", TypeError)]
)
def test_sizes_that_are_none(size, error):
    with pytest.raises(error, match="size"):
        discrete_gaussian(1, size)


@pytest.mark.parametrize("seed", [-1, 1.5, "x"])
def test_seeds_that_are_none(seed):
    with pytest.raises((TypeError, ValueError), match="insecure_noise_seed"):
        discrete_gaussian(1, 1, insecure_noise_seed=seed)


@pytest.mark.parametrize(
    "scale", [Fraction(1, 3), 0.1, np.float32(0.1), np.pi, 1e-3, 1e12 / 7, 2.0**52, 123_456_789.123]
)
def test_scales_are_never_rounded_down(scale):
    used, asked = noise_scale(scale), Fraction(repr(float(scale)))
    assert used.numerator <= 2**52
    assert used.denominator <= 2**52
    if isinstance(scale, Fraction):
        assert used == scale
    else:
        assert asked <= used <= asked * (1 + Fraction(1, 2**39))


@pytest.mark.parametrize("rho", [Fraction(1, 8), 0.5, 1e-9, 0.0149730576, 7])
@pytest.mark.parametrize("sensitivity", [1, 3, 0.5, 2**26])
def test_sigma_of_rho_never_costs_more(rho, sensitivity):
    sigma = sigma_of_rho(rho, sensitivity)
    cost = Fraction(repr(sensitivity)) ** 2 / (2 * sigma**2)
    asked = rho if isinstance(rho, Fraction) else Fraction(repr(rho))
    assert asked * (1 - Fraction(1, 2**35)) <= cost <= asked


def test_selection_follows_the_law():
    scores = np.array([5, 3, 0, 4, -100])
    source = ExactNoise(4)
    chosen = np.bincount([source.select(scores, Fraction(7, 10)) for _ in range(20_000)], minlength=5)
    expected = np.exp(0.7 * (scores - 5.0))
    expected *= 20_000 / expected.sum()
    assert chosen[4] == 0  # expected 1e-28
    assert stats.chisquare(chosen[:4], expected[:4] * 20_000 / expected[:4].sum()).pvalue > 1e-4


def test_selection_by_rho_epsilon_and_monotonic_scores():
    # rho = epsilon**2 / 8; monotonic scores may use twice the rate.
    scores = [0, 1, 2, 3, 4, 5]
    for seed in range(30):
        by_epsilon = exponential_mechanism(scores, epsilon=1, insecure_noise_seed=seed)
        assert by_epsilon == exponential_mechanism(scores, rho=Fraction(1, 8), insecure_noise_seed=seed)
        assert by_epsilon == exponential_mechanism(
            scores, epsilon=Fraction(1, 2), monotonic=True, insecure_noise_seed=seed
        )


def test_selection_of_extreme_scores():
    assert exponential_mechanism([-(2**62) + 1, 2**62 - 1], epsilon=1) == 1
    assert exponential_mechanism(np.array([7], dtype=np.uint8), epsilon=1e-12) == 0
    strided = np.arange(40)[::-2]
    assert exponential_mechanism(strided, epsilon=1000) == 0
    few = {exponential_mechanism([0, 1], epsilon=1e-30, insecure_noise_seed=s) for s in range(40)}
    assert few == {0, 1}


@pytest.mark.parametrize(
    ("scores", "error"),
    [([], ValueError), ([[1]], ValueError), ([0.5], TypeError), (["secret"], TypeError), ([2**62], ValueError),
     ([None], TypeError), ([2**70], (TypeError, ValueError))],
)  # fmt: skip
def test_scores_that_are_none_are_not_quoted(scores, error):
    with pytest.raises(error, match="scores") as caught:
        exponential_mechanism(scores, epsilon=1)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("arguments", [{}, {"epsilon": 1, "rho": 1}, {"epsilon": 0}, {"rho": -1}, {"epsilon": 2**40},
                                       {"epsilon": 1, "sensitivity": 0}])  # fmt: skip
def test_prices_of_a_selection_that_are_none(arguments):
    with pytest.raises(ValueError, match=r"epsilon|rho|sensitivity"):
        exponential_mechanism([1, 2], **arguments)


def test_backends():
    with pytest.raises(ValueError, match="backend"):
        discrete_gaussian(1, 1, backend="numpy")
    with pytest.raises(ValueError, match="cannot be seeded"):
        noise_backend("opendp", 1)


def test_noise_out_of_range_stops_before_a_release(monkeypatch):
    monkeypatch.setattr(
        module, "_dpnoise", type("Kernel", (), {"fill_laplace": staticmethod(lambda out, words, p, q: (0, 0, True))})
    )
    with pytest.raises(OverflowError, match="nothing was released"):
        discrete_laplace(1, 1)
