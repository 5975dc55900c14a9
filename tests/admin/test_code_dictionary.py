"""The dictionary of codes, how often each was seen, and what staff wrote beside it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.admin.codes import entries
from messaging.models import CodeCount, CodeNote, Hold
from tests.admin.conftest import NASTY


@pytest.fixture
def page(db: None) -> str:
    return reverse("admin:code_dictionary")


@pytest.fixture
def clerk(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    return client


def count(code: str, messages: int, days_ago: float, table: str = "STAT") -> None:
    hour = (timezone.now() - timedelta(days=days_ago)).replace(minute=0, second=0, microsecond=0)
    CodeCount.objects.create(hour=hour, code_table=table, code=code, count=messages)


@pytest.mark.django_db
def test_each_code_says_how_often_it_was_seen_this_week() -> None:
    count("MA:0029", 1000, 1)
    count("MA:0029", 234, 6.5)
    count("MA:0029", 99, 8)
    Hold.objects.create(scope="everything", cause="refused_login", code_table="STATUS", code="2")
    seen = {(entry.code.table, entry.code.code): entry.seen for entry in entries("")}
    assert seen["STAT", "MA:0029"] == "1,234 messages"
    assert seen["STATUS", "2"] == "1 hold"
    assert seen["STAT", "MA:0001"] == "-"


@pytest.mark.django_db
def test_a_code_of_no_table_is_there_once_it_was_seen() -> None:
    assert entries("ZZ:9") == []
    count("ZZ:9", 1, 1)
    (entry,) = entries("ZZ:9")
    assert (entry.code.known, entry.seen) == (False, "1 message")


def test_both_languages_stand_side_by_side_and_are_searched(desk: Client, page: str) -> None:
    for language, query in (("en", "签名无效"), ("zh-hans", "signature is invalid")):
        answer = desk.get(page, {"q": query}, headers={"Accept-Language": language}).content.decode()
        assert "账号签名无效" in answer
        assert "The signature is invalid for this account." in answer


def test_a_note_is_kept_changed_found_and_taken_away(desk: Client, page: str) -> None:
    def write(note: str) -> None:
        about = {"code_table": "RESULT", "code": "17", "note": note}
        assert desk.post(page, about, follow=True).status_code == 200

    write(f"ask Li {NASTY}")
    shown = desk.get(page, {"q": "ask li"}).content.decode()
    assert NASTY not in shown
    assert re.search(r"ask Li &lt;script&gt;.*boss", shown, re.DOTALL)
    form = desk.get(page, {"table": "RESULT", "code": "17", "q": "17"}).content.decode()
    assert re.search(r"<textarea.*?>ask Li &lt;script&gt;", form, re.DOTALL)
    write("ask Wang")
    assert [note.note for note in CodeNote.objects.all()] == ["ask Wang"]
    write("")
    assert not CodeNote.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"code_table": "X"}, {"code": ""}, {"code": "7" * 65}, {"note": "n" * 2001}]
)
def test_what_is_no_note_is_not_kept(desk: Client, page: str, wrong: dict[str, str]) -> None:
    about = {"code_table": "RESULT", "code": "17", "note": "ask", **wrong}
    assert "was not kept" in desk.post(page, about, follow=True).content.decode()
    assert not CodeNote.objects.exists()


def test_who_may_only_read_writes_nothing(clerk: Client, page: str) -> None:
    about = {"table": "RESULT", "code": "17", "q": "17"}
    assert "<textarea" not in clerk.get(page, about).content.decode()
    assert clerk.post(page, {"code_table": "RESULT", "code": "17", "note": "ask"}).status_code == 403
    assert not CodeNote.objects.exists()
    user = User.objects.get(username="clerk")
    user.user_permissions.add(Permission.objects.get(codename="change_codenote"))
    assert "<textarea" in clerk.get(page, about).content.decode()
