"""How close a synthetic table is to the real one, and what it discloses: one metric family a file."""

from synthfast.quality.columns import CodedTable, Coding, Tables, share_columns
from synthfast.quality.correlation import (
    associations,
    correlation_ratio,
    cramers_v,
    pearson_correlation,
    spearman_correlation,
)
from synthfast.quality.detection import classifier_two_sample
from synthfast.quality.distribution import (
    column_shapes,
    kolmogorov_smirnov,
    missing_rates,
    total_variation,
    wasserstein,
)
from synthfast.quality.histograms import ColumnHistogram, column_histograms
from synthfast.quality.marginals import marginal_accuracy
from synthfast.quality.moments import (
    mean_difference,
    mean_preservation,
    median_difference,
    quantile_difference,
    std_ratio,
    variance_difference,
)
from synthfast.quality.pair_histograms import PairHistograms, pair_histograms
from synthfast.quality.privacy import (
    closer_to_training,
    disclosure_risk,
    exact_copies,
    membership_inference,
    nearest_neighbor_distance_ratio,
)
from synthfast.quality.result import MetricResult
from synthfast.quality.score import overall_score
from synthfast.quality.utility import utility_classification, utility_regression

__all__ = [
    "CodedTable",
    "Coding",
    "ColumnHistogram",
    "MetricResult",
    "PairHistograms",
    "Tables",
    "associations",
    "classifier_two_sample",
    "closer_to_training",
    "column_histograms",
    "column_shapes",
    "correlation_ratio",
    "cramers_v",
    "disclosure_risk",
    "exact_copies",
    "kolmogorov_smirnov",
    "marginal_accuracy",
    "mean_difference",
    "mean_preservation",
    "median_difference",
    "membership_inference",
    "missing_rates",
    "nearest_neighbor_distance_ratio",
    "overall_score",
    "pair_histograms",
    "pearson_correlation",
    "quantile_difference",
    "share_columns",
    "spearman_correlation",
    "std_ratio",
    "total_variation",
    "utility_classification",
    "utility_regression",
    "variance_difference",
    "wasserstein",
]
