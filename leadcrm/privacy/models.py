"""What people agreed to, with the words that they read."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from leadcrm.core.models import TenantManager, TenantModel, TenantQuerySet
from leadcrm.privacy.choices import ConsentChannel, ConsentEnd, Purpose


class ConsentQuerySet(TenantQuerySet["Consent"]):
    def in_force(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def of(self, email: str) -> Self:
        return self.filter(email_norm=normalise(email))

    def newest_first(self) -> Self:
        return self.order_by("-given_at", "-id")


class Consent(TenantModel):
    """One person agreed once to one purpose on one channel; it is in force until it ends, and the row stays after it.

    ``proof`` says how it was given and ``end_proof`` how it ended: {form, page, network, user_agent, confirmed_at,
    ...}, flat and short. The lead is known by its id alone, because leads are above this app.
    """

    email = models.EmailField("e-mail address", max_length=254)
    email_norm = models.CharField(max_length=254, db_collation="C", editable=False)
    lead_id = models.UUIDField(null=True, blank=True)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    channel = models.CharField(max_length=20, choices=ConsentChannel.choices, default=ConsentChannel.EMAIL)
    text_version = models.CharField(max_length=40)
    text = models.TextField()
    proof = models.JSONField(default=dict)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField("how it ended", max_length=20, choices=ConsentEnd.choices, blank=True)
    end_proof = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(ConsentQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "email_norm", "purpose", "channel"],
                condition=Q(ended_at__isnull=True),
                name="%(app_label)s_%(class)s_in_force",
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="%(app_label)s_%(class)s_purpose"),
            models.CheckConstraint(
                condition=Q(channel__in=ConsentChannel.values), name="%(app_label)s_%(class)s_channel"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="") | Q(ended_at__isnull=False, end__in=ConsentEnd.values),
                name="%(app_label)s_%(class)s_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "email_norm", "-given_at"], name="privacy_consent_person"),
            models.Index(fields=["organization", "lead_id"], name="privacy_consent_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} by {self.get_channel_display()}: {self.email}"

    @property
    def is_in_force(self) -> bool:
        return self.ended_at is None


def normalise(email: str) -> str:
    """Return the address as it is compared: leads are found by it in the same way."""
    return email.strip().lower()
