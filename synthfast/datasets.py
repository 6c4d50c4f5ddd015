"""Tables to try things on: real data that ship inside scikit-learn and statsmodels, and the toolkit's own demo."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast._core.random import AliasTable, Stream

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["list_datasets", "load_dataset"]

DEMO_ROWS = 2_000
DEMO_SEED = 20_260_101
CREDIT_ROWS = 1_000


@dataclass(frozen=True)
class Dataset:
    """One table: what it is and how to get it."""

    description: str
    load: "Callable[[], pd.DataFrame]"


def load_dataset(name: str) -> "pd.DataFrame":
    """Load a table that is there without a network.

    Parameters
    ----------
    name : str
        One of `list_datasets`.

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_columns)
        A fresh frame. Class numbers of scikit-learn's tables are replaced by the classes' names; decimals that are all
        whole numbers, as statsmodels reads them, become integers.

    Raises
    ------
    ValueError
        If no table has that name; the nearest names are suggested.

    Examples
    --------
    >>> from synthfast import load_dataset
    >>> load_dataset("iris").shape
    (150, 5)
    """
    if name not in DATASETS:
        near = difflib.get_close_matches(str(name), DATASETS, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are {', '.join(DATASETS)}."
        raise ValueError(f"no dataset is called {name!r}: {hint}")
    return DATASETS[name].load()


def list_datasets() -> dict[str, str]:
    """List the tables that `load_dataset` knows.

    Returns
    -------
    dict of str to str
        Name -> what it is, with its shape and where it comes from.

    Examples
    --------
    >>> from synthfast.datasets import list_datasets
    >>> list_datasets()["iris"]
    'three species of iris, 150 x 5 (scikit-learn)'
    """
    return {name: dataset.description for name, dataset in DATASETS.items()}


def _from_sklearn(loader: str, target: str, **options: Any) -> "Callable[[], pd.DataFrame]":
    """Loader of a table of scikit-learn, its target last and under a telling name."""

    def load() -> "pd.DataFrame":
        import pandas as pd
        from sklearn import datasets

        bunch = getattr(datasets, loader)(as_frame=True, **options)
        frame = bunch.data.copy()
        classes = bunch.get("target_names")
        values = bunch.target
        if classes is not None and not np.issubdtype(np.asarray(classes).dtype, np.number):
            values = pd.Series(np.asarray(classes, dtype=str)[values.to_numpy()], dtype="str")
        frame[target] = values
        return _whole_numbers_as_integers(frame)

    return load


def _from_statsmodels(module: str) -> "Callable[[], pd.DataFrame]":
    """Loader of a table of statsmodels."""

    def load() -> "pd.DataFrame":
        from importlib import import_module

        frame = import_module(f"statsmodels.datasets.{module}").load_pandas().data
        return _whole_numbers_as_integers(frame.reset_index(drop=True))

    return load


def _whole_numbers_as_integers(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Decimals without a fraction or a gap become int64."""
    for name in frame.columns[[dtype.kind == "f" for dtype in frame.dtypes]]:
        values = frame[name].to_numpy()
        if np.all(values == np.floor(values)):
            frame[name] = values.astype(np.int64)
    return frame


def _load_demo() -> "pd.DataFrame":
    """Customers of an invented shop: one column of every kind, dependent on one another, with spikes and gaps.

    Drawn from a fixed seed by the library's own streams, so it is the same table everywhere.
    """
    import pandas as pd

    stream = Stream.from_seed(DEMO_SEED)
    normal = {name: stream.child(name).normal(DEMO_ROWS) for name in ("age", "income", "visits", "rating", "school")}
    uniform = {name: stream.child(name).uniform(DEMO_ROWS) for name in ("member", "spend", "gap", "region")}

    age = np.clip(np.rint(44 + 15 * normal["age"]), 18, 90).astype(np.int64)
    levels = ["school", "bachelor", "master", "doctorate"]
    education = np.searchsorted([0.1, 0.9, 1.9], 0.5 + 0.5 * normal["age"] + normal["school"])
    income = np.round(np.exp(10.1 + 0.25 * education + 0.008 * (age - 44) + 0.35 * normal["income"]), 2)
    region = stream.child("region").choice(AliasTable(np.array([0.4, 0.3, 0.2, 0.1])), DEMO_ROWS)
    member = uniform["member"] < 0.25 + 0.15 * education
    visits = np.maximum(0, np.rint(4 + 3 * member + 2.5 * normal["visits"])).astype(np.int64)
    spend = np.where(uniform["spend"] < 0.2, 0.0, np.round(visits * (6 + income / 9_000), 2))
    rating = np.clip(np.rint(3.4 + 0.8 * member + normal["rating"]), 1, 5)
    days = np.rint(1_500 * stream.child("since").uniform(DEMO_ROWS) ** (1 + member)).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "age": age,
            "income": income,
            "education": pd.Categorical.from_codes(education, levels, ordered=True),
            "region": pd.Series(np.array(["north", "south", "east", "west"])[region], dtype="str"),
            "visits": visits,
            "spend": spend,
            "rating": pd.array(np.where(uniform["gap"] < 0.15, np.nan, rating), dtype="Int64"),
            "last_visit": pd.Series(np.datetime64("2025-12-31") - days).astype("datetime64[s]"),
            "member": member,
        }
    )


def _load_credit() -> "pd.DataFrame":
    """Applicants of an invented lender: five numbers that hang together, none of them missing."""
    import pandas as pd

    stream = Stream.from_seed(DEMO_SEED).child("credit")
    normal = {name: stream.child(name).normal(CREDIT_ROWS) for name in ("age", "school", "income", "score", "family")}
    age = np.clip(np.rint(42 + 13 * normal["age"]), 18, 85)
    education = np.clip(np.rint(13.5 + 2.6 * normal["school"]), 8, 21)
    income = np.exp(10.55 + 0.075 * (education - 13.5) + 0.009 * (age - 42) + 0.32 * normal["income"])
    score = 665 + 55 * np.log(income / 38_000) + 1.1 * (age - 42) + 42 * normal["score"]
    family = 1.2 + 0.9 * np.exp(-(((age - 41) / 14) ** 2)) * (1 + normal["family"])
    return pd.DataFrame(
        {
            "age": age.astype(np.int64),
            "income": np.round(income, 2),
            "credit_score": np.clip(np.rint(score), 300, 850).astype(np.int64),
            "education_years": education.astype(np.int64),
            "num_dependents": np.clip(np.rint(family - 0.6), 0, 6).astype(np.int64),
        }
    )


DATASETS: dict[str, Dataset] = {
    "demo": Dataset(f"customers of an invented shop, mixed kinds, {DEMO_ROWS} x 9 (synthfast)", _load_demo),
    "credit": Dataset(f"applicants of an invented lender, five numbers, {CREDIT_ROWS} x 5 (synthfast)", _load_credit),
    "iris": Dataset("three species of iris, 150 x 5 (scikit-learn)", _from_sklearn("load_iris", "species")),
    "wine": Dataset("chemistry of three wines, 178 x 14 (scikit-learn)", _from_sklearn("load_wine", "class")),
    "breast_cancer": Dataset(
        "cell nuclei of tumours, 569 x 31 (scikit-learn)", _from_sklearn("load_breast_cancer", "diagnosis")
    ),
    "diabetes": Dataset(
        "progression of diabetes, 442 x 11 (scikit-learn)",
        _from_sklearn("load_diabetes", "progression", scaled=False),
    ),
    "digits": Dataset("handwritten digits, 1797 x 65 (scikit-learn)", _from_sklearn("load_digits", "digit")),
    "fair": Dataset("survey on marriages and affairs, 6366 x 9 (statsmodels)", _from_statsmodels("fair")),
    "randhie": Dataset("RAND health insurance experiment, 20190 x 10 (statsmodels)", _from_statsmodels("randhie")),
    "anes96": Dataset("American election survey of 1996, 944 x 11 (statsmodels)", _from_statsmodels("anes96")),
    "modechoice": Dataset("choice of a mode of travel, 840 x 9 (statsmodels)", _from_statsmodels("modechoice")),
    "star98": Dataset("Californian school results of 1998, 303 x 22 (statsmodels)", _from_statsmodels("star98")),
    "engel": Dataset("income and food expenditure, 235 x 2 (statsmodels)", _from_statsmodels("engel")),
    "grunfeld": Dataset("investment of eleven firms, 220 x 5 (statsmodels)", _from_statsmodels("grunfeld")),
    "fertility": Dataset(
        "fertility by country and year, many gaps, 219 x 58 (statsmodels)", _from_statsmodels("fertility")
    ),
    "macrodata": Dataset("American economy by quarter, 203 x 14 (statsmodels)", _from_statsmodels("macrodata")),
    "sunspots": Dataset("sunspots by year, 309 x 2 (statsmodels)", _from_statsmodels("sunspots")),
}
