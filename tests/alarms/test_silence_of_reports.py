"""A gateway that reports nothing: seen by what waits for a report, not by the clock alone."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging.models import Attempt, Message, UpstreamPayload

pytestmark = pytest.mark.django_db
WAITING = 101


@pytest.fixture
def sent(api, upstream, simulator, submit_all):
    """Send to so many numbers; the call was so many minutes ago."""

    def send(numbers=WAITING, minutes=31):
        to = [f"138{number:08}" for number in range(numbers)]
        assert api.post("batches", {"to": to, "content": "【Acme】hi"}).status_code == 202
        assert submit_all()
        Attempt.objects.update(prepared_at=Now() - timedelta(minutes=minutes))

    return send


def report_came(upstream, minutes):
    UpstreamPayload.objects.create(
        upstream_account=upstream, kind="report", state="read", reports=1,
        received_at=Now() - timedelta(minutes=minutes),
    )  # fmt: skip


def test_silence_sounds_until_a_report_comes(sent, upstream, sounding):
    sent()
    assert sounding("no_reports") == ["simulator"]
    report_came(upstream, minutes=0)
    assert sounding("no_reports") == []


def test_it_ends_when_nothing_waits_any_more(sent, sounding):
    sent()
    assert sounding("no_reports") == ["simulator"]
    Message.objects.update(state="no_report")
    assert sounding("no_reports") == []


def test_an_old_report_does_not_break_the_silence(sent, upstream, sounding):
    sent()
    report_came(upstream, minutes=31)
    assert sounding("no_reports") == ["simulator"]


def test_a_hundred_may_wait(sent, sounding):
    sent(numbers=WAITING - 1)
    assert sounding("no_reports") == []


def test_what_was_sent_lately_may_wait(sent, sounding):
    sent(minutes=29)
    assert sounding("no_reports") == []


def test_the_minutes_are_a_setting(sent, sounding, settings):
    settings.REPORT_SILENCE_MINUTES = 10.0
    sent(minutes=11)
    assert sounding("no_reports") == ["simulator"]


def test_a_few_phones_that_are_off_after_a_big_batch_are_no_silence(sent, upstream, sounding):
    sent(numbers=1020)
    kept = Message.objects.order_by("pk").values_list("pk", flat=True)[:WAITING]
    Message.objects.exclude(pk__in=list(kept)).update(state="delivered")
    assert sounding("no_reports") == []


def test_another_account_s_messages_do_not_count(sent, sounding):
    sent()
    Message.objects.update(upstream_account=None)
    assert sounding("no_reports") == []
