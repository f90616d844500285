"""Scores with their reasons, and the job that recomputes all of them."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet
from leads.models.constraints import between
from leads.models.job import Job, JobQuerySet


class LeadScoreQuerySet(TenantQuerySet["LeadScore"]):
    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class LeadScore(TenantModel):
    """One computed score.

    ``explanation`` is a list of {factor, label, points, value} whose points sum to ``score``;
    ``recommendations`` a list of sentences. Sub-scores are 0-100, or null when nothing is known.
    """

    lead = TenantForeignKey("leads.Lead", on_delete=models.CASCADE, related_name="scores", db_index=False)
    score = models.PositiveSmallIntegerField()
    confidence = models.DecimalField(max_digits=3, decimal_places=2)
    model_version = models.CharField(max_length=50)
    demographic_score = models.PositiveSmallIntegerField(null=True)
    behavioral_score = models.PositiveSmallIntegerField(null=True)
    temporal_score = models.PositiveSmallIntegerField(null=True)
    conversational_score = models.PositiveSmallIntegerField(null=True)
    explanation = models.JSONField(default=list)
    recommendations = models.JSONField(default=list)
    rate_version = models.PositiveIntegerField(default=0)  # of the points table; 0 is the shipped one
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantManager.from_queryset(LeadScoreQuerySet)()

    class Meta:
        constraints: ClassVar = [
            between("score", 0, 100),
            between("confidence", 0, 1),
            between("demographic_score", 0, 100),
            between("behavioral_score", 0, 100),
            between("temporal_score", 0, 100),
            between("conversational_score", 0, 100),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "lead", "-created_at"], name="leads_score_lead")]

    def __str__(self) -> str:
        return f"{self.score} ({self.model_version})"


class ScoringRun(Job):
    """Recompute the score of every lead of the organisation."""

    changed_count = models.PositiveIntegerField(default=0)
    qualified_count = models.PositiveIntegerField(default=0)
    last_lead_id = models.UUIDField(null=True, editable=False)  # where to go on after a crash

    objects = TenantManager.from_queryset(JobQuerySet)()

    class Meta(Job.Meta):
        pass

    def __str__(self) -> str:
        return f"Scoring run {self.pk}"
