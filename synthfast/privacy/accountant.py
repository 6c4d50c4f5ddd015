"""The ledger of a private release: what was promised, what each step cost, and who stops a step that is too dear."""

import threading
from fractions import Fraction
from typing import Any, Final

from synthfast._core.validation import check_integer, check_number
from synthfast.exceptions import PrivacyBudgetError
from synthfast.privacy.conversion import delta_of_rho, epsilon_of_rho, rho_of_budget
from synthfast.privacy.noise import Noise, noise_backend
from synthfast.privacy.scales import Number, as_fraction

__all__ = ["Accountant"]

_EXACT: Final = 2**64  # denominators up to it are kept as they are
_GRID: Final = 2**256  # other costs are rounded up to multiples of 1 / _GRID
_FLOAT_ERROR: Final = Fraction(1, 2**42)  # relative, of a conversion in floats; its own error is below 2**-45
_ROUNDING: Final = Fraction(1, 2**40)  # relative; kept back, so that shares of ``rho`` in floats may sum to a bit more


class Accountant:
    """A budget of differential privacy, and the ledger of what was spent from it.

    Steps are composed in zero-concentrated differential privacy (zCDP): costs rho add up, also where later steps are
    chosen by the results of earlier ones. The sum is converted to (epsilon, delta) by the tight formula. With
    ``delta=0`` the budget is one of pure differential privacy: epsilons add up, and only pure steps can be paid.

    Parameters
    ----------
    epsilon : float
        Positive.
    delta : float
        At least 0 and below 1. To mean anything it is far below one over the number of rows.
    n_public : int, optional
        A number of rows that is public knowledge. With it, ``delta >= 1 / n_public`` is refused: such a promise is kept
        by publishing a few rows as they are.
    max_rows_per_user : int, default 1
        The unit that is protected: 1, a row; more, a user with at most so many rows. Mechanisms scale their noise by
        it; rows beyond are removed by :func:`~synthfast.privacy.limit_rows_per_user`, not by trust.
    threshold_delta : float, default 0.0
        Part of ``delta`` set aside for steps that fail with a small probability, such as keeping categories above a
        threshold. The rest is what rho is computed from.
    noise : {"synthfast", "opendp"}, default "synthfast"
        Whose samplers draw for this budget. ``"opendp"`` needs ``pip install synthfast[opendp]``.
    insecure_noise_seed : int, optional
        Makes the noise repeatable, for tests. Whoever knows it subtracts the noise: the ledger then says
        ``private: False``.

    Attributes
    ----------
    rho : Fraction
        The whole budget in zCDP; 0 where ``delta`` is 0.
    noise : Noise
        What mechanisms draw from.

    Raises
    ------
    PrivacyBudgetError
        If epsilon or delta is out of range, or ``delta >= 1 / n_public``: before any data is seen.
    TypeError, ValueError
        If another argument is of the wrong kind or out of range.

    Notes
    -----
    The relation is adding or removing one unit. Sums are exact: a float cost is the decimal that it prints as, and
    ratios of large integers are rounded up, to multiples of ``2**-256``. ``rho`` is stated one part in ``2**40`` below
    what (epsilon, delta) allows, so that shares computed in floats are paid in full. A budget cannot be copied or
    pickled, for a copy could be spent again. Proof: ``PROOFS.md``, "Composition".

    References
    ----------
    M. Bun and T. Steinke (2016), "Concentrated differential privacy".
    C. Canonne, G. Kamath and T. Steinke (2020), "The discrete Gaussian for differential privacy".

    Examples
    --------
    >>> from synthfast.privacy import Accountant
    >>> budget = Accountant(epsilon=1.0, delta=1e-6)
    >>> budget.spend(budget.rho / 4, step="row count", mechanism="discrete Gaussian", scale=9.06)
    >>> float(budget.spent / budget.rho)
    0.25
    >>> round(budget.epsilon_spent(), 3)
    0.477
    """

    def __init__(
        self,
        epsilon: float,
        delta: float,
        *,
        n_public: int | None = None,
        max_rows_per_user: int = 1,
        threshold_delta: float = 0.0,
        noise: str = "synthfast",
        insecure_noise_seed: int | None = None,
    ) -> None:
        self.epsilon, self.delta, self.threshold_delta = _check_budget(epsilon, delta, threshold_delta)
        self.n_public = None if n_public is None else check_integer("n_public", n_public, minimum=1)
        if self.n_public is not None and self.delta >= 1 / self.n_public:
            raise PrivacyBudgetError(
                f"delta: expected less than 1 / n_public = {1 / self.n_public:.3g}, got {self.delta:.3g}: publishing a "
                f"few rows as they are would keep that promise. Choose a delta far below it."
            )
        self.max_rows_per_user = check_integer("max_rows_per_user", max_rows_per_user, minimum=1)
        self.noise: Noise = noise_backend(noise, insecure_noise_seed)
        self._limit = _budget_limit(self.epsilon, self.delta - self.threshold_delta)
        self._delta_limit = as_fraction("threshold_delta", self.threshold_delta, zero=True)
        self._spent = self._delta_spent = Fraction(0)
        self._ledger: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    @property
    def is_pure(self) -> bool:
        """Whether the budget is one of pure differential privacy (``delta=0``), counted in epsilon, not in rho."""
        return self.delta == 0.0

    @property
    def rho(self) -> Fraction:
        """The whole budget in zCDP; 0 where the budget is pure."""
        return Fraction(0) if self.is_pure else self.total

    @property
    def total(self) -> Fraction:
        """The whole budget in its own currency: rho, or epsilon where it is pure."""
        return self._limit if self.is_pure else self._limit * (1 - _ROUNDING)

    @property
    def spent(self) -> Fraction:
        """What was spent, in the budget's currency."""
        return self._spent

    @property
    def remaining(self) -> Fraction:
        """What is left of :attr:`total`, at least 0."""
        return max(Fraction(0), self.total - self.spent)

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """One entry for each step, in order; a copy, ready for JSON."""
        return [dict(entry) for entry in self._ledger]

    def spend(
        self,
        rho: Number | None = None,
        *,
        epsilon: Number | None = None,
        delta: Number = 0,
        step: str,
        column: Any = None,
        mechanism: str | None = None,
        scale: Number | None = None,
    ) -> None:
        """Pay for a step, before it draws anything.

        Parameters
        ----------
        rho : int, float or Fraction, optional
            Its zCDP.
        epsilon : int, float or Fraction, optional
            Its pure differential privacy. Without ``rho`` it costs ``epsilon**2 / 2``; a pure budget needs it.
        delta : int, float or Fraction, default 0
            Probability with which the step fails to be so private, from ``threshold_delta``.
        step : str
            What is done, in words.
        column : optional
            Column or columns concerned, as they are declared, never as found in the data.
        mechanism : str, optional
            Name of the mechanism.
        scale : int, float or Fraction, optional
            Scale of its noise.

        Raises
        ------
        PrivacyBudgetError
            If it costs more than is left. Nothing is spent then, and nothing must be drawn.
        TypeError, ValueError
            If a cost is missing, no number, negative or not finite.
        """
        costs = _step_costs(rho, epsilon)
        cost = costs[1] if self.is_pure else costs[0]
        if cost is None:
            raise PrivacyBudgetError(
                f"{step}: expected a step of pure differential privacy, for delta=0 pays for no other. "
                f"Use Laplace noise, or a budget with delta above 0."
            )
        cost, failure = _round_up(cost), _round_up(as_fraction("delta", delta, zero=True))
        entry = {
            "step": str(step),
            "column": _plain(column),
            "mechanism": mechanism,
            "scale": None if scale is None else float(scale),
            "rho": None if costs[0] is None else float(costs[0]),
            "epsilon": None if costs[1] is None else float(costs[1]),
            "delta": float(delta),
        }
        with self._lock:
            self._refuse_if_dear(step, cost, failure)
            self._spent += cost
            self._delta_spent += failure
            self._ledger.append(entry)

    def epsilon_spent(self, delta: float | None = None) -> float:
        """The epsilon that the steps paid so far amount to.

        Parameters
        ----------
        delta : float, optional
            At which it is stated; by default the budget's own. What steps used of ``threshold_delta`` is taken off.

        Returns
        -------
        float
            Rounded up in its 13th digit.

        Raises
        ------
        ValueError
            If ``delta`` leaves nothing for the conversion.
        """
        if self.is_pure:
            return float(self.spent)
        left = (self.delta if delta is None else check_number("delta", delta)) - float(self._delta_spent)
        return epsilon_of_rho(float(self.spent), left) * (1 + 2.0**-44)

    def delta_spent(self, epsilon: float | None = None) -> float:
        """The delta that the steps paid so far amount to at ``epsilon``, by default the budget's own."""
        if self.is_pure:
            return 0.0
        return delta_of_rho(float(self.spent), self.epsilon if epsilon is None else epsilon) + float(self._delta_spent)

    def to_dict(self) -> dict[str, Any]:
        """Promise, unit and ledger, ready for JSON: what travels in a model file and in a data card."""
        return {
            "epsilon": self.epsilon,
            "delta": self.delta,
            "currency": "epsilon" if self.is_pure else "rho",
            "total": float(self._limit),  # what a step is refused by; `total` is kept a bit below it
            "spent": float(self.spent),
            "relation": "add or remove one unit",
            "max_rows_per_user": self.max_rows_per_user,
            "noise": self.noise.name,
            "private": self.noise.insecure_seed is None,
            "ledger": self.ledger,
        }

    def _refuse_if_dear(self, step: str, cost: Fraction, failure: Fraction) -> None:
        if self._spent + cost > self._limit:
            unit = "epsilon" if self.is_pure else "rho"
            raise PrivacyBudgetError(
                f"{step}: costs {unit}={float(cost):.6g}, and {float(self.remaining):.6g} of {float(self.total):.6g} "
                f"is left. Nothing was drawn. Spend less on this step, or begin with a larger budget."
            )
        if self._delta_spent + failure > self._delta_limit:
            raise PrivacyBudgetError(
                f"{step}: fails with probability {float(failure):.3g}, more than is left of "
                f"threshold_delta={self.threshold_delta:.3g}. Nothing was drawn. Set more of delta aside."
            )

    def __repr__(self) -> str:
        unit = "epsilon" if self.is_pure else "rho"
        return (
            f"Accountant(epsilon={self.epsilon:g}, delta={self.delta:g}: {len(self._ledger)} steps, {unit} "
            f"{float(self.spent):.4g} of {float(self.total):.4g} spent)"
        )

    def __reduce__(self) -> Any:
        raise TypeError("An Accountant cannot be copied or pickled: the copy could be spent again. Keep to_dict().")


def _check_budget(epsilon: Any, delta: Any, threshold_delta: Any) -> tuple[float, float, float]:
    """The three numbers, if they make a promise."""
    try:
        epsilon, delta = check_number("epsilon", epsilon), check_number("delta", delta)
        threshold_delta = check_number("threshold_delta", threshold_delta, minimum=0.0)
    except ValueError as error:
        raise PrivacyBudgetError(str(error)) from None
    if epsilon <= 0.0:
        raise PrivacyBudgetError(f"epsilon: expected a number above 0, got {epsilon}.")
    if not 0.0 <= delta < 1.0:
        raise PrivacyBudgetError(f"delta: expected a number of at least 0 and below 1, got {delta}.")
    if threshold_delta > 0.0 and threshold_delta >= delta:
        raise PrivacyBudgetError(
            f"threshold_delta: expected less than delta={delta:.3g}, of which it is a part, got {threshold_delta:.3g}."
        )
    return epsilon, delta, threshold_delta


def _budget_limit(epsilon: float, delta: float) -> Fraction:
    """A budget in its currency; rho is rounded down beyond the error of floats."""
    if delta == 0.0:
        return as_fraction("epsilon", epsilon)
    rho = rho_of_budget(epsilon, delta)
    if rho <= 0.0:
        raise PrivacyBudgetError(f"epsilon={epsilon:g}, delta={delta:g}: leaves no budget to spend. Raise epsilon.")
    return Fraction(rho) * (1 - _FLOAT_ERROR)


def _step_costs(rho: Number | None, epsilon: Number | None) -> tuple[Fraction | None, Fraction | None]:
    """(zCDP, pure differential privacy) of a step; a pure step has both."""
    if rho is None and epsilon is None:
        raise TypeError("spend: expected rho or epsilon, the cost of the step; got neither.")
    pure = None if epsilon is None else as_fraction("epsilon", epsilon, zero=True)
    if rho is not None:
        return as_fraction("rho", rho, zero=True), pure
    return (None if pure is None else pure * pure / 2), pure


def _round_up(cost: Fraction) -> Fraction:
    """A cost whose denominator keeps sums of many short; at least what came."""
    if cost.denominator <= _EXACT:
        return cost
    return Fraction(-(-cost.numerator * _GRID // cost.denominator), _GRID)


def _plain(column: Any) -> Any:
    """A column's name or a list of them, as JSON holds it."""
    if column is None or isinstance(column, (str, int)):
        return column
    return [_plain(part) for part in column] if isinstance(column, (list, tuple)) else str(column)
