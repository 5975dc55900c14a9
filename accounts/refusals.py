"""Why a caller is turned away before a request is looked at: for the key, the scope, the network or the rate.

`default_code` is the problem's `code`; the API's exception handler writes the answer.
"""

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail, PermissionDenied, Throttled

# One answer for every wrong key, and for none: which part was wrong is nobody's business.
WRONG_KEY = _(
    "Send a valid API key as `Authorization: Bearer sgw_…`. This request has none, or one that is malformed, unknown, "
    "expired or revoked. Ask staff for a new one."
)


class MissingScope(PermissionDenied):
    default_code = "missing_scope"


class NetworkNotAllowed(PermissionDenied):
    default_code = "network_not_allowed"


class RateLimited(Throttled):
    """`wait` is in seconds."""

    default_code = "rate_limited"

    def __init__(self, detail: str, wait: float) -> None:
        super().__init__()
        self.detail, self.wait = ErrorDetail(detail, self.default_code), wait


class TooManyWrongKeys(RateLimited):
    default_code = "too_many_wrong_keys"
