"""A gateway that answers a mid which an older message has."""

import pytest

from messaging.matching import note_repeated_mids
from messaging.models import Alarm, Message
from tests.incoming.items import of, push, report

pytestmark = [pytest.mark.django_db, pytest.mark.fault("E27")]


@pytest.fixture
def pair(api, upstream, submit_all):
    """An older and a newer message, to two numbers, that have the same mid."""

    def run(second="19900040010"):
        ids = []
        for number in ("19900040010", second):
            ids.append(api.send(number))
            submit_all()
        Message.objects.update(mid="SAME")
        return [Message.objects.get(pk=pk) for pk in ids]

    return run


def row(message):
    return message.pk, message.mobile, message.mid


def test_the_number_tells_them_apart(pair, upstream, client):
    older, newer = pair("19900050010")
    push(upstream, client, report("SAME", older.mobile))
    assert (of(older)[0], of(newer)[0]) == ("delivered", "submitted")


def test_of_one_number_the_newer_gets_the_report(pair, upstream, client):
    older, newer = pair()
    push(upstream, client, report("SAME", newer.mobile))
    assert (of(older)[0], of(newer)[0]) == ("submitted", "delivered")


def test_an_alarm_sounds_for_the_same_number(pair, upstream):
    _older, newer = pair()
    assert note_repeated_mids(upstream.pk, [row(newer)]) == 1
    assert Alarm.objects.get().name == "mid_used_twice"


def test_an_alarm_sounds_for_another_number_that_had_its_report(pair, upstream, client):
    older, newer = pair("19900050010")
    push(upstream, client, report("SAME", older.mobile))
    assert note_repeated_mids(upstream.pk, [row(newer)]) == 1


def test_a_mid_of_its_own_sounds_nothing(submitted, upstream, client):
    push(upstream, client, report(submitted.mid, submitted.mobile))
    assert note_repeated_mids(upstream.pk, [row(submitted)]) == 0
    assert note_repeated_mids(upstream.pk, []) == 0
    assert not Alarm.objects.exists()
