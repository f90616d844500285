"""Invitations by e-mail. Only a hash of the token is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from leadcrm.accounts.choices import Role
from leadcrm.core.models import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet

LIFETIME = timedelta(days=7)


def expires_by_default() -> datetime:
    return timezone.now() + LIFETIME


class InvitationQuerySet(TenantQuerySet["Invitation"]):
    def open(self, at: datetime) -> Self:
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)


class Invitation(TenantModel):
    email = models.EmailField("e-mail address")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.SALES_REP)
    team = TenantForeignKey("accounts.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    invited_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=expires_by_default)
    mailed_at = models.DateTimeField(null=True, blank=True)  # when the mail server took the link
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(InvitationQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="%(app_label)s_%(class)s_role"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "email"], name="accounts_invitation_email")]

    def __str__(self) -> str:
        return f"Invitation of {self.email}"

    def is_open(self, at: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > at

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()
