"""A fitted chain with all that belongs to it: bins, correction, rules; and its fit."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast._core.names import Names
from synthfast._core.random import Stream
from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.exceptions import FileFormatError
from synthfast.synthesizers._tree.bins import Bins
from synthfast.synthesizers._tree.boosted import BoostedChain
from synthfast.synthesizers._tree.cart import CartChain
from synthfast.synthesizers._tree.checks import check_bins, check_chain, check_forests
from synthfast.synthesizers._tree.corrector import Correction, Corrector
from synthfast.synthesizers._tree.find_rules import find_rules
from synthfast.synthesizers._tree.presets import Preset
from synthfast.synthesizers._tree.rules import Rule, Total
from synthfast.synthesizers._tree.rules.state import rule_from_state, rule_to_state
from synthfast.synthesizers._tree.table_bins import feature_codes, fit_bins, shuffle_rows

__all__ = ["Chain", "TreeModel"]

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Leaves = NDArray[np.uint16]

MAX_OVERSAMPLE = 64  # that a stored model may ask for
MAX_FIT_ROWS = 4_000_000  # a seeded sample of so many rows is fitted where there are more


class Chain(Protocol):
    """Conditional distributions of columns in order."""

    def draw(self, j: int, codes: Codes, u: Floats) -> Leaves:
        """Draw leaves of column ``j``; ``u`` become places within them."""
        ...

    def log_prob(self, j: int, codes: Codes, leaves: Leaves) -> Floats:
        """Log probability of leaves."""
        ...

    def probabilities(self, j: int, codes: Codes) -> Floats:
        """Probability of every leaf."""
        ...

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        ...


@dataclass(frozen=True)
class TreeModel:
    """What rows are drawn from.

    Parameters
    ----------
    names : list
        Columns in the order of the chain.
    bins : list of Bins
    chain : Chain
    corrector : Corrector
    rules : dict of column name to Rule
        Columns that others determine.
    oversample : int
        Rows drawn for each row kept where there is no condition.
    """

    names: list[Hashable]
    bins: list[Bins]
    chain: Chain
    corrector: Corrector
    rules: dict[Hashable, Rule]
    oversample: int

    @classmethod
    def fit(
        cls,
        columns: Mapping[Hashable, EncodedColumn],
        codec: TableCodec,
        order: Sequence[Hashable],
        preset: Preset,
        min_count: int,
        stream: Stream,
    ) -> "TreeModel":
        """Fit bins, chain, rules and correction."""
        with threadpool_limits(1, user_api="blas"):  # small matrices, and threads could change last bits
            rules = find_rules(columns, codec, order)
            bins, leaves = fit_bins(columns, codec, order, min_count)
            if leaves:
                shuffled = shuffle_rows(leaves, stream.child("rows").key[0])[:MAX_FIT_ROWS]
                leaves = [own[shuffled] for own in leaves]
            codes = feature_codes(bins, leaves)
            chain: Chain
            if preset.boosting is not None:
                chain = BoostedChain.fit(bins, leaves, codes, preset.boosting, stream.child("chain"))
            else:
                chain = CartChain.fit(bins, leaves, codes, preset.min_leaf)
        model = cls(list(order), bins, chain, Corrector([], 0.0, 0.0, 0.0), rules, preset.oversample)
        if preset.oversample > 1 and len(bins) > 1:
            model = replace(model, corrector=model._fit_corrector(codes, preset.correction, stream.child("corrector")))
        return model

    def _fit_corrector(self, codes: Codes, how: Correction, stream: Stream) -> Corrector:
        from synthfast.synthesizers._tree.drawing import draw_codes

        def draw(n_rows: int, corrector: Corrector, part: Stream) -> Codes:
            return draw_codes(replace(self, corrector=corrector), n_rows, part)

        n_codes = np.array([b.n_codes for b in self.bins], dtype=np.int32)
        return Corrector.fit(codes, n_codes, draw, self.oversample, how, stream)

    @property
    def candidates(self) -> int:
        """Rows drawn for each row kept: more than one where some may be corrected, or have a sum out of its range."""
        sums = any(isinstance(rule, Total) for rule in self.rules.values())
        return self.oversample if self.corrector.forests or sums else 1

    def place_of(self, name: Hashable) -> int:
        """Place of a column in the chain."""
        return self.names.index(name)

    def encode(self, columns: Mapping[Hashable, NDArray[Any]]) -> list[Leaves]:
        """Leaves of encoded columns, in the order of the chain."""
        return [b.encode(columns[name]) for name, b in zip(self.names, self.bins, strict=True)]

    def log_prob(self, columns: Mapping[Hashable, NDArray[Any]]) -> Floats:
        """Log probability of encoded rows, shape (n_rows,): densities for numbers without a grid."""
        out = self.log_prob_leaves(self.encode(columns))
        for name, b in zip(self.names, self.bins, strict=True):
            out += b.log_density(columns[name])
        return out

    def log_prob_leaves(self, leaves: list[Leaves], ignored: Hashable | None = None) -> Floats:
        """Log probability of rows at the resolution of the bins, shape (n_rows,); without that of one column."""
        codes = feature_codes(self.bins, leaves)
        out = self.corrector.log_weight(codes)
        for j, own in enumerate(leaves):
            if ignored is None or self.names[j] is not ignored:
                out += self.chain.log_prob(j, codes[:j], own)
        return out

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays; but for rules, columns are told by their place in the chain."""
        arrays: dict[str, NDArray[Any]] = {}

        def keep(prefix: str, state: tuple[dict[str, Any], dict[str, NDArray[Any]]]) -> dict[str, Any]:
            document, own = state
            arrays.update({f"{prefix}/{k}": v for k, v in own.items()})
            return document

        document = {
            "boosted": isinstance(self.chain, BoostedChain),
            "oversample": self.oversample,
            "bins": [keep(f"bins/{j}", b.to_state()) for j, b in enumerate(self.bins)],
            "chain": keep("chain", self.chain.to_state()),
            "corrector": keep("corrector", self.corrector.to_state()),
            "rules": [keep(f"rules/{k}", rule_to_state(r)) for k, r in enumerate(self.rules.values())],
        }
        return document, arrays

    @classmethod
    def from_state(
        cls, names: list[Hashable], document: dict[str, Any], arrays: dict[str, NDArray[Any]]
    ) -> "TreeModel":
        """Undo `to_state`; ``names`` are the columns in the order of the chain.

        Raises
        ------
        FileFormatError
            If a part is absent, or anything in it could not have been written: kernels do not check.
        """

        def part(prefix: str) -> dict[str, NDArray[Any]]:
            return {k.removeprefix(f"{prefix}/"): v for k, v in arrays.items() if k.startswith(f"{prefix}/")}

        bins = [Bins.from_state(own, part(f"bins/{j}")) for j, own in enumerate(document["bins"])]
        check_bins(bins, names)
        kind = BoostedChain if document["boosted"] else CartChain
        chain = kind.from_state(bins, document["chain"], part("chain"))
        own_names = Names(names)
        try:
            rules = [rule_from_state(own, part(f"rules/{k}"), own_names) for k, own in enumerate(document["rules"])]
        except (KeyError, TypeError, ValueError) as error:
            raise FileFormatError(f"the tree model is damaged: its rules cannot be read ({error}).") from error
        corrector = Corrector.from_state(document["corrector"], part("corrector"))
        check_chain(chain, bins)
        check_forests([(forest, len(bins)) for forest in corrector.forests])
        oversample = document["oversample"]
        if oversample not in range(1, MAX_OVERSAMPLE + 1):
            raise FileFormatError(f"the tree model is damaged: {oversample!r} candidates for each row.")
        return cls(names, bins, chain, corrector, {r.target: r for r in rules}, oversample)
