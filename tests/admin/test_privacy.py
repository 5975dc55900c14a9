"""Whoever may only look sees neither whole numbers nor texts; whoever may see them does."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse_lazy

from messaging.models import (
    Attempt,
    Batch,
    DeliveryReport,
    ExtraMid,
    InboundMessage,
    Message,
    QueuedSingle,
    UpstreamPayload,
)
from tests.admin.pages import every_page

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F12")]

NUMBER = "13800000001"
WHOLE_NUMBER = r"\b1(38|39|37|36)0000000[0-9]\b"
MUST_OPEN = [
    *(reverse_lazy(f"admin:{name}") for name in ("index", "stuck", "find_number", "code_dictionary")),
    *(
        reverse_lazy(f"admin:messaging_{model._meta.model_name}_changelist")
        for model in (
            Message,
            InboundMessage,
            DeliveryReport,
            ExtraMid,
            Batch,
            Attempt,
            UpstreamPayload,
            QueuedSingle,
        )
    ),
]


def _browser(*more):
    user = User.objects.create_user("looker", password="looker", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_").exclude(codename__in=more)
    )
    client = Client()
    client.force_login(user)
    return client


def _seen(browser):
    pages = {page: browser.get(page, follow=True) for page in every_page()}
    opened = {page: answer.content.decode() for page, answer in pages.items() if answer.status_code == 200}
    assert {*map(str, MUST_OPEN)} <= {*opened}
    assert {answer.status_code for answer in pages.values()} <= {200, 403}
    return opened


def test_without_the_permission_no_page_shows_a_number_or_a_text(full_world):
    Message.objects.update(reference="the caller's own")
    Attempt.objects.update(raw=f"{NUMBER} alert(".encode())
    UpstreamPayload.objects.update(body=f"{NUMBER} alert(".encode())
    InboundMessage.objects.update(application=None)
    seen = _seen(_browser("view_personal_data"))
    for page, html in seen.items():
        assert not re.search(WHOLE_NUMBER, html), page
        assert "alert(" not in html, page
    assert any("138****0001" in html for html in seen.values())


def test_with_the_permission_pages_show_numbers(full_world):
    assert any(NUMBER in html for html in _seen(_browser()).values())
