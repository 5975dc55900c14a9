"""Reads what PostgreSQL did for the statements that real code sent."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

BIG = (
    *("messaging_message", "messaging_batch", "messaging_chunk", "messaging_attempt", "messaging_event"),
    *("messaging_deliveryreport", "messaging_upstreampayload"),
)
SMALL = 500  # chunks and calls of the test's 60,000 messages are fewer
NOT_A_LOOK = ("SAVEPOINT", "RELEASE", "SET ", "COPY ")


@dataclass(frozen=True)
class Look:
    """One look at one table, as it was done."""

    table: str
    how: str
    rows: int

    @property
    def was_whole(self) -> bool:
        return self.how in ("Seq Scan", "Parallel Seq Scan")


@dataclass(frozen=True)
class Done:
    """What some code's statements did."""

    looks: list[Look]
    sorted_rows: int
    steps: set[str]

    @property
    def whole(self) -> list[Look]:
        """Big tables that were read from one end to the other; where they are small as yet, that is right."""
        return [
            look for look in self.looks if look.was_whole and look.rows > SMALL and look.table.startswith(BIG)
        ]

    @property
    def whole_if_small(self) -> list[Look]:
        """The same for small tables, where the planner was told not to."""
        return [look for look in self.looks if look.was_whole and look.rows and look.table.startswith(BIG)]

    @property
    def rows(self) -> int:
        """How many rows of big tables were touched, those thrown away included."""
        return sum(look.rows for look in self.looks if look.table.startswith(BIG))

    @property
    def months(self) -> set[str]:
        """The partitions of messages that were looked into."""
        return {look.table for look in self.looks if look.table.startswith("messaging_message_2")}


class _Statements:
    """What is sent, and with which parameters."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if isinstance(sql, str) and not sql.startswith(NOT_A_LOOK):
            self.sent.append((sql, params))
        return execute(sql, params, many, context)


def done_by(code: Callable[[], Any]) -> Done:
    """Run some code, then each of its statements again under EXPLAIN ANALYZE; inside the test's transaction."""
    statements = _Statements()
    with connection.execute_wrapper(statements):
        code()
    nodes = [node for sql, params in statements.sent for node in _nodes(_plan(sql, params))]
    steps = {node["Node Type"] for node in nodes}
    return Done([*_looks(nodes)], sum(_sorted(node) for node in nodes), steps)


def _plan(sql: str, params: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (text,) = cursor.fetchone()
    plan: dict[str, Any] = (json.loads(text) if isinstance(text, str) else text)[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _looks(nodes: list[dict[str, Any]]) -> Iterator[Look]:
    for node in nodes:
        if "Scan" in node["Node Type"] and node["Actual Loops"] and "Relation Name" in node:
            thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            yield Look(
                node["Relation Name"],
                node["Node Type"],
                round((node["Actual Rows"] + thrown) * node["Actual Loops"]),
            )


def _sorted(node: dict[str, Any]) -> int:
    """How many rows a sort was given."""
    if node["Node Type"] not in ("Sort", "Incremental Sort"):
        return 0
    return sum(round(child["Actual Rows"] * child["Actual Loops"]) for child in node["Plans"])
