"""Settings of an organisation: simple values by key, and versioned tables of rates or points."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models

from leadcrm.core.models import TenantManager, TenantModel, TenantQuerySet, TimestampedModel


class Setting(TenantModel, TimestampedModel):
    """The value of one registered key; a key without a row has its default (`audit.services.settings`)."""

    key = models.CharField(max_length=100)
    value = models.JSONField()

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "key"], name="%(app_label)s_%(class)s_key_unique"),
        ]

    def __str__(self) -> str:
        return self.key


class RateTableQuerySet(TenantQuerySet["RateTable"]):
    def latest_of(self, kind: str) -> Self:
        return self.filter(kind=kind).order_by("-version")


class RateTable(TenantModel):
    """One version of a table of numbers. A version is never changed: results point at the one they used."""

    kind = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    values = models.JSONField()
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(RateTableQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "kind", "version"], name="%(app_label)s_%(class)s_version"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="%(app_label)s_%(class)s_version_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"
