"""What a key may do: each view says which scope each of its methods needs."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.authentication import Caller
from accounts.models import Scope
from accounts.refusals import WRONG_KEY, MissingScope
from accounts.scopes import needed_scope


class NeededScope(BasePermission):
    """Ask for a valid key with the scope that the view needs."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Caller):
            raise NotAuthenticated(WRONG_KEY)
        scope = needed_scope(view, request.method or "")
        if scope and not request.user.key.may(scope):
            raise MissingScope(_lacking(request.user, scope))
        return True


def _lacking(caller: Caller, scope: Scope) -> str:
    text = _(
        "This needs the scope `%(scope)s`; your key has %(scopes)s. Use another key of yours, or ask staff for one "
        "with this scope."
    )
    return text % {"scope": scope.value, "scopes": ", ".join(f"`{name}`" for name in caller.key.scopes)}
