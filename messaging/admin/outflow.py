"""What gateway logins were given and pushed, and having it given or pushed once more."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from accounts.admin.reading import ReadOnlyAdmin
from accounts.encryption import open_bytes
from messaging.admin.decisions import Button, Decision, Done
from messaging.admin.privacy import MaskedAdmin
from messaging.admin.raw import preformatted, readable
from messaging.admin.searching import by_key
from messaging.admin.wording import reason_label
from messaging.models import Delivery, DeliveryTry, Endpoint, GivenPage
from messaging.outflow import give_again
from messaging.services import pushing

GIVE_AGAIN, DELIVER_AGAIN = "messaging.give_again", "messaging.deliver_again"
MOST_TRIES = 50
STATE_COLOURS = {
    Delivery.State.DUE: "info",
    Delivery.State.DONE: "success",
    Delivery.State.GIVEN_UP: "danger",
}


class GiveAgain(Decision):
    model = GivenPage
    permission_required = ("messaging.view_givenpage", GIVE_AGAIN)
    title = _("Give this page again?")
    label = _("Give it again")

    def consequences(self) -> Sequence[str]:
        told = {"login": self.row.login, "items": self.row.items}
        return [
            gettext("The next call of %(login)s gets these %(items)d items before anything new.") % told,
            gettext("A program that has them already gets them twice; each bears the same mid."),
        ]

    def decide(self) -> Done:
        give_again(self.row.pk)
        return Done(gettext("The page is given again with the login's next call."), self.back())


class DeliverAgain(Decision):
    model = Delivery
    permission_required = ("messaging.view_delivery", DELIVER_AGAIN)
    title = _("Push this delivery again?")
    label = _("Push it again")

    def consequences(self) -> Sequence[str]:
        told = {"login": self.row.endpoint.login, "items": self.row.items}
        return [
            gettext("These %(items)d items are pushed to the URL of %(login)s at once.") % told,
            gettext("A program that has them already gets them twice; each bears the same mid."),
        ]

    def decide(self) -> Done:
        pushing.deliver_again(self.row.pk)
        return Done(gettext("It is pushed again."), self.back())


class _GivenAdmin(MaskedAdmin):
    """A row whose items are encrypted, with the one decision that is open."""

    change_form_template = "messaging/given.html"
    search_fields = ("pk",)
    search_help_text = _("Id, in full")
    decision: tuple[str, str, Any]  # permission, name of the page, words of the button

    def find(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return by_key(queryset, term)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("body")

    @admin.display(description=_("body"))
    def shown_body(self, row: Any) -> SafeString | str:
        return preformatted(readable(open_bytes(bytes(row.body))).replace("},{", "},\n{"))

    def more(self, _row: Any) -> dict[str, Any]:
        """Return what else the page shows."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context["original"]
        permission, page, words = self.decision
        if request.user.has_perm(permission):
            context["buttons"] = [Button(words, reverse(f"admin:{page}", args=[row.pk]), "replay")]
        response: HttpResponse = super().render_change_form(
            request, context | self.more(row), *args, **kwargs
        )
        return response


@admin.register(GivenPage)
class GivenPageAdmin(_GivenAdmin):
    list_display = ("given_at", "login", "kind", "items", "again")
    list_select_related = ("login",)
    list_filter = ("login", "kind")
    lookups = ("login__id__exact", "kind__exact")
    ordering = ("-id",)
    fields = ("id", "login", "kind", "given_at", "items", "again", "shown_body")
    decision = (GIVE_AGAIN, "give_page_again", _("Give it again …"))

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("<uuid:pk>/again/", "give_page_again", GiveAgain.as_view(model_admin=self)),)

    @admin.display(description=_("to be given again"), boolean=True)
    def again(self, page: GivenPage) -> bool:
        return page.again_from is not None


@admin.register(Delivery)
class DeliveryAdmin(_GivenAdmin):
    list_display = ("created_at", "endpoint", "shown_state", "items", "tries", "next_at")
    list_select_related = ("endpoint__login",)
    list_filter = ("endpoint", "state")
    lookups = ("endpoint__id__exact", "state__exact")
    ordering = ("-id",)
    fields = (
        "id",
        "endpoint",
        "shown_state",
        "created_at",
        "tries",
        "next_at",
        "ended_at",
        "items",
        "shown_body",
    )
    decision = (DELIVER_AGAIN, "deliver_again", _("Push it again …"))

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("<uuid:pk>/again/", "deliver_again", DeliverAgain.as_view(model_admin=self)),)

    @labelled(_("state"), STATE_COLOURS)
    def shown_state(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    def more(self, row: Delivery) -> dict[str, Any]:
        tries = DeliveryTry.objects.filter(delivery=row).order_by("-id")[:MOST_TRIES]
        return {"tries": [(each, reason_label(each.reason) or gettext("taken")) for each in tries]}


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = ("login", "url", "failures", "closed_until")
    list_select_related = ("login",)
    fields = ("login", "url", "failures", "closed_until")

    @admin.display(description=_("push URL"))
    def url(self, endpoint: Endpoint) -> str:
        return endpoint.login.push_url
