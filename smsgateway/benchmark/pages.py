"""How long the admin's pages take, and whether they go by indexes: on the database at hand, which stays as it is."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import Phone
from messaging.models import Message, new_id
from messaging.states import STATUSES
from smsgateway.benchmark.plans import read_whole
from smsgateway.local.errors import LocalError

TIMES = 5


@dataclass(frozen=True)
class Timed:
    """One page: the median of five answers in milliseconds, and which tables it read whole."""

    page: str
    milliseconds: float
    whole: list[str]


def time_pages() -> Iterator[Timed]:
    """Ask for each page as a superuser who is not there afterwards. Raises LocalError for one that does not open."""
    with _somebody() as client:
        for name, address in _addresses():
            yield _timed(client, name, address)


@contextmanager
def _somebody() -> Iterator[Client]:
    """Somebody logged in, inside a transaction that is never committed."""
    with transaction.atomic():
        staff = User.objects.create_superuser(f"timing {new_id()}")
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(staff, "django.contrib.auth.backends.ModelBackend")
        _show_a_second_factor(client, staff)
        yield client
        transaction.set_rollback(True)


def _show_a_second_factor(client: Client, staff: User) -> None:
    device = Phone.objects.create(user=staff, name="timing", confirmed=True)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()


def _addresses() -> Iterator[tuple[str, str]]:
    yield "dashboard", reverse("admin:index")
    yield "code dictionary", reverse("admin:code_dictionary")
    yield "stuck and why", reverse("admin:stuck")
    for model in admin.site._registry:  # noqa: SLF001  (Django offers no other way)
        meta = model._meta  # noqa: SLF001
        yield (
            f"list of {meta.verbose_name_plural}",
            reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
        )
    yield from _of_messages()


def _of_messages() -> Iterator[tuple[str, str]]:
    """Searches and filters, about the newest message that has a reference."""
    address = reverse("admin:messaging_message_changelist")
    for status, _label in STATUSES:
        yield f"messages, {status}", f"{address}?{urlencode({'status': status})}"
    known = Message.objects.filter(reference__isnull=False).order_by("-pk").first()
    if known is None:
        return
    searches = {
        "number": known.mobile,
        "reference": known.reference or "",
        "id": str(known.pk),
        "mid": known.mid or "none",
    }
    for what, term in searches.items():
        yield f"messages by {what}", f"{address}?{urlencode({'q': term})}"
    yield (
        "messages of an application",
        f"{address}?{urlencode({'application__id__exact': known.application_id})}",
    )
    yield "all of a number", f"{reverse('admin:find_number')}?{urlencode({'q': known.mobile})}"
    yield "a message", reverse("admin:messaging_message_change", args=[known.pk])


def _timed(client: Client, page: str, address: str) -> Timed:
    def ask() -> Any:
        answer = client.get(address)
        if answer.status_code != HTTPStatus.OK:
            raise LocalError(f"{page}: {address} was answered {answer.status_code}")
        return answer

    took = []
    for _time in range(TIMES):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return Timed(page, statistics.median(took) * 1000, read_whole(ask))
