"""The report: results by name, and the ways to read them."""

import json
import os
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synthfast.quality.histograms import ColumnHistogram
from synthfast.quality.result import MetricResult, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["QualityReport", "TableFacts"]

FORMAT = 1


@dataclass(frozen=True)
class TableFacts:
    """What was compared.

    Parameters
    ----------
    n_real, n_synthetic : int
        Rows.
    n_holdout : int or None
        Rows of the hold-out table, None without one.
    kinds : dict
        Column to what it was compared as, in the real table's order.
    random_state : int or None
        The seed, where it was a number.
    notes : tuple of str
        What a reader should know of the comparison: columns left out, values read as missing.
    """

    n_real: int
    n_synthetic: int
    n_holdout: int | None
    kinds: dict[Hashable, str]
    random_state: int | None
    notes: tuple[str, ...]


class QualityReport:
    """All that was measured of one synthetic table. Made by :func:`synthfast.evaluate`.

    Parameters
    ----------
    results : dict
        Metric name to its result.
    families : dict
        Family to the names of its metrics.
    overall : MetricResult
        The overall score.
    facts : TableFacts
        What was compared.
    histograms : list of ColumnHistogram
        Shares per bin of every compared column. The report holds no row of either table.

    Notes
    -----
    ``report["column_shapes"]`` is a result, ``"utility_regression" in report`` asks whether it was measured, and a loop
    goes over the names.
    """

    def __init__(
        self,
        *,
        results: dict[str, MetricResult],
        families: dict[str, list[str]],
        overall: MetricResult,
        facts: TableFacts,
        histograms: list[ColumnHistogram],
    ) -> None:
        self.results = results
        self.families = families
        self.overall = overall
        self.facts = facts
        self.histograms = histograms

    @property
    def score(self) -> float | None:
        """The overall score from 0 to 100, 100 for a table like a fresh real sample; None where nothing applied."""
        return self.overall.value

    @property
    def grade(self) -> str:
        """A word for the score: excellent from 95, good from 85, fair from 70, else poor."""
        return str(self.overall.detail.get("grade", "not applicable"))

    def __getitem__(self, name: str) -> MetricResult:
        if name not in self.results:
            raise KeyError(f"no metric {name!r} in this report; it holds {', '.join(self.results)}")
        return self.results[name]

    def __contains__(self, name: object) -> bool:
        return name in self.results

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain Python objects.

        Returns
        -------
        dict
            ``overall_score`` (0 to 100), ``grade``, ``components`` and ``weights`` of the score, ``tables`` (rows,
            kinds of columns, seed, notes), ``families``, and ``metrics``: name to value, goal, range, reference and
            detail.
        """
        from synthfast import __version__

        facts = self.facts
        return {
            "format": FORMAT,
            "synthfast": __version__,
            "overall_score": self.score,
            "grade": self.grade,
            "components": plain(self.overall.detail.get("components", {})),
            "weights": plain(self.overall.detail.get("weights", {})),
            "tables": {
                "n_real": facts.n_real,
                "n_synthetic": facts.n_synthetic,
                "n_holdout": facts.n_holdout,
                "kinds": plain(facts.kinds),
                "random_state": facts.random_state,
                "notes": list(facts.notes),
            },
            "families": plain(self.families),
            "metrics": {name: result.to_dict() for name, result in self.results.items()},
        }

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The report as JSON text, also written to `path` if one is given (whole or not at all).

        Parameters
        ----------
        path : str or path or None, default None
            File to write, UTF-8.

        Returns
        -------
        str
            The text: standard JSON, in which what is not a number is null.
        """
        text = json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        if path is not None:
            from synthfast.io.atomic import atomic_path

            with atomic_path(path) as hidden:
                hidden.write_text(text, encoding="utf-8")
        return text

    def summary(self) -> str:
        """The report as a text of at most 100 characters a line, for a console."""
        from synthfast.reporting.text import render_text

        return render_text(self)

    def to_html(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        model: Any = None,
        title: str = "Quality of a synthetic table",
        provenance: Mapping[str, str] | None = None,
    ) -> str:
        """The report as one HTML page, also written to `path` if one is given (whole or not at all).

        Parameters
        ----------
        path : str or path or None, default None
            File to write, UTF-8.
        model : fitted synthesizer or None, default None
            What drew the table: its name, hash, seed and spent budget stand in the provenance.
        title : str, default "Quality of a synthetic table"
            Heading of the page.
        provenance : mapping of str to str or None, default None
            More that is known of the table's origin, name to text.

        Returns
        -------
        str
            The page: it needs no network, holds no row of either table, and is below a megabyte for 200 columns.

        Raises
        ------
        NotFittedError
            If the model was not fitted.
        OSError
            If the file cannot be written.
        """
        from synthfast.reporting.page import render_page
        from synthfast.reporting.provenance import describe_model

        known = {**({} if model is None else describe_model(model)), **(provenance or {})}
        text = render_page(self, title=title, provenance=known)
        if path is not None:
            from synthfast.io.atomic import atomic_path

            with atomic_path(path) as hidden:
                hidden.write_text(text, encoding="utf-8")
        return text

    def plot(self) -> "Figure":
        """The report as a picture.

        Returns
        -------
        matplotlib.figure.Figure
            Score bars, columns from worst to best, correlations of both tables and their difference. It belongs to no
            window and leaves pyplot alone; ``figure.savefig(path)`` writes it.
        """
        from synthfast.reporting.plots import plot_quality

        return plot_quality(self)

    def __repr__(self) -> str:
        score = "no score" if self.score is None else f"{self.score:.1f}/100 ({self.grade})"
        rows = f"{self.facts.n_real} real rows, {self.facts.n_synthetic} synthetic"
        return f"<QualityReport {score}: {rows}, {len(self.facts.kinds)} columns, {len(self)} metrics>"

    def _repr_html_(self) -> str:
        from synthfast.reporting.html import render_html

        return render_html(self)
