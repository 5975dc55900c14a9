"""Resend: what nobody knows the outcome of goes out again as a new message, once, and both say so."""

import uuid
from contextlib import nullcontext
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.ledger import NoCredit
from accounts.models import Application
from messaging.credit import unpaid
from messaging.exceptions import NotFound, Refused, Unpaid
from messaging.lifecycle import tell
from messaging.models import Message, new_id
from messaging.quotas import charged
from messaging.states import EventKind, State
from messaging.storing import store_single

log = structlog.get_logger(__name__)

AT_A_TIME = 200  # messages in one run of the policy
RESENDABLE = frozenset({State.UNKNOWN, State.UNRESOLVED})


@transaction.atomic
def resend(message_id: uuid.UUID, application: Application | None, by: str) -> uuid.UUID:
    """Store the message again, now, as a new one, and return its id; `by` says in the history who asked.

    Without an application it may be anybody's: staff asks. Raises `NotFound` for somebody else's, `Refused` for one
    whose outcome is known, that was resent before, or whose `expires_at` has passed, and `Throttled` when the
    application has used up its quota, which what staff resend does not count against. The application's purse pays for
    all of them: raises `Unpaid`.
    """
    old = _lock(message_id, application)
    _refuse_unless_resendable(old)
    new = _copy_of(old)
    try:
        with charged(application, 1) if application else nullcontext():
            store_single(new, detail=f"resend of {old.pk}")
    except NoCredit as error:
        raise unpaid(new.application, new.parts) from error
    Message.objects.filter(pk=old.pk).update(resent_as=new.pk, possible_duplicate=True)
    tell(
        old.application_id, [old.pk], EventKind.RESENT, old.state,
        chunk_id=old.chunk_id, detail=f"resent as {new.pk} by {by}"[:200],
    )  # fmt: skip
    log.info("message_resent", message=str(old.pk), resent_as=str(new.pk))
    return new.pk


def _lock(message_id: uuid.UUID, application: Application | None) -> Message:
    """Late evidence and a second resend wait here for the first to commit."""
    messages = Message.objects.select_for_update(of=("self",)).select_related("batch")
    if application is not None:
        messages = messages.filter(application=application)
    message = messages.filter(pk=message_id).first()
    if message is None:
        raise NotFound(_("There is no such thing here, or it is not yours."))
    return message


def _refuse_unless_resendable(message: Message) -> None:
    if message.state not in RESENDABLE:
        raise Refused(
            "not_resendable",
            _(
                "Only a message whose outcome is unknown can be resent; this one is %(state)s. "
                "To send it anew, post it as a new one."
            )
            % {"state": message.state},
        )
    if message.resent_as:
        raise Refused("not_resendable", _("It was resent before, as %(id)s.") % {"id": message.resent_as})
    if _is_late(message):
        raise Refused("not_resendable", _("Its expires_at has passed. Post a new message."))


def _is_late(message: Message) -> bool:
    """Only the database's clock decides."""
    if message.expires_at is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s <= statement_timestamp()", [message.expires_at])
        return bool(cursor.fetchone()[0])


def _copy_of(old: Message) -> Message:
    return Message(
        id=new_id(),
        application_id=old.application_id,
        mobile=old.mobile,
        content=old.batch.content if old.content is None and old.batch else old.content,
        category=old.category,
        extno=old.extno,
        reference=old.reference,
        parts=old.parts,
        expires_at=old.expires_at,
        resend_of=old.pk,
    )


@dataclass(frozen=True)
class _Wanted:
    message_id: uuid.UUID
    category: str


# By attempts, since messages have no index on their state: attempts_of_application finds them, events_of_chunk and
# primary keys the rest; written so that the planner can't choose to read whole tables instead. A call without an answer
# stays in sight until its messages are unresolved; one that was answered without some numbers leaves only its event to
# find them by, so it does for an hour. What a restored backup made unknown was mostly sent: a person decides on that.
OVERDUE = """
SELECT lost.id, lost.category
FROM accounts_application a
CROSS JOIN LATERAL (
    SELECT t.chunk_id, t.prepared_at FROM messaging_attempt t
    WHERE t.application_id = a.id
      AND t.prepared_at > statement_timestamp() - make_interval(secs => %(sight)s + a.resend_unknown_after_seconds)
      AND t.ended_at <= statement_timestamp() - make_interval(secs => a.resend_unknown_after_seconds)
      AND t.reason IS DISTINCT FROM 'restored'
      AND (t.state = 'unknown' OR (
          t.state <> 'not_sent'
          AND t.ended_at > statement_timestamp() - make_interval(secs => 3600 + a.resend_unknown_after_seconds)
          AND (SELECT bool_or('unknown' = ANY (e.statuses)) FROM messaging_event e WHERE e.chunk_id = t.chunk_id)))
    OFFSET 0
) call
CROSS JOIN LATERAL (
    SELECT m.id, m.category FROM messaging_message m
    WHERE m.id = ANY ((SELECT c.members FROM messaging_chunk c WHERE c.id = call.chunk_id)::uuid[])
      AND m.chunk_id = call.chunk_id
      AND m.state = 'unknown' AND m.resent_as IS NULL AND m.resend_of IS NULL
      AND (m.expires_at IS NULL OR m.expires_at > statement_timestamp())
    OFFSET 0
) lost
WHERE a.resend_unknown_after_seconds IS NOT NULL
ORDER BY call.prepared_at LIMIT %(limit)s
"""


def resend_by_policy() -> list[str]:
    """Resend what is unknown for longer than its application bears; return the lanes of what was stored.

    Once: a resend that ends unknown too is left to a person, or a gateway that swallows its answers would have somebody
    get the same text all day. Run twice at once it is harmless.
    """
    return sorted({wanted.category for wanted in _overdue() if _resent(wanted.message_id)})


def _overdue() -> list[_Wanted]:
    sight = settings.UNRESOLVED_AFTER_HOURS * 3600
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE, {"sight": sight, "limit": AT_A_TIME})
        return [_Wanted(*row) for row in cursor.fetchall()]


def _resent(message_id: uuid.UUID) -> bool:
    try:
        resend(message_id, None, by="policy")
    except Refused:
        return False  # somebody else was first, or its outcome turned up
    except Unpaid:
        log.warning("resend_unpaid", message=str(message_id))
        return False  # tried again until its outcome is known or nobody can know it any more
    return True
