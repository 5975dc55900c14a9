"""Read: from a committed body to reports and inbound messages, as often as it takes, and once."""

import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from django.db import DataError, Error, IntegrityError, transaction
from django.db.models.functions import Now

from messaging.belonging import keep_inbound
from messaging.matching import take_reports
from messaging.models import UpstreamPayload
from messaging.services.payloads import pausing, sounding
from messaging.vendor.pages import Page, read_page, read_push
from messaging.vendor.values import Unreadable

log = structlog.get_logger(__name__)

Kind = UpstreamPayload.Kind
State = UpstreamPayload.State
Item = TypeVar("Item")

MOST_WAITING = 100
REFUSED_UNREAD = range(400, 500)  # a web server said no before the gateway saw the pull, but for 408


def read(payload_id: uuid.UUID, body: bytes | None = None) -> tuple[int, int]:
    """Read a committed body into reports and inbound messages; return how many items it had and how many were new.

    Reading again changes nothing. A body that can't be read is kept and marked. Whoever has just committed it gives it
    along, so that it need not come back.
    """
    with transaction.atomic():
        payload = (
            UpstreamPayload.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("upstream_account")
            .defer("body")
            .filter(pk=payload_id, state=State.RECEIVED)
            .first()
        )
        if payload is None:
            return 0, 0
        try:
            page = _parse(payload, bytes(payload.body or b"") if body is None else body)
        except Unreadable as error:
            _end_unread(payload, str(error)[:200])
            return 0, 0
        return _apply(payload, page)


def _parse(payload: UpstreamPayload, body: bytes) -> Page:
    return read_push(body, payload.content_type) if payload.kind == Kind.PUSH else read_page(body)


def _apply(payload: UpstreamPayload, page: Page) -> tuple[int, int]:
    new_reports, bad_reports = _keep(take_reports, payload, page.reports)
    new_inbound, bad_inbound = _keep(keep_inbound, payload, page.inbound)
    unreadable = len(page.unreadable) + bad_reports + bad_inbound
    truncated, refusal = payload.truncated or page.truncated, _refusal(payload, page)
    _end(
        payload, State.READ, reports=len(page.reports) - bad_reports, inbound=len(page.inbound) - bad_inbound,
        unreadable_items=unreadable, truncated=truncated, error=refusal,
    )  # fmt: skip
    if unreadable:
        sounding.unreadable(payload, unreadable)
    if truncated:
        sounding.cut_short(payload)
    if payload.kind != Kind.PUSH:
        (pausing.pause if refusal else pausing.end_pause)(payload)
    return len(page.reports) + len(page.inbound) + len(page.unreadable), new_reports + new_inbound


def _keep(
    store: Callable[[int, uuid.UUID, Sequence[Item]], int], payload: UpstreamPayload, items: Sequence[Item]
) -> tuple[int, int]:
    """Store items as one set; halves find what the database does not take. Return how many are new, how many bad."""
    try:
        with transaction.atomic():
            return store(payload.upstream_account_id, payload.pk, items), 0
    except (DataError, IntegrityError) as error:
        if len(items) == 1:
            log.warning("item_not_stored", payload=str(payload.pk), reason=type(error.__cause__).__name__)
            return 0, 1
        middle = len(items) // 2
        halves = [_keep(store, payload, half) for half in (items[:middle], items[middle:])]
        return sum(new for new, _bad in halves), sum(bad for _new, bad in halves)


def _refusal(payload: UpstreamPayload, page: Page) -> str:
    """Why the gateway handed out nothing, or not as it should; empty: all is well."""
    if page.status and page.status.code != "0":
        return f"STATUS {page.status.code}"
    return _http_fault(payload)


def _http_fault(payload: UpstreamPayload) -> str:
    status = payload.http_status
    return f"http_{status}" if status and not 200 <= status < 300 else ""


def _end_unread(payload: UpstreamPayload, why: str) -> None:
    """The page of a web server in between says nothing of what the gateway handed out meanwhile."""
    status = payload.http_status
    if payload.kind == Kind.PUSH:
        _end(payload, State.UNREADABLE, error=why)
        sounding.unreadable(payload)
    elif status in REFUSED_UNREAD and status != 408:
        _end(payload, State.FAILED, error=f"http_{status}")
        pausing.pause(payload)
    else:
        _end_unread_pull(payload, _http_fault(payload), why)
        pausing.pause(payload)


def _end_unread_pull(payload: UpstreamPayload, http_fault: str, why: str) -> None:
    if http_fault or bytes(payload.body or b"").lstrip().startswith(b"<"):
        _end(payload, State.MAYBE_LOST, error=http_fault or why)
        sounding.maybe_lost(payload, http_fault or "html")
    else:
        _end(payload, State.UNREADABLE, error=why)
        sounding.unreadable(payload)


def _end(payload: UpstreamPayload, state: State, **fields: object) -> None:
    UpstreamPayload.objects.filter(pk=payload.pk).update(state=state, read_at=Now(), **fields)


def read_waiting() -> int:
    """Read bodies that were committed but not read, as after a kill; return how many.

    Index: payloads_waiting. One that breaks the reader stays for the next time, and holds up no other.
    """
    waiting = UpstreamPayload.objects.filter(state=State.RECEIVED).order_by("started_at")
    ids = list(waiting.values_list("pk", flat=True)[:MOST_WAITING])
    for payload_id in ids:
        try:
            read(payload_id)
        except Error:
            raise
        except Exception:
            log.exception("payload_reader_failed", payload=str(payload_id))
    return len(ids)
