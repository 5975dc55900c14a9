"""Which tables the statements of some code read from one end to the other."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

READS = ("SELECT", "WITH")
FEW = 1000  # rows; where a table is small, reading it whole is right


def read_whole(code: Callable[[], object]) -> list[str]:
    """Run some code, then each of its reading statements again under EXPLAIN ANALYZE; return tables, sorted."""
    sent: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if isinstance(sql, str) and sql.lstrip().startswith(READS):
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        code()
    return sorted({table for sql, params in sent for table in _tables(_plan(sql, params))})


def _plan(sql: str, params: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (text,) = cursor.fetchone()
    plan: dict[str, Any] = (json.loads(text) if isinstance(text, str) else text)[0]["Plan"]
    return plan


def _tables(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"].endswith("Seq Scan"):
        rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        if rows > FEW:
            yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _tables(child)
