"""Lists as files: narrowed as they are seen, for a reason that is kept, masked, harmless, and in pages."""

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.admin import exporting, messages
from messaging.models import DeliveryReport, Disclosure, InboundMessage, Message
from messaging.states import EventKind, State
from tests.admin.conftest import World
from tests.admin.looking import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F12")]

WHY = "monthly report, ticket 42"
LISTS = ("message", "deliveryreport", "inboundmessage")
NUMBER = "13800000001"


@pytest.fixture
def exporter(db: None) -> Client:
    """Sees everything whole."""
    return browser_of("exporter", "export_messages", "view_personal_data")


@pytest.fixture
def masked(db: None) -> Client:
    """Sees everything masked."""
    return browser_of("masked", "export_messages")


def asked(browser: Client, of: str = "message", reason: str = WHY, language: str = "en", **query: str) -> Any:
    address = reverse(f"admin:export_{of}", query=query)
    return browser.post(address, {"reason": reason}, headers={"Accept-Language": language})


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))


def numbers(answer: Any) -> list[str]:
    return [row["Number"] for row in rows_of(answer)]


@pytest.mark.parametrize("of", LISTS)
def test_a_list_is_exported_with_its_numbers(of: str, exporter: Client, full_world: World) -> None:
    answer = asked(exporter, of)
    assert answer.streaming
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    assert re.search(rf'attachment; filename="{of}-\d{{8}}-\d{{6}}\.csv"', answer["Content-Disposition"])
    file = answer.getvalue()
    assert file.startswith(b"\xef\xbb\xbf")
    assert NUMBER in file.decode()


@pytest.mark.parametrize("of", LISTS)
def test_whoever_sees_them_masked_gets_no_number_and_no_text(
    of: str, masked: Client, full_world: World
) -> None:
    Message.objects.update(reference="the caller's own")
    file = asked(masked, of).getvalue().decode()
    assert "138****0001" in file
    assert not re.search(r"1[3-9]\d{9}", re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", file))
    assert "alert(" not in file


def test_a_message_is_told_as_the_list_tells_it(exporter: Client, world: World) -> None:
    message = world.submitted(content="【Acme】your parcel", reference="order-42")
    world.moved(message, State.UNDELIVERED, EventKind.REPORTED, code_table="STAT", code="MA:0029")
    [row] = rows_of(asked(exporter))
    assert row["Status"] == "undelivered"
    assert (row["Text"], row["Reference"], row["Mid"]) == ("【Acme】your parcel", "order-42", "M1")
    assert (row["Code table"], row["Code"], row["Upstream account"]) == ("STAT", "MA:0029", "main")
    assert row["Meaning"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["Created at"])


def test_the_file_speaks_the_language_of_who_asked(exporter: Client, world: World) -> None:
    world.accept()
    [row] = rows_of(asked(exporter, language="zh-hans"))
    assert row["状态"] == "待发送"
    assert row["号码"] == NUMBER


def test_the_search_and_the_filters_of_the_list_hold(exporter: Client, world: World) -> None:
    world.accept(to="13800000001", category="otp")
    world.accept(to="13800000002")
    assert numbers(asked(exporter)) == ["13800000002", "13800000001"]
    assert numbers(asked(exporter, q="13800000002")) == ["13800000002"]
    assert numbers(asked(exporter, category__exact="otp")) == ["13800000001"]
    assert numbers(asked(exporter, status="delivered")) == []
    assert asked(exporter, status="delivered", content__icontains="x").status_code == 400


def test_the_button_takes_search_and_filters_along(exporter: Client, world: World) -> None:
    world.accept(to=NUMBER, category="otp")
    query = {"q": NUMBER, "category__exact": "otp", "p": "1"}
    page = exporter.get(reverse("admin:messaging_message_changelist"), query)
    assert page.context["export_url"].endswith(f"/export/?q={NUMBER}&category__exact=otp")
    form = exporter.get(page.context["export_url"]).content.decode()
    assert f"search for {NUMBER}" in form
    assert "1,000,000" in form


@pytest.mark.parametrize("reason", ["", "   ", "ok"])
@pytest.mark.parametrize("of", LISTS)
def test_without_a_reason_there_is_no_file(of: str, reason: str, exporter: Client, world: World) -> None:
    answer = asked(exporter, of, reason=reason)
    assert not answer.streaming
    assert answer.context["form"].errors["reason"]
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize("of", LISTS)
def test_without_the_permission_it_is_refused(of: str, world: World) -> None:
    looker = browser_of("looker", "view_personal_data")
    assert asked(looker, of).status_code == 403
    assert looker.get(reverse(f"admin:export_{of}")).status_code == 403
    assert "export_url" not in looker.get(reverse(f"admin:messaging_{of}_changelist")).context
    assert not Disclosure.objects.exists()


def test_the_permission_alone_opens_no_list_that_one_may_not_see(world: World) -> None:
    exporter = browser_of("exporter", "export_messages")
    user = User.objects.get(username="exporter")
    user.user_permissions.remove(*user.user_permissions.filter(codename="view_message"))
    assert asked(exporter, "message").status_code == 403
    assert asked(exporter, "deliveryreport").status_code == 200


HOSTILE = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "　=1", "＝1", "'=1")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_no_formula(text: str, exporter: Client, world: World) -> None:
    world.replied()
    InboundMessage.objects.update(content=text)
    [row] = rows_of(asked(exporter, "inboundmessage"))
    assert row["Text"] == f"'{text}"


def test_beginning_and_end_are_kept(masked: Client, world: World) -> None:
    for n in range(3):
        world.accept(to=f"1380000000{n}")
    asked(masked).getvalue()
    begun, ended = Disclosure.objects.order_by("pk")
    assert (begun.kind, begun.rows, begun.export) == ("export", None, None)
    assert (ended.kind, ended.rows, ended.export) == ("exported", 3, begun)
    for row in (begun, ended):
        assert (row.actor, row.reason, row.subject, row.masked) == ("masked", WHY, "message", True)


def test_the_beginning_is_kept_before_the_first_row_leaves(exporter: Client, world: World) -> None:
    asked(exporter)
    assert list(Disclosure.objects.values_list("kind", flat=True)) == ["export"]


def test_what_it_was_narrowed_by_is_kept_without_the_number(exporter: Client, world: World) -> None:
    asked(exporter, q="+86 138 0000 0001", status="queued", p="1")
    assert Disclosure.objects.get().narrowed == {"q": "138****0001", "status": "queued"}


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch, world: World) -> World:
    monkeypatch.setattr(exporting, "PAGE", 2)
    monkeypatch.setattr(messages, "PAGE", 2)
    for n in range(7):
        world.accept(to=f"1380000000{n}")
        DeliveryReport.objects.create(
            upstream_account=world.account, payload_id=Message.objects.earliest("pk").pk, mid=f"M{n}",
            mobile=f"1380000000{n}", stat="DELIVRD", time_text="",
        )  # fmt: skip
    return world


@pytest.mark.parametrize(
    ("of", "query"),
    [("message", {}), ("message", {"category__exact": "notification"}), ("deliveryreport", {})],
)
def test_rows_are_read_page_by_page_as_they_leave(
    of: str, query: dict[str, str], exporter: Client, pages_of_two: World
) -> None:
    answer = asked(exporter, of, **query)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        chunks = iter(answer)
        next(chunks)
        assert not captured.captured_queries
        assert next(chunks).count(b"\r\n") == 2
        reads = [q["sql"] for q in captured if "mobile" in q["sql"]]
        assert len(reads) == 1
        assert "LIMIT 2" in reads[0]
        assert [chunk.count(b"\r\n") for chunk in chunks] == [2, 2, 1]
    assert all("LIMIT" in q["sql"] for q in captured if "mobile" in q["sql"] and "SELECT" in q["sql"])


@pytest.mark.parametrize(
    "query",
    [{}, {"category__exact": "notification"}, {"status": "queued"}, {"application__id__exact": "one"}],
)
def test_pages_leave_out_nothing_and_repeat_nothing(
    query: dict[str, str], exporter: Client, pages_of_two: World
) -> None:
    if "application__id__exact" in query:
        query = {"application__id__exact": str(pages_of_two.shop.pk)}
    assert numbers(asked(exporter, **query)) == [f"1380000000{n}" for n in reversed(range(7))]


def test_it_ends_at_the_bound(exporter: Client, pages_of_two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 3)
    assert numbers(asked(exporter)) == ["13800000006", "13800000005", "13800000004"]
    assert Disclosure.objects.latest("pk").rows == 3


def test_one_that_breaks_off_says_so(exporter: Client, pages_of_two: World) -> None:
    answer = asked(exporter)
    chunks = iter(answer)
    next(chunks), next(chunks)
    answer._iterator.close()  # as a server does; of the whole answer the test's connection would be closed too
    ended = Disclosure.objects.latest("pk")
    assert (ended.kind, ended.rows) == ("broken_off", 2)
