"""What the published schema promises of an answer: whatever else comes is a mistake, ours or the schema's."""

import json
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from uritemplate import URITemplate, variables

Schema = dict[str, Any]
ROOT = "urn:schema"


@cache
def schema() -> Schema:
    """The schema as it is published; also while tests are collected, when no address answers yet."""
    found: Schema = json.loads(
        json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str)
    )
    return found


def operations() -> dict[tuple[str, str], Schema]:
    """Every operation, by method and path template."""
    return {
        (method.upper(), path): operation
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
    }


def check(method: str, path: str, answer: Any) -> None:
    """Raise `AssertionError` when an answer is not what its operation promises."""
    template = _template_of(method, path)
    if template is None:
        return
    promised = _resolved(_closed()["paths"][template][method.lower()]["responses"]).get(
        str(answer.status_code)
    )
    where = f"{method} {template} {answer.status_code}"
    assert promised is not None, f"{where} is not in the schema: {answer.content[:500]!r}"
    promised = _resolved(promised)
    for name, header in promised.get("headers", {}).items():
        given = answer.headers.get(name)
        assert given is not None or not _resolved(header).get("required"), f"{where}: no {name}"
    media = answer.headers.get("Content-Type", "").partition(";")[0]
    assert media in promised["content"], f"{where}: {media}"
    if media.endswith("json"):
        check_body(where, promised["content"][media]["schema"], json.loads(answer.content))


def check_body(where: str, schema: Schema, body: Any) -> None:
    """Raise `AssertionError` when a body is not what a part of the schema says."""
    wrong = sorted(_validator(json.dumps(schema)).iter_errors(body), key=lambda error: len(error.path))
    assert not wrong, f"{where}: {wrong[0].json_path}: {wrong[0].message}"


@cache
def _validator(schema: str) -> Validator:
    """The same `$ref`s, looked up in the whole schema."""
    registry = Registry().with_resource(
        ROOT, Resource.from_contents(_closed(), default_specification=DRAFT202012)
    )
    located = schema.replace('"$ref": "#', f'"$ref": "{ROOT}#')
    return Draft202012Validator(json.loads(located), registry=registry, format_checker=FormatChecker())


@cache
def _closed() -> Schema:
    """The schema without room for fields that it does not name."""
    closed: Schema = json.loads(json.dumps(schema()))
    for component in closed["components"]["schemas"].values():
        if "properties" in component:
            component.setdefault("additionalProperties", False)
    return closed


def _resolved(part: Schema) -> Schema:
    if "$ref" not in part:
        return part
    found: Any = _closed()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return _resolved(found)


@cache
def _template_of(method: str, path: str) -> str | None:
    """The path's template; the one with the fewest variables, as the router chooses."""
    fits = [
        template
        for (known, template) in operations()
        if known == method and _fits(template.split("/"), path.split("/"))
    ]
    return min(fits, key=lambda template: len(variables(template)), default=None)


def _fits(template: list[str], path: list[str]) -> bool:
    """A code of the vendor's may hold slashes."""
    if len(path) > len(template) and template[-1] == "{code}":
        path = [*path[: len(template) - 1], "/".join(path[len(template) - 1 :])]
    return len(template) == len(path) and all(
        place.startswith("{") or place == given for place, given in zip(template, path, strict=True)
    )


def url_of(template: str, **values: str) -> str:
    """Fill in a path template."""
    return str(URITemplate(template).expand(values))
