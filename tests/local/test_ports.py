import socket

from smsgateway.local.home import Home
from smsgateway.local.ports import CANDIDATES, is_free, kept_port


def test_a_port_is_kept_while_it_is_free(home: Home) -> None:
    port = kept_port(home, "postgres")
    assert port in CANDIDATES
    assert kept_port(home, "postgres") == port
    assert kept_port(home, "valkey") != port


def test_another_one_is_taken_when_somebody_sits_on_it(home: Home) -> None:
    port = kept_port(home, "postgres")
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
        assert kept_port(home, "postgres") != port
