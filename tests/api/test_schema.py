"""OpenAPI and its page."""

import pytest
import yaml

pytestmark = pytest.mark.django_db


def test_the_schema_is_openapi_3_1_and_names_every_route(client):
    schema = yaml.safe_load(client.get("/api/v1/schema/").content)
    assert schema["openapi"].startswith("3.1")
    assert set(schema["paths"]) >= {
        "/api/v1/messages", "/api/v1/messages/{message_id}", "/api/v1/batches", "/api/v1/batches/{batch_id}",
        "/api/v1/batches/{batch_id}/messages", "/api/v1/inbound", "/api/v1/balance", "/api/v1/codes",
        "/api/v1/codes/{table}/{code}",
    }  # fmt: skip


def test_every_operation_says_how_it_fails(client):
    schema = yaml.safe_load(client.get("/api/v1/schema/").content)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert "401" in operation["responses"], (method, path)


def test_the_page_needs_no_inline_script(client):
    answer = client.get("/api/v1/docs/")
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"].split("style-src")[0]
