import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Application
from accounts.services import create_api_key
from messaging.lifecycle import tell
from messaging.models import new_id
from messaging.states import EventKind, State
from tests.conftest import Api


@pytest.fixture
def api(shop: Application) -> Api:
    return Api(create_api_key(shop)[1])


@pytest.fixture
def happen(shop: Application) -> Callable[[str], None]:
    """Write an event of one message; `detail` tells it from others."""

    def write(detail: str) -> None:
        tell(shop.pk, [new_id()], EventKind.REQUEUED, State.QUEUED, detail=detail)

    return write


def elsewhere(work: Callable[[], Any]) -> Any:
    """Do it on a connection of somebody else."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(_and_close, work).result(30)


def _and_close(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


@contextmanager
def not_committed(write: Callable[[], Any]) -> Iterator[None]:
    """Write in a transaction of somebody else, which commits at the end of the block."""
    written, commit = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            write()
            written.set()
            commit.wait(30)

    with ThreadPoolExecutor(1) as other:
        done = other.submit(_and_close, work)
        try:
            assert written.wait(10) or done.result(0)
            yield
        finally:
            commit.set()
            done.result(30)
