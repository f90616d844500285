"""Domain events: what happened in a lower app, kept for the apps and integrations above it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from leadcrm.core.models import TenantManager, TenantModel, TenantQuerySet


class DomainEvent(TenantModel):
    """One fact, written in the transaction that made it true. Partitioned by month."""

    name = models.CharField(max_length=100)  # lead.qualified
    entity_type = models.CharField(max_length=50)
    entity_id = models.UUIDField()
    payload = models.JSONField(default=dict)
    actor_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "name", "-created_at"], name="audit_event_name"),
            models.Index(fields=["organization", "entity_type", "entity_id"], name="audit_event_entity"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.entity_id}"
