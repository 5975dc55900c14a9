"""A key opens what its scopes say, on every route."""

import re
import uuid

import pytest
import yaml
from rest_framework.test import APIClient

from accounts.models import Scope
from accounts.services import create_api_key
from messaging.api import urls
from messaging.api.views import Codes

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F2")]

METHODS = ("get", "post", "put", "patch", "delete")
VALUES = {"uuid": str(uuid.UUID(int=1)), "str": "STAT", "path": "DELIVRD"}


def operations():
    """Every route and method of the API, with the scope that its view names."""
    return [
        pytest.param(method, path, view.needs[method.upper()], id=f"{method} {path}")
        for path, view in views()
        for method in METHODS
        if hasattr(view, method)
    ]


def views():
    for pattern in urls.urlpatterns:
        path = re.sub(r"<(\w+):\w+>", lambda match: VALUES[match[1]], pattern.pattern._route)
        yield f"/api/v1/{path}", pattern.callback.view_class


@pytest.fixture
def client_with(shop):
    """A caller whose key has these scopes."""

    def client(*scopes):
        key = create_api_key(shop, scopes=scopes, force=True)[1]
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")

    return client


@pytest.mark.parametrize(("method", "path", "needed"), operations())
def test_every_route_with_every_scope(client_with, method, path, needed):
    for scope in Scope.values:
        answer = getattr(client_with(scope), method)(path, {}, format="json")
        refused = answer.status_code == 403
        assert refused == (needed is not None and scope != needed), (scope, answer.content)
        if refused:
            problem = answer.json()
            assert (problem["code"], problem["retry"]) == ("missing_scope", "after_fix")
            assert f"`{needed}`" in problem["detail"]
            assert f"`{scope}`" in problem["detail"]


def test_a_key_without_scopes_may_everything(client_with):
    client = client_with()
    for operation in operations():
        method, path, _needed = operation.values
        assert getattr(client, method)(path, {}, format="json").status_code != 403


def test_nothing_is_accepted_with_a_key_that_only_reads(client_with):
    reader = client_with("messages:read")
    answer = reader.post("/api/v1/messages", {"to": "13800000001", "content": "【A】hi"}, format="json")
    assert answer.status_code == 403
    assert reader.get("/api/v1/messages").json()["results"] == []


def test_the_schema_names_the_scope_of_each_operation(client):
    schema = yaml.safe_load(client.get("/api/v1/schema/").content)
    told = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            [told[f"{method} {path}"]] = [entry["apiKey"] for entry in operation["security"]]
    assert told["post /api/v1/messages"] == ["messages:send"]
    assert told["get /api/v1/inbound"] == ["inbound:read"]
    assert told["get /api/v1/codes"] == []
    named = [scope for _path, view in views() for scope in view.needs.values()]
    assert sorted(scopes[0] for scopes in told.values() if scopes) == sorted(filter(None, named))


def test_a_method_that_is_not_there_needs_no_scope(client_with):
    assert client_with("events:read").delete("/api/v1/messages").status_code == 405
    assert client_with("events:read").head("/api/v1/messages").status_code == 403


def test_a_view_that_names_no_scope_is_open_to_nobody(client_with, monkeypatch):
    monkeypatch.setattr(Codes, "needs", {})
    client = client_with()
    client.raise_request_exception = False
    assert client.get("/api/v1/codes").status_code == 500
