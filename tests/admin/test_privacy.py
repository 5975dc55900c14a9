"""Whoever may only look sees neither whole numbers nor texts; whoever may see them does."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from messaging.admin.links import page_of
from messaging.models import Batch, DeliveryReport, ExtraMid, InboundMessage, Message

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F12")]

NUMBER = "13800000001"
MODELS = (Message, InboundMessage, DeliveryReport, ExtraMid, Batch)


def _browser(*more):
    user = User.objects.create_user("looker", password="looker", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_").exclude(codename__in=more)
    )
    client = Client()
    client.force_login(user)
    return client


def _pages():
    yield reverse("admin:stuck")
    yield f"{reverse('admin:find_number')}?q={NUMBER[-4:]}"
    for model in MODELS:
        yield reverse(f"admin:messaging_{model._meta.model_name}_changelist")
        for row in model.objects.all():
            yield page_of(model, row.pk)
    for message in Message.objects.all():
        yield f"{reverse('admin:find_number')}?of={message.pk}"


def _seen(browser):
    pages = {page: browser.get(page, follow=True) for page in _pages()}
    assert {answer.status_code for answer in pages.values()} == {200}
    return {page: answer.content.decode() for page, answer in pages.items()}


def test_without_the_permission_no_page_shows_a_number_or_a_text(full_world):
    Message.objects.update(reference="the caller's own")
    InboundMessage.objects.update(application=None)
    seen = _seen(_browser("view_personal_data"))
    for page, html in seen.items():
        assert NUMBER not in html, page
        assert "alert(" not in html.replace("&#x27;", "'"), page
    assert any("138****0001" in html for html in seen.values())


def test_with_the_permission_pages_show_numbers(full_world):
    assert any(NUMBER in html for html in _seen(_browser()).values())
