import socket
from pathlib import Path

import pytest

from smsgateway.local.errors import LocalError
from smsgateway.local.home import Home
from smsgateway.local.service import Wishes, run


def wishes(port: int, host: str = "127.0.0.1") -> Wishes:
    return Wishes(host, port, simulator=False, simulator_port=None, demo=False, verbose=False)


def test_a_taken_port_is_named_and_another_one_proposed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        with pytest.raises(LocalError, match=rf"Port {port} on 127.0.0.1 cannot be used: .*--port \d+"):
            run(Home(tmp_path), wishes(port), {})
    assert not (tmp_path / "postgres").exists()


def test_who_listens_everywhere_is_reached_on_the_loopback() -> None:
    assert wishes(8001, "0.0.0.0").base_url == "http://127.0.0.1:8001"
    assert wishes(8001, "::").base_url == "http://[::1]:8001"
