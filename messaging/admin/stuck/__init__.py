"""Stuck and why: one page of everything that needs a person, what comes of it, and the button that helps."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from messaging.admin.pausing import PAUSE
from messaging.admin.stuck import held, taken_in, unanswered, unknown_codes
from messaging.admin.stuck.sections import Section
from messaging.holding import everything_held


class Stuck(UnfoldModelAdminViewMixin, TemplateView):  # type: ignore[misc]
    """Each section by the permission to see what it lists; what is empty is only named."""

    title = _("Stuck and why")
    permission_required = ()
    template_name = "messaging/stuck.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.pop("model_admin", None)  # the theme passes it by the URL and again by its mixin
        found = [
            section(self.request)
            for permission, section in SECTIONS
            if self.request.user.has_perm(permission)
        ]
        may_pause = self.request.user.has_perm(PAUSE) and not everything_held()
        context: dict[str, Any] = super().get_context_data(
            **kwargs,
            sections=[section for section in found if section.rows],
            fine=[section for section in found if not section.rows],
            pause_url=reverse("admin:pause_everything") if may_pause else None,
        )
        return context


# permission to see what is listed → section, in the order in which they are looked at
SECTIONS: tuple[tuple[str, Callable[[HttpRequest], Section]], ...] = (
    ("messaging.view_hold", held.holds),
    ("messaging.view_message", held.waiting),
    ("messaging.view_chunk", held.killers),
    ("messaging.view_attempt", unanswered.unknown),
    ("messaging.view_deliveryreport", unanswered.orphans),
    ("messaging.view_attempt", unknown_codes.codes),
    ("messaging.view_inboundmessage", taken_in.inbound),
    ("messaging.view_upstreampayload", taken_in.payloads),
)
