"""What was disclosed stands in a table that only grows, and that whoever audits can read."""

import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from messaging.admin.links import page_of
from messaging.models import Disclosure
from tests.roles import make_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def looked() -> Disclosure:
    return Disclosure.objects.create(
        kind="unmasked",
        subject="message",
        actor="clerk",
        row_id=uuid.uuid4(),
        reason="ticket 42",
        masked=False,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE messaging_disclosure SET actor = 'nobody'",
        "DELETE FROM messaging_disclosure",
        "TRUNCATE messaging_disclosure",
    ],
)
def test_not_even_sql_changes_or_deletes_it(statement: str, looked: Disclosure) -> None:
    connection.check_constraints()  # those deferred would refuse a TRUNCATE before the trigger does
    with pytest.raises(IntegrityError, match="neither changed nor deleted"), transaction.atomic():
        connection.cursor().execute(statement)
    assert Disclosure.objects.values("actor").get() == {"actor": "clerk"}


@pytest.mark.django_db(transaction=True)
def test_tests_that_commit_can_be_flushed_all_the_same(looked: Disclosure) -> None:
    """See `tests.flushing`: else what one test leaves behind fails every one after it."""
    call_command("flush", verbosity=0, interactive=False)
    assert not Disclosure.objects.exists()


def test_an_empty_audit_can_be_truncated() -> None:
    connection.cursor().execute("TRUNCATE messaging_disclosure")
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize(("language", "words"), [("en", "Disclosures"), ("zh-hans", "查看记录")])
def test_the_list_says_who_and_why(language: str, words: str, looked: Disclosure, desk: Client) -> None:
    list_of = desk.get(
        reverse("admin:messaging_disclosure_changelist"), headers={"Accept-Language": language}
    )
    page = list_of.content.decode()
    assert all(word in page for word in (words, "clerk", "ticket 42"))


@pytest.mark.parametrize("found_by", ["actor", "row_id", "request_id"])
def test_a_row_is_found_by_who_looked_and_at_what(found_by: str, desk: Client) -> None:
    for n in (1, 2):
        looked = Disclosure.objects.create(
            kind="unmasked", subject="message", actor=f"clerk{n}", row_id=uuid.uuid4(), request_id=f"call-{n}",
            reason=f"ticket {n}", masked=False,
        )  # fmt: skip
    list_of = reverse("admin:messaging_disclosure_changelist")
    page = desk.get(list_of, {"q": str(getattr(looked, found_by))}).content.decode()
    assert "ticket 2" in page
    assert "ticket 1" not in page


def test_nobody_edits_it_in_the_admin(looked: Disclosure, desk: Client) -> None:
    page = page_of(Disclosure, looked.pk)
    assert desk.post(page, {"actor": "nobody"}).status_code == 403
    assert desk.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_the_roles_have_the_new_rights() -> None:
    """As the migration left them."""
    make_roles()
    rights = {
        role.name: set(
            role.permissions.filter(
                codename__in=("unmask_message", "export_messages", "view_disclosure")
            ).values_list("codename", flat=True)
        )
        for role in Group.objects.all()
    }
    assert rights == {
        "viewer": {"unmask_message"},
        "operator": {"unmask_message", "export_messages"},
        "security": {"view_disclosure"},
        "finance": set(),
    }
