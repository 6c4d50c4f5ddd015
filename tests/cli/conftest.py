import pytest

from synthfast.cli import main


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    """``run("generate", ...)`` in an empty folder: exit code, standard output, lines of standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code = main([str(word) for word in words])
        captured = capfd.readouterr()
        return code, captured.out, captured.err.splitlines()

    return call


@pytest.fixture
def done(run):
    """As ``run``, but the command has to succeed; gives standard output."""

    def call(*words):
        code, out, messages = run(*words)
        assert code == 0, messages
        return out

    return call


@pytest.fixture
def people(tmp_path):
    """A small CSV file with a column of every kind that text can hold."""
    rows = ["code,age,income,job,member,joined,score"]
    for i in range(240):
        age = 20 + (i * 7) % 45
        member = "TRUE" if (i * 5) % 8 < 3 else "FALSE"
        score = "" if i % 6 == 0 else f"{(i * 13) % 10}"
        job = ("clerk", "nurse", "cook, chief", "?")[(i * 3 + age) % 4]
        field = f'"{job}"' if "," in job else job
        rows.append(
            f"{i:05d},{age},{900 + age * 31 + i % 17}.5,{field},{member},2024-{1 + i % 12:02d}-{1 + i % 28:02d},{score}"
        )
    path = tmp_path / "people.csv"
    path.write_text("\n".join(rows) + "\n")
    return path
