from numpy import float64
from numpy.typing import NDArray

def polygamma(x: float) -> tuple[float, float, float]:
    """lgamma, digamma and trigamma at x > 0."""

def gamma_gaps(a: float) -> tuple[float, float, float]:
    """a log a - a - lgamma(a), log a - digamma(a), trigamma(a) - 1/a at a > 0, without cancellation for large a."""

def solve_gamma_shape(gap: float) -> float:
    """The a with log a - digamma(a) = gap > 0."""

def solve_beta_shapes(mean_log: float, mean_log1m: float) -> tuple[float, float]:
    """The shapes (a, b) of the beta law on (0, 1) with the given means of log x and log(1 - x)."""

def sum_polygammas(
    x: NDArray[float64],
    w: NDArray[float64],
    shift: float,
    out: NDArray[float64],
    scratch: NDArray[float64],
    n_threads: int,
) -> None:
    """Weighted sums of lgamma, digamma, trigamma at x + shift > 0 into out (3,); scratch (ceil(n / 4096), 3)."""

def exp_values(x: NDArray[float64], out: NDArray[float64], n_threads: int) -> None:
    """out = exp(x) for finite x, the same bits on every CPU; 0 below -708, exp(709) above 709. Shapes (n,)."""

def log_values(x: NDArray[float64], out: NDArray[float64], n_threads: int) -> None:
    """out = log(x) for positive, finite, normal x, the same bits on every CPU. Shapes (n,)."""
