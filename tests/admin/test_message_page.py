import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import Attempt, Message
from messaging.states import AttemptState, EventKind, State
from tests.admin.conftest import NASTY, World


def page_of(desk: Client, message: Message, language: str = "en") -> str:
    answer = desk.get(f"/admin/messaging/message/{message.pk}/change/", headers={"Accept-Language": language})
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def first_line(page: str) -> str:
    return page.partition('id="first-line"')[2].partition("</p>")[0]


def test_a_delivered_message_says_when_and_how_fast(desk: Client, world: World) -> None:
    message = world.submitted()
    world.reported(message, "DELIVRD")
    world.moved(message, State.DELIVERED, EventKind.REPORTED)
    final = Message.objects.get(pk=message.pk).final_at
    assert final
    assert f"Delivered at {timezone.localtime(final):%H:%M:%S}, after 0 s." in first_line(
        page_of(desk, message)
    )
    assert f"已送达 {timezone.localtime(final):%H:%M:%S}，用时 0 秒。" in first_line(
        page_of(desk, message, "zh-hans")
    )


def test_a_rejected_message_says_why_and_what_to_do(desk: Client, world: World) -> None:
    message = world.accept()
    world.called(message)
    world.moved(message, State.REJECTED, EventKind.ANSWERED, code_table="RESULT", code="17")
    page = page_of(desk, message)
    assert (
        "Rejected by the gateway: The signature is invalid for this account. Put a filed signature"
        in first_line(page)
    )
    assert "whoever writes the text" in page
    assert "Send it again once the cause is removed." in page
    assert "被网关拒绝：" in first_line(page_of(desk, message, "zh-hans"))


def test_an_undelivered_message_has_its_code_explained(desk: Client, world: World) -> None:
    message = world.submitted()
    report = world.reported(message, "MA:0001")
    world.moved(message, State.UNDELIVERED, EventKind.REPORTED, code_table="STAT", code="MA:0001")
    page = page_of(desk, message)
    assert "The number is on the gateway&#x27;s global blacklist." in first_line(page)
    assert "The code explained" in page
    assert f"/admin/messaging/upstreampayload/{report.payload_id}/change/" in page
    assert "全局黑名单号码" in page_of(desk, message, "zh-hans")


def test_a_failure_without_a_known_code_is_called_uncertain(desk: Client, world: World) -> None:
    message = world.submitted()
    world.moved(message, State.UNDELIVERED, EventKind.REPORTED, code_table="STAT", code="ZZ:9", certain=False)
    assert "a late report may still say delivered" in first_line(page_of(desk, message))


def test_a_waiting_message_says_what_keeps_it(desk: Client, world: World) -> None:
    message = world.accept()
    assert "nothing keeps it back" in first_line(page_of(desk, message))
    world.held()
    page = page_of(desk, message)
    assert "the gateway refuses this account (account main)" in first_line(page)
    assert "Held: the gateway refuses this account" in page
    world.account.routes.all().delete()
    assert "Add a route" in first_line(page_of(desk, message))


# The database refuses any other.
WAY = {
    "delivered": ["submitted"],
    "undelivered": ["submitted"],
    "no_report": ["submitted"],
    "unresolved": ["unknown"],
}


@pytest.mark.parametrize("status", State.values)
def test_every_state_has_a_first_line_in_both_languages(status: str, desk: Client, world: World) -> None:
    message = world.accept()
    for state in (*WAY.get(status, ()), status):
        Message.objects.filter(pk=message.pk).update(state=state, mid="M1")
    english, chinese = first_line(page_of(desk, message)), first_line(page_of(desk, message, "zh-hans"))
    assert english
    assert chinese
    assert english != chinese


def test_the_timeline_tells_calls_and_reports_in_their_order(desk: Client, world: World) -> None:
    message = world.accept()
    first = world.called(message, state=AttemptState.NOT_SENT, code=None, reason="connect_refused", raw=b"")
    Attempt.objects.filter(pk=first.pk).update(called_at=timezone.now())
    world.called(message)
    world.moved(message, State.SUBMITTED, EventKind.ANSWERED, mid="M1")
    world.reported(message, "ENROUTE")
    timeline = page_of(desk, message).partition('id="timeline"')[2].partition("</ol>")[0]
    places = [
        timeline.index(words) for words in ("Accepted", "Upstream call: answered", "mid:", "Report: ENROUTE")
    ]
    assert places == sorted(places)
    assert "42 ms" in timeline
    assert "Raw answer" in timeline


def test_a_call_that_never_left_says_why(desk: Client, world: World) -> None:
    message = world.accept()
    world.called(message, state=AttemptState.NOT_SENT, code=None, reason="connect_refused", raw=None)
    page = page_of(desk, message)
    assert "Upstream call: not sent" in page
    assert "the host refused the connection" in page


def test_resends_are_linked_both_ways(desk: Client, world: World) -> None:
    old, new = world.accept(), world.accept(to="13800000002")
    Message.objects.filter(pk=old.pk).update(resent_as=new.pk)
    Message.objects.filter(pk=new.pk).update(resend_of=old.pk, possible_duplicate=True)
    assert f"/admin/messaging/message/{new.pk}/change/" in page_of(desk, old)
    page = page_of(desk, new)
    assert f"/admin/messaging/message/{old.pk}/change/" in page
    assert "Possible duplicate" in page


def test_what_strangers_wrote_is_escaped(desk: Client, full_world: World) -> None:
    message = Message.objects.get(state=State.UNDELIVERED)
    page = page_of(desk, message)
    assert NASTY not in page
    assert page.count("&lt;script&gt;") >= 3  # text, reference, raw answer
