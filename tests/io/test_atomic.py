import os
import stat
import sys

import pytest

from synthfast.io.atomic import atomic_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_at_the_end_only(tmp_path):
    with atomic_path(tmp_path / "out.csv") as hidden:
        hidden.write_text("new")
        assert hidden.name.startswith(".")
        assert not (tmp_path / "out.csv").exists()
    assert names(tmp_path) == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    target = tmp_path / "out.csv"
    target.write_text("old")

    def fail_half_way():
        with atomic_path(target) as hidden:
            hidden.write_text("half")
            raise error

    with pytest.raises(error):
        fail_half_way()
    assert names(tmp_path) == ["out.csv"]
    assert target.read_text() == "old"


def test_failure_before_anything_is_written_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="early"), atomic_path(tmp_path / "out.csv"):
        raise RuntimeError("early")
    assert names(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"), atomic_path(tmp_path / "nowhere" / "a.csv"):
        pass


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(IsADirectoryError, match="got a folder"), atomic_path(tmp_path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="needs Unix file modes")
class TestUnix:
    def test_links_are_followed(self, tmp_path):
        (tmp_path / "real.csv").write_text("old")
        (tmp_path / "link.csv").symlink_to("real.csv")
        with atomic_path(tmp_path / "link.csv") as hidden:
            hidden.write_text("new")
        assert (tmp_path / "link.csv").is_symlink()
        assert (tmp_path / "real.csv").read_text() == "new"

    def test_mode_follows_the_umask(self, tmp_path):
        old = os.umask(0o027)
        try:
            with atomic_path(tmp_path / "out") as hidden:
                hidden.write_text("x")
        finally:
            os.umask(old)
        assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640

    def test_a_device_is_written_to_and_stays_a_device(self):
        with atomic_path(os.devnull) as hidden:
            assert str(hidden) == os.devnull
            hidden.write_text("gone")
        assert stat.S_ISCHR(os.stat(os.devnull).st_mode)  # noqa: PTH116

    @pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everything")
    def test_a_read_only_file_is_not_replaced(self, tmp_path):
        target = tmp_path / "out.csv"
        target.write_text("old")
        target.chmod(0o444)
        with pytest.raises(PermissionError, match="may not be written"), atomic_path(target):
            pass
