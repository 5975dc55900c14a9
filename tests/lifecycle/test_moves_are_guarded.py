"""The database stores no move that the table of moves does not have, whoever asks."""

import uuid
from itertools import permutations

import pytest
from django.db import IntegrityError, connection, transaction

from messaging.models import Message, new_id
from messaging.states import ALLOWED, State

pytestmark = pytest.mark.django_db


def message_in(state, application, pk=None):
    return Message.objects.create(
        id=pk or new_id(), application=application, mobile="13800000001", content="hi", category="otp", parts=1,
        state=state, mid="1",
    )  # fmt: skip


def may_move(message, target):
    try:
        with transaction.atomic():
            return bool(Message.objects.filter(pk=message.pk).update(state=target))
    except IntegrityError:
        return False


def test_the_rule_in_the_database_is_the_table_of_moves(shop):
    pairs = permutations(State.values, 2)
    allowed = {(source, target) for source, target in pairs if may_move(message_in(source, shop), target)}
    assert allowed == set(ALLOWED)


def test_a_refusal_names_the_message_and_the_move(shop):
    message = message_in(State.DELIVERED, shop)
    with pytest.raises(IntegrityError, match=f"{message.pk} cannot move from delivered to queued"):
        Message.objects.filter(pk=message.pk).update(state=State.QUEUED)


def test_to_stay_is_no_move(shop):
    assert may_move(message_in(State.DELIVERED, shop), State.DELIVERED)


def test_a_partition_made_later_is_guarded_too(shop):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE messaging_message_late PARTITION OF messaging_message"
            " FOR VALUES FROM ('f0000000-0000-7000-8000-000000000000') TO (MAXVALUE)"
        )
    late = message_in(State.DELIVERED, shop, uuid.UUID("f0000000-0000-7000-8000-000000000001"))
    assert not may_move(late, State.QUEUED)
