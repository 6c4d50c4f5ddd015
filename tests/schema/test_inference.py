import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from synthfast._core.frames import Table
from synthfast.exceptions import DataError, PersonalDataWarning, PlaceholderTextWarning, SchemaError
from synthfast.schema import Schema
from synthfast.schema.inference import names_rows
from synthfast.schema.personal import is_card_number

N = 400


@pytest.fixture
def rng():
    return np.random.Generator(np.random.Philox(11))


def kind(values, name="x", **options):
    return Schema.infer(pd.DataFrame({name: values}), **options)[name]


def cards(rng, n):
    numbers = []
    while len(numbers) < n:
        body = "4" + "".join(map(str, rng.integers(0, 10, 14)))
        numbers.append(next(body + str(d) for d in range(10) if is_card_number(body + str(d))))
    return numbers


def test_kinds_by_dtype(rng):
    expected = {
        "continuous": rng.normal(size=N),
        "integer": rng.poisson(40, N),
        "categorical": rng.choice(["a", "b"], N),
        "ordinal": pd.Categorical(rng.choice(["lo", "hi"], N), categories=["lo", "hi"], ordered=True),
        "boolean": rng.random(N) < 0.5,
        "datetime": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**7, N), unit="s"),
        "timedelta": pd.to_timedelta(rng.integers(0, 10**7, N), unit="s"),
        "identifier": [f"K{i:05d}" for i in rng.permutation(N)],
        "constant": [3.5] * N,
        "empty": [None] * N,
    }
    frame = pd.DataFrame(expected)
    found = {name: column.kind for name, column in Schema.infer(frame).columns.items()}
    assert found == {name: name for name in expected}


def test_whole_floats_are_integers_and_prices_keep_their_cents(rng):
    assert kind(np.where(rng.random(N) < 0.1, np.nan, rng.poisson(4, N))).kind == "integer"
    price = kind(rng.gamma(2, 50, N).round(2))
    assert (price.kind, price.decimals) == ("continuous", 2)
    assert kind([Decimal("1.50"), Decimal("2.25")] * 9).decimals == 2


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("customer_id", lambda rng: rng.permutation(10**6)[:N], "identifier"),
        ("CustomerID", lambda rng: rng.permutation(10**6)[:N], "identifier"),
        ("account_no", lambda rng: rng.permutation(10**6)[:N], "identifier"),
        ("customer_id", lambda rng: rng.integers(0, 50, N), "integer"),
        ("id", lambda rng: [7, 3, 5], "identifier"),
        ("fnlwgt", lambda rng: rng.permutation(10**6)[:N], "integer"),
        ("account_balance", lambda rng: rng.permutation(10**6)[:N], "integer"),
        ("row", lambda rng: np.arange(2_000), "identifier"),
        ("respondent", lambda rng: rng.permutation(2_000), "identifier"),
        ("year", lambda rng: np.arange(2_000), "integer"),
        ("t", lambda rng: np.arange(2_000), "integer"),
        ("respondent", lambda rng: np.arange(100), "integer"),
        ("user_id", lambda rng: np.append(rng.permutation(N), np.nan), "identifier"),
    ],
)
def test_integer_identifiers_need_a_name_or_density(rng, name, make, expected):
    assert kind(make(rng), name).kind == expected


def test_codes_of_high_cardinality_stay_categorical(rng):
    codes = [f"{i}.{i % 10}" if i % 3 else f"V{i}" for i in range(700)]
    weights = 1.0 / np.arange(1, 701)
    column = kind(rng.choice(codes, 20_000, p=weights / weights.sum()))
    assert column.kind == "categorical"
    assert "fewer than 5 rows are not reproduced" in column.note


def test_rare_levels_are_left_out_unless_they_are_many():
    column = kind(["a"] * 50 + ["b"] * 50 + ["c"] * 4)
    assert column.levels == ("a", "b")
    assert column.shares == (0.5, 0.5)
    column = kind(["a"] * 50 + ["c"] * 4)  # more than 5 % of the rows
    assert column.levels == ("a", "c")
    assert "are kept: 7% of rows" in column.note
    assert kind(["a"] * 50 + ["b"] * 50 + ["c"] * 4, min_level_count=1).levels == ("a", "b", "c")


def test_levels_do_not_depend_on_the_order_of_rows(rng):
    values = np.array(["b", "a", "c"] * 20)
    assert kind(values) == kind(values[rng.permutation(60)])


@pytest.mark.parametrize("text", ["yes", "no text at all"])
def test_yes_and_no_stay_categorical(text):
    assert kind([text, "no"] * 10).kind == "categorical"


def test_dates_as_text_become_datetimes():
    days = pd.date_range("2020-01-01", periods=40).strftime("%d.%m.%Y")
    column = kind(days)
    assert (column.kind, column.format, column.unit) == ("datetime", "%d.%m.%Y", "day")
    assert (column.minimum, column.maximum) == ("2020-01-01", "2020-02-09")
    few = kind(["2020-01-01", "2021-01-01", "2022-01-01"] * 40)  # three release dates are levels
    assert few.kind == "categorical"


def test_a_table_may_be_read_under_two_schemas():
    table = Table.from_any(pd.DataFrame({"x": ["?" if i % 4 == 0 else f"{i}.5" for i in range(200)]}))
    assert Schema.infer(table)["x"].missing_rate == 0.25
    assert Schema.infer(table, overrides={"x": "categorical"})["x"].missing_rate == 0.0


def test_days_as_whole_numbers_become_datetimes(rng):
    days = pd.Series(pd.date_range("1999-01-01", periods=300).strftime("%Y%m%d"))
    column = kind(days.astype("int64"))
    assert (column.kind, column.format, column.maximum) == ("datetime", "%Y%m%d", "1999-10-31")
    assert kind(days.astype("float64").where(rng.random(300) < 0.9)).kind == "datetime"
    assert kind(rng.integers(19_000_000, 21_000_000, N)).kind == "integer"
    assert kind([19990101, 20000101] * 30).kind == "integer"


def test_numbers_as_text_become_numbers_where_levels_would_lose_them(rng):
    column = kind([f"{x:.2f}" for x in rng.gamma(2, 50, N)])
    assert (column.kind, column.format, column.decimals) == ("continuous", "{fixed}", 2)
    assert kind(rng.choice(["101", "205", "310"], N)).kind == "categorical"
    blanks = kind(["" if i % 9 == 0 else str(round(x, 1)) for i, x in enumerate(rng.gamma(2, 500, N))])
    assert (blanks.kind, blanks.pattern) == ("continuous", {"blank": ""})
    assert kind([f"{x:.1f}%" for x in rng.integers(0, 200, 4_000) / 10]).kind == "continuous"
    assert kind(rng.integers(100, 200, 4_000).astype(str)).kind == "categorical"
    assert kind(["?" if i % 9 == 0 else f"{i}.5" for i in range(N)]).pattern == {"blank": "?"}
    assert kind([None if i % 9 == 0 else "?" if i % 8 == 0 else f"{i}.5" for i in range(N)]).pattern is None
    assert blanks.missing_rate == pytest.approx(1 / 9, abs=0.01)


def test_personal_data_is_warned_about_once_a_column(rng):
    frame = pd.DataFrame({"contact": [f"u{i}@mail.de" for i in range(30)], "paid_with": cards(rng, 30)})
    with pytest.warns(PersonalDataWarning) as caught:
        schema = Schema.infer(frame)
    assert len(caught) == 2
    assert caught[0].filename == __file__
    assert "'contact' looks like personal data (email)" in str(caught[0].message)
    assert [column.kind for column in schema.columns.values()] == ["personal", "personal"]
    with pytest.warns(PersonalDataWarning, match="card"):
        assert kind(np.array(cards(rng, 30), dtype=np.int64)).kind == "personal"


def test_phone_numbers_of_integers_are_personal(rng):
    numbers = rng.integers(10**9, 10**10, 100)
    with pytest.warns(PersonalDataWarning, match="'phone'"):
        assert kind(numbers, "phone").kind == "personal"
    assert kind(numbers, "revenue").kind == "integer"


def test_free_text_is_warned_about(rng):
    words = ["fast", "slow", "good", "bad", "never", "again"]
    texts = [" ".join(rng.choice(words, rng.integers(3, 12))) for _ in range(N)]
    with pytest.warns(PlaceholderTextWarning, match="'review' holds free text"):
        column = kind(texts, "review")
    assert column.kind == "text"
    lengths = column.pattern["lengths"]
    assert lengths == sorted(lengths)
    assert max(lengths) < max(map(len, texts))


def test_a_kind_that_the_user_gives_wins_and_silences(rng):
    emails = [f"u{i}@mail.de" for i in range(30)]
    assert kind(emails, overrides={"x": "categorical"}).kind == "categorical"
    assert kind([12345, 54321] * 9, overrides={"x": "categorical"}).levels == (12345, 54321)
    age = kind([20, 30, 40], overrides={"x": {"kind": "integer", "minimum": 0, "maximum": 120}})
    assert (age.minimum, age.maximum) == (0, 120)
    size = kind(["S", "L", "M"] * 9, overrides={"x": {"kind": "ordinal", "levels": ["S", "M", "L"], "ordered": True}})
    assert (size.levels, size.ordered) == (("S", "M", "L"), True)
    assert size.shares == pytest.approx((1 / 3,) * 3)
    assert kind(["2020-01-05"] * 30 + ["2020-01-06"] * 30, overrides={"x": "datetime"}).format == "%Y-%m-%d"
    assert kind(["1.5", "2.5"], overrides={"x": "continuous"}).format == "{fixed}"
    assert kind([5, 7, 9], overrides={"x": "identifier"}).pattern["type"] == "integer"
    assert kind(["a", "b"], overrides={"x": "text"}).pattern["type"] == "placeholder"


@pytest.mark.parametrize(
    ("values", "overrides", "message"),
    [
        (
            [1.5, 2.5],
            {"x": "datetime"},
            "'x': expected a kind that dtype float64 can have, got the override 'datetime'",
        ),
        (["a", "b"], {"x": "continuous"}, "'x': expected a kind that dtype str can have"),
        ([1.5], {"x": "number"}, "'x': expected a kind of continuous, .*got 'number'"),
        ([1.5], {"x": {"minmum": 0}}, r"'x': expected facts of .*got \['minmum'\]"),
        ([1.5], {"y": "integer"}, r"expected columns of \['x'\], got 'y'"),
    ],
)
def test_overrides_that_cannot_be_are_told(values, overrides, message):
    with pytest.raises(SchemaError, match=message):
        kind(values, overrides=overrides)


def test_mixed_types_are_levels_or_an_error(rng):
    column = kind(pd.Series([1, "1", 1.0, True, None] * 10, dtype=object))
    assert sorted(map(repr, column.levels)) == ["'1'", "1", "1.0", "True"]
    many = pd.Series([*range(200), "n/a", *range(200, 300)], dtype=object)
    with pytest.raises(
        SchemaError, match=r"'x': expected values of one type, got int and str mixed, such as 'n/a' in row 200"
    ):
        kind(many)
    assert kind(many, overrides={"x": "categorical"}).kind == "categorical"


def test_tables_without_rows_or_columns_are_told():
    with pytest.raises(SchemaError, match="at least one row, got 0 rows"):
        Schema.infer(pd.DataFrame({"x": [1.5]})[:0])
    with pytest.raises(SchemaError, match="at least one column"):
        Schema.infer(pd.DataFrame(index=[1, 2]))
    with pytest.raises(DataError, match="expected a table"):
        Schema.infer(5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, np.nan, -np.inf, np.inf], "got -inf in row 2"),
        ([np.inf] * 30, "got inf in row 0"),
        ([np.nan, -np.inf] * 15, "got -inf in row 1"),
        (pd.Series([None, np.inf] * 15, dtype=object), "got inf in row 1"),
        (np.full(30, np.inf, np.float32), "got inf in row 0"),
        (pd.Series([1.5, np.inf] * 15, dtype="Float64"), "got inf in row 1"),
    ],
)
@pytest.mark.parametrize("declared", [None, "constant", "boolean", "continuous", "identifier"])
def test_infinity_names_its_row_whatever_the_column_is(values, message, declared):
    with pytest.raises(SchemaError, match=f"'x': expected finite numbers or missing values, {message}.*Replace"):
        kind(values, overrides={"x": declared} if declared else {})


def test_infinity_is_a_level_where_the_user_says_so():
    assert kind([1.0, np.inf] * 15, overrides={"x": "categorical"}).levels == (1.0, np.inf)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("customer_id", np.arange(7, 37) * 3, True),
        ("customer_id", [*(np.arange(29.0) * 3), np.nan], True),
        ("amount", np.arange(7, 37) * 3, False),
        ("customer_id", np.arange(30) + 0.5, False),
        ("customer_id", [np.inf, 1.0] * 15, False),
        ("customer_id", [np.nan] * 30, False),
        ("day_id", pd.date_range("1999-01-01", periods=40).strftime("%Y%m%d").astype("int64"), False),
        ("code", [f"C-{i:04d}" for i in range(40)], True),
        ("code", pd.Categorical([f"C-{i:04d}" for i in range(40)]), True),
        ("code", ["C-1", "C-2"] * 20, False),
        ("code", [f"C-{i:04d}" for i in range(100)] * 2, False),
        ("flag", [True, False] * 20, False),
        ("customer_id", pd.date_range("1999-01-01", periods=40), False),
    ],
)
def test_columns_that_only_name_rows(name, values, expected):
    assert names_rows(Table.from_any(pd.DataFrame({name: values})).column(name)) == expected


def test_levels_that_are_no_unicode_are_told():
    with pytest.raises(SchemaError, match=r"levels of column 'x': .*got 'b\\ud800'"):
        kind(["a", "b"] * 10, overrides={"x": {"levels": ["a", "b\ud800"]}})


def test_one_row_is_constants():
    frame = pd.DataFrame({"x": [1.5], "c": ["a"], "b": [True], "m": [None]})
    assert [column.kind for column in Schema.infer(frame).columns.values()] == ["constant"] * 3 + ["empty"]


def test_missing_rates():
    assert kind([1.5, None, 2.5, None]).missing_rate == 0.5
    assert kind(["a", None, None, None]).missing_rate == 0.75
    assert kind(pd.array([1, None], dtype="Int64")).nullable


def test_times_tell_resolution_zone_and_clock():
    hours = pd.date_range("2020-01-01", periods=100, freq="h")
    assert kind(hours).unit == "hour"
    midnights = pd.date_range("2020-01-01", periods=300, tz="Europe/Berlin")
    column = kind(midnights)
    assert (column.unit, column.local, column.timezone) == ("day", True, "Europe/Berlin")
    column = kind(midnights + pd.Timedelta("1ms"))
    assert (column.unit, column.local) == ("ms", False)
    assert kind([dt.time(1), dt.time(2)]).kind == "timedelta"
    clock = kind([f"{h:02d}:{m:02d}:00" for h in range(24) for m in range(0, 60, 7)])
    assert (clock.minimum, clock.maximum) == ("1970-01-01T00:00:00", "1970-01-01T23:59:59")


def test_names_of_any_kind_are_kept():
    frame = pd.DataFrame({3: [1.5, 2.5], ("a", 1): [1.5, 2.5], None: [1.5, 2.5]})
    schema = Schema.infer(frame, overrides={3: "continuous"})
    assert list(Schema.from_json(schema.to_json())) == [3, ("a", 1), None]
