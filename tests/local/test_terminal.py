import os
import pty

import pytest

from smsgateway.local.progress import Step
from smsgateway.local.terminal import Terminal


def test_a_terminal_sees_progress_in_one_line_that_other_lines_do_not_tear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Step, "ANNOUNCE_AFTER", 0)
    reader, tty = pty.openpty()
    terminal = Terminal(os.fdopen(tty, "w"))
    step = Step(terminal, "Starting PostgreSQL")
    step.beat()
    terminal.line("news")
    step.end()
    working, done = "Starting PostgreSQL ... 0 s", "Starting PostgreSQL ... 0.0 s"
    expected = f"{working}\r\033[Knews\r\n{working}\r\033[K{done}\r\n"
    seen = ""
    while len(seen) < len(expected):  # a terminal hands out what it has, not what was written at once
        seen += os.read(reader, 1000).decode()
    assert seen == expected


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


def test_we_carry_on_when_nobody_reads_any_more() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as broken:
        terminal = Terminal(broken)
        terminal.line("nobody hears this")
        terminal.line("nor this")
