from typing import Any

import structlog
from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from messaging import partitions

log = structlog.get_logger(__name__)


def make_months(**_: Any) -> None:
    """`migrate` leaves a database that can take messages; if traffic is in the way, the clock's job does it later."""
    try:
        partitions.make_months()
    except partitions.Busy:
        log.warning("months_not_made")


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Messages")

    def ready(self) -> None:
        post_migrate.connect(make_months, sender=self, dispatch_uid="messaging.make_months")
