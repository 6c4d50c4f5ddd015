"""P-values of the Kolmogorov-Smirnov distance corrected for fitted parameters, from simulated tables.

Where a law has nothing but location and scale (after a logarithm, too), the distance to the fitted law has one
distribution whatever the true parameters are, and it was simulated once (tests/golden/families/make_lilliefors.py).
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthfast.marginals.fitted import FittedMarginal

__all__ = ["lilliefors_p_value"]

_SIZES = (5, 10, 20, 50, 200, 1000)
_UPPER = (0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001, 0.0002)
# Quantiles of 10,000 sqrt(n) D exceeded with these probabilities, one row per sample size.
_TABLES = {
    "norm": """
        3188 3763 4150 4622 4965 5258 5540 5840 6202 6742 7067 7443 7986 8457 9125 9538 10176 10536
        3409 3916 4234 4681 5043 5375 5711 6070 6479 6985 7317 7744 8398 9000 9708 10198 11166 12088
        3471 4002 4328 4783 5152 5495 5838 6206 6623 7152 7496 7940 8637 9273 10023 10589 11701 12667
        3562 4097 4435 4891 5261 5606 5957 6333 6761 7300 7645 8102 8821 9480 10289 10858 12054 13240
        3668 4196 4531 4995 5365 5716 6069 6445 6874 7420 7776 8242 8962 9627 10441 10996 12193 13308
        3736 4260 4597 5050 5426 5775 6126 6495 6925 7475 7832 8294 9015 9690 10501 11063 12298 13271
    """,
    "expon": """
        3566 4208 4589 5123 5555 5986 6436 6904 7418 8057 8482 9042 9882 10618 11457 11993 12978 14144
        3669 4297 4699 5253 5709 6141 6587 7064 7613 8311 8758 9355 10275 11090 12062 12721 14187 15418
        3763 4386 4793 5360 5825 6263 6709 7193 7753 8467 8928 9536 10491 11350 12399 13098 14691 16019
        3855 4497 4904 5471 5935 6378 6830 7319 7888 8611 9081 9707 10674 11552 12627 13352 14907 16471
        3951 4597 5001 5574 6044 6493 6945 7440 8002 8725 9197 9815 10790 11701 12811 13555 15303 16745
        4013 4649 5062 5636 6110 6561 7015 7505 8083 8814 9290 9907 10903 11821 12894 13664 15450 17070
    """,
    "expon_loc": """
        4472 4472 4524 5128 5597 6064 6571 7100 7645 8241 8575 8931 10039 11010 12069 12691 14390 15807
        3693 4359 4782 5357 5800 6188 6619 7119 7682 8363 8800 9393 10366 11230 12297 13077 14682 16284
        3806 4419 4829 5398 5862 6298 6746 7232 7793 8503 8966 9577 10552 11433 12524 13299 14970 16398
        3867 4509 4916 5486 5954 6396 6846 7338 7900 8619 9090 9710 10685 11581 12660 13430 15109 16557
        3958 4592 5005 5576 6051 6496 6949 7439 8007 8722 9196 9810 10781 11688 12781 13561 15206 16748
        4023 4654 5064 5644 6109 6560 7008 7507 8074 8801 9274 9907 10896 11808 12825 13628 15303 16700
    """,
    "uniform": """
        4472 4506 5140 6073 6783 7393 7928 8400 8832 9749 10384 11123 12110 12894 14071 14866 16113 16785
        4123 4977 5495 6128 6711 7312 7904 8510 9207 10149 10738 11513 12730 13811 15107 16013 17775 19256
        4184 4954 5472 6194 6798 7381 7972 8625 9368 10323 10949 11777 13057 14198 15550 16570 18573 20278
        4215 5008 5517 6256 6874 7463 8075 8734 9502 10482 11112 11949 13286 14482 15932 16887 18993 20991
        4310 5090 5607 6343 6962 7555 8167 8837 9622 10620 11273 12122 13442 14639 16123 17167 19387 21170
        4382 5154 5679 6412 7032 7630 8240 8911 9698 10692 11334 12180 13505 14705 16158 17225 19172 21316
    """,
    "logistic": """
        3098 3492 3759 4177 4475 4733 4995 5266 5557 5903 6122 6424 6873 7221 7594 7840 8474 8848
        3203 3649 3931 4311 4606 4882 5158 5453 5785 6190 6446 6776 7278 7724 8255 8618 9339 10048
        3280 3743 4031 4419 4732 5019 5304 5609 5951 6374 6645 7000 7549 8039 8621 9043 9871 10630
        3380 3852 4147 4542 4859 5152 5443 5757 6111 6552 6832 7199 7764 8271 8897 9327 10254 11069
        3469 3955 4249 4651 4969 5264 5560 5877 6233 6679 6969 7346 7935 8472 9119 9580 10531 11332
        3552 4022 4316 4714 5032 5328 5625 5942 6303 6744 7038 7416 8021 8580 9232 9690 10610 11466
    """,
    "gumbel_r": """
        3198 3730 4104 4573 4918 5219 5501 5791 6125 6609 6927 7319 7853 8292 8854 9278 10044 10629
        3399 3893 4202 4640 4996 5323 5650 5997 6391 6886 7200 7608 8237 8806 9474 9954 10922 11756
        3457 3978 4305 4749 5108 5445 5778 6137 6547 7051 7381 7806 8476 9085 9819 10316 11354 12315
        3553 4080 4411 4864 5229 5571 5909 6275 6691 7215 7551 7996 8681 9306 10052 10566 11700 12772
        3644 4179 4514 4966 5334 5675 6018 6385 6806 7329 7673 8123 8830 9481 10261 10794 12012 13009
        3726 4241 4571 5024 5397 5739 6088 6452 6874 7407 7751 8201 8910 9559 10362 10892 12205 12957
    """,
}
_LAWS = {
    ("norm", frozenset()): "norm",
    ("lognorm", frozenset({"loc"})): "norm",
    ("expon", frozenset({"loc"})): "expon",
    ("expon", frozenset()): "expon_loc",
    ("pareto", frozenset({"loc"})): "expon_loc",
    ("uniform", frozenset()): "uniform",
    ("logistic", frozenset()): "logistic",
    ("gumbel_r", frozenset()): "gumbel_r",
    ("weibull_min", frozenset({"loc"})): "gumbel_r",
}
"""Family and fixed parameters to the law of location and scale that it is, or whose logarithm or mirror image it is."""


def lilliefors_p_value(fitted: "FittedMarginal") -> float | None:
    """Return the p-value of ``ks_statistic`` given that the parameters were fitted.

    Parameters
    ----------
    fitted : FittedMarginal
        A fitted law with ``n`` and ``fixed``.

    Returns
    -------
    float or None
        None where no table applies: another family, or fewer than five values.

    Notes
    -----
    Simulated with 400,000 samples per size (100,000 for n = 1,000), so that p-values are right to about 2 % of
    themselves down to 0.001; below 0.0002 they are extrapolated. Between sizes the quantiles are interpolated in
    1/sqrt(n).

    References
    ----------
    H. W. Lilliefors (1967), "On the Kolmogorov-Smirnov test for normality with mean and variance unknown"; M. A.
    Stephens (1974), "EDF statistics for goodness of fit and some comparisons".
    """
    law = _LAWS.get((fitted.distribution, frozenset(fitted.fixed)))
    if law is None or fitted.n < _SIZES[0]:
        return None
    table = np.array(_TABLES[law].split(), dtype=np.float64).reshape(len(_SIZES), len(_UPPER)) / 1e4
    quantiles = _quantiles(table, fitted.n)
    scaled = fitted.ks_statistic * np.sqrt(fitted.n)
    upper = np.array(_UPPER)
    if scaled >= quantiles[-1]:  # log p is a quadratic of the distance, far out
        rate = np.log(upper[-3] / upper[-1]) / (quantiles[-1] ** 2 - quantiles[-3] ** 2)
        return float(upper[-1] * np.exp(-rate * (scaled**2 - quantiles[-1] ** 2)))
    odds = np.log(upper / (1.0 - upper))
    if scaled <= quantiles[0]:
        return float(1.0 - (1.0 - upper[0]) * scaled / quantiles[0])
    return float(1.0 / (1.0 + np.exp(-np.interp(scaled, quantiles, odds))))


def _quantiles(table: np.ndarray, n: int) -> np.ndarray:
    """The row of the table for a sample size; beyond the largest the line in 1/sqrt(n) goes on."""
    roots = 1.0 / np.sqrt(np.array(_SIZES, dtype=np.float64))
    at = 1.0 / np.sqrt(n)
    i = min(int(np.searchsorted(-roots, -at)), len(_SIZES) - 1)
    i = max(i, 1)
    share = (roots[i - 1] - at) / (roots[i - 1] - roots[i])
    return np.asarray(table[i - 1] + share * (table[i] - table[i - 1]))
