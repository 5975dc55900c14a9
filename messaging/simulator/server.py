"""The open port: connections, and which path leads where."""

import asyncio
from contextlib import suppress
from http import HTTPStatus

from messaging.simulator.control import Control
from messaging.simulator.desk import Desk
from messaging.simulator.gateway import Gateway
from messaging.simulator.http1 import BadRequestError, Connection, Reply, Request
from messaging.simulator.wire import read_call

PATH = "/sms"
METHODS = ("GET", "POST")


class Server:
    """Serves connections, each until one side hangs up; an idle one may stay for ever."""

    def __init__(self, gateway: Gateway, desk: Desk, control: Control) -> None:
        self._gateway = gateway
        self._desk = desk
        self._control = control

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests in their order."""
        connection = Connection(reader, writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._converse(connection)
        finally:
            connection.close()

    async def _converse(self, connection: Connection) -> None:
        try:
            while await self._exchange(connection):
                pass
        except BadRequestError as error:
            await connection.refuse(error)

    async def _exchange(self, connection: Connection) -> bool:
        request = await connection.read()
        if request is None:
            return False
        if request.path != PATH or request.method not in METHODS:
            return await connection.write(self._reply_elsewhere(request), keep_alive=request.keep_alive)
        call = read_call(request)
        with self._gateway.line(call.account):
            return await connection.write(self._desk.reply(call), keep_alive=request.keep_alive)

    def _reply_elsewhere(self, request: Request) -> Reply:
        if request.path.startswith("/control/"):
            return self._control.reply(request)
        if request.path == PATH:
            return Reply(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(METHODS)})
        return Reply(HTTPStatus.NOT_FOUND)
