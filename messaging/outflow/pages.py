"""Pages: what is given is written down with the place that lies behind it."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.encryption import open_bytes, seal_bytes
from accounts.models import GatewayLogin
from messaging import feed
from messaging.exceptions import NotFound
from messaging.feed.places import Place
from messaging.models import GivenPage, LoginPlace
from messaging.outflow.items import Item, read_inbound, read_reports

KEPT = timedelta(hours=72)
Kind = GivenPage.Kind


def take(login: GatewayLogin, kind: GivenPage.Kind, most: int) -> list[Item]:
    """Give a login its next reports or replies, at most so many; the page is committed when this returns.

    What staff want given again comes first. Whoever asks at the same moment waits, and gets what follows.
    """
    feed.number()
    with transaction.atomic():
        place = _locked_place(login)
        return _once_more(login, kind, most) or _new_page(login, kind, most, place)


def hand_over(login: GatewayLogin, most: int, keep: Callable[[list[Item]], None]) -> int:
    """Have a login's next reports and replies kept by somebody else; return how many there were.

    `keep` writes in the transaction that moves the login's place.
    """
    feed.number()
    with transaction.atomic():
        items = _next(login, most, _locked_place(login), reports=True, replies=True)
        if items:
            keep(items)
        return len(items)


def _locked_place(login: GatewayLogin) -> LoginPlace:
    return LoginPlace.objects.select_for_update(no_key=True).get(login=login)


def _once_more(login: GatewayLogin, kind: GivenPage.Kind, most: int) -> list[Item]:
    """Index: pages_wanted_again."""
    page = GivenPage.objects.filter(login=login, kind=kind, again_from__isnull=False).order_by("id").first()
    if page is None or page.again_from is None:
        return []
    items = items_of(page)[page.again_from : page.again_from + most]
    end = page.again_from + len(items)
    page.again_from = end if end < page.items else None
    page.save(update_fields=["again_from"])
    return items


def _new_page(login: GatewayLogin, kind: GivenPage.Kind, most: int, place: LoginPlace) -> list[Item]:
    items = _next(login, most, place, reports=kind == Kind.REPORT, replies=kind == Kind.MO)
    if items:
        GivenPage.objects.create(login=login, kind=kind, items=len(items), body=seal_bytes(as_json(items)))
    return items


def _next(login: GatewayLogin, most: int, place: LoginPlace, *, reports: bool, replies: bool) -> list[Item]:
    items: list[Item] = []
    if reports:
        start = Place(place.event_position, place.event_entry)
        items, (place.event_position, place.event_entry) = read_reports(login, start, most)
    if replies and len(items) < most:
        found, place.inbound_position = read_inbound(login, place.inbound_position, most - len(items))
        items += found
    place.save()
    return items


def as_json(items: list[Item]) -> bytes:
    """Write items as the document's samples, without white space."""
    return json.dumps(items, ensure_ascii=False, separators=(",", ":")).encode()


def items_of(page: GivenPage) -> list[Item]:
    """Return what stands on a page; raise `WrongEncryptionKey` when no key of the ring fits."""
    items: list[Item] = json.loads(open_bytes(bytes(page.body)))
    return items


def give_again(page_id: uuid.UUID) -> None:
    """Have a page given once more, with the login's next call. Raises `NotFound`."""
    if not GivenPage.objects.filter(pk=page_id).update(again_from=0):
        raise NotFound(_("There is no such page here; pages are kept for 72 hours."))


# pages_by_age.
FORGET = """
DELETE FROM messaging_givenpage WHERE id IN (
    SELECT id FROM messaging_givenpage WHERE given_at < statement_timestamp() - make_interval(secs => %s)
    ORDER BY given_at LIMIT %s)
"""


def forget_old(most: int) -> int:
    """Delete pages that nobody can have again, at most so many; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [KEPT.total_seconds(), most])
        return int(cursor.rowcount)
