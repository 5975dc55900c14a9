"""The doctor names what is wrong, and what to do."""

import pytest
from cryptography.fernet import Fernet
from django.db.utils import OperationalError

from accounts.services import change_upstream_account, create_upstream_account
from messaging.holding import Reason, place
from messaging.models import Hold
from smsgateway import diagnosis

pytestmark = pytest.mark.django_db


def serious(**options):
    found = diagnosis.findings(**({"ask_upstream": True} | options))
    return {finding.what: finding.todo for finding in found if finding.level == "serious"}


def said(text, found):
    return next((f"{what} → {todo}" for what, todo in found.items() if text in f"{what} {todo}"), None)


def test_a_database_that_does_not_answer(monkeypatch):
    def refuse():
        raise OperationalError("connection refused")

    monkeypatch.setattr(diagnosis.connection, "cursor", refuse)
    assert "DATABASE_URL" in said("PostgreSQL", serious())


def test_redis_that_does_not_answer(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    assert "REDIS_URL" in said("Redis at 127.0.0.1:9", serious())


def test_redis_that_refuses_the_password(settings):
    at = settings.CELERY_BROKER_URL.rpartition("@")[2]
    settings.CELERY_BROKER_URL = f"redis://:wrong@{at}"
    assert "password" in said("refuses the password", serious())


def test_a_queue_without_a_worker():
    assert "celery -A smsgateway worker" in said("no worker serves the queue otp", serious())


def test_an_upstream_account_that_cant_be_reached(upstream):
    change_upstream_account(upstream, {"base_url": "http://127.0.0.1:9/sms"})
    assert "Check the URL" in said("upstream account simulator", serious())


def test_an_upstream_account_whose_password_is_wrong(upstream):
    change_upstream_account(upstream, {}, password="wrong")
    assert "password" in said("upstream account simulator: refused (status_3)", serious()).lower()


def test_an_upstream_account_whose_key_is_gone(upstream, settings):
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "FIELD_ENCRYPTION_KEYS" in said("upstream account simulator", serious())


def test_holds_missing_routes_and_plain_http_are_noted(upstream):
    place(upstream.pk, Reason(Hold.Cause.UNREACHABLE), probe_after=60)
    create_upstream_account(
        name="far", base_url="http://sms.example/sms", account="a", password="b", extno="1"
    )
    notes = [f.what for f in diagnosis.findings(ask_upstream=False) if f.level == "note"]
    assert any("held: simulator" in note for note in notes)
    assert any("far: no route" in note for note in notes)
    assert any("far: passwords travel over plain http" in note for note in notes)
