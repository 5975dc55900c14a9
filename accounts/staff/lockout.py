"""Guessing of passwords: one name from one address is locked for a while; everybody else goes on.

The pair and not the name: a stranger who types wrong passwords for somebody would lock the owner out.
"""

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.signals import user_login_failed
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.networks import PeerUnknown, household, peer_of


def address_of(request: HttpRequest) -> str | None:
    """Return where a login comes from, of an IPv6 address the first of its network, or nothing if nobody said."""
    try:
        peer = peer_of(request.META)
    except PeerUnknown:
        return None
    return household(peer).partition("/")[0]


def count_wrong_code(request: HttpRequest, username: str) -> None:
    """Count a wrong second factor as a wrong password is counted."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)


def say_locked(
    request: HttpRequest, _response: HttpResponse | None = None, _credentials: Any = None
) -> HttpResponse:
    """Answer 429 with a page that says what to do."""
    context = admin.site.each_context(request) | {
        "title": _("Locked for a while"),
        "minutes": int(settings.AXES_COOLOFF_TIME.total_seconds() // 60),
    }
    return render(request, "accounts/locked.html", context, status=429)


def forget_attempts(most: int) -> int:
    """Delete wrong tries that count no more, at most so many; return how many."""
    old = AccessAttempt.objects.filter(attempt_time__lt=Now() - settings.AXES_COOLOFF_TIME)
    return int(AccessAttempt.objects.filter(pk__in=old.order_by("pk").values("pk")[:most]).delete()[0])


def unlock(username: str) -> int:
    """Forget every wrong try for this name, from wherever; return how many addresses it had come from."""
    return int(AccessAttempt.objects.filter(username=username).delete()[0])
