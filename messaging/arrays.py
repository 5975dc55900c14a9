"""Arrays for SQL as PostgreSQL reads them, each written in one go.

The driver takes a step for each element, which costs more than what the database does with it. The statement casts:
`%s::text[]`.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import cast

NULL = "NULL"


def texts(values: Sequence[str | None]) -> str:
    """Return a `text[]`; None is NULL."""
    if None in values:
        return _braced([NULL if value is None else f'"{_escaped(value)}"' for value in values])
    return _quoted(cast("Sequence[str]", values))


def uuids(values: Sequence[uuid.UUID | None]) -> str:
    """Return a `uuid[]`; None is NULL."""
    return _braced([NULL if value is None else value.hex for value in values])


def moments(values: Sequence[datetime | None]) -> str:
    """Return a `timestamptz[]` of aware times; None is NULL."""
    written = {value: f'"{value.isoformat()}"' if value else NULL for value in set(values)}
    return _braced([written[value] for value in values])


def _quoted(values: Sequence[str]) -> str:
    inner = '","'.join(values)
    if "\\" in inner or inner.count('"') != 2 * len(values) - 2:
        inner = '","'.join(map(_escaped, values))
    return f'{{"{inner}"}}' if values else "{}"


def _braced(elements: Sequence[str]) -> str:
    return f"{{{','.join(elements)}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
