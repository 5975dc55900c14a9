import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsgateway.local.progress import Step
from smsgateway.local.terminal import Terminal


@pytest.fixture
def tty(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as file:
        monkeypatch.setattr(sys, "stdout", file)
        yield ours
    os.close(ours)


def test_a_terminal_sees_progress_in_one_line_that_other_lines_do_not_tear(
    tty: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Step, "ANNOUNCE_AFTER", 0)
    terminal = Terminal()
    step = Step(terminal, "Starting PostgreSQL")
    step.beat()
    terminal.line("news")
    step.end()
    seen = os.read(tty, 1000).decode()
    working, done = "Starting PostgreSQL ... 0 s", "Starting PostgreSQL ... 0.0 s"
    assert seen == f"{working}\r\033[Knews\r\n{working}\r\033[K{done}\r\n"


def test_a_file_gets_plain_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Step, "ANNOUNCE_AFTER", 0)
    terminal = Terminal()
    step = Step(terminal, "Starting PostgreSQL")
    step.beat()
    step.end()
    terminal.log_line("web", "hello")
    assert capsys.readouterr().out == "Starting PostgreSQL ... 0.0 s\nweb            | hello\n"


def test_what_is_done_at_once_is_not_worth_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    step = Step(Terminal(), "Starting PostgreSQL")
    step.beat()
    step.end()
    assert capsys.readouterr().out == ""


def test_we_carry_on_when_nobody_reads_any_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as broken:
        monkeypatch.setattr(sys, "stdout", broken)
        terminal = Terminal()
        terminal.line("nobody hears this")
        terminal.line("nor this")
