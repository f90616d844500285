"""The customer of leadcrm, its teams, and what it sells to whom."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models

from leadcrm.accounts.choices import OrganizationSize
from leadcrm.core import money
from leadcrm.core.models import TenantManager, TenantModel, TenantQuerySet, TimestampedModel, UUIDModel


def validate_time_zone(value: str) -> None:
    """Refuse a name that the time zone database does not have."""
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not a time zone. Use a name such as Asia/Kolkata or Europe/Berlin.")


def validate_currency(value: str) -> None:
    """Refuse a currency that leadcrm cannot show."""
    if value not in money.CURRENCIES:
        raise ValidationError(f"“{value}” is not a currency that leadcrm knows. Use an ISO 4217 code such as INR.")


class Organization(UUIDModel, TimestampedModel):
    """The tenant. It stands outside row level security, because sign-in must find it."""

    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=60, unique=True)
    domain = models.CharField(max_length=255, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    size = models.CharField(max_length=20, choices=OrganizationSize.choices, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    ai_config = models.JSONField(default=dict, blank=True)
    subscription_tier = models.CharField(max_length=50, default="free", editable=False)
    currency = models.CharField(max_length=3, default="INR", validators=[validate_currency])
    time_zone = models.CharField(max_length=64, default="Asia/Kolkata", validators=[validate_time_zone])
    country = models.CharField(
        "country code",
        max_length=2,
        default="IN",
        help_text="Two letters; phone numbers without a country code use it.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(size__in=["", *OrganizationSize.values]), name="%(app_label)s_%(class)s_size"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Team(TenantModel, TimestampedModel):
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    manager = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="managed_teams"
    )
    settings = models.JSONField(default=dict, blank=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organization",
                models.functions.Lower("name"),
                name="%(app_label)s_%(class)s_name_unique",
                violation_error_message="A team with this name exists already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BusinessProfile(TenantModel, TimestampedModel):
    """What the organisation sells, to whom, and how it speaks.

    ``ideal_customer`` has the shape {industries: [str], company_sizes: [band], countries: [str],
    job_titles: [str], notes: str}; ``links`` is a list of {label, url}.
    """

    ideal_customer = models.JSONField("ideal customer profile", default=dict, blank=True)
    brand_voice = models.TextField(blank=True)
    goals = models.TextField(blank=True)
    value_proposition = models.TextField(blank=True)
    links = models.JSONField(default=list, blank=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization"], name="%(app_label)s_%(class)s_one"),
        ]

    def __str__(self) -> str:
        return f"Business profile of {self.organization}"
