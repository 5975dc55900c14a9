"""What strangers and staff wrote is text on every page that shows it, and the policy lets no inline script run."""

import re
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from messaging.admin.links import page_of
from messaging.models import Batch, CodeNote, Disclosure, Hold, InboundMessage, Message
from messaging.services import holds
from tests.admin.conftest import World
from tests.admin.pages import every_page

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F16")]

SOURCES = ("reply", "reference", "text", "note", "batch", "reason", "recipient", "audit")


def script(source: str) -> str:
    return f"<script>run('{source}')</script>"


@dataclass(frozen=True)
class Attacked:
    """Something of each source, and a page on which it must be seen."""

    pages: dict[str, str]


@pytest.fixture
def attacked(full_world: World) -> Attacked:
    message = full_world.submitted(
        to="13600000001", content=f"【Acme】{script('text')}", reference=script("reference")
    )
    batch = Batch.objects.get(pk=full_world.accept_batch("13600000002", "12"))
    Batch.objects.update(content=f"【Acme】{script('batch')}")
    refusal = {"index": 1, "to": script("recipient"), "code": "invalid_number", "detail": "no"}
    Batch.objects.filter(pk=batch.pk).update(rejected=[refusal])
    reply = InboundMessage.objects.get()
    InboundMessage.objects.update(content=script("reply"), application=None)
    assert holds.pause_batch(batch.pk, by="boss", why=script("reason"))
    CodeNote.objects.create(code_table="STATUS", code="2", note=script("note"))
    looked = Disclosure.objects.create(
        kind="unmasked", subject="message", actor="clerk", reason=script("audit"), masked=False
    )
    return Attacked(
        {
            "reply": page_of(InboundMessage, reply.pk),
            "reference": page_of(Message, message.pk),
            "text": page_of(Message, message.pk),
            "note": reverse("admin:code_dictionary") + "?q=2",
            "batch": page_of(Batch, batch.pk),
            "reason": page_of(Hold, Hold.objects.get(batch=batch).pk),
            "recipient": page_of(Batch, batch.pk),
            "audit": page_of(Disclosure, looked.pk),
        }
    )


def test_no_page_lets_what_was_written_be_markup(attacked: Attacked, desk: Client) -> None:
    for page in every_page():
        answer = desk.get(page, follow=True)
        assert answer.status_code == 200, page
        assert not re.search(r"<script>run|<script>alert", answer.content.decode()), page


@pytest.mark.parametrize("source", SOURCES)
def test_what_was_written_is_read_as_text(source: str, attacked: Attacked, desk: Client) -> None:
    html = desk.get(attacked.pages[source]).content.decode()
    assert escape(script(source)) in html
    assert script(source) not in html


def test_the_policy_of_every_page_forbids_inline_scripts(attacked: Attacked, desk: Client) -> None:
    for page in every_page():
        policy = desk.get(page, follow=True).headers["Content-Security-Policy"]
        directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
        assert "'self'" in directives["script-src"], page
        assert "'unsafe-inline'" not in directives["script-src"], page
        assert directives["default-src"] in ("'self'", "'none'"), page
