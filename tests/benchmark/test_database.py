"""What the benchmark reads from the database, over a connection of its own."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection

from accounts.ledger import open_purse, top_up
from accounts.models import Application, Posting
from accounts.services import create_application
from messaging.models import Message, new_id
from smsgateway.benchmark.database import Database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def database():
    made = connection.settings_dict
    opened = Database(
        f"postgres://{made['USER']}:{made['PASSWORD']}@{made['HOST']}:{made['PORT']}/{made['NAME']}"
    )
    yield opened
    opened.close()


def test_ids_made_before_a_mark_lie_below_it_and_later_ones_above(database):
    before = new_id()
    while (mark := database.mark()).int >> 80 == before.int >> 80:
        pass
    assert before < mark < new_id()


def test_a_database_with_applications_is_in_use(database, api):
    api.send()
    assert database.is_in_use()
    database.forget_everything()
    assert not database.is_in_use()
    assert not Message.objects.exists()


def test_books_that_refuse_to_forget_are_emptied_too_and_refuse_again(database, api):
    api.send()
    application = Application.objects.get()
    for _once_more in range(2):
        open_purse(application, charge_type="PRECHARGE", price_per_part=45)
        top_up(application.pk, 450, reason="bank", posted_by="boss")
        with pytest.raises(psycopg.errors.RestrictViolation):
            database.connection.execute("TRUNCATE accounts_posting")
        database.forget_everything()
        assert not Posting.objects.exists()
        assert not Application.objects.exists()
        application = create_application("again", environment="sandbox")[0]


def test_what_is_due_waits_and_what_is_for_tomorrow_does_not(database, api):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    api.send(send_at=tomorrow.isoformat())
    assert database.nothing_waits()
    api.send()
    assert not database.nothing_waits()


def test_a_run_is_told_apart_from_what_was_there(database, api, upstream, submit_all):
    api.send("13800000001")
    while (mark := database.mark()).int >> 80 == Message.objects.get().pk.int >> 80:
        pass
    api.send("13800000002")
    assert database.states(mark) == {"queued": 1}
    submit_all()
    assert database.states(mark) == {"submitted": 1}
    assert database.nothing_waits()
    (message,) = Message.objects.filter(mobile="13800000002")
    assert database.mids(mark) == {"13800000002": message.mid}
    span = database.span(mark)
    assert span.to_submitted == (message.submitted_at - message.created_at).total_seconds()
    assert span.to_final == 0


def test_messages_are_forgotten_and_applications_are_not(database, api):
    api.send()
    assert database.disk_bytes() > 0
    database.forget_messages()
    assert not Message.objects.exists()
    assert database.is_in_use()
