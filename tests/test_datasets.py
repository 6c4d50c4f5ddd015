import hashlib
import re
import socket

import numpy as np
import pandas as pd
import pytest

from synthfast import load_dataset
from synthfast.datasets import list_datasets


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a dataset was fetched from the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", list_datasets())
def test_every_dataset_is_here_and_as_described(no_network, name):
    frame = load_dataset(name)
    described = re.search(r"(\d+) x (\d+) \(", list_datasets()[name])
    assert frame.shape == tuple(map(int, described.groups()))
    assert frame.columns.is_unique
    assert all(isinstance(column, str) for column in frame.columns)
    assert isinstance(frame.index, pd.RangeIndex)
    assert not any(pd.api.types.is_object_dtype(dtype) for dtype in frame.dtypes)
    for column in frame.columns[[dtype.kind == "f" for dtype in frame.dtypes]]:
        values = frame[column].to_numpy()
        assert np.isnan(values).any() or np.any(values % 1)


def test_each_call_gives_a_fresh_frame():
    first = load_dataset("iris")
    first.iloc[:, :] = first.iloc[0]
    assert load_dataset("iris").nunique().min() > 1


def test_classes_have_names():
    assert set(load_dataset("iris")["species"]) == {"setosa", "versicolor", "virginica"}
    assert load_dataset("breast_cancer")["diagnosis"].value_counts().to_dict() == {"benign": 357, "malignant": 212}
    assert load_dataset("digits")["digit"].dtype.kind == "i"


def test_the_demo_table_is_the_same_everywhere():
    frame = load_dataset("demo")
    text = frame.drop(columns=["income", "spend"]).to_csv(index=False, lineterminator="\n")
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "08f94dc71d958283"


def test_the_demo_table_has_what_it_is_for():
    frame = load_dataset("demo")
    assert frame.dtypes.astype(str).to_dict() == {
        "age": "int64",
        "income": "float64",
        "education": "category",
        "region": "str",
        "visits": "int64",
        "spend": "float64",
        "rating": "Int64",
        "last_visit": "datetime64[s]",
        "member": "bool",
    }
    assert frame["education"].cat.ordered
    assert frame["education"].value_counts().min() > 50
    assert 0.1 < frame["rating"].isna().mean() < 0.2
    assert 0.15 < (frame["spend"] == 0).mean() < 0.35
    assert frame["age"].corr(frame["income"]) > 0.3
    assert frame.groupby("member")["visits"].mean().diff().iloc[1] > 1.5
    assert frame["last_visit"].between("2021-11-01", "2025-12-31").all()


@pytest.mark.parametrize(
    ("asked", "suggested"), [("irsi", "'iris'"), ("breast-cancer", "'breast_cancer'"), ("Fair", "'fair'")]
)
def test_near_names_are_suggested(asked, suggested):
    with pytest.raises(ValueError, match=f"did you mean .*{suggested}"):
        load_dataset(asked)


def test_far_names_list_all():
    with pytest.raises(ValueError, match="there are demo, credit, iris"):
        load_dataset("zzzzzz")
