"""What holds an extno, a signature, an account; and the one message that tries whether the cause is gone."""

import pytest

from accounts.models import Route, Signature
from accounts.services import change_upstream_account, create_upstream_account
from messaging.models import Attempt, Chunk, Hold
from messaging.services import holds
from messaging.services.submission import claim

pytestmark = pytest.mark.django_db
LONG_AGO = "2020-01-01T00:00:00Z"


def probe_now():
    Hold.objects.update(next_probe_at=LONG_AGO)
    Chunk.objects.filter(state="queued").update(due_at=LONG_AGO)
    return holds.probe_due()


def held():
    return set(Hold.objects.filter(ended_at__isnull=True).values_list("scope", "cause", "value"))


@pytest.mark.fault("E28")
@pytest.mark.parametrize("result", ["10", "12", "77", "17"])
def test_a_refused_number_is_rejected_and_never_sent_again(api, upstream, simulator, submit_all, result):
    message_id = api.send(f"199000100{result}")
    submit_all()
    message = api.message(message_id)
    assert (message["status"], message["code"]["code"]) == ("rejected", result)
    assert submit_all() == 0


def test_a_refused_extno_is_held_and_one_message_tries_it_again(api, upstream, simulator, submit_all):
    change_upstream_account(upstream, {"extno": "55555"})
    api.send("13800000001")
    submit_all()
    assert held() == {("extno", "wrong_extno", "55555")}
    ids = [api.send(f"1390000000{n}") for n in range(3)]
    assert submit_all() == 0
    simulator.add_account({"account": "922011", "extnos": ["55555"]})
    probe_now()
    submit_all()
    assert held() == set()
    submit_all()
    assert {api.message(pk)["status"] for pk in ids} == {"submitted"}
    assert Attempt.objects.filter(state="answered").count() == 3  # refused, tried, followed


def test_one_refused_number_among_accepted_ones_holds_nothing(api, upstream, simulator, submit_all):
    Signature.objects.create(upstream_account=upstream, text="【A】")
    api.post("batches", {"to": ["13800000001", "19900010010", "19900010017"], "content": "【A】hi"})
    submit_all()
    assert held() == set()


def test_in_a_sandbox_a_hold_is_tried_again_soon(api, upstream, simulator, submit_all):
    api.send("19900010010")
    submit_all()
    hold = Hold.objects.get()
    assert 5 < (hold.next_probe_at - hold.since).total_seconds() <= 10
    probe_now()
    hold.refresh_from_db()
    assert (hold.next_probe_at - hold.probed_at).total_seconds() <= 10
    follows = api.send("13800000001")
    submit_all()
    assert held() == set()
    assert api.message(follows)["status"] == "submitted"


def test_a_trial_costs_one_message_at_most(api, upstream, simulator, submit_all):
    change_upstream_account(upstream, {"extno": "55555"})
    api.send("13800000001")
    submit_all()
    batch = api.post("batches", {"to": [f"139{n:08d}" for n in range(5)], "content": "hi"}).json()["id"]
    submit_all()
    probe_now()
    assert submit_all() == 1
    assert api.get(f"batches/{batch}").json()["counts"] == {"queued": 4, "rejected": 1}


def test_17_holds_only_a_signature_that_is_filed(api, upstream, simulator, submit_all):
    simulator.add_account({"account": "922011", "signature_check": True, "signatures": []})
    Signature.objects.create(upstream_account=upstream, text="【Acme】")
    api.send("13800000001", content="【Acme】hi")
    api.send("13800000002", content="【Other】hi")
    submit_all()
    assert held() == {("signature", "bad_signature", "【Acme】")}
    waits = api.send("13800000003", content="【Acme】again")
    goes = api.send("13800000004", content="【Other】again")
    submit_all()
    assert api.message(waits)["held_because"]["cause"] == "bad_signature"
    assert api.message(goes)["status"] == "rejected"


@pytest.mark.fault("E16")
@pytest.mark.parametrize("status", [4, 6])
def test_4_and_6_end_by_one_message_that_is_taken(api, upstream, simulator, submit_all, status):
    simulator.script({"fault": "status", "status": status, "action": "send", "times": 1})
    api.send()
    submit_all()
    assert probe_now() == 0  # `balance` answers 0, but that says nothing here
    assert submit_all() == 1
    assert held() == set()


@pytest.mark.fault("E16")
def test_the_same_refusal_right_after_balance_answered_needs_a_person(api, upstream, simulator, submit_all):
    simulator.script({"fault": "status", "status": 3, "action": "send"})
    api.send()
    submit_all()
    assert probe_now() == 1
    Chunk.objects.update(due_at=LONG_AGO)
    submit_all()
    hold = Hold.objects.get(ended_at__isnull=True)
    assert hold.next_probe_at is None
    assert holds.probe_due() == 0


@pytest.mark.fault("E16")
def test_a_saved_account_is_tried_at_once(api, upstream, simulator, submit_all):
    change_upstream_account(upstream, {}, password="wrong")
    api.send()
    submit_all()
    assert holds.probe_due() == 0
    change_upstream_account(upstream, {}, password="simulator")
    assert holds.probe_due() == 1


@pytest.mark.fault("E2", "E10", "E11")
@pytest.mark.parametrize(
    ("fault", "cause", "status"),
    [
        ({"fault": "redirect"}, "refused_login", "unknown"),
        ({"fault": "http", "status": 403, "times": 3}, "unreachable", "queued"),
    ],
)
def test_a_gateway_that_answers_with_something_else_parks_the_account(
    api, upstream, simulator, submit_all, fault, cause, status
):
    simulator.script(fault | {"action": "send"})
    message_id = api.send()
    for _time in range(3):
        submit_all()
        Chunk.objects.filter(state="queued").update(due_at=LONG_AGO)
    assert {found for _scope, found, _value in held()} == {cause}
    assert api.message(message_id)["status"] == status
    assert simulator.ledger() == []


@pytest.mark.fault("E10")
def test_retry_after_is_heeded(api, upstream, simulator, submit_all):
    simulator.script({"fault": "http", "status": 429, "headers": {"Retry-After": "40"}, "times": 1})
    api.send()
    submit_all()
    pause = Chunk.objects.get().due_at - Attempt.objects.get().ended_at
    assert 35 < pause.total_seconds() <= 41


@pytest.mark.fault("E9")
def test_a_gateway_that_answers_nobody_is_held_before_it_eats_the_backlog(
    api, upstream, simulator, submit_all
):
    change_upstream_account(upstream, {"max_numbers": 1})
    simulator.script({"fault": "http", "status": 500, "action": "send"})
    batch = api.post("batches", {"to": [f"138{n:08d}" for n in range(20)], "content": "hi"}).json()["id"]
    submit_all()
    assert api.get(f"batches/{batch}").json()["counts"] == {"queued": 15, "unknown": 5}
    simulator.script()
    assert probe_now() == 1
    submit_all()
    assert api.get(f"batches/{batch}").json()["counts"] == {"submitted": 15, "unknown": 5}


@pytest.mark.fault("E17")
def test_too_many_connections_shrinks_the_account_and_it_grows_back(
    api, upstream, simulator, submit_all, settings
):
    settings.OTP_CONNECTION_SHARE = 0
    change_upstream_account(upstream, {"max_connections": 8, "max_numbers": 1})
    simulator.script({"fault": "status", "status": 21, "times": 1})
    api.post("batches", {"to": [f"138{n:08d}" for n in range(10)], "content": "hi"})
    submit_all()
    upstream.refresh_from_db()
    assert upstream.throttled_to == 4
    api.post("batches", {"to": [f"139{n:08d}" for n in range(10)], "content": "hi"})
    assert [bool(claim("notification")) for _ in range(5)] == [True] * 4 + [False]
    type(upstream).objects.update(throttled_at=LONG_AGO)
    assert [bool(claim("notification")) for _ in range(5)] == [True] * 4 + [False]


@pytest.mark.fault("E19")
def test_the_limit_that_102_taught_is_kept(api, upstream, simulator, submit_all):
    simulator.add_account({"account": "922011", "max_numbers": 3})
    batch = api.post("batches", {"to": [f"138{n:08d}" for n in range(10)], "content": "hi"}).json()["id"]
    submit_all()
    assert api.get(f"batches/{batch}").json()["counts"] == {"submitted": 10}
    upstream.refresh_from_db()
    assert upstream.max_numbers <= 3
    calls = simulator.summary()["calls"]["send"]
    api.post("batches", {"to": [f"139{n:08d}" for n in range(3)], "content": "hi"})
    submit_all()
    assert simulator.summary()["calls"]["send"] == calls + 1


def test_a_held_accounts_traffic_moves_to_the_next_by_rank(api, upstream, simulator, submit_all):
    second = create_upstream_account(
        name="second", environment="sandbox", base_url=simulator.url, account="922012", password="simulator",
        extno="10690",
    )  # fmt: skip
    simulator.add_account({"account": "922012", "signature_check": False})
    Route.objects.create(upstream_account=second, environment="sandbox", rank=200)
    simulator.script({"fault": "status", "status": 7, "account": "922011"})
    message_id = api.send()
    submit_all()
    Chunk.objects.update(due_at=LONG_AGO)
    submit_all()
    assert api.message(message_id)["account"] == "second"


@pytest.mark.fault("E29")
@pytest.mark.parametrize("balance", ["-5", -153278040, "nonsense", None, 10**30])
def test_a_strange_balance_has_no_effect_on_sending(api, upstream, simulator, submit_all, balance):
    simulator.script({"fault": "answer_with", "fields": {"balance": balance}, "action": "send"})
    message_id = api.send()
    submit_all()
    assert api.message(message_id)["status"] == "submitted"


def test_a_paused_batch_waits_alone_until_a_person_goes_on(api, upstream, simulator, submit_all):
    paused = api.post("batches", {"to": ["13800000001"], "content": "【A】hi"}).json()["id"]
    other = api.post("batches", {"to": ["13800000002"], "content": "【A】hi"}).json()["id"]
    assert holds.pause_batch(paused, by="boss", why="wrong text")
    assert not holds.pause_batch(paused, by="boss")
    submit_all()
    assert api.get(f"batches/{paused}").json()["counts"] == {"queued": 1}
    assert api.get(f"batches/{other}").json()["counts"] == {"submitted": 1}
    hold = Hold.objects.get()
    assert (hold.scope, hold.cause, hold.detail, hold.next_probe_at) == (
        "batch",
        "person",
        "boss: wrong text",
        None,
    )
    assert holds.release(hold, by="boss")
    submit_all()
    assert api.get(f"batches/{paused}").json()["counts"] == {"submitted": 1}
