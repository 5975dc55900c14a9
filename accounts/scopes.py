"""Which scope a call needs: each view says so in `needs`, method by method; permissions and OpenAPI read it here."""

from http import HTTPMethod
from typing import Any

from accounts.models import Scope


def needed_scope(view: Any, method: str) -> Scope | None:
    """Return what `view.needs` says of a method; None where any valid key will do.

    A method that the view does not have needs nothing: it is answered 405. One that it has and does not name is our
    mistake, and open to nobody: `KeyError`.
    """
    if method == HTTPMethod.OPTIONS or not hasattr(view, method.lower()):
        return None
    needs: dict[str, Scope | None] = view.needs
    return needs[HTTPMethod.GET if method == HTTPMethod.HEAD else method]
