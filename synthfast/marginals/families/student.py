"""Student's t law."""

from typing import Any

import numpy as np

from synthfast._ext import _special
from synthfast.marginals.families.base import ContinuousFamily, Estimate, Parameters
from synthfast.marginals.families.edges import NearGaps, search_gaps
from synthfast.marginals.families.normal import HALF_LOG_2PI
from synthfast.marginals.newton import Evaluation
from synthfast.marginals.points import FloatArray, Points
from synthfast.marginals.summary import Summary

__all__ = ["StudentT"]

_LOG_DF = (float(np.log(0.05)), float(np.log(1e6)))
_STARTS = ((1.0, 1.0), (2.0, 0.8165), (4.0, 0.7407), (10.0, 0.6998), (100.0, 0.6770))
"""Degrees of freedom and the upper quartile of the standard law."""
_SERIES_FROM = 200.0


class StudentT(ContinuousFamily):
    """``t`` with ``df`` degrees of freedom: Newton's method in location, log scale and log df.

    Notes
    -----
    ``df`` stays between 0.05 and a million, where the law is the normal one for all purposes. Where one value holds a
    large share of the column the likelihood is unbounded as the scale goes to zero; the scale then stays at what the
    data resolve.
    """

    name = "t"
    parameters = ("df", "loc", "scale")

    def _fit(self, summary: Summary, fixed: Parameters) -> Estimate:
        std, origin = summary.std, summary.quantile(0.5)
        near = NearGaps(float(np.log(summary.nearest_edge)), float(np.log(summary.finest_edge)))
        half_width = 0.5 * (summary.quantile(0.75) - summary.quantile(0.25)) or std

        def evaluate(points: Points, shift: float, log_df: float, log_scale: float) -> Evaluation:
            return _likelihood(points, origin + std * shift, log_df, log_scale, std)

        starts = [(0.0, float(np.log(df)), float(np.log(half_width / quartile))) for df, quartile in _STARTS]
        start = max(starts, key=lambda at: evaluate(summary.coarse, *at)[0])
        scales = ((near, float(np.log(100.0 * std))),)
        found = search_gaps(evaluate, summary, start, scales, (-10.0, _LOG_DF[0]), (10.0, _LOG_DF[1]))
        params = {
            "df": float(np.exp(found.at[1])),
            "loc": origin + std * found.at[0],
            "scale": float(np.exp(found.at[2])),
        }
        bounds = tuple(name for name, on in zip(("loc", "df", "scale"), found.on_bound, strict=True) if on)
        return Estimate(params, found.value, 0, bounds)

    def _standard_logpdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        df = shapes[0]
        return _log_height(df)[0] - 0.5 * (df + 1.0) * np.log1p(z * z / df)

    def _standard_cdf(self, z: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import stdtr

        return stdtr(shapes[0], z)

    def _standard_ppf(self, u: FloatArray, shapes: tuple[float, ...]) -> FloatArray:
        from scipy.special import stdtrit

        inner = stdtrit(shapes[0], np.where((u > 0.0) & (u < 1.0), u, 0.5))
        return np.where((u > 0.0) & (u < 1.0), inner, np.where(u == 0.0, -np.inf, np.where(u == 1.0, np.inf, np.nan)))

    def _standard_draw(self, n: int, stream: Any, shapes: tuple[float, ...], start: int) -> FloatArray:
        half = 0.5 * shapes[0]
        z = stream.child("normal").normal(n, start=start)
        z /= np.sqrt(stream.child("gamma").gamma(half, n, start=start) / half)
        return z


def _log_height(df: float) -> tuple[float, float, float]:
    """Log of the standard density at 0, with two derivatives by df; a series where log gammas would cancel."""
    x = 0.5 * df
    if x > _SERIES_FROM:
        r = 1.0 / x
        height = -r / 8.0 + r**3 / 192.0 - r**5 / 640.0 - HALF_LOG_2PI
        return height, 0.5 * (r**2 / 8.0 - r**4 / 64.0), 0.25 * (-(r**3) / 4.0 + r**5 / 16.0)
    upper, lower = _special.polygamma(x + 0.5), _special.polygamma(x)
    height = upper[0] - lower[0] - 0.5 * float(np.log(np.pi * df))
    return height, 0.5 * (upper[1] - lower[1] - 1.0 / df), 0.25 * (upper[2] - lower[2]) + 0.5 / df**2


def _likelihood(points: Points, centre: float, log_df: float, log_scale: float, unit: float) -> Evaluation:
    """Mean log-likelihood with derivatives by the centre in units, log df and the log scale."""
    scale, df = float(np.exp(log_scale)), float(np.exp(log_df))
    log_u, v, vv, zv, zvv = points.student_means(centre, scale, df)
    height, slope, bend = _log_height(df)
    ratio, more = unit / scale, 1.0 + 1.0 / df
    k, kv = 1.0 - v, v - vv
    value = height - log_scale - 0.5 * (df + 1.0) * log_u
    by_df = df * slope - 0.5 * df * log_u + 0.5 * (df + 1.0) * k
    gradient = (more * ratio * zv, by_df, (df + 1.0) * k - 1.0)
    centre_df = ratio * (more * (zv - zvv) - zv / df)
    centre_scale = -2.0 * more * ratio * zvv
    df_df = df * slope + df * df * bend - 0.5 * df * log_u + df * k - 0.5 * (df + 1.0) * kv
    df_scale = df * k - (df + 1.0) * kv
    hessian = (
        (-more * ratio * ratio * (v - 2.0 * kv), centre_df, centre_scale),
        (centre_df, df_df, df_scale),
        (centre_scale, df_scale, -2.0 * (df + 1.0) * kv),
    )
    return value, gradient, hessian
