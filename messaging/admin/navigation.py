"""The sidebar: what the reader may see, in the order in which one looks for trouble."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    ApiKey,
    Application,
    BalanceReading,
    ConfigurationChange,
    DayClosing,
    GatewayLogin,
    Posting,
    Purse,
    Route,
    UpstreamAccount,
)
from messaging import models as own


@dataclass(frozen=True)
class Page:
    """A page that belongs to no model: its title, the name of its URL, and who may open it (None: all staff)."""

    title: Any
    name: str
    permission: str | None = None


Item = tuple[str, type[Model] | Page]

# title, then icon of each item and what it leads to
GROUPS: tuple[tuple[Any, tuple[Item, ...]], ...] = (
    (_("Attention"), (("front_hand", Page(_("Stuck and why"), "admin:stuck")),)),
    (
        _("Messages"),
        (
            ("call", Page(_("Find a number"), "admin:find_number", "messaging.view_message")),
            ("sms", own.Message),
            ("stacks", own.Batch),
            ("send", Page(_("Send messages"), "admin:send", "messaging.send_message")),
            ("inbox", own.InboundMessage),
            ("dictionary", Page(_("Code dictionary"), "admin:code_dictionary")),
        ),
    ),
    (
        _("Upstream"),
        (
            ("dns", UpstreamAccount),
            ("notifications", own.Alarm),
            ("pause_circle", own.Hold),
            ("call_made", own.Attempt),
            ("fact_check", own.DeliveryReport),
            ("database", own.UpstreamPayload),
            ("account_balance_wallet", BalanceReading),
            ("alt_route", Route),
        ),
    ),
    (
        _("Money"),
        (
            ("wallet", Purse),
            ("receipt_long", Posting),
            ("calendar_month", DayClosing),
        ),
    ),
    (
        _("Gateway logins' side"),
        (
            ("outbox", own.GivenPage),
            ("send_and_archive", own.Delivery),
            ("webhook", own.Endpoint),
        ),
    ),
    (
        _("Callers and staff"),
        (
            ("apps", Application),
            ("key", ApiKey),
            ("login", GatewayLogin),
            ("person", User),
            ("group", Group),
            ("manage_history", ConfigurationChange),
            ("visibility", own.Disclosure),
        ),
    ),
    (
        _("Books"),
        (("view_module", own.Chunk), ("history", own.Event), ("hourglass_empty", own.QueuedSingle),
         ("tag", own.ExtraMid), ("lock_clock", own.JobLease), ("ecg_heart", own.Heartbeat)),
    ),
)  # fmt: skip


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the sidebar with what this member of staff may view."""
    groups = [{"title": title, "items": _items(request, items)} for title, items in GROUPS]
    return [group for group in groups if group["items"]]


def _items(request: HttpRequest, items: tuple[Item, ...]) -> list[dict[str, Any]]:
    return [
        _page(request, icon, to) if isinstance(to, Page) else _list(request, icon, to)
        for icon, to in items
        if (_may_open(request, to) if isinstance(to, Page) else _may_view(request, to))
    ]


def _may_open(request: HttpRequest, page: Page) -> bool:
    return page.permission is None or request.user.has_perm(page.permission)


def _may_view(request: HttpRequest, model: type[Model]) -> bool:
    meta = model._meta  # noqa: SLF001
    may = request.user.has_perm
    return may(f"{meta.app_label}.view_{meta.model_name}") or may(
        f"{meta.app_label}.change_{meta.model_name}"
    )


def _list(request: HttpRequest, icon: str, model: type[Model]) -> dict[str, Any]:
    meta = model._meta  # noqa: SLF001
    link = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    here = request.path.startswith(link) and not request.path.startswith(_pages())
    return {"title": capfirst(str(meta.verbose_name_plural)), "icon": icon, "link": link, "active": here}


def _page(request: HttpRequest, icon: str, page: Page) -> dict[str, Any]:
    link = reverse(page.name)
    return {"title": page.title, "icon": icon, "link": link, "active": request.path.startswith(link)}


def _pages() -> tuple[str, ...]:
    """Where pages are whose addresses begin like a list's."""
    return tuple(reverse(to.name) for _title, items in GROUPS for _icon, to in items if isinstance(to, Page))
