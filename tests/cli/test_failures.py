import errno
import gzip
import os

import pytest

import synthfast
from synthfast.cli.failures import UsageError, explain
from synthfast.exceptions import ConditionError, DataError, FileFormatError, SchemaError

GOOD = b"a,b\n" + b"".join(b"%d,%d\n" % (i % 7, i % 11) for i in range(300))
PACKED = gzip.compress(GOOD)
BAD_FILES = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n\n  \n", "is empty"),
    "header.csv": (b"a,b\n", "row"),
    "ragged.csv": (b"a,b\n1,2\n3\n", "row 3"),
    "junk.csv": (bytes(range(256)) * 40, "binary"),
    "latin.csv": ("name,n\nKöln,1\n".encode("latin-1"), "not UTF-8"),
    "semicolon.csv": (b"a;b;c\n1;2;3\n", "looks delimited by ';'"),
    "tabs.csv": (b"a\tb\n1\t2\n", "looks delimited by tab"),
    "repeated.csv": (b"a,a\n1,2\n", "repeats 'a'"),
    "quote.csv": (b'a,b\n1,"2\n3,4\n', "never closed"),
    "half.csv.gz": (PACKED[: len(PACKED) // 2], "truncated"),
    "notail.csv.gz": (PACKED[:-2], "truncated"),
    "text.parquet": (GOOD, "no Parquet file"),
    "empty.parquet": (b"", "no Parquet file"),
    "text.arrow": (GOOD, "no Arrow file"),
    "parquet.csv": (b"PAR1" + bytes(100), "it is a Parquet file"),
    "table.xlsx": (b"PK\x03\x04", "expected a name that ends in"),
    "infinite.csv": (b"a,b\n1,inf\n2,3\n4,5\n", "b"),
}


def one_line(code, messages):
    assert code == 2
    assert len(messages) == 1, messages
    assert messages[0].startswith("synthfast")
    assert "Traceback" not in messages[0]
    return messages[0]


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_one_line_and_leave_nothing(run, tmp_path, name):
    content, expected = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    code, out, messages = run("generate", name, "-o", "out.csv", "-q")
    line = one_line(code, messages)
    assert expected in line
    assert out == ""
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "expected a verb: generate, fit, sample, evaluate"),
        (("genrate", "x"), "unknown verb 'genrate': did you mean generate"),
        (("zzz",), "unknown verb 'zzz': choose from generate, fit"),
        (("generate",), "required: IN, -o/--output"),
        (("generate", "a.csv"), "required: -o/--output"),
        (("generate", "dataset:iris", "-o", "x.csv", "--colour"), "unrecognized arguments: --colour"),
        (("generate", "dataset:iris", "-o", "x.csv", "-n", "many"), "expected a number of rows"),
        (("generate", "dataset:iris", "-o", "x.csv", "-n", "-5"), "argument -n"),
        (("generate", "dataset:iris", "-o", "x.csv", "-n", "1.5"), "expected a number of rows"),
        (("generate", "dataset:iris", "-o", "x.csv", "-n", "1e99"), "expected at most 1e+15 rows"),
        (("generate", "dataset:iris", "-o", "x.csv", "--seed", "abc"), "expected a whole number"),
        (("generate", "dataset:iris", "-o", "x.csv", "--model", "gaussian_copla"), "did you mean gaussian_copula?"),
        (("generate", "dataset:iris", "-o", "x.csv", "--threads", "0"), "expected a number of threads"),
        (("generate", "dataset:iris", "-o", "x.csv", "--delimiter", "ab"), "expected one character"),
        (("generate", "dataset:irs", "-o", "x.csv"), "did you mean 'iris'"),
        (("generate", "absent.csv", "-o", "x.csv"), "absent.csv: no such file"),
        (("generate", ".", "-o", "x.csv"), "got a folder"),
        (("generate", "dataset:iris", "-o", "x.json"), "expected a name that ends in"),
        (("generate", "dataset:iris", "-o", "nowhere/x.csv"), "does not exist; create it first"),
        (("generate", "dataset:iris", "-o", "."), "expected a name that ends in"),
        (("generate", "dataset:iris", "-o", "x.csv", "--report", "q.html"), "ends in .json"),
        (("generate", "dataset:iris", "-o", "x.csv", "--report", "nowhere/q.json"), "does not exist"),
        (("generate", "dataset:iris", "-o", "x.csv", "--save-model", "nowhere/m"), "does not exist"),
        (("generate", "dataset:iris", "-o", "x.csv", "-n", "0", "--report", "q.json"), "at least one synthetic row"),
        (("generate", "dataset:iris", "-o", "x.csv", "--schema", "absent.json"), "absent.json: no such file"),
        (("generate", "dataset:iris", "-o", "x.csv", "--condition", "species=rose"), "'setosa'"),
        (("generate", "dataset:iris", "-o", "x.csv", "--model", "marginal", "--condition", "colour=1"), "colour"),
        (("generate", "dataset:iris", "-o", "x.csv", "--set", "preset"), "such as preset=VALUE, got 'preset'"),
        (("generate", "dataset:iris", "-o", "x.csv", "--set", "presett=fast"), "'presett': did you mean preset?"),
        (("generate", "absent.csv", "-o", "x.csv", "--set", "zzz=1"), "'zzz': choose from preset, column_order"),
        (("generate", "dataset:iris", "-o", "x.csv", "--set", "random_state=1"), "give --seed"),
        (("generate", "dataset:iris", "-o", "x.csv", "--set", "audit=0", "--set", "audit=1"), "two settings of audit"),
        (
            ("generate", "dataset:iris", "-o", "x.csv", "--set", "preset=best"),
            "--set preset=best: TreeSynthesizer: pre",
        ),
        (
            ("generate", "dataset:iris", "-o", "x.csv", "--set", "min_level_count=x"),
            "expected an integer of at least 1",
        ),
        (("generate", "dataset:iris", "-o", "x.csv", "--set", "max_copying=high"), "--set max_copying=high: "),
        (("generate", "dataset:iris", "-o", "x.csv", "--set", "group=colour"), "group='colour' is not a column"),
        (("generate", "dataset:iris", "-o", "x.csv", "--model", "marginal", "--set", "preset=fast"), "'preset'"),
        (("inspect", "absent"), "absent: no such file"),
    ],
)
def test_bad_usage_is_one_line_and_leaves_nothing(run, tmp_path, words, expected):
    code, out, messages = run(*words, *(["-q"] if words and words[0] in ("generate", "inspect") else []))
    assert expected in one_line(code, messages)
    assert out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def no_work(monkeypatch):
    """Nothing may be read or fitted."""

    def worked(*_, **__):
        raise AssertionError("work was begun")

    monkeypatch.setattr("synthfast.cli.learning.load", worked)
    monkeypatch.setattr("synthfast.cli.sample.draw", worked)
    monkeypatch.setattr("synthfast.cli.evaluate.load", worked)


LONG = "a" * 246 + ".csv"  # itself it may be so long, but not the hidden name that it is written under
unix = pytest.mark.skipif(os.name == "nt", reason="how long names may be is Unix's")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("generate", "people.csv", "-o", "nowhere/x.csv"), "does not exist; create it first"),
        (("generate", "people.csv", "-o", "people.csv/x.csv"), "does not exist; create it first"),
        (("generate", "people.csv", "-o", "x.csv", "--report", "nowhere/x.json"), "does not exist; create it first"),
        (("generate", "people.csv", "-o", "x.csv", "--save-model", "people.csv"), "would replace the input"),
        (
            ("generate", "people.csv", "-o", "x.csv", "--save-model", "./x.csv"),
            "two outputs would be written to ./x.csv",
        ),
        (("generate", "people.csv", "-o", "x.csv", "--schema", "s.json", "--report", "s.json"), "replace the input"),
        (("generate", "people.csv", "-o", "x.csv", "--condition", "age"), "such as age=30..40 or job=clerk|nurse"),
        (("evaluate", "people.csv", "people.csv", "--json", "nowhere/q.json"), "does not exist; create it first"),
        (("evaluate", "people.csv", "s.json", "--json", "s.json"), "would replace the input"),
        pytest.param(("generate", "people.csv", "-o", LONG), "no file can be created there", marks=unix),
        pytest.param(("sample", "people.csv", "-n", 1, "-o", LONG), "no file can be created there", marks=unix),
    ],
)
def test_places_that_cannot_be_written_are_told_before_any_work(run, people, tmp_path, no_work, words, expected):
    (tmp_path / "s.json").write_text("{}")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, _, messages = run(*words)
    assert expected in one_line(code, messages)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_places_where_only_writing_shows_that_it_fails(run, people, no_work, monkeypatch, tmp_path):
    """As on a file system that tells root it may write, and then does not let it."""

    def refused(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "/x/.out.csv.tmp")

    monkeypatch.setattr("synthfast.cli.tables.NamedTemporaryFile", refused)
    code, _, messages = run("generate", people, "-o", "out.csv")
    assert code == 2
    assert messages == ["synthfast: error: out.csv: no file can be created there (Read-only file system)"]
    assert list(tmp_path.iterdir()) == [people]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("colour=red", "--condition colour=red: unknown column 'colour': did you mean score?"),
        ("agee=30", "unknown column 'agee': did you mean age?"),
        ("q=3", "unknown column 'q': choose from code, age, income, job, member, joined, score"),
        ("=3", "unknown column ''"),
    ],
)
def test_unknown_columns_in_conditions_are_told_before_the_fit(run, people, monkeypatch, tmp_path, condition, expected):
    def fit(*_, **__):
        raise AssertionError("the fit was begun")

    monkeypatch.setattr(synthfast.TreeSynthesizer, "fit", fit)
    code, _, messages = run("generate", people, "-o", "x.csv", "--condition", "age=30", "--condition", condition, "-q")
    assert expected in one_line(code, messages)
    assert list(tmp_path.iterdir()) == [people]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "is not JSON"),
        ("[1]", "expected a JSON object"),
        ('{"colour": "categorical"}', "colour"),
        ('{"species": "red"}', "red"),
    ],
)
def test_bad_schema_files_are_one_line(run, tmp_path, text, expected):
    (tmp_path / "s.json").write_text(text)
    code, _, messages = run("generate", "dataset:iris", "-o", "x.csv", "--schema", "s.json", "-q")
    assert expected in one_line(code, messages)
    assert [path.name for path in tmp_path.iterdir()] == ["s.json"]


def test_the_input_is_never_the_output(run, people):
    before = people.read_bytes()
    code, _, messages = run("generate", "people.csv", "-o", people, "-q")
    assert "would replace the input" in one_line(code, messages)
    assert people.read_bytes() == before


def test_the_old_output_survives_a_failure(run, tmp_path):
    (tmp_path / "x.csv").write_text("old")
    code, _, _ = run("generate", "dataset:iris", "-o", "x.csv", "--condition", "species=rose")
    assert code == 2
    assert (tmp_path / "x.csv").read_text() == "old"


def test_a_bug_is_one_line_with_code_1_and_the_traceback_on_request(run, monkeypatch, tmp_path):
    def broken(*_, **__):
        raise TypeError("something\nunforeseen")

    monkeypatch.setattr(synthfast.TreeSynthesizer, "sample_batches", broken)
    code, out, messages = run("generate", "dataset:iris", "-o", "x.csv", "-q")
    assert (code, out) == (1, "")
    assert messages == ["synthfast: error: TypeError: something unforeseen (--traceback shows where)"]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TypeError, match="unforeseen"):
        run("generate", "dataset:iris", "-o", "x.csv", "-q", "--traceback")


def test_a_bug_in_a_fit_is_no_bad_usage(run, monkeypatch):
    def broken(*_, **__):
        raise ValueError("something unforeseen")

    monkeypatch.setattr(synthfast.TreeSynthesizer, "fit", broken)
    code, _, messages = run("generate", "dataset:iris", "-o", "x.csv", "-q")
    assert code == 1
    assert messages == ["synthfast: error: ValueError: something unforeseen (--traceback shows where)"]


def test_help_and_version(run):
    code, out, messages = run("--version")
    assert (code, out, messages) == (0, f"synthfast {synthfast.__version__}\n", [])
    for verb in ("", "generate", "evaluate", "inspect", "sample"):
        code, out, messages = run(*filter(None, [verb]), "--help")
        assert (code, messages) == (0, [])
        assert "examples:" in out
        assert max(map(len, out.splitlines())) <= 120


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (DataError("bad data"), 2, "bad data"),
        (SchemaError("bad schema"), 2, "bad schema"),
        (ConditionError("bad condition"), 2, "bad condition"),
        (FileFormatError("bad file"), 2, "bad file"),
        (UsageError("bad usage"), 2, "bad usage"),
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "x.csv"), 2, "x.csv: no such file or directory"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "x.csv"), 2, "x.csv: permission denied"),
        (PermissionError("x.csv exists and may not be written"), 2, "x.csv exists and may not be written"),
        (OSError(errno.EROFS, "Read-only file system", "x.csv"), 2, "x.csv: read-only file system"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 1, "[Errno 28] No space left on device"),
        (MemoryError(), 1, "out of memory"),
        (ValueError("odd"), 1, "ValueError: odd"),
        (RuntimeError(), 1, "RuntimeError: no message"),
    ],
)
def test_exit_codes(error, code, message):
    failure = explain(error)
    assert failure.code == code
    assert message in failure.message
