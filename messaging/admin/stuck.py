"""Stuck and why: one page of everything that needs a person, what comes of it, and the button that helps."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from accounts.admin.units import ago, clock
from accounts.models import UpstreamAccount
from messaging import attention
from messaging.admin.assigning import ASSIGN
from messaging.admin.classifying import CLASSIFY
from messaging.admin.holds import what_ends, what_it_holds, why
from messaging.admin.links import link, list_of, page_of
from messaging.admin.moving import MoveHeld, can_move
from messaging.admin.pausing import PAUSE, RELEASE
from messaging.admin.privacy import shown_number, shown_text
from messaging.admin.wording import reason_label
from messaging.attention import MOST_COUNTED, NEWEST, UnknownCode, Waiting
from messaging.holding import Restraints, everything_held, in_force
from messaging.models import Attempt, Chunk, DeliveryReport, Hold, InboundMessage, Message, UpstreamPayload
from messaging.routing import accounts_for
from messaging.states import Category, ChunkState, State
from messaging.vendor.codes import Table

Cell = SafeString | str


@dataclass(frozen=True)
class Section:
    """One kind of trouble: how much of it there is, and a table of it."""

    id: str
    title: str
    count: str
    says: Sequence[Cell]
    headers: Sequence[Any]
    rows: Sequence[Sequence[Cell]]

    @property
    def table(self) -> dict[str, Any]:
        return {"headers": self.headers, "rows": self.rows}


class Stuck(UnfoldModelAdminViewMixin, TemplateView):  # type: ignore[misc]
    """Each section by the permission to see what it lists; what is empty is only named."""

    title = _("Stuck and why")
    permission_required = ()
    template_name = "messaging/stuck.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.pop("model_admin", None)  # the theme passes it by the URL and again by its mixin
        found = [
            section(self.request)
            for permission, section in SECTIONS
            if self.request.user.has_perm(permission)
        ]
        may_pause = self.request.user.has_perm(PAUSE) and not everything_held()
        context: dict[str, Any] = super().get_context_data(
            **kwargs,
            sections=[section for section in found if section.rows],
            fine=[section for section in found if not section.rows],
            pause_url=reverse("admin:pause_everything") if may_pause else None,
        )
        return context


def _buttons(*buttons: tuple[str, Any] | None) -> SafeString:
    """Return links to pages that ask once more."""
    given = [(url, text) for url, text in filter(None, buttons)]
    return format_html_join(
        " ", '<span class="whitespace-nowrap">{}</span>', ((link(url, text),) for url, text in given)
    )


def _number(count: int) -> str:
    """Return a count, or that there are more than were counted."""
    return (
        gettext("%(count)s and more") % {"count": f"{MOST_COUNTED:,}"}
        if count > MOST_COUNTED
        else f"{count:,}"
    )


# --- Holds, and what waits --------------------------------------------------------------------------------------------


def _holds(request: HttpRequest) -> Section:
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
        headers=[_("what is held"), _("why, and what to do"), _("since"), _("what ends it"), ""],
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
        _buttons(
            (reverse("admin:release_hold", args=[hold.pk]), gettext("Release …")) if may_release else None,
            (reverse("admin:move_held", args=[hold.pk]), gettext("Use another account …"))
            if may_move
            else None,
        ),
    ]


def _waiting(_request: HttpRequest) -> Section:
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


def _killers(_request: HttpRequest) -> Section:
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
                _buttons((list_of(Message, q=chunk.pk), gettext("Show its messages"))),
            ]
            for chunk in chunks
        ],
    )


# --- Calls nobody answered, reports nobody asked for ------------------------------------------------------------------


def _unknown(_request: HttpRequest) -> Section:
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
        says=[*says, _buttons(*everything)],
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
                _buttons((page_of(Message, call.sample), gettext("One of them")) if call.sample else None),
            ]
            for call in calls[:NEWEST]
        ],
    )  # fmt: skip


def _orphans(_request: HttpRequest) -> Section:
    found = attention.orphans()
    return Section(
        id="orphans",
        title=gettext("Reports that belong to no message"),
        count=_number(sum(some.count for some in found)),
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
                _number(some.count),
                str(some.to_review),
                clock(some.newest),
                _buttons(
                    (
                        list_of(DeliveryReport, found="no", upstream_account__id__exact=some.account_id),
                        gettext("Show them"),
                    )
                ),
            ]
            for some in found
        ],
    )


# --- Codes ------------------------------------------------------------------------------------------------------------


def _codes(request: HttpRequest) -> Section:
    codes = attention.unknown_codes(dict(UpstreamAccount.objects.values_list("pk", "name")))
    may = request.user.has_perm(CLASSIFY)
    return Section(
        id="codes",
        title=gettext("Codes that stand in no table"),
        count=str(sum(not code.rules for code in codes)),
        says=[
            gettext(
                "Ask the vendor what a code means, and write it down here once: calls and reports from then on obey, "
                "and messages that have it already read better."
            )
        ],
        headers=[_("code"), _("seen in 7 days"), _("upstream account"), _("examples"), _("what it means"),
                 _("treated as"), ""],
        rows=[_code(code, may=may) for code in codes],
    )  # fmt: skip


def _code(code: UnknownCode, *, may: bool) -> Sequence[Cell]:
    address = reverse("admin:classify_code", args=[code.table.value])
    return [
        f"{code.table} {code.code or gettext('(empty)')}",
        f"{code.count:,}",
        ", ".join(sorted(code.accounts)) or "-",
        _buttons(*_samples(code)) or "-",
        code.note or "-",
        "; ".join(_rule(code)) or gettext("not classified: with the most care"),
        _buttons(
            (f"{address}?{urlencode({'code': code.code})}", gettext("Classify …"))
            if may and code.code
            else None
        ),
    ]


SAMPLE_MODELS = {Table.STAT: DeliveryReport, Table.STATUS: Attempt, Table.RESULT: Message}


def _samples(code: UnknownCode) -> Iterator[tuple[str, str]]:
    for place, sample in enumerate(code.samples[:3], start=1):
        yield page_of(SAMPLE_MODELS[code.table], sample), str(place)


def _rule(code: UnknownCode) -> Iterator[str]:
    for rule in code.rules:
        whose = f" ({rule.upstream_account})" if rule.upstream_account else ""
        yield f"{rule.get_treat_as_display()}{whose}"


# --- Replies, and pages that were lost --------------------------------------------------------------------------------


def _inbound(request: HttpRequest) -> Section:
    may = request.user.has_perms(ASSIGN)
    extnos = attention.nobodys_extnos()
    return Section(
        id="inbound",
        title=gettext("Replies without an owner"),
        count=_number(sum(extno["count"] for extno in extnos)),
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
        "count": _number(extno["count"]),
        "access_code": extno["access_code"] or "-",
        "account": extno["upstream_account__name"],
    }
    if not may or not extno["access_code"]:
        return said
    address = reverse("admin:assign_extno", args=[extno["upstream_account_id"], extno["access_code"]])
    return format_html_join(" ", "{}", ((said,), (link(address, gettext("Assign all …")),)))


def _nobodys(request: HttpRequest, inbound: InboundMessage, *, may: bool) -> Sequence[Cell]:
    return [
        link(page_of(InboundMessage, inbound.pk), clock(inbound.received_at)),
        shown_number(request, inbound.mobile),
        inbound.access_code,
        Truncator(shown_text(request, inbound.content)).chars(60),
        str(inbound.upstream_account),
        _buttons((reverse("admin:assign_inbound", args=[inbound.pk]), gettext("Assign …")) if may else None),
    ]


def _payloads(_request: HttpRequest) -> Section:
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


# permission to see what is listed → section, in the order in which they are looked at
SECTIONS: tuple[tuple[str, Callable[[HttpRequest], Section]], ...] = (
    ("messaging.view_hold", _holds),
    ("messaging.view_message", _waiting),
    ("messaging.view_chunk", _killers),
    ("messaging.view_attempt", _unknown),
    ("messaging.view_deliveryreport", _orphans),
    ("messaging.view_attempt", _codes),
    ("messaging.view_inboundmessage", _inbound),
    ("messaging.view_upstreampayload", _payloads),
)
