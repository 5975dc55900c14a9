"""How many requests an application may make, and how it is told."""

from collections.abc import Callable
from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.authentication import Caller
from accounts.models import Application
from accounts.rates import Rate, Verdict, buckets, seconds
from accounts.refusals import RateLimited


class ApplicationRate(BaseThrottle):
    """Refuse what an application asks too fast. Without a rate nothing is looked up."""

    def allow_request(self, request: Request, _view: Any) -> bool:
        caller: object = request.user
        if not isinstance(caller, Caller):
            return True  # the schema, which needs no key
        rate = rate_of(caller.application)
        if rate is None:
            return True
        verdict = buckets.take(f"application:{caller.application.pk}", rate)
        # `RateHeaders` reads it, whatever is answered.
        request._request.rate_verdict = verdict  # type: ignore[attr-defined]  # noqa: SLF001
        if not verdict.allowed:
            raise RateLimited(_too_fast(rate, verdict), verdict.retry_after)
        return True


def rate_of(application: Application) -> Rate | None:
    """Return the application's rate in requests, a second's worth at once unless it says otherwise."""
    per_second = application.rate_per_second
    if per_second is None:
        return None
    return Rate(per_second, application.rate_burst or max(1, ceil(per_second)))


def _too_fast(rate: Rate, verdict: Verdict) -> str:
    text = _(
        "Your application may make %(rate)g requests a second, %(burst)d at once. Nothing was stored. Send it again in "
        "%(seconds)d seconds; a batch takes up to 10,000 messages in one request."
    )
    return text % {
        "rate": rate.per_second,
        "burst": rate.burst,
        "seconds": seconds(verdict.retry_after),
    }


class RateHeaders:
    """Tells a limited application what it has left, on every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        verdict: Verdict | None = getattr(request, "rate_verdict", None)
        if verdict is not None:
            response["RateLimit-Limit"] = str(verdict.limit)
            response["RateLimit-Remaining"] = str(verdict.remaining)
            response["RateLimit-Reset"] = str(ceil(verdict.full_after))
        return response
