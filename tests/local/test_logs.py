from pathlib import Path

import pytest

from smsgateway.local import logs
from smsgateway.local.logs import Follower, LogFile


def test_only_whole_new_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.write_text("old\n")
    follower = Follower(path)
    with path.open("a") as file:
        file.write("one\ntw")
        file.flush()
        assert list(follower.lines()) == ["one"]
        file.write("o\n")
        file.flush()
        assert list(follower.lines()) == ["two"]


def test_a_large_log_is_kept_once_and_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 10)
    path = tmp_path / "web.log"
    log = LogFile(path)
    follower = Follower(path)
    with log.open() as program:
        program.write(b"more than ten bytes\n")
        program.flush()
        assert list(follower.lines()) == ["more than ten bytes"]
        log.rotate()
        program.write(b"new\n")
        program.flush()
        assert list(follower.lines()) == ["new"]
    assert (tmp_path / "web.log.1").read_bytes() == b"more than ten bytes\n"
    assert path.read_bytes() == b"new\n"
