"""The garbage collector leaves alone what a server has loaded."""

import gc

import pytest
from celery.signals import worker_ready

from smsgateway import celery, collecting


@pytest.fixture(autouse=True)
def collector():
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # as in a fresh process
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Kept:
    """Something a server loads."""


def followed(thing):
    return any(one is thing for one in gc.get_objects())


def test_what_was_loaded_before_is_not_looked_at_again():
    loaded = Kept()
    collecting.spare_what_stays()
    later = Kept()
    assert not followed(loaded)
    assert followed(later)


def test_the_rest_is_still_collected_but_less_often():
    collecting.spare_what_stays()
    assert gc.isenabled()
    assert gc.get_threshold() == (collecting.NEW_CONTAINERS, 10, 10)
    assert collecting.NEW_CONTAINERS > 700


def test_a_worker_does_so_when_it_is_ready():
    [ours] = [heard for _key, heard in worker_ready.receivers if heard() is celery.spare_what_is_loaded]
    ours()(sender=None)
    assert gc.get_freeze_count() > 0
