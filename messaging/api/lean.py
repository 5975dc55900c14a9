"""The lean way of `POST messages`, which comes a thousand times a second: past what only other requests need.

Who may call, the rules, the keys and the answers are the view's own; left out are the search for the view, the other
middleware, and the framework's choice of parser, language and form of answer. A request for which these matter, or that
may not call, goes the long way.
"""

from collections.abc import Callable
from functools import cached_property
from typing import IO, Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils import translation
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from messaging.api.authentication import ApiAuthentication
from messaging.api.errors import CONTENT_TYPE, problem_response
from messaging.api.parsers import StrictJSONParser
from messaging.api.views import Messages

PATH = "/api/v1/messages"
MOST_BYTES = 65_536
ANY_ANSWER = (None, "*/*", "application/json")


class LeanRequest:
    """As much of a request as the view looks at."""

    def __init__(self, request: HttpRequest) -> None:
        self.META, self.headers, self.path, self.method = request.META, request.headers, request.path, "POST"
        self.query_params: dict[str, str] = {}
        self.stream = cast("IO[bytes]", request)
        self.user: Any = None
        self._request = request

    @cached_property
    def data(self) -> Any:
        return StrictJSONParser().parse(self.stream)


class LeanMessages:
    """Middleware: answers plain posts of single messages, and hands everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._view, self._authentication = Messages(), ApiAuthentication()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_plain(request) and (lean := self._admitted(request)):
            request.get_host()  # refuses what ALLOWED_HOSTS does not name
            request.resolver_match = self._match  # the log names the route
            translation.activate(settings.LANGUAGE_CODE)  # the thread may still speak another caller's
            return self._post(lean)
        return self.get_response(request)

    @cached_property
    def _match(self) -> Any:
        return resolve(PATH)

    def _admitted(self, request: HttpRequest) -> LeanRequest | None:
        lean: Any = LeanRequest(request)
        try:
            lean.user = self._authentication.recognise(lean)
            if lean.user is None or not all(
                permission.has_permission(lean, self._view) for permission in self._view.get_permissions()
            ):
                return None
        except APIException:
            return None
        return cast("LeanRequest", lean)

    def _post(self, lean: Any) -> HttpResponseBase:
        try:
            self._view.check_throttles(lean)
            answer = cast("HttpResponse", self._view.post(lean))
        except Exception as error:
            refusal = problem_response(error, {})
            if refusal is None:
                raise
            answer = _rendered(refusal)
        answer["Content-Length"] = str(len(answer.content))
        return answer


def _is_plain(request: HttpRequest) -> bool:
    meta = request.META
    length = str(meta.get("CONTENT_LENGTH") or "")
    return (
        request.path_info == PATH
        and request.method == "POST"
        and not meta.get("QUERY_STRING")
        and meta.get("CONTENT_TYPE") == "application/json"
        and "HTTP_ACCEPT_LANGUAGE" not in meta
        and meta.get("HTTP_ACCEPT") in ANY_ANSWER
        and length.isascii()
        and length.isdigit()
        and 0 < int(length) <= MOST_BYTES
    )


def _rendered(refusal: Response) -> HttpResponse:
    headers = {name: value for name, value in refusal.items() if name != "Content-Type"}
    body = JSONRenderer().render(refusal.data)
    return HttpResponse(body, status=refusal.status_code, content_type=CONTENT_TYPE, headers=headers)
