"""OpenAPI and its page."""

import ast
from pathlib import Path

import pytest
import yaml

from messaging.api import examples
from messaging.api.problems import CODES, STATUSES
from tests.api import contract

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
ROUTES = {
    "/api/v1/messages", "/api/v1/messages/{message_id}", "/api/v1/messages/{message_id}/resend", "/api/v1/batches",
    "/api/v1/batches/{batch_id}", "/api/v1/batches/{batch_id}/messages", "/api/v1/inbound", "/api/v1/balance",
    "/api/v1/codes", "/api/v1/codes/{table}/{code}",
}  # fmt: skip


def test_the_schema_is_openapi_3_1_and_names_every_route(client):
    published = yaml.safe_load(client.get("/api/v1/schema/").content)
    assert published == contract.schema()
    assert published["openapi"].startswith("3.1")
    assert set(contract.schema()["paths"]) >= ROUTES


@pytest.mark.parametrize("query", ["", "?format=json", "?format=yaml"])
def test_the_schema_is_json_that_whoever_reads_yaml_reads_too(client, query):
    answer = client.get(f"/api/v1/schema/{query}")
    assert answer["Content-Type"] == "application/json"
    assert yaml.safe_load(answer.content) == answer.json()
    written = client.get("/api/v1/schema/", headers={"Accept": "application/yaml"})
    assert written["Content-Type"] == "application/yaml; charset=utf-8"
    assert yaml.safe_load(written.content) == answer.json()


def test_every_operation_has_a_name_that_a_client_can_bear():
    names = [operation["operationId"] for operation in contract.operations().values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if name.endswith(("_retrieve", "_create"))] == []


def test_whatever_a_client_makes_a_class_of_has_a_name():
    """A generator invents a name for each set of words and each object that stands inside another."""
    published = contract.schema()
    named = published["components"]["schemas"]
    assert [name for name, schema in named.items() for _ in _nameless(schema.get("properties", {}))] == []
    parameters = [p for operation in contract.operations().values() for p in operation["parameters"]]
    assert [p["name"] for p in parameters if [*_nameless(p)]] == []


def _nameless(found):
    """Sets of words and objects within; the codes of a problem are named after it, which says what they are."""
    if isinstance(found, dict):
        if "enum" in found or "additionalProperties" in found or "properties" in found:
            yield found
        found = [value for name, value in found.items() if name not in {"code", "status", "examples"}]
    for value in found if isinstance(found, list) else ():
        yield from _nameless(value)


def test_every_operation_says_how_it_fails():
    for (method, path), operation in contract.operations().items():
        expected = {"401", "403", "429", "503"}
        expected |= {"404"} if "{" in path else set()
        expected |= {"400", "413", "415", "422"} if "requestBody" in operation else set()
        assert expected <= operation["responses"].keys(), (method, path)


def test_every_operation_shows_an_answer_and_what_is_to_be_sent():
    for (method, path), operation in contract.operations().items():
        assert operation["operationId"] in examples.ANSWERS, (method, path)
        assert ("requestBody" in operation) == (operation["operationId"] in examples.REQUESTS), (method, path)


def test_every_example_is_what_its_operation_takes_and_gives():
    for operation in contract.operations().values():
        name = operation["operationId"]
        for body in examples.REQUESTS.get(name, {}).values():
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            contract.check_body(name, schema, body)
        [answer] = [answer for status, answer in operation["responses"].items() if status < "300"]
        [media] = answer["content"].values()
        for body in examples.ANSWERS[name].values():
            contract.check_body(name, media["schema"], body)


def test_every_problem_has_an_example_that_is_one():
    for status in STATUSES:
        contract.check_body(
            f"{status}",
            {"$ref": f"#/components/schemas/Problem{status}"},
            examples.problem_example(status),
        )


def test_every_link_leads_to_an_operation_with_those_parameters():
    by_name = {operation["operationId"]: operation for operation in contract.operations().values()}
    for name, links in examples.LINKS.items():
        assert name in by_name
        for link in links.values():
            takes = {parameter["name"] for parameter in by_name[link["operationId"]]["parameters"]}
            assert link["parameters"].keys() <= takes


def test_every_code_that_we_raise_stands_in_the_schema():
    """Callers switch on it, and a generated client knows no other."""
    raised = {code for file in _sources() for code in _raised_in(ast.parse(file.read_text()))}
    assert len(raised) > 20
    promised = {code for codes in CODES.values() for code in codes}
    assert raised - promised - NO_CODES == set()


# Names of fields, the base class's, and what a command says.
NO_CODES = {"to", "content", "send_at", "expires_at", "error", "backup_time"}
RAISING = {"Invalid", "Refused", "Throttled", "Problem", "ErrorDetail", "_refuse"}


def _sources():
    """What callers reach; the admin's own refusals are read by staff."""
    rooms = [ROOT / "messaging", ROOT / "accounts"]
    return [file for room in rooms for file in room.rglob("*.py") if "admin" not in file.parts]


def _raised_in(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in RAISING:
            texts = [*node.args, *(word.value for word in node.keywords if word.arg == "code")]
            yield from (text.value for text in texts if _is_code(text))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"default_code", "code"}:
            yield from (node.value.value for _ in [0] if _is_code(node.value))


def _is_code(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()


def test_the_page_needs_no_inline_script(client):
    answer = client.get("/api/v1/docs/")
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"].split("style-src")[0]
