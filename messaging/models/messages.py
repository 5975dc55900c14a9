"""What callers gave us, and what became of it."""

import uuid

import uuid_utils
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Application, GatewayLogin, UpstreamAccount
from messaging.states import Category, State


def new_id() -> uuid.UUID:
    """A UUIDv7: sorts by the time it was made, within a process strictly."""
    return uuid7()


def new_ids(count: int) -> list[str]:
    """Return as many UUIDv7 as text, in order: for COPY, where ten thousand objects would be made in vain."""
    return [str(uuid_utils.uuid7()) for _ in range(count)]


class Batch(models.Model):
    """Many messages accepted by one request; holds the text they share once.

    Its messages' ids were made in one go, so they are found by a range of the primary key: an index on `batch` would
    cost each message, and a look-up in it each partition.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="+", db_index=False, verbose_name=_("application")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    content = models.TextField(_("text"), null=True, help_text=_("Empty when each message has its own."))
    extno = models.CharField(_("extno"), max_length=30, null=True)
    total = models.PositiveIntegerField(_("recipients given"))
    accepted = models.PositiveIntegerField(_("accepted"))
    rejected = models.JSONField(_("refused recipients"), default=list)
    send_at = models.DateTimeField(_("send at"), null=True)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    sent_by = models.CharField(
        _("sent by"),
        max_length=150,
        null=True,
        help_text=_("Who sent it in the admin; empty: the application."),
    )
    login = models.ForeignKey(
        GatewayLogin,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("gateway login"),
        help_text=_("By which it came, where it came by the vendor's protocol."),
    )
    access_code = models.CharField(
        _("access code"), max_length=30, null=True, help_text=_("The extno as the login's client wrote it.")
    )
    first_message_id = models.UUIDField(_("first message"))
    last_message_id = models.UUIDField(
        _("last message"), help_text=_("The ids of all lie between first and last.")
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = [models.Index(fields=["application", "-id"], name="batches_of_application")]

    def __str__(self) -> str:
        return str(self.id)


class Message(models.Model):
    """One text to one number.

    The columns that change (from `chunk_id` on) stand in no index, so an update stays on its page (HOT). No foreign key
    points here and none leaves with a database constraint: partitions must be droppable, and a check per row is what a
    bulk accept can't pay; intake writes chunk, batch and messages in one transaction.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(
        Application,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("application"),
    )
    batch = models.ForeignKey(
        Batch,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="messages",
        verbose_name=_("batch"),
    )
    mobile = models.CharField(_("number"), max_length=11)
    content = models.TextField(_("text"), null=True, help_text=_("Empty: the batch holds it."))
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    extno = models.CharField(_("extno"), max_length=30, null=True)
    reference = models.CharField(_("reference"), max_length=128, null=True)
    parts = models.PositiveSmallIntegerField(_("parts"))
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    send_at = models.DateTimeField(_("send at"), null=True)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    resend_of = models.UUIDField(_("resend of"), null=True)
    price = models.PositiveIntegerField(
        _("price of a part"), null=True, help_text=_("In 0.001 CNY, as charged; empty: nothing was charged.")
    )

    chunk_id = models.UUIDField(_("chunk"), null=True)
    state = models.CharField(_("state"), max_length=11, choices=State.choices, db_default=State.QUEUED)
    upstream_account = models.ForeignKey(
        UpstreamAccount,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("upstream account"),
    )
    mid = models.CharField(_("mid"), max_length=255, null=True)
    code_table = models.CharField(_("code table"), max_length=6, null=True)
    code = models.CharField(_("code"), max_length=64, null=True)
    certain = models.BooleanField(_("certain"), db_default=True)
    possible_duplicate = models.BooleanField(_("possible duplicate"), db_default=False)
    resent_as = models.UUIDField(_("resent as"), null=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    final_at = models.DateTimeField(_("final at"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [
            ("view_personal_data", "Can see whole numbers and texts"),
            ("send_message", "Can send by hand"),
            ("cancel_message", "Can cancel messages and batches"),
            ("resend_message", "Can send an unknown message again"),
            ("unmask_message", "Can see one number and text for a reason"),
            ("export_messages", "Can export lists for a reason"),
        ]
        indexes = [
            models.Index(fields=["application", "id"], name="messages_of_application"),
            models.Index(fields=["mobile", "id"], name="messages_of_mobile"),
            models.Index(
                fields=["application", "reference", "id"],
                name="messages_of_reference",
                condition=models.Q(reference__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="message_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=State.SUBMITTED) | models.Q(mid__isnull=False),
                name="submitted_has_mid",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class QueuedSingle(models.Model):
    """A single message that no chunk holds yet. Whoever deletes the row owns the message: claim, cancel or expiry."""

    message_id = models.UUIDField(_("message"), primary_key=True)
    application = models.ForeignKey(
        Application,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("application"),
    )
    category = models.CharField(_("category"), max_length=12)
    extno = models.CharField(_("extno"), max_length=30, null=True)
    mobile = models.CharField(_("number"), max_length=11)
    p2p = models.BooleanField("p2p", help_text=_("False: the text has a line break and travels alone."))
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    expires_at = models.DateTimeField(_("expires at"), null=True)

    class Meta:
        verbose_name = _("waiting single")
        verbose_name_plural = _("waiting singles")
        indexes = [
            models.Index(fields=["category", "application", "due_at"], name="singles_due"),
            models.Index(
                fields=["expires_at"], name="singles_expiring", condition=models.Q(expires_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.message_id)


class Event(models.Model):
    """One committed change of a set of messages of one application, as they were then. Never changed afterwards.

    The arrays are parallel. An event is written after what it tells of was locked, so of one message's events the later
    has the higher `serial`; between messages it says nothing, and `position` does (`messaging.feed`).

    The event of an accepted single bears its message's id, that of a batch the batch's, so both are found without an
    index over the arrays.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(
        Application,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("application"),
    )
    kind = models.CharField(_("kind"), max_length=12)
    at = models.DateTimeField(_("at"), db_default=Now())
    chunk_id = models.UUIDField(_("chunk"), null=True)
    message_ids = ArrayField(models.UUIDField(), verbose_name=_("messages"))
    statuses = ArrayField(models.CharField(max_length=11), verbose_name=_("statuses"))
    codes = ArrayField(models.CharField(max_length=72, null=True), null=True, verbose_name=_("codes"))
    mids = ArrayField(models.CharField(max_length=255, null=True), null=True, verbose_name=_("mids"))
    detail = models.CharField(_("detail"), max_length=200, null=True)
    serial = models.BigIntegerField(
        _("order of writing"),
        editable=False,
        db_default=Func(Value("messaging_event_serial"), function="nextval"),
    )
    position = models.BigIntegerField(
        _("position"), null=True, help_text=_("Place in the feed, given after commit.")
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(
                fields=["chunk_id"], name="events_of_chunk", condition=models.Q(chunk_id__isnull=False)
            ),
            models.Index(
                fields=["serial"], name="events_to_number", condition=models.Q(position__isnull=True)
            ),
            models.Index(
                fields=["application", "position"],
                name="events_of_feed",
                condition=models.Q(position__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
