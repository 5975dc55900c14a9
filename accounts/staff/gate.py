"""What stands between a login and the admin: a session that is not over, a password of one's own, a second factor.

And whose name stands beside what is changed behind it.
"""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.changes import acting_as
from accounts.staff import second_factor, sessions
from accounts.staff.forms import PASSWORD_ENDED
from accounts.staff.reset import has_ended, must_change_password

READING = ("GET", "HEAD", "OPTIONS")
ALWAYS_OPEN = ("admin:login", "admin:logout", "admin:jsi18n")


class StaffGate:
    """Middleware that lets nobody into any page under the admin who has not met all of it.

    By the path and not in the pages, so that no page can forget it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(reverse("admin:index")) or not request.user.is_authenticated:
            return self.get_response(request)
        return _sent_away(request) or self.get_response(request)


class Acting:
    """Middleware that has changes of the configuration recorded under the name of who made the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in READING or not request.user.is_authenticated:
            return self.get_response(request)
        with acting_as(request.user.get_username()):
            return self.get_response(request)


def _sent_away(request: HttpRequest) -> HttpResponse | None:
    """Return where this person must go first, if anywhere."""
    if not sessions.go_on(request.session):
        return _to_login(request, _("Your session has ended. Please log in again."))
    if request.path_info in map(reverse, ALWAYS_OPEN):
        return None
    if must_change_password(request.user):
        if has_ended(request.user):
            return _to_login(request, str(PASSWORD_ENDED))
        return _only(
            request,
            "admin:password_change",
            _("Your password was printed for somebody to read. Please choose one of your own."),
        )
    if second_factor.is_verified(request.user):
        return None
    if second_factor.has_second_factor(request.user):
        return _to_login(request, _("Please log in again, with a code from your phone."))
    if second_factor.is_required():
        return _only(
            request, "admin:second_factor", _("Before you go on, set up a second factor for your login.")
        )
    return None


def _to_login(request: HttpRequest, why: str) -> HttpResponse:
    logout(request)
    messages.warning(request, why)
    return redirect_to_login(request.get_full_path(), reverse("admin:login"))


def _only(request: HttpRequest, page: str, why: str) -> HttpResponse | None:
    if request.path_info == reverse(page):
        return None
    messages.warning(request, why)
    return HttpResponseRedirect(reverse(page))
