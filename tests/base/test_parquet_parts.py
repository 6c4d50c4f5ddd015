"""Folders of parts: the rows of ``sample``, the same bytes by any way, and nothing lost by any end."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast._core.threads import num_threads
from synthfast.base import parquet_parts
from synthfast.exceptions import DataError, FileFormatError
from synthfast.io.manifest import Manifest

ROWS, PART = 300_000, 65_536


def make_model():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2, 500))
    frame = pd.DataFrame(
        {
            "amount": np.exp(z[0]).round(2),
            "score": z[1],
            "count": rng.poisson(3, 500),
            "city": pd.Series(np.where(z[0] > 0, "Rome", "Oslo")),
            "grade": pd.Categorical(np.where(z[1] > 0, "b", "a"), ordered=True),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 10**6, 500), unit="s"),
            "gappy": np.where(z[0] > 1, np.nan, z[1].round(1)),
        }
    )
    return synthfast.GaussianCopulaSynthesizer().fit(frame)


@pytest.fixture(scope="module")
def model():
    return make_model()


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    """The parts of an undisturbed run, by name, with their SHA-256."""
    manifest = model.sample_to_parquet(tmp_path_factory.mktemp("whole"), ROWS, random_state=1, part_rows=PART)
    return hashes(manifest)


def hashes(manifest):
    return {part.file: part.sha256 for part in manifest.parts}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("engine", ["threads", "processes"])
@pytest.mark.parametrize("n_threads", [1, 2, 8])
def test_same_bytes_on_any_engine(model, whole, tmp_path, engine, n_threads):
    if engine == "processes" and n_threads == 8:
        pytest.skip("eight processes are a test of the machine")
    with num_threads(n_threads):
        manifest = model.sample_to_parquet(tmp_path / "out", ROWS, random_state=1, engine=engine, part_rows=PART)
    assert hashes(manifest) == whole
    assert manifest.complete
    assert names(tmp_path / "out") == ["_manifest.json", *sorted(whole)]


def test_the_rows_are_those_of_sample(model, tmp_path):
    model.sample_to_parquet(tmp_path, ROWS, random_state=1, part_rows=100_000)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path), model.sample(ROWS, random_state=1))


def test_conditions_are_drawn_and_told_apart(model, tmp_path):
    model.sample_to_parquet(tmp_path, 2_000, conditions={"city": "Rome"}, random_state=1)
    assert set(pd.read_parquet(tmp_path)["city"]) == {"Rome"}
    with pytest.raises(DataError, match="conditions differ"):
        model.sample_to_parquet(tmp_path, 2_000, conditions={"city": "Oslo"}, random_state=1)


def test_no_rows(model, tmp_path):
    manifest = model.sample_to_parquet(tmp_path, 0, random_state=1)
    assert manifest.complete
    found, wanted = pd.read_parquet(tmp_path).dtypes, model.sample(0).dtypes
    assert found.drop("grade").equals(wanted.drop("grade"))  # Parquet keeps the categories that rows hold
    model.sample_to_parquet(tmp_path, 10, random_state=1)
    assert len(pd.read_parquet(tmp_path)) == 10


def test_damaged_and_missing_parts_are_drawn_again_and_the_others_kept(model, whole, tmp_path):
    model.sample_to_parquet(tmp_path, ROWS, random_state=1, part_rows=PART)
    first, second, third, *rest = sorted(whole)
    (tmp_path / first).unlink()
    with (tmp_path / second).open("r+b") as stream:
        stream.seek(1000)
        stream.write(b"damage")
    (tmp_path / third).write_bytes((tmp_path / third).read_bytes()[:-1])
    (tmp_path / ".part-000000000000000-000000000065536.parquet.0123abcd.tmp").write_bytes(b"half")
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in rest}
    assert hashes(model.sample_to_parquet(tmp_path, ROWS, random_state=1, part_rows=PART)) == whole
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in rest} == before
    assert names(tmp_path) == ["_manifest.json", *sorted(whole)]


def test_more_rows_extend_what_is_there(model, tmp_path):
    model.sample_to_parquet(tmp_path, 100_000, random_state=1, part_rows=PART)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("part-*")}
    manifest = model.sample_to_parquet(tmp_path, 200_000, random_state=1, part_rows=PART)
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert [(p.start, p.stop) for p in manifest.parts[1:3]] == [(65_536, 100_000), (100_000, 131_072)]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path), model.sample(200_000, random_state=1))


def test_without_a_seed_the_draw_that_is_there_is_gone_on_with(model, tmp_path):
    half = model.sample_to_parquet(tmp_path / "a", 1_000)
    whole = model.sample_to_parquet(tmp_path / "a", 2_000)
    assert whole.identity == half.identity
    assert whole.parts[0] == half.parts[0]
    assert model.sample_to_parquet(tmp_path / "b", 1_000).identity != half.identity


def test_other_draws_fewer_rows_and_strangers_are_refused(model, tmp_path):
    model.sample_to_parquet(tmp_path, 1_000, random_state=1)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    other = synthfast.GaussianCopulaSynthesizer().fit(pd.DataFrame({"x": [1.5, 2.5, 3.5]}))
    with pytest.raises(DataError, match=r"another draw.*model and stream differ.*resume=False"):
        other.sample_to_parquet(tmp_path, 1_000, random_state=2)
    with pytest.raises(DataError, match="rows up to 1,000, which is more than the 10 asked for"):
        model.sample_to_parquet(tmp_path, 10, random_state=1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    other.sample_to_parquet(tmp_path, 10, random_state=2, resume=False)
    assert len(pd.read_parquet(tmp_path)) == 10
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match=r"one of parts, found 'notes.txt'"):
        other.sample_to_parquet(tmp_path, 10, random_state=2, resume=False)
    with pytest.raises(NotADirectoryError, match="expected a folder"):
        model.sample_to_parquet(tmp_path / "notes.txt", 10)
    with pytest.raises(FileNotFoundError):
        model.sample_to_parquet(tmp_path / "no" / "such", 10)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": 1, "parts": [{}]}'])
def test_a_damaged_manifest_is_told(model, tmp_path, content):
    (tmp_path / "_manifest.json").write_text(content)
    with pytest.raises(FileFormatError, match=r"_manifest.json is damaged .*resume=False"):
        model.sample_to_parquet(tmp_path, 10, random_state=1)
    assert model.sample_to_parquet(tmp_path, 10, random_state=1, resume=False).complete


def test_a_manifest_of_a_newer_version_is_told(model, tmp_path):
    (tmp_path / "_manifest.json").write_text('{"format": 99}')
    with pytest.raises(FileFormatError, match="format 99; upgrade synthfast"):
        model.sample_to_parquet(tmp_path, 10, random_state=1)


def test_a_full_disk_keeps_what_is_finished(model, whole, tmp_path, monkeypatch):
    """From the third part on the disk takes nothing more; when there is room again the rest follows."""
    original, room = parquet_parts.hidden_part, {"left": 2}

    class Full:
        def __init__(self, stream):
            self._stream = stream

        def __getattr__(self, name):
            return getattr(self._stream, name)

        def write(self, content):
            raise OSError(errno.ENOSPC, "No space left on device")

    class OnFullDisk:
        def __init__(self, *arguments):
            self._part = original(*arguments)

        def __enter__(self):
            stream, finished = self._part.__enter__()
            room["left"] -= 1
            return (stream if room["left"] >= 0 else Full(stream)), finished

        def __exit__(self, *error):
            return self._part.__exit__(*error)

    monkeypatch.setattr(parquet_parts, "hidden_part", OnFullDisk)
    with num_threads(1), pytest.raises(OSError, match="131,072 of 300,000 rows are written and will be kept") as caught:
        model.sample_to_parquet(tmp_path, ROWS, random_state=1, part_rows=PART)
    assert caught.value.errno == errno.ENOSPC
    assert names(tmp_path) == ["_manifest.json", *sorted(whole)[:2]]
    monkeypatch.undo()
    assert hashes(model.sample_to_parquet(tmp_path, ROWS, random_state=1, part_rows=PART)) == whole


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="POSIX limits on the size of files")
def test_a_real_limit_on_the_disk(model, whole, tmp_path):
    """The kernel itself refuses to write further, in a process whose files may not pass 64 KiB."""
    limited = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
{CHILD_DRAW}
"""
    done = run_child(limited, tmp_path)
    assert done.returncode == 1
    assert "0 of 300,000 rows are written" in done.stderr
    assert names(tmp_path / "out") == ["_manifest.json"]
    assert hashes(model.sample_to_parquet(tmp_path / "out", ROWS, random_state=1, part_rows=PART)) == whole


CHILD_DRAW = f"""
import sys, synthfast
model = synthfast.load(sys.argv[1] + "/model.synth")
print("ready", flush=True)
model.sample_to_parquet(sys.argv[1] + "/out", {ROWS}, random_state=1, part_rows={PART})
"""


@pytest.fixture(autouse=True)
def _saved_model(model, tmp_path, request):
    if "run_child" in request.function.__code__.co_names or "start_child" in request.function.__code__.co_names:
        model.save(tmp_path / "model.synth")


def run_child(code, folder):
    command = [sys.executable, "-P", "-c", code, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def start_child(folder):
    environment = {**os.environ, "SYNTHFAST_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-c", CHILD_DRAW, str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_leave_what_can_be_gone_on_with(model, whole, tmp_path, number):
    child = start_child(tmp_path)
    wait_for(lambda: (tmp_path / "out" / "_manifest.json").exists(), child)
    child.send_signal(number)
    child.communicate(timeout=300)
    assert child.returncode in (-number, 0)  # 0 where it was done before the signal came
    manifest = Manifest.read(tmp_path / "out")
    assert names(tmp_path / "out") == ["_manifest.json", *(part.file for part in manifest.parts)]
    assert hashes(model.sample_to_parquet(tmp_path / "out", ROWS, random_state=1, part_rows=PART)) == whole


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_killed_at_random_moments(model, whole, tmp_path):
    """Ten runs in a row are killed at random moments, each going on where the last one ended; the eleventh finishes."""
    rng = np.random.default_rng(7)
    for _ in range(10):
        child = start_child(tmp_path)
        time.sleep(float(rng.uniform(0, 0.25)))
        child.kill()
        child.communicate(timeout=300)
    assert hashes(model.sample_to_parquet(tmp_path / "out", ROWS, random_state=1, part_rows=PART)) == whole
    assert names(tmp_path / "out") == ["_manifest.json", *sorted(whole)]
    assert json.loads((tmp_path / "out" / "_manifest.json").read_text())["complete"] is True


def wait_for(condition, child):
    for _ in range(3_000):
        if condition() or child.poll() is not None:
            return
        time.sleep(0.01)
    raise AssertionError("nothing happened for half a minute")
