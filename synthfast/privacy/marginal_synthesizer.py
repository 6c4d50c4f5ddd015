"""Private synthetic tables: noisy marginals of up to three columns, and a junction tree that agrees with them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast._core.frames.cells import NOT_PLAIN
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer
from synthfast.base import BasePrivateSynthesizer
from synthfast.encoding import EncodedCondition, TableCodec
from synthfast.exceptions import DataError, PrivacyBudgetError, SchemaError
from synthfast.privacy._marginals.axes import Axis
from synthfast.privacy._marginals.budget import buy_counts
from synthfast.privacy._marginals.container import public_table
from synthfast.privacy._marginals.declaring import declared_axis, in_zone
from synthfast.privacy._marginals.drawing import Draw, conditional_tables
from synthfast.privacy._marginals.learning import has_categories, learn_axis, learn_cells, needs_cells
from synthfast.privacy._marginals.plan import OUTSIDE_SHARE, Plan, domain_rho, make_plan
from synthfast.privacy._marginals.release import Density, release
from synthfast.privacy._marginals.storing import axes_from_state, axes_to_state, density_from_state, density_to_state
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.clipping import limit_rows_per_user
from synthfast.schema import Schema

__all__ = ["PrivateMarginalSynthesizer"]

LEARN = "learn"
DOMAIN_STEPS = ("whole numbers or not", "range", "categories", "cells")
THRESHOLD_SHARE = 0.1  # of delta, for keeping categories above a threshold, where any are to be learned


class PrivateMarginalSynthesizer(BasePrivateSynthesizer):
    """Differentially private synthetic tables from noisy marginals.

    One-way marginals are measured first; where noise drowns their levels these are smoothed and grouped. One noisy
    look at all pairs chooses a spanning tree of strong pairs and the triples that widen it, which are measured in
    groups of levels. The density nearest to all measurements is found on a junction tree, and rows are drawn from it
    at low-discrepancy places. The less budget there is, the fewer groups, pairs and cells are used, down to
    independent columns.

    Parameters
    ----------
    epsilon : float
        Positive. What one row (one user) can change of the probability of any outcome, as a logarithm.
    delta : float
        Above 0. Probability with which more may be told; far below one over the number of rows.
    domain : mapping of column name to list, tuple or Column, optional
        What values a column can have, from public knowledge: a list of values; a range ``(low, high)`` of numbers or
        dates, both ends included; a Schema's column; or ``"learn"``. With a None among the values, or
        ``(low, high, None)``, values may be missing. With no domain at all every column is learned: ranges, categories
        and cells cost a fifth of the budget then. A column that a given domain leaves out is refused.
    outside : {"clip", "raise"}, default "clip"
        What happens to rows outside the declared domain. ``"clip"``: numbers go to the nearest end, rows with an
        undeclared level or missing value are left out, and the noisy number of such rows is ``outside_``. ``"raise"``:
        the table is refused, which tells that there is such a row and is outside the guarantee.
    user : hashable, optional
        Column that says whose row it is. It is not modelled. Rows beyond ``max_rows_per_user`` of one user are removed.
    max_rows_per_user : int, default 1
        The unit that is protected: one row, or with ``user`` one user with at most so many rows.
    n_public : int, optional
        Publicly known number of rows; a ``delta`` of one over it or more is refused.
    max_cells : int, default 200,000
        Cells of the junction tree at most; with it memory is bounded by the schema, whatever the data.
    noise : {"synthfast", "opendp"}, default "synthfast"
        Whose samplers draw the noise.
    insecure_noise_seed : int, optional
        Makes the noise repeatable, for tests only: the ledger then says ``private: False``.
    random_state : None, int, numpy.random.SeedSequence or numpy.random.Generator, default None
        Seed of draws. It never seeds the noise.

    Attributes
    ----------
    ledger_ : dict
        Promise, unit and every step paid; saved with the model.
    measured_ : list of tuple
        Columns whose joint tables were measured.
    outside_ : float
        Noisy number of rows outside the declared domain.
    domain_share_ : float
        Part of the budget that learning domains cost.
    domain_ : dict
        Declared and learned domains, as ``domain`` takes them.
    n_rows_ : int
        Noisy number of rows.

    Raises
    ------
    PrivacyBudgetError
        By ``fit`` and ``plan``, if epsilon, delta or the unit make no promise.

    Notes
    -----
    Guarantee: (epsilon, delta)-differential privacy for adding or removing a unit, composed in zCDP, with exact integer
    noise; ``PROOFS.md`` in the package has the proofs. Column names, dtypes and the container count as public. A draw
    costs no privacy, a second fit the whole budget again. Learned ranges end at ``2**62``; numbers beyond are clipped.
    Not covered: timing and memory of the fit, rows that depend on one another, and figures computed on the real table
    beside a synthetic one. Not independently audited.

    Cost O(n_rows n_columns**2) for the look at all pairs, then O(max_cells) for each of some 200 steps of the fit;
    memory O(n_rows n_columns + max_cells).

    References
    ----------
    R. McKenna, G. Miklau and D. Sheldon (2021), "Winning the NIST contest: a scalable and general approach to
    differentially private synthetic data".
    R. McKenna, B. Mullins, D. Sheldon and G. Miklau (2022), "AIM: an adaptive and iterative mechanism for
    differentially private synthetic data".

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from synthfast.privacy import PrivateMarginalSynthesizer
    >>> frame = pd.DataFrame({"age": np.arange(4000) % 60 + 18, "town": ["Rome", "Oslo"] * 2000})
    >>> domain = {"age": (0, 120), "town": ["Oslo", "Paris", "Rome"]}
    >>> model = PrivateMarginalSynthesizer(epsilon=1.0, delta=1e-6, domain=domain).fit(frame)
    >>> sample = model.sample(1000)
    >>> sample.shape, bool(sample["age"].between(0, 120).all()), model.ledger_["private"]
    ((1000, 2), True, True)
    """

    outside_: float
    _axes: list[Axis]
    _density: Density
    _draw: Draw

    def __init__(
        self,
        *,
        epsilon: float,
        delta: float,
        domain: Mapping[Hashable, Any] | None = None,
        outside: str = "clip",
        user: Hashable = None,
        max_rows_per_user: int = 1,
        n_public: int | None = None,
        max_cells: int = 200_000,
        noise: str = "synthfast",
        insecure_noise_seed: int | None = None,
        random_state: SeedLike = None,
    ) -> None:
        self.epsilon = epsilon
        self.delta = delta
        self.domain = domain
        self.outside = outside
        self.user = user
        self.max_rows_per_user = max_rows_per_user
        self.n_public = n_public
        self.max_cells = max_cells
        self.noise = noise
        self.insecure_noise_seed = insecure_noise_seed
        self.random_state = random_state

    @property
    def domain_share_(self) -> float:
        """Part of the budget that learning ranges, categories and cells cost."""
        steps = [step["rho"] for step in self.ledger_["ledger"] if step["step"] in DOMAIN_STEPS]
        return sum(steps) / float(self.ledger_["total"])

    @property
    def measured_(self) -> list[tuple[Hashable, ...]]:
        """Columns whose joint tables were measured."""
        names = [axis.name for axis in self._axes]
        return [tuple(names[column] for column in clique) for clique in self._density.measured]

    @property
    def domain_(self) -> dict[Hashable, Any]:
        """Declared and learned domains, as ``domain`` takes them."""
        return {axis.name: _as_declared(axis) for axis in self._axes}

    def plan(self, schema: Schema | Mapping[Hashable, Any] | None = None, *, n_rows: int | None = None) -> Plan:
        """Tell what the budget buys, before any data is touched.

        Parameters
        ----------
        schema : Schema or mapping, optional
            The declared domain; by default the constructor's.
        n_rows : int, optional
            About how many rows there are, from public knowledge; with it expected errors are told.

        Returns
        -------
        Plan
            Steps with cost, noise, cells and expected error; ``print`` shows a table.

        Raises
        ------
        PrivacyBudgetError
            If the budget makes no promise.
        SchemaError
            If there is no declared domain.
        """
        accountant = self._open_budget(None)
        domain = self._domain_of(schema)
        if not domain:
            raise SchemaError("plan: expected a declared domain, for columns and cells to be known; got none.")
        axes = [None if _is_learn(spec) else declared_axis(name, spec) for name, spec in domain.items()]
        n_rows = None if n_rows is None else check_integer("n_rows", n_rows, minimum=0)
        return make_plan(list(domain), axes, accountant, n_rows, self._max_cells())

    # -- fitting -------------------------------------------------------------------------------------------------------

    def _declared_names(self, schema: Schema | None) -> list[Hashable]:
        domain = self._domain_of(schema)
        return [*domain, self.user] if domain and self.user is not None else list(domain)

    def _kept_rows(self, table: Table) -> NDArray[np.int64] | None:
        if self.user is None:
            return None
        if self.user not in table.names:
            raise SchemaError(f"user: expected one of the columns {table.names!r}, got {self.user!r}.")
        codes, levels = table.column(self.user).factorize()
        found = levels.to_pylist() if isinstance(levels, pa.Array) else levels
        ids: dict[Any, int] = {}  # 1 and 1.0 are one user; a list or another thing that is no plain value is none
        places = [None if level is NOT_PLAIN else ids.setdefault(level, len(ids)) for level in found]
        users = [None if code < 0 else places[code] for code in codes.tolist()]
        return limit_rows_per_user(np.arange(table.n_rows), users, self.max_rows_per_user)

    def _open_budget(self, table: Table | None) -> Accountant:
        if self.user is None and self.max_rows_per_user != 1:
            raise PrivacyBudgetError(
                "max_rows_per_user: expected the column that says whose row it is as well (user=...), for the limit is "
                "enforced, not trusted."
            )
        check_choice("outside", self.outside, ("clip", "raise"))
        self._max_cells()
        learned = table is not None and any(has_categories(table.column(name)) for name in self._learned_names(table))
        accountant = Accountant(
            self.epsilon,
            self.delta,
            n_public=self.n_public,
            max_rows_per_user=self.max_rows_per_user,
            threshold_delta=THRESHOLD_SHARE * self.delta if learned else 0.0,
            noise=self.noise,
            insecure_noise_seed=self.insecure_noise_seed,
        )
        if accountant.is_pure:
            raise PrivacyBudgetError("delta: expected a number above 0, for marginals take Gaussian noise; got 0.")
        return accountant

    def _max_cells(self) -> int:
        return check_integer("max_cells", self.max_cells, minimum=1_000)

    def _domain_of(self, schema: Schema | Mapping[Hashable, Any] | None) -> dict[Hashable, Any]:
        source = self.domain if schema is None else schema
        if isinstance(source, Schema):
            return dict(source.columns)
        if source is not None and not isinstance(source, Mapping):
            raise SchemaError(f"domain: expected a mapping of column names, got {type(source).__name__}.")
        return dict(source or {})

    def _learned_names(self, table: Table, schema: Schema | None = None) -> list[Hashable]:
        domain = self._domain_of(schema)
        return [name for name in table.names if name != self.user and (not domain or _is_learn(domain.get(name, None)))]

    def _release(
        self, table: Table, schema: Schema | None, budget: Accountant, stray: NDArray[np.bool_] | None
    ) -> tuple[TableCodec, int, dict[str, Any]]:
        names, declared = self._check_columns(table, schema)
        columns = {name: table.column(name) for name in names}
        declared = {name: axis and in_zone(axis, columns[name].timezone) for name, axis in declared.items()}
        rho = float(budget.rho)
        axes = self._learn(columns, declared, domain_rho(rho, list(declared.values())), budget)
        codes, outside = _encode(axes, columns)
        outside = outside if stray is None else outside | stray
        if self.outside == "raise" and outside.any():
            raise DataError(
                "fit: rows lie outside the declared domain. Which ones is not told, for that would disclose them. "
                "Widen the domain, or pass outside='clip'."
            )
        counted = np.array([np.count_nonzero(outside)], dtype=np.int64)
        noisy, _ = buy_counts(counted, OUTSIDE_SHARE * rho, budget, step="rows outside the domain")
        codes = np.ascontiguousarray(codes[:, (codes >= 0).all(axis=0)])
        sizes, ordered = [axis.n_levels for axis in axes], [axis.ordered for axis in axes]
        left = float(budget.remaining)
        density = release(codes, sizes, ordered, names, left, budget, self._max_cells())
        fitted = {"outside_": float(noisy[0]), "_axes": axes, **_of_density(density)}
        return _make_codec(axes, density, table.kind), max(round(density.total), 1), fitted

    def _check_columns(self, table: Table, schema: Schema | None) -> tuple[list[Hashable], dict[Hashable, Axis | None]]:
        """Modelled columns, and what is declared of each; None where it is to be learned."""
        domain = self._domain_of(schema)
        names = [name for name in table.names if name != self.user]
        if not names:
            raise SchemaError("fit: expected a column beside that of users.")
        if not domain:
            return names, dict.fromkeys(names)
        undeclared = [name for name in names if name not in domain]
        absent = [name for name in domain if name not in table.names]
        if undeclared or absent:
            raise SchemaError(
                f"domain: expected each column to be declared; undeclared {undeclared!r}, declared but not there "
                f"{absent!r}. Declare a column as 'learn' to learn its domain within the budget."
            )
        return names, {name: None if _is_learn(domain[name]) else declared_axis(name, domain[name]) for name in names}

    def _learn(
        self,
        columns: Mapping[Hashable, ColumnData],
        declared: Mapping[Hashable, Axis | None],
        rho: float,
        budget: Accountant,
    ) -> list[Axis]:
        todo = [name for name, axis in declared.items() if axis is None or needs_cells(axis)]
        n_texts = sum(has_categories(columns[name]) for name in todo if declared[name] is None)
        delta = budget.threshold_delta / n_texts * (1 - 1e-9) if n_texts else 0.0
        part = rho / max(len(todo), 1)
        axes = []
        for name, axis in declared.items():
            data, share = columns[name], part
            if axis is None:
                share = part / 2
                axis = learn_axis(name, data, part if has_categories(data) else share, delta, budget)
            axes.append(learn_cells(axis, data, share, budget) if needs_cells(axis) else axis)
        return axes

    # -- drawing -------------------------------------------------------------------------------------------------------

    def _sample_block(
        self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]
    ) -> dict[Hashable, NDArray[Any]]:
        levels, places = self._draw.levels(n_rows, stream)
        return {axis.name: axis.decode(levels[i], places[i]) for i, axis in enumerate(self._axes)}

    # -- files ---------------------------------------------------------------------------------------------------------

    def _params_to_save(self) -> dict[str, Any]:
        paid = {"epsilon": self.ledger_["epsilon"], "delta": self.ledger_["delta"]}  # whatever was set after the fit
        return {**self.get_params(), **paid, "domain": self.domain_, "insecure_noise_seed": None}

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        axes, edges = axes_to_state(self._axes)
        density, arrays = density_to_state(self._density)
        document = {"axes": axes, "density": density, "ledger": self.ledger_, "outside": self.outside_}
        return document, {**edges, **arrays}

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._axes = axes_from_state(document["axes"], arrays)
        self.__dict__.update(_of_density(density_from_state(document["density"], arrays)))
        self.ledger_, self.outside_ = document["ledger"], document["outside"]


def _of_density(density: Density) -> dict[str, Any]:
    """Attributes of a fitted model: the density, and what draws from it."""
    draw = Draw(conditional_tables(density.tree, density.beliefs), density.groups, density.shares)
    return {"_density": density, "_draw": draw}


def _make_codec(axes: Sequence[Axis], density: Density, container: str) -> TableCodec:
    """The codec of the public schema; missing rates in it are the noisy ones."""
    table = public_table(axes, container)
    columns = {}
    for axis, shares in zip(axes, density.shares, strict=True):
        rate = max(float(shares[-1]), 1e-9) if axis.nullable else 0.0
        found = table.column(axis.name)
        columns[axis.name] = replace(
            axis.column, missing_rate=rate, storage=found.storage, dtype=found.dtype, unit=axis.column.unit
        )
    return TableCodec.fit(table, Schema(columns))


def _encode(
    axes: Sequence[Axis], columns: Mapping[Hashable, ColumnData]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Codes (n_columns, n_rows), and which rows lie outside somewhere."""
    coded = [axis.encode(columns[axis.name]) for axis in axes]
    return np.vstack([codes for codes, _ in coded]), np.logical_or.reduce([outside for _, outside in coded])


def _is_learn(spec: Any) -> bool:
    return isinstance(spec, str) and spec == LEARN


def _as_declared(axis: Axis) -> Any:
    column, missing = axis.column, [None] if axis.nullable else []
    if axis.is_levels:
        return [*column.levels, *missing]
    return (column.minimum, column.maximum, *missing)
