"""The unit of claim and call, and the calls."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import Application, Environment, UpstreamAccount
from messaging.models.messages import Batch, new_id
from messaging.states import AttemptState, Category, ChunkState


class Mode(models.TextChoices):
    SEND = "send", _("one text to many")
    P2P = "p2p", _("a text for each")


class Chunk(models.Model):
    """Messages of one application, category, extno and text mode that can travel in one call, each mobile once.

    Members that part ways get a child chunk that names its parent: a message's attempts are its chunk's ancestry.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="+", verbose_name=_("application")
    )
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, related_name="chunks", verbose_name=_("batch")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name=_("parent")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    extno = models.CharField(_("extno"), max_length=30, null=True)
    mode = models.CharField(_("mode"), max_length=4, choices=Mode.choices)
    members = ArrayField(models.UUIDField(), verbose_name=_("messages"))
    size = models.PositiveIntegerField(_("size"))
    state = models.CharField(
        _("state"), max_length=10, choices=ChunkState.choices, db_default=ChunkState.QUEUED
    )
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    expires_at = models.DateTimeField(_("expires at"), null=True)
    parked = models.BooleanField(
        _("parked"), db_default=False, help_text=_("No account may take it now; due again when a hold ends.")
    )
    claims = models.PositiveIntegerField(_("claims"), db_default=0)
    suspect = models.BooleanField(
        _("answered STATUS 5 or 100"),
        db_default=False,
        help_text=_("Waits for stray reports, then is split; what is sent then may be a duplicate."),
    )
    swept_at = models.DateTimeField(
        _("swept at"), null=True, help_text=_("When its members without a report were given up.")
    )
    failures = models.PositiveIntegerField(
        _("calls that never left"), db_default=0, help_text=_("In a row; decides the backoff.")
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("chunk")
        verbose_name_plural = _("chunks")
        indexes = [
            models.Index(
                fields=["category", "application", "due_at"],
                name="chunks_due",
                condition=models.Q(state="queued"),
            ),
            models.Index(
                fields=["created_at"],
                name="chunks_to_sweep",
                condition=models.Q(state="done", swept_at__isnull=True),
            ),
            models.Index(
                fields=["expires_at"],
                name="chunks_expiring",
                condition=models.Q(state="queued", expires_at__isnull=False),
            ),
            models.Index(
                fields=["id"], name="chunks_taken", condition=models.Q(state__in=("submitting", "held"))
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ChunkState.values), name="chunk_state_known"),
            models.CheckConstraint(condition=models.Q(size__gte=1), name="chunk_not_empty"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attempt(models.Model):
    """One upstream call for a chunk: when, through whom, what was answered, what is known.

    `prepared` and committed: nothing has left. `in_flight` and committed: it may have. Live attempts are the account's
    used connections, so nothing can leak. `environment` ties application and account together by composite foreign
    keys, made by a migration: a sandbox message can't reach a live account.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chunk = models.ForeignKey(Chunk, models.PROTECT, related_name="attempts", verbose_name=_("chunk"))
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="+", db_index=False, verbose_name=_("application")
    )
    upstream_account = models.ForeignKey(
        UpstreamAccount, models.PROTECT, related_name="+", db_index=False, verbose_name=_("upstream account")
    )
    environment = models.CharField(max_length=7, choices=Environment.choices)
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    extno = models.CharField(_("extno used"), max_length=30)
    state = models.CharField(
        _("state"), max_length=9, choices=AttemptState.choices, db_default=AttemptState.PREPARED
    )
    worker = models.CharField(_("worker"), max_length=120)
    left_out = ArrayField(models.UUIDField(), default=list, verbose_name=_("members left out"))
    prepared_at = models.DateTimeField(_("prepared at"), db_default=Now())
    called_at = models.DateTimeField(_("called at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    lease_until = models.DateTimeField(_("lease until"))
    elapsed_ms = models.PositiveIntegerField(_("duration in ms"), null=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    code = models.CharField(_("STATUS"), max_length=64, null=True)
    reason = models.CharField(_("reason"), max_length=64, null=True)
    raw = models.BinaryField(_("raw answer"), null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [
            models.Index(
                fields=["upstream_account", "category"],
                name="attempts_live",
                condition=models.Q(state__in=("prepared", "in_flight")),
            ),
            models.Index(fields=["application", "-prepared_at"], name="attempts_of_application"),
            models.Index(fields=["upstream_account", "-prepared_at"], name="attempts_of_account"),
            models.Index(
                fields=["-prepared_at"],
                name="attempts_unanswered",
                condition=models.Q(state="unknown"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["chunk"],
                name="one_live_attempt_per_chunk",
                condition=models.Q(state__in=("prepared", "in_flight")),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=AttemptState.values), name="attempt_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{localtime(self.prepared_at):%Y-%m-%d %H:%M:%S}"
