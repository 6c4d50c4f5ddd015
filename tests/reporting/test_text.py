import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast.reporting.text import format_number


def table(seed, n_columns=3, n=300):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, n_columns)), columns=[f"column_{k}" for k in range(n_columns)])
    return frame.assign(level=rng.choice(["a", "b"], n))


def test_lines_are_short_and_tables_aligned():
    long = "a very long name of a column that goes on and on and on and on, far beyond any table's edge"
    real, synthetic = (table(k).rename(columns={"column_0": long}) for k in (0, 1))
    text = synthfast.evaluate(real, synthetic.assign(extra=1)).summary()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    heads = [k for k, line in enumerate(lines) if line.startswith(("Part ", "Metric ", "Column "))]
    assert len(heads) == 3
    for head in heads:
        assert set(lines[head + 1]) == {"-"}
        names = [line.split("  ")[0] for line in lines[head + 2 :]]
        assert all(names[: names.index("")])
    assert "a very long name of a colum~" in text


def test_it_says_score_sizes_and_verdicts():
    real = table(0)
    found = synthfast.evaluate(real, table(1).assign(column_1=5.0), holdout=table(2), metrics=["ks", "correlation"])
    text = found.summary()
    assert "300 real rows, 300 held out, 300 synthetic; 4 columns" in text
    assert f"Overall score {found.score:.1f} of 100: {found.grade}" in text
    verdicts = {line.split()[0]: line.split()[-1] for line in text.splitlines() if line.endswith(("PASS", "FAIL"))}
    assert verdicts == {"column_0": "PASS", "column_1": "FAIL", "column_2": "PASS", "level": "PASS"}
    assert next(iter(verdicts)) == "column_1"


def test_many_columns_are_cut_to_the_worst():
    found = synthfast.evaluate(table(0, 40), table(1, 40).assign(column_33=9.0), metrics=["ks"])
    lines = found.summary().splitlines()
    assert lines[-1] == "... and 21 closer ones"
    assert next(line for line in lines if line.endswith("FAIL")).startswith("column_33")


def test_what_does_not_apply_gives_its_reason():
    text = synthfast.evaluate(table(0), table(1), metrics=["utility"]).summary()
    assert "the target 'level' is categorical" in text


def test_repr_is_one_line():
    found = synthfast.evaluate(table(0), table(1), metrics=["ks"])
    assert repr(found).startswith("<QualityReport ")
    assert "300 real rows, 300 synthetic, 4 columns, 9 metrics" in repr(found)


def test_html_escapes_names():
    name = "<script>alert(1)</script>"
    real, synthetic = (table(k).rename(columns={"column_0": name}) for k in (0, 1))
    found = synthfast.evaluate(real, synthetic, metrics=["correlation"])
    html = found._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<tr>") == 1 + len(found)


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.1235"), (99.678, "99.68"), (1234567.0, "1.23e+06"), (0.0, "0.0000")]
)
def test_numbers(value, text):
    assert format_number(value) == text
