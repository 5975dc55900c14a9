"""The content security policy of what browsers show."""

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class ContentSecurityPolicy(CSPMiddleware):
    """Leaves answers to programs alone, and loosens `script-src` for the admin, whose theme evaluates attributes."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        match = request.resolver_match
        if match and "admin" in match.app_names:
            response._csp_replace = {"script-src": settings.ADMIN_SCRIPT_SOURCES}  # type: ignore[attr-defined]  # noqa: SLF001
        answer: HttpResponseBase = super().process_response(request, response)
        return answer
