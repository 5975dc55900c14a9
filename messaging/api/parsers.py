"""JSON as strict as RFC 8259 asks: what readers disagree about is refused, with the reason."""

import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

BODY_IS_LATE = "smsgateway.body_is_late"  # in a request's environment
MAX_DEPTH = 16  # ours is three


class InvalidJson(APIException):
    status_code = 400
    default_code = "invalid_json"


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"


class BodyTooSlow(APIException):
    status_code = 408
    default_code = "body_too_slow"


def json_body(request: Request) -> Any:
    """Return the parsed body; raise `InvalidJson` for an empty one, which DRF takes for an empty form.

    Raises `BodyTooSlow` where the server has given up waiting for it.
    """
    if request.META.get(BODY_IS_LATE):
        text = _("The body did not come within %(seconds)d seconds. Nothing was stored; send it again.")
        raise BodyTooSlow(text % {"seconds": settings.REQUEST_BODY_SECONDS})
    if request.stream is None:
        raise InvalidJson(_("The body is empty. Send a JSON object."))
    return request.data


class StrictJSONParser(BaseParser):
    """Refuses NaN, Infinity, duplicate names, deep nesting and huge integers; raises `InvalidJson`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = _read(stream)
        try:
            body = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)
        except RecursionError as error:
            raise InvalidJson(_too_deep()) from error
        except UnicodeDecodeError as error:
            raise InvalidJson(_("The body is not UTF-8.")) from error
        except ValueError as error:
            raise InvalidJson(
                _("The body is not valid JSON: %(reason)s.") % {"reason": _reason(error)}
            ) from error
        if not isinstance(body, dict):
            raise InvalidJson(_("The body must be a JSON object."))
        if _is_deep(body):
            raise InvalidJson(_too_deep())
        return body


def _too_deep() -> str:
    return _("The JSON is nested too deeply.")


def _is_deep(body: dict[str, Any]) -> bool:
    level: list[Any] = [body]
    for _depth in range(MAX_DEPTH):
        level = [within for holder in level for within in _within(holder) if isinstance(within, dict | list)]
        if not level:
            return False
    return True


def _within(holder: Any) -> Iterable[Any]:
    return holder.values() if isinstance(holder, dict) else holder


def _read(stream: IO[bytes]) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    raw = stream.read(limit + 1)
    if len(raw) > limit:
        text = _("The body is larger than %(limit)d bytes. Split it into several requests.")
        raise BodyTooLarge(text % {"limit": limit})
    return raw


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    text = str(error)
    return "an integer is too long" if "integer string conversion" in text else text
