"""A TCP proxy that can do to a connection what networks, peers and operators do.

Threads: one that accepts, two for each connection. What was let through is let through as it came.
"""

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PORTION = 64 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class Cut:
    """Cut a connection at what its client says, once `begins` was seen on it and then `at`.

    `before`: the words do not pass. Otherwise they pass, the peer acts on them, and its answer does not.
    """

    at: re.Pattern[bytes]
    begins: re.Pattern[bytes] = re.compile(b"")
    before: bool = True
    times: int = 1
    made: int = 0
    meanwhile: Callable[[], None] = lambda: None  # done at that moment, before the client can learn of it


@dataclass(eq=False)
class _Line:
    """One connection through the proxy."""

    client: socket.socket
    server: socket.socket
    sent: int = 0
    began: Cut | None = None
    heard: bytes = b""
    deaf: Cut | None = None  # why the client hears nothing of the server any more
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                end.close()


Carry = Callable[[_Line, socket.socket, bytes], None]


class Proxy:
    """Listens on a port of its own; without orders it passes everything."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        self.connections = 0
        self._lines: set[_Line] = set()
        self._closed = False
        self.behave()
        self._start(self._accept)

    def behave(self) -> None:
        """Forget all orders. What is connected stays so, unless it was frozen."""
        self.swallowing = False  # half-open: connections are accepted, bytes vanish
        self.delay = 0.0  # seconds before each portion, both ways
        self.slice = 0  # bytes at a time towards the client, 0: as they come
        self.cut_after: int | None = None  # bytes from the client, then reset
        self.cut: Cut | None = None
        if getattr(self, "_refusing", False):
            self._listener = self._listen(self.port)
            self._start(self._accept)
        self._refusing = False

    def refuse(self) -> None:
        """As if nothing ran there: connections end, new ones are refused."""
        self._refusing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End what is connected now."""
        for line in list(self._lines):
            line.reset()

    def freeze(self) -> None:
        """Packets are dropped: nobody learns that anything is wrong."""
        self.swallowing = True

    def thaw(self) -> None:
        """Bytes that vanished do not come back, so what was frozen ends."""
        self.behave()
        self.hang_up()

    def close(self) -> None:
        self._closed = True
        self.refuse()

    def _listen(self, port: int) -> socket.socket:
        return socket.create_server(("127.0.0.1", port), backlog=512)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=target, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        listener = self._listener
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            client.close()
            return
        server.settimeout(None)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(client, server)
        self._lines.add(line)
        back = threading.Thread(target=self._pump, args=(line, server, client, self._to_client), daemon=True)
        back.start()
        self._pump(line, client, server, self._to_server)
        back.join()
        self._lines.discard(line)
        for end in (client, server):
            end.close()

    def _pump(self, line: _Line, source: socket.socket, sink: socket.socket, carry: Carry) -> None:
        try:
            while portion := source.recv(PORTION):
                if self.delay:
                    time.sleep(self.delay)
                if not self.swallowing:
                    carry(line, sink, portion)
            if not self.swallowing:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            line.reset()

    def _to_server(self, line: _Line, sink: socket.socket, portion: bytes) -> None:
        if self.cut_after is not None and line.sent + len(portion) > self.cut_after:
            sink.sendall(portion[: self.cut_after - line.sent])
            raise ConnectionResetError
        line.sent += len(portion)
        if self.cut is not None and self._is_time(self.cut, line, portion):
            if self.cut.before:
                self.cut.meanwhile()
                raise ConnectionResetError
            line.deaf = self.cut
        sink.sendall(portion)

    def _is_time(self, cut: Cut, line: _Line, portion: bytes) -> bool:
        """Words may straddle two portions, so the end of the one before is looked at too."""
        text, line.heard = line.heard + portion, portion[-64:]
        with line.lock:
            if line.began is not cut and (found := cut.begins.search(text)):
                line.began, text = cut, text[found.end() :]
            if line.began is cut and cut.made < cut.times and cut.at.search(text):
                cut.made += 1
                return True
        return False

    def _to_client(self, line: _Line, sink: socket.socket, portion: bytes) -> None:
        if line.deaf:
            line.deaf.meanwhile()
            raise ConnectionResetError
        for piece in _pieces(portion, self.slice):
            sink.sendall(piece)


def _pieces(portion: bytes, size: int) -> Iterator[bytes]:
    size = size or len(portion)
    yield from (portion[start : start + size] for start in range(0, len(portion), size))


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """A proxy in front of a port of this machine."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
