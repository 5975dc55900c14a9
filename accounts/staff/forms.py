"""What people type to get in."""

from typing import Any

import structlog
from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from accounts.encryption import WrongEncryptionKey
from accounts.staff import lockout, second_factor
from accounts.staff.reset import has_ended

log = structlog.get_logger(__name__)


def code_field(help_text: Any, *, required: bool) -> forms.CharField:
    """Return a field for six digits or a backup code, which phones fill in by themselves."""
    attributes = {
        "autocomplete": "one-time-code",
        "class": " ".join(BASE_INPUT_CLASSES),
        "spellcheck": "false",
    }
    return forms.CharField(
        label=gettext_lazy("Code from your phone"),
        help_text=help_text,
        max_length=20,
        required=required,
        widget=forms.TextInput(attributes),
    )


class LoginForm(AuthenticationForm):  # type: ignore[misc]
    """Name, password, and a code from whoever has a second factor."""

    error_messages = {
        "invalid_login": gettext_lazy(
            "Name or password is wrong, or this is no login of staff. After five wrong tries in a row, this name is "
            "locked for a while for whoever tries from here."
        ),
        "inactive": gettext_lazy("This login has been switched off."),
    }
    code = code_field(
        gettext_lazy("Or a backup code. Leave it empty if you have not set up a second factor."),
        required=False,
    )

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Raise `ValidationError` for who is no staff, for a printed password that is over, and for a wrong code."""
        super().confirm_login_allowed(user)
        if has_ended(user):
            raise ValidationError(PASSWORD_ENDED)
        if second_factor.has_second_factor(user):
            user.otp_device = self._device(user)  # type: ignore[attr-defined]  # django-otp reads it when it logs in

    def _device(self, user: AbstractBaseUser) -> Any:
        code = self.cleaned_data.get("code", "")
        if not code:
            raise ValidationError(
                _("This login has a second factor. Type the password again, and a code from your phone.")
            )
        refuse_while_waiting(user)
        try:
            device = second_factor.verify(user, code)
        except WrongEncryptionKey as error:
            log.exception("staff_phone_unreadable", login=user.get_username())
            raise ValidationError(PHONE_UNREADABLE) from error
        if device is None:
            lockout.count_wrong_code(self.request, user.get_username())
            raise ValidationError(WRONG_CODE)
        return device


PASSWORD_ENDED = gettext_lazy(
    "This password was printed too long ago, and opens nothing any more. Have a new one made by: manage.py "
    "reset_staff NAME"
)
WRONG_CODE = gettext_lazy(
    "This code is wrong, or was used before. Wait for the next one; if they are always wrong, the clock of the "
    "phone is not right."
)

PHONE_UNREADABLE = gettext_lazy(
    "No code from a phone can be checked at this moment: the key it was stored with is missing from "
    "FIELD_ENCRYPTION_KEYS. Log in with a backup code, or tell somebody who runs this service."
)


def refuse_while_waiting(user: Any) -> None:
    """Raise `ValidationError` while no code is taken because wrong ones came before."""
    seconds = second_factor.seconds_to_wait(user)
    if seconds:
        text = ngettext(
            "Too many wrong codes. Try again in %(count)d second.",
            "Too many wrong codes. Try again in %(count)d seconds.",
            seconds,
        )
        raise ValidationError(text % {"count": seconds})


class CodeForm(forms.Form):
    """A code that shows that a phone is at hand."""

    code = code_field("", required=True)
