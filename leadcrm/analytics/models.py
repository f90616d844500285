"""What happens in the product, counted without knowing who it was, and its daily sums."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models

from leadcrm.core.models import TenantManager, TenantModel, TenantQuerySet


class AnalyticsEventQuerySet(TenantQuerySet["AnalyticsEvent"]):
    def named(self, *names: str) -> Self:
        return self.filter(event__in=names)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class AnalyticsEvent(TenantModel):
    """One event. Append-only and partitioned by month.

    The address of the visitor is cut to its network, the browser to family, version and system, and the session lasts
    a day at most. ``properties`` is flat: numbers, truth values, short texts, and lists of these.
    """

    event = models.CharField(max_length=100, db_collation="C")  # lead.created
    properties = models.JSONField(default=dict, blank=True)
    user = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    session_id = models.CharField(max_length=32, blank=True)
    url = models.CharField("address", max_length=500, blank=True)
    referrer = models.CharField(max_length=500, blank=True)
    user_agent = models.CharField("browser", max_length=80, blank=True)
    ip_address = models.CharField("network", max_length=45, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(AnalyticsEventQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-created_at"], name="analytics_event_recent"),
            models.Index(fields=["organization", "event", "-created_at"], name="analytics_event_name"),
            models.Index(fields=["organization", "user", "-created_at"], name="analytics_event_user"),
            models.Index(fields=["organization", "session_id", "-created_at"], name="analytics_event_session"),
        ]

    def __str__(self) -> str:
        return self.event


class SnapshotQuerySet(TenantQuerySet["AnalyticsSnapshot"]):
    def named(self, *names: str) -> Self:
        return self.filter(event__in=names)


class AnalyticsSnapshot(TenantModel):
    """How often an event happened on a day of the organisation, and in how many sessions; dashboards read these."""

    day = models.DateField()
    event = models.CharField(max_length=100, db_collation="C")
    event_count = models.PositiveIntegerField()
    session_count = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    objects = TenantManager.from_queryset(SnapshotQuerySet)()

    class Meta:
        verbose_name = "daily figure"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "day", "event"], name="%(app_label)s_%(class)s_day"),
        ]

    def __str__(self) -> str:
        return f"{self.event} on {self.day}"
