import pytest

pytestmark = pytest.mark.django_db


def test_a_message_is_stored_before_it_is_answered(api):
    answer = api.post(
        "/api/v1/messages",
        {"to": "+86 138-0000-0001", "content": "【Acme】4711", "reference": "r1"},
        format="json",
    )
    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert body["to"] == "13800000001"
    again = api.get(f"/api/v1/messages/{body['id']}").json()
    assert [e["type"] for e in again["events"]] == ["message.accepted"]
