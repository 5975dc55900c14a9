"""A thousand pushes at once: each is acknowledged when it is stored, and read when there is time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.service import until
from tests.incoming.items import inbound

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PUSHES, ITEMS, AT_ONCE = 1000, 5, 20


@pytest.mark.fault("G27")
def test_a_burst_of_pushes(service, measured):
    before = read(service)

    def push(number):
        items = [inbound(f"B{number:06d}{item}", "上行", mobile="13900000000") for item in range(ITEMS)]
        return service.request("POST", service.push_path, items)

    with ThreadPoolExecutor(AT_ONCE) as gateway:
        answers = list(gateway.map(push, range(PUSHES)))
    assert {answer.status for answer in answers} == {200}
    measured(
        "a push in a burst of 1,000, 99 of 100", sorted(a.seconds for a in answers)[PUSHES * 99 // 100], 2.0
    )
    until(lambda: read(service) == before + PUSHES * ITEMS, 120)
    unread = "SELECT count(*) FROM messaging_upstreampayload WHERE kind = 'push' AND state <> 'read'"
    assert service.sql(unread) == [(0,)]


def read(service):
    [[count]] = service.sql("SELECT count(*) FROM messaging_inboundmessage")
    return count
