"""Lists: filters, pages, and mistakes in the query."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from accounts.services import create_application

pytestmark = pytest.mark.django_db


def ids(page):
    return [row["id"] for row in page.json()["results"]]


def test_messages_come_newest_first_in_pages(api):
    sent = [api.send(f"1380000000{n}") for n in range(5)]
    first = api.get("messages?limit=3")
    second = api.get(f"messages?limit=3&cursor={first.json()['next']}")
    assert ids(first) + ids(second) == sent[::-1]
    assert second.json()["next"] is None


@pytest.mark.fault("A15")
def test_a_cursor_of_another_application_is_a_404(api):
    other = create_application("other", environment="sandbox")[0]
    batch = api.post("batches", {"to": ["13800000001", "13800000002"], "content": "hi"}).json()["id"]
    for path in ("messages", f"batches/{batch}/messages"):
        own = api.get(f"{path}?limit=1").json()["next"]
        assert len(ids(api.get(f"{path}?cursor={own}"))) == 1
        theirs = f"{other.pk}-{own.partition('-')[2]}"
        answer = api.get(f"{path}?cursor={theirs}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.fault("A15")
@pytest.mark.parametrize("path", ["messages", "batches/{batch}/messages"])
@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "1", "019a0d2e-7c1b-7e3a-9f4e-0d6c2b1a9f00", "1-019a0d2e", "x-019a0d2e-7c1b-7e3a-9f4e-0d6c2b1a9f00",
     f"{'9' * 19}-019a0d2e-7c1b-7e3a-9f4e-0d6c2b1a9f00", "1-%00"],
)  # fmt: skip
def test_a_broken_cursor_is_a_400(api, path, cursor):
    batch = api.post("batches", {"to": ["13800000001"], "content": "hi"}).json()["id"]
    answer = api.get(f"{path.format(batch=batch)}?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")


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


@pytest.mark.fault("A15")
def test_a_page_is_never_larger_than_five_hundred(api):
    api.post("batches", {"to": [f"138{n:08d}" for n in range(501)], "content": "hi"})
    assert len(ids(api.get("messages?limit=1000000"))) == 500


@pytest.mark.parametrize("value", ["'; DROP TABLE x; --", "{{7*7}}", "*)(uid=*"])
def test_filters_are_values_and_nothing_else(api, value):
    assert ids(api.get(f"messages?reference={quote(value)}")) == []
