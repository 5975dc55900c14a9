import pytest
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.forms.models import model_to_dict
from django.test import Client

from accounts.models import ApiKey, BalanceReading
from messaging import models
from tests.admin.conftest import World
from tests.admin.test_every_page_opens import address

READ_ONLY = (
    models.Message, models.Batch, models.Chunk, models.Attempt, models.DeliveryReport, models.InboundMessage,
    models.UpstreamPayload, models.Hold, models.Event, models.QueuedSingle, models.JobLease, models.Alarm,
    models.Heartbeat, models.ExtraMid, models.Disclosure, BalanceReading,
)  # fmt: skip


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_even_a_superuser_can_not_add_change_or_delete(
    model: type[Model], desk: Client, full_world: World
) -> None:
    row = model._default_manager.first()
    assert row is not None
    before = model._default_manager.count(), model_to_dict(row)
    for page, args in (("add", ()), ("change", (quote(row.pk),)), ("delete", (quote(row.pk),))):
        assert desk.post(address(model, page, *args), {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert (model._default_manager.count(), model_to_dict(row)) == before


def test_a_key_can_not_be_changed_through_its_application(desk: Client, world: World) -> None:
    key = ApiKey.objects.get()
    form = {
        "name": "shop", "is_active": "on", "api_keys-TOTAL_FORMS": "1", "api_keys-INITIAL_FORMS": "1",
        "api_keys-0-id": key.pk, "api_keys-0-label": "stolen", "api_keys-0-DELETE": "on",
    }  # fmt: skip
    desk.post(f"/admin/accounts/application/{world.shop.pk}/change/", form)
    assert ApiKey.objects.get() == key
    assert ApiKey.objects.get().label == "first key"


def test_neither_password_nor_digest_is_shown(desk: Client, world: World) -> None:
    page = desk.get(f"/admin/accounts/upstreamaccount/{world.account.pk}/change/").content.decode()
    assert world.account.push_path in page
    assert world.account.encrypted_password not in page
    assert "top-secret" not in page
    page = desk.get(f"/admin/accounts/application/{world.shop.pk}/change/").content.decode()
    key = ApiKey.objects.get()
    assert key.prefix in page
    assert key.digest not in page


@pytest.mark.parametrize("parameter", ["content__icontains", "mid", "raw", "application__api_keys__digest"])
def test_a_list_takes_no_parameter_that_could_scan_the_table(
    parameter: str, desk: Client, world: World
) -> None:
    assert desk.get("/admin/messaging/message/", {parameter: "1"}).status_code == 400
