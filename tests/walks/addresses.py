"""Where each page of the admin is, one of a kind: the walks look at all of them."""

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse

from accounts.admin.changes import Recorded
from accounts.models import Application, GatewayLogin, Purse, UpstreamAccount
from messaging.models import Batch, Delivery, Draft, GivenPage, Hold, InboundMessage, Message

ROOT = "/admin/"
OF_NO_ROW = (
    "index", "stuck", "find_number", "code_dictionary", "send", "pause_everything", "password_change",
    "password_change_done", "second_factor", "export_message", "export_deliveryreport", "export_inboundmessage",
)  # fmt: skip
# model → pages of one row, beside its own, those of its history and of its deletion
OF_A_ROW = {
    Application: ("pause_application",),
    Batch: ("pause_batch", "resume_batch", "cancel_batch"),
    Hold: ("release_hold", "move_held"),
    InboundMessage: ("assign_inbound", "unmask_inbound"),
    Delivery: ("deliver_again",),
    GivenPage: ("give_page_again",),
    Message: ("cancel_message", "resend_message", "release_message", "unmask_message"),
    UpstreamAccount: ("pause_account", "test_account", "change_account_password"),
    GatewayLogin: ("change_login_password",),
    Purse: ("top_up_purse", "correct_purse"),
    User: ("auth_user_password_change",),
}


def every_address() -> tuple[str, ...]:
    """Return the addresses below `/admin/` of what a superuser can open, once the database holds a row of each."""
    return tuple(address.removeprefix(ROOT) for address in _addresses())


def _addresses() -> Iterator[str]:
    yield from (reverse(f"admin:{name}") for name in OF_NO_ROW)
    yield f"{reverse('admin:classify_code', args=['STAT'])}?code=NEW:77"
    for app in ("accounts", "auth", "messaging"):
        yield reverse("admin:app_list", args=[app])
    for model, pages in OF_A_ROW.items():
        row = _row(model)
        yield from (reverse(f"admin:{page}", args=[row.pk]) for page in pages)
    yield from (reverse("admin:send_draft", args=[key]) for key in Draft.objects.values_list("pk", flat=True))
    orphan = InboundMessage.objects.get(application=None)
    yield reverse("admin:assign_extno", args=[orphan.upstream_account_id, orphan.access_code])
    for model in admin.site._registry:
        yield from _of_model(model)


def _of_model(model: type[Model]) -> Iterator[str]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    own, request = admin.site._registry[model], _request()
    yield reverse(f"{name}_changelist")
    if own.has_add_permission(request):
        yield reverse(f"{name}_add")
    if not _rows(model).exists():
        return
    key = quote(_row(model).pk)
    yield reverse(f"{name}_change", args=[key])
    if isinstance(own, Recorded):
        yield reverse(f"{name}_history", args=[key])
    if own.has_delete_permission(request):
        yield reverse(f"{name}_delete", args=[key])


def _request() -> HttpRequest:
    """Return what a superuser asks."""
    request = RequestFactory().get(ROOT)
    request.user = User.objects.get(is_superuser=True)
    return request


def _rows(model: type[Model]) -> QuerySet[Model]:
    rows: QuerySet[Model] = admin.site._registry[model].get_queryset(_request())
    return rows


def _row(model: type[Model]) -> Model:
    """Return a row that the admin's own pages find."""
    row = _rows(model).last()
    assert row, f"the world has no {model._meta.label}"
    return row
