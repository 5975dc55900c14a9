"""A chunk that killed its workers is let go by a person."""

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Chunk
from messaging.states import ChunkState
from tests.admin.conftest import World

pytestmark = pytest.mark.django_db


def test_release_lets_a_held_chunk_go(desk: Client, world: World) -> None:
    world.accept_batch("13700000001")
    Chunk.objects.update(state=ChunkState.HELD, claims=5)
    chunk = Chunk.objects.get()
    data = {"action": "release_chunks", "_selected_action": [str(chunk.pk)]}
    answer = desk.post(reverse("admin:messaging_chunk_changelist"), data, follow=True)
    assert "1 chunk was released." in answer.content.decode()
    chunk.refresh_from_db()
    assert (chunk.state, chunk.claims) == (ChunkState.QUEUED, 0)
