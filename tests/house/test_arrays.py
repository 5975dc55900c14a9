"""Arrays that are written by ourselves: PostgreSQL reads what went in."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.db import DataError, connection

from messaging import arrays

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 22, 9, 0, 0, 123456, UTC)
IN_CHINA = datetime(2026, 11, 22, 18, 0, 0, 0, timezone(timedelta(hours=8)))


def read_back(literal, kind):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [literal])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["", ""],
        ["A", "B C", " d "],
        ['"', "a"],
        ['"', '"'],
        ['a","b'],
        ["a\\b", "\\"],
        ["\\", '\\"', "a\\"],
        ["NULL", None, "null"],
        [None],
        [None, '"', "\\"],
        ["{", "}", "{}", ",", "'", "%s", "%"],
        ["退订😀", "\n\r\t\x1f", "\ufffd"],
    ],
    ids=repr,
)
def test_texts_come_back_as_they_were(values):
    assert read_back(arrays.texts(values), "text") == values


def test_a_nul_is_refused_by_the_database_not_swallowed():
    with pytest.raises((DataError, ValueError)):
        read_back(arrays.texts(["a\x00b"]), "text")


def test_ids_come_back_as_they_were():
    values = [UUID(int=1), None, UUID("019804e0-0000-7000-8000-0000000000ff")]
    assert read_back(arrays.uuids(values), "uuid") == values


def test_times_come_back_as_the_same_instants():
    values = [MORNING, None, IN_CHINA, MORNING + timedelta(days=40000)]
    assert read_back(arrays.moments(values), "timestamptz") == values


@pytest.mark.parametrize("write", [arrays.texts, arrays.uuids, arrays.moments])
def test_nothing_is_an_empty_array(write):
    assert write([]) == "{}"
