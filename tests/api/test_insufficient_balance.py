"""An application with a purse sends what it can pay for."""

from uuid import UUID

import pytest

from accounts.ledger import open_purse, top_up
from accounts.models import Posting, Purse
from accounts.services import create_application
from messaging.models import Batch, Message
from messaging.services import resending
from tests.conftest import Api


@pytest.fixture
def api(upstream) -> Api:
    application, key = create_application("payer", environment="sandbox")
    open_purse(application, charge_type="PRECHARGE", price_per_part=45)
    top_up(application.pk, 100, reason="bank", posted_by="boss")
    return Api(key)


def test_a_single_is_refused_whole_and_says_what_to_do(api: Api) -> None:
    for number in range(2):
        api.send(to=f"1380000000{number}")
    answer = api.post("messages", {"to": "13800000009", "content": "【Acme】hi"})
    assert answer.status_code == 402
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["retry"]) == ("insufficient_balance", "after_fix")
    assert "balance is 10" in problem["detail"]
    assert Message.objects.count() == 2
    assert Purse.objects.get().balance == 10


def test_a_batch_is_refused_whole_unless_it_may_skip(api: Api) -> None:
    batch = {"to": [f"1380000000{number}" for number in range(3)], "content": "【Acme】hi"}
    refused = api.post("batches", batch)
    assert refused.status_code == 402
    assert not Batch.objects.exists()
    accepted = api.post("batches", batch | {"on_invalid": "skip"}).json()
    assert (accepted["accepted"], [item["code"] for item in accepted["rejected"]]) == (
        2,
        ["insufficient_balance"],
    )
    assert accepted["rejected"][0]["index"] == 2
    assert Purse.objects.get().balance == 10
    assert Posting.objects.filter(kind="charge", side="purse").count() == 1


def test_a_key_is_not_used_up_by_a_refusal(api: Api) -> None:
    text = {"to": "13800000009", "content": "【Acme】" + "长" * 140}
    headers = {"Idempotency-Key": "k1"}
    assert api.post("messages", text, **headers).status_code == 402
    top_up(Purse.objects.get().application_id, 100, reason="bank", posted_by="boss")
    assert api.post("messages", text, **headers).status_code == 202
    assert api.post("messages", text, **headers)["Idempotent-Replayed"] == "true"
    assert Purse.objects.get().balance == 200 - 3 * 45


def test_the_balance_is_the_ledgers_with_its_terms(api: Api) -> None:
    api.send()
    assert api.get("balance").json()["application"] == {
        "balance": 55,
        "unit": "0.001 CNY",
        "charge_type": "PRECHARGE",
        "credit_line": None,
        "price_per_part": 45,
    }


@pytest.mark.usefixtures("upstream")
def test_who_has_no_purse_has_no_balance() -> None:
    _application, key = create_application("free", environment="sandbox")
    assert Api(key).get("balance").json()["application"] is None


def test_a_resend_is_charged_like_a_new_message_and_refused_like_one(api: Api) -> None:
    lost = [api.send(to=f"1380000000{number}") for number in range(2)]
    Message.objects.update(state="unknown")
    answer = api.post(f"messages/{lost[0]}/resend", None)
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_balance")
    assert Message.objects.filter(resent_as=None).count() == 2
    top_up(Purse.objects.get().application_id, 40, reason="bank", posted_by="boss")
    assert api.post(f"messages/{lost[0]}/resend", None).status_code == 202
    assert Purse.objects.get().balance == 5


def test_what_policy_resends_waits_for_money(api: Api) -> None:
    lost = api.send(to="13800000001")
    api.send(to="13800000002")
    Message.objects.update(state="unknown")
    assert not resending._resent(UUID(lost))
    top_up(Purse.objects.get().application_id, 40, reason="bank", posted_by="boss")
    assert resending._resent(UUID(lost))
    assert Purse.objects.get().balance == 5


def test_the_preflight_tells_the_applications_price_and_what_is_missing(api: Api) -> None:
    body = {"to": [f"1380000000{number}" for number in range(3)], "content": "【Acme】hi"}
    told = api.post("messages/check", body).json()
    assert (told["cost"], told["accepted"]) == (3 * 45, 0)
    assert [problem["code"] for problem in told["problems"]] == ["insufficient_balance"]
    told = api.post("messages/check", body | {"on_invalid": "skip"}).json()
    assert (told["cost"], told["accepted"]) == (2 * 45, 2)
    assert [problem["pointer"] for problem in told["problems"]] == ["/to/2"]
