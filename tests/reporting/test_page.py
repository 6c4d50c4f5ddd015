"""The page as text: whole, closed off from the network, escaped, small, and without a row of the tables."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast.quality.histograms import ColumnHistogram
from synthfast.reporting.page.histogram import pool_rare
from synthfast.reporting.page.markup import clean
from synthfast.reporting.page.ticks import axis_ticks
from synthfast.reporting.provenance import describe_model

VOID = {"meta", "input", "br"}
WIDE = 200


def table(seed, n=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "x": x,
            "y": 2.0 * x + rng.normal(size=n),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "wait": pd.to_timedelta(rng.exponential(5_000, n), unit="s"),
            "level": rng.choice(["a", "b", "c"], n),
        }
    )


REAL, SYNTHETIC, HOLDOUT = table(0), table(1), table(2)


class Outline(HTMLParser):
    """Ids, links and sections of a page; that every element is closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.labels, self.elements = [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.elements.append((tag, known))
        if "id" in known:
            self.ids.append(known["id"])
        if known.get("href", "").startswith("#"):
            self.links.append(known["href"][1:])
        if "aria-labelledby" in known:
            self.labels.append(known["aria-labelledby"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(text):
    outline = Outline()
    outline.feed(text)
    outline.close()
    assert outline.open == []
    return outline


@pytest.fixture(scope="module")
def report():
    return synthfast.evaluate(REAL, SYNTHETIC, holdout=HOLDOUT)


def test_links_lead_somewhere_and_ids_are_single(report):
    outline = read(report.to_html())
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.links) <= set(outline.ids)
    assert set(outline.labels) <= set(outline.ids)
    sections = [known["id"] for tag, known in outline.elements if tag == "section"]
    assert sections == ["overview", "columns", "pairs", "privacy", "metrics", "provenance"]


def test_pictures_have_words_or_are_hidden(report):
    for tag, known in read(report.to_html()).elements:
        if tag == "svg":
            assert known.get("aria-label") or known.get("aria-hidden") == "true"


def test_the_policy_lets_only_our_style_and_script_run(report):
    text = report.to_html()
    policy = re.search(r'Content-Security-Policy content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"https?://|@import|url\(", text)
    assert not re.search(r'\sstyle="|\son\w+=', text)


def test_it_is_written_whole(report, tmp_path):
    text = report.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == text
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(FileNotFoundError):
        report.to_html(tmp_path / "nowhere" / "report.html")


def test_no_value_of_a_single_row_is_in_it():
    rng = np.random.default_rng(0)
    marks = [f"only {k} knows" for k in range(3)]
    real = pd.DataFrame(
        {
            "amount": np.append(rng.normal(50.0, 5.0, 297), [123_456.789, 0.123456789, -98_765.4321]),
            "code": [*rng.choice(["a", "b"], 297), *marks],
            "name": [f"Person {k} Example" for k in range(300)],
        }
    )
    synthetic = pd.DataFrame(
        {"amount": rng.normal(50.0, 5.0, 300), "code": rng.choice(["a", "b"], 300), "name": ["Q"] * 300}
    )
    text = synthfast.evaluate(real, synthetic).to_html()
    for mark in ["123456", "123,456", "98765", "98,765", "0.1234567", "Person", *marks]:
        assert mark not in text
    assert "rare levels" in text


def test_levels_of_five_rows_keep_their_names():
    shares = np.array([0.9, 0.05, 0.04, 0.01])
    histogram = ColumnHistogram("c", "categorical", None, tuple("wxyz"), shares, shares[::-1], (0.0, 0.0))
    pooled = pool_rare(histogram, 100)
    assert pooled.levels == ("w", "x", "rare levels")
    np.testing.assert_allclose(pooled.real, [0.9, 0.05, 0.05])
    np.testing.assert_allclose(pooled.synthetic, [0.01, 0.04, 0.95])
    assert pool_rare(histogram, 1_000) is histogram


@pytest.mark.parametrize(
    ("kind", "edges", "unit", "texts", "beside"),
    [
        ("numeric", [0.3, 9.7], "", ["2", "4", "6", "8"], ""),
        ("numeric", [-0.5, 4.5], "", ["0", "1", "2", "3", "4"], ""),
        ("numeric", [12_000.0, 98_000.0], "", ["15,000", "30,000", "45,000", "60,000", "75,000", "90,000"], ""),
        ("numeric", [0.0, 1e9], "", ["0", "2e+08", "4e+08", "6e+08", "8e+08", "1e+09"], ""),
        ("duration", [0.0, 7_200.0], "", ["0.0", "0.4", "0.8", "1.2", "1.6", "2.0"], "hours"),
        ("time", [0.0, 4e7], "seconds since 2020-01-15", ["Apr", "Jul", "Oct", "2021", "Apr"], ""),
    ],
)
def test_ticks_are_round_and_inside(kind, edges, unit, texts, beside):
    empty = np.zeros(1)
    histogram = ColumnHistogram("x", kind, np.array(edges), None, empty, empty, (0.0, 0.0), unit)
    ticks, words = axis_ticks(histogram)
    assert [text for _, text in ticks] == texts
    assert all(edges[0] <= value <= edges[1] for value, _ in ticks)
    if kind != "time":
        assert words == beside


def test_names_are_escaped():
    names = {"x": '<script>alert("1")</script>', "level": "</script><b>", "y": "b & c"}
    real, synthetic = (frame.rename(columns=names) for frame in (REAL, SYNTHETIC))
    text = synthfast.evaluate(real, synthetic, metrics=["distribution", "correlation"]).to_html(title="<i>")
    read(text)
    assert "<script>alert" not in text
    assert "<b>" not in text
    assert "<i>" not in text
    assert clean("a\ud800b  &\n'\"", 20) == "a?b &amp; &#x27;&quot;"
    assert clean("abcdefgh", 4) == "abc…"


def wide(seed):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(300, 5))
    values = common @ rng.normal(size=(5, WIDE)) + rng.normal(size=(300, WIDE))
    levels = [f"a level of rank {i}" for i in range(12)]
    columns = {f"a rather long name of column {k}": values[:, k] for k in range(WIDE)}
    for name in list(columns)[::4]:
        columns[name] = pd.cut(columns[name], 12, labels=levels).astype(str)
    return pd.DataFrame(columns)


def test_200_columns_fit_into_a_megabyte():
    text = synthfast.evaluate(wide(0), wide(1), metrics=["statistical", "distribution", "correlation"]).to_html()
    assert len(text.encode("utf-8")) < 1_000_000
    outline = read(text)
    assert sum(tag == "figure" for tag, _ in outline.elements) == WIDE


def test_of_more_columns_the_worst_are_shown_and_said_to_be():
    rng = np.random.default_rng(0)
    real, synthetic = (pd.DataFrame(rng.normal(size=(40, 230))).add_prefix("c") for _ in range(2))
    text = synthfast.evaluate(real, synthetic.assign(c7=9.0), metrics=["distribution", "correlation"]).to_html()
    assert "230 columns, here the 200 that differ most" in text
    assert text.count("<figure ") == 200
    assert 'href="#column-0">c7<' in text


@pytest.mark.parametrize("metrics", [["statistical"], ["correlation"], ["utility"], ["privacy"], ["distribution"]])
def test_parts_that_were_not_measured_are_left_out(metrics):
    outline = read(synthfast.evaluate(REAL, SYNTHETIC, metrics=metrics).to_html())
    assert ("pairs" in outline.ids) is (metrics == ["correlation"])
    assert ("privacy" in outline.ids) is (metrics == ["privacy"])


ODD = {
    "one row": (REAL.head(1), SYNTHETIC.head(1)),
    "all missing": (REAL, SYNTHETIC.assign(**dict.fromkeys(REAL.columns))),
    "nothing known": (pd.DataFrame({"x": [None] * 30}), pd.DataFrame({"x": [None] * 40})),
    "constant": (pd.DataFrame({"a": [1] * 50, "b": ["x"] * 50}),) * 2,
    "one column": (REAL[["x"]], SYNTHETIC[["x"]]),
    "only text": (pd.DataFrame({"n": [f"name {k}" for k in range(80)]}),) * 2,
    "tiny numbers": (REAL[["x", "y"]] * 1e-12, SYNTHETIC[["x", "y"]] * 1e-12),
    "huge numbers": (REAL[["x", "y"]] * 1e20, SYNTHETIC[["x", "y"]] * 1e20),
    "names that are no text": (REAL.set_axis(range(5), axis=1), SYNTHETIC.set_axis(range(5), axis=1)),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_tables_give_a_whole_page(case):
    text = synthfast.evaluate(*ODD[case]).to_html()
    read(text)
    shown = re.sub(r"<(style|script)[^>]*>.*?</\1>", "", text, flags=re.DOTALL)
    assert not re.search(r"\bnan\b", shown, flags=re.IGNORECASE)


def test_the_provenance_tells_model_hash_seed_and_budget(report):
    model = synthfast.GaussianCopulaSynthesizer(random_state=5).fit(REAL)
    facts = describe_model(model)
    assert facts["Seed of the model"] == "5"
    assert re.fullmatch(r"sha256 [0-9a-f]{64}", facts["Model hash"])
    assert describe_model(synthfast.GaussianCopulaSynthesizer(random_state=5).fit(REAL)) == facts
    text = report.to_html(model=model, provenance={"Real table": "people & places"})
    for words in (*facts.values(), "people &amp; places", synthfast.__version__, np.__version__):
        assert words in text


def test_a_private_models_budget_is_in_it():
    domain = {"x": (-5.0, 5.0), "level": ["a", "b", "c"]}
    model = synthfast.PrivateMarginalSynthesizer(epsilon=2.0, delta=1e-6, domain=domain).fit(REAL[["x", "level"]])
    assert describe_model(model)["Privacy budget"].startswith("epsilon 2, delta 1e-06; spent ")
