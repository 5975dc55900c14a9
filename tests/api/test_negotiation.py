"""Content types, methods and addresses that are not ours: each says what is."""

import pytest

from tests.api.mistakes import GOOD, nothing_stored, raw, told

pytestmark = pytest.mark.django_db


@pytest.mark.fault("A1")
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
        "*/*x",
    ],
)
def test_another_content_type_is_refused_and_the_right_one_named(api, content_type):
    answer = raw(api, GOOD, content_type)
    assert told(answer) == (415, "unsupported_media_type", [])
    assert "application/json" in answer.json()["detail"]
    assert nothing_stored()


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_under_its_other_names_is_taken(api, content_type):
    assert raw(api, GOOD, content_type).status_code == 202


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", ""])
def test_only_json_is_answered(api, accept):
    answer = api.get("messages", Accept=accept)
    assert told(answer) == (406, "not_acceptable", [])
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "accept", ["*/*", "application/*", "application/json;q=0.1, text/html", "application/json"]
)
def test_whoever_takes_json_gets_it(api, accept):
    assert api.get("messages", Accept=accept).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "messages"),
        ("PUT", "messages"),
        ("POST", "inbound"),
        ("OPTIONS", "messages"),
        ("TRACE", "batches"),
    ],
)
def test_what_can_not_be_done_here_names_what_can(api, method, path):
    answer = api.client.generic(method, f"/api/v1/{path}")
    assert told(answer) == (405, "method_not_allowed", [])
    assert answer.headers["Allow"].split(", ")[0] in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/messages/", "/messages", "/messages/", "/v1/messages", "/api/messages", "/api/v1//messages"],
)
def test_an_address_that_is_nearly_ours_is_told(api, path):
    answer = api.client.post(path, GOOD, format="json", headers={"Accept": "*/*"})
    assert told(answer) == (404, "not_found", [])
    nearly = "Try /api/v1/messages;" in answer.json()["detail"]
    assert nearly == (path != "/api/v1//messages")


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/", "/mesages", "/admin2"])
def test_an_address_that_is_nothing_like_ours_names_the_list(api, path):
    answer = api.client.get(path)
    assert told(answer) == (404, "not_found", [])
    assert "/api/v1/docs/" in answer.json()["detail"]
    assert "Try" not in answer.json()["detail"]


def test_people_get_a_page(client):
    for path in ("/", "/messages"):
        answer = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
