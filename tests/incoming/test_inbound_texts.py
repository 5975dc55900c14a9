"""Messages from handsets: each once, none lost, and as they were written."""

import pytest

from messaging.models import InboundMessage, UpstreamPayload
from messaging.services import payloads
from tests.incoming.items import inbound, pull_until, push

pytestmark = pytest.mark.django_db

TEXTS = {
    "emoji": "好的 👍🏽👨‍👩‍👧‍👦 𠮷",
    "long": "长" * 2000,
    "html": "<script>alert('1')</script>&amp;#\r\n",
    "quotes": '"},{"flag":0} \\ " [] %s',
    "formula": '=HYPERLINK("http://x")',
    "blank": " ",
}


def texts():
    return sorted(InboundMessage.objects.values_list("content", flat=True))


@pytest.mark.fault("G22")
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_arrives_as_it_was_written(upstream, simulator, client, text):
    simulator.queue_mo("13800000001", text)
    pull_until(upstream, InboundMessage.objects.exists, payloads.Kind.MO)
    push(upstream, client, inbound("P1", text))
    assert texts() == [text, text]


@pytest.mark.fault("G22")
def test_what_no_database_holds_is_made_visible(upstream, client):
    push(upstream, client, inbound("1", "a\x00b"))
    assert texts() == ["a\ufffdb"]


@pytest.mark.fault("G21")
def test_the_same_message_twice_is_stored_once(upstream, client):
    push(upstream, client, inbound("1", "hello"), inbound("1", "hello"))
    push(upstream, client, inbound("1", "hello"))
    assert texts() == ["hello"]
    assert not UpstreamPayload.objects.filter(unreadable_items__gt=0).exists()


@pytest.mark.fault("G21")
def test_two_genuine_messages_of_one_text_are_both_kept(upstream, client):
    push(upstream, client, inbound("1", "hello"), inbound("2", "hello", time="2026-11-22 09:05:00"))
    push(upstream, client, inbound("1", "hello", time="2026-11-22 09:06:00"))
    assert texts() == ["hello"] * 3


@pytest.mark.fault("G21")
def test_without_a_mid_the_text_tells_two_of_one_second_apart(upstream, client):
    for _time in range(2):
        push(upstream, client, inbound("", "one"), inbound("", "two"))
    assert texts() == ["one", "two"]


@pytest.mark.fault("G21")
def test_pulled_and_pushed_is_stored_once(upstream, simulator, client):
    mid = simulator.queue_mo("13800000001", "hello")
    pull_until(upstream, InboundMessage.objects.exists, payloads.Kind.MO)
    push(upstream, client, inbound(mid, "hello", time=InboundMessage.objects.get().time_text))
    assert texts() == ["hello"]
