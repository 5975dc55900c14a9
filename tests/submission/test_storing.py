"""What is stored by COPY is what was given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.models import Batch, Chunk, Event, Message
from messaging.numbers import normalise, normalise_all
from tests.clock import ahead

pytestmark = pytest.mark.django_db

NASTY = [
    "\\N",
    "\\.",
    "a\\b",
    "tab\there",
    "line\nbreak",
    "carriage\r\nreturn",
    "\\",
    '{"a,b"}',
    "🀄 表 é",
    "  ",
]


def test_every_text_and_reference_comes_back_as_it_was(api):
    entries = [
        {"to": f"138{n:08d}", "content": f"【A】{text}", "reference": text.replace("\n", " ")}
        for n, text in enumerate(NASTY)
    ]
    batch = api.post("batches", {"messages": entries}).json()
    rows = {row["to"]: row for row in api.get(f"batches/{batch['id']}/messages").json()["results"]}
    for entry in entries:
        row = rows[entry["to"]]
        assert (row["content"], row["reference"]) == (entry["content"], entry["reference"])


def test_a_batch_is_stored_whole(api):
    numbers = [f"138{n:08d}" for n in range(450)]
    sent = api.post("batches", {"to": numbers, "content": "【A】\\N", "category": "otp"}).json()
    batch, messages = Batch.objects.get(), list(Message.objects.order_by("id"))
    assert [m.mobile for m in messages] == numbers
    assert (batch.content, batch.first_message_id, batch.last_message_id) == (
        "【A】\\N",
        messages[0].pk,
        messages[-1].pk,
    )
    chunks = Chunk.objects.order_by("id")
    assert [pk for chunk in chunks for pk in chunk.members] == [m.pk for m in messages]
    assert all(m.pk in chunk.members for chunk in chunks for m in messages if m.chunk_id == chunk.pk)
    event = Event.objects.get(pk=sent["id"])
    assert (event.message_ids, set(event.statuses)) == ([m.pk for m in messages], {"queued"})
    assert all(chunk.due_at == batch.created_at for chunk in chunks)


def test_a_scheduled_batch_is_due_when_it_shall_be(api):
    sent = api.post("batches", {"to": ["13800000001"], "content": "hi", "send_at": "2099-01-01T00:00:00Z"})
    assert sent.status_code == 422
    moment = ahead(days=7)
    sent = api.post("batches", {"to": ["13800000001"], "content": "hi", "send_at": moment}).json()
    assert sent["counts"] == {"scheduled": 1}
    assert Chunk.objects.get().due_at.isoformat() == moment


def test_the_answer_to_a_batch_is_what_reading_it_says(api):
    sent = api.post("batches", {"to": ["13800000001", "x"], "content": "hi", "on_invalid": "skip"}).json()
    assert api.get(f"batches/{sent['id']}").json() == sent


@pytest.mark.parametrize("more", [{}, {"send_at": ahead(days=7), "expires_at": ahead(days=8)}])
def test_the_answer_to_a_single_is_what_reading_it_says(api, upstream, more):
    sent = api.post("messages", {"to": "13800000001", "content": "a\\N", "reference": "r", **more}).json()
    read = api.message(sent["id"])
    read.pop("events")
    assert sent == read


WRITTEN = st.one_of(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(
        ["", "\n", "13800000001\n13800000002", "+86 138-0000-0001", "12", "１３８００００００01"]
    ),
    st.text(max_size=14),
)


@given(st.lists(WRITTEN, max_size=6))
def test_many_numbers_are_read_as_each_is(written):
    assert normalise_all(written) == [normalise(number) for number in written]
