"""Somebody is told in time when messages have no month to go to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import Alarm
from messaging.partitions import Month, make_months
from messaging.partitions.ranges import PARENT
from messaging.services import alarms
from tests.growth.conftest import StoreAt, execute


def sounding() -> set[str]:
    alarms.look()
    return set(Alarm.objects.filter(ended_at=None).values_list("name", flat=True))


@pytest.mark.django_db
def test_nothing_is_told_while_all_is_well(store_at: StoreAt):
    store_at(timezone.now())
    assert sounding() == set()


@pytest.mark.usefixtures("changing_tables")
def test_a_missing_month_is_told_until_it_is_made():
    execute(f"DROP TABLE {PARENT}_{Month.current().plus(1)}")
    assert sounding() == {"month_missing"}
    make_months()
    assert sounding() == set()


@pytest.mark.usefixtures("changing_tables")
def test_rows_outside_every_month_are_told_until_they_are_settled(store_at: StoreAt):
    store_at(timezone.now() - timedelta(days=300))
    assert sounding() == {"messages_outside_months"}
    make_months()
    assert sounding() == set()
