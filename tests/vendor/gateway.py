"""A gateway of one test: a real socket that records each request and plays one scripted answer."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from messaging.vendor.wire import Login

Script = Callable[[socket.socket], None]

TAKEN = (
    b'{"status":"0","balance":-153278040,'
    b'"list":[{"mid":"4C2CA88382720003","mobile":"13800000001","result":0}]}'
)


@dataclass
class Gateway:
    port: int
    requests: list[bytes] = field(default_factory=list)

    def login(self, scheme: str = "http", host: str = "127.0.0.1", **settings) -> Login:
        return Login(f"{scheme}://{host}:{self.port}/sms", "922011", "s3cret", **settings)

    @property
    def head(self) -> str:
        return self.requests[0].partition(b"\r\n\r\n")[0].decode()

    @property
    def form(self) -> list[tuple[str, str]]:
        body = self.requests[0].partition(b"\r\n\r\n")[2].decode("ascii")
        return parse_qsl(body, keep_blank_values=True, strict_parsing=True)


def http_answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def read_request(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += line.recv(65536) or b"\r\n\r\n"
    length = int(data.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
    while len(data.partition(b"\r\n\r\n")[2]) < length:
        data += line.recv(65536)
    return data


@contextmanager
def gateway(script: bytes | Script, tls: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    """Serve until the block ends; bytes are sent as they are, a function gets the line after the request."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Gateway(listener.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), line:
                _play(tls.wrap_socket(line, server_side=True) if tls else line, script, server)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


def _play(line: socket.socket, script: bytes | Script, server: Gateway) -> None:
    server.requests.append(read_request(line))
    if isinstance(script, bytes):
        line.sendall(script)
        line.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            line.recv(1)
    else:
        script(line)


def reset(line: socket.socket) -> None:
    """Close with RST instead of FIN."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    line.close()
