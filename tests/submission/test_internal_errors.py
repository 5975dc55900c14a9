"""STATUS 5 and 100: taken apart by carrier and halves, never five hundred rejections, never a silent second copy."""

import pytest

from accounts.services import change_upstream_account
from messaging.models import Alarm, Attempt, Chunk, Hold, Message
from messaging.services import holds, second_mids
from tests.incoming.test_reports import pushed, report

pytestmark = pytest.mark.django_db
LONG_AGO = "2020-01-01T00:00:00Z"
MOBILE, TELECOM, BAD = "13800000001", "18900000001", "18900000002"


@pytest.fixture
def go_on(submit_all):
    """Let every pause be over, again and again, until no call is made."""

    def run():
        calls = 0
        for _round in range(20):
            Chunk.objects.filter(state="queued").update(due_at=LONG_AGO)
            made = submit_all()
            calls += made
            if not made and not Chunk.objects.filter(suspect=True).exists():
                break
        return calls

    return run


def statuses(api, batch):
    return {row["to"]: row["status"] for row in api.get(f"batches/{batch}/messages").json()["results"]}


@pytest.mark.fault("E18")
def test_only_the_bad_number_of_a_mixed_batch_is_rejected(api, upstream, simulator, go_on):
    # The gateway has no route for one number: any call with it is answered 100.
    numbers = [f"138{n:08d}" for n in range(4)] + ["19900000100"]
    batch = api.post("batches", {"to": numbers, "content": "hi"}).json()["id"]
    go_on()
    found = statuses(api, batch)
    assert found.pop("19900000100") == "rejected"
    assert set(found.values()) == {"submitted"}
    assert len(simulator.ledger()) == 4


@pytest.mark.fault("E18")
def test_an_outage_rejects_nothing_and_holds_the_carrier(api, upstream, simulator, go_on):
    simulator.script({"fault": "status", "status": 100, "action": "send"})
    numbers = [f"138{n:08d}" for n in range(5)] + [f"189{n:08d}" for n in range(5)]
    batch = api.post("batches", {"to": numbers, "content": "hi"}).json()["id"]
    assert go_on() <= 5
    assert set(statuses(api, batch).values()) == {"queued"}
    assert set(Hold.objects.values_list("scope", "value", "code")) == {
        ("carrier", "mobile", "100"),
        ("carrier", "telecom", "100"),
    }
    waiting = api.get(f"batches/{batch}/messages").json()["results"][0]
    assert waiting["held_because"]["cause"] == "internal_error"


@pytest.mark.fault("E18")
def test_one_message_tries_the_carrier_again_and_the_others_follow(api, upstream, simulator, go_on):
    simulator.script({"fault": "status", "status": 100, "action": "send"})
    batch = api.post(
        "batches", {"to": ["13800000001", "13800000002", "13800000003"], "content": "hi"}
    ).json()["id"]
    go_on()
    simulator.script()
    Hold.objects.update(next_probe_at=LONG_AGO)
    holds.probe_due()
    go_on()
    assert set(statuses(api, batch).values()) == {"submitted"}
    assert not Hold.objects.filter(ended_at__isnull=True).exists()
    assert all(Message.objects.values_list("possible_duplicate", flat=True))
    assert len(simulator.ledger()) == 3


@pytest.mark.fault("E18")
def test_a_stray_report_makes_the_whole_call_unknown(api, upstream, simulator, client, submit_all, go_on):
    simulator.script({"fault": "status", "status": 100, "action": "send"})
    batch = api.post("batches", {"to": ["13800000001", "13800000002"], "content": "hi"}).json()["id"]
    submit_all()
    pushed(upstream, client, report("FFFF000000000001", "13800000001"))
    go_on()
    assert set(statuses(api, batch).values()) == {"unknown"}
    upstream.refresh_from_db()
    assert upstream.internal_error_is_unknown
    assert Alarm.objects.filter(name="internal_error_sent").exists()


@pytest.mark.fault("E18")
def test_members_wait_half_a_minute_for_stray_reports(api, upstream, simulator, submit_all):
    simulator.script({"fault": "status", "status": 5, "action": "send"})
    api.post("batches", {"to": ["13800000001", "13800000002"], "content": "hi"})
    assert submit_all() == 1
    assert submit_all() == 0
    chunk = Chunk.objects.get()
    assert chunk.suspect
    assert 20 < (chunk.due_at - Attempt.objects.get().ended_at).total_seconds() <= 31


@pytest.mark.fault("E18")
def test_a_second_mid_of_such_a_message_ends_the_trust(api, upstream, simulator, client, go_on):
    simulator.script({"fault": "status", "status": 100, "action": "send", "times": 1})
    api.send("13800000001")
    go_on()
    Hold.objects.update(next_probe_at=LONG_AGO)
    holds.probe_due()
    go_on()
    assert Message.objects.get().mid
    assert second_mids.notice_second_mids() == 0
    pushed(upstream, client, report("FFFF000000000001", "13800000001"))
    assert second_mids.notice_second_mids() == 1
    upstream.refresh_from_db()
    assert upstream.internal_error_is_unknown
    assert second_mids.notice_second_mids() == 0


def test_an_account_can_be_told_to_take_them_for_unknown(api, upstream, simulator, submit_all):
    change_upstream_account(upstream, {"internal_error_is_unknown": True})
    simulator.script({"fault": "status", "status": 100, "action": "send"})
    message_id = api.send()
    submit_all()
    assert api.message(message_id)["status"] == "unknown"
