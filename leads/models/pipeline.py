"""Pipelines and their stages: the columns of the board. The stage leads; the lead's status follows it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Lower

from leadcrm.core.models import (
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TenantQuerySet,
    TimestampedModel,
)
from leads.choices import CLOSED_STATUSES, LeadStatus
from leads.models.constraints import between, one_of


class Pipeline(TenantModel, TimestampedModel):
    name = models.CharField(max_length=100)
    is_default = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint("organization", Lower("name"), name="%(app_label)s_%(class)s_name_unique"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_default=True), name="%(app_label)s_%(class)s_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PipelineStageQuerySet(TenantQuerySet["PipelineStage"]):
    def in_order(self) -> Self:
        return self.order_by("pipeline__position", "position", "id")

    def of_default_pipeline(self) -> Self:
        return self.filter(pipeline__is_default=True)

    def standing_for(self, status: str) -> Self:
        """Narrow to the stages that stand for ``status``, those of the default pipeline first."""
        return self.filter(status=status).order_by("-pipeline__is_default", "position")


class PipelineStage(TenantModel, TimestampedModel):
    """A column of the board. ``colour`` names a token of the style sheet; ``win_probability`` is a percentage."""

    class Colour(models.TextChoices):
        SKY = "sky", "Sky"
        TEAL = "teal", "Teal"
        VIOLET = "violet", "Violet"
        AMBER = "amber", "Amber"
        GREEN = "green", "Green"
        RED = "red", "Red"
        GREY = "grey", "Grey"

    pipeline = TenantForeignKey("leads.Pipeline", on_delete=models.CASCADE, related_name="stages")
    name = models.CharField(max_length=60)
    position = models.PositiveIntegerField(default=0)
    colour = models.CharField(max_length=10, choices=Colour.choices, default=Colour.SKY)
    status = models.CharField(max_length=20, choices=LeadStatus.choices)
    win_probability = models.PositiveSmallIntegerField(default=0, help_text="Per cent.")

    objects = TenantManager.from_queryset(PipelineStageQuerySet)()

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            one_of("status", LeadStatus),
            between("win_probability", 0, 100),
            models.UniqueConstraint(
                "organization", "pipeline", Lower("name"), name="%(app_label)s_%(class)s_name_unique"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "pipeline", "position"], name="leads_stage_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED_STATUSES

    @property
    def is_won(self) -> bool:
        return self.status == LeadStatus.CLOSED_WON

    @property
    def is_lost(self) -> bool:
        return self.status == LeadStatus.CLOSED_LOST


class StageTotal(TenantModel):
    """Counts and values per stage, kept by triggers as deltas: reading sums few rows, writing locks none.

    One row says how many leads of one owner and team a change put into (or took out of) a stage. A job
    folds the deltas of a key into one row. Leads in the trash are not counted.
    """

    stage_id = models.UUIDField()
    team_id = models.UUIDField(null=True)
    assigned_to_id = models.UUIDField(null=True)
    currency = models.CharField(max_length=3)
    lead_count = models.BigIntegerField()
    value_minor = models.BigIntegerField()

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "stage_id"], name="leads_stagetotal_stage")]

    def __str__(self) -> str:
        return f"{self.lead_count} in {self.stage_id}"
