"""What every page of the admin must say. Nothing of the admin is imported: the theme loads this before it is ready."""

from typing import Any

from django import template
from django.template import RequestContext

from messaging.holding import everything_held

register = template.Library()


@register.inclusion_tag("messaging/everything_held.html", takes_context=True)
def everything_held_banner(context: RequestContext) -> dict[str, Any]:
    """Say that nothing is sent at all, and who resumes it; nothing to who has not logged in."""
    request = context.get("request")
    if request is None or not request.user.is_staff:
        return {}
    return {"hold": everything_held(), "may_release": request.user.has_perm("messaging.release_hold")}
