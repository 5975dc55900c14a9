"""The way to a row's history is offered where there is one."""

from django.db.models import Model
from django.test import Client

from accounts.models import ApiKey, Application, BalanceReading
from messaging.admin.links import page_of
from messaging.models import Message
from tests.admin.conftest import World


def offered(desk: Client, model: type[Model]) -> bool:
    row = model._default_manager.all()[0]
    return "/history/" in desk.get(page_of(model, row.pk)).content.decode()


def test_rows_of_the_configuration_have_a_history(desk: Client, full_world: World) -> None:
    assert offered(desk, Application)
    assert offered(desk, ApiKey)


def test_what_is_only_written_down_has_none(desk: Client, full_world: World) -> None:
    assert not offered(desk, Message)
    assert not offered(desk, BalanceReading)
