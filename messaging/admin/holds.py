"""What is not sent now, why, since when, and what ends it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from accounts.admin.reading import ReadOnlyAdmin
from accounts.admin.units import ago, clock, in_yuan
from messaging.admin.decisions import Decision, Done
from messaging.admin.wording import explained, one_after_another, reason_label, sentences
from messaging.exceptions import Refused
from messaging.models import Hold
from messaging.services import holds

Cause = Hold.Cause

# cause → what ends the hold while it is probed; without a probe only a person does
ENDS = {
    Cause.NO_CREDIT: _("the balance rises, the account becomes postpaid, or a person releases it"),
    Cause.REFUSED_LOGIN: _("the gateway accepts the account again, or a person releases it"),
    Cause.UNREACHABLE: _("the gateway answers a probe, or a person releases it"),
    Cause.WRONG_EXTNO: _("a trial passes, or a person releases it"),
    Cause.BAD_SIGNATURE: _("a trial passes, or a person releases it"),
    Cause.INTERNAL_ERROR: _("a trial passes, or a person releases it"),
    Cause.TLS: _("the gateway answers a probe, or a person releases it"),
}


def what_ends(hold: Hold) -> str:
    if hold.next_probe_at is None:
        return gettext("Only a person.")
    ends = ENDS.get(Cause(hold.cause), _("a probe passes, or a person releases it"))
    return gettext("%(ends)s. Next probe at %(time)s.") % {
        "ends": capfirst(str(ends)),
        "time": clock(hold.next_probe_at),
    }


def what_it_holds(hold: Hold) -> str:
    """Name the scope, the account, application or batch, and the extno, signature or carrier on it."""
    of = hold.upstream_account or hold.application or hold.batch
    parts = (capfirst(hold.get_scope_display()), of, hold.value)
    return " · ".join(str(part) for part in parts if part)


def why(hold: Hold) -> str:
    """Say the cause with its code, and what to do."""
    found = explained(hold.code_table, hold.code)
    advice = sentences(found.meaning, found.action) if found else ""
    return one_after_another(sentences(capfirst(hold.get_cause_display())), advice)


class ReleaseHold(Decision):
    """One hold, from its own page or from that of a message it keeps; back to where it was asked from."""

    model = Hold
    permission_required = ("messaging.view_hold", "messaging.release_hold")
    title = _("Release this hold?")
    label = _("Release: send again")

    def consequences(self) -> Sequence[str]:
        return [
            sentences(what_it_holds(self.row)),
            why(self.row),
            gettext(
                "Everything that it keeps is sent from now on, not one message alone. Where the cause is still "
                "there, the gateway refuses again and the hold comes back."
            ),
        ]

    def decide(self) -> Done:
        if not holds.release(self.row, by=self.who):
            raise Refused("not_held", gettext("It had ended before."))
        return Done(gettext("Released."), self.back())


class InForceFilter(admin.SimpleListFilter):
    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("in force")), ("no", _("ended"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Hold]) -> QuerySet[Hold]:
        if self.value() in ("yes", "no"):
            return queryset.filter(ended_at__isnull=self.value() == "yes")
        return queryset


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Those in force first. A few rows ever, so these may be counted."""

    paginator = Paginator
    show_full_result_count = True
    ordering = (F("ended_at").desc(nulls_first=True), "-pk")
    list_display = ("shown_state", "shown_object", "shown_why", "since", "shown_ends", "ended_at", "ended_by")
    list_display_links = ("shown_state", "shown_object")
    list_select_related = ("upstream_account", "application", "batch")
    list_filter = (InForceFilter, "scope", "cause")
    lookups = ("in_force", "scope__exact", "cause__exact")
    actions = ("release",)
    fields = (
        "shown_object", "shown_why", "shown_detail", "shown_balance", "since", "shown_age", "shown_ends", "probes",
        "probed_at", "next_probe_at", "trial_open", "ended_at", "ended_by",
    )  # fmt: skip

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("<int:pk>/release/", "release_hold", ReleaseHold.as_view(model_admin=self)),)

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.change_hold")

    @admin.action(description=_("Release: send again"), permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[Hold]) -> None:
        released = [hold for hold in queryset if holds.release(hold, by=request.user.get_username())]
        for hold in released:
            self.log_change(request, hold, gettext("Released."))
        text = ngettext("%(count)d hold was released.", "%(count)d holds were released.", len(released))
        level = messages.SUCCESS if released else messages.WARNING
        self.message_user(request, text % {"count": len(released)}, level)

    @labelled(_("state"), {"in_force": "warning", "ended": ""})
    def shown_state(self, hold: Hold) -> tuple[str, str]:
        return ("ended", gettext("ended")) if hold.ended_at else ("in_force", gettext("in force"))

    @admin.display(description=_("what is held"))
    def shown_object(self, hold: Hold) -> str:
        return what_it_holds(hold)

    @admin.display(description=_("why, and what to do"))
    def shown_why(self, hold: Hold) -> str:
        return why(hold)

    @admin.display(description=_("detail"), empty_value="-")
    def shown_detail(self, hold: Hold) -> str | None:
        return reason_label(hold.detail) or None

    @admin.display(description=_("balance then"))
    def shown_balance(self, hold: Hold) -> str:
        return "-" if hold.balance is None else gettext("%(amount)s CNY") % {"amount": in_yuan(hold.balance)}

    @admin.display(description=_("age"))
    def shown_age(self, hold: Hold) -> str:
        return ago(hold.since)

    @admin.display(description=_("what ends it"))
    def shown_ends(self, hold: Hold) -> str:
        return "-" if hold.ended_at else what_ends(hold)
