import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.models import Application
from messaging.ids import first_id
from messaging.models import Message
from messaging.partitions import make_months, partitions
from messaging.partitions.ranges import DEFAULT, PARENT

StoreAt = Callable[..., Message]


@pytest.fixture
def store_at(shop: Application) -> StoreAt:
    """Store a message as if it had been accepted at a moment."""

    def run(moment: datetime, **more: object) -> Message:
        key = uuid.UUID(int=first_id(moment).int | uuid.uuid4().int & ((1 << 72) - 1))
        fields = {
            "mobile": "13800000001",
            "content": "【Acme】hi",
            "category": "otp",
            "parts": 1,
            "mid": "M1",
        }
        return Message.objects.create(
            **{"id": key, "application": shop, "created_at": moment, "state": "delivered", **fields, **more}
        )

    return run


@pytest.fixture
def changing_tables(transactional_db: None) -> Iterator[None]:
    """No rollback undoes what a test does to tables: afterwards there are the months that there were."""
    yield
    execute(f"TRUNCATE {PARENT}", *(f"DROP TABLE {partition.table}" for partition in partitions()))
    make_months()


@pytest.fixture
def no_months(changing_tables: None) -> None:
    """A database from before monthly partitions: only the default one."""
    execute(*(f"DROP TABLE {partition.table}" for partition in partitions()))


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def value(query: str, *parameters: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]


def table_of(message: Message) -> object:
    return value(f"SELECT tableoid::regclass::text FROM {PARENT} WHERE id = %s", message.pk)


def in_default() -> object:
    return value(f"SELECT count(*) FROM {DEFAULT}")


def ago(days: float) -> datetime:
    moment = value("SELECT statement_timestamp()")
    assert isinstance(moment, datetime)
    return moment - timedelta(days=days)
