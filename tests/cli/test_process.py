"""What only a process of its own can show: the module form, pipes, signals, full disks."""

import os
import signal
import subprocess
import sys
import time

import pytest

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs Unix pipes and signals")
QUICK = ("--set", "preset=fast", "--set", "audit=false")


def command(*words):
    return [sys.executable, "-P", "-m", "synthfast", *map(str, words)]


def run(*words, **options):
    return subprocess.run(command(*words), capture_output=True, text=True, timeout=120, check=False, **options)


def test_python_m(tmp_path):
    done = run("generate", "dataset:iris", "-o", "out.csv", "-n", 5, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "out.csv").read_text().count("\n") == 6
    failed = run("generate", "absent.csv", "-o", "out.csv", cwd=tmp_path)
    assert failed.returncode == 2
    assert failed.stderr == "synthfast: error: absent.csv: no such file or directory\n"


@unix
def test_a_reader_that_has_enough_is_no_failure(tmp_path):
    with subprocess.Popen(
        command("generate", "dataset:demo", "-n", "2e6", "-o", "-", "-q", *QUICK),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    ) as process:
        assert process.stdout.readline().startswith(b"age,income")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@unix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("ending", ["csv.gz", "parquet"])
def test_signals_leave_no_file(tmp_path, number, code, ending):
    words = command("generate", "dataset:demo", "-n", "1e10", "-o", f"out.{ending}", "-q", *QUICK)
    with subprocess.Popen(words, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size for path in tmp_path.iterdir()):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        message = process.stderr.read().decode()
        assert process.wait(60) == code
    assert message in ("", "synthfast: error: interrupted; no unfinished file is left\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_one_line(tmp_path):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            command("generate", "dataset:demo", "-n", "1e5", "-o", "-", "-q", *QUICK),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "synthfast: error: [Errno 28] No space left on device\n"


@unix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everything")
def test_forbidden_places_are_one_line(tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    done = run("generate", "dataset:iris", "-o", locked / "x.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "no file may be created in the folder" in done.stderr
    (tmp_path / "secret.csv").touch(mode=0o000)
    done = run("generate", "secret.csv", "-o", "x.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "synthfast: error: secret.csv: permission denied\n"
