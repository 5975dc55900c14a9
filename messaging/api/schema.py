"""OpenAPI: what the views say of themselves, and what holds for every operation."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from messaging.api.counts import COUNTS
from messaging.api.errors import CONTENT_TYPE
from messaging.api.examples import ANSWERS, LINKS, REQUESTS, problem_example
from messaging.api.fields import StrictSerializer
from messaging.api.problems import CODES, OF_A_FIELD, STATUSES

Schema = dict[str, Any]

EVERYWHERE = (400, 401, 403, 406, 429, 500, 503)
WITH_BODY = (408, 413, 415, 422)

HEADERS: dict[str, Schema] = {
    "X-Request-ID": {
        "description": "Yours, when it had up to 64 letters, digits, dots, hyphens and underscores; or ours.",
        "schema": {"type": "string"},
        "required": True,
    },
    "Idempotent-Replayed": {
        "description": "`true`: this is the first answer again; nothing was done now.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the same request is sent again.",
        "schema": {"type": "integer", "minimum": 1},
        "required": True,
    },
    "WWW-Authenticate": {
        "description": "How to send the key.",
        "schema": {"type": "string"},
        "required": True,
    },
    "RateLimit-Limit": {
        "description": "Requests that may come at once; only where your application's rate is limited.",
        "schema": {"type": "integer"},
    },
    "RateLimit-Remaining": {"description": "Requests left at once.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until all are left again.", "schema": {"type": "integer"}},
}
RATE = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
HEADERS_OF = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}

LANGUAGE: Schema = {
    "in": "header",
    "name": "Accept-Language",
    "schema": {"type": "string", "example": "zh-hans"},
    "description": "`en` or `zh-hans`: the language of explanations, `title` and `detail`.",
}


def problems(*statuses: int) -> dict[int, OpenApiResponse]:
    """Return the error answers that an operation has beside those that every one has, such as 409."""
    return {status: OpenApiResponse(description=STATUSES[status]) for status in statuses}


@cache
def page_of(serializer: type[serializers.Serializer[Any]]) -> Any:
    """Return the serializer of a page of something."""
    name = serializer.__name__.removesuffix("Out")
    fields = {"results": serializer(many=True), "next": serializers.CharField(allow_null=True)}
    return inline_serializer(f"{name}Page", fields)


class Operation(AutoSchema):
    """One operation, with the errors, headers, examples and links that nobody has to write at each view."""

    def get_operation(self, *arguments: Any) -> Schema | None:
        operation: Schema | None = super().get_operation(*arguments)
        if operation is not None:
            operation.setdefault("parameters", []).append(LANGUAGE)
            self._add_problems(operation)
            self._dress(operation)
        return operation

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """`In` and `Out` are our words; a client has messages."""
        name: str = super().get_serializer_name(serializer, direction)
        return name.removesuffix("In").removesuffix("Out")

    def _map_serializer(self, serializer: Any, *arguments: Any, **options: Any) -> Schema:
        schema: Schema = super()._map_serializer(  # type: ignore[no-untyped-call]
            serializer, *arguments, **options
        )
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def _add_problems(self, operation: Schema) -> None:
        answers: Schema = operation["responses"]
        some = {parameter["in"] for parameter in operation["parameters"]} - {"header"}
        statuses = {int(status) for status in answers if int(status) >= 400} | {*EVERYWHERE}
        statuses |= {*WITH_BODY} if "requestBody" in operation else set()
        statuses |= {404} if "path" in some else set()
        statuses |= {402, 409, 422} if _is_done_once(operation) else set()
        for status in sorted(statuses):
            answers[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}

    def _dress(self, operation: Schema) -> None:
        """Headers, examples and links of what is answered when all goes well."""
        name = operation["operationId"]
        if name in REQUESTS:
            operation["requestBody"]["content"]["application/json"]["examples"] = _examples(REQUESTS[name])
            operation["requestBody"]["required"] = True
        for status, answer in operation["responses"].items():
            if int(status) < 400:
                answer["headers"] = _headers(
                    "X-Request-ID", *RATE, *(["Idempotent-Replayed"] if _is_done_once(operation) else [])
                )
                answer["links"] = LINKS.get(name, {})
                for media in answer.get("content", {}).values():
                    media["examples"] = _examples(ANSWERS.get(name, {}))


def _is_done_once(operation: Schema) -> bool:
    return any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])


def _headers(*names: str) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _examples(values: Mapping[str, Any]) -> Schema:
    return {name: {"value": value} for name, value in values.items()}


def with_components(result: Schema, **_: Any) -> Schema:
    """Add headers and error answers to the components. A hook of drf-spectacular's."""
    components: Schema = result["components"]
    components["headers"] = HEADERS
    components["responses"] = {f"Problem{status}": _problem_answer(status) for status in STATUSES}
    components["schemas"] |= {"ProblemEntry": ENTRY, "Counts": COUNTS} | {
        f"Problem{status}": _problem_schema(status) for status in STATUSES
    }
    _name_choices(result["paths"], components["schemas"])
    components["schemas"] = dict(sorted(components["schemas"].items()))
    return result


def _name_choices(paths: Schema, named: Schema) -> None:
    """Let a parameter that takes one of a few words refer to them by their name, where they have one."""
    names = {frozenset(schema["enum"]): name for name, schema in named.items() if "enum" in schema}
    operations = [operation for methods in paths.values() for operation in methods.values()]
    for parameter in (parameter for operation in operations for parameter in operation["parameters"]):
        if name := names.get(frozenset(parameter["schema"].get("enum", ()))):
            parameter["schema"] = {"$ref": f"#/components/schemas/{name}"}


def _problem_answer(status: int) -> Schema:
    return {
        "description": STATUSES[status],
        "headers": _headers("X-Request-ID", *HEADERS_OF.get(status, ()), *RATE),
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": f"#/components/schemas/Problem{status}"},
                "examples": _examples({CODES[status][0]: problem_example(status)}),
            }
        },
    }


ENTRY: Schema = {
    "type": "object",
    "required": ["pointer", "code", "detail"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer (RFC 6901) into the body that was sent, such as `/to/3`.",
        },
        "code": {"type": "string", "enum": list(OF_A_FIELD)},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
    },
}


def _problem_schema(status: int) -> Schema:
    properties: Schema = {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "const": status},
        "code": {"type": "string", "enum": list(CODES[status])},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/ProblemEntry"},
            "description": "At most 100; empty where nothing in the body is wrong.",
        },
        "request_id": {"type": ["string", "null"], "description": "Name it when you ask us: our log has it."},
        "retry": {
            "$ref": "#/components/schemas/Retry",
            "description": "Whether it is safe and useful to send the same request again.",
        },
    }
    return {
        "type": "object",
        "description": f"RFC 9457. {STATUSES[status]}",
        "required": list(properties),
        "properties": properties,
    }
