"""Free ports, kept by a home so that its addresses stay the same from run to run."""

import random
import socket

from smsgateway.local.home import Home

# Below the ports of outgoing connections: one of those could sit on ours while a server restarts.
CANDIDATES = range(20000, 32000)


def kept_port(home: Home, name: str) -> int:
    """The port `name` had last time if it is still free, else a new one."""
    ports = home.read("ports")
    if not is_free(ports.get(name, 0)):
        taken = set(ports.values())
        ports[name] = next(port for port in _shuffled() if port not in taken and is_free(port))
        home.write("ports", ports)
    return int(ports[name])


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    return bool(port) and why_not(port, host) is None


def why_not(port: int, host: str) -> str | None:
    """What the system says against listening there; None when it is possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do: connections of a server that just ended are not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror
    return None


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _shuffled() -> list[int]:
    return random.sample(CANDIDATES, len(CANDIDATES))
