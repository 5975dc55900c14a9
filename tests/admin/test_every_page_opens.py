import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.admin.conftest import NASTY, World

LANGUAGES = ("en", "zh-hans")
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_list_and_page_of_every_model_open(
    model: type[Model], language: str, desk: Client, full_world: World
) -> None:
    Group.objects.create(name="clerks")
    row = model._default_manager.first()
    assert row is not None, "the world has none"
    for path in (address(model, "changelist"), address(model, "change", quote(row.pk))):
        answer = desk.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert NASTY not in answer.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path",
    [
        "",
        "messaging/message/codes/",
        "messaging/message/codes/?q=17",
        "messaging/batch/send/",
        "password_change/",
    ],
)
def test_pages_that_belong_to_no_row_open(path: str, language: str, desk: Client, full_world: World) -> None:
    assert desk.get(f"/admin/{path}", headers={"Accept-Language": language}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_search_that_finds_nothing_is_an_empty_list(
    model: type[Model], desk: Client, full_world: World
) -> None:
    for term in ("13800000009", "01a204bb-265f-7474-9cc1-8b65e618f255", "no such thing"):
        assert desk.get(address(model, "changelist"), {"q": term}).status_code == 200


def test_the_login_page_opens_for_a_stranger(db: None) -> None:
    assert Client().get("/admin/login/").status_code == 200


def test_the_code_dictionary_has_its_name() -> None:
    assert reverse("admin:code_dictionary").startswith("/admin/")
