import io
import sys

import pytest

from synthfast._core.progress import progress, progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_terminal(monkeypatch):
    """Standard error as a terminal. Not a fixture: pytest puts its own stderr back between set-up and test."""
    pytest.importorskip("tqdm")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_silent_where_nobody_looks(capsys):
    assert list(progress(iter("abc"), "letters")) == ["a", "b", "c"]
    with progress_bar(3) as bar:
        bar.update(3)
    assert capsys.readouterr() == ("", "")


def test_shown_on_a_terminal(monkeypatch):
    terminal = on_terminal(monkeypatch)
    assert list(progress(range(4), "blocks", unit="block")) == [0, 1, 2, 3]
    assert "blocks" in terminal.getvalue()
    assert "/4" in terminal.getvalue()


def test_bar_moved_by_hand(monkeypatch):
    terminal = on_terminal(monkeypatch)
    with progress_bar(1000, "rows", unit="row") as bar:
        bar.update(1000)
    assert "rows" in terminal.getvalue()


def test_can_be_switched_off_and_on(monkeypatch):
    terminal = on_terminal(monkeypatch)
    list(progress([1, 2], enabled=False))
    assert terminal.getvalue() == ""
    terminal.isatty = lambda: False
    list(progress([1, 2], "forced", enabled=True))
    assert "forced" in terminal.getvalue()


def test_works_without_tqdm(monkeypatch):
    terminal = on_terminal(monkeypatch)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert list(progress([1, 2])) == [1, 2]
    assert terminal.getvalue() == ""


def test_works_without_standard_error(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert list(progress([1, 2])) == [1, 2]
