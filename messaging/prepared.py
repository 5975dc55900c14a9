"""Statements that the server keeps parsed and planned: for what runs a thousand times a second."""

from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


class _Preparing(psycopg.Cursor[tuple[Any, ...]]):
    """Binds parameters on the server, and has each statement prepared at its first use on a connection."""

    def execute(self, query: Any, params: Any = None, **_options: Any) -> "_Preparing":
        return super().execute(query, params, prepare=True)


def prepared_cursor() -> CursorWrapper:
    """Return a cursor for a `with` block, with Django's errors and its log of statements.

    Planning was a third of what a single accept cost. Arrays need a cast, since the server sees no literal.
    """
    connection.ensure_connection()
    cursor: Any = _Preparing(connection.connection)  # Django's stubs know only Django's own cursors
    return (
        connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
    )
