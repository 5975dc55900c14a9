"""The gateway through a proxy that refuses, hangs, drips and cuts; end to end, with real workers."""

import time

import pytest

from tests.faults.service import until
from tests.simulator.process import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def point_at(service, url):
    service.sql("UPDATE accounts_upstreamaccount SET base_url = %s", url)


@pytest.mark.fault("E1")
@pytest.mark.parametrize("way", ["dns", "refused"])
def test_what_never_left_is_kept_and_sent_once_when_it_can_be(service, way):
    if way == "refused":
        service.upstream.refuse()
    else:
        point_at(service, "http://nowhere.invalid:7862/sms")
    message = service.send_stubbornly()
    until(
        lambda: service.sql(
            "SELECT count(*) FROM messaging_attempt WHERE state = 'not_sent' AND reason LIKE %s",
            {"dns": "dns%", "refused": "connect_refused"}[way],
        )[0][0]
    )
    assert service.status(message) in {"queued", "submitting"}
    service.calm_down()
    assert service.left(message) in {"submitted", "delivered"}
    assert service.ledger_of(message) == 1


@pytest.mark.fault("E3")
def test_a_gateway_that_accepts_and_never_answers(service):
    service.upstream.freeze()
    message = service.send()
    assert service.left(message) == "unknown"
    service.upstream.thaw()
    assert service.ledger_of(message) == 0


@pytest.mark.fault("E4")
def test_a_byte_now_and_then_does_not_outlast_the_deadline(service):
    service.simulator.script({"fault": "drip", "seconds_per_byte": 0.5, "action": "send"})
    began = time.monotonic()
    message = service.send()
    assert service.left(message) == "unknown"
    assert time.monotonic() - began < 15
    assert service.ledger_of(message) == 1


@pytest.mark.fault("E4")
def test_an_answer_in_single_bytes_is_an_answer(service):
    service.upstream.slice = 1
    assert service.left(service.send()) in {"submitted", "delivered"}


@pytest.mark.fault("E5")
@pytest.mark.parametrize("octets", [0, 100, 260])
def test_reset_before_during_and_after_the_body(service, octets):
    """The proxy accepted: bytes have left the house, so nobody can say."""
    service.upstream.cut_after = octets
    message = service.send()
    assert service.left(message) == "unknown"
    assert service.ledger_of(message) == 0


@pytest.mark.fault("E5", "E6")
def test_reset_after_the_whole_body_was_taken(service):
    service.simulator.script({"fault": "reset_after_accept", "action": "send", "times": 1})
    message = service.send()
    assert service.left(message) == "unknown"
    assert service.ledger_of(message) == 1


@pytest.mark.fault("E6")
def test_taken_and_closed_it_is_resolved_by_its_report(service, measured):
    service.simulator.script({"fault": "drop_after_accept", "action": "send", "times": 1})
    began = time.monotonic()
    message = service.send()
    assert service.left(message) == "unknown"
    until(lambda: service.status(message) == "delivered", 120)
    measured("a lost answer is resolved by its report", time.monotonic() - began, 120)
    assert service.ledger_of(message) == 1


@pytest.mark.fault("E7")
def test_not_taken_and_closed_it_stays_unknown(service):
    service.simulator.script({"fault": "drop_before", "action": "send", "times": 1})
    message = service.send()
    assert service.left(message) == "unknown"
    time.sleep(8)
    assert service.status(message) == "unknown"
    assert service.ledger_of(message) == 0


@pytest.mark.fault("E8")
def test_each_call_has_a_connection_of_its_own(service):
    def calls():
        return sum(service.simulator.summary()["calls"].values())

    service.sql("UPDATE messaging_joblease SET until = now() + interval '1 minute' WHERE name LIKE 'pull%%'")
    before, connections = calls(), service.upstream.connections
    for _time in range(5):
        service.left(service.send())
    assert calls() > before
    assert eventually(lambda: service.upstream.connections - connections == calls() - before)
