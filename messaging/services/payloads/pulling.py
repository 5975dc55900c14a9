"""Pull: `report` and `mo` consume (PROTOCOL 3.12), so what was handed out must be committed, or kept on disk.

A pull first commits that it begins: that proves that the database can write, and a beginning without an end is the
evidence that a page may have been lost.
"""

from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import Error

from accounts.encryption import WrongEncryptionKey
from accounts.models import UpstreamAccount
from messaging import spool
from messaging.leases import lease
from messaging.models import UpstreamPayload
from messaging.services.payloads import pausing, sounding
from messaging.services.payloads.reading import read
from messaging.upstream import client_for
from messaging.vendor import errors
from messaging.vendor.client import Client, Fetched

log = structlog.get_logger(__name__)

Kind = UpstreamPayload.Kind
State = UpstreamPayload.State

PAGES_AT_A_TIME = 20  # a page that is always full shall not keep a worker from the other accounts
WORTH_ANOTHER = (
    500  # where a page has so many items, more may wait: a gateway may hand out less than it is asked for
)
LARGEST_PAGE = {Kind.REPORT: 10_000, Kind.MO: 1_000}  # document, sections 4.2 and 5.2


class Turn(NamedTuple):
    """What one turn brought: how many items were new, and whether more may wait."""

    fresh: int
    more: bool


def pull(account_id: int, kind: str) -> int:
    """Do one turn, and return how many items were new; otherwise as `pull_turn`."""
    return pull_turn(account_id, kind).fresh


def pull_turn(account_id: int, kind: str) -> Turn:
    """Fetch pages of one kind from one account while they bring much, for one turn.

    Two pullers are harmless: one holds the lease, the other leaves. Raises django.db.Error, and fetches nothing, while
    the database can't write or pages that it could not take still wait on disk.
    """
    spool.replay()
    fresh = 0
    for _page in range(PAGES_AT_A_TIME):
        page = _fetch_alone(account_id, Kind(kind))
        if page is None:
            return Turn(fresh, more=False)
        items, new = read(page.payload_id, page.body)
        fresh += new
        if items < min(page_size(Kind(kind)), WORTH_ANOTHER):
            return Turn(fresh, more=False)
    return Turn(fresh, more=True)


def page_size(kind: Kind) -> int:
    """Return how many items to ask for: the setting, where the document allows so many."""
    wanted: int = settings.FETCH_PAGE_SIZE
    return min(wanted, LARGEST_PAGE[kind])


def _fetch_alone(account_id: int, kind: Kind) -> spool.RawPage | None:
    with lease(pausing.lease_name(account_id, kind), seconds=pausing.lease_seconds()) as ours:
        return _fetch(account_id, kind) if ours else None


def _fetch(account_id: int, kind: Kind) -> spool.RawPage | None:
    """Fetch one page, commit it raw and return it; None when nothing was committed."""
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
    return _keep(payload, fetched)


def _call(client: Client, kind: Kind) -> Fetched:
    fetch = client.fetch_reports if kind == Kind.REPORT else client.fetch_mo
    return fetch(page_size(kind))


def _keep(payload: UpstreamPayload, fetched: Fetched) -> spool.RawPage | None:
    page = spool.RawPage(
        payload_id=payload.pk,
        account_id=payload.upstream_account_id,
        kind=payload.kind,
        http_status=fetched.http_status,
        truncated=fetched.truncated,
        body=fetched.raw,
    )
    try:
        spool.commit(page)
    except Error:
        spool.put(page)
        log.exception("page_spooled", payload=str(page.payload_id), account=page.account_id, kind=page.kind)
        return None
    return page


def _end_empty(payload: UpstreamPayload, error: errors.VendorError) -> None:
    never_left = isinstance(error, errors.NeverLeft)
    state = State.FAILED if never_left else State.MAYBE_LOST
    UpstreamPayload.objects.filter(pk=payload.pk).update(
        state=state, error=error.reason, http_status=error.http_status
    )
    if never_left:
        log.info("fetch_failed", account=payload.upstream_account_id, kind=payload.kind, reason=error.reason)
    else:
        sounding.maybe_lost(payload, error.reason)
    pausing.pause(payload)
