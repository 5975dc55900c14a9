"""Calls that nobody answered, and reports that nobody asked for."""

from collections import Counter

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.units import clock
from messaging import attention
from messaging.admin.links import link, list_of, page_of
from messaging.admin.stuck.sections import Cell, Section, buttons, number
from messaging.admin.wording import reason_label
from messaging.attention import NEWEST
from messaging.models import Attempt, DeliveryReport, Message
from messaging.states import State


def unknown(_request: HttpRequest) -> Section:
    calls = attention.unanswered()
    by_account = Counter[str]()
    for call in calls:
        by_account[call.attempt.upstream_account.name] += call.open
    says: list[Cell] = [
        gettext(
            "Nobody knows whether the gateway took these: never send them again blindly. A report still decides; ask "
            "the vendor with the note on a message's page. After 72 hours they are final as never resolved."
        )
    ]
    if by_account:
        says.append(" · ".join(f"{account}: {count:,}" for account, count in by_account.most_common()))
    everything = (
        (list_of(Message, status=State.UNKNOWN), gettext("All unknown messages")),
        (list_of(Message, status=State.UNRESOLVED), gettext("All that were never resolved")),
    )
    return Section(
        id="unknown",
        title=gettext("Outcome unknown"),
        count=f"{sum(by_account.values()):,}",
        says=[*says, buttons(*everything)],
        headers=[_("called at"), _("upstream account"), _("application"), _("why"), _("unknown"),
                 _("never resolved"), ""],
        rows=[
            [
                link(page_of(Attempt, call.attempt.pk), clock(call.attempt.prepared_at)),
                str(call.attempt.upstream_account),
                str(call.attempt.application),
                reason_label(call.attempt.reason) or "-",
                str(call.unknown),
                str(call.unresolved),
                buttons((page_of(Message, call.sample), gettext("One of them")) if call.sample else None),
            ]
            for call in calls[:NEWEST]
        ],
    )  # fmt: skip


def orphans(_request: HttpRequest) -> Section:
    found = attention.orphans()
    return Section(
        id="orphans",
        title=gettext("Reports that belong to no message"),
        count=number(sum(some.count for some in found)),
        says=[
            gettext(
                "Of the last seven days, for more than ten minutes. A few are ordinary; many mean that another system "
                "uses the account: reports go to whoever asks first."
            )
        ],
        headers=[_("upstream account"), _("reports"), _("for review"), _("the newest"), ""],
        rows=[
            [
                some.account,
                number(some.count),
                str(some.to_review),
                clock(some.newest),
                buttons(
                    (
                        list_of(DeliveryReport, found="no", upstream_account__id__exact=some.account_id),
                        gettext("Show them"),
                    )
                ),
            ]
            for some in found
        ],
    )
