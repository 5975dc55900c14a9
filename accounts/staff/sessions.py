"""How long a session of staff lasts: so long without a request, and so long in all."""

import time

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

BEGAN, TOUCHED = "began", "touched"  # in seconds since 1970, in the session
TOUCH_SECONDS = 60  # each touch is a write, so a page that loads ten others is one


def go_on(session: SessionBase) -> bool:
    """Have the session last from now, by as much as the limits leave; return False when it is over.

    The limits are STAFF_IDLE_MINUTES and STAFF_SESSION_HOURS. The store forgets a session by itself when it has not
    been touched for the first.
    """
    now = time.time()
    left = session.get(BEGAN, now) + settings.STAFF_SESSION_HOURS * 3600 - now
    if left <= 0:
        return False
    if BEGAN not in session or now - session.get(TOUCHED, 0) >= TOUCH_SECONDS:
        session.setdefault(BEGAN, now)
        session[TOUCHED] = now
        session.set_expiry(max(1, int(min(settings.STAFF_IDLE_MINUTES * 60, left))))
    return True


def forget_sessions(most: int) -> int:
    """Delete sessions that are over, at most so many; return how many."""
    over = Session.objects.filter(expire_date__lt=Now())
    return Session.objects.filter(pk__in=over.values("pk")[:most]).delete()[0]
