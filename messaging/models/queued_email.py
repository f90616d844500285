"""Mails that leadcrm sends in the name of an organisation, and every attempt to send them."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, TimestampedModel
from messaging.choices import (
    CANCELLABLE_STATES,
    DOUBTFUL_STATES,
    PENDING_STATES,
    RETRYABLE_STATES,
    STATES_OF_STATUS,
    AttemptOutcome,
    MailState,
    MailStatus,
    Template,
)


def one_of(field: str, choices: type[models.TextChoices], *, blank: bool = False) -> models.CheckConstraint:
    """Return the constraint that keeps an enumeration to its words."""
    words = [*choices.values, ""] if blank else choices.values
    return models.CheckConstraint(condition=Q(**{f"{field}__in": words}), name=f"%(app_label)s_%(class)s_{field}")


class QueuedEmailQuerySet(TenantQuerySet["QueuedEmail"]):
    """Moments are compared with the clock of the database, so that a worker's own clock decides nothing."""

    def due(self) -> Self:
        return self.filter(state=MailState.QUEUED, next_attempt_at__lte=Now())

    def left_behind(self) -> Self:
        """Narrow to what a worker took and did not finish within its lease."""
        return self.filter(state__in=[MailState.CLAIMED, MailState.SENDING], lease_until__lt=Now())

    def pending(self) -> Self:
        return self.filter(state__in=PENDING_STATES)

    def in_doubt(self) -> Self:
        return self.filter(state=MailState.UNKNOWN)

    def with_status(self, status: str) -> Self:
        return self.filter(state__in=STATES_OF_STATUS[MailStatus(status)])

    def about(self, subject_id: object) -> Self:
        return self.filter(about_id=subject_id)


class QueuedEmail(TenantModel, TimestampedModel):
    """One mail to one person. What it says is written when it is queued and never changes.

    ``data`` is what the template was filled with; ``attachments`` is a list of {name, media_type, maker, arguments},
    whose bytes are made when the mail is sent. ``fence`` is the id of the attempt that may write the outcome: a
    worker that comes late with another one changes nothing.
    """

    template = models.CharField(max_length=40, choices=Template.choices)
    recipient = models.EmailField(max_length=254)
    recipient_norm = models.CharField(max_length=254, editable=False)
    sender_name = models.CharField(max_length=255, blank=True)
    reply_to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=255)
    body_text = models.TextField()
    body_html = models.TextField()
    headers = models.JSONField(default=dict, blank=True)
    data = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    attachments = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    message_id = models.CharField("Message-ID", max_length=255, editable=False)
    lead = TenantForeignKey(
        "leads.Lead", null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # What the mail is about, where that is no lead: the planned meeting of a reminder.
    about_id = models.UUIDField(null=True, blank=True, editable=False)
    requested_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    dedupe_key = models.CharField(max_length=200, blank=True)
    # A mail to several people is a row for each of them, under one key.
    copy_number = models.PositiveSmallIntegerField(default=0, editable=False)

    state = models.CharField(max_length=16, choices=MailState.choices, default=MailState.QUEUED)
    due_at = models.DateTimeField(default=timezone.now)
    not_after = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempt_count = models.PositiveIntegerField(default=0)
    # Refusals for now, and workers that died while they prepared it, since somebody last put it into the queue.
    failure_count = models.PositiveSmallIntegerField(default=0)
    crash_count = models.PositiveSmallIntegerField(default=0)
    fence = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    in_doubt_since = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    objects = TenantManager.from_queryset(QueuedEmailQuerySet)()

    class Meta:
        verbose_name = "queued e-mail"
        constraints: ClassVar = [
            one_of("template", Template),
            one_of("state", MailState),
            models.CheckConstraint(
                condition=~Q(state=MailState.SENDING) | Q(fence__isnull=False, lease_until__isnull=False),
                name="%(app_label)s_%(class)s_sending_is_leased",
            ),
            models.UniqueConstraint(
                fields=["organization", "dedupe_key", "copy_number"],
                condition=~Q(dedupe_key=""),
                name="%(app_label)s_%(class)s_once",
            ),
            models.UniqueConstraint(fields=["organization", "message_id"], name="%(app_label)s_%(class)s_message_id"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at", "id"], condition=Q(state="queued"), name="messaging_mail_due"),
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["claimed", "sending"]), name="messaging_mail_leased"
            ),
            models.Index(fields=["in_doubt_since"], condition=Q(state="unknown"), name="messaging_mail_doubt"),
            models.Index(fields=["organization", "-created_at", "-id"], name="messaging_mail_recent"),
            models.Index(fields=["organization", "state", "-created_at", "-id"], name="messaging_mail_state"),
            models.Index(fields=["organization", "recipient_norm", "-created_at"], name="messaging_mail_person"),
            models.Index(fields=["organization", "lead", "-created_at"], name="messaging_mail_lead"),
            models.Index(
                fields=["organization", "about_id"], condition=Q(about_id__isnull=False), name="messaging_mail_about"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"

    @property
    def status(self) -> MailStatus:
        return next(status for status, states in STATES_OF_STATUS.items() if self.state in states)

    def get_status_display(self) -> str:
        return str(self.status.label)

    @property
    def is_retryable(self) -> bool:
        return self.state in RETRYABLE_STATES

    @property
    def is_cancellable(self) -> bool:
        return self.state in CANCELLABLE_STATES

    @property
    def is_in_doubt(self) -> bool:
        return self.state in DOUBTFUL_STATES

    @property
    def attachment_names(self) -> list[str]:
        return [str(attachment["name"]) for attachment in self.attachments]


class QueuedEmailAttempt(TenantModel):
    """One try to send a mail, written down before the first byte leaves; its id is the fence of the mail."""

    mail = TenantForeignKey(QueuedEmail, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=100)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=AttemptOutcome.choices, blank=True)
    response = models.CharField(max_length=500, blank=True)

    objects: ClassVar[Any] = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        verbose_name = "attempt to send an e-mail"
        verbose_name_plural = "attempts to send an e-mail"
        constraints: ClassVar = [
            one_of("outcome", AttemptOutcome, blank=True),
            models.UniqueConstraint(fields=["organization", "mail", "number"], name="%(app_label)s_%(class)s_number"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}"
