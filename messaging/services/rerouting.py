"""Another way for what a held account can't send."""

import structlog
from django.db import transaction

from accounts.models import Route, UpstreamAccount
from messaging import holding
from messaging.models import Hold

log = structlog.get_logger(__name__)

MOVABLE = (Hold.Scope.ACCOUNT, Hold.Scope.EXTNO)


@transaction.atomic
def open_second_way(hold: Hold, other: UpstreamAccount, *, by: str) -> int:
    """Route what uses the held account to another one too, one rank behind it; return how many routes are new.

    Only what waits moves, with the next claim: a message that has left, or may have, is never claimed again. When the
    hold ends, new messages take the first way again by themselves, since its rank is lower. Raises ValueError for
    another environment, for the held account itself, and for a hold that keeps single messages of an account.
    """
    held = hold.upstream_account
    if held is None or hold.scope not in MOVABLE:
        raise ValueError("only an account, or an extno on it, has another way")
    if other.pk == held.pk or other.environment != held.environment:
        raise ValueError("live and sandbox never meet, and the other account must be another")
    new = [_behind(route, other) for route in Route.objects.filter(upstream_account=held)]
    holding.make_parked_due()
    log.info("second_way_opened", hold=hold.pk, account=held.pk, to=other.pk, routes=sum(new), by=by)
    return sum(new)


def _behind(route: Route, other: UpstreamAccount) -> bool:
    _route, is_new = Route.objects.get_or_create(
        application=route.application,
        category=route.category,
        upstream_account=other,
        defaults={"environment": other.environment, "rank": route.rank + 1},
    )
    return is_new
