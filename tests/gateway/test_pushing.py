"""Pushing to a login's URL, whatever its endpoint does (document, section 6; FAULTS H1 to H7)."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.logins import create_gateway_login
from accounts.models import Application, GatewayLogin, UpstreamAccount
from accounts.reach import address_for, validate_reachable
from messaging.models import Alarm, Batch, Delivery, DeliveryTry, Endpoint
from messaging.outflow import forget_delivered
from messaging.services import cancelling, pushing
from tests.gateway import receiver as scripts
from tests.gateway.conftest import change
from tests.gateway.receiver import Receiver, receiving, say
from tests.gateway.test_outflow import inbound


@pytest.fixture
def receiver(settings: Any, login: GatewayLogin, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(pushing, "LIMITS", replace(pushing.LIMITS, deadline=0.5))
    with receiving() as receiver:
        change(push_url=receiver.url)
        yield receiver


def end(sms: Any, count: int = 1, first: int = 13800000000) -> set[str]:
    """Send so many, cancel them, and return their mids: so many reports are to be pushed."""
    mids: set[str] = set()
    while count:
        some = min(count, 500)
        sent = sms(mobile=",".join(str(first + number) for number in range(some)))["list"]
        batch = Batch.objects.latest("id")
        cancelling.cancel_batch(batch.pk, batch.application, by="test")
        mids |= {row["mid"] for row in sent}
        count, first = count - some, first + some
    return mids


def push_all() -> None:
    for endpoint in pushing.fill():
        pushing.push(endpoint)


def later(seconds: float) -> None:
    """Let time pass."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_delivery SET next_at = next_at - make_interval(secs => %(s)s), "
            "created_at = created_at - make_interval(secs => %(s)s)",
            {"s": seconds},
        )
        cursor.execute(
            "UPDATE messaging_endpoint SET closed_until = closed_until - make_interval(secs => %s)", [seconds]
        )


def wait_of(delivery: Delivery) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT round(extract(epoch FROM next_at - statement_timestamp()) / 10) * 10 FROM messaging_delivery "
            "WHERE id = %s",
            [delivery.pk],
        )
        return int(cursor.fetchone()[0])


def test_reports_and_replies_travel_together_until_ok(
    sms: Any, receiver: Receiver, shop: Application, upstream: UpstreamAccount
) -> None:
    mids = end(sms)
    reply = inbound(shop, upstream)
    push_all()
    (items,) = receiver.calls
    assert [(item["flag"], item["mid"]) for item in items] == [(1, *mids), (0, reply.mid)]
    assert {"mobile", "spid", "accessCode", "time"} <= items[0].keys() & items[1].keys()
    assert receiver.types == ["application/json; charset=utf-8"]
    assert Delivery.objects.get().state == "done"
    push_all()
    assert len(receiver.calls) == 1
    assert sms("report")["list"] == sms("mo")["list"] == []


def test_a_page_has_two_hundred_items(sms: Any, receiver: Receiver) -> None:
    mids = end(sms, 450)
    push_all()
    assert [len(call) for call in receiver.calls] == [200, 200, 50]
    assert receiver.mids() == dict.fromkeys(mids, 1)


REFUSALS = {
    "hangs": (scripts.hang, "read_timeout"),
    "drips": (scripts.drip, "read_timeout"),
    "answers a gigabyte": (scripts.pour, "body_too_large"),
    "drops after reading": (scripts.drop, "connection_closed"),
    "answers 500": (say(b"OK", 500), "http_500"),
    "answers 410": (say(b"OK", 410), "http_410"),
    "answers ok in other words": (say(b'{"status": "OK"}'), "not_ok"),
    "answers ok in small letters": (say(b"ok"), "not_ok"),
    "redirects": (say(b"OK", 302, Location="http://127.0.0.1:1/"), "http_302"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_is_not_ok_is_pushed_again(sms: Any, receiver: Receiver, what: str) -> None:
    script, reason = REFUSALS[what]
    receiver.script = [script]
    mids = end(sms, 3)
    push_all()
    assert DeliveryTry.objects.get().reason == reason
    assert len(receiver.calls) == 1
    push_all()
    assert len(receiver.calls) == 1  # not before its time
    later(61)
    push_all()
    assert Delivery.objects.get().state == "done"
    assert receiver.mids() == dict.fromkeys(mids, 2)  # who keeps one of each mid has each once
    assert receiver.calls[0] == receiver.calls[1]


def test_white_space_around_ok_is_fine(sms: Any, receiver: Receiver) -> None:
    receiver.script = [say(b" OK\r\n")]
    end(sms)
    push_all()
    assert Delivery.objects.get().state == "done"


def test_the_ladder(sms: Any, receiver: Receiver) -> None:
    receiver.script = [say(b"", 500)] * 8
    end(sms)
    waits = []
    for _ in range(8):
        push_all()
        delivery = Delivery.objects.get()
        waits.append(wait_of(delivery))
        later(waits[-1] + 10)
    assert waits == [60, 300, 600, 1800, 7200, 18000, 18000, 18000]
    push_all()
    assert Delivery.objects.get().state == "done"


def test_an_endpoint_may_ask_for_more_time(sms: Any, receiver: Receiver) -> None:
    receiver.script = [say(b"", 429, Retry_After="1200")]
    end(sms)
    push_all()
    assert wait_of(Delivery.objects.get()) == 1200


def test_after_72_hours_it_is_given_up_told_and_can_be_sent_again(sms: Any, receiver: Receiver) -> None:
    receiver.script = [say(b"", 500)] * 2
    mids = end(sms)
    push_all()
    later(72 * 3600)
    push_all()
    delivery = Delivery.objects.get()
    assert delivery.state == "given_up"
    assert Alarm.objects.get(ended_at=None).name == "push_given_up"
    later(100_000)
    push_all()
    assert len(receiver.calls) == 2
    pushing.deliver_again(delivery.pk)
    push_all()
    assert Delivery.objects.get().state == "done"
    assert receiver.mids() == dict.fromkeys(mids, 3)


def test_a_breaker_lets_one_try_a_minute_pass_and_the_rest_when_it_is_taken(
    sms: Any, receiver: Receiver
) -> None:
    end(sms, 1000)
    receiver.script = [say(b"", 500)] * 4
    push_all()
    push_all()
    assert len(receiver.calls) == pushing.FAILURES_TO_OPEN
    later(61)
    push_all()
    assert len(receiver.calls) == pushing.FAILURES_TO_OPEN + 1
    later(61)
    push_all()
    push_all()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    assert Endpoint.objects.get().failures == 0


def test_what_an_endpoint_refuses_for_its_contents_holds_nothing_back(sms: Any, receiver: Receiver) -> None:
    end(sms, 400)
    receiver.script = [say(b"no", 400)]
    push_all()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["done", "due"]


def test_a_dead_endpoint_delays_no_other(
    sms: Any, receiver: Receiver, shop: Application, login: GatewayLogin
) -> None:
    other = create_gateway_login(
        shop, account="other", password="secret", extnos=["10691"], push_url=receiver.url
    )
    end(sms, 400)
    sent = sms(account="other", extno="10691", mobile="13900000001")["list"]
    cancelling.cancel_batch(Batch.objects.latest("id").pk, shop, by="test")
    GatewayLogin.objects.filter(pk=login.pk).update(push_url="http://127.0.0.1:1/")
    first, second = pushing.fill()
    assert not pushing.push(first)
    pushing.push(second)
    assert receiver.mids() == {sent[0]["mid"]: 1}
    assert Delivery.objects.get(endpoint__login=other).state == "done"


def test_two_workers_push_nothing_twice(sms: Any, receiver: Receiver) -> None:
    end(sms)
    (endpoint,) = pushing.fill()
    with pushing._leased(endpoint) as ours, pushing._leased(endpoint) as theirs:
        assert (ours, theirs) == (True, False)
        assert not pushing.push(endpoint)
    assert receiver.calls == []


def test_a_worker_that_was_killed_is_taken_over(sms: Any, receiver: Receiver) -> None:
    mids = end(sms)
    (endpoint,) = pushing.fill()
    killed = pushing._leased(endpoint)
    assert killed.__enter__()  # and nothing more: perhaps after the endpoint got it
    assert pushing.fill() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_endpoint SET leased_until = leased_until - interval '61 seconds'")
    push_all()
    assert receiver.mids() == dict.fromkeys(mids, 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:6379/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://user@example.com/",
        "ftp://127.0.0.1/",
        "nothing",
    ],
)
def test_a_url_that_may_not_be_called_is_refused_when_it_is_filed(settings: Any, url: str) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    with pytest.raises(ValidationError):
        validate_reachable(url)


def test_an_address_that_became_forbidden_is_not_called(sms: Any, receiver: Receiver, settings: Any) -> None:
    end(sms)
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.0.0.0/8", "0.0.0.0/0"]
    push_all()
    assert DeliveryTry.objects.get().reason == "address_forbidden"
    assert receiver.calls == []
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    later(61)
    push_all()
    assert len(receiver.calls) == 1


def test_one_forbidden_address_among_several_is_enough(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    def both(*_args: Any, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, 80)) for address in ("8.8.8.8", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(ValidationError, match=r"127\.0\.0\.1"):
        validate_reachable("http://rebinding.example/")


def test_the_call_goes_to_the_address_that_was_judged(
    sms: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere at the second look is looked up once."""
    answers = ["127.0.0.1", "127.0.0.2"]
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *args: Any, **more: Any) -> Any:
        return real(answers.pop(0) if host == "rebinding.example" else host, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    change(push_url=receiver.url.replace("127.0.0.1", "rebinding.example"))
    end(sms)
    push_all()
    assert len(receiver.calls) == 1
    assert answers == ["127.0.0.2"]


def test_listed_networks_are_the_only_ones(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.1.0.0/16"]
    assert str(address_for("http://10.1.2.3/")) == "10.1.2.3"
    with pytest.raises(ValidationError):
        validate_reachable("http://8.8.8.8/")


def test_what_was_taken_is_forgotten_after_three_days_and_what_was_given_up_is_not(
    sms: Any, receiver: Receiver
) -> None:
    end(sms)
    push_all()
    assert forget_delivered(10) == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_delivery SET ended_at = ended_at - interval '73 hours'")
    Delivery.objects.update(state="given_up")
    assert forget_delivered(10) == 0
    Delivery.objects.update(state="done")
    assert forget_delivered(10) == 1
