"""What the chain gets wrong, learned by telling its rows from real ones, and undone by weighing drawn rows.

A booster that tells real from drawn rows estimates the ratio of their densities. Rows are drawn several times over and
resampled by that ratio, bounded so that no row is taken twice; a second booster, grown where the first one's resampling
leads, corrects what is left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads
from synthfast.synthesizers._tree.forest import BoostSettings, Forest

__all__ = ["QUICK", "THOROUGH", "Correction", "Corrector"]

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]

POOL = 2  # drawn rows for each real row
LEAST_ROWS = 64  # fewer are no ground for a correction
LITTLE = 0.005  # nats a row: a booster that says less is not worth columns that come off worse by themselves
MOST_SPOILT = 1.25  # times the error without it, which is what "worse" means


@dataclass(frozen=True)
class Correction:
    """How a correction is learned.

    Parameters
    ----------
    boosting : BoostSettings
        Of trees of which half of the rows judge each, in small steps: no trial is needed.
    rounds : int
        Boosters, each grown on rows drawn under the ones before.
    max_rows : int
        Real rows that a round looks at.
    """

    boosting: BoostSettings
    rounds: int
    max_rows: int


def _settings(depth: int, max_trees: int, patience: int, rate: float) -> BoostSettings:
    return BoostSettings(
        depth=depth, max_trees=max_trees, patience=patience, rate=rate, ridge=2.0, bag=0.5, columns=1.0, on_trial=False
    )


THOROUGH = Correction(_settings(depth=6, max_trees=600, patience=16, rate=0.05), rounds=2, max_rows=131_072)
QUICK = Correction(_settings(depth=5, max_trees=150, patience=12, rate=0.1), rounds=1, max_rows=16_384)


@dataclass(frozen=True)
class Corrector:
    """Log weights of rows.

    Parameters
    ----------
    forests : list of Forest
        One a round; their sum is the log ratio of the real density to the drawn one.
    log_bound : float
        Log weights are cut off here, relative to their mean.
    log_mean : float
        Log of the mean weight of drawn rows.
    log_mean_error : float
        Its standard error.
    """

    forests: list[Forest]
    log_bound: float
    log_mean: float
    log_mean_error: float

    @classmethod
    def fit(
        cls,
        codes: Codes,
        n_codes: NDArray[np.int32],
        draw: Callable[[int, "Corrector", Stream], Codes],
        oversample: int,
        how: Correction,
        stream: Stream,
    ) -> "Corrector":
        """Learn to tell real rows from drawn ones.

        Parameters
        ----------
        codes : ndarray of uint8, shape (n_columns, n_rows)
            Real rows in random order.
        draw : callable
            ``draw(n_rows, corrector, stream)`` gives the codes of rows drawn under a corrector so far.
        oversample : int
            Rows drawn for each row kept: the bound of the weights.
        how : Correction
        """
        found = cls([], float(np.log(oversample)), 0.0, 0.0)
        real = codes[:, : how.max_rows]
        if real.shape[1] < LEAST_ROWS or oversample < 2:
            return found
        for k in range(how.rounds):
            part = stream.child("round", k)
            drawn = draw(POOL * real.shape[1], found, part.child("draw"))
            forest = _tell_apart(real, drawn, n_codes, how.boosting, part)
            if forest is None:
                break
            found = cls([*found.forests, forest], found.log_bound, 0.0, 0.0)
        nothing = cls([], found.log_bound, 0.0, 0.0)
        check = draw(POOL * real.shape[1], nothing, stream.child("mean"))
        found = found.with_mean(check)
        before, after, chance = found.marginal_errors(codes, check, n_codes)
        worse = after > MOST_SPOILT * max(before, chance)
        return nothing if worse and sum(forest.gain for forest in found.forests) < LITTLE else found

    def with_mean(self, drawn: Codes) -> "Corrector":
        """The same, knowing the mean weight of drawn rows of codes, shape (n_columns, n_rows)."""
        if not self.forests:
            return self
        raw = self.ratio(drawn)
        log_mean = _log_mean(raw)
        for _ in range(20):  # the bound is relative to the mean of the bounded weights
            log_mean = _log_mean(np.minimum(raw, log_mean + self.log_bound))
        weight = np.exp(np.minimum(raw, log_mean + self.log_bound) - log_mean)
        return Corrector(self.forests, self.log_bound, log_mean, float(weight.std() / np.sqrt(len(weight))))

    def marginal_errors(self, real: Codes, drawn: Codes, n_codes: NDArray[np.int32]) -> tuple[float, float, float]:
        """Mean total variation distance of columns from the real ones: of drawn rows as they are, weighted, and of as
        many rows drawn independently from the real ones.
        """
        weight, n_drawn, errors = np.exp(self.log_weight(drawn)), drawn.shape[1], np.zeros(3)
        for own, other, k in zip(real, drawn, n_codes.tolist(), strict=True):
            shares = np.bincount(own, minlength=k) / len(own)
            for i, w in enumerate((np.ones(n_drawn), weight)):
                errors[i] += 0.5 * np.abs(shares - np.bincount(other, w, minlength=k) / w.sum()).sum()
            errors[2] += 0.5 * np.sqrt(2.0 / np.pi * shares * (1.0 - shares) / n_drawn).sum()
        before, after, chance = (errors / len(real)).tolist()
        return before, after, chance

    def ratio(self, codes: Codes) -> Floats:
        """Log density ratio of rows, shape (n_rows,), neither bounded nor normalised."""
        score = np.zeros(codes.shape[1], dtype=np.float32)
        for forest in self.forests:
            forest.add(codes, score, effective_n_threads())
        return score.astype(np.float64)

    def log_weight(self, codes: Codes) -> Floats:
        """Bounded log weights of rows, their mean weight over drawn rows being 1."""
        if not self.forests:
            return np.zeros(codes.shape[1])
        return np.minimum(self.ratio(codes) - self.log_mean, self.log_bound)

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        arrays = {f"{k}/{name}": v for k, f in enumerate(self.forests) for name, v in f.to_state().items()}
        numbers = {"log_bound": self.log_bound, "log_mean": self.log_mean, "log_mean_error": self.log_mean_error}
        return {"rounds": len(self.forests), **numbers}, arrays

    @classmethod
    def from_state(cls, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "Corrector":
        """Undo `to_state`."""
        names = ("feature", "threshold", "leaf", "gain")
        forests = [Forest.from_state({n: arrays[f"{k}/{n}"] for n in names}) for k in range(document["rounds"])]
        return cls(forests, document["log_bound"], document["log_mean"], document["log_mean_error"])


def _tell_apart(
    real: Codes, drawn: Codes, n_codes: NDArray[np.int32], boosting: BoostSettings, stream: Stream
) -> Forest | None:
    n_real, n_drawn = real.shape[1], drawn.shape[1]
    order = stream.child("order").permutation(n_real + n_drawn)
    codes = np.ascontiguousarray(np.hstack([real, drawn])[:, order])
    target = (order < n_real).astype(np.uint8)
    score = np.full(len(order), np.log(n_real / n_drawn), dtype=np.float32)
    return Forest.grow(codes, n_codes, target, score, boosting.for_rows(n_real), stream.child("forest").key[0])


def _log_mean(logs: Floats) -> float:
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).mean()))
