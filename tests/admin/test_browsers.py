"""What browsers are told: whose scripts may run, and in which language the pages are."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext, override

from messaging.admin.unfold_words import WORDS
from messaging.states import STATUSES
from tests.admin.conftest import World

STATES = {
    "queued": "待发送", "scheduled": "定时待发", "submitting": "提交中", "held": "暂缓发送",
    "submitted": "已提交待报告", "delivered": "已送达", "undelivered": "未送达", "no_report": "逾期无报告",
    "rejected": "被拒绝", "unknown": "结果不明（勿重发）", "unresolved": "最终不明", "expired": "过期未发",
    "cancelled": "已取消",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/messaging/message/"])
def test_only_the_admin_may_evaluate(path: str, desk: Client, world: World) -> None:
    policy = desk.get(path)["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "default-src 'self'" in policy


@pytest.mark.parametrize("path", ["/api/v1/docs/", "/api/v1/messages", "/nowhere"])
def test_nothing_else_may(path: str, desk: Client) -> None:
    assert "unsafe-eval" not in desk.get(path).get("Content-Security-Policy", "")


def test_states_are_called_in_chinese_as_agreed() -> None:
    with override("zh-hans"):
        assert {value: str(label) for value, label in STATUSES} == STATES


def test_the_language_can_be_switched(desk: Client, world: World) -> None:
    assert "批次" not in desk.get("/admin/").content.decode()
    desk.post("/i18n/setlang/", {"language": "zh-hans", "next": "/admin/"})
    page = desk.get("/admin/").content.decode()
    assert "批次" in page
    assert 'lang="zh-hans"' in page


def test_the_words_of_the_theme_are_translated() -> None:
    with override("zh-hans"):
        assert [word for word in WORDS if gettext(word) == word] == []


def test_permissions_are_named_in_chinese() -> None:
    """Their English names are rows of the database, where `make messages` finds none."""
    models = [model for app in ("accounts", "messaging") for model in apps.get_app_config(app).get_models()]
    names = [str(name) for model in models for _code, name in model._meta.permissions]
    assert len(names) > 8
    with override("zh-hans"):
        assert [name for name in names if gettext(name) == name] == []


def test_the_chinese_catalogue_has_no_gap() -> None:
    catalogue = settings.BASE_DIR / "smsgateway/locale/zh_Hans/LC_MESSAGES/django.po"
    entries = catalogue.read_text(encoding="utf-8").split("\n\n")[1:]
    assert len(entries) > 400
    untranslated = re.compile(r'^msgstr(\[0\])? ""$(?!\n")', re.MULTILINE)
    assert [entry for entry in entries if untranslated.search(entry) or "#, fuzzy" in entry] == []
