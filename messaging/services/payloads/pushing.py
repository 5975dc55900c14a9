"""Push: the only way with an acknowledgement, so nothing is read before it (document, section 6.3)."""

import uuid

from django.db.models.functions import Now

from accounts.models import UpstreamAccount
from messaging.exceptions import NotFound
from messaging.models import UpstreamPayload


def receive_push(token: str, body: bytes, content_type: str) -> uuid.UUID:
    """Commit what the gateway pushed, unread; raise `NotFound` for a token that is nobody's.

    Only after this may `OK` be answered (document, section 6.3).
    """
    account = UpstreamAccount.objects.filter(push_token=token).first()
    if account is None:
        raise NotFound("There is no such push address.")
    payload = UpstreamPayload.objects.create(
        upstream_account=account,
        kind=UpstreamPayload.Kind.PUSH,
        state=UpstreamPayload.State.RECEIVED,
        received_at=Now(),
        body=body,
        content_type=content_type[:200],
    )
    return payload.pk
