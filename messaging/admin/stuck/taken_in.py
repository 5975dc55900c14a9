"""Replies without an owner, and pages that were lost."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.units import clock
from messaging import attention
from messaging.admin.links import link, page_of
from messaging.admin.privacy import shown_number, shown_text
from messaging.admin.stuck.assigning import ASSIGN
from messaging.admin.stuck.sections import Cell, Section, buttons, number
from messaging.admin.wording import reason_label
from messaging.attention import NEWEST
from messaging.models import InboundMessage, UpstreamPayload


def inbound(request: HttpRequest) -> Section:
    may = request.user.has_perms(ASSIGN)
    extnos = attention.nobodys_extnos()
    return Section(
        id="inbound",
        title=gettext("Replies without an owner"),
        count=number(sum(extno["count"] for extno in extnos)),
        says=[
            gettext(
                "Nobody leases their access number, and nobody wrote to that number within 72 hours before."
            ),
            *(_extno(extno, may=may) for extno in extnos[:NEWEST]),
        ],
        headers=[_("received at"), _("from"), _("to"), _("text"), _("upstream account"), ""],
        rows=[_nobodys(request, inbound, may=may) for inbound in attention.nobodys()[:NEWEST]],
    )


def _extno(extno: dict[str, Any], *, may: bool) -> Cell:
    text = ngettext(
        "%(count)s message to %(access_code)s on %(account)s",
        "%(count)s messages to %(access_code)s on %(account)s",
        extno["count"],
    )
    said = text % {
        "count": number(extno["count"]),
        "access_code": extno["access_code"] or "-",
        "account": extno["upstream_account__name"],
    }
    if not may or not extno["access_code"]:
        return said
    address = reverse("admin:assign_extno", args=[extno["upstream_account_id"], extno["access_code"]])
    return format_html_join(" · ", "{}", ((said,), (link(address, gettext("Assign all …")),)))


def _nobodys(request: HttpRequest, inbound: InboundMessage, *, may: bool) -> Sequence[Cell]:
    return [
        link(page_of(InboundMessage, inbound.pk), clock(inbound.received_at)),
        shown_number(request, inbound.mobile),
        inbound.access_code,
        Truncator(shown_text(request, inbound.content)).chars(60),
        str(inbound.upstream_account),
        buttons((reverse("admin:assign_inbound", args=[inbound.pk]), gettext("Assign …")) if may else None),
    ]


def payloads(_request: HttpRequest) -> Section:
    payloads = list(attention.troubled_payloads()[: NEWEST + 1])
    return Section(
        id="payloads",
        title=gettext("Pages that were lost or can't be read"),
        count=f"{NEWEST}+" if len(payloads) > NEWEST else str(len(payloads)),
        says=[
            gettext(
                "Of the last seven days. What can't be read is kept as it came: show it to the vendor. A fetch that "
                "ended without a whole answer may have taken reports with it: ask the vendor to hand them out again, "
                "or to push."
            )
        ],
        headers=[
            _("started at"),
            _("upstream account"),
            _("kind"),
            _("state"),
            _("unreadable items"),
            _("error"),
        ],
        rows=[
            [
                link(page_of(UpstreamPayload, payload.pk), clock(payload.started_at)),
                str(payload.upstream_account),
                capfirst(payload.get_kind_display()),
                str(payload.get_state_display()),
                str(payload.unreadable_items),
                reason_label(payload.error) or "-",
            ]
            for payload in payloads[:NEWEST]
        ],
    )
