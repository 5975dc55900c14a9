"""Lists: filters, pages, and mistakes in the query."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.django_db


def ids(page):
    return [row["id"] for row in page.json()["results"]]


def test_messages_come_newest_first_in_pages(api):
    sent = [api.send(f"1380000000{n}") for n in range(5)]
    first = api.get("messages?limit=3")
    second = api.get(f"messages?limit=3&cursor={first.json()['next']}")
    assert ids(first) + ids(second) == sent[::-1]
    assert second.json()["next"] is None


def test_filters_narrow_the_list(api):
    one = api.send("13800000001", reference="a")
    two = api.send("13800000002", reference="b")
    batch = api.post("batches", {"to": ["13800000003"], "content": "hi"}).json()["id"]
    past, future = (quote((datetime.now(UTC) + timedelta(hours=h)).isoformat()) for h in (-1, 1))
    assert ids(api.get("messages?to=%2B8613800000001")) == [one]
    assert ids(api.get("messages?to=+8613800000001")) == [one]
    assert ids(api.get("messages?reference=b")) == [two]
    assert len(ids(api.get(f"messages?batch={batch}"))) == 1
    assert len(ids(api.get("messages?status=queued"))) == 3
    assert ids(api.get("messages?status=delivered")) == []
    assert len(ids(api.get(f"messages?created_after={past}"))) == 3
    assert ids(api.get(f"messages?created_after={future}")) == []
    assert len(ids(api.get(f"messages?created_before={future}"))) == 3


@pytest.mark.parametrize(
    "query",
    ["limit=x", "limit=-1", "cursor=nonsense", "batch=nonsense", "status=nonsense", "to=12",
     "created_after=yesterday", "created_after=2026-01-01T00:00:00", "created_before=2026-99-01T00:00:00Z"],
)  # fmt: skip
def test_a_query_that_cant_be_read_is_400(api, query):
    answer = api.get(f"messages?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")


def test_a_page_is_never_larger_than_five_hundred(api):
    api.post("batches", {"to": [f"138{n:08d}" for n in range(501)], "content": "hi"})
    assert len(ids(api.get("messages?limit=1000000"))) == 500


@pytest.mark.parametrize("value", ["'; DROP TABLE x; --", "{{7*7}}", "*)(uid=*"])
def test_filters_are_values_and_nothing_else(api, value):
    assert ids(api.get(f"messages?reference={quote(value)}")) == []
