"""What a budget buys, told before any data is read."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

from synthfast.privacy._marginals.axes import Axis
from synthfast.privacy._marginals.budget import Shares, Sizes, allocate
from synthfast.privacy._marginals.learning import needs_cells
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.scales import sigma_of_rho

__all__ = ["DOMAIN_SHARE", "OUTSIDE_SHARE", "Plan", "PlannedStep", "domain_rho", "make_plan"]

OUTSIDE_SHARE = 0.005  # of the budget, for the number of rows outside the declared domain
DOMAIN_SHARE = {"declared": 0.0, "cells": 0.1, "learned": 0.2}


def domain_rho(rho: float, axes: Sequence[Axis | None]) -> float:
    """What learning domains may cost: nothing where each column is declared cell by cell."""
    if any(axis is None for axis in axes):
        return DOMAIN_SHARE["learned"] * rho
    return DOMAIN_SHARE["cells" if any(needs_cells(axis) for axis in axes if axis) else "declared"] * rho


@dataclass(frozen=True)
class PlannedStep:
    """One step, before it is taken.

    Attributes
    ----------
    step : str
    column : hashable or None
    rho : float
        Its cost in zCDP.
    sigma : float
        Standard deviation of the noise on each count.
    cells : int or None
        Counts released; None where the data decides.
    expected_error : float or None
        Sum of absolute errors of the shares that the noise alone makes, before smoothing (0 perfect, 2 useless); None
        where the number of rows or of cells is not known.
    """

    step: str
    column: Hashable
    rho: float
    sigma: float
    cells: int | None
    expected_error: float | None


@dataclass(frozen=True)
class Plan:
    """What a budget buys.

    Attributes
    ----------
    epsilon, delta, rho : float
        The budget, and what it is in zCDP.
    max_rows_per_user : int
        The unit that is protected: one row, or one user with at most so many.
    steps : tuple of PlannedStep
    max_cells : int
        Cells of the model at most; 24 bytes each, about, while fitting.
    """

    epsilon: float
    delta: float
    rho: float
    max_rows_per_user: int
    steps: tuple[PlannedStep, ...]
    max_cells: int

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON, column names as text."""
        facts = {key: value for key, value in vars(self).items() if key != "steps"}
        steps = [{**vars(step), "column": None if step.column is None else str(step.column)} for step in self.steps]
        return {**facts, "steps": steps}

    def __str__(self) -> str:
        unit = "one row" if self.max_rows_per_user == 1 else f"one user with at most {self.max_rows_per_user} rows"
        head = [
            f"epsilon {self.epsilon:g}, delta {self.delta:g}: rho {self.rho:.4g} of zCDP. Protected: {unit}, added or "
            f"removed. At most {self.max_cells:,} cells.",
            f"{'step':34}{'column':18}{'share':>7}{'sigma':>10}{'cells':>8}{'error':>8}",
        ]
        lines = [
            f"{step.step[:33]:34}{_text(step.column)[:17]:18}{step.rho / self.rho:7.2%}{step.sigma:10.4g}"
            f"{_number(step.cells):>8}{_number(step.expected_error):>8}"
            for step in self.steps
        ]
        return "\n".join([*head, *lines])


def _text(column: Hashable) -> str:
    return "all" if column is None else str(column)


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def make_plan(
    names: Sequence[Hashable], axes: Sequence[Axis | None], accountant: Accountant, n_rows: int | None, max_cells: int
) -> Plan:
    """The steps of a fit, in order. Where the split depends on the noisy number of rows, ``n_rows`` stands for it."""
    rho, user = float(accountant.rho), float(accountant.max_rows_per_user)
    learned = [place for place, axis in enumerate(axes) if axis is None or needs_cells(axis)]
    for_domain, for_outside = domain_rho(rho, axes), OUTSIDE_SHARE * rho
    signal = None if n_rows is None else n_rows * sqrt(rho) / user

    def step(what: str, column: Hashable, cost: float, cells: int | None, change: float = user) -> PlannedStep:
        sigma = float(sigma_of_rho(cost, change))
        error = None if n_rows is None or cells is None else sqrt(2 / pi) * sigma * cells / max(n_rows, 1)
        return PlannedStep(what, column, cost, sigma, cells, error)

    steps = [
        step("cells" if axes[place] is not None else "domain", names[place], for_domain / len(learned), None)
        for place in learned
    ]
    steps.append(step("rows outside the domain", None, for_outside, 1))
    shares = Shares.of(rho - for_domain - for_outside, signal)
    known = [None if axis is None or needs_cells(axis) else axis.n_levels for axis in axes]
    parts = allocate(shares.first + shares.columns, [64 if size is None else size for size in known])
    steps += [step("one-way marginals", name, part, size) for name, part, size in zip(names, parts, known, strict=True)]
    n_pairs = len(names) * (len(names) - 1) // 2
    if n_pairs:
        steps.append(step("strength of pairs", None, shares.selection, n_pairs, sqrt(n_pairs) * user))
        cells = None if signal is None else Sizes(signal).clique_cells(max_cells)
        each = shares.cliques / (len(names) - 1)
        # Where no pair stands out of the noise this goes to the one-way marginals.
        steps.append(step(f"each of about {len(names) - 1} joint tables", None, each, cells))
    return Plan(accountant.epsilon, accountant.delta, rho, accountant.max_rows_per_user, tuple(steps), max_cells)
