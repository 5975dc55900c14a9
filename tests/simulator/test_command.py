from argparse import Namespace

import pytest

from messaging.management.commands.simulator import Command
from messaging.simulator import program


def test_the_command_takes_the_program_s_options(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Namespace] = []
    monkeypatch.setattr(program, "run", ran.append)
    options = Command().create_parser("manage.py", "simulator").parse_args(["--port", "0", "--quiet"])
    Command().handle(**vars(options))
    assert (ran[0].host, ran[0].port, ran[0].quiet, ran[0].seconds_to_report) == ("127.0.0.1", 0, True, 2.0)
