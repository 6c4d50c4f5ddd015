from numpy import float64
from numpy.typing import NDArray

_Array = NDArray[float64]

# Every function adds up terms over the values x, shape (n,), with weights w, shape (n,) or (0,) for unit weights, into
# out, shape (n_sums,). scratch has shape (ceil(n / 4096), n_sums). The sums do not depend on n_threads.

def sum_moments(x: _Array, w: _Array, centre: float, out: _Array, scratch: _Array, n_threads: int) -> None:
    """4 sums: d, d^2, d^3, d^4 with d = x - centre."""

def sum_edge(
    x: _Array, w: _Array, edge: float, inverse_unit: float, out: _Array, scratch: _Array, n_threads: int
) -> None:
    """6 sums: log u, (log u)^2, 1/u, 1/u^2, log(u)/u, log(u)/u^2 with u = (x - edge) * inverse_unit > 0."""

def sum_logs(
    x: _Array, w: _Array, edge: float, inverse_unit: float, out: _Array, scratch: _Array, n_threads: int
) -> None:
    """2 sums: log u, (log u)^2 with u = (x - edge) * inverse_unit > 0."""

def sum_tilted(x: _Array, w: _Array, origin: float, tilt: float, out: _Array, scratch: _Array, n_threads: int) -> None:
    """3 sums: e, e d, e d^2 with d = x - origin, e = exp(tilt * d)."""

def sum_powers(
    x: _Array,
    w: _Array,
    edge: float,
    inverse_unit: float,
    power: float,
    out: _Array,
    scratch: _Array,
    n_threads: int,
) -> None:
    """9 sums: l, r, r^2, e, e l, e l^2, e r, e r^2, e l r.

    u = (x - edge) * inverse_unit > 0, l = log u, r = 1/u, e = u^power.
    """

def sum_logistic(
    x: _Array, w: _Array, centre: float, inverse_scale: float, out: _Array, scratch: _Array, n_threads: int
) -> None:
    """6 sums: log f, t, z t, f, z f, z^2 f.

    z = (x - centre) * inverse_scale, f the standard density, t = tanh(z / 2).
    """

def sum_student(
    x: _Array,
    w: _Array,
    centre: float,
    inverse_scale: float,
    inverse_df: float,
    out: _Array,
    scratch: _Array,
    n_threads: int,
) -> None:
    """5 sums: log u, v, v^2, z v, z v^2 with z = (x - centre) * inverse_scale, u = 1 + z^2 * inverse_df, v = 1/u."""
