"""Who did what: entries that people read, and the field history that triggers write under them."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models

from leadcrm.audit.messages import label_of
from leadcrm.core.models import TenantManager, TenantModel, TenantQuerySet


class ActivityLogQuerySet(TenantQuerySet["ActivityLog"]):
    def about(self, entity_type: str, entity_id: uuid.UUID) -> Self:
        return self.filter(entity_type=entity_type, entity_id=entity_id)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class ActivityLog(TenantModel):
    """One act. Append-only: the application role has neither UPDATE nor DELETE on the table.

    ``changes`` has the shape {field: [before, after]}; ``metadata`` is free-form and small.
    Partitioned by month.
    """

    actor = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    # The name at the time: the entry must still read well when the person is gone.
    actor_name = models.CharField(max_length=255, blank=True)
    entity_type = models.CharField(max_length=50)
    entity_id = models.UUIDField(null=True)
    action = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    changes = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(ActivityLogQuerySet)()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["organization", "-created_at"], name="audit_log_recent"),
            models.Index(fields=["organization", "entity_type", "entity_id", "-created_at"], name="audit_log_entity"),
            models.Index(fields=["organization", "actor", "-created_at"], name="audit_log_actor"),
            models.Index(fields=["organization", "action", "-created_at"], name="audit_log_action"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name or 'leadcrm'} {self.words}"

    @property
    def words(self) -> str:
        return label_of(self.action)


class FieldChange(TenantModel):
    """Every changed or deleted row of a tracked table, written by trigger: bulk updates and raw SQL cannot skip it.

    ``changes`` has the shape {column: [before, after]}; for a delete {column: [before, null]}.
    Partitioned by month.
    """

    entity_type = models.CharField(max_length=63)  # the table
    entity_id = models.UUIDField()
    operation = models.CharField(max_length=6)  # update, delete
    changes = models.JSONField(default=dict)
    actor_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(operation__in=["update", "delete"]), name="%(app_label)s_%(class)s_operation"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "entity_type", "entity_id", "-created_at"], name="audit_change_entity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} of {self.entity_type} {self.entity_id}"
