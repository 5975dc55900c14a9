"""What the gateway hands us: the raw body is committed before anything in it is read.

`report` and `mo` consume (PROTOCOL 3.12), so a pull first commits that it begins: a beginning without an end is the
evidence that a page may have been lost.
"""

import uuid

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts.encryption import WrongEncryptionKey
from accounts.models import UpstreamAccount
from messaging.belonging import keep_inbound
from messaging.exceptions import NotFound
from messaging.leases import lease
from messaging.matching import take_reports
from messaging.models import UpstreamPayload
from messaging.upstream import client_for
from messaging.vendor import errors
from messaging.vendor.client import Client, Fetched
from messaging.vendor.pages import Page, read_page, read_push
from messaging.vendor.values import Unreadable

log = structlog.get_logger(__name__)

Kind = UpstreamPayload.Kind
State = UpstreamPayload.State

PAGES_AT_A_TIME = 20  # a page that is always full shall not keep a worker for ever
MOST_WAITING = 100


def pull(account_id: int, kind: str) -> int:
    """Fetch pages of one kind from one account until one is not full; return how many items were new.

    Two pullers are harmless: one holds the lease, the other leaves.
    """
    seconds = (settings.UPSTREAM_DEADLINE_SECONDS + settings.UPSTREAM_CONNECT_SECONDS) * 2
    fresh = 0
    for _page in range(PAGES_AT_A_TIME):
        with lease(f"pull {kind} {account_id}", seconds=seconds) as ours:
            if not ours:
                break
            payload_id = _fetch(account_id, Kind(kind))
        if payload_id is None:
            break
        items, new = read(payload_id)
        fresh += new
        if items < settings.FETCH_PAGE_SIZE:
            break
    return fresh


def _fetch(account_id: int, kind: Kind) -> uuid.UUID | None:
    """Fetch one page and commit it raw; return its payload, or None when nothing came."""
    account = UpstreamAccount.objects.get(pk=account_id)
    try:
        client = client_for(account)
    except WrongEncryptionKey:
        log.exception("account_password_unreadable", account=account_id)
        return None
    payload = UpstreamPayload.objects.create(upstream_account=account, kind=kind, state=State.STARTED)
    try:
        fetched = _call(client, kind)
    except errors.VendorError as error:
        _end_empty(payload, error)
        return None
    UpstreamPayload.objects.filter(pk=payload.pk).update(
        state=State.RECEIVED,
        received_at=Now(),
        body=fetched.raw,
        truncated=fetched.truncated,
        http_status=fetched.http_status,
    )
    return payload.pk


def _call(client: Client, kind: Kind) -> Fetched:
    fetch = client.fetch_reports if kind == Kind.REPORT else client.fetch_mo
    return fetch(settings.FETCH_PAGE_SIZE)


def _end_empty(payload: UpstreamPayload, error: errors.VendorError) -> None:
    never_left = isinstance(error, errors.NeverLeft)
    state = State.FAILED if never_left else State.MAYBE_LOST
    UpstreamPayload.objects.filter(pk=payload.pk).update(state=state, error=error.reason)
    say = log.info if never_left else log.error
    say(
        "fetch_failed" if never_left else "fetch_maybe_lost",
        account=payload.upstream_account_id, kind=payload.kind, reason=error.reason,
    )  # fmt: skip


def receive_push(token: str, body: bytes, content_type: str) -> uuid.UUID:
    """Commit what the gateway pushed, unread; raise `NotFound` for a token that is nobody's.

    Only after this may `OK` be answered (document, section 6.3).
    """
    account = UpstreamAccount.objects.filter(push_token=token).first()
    if account is None:
        raise NotFound("There is no such push address.")
    payload = UpstreamPayload.objects.create(
        upstream_account=account,
        kind=Kind.PUSH,
        state=State.RECEIVED,
        received_at=Now(),
        body=body,
        content_type=content_type[:200],
    )
    return payload.pk


def read(payload_id: uuid.UUID) -> tuple[int, int]:
    """Read a committed body into reports and inbound messages; return how many items it had and how many were new.

    Reading again changes nothing. A body that can't be read is kept and marked.
    """
    with transaction.atomic():
        payload = (
            UpstreamPayload.objects.select_for_update(skip_locked=True)
            .filter(pk=payload_id, state=State.RECEIVED)
            .first()
        )
        if payload is None:
            return 0, 0
        try:
            page = _parse(payload)
        except Unreadable as error:
            _end_reading(payload, State.UNREADABLE, error=str(error)[:200])
            log.exception("payload_unreadable", payload=str(payload_id), account=payload.upstream_account_id)
            return 0, 0
        fresh = take_reports(payload.upstream_account_id, payload.pk, page.reports)
        fresh += keep_inbound(payload.upstream_account_id, payload.pk, page.inbound)
        _end_reading(
            payload, State.READ, reports=len(page.reports), inbound=len(page.inbound),
            unreadable_items=len(page.unreadable), truncated=payload.truncated or page.truncated,
            error=_refusal(page),
        )  # fmt: skip
    return len(page.reports) + len(page.inbound) + len(page.unreadable), fresh


def _parse(payload: UpstreamPayload) -> Page:
    body = bytes(payload.body or b"")
    return read_push(body, payload.content_type) if payload.kind == Kind.PUSH else read_page(body)


def _refusal(page: Page) -> str:
    return f"STATUS {page.status.code}" if page.status and page.status.code != "0" else ""


def _end_reading(payload: UpstreamPayload, state: State, **fields: object) -> None:
    UpstreamPayload.objects.filter(pk=payload.pk).update(state=state, read_at=Now(), **fields)


def read_waiting() -> int:
    """Read bodies that were committed but not read, as after a kill; return how many."""
    waiting = UpstreamPayload.objects.filter(state=State.RECEIVED).order_by("started_at")
    ids = list(waiting.values_list("pk", flat=True)[:MOST_WAITING])
    for payload_id in ids:
        read(payload_id)
    return len(ids)
