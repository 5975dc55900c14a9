"""Pages, cursors and filters that can not be read (FAULTS A15)."""

import pytest

from accounts.services import create_application
from tests.api.mistakes import MANY, numbers, raw, told

pytestmark = pytest.mark.django_db


@pytest.mark.fault("A15")
def test_a_page_is_at_most_five_hundred(api):
    batch = raw(api, MANY | {"to": numbers(501)}, path="batches").json()["id"]
    for path in ("messages", f"batches/{batch}/messages"):
        assert len(api.get(f"{path}?limit=1000000").json()["results"]) == 500
        assert len(api.get(f"{path}?limit={'9' * 5000}").json()["results"]) == 500


@pytest.mark.fault("A15")
@pytest.mark.parametrize("path", ["messages", "inbound"])
@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "１", "0x10"])
def test_a_page_size_that_is_none_is_refused(api, path, limit):
    assert told(api.get(f"{path}?limit={limit}")) == (400, "invalid_query", [])


@pytest.mark.fault("A15")
@pytest.mark.parametrize("cursor", ["x", "1", "%00", "'", "..", "[]", "018f-", "%F0%9F%98%80"])
@pytest.mark.parametrize("path", ["messages?cursor=", "inbound?after="])
def test_a_broken_cursor_is_refused(api, path, cursor):
    assert told(api.get(f"{path}{cursor}")) == (400, "invalid_query", [])


@pytest.mark.fault("A15")
def test_somebody_elses_cursor_shows_nothing_of_theirs(api):
    other = type(api)(create_application("other", environment="sandbox")[1])
    theirs = [other.send() for _ in range(3)]
    ours = api.send()
    page = api.get(f"messages?cursor={theirs[2]}")
    assert page.status_code in {400, 404} or {row["id"] for row in page.json()["results"]} <= {ours}


@pytest.mark.parametrize(
    "query",
    [
        "messages?status=lost", "messages?status=%00", "messages?to=12", "messages?to=%00", "messages?reference=%00",
        "messages?batch=x", "messages?created_after=today", "messages?created_before=2026-01-01T00:00:00",
        "messages?created_after=%00", "inbound?mobile=x", "codes?table=NONE",
    ],
)  # fmt: skip
def test_a_filter_that_can_not_be_read_is_refused(api, query):
    assert told(api.get(query)) == (400, "invalid_query", [])


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_time_are_times(api, moment):
    for name in ("created_after", "created_before"):
        assert api.get(f"messages?{name}={moment.replace('+', '%2B')}").status_code in {200, 400}


def test_a_filter_that_there_is_not_is_refused_and_the_others_named(api):
    answer = api.get("messages?statuss=delivered")
    assert told(answer) == (400, "invalid_query", [])
    assert "`statuss`" in answer.json()["detail"]
    assert "`status`" in answer.json()["detail"]
