"""What tests and demonstrations may ask and arrange: `/control/*`, for this machine only."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, TypeVar

from messaging.simulator.accounts import read_account
from messaging.simulator.faults import Faults
from messaging.simulator.gateway import Gateway
from messaging.simulator.http1 import Reply, Request
from messaging.simulator.outbox import REPORT, Outbox
from messaging.simulator.push import Pusher
from messaging.simulator.wire import read_form, write_json

LOOPBACK = ("127.", "::ffff:127.")
ROWS_PER_PAGE = 1_000
T = TypeVar("T")
Query = Any  # what a test posted: an object or a list, from JSON or a form


class Control:
    """The back door of a gateway."""

    def __init__(self, gateway: Gateway, faults: Faults, pusher: Pusher) -> None:
        self._gateway = gateway
        self._faults = faults
        self._pusher = pusher
        self._routes: dict[tuple[str, str], Callable[[Query], object]] = {
            ("GET", "/control/health"): self._health,
            ("POST", "/control/reset"): self._reset,
            ("GET", "/control/accounts"): self._accounts,
            ("POST", "/control/accounts"): self._add_account,
            ("POST", "/control/mo"): self._queue_inbound,
            ("POST", "/control/report"): self._queue_report,
            ("GET", "/control/ledger"): self._ledger,
            ("GET", "/control/ledger/summary"): self._summary,
            ("GET", "/control/handed"): self._handed,
            ("GET", "/control/faults"): self._script,
            ("POST", "/control/faults"): self._load_script,
            ("DELETE", "/control/faults"): self._clear_script,
        }

    def reply(self, request: Request) -> Reply:
        """Answer a control request in JSON; 400 says what is wrong with it."""
        if request.peer != "::1" and not request.peer.startswith(LOOPBACK):
            return _reply({"error": "only from this machine"}, HTTPStatus.FORBIDDEN)
        route = self._routes.get((request.method, request.path))
        if route is None:
            routes = sorted(map(" ".join, self._routes))
            return _reply({"error": "no such route", "routes": routes}, HTTPStatus.NOT_FOUND)
        try:
            return _reply(route(_read_query(request)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return _reply({"error": f"{type(error).__name__}: {error}"}, HTTPStatus.BAD_REQUEST)

    def _health(self, _: Query) -> object:
        return {"ready": True}

    def _reset(self, _: Query) -> object:
        self._pusher.stop()
        self._faults.load([])
        self._gateway.reset()
        return {"reset": True}

    def _accounts(self, _: Query) -> object:
        return {"accounts": [asdict(account) for account in self._gateway.accounts.values()]}

    def _add_account(self, query: Query) -> object:
        account = read_account(query, self._gateway.accounts.get(query.get("account")))
        self._gateway.add_account(account)
        return asdict(account)

    def _queue_inbound(self, query: Query) -> object:
        content = query["content"]
        content.encode()  # a lone surrogate would fail later, in somebody else's page
        outbox, access_code = self._outbox(query), query.get("access_code", "10690")
        return {"mid": self._gateway.carrier.write_in(outbox, query["mobile"], content, access_code)}

    def _queue_report(self, query: Query) -> object:
        due, access_code = float(query.get("time", time.time())), query.get("access_code", "10690")
        self._outbox(query).put(REPORT, due, query["mid"], access_code, query["mobile"], query["stat"])
        return {"mid": query["mid"]}

    def _ledger(self, query: Query) -> object:
        entries = self._gateway.ledger.entries
        after, page = _page(query, entries)
        return {"total": len(entries), "rows": [entry.row() for entry in page], "next": after + len(page)}

    def _handed(self, query: Query) -> object:
        items = self._gateway.ledger.handed
        after, page = _page(query, items)
        return {"total": len(items), "rows": [item.row() for item in page], "next": after + len(page)}

    def _summary(self, _: Query) -> object:
        waiting = [outbox.waiting() for outbox in self._gateway.outboxes.values()]
        return self._gateway.ledger.summary() | {
            "reports_waiting": sum(reports for reports, _ in waiting),
            "inbound_waiting": sum(inbound for _, inbound in waiting),
        }

    def _script(self, _: Query) -> object:
        return {"faults": [asdict(fault) for fault in self._faults.script]}

    def _load_script(self, query: Query) -> object:
        self._faults.load(query if isinstance(query, list) else [query])
        return self._script(query)

    def _clear_script(self, query: Query) -> object:
        self._faults.load([])
        return self._script(query)

    def _outbox(self, query: Query) -> Outbox:
        return self._gateway.outboxes[query["account"]]


def _read_query(request: Request) -> Query:
    text = request.body.decode()
    if text.lstrip().startswith(("{", "[")):
        return json.loads(text)
    return dict(read_form(text or request.query, errors="strict"))


def _page(query: Query, rows: list[T]) -> tuple[int, list[T]]:
    after = int(query.get("after", 0))
    return after, rows[after : after + int(query.get("limit", ROWS_PER_PAGE))]


def _reply(value: object, status: int = HTTPStatus.OK) -> Reply:
    return Reply(status, "application/json;charset=UTF-8", write_json(value))
