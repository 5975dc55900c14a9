"""Signs of life of the service's parts, by the database's clock."""

from datetime import timedelta

from django.db.models.functions import Now

from messaging.models import Heartbeat


def beat(name: str) -> None:
    """Say that a part is at work now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now()})


def seen_within(name: str, seconds: float) -> bool:
    """Return whether a part gave a sign within so many seconds."""
    return Heartbeat.objects.filter(name=name, at__gt=Now() - timedelta(seconds=seconds)).exists()
