"""The backend that `DATABASES` names."""

import re
import select
from types import TracebackType
from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg import Connection

# What PostgreSQL adds to an error: the row that it is about, or the line of a COPY.
ROWS = re.compile(r"\n(?:DETAIL|CONTEXT|LINE \d+|HINT|QUERY): .*", re.DOTALL)


class _WithoutRows(DatabaseErrorWrapper):
    """Django's, but errors do not bear the rows they are about: numbers and texts must reach no log."""

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_value is not None and exc_value.args and isinstance(exc_value.args[0], str):
            exc_value.args = (ROWS.sub("", exc_value.args[0]), *exc_value.args[1:])
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes a connection that a restart has cut off out of the pool, without asking the server about each.

    Django's own check is one more round trip for every request, a sixth of a single accept. A server that goes away
    ends its connections, and the socket of one that is idle then has something to read.
    """

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        return _WithoutRows(self)

    def get_new_connection(self, conn_params: Any) -> Any:
        while True:
            connection = super().get_new_connection(conn_params)
            if self.pool is None or not _has_ended(connection):
                return connection
            connection.close()
            self.pool.putconn(connection)  # the pool puts another in its place


def _has_ended(connection: Connection[Any]) -> bool:
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
