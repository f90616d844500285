"""What one visitor answered, and what came out of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from assessments.choices import AssessmentStatus
from assessments.querysets import AssessmentQuerySet
from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TimestampedModel
from leads.choices import ServiceTier
from leads.models.constraints import between, one_of


class Assessment(TenantModel, TimestampedModel):
    """An assessment, reached by its visitor through a link whose secret is kept as a hash only.

    ``answers`` maps the id of a question to 1-5; the questions are those of ``questionnaire``, which never change.
    ``categories`` are the scores of the topics: ``[{"key", "name", "weight_percent", "score"}]``. What was computed is
    kept, so that a result is shown again exactly.
    """

    questionnaire = TenantForeignKey("assessments.Questionnaire", on_delete=models.PROTECT, related_name="assessments")
    lead = TenantForeignKey(
        "leads.Lead", null=True, blank=True, on_delete=models.CASCADE, related_name="assessments", db_index=False
    )
    status = models.CharField(max_length=10, choices=AssessmentStatus.choices, default=AssessmentStatus.STARTED)
    answers = models.JSONField(default=dict, blank=True)
    answered_count = models.PositiveSmallIntegerField(default=0)
    # Who
    email = models.EmailField("e-mail", max_length=254, blank=True)
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    company = models.CharField(max_length=255, blank=True)
    # Result
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    tier = models.CharField("recommended tier", max_length=20, choices=ServiceTier.choices, blank=True)
    categories = models.JSONField("scores of the topics", default=list, blank=True)
    strengths = models.JSONField(default=list, blank=True)
    weaknesses = models.JSONField(default=list, blank=True)
    recommendations = models.JSONField(default=list, blank=True)
    is_even = models.BooleanField(default=False)
    # Links
    resume_token_hash = models.CharField(max_length=64, unique=True, editable=False)
    share_token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    shared_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When
    last_activity_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)
    abandoned_at = models.DateTimeField(null=True, blank=True)
    # Where from
    session_id = models.CharField(max_length=64, blank=True)
    ip_address = models.GenericIPAddressField("IP address (truncated)", null=True, blank=True)
    user_agent = models.CharField("browser", max_length=200, blank=True)
    referrer = models.CharField(max_length=500, blank=True)
    landing_url = models.CharField(max_length=500, blank=True)
    utm_source = models.CharField("UTM source", max_length=255, blank=True)
    utm_medium = models.CharField("UTM medium", max_length=255, blank=True)
    utm_campaign = models.CharField("UTM campaign", max_length=255, blank=True)

    objects = TenantManager.from_queryset(AssessmentQuerySet)()

    class Meta:
        constraints: ClassVar = [
            one_of("status", AssessmentStatus),
            one_of("tier", ServiceTier, blank=True),
            between("score", 0, 100),
            models.CheckConstraint(
                condition=~Q(status=AssessmentStatus.COMPLETED)
                | (Q(score__isnull=False, completed_at__isnull=False) & ~Q(tier="") & ~Q(email="")),
                name="%(app_label)s_%(class)s_completed_has_result",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-last_activity_at", "-id"], name="assessments_recent"),
            models.Index(fields=["organization", "status", "-last_activity_at", "-id"], name="assessments_by_status"),
            models.Index(fields=["organization", "lead", "-completed_at"], name="assessments_by_lead"),
            models.Index(fields=["organization", "questionnaire", "status"], name="assessments_by_version"),
            models.Index(
                fields=["last_activity_at"], condition=Q(status=AssessmentStatus.STARTED), name="assessments_idle"
            ),
        ]

    def __str__(self) -> str:
        return f"Assessment of {self.full_name or self.email or 'somebody'}"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_completed(self) -> bool:
        return self.status == AssessmentStatus.COMPLETED

    @property
    def is_shared(self) -> bool:
        return self.share_token_hash is not None

    def answer_to(self, question_id: uuid.UUID) -> int | None:
        answer: int | None = self.answers.get(str(question_id))
        return answer
