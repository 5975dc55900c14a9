"""Accepting and showing many messages at once."""

import pytest

from messaging.models import Chunk, Message
from messaging.states import Category

pytestmark = pytest.mark.django_db


def numbers(count):
    return [f"138{n:08d}" for n in range(count)]


def test_the_answer_has_the_shape_that_others_rely_on(api):
    answer = api.post("batches", {"to": ["13800000001", "12"], "content": "【Acme】hi", "on_invalid": "skip"})
    assert answer.status_code == 202
    body = answer.json()
    assert body.pop("id")
    assert body.pop("created_at")
    detail = body["rejected"][0].pop("detail")
    assert "11 digits" in detail
    assert body == {
        "status": "accepted", "total": 2, "accepted": 1, "counts": {"queued": 1},
        "rejected": [{"index": 1, "to": "12", "code": "invalid_number"}],
    }  # fmt: skip


def test_one_bad_number_refuses_everything_unless_it_may_be_skipped(api):
    answer = api.post("batches", {"to": ["13800000001", "12", "13"], "content": "hi"})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/to/1", "/to/2"]
    assert not Message.objects.exists()


def test_at_most_a_hundred_bad_numbers_are_listed(api):
    assert len(api.post("batches", {"to": ["1"] * 150, "content": "hi"}).json()["errors"]) == 100


def test_the_same_number_in_another_form_is_a_duplicate(api):
    answer = api.post(
        "batches", {"to": ["13800000001", "+86 138 0000 0001"], "content": "hi", "on_invalid": "skip"}
    )
    assert answer.json()["rejected"][0]["code"] == "duplicate_recipient"
    assert answer.json()["accepted"] == 1


def test_nothing_good_is_nothing_accepted(api):
    assert api.post("batches", {"to": ["1"], "content": "hi", "on_invalid": "skip"}).status_code == 422


def test_ten_thousand_are_accepted_and_one_more_is_not(api):
    assert api.post("batches", {"to": numbers(10_000), "content": "hi"}).json()["accepted"] == 10_000
    refused = api.post("batches", {"to": numbers(10_001), "content": "hi"})
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_recipients")
    assert "10000" in refused.json()["detail"].replace(",", "")


def test_each_message_can_have_its_own_text_and_reference(api):
    batch = api.post("batches", {"messages": [
        {"to": "13800000001", "content": "one", "reference": "a"},
        {"to": "13800000002", "content": "two"},
    ]}).json()  # fmt: skip
    rows = api.get(f"batches/{batch['id']}/messages").json()["results"]
    assert [(row["content"], row["reference"]) for row in rows] == [("one", "a"), ("two", None)]
    assert Chunk.objects.get().mode == "p2p"


def test_the_text_of_all_is_stored_once_and_shown_on_each(api):
    batch = api.post(
        "batches", {"messages": [{"to": "13800000001", "reference": "a"}], "content": "all"}
    ).json()
    assert Message.objects.get().content is None
    assert api.get(f"batches/{batch['id']}/messages").json()["results"][0]["content"] == "all"


def test_a_text_with_a_line_break_never_goes_by_p2p(api):
    api.post("batches", {"messages": [
        {"to": "13800000001", "content": "one\nline"},
        {"to": "13800000002", "content": "two"},
        {"to": "13800000003", "content": "one\nline"},
    ]})  # fmt: skip
    assert sorted(Chunk.objects.values_list("mode", "size")) == [("p2p", 1), ("send", 2)]


def test_chunks_are_as_large_as_the_account_takes(api, upstream):
    upstream.max_numbers = 3
    upstream.save()
    api.post("batches", {"to": numbers(7), "content": "hi"})
    assert sorted(Chunk.objects.values_list("size", flat=True)) == [1, 3, 3]


def test_pages_of_a_batch_keep_the_order_given(api):
    batch = api.post("batches", {"to": numbers(7), "content": "hi"}).json()
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"batches/{batch['id']}/messages?limit=3&cursor={cursor}").json()
        seen += [row["to"] for row in page["results"]]
        cursor = page["next"]
    assert seen == numbers(7)


@pytest.mark.parametrize("category", Category.values)
def test_a_batch_goes_to_the_lane_it_names(api, category):
    api.post("batches", {"to": numbers(1), "content": "hi", "category": category})
    assert Chunk.objects.get().category == category


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"content": "hi"}, "to_or_messages", "/to"),
        ({"to": [], "content": "hi"}, "no_recipients", "/to"),
        ({"to": ["13800000001"]}, "required", "/content"),
        ({"to": ["13800000001"], "messages": [], "content": "hi"}, "to_or_messages", "/to"),
        ({"to": "13800000001", "content": "hi"}, "not_a_list", "/to"),
        ({"to": ["13800000001"], "content": "  "}, "empty_content", "/content"),
        ({"messages": [{"content": "hi"}]}, "required", "/messages/0/to"),
        ({"messages": [{"to": "13800000001", "text": "hi"}]}, "unknown_field", "/messages/0/text"),
        ({"messages": ["13800000001"]}, "invalid", "/messages/0"),
        ({"to": [{"mobile": "1"}], "content": "hi"}, "invalid", "/to/0"),
        ({"to": ["13800000001"], "content": "hi", "on_invalid": "perhaps"}, "invalid_choice", "/on_invalid"),
        ({"messages": [{"to": "13800000001"}]}, "empty_content", "/messages/0"),
        (
            {"messages": [{"to": "13800000001", "content": "a"}], "content": "b"},
            "two_contents",
            "/messages/0/content",
        ),
    ],
)
def test_mistakes_are_named_with_their_place(api, body, code, pointer):
    answer = api.post("batches", body)
    assert answer.status_code == 422, answer.content
    assert (answer.json()["errors"][0]["code"], answer.json()["errors"][0]["pointer"]) == (code, pointer)
    assert not Message.objects.exists()
