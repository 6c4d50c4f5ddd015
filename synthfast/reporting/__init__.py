"""Reports: metrics collected, and rendered as text, JSON, HTML and pictures. Nothing is computed here."""

from synthfast.reporting.assess import assess_quality
from synthfast.reporting.canvas import save_figure
from synthfast.reporting.card import data_card, write_card
from synthfast.reporting.correlation_plot import plot_correlations
from synthfast.reporting.distribution_plot import plot_distributions
from synthfast.reporting.evaluate import evaluate
from synthfast.reporting.latent_plot import plot_latent
from synthfast.reporting.pair_plot import plot_pairs
from synthfast.reporting.plots import plot_quality
from synthfast.reporting.report import QualityReport
from synthfast.reporting.series_plot import plot_series

__all__ = [
    "QualityReport",
    "assess_quality",
    "data_card",
    "evaluate",
    "plot_correlations",
    "plot_distributions",
    "plot_latent",
    "plot_pairs",
    "plot_quality",
    "plot_series",
    "save_figure",
    "write_card",
]
