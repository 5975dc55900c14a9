"""Holds, and the messages that wait."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.units import ago, clock
from messaging import attention
from messaging.admin.holds import what_ends, what_it_holds, why
from messaging.admin.links import link, list_of, page_of
from messaging.admin.pausing import RELEASE
from messaging.admin.stuck.moving import MoveHeld, can_move
from messaging.admin.stuck.sections import Cell, Section, buttons
from messaging.attention import NEWEST, Waiting
from messaging.holding import Restraints, in_force
from messaging.models import Chunk, Hold, Message
from messaging.routing import accounts_for
from messaging.states import Category, ChunkState


def holds(request: HttpRequest) -> Section:
    holds = list(
        in_force().select_related("upstream_account", "application", "batch").order_by("cause", "pk")
    )
    return Section(
        id="holds",
        title=gettext("Held"),
        count=str(len(holds)),
        says=[
            gettext("Nothing of what is held was sent. It goes when the hold ends, by itself or by a person.")
        ],
        headers=[_("what is held"), _("why"), _("since"), _("what ends it"), ""],
        rows=[_hold(request, hold) for hold in holds],
    )


def _hold(request: HttpRequest, hold: Hold) -> Sequence[Cell]:
    may_release = request.user.has_perm(RELEASE)
    may_move = request.user.has_perms(MoveHeld.permission_required) and can_move(hold)
    return [
        link(page_of(Hold, hold.pk), what_it_holds(hold)),
        why(hold),
        f"{clock(hold.since)} ({ago(hold.since)})",
        what_ends(hold),
        buttons(
            (reverse("admin:release_hold", args=[hold.pk]), gettext("Release …")) if may_release else None,
            (reverse("admin:move_held", args=[hold.pk]), gettext("Use another account …"))
            if may_move
            else None,
        ),
    ]


def waiting(_request: HttpRequest) -> Section:
    restraints = Restraints.in_force()
    found = attention.waiting()
    return Section(
        id="waiting",
        title=gettext("Messages that no account may take now"),
        count=f"{sum(some.messages for some in found):,}",
        says=[],
        headers=[
            _("application"),
            _("category"),
            _("extno"),
            _("messages"),
            _("the oldest waits since"),
            _("why"),
        ],
        rows=[
            [
                some.application,
                str(Category(some.category).label),
                some.extno or "-",
                f"{some.messages:,}",
                f"{clock(some.since)} ({ago(some.since)})",
                _why_waiting(some, restraints),
            ]
            for some in found
        ],
    )


def _why_waiting(some: Waiting, restraints: Restraints) -> Cell:
    hold = restraints.hold_chunk(some.application_id, some.batch_id)
    accounts = accounts_for(some.application_id, some.environment, some.category, some.extno)
    holds = [restraints.hold_account(account, some.extno or account.extno) for account in accounts]
    if hold or (holds and all(holds)):
        first = hold or holds[0]
        return link(page_of(Hold, first.pk), what_it_holds(first)) if first else ""
    if not accounts:
        return gettext("No route leads to an upstream account: add one, or activate the account.")
    return gettext("Their carrier or signature is held, or they are due again in a moment.")


def killers(_request: HttpRequest) -> Section:
    chunks = list(
        Chunk.objects.filter(state=ChunkState.HELD).select_related("application").defer("members")[:NEWEST]
    )
    return Section(
        id="killers",
        title=gettext("Messages that killed their workers"),
        count=str(len(chunks)),
        says=[gettext("Look at the workers' logs of that time, then release or cancel the message.")],
        headers=[_("chunk"), _("application"), _("claims"), _("created at"), ""],
        rows=[
            [
                link(page_of(Chunk, chunk.pk), str(chunk.pk)),
                str(chunk.application),
                str(chunk.claims),
                clock(chunk.created_at),
                buttons((list_of(Message, q=chunk.pk), gettext("Show its messages"))),
            ]
            for chunk in chunks
        ],
    )
