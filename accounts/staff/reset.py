"""The way back in for somebody who is shut out, and the password that goes with it."""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import OneTimePassword
from accounts.staff import lockout, second_factor


@transaction.atomic
def reset_staff(user: User) -> str:
    """Return a new password, to be changed at the first login; end lock-outs, second factor and sessions.

    It opens the login for STAFF_RESET_HOURS. A session belongs to the password it was opened with, so the new one ends
    them all.
    """
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    OneTimePassword.objects.update_or_create(
        user=user, defaults={"encoded": user.password, "issued_at": Now()}
    )
    second_factor.remove(user)
    lockout.unlock(user.get_username())
    return password


def must_change_password(user: Any) -> bool:
    """Return whether somebody else has seen the user's password, when it was printed."""
    return _printed(user).exists()


def has_ended(user: Any) -> bool:
    """Return whether the user's password was printed too long ago to be of use."""
    return _printed(user).filter(issued_at__lte=Now() - timedelta(hours=settings.STAFF_RESET_HOURS)).exists()


def _printed(user: Any) -> QuerySet[OneTimePassword]:
    return OneTimePassword.objects.filter(user_id=user.pk, encoded=user.password)
