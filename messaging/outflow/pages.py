"""Pages: what is given is written down with the place that lies behind it."""

import json
import uuid
from collections.abc import Container
from datetime import timedelta

from django.db import connection, transaction

from accounts.encryption import open_bytes, seal_bytes
from accounts.models import GatewayLogin
from messaging import feed
from messaging.exceptions import NotFound, Refused
from messaging.feed.places import Place
from messaging.models import GivenPage, LoginPlace
from messaging.outflow.items import Item, read_inbound, read_reports

KEPT = timedelta(hours=72)
Kind = GivenPage.Kind


def take(login: GatewayLogin, kind: GivenPage.Kind, most: int) -> list[Item]:
    """Give a login its next items, at most so many: reports, replies, or to push both; committed when this returns.

    What staff want given again comes first. Whoever asks at the same moment waits, and gets what follows.
    """
    feed.number()
    with transaction.atomic():
        place = LoginPlace.objects.select_for_update(no_key=True).get(login=login)
        return _once_more(login, kind, most) or _next(login, kind, most, place)


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


def _next(login: GatewayLogin, kind: GivenPage.Kind, most: int, place: LoginPlace) -> list[Item]:
    items: list[Item] = []
    if kind != Kind.MO:
        start = Place(place.event_position, place.event_entry)
        items, (place.event_position, place.event_entry) = read_reports(login, start, most)
    if kind != Kind.REPORT and len(items) < most:
        replies, place.inbound_position = read_inbound(login, place.inbound_position, most - len(items))
        items += replies
    place.save()
    if items:
        GivenPage.objects.create(
            login=login, kind=kind, items=len(items), body=seal_bytes(json.dumps(items).encode())
        )
    return items


def items_of(page: GivenPage) -> list[Item]:
    """Return what stands on a page; raise `WrongEncryptionKey` when no key of the ring fits."""
    items: list[Item] = json.loads(open_bytes(bytes(page.body)))
    return items


def give_again(page_id: uuid.UUID, kinds: Container[str] = (Kind.REPORT, Kind.MO)) -> None:
    """Have a page given once more, with the login's next call. Raises `NotFound`, `Refused`."""
    page = GivenPage.objects.filter(pk=page_id).first()
    if page is None:
        raise NotFound("There is no such page; it may be older than 72 hours.")
    if page.kind not in kinds:
        raise Refused("not_fetched", "It was pushed, not fetched: push it again.")
    GivenPage.objects.filter(pk=page_id).update(again_from=0)


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
