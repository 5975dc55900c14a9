"""The sidebar: what the reader may see, in the order in which one looks for trouble."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Application, BalanceReading, Route, UpstreamAccount
from messaging import models as own

# title, then icon and model of each item; None is the code dictionary
GROUPS: tuple[tuple[Any, tuple[tuple[str, type[Model] | None], ...]], ...] = (
    (
        _("Messages"),
        (("sms", own.Message), ("stacks", own.Batch), ("inbox", own.InboundMessage), ("dictionary", None)),
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
    (_("Callers and staff"), (("apps", Application), ("key", ApiKey), ("person", User), ("group", Group))),
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


def _items(request: HttpRequest, items: tuple[tuple[str, type[Model] | None], ...]) -> list[dict[str, Any]]:
    return [
        _page(request, icon, model) if model else _dictionary(request, icon)
        for icon, model in items
        if model is None or _may_view(request, model)
    ]


def _may_view(request: HttpRequest, model: type[Model]) -> bool:
    meta = model._meta  # noqa: SLF001
    may = request.user.has_perm
    return may(f"{meta.app_label}.view_{meta.model_name}") or may(
        f"{meta.app_label}.change_{meta.model_name}"
    )


def _page(request: HttpRequest, icon: str, model: type[Model]) -> dict[str, Any]:
    meta = model._meta  # noqa: SLF001
    link = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    here = request.path.startswith(link) and request.path != reverse("admin:code_dictionary")
    return {"title": capfirst(str(meta.verbose_name_plural)), "icon": icon, "link": link, "active": here}


def _dictionary(request: HttpRequest, icon: str) -> dict[str, Any]:
    link = reverse("admin:code_dictionary")
    return {"title": _("Code dictionary"), "icon": icon, "link": link, "active": request.path == link}
