"""The feed of events as callers read it."""

from uuid import UUID

import pytest

from accounts.services import create_application
from messaging.feed import events
from messaging.lifecycle import Change, move, tell
from messaging.models import Event, Message
from messaging.states import EVENT_TYPES, EventKind, State
from tests.conftest import Api

pytestmark = pytest.mark.django_db

NUMBERS = [f"1380000{n:04d}" for n in range(1, 8)]


@pytest.fixture
def batch(api):
    """The ids of seven messages, in the order in which they were given."""
    batch_id = api.post("batches", {"to": NUMBERS, "content": "【Acme】hi"}).json()["id"]
    return [row["id"] for row in api.get(f"batches/{batch_id}/messages").json()["results"]]


def become(ids, state, kind=EventKind.ANSWERED, **more):
    chunk_id = Message.objects.get(pk=ids[0]).chunk_id
    assert move([Change(UUID(pk), state, **more) for pk in ids], kind, chunk_id=chunk_id)


def read(api, query="", **headers):
    answer = api.get(f"events?{query}", **headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


def read_to_the_end(api, query="limit=2"):
    """Return the items and the requests that it took."""
    items, after, requests = [], "", 0
    while True:
        page = read(api, f"{query}&after={after}")
        requests += 1
        if not page["results"] and page["next"] == (after or None):
            return items, requests
        items += page["results"]
        after = page["next"]


def what(items):
    return [(item["type"], item["message"]["id"]) for item in items]


def test_an_item_tells_what_became_of_one_message(api, upstream, submit_all, pull_until_final):
    message_id = api.send("13800000001", reference="order-42")
    submit_all()
    pull_until_final(upstream)
    items = read(api)["results"]
    assert [item["type"] for item in items] == [
        "message.accepted", "message.submitting", "message.submitted", "message.delivered",
    ]  # fmt: skip
    mid = api.message(message_id)["mid"]
    last = items[-1]
    assert last.pop("at").endswith("Z")
    assert last.pop("id") == f"{Event.objects.get(kind='reported').pk}.0"
    assert last == {
        "type": "message.delivered",
        "message": {
            "id": message_id, "status": "delivered", "reference": "order-42", "to": "13800000001", "mid": mid,
            "code": None,
        },
    }  # fmt: skip


def test_the_status_is_the_one_of_then(api, batch):
    become(batch[:1], State.UNKNOWN)
    become(batch[:1], State.SUBMITTED, mid="M1")
    assert [item["message"]["status"] for item in read(api, "limit=100")["results"]][-2:] == [
        "unknown",
        "submitted",
    ]
    assert [item["message"]["mid"] for item in read(api, "limit=100")["results"]][-2:] == [None, "M1"]


def test_ids_and_order_are_those_of_the_messages_own_history(api, batch):
    become(batch[:2], State.UNKNOWN)
    become(batch[:2], State.REJECTED, code_table="RESULT", code="8")
    mine = [item for item in read(api)["results"] if item["message"]["id"] == batch[1]]
    assert [item["id"] for item in mine] == [event["id"] for event in api.message(batch[1])["events"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 500])
def test_pages_of_any_size_hold_everything_once(api, batch, limit):
    become(batch, State.UNKNOWN)
    become(batch[2:4], State.REJECTED, code_table="RESULT", code="8")
    single = api.send()
    items, _requests = read_to_the_end(api, f"limit={limit}")
    assert what(items) == [
        *[("message.accepted", pk) for pk in batch],
        *[("message.unknown", pk) for pk in batch],
        *[("message.rejected", pk) for pk in batch[2:4]],
        ("message.accepted", single),
    ]
    assert len({item["id"] for item in items}) == 17


def test_an_empty_feed_has_no_next(api):
    assert read(api) == {"results": [], "next": None}


def test_next_stays_when_there_is_no_more(api, batch):
    last = read(api)["next"]
    assert read(api, f"after={last}") == {"results": [], "next": last}


def test_what_happens_later_comes_behind_what_was_read(api, batch):
    last = read(api)["next"]
    become(batch[3:4], State.UNKNOWN)
    assert what(read(api, f"after={last}")["results"]) == [("message.unknown", batch[3])]


def test_a_page_in_the_middle_of_a_set_goes_on_in_it(api, batch):
    first = read(api, "limit=3")
    assert what(first["results"]) == [("message.accepted", pk) for pk in batch[:3]]
    assert what(read(api, f"limit=3&after={first['next']}")["results"]) == [
        ("message.accepted", pk) for pk in batch[3:6]
    ]


@pytest.mark.fault("A15")
def test_a_page_is_never_larger_than_five_hundred(api):
    to = [f"138{n:08d}" for n in range(501)]
    api.post("batches", {"to": to, "content": "【Acme】hi"})
    assert len(read(api, "limit=1000000")["results"]) == 500


# Types


def test_one_type_is_picked_out_of_mixed_sets(api, batch):
    changes = [Change(UUID(pk), State.UNKNOWN if n % 2 else State.REJECTED) for n, pk in enumerate(batch)]
    move(changes, EventKind.ANSWERED)
    items, _requests = read_to_the_end(api, "limit=1&type=message.unknown")
    assert what(items) == [("message.unknown", pk) for pk in batch[1::2]]
    assert [item["id"].partition(".")[2] for item in items] == ["1", "3", "5"]


def test_what_happened_is_not_what_it_then_was(api, batch):
    """An accepted message is queued; it was not queued again."""
    tell(Event.objects.get().application_id, [UUID(batch[1])], EventKind.REQUEUED, State.QUEUED)
    assert what(read(api, "type=message.queued")["results"]) == [("message.queued", batch[1])]
    assert what(read(api, "type=message.accepted")["results"]) == [("message.accepted", pk) for pk in batch]


def test_next_goes_past_what_is_of_another_type(api, batch, monkeypatch):
    looked_through = []
    real = events._entries
    monkeypatch.setattr(events, "_entries", lambda *given: looked_through.append(given) or real(*given))
    page = read(api, "type=message.delivered")
    assert (page["results"], page["next"] is not None) == ([], True)
    assert looked_through
    looked_through.clear()
    assert read(api, f"type=message.delivered&after={page['next']}")["next"] == page["next"]
    assert not looked_through


def test_more_sets_than_one_look_takes_are_looked_through(api, batch, monkeypatch):
    monkeypatch.setattr(events, "SETS_LOOKED_THROUGH", 1)
    for pk in batch[:6]:
        become([pk], State.UNKNOWN)
    become(batch[6:], State.REJECTED)
    assert what(read(api, "type=message.rejected")["results"]) == [("message.rejected", batch[6])]


def test_a_look_that_takes_too_long_says_where_to_go_on(api, batch, monkeypatch):
    monkeypatch.setattr(events, "SETS_LOOKED_THROUGH", 1)
    monkeypatch.setattr(events, "MOST_SECONDS", -1.0)
    become(batch[:1], State.UNKNOWN)
    first = read(api, "type=message.unknown&wait=20")
    assert first["results"] == []
    second = read(api, f"type=message.unknown&after={first['next']}")
    assert what(second["results"]) == [("message.unknown", batch[0])]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_can_be_asked_for(api, name):
    assert read(api, f"type={name}") == {"results": [], "next": None}


def test_an_unknown_type_is_refused_with_the_known_ones(api):
    answer = api.get("events?type=delivered")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    assert all(name in answer.json()["detail"] for name in EVENT_TYPES)


# Codes, and messages that are gone


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_code_is_explained_in_the_callers_language(api, batch, language):
    become(batch[:1], State.REJECTED, code_table="RESULT", code="8")
    spoken = {"Accept-Language": language}
    item = read(api, "type=message.rejected", **spoken)["results"][0]
    assert item["message"]["code"] == api.get("codes/RESULT/8", **spoken).json()


def test_a_message_that_was_deleted_still_has_its_item(api, batch):
    become(batch[:1], State.SUBMITTED, mid="M1")
    Message.objects.filter(pk=batch[0]).delete()
    gone = read(api, "type=message.submitted")["results"][0]["message"]
    assert gone == {
        "id": batch[0],
        "status": "submitted",
        "reference": None,
        "to": None,
        "mid": "M1",
        "code": None,
    }


# Cursors


def test_the_feed_holds_the_callers_own(api, batch):
    other = Api(create_application("other", environment="sandbox")[1])
    own = other.send()
    assert what(read(other)["results"]) == [("message.accepted", own)]


@pytest.mark.fault("A15")
@pytest.mark.parametrize("path", ["events", "inbound"])
def test_a_cursor_of_another_application_is_a_404(api, path):
    other = create_application("other", environment="sandbox")[0]
    answer = api.get(f"{path}?after={other.pk}-{path[0]}1-0")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.fault("A15")
@pytest.mark.parametrize("path", ["events", "inbound"])
@pytest.mark.parametrize(
    "after",
    ["nonsense", "1", "-1", "1-e", "1-e1", "1-e1-1x", "1-x1-1", "1-e-1-1", "1-e1-9999999", f"1-e{'9' * 19}-0",
     "1-e1-1%00", "1-e١-1", "019a0d2e-7c1b-7e3a-9f4e-0d6c2b1a9f00"],
)  # fmt: skip
def test_a_broken_cursor_is_a_400(api, path, after):
    answer = api.get(f"{path}?after={after}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")


def test_the_place_of_one_feed_is_none_in_the_other(api, batch):
    place = read(api)["next"]
    assert api.get(f"inbound?after={place}").status_code == 400


def test_the_farthest_place_is_an_empty_page(api, batch):
    application = Event.objects.get().application_id
    far = f"{application}-e{'9' * 18}-999999"
    assert read(api, f"after={far}") == {"results": [], "next": far}


@pytest.mark.parametrize("wait", ["x", "-1", "nan", "inf", "1e3", "1,5", "٣"])
def test_a_wait_that_is_no_number_of_seconds_is_refused(api, wait):
    answer = api.get(f"events?wait={wait}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")


# Cost


@pytest.mark.parametrize("recipients", [50, 10_000])
def test_a_page_takes_few_statements_whatever_the_size_of_its_set(
    api, recipients, django_assert_max_num_queries
):
    to = [f"138{n:08d}" for n in range(recipients)]
    api.post("batches", {"to": to, "content": "【Acme】hi"})
    read(api)
    with django_assert_max_num_queries(4):
        assert len(read(api)["results"]) == 50
