"""Human work on a lead: activities, planned or done, and notes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q

from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, TimestampedModel
from leads.choices import ActivityType
from leads.models.constraints import between, one_of
from leads.querysets import reach_condition

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


class ActivityQuerySet(TenantQuerySet["Activity"]):
    def open(self) -> Self:
        return self.filter(completed_at__isnull=True, cancelled_at__isnull=True)

    def done(self) -> Self:
        return self.filter(completed_at__isnull=False)

    def of_user(self, user: User) -> Self:
        return self.filter(user=user)

    def on_leads_visible_to(self, user: User) -> Self:
        """Narrow to the work on leads that ``user`` sees: whoever lost a lead has lost its activities too."""
        return self.filter(
            reach_condition(user, prefix="lead__"), organization_id=user.organization_id, lead__deleted_at__isnull=True
        )

    def overdue(self, at: datetime) -> Self:
        return self.open().filter(scheduled_at__lt=at)

    def between(self, start: datetime, end: datetime) -> Self:
        return self.filter(scheduled_at__gte=start, scheduled_at__lt=end)

    def to_remind(self, at: datetime) -> Self:
        free = Q(reminder_lease_until__isnull=True) | Q(reminder_lease_until__lte=at)
        return self.open().filter(free, remind_at__lte=at, reminded_at__isnull=True)


class Activity(TenantModel, TimestampedModel):
    """A call, meeting, task and so on. Open until completed or cancelled.

    ``sentiment_score`` runs from -1 to 1; ``buying_signals`` is a list of phrases.
    """

    lead = TenantForeignKey("leads.Lead", on_delete=models.CASCADE, related_name="activities", db_index=False)
    user = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="activities",
        db_index=False,
        verbose_name="person",
    )
    type = models.CharField(max_length=20, choices=ActivityType.choices)
    subject = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    outcome = models.CharField(max_length=255, blank=True)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Until then a worker is sending the mail, or nobody tries again.
    reminder_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    duration_minutes = models.PositiveIntegerField(null=True, blank=True)
    sentiment_score = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    intent_detected = models.CharField(max_length=100, blank=True)
    buying_signals = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    objects = TenantManager.from_queryset(ActivityQuerySet)()

    class Meta:
        verbose_name_plural = "activities"
        constraints: ClassVar = [
            one_of("type", ActivityType),
            between("sentiment_score", -1, 1),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(cancelled_at__isnull=True),
                name="%(app_label)s_%(class)s_one_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "lead", "-scheduled_at"], name="leads_activity_lead"),
            models.Index(fields=["organization", "lead", "type", "-completed_at"], name="leads_activity_done"),
            models.Index(
                fields=["organization", "user", "-completed_at"],
                condition=Q(completed_at__isnull=False),
                name="leads_activity_by_person",
            ),
            models.Index(
                fields=["organization", "user", "scheduled_at"],
                condition=Q(completed_at__isnull=True, cancelled_at__isnull=True),
                name="leads_activity_open",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(completed_at__isnull=True, cancelled_at__isnull=True, reminded_at__isnull=True),
                name="leads_activity_remind",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.get_type_display()

    @property
    def is_open(self) -> bool:
        return self.completed_at is None and self.cancelled_at is None

    def is_overdue(self, at: datetime) -> bool:
        return self.is_open and self.scheduled_at is not None and self.scheduled_at < at


class LeadNote(TenantModel, TimestampedModel):
    lead = TenantForeignKey("leads.Lead", on_delete=models.CASCADE, related_name="lead_notes", db_index=False)
    author = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    content = models.TextField(max_length=20_000)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        verbose_name = "note"
        indexes: ClassVar = [models.Index(fields=["organization", "lead", "-created_at"], name="leads_note_lead")]

    def __str__(self) -> str:
        return self.content[:60]
