"""What a person must know: since when, why, and the next step."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from accounts.admin.reading import ReadOnlyAdmin
from accounts.admin.units import ago
from messaging.admin import alarm_words
from messaging.admin.pausing import PauseEverything
from messaging.admin.stuck import Stuck
from messaging.admin.stuck.moving import MoveHeld
from messaging.models import Alarm


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """Those in force first."""

    paginator = Paginator
    show_full_result_count = True
    ordering = (F("ended_at").desc(nulls_first=True), "-pk")
    list_display = ("shown_state", "name", "subject", "shown_detail", "shown_step", "since", "ended_at")
    list_display_links = ("shown_state", "name")
    fields = (
        "name", "subject", "shown_detail", "shown_step", "since", "shown_age", "last_seen_at", "told_at", "ended_at",
        "end_told_at",
    )  # fmt: skip

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("stuck/", "stuck", Stuck.as_view(model_admin=self)),
            ("stuck/pause/", "pause_everything", PauseEverything.as_view(model_admin=self)),
            ("stuck/holds/<int:pk>/move/", "move_held", MoveHeld.as_view(model_admin=self)),
        )

    @labelled(_("state"), {"in_force": "danger", "ended": ""})
    def shown_state(self, alarm: Alarm) -> tuple[str, str]:
        return ("ended", gettext("ended")) if alarm.ended_at else ("in_force", gettext("in force"))

    @admin.display(description=_("detail"))
    def shown_detail(self, alarm: Alarm) -> str:
        return alarm_words.detail(alarm)

    @admin.display(description=_("next step"))
    def shown_step(self, alarm: Alarm) -> str:
        return alarm_words.next_step(alarm)

    @admin.display(description=_("age"))
    def shown_age(self, alarm: Alarm) -> str:
        return ago(alarm.since)
