"""The admin's own content security policy: its theme evaluates expressions that stand in attributes."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class AdminScripts:
    """Loosens `script-src` on admin pages alone. Stands after `CSPMiddleware`, which reads what is left here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match and "admin" in match.app_names:
            response._csp_replace = {"script-src": settings.ADMIN_SCRIPT_SOURCES}  # type: ignore[attr-defined]  # noqa: SLF001
        return response
