"""The frame that rivals run in, with a made-up rival, and how it is called."""

import json
import sys
from importlib.metadata import version
from types import SimpleNamespace

import pandas as pd
import pytest
from rivals import driver, runner


@pytest.fixture
def rival(monkeypatch):
    """A rival that repeats the table's first rows."""

    def run(arguments):
        table, seconds = driver.timed(lambda: driver.read_table(arguments.source))
        table.head(arguments.rows).to_csv(arguments.output, index=False)
        return {
            "rival": f"{arguments.word} on {arguments.threads}",
            "packages": ("pandas",),
            "fit_seconds": seconds,
            "sample_seconds": 0.0,
        }

    made = SimpleNamespace(__doc__="A rival.", run=run, add_arguments=lambda parser: parser.add_argument("--word"))
    monkeypatch.setitem(sys.modules, "rivals.repeater", made)
    return made


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_report_is_the_last_line(rival, tmp_path, capsys, ending):
    frame = pd.DataFrame({"x": [1, 2, 3]})
    source, output = tmp_path / f"in.{ending}", tmp_path / "out.csv"
    frame.to_csv(source, index=False) if ending == "csv" else frame.to_parquet(source)
    driver.main(["repeater", str(source), str(output), "--rows", "2", "--threads", "3", "--word", "echo"])
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report.pop("fit_seconds") >= 0
    assert report.pop("peak_megabytes") > 1
    assert report == {"rival": "echo on 3", "sample_seconds": 0.0, "versions": {"pandas": version("pandas")}}
    assert pd.read_csv(output)["x"].tolist() == [1, 2]


def test_rivals_without_arguments_of_their_own(rival, tmp_path):
    del rival.add_arguments
    arguments = driver.parse_arguments(rival, ["in.csv", "out.csv", "--rows", "2", "--threads", "1"])
    assert (arguments.source.name, arguments.output.name, arguments.rows, arguments.threads) == (
        "in.csv",
        "out.csv",
        2,
        1,
    )
    with pytest.raises(SystemExit):
        driver.parse_arguments(rival, ["in.csv", "out.csv", "--rows", "2", "--threads", "1", "--word", "echo"])


def test_every_rival_has_its_requirements_and_a_run():
    names = {path.stem for path in runner.HERE.glob("*.py")} - {"__init__", "driver", "runner"}
    assert names == {path.stem.removeprefix("requirements-") for path in runner.HERE.glob("requirements-*.txt")}
    for name in names:
        assert "\ndef run(arguments):\n" in (runner.HERE / f"{name}.py").read_text(encoding="utf-8")


def test_the_runner_calls_the_frame_in_the_rivals_environment(monkeypatch, tmp_path):
    """With our own interpreter as the rival's: it finds the frame, and then no such rival."""
    monkeypatch.setattr(runner, "rival_python", lambda name: sys.executable)
    with pytest.raises(runner.RivalError, match=r"No module named 'rivals\.nobody'"):
        runner.run_rival("nobody", tmp_path / "in.csv", tmp_path / "out.csv", n_rows=1)
