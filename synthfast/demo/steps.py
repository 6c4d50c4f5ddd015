"""The eight steps, each by the toolkit's public calls."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast.demo.console import RULE, say, section, step
from synthfast.demo.tables import SEED, DemoTable, choose_conditions, complete_rows, invent_sales
from synthfast.generator import SyntheticDataGenerator
from synthfast.reporting import (
    evaluate,
    plot_correlations,
    plot_distributions,
    plot_latent,
    plot_pairs,
    save_figure,
)
from synthfast.reporting.grades import kept_grade, risk_grade
from synthfast.reporting.sections import mean_lines, quality_sections, shape_lines
from synthfast.reporting.text import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from synthfast.reporting import QualityReport

__all__ = ["Tour", "run_steps"]

EPSILON, DELTA = 1.0, 1e-5
FAMILIES = ["norm", "lognorm", "expon", "gamma", "beta", "weibull_min", "uniform", "t", "poisson", "nbinom"]
SERIES, EPOCHS, DPI = (100, 20), (100, 15), (300, 100)  # usual, fast


class Tour:
    """What the steps share.

    Parameters
    ----------
    table : DemoTable
    folder : Path
        Where files go; it exists.
    fast : bool
        Fewer series, epochs and dots.
    """

    def __init__(self, table: DemoTable, folder: Path, *, fast: bool) -> None:
        self.table = table
        self.real = table.real
        self.folder = folder
        self.fast = fast
        self.toolkit = SyntheticDataGenerator(random_state=SEED)
        self.written: list[str] = []
        self.copula: dict[str, Any] = {}

    def chosen(self, usual_and_fast: tuple[int, int]) -> int:
        """The usual number, or the one for haste."""
        return usual_and_fast[self.fast]

    def save(self, figure: "Figure", name: str) -> None:
        """Write a figure to the folder."""
        save_figure(figure, self.folder / name, dpi=self.chosen(DPI))
        self.written.append(name)


def run_steps(tour: Tour) -> None:
    """Run all steps, then list what was written."""
    table = tour.table
    held = "none" if table.holdout is None else f"{len(table.holdout):,}"
    print(f"{RULE}\nSYNTHETIC DATA GENERATION\n{RULE}")
    say([f"{'table':<16} {table.source}", f"{'rows':<16} {len(tour.real):,} to learn from, {held} held out"])
    say([f"{'columns':<16} {', '.join(shorten(name, 24) for name in tour.real.columns)}"])
    with step(1, "Gaussian copula"):
        show_copula(tour)
    with step(2, "Distributions, fitted column by column"):
        show_distributions(tour)
    with step(3, "SMOTE: rows between rows"):
        show_smote(tour)
    with step(4, "Variational autoencoder"):
        show_autoencoder(tour)
    with step(5, "Time series"):
        show_series(tour)
    with step(6, "Differential privacy"):
        show_private(tour)
    with step(7, "Conditional generation"):
        show_conditional(tour)
    with step(8, "Quality of the copula's table"):
        show_quality(tour)
    print(f"\n{RULE}\nFiles in {tour.folder}\n{RULE}")
    say(tour.written)


def show_copula(tour: Tour) -> None:
    """Step 1."""
    tour.copula = found = tour.toolkit.gaussian_copula(tour.real)
    say([f"{len(found['synthetic_data']):,} synthetic rows"])
    section("Mean preservation", mean_lines(found["mean_preservation"]))
    score = found["correlation_score"]
    if score is not None:
        difference = f"norm of the difference {found['correlation_difference']:.4f}"
        section("Correlation preservation", [f"score {score:.4f}, {kept_grade(score)}; {difference}"])


def show_distributions(tour: Tour) -> None:
    """Step 2."""
    fitting = tour.toolkit.fit_distributions(tour.real, FAMILIES)
    lines = [f"{'column':<24} {'family':<12} {'KS':>7} {'p':>7}  parameters"]
    for name, best in fitting["best_distributions"].items():
        numbers = ", ".join(f"{key}={value:.4g}" for key, value in best["params"].items())
        p_value = "-" if best["p_value"] is None else f"{best['p_value']:.3f}"
        lines.append(
            f"{shorten(name, 24):<24} {best['distribution']:<12} {best['ks_statistic']:>7.4f} {p_value:>7}  {numbers}"
        )
    say(lines)
    drawn = tour.toolkit.sample_from_distributions(fitting, len(tour.real))
    say([f"{len(drawn):,} rows drawn from them, each column by itself"])


def show_smote(tour: Tour) -> None:
    """Step 3."""
    complete = complete_rows(tour.real)
    if len(complete) < len(tour.real):
        say([f"{len(tour.real) - len(complete):,} rows with missing numbers are left out"])
    if complete.shape[1] < tour.real.shape[1]:
        say([f"{tour.real.shape[1] - complete.shape[1]} columns of times are left out"])
    found = tour.toolkit.smote_style_generation(complete, len(complete), k_neighbors=5)
    inside = "inside" if found["range_preserved"] else "outside"
    say(
        [
            f"{len(found['synthetic_data']):,} rows on the way to one of {found['k_neighbors']} nearest neighbours",
            f"mean weight {found['mean_weight']:.3f}; numbers lie {inside} their columns' ranges",
        ]
    )


def show_autoencoder(tour: Tour) -> None:
    """Step 4."""
    generate = getattr(tour.toolkit, "vae_generation", None)
    if generate is None or find_spec("torch") is None:
        say(["Not run: the variational autoencoder needs torch. It comes with pip install 'synthfast[deep]'."])
        return
    found = generate(
        tour.real,
        encoding_dim=min(8, max(2, tour.real.shape[1])),
        hidden_layers=[64, 32],
        n_samples=len(tour.real),
        epochs=tour.chosen(EPOCHS),
        batch_size=64,
    )
    say([f"{len(found['synthetic_data']):,} rows from a latent space of {found['encoding_dim']} dimensions"])
    for key in ("reconstruction_loss", "kl_divergence", "total_loss"):
        say([f"{key.replace('_', ' '):<24} {float(found[key]):>10.4f}"])
    target = tour.table.target if tour.table.target is not None else tour.real.columns[-1]
    numeric = tour.real[target].dtype.kind in "iuf" and tour.real[target].notna().all()
    values = tour.real[target].to_numpy(dtype=float) if numeric else None
    tour.save(plot_latent(found["encoder"].predict(tour.real), values, name=str(target)), "latent_space.png")


def show_series(tour: Tour) -> None:
    """Step 5."""
    sales = invent_sales()
    say([f"An invented series: {len(sales)} months of sales; the table above has no part in it"])
    n_series = tour.chosen(SERIES)
    found = tour.toolkit.generate_time_series(sales, n_series, method="arima", seasonal_period=12)
    p, d, q = found["arima_order"]
    P, D, Q, season = found["seasonal_order"]
    say(
        [
            f"{'model':<24} ARIMA({p},{d},{q})({P},{D},{Q})[{season}], AIC {found['aic']:.1f}",
            f"{'draws':<24} {n_series} series of {found['series_length']} steps",
            f"{'mean correlation':<24} {found['mean_correlation']:.3f} (a measure of copying as much as of quality)",
            f"{'mean warping distance':<24} {found['mean_dtw_distance']:.1f}",
        ]
    )
    tour.save(found["comparison_plot"], "time_series_comparison.png")


def show_private(tour: Tour) -> None:
    """Step 6."""
    found = tour.toolkit.differential_privacy_synthesis(
        tour.real, EPSILON, DELTA, target=tour.table.target, holdout=tour.table.holdout
    )
    budget, risk = found["budget"], found["reidentification_risk"]
    lines = [
        f"({found['epsilon']:g}, {found['delta']:g})-differential privacy: satisfied, by the ledger of "
        f"{len(budget['ledger'])} steps",
        f"{'spent':<24} {budget['spent']:.4g} of {budget['total']:.4g} {budget['currency']}; "
        f"{budget['domain_share']:.0%} on the columns' domains",
        f"{'noise scale':<24} {found['noise_scale']:.2f} (largest standard deviation added to a count)",
        f"{'synthetic rows':<24} {len(found['synthetic_data']):,}",
    ]
    for key in ("statistical_utility", "ml_utility", "utility_score"):
        if found[key] is not None:
            lines.append(f"{key.replace('_', ' '):<24} {found[key]:.3f}, {kept_grade(found[key])}")
    if risk["value"] is not None:
        lines.append(f"{'re-identification risk':<24} {risk['value']:.3f}, {risk_grade(risk['value'])}")
    say([*lines, "Utility and risk are computed on the real rows and lie outside the guarantee."])


def show_conditional(tour: Tour) -> None:
    """Step 7."""
    conditions = choose_conditions(tour.real)
    found = tour.toolkit.conditional_generation(tour.real, conditions, n_samples=max(1, len(tour.real) // 2))
    told = "; ".join(
        f"{shorten(name, 24)} from {value[0]:g} to {value[1]:g}" if isinstance(value, tuple) else f"{name} = {value}"
        for name, value in conditions.items()
    )
    say(
        [
            f"{'conditions':<24} {told}",
            f"{'synthetic rows':<24} {len(found['synthetic_data']):,}, of which "
            f"{found['constraint_satisfaction']:.1%} meet them",
            f"{'real rows that do':<24} {found['matching_rows']:,}",
        ]
    )
    section("Against those real rows", shape_lines(found["ks_test"]))


def show_quality(tour: Tour) -> None:
    """Step 8."""
    if not tour.copula:
        raise ValueError("there is no table to judge, as step 1 was not done.")
    table, synthetic = tour.table, tour.copula["synthetic_data"]
    report = evaluate(table.real, synthetic, holdout=table.holdout, target=table.target, random_state=SEED)
    for title, lines in quality_sections(report):
        section(title, lines)
    _write_figures(tour, report)
    origin = {"Real table": table.source, "Random state": str(SEED)}
    report.to_html(tour.folder / "report.html", model=tour.copula["model"], provenance=origin)
    tour.written.append("report.html")


def _write_figures(tour: Tour, report: "QualityReport") -> None:
    """The figures of the copula's table; what has no pairs has none of pairs."""
    tour.save(report.plot(), "quality_assessment.png")
    tour.save(plot_distributions(report), "distribution_comparison.png")
    if "associations" in report and report["associations"].applicable:
        tour.save(plot_correlations(report), "correlation_heatmap.png")
        tour.save(plot_pairs(tour.real, tour.copula["synthetic_data"]), "pairplot_comparison.png")
