"""The timeline of a lead: append-only, partitioned by month."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet
from leads.choices import JourneyEventType


class JourneyEventQuerySet(TenantQuerySet["JourneyEvent"]):
    def newest_first(self) -> Self:
        return self.order_by("-occurred_at", "-id")


class JourneyEvent(TenantModel):
    """One thing that happened. ``event_name`` is what people read; ``properties`` is small and free-form."""

    lead = TenantForeignKey("leads.Lead", on_delete=models.CASCADE, related_name="journey", db_index=False)
    event_type = models.CharField(max_length=100, choices=JourneyEventType.choices)
    event_name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    properties = models.JSONField(default=dict, blank=True)
    user = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    session_id = models.CharField(max_length=255, blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantManager.from_queryset(JourneyEventQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "lead", "-occurred_at"], name="leads_journey_lead"),
        ]

    def __str__(self) -> str:
        return self.event_name
