"""Pushing reports and inbound messages to a customer's own URL (section 6 of the vendor's document)."""

import asyncio
import time
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from messaging.simulator.gateway import Gateway
from messaging.simulator.http1 import BadRequestError, read_body, read_headers
from messaging.simulator.outbox import Item
from messaging.simulator.wire import write_json

ITEMS_PER_PUSH = 200
SECONDS_TO_ANSWER = 10.0
SECONDS_BETWEEN_LOOKS = 0.05
MOST_BYTES = 64 * 1024
UNREACHABLE = (OSError, ValueError, BadRequestError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


class Pusher:
    """Pushes what is due, one push per account at a time, again and again until the answer is `OK`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look after every account that has a push URL, until cancelled."""
        while True:
            for name, account in self._gateway.accounts.items():
                if account.push_url and (name not in self._running or self._running[name].done()):
                    self._running[name] = asyncio.create_task(self._empty(name))
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def stop(self) -> None:
        """Give up every push in progress."""
        for task in self._running.values():
            task.cancel()
        self._running.clear()

    async def _empty(self, name: str) -> None:
        outbox = self._gateway.outboxes[name]
        while items := outbox.begin_push(time.time(), ITEMS_PER_PUSH):
            taken = await self._push_until_taken(name, items)
            outbox.end_push(taken=taken)
            if not taken:
                return
            self._gateway.ledger.hand_out(items)

    async def _push_until_taken(self, name: str, items: list[Item]) -> bool:
        body = write_json([item.row() for item in items])
        tries = 0
        while url := self._gateway.accounts[name].push_url:
            if await push(url, body):
                return True
            ladder = self._gateway.accounts[name].push_retry_seconds
            await asyncio.sleep(ladder[min(tries, len(ladder) - 1)])
            tries += 1
        return False


async def push(url: str, body: bytes) -> bool:
    """POST a JSON array; answer whether the reply was a 200 with the text `OK`."""
    with suppress(*UNREACHABLE):
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            return await _post(urlsplit(url), body) == "OK"
    return False


async def _post(url: SplitResult, body: bytes) -> str | None:
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(url.hostname, port, ssl=secure or None, limit=MOST_BYTES)
    try:
        writer.write(_head(url, len(body)) + body)
        return await _read_text(reader)
    finally:
        writer.close()


def _head(url: SplitResult, length: int) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return (
        f"POST {target} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/json;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n"
    ).encode("latin-1")


async def _read_text(reader: asyncio.StreamReader) -> str | None:
    head = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1")
    status, *lines = head.split("\r\n")
    if status.split(" ")[1:2] != ["200"]:
        return None
    headers = read_headers(lines)
    framed = "content-length" in headers or "transfer-encoding" in headers
    body = await (read_body(reader, headers) if framed else reader.read(MOST_BYTES))
    return body.decode("utf-8", "replace").strip()
