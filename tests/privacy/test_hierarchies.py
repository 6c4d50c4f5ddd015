import numpy as np
import pytest

from synthfast.exceptions import DataError, FileFormatError
from synthfast.privacy import Hierarchy, interval_hierarchy, prefix_hierarchy, quantile_hierarchy, read_hierarchy


def test_root_is_added_and_repeated_levels_fall():
    tree = Hierarchy([["a", "b"], ["a", "b"], ["x", "x"], ["x", "x"]])
    assert tree.n_levels == 3
    assert tree.generalize(["b"], 2) == ["x"]
    assert Hierarchy([["a"]]).generalize(["a"], 1) == ["*"]


def test_nodes_are_numbered_within_levels():
    tree = Hierarchy([["a", "b", "c"], ["x", "y", "x"]])
    assert tree.nodes(["c", "b", "c"]).tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    order = tree.order()
    assert [tree.values[place] for place in order] == ["a", "c", "b"]


def test_numbers_by_value_and_missing():
    tree = Hierarchy([[1, 2.0, None], ["low", "low", "none"]])
    assert tree.generalize([1.0, np.int64(2), np.nan], 1) == ["low", "low", "none"]
    with pytest.raises(DataError, match="True"):
        tree.generalize([True], 1)


@pytest.mark.parametrize(
    ("levels", "text"),
    [
        ([], "at least one level"),
        ([[]], "at least one value"),
        ([["a", "b"], ["x"]], "expected 2 labels"),
        ([["a", "a"], ["x", "x"]], "two rows"),
        ([["a", "b", "c"], ["x", "x", "y"], ["p", "q", "q"]], "level 2 parts"),
    ],
)
def test_what_is_no_hierarchy_is_refused(levels, text):
    with pytest.raises(DataError, match=text):
        Hierarchy(levels)


def test_unknown_values_are_named():
    with pytest.raises(DataError, match="2 values are not in it: 'x', 'y'"):
        Hierarchy([["a"]]).places(["x", "y", "a"])
    with pytest.raises(DataError, match="a missing value is None"):
        Hierarchy([["a"]]).places([None])
    with pytest.raises(ValueError, match="level"):
        Hierarchy([["a"]]).generalize(["a"], 2)


def test_arx_file(tmp_path):
    path = tmp_path / "education.csv"
    path.write_text("\ufeff Bachelors ;Higher;*\n10th;School;*\n;unknown;*\n", encoding="utf-8")
    tree = read_hierarchy(path)
    assert tree.values == ["Bachelors", "10th", None]
    assert tree.generalize(["10th", None], 1) == ["School", "unknown"]


def test_comma_header_quotes_and_numbers(tmp_path):
    path = tmp_path / "age.csv"
    path.write_text('value,band,all\n30,"[30, 40)",*\n41,"[40, 50)",*\n')
    tree = read_hierarchy(path, header=True)
    assert tree.generalize([41, 30.0], 1) == ["[40, 50)", "[30, 40)"]
    path.write_text("0123;01**;*\n0145;01**;*\n")
    assert read_hierarchy(path).values == ["0123", "0145"]  # a code, no number: it would lose its 0
    path.write_text("1.5|a|*\n2|a|*\n")
    assert read_hierarchy(path, delimiter="|").values == [1.5, 2.0]


def test_anjana_tables_are_the_same_without_a_file():
    from synthfast.privacy.hierarchies import as_hierarchies

    found = as_hierarchies({"sex": {0: ["M", "F"], 1: ["*", "*"]}, "age": [[1, 2], ["a", "a"]]})
    assert found["sex"].generalize(["F"], 1) == ["*"]
    assert found["age"].n_levels == 2
    with pytest.raises(DataError, match="read_hierarchy"):
        as_hierarchies({"sex": "sex.csv"})


@pytest.mark.parametrize(
    ("text", "message"), [("", "got none"), ("a;b\nc\n", "expected 2 fields"), ("\n\n", "got none")]
)
def test_bad_files(tmp_path, text, message):
    path = tmp_path / "h.csv"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_hierarchy(path)
    path.write_bytes(b"\xff\xfe;*\n")
    with pytest.raises(FileFormatError, match="UTF-8"):
        read_hierarchy(path)


def test_intervals_nest():
    values = np.random.default_rng(0).normal(0, 50, 200)
    tree = interval_hierarchy([*values, np.nan], [5, 10, 40], origin=-3)
    assert tree.n_levels == 5
    for value in values[:20].tolist():
        for level, width in ((1, 5), (2, 10), (3, 40)):
            low, high = (float(x) for x in tree.generalize([value], level)[0][1:-1].split(","))
            assert low <= value < high
            assert high - low == width
            assert (low + 3) % width == pytest.approx(0)
    assert tree.generalize([None], 2) == ["missing"]


@pytest.mark.parametrize("widths", [[0], [-1], [5, 5], [10, 15], [np.inf], [np.nan]])
def test_widths_that_are_no_ladder(widths):
    with pytest.raises(DataError, match="multiple of the last"):
        interval_hierarchy([1, 2], widths)


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf], ["a"]])
@pytest.mark.parametrize("build", [lambda v: interval_hierarchy(v, [1]), quantile_hierarchy])
def test_values_that_have_no_intervals(values, build):
    with pytest.raises(DataError, match="number"):
        build(values)


def test_quantiles_hold_about_as_many_rows_each():
    column = np.random.default_rng(1).exponential(size=10_000).round(3)
    tree = quantile_hierarchy(column, n_leaves=16)
    labels, counts = np.unique(tree.generalize(column.tolist(), 1), return_counts=True)
    assert len(labels) == 16
    assert counts.max() < 1.1 * counts.min()
    assert [len(set(level)) for level in tree.labels] == [16, 8, 4, 2, 1]
    assert quantile_hierarchy([1, 1, 1, None]).generalize([1, None], 1) == ["*", "*"]


def test_prefixes():
    codes = prefix_hierarchy(["12345", "12399", "9", None])
    assert codes.generalize(["12345", "9", None], 2) == ["123**", "9  **", "missing"]
    assert prefix_hierarchy(["abc", "abd"], n_masked=1).n_levels == 2
    assert prefix_hierarchy([101, 102]).generalize([102], 1) == ["10*"]
    with pytest.raises(DataError):
        prefix_hierarchy([])
    with pytest.raises(ValueError):
        prefix_hierarchy(["ab"], n_masked=3)
