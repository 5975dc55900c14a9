"""The answers that are written out say what their schema's fields do."""

import pytest
from rest_framework import serializers

from accounts.models import Application
from messaging.api.answers import MessageOut
from messaging.holding import Restraints
from messaging.selectors import messages_of
from tests.clock import ahead

pytestmark = pytest.mark.django_db


def test_a_message_written_out_is_what_its_fields_say(api, upstream, submit_all, pull_until_final):
    api.post("batches", {"to": ["13800000001", "19900000001", "19900010017"], "content": "【Acme】hi"})
    api.send("13800000017", reference="r", expires_at=ahead(days=8))
    submit_all()
    pull_until_final(upstream)
    api.send("13800000003", send_at=ahead(days=7))
    found = list(messages_of(Application.objects.get()))
    assert len({message.status for message in found}) >= 3
    for message in found:
        written = MessageOut(message, context={"restraints": Restraints.in_force()})
        by_fields = serializers.Serializer.to_representation(written, message)
        assert list(written.data) == list(by_fields)
        assert written.data == by_fields
