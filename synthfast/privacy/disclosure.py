"""Disclosure risk of a synthetic table, as attacks measure it: the worst of them, with its interval."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.neighbors.record_space import Metric
from synthfast.privacy.attacks import ATTACKS, AttackResult, AttackTables, Figure, load_attack

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DisclosureReport", "assess_disclosure_risk"]

MAX_TARGETS: Final = 10_000
MAX_LEARNING_ROWS: Final = 10_000

THREAT_MODEL: Final = (
    "Attackers hold the synthetic table, not the model; at most they also hold whole records of the people that they "
    "ask about, and a sample of other people from the same population (half of the hold-out). They do not train models "
    "of their own against this one. Attacks that do, or that see the model, get farther; a low risk here is no "
    "guarantee, and differential privacy is the only one known."
)
NOT_PRIVATE: Final = (
    "These figures are computed on the original rows and are not private themselves: they are for the holder of the "
    "data, and are not to be published with the synthetic table."
)


@dataclass(frozen=True)
class DisclosureReport:
    """What attacks on a synthetic table found.

    Parameters
    ----------
    results : dict of str to AttackResult
        Every attack, those that could not be tried among them.
    n_rows : dict of str to int
        Rows of the tables, by role.
    confidence : float
        Of the intervals: of each figure by itself in `to_dict` and `to_frame`, of all headline figures together in
        `interval`.
    left_out : tuple of hashable
        Columns that name rows and were not compared.
    sampled : dict of str to str
        What was looked at in part, and of how many rows.

    Examples
    --------
    >>> from synthfast import assess_disclosure_risk, load_dataset
    >>> real = load_dataset("breast_cancer")
    >>> report = assess_disclosure_risk(real[:250], real[:250], real[250:], attacks=["membership_distance"])
    >>> report.worst_attack, report.risk
    ('membership_distance', 1.0)
    """

    results: Mapping[str, AttackResult]
    n_rows: Mapping[str, int]
    confidence: float
    left_out: tuple[Hashable, ...]
    sampled: Mapping[str, str]

    @property
    def threat_model(self) -> str:
        """What the attackers are taken to hold and to do, and what the figures do not say."""
        return THREAT_MODEL

    @property
    def note(self) -> str:
        """That the report is itself not private."""
        return NOT_PRIVATE

    @property
    def simultaneous_confidence(self) -> float:
        """Confidence of each headline figure that makes that of all of them together (Bonferroni)."""
        n_figures = sum(len(result.headline) for result in self.results.values())
        return 1.0 - (1.0 - self.confidence) / max(1, n_figures)

    @property
    def worst_attack(self) -> str | None:
        """The attack whose risk is surest to be large; None where no attack could be tried."""
        return self._worst[0]

    @property
    def worst_figure(self) -> str | None:
        """The figure of that attack that is meant."""
        return self._worst[1]

    @property
    def risk(self) -> float | None:
        """How far the worst attack gets, from 0 (as with people who are not in the table) to 1 (always right)."""
        figure = self._worst[2]
        return None if figure is None else figure.risk

    @property
    def interval(self) -> tuple[float, float] | None:
        """Interval of the risk that holds for all headline figures at once, so that the worst may be picked."""
        figure = self._worst[2]
        return None if figure is None else figure.risk_interval(self.simultaneous_confidence)

    @property
    def membership_accuracy(self) -> float | None:
        """Accuracy of the best membership attack, where a random guess has 0.5; None without a hold-out."""
        found = [r.figures["accuracy"].value for r in self.results.values() if "accuracy" in r.figures]
        return max(found, default=None)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values that JSON can hold."""
        return {
            "worst_attack": self.worst_attack,
            "worst_figure": self.worst_figure,
            "risk": self.risk,
            "interval": None if self.interval is None else list(self.interval),
            "confidence": self.confidence,
            "membership_accuracy": self.membership_accuracy,
            "attacks": {name: result.to_dict(self.confidence) for name, result in self.results.items()},
            "n_rows": dict(self.n_rows),
            "left_out": [str(name) for name in self.left_out],
            "sampled": dict(self.sampled),
            "threat_model": self.threat_model,
            "note": self.note,
        }

    def to_frame(self) -> "pd.DataFrame":
        """One row a figure: attack, figure, value, interval, null, risk and what it rests on."""
        import pandas as pd

        rows = []
        for name, result in self.results.items():
            for key, figure in result.figures.items():
                low, high = figure.interval(self.confidence)
                rows.append((name, key, figure.value, low, high, figure.null, figure.risk, figure.n))
        names = ["attack", "figure", "value", "low", "high", "null", "risk", "n"]
        return pd.DataFrame(rows, columns=names).astype({"null": "float64", "risk": "float64"})

    def __str__(self) -> str:
        return "\n".join([*self._headline(), "", *self._lines(), "", self.threat_model, self.note])

    def _headline(self) -> list[str]:
        tables = ", ".join(f"{count:,} {role} rows" for role, count in self.n_rows.items())
        if self.interval is None:
            return [f"Disclosure risk: no attack could be tried ({tables})"]
        low, high = self.interval
        lines = [
            f"Disclosure risk {self.risk:.3f} ({low:.3f} to {high:.3f}): {self.worst_attack}, {self.worst_figure} "
            f"({tables})"
        ]
        if low == 0.0:
            lines.append(f"No attack does better than on people who are not in the table, at {self.confidence:.0%}.")
        if self.membership_accuracy is not None:
            lines.append(f"Membership inference accuracy {self.membership_accuracy:.1%} (50 % is a random guess)")
        lines += [f"In part: {what}: {how}" for what, how in self.sampled.items()]
        if self.left_out:
            lines.append(f"Not compared, as they name rows: {', '.join(map(str, self.left_out))}")
        return lines

    def _lines(self) -> list[str]:
        lines = [f"{'attack':<26}{'worst figure':<24}{'value':>8}  {'interval':<17}{'null':>6}{'risk':>8}"]
        for name, result in self.results.items():
            worst = result.worst(self.simultaneous_confidence)
            if worst is None:
                lines.append(f"{name:<26}{result.reason or 'no hold-out: rates only, no risk'}")
                continue
            key, figure = worst
            low, high = figure.interval(self.confidence)
            interval = f"{low:.3f} to {high:.3f}"
            lines.append(
                f"{name:<26}{key:<24}{figure.value:>8.3f}  {interval:<17}{figure.null:>6.3g}{figure.risk:>8.3f}"
            )
        return lines

    @property
    def _worst(self) -> tuple[str | None, str | None, Figure | None]:
        confidence = self.simultaneous_confidence
        best: tuple[str | None, str | None, Figure | None] = (None, None, None)
        rank = (-1.0, -1.0)
        for name, result in self.results.items():
            worst = result.worst(confidence)
            if worst is None:
                continue
            interval = worst[1].risk_interval(confidence)
            own = (interval[0] if interval else 0.0, worst[1].risk or 0.0)
            if own > rank:
                rank, best = own, (name, *worst)
        return best


def assess_disclosure_risk(
    original: Any,
    synthetic: Any,
    holdout: Any = None,
    *,
    attacks: Collection[str] | None = None,
    columns: Collection[Hashable] | None = None,
    quasi_identifiers: Collection[Hashable] | None = None,
    sensitive: Collection[Hashable] | None = None,
    metric: Metric = "euclidean",
    confidence: float = 0.95,
    max_targets: int = MAX_TARGETS,
    max_learning_rows: int = MAX_LEARNING_ROWS,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    random_state: SeedLike = 0,
) -> DisclosureReport:
    """Attack a synthetic table in fifteen ways, and say how far the worst attack gets.

    Parameters
    ----------
    original : table, shape (n_original, n_columns)
        The rows that the model was trained on: pandas, polars, Arrow, a 2-D array or a dict of columns.
    synthetic : table, shape (n_synthetic, n_columns)
        The table to judge, with the same columns.
    holdout : table, shape (n_holdout, n_columns), or None, default None
        Rows of the same population that the model never saw: the people with whom the risk begins, without whom most
        attacks cannot tell what they learn of the population from what they learn of its members. Half of them serve
        the attacker as a sample of the population, the other half are taken for members by mistake.
    attacks : collection of str or None, default None
        Names out of `synthfast.privacy.attacks.ATTACKS`; all by default.
    columns : collection of hashable or None, default None
        Columns to compare; by default all but such as name rows (identifiers, personal data, text that never repeats).
    quasi_identifiers : collection of hashable or None, default None
        Columns that an attacker knows of a target and guesses others from; all but the guessed one by default.
    sensitive : collection of hashable or None, default None
        Columns that are guessed; each in turn by default.
    metric : {"euclidean", "gower"}, default "euclidean"
        Distance of rows, as in `record_distances`. Linkage and inference use Gower's.
    confidence : float, default 0.95
        Of the intervals.
    max_targets : int, default 10000
        Most rows that an attack is tried on; more are drawn from at random, and the intervals tell the error of it.
    max_learning_rows : int, default 10000
        Most rows that a density or a classifier of the attacker learns from, drawn at random; fewer make a weaker
        attack. Distances are always to all rows.
    options : dict of str to dict or None, default None
        Arguments of single attacks, such as ``{"linkability": {"n_neighbors": 10}}``.
    random_state : None, int, SeedSequence or Generator, default 0
        Seed of the draws and of the attackers' models.

    Returns
    -------
    DisclosureReport
        ``worst_attack``, ``risk`` and ``interval`` are the headline, ``results`` has every figure, ``to_dict()`` and
        ``to_frame()`` give plain ones, ``print`` shows it. It is not private.

    Raises
    ------
    DataError
        If a table cannot be read or has no rows, the columns differ, or a name is not one of them.
    ValueError, TypeError
        If an argument is not what it may be.

    Notes
    -----
    Every figure comes with what it would be for people who are not in the table (its null), and its risk is the share
    of the way from there to an attack that always succeeds. The headline is the figure whose risk has the largest lower
    end, in intervals that hold for all figures at once. Distances of records by themselves are never a headline: tables
    that pass them may betray their members.

    Time is that of the nearest-row searches, O(n_targets log(n_rows)) where near rows are to be found, and
    O(n_targets n_learning_rows) for the densities; memory 8 bytes a cell, and 24 a cell of the table searched. Results
    do not depend on the number of threads.

    References
    ----------
    See `synthfast.privacy.attacks` for each attack's own.

    Examples
    --------
    >>> from synthfast import assess_disclosure_risk, load_dataset
    >>> real = load_dataset("breast_cancer")
    >>> leaking = assess_disclosure_risk(real[:250], real[:250], real[250:], attacks=["exact_copies"])
    >>> leaking.worst_attack, leaking.risk
    ('exact_copies', 1.0)
    """
    chosen = ATTACKS if attacks is None else tuple(check_choice("attacks", name, ATTACKS) for name in _listed(attacks))
    settings = {} if options is None else dict(options)
    for name in settings:
        check_choice("options", name, chosen)
    confidence = check_number("confidence", confidence, minimum=0.5, maximum=0.9999)
    given = {"original": original, "synthetic": synthetic} | ({} if holdout is None else {"holdout": holdout})
    tables = AttackTables.read(
        given,
        columns=columns,
        known=quasi_identifiers,
        secrets=sensitive,
        stream=Stream.from_seed(random_state).child("disclosure"),
        metric=metric,
        max_targets=check_integer("max_targets", max_targets, minimum=1),
        max_learning_rows=check_integer("max_learning_rows", max_learning_rows, minimum=2),
    )
    results = {name: load_attack(name)(tables, **settings.get(name, {})) for name in chosen}
    n_rows = {role: tables.n_rows(role) for role in given}
    return DisclosureReport(results, n_rows, confidence, tables.left_out, _sampled(tables))


def _listed(attacks: Collection[str]) -> Collection[str]:
    if isinstance(attacks, str) or not len(attacks):
        raise ValueError(f"attacks: expected a list of names out of {list(ATTACKS)!r}, got {attacks!r}.")
    return attacks


def _sampled(tables: AttackTables) -> dict[str, str]:
    """What was looked at in part."""
    sampled = {}
    for role in tables.tables:
        n_rows = tables.n_rows(role)
        if n_rows > tables.max_targets:
            sampled[f"{role} rows attacked or asked"] = f"at most {tables.max_targets:,} of {n_rows:,}, at random"
    learned = [role for role in ("synthetic", "holdout") if role in tables.tables]
    if any(tables.n_rows(role) > tables.max_learning_rows for role in learned):
        sampled["rows that densities and classifiers learn from"] = f"at most {tables.max_learning_rows:,}, at random"
    return sampled
