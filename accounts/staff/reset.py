"""The way back in for somebody who is shut out, and the password that goes with it."""

import secrets
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from accounts.models import OneTimePassword
from accounts.staff import lockout, second_factor


@transaction.atomic
def reset_staff(user: User) -> str:
    """Return a new password, to be changed at the first login; end lock-outs, second factor and sessions.

    A session belongs to the password it was opened with, so the new one ends them all.
    """
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    OneTimePassword.objects.update_or_create(user=user, defaults={"encoded": user.password})
    second_factor.remove(user)
    lockout.unlock(user.get_username())
    return password


def must_change_password(user: Any) -> bool:
    """Return whether somebody else has seen the user's password, when it was printed."""
    return OneTimePassword.objects.filter(user_id=user.pk, encoded=user.password).exists()
