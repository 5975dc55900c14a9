"""HTTP/1.1 as far as a gateway needs it: requests in, replies out, in whatever state a fault wants them."""

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

MAX_HEAD = 1024 * 1024  # bytes; 500 numbers and texts fit into the URL of a GET
MAX_BODY = 8 * 1024 * 1024  # bytes
SECONDS_TO_LINGER = 1.0
PHRASES = {status.value: status.phrase for status in HTTPStatus}
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class BadRequestError(Exception):
    """The peer does not speak HTTP, or too much of it: answer with this status and hang up."""

    def __init__(self, status: int) -> None:
        super().__init__(HTTPStatus(status).phrase)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are lower-case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    peer: str
    keep_alive: bool


@dataclass(slots=True)
class Reply:
    """One reply, and how it travels: faults change the second half."""

    status: int = 200
    content_type: str = "text/plain;charset=UTF-8"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  # seconds before the first byte
    seconds_per_byte: float = 0.0
    cut: int | None = None  # only so many bytes of the body leave, then the connection closes
    ending: str = "keep"  # or close, reset
    silent: bool = False  # not even the head leaves


class Connection:
    """One client's connection: requests one after the other, each with its reply."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._peer = str(writer.get_extra_info("peername")[0])

    async def read(self) -> Request | None:
        """Read one request; None when the peer hung up between two.

        Raises BadRequestError, and asyncio.IncompleteReadError when the peer hung up inside one.
        """
        head = await self._read_head()
        if head is None:
            return None
        first, *lines = head.split("\r\n")
        method, target, version = _start(first)
        headers = read_headers(lines)
        if headers.get("expect", "").lower() == "100-continue":
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await read_body(self._reader, headers)
        path, _, query = target.partition("?")
        keep_alive = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return Request(method, unquote(path), query, headers, body, self._peer, keep_alive)

    async def _read_head(self) -> str | None:
        try:
            return (await self._reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1")
        except asyncio.LimitOverrunError:
            raise BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from None
        except asyncio.IncompleteReadError as partial:
            if not partial.partial:
                return None
            raise

    async def write(self, reply: Reply, *, keep_alive: bool) -> bool:
        """Write `reply` the way it says; answer whether the connection can carry another request."""
        await self._wait(reply.delay)
        if not reply.silent:
            await self._write_bytes(_encode(reply, keep_alive=keep_alive), reply.seconds_per_byte)
        if reply.ending == "reset":
            sock: socket.socket = self._writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._writer.transport.abort()
        return keep_alive and reply.ending == "keep" and reply.cut is None and not reply.silent

    async def _wait(self, seconds: float) -> None:
        # A caller who gave up no longer occupies a line: look for the hang-up now and then.
        clock = asyncio.get_running_loop().time
        ends = clock() + seconds
        while (left := ends - clock()) > 0 and not self._reader.at_eof():
            await asyncio.sleep(min(left, 0.5))

    async def _write_bytes(self, octets: bytes, seconds_per_byte: float) -> None:
        pieces = [octets] if not seconds_per_byte else [bytes([octet]) for octet in octets]
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(seconds_per_byte)

    async def refuse(self, error: BadRequestError) -> None:
        """Answer what is no request, and read the rest: closing on unread bytes would lose the answer."""
        await self.write(Reply(error.status, body=str(error).encode()), keep_alive=False)
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_LINGER):
                while await self._reader.read(MAX_HEAD):
                    pass

    def close(self) -> None:
        self._writer.close()


def _start(line: str) -> tuple[str, str, str]:
    words = line.split(" ")
    if len(words) != 3 or not words[1].startswith("/") or not words[2].startswith("HTTP/1."):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    return words[0], words[1], words[2]


def read_headers(lines: list[str]) -> dict[str, str]:
    """Read header lines into lower-case names and stripped values.

    Raises BadRequestError for a line without a colon.
    """
    pairs = [line.partition(":") for line in lines]
    if any(not colon for _, colon, _ in pairs):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


async def read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    """Read the body that `headers` announce, up to MAX_BODY bytes, in one piece or chunked.

    Raises BadRequestError, and asyncio.IncompleteReadError when the peer hung up inside it.
    """
    encoding, length = headers.get("transfer-encoding", ""), headers.get("content-length", "")
    if encoding and (length or encoding.lower() != "chunked"):
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    if encoding:
        return await _read_chunks(reader)
    return await reader.readexactly(_size(length or "0", 10, MAX_BODY))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := _size((await _read_line(reader)).partition(";")[0], 16, MAX_BODY - len(body)):
        body += await reader.readexactly(size)
        if await _read_line(reader):
            raise BadRequestError(HTTPStatus.BAD_REQUEST)
    while await _read_line(reader):
        pass  # trailers
    return bytes(body)


async def _read_line(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n"))[:-2].decode("latin-1")
    except asyncio.LimitOverrunError:
        raise BadRequestError(HTTPStatus.BAD_REQUEST) from None


def _size(text: str, base: int, limit: int) -> int:
    digits = text.strip()
    if not digits.isascii() or not digits.isalnum():
        raise BadRequestError(HTTPStatus.BAD_REQUEST)
    try:
        size = int(digits, base)
    except ValueError:
        raise BadRequestError(HTTPStatus.BAD_REQUEST) from None
    if size > limit:
        raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return size


def _encode(reply: Reply, *, keep_alive: bool) -> bytes:
    headers = {
        "Content-Type": reply.content_type,
        "Content-Length": str(len(reply.body)),
        "Connection": "keep-alive" if keep_alive else "close",
    } | reply.headers
    lines = [
        f"HTTP/1.1 {reply.status} {PHRASES.get(reply.status, 'Unknown')}",
        *(f"{n}: {v}" for n, v in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + reply.body[: reply.cut]
