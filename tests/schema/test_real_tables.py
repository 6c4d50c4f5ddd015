"""Kinds that people who know the tables would give."""

import pytest

from synthfast.schema import Schema


def kinds(frame):
    return {name: column.kind for name, column in Schema.infer(frame).columns.items()}


def test_adult(real_table):
    frame = real_table("adult_train")
    found = kinds(frame)
    assert {name for name, kind in found.items() if kind == "integer"} == {
        "age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week",
    }  # fmt: skip
    assert set(found.values()) == {"integer", "categorical"}
    hours = Schema.infer(frame)["hours_per_week"]
    assert hours.heavy_values[0] == 40
    assert Schema.infer(frame)["capital_gain"].heavy_values[0] == 0


@pytest.mark.filterwarnings("ignore:Columns")
def test_diabetes(real_table):
    frame = real_table("diabetes130")
    schema = Schema.infer(frame)
    found = {name: column.kind for name, column in schema.columns.items()}
    assert found["encounter_id"] == "identifier"
    assert found["patient_nbr"] == "integer"  # it repeats
    assert found["diag_1"] == found["medical_specialty"] == "categorical"
    assert len(schema["diag_1"].levels) > 400
    assert found["examide"] == "constant"
    assert schema["weight"].missing_rate > 0.9
    assert not {"text", "personal"} & set(found.values())


def test_beijing(real_table):
    schema = Schema.infer(real_table("beijing_pm25"))
    assert schema["pm2.5"].kind == "integer"
    assert 0.04 < schema["pm2.5"].missing_rate < 0.05
    assert schema["Iws"].decimals == 2
    assert [schema[name].kind for name in ("year", "month", "day", "hour")] == ["integer"] * 4


def test_diamonds_and_connections(real_table):
    schema = Schema.infer(real_table("diamonds"))
    assert [schema[name].kind for name in ("carat", "cut", "price")] == ["continuous", "categorical", "integer"]
    schema = Schema.infer(real_table("kddcup99_10pct"))
    assert schema["num_outbound_cmds"].kind == "constant"
    assert schema["serror_rate"].decimals == 2
    assert schema["src_bytes"].heavy_values
