"""What every resampler is: concrete public methods around one hook that makes rows.

Containers, labels, ``sampling_strategy`` and seeds are read here once. A subclass checks its own arguments and makes
rows of the classes that need some, from numbers or codes.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Features
from synthfast._core.frames.open_features import open_features
from synthfast._core.labels import Labels
from synthfast._core.params import Parametrised
from synthfast._core.random import SeedLike, Stream
from synthfast._core.strategy import STRATEGIES, added_rows, is_strategy
from synthfast._core.threads import num_threads
from synthfast._core.validation import describe_value
from synthfast.exceptions import DataError, NotFittedError

__all__ = ["BaseResampler", "Resampled"]


@dataclass(frozen=True, eq=False)
class Resampled:
    """What the hook gives back.

    Parameters
    ----------
    features : table
        In the caller's container: own rows first, then made ones.
    codes : ndarray of int64, shape (n_made,)
        Class of each row that was made.
    kept : ndarray of int64, shape (n_kept,), optional
        Numbers of the own rows that stay; all by default.
    """

    features: Any
    codes: NDArray[np.int64]
    kept: NDArray[np.int64] | None = None


class BaseResampler(Parametrised, ABC):
    """Base of the resamplers.

    Subclasses take ``sampling_strategy``, ``random_state`` and ``n_samples`` among their constructor arguments and
    store them untouched.
    """

    # By these, imbalanced-learn's pipelines and ensembles, and older versions of scikit-learn, know a sampler.
    _estimator_type = "sampler"
    _sampling_type = "over-sampling"

    _takes_sparse: ClassVar[bool] = True
    _takes_strings: ClassVar[bool] = False
    _takes_missing: ClassVar[bool] = False
    _tells_rows: ClassVar[bool] = False

    sampling_strategy: Any
    random_state: Any
    n_samples: Any
    n_jobs: Any
    sampling_strategy_: dict[Hashable, int]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    # -- hooks ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def _resample(self, features: Features, labels: Labels, stream: Stream) -> Resampled:
        """Make the rows that ``self.sampling_strategy_`` asks for; class ``c`` draws from ``stream.child(c)``."""

    def _check_arguments(self) -> None:
        """Refuse constructor arguments that cannot be right."""

    def _check_features(self, features: Features) -> None:
        """Refuse features that cannot be used."""
        features.points()

    # -- public --------------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any) -> Self:
        """Check the data and work out ``sampling_strategy_``; use `fit_resample` to get rows.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            As in `fit_resample`.
        y : column of shape (n_rows,)
            As in `fit_resample`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As in `fit_resample`.
        """
        self._open(X, y)
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Give the rows back with new ones of the classes that need some below them.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            pandas, polars or Arrow table, dict of columns, list of rows, NumPy array, or SciPy sparse matrix.
        y : column of shape (n_rows,)
            Class labels in a list, NumPy array, pandas, polars or Arrow column or table of one column; or a NumPy array
            with a column for each class and a single 1 in each row.

        Returns
        -------
        X_resampled : the container that came, shape (n_rows + n_made, n_features)
            Own rows as they were, with columns, dtypes and categories; in columns of whole numbers, made values are
            rounded to the nearest. A pandas index becomes a RangeIndex.
        y_resampled : the container that came, shape (n_rows + n_made,)
            Labels.

        Raises
        ------
        ValueError
            If an argument of the constructor is unfit, or (as `DataError`) the data are: one class only, missing
            labels, numbers that are missing or infinite, too few rows in a class, a size below the present one.

        Notes
        -----
        Every class has a random stream of its own. Row i of what is made for a class depends on the seed, the class and
        the rows it is made of, and not on the number of threads or of rows asked for.
        """
        features, labels = self._open(X, y)
        stream = Stream.from_seed(_plain_seed(self.random_state)).child("resample")
        done = self._resample(features, labels, stream)
        return done.features, labels.extend(done.codes, done.kept)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns that come out: those that went in.

        Parameters
        ----------
        input_features : array_like of str, shape (n_features,), optional
            Names to use where the table had none.

        Returns
        -------
        ndarray of object, shape (n_features,)

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            If the names are not those of the table, or of another number.
        """
        if not hasattr(self, "n_features_in_"):
            raise NotFittedError(f"{type(self).__name__}.get_feature_names_out: not fitted yet; call fit(X, y) first.")
        own = getattr(self, "feature_names_in_", None)
        if input_features is None:
            return own if own is not None else np.array([f"x{j}" for j in range(self.n_features_in_)], dtype=object)
        names = np.asarray(input_features, dtype=object)
        if own is not None and not np.array_equal(names, own):
            raise ValueError(f"input_features is not equal to feature_names_in_: got {names!r}, expected {own!r}.")
        if len(names) != self.n_features_in_:
            raise ValueError(f"input_features should have length equal to {self.n_features_in_}, got {len(names)}.")
        return names

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Constructor parameters by name.

        Parameters
        ----------
        deep : bool, default True
            Whether to add the parameters of parameters that are estimators, as ``name__parameter``.

        Returns
        -------
        dict of str to object
        """
        own = super().get_params()
        for name, value in list(own.items()) if deep else ():
            if hasattr(value, "get_params") and not isinstance(value, type):
                own |= {f"{name}__{inner}": found for inner, found in value.get_params().items()}
        return own

    def set_params(self, **params: Any) -> Self:
        """Set constructor parameters by name.

        Parameters
        ----------
        **params : object
            New values; ``name__parameter`` reaches into a parameter that is an estimator.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a name is not a parameter.
        """
        super().set_params(**{name: value for name, value in params.items() if "__" not in name})
        for name, value in params.items():
            outer, nested, inner = name.partition("__")
            if nested:
                if outer not in self._parameters():
                    super().set_params(**{outer: value})  # which says what the parameters are
                getattr(self, outer).set_params(**{inner: value})
        return self

    # -- shared by the subclasses --------------------------------------------------------------------------------------

    def _wanted(self, labels: Labels) -> list[tuple[int, int]]:
        """(code, rows to make) of every class that needs some."""
        return [(labels.classes.index(label), n) for label, n in self.sampling_strategy_.items() if n]

    def _refuse(self, name: str, expected: str) -> NoReturn:
        raise ValueError(
            f"The {name!r} parameter of {type(self).__name__} must be {expected}. Got "
            f"{describe_value(getattr(self, name))} instead."
        )

    def _check_neighbors(self, name: str) -> None:
        value = getattr(self, name)
        if not (is_whole(value, 1) or hasattr(value, "kneighbors")):
            self._refuse(name, "an integer of at least 1, or an object with kneighbors")

    def _check_choice(self, name: str, choices: tuple[Any, ...]) -> None:
        if not any(type(getattr(self, name)) is type(choice) and getattr(self, name) == choice for choice in choices):
            self._refuse(name, f"one of {', '.join(map(repr, choices))}")

    def _check_number(self, name: str, minimum: float, maximum: float, *, or_else: str = "") -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, Real) or not minimum <= float(value) <= maximum:
            self._refuse(name, f"{or_else}a number from {minimum} to {maximum}")

    def _check_jobs(self) -> None:
        jobs = self.n_jobs
        if not (jobs is None or (is_whole(jobs, -1) and jobs != 0)):
            self._refuse("n_jobs", "None, -1 or an integer of at least 1")

    def _jobs(self) -> AbstractContextManager[Any]:
        """Threads of a resampler that takes ``n_jobs``."""
        return nullcontext() if self.n_jobs is None else num_threads(int(self.n_jobs))

    def _open(self, X: Any, y: Any) -> tuple[Features, Labels]:
        owner = type(self).__name__
        self._check_shared_arguments()
        self._check_arguments()
        if hasattr(X, "tocsr") and not self._takes_sparse:
            raise DataError(f"{owner}: expected a dense table, got a sparse {type(X).__name__}; call .toarray() first.")
        features, labels = open_features(X, owner), Labels(y, owner)
        self._check_features(features)
        if features.n_rows != len(labels):
            raise DataError(f"{owner}: expected as many labels as rows, got {len(labels)} and {features.n_rows}.")
        self.sampling_strategy_ = added_rows(self.sampling_strategy, self.n_samples, labels, owner)
        self.n_features_in_ = features.n_columns
        self.__dict__.pop("feature_names_in_", None)
        if features.names is not None and all(isinstance(name, str) for name in features.names):
            self.feature_names_in_ = np.array(features.names, dtype=object)
        return features, labels

    def _check_shared_arguments(self) -> None:
        if not is_strategy(self.sampling_strategy):
            listed = ", ".join(map(repr, STRATEGIES))
            self._refuse("sampling_strategy", f"a number above 0 and up to 1, one of {listed}, a dict or a callable")
        if not (self.n_samples is None or isinstance(self.n_samples, Mapping) or is_whole(self.n_samples, 0)):
            self._refuse("n_samples", "None, an integer of at least 0, or a dict of class and rows")
        seeds = (np.random.SeedSequence, np.random.Generator)
        seed = self.random_state
        if not (seed is None or is_whole(seed, 0) or isinstance(seed, seeds) or hasattr(seed, "randint")):
            self._refuse("random_state", "None, an integer of at least 0, or a NumPy seed or generator")

    # -- scikit-learn --------------------------------------------------------------------------------------------------

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "sampling_strategy_")

    def __sklearn_tags__(self) -> Any:
        from synthfast._core.sampler_tags import make_sampler_tags

        return make_sampler_tags(
            sparse=self._takes_sparse,
            string=self._takes_strings,
            allow_nan=self._takes_missing,
            sample_indices=self._tells_rows,
        )


def is_whole(value: Any, minimum: int) -> bool:
    """Whether the value is an integer of at least ``minimum``, and no bool."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= minimum


def _plain_seed(seed: Any) -> SeedLike:
    """A seed that streams take; NumPy's old generator gives 128 bits and so moves on."""
    if hasattr(seed, "randint"):
        return np.random.SeedSequence(seed.randint(0, 2**32, size=4, dtype=np.uint32).tolist())
    return int(seed) if is_whole(seed, 0) else seed
