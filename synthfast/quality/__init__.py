"""How close a synthetic table is to the real one, and what it discloses: one metric family a file."""

from synthfast.quality.augmentation import utility_augmentation
from synthfast.quality.cdf_distances import anderson_darling, energy_distance, wasserstein
from synthfast.quality.columns import CodedTable, Coding, Tables, share_columns
from synthfast.quality.contingency import contingency_similarity
from synthfast.quality.correlation import (
    associations,
    correlation_ratio,
    cramers_v,
    kendall_correlation,
    mutual_information,
    pearson_correlation,
    spearman_correlation,
)
from synthfast.quality.coverage import boundary_adherence, category_adherence, category_coverage, range_coverage
from synthfast.quality.detection import classifier_two_sample, logistic_two_sample
from synthfast.quality.distribution import column_shapes, kolmogorov_smirnov, missing_rates, total_variation
from synthfast.quality.divergence import chi_square, jensen_shannon
from synthfast.quality.fairness import demographic_parity, group_fidelity, group_utility
from synthfast.quality.histograms import ColumnHistogram, column_histograms
from synthfast.quality.importance import feature_importance_agreement
from synthfast.quality.manifold import alpha_precision, authenticity, beta_recall
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
    AttackedTables,
    closer_to_training,
    disclosure_risk,
    exact_copies,
    membership_inference,
    nearest_neighbor_distance_ratio,
)
from synthfast.quality.quantile_errors import mean_absolute_percentage_error, median_absolute_error
from synthfast.quality.result import MetricResult
from synthfast.quality.score import overall_score
from synthfast.quality.series_disclosure import (
    best_lag_correlation,
    longest_verbatim_run,
    nearest_window_ratio,
    warping_distance,
)
from synthfast.quality.series_features import feature_distance
from synthfast.quality.series_memory import (
    autocorrelation_distance,
    cross_correlation_distance,
    partial_autocorrelation_distance,
    volatility_memory_distance,
)
from synthfast.quality.series_scores import discriminative_scores, predictive_score, refit_distance
from synthfast.quality.series_spectrum import log_spectrum_distance
from synthfast.quality.series_values import series_kolmogorov_smirnov, series_wasserstein
from synthfast.quality.utility import utility_classification, utility_regression

__all__ = [
    "AttackedTables",
    "CodedTable",
    "Coding",
    "ColumnHistogram",
    "MetricResult",
    "PairHistograms",
    "Tables",
    "alpha_precision",
    "anderson_darling",
    "associations",
    "authenticity",
    "autocorrelation_distance",
    "best_lag_correlation",
    "beta_recall",
    "boundary_adherence",
    "category_adherence",
    "category_coverage",
    "chi_square",
    "classifier_two_sample",
    "closer_to_training",
    "column_histograms",
    "column_shapes",
    "contingency_similarity",
    "correlation_ratio",
    "cramers_v",
    "cross_correlation_distance",
    "demographic_parity",
    "disclosure_risk",
    "discriminative_scores",
    "energy_distance",
    "exact_copies",
    "feature_distance",
    "feature_importance_agreement",
    "group_fidelity",
    "group_utility",
    "jensen_shannon",
    "kendall_correlation",
    "kolmogorov_smirnov",
    "log_spectrum_distance",
    "logistic_two_sample",
    "longest_verbatim_run",
    "marginal_accuracy",
    "mean_absolute_percentage_error",
    "mean_difference",
    "mean_preservation",
    "median_absolute_error",
    "median_difference",
    "membership_inference",
    "missing_rates",
    "mutual_information",
    "nearest_neighbor_distance_ratio",
    "nearest_window_ratio",
    "overall_score",
    "pair_histograms",
    "partial_autocorrelation_distance",
    "pearson_correlation",
    "predictive_score",
    "quantile_difference",
    "range_coverage",
    "refit_distance",
    "series_kolmogorov_smirnov",
    "series_wasserstein",
    "share_columns",
    "spearman_correlation",
    "std_ratio",
    "total_variation",
    "utility_augmentation",
    "utility_classification",
    "utility_regression",
    "variance_difference",
    "volatility_memory_distance",
    "warping_distance",
    "wasserstein",
]
